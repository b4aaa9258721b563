"""Generalised cost by hand in a tiny world, and the choice of single consignments."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transport_sim.choice.chains import RAIL_WATER, ROAD, ROAD_RAIL_ROAD, ROAD_WATER_ROAD, build_skims
from transport_sim.choice.freight_mode import Utilities, chain_costs, choose, utilities
from transport_sim.choice.logit import Nests, nested_probabilities
from transport_sim.choice.supernetwork import build_chains
from transport_sim.demand.shipments import Shipments
from transport_sim.measures import Charge, Service
from transport_sim.operations import Operations
from transport_sim.tables.freight import CHAINS

COAL, CONTAINERS = 0, 7
MANY = 200_000


def consignments(count: int, captive: np.ndarray | None = None) -> Shipments:
    """Return consignments of the first commodity between the first two zones, with ids of their own."""
    columns = {f.name: np.zeros(count, dtype=np.int64) for f in fields(Shipments)}
    columns |= {"shipment_id": np.arange(count), "destination": np.ones(count, dtype=np.int64)}
    columns["captive"] = np.full(count, -1) if captive is None else captive
    return Shipments(**columns)


def utility_of(*values: float, ratio: float = 0.5) -> Utilities:
    """Return utilities of every chain for one commodity and two zones, nested by main mode."""
    value = np.broadcast_to(np.array(values)[:, None, None, None], (len(CHAINS), 1, 2, 2))
    return Utilities(value, np.arange(len(CHAINS)), Nests(np.array([0, 1, 1, 2, 1]), np.array([1.0, ratio, ratio])))


VALUES = (1.0, 0.3, -np.inf, -1.0, 0.0)


@pytest.mark.parametrize("ratio", [1.0, 0.6, 0.2])
def test_choices_have_the_probabilities_of_the_nested_logit(ratio):
    """Chi-square test of 200,000 consignments against the closed form; ratio 1 is the multinomial logit."""
    utility = utility_of(*VALUES, ratio=ratio)
    chosen = choose(utility, consignments(MANY), seed=1)
    wanted = nested_probabilities(np.array(VALUES), utility.nests) * MANY
    counts = np.bincount(chosen, minlength=len(CHAINS))
    open_ = wanted > 0
    assert counts[~open_].sum() == 0, "a closed chain is never chosen"
    assert stats.chisquare(counts[open_], wanted[open_]).pvalue > 1e-3


def test_a_captive_consignment_keeps_its_chain():
    captive = np.where(np.arange(1000) % 2 == 0, ROAD_WATER_ROAD, -1)
    chosen = choose(utility_of(*VALUES), consignments(1000, captive), seed=1)
    assert (chosen[::2] == ROAD_WATER_ROAD).all()
    assert (chosen[1::2] == choose(utility_of(*VALUES), consignments(1000), seed=1)[1::2]).all()


def test_a_better_chain_only_wins_consignments_and_none_moves_between_the_others():
    before = choose(utility_of(*VALUES), consignments(20_000), seed=1)
    better = list(VALUES)
    better[ROAD_RAIL_ROAD] += 0.4
    after = choose(utility_of(*better), consignments(20_000), seed=1)
    moved = before != after
    assert moved.sum() > 500
    assert (after[moved] == ROAD_RAIL_ROAD).all()


def test_the_choice_of_a_consignment_does_not_depend_on_the_others():
    whole = choose(utility_of(*VALUES), consignments(1000), seed=1)
    part = replace(
        consignments(1000), **{f.name: getattr(consignments(1000), f.name)[300:310] for f in fields(Shipments)}
    )
    assert (choose(utility_of(*VALUES), part, seed=1) == whole[300:310]).all()
    assert (choose(utility_of(*VALUES), consignments(1000), seed=2) != whole).any()


def test_cheaper_rail_moves_no_consignment_of_dazhou_from_rail_to_road(dazhou_inputs, dazhou_day, dazhou_calibration):
    shifts = dazhou_calibration.shift_rail, dazhou_calibration.shift_water
    rail = [k for k in range(len(CHAINS)) if k not in (ROAD, ROAD_WATER_ROAD)]

    def chosen(inputs):
        skims = build_skims(inputs)
        costs = chain_costs(inputs, skims, build_chains(inputs, skims))
        return costs.kind[choose(utilities(inputs, costs, *shifts), dazhou_day.shipments, seed=1)]

    before = chosen(dazhou_inputs)
    after = chosen(dazhou_inputs.with_charge(Charge("rail", frozenset(), -0.05, "test")))
    lost = np.isin(before, rail) & ~np.isin(after, rail)
    won = ~np.isin(before, rail) & np.isin(after, rail)
    assert lost.sum() == 0
    assert won.sum() > 10


@pytest.fixture(scope="module")
def tiny(tiny_inputs):
    """Return costs of the tiny world as a function of its inputs, without sizes and delays."""

    def costs(inputs=tiny_inputs):
        inputs = replace(inputs, operations=Operations())
        skims = build_skims(inputs)
        return chain_costs(inputs, skims, build_chains(inputs, skims))

    return costs


def time_value(inputs, good: int) -> float:
    row = inputs.commodities.iloc[good]
    return (
        row["value_of_time_cny_per_t_h"] + row["value_cny_per_t"] * inputs.parameters.inventory_rate_per_year / 8760.0
    )


def reliability(inputs, good: int, *waits_h: float) -> float:
    """Return the value of independent deviations that are in proportion to waits. [CNY/t]."""
    p = inputs.parameters
    spread_h = p.wait_variation_ratio * np.sqrt(sum(h**2 for h in waits_h))
    return p.reliability_ratio * inputs.commodities.iloc[good]["value_of_time_cny_per_t_h"] * spread_h


@pytest.mark.parametrize("good", [COAL, CONTAINERS])
def test_road_by_hand(tiny_inputs, tiny, good):
    """Money = ratio (fixed + 2 handling + rate x 60 km); time = 60 km / 40 km/h + 2 terminal times; nothing is lost."""
    p, row, found = tiny_inputs.parameters, tiny_inputs.commodities.iloc[good], tiny()
    money = row["road_rate_ratio"] * (
        p.road_fixed_cny_per_t + 2 * p.road_handling_cny_per_t + p.road_rate_cny_per_tkm * 60.0
    )
    hours = 60.0 / 40.0 + 2 * p.road_terminal_h
    assert found.money_cny_per_t[ROAD, good, 0, 1] == pytest.approx(money)
    assert found.generalised_cny_per_t[ROAD, good, 0, 1] == pytest.approx(
        money + hours * time_value(tiny_inputs, good) + reliability(tiny_inputs, good, p.road_terminal_h)
    )
    assert found.generalised_cny_per_t[ROAD, good, 0, 0] == np.inf, "no trips inside a zone"


@pytest.mark.parametrize("good", [COAL, CONTAINERS])
def test_rail_by_hand(tiny_inputs, tiny, good):
    """Two drayages of 1 km, the tariff for 50 km with levies, handling at both ends; two transfers lose their share."""
    p, row, found = tiny_inputs.parameters, tiny_inputs.commodities.iloc[good], tiny()
    tariff = tiny_inputs.rail_tariff.set_index("rail_tariff_class").loc[row["rail_tariff_class"]]
    drayage = row["road_rate_ratio"] * (p.drayage_fixed_cny_per_t + p.road_rate_cny_per_tkm)
    levies = p.rail_construction_fund_cny_per_tkm + p.rail_electrification_cny_per_tkm
    line = p.rail_rate_ratio * (tariff["base_cny_per_t"] + 50.0 * tariff["distance_cny_per_tkm"]) + 50.0 * levies
    money = 2 * drayage + line + 2 * p.rail_handling_cny_per_t
    access_kmh = min(20.0, 30.0)  # the slowest class of truck speeds, below the limit of the access road
    hours = (
        2 * (1.0 / access_kmh + p.road_terminal_h) + 50.0 / p.rail_speed_kmh + p.rail_waiting_h + 2 * p.rail_loading_h
    )
    loss = 2 * row["loss_share_per_handling"] * row["value_cny_per_t"]
    assert found.money_cny_per_t[ROAD_RAIL_ROAD, good, 0, 1] == pytest.approx(money)
    assert found.generalised_cny_per_t[ROAD_RAIL_ROAD, good, 0, 1] == pytest.approx(
        money
        + hours * time_value(tiny_inputs, good)
        + loss
        + reliability(tiny_inputs, good, p.road_terminal_h, p.rail_waiting_h, p.road_terminal_h)
    )


@pytest.mark.parametrize(("pair", "current_kmh"), [((0, 1), 1.8), ((1, 0), -1.8)])
def test_river_by_hand(tiny_inputs, tiny, pair, current_kmh):
    """Two drayages of 1 km, 70 km of class III with a current of 0.5 m/s, both ports; upstream costs the same."""
    p, row, found = tiny_inputs.parameters, tiny_inputs.commodities.iloc[COAL], tiny()
    drayage = row["road_rate_ratio"] * (p.drayage_fixed_cny_per_t + p.road_rate_cny_per_tkm)
    money = 2 * drayage + 70.0 * p.water_rate_class_iii_cny_per_tkm + 2 * p.port_handling_cny_per_t
    hours = (
        2 * (1.0 / 20.0 + p.road_terminal_h)
        + 70.0 / ((p.vessel_upstream_kmh + p.vessel_downstream_kmh) / 2.0 + current_kmh)
        + 2 * p.port_waiting_h
    )
    loss = 2 * row["loss_share_per_handling"] * row["value_cny_per_t"]
    at = ROAD_WATER_ROAD, COAL, *pair
    assert found.money_cny_per_t[at] == pytest.approx(money)
    assert found.generalised_cny_per_t[at] == pytest.approx(
        money
        + hours * time_value(tiny_inputs, COAL)
        + loss
        + reliability(tiny_inputs, COAL, p.road_terminal_h, p.port_waiting_h, p.road_terminal_h)
    )


def test_no_rail_water_chain_without_a_port_station(tiny):
    assert np.isinf(tiny().generalised_cny_per_t[RAIL_WATER]).all()


def test_a_charge_is_paid_per_kilometre_on_its_mode_by_its_goods(tiny_inputs, tiny):
    """0.1 CNY/t-km on road: 6 CNY/t over 60 km by road, 0.2 CNY/t on the two drayages of rail, nothing for other goods."""
    before, after = tiny(), tiny(tiny_inputs.with_charge(Charge("road", frozenset({"coal"}), 0.1, "test")))
    extra = after.money_cny_per_t[:, :, 0, 1] - before.money_cny_per_t[:, :, 0, 1]
    wanted = np.zeros_like(extra)
    wanted[[ROAD, ROAD_RAIL_ROAD, ROAD_WATER_ROAD], COAL] = [6.0, 0.2, 0.2]
    feasible = np.isfinite(before.generalised_cny_per_t[:, 0, 0, 1])
    assert extra[feasible] == pytest.approx(wanted[feasible])
    assert after.charge_cny_per_t[feasible][..., 0, 1] == pytest.approx(wanted[feasible])


def test_no_subsidy_makes_the_price_negative(tiny_inputs, tiny):
    paid = tiny(tiny_inputs.with_charge(Charge("rail", frozenset(), -50.0, "test")))
    assert paid.money_cny_per_t[ROAD_RAIL_ROAD, COAL, 0, 1] < 0
    assert paid.generalised_cny_per_t[ROAD_RAIL_ROAD, COAL, 0, 1] == 1.0


def test_a_scheduled_service_changes_rate_and_wait_in_both_directions(tiny_inputs, tiny):
    """7 trains a week: wait of half a day; rate ratio 0.8 on base and distance rate, not on levies."""
    p, row = tiny_inputs.parameters, tiny_inputs.commodities.iloc[COAL]
    tariff = tiny_inputs.rail_tariff.set_index("rail_tariff_class").loc[row["rail_tariff_class"]]
    before, after = tiny(), tiny(tiny_inputs.with_service(Service("RA", "RB", 7.0, 2000.0, 0.8, "test")))
    saved = 0.2 * p.rail_rate_ratio * (tariff["base_cny_per_t"] + 50.0 * tariff["distance_cny_per_tkm"])
    sooner = (p.rail_waiting_h - 12.0) * time_value(tiny_inputs, COAL)
    sooner += reliability(tiny_inputs, COAL, p.road_terminal_h, p.rail_waiting_h, p.road_terminal_h)
    sooner -= reliability(tiny_inputs, COAL, p.road_terminal_h, 12.0, p.road_terminal_h)
    for pair in ((0, 1), (1, 0)):
        at = ROAD_RAIL_ROAD, COAL, *pair
        assert before.money_cny_per_t[at] - after.money_cny_per_t[at] == pytest.approx(saved)
        assert before.generalised_cny_per_t[at] - after.generalised_cny_per_t[at] == pytest.approx(saved + sooner)


def test_utilities_by_hand(tiny_inputs, tiny):
    """V = asc + shift - scale ln(cost), by choice group."""
    p, costs = tiny_inputs.parameters, tiny()
    found = utilities(tiny_inputs, costs, 0.5, 0.25).value[:, :, 0, 1]
    log = np.log(costs.generalised_cny_per_t[:, :, 0, 1])
    assert found[ROAD, COAL] == pytest.approx(-p.logit_scale_bulk * log[ROAD, COAL])
    assert found[ROAD_RAIL_ROAD, COAL] == pytest.approx(
        p.asc_rail_bulk + 0.5 - p.logit_scale_bulk * log[ROAD_RAIL_ROAD, COAL]
    )
    assert found[ROAD_WATER_ROAD, CONTAINERS] == pytest.approx(
        p.asc_water_general + 0.25 - p.logit_scale_general * log[ROAD_WATER_ROAD, CONTAINERS]
    )
    assert found[RAIL_WATER, COAL] == -np.inf


def test_a_delay_is_worth_its_hours_and_its_deviation(tiny_inputs, tiny):
    """3 h of delay from RA to RB with a deviation of 5 h; nothing changes the other way."""
    p = tiny_inputs.parameters
    row = ("rail", "RA", "RB", 3.0, 5.0, "", "test", "memory")
    frame = pd.DataFrame(
        [row], columns=["mode", "from_place", "to_place", "wait_h", "std_h", "note", "source", "confidence"]
    )
    late = replace(tiny_inputs, operations=Operations().with_table("service_waits", frame))
    skims = build_skims(late)
    before, after = tiny(), chain_costs(late, skims, build_chains(late, skims))
    good = tiny_inputs.commodities.iloc[COAL]["value_of_time_cny_per_t_h"]
    road = p.wait_variation_ratio * p.road_terminal_h
    was = np.sqrt(2 * road**2 + (p.wait_variation_ratio * p.rail_waiting_h) ** 2)
    wanted = 3.0 * time_value(tiny_inputs, COAL) + p.reliability_ratio * good * (np.hypot(was, 5.0) - was)
    there, back = (ROAD_RAIL_ROAD, COAL, 0, 1), (ROAD_RAIL_ROAD, COAL, 1, 0)
    assert after.generalised_cny_per_t[there] - before.generalised_cny_per_t[there] == pytest.approx(wanted)
    assert after.generalised_cny_per_t[back] == before.generalised_cny_per_t[back]

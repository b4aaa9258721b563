"""Budgets and limits of the road's share are met by a price; through bills and subsidies change the cost of chains."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.calibration import chain_shares
from transport_sim.choice.chains import ROAD
from transport_sim.choice.freight_measures import apply_through_bills, uses
from transport_sim.choice.freight_mode import chain_costs, leg_km, utilities
from transport_sim.choice.limits import settle
from transport_sim.choice.supernetwork import zone_distance_km
from transport_sim.demand.freight import freight_demand_model
from transport_sim.errors import PolicyError
from transport_sim.measures import RoadShareLimit, Subsidy, ThroughBill
from transport_sim.relations import Freight

BULK = Freight(commodities=("coal", "ore_steel", "sulphur_chemicals"))


@pytest.fixture(scope="module")
def world(dazhou_inputs, dazhou_skims, dazhou_chains, dazhou_calibration):
    """Return a function that settles the base year under measures."""
    demand = freight_demand_model(dazhou_inputs, zone_distance_km(dazhou_inputs, dazhou_skims)).demand(
        dazhou_calibration.haul_scale_km
    )

    def settled(*measures):
        inputs = dazhou_inputs
        for measure in measures:
            inputs = inputs.with_measure(measure)

        def shares(costs):
            return chain_shares(
                demand, utilities(inputs, costs, dazhou_calibration.shift_rail, dazhou_calibration.shift_water)
            )

        costs = chain_costs(inputs, dazhou_skims, dazhou_chains)
        found = settle(inputs, dazhou_skims, dazhou_chains, demand, costs=costs, shares=shares)
        return found, shares(found.costs), costs

    settled.demand = demand
    return settled


def values(found) -> dict[str, float]:
    return found.table.set_index("quantity")["value"].to_dict()


def test_without_a_limit_costs_stay_as_they_are(world):
    found, _, costs = world()
    assert found.costs is costs
    assert found.table.empty


def test_a_limit_on_the_sum_has_one_price_and_is_met(world):
    found, _, free = world(RoadShareLimit(BULK, 200.0, 0.15, False, "limit"))
    row = values(found)
    assert row["road_share_without_limit"] > 0.15
    assert row["road_share"] == pytest.approx(0.15, abs=1e-6)
    open_by_road = np.isfinite(free.generalised_cny_per_t[ROAD])
    added = found.costs.generalised_cny_per_t[ROAD][open_by_road] - free.generalised_cny_per_t[ROAD][open_by_road]
    assert np.unique(added.round(6)).tolist() == [0.0, pytest.approx(row["price"], abs=1e-5)]
    assert np.array_equal(found.costs.money_cny_per_t, free.money_cny_per_t), "nobody pays it"


def test_a_limit_on_each_relation_holds_where_there_is_another_way(world, dazhou_inputs, dazhou_skims, dazhou_chains):
    _, share, _ = world(RoadShareLimit(BULK, 200.0, 0.3, True, "limit"))
    demand = world.demand
    at = demand.commodity, demand.origin, demand.destination
    other = np.logical_or.reduce([c.feasible for c in dazhou_chains if c.kind != ROAD])
    (trunk,) = dazhou_chains[ROAD].legs
    far = (other & (leg_km(trunk, dazhou_skims) >= 200.0))[at[1:]] & (demand.captive < 0)
    far &= BULK.mask(dazhou_inputs.commodities, dazhou_inputs.zones)[at]
    assert far.sum() > 100
    # known flows and the gravity part of one relation share its price, hence its share
    assert share[ROAD][far].max() <= 0.3 + 1e-6


def test_a_limit_that_holds_anyway_costs_nothing(world):
    found, _, free = world(RoadShareLimit(BULK, 200.0, 0.99, False, "limit"))
    assert values(found)["price"] == 0.0
    assert np.array_equal(found.costs.generalised_cny_per_t, free.generalised_cny_per_t)


def test_a_budget_lowers_the_rate_until_it_suffices(world):
    rich, _, _ = world(Subsidy("rail", BULK, 10.0, 0.0, 1e12, "subsidy"))
    assert values(rich)["rate_ratio"] == 1.0
    paid = values(rich)["paid"]
    poor, _, _ = world(Subsidy("rail", BULK, 10.0, 0.0, paid / 2.0, "subsidy"))
    assert values(poor)["paid"] == pytest.approx(paid / 2.0, rel=1e-5)
    # a lower rate attracts fewer goods, so half the money lasts for more than half the rate
    assert 0.5 < values(poor)["rate_ratio"] < 1.0
    assert values(poor)["paid_without_limit"] == pytest.approx(paid)


def test_a_subsidy_by_the_tonne_is_paid_once_to_chains_of_the_mode(world, dazhou_chains):
    _, _, free = world()
    _, _, paid = world(Subsidy("rail", Freight(commodities=("coal",)), 10.0, 0.0, None, "subsidy"))
    coal = 0
    for k, chain in enumerate(dazhou_chains):
        change = paid.charge_cny_per_t[k] - free.charge_cny_per_t[k]
        assert change[coal] == pytest.approx(np.where(uses(chain, "rail"), -10.0, 0.0))
        assert not change[1:].any()


def test_a_subsidy_for_the_road_is_not_for_drayage_by_the_tonne(world, dazhou_chains):
    _, _, paid = world(Subsidy("road", Freight(), 10.0, 0.0, None, "subsidy"))
    by_road = np.array([chain.kind == ROAD for chain in dazhou_chains])
    assert (paid.charge_cny_per_t[~by_road] == 0.0).all()
    assert (paid.charge_cny_per_t[by_road] == -10.0).any()


def test_a_through_bill_saves_at_every_transfer_and_never_pays(dazhou_inputs, dazhou_chains):
    bill = ThroughBill("any", Freight(commodities=("coal",)), 3.0, 2.0, 0.9, "bill")
    shape = (len(dazhou_chains), len(dazhou_inputs.commodities), *dazhou_chains[0].feasible.shape)
    for transfers, money, time_h in ((0.0, 100.0, 50.0), (2.0, 86.0, 44.0), (100.0, 0.0, 0.0)):
        cost, hours = np.full(shape, 100.0), np.full(shape, 50.0)
        apply_through_bills(dazhou_inputs.with_measure(bill), dazhou_chains, np.full(shape, transfers), cost, hours)
        assert np.unique(cost[:, 0]).tolist() == [pytest.approx(money)]
        assert np.unique(hours[:, 0]).tolist() == [pytest.approx(time_h)]
        assert (cost[:, 1:] == 100.0).all(), "it is for coal"


def test_a_through_bill_for_vessels_leaves_chains_without_one_alone(world, dazhou_chains):
    _, _, free = world()
    _, _, billed = world(ThroughBill("waterway", Freight(), 5.0, 2.0, 0.9, "bill"))
    for k, chain in enumerate(dazhou_chains):
        same = billed.money_cny_per_t[k] == free.money_cny_per_t[k]
        assert same[:, ~uses(chain, "waterway")].all()


def test_saved_time_is_worth_something(world):
    _, _, free = world()
    _, _, billed = world(ThroughBill("any", Freight(), 3.0, 0.0, 1.0, "bill"))
    assert (billed.generalised_cny_per_t <= free.generalised_cny_per_t).all()
    assert (billed.generalised_cny_per_t < free.generalised_cny_per_t).any()


def test_a_measure_refuses_names_that_nobody_knows(dazhou_inputs):
    for freight, said in (
        (Freight(commodities=("cole",)), r"no commodity 'cole'; did you mean 'coal'\?"),
        (Freight(origins=("wanzou",)), r"no zone 'wanzou'; did you mean 'wanzhou'\?"),
    ):
        with pytest.raises(PolicyError, match=said):
            dazhou_inputs.with_measure(RoadShareLimit(freight, 200.0, 0.5, False, "limit"))


def test_a_relation_goes_both_ways_unless_it_says_otherwise(dazhou_inputs):
    tables = dazhou_inputs.commodities, dazhou_inputs.zones
    ways = Freight(origins=("wanzhou",), destinations=("tuxi",))
    both, one = ways.mask(*tables), ways.model_copy(update={"both_ways": False}).mask(*tables)
    zone = list(dazhou_inputs.zones["zone"]).index
    there, back = (zone("wanzhou"), zone("tuxi")), (zone("tuxi"), zone("wanzhou"))
    assert both[:, *there].all()
    assert both[:, *back].all()
    assert one[:, *there].all()
    assert not one[:, *back].any()
    assert both.sum() == 2 * one.sum() == 2 * len(tables[0])
    assert replace(dazhou_inputs).freight_measures == ()

"""Freight demand: totals, known flows and what is left out."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.supernetwork import zone_distance_km
from transport_sim.demand.freight import freight_demand_model
from transport_sim.errors import DataError
from transport_sim.tables.freight import CHAINS

SCALE_KM = 36.0


def freight_demand(inputs, distance_km, scale_km):
    return freight_demand_model(inputs, distance_km).demand(scale_km)


@pytest.fixture(scope="module")
def distance(dazhou_inputs, dazhou_skims):
    return zone_distance_km(dazhou_inputs, dazhou_skims)


@pytest.fixture(scope="module")
def demand(dazhou_inputs, distance):
    return freight_demand(dazhou_inputs, distance, SCALE_KM)


def test_the_base_year_has_the_share_of_every_commodity(dazhou_inputs, demand):
    goods = dazhou_inputs.commodities
    totals = np.bincount(demand.commodity, demand.tonnes_t)
    wanted = dazhou_inputs.parameters.freight_total_t * goods["freight_share"].to_numpy()
    assert totals == pytest.approx(wanted, rel=1e-6)


def test_later_only_the_gravity_part_grows(dazhou_inputs, distance, demand):
    """Total of 2030 = known flows of 2030 + (share x total - known flows of 2022) x (1 + g)^8."""
    later = freight_demand(replace(dazhou_inputs, year=2030), distance, SCALE_KM)
    growth = (1.0 + dazhou_inputs.parameters.demand_growth_ratio_per_year) ** 8
    flows = dazhou_inputs.known_flows
    for position, good in enumerate(dazhou_inputs.commodities.itertuples()):
        known = {
            year: flows.loc[
                (flows["commodity"] == good.commodity) & (flows["from_year"] <= year) & (flows["to_year"] >= year),
                "tonnes_per_year_t",
            ].sum()
            for year in (2022, 2030)
        }
        wanted = known[2030] + (dazhou_inputs.parameters.freight_total_t * good.freight_share - known[2022]) * growth
        assert later.tonnes_t[later.commodity == position].sum() == pytest.approx(wanted, rel=1e-6), good.commodity
    shared = np.intersect1d(demand.demand_id, later.demand_id)
    assert len(shared) > 0.9 * len(demand.demand_id), "a flow keeps its identity over the years"


@pytest.mark.parametrize("year", [2022, 2030])
def test_known_flows_enter_as_given(dazhou_inputs, distance, year):
    demand = freight_demand(replace(dazhou_inputs, year=year), distance, SCALE_KM)
    flows = dazhou_inputs.known_flows
    flows = flows[(flows["from_year"] <= year) & (flows["to_year"] >= year)]
    zones, goods = dazhou_inputs.zones["zone"].to_numpy(), dazhou_inputs.commodities["commodity"].to_numpy()
    entered = list(
        zip(
            goods[demand.commodity],
            zones[demand.origin],
            zones[demand.destination],
            demand.tonnes_t,
            demand.captive,
            strict=True,
        )
    )[: len(flows)]
    given = [
        (
            f.commodity,
            f.origin,
            f.destination,
            f.tonnes_per_year_t,
            CHAINS.index(f.captive_chain) if f.captive_chain else -1,
        )
        for f in flows.itertuples()
    ]
    assert entered == given
    assert (demand.captive[len(flows) :] == -1).all(), "only known flows are bound to a chain"


def test_no_through_traffic_and_no_trips_inside_a_zone(dazhou_inputs, demand):
    external = (dazhou_inputs.zones["kind"] == "external").to_numpy()
    assert not (external[demand.origin] & external[demand.destination]).any()
    assert (demand.origin != demand.destination).all()
    assert (demand.tonnes_t > 0).all()
    assert len(np.unique(demand.demand_id)) == len(demand.demand_id)


def test_outside_shares_are_those_of_the_table(dazhou_inputs, demand):
    """Of the gravity part, `inbound_share` starts and `outbound_share` ends outside."""
    external = (dazhou_inputs.zones["kind"] == "external").to_numpy()
    count = (dazhou_inputs.known_flows["from_year"] <= 2022).sum() - (dazhou_inputs.known_flows["to_year"] < 2022).sum()
    flow = slice(int(count), None)
    for position, good in enumerate(dazhou_inputs.commodities.itertuples()):
        here = demand.commodity[flow] == position
        tonnes = demand.tonnes_t[flow][here]
        inbound = tonnes[external[demand.origin[flow][here]]].sum() / tonnes.sum()
        outbound = tonnes[external[demand.destination[flow][here]]].sum() / tonnes.sum()
        assert (inbound, outbound) == pytest.approx((good.inbound_share, good.outbound_share), rel=1e-6), good.commodity


def test_goods_that_haul_farther_go_farther(dazhou_inputs, distance):
    near, far = (freight_demand(dazhou_inputs, distance, scale) for scale in (20.0, 60.0))

    def mean_km(demand):
        used = np.isfinite(distance[demand.origin, demand.destination])
        return np.average(distance[demand.origin, demand.destination][used], weights=demand.tonnes_t[used])

    assert mean_km(far) > 1.1 * mean_km(near)


def test_known_flows_may_not_exceed_the_total(dazhou_inputs, distance):
    flows = dazhou_inputs.known_flows.copy()
    flows.loc[flows["flow"] == "ore_old_works", "tonnes_per_year_t"] = 3e7
    with pytest.raises(DataError, match="the known flows of ore_steel exceed its share of the total by 15,500,000 t"):
        freight_demand(dazhou_inputs.with_table("known_flows", flows), distance, SCALE_KM)


def test_a_commodity_that_nobody_makes_is_refused(dazhou_inputs, distance):
    generators = dazhou_inputs.generators
    nobody = replace(dazhou_inputs, generators=generators[generators["commodity"] != "sulphur_chemicals"])
    with pytest.raises(DataError, match="no zone has a production weight for sulphur_chemicals"):
        freight_demand(nobody, distance, SCALE_KM)

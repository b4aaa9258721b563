"""Consignments are drawn without bias, each with its own numbers."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.supernetwork import zone_distance_km
from transport_sim.demand.freight import Demand, freight_demand_model
from transport_sim.demand.shipments import TRUCK_CLASSES, draw_shipments


@pytest.fixture(scope="module")
def demand(dazhou_inputs, dazhou_skims):
    return freight_demand_model(dazhou_inputs, zone_distance_km(dazhou_inputs, dazhou_skims)).demand(36.0)


@pytest.fixture(scope="module")
def week(dazhou_inputs, demand):
    return draw_shipments(dazhou_inputs, demand, duration_days=7, seed=1)


def by_id(shipments) -> dict[int, tuple[object, ...]]:
    names = [n for n in type(shipments).__slots__ if n != "shipment_id"]
    columns = [getattr(shipments, n).tolist() for n in names]
    return dict(zip(shipments.shipment_id.tolist(), zip(*columns, strict=True), strict=True))


def test_tonnes_are_those_of_the_period_on_average(dazhou_inputs, demand):
    """A flow gives floor(x) lots and one more with probability x - floor(x): expectation x, variance of a Bernoulli draw."""
    lot = dazhou_inputs.commodities["road_lot_t"].to_numpy()[demand.commodity]
    lots = demand.tonnes_t / 365.0 / lot
    part = lots % 1.0
    error = np.sqrt((part * (1.0 - part) * lot**2).sum())
    for seed in range(3):
        drawn = draw_shipments(dazhou_inputs, demand, duration_days=1, seed=seed).tonnes_t.sum()
        assert drawn == pytest.approx(demand.tonnes_t.sum() / 365.0, abs=4.0 * error)
    assert error < 0.01 * demand.tonnes_t.sum() / 365.0


def test_a_flow_has_whole_lots_within_one_of_what_is_expected(dazhou_inputs, demand, week):
    lot = dazhou_inputs.commodities["road_lot_t"].to_numpy()
    assert (week.tonnes_t == lot[week.commodity]).all()
    shape = (len(lot), len(dazhou_inputs.zones), len(dazhou_inputs.zones))
    free, drawn = demand.captive < 0, week.captive < 0
    # a known flow may share its pair and commodity with the gravity model: at most one lot more for it
    flows = np.ravel_multi_index((demand.commodity, demand.origin, demand.destination), shape)
    expected = np.bincount(flows, demand.tonnes_t * 7.0 / 365.0 / lot[demand.commodity], np.prod(shape))
    entries = np.bincount(flows, minlength=np.prod(shape))
    counted = np.bincount(
        np.ravel_multi_index((week.commodity, week.origin, week.destination), shape), minlength=np.prod(shape)
    )
    assert (np.abs(counted - expected) <= entries).all()
    assert free.sum()
    assert drawn.sum()


def test_consignments_are_in_order_within_the_period_and_unique(week):
    assert (np.diff(week.release_s) >= 0).all()
    assert week.release_s.min() >= 0
    assert week.release_s.max() < 7 * 86_400
    assert len(np.unique(week.shipment_id)) == len(week.shipment_id)


def test_the_working_day_has_its_share_and_is_even(dazhou_inputs, week):
    hour = week.release_s / 3600.0 % 24.0
    by_day = (hour >= 7.0) & (hour < 19.0)
    wanted = dazhou_inputs.parameters.daytime_release_share
    error = np.sqrt(wanted * (1 - wanted) / len(hour))
    assert by_day.mean() == pytest.approx(wanted, abs=4.0 * error)
    night = np.where(hour < 7.0, hour + 24.0, hour)[~by_day]
    for part, start in ((hour[by_day], 7.0), (night, 19.0)):
        counts = np.histogram(part, bins=12, range=(start, start + 12.0))[0]
        assert counts.std() < 4.0 * np.sqrt(counts.mean())
    days = np.bincount((week.release_s // 86_400).astype(int))
    assert len(days) == 7
    assert days.std() < 4.0 * np.sqrt(days.mean())


def test_trucks_are_of_the_classes_of_their_goods_and_can_carry_the_lot(dazhou_inputs, week):
    payload = np.array(
        [dazhou_inputs.factors.value("truck_classes", quantity="payload_t", vehicle_class=c) for c in TRUCK_CLASSES]
    )
    load = week.tonnes_t / week.truck_count / payload[week.truck_class]
    assert load.max() <= 1.0
    shares = dazhou_inputs.commodities[[f"{c}_share" for c in TRUCK_CLASSES]].to_numpy()
    for good in range(len(shares)):
        here = week.truck_class[week.commodity == good]
        found = np.bincount(here, minlength=4) / len(here)
        error = np.sqrt(shares[good] * (1 - shares[good]) / len(here))
        assert (np.abs(found - shares[good]) <= 4.0 * error).all()


def test_a_flow_draws_the_same_consignments_whatever_else_flows(dazhou_inputs, demand, week):
    some = np.arange(len(demand.demand_id)) % 3 == 0
    part = Demand(*(getattr(demand, n)[some] for n in Demand.__slots__))
    alone = by_id(draw_shipments(dazhou_inputs, part, duration_days=7, seed=1))
    assert alone.items() <= by_id(week).items()
    assert len(alone) > 1000


def test_more_demand_adds_consignments_and_leaves_the_others_as_they_are(dazhou_inputs, demand, week):
    more = by_id(
        draw_shipments(dazhou_inputs, replace(demand, tonnes_t=1.3 * demand.tonnes_t), duration_days=7, seed=1)
    )
    assert by_id(week).items() <= more.items()


def test_another_replication_draws_others(dazhou_inputs, demand, week):
    first, other = by_id(week), by_id(draw_shipments(dazhou_inputs, demand, duration_days=7, seed=2))
    assert np.mean([first[i] == other[i] for i in first.keys() & other.keys()]) < 0.01


def test_truck_load_ratio_of_one_fills_the_trucks(dazhou_inputs, demand):
    full = replace(dazhou_inputs, parameters=replace(dazhou_inputs.parameters, truck_load_ratio=1.0))
    half = replace(dazhou_inputs, parameters=replace(dazhou_inputs.parameters, truck_load_ratio=0.5))
    few, many = (draw_shipments(i, demand, duration_days=1, seed=1).truck_count.sum() for i in (full, half))
    assert many == pytest.approx(2.0 * few, rel=0.1)

"""Nothing is lost, doubled or made up, checked on the records of a real day of Dazhou, independently of accounts and simpy."""

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pytest

from transport_sim.demand.shipments import TRUCK_CLASSES
from transport_sim.simulation.plan import PlannedLeg
from transport_sim.simulation.records import LegRecord, LoadRecord, WaitRecord
from transport_sim.tables.freight import CHAINS

EPSILON_S = 1e-6


@dataclass(frozen=True)
class Journeys:
    """The records of the day in one form, whether a consignment went through the event loop or not."""

    planned: dict[int, tuple[float, tuple[PlannedLeg, ...]]]
    """Release and legs of each consignment."""
    legs: list[LegRecord]
    loads: list[LoadRecord]
    waits: list[WaitRecord]
    delivered_s: dict[int, float]


@pytest.fixture(scope="module")
def day(dazhou_day) -> Journeys:
    records, road = dazhou_day.records, dazhou_day.records.road
    plan = road.plan
    planned = {s.position: (s.release_s, s.legs) for s in dazhou_day.plan.shipments}
    legs, loads, waits = list(records.legs), list(records.loads), list(records.waits)
    delivered_s = dict(records.delivered_s)
    rows = zip(
        plan.position.tolist(),
        plan.release_s.tolist(),
        plan.tonnes_t.tolist(),
        [plan.ways[way] for way in plan.way.tolist()],
        plan.truck_class.tolist(),
        plan.truck_count.tolist(),
        plan.returns_empty.tolist(),
        road.loading_s.tolist(),
        road.unloading_s.tolist(),
        strict=True,
    )
    s_per_t = {f.facility: f.service_s_per_t for f in dazhou_day.plan.facilities}
    for n, release_s, tonnes_t, way, truck_class, trucks, returns_empty, loading_s, unloading_s in rows:
        assert n not in planned
        leg = way.leg
        planned[n] = release_s, (leg,)
        loading_time_s, unloading_time_s = (tonnes_t * s_per_t[b] for b in (way.origin_bay, way.destination_bay))
        depart_s = loading_s + loading_time_s
        arrive_s = depart_s + leg.drive_s
        ends = (leg.start, leg.end, leg.beyond_km)
        name = TRUCK_CLASSES[truck_class]
        loads.append(LoadRecord(len(legs), n))
        legs.append(LegRecord("road", name, *ends, depart_s, arrive_s, trucks, tonnes_t, 0.0, loaded=True))
        if returns_empty:
            back = (leg.end, leg.start, leg.beyond_km, arrive_s, arrive_s + leg.drive_s)
            legs.append(LegRecord("road", name, *back, trucks, 0.0, 0.0, loaded=False))
        waits.append(WaitRecord(way.origin_bay, release_s, loading_s - release_s, loading_time_s))
        waits.append(WaitRecord(way.destination_bay, arrive_s, unloading_s - arrive_s, unloading_time_s))
        delivered_s[n] = unloading_s + unloading_time_s
    return Journeys(planned, legs, loads, waits, delivered_s)


def test_every_consignment_is_delivered_exactly_once_after_its_release(dazhou_day, day):
    shipments, delivered = dazhou_day.shipments, day.delivered_s
    assert sorted(delivered) == list(range(len(shipments.shipment_id)))
    assert all(delivered[n] >= shipments.release_s[n] for n in delivered)
    assert sorted(day.planned) == sorted(delivered)
    assert {len(day.planned[n][1]) for n in dazhou_day.records.road.plan.position.tolist()} == {1}
    assert len(dazhou_day.plan.shipments) > 300, "the event loop has its share"


def test_every_consignment_rides_each_leg_of_its_plan_once_and_in_order(day):
    ridden = defaultdict(list)
    for load in day.loads:
        ridden[load.shipment].append(day.legs[load.leg])
    for n, (release_s, planned) in day.planned.items():
        legs = sorted(ridden[n], key=lambda leg: leg.depart_s)
        assert [(leg.mode, leg.start, leg.end, leg.beyond_km) for leg in legs] == [
            (leg.mode, leg.start, leg.end, leg.beyond_km) for leg in planned
        ]
        times = [release_s, *(t for leg in legs for t in (leg.depart_s, leg.arrive_s)), day.delivered_s[n]]
        assert all(b >= a - EPSILON_S for a, b in itertools.pairwise(times))


def test_the_payload_of_every_leg_is_that_of_its_consignments(dazhou_day, day):
    aboard = np.zeros(len(day.legs))
    for load in day.loads:
        aboard[load.leg] += dazhou_day.shipments.tonnes_t[load.shipment]
    assert aboard == pytest.approx([leg.payload_t for leg in day.legs])
    assert all((leg.payload_t > 0) == leg.loaded for leg in day.legs)


@pytest.mark.parametrize("mode", ["road", "rail", "waterway"])
def test_tonnes_by_main_mode_are_those_that_the_mode_carried(dazhou_day, day, mode):
    table = dazhou_day.tables["shipments"]
    assert table["shipment_id"].to_numpy() == pytest.approx(dazhou_day.shipments.shipment_id)
    main = (table["main_mode"] == mode).to_numpy()
    carried = {load.shipment for load in day.loads if day.legs[load.leg].mode == mode}
    assert set(np.flatnonzero(main)) <= carried
    assert main.any()
    if mode == "rail":
        assert carried == set(np.flatnonzero(main)), "trains carry nothing but rail chains"


def test_no_vehicle_is_overloaded(dazhou_day, day):
    largest = dazhou_day.shipments.tonnes_t.max()
    for leg in day.legs:
        route = {"rail": dazhou_day.plan.rail_routes, "waterway": dazhou_day.plan.river_routes}.get(leg.mode)
        if route and leg.loaded:
            way = route[leg.start, leg.end, leg.beyond_km]
            capacity = way.train_net_t if leg.mode == "rail" else way.payload_t
            assert leg.payload_t <= max(capacity, largest) + 1e-9


def test_every_vessel_comes_back(day):
    out, home = Counter(), Counter()
    for leg in day.legs:
        if leg.mode == "waterway":
            pair = (leg.start, leg.end, leg.beyond_km, leg.vehicle_class)
            (out if leg.loaded else home)[pair if leg.loaded else (leg.end, leg.start, *pair[2:])] += 1
    assert out == home
    assert out


def test_empty_trucks_go_back_the_way_they_came(dazhou_day, day):
    legs = [leg for leg in day.legs if leg.mode == "road"]
    loaded = Counter((leg.start, leg.end, leg.beyond_km, leg.arrive_s, leg.vehicle_count) for leg in legs if leg.loaded)
    empty = Counter(
        (leg.end, leg.start, leg.beyond_km, leg.depart_s, leg.vehicle_count) for leg in legs if not leg.loaded
    )
    assert empty <= loaded
    share = sum(not leg.loaded for leg in legs) / sum(leg.loaded for leg in legs)
    assert share == pytest.approx(dazhou_day.task.inputs.parameters.empty_return_share_truck, abs=0.03)


def test_no_facility_ever_holds_more_than_its_capacity(dazhou_day, day):
    """Sweep line over the start and end of every service; an end comes before a start at the same moment."""
    capacity = {p.facility: p.capacity_count for p in dazhou_day.plan.facilities}
    events = defaultdict(list)
    for wait in day.waits:
        start = wait.arrive_s + wait.wait_s
        if wait.service_s > 0:
            events[wait.facility] += [
                (start, wait.units),
                (max(start, start + wait.service_s - EPSILON_S), -wait.units),
            ]
    assert set(events) <= set(capacity)
    fullest = {}
    for facility, changes in events.items():
        present = list(itertools.accumulate(step for _, step in sorted(changes)))
        fullest[facility] = max(present)
        assert present[-1] == pytest.approx(0.0, abs=1e-6)
        assert max(present) <= capacity[facility] + 1e-6, facility
    assert sum(fullest[f] > capacity[f] - 1e-6 for f in fullest) > 20, (
        "many places are full at some time, or the test shows nothing"
    )


def test_nobody_waits_while_a_server_is_free(dazhou_day, day):
    """A visitor that waited began when another one ended: work is never left lying."""
    ends = defaultdict(set)
    for wait in day.waits:
        ends[wait.facility].add(round(wait.arrive_s + wait.wait_s + wait.service_s, 3))
    # others begin late for their opening hours, for room elsewhere, for a dispatcher or for the chamber's side
    plain = {
        f.facility
        for f in dazhou_day.plan.facilities
        if f.kind in ("loading_bay", "crane", "gate") and f.availability is None
    }
    waited = [w for w in day.waits if w.wait_s > 0 and w.facility in plain]
    assert len(waited) > 100
    for wait in waited:
        start = round(wait.arrive_s + wait.wait_s, 3)
        assert any(
            abs(start + step - end) < 0.002
            for step in (-0.001, 0.0, 0.001)
            for end in (start,)
            if round(start + step, 3) in ends[wait.facility]
        )


def test_little_and_the_utilisation_law_on_the_facility_table(dazhou_day, day):
    """Busy servers on average = visits per time x mean service, never more than there are."""
    horizon_h = max(w.arrive_s + w.wait_s + w.service_s for w in day.waits) / 3600.0
    table = dazhou_day.tables["facilities"]
    assert (table["busy_h"] <= table["capacity_count"] * horizon_h * (1 + 1e-9)).all()
    last_s = dazhou_day.tables["shipments"]["release_s"].max()
    ordinary = [w for w in day.waits if w.arrive_s <= last_s]
    assert 0 < len(ordinary) < len(day.waits)
    by_hand = defaultdict(float)
    for wait in ordinary:
        by_hand[wait.facility] += wait.service_s * wait.units / 3600.0
    assert table["busy_h"].to_numpy() == pytest.approx([by_hand[f] for f in table["facility"]])
    assert table["visits_count"].sum() == len(ordinary)


def test_single_track_is_used_by_one_train_at_a_time_in_either_direction(dazhou_day, day):
    """Runs over a block do not overlap, whichever way they go."""
    single = {
        s.facility
        for r in dazhou_day.plan.rail_routes.values()
        for s in r.sections
        if s.hold_s >= s.run_s and s.facility[-1] not in "<>"
    }
    assert single
    runs = defaultdict(list)
    for wait in day.waits:
        if wait.facility in single:
            runs[wait.facility].append((wait.arrive_s + wait.wait_s, wait.service_s))
    for block in runs.values():
        ordered = sorted(block)
        assert all(b[0] >= a[0] + a[1] - EPSILON_S for a, b in itertools.pairwise(ordered))


def test_single_track_ways_that_meet_where_trains_cannot_pass_are_one_block(dazhou_day):
    """At a junction at most one block begins or ends: all its single-track ways belong to it."""
    used = {s.facility for r in dazhou_day.plan.rail_routes.values() for s in r.sections}
    network = dazhou_day.skims.network
    rail = network.mode_links("rail")
    single = rail[~(rail["tracks_count"] >= 2).fillna(value=False)]
    junctions = network.nodes.index[network.nodes["kind"] == "junction"]
    at_junction = single[single["from_node"].isin(junctions)].groupby("from_node")["way_id"].unique()
    assert (at_junction.map(len) > 1).any(), "there are junctions of several single-track ways"
    for ways in at_junction:
        assert sum(f"section:{way}" in used for way in ways) <= 1


def test_the_bare_run_of_a_train_is_its_distance_at_the_travel_speed(dazhou_day):
    """Sum of the sections' runs = (km on the map + km beyond) / speed, over a single block or many links."""
    speed_kmh = dazhou_day.task.inputs.parameters.rail_speed_kmh
    for (start, end, beyond_km), route in dazhou_day.plan.rail_routes.items():
        hours = (dazhou_day.skims.rail_km[start, end] + beyond_km) / speed_kmh
        assert sum(s.run_s for s in route.sections) == pytest.approx(3600.0 * hours)
        assert all(0.0 <= s.hold_s <= s.run_s + 360.0 for s in route.sections), "at most the crossing margin longer"


def test_there_is_every_kind_of_chain_on_the_day(dazhou_day):
    assert set(np.unique(dazhou_day.chain)) >= {
        CHAINS.index(c) for c in ("road", "road_rail_road", "rail_siding", "road_water_road")
    }

"""Trains, vessels and timetables against what can be worked out by hand; each test states its formula."""

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transport_sim.simulation.engine import simulate
from transport_sim.simulation.plan import (
    FacilityPlan,
    Plan,
    PlannedLeg,
    PlannedShipment,
)
from transport_sim.simulation.railway_plan import (
    Itinerary,
    Move,
    OccupiedPaths,
    RailRoute,
    RailwayPlan,
    Section,
    WagonType,
)
from transport_sim.simulation.river_plan import LockPlan, Reach, RiverRoute

HOUR = 3600.0
TRAIN_T = 600.0
NEVER = 1e9
PASSAGE_S = 300.0


def rail_leg(start: int, end: int) -> PlannedLeg:
    return PlannedLeg("rail", start, end, 0.0, 0.0)


def shipment(position: int, release_s: float, *legs: PlannedLeg, tonnes_t: float = TRAIN_T) -> PlannedShipment:
    return PlannedShipment(position, release_s, tonnes_t, "truck_heavy", 1, False, legs, ("",) * (len(legs) + 1))


def route(start: int, end: int, *sections: Section, max_wait_s: float = NEVER, interval_s: float = 0.0) -> RailRoute:
    out = Itinerary("", tuple(Move((s,)) for s in sections))
    back = tuple(Move((replace(s, facility=opposite(s.facility)),)) for s in reversed(sections))
    return RailRoute(out, Itinerary("", back), f"track:{start}", f"track:{end}", max_wait_s, interval_s, TRAIN_T, 0.0)


def opposite(section: str) -> str:
    return section[:-1] + {">": "<", "<": ">"}.get(section[-1], section[-1])


def plan(
    shipments: list[PlannedShipment],
    rail: dict[tuple[int, int], RailRoute] | None = None,
    river: dict[tuple[int, int], RiverRoute] | None = None,
    *,
    facilities: tuple[FacilityPlan, ...] = (),
    empty_share: float = 0.0,
    railway: RailwayPlan | None = None,
) -> Plan:
    """Build a plan whose tracks and berths take no time; every section and lock holds one."""
    rail, river = rail or {}, river or {}
    locks = {reach.lock for r in river.values() for reach in (*r.reaches, *r.return_reaches)} - {""}
    tracks = {t for r in rail.values() for t in (r.origin_track, r.destination_track)}
    berths = {b for r in river.values() for b in (r.origin_berth, r.destination_berth)}
    places = [
        *(FacilityPlan(t, "track", 1000, 0.0) for t in sorted(tracks)),
        *(FacilityPlan(b, "berth", 1000, 0.0) for b in sorted(berths)),
    ]
    given_here = {f.facility for f in facilities}
    return Plan(
        tuple(sorted(shipments, key=lambda s: s.release_s)),
        (*facilities, *(p for p in places if p.facility not in given_here)),
        {(a, b, 0.0): r for (a, b), r in rail.items()},
        {(a, b, 0.0): r for (a, b), r in river.items()},
        railway or RailwayPlan(),
        (WagonType("wagon", 60.0, 24.0, 14.0),),
        (),
        empty_share,
        locks={name: LockPlan(name, 1, 0.0, 0.0, PASSAGE_S, 0.0, turns=False) for name in locks},
    )


def departures(records, mode: str = "rail") -> list[float]:
    return sorted(leg.depart_s for leg in records.legs if leg.mode == mode and leg.loaded)


def test_two_opposing_trains_on_a_single_track_meet_and_the_second_waits_for_the_rest_of_the_run():
    """Wait = run - (t2 - t1); both arrive after their own run."""
    run_s, later_s = 2.0 * HOUR, 0.5 * HOUR
    block = Section("section:1", run_s, run_s)
    records = simulate(
        plan(
            [shipment(0, 0.0, rail_leg(0, 1)), shipment(1, later_s, rail_leg(1, 0))],
            {(0, 1): route(0, 1, block), (1, 0): route(1, 0, block)},
        )
    )
    assert records.delivered_s == {0: run_s, 1: 2.0 * run_s}
    waits = {w.arrive_s: w.wait_s for w in records.waits if w.facility == "section:1"}
    assert waits == {0.0: 0.0, later_s: run_s - later_s}


def test_trains_that_meet_at_a_station_between_two_sections_lose_no_time():
    """Released together from the ends of two equal blocks they reach the loop together: each arrives after 2 runs."""
    run_s = HOUR
    west, east = Section("section:1", run_s, run_s), Section("section:2", run_s, run_s)
    records = simulate(
        plan(
            [shipment(0, 0.0, rail_leg(0, 1)), shipment(1, 0.0, rail_leg(1, 0))],
            {(0, 1): route(0, 1, west, east), (1, 0): route(1, 0, east, west)},
        )
    )
    assert records.delivered_s == {0: 2.0 * run_s, 1: 2.0 * run_s}


def test_a_single_track_section_carries_one_train_per_run_time():
    """Train n of a queue arrives at (n + 1) run, whichever way it goes."""
    run_s, count = 1500.0, 12
    block = Section("section:1", run_s, run_s)
    trains = [shipment(n, 0.0, rail_leg(*((0, 1) if n % 3 else (1, 0)))) for n in range(count)]
    records = simulate(plan(trains, {(0, 1): route(0, 1, block), (1, 0): route(1, 0, block)}))
    assert sorted(records.delivered_s.values()) == pytest.approx(run_s * np.arange(1, count + 1))


def test_trains_on_double_track_follow_at_the_headway_and_do_not_meet_the_other_direction():
    """Train n arrives at n headway + run in each direction."""
    headway_s, run_s, count = 480.0, 3000.0, 6
    east, west = (Section(f"section:7{way}", headway_s, run_s) for way in "><")
    trains = [shipment(n, 0.0, rail_leg(0, 1)) for n in range(count)]
    trains += [shipment(count + n, 0.0, rail_leg(1, 0)) for n in range(count)]
    records = simulate(plan(trains, {(0, 1): route(0, 1, east), (1, 0): route(1, 0, west)}))
    for first in (0, count):
        arrivals = [records.delivered_s[first + n] for n in range(count)]
        assert arrivals == pytest.approx(headway_s * np.arange(count) + run_s)


@pytest.mark.parametrize("gap_s", [100.0, 480.0, 900.0])
def test_successive_trains_on_double_track_keep_at_least_the_headway(gap_s):
    """Entries are max(gap, headway) apart."""
    headway_s, run_s = 480.0, 3000.0
    trains = [shipment(n, n * gap_s, rail_leg(0, 1)) for n in range(5)]
    records = simulate(plan(trains, {(0, 1): route(0, 1, Section("section:7>", headway_s, run_s))}))
    arrivals = sorted(records.delivered_s.values())
    assert np.diff(arrivals) == pytest.approx(max(gap_s, headway_s))


def test_empty_wagons_run_back_over_the_same_sections_in_reverse():
    """10 wagons of 60 t, for which there are no goods on the way back: all return, through the opposite sections."""
    there = (Section("section:1", 100.0, 100.0), Section("section:2>", 50.0, 200.0))
    records = simulate(plan([shipment(0, 0.0, rail_leg(0, 1))], {(0, 1): route(0, 1, *there)}, empty_share=0.9))
    full, empty = records.legs
    assert (full.gross_t, full.payload_t, full.loaded) == (600.0 + 10 * 24.0, 600.0, True)
    assert (empty.gross_t, empty.payload_t, empty.loaded) == (10 * 24.0, 0.0, False)
    assert (empty.start, empty.end) == (full.end, full.start)
    assert (empty.depart_s, empty.arrive_s) == (300.0, 600.0)
    assert [w.facility for w in records.waits if w.facility.startswith("section")] == [
        "section:1",
        "section:2>",
        "section:2<",
        "section:1",
    ]


def wagons_by_leg(records) -> list[tuple[int, int, int, bool]]:
    return [(leg.start, leg.end, leg.wagons_count, leg.loaded) for leg in records.legs]


def test_wagons_wait_for_goods_on_the_way_back_and_none_is_lost():
    """10 wagons come; the way back loads 10 every 2000 s on average, and half of those unloaded suit its goods: 5 stay.

    The goods of the way back take these 5, which are home then, and 5 of their own, half of which stay in turn.
    """
    block = Section("section:1>", 1.0, 100.0)
    way = {(0, 1): route(0, 1, block, max_wait_s=2000.0), (1, 0): route(1, 0, block, max_wait_s=2000.0)}
    lots = [shipment(0, 0.0, rail_leg(0, 1)), shipment(1, 2000.0, rail_leg(1, 0))]
    records = simulate(plan(lots, way, empty_share=0.5))
    assert wagons_by_leg(records) == [
        (0, 1, 10, True),
        (1, 0, 5, False),
        (1, 0, 10, True),
        (0, 1, 2, False),
    ]
    assert records.wagons_standing == {((1, 0, 0.0), 0): 3}


def test_wagons_that_nobody_loads_stand_where_they_are_counted():
    """The goods that they wait for do not come any more: out less back is what stands there at the end."""
    block = Section("section:1>", 1.0, 100.0)
    way = {(0, 1): route(0, 1, block, max_wait_s=2000.0), (1, 0): route(1, 0, block, max_wait_s=2000.0)}
    lots = [shipment(0, 0.0, rail_leg(1, 0)), shipment(1, 1900.0, rail_leg(0, 1))]
    records = simulate(plan(lots, way, empty_share=0.5))
    assert records.wagons_standing == {((0, 1, 0.0), 0): 3}
    signed = sum(count if start == 0 else -count for start, _, count, _ in wagons_by_leg(records))
    assert signed == 3


def test_a_freight_train_waits_for_a_gap_that_its_run_fits_into():
    """Paths of 600 s begin every 1000 s until 10000: only after the last one there is a gap for a run of 600 s."""
    section = Section("section:1", 600.0, 600.0)
    trains = [shipment(0, 1000.0 + 1.0, rail_leg(0, 1)), shipment(1, 20000.0, rail_leg(0, 1))]
    railway = RailwayPlan(paths={"section:1": OccupiedPaths((n * 1000.0, n * 1000.0 + 600.0) for n in range(11))})
    records = simulate(plan(trains, {(0, 1): route(0, 1, section)}, railway=railway))
    assert records.delivered_s == {0: pytest.approx(10600.0 + 600.0), 1: pytest.approx(20600.0)}


def test_a_train_on_demand_leaves_when_it_is_full():
    """Ten lots of 60 t every 100 s fill a train of 600 t at 900 s."""
    lots = [shipment(n, n * 100.0, rail_leg(0, 1), tonnes_t=60.0) for n in range(20)]
    records = simulate(plan(lots, {(0, 1): route(0, 1, Section("section:1>", 1.0, 1.0))}))
    assert departures(records) == [900.0, 1900.0]
    assert [leg.payload_t for leg in records.legs if leg.loaded] == [600.0, 600.0]


def test_a_train_on_demand_leaves_when_its_first_consignment_has_waited_long_enough():
    """Departure = release of the first + longest wait, exactly."""
    lots = [shipment(n, 1000.0 + n * 700.0, rail_leg(0, 1), tonnes_t=60.0) for n in range(5)]
    rail = {(0, 1): route(0, 1, Section("section:1>", 1.0, 1.0), max_wait_s=1500.0)}
    assert departures(simulate(plan(lots, rail))) == [1000.0 + 1500.0, 1000.0 + 3 * 700.0 + 1500.0]


def test_a_full_departure_starts_the_wait_of_those_left_behind_afresh():
    """The lot of t = 900 waits until 900 + 1500, however long the first train's lots had waited before they left."""
    lots = [shipment(0, 0.0, rail_leg(0, 1), tonnes_t=400.0), shipment(1, 800.0, rail_leg(0, 1), tonnes_t=200.0)]
    lots += [shipment(2, 900.0, rail_leg(0, 1), tonnes_t=60.0)]
    rail = {(0, 1): route(0, 1, Section("section:1>", 1.0, 1.0), max_wait_s=1500.0)}
    assert departures(simulate(plan(lots, rail))) == [800.0, 900.0 + 1500.0]


def test_no_train_is_overloaded_and_what_does_not_fit_waits_for_the_next():
    """Lots of 250 t on trains of 600 t: two a train; one lot larger than a train goes alone, in two."""
    lots = [shipment(n, float(n), rail_leg(0, 1), tonnes_t=250.0) for n in range(5)]
    lots += [shipment(5, 100.0, rail_leg(0, 1), tonnes_t=900.0)]
    records = simulate(plan(lots, {(0, 1): route(0, 1, Section("section:1>", 1.0, 1.0), max_wait_s=2000.0)}))
    assert sorted(leg.payload_t for leg in records.legs if leg.loaded) == [250.0, 500.0, 500.0, 900.0]
    assert {leg.payload_t: leg.vehicle_count for leg in records.legs}[900.0] == 2, "in as many trains as it needs"
    assert sum(leg.payload_t for leg in records.legs) == 5 * 250.0 + 900.0


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.sampled_from([60.0, 90.0, 120.0, 250.0, 600.0])), min_size=1, max_size=30
    )
)
def test_on_demand_nobody_waits_longer_than_promised_and_no_train_leaves_without_reason(lots):
    """Every departure is either full (the next lot would not have fitted) or due (its first lot has waited exactly the maximum)."""
    patience = 1500.0
    lots = sorted(lots)
    records = simulate(
        plan(
            [shipment(n, float(at), rail_leg(0, 1), tonnes_t=t) for n, (at, t) in enumerate(lots)],
            {(0, 1): route(0, 1, Section("section:1>", 0.0, 1.0), max_wait_s=patience)},
        )
    )
    aboard = {}
    for load in records.loads:
        aboard.setdefault(load.leg, []).append(load.shipment)
    for number, positions in aboard.items():
        leg = records.legs[number]
        waited = leg.depart_s - lots[min(positions)][0]
        assert -1e-9 <= waited <= patience + 1e-6
        follower = max(positions) + 1
        full = leg.payload_t >= TRAIN_T or (follower < len(lots) and leg.payload_t + lots[follower][1] > TRAIN_T)
        assert full or waited == pytest.approx(patience)
    assert sorted(p for group in aboard.values() for p in group) == list(range(len(lots)))


@pytest.mark.parametrize("per_week", [7, 11, 13, 21, 42, 97])
def test_a_timetable_has_one_departure_per_interval_at_its_multiples(per_week):
    """With lots always waiting, departure k is at k week / n, and each train takes what fits: one train an interval, not two."""
    interval_s = 7.0 * 24.0 * HOUR / per_week
    count = 60
    lots = [shipment(n, 10.0, rail_leg(0, 1), tonnes_t=TRAIN_T) for n in range(count)]
    rail = {(0, 1): route(0, 1, Section("section:1>", 0.0, 1.0), interval_s=interval_s)}
    assert departures(simulate(plan(lots, rail))) == pytest.approx(interval_s * np.arange(1, count + 1))


def test_a_timetable_waits_for_nobody_and_leaves_when_there_is_something_to_carry():
    """Lots of t = 0.5 and 3.2 intervals leave at 1 and 4; a train that has nothing to carry does not run."""
    interval_s = 1000.0
    lots = [shipment(0, 500.0, rail_leg(0, 1), tonnes_t=60.0), shipment(1, 3200.0, rail_leg(0, 1), tonnes_t=60.0)]
    rail = {(0, 1): route(0, 1, Section("section:1>", 0.0, 1.0), max_wait_s=2000.0, interval_s=interval_s)}
    assert departures(simulate(plan(lots, rail))) == [1000.0, 4000.0]


def test_an_extra_train_runs_when_the_timetable_leaves_goods_waiting_too_long():
    """A lot of t = 0.5 intervals with a patience of 0.2 leaves at 0.7; one of 0.9 goes with the timetable at 1."""
    lots = [shipment(0, 500.0, rail_leg(0, 1), tonnes_t=60.0), shipment(1, 900.0, rail_leg(0, 1), tonnes_t=60.0)]
    rail = {(0, 1): route(0, 1, Section("section:1>", 0.0, 1.0), max_wait_s=200.0, interval_s=1000.0)}
    assert departures(simulate(plan(lots, rail))) == [700.0, 1000.0]


def test_wagons_without_a_train_of_their_own_hold_no_section():
    """Two small groups pass a block at the same time; two trains do so one after the other."""
    lots = [shipment(n, 0.0, rail_leg(n, n + 1), tonnes_t=TRAIN_T) for n in (0, 1)]
    for smallest, apart_s in ((0.0, 600.0), (TRAIN_T + 1.0, 0.0)):
        rail = {
            (n, n + 1): replace(route(n, n + 1, Section("section:1", 600.0, 600.0)), train_min_net_t=smallest)
            for n in (0, 1)
        }
        legs = [leg for leg in simulate(plan(lots, rail)).legs if leg.loaded]
        arrivals = sorted(leg.arrive_s for leg in legs)
        assert arrivals[1] - arrivals[0] == pytest.approx(apart_s)


def river(reaches, back, payload_t: float = 500.0) -> RiverRoute:
    """Each reach: sailing time and lock; a passage of a lock takes `PASSAGE_S` and no turn."""
    way, home = (tuple(Reach((sail_s,), lock) for sail_s, lock in reaches) for reaches in (reaches, back))
    return RiverRoute(way, home, "berth:0", "berth:1", payload_t, "vessel_lt_650", NEVER)


def test_a_vessel_is_home_after_loading_sailing_locking_unloading_and_the_way_back():
    """Delivery = load + down + lock + down + unload; home = delivery + up + lock + up."""
    way = river(((1000.0, "lock:L"), (500.0, "")), ((900.0, "lock:L"), (1600.0, "")))
    leg = PlannedLeg("waterway", 0, 1, 0.0, 0.0)
    berths = (FacilityPlan("berth:0", "berth", 1, 2.0), FacilityPlan("berth:1", "berth", 1, 3.0))
    records = simulate(plan([shipment(0, 0.0, leg, tonnes_t=500.0)], river={(0, 1): way}, facilities=berths))
    load_s, unload_s = 500.0 * 2.0, 500.0 * 3.0
    assert records.delivered_s[0] == load_s + 1800.0 + unload_s
    out, home = records.legs
    assert (out.depart_s, out.arrive_s) == (load_s, load_s + 1800.0)
    assert (home.depart_s, home.arrive_s) == (load_s + 1800.0 + unload_s, load_s + 1800.0 + unload_s + 2800.0)
    assert (home.start, home.end, home.payload_t, home.loaded) == (1, 0, 0.0, False)


def test_two_vessels_at_one_lock_pass_one_after_the_other():
    """The second, which comes at the same time, waits one passage."""
    way = river(((1000.0, "lock:L"), (500.0, "")), ((0.0, ""),))
    leg = PlannedLeg("waterway", 0, 1, 0.0, 0.0)
    records = simulate(plan([shipment(n, 0.0, leg, tonnes_t=500.0) for n in range(2)], river={(0, 1): way}))
    assert sorted(records.delivered_s.values()) == [1800.0, 2100.0]


@st.composite
def railways(draw):
    """Make a random tree of single-track sections between stations, and trains between random stations."""
    count = draw(st.integers(2, 7))
    parents = [draw(st.integers(0, n - 1)) for n in range(1, count)]
    runs = [float(draw(st.integers(1, 50))) for _ in parents]
    trains = draw(
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.integers(0, 100)).filter(
                lambda t: t[0] != t[1]
            ),
            min_size=1,
            max_size=12,
        )
    )
    return parents, runs, trains


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(railways())
def test_trains_on_single_track_never_block_each_other_for_good(railway):
    """A train holds nothing while it waits, so every train arrives, no earlier than its bare run and no later than all runs in turn."""
    parents, runs, trains = railway
    graph = nx.Graph()
    for child, (parent, run_s) in enumerate(zip(parents, runs, strict=True), 1):
        graph.add_edge(parent, child, section=Section(f"section:{child}", run_s, run_s))
    routes, lots = {}, []
    for n, (start, end, at) in enumerate(trains):
        nodes = nx.shortest_path(graph, start, end)
        routes[start, end] = route(start, end, *(graph.edges[pair]["section"] for pair in pairwise(nodes)))
        lots.append(shipment(n, float(at), rail_leg(start, end)))
    records = simulate(plan(lots, routes, empty_share=0.9))
    assert sorted(records.delivered_s) == list(range(len(trains)))
    all_runs = 2.0 * sum(s.run_s for start, end, _ in trains for s in routes[start, end].sections)
    for n, (start, end, at) in enumerate(trains):
        bare = sum(s.run_s for s in routes[start, end].sections)
        assert at + bare - 1e-6 <= records.delivered_s[n] <= 100.0 + all_runs
    assert sum(not leg.loaded for leg in records.legs) == len(trains), "the empty wagons come home too"


def test_watching_the_progress_changes_nothing():
    section = Section("section:1", 60.0, 60.0)
    trains = [shipment(n, n * 37.0, rail_leg(0, 1)) for n in range(30)]
    railway = RailwayPlan(paths={"section:1": OccupiedPaths((n * 200.0, n * 200.0 + 100.0) for n in range(400))})
    build = plan(trains, {(0, 1): route(0, 1, section)}, railway=railway)
    seen = []
    assert simulate(build, progress=seen.append) == simulate(build)
    assert seen == sorted(seen)
    assert len(seen) > 10

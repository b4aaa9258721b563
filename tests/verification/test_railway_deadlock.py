"""Trains on single track with limited tracks at every place: all arrive, nothing is used beyond what there is."""

from collections import defaultdict
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import simpy

from transport_sim.errors import DataError
from transport_sim.simulation.railway import Railway
from transport_sim.simulation.railway_plan import (
    Itinerary,
    Move,
    OccupiedPaths,
    RailwayPlan,
    Section,
    refuse_impossible,
)

DAY = 86400.0
EPSILON_S = 1e-6


def itinerary(graph: nx.Graph, nodes: list[int], *, nonstop: frozenset[int] = frozenset()) -> Itinerary:
    """Join the sections of a path; places of `nonstop` are passed without stopping."""
    moves, sections, through = [], [], []
    for a, b in pairwise(nodes):
        edge = graph.edges[a, b]
        name = f"section:{edge['number']}" + ("" if edge["single"] else ("><"[a > b]))
        sections.append(Section(name, edge["run_s"] if edge["single"] else edge["headway_s"], edge["run_s"]))
        if b in nonstop and b != nodes[-1]:
            through.append(f"tracks:{b}")
            continue
        moves.append(Move(tuple(sections), f"tracks:{b}", tuple(through)))
        sections, through = [], []
    return Itinerary(f"tracks:{nodes[0]}", tuple(moves))


def railway_case(seed: int):
    """Make a random tree or ring of mostly single track with 1 to 3 tracks a place, and trains between random places."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 9))
    graph = nx.Graph()
    shape = rng.integers(3)
    for child in range(1, count):
        parent = child - 1 if shape == 0 else int(rng.integers(0, child))
        graph.add_edge(parent, child)
    if shape == 2 and count > 3:
        graph.add_edge(0, count - 1)
    for number, (_, _, edge) in enumerate(graph.edges(data=True)):
        edge |= {"number": number, "single": rng.random() < 0.85, "headway_s": 300.0}
        edge["run_s"] = float(rng.integers(300, 4000))
    tracks = {f"tracks:{n}": int(rng.choice([1, 1, 2, 2, 3])) for n in graph}
    nonstop = frozenset(int(n) for n in graph if rng.random() < 0.2)
    paths = {}
    for _, _, edge in graph.edges(data=True):
        if rng.random() < 0.4:
            starts = np.sort(rng.uniform(0.0, DAY, int(rng.integers(1, 5))))
            names = [f"section:{edge['number']}{way}" for way in ([""] if edge["single"] else "><")]
            paths |= {name: OccupiedPaths((s, s + float(rng.integers(200, 1500))) for s in starts) for name in names}
    trains = []
    for _ in range(int(rng.integers(2, 26))):
        a, b = rng.choice(count, 2, replace=False)
        nodes = nx.shortest_path(graph, int(a), int(b))
        long = rng.random() < 0.3
        way = itinerary(graph, nodes, nonstop=nonstop if long else frozenset())
        trains.append((float(rng.choice([0.0, rng.uniform(0.0, DAY)])), way, int(rng.integers(0, 2))))
    return RailwayPlan(tracks, paths), trains


def run_trains(plan: RailwayPlan, trains, railway_class=Railway):
    """Run the trains; returns the records and when each train was at its end."""
    env, waits, ends = simpy.Environment(), [], {}
    railway = railway_class(env, plan, waits)

    def train(number, start_s, way, priority):
        yield env.timeout(start_s)
        yield from railway.run(way, priority=priority)
        ends[number] = env.now

    for number, (start_s, way, priority) in enumerate(trains):
        env.process(train(number, start_s, way, priority))
    env.run()
    return waits, ends


def check_records(plan: RailwayPlan, waits) -> None:
    """Sweep line over every section and place; paths of the timetable stay free."""
    events = defaultdict(list)
    for wait in waits:
        assert wait.wait_s >= -EPSILON_S
        start, end = wait.arrive_s + wait.wait_s, wait.arrive_s + wait.wait_s + wait.service_s
        if end > start:
            events[wait.facility] += [(start, 1), (max(start, end - EPSILON_S), -1)]
        if wait.facility in plan.paths:
            free = plan.paths[wait.facility].next_free(start + EPSILON_S, wait.service_s - 2 * EPSILON_S)
            assert free == pytest.approx(start + EPSILON_S), "a freight train in the path of another"
    for facility, changes in events.items():
        level = np.cumsum([step for _, step in sorted(changes)])
        assert level.max() <= plan.tracks_count.get(facility, 1), facility


def is_possible(plan: RailwayPlan, way: Itinerary) -> bool:
    """Try every minute of a day, on an empty railway."""
    for move in way.moves:
        for start_s in np.arange(0.0, DAY, 60.0):
            at, fits = start_s, True
            for section in move.sections:
                paths = plan.paths.get(section.facility)
                fits = fits and (paths is None or paths.next_free(at, section.hold_s) <= at)
                at += section.run_s
            if fits:
                break
        else:
            return False
    return True


def test_500_random_railways_let_every_train_arrive():
    """Trees and rings with 1 to 3 tracks a place, long trains, priorities, paths of other trains: all trains end."""
    waited = 0
    for seed in range(500):
        plan, trains = railway_case(seed)
        waits, ends = run_trains(plan, trains)
        assert sorted(ends) == list(range(len(trains))), seed
        for number, (start_s, way, _) in enumerate(trains):
            assert ends[number] >= start_s + way.run_s - EPSILON_S
        check_records(plan, waits)
        waited += sum(w.wait_s > 0 for w in waits)
    assert waited > 3000, "trains must be in each other's way, or the test shows nothing"


def test_crowded_timetables_either_run_or_are_refused_with_the_cause():
    """A railway whose timetable leaves too short gaps for a way is refused, and no other."""
    refused = 0
    for seed in range(500, 540):
        plan, trains = railway_case(seed)
        crowded = {}
        for section in sorted({s.facility for _, way, _ in trains for m in way.moves for s in m.sections})[::2]:
            every = 86400.0 / (1 + (seed + len(section)) % 40)
            crowded[section] = OccupiedPaths((s, s + 300.0) for s in np.arange(0.0, DAY - 1.0, every))
        plan = RailwayPlan(plan.tracks_count, crowded)
        possible = [train for train in trains if is_possible(plan, train[1])]
        for _, way, _ in (t for t in trains if t not in possible):
            refused += 1
            with pytest.raises(DataError, match="the timetable of the others leaves no"):
                refuse_impossible(plan, way)
        waits, ends = run_trains(plan, possible)
        assert len(ends) == len(possible)
        check_records(plan, waits)
    assert refused > 20


class Careless(Railway):
    """A dispatcher that looks no further than the next place."""

    def _is_safe(self, trip, move):
        return True


def test_without_the_test_for_safe_states_trains_do_block_each_other():
    """The same railways show what the rule is for: among 500, many end in a deadlock without it."""
    stuck = 0
    for seed in range(500):
        plan, trains = railway_case(seed)
        _, ends = run_trains(plan, trains, Careless)
        stuck += len(ends) < len(trains)
    assert stuck > 50


def test_four_trains_that_fill_a_loop_from_both_sides_wait_outside():
    """Two eastbound and two westbound around one loop of two tracks: all pass, at most two stand in the loop."""
    graph = nx.Graph()
    for number, (a, b) in enumerate([(0, 1), (1, 2)]):
        graph.add_edge(a, b, number=number, single=True, run_s=1000.0, headway_s=0.0)
    plan = RailwayPlan({"tracks:1": 2})
    east, west = itinerary(graph, [0, 1, 2]), itinerary(graph, [2, 1, 0])
    waits, ends = run_trains(plan, [(0.0, east, 0), (0.0, west, 0), (0.0, east, 0), (0.0, west, 0)])
    assert len(ends) == 4
    check_records(plan, waits)
    assert max(ends.values()) == pytest.approx(4000.0), "each section carries four trains of 1000 s, the least possible"


def test_a_section_without_a_gap_for_freight_is_refused_with_its_cause():
    way = Itinerary("", (Move((Section("section:1", 3600.0, 3600.0),)),))
    plan = RailwayPlan(paths={"section:1": OccupiedPaths((h * 3600.0, h * 3600.0 + 600.0) for h in range(24))})
    with pytest.raises(DataError, match=r"section:1: it keeps the section for 60 min, .* no gap"):
        run_trains(plan, [(0.0, way, 0)])


def test_a_train_longer_than_the_loop_where_it_has_to_meet_is_refused_with_its_cause():
    """Two sections of 40 min with a path each hour: a train that fits the loop runs, a longer one needs 80 min."""
    graph = nx.Graph()
    for number, (a, b) in enumerate([(0, 1), (1, 2)]):
        graph.add_edge(a, b, number=number, single=True, run_s=2400.0, headway_s=0.0)
    hourly = OccupiedPaths((h * 3600.0, h * 3600.0 + 600.0) for h in range(24))
    plan = RailwayPlan({"tracks:1": 2}, {"section:0": hourly, "section:1": hourly})
    _, ends = run_trains(plan, [(0.0, itinerary(graph, [0, 1, 2]), 0)])
    assert ends[0] == pytest.approx(3600.0 + 600.0 + 2400.0)
    with pytest.raises(
        DataError, match=r"cannot stop at tracks:1 has to run from tracks:0 to tracks:2 in one go \(80 min"
    ):
        run_trains(plan, [(0.0, itinerary(graph, [0, 1, 2], nonstop=frozenset({1})), 0)])


def test_a_place_without_tracks_is_refused():
    way = Itinerary("", (Move((Section("section:1", 60.0, 60.0),), "tracks:1"),))
    with pytest.raises(DataError, match="tracks:1 has no track on which a freight train could stand"):
        run_trains(RailwayPlan({"tracks:1": 0}), [(0.0, way, 0)])

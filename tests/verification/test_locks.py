"""Locks against what can be worked out by hand; each test states its formula."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import simpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transport_sim.availability import Window, availability
from transport_sim.randomness import uniform
from transport_sim.simulation.lock import Lock, fill_chamber
from transport_sim.simulation.river_plan import LockPlan, VesselSize

HOUR = 3600.0
DAY = 86_400.0
BOAT = VesselSize(50.0, 9.0)


def lock_plan(**changes) -> LockPlan:
    """A lock for one boat: 300 s in, gates of 60 s, 600 s to fill, 300 s out."""
    given_ones = {
        "chambers_count": 1,
        "entry_s": 300.0,
        "gate_s": 60.0,
        "fill_s": 600.0,
        "exit_s": 300.0,
        "interval_s": 120.0,
        "length_m": 60.0,
        "width_m": 12.0,
    }
    return LockPlan("lock:L", **{**given_ones, **changes})


def pass_lock(plan: LockPlan, boats):
    """Send boats, (time, upward) or (time, upward, size), through a lock; return when each is out, waits and lockages."""
    env, waits, lockages = simpy.Environment(), [], []
    lock = Lock(env, plan, waits, lockages)
    out = {}

    def boat(n, arrive_s, upward, size=BOAT):
        yield env.timeout(arrive_s)
        yield lock.join(size, upward=upward)
        out[n] = env.now

    boats = list(boats)
    for n, one in enumerate(boats):
        env.process(boat(n, *one))
    env.run()
    assert sorted(out) == list(range(len(boats))), "everybody gets through"
    return [out[n] for n in range(len(boats))], waits, lockages


def poisson(count: int, rate_per_s: float, stream: str):
    return np.cumsum(-np.log(uniform(np.arange(count), seed=7, stream=stream)) / rate_per_s)


def test_a_single_passage_is_entry_two_gates_filling_and_exit():
    """T = t_in + 2 t_gate + t_fill + t_out; a chamber on the other side must be filled or emptied first."""
    assert pass_lock(lock_plan(), [(0.0, True)])[0] == [300.0 + 120.0 + 600.0 + 300.0]
    assert pass_lock(lock_plan(), [(0.0, False)])[0] == [120.0 + 600.0 + 1320.0]


@pytest.mark.parametrize("together", [1, 2, 3])
def test_capacity_one_way_is_a_lockage_and_a_turn_for_every_chamberful(together):
    """T1 = 4 t_gate + 2 t_fill + t_in + t_out + 2 (n - 1) t_interval: the code's one-way lockage of n vessels."""
    plan = lock_plan(length_m=51.0 * together, margin_m=1.0)
    lockages = pass_lock(plan, [(0.0, True)] * (together * 8))[2]
    starts = np.diff([x.start_s for x in lockages])
    assert starts == pytest.approx(4 * 60.0 + 2 * 600.0 + 600.0 + 2 * (together - 1) * 120.0)
    assert [x.vessels_count for x in lockages] == [together] * 8


@pytest.mark.parametrize("together", [1, 2])
def test_capacity_both_ways_is_two_chamberfuls_for_one_filling_and_one_emptying(together):
    """T2 = 4 t_gate + 2 t_fill + 2 t_in + 2 t_out + 4 (n - 1) t_interval for two lockages of n vessels, up and down in turn."""
    plan = lock_plan(length_m=51.0 * together, margin_m=1.0)
    boats = [(0.0, up) for up in (True, False) for _ in range(together * 6)]
    lockages = pass_lock(plan, boats)[2]
    assert [x.upward for x in lockages] == [True, False] * 6
    starts = np.array([x.start_s for x in lockages])
    assert starts[2:] - starts[:-2] == pytest.approx(4 * 60.0 + 2 * 600.0 + 1200.0 + 4 * (together - 1) * 120.0)


def test_chambers_in_parallel_share_the_queue():
    """3 chambers take 3 boats at once: boat n is out after floor(n / 3) cycles."""
    out, _, lockages = pass_lock(lock_plan(chambers_count=3), [(0.0, True)] * 9)
    assert out == pytest.approx([1320.0 + (n // 3) * 2040.0 for n in range(9)])
    assert {x.chamber for x in lockages} == {0, 1, 2}


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_wait_at_a_place_passed_one_by_one_is_that_of_m_d_1(load):
    """Pollaczek-Khinchine for Poisson arrivals and a constant service D: Wq = rho D / (2 (1 - rho))."""
    service_s = 1320.0
    boats = [(float(t), True) for t in poisson(20_000, load / service_s, f"one_way:{load}")]
    _, waits, _ = pass_lock(lock_plan(turns=False), boats)
    expected_s = load * service_s / (2.0 * (1.0 - load))
    assert np.mean([w.wait_s for w in waits]) == pytest.approx(expected_s, rel=0.06)


def test_wait_at_a_lock_used_one_way_is_that_of_m_d_1_with_the_turn_in_its_service():
    """The chamber comes back empty for everybody: D = turn + lockage, and the wait is Wq and the turn."""
    load, turn_s, service_s = 0.6, 720.0, 720.0 + 1320.0
    boats = [(float(t), False) for t in poisson(20_000, load / service_s, "turn")]
    _, waits, _ = pass_lock(lock_plan(), boats)
    expected_s = load * service_s / (2.0 * (1.0 - load)) + turn_s
    assert np.mean([w.wait_s for w in waits]) == pytest.approx(expected_s, rel=0.05)


def test_vessels_both_ways_save_each_other_the_turn():
    """With boats on both sides each filling carries somebody: at a load that one way alone could not bear nobody queues for ever."""
    times = poisson(4000, 1.0 / 1700.0, "both")
    one_way = pass_lock(lock_plan(), [(float(t), True) for t in times])[1]
    both = pass_lock(lock_plan(), [(float(t), n % 2 == 0) for n, t in enumerate(times)])[1]
    assert np.mean([w.wait_s for w in one_way]) > 20 * HOUR, "2040 s of service for one boat every 1700 s"
    assert np.mean([w.wait_s for w in both]) < 2 * HOUR


def test_no_lockage_begins_at_night_and_one_under_way_is_finished():
    """Hours 6 to 22: who comes at 21:59 goes through, who comes at 22:00 begins at 6:00."""
    plan = lock_plan(open_s=6 * HOUR, close_s=22 * HOUR)
    out, waits, _ = pass_lock(plan, [(22 * HOUR - 60.0, True), (DAY + 22 * HOUR, False), (2 * DAY, True)])
    assert out[0] == 22 * HOUR - 60.0 + 1320.0
    assert min(w.wait_s for w in waits) == 0.0
    assert [round(w.arrive_s + w.wait_s - 2 * DAY) for w in waits][1:] == [6 * HOUR, 6 * HOUR + 1320.0]


def test_a_closed_lock_takes_nobody_and_a_half_closed_one_works_with_the_rest():
    closed = availability([Window(0.0, 5 * DAY, 0.0)])
    assert pass_lock(lock_plan(outages=(closed,)), [(0.0, True)])[0] == [5 * DAY + 1320.0]
    lockages = pass_lock(lock_plan(chambers_count=2, outages=(None, closed)), [(0.0, True)] * 4)[2]
    assert {x.chamber for x in lockages} == {0}


def test_works_are_passed_one_at_a_time_and_either_way_without_a_turn():
    """A narrow place of 1800 s: boats leave every 1800 s whichever way they go."""
    plan = LockPlan("lock:works", 1, 0.0, 0.0, 1800.0, 0.0, turns=False)
    out = pass_lock(plan, [(0.0, up) for up in (True, True, False, True)])[0]
    assert sorted(out) == pytest.approx([1800.0, 3600.0, 5400.0, 7200.0])


def test_boats_lie_in_lanes_in_the_order_of_arrival():
    """120 x 23 m: two of 50 x 9 m behind each other, two beside them; the fifth waits, and so does a small one behind it."""
    plan = lock_plan(length_m=120.0, width_m=23.0, margin_m=1.0)
    assert fill_chamber(plan, [BOAT] * 5) == (4, 102.0, 20.0)
    small = VesselSize(15.0, 4.0)
    assert fill_chamber(plan, [BOAT, BOAT, small]) == (3, 118.0, 10.0)
    wide = VesselSize(60.0, 14.0)
    assert fill_chamber(plan, [BOAT, wide, small]) == (1, 51.0, 10.0), "10 and 15 m do not lie beside each other in 23"
    assert fill_chamber(plan, [VesselSize(), BOAT]) == (1, 1.0, 1.0), "an unknown vessel has the chamber alone"
    assert fill_chamber(plan, [BOAT, VesselSize()])[0] == 1


boats = st.builds(VesselSize, st.floats(5.0, 110.0), st.floats(3.0, 20.0))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(boats, min_size=1, max_size=30), st.floats(111.0, 280.0), st.floats(21.0, 34.0))
def test_no_chamber_is_ever_fuller_than_it_is_large(queue, length_m, width_m):
    """Lanes and areas fit, whatever comes; a longer chamber never takes fewer of the same boats that are all alike."""
    plan = lock_plan(length_m=length_m, width_m=width_m, margin_m=1.0)
    count, used_length_m, used_width_m = fill_chamber(plan, queue)
    assert 1 <= count <= len(queue)
    assert used_length_m <= length_m + 1e-9
    assert used_width_m <= width_m + 1e-9
    area_m2 = sum((b.length_m + 1.0) * (b.beam_m + 1.0) for b in queue[:count])
    assert area_m2 <= used_length_m * used_width_m + 1e-6


@st.composite
def rivers(draw):
    """Make a random tree of reaches with a lock on each, and boats between random places."""
    count = draw(st.integers(2, 7))
    parents = [draw(st.integers(0, n - 1)) for n in range(1, count)]
    plans = [
        LockPlan(
            f"lock:{n}",
            draw(st.integers(1, 3)),
            float(draw(st.integers(0, 900))),
            float(draw(st.integers(0, 300))),
            float(draw(st.integers(1, 1800))),
            float(draw(st.integers(0, 900))),
            float(draw(st.integers(0, 300))),
            draw(st.sampled_from([0.0, 120.0, 200.0])),
            23.0,
            1.0,
            turns=draw(st.booleans()),
            open_s=draw(st.sampled_from([0.0, 6 * HOUR])),
            close_s=draw(st.sampled_from([18 * HOUR, DAY])),
            outages=(draw(st.sampled_from([None, availability([Window(HOUR, 2 * DAY, 0.0)])])),),
        )
        for n in range(1, count)
    ]
    trips = st.tuples(
        st.integers(0, count - 1),
        st.integers(0, count - 1),
        st.integers(0, 4 * 86_400),
        st.sampled_from([(50.0, 9.0), (62.0, 11.0), (25.0, 5.0)]),
    ).filter(lambda t: t[0] != t[1])
    return parents, plans, draw(st.lists(trips, min_size=1, max_size=25))


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(rivers())
def test_every_vessel_of_any_river_with_locks_arrives_and_no_chamber_is_used_twice_at_once(river):
    """200 random trees of locks: all trips end, each passes its locks once, and the records alone show the chambers' use."""
    parents, plans, trips = river
    graph = nx.Graph()
    for child, parent in enumerate(parents, 1):
        graph.add_edge(parent, child, lock=child)
    env, waits, lockages, arrived = simpy.Environment(), [], [], {}
    locks = {int(p.facility[5:]): Lock(env, p, waits, lockages) for p in plans}
    passages = 0

    def sail(n, nodes, at, size):
        yield env.timeout(at)
        for a, b in pairwise(nodes):
            yield env.timeout(600.0)
            yield locks[graph.edges[a, b]["lock"]].join(VesselSize(*size), upward=b < a)
        arrived[n] = env.now

    for n, (start, end, at, size) in enumerate(trips):
        nodes = nx.shortest_path(graph, start, end)
        passages += len(nodes) - 1
        env.process(sail(n, nodes, at, size))
    env.run()
    assert sorted(arrived) == list(range(len(trips)))
    assert len(waits) == sum(x.vessels_count for x in lockages) == passages
    for plan in plans:
        for chamber in range(plan.chambers_count):
            own = [x for x in lockages if (x.facility, x.chamber) == (plan.facility, chamber)]
            for first, second in pairwise(own):
                turn_s = plan.turn_s if first.upward == second.upward else 0.0
                assert second.start_s >= first.end_s + turn_s - 1e-6
            assert all(x.length_m <= (plan.length_m or 1e9) and x.width_m <= plan.width_m for x in own)
            assert all(plan.open_s <= x.start_s % DAY + 1e-6 for x in own)

"""Capacity and waits of railways against closed forms; each test states its formula.

References
----------
.. [1] Hay, Railroad Engineering, 2nd ed., 1982, ch. 16 (single-track capacity by the ruling pair of sections).
.. [2] Erlang 1909; Pollaczek-Khinchine: the mean wait of M/D/1 is rho s / (2 (1 - rho)).
"""

import numpy as np
import pytest
import simpy

from transport_sim.availability import Window
from transport_sim.simulation.railway import Railway
from transport_sim.simulation.railway_plan import Itinerary, Move, OccupiedPaths, RailwayPlan, Section

DAY = 86400.0


def run_trains(plan: RailwayPlan, trains: list[tuple[float, Itinerary]]):
    """Run trains; returns arrivals by number and the records."""
    env, waits, ends = simpy.Environment(), [], {}
    railway = Railway(env, plan, waits)

    def train(number: int, start_s: float, way: Itinerary):
        yield env.timeout(start_s)
        yield from railway.run(way)
        ends[number] = env.now

    for number, (start_s, way) in enumerate(trains):
        env.process(train(number, start_s, way))
    env.run()
    return ends, waits


def line(sections: list[Section], places: list[str]) -> tuple[Itinerary, Itinerary]:
    """Return the ways over a line in both directions."""
    out = tuple(Move((s,), p) for s, p in zip(sections, places[1:], strict=True))
    back = tuple(Move((s,), p) for s, p in zip(reversed(sections), reversed(places[:-1]), strict=True))
    return Itinerary(places[0], out), Itinerary(places[-1], back)


@pytest.mark.parametrize(("run_min", "margin_min"), [(20.0, 0.0), (20.0, 6.0), (34.0, 6.0)])
def test_a_single_track_between_two_loops_carries_a_day_over_run_and_margin(run_min, margin_min):
    """Pairs of trains a day = 24 h / (2 (run + margin)), as a station master's diagram has it [1]_."""
    section = Section("section:1", 60.0 * (run_min + margin_min), 60.0 * run_min)
    east, west = line([section], ["tracks:A", "tracks:B"])
    plan = RailwayPlan({"tracks:A": 3, "tracks:B": 3})
    trains = [(0.0, way) for _ in range(200) for way in (east, west)]
    ends, _ = run_trains(plan, trains)
    in_a_day = sum(end - 60.0 * run_min <= DAY for end in ends.values())
    assert in_a_day / 2.0 == pytest.approx(1440.0 / (2.0 * (run_min + margin_min)), abs=1.0)


def test_the_longest_section_rules_a_line_of_single_track():
    """Trains a day of a line <= 24 h / (longest run + margin), and with enough tracks in the loops nearly that [1]_."""
    runs = [900.0, 1500.0, 1100.0, 700.0]
    sections = [Section(f"section:{n}", run + 300.0, run) for n, run in enumerate(runs)]
    places = [f"tracks:{n}" for n in range(len(runs) + 1)]
    ways = line(sections, places)
    bound = DAY / (max(runs) + 300.0)
    for tracks, least in ((2, 0.5), (4, 0.9)):
        plan = RailwayPlan(dict.fromkeys(places, tracks))
        ends, _ = run_trains(plan, [(0.0, way) for _ in range(100) for way in ways])
        later = np.sort(list(ends.values()))[20:-20]
        per_day = (len(later) - 1) * DAY / (later[-1] - later[0])
        assert least * bound <= per_day <= bound * 1.02, "trains end at both ends of the line, so a few may end closer"


@pytest.mark.parametrize("headway_s", [360.0, 480.0])
def test_double_track_carries_a_day_over_the_headway_in_each_direction(headway_s):
    """Trains a day and direction = 24 h / headway, whatever the running time."""
    way = Itinerary("", (Move((Section("section:1>", headway_s, 3000.0),)),))
    ends, _ = run_trains(RailwayPlan(), [(0.0, way)] * 400)
    assert sum(end - 3000.0 < DAY for end in ends.values()) == np.ceil(DAY / headway_s)


def test_paths_of_others_take_their_share_of_the_capacity():
    """Freight trains a day = the whole headways that fit between the paths, summed over the gaps."""
    headway_s, every_s = 480.0, 3600.0
    paths = OccupiedPaths((n * every_s, n * every_s + headway_s) for n in range(24))
    way = Itinerary("", (Move((Section("section:1>", headway_s, 1000.0),)),))
    ends, _ = run_trains(RailwayPlan(paths={"section:1>": paths}), [(0.0, way)] * 300)
    assert sum(end - 1000.0 < DAY for end in ends.values()) == 24 * np.floor((every_s - headway_s) / headway_s)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_trains_that_come_by_chance_wait_as_in_m_d_1(load):
    """Mean wait = rho s / (2 (1 - rho)) [2]_ at a section of constant run and Poisson arrivals, both directions mixed."""
    run_s, count = 1200.0, 20_000
    rng = np.random.default_rng(3)
    section = Section("section:1", run_s, run_s)
    ways = line([section], ["", ""])
    arrive = np.cumsum(rng.exponential(run_s / load, count))
    ends, _ = run_trains(RailwayPlan(), [(t, ways[n % 2]) for n, t in enumerate(arrive.tolist())])
    waits = np.array([ends[n] for n in range(count)]) - arrive - run_s
    assert waits.mean() == pytest.approx(load * run_s / (2.0 * (1.0 - load)), rel=0.08)


def test_a_possession_keeps_trains_out_until_it_ends_and_a_partial_one_slows_them():
    """A run of 600 s before a closure from 1000 to 5000 s: one at 400 s runs, one at 401 s waits; half capacity: twice."""
    way = Itinerary("", (Move((Section("section:1", 600.0, 600.0),)),))
    closed = RailwayPlan(closures={"section:1": (Window(1000.0, 5000.0, 0.0),)})
    assert run_trains(closed, [(400.0, way)])[0] == {0: 1000.0}
    assert run_trains(closed, [(401.0, way)])[0] == {0: 5600.0}
    longer = Itinerary("", (Move((Section("section:1", 800.0, 600.0),)),))  # kept for 200 s behind the train
    assert run_trains(closed, [(200.0, longer)])[0] == {0: 800.0}
    assert run_trains(closed, [(201.0, longer)])[0] == {0: 5600.0}
    slower = RailwayPlan(closures={"section:1": (Window(0.0, 5000.0, 0.5),)})
    ends, waits = run_trains(slower, [(0.0, way), (0.0, way)])
    assert ends == {0: 600.0, 1: 1800.0}
    assert [w.service_s for w in waits] == [1200.0, 1200.0]


def test_a_train_of_higher_rank_goes_first_when_both_wait():
    """Three trains at one section: whoever waits with the smaller number goes before one that came earlier."""
    env, waits, order = simpy.Environment(), [], []
    railway = Railway(env, RailwayPlan({"tracks:B": 1}), waits)
    way = Itinerary("", (Move((Section("section:1", 600.0, 600.0),), "tracks:B"),))

    def train(name: str, start_s: float, priority: int):
        yield env.timeout(start_s)
        yield from railway.run(way, priority=priority)
        order.append(name)

    for name, start_s, priority in (("first", 0.0, 1), ("slow", 1.0, 1), ("fast", 2.0, 0)):
        env.process(train(name, start_s, priority))
    env.run()
    assert order == ["first", "fast", "slow"]


def test_a_path_over_midnight_keeps_both_days_free():
    """A path from 23:50 to 00:20 leaves 00:20 to 23:50; a stay of 23.5 h fits exactly, a second more never."""
    paths = OccupiedPaths([(85800.0, 87600.0)])
    assert paths.next_free(0.0, 600.0) == 1200.0
    assert paths.next_free(85000.0, 800.0) == 85000.0
    assert paths.next_free(85000.0, 801.0) == DAY + 1200.0
    assert paths.next_free(0.0, 84600.0) == 1200.0
    assert paths.next_free(0.0, 84601.0) == np.inf
    assert paths.longest_gap_s() == pytest.approx(84600.0)

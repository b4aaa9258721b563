"""Blocks against every way of joining runs, and against the theory of least chains."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from transport_sim.demand import bus_blocks
from transport_sim.demand.bus_blocks import Runs, build_blocks, fewest_buses, given_blocks, links
from transport_sim.randomness import uniform

HOUR_S = 3600.0


def some_runs(count: int, seed: int) -> tuple[Runs, np.ndarray]:
    """Return runs between three places over four hours, and empty drives that differ by hour and direction."""
    draw = uniform(np.arange(5 * count).reshape(5, count), seed=seed, stream="runs")
    start_s = np.round(draw[0] * 4 * HOUR_S + 6 * HOUR_S)
    runs = Runs(
        start_s,
        start_s + np.round(600 + draw[1] * 3000),
        (draw[2] * 3).astype(int),
        (draw[3] * 3).astype(int),
        np.round(draw[4] * 300),
    )
    drive_s = np.round(uniform(np.arange(24 * 9).reshape(24, 3, 3), seed=seed, stream="drives") * 1200)
    drive_s[:, range(3), range(3)] = 0.0
    return runs, drive_s


def best_by_trial(runs: Runs, drive_s: np.ndarray) -> tuple[int, float]:
    """Return the fewest buses and the least empty driving with them [s], by trying every choice of followers."""
    fits, empty_s = links(runs, drive_s)
    count, best = len(runs), (len(runs), 0.0)
    for followers in permutations([*range(count), *[-1] * count], count):
        pairs = [(a, b) for a, b in enumerate(followers) if b >= 0]
        if all(fits[a, b] for a, b in pairs):
            best = min(best, (count - len(pairs), sum(empty_s[a, b] for a, b in pairs)))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_small_cases_have_the_fewest_buses_and_then_the_least_empty_driving(seed):
    runs, drive_s = some_runs(5, seed)
    fits, empty_s = links(runs, drive_s)
    blocks = build_blocks(runs, drive_s)
    driven_s = sum(empty_s[a, b] for block in blocks for a, b in pairwise(block))
    assert (len(blocks), pytest.approx(driven_s)) == best_by_trial(runs, drive_s)
    assert all(fits[a, b] for block in blocks for a, b in pairwise(block))


@pytest.mark.parametrize("seed", range(4))
def test_the_number_of_blocks_is_that_of_dilworth(seed):
    """As many blocks as runs less the largest matching, which another algorithm (Hopcroft and Karp) finds."""
    runs, drive_s = some_runs(120, seed)
    blocks = build_blocks(runs, drive_s)
    partner = maximum_bipartite_matching(csr_matrix(links(runs, drive_s)[0]), perm_type="column")
    assert len(blocks) == fewest_buses(runs, drive_s) == 120 - (partner >= 0).sum()
    assert sorted(run for block in blocks for run in block) == list(range(120))


@pytest.mark.parametrize("seed", range(4))
def test_of_very_many_runs_a_lower_bound_and_a_plan_are_known(seed, monkeypatch):
    runs, drive_s = some_runs(120, seed)
    fewest = fewest_buses(runs, drive_s)
    monkeypatch.setattr(bus_blocks, "LARGEST_EXACT", 0)
    middle_s = 8 * HOUR_S
    under_way = int(((runs.start_s <= middle_s) & (runs.end_s > middle_s)).sum())
    assert under_way <= fewest_buses(runs, drive_s) <= fewest <= len(build_blocks(runs, drive_s))


def shuttle(headway_s: float, run_s: float, layover_s: float, count: int) -> Runs:
    """Return a line with departures from both ends at the same times."""
    start_s = np.repeat(np.arange(count) * headway_s, 2) + 6 * HOUR_S
    place = np.tile([0, 1], count)
    return Runs(start_s, start_s + run_s, place, 1 - place, np.full(2 * count, layover_s))


@pytest.mark.parametrize("exact", [True, False])
def test_a_shuttle_needs_its_round_over_its_headway(exact, monkeypatch):
    """Closed form: with departures every h from both ends, ceil(2 (t + rest) / h) buses, if the ends are far apart.

    40 min of driving and 5 of rest each way, every 12 min, both ends at once: one end's buses are the other's after
    45 min, that is 4 headways, so 4 start at each end.
    """
    if not exact:
        monkeypatch.setattr(bus_blocks, "LARGEST_EXACT", 0)
    runs = shuttle(720.0, 2400.0, 300.0, 40)
    far = np.full((24, 2, 2), 7200.0)
    far[:, [0, 1], [0, 1]] = 0.0
    blocks = build_blocks(runs, far)
    assert len(blocks) == 8
    assert sorted(run for block in blocks for run in block) == list(range(80))


def test_a_rest_counts_as_part_of_the_run():
    runs = Runs(*(np.array(v) for v in ([0.0, 1900.0], [1800.0, 3600.0], [0, 0], [0, 0], [100.0, 0.0])))
    none = np.zeros((24, 1, 1))
    assert build_blocks(runs, none) == ((0, 1),)
    late = Runs(runs.start_s, runs.end_s, runs.from_place, runs.to_place, np.array([101.0, 0.0]))
    assert build_blocks(late, none) == ((0,), (1,))


def test_named_blocks_are_kept_and_the_rest_is_joined():
    runs = shuttle(720.0, 2400.0, 300.0, 10)
    names = ["a" if run in (0, 9) else "" for run in range(20)]
    blocks = given_blocks(names, runs, np.zeros((24, 2, 2)))
    assert blocks[0] == (0, 9)
    assert sorted(run for block in blocks for run in block) == list(range(20))


def test_no_runs_need_no_bus():
    nothing = Runs(*(np.empty(0, dtype=kind) for kind in (float, float, int, int, float)))
    assert build_blocks(nothing, np.zeros((24, 1, 1))) == ()
    assert fewest_buses(nothing, np.zeros((24, 1, 1))) == 0

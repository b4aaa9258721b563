"""Ways over stations, against every chain of stations that there is."""

from itertools import pairwise, permutations

import numpy as np
import pytest

from transport_sim.simulation.station_ways import StationWays

USABLE = 50.0


def some_ways(seed: int, *, stations: int = 4) -> StationWays:
    rng = np.random.default_rng(seed)
    at = rng.uniform(0.0, 80.0, (8, 2))
    km = np.hypot(*(at[:, None] - at[None]).T) * rng.uniform(1.0, 1.2, (8, 8))
    np.fill_diagonal(km, 0.0)
    places = np.arange(2, 2 + stations)
    names = tuple(f"S{n}" for n in range(stations))
    time_s = np.tile(km * 60.0, (24, 1, 1))
    for via in range(8):  # quickest ways obey the triangle inequality
        time_s = np.minimum(time_s, time_s[:, :, via, None] + time_s[:, None, via, :])
    fixed_s = rng.uniform(0.0, 900.0, stations)
    return StationWays(np.tile(km, (24, 1, 1)), time_s, USABLE, names, places, np.full(stations, 0.01), fixed_s)


def chains(count: int):
    for length in range(1, count + 1):
        yield from permutations(range(count), length)


def stretches(ways: StationWays, chain, here: int, there: int) -> list[float]:
    places = [here, *(int(ways.at[n]) for n in chain), there]
    return [float(ways.most[a, b]) for a, b in pairwise(places)]


def cost_s(ways: StationWays, chain, level: float, wait_s) -> float:
    """Drive, wait, connect and charge what has been used since the last charge."""
    places = [0, *(int(ways.at[n]) for n in chain), 1]
    total = sum(float(ways.time_s[8, a, b]) for a, b in pairwise(places))
    total += sum(wait_s[n] + ways.fixed_s[n] for n in chain)
    used = stretches(ways, chain, 0, 1)[:-1]
    used[0] += USABLE - level
    return total + sum(max(kwh, 0.0) * 0.01 * 3600.0 for kwh in used)


@pytest.mark.parametrize("seed", range(30))
def test_the_way_is_the_quickest_of_all_chains_within_range(seed: int) -> None:
    ways, rng = some_ways(seed), np.random.default_rng(seed + 1000)
    level, after, wait_s = float(rng.uniform(20.0, USABLE)), float(rng.uniform(0.0, 10.0)), rng.uniform(0.0, 3600.0, 4)
    possible = []
    for chain in chains(4):
        used = stretches(ways, chain, 0, 1)
        used[-1] += after
        if used[0] <= level and all(kwh <= USABLE for kwh in used[1:]):
            possible.append(cost_s(ways, chain, level, wait_s))
    found = ways.route(0, 1, level, after, hour=8, wait_s=lambda n: float(wait_s[n]))
    assert (found is None) == (not possible)
    if found is not None:
        assert cost_s(ways, found, level, wait_s) == pytest.approx(min(possible))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_missing_is_the_least_excess_of_all_chains(seed: int) -> None:
    """And with so much more, and no less, there is a way."""
    ways, level, after = some_ways(seed), 12.0, 3.0
    excess = [max(float(ways.most[0, 1]) + after - level, 0.0)]
    for chain in chains(4):
        first, *middle, last = stretches(ways, chain, 0, 1)
        excess.append(max([first - level, *(kwh - USABLE for kwh in middle), last + after - USABLE, 0.0]))
    assert ways.lacking(0, 1, level, after) == pytest.approx(min(excess))


def test_stations_that_are_not_wanted_or_cannot_serve_are_left_out() -> None:
    ways = next(w for w in map(some_ways, range(30)) if w.route(0, 1, USABLE, 0.0, hour=8, wait_s=lambda _: 0.0))
    everything = ways.route(0, 1, USABLE, 0.0, hour=8, wait_s=lambda _: 0.0)
    assert everything is not None
    other = ways.route(0, 1, USABLE, 0.0, hour=8, wait_s=lambda _: 0.0, without={everything[0]})
    assert other is None or everything[0] not in other
    assert ways.route(0, 1, USABLE, 0.0, hour=8, wait_s=lambda _: np.inf) is None

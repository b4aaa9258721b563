"""Swap stations are inventories: each battery taken is replaced by charging the one that was left."""

from itertools import pairwise
from math import factorial

import numpy as np
import pytest
import simpy

from transport_sim.randomness import uniform
from transport_sim.results.station_power import plug_power
from transport_sim.simulation.swapping import SwapPlan, SwapStation

MANY = 60


def exponential(count, mean, stream):
    return -mean * np.log(uniform(np.arange(count), seed=1, stream=stream))


def run_station(plan, arrive_s, kwh, *, kw=100.0, patience_s=np.inf):
    env = simpy.Environment()
    station = SwapStation(env, plan)

    def source():
        for number, (at, energy) in enumerate(zip(arrive_s, kwh, strict=True)):
            yield env.timeout(at - env.now)
            env.process(station.swap(number, ((float(energy), kw),), patience_s=patience_s))

    env.process(source())
    env.run()
    return station


@pytest.mark.parametrize(("stock", "load"), [(4, 2.5), (10, 7.0)])
def test_who_waits_for_a_battery_waits_as_erlang_c_says(stock, load):
    """A waiting vehicle keeps its empty battery, so with ample chargers the batteries are the servers of M/M/S."""
    count, charge_s = 150_000, 3600.0
    arrive = exponential(count, charge_s / load, "arrive").cumsum()
    kwh = exponential(count, 100.0, "kwh")
    station = run_station(SwapPlan("S", stock, MANY, 100.0, 0.0, MANY), arrive, kwh)
    waits = np.array([r.start_s - r.arrive_s for r in station.swaps])[count // 10 :]
    top = load**stock / factorial(stock) * stock / (stock - load)
    waiting = top / (sum(load**k / factorial(k) for k in range(stock)) + top)
    assert (waits > 1e-6).mean() == pytest.approx(waiting, abs=0.015)
    assert waits.mean() == pytest.approx(waiting * charge_s / (stock - load), rel=0.1)


@pytest.mark.parametrize("lengths", ["equal", "exponential"])
def test_the_share_turned_away_is_that_of_an_inventory_with_lost_sales(lengths):
    """Nobody waits: an (S-1, S) inventory with lost sales loses B(S, lambda T) whatever the distribution of the time to
    replenish (W. Karush, "A queuing model for an inventory problem", Operations Research 5, 1957)."""
    stock, load, count, charge_s = 5, 4.0, 60_000, 3600.0
    arrive = exponential(count, charge_s / load, "arrive_lost").cumsum()
    plan = SwapPlan("S", stock, MANY, 100.0, 0.0, MANY)
    kwh = np.full(count, 100.0) if lengths == "equal" else exponential(count, 100.0, "kwh_lost")
    station = run_station(plan, arrive, kwh, patience_s=0)
    terms = load ** np.arange(stock + 1) / np.cumprod(np.r_[1, np.arange(1, stock + 1)])
    assert np.mean([not r.served for r in station.swaps]) == pytest.approx(terms[-1] / terms.sum(), abs=0.01)


def test_batteries_are_neither_lost_nor_made():
    plan = SwapPlan("S", 6, 2, 80.0, 240.0, 2)
    count = 200
    station = run_station(plan, np.arange(count) * 600.0, np.full(count, 50.0), kw=80.0)
    assert all(r.served for r in station.swaps)
    assert station.full_count == 6
    power = plug_power(station.chargers)
    drawn = (power.power_kw * (power.to_s - power.from_s)).sum() / 3600.0
    assert drawn == pytest.approx(count * 50.0, abs=1e-3 * count)
    # no charger and no bay is ever used twice
    for charger in range(2):
        rows = sorted(zip(power.from_s[power.plug == charger], power.to_s[power.plug == charger], strict=True))
        assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(rows))
    events = sorted([(r.start_s, 1) for r in station.swaps] + [(r.end_s, -1) for r in station.swaps], key=lambda e: e)
    assert max(np.cumsum([step for _, step in events])) <= 2


def test_a_station_without_batteries_turns_everybody_away():
    station = run_station(SwapPlan("S", 0, 2, 80.0, 240.0), [0.0, 10.0], [50.0, 50.0])
    assert [r.served for r in station.swaps] == [False, False]

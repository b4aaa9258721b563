"""Stations from too few plugs to plenty, limits by the hour, and the pipeline of batteries."""

from itertools import pairwise
from math import exp, factorial

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.charge import PieceTable
from transport_sim.randomness import uniform
from transport_sim.results.station_power import by_hour, load
from transport_sim.simulation.charging import ChargingStation, PlugPlan, StationPlan
from transport_sim.simulation.swapping import SwapPlan, SwapStation

KNEE = PieceTable(60.0, (0.0, 0.8, 0.9, 1.0), (60.0, 30.0, 10.0))


def run_station(plan, count, *, gap_s=600.0, patience_s=np.inf):
    """Send vehicles of random charge at random times; the same ones at every station."""
    env = simpy.Environment()
    station = ChargingStation(env, plan)
    arrive = (-gap_s * np.log(uniform(np.arange(count), seed=1, stream="arrive"))).cumsum().tolist()
    soc = (0.1 + 0.4 * uniform(np.arange(count), seed=1, stream="soc")).tolist()

    def source():
        for number in range(count):
            yield env.timeout(arrive[number] - env.now)
            pieces = KNEE.between(soc[number], 0.95)
            env.process(station.charge(number, pieces, kind="dc", patience_s=patience_s))

    env.process(source())
    env.run()
    return station


def mean_wait_s(station):
    return np.mean([r.start_s - r.arrive_s for r in station.sessions if r.served])


def test_waits_fall_from_too_few_plugs_to_plenty():
    waits = [mean_wait_s(run_station(StationPlan("S", (PlugPlan("dc", 60.0, n),)), 2000)) for n in range(1, 15)]
    assert all(a >= b for a, b in pairwise(waits))
    assert waits[0] > 100 * 3600.0, "one plug for a load of five drowns"
    assert waits[-1] < 60.0


def test_fewer_turn_away_the_more_plugs_there_are_and_all_are_told():
    lost = []
    for n in range(15):
        station = run_station(StationPlan("S", (PlugPlan("dc", 60.0, n),)), 2000, patience_s=900.0)
        assert len(station.sessions) == 2000, "nobody's loss is hidden"
        lost.append(sum(not r.served for r in station.sessions))
    assert lost[0] == 2000
    assert lost[-1] == 0
    assert all(a >= b for a, b in pairwise(lost))


def test_waits_fall_the_more_the_feeder_gives():
    plugs = (PlugPlan("dc", 60.0, 10),)
    waits = [mean_wait_s(run_station(StationPlan("S", plugs, kw), 1500)) for kw in (150.0, 250.0, 350.0, 600.0)]
    assert all(a >= b for a, b in pairwise(waits))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([20.0, 60.0, 250.0]), min_size=4, max_size=4), st.integers(1, 8))
def test_power_is_never_above_the_limit_of_the_hour_in_any_second(kw, plugs):
    """A station of smart charging: limits change every six hours, and sessions run over the changes."""
    limits = tuple((n * 21_600.0, limit) for n, limit in enumerate(kw))
    station = run_station(StationPlan("S", (PlugPlan("dc", 60.0, plugs),), 300.0, limits=limits), 60, gap_s=1800.0)
    found = load(station)
    second = np.arange(0.5, found.time_s[-1], 1.0)
    at = np.searchsorted(found.time_s, second, side="right") - 1
    power_kw = np.where(at >= 0, found.power_kw[at], 0.0)
    assert (power_kw <= np.array(kw)[(second % 86_400.0 // 21_600.0).astype(int)] * (1 + 1e-9)).all()
    hours = int(found.time_s[-1] // 3600.0) + 1
    kwh, peak_kw = by_hour(found, hours)
    charged = sum(r.energy_kwh for r in station.sessions)
    assert kwh.sum() == pytest.approx(charged, abs=1e-3), "to the watt-hour"
    assert (kwh <= peak_kw + 1e-9).all()


def test_a_limit_of_nothing_in_the_evening_moves_the_peak_and_not_the_energy():
    plugs = (PlugPlan("dc", 60.0, 40),)
    free = run_station(StationPlan("S", plugs), 300)
    valley = run_station(
        StationPlan("S", plugs, limits=((0.0, 2400.0), (17 * 3600.0, 0.0), (23 * 3600.0, 2400.0))), 300
    )
    hours = 24 * 8
    (free_kwh, _), (valley_kwh, _) = (by_hour(load(station), hours) for station in (free, valley))
    evening = np.isin(np.arange(hours) % 24, range(17, 23))
    assert free_kwh[evening].sum() > 0.1 * free_kwh.sum()
    assert valley_kwh[evening].sum() == pytest.approx(0.0, abs=1e-6)
    assert valley_kwh.sum() == pytest.approx(free_kwh.sum(), abs=1e-3)


@pytest.mark.parametrize("lengths", ["equal", "exponential"])
def test_batteries_under_charge_are_poisson_whatever_the_charge_takes(lengths):
    """Palm's theorem, on which the (S-1, S) models of spare parts rest (Feeney and Sherbrooke, "The (S-1, S) inventory
    policy under compound Poisson demand", Management Science 12, 1966): Poisson demand of rate l and ample servers of
    mean time T leave a Poisson number of mean l T in the pipeline, so that a stock of S has none ready with the
    probability that it is S or more."""
    count, mean_s, load_count = 40_000, 3600.0, 6.0
    arrive = (-mean_s / load_count * np.log(uniform(np.arange(count), seed=1, stream="palm"))).cumsum()
    kwh = np.full(count, 100.0)
    if lengths == "exponential":
        kwh *= -np.log(uniform(np.arange(count), seed=1, stream="palm_kwh"))
    env = simpy.Environment()
    station = SwapStation(env, SwapPlan("S", 60, 60, 100.0, 0.0, 60))

    def source():
        for number in range(count):
            yield env.timeout(float(arrive[number]) - env.now)
            env.process(station.swap(number, ((float(kwh[number]), 100.0),)))

    env.process(source())
    env.run()
    charges = station.chargers.sessions
    begins, ends = np.sort([r.start_s for r in charges]), np.sort([r.end_s for r in charges])
    looks = np.arange(10 * mean_s, arrive[-1], mean_s / 3.0)
    pipeline = np.searchsorted(begins, looks, side="right") - np.searchsorted(ends, looks, side="right")
    assert pipeline.mean() == pytest.approx(load_count, rel=0.02)
    assert pipeline.var() == pytest.approx(load_count, rel=0.06)
    for stock in (5, 8, 10):
        wanted = 1.0 - sum(exp(-load_count) * load_count**k / factorial(k) for k in range(stock))
        assert (pipeline >= stock).mean() == pytest.approx(wanted, abs=0.02)

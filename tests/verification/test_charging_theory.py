"""Charging stations against queueing theory, the energy balance, and the limit of the feeder."""

from itertools import pairwise
from math import factorial

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transport_sim.randomness import uniform
from transport_sim.results.station_power import load, plug_power
from transport_sim.simulation.charging import ChargingStation, PlugPlan, StationPlan

BATCHES = 20


def run_station(plan, arrivals, *, kind="dc", patience_s=np.inf):
    """Send a vehicle with its pieces at each time; arrivals are (at_s, pieces)."""
    env = simpy.Environment()
    station = ChargingStation(env, plan)

    def source():
        for number, (at, pieces) in enumerate(arrivals):
            yield env.timeout(at - env.now)
            env.process(station.charge(number, pieces, kind=kind, patience_s=patience_s))

    env.process(source())
    env.run()
    return station


def waits_s(station):
    return np.array([r.start_s - r.arrive_s for r in sorted(station.sessions, key=lambda r: r.vehicle)])


def assert_mean(sample, wanted):
    """Compare with the 99.9 % interval of batch means, after a tenth as warm-up."""
    means = np.array([b.mean() for b in np.array_split(sample[len(sample) // 10 :], BATCHES)])
    half = stats.t.ppf(0.9995, BATCHES - 1) * means.std(ddof=1) / np.sqrt(BATCHES)
    assert half < 0.25 * wanted, "the run is too short to tell"
    assert means.mean() == pytest.approx(wanted, abs=half)


def exponential(count, mean, stream):
    return -mean * np.log(uniform(np.arange(count), seed=1, stream=stream))


def erlang_c(servers, offered):
    top = offered**servers / factorial(servers) * servers / (servers - offered)
    return top / (sum(offered**k / factorial(k) for k in range(servers)) + top)


@pytest.mark.parametrize(("plugs", "utilisation"), [(1, 0.6), (4, 0.8)])
def test_random_charges_wait_as_erlang_c_says(plugs, utilisation):
    """M/M/c: W_q = C(c, a) / (c mu - lambda)."""
    count, mean_s = 40_000, 1800.0
    arrive = exponential(count, mean_s / (plugs * utilisation), "gap").cumsum()
    kwh = exponential(count, mean_s, "kwh") * 60.0 / 3600.0
    plan = StationPlan("S", (PlugPlan("dc", 60.0, plugs),))
    station = run_station(plan, [(float(a), ((float(e), 60.0),)) for a, e in zip(arrive, kwh, strict=True)])
    wanted = erlang_c(plugs, plugs * utilisation) * mean_s / (plugs * (1.0 - utilisation))
    assert_mean(waits_s(station), wanted)


def test_equal_charges_at_one_plug_wait_as_pollaczek_and_khinchine_say():
    """M/D/1: W_q = rho s / (2 (1 - rho))."""
    count, length_s, rho = 40_000, 1200.0, 0.7
    arrive = exponential(count, length_s / rho, "gap_d").cumsum()
    plan = StationPlan("S", (PlugPlan("dc", 120.0, 1),))
    station = run_station(plan, [(float(a), ((40.0, 120.0),)) for a in arrive])
    assert_mean(waits_s(station), rho * length_s / (2.0 * (1.0 - rho)))


def test_equal_charges_at_several_plugs_wait_as_crommelin_says():
    """M/D/c: the mean wait by Crommelin's distribution of the number present, summed here to convergence."""
    count, length_s, plugs, rho = 60_000, 1200.0, 3, 0.8
    arrive = exponential(count, length_s / (plugs * rho), "gap_dc").cumsum()
    plan = StationPlan("S", (PlugPlan("dc", 120.0, plugs),))
    station = run_station(plan, [(float(a), ((40.0, 120.0),)) for a in arrive])
    # the number present just before and one service time later: n' = max(n - c, 0) + Poisson(lambda D)
    size, load = 400, plugs * rho
    poisson = stats.poisson.pmf(np.arange(size), load)
    present = np.full(size, 1.0 / size)
    for _ in range(5000):
        left = np.r_[present[: plugs + 1].sum(), present[plugs + 1 :]]
        new = np.convolve(left, poisson)[:size]
        new /= new.sum()
        if np.abs(new - present).sum() < 1e-13:
            break
        present = new
    queued = (np.maximum(np.arange(size) - plugs, 0) * present).sum()
    assert_mean(waits_s(station), queued / (load / length_s))


@st.composite
def shared_stations(draw):
    plugs = draw(st.integers(1, 6))
    power = draw(st.sampled_from([30.0, 60.0, 120.0]))
    limits = ()
    if draw(st.booleans()):
        hours = sorted(draw(st.sets(st.integers(0, 23), min_size=1, max_size=4)))
        limits = tuple((h * 3600.0, draw(st.sampled_from([20.0, 60.0, 200.0]))) for h in hours)
    feeder = draw(st.sampled_from([25.0, 90.0, 200.0, 1e9]))
    faults = ((0, 3600.0, draw(st.sampled_from([3700.0, 30_000.0]))),) if draw(st.booleans()) else ()
    plan = StationPlan("S", (PlugPlan("dc", power, plugs, faults),), feeder, limits=limits)
    arrivals, at = [], 0.0
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.floats(0.0, 5000.0))
        pieces = tuple(
            (draw(st.floats(0.1, 30.0)), draw(st.floats(5.0, 150.0))) for _ in range(draw(st.integers(1, 4)))
        )
        arrivals.append((at, pieces))
    return plan, arrivals


def limit_kw(plan, time_s):
    """The lower of the feeder and what the hours allow."""
    if not plan.limits:
        return np.full(len(time_s), plan.feeder_kw)
    at, kw = np.array(plan.limits).T
    return np.minimum(kw[np.searchsorted(at, time_s % 86400.0, side="right") - 1], plan.feeder_kw)


@settings(max_examples=150)
@given(shared_stations())
def test_energy_is_conserved_and_power_stays_below_the_feeder_in_every_second(case):
    plan, arrivals = case
    station = run_station(plan, arrivals)
    records = sorted(station.sessions, key=lambda r: r.vehicle)
    assert len(records) == len(arrivals)
    # to the watt-hour: what each plug gave, from the start of a session and the level of the shared power alone, takes
    # until the recorded end
    power = plug_power(station)
    served = sorted(records, key=lambda r: (r.plug, r.start_s))
    for r in served:
        mine = (power.plug == r.plug) & (power.from_s >= r.start_s - 1e-6) & (power.from_s < r.end_s - 1e-6)
        drawn = (power.power_kw * (power.to_s - power.from_s))[mine].sum() / 3600.0
        assert power.to_s[mine].max() == pytest.approx(r.end_s, abs=1e-3)
        assert drawn == pytest.approx(sum(kwh for kwh, _ in arrivals[r.vehicle][1]), abs=1e-3)
        assert r.energy_kwh == pytest.approx(drawn, abs=1e-3)
    # the feeder: in every stretch between two changes of anybody's power
    moments = np.unique(np.r_[power.from_s, power.to_s])
    middles = (moments[1:] + moments[:-1])[np.diff(moments) > 1e-3] / 2.0
    runs = (power.from_s <= middles[:, None]) & (middles[:, None] < power.to_s)
    total_kw = runs @ power.power_kw
    assert (total_kw <= limit_kw(plan, middles) * (1 + 1e-9)).all()
    assert (total_kw <= sum(q.power_kw * q.count for q in plan.plugs) * (1 + 1e-9)).all()
    whole = load(station)
    assert whole.power_kw[np.searchsorted(whole.time_s, middles) - 1] == pytest.approx(total_kw, abs=1e-6)
    # one vehicle at a plug at a time, and the plugs do not go beyond their own power
    by_plug = {}
    for r in sorted(records, key=lambda r: r.start_s):
        by_plug.setdefault(r.plug, []).append(r)
    for rows in by_plug.values():
        assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(rows))
    # nobody is overtaken: all want the same kind
    assert [r.vehicle for r in sorted(records, key=lambda r: (r.start_s, r.vehicle))] == list(range(len(records)))


def test_a_feeder_shared_by_equals_takes_as_long_as_its_power_says():
    """Four vehicles of 60 kWh behind 120 kW: 30 kW each, done after two hours; the fifth follows alone at 60 kW."""
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 4),), feeder_kw=120.0)
    station = run_station(plan, [(0.0, ((60.0, 100.0),))] * 5)
    ends = sorted(r.end_s for r in station.sessions)
    assert ends == pytest.approx([7200.0] * 4 + [7200.0 + 3600.0])


def test_power_that_one_cannot_take_is_left_to_the_others():
    """Max-min shares: 10 kW wanted of 100 kW leave 45 kW for each of the other two."""
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 3),), feeder_kw=100.0)
    station = run_station(plan, [(0.0, ((10.0, 10.0),)), (0.0, ((45.0, 60.0),)), (0.0, ((45.0, 60.0),))])
    assert [r.end_s for r in station.sessions] == pytest.approx([3600.0] * 3)

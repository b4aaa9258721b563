"""Queues at facilities against the closed forms of queueing theory."""

from itertools import pairwise
from math import factorial

import numpy as np
import pytest
import simpy
from scipy import stats

from transport_sim.randomness import uniform
from transport_sim.simulation.plan import FacilityPlan
from transport_sim.simulation.terminal import Facilities

BATCHES = 20


def exponential(count: int, mean_s: float, stream: str) -> np.ndarray:
    return -mean_s * np.log(uniform(np.arange(count), seed=1, stream=stream))


def visit_all(plan: FacilityPlan, arrive_s: np.ndarray, **each: np.ndarray) -> Facilities:
    """Send one visitor at each time; `each` gives its tonnes_t or service_s."""
    env = simpy.Environment()
    facilities = Facilities(env, (plan,))

    def arrivals():
        for n, at in enumerate(arrive_s):
            yield env.timeout(at - env.now)
            env.process(facilities.visit(plan.facility, **{name: float(values[n]) for name, values in each.items()}))

    env.process(arrivals())
    env.run()
    return facilities


def assert_mean(sample: np.ndarray, wanted: float) -> None:
    """Compare with the 99.9 % interval of batch means, after a tenth as warm-up; the interval must be narrow enough to mean something."""
    batches = np.array_split(sample[len(sample) // 10 :], BATCHES)
    means = np.array([b.mean() for b in batches])
    half = stats.t.ppf(0.9995, BATCHES - 1) * means.std(ddof=1) / np.sqrt(BATCHES)
    assert half < 0.2 * wanted, "the run is too short to tell"
    assert means.mean() == pytest.approx(wanted, abs=half)


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability of waiting in M/M/c: (a^c / c!) c / (c - a) over the sum of all states."""
    top = offered**servers / factorial(servers) * servers / (servers - offered)
    return top / (sum(offered**k / factorial(k) for k in range(servers)) + top)


@pytest.mark.parametrize(("servers", "utilisation"), [(1, 0.6), (3, 0.8)])
def test_cranes_with_random_lots_wait_as_erlang_c_says(servers, utilisation):
    """M/M/c: W_q = C(c, a) / (c mu - lambda), with a = lambda / mu."""
    count, mean_t, s_per_t = 60_000, 25.0, 12.0
    service_s = mean_t * s_per_t
    gap_s = service_s / (servers * utilisation)
    arrive = exponential(count, gap_s, "gap").cumsum()
    plan = FacilityPlan("crane:X", "crane", servers, s_per_t)
    facilities = visit_all(plan, arrive, tonnes_t=exponential(count, mean_t, "tonnes"))
    waits = np.array([w.wait_s for w in facilities.waits])
    probability = erlang_c(servers, servers * utilisation)
    assert_mean((waits > 0).astype(float), probability)
    assert_mean(waits, probability / (servers / service_s - 1.0 / gap_s))
    assert_mean(np.array([w.service_s for w in facilities.waits]), service_s)


def test_a_lock_with_random_arrivals_waits_as_pollaczek_and_khinchine_say():
    """M/D/1: W_q = rho D / (2 (1 - rho))."""
    count, cycle_s, rho = 60_000, 2700.0, 0.7
    arrive = exponential(count, cycle_s / rho, "lock").cumsum()
    facilities = visit_all(FacilityPlan("lock:X", "lock", 1, 0.0), arrive, service_s=np.full(count, cycle_s))
    assert_mean(np.array([w.wait_s for w in facilities.waits]), rho * cycle_s / (2.0 * (1.0 - rho)))


def test_vessels_at_even_intervals_never_wait_as_long_as_the_lock_keeps_up():
    """D/D/1: no wait below capacity; above it visitor n waits n (D - interval)."""
    lock = FacilityPlan("lock:X", "lock", 1, 0.0)
    free = visit_all(lock, np.arange(1, 101) * 100.0, service_s=np.full(100, 99.0))
    assert all(w.wait_s == 0.0 for w in free.waits)
    jammed = visit_all(lock, np.arange(1, 101) * 100.0, service_s=np.full(100, 130.0))
    assert [w.wait_s for w in jammed.waits] == pytest.approx(30.0 * np.arange(100))


def test_waiting_visitors_are_served_in_the_order_of_arrival():
    arrive = np.sort(uniform(np.arange(500), seed=1, stream="a")) * 1e4
    facilities = visit_all(FacilityPlan("bay:X", "loading_bay", 3, 1.0), arrive, service_s=exponential(500, 90.0, "b"))
    starts = [(w.arrive_s, w.arrive_s + w.wait_s) for w in facilities.waits]
    assert starts == sorted(starts)
    assert all(later[1] >= earlier[1] for earlier, later in pairwise(starts))


def test_littles_law():
    """L = lambda W: the time average of those present, counted by the visitors, against rate x mean stay of the records."""
    env = simpy.Environment()
    facilities = Facilities(env, (FacilityPlan("berth:X", "berth", 2, 0.0),))
    count, service_s, gap_s, step_s = 20_000, 300.0, 190.0, 40.0
    arrive, stay = exponential(count, gap_s, "gap").cumsum(), exponential(count, service_s, "stay")
    present = []
    inside = [0]

    def visitor(service):
        inside[0] += 1
        yield from facilities.visit("berth:X", service_s=service)
        inside[0] -= 1

    def arrivals():
        for at, service in zip(arrive, stay, strict=True):
            yield env.timeout(at - env.now)
            env.process(visitor(float(service)))

    def watch():
        while env.now < arrive[-1]:
            present.append(inside[0])
            yield env.timeout(step_s)

    env.process(arrivals())
    env.process(watch())
    env.run()
    mean_stay = np.mean([w.wait_s + w.service_s for w in facilities.waits])
    assert np.mean(present) == pytest.approx(count / arrive[-1] * mean_stay, rel=0.01)
    assert np.mean(present) > 2.0, "somebody has to queue, or the test shows nothing"


def test_records_do_not_depend_on_the_order_of_creation():
    """Visits to one facility leave the records of another alone."""
    env = simpy.Environment()
    facilities = Facilities(env, tuple(FacilityPlan(n, "crane", 1, 1.0) for n in "ab"))
    for name, tonnes in (("a", 5.0), ("b", 7.0), ("a", 2.0)):
        env.process(facilities.visit(name, tonnes_t=tonnes, service_s=1.0))
    env.run()
    assert [tuple(w[:4]) for w in facilities.waits] == [
        ("a", 0.0, 0.0, 6.0),
        ("b", 0.0, 0.0, 8.0),
        ("a", 0.0, 6.0, 3.0),
    ]

"""Lock and vessel cases that OpenTNSim publishes in its repository: starts and lengths of lock cycles, trips, fuel.

The cases of the lock are its tests of one and two vessels before a lock of 300 x 24 m with doors of 10 minutes: the
formulas of the expected times are theirs, to the second ("decimal=0", half a second). A vessel sails to the line-up,
from there into the chamber at 1 m/s, and away again; here these stretches are reach, entry and exit.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import simpy

from transport_sim.choice.chains import build_skims
from transport_sim.energy.sailing import sailing_energy
from transport_sim.factors import load_factors
from transport_sim.planning.rivers import RiverPlanner
from transport_sim.simulation.lock import Lock, fill_chamber
from transport_sim.simulation.river_plan import LockPlan, VesselSize

DOORS_S = 600.0
FILL_S = 2.0 * 24.0 * 300.0 * 2.0 / (0.8 * 4.0 * math.sqrt(2.0 * 9.81 * 5.0))
"""2 A dh / (m a sqrt(2 g d)): chamber of 300 x 24 m, 2 m of lift, an opening of 4 m2 at a depth of 5 m."""
CYCLE_S = 2.0 * DOORS_S + FILL_S
ACCURACY_S = 0.5
ONE_LANE_M = 12.0
"""Those cases lay vessels one behind the other alone; two of 10 m lie side by side in 24 m here."""


def approach_s(length_m: float) -> float:
    """550 m at 4 m/s, 500 m and up to the line-up at 2 m/s."""
    return 550.0 / 4.0 + 500.0 / 2.0 + (300.0 - 0.5 * length_m) / 2.0


def entry_s(length_m: float) -> float:
    """From the line-up into the chamber at 1 m/s."""
    return 0.5 * length_m + 500.0 + 300.0 - 0.5 * length_m


def exit_s(length_m: float) -> float:
    """Half a ship at 1 m/s and 800 m at 4 m/s: then the next one may move."""
    return 0.5 * length_m + 800.0 / 4.0


def closing_times(length_m: float, directions, *, interval_s: float = 0.0, arrive_s: float | None = None):
    """Pass vessels that come together; return when the doors close behind the last of each lockage, and the lockages."""
    env, lockages = simpy.Environment(), []
    first_up = directions[0]
    plan = LockPlan("lock:", 1, entry_s(length_m), DOORS_S, FILL_S, exit_s(length_m), interval_s, 300.0, ONE_LANE_M)
    lock = Lock(env, plan, [], lockages)
    arrive_s = approach_s(length_m) if arrive_s is None else arrive_s

    def vessel(upward):
        yield env.timeout(arrive_s)
        yield lock.join(VesselSize(length_m, 10.0), upward=upward == first_up)

    for upward in directions:
        env.process(vessel(upward))
    env.run()
    return [x.start_s + entry_s(length_m) + (x.vessels_count - 1) * interval_s for x in lockages], lockages


def test_one_vessel_before_a_chamber_that_stands_right():
    """Starts at 550/4 + 500/2 + (300 - L/2)/2 + (L/2 + 500) + (300 - L/2), and takes two doors and the filling."""
    published_s = 550 / 4 + 500 / 2 + (300 - 0.5 * 135) / 2 + (0.5 * 135 + 500) + (300 - 0.5 * 135)
    closing, lockages = closing_times(135.0, [True])
    assert closing == pytest.approx([published_s], abs=ACCURACY_S)
    assert lockages[0].end_s - closing[0] - exit_s(135.0) == pytest.approx(CYCLE_S, abs=ACCURACY_S)
    assert pytest.approx(2108.9, abs=ACCURACY_S) == CYCLE_S


def test_one_vessel_before_a_chamber_that_stands_wrong():
    """It waits one cycle, doors and filling without a vessel, before it goes in."""
    env, lockages = simpy.Environment(), []
    plan = LockPlan("lock:", 1, entry_s(135.0), DOORS_S, FILL_S, exit_s(135.0), 0.0, 300.0, ONE_LANE_M)
    lock = Lock(env, plan, waits := [], lockages)

    def vessel():
        yield env.timeout(approach_s(135.0))
        yield lock.join(VesselSize(135.0, 10.0), upward=False)

    env.process(vessel())
    env.run()
    assert waits[0].wait_s == pytest.approx(CYCLE_S, abs=ACCURACY_S)


def test_two_vessels_that_meet():
    """The second, from the other side, starts after the cycle, half a ship, 800/4, and its own way in."""
    length_m = 135.0
    published_s = (
        CYCLE_S + 550 / 4 + 500 / 2 + (300 - 67.5) / 2 + 67.5 + 800 / 4 + 67.5 + 232.5 + 500 + 232.5 + 67.5 + 500
    )
    closing, _ = closing_times(length_m, [True, False])
    assert closing[1] == pytest.approx(published_s, abs=ACCURACY_S)


def test_two_vessels_the_same_way_that_do_not_fit_together():
    """Ships of 155 m: the second starts after two cycles, the first with a vessel and the second without."""
    length_m = 155.0
    published_s = 2 * CYCLE_S + 2 * (77.5 + (500 + 300 - 77.5)) + 550 / 4 + 77.5 + 800 / 4 + (500 + 300 - 77.5) / 2
    closing, lockages = closing_times(length_m, [True, True])
    assert [x.vessels_count for x in lockages] == [1, 1]
    assert closing[1] == pytest.approx(published_s, abs=ACCURACY_S)


def test_two_vessels_the_same_way_that_fit_together():
    """Ships of 135 m: one lockage; the chamber waits L/2 + 500 + 300 - 3/2 L = 665 s for the second, which then closes it."""
    length_m = 135.0
    second_s = 0.5 * 135 + 500 + (300 - 1.5 * 135)
    closing, lockages = closing_times(length_m, [True, True], interval_s=second_s)
    assert [x.vessels_count for x in lockages] == [2]
    first_s = 550 / 4 + 500 / 2 + (300 - 67.5) / 2 + (67.5 + 500) + (300 - 67.5)
    assert closing[0] == pytest.approx(first_s + second_s, abs=ACCURACY_S)
    published_s = CYCLE_S + second_s
    assert closing[0] + CYCLE_S - first_s == pytest.approx(published_s, abs=ACCURACY_S)


def test_time_of_a_reach_of_100_km():
    """99998.3 m at 3.5 m/s: 28570.94 s."""
    found = sailing_energy(
        load_factors(),
        "rhine_110",
        distance_km=99.99829858,
        payload_t=1000.0,
        speed_kmh=12.6,
        depth_m=6.0,
        construction_year=1990,
    )
    assert float(found.duration_h) * 3600.0 == pytest.approx(28570.942, abs=ACCURACY_S)


def test_a_round_trip_with_a_current_costs_as_much_more_as_published():
    """0.5 m/s at 3.5 m/s: 876.064 kg up, 657.048 down, 1533.112 for 1501.824 kg without a current."""
    up, down, still = (
        float(
            sailing_energy(
                load_factors(),
                "rhine_110",
                distance_km=100.0,
                payload_t=1000.0,
                speed_kmh=12.6,
                depth_m=6.0,
                current_kmh=current_kmh,
                construction_year=1990,
            ).use.fuel_kg
        )
        for current_kmh in (-1.8, 1.8, 0.0)
    )
    assert up / still == pytest.approx(876.0640030121407 / 750.9120025832085, rel=1e-6)
    assert down / still == pytest.approx(657.048002261209 / 750.9120025832085, rel=1e-6)
    assert (up + down) / (2.0 * still) == pytest.approx(1533.1120052733497 / 1501.824005166417, rel=1e-6)


def test_payload_is_linear_in_the_draught_as_published_for_tankers():
    """Payloads at draughts of 2.0 to 3.5 m (Van Dorsser et al. 2020) lie on a line within 1.2 % of the largest."""
    draught_m = np.array([3.5, 3.0, 2.2, 2.1, 2.0])
    published_t = np.array([2835.234847, 2252.047306, 1326.986058, 1212.497958, 1098.264204])
    between = np.interp(draught_m, [2.0, 3.5], [published_t[-1], published_t[0]])
    assert between == pytest.approx(published_t, abs=0.012 * published_t[0])


@pytest.mark.parametrize(
    ("lock", "published_t", "within"),
    [("W_QJ_NANYANGTAN", 3.76e6, 0.15), ("W_JL_LIZE", 10.0e6, 0.25)],
    ids=["class IV like Cangxi", "Lize"],
)
def test_capacity_of_a_lock_is_of_the_size_that_is_stated_for_such_locks(dazhou_inputs, lock, published_t, within):
    """P = n N G a / b by the design code, as recalled: lockages a day up and down in turn, 330 days, goods of a full
    chamber of 500-t boats, 0.8 of their load, 1.3 for the uneven months. Stated: Cangxi (IV) 3.76, Lize 10 Mt a year."""
    inputs = replace(dazhou_inputs, year=2025)
    planner = RiverPlanner(inputs, build_skims(inputs), seed=1)
    plan = planner._lock_plans[f"lock:{lock}"]
    boats, _, _ = fill_chamber(plan, [VesselSize(50.0, 9.2)] * 20)
    lockages = (plan.close_s - plan.open_s) / plan.lockage_s(boats)
    found_t = lockages * 330.0 * boats * 500.0 * 0.8 / 1.3
    assert found_t == pytest.approx(published_t, rel=within)

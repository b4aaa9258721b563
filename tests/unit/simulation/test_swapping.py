"""What happens at one swap station."""

import math

import pytest
import simpy

from transport_sim.charge import PieceTable
from transport_sim.results.station_power import load
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.swapping import SwapPlan, SwapStation

HOUR = ((60.0, 60.0),)
"""One hour at a charger of 60 kW."""


def run_station(plan, *visits):
    """Send vehicles: (time, patience); return the station and what each was told."""
    env = simpy.Environment()
    station, told = SwapStation(env, plan), {}

    def vehicle(number, at, patience_s):
        yield env.timeout(at)
        told[number] = yield from station.swap(number, HOUR, patience_s=patience_s)

    for number, (at, *patience) in enumerate(visits):
        env.process(vehicle(number, at, patience[0] if patience else math.inf))
    env.run()
    return station, told


def times(station):
    return {r.vehicle: (r.start_s, r.end_s) for r in station.swaps if r.served}


def test_the_second_battery_is_ready_when_the_first_one_left_behind_is_charged():
    station, _ = run_station(SwapPlan("S", 1, 1, 60.0, 300.0), (0.0,), (0.0,))
    assert times(station) == {0: (0.0, 300.0), 1: (3900.0, 4200.0)}


def test_vehicles_queue_for_the_bay_while_batteries_are_ready():
    station, _ = run_station(SwapPlan("S", 5, 1, 60.0, 300.0), (0.0,), (10.0,), (20.0,))
    assert times(station) == {0: (0.0, 300.0), 1: (300.0, 600.0), 2: (600.0, 900.0)}


def test_who_expects_to_wait_too_long_for_a_battery_leaves():
    _, told = run_station(SwapPlan("S", 1, 1, 60.0, 300.0), (0.0,), (400.0, 1800.0), (3000.0, 1800.0))
    assert told == {0: True, 1: False, 2: True}


@pytest.mark.parametrize("plan", [SwapPlan("S", 0, 1, 60.0, 300.0), SwapPlan("S", 3, 0, 60.0, 300.0)])
def test_without_batteries_or_chargers_nobody_is_served_and_nobody_hangs(plan):
    _, told = run_station(plan, (0.0,), (0.0,))
    assert told == {0: False, 1: False}


def test_a_swap_station_opens_in_the_morning():
    station, _ = run_station(SwapPlan("S", 2, 1, 60.0, 300.0, open_s=(6 * 3600.0, 22 * 3600.0)), (0.0,), (60.0,))
    assert times(station) == {0: (21600.0, 21900.0), 1: (21900.0, 22200.0)}


def test_chargers_of_batteries_stay_below_the_feeder():
    station, _ = run_station(SwapPlan("S", 4, 4, 60.0, 1.0, 4, feeder_kw=90.0), *[(0.0,)] * 4)
    assert load(station.chargers).power_kw.max() == pytest.approx(90.0)
    assert max(r.end_s for r in station.chargers.sessions) == pytest.approx(1.0 + 4 * 60.0 / 90.0 * 3600.0)


def test_a_vehicle_states_its_charge_and_leaves_with_that_of_a_ready_battery():
    battery = PieceTable(100.0, (0.0, 1.0), (60.0,))
    env = simpy.Environment()
    stations = Stations(env, [SwapPlan("S", 1, 1, 60.0, 300.0, battery=battery, full_soc=0.9)])
    env.process(stations.swap("S", 7, 0.25))
    env.run()
    assert stations.full_soc("S") == 0.9
    assert [(r.vehicle, r.energy_kwh) for r in stations.swaps] == [(7, pytest.approx(65.0))]
    assert sum(r.energy_kwh for r in stations.batteries) == pytest.approx(65.0, abs=1e-9)

"""What happens at one filling station, and at names that are no station."""

import math

import pytest
import simpy

from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.filling import FillingStation, FillPlan
from transport_sim.simulation.stations import Stations


def run_station(plan, *visits):
    """Send vehicles: (time, amount, patience); return the station and what each was told."""
    env = simpy.Environment()
    station, told = FillingStation(env, plan), {}

    def vehicle(number, at, amount_kg, patience_s):
        yield env.timeout(at)
        told[number] = yield from station.fill(number, amount_kg, patience_s=patience_s)

    for number, (at, amount_kg, *patience) in enumerate(visits):
        env.process(vehicle(number, at, amount_kg, patience[0] if patience else math.inf))
    env.run()
    return station, told


def times(station):
    return {r.vehicle: (r.start_s, r.end_s) for r in station.fills if r.served}


def test_filling_takes_the_flow_and_the_connection():
    station, _ = run_station(FillPlan("S", "lng", 1, 60.0, connect_s=240.0), (0.0, 300.0), (0.0, 60.0))
    assert times(station) == {0: (0.0, 540.0), 1: (540.0, 840.0)}


def test_an_empty_tank_makes_wait_for_the_delivery():
    plan = FillPlan("S", "hydrogen", 2, 2.0, storage_kg=50.0, deliveries=((36_000.0, 50.0),))
    station, _ = run_station(plan, (0.0, 30.0), (0.0, 30.0), (1.0, 10.0))
    assert times(station) == {0: (0.0, 900.0), 1: (36_000.0, 36_900.0), 2: (36_000.0, 36_300.0)}


def test_a_delivery_that_the_tank_cannot_take_is_left_out():
    plan = FillPlan("S", "lng", 1, 60.0, storage_kg=100.0, deliveries=((3600.0, 80.0), (7200.0, 80.0)))
    station, _ = run_station(plan, (0.0, 60.0), (8000.0, 100.0), (8000.0, 100.0))
    assert times(station)[1][0] == 8000.0
    assert times(station)[2][0] == pytest.approx(86_400.0 + 7200.0), "80 and 80 kg a day, of which 100 fit"


@pytest.mark.parametrize("plan", [FillPlan("S", "lng", 0, 60.0), FillPlan("S", "lng", 1, 60.0, storage_kg=50.0)])
def test_who_can_never_be_served_is_turned_away_and_nobody_hangs(plan):
    _, told = run_station(plan, (0.0, 80.0))
    assert told == {0: False}


def test_a_tank_without_deliveries_serves_as_many_as_it_has_fuel_for():
    _, told = run_station(FillPlan("S", "lng", 1, 60.0, storage_kg=100.0), *[(n * 1.0, 40.0) for n in range(4)])
    assert told == {0: True, 1: True, 2: False, 3: False}


def test_who_expects_to_wait_too_long_leaves():
    _, told = run_station(FillPlan("S", "lng", 1, 60.0), (0.0, 600.0), (1.0, 60.0, 300.0), (400.0, 60.0, 300.0))
    assert told == {0: True, 1: False, 2: True}


def test_names_that_are_no_station_serve_nobody():
    env = simpy.Environment()
    stations = Stations(env, [StationPlan("S", (PlugPlan("dc", 60.0, 1),), prices=((0.0, 0.5), (25_200.0, 1.0)))])
    told = []

    def vehicle():
        told.append((yield from stations.charge("T", 1, ((1.0, 1.0),), kind="dc")))
        told.append((yield from stations.swap("S", 1, 0.5)))
        told.append((yield from stations.fill("S", 1, 10.0)))

    env.process(vehicle())
    env.run()
    assert told == [False] * 3
    assert [r.served for r in stations.sessions] == [False] * 3
    assert stations.expected_wait_s("T", "dc") == stations.expected_wait_s("S", "ac") == math.inf
    assert stations.price_cny_per_kwh("S", 86_400.0 + 7 * 3600.0) == 1.0
    assert stations.price_cny_per_kwh("S", 86_400.0 + 6 * 3600.0) == 0.5

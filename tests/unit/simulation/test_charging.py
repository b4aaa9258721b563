"""What happens at one charging station."""

import math

import pytest
import simpy

from transport_sim.results.station_power import load, plug_power
from transport_sim.simulation.charging import ChargingStation, PlugPlan, StationPlan

HOUR = ((60.0, 60.0),)
"""One hour at a 60-kW plug."""


def run_station(plan, *visits):
    """Send vehicles: (time, plug kind, patience); return the station and what each was told."""
    env = simpy.Environment()
    station, told = ChargingStation(env, plan), {}

    def vehicle(number, at, kind, patience_s):
        yield env.timeout(at)
        told[number] = yield from station.charge(number, HOUR, kind=kind, patience_s=patience_s)

    for number, (at, kind, *patience) in enumerate(visits):
        env.process(vehicle(number, at, kind, patience[0] if patience else math.inf))
    env.run()
    return station, told


def times(station):
    return {r.vehicle: (r.start_s, r.end_s) for r in station.sessions if r.served}


def test_an_arrival_does_not_overtake_who_waits_when_a_plug_gets_free():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1),))
    station, _ = run_station(plan, (0.0, "dc"), (10.0, "dc"), (3600.0, "dc"))
    assert times(station) == {0: (0.0, 3600.0), 1: (3600.0, 7200.0), 2: (7200.0, 10800.0)}


def test_waiting_is_not_charging():
    station, _ = run_station(StationPlan("S", (PlugPlan("dc", 60.0, 1),)), (0.0, "dc"), (0.0, "dc"))
    power = plug_power(station)
    assert list(zip(power.from_s, power.to_s, strict=True)) == [(0.0, 3600.0), (3600.0, 7200.0)]


def test_a_queue_for_one_kind_does_not_block_free_plugs_of_another():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1), PlugPlan("ac", 60.0, 1)))
    station, _ = run_station(plan, (0.0, "dc"), (1.0, "dc"), (2.0, "ac"))
    assert times(station)[2] == (2.0, 3602.0)


def test_the_strongest_free_plug_is_taken_first():
    plan = StationPlan("S", (PlugPlan("dc", 30.0, 1), PlugPlan("dc", 120.0, 1)))
    station, _ = run_station(plan, (0.0, "dc"), (0.0, "dc"))
    assert {r.vehicle: r.plug for r in station.sessions} == {0: 1, 1: 0}
    assert times(station) == {0: (0.0, 3600.0), 1: (0.0, 7200.0)}


def test_who_expects_to_wait_too_long_leaves_and_is_counted():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1),))
    station, told = run_station(plan, (0.0, "dc"), (1.0, "dc", 600.0), (3500.0, "dc", 600.0))
    assert told == {0: True, 1: False, 2: True}
    assert [(r.vehicle, r.plug) for r in station.sessions if not r.served] == [(1, -1)]


@pytest.mark.parametrize("plugs", [(), (PlugPlan("ac", 7.0, 3),)])
def test_no_plug_of_the_kind_means_no_charge_and_no_hang(plugs):
    _, told = run_station(StationPlan("S", plugs), (0.0, "dc"))
    assert told == {0: False}


def test_who_comes_before_opening_waits_for_it_in_the_order_of_arrival():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1),), open_s=(6 * 3600.0, 22 * 3600.0))
    station, _ = run_station(plan, (3600.0, "dc"), (7200.0, "dc"), (23 * 3600.0, "dc"))
    assert times(station) == {0: (21600.0, 25200.0), 1: (25200.0, 28800.0), 2: (108000.0, 111600.0)}


def test_who_is_plugged_in_at_closing_time_is_finished_and_the_next_waits_for_morning():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1),), open_s=(6 * 3600.0, 7.5 * 3600.0))
    station, _ = run_station(plan, (7 * 3600.0, "dc"), (7 * 3600.0 + 1, "dc"))
    assert times(station) == {0: (25200.0, 28800.0), 1: (108000.0, 111600.0)}


def test_a_faulty_plug_is_not_given_out_until_it_is_repaired():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1, faults=((0, 0.0, 5000.0),)),))
    station, _ = run_station(plan, (10.0, "dc"))
    assert times(station) == {0: (5000.0, 8600.0)}


def test_a_limit_by_time_of_day_slows_charging_while_it_holds():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1),), limits=((0.0, 30.0), (3600.0, 60.0)))
    station, _ = run_station(plan, (0.0, "dc"))
    assert times(station)[0] == (0.0, pytest.approx(5400.0))


def test_charging_that_may_not_begin_before_the_valley_begins_there():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1),), limits=((0.0, 60.0), (7 * 3600.0, 0.0), (23 * 3600.0, 60.0)))
    station, _ = run_station(plan, (20 * 3600.0, "dc"))
    assert times(station)[0][1] == pytest.approx(24 * 3600.0)


def test_the_expected_wait_counts_sessions_under_way_and_those_ahead():
    env = simpy.Environment()
    station = ChargingStation(env, StationPlan("S", (PlugPlan("dc", 60.0, 2),)))
    for number in range(3):
        env.process(station.charge(number, HOUR, kind="dc"))
    env.run(until=1800.0)
    assert station.expected_wait_s("dc") == pytest.approx(1800.0)
    env.process(station.charge(3, HOUR, kind="dc"))
    env.run(until=1801.0)
    assert station.expected_wait_s("dc") == pytest.approx(1799.0 + 3600.0)
    assert station.expected_wait_s("ac") == math.inf


def test_the_expected_wait_counts_with_the_power_that_is_shared():
    env = simpy.Environment()
    station = ChargingStation(env, StationPlan("S", (PlugPlan("dc", 60.0, 2),), feeder_kw=60.0))
    for number in range(2):
        env.process(station.charge(number, HOUR, kind="dc"))
    env.run(until=1800.0)
    assert station.expected_wait_s("dc") == pytest.approx(5400.0), "two hours at half the power, half an hour gone"
    env.process(station.charge(2, HOUR, kind="dc"))
    env.run(until=1801.0)
    assert station.expected_wait_s("dc") == pytest.approx(5399.0), "the second plug"


def test_who_is_left_alone_until_others_come_gets_all_of_his_charge():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 3),), feeder_kw=100.0)
    env = simpy.Environment()
    station = ChargingStation(env, plan)

    def vehicle(number, at):
        yield env.timeout(at)
        yield from station.charge(number, ((30.0, 60.0), (30.0, 40.0)), kind="dc")

    for number, at in enumerate((0.0, 1200.0, 1500.0)):
        env.process(vehicle(number, at))
    env.run()
    power = plug_power(station)
    kwh = power.power_kw * (power.to_s - power.from_s) / 3600.0
    by_plug = {plug: kwh[power.plug == plug].sum() for plug in range(3)}
    assert by_plug == {plug: pytest.approx(60.0) for plug in range(3)}
    found = load(station)
    assert found.power_kw.max() == pytest.approx(100.0)
    assert (found.power_kw[:-1] * (found.time_s[1:] - found.time_s[:-1])).sum() / 3600.0 == pytest.approx(180.0)


def test_a_repaired_plug_serves_who_waits_without_another_arrival():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 2, faults=((0, 0.0, 900.0), (1, 100.0, 5000.0))),))
    station, _ = run_station(plan, (0.0, "dc"), (200.0, "dc"))
    assert times(station) == {0: (0.0, 3600.0), 1: (900.0, 4500.0)}


def test_nobody_is_blocked_by_an_occupied_plug_while_another_of_the_kind_is_free():
    plan = StationPlan("S", (PlugPlan("dc", 60.0, 1), PlugPlan("dc", 30.0, 1), PlugPlan("dc", 20.0, 1)))
    station, _ = run_station(plan, (0.0, "dc"), (1.0, "dc"), (2.0, "dc"))
    assert {number: start for number, (start, _) in times(station).items()} == {0: 0.0, 1: 1.0, 2: 2.0}

"""Drivers and queues: closed forms of single cases, and draws that do not depend on what is built."""

import math

import numpy as np
import pytest

from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.charging_drivers import ChargingRequest, simulate_charging
from transport_sim.siting.design import Design
from transport_sim.siting.queues import ServiceLevel, drawn_drivers, simulated_day

HOUR_S = 3600.0


def station(name="a", count=1):
    return StationPlan(name, (PlugPlan("dc", 60.0, count),))


def request(vehicle, *, start_s=0.0, options=(0,), drive_s=(0.0,), onward_s=(0.0,), kwh=60.0, patience_s=math.inf):
    return ChargingRequest(vehicle, start_s, options, drive_s, onward_s, ((kwh, 60.0),), "dc", patience_s)


def design(plugs):
    plugs = np.array(plugs, dtype=np.int64)
    return Design(plugs > 0, plugs, "stated", "optimal", 0.0, 0.0, 0.0)


def test_the_second_of_two_drivers_waits_until_the_first_has_charged():
    """60 kWh at 60 kW take an hour; he comes after 15 minutes, so he waits 45."""
    visits = simulate_charging([station()], [request(0), request(1, start_s=0.25 * HOUR_S)])
    assert [v.wait_s for v in visits] == pytest.approx([0.0, 0.75 * HOUR_S])
    assert [v.energy_kwh for v in visits] == [60.0, 60.0]


def test_who_goes_on_to_the_next_station_loses_the_way_there():
    """The plug is taken for an hour; the next station is 5 minutes away and free: 5 minutes lost."""
    second = request(1, start_s=60.0, options=(0, 1), drive_s=(0.0, 0.0), onward_s=(0.0, 300.0), patience_s=10.0 * 60.0)
    visit = simulate_charging([station("a"), station("b")], [request(0), second])[1]
    assert (visit.station, visit.refusals, visit.wait_s) == (1, 1, pytest.approx(300.0))


def test_who_is_patient_stays():
    second = request(
        1, start_s=0.9 * HOUR_S, options=(0, 1), drive_s=(0.0, 0.0), onward_s=(0.0, 300.0), patience_s=600.0
    )
    visit = simulate_charging([station("a"), station("b")], [request(0), second])[1]
    assert (visit.station, visit.refusals, visit.wait_s) == (0, 0, pytest.approx(0.1 * HOUR_S))


def test_the_way_to_the_first_station_is_no_wait():
    visit = simulate_charging([station()], [request(0, drive_s=(900.0,))])[0]
    assert (visit.wait_s, visit.begin_s) == (0.0, 900.0)


def test_nobody_serves_who_has_no_station_in_reach():
    visit = simulate_charging([station()], [request(0, options=(), drive_s=(), onward_s=())])[0]
    assert (visit.station, visit.wait_s, visit.energy_kwh) == (-1, math.inf, 0.0)


def test_drivers_are_drawn_around_the_demand(make_case):
    """Poisson: 400 charges of 30 kWh are expected; over 40 days the mean errs by less than four standard errors."""
    case = make_case(minutes=[[1.0, 9.0]], kwh=[12_000.0])
    counts = [len(drawn_drivers(case, seed=1, replication=day).point) for day in range(40)]
    assert np.mean(counts) == pytest.approx(400.0, abs=4.0 * math.sqrt(400.0 / 40.0))
    assert np.var(counts, ddof=1) == pytest.approx(400.0, rel=0.9)


def test_the_same_drivers_come_whatever_is_built(make_case):
    case = make_case(minutes=[[1.0, 2.0], [2.0, 1.0]], kwh=[900.0, 900.0])
    drivers = drawn_drivers(case, seed=3, replication=0)
    again = drawn_drivers(case, seed=3, replication=0)
    other = drawn_drivers(case, seed=3, replication=1)
    assert np.array_equal(drivers.start_s, again.start_s)
    assert not np.array_equal(drivers.start_s[:10], other.start_s[:10])
    one, two = (simulated_day(case, design(p), drivers, seed=3, level=ServiceLevel()) for p in ([9, 0], [9, 9]))
    assert one.visits["point"].tolist() == two.visits["point"].tolist()
    assert one.summary(ServiceLevel())["energy_kwh"] == pytest.approx(drivers.kwh.sum())


def test_more_plugs_never_serve_fewer_within_the_wait(make_case):
    case = make_case(minutes=[[1.0]], kwh=[3000.0])
    drivers = drawn_drivers(case, seed=1, replication=0)
    shares = [
        simulated_day(case, design([count]), drivers, seed=1, level=ServiceLevel()).summary(ServiceLevel())[
            "within_share"
        ]
        for count in (2, 4, 6, 12)
    ]
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert shares[-1] == 1.0


def test_a_day_without_a_site_in_reach_serves_nobody(make_case):
    case = make_case(minutes=[[1.0, 30.0]], kwh=[900.0])
    drivers = drawn_drivers(case, seed=1, replication=0)
    day = simulated_day(case, design([0, 5]), drivers, seed=1, level=ServiceLevel())
    summary = day.summary(ServiceLevel())
    assert (summary["served_share"], summary["within_share"]) == (0.0, 0.0)

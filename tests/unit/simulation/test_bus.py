"""Buses against what can be worked out by hand: energy to the watt-hour, delays to the second."""

from dataclasses import replace

import numpy as np
import pytest
import simpy

from transport_sim.charge import PieceTable
from transport_sim.simulation.bus import start_buses
from transport_sim.simulation.bus_lists import pieces_within
from transport_sim.simulation.bus_plan import NO_STATION, Bus, BusBattery, BusPlan, BusRuns, BusStation, BusWays
from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.swapping import SwapPlan

HOUR_S = 3600.0
A, B, DEPOT = 0, 1, 2
CAPACITY_KWH = 100.0


def a_plan(
    starts_h: list[float],
    *,
    run_h: float = 0.5,
    run_kwh: float = 20.0,
    dead_kwh: float = 0.0,
    end_station: int = NO_STATION,
    depot_station: int = 0,
    target_soc: float = 0.8,
    days: int = 1,
    most_late_s: float = 1800.0,
) -> BusPlan:
    """Return one bus of 100 kWh, of which 20 are reserve and 20 are never charged, on a shuttle between A and B."""
    count = len(starts_h)
    start_s = np.array(starts_h) * HOUR_S
    place = np.arange(count) % 2
    runs = BusRuns(
        np.zeros(count, dtype=int),
        np.zeros(count, dtype=int),
        place,
        1 - place,
        start_s,
        start_s + run_h * HOUR_S,
        np.full(count, most_late_s),
        np.full(count, end_station),
    )
    dead_s = np.full((24, 3, 3), 600.0)
    dead_s[:, range(3), range(3)] = 0.0
    ways = BusWays(
        np.full((24, 1), run_h * HOUR_S),
        np.full((24, 1), run_kwh),
        np.array([20.0]),
        dead_s,
        np.where(dead_s > 0.0, dead_kwh, 0.0),
        np.where(dead_s[0] > 0.0, 5.0, 0.0),
    )
    pieces = PieceTable(CAPACITY_KWH, (0.0, 1.0), (200.0,))
    bus = Bus(
        0, "battery_electric", is_electric=True, depot=DEPOT, station=depot_station, blocks=(tuple(range(count)),)
    )
    return BusPlan(
        ("line",),
        (runs,),
        (0,) * days,
        ways,
        (BusStation("depot", "dc", 60.0), BusStation("end", "dc", 60.0), BusStation("swap", "swap", 60.0, 300.0)),
        (bus,),
        BusBattery(pieces, 0.2, target_soc),
        (np.ones(count),) * days,
        depots=("depot",),
        depot_of_place=(-1, -1, 0),
    )


def simulate(plan: BusPlan, *, plugs: int = 1, end_plugs: int = 1):
    env = simpy.Environment()
    plans = [
        StationPlan("depot", (PlugPlan("dc", 60.0, plugs),)),
        StationPlan("end", (PlugPlan("dc", 60.0, end_plugs),)),
        SwapPlan("swap", 5, 1, 60.0, 300.0, 1, plan.battery.pieces if plan.battery else None, 0.8),
    ]
    stations = Stations(env, plans)
    records = start_buses(env, stations, plan)
    env.run()
    for vehicle in records.vehicles:
        gained = (vehicle.end_soc - vehicle.start_soc) * vehicle.capacity_kwh
        assert vehicle.charged_kwh - vehicle.driven_kwh == pytest.approx(gained, abs=1e-6), "not to the watt-hour"
    assert all(block.least_soc > 0.0 for block in records.blocks)
    return records, stations


def test_a_block_within_the_battery_is_served_and_charged_over_night():
    """Three runs of 20 kWh of the 60 between 80 % and 20 %; at 60 kW the night's charge takes an hour."""
    records, stations = simulate(a_plan([6, 7, 8]))
    (block,) = records.blocks
    assert (block.runs_count, block.lost_energy_count, block.missing_kwh) == (3, 0, 0.0)
    assert block.least_soc == pytest.approx(0.2)
    assert (block.service_km, block.empty_km) == (60.0, 10.0)
    assert (block.driven_kwh, block.charged_kwh) == pytest.approx((60.0, 60.0))
    (session,) = stations.sessions
    assert session.end_s - session.start_s == pytest.approx(HOUR_S)
    assert session.start_s == pytest.approx(8.5 * HOUR_S + 600.0)


@pytest.mark.parametrize(("dead_kwh", "missing_kwh"), [(0.0, 40.0), (1.234, 40.0 + 2 * 1.234)])
def test_a_block_that_lacks_energy_says_how_much_to_the_watt_hour(dead_kwh, missing_kwh):
    """Closed form: five runs and two ways to and from the depot, less the 60 kWh that the battery gives."""
    plan = a_plan([6, 7, 8, 9, 10], dead_kwh=dead_kwh, depot_station=NO_STATION)
    records, _ = simulate(plan)
    (block,) = records.blocks
    assert block.missing_kwh == pytest.approx(missing_kwh, abs=1e-9)
    assert block.lost_energy_count == len(records.lost) == (2 if dead_kwh == 0.0 else 3)
    assert sum(run.missing_kwh for run in records.lost) == pytest.approx(missing_kwh, abs=1e-9)
    assert {run.reason for run in records.lost} == {"energy"}
    assert records.lines[0].served_count + len(records.lost) == records.lines[0].runs_count == 5


def test_no_plug_at_all_gives_a_result_and_loses_what_the_battery_does_not_last_for():
    records, stations = simulate(a_plan([6, 7, 8, 9], days=3), plugs=0)
    assert [block.lost_energy_count for block in records.blocks] == [1, 4, 4]
    assert [block.missing_kwh for block in records.blocks] == pytest.approx([20.0, 80.0, 80.0])
    assert records.lines[0].served_count == 3
    assert records.vehicles[0].charged_kwh == 0.0
    assert stations.sessions
    assert not any(session.served for session in stations.sessions)


def test_a_second_charge_on_the_way_is_found():
    """Five runs lack 40 kWh; up to 80 % there is room for 20 after each run, for which 20 of 30 min at the end do."""
    records, stations = simulate(a_plan([6, 7, 8, 9, 10], end_station=1))
    (block,) = records.blocks
    assert (block.lost_energy_count, block.missing_kwh, block.late_count) == (0, 0.0, 0)
    on_the_way = [s for s in stations.sessions if s.station == "end"]
    assert sum(s.energy_kwh for s in on_the_way) == pytest.approx(40.0)
    assert [s.energy_kwh for s in on_the_way] == pytest.approx([20.0, 20.0])
    assert on_the_way[0].end_s == pytest.approx(6.5 * HOUR_S + 1200.0), "before it has to leave"


def test_a_short_gap_gives_what_it_has_time_for():
    """Gaps of 10 min at 60 kW give 10 kWh each, so four of them make up for the 40 that five runs lack."""
    records, stations = simulate(a_plan([6 + number * 40 / 60 for number in range(5)], end_station=1))
    (block,) = records.blocks
    assert (block.lost_energy_count, block.late_count) == (0, 0)
    assert [s.energy_kwh for s in stations.sessions if s.station == "end"] == pytest.approx([10.0] * 4)


def test_a_long_gap_is_used_in_the_depot():
    """Five runs with a gap of 90 min; 70 of them are left after the ways to and from the depot, 40 suffice."""
    records, stations = simulate(a_plan([6, 7, 8, 10, 11]))
    (block,) = records.blocks
    assert (block.lost_energy_count, block.late_count) == (0, 0)
    assert [s.energy_kwh for s in stations.sessions] == pytest.approx([40.0, 60.0])
    assert block.empty_km == 20.0


def test_a_bus_that_must_charge_loses_what_leaves_meanwhile_and_goes_on():
    """After three runs it drives 10 min to the depot, charges an hour for the four that are left, and comes back."""
    plan = a_plan([6, 6.5, 7, 7.5, 8, 8.5, 9], most_late_s=0.0)
    records, stations = simulate(plan)
    (block,) = records.blocks
    assert [run.run for run in records.lost] == [3, 4, 5]
    assert (block.lost_energy_count, block.lost_late_count) == (3, 0)
    assert records.lines[0].served_count == 4
    assert block.missing_kwh == pytest.approx(60.0)
    assert block.late_s == 0.0
    assert stations.sessions[0].start_s == pytest.approx(7.5 * HOUR_S + 600.0)


def test_a_swap_fills_the_battery_in_the_time_of_a_swap():
    records, stations = simulate(a_plan([6, 7, 8, 9, 10], end_station=2))
    (block,) = records.blocks
    assert (block.lost_energy_count, block.late_count) == (0, 0)
    assert [swap.energy_kwh for swap in stations.swaps][:1] == pytest.approx([20.0])
    assert records.vehicles[0].end_soc == pytest.approx(0.8)


def test_a_swap_that_does_not_fit_waits_until_it_must_be():
    """In gaps of 3 min there is no time for 5; before the fourth run it must be, which leaves 2 min late."""
    plan = a_plan([6 + number * 33 / 60 for number in range(5)], end_station=2)
    records, stations = simulate(plan)
    (block,) = records.blocks
    assert len([swap for swap in stations.swaps if swap.start_s < 8 * HOUR_S]) == 1
    assert block.late_s == pytest.approx(120.0)
    assert block.lost_energy_count == 0


def test_a_late_bus_recovers_in_its_layovers():
    """Every run takes 33 min, layovers last 10: a first run of 53 is late by 13 min, then by 6, then on time."""
    plan = a_plan([6, 6 + 40 / 60, 6 + 80 / 60, 6 + 120 / 60], run_h=33 / 60, run_kwh=1.0)
    plan = replace(plan, spread=(np.array([53 / 33, 1.0, 1.0, 1.0]),))
    records, _ = simulate(plan)
    (block,) = records.blocks
    assert block.late_s == pytest.approx((13 + 6) * 60.0)
    assert block.late_count == 2
    assert block.lost_late_count == 0


def test_a_run_is_lost_if_its_bus_comes_too_late():
    plan = a_plan([6, 6.6, 7.2, 9], run_kwh=1.0, most_late_s=600.0)
    plan = replace(plan, spread=(np.array([3.0, 1.0, 1.0, 1.0]),))
    records, _ = simulate(plan)
    assert [(run.run, run.reason) for run in records.lost] == [(1, "late"), (2, "late")]
    assert records.lines[0].served_count == 2
    assert records.blocks[0].lost_late_count == 2


def test_runs_without_a_bus_are_lost_on_every_day():
    plan = a_plan([6, 7, 8], days=2)
    plan = replace(plan, buses=(replace(plan.buses[0], blocks=((0, 2),)),), without_bus=((1,),))
    records, _ = simulate(plan)
    assert [(run.day, run.run, run.vehicle, run.reason) for run in records.lost] == [
        (0, 1, -1, "no_bus"),
        (1, 1, -1, "no_bus"),
    ]
    assert records.lines[0].runs_count == 6
    assert records.lines[0].served_count == 4


def test_a_bus_without_a_battery_drives_without_events():
    plan = a_plan([6, 7, 8, 9, 10], days=7)
    plan = replace(plan, buses=(replace(plan.buses[0], technology="cng", is_electric=False),), battery=None)
    env = simpy.Environment()
    records = start_buses(env, Stations(env, []), plan)
    assert env.peek() == float("inf")
    (vehicle,) = records.vehicles
    assert vehicle.driven_km == 7 * (5 * 20.0 + 10.0)
    assert (vehicle.driven_kwh, vehicle.charged_kwh, vehicle.capacity_kwh) == (0.0, 0.0, 0.0)
    assert records.lines[0].served_count == 35


def test_a_bus_with_enough_for_the_morning_does_not_wait_for_a_plug_beyond_it():
    """Eighty buses share a plug that needs 20 min for each: those whose turn comes too late leave without, or with less."""
    plan = a_plan([6], run_kwh=20.0, days=2)
    buses = tuple(replace(plan.buses[0], vehicle=number) for number in range(80))
    records, stations = simulate(replace(plan, buses=buses))
    assert not records.lost
    assert all(block.late_s == 0.0 for block in records.blocks)
    first_night = [s for s in stations.sessions if s.end_s <= 1.25 * 24 * HOUR_S]
    assert 65 < len(first_night) < 80


def test_pieces_are_cut_to_the_time_at_the_plug():
    pieces = ((30.0, 60.0), (10.0, 20.0))
    assert pieces_within(pieces, 60.0, 2 * HOUR_S) == pieces
    assert pieces_within(pieces, 30.0, HOUR_S / 2) == ((15.0, 60.0),)
    assert pieces_within(pieces, 60.0, 0.75 * HOUR_S) == ((30.0, 60.0), (5.0, 20.0))
    assert pieces_within(pieces, 60.0, 0.0) == ()

"""How far a week of buses and taxis is from its floor: the same visits to the same plugs in bare simpy.

Run with `python benchmarks/fleets.py`. The buses and taxis of Dazhou in 2025 are made 1,500 and 3,000, all of them
electric, by repeating the blocks of the electric buses and drawing more shifts and rides; plugs and transformers grow
with them. The full run has rides, cruising, meals, shifts, timetables, states of charge, choice of stations, balking,
queues, power sharing and faults. The floor is one simpy process for each vehicle, which comes at the recorded times,
queues at a `simpy.Resource` with as many units as the station has plugs, and stays as long as it did. CPU seconds of
one process; making the plan is not part of it. The second floor has one timeout more for each ride and run of a
vehicle.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from typing import Any
from unittest.mock import patch

import numpy as np
import simpy

import transport_sim as ts
from transport_sim.fleet_week import fleet_plan
from transport_sim.inputs import Inputs
from transport_sim.paths import embedded
from transport_sim.planning.taxis import FLEET
from transport_sim.run import prepare
from transport_sim.simulation.charging import StationPlan
from transport_sim.simulation.fleets import FleetPlan, FleetRecords, simulate_fleets
from transport_sim.simulation.stations import Plan
from transport_sim.simulation.swapping import SwapPlan

YEAR, BUSES, TAXIS, STATIONS = 2025, 1_500, 3_000, 150
REPEATS = 3

Visit = tuple[float, float, int]
"""Arrival [s], time at the plug [s], number of the station."""


def week() -> FleetPlan:
    """Plan the week."""
    inputs = prepare(ts.load_scenario(embedded("scenarios/dazhou/fleets_2025.yaml"))).inputs[YEAR]
    with patch("transport_sim.planning.taxis.technology_counts", lambda *_: {"battery_electric": float(TAXIS)}):
        plan = fleet_plan(more_rides(inputs), seed=1)
    assert plan.buses  # noqa: S101 - Dazhou has some
    electric = [bus for bus in plan.buses.buses if bus.is_electric]
    buses = [replace(bus, vehicle=n) for n, bus in enumerate(islice(cycle(electric), BUSES))]
    used = [p for p in plan.stations if isinstance(p, StationPlan | SwapPlan)][:STATIONS]
    stations = [grown(p, BUSES / len(plan.buses.buses)) for p in used]
    return FleetPlan(stations, replace(plan.buses, buses=tuple(buses)), plan.taxis)


def more_rides(inputs: Inputs) -> Inputs:
    """Let passengers ask for as many taxis as there are."""
    rates = inputs.table("trip_rates").copy()
    mine = (rates["purpose"] == FLEET) & (rates["quantity"] == "vehicle_count")
    rates.loc[mine, ["value", "low", "high"]] = float(TAXIS)
    return inputs.with_table("trip_rates", rates)


def grown(plan: Plan, ratio: float) -> Plan:
    """Give a station plugs and power for a larger fleet."""
    if not isinstance(plan, StationPlan):
        return plan
    plugs = tuple(replace(p, count=math.ceil(p.count * ratio)) for p in plan.plugs)
    limits = tuple((at_s, kw * ratio) for at_s, kw in plan.limits)
    return replace(plan, plugs=plugs, feeder_kw=plan.feeder_kw * ratio, limits=limits)


def visits_of(plan: FleetPlan, records: FleetRecords) -> tuple[dict[int, list[Visit]], list[int]]:
    """Return what each vehicle did at stations, and how many plugs these have."""
    number = {p.station: n for n, p in enumerate(plan.stations)}
    found: dict[int, list[Visit]] = defaultdict(list)
    for visit in (*records.stations.sessions, *records.stations.swaps):
        found[visit.vehicle].append((visit.arrive_s, visit.end_s - visit.start_s, number[visit.station]))
    plugs = [sum(q.count for q in p.plugs) if isinstance(p, StationPlan) else p.bays_count for p in plan.stations]
    return {vehicle: sorted(visits) for vehicle, visits in found.items()}, plugs


def bare_simpy(visits: dict[int, list[Visit]], plugs: list[int], rides: dict[int, list[float]]) -> None:
    """Let every vehicle come, queue, stay and go; and make a timeout for each of its rides."""
    env = simpy.Environment()
    resources = [simpy.Resource(env, max(count, 1)) for count in plugs]

    def charges(own: list[Visit]) -> Iterator[simpy.Event]:
        for arrive_s, stay_s, station in own:
            yield env.timeout(max(arrive_s - env.now, 0.0))
            with resources[station].request() as turn:
                yield turn
                yield env.timeout(stay_s)

    def drives(starts_s: list[float]) -> Iterator[simpy.Event]:
        for start_s in starts_s:
            yield env.timeout(start_s - env.now)

    for own in visits.values():
        env.process(charges(own))
    for starts_s in rides.values():
        env.process(drives(starts_s))
    env.run()


def rides_of(plan: FleetPlan, records: FleetRecords) -> dict[int, list[float]]:
    """Return when each vehicle begins its rides with passengers, by the timetable for buses."""
    assert plan.taxis and plan.buses and records.taxis  # noqa: S101, PT018 - made so by `week`
    found: dict[int, list[float]] = defaultdict(list)
    for taxi, at_s in zip(records.taxis.books.taxi.tolist(), records.taxis.books.pickup_s.tolist(), strict=True):
        if taxi >= 0:
            found[plan.taxis.first_vehicle + taxi].append(at_s)
    for bus in plan.buses.buses:
        for day, kind in enumerate(plan.buses.days):
            starts_s = plan.buses.kinds[kind].start_s
            found[bus.vehicle] += [86_400.0 * day + float(starts_s[run]) for run in bus.blocks[kind]]
    return {vehicle: sorted(starts_s) for vehicle, starts_s in found.items()}


def cpu_s(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least CPU time of some repetitions, and the last result."""
    times: list[float] = []
    result = None
    for _ in range(REPEATS):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result


def main() -> None:
    """Time the week with full logic and its floors."""
    plan = week()
    simulate_fleets(plan)  # compiles
    full_s, records = cpu_s(lambda: simulate_fleets(plan))
    visits, plugs = visits_of(plan, records)
    rides = rides_of(plan, records)
    taxis_s, _ = cpu_s(lambda: simulate_fleets(replace(plan, buses=None)))
    bare_s, _ = cpu_s(lambda: bare_simpy(visits, plugs, {}))
    busy_s, _ = cpu_s(lambda: bare_simpy(visits, plugs, rides))
    assert plan.taxis and plan.buses and records.taxis  # noqa: S101, PT018 - made so by `week`
    served = float(np.mean(records.taxis.books.taxi >= 0))
    waited_s = np.mean([s.start_s - s.arrive_s for s in records.stations.sessions if s.served])
    print(f"{len(plan.buses.buses):,} buses, {len(plan.taxis.technology):,} taxis, {len(plan.stations)} stations")
    print(f"{sum(map(len, visits.values())):,} visits to stations, mean wait {waited_s / 60:.1f} min")
    print(f"{len(plan.taxis.requests.at_s):,} passengers of taxis, {served:.1%} served")
    print(f"{sum(map(len, rides.values())):,} rides of taxis and runs of buses")
    print(f"{'full logic':<36}{full_s:8.2f} s CPU (taxis alone {taxis_s:.2f})")
    print(f"{'bare simpy, visits':<36}{bare_s:8.2f} s CPU, ratio {full_s / bare_s:.2f}")
    print(f"{'bare simpy, visits and rides':<36}{busy_s:8.2f} s CPU, ratio {full_s / busy_s:.2f}")


if __name__ == "__main__":
    main()

"""Buses: each serves its block run by run, makes up for delays in its layovers, and charges where and when it can.

A bus whose charge does not last for the rest of its block charges while it waits: at the last stop if there is a
station for its line, else in the depot if the gap is long enough. If the next run cannot be served at all, the bus
charges for as long as it takes and goes on with the first run that it can reach; what leaves in the meantime is lost
and recorded. Between charges nothing is waited for, so driving is arithmetic and costs no events.
"""

import math
from collections.abc import Generator, Sequence
from typing import Any

import simpy

from transport_sim.charge import charging_time_s
from transport_sim.simulation.bus_lists import Runs, Tables, pieces_within
from transport_sim.simulation.bus_plan import NO_STATION, Bus, BusBattery, BusPlan, LossReason
from transport_sim.simulation.bus_records import BlockRecord, BusRecords, LineTally, LostRun
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.stations import Plan, Stations
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

__all__ = ["BusPlan", "BusRecords", "rehearse", "start_buses"]

FLEET = "bus"
SWAP = "swap"
HOURS = 24
WORTH_S = 120.0
"""A gap with less time at the plug is not worth plugging in; assumption. [s]"""
WORTH_DEPOT_S = 900.0
"""The same for a gap in which the bus has to drive to the depot and back; assumption. [s]"""
LATE_S = 60.0
"""A departure that is more than this late counts as late. [s]"""
ROUNDING_KWH = 1e-9
Asks = Generator[simpy.Event, Any, None]


def start_buses(env: simpy.Environment, stations: Stations, plan: BusPlan) -> BusRecords:
    """Start every bus of a plan.

    Parameters
    ----------
    env, stations
        Of the run.
    plan
        Runs, ways, buses and batteries.

    Returns
    -------
    Records that are complete when the event queue is empty.
    """
    records = BusRecords(lines=[LineTally() for _ in plan.lines])
    for day, kind in enumerate(plan.days):
        lines = plan.kinds[kind].line.tolist()
        for line in lines:
            records.lines[line].runs_count += 1
        for run in plan.without_bus[kind] if plan.without_bus else ():
            records.lost.append(LostRun(day, run, lines[run], -1, "no_bus", 0.0))
    tables = Tables(plan)
    for bus in plan.buses:
        process = _Driving(env, stations, tables, bus, records).week()
        if bus.is_electric:
            env.process(process)
        else:
            next(process, None)  # asks nobody, so it never stops on the way
    return records


class _Driving:
    """One bus on its way through the days."""

    def __init__(
        self, env: simpy.Environment, stations: Stations, tables: Tables, bus: Bus, records: BusRecords
    ) -> None:
        self.env, self.stations, self.tables, self.bus, self.records = env, stations, tables, bus, records
        self.battery: BusBattery | None = tables.plan.battery if bus.is_electric else None
        self.capacity_kwh = 0.0 if self.battery is None else self.battery.pieces.capacity_kwh
        self.reserve_kwh = 0.0 if self.battery is None else self.battery.reserve_soc * self.capacity_kwh
        self.full_kwh = math.inf if self.battery is None else self.battery.target_soc * self.capacity_kwh
        self.kwh = self.full_kwh if bus.is_electric else math.inf
        self.now_s, self.place, self.station = 0.0, bus.depot, bus.station
        self.driven_km = self.driven_kwh = self.charged_kwh = self.empty_km = 0.0
        self.charges_count, self.least_kwh = 0, self.kwh
        self._lent: tuple[int, float] | None = None
        self._without_plugs: set[int] = set()

    def week(self) -> Asks:
        """Serve the block of each day, and leave a record of the bus."""
        days = self.tables.plan.days
        for day, kind in enumerate(days):
            block = self.bus.blocks[kind]
            if block:
                yield from self._day(day, block, self.tables.runs[kind])
        if self.battery is None:
            record = VehicleRecord(FLEET, self.bus.vehicle, 0.0, 1.0, 1.0, self.driven_km, 0.0, 0.0)
        else:
            record = VehicleRecord(
                FLEET,
                self.bus.vehicle,
                self.capacity_kwh,
                self.battery.target_soc,
                self.kwh / self.capacity_kwh,
                self.driven_km,
                self.driven_kwh,
                self.charged_kwh,
            )
        self.records.vehicles.append(record)

    def _day(self, day: int, block: tuple[int, ...], runs: Runs) -> Asks:
        before = self.driven_km, self.driven_kwh, self.charged_kwh, self.charges_count, self.empty_km
        self.least_kwh, self._lent = self.kwh, None
        midnight_s = day * SECONDS_PER_DAY
        rest_kwh = self._rest_kwh(block, runs) if self.battery is not None else ()
        lost = {"energy": 0, "late": 0}
        late_count, late_s, missing_kwh, out_s = 0, 0.0, 0.0, math.inf
        for position, run in enumerate(block):
            start_s = midnight_s + runs.start_s[run]
            if self.battery is not None:
                yield from self._provide(start_s, run, runs, rest_kwh[position])
                lacks_kwh = self._lacks_kwh(start_s, run, runs)
                if lacks_kwh > 0.0:
                    missing_kwh += self._lose(day, run, runs, "energy", self._lend(start_s, run, runs))
                    lost["energy"] += 1
                    continue
            drive_s = self.tables.dead_s[_hour(start_s)][self.place][runs.from_place[run]]
            leave_s = max(start_s, self.now_s + drive_s)
            if leave_s - start_s > runs.most_late_s[run]:
                if self._lent is None:
                    self._lose(day, run, runs, "late", 0.0)
                    lost["late"] += 1
                else:  # it left while the bus had to charge
                    missing_kwh += self._lose(day, run, runs, "energy", self._lend(start_s, run, runs))
                    lost["energy"] += 1
                continue
            out_s = min(out_s, leave_s - drive_s)
            self._serve(day, run, runs, start_s, leave_s)
            late_count += leave_s - start_s > LATE_S
            late_s += leave_s - start_s
        if self.place != self.bus.depot:
            self._drive_empty(self.bus.depot, self.now_s, self.now_s)
            self.station = self.bus.station
        back_s = self.now_s
        if self.battery is not None:
            yield from self._charge_overnight(day)
        km, kwh, charged, charges, empty = before
        self.records.blocks.append(
            BlockRecord(
                day,
                self.bus.vehicle,
                self.bus.technology,
                self.bus.depot,
                len(block),
                lost["energy"],
                lost["late"],
                missing_kwh,
                late_count,
                late_s,
                self.driven_km - km - (self.empty_km - empty),
                self.empty_km - empty,
                self.driven_kwh - kwh,
                self.charged_kwh - charged,
                self.charges_count - charges,
                1.0 if self.battery is None else self.least_kwh / self.capacity_kwh,
                back_s - out_s if out_s < math.inf else 0.0,
            )
        )

    def _serve(self, day: int, run: int, runs: Runs, start_s: float, leave_s: float) -> None:
        """Drive to the first stop and along the line."""
        tables, line = self.tables, self.records.lines[runs.line[run]]
        self._drive_empty(runs.from_place[run], start_s, leave_s)
        hour, pattern = _hour(leave_s), runs.pattern[run]
        needs_s = tables.pattern_s[hour][pattern] * tables.spread[day][run]
        self.now_s = leave_s + needs_s
        self.place, self.station = runs.to_place[run], runs.end_station[run]
        km = tables.pattern_km[pattern]
        self.driven_km += km
        line.served_count += 1
        line.late_count += leave_s - start_s > LATE_S
        line.late_s += leave_s - start_s
        line.service_km += km
        line.run_s += needs_s
        if self.battery is not None:
            kwh = tables.pattern_kwh[hour][pattern]
            line.driven_kwh += kwh
            self._use(kwh)
        self._lent = None

    def _use(self, kwh: float) -> None:
        self.kwh -= kwh
        self.driven_kwh += kwh
        self.least_kwh = min(self.least_kwh, self.kwh)

    def _drive_empty(self, to: int, at_s: float, until_s: float) -> None:
        """Drive without passengers, at the times of the hour of `at_s`; arrive at `until_s` or as soon as possible."""
        tables, hour = self.tables, _hour(at_s)
        if to == self.place:
            self.now_s = max(self.now_s, until_s)
            return
        km = tables.dead_km[self.place][to]
        self.driven_km += km
        self.empty_km += km
        if self.battery is not None:
            self._use(tables.dead_kwh[hour][self.place][to])
        self.now_s = max(until_s, self.now_s + tables.dead_s[hour][self.place][to])
        self.place = to

    def _run_kwh(self, at_s: float, place: int, run: int, runs: Runs) -> float:
        """Return what a run takes: the way to it, itself, and the way from its end to the depot. [kWh]."""
        tables, hour = self.tables, _hour(at_s)
        dead = tables.dead_kwh[hour]
        return float(
            dead[place][runs.from_place[run]]
            + tables.pattern_kwh[hour][runs.pattern[run]]
            + dead[runs.to_place[run]][self.bus.depot]
        )

    def _lacks_kwh(self, start_s: float, run: int, runs: Runs) -> float:
        """Return what the battery lacks for a run above its reserve; 0 if it lacks nothing. [kWh]."""
        leave_s = max(start_s, self.now_s)
        lacks = self._run_kwh(leave_s, self.place, run, runs) + self.reserve_kwh - self.kwh
        return lacks if lacks > ROUNDING_KWH else 0.0

    def _rest_kwh(self, block: tuple[int, ...], runs: Runs) -> list[float]:
        """Return what the block takes from each of its runs on, without the way to that run and with that home."""
        tables, need = self.tables, 0.0
        found = [0.0] * len(block)
        for position in range(len(block) - 1, -1, -1):
            run = block[position]
            hour = _hour(runs.start_s[run])
            after = block[position + 1] if position + 1 < len(block) else None
            to = self.bus.depot if after is None else runs.from_place[after]
            need += tables.pattern_kwh[hour][runs.pattern[run]] + tables.dead_kwh[hour][runs.to_place[run]][to]
            found[position] = need
        return found

    def _lend(self, start_s: float, run: int, runs: Runs) -> float:
        """Return what would have to be lent for a run that cannot be served, as if those before it had been. [kWh].

        So the sum over a block is what its battery lacks, however many runs are lost.
        """
        place, kwh = self._lent or (self.place, self.kwh)
        tables, hour = self.tables, _hour(start_s)
        lent = max(self._run_kwh(start_s, place, run, runs) + self.reserve_kwh - kwh, 0.0)
        used = tables.dead_kwh[hour][place][runs.from_place[run]] + tables.pattern_kwh[hour][runs.pattern[run]]
        self._lent = runs.to_place[run], kwh + lent - used
        return lent

    def _lose(self, day: int, run: int, runs: Runs, reason: LossReason, missing_kwh: float) -> float:
        self.records.lost.append(LostRun(day, run, runs.line[run], self.bus.vehicle, reason, missing_kwh))
        return missing_kwh

    def _provide(self, start_s: float, run: int, runs: Runs, rest_kwh: float) -> Asks:
        """Charge before a run if that is worth it, or if the run cannot be served without."""
        tables, hour = self.tables, _hour(start_s)
        dead_s, dead_kwh = tables.dead_s[hour], tables.dead_kwh[hour]
        first = runs.from_place[run]
        wants_kwh = dead_kwh[self.place][first] + rest_kwh + self.reserve_kwh
        if self.kwh >= wants_kwh - ROUNDING_KWH:
            return
        gap_s = start_s - dead_s[self.place][first] - self.now_s
        if self.station != NO_STATION and (gap_s > WORTH_S or self.place == self.bus.depot):
            yield from self._charge(wants_kwh, within_s=gap_s)
        depot = self.bus.depot
        there_s = dead_s[self.place][depot]
        stay_s = start_s - self.now_s - there_s - dead_s[depot][first]
        must = self._lacks_kwh(start_s, run, runs) > 0.0
        if must and self._lent is None:
            self._lent = self.place, self.kwh
        if must and not self._served_from_full(start_s, run, runs):
            return
        if self.place != depot and self.bus.station != NO_STATION and (must or stay_s > WORTH_DEPOT_S):
            if must and self.station != NO_STATION:
                yield from self._charge(wants_kwh)
                must = self._lacks_kwh(start_s, run, runs) > 0.0
            if (must or stay_s > WORTH_DEPOT_S) and self.kwh < wants_kwh and there_s < math.inf:
                self._drive_empty(depot, self.now_s, self.now_s)
                self.station = self.bus.station
                wants_kwh = dead_kwh[depot][first] + rest_kwh + self.reserve_kwh
                yield from self._charge(wants_kwh, within_s=math.inf if must else stay_s)
        elif must and self.station != NO_STATION:
            yield from self._charge(wants_kwh)

    def _served_from_full(self, start_s: float, run: int, runs: Runs) -> bool:
        """Tell whether a full battery would do for a run, from here or from the depot."""
        place = self.place if self.station != NO_STATION else self.bus.depot
        return self._run_kwh(start_s, place, run, runs) + self.reserve_kwh <= self.full_kwh + ROUNDING_KWH

    def _charge(self, wants_kwh: float, *, within_s: float = math.inf) -> Asks:
        """Charge here up to a level, for no longer than some time, the wait included; or swap, if there is time."""
        assert self.battery is not None  # noqa: S101 - only electric buses come here
        target_kwh = min(wants_kwh, self.full_kwh)
        if target_kwh - self.kwh <= ROUNDING_KWH or self.station in self._without_plugs:
            return
        if self.now_s > self.env.now:
            yield self.env.timeout(self.now_s - self.env.now)
        spot = self.tables.plan.stations[self.station]
        stations, soc = self.stations, max(self.kwh / self.capacity_kwh, 0.0)
        wait_s = stations.expected_wait_s(spot.station, spot.kind) if within_s < math.inf else 0.0
        if spot.kind == SWAP:
            if wait_s + spot.swap_s > within_s:
                return
            served = yield from stations.swap(spot.station, self.bus.vehicle, soc, patience_s=within_s)
            gained_kwh = (stations.full_soc(spot.station) - soc) * self.capacity_kwh if served else 0.0
        else:
            pieces = self.battery.pieces.between(soc, target_kwh / self.capacity_kwh)
            if within_s - wait_s < WORTH_S:
                return
            if charging_time_s(pieces, spot.plug_kw) > within_s - wait_s:
                pieces = pieces_within(pieces, spot.plug_kw, within_s - wait_s)
            served = yield from stations.charge(
                spot.station, self.bus.vehicle, pieces, kind=spot.kind, patience_s=within_s
            )
            gained_kwh = sum(kwh for kwh, _ in pieces)
        self.now_s = max(self.now_s, self.env.now)
        if served:
            self.kwh += gained_kwh
            self.charged_kwh += gained_kwh
            self.charges_count += 1
        elif within_s == math.inf:
            self._without_plugs.add(self.station)

    def _charge_overnight(self, day: int) -> Asks:
        """Charge in the depot for the next day; who has enough for its first run leaves in time for that."""
        if self.bus.station == NO_STATION:
            return
        within_s, days = math.inf, self.tables.plan.days
        following = next((d for d in range(day + 1, len(days)) if self.bus.blocks[days[d]]), None)
        if following is not None:
            kind = days[following]
            block, runs = self.bus.blocks[kind], self.tables.runs[kind]
            first = runs.start_s[block[0]]
            out_s = first - self.tables.dead_s[_hour(first)][self.place][runs.from_place[block[0]]]
            if not self._lacks_kwh(first, block[0], runs):
                within_s = following * SECONDS_PER_DAY + out_s - self.now_s
        yield from self._charge(self.full_kwh, within_s=within_s)


def _hour(time_s: float) -> int:
    return int(time_s // SECONDS_PER_HOUR) % HOURS


def rehearse(plan: BusPlan, stations: Sequence[Plan]) -> BusRecords:
    """Run buses alone, in a simulation of their own, to see what their blocks ask of them.

    Parameters
    ----------
    plan
        Runs, ways, buses and batteries.
    stations
        Stations with plugs enough for all of them, or as the planner likes.

    Returns
    -------
    Complete records.
    """
    env = simpy.Environment()
    records = start_buses(env, Stations(env, stations), plan)
    env.run()
    return records

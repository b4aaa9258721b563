"""The timetable of buses: lines, the ways of their runs, and every departure of each kind of day."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from transport_sim.conditions import FloatArray, IntArray
from transport_sim.fleet.travel import Travel
from transport_sim.operations import Operations
from transport_sim.tables.rail import listed
from transport_sim.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

WORKDAYS_PER_WEEK, DAYS_PER_WEEK = 5, 7
CLOCK_S = 1e-6
DEPARTURE_COLUMNS = ("pattern", "depart_s", "arrive_s", "block")


class _Service(NamedTuple):
    """A row of the table of bus lines."""

    line: str
    name: str
    stops: str
    depot: str
    charging: str
    layover_min: float
    most_late_min: float
    stop_distance_km: float
    dwell_s: float
    time_ratio: float
    time_spread_ratio: float
    scheduled_speed_kmh: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and how its buses work."""

    line: str
    name: str
    depot: str
    charges_at_ends: bool
    """Whether its electric buses may charge, or swap, at last stops that have a station."""
    layover_s: float
    """Rest after a run. [s]"""
    most_late_s: float
    """A run that would leave later than this after its time is lost. [s]"""
    time_ratio: float
    """Driving time over that of general traffic. [-]"""
    time_spread_ratio: float
    """Standard deviation of a run's time over its mean. [-]"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The way of some runs of a line."""

    line: int
    """Position of the line."""
    stops: tuple[int, ...]
    """Positions of the stops that fix the way, in order."""
    halts_s_per_km: float
    """Time at stops on the way for each kilometre. [s/km]"""
    halts_s: float
    """Further time at stops, however long the way. [s]"""
    scheduled_speed_kmh: float
    """By which arrivals are stated; NaN where runs are given the time that they take on average. [km/h]"""


@dataclass(frozen=True, eq=False)
class Timetable:
    """What runs when, whether from tables or from a feed."""

    lines: tuple[Line, ...]
    patterns: tuple[Pattern, ...]
    stops: pd.DataFrame
    """Columns `stop`, `lon`, `lat` and `station` (empty for none); patterns count its rows."""
    kinds: tuple[pd.DataFrame, ...]
    """Departures of each kind of day, columns `DEPARTURE_COLUMNS`: the pattern's position, times from midnight [s]
    (arrival NaN where nobody states one), and the block, empty where nobody states one."""
    days: tuple[int, ...]
    """Kind of each simulated day."""

    def places(self) -> IntArray:
        """Return the positions of stops at which runs begin or end, ascending."""
        ends = {stop for pattern in self.patterns for stop in (pattern.stops[0], pattern.stops[-1])}
        return np.array(sorted(ends), dtype=np.int64)


def table_timetable(operations: Operations, *, year: int, days: int) -> Timetable:
    """Lay out the timetable that the tables of bus lines state.

    Buses leave both ends of a line at the beginning of each stretch of time and then once every headway.

    Parameters
    ----------
    operations
        With `bus_services`, `bus_headways` and `bus_stops`, right by themselves and with each other.
    year
        Simulated year: lines run from their first to their last year.
    days
        Length of the simulated period, from a Monday on. [days]

    Returns
    -------
    Two kinds of days, workdays and weekends, of which a short period may have only the first.
    """
    services = operations["bus_services"]
    services = services[services["from_year"].le(year) & services["to_year"].ge(year)]
    stops = operations["bus_stops"][["stop", "lon", "lat", "station"]].reset_index(drop=True)
    position = {stop: i for i, stop in enumerate(stops["stop"])}
    lines: list[Line] = []
    patterns: list[Pattern] = []
    for values in services[list(_Service._fields)].itertuples(index=False, name=None):
        row = _Service(*values)
        way = tuple(position[stop] for stop in listed(row.stops))
        halts_s = row.dwell_s / row.stop_distance_km
        patterns += [Pattern(len(lines), stops_, halts_s, 0.0, row.scheduled_speed_kmh) for stops_ in (way, way[::-1])]
        lines.append(
            Line(
                row.line,
                row.name,
                row.depot,
                row.charging != "overnight",
                row.layover_min * SECONDS_PER_MINUTE,
                row.most_late_min * SECONDS_PER_MINUTE,
                row.time_ratio,
                row.time_spread_ratio,
            )
        )
    kind_of_day = tuple(int(day % DAYS_PER_WEEK >= WORKDAYS_PER_WEEK) for day in range(days))
    names = ("workday", "weekend")[: max(kind_of_day) + 1]
    position = {line.line: i for i, line in enumerate(lines)}
    kinds = tuple(_departures(operations["bus_headways"], name, position) for name in names)
    return Timetable(tuple(lines), tuple(patterns), stops, kinds, kind_of_day)


def _departures(headways: pd.DataFrame, days: str, position: dict[str, int]) -> pd.DataFrame:
    """Return the departures of one kind of day from both ends of every line."""
    rows = headways[headways["days"].isin((days, "daily")) & headways["line"].isin(list(position))]
    pattern, when = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for line, first_h, last_h, headway_min in rows[["line", "from_hour", "to_hour", "headway_min"]].itertuples(
        index=False
    ):
        count = int(np.ceil((last_h - first_h) * MINUTES_PER_HOUR / headway_min - CLOCK_S))
        times_s = first_h * SECONDS_PER_HOUR + np.arange(count) * headway_min * SECONDS_PER_MINUTE
        for direction in (0, 1):
            pattern.append(np.full(count, 2 * position[line] + direction))
            when.append(times_s)
    frame = pd.DataFrame({"pattern": np.concatenate(pattern), "depart_s": np.concatenate(when)})
    frame = frame.sort_values(["depart_s", "pattern"], kind="stable", ignore_index=True)
    return frame.assign(arrive_s=np.nan, block="")


def pattern_ways(
    timetable: Timetable, travel: Travel, stop_nodes: IntArray, energy_kwh: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Add up the ways between the stops of each pattern, and the halts on them.

    Parameters
    ----------
    timetable
        With p patterns.
    travel
        Ways between the nodes of the stops, among others.
    stop_nodes
        Node of each stop.
    energy_kwh
        Energy of general traffic's pace between the nodes of `travel`, shape (24, n, n). [kWh]

    Returns
    -------
    Driving time of general traffic, the lines' own time with halts (both [s], shape (24, p)), energy at general
    traffic's pace [kWh], shape (24, p), and length [km], shape (p,). Infinite where there is no way.
    """
    at = travel.position(stop_nodes)
    hours, count = travel.time_s.shape[0], len(timetable.patterns)
    driving_s, kwh = np.zeros((hours, count)), np.zeros((hours, count))
    km = np.zeros(count)
    ratio = np.array([timetable.lines[pattern.line].time_ratio for pattern in timetable.patterns])
    halts_s_per_km = np.array([pattern.halts_s_per_km for pattern in timetable.patterns])
    halts_s = np.array([pattern.halts_s for pattern in timetable.patterns])
    for number, pattern in enumerate(timetable.patterns):
        for a, b in pairwise(at[list(pattern.stops)]):
            driving_s[:, number] += travel.time_s[:, a, b]
            kwh[:, number] += energy_kwh[:, a, b]
            km[number] += travel.distance_km[a, b]
    all_halts_s = halts_s_per_km * np.where(np.isfinite(km), km, 0.0) + halts_s
    return driving_s, driving_s * ratio + all_halts_s, kwh, km


def arrivals_s(timetable: Timetable, departures: pd.DataFrame, pattern_s: FloatArray, km: FloatArray) -> FloatArray:
    """Return when runs arrive by the timetable: as stated, at the stated speed, or after their mean time. [s].

    Parameters
    ----------
    timetable, departures
        A timetable and the departures of one of its kinds of days.
    pattern_s, km
        Time [s], shape (24, patterns), and length [km] of each pattern.
    """
    pattern = departures["pattern"].to_numpy(np.int64)
    depart_s = departures["depart_s"].to_numpy(np.float64)
    speed_kmh = np.array([p.scheduled_speed_kmh for p in timetable.patterns])[pattern]
    hour = (depart_s // SECONDS_PER_HOUR).astype(np.int64) % len(pattern_s)
    needs_s = np.where(np.isnan(speed_kmh), pattern_s[hour, pattern], km[pattern] / speed_kmh * SECONDS_PER_HOUR)
    stated_s = departures["arrive_s"].to_numpy(np.float64)
    return np.where(np.isnan(stated_s), depart_s + needs_s, stated_s)

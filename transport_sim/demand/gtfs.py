"""The timetable of a GTFS feed: bus routes, the ways of their trips, and the trips of each simulated day."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from transport_sim.demand.bus_timetable import Line, Pattern, Timetable
from transport_sim.demand.gtfs_checks import check_gtfs, clock_s
from transport_sim.errors import DataError
from transport_sim.operations import Operations

BUS_TYPES = frozenset({3, 11, 800, *range(700, 717)})
"""Route types of buses and trolleybuses, the extended ones too."""
VIA_COUNT = 3
"""Stops between the ends that fix the way of a trip over the streets. [-]"""
DWELL_S = 25.0
"""Time that each stop between the ends costs; assumption, as for lines that are made up. [s]"""
LAYOVER_S = 300.0
"""Least rest between trips that no block joins; assumption. [s]"""
MOST_LATE_S = 1800.0
"""A trip that would leave later than this is lost; assumption. [s]"""
TIME_SPREAD_RATIO = 0.08
"""Standard deviation of a trip's time over its mean; assumption. [-]"""


@dataclass(frozen=True, eq=False)
class GtfsFeed:
    """What is read of a feed; routes of other vehicles than buses are left out."""

    path: Path
    stops: pd.DataFrame
    """Columns `stop_id`, `lon`, `lat`."""
    routes: pd.DataFrame
    """Columns `route_id`, `name`."""
    trips: pd.DataFrame
    """Columns `trip_id`, `route_id`, `service_id`, `direction`, `block`, `start_s`, `end_s`, and `stops`: the ids in
    order, a tuple."""
    services: dict[str, frozenset[str]]
    """By date (YYYYMMDD): services that run."""


def read_gtfs(path: Path) -> GtfsFeed:
    """Read and check a feed; the same file is read once.

    Parameters
    ----------
    path
        A zip file.

    Raises
    ------
    DataError
        If it is no feed that buses can run by; all problems at once, with file and line.
    """
    try:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    return _read(path, content)


@lru_cache(maxsize=4)
def _read(path: Path, content: str) -> GtfsFeed:  # noqa: ARG001 - a changed file is another one
    check_gtfs(path)
    from gtfs_kit import read_feed  # type: ignore[import-untyped]  # noqa: PLC0415 - takes two seconds

    try:
        feed = read_feed(path, dist_units="km")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: gtfs-kit cannot read the feed: {error}") from None
    routes = feed.routes[feed.routes["route_type"].astype(int).isin(BUS_TYPES)]
    if routes.empty:
        raise DataError(f"{path}: routes.txt has no bus (route_type 3, 11, 700 to 716 or 800)")
    trips = _trips(feed.trips[feed.trips["route_id"].isin(routes["route_id"])], feed.stop_times)
    if feed.frequencies is not None and len(feed.frequencies):
        trips = _with_frequencies(trips, feed.frequencies)
    name = pd.Series("", index=routes.index, dtype=object)
    for column in ("route_long_name", "route_short_name"):
        if column in routes:
            stated = routes[column].astype(object).where(routes[column].notna(), "")
            name = stated.where(stated != "", name)
    stops = feed.stops[["stop_id", "stop_lon", "stop_lat"]].set_axis(["stop_id", "lon", "lat"], axis=1)
    services = {
        str(date): frozenset(str(s) for s in feed.get_trips(date)["service_id"].unique()) for date in feed.get_dates()
    }
    return GtfsFeed(path, stops, pd.DataFrame({"route_id": routes["route_id"], "name": name}), trips, services)


def _trips(trips: pd.DataFrame, stop_times: pd.DataFrame) -> pd.DataFrame:
    """Join trips with their stops in order and the times at their ends."""
    times = stop_times[stop_times["trip_id"].isin(trips["trip_id"])].sort_values(["trip_id", "stop_sequence"])
    arrive_s, leave_s = (
        clock_s(times[f"{which}_time"].astype(object).where(times[f"{which}_time"].notna(), "").astype(str))
        for which in ("arrival", "departure")
    )
    times = times.assign(start_s=leave_s.fillna(arrive_s), end_s=arrive_s.fillna(leave_s))
    grouped = times.groupby("trip_id", sort=False)
    spans = grouped.agg(start_s=("start_s", "first"), end_s=("end_s", "last"))
    spans["stops"] = pd.Series({trip: tuple(map(str, group)) for trip, group in grouped["stop_id"]}, dtype=object)
    found = trips[["trip_id", "route_id", "service_id"]].join(spans, on="trip_id")
    for column, own, empty in (("direction", "direction_id", 0), ("block", "block_id", "")):
        values = trips[own].astype(object) if own in trips else pd.Series(empty, index=trips.index, dtype=object)
        found[column] = values.where(values.notna(), empty)
    return found.reset_index(drop=True)


def _with_frequencies(trips: pd.DataFrame, frequencies: pd.DataFrame) -> pd.DataFrame:
    """Replace trips that only show the way by one for each headway."""
    start_s, end_s = (clock_s(frequencies[f"{which}_time"].astype(str)) for which in ("start", "end"))
    rows = [trips[~trips["trip_id"].isin(frequencies["trip_id"])]]
    cells = zip(frequencies["trip_id"], start_s, end_s, frequencies["headway_secs"].astype(float), strict=True)
    for trip_id, first_s, last_s, headway_s in cells:
        own = trips[trips["trip_id"] == trip_id]
        if own.empty:
            continue
        leave_s = np.arange(first_s, last_s, headway_s)
        copies = own.loc[own.index.repeat(len(leave_s))].reset_index(drop=True)
        copies["end_s"] += leave_s - copies["start_s"]
        copies["start_s"], copies["block"] = leave_s, ""
        rows.append(copies)
    return pd.concat(rows, ignore_index=True)


def simulated_dates(feed: GtfsFeed, days: int) -> tuple[str, ...]:
    """Return the dates that are simulated: from the Monday on whose days have the most trips, the first of several.

    Raises
    ------
    DataError
        If no bus runs on any of them.
    """
    if not any(feed.services.values()):
        raise DataError(f"{feed.path}: calendar.txt and calendar_dates.txt leave no day with service")
    counts = feed.trips["service_id"].value_counts()
    first, last = min(feed.services), max(feed.services)
    monday = dt.date.fromisoformat(first) - dt.timedelta(days=dt.date.fromisoformat(first).weekday())
    best: tuple[str, ...] = ()
    most = -1
    while monday <= dt.date.fromisoformat(last):
        dates = tuple(f"{monday + dt.timedelta(days=day):%Y%m%d}" for day in range(days))
        trips = sum(int(counts.get(s, 0)) for date in dates for s in feed.services.get(date, ()))
        if trips > most:
            best, most = dates, trips
        monday += dt.timedelta(days=7)
    if most == 0:
        raise DataError(
            f"{feed.path}: no bus runs on the simulated days; from the Mondays of {first} to {last} on, none of the "
            f"first {days} days of the week has service: simulate more days or use another feed"
        )
    return best


def gtfs_timetable(feed: GtfsFeed, operations: Operations, *, days: int) -> Timetable:
    """Lay out the timetable of the simulated days.

    Parameters
    ----------
    feed
        As read.
    operations
        A row of `bus_stops` with the id of a stop names the station where electric buses charge there.
    days
        Length of the simulated period, from a Monday on. [days]

    Raises
    ------
    DataError
        If no bus runs on these days.
    """
    dates = simulated_dates(feed, days)
    active = [feed.services.get(date, frozenset()) for date in dates]
    kinds = list(dict.fromkeys(active))
    used = feed.trips[feed.trips["service_id"].isin(frozenset().union(*active))].reset_index(drop=True)
    routes = list(dict.fromkeys(used["route_id"]))
    stations = dict(zip(operations["bus_stops"]["stop"], operations["bus_stops"]["station"], strict=True))
    ways = [_thinned(stops) for stops in used["stops"]]
    stop_ids = list(dict.fromkeys(stop for way in ways for stop in way))
    position = {stop: place for place, stop in enumerate(stop_ids)}
    keys = list(zip(used["route_id"], used["direction"], used["stops"], strict=True))
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    way_of = dict(zip(keys, ways, strict=True))
    patterns = tuple(
        Pattern(
            routes.index(key[0]),
            tuple(position[stop] for stop in way_of[key]),
            0.0,
            DWELL_S * (len(key[2]) - 2),
            np.nan,
        )
        for key in number
    )
    names = dict(zip(feed.routes["route_id"], feed.routes["name"], strict=True))
    lines = tuple(
        Line(
            str(route), str(names[route]), "", charges_at_ends=True, layover_s=LAYOVER_S, most_late_s=MOST_LATE_S,
            time_ratio=1.0, time_spread_ratio=TIME_SPREAD_RATIO,
        )
        for route in routes
    )  # fmt: skip
    places = feed.stops.set_index("stop_id").loc[stop_ids]
    stops = pd.DataFrame(
        {
            "stop": stop_ids,
            "lon": places["lon"].to_numpy(np.float64),
            "lat": places["lat"].to_numpy(np.float64),
            "station": [stations.get(stop, "") for stop in stop_ids],
        }
    )
    used["pattern"] = [number[key] for key in keys]
    frames = tuple(_departures(used[used["service_id"].isin(services)]) for services in kinds)
    return Timetable(lines, patterns, stops, frames, tuple(kinds.index(services) for services in active))


def _thinned(stops: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ends of a trip and some stops between them, evenly by number; none twice in a row."""
    keep = np.unique(np.rint(np.linspace(0, len(stops) - 1, min(len(stops), VIA_COUNT + 2))).astype(int))
    way = [stops[i] for i in keep]
    return tuple(stop for i, stop in enumerate(way) if i == 0 or stop != way[i - 1])


def _departures(trips: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "pattern": trips["pattern"].astype("int64"),
            "depart_s": trips["start_s"].astype(float),
            "arrive_s": trips["end_s"].astype(float),
            "block": trips["block"].astype(str),
        }
    )
    return frame.sort_values(["depart_s", "pattern"], kind="stable", ignore_index=True)

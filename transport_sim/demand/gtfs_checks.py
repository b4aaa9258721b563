"""What a GTFS feed must be so that buses can run by it; each problem with its file and line.

The rules are those of the official validator that matter here (GTFS Schedule Reference; the names of its notices stand
beside the checks): a feed that keeps to them passes, and so do feeds that only look untidy.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.tables.csv_rows import report
from transport_sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

NEEDED = {
    "agency": ("agency_name", "agency_url", "agency_timezone"),
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_type"),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
}
"""Files of every feed and the columns that are read."""
CALENDARS = {
    "calendar": (
        *("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("start_date", "end_date"),
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
}
"""At least one of these."""
OPTIONAL = {"frequencies": ("trip_id", "start_time", "end_time", "headway_secs")}
KEYS = {
    "stops": ["stop_id"],
    "routes": ["route_id"],
    "trips": ["trip_id"],
    "stop_times": ["trip_id", "stop_sequence"],
    "calendar": ["service_id"],
    "calendar_dates": ["service_id", "date"],
}
TIME = re.compile(r"\d{1,3}:[0-5]\d:[0-5]\d")
MOST_BYTES = 500_000_000
SHOWN = 20
Found = tuple[str, int, str]
"""File, line (0 for the file as a whole) and what is wrong."""
Tables = dict[str, pd.DataFrame]


def check_gtfs(path: Path) -> Tables:
    """Read the files of a feed as text and check them.

    Parameters
    ----------
    path
        A zip file with the feed's files at its top.

    Returns
    -------
    The files that were checked, all columns as stripped text.

    Raises
    ------
    DataError
        With file and line of every problem, the first 20 of them; or because the file is no zip file.
    """
    tables, problems = _read(path)
    if not problems:
        problems = [problem for check in CHECKS for problem in check(tables)]
    if problems:
        order = {name: place for place, name in enumerate((*NEEDED, *CALENDARS, *OPTIONAL))}
        ordered = sorted(problems, key=lambda p: (order[p[0]], p[1], p[2]))
        texts = [f"{file}.txt{f' line {line}' if line else ''}  {text}" for file, line, text in ordered]
        raise DataError(report(path, texts, SHOWN))
    return tables


def _read(path: Path) -> tuple[Tables, list[Found]]:
    """Return the feed's files, and what keeps them from being tables."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(info.filename).name: info for info in archive.infolist() if not info.is_dir()}
            problems = list(_layout_problems(names))
            tables = {}
            for file in (*NEEDED, *CALENDARS, *OPTIONAL):
                if f"{file}.txt" in names:
                    tables[file] = _table(archive.read(names[f"{file}.txt"]), file)
    except zipfile.BadZipFile:
        raise DataError(
            f"{path}: this is no zip file; a GTFS feed is a zip file with stops.txt, routes.txt, trips.txt, "
            "stop_times.txt, agency.txt and calendar.txt or calendar_dates.txt at its top"
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except _NoTableError as error:
        raise DataError(f"{path}: {error}") from None
    for file, frame in tables.items():
        columns = {**NEEDED, **CALENDARS, **OPTIONAL}[file]
        problems += [(file, 1, f"column {c!r} is missing") for c in columns if c not in frame]
        if frame.empty and file in NEEDED:
            problems.append((file, 1, "has no rows below its header"))
    return tables, problems


class _NoTableError(Exception):
    """A file of the feed is no CSV table."""


def _layout_problems(names: dict[str, zipfile.ZipInfo]) -> Iterator[Found]:
    for file in NEEDED:
        info = names.get(f"{file}.txt")
        if info is None:
            yield file, 0, "is missing in the feed"
        elif "/" in info.filename:
            yield file, 0, f"lies in a folder of the zip file ({info.filename}); zip the files, not their folder"
    for info in names.values():
        if info.file_size > MOST_BYTES:
            yield "stop_times", 0, f"{info.filename} is larger than {MOST_BYTES // 1_000_000} MB"
    if not any(f"{file}.txt" in names for file in CALENDARS):
        yield "calendar", 0, "is missing in the feed, and so is calendar_dates.txt: no day has service"


def _table(content: bytes, file: str) -> pd.DataFrame:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _NoTableError(f"{file}.txt line {line}  not UTF-8 text") from None
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skipinitialspace=True)
    except pd.errors.EmptyDataError:
        raise _NoTableError(f"{file}.txt  the file is empty") from None
    except pd.errors.ParserError as error:
        raise _NoTableError(f"{file}.txt  {str(error).strip()}") from None
    frame.columns = frame.columns.str.strip()
    return pd.DataFrame({name: frame[name].fillna("").str.strip() for name in frame.columns})


def _rows(wrong: "pd.Series[bool]") -> Iterator[tuple[int, int]]:
    """Yield position and line of the rows that are wrong."""
    for row in np.flatnonzero(wrong.to_numpy(bool)):
        yield int(row), int(row) + 2


def _keys(tables: Tables) -> Iterator[Found]:
    """Find rows without a key, or with one that is taken (missing_required_field, duplicate_key)."""
    for file, columns in KEYS.items():
        if file not in tables:
            continue
        frame = tables[file]
        for column in columns:
            for _, line in _rows(frame[column] == ""):
                yield file, line, f"{column}: must not be empty"
        names = " and ".join(columns)
        for row, line in _rows(frame.duplicated(columns)):
            values = ", ".join(frame[columns].iloc[row])
            yield file, line, f"an earlier line has the same {names} ({values})"


def _references(tables: Tables) -> Iterator[Found]:
    """Find ids that nothing has (foreign_key_violation)."""
    services = {s for file in CALENDARS if file in tables for s in tables[file]["service_id"]}
    known = {
        ("trips", "route_id"): ("routes.txt", set(tables["routes"]["route_id"])),
        ("trips", "service_id"): ("calendar.txt or calendar_dates.txt", services),
        ("stop_times", "trip_id"): ("trips.txt", set(tables["trips"]["trip_id"])),
        ("stop_times", "stop_id"): ("stops.txt", set(tables["stops"]["stop_id"])),
        ("frequencies", "trip_id"): ("trips.txt", set(tables["trips"]["trip_id"])),
    }
    for (file, column), (where, ids) in known.items():
        if file in tables:
            frame = tables[file]
            for row, line in _rows(~frame[column].isin(ids) & (frame[column] != "")):
                yield file, line, f"{column}: {frame[column].iloc[row]!r} is not in {where}"


def _words(tables: Tables) -> Iterator[Found]:
    """Find route types and directions that are none (invalid_integer, unexpected_enum_value)."""
    types = tables["routes"]["route_type"]
    for row, line in _rows(~types.str.fullmatch(r"\d+")):
        yield "routes", line, f"route_type: must be a whole number, got {types.iloc[row]!r}"
    if "direction_id" in tables["trips"]:
        directions = tables["trips"]["direction_id"]
        for row, line in _rows(~directions.isin(["", "0", "1"])):
            yield "trips", line, f"direction_id: must be 0, 1 or empty, got {directions.iloc[row]!r}"


def _coordinates(tables: Tables) -> Iterator[Found]:
    """Find places that are nowhere (number_out_of_range, missing_required_field)."""
    stops = tables["stops"]
    is_place = ~stops.get("location_type", pd.Series("", index=stops.index)).isin(["3", "4"])
    for column, most in (("stop_lat", 90.0), ("stop_lon", 180.0)):
        values = pd.to_numeric(stops[column], errors="coerce")
        wrong = ~values.abs().le(most) & (is_place | (stops[column] != ""))
        for row, line in _rows(wrong):
            yield (
                "stops",
                line,
                f"{column}: must be a number from {-most:g} to {most:g}, got {stops[column].iloc[row]!r}",
            )
    lat, lon = (pd.to_numeric(stops[column], errors="coerce") for column in ("stop_lat", "stop_lon"))
    for _, line in _rows(lat.abs().lt(1.0) & lon.abs().lt(1.0)):
        yield "stops", line, "stop_lat and stop_lon: 0, 0 is in the Gulf of Guinea"


def _dates(tables: Tables) -> Iterator[Found]:
    """Find days that are none (invalid_date, start_and_end_range_out_of_order, unexpected_enum_value)."""
    for file, columns in (("calendar", ("start_date", "end_date")), ("calendar_dates", ("date",))):
        for column in columns if file in tables else ():
            values = tables[file][column]
            bad = ~values.str.fullmatch(r"\d{8}") | pd.to_datetime(values, format="%Y%m%d", errors="coerce").isna()
            for row, line in _rows(bad):
                yield file, line, f"{column}: must be a date such as 20260131, got {values.iloc[row]!r}"
    if "calendar" in tables:
        frame = tables["calendar"]
        for _, line in _rows(frame["end_date"] < frame["start_date"]):
            yield "calendar", line, "end_date lies before start_date"
        for day in CALENDARS["calendar"][1:8]:
            for row, line in _rows(~frame[day].isin(["0", "1"])):
                yield "calendar", line, f"{day}: must be 0 or 1, got {frame[day].iloc[row]!r}"
    if "calendar_dates" in tables:
        frame = tables["calendar_dates"]
        for row, line in _rows(~frame["exception_type"].isin(["1", "2"])):
            got = frame["exception_type"].iloc[row]
            yield "calendar_dates", line, f"exception_type: must be 1 (added) or 2 (removed), got {got!r}"


def clock_s(times: "pd.Series[str]") -> "pd.Series[float]":
    """Return seconds from midnight of the day of service for times such as 25:10:00; NaN for anything else. [s]."""
    parts = times.where(times.str.fullmatch(TIME), "").str.split(":", expand=True)
    parts = parts.reindex(columns=range(3)).apply(pd.to_numeric, errors="coerce")
    seconds: pd.Series[float] = parts[0] * SECONDS_PER_HOUR + parts[1] * SECONDS_PER_MINUTE + parts[2]
    return seconds


def _times(tables: Tables) -> Iterator[Found]:
    """Find malformed times, those that go backwards along a trip, and trips that are none.

    invalid_time, stop_time_with_arrival_before_previous_departure_time, missing_trip_edge, unusable_trip.
    """
    frame = tables["stop_times"]
    for column in ("arrival_time", "departure_time"):
        for row, line in _rows((frame[column] != "") & ~frame[column].str.fullmatch(TIME)):
            yield (
                "stop_times",
                line,
                f"{column}: must be a time such as 7:05:00 or 25:10:00, got {frame[column].iloc[row]!r}",
            )
    sequence = pd.to_numeric(frame["stop_sequence"], errors="coerce")
    for row, line in _rows(~(sequence.ge(0) & (sequence % 1 == 0))):
        got = frame["stop_sequence"].iloc[row]
        yield "stop_times", line, f"stop_sequence: must be a whole number from 0, got {got!r}"
    own = pd.DataFrame(
        {
            "trip_id": frame["trip_id"],
            "sequence": sequence,
            "arrive_s": clock_s(frame["arrival_time"]),
            "leave_s": clock_s(frame["departure_time"]),
            "line": np.arange(len(frame)) + 2,
        }
    ).sort_values(["trip_id", "sequence"], kind="stable")
    trip = own["trip_id"]
    is_end = (trip != trip.shift()) | (trip != trip.shift(-1))
    untimed = (frame["arrival_time"] == "") & (frame["departure_time"] == "")
    for line in own["line"][is_end & untimed.reindex(own.index)]:
        yield "stop_times", int(line), "the first and the last stop of a trip need a time"
    for line in own["line"][own["leave_s"] < own["arrive_s"]]:
        yield "stop_times", int(line), "departure_time lies before arrival_time"
    timed = own[own["arrive_s"].notna() | own["leave_s"].notna()]
    first = timed["arrive_s"].fillna(timed["leave_s"])
    last = timed["leave_s"].fillna(timed["arrive_s"])
    backwards = (timed["trip_id"] == timed["trip_id"].shift()) & (first < last.shift())
    for line in timed["line"][backwards]:
        yield "stop_times", int(line), "the times go backwards: it is reached before the stop before it is left"
    counts = tables["trips"]["trip_id"].map(trip.value_counts()).fillna(0)
    for row, line in _rows(counts < 2):
        yield "trips", line, f"trip {tables['trips']['trip_id'].iloc[row]!r} has fewer than two stops in stop_times.txt"


def _blocks(tables: Tables) -> Iterator[Found]:
    """Find trips of one block that overlap in time on the same days (block_trips_with_overlapping_stop_times)."""
    trips = tables["trips"]
    if "block_id" not in trips:
        return
    frame = tables["stop_times"]
    times = pd.DataFrame({"trip_id": frame["trip_id"], "a": clock_s(frame["departure_time"])})
    times["b"] = clock_s(frame["arrival_time"])
    spans = times.groupby("trip_id").agg(start=("a", "min"), end=("b", "max"))
    own = trips.join(spans, on="trip_id").assign(line=np.arange(len(trips)) + 2)
    if "frequencies" in tables:
        own = own[~own["trip_id"].isin(tables["frequencies"]["trip_id"])]
    own = own[own["block_id"] != ""].sort_values(["service_id", "block_id", "start"], kind="stable")
    same = (own[["service_id", "block_id"]] == own[["service_id", "block_id"]].shift()).all(axis=1)
    wrong = own[same & (own["start"] < own["end"].shift())]
    for line, block in zip(wrong["line"].tolist(), wrong["block_id"].tolist(), strict=True):
        yield "trips", line, f"block {block!r}: the trip leaves before the one before it has arrived"


def _frequencies(tables: Tables) -> Iterator[Found]:
    """Find headways that are none (invalid_time, number_out_of_range)."""
    if "frequencies" not in tables:
        return
    frame = tables["frequencies"]
    start_s, end_s = clock_s(frame["start_time"]), clock_s(frame["end_time"])
    for _, line in _rows(~(start_s < end_s)):
        yield "frequencies", line, "start_time and end_time: must be times such as 7:05:00, the end after the start"
    headway = pd.to_numeric(frame["headway_secs"], errors="coerce")
    for row, line in _rows(~headway.gt(0)):
        yield "frequencies", line, f"headway_secs: must be above 0, got {frame['headway_secs'].iloc[row]!r}"


CHECKS = (_keys, _references, _words, _coordinates, _dates, _times, _blocks, _frequencies)

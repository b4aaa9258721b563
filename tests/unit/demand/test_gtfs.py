"""A small feed of known trips, each way to spoil it, and a real city's feed."""

import os
from pathlib import Path

import numpy as np
import pytest
from bus_worlds import FEED, with_line, write_feed

from transport_sim.demand.gtfs import gtfs_timetable, read_gtfs, simulated_dates
from transport_sim.demand.gtfs_checks import clock_s
from transport_sim.errors import DataError
from transport_sim.operations import Operations

HOUR_S = 3600.0


@pytest.fixture
def feed(tmp_path):
    return read_gtfs(write_feed(tmp_path / "feed.zip"))


def test_a_feed_gives_routes_stops_trips_and_blocks(feed):
    assert feed.routes["name"].tolist() == ["1", "2"]
    trips = feed.trips.set_index("trip_id")
    assert trips.loc["T1", ["start_s", "end_s", "block"]].tolist() == [7 * HOUR_S, 7 * HOUR_S + 1500.0, "B1"]
    assert trips.loc["T3", "stops"] == ("S1", "S2", "S3"), "a stop without a time is one all the same"
    assert trips.loc["T7", "end_s"] == 24.25 * HOUR_S, "times go on after midnight"
    assert trips.loc["T4", "block"] == ""


def test_exceptions_decide_who_runs_on_a_date(feed):
    assert feed.services["20250304"] == {"WD"}
    assert feed.services["20250305"] == {"WE"}, "one service removed, another added"
    assert feed.services["20250312"] == frozenset()
    assert feed.services["20250308"] == {"WE"}


def test_the_fullest_week_is_simulated(feed):
    """The first one: its Wednesday has the weekend's trip, those of the others none."""
    assert simulated_dates(feed, 3) == ("20250303", "20250304", "20250305")


def test_days_alike_are_one_kind(feed):
    timetable = gtfs_timetable(feed, Operations(), days=7)
    assert timetable.days == (0, 0, 1, 0, 0, 1, 1)
    assert [len(kind) for kind in timetable.kinds] == [6, 1]
    workday = timetable.kinds[0]
    assert workday["depart_s"].is_monotonic_increasing
    assert workday["block"].tolist().count("B1") == 2
    assert workday["arrive_s"].max() == 24.25 * HOUR_S
    assert [line.line for line in timetable.lines] == ["R1", "R2"]
    first = timetable.patterns[int(workday["pattern"].iloc[0])]
    assert timetable.stops["stop"].iloc[first.stops[0]] in {"S1", "S4"}
    assert {len(pattern.stops) for pattern in timetable.patterns} == {2, 3}


def test_headways_of_frequencies_become_trips(tmp_path):
    text = "trip_id,start_time,end_time,headway_secs\nT6,9:00:00,10:00:00,900\n"
    trips = read_gtfs(write_feed(tmp_path / "feed.zip", {"frequencies.txt": text})).trips
    copies = trips[trips["trip_id"] == "T6"]
    assert copies["start_s"].tolist() == [9 * HOUR_S, 9.25 * HOUR_S, 9.5 * HOUR_S, 9.75 * HOUR_S]
    assert (copies["end_s"] - copies["start_s"]).eq(1500.0).all()


SPOILT = [
    (with_line("stop_times.txt", 3, "T1,7:12:00,7:12:30,S9,2"), "stop_times.txt line 3  stop_id: 'S9' is not in stops"),
    (with_line("trips.txt", 2, "R9,WD,T1,x,0,"), "trips.txt line 2  route_id: 'R9' is not in routes.txt"),
    (with_line("trips.txt", 2, "R1,XX,T1,x,0,"), "trips.txt line 2  service_id: 'XX' is not in calendar.txt"),
    (with_line("stop_times.txt", 2, "T0,7:00:00,7:00:00,S1,1"), "stop_times.txt line 2  trip_id: 'T0' is not in trips"),
    (with_line("stop_times.txt", 4, "T1,7:05:00,7:25:00,S3,3"), "stop_times.txt line 4  the times go backwards"),
    (with_line("stop_times.txt", 3, "T1,7:12:00,7:11:30,S2,2"), "stop_times.txt line 3  departure_time lies before"),
    (with_line("stop_times.txt", 3, "T1,7:12,7:12:30,S2,2"), "stop_times.txt line 3  arrival_time: must be a time"),
    (with_line("stop_times.txt", 3, "T1,7:72:00,7:12:30,S2,2"), "line 3  arrival_time: must be a time such as 7:05:00"),
    (with_line("stop_times.txt", 4, "T1,,,S3,3"), "stop_times.txt line 4  the first and the last stop of a trip need"),
    (with_line("stop_times.txt", 3, "T1,7:12:00,7:12:30,S2,1"), "line 3  an earlier line has the same trip_id and stop_"),
    (with_line("stop_times.txt", 3, "T1,7:12:00,7:12:30,S2,two"), "line 3  stop_sequence: must be a whole number"),
    (with_line("stops.txt", 3, "S1,Bridge,31.2117,107.4927"), "stops.txt line 3  an earlier line has the same stop_id (S1)"),
    (with_line("stops.txt", 2, "S1,North Gate,131.2402,107.5010"), "stops.txt line 2  stop_lat: must be a number from -90"),
    (with_line("stops.txt", 2, "S1,North Gate,31.2402,"), "stops.txt line 2  stop_lon: must be a number from -180"),
    (with_line("stops.txt", 2, "S1,North Gate,0,0"), "stops.txt line 2  stop_lat and stop_lon: 0, 0"),
    (with_line("stop_times.txt", 1, "trip_id,arrival_time,departure_time,stop,stop_sequence"), "column 'stop_id' is missing"),
    (with_line("calendar.txt", 2, "WD,1,1,1,1,1,0,0,20250303,20250230"), "line 2  end_date: must be a date such as"),
    (with_line("calendar.txt", 2, "WD,1,1,1,1,1,0,0,20250330,20250303"), "line 2  end_date lies before start_date"),
    (with_line("calendar.txt", 2, "WD,1,1,1,1,yes,0,0,20250303,20250330"), "line 2  friday: must be 0 or 1, got 'yes'"),
    (with_line("calendar_dates.txt", 2, "WD,20250305,3"), "line 2  exception_type: must be 1 (added) or 2 (removed)"),
    (with_line("trips.txt", 4, "R1,WD,T3,South Gate,0,B1") | with_line("stop_times.txt", 8, "T3,8:00:00,8:00:00,S1,1"),
     "trips.txt line 4  block 'B1': the trip leaves before the one before it has arrived"),
    (with_line("trips.txt", 2, "R1,WD,T1,South Gate,0,B1\nR1,WD,T0,x,0,"), "trips.txt line 3  trip 'T0' has fewer than two"),
    ({"stops.txt": None}, "stops.txt  is missing in the feed"),
    ({"calendar.txt": None, "calendar_dates.txt": None}, "calendar.txt  is missing in the feed, and so is calendar_dates"),
    ({"trips.txt": FEED["trips.txt"].splitlines()[0] + "\n"}, "trips.txt line 1  has no rows below its header"),
    ({"trips.txt": ""}, "trips.txt  the file is empty"),
    ({"frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT6,9:00:00,8:00:00,0\n"}, "headway_secs: must be above 0"),
    ({"routes.txt": FEED["routes.txt"].replace(",3\n", ",1\n")}, "routes.txt has no bus"),
    (with_line("routes.txt", 3, "R2,DZ,2,West Gate to Bridge,bus"), "line 3  route_type: must be a whole number, got 'bus'"),
    (with_line("trips.txt", 2, "R1,WD,T1,South Gate,out,B1"), "line 2  direction_id: must be 0, 1 or empty, got 'out'"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), SPOILT, ids=[message[:40] for _, message in SPOILT])
def test_each_fault_is_named_with_file_and_line(tmp_path, changes, message):
    path = write_feed(tmp_path / "feed.zip", changes)
    with pytest.raises(DataError) as raised:
        read_gtfs(path)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_several_faults_are_named_at_once(tmp_path):
    changes = with_line("stops.txt", 2, "S1,North Gate,95,107.5") | with_line("trips.txt", 2, "R9,WD,T1,x,0,")
    with pytest.raises(DataError, match="2 problems") as raised:
        read_gtfs(write_feed(tmp_path / "feed.zip", changes))
    assert "stops.txt line 2" in str(raised.value)
    assert "trips.txt line 2" in str(raised.value)


def test_what_is_no_zip_file_is_refused(tmp_path):
    path = tmp_path / "feed.zip"
    path.write_text("stop_id,stop_name\n", encoding="utf-8")
    with pytest.raises(DataError, match="this is no zip file; a GTFS feed is"):
        read_gtfs(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_gtfs(tmp_path / "none.zip")


def test_text_in_another_encoding_is_refused(tmp_path):
    import zipfile

    path = write_feed(tmp_path / "feed.zip", {"stops.txt": None})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\nS1,达州,31.2,107.5\n".encode("gbk"))
    with pytest.raises(DataError, match=r"stops\.txt line 2  not UTF-8 text"):
        read_gtfs(path)


def test_a_feed_without_service_on_the_simulated_days_is_refused(tmp_path):
    """With service on weekends only, one day from a Monday on has none."""
    changes = with_line("calendar.txt", 2, "WD,0,0,0,0,0,0,0,20250303,20250330") | {"calendar_dates.txt": None}
    feed = read_gtfs(write_feed(tmp_path / "feed.zip", changes))
    with pytest.raises(DataError, match="no bus runs on the simulated days"):
        gtfs_timetable(feed, Operations(), days=3)
    assert gtfs_timetable(feed, Operations(), days=6).days.count(1) == 1


def test_clock_times_count_from_midnight():
    import pandas as pd

    seconds = clock_s(pd.Series(["7:05:00", "25:10:01", "", "7:5:00", "x"]))
    assert seconds.iloc[:2].tolist() == [25500.0, 90601.0]
    assert np.isnan(seconds.iloc[2:]).all()


@pytest.mark.benchmark_data
def test_a_real_citys_feed_is_read():
    """Cairns, 2014, as the source distribution of gtfs-kit carries it (data/cairns_gtfs.zip): 22 routes, 1 339 trips."""
    path = Path(os.environ["TRANSPORT_SIM_BENCHMARK_DATA"]) / "cairns_gtfs.zip"
    feed = read_gtfs(path)
    timetable = gtfs_timetable(feed, Operations(), days=7)
    assert len(feed.routes) == 22
    assert len(feed.trips) == 1339
    assert timetable.days[5] != timetable.days[0]
    assert min(len(kind) for kind in timetable.kinds) > 100
    assert all(kind["arrive_s"].gt(kind["depart_s"]).all() for kind in timetable.kinds)

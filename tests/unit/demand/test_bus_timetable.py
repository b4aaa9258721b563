"""Timetables of the tables, counted by hand; lines that are made up, against what makes a line plausible."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.demand.bus_network import LineStyle, spread_places, synthetic_lines
from transport_sim.demand.bus_timetable import arrivals_s, pattern_ways, table_timetable
from transport_sim.errors import DataError
from transport_sim.fleet.travel import Travel
from transport_sim.network.geometry import great_circle_km
from transport_sim.operations import Operations, operations_schema, read_operations
from transport_sim.paths import embedded
from transport_sim.tables.bus_consistency import check_buses

HOUR_S = 3600.0


@pytest.fixture(scope="module")
def network():
    """Return ten lines among six ends on a grid of 0.1 degrees, with two depots."""
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(107.45, 107.55, 12), np.linspace(31.15, 31.25, 12)))
    via = pd.DataFrame({"lon": lon, "lat": lat})
    ends = via.iloc[spread_places(lon, lat, 6)].reset_index(drop=True)
    names = [f"end_{number}" for number in range(6)]
    ends = ends.assign(stop=names, name=names, station=["yard", *[""] * 5])
    depots = pd.DataFrame({"depot": ["east", "west"], "lon": [107.54, 107.46], "lat": [31.2, 31.2]})
    return synthetic_lines(ends, via, depots, lines_count=10, seed=1), ends, depots


def operations(network) -> Operations:
    found, _, depots = network
    named = depots.assign(name="", station="", note="", source="test", confidence="memory")
    tables = {"bus_stops": found.stops, "bus_services": found.services, "bus_headways": found.headways, "depots": named}
    result = Operations()
    for name, frame in tables.items():
        result = result.with_table(name, operations_schema(name).validate(frame))
    return result


def test_lines_that_are_made_up_fit_the_tables_and_say_that_they_are(network, tmp_path):
    found, _, _ = network
    check_buses(operations(network), folder=tmp_path)
    assert found.services["line"].str.startswith("synthetic_").all()
    assert found.services["confidence"].eq("memory").all()
    assert found.services["source"].str.contains("made up").all()


def test_lines_that_are_made_up_are_plausible(network):
    found, ends, _ = network
    place = found.stops.set_index("stop")
    wanted_km = LineStyle().length_km / 1.35
    lengths = []
    for stops in found.services["stops"].str.split(";"):
        at = place.loc[stops, ["lon", "lat"]].to_numpy()
        lengths.append(float(great_circle_km(at[:-1, 0], at[:-1, 1], at[1:, 0], at[1:, 1]).sum()))
        assert stops[0] in set(ends["stop"])
        assert stops[-1] in set(ends["stop"])
        assert len(set(stops)) == len(stops)
    assert np.mean(lengths) == pytest.approx(wanted_km, rel=0.3)
    assert min(lengths) > 0.4 * wanted_km
    assert found.services["depot"].value_counts().tolist() == [5, 5]
    assert set(found.services.loc[found.services["stops"].str.contains("end_0"), "charging"]) == {"opportunity"}


def test_lines_that_are_made_up_are_the_same_every_time_and_differ_by_seed(network):
    found, ends, depots = network
    via = found.stops.loc[found.stops["stop"].str.contains("via"), ["lon", "lat"]]
    again = [synthetic_lines(ends, via, depots, lines_count=10, seed=seed).services for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(again[0], again[1])
    assert (again[0]["stops"] != again[2]["stops"]).any()
    with pytest.raises(DataError, match=r"16 bus lines need as many pairs of ends \(6 ends have 15\)"):
        synthetic_lines(ends, via, depots, lines_count=16, seed=1)


def test_spread_places_begin_in_the_middle_and_go_to_the_corners():
    lon, lat = (axis.ravel() for axis in np.meshgrid([0.0, 0.01, 0.02], [0.0, 0.01, 0.02]))
    assert spread_places(lon, lat, 5)[0] == 4
    assert set(spread_places(lon, lat, 5)) == {0, 2, 4, 6, 8}


def test_a_day_has_the_departures_that_its_headways_say(network):
    """At a peak of 6 min: 4 h / 6 + 10 h / 12 + 2 h / 15 = 40 + 50 + 8 from each end on workdays, 84 + 8 on weekends."""
    timetable = table_timetable(operations(network), year=2025, days=7)
    assert timetable.days == (0, 0, 0, 0, 0, 1, 1)
    assert [len(kind) for kind in timetable.kinds] == [10 * 2 * 98, 10 * 2 * 92]
    assert (timetable.kinds[0].groupby("pattern").size() == 98).all()
    assert timetable.kinds[0]["depart_s"].between(6 * HOUR_S, 22 * HOUR_S, inclusive="left").all()
    assert len(table_timetable(operations(network), year=2025, days=5).kinds) == 1
    assert all(a.stops == b.stops[::-1] for a, b in zip(timetable.patterns[::2], timetable.patterns[1::2], strict=True))


def test_lines_run_in_their_years_only(network):
    tables = operations(network)
    services = tables["bus_services"].copy()
    services.loc[0, "to_year"] = 2024
    later = table_timetable(tables.with_table("bus_services", services), year=2025, days=1)
    assert len(later.lines) == 9
    assert later.lines[0].line == "synthetic_line_2"
    assert len(later.kinds[0]) == 9 * 2 * 98


def test_ways_of_lines_add_up_stop_by_stop(network):
    """Every step between stops takes 100 s and 2 km at any hour, but 150 s at eight."""
    timetable = table_timetable(operations(network), year=2025, days=1)
    count = len(timetable.stops)
    nodes = np.arange(count)
    time_s = np.full((24, count, count), 100.0)
    time_s[8] = 150.0
    travel = Travel(nodes, time_s, np.full((count, count), 2.0))
    driving_s, own_s, kwh, km = pattern_ways(timetable, travel, nodes, np.full((24, count, count), 3.0))
    steps = np.array([len(pattern.stops) - 1 for pattern in timetable.patterns])
    assert (km == 2.0 * steps).all()
    assert (kwh == 3.0 * steps).all()
    assert (driving_s[7] == 100.0 * steps).all()
    assert (driving_s[8] == 150.0 * steps).all()
    assert own_s[8] == pytest.approx(150.0 * steps + 2.0 * steps / 0.6 * 25.0)
    arrive_s = arrivals_s(timetable, timetable.kinds[0], own_s, km)
    late = timetable.kinds[0]["depart_s"].to_numpy() // HOUR_S == 8
    pattern = timetable.kinds[0]["pattern"].to_numpy()
    needs_s = arrive_s - timetable.kinds[0]["depart_s"].to_numpy()
    assert needs_s[late] == pytest.approx(own_s[8][pattern[late]])
    assert needs_s[~late] == pytest.approx(own_s[7][pattern[~late]])


def test_a_stated_speed_sets_arrivals(network):
    tables = operations(network)
    services = tables["bus_services"].assign(scheduled_speed_kmh=20.0)
    timetable = table_timetable(tables.with_table("bus_services", services), year=2025, days=1)
    km = np.full(len(timetable.patterns), 10.0)
    arrive_s = arrivals_s(timetable, timetable.kinds[0], np.ones((24, len(km))), km)
    assert arrive_s - timetable.kinds[0]["depart_s"].to_numpy() == pytest.approx(1800.0)


def test_dazhous_lines_are_those_of_its_road_traffic():
    """As many lines and departures of a workday as `bus_lines.csv`, which bus trips on the streets come from."""
    data = embedded("scenarios/dazhou") / "data"
    lines = pd.read_csv(data / "traffic" / "bus_lines.csv")
    timetable = table_timetable(read_operations(data), year=2022, days=7)
    assert len(timetable.lines) == len(lines)
    assert len(timetable.kinds[0]) == 2 * lines["departures_per_day"].sum()


def test_tables_of_buses_that_contradict_each_other_are_refused(network, tmp_path):
    tables = operations(network)
    services, headways, stops = (tables[n].copy() for n in ("bus_services", "bus_headways", "bus_stops"))
    services.loc[0, "stops"] = "end_0;end_9"
    services.loc[1, "depot"] = "eastt"
    headways.loc[2, "line"] = "synthetic_lime_1"
    headways.loc[9, "from_hour"] = 6.5
    stops.loc[3, "station"] = "nowhere"
    station = {"station": "yard", "kind": "charging", "users": "bus", "tariff": "x", "feeder_kw": 1.0}
    known = pd.concat([tables["stations"], pd.DataFrame([station])])
    wrong = tables.with_table("bus_services", services).with_table("bus_headways", headways)
    with pytest.raises(DataError) as raised:
        check_buses(wrong.with_table("bus_stops", stops).with_table("stations", known), folder=tmp_path)
    text = str(raised.value)
    assert "bus_services.csv: line 2  stops: unknown 'end_9'; did you mean" in text
    assert "bus_services.csv: line 3  depot: unknown 'eastt'; did you mean 'east'?" in text
    assert "bus_headways.csv: line 4  line: unknown 'synthetic_lime_1'" in text
    assert "bus_headways.csv: line 11  the hours of line 'synthetic_line_2' overlap" in text
    assert "bus_stops.csv: line 5  station: unknown 'nowhere'" in text


def test_a_line_without_headways_is_refused(network, tmp_path):
    tables = operations(network)
    headways = tables["bus_headways"]
    fewer = tables.with_table("bus_headways", headways[headways["line"] != "synthetic_line_3"])
    with pytest.raises(DataError, match=r"line 4  line 'synthetic_line_3' has no row in bus_headways\.csv"):
        check_buses(fewer, folder=tmp_path)


@pytest.mark.parametrize(("stops", "is_right"), [("a;b", True), ("a", False), ("a;;b", False), ("a;a", False)])
def test_a_line_needs_two_stops(stops, is_right, network):
    import pandera.errors

    frame = network[0].services.assign(stops=stops)
    if is_right:
        operations_schema("bus_services").validate(frame)
    else:
        with pytest.raises(pandera.errors.SchemaError, match="at least two stops"):
            operations_schema("bus_services").validate(frame)

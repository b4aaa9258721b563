"""The tables of road traffic and the scenario's section: what is read, what is refused and with which words."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from transport_sim.config import load_scenario
from transport_sim.errors import DataError, PolicyError, ScenarioError
from transport_sim.inputs import build_inputs, frames, inputs_key
from transport_sim.paths import embedded
from transport_sim.results.provenance import assumptions
from transport_sim.tables.traffic import OPTIONAL, TRAFFIC_TABLES, read_traffic_table
from transport_sim.tables.traffic_consistency import check_traffic
from transport_sim.traffic_inputs import TRAFFIC_POLICY_TABLES

DAZHOU = embedded("scenarios/dazhou")
DATA = DAZHOU / "data" / "traffic"


@pytest.fixture(scope="module")
def streets(network):
    return build_inputs(load_scenario(DAZHOU / "traffic.yaml"), network, 2022)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "traffic")
    return tmp_path / "traffic"


# ---- tables


@pytest.mark.parametrize("table", TRAFFIC_TABLES)
def test_the_tables_of_dazhou_are_read_with_their_sources(table):
    frame = read_traffic_table(DATA, table)
    assert {"source", "confidence"} <= set(frame.columns)
    assert (frame["source"] != "").all()
    assert len(frame) or table in OPTIONAL


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("zones", "tongchuan,core,1.0,8.0", "tongchuan,core,,8.0", "line 2  a core zone, and no other, needs cell_km"),
        ("zones", "tongchuan,core,1.0", "tongchuan,kernel,1.0", r"line 2  kind: must be one of core, county, gateway, got 'kernel'"),
        ("zones", "dachuan,core", "tongchuan,core", "zone: tongchuan is there already, in an earlier line"),
        ("trip_rates", "work,core,car_share,0.2,", "work,core,car_share,1.2,", "value is larger than this quantity can be"),
        ("trip_rates", "work,core,car_share,0.2,0.13", "work,core,car_share,0.2,0.23", "low lies above value"),
        ("trip_rates", "work,core,car_share", "work,core,carshare", "quantity: must be one of .*, got 'carshare'"),
        ("vehicle_stock", "2022,car,local,petrol,china_iii", "2022,car,local,petrol,euro_3", "emission_standard: must be one of"),
        ("vehicle_stock", "2022,car,local,battery_electric,,", "2022,car,local,battery_electric,china_vi,", "emission_standard must be empty for what has no exhaust"),
        ("vehicle_totals", "2020,car,424000", "2020,car,many", "line 2  vehicle_count: must be a number, got 'many'"),
        ("hourly_profile", "work,out,7,", "work,out,24,", "line 9  hour: must be from 0 to 23, got 24"),
        ("hourly_profile", "taxi,out,7,", "taxi,return,7,", "only journeys of persons have a way back"),
        ("bus_lines", "line_1,Synthetic Bus Station 1,Synthetic Bus Station 2,98", "line_1,Synthetic Bus Station 1,Synthetic Bus Station 1,98", "line 2  origin and destination are the same"),
        ("bus_lines", "departures_per_day", "departures", "line 1: column 'departures_per_day' is missing"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_refused_with_its_line(folder, table, old, new, said):
    file = folder / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, "the test needs a text that occurs once"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=said) as caught:
        read_traffic_table(folder, table)
    assert str(caught.value).startswith(str(file))


def test_a_missing_table_is_named_unless_a_region_may_do_without(folder):
    (folder / "trip_rates.csv").unlink()
    with pytest.raises(DataError, match=r"trip_rates\.csv: no such table; road traffic needs zones\.csv, "):
        read_traffic_table(folder, "trip_rates")
    (folder / "bus_lines.csv").unlink()
    assert read_traffic_table(folder, "bus_lines").empty


# ---- what the tables owe each other


def without(frame, **cells):
    drop = frame.index == frame.index
    for column, value in cells.items():
        drop &= (frame[column] == value).to_numpy()
    assert drop.any()
    return frame[~drop]


def changed(frame, column, value, **cells):
    rows = frame.index == frame.index
    for name, cell in cells.items():
        rows &= (frame[name] == cell).to_numpy()
    assert rows.any()
    frame = frame.copy()
    frame.loc[rows, column] = value
    return frame


@pytest.mark.parametrize(
    ("table", "edit", "said"),
    [
        ("zones", lambda f: changed(f, "zone", "tongchaun", zone="tongchuan"), r"zones.csv: line 2  zone: unknown 'tongchaun'; did you mean 'tongchuan'\?"),
        ("zones", lambda f: without(f, zone="quxian"), "zones.csv: rows are missing for quxian"),
        ("zones", lambda f: changed(f, "kind", "county", zone="wanzhou"), "kind: wanzhou is external in the data folder's zones.csv, so it must be gateway"),
        ("zones", lambda f: changed(f, "kind", "county", kind="core"), "zones.csv: needs one core zone or more"),
        ("trip_rates", lambda f: without(f, purpose="work", area="core", quantity="car_share"), "a row is missing for purpose work, area core, quantity car_share"),
        ("trip_rates", lambda f: without(f, purpose="taxi", quantity="vehicle_count"), "a row is missing for purpose taxi, area core, quantity vehicle_count"),
        ("trip_rates", lambda f: changed(f, "value", 0.97, purpose="work", area="core", quantity="car_share"), "car_share and motorcycle_share of work, core exceed 1: 1.02"),
        ("vehicle_stock", lambda f: without(f, year=2030, vehicle_class="bus", technology="battery_electric"), "the shares of 2030 bus local must add up to 1, got 0.1000"),
        ("vehicle_stock", lambda f: without(f, vehicle_class="taxi"), "vehicle_stock.csv: rows are missing for taxi, local"),
        ("vehicle_totals", lambda f: without(f, vehicle_class="car"), "needs vehicles of class car in the base year 2022"),
        ("hourly_profile", lambda f: without(f, purpose="work", direction="out", hour=7), "the shares of work out must add up to 1, got 0.6"),
        ("hourly_profile", lambda f: f.assign(direction=f["direction"].where(f["purpose"] != "school", f["direction"].map({"out": "return", "return": "out"}))), "more have come back from school than have left"),
        ("bus_lines", lambda f: changed(f, "origin", "Synthetic Bus Station 11", line="line_8"), r"bus_lines.csv: line 9  origin: no bus station or node 'Synthetic Bus Station 11'; did you mean 'Synthetic Bus Station 1'\?"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit_are_refused(streets, table, edit, said):
    traffic = replace(streets.traffic, **{table: edit(getattr(streets.traffic, table))})
    with pytest.raises(DataError, match=said):
        check_traffic(traffic, streets.zones, folder=Path("traffic"), base_year=2022)


def test_the_tables_of_dazhou_fit(streets):
    check_traffic(streets.traffic, streets.zones, folder=DATA, base_year=2022)


# ---- inputs


def test_streets_are_joined_to_the_scenarios_network_and_say_that_they_are_made_up(streets):
    own, joined = streets.network, streets.traffic.network
    roads = own.nodes[own.nodes["mode"] == "road"]
    assert set(roads.index) <= set(joined.nodes.index)
    assert streets.traffic.is_synthetic
    assert joined.synthetic_share > 0
    assert len(joined.mode_links("road")) > 5000
    weak = assumptions(streets)
    assert (weak["name"] == "synthetic share of the roads").any()
    assert not weak["table"].isin(["traffic_links", "traffic_nodes"]).any()
    rates = weak[weak["table"] == "trip_rates"].set_index("name")
    assert rates.loc["taxi core vehicle_count", "value"] == 1400


@pytest.mark.parametrize("name", TRAFFIC_POLICY_TABLES)
def test_a_policy_may_edit_a_table_of_road_traffic(streets, dazhou_inputs, name):
    before = streets.table(name)
    after = streets.with_table(name, before.iloc[:-1])
    assert streets.table(name) is before
    assert len(after.table(name)) == len(before) - 1
    assert frames(after)[name] is after.table(name)
    assert inputs_key(after) != inputs_key(streets)
    assert dazhou_inputs.table(name).empty
    with pytest.raises(PolicyError, match=f"the table {name} belongs to road traffic"):
        dazhou_inputs.with_table(name, before)


@pytest.mark.parametrize(
    "change", [{"car_trips_scale": 1.1}, {"scope": "region"}, {"is_synthetic": False}], ids=lambda c: next(iter(c))
)
def test_the_key_knows_what_is_no_table(streets, change):
    assert inputs_key(replace(streets, traffic=replace(streets.traffic, **change))) != inputs_key(streets)


def test_the_key_knows_the_streets_and_whether_there_are_any(streets, dazhou_inputs):
    joined = streets.traffic.network
    shorter = (
        replace(joined, turns=joined.turns.iloc[:-1])
        if len(joined.turns)
        else replace(joined, links=joined.links.iloc[:-1])
    )
    keys = {
        inputs_key(i)
        for i in (streets, dazhou_inputs, replace(streets, traffic=replace(streets.traffic, network=shorter)))
    }
    assert len(keys) == 3


# ---- the section of the scenario


def scenario_file(tmp_path: Path, *section: str) -> Path:
    (tmp_path / "nets").mkdir(exist_ok=True)
    (tmp_path / "city.geojson").write_text("{}")
    head = [f"extends: {DAZHOU / 'baseline.yaml'}", "name: here", "traffic:"]
    file = tmp_path / "here.yaml"
    file.write_text("\n".join([*head, *(f"  {line}" for line in section)]) + "\n")
    return file


def test_paths_of_the_section_are_relative_to_the_file_that_states_them(tmp_path):
    stated = load_scenario(
        scenario_file(tmp_path, "synthetic_city: {footprint: city.geojson, population: 5000}")
    ).traffic
    assert stated.synthetic_city.footprint == tmp_path / "city.geojson"
    assert stated.synthetic_city.seed == 1
    child = tmp_path / "below"
    child.mkdir()
    (child / "child.yaml").write_text("extends: ../here.yaml\nname: child\ntraffic:\n  car_trips_scale: 1.2\n")
    merged = load_scenario(child / "child.yaml").traffic
    assert merged.synthetic_city.footprint == tmp_path / "city.geojson"
    assert merged.car_trips_scale == 1.2
    assert load_scenario(scenario_file(tmp_path, "network: nets")).traffic.network == tmp_path / "nets"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (["synthetic_city: {footprint: cty.geojson, population: 5000}"], r"line 4  traffic\.synthetic_city\.footprint: no such file: .*cty\.geojson; did you mean 'city\.geojson'\?"),
        (["synthetic_city: {footprint: city.geojson, population: 5}"], r"line 4  traffic\.synthetic_city\.population: must be at least 1000, got 5"),
        (["network: net"], r"line 4  traffic\.network: no such folder: .*net; did you mean 'nets'\?"),
        (["network: nets", "synthetic_city: {footprint: city.geojson, population: 5000}"], "line 3  traffic: must state either network or synthetic_city"),
        (["scope: core"], "line 3  traffic: must state either network or synthetic_city"),
        (["network: nets", "scope: kernel"], r"line 5  traffic\.scope: must be 'core' or 'region', got 'kernel'"),
        (["network: nets", "day: {date: 2022-02-30}"], r"line 5  traffic\.day\.date: .*got '2022-02-30'"),
        (["network: nets", "day: {dat: 2022-02-03}"], r"line 5  traffic\.day\.dat: unknown key; did you mean 'date'\?"),
        (["network: nets", "car_trips_scale: 0"], r"line 5  traffic\.car_trips_scale: must be greater than 0"),
    ],
)  # fmt: skip
def test_a_wrong_section_is_refused_with_file_and_line(tmp_path, section, said):
    file = scenario_file(tmp_path, *section)
    with pytest.raises(ScenarioError, match=said) as caught:
        load_scenario(file)
    assert re.match(rf"{re.escape(str(file))}: 1 problem\n", str(caught.value))


def test_the_schema_for_editors_knows_the_section():
    schema = (embedded("scenarios") / "schema.json").read_text(encoding="utf-8")
    assert all(f'"{key}"' in schema for key in ("synthetic_city", "footprint", "car_trips_scale", "scope"))

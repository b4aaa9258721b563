"""The embedded map of Dazhou against official lengths, county polygons and its own tables."""

import csv
import hashlib
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from transport_sim.network.build import load_network
from transport_sim.network.geometry import great_circle_km
from transport_sim.network.intermodal import freight_terminals, with_transfer_links
from transport_sim.network.model import LINK_SCHEMA, Network
from transport_sim.network.plot import plot_overview
from transport_sim.network.routing import shortest_paths
from transport_sim.network.validate import validate

DAZHOU = Path(__file__).parents[2] / "networks" / "dazhou"
TABLES = DAZHOU / "tables"
COUNTIES = ["通川区", "达川区", "宣汉县", "开江县", "大竹县", "渠县", "万源市"]
COUNTY_SLACK_KM = 1.0
MODES = ("road", "rail", "waterway")


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Network:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return load_network(DAZHOU)


@pytest.fixture(scope="module")
def linked(network) -> Network:
    return with_transfer_links(network)


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / f"{name}.csv", keep_default_na=False)


def length_km(network: Network, mode: str, nodes: list[str]) -> float:
    ids = [network.node_by_ref(ref) for ref in nodes]
    return sum(
        shortest_paths(network, modes=(mode,), sources=[a], targets=[b], weight="length_km").cost[0, 0]
        for a, b in pairwise(ids)
    )


def test_the_committed_map_is_what_the_script_builds_from_the_tables(tmp_path):
    subprocess.run([sys.executable, DAZHOU / "build.py", tmp_path], check=True, capture_output=True)
    for mode in MODES:
        assert (tmp_path / f"{mode}.osm").read_bytes() == (DAZHOU / f"{mode}.osm").read_bytes(), mode
    built, committed = (
        {row["name"]: row for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())}
        for file in (tmp_path / "manifest.csv", DAZHOU.parent / "manifest.csv")
    )
    assert built.items() <= committed.items()


def test_the_manifest_has_every_file_with_its_hash_and_a_licence():
    manifest = pd.read_csv(DAZHOU.parent / "manifest.csv", keep_default_na=False).set_index("name")
    assert (manifest["licence"] != "").all()
    for file in [*DAZHOU.glob("*.osm"), *TABLES.glob("*.csv")]:
        row = manifest.loc[file.relative_to(DAZHOU.parent).as_posix()]
        assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest(), file.name
    text = " ".join(manifest["licence"])
    assert all(licence in text for licence in ("LGPL-3.0", "CC BY 4.0", "ODbL 1.0", "MIT"))


def test_every_row_of_the_tables_has_a_source_and_a_confidence():
    for name in ("road_nodes", "road_links", "rail_nodes", "rail_links", "water_nodes", "water_links", "facilities"):
        rows = table(name)
        assert (rows["source"].str.strip() != "").all(), name
        assert rows["confidence"].isin(["H", "M", "L", "memory"]).all(), name
        if "status" in rows:
            assert rows["status"].isin(["open", "construction", "proposed", "closing"]).all(), name
            assert rows["open_year"].astype(str).str.fullmatch(r"(1[89]\d\d|20\d\d)?").all(), name


def test_ids_are_positive_and_follow_the_rows(network):
    for mode, offset, nodes in (("road", 1e9, "road"), ("rail", 2e9, "rail"), ("waterway", 3e9, "water")):
        refs = table(f"{nodes}_nodes")["id"]
        assert [network.node_by_ref(ref) for ref in refs] == [int(offset) + row for row in range(1, len(refs) + 1)], (
            mode
        )


def test_the_map_is_as_large_as_promised(network):
    nodes, links = network.nodes["mode"].value_counts(), network.links["mode"].value_counts()
    assert nodes["road"] >= 350
    assert links["road"] >= 900
    assert (nodes["rail"], nodes["waterway"]) == (len(table("rail_nodes")), len(table("water_nodes")))
    assert (links["rail"], links["waterway"]) == (2 * len(table("rail_links")), 2 * len(table("water_links")))


def test_every_county_seat_reaches_every_other_by_road_already(network):
    today = network.at_year(2024)
    seats = today.nodes.index[today.nodes["kind"] == "county_seat"]
    paths = shortest_paths(today, modes=("road",), sources=seats, targets=seats, weight="time_h")
    assert len(seats) == 7
    assert np.isfinite(paths.cost).all()
    assert paths.cost.max() < 4, "no county seat is more than four hours from another"


def test_the_map_passes_its_checks(linked):
    found = validate(linked).set_index("check")["findings_count"]
    for check in (
        *(f"{mode} is in one piece" for mode in MODES),
        "every open road reaches every other",
        "every node has a link",
        "no link is shorter than its line",
        "no link is 2.5 times its line",
        "every road has its lanes",
        "every road has its gradient",
        "every railway has its tracks",
        "every waterway has depth and class",
    ):
        assert found[check] == 0, check
    assert (validate(linked.at_year(2024)).query("severity == 'error'")["findings_count"] == 0).all()


def test_no_link_is_shorter_than_its_great_circle(network):
    start, end = (network.nodes.loc[network.links[side]] for side in ("from_node", "to_node"))
    straight = great_circle_km(*(frame[axis].to_numpy() for frame in (start, end) for axis in ("lon", "lat")))
    ratio = network.links["length_km"].to_numpy() / straight
    assert ratio.min() >= 0.999
    assert ratio.max() <= 2.5


def test_named_nodes_lie_in_their_county(network):
    """`county_check.csv` was made with county polygons that can't be shipped; a moved node needs a new check."""
    check = table("county_check").set_index("ref")
    nodes = network.nodes.set_index("ref")
    assert set(check.index) == set(nodes.index)
    for axis, column in (("lon", "lon_wgs84"), ("lat", "lat_wgs84")):
        moved = (check[column] - nodes[axis].reindex(check.index)).abs() > 1e-9
        assert not moved.any(), f"moved since the check: {check.index[moved].tolist()}"
    county = nodes["county"].reindex(check.index)
    assert (county.where(county.isin(COUNTIES), "outside") == check["expected_county"]).all()
    wrong = (check["expected_county"] != check["found_county"]) & (check["distance_to_boundary_km"] < -COUNTY_SLACK_KM)
    assert not wrong.any(), check[wrong].to_string()


@pytest.mark.parametrize("row", table("official_lengths").to_dict("records"), ids=lambda row: row["route"])
def test_named_routes_are_as_long_as_officially(network, row):
    if row["match_column"] == "path":
        length = length_km(network, row["mode"], row["match_value"].split(">"))
    else:
        once = network.mode_links(row["mode"])
        once = once[once.index % 2 == 0]  # one of the two directions
        chosen = once[once[row["match_column"]].isin(row["match_value"].split("|"))]
        if row["within"] == "dazhou":
            home = network.nodes["county"].isin(COUNTIES)
            chosen = chosen[home[chosen["from_node"]].to_numpy() & home[chosen["to_node"]].to_numpy()]
        length = chosen["length_km"].sum()
    assert length + row["extra_km"] == pytest.approx(row["official_km"], rel=row["tolerance_ratio"])


def test_maliu_town_stands_beside_its_station_and_38_km_from_dazhou(network):
    town, station = (network.nodes.loc[network.node_by_ref(ref)] for ref in ("DC19", "R_DW_MALIU"))
    assert great_circle_km(town["lon"], town["lat"], station["lon"], station["lat"]) < 1
    assert length_km(network, "road", ["DC0", "DC19"]) == pytest.approx(38, rel=0.25)


def test_what_opens_when(network):
    def names(year, mode):
        return set(network.at_year(year).mode_links(mode)["name"])

    assert "成达万高铁" not in names(2026, "rail")
    assert "成达万高铁" in names(2027, "rail")
    assert "西渝高铁" not in names(2027, "rail")
    assert "西渝高铁" in names(2028, "rail")
    assert "城宣大邻高速" not in names(2099, "road")
    assert "小河嘴煤矿专用线" not in names(2099, "rail")
    lock = network.node_by_ref("W_QJ_FENGDONGZI")
    assert np.isnan(network.at_year(2026).nodes.loc[lock, "lock_length_m"])
    assert network.at_year(2027).nodes.loc[lock, "lock_length_m"] == 200


def test_rivers_flow_downhill_in_the_tables(network):
    down = network.mode_links("waterway").query("current_ms > 0")
    assert (down.index % 2 == 0).all()
    assert down["geometry_wkt"].ne("").mean() > 0.8
    assert network.nodes.loc[down["to_node"].iloc[-1], "mode"] == "waterway"


def test_every_freight_terminal_of_the_prefecture_reaches_the_road(linked):
    transfers = linked.mode_links("transfer")
    terminals = freight_terminals(linked)
    at_home = terminals[terminals["county"].isin(COUNTIES)]
    missing = at_home.loc[~at_home.index.isin(transfers["from_node"]), "ref"]
    assert missing.tolist() == []
    port_rail = transfers[transfers["link_class"] == "port_rail"]
    pairs = {
        tuple(linked.nodes.loc[[a, b], "ref"])
        for a, b in zip(port_rail["from_node"], port_rail["to_node"], strict=True)
    }
    assert ("W_CJ_HONGXIGOU", "R_DW_HONGXIGOU") in pairs
    assert ("W_CJ_XINTIAN", "R_DW_XINTIAN") in pairs
    assert ("W_QJ_QUXIAN", "R_XY_QUXIAN") in pairs


def test_ore_comes_by_the_yangtze_and_the_dawan_railway(linked):
    start, end = (linked.node_by_ref(ref) for ref in ("W_CJ_FULING", "R_SD_DAGANG"))
    paths = shortest_paths(
        linked, modes=("waterway", "rail", "transfer"), sources=[start], targets=[end], weight="length_km"
    )
    used = linked.links[paths.incidence.toarray()[0] > 0]
    assert used.loc[used["mode"] == "transfer", "ref"].tolist() == ["W_CJ_XINTIAN"]
    river, port_railway, dawan, siding = 117.58 + 72.31, 16.2, 157.9 - 35.4, 4.5
    assert paths.cost[0, 0] == pytest.approx(river + port_railway + dawan + siding, rel=0.01)


@pytest.mark.parametrize("weight", ["length_km", "time_h"])
def test_routing_agrees_with_networkx(linked, weight):
    links = linked.links.assign(time_h=linked.links["length_km"] / linked.links["free_speed_kmh"])
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(linked.nodes.index)
    graph.add_weighted_edges_from(links[["from_node", "to_node", weight]].itertuples(index=False))
    ends = linked.nodes.index[::8]
    modes = ("road", "rail", "waterway", "transfer")
    paths = shortest_paths(linked, modes=modes, sources=ends, targets=ends, weight=weight)
    for row, source in enumerate(ends):
        expected = nx.single_source_dijkstra_path_length(graph, source)
        assert np.allclose(paths.cost[row], [expected.get(target, np.inf) for target in ends])
    reached = np.isfinite(paths.cost.ravel())
    assert np.allclose((paths.incidence @ links[weight].to_numpy())[reached], paths.cost.ravel()[reached])


def test_seventy_by_seventy_pairs_take_well_under_a_second(linked):
    ends = linked.nodes.index[:70]
    shortest_paths(linked, modes=("road",), sources=ends, targets=ends, weight="time_h")
    begin = time.process_time()
    shortest_paths(linked, modes=("road",), sources=ends, targets=ends, weight="time_h")
    assert time.process_time() - begin < 0.8


def test_the_overview_map_is_drawn(linked, tmp_path):
    assert plot_overview(linked, tmp_path / "map.png").stat().st_size > 200_000


def test_the_schema_has_units_in_its_numeric_columns():
    suffixes = (
        "_s",
        "_h",
        "_m",
        "_km",
        "_kmh",
        "_ms",
        "_min",
        "_count",
        "_ratio",
        "_share",
        "_year",
        "_node",
        "_id",
        "_t",
        "_mm",
    )
    plain = [name for name, column in LINK_SCHEMA.columns.items() if str(column.dtype) in ("float64", "Int64", "int64")]
    assert [name for name in plain if not name.endswith(suffixes)] == []

from dataclasses import replace

import pandas as pd
import pytest

from transport_sim.network.geometry import great_circle_km
from transport_sim.network.intermodal import with_transfer_links
from transport_sim.network.labels import Look
from transport_sim.network.osm_tables import SHARED_NODE_OFFSET
from transport_sim.network.plot import plot_overview
from transport_sim.network.validate import validate

STATION = 4 + SHARED_NODE_OFFSET["rail"]


def test_one_degree_of_the_equator():
    assert great_circle_km(0, 0, 1, 0) == pytest.approx(111.195, abs=0.001)
    assert great_circle_km([0, 10], [0, 10], 10, 10).shape == (2,)


def test_terminals_get_a_road_access_both_ways(small):
    linked = with_transfer_links(small)
    transfers = linked.mode_links("transfer")
    assert set(transfers["link_class"]) == {"access"}
    port = transfers[transfers["from_node"] == 5]
    assert port["to_node"].tolist() == [1]
    assert port["length_km"].iloc[0] == pytest.approx(1.3 * 11.12, abs=0.02)
    assert len(transfers) == 4
    assert transfers.index.is_unique


def test_doing_it_twice_changes_nothing(small):
    once = with_transfer_links(small)
    pd.testing.assert_frame_equal(once.links, with_transfer_links(once).links)


def test_what_is_too_far_stays_without_access(small):
    linked = with_transfer_links(small, max_snap_km=5)
    assert linked.mode_links("transfer").empty
    row = validate(linked).set_index("check").loc["every freight terminal has a road access"]
    assert row["findings_count"] == 2
    assert "P1" in row["rows"]


def test_a_port_beside_a_yard_is_linked_to_it(small):
    nodes = small.nodes.copy()
    nodes.loc[STATION, ["lon", "lat"]] = [107.02, 31.1]
    linked = with_transfer_links(replace(small, nodes=nodes)).mode_links("transfer")
    pair = linked[linked["link_class"] == "port_rail"]
    assert set(pair["from_node"]) == {5, STATION}


def test_passenger_stations_get_none_and_gateways_reach_farther(small):
    nodes = small.nodes.copy()
    nodes.loc[STATION, "handles"] = "passengers;passing"
    assert STATION not in set(with_transfer_links(replace(small, nodes=nodes)).mode_links("transfer")["from_node"])
    nodes = small.nodes.copy()
    nodes.loc[[1, 5], "kind"] = "gateway"
    far = with_transfer_links(replace(small, nodes=nodes), max_snap_km=1)
    assert 5 in set(far.mode_links("transfer")["from_node"])


def test_a_terminal_to_come_has_its_access_to_come(small):
    nodes = small.nodes.copy()
    nodes.loc[5, "status"], nodes.loc[5, "open_year"] = "construction", 2030
    linked = with_transfer_links(replace(small, nodes=nodes))
    access = linked.mode_links("transfer").query("from_node == 5").iloc[0]
    assert (access["status"], access["open_year"]) == ("construction", 2030)


def test_validate_finds_what_is_broken(small):
    clean = validate(small).set_index("check")
    assert clean.loc["no link is shorter than its line", "findings_count"] == 0
    assert clean.loc["every road has its lanes", "findings_count"] == 2
    links = small.links.copy()
    links.loc[100_000, "length_km"] = 10.0
    links.loc[100_001, "length_km"] = 100.0
    found = validate(replace(small, links=links)).set_index("check")
    assert found.loc["no link is shorter than its line", "rows"].startswith("link 100000: 0.52")
    assert found.loc["no link is 2.5 times its line", "findings_count"] == 1
    one_way = validate(replace(small, links=small.links.drop(100_001))).set_index("check")
    assert one_way.loc["every open road reaches every other", "findings_count"] == 1
    cut = validate(replace(small, links=small.links[small.links["mode"] != "rail"])).set_index("check")
    assert cut.loc["every node has a link", "findings_count"] == 2


def test_the_map_is_drawn_for_any_network(small, tmp_path):
    file = plot_overview(with_transfer_links(small), tmp_path / "map.png", "zh")
    assert file.read_bytes().startswith(b"\x89PNG")


def test_labels_drop_remarks():
    assert Look("en", None).text("达州", "Dazhou (city)") == "Dazhou"
    assert Look("zh", None).text("达州（站）", "Dazhou") == "达州"

from concurrent.futures import ThreadPoolExecutor

import osmnx
import pandas as pd
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network import build
from transport_sim.network.build import load_network
from transport_sim.network.osm_tables import SHARED_NODE_OFFSET


def test_the_small_map_has_the_links_that_its_tags_say(small):
    links = small.links
    road = links.loc[10 * 10_000]
    assert (road["from_node"], road["to_node"], road["length_km"]) == (1, 3, 30.0)
    assert (road["lanes_count"], road["toll"], road["gradient_ratio"]) == (2, True, 0.025)
    assert (road["free_speed_kmh"], road["free_speed_source"]) == (60.0, "default")
    assert road["geometry_wkt"].startswith("LINESTRING")
    assert (links.loc[100_001, "from_node"], links.loc[100_001, "to_node"]) == (3, 1)
    motorway = links.loc[110_000]
    assert (motorway["link_class"], motorway["status"], motorway["open_year"]) == ("motorway", "construction", 2027)
    assert motorway["lanes_count"] == 2
    assert motorway["free_speed_kmh"] == pytest.approx(80.4672)
    assert 110_001 not in links.index, "a one-way road has no link back"
    assert motorway["length_km"] == pytest.approx(11.12, abs=0.01), "no distance tag: great circle"
    rail = links.loc[120_000]
    assert (rail["electrified"], rail["tracks_count"], rail["gradient_max_ratio"]) == (True, 2, 0.012)
    assert links.loc[130_000, "current_ms"] == 0.5
    assert links.loc[130_001, "current_ms"] == -0.5
    assert links.loc[130_000, "depth_m"] == 1.9
    assert set(links["way_id"]) == {10, 11, 12, 13, 15}, "buildings are no links"


def test_named_nodes_stay_and_shape_vertices_go(small):
    assert small.node_by_ref("A") == 1
    assert 2 not in small.nodes.index
    assert small.nodes.loc[1, "name"] == "甲"
    assert small.nodes.loc[6, ["kind", "lock_length_m", "lock_cycle_min"]].tolist() == ["lock", 120.0, 12.0]


def test_a_level_crossing_does_not_join_road_and_rail(small):
    rail = small.mode_links("rail")
    assert set(rail["from_node"]) == {3 + SHARED_NODE_OFFSET["rail"], 4 + SHARED_NODE_OFFSET["rail"]}
    assert small.nodes.loc[4 + SHARED_NODE_OFFSET["rail"], "kind"] == "station"


def test_a_way_cut_by_a_crossing_shares_its_distance(write_network):
    text = """<osm version="0.6"><node id="1" lat="31" lon="107"/><node id="2" lat="31" lon="107.1"/>
    <node id="3" lat="31" lon="107.4"/><node id="4" lat="31.1" lon="107.1"/>
    <way id="5"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="distance" v="80"/></way>
    <way id="6"><nd ref="2"/><nd ref="4"/><tag k="highway" v="tertiary"/></way></osm>"""
    links = load_network(write_network(text), cache=False).links
    pieces = links[links["way_id"] == 5]
    assert pieces.loc[50_000, "length_km"] == pytest.approx(20, rel=1e-4)
    assert pieces.loc[50_002, "length_km"] == pytest.approx(60, rel=1e-4)
    back = pieces.loc[[50_001, 50_003], ["to_node", "from_node"]].to_numpy().tolist()
    assert back == pieces.loc[[50_000, 50_002], ["from_node", "to_node"]].to_numpy().tolist()


def test_the_cache_answers_without_parsing(write_network, own_cache, monkeypatch):
    folder = write_network()
    first = load_network(folder)
    assert len(list(own_cache.glob("*.parquet"))) == 5
    assert not list(own_cache.glob("*.tmp"))
    monkeypatch.setattr(build, "_parse", lambda files: pytest.fail("parsed again"))
    again = load_network(folder)
    pd.testing.assert_frame_equal(first.links, again.links)
    pd.testing.assert_frame_equal(first.nodes, again.nodes)
    assert first.sha256 == again.sha256


def test_an_edited_file_and_a_damaged_cache_are_parsed_again(write_network, own_cache):
    folder = write_network()
    load_network(folder)
    for file in own_cache.glob("*.parquet"):
        file.write_bytes(b"broken")
    assert len(load_network(folder).links) == 9
    path = folder / "map.osm"
    path.write_text(path.read_text(encoding="utf-8").replace('v="30"', 'v="31"'), encoding="utf-8")
    assert load_network(folder).links.loc[100_000, "length_km"] == 31


def test_many_readers_at_once_agree(write_network, own_cache):
    folder = write_network()
    load_network(folder)
    with ThreadPoolExecutor(4) as pool:
        sizes = set(pool.map(lambda _: len(load_network(folder).links), range(8)))
    assert sizes == {9}


def test_a_cache_that_cannot_be_written_is_no_error(write_network, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(load_network(write_network()).links) == 9


def test_settings_of_osmnx_are_left_as_they_were(write_network):
    before = (list(osmnx.settings.useful_tags_node), list(osmnx.settings.useful_tags_way), osmnx.settings.all_oneway)
    load_network(write_network(), cache=False)
    assert before == (osmnx.settings.useful_tags_node, osmnx.settings.useful_tags_way, osmnx.settings.all_oneway)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<osm>\n<node id='1'\n</osm>", "line 3: not well-formed XML"),
        ("", "not well-formed XML: no element found"),
        ("<?xml version='1.0'?>\n<html></html>", "line 2: the root element is <html>"),
        ("<osm></osm>", "has no nodes and ways"),
        ("<osm version='0.6'><node id='1' lat='1' lon='2'/></osm>", "no road, railway or waterway"),
        ("<osm><node id='1' lon='2'/></osm>", "lacks 'lat'"),
        (
            "<osm><node id='1' lat='1' lon='2'/><way id='3'><nd ref='1'/><nd ref='9'/><tag k='highway' v='primary'/></way></osm>",
            "missing nodes",
        ),
    ],
)
def test_a_bad_file_is_named_with_its_trouble(write_network, text, words):
    with pytest.raises(NetworkError, match=words) as caught:
        load_network(write_network(text), cache=False)
    assert "small" in str(caught.value)


def test_two_nodes_on_one_spot_are_a_centimetre_apart(write_network):
    text = """<osm version="0.6"><node id="1" lat="1" lon="2"/><node id="2" lat="1" lon="2"/>
    <way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>"""
    assert load_network(write_network(text), cache=False).links["length_km"].tolist() == [1e-5, 1e-5]


def test_an_entity_bomb_is_refused_before_it_grows(write_network):
    text = '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><osm version="0.6"><node id="1" lat="1" lon="1"><tag k="name" v="&b;"/></node></osm>'
    with pytest.raises(NetworkError, match="line 1: OSM XML has no document type"):
        load_network(write_network(text), cache=False)


def test_a_missing_folder_and_an_empty_one(tmp_path):
    with pytest.raises(NetworkError, match="no such folder"):
        load_network(tmp_path / "nowhere")
    with pytest.raises(NetworkError, match=r"no \.osm file"):
        load_network(tmp_path)

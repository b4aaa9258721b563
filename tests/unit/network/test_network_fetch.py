"""The parts of `network fetch`: areas and tiles, queries, answers on disk, and how osmnx is used."""

import ast
import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import geopandas
import pytest
import shapely
from overpass_server import TOWN, TOWN_BOX, node, overpass_json, reply, serving, way

import transport_sim
from transport_sim.errors import NetworkError
from transport_sim.network.answers import AnswerCache
from transport_sim.network.area import Area, box_area, polygon_area
from transport_sim.network.fetch import TRAVEL_MODES, FetchOptions, fetch_place, parse_modes, selectors
from transport_sim.network.osm_servers import LONGEST_PAUSE_S, Servers, _retry_after_s
from transport_sim.network.overpass import Extract, answer_problem, query_text

SQUARE = shapely.box(107.2, 31.1, 107.7, 31.4)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "four numbers"),
        ("107,31,108", "four numbers"),
        ("107,31,108,x", "four numbers"),
        ("107,31,108,nan", "four numbers"),
        ("107,31,108,inf", "four numbers"),
        ("31,107,32,108", "outside the globe; the order is west,south,east,north"),
        ("108,31,107,32", r"west \(108\) must be less than east \(107\)"),
        ("107,31,107,32", "west"),
        ("107,32,108,31", r"south \(32\) must be less than north \(31\)"),
    ],
)
def test_a_box_that_is_none_says_what_one_is(text, words):
    with pytest.raises(NetworkError, match=words):
        box_area(text)


def test_the_area_of_a_box_is_that_of_the_sphere():
    one_degree_at_the_equator_km2 = 12_364  # (pi/180)^2 R^2, less the curvature over a degree
    assert box_area("0,0,1,1").area_km2 == pytest.approx(one_degree_at_the_equator_km2, rel=1e-3)
    assert box_area("0,59.5,1,60.5").area_km2 == pytest.approx(one_degree_at_the_equator_km2 / 2, rel=1e-3)


def test_tiles_lie_on_one_grid_for_the_whole_world_and_cover_the_area():
    area = box_area("106.9,31.1,108.05,31.6")
    tiles = area.tiles(0.5)
    assert tiles == [
        *[
            (106.9, 31.1, 107.0, 31.5),
            (107.0, 31.1, 107.5, 31.5),
            (107.5, 31.1, 108.0, 31.5),
            (108.0, 31.1, 108.05, 31.5),
        ],
        *[
            (106.9, 31.5, 107.0, 31.6),
            (107.0, 31.5, 107.5, 31.6),
            (107.5, 31.5, 108.0, 31.6),
            (108.0, 31.5, 108.05, 31.6),
        ],
    ]
    assert shapely.union_all([shapely.box(*tile) for tile in tiles]).covers(area.geometry)
    assert area.tiles(0.5) == tiles
    assert box_area("107,31,107.5,31.5").tiles(0.5) == [(107.0, 31.0, 107.5, 31.5)]


def test_tiles_outside_a_polygon_are_left_out():
    triangle = Area(shapely.Polygon([(107, 31), (108, 31), (107, 32)]), "triangle")
    tiles = triangle.tiles(0.25)
    assert (107.75, 31.75, 108.0, 32.0) not in tiles
    assert 8 < len(tiles) < 16


def test_a_polygon_is_read_from_every_usual_file(tmp_path):
    frame = geopandas.GeoDataFrame(geometry=[SQUARE], crs=4326)
    frame.to_file(tmp_path / "a.geojson")
    frame.to_crs(32648).to_file(tmp_path / "a.gpkg")
    (tmp_path / "a.poly").write_text(
        "square\n1\n 107.2 31.1\n 107.7 31.1\n 107.7 31.4\n 107.2 31.4\nEND\n!2\n 107.3 31.2\n 107.4 31.2\n 107.4 31.3\nEND\nEND\n"
    )
    for name in ("a.geojson", "a.gpkg"):
        assert polygon_area(tmp_path / name).geometry.symmetric_difference(SQUARE).area < 1e-6
    assert polygon_area(tmp_path / "a.poly").geometry.area == pytest.approx(SQUARE.area - 0.005)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("gone.geojson", None, "no such polygon file"),
        ("a.geojson", "{", "cannot be read as a polygon file"),
        ("a.geojson", '{"type": "Point", "coordinates": [107, 31]}', "holds no polygon"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "holds no polygon"),
        ("a.txt", "107,31", "cannot be read as a polygon file"),
        ("a.poly", "square\n1\n 107 31\n 108 31\n", "begins and ends with END"),
        ("a.poly", "square\n1\n 107 31\n 108 north\nEND\nEND\n", "line 4: expected a longitude and a latitude"),
        ("a.poly", "square\n1\n 1e4 31\n 108 31\n 108 32\nEND\nEND\n", "outside the globe"),
    ],
)
def test_a_polygon_file_that_is_none_is_refused(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(NetworkError, match=words):
        polygon_area(tmp_path / name)


def test_modes_are_words_in_a_fixed_order():
    assert parse_modes("waterway, road") == ("road", "waterway")
    for text in ("rood", "", "road,air"):
        with pytest.raises(NetworkError, match="no mode"):
            parse_modes(text)


def test_a_query_asks_for_ways_with_all_nodes_places_and_turn_restrictions():
    query = query_text(selectors("rail"), (107.0, 31.0, 107.5, 31.5))
    assert query.startswith("[out:json][timeout:180]")
    assert 'way["railway"~"^(construction|proposed|rail)$"](31.000000,107.000000,31.500000,107.500000);' in query
    assert 'node["railway"~"^(halt|station|yard)$"](31.000000,107.000000,31.500000,107.500000);' in query
    assert '.w;.w>;rel(bw.w)["type"~"^restriction"];);\nout body qt;' in query


def test_every_kind_of_facility_is_asked_for_once():
    asked = {
        (s.key, value) for mode in TRAVEL_MODES for s in selectors(mode) for value in s.values if "node" in s.elements
    }
    assert {
        *[("railway", "station"), ("railway", "yard"), ("harbour", "yes"), ("lock", "yes"), ("waterway", "lock_gate")],
        *[("amenity", "bus_station"), ("amenity", "fuel"), ("amenity", "charging_station"), ("amenity", "marketplace")],
        *[("industrial", "logistics"), ("highway", "services"), ("amenity", "parking")],
    } <= asked


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "not Overpass's"),
        ({}, "not Overpass's"),
        ({"elements": [], "remark": "runtime error: Query timed out"}, "the server gave up: runtime error"),
        ({"elements": [{"type": "node", "id": 1}]}, "1 damaged elements"),
        ({"elements": [{"type": "node", "id": 1, "lon": 181, "lat": 0}]}, "damaged"),
        ({"elements": [{"type": "way", "id": 1, "nodes": ["a"]}]}, "damaged"),
        ({"elements": [{"type": "way", "id": 1, "nodes": [1], "tags": {"highway": 3}}]}, "damaged"),
        ({"elements": [{"type": "relation", "id": 1, "members": [{"ref": 1}]}]}, "damaged"),
        ({"elements": [{"type": "area", "id": 1}]}, "damaged"),
        ({"elements": ["node"]}, "damaged"),
    ],
)
def test_an_answer_that_is_none_is_recognised(answer, words):
    assert words in answer_problem(answer)
    assert not answer_problem({"elements": TOWN})


def test_elements_of_several_answers_are_kept_once_and_in_order(tmp_path):
    import osmium

    extract = Extract()
    for part in (TOWN[::-1], TOWN):
        extract.add(part)
    extract.write(tmp_path / "a.osm.pbf")
    found = [(item.type_str(), item.id) for item in osmium.FileProcessor(str(tmp_path / "a.osm.pbf"))]
    assert found == sorted(((e["type"][0], e["id"]) for e in TOWN), key=lambda key: ("nwr".index(key[0]), key[1]))


def test_a_way_without_its_nodes_is_an_error(tmp_path):
    extract = Extract()
    extract.add([node(1, 107, 31), way(5, [1, 2], highway="primary")])
    with pytest.raises(NetworkError, match=r"1 ways without all of their nodes, first way 5.*--refresh"):
        extract.write(tmp_path / "a.osm.pbf")


def test_an_answer_on_disk_counts_only_when_it_is_whole(tmp_path):
    cache = AnswerCache(tmp_path / "cache")
    assert cache.get("http://a", "query") is None
    kept = cache.put("http://a", "query", b"{}", retrieved="2026-11-22T00:00:00+00:00")
    assert cache.get("http://a", "query") == (b"{}", kept)
    assert cache.get("http://b", "query") is None
    (body,) = [file for file in cache.folder.iterdir() if not file.name.endswith(".about.json")]
    body.write_bytes(b"{")
    assert cache.get("http://a", "query") is None
    assert not list(cache.folder.glob("*.tmp"))


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NetworkError, match="cannot be kept here"):
        AnswerCache(tmp_path / "file").put("http://a", "query", b"{}", retrieved="")


def test_retry_after_is_a_number_or_a_date():
    assert _retry_after_s("17") == 17
    assert _retry_after_s(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)) == pytest.approx(
        60, abs=3
    )
    assert _retry_after_s("Fri, 01 Jan 2021 00:00:00 GMT") == 0
    assert _retry_after_s(None) is None
    assert _retry_after_s("soon") is None


@pytest.mark.parametrize("url", ["", "localhost:80", "ftp://a/b", "http://", "http://a:99999"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(NetworkError, match="--overpass-url"):
        FetchOptions(overpass_url=url)


def test_osmnx_is_left_as_it_was():
    import osmnx

    def state():
        return {
            name: value for name, value in vars(osmnx.settings).items() if not name.startswith("_")
        }, socket.getaddrinfo

    before = state()
    with serving(TOWN) as server, Servers.session(server.url, server.root) as servers:
        servers.overpass(query_text(selectors("road"), (107.0, 31.0, 108.0, 32.0)))
        assert state() != before
    assert state() == before
    with pytest.raises(NetworkError, match="cannot be reached"), Servers.session(server.url, server.root) as servers:
        servers.overpass("[out:json];")
    assert state() == before


def test_a_pause_is_that_of_the_server_or_doubles():
    pauses: list[float] = []
    with serving(TOWN) as server, Servers.session(server.url, server.root, sleep=pauses.append) as servers:
        server.misbehave(reply(504), reply(429, Retry_After="3"), reply(503), reply(200, b"<html>"))
        body, answer = servers.overpass(query_text(selectors("road"), (107.0, 31.0, 108.0, 32.0)))
    assert pauses == [5.0, 3.0, 20.0, 40.0]
    assert json.loads(body) == answer


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([reply(429)] * 5, r"no whole answer in 5 attempts; the last time the server was busy \(429"),
        ([reply(429, Retry_After=str(int(LONGEST_PAUSE_S) + 1))], r"wants to be left alone for 301 s; try again later"),
        ([reply(400, b"<p>parse error</p>")], r"refused \(400 Bad Request\): <p>parse error</p>"),
        ([reply(200, b"[" * 10**5)] * 5, "not the JSON that was asked for"),
        ([reply(200, b"")] * 5, "it is empty"),
        ([reply(200, overpass_json([]), length=10**4)] * 5, "the answer broke off"),
        ([reply(200, overpass_json([], remark="runtime error: out of memory"))] * 5, "gave up: runtime error"),
    ],
)
def test_a_server_that_does_not_answer_is_given_up(replies, words):
    with serving(TOWN) as server, Servers.session(server.url, server.root, sleep=lambda _: None) as servers:
        server.misbehave(*replies)
        with pytest.raises(NetworkError, match=words):
            servers.overpass("anything")
    assert len(server.queries) == len(replies)


def test_the_outline_of_a_place_is_kept():
    found = {"importance": 1, "boundingbox": ["31.1", "31.4", "107.2", "107.7"], "lat": "31", "lon": "107"}
    outline = {**found, "display_name": "达州市, 四川省, 中国", "geojson": shapely.geometry.mapping(SQUARE)}
    point = {**found, "geojson": {"type": "Point", "coordinates": [107, 31]}}
    with serving([], {"达州市, 四川省": [point, outline], "a point": [point]}) as server:
        options = FetchOptions(overpass_url=server.url, nominatim_url=server.root, sleep=lambda _: None)
        area = fetch_place("达州市, 四川省", options)
        assert area.geometry.equals(SQUARE)
        assert area.text == "place 达州市, 四川省 (达州市, 四川省, 中国)"
        assert fetch_place("达州市, 四川省", options) == area
        assert server.searches == ["达州市, 四川省"]
        with pytest.raises(NetworkError, match="no place 'Nowhere' is known"):
            fetch_place("Nowhere", options)
        with pytest.raises(NetworkError, match="no outline of it; give --bbox or --polygon"):
            fetch_place("a point", options)


def test_only_two_modules_import_osmnx():
    package = Path(transport_sim.__file__).parent
    found = set()
    for file in package.rglob("*.py"):
        for statement in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
            names += [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
            if any(name.split(".")[0] == "osmnx" for name in names):
                found.add(file.relative_to(package).as_posix())
    assert found <= {"network/build.py", "network/osm_servers.py"}


def test_the_town_of_the_tests_lies_in_two_tiles():
    assert len(box_area(TOWN_BOX).tiles(0.5)) == 2

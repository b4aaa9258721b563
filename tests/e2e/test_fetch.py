"""`transport-sim network fetch` from the command line to the network on disk, against a server on loopback."""

import hashlib
import json
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import shapely
from overpass_server import TOWN, TOWN_BOX, OverpassServer, overpass_json, reply, serving

from transport_sim.cli import main as cli
from transport_sim.network import osm_servers
from transport_sim.network.area import box_area
from transport_sim.network.build import load_network
from transport_sim.network.fetch import FetchOptions, fetch_network
from transport_sim.network.model import TABLE_SCHEMAS
from transport_sim.network.osm import import_osm
from transport_sim.network.overpass import Extract

QUERIES = 6
"""Two tiles, three modes."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(osm_servers, "FIRST_PAUSE_S", 0.01)
    return tmp_path / "cache" / "transport_sim" / "overpass"


@pytest.fixture
def server():
    with serving(TOWN) as running:
        yield running


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    """Run `network fetch` with these words; return exit code and what it printed."""

    def run(*words: str, output: Path = tmp_path / "town") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["transport-sim", "network", "fetch", "-o", str(output), *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        printed = capfd.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return run


def town(server: OverpassServer, *more: str) -> list[str]:
    return ["--bbox", TOWN_BOX, "--overpass-url", server.url, *more]


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    network = load_network(folder)
    return {name: getattr(network, name) for name in TABLE_SCHEMAS}


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], obj=name)


def assert_nothing_but_the_cache(tmp_path: Path) -> None:
    assert {path.name for path in tmp_path.iterdir()} <= {"cache"}
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_town_is_fetched_whole(server, command, tmp_path, cache):
    code, out, err = command(*town(server))
    assert (code, err) == (0, "")
    assert "road: " in out
    assert len(server.queries) == QUERIES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "town"]
    found = tables(tmp_path / "town")
    assert set(found["links"]["way_id"]) == {101, 102, 103, 104, 111, 121}
    assert {"fuel", "bus_station", "marketplace", "rail_station", "port", "lock"} <= set(found["facilities"]["kind"])
    (turn,) = found["turns"][found["turns"]["kind"].eq("no") & found["turns"]["via_node"].eq(2)].to_dict("records")
    assert (found["links"]["way_id"][turn["from_link"]], found["links"]["way_id"][turn["to_link"]]) == (101, 103)

    source = json.loads((tmp_path / "town" / "network.json").read_text(encoding="utf-8"))["source"]
    assert source["overpass"] == server.url
    assert [query["query"] for query in source["queries"]] == server.queries
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() for path in cache.iterdir()}
    assert {query["sha256"] for query in source["queries"]} <= kept
    assert all(query["retrieved"] and query["osm_base"] for query in source["queries"])


def test_fetch_and_import_make_the_same_network(server, command, tmp_path):
    extract = Extract()
    extract.add(TOWN)
    extract.write(tmp_path / "town.osm.pbf")
    network = import_osm(tmp_path / "town.osm.pbf", bbox=tuple(map(float, TOWN_BOX.split(","))))
    assert command(*town(server))[0] == 0
    assert_same(tables(tmp_path / "town"), {name: getattr(network, name) for name in TABLE_SCHEMAS})


def test_a_second_fetch_makes_no_request(server, command, tmp_path):
    assert command(*town(server))[0] == 0
    server.stop()
    code, _, err = command(*town(server), output=tmp_path / "again")
    assert (code, err, len(server.queries)) == (0, "", QUERIES)
    assert_same(tables(tmp_path / "town"), tables(tmp_path / "again"))


def test_refresh_asks_again(server, command, tmp_path):
    assert command(*town(server))[0] == 0
    assert command(*town(server, "--refresh"), output=tmp_path / "again")[0] == 0
    assert len(server.queries) == 2 * QUERIES


def test_small_tiles_give_the_same_network(server, command, tmp_path):
    assert command(*town(server))[0] == 0
    assert command(*town(server, "--tile-deg", "0.1"), output=tmp_path / "small")[0] == 0
    assert len(server.queries) > 2 * QUERIES
    assert_same(tables(tmp_path / "town"), tables(tmp_path / "small"))


def test_one_mode_is_fetched_alone(server, command, tmp_path):
    assert command(*town(server, "--modes", "rail"))[0] == 0
    assert len(server.queries) == 2
    assert set(tables(tmp_path / "town")["links"]["mode"]) == {"rail"}


def test_a_busy_server_is_asked_again_after_the_time_that_it_names(server, command):
    server.misbehave(reply(429, b"too many requests", Retry_After="1"))
    start = time.monotonic()
    code, _, err = command(*town(server))
    assert (code, err) == (0, "")
    assert time.monotonic() - start >= 1.0
    assert len(server.queries) == QUERIES + 1


@pytest.mark.parametrize(
    "fault",
    [
        reply(504, b"<html>gateway timeout</html>"),
        reply(429, b""),
        reply(200, overpass_json(TOWN)[:500]),
        reply(200, overpass_json(TOWN)[:500], length=10**6),
        reply(200, b"<html>the dispatcher is not running</html>"),
        reply(200, overpass_json(TOWN[:3], remark="runtime error: Query timed out")),
    ],
    ids=["504", "429", "truncated", "broken_off", "not_json", "gave_up"],
)
def test_a_fault_that_passes_leaves_no_trace(server, command, tmp_path, fault):
    assert command(*town(server))[0] == 0
    server.misbehave(fault, fault)
    code, _, err = command(*town(server, "--refresh"), output=tmp_path / "again")
    assert (code, err) == (0, "")
    assert len(server.queries) == 2 * QUERIES + 2
    assert_same(tables(tmp_path / "town"), tables(tmp_path / "again"))


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (
            [reply(429, b"", Retry_After="0")] * 5,
            "no whole answer in 5 attempts; the last time the server was busy (429 ",
        ),
        ([reply(504)] * 5, "no whole answer in 5 attempts; the last time the server was busy (504 Gateway Timeout)"),
        ([reply(200, overpass_json(TOWN)[:500], length=10**6)] * 5, "the answer broke off"),
        ([reply(200, overpass_json(TOWN)[:500])] * 5, "the answer is not the JSON that was asked for"),
        ([reply(200, b"<html>no</html>")] * 5, "the answer is not the JSON that was asked for (<html>no</html>)"),
        ([reply(400, b"parse error")], "the server refused (400 Bad Request): parse error"),
    ],
    ids=["429", "504", "broken_off", "truncated", "not_json", "400"],
)
def test_a_fault_that_stays_is_told_and_leaves_the_cache_only(server, command, cache, faults, words):
    good = [
        lambda handler, n=n: reply(200, overpass_json(server.world.answer(server.queries[n])))(handler)
        for n in range(2)
    ]
    server.misbehave(*good, *faults)
    code, out, err = command(*town(server))
    assert (code, out) == (2, "")
    assert words in err
    assert "2 of 6 queries are answered and kept; the same command goes on from there" in err
    assert "Traceback" not in err
    assert_nothing_but_the_cache(cache.parents[2])
    assert len(list(cache.glob("*.about.json"))) == 2

    asked = len(server.queries)
    assert command(*town(server))[0] == 0
    assert len(server.queries) == asked + QUERIES - 2


def test_an_interrupted_fetch_asks_for_the_missing_tiles_only(server, command):
    def interrupt(done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    options = FetchOptions(overpass_url=server.url)
    with pytest.raises(KeyboardInterrupt):
        fetch_network(box_area(TOWN_BOX), options, interrupt)
    assert len(server.queries) == 4
    first = list(server.queries)
    assert command(*town(server))[0] == 0
    assert len(server.queries) == QUERIES
    assert not set(server.queries[4:]) & set(first)


def test_a_dead_server_is_told_at_once(server, command, tmp_path):
    server.stop()
    code, out, err = command(*town(server))
    assert (code, out) == (2, "")
    assert f"{server.url}: cannot be reached (Connection refused)" in err
    assert "name another server with --overpass-url" in err
    assert_nothing_but_the_cache(tmp_path)


def test_an_empty_area_is_told(server, command, tmp_path):
    code, out, err = command("--bbox", "100,20,100.1,20.1", "--overpass-url", server.url)
    assert (code, out) == (2, "")
    assert "box 100,20,100.1,20.1: there is nothing there" in err
    assert_nothing_but_the_cache(tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "one of --place, --bbox and --polygon"),
        (["--bbox", TOWN_BOX, "--place", "达州市"], "one of --place, --bbox and --polygon"),
        (["--bbox", "108,31,107,32"], "west (108) must be less than east (107)"),
        (["--bbox", "100,20,110,30"], "too large to ask a query server for"),
        (["--polygon", "gone.geojson"], "gone.geojson: no such polygon file"),
        (["--bbox", TOWN_BOX, "--modes", "road,ral"], "no mode 'ral'; did you mean 'rail'?"),
        (["--bbox", TOWN_BOX, "--tile-deg", "0"], "tiles must be 0.05 to 2 degrees wide"),
        (["--bbox", TOWN_BOX, "--overpass-url", "overpass-api.de"], "is no address such as https://"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is_asked(command, tmp_path, words, message):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert_nothing_but_the_cache(tmp_path)


def test_a_folder_in_use_is_refused_before_anything_is_asked(server, command, tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "diary.txt").write_text("mine")
    code, _, err = command(*town(server))
    assert code == 2
    assert "town: is not empty; give another folder" in err
    assert not server.queries
    assert [path.name for path in (tmp_path / "town").iterdir()] == ["diary.txt"]


def test_a_place_is_fetched_by_its_name(command, tmp_path):
    outline = shapely.geometry.mapping(shapely.box(*map(float, TOWN_BOX.split(","))))
    result = {"importance": 0.7, "lat": "31.2", "lon": "107.5", "display_name": "达州市, 四川省, 中国"}
    result |= {"boundingbox": ["31.15", "31.35", "107.39", "107.65"], "geojson": outline}
    with serving(TOWN, {"达州市, 四川省": [result]}) as server:
        servers = ["--overpass-url", server.url, "--nominatim-url", server.root]
        assert command("--place", "达州市, 四川省", *servers)[0] == 0
        assert command("--place", "达州市, 四川省", *servers, output=tmp_path / "again")[0] == 0
        assert (len(server.searches), len(server.queries)) == (1, QUERIES)
        code, _, err = command("--place", "Atlantis", *servers, output=tmp_path / "atlantis")
        assert (code, err.strip()) == (2, f"no place 'Atlantis' is known to {server.root}")
    assert_same(tables(tmp_path / "town"), tables(tmp_path / "again"))


def test_a_polygon_cuts_the_network(server, command, tmp_path):
    west = shapely.box(107.39, 31.15, 107.50, 31.35)
    (tmp_path / "west.geojson").write_text(shapely.to_geojson(west))
    assert command("--polygon", tmp_path / "west.geojson", "--overpass-url", server.url)[0] == 0
    nodes = tables(tmp_path / "town")["nodes"]
    assert nodes["lon"].max() <= 107.50
    assert 4 not in nodes.index


@pytest.mark.remote
def test_a_live_server_knows_dazhou(tmp_path, command):
    code, out, err = command("--bbox", "107.46,31.19,107.50,31.22")
    assert (code, err) == (0, "")
    assert "road: " in out

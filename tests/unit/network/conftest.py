from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from transport_sim.network.build import load_network
from transport_sim.network.model import LINK_SCHEMA, NODE_SCHEMA, TURN_SCHEMA, Network, as_schema

SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="test">
  <node id="1" version="1" lat="31.0" lon="107.0"><tag k="ref" v="A"/><tag k="name" v="甲"/></node>
  <node id="2" version="1" lat="31.0" lon="107.1"/>
  <node id="3" version="1" lat="31.0" lon="107.2"><tag k="ref" v="B"/></node>
  <node id="4" version="1" lat="31.1" lon="107.2"><tag k="ref" v="C"/><tag k="railway" v="station"/></node>
  <node id="5" version="1" lat="31.1" lon="107.0"><tag k="ref" v="P1"/><tag k="harbour" v="yes"/></node>
  <node id="6" version="1" lat="31.2" lon="107.0"><tag k="ref" v="L"/><tag k="lock" v="yes"/>
    <tag k="lock:length" v="120"/><tag k="lock:cycle" v="12"/>
    <tag k="transport_sim:status" v="construction"/><tag k="opening_date" v="2027"/></node>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
    <tag k="highway" v="primary"/><tag k="lanes" v="4"/><tag k="distance" v="30"/><tag k="toll" v="yes"/>
    <tag k="gradient:mean_absolute" v="2.5%"/></way>
  <way id="11" version="1"><nd ref="3"/><nd ref="4"/>
    <tag k="highway" v="construction"/><tag k="construction" v="motorway"/><tag k="oneway" v="yes"/>
    <tag k="lanes" v="2"/><tag k="maxspeed" v="50 mph"/><tag k="opening_date" v="2027-05-01"/></way>
  <way id="12" version="1"><nd ref="3"/><nd ref="4"/>
    <tag k="railway" v="rail"/><tag k="electrified" v="contact_line"/><tag k="tracks" v="2"/><tag k="incline:max" v="12‰"/></way>
  <way id="13" version="1"><nd ref="6"/><nd ref="5"/>
    <tag k="waterway" v="river"/><tag k="current" v="0.5"/><tag k="class:CN" v="IV"/><tag k="depth" v="1.9 m"/></way>
  <way id="14" version="1"><nd ref="1"/><nd ref="2"/><nd ref="4"/><nd ref="1"/><tag k="building" v="yes"/></way>
  <way id="15" version="1"><nd ref="4"/><nd ref="1"/>
    <tag k="highway" v="proposed"/><tag k="proposed" v="trunk"/><tag k="opening_date" v="2020"/></way>
</osm>
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "transport_sim"


@pytest.fixture
def small_text() -> str:
    return SMALL


@pytest.fixture
def write_network(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = SMALL, name: str = "map.osm") -> Path:
        folder = tmp_path / "small"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def small(write_network: Callable[..., Path]) -> Network:
    return load_network(write_network(), cache=False)


def _blank(schema, index, **columns):
    """A table of a schema: the columns given, and nothing in the others."""
    frame = pd.DataFrame(index=index)
    for name in schema.columns:
        frame[name] = columns.get(name)
    return as_schema(frame, schema)


def bare_network(ends, *, mode="road", turns=(), link_ids=None, checked=True, **columns) -> Network:
    """A network of links from and to nodes 0..n-1, one km long each unless said otherwise; turns as rows.

    Unchecked tables have the columns that routing reads, and are there in a hundredth of the time.
    """
    ends = np.array(ends, dtype=np.int64).reshape(-1, 2)
    count = int(ends.max(initial=0)) + 1
    places = {
        "lon": np.arange(count) % 1000 * 0.01,
        "lat": np.arange(count) // 1000 * 0.01 + np.arange(count) % 7 * 0.01,
    }
    given = {
        "from_node": ends[:, 0],
        "to_node": ends[:, 1],
        "mode": mode,
        "length_km": 1.0,
        "free_speed_kmh": 50.0,
    } | columns
    index = pd.RangeIndex(len(ends)) if link_ids is None else pd.Index(link_ids)
    names = list(TURN_SCHEMA.columns)
    rows = {name: [row[i] if i < len(row) else "" for row in turns] for i, name in enumerate(names)}
    if not checked:
        nodes, links = pd.DataFrame(places), pd.DataFrame(given, index=index)
        return SimpleNamespace(nodes=nodes, links=links, turns=pd.DataFrame(rows))
    nodes = _blank(NODE_SCHEMA, range(count), mode="road", status="open", **places)
    given |= {"way_id": range(len(ends)), "free_speed_source": "default", "toll": False, "status": "open"}
    turn_table = _blank(TURN_SCHEMA, range(len(turns)), **rows)
    return Network("bare", nodes, _blank(LINK_SCHEMA, index, **given), turns=turn_table)


@pytest.fixture(scope="session")
def bare() -> Callable[..., Network]:
    return bare_network

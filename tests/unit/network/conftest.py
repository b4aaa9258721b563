from collections.abc import Callable
from pathlib import Path

import pytest

from transport_sim.network.build import load_network
from transport_sim.network.model import Network

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

import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pyogrio
import pytest

from transport_sim.cli.main import main
from transport_sim.errors import NetworkError, OutputError
from transport_sim.network.build import load_network
from transport_sim.network.export import export_network
from transport_sim.network.gmns import read_gmns, write_gmns
from transport_sim.network.model import FACILITY_SCHEMA, TABLE_SCHEMAS, UNREAD_SCHEMA, Network, as_schema
from transport_sim.paths import embedded


@pytest.fixture(scope="module")
def dazhou(tmp_path_factory) -> Network:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return load_network(embedded("networks/dazhou"))


@pytest.fixture
def rich(bare) -> Network:
    """A network with turns, facilities, unread tags and awkward texts."""
    network = bare([(0, 1), (1, 0), (1, 2), (2, 3), (3, 1)], turns=[(0, 1, 2, "no", "bus;taxi"), (2, 2, 3, "only", "")])
    links = network.links.assign(
        name=['a "quoted", name', "line\nbreak\r", "达州", "NA", " "],
        access_closed=["bus", "", "car;taxi", "", ""],
        length_km=[0.1 + 0.2, 1 / 3, np.nextafter(1, 2), 1e-3, 12345.678901234567],
        lanes_count=pd.array([1, None, 3, 2, 2], dtype="Int64"),
        capacity_pcu_h=[900.0, np.nan, 3600.5, 1.0, 2.0],
        geometry_wkt=["LINESTRING (0 0, 0.005 0.001, 0.01 0.01)", "", "", "", ""],
    )
    facility = {"kind": ["fuel", "lock"], "name": ["", "null"], "name_en": "", "lon": [0.1, 0.2], "lat": 0.0}
    facility |= {"node_id": [2, None], "snap_km": [0.123456789012345, None], "osm_id": ["node/8", "way/9"]}
    facilities = as_schema(pd.DataFrame(facility, index=[16, 19]), FACILITY_SCHEMA)
    unread = as_schema(pd.DataFrame({"key": ["oneway"], "value": ["perhaps"], "ways_count": [3]}), UNREAD_SCHEMA)
    return replace(network, links=links, facilities=facilities, unread_tags=unread, provenance={"elevation": "flat"})


def same(one: Network, other: Network) -> None:
    assert (one.name, one.provenance) == (other.name, other.provenance)
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True, obj=table)


@pytest.mark.parametrize("target", ["gmns", "map.zip"])
def test_gmns_gives_the_same_network_back(dazhou, rich, tmp_path, target):
    for network in (dazhou, rich):
        write_gmns(network, tmp_path / network.name / target)
        same(network, load_network(tmp_path / network.name / target))


def test_gmns_has_the_standard_columns_and_the_same_bytes_each_time(rich, tmp_path):
    write_gmns(rich, tmp_path / "one")
    write_gmns(rich, tmp_path / "one.zip")
    write_gmns(rich, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    links = pd.read_csv(tmp_path / "one" / "link.csv")
    assert links["from_node_id"].tolist() == [0, 1, 1, 2, 3]
    assert links["directed"].eq(1).all()
    assert links["capacity"][2] == pytest.approx(3600.5 / 3)
    assert "bus" not in links["allowed_uses"][0].split(",")
    nodes = pd.read_csv(tmp_path / "one" / "node.csv")
    assert {"node_id", "x_coord", "y_coord", "node_type"} <= set(nodes)
    turns = pd.read_csv(tmp_path / "one" / "movement.csv")
    assert turns[["ib_link_id", "node_id", "ob_link_id"]].to_numpy().tolist() == [[0, 1, 2], [2, 2, 3]]
    assert turns["type"].isin(["left", "right", "thru", "uturn"]).all()
    config = pd.read_csv(tmp_path / "one" / "config.csv").loc[0]
    assert (config["long_length"], config["speed"], config["crs"]) == ("km", "km/h", "EPSG:4326")


@pytest.fixture
def foreign(tmp_path) -> Path:
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "config.csv").write_text("dataset_name,long_length,speed,crs\ntown,mile,mph,EPSG:4326\n")
    (folder / "node.csv").write_text("node_id,x_coord,y_coord\nA,0,0\nB,0.01,0\nC,0.01,0.01\n")
    (folder / "link.csv").write_text(
        "link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,capacity,facility_type,allowed_uses,geometry_id,dir_flag\n"
        "x,A,B,true,2,30,2,900,primary,all,g,1\n"
        'y,B,C,false,,,,,lane,"auto,bike",h,-1\n'
    )
    (folder / "geometry.csv").write_text(
        'geometry_id,geometry\ng,"LINESTRING (0 0, 0.01 0)"\nh,"LINESTRING (0.01 0.01, 0.01 0)"\n'
    )
    return folder


def test_gmns_of_others_is_read_with_its_units_and_undirected_links(foreign):
    network = load_network(foreign)
    links = network.links
    assert len(links) == 3
    first = links.iloc[0]
    assert (first["length_km"], first["free_speed_kmh"]) == pytest.approx((3.218688, 48.28032))
    assert (first["lanes_count"], first["capacity_pcu_h"], first["access_closed"]) == (2, 1800, "")
    there, back = links.iloc[1], links.iloc[2]
    assert (there["from_node"], there["to_node"]) == (back["to_node"], back["from_node"])
    assert there["geometry_wkt"] == "LINESTRING (0.01 0, 0.01 0.01)"
    assert back["geometry_wkt"] == "LINESTRING (0.01 0.01, 0.01 0)"
    assert there["length_km"] == pytest.approx(1.112, abs=0.001)
    assert there["free_speed_source"] == "default"
    assert "bus" in there["access_closed"].split(";")
    assert "car" not in there["access_closed"].split(";")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("node.csv", "node_id,x_coord\nA,0\n", "y_coord"),
        ("node.csv", "node_id,x_coord,y_coord\nA,0,0\n", "node.csv does not have"),
        ("node.csv", "node_id,x_coord,y_coord\nA,east,0\nB,0,0\nC,0,0\n", "east"),
        ("node.csv", "node_id,x_coord,y_coord\nA,200,0\nB,0,0\nC,0,0\n", "lon"),
        ("node.csv", "node_id,x_coord,y_coord\nA,0,0\nA,1,0\nB,0,0\nC,0,0\n", "unique"),
        ("link.csv", "", "cannot be read"),
        ("link.csv", 'link_id,from_node_id,to_node_id\n1,A,"B\n', "cannot be read"),
        ("link.csv", "link_id,from_node_id,to_node_id,geometry\n1,A,B,LINE\n", "WKT"),
        ("link.csv", "link_id,from_node_id,to_node_id,length\n1,A,B,far\n", "far"),
        ("config.csv", "long_length\nfurlong\n", "furlong"),
        ("config.csv", "crs\nEPSG:3857\n", "3857"),
        ("transport_sim.json", "[]", "object"),
        ("transport_sim.json", "{", "transport_sim.json"),
    ],
)
def test_damaged_gmns_is_refused_with_the_file(foreign, file, text, message):
    (foreign / file).write_text(text)
    with pytest.raises(NetworkError, match=message):
        load_network(foreign)


def test_zips_that_are_no_network_are_refused(tmp_path, foreign):
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(NetworkError, match=r"no node\.csv and no link\.csv"):
        load_network(tmp_path / "empty.zip")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(NetworkError):
        load_network(tmp_path / "text.zip")
    (foreign / "link.csv").write_bytes(b"link_id,from_node_id,to_node_id,name\n1,A,B,\xff\xfe\n")
    with pytest.raises(NetworkError, match="cannot be read"):
        read_gmns(foreign)


def test_a_geopackage_has_a_layer_a_table(rich, tmp_path):
    export_network(rich, tmp_path / "map.gpkg", "geopackage")
    layers = {
        name: pyogrio.read_dataframe(tmp_path / "map.gpkg", layer=name)
        for name in pyogrio.list_layers(tmp_path / "map.gpkg")[:, 0]
    }
    assert {name: len(layer) for name, layer in layers.items()} == {"nodes": 4, "links": 5, "facilities": 2, "turns": 2}
    assert all(layer.crs.to_epsg() == 4326 and layer.geometry.is_valid.all() for layer in layers.values())
    assert len(layers["links"].geometry[0].coords) == 3
    assert layers["links"]["length_km"].tolist() == rich.links["length_km"].tolist()


def test_graphml_is_read_by_networkx_and_osmnx(dazhou, rich, tmp_path):
    for network in (dazhou, rich):
        file = tmp_path / f"{network.name}.graphml"
        export_network(network, file, "graphml")
        assert len(nx.read_graphml(file).edges) == len(network.links)
        graph = osmnx.load_graphml(file)
        assert set(graph.nodes) == set(network.nodes.index)
        metres = sum(length for *_, length in graph.edges(data="length"))
        assert metres == pytest.approx(1000 * network.links["length_km"].sum())
    assert graph.edges[0, 1, 0]["geometry"].wkt == rich.links["geometry_wkt"][0]
    assert graph.edges[2, 3, 0]["oneway"] is True


def test_what_cannot_be_written_leaves_nothing(rich, tmp_path):
    (tmp_path / "file").write_text("here")
    for target, file_format, message in (
        ("missing/folder/map.gpkg", "geopackage", "cannot be written"),
        ("map.shp", "geopackage", r"ends in \.gpkg"),
        ("map.csv", "shapefile", "no format 'shapefile'"),
        ("file/map", "gmns", "cannot be written"),
        ("file", "gmns", "is a file"),
        (".", "graphml", "is a folder"),
    ):
        with pytest.raises(OutputError, match=message):
            export_network(rich, tmp_path / target, file_format)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def command(monkeypatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["transport-sim", "network", *words])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_the_commands_export_and_validate(foreign, tmp_path, monkeypatch, capsys):
    assert command(monkeypatch, "export", str(foreign), "-o", str(tmp_path / "t.graphml"), "--format", "graphml") == 0
    assert command(monkeypatch, "export", str(foreign), "-o", str(tmp_path / "t"), "--format", "csv") == 2
    assert command(monkeypatch, "export", str(tmp_path / "none"), "-o", str(tmp_path / "t"), "--format", "gmns") == 2
    assert capsys.readouterr().err.count("no such folder") == 1
    places = tmp_path / "places.gpkg"
    assert command(monkeypatch, "validate", str(foreign), "-o", str(places)) == 0
    assert command(monkeypatch, "validate", str(foreign), "--strict") == 2
    assert "every_open_road_reaches_every_other" in pyogrio.list_layers(places)[:, 0]
    assert command(monkeypatch, "validate", str(foreign), "-o", str(tmp_path / "places.json")) == 2

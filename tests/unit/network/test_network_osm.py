import bz2
import gzip
import json

import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from transport_sim.cli.main import app
from transport_sim.errors import NetworkError, OutputError
from transport_sim.network.build import load_network
from transport_sim.network.model import TABLE_SCHEMAS
from transport_sim.network.osm import import_osm
from transport_sim.network.routing import shortest_paths
from transport_sim.network.storage import save_network

TOWN = """<osm version="0.6"><bounds minlat="31" minlon="107" maxlat="31.1" maxlon="107.1"/>
<node id="1" lat="31.00" lon="107.00"/><node id="2" lat="31.01" lon="107.00"/><node id="3" lat="31.02" lon="107.00"/>
<node id="4" lat="31.01" lon="107.01"/><node id="5" lat="31.01" lon="107.02"/><node id="6" lat="31.02" lon="107.02"/>
<node id="7" lat="31.015" lon="107.03"/>
<node id="21" lat="31.05" lon="107.00"/><node id="22" lat="31.05" lon="107.01"/><node id="23" lat="31.05" lon="107.02"/>
<node id="24" lat="31.05" lon="107.03"/><node id="25" lat="31.051" lon="107.00"/>
<node id="26" lat="31.0503" lon="107.0101"><tag k="railway" v="station"/><tag k="name" v="站"/></node>
<node id="31" lat="31.08" lon="107.00"/><node id="32" lat="31.08" lon="107.01"/><node id="33" lat="31.08" lon="107.02"/>
<node id="34" lat="31.08" lon="107.03"/>
<node id="40" lat="31.011" lon="107.0205"><tag k="amenity" v="fuel"/><tag k="name" v="加油站"/></node>
<way id="101"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
<way id="102"><nd ref="2"/><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="oneway" v="-1"/></way>
<way id="103"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/><tag k="highway" v="residential"/></way>
<way id="104"><nd ref="7"/><nd ref="999"/><tag k="highway" v="residential"/></way>
<way id="201"><nd ref="21"/><nd ref="22"/><nd ref="23"/><tag k="railway" v="rail"/><tag k="railway:preferred_direction" v="forward"/></way>
<way id="202"><nd ref="23"/><nd ref="24"/><tag k="railway" v="rail"/></way>
<way id="203"><nd ref="25"/><nd ref="23"/><tag k="railway" v="rail"/><tag k="service" v="yard"/></way>
<way id="301"><nd ref="31"/><nd ref="32"/><tag k="waterway" v="river"/></way>
<way id="302"><nd ref="32"/><nd ref="33"/><tag k="waterway" v="canal"/><tag k="lock" v="yes"/><tag k="lock:length" v="120"/><tag k="name" v="船闸"/></way>
<way id="303"><nd ref="33"/><nd ref="34"/><tag k="waterway" v="river"/><tag k="current" v="1.2"/></way>
<way id="401"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/><tag k="landuse" v="depot"/></way>
<way id="501"><nd ref="3"/><nd ref="6"/></way><way id="502"><nd ref="6"/><nd ref="7"/><nd ref="3"/></way>
<relation id="401"><member type="way" ref="501" role="outer"/><member type="way" ref="502" role=""/><member type="way" ref="401" role="inner"/>
  <member type="way" ref="998" role="outer"/><tag k="type" v="multipolygon"/><tag k="landuse" v="logistics"/><tag k="name" v="物流园"/></relation>
<relation id="402"><member type="way" ref="999" role="outer"/><tag k="type" v="multipolygon"/><tag k="amenity" v="parking"/></relation>
<relation id="403"><member type="way" ref="501" role="outer"/><tag k="type" v="multipolygon"/><tag k="building" v="yes"/></relation>
<relation id="404"><member type="way" ref="501" role="outer"/><tag k="type" v="site"/><tag k="amenity" v="parking"/></relation>
<relation id="501"><member type="way" ref="101" role="from"/><member type="node" ref="2" role="via"/><member type="way" ref="101" role="to"/>
  <tag k="type" v="restriction"/><tag k="restriction" v="no_u_turn"/></relation>
<relation id="502"><member type="way" ref="102" role="from"/><member type="node" ref="2" role="via"/><member type="way" ref="101" role="to"/>
  <tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
<relation id="503"><member type="way" ref="103" role="from"/><member type="node" ref="5" role="via"/><member type="way" ref="102" role="to"/>
  <tag k="type" v="restriction"/><tag k="restriction:hgv" v="no_right_turn"/></relation>
</osm>"""


@pytest.fixture
def town(tmp_path):
    file = tmp_path / "town.osm"
    file.write_text(TOWN, encoding="utf-8")
    return file


def as_pbf(source, target):
    with osmium.io.Reader(str(source)) as reader:
        header = reader.header()
    with osmium.SimpleWriter(str(target), header=header, overwrite=True) as writer:
        for element in osmium.FileProcessor(str(source)):
            writer.add(element)
    return target


def assert_same(one, other):
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), rtol=1e-12)


def test_both_ways_to_read_a_file_give_the_same_network(write_network, tmp_path):
    folder = write_network()
    through_osmnx = load_network(folder, cache=False)
    assert_same(through_osmnx, import_osm(folder / "map.osm"))
    assert_same(through_osmnx, import_osm(as_pbf(folder / "map.osm", tmp_path / "small.osm.pbf")))


def test_the_town_through_osmnx_and_directly(town, tmp_path):
    whole = TOWN.replace('<nd ref="7"/><nd ref="999"/>', '<nd ref="7"/><nd ref="6"/>')
    town.write_text(whole, encoding="utf-8")
    assert_same(load_network(tmp_path, cache=False), import_osm(town))


def test_compressed_files_are_the_same_map(town, tmp_path):
    plain = import_osm(town)
    for ending, pack in ((".osm.gz", gzip.compress), (".osm.bz2", bz2.compress)):
        file = tmp_path / f"packed{ending}"
        file.write_bytes(pack(town.read_bytes()))
        assert_same(plain, import_osm(file))
    assert_same(plain, import_osm(as_pbf(town, tmp_path / "town.osm.pbf")))
    assert plain.name == "town"


def test_pieces_directions_and_ids(town):
    network = import_osm(town)
    links = network.links
    assert links.loc[[1010000, 1010001, 1010002, 1010003], ["from_node", "to_node"]].to_numpy().tolist() == [
        [1, 2],
        [2, 1],
        [2, 3],
        [3, 2],
    ]
    assert 1020000 not in links.index, "against its drawing only"
    assert links.loc[1020001, ["from_node", "to_node"]].tolist() == [5, 2]
    assert links.loc[1020001, "geometry_wkt"] == "LINESTRING (107.02 31.01, 107.01 31.01, 107 31.01)"
    assert set(links.index[links["way_id"] == 103]) == {1030000, 1030001}
    assert 104 not in set(links["way_id"]), "the way ends outside the extract"
    assert network.provenance["ways_cut_at_missing_nodes"] == 1
    assert network.provenance["source"]["bounds"] == [107.0, 31.0, 107.1, 31.1]


def test_rivers_know_where_down_is_and_a_lock_is_a_node(town):
    network = import_osm(town)
    assert network.links.loc[[3010000, 3010001, 3030000, 3020000], "current_ms"].tolist()[:3] == [0.5, -0.5, 1.2]
    assert np.isnan(network.links.loc[3020000, "current_ms"])
    assert network.nodes.loc[32, ["kind", "name", "lock_length_m"]].tolist() == ["lock", "船闸", 120.0]


def test_facilities_lie_at_the_nearest_node_of_their_mode(town):
    network = import_osm(town)
    table = network.facilities.set_index("osm_id")
    assert table.loc["node/26", ["kind", "node_id"]].tolist() == ["rail_station", 22]
    assert table.loc["node/40", ["kind", "name", "node_id"]].tolist() == ["fuel", "加油站", 5]
    assert table.loc["way/401", "kind"] == "bus_depot"
    assert network.nodes.loc[22, ["kind", "name"]].tolist() == ["station", "站"], "a vertex beside a station stays"
    assert table.loc["node/26", "snap_km"] < 0.05


def test_a_facility_made_of_ways_lies_at_the_middle_of_its_outer_ways(town):
    table = import_osm(town).facilities.set_index("osm_id", append=True).reset_index("facility_id")
    assert [osm_id for osm_id in table.index if osm_id.startswith("relation")] == ["relation/401"]
    area = table.loc["relation/401"]
    assert area[["kind", "name", "facility_id"]].tolist() == ["logistics", "物流园", 10**15 + 802]
    assert area[["lon", "lat"]].tolist() == pytest.approx([(107.0 + 107.02 + 107.03) / 3, (31.02 + 31.02 + 31.015) / 3])
    assert {"way/401", "relation/401"} <= set(table.index), "ways and relations are counted apart"
    part = import_osm(town, bbox=(106.99, 30.99, 107.025, 31.03)).facilities.set_index("osm_id")
    assert part.loc["relation/401", "lon"] == pytest.approx((107.0 + 107.02) / 2), "of the nodes that are there"


def test_missing_nodes_do_not_move_a_facility(town):
    """The node that follows a missing one in the file must not count twice."""
    outline = '<way id="401"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/>'
    assert outline in TOWN
    cut = outline.replace("5", "7").replace('ref="6"', 'ref="10"/><nd ref="21"')
    town.write_text(TOWN.replace(outline, cut), encoding="utf-8")
    place = import_osm(town).facilities.set_index("osm_id").loc["way/401"]
    assert place[["lon", "lat"]].tolist() == pytest.approx([(107.03 + 107.0) / 2, (31.015 + 31.05) / 2])


def test_turns_of_the_map_and_of_trains(town):
    network = import_osm(town)
    road = network.turns[network.turns["via_node"].isin([2, 5])]
    rows = road[["from_link", "via_node", "to_link", "kind", "vehicle_classes"]].to_numpy().tolist()
    assert [1010000, 2, 1010001, "no", ""] in rows
    assert [1010003, 2, 1010002, "no", ""] in rows, "a U-turn is forbidden from both sides"
    assert [row[4] for row in rows if row[1] == 5] == []
    assert ("restriction", "ways that do not meet at the node") in set(
        network.unread_tags[["key", "value"]].itertuples(index=False, name=None)
    )
    rail = network.turns[network.turns["via_node"] == 23][["from_link", "to_link"]].to_numpy().tolist()
    assert [2010002, 2010003] in rail, "there and back"
    assert [2030000, 2010003] in rail, "from the yard back into the other leg of the switch"
    assert [2010002, 2020000] not in rail
    assert not (network.turns["via_node"] == 22).any(), "trains turn back at a station"


def test_directions_of_tracks(town):
    links = import_osm(town).links
    assert links.loc[[2010000, 2010001, 2020000], "preferred_direction"].tolist() == ["with", "against", ""]
    assert links.loc[2030000, "service"] == "yard"


def test_a_box_or_a_polygon_cuts_ways(town):
    box = import_osm(town, bbox=(106.99, 30.99, 107.015, 31.03))
    assert set(box.links["way_id"]) == {101, 102}
    assert box.links.loc[box.links["way_id"] == 102, ["from_node", "to_node"]].to_numpy().tolist() == [[4, 2]]
    polygon = import_osm(town, polygon=shapely.box(106.99, 30.99, 107.015, 31.03))
    assert_same(box, polygon)
    with pytest.raises(NetworkError, match="no road, rail, waterway in it inside the area"):
        import_osm(town, bbox=(1, 1, 2, 2))
    with pytest.raises(NetworkError, match="west,south,east,north"):
        import_osm(town, bbox=(2, 1, 1, 2))
    with pytest.raises(NetworkError, match="not both"):
        import_osm(town, bbox=(1, 1, 2, 2), polygon=shapely.box(1, 1, 2, 2))


def test_modes_may_be_chosen(town):
    assert set(import_osm(town, modes=["rail"]).links["mode"]) == {"rail"}
    with pytest.raises(NetworkError, match="give some of road, rail, waterway"):
        import_osm(town, modes=["air"])


def test_an_isolated_ring_keeps_all_its_nodes_and_a_loop_starts_at_its_junction(tmp_path, write_network):
    nodes = "".join(f'<node id="{n}" lat="31.0{n}" lon="107.{n % 3}"/>' for n in range(1, 9))
    ways = (
        '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="highway" v="residential"/></way>'
        '<way id="2"><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="4"/><tag k="highway" v="residential"/></way>'
        '<way id="3"><nd ref="6"/><nd ref="8"/><tag k="highway" v="residential"/></way>'
    )
    folder = write_network(f'<osm version="0.6">{nodes}{ways}</osm>')
    network = import_osm(folder / "map.osm")
    assert set(network.nodes.index) == {1, 2, 3, 6, 8}
    loop = network.links[network.links["way_id"] == 2]
    assert loop[["from_node", "to_node"]].to_numpy().tolist() == [[6, 6], [6, 6]]
    assert_same(load_network(folder, cache=False), network)


def test_the_order_of_elements_does_not_matter(tmp_path, town):
    head, rest = TOWN.split("<way", 1)
    body, relations = rest.split("<relation", 1)
    nodes = head.partition("/>")[2]
    bounds = head.partition("/>")[0] + "/>"
    turned = f"{bounds}<relation{relations.replace('</osm>', '')}<way{body}{nodes}</osm>"
    other = tmp_path / "turned.osm"
    other.write_text(turned, encoding="utf-8")
    assert_same(import_osm(town), import_osm(other))


def test_a_stored_network_reads_back_the_same(town, tmp_path):
    network = import_osm(town)
    save_network(network, tmp_path / "stored")
    again = load_network(tmp_path / "stored")
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(network, table), getattr(again, table))
    assert again.provenance["source"]["sha256"] == network.provenance["source"]["sha256"]
    assert set(again.sha256) == {f"{table}.parquet" for table in TABLE_SCHEMAS}
    manifest = json.loads((tmp_path / "stored" / "network.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["links"] == len(network.links)
    assert manifest["elevation"] == "flat"
    with pytest.raises(OutputError, match="not empty"):
        save_network(network, tmp_path / "stored")
    (tmp_path / "stored" / "links.parquet").write_bytes(b"broken")
    with pytest.raises(NetworkError, match=r"links.parquet: cannot be read"):
        load_network(tmp_path / "stored")
    (tmp_path / "stored" / "network.json").write_text('{"format": 99}')
    with pytest.raises(NetworkError, match="is not of format 2"):
        load_network(tmp_path / "stored")


def test_a_year_drops_turns_of_links_that_are_not_there(town):
    network = import_osm(town)
    assert len(network.at_year(2024).turns) == len(network.turns)
    assert len(network.at_year(2024).facilities) == len(network.facilities)


def test_an_imported_network_can_be_routed(town):
    network = import_osm(town)
    paths = shortest_paths(network, modes=("road",), sources=[5], targets=[1, 3], weight="length_km")
    assert np.isfinite(paths.cost).all()


def test_the_command_writes_a_folder_or_nothing(town, tmp_path):
    runner = CliRunner()
    done = runner.invoke(app, ["network", "import", str(town), "-o", str(tmp_path / "out"), "--modes", "road,rail"])
    assert done.exit_code == 0, done.output
    assert "road: 7 directed links" in done.output
    assert set(load_network(tmp_path / "out").links["mode"]) == {"road", "rail"}
    bad = runner.invoke(app, ["network", "import", str(tmp_path / "none.osm"), "-o", str(tmp_path / "other")])
    assert isinstance(bad.exception, NetworkError)
    assert not (tmp_path / "other").exists()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "town.osm"]

"""Real extracts: the import gives the graph that osmnx makes of the same data, element by element."""

from collections import Counter

import osmium
import osmnx
import pandas as pd
import pytest
from osm_extracts import REASON, extracts

from transport_sim.network.build import load_network
from transport_sim.network.model import TABLE_SCHEMAS
from transport_sim.network.osm import import_osm
from transport_sim.network.tags import classify

pytestmark = pytest.mark.osm_extract


FOUND = extracts()


@pytest.fixture(
    scope="module",
    params=FOUND or [pytest.param(None, marks=pytest.mark.skip(reason=REASON))],
    ids=lambda p: p and p.name,
)
def folder(request, tmp_path_factory):
    """Write the extract as XML, which osmnx can read; what an extract cuts off a way goes, as osmnx needs it."""
    target = tmp_path_factory.mktemp("extract")
    known = {node.id for node in osmium.FileProcessor(str(request.param), osmium.osm.NODE)}
    with osmium.SimpleWriter(str(target / "map.osm")) as writer:
        for element in osmium.FileProcessor(str(request.param)):
            if not element.is_way():
                writer.add(element)
                continue
            refs = [node.ref for node in element.nodes]
            start = next((n for n, ref in enumerate(refs) if ref in known), len(refs))
            end = next((n for n in range(start, len(refs)) if refs[n] not in known), len(refs))
            if end - start > 1:
                writer.add_way(element.replace(nodes=refs[start:end]))
    return target


def test_the_osmnx_path_and_the_import_give_the_same_tables(folder):
    one, other = load_network(folder, cache=False), import_osm(folder / "map.osm")
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), rtol=1e-12)


def test_the_driving_graph_is_that_of_plain_osmnx(folder, monkeypatch):
    """Without any rule of ours but the classes of roads: nodes, links, directions, length within 0.1 %."""
    monkeypatch.setattr(
        osmnx.settings, "useful_tags_way", ["highway", "area", "oneway", "junction", "construction", "proposed"]
    )
    monkeypatch.setattr(osmnx.settings, "useful_tags_node", [])
    graph = osmnx.graph_from_xml(folder / "map.osm", simplify=False, retain_all=True)
    other = [edge[:3] for edge in graph.edges(keys=True, data=True) if not is_road(edge[3])]
    graph.remove_edges_from(other)
    graph.remove_nodes_from([node for node, degree in dict(graph.degree).items() if degree == 0])
    graph = osmnx.simplify_graph(graph, edge_attrs_differ=["osmid"], remove_rings=False)
    network = import_osm(folder / "map.osm", modes=["road"])
    links = network.links
    ours = Counter(zip(links["way_id"], links["from_node"], links["to_node"], strict=True))
    theirs = Counter((edge["osmid"], start, end) for start, end, edge in graph.edges(data=True))
    special = one_way_for_motors(folder / "map.osm")
    assert set(network.nodes.index) == set(graph.nodes)
    assert not ours - theirs
    assert {way for way, _, _ in (theirs - ours)} <= special, "osmnx reads `oneway` alone"
    theirs_km = sum(edge["length"] for _, _, edge in graph.edges(data=True) if edge["osmid"] not in special) / 1000
    assert links.loc[~links["way_id"].isin(special), "length_km"].sum() == pytest.approx(theirs_km, rel=1e-3)


def is_road(edge):
    found = classify({key: value for key, value in edge.items() if isinstance(value, str)})
    return found is not None and found[0] == "road"


def one_way_for_motors(file):
    """Ways that are one-way for motor vehicles by a key of their own."""
    ways = osmium.FileProcessor(str(file), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("oneway:motor_vehicle"))
    return {way.id for way in ways}

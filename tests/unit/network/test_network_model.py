from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network.csr import CsrGraph


def test_a_year_opens_what_is_built_by_then(small):
    assert 110_000 not in small.at_year(2026).links.index
    assert 110_000 in small.at_year(2027).links.index
    assert 150_000 not in small.at_year(2099).links.index, "a proposal never opens by itself"


def test_a_lock_that_is_not_built_has_no_chamber(small):
    assert np.isnan(small.at_year(2026).nodes.loc[6, "lock_length_m"])
    assert small.at_year(2027).nodes.loc[6, "lock_length_m"] == 120
    assert small.nodes.loc[6, "lock_length_m"] == 120


def test_nodes_without_any_link_left_go(small):
    assert 4 not in small.at_year(2026).nodes.index
    assert 4 in small.at_year(2027).nodes.index


def test_an_open_link_is_not_there_before_its_year(small):
    links = small.links.copy()
    links.loc[[100_000, 100_001], "open_year"] = 2010
    network = replace(small, links=links)
    assert 100_000 not in network.at_year(2009).links.index
    assert 100_000 in network.at_year(2010).links.index


def test_a_closing_link_is_still_there(small):
    links = small.links.copy()
    links.loc[[100_000, 100_001], "status"] = "closing"
    assert 100_000 in replace(small, links=links).at_year(2030).links.index


def test_an_unknown_ref_names_its_neighbours(small):
    with pytest.raises(NetworkError, match="did you mean 'P1'"):
        small.node_by_ref("P2")
    with pytest.raises(NetworkError, match="2 nodes have the ref 'B'"):
        small.node_by_ref("B")
    with pytest.raises(NetworkError, match="no mode 'air'"):
        small.mode_links("air")


def test_bad_tables_are_refused_with_their_rows(small):
    links = small.links.copy()
    links.loc[100_000, "length_km"] = -1.0
    with pytest.raises(NetworkError, match=r"length_km: greater_than\(0\), got -1\.0 \(row 100000\)"):
        replace(small, links=links)
    links = small.links.copy()
    links.loc[100_000, "to_node"] = 77
    with pytest.raises(NetworkError, match="1 ends name no node"):
        replace(small, links=links)
    with pytest.raises(NetworkError, match="nodes of network"):
        replace(small, nodes=small.nodes.drop(columns="kind"))


def test_the_graph_keeps_the_cheapest_of_parallel_links(small):
    links = small.links.copy()
    twin = links.loc[[100_000]].set_index(links.index[:1] + 9_000)
    twin["length_km"] = 25.0
    network = replace(small, links=pd.concat([links, twin]))
    graph = CsrGraph.build(network, modes=("road",), weight=network.links["length_km"].to_numpy())
    assert 109_000 in graph.link_ids
    assert 100_000 not in graph.link_ids
    assert network.links.index[graph.arc_rows].tolist() == graph.link_ids.tolist()


def test_weights_must_make_sense(small):
    with pytest.raises(NetworkError, match="one value per link"):
        CsrGraph.build(small, modes=("road",), weight=np.ones(2))
    with pytest.raises(NetworkError, match="must not be negative"):
        CsrGraph.build(small, modes=("road",), weight=np.full(len(small.links), np.nan))
    with pytest.raises(NetworkError, match="unknown modes"):
        CsrGraph.build(small, modes=("air",), weight=np.ones(len(small.links)))

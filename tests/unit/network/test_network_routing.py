from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network.routing import shortest_paths


def grid(small, size):
    """A square grid of two-way streets of equal length: as many ties as there can be."""
    number = np.arange(size * size).reshape(size, size)
    pairs = [
        *zip(number[:, :-1].ravel(), number[:, 1:].ravel(), strict=True),
        *zip(number[:-1].ravel(), number[1:].ravel(), strict=True),
    ]
    pairs += [(b, a) for a, b in pairs]
    nodes = pd.concat([small.nodes.iloc[:1]] * size**2).set_axis(pd.Index(range(size**2), name="node_id"))
    links = pd.concat([small.mode_links("road").iloc[:1]] * len(pairs)).set_axis(
        pd.Index(range(len(pairs)), name="link_id")
    )
    links["from_node"], links["to_node"] = np.array(pairs, dtype=np.int64).T
    return replace(small, nodes=nodes, links=links)


def test_costs_and_links_of_a_path(small):
    paths = shortest_paths(small, modes=("road",), sources=[1, 3], targets=[1, 3, 5], weight="length_km")
    assert paths.cost.tolist() == [[0, 30, np.inf], [30, 0, np.inf]]
    rows = paths.incidence.toarray()
    assert rows.shape == (6, len(small.links))
    assert small.links.index[rows[1] > 0].tolist() == [100_000]
    assert rows[[0, 2, 4, 5]].sum() == 0
    assert small.links.index[rows[3] > 0].tolist() == [100_001]


def test_time_is_length_over_free_speed(small):
    paths = shortest_paths(small, modes=("road",), sources=[1], targets=[3], weight="time_h")
    assert paths.cost[0, 0] == pytest.approx(30 / 60)


def test_ties_are_broken_by_link_id_whatever_the_row_order(small):
    network = grid(small, 7)
    ends = [0, 6, 42, 48, 24]
    paths = shortest_paths(network, modes=("road",), sources=ends, targets=ends, weight="length_km")
    order = np.random.default_rng(1).permutation(len(network.links))
    shuffled = replace(network, links=network.links.iloc[order])
    other = shortest_paths(shuffled, modes=("road",), sources=ends, targets=ends, weight="length_km")
    assert (paths.incidence.toarray()[:, order] == other.incidence.toarray()).all()
    lengths = paths.incidence @ network.links["length_km"].to_numpy()
    assert np.allclose(lengths, paths.cost.ravel())


def test_links_without_cost_make_no_endless_path(small):
    network = grid(small, 5)
    weight = np.zeros(len(network.links))
    paths = shortest_paths(network, modes=("road",), sources=[0, 7], targets=[24, 3], weight=weight)
    assert (paths.cost == 0).all()
    assert (np.asarray(paths.incidence.sum(axis=1)).ravel() > 0).all()


def test_closed_links_and_unknown_nodes(small):
    weight = small.links["length_km"].to_numpy().copy()
    weight[small.links.index.get_loc(100_000)] = np.inf
    paths = shortest_paths(small, modes=("road",), sources=[1], targets=[3], weight=weight)
    assert np.isinf(paths.cost).all()
    assert paths.incidence.nnz == 0
    with pytest.raises(NetworkError, match="not in the network, first: 99"):
        shortest_paths(small, modes=("road",), sources=[99], targets=[3], weight="length_km")
    with pytest.raises(NetworkError, match="no weight 'money'"):
        shortest_paths(small, modes=("road",), sources=[1], targets=[3], weight="money")
    empty = shortest_paths(small, modes=("road",), sources=[], targets=[3], weight="length_km")
    assert empty.cost.shape == (0, 1)


def test_random_weights_agree_with_networkx(small):
    network = grid(small, 8)
    weight = np.random.default_rng(3).uniform(0.1, 5, len(network.links))
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(network.links["from_node"], network.links["to_node"], weight, strict=True))
    paths = shortest_paths(network, modes=("road",), sources=range(64), targets=range(64), weight=weight)
    expected = dict(nx.all_pairs_dijkstra_path_length(graph))
    assert np.allclose(paths.cost, [[expected[a][b] for b in range(64)] for a in range(64)])
    assert np.allclose(paths.incidence @ weight, paths.cost.ravel())

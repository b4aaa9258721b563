import numpy as np
import pytest

from transport_sim.network.dissection import dissection_order
from transport_sim.network.hierarchy import Hierarchy


def grid(size):
    number = np.arange(size * size).reshape(size, size)
    start = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    end = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    y, x = np.divmod(np.arange(size * size), size)
    return start, end, x.astype(float), y.astype(float)


@pytest.mark.parametrize("place", ["apart", "together", "on a line"])
def test_an_order_has_every_node_once(place):
    start, end, x, y = grid(9)
    x, y = {"apart": (x, y), "together": (x * 0, y * 0), "on a line": (x, x)}[place]
    assert sorted(dissection_order(81, start, end, x, y)) == list(range(81))


def test_a_graph_without_arcs_or_nodes():
    none, zero = np.empty(0, dtype=np.int64), np.zeros(5)
    order = dissection_order(5, none, none, zero, zero)
    metric = Hierarchy.build(order, none, none).customise(np.empty(0))
    cost, pointers, arcs = metric.paths(np.array([0, 1]), np.array([0, 4]))
    assert (cost.tolist(), pointers.tolist(), len(arcs)) == ([0, np.inf], [0, 0, 0], 0)
    assert dissection_order(0, none, none, zero[:0], zero[:0]).tolist() == []


def test_parts_that_are_not_joined():
    start, end, x, y = grid(5)
    start, end = np.concatenate([start, end, start + 25]), np.concatenate([end, start, end + 25])
    order = dissection_order(50, start, end, np.tile(x, 2), np.tile(y, 2))
    metric = Hierarchy.build(order, start, end).customise(np.ones(len(start)))
    assert metric.distances(np.array([0, 25, 49]), np.array([24, 49, 25])).tolist() == [
        [8, np.inf, np.inf],
        [np.inf, 8, 0],
        [np.inf, 0, np.inf],
    ]


def test_the_cuts_keep_the_shortcuts_few():
    # George (1973): a square grid of n by n nodes has at most 31/4 n^2 log2 n edges after nested dissection, and
    # n^3 when it is contracted row by row
    size = 64
    start, end, x, y = grid(size)
    good = Hierarchy.build(dissection_order(size**2, start, end, x, y), start, end)
    rows = Hierarchy.build(np.arange(size**2), start, end)
    assert len(good.shortcuts.heads) < 31 / 4 * size**2 * np.log2(size)
    assert len(good.shortcuts.heads) < 0.5 * len(rows.shortcuts.heads)


def test_any_order_gives_the_same_answers():
    start, end, x, y = grid(8)
    start, end = np.concatenate([start, end]), np.concatenate([end, start])
    rng = np.random.default_rng(4)
    weight, nodes = rng.uniform(1, 2, len(start)), np.arange(64)
    found = []
    for order in (dissection_order(64, start, end, x, y), nodes, rng.permutation(64)):
        metric = Hierarchy.build(order, start, end).customise(weight)
        found.append((metric.distances(nodes, nodes), metric.paths(nodes, nodes[::-1])[2]))
    assert np.allclose(found[0][0], found[1][0])
    assert np.allclose(found[0][0], found[2][0])
    assert found[0][1].tolist() == found[1][1].tolist() == found[2][1].tolist()

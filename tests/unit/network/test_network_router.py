import pickle
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transport_sim.errors import NetworkError
from transport_sim.network.router import LARGE_GRAPH_COUNT, PENALTY_RATIO, Router

ENGINES = ("dijkstra", "hierarchy")
WEIGHTS = st.sampled_from([0.0, 0.0, 1.0, 1.0, 2.0, 2.5, 7.0, np.inf])


@st.composite
def weighted_graphs(draw):
    """Directed graphs with parallel links, loops, ties, links without cost and closed links."""
    node = st.integers(0, draw(st.integers(1, 9)))
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=30))
    return ends, np.array(draw(st.lists(WEIGHTS, min_size=len(ends), max_size=len(ends))))


def nx_costs(ends, weight, count):
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from((a, b, w) for (a, b), w in zip(ends, weight, strict=True) if np.isfinite(w))
    lengths = dict(nx.all_pairs_dijkstra_path_length(graph))
    return np.array([[lengths[a].get(b, np.inf) for b in range(count)] for a in range(count)])


def grid_ends(size):
    """A square grid of two-way streets."""
    number = np.arange(size * size).reshape(size, size)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    one_way = np.concatenate([across, down])
    return np.concatenate([one_way, one_way[:, ::-1]])


def check_paths(network, routes, weight):
    """Links join up from origin to destination, no node comes twice, and their weights add up to the cost."""
    start, end = network.links["from_node"].to_numpy(), network.links["to_node"].to_numpy()
    for i, cost in enumerate(routes.cost):
        rows = routes.of(i)
        if not np.isfinite(cost) or routes.origins[i] == routes.destinations[i]:
            assert len(rows) == 0
            continue
        nodes = [start[rows[0]], *end[rows]]
        assert nodes[0] == routes.origins[i]
        assert nodes[-1] == routes.destinations[i]
        assert (start[rows[1:]] == end[rows[:-1]]).all()
        assert len(set(nodes)) == len(nodes)
        assert weight[rows].sum() == pytest.approx(cost)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weighted_graphs())
def test_both_engines_agree_with_networkx_and_with_each_other(bare, graph):
    ends, weight = graph
    network = bare(ends, checked=False)
    count = len(network.nodes)
    expected = nx_costs(ends, weight, count)
    origin, destination = (index.ravel() for index in np.indices((count, count)))
    found = {}
    for engine in ENGINES:
        router = Router(network, modes=("road",), engine=engine)
        assert np.allclose(router.skim(range(count), range(count), weight), expected)
        routes = found[engine] = router.paths(origin, destination, weight)
        assert np.allclose(routes.cost, expected.ravel())
        check_paths(network, routes, weight)
    assert (found["dijkstra"].pointers == found["hierarchy"].pointers).all()
    assert (found["dijkstra"].links == found["hierarchy"].links).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_large_sparse_graph_agrees_with_networkx(bare, engine):
    rng = np.random.default_rng(5)
    ends = grid_ends(22)
    ends = np.concatenate([ends[rng.random(len(ends)) < 0.8], rng.integers(0, 22 * 22, (20, 2))])
    network, weight = bare(ends), rng.uniform(0.0, 9.0, len(ends))
    router = Router(network, modes=("road",), engine=engine)
    count = len(network.nodes)
    expected = nx_costs(ends, weight, count)
    assert np.allclose(router.skim(range(count), range(count), weight), expected)
    origin, destination = rng.integers(0, count, (2, 300))
    routes = router.paths(origin, destination, weight)
    assert np.allclose(routes.cost, expected[origin, destination])
    check_paths(network, routes, weight)


@pytest.mark.parametrize("engine", ENGINES)
def test_new_weights_need_no_new_router(bare, engine):
    network, rng = bare(grid_ends(6)), np.random.default_rng(2)
    router = Router(network, modes=("road",), engine=engine)
    for _ in range(3):
        weight = rng.uniform(1, 5, len(network.links))
        weight[rng.random(len(weight)) < 0.1] = np.inf
        expected = nx_costs(network.links[["from_node", "to_node"]].to_numpy(), weight, 36)
        assert np.allclose(router.skim(range(36), range(36), weight), expected)
        assert np.allclose(router.paths([0], [35], weight).cost, expected[0, 35])
    weight[:] = np.inf
    assert np.isinf(router.paths([0], [35], weight).cost).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_are_broken_alike_whatever_the_order_of_the_table(bare, engine):
    ends = grid_ends(9)
    ids = np.arange(len(ends)) * 7 + 3
    network = bare(ends, link_ids=ids)
    order = np.random.default_rng(1).permutation(len(ends))
    shuffled = bare(ends[order], link_ids=ids[order])
    pairs = np.array([0, 8, 72, 80, 40]), np.array([80, 72, 4, 0, 8])
    one = Router(network, modes=("road",), engine=engine).paths(*pairs, "length_km")
    other = Router(shuffled, modes=("road",), engine=engine).paths(*pairs, "length_km")
    assert (network.links.index[one.links] == shuffled.links.index[other.links]).all()
    assert one.cost.tolist() == [16, 16, 12, 16, 8]


def test_the_same_graph_has_the_same_order_and_a_router_can_be_sent_to_a_worker(bare):
    network = bare(grid_ends(8))
    router = Router(network, modes=("road",), engine="hierarchy")
    again = Router(network, modes=("road",), engine="hierarchy")
    assert (router.order == again.order).all()
    kept = Router(network, modes=("road",), engine="hierarchy", order=router.order)
    sent = pickle.loads(pickle.dumps(router))  # noqa: S301 - our own bytes
    for other in (kept, sent):
        assert (other.paths([0, 9], [63, 5], "time_h").links == router.paths([0, 9], [63, 5], "time_h").links).all()
    with pytest.raises(NetworkError, match="permutation of the graph's 64 states"):
        Router(network, modes=("road",), engine="hierarchy", order=[0, 1])


def test_the_choice_of_engine_depends_on_the_graph_alone(bare):
    assert Router(bare(grid_ends(4)), modes=("road",)).engine == "dijkstra"
    chain = np.stack([np.arange(LARGE_GRAPH_COUNT - 1), np.arange(1, LARGE_GRAPH_COUNT)], axis=1)
    assert Router(bare(chain, checked=False), modes=("road",)).engine == "hierarchy"
    rail_beside = bare(chain, mode=["rail"] * 9 + ["road"] * (len(chain) - 9), checked=False)
    assert Router(rail_beside, modes=("rail",)).engine == "dijkstra"
    with pytest.raises(NetworkError, match="no engine 'warp'"):
        Router(bare(chain[:3]), modes=("road",), engine="warp")


@pytest.mark.parametrize("engine", ENGINES)
def test_one_very_dear_link_leaves_the_others_their_order(bare, engine):
    network = bare([(0, 1), (0, 1), (1, 2), (2, 3)])
    weight = np.array([2.0, 1.0 + 1e-6, 1e12, 1.0])
    routes = Router(network, modes=("road",), engine=engine).paths([0, 2], [1, 3], weight)
    assert routes.links.tolist() == [1, 3]
    assert routes.cost.tolist() == [1.0 + 1e-6, 1.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_modes_and_named_weights(bare, engine):
    network = bare([(0, 1), (1, 2), (0, 2)], mode=["road", "road", "rail"], length_km=[3.0, 4.0, 5.0])
    router = Router(network, modes=("road",), engine=engine)
    assert router.skim([0], [2, 0], "length_km").tolist() == [[7, 0]]
    assert router.skim([0], [2], "time_h")[0, 0] == pytest.approx(7 / 50)
    both = Router(network, modes=("road", "rail"), engine=engine)
    assert both.paths([0], [2], "length_km").links.tolist() == [2]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_asked_nothing_answered(bare, engine):
    router = Router(bare([(0, 1)]), modes=("road",), engine=engine)
    assert router.skim([], [0, 1], "length_km").shape == (0, 2)
    assert router.skim([0], [], "length_km").shape == (1, 0)
    routes = router.paths([], [], "length_km")
    assert (len(routes.cost), routes.pointers.tolist(), len(routes.links)) == (0, [0], 0)


def test_what_is_wrong_is_named(bare):
    router = Router(bare([(0, 1), (1, 0)]), modes=("road",))
    with pytest.raises(NetworkError, match="1 nodes are not in the network, first: 9"):
        router.skim([0, 9], [1], "length_km")
    with pytest.raises(NetworkError, match="2 origins and 1 destinations"):
        router.paths([0, 1], [1], "length_km")
    with pytest.raises(NetworkError, match="negative or missing: 1 are, first at link 1"):
        router.skim([0], [1], [1.0, -1.0])
    with pytest.raises(NetworkError, match="negative or missing"):
        router.paths([0], [1], [np.nan, 1.0])
    with pytest.raises(NetworkError, match="one value per link \\(2\\)"):
        router.paths([0], [1], [1.0])
    with pytest.raises(NetworkError, match="unknown modes \\['air'\\]"):
        Router(bare([(0, 1)]), modes=("air",))


@pytest.mark.parametrize("engine", ENGINES)
def test_alternatives_are_distinct_sorted_loopless_and_within_bounds(bare, engine):
    network, rng = bare(grid_ends(10)), np.random.default_rng(8)
    weight = rng.uniform(1.0, 2.0, len(network.links))
    router = Router(network, modes=("road",), engine=engine)
    best = router.paths([0], [99], weight)
    routes = router.alternatives(0, 99, 4, weight, max_shared_share=0.6, max_cost_ratio=1.3)
    assert len(routes.cost) == 4
    assert routes.of(0).tolist() == best.of(0).tolist()
    assert (np.diff(routes.cost) >= 0).all()
    assert routes.cost[-1] <= 1.3 * routes.cost[0]
    check_paths(network, routes, weight)
    for i, j in combinations(range(4), 2):
        common = len(set(routes.of(i)) & set(routes.of(j)))
        assert common <= 0.6 * min(len(routes.of(i)), len(routes.of(j)))


def test_alternatives_are_the_same_for_both_engines(bare):
    network = bare(grid_ends(8))
    found = [Router(network, modes=("road",), engine=e).alternatives(0, 63, 3, "length_km") for e in ENGINES]
    assert found[0].links.tolist() == found[1].links.tolist()
    assert found[0].cost.tolist() == [14, 14, 14]


def test_alternatives_where_there_is_one_path_or_none(bare):
    router = Router(bare([(0, 1), (1, 2), (3, 0)]), modes=("road",))
    assert router.alternatives(0, 2, 3, "length_km").links.tolist() == [0, 1]
    assert len(router.alternatives(0, 3, 3, "length_km").cost) == 0
    same = router.alternatives(1, 1, 3, "length_km")
    assert (same.cost.tolist(), len(same.links)) == ([0], 0)
    detour = Router(bare([(0, 1), (0, 2), (2, 1)], length_km=[1.0, 1.0, 1.0]), modes=("road",))
    assert PENALTY_RATIO < 2
    assert len(detour.alternatives(0, 1, 2, "length_km").cost) == 1
    assert len(detour.alternatives(0, 1, 2, "length_km", max_cost_ratio=2.0).cost) == 2

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transport_sim.errors import NetworkError
from transport_sim.network.router import Router

ENGINES = ("dijkstra", "hierarchy")

# a crossing: node 0 in the middle, 1 south, 2 west, 3 north, 4 east; links in both directions, and a way round
# from north over east to west
CROSSING = [(1, 0), (0, 1), (0, 2), (2, 0), (0, 3), (3, 0), (0, 4), (4, 0), (3, 4), (4, 3), (3, 2)]
FROM_SOUTH, TO_SOUTH, TO_WEST, TO_NORTH, NORTH_TO_WEST = 0, 1, 2, 4, 10


def allowed(turns, first, second, vehicle_class):
    """The definition: not forbidden, and if there are `only` turns out of the link here, one of them."""
    held = [t for t in turns if t[0] == first and (not t[4] or (vehicle_class and vehicle_class in t[4].split(";")))]
    only = [t[2] for t in held if t[3] == "only"]
    return (not only or second in only) and not any(t[2] == second and t[3] == "no" for t in held)


def line_graph_costs(ends, weight, turns, vehicle_class, count):
    """Brute force: a graph whose nodes are the links."""
    graph = nx.DiGraph()
    for a, (_, via) in enumerate(ends):
        for b, (start, _) in enumerate(ends):
            if start == via and allowed(turns, a, b, vehicle_class):
                graph.add_edge(("link", a), ("link", b), weight=weight[b])
    for b, (start, end) in enumerate(ends):
        graph.add_edge(("from", start), ("link", b), weight=weight[b])
        graph.add_edge(("link", b), ("to", end), weight=0.0)
    for node in range(count):
        graph.add_edge(("from", node), ("to", node), weight=0.0)
    lengths = {node: nx.single_source_dijkstra_path_length(graph, ("from", node)) for node in range(count)}
    return np.array([[lengths[a].get(("to", b), np.inf) for b in range(count)] for a in range(count)])


@st.composite
def restricted_graphs(draw):
    """Directed graphs with parallel links and turns, some of them for trucks only."""
    node = st.integers(0, draw(st.integers(1, 6)))
    ends = draw(st.lists(st.tuples(node, node).filter(lambda e: e[0] != e[1]), min_size=1, max_size=20))
    weight = draw(st.lists(st.sampled_from([0.0, 1.0, 1.5, 4.0]), min_size=len(ends), max_size=len(ends)))
    pairs = [(a, b) for a, (_, via) in enumerate(ends) for b, (start, _) in enumerate(ends) if via == start]
    turns = []
    if pairs:
        kinds, classes = st.sampled_from(["no", "no", "only"]), st.sampled_from(["", "", "truck_heavy;bus"])
        for (a, b), kind, who in draw(st.lists(st.tuples(st.sampled_from(pairs), kinds, classes), max_size=12)):
            turns.append((a, ends[a][1], b, kind, who))
    return ends, np.array(weight), turns, draw(st.sampled_from([None, "car", "bus"]))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(restricted_graphs())
def test_costs_and_turns_agree_with_the_line_graph(bare, graph):
    ends, weight, turns, vehicle_class = graph
    network = bare(ends, turns=turns, checked=False)
    count = len(network.nodes)
    expected = line_graph_costs(ends, weight, turns, vehicle_class, count)
    origin, destination = (index.ravel() for index in np.indices((count, count)))
    for engine in ENGINES:
        router = Router(network, modes=("road",), vehicle_class=vehicle_class, engine=engine)
        assert np.allclose(router.skim(range(count), range(count), weight), expected)
        routes = router.paths(origin, destination, weight)
        assert np.allclose(routes.cost, expected.ravel())
        for i in range(len(origin)):
            rows = routes.of(i).tolist()
            assert len(set(rows)) == len(rows)
            for a, b in pairwise(rows):
                assert ends[a][1] == ends[b][0]
                assert allowed(turns, a, b, vehicle_class)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_left_turn_sends_the_path_round_the_block(bare, engine):
    free = Router(bare(CROSSING), modes=("road",), engine=engine)
    assert free.paths([1], [2], "length_km").links.tolist() == [FROM_SOUTH, TO_WEST]
    router = Router(bare(CROSSING, turns=[(FROM_SOUTH, 0, TO_WEST, "no")]), modes=("road",), engine=engine)
    assert router.paths([1], [2], "length_km").links.tolist() == [FROM_SOUTH, TO_NORTH, NORTH_TO_WEST]
    assert router.paths([0, 4], [2, 2], "length_km").cost.tolist() == [1, 2]
    assert router.skim([1], [0, 1, 3], "length_km").tolist() == [[1, 0, 2]]


@pytest.mark.parametrize("engine", ENGINES)
def test_only_straight_on(bare, engine):
    router = Router(bare(CROSSING, turns=[(FROM_SOUTH, 0, TO_NORTH, "only")]), modes=("road",), engine=engine)
    assert router.paths([1], [4], "length_km").links.tolist() == [FROM_SOUTH, TO_NORTH, 8]
    assert router.paths([2], [4], "length_km").cost.tolist() == [2]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_turning_back(bare, engine):
    # 0 - 1 - 2 with a spur 1 - 3: from 0 to 3 only by turning back at 2, unless that is forbidden too
    ends = [(0, 1), (1, 0), (1, 2), (2, 1), (1, 3), (3, 1)]
    sharp = (0, 1, 4, "no")
    router = Router(bare(ends, mode="rail", turns=[sharp]), modes=("rail",), engine=engine)
    assert router.paths([0], [3], "length_km").links.tolist() == [0, 2, 3, 4]
    router = Router(bare(ends, mode="rail", turns=[sharp, (2, 2, 3, "no")]), modes=("rail",), engine=engine)
    assert np.isinf(router.paths([0], [3], "length_km").cost[0])
    assert router.paths([2], [3], "length_km").links.tolist() == [3, 4]


def test_turns_hold_for_the_classes_they_name(bare):
    network = bare(CROSSING, turns=[(FROM_SOUTH, 0, TO_WEST, "no", "truck_heavy;tractor_trailer")])
    for vehicle_class, km in ((None, 2), ("car", 2), ("truck_heavy", 3)):
        router = Router(network, modes=("road",), vehicle_class=vehicle_class)
        assert router.skim([1], [2], "length_km")[0, 0] == km
    with pytest.raises(NetworkError, match="no vehicle class 'lorry'; the classes are car, taxi"):
        Router(network, modes=("road",), vehicle_class="lorry")


def test_only_restricted_nodes_are_copied(bare):
    graph = Router(bare(CROSSING, turns=[(FROM_SOUTH, 0, TO_WEST, "no")]), modes=("road",)).graph
    assert graph.state_node.tolist() == [0, 1, 2, 3, 4, 0, 0]
    assert graph.arrival.tolist() == [6, 1, 2, 3, 4]
    # three of four departures, and the two free steps
    assert len(graph.arc_from) == len(CROSSING) + 3 + 2

"""Static user equilibrium against closed forms: two routes, Braess's paradox, classes, centroids, optimality."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from transport_sim.errors import DataError, NetworkError
from transport_sim.traffic.delay import bpr_integral, bpr_marginal, bpr_travel_time
from transport_sim.traffic.gap import relative_gap
from transport_sim.traffic.static import StaticLinks, user_equilibrium


def links(ends, free, capacity=1.0, alpha=0.15, beta=4.0, *, fixed=0.0, through=None, nodes=None):
    """Return links from their ends; everything else is a number or one per link."""
    start, end = np.array(ends, dtype=np.int64).T
    count, nodes = len(start), nodes or int(max(start.max(), end.max())) + 1
    columns = [np.broadcast_to(np.asarray(x, float), count).copy() for x in (free, capacity, alpha, beta)]
    through = np.ones(nodes, dtype=bool) if through is None else np.array(through)
    return StaticLinks(
        nodes,
        start,
        end,
        *columns,
        np.broadcast_to(np.asarray(fixed, float), (1, count)) if np.ndim(fixed) < 2 else np.array(fixed),
        through,
    )


def demand(*rows, names=("origin", "destination", "flow")):
    return pd.DataFrame(list(rows), columns=list(names))


@given(
    flow=st.floats(0.1, 50.0),
    free=st.tuples(st.floats(0.5, 5.0), st.floats(0.5, 5.0)),
    slope=st.tuples(st.floats(0.01, 2.0), st.floats(0.01, 2.0)),
)
@settings(max_examples=50, deadline=None)
def test_two_routes_with_linear_delay_split_as_the_closed_form_says(flow, free, slope):
    """t_i = free_i + slope_i x_i; equal times where x_1 = (free_2 - free_1 + slope_2 q) / (slope_1 + slope_2)."""
    first = np.clip((free[1] - free[0] + slope[1] * flow) / (slope[0] + slope[1]), 0.0, flow)
    two = links([(0, 1), (0, 1)], free, 1.0, np.divide(slope, free), 1.0)
    found = user_equilibrium(two, demand((0, 1, flow)), gap=1e-12)
    assert found.converged
    assert found.flow == pytest.approx([first, flow - first], abs=1e-6 * flow)
    if 0 < first < flow:
        assert found.time[0] == pytest.approx(found.time[1], rel=1e-6)


def braess(*, bridge):
    """Braess's network as in Sheffi, "Urban Transportation Networks", 1985: 10x, 50 + x, 10 + x, six travellers."""
    ends = [(0, 1), (2, 3), (0, 2), (1, 3)] + [(1, 2)] * bridge
    # a constant part of a link that is 10x is made so small that it does not count
    free = np.array([1e-9, 1e-9, 50.0, 50.0, 10.0][: len(ends)])
    return links(ends, free, 1.0, np.array([10.0, 10.0, 1.0, 1.0, 1.0][: len(ends)]) / free, 1.0)


def test_a_new_road_makes_everybody_slower():
    """Without the bridge 83 each, with it 92 each and 552 in all: the published numbers."""
    before = user_equilibrium(braess(bridge=False), demand((0, 3, 6.0)), gap=1e-12)
    after = user_equilibrium(braess(bridge=True), demand((0, 3, 6.0)), gap=1e-12)
    assert before.flow @ before.time / 6 == pytest.approx(83.0, rel=1e-6)
    assert after.flow @ after.time / 6 == pytest.approx(92.0, rel=1e-6)
    assert after.flow == pytest.approx([4.0, 4.0, 2.0, 2.0, 2.0], rel=1e-5)
    assert sorted(after.path_flow) == pytest.approx([2.0, 2.0, 2.0], rel=1e-5)


def test_no_path_leads_through_a_centroid():
    ends = [(0, 1), (1, 2), (0, 3), (3, 2)]
    open_, closed = links(ends, [1, 1, 5, 5.0]), links(ends, [1, 1, 5, 5.0], through=[True, False, True, True])
    rows = demand((0, 2, 0.1), (0, 1, 0.1), (1, 2, 0.2))
    assert user_equilibrium(open_, rows).flow == pytest.approx([0.2, 0.3, 0, 0])
    assert user_equilibrium(closed, rows).flow == pytest.approx([0.1, 0.2, 0.1, 0.1])


def test_a_class_pays_its_own_toll_and_keeps_off_what_is_closed_to_it():
    """Two equal routes; class 1 may not use the first, class 2 pays for it: the times differ by the toll or less."""
    fixed = np.array([[0.0, 0.0], [np.inf, 0.0], [0.2, 0.0]])
    two = links([(0, 1), (0, 1)], 1.0, 10.0, 1.0, 1.0, fixed=fixed)
    rows = demand(
        (0, 1, 1.0, 0), (0, 1, 3.0, 1), (0, 1, 10.0, 2), names=("origin", "destination", "flow", "user_class")
    )
    found = user_equilibrium(two, rows, gap=1e-12)
    by_class = {c: np.zeros(2) for c in range(3)}
    for path, (row, flow) in enumerate(zip(found.path_demand, found.path_flow, strict=True)):
        by_class[rows["user_class"][row]][found.paths.links[found.paths.pointers[path]]] += flow
    assert by_class[1][0] == 0.0
    # class 2 is on both routes: (x1 - x2) / 10 + 0.2 = 0 with x1 + x2 = 14
    assert found.flow == pytest.approx([6.0, 8.0])
    assert found.flow == pytest.approx(sum(by_class.values()))


def grid(seed=3, size=5):
    """Return a grid with two-way streets, and a demand between all its corners and centre."""
    node = np.arange(size * size).reshape(size, size)
    pairs = [*zip(node[:, :-1].ravel(), node[:, 1:].ravel(), strict=True)]
    pairs += [*zip(node[:-1].ravel(), node[1:].ravel(), strict=True)]
    ends = [*pairs, *((b, a) for a, b in pairs)]
    draw = np.random.default_rng(seed)
    roads = links(ends, draw.uniform(1, 3, len(ends)), draw.uniform(5, 20, len(ends)))
    places = [0, size - 1, size * size // 2, size * (size - 1), size * size - 1]
    return roads, demand(*((a, b, draw.uniform(2, 12)) for a in places for b in places if a != b))


def test_every_path_in_use_is_a_cheapest_one_and_the_flows_are_conserved():
    roads, rows = grid()
    found = user_equilibrium(roads, rows, gap=1e-11)
    assert found.converged
    cost = np.add.reduceat(found.time[found.paths.links], found.paths.pointers[:-1])
    frame = pd.DataFrame({"row": found.path_demand, "cost": cost, "flow": found.path_flow})
    used = frame[frame["flow"] > 1e-6].groupby("row")["cost"]
    assert ((used.max() - used.min()) / used.min()).max() < 1e-8
    assert (used.size() > 1).any(), "congestion spreads somebody over several paths"
    assert frame.groupby("row")["flow"].sum().tolist() == pytest.approx(rows["flow"].tolist())
    on_links = np.zeros(len(found.flow))
    np.add.at(on_links, found.paths.links, np.repeat(found.path_flow, np.diff(found.paths.pointers)))
    assert found.flow == pytest.approx(on_links)
    net = np.bincount(roads.from_node, found.flow, 25) - np.bincount(roads.to_node, found.flow, 25)
    wanted = np.bincount(rows["origin"], rows["flow"], 25) - np.bincount(rows["destination"], rows["flow"], 25)
    assert net == pytest.approx(wanted, abs=1e-9)


def test_no_other_flows_have_a_smaller_objective():
    roads, rows = grid()
    found = user_equilibrium(roads, rows, gap=1e-11)
    rough = user_equilibrium(roads, rows, gap=1e-2)
    assert rough.converged
    assert 1e-11 < rough.gap <= 1e-2
    assert rough.objective > found.objective
    # gap times total cost bounds how far the objective is from its minimum, by convexity
    assert rough.objective - found.objective <= rough.gap * (rough.flow @ rough.time) * (1 + 1e-9)


def test_who_gives_up_says_so():
    roads, rows = grid()
    found = user_equilibrium(roads, rows, gap=1e-14, max_iterations=2)
    assert not found.converged
    assert len(found.iterations) == 2
    assert found.gap == found.iterations["gap_ratio"].iloc[-1] > 1e-14


def test_delay_functions_are_each_others_derivatives():
    arguments = 2.0, 900.0, 0.5, 3.0
    for flow in (0.0, 300.0, 2000.0):
        area = quad(lambda x: bpr_travel_time(arguments[0], x, *arguments[1:]), 0.0, flow)[0]
        assert bpr_integral(arguments[0], flow, *arguments[1:]) == pytest.approx(area)
        step = 1e-3
        change = bpr_travel_time(arguments[0], flow + step, *arguments[1:]) - bpr_travel_time(
            arguments[0], flow, *arguments[1:]
        )
        assert bpr_marginal(arguments[0], flow + step / 2, *arguments[1:]) == pytest.approx(change / step, rel=1e-5)
    assert bpr_travel_time(2.0, 900.0, 900.0) == pytest.approx(2.3)
    assert bpr_travel_time(2.0, np.array([0.0, 1800.0]), 900.0).tolist() == pytest.approx([2.0, 2.0 * 3.4])


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_powers_up_to_one_are_solved(beta):
    two = links([(0, 1), (0, 1)], [1.0, 1.1], 1.0, 1.0, beta)
    found = user_equilibrium(two, demand((0, 1, 4.0)), gap=1e-9)
    assert found.converged
    assert found.flow.sum() == pytest.approx(4.0)
    if beta:
        assert found.time[0] == pytest.approx(found.time[1])
    else:
        assert found.flow == pytest.approx([4.0, 0.0])


def test_the_gap_of_a_hand_case():
    assert relative_gap(10.0, 9.0) == pytest.approx(0.1)
    assert relative_gap(0.0, 0.0) == 0.0


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="no path leads from origin to destination in 1 rows \\(first: 1\\)"):
        user_equilibrium(links([(0, 1), (1, 2)], 1.0), demand((0, 2, 1.0), (2, 0, 1.0)))
    with pytest.raises(DataError, match="destination goes from 0 to 1"):
        user_equilibrium(links([(0, 1)], 1.0), demand((0, 2, 1.0)))
    with pytest.raises(DataError, match="flow must not be negative"):
        user_equilibrium(links([(0, 1)], 1.0), demand((0, 1, -1.0)))
    with pytest.raises(DataError, match="needs the columns destination"):
        user_equilibrium(links([(0, 1)], 1.0), pd.DataFrame({"origin": [0], "flow": [1.0]}))
    with pytest.raises(DataError, match="max_iterations"):
        user_equilibrium(links([(0, 1)], 1.0), demand((0, 1, 1.0)), max_iterations=0)
    with pytest.raises(NetworkError, match="capacity must be above 0: not so on 1 links, first: 0"):
        links([(0, 1)], 1.0, 0.0)
    with pytest.raises(NetworkError, match="must be finite and not negative"):
        links([(0, 1)], -1.0)
    with pytest.raises(NetworkError, match="fixed_cost must not be negative"):
        links([(0, 1)], 1.0, fixed=-1.0)
    with pytest.raises(NetworkError, match="node positions from 0 to 1"):
        links([(0, 1), (1, 2)], 1.0, nodes=2)

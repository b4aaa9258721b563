"""Compiled parts of the static equilibrium: shortest paths, and shifts of flow between the paths of a pair.

A commodity is the demand of one user class from one origin to one destination. The paths of all commodities lie in
one array, those of commodity `k` at `first[k]` to `first[k + 1]`.
"""

from typing import Any, NamedTuple

import numba as nb
import numpy as np

from transport_sim.traffic.delay import bpr_marginal, bpr_travel_time
from transport_sim.traffic.heap import pop, push
from transport_sim.traffic.model import BoolArray, FloatArray, IntArray

LEAST_RATIO = 1e-6
"""Least flow over capacity at which the derivative of a delay function with a power below 1 is taken. [-]"""
_time: Any = nb.njit(bpr_travel_time)
_marginal: Any = nb.njit(bpr_marginal)


class Graph(NamedTuple):
    """Links in the order of their from-node, their delay functions, and the fixed costs of each user class."""

    pointers: IntArray
    """Links from node `i` are `pointers[i]` to `pointers[i + 1]`."""
    from_node: IntArray
    to_node: IntArray
    through: BoolArray
    """Whether a path may pass through each node."""
    free_flow: FloatArray
    capacity: FloatArray
    alpha: FloatArray
    beta: FloatArray
    fixed: FloatArray
    """Cost beside travel time, shape (n_classes, n_links); infinite closes a link. [unit of time]"""


class Commodities(NamedTuple):
    """Demand, sorted by class and origin."""

    user_class: IntArray
    origin: IntArray
    destination: IntArray
    flow: FloatArray


class Paths(NamedTuple):
    """Paths in use and their flows."""

    first: IntArray
    """Where the paths of each commodity start, and the end, shape (n_commodities + 1,)."""
    pointers: IntArray
    """Where the links of each path start, and the end, shape (n_paths + 1,)."""
    links: IntArray
    flow: FloatArray


class Found(NamedTuple):
    """The cheapest path of each commodity."""

    cost: FloatArray
    """Infinite where there is no path. [unit of time]"""
    pointers: IntArray
    links: IntArray


class Tree(NamedTuple):
    """A search from one node, and the heap that it works with."""

    distance: FloatArray
    """Least cost to each node. [unit of time]"""
    last: IntArray
    """Last link on the way to each node, -1 if there is none."""
    keys: FloatArray
    items: IntArray


class State(NamedTuple):
    """What the links carry at the moment."""

    flow: FloatArray
    time: FloatArray
    marginal: FloatArray
    """Derivative of the time by the flow. [unit of time / unit of flow]"""
    mark: IntArray
    """Scratch of `_compare`; 0 between calls."""


@nb.njit(cache=True)
def refresh(graph: Graph, state: State, link: int) -> None:
    """Bring a link's time and its derivative in line with its flow."""
    flow = max(state.flow[link], 0.0)
    free, capacity, alpha, beta = graph.free_flow[link], graph.capacity[link], graph.alpha[link], graph.beta[link]
    state.time[link] = _time(free, flow, capacity, alpha, beta)
    if beta < 1.0:  # the derivative of an empty link would be infinite and nobody would ever move there
        flow = max(flow, LEAST_RATIO * capacity)
    state.marginal[link] = _marginal(free, flow, capacity, alpha, beta)


@nb.njit(cache=True)
def load(graph: Graph, paths: Paths, state: State) -> None:
    """Put the flows of all paths on the links."""
    state.flow[:] = 0.0
    for path in range(len(paths.flow)):
        for i in range(paths.pointers[path], paths.pointers[path + 1]):
            state.flow[paths.links[i]] += paths.flow[path]
    for link in range(len(state.flow)):
        refresh(graph, state, link)


@nb.njit(cache=True)
def grow(graph: Graph, cost: FloatArray, origin: int, tree: Tree) -> None:
    """Find the least cost from a node to all others."""
    tree.distance[:] = np.inf
    tree.last[:] = -1
    tree.distance[origin] = 0.0
    size = push(tree.keys, tree.items, 0, 0.0, origin)
    while size > 0:
        key, node = tree.keys[0], tree.items[0]
        size = pop(tree.keys, tree.items, size)
        if key > tree.distance[node] or not (graph.through[node] or node == origin):
            continue
        for link in range(graph.pointers[node], graph.pointers[node + 1]):
            reach = key + cost[link]
            head = graph.to_node[link]
            if reach < tree.distance[head]:
                tree.distance[head] = reach
                tree.last[head] = link
                size = push(tree.keys, tree.items, size, reach, head)


@nb.njit(cache=True)
def search(graph: Graph, demand: Commodities, time: FloatArray) -> Found:
    """Find the cheapest path of each commodity."""
    count, nodes, room = len(demand.flow), len(graph.through), len(time) + 1
    cost = np.full(count, np.inf)
    pointers = np.zeros(count + 1, dtype=np.int64)
    links, used = np.empty(16 * count + nodes, dtype=np.int64), 0
    tree = Tree(np.empty(nodes), np.empty(nodes, dtype=np.int64), np.empty(room), np.empty(room, dtype=np.int64))
    link_cost = np.empty(len(time))
    for k in range(count):
        origin, user_class = demand.origin[k], demand.user_class[k]
        if k == 0 or origin != demand.origin[k - 1] or user_class != demand.user_class[k - 1]:
            link_cost[:] = time + graph.fixed[user_class]
            grow(graph, link_cost, origin, tree)
        node = demand.destination[k]
        cost[k] = tree.distance[node]
        if used + nodes > len(links):
            links = np.concatenate((links, np.empty(len(links) + nodes, dtype=np.int64)))
        start = used
        while node != origin and tree.last[node] >= 0:
            links[used] = tree.last[node]
            used += 1
            node = graph.from_node[tree.last[node]]
        links[start:used] = links[start:used][::-1].copy()
        pointers[k + 1] = used
    return Found(cost, pointers, links[:used].copy())


@nb.njit(cache=True)
def path_cost(graph: Graph, demand: Commodities, paths: Paths, time: FloatArray) -> FloatArray:
    """Add up the cost of every path, in driving order as `grow` does."""
    cost = np.zeros(len(paths.flow))
    for k in range(len(demand.flow)):
        fixed = graph.fixed[demand.user_class[k]]
        for path in range(paths.first[k], paths.first[k + 1]):
            for i in range(paths.pointers[path], paths.pointers[path + 1]):
                cost[path] += time[paths.links[i]] + fixed[paths.links[i]]
    return cost


@nb.njit(cache=True)
def extend(demand: Commodities, paths: Paths, cost: FloatArray, found: Found) -> Paths:
    """Drop paths without flow; add the cheapest path where it is cheaper than all that a commodity has."""
    count = len(demand.flow)
    first = np.zeros(count + 1, dtype=np.int64)
    out_pointers = np.zeros(len(paths.flow) + count + 1, dtype=np.int64)
    out_links = np.empty(len(paths.links) + len(found.links), dtype=np.int64)
    flow = np.zeros(len(paths.flow) + count)
    at, used = 0, 0
    for k in range(count):
        least = np.inf
        for path in range(paths.first[k], paths.first[k + 1]):
            if paths.flow[path] > 0.0:
                start, end = paths.pointers[path], paths.pointers[path + 1]
                out_links[used : used + end - start] = paths.links[start:end]
                used += end - start
                flow[at] = paths.flow[path]
                least = min(least, cost[path])
                at += 1
                out_pointers[at] = used
        if found.cost[k] < least:
            start, end = found.pointers[k], found.pointers[k + 1]
            out_links[used : used + end - start] = found.links[start:end]
            used += end - start
            flow[at] = demand.flow[k] if at == first[k] else 0.0
            at += 1
            out_pointers[at] = used
        first[k + 1] = at
    return Paths(first, out_pointers[: at + 1].copy(), out_links[:used].copy(), flow[:at].copy())


@nb.njit(cache=True)
def _compare(paths: Paths, state: State, cost: FloatArray, source: int, target: int) -> tuple[float, float]:
    """Return how much dearer one path is than another, and how fast a shift of flow would change that.

    Only the links that one of the two has alone count. They are told apart by `state.mark`, which is left at 1 on
    those of `target` alone and at 2 on those of both.
    """
    for i in range(paths.pointers[target], paths.pointers[target + 1]):
        state.mark[paths.links[i]] = 1
    gain, curvature = 0.0, 0.0
    for i in range(paths.pointers[source], paths.pointers[source + 1]):
        link = paths.links[i]
        if state.mark[link] == 1:
            state.mark[link] = 2
        else:
            gain += state.time[link] + cost[link]
            curvature += state.marginal[link]
    for i in range(paths.pointers[target], paths.pointers[target + 1]):
        link = paths.links[i]
        if state.mark[link] == 1:
            gain -= state.time[link] + cost[link]
            curvature += state.marginal[link]
    return gain, curvature


@nb.njit(cache=True)
def _shift(graph: Graph, paths: Paths, state: State, path: int, amount: float) -> None:
    """Add flow to a path and to its links that are not marked as shared."""
    paths.flow[path] += amount
    for i in range(paths.pointers[path], paths.pointers[path + 1]):
        link = paths.links[i]
        if state.mark[link] != 2:
            state.flow[link] += amount
            refresh(graph, state, link)


@nb.njit(cache=True)
def _newton(gain: float, curvature: float, flow: float) -> float:
    """Return the flow to move away from a path that is dearer by `gain`: a Newton step, at most all its flow."""
    return flow if curvature * flow <= gain else gain / curvature


@nb.njit(cache=True)
def _cheapest(paths: Paths, state: State, fixed: FloatArray, start: int, end: int) -> int:
    """Return the cheapest of the paths from `start` to before `end`, the first of equals."""
    best, least = start, np.inf
    for path in range(start, end):
        cost = 0.0
        for i in range(paths.pointers[path], paths.pointers[path + 1]):
            cost += state.time[paths.links[i]] + fixed[paths.links[i]]
        if cost < least:
            best, least = path, cost
    return best


@nb.njit(cache=True)
def sweep(graph: Graph, demand: Commodities, paths: Paths, state: State) -> float:
    """Move flow to the cheapest known path of each commodity, one after the other; return the sum of the gains."""
    total = 0.0
    for k in range(len(demand.flow)):
        start, end = paths.first[k], paths.first[k + 1]
        if end - start < 2:
            continue
        fixed = graph.fixed[demand.user_class[k]]
        best = _cheapest(paths, state, fixed, start, end)
        for path in range(start, end):
            if path == best:
                continue
            gain, curvature = _compare(paths, state, fixed, path, best)
            if gain >= 0.0:
                amount = _newton(gain, curvature, paths.flow[path])
            else:  # an earlier shift went far enough to make `best` the dearer one
                amount = -_newton(-gain, curvature, paths.flow[best])
            if amount != 0.0:
                _shift(graph, paths, state, path, -amount)
                _shift(graph, paths, state, best, amount)
                total += amount * gain
            for i in range(paths.pointers[best], paths.pointers[best + 1]):
                state.mark[paths.links[i]] = 0
    return total

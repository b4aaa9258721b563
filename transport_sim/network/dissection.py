"""Order the nodes of a graph for a contraction hierarchy: nested dissection along inertial-flow cuts.

Each cell of the graph is cut in two where few edges cross; the nodes at the cut come last, and both sides are cut
again [1]_. A cut is a minimum cut between the first and the last quarter of the cell's nodes along one of four
compass directions, found with Dinic's algorithm [2]_; the smallest of the four is taken [3]_.

References
----------
.. [1] A. George, "Nested dissection of a regular finite element mesh", SIAM J. Numer. Anal. 10(2), 1973.
.. [2] E. A. Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation", 1970.
.. [3] A. Schild and C. Sommer, "On balanced separators in road networks", SEA 2015.
"""

import math

import numba as nb
import numpy as np

from transport_sim.network.model import FloatArray, IntArray

DIRECTIONS = 4
"""Compass directions that are tried for a cut, evenly over a half circle. [-]"""
TERMINAL_SHARE = 0.25
"""Share of a cell's nodes at either end between which the cut runs. [-]"""
SMALLEST_CELL = 3
"""Cells of this size or less are not cut further. [-]"""


def dissection_order(node_count: int, arc_from: IntArray, arc_to: IntArray, x: FloatArray, y: FloatArray) -> IntArray:
    """Return the nodes in the order of their contraction.

    Parameters
    ----------
    node_count
        Number of nodes; arcs name them by 0..node_count-1.
    arc_from, arc_to
        Ends of the arcs; directions, loops and parallel arcs make no difference.
    x, y
        Coordinates of the nodes in any plane; they steer the cuts and decide nothing else.

    Returns
    -------
    IntArray
        Node of each rank, the least important first; the same for the same graph, always.
    """
    pointers, heads = undirected(node_count, arc_from, arc_to)
    tails = np.repeat(np.arange(node_count, dtype=np.int32), np.diff(pointers))
    # sorted by (tail, head); the arcs sorted by (head, tail) are their reverses in that order
    reverse = np.lexsort((tails, heads)).astype(np.int32)
    angles = np.arange(DIRECTIONS) * (math.pi / DIRECTIONS)
    keys = np.cos(angles)[:, None] * np.asarray(x, dtype=np.float64) + np.sin(angles)[:, None] * np.asarray(y)
    order: IntArray = _dissect(pointers, heads, reverse, keys).astype(np.int64)
    return order


def undirected(node_count: int, arc_from: IntArray, arc_to: IntArray) -> tuple[IntArray, IntArray]:
    """Return pointers and heads of the graph with every arc in both directions, once, and no loops."""
    both_from, both_to = np.concatenate([arc_from, arc_to]), np.concatenate([arc_to, arc_from])
    proper = both_from != both_to
    key = np.unique(both_from[proper].astype(np.int64) * node_count + both_to[proper])
    pointers = np.searchsorted(key, np.arange(node_count + 1, dtype=np.int64) * node_count)
    return pointers, (key % max(node_count, 1)).astype(np.int32)


@nb.njit(cache=True)
def _dissect(pointers, heads, reverse, keys):  # type: ignore[no-untyped-def]
    """Cut cells until they are small; the place of a node in `nodes` is its rank."""
    count = len(pointers) - 1
    nodes = np.arange(count, dtype=np.int32)
    cell = np.zeros(count, dtype=np.int32)
    role = np.zeros(count, dtype=np.int8)
    level = np.full(count, -1, dtype=np.int32)
    cursor = np.zeros(count, dtype=np.int64)
    side = np.zeros(count, dtype=np.bool_)
    flow = np.zeros(len(heads), dtype=np.int8)
    queue, trail = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int64)
    stack = [(0, count)]
    cells = 0
    while len(stack) > 0:
        low, high = stack.pop()
        if high - low <= SMALLEST_CELL:
            continue
        cells += 1
        members = nodes[low:high].copy()
        for node in members:
            cell[node] = cells
        best, best_small = high - low + 1, 0
        for direction in range(keys.shape[0]):
            sequence = members[np.argsort(keys[direction][members], kind="mergesort")]
            cut = _cut(sequence, best, cells, pointers, heads, reverse, cell, role, level, cursor, flow, queue, trail)
            inside = 0
            for node in members:
                inside += level[node] >= 0
            small = min(inside, high - low - inside)
            if cut < best or (cut == best and small > best_small):
                best, best_small = cut, small
                for node in members:
                    side[node] = level[node] >= 0
        first, second = _arrange(members, cells, pointers, heads, cell, side, nodes[low:high])
        stack.append((low, low + first))
        stack.append((low + first, low + first + second))
    return nodes


@nb.njit(cache=True)
def _arrange(members, number, pointers, heads, cell, side, place):  # type: ignore[no-untyped-def]
    """Write one side, the other side and the separator to `place`; return the sizes of the sides.

    The separator is the set of nodes at the cut on that side where they are fewer.
    """
    at_cut = np.zeros(len(members), dtype=np.bool_)
    counts = [0, 0]
    for i, node in enumerate(members):
        for arc in range(pointers[node], pointers[node + 1]):
            if cell[heads[arc]] == number and side[heads[arc]] != side[node]:
                at_cut[i] = True
        if at_cut[i]:
            counts[int(side[node])] += 1
    fewer = counts[1] <= counts[0]
    sizes = [0, 0]
    for i, node in enumerate(members):
        if not (at_cut[i] and side[node] == fewer):
            sizes[int(side[node])] += 1
    position = [sizes[1], 0, sizes[0] + sizes[1]]
    for i, node in enumerate(members):
        group = 2 if at_cut[i] and side[node] == fewer else int(side[node])
        place[position[group]] = node
        position[group] += 1
    return sizes[1], sizes[0]


@nb.njit(cache=True)
def _cut(sequence, limit, number, pointers, heads, reverse, cell, role, level, cursor, flow, queue, trail):  # type: ignore[no-untyped-def]  # noqa: E501
    """Find a minimum cut between the ends of a sequence; give up beyond `limit`. Leaves the near side in `level`."""
    terminals = max(1, int(TERMINAL_SHARE * len(sequence)))
    for i, node in enumerate(sequence):
        role[node] = 1 if i < terminals else (2 if i >= len(sequence) - terminals else 0)
        flow[pointers[node] : pointers[node + 1]] = 0
    total = 0
    while total <= limit and _levels(sequence, number, pointers, heads, cell, role, level, flow, queue):
        for node in sequence:
            cursor[node] = pointers[node]
        for node in sequence[:terminals]:
            while total <= limit and _augment(
                node, number, pointers, heads, reverse, cell, role, level, cursor, flow, trail
            ):
                total += 1
    return total


@nb.njit(cache=True)
def _levels(sequence, number, pointers, heads, cell, role, level, flow, queue):  # type: ignore[no-untyped-def]
    """Label nodes with their steps from the sources in the residual graph; say whether a sink is reached."""
    tail = 0
    for node in sequence:
        level[node] = -1
        if role[node] == 1:
            level[node] = 0
            queue[tail] = node
            tail += 1
    at, reached = 0, False
    while at < tail and not reached:
        end = tail
        while at < end:
            node = queue[at]
            at += 1
            for arc in range(pointers[node], pointers[node + 1]):
                head = heads[arc]
                if cell[head] == number and level[head] < 0 and flow[arc] < 1:
                    level[head] = level[node] + 1
                    queue[tail] = head
                    tail += 1
                    reached = reached or role[head] == 2
    return reached


@nb.njit(cache=True)
def _augment(source, number, pointers, heads, reverse, cell, role, level, cursor, flow, trail):  # type: ignore[no-untyped-def]
    """Send one unit from a source to any sink along rising levels; say whether that was possible."""
    depth, node = 0, source
    while True:
        if role[node] == 2:
            for i in range(depth):
                flow[trail[i]] += 1
                flow[reverse[trail[i]]] -= 1
            return True
        advanced = False
        while cursor[node] < pointers[node + 1]:
            arc = cursor[node]
            head = heads[arc]
            if cell[head] == number and flow[arc] < 1 and level[head] == level[node] + 1:
                trail[depth] = arc
                depth += 1
                node = head
                advanced = True
                break
            cursor[node] += 1
        if advanced:
            continue
        if depth == 0:
            return False
        depth -= 1
        node = heads[reverse[trail[depth]]]
        cursor[node] += 1

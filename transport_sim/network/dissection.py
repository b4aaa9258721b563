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
from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from transport_sim.network.model import BoolArray, FloatArray, IntArray

Int32Array = npt.NDArray[np.int32]
Int8Array = npt.NDArray[np.int8]

DIRECTIONS = 4
"""Compass directions that are tried for a cut, evenly over a half circle. [-]"""
TERMINAL_SHARE = 0.25
"""Share of a cell's nodes at either end between which the cut runs. [-]"""
SMALLEST_CELL = 3
"""Cells of this size or less are not cut further. [-]"""


class _Work(NamedTuple):
    """The graph with every arc in both directions, and what the kernels note about nodes and arcs."""

    pointers: IntArray
    """Where the arcs of each node start."""
    heads: Int32Array
    """Node at the end of each arc."""
    reverse: Int32Array
    """The same edge's other arc."""
    flow: Int8Array
    """Units on each arc: 1, 0 or, against the flow, -1."""
    cell: Int32Array
    """Number of the cell of each node."""
    role: Int8Array
    """1 at a source, 2 at a sink, else 0."""
    level: Int32Array
    """Steps from the sources in the residual graph; -1 beyond the cut."""
    cursor: IntArray
    """Arc of each node to try next."""
    queue: Int32Array
    trail: IntArray
    """Arcs of the path under search."""

    @classmethod
    def of(cls, node_count: int, arc_from: IntArray, arc_to: IntArray) -> "_Work":
        """Take the edges of a graph."""
        pointers, heads = undirected(node_count, arc_from, arc_to)
        tails = np.repeat(np.arange(node_count, dtype=np.int32), np.diff(pointers))
        # arcs are sorted by (tail, head); sorted by (head, tail) they are their reverses in that order
        reverse = np.lexsort((tails, heads)).astype(np.int32)
        narrow, wide = np.zeros((3, node_count), dtype=np.int32), np.zeros((2, node_count), dtype=np.int64)
        flow, role = np.zeros(len(heads), dtype=np.int8), np.zeros(node_count, dtype=np.int8)
        return cls(pointers, heads, reverse, flow, narrow[0], role, narrow[1], wide[0], narrow[2], wide[1])


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
    work = _Work.of(node_count, arc_from, arc_to)
    angles = np.arange(DIRECTIONS) * (math.pi / DIRECTIONS)
    keys = np.cos(angles)[:, None] * np.asarray(x, dtype=np.float64) + np.sin(angles)[:, None] * np.asarray(y)
    alone = np.diff(work.pointers) == 0
    nodes = np.concatenate([np.flatnonzero(alone), np.flatnonzero(~alone)]).astype(np.int32)
    _dissect(work, keys, nodes, int(alone.sum()))
    return nodes.astype(np.int64)


def undirected(node_count: int, arc_from: IntArray, arc_to: IntArray) -> tuple[IntArray, Int32Array]:
    """Return pointers and heads of the graph with every arc in both directions, once, and no loops."""
    both_from, both_to = np.concatenate([arc_from, arc_to]), np.concatenate([arc_to, arc_from])
    proper = both_from != both_to
    key = np.unique(both_from[proper].astype(np.int64) * node_count + both_to[proper])
    pointers = np.searchsorted(key, np.arange(node_count + 1, dtype=np.int64) * node_count)
    return pointers, (key % max(node_count, 1)).astype(np.int32)


@nb.njit(cache=True)
def _dissect(work: _Work, keys: FloatArray, nodes: Int32Array, first: int) -> None:
    """Cut the nodes from `first` on into cells until these are small; a node's place becomes its rank."""
    side = np.zeros(len(nodes), dtype=np.bool_)
    stack = [(first, len(nodes))]
    number = 0
    while len(stack) > 0:
        low, high = stack.pop()
        if high - low <= SMALLEST_CELL:
            continue
        number += 1
        members = nodes[low:high].copy()
        work.cell[members] = number
        best, best_small = high - low + 1, 0
        for direction in range(keys.shape[0]):
            cut = _cut(work, members[np.argsort(keys[direction][members], kind="mergesort")], number, best)
            near = 0
            for node in members:
                near += work.level[node] >= 0
            small = min(near, high - low - near)
            if cut < best or (cut == best and small > best_small):
                best, best_small = cut, small
                for node in members:
                    side[node] = work.level[node] >= 0
        near, far = _arrange(work, members, number, side, nodes[low:high])
        stack.append((low, low + near))
        stack.append((low + near, low + near + far))


@nb.njit(cache=True)
def _arrange(work: _Work, members: Int32Array, number: int, side: BoolArray, place: Int32Array) -> tuple[int, int]:
    """Write one side, the other side and the separator to `place`; return the sizes of the sides.

    The separator is the set of nodes at the cut on that side where they are fewer.
    """
    at_cut = np.zeros(len(members), dtype=np.bool_)
    counts = [0, 0]
    for i, node in enumerate(members):
        for head in work.heads[work.pointers[node] : work.pointers[node + 1]]:
            if work.cell[head] == number and side[head] != side[node]:
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
def _cut(work: _Work, sequence: Int32Array, number: int, limit: int) -> int:
    """Find a minimum cut between the ends of a sequence; give up beyond `limit`. The near side has levels."""
    terminals = max(1, int(TERMINAL_SHARE * len(sequence)))
    for i, node in enumerate(sequence):
        work.role[node] = 1 if i < terminals else (2 if i >= len(sequence) - terminals else 0)
        work.flow[work.pointers[node] : work.pointers[node + 1]] = 0
    total = 0
    while total <= limit and _levels(work, sequence, number):
        work.cursor[sequence] = work.pointers[sequence]
        for node in sequence[:terminals]:
            while total <= limit and _augment(work, node, number):
                total += 1
    return total


@nb.njit(cache=True)
def _levels(work: _Work, sequence: Int32Array, number: int) -> bool:
    """Label nodes with their steps from the sources in the residual graph; say whether a sink is reached."""
    queue, level, filled = work.queue, work.level, 0
    for node in sequence:
        level[node] = -1
        if work.role[node] == 1:
            level[node] = 0
            queue[filled] = node
            filled += 1
    at, reached = 0, False
    while at < filled and not reached:
        end = filled
        while at < end:
            node = queue[at]
            at += 1
            for arc in range(work.pointers[node], work.pointers[node + 1]):
                head = work.heads[arc]
                if work.cell[head] == number and level[head] < 0 and work.flow[arc] < 1:
                    level[head] = level[node] + 1
                    queue[filled] = head
                    filled += 1
                    reached = reached or work.role[head] == 2
    return reached


@nb.njit(cache=True)
def _augment(work: _Work, source: int, number: int) -> bool:
    """Send one unit from a source to any sink along rising levels; say whether that was possible."""
    depth, node = 0, source
    while work.role[node] != 2:
        advanced = False
        while work.cursor[node] < work.pointers[node + 1]:
            arc = work.cursor[node]
            head = work.heads[arc]
            if work.cell[head] == number and work.flow[arc] < 1 and work.level[head] == work.level[node] + 1:
                work.trail[depth] = arc
                depth += 1
                node = head
                advanced = True
                break
            work.cursor[node] += 1
        if not advanced:
            if depth == 0:
                return False
            depth -= 1
            node = work.heads[work.reverse[work.trail[depth]]]
            work.cursor[node] += 1
    for i in range(depth):
        work.flow[work.trail[i]] += 1
        work.flow[work.reverse[work.trail[i]]] -= 1
    return True

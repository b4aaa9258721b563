"""Customisable contraction hierarchy: prepare a graph once, re-weight it in a blink, answer in microseconds.

Contracting the nodes in a fixed order, whatever the weights, gives a graph of shortcuts [1]_. A new set of weights
only fills in the shortcuts' weights, one triangle at a time. A query then climbs the elimination tree from both ends
[2]_; distances from one node to many come from one sweep down the tree over the targets' ancestors [3]_. All kernels
are compiled, run on one thread and work on 64-bit floats, so a weight needs no scale and nothing overflows.

References
----------
.. [1] J. Dibbelt, B. Strasser and D. Wagner, "Customizable contraction hierarchies", ACM JEA 21, 2016.
.. [2] R. Bauer, T. Columbus, I. Rutter and D. Wagner, "Search-space size in contraction hierarchies", TCS 645, 2016.
.. [3] D. Delling, A. Goldberg and R. Werneck, "Faster batched shortest paths in road networks", ATMOS 2011.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numba as nb
import numpy as np

from transport_sim.network.dissection import Int32Array, undirected
from transport_sim.network.model import BoolArray, FloatArray, IntArray

BLOCK = 8
"""Sources that one sweep serves at a time: a cache line of distances. [-]"""


class Shortcuts(NamedTuple):
    """Graph after the contraction; a node is named by its rank, an edge leads to a higher rank."""

    pointers: IntArray
    """Where the edges of each rank start."""
    heads: Int32Array
    """Upper end of each edge, ascending within a rank."""
    tails: Int32Array
    """Lower end of each edge."""
    below_pointers: IntArray
    """Where the edges that arrive from below start, for each rank."""
    below_edges: Int32Array
    """Edges that arrive from below, by ascending lower end."""
    parents: Int32Array
    """Lowest upper neighbour of each rank, the parent in the elimination tree; node count at a root."""


class Halves(NamedTuple):
    """Weight and make of each direction of the edges: `2 * edge` leads upwards, `2 * edge + 1` downwards."""

    weights: FloatArray
    """Least cost over ranks below the edge. [unit of the arcs' weight]"""
    parts: Int32Array
    """The two halves of which each half is made, in driving order; its arc and -1 if it is one."""


class Climb(NamedTuple):
    """A search up the tree, in one of the two directions."""

    weights: FloatArray
    """Weight of each edge in the direction of the search."""
    distance: FloatArray
    """Least cost found for each rank."""
    incoming: Int32Array
    """Last edge on the way to each rank that was reached."""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A graph that is contracted and ready for any weights."""

    rank: Int32Array
    """Rank of each node."""
    shortcuts: Shortcuts
    arc_half: Int32Array
    """The half on which each arc of the graph lies; -1 for a loop."""

    @classmethod
    def build(cls, order: IntArray, arc_from: IntArray, arc_to: IntArray) -> "Hierarchy":
        """Contract nodes 0..n-1 in the given order."""
        count = len(order)
        rank = np.empty(count, dtype=np.int32)
        rank[order] = np.arange(count, dtype=np.int32)
        tail, head = rank[arc_from].astype(np.int64), rank[arc_to].astype(np.int64)
        pointers, heads = _eliminate(*undirected(count, tail, head))
        tails = np.repeat(np.arange(count, dtype=np.int32), np.diff(pointers))
        below_edges = np.argsort(heads, kind="stable").astype(np.int32)
        below_pointers = np.searchsorted(heads[below_edges], np.arange(count + 1))
        parents = np.full(count, count, dtype=np.int32)
        has_edge = np.diff(pointers) > 0
        parents[has_edge] = heads[pointers[:-1][has_edge]]
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        edge = np.searchsorted(tails.astype(np.int64) * count + heads, low * count + high)
        half = np.where(tail == head, -1, 2 * edge + (tail > head)).astype(np.int32)
        return cls(rank, Shortcuts(pointers, heads, tails, below_pointers, below_edges, parents), half)

    def customise(self, arc_weight: FloatArray) -> "Metric":
        """Fill in the shortcuts' weights for one weight per arc; infinite closes an arc."""
        return Metric(self, _customise(self.shortcuts, self.arc_half, arc_weight))


@dataclass(frozen=True, eq=False)
class Metric:
    """A hierarchy with weights."""

    hierarchy: Hierarchy
    halves: Halves

    def paths(self, sources: IntArray, targets: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
        """Return costs, pointers and arcs of the shortest path of each pair of nodes, arcs in driving order."""
        rank = self.hierarchy.rank
        cost, pointers, arcs = _route(self.hierarchy.shortcuts, self.halves, rank[sources], rank[targets])
        return cost, pointers, arcs

    def distances(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return costs from every source to every target."""
        rank = self.hierarchy.rank
        costs: FloatArray = _sweep(self.hierarchy.shortcuts, self.halves.weights, rank[sources], rank[targets])
        return costs


@nb.njit(cache=True)
def _eliminate(pointers: IntArray, heads: Int32Array) -> tuple[IntArray, Int32Array]:
    """Contract ranks in turn: the upper neighbours of each, its children's among them."""
    count = len(pointers) - 1
    out_pointers = np.zeros(count + 1, dtype=np.int64)
    out, used = np.empty(max(4 * len(heads), 16), dtype=np.int32), 0
    mark = np.full(count, -1, dtype=np.int32)
    child, sibling = np.full(count, -1, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    for node in range(count):
        start = used
        if used + count > len(out):
            out = np.concatenate((out, np.empty(len(out) + count, dtype=np.int32)))
        used = _add_above(node, heads[pointers[node] : pointers[node + 1]], mark, out, used)
        below = child[node]
        while below >= 0:
            used = _add_above(node, out[out_pointers[below] : out_pointers[below + 1]], mark, out, used)
            below = sibling[below]
        out_pointers[node + 1] = used
        if used > start:
            out[start:used].sort()
            parent = out[start]
            sibling[node] = child[parent]
            child[parent] = node
    return out_pointers, out[:used].copy()


@nb.njit(cache=True)
def _add_above(node: int, heads: Int32Array, mark: Int32Array, out: Int32Array, used: int) -> int:
    """Append the heads above a node that aren't there yet; return how much of `out` is used."""
    for head in heads:
        if head > node and mark[head] != node:
            mark[head] = node
            out[used] = head
            used += 1
    return used


@nb.njit(cache=True)
def _customise(cuts: Shortcuts, arc_half: Int32Array, arc_weight: FloatArray) -> Halves:
    """Give each half the least of its arcs and its lower triangles."""
    size = 2 * len(cuts.heads)
    weights = np.full(size, np.inf)
    parts = np.full((size, 2), -1, dtype=np.int32)
    for arc in range(len(arc_half)):
        half = arc_half[arc]
        if half >= 0 and arc_weight[arc] < weights[half]:
            weights[half] = arc_weight[arc]
            parts[half, 0] = arc
    edge_to = np.empty(len(cuts.parents), dtype=np.int32)
    for node in range(len(cuts.parents)):
        for edge in range(cuts.pointers[node], cuts.pointers[node + 1]):
            edge_to[cuts.heads[edge]] = edge
        for i in range(cuts.below_pointers[node], cuts.below_pointers[node + 1]):
            # `lower` leads from a lower rank to `node`; that rank's later edges close the triangles
            lower = cuts.below_edges[i]
            up, down = weights[2 * lower], weights[2 * lower + 1]
            for other in range(lower + 1, cuts.pointers[cuts.tails[lower] + 1]):
                rising = 2 * edge_to[cuts.heads[other]]
                if down + weights[2 * other] < weights[rising]:
                    weights[rising] = down + weights[2 * other]
                    parts[rising, 0], parts[rising, 1] = 2 * lower + 1, 2 * other
                if weights[2 * other + 1] + up < weights[rising + 1]:
                    weights[rising + 1] = weights[2 * other + 1] + up
                    parts[rising + 1, 0], parts[rising + 1, 1] = 2 * other + 1, 2 * lower
    return Halves(weights, parts)


@nb.njit(cache=True)
def _climb(cuts: Shortcuts, weights: FloatArray) -> Climb:
    """Return a search in which nothing is reached yet."""
    count = len(cuts.parents)
    return Climb(weights, np.full(count, np.inf), np.empty(count, dtype=np.int32))


@nb.njit(cache=True)
def _relax(cuts: Shortcuts, climb: Climb, node: int, limit: float) -> None:
    """Pass the distance of a node on to its upper neighbours, unless it is beyond `limit`."""
    reach = climb.distance[node]
    if reach >= limit:
        return
    for edge in range(cuts.pointers[node], cuts.pointers[node + 1]):
        head, through = cuts.heads[edge], reach + climb.weights[edge]
        if through < climb.distance[head]:
            climb.distance[head] = through
            climb.incoming[head] = edge


@nb.njit(cache=True)
def _meet(cuts: Shortcuts, ahead: Climb, back: Climb, source: int, target: int) -> int:
    """Climb from both ends; return the common ancestor with the least sum, -1 if no path leads."""
    ahead.distance[source] = 0.0
    back.distance[target] = 0.0
    x, y, best, meeting = source, target, np.inf, -1
    while x != y:
        if x < y:
            _relax(cuts, ahead, x, np.inf)
            x = cuts.parents[x]
        else:
            _relax(cuts, back, y, np.inf)
            y = cuts.parents[y]
    while x < len(cuts.parents):
        if ahead.distance[x] + back.distance[x] < best:
            best, meeting = ahead.distance[x] + back.distance[x], x
        _relax(cuts, ahead, x, best)
        _relax(cuts, back, x, best)
        x = cuts.parents[x]
    return meeting


@nb.njit(cache=True)
def _forget(cuts: Shortcuts, climb: Climb, node: int) -> None:
    """Make the distances of a node and all its ancestors infinite again."""
    while node < len(cuts.parents):
        climb.distance[node] = np.inf
        node = cuts.parents[node]


@nb.njit(cache=True)
def _route(
    cuts: Shortcuts, halves: Halves, sources: Int32Array, targets: Int32Array
) -> tuple[FloatArray, IntArray, IntArray]:
    """Find the path of each pair and write out its arcs."""
    ahead, back = _climb(cuts, halves.weights[0::2]), _climb(cuts, halves.weights[1::2])
    cost = np.full(len(sources), np.inf)
    pointers = np.zeros(len(sources) + 1, dtype=np.int64)
    out, used = np.empty(1024, dtype=np.int64), 0
    stack = np.empty(len(cuts.parents) + 64, dtype=np.int32)
    for pair in range(len(sources)):
        source, target = sources[pair], targets[pair]
        meeting = _meet(cuts, ahead, back, source, target)
        if meeting >= 0:
            cost[pair] = ahead.distance[meeting] + back.distance[meeting]
            depth, node = 0, meeting
            while node != target:
                stack[depth] = 2 * back.incoming[node] + 1
                depth += 1
                node = cuts.tails[back.incoming[node]]
            stack[:depth] = stack[:depth][::-1].copy()
            node = meeting
            while node != source:
                stack[depth] = 2 * ahead.incoming[node]
                depth += 1
                node = cuts.tails[ahead.incoming[node]]
            out, used = _unpack(halves.parts, stack, depth, out, used)
        pointers[pair + 1] = used
        _forget(cuts, ahead, source)
        _forget(cuts, back, target)
    return cost, pointers, out[:used].copy()


@nb.njit(cache=True)
def _unpack(parts: Int32Array, stack: Int32Array, depth: int, out: IntArray, used: int) -> tuple[IntArray, int]:
    """Replace the halves on the stack, the last one first, by their arcs; append these to `out`."""
    while depth > 0:
        half = stack[depth - 1]
        first, second = parts[half, 0], parts[half, 1]
        if second < 0:
            if used == len(out):
                out = np.concatenate((out, np.empty(len(out), dtype=np.int64)))
            out[used] = first
            used += 1
            depth -= 1
        else:
            stack[depth - 1] = second
            stack[depth] = first
            depth += 1
    return out, used


@nb.njit(cache=True)
def _ancestors(cuts: Shortcuts, nodes: Int32Array) -> BoolArray:
    """Mark nodes and all that lie above them in the tree."""
    marked = np.zeros(len(cuts.parents), dtype=np.bool_)
    for start in nodes:
        node = start
        while node < len(marked) and not marked[node]:
            marked[node] = True
            node = cuts.parents[node]
    return marked


@nb.njit(cache=True)
def _climb_from(cuts: Shortcuts, climb: Climb, source: int, wanted: BoolArray, reach: FloatArray) -> None:
    """Note the costs from a source to its ancestors, where they are wanted."""
    climb.distance[source] = 0.0
    node = source
    while node < len(wanted):
        _relax(cuts, climb, node, np.inf)
        if wanted[node]:
            reach[node] = climb.distance[node]
        node = cuts.parents[node]
    _forget(cuts, climb, source)


@nb.njit(cache=True)
def _sweep(cuts: Shortcuts, weights: FloatArray, sources: Int32Array, targets: Int32Array) -> FloatArray:
    """Find distances from blocks of sources: climb to the root, then sweep down to the targets."""
    wanted = _ancestors(cuts, targets)
    down = np.flatnonzero(wanted)[::-1]
    climb = _climb(cuts, weights[0::2])
    reach = np.empty((len(wanted), BLOCK))
    result = np.empty((len(sources), len(targets)))
    for start in range(0, len(sources), BLOCK):
        block = sources[start : start + BLOCK]
        for node in down:
            reach[node] = np.inf
        for lane, source in enumerate(block):
            _climb_from(cuts, climb, source, wanted, reach[:, lane])
        for node in down:
            for edge in range(cuts.pointers[node], cuts.pointers[node + 1]):
                for lane in range(BLOCK):
                    through = reach[cuts.heads[edge], lane] + weights[2 * edge + 1]
                    reach[node, lane] = min(reach[node, lane], through)
        for lane in range(len(block)):
            for i in range(len(targets)):
                result[start + lane, i] = reach[targets[i], lane]
    return result

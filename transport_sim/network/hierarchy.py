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

import numba as nb
import numpy as np
import numpy.typing as npt

from transport_sim.network.dissection import undirected
from transport_sim.network.model import FloatArray, IntArray

Int32Array = npt.NDArray[np.int32]
BLOCK = 8
"""Sources that one sweep serves at a time: a cache line of distances. [-]"""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Shortcut graph of an order of contraction; a node is named by its rank, an edge leads to a higher rank.

    A *half* of edge `e` is one of its directions: `2 * e` upwards, `2 * e + 1` downwards.
    """

    rank: Int32Array
    """Rank of each node."""
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
    arc_half: Int32Array
    """The half of an edge on which each arc of the graph lies; -1 for a loop."""

    @classmethod
    def build(cls, order: IntArray, arc_from: IntArray, arc_to: IntArray) -> "Hierarchy":
        """Contract nodes in the given order; arcs name nodes by 0..n-1."""
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
        return cls(rank, pointers, heads, tails, below_pointers, below_edges, parents, half)

    def customise(self, arc_weight: FloatArray) -> "Metric":
        """Fill in the shortcuts' weights for one weight per arc; infinite closes an arc."""
        weights, first, second = _customise(
            self.pointers, self.heads, self.tails, self.below_pointers, self.below_edges, self.arc_half, arc_weight
        )
        return Metric(self, weights, first, second)


@dataclass(frozen=True, eq=False)
class Metric:
    """Weights of all edges of a hierarchy, and of what each shortcut is made."""

    hierarchy: Hierarchy
    weights: FloatArray
    """Weight of each half. [unit of the arcs' weight]"""
    first: Int32Array
    """First half of which a half is made, or its arc."""
    second: Int32Array
    """Second half of which a half is made; -1 if it is an arc."""

    def paths(self, sources: IntArray, targets: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
        """Return costs, pointers and arcs of the shortest path of each pair of nodes, arcs in driving order."""
        h = self.hierarchy
        cost, pointers, arcs = _route(
            h.pointers, h.heads, h.tails, h.parents, self.weights, self.first, self.second,
            h.rank[sources], h.rank[targets],
        )  # fmt: skip
        return cost, pointers, arcs

    def distances(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return costs from every source to every target."""
        h = self.hierarchy
        costs: FloatArray = _sweep(h.pointers, h.heads, h.parents, self.weights, h.rank[sources], h.rank[targets])
        return costs


@nb.njit(cache=True)
def _eliminate(pointers, heads):  # type: ignore[no-untyped-def]
    """Contract ranks in turn: the upper neighbours of each, its children's among them."""
    count = len(pointers) - 1
    out_pointers = np.zeros(count + 1, dtype=np.int64)
    out = np.empty(max(4 * len(heads), 16), dtype=np.int32)
    mark = np.full(count, -1, dtype=np.int32)
    child, sibling = np.full(count, -1, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    used = 0
    for node in range(count):
        start = used
        if used + count > len(out):
            out = np.concatenate((out, np.empty(len(out) + count, dtype=np.int32)))
        for arc in range(pointers[node], pointers[node + 1]):
            head = heads[arc]
            if head > node:
                mark[head] = node
                out[used] = head
                used += 1
        below = child[node]
        while below >= 0:
            for edge in range(out_pointers[below], out_pointers[below + 1]):
                head = out[edge]
                if head > node and mark[head] != node:
                    mark[head] = node
                    out[used] = head
                    used += 1
            below = sibling[below]
        out_pointers[node + 1] = used
        if used > start:
            out[start:used].sort()
            parent = out[start]
            sibling[node] = child[parent]
            child[parent] = node
    return out_pointers, out[:used].copy()


@nb.njit(cache=True)
def _customise(pointers, heads, tails, below_pointers, below_edges, arc_half, arc_weight):  # type: ignore[no-untyped-def]
    """Give each half the least of its arcs and its lower triangles."""
    weights = np.full(2 * len(heads), np.inf)
    first = np.full(2 * len(heads), -1, dtype=np.int32)
    second = np.full(2 * len(heads), -1, dtype=np.int32)
    for arc in range(len(arc_half)):
        half = arc_half[arc]
        if half >= 0 and arc_weight[arc] < weights[half]:
            weights[half] = arc_weight[arc]
            first[half] = arc
    count = len(pointers) - 1
    edge_to = np.empty(count, dtype=np.int32)
    for node in range(count):
        for edge in range(pointers[node], pointers[node + 1]):
            edge_to[heads[edge]] = edge
        for i in range(below_pointers[node], below_pointers[node + 1]):
            # edge `lower` leads from a lower rank to `node`; the rank's later edges close the triangles
            lower = below_edges[i]
            up, down = weights[2 * lower], weights[2 * lower + 1]
            for other in range(lower + 1, pointers[tails[lower] + 1]):
                edge = edge_to[heads[other]]
                if down + weights[2 * other] < weights[2 * edge]:
                    weights[2 * edge] = down + weights[2 * other]
                    first[2 * edge], second[2 * edge] = 2 * lower + 1, 2 * other
                if weights[2 * other + 1] + up < weights[2 * edge + 1]:
                    weights[2 * edge + 1] = weights[2 * other + 1] + up
                    first[2 * edge + 1], second[2 * edge + 1] = 2 * other + 1, 2 * lower
    return weights, first, second


@nb.njit(cache=True)
def _relax(node, way, pointers, heads, weights, distance, incoming, limit):  # type: ignore[no-untyped-def]
    """Pass the distance of a node on to its upper neighbours, unless it is beyond `limit`."""
    reach = distance[node]
    if reach >= limit:
        return
    for edge in range(pointers[node], pointers[node + 1]):
        through = reach + weights[2 * edge + way]
        if through < distance[heads[edge]]:
            distance[heads[edge]] = through
            incoming[heads[edge]] = edge


@nb.njit(cache=True)
def _route(pointers, heads, tails, parents, weights, first, second, sources, targets):  # type: ignore[no-untyped-def]
    """Find the path of each pair; climb from both ends to the meeting place with the least sum."""
    count = len(parents)
    ahead, back = np.full(count, np.inf), np.full(count, np.inf)
    ahead_in, back_in = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    cost = np.full(len(sources), np.inf)
    out_pointers = np.zeros(len(sources) + 1, dtype=np.int64)
    out, used = np.empty(1024, dtype=np.int64), 0
    stack = np.empty(count + 64, dtype=np.int32)
    for pair in range(len(sources)):
        source, target = sources[pair], targets[pair]
        ahead[source] = back[target] = 0.0
        x, y, best, meeting = source, target, np.inf, -1
        while x != y:
            if x < y:
                _relax(x, 0, pointers, heads, weights, ahead, ahead_in, np.inf)
                x = parents[x]
            else:
                _relax(y, 1, pointers, heads, weights, back, back_in, np.inf)
                y = parents[y]
        while x < count:
            if ahead[x] + back[x] < best:
                best, meeting = ahead[x] + back[x], x
            _relax(x, 0, pointers, heads, weights, ahead, ahead_in, best)
            _relax(x, 1, pointers, heads, weights, back, back_in, best)
            x = parents[x]
        cost[pair] = best
        if meeting >= 0:
            depth, node = 0, meeting
            while node != source:
                stack[depth] = 2 * ahead_in[node]
                depth += 1
                node = tails[ahead_in[node]]
            out, used = _unpack(stack, depth, first, second, out, used)
            node = meeting
            while node != target:
                stack[0] = 2 * back_in[node] + 1
                out, used = _unpack(stack, 1, first, second, out, used)
                node = tails[back_in[node]]
        out_pointers[pair + 1] = used
        _forget(source, parents, ahead)
        _forget(target, parents, back)
    return cost, out_pointers, out[:used].copy()


@nb.njit(cache=True)
def _forget(node, parents, distance):  # type: ignore[no-untyped-def]
    """Make the distances of a node and all its ancestors infinite again."""
    while node < len(parents):
        distance[node] = np.inf
        node = parents[node]


@nb.njit(cache=True)
def _unpack(stack, depth, first, second, out, used):  # type: ignore[no-untyped-def]
    """Replace the halves on the stack, the last one first, by their arcs; append these to `out`."""
    while depth > 0:
        half = stack[depth - 1]
        if second[half] < 0:
            if used == len(out):
                out = np.concatenate((out, np.empty(len(out), dtype=np.int64)))
            out[used] = first[half]
            used += 1
            depth -= 1
        else:
            stack[depth - 1] = second[half]
            stack[depth] = first[half]
            depth += 1
    return out, used


@nb.njit(cache=True)
def _sweep(pointers, heads, parents, weights, sources, targets):  # type: ignore[no-untyped-def]
    """Find distances from blocks of sources: climb to the root, then sweep down to the targets."""
    count = len(parents)
    wanted = np.zeros(count, dtype=np.bool_)
    for target in targets:
        node = target
        while node < count and not wanted[node]:
            wanted[node] = True
            node = parents[node]
    down = np.flatnonzero(wanted)[::-1]
    result = np.empty((len(sources), len(targets)))
    ahead, reach = np.full(count, np.inf), np.empty((count, BLOCK))
    unused = np.empty(count, dtype=np.int32)
    for start in range(0, len(sources), BLOCK):
        block = sources[start : start + BLOCK]
        for node in down:
            reach[node] = np.inf
        for lane, source in enumerate(block):
            ahead[source] = 0.0
            node = source
            while node < count:
                _relax(node, 0, pointers, heads, weights, ahead, unused, np.inf)
                if wanted[node]:
                    reach[node, lane] = ahead[node]
                node = parents[node]
            _forget(source, parents, ahead)
        for node in down:
            for edge in range(pointers[node], pointers[node + 1]):
                weight, head = weights[2 * edge + 1], heads[edge]
                for lane in range(BLOCK):
                    reach[node, lane] = min(reach[node, lane], reach[head, lane] + weight)
        for lane in range(len(block)):
            for i in range(len(targets)):
                result[start + lane, i] = reach[targets[i], lane]
    return result

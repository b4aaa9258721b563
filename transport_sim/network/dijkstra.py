"""Shortest paths with scipy's Dijkstra: nothing to prepare, one tree per source."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from transport_sim.network.model import FloatArray, IntArray

SOURCE_BLOCK = 64
"""Sources whose trees are held in memory at a time. [-]"""


@dataclass(frozen=True, eq=False)
class Plain:
    """Arcs between nodes 0..n-1, ready for any weights; the counterpart of `hierarchy.Hierarchy`."""

    node_count: int
    arc_from: IntArray
    arc_to: IntArray

    def customise(self, arc_weight: FloatArray) -> "Trees":
        """Keep the cheapest of parallel arcs, for one weight per arc; infinite closes an arc."""
        order = np.lexsort((arc_weight, self.arc_to, self.arc_from))
        start, end = self.arc_from[order], self.arc_to[order]
        keep = np.isfinite(arc_weight[order]) & (start != end)
        keep[1:] &= (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        pointers = np.searchsorted(start[keep], np.arange(self.node_count + 1))
        arcs = order[keep]
        shape = (self.node_count, self.node_count)
        matrix = csr_array((arc_weight[arcs], end[keep], pointers), shape=shape)
        return Trees(matrix, arcs, start[keep] * self.node_count + end[keep])


@dataclass(frozen=True, eq=False)
class Trees:
    """A weighted graph; the counterpart of `hierarchy.Metric`."""

    matrix: Any
    """scipy CSR matrix of weights; an explicit zero is an arc of weight zero."""
    arcs: IntArray
    """Arc of each entry of the matrix."""
    keys: IntArray
    """From-node times node count plus to-node of each entry, ascending."""

    def distances(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return costs from every source to every target."""
        places, inverse = np.unique(sources, return_inverse=True)
        blocks = [places[i : i + SOURCE_BLOCK] for i in range(0, len(places), SOURCE_BLOCK)]
        costs: FloatArray = np.concatenate([dijkstra(self.matrix, indices=block)[:, targets] for block in blocks])
        return costs[inverse]

    def paths(self, sources: IntArray, targets: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
        """Return costs, pointers and arcs of the shortest path of each pair of nodes, arcs in driving order."""
        count = self.matrix.shape[0]
        cost = np.full(len(sources), np.inf)
        pairs, steps = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        places, tree = np.unique(sources, return_inverse=True)
        for first in range(0, len(places), SOURCE_BLOCK):
            block = places[first : first + SOURCE_BLOCK]
            distance, before = dijkstra(self.matrix, indices=block, return_predecessors=True)
            pair = np.flatnonzero((tree >= first) & (tree < first + SOURCE_BLOCK))
            node = targets[pair]
            cost[pair] = distance[tree[pair] - first, node]
            while len(pair):
                previous = before[tree[pair] - first, node].astype(np.int64)
                going = previous >= 0
                pair, node, previous = pair[going], node[going], previous[going]
                pairs.append(pair)
                steps.append(self.arcs[np.searchsorted(self.keys, previous * count + node)])
                node = previous
        pair_of_step = np.concatenate(pairs)[::-1]
        order = np.argsort(pair_of_step, kind="stable")
        pointers = np.searchsorted(pair_of_step[order], np.arange(len(sources) + 1))
        return cost, pointers, np.concatenate(steps)[::-1][order]

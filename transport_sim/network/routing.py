"""Shortest paths over a network's links, with the links that each path uses."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from transport_sim.errors import NetworkError
from transport_sim.network.csr import CsrGraph
from transport_sim.network.model import FloatArray, IntArray, Mode, Network

TIE_TOLERANCE = 1e-9
"""Two paths count as equally long when they differ by less than this share. [-]"""


@dataclass(frozen=True, eq=False)
class Paths:
    """Costs and links of the shortest paths between all sources and targets."""

    sources: IntArray
    """Node id of each source."""
    targets: IntArray
    """Node id of each target."""
    cost: FloatArray
    """Cost of each path, sources by targets; infinite where there is none. [unit of the weight]"""
    incidence: Any
    """scipy CSR matrix, (source * targets + target) by rows of `Network.links`: 1 where the path uses the link."""


def link_weight(network: Network, weight: Literal["length_km", "time_h"] | npt.ArrayLike) -> FloatArray:
    """Return one weight per link: its length, its free travel time, or the array given.

    Free travel time is length over free speed; waiting, locks and the river's current are not in it.
    """
    links = network.links
    if not isinstance(weight, str):
        return np.asarray(weight, dtype=np.float64)
    length_km: FloatArray = links["length_km"].to_numpy(dtype=np.float64)
    if weight == "length_km":
        return length_km
    if weight == "time_h":
        speed_kmh: FloatArray = links["free_speed_kmh"].to_numpy(dtype=np.float64)
        return length_km / speed_kmh
    raise NetworkError(f"no weight '{weight}'; give 'length_km', 'time_h' or an array with one value per link")


def shortest_paths(
    network: Network,
    *,
    modes: tuple[Mode, ...],
    sources: npt.ArrayLike,
    targets: npt.ArrayLike,
    weight: Literal["length_km", "time_h"] | npt.ArrayLike,
) -> Paths:
    """Find the shortest path from every source to every target.

    Parameters
    ----------
    network
        The network. A path changes mode over links of mode `transfer` only.
    modes
        Modes that a path may use.
    sources, targets
        Node ids.
    weight
        `length_km` [km], `time_h` [h], or one value per row of `network.links`; infinite closes a link.

    Returns
    -------
    Paths
        A node reaches itself at cost 0 over no link; an unreachable target costs infinity over no link.
        Among equally short paths the one whose last links have the lowest ids is taken, so the answer
        depends on the network alone.

    Raises
    ------
    NetworkError
        If a mode, node or weight is unknown, or a weight is negative or missing.
    """
    graph = CsrGraph.build(network, modes=modes, weight=link_weight(network, weight))
    source_ids = np.atleast_1d(np.asarray(sources, dtype=np.int64))
    target_ids = np.atleast_1d(np.asarray(targets, dtype=np.int64))
    start, end = graph.positions(source_ids), graph.positions(target_ids)
    if not len(start) or not len(end):
        shape = (len(start), len(end))
        return Paths(source_ids, target_ids, np.zeros(shape), sparse.csr_array((0, len(network.links))))
    distance, predecessor = dijkstra(graph.matrix, indices=start, return_predecessors=True)
    incoming = np.stack([_incoming_arcs(graph, distance[i], predecessor[i]) for i in range(len(start))])
    return Paths(source_ids, target_ids, distance[:, end], _incidence(graph, incoming, end, len(network.links)))


def links_along(paths: Paths, ends: IntArray, start: int, end: int, node: int) -> list[int]:
    """Return the rows of the links of a path in the order of travel.

    Parameters
    ----------
    paths
        From `shortest_paths`.
    ends
        Nodes where each link begins and ends, in table order, shape (links, 2).
    start, end
        Positions of source and target of the path.
    node
        The source's node.

    Returns
    -------
    Rows of the table of links; none where there is no path.
    """
    pair = start * paths.cost.shape[1] + end
    rows = paths.incidence.indices[paths.incidence.indptr[pair] : paths.incidence.indptr[pair + 1]]
    by_start = {int(ends[row, 0]): int(row) for row in rows}
    order = []
    for _ in rows:
        order.append(by_start[node])
        node = int(ends[order[-1], 1])
    return order


def _incoming_arcs(graph: CsrGraph, distance: FloatArray, predecessor: npt.NDArray[np.int32]) -> IntArray:
    """Return for each node position the last arc of its shortest path, -1 if there is none.

    Every arc that closes the distance exactly would do; the lowest link id wins. Arcs too short to lie
    strictly closer to the source are left to dijkstra's own predecessor, so the result has no cycle.
    """
    reach = distance[graph.arc_from] + graph.arc_weight
    slack = TIE_TOLERANCE * np.maximum(distance[graph.arc_to], 1e-12)
    with np.errstate(invalid="ignore"):
        tight = (np.abs(reach - distance[graph.arc_to]) <= slack) & (graph.arc_weight > 2 * slack)
    arcs = np.flatnonzero(tight & np.isfinite(reach))
    arcs = arcs[np.lexsort((graph.link_ids[arcs], graph.arc_to[arcs]))]
    heads, first = np.unique(graph.arc_to[arcs], return_index=True)
    incoming = np.full(len(graph.node_ids), -1, dtype=np.int64)
    incoming[heads] = arcs[first]
    left = np.flatnonzero((incoming < 0) & (predecessor >= 0))
    if len(left):
        key = graph.arc_from * len(graph.node_ids) + graph.arc_to
        incoming[left] = np.searchsorted(key, predecessor[left].astype(np.int64) * len(graph.node_ids) + left)
    return incoming


def _incidence(graph: CsrGraph, incoming: IntArray, end: IntArray, link_count: int) -> Any:  # noqa: ANN401
    """Walk all paths back from their targets together and note the links."""
    source_count = len(incoming)
    source = np.repeat(np.arange(source_count), len(end))
    pair = np.arange(source_count * len(end))
    node = np.tile(end, source_count)
    pairs, rows = [], []
    while len(node):
        arc = incoming[source, node]
        going = arc >= 0
        source, pair, arc = source[going], pair[going], arc[going]
        pairs.append(pair)
        rows.append(graph.arc_rows[arc])
        node = graph.arc_from[arc]
    row = np.concatenate(pairs) if pairs else np.empty(0, dtype=np.int64)
    column = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    ones = np.ones(len(row), dtype=np.float64)
    return sparse.csr_array((ones, (row, column)), shape=(source_count * len(end), link_count))

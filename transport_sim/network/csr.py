"""A network as compressed arrays for routing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from transport_sim.errors import NetworkError
from transport_sim.network.model import MODES, FloatArray, IntArray, Mode, Network


@dataclass(frozen=True, eq=False)
class CsrGraph:
    """Links as arrays sorted by (from, to): node positions are 0..n-1, arcs keep their row in the links table."""

    node_ids: IntArray
    """Node id of each node position, ascending."""
    arc_from: IntArray
    """Node position at the start of each arc."""
    arc_to: IntArray
    """Node position at the end of each arc."""
    arc_weight: FloatArray
    """Weight of each arc, in the unit of the weight given."""
    arc_rows: IntArray
    """Row number of each arc's link in `Network.links`."""
    link_ids: IntArray
    """Link id of each arc."""

    @classmethod
    def build(cls, network: Network, *, modes: tuple[Mode, ...], weight: FloatArray) -> "CsrGraph":
        """Compress the links of some modes.

        Parameters
        ----------
        network
            The network; nodes without a link of these modes stay in the graph as isolated positions.
        modes
            Modes whose links are used.
        weight
            One weight per row of `network.links`; infinite closes the link. [any]

        Returns
        -------
        CsrGraph
            Of parallel links only the cheapest is kept, and of equally cheap ones the lowest link id.
        """
        unknown = [mode for mode in modes if mode not in MODES]
        if unknown or not modes:
            raise NetworkError(f"unknown modes {unknown}; the modes are {', '.join(MODES)}")
        links = network.links
        if weight.shape != (len(links),):
            raise NetworkError(f"the weight must have one value per link ({len(links)}), got shape {weight.shape}")
        rows = np.flatnonzero(links["mode"].isin(modes).to_numpy() & ~np.isposinf(weight))
        bad = rows[~(weight[rows] >= 0)]
        if len(bad):
            first = links.index[bad[0]]
            raise NetworkError(f"weights must not be negative or missing: {len(bad)} are, first at link {first}")
        node_ids = np.sort(network.nodes.index.to_numpy(dtype=np.int64))
        start = np.searchsorted(node_ids, links["from_node"].to_numpy()[rows])
        end = np.searchsorted(node_ids, links["to_node"].to_numpy()[rows])
        ids = links.index.to_numpy(dtype=np.int64)[rows]
        order = np.lexsort((ids, weight[rows], end, start))
        start, end, rows, ids = start[order], end[order], rows[order], ids[order]
        first_of_pair = np.ones(len(rows), dtype=bool)
        first_of_pair[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        keep = first_of_pair & (start != end)
        return cls(node_ids, start[keep], end[keep], weight[rows[keep]], rows[keep], ids[keep])

    @property
    def matrix(self) -> Any:  # noqa: ANN401 - scipy has no type stubs
        """The square scipy CSR matrix of weights; an explicit zero is a link of weight zero."""
        count = len(self.node_ids)
        pointers = np.searchsorted(self.arc_from, np.arange(count + 1))
        return sparse.csr_array((self.arc_weight, self.arc_to, pointers), shape=(count, count))

    def positions(self, node_ids: npt.ArrayLike) -> IntArray:
        """Return the positions of node ids; raise `NetworkError` if one is not in the network."""
        wanted = np.atleast_1d(np.asarray(node_ids, dtype=np.int64))
        found = np.minimum(np.searchsorted(self.node_ids, wanted), len(self.node_ids) - 1)
        missing = wanted[self.node_ids[found] != wanted]
        if len(missing):
            raise NetworkError(f"{len(missing)} nodes are not in the network, first: {missing[0]}")
        return found.astype(np.int64)

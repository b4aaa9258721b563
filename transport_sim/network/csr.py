"""A network as compressed arrays for routing."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from transport_sim.errors import NetworkError
from transport_sim.network.model import MODES, FloatArray, IntArray, Mode, Network


@dataclass(frozen=True, eq=False)
class Arcs:
    """All links sorted by (from, to, link id), so that those that leave a node lie together: the CSR form of a network.

    Made once per network: a stored network carries it as an Arrow file that is mapped into memory, not read.
    """

    node_ids: IntArray
    """Node id of each node position, ascending, shape (n_nodes,)."""
    pointers: IntArray
    """Arcs that leave node position `i`: `pointers[i]` to `pointers[i + 1]`, shape (n_nodes + 1,)."""
    start: IntArray
    """Node position at the start of each arc, shape (n_links,)."""
    end: IntArray
    """Node position at the end of each arc."""
    rows: IntArray
    """Row of each arc's link in `Network.links`."""

    @classmethod
    def build(cls, network: Network) -> "Arcs":
        """Sort the links of a network."""
        links = network.links
        node_ids = np.sort(network.nodes.index.to_numpy(dtype=np.int64))
        start = np.searchsorted(node_ids, links["from_node"].to_numpy(dtype=np.int64))
        end = np.searchsorted(node_ids, links["to_node"].to_numpy(dtype=np.int64))
        rows = np.lexsort((links.index.to_numpy(dtype=np.int64), end, start))
        start, end = start[rows], end[rows]
        return cls(node_ids, np.searchsorted(start, np.arange(len(node_ids) + 1)), start, end, rows)

    @classmethod
    def of(cls, network: Network) -> "Arcs":
        """Return the arcs that a network carries, or make and attach them."""
        kept = network.__dict__.get(_KEPT)
        if kept is None:
            kept = cls.build(network).attach(network)
        return kept

    def attach(self, network: Network) -> "Arcs":
        """Let a network carry these arcs; a changed copy of it, made by `replace`, won't."""
        network.__dict__[_KEPT] = self
        return self

    def write(self, file: Path) -> None:
        """Write the arrays as one Arrow record batch, uncompressed, each array one list cell."""
        columns = {field.name: pa.array([getattr(self, field.name)]) for field in fields(self)}
        batch = pa.record_batch(columns)
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)

    @classmethod
    def open(cls, file: Path) -> "Arcs":
        """Map the arrays of `write` into memory: nothing is read before it is used.

        Raises
        ------
        OSError, ValueError, pyarrow.ArrowException
            If the file is missing or damaged.
        """
        with pa.memory_map(str(file)) as source:
            batch = pa.ipc.open_file(source).get_batch(0)
        return cls(**{field.name: batch.column(field.name)[0].values.to_numpy() for field in fields(cls)})

    def fits(self, network: Network) -> bool:
        """Tell whether these can be the arcs of a network: of its nodes and of the number of its links."""
        nodes, count = len(network.nodes), len(network.links)
        return len(self.node_ids) == nodes and len(self.pointers) == nodes + 1 and len(self.rows) == count

    def of_modes(self, network: Network, modes: tuple[Mode, ...]) -> tuple[IntArray, IntArray, IntArray]:
        """Return start, end and row of the arcs of some modes, sorted.

        Raises
        ------
        NetworkError
            If a mode is unknown, or none is given.
        """
        unknown = [mode for mode in modes if mode not in MODES]
        if unknown or not modes:
            raise NetworkError(f"unknown modes {unknown}; the modes are {', '.join(MODES)}")
        wanted = network.links["mode"].isin(modes).to_numpy()[self.rows]
        return self.start[wanted], self.end[wanted], self.rows[wanted]


_KEPT = "_arcs"


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
        arcs, links = Arcs.of(network), network.links
        start, end, rows = arcs.of_modes(network, modes)
        if weight.shape != (len(links),):
            raise NetworkError(f"the weight must have one value per link ({len(links)}), got shape {weight.shape}")
        bad = np.sort(rows[~(weight[rows] >= 0)])
        if len(bad):
            first = links.index[bad[0]]
            raise NetworkError(f"weights must not be negative or missing: {len(bad)} are, first at link {first}")
        usable = ~np.isposinf(weight[rows])
        start, end, rows = start[usable], end[usable], rows[usable]
        ids = links.index.to_numpy(dtype=np.int64)[rows]
        order = np.lexsort((ids, weight[rows], end, start))
        start, end, rows, ids = start[order], end[order], rows[order], ids[order]
        first_of_pair = np.ones(len(rows), dtype=bool)
        first_of_pair[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        keep = first_of_pair & (start != end)
        return cls(arcs.node_ids, start[keep], end[keep], weight[rows[keep]], rows[keep], ids[keep])

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

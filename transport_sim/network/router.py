"""One router for all modes: skims, paths and alternatives over a network's links, for any weights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from transport_sim.errors import NetworkError
from transport_sim.network.access import closed_links
from transport_sim.network.dijkstra import Plain, Trees
from transport_sim.network.model import BoolArray, FloatArray, IntArray, Mode, Network
from transport_sim.network.routing import link_weight
from transport_sim.network.turns import TurnGraph
from transport_sim.randomness import uniform

if TYPE_CHECKING:
    from transport_sim.network.hierarchy import Hierarchy, Metric

Engine = Literal["dijkstra", "hierarchy"]
LARGE_GRAPH_COUNT = 50_000
"""States with a link from which `auto` prepares a hierarchy; a smaller graph always goes to scipy's Dijkstra. [-]"""
TIE_SHARE = 2.0**-26
"""Largest surcharge that breaks ties between paths, as a share of a link's weight. [-]"""
PENALTY_RATIO = 1.4
"""What using a link once makes it dearer by in the search for alternatives [1]_ of `Router.alternatives`. [-]"""
SEARCHES_PER_ALTERNATIVE = 10
"""Searches after which `Router.alternatives` gives up, for each path asked for. [-]"""


@dataclass(frozen=True, eq=False)
class Routes:
    """Paths as sequences of links; the links of path `i` are `links[pointers[i]:pointers[i + 1]]`."""

    origins: IntArray
    """Node id at the start of each path."""
    destinations: IntArray
    """Node id at the end of each path."""
    cost: FloatArray
    """Sum of the weights along each path; infinite where there is none. [unit of the weight]"""
    pointers: IntArray
    """Where each path starts in `links`, and the end."""
    links: IntArray
    """Rows of `Network.links`, in the order of travel."""

    def of(self, path: int) -> IntArray:
        """Return the rows of `Network.links` along one path."""
        return self.links[self.pointers[path] : self.pointers[path + 1]]


class Router:
    """Shortest paths over some modes of a network; built once, asked with any weights.

    Every path obeys the network's turns. Among equally cheap paths a surcharge that depends on the link ids alone
    decides, so both engines and any order of the tables give the same path.
    """

    def __init__(
        self,
        network: Network,
        *,
        modes: tuple[Mode, ...],
        vehicle_class: str | None = None,
        engine: Literal["auto"] | Engine = "auto",
        order: npt.ArrayLike | None = None,
    ) -> None:
        """Prepare the graph.

        Parameters
        ----------
        network
            The network. A path changes mode over links of mode `transfer` only.
        modes
            Modes that a path may use.
        vehicle_class
            Class of `VEHICLE_CLASSES` whose turn restrictions hold; without it those for everybody.
        engine
            `dijkstra` (scipy) has nothing to prepare; `hierarchy` takes seconds to prepare and then answers a
            hundred times faster and more. `auto` decides by the number of joined states alone
            (`LARGE_GRAPH_COUNT`), never by what is installed.
        order
            `order` of a router of the same network, modes and vehicle class; saves most of the preparation.

        Raises
        ------
        NetworkError
            If a mode, vehicle class or engine is unknown or the order isn't one of this graph.
        """
        self.network, self.modes, self.vehicle_class = network, modes, vehicle_class
        self.graph = TurnGraph.build(network, modes=modes, vehicle_class=vehicle_class)
        if engine not in {"auto", "dijkstra", "hierarchy"}:
            raise NetworkError(f"no engine '{engine}'; the engines are auto, dijkstra, hierarchy")
        joined = np.zeros(len(self.graph.state_node), dtype=bool)
        joined[self.graph.arc_from] = joined[self.graph.arc_to] = True
        large = joined.sum() >= LARGE_GRAPH_COUNT
        self.engine: Engine = engine if engine != "auto" else ("hierarchy" if large else "dijkstra")
        self.order: IntArray | None = None
        """Order of contraction of the hierarchy; keep it to build the same router sooner."""
        draw = uniform(network.links.index.to_numpy(dtype=np.int64), seed=0, stream="route_ties")
        self._surcharge = TIE_SHARE * (0.5 + 0.5 * draw)
        self._prepared = self._contract(order) if self.engine == "hierarchy" else self._plain()
        self._last: tuple[FloatArray, Trees | Metric] | None = None

    def _plain(self) -> "Plain | Hierarchy":
        """Take the graph as it is."""
        return Plain(len(self.graph.state_node), self.graph.arc_from, self.graph.arc_to)

    def _contract(self, order: npt.ArrayLike | None) -> "Plain | Hierarchy":
        """Order and contract the states."""
        from transport_sim.network.dissection import dissection_order  # noqa: PLC0415 - numba takes a second to import
        from transport_sim.network.hierarchy import Hierarchy  # noqa: PLC0415

        graph, count = self.graph, len(self.graph.state_node)
        if order is None:
            place = self.network.nodes[["lon", "lat"]].sort_index().to_numpy(dtype=np.float64)[graph.state_node]
            x = place[:, 0] * np.cos(np.radians(place[:, 1].mean() if count else 0.0))
            self.order = dissection_order(count, graph.arc_from, graph.arc_to, x, place[:, 1])
        else:
            self.order = np.asarray(order, dtype=np.int64)
            if self.order.shape != (count,) or (np.sort(self.order) != np.arange(count)).any():
                raise NetworkError(f"the order must be a permutation of the graph's {count} states")
        return Hierarchy.build(self.order, graph.arc_from, graph.arc_to)

    def skim(
        self,
        sources: npt.ArrayLike,
        targets: npt.ArrayLike,
        weight: Literal["length_km", "time_h"] | npt.ArrayLike,
    ) -> FloatArray:
        """Return the least costs from every source to every target.

        Parameters
        ----------
        sources, targets
            Node ids.
        weight
            `length_km` [km], `time_h` [h], or one value per row of `network.links`; infinite closes a link.

        Returns
        -------
        FloatArray
            Sources by targets; 0 from a node to itself, infinite where no path leads. [unit of the weight]

        Raises
        ------
        NetworkError
            If a node or weight is unknown, or a weight is negative or missing.
        """
        start, end = self._positions(sources), self.graph.arrival[self._positions(targets)]
        weights = self._link_weights(weight)
        if not len(start) or not len(end):
            return np.zeros((len(start), len(end)))
        return self._weighted(weights).distances(start, end)

    def paths(
        self,
        origins: npt.ArrayLike,
        destinations: npt.ArrayLike,
        weight: Literal["length_km", "time_h"] | npt.ArrayLike,
    ) -> Routes:
        """Return the cheapest path of each pair of origin and destination.

        Parameters
        ----------
        origins, destinations
            Node ids, one each per path.
        weight
            As in `skim`.

        Returns
        -------
        Routes
            A path from a node to itself has cost 0 and no link; where none leads, the cost is infinite. A path is at
            most `TIE_SHARE` dearer than the cheapest, a link of weight zero counted with the median weight.

        Raises
        ------
        NetworkError
            As `skim`, and if there are not as many origins as destinations.
        """
        start, end = self._positions(origins), self._positions(destinations)
        if len(start) != len(end):
            raise NetworkError(f"{len(start)} origins and {len(end)} destinations; a path needs one of each")
        weights = self._link_weights(weight)
        pointers, rows, found = self._search(start, end, self._without_ties(weights))
        return self._routes((start, end), pointers, rows, np.where(found, 0.0, np.inf), weights)

    def alternatives(
        self,
        origin: int,
        destination: int,
        count: int,
        weight: Literal["length_km", "time_h"] | npt.ArrayLike,
        *,
        max_shared_share: float = 0.8,
        max_cost_ratio: float = 1.5,
    ) -> Routes:
        """Return up to `count` paths that differ enough from each other, by penalising links already used.

        The cheapest path is searched again and again, each time with all links of the path just found dearer by
        `PENALTY_RATIO` [1]_. A path counts if it is neither too dear nor too similar to one that counts already.

        Parameters
        ----------
        origin, destination
            Node ids.
        count
            Most paths to return. [-]
        weight
            As in `skim`.
        max_shared_share
            Largest share of the shorter of two paths that both have in common, by length. [-]
        max_cost_ratio
            Cost of the dearest path over that of the cheapest. [-]

        Returns
        -------
        Routes
            By rising cost, the cheapest path first; none where no path leads.

        References
        ----------
        .. [1] R. Bader, J. Dees, R. Geisberger and P. Sanders, "Alternative route graphs in road networks", TAPAS 2011.
        """
        start, end = self._positions(origin), self._positions(destination)
        weights = self._link_weights(weight)
        length_km = self.network.links["length_km"].to_numpy(dtype=np.float64)
        penalised = self._without_ties(weights)
        kept: list[IntArray] = []
        limit = np.inf
        for _ in range(SEARCHES_PER_ALTERNATIVE * count):
            _, rows, found = self._search(start, end, penalised)
            if not found[0] or len(kept) == count or (kept and not len(rows)):
                break
            cost = weights[rows].sum()
            if not kept or (cost <= limit and all(_shared(rows, path, length_km) <= max_shared_share for path in kept)):
                limit = cost * max_cost_ratio if not kept else limit
                kept.append(rows)
            penalised[rows] *= PENALTY_RATIO
        kept = [kept[i] for i in np.argsort([weights[rows].sum() for rows in kept], kind="stable")]
        pointers = np.cumsum([0, *map(len, kept)], dtype=np.int64)
        rows = np.concatenate([np.empty(0, dtype=np.int64), *kept])
        ends = np.repeat(start, len(kept)), np.repeat(end, len(kept))
        return self._routes(ends, pointers, rows, np.zeros(len(kept)), weights)

    def mask(self, *, hour: int | None = None, weekday: int | None = None) -> BoolArray:
        """Return which links are closed to the router's vehicle class; none if it has no class. See `closed_links`."""
        if self.vehicle_class is None:
            return np.zeros(len(self.network.links), dtype=bool)
        return closed_links(self.network, vehicle_class=self.vehicle_class, hour=hour, weekday=weekday)

    def _positions(self, nodes: npt.ArrayLike) -> IntArray:
        """Return node positions; raise `NetworkError` if a node is not in the network."""
        wanted, ids = np.atleast_1d(np.asarray(nodes, dtype=np.int64)), self.graph.node_ids
        if not len(wanted):
            return wanted
        found = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        missing = wanted[ids[found] != wanted]
        if len(missing):
            raise NetworkError(f"{len(missing)} nodes are not in the network, first: {missing[0]}")
        return found.astype(np.int64)

    def _link_weights(self, weight: Literal["length_km", "time_h"] | npt.ArrayLike) -> FloatArray:
        """Return checked weights per link; those of other modes are infinite."""
        given = link_weight(self.network, weight)
        if given.shape != (len(self.network.links),):
            raise NetworkError(
                f"the weight must have one value per link ({len(self.network.links)}), got shape {given.shape}"
            )
        used = self.graph.arc_rows[self.graph.arc_rows >= 0]
        bad = used[~(given[used] >= 0)]
        if len(bad):
            first = self.network.links.index[bad.min()]
            raise NetworkError(
                f"weights must not be negative or missing: {len(np.unique(bad))} are, first at link {first}"
            )
        weights = np.full(len(given), np.inf)
        weights[used] = given[used]
        return weights

    def _without_ties(self, weights: FloatArray) -> FloatArray:
        """Add to each weight a surcharge of its own, so that a cheapest path is the only one, and has no cycle."""
        usual = weights[(weights > 0) & np.isfinite(weights)]
        base = np.where(weights > 0, weights, np.median(usual) if len(usual) else 1.0)
        return weights + base * self._surcharge

    def _weighted(self, weights: FloatArray) -> "Trees | Metric":
        """Give the prepared graph its weights, unless it has had them last; the free steps cost nothing."""
        if self._last is None or not np.array_equal(self._last[0], weights):
            self._last = weights.copy(), self._prepared.customise(np.append(weights, 0.0)[self.graph.arc_rows])
        return self._last[1]

    def _search(self, start: IntArray, end: IntArray, weights: FloatArray) -> tuple[IntArray, IntArray, BoolArray]:
        """Return pointers and link rows of the path between each pair of positions, and where there is one."""
        cost, pointers, arcs = self._weighted(weights).paths(start, self.graph.arrival[end])
        rows = self.graph.arc_rows[arcs]
        before = np.concatenate([[0], np.cumsum(rows >= 0)])
        return before[pointers], rows[rows >= 0], np.isfinite(cost)

    def _routes(
        self, ends: tuple[IntArray, IntArray], pointers: IntArray, rows: IntArray, cost: FloatArray, weights: FloatArray
    ) -> Routes:
        """Add the true weights along each path to a cost, and name the nodes at its ends."""
        path = np.repeat(np.arange(len(cost)), np.diff(pointers))
        along = np.bincount(path, weights=weights[rows], minlength=len(cost))
        ids = self.graph.node_ids
        return Routes(ids[ends[0]], ids[ends[1]], cost + along, pointers, rows)


def _shared(one: IntArray, other: IntArray, length_km: FloatArray) -> float:
    """Return the share of the shorter of two paths that both have in common, by length."""
    common = length_km[one[np.isin(one, other)]].sum()
    return float(common / min(length_km[one].sum(), length_km[other].sum()))

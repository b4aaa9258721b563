"""Turn restrictions: copies of the restricted nodes make a graph in which every path is allowed.

A path's next link depends on its last one only where a turn is restricted. There, and nowhere else, each arriving
link with a restriction gets a copy of the node with only the departures that it allows. Paths that end at such a node
end at one further copy, to which the node and its other copies lead at no cost; nothing departs from it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.errors import NetworkError
from transport_sim.network.csr import Arcs
from transport_sim.network.model import VEHICLE_CLASSES, IntArray, Mode, Network


@dataclass(frozen=True, eq=False)
class TurnGraph:
    """Arcs between states; the state of a node is its position among the sorted node ids, copies come after."""

    node_ids: IntArray
    """Node id of each node position, ascending."""
    state_node: IntArray
    """Node position of each state."""
    arrival: IntArray
    """State in which a path to each node position ends; a path departs from the position itself."""
    arc_from: IntArray
    arc_to: IntArray
    """States at the ends of each arc."""
    arc_rows: IntArray
    """Row of each arc's link in `Network.links`; -1 for the free step to an arrival."""

    @classmethod
    def build(cls, network: Network, *, modes: tuple[Mode, ...], vehicle_class: str | None = None) -> "TurnGraph":
        """Take the links of some modes and the turns that hold for a vehicle class.

        Parameters
        ----------
        network
            The network; its `turns` name a vehicle class or hold for everybody.
        modes
            Modes whose links are used.
        vehicle_class
            One of `VEHICLE_CLASSES`; without it only the turns count that hold for everybody.

        Raises
        ------
        NetworkError
            If a mode or the vehicle class is unknown.
        """
        arcs = Arcs.of(network)
        start, end, rows = arcs.of_modes(network, modes)
        forbidden = forbidden_turns(network, start, end, rows, vehicle_class)
        return _with_copies(arcs.node_ids, start, end, rows, forbidden)


def forbidden_turns(
    network: Network, start: IntArray, end: IntArray, rows: IntArray, vehicle_class: str | None
) -> tuple[IntArray, IntArray]:
    """Return the pairs of arcs, sorted by `start`, that may not follow each other at the node between them."""
    if vehicle_class is not None and vehicle_class not in VEHICLE_CLASSES:
        raise NetworkError(f"no vehicle class '{vehicle_class}'; the classes are {', '.join(VEHICLE_CLASSES)}")
    turns = network.turns
    if vehicle_class is not None:
        concerned = [not text or vehicle_class in text.split(";") for text in turns["vehicle_classes"]]
    else:
        concerned = [not text for text in turns["vehicle_classes"]]
    turns = turns[np.array(concerned, dtype=bool)]
    arc_of_row = np.full(len(network.links) + 1, -1, dtype=np.int64)
    arc_of_row[rows] = np.arange(len(rows))
    first = arc_of_row[network.links.index.get_indexer(pd.Index(turns["from_link"]))]
    second = arc_of_row[network.links.index.get_indexer(pd.Index(turns["to_link"]))]
    # a turn from or to a link of another mode says nothing about these
    there = (first >= 0) & (second >= 0) & (end[first] == start[second])
    no = there & (turns["kind"] == "no").to_numpy()
    only = there & (turns["kind"] == "only").to_numpy()
    allowed = np.unique(first[only] * len(rows) + second[only])
    arriving, departing = followers(start, end, np.unique(first[only]))
    other = ~np.isin(arriving * len(rows) + departing, allowed)
    return np.concatenate([first[no], arriving[other]]), np.concatenate([second[no], departing[other]])


def followers(start: IntArray, end: IntArray, arcs: IntArray) -> tuple[IntArray, IntArray]:
    """Return all pairs of one of these arcs and an arc that departs where it ends; `start` is sorted."""
    low, high = np.searchsorted(start, end[arcs]), np.searchsorted(start, end[arcs], side="right")
    count = high - low
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(arcs, count), np.repeat(low, count) + place


def _with_copies(
    node_ids: IntArray, start: IntArray, end: IntArray, rows: IntArray, forbidden: tuple[IntArray, IntArray]
) -> TurnGraph:
    """Give each arriving arc with a forbidden turn its own copy of the node at its end."""
    arriving, departing = forbidden
    count, restricted = len(node_ids), np.unique(arriving)
    copy = count + np.arange(len(restricted))
    head = end.copy()
    head[restricted] = copy
    before, after = followers(start, end, restricted)
    allowed = ~np.isin(before * len(rows) + after, arriving * len(rows) + departing)
    before, after = before[allowed], after[allowed]
    split = np.unique(end[restricted])
    arrival = np.arange(count)
    arrival[split] = count + len(restricted) + np.arange(len(split))
    free = np.full(len(split) + len(copy), -1, dtype=np.int64)
    return TurnGraph(
        node_ids=node_ids,
        state_node=np.concatenate([np.arange(count), end[restricted], split]),
        arrival=arrival,
        arc_from=np.concatenate([start, copy[np.searchsorted(restricted, before)], split, copy]),
        arc_to=np.concatenate([head, head[after], arrival[split], arrival[end[restricted]]]),
        arc_rows=np.concatenate([rows, rows[after], free]),
    )

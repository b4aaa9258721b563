"""The graph on which a vehicle class looks for paths: links between states, forbidden turns left out."""

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from transport_sim.network.model import Network
from transport_sim.network.turns import TurnGraph
from transport_sim.traffic.model import IntArray, LinkSupply

Int32Array = npt.NDArray[np.int32]


class States(NamedTuple):
    """The graph of one vehicle class: states, that is nodes and their copies where turns are restricted."""

    pointers: IntArray
    """Arcs from state `i` are `pointers[i]` to `pointers[i + 1]`."""
    heads: IntArray
    links: IntArray
    """Link of each arc; -1 for the free step to an arrival."""
    node: IntArray
    """Node position in the supply of each state; -1 for a node without roads."""
    departure: IntArray
    """State in which a path from each node position begins."""
    arrival: IntArray
    """State in which a path to each node position ends."""
    in_pointers: IntArray
    """Links into node position `i` are `in_links[in_pointers[i]]` and so on."""
    in_links: IntArray
    from_node: IntArray


def states_of(supply: LinkSupply, network: Network | None, vehicle_class: str | None) -> States:
    """Build the graph of a vehicle class.

    Parameters
    ----------
    supply
        The links.
    network
        The network whose turn restrictions hold, the one of which `supply` was made; without it every turn is allowed.
    vehicle_class
        Whose restrictions hold besides those for everybody.
    """
    nodes = len(supply.node_ids)
    order = np.argsort(supply.to_node, kind="stable")
    into = np.searchsorted(supply.to_node[order], np.arange(nodes + 1))
    if network is None:
        here = np.arange(nodes)
        out = np.searchsorted(supply.from_node, np.arange(nodes + 1))
        links = np.arange(len(supply.link_ids))
        return States(out, supply.to_node, links, here, here, here, into, order, supply.from_node)
    graph = TurnGraph.build(network, modes=("road",), vehicle_class=vehicle_class)
    position = np.full(len(network.links) + 1, -2, dtype=np.int64)
    position[supply.rows] = np.arange(len(supply.rows))
    position[-1] = -1  # the row of a free step
    links = position[graph.arc_rows]
    kept = np.flatnonzero(links > -2)
    kept = kept[np.argsort(graph.arc_from[kept], kind="stable")]
    place = np.searchsorted(graph.node_ids, supply.node_ids)
    node = np.full(len(graph.node_ids), -1, dtype=np.int64)
    node[place] = np.arange(nodes)
    out = np.searchsorted(graph.arc_from[kept], np.arange(len(graph.state_node) + 1))
    return States(
        out,
        graph.arc_to[kept],
        links[kept],
        node[graph.state_node],
        place,
        graph.arrival[place],
        into,
        order,
        supply.from_node,
    )


@nb.njit(cache=True, nogil=True)
def obeys(graph: States, links: Int32Array, origin: int, destination: int) -> bool:
    """Tell whether a sequence of links is a path from origin to destination that makes no forbidden turn."""
    state = graph.departure[origin]
    for link in links:
        following = -1
        for arc in range(graph.pointers[state], graph.pointers[state + 1]):
            if graph.links[arc] == link:
                following = graph.heads[arc]
        if following < 0:
            return False
        state = following
    there: bool = graph.node[state] == destination
    return there

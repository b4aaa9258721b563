"""The stretch of a line or river between two nodes of the map."""

import numpy as np
import numpy.typing as npt

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.network.model import Mode
from transport_sim.network.routing import shortest_paths


def links_between(inputs: Inputs, mode: Mode, from_node: str, to_node: str) -> npt.NDArray[np.bool_]:
    """Find the links of the shortest way between two nodes, in both directions.

    Parameters
    ----------
    inputs
        With the network of all years; high-speed lines, which carry no freight, are no part of a way.
    mode
        `rail` or `waterway`.
    from_node, to_node
        References of nodes of the mode.

    Returns
    -------
    Which links, in the order of the table; shape (links,).

    Raises
    ------
    PolicyError
        For an unknown node, with the nearest name, for one node stated twice, and where no way joins them.
    """
    inputs.check_known(f"{mode} node", [from_node, to_node], inputs.network.known_names(mode))
    if from_node == to_node:
        raise PolicyError(f"the stretch begins and ends at the same node {from_node!r}")
    ends = [inputs.network.node_by_ref(name) for name in (from_node, to_node)]
    links = inputs.network.links
    km = np.where(links["link_class"] == "high_speed", np.inf, links["length_km"].to_numpy(float))
    paths = shortest_paths(inputs.network, modes=(mode,), sources=ends, targets=ends, weight=km)
    if not np.isfinite(paths.cost).all():
        raise PolicyError(f"no {mode} joins {from_node} and {to_node}")
    return np.asarray(np.asarray(paths.incidence.sum(axis=0)).ravel() > 0)

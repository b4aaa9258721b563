"""Checks of a network: what is broken, what is doubtful, what is only worth knowing."""

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from transport_sim.network.geometry import great_circle_km
from transport_sim.network.intermodal import freight_terminals
from transport_sim.network.model import MODES, Network

Severity = Literal["error", "warning", "info"]
Finding = tuple[str, Severity, list[str]]
SHORT_TOLERANCE = 0.995
"""A length may fall this far below the great circle before it counts as wrong: rounding of tables. [-]"""
LONG_RATIO = 2.5
"""A link may be this much longer than its geometry. [-]"""
SHOWN_ROWS = 5


def validate(network: Network) -> pd.DataFrame:
    """Run every check.

    Parameters
    ----------
    network
        A network, with or without transfer links.

    Returns
    -------
    pandas.DataFrame
        One row per check: `check`, `severity` (`error`, `warning`, `info`), `findings_count` (0 means passed)
        and `rows`, the first findings in words.
    """
    findings = [
        *_connectivity(network),
        *_lengths(network),
        *_attributes(network),
        *_dead_ends(network),
        *_transfers(network),
    ]
    return pd.DataFrame(
        [(check, severity, len(rows), _first(rows)) for check, severity, rows in findings],
        columns=["check", "severity", "findings_count", "rows"],
    )


def link_geometry_km(network: Network) -> pd.Series:
    """Return the length in km of each link's drawn line: its geometry, or the great circle between its ends."""
    links, nodes = network.links, network.nodes
    start, end = nodes.loc[links["from_node"]], nodes.loc[links["to_node"]]
    straight = great_circle_km(
        start["lon"].to_numpy(), start["lat"].to_numpy(), end["lon"].to_numpy(), end["lat"].to_numpy()
    )
    for row in np.flatnonzero(links["geometry_wkt"] != ""):
        points = shapely.get_coordinates(shapely.from_wkt(links["geometry_wkt"].iloc[row]))
        straight[row] = great_circle_km(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]).sum()
    return pd.Series(straight, index=links.index)


def _first(rows: list[str]) -> str:
    """Join the first findings."""
    more = f"; and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
    return "; ".join(rows[:SHOWN_ROWS]) + more


def _names(network: Network, nodes: Iterable[int]) -> list[str]:
    """Name nodes by their ref, else by their id."""
    refs = network.nodes["ref"]
    return [str(refs[node] or node) for node in nodes]


def _components(links: pd.DataFrame, connection: str) -> list[list[int]]:
    """Return the components that these links make of the nodes they touch, largest first."""
    ids, positions = np.unique(links[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    ends = positions.reshape(-1, 2)
    matrix = sparse.csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(ids), len(ids)))
    count, label = connected_components(matrix, connection=connection)
    parts = [ids[label == number].tolist() for number in range(count)]
    return sorted(parts, key=lambda part: (-len(part), part))


def _connectivity(network: Network) -> Iterator[Finding]:
    """Check each mode for one piece; open roads drivable from everywhere to everywhere; no node without a link."""
    for mode in MODES[:3]:
        links = network.mode_links(mode)
        parts = _components(links, "weak")[1:] if len(links) else []
        rows = [f"{len(part)} nodes around {_names(network, part)[0]}" for part in parts]
        yield f"{mode} is in one piece", "warning", rows
    road = network.mode_links("road")
    open_road = road[road["status"] == "open"]
    parts = _components(open_road, "strong")[1:] if len(open_road) else []
    yield (
        "every open road reaches every other",
        "error",
        [f"{_names(network, part)[0]} ({len(part)} nodes)" for part in parts],
    )
    used = np.union1d(network.links["from_node"], network.links["to_node"])
    yield "every node has a link", "warning", _names(network, network.nodes.index[~network.nodes.index.isin(used)])


def _lengths(network: Network) -> Iterator[Finding]:
    """Compare lengths with the map."""
    ratio = network.links["length_km"] / link_geometry_km(network).clip(lower=1e-6)
    real = network.links["mode"] != "transfer"
    short, long = ratio[real & (ratio < SHORT_TOLERANCE)], ratio[real & (ratio > LONG_RATIO)]
    yield "no link is shorter than its line", "error", [f"link {link}: {value:.3f}" for link, value in short.items()]
    yield (
        f"no link is {LONG_RATIO} times its line",
        "warning",
        [f"link {link}: {value:.2f}" for link, value in long.items()],
    )


def _attributes(network: Network) -> Iterator[Finding]:
    """List what the map doesn't say about its links."""
    links = network.links[network.links["mode"] != "transfer"]
    for mode in MODES[:3]:
        default = links[links["mode"].eq(mode) & links["free_speed_source"].eq("default")]
        yield f"{mode} has its own speeds", "info", [f"link {link}" for link in default.index]
    road, rail = network.mode_links("road"), network.mode_links("rail")
    yield "every road has its lanes", "warning", [f"link {link}" for link in road.index[road["lanes_count"].isna()]]
    yield "every road has its gradient", "info", [f"link {link}" for link in road.index[road["gradient_ratio"].isna()]]
    yield (
        "every railway has its tracks",
        "warning",
        [f"link {link}" for link in rail.index[rail["tracks_count"].isna()]],
    )
    water = network.mode_links("waterway")
    unknown = water.index[water["depth_m"].isna() | water["navigation_class"].eq("")]
    yield "every waterway has depth and class", "warning", [f"link {link}" for link in unknown]
    memory = links.index[links["confidence"] == "memory"]
    yield "every link has a source", "info", [f"link {link}" for link in memory]


def _dead_ends(network: Network) -> Iterator[Finding]:
    """List nodes of the open network with one neighbour that aren't gateways or terminals."""
    ends = {"gateway", "siding", "freight_yard", "marshalling_yard", "port", "wharf", "industrial", "airport"}
    links = network.links[network.links["status"].eq("open") & network.links["mode"].ne("transfer")]
    both = pd.concat(
        [links[["from_node", "to_node"]], links[["to_node", "from_node"]].set_axis(["from_node", "to_node"], axis=1)]
    )
    neighbours = both.groupby("from_node")["to_node"].nunique()
    single = network.nodes.loc[neighbours.index[neighbours == 1]]
    for mode in MODES[:3]:
        dead = single[single["mode"].eq(mode) & ~single["kind"].isin(ends)]
        yield f"{mode} has no dead end", "info", _names(network, dead.index)


def _transfers(network: Network) -> Iterator[Finding]:
    """List freight terminals without a way to the road."""
    transfers = network.mode_links("transfer")
    linked = set(transfers.loc[transfers["link_class"] == "access", "from_node"])
    missing = [node for node in freight_terminals(network).index if node not in linked]
    yield "every freight terminal has a road access", "warning", _names(network, missing)

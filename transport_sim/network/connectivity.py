"""Checks of how a network hangs together: parts, one-way traps, dead ends, gaps."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from transport_sim.network.finding import Finding, Places
from transport_sim.network.geometry import EARTH_RADIUS_KM, great_circle_km
from transport_sim.network.model import MODES, VEHICLE_CLASSES

IntArray = npt.NDArray[np.int64]
GAP_KM = 0.3
"""Ends of two parts of a railway or river this close to each other were probably meant to meet. [km]"""
NATURAL_ENDS = ("gateway", "siding", "freight_yard", "marshalling_yard", "port", "wharf", "industrial", "airport")


def connectivity(places: Places) -> Iterator[Finding]:
    """Check each mode for one piece; open roads drivable from everywhere to everywhere; no node without a link."""
    network = places.network
    for mode in MODES[:3]:
        parts = components(network.mode_links(mode), "weak")[1:]
        yield places.of_parts(f"{mode} is in one piece", "warning", parts)
    road = network.mode_links("road")
    open_road = road[road["status"] == "open"]
    parts = components(open_road, "strong")[1:]
    yield places.of_parts("every open road reaches every other", "error", parts)
    outside = np.concatenate(parts) if parts else np.array([], dtype=np.int64)
    for vehicle in VEHICLE_CLASSES:
        banned = [text for text in open_road["access_closed"].unique() if vehicle in text.split(";")]
        closed = open_road["access_closed"].isin(banned)
        if closed.any():
            traps = [part for part in components(open_road[~closed], "strong")[1:] if not np.isin(part, outside).all()]
            yield places.of_parts(f"no part of the road is a trap for {vehicle}", "warning", traps)
    used = np.union1d(network.links["from_node"], network.links["to_node"])
    unused = network.nodes.index[~network.nodes.index.isin(used)]
    yield places.of_nodes("every node has a link", "warning", unused)


def components(links: pd.DataFrame, connection: str) -> list[IntArray]:
    """Return the components that these links make of the nodes they touch, largest first."""
    if links.empty:
        return []
    ids, label = _labels(links, connection)
    order = np.argsort(label, kind="stable")
    parts = np.split(ids[order], np.cumsum(np.bincount(label))[:-1])
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def _labels(links: pd.DataFrame, connection: str) -> tuple[IntArray, IntArray]:
    """Return the nodes that the links touch, ascending, and the number of the component of each."""
    ids, positions = np.unique(links[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    ends = positions.reshape(-1, 2)
    matrix = sparse.csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(ids), len(ids)))
    _, label = connected_components(matrix, connection=connection)
    return ids, label.astype(np.int64)


def dead_ends(places: Places) -> Iterator[Finding]:
    """List nodes of the open network with one neighbour that aren't gateways or terminals."""
    nodes, links = places.network.nodes, places.network.links
    single = _with_one_neighbour(links[links["status"].eq("open") & links["mode"].ne("transfer")])
    dead = nodes.loc[single]
    for mode in MODES[:3]:
        here = dead["mode"].eq(mode) & ~dead["kind"].isin(NATURAL_ENDS)
        yield places.of_nodes(f"{mode} has no dead end", "info", dead.index[here])


def _with_one_neighbour(links: pd.DataFrame) -> IntArray:
    """Return the nodes whose links lead to one other node only."""
    ends = links[["from_node", "to_node"]].to_numpy()
    pairs = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
    nodes, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(nodes[counts == 1], dtype=np.int64)


def gaps(places: Places) -> Iterator[Finding]:
    """List ends of railways and waterways that stop just short of another part of their mode."""
    for mode in ("rail", "waterway"):
        links = places.network.mode_links(mode)
        check = f"no end of {mode} is within {1000 * GAP_KM:.0f} m of another part"
        pairs = _near_pairs(places, links) if len(links) else []
        rows = [
            f"{places.network.node_names[a]} and {places.network.node_names[b]}: {1000 * km:.0f} m"
            for a, b, km in pairs
        ]
        lines = [shapely.LineString([places.points[a], places.points[b]]) for a, b, _ in pairs]
        yield Finding(check, "warning", rows, np.array(lines, dtype=object))


def _near_pairs(places: Places, links: pd.DataFrame) -> list[tuple[int, int, float]]:
    """Return (end, nearest node of another component, km) for each end with one near, each pair once."""
    ids, label = _labels(links, "weak")
    if label.max() == 0:
        return []
    where = places.network.nodes.loc[ids, ["lon", "lat"]].to_numpy(float)
    tree = KDTree(_on_sphere(where))
    ends = np.flatnonzero(np.isin(ids, _with_one_neighbour(links)))
    near = tree.query_ball_point(_on_sphere(where[ends]), 2 * np.sin(GAP_KM / EARTH_RADIUS_KM / 2))
    found: dict[tuple[int, int], float] = {}
    for end, around in zip(ends, near, strict=True):
        others = np.array([other for other in around if label[other] != label[end]], dtype=np.int64)
        if len(others):
            km = great_circle_km(where[end, 0], where[end, 1], where[others, 0], where[others, 1])
            best = int(np.argmin(km))
            first, second = sorted((int(ids[end]), int(ids[others[best]])))
            found[first, second] = float(km[best])
    return [(*pair, km) for pair, km in sorted(found.items())]


def _on_sphere(lon_lat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return points of the unit sphere, where the straight distance grows with the great circle."""
    lon, lat = np.radians(lon_lat[:, 0]), np.radians(lon_lat[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])

"""Roads as arrays for the traffic kernel: lanes, capacities, storage, speeds."""

import numpy as np
import pandas as pd

from transport_sim.errors import NetworkError
from transport_sim.factors import Factors
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.network.tags import road_capacities
from transport_sim.traffic.model import BoolArray, FloatArray, IntArray, LinkSupply
from transport_sim.units import M_PER_KM

MAJOR_CLASSES = ("trunk", "primary", "secondary")
"""Link classes whose junctions with each other have signals."""
FREE_CLASSES = ("motorway", "motorway_link", "trunk_link")
"""Link classes that meet others without signals: a junction with one of them has none."""
SIGNAL_ARMS = 3
"""Arms of major roads from which on a junction has signals: two such roads meet, and not one and a side street. [-]"""


def class_pcu(factors: Factors) -> dict[str, float]:
    """Return passenger-car units of one vehicle of each class. [pcu]."""
    return {name: factors.value("traffic", item=name, quantity="pcu_per_vehicle") for name in VEHICLE_CLASSES}


def link_supply(network: Network, factors: Factors) -> LinkSupply:
    """Turn the road links of a network into arrays.

    Parameters
    ----------
    network
        The network as it stands in the year of the simulation (`Network.at_year`).
    factors
        The factor tables; `traffic.csv` is read.

    Returns
    -------
    Every road link that does not lead back to its own start. Lanes and capacity are those of the table; where it has
    none, those of `network/road_defaults.csv` by link class. Where major roads meet, the capacity is that of the lanes
    times the green share; a capacity stated in the table holds as it is. A class drives the speed of the link or its
    own top speed, whichever is less.

    Raises
    ------
    NetworkError
        There are no roads, or a link without lanes or capacity has a class that has no defaults.
    """
    table = network.links
    ends = table["from_node"].to_numpy(), table["to_node"].to_numpy()
    rows = np.flatnonzero((table["mode"] == "road").to_numpy() & (ends[0] != ends[1]))
    if not len(rows):
        raise NetworkError(f"network '{network.name}' has no roads that traffic could use")
    link_ids = table.index.to_numpy(dtype=np.int64)
    node_ids = np.unique(np.concatenate([end[rows] for end in ends])).astype(np.int64)
    start = np.searchsorted(node_ids, ends[0])
    rows = rows[np.lexsort((link_ids[rows], start[rows]))]
    links = table.iloc[rows]
    lanes, lane_capacity = _lanes(links)
    stated = links["capacity_pcu_h"].to_numpy(dtype=np.float64, na_value=np.nan)
    full = np.where(np.isnan(stated), lanes * lane_capacity, stated)
    from_node, to_node = start[rows], np.searchsorted(node_ids, ends[1][rows])
    green = green_shares(links["link_class"], from_node, to_node, factors)
    return build_supply(
        from_node=from_node,
        to_node=to_node,
        length_km=links["length_km"].to_numpy(dtype=np.float64),
        lanes_count=lanes,
        capacity_pcu_h=np.where(np.isnan(stated), full * green, stated),
        entry_capacity_pcu_h=full,
        free_speed_kmh=links["free_speed_kmh"].to_numpy(dtype=np.float64),
        factors=factors,
        link_ids=link_ids[rows],
        rows=rows,
        node_ids=node_ids,
    )


def build_supply(
    *,
    from_node: IntArray,
    to_node: IntArray,
    length_km: FloatArray,
    lanes_count: FloatArray,
    capacity_pcu_h: FloatArray,
    free_speed_kmh: FloatArray,
    factors: Factors,
    entry_capacity_pcu_h: FloatArray | None = None,
    link_ids: IntArray | None = None,
    rows: IntArray | None = None,
    node_ids: IntArray | None = None,
) -> LinkSupply:
    """Fill in what follows from length, lanes, capacity and speed; for networks that come as arrays.

    Parameters
    ----------
    from_node, to_node
        Node positions, 0..n-1; links are sorted by `from_node`.
    length_km, lanes_count, capacity_pcu_h, free_speed_kmh
        One value per link; the capacity is that at the downstream end, green share included. [km], [-], [pcu/h], [km/h]
    factors
        For spacing in a queue, speed of gaps and top speeds of the classes.
    entry_capacity_pcu_h
        Capacity of the lanes; as `capacity_pcu_h` if left out. [pcu/h]
    link_ids, rows, node_ids
        Names of links, rows and nodes; counted through if left out.

    Returns
    -------
    The arrays. Storage is what stands on the lanes, but at least what the capacity needs while vehicles and gaps
    travel: a link whose triangular diagram has its top below its capacity would throttle it.

    Raises
    ------
    NetworkError
        Links are not sorted by `from_node`.
    """
    if (np.diff(from_node) < 0).any():
        raise NetworkError("links of a supply must be sorted by from_node")
    count = len(from_node)
    inflow = capacity_pcu_h if entry_capacity_pcu_h is None else entry_capacity_pcu_h
    wave_speed_kmh = factors.value("traffic", item="lane", quantity="wave_speed_kmh")
    standing = length_km * lanes_count * M_PER_KM / factors.value("traffic", item="lane", quantity="jam_spacing_m")
    top_speeds = [factors.value("traffic", item=name, quantity="top_speed_kmh") for name in VEHICLE_CLASSES]
    speeds = np.minimum(free_speed_kmh[None, :], np.array(top_speeds)[:, None])
    moving = inflow * length_km * (1.0 / speeds.max(axis=0) + 1.0 / wave_speed_kmh)
    nodes = int(max(from_node.max(), to_node.max())) + 1 if count else 0
    return LinkSupply(
        link_ids=np.arange(count) if link_ids is None else link_ids,
        rows=np.arange(count) if rows is None else rows,
        from_node=np.asarray(from_node, dtype=np.int64),
        to_node=np.asarray(to_node, dtype=np.int64),
        node_ids=np.arange(nodes) if node_ids is None else node_ids,
        length_km=length_km,
        lanes_count=lanes_count,
        capacity_pcu_h=capacity_pcu_h,
        storage_pcu=np.maximum(standing, moving),
        class_speed_kmh=speeds,
        entry_capacity_pcu_h=inflow,
        wave_speed_kmh=np.full(count, wave_speed_kmh),
    )


def green_shares(link_class: "pd.Series[str]", from_node: IntArray, to_node: IntArray, factors: Factors) -> FloatArray:
    """Return the share of time that the signals at the downstream end of each link show green.

    Parameters
    ----------
    link_class
        Class of each link.
    from_node, to_node
        Node positions of each link.
    factors
        `traffic.csv` states the shares.

    Returns
    -------
    Less than 1 where at least `SIGNAL_ARMS` arms of `MAJOR_CLASSES` meet and no arm is of `FREE_CLASSES`. [-]
    """
    major = link_class.isin(MAJOR_CLASSES).to_numpy(dtype=np.bool_)
    free = link_class.isin(FREE_CLASSES).to_numpy(dtype=np.bool_)
    count = int(max(from_node.max(), to_node.max())) + 1
    touched = np.zeros(count, dtype=np.bool_)
    touched[from_node[free]] = touched[to_node[free]] = True
    signals = (_arms(from_node[major], to_node[major], count) >= SIGNAL_ARMS) & ~touched
    shares = np.where(
        major,
        factors.value("traffic", item="signal_major", quantity="green_share_ratio"),
        factors.value("traffic", item="signal_minor", quantity="green_share_ratio"),
    )
    return np.where(signals[to_node], shares, 1.0)


def _arms(from_node: IntArray, to_node: IntArray, count: int) -> IntArray:
    """Return how many different nodes each node is joined to."""
    low, high = np.minimum(from_node, to_node), np.maximum(from_node, to_node)
    pairs = np.unique(low * count + high)
    return np.bincount(np.concatenate([pairs // count, pairs % count]), minlength=count)


def _lanes(links: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return lanes and capacity of a lane; a lane without a default capacity is needed only without a stated one."""
    defaults = road_capacities()
    lanes = links["lanes_count"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = links["link_class"].map(lambda name: defaults.get(name, (np.nan, np.nan))).tolist()
    default_lanes, lane_capacity = np.array(known, dtype=np.float64).reshape(-1, 2).T
    lanes = np.where(np.isnan(lanes), default_lanes, lanes)
    lacking: BoolArray = np.isnan(lanes) | (np.isnan(lane_capacity) & links["capacity_pcu_h"].isna().to_numpy())
    if lacking.any():
        classes = ", ".join(sorted(set(links["link_class"][lacking])))
        raise NetworkError(
            f"{int(lacking.sum())} roads state no lanes or capacity, and road_defaults.csv has none for {classes}"
        )
    return lanes, lane_capacity

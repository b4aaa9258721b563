"""What the traffic kernel reads and returns: arrays of links, vehicle groups, paths and trips."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.network.model import VEHICLE_CLASSES

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

GROUP_COLUMNS = ("vehicle_class", "registration", "technology", "emission_standard", "plate", "pcu")
"""Columns of a table of vehicle groups, index `group` 0..n-1.

`vehicle_class` is one of `network.model.VEHICLE_CLASSES`, `registration` local or non_local, `plate` odd, even or empty
(who has no number that a rule could ask for), `pcu` passenger-car units of one vehicle.
"""


@dataclass(frozen=True, eq=False)
class LinkSupply:
    """The roads as arrays, sorted by (from_node, link id) so that neighbours lie together; one position per link."""

    link_ids: IntArray
    rows: IntArray
    """Row of each link in `Network.links`."""
    from_node: IntArray
    """Node position at the start of each link, 0..node_count-1."""
    to_node: IntArray
    node_ids: IntArray
    """Node id of each node position, ascending."""
    length_km: FloatArray
    lanes_count: FloatArray
    capacity_pcu_h: FloatArray
    """Saturation flow at the downstream end, green share included. [pcu/h]"""
    storage_pcu: FloatArray
    """What fits on the link, standing. [pcu]"""
    class_speed_kmh: FloatArray
    """Free speed of each class of `VEHICLE_CLASSES`, shape (n_classes, n_links). [km/h]"""
    entry_capacity_pcu_h: FloatArray
    """Flow that the lanes take in at the upstream end, no signal being there. [pcu/h]"""
    wave_speed_kmh: FloatArray
    """Speed at which a gap travels upstream through a queue. [km/h]"""


@dataclass(frozen=True, eq=False)
class PathSet:
    """Paths as sequences of link positions: those of path `i` are `links[pointers[i]:pointers[i + 1]]`."""

    pointers: IntArray
    links: IntArray | npt.NDArray[np.int32]
    """The kernel works on 32 bits: at that width it makes no copy."""


@dataclass(frozen=True, eq=False)
class Trips:
    """Vehicles as columns, one row each, in the order of their ids."""

    departure_s: FloatArray
    """Seconds from midnight of the simulated day. [s]"""
    group: IntArray
    path: IntArray


@dataclass(frozen=True, eq=False)
class Access:
    """Which links are closed to which vehicle group at what time; compiled once for router, kernel and simpy alike.

    A rule closes the links that list it to the groups of its row, within its windows (start included, end not). What
    the map closes for good is a rule with the window -inf to inf.
    """

    link_pointers: IntArray
    """Rules of link `i`: `link_rules[link_pointers[i]:link_pointers[i + 1]]`, shape (n_links + 1,)."""
    link_rules: IntArray
    rule_group: BoolArray
    """Shape (n_rules, n_groups)."""
    window_pointers: IntArray
    """Windows of rule `r`, ascending and apart, shape (n_rules + 1,)."""
    window_start_s: FloatArray
    window_end_s: FloatArray


@dataclass(frozen=True, eq=False)
class TrafficResult:
    """What one simulated day of traffic gives; bins are 15 minutes unless asked otherwise, by time of entry."""

    classes: tuple[str, ...]
    """Vehicle classes that occur, in the order of `VEHICLE_CLASSES`: the first axis of flows and times."""
    bin_s: float
    """Length of a bin. [s]"""
    arrival_s: FloatArray
    """Time of arrival of each trip; NaN if it was still under way at the end. [s]"""
    access_wait_s: FloatArray
    """Time that each trip waited for a closed link to open. [s]"""
    flow_count: npt.NDArray[np.int32]
    """Vehicles that entered, shape (n_classes, n_links, n_bins)."""
    time_s: npt.NDArray[np.float32]
    """Sum of their times on the link, queueing included, up to the end of the simulation, same shape. [s]"""
    queue_pcu: npt.NDArray[np.float32]
    """Largest queue at the end of the link within the bin, shape (n_links, n_bins). [pcu]"""
    forced_count: IntArray
    """Vehicles that the gridlock rule let onto a full link, per link."""
    traversals: pd.DataFrame
    """Every link of the sampled vehicles: trip, link (position), enter_s, leave_s (NaN if not left)."""


def class_rows(groups: pd.DataFrame) -> IntArray:
    """Return the row of each vehicle group in `LinkSupply.class_speed_kmh`."""
    return np.array([VEHICLE_CLASSES.index(name) for name in groups["vehicle_class"]], dtype=np.int64)

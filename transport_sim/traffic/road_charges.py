"""What trips pay for the roads they use, and what a router must add to a link for it."""

from collections.abc import Iterable

import numba as nb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.day import Day
from transport_sim.measures import RoadCharge
from transport_sim.traffic.access import positions
from transport_sim.traffic.link_times import LinkTimes
from transport_sim.traffic.model import BoolArray, FloatArray, IntArray, LinkSupply, PathSet, Trips, class_rows
from transport_sim.traffic.timed_paths import Roads, leave_s, roads_of


def trip_charges_cny(
    supply: LinkSupply,
    charges: Iterable[RoadCharge],
    groups: pd.DataFrame,
    paths: PathSet,
    trips: Trips,
    *,
    times: LinkTimes,
    day: Day,
) -> FloatArray:
    """Return what each trip pays on its path.

    Parameters
    ----------
    supply, groups
        The roads as arrays, and the vehicle groups.
    charges
        Those of the policies; a trip pays the sum of all that concern it.
    paths, trips
        What is driven.
    times
        Times of the links through the day, which tell when a link is entered.
    day
        The simulated day.

    Returns
    -------
    One value per trip. A trip that begins inside a cordon pays once it enters from outside. [CNY]
    """
    group, path = trips.group.astype(np.int64), trips.path.astype(np.int64)
    vehicle_class, roads = class_rows(groups)[group], roads_of(times, None, len(groups))
    total = np.zeros(len(group))
    for charge in charges:
        inside = _inside(supply, charge)
        windows = charge.when.seconds(day)
        concerned = charge.groups(groups)[group]
        counted = np.ones(len(inside)) if charge.per == "entry" else supply.length_km
        total += charge.cny * _counts(
            trips.departure_s.astype(np.float64),
            path,
            paths.pointers,
            paths.links,
            roads,
            group,
            np.where(concerned, vehicle_class, -1),
            inside,
            charge.per == "entry",
            counted,
            windows[:, 0].copy(),
            windows[:, 1].copy(),
        )
    return total


def link_charges_cny(
    supply: LinkSupply, charges: Iterable[RoadCharge], groups: pd.DataFrame, *, group: int, time_s: float, day: Day
) -> FloatArray:
    """Return what a search for paths adds to each link, for one vehicle group at one time.

    A charge per entry lies on the links of the cordon that follow a link outside of it. A path that touches the border
    from inside would pay there again, so this is what a router assumes; `trip_charges_cny` is what is paid.

    Parameters
    ----------
    supply, charges, groups, day
        As in `trip_charges_cny`.
    group
        Row of the table of groups.
    time_s
        Seconds from midnight of the day. [s]

    Returns
    -------
    One value per link. [CNY]
    """
    total = np.zeros(len(supply.link_ids))
    for charge in charges:
        windows = charge.when.seconds(day)
        if charge.groups(groups)[group] and ((windows[:, 0] <= time_s) & (time_s < windows[:, 1])).any():
            inside = _inside(supply, charge)
            gate = inside & np.isin(supply.from_node, supply.to_node[~inside])
            total += charge.cny * (gate if charge.per == "entry" else inside * supply.length_km)
    return total


def _inside(supply: LinkSupply, charge: RoadCharge) -> BoolArray:
    inside = np.zeros(len(supply.link_ids), dtype=bool)
    inside[positions(supply, charge.link_ids)] = True
    return inside


@nb.njit(cache=True)
def _counts(  # noqa: PLR0917 - compiled code takes no keywords
    departure_s: FloatArray,
    path: IntArray,
    pointers: IntArray,
    links: IntArray | npt.NDArray[np.int32],
    roads: Roads,
    group: IntArray,
    vehicle_class: IntArray,
    inside: BoolArray,
    at_entry: bool,  # noqa: FBT001 - compiled code takes no keywords
    counted: FloatArray,
    start_s: FloatArray,
    end_s: FloatArray,
) -> FloatArray:
    """Sum what is counted on the links inside: those that follow one outside, or all, if entered in a window."""
    found = np.zeros(len(departure_s))
    for trip in range(len(departure_s)):
        if vehicle_class[trip] < 0:
            continue
        time, was_inside = departure_s[trip], True
        for place in range(pointers[path[trip]], pointers[path[trip] + 1]):
            link = links[place]
            if inside[link] and not (at_entry and was_inside):
                for window in range(len(start_s)):
                    if start_s[window] <= time < end_s[window]:
                        found[trip] += counted[link]
            was_inside = inside[link]
            time = leave_s(roads, link, group[trip], vehicle_class[trip], time)
    return found

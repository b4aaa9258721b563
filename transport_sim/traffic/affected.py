"""Whom the rules of the road stop on the planned path, and when the path is open before and after."""

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.traffic.access_time import earliest_entry
from transport_sim.traffic.model import Access, BoolArray, FloatArray, IntArray, PathSet, Trips

BEFORE_S = 1.0
"""Time by which a link is entered before its closure begins; the first moment of a window is closed already. [s]"""
ROUNDING_S = 5e-7
"""Moved by this much more, so that rounding does not bring a vehicle back to the same moment. [s]"""
Rules = tuple[IntArray, IntArray, BoolArray, IntArray, FloatArray, FloatArray]
"""The arrays of `Access`, in the order of its fields."""


@dataclass(frozen=True, eq=False)
class Affected:
    """What the rules do to each trip on its path."""

    is_closed: BoolArray
    """Whether the trip would come to a closed link."""
    latest_before_s: FloatArray
    """Latest departure, not after the planned one, at which every link is open when it is reached; else -inf. [s]"""
    earliest_after_s: FloatArray
    """Earliest departure, not before the planned one, at which every link is open; infinite if there is none. [s]"""


def affected_trips(
    access: Access, paths: PathSet, trips: Trips, *, link_time_s: FloatArray, group_row: IntArray
) -> Affected:
    """Follow each trip along its path and find the closed links.

    Parameters
    ----------
    access
        Compiled rules of the day.
    paths, trips
        What is planned.
    link_time_s
        Time to drive each link, shape (rows, n_links); congestion that changes with the departure is not followed.
        [s]
    group_row
        Row of `link_time_s` for each vehicle group, its class for example. [-]

    Returns
    -------
    Affected
        One row per trip.
    """
    rules = (
        access.link_pointers,
        access.link_rules,
        access.rule_group,
        access.window_pointers,
        access.window_start_s,
        access.window_end_s,
    )
    before, after = trips.departure_s.astype(np.float64), trips.departure_s.astype(np.float64)
    group, path = trips.group.astype(np.int64), trips.path.astype(np.int64)
    row = group_row.astype(np.int64)[group]
    _move_departures(before, group, path, paths.pointers, paths.links, link_time_s, row, -1.0, rules)
    _move_departures(after, group, path, paths.pointers, paths.links, link_time_s, row, 1.0, rules)
    return Affected(after > trips.departure_s, before, after)


def other_groups(groups: pd.DataFrame, is_shut_out: BoolArray) -> IntArray:
    """Return the group of the other car of a household: one of the same class that the rules leave alone.

    Parameters
    ----------
    groups
        Vehicle groups.
    is_shut_out
        Which of them a rule of the day concerns.

    Returns
    -------
    For each group the row that is like it in most columns, the first of several; itself if it is not shut out, -1 if
    there is none.
    """
    likeness = sum(
        np.equal.outer(groups[column].to_numpy(), groups[column].to_numpy()).astype(np.int64)
        for column in groups.columns
    )
    same_class = np.equal.outer(groups["vehicle_class"].to_numpy(), groups["vehicle_class"].to_numpy())
    score = np.where(same_class & ~is_shut_out, likeness, -1)
    best = score.argmax(axis=1)
    return np.where(score[np.arange(len(groups)), best] >= 0, best, -1).astype(np.int64)


@nb.njit(cache=True)
def _latest_entry(link: int, group: int, time_s: float, rules: Rules) -> float:
    """Find the last moment up to `time_s` at which no rule closes a link to a group; -inf if there is none. [s]."""
    link_pointers, link_rules, rule_group, window_pointers, window_start_s, window_end_s = rules
    time = time_s
    again = True
    while again and time > -np.inf:  # before one rule's window another's may lie
        again = False
        for place in range(link_pointers[link], link_pointers[link + 1]):
            rule = link_rules[place]
            if not rule_group[rule, group]:
                continue
            for window in range(window_pointers[rule], window_pointers[rule + 1]):
                if window_start_s[window] <= time < window_end_s[window]:
                    time = window_start_s[window] - BEFORE_S
                    again = True
    return time


@nb.njit(cache=True)
def _move_departures(  # noqa: PLR0917 - compiled code takes no keywords
    start_s: FloatArray,
    group: IntArray,
    path: IntArray,
    pointers: IntArray,
    links: IntArray | npt.NDArray[np.int32],
    link_time_s: FloatArray,
    row: IntArray,
    sign: float,
    rules: Rules,
) -> None:
    """Move each departure, in place, later (sign 1) or earlier (-1) until no link of its path is closed any more."""
    for trip in range(len(start_s)):
        closed = True
        while closed and np.isfinite(start_s[trip]):
            closed = False
            time = start_s[trip]
            for place in range(pointers[path[trip]], pointers[path[trip] + 1]):
                link = links[place]
                if sign > 0.0:
                    entry = earliest_entry(link, group[trip], time, *rules)
                else:
                    entry = _latest_entry(link, group[trip], time, rules)
                if entry != time:
                    start_s[trip] += entry - time + sign * ROUNDING_S
                    closed = True
                    break
                time += link_time_s[row[trip], link]

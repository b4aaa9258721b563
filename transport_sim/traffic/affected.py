"""Whom the rules of the road stop on the planned path, and when the path is open before and after."""

from dataclasses import dataclass

import numba as nb
import numpy as np
import pandas as pd

from transport_sim.traffic.access_time import Rules, next_entry
from transport_sim.traffic.model import BoolArray, FloatArray, IntArray
from transport_sim.traffic.states import Int32Array
from transport_sim.traffic.timed_paths import Requests, Roads, leave_s

BEFORE_S = 1.0
"""Time by which a link is entered before its closure begins; the first moment of a window is closed already. It is also
how exactly a moved departure is found. [s]"""
ROUNDING_S = 5e-7
"""Moved by this much more, so that rounding does not bring a vehicle back to the same moment. [s]"""


@dataclass(frozen=True, eq=False)
class Affected:
    """What the rules do to each trip on its path."""

    is_closed: BoolArray
    """Whether the trip would come to a closed link."""
    latest_before_s: FloatArray
    """Latest departure, not after the planned one, at which every link is open when it is reached; else -inf. [s]"""
    earliest_after_s: FloatArray
    """Earliest departure, not before the planned one, at which every link is open; infinite if there is none. [s]"""


def affected_trips(roads: Roads, requests: Requests, pointers: IntArray, links: Int32Array) -> Affected:
    """Follow each trip along its path and find the closed links.

    Parameters
    ----------
    roads
        Times of the links through the day, and what is closed when: `roads_of` with a margin for those who would not
        count on passing a link just before it closes. [s]
    requests
        The trips; where they go is not asked.
    pointers, links
        Path `i` is that of trip `i`, as in `PathSet`.

    Returns
    -------
    Affected
        One row per trip. Moving a departure also moves it into other traffic: the times are those of the moment at
        which each link is reached.
    """
    before, after = requests.departure_s.copy(), requests.departure_s.copy()
    _move_departures(before, roads, requests, pointers, links, -1.0)
    _move_departures(after, roads, requests, pointers, links, 1.0)
    return Affected(after > requests.departure_s, before, after)


def latest_departures(roads: Roads, requests: Requests, pointers: IntArray, links: Int32Array) -> FloatArray:
    """Return `Affected.latest_before_s` alone; see `affected_trips`. [s]."""
    before = requests.departure_s.copy()
    _move_departures(before, roads, requests, pointers, links, -1.0)
    return before


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


@nb.njit(cache=True, nogil=True)
def _latest_entry(link: int, group: int, time_s: float, rules: Rules) -> float:
    """Find the last moment up to `time_s` at which no rule closes a link to a group; -inf if there is none. [s]."""
    time = time_s
    again = True
    while again and time > -np.inf:  # before one rule's window another's may lie
        again = False
        for place in range(rules.link_pointers[link], rules.link_pointers[link + 1]):
            rule = rules.link_rules[place]
            if not rules.rule_group[rule, group]:
                continue
            for window in range(rules.window_pointers[rule], rules.window_pointers[rule + 1]):
                if rules.window_start_s[window] <= time < rules.window_end_s[window]:
                    time = rules.window_start_s[window] - BEFORE_S
                    again = True
    return time


@nb.njit(cache=True, nogil=True)
def _step(  # noqa: PLR0917 - compiled code takes no keywords
    start_s: float, roads: Roads, requests: Requests, trip: int, pointers: IntArray, links: Int32Array, sign: float
) -> float:
    """Return how much later (sign 1) or earlier (-1) the first closed link is open; 0 if none is closed. [s]."""
    time, group, rules = start_s, requests.group[trip], roads.rules
    for place in range(pointers[trip], pointers[trip + 1]):
        link = links[place]
        if rules.link_pointers[link] < rules.link_pointers[link + 1]:
            entry = next_entry(link, group, time, rules) if sign > 0.0 else _latest_entry(link, group, time, rules)
            if entry != time:
                return entry - time
        time = leave_s(roads, link, group, requests.vehicle_class[trip], time)
    return 0.0


@nb.njit(cache=True, nogil=True)
def _move_departures(  # noqa: PLR0917 - compiled code takes no keywords
    start_s: FloatArray, roads: Roads, requests: Requests, pointers: IntArray, links: Int32Array, sign: float
) -> None:
    """Move each departure, in place, later (sign 1) or earlier (-1) until no link of its path is closed any more."""
    for trip in range(len(start_s)):
        closed_s, open_s = start_s[trip], start_s[trip]
        missed_s = _step(open_s, roads, requests, trip, pointers, links, sign)
        while missed_s != 0.0 and np.isfinite(open_s):
            closed_s = open_s
            open_s += missed_s + sign * ROUNDING_S
            if np.isfinite(open_s):
                missed_s = _step(open_s, roads, requests, trip, pointers, links, sign)
        # where times change, that may have been too far
        while np.isfinite(open_s) and abs(open_s - closed_s) > BEFORE_S:
            middle_s = 0.5 * (open_s + closed_s)
            if _step(middle_s, roads, requests, trip, pointers, links, sign) == 0.0:
                open_s = middle_s
            else:
                closed_s = middle_s
        start_s[trip] = open_s

"""Who comes too late to a link that closes learns from it, and leaves earlier on the next day."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from transport_sim.traffic.access_time import Rules
from transport_sim.traffic.affected import latest_departures
from transport_sim.traffic.model import FloatArray, IntArray
from transport_sim.traffic.states import Int32Array
from transport_sim.traffic.timed_paths import Requests, Roads, arrivals

LATE_S = 300.0
"""Who waits no longer than that for a link does not mind; who waited although the mean times of the links don't say so
leaves so much earlier. [s]"""


class Leeway(NamedTuple):
    """By how much each trip may be moved."""

    earliest_s: FloatArray
    """Departure that is never moved further; the planned one or a later one for who does not move. [s]"""
    ahead_s: FloatArray
    """How much before the last moment one leaves, if there is so much time. [s]"""


def leeway_of(demand: pd.DataFrame) -> Leeway:
    """Read the columns `earliest_departure_s` and `ahead_s`; nobody moves where they are missing."""
    columns = demand.reindex(columns=["departure_s", "earliest_departure_s", "ahead_s"]).to_numpy(dtype=np.float64)
    departure_s, earliest_s, ahead_s = columns.T
    earliest_s = np.where(np.isnan(earliest_s), departure_s, np.maximum(earliest_s, 0.0))
    return Leeway(earliest_s, np.nan_to_num(ahead_s))


def waits_s(roads: Roads, requests: Requests, pointers: IntArray, links: Int32Array) -> FloatArray:
    """Return how much sooner each trip would be there if nothing were closed; infinite if it never arrives. [s]."""
    link_count, group_count = len(roads.rules.link_pointers) - 1, roads.rules.rule_group.shape[1]
    none = Rules(
        np.zeros(link_count + 1, dtype=np.int64),
        np.zeros(0, dtype=np.int64),
        np.zeros((0, group_count), dtype=np.bool_),
        np.zeros(1, dtype=np.int64),
        np.zeros(0),
        np.zeros(0),
    )
    freely_s = arrivals(roads._replace(rules=none), requests, pointers, links)
    return np.asarray(arrivals(roads, requests, pointers, links) - freely_s)


def earlier_departures(
    roads: Roads,
    requests: Requests,
    pointers: IntArray,
    links: Int32Array,
    *,
    leeway: Leeway,
    late_s: FloatArray,
) -> FloatArray:
    """Move the departures of those who came too late.

    Parameters
    ----------
    roads
        Times of the links on the last day, and what is closed, with the margin of those who plan.
    requests
        The trips with their departures on the last day.
    pointers, links
        Path `i` is that of trip `i`.
    leeway
        How far each may move.
    late_s
        How much later each arrived on the last day because links were closed. [s]

    Returns
    -------
    New departures, never later than those of the last day: `ahead_s` before the last moment at which every link of the
    path is open when it is reached. Who would lose more by that than by the wait stays. [s]
    """
    departure_s = requests.departure_s
    latest_s = latest_departures(roads, requests, pointers, links)
    # the mean times of a quarter of an hour don't tell everything: some waited who should not have had to
    latest_s = np.where(latest_s < departure_s, latest_s, departure_s - LATE_S)
    moved_s = np.maximum(latest_s - leeway.ahead_s, leeway.earliest_s)
    moves = (late_s > LATE_S) & (latest_s >= leeway.earliest_s) & (departure_s - moved_s < late_s)
    return np.where(moves, moved_s, departure_s)

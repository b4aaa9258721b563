"""What travellers who choose one after the other expect of each other, between two simulated days.

If many change their paths on the same news, they meet again on the next road. So those who revise do it in turn, and
each sees what the ones before have decided: a link's delay is that of the last simulated day plus what a point queue
[1]_ with random arrivals [2]_ says that the changes since then make of it. The simulation has the last word on the next
day, hence errors of this forecast slow the days down, but do not move the equilibrium.

Where vehicles queued on the last day, the forecast's capacity is the flow that really left the link: a blocked road
downstream can make that a fraction of what its own lanes carry.

References
----------
.. [1] W. Vickrey, "Congestion theory and transport investment", American Economic Review 59(2), 1969.
.. [2] A. Khintchine, "Mathematical theory of a stationary queue", Matematicheskii Sbornik 39(4), 1932: the mean wait of
   an M/D/1 queue.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from transport_sim.traffic.model import FloatArray, IntArray
from transport_sim.traffic.states import Int32Array, States
from transport_sim.traffic.timed_paths import (
    Requests,
    Roads,
    leave_s,
    new_labels,
    remaining,
    search,
    trace,
)
from transport_sim.units import SECONDS_PER_HOUR

MOST_USE = 0.95
"""Use of the capacity up to which arrivals are random; beyond, the queue itself says the delay. [-]"""
LEAST_DISCHARGE = 0.05
"""Least capacity of a link with a queue, as a share of what its lanes carry. [-]"""
QUEUED_S = 30.0
"""Delay from which a link counts as queued. [s]"""
RECOVERY = 0.2
"""Share of the missing capacity that a link without queue is trusted with again each day. [-]"""


class Forecast(NamedTuple):
    """What makes a link's delay; all of shape (n_bins, n_links)."""

    discharge_pcu_s: FloatArray
    """Flow that can leave. [pcu/s]"""
    entered_pcu: FloatArray
    queue_pcu: FloatArray
    """Queue at the start of the bin. [pcu]"""
    offset_s: FloatArray
    """What the simulated delay is more than that of the point queue. [s]"""


class Choices(NamedTuple):
    """Path of each trip: `length` links from `start` on; empty for a trip without a path."""

    start: IntArray
    length: IntArray
    links: Int32Array
    bins: Int32Array
    """Bin in which each link of a path is entered."""


def no_choices(count: int) -> Choices:
    """Return the state before anybody has chosen."""
    empty = np.zeros(0, dtype=np.int32)
    return Choices(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), empty, empty)


def new_forecast(roads: Roads, capacity_pcu_h: FloatArray) -> Forecast:
    """Return a forecast for roads on which nobody has been seen."""
    shape = roads.delay_s.shape
    return Forecast(
        np.tile(capacity_pcu_h / SECONDS_PER_HOUR, (shape[0], 1)), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    )


def anchored(
    before: Forecast, roads: Roads, capacity_pcu_h: FloatArray, passages: tuple[FloatArray, FloatArray]
) -> tuple[Forecast, Roads]:
    """Bring a forecast in line with a simulated day.

    Parameters
    ----------
    before
        The forecast of the day before.
    roads
        Link times of the simulated day.
    capacity_pcu_h
        What the lanes of each link let out. [pcu/h]
    passages
        What entered and left each link on that day, from `count_passages`. [pcu]

    Returns
    -------
    The forecast, and roads whose delays it will keep up to date; they begin as those of the day.
    """
    entered, left = passages
    most = np.broadcast_to(capacity_pcu_h / SECONDS_PER_HOUR, roads.delay_s.shape)
    seen = np.clip(left / roads.bin_s, LEAST_DISCHARGE * most, most)
    trusted = before.discharge_pcu_s + RECOVERY * (most - before.discharge_pcu_s)
    queued = roads.delay_s > QUEUED_S
    queued[:-1] |= queued[1:]  # a queue that costs time in one bin was built up in the one before
    discharge = np.where(queued, seen, trusted)
    forecast = Forecast(discharge, entered, np.zeros_like(entered), np.zeros_like(entered))
    forecast.offset_s[:] = roads.delay_s - point_queues(forecast, roads.bin_s)
    return forecast, expected_roads(forecast, roads)


def counted(before: Forecast, roads: Roads, entered: FloatArray) -> tuple[Forecast, Roads]:
    """Forecast the delays of roads that some vehicles enter, by the point queue alone."""
    forecast = Forecast(before.discharge_pcu_s, entered, np.zeros_like(entered), np.zeros_like(entered))
    return forecast, expected_roads(forecast, roads)


def expected_roads(forecast: Forecast, roads: Roads) -> Roads:
    """Return the roads with the delays of a forecast, in an array of their own."""
    expected = roads._replace(delay_s=np.full_like(roads.delay_s, -1.0))
    for link in range(roads.delay_s.shape[1]):
        update(forecast, expected, link, 0)
    return expected


@nb.njit(cache=True, nogil=True)
def point_queues(forecast: Forecast, bin_s: float) -> FloatArray:
    """Return the delays of the point queues alone, and note the queues, shape (n_bins, n_links). [s]."""
    delay_s = np.empty_like(forecast.entered_pcu)
    count = len(delay_s)
    for link in range(delay_s.shape[1]):
        forecast.queue_pcu[0, link] = 0.0
        for place in range(count):
            delay_s[place, link], after = _queue(forecast, bin_s, link, place)
            if place + 1 < count:
                forecast.queue_pcu[place + 1, link] = after
    return delay_s


@nb.njit(cache=True, nogil=True)
def _queue(forecast: Forecast, bin_s: float, link: int, place: int) -> tuple[float, float]:
    """Return the mean delay of a point queue in a bin, and the queue at its end. [s], [pcu]."""
    most = forecast.discharge_pcu_s[place, link]
    entered, before = max(forecast.entered_pcu[place, link], 0.0), forecast.queue_pcu[place, link]
    after = max(0.0, before + entered - most * bin_s)
    use = min(entered / (most * bin_s), MOST_USE)
    return (before + after) / (2.0 * most) + use / (2.0 * most * (1.0 - use)), after


@nb.njit(cache=True, nogil=True)
def count_passages(
    roads: Roads, requests: Requests, pcu: FloatArray, choices: Choices
) -> tuple[FloatArray, FloatArray]:
    """Return what enters and leaves each link in each bin, shape (n_bins, n_links), and note the bins of entry. [pcu].

    What leaves is dated back by the time on the empty link, so that only a queue makes a difference between the two.
    """
    entered, left = np.zeros(roads.delay_s.shape), np.zeros(roads.delay_s.shape)
    last = len(entered) - 1
    for trip in range(len(requests.origin)):
        time_s, group, vehicle_class = requests.departure_s[trip], requests.group[trip], requests.vehicle_class[trip]
        for place in range(choices.start[trip], choices.start[trip] + choices.length[trip]):
            link = choices.links[place]
            choices.bins[place] = min(int(time_s / roads.bin_s), last)
            entered[choices.bins[place], link] += pcu[group]
            time_s = leave_s(roads, link, group, vehicle_class, time_s)
            left_s = time_s - roads.free_s[vehicle_class, link]
            left[min(int(left_s / roads.bin_s), last), link] += pcu[group]
    return entered, left


@nb.njit(cache=True, nogil=True)
def update(forecast: Forecast, roads: Roads, link: int, first: int) -> None:
    """Forecast a link's delays from the bin on in which something changed, as far as it makes a difference."""
    delay_s, queue, count = roads.delay_s, forecast.queue_pcu, len(roads.delay_s)
    for place in range(first, count):
        alone, after = _queue(forecast, roads.bin_s, link, place)
        delay = max(0.0, alone + forecast.offset_s[place, link])
        if place > 0:  # first in, first out
            delay = max(delay, delay_s[place - 1, link] - roads.bin_s)
        same = delay == delay_s[place, link]
        delay_s[place, link] = delay
        if place + 1 < count:
            same = same and after == queue[place + 1, link]
            queue[place + 1, link] = after
        if same:
            return


@nb.njit(cache=True, nogil=True)
def choose_in_turn(  # noqa: PLR0917 - compiled code takes no keywords
    graph: States,
    roads: Roads,
    requests: Requests,
    rows: IntArray,
    pcu: FloatArray,
    forecast: Forecast,
    choices: Choices,
    worth_share: float,
) -> tuple[Choices, int]:
    """Let trips of one class choose one after the other; return the choices and how many changed.

    `rows` hold trips to one destination together. Delays in `roads` are kept up to date. `worth_share` is the least
    gain for which one changes paths, as a share of the time on the old one.
    """
    labels, states, changed = new_labels(graph), len(graph.node), 0
    links, bins, used = choices.links, choices.bins, len(choices.links)
    for i in range(len(rows)):
        trip = rows[i]
        if i == 0 or requests.destination[trip] != requests.destination[rows[i - 1]]:
            remaining(graph, roads, requests.vehicle_class[trip], requests.destination[trip], labels)
        departure_s, start, length = requests.departure_s[trip], choices.start[trip], choices.length[trip]
        arrival_s = search(graph, roads, requests, trip, labels)
        if arrival_s == np.inf:
            continue
        if length > 0:
            old_s = _drive(roads, requests, trip, links[start : start + length])
            if old_s - arrival_s <= worth_share * (old_s - departure_s):
                continue
            for place in range(start, start + length):
                forecast.entered_pcu[bins[place], links[place]] -= pcu[requests.group[trip]]
                update(forecast, roads, links[place], bins[place])
        if used + states > len(links):
            room = len(links) // 2 + states + 1024
            links = np.concatenate((links, np.empty(room, dtype=np.int32)))
            bins = np.concatenate((bins, np.empty(room, dtype=np.int32)))
        choices.start[trip] = used
        used = trace(graph, labels, requests.origin[trip], requests.destination[trip], links, used)
        choices.length[trip] = used - choices.start[trip]
        _join(roads, requests, trip, pcu[requests.group[trip]], forecast, links, bins, choices.start[trip], used)
        changed += 1
    return _compact(choices.start, choices.length, links, bins), changed


@nb.njit(cache=True, nogil=True)
def _drive(roads: Roads, requests: Requests, trip: int, links: Int32Array) -> float:
    """Return when a trip would arrive on a path. [s]."""
    time_s: float = requests.departure_s[trip]
    for link in links:
        if time_s < np.inf:
            time_s = leave_s(roads, link, requests.group[trip], requests.vehicle_class[trip], time_s)
    return time_s


@nb.njit(cache=True, nogil=True)
def _join(  # noqa: PLR0917 - compiled code takes no keywords
    roads: Roads,
    requests: Requests,
    trip: int,
    pcu: float,
    forecast: Forecast,
    links: Int32Array,
    bins: Int32Array,
    start: int,
    end: int,
) -> None:
    """Add a vehicle to the links of its path and note when it enters them."""
    time_s = requests.departure_s[trip]
    for place in range(start, end):
        link = links[place]
        bins[place] = min(int(time_s / roads.bin_s), len(roads.delay_s) - 1)
        time_s = leave_s(roads, link, requests.group[trip], requests.vehicle_class[trip], time_s)
        forecast.entered_pcu[bins[place], link] += pcu
        update(forecast, roads, link, bins[place])


@nb.njit(cache=True, nogil=True)
def _compact(start: IntArray, length: IntArray, links: Int32Array, bins: Int32Array) -> Choices:
    """Lay the paths in the order of the trips, without what was given up."""
    total = length.sum()
    out = Choices(np.empty_like(start), length, np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32))
    used = 0
    for trip in range(len(start)):
        out.start[trip] = used
        for place in range(start[trip], start[trip] + length[trip]):
            out.links[used], out.bins[used] = links[place], bins[place]
            used += 1
    return out

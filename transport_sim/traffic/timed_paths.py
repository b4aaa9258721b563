"""Shortest paths in time: each link costs what it costs at the moment of passing, closed links included.

One search for each trip, at its own departure, guided by the time that remains on empty roads (A*). Since who enters
a link later never leaves it earlier, waiting is never worth it unless a link is closed, and the first time that a node
is settled is the earliest. Trips are searched by destination, so that one tree of remaining times serves many.

References
----------
.. [1] B. C. Dean, "Shortest paths in FIFO time-dependent networks: theory and algorithms", MIT, 2004.
.. [2] P. Hart, N. Nilsson and B. Raphael, "A formal basis for the heuristic determination of minimum cost paths", IEEE
   Transactions on Systems Science and Cybernetics 4(2), 1968.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba as nb
import numpy as np

from transport_sim.traffic.access_time import Rules, next_entry
from transport_sim.traffic.heap import pop, push
from transport_sim.traffic.link_times import LinkTimes, place_in_bins
from transport_sim.traffic.model import Access, BoolArray, FloatArray, IntArray
from transport_sim.traffic.states import Int32Array, States


class Roads(NamedTuple):
    """What a link costs at which time: `LinkTimes` and `Access` for compiled code."""

    rules: Rules
    free_s: FloatArray
    """Shape (n_classes, n_links). [s]"""
    delay_s: FloatArray
    """Shape (n_bins, n_links). [s]"""
    bin_s: float


class Requests(NamedTuple):
    """Trips to find a path for: node positions, departures, vehicle groups and their classes."""

    origin: IntArray
    destination: IntArray
    departure_s: FloatArray
    group: IntArray
    vehicle_class: IntArray


class Found(NamedTuple):
    """A path for each request, as positions of links; arrival is infinite and the path empty where none leads."""

    arrival_s: FloatArray
    pointers: IntArray
    links: Int32Array


class Labels(NamedTuple):
    """Scratch of a search."""

    time_s: FloatArray
    """Earliest known time at each state. [s]"""
    arc: IntArray
    """Last arc on the way to each state."""
    tail: IntArray
    """State before that arc."""
    seen: IntArray
    """Number of the search that reached each state last."""
    settled: IntArray
    remaining_s: FloatArray
    """Least time from each node to the destination on empty roads. [s]"""
    keys: FloatArray
    items: IntArray


def roads_of(times: LinkTimes, access: Access | None, group_count: int, *, margin_s: float = 0.0) -> Roads:
    """Put link times and closures together.

    Parameters
    ----------
    times
        Times of the links.
    access
        What is closed to which group at what time; nothing if left out.
    group_count
        Vehicle groups there are. [-]
    margin_s
        How much earlier than in truth a link closes: who plans to pass shortly before may come too late. [s]
    """
    if access is None:
        whole, none = np.zeros(0, dtype=np.int64), np.zeros(0)
        pointers = np.zeros(times.free_s.shape[1] + 1, dtype=np.int64)
        rules = Rules(pointers, whole, np.zeros((0, group_count), dtype=np.bool_), np.zeros(1, np.int64), none, none)
    else:
        start_s = access.window_start_s - margin_s
        rules = Rules(
            access.link_pointers,
            access.link_rules,
            access.rule_group,
            access.window_pointers,
            start_s,
            access.window_end_s,
        )
    return Roads(rules, times.free_s, times.delay_s, times.bin_s)


def find_paths(graphs: dict[int, States], roads: Roads, requests: Requests, *, workers: int = 2) -> Found:
    """Find the earliest arrival of every trip and a path that gives it.

    Parameters
    ----------
    graphs
        Graph of each vehicle class that occurs, by its place in `VEHICLE_CLASSES`.
    roads
        Times of the links, and what is closed; a path may wait where a link opens later.
    requests
        The trips.
    workers
        Threads. The answer does not depend on their number. [-]

    Returns
    -------
    Found
        In the order of the requests.
    """
    jobs = []
    for vehicle_class, rows in by_destination(requests):
        blocks = np.array_split(rows, min(4 * workers, len(rows)))
        jobs += [(graphs[vehicle_class], block) for block in blocks]

    def run(job: tuple[States, IntArray]) -> Found:
        graph, rows = job
        found: Found = _find(graph, roads, some(requests, rows))
        return found

    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(run, jobs))
    return _gather(len(requests.origin), [rows for _, rows in jobs], parts)


def some(requests: Requests, rows: IntArray | BoolArray) -> Requests:
    """Return some of the requests."""
    return Requests(
        requests.origin[rows],
        requests.destination[rows],
        requests.departure_s[rows],
        requests.group[rows],
        requests.vehicle_class[rows],
    )


def by_destination(requests: Requests) -> list[tuple[int, IntArray]]:
    """Return the requests of each vehicle class, those to one destination together."""
    if not len(requests.origin):
        return []
    order = np.lexsort((np.arange(len(requests.origin)), requests.destination, requests.vehicle_class))
    ranked = requests.vehicle_class[order]
    classes, first = np.unique(ranked, return_index=True)
    return [(int(number), rows) for number, rows in zip(classes, np.split(order, first[1:]), strict=True)]


def _gather(count: int, rows: list[IntArray], parts: list[Found]) -> Found:
    """Bring the paths of several blocks into the order of the requests."""
    arrival_s, length = np.full(count, np.inf), np.zeros(count, dtype=np.int64)
    for block, part in zip(rows, parts, strict=True):
        arrival_s[block] = part.arrival_s
        length[block] = np.diff(part.pointers)
    pointers = np.concatenate([[0], np.cumsum(length)])
    links = np.empty(pointers[-1], dtype=np.int32)
    for block, part in zip(rows, parts, strict=True):
        copy_paths(links, pointers, block, part.links, part.pointers, np.arange(len(block)))
    return Found(arrival_s, pointers, links)


@nb.njit(cache=True, nogil=True)
def copy_paths(  # noqa: PLR0917 - compiled code takes no keywords
    target: Int32Array, target_pointers: IntArray, to: IntArray, source: Int32Array, pointers: IntArray, which: IntArray
) -> None:
    """Copy paths `which` of one set to the places `to` of another."""
    for i in range(len(to)):
        start, end = pointers[which[i]], pointers[which[i] + 1]
        at = target_pointers[to[i]]
        for place in range(start, end):
            target[at + place - start] = source[place]


@nb.njit(cache=True, nogil=True)
def leave_s(roads: Roads, link: int, group: int, vehicle_class: int, time_s: float) -> float:
    """Return when a vehicle that comes to a link at `time_s` leaves it, a wait for its opening included. [s]."""
    rules = roads.rules
    if rules.link_pointers[link] < rules.link_pointers[link + 1]:
        time_s = next_entry(link, group, time_s, rules)
        if time_s == np.inf:
            return np.inf
    before, after, share = place_in_bins(time_s, roads.bin_s, len(roads.delay_s))
    delay = (1.0 - share) * roads.delay_s[before, link] + share * roads.delay_s[after, link]
    done_s: float = time_s + roads.free_s[vehicle_class, link] + delay
    return done_s


@nb.njit(cache=True, nogil=True)
def arrivals(roads: Roads, requests: Requests, pointers: IntArray, links: Int32Array) -> FloatArray:
    """Return when each trip arrives on its path; infinite if a link never opens to it. [s]."""
    arrival_s = requests.departure_s.copy()
    for trip in range(len(arrival_s)):
        time_s = arrival_s[trip]
        group, vehicle_class = requests.group[trip], requests.vehicle_class[trip]
        for place in range(pointers[trip], pointers[trip + 1]):
            if time_s < np.inf:
                time_s = leave_s(roads, links[place], group, vehicle_class, time_s)
        arrival_s[trip] = time_s
    return arrival_s


@nb.njit(cache=True, nogil=True)
def new_labels(graph: States) -> Labels:
    """Return labels of a search that has not begun."""
    states, room = len(graph.node), len(graph.heads) + 1
    return Labels(
        np.empty(states),
        np.empty(states, dtype=np.int64),
        np.empty(states, dtype=np.int64),
        np.full(states, -1, dtype=np.int64),
        np.full(states, -1, dtype=np.int64),
        np.empty(len(graph.departure)),
        np.empty(room),
        np.empty(room, dtype=np.int64),
    )


@nb.njit(cache=True, nogil=True)
def _find(graph: States, roads: Roads, requests: Requests) -> Found:
    """Search for each request in turn; requests of one class, those to one destination together."""
    count, states = len(requests.origin), len(graph.node)
    labels = new_labels(graph)
    arrival_s, pointers = np.full(count, np.inf), np.zeros(count + 1, dtype=np.int64)
    links, used = np.empty(64 * count + states, dtype=np.int32), 0
    for i in range(count):
        if i == 0 or requests.destination[i] != requests.destination[i - 1]:
            remaining(graph, roads, requests.vehicle_class[i], requests.destination[i], labels)
        arrival_s[i] = search(graph, roads, requests, i, labels)
        if arrival_s[i] < np.inf:
            if used + states > len(links):
                links = np.concatenate((links, np.empty(len(links) // 2 + states, dtype=np.int32)))
            used = trace(graph, labels, requests.origin[i], requests.destination[i], links, used)
        pointers[i + 1] = used
    return Found(arrival_s, pointers, links[:used].copy())


@nb.njit(cache=True, nogil=True)
def remaining(graph: States, roads: Roads, vehicle_class: int, destination: int, labels: Labels) -> None:
    """Find the least time on empty roads from every node to a destination, whatever the turns and closures."""
    least, free_s = labels.remaining_s, roads.free_s[vehicle_class]
    least[:] = np.inf
    least[destination] = 0.0
    size = push(labels.keys, labels.items, 0, 0.0, destination)
    while size > 0:
        key, node = labels.keys[0], labels.items[0]
        size = pop(labels.keys, labels.items, size)
        if key > least[node]:
            continue
        for place in range(graph.in_pointers[node], graph.in_pointers[node + 1]):
            link = graph.in_links[place]
            tail = graph.from_node[link]
            if key + free_s[link] < least[tail]:
                least[tail] = key + free_s[link]
                size = push(labels.keys, labels.items, size, least[tail], tail)


@nb.njit(cache=True, nogil=True)
def search(graph: States, roads: Roads, requests: Requests, trip: int, labels: Labels) -> float:
    """Label states by their earliest times until the destination is settled; return the arrival. [s].

    `labels.remaining_s` must be that of the trip's class and destination, and no trip is searched twice with the same
    labels.
    """
    start, end = graph.departure[requests.origin[trip]], graph.arrival[requests.destination[trip]]
    arrival_s: float = requests.departure_s[trip]
    if requests.origin[trip] == requests.destination[trip]:
        return arrival_s
    if labels.remaining_s[requests.origin[trip]] == np.inf:
        return np.inf
    labels.time_s[start], labels.seen[start] = arrival_s, trip
    size = push(labels.keys, labels.items, 0, 0.0, start)
    while size > 0:
        state = labels.items[0]
        size = pop(labels.keys, labels.items, size)
        if state == end:
            break
        if labels.settled[state] != trip:
            labels.settled[state] = trip
            size = _relax(graph, roads, requests, trip, labels, state, size)
    if labels.seen[end] != trip:
        return np.inf
    arrival_s = labels.time_s[end]
    return arrival_s  # noqa: RET504 - a numpy float for mypy otherwise


@nb.njit(cache=True, nogil=True)
def _relax(  # noqa: PLR0917 - compiled code takes no keywords
    graph: States, roads: Roads, requests: Requests, trip: int, labels: Labels, state: int, size: int
) -> int:
    """Pass the time of a settled state on to its neighbours; return the size of the heap."""
    time_s, pointers = labels.time_s[state], roads.rules.link_pointers
    group, vehicle_class = requests.group[trip], requests.vehicle_class[trip]
    before, after, share = place_in_bins(time_s, roads.bin_s, len(roads.delay_s))
    for arc in range(graph.pointers[state], graph.pointers[state + 1]):
        head, link = graph.heads[arc], graph.links[arc]
        left = labels.remaining_s[graph.node[head]]
        if labels.settled[head] == trip or left == np.inf:
            continue
        if link < 0:
            reach = time_s
        elif pointers[link] < pointers[link + 1]:
            reach = leave_s(roads, link, group, vehicle_class, time_s)
        else:  # as in `leave_s`, with the bins looked up once for all links
            delay = (1.0 - share) * roads.delay_s[before, link] + share * roads.delay_s[after, link]
            reach = time_s + roads.free_s[vehicle_class, link] + delay
        if reach < np.inf and (labels.seen[head] != trip or reach < labels.time_s[head]):
            labels.time_s[head], labels.seen[head] = reach, trip
            labels.arc[head], labels.tail[head] = arc, state
            size = push(labels.keys, labels.items, size, reach + left, head)
    return size


@nb.njit(cache=True, nogil=True)
def trace(  # noqa: PLR0917 - compiled code takes no keywords
    graph: States, labels: Labels, origin: int, destination: int, links: Int32Array, used: int
) -> int:
    """Append the links of the path that was found, in driving order; return how much of `links` is used."""
    first, state = used, graph.arrival[destination]
    while state != graph.departure[origin] and origin != destination:
        link = graph.links[labels.arc[state]]
        if link >= 0:
            links[used] = link
            used += 1
        state = labels.tail[state]
    links[first:used] = links[first:used][::-1].copy()
    return used

"""Calendar queue: a ring of narrow time buckets, and a small heap that orders the bucket that is open.

Putting an event into the ring costs a few writes, whatever their number; only the handful of events of the open bucket
is ever compared [1]_. The events of a bucket lie side by side, so that opening it never waits for memory once for each;
those for which a bucket has no place form a list. Events leave by time and, at the same time, by key, so the order does
not depend on the width of the buckets. An event that lies more than one turn of the ring ahead stays in its bucket and
is passed over.

References
----------
.. [1] R. Brown, "Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem",
   Communications of the ACM 31(10), 1988.
"""

from typing import Any, NamedTuple

import numba as nb
import numpy as np

from transport_sim.traffic.memory import aligned
from transport_sim.traffic.model import IntArray

EVENT = np.dtype([("time", "f8"), ("key", "i4"), ("following", "i4")])
"""An event for which its bucket had no place; its number is its place in the table."""
HEAP = np.dtype([("time", "f8"), ("key", "i4"), ("event", "i4")])
"""An event of the open bucket, or in its place in another one."""
BUCKET = np.dtype([("count", "i4"), ("first", "i4")])
"""Places of a bucket that are taken, and the first event that found none, -1 if all did."""
PLACES = 8
"""Places of a bucket: two lines of memory. [-]"""
MAX_BUCKETS = 2**20
EVENTS_PER_BUCKET = 4.0
"""Mean number of events that an open bucket holds. [-]"""
HORIZON_S = 60.0
"""What one turn of the ring covers, unless that takes more than `MAX_BUCKETS`. [s]"""


class Calendar(NamedTuple):
    """The queue; `state` holds the number of the open bucket and the size of the heap."""

    buckets: Any
    """The ring."""
    places: Any
    """`PLACES` for each bucket."""
    events: Any
    """The events of the lists."""
    heap: Any
    state: IntArray
    buckets_per_s: float
    """A power of two, so that the start of a bucket is exact. [1/s]"""


def new_calendar(event_count: int, heap_count: int, events_per_s: float) -> Calendar:
    """Return an empty queue.

    Parameters
    ----------
    event_count
        Numbers that events may have; each is scheduled at most once at a time. [-]
    heap_count
        Largest number of events that may be in the open bucket. [-]
    events_per_s
        Mean number of events a second; sets the width of the buckets. [1/s]
    """
    wanted = max(events_per_s, 1e-3) / EVENTS_PER_BUCKET
    buckets_per_s = 2.0 ** np.clip(np.ceil(np.log2(wanted)), 0, 10)
    bucket_count = min(2 ** int(np.ceil(np.log2(buckets_per_s * HORIZON_S))), MAX_BUCKETS)
    return Calendar(
        np.array([(0, -1)], dtype=BUCKET).repeat(bucket_count),
        aligned(PLACES * bucket_count, HEAP),
        np.empty(event_count, dtype=EVENT),
        np.empty(heap_count, dtype=HEAP),
        np.array([-1, 0], dtype=np.int64),
        float(buckets_per_s),
    )


@nb.njit(cache=True)
def schedule(calendar: Calendar, event: int, key: int, time: float) -> None:
    """Put an event, not scheduled at present, at `time`, which must not lie before the open bucket. [s]."""
    bucket = int(time * calendar.buckets_per_s)
    if bucket <= calendar.state[0]:
        push(calendar, event, key, time)
        return
    slot = bucket & (len(calendar.buckets) - 1)
    _store(calendar, slot, event, key, time)


@nb.njit(cache=True)
def _store(calendar: Calendar, slot: int, event: int, key: int, time: float) -> None:
    """Put an event into a place of a bucket of the ring, or into its list."""
    bucket = calendar.buckets[slot]
    if bucket.count < PLACES:
        place = calendar.places[slot * PLACES + bucket.count]
        place.time = time
        place.key = key
        place.event = event
        bucket.count += 1
        return
    record = calendar.events[event]
    record.time = time
    record.key = key
    record.following = bucket.first
    bucket.first = event


@nb.njit(cache=True)
def open_next(calendar: Calendar) -> None:
    """Open the next bucket: its events go to the heap, those of later turns stay."""
    calendar.state[0] += 1
    bucket = calendar.state[0]
    slot = bucket & (len(calendar.buckets) - 1)
    ring = calendar.buckets[slot]
    if ring.count == 0:
        return  # the list is in use only while all places are taken
    kept, first = 0, slot * PLACES
    for number in range(first, first + ring.count):
        place = calendar.places[number]
        if int(place.time * calendar.buckets_per_s) == bucket:
            push(calendar, place.event, place.key, place.time)
        else:
            stays = calendar.places[first + kept]
            stays.time = place.time
            stays.key = place.key
            stays.event = place.event
            kept += 1
    ring.count = kept
    event, ring.first = ring.first, -1
    while event >= 0:
        record = calendar.events[event]
        following = record.following
        if int(record.time * calendar.buckets_per_s) == bucket:
            push(calendar, event, record.key, record.time)
        else:
            _store(calendar, slot, event, record.key, record.time)
        event = following


@nb.njit(cache=True)
def push(calendar: Calendar, event: int, key: int, time: float) -> None:
    """Put an event into the heap."""
    heap = calendar.heap
    place = calendar.state[1]
    calendar.state[1] += 1
    while place > 0:
        parent = (place - 1) >> 1
        above = heap[parent]
        if above.time < time or (above.time == time and above.key <= key):
            break
        heap[place].time = above.time
        heap[place].key = above.key
        heap[place].event = above.event
        place = parent
    heap[place].time = time
    heap[place].key = key
    heap[place].event = event


@nb.njit(cache=True)
def pop(calendar: Calendar) -> None:
    """Take the first event out of the heap; read it at `heap[0]` before."""
    heap = calendar.heap
    calendar.state[1] -= 1
    size = calendar.state[1]
    last = heap[size]
    time, key, event = last.time, last.key, last.event
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (
            heap[right].time < heap[child].time
            or (heap[right].time == heap[child].time and heap[right].key < heap[child].key)
        ):
            child = right
        least = heap[child]
        if time < least.time or (time == least.time and key <= least.key):
            break
        heap[place].time = least.time
        heap[place].key = least.key
        heap[place].event = least.event
        place = child
    heap[place].time = time
    heap[place].key = key
    heap[place].event = event

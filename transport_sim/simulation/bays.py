"""Loading bays, and the consignments that go by road alone: queues in compiled code, exact and without events.

A zone's bays serve whoever comes in the order of arrival. Then the start of every service is known on arrival: it is
the moment at which the bay that is free first is free, or the arrival if that is later [1]_. So nobody needs an event
to wait for. Consignments that go by road alone meet others nowhere else, and there are a dozen of them for each that
goes by rail or water; they are carried through by compiled code, up to the moment at which a consignment of the event
loop comes to a bay. Both kinds stand in the same queue, in the order in which they arrive.

References
----------
.. [1] Kiefer, Wolfowitz, "On the theory of queues with many servers", Trans. Am. Math. Soc. 78, 1955.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numba as nb
import numpy as np

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.plan import FacilityPlan, RoadPlan
from transport_sim.traffic.heap import pop, push

BAY = "loading_bay"
"""Kind of the facilities that are looked after here."""


@dataclass(frozen=True, eq=False)
class RoadRecords:
    """What happened to the consignments of a `RoadPlan`: everything follows from the two moments at the bays."""

    plan: RoadPlan
    loading_s: FloatArray
    """Begin of loading, one entry a consignment. [s]"""
    loading_time_s: FloatArray
    unloading_s: FloatArray
    """Begin of unloading. [s]"""
    unloading_time_s: FloatArray

    @property
    def depart_s(self) -> FloatArray:
        """Departure of the trucks. [s]."""
        return self.loading_s + self.loading_time_s

    @property
    def arrive_s(self) -> FloatArray:
        """Arrival of the trucks. [s]."""
        return self.depart_s + self.plan.drive_s

    @property
    def delivered_s(self) -> FloatArray:
        """End of unloading. [s]."""
        return self.unloading_s + self.unloading_time_s


class _Bays(NamedTuple):
    """Compiled view of the bays: for each place a heap of the times at which its bays are free."""

    free_s: FloatArray
    first: IntArray
    """Where each place's bays begin in `free_s`, and the end."""


class _Road(NamedTuple):
    """Compiled view of the consignments by road, and what is known of them so far."""

    times_s: FloatArray
    """Release, loading time, driving time, unloading time; begin of loading, begin of unloading; shape (6, n)."""
    place: IntArray
    """Bays of origin and of destination, shape (2, n)."""
    arrivals_s: FloatArray
    """Heap of the arrivals to come."""
    trucks: IntArray
    """Whose arrivals they are."""
    cursor: IntArray
    """Next consignment to be released, and size of the heap."""


RELEASE, LOADING_TIME, DRIVE, UNLOADING_TIME, LOADING, UNLOADING = range(6)


class LoadingBays:
    """All loading bays, with the consignments that go by road alone."""

    def __init__(self, facilities: tuple[FacilityPlan, ...], road: RoadPlan | None) -> None:
        bays = [f for f in facilities if f.kind == BAY]
        self._plan = road
        self._number = {f.facility: n for n, f in enumerate(bays)}
        self._s_per_t = np.array([f.service_s_per_t for f in bays], dtype=float)
        first = np.append(0, np.cumsum([f.capacity_count for f in bays], dtype=np.int64))
        self._bays = _Bays(np.zeros(first[-1]), first)
        count = 0 if road is None else len(road)
        times_s, place = np.zeros((6, count)), np.zeros((2, count), dtype=np.int64)
        if road is not None:
            place[0] = self._bays_of(road, [w.origin_bay for w in road.ways])
            place[1] = self._bays_of(road, [w.destination_bay for w in road.ways])
            times_s[RELEASE], times_s[DRIVE] = road.release_s, road.drive_s
            times_s[LOADING_TIME] = road.tonnes_t * self._s_per_t[place[0]]
            times_s[UNLOADING_TIME] = road.tonnes_t * self._s_per_t[place[1]]
        heap = np.empty(count), np.empty(count, dtype=np.int64)
        self._road = _Road(times_s, place, *heap, np.zeros(2, dtype=np.int64))

    def _bays_of(self, road: RoadPlan, names: list[str]) -> IntArray:
        return np.array([self._number[name] for name in names], dtype=np.int64)[road.way]

    def __contains__(self, facility: str) -> bool:
        """Tell whether a facility is a loading bay."""
        return facility in self._number

    def visit(self, facility: str, *, arrive_s: float, tonnes_t: float) -> tuple[float, float]:
        """Let a consignment of the event loop queue; return when its service begins and how long it takes. [s].

        Calls must come in the order of time.
        """
        bay = self._number[facility]
        stay_s = tonnes_t * float(self._s_per_t[bay])
        _carry(arrive_s, self._bays, self._road)
        return float(_serve(self._bays, bay, arrive_s, stay_s)), stay_s

    def finish(self) -> RoadRecords | None:
        """Carry all remaining consignments to their destination and return what happened to all of them."""
        if self._plan is None:
            return None
        _carry(np.inf, self._bays, self._road)
        times_s = self._road.times_s
        rows = (LOADING, LOADING_TIME, UNLOADING, UNLOADING_TIME)
        return RoadRecords(self._plan, *(times_s[row] for row in rows))


@nb.njit(cache=True)
def _serve(bays: _Bays, place: int, arrive_s: float, stay_s: float) -> float:
    """Take the bay that is free first, the head of the place's heap; return when the service begins."""
    free_s, head = bays.free_s, bays.first[place]
    count = bays.first[place + 1] - head
    start: float = max(arrive_s, free_s[head])
    end, at, below = start + stay_s, 0, 1
    while below < count:
        if below + 1 < count and free_s[head + below + 1] < free_s[head + below]:
            below += 1
        if end <= free_s[head + below]:
            break
        free_s[head + at] = free_s[head + below]
        at, below = below, 2 * below + 1
    free_s[head + at] = end
    return start


@nb.njit(cache=True)
def _carry(until_s: float, bays: _Bays, road: _Road) -> None:
    """Serve, in their order, the arrivals before `until_s`: released consignments, and trucks at their destination."""
    times_s, place, arrivals_s, trucks, cursor = road
    count = times_s.shape[1]
    n, under_way = cursor
    while True:
        released = times_s[RELEASE, n] if n < count else np.inf
        arrived = arrivals_s[0] if under_way else np.inf
        if min(released, arrived) >= until_s:
            break
        if arrived <= released:
            truck = trucks[0]
            under_way = pop(arrivals_s, trucks, under_way)
            times_s[UNLOADING, truck] = _serve(bays, place[1, truck], arrived, times_s[UNLOADING_TIME, truck])
        else:
            begin_s = _serve(bays, place[0, n], released, times_s[LOADING_TIME, n])
            times_s[LOADING, n] = begin_s
            # the sums in this order are those of the records
            arrival_s = begin_s + times_s[LOADING_TIME, n] + times_s[DRIVE, n]
            under_way = push(arrivals_s, trucks, under_way, arrival_s, n)
            n += 1
    cursor[0], cursor[1] = n, under_way

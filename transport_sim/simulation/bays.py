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
    unloading_s: FloatArray
    """Begin of unloading. [s]"""
    way_s_per_t: FloatArray
    """Time of loading and of unloading a tonne on each way, shape (2, ways). [s/t]"""

    @property
    def loading_time_s(self) -> FloatArray:
        """How long loading takes. [s]."""
        return np.asarray(self.plan.tonnes_t * self.way_s_per_t[0][self.plan.way])

    @property
    def unloading_time_s(self) -> FloatArray:
        """How long unloading takes. [s]."""
        return np.asarray(self.plan.tonnes_t * self.way_s_per_t[1][self.plan.way])

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


class _Ways(NamedTuple):
    """Compiled view of the ways; arrays of one entry a way."""

    origin: IntArray
    destination: IntArray
    loading_s_per_t: FloatArray
    unloading_s_per_t: FloatArray
    drive_s: FloatArray


class _Road(NamedTuple):
    """Compiled view of the consignments by road, and what is known of them so far."""

    release_s: FloatArray
    tonnes_t: FloatArray
    way: IntArray
    loading_s: FloatArray
    """Begin of loading, found here."""
    unloading_s: FloatArray
    arrivals_s: FloatArray
    """Heap of the arrivals to come."""
    trucks: IntArray
    """Whose arrivals they are."""
    cursor: IntArray
    """Next consignment to be released, and size of the heap."""


class LoadingBays:
    """All loading bays, with the consignments that go by road alone."""

    def __init__(self, facilities: tuple[FacilityPlan, ...], road: RoadPlan | None) -> None:
        bays = [f for f in facilities if f.kind == BAY]
        self._plan = road
        self._number = {f.facility: n for n, f in enumerate(bays)}
        self._s_per_t = np.array([f.service_s_per_t for f in bays], dtype=float)
        first = np.append(0, np.cumsum([f.capacity_count for f in bays], dtype=np.int64))
        self._bays = _Bays(np.zeros(first[-1]), first)
        ways = () if road is None else road.ways
        origin, destination = (
            np.array([self._number[name] for name in names], dtype=np.int64)
            for names in ([w.origin_bay for w in ways], [w.destination_bay for w in ways])
        )
        drive_s = np.array([w.leg.drive_s for w in ways], dtype=float)
        self._ways = _Ways(origin, destination, self._s_per_t[origin], self._s_per_t[destination], drive_s)
        count = 0 if road is None else len(road)
        none = np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
        given = none if road is None else (road.release_s, road.tonnes_t, road.way)
        heap = np.empty(count), np.empty(count, dtype=np.int64)
        self._road = _Road(*given, np.empty(count), np.empty(count), *heap, np.zeros(2, dtype=np.int64))

    def __contains__(self, facility: str) -> bool:
        """Tell whether a facility is a loading bay."""
        return facility in self._number

    def visit(self, facility: str, *, arrive_s: float, tonnes_t: float) -> tuple[float, float]:
        """Let a consignment of the event loop queue; return when its service begins and how long it takes. [s].

        Calls must come in the order of time.
        """
        bay = self._number[facility]
        stay_s = tonnes_t * float(self._s_per_t[bay])
        _carry(arrive_s, self._bays, self._ways, self._road)
        return float(_serve(self._bays, bay, arrive_s, stay_s)), stay_s

    def finish(self) -> RoadRecords | None:
        """Carry all remaining consignments to their destination and return what happened to all of them."""
        if self._plan is None:
            return None
        _carry(np.inf, self._bays, self._ways, self._road)
        s_per_t = np.stack([self._ways.loading_s_per_t, self._ways.unloading_s_per_t])
        return RoadRecords(self._plan, self._road.loading_s, self._road.unloading_s, s_per_t)


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
def _carry(until_s: float, bays: _Bays, ways: _Ways, road: _Road) -> None:
    """Serve, in their order, the arrivals before `until_s`: released consignments, and trucks at their destination."""
    arrivals_s, trucks, cursor = road.arrivals_s, road.trucks, road.cursor
    count = len(road.release_s)
    n, under_way = cursor
    while True:
        released = road.release_s[n] if n < count else np.inf
        arrived = arrivals_s[0] if under_way else np.inf
        if min(released, arrived) >= until_s:
            break
        if arrived <= released:
            truck = trucks[0]
            under_way = pop(arrivals_s, trucks, under_way)
            way, tonnes_t = road.way[truck], road.tonnes_t[truck]
            stay_s = tonnes_t * ways.unloading_s_per_t[way]
            road.unloading_s[truck] = _serve(bays, ways.destination[way], arrived, stay_s)
        else:
            way, tonnes_t = road.way[n], road.tonnes_t[n]
            stay_s = tonnes_t * ways.loading_s_per_t[way]
            begin_s = _serve(bays, ways.origin[way], released, stay_s)
            road.loading_s[n] = begin_s
            # the sums in this order are those of the records
            under_way = push(arrivals_s, trucks, under_way, begin_s + stay_s + ways.drive_s[way], n)
            n += 1
    cursor[0], cursor[1] = n, under_way

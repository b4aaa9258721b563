"""Facilities with queues, and the consolidation of consignments into trains and vessels."""

import heapq
import math
from collections.abc import Callable, Iterable, Sequence

import simpy

from transport_sim.simulation.plan import FacilityPlan, PlannedShipment
from transport_sim.simulation.pool import APPOINTMENT, POOLS, Pool, Process
from transport_sim.simulation.records import WaitLog, WaitRecord

__all__ = ["Consolidator", "Facilities", "Process", "terminal_of"]


Aboard = Sequence[tuple[PlannedShipment, simpy.Event]]
"""Consignments with the events of their arrival."""


class Facilities:
    """All places where somebody may have to wait; each visit leaves a record.

    Whoever comes first is served first, and how long it takes is known on arrival. So the start follows at once: when
    the server that is free first is free and the facility is open [1]_, and a visit is one event.

    References
    ----------
    .. [1] Kiefer, Wolfowitz, "On the theory of queues with many servers", Trans. Am. Math. Soc. 78, 1955.
    """

    def __init__(self, env: simpy.Environment, plans: tuple[FacilityPlan, ...]) -> None:
        self.env = env
        self.waits = WaitLog()
        self._plans = {p.facility: p for p in plans}
        self._free_s = {p.facility: [0.0] * p.capacity_count for p in plans if p.kind not in (*POOLS, APPOINTMENT)}
        self._stored: dict[int, Pool] = {}
        self.pools = {p.facility: Pool(env, p.facility, p.capacity_count, self.waits) for p in plans if p.kind in POOLS}

    def visit(self, facility: str, *, tonnes_t: float = 0.0, service_s: float = 0.0, noted: bool = True) -> Process:
        """Queue at a facility and stay for its service time: that of the tonnes plus the visitor's own."""
        plan, free_s, arrive = self._plans[facility], self._free_s[facility], self.env.now
        work_s = service_s + tonnes_t * plan.service_s_per_t
        start = max(arrive, free_s[0])
        if plan.availability is None:
            end = start + work_s
        else:
            if not plan.pauses:
                start = plan.availability.start_s(start, work_s)
            end = plan.availability.done_s(start, work_s)
        heapq.heapreplace(free_s, end)
        if noted:
            self.waits.append(WaitRecord(facility, arrive, start - arrive, end - start))
        yield self.env.timeout(end - arrive)

    def handling_s(self, facility: str, goods: Iterable[PlannedShipment]) -> float:
        """Return how long one server handles some goods, each at the rate of its commodity. [s]."""
        plan = self._plans[facility]
        if not plan.goods_s_per_t:
            return sum(s.tonnes_t for s in goods) * plan.service_s_per_t
        return sum(s.tonnes_t * plan.goods_s_per_t[s.commodity] for s in goods)

    def load(self, facility: str, aboard: Aboard) -> Process:
        """Load a train on a track, or a vessel at a berth, with goods that leave the storage when that is done."""
        yield from self.visit(facility, service_s=self.handling_s(facility, (s for s, _ in aboard)))
        storage = self.pools.get(f"storage_out:{terminal_of(facility)}")
        if storage:
            for shipment, _ in aboard:
                storage.give(shipment.position)

    def unload(self, facility: str, aboard: Aboard) -> Process:
        """Unload a train on a track, or a vessel at a berth, once the storage has room for what has to be stored.

        Goods are stored if this is not where they stay. Who waits for room holds no track or berth, so that others can
        fetch what is stored. A train that brings more than a whole storage holds waits until it is empty and fills it.
        """
        storage = self.pools.get(f"storage_in:{terminal_of(facility)}")
        mode = "waterway" if facility.startswith("berth:") else "rail"
        stored = [s for s, _ in aboard if s.legs[-1].mode != mode] if storage else []
        if storage and stored:
            yield from storage.take({s.position: s.tonnes_t for s in stored})
            self._stored.update((s.position, storage) for s in stored)
        yield from self.visit(facility, service_s=self.handling_s(facility, (s for s, _ in aboard)))

    def leave_storage(self, shipment: PlannedShipment) -> None:
        """Free the room of goods that came by train or vessel and go on, if they took any."""
        storage = self._stored.pop(shipment.position, None)
        if storage:
            storage.give(shipment.position)


def terminal_of(facility: str) -> str:
    """Return the terminal of a track, berth or crane."""
    return facility.partition(":")[2]


class Consolidator:
    """Consignments waiting for one train or vessel relation.

    On demand, a vehicle leaves when it is full or when the first consignment has waited long enough; with a
    timetable, vehicles leave at the interval with what is there, and an extra one when the timetable leaves the first
    consignment waiting that long.
    """

    def __init__(
        self,
        env: simpy.Environment,
        depart: Callable[[list[tuple[PlannedShipment, simpy.Event]]], Process],
        *,
        capacity_t: float | Callable[[], float],
        max_wait_s: float,
        interval_s: float = 0.0,
        size_t: Callable[[PlannedShipment], float] = lambda shipment: shipment.tonnes_t,
    ) -> None:
        self.env = env
        self._depart = depart
        self._size_t = size_t
        self._capacity_t = capacity_t if callable(capacity_t) else lambda: capacity_t
        self._max_wait_s = max_wait_s
        self._interval_s = interval_s
        self._waiting: list[tuple[PlannedShipment, simpy.Event]] = []
        self._since: list[float] = []
        self._waiting_t = 0.0
        self._timer_runs = False

    def join(self, shipment: PlannedShipment) -> simpy.Event:
        """Wait here; the event fires when the consignment has arrived at the other end."""
        arrival = self.env.event()
        self._waiting.append((shipment, arrival))
        self._since.append(self.env.now)
        self._waiting_t += self._size_t(shipment)
        while self._waiting_t >= self._capacity_t() and self._interval_s == 0.0:
            self._leave()
        if self._waiting and not self._timer_runs:
            self._timer_runs = True
            self.env.process(self._timer())
        return arrival

    def _timer(self) -> Process:
        """Run while consignments wait: until the next scheduled departure, or until the first gets impatient."""
        while self._waiting:
            patience = max(self._since[0] + self._max_wait_s - self.env.now, 0.0)
            scheduled = bool(self._interval_s) and self._until_next_s() <= patience
            yield self.env.timeout(self._until_next_s() if scheduled else patience)
            if self._waiting and (scheduled or self._since[0] + self._max_wait_s <= self.env.now):
                self._leave()
        self._timer_runs = False

    def _until_next_s(self) -> float:
        """Return the time until the next multiple of the interval; a rounding error before one does not repeat it."""
        departures = math.floor(self.env.now / self._interval_s + 1e-9)
        return (departures + 1) * self._interval_s - self.env.now

    def _leave(self) -> None:
        """Send off the consignments that fit, oldest first; one larger than the vehicle goes alone."""
        load_t, count = 0.0, 0
        for shipment, _ in self._waiting:
            size_t = self._size_t(shipment)
            if count and load_t + size_t > self._capacity_t():
                break
            load_t += size_t
            count += 1
        aboard, self._waiting = self._waiting[:count], self._waiting[count:]
        self._since = self._since[count:]
        self._waiting_t -= load_t
        self.env.process(self._depart(aboard))

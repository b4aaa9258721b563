"""Facilities with queues, and the consolidation of consignments into trains and vessels."""

import math
from collections.abc import Callable, Generator
from typing import Any

import simpy

from transport_sim.simulation.plan import FacilityPlan, PlannedShipment
from transport_sim.simulation.records import WaitRecord

Process = Generator[simpy.Event, Any, None]


class Facilities:
    """All places where somebody may have to wait; each visit leaves a record."""

    def __init__(self, env: simpy.Environment, plans: tuple[FacilityPlan, ...]) -> None:
        self.env = env
        self.waits: list[WaitRecord] = []
        self._resources = {p.facility: simpy.Resource(env, p.capacity_count) for p in plans}
        self._service_s_per_t = {p.facility: p.service_s_per_t for p in plans}

    def visit(self, facility: str, *, tonnes_t: float = 0.0, service_s: float = 0.0, noted: bool = True) -> Process:
        """Queue at a facility and stay for its service time: that of the tonnes plus the visitor's own."""
        arrive = self.env.now
        stay = service_s + tonnes_t * self._service_s_per_t[facility]
        with self._resources[facility].request() as turn:
            if not turn.triggered:  # a free server is taken at once: one event less of the four of a visit
                yield turn
            if noted:
                self.waits.append(WaitRecord(facility, arrive, self.env.now - arrive, stay))
            yield self.env.timeout(stay)


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
        capacity_t: float,
        max_wait_s: float,
        interval_s: float = 0.0,
    ) -> None:
        self.env = env
        self._depart = depart
        self._capacity_t = capacity_t
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
        self._waiting_t += shipment.tonnes_t
        while self._waiting_t >= self._capacity_t and self._interval_s == 0.0:
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
            if count and load_t + shipment.tonnes_t > self._capacity_t:
                break
            load_t += shipment.tonnes_t
            count += 1
        aboard, self._waiting = self._waiting[:count], self._waiting[count:]
        self._since = self._since[count:]
        self._waiting_t -= load_t
        self.env.process(self._depart(aboard))

"""Road traffic in plain simpy, one process a vehicle: slow, short, and the same physics as `traffic.kernel`.

For small networks, so that readers can check the compiled kernel against code they can read. What a link asks of a
vehicle stands here as it is defined; how the kernel finds the next event quickly does not.
"""

import math
from collections import deque
from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import simpy
from simpy.events import EventPriority

from transport_sim.errors import DataError
from transport_sim.traffic.access_time import earliest_entry
from transport_sim.traffic.kernel import BIN_S, STUCK_S
from transport_sim.traffic.link_state import ROOM_PCU, green_from, headway_end
from transport_sim.traffic.model import Access, FloatArray, IntArray, LinkSupply, PathSet, Trips, class_rows
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

Process = Generator[simpy.Event, Any, None]
FIRST, LAST = -(2**40), 2**40
"""Priorities of who has been let in, and of the gridlock rule, among events at the same time."""


class Traversal(NamedTuple):
    """One vehicle on one link."""

    trip: int
    link: int
    enter_s: float
    leave_s: float


class QueueResult(NamedTuple):
    """What the kernel gives too, under the same names."""

    traversals: pd.DataFrame
    arrival_s: FloatArray
    access_wait_s: FloatArray
    forced_count: IntArray


class Vehicle:
    """A trip under way."""

    def __init__(self, trip: int, rank: int, group: int, pcu: float, kind: int) -> None:
        self.trip, self.rank, self.group, self.pcu, self.kind = trip, rank, group, pcu, kind
        self.link: Link | None = None
        self.enter_s = self.ready_s = 0.0
        self.forced = False
        self.turn: simpy.Event
        """Comes when it is at the head of its link, could be there, and the headway is over."""
        self.let_in: simpy.Event | None = None
        """Comes when the link that it waits for lets it in; its value is the time, and whether by force."""


class Link:
    """A road: its vehicles, the gaps under way to its upstream end, and those that wait to enter."""

    def __init__(self, position: int, supply: LinkSupply) -> None:
        self.position = position
        self.exit_s = SECONDS_PER_HOUR / supply.capacity_pcu_h[position]
        self.entry_s = SECONDS_PER_HOUR / supply.entry_capacity_pcu_h[position]
        self.wave_s = supply.length_km[position] / supply.wave_speed_kmh[position] * SECONDS_PER_HOUR
        self.free_s = supply.length_km[position] / supply.class_speed_kmh[:, position] * SECONDS_PER_HOUR
        self.storage_pcu = float(supply.storage_pcu[position]) - ROOM_PCU
        self.next_exit_s = self.next_entry_s = 0.0
        self.vehicles: deque[Vehicle] = deque()
        self.gaps: deque[tuple[float, float]] = deque()
        self.waiting: deque[Vehicle] = deque()
        self.beside: deque[Vehicle] = deque()
        """Vehicles beside the road; only the first is among those waiting."""
        self.entry_due = False
        self.forced_count = 0

    def entry_time(self, time_s: float) -> float:
        """Return when the next vehicle may enter, from `time_s` on; infinite if one has to leave before."""
        while self.gaps and self.gaps[0][0] <= time_s:
            self.gaps.popleft()
        due = max(time_s, self.next_entry_s)
        taken = sum(v.pcu for v in self.vehicles if not v.forced) + sum(pcu for _, pcu in self.gaps)
        for arrival_s, pcu in self.gaps:
            if taken < self.storage_pcu:
                break
            due, taken = max(due, arrival_s), taken - pcu
        return due if taken < self.storage_pcu else math.inf


class RoadTraffic:
    """One simulated day; use :func:`simulate_link_queues`."""

    def __init__(
        self, supply: LinkSupply, access: Access | None, ratio: FloatArray | None, times: tuple[float, float, float]
    ) -> None:
        self.env = simpy.Environment()
        self.access, self.ratio = access, ratio
        self.bin_s, self.end_s, self.stuck_s = times
        self.links = [Link(position, supply) for position in range(len(supply.link_ids))]
        self.traversals: list[Traversal] = []
        self.arrival_s: dict[int, float] = {}
        self.access_wait_s: dict[int, float] = {}

    def at(self, time_s: float, priority: int, event: simpy.Event | None = None, value: object = None) -> simpy.Event:
        """Let an event happen at a time; those at the same time happen in the order of their priorities."""
        event = simpy.Event(self.env) if event is None else event
        event._ok, event._value = True, value  # noqa: SLF001 - what simpy.Timeout does; it takes no priority
        self.env.schedule(event, EventPriority(priority), max(time_s - self.env.now, 0.0))
        return event

    def drive(self, vehicle: Vehicle, path: list[int], departure_s: float) -> Process:
        """Take one vehicle along its path."""
        now = departure_s
        yield self.at(now, vehicle.rank)
        for position in path:
            link = self.links[position]
            while True:
                forced = False
                if self._has_to_wait(vehicle, link, now):
                    now, forced = yield self._wait(vehicle, link, now)
                opens = self._opens(link, vehicle, now)
                self._leave(vehicle, now)
                if opens == now:
                    break
                self._plan_entry(link, now)
                waited = self.access_wait_s.get(vehicle.trip, 0.0)
                self.access_wait_s[vehicle.trip] = waited + min(opens, self.end_s) - now
                now = opens
                yield self.at(now, vehicle.rank)
            self._enter(vehicle, link, now, forced=forced)
            self._plan_entry(link, now)
            now = yield vehicle.turn
        self._leave(vehicle, now)
        self.arrival_s[vehicle.trip] = now

    def _has_to_wait(self, vehicle: Vehicle, link: Link, now: float) -> bool:
        if vehicle.link is None and link.beside:
            return True
        if self._opens(link, vehicle, now) > now:
            return False  # it will wait beside the road
        return bool(link.waiting) or link.entry_time(now) > now

    def _wait(self, vehicle: Vehicle, link: Link, now: float) -> simpy.Event:
        """Join those that want to enter a link: behind all other heads, or behind those beside the road."""
        vehicle.let_in = asked = simpy.Event(self.env)
        if vehicle.link is None:
            link.beside.append(vehicle)
            if len(link.beside) > 1:
                return asked
        else:

            def force(_: simpy.Event) -> None:
                if vehicle.let_in is asked:
                    self._call_in(vehicle, link, now + self.stuck_s, forced=True)

            self.at(now + self.stuck_s, LAST).callbacks.append(force)
        link.waiting.append(vehicle)
        self._plan_entry(link, now)
        return asked

    def _plan_entry(self, link: Link, now: float) -> None:
        """If somebody waits, let the first one in as soon as it may."""
        due = link.entry_time(now)
        if not link.waiting or link.entry_due or due == math.inf:
            return

        def let_in(_: simpy.Event) -> None:
            link.entry_due = False
            if link.waiting:
                first = link.waiting[0]
                if self._opens(link, first, due) == due and link.entry_time(due) > due:
                    self._plan_entry(link, due)
                else:
                    self._call_in(first, link, due, forced=False)

        link.entry_due = True
        self.at(due, link.position - len(self.links)).callbacks.append(let_in)

    def _call_in(self, vehicle: Vehicle, link: Link, now: float, *, forced: bool) -> None:
        """Take a vehicle out of those that wait, and let it go on."""
        link.waiting.remove(vehicle)
        if vehicle.link is None:
            link.beside.popleft()
            if link.beside:
                link.waiting.append(link.beside[0])
        self.at(now, FIRST, vehicle.let_in, (now, forced))
        vehicle.let_in = None

    def _enter(self, vehicle: Vehicle, link: Link, now: float, *, forced: bool) -> None:
        vehicle.link, vehicle.enter_s, vehicle.forced = link, now, forced
        vehicle.ready_s = now + float(link.free_s[vehicle.kind])
        vehicle.turn = simpy.Event(self.env)
        if link.vehicles:
            vehicle.ready_s = max(vehicle.ready_s, link.vehicles[-1].ready_s)
        link.vehicles.append(vehicle)
        if forced:
            link.forced_count += 1
        else:
            link.next_entry_s = now + vehicle.pcu * link.entry_s
        if len(link.vehicles) == 1:
            self._call_head(link)

    def _leave(self, vehicle: Vehicle, now: float) -> None:
        link = vehicle.link
        if link is None:
            return
        link.vehicles.popleft()
        vehicle.link = None
        self.traversals.append(Traversal(vehicle.trip, link.position, vehicle.enter_s, now))
        if not vehicle.forced:
            link.gaps.append((now + link.wave_s, vehicle.pcu))
        headway_s = vehicle.pcu * link.exit_s
        link.next_exit_s = now + headway_s
        if self.ratio is not None:
            link.next_exit_s = headway_end(self.ratio[link.position], now, headway_s, self.bin_s)
        self._call_head(link)
        self._plan_entry(link, now)

    def _call_head(self, link: Link) -> None:
        """Give the head of a link its turn when it is there and the headway is over."""
        if link.vehicles:
            head = link.vehicles[0]
            time_s = max(head.ready_s, link.next_exit_s)
            if self.ratio is not None:
                time_s = green_from(self.ratio[link.position], time_s, self.bin_s)
            if time_s < self.end_s:
                self.at(time_s, head.rank, head.turn, time_s)

    def _opens(self, link: Link, vehicle: Vehicle, now: float) -> float:
        if self.access is None:
            return now
        opens: float = earliest_entry(
            link.position,
            vehicle.group,
            now,
            self.access.link_pointers,
            self.access.link_rules,
            self.access.rule_group,
            self.access.window_pointers,
            self.access.window_start_s,
            self.access.window_end_s,
        )
        if opens == math.inf:
            raise DataError(f"trip {vehicle.trip} comes to a link that is closed to it for ever")
        return opens


def simulate_link_queues(
    supply: LinkSupply,
    groups: pd.DataFrame,
    paths: PathSet,
    trips: Trips,
    access: Access | None = None,
    *,
    bin_s: float = BIN_S,
    end_s: float = SECONDS_PER_DAY,
    capacity_ratio: FloatArray | None = None,
    stuck_s: float = STUCK_S,
) -> QueueResult:
    """Simulate a small network; takes what `traffic.kernel.simulate_traffic` takes and does not check it.

    Returns
    -------
    Every traversal by trip and time, arrivals, waits for closed links, and entries by force.
    """
    traffic = RoadTraffic(supply, access, capacity_ratio, (bin_s, end_s, stuck_s))
    kinds = class_rows(groups)
    for rank, trip in enumerate(np.argsort(trips.departure_s, kind="stable").tolist()):
        group = int(trips.group[trip])
        vehicle = Vehicle(trip, rank, group, float(groups["pcu"].iloc[group]), int(kinds[group]))
        path = int(trips.path[trip])
        links = paths.links[paths.pointers[path] : paths.pointers[path + 1]].tolist()
        traffic.env.process(traffic.drive(vehicle, links, float(trips.departure_s[trip])))
    traffic.env.run(until=end_s)
    left = [Traversal(v.trip, link.position, v.enter_s, math.nan) for link in traffic.links for v in link.vehicles]
    frame = pd.DataFrame(traffic.traversals + left, columns=list(Traversal._fields))
    count = range(len(trips.departure_s))
    return QueueResult(
        frame.sort_values(["trip", "enter_s"], kind="stable", ignore_index=True),
        np.array([traffic.arrival_s.get(trip, math.nan) for trip in count]),
        np.array([traffic.access_wait_s.get(trip, 0.0) for trip in count]),
        np.array([link.forced_count for link in traffic.links]),
    )

"""Charging stations: plugs of several powers behind one feeder, a queue that nobody jumps, sessions in pieces of power.

Where all plugs together need less than the feeder gives, a session is planned when it begins and costs one event; its
power over time follows from its start and its pieces, so nothing else is noted. Where they may need more, power is
shared out (`power_sharing`).
"""

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces, charging_time_s
from transport_sim.simulation.opening import ALL_DAY, MOMENT_S, until_open_s
from transport_sim.simulation.power_sharing import Session, Supply, TimedPower

Prices = tuple[tuple[float, float], ...]
"""Time of day [s] from which a price holds, every day, ascending; what holds before the first is the last."""


@dataclass(frozen=True, slots=True)
class PlugPlan:
    """Plugs of one kind."""

    kind: str
    """`ac`, `dc`, or whatever vehicles ask for."""
    power_kw: float
    """Largest power of one plug, at the battery. [kW]"""
    count: int
    faults: tuple[tuple[int, float, float], ...] = ()
    """Number of the plug among these, and from when to when it is out of order; a session under way is finished. [s]"""


@dataclass(frozen=True, slots=True)
class StationPlan:
    """A place with plugs."""

    station: str
    plugs: tuple[PlugPlan, ...]
    feeder_kw: float = math.inf
    """What the transformer gives, at the batteries: its rating times the efficiency of charging. [kW]"""
    open_s: tuple[float, float] = ALL_DAY
    """Time of day at which it opens and closes; who is plugged in by then is finished. [s]"""
    limits: TimedPower = ()
    """Time of day [s] from which another limit [kW] holds, every day, ascending; none: the feeder's, always."""
    prices: Prices = ()
    """CNY per kWh, energy and service."""


class SessionRecord(NamedTuple):
    """One charge, or the decision against waiting for one."""

    station: str
    kind: str
    plug: int
    """Position among the station's plugs; -1 if it came to nothing."""
    vehicle: int
    arrive_s: float
    start_s: float
    end_s: float
    energy_kwh: float
    """At the battery."""
    served: bool
    pieces: Pieces = ()
    """What was charged."""


class _Plugs:
    """The plugs of one kind and those who wait for one of them."""

    __slots__ = ("busy_until", "free", "numbers", "sharing", "waiting")

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        """The strongest first."""
        self.free = list(range(len(numbers)))
        """Heap of ranks in `numbers`."""
        self.waiting: deque[tuple[simpy.Event, float]] = deque()
        """In the order of arrival, with the time that each takes at the strongest plug. [s]"""
        self.busy_until: dict[int, float] = {}
        """By rank. [s]"""
        self.sharing: dict[int, Session] = {}
        """By rank, where power is shared and nobody knows until when."""


class ChargingStation:
    """One station; :meth:`charge` is what a vehicle's process asks."""

    def __init__(self, env: simpy.Environment, plan: StationPlan) -> None:
        self.env, self.plan = env, plan
        self.sessions: list[SessionRecord] = []
        kinds = [(p.kind, p.power_kw) for p in plan.plugs for _ in range(p.count)]
        self.plug_kw = [kw for _, kw in kinds]
        """Power of each plug. [kW]"""
        by_kind: dict[str, list[int]] = {}
        for plug in sorted(range(len(kinds)), key=lambda n: (-self.plug_kw[n], n)):
            by_kind.setdefault(kinds[plug][0], []).append(plug)
        self._plugs = {kind: _Plugs(numbers) for kind, numbers in by_kind.items()}
        limited = plan.feeder_kw < sum(self.plug_kw) or plan.limits
        self.supply = Supply(env, plan.feeder_kw, plan.limits) if limited else None
        self._always_open = plan.open_s == ALL_DAY
        self._alarm_s = math.inf
        self._faults: dict[int, list[tuple[float, float]]] = {}
        first = 0
        for p in plan.plugs:
            for number, from_s, to_s in p.faults:
                self._faults.setdefault(first + number, []).append((from_s, to_s))
            first += p.count

    def has(self, kind: str) -> bool:
        """Tell whether there is a plug of this kind at all."""
        return kind in self._plugs

    def expected_wait_s(self, kind: str) -> float:
        """Return what a vehicle that looks at the station now must expect to wait for a plug of this kind.

        Sessions under way end as planned, those ahead in the queue last as long as they would at a plug of their own,
        both at the power that is there now. Infinite where there is no such plug. [s]
        """
        plugs = self._plugs.get(kind)
        if plugs is None:
            return math.inf
        now = self.env.now
        closed_s = 0.0 if self._always_open else until_open_s(self.plan.open_s, now)
        if plugs.free and not plugs.waiting and not (self._faults and self._none_works(plugs)):
            return closed_s
        return max(self._look_ahead(plugs)[0][0] - now, closed_s)

    def _none_works(self, plugs: _Plugs) -> bool:
        """Tell whether every free plug is out of order."""
        return all(self._repair_s(plugs.numbers[rank]) for rank in plugs.free)

    def ends_s(self, kind: str) -> list[float]:
        """Return when the charges of a kind, under way and waiting, will be done, ascending. [s]."""
        return sorted(self._look_ahead(self._plugs[kind])[1])

    def _look_ahead(self, plugs: _Plugs) -> tuple[list[float], list[float]]:
        """Return a heap of the moments at which plugs will be free for who comes now, and the ends of all charges."""
        now, supply = self.env.now, self.supply
        repair_s = self._repair_s
        ends = list(plugs.busy_until.values())
        if supply is not None:
            ends += [supply.ends_s(session) for session in plugs.sharing.values()]
        free_at: list[float] = [*(now + repair_s(plugs.numbers[rank]) for rank in plugs.free), *ends]
        heapify(free_at)
        stretch = supply.stretch_ratio(self.plug_kw[plugs.numbers[0]]) if supply else 1.0
        for _, length_s in plugs.waiting:
            ends.append(free_at[0] + length_s * stretch)
            heapreplace(free_at, ends[-1])
        return free_at, ends

    def charge(
        self, vehicle: int, pieces: Pieces, *, kind: str, patience_s: float = math.inf
    ) -> Generator[simpy.Event, Any, bool]:
        """Queue for a plug, charge, and leave; a vehicle that expects to wait longer than its patience goes at once.

        Parameters
        ----------
        vehicle
            Its number, for the records.
        pieces
            What is charged, as `PieceTable.between` gives it.
        kind
            Plug that it needs.
        patience_s
            Longest expected wait that it accepts. [s]

        Returns
        -------
        Whether it has charged.
        """
        env, name = self.env, self.plan.station
        arrive = env.now
        if not pieces:
            return True
        plugs = self._plugs.get(kind)
        if plugs is None or (patience_s < math.inf and self.expected_wait_s(kind) > patience_s):
            self.sessions.append(SessionRecord(name, kind, -1, vehicle, arrive, arrive, arrive, 0.0, served=False))
            return False
        rank = -1 if plugs.waiting else self._take(plugs)
        if rank < 0:
            turn = env.event()
            plugs.waiting.append((turn, charging_time_s(pieces, self.plug_kw[plugs.numbers[0]])))
            rank = yield turn
        plug, start = plugs.numbers[rank], env.now
        kw = self.plug_kw[plug]
        if self.supply is None:
            length_s = charging_time_s(pieces, kw)
            plugs.busy_until[rank] = start + length_s
            yield env.timeout(length_s)
            del plugs.busy_until[rank]
        else:
            plugs.busy_until.pop(rank, None)
            session = plugs.sharing[rank] = self.supply.join(kw, pieces)
            if session.alone is not None:
                yield session.alone
            if session.alone is None or not self.supply.end_alone(session):
                yield session.done
            del plugs.sharing[rank]
        energy_kwh = sum([kwh for kwh, _ in pieces])
        served = True
        record = SessionRecord(name, kind, plug, vehicle, arrive, start, env.now, energy_kwh, served, pieces)
        self.sessions.append(record)
        heappush(plugs.free, rank)
        if plugs.waiting:
            self._serve(plugs)
        return True

    def _take(self, plugs: _Plugs) -> int:
        """Take the strongest free plug that works, and return its rank; -1 where there is none, or all is closed."""
        if not self._always_open:
            closed_s = until_open_s(self.plan.open_s, self.env.now)
            if closed_s:
                self._come_back(self.env.now + closed_s)
                return -1
        if plugs.free and not self._repair_s(plugs.numbers[plugs.free[0]]):
            return heappop(plugs.free)
        working = [rank for rank in plugs.free if not self._repair_s(plugs.numbers[rank])]
        if working:
            plugs.free.remove(min(working))
            heapify(plugs.free)
            return min(working)
        if plugs.free:
            self._come_back(self.env.now + min(self._repair_s(plugs.numbers[rank]) for rank in plugs.free))
        return -1

    def _serve(self, plugs: _Plugs) -> None:
        """Give free plugs that work to those who wait, in the order of arrival: nobody is overtaken for his kind."""
        while plugs.waiting:
            rank = self._take(plugs)
            if rank < 0:
                return
            turn, length_s = plugs.waiting.popleft()
            plugs.busy_until[rank] = self.env.now + length_s
            turn.succeed(rank)

    def _come_back(self, at_s: float) -> None:
        """Look again at who waits when the doors open or a plug is mended."""
        if at_s < self._alarm_s:
            self._alarm_s = at_s
            self.env.timeout(at_s - self.env.now).callbacks.append(lambda _: self._look_again())

    def _look_again(self) -> None:
        self._alarm_s = math.inf
        for plugs in self._plugs.values():
            self._serve(plugs)

    def _repair_s(self, plug: int) -> float:
        """Return how long a plug stays out of order; 0 if it works."""
        faults = self._faults.get(plug)
        if not faults:
            return 0.0
        now = self.env.now
        return max((to - now for start, to in faults if start <= now < to - MOMENT_S), default=0.0)

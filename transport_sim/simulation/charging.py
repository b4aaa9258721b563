"""Charging stations: plugs of several powers behind one feeder, a queue that nobody jumps, sessions in pieces of power.

Where all plugs together need less than the feeder gives, a session is planned when it begins and costs one event.
Where they may need more, power is shared out anew whenever a session begins, ends or reaches its next piece: everyone
gets what he takes, up to an equal share of what the others leave (max-min fairness).
"""

import bisect
import heapq
import math
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces, charging_time_s
from transport_sim.simulation.filling import Prices
from transport_sim.simulation.opening import ALL_DAY, until_open_s
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

MOMENT_S = 1e-6
"""Times of day closer than this are the same: clocks of a long run are rounded."""


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
    limits: tuple[tuple[float, float], ...] = ()
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


class PowerRecord(NamedTuple):
    """Power of one plug over a stretch of time."""

    station: str
    plug: int
    from_s: float
    to_s: float
    power_kw: float


class ChargingStation:
    """One station; :meth:`charge` is what a vehicle's process asks."""

    def __init__(self, env: simpy.Environment, plan: StationPlan) -> None:
        self.env, self.plan = env, plan
        self.sessions: list[SessionRecord] = []
        self.power: list[PowerRecord] = []
        kinds = [(p.kind, p.power_kw) for p in plan.plugs for _ in range(p.count)]
        self._kind, self._kw = [kind for kind, _ in kinds], [kw for _, kw in kinds]
        self._free = sorted(range(len(kinds)), key=self._strongest_first)
        self._waiting: list[tuple[str, simpy.Event, float]] = []
        self._busy_until: dict[int, float] = {}
        self._supply = _Supply(self) if plan.feeder_kw < sum(self._kw) or plan.limits else None
        self._opens_soon = False
        self._faults: dict[int, list[tuple[float, float]]] = {}
        first = 0
        for p in plan.plugs:
            for number, from_s, to_s in p.faults:
                self._faults.setdefault(first + number, []).append((from_s, to_s))
                _at(env, to_s, self._serve)
            first += p.count

    def has(self, kind: str) -> bool:
        """Tell whether there is a plug of this kind at all."""
        return kind in self._kind

    def expected_wait_s(self, kind: str) -> float:
        """Return what a vehicle that looks at the station now must expect to wait for a plug of this kind.

        Sessions under way end as planned, those ahead in the queue last as long as they would at a plug of their own.
        Infinite where there is no such plug. [s]
        """
        now = self.env.now
        mine = (n for n, own in enumerate(self._kind) if own == kind)
        free_at = sorted(max(self._busy_until.get(n, now), now + self._repair_s(n)) for n in mine)
        if not free_at:
            return math.inf
        for wanted, _, length_s in self._waiting:
            if wanted == kind:
                heapq.heapreplace(free_at, free_at[0] + length_s)
        return max(free_at[0] - now, self._until_open_s())

    def charge(
        self, vehicle: int, pieces: Pieces, *, kind: str, patience_s: float = math.inf
    ) -> Generator[simpy.Event, Any, bool]:
        """Queue for a plug, charge, and leave; a vehicle that expects to wait longer than its patience goes at once.

        Parameters
        ----------
        vehicle
            Its number, for the records.
        pieces
            What is charged, as `energy.battery.charge_pieces` gives it.
        kind
            Plug that it needs.
        patience_s
            Longest expected wait that it accepts. [s]

        Returns
        -------
        Whether it has charged.
        """
        name, arrive, energy_kwh = self.plan.station, self.env.now, sum(kwh for kwh, _ in pieces)
        if energy_kwh <= 0.0:
            return True
        if not self.has(kind) or (patience_s < math.inf and self.expected_wait_s(kind) > patience_s):
            self.sessions.append(SessionRecord(name, kind, -1, vehicle, arrive, arrive, arrive, 0.0, served=False))
            return False
        turn = self.env.event()
        self._waiting.append((kind, turn, charging_time_s(pieces, max(self._kw))))
        self._serve()
        plug: Any = turn.value if turn.triggered else (yield turn)
        start = self.env.now
        self._busy_until[plug] = start + charging_time_s(pieces, self._kw[plug])
        yield self._alone(plug, pieces) if self._supply is None else self._supply.join(plug, self._kw[plug], pieces)
        end = self.env.now
        self.sessions.append(SessionRecord(name, kind, plug, vehicle, arrive, start, end, energy_kwh, served=True))
        del self._busy_until[plug]
        bisect.insort(self._free, plug, key=self._strongest_first)
        self._serve()
        return True

    def _strongest_first(self, plug: int) -> tuple[float, int]:
        return -self._kw[plug], plug

    def _serve(self) -> None:
        """Give free plugs that work to those who wait, in the order of arrival: nobody is overtaken for his kind."""
        if not self._waiting:
            return
        if self._until_open_s() > 0.0:
            if not self._opens_soon:
                self._opens_soon = True
                _at(self.env, self.env.now + self._until_open_s(), self._open)
            return
        for entry in list(self._waiting):
            plug = next((n for n in self._free if self._kind[n] == entry[0] and not self._repair_s(n)), -1)
            if plug >= 0:
                self._free.remove(plug)
                self._waiting.remove(entry)
                entry[1].succeed(plug)
            if not self._free:
                return

    def _open(self) -> None:
        self._opens_soon = False
        self._serve()

    def _repair_s(self, plug: int) -> float:
        """Return how long a plug stays out of order; 0 if it works."""
        if not self._faults:
            return 0.0
        now = self.env.now
        return max((to - now for start, to in self._faults.get(plug, ()) if start <= now < to), default=0.0)

    def _until_open_s(self) -> float:
        return until_open_s(self.plan.open_s, self.env.now)

    def _alone(self, plug: int, pieces: Pieces) -> simpy.Event:
        """Note the power of a session that nobody disturbs, and return its end."""
        at = self.env.now
        for kwh, kw in pieces:
            power_kw = min(kw, self._kw[plug])
            to = at + kwh / power_kw * SECONDS_PER_HOUR
            self.power.append(PowerRecord(self.plan.station, plug, at, to, power_kw))
            at = to
        return self.env.timeout(at - self.env.now)


class _Session:
    """A charge whose power is shared out."""

    __slots__ = ("done", "kw", "left_kwh", "pieces", "plug", "plug_kw", "since")

    def __init__(self, plug: int, plug_kw: float, pieces: Pieces, done: simpy.Event) -> None:
        self.plug, self.plug_kw, self.done = plug, plug_kw, done
        self.pieces = deque(pieces)
        self.left_kwh = pieces[0][0]
        self.kw, self.since = 0.0, done.env.now

    @property
    def wanted_kw(self) -> float:
        """What it takes if nobody limits it."""
        return min(self.pieces[0][1], self.plug_kw)


class _Supply:
    """The power of a station that its plugs together may exceed."""

    def __init__(self, station: ChargingStation) -> None:
        self.env, self.plan, self.power = station.env, station.plan, station.power
        self._active: list[_Session] = []
        self._version = 0

    def join(self, plug: int, plug_kw: float, pieces: Pieces) -> simpy.Event:
        """Begin a session; the event fires when all its energy is in the battery."""
        session = _Session(plug, plug_kw, pieces, self.env.event())
        self._active.append(session)
        self._share_out()
        return session.done

    def _share_out(self) -> None:
        """Bring every session up to now, share out the power anew, and come back when one of them has to change."""
        now = self.env.now
        for session in self._active:
            self._advance(session, now)
        finished = [s for s in self._active if not s.pieces]
        self._active = [s for s in self._active if s.pieces]
        left_kw, changes_s = self._limit()
        count = len(self._active)
        for session in sorted(self._active, key=lambda s: (s.wanted_kw, s.plug)):
            session.kw = min(session.wanted_kw, left_kw / count)
            left_kw, count = left_kw - session.kw, count - 1
        ends = (s.left_kwh / s.kw * SECONDS_PER_HOUR for s in self._active if s.kw > 0.0)
        next_s = min((*ends, changes_s))
        self._version += 1
        if self._active and next_s < math.inf:
            _at(self.env, now + next_s, partial(self._wake, self._version))
        for session in finished:
            session.done.succeed()

    def _wake(self, version: int) -> None:
        if version == self._version:
            self._share_out()

    def _advance(self, session: _Session, now: float) -> None:
        """Book what a session has drawn since it was last looked at."""
        elapsed_s = now - session.since
        if elapsed_s > 0.0 and session.kw > 0.0:
            self.power.append(PowerRecord(self.plan.station, session.plug, session.since, now, session.kw))
            session.left_kwh -= session.kw * elapsed_s / SECONDS_PER_HOUR
        session.since = now
        while session.pieces and session.left_kwh <= 1e-9 * session.pieces[0][0]:
            rest_kwh = session.left_kwh  # a rounding error, carried on
            session.pieces.popleft()
            session.left_kwh = rest_kwh + session.pieces[0][0] if session.pieces else 0.0

    def _limit(self) -> tuple[float, float]:
        """Return the power that may be drawn now [kW], and for how long that holds [s]."""
        limits = self.plan.limits
        if not limits:
            return self.plan.feeder_kw, math.inf
        time_of_day = self.env.now % SECONDS_PER_DAY
        past = [kw for at, kw in limits if at <= time_of_day + MOMENT_S]
        ahead = [at for at, _ in limits if at > time_of_day + MOMENT_S]
        until_s = (ahead[0] if ahead else limits[0][0] + SECONDS_PER_DAY) - time_of_day
        return min(past[-1] if past else limits[-1][1], self.plan.feeder_kw), until_s


def _at(env: simpy.Environment, when_s: float, act: Callable[[], None]) -> None:
    """Call something at a time, without a process of its own."""
    env.timeout(max(when_s - env.now, 0.0)).callbacks.append(lambda _: act())

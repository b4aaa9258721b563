"""Power that several sessions share: everyone gets what he takes, up to an equal share of what the others leave.

Max-min fairness [1]_ has a level: who wants less than it gets what he wants, all others get the level. So two heaps of
sessions do, those that run freely by the moment at which their piece ends, those held at the level by the energy that
each of them will have got by then. A change costs the logarithm of the sessions, however many are plugged in. As long
as all sessions together could not reach the lowest limit, nobody is disturbed and each costs one event.

References
----------
.. [1] Bertsekas, Gallager, "Data Networks", 2nd ed. 1992, section 6.5.2.
"""

import math
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count

import simpy

from transport_sim.charge import Pieces, charging_time_s
from transport_sim.simulation.opening import MOMENT_S
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

NO_POWER_KW = 1e-9

TimedPower = tuple[tuple[float, float], ...]
"""Time of day [s] from which a power [kW] holds, every day, ascending; what holds before the first is the last."""


class Session:
    """A charge whose power is shared out."""

    __slots__ = (
        "alone",
        "at",
        "done",
        "ends_s",
        "held",
        "left_kwh",
        "mark",
        "next_kwh",
        "plug_kw",
        "since",
        "wanted_kw",
    )

    def __init__(self, plug_kw: float) -> None:
        self.plug_kw = plug_kw
        self.alone: simpy.Event | None = None
        """While nobody has to share: when it ends, after which `Supply.end_alone` tells whether that held."""
        self.ends_s = math.nan
        """While undisturbed: its end. [s]"""

    def begin(self, pieces: Pieces, done: simpy.Event) -> None:
        """Take what is to be charged while power is shared, and the event that tells the end."""
        self.done = done
        self.next_kwh = pieces[::-1]  # the last one is the present piece
        self.at = len(pieces) - 1
        self.left_kwh = pieces[0][0]
        self.wanted_kw = min(pieces[0][1], self.plug_kw)
        self.since = 0.0
        """Time [s], or if held the energy that held sessions have got [kWh], at which `left_kwh` was true."""
        self.held = False
        self.mark = -1
        """Heap entries with another mark are out of date."""

    def rest(self, now_s: float, held_kwh: float) -> Pieces:
        """Return what is still to be charged."""
        drawn = held_kwh - self.since if self.held else self.wanted_kw * (now_s - self.since) / SECONDS_PER_HOUR
        return ((max(self.left_kwh - drawn, 0.0), self.next_kwh[self.at][1]), *self.next_kwh[: self.at][::-1])


Heap = list[tuple[float, int, Session]]


class Supply:
    """The power of a station that its plugs together may exceed."""

    def __init__(self, env: simpy.Environment, feeder_kw: float, limits: TimedPower) -> None:
        self.env, self._feeder_kw, self._limits = env, feeder_kw, limits
        self._least_kw = min([feeder_kw, *(kw for _, kw in limits)])
        self._undisturbed: dict[Session, tuple[float, float, Pieces]] = {}
        """With start [s] and largest power [kW]."""
        self._claimed_kw = 0.0
        self.undisturbed: list[tuple[float, float, Pieces]] = []
        """Start [s], power of the plug [kW] and pieces of what was charged before anybody had to share."""
        self.time_s: list[float] = []
        """Moments at which the power of those who share changed."""
        self.power_kw: list[float] = []
        """What they get together from each of them on. [kW]"""
        self.level_kw: list[float] = []
        """Most that one session gets from each of them on. [kW]"""
        self._free_ends: Heap = []
        self._free_wants: Heap = []
        self._held_ends: Heap = []
        self._held_wants: Heap = []
        self._free_count = self._held_count = 0
        self._free_kw = 0.0
        self._level_kw = math.inf
        self._held_kwh, self._held_at_s = 0.0, 0.0
        self._marks = count()
        self._wakes_s = math.inf

    def join(self, plug_kw: float, pieces: Pieces) -> Session:
        """Begin a session; its event `done` fires when all its energy is in the battery.

        If it has an event `alone`, that comes first: sharing never ends a session earlier.
        """
        session = Session(plug_kw)
        if not (self._free_count or self._held_count):
            most_kw = min(plug_kw, max([kw for _, kw in pieces]))
            if self._claimed_kw + most_kw <= self._least_kw:
                self._leave_alone(session, most_kw, pieces)
                return session
            self._disturb()
        self._finish_pieces()
        session.begin(pieces, self.env.event())
        self._run_free(session)
        self._settle()
        return session

    def _leave_alone(self, session: Session, most_kw: float, pieces: Pieces) -> None:
        """Let a session run as long as nobody has to share."""
        now = self.env.now
        self._undisturbed[session] = now, most_kw, pieces
        self._claimed_kw += most_kw
        length_s = charging_time_s(pieces, session.plug_kw)
        session.ends_s = now + length_s
        session.alone = self.env.timeout(length_s)

    def end_alone(self, session: Session) -> bool:
        """End a session that nobody disturbed; False if it has to wait for `done` after all."""
        begun = self._undisturbed.pop(session, None)
        if begun is None:
            return False
        start_s, most_kw, pieces = begun
        self.undisturbed.append((start_s, session.plug_kw, pieces))
        self._claimed_kw = self._claimed_kw - most_kw if self._undisturbed else 0.0
        return True

    def _disturb(self) -> None:
        """From now on those who were left alone share."""
        for session, (start_s, _, pieces) in self._undisturbed.items():
            gone, rest = _split(pieces, session.plug_kw, self.env.now - start_s)
            self.undisturbed.append((start_s, session.plug_kw, gone))
            session.begin(rest or pieces, self.env.event())
            if rest:
                self._run_free(session)
            else:
                session.done.succeed()
        self._undisturbed.clear()
        self._claimed_kw = 0.0

    def ends_s(self, session: Session) -> float:
        """Return when a session will be done if the level stays as it is. [s]."""
        now = self.env.now
        if session in self._undisturbed:
            return session.ends_s
        held_kwh = self._held_kwh + self._level_kw * (now - self._held_at_s) / SECONDS_PER_HOUR if session.held else 0.0
        if session.held and self._level_kw <= NO_POWER_KW:
            return now + self._limit()[1]
        return now + charging_time_s(session.rest(now, held_kwh), min(session.plug_kw, self._level_kw))

    def stretch_ratio(self, plug_kw: float) -> float:
        """Return how much longer a charge at a plug takes now than at full power, at least 1. [-]."""
        return plug_kw / min(plug_kw, max(self._level_kw, NO_POWER_KW))

    def _wake(self, at_s: float) -> None:
        if at_s == self._wakes_s:
            self._wakes_s = math.inf
            self._finish_pieces()
            self._settle()

    def _finish_pieces(self) -> None:
        """Bring the energy of held sessions up to now, and begin the next piece of all whose piece is done."""
        now = self.env.now
        if self._held_count:
            self._held_kwh += self._level_kw * (now - self._held_at_s) / SECONDS_PER_HOUR
        self._held_at_s = now
        moment_kwh = self._level_kw * MOMENT_S / SECONDS_PER_HOUR if self._held_count else 0.0
        ended = [*_until(self._free_ends, now + MOMENT_S), *_until(self._held_ends, self._held_kwh + moment_kwh)]
        for session in ended:
            self._stop(session)
            if session.at == 0:
                session.done.succeed()
                continue
            session.at -= 1
            kwh, kw = session.next_kwh[session.at]
            session.left_kwh += kwh  # what is left of the last piece is a rounding error, carried on
            session.wanted_kw = min(kw, session.plug_kw)
            self._run_free(session)

    def _settle(self) -> None:
        """Share out the power anew, note it, and come back when something has to change.

        Each move raises the level, so that every session moves at most twice.
        """
        limit_kw, changes_s = self._limit()
        while True:
            level_kw = (limit_kw - self._free_kw) / self._held_count if self._held_count else math.inf
            low, high = _first(self._held_wants), _first(self._free_wants)
            if low is not None and low.wanted_kw <= level_kw:
                self._stop(low)
                self._run_free(low)
            elif high is not None and (high.wanted_kw > level_kw or (low is None and self._free_kw > limit_kw)):
                self._stop(high)
                self._hold(high)
            else:
                break
        self._level_kw = max(level_kw, 0.0)
        now = self.env.now
        total_kw = self._free_kw + (self._level_kw * self._held_count if self._held_count else 0.0)
        if self.time_s and self.time_s[-1] == now:
            del self.time_s[-1], self.power_kw[-1], self.level_kw[-1]
        self.time_s.append(now)
        self.power_kw.append(total_kw)
        self.level_kw.append(self._level_kw)
        if self._free_count or self._held_count:
            self._come_back(now + changes_s)

    def _come_back(self, next_s: float) -> None:
        now = self.env.now
        if _first(self._free_ends):
            next_s = min(next_s, self._free_ends[0][0])
        if _first(self._held_ends) and self._level_kw > NO_POWER_KW:
            left_kwh = self._held_ends[0][0] - self._held_kwh
            next_s = min(next_s, now + left_kwh / self._level_kw * SECONDS_PER_HOUR)
        if next_s != self._wakes_s and next_s < math.inf:
            self._wakes_s = next_s
            self.env.timeout(max(next_s - now, 0.0)).callbacks.append(lambda _: self._wake(next_s))

    def _run_free(self, session: Session) -> None:
        """Give a session what it wants."""
        session.held, session.since, session.mark = False, self.env.now, next(self._marks)
        ends_s = session.since + session.left_kwh / session.wanted_kw * SECONDS_PER_HOUR
        heappush(self._free_ends, (ends_s, session.mark, session))
        heappush(self._free_wants, (-session.wanted_kw, session.mark, session))
        self._free_kw += session.wanted_kw
        self._free_count += 1

    def _hold(self, session: Session) -> None:
        """Give a session the level, as all held ones get."""
        session.held, session.since, session.mark = True, self._held_kwh, next(self._marks)
        heappush(self._held_ends, (session.since + session.left_kwh, session.mark, session))
        heappush(self._held_wants, (session.wanted_kw, session.mark, session))
        self._held_count += 1

    def _stop(self, session: Session) -> None:
        """Take a session out of its heaps and book what it has drawn."""
        session.mark = -1
        if session.held:
            session.left_kwh -= self._held_kwh - session.since
            self._held_count -= 1
            return
        session.left_kwh -= session.wanted_kw * (self.env.now - session.since) / SECONDS_PER_HOUR
        self._free_count -= 1
        self._free_kw = self._free_kw - session.wanted_kw if self._free_count else 0.0

    def _limit(self) -> tuple[float, float]:
        """Return the power that may be drawn now [kW], and for how long that holds [s]."""
        if not self._limits:
            return self._feeder_kw, math.inf
        time_of_day = self.env.now % SECONDS_PER_DAY
        past = [kw for at, kw in self._limits if at <= time_of_day + MOMENT_S]
        ahead = [at for at, _ in self._limits if at > time_of_day + MOMENT_S]
        until_s = (ahead[0] if ahead else self._limits[0][0] + SECONDS_PER_DAY) - time_of_day
        return min(past[-1] if past else self._limits[-1][1], self._feeder_kw), until_s


def _split(pieces: Pieces, plug_kw: float, elapsed_s: float) -> tuple[Pieces, Pieces]:
    """Divide a charge into what is in the battery after a time and the rest."""
    gone, rest = list[tuple[float, float]](), list[tuple[float, float]]()
    for kwh, kw in pieces:
        part_kwh = min(kwh, max(elapsed_s, 0.0) * min(kw, plug_kw) / SECONDS_PER_HOUR)
        elapsed_s -= kwh / min(kw, plug_kw) * SECONDS_PER_HOUR
        if part_kwh > 0.0:
            gone.append((part_kwh, kw))
        if part_kwh < kwh:
            rest.append((kwh - part_kwh, kw))
    return tuple(gone), tuple(rest)


def _first(heap: Heap) -> Session | None:
    """Return the first session that is still where the heap says, and drop the others before it."""
    while heap and heap[0][2].mark != heap[0][1]:
        heappop(heap)
    return heap[0][2] if heap else None


def _until(heap: Heap, end: float) -> Iterator[Session]:
    """Take out the sessions whose piece ends until then."""
    while _first(heap) is not None and heap[0][0] <= end:
        yield heappop(heap)[2]

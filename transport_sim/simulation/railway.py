"""Trains on single and double track, with limited tracks at every place, that never block each other for good.

The rule of dispatching. A train moves from one place where it may stand to the next, and only when

1. a track is free at the next place, and on the way at each place that it passes;
2. afterwards, all trains on the railway could still reach their ends one after the other, whoever comes first, while
   the others stand still (the safe state of the banker's algorithm [1]_);
3. each section is free in time: of other trains, of the paths of the timetable, and of possessions.

A train that must wait for time alone (3) claims its slot, so that those who came later fit theirs around it. One that
must wait for a track (1, 2) claims nothing. All are asked again, first come first served, whenever a train has moved.

Why nobody waits for ever: in a safe state the first train of the safe order may move, into a safe state again. Its
sections become free, because runs, paths and possessions end; so some train always moves sooner or later, and every
train makes finitely many moves. A train at its end needs no more tracks; what it needs there (engines, cranes) is held
by visits that end by themselves. Trains are let onto the railway, from their siding or yard, by the same rule.

References
----------
.. [1] E. W. Dijkstra, "Cooperating sequential processes", 1965 (EWD 123), section 6: the banker's algorithm.
"""

import math
from collections.abc import Callable, Generator
from typing import Any

import simpy

from transport_sim.availability import Window
from transport_sim.simulation.pool import Process
from transport_sim.simulation.railway_plan import (
    ROUNDING_S,
    Itinerary,
    Move,
    RailwayPlan,
    Section,
    refuse_impossible,
)
from transport_sim.simulation.records import WaitLog, WaitRecord

MOST_CLAIMS = 4
"""Slots of a section that are kept for waiting trains: one behind a long queue would look through all of them."""


class Trip:
    """A train under way: where it stands and what comes next."""

    __slots__ = ("alarm_s", "asked_s", "claims", "itinerary", "number", "place", "priority", "since_s", "step", "turn")

    def __init__(self, itinerary: Itinerary, number: int, priority: int) -> None:
        self.itinerary, self.number, self.priority = itinerary, number, priority
        self.step = -1
        """Moves made, the present one included; -1 before it is let onto its first track."""
        self.place = ""
        self.since_s = 0.0
        """When its track became its own."""
        self.asked_s = 0.0
        self.turn: simpy.Event | None = None
        self.alarm_s = math.inf
        """When it is asked again at the latest; other alarms are void."""
        self.claims: list[str] = []

    @property
    def rank(self) -> tuple[int, float, int]:
        """Who is asked first."""
        return self.priority, self.asked_s, self.number

    @property
    def next_move(self) -> Move:
        """The move that it asks for."""
        return Move((), self.itinerary.origin) if self.step < 0 else self.itinerary.moves[self.step]


class Railway:
    """Sections and tracks, and the dispatcher that gives them out."""

    def __init__(
        self,
        env: simpy.Environment,
        plan: RailwayPlan,
        waits: WaitLog,
        stop: Callable[[str, float], Process] | None = None,
    ) -> None:
        self.env, self.plan, self._waits, self._stop = env, plan, waits, stop
        self._standing: dict[str, list[Trip]] = {place: [] for place in plan.tracks_count}
        self._passing = dict.fromkeys(plan.tracks_count, 0)
        self._full: set[str] = set()
        self._free_from: dict[str, float] = {}
        self._claims: dict[str, list[tuple[float, float, Trip]]] = {}
        self._waiting: list[Trip] = []
        self._checked: dict[int, Itinerary] = {}
        self._trips = 0
        self._settling = self._again = False

    def run(self, itinerary: Itinerary, *, priority: int = 0) -> Process:
        """Let a train onto the railway, run it to its end and take it off."""
        trip = yield from self.enter(itinerary, priority=priority)
        yield from self.travel(trip)
        self.leave(trip)

    def enter(self, itinerary: Itinerary, *, priority: int = 0) -> "Generator[simpy.Event, Any, Trip]":
        """Wait for a track at the origin; returns the trip, which holds it.

        Raises
        ------
        DataError
            If no train could ever go this way.
        """
        if id(itinerary) not in self._checked:
            refuse_impossible(self.plan, itinerary)
            self._checked[id(itinerary)] = itinerary
        self._trips += 1
        trip = Trip(itinerary, self._trips, priority)
        yield from self._ask(trip)
        return trip

    def travel(self, trip: Trip) -> Process:
        """Make all moves; at the end the trip holds a track at its destination."""
        for move in trip.itinerary.moves:
            yield from self._ask(trip)
            if move.run_s:
                yield self.env.timeout(move.run_s)
            if move.stop_s and self._stop:
                yield from self._stop(move.stop, move.stop_s)
            elif move.stop_s:
                yield self.env.timeout(move.stop_s)

    def leave(self, trip: Trip) -> None:
        """Give the last track back."""
        self._leave_place(trip)
        self._settle()

    def _ask(self, trip: Trip) -> Process:
        """Wait until the next move begins."""
        trip.asked_s = self.env.now
        if self._attempt(trip):
            self._settle()
            return
        trip.turn = self.env.event()
        self._waiting.append(trip)
        yield trip.turn
        trip.turn = None

    def _attempt(self, trip: Trip) -> bool:
        """Begin the move if it may begin now; else note what the train waits for."""
        self._unclaim(trip)
        move = trip.next_move
        if not (self._has_tracks(move) and self._may_claim(move) and self._is_safe(trip, move)):
            trip.alarm_s = math.inf
            return False
        start = self._earliest(trip, move)
        if start > self.env.now + ROUNDING_S:
            self._claim(trip, move, start)
            return False
        self._begin(trip, move)
        return True

    def _has_tracks(self, move: Move) -> bool:
        return all(
            len(self._standing[place]) + self._passing[place] < self.plan.tracks_count[place]
            for place in (*move.through, move.place)
            if place in self._standing
        )

    def _may_claim(self, move: Move) -> bool:
        """Tell whether few enough wait for the same section with a slot: the others are asked when one has gone."""
        return all(len(self._claims.get(s.facility, ())) < MOST_CLAIMS for s in move.sections)

    def _is_safe(self, trip: Trip, move: Move) -> bool:
        """Tell whether all trains could end one after the other once this one stands at the end of its move.

        Only places without a free track matter: a train whose way ahead has none can go to its end, and its place is
        then no longer full.
        """
        full = self._full - {trip.place}
        if move.place in self._standing and len(self._standing[move.place]) + 1 >= self.plan.tracks_count[move.place]:
            full.add(move.place)
        ahead = trip.itinerary.ahead[trip.step + 1]
        shrinking = True
        while full and shrinking:
            shrinking = False
            for place in tuple(full):
                others = (t.itinerary.ahead[t.step] for t in self._standing[place] if t is not trip)
                if (place == move.place and ahead.isdisjoint(full)) or any(o.isdisjoint(full) for o in others):
                    full.discard(place)
                    shrinking = True
        return not full

    def _earliest(self, trip: Trip, move: Move) -> float:
        """Return the first time at which every section is free when the train comes to it."""
        start, settled = self.env.now, False
        while not settled:
            settled, at = True, start
            for section in move.sections:
                free = self._section_free(trip, section, at)
                if free > at + ROUNDING_S:
                    start, settled = start + free - at, False
                    break
                at += section.run_s
        return start

    def _section_free(self, trip: Trip, section: Section, at_s: float) -> float:
        """Return the first time from `at_s` on that suits one section, or an earlier one that may not suit yet."""
        name = section.facility
        free = max(at_s, self._free_from.get(name, 0.0))
        if name in self.plan.closures:
            # the section is kept longer than the run where the next train must stay behind
            free = _after_closures(self.plan.closures[name], free, max(section.run_s, section.hold_s))
        hold_s = section.hold_s * self._slowdown(name, free)
        if name in self.plan.paths:
            found = self.plan.paths[name].next_free(free, hold_s)
            free = self._slow_until(name, free) if found == math.inf and hold_s > section.hold_s else found
        for begin, end, other in self._claims.get(name, ()):
            if other.rank < trip.rank and free < end and free + hold_s > begin:
                free = end
        return free

    def _claim(self, trip: Trip, move: Move, start: float) -> None:
        """Keep the slot and set an alarm for its begin."""
        at = start
        for section in move.sections:
            self._claims.setdefault(section.facility, []).append((at, at + section.hold_s, trip))
            trip.claims.append(section.facility)
            at += section.run_s
        if start != trip.alarm_s:
            trip.alarm_s = start
            alarm = self.env.timeout(start - self.env.now)
            alarm.callbacks.append(lambda _: self._wake(trip, start))

    def _unclaim(self, trip: Trip) -> None:
        for name in trip.claims:
            self._claims[name] = [c for c in self._claims[name] if c[2] is not trip]
        trip.claims.clear()

    def _wake(self, trip: Trip, alarm_s: float) -> None:
        if trip.alarm_s == alarm_s:
            trip.alarm_s = math.inf
            self._settle()

    def _begin(self, trip: Trip, move: Move) -> None:
        """Give sections and tracks to the train and note them."""
        now = at = self.env.now
        asked = trip.asked_s
        for section in move.sections:
            end = at + section.hold_s * self._slowdown(section.facility, at)
            self._free_from[section.facility] = end
            if section.hold_s:
                self._waits.append(WaitRecord(section.facility, asked, at - asked, end - at))
            at = asked = at + section.run_s
        for place in move.through:
            self._pass_through(place, at - now)
        self._leave_place(trip)
        trip.place, trip.since_s = move.place, now
        trip.step += 1
        if move.place in self._standing:
            standing = self._standing[move.place]
            standing.append(trip)
            if len(standing) >= self.plan.tracks_count[move.place]:
                self._full.add(move.place)

    def _slowdown(self, section: str, at_s: float) -> float:
        """Return by how much a possession that leaves part of the capacity stretches what a train holds."""
        for window in self.plan.closures.get(section, ()):
            if window.start_s <= at_s < window.end_s and window.capacity_share > 0.0:
                return 1.0 / window.capacity_share
        return 1.0

    def _slow_until(self, section: str, at_s: float) -> float:
        """Return the end of the possession."""
        return max(w.end_s for w in self.plan.closures[section] if w.start_s <= at_s < w.end_s)

    def _pass_through(self, place: str, until_s: float) -> None:
        """Hold a track of a place until the train is past it, at the latest at the end of its move."""
        if place not in self._standing:
            return
        self._passing[place] += 1
        self._waits.append(WaitRecord(place, self.env.now, 0.0, until_s))
        alarm = self.env.timeout(until_s)
        alarm.callbacks.append(lambda _: self._passed(place))

    def _passed(self, place: str) -> None:
        self._passing[place] -= 1
        self._settle()

    def _leave_place(self, trip: Trip) -> None:
        if trip.place in self._standing:
            self._standing[trip.place].remove(trip)
            self._full.discard(trip.place)
            self._waits.append(WaitRecord(trip.place, trip.since_s, 0.0, self.env.now - trip.since_s))
        trip.place = ""

    def _settle(self) -> None:
        """Ask all who wait, until nobody can begin to move any more."""
        self._again = True
        if self._settling:
            return
        self._settling = True
        while self._again:
            self._again = False
            for trip in sorted(self._waiting, key=lambda t: t.rank):
                if trip.turn is not None and self._attempt(trip):
                    self._waiting.remove(trip)
                    trip.alarm_s = math.inf
                    trip.turn.succeed()
                    self._again = True
        self._settling = False


def _after_closures(closures: tuple[Window, ...], at_s: float, stay_s: float) -> float:
    """Return the first time from `at_s` on at which a stay is over before a closure or begins after it."""
    for window in closures:
        if window.capacity_share == 0.0 and at_s < window.end_s and at_s + stay_s > window.start_s:
            at_s = window.end_s
    return at_s

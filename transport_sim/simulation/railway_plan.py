"""What the railway consists of: sections, places where trains can stand, itineraries, and the paths of other trains."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from transport_sim.availability import Window
from transport_sim.errors import DataError
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE

ROUNDING_S = 1e-6
"""Times closer than this are the same."""


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of railway between two places where trains can wait."""

    facility: str
    hold_s: float
    """How long a train keeps others out: the headway on double track; run and crossing margin on single track."""
    run_s: float


@dataclass(frozen=True, slots=True)
class Move:
    """What a train does in one go, between two places where it may stand."""

    sections: tuple[Section, ...]
    place: str = ""
    """Where it comes to stand; "" where trains wait on the open line, in nobody's way."""
    through: tuple[str, ...] = ()
    """Places passed without stopping, in which one track must be free."""
    stop: str = ""
    """What happens there, as a facility: `locomotives:PLACE` where it gets another locomotive."""
    stop_s: float = 0.0
    """How long that takes."""

    @property
    def run_s(self) -> float:
        """Running time of the sections together."""
        return sum(s.run_s for s in self.sections)


@dataclass(frozen=True)
class Itinerary:
    """The way of a train: the place where it is made up, then its moves."""

    origin: str
    moves: tuple[Move, ...]

    @cached_property
    def ahead(self) -> tuple[frozenset[str], ...]:
        """Places in which a train needs a track after so many moves; one set more than there are moves."""
        found: list[frozenset[str]] = [frozenset()]
        for move in reversed(self.moves):
            found.append(found[-1] | ({move.place, *move.through} - {""}))
        return tuple(reversed(found))

    @cached_property
    def run_s(self) -> float:
        """Running time without any wait or stop."""
        return sum(move.run_s for move in self.moves)

    @cached_property
    def stop_s(self) -> float:
        """Time of all stops that the train has to make."""
        return sum(move.stop_s for move in self.moves)


class OccupiedPaths:
    """Times of the day at which trains of the timetable keep freight out of a section.

    Parameters
    ----------
    windows
        Begin and end of each path; the begin within the day, the end later and possibly on the next day. [s]
    """

    __slots__ = ("ends", "starts")

    def __init__(self, windows: Iterable[tuple[float, float]]) -> None:
        self.starts: list[float] = []
        self.ends: list[float] = []
        for start, end in _within_the_day(windows):
            if self.ends and start <= self.ends[-1]:
                self.ends[-1] = max(end, self.ends[-1])
            else:
                self.starts.append(start)
                self.ends.append(end)

    def add(self, begin_s: float, end_s: float) -> None:
        """Take one more window, which overlaps no other; as in the list of windows."""
        for start, end in _within_the_day([(begin_s, end_s)]):
            at = bisect_right(self.starts, start)
            self.starts.insert(at, start)
            self.ends.insert(at, end)

    def next_free(self, at_s: float, stay_s: float) -> float:
        """Return the first time from `at_s` on at which the section is free for `stay_s`; infinite if there is none."""
        if not self.starts:
            return at_s
        day, time = divmod(at_s, SECONDS_PER_DAY)
        count, first = len(self.starts), bisect_right(self.ends, time)
        candidate = at_s
        for n in range(first, first + count + 2):
            offset = (day + n // count) * SECONDS_PER_DAY
            if candidate + stay_s <= offset + self.starts[n % count] + 1e-9:
                return candidate
            candidate = max(candidate, offset + self.ends[n % count])
        return math.inf

    def longest_gap_s(self) -> float:
        """Return the longest time between two paths; infinite where there is none."""
        if not self.starts:
            return math.inf
        later = [*self.starts[1:], self.starts[0] + SECONDS_PER_DAY]
        return max(start - end for start, end in zip(later, self.ends, strict=True))

    @property
    def occupied_s(self) -> float:
        """Time of the day that is taken."""
        return sum(self.ends) - sum(self.starts)


@dataclass(frozen=True)
class RailwayPlan:
    """Tracks and obstacles that all trains share."""

    tracks_count: dict[str, int] = field(default_factory=dict)
    """Tracks on which freight trains may stand, by place; a place that is missing has as many as are needed."""
    paths: dict[str, OccupiedPaths] = field(default_factory=dict)
    """By section."""
    closures: dict[str, tuple[Window, ...]] = field(default_factory=dict)
    """By section, in the order of time."""


def refuse_impossible(plan: RailwayPlan, itinerary: Itinerary) -> None:
    """Refuse a way that no train could ever go, even alone on the railway.

    Raises
    ------
    DataError
        A place on the way has no track for freight trains, or the timetable of the others leaves no gap for a move.
    """
    for place in sorted(itinerary.ahead[0] | {itinerary.origin} - {""}):
        if plan.tracks_count.get(place, 1) < 1:
            raise DataError(f"{place} has no track on which a freight train could stand, but trains have to go there")
    stands_at = itinerary.origin
    for move in itinerary.moves:
        if first_slot_s(plan, move) == math.inf:
            raise DataError(_no_slot(move, stands_at))
        stands_at = move.place


def _no_slot(move: Move, stands_at: str) -> str:
    """Say why a move can never begin."""
    names = ", ".join(s.facility for s in move.sections)
    if move.through:
        return (
            f"a train that cannot stop at {', '.join(move.through)} has to run from {stands_at or 'its last stop'} to "
            f"{move.place or 'its next stop'} in one go ({move.run_s / SECONDS_PER_MINUTE:.0f} min over {names}), and "
            "the timetable of the others leaves no such gap; make a loop longer or trains shorter, or take out paths"
        )
    return (
        f"no freight train can ever run over {names}: it keeps the section for "
        f"{move.sections[0].hold_s / SECONDS_PER_MINUTE:.0f} min, and the timetable of the others leaves no gap as "
        "long as that; take out train paths or add a passing loop"
    )


def first_slot_s(plan: RailwayPlan, move: Move, from_s: float = 0.0) -> float:
    """Return when from a time on a move could begin without other freight trains; infinite if it never could. [s]."""
    start, settled = from_s, False
    while not settled:
        settled, at = True, start
        for section in move.sections:
            paths = plan.paths.get(section.facility)
            free = paths.next_free(at, section.hold_s) if paths else at
            if free > at + ROUNDING_S:
                start, settled = start + free - at, False
                break
            at += section.run_s
        if start > from_s + SECONDS_PER_DAY:
            return math.inf  # every day is like the first
    return start


@dataclass(frozen=True, slots=True)
class WagonType:
    """A kind of wagon."""

    name: str
    load_t: float
    """Usual load of a loaded wagon, those included that are not full."""
    tare_t: float
    length_m: float


@dataclass(frozen=True, slots=True)
class Yard:
    """Where trains are made up and broken up."""

    engines: str = ""
    """The facility of its shunting engines; "" where trains need none."""
    make_up_s_per_wagon: float = 0.0
    break_up_s_per_wagon: float = 0.0


@dataclass(frozen=True, slots=True)
class RailRoute:
    """The way of trains between two terminals."""

    out: Itinerary
    back: Itinerary
    origin_track: str
    destination_track: str
    max_wait_s: float
    """A train leaves when it is full or when its first consignment has waited this long."""
    interval_s: float
    """Scheduled interval; 0 where trains run on demand."""
    train_net_t: float
    beyond_km: float
    train_min_net_t: float = 0.0
    """Wagons with less than this ride in pick-up trains, whose paths are those of the timetable."""
    max_gross_t: float = math.inf
    """Wagons and goods that the weakest locomotive of the way pulls."""
    max_length_m: float = math.inf
    """Wagons that fit on the shortest track at which trains have to stand."""
    origin_yard: Yard = Yard()
    destination_yard: Yard = Yard()

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections of the way out."""
        return tuple(s for move in self.out.moves for s in move.sections)


def _within_the_day(windows: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Cut windows at midnight, sorted."""
    found = []
    for begin, finish in windows:
        day = math.floor(begin / SECONDS_PER_DAY) * SECONDS_PER_DAY
        start, end = begin - day, min(finish - begin, SECONDS_PER_DAY) + begin - day
        found.append((start, min(end, SECONDS_PER_DAY)))
        if end > SECONDS_PER_DAY:
            found.append((0.0, end - SECONDS_PER_DAY))
    return sorted(found)

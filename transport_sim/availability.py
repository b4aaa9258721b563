"""When a facility works: windows in which it is closed, or slower than usual.

No event loop here: when a piece of work will be done follows by arithmetic from when it begins.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Window(NamedTuple):
    """A time in which only a share of the capacity is there; 0 closes."""

    start_s: float
    end_s: float
    capacity_share: float


@dataclass(frozen=True, slots=True)
class Availability:
    """Share of the capacity over time, constant between the given times; use :func:`availability`."""

    from_s: tuple[float, ...]
    """Ascending; what holds before the first holds at the first."""
    share: tuple[float, ...]
    """From each time on, the last for ever, which is above 0. [-]"""

    def share_at(self, time_s: float) -> float:
        """Return the share at a time. [-]."""
        return self.share[max(bisect_right(self.from_s, time_s) - 1, 0)]

    def open_s(self, time_s: float) -> float:
        """Return the earliest time from `time_s` on at which anything works. [s]."""
        at = max(bisect_right(self.from_s, time_s) - 1, 0)
        if self.share[at] > 0.0:
            return time_s
        while self.share[at] <= 0.0:
            at += 1
        return self.from_s[at]

    def done_s(self, time_s: float, work_s: float) -> float:
        """Return when work begun at `time_s` is done: it rests while closed, and takes longer at a lower share. [s]."""
        at = max(bisect_right(self.from_s, time_s) - 1, 0)
        last = len(self.from_s) - 1
        while at < last:
            possible_s = (self.from_s[at + 1] - time_s) * self.share[at]
            if work_s <= possible_s and self.share[at] > 0.0:
                return time_s + work_s / self.share[at]
            work_s -= possible_s
            at += 1
            time_s = self.from_s[at]
        return time_s + work_s / self.share[at]

    def start_s(self, time_s: float, work_s: float) -> float:
        """Return the earliest start from `time_s` on of work that must not be interrupted by a closure. [s].

        Work too long for any time between two closures begins after the last of them.
        """
        start_s = self.open_s(time_s)
        while True:
            closing_s = self._next_closing_s(start_s)
            if closing_s is None or self.done_s(start_s, work_s) <= closing_s:
                return start_s
            start_s = self.open_s(closing_s)

    def _next_closing_s(self, time_s: float) -> float | None:
        for at in range(max(bisect_right(self.from_s, time_s), 1), len(self.from_s)):
            if self.share[at] <= 0.0:
                return self.from_s[at]
        return None


def availability(windows: Iterable[Window]) -> Availability | None:
    """Join windows, which may overlap: where several hold, the lowest share does.

    Parameters
    ----------
    windows
        In any order; empty ones count for nothing.

    Returns
    -------
    The shares over time; None if nothing ever restricts the facility.
    """
    found = sorted(w for w in windows if w.end_s > w.start_s and w.capacity_share < 1.0)
    if not found:
        return None
    times = sorted({0.0, *(w.start_s for w in found), *(w.end_s for w in found)})
    from_s: list[float] = []
    share: list[float] = []
    waiting, holding = 0, list[Window]()
    for time_s in times:
        while waiting < len(found) and found[waiting].start_s <= time_s:
            holding.append(found[waiting])
            waiting += 1
        holding = [w for w in holding if w.end_s > time_s]
        lowest = min((w.capacity_share for w in holding), default=1.0)
        if not share or lowest != share[-1]:
            from_s.append(time_s)
            share.append(lowest)
    return Availability(tuple(from_s), tuple(share))

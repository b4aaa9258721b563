"""Locks: who goes into a chamber together, and when it goes up and down."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import simpy

from transport_sim.simulation.pool import Process
from transport_sim.simulation.records import LockageRecord, WaitLog, WaitRecord
from transport_sim.simulation.river_plan import LockPlan, VesselSize
from transport_sim.units import SECONDS_PER_DAY

LOWER, UPPER = 0, 1
"""Where a chamber stands, and where vessels wait: those that go up below the lock, those that go down above it."""


class _Waiting(NamedTuple):
    size: VesselSize
    arrive_s: float
    out: simpy.Event


class Lock:
    """The chambers of a lock with a queue on either side.

    A chamber takes the vessels that wait where it stands, as many as fit in the order of their arrival, and goes at
    once. So with vessels on both sides it goes up and down in turn. If nobody waits where it stands and somebody does
    on the other side, it is filled or emptied without a vessel. With nobody there it stays where it is.
    """

    def __init__(self, env: simpy.Environment, plan: LockPlan, waits: WaitLog, lockages: list[LockageRecord]) -> None:
        self.env, self._plan, self._waits, self._lockages = env, plan, waits, lockages
        self._queues: tuple[deque[_Waiting], deque[_Waiting]] = (deque(), deque())
        self._stands = [LOWER] * plan.chambers_count
        self._idle: dict[int, simpy.Event] = {}
        self._turning = [0, 0]
        for chamber in range(plan.chambers_count):
            env.process(self._work(chamber))

    def join(self, size: VesselSize, *, upward: bool) -> simpy.Event:
        """Queue on one side; the event fires when the vessel is out on the other."""
        side = LOWER if upward else UPPER
        out = self.env.event()
        self._queues[side].append(_Waiting(size, self.env.now, out))
        self._wake(side)
        return out

    def _wake(self, side: int) -> None:
        """Wake one idle chamber, one that stands on the right side if there is any."""
        if self._idle:
            chamber = min(self._idle, key=lambda c: (self._stands[c] != side, c))
            self._idle.pop(chamber).succeed()

    def _work(self, chamber: int) -> Process:
        """Run one chamber for ever."""
        while True:
            opening_s = self._opening_s(chamber)
            side = self._next_side(self._stands[chamber])
            if side is None:
                self._idle[chamber] = self.env.event()
                yield self._idle[chamber]
            elif opening_s > self.env.now:
                yield self.env.timeout(opening_s - self.env.now)
            elif side != self._stands[chamber]:
                self._turning[side] += 1
                yield self.env.timeout(self._plan.turn_s)
                self._turning[side] -= 1
                self._stands[chamber] = side
                # who came here in the meantime went with another chamber, or goes with this one
                if self._queues[side]:
                    yield from self._lockage(chamber)
            else:
                yield from self._lockage(chamber)

    def _next_side(self, stands: int) -> int | None:
        """Return the side that a chamber serves next: its own if anybody waits, else where one is missing."""
        if self._queues[stands]:
            return stands
        other = 1 - stands
        return other if len(self._queues[other]) > self._turning[other] else None

    def _opening_s(self, chamber: int) -> float:
        """Return when the next lockage may begin: in the hours of the lock and outside its closures."""
        plan, time_s = self._plan, self.env.now
        outage = plan.outages[chamber] if chamber < len(plan.outages) else None
        while True:
            day_s, of_day_s = divmod(time_s, SECONDS_PER_DAY)
            day_s *= SECONDS_PER_DAY
            if of_day_s < plan.open_s:
                time_s = day_s + plan.open_s
            elif of_day_s >= plan.close_s:
                time_s = day_s + SECONDS_PER_DAY + plan.open_s
            open_s = outage.open_s(time_s) if outage else time_s
            if open_s == time_s:
                return time_s
            time_s = open_s

    def _lockage(self, chamber: int) -> Process:
        """Take the vessels of one side through."""
        plan, side, start_s = self._plan, self._stands[chamber], self.env.now
        queue = self._queues[side]
        count, length_m, width_m = fill_chamber(plan, (w.size for w in queue))
        aboard = [queue.popleft() for _ in range(count)]
        duration_s = plan.lockage_s(count)
        for vessel in aboard:
            wait_s = start_s - vessel.arrive_s
            self._waits.append(WaitRecord(plan.facility, vessel.arrive_s, wait_s, duration_s, 1.0 / count))
        self._lockages.append(
            LockageRecord(
                plan.facility, chamber, start_s, start_s + duration_s, side == LOWER, count, length_m, width_m
            )
        )
        if queue:
            self._wake(side)
        yield self.env.timeout(duration_s - (count - 1) * plan.interval_s)
        aboard[0].out.succeed()
        for vessel in aboard[1:]:
            yield self.env.timeout(plan.interval_s)
            vessel.out.succeed()
        self._stands[chamber] = 1 - side


def fill_chamber(plan: LockPlan, queue: Iterable[VesselSize]) -> tuple[int, float, float]:
    """Find how many vessels of a queue go into a chamber together.

    Vessels lie in lanes, one behind the other. A vessel goes into the first lane whose first vessel is at least as
    wide and that has room behind the last; else it begins a lane beside them, if there is room. The first that finds
    no place ends it: nobody is overtaken. A vessel without known size goes alone.

    Parameters
    ----------
    plan
        The lock; each vessel takes its length and its beam plus the margin.
    queue
        Vessels in the order of arrival; the first always goes.

    Returns
    -------
    Vessels, length of the longest lane and width of all lanes together. [-], [m], [m]
    """
    lanes: list[list[float]] = []
    count, used_m = 0, 0.0
    for size in queue:
        length_m, beam_m = size.length_m + plan.margin_m, size.beam_m + plan.margin_m
        if count and not (plan.length_m and size.length_m):
            break
        lane = next((w for w in lanes if w[1] >= beam_m and w[0] + length_m <= plan.length_m), None)
        if lane:
            lane[0] += length_m
        elif not lanes or (used_m + beam_m <= plan.width_m and length_m <= plan.length_m):
            lanes.append([length_m, beam_m])
            used_m += beam_m
        else:
            break
        count += 1
        if not (plan.length_m and size.length_m):
            break
    return count, max(lane[0] for lane in lanes), used_m

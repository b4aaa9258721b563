"""Storages and fleets: something that is taken for a time nobody knows beforehand, and given back."""

from collections import deque
from collections.abc import Generator, Mapping
from typing import Any

import simpy

from transport_sim.simulation.records import WaitLog, WaitRecord

Process = Generator[simpy.Event, Any, None]

POOLS = ("storage", "drayage")
"""Kinds of facility whose visitors say themselves when they leave."""
APPOINTMENT = "appointment"
"""Kind of facility that is booked and not visited."""


class Pool:
    """A capacity in tonnes or trucks; who comes first is served first, even if a later one would already fit."""

    def __init__(self, env: simpy.Environment, facility: str, capacity: float, waits: WaitLog) -> None:
        self.env = env
        self._facility, self._capacity, self._free = facility, float(capacity), float(capacity)
        self._waits = waits
        self._queue: deque[tuple[float, int, simpy.Event]] = deque()
        self._held: dict[int, tuple[float, float, float]] = {}
        self._holders = 0

    def take(self, units: Mapping[int, float]) -> Process:
        """Wait until everything fits, and take it.

        Parameters
        ----------
        units
            What each of those who come together takes, by the number under which it is given back. If it is more
            than the whole capacity, everybody takes proportionally less.
        """
        arrive, wanted = self.env.now, sum(units.values())
        ratio = min(1.0, self._capacity / wanted) if wanted else 1.0
        wanted *= ratio
        if self._queue or wanted > self._free + TOLERANCE:
            turn = self.env.event()
            self._queue.append((wanted, len(units), turn))
            yield turn
        else:
            self._grant(wanted, len(units))
        for number, part in units.items():
            self._held[number] = arrive, self.env.now, part * ratio

    def give(self, number: int) -> None:
        """Give back what is held under a number; nothing if nothing is."""
        if number not in self._held:
            return
        arrive, start, units = self._held.pop(number)
        self._waits.append(WaitRecord(self._facility, arrive, start - arrive, self.env.now - start, units))
        self._holders -= 1
        self._free = self._free + units if self._holders else self._capacity  # no rounding error stays
        while self._queue and self._queue[0][0] <= self._free + TOLERANCE:
            wanted, holders, turn = self._queue.popleft()
            self._grant(wanted, holders)
            turn.succeed()

    def _grant(self, wanted: float, holders: int) -> None:
        self._free -= wanted
        self._holders += holders


TOLERANCE = 1e-6
"""What rounding may leave of a tonne or a truck."""

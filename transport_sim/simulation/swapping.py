"""Battery swap stations: vehicles leave an empty battery and take a full one; the empty one is charged for another."""

import heapq
import math
from bisect import insort
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces, PieceTable, charging_time_s
from transport_sim.simulation.charging import PowerRecord
from transport_sim.simulation.filling import Prices
from transport_sim.simulation.opening import ALL_DAY, until_open_s


@dataclass(frozen=True, slots=True)
class SwapPlan:
    """A place with a stock of batteries of one type."""

    station: str
    batteries_count: int
    """Batteries of the station, all full at the start."""
    chargers_count: int
    charger_kw: float
    """Power of one charger, at the battery. [kW]"""
    swap_s: float
    """How long a vehicle stands in the bay. [s]"""
    bays_count: int = 1
    battery: PieceTable | None = None
    """What its batteries take at which state of charge; needed by vehicles that state their charge."""
    full_soc: float = 1.0
    """State of charge at which a battery is ready. [-]"""
    open_s: tuple[float, float] = ALL_DAY
    """Time of day at which bays open and close; batteries are charged at any hour. [s]"""
    prices: Prices = ()
    """CNY per kWh, energy and service."""

    def missing(self, soc: float) -> Pieces:
        """Return what a battery at this state of charge lacks."""
        if self.battery is None:
            raise ValueError(f"{self.station}: nothing is known about its batteries")
        return self.battery.between(soc, self.full_soc)


class SwapRecord(NamedTuple):
    """One vehicle's visit."""

    station: str
    vehicle: int
    arrive_s: float
    start_s: float
    """Into the bay, with a full battery ready."""
    end_s: float
    energy_kwh: float
    """What the battery that it leaves behind lacks."""
    served: bool


class SwapStation:
    """One station; :meth:`swap` is what a vehicle's process asks.

    Vehicles are served in the order of arrival. Who comes next needs a free bay and a full battery, and keeps the bay
    free for nobody while no battery is ready. Empty batteries queue for a charger in the order in which they came.
    """

    def __init__(self, env: simpy.Environment, plan: SwapPlan) -> None:
        self.env, self.plan = env, plan
        self.swaps: list[SwapRecord] = []
        self.power: list[PowerRecord] = []
        self._full = plan.batteries_count
        self._bays = plan.bays_count
        self._chargers = list(range(plan.chargers_count))
        self._empty: deque[Pieces] = deque()
        self._waiting: deque[simpy.Event] = deque()
        self._busy_until: list[float] = []
        self._opens_soon = False

    @property
    def full_count(self) -> int:
        """Batteries that are ready."""
        return self._full

    def expected_wait_s(self, kind: str = "swap") -> float:
        """Return what a vehicle that looks now must expect to wait for a bay and a full battery.

        Batteries in the chargers are ready as planned, those that stand before them in their order; the vehicles ahead
        leave batteries that count for nothing yet. Infinite where there is nothing to swap. [s]
        """
        plan, now = self.plan, self.env.now
        if kind != "swap" or not (plan.batteries_count and plan.chargers_count and plan.bays_count):
            return math.inf
        closed_s = until_open_s(plan.open_s, now)
        lacking = len(self._waiting) + 1 - self._full
        bay_s = plan.swap_s * (len(self._waiting) + 1 - self._bays) / plan.bays_count if self._waiting else 0.0
        if not self._bays:
            bay_s = max(bay_s, plan.swap_s / 2.0)
        return max(closed_s, bay_s, self._ready_s(lacking) - now if lacking > 0 else 0.0)

    def _ready_s(self, number: int) -> float:
        """Return when so many more batteries will be ready, the last one standing for those not here yet."""
        free_at = sorted([self.env.now] * len(self._chargers) + self._busy_until)
        ready = list(self._busy_until)
        for pieces in self._empty:
            ready.append(free_at[0] + charging_time_s(pieces, self.plan.charger_kw))
            heapq.heapreplace(free_at, ready[-1])
        ready.sort()
        return ready[min(number, len(ready)) - 1] if ready else self.env.now + self.plan.swap_s

    def swap(self, vehicle: int, pieces: Pieces, *, patience_s: float = math.inf) -> Generator[simpy.Event, Any, bool]:
        """Queue, swap and leave; a vehicle that expects to wait longer than its patience goes at once.

        Parameters
        ----------
        vehicle
            Its number, for the records.
        pieces
            What the battery that it leaves behind lacks, as `SwapPlan.missing` gives it.
        patience_s
            Longest expected wait that it accepts. [s]

        Returns
        -------
        Whether it has a full battery.
        """
        plan, arrive, missing_kwh = self.plan, self.env.now, sum(kwh for kwh, _ in pieces)
        wait_s = self.expected_wait_s()
        if wait_s == math.inf or wait_s > patience_s:
            self.swaps.append(SwapRecord(plan.station, vehicle, arrive, arrive, arrive, 0.0, served=False))
            return False
        turn = self.env.event()
        self._waiting.append(turn)
        self._serve()
        if not turn.triggered:
            yield turn
        start = self.env.now
        yield self.env.timeout(plan.swap_s)
        self._bays += 1
        self._empty.append(pieces)
        self._charge()
        self._serve()
        self.swaps.append(SwapRecord(plan.station, vehicle, arrive, start, self.env.now, missing_kwh, served=True))
        return True

    def _serve(self) -> None:
        closed_s = until_open_s(self.plan.open_s, self.env.now) if self._waiting else 0.0
        if closed_s:
            if not self._opens_soon:
                self._opens_soon = True
                self.env.timeout(closed_s).callbacks.append(lambda _: self._open())
            return
        while self._waiting and self._full and self._bays:
            self._full -= 1
            self._bays -= 1
            self._waiting.popleft().succeed()

    def _open(self) -> None:
        self._opens_soon = False
        self._serve()

    def _charge(self) -> None:
        while self._empty and self._chargers:
            charger, pieces = self._chargers.pop(), self._empty.popleft()
            at, duration_s = self.env.now, charging_time_s(pieces, self.plan.charger_kw)
            for kwh, kw in pieces:
                power_kw = min(kw, self.plan.charger_kw)
                to = at + charging_time_s(((kwh, power_kw),), power_kw)
                self.power.append(PowerRecord(self.plan.station, charger, at, to, power_kw))
                at = to
            insort(self._busy_until, self.env.now + duration_s)
            done = self.env.timeout(duration_s, charger)
            done.callbacks.append(self._charged)

    def _charged(self, done: simpy.Event) -> None:
        charger: Any = done.value
        self._chargers.append(charger)
        del self._busy_until[0]
        self._full += 1
        self._charge()
        self._serve()

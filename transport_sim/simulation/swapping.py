"""Battery swap stations: vehicles leave an empty battery and take a full one; the empty one is charged for another."""

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces, charging_time_s
from transport_sim.simulation.charging import PowerRecord


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

    @property
    def full_count(self) -> int:
        """Batteries that are ready."""
        return self._full

    def swap(
        self, vehicle: int, pieces: Pieces, *, patience_count: float = math.inf
    ) -> Generator[simpy.Event, Any, bool]:
        """Queue, swap and leave; a vehicle that finds more waiting than it accepts goes at once.

        Parameters
        ----------
        vehicle
            Its number, for the records.
        pieces
            What the battery that it leaves behind lacks, as `energy.battery.charge_pieces` gives it.
        patience_count
            Most vehicles that it lets wait in front of it, those that no full battery is ready for. [-]

        Returns
        -------
        Whether it has a full battery.
        """
        arrive, missing_kwh = self.env.now, sum(kwh for kwh, _ in pieces)
        nothing_ready = not self.plan.batteries_count or not self.plan.bays_count
        if nothing_ready or (len(self._waiting) >= patience_count and not (self._full and self._bays)):
            self.swaps.append(SwapRecord(self.plan.station, vehicle, arrive, arrive, arrive, 0.0, served=False))
            return False
        turn = self.env.event()
        self._waiting.append(turn)
        self._serve()
        if not turn.triggered:
            yield turn
        start = self.env.now
        yield self.env.timeout(self.plan.swap_s)
        self._bays += 1
        self._empty.append(pieces)
        self._charge()
        self._serve()
        self.swaps.append(SwapRecord(self.plan.station, vehicle, arrive, start, self.env.now, missing_kwh, served=True))
        return True

    def _serve(self) -> None:
        while self._waiting and self._full and self._bays:
            self._full -= 1
            self._bays -= 1
            self._waiting.popleft().succeed()

    def _charge(self) -> None:
        while self._empty and self._chargers:
            charger, pieces = self._chargers.pop(), self._empty.popleft()
            at, duration_s = self.env.now, charging_time_s(pieces, self.plan.charger_kw)
            for kwh, kw in pieces:
                power_kw = min(kw, self.plan.charger_kw)
                to = at + charging_time_s(((kwh, power_kw),), power_kw)
                self.power.append(PowerRecord(self.plan.station, charger, at, to, power_kw))
                at = to
            done = self.env.timeout(duration_s, charger)
            done.callbacks.append(self._charged)

    def _charged(self, done: simpy.Event) -> None:
        charger: Any = done.value
        self._chargers.append(charger)
        self._full += 1
        self._charge()
        self._serve()

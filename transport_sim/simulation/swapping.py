"""Battery swap stations: vehicles leave an empty battery and take a full one; the empty one is charged for another."""

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces, PieceTable
from transport_sim.simulation.charging import ChargingStation, PlugPlan, Prices, StationPlan
from transport_sim.simulation.opening import ALL_DAY, until_open_s
from transport_sim.simulation.power_sharing import TimedPower

BATTERY = "battery"
"""Kind of the plugs at which batteries are charged."""


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
    feeder_kw: float = math.inf
    """What the transformer gives, at the batteries. [kW]"""
    open_s: tuple[float, float] = ALL_DAY
    """Time of day at which bays open and close; batteries are charged at any hour. [s]"""
    limits: TimedPower = ()
    """Time of day [s] from which another limit [kW] holds, every day, ascending."""
    prices: Prices = ()
    """CNY per kWh, energy and service."""

    @property
    def chargers(self) -> StationPlan:
        """The station as its batteries see it."""
        plugs = (PlugPlan(BATTERY, self.charger_kw, self.chargers_count),)
        return StationPlan(self.station, plugs, self.feeder_kw, limits=self.limits)

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
    free for nobody while no battery is ready. Empty batteries queue for a charger in the order in which they came, and
    share power as vehicles at plugs do.
    """

    def __init__(self, env: simpy.Environment, plan: SwapPlan) -> None:
        self.env, self.plan = env, plan
        self.swaps: list[SwapRecord] = []
        self.chargers = ChargingStation(env, plan.chargers)
        """Where batteries are charged, under the number of the vehicle that left them."""
        self._full = plan.batteries_count
        self._bays = plan.bays_count
        self._waiting: deque[simpy.Event] = deque()
        self._opens_soon = False

    @property
    def full_count(self) -> int:
        """Batteries that are ready."""
        return self._full

    def expected_wait_s(self, kind: str = "swap") -> float:
        """Return what a vehicle that looks now must expect to wait for a bay and a full battery.

        Batteries at the chargers and before them are ready as planned; vehicles ahead leave batteries that count for
        nothing yet. Infinite where there is nothing to swap. [s]
        """
        plan, now = self.plan, self.env.now
        if kind != "swap" or not (plan.batteries_count and plan.bays_count and plan.chargers_count):
            return math.inf
        ahead = len(self._waiting)
        bay_s = 0.0 if self._bays > ahead else plan.swap_s * (ahead - self._bays + 1) / plan.bays_count
        lacking, ready_s = ahead + 1 - self._full, 0.0
        if lacking > 0:
            ends = self.chargers.ends_s(BATTERY)
            # batteries that stand in the bays or come with those ahead are not at the chargers yet
            ready_s = ends[min(lacking, len(ends)) - 1] - now if ends else plan.swap_s
        return max(until_open_s(plan.open_s, now), bay_s, ready_s)

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
        plan, arrive = self.plan, self.env.now
        nothing = not (plan.batteries_count and plan.bays_count and plan.chargers_count)
        if nothing or (patience_s < math.inf and self.expected_wait_s() > patience_s):
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
        self.env.process(self._charge(vehicle, pieces))
        self._serve()
        missing_kwh = sum([kwh for kwh, _ in pieces])
        self.swaps.append(SwapRecord(plan.station, vehicle, arrive, start, self.env.now, missing_kwh, served=True))
        return True

    def _charge(self, vehicle: int, pieces: Pieces) -> Generator[simpy.Event, Any, None]:
        """Make a battery ready again."""
        yield from self.chargers.charge(vehicle, pieces, kind=BATTERY)
        self._full += 1
        self._serve()

    def _serve(self) -> None:
        if not self._waiting:
            return
        closed_s = until_open_s(self.plan.open_s, self.env.now)
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

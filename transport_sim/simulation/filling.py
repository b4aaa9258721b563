"""Filling stations for LNG and hydrogen: dispensers of a rate, and a tank that deliveries fill up."""

import heapq
import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import simpy

from transport_sim.simulation.charging import Prices
from transport_sim.simulation.opening import ALL_DAY, MOMENT_S, until_open_s
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class FillPlan:
    """A place with dispensers of one fuel."""

    station: str
    fuel: str
    dispensers_count: int
    rate_kg_per_min: float
    connect_s: float = 0.0
    """Time beside the flow: connecting, paying. [s]"""
    storage_kg: float = math.inf
    """Tank, full at the start. [kg]"""
    deliveries: tuple[tuple[float, float], ...] = ()
    """Time of day [s] and amount [kg] of each delivery, every day, ascending; what the tank cannot take is left out."""
    open_s: tuple[float, float] = ALL_DAY
    prices: Prices = ()
    """CNY per kg."""

    def filling_s(self, amount_kg: float) -> float:
        """Return how long a vehicle stands at the dispenser. [s]."""
        return self.connect_s + amount_kg / self.rate_kg_per_min * SECONDS_PER_MINUTE


class FillRecord(NamedTuple):
    """One vehicle's visit."""

    station: str
    kind: str
    vehicle: int
    arrive_s: float
    start_s: float
    end_s: float
    amount_kg: float
    served: bool


class FillingStation:
    """One station; :meth:`fill` is what a vehicle's process asks.

    Vehicles are served in the order of arrival. Who comes next needs a free dispenser and all of its fuel in the tank.
    """

    def __init__(self, env: simpy.Environment, plan: FillPlan) -> None:
        self.env, self.plan = env, plan
        self.fills: list[FillRecord] = []
        self._tank_kg, self._delivered_until_s = plan.storage_kg, env.now
        self._free = plan.dispensers_count
        self._ends_s: list[float] = []
        self._waiting: deque[tuple[simpy.Event, float]] = deque()
        self._alarm_s = -1.0

    def expected_wait_s(self, kind: str) -> float:
        """Return what a vehicle that looks at the station now must expect to wait for this fuel.

        Infinite where there is none of it. An empty tank counts until its next delivery. [s]
        """
        if kind != self.plan.fuel or not self.plan.dispensers_count:
            return math.inf
        now = self.env.now
        closed_s = until_open_s(self.plan.open_s, now)
        if not self._waiting and self._free:
            return closed_s
        free_at = sorted([now] * self._free + self._ends_s)
        for _, amount_kg in self._waiting:
            heapq.heapreplace(free_at, max(free_at[0], now) + self.plan.filling_s(amount_kg))
        tank_s = self._next_delivery_s() - now if self._waiting and self._waiting[0][1] > self._level_kg() else 0.0
        return max(free_at[0] - now, closed_s, tank_s)

    def fill(
        self, vehicle: int, amount_kg: float, *, patience_s: float = math.inf
    ) -> Generator[simpy.Event, Any, bool]:
        """Queue, fill up and leave; whoever expects to wait longer than its patience, or wants too much, goes at once.

        Parameters
        ----------
        vehicle
            Its number, for the records.
        amount_kg
            Fuel. [kg]
        patience_s
            Longest expected wait that it accepts. [s]

        Returns
        -------
        Whether it has its fuel.
        """
        plan, arrive = self.plan, self.env.now
        if amount_kg <= 0.0:
            return True
        if not self._can_ever_give(amount_kg) or self.expected_wait_s(plan.fuel) > patience_s:
            self.fills.append(FillRecord(plan.station, plan.fuel, vehicle, arrive, arrive, arrive, 0.0, served=False))
            return False
        turn = self.env.event()
        self._waiting.append((turn, amount_kg))
        self._serve()
        if not turn.triggered:
            yield turn
        start = self.env.now
        end = start + plan.filling_s(amount_kg)
        heapq.heappush(self._ends_s, end)
        yield self.env.timeout(end - start)
        heapq.heappop(self._ends_s)
        self._free += 1
        self._serve()
        self.fills.append(FillRecord(plan.station, plan.fuel, vehicle, arrive, start, end, amount_kg, served=True))
        return True

    def _can_ever_give(self, amount_kg: float) -> bool:
        """Tell whether the tank will hold so much for a vehicle that joins the queue now."""
        if not self.plan.dispensers_count or amount_kg > self.plan.storage_kg:
            return False
        if any(kg > 0.0 for _, kg in self.plan.deliveries):
            return True
        return self._level_kg() >= amount_kg + sum(kg for _, kg in self._waiting)

    def _level_kg(self) -> float:
        """Bring the tank up to now and return what is in it."""
        now = self.env.now
        if self.plan.deliveries and now > self._delivered_until_s:
            days = range(int(self._delivered_until_s // SECONDS_PER_DAY), int(now // SECONDS_PER_DAY) + 1)
            for at, kg in ((day * SECONDS_PER_DAY + at, kg) for day in days for at, kg in self.plan.deliveries):
                if self._delivered_until_s < at <= now + MOMENT_S:
                    self._tank_kg = min(self._tank_kg + kg, self.plan.storage_kg)
            self._delivered_until_s = now + MOMENT_S
        return self._tank_kg

    def _next_delivery_s(self) -> float:
        now = self.env.now
        day = now // SECONDS_PER_DAY * SECONDS_PER_DAY
        later = (day + extra + at for extra in (0.0, SECONDS_PER_DAY) for at, _ in self.plan.deliveries)
        return min((at for at in later if at > now + MOMENT_S), default=math.inf)

    def _serve(self) -> None:
        closed_s = until_open_s(self.plan.open_s, self.env.now)
        while self._waiting and self._free and not closed_s:
            turn, amount_kg = self._waiting[0]
            if self._level_kg() < amount_kg:
                break
            self._waiting.popleft()
            self._tank_kg -= amount_kg
            self._free -= 1
            turn.succeed()
        if self._waiting and self._free:
            self._come_back(self.env.now + closed_s if closed_s else self._next_delivery_s())

    def _come_back(self, at_s: float) -> None:
        """Look again when the doors open or fuel arrives; once is enough."""
        if self._alarm_s <= self.env.now < at_s < math.inf:
            self._alarm_s = at_s
            self.env.timeout(at_s - self.env.now).callbacks.append(lambda _: self._serve())

"""All stations of a run by name: where vehicles charge, swap or fill up."""

import math
from bisect import bisect_right
from collections.abc import Generator, Sequence
from itertools import chain
from typing import Any

import simpy

from transport_sim.charge import Pieces
from transport_sim.simulation.charging import ChargingStation, SessionRecord, StationPlan
from transport_sim.simulation.filling import FillingStation, FillPlan, FillRecord
from transport_sim.simulation.swapping import SwapPlan, SwapRecord, SwapStation
from transport_sim.units import SECONDS_PER_DAY

Plan = StationPlan | SwapPlan | FillPlan
Visit = Generator[simpy.Event, Any, bool]
"""`served = yield from visit` in a vehicle's process."""


class Stations:
    """Every station of a run; a name that is none, or none of that sort, serves nobody."""

    def __init__(self, env: simpy.Environment, plans: Sequence[Plan]) -> None:
        self.env = env
        self.plans = {plan.station: plan for plan in plans}
        self.charging = {p.station: ChargingStation(env, p) for p in plans if isinstance(p, StationPlan)}
        self.swapping = {p.station: SwapStation(env, p) for p in plans if isinstance(p, SwapPlan)}
        self.filling = {p.station: FillingStation(env, p) for p in plans if isinstance(p, FillPlan)}
        self.refused: list[SessionRecord] = []
        """Visits to names that are no station."""
        self._looked_at: dict[str, ChargingStation | SwapStation | FillingStation] = {
            **self.charging,
            **self.swapping,
            **self.filling,
        }

    @property
    def sessions(self) -> list[SessionRecord]:
        """Every charge at a plug, by station, and every vehicle turned away there."""
        return [*chain.from_iterable(station.sessions for station in self.charging.values()), *self.refused]

    @property
    def swaps(self) -> list[SwapRecord]:
        """Every swap, by station, and every vehicle turned away there."""
        return list(chain.from_iterable(station.swaps for station in self.swapping.values()))

    @property
    def fills(self) -> list[FillRecord]:
        """Every filling, by station, and every vehicle turned away there."""
        return list(chain.from_iterable(station.fills for station in self.filling.values()))

    @property
    def batteries(self) -> list[SessionRecord]:
        """Every charge of a battery of a swap station, under the number of the vehicle that left it."""
        return list(chain.from_iterable(station.chargers.sessions for station in self.swapping.values()))

    @property
    def outlets(self) -> list[ChargingStation]:
        """Everything that draws power: stations with plugs, and the chargers of swap stations."""
        return [*self.charging.values(), *(station.chargers for station in self.swapping.values())]

    def charge(self, station: str, vehicle: int, pieces: Pieces, *, kind: str, patience_s: float = math.inf) -> Visit:
        """Queue for a plug of a kind, charge and leave; `yield from` it, True if charged."""
        found = self.charging.get(station)
        if found is None:
            return self._refuse(station, vehicle, kind)
        return found.charge(vehicle, pieces, kind=kind, patience_s=patience_s)

    def swap(self, station: str, vehicle: int, soc: float, *, patience_s: float = math.inf) -> Visit:
        """Queue and swap the battery; `yield from` it.

        If True, the vehicle leaves with the `full_soc` of the station's plan, and has taken up the difference.
        """
        found = self.swapping.get(station)
        if found is None:
            return self._refuse(station, vehicle, "swap")
        return found.swap(vehicle, found.plan.missing(soc), patience_s=patience_s)

    def fill(self, station: str, vehicle: int, amount_kg: float, *, patience_s: float = math.inf) -> Visit:
        """Queue for a dispenser and fill up; `yield from` it, True if it has its fuel."""
        found = self.filling.get(station)
        if found is None:
            return self._refuse(station, vehicle, "fuel")
        return found.fill(vehicle, amount_kg, patience_s=patience_s)

    def full_soc(self, station: str) -> float:
        """Return the state of charge with which a vehicle leaves a swap station. [-]."""
        return self.swapping[station].plan.full_soc

    def expected_wait_s(self, station: str, kind: str) -> float:
        """Return what a vehicle that looks now must expect to wait for a plug of a kind (or swap, lng, hydrogen). [s].

        Infinite where there is no such thing.
        """
        found = self._looked_at.get(station)
        return math.inf if found is None else found.expected_wait_s(kind)

    def price_cny_per_kwh(self, station: str, at_s: float) -> float:
        """Return energy and service at a time of the run; of fuels CNY per kg.

        0 where the station has no price, infinite where there is no station.
        """
        plan = self.plans.get(station)
        if plan is None:
            return math.inf
        prices = plan.prices
        if not prices:
            return 0.0
        return prices[bisect_right(prices, (at_s % SECONDS_PER_DAY, math.inf)) - 1][1]

    def _refuse(self, station: str, vehicle: int, kind: str) -> Visit:
        now = self.env.now
        self.refused.append(SessionRecord(station, kind, -1, vehicle, now, now, now, 0.0, served=False))
        return False
        yield

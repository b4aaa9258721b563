"""Taxis: rides in compiled code, charging and its queues in the event loop, both in one order of time.

The compiled part runs ahead of the event loop by the time that a driver needs to leave a station (`leaving_s`). Nothing
that happens at a station can reach the streets sooner, so what has been let happen there never has to be taken back
[1]_: who comes back from a station within the stretch has been announced before it begins. In the other direction
nothing is lost either, as a driver who looks for a station in that stretch enters the event loop at his own time.

References
----------
.. [1] Chandy, Misra, "Distributed simulation: a case study in design and verification of distributed programs", IEEE
   Transactions on Software Engineering SE-5, 1979; Bryant, MIT LCS TR-188, 1977 (conservative lookahead).
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import simpy

from transport_sim.simulation.charging import StationPlan
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.swapping import SwapPlan
from transport_sim.simulation.taxi_kernel import carry, enter, hour_of, rank
from transport_sim.simulation.taxi_plan import TaxiPlan
from transport_sim.simulation.taxi_state import (
    BACK,
    DONE,
    END,
    HANDED,
    LOW,
    OFF,
    SLOTS,
    STATION,
    Books,
    City,
    Market,
    books_of,
    fleet_of,
    new_city,
    with_one_call,
)
from transport_sim.units import SECONDS_PER_DAY

REASONS = ("low", "meal", "shift_end")
"""Words for LOW, MEAL and END."""
FLEET = "taxi"
SWAP = "swap"


class ChargeVisit(NamedTuple):
    """One driver's search for a station, from the moment he is no longer for hire until he is again."""

    vehicle: int
    shift: int
    """Position among all shifts; after the end of a shift, that shift."""
    reason: str
    """One of `REASONS`."""
    station: str
    """Where he charged, or the last one that he tried."""
    left_s: float
    free_until_s: float
    """Up to when he would not have worked anyway: his meal, or his next shift. [s]"""
    ready_s: float
    """When he has left the station, or given up. [s]"""
    back_s: float
    """When he is for hire again. [s]"""
    drive_km: float
    energy_kwh: float
    """0 if he gave up. [kWh]"""
    tried_count: int
    """Stations that he went to."""


@dataclass(frozen=True, eq=False)
class TaxiRecords:
    """What happened to taxis and passengers; complete once the event loop has ended."""

    plan: TaxiPlan
    city: City
    visits: list[ChargeVisit]

    @property
    def books(self) -> Books:
        """What happened to passengers and in shifts."""
        return books_of(self.city)

    @property
    def vehicles(self) -> list[VehicleRecord]:
        """The energy of each taxi; those that do not charge have no capacity."""
        plan, fleet = self.plan, fleet_of(self.city)
        taxi = np.repeat(np.arange(len(plan.technology)), np.diff(plan.shifts.first))
        km = np.bincount(taxi, self.books.km, len(plan.technology))
        size = plan.battery.capacity_kwh if plan.battery else math.inf
        return [
            VehicleRecord(FLEET, plan.first_vehicle + n, size, start / size, end / size, far, driven, charged)
            if electric
            else VehicleRecord(FLEET, plan.first_vehicle + n, 0.0, 0.0, 0.0, far, 0.0, 0.0)
            for n, (electric, start, end, far, driven, charged) in enumerate(
                zip(
                    plan.electric.tolist(),
                    plan.start_kwh.tolist(),
                    fleet.kwh.tolist(),
                    km.tolist(),
                    fleet.driven_kwh.tolist(),
                    fleet.charged_kwh.tolist(),
                    strict=True,
                )
            )
        ]


def start_taxis(env: simpy.Environment, stations: Stations, plan: TaxiPlan) -> TaxiRecords:
    """Start all taxis; the records fill while `env` runs.

    Parameters
    ----------
    env
        The event loop, at time 0.
    stations
        All stations of the run; those that the plan names and that have nothing for taxis serve none.
    plan
        Ways, requests, shifts and rules.
    """
    drivers = _Drivers(env, stations, plan)
    env.process(drivers.clock())
    return drivers.records


class _Drivers:
    """Hands taxis to and fro between compiled code and event loop."""

    def __init__(self, env: simpy.Environment, stations: Stations, plan: TaxiPlan) -> None:
        self.env, self.stations, self.plan = env, stations, plan
        self._offers, market = _market(stations, plan)
        self._city = new_city(plan, market)
        self._fleet, self._books, self._again = fleet_of(self._city), books_of(self._city), with_one_call(self._city)
        self.records = TaxiRecords(plan, self._city, [])
        self._back: list[tuple[int, int, float]] = []
        self._closed = False

    def clock(self) -> Generator[simpy.Event, Any, None]:
        """Let the streets run ahead, stretch by stretch."""
        rules, city = self.plan.rules, self._city
        while not self._closed:
            self._closed = self.env.now >= rules.horizon_s
            if self._back:
                taxis, states, at_s = zip(*self._back, strict=True)
                enter(city, np.array(taxis, np.int64), np.array(states, np.int64), np.array(at_s, np.float64))
                self._back.clear()
            until_s = math.inf if self._closed else self.env.now + rules.leaving_s
            carry(until_s, city)
            for row in range(int(city.counters[HANDED])):
                self.env.process(self._charge(row))
            yield self.env.timeout(rules.leaving_s)

    def _charge(self, row: int) -> Generator[simpy.Event, Any, None]:
        """Look for a station, go there and charge, or go on to another; then go back to work."""
        env, fleet, rules = self.env, self._fleet, self.plan.rules
        taxi, reason, left_s, until_s, later_cny = self._city.calls[row].item()
        yield env.timeout(left_s - env.now)
        tried: list[int] = []
        drive_km = charged_kwh = 0.0
        offer = self._cheapest(self._city, row, later_cny, tried)
        shift = int(fleet.shift[taxi]) - (reason == END)
        while offer >= 0:
            drive_s, km = self._drive_to(taxi, offer, shift)
            drive_km += km
            yield env.timeout(drive_s)
            tried.append(offer)
            is_empty = bool(fleet.kwh[taxi] <= rules.reserve_kwh)
            charged_kwh = yield from self._plug_in(taxi, offer, math.inf if is_empty else rules.station_patience_s)
            if charged_kwh > 0.0 or len(tried) >= rules.stations_tried_count:
                break
            rank(self._again, 0, taxi, env.now, until_s)
            offer = self._cheapest(self._again, 0, math.inf, tried)
        if tried and charged_kwh == 0.0 and fleet.kwh[taxi] <= rules.reserve_kwh:
            charged_kwh = yield from self._plug_in(taxi, tried[-1], math.inf)
        if charged_kwh == 0.0:
            fleet.look_again_s[taxi] = env.now + rules.look_again_s
        ready_s = env.now + rules.leaving_s
        back_s = self._return(taxi, reason, shift, ready_s, until_s)
        if tried:
            place = (self.plan.first_vehicle + taxi, shift, REASONS[reason], self._offers[tried[-1]][0])
            times = (left_s, until_s, ready_s, back_s)
            self.records.visits.append(ChargeVisit(*place, *times, drive_km, charged_kwh, len(tried)))

    def _cheapest(self, city: City, row: int, limit_cny: float, tried: list[int]) -> int:
        """Return the station of the least cost, its wait included; -1 if none costs less than the limit.

        Stations come in the order of what they cost without a wait, so the search ends where that exceeds the best.
        """
        rules, money_cny, work_s = self.plan.rules, city.money_cny[row], city.work_s[row]
        best, best_cny = -1, limit_cny
        for offer in map(int, city.order[row]):
            money, work = float(money_cny[offer]), float(work_s[offer])
            if not money + rules.cny_per_s * max(work, 0.0) < best_cny:
                break
            if offer not in tried:
                wait_s = self.stations.expected_wait_s(*self._offers[offer])
                cost = money + rules.cny_per_s * max(work + rules.wait_weight * wait_s, 0.0)
                if cost < best_cny:
                    best, best_cny = offer, cost
        return best

    def _drive_to(self, taxi: int, offer: int, shift: int) -> tuple[float, float]:
        """Book the way to a station; return its time and kilometres."""
        fleet, books, ways = self._fleet, self._books, self.plan.ways
        start, end = int(fleet.place[taxi]), int(self._city.stations["place"][offer])
        if start == end:
            return 0.0, 0.0
        hour = hour_of(self.env.now)
        time_s, km, kwh = float(ways.time_s[hour, start, end]), float(ways.km[start, end]), ways.kwh[hour, start, end]
        fleet.kwh[taxi] -= kwh
        fleet.driven_kwh[taxi] += kwh
        books.kwh[shift] += kwh
        books.charge_km[shift] += km
        fleet.place[taxi], fleet.zone[taxi] = end, self.plan.zones.zone_of_place[end]
        return time_s, km

    def _plug_in(self, taxi: int, offer: int, patience_s: float) -> Generator[simpy.Event, Any, float]:
        """Charge or swap; return the energy, 0 if the queue was too long. [kWh]."""
        fleet, battery, (name, kind) = self._fleet, self.plan.battery, self._offers[offer]
        assert battery is not None  # noqa: S101 - only electric taxis come here
        vehicle, soc = self.plan.first_vehicle + taxi, float(fleet.kwh[taxi]) / battery.capacity_kwh
        if kind == SWAP:
            energy_kwh = (self.stations.full_soc(name) - soc) * battery.capacity_kwh
            served = yield from self.stations.swap(name, vehicle, soc, patience_s=patience_s)
        else:
            pieces = battery.between(soc, self.plan.rules.target_kwh / battery.capacity_kwh)
            energy_kwh = sum(kwh for kwh, _ in pieces)
            served = yield from self.stations.charge(name, vehicle, pieces, kind=kind, patience_s=patience_s)
        if not served:
            return 0.0
        fleet.kwh[taxi] += energy_kwh
        fleet.charged_kwh[taxi] += energy_kwh
        return energy_kwh

    def _return(self, taxi: int, reason: int, shift: int, ready_s: float, until_s: float) -> float:
        """Announce when the taxi is for hire again, or on duty again after the end of a shift."""
        if reason == END and until_s == math.inf:
            self._back.append((taxi, DONE, math.inf))
            return ready_s
        back_s = ready_s if reason == LOW else max(ready_s, until_s)
        self._back.append((taxi, OFF if reason == END else BACK, back_s))
        if self._closed and reason != END:
            self._books.ended_s[shift] = back_s
        return back_s


def _market(stations: Stations, plan: TaxiPlan) -> tuple[list[tuple[str, str]], Market]:
    """Return name and kind of the stations that serve taxis, and what drivers know of them."""
    offers, rows = [], []
    strongest_kw = max(plan.battery.power_kw) if plan.battery else 0.0
    for number, name in enumerate(plan.stations if plan.battery else ()):
        found = stations.plans.get(name)
        if isinstance(found, StationPlan):
            kw = max((p.power_kw for p in found.plugs if p.kind == plan.plug_kind and p.count), default=0.0)
            offer = plan.plug_kind, min(kw, strongest_kw), 0.0
        elif isinstance(found, SwapPlan) and stations.expected_wait_s(name, SWAP) < math.inf:
            offer = SWAP, strongest_kw, found.swap_s
        else:
            continue
        if offer[1] > 0.0:
            offers.append((name, offer[0]))
            rows.append((number, *offer))
    numbers = np.array([row[0] for row in rows], dtype=np.int64)
    table = np.zeros(len(rows), STATION)
    table["place"] = plan.station_place[numbers]
    for n, (_, kind, power_kw, fixed_s) in enumerate(rows):
        table[n]["is_swap"], table[n]["power_kw"], table[n]["fixed_s"] = kind == SWAP, power_kw, fixed_s
    slots_s = np.arange(SLOTS) * (SECONDS_PER_DAY / SLOTS)
    price = np.array([[stations.price_cny_per_kwh(name, at_s) for name, _ in offers] for at_s in slots_s.tolist()])
    return offers, Market(
        stations=table,
        price_cny_per_kwh=price.reshape(SLOTS, len(offers)).astype(np.float64),
        lowest_cny_per_kwh=price.min(axis=1) if offers else np.zeros(SLOTS),
        taste_cny=np.ascontiguousarray(plan.taste_cny[:, numbers]),
    )

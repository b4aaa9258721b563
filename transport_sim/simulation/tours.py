"""Vehicles on tours: they drive from stop to stop, charge at their depot or where the way demands it, and come back.

Nobody leaves for a tour that the battery cannot last for with all charges on the way: such a tour is reported with what
is missing. A tour that could not begin on its day is given up too.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.shore import VoyageRecord, start_vessels
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.tour_plan import (
    PrivateCharging,
    PrivateRecord,
    Tour,
    TourFleet,
    TourPlan,
    TourRecord,
    TourVehicle,
)
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

Process = Generator[simpy.Event, Any, Any]
HOURS = 24
SLACK = 1e-9
TRIES = 2
"""Stations that a vehicle leaves because of their queue before it waits in one. Assumption. [-]"""


@dataclass
class TourRecords:
    """What vehicles on tours leave behind; complete when the simulation has ended."""

    tours: list[TourRecord] = field(default_factory=list)
    vehicles: list[VehicleRecord] = field(default_factory=list)
    """Energy balances. Vehicles with engines have a battery of nothing; a private car has one for each charge."""
    private: list[PrivateRecord] = field(default_factory=list)
    voyages: list[VoyageRecord] = field(default_factory=list)


def start_tours(env: simpy.Environment, stations: Stations, plan: TourPlan) -> TourRecords:
    """Start the processes of all vehicles; who needs no energy from stations drives without one.

    Parameters
    ----------
    env
        The clock.
    stations
        All stations of the run.
    plan
        Vehicles and tours.

    Returns
    -------
    Records that fill up while the simulation runs.
    """
    records = TourRecords()
    for vehicle in plan.vehicles:
        fleet = plan.fleets[vehicle.group]
        if fleet.ways is None:
            _drive_freely(plan, fleet, vehicle, records)
        else:
            env.process(_Driver(env, stations, plan, vehicle, records).run())
    if plan.private is not None:
        env.process(_private_cars(env, stations, plan.private, records))
    records.voyages = start_vessels(env, stations, plan.vessel_groups, plan.vessels, records.vehicles).voyages
    return records


def _hour(at_s: float) -> int:
    return int(at_s // SECONDS_PER_HOUR) % HOURS


def _drive_freely(plan: TourPlan, fleet: TourFleet, vehicle: TourVehicle, records: TourRecords) -> None:
    """Note the tours of a vehicle that waits for nobody."""
    now = whole_km = 0.0
    for tour in vehicle.tours:
        start = max(now, tour.depart_s)
        if start >= (tour.day + 1) * SECONDS_PER_DAY:
            records.tours.append(_record(vehicle, tour, start, start, served=False))
            continue
        now, km = start, 0.0
        for n in range(1, len(tour.places)):
            here, there = tour.places[n - 1], tour.places[n]
            now += plan.time_s.item(_hour(now), here, there) + tour.service_s[n]
            km += plan.distance_km.item(here, there)
        stops = len(tour.places) - 2
        now, km = now + stops * fleet.local_s, km + stops * fleet.local_km
        whole_km += km
        records.tours.append(_record(vehicle, tour, start, now, km=km))
    records.vehicles.append(_without_battery(fleet, vehicle, whole_km))


def _without_battery(fleet: TourFleet, vehicle: TourVehicle, km: float) -> VehicleRecord:
    return VehicleRecord(fleet.fleet, vehicle.number, 0.0, 0.0, 0.0, km, 0.0, 0.0)


def _record(
    vehicle: TourVehicle, tour: Tour, start_s: float, end_s: float, *, km: float = 0.0, served: bool = True
) -> TourRecord:
    stops = max(len(tour.places) - 2, 0)
    fixed = (vehicle.group, vehicle.number, tour.number, tour.day, stops, tour.depart_s, start_s, end_s)
    return TourRecord(*fixed, km, 0.0, 0, 0.0, served, 0.0)


class _Driver:
    """One vehicle that counts its energy."""

    def __init__(
        self, env: simpy.Environment, stations: Stations, plan: TourPlan, vehicle: TourVehicle, records: TourRecords
    ) -> None:
        self.env, self.stations, self.plan, self.vehicle, self.records = env, stations, plan, vehicle, records
        self.fleet = plan.fleets[vehicle.group]
        ways = self.fleet.ways
        if ways is None:
            raise ValueError("a vehicle that counts its energy needs that of its ways")
        self.ways = ways
        self.level = vehicle.start_soc * self.fleet.capacity
        self.place = vehicle.tours[0].places[0] if vehicle.tours else 0
        self.km = self.used = self.got = self.waited_s = 0.0
        self.charges = 0

    def run(self) -> Process:
        """Drive all tours, each after the one before."""
        tours = self.vehicle.tours
        for number, tour in enumerate(tours):
            if tour.depart_s > self.env.now:
                yield self.env.timeout(tour.depart_s - self.env.now)
            before = self.km, self.used, self.charges, self.waited_s
            start = self.env.now
            in_time = start < (tour.day + 1) * SECONDS_PER_DAY
            missing, served = (yield from self._tour(tour)) if in_time else (0.0, False)
            end = self.env.now
            yield from self._afterwards(tour, tours[number + 1] if number + 1 < len(tours) else None)
            after = self.km, self.used, self.charges, self.waited_s
            km, used, charges, waited_s = (b - a for a, b in zip(before, after, strict=True))
            record = _record(self.vehicle, tour, start, end, km=km, served=served)
            self.records.tours.append(
                record._replace(energy=used, charges=int(charges), waited_s=waited_s, missing=missing)
            )
        fleet, vehicle = self.fleet, self.vehicle
        if fleet.supply == "fill":
            self.records.vehicles.append(_without_battery(fleet, vehicle, self.km))
            return
        sums = vehicle.start_soc, self.level / fleet.capacity, self.km, self.used, self.got
        self.records.vehicles.append(VehicleRecord(fleet.fleet, vehicle.number, fleet.capacity, *sums))

    @property
    def _left(self) -> float:
        """What there is beyond the reserve."""
        return self.level - self.fleet.reserve_soc * self.fleet.capacity

    def _at_end(self, tour: Tour) -> float:
        """Return what must be left beyond the reserve after a tour: the way to a station.

        Nothing if it charges at its base, or does not come back to it: then it has a plug of its own where it ends.
        """
        fleet, places = self.fleet, tour.places
        goes_on = fleet.en_route and len(self.ways.at) > 0 and not fleet.depot and places[-1] == places[0]
        return float(self.ways.escape[places[-1]]) if goes_on else 0.0

    def _whole(self, tour: Tour) -> float:
        """Return what a tour needs beyond the reserve without a charge."""
        places, most = tour.places, self.ways.most.item
        legs = sum([most(places[n - 1], places[n]) for n in range(1, len(places))])
        return legs + (len(places) - 2) * self.fleet.local_energy + self._at_end(tour)

    def _needs(self, tour: Tour) -> list[float]:
        """Return what must be left beyond the reserve at each place: for the rest of the tour, or a station."""
        most, places = self.ways.most, tour.places
        rest = self._at_end(tour)
        found = [rest]
        for n in range(len(places) - 2, -1, -1):
            local = self.fleet.local_energy if n else 0.0
            rest += most.item(places[n], places[n + 1]) + local
            found.append(min(rest, float(self.ways.escape[places[n]]) + local))
        return found[::-1]

    def _lasts(self, tour: Tour) -> bool:
        """Tell whether there is enough for a tour without a charge."""
        return self._whole(tour) <= self._left + SLACK * self.fleet.capacity

    def _tour(self, tour: Tour) -> Generator[simpy.Event, Any, tuple[float, bool]]:
        """Drive a tour, with charges on the way if it needs any; return what is missing, and whether it was driven.

        Who gets stuck all the same, because all plugs on the way failed it, is towed to its base.
        """
        if self._lasts(tour):
            yield from self._at_once(tour)
            return 0.0, True
        if not self.fleet.en_route:
            return self._whole(tour) - self._left, False
        needs = self._needs(tour)
        missing = self._shortfall(tour, needs)
        if missing > 0.0:
            return missing, False
        for n in range(1, len(tour.places)):
            if not (yield from self._reach(tour.places[n], needs[n])):
                missing = self.ways.lacking(self.place, tour.places[n], self._left, needs[n])
                self.place = tour.places[0]
                return missing, False
            if n + 1 < len(tour.places):
                yield from self._stop(tour.service_s[n])
        return 0.0, True

    def _shortfall(self, tour: Tour, needs: list[float]) -> float:
        """Return by how much the battery falls short of the longest stretch of a tour."""
        places = tour.places
        full = self.ways.usable
        levels = (self._left if n == 1 else full for n in range(1, len(places)))
        return max(
            self.ways.lacking(places[n - 1], places[n], level, needs[n])
            for n, level in zip(range(1, len(places)), levels, strict=True)
        )

    def _at_once(self, tour: Tour) -> Process:
        """Drive a whole tour without a charge, as one event."""
        now, used, km = self.env.now, 0.0, 0.0
        time_s, energy, distance_km = self.plan.time_s, self.ways.energy, self.plan.distance_km
        fleet, stops = self.fleet, len(tour.places) - 2
        for n in range(1, len(tour.places)):
            here, there, hour = tour.places[n - 1], tour.places[n], _hour(now)
            now += time_s.item(hour, here, there) + tour.service_s[n]
            used += energy.item(hour, here, there)
            km += distance_km.item(here, there)
        now += stops * fleet.local_s
        self._spend(used + stops * fleet.local_energy, km + stops * fleet.local_km)
        self.place = tour.places[-1]
        yield self.env.timeout(now - self.env.now)

    def _spend(self, energy: float, km: float) -> None:
        self.level -= energy
        self.used += energy
        self.km += km

    def _go(self, there: int) -> Process:
        """Drive to a place that the battery lasts for."""
        hour, here = _hour(self.env.now), self.place
        self._spend(self.ways.energy.item(hour, here, there), self.plan.distance_km.item(here, there))
        self.place = there
        yield self.env.timeout(self.plan.time_s.item(hour, here, there))

    def _stop(self, service_s: float) -> Process:
        self._spend(self.fleet.local_energy, self.fleet.local_km)
        yield self.env.timeout(service_s + self.fleet.local_s)

    def _reach(self, there: int, after: float, *, by_station: bool = False) -> Generator[simpy.Event, Any, bool]:
        """Drive to a place, over stations if it must be, or if it is asked for; False if it cannot be reached.

        Who finds a longer wait than it accepts goes to another station; where there is none, and after a few, it waits.
        """
        left: set[int] = set()
        here: set[int] = set()  # the stations where it has just charged: doing so again leads nowhere
        while by_station or self.ways.most.item(self.place, there) + after > self._left + SLACK * self.fleet.capacity:
            patience_s = self.fleet.patience_s if len(left) < TRIES else math.inf
            station = self._next_station(there, after, left | here)
            if station is None:
                station, patience_s = self._next_station(there, after, here), math.inf
            if station is None:
                return False
            yield from self._go(int(self.ways.at[station]))
            if (yield from self._charge(self.ways.names[station], patience_s)):
                left, by_station = set(), False
                here = set(np.flatnonzero(self.ways.at == self.place).tolist())
            elif patience_s == math.inf:
                return False
            else:
                left.add(station)
        yield from self._go(there)
        return True

    def _next_station(self, there: int, after: float, without: set[int]) -> int | None:
        kind, names = self.fleet.plug_kind, self.ways.names

        def wait_s(station: int) -> float:
            return self.stations.expected_wait_s(names[station], kind)

        hour = _hour(self.env.now)
        route = self.ways.route(self.place, there, self._left, after, hour=hour, wait_s=wait_s, without=without)
        return None if route is None else route[0]

    def _charge(self, station: str, patience_s: float = math.inf) -> Generator[simpy.Event, Any, bool]:
        """Get energy at a station up to the usual level; False if it came to nothing."""
        fleet, number = self.fleet, self.vehicle.number
        wanted = fleet.target_soc * fleet.capacity - self.level
        if wanted <= SLACK * fleet.capacity:
            return True
        soc = max(self.level, 0.0) / fleet.capacity
        visits: list[Any]
        if fleet.supply == "fill":
            if not (yield from self.stations.fill(station, number, wanted, patience_s=patience_s)):
                return False
            visits = self.stations.filling[station].fills
        elif fleet.supply == "swap":
            if not (yield from self.stations.swap(station, number, soc, patience_s=patience_s)):
                return False
            visits, wanted = self.stations.swapping[station].swaps, (self.stations.full_soc(station) - soc)
            wanted *= fleet.capacity
        else:
            pieces = fleet.pieces.between(soc, fleet.target_soc) if fleet.pieces else ()
            kind = fleet.plug_kind
            if not (yield from self.stations.charge(station, number, pieces, kind=kind, patience_s=patience_s)):
                return False
            visits, wanted = self.stations.charging[station].sessions, sum(kwh for kwh, _ in pieces)
        self.waited_s += visits[-1].start_s - visits[-1].arrive_s
        self.level += wanted
        self.got += wanted
        self.charges += 1
        return True

    def _afterwards(self, tour: Tour, following: Tour | None) -> Process:
        """Charge for what comes next: at the depot over night or if it must be, else at a station and back."""
        fleet = self.fleet
        if fleet.depot:
            if following is None or following.day != tour.day or not self._lasts(following):
                yield from self._charge(fleet.depot)
        elif fleet.between and following is not None and not self._lasts(following):
            base = tour.places[0]
            yield from self._reach(base, 0.0, by_station=True)
            self.place = base


def _private_cars(env: simpy.Environment, stations: Stations, plan: PrivateCharging, records: TourRecords) -> Process:
    """Send every private car on its way at its time."""
    for number, at_s in enumerate(plan.at_s.tolist()):
        if at_s > env.now:
            yield env.timeout(at_s - env.now)
        env.process(_private_car(env, stations, plan, number, records))


def _private_car(
    env: simpy.Environment, stations: Stations, plan: PrivateCharging, number: int, records: TourRecords
) -> Process:
    """Look for the station that is reached and free soonest; who finds it taken looks for another, not for ever.

    The next station is taken to be as far as from where the car set out. What it charges it has driven before, and its
    kilometres are those of road traffic.
    """
    place = plan.place.item(number)
    choices = [
        (plan.stations[n], away_s)
        for n, away_s in zip(plan.near[place].tolist(), plan.drive_s[place].tolist(), strict=True)
        if away_s < math.inf
    ]
    wanted, began, vehicle = plan.energy_kwh.item(number), env.now, plan.first_number + number
    pieces = plan.pieces.between(max(plan.target_soc - wanted / plan.pieces.capacity_kwh, 0.0), plan.target_soc)
    tries = 0
    while choices and tries < plan.tries_count:
        best, soonest_s = -1, math.inf
        for n, (name, away_s) in enumerate(choices):  # the nearest first: the rest cannot be sooner
            if away_s >= soonest_s:
                break
            there_s = away_s + stations.expected_wait_s(name, plan.plug_kind)
            if there_s < soonest_s:
                best, soonest_s = n, there_s
        if best < 0:
            break
        name, away_s = choices.pop(best)
        tries += 1
        yield env.timeout(away_s)
        arrived = env.now
        if (yield from stations.charge(name, vehicle, pieces, kind=plan.plug_kind, patience_s=plan.patience_s)):
            waited_s = stations.charging[name].sessions[-1].start_s - arrived
            records.private.append(PrivateRecord(vehicle, began, wanted, name, waited_s, tries))
            got, target = sum(kwh for kwh, _ in pieces), plan.target_soc
            battery = plan.pieces.capacity_kwh, target, target
            records.vehicles.append(VehicleRecord(plan.fleet, vehicle, *battery, 0.0, got, got))
            return
    records.private.append(PrivateRecord(vehicle, began, wanted, "", 0.0, tries))

"""Vessels and shore power: batteries are charged where vessels lie, and the shore replaces the engines of the ship.

A vessel with a battery leaves only if every stretch between two places with shore power is within its range. At a lock
it takes what fits into the passage if a plug is free, and stays longer only if it must. What it uses aboard while it
charges comes out of the battery; for the rest of its time at a berth the shore supplies it.
"""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces, PieceTable
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.stations import Stations
from transport_sim.units import SECONDS_PER_HOUR

PLUG = "shore"
SLACK = 1e-9
Process = Generator[simpy.Event, Any, Any]


class Stretch(NamedTuple):
    """A way on the water up to the next lock, berth or place with shore power."""

    sail_s: float
    km: float
    energy_kwh: float
    """From the battery, that of the passage at its end included. [kWh]"""
    stay_s: float
    """Passage of the lock, or time at the berth. [s]"""
    is_berth: bool
    station: str
    """Shore power at its end; empty: none."""
    plug_kw: float
    """Of that station, at the battery. [kW]"""


@dataclass(frozen=True, eq=False)
class VesselGroup:
    """Vessels of one route with one technology."""

    route: str
    technology: str
    trip: tuple[Stretch, ...]
    """The way there and back; its last place is the berth where it begins."""
    hotel_kw: float
    """What a vessel at berth uses aboard. [kW]"""
    pieces: PieceTable | None = None
    """Battery; none for engines."""
    reserve_soc: float = 0.0
    target_soc: float = 1.0


class VesselPlan(NamedTuple):
    """One vessel and its departures."""

    number: int
    group: int
    depart_s: tuple[float, ...]


class VoyageRecord(NamedTuple):
    """What became of a round trip."""

    group: int
    vessel: int
    trip: int
    depart_s: float
    start_s: float
    end_s: float
    km: float
    energy_kwh: float
    """From the battery. [kWh]"""
    charged_kwh: float
    hotel_shore_kwh: float
    hotel_engine_kwh: float
    """Used at berth without shore power: by auxiliary engines. [kWh]"""
    charges: int
    waited_s: float
    served: bool
    missing_kwh: float


@dataclass
class VesselRecords:
    """What vessels leave behind; complete when the simulation has ended."""

    voyages: list[VoyageRecord] = field(default_factory=list)
    vehicles: list[VehicleRecord] = field(default_factory=list)


def start_vessels(
    env: simpy.Environment,
    stations: Stations,
    groups: tuple[VesselGroup, ...],
    vessels: tuple[VesselPlan, ...],
    balances: list[VehicleRecord] | None = None,
) -> VesselRecords:
    """Start the processes of all vessels.

    Parameters
    ----------
    env
        The clock.
    stations
        All stations of the run.
    groups, vessels
        Routes, and who sails them when.
    balances
        Where the energy balance of each vessel goes, if it is to join others.

    Returns
    -------
    Records that fill up while the simulation runs.
    """
    records = VesselRecords(vehicles=[] if balances is None else balances)
    for vessel in vessels:
        env.process(_Vessel(env, stations, groups[vessel.group], vessel, records).run())
    return records


class _Vessel:
    """One vessel."""

    def __init__(
        self, env: simpy.Environment, stations: Stations, group: VesselGroup, plan: VesselPlan, records: VesselRecords
    ) -> None:
        self.env, self.stations, self.group, self.plan, self.records = env, stations, group, plan, records
        self.battery = group.pieces
        self.capacity = group.pieces.capacity_kwh if group.pieces else 0.0
        self.level = self.capacity * group.target_soc
        self.km = self.used = self.got = self.hotel_shore = self.hotel_engine = self.waited_s = 0.0
        self.charges = 0

    def run(self) -> Process:
        """Sail all round trips, each after the one before."""
        for number, depart_s in enumerate(self.plan.depart_s):
            if depart_s > self.env.now:
                yield self.env.timeout(depart_s - self.env.now)
            start, before = self.env.now, self._sums()
            missing = self._shortfall()
            if missing <= 0.0:
                for n, stretch in enumerate(self.group.trip):
                    yield from self._sail(stretch)
                    yield from self._stay(stretch, self._until_shore(n + 1))
            km, used, got, from_shore, from_engine, waited_s = (
                b - a for a, b in zip(before, self._sums(), strict=True)
            )
            fixed = self.plan.group, self.plan.number, number, depart_s, start, self.env.now
            amounts = km, used, got, from_shore, from_engine
            charges, self.charges = self.charges, 0
            self.records.voyages.append(VoyageRecord(*fixed, *amounts, charges, waited_s, missing <= 0.0, missing))
        self.records.vehicles.extend(self._balance())

    def _balance(self) -> Iterator[VehicleRecord]:
        """Yield what was charged and used; power from the shore at berth is used as it comes.

        A vessel with engines counts for that power alone: as one with a battery that is always full.
        """
        shore, number = self.hotel_shore, self.plan.number
        if self.battery is not None:
            sums = self.group.target_soc, self.level / self.capacity, self.km, self.used + shore, self.got + shore
            yield VehicleRecord("vessel", number, self.capacity, *sums)
        elif shore > 0.0:
            yield VehicleRecord("vessel", number, shore, 1.0, 1.0, 0.0, shore, shore)

    def _sums(self) -> tuple[float, ...]:
        return self.km, self.used, self.got, self.hotel_shore, self.hotel_engine, self.waited_s

    @property
    def _left(self) -> float:
        return self.level - self.group.reserve_soc * self.capacity

    def _has_plug(self, stretch: Stretch) -> bool:
        return bool(stretch.station) and self.stations.expected_wait_s(stretch.station, PLUG) < math.inf

    def _until_shore(self, first: int) -> float:
        """Return the energy from a stretch on to the next place with shore power, round to the start if there is none.

        Of a battery alone; engines need none.
        """
        if self.battery is None:
            return 0.0
        energy = 0.0
        for stretch in self.group.trip[first:]:
            energy += stretch.energy_kwh
            if self._has_plug(stretch):
                break
        return energy

    def _shortfall(self) -> float:
        """Return by how much the battery falls short of the longest stretch between two places with shore power."""
        if self.battery is None:
            return 0.0
        usable = (self.group.target_soc - self.group.reserve_soc) * self.capacity
        there, short, energy = self._left, 0.0, 0.0
        for stretch in self.group.trip:
            energy += stretch.energy_kwh
            if self._has_plug(stretch):
                short, there, energy = max(short, energy - there), usable, 0.0
        short = max(short, energy - there)
        return short if short > SLACK * self.capacity else 0.0

    def _sail(self, stretch: Stretch) -> Process:
        self.km += stretch.km
        self._use(stretch.energy_kwh)
        yield self.env.timeout(stretch.sail_s)

    def _use(self, energy_kwh: float) -> None:
        if self.battery is not None:
            self.level -= energy_kwh
            self.used += energy_kwh

    def _stay(self, stretch: Stretch, following_kwh: float) -> Process:
        """Lie at a berth or pass a lock, and charge meanwhile."""
        arrived = self.env.now
        if self.battery is not None and stretch.station:
            must = following_kwh > self._left + SLACK * self.capacity or stretch.is_berth
            pieces = self._wanted(stretch, following_kwh)
            if pieces:
                yield from self._charge(stretch, pieces, math.inf if must else 0.0)
        rest_s = stretch.stay_s - (self.env.now - arrived)
        if not stretch.is_berth:
            if rest_s > 0.0:
                yield self.env.timeout(rest_s)
            return
        if self.battery is not None:
            self._use(self.group.hotel_kw * (self.env.now - arrived) / SECONDS_PER_HOUR)
        if rest_s > 0.0:
            yield from self._lie(stretch, rest_s)

    def _wanted(self, stretch: Stretch, following_kwh: float) -> Pieces:
        """Return the charge of a stay: all of it at a berth, at a lock what fits into the passage or must be."""
        battery = self.battery
        if battery is None:
            return ()
        soc = max(self.level, 0.0) / self.capacity
        everything = battery.between(soc, self.group.target_soc)
        if stretch.is_berth:
            return everything
        fitting = sum(kwh for kwh, _ in fitting_pieces(everything, stretch.plug_kw, stretch.stay_s))
        gain_soc = max(fitting, following_kwh - self._left) / self.capacity
        return battery.between(soc, min(soc + gain_soc, self.group.target_soc))

    def _charge(self, stretch: Stretch, pieces: Pieces, patience_s: float) -> Process:
        number = self.plan.number
        if (yield from self.stations.charge(stretch.station, number, pieces, kind=PLUG, patience_s=patience_s)):
            session = self.stations.charging[stretch.station].sessions[-1]
            energy = sum(kwh for kwh, _ in pieces)
            self.level += energy
            self.got += energy
            self.charges += 1
            self.waited_s += session.start_s - session.arrive_s

    def _lie(self, stretch: Stretch, rest_s: float) -> Process:
        """Use power aboard for the rest of the time at a berth: from the shore if a plug is free."""
        hotel_kw, arrived = self.group.hotel_kw, self.env.now
        supplied_kw = min(hotel_kw, stretch.plug_kw)
        pieces = ((supplied_kw * rest_s / SECONDS_PER_HOUR, supplied_kw),)
        if stretch.station and supplied_kw > 0.0:
            visit = self.stations.charge(stretch.station, self.plan.number, pieces, kind=PLUG, patience_s=0.0)
            if (yield from visit):
                self.hotel_shore += pieces[0][0]
                self._aboard((hotel_kw - supplied_kw) * rest_s / SECONDS_PER_HOUR)
                return
        self._aboard(hotel_kw * rest_s / SECONDS_PER_HOUR)
        yield self.env.timeout(rest_s - (self.env.now - arrived))

    def _aboard(self, energy_kwh: float) -> None:
        """Take power from the battery, or from auxiliary engines."""
        if self.battery is None:
            self.hotel_engine += energy_kwh
        else:
            self._use(energy_kwh)


def fitting_pieces(pieces: Pieces, plug_kw: float, time_s: float) -> Pieces:
    """Return the part of a charge that fits into a time at a plug that has all its power.

    Parameters
    ----------
    pieces
        The whole charge.
    plug_kw
        Power of the plug at the battery. [kW]
    time_s
        Time. [s]
    """
    found = []
    for kwh, kw in pieces:
        power_kw = min(kw, plug_kw)
        fits = min(kwh, power_kw * time_s / SECONDS_PER_HOUR)
        if fits <= 0.0:
            break
        found.append((fits, kw))
        time_s -= fits / power_kw * SECONDS_PER_HOUR
    return tuple(found)

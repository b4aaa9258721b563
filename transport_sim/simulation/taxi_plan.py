"""What the simulation of taxis needs to know, in arrays: ways, zones, shifts, requests, fares and rules; no physics."""

from dataclasses import dataclass
from typing import NamedTuple

from transport_sim.charge import PieceTable
from transport_sim.randomness import BoolArray, FloatArray, IntArray


class Ways(NamedTuple):
    """Ways between p places, by hour of departure."""

    time_s: FloatArray
    """Shape (24, p, p), a way within a zone on the diagonal; infinite where there is none. [s]"""
    kwh: FloatArray
    """Energy at the battery, same shape. [kWh]"""
    km: FloatArray
    """Shape (p, p). [km]"""
    cruise_kwh_per_km: FloatArray
    """Energy between fares, shape (24,). [kWh/km]"""


class Zones(NamedTuple):
    """The z zones in which passengers ask and taxis wait."""

    place: IntArray
    """Place of each zone, shape (z,)."""
    zone_of_place: IntArray
    """Zone in whose queue a taxi at a place stands, shape (p,)."""
    near: IntArray
    """For each hour and zone of a passenger, the zones of taxis, the quickest there first, shape (24, z, z)."""
    near_count: IntArray
    """How many of them are near enough, shape (24, z)."""
    reach: IntArray
    """For each hour and zone of a taxi, the zones of passengers, the quickest to reach first, shape (24, z, z)."""
    reach_count: IntArray
    """How many of them are near enough, shape (24, z)."""
    move_share: FloatArray
    """Where taxis without a fare drive: cumulated over the zones, by hour and zone, shape (24, z, z). [-]"""


class Shifts(NamedTuple):
    """Shifts of all taxis, one after the other; those of a taxi in the order of time and without overlap."""

    first: IntArray
    """Where each taxi's shifts begin, and the end, shape (taxis + 1,)."""
    start_s: FloatArray
    end_s: FloatArray
    meal_at_s: FloatArray
    """When the driver wants his meal; infinite if there is none. [s]"""
    meal_s: FloatArray
    """How long it takes. [s]"""


class Requests(NamedTuple):
    """Passengers in the order of time."""

    at_s: FloatArray
    origin: IntArray
    """Zone."""
    destination: IntArray
    """Zone, never out of reach."""


class Fares(NamedTuple):
    """Fares by the hour at which a ride begins, shape (24,)."""

    flag_fall_cny: FloatArray
    flag_fall_km: FloatArray
    cny_per_km: FloatArray
    waiting_cny_per_s: FloatArray
    """For what a ride takes longer than at the quickest hour. [CNY/s]"""
    quickest_s: FloatArray
    """Time at the quickest hour, shape (p, p). [s]"""


class TaxiRules(NamedTuple):
    """How drivers and passengers decide."""

    horizon_s: float
    """End of the simulated days; no shift begins and nobody looks for a station after it. [s]"""
    cny_per_s: float
    """Value of a driver's time. [CNY/s]"""
    price_weight: float
    distance_weight: float
    wait_weight: float
    target_kwh: float
    """Charge at which a taxi leaves the plug. [kWh]"""
    look_kwh: float
    """Charge at which a driver looks for a station. [kWh]"""
    reserve_kwh: float
    """Charge that no ride may touch. [kWh]"""
    least_charge_kwh: float
    """What a charge in a break must add. [kWh]"""
    station_patience_s: float
    stations_tried_count: int
    look_again_s: float
    """How long a driver works on after too many queues that were too long. [s]"""
    leaving_s: float
    """From the end of a charge until the taxi is for hire, positive. [s]"""
    passenger_patience_s: float
    idle_move_s: float
    cruise_kmh: float


@dataclass(frozen=True, eq=False)
class TaxiPlan:
    """Everything that :func:`transport_sim.simulation.taxi.start_taxis` needs."""

    first_vehicle: int
    """Number of the first taxi in the run."""
    technology: tuple[str, ...]
    """Of each taxi."""
    electric: BoolArray
    """Whether it charges."""
    swappable: BoolArray
    """Whether its battery can be swapped."""
    battery: PieceTable | None
    """Of the electric ones; None if there are none."""
    plug_kind: str
    start_kwh: FloatArray
    """Charge at the start. [kWh]"""
    start_place: IntArray
    zone_names: tuple[str, ...]
    ways: Ways
    zones: Zones
    shifts: Shifts
    shift_names: tuple[str, ...]
    """Of each shift."""
    requests: Requests
    fares: Fares
    rules: TaxiRules
    stations: tuple[str, ...]
    """Stations that taxis may use."""
    station_place: IntArray
    taste_cny: FloatArray
    """What a driver would pay for a station beyond its price and distance, shape (taxis, stations). [CNY]"""
    move_draw: FloatArray
    """Draws that decide where a taxi without a fare drives, shape (taxis, moves). [-]"""

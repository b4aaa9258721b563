"""What the simulation needs to know of vehicles on tours and of private cars that charge: arrays, no physics."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from transport_sim.charge import PieceTable
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.shore import VesselGroup, VesselPlan
from transport_sim.simulation.station_ways import StationWays

Supply = Literal["none", "charging", "swap", "fill"]
"""How a vehicle gets its energy; of `none` nobody asks."""


class Tour(NamedTuple):
    """One round of one vehicle."""

    number: int
    """Of the day, from 0."""
    day: int
    depart_s: float
    """Planned departure after the start of the run. [s]"""
    places: tuple[int, ...]
    """Positions in the matrices of ways: the base, the stops, and the base again."""
    service_s: tuple[float, ...]
    """Time at each of `places`, 0 at both ends of a round. [s]"""


@dataclass(frozen=True, eq=False)
class TourFleet:
    """Vehicles that are alike: fleet, technology, base and way of charging."""

    fleet: str
    technology: str
    supply: Supply
    plug_kind: str = ""
    """Plug, or fuel, that stations are asked for."""
    pieces: PieceTable | None = None
    """What the battery takes; needed for charging and swaps."""
    capacity: float = math.inf
    """Battery [kWh] or tank [kg]; energy below is in the same unit."""
    reserve_soc: float = 0.0
    """No way is planned that would leave less. [-]"""
    target_soc: float = 1.0
    ways: StationWays | None = None
    """Energy of ways, and the stations on the way; none: no energy is counted."""
    en_route: bool = True
    """Whether it may use the stations on the way."""
    between: bool = False
    """Whether it goes to such a station after a tour if the next one needs more than it has."""
    depot: str = ""
    """Station at its base; it charges there over night, and between tours if it must. Empty: none."""
    patience_s: float = math.inf
    """Longest wait that it accepts at a station on the way as long as there is another. [s]"""
    local_km: float = 0.0
    """Way at each stop that the matrices do not know. [km]"""
    local_s: float = 0.0
    local_energy: float = 0.0


class TourVehicle(NamedTuple):
    """One vehicle and what it has to do, in the order of departure."""

    number: int
    group: int
    """Position among the plan's fleets."""
    start_soc: float
    tours: tuple[Tour, ...]


@dataclass(frozen=True, eq=False)
class PrivateCharging:
    """Private cars at public stations: each event is a car that wants so much, somewhere, at some time."""

    at_s: FloatArray
    """Ascending. [s]"""
    place: IntArray
    """Position in the matrices."""
    energy_kwh: FloatArray
    pieces: PieceTable
    target_soc: float
    plug_kind: str
    stations: tuple[str, ...]
    near: IntArray
    """Stations, by position, that a car at each place looks at, shape (places, choices)."""
    drive_s: FloatArray
    """Time to each of them, infinite where there is none, same shape. [s]"""
    patience_s: float
    fleet: str = "private_car"
    first_number: int = 0
    """Number of the first car; each event is one of its own."""
    tries_count: int = 3
    """Stations that a car goes to before it gives up."""


@dataclass(frozen=True, eq=False)
class TourPlan:
    """All fleets on tours."""

    days: int
    time_s: FloatArray
    """By hour of departure, shape (24, places, places). [s]"""
    distance_km: FloatArray
    fleets: tuple[TourFleet, ...]
    vehicles: tuple[TourVehicle, ...]
    private: PrivateCharging | None = None
    home_kwh: FloatArray | None = None
    """Energy at the battery that private cars charge at home, shape (days, 24). [kWh]"""
    home_events: IntArray | None = None
    """How often they do so, same shape."""
    vessel_groups: tuple[VesselGroup, ...] = ()
    vessels: tuple[VesselPlan, ...] = ()


class TourRecord(NamedTuple):
    """What became of a tour."""

    group: int
    vehicle: int
    tour: int
    day: int
    stops: int
    depart_s: float
    start_s: float
    end_s: float
    km: float
    energy: float
    """Taken from battery or tank. [kWh or kg]"""
    charges: int
    waited_s: float
    served: bool
    missing: float
    """What the battery or tank lacks for the longest way between two charges. [kWh or kg]"""


class PrivateRecord(NamedTuple):
    """One private car that wanted to charge."""

    vehicle: int
    at_s: float
    energy_kwh: float
    """Wanted. [kWh]"""
    station: str
    """Where it charged; empty if nowhere."""
    waited_s: float
    tries: int

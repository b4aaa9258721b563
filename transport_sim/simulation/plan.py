"""The plan that the simulation carries out: planned legs, facilities and tracks, without physics or policy names."""

from dataclasses import dataclass, field

import numpy as np

from transport_sim.availability import Availability
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.simulation.railway_plan import RailRoute, RailwayPlan, WagonType
from transport_sim.simulation.river_plan import LockPlan, RiverRoute
from transport_sim.simulation.truck_plan import TerminalPlan


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """One leg of one consignment."""

    mode: str
    start: int
    end: int
    """Positions in the mode's skim; -1 for a leg wholly outside the map."""
    beyond_km: float
    drive_s: float
    """Driving time of a truck; 0 for train and vessel, whose run the simulation finds."""


@dataclass(frozen=True, slots=True)
class PlannedShipment:
    """A consignment with its legs and the facilities between them."""

    position: int
    release_s: float
    tonnes_t: float
    vehicle_class: str
    truck_count: int
    returns_empty: bool
    legs: tuple[PlannedLeg, ...]
    stops: tuple[str, ...]
    """Facility before, between and after the legs; "" where none is needed. One more than the legs."""
    commodity: int = 0
    hooked: bool = False
    """Drop and hook: its trailers are loaded and unloaded without the tractors."""


@dataclass(frozen=True, slots=True)
class RoadWay:
    """What all consignments by road between two zones share."""

    leg: PlannedLeg
    origin_bay: str
    destination_bay: str


@dataclass(frozen=True, eq=False)
class RoadPlan:
    """The consignments that go by road alone, one entry each, in the order of release."""

    position: IntArray
    """Into the shipments of the run."""
    release_s: FloatArray
    tonnes_t: FloatArray
    way: IntArray
    """Position in `ways`."""
    ways: tuple[RoadWay, ...]
    truck_class: IntArray
    """Position in the demand's truck classes."""
    truck_count: IntArray
    returns_empty: BoolArray

    def __len__(self) -> int:
        """Count the consignments."""
        return len(self.position)

    @property
    def drive_s(self) -> FloatArray:
        """Driving time of each consignment. [s]."""
        return np.array([w.leg.drive_s for w in self.ways], dtype=float)[self.way]


@dataclass(frozen=True, slots=True)
class FacilityPlan:
    """A place with servers in parallel and a queue."""

    facility: str
    kind: str
    """loading_bay, crane, track, berth, lock, section, station_track, locomotive_change, shunting, gate, storage,
    drayage or appointment."""
    capacity_count: int
    """Servers; tonnes of a storage, trucks of a drayage fleet, trucks a slot of appointments."""
    service_s_per_t: float
    """Time of one server for a tonne; 0 where the visitor brings its own time."""
    availability: Availability | None = None
    """When it works; None: always."""
    pauses: bool = True
    """Whether work rests while the facility is closed; if not, it only begins where it ends before the closure."""
    goods_s_per_t: tuple[float, ...] = ()
    """`service_s_per_t` by commodity, where it depends on it."""


@dataclass(frozen=True)
class Plan:
    """Everything that the simulation needs."""

    shipments: tuple[PlannedShipment, ...]
    """In the order of release."""
    facilities: tuple[FacilityPlan, ...]
    rail_routes: dict[tuple[int, int, float], RailRoute]
    """By origin and destination terminal and distance beyond the map."""
    river_routes: dict[tuple[int, int, float], RiverRoute]
    railway: RailwayPlan
    """Tracks, the paths of other trains, and possessions."""
    wagon_types: tuple[WagonType, ...]
    wagon_of: tuple[int, ...]
    """Position of each commodity's type of wagon; empty: the first carries all."""
    empty_return_share_train: float
    """Wagons that go back empty at least: so many of those unloaded suit no other goods."""
    calendar_start_day: int | None = None
    """Day of the year, from 0, on which the clock starts; None for a sample of the mean year, which has no dates."""
    road: RoadPlan | None = None
    """Consignments that go by road alone; `shipments` has the others."""
    terminals: dict[str, TerminalPlan] = field(default_factory=dict)
    """What trucks meet at a terminal, by its name; a crane only where it has no entry."""
    locks: dict[str, LockPlan] = field(default_factory=dict)
    """Every lock on the river routes, by its facility."""

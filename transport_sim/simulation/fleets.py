"""The event loop of fleets: buses, taxis and tours that meet at the same stations."""

from collections.abc import Sequence
from dataclasses import dataclass

import simpy

from transport_sim.simulation.bus import BusPlan, BusRecords, start_buses
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.stations import Plan, Stations
from transport_sim.simulation.taxi import TaxiRecords, start_taxis
from transport_sim.simulation.taxi_plan import TaxiPlan
from transport_sim.simulation.tour_plan import TourPlan
from transport_sim.simulation.tours import TourRecords, start_tours


@dataclass(frozen=True, eq=False)
class FleetPlan:
    """Everything that drives, and where it charges; None where there is nothing of the kind."""

    stations: Sequence[Plan]
    buses: BusPlan | None = None
    taxis: TaxiPlan | None = None
    tours: TourPlan | None = None


@dataclass(frozen=True, eq=False)
class FleetRecords:
    """What happened."""

    stations: Stations
    buses: BusRecords | None
    taxis: TaxiRecords | None
    tours: TourRecords | None

    @property
    def vehicles(self) -> list[VehicleRecord]:
        """What every vehicle left behind, fleet by fleet."""
        parts = (self.buses, self.taxis, self.tours)
        return [record for part in parts if part is not None for record in part.vehicles]


def simulate_fleets(plan: FleetPlan) -> FleetRecords:
    """Let all fleets drive until the last vehicle has come to rest."""
    env = simpy.Environment()
    stations = Stations(env, plan.stations)
    records = FleetRecords(
        stations,
        None if plan.buses is None else start_buses(env, stations, plan.buses),
        None if plan.taxis is None else start_taxis(env, stations, plan.taxis),
        None if plan.tours is None else start_tours(env, stations, plan.tours),
    )
    env.run()
    return records

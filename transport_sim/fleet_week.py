"""The days of the fleets: from tables and travel times to plans, through the event loop, to tables and balances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.fleet.travel import nearest_nodes, roads, travel
from transport_sim.inputs import Inputs
from transport_sim.planning.buses import bus_nodes, bus_plan
from transport_sim.planning.freight_trucks import freight_places, with_freight_trucks
from transport_sim.planning.stations import open_stations, station_plans
from transport_sim.planning.taxis import taxi_nodes, taxi_plan
from transport_sim.planning.tours import tour_nodes, tour_plan
from transport_sim.results.fleet_accounts import fleet_energy
from transport_sim.results.fleet_audit import fleet_balances
from transport_sim.results.fleet_buses import bus_tables
from transport_sim.results.fleet_stations import station_tables
from transport_sim.results.fleet_taxis import taxi_tables
from transport_sim.results.fleet_tours import tour_tables
from transport_sim.results.schemas import checked
from transport_sim.results.traffic_audit import Balance
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.fleets import FleetPlan, FleetRecords, simulate_fleets
from transport_sim.traffic.simulated_day import SimulatedDay


@dataclass(frozen=True, eq=False)
class FleetDays:
    """The fleets' part of a run."""

    plan: FleetPlan
    records: FleetRecords
    tables: dict[str, pd.DataFrame]
    balances: list[Balance]


def simulate_fleet_days(
    inputs: Inputs, *, seed: int, day: SimulatedDay | None = None, truck_legs: pd.DataFrame | None = None
) -> FleetDays:
    """Simulate the fleets of a year for as many days as the scenario states.

    Parameters
    ----------
    inputs
        Of the simulated year, after policies, with a section `fleets`.
    seed
        Of the replication.
    day
        The simulated day of road traffic, whose link times the fleets have; None if there is none.
    truck_legs
        Legs of a day of the freight run, whose electric trucks charge on their way; None leaves them out.

    Raises
    ------
    DataError
        If tables of fleets contradict each other.
    """
    plan = fleet_plan(inputs, seed=seed, day=day, truck_legs=truck_legs)
    records = simulate_fleets(plan)
    tables = station_tables(inputs, records.stations, days=_days(inputs))
    if plan.buses is not None and records.buses is not None:
        tables |= bus_tables(plan.buses, records.buses)
    if plan.taxis is not None and records.taxis is not None:
        tables |= taxi_tables(plan.taxis, records.taxis)
    if plan.tours is not None and records.tours is not None:
        tables |= tour_tables(plan.tours, records.tours)
    tables["fleet_vehicles"] = pd.DataFrame(records.vehicles, columns=VehicleRecord._fields)
    tables["fleet_energy"] = fleet_energy(inputs, records.vehicles)
    tables = {name: checked(name, frame) for name, frame in tables.items()}
    return FleetDays(plan, records, tables, fleet_balances(inputs, records.stations, records.vehicles, tables))


def fleet_plan(
    inputs: Inputs, *, seed: int, day: SimulatedDay | None = None, truck_legs: pd.DataFrame | None = None
) -> FleetPlan:
    """Plan the fleets' days: where they drive to, with which energy, and where they may charge."""
    stations = open_stations(inputs)
    places = (
        nearest_nodes(roads(inputs), stations["lon"], stations["lat"]),
        *(nodes(inputs) for nodes in (bus_nodes, taxi_nodes, tour_nodes)),
        np.array([] if truck_legs is None else list(freight_places(inputs).values()), dtype=np.int64),
    )
    ways = travel(inputs, np.concatenate(places).tolist(), day=day)
    tours = tour_plan(inputs, ways, seed=seed)
    if tours is not None and truck_legs is not None:
        tours = with_freight_trucks(tours, inputs, ways, truck_legs, seed=seed)
    return FleetPlan(
        station_plans(inputs, seed=seed, days=_days(inputs)),
        bus_plan(inputs, ways, seed=seed),
        taxi_plan(inputs, ways, seed=seed),
        tours,
    )


def _days(inputs: Inputs) -> int:
    return 0 if inputs.fleets is None else inputs.fleets.days

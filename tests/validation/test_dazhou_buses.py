"""A week of Dazhou's buses on the regional roads, against published consumption and against itself."""

import hashlib
from dataclasses import replace

import pandas as pd
import pytest
import shapely
import simpy

from transport_sim.config import load_scenario
from transport_sim.config.scenario import FleetsSection
from transport_sim.demand.bus_network import city_lines
from transport_sim.fleet.travel import travel
from transport_sim.operations import read_operations
from transport_sim.paths import embedded
from transport_sim.planning import buses
from transport_sim.planning.buses import bus_nodes, bus_plan
from transport_sim.planning.stations import station_plans
from transport_sim.results.fleet_buses import bus_tables
from transport_sim.results.schemas import checked
from transport_sim.simulation.bus import start_buses
from transport_sim.simulation.stations import Stations
from transport_sim.traffic_inputs import synthetic_network
from transport_sim.units import DAYS_PER_YEAR

DAYS = 7


@pytest.fixture(scope="module")
def week(dazhou_inputs):
    """Return plan, records, stations and tables of a week in which all buses are electric."""
    inputs = replace(dazhou_inputs, year=2025, fleets=FleetsSection(days=DAYS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buses, "technology_counts", lambda inputs, fleet: {"battery_electric": 690.0})
        plan = bus_plan(inputs, travel(inputs, bus_nodes(inputs)), seed=1)
    env = simpy.Environment()
    stations = Stations(env, station_plans(inputs, seed=1, days=DAYS))
    records = start_buses(env, stations, plan)
    env.run()
    tables = {name: checked(name, frame) for name, frame in bus_tables(plan, records).items()}
    return plan, records, stations, tables


def test_a_bus_takes_what_is_published_for_a_kilometre_and_a_year(week):
    """0.8 to 1.3 kWh/km (10.5 to 12 m without and with air conditioning; double-deckers in Guangzhou 1.2)."""
    _, records, _, _ = week
    vehicles = pd.DataFrame(records.vehicles)
    vehicles = vehicles[vehicles["driven_km"] > 0]
    per_km = vehicles["driven_kwh"] / vehicles["driven_km"]
    assert per_km.between(0.8, 1.3).all()
    annual_km = vehicles["driven_km"].sum() / len(vehicles) / DAYS * DAYS_PER_YEAR
    annual_kwh = vehicles["driven_kwh"].sum() / len(vehicles) / DAYS * DAYS_PER_YEAR
    assert 0.8 * annual_km < annual_kwh < 1.3 * annual_km
    assert 20_000 < annual_km < 80_000, "up to 220 km a day"


def test_the_watt_hours_of_every_bus_balance(week):
    _, records, stations, _ = week
    vehicles = pd.DataFrame(records.vehicles)
    gained = (vehicles["end_soc"] - vehicles["start_soc"]) * vehicles["capacity_kwh"]
    assert (vehicles["charged_kwh"] - vehicles["driven_kwh"] - gained).abs().max() < 1e-6
    assert sum(s.energy_kwh for s in stations.sessions) == pytest.approx(vehicles["charged_kwh"].sum())


def test_runs_are_served_or_lost_and_said_so(week):
    plan, records, _, tables = week
    lines, blocks = tables["bus_lines_service"], tables["bus_blocks"]
    lost = lines[["lost_energy_count", "lost_late_count", "lost_no_bus_count"]].sum(axis=1)
    assert (lines["served_count"] + lost == lines["runs_count"]).all()
    assert lines["runs_count"].sum() == sum(len(plan.kinds[kind]) for kind in plan.days)
    assert blocks["served_count"].sum() == lines["served_count"].sum()
    assert blocks["service_km"].sum() == pytest.approx(lines["service_km"].sum())
    assert len(records.lost) == lost.sum()
    assert lines["served_share"].min() > 0.95


def test_every_depot_needs_at_least_what_theory_says(week):
    plan, _, _, tables = week
    depots = tables["bus_depots"]
    assert (depots["least_count"] == depots["blocks_count"]).all(), "blocks are the fewest"
    assert (depots["needed_count"] >= depots["blocks_count"]).all()
    assert depots["buses_count"].sum() == sum(any(bus.blocks) for bus in plan.buses)


def test_the_tables_of_lines_are_what_the_generator_makes_of_the_streets():
    """So whoever changes streets, depots or the generator can make the tables anew."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "traffic.yaml")
    city = scenario.traffic.synthetic_city
    content = hashlib.sha256(city.footprint.read_bytes()).hexdigest()
    streets = synthetic_network(city.footprint, content, city.population, city.seed, scenario.network)
    tables = read_operations(scenario.data)
    footprint = shapely.from_geojson(city.footprint.read_text(encoding="utf-8"))
    made = city_lines(streets, footprint, tables["depots"], ends_count=8, lines_count=28, seed=1)
    for name, frame in (("bus_stops", made.stops), ("bus_services", made.services), ("bus_headways", made.headways)):
        own = frame.columns.drop("source")
        pd.testing.assert_frame_equal(tables[name][own], frame[own], check_dtype=False)

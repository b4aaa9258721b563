"""The base year of Dazhou with road traffic on made-up streets, and one drawn day of it; made once."""

from dataclasses import replace

import pytest

from transport_sim.config import load_scenario
from transport_sim.demand.traffic_zones import TrafficZones, traffic_zones
from transport_sim.demand.trips import DrawnTrips, draw_trips
from transport_sim.inputs import Inputs, build_inputs
from transport_sim.network.model import Network
from transport_sim.paths import embedded


@pytest.fixture(scope="session")
def streets(network: Network) -> Inputs:
    """Return the inputs of the base year with road traffic."""
    found = build_inputs(load_scenario(embedded("scenarios/dazhou") / "traffic.yaml"), network, 2022)
    return replace(found, traffic=replace(found.traffic, car_trips_scale=1.0))


@pytest.fixture(scope="session")
def zones(streets: Inputs) -> TrafficZones:
    """Return the zones of road traffic."""
    return traffic_zones(streets)


@pytest.fixture(scope="session")
def day(streets: Inputs) -> DrawnTrips:
    """Return the trips of one day without trucks."""
    return draw_trips(streets, seed=1)

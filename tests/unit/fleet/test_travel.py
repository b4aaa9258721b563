"""Ways between places: sums over the links of the quickest path, hour by hour."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.energy.electric import electric_energy_kwh_per_km
from transport_sim.errors import DataError
from transport_sim.fleet.travel import Travel, nearest_nodes, roads, travel
from transport_sim.inputs import Inputs
from transport_sim.network.router import Router

TYPES = pd.DataFrame({"fleet": ["bus", "vessel"], "vehicle_class": ["bus", ""], "load_ratio": [0.3, 0.0]})
SPEEDS = pd.DataFrame({"hour": [8], "speed_ratio": [0.5]})


@pytest.fixture(scope="module")
def with_fleets(dazhou_inputs: Inputs) -> Inputs:
    operations = dazhou_inputs.operations.with_table("electric_vehicles", TYPES).with_table("hour_speeds", SPEEDS)
    return replace(dazhou_inputs, operations=operations)


@pytest.fixture(scope="module")
def found(with_fleets: Inputs) -> Travel:
    nodes = roads(with_fleets).nodes
    places = nearest_nodes(roads(with_fleets), nodes["lon"].to_numpy()[::40], nodes["lat"].to_numpy()[::40])
    return travel(with_fleets, [*places, places[0]])


def test_distances_and_times_are_those_of_the_router(with_fleets: Inputs, found: Travel) -> None:
    router = Router(roads(with_fleets), modes=("road",))
    hours = router.skim(found.node_ids, found.node_ids, "time_h")
    np.testing.assert_allclose(found.time_s[3] / 3600.0, hours, rtol=1e-6)
    assert (np.diag(found.distance_km) == 0.0).all()
    ways = np.isfinite(found.distance_km)
    assert (found.distance_km[ways] >= 0.0).all()
    assert ways.mean() > 0.9


def test_an_hour_at_half_the_speed_takes_twice_the_time(found: Travel) -> None:
    np.testing.assert_allclose(found.time_s[8], 2.0 * found.time_s[9], rtol=1e-12)


def test_energy_lies_between_that_of_the_slowest_and_the_steepest_way(with_fleets: Inputs, found: Travel) -> None:
    far = np.isfinite(found.distance_km) & (found.distance_km > 1.0)
    per_km = found.energy_kwh("bus")[9][far] / found.distance_km[far]
    speeds = np.linspace(20.0, 120.0, 200)
    flat = electric_energy_kwh_per_km(with_fleets.factors, vehicle_class="bus", speed_kmh=speeds, load_ratio=0.3)
    assert per_km.min() > flat.min() - 1e-6
    assert per_km.max() < 3.0
    assert "vessel" not in found.energy


def test_the_nearest_node_is_one_of_the_roads(with_fleets: Inputs) -> None:
    network = roads(with_fleets)
    some = network.links[network.links["mode"] == "road"]["from_node"].to_numpy()[:5]
    place = network.nodes.loc[some]
    np.testing.assert_array_equal(nearest_nodes(network, place["lon"], place["lat"]), some)


def test_a_place_without_a_number_is_named(found: Travel) -> None:
    with pytest.raises(DataError, match="first: -5"):
        found.position([found.node_ids[0], -5])
    with pytest.raises(DataError, match="no row for the fleet 'taxi'"):
        found.energy_kwh("taxi")

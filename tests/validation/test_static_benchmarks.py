"""Static assignment reproduces the best-known link flows of published problems.

Files of the Transportation Networks collection (https://github.com/bstabler/TransportationNetworks), "research use",
are read from the folder `tntp` of TRANSPORT_SIM_BENCHMARK_DATA.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from transport_sim.network.tntp import read_flows, read_network, read_trips
from transport_sim.traffic.static import StaticLinks, user_equilibrium

pytestmark = pytest.mark.benchmark_data


@pytest.fixture(scope="module")
def folder():
    place = os.environ.get("TRANSPORT_SIM_BENCHMARK_DATA")
    if not place:
        pytest.fail("set TRANSPORT_SIM_BENCHMARK_DATA to the folder that holds tntp/")
    return Path(place) / "tntp"


@pytest.mark.parametrize("name", ["SiouxFalls", "Anaheim"])
def test_best_known_flows_are_reproduced(folder, name):
    network = read_network(folder / f"{name}_net.tntp")
    trips = read_trips(folder / f"{name}_trips.tntp")
    demand = trips.assign(origin=trips["origin"] - 1, destination=trips["destination"] - 1)
    known = read_flows(folder / f"{name}_flow.tntp").set_index(["from_node", "to_node"])
    known = known.loc[list(zip(network.links["from_node"], network.links["to_node"], strict=True))]
    for gap, tolerance in ((1e-5, 1e-2), (1e-10, 1e-7)):
        found = user_equilibrium(StaticLinks.from_tntp(network), demand, gap=gap)
        assert found.converged
        assert found.gap <= gap
        assert np.abs(found.flow - known["volume"]).sum() < tolerance * known["volume"].sum()
        assert np.abs(found.time - known["cost"]).sum() < tolerance * known["cost"].sum()


def test_the_objective_of_sioux_falls_is_the_published_one(folder):
    """42.31335287107440, as the collection's page on Sioux Falls states, in 100,000 of the file's units."""
    network, trips = read_network(folder / "SiouxFalls_net.tntp"), read_trips(folder / "SiouxFalls_trips.tntp")
    demand = trips.assign(origin=trips["origin"] - 1, destination=trips["destination"] - 1)
    found = user_equilibrium(StaticLinks.from_tntp(network), demand, gap=1e-12)
    assert found.objective / 1e5 == pytest.approx(42.31335287107440, rel=1e-12)

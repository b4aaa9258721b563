"""Demand along an expressway and who gets through: closed forms on one road."""

import numpy as np
import pytest

from transport_sim.network.router import Router
from transport_sim.siting.corridors import Corridors, corridor_flows, expressway_inside, inside_part, stations_along
from transport_sim.siting.models import flow_refuelling

CARS = 100.0


@pytest.fixture(scope="module")
def expressway(make_roads):
    """Return an expressway of four stretches of 50 km between gateways 1 and 5, with a village 2 km off its middle."""
    places = {n: (107.0 + 0.5 * n, 31.0) for n in range(1, 6)} | {9: (108.5, 31.02)}
    ways = [(n, n + 1, 50.0, 100.0) for n in range(1, 5)] + [(3, 9, 2.0, 50.0)]
    network = make_roads(places, ways)
    links, nodes = network.links.copy(), network.nodes.copy()
    links.loc[links["length_km"] == 50.0, "link_class"] = "motorway"
    nodes.loc[[1, 5], "kind"] = "gateway"
    return type(network)("expressway", nodes, links)


@pytest.fixture(scope="module")
def corridor(expressway):
    routes = Router(expressway, modes=("road",)).paths([1], [5], "time_h")
    return Corridors(routes, np.array([CARS]))


def test_stretches_that_end_beyond_the_region_are_not_inside(expressway):
    inside = expressway.links[expressway_inside(expressway)]
    assert set(zip(inside["from_node"], inside["to_node"], strict=True)) == {(2, 3), (3, 2), (3, 4), (4, 3)}


def test_cars_need_what_they_drive_inside(expressway, corridor):
    """100 cars on two stretches of 50 km inside, at 0.2 kWh/km: 1000 kWh at the end of each."""
    found = corridor.at_nodes(expressway, 0.2)
    assert found.to_dict() == {3: pytest.approx(1000.0), 4: pytest.approx(1000.0)}


def test_candidates_lie_along_the_way_from_the_edge_of_the_region(expressway, corridor):
    """From the start of the part inside, node 3 and the village beside it come after 50 km; gateways are outside."""
    assert inside_part(corridor, expressway, 0).size == 2
    along = stations_along(corridor, expressway, np.array([9, 3, 1]), detour_km=3.0)
    assert along == [[(0, 50.0), (1, 50.0)]]
    assert stations_along(corridor, expressway, np.array([9]), detour_km=1.0) == [[]]


@pytest.mark.parametrize(
    ("range_km", "through"),
    [
        (250.0, CARS),  # half of it carries 125 km: through without a stop
        (120.0, CARS),  # 60 km to the station after 50 km, then 50 km more
        (80.0, 0.0),  # 40 km do not reach it
    ],
)
def test_who_enters_with_half_a_battery_gets_through_or_does_not(expressway, corridor, range_km, through):
    flows = corridor_flows(
        corridor,
        expressway,
        np.array([3, 9]),
        np.array([True, False]),
        cost_cny=np.ones(2),
        existing=np.zeros(2, dtype=bool),
        range_km=range_km,
    )
    assert flows.candidate.tolist() == [0], "the village is not for cars on their way"
    assert flows.length_km.tolist() == [100.0]
    answer = flow_refuelling(flows, sites=1, trip="one_way")
    assert answer.objective == pytest.approx(through)
    assert answer.open.tolist() == [range_km == 120.0, False]

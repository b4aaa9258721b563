"""Transport chains on the map of Dazhou, today and in 2030."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from transport_sim.choice.chains import (
    RAIL_SIDING,
    RAIL_WATER,
    ROAD,
    ROAD_RAIL_ROAD,
    ROAD_WATER_ROAD,
    build_skims,
    service_table,
)
from transport_sim.choice.freight_mode import leg_km
from transport_sim.choice.supernetwork import best_ways, build_chains
from transport_sim.measures import Service
from transport_sim.tables.freight import CHAINS


class World:
    """Skims and chains of a year, and the node at which each leg starts and ends."""

    def __init__(self, inputs) -> None:
        self.inputs, self.skims = inputs, build_skims(inputs)
        self.chains = build_chains(inputs, self.skims)
        network = self.skims.network
        zones = [network.node_by_ref(ref) for ref in inputs.zones["road_node"]]
        rail, ports = list(self.skims.rail_terminals["node_id"]), list(self.skims.ports["node_id"])
        self.places = {"road": np.array([*zones, *rail, *ports]), "rail": np.array(rail), "waterway": np.array(ports)}
        self.zones = np.array(zones)

    def pairs(self, chain: int):
        yield from np.argwhere(self.chains[chain].feasible)

    def legs(self, chain: int, i: int, j: int) -> list[tuple[str, int, int]]:
        """Return mode, first and last node of each leg that does not fall away."""
        return [
            (leg.mode, int(self.places[leg.mode][leg.start[i, j]]), int(self.places[leg.mode][leg.end[i, j]]))
            for leg in self.chains[chain].legs
            if leg.start[i, j] >= 0
        ]


@pytest.fixture(scope="module", params=[2022, 2030])
def world(request, dazhou_inputs) -> World:
    return World(replace(dazhou_inputs, year=request.param))


def test_there_are_chains_of_every_kind(world):
    assert [chain.kind for chain in world.chains] == [*range(len(CHAINS)), 1, 2, 3, 4]
    assert all(chain.feasible.any() for chain in world.chains[: len(CHAINS)])
    assert not any(np.diag(chain.feasible).any() for chain in world.chains)


def test_the_second_way_of_a_kind_is_possible_only_beside_the_first_and_uses_other_terminals(world):
    for second in world.chains[len(CHAINS) :]:
        first = world.chains[second.kind]
        assert not (second.feasible & ~first.feasible).any()
        here = second.feasible
        alike = [(a.start == b.start) & (a.end == b.end) for a, b in zip(first.legs, second.legs, strict=True)]
        assert not (np.logical_and.reduce(alike) & here).any()


def test_the_first_ways_do_not_depend_on_how_many_are_searched(dazhou_inputs, dazhou_skims, dazhou_chains):
    alone = build_chains(dazhou_inputs, dazhou_skims, count=1)
    for one, many in zip(alone, dazhou_chains[: len(CHAINS)], strict=True):
        assert (one.feasible == many.feasible).all()
        for a, b in zip(one.legs, many.legs, strict=True):
            assert (a.start[one.feasible] == b.start[one.feasible]).all()


def test_best_ways_are_those_of_an_enumeration():
    """Three layers of random cost against every way through them."""
    draw = np.random.default_rng(1)
    layers = [draw.uniform(1, 9, shape) for shape in ((3, 4), (4, 5), (5, 2))]
    layers[1][2, 3] = np.inf
    cost, passed = best_ways(layers, 4)
    for i, j in np.ndindex(3, 2):
        ways = {(a, b): layers[0][i, a] + layers[1][a, b] + layers[2][b, j] for a, b in np.ndindex(4, 5)}
        ranked = sorted(ways, key=ways.get)[:4]
        assert cost[:, i, j] == pytest.approx([ways[w] for w in ranked])
        assert [tuple(passed[r, :, i, j]) for r in range(4)] == ranked


def test_there_are_no_more_ways_than_places_to_pass():
    cost, _ = best_ways([np.ones((1, 2)), np.ones((2, 1))], 3)
    assert cost[:, 0, 0].tolist() == [2.0, 2.0, np.inf]


def test_a_siding_chain_has_no_road_leg_and_a_yard_chain_has_one(world):
    assert all([mode for mode, *_ in world.legs(RAIL_SIDING, i, j)] == ["rail"] for i, j in world.pairs(RAIL_SIDING))
    for i, j in world.pairs(ROAD_RAIL_ROAD):
        modes = [mode for mode, *_ in world.legs(ROAD_RAIL_ROAD, i, j)]
        assert modes in (["road", "rail"], ["rail", "road"], ["road", "rail", "road"])
    assert not (world.chains[RAIL_SIDING].feasible & world.chains[ROAD_RAIL_ROAD].feasible).any()


def test_every_leg_leads_on_where_the_one_before_ended(world):
    transfer = world.skims.network.mode_links("transfer")
    joined = set(zip(transfer["from_node"], transfer["to_node"], strict=True))
    for chain in range(len(CHAINS)):
        for i, j in world.pairs(chain):
            legs = world.legs(chain, i, j)
            assert legs, (CHAINS[chain], i, j)
            for (_, _, end), (_, start, _) in pairwise(legs):
                # a train meets a vessel over the rail link of the port, everybody else at one place
                assert end == start or (chain == RAIL_WATER and (end, start) in joined)
            for (mode, first, _), zone in ((legs[0], i), ((legs[-1][0], legs[-1][2], 0), j)):
                name = world.inputs.zones["zone"].iloc[zone]
                terminals = {"rail": world.skims.rail_terminals, "waterway": world.skims.ports}.get(mode)
                if terminals is None:
                    assert first == world.zones[zone]
                else:
                    (served,) = terminals.loc[terminals["node_id"] == first, "zone"]
                    assert name in served.split(";"), "a door-to-door end is at the zone's own siding or gateway"


def test_every_feasible_chain_has_finite_lengths(world):
    for chain in world.chains:
        for leg in chain.legs:
            assert np.isfinite(leg_km(leg, world.skims)[chain.feasible]).all()


def test_drayage_is_no_longer_than_the_longest_allowed(world):
    for k in (ROAD_RAIL_ROAD, ROAD_WATER_ROAD, RAIL_WATER):
        chain = world.chains[k]
        km = [leg_km(leg, world.skims)[chain.feasible] for leg in chain.legs if leg.mode == "road"]
        assert max(k.max() for k in km) <= world.inputs.parameters.max_drayage_km
        assert max(k.max() for k in km) > 0.0


def test_freight_trains_use_no_high_speed_line(world):
    links = world.skims.network.links
    high_speed = (links["link_class"] == "high_speed").to_numpy()
    if world.inputs.year == 2030:
        assert high_speed.any(), "the line is open by then, or the test shows nothing"
    assert world.skims.rail.incidence[:, np.flatnonzero(high_speed)].sum() == 0
    assert (links.loc[world.skims.rail.incidence.sum(axis=0) > 0, "mode"] == "rail").all()


def test_not_even_a_high_speed_line_that_would_be_shorter(tiny_inputs):
    """Beside the 50 km of railway there are 10 km of high-speed line."""
    links = tiny_inputs.network.links
    fast = links[links["mode"] == "rail"].assign(link_class="high_speed", length_km=10.0)
    more = pd.concat([links, fast.set_index(fast.index + 1000)])
    assert build_skims(tiny_inputs.with_table("links", more)).rail_km[0, 1] == 50.0
    slow = more.assign(link_class=more["link_class"].replace("high_speed", "rail"))
    assert build_skims(tiny_inputs.with_table("links", slow)).rail_km[0, 1] == 10.0


def test_a_truck_passes_through_no_terminal(world):
    links = world.skims.network.links
    port_rail = (links["link_class"] == "port_rail").to_numpy()
    assert port_rail.any()
    assert world.skims.road.incidence[:, np.flatnonzero(port_rail)].sum() == 0


def test_rail_and_water_meet_at_a_port_station(world):
    kinds = dict(zip(world.skims.rail_terminals["node_id"], world.skims.rail_terminals["kind"], strict=True))
    water_gateways = set(world.skims.ports.loc[world.skims.ports["kind"] == "gateway", "node_id"])
    pairs = list(world.pairs(RAIL_WATER))
    assert pairs
    for i, j in pairs:
        legs = world.legs(RAIL_WATER, i, j)
        modes = [mode for mode, *_ in legs]
        outbound = modes[-1] == "waterway"
        assert modes in (
            ["rail", "waterway"],
            ["road", "rail", "waterway"],
            ["waterway", "rail"],
            ["waterway", "rail", "road"],
        )
        (rail,) = (leg for leg in legs if leg[0] == "rail")
        (water,) = (leg for leg in legs if leg[0] == "waterway")
        assert kinds[rail[2] if outbound else rail[1]] == "port_station"
        assert (water[2] if outbound else water[1]) in water_gateways


def test_terminals_are_in_service(world):
    for terminals in (world.skims.rail_terminals, world.skims.ports):
        assert terminals["from_year"].le(world.inputs.year).all()
        assert terminals["to_year"].ge(world.inputs.year).all()
    names = set(world.skims.rail_terminals["terminal"])
    assert ("R_SD_OLDDAGANG" in names) == (world.inputs.year <= 2024)


def test_distances_beyond_the_map_are_those_of_the_zones(world):
    zones = world.inputs.zones.set_index("zone")
    position = {name: n for n, name in enumerate(zones.index)}
    i, j = position["wengfu"], position["guizhou"]
    (road,) = world.chains[ROAD].legs
    assert road.beyond_km[i, j] == road.beyond_km[j, i] == zones.loc["guizhou", "beyond_road_km"]
    assert not world.chains[ROAD].feasible[i, position["sea_ports"]], "imported ore is not trucked from the coast"
    assert not world.chains[ROAD_WATER_ROAD].feasible[i, j], "no river leads to Guizhou"


def test_wire_and_class_lie_within_their_bounds(world):
    skims = world.skims
    reached = np.isfinite(skims.rail_km)
    assert (skims.rail_electric_km[reached] <= skims.rail_km[reached] + 1e-9).all()
    assert (skims.rail_electric_km[reached] > 0).any()
    assert skims.water_class.min() >= 0
    assert skims.water_class.max() <= 5


def test_a_service_waits_half_its_interval_if_that_is_shorter(dazhou_inputs, dazhou_skims):
    names = list(dazhou_skims.rail_terminals["terminal"])
    a, b = names.index("R_SD_WENGFU"), names.index("R_GW_CHONGQING")
    ratio, wait = service_table(dazhou_inputs, dazhou_skims)
    assert (wait[a, b], wait[b, a]) == (
        dazhou_inputs.parameters.siding_waiting_h,
        dazhou_inputs.parameters.rail_waiting_h,
    )
    often = dazhou_inputs.with_service(Service("R_SD_WENGFU", "R_GW_CHONGQING", 21.0, 2500.0, 0.9, "test"))
    served, sooner = service_table(often, dazhou_skims)
    assert (sooner[a, b], sooner[b, a]) == (4.0, 4.0)
    assert served[a, b] == served[b, a] == pytest.approx(0.9 * ratio[a, b])
    seldom = dazhou_inputs.with_service(Service("R_SD_WENGFU", "R_GW_CHONGQING", 0.5, 2500.0, 0.9, "test"))
    assert (service_table(seldom, dazhou_skims)[1] == wait).all(), (
        "a rare train keeps nobody from sending wagons as before"
    )
    others = np.ones_like(wait, dtype=bool)
    others[a, b] = others[b, a] = False
    assert (sooner[others] == wait[others]).all()

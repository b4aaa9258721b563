"""Demand along expressways: cars over the edge of the map, where they drive, and what they charge on the way."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.demand.traffic_zones import TrafficZones
from transport_sim.demand.trip_matrices import Stream
from transport_sim.network.model import Network
from transport_sim.network.router import Router, Routes
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.behaviour import Behaviour
from transport_sim.siting.models import CorridorFlows

EXPRESSWAY = "motorway"
DETOUR_KM = 3.0
"""A candidate farther than this from every node of a path is not on it. Assumption. [km]"""
ENTRY_SHARE = 0.5
"""Range that a car has left when it enters the region. Assumption. [-]"""
OUTSIDE = "外"
"""How the county of a node beyond the edge of the region begins."""


@dataclass(frozen=True, eq=False)
class Corridors:
    """Cars between gateways and zones on their quickest ways."""

    routes: Routes
    """One path for each pair of places with cars between them."""
    vehicles: FloatArray
    """Electric cars a day on each path. [1/day]"""

    def at_nodes(self, network: Network, weight_per_km: float) -> "pd.Series[float]":
        """Spread an amount per car and km over the ends of the expressway links inside the region.

        Returns
        -------
        Amount a day by `node_id`.
        """
        inside = expressway_inside(network)
        links = self.routes.links
        path = np.repeat(np.arange(len(self.vehicles)), np.diff(self.routes.pointers))
        kept = inside[links]
        km = network.links["length_km"].to_numpy(float)[links[kept]]
        ends = network.links["to_node"].to_numpy(np.int64)[links[kept]]
        amount = pd.Series(self.vehicles[path[kept]] * km * weight_per_km, index=ends)
        return amount.groupby(level=0).sum().sort_index()


def expressway_inside(network: Network) -> BoolArray:
    """Return which links are expressways inside the region."""
    outside = network.nodes["county"].str.startswith(OUTSIDE) | (network.nodes["kind"] == "gateway")
    away = set(outside.index[outside])
    links = network.links
    return np.asarray(
        (links["mode"] == "road")
        & (links["link_class"] == EXPRESSWAY)
        & ~links["from_node"].isin(away)
        & ~links["to_node"].isin(away),
        dtype=bool,
    )


def corridors(network: Network, zones: TrafficZones, stream: Stream, behaviour: Behaviour) -> Corridors:
    """Lay the cars over the edge of the map on their quickest ways.

    Parameters
    ----------
    network
        Network of the simulated year.
    zones
        Zones of road traffic.
    stream
        Trips of purpose `external`.
    behaviour
        Of the simulated year; says how many of them are electric.
    """
    expected = stream.expected_count
    origin, destination = np.nonzero(expected > 0)
    nodes = zones.access_nodes[:, 0]
    router = Router(network, modes=("road",), vehicle_class="car")
    weight = open_time_h(router)
    routes = router.paths(nodes[origin], nodes[destination], weight)
    count = np.where(np.isfinite(routes.cost), expected[origin, destination], 0.0)
    return Corridors(routes, count * behaviour.electric_share("through"))


def open_time_h(router: Router) -> FloatArray:
    """Return the free travel time of each link, infinite where the router's vehicles may not drive. [h]."""
    links = router.network.links
    free = links["length_km"].to_numpy(float) / links["free_speed_kmh"].to_numpy(float)
    return np.where(router.mask(), np.inf, free)


def stations_along(
    corridor: Corridors, network: Network, places: IntArray, detour_km: float
) -> list[list[tuple[int, float]]]:
    """Return for each path the candidates at its nodes, with the way from its first expressway inside the region.

    Parameters
    ----------
    corridor
        The paths.
    network
        Their network.
    places
        Node of each candidate.
    detour_km
        How far a candidate may lie from a node of the path by road. [km]

    Returns
    -------
    One list for each path, in the order of travel: position in `places` and km.
    """
    ids, position = np.unique(places, return_inverse=True)
    length = network.links["length_km"].to_numpy(float)
    ends = network.links["to_node"].to_numpy(np.int64)
    on_path = np.unique(ends[corridor.routes.links])
    router = Router(network, modes=("road",), vehicle_class="car")
    away = router.skim(on_path, ids, np.where(router.mask(), np.inf, length))
    near = {
        node: np.flatnonzero(np.isin(position, np.flatnonzero(away[row] <= detour_km))).tolist()
        for row, node in enumerate(on_path.tolist())
    }
    found = []
    for path in range(len(corridor.vehicles)):
        links = inside_part(corridor, network, path)
        first: dict[int, float] = {}
        for km, node in zip(np.cumsum(length[links]).tolist(), ends[links].tolist(), strict=True):
            for place in near[node]:
                first.setdefault(place, km)
        found.append(sorted(first.items(), key=lambda item: (item[1], item[0])))
    return found


def inside_part(corridor: Corridors, network: Network, path: int) -> IntArray:
    """Return the links of a path from its first to its last expressway inside the region."""
    links = corridor.routes.of(path)
    hit = np.flatnonzero(expressway_inside(network)[links])
    return links[hit[0] : hit[-1] + 1] if len(hit) else links[:0]


def corridor_flows(
    corridor: Corridors,
    network: Network,
    nodes: IntArray,
    usable: BoolArray,
    *,
    cost_cny: FloatArray,
    existing: BoolArray,
    range_km: float,
) -> CorridorFlows:
    """Return the paths as the flow refuelling model reads them.

    Cars enter the region with half of their range left and want to leave it; the way outside is not our affair.

    Parameters
    ----------
    corridor, network
        Paths and their network.
    nodes
        Node of each candidate.
    usable
        Candidates at which cars on their way may charge.
    cost_cny
        Of opening each candidate. [CNY]
    existing
        Candidates that stand already.
    range_km
        How far a car gets on an expressway. [km]
    """
    along = stations_along(corridor, network, nodes, DETOUR_KM)
    along = [[(place, km) for place, km in stops if usable[place]] for stops in along]
    length = network.links["length_km"].to_numpy(float)
    km_of = np.array([length[inside_part(corridor, network, path)].sum() for path in range(len(along))])
    kept = np.flatnonzero((km_of > 0) & (corridor.vehicles > 0))
    stops = [along[path] for path in kept.tolist()]
    names = network.nodes["name"]
    routes = corridor.routes
    return CorridorFlows(
        pointers=np.cumsum([0, *map(len, stops)]).astype(np.int64),
        candidate=np.array([place for part in stops for place, _ in part], dtype=np.int64),
        at_km=np.array([km for part in stops for _, km in part], dtype=np.float64),
        length_km=km_of[kept],
        flow=corridor.vehicles[kept],
        range_km=np.full(len(kept), range_km),
        cost_cny=cost_cny,
        existing=existing,
        start_range_km=np.full(len(kept), range_km * ENTRY_SHARE),
        names=tuple(f"{names[routes.origins[path]]} - {names[routes.destinations[path]]}" for path in kept.tolist()),
    )

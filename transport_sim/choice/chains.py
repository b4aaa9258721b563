"""What chains are made of: shortest paths of each mode, legs, and the trains between terminals.

`supernetwork.py` joins them to chains.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.inputs import Inputs
from transport_sim.network.model import Network
from transport_sim.network.routing import Paths, shortest_paths
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.river import ground_speed_kmh, lock_passages_h, mean_payload_t, poorest_class
from transport_sim.tables.freight import CHAINS
from transport_sim.units import HOURS_PER_WEEK

ROAD, ROAD_RAIL_ROAD, RAIL_SIDING, ROAD_WATER_ROAD, RAIL_WATER = range(len(CHAINS))
MAIN_MODE = ("road", "rail", "rail", "waterway", "rail")
"""Mode under which statistics count a chain's tonnes. Rail-water tonnes are loaded in Dazhou by rail."""


@dataclass(frozen=True)
class Skims:
    """Shortest paths of each mode between its places, as tables over (from, to) places."""

    network: Network
    """The network of the year."""
    road: Paths
    """Between zones, then terminals."""
    rail: Paths
    """Between rail terminals."""
    water: Paths
    """Between ports."""
    road_km: FloatArray
    road_h: FloatArray
    rail_km: FloatArray
    rail_electric_km: FloatArray
    water_km: FloatArray
    water_h: FloatArray
    """Sailing and lock passages, without waiting."""
    water_class: IntArray
    """Position in `NAVIGATION_CLASSES` of the poorest reach of each path."""
    vessel_payload_t: FloatArray
    """What a vessel of that class can carry at the shallowest place of the path at mean water. [t]"""
    rail_terminals: pd.DataFrame
    """Terminals in service, rows in the order of the rail arrays."""
    ports: pd.DataFrame
    """Ports in service, rows in the order of the water arrays."""


@dataclass(frozen=True)
class Leg:
    """One leg of a chain for every pair of zones, shape (zones, zones)."""

    mode: str
    start: IntArray
    """Position of the starting place in the mode's skim, -1 where the leg falls away."""
    end: IntArray
    beyond_km: FloatArray
    """Distance outside the map. [km]"""


@dataclass(frozen=True)
class ChainSet:
    """The chains of one kind and rank for every pair of zones, shape (zones, zones)."""

    kind: int
    """Position in `CHAINS`."""
    legs: tuple[Leg, ...]
    feasible: BoolArray
    gateway_ends: IntArray
    """Ends at a gateway terminal, where general cargo still needs a truck to its customer. [-]"""


def road_speeds_kmh(inputs: Inputs, links: pd.DataFrame) -> FloatArray:
    """Return the speed of a loaded heavy truck on each road link: the lower of limit and cruise speed. [km/h]."""
    on_road = links["mode"].isin(["road", "transfer"])
    names = links.loc[on_road, "link_class"].unique()
    cruise = {
        name: inputs.factors.value("truck_speeds", quantity="cruise_speed_kmh", highway_class=str(name))
        for name in names
    }
    speed = links["link_class"].map(cruise).where(on_road, links["free_speed_kmh"])
    return np.asarray(np.minimum(speed.to_numpy(float), links["free_speed_kmh"].to_numpy(float)))


def in_service(inputs: Inputs, network: Network, mode: str) -> pd.DataFrame:
    """Return the terminals of a mode that work in the simulated year, with their node ids."""
    table = inputs.terminals
    node = network.nodes_by_name
    there = (table["mode"] == mode) & (table["from_year"] <= inputs.year) & (table["to_year"] >= inputs.year)
    found = table[there & table["terminal"].isin(node)].copy()
    found["node_id"] = found["terminal"].map(node)
    return found.reset_index(drop=True)


def build_skims(inputs: Inputs) -> Skims:
    """Find the paths of every mode in the simulated year's network."""
    network = inputs.network.at_year(inputs.year)
    links = network.links
    length_km = links["length_km"].to_numpy(float)
    rail, ports = in_service(inputs, network, "rail"), in_service(inputs, network, "waterway")
    zones = np.array([network.node_by_ref(r) for r in inputs.zones["road_node"]], dtype=np.int64)
    places = np.concatenate([zones, rail["node_id"], ports["node_id"]])

    # a truck reaches a terminal by its access road; it does not pass through one on the way
    road_h = np.where(links["link_class"] == "port_rail", np.inf, length_km / road_speeds_kmh(inputs, links))
    road = shortest_paths(network, modes=("road", "transfer"), sources=places, targets=places, weight=road_h)
    freight_km = np.where(links["link_class"] == "high_speed", np.inf, length_km)
    track = shortest_paths(
        network, modes=("rail",), sources=rail["node_id"], targets=rail["node_id"], weight=freight_km
    )
    sail_h = length_km / ground_speed_kmh(inputs, links)
    sail_h += links["to_node"].map(lock_passages_h(inputs, network)).fillna(0.0).to_numpy()
    river = shortest_paths(
        network, modes=("waterway",), sources=ports["node_id"], targets=ports["node_id"], weight=sail_h
    )

    water_class = poorest_class(river, links)
    return Skims(
        network=network,
        road=road,
        rail=track,
        water=river,
        road_km=_along(road, length_km),
        road_h=road.cost,
        rail_km=track.cost,
        rail_electric_km=_along(track, length_km * links["electrified"].to_numpy(bool)),
        water_km=_along(river, length_km),
        water_h=river.cost,
        water_class=water_class,
        vessel_payload_t=mean_payload_t(inputs, network, river, water_class),
        rail_terminals=rail,
        ports=ports,
    )


def _along(paths: Paths, per_link: FloatArray) -> FloatArray:
    """Add a link quantity along each path; infinite where there is no path."""
    total = np.asarray(paths.incidence @ per_link).reshape(paths.cost.shape)
    return np.where(np.isinf(paths.cost), np.inf, total)


def service_table(inputs: Inputs, skims: Skims) -> tuple[FloatArray, FloatArray]:
    """Return the rate ratio and the wait for a train between rail terminals, shapes (terminals, terminals). [-], [h].

    Without a scheduled service the wait is the parameter; with one it is half the interval, if that is shorter.
    """
    names = list(skims.rail_terminals["terminal"])
    siding = (skims.rail_terminals["kind"] == "siding").to_numpy()
    p = inputs.parameters
    wait = np.where(siding[:, None], p.siding_waiting_h, p.rail_waiting_h) * np.ones((len(names), len(names)))
    ratio = np.full(wait.shape, p.rail_rate_ratio)
    for service in inputs.services:
        for pair in (
            (service.origin_terminal, service.destination_terminal),
            (service.destination_terminal, service.origin_terminal),
        ):
            if pair[0] in names and pair[1] in names:
                cell = names.index(pair[0]), names.index(pair[1])
                ratio[cell] *= service.rate_ratio
                wait[cell] = min(wait[cell], HOURS_PER_WEEK / service.trains_per_week / 2.0)
    return ratio, wait


def rail_step_cny_per_t(inputs: Inputs, skims: Skims) -> FloatArray:
    """Yardstick for the choice of terminals, the same for all goods. [CNY/t]."""
    ratio, wait = service_table(inputs, skims)
    tariff = inputs.rail_tariff
    middle = tariff.iloc[len(tariff) // 2]
    p = inputs.parameters
    per_km = (
        middle["distance_cny_per_tkm"] * ratio
        + p.rail_construction_fund_cny_per_tkm
        + p.rail_electrification_cny_per_tkm
    )
    cost = (
        skims.rail_km * per_km
        + middle["base_cny_per_t"] * ratio
        + wait * float(inputs.commodities["value_of_time_cny_per_t_h"].min())
    )
    return np.asarray(cost)


def beyond_sailing_h(inputs: Inputs, beyond_km: npt.ArrayLike, inbound: npt.ArrayLike) -> FloatArray:
    """Return the sailing time outside the map: against the current inbound, with it outbound; the sea lies below."""
    p = inputs.parameters
    speed = np.where(inbound, p.vessel_upstream_kmh, p.vessel_downstream_kmh)
    return np.asarray(np.asarray(beyond_km) / speed)


def drayage_cny_per_t(inputs: Inputs, km: npt.ArrayLike) -> FloatArray:
    """Return the price of a truck between a terminal and a customer, before the commodity's road rate ratio."""
    p = inputs.parameters
    return np.asarray(p.drayage_fixed_cny_per_t + p.road_rate_cny_per_tkm * np.asarray(km))


def outside_speed_kmh(inputs: Inputs) -> float:
    """Return the speed of trucks in the streets of a town behind a gateway. [km/h]."""
    return inputs.factors.value("truck_speeds", quantity="cruise_speed_kmh", highway_class="residential")


def port_stations(skims: Skims) -> list[tuple[int, int]]:
    """Return the pairs of rail terminal and port that a transfer joins. [-]."""
    transfers = skims.network.mode_links("transfer")
    joined = set(zip(transfers["from_node"], transfers["to_node"], strict=True))
    stations = skims.rail_terminals[skims.rail_terminals["kind"] == "port_station"]
    return [
        (int(r), w)
        for r, station in zip(stations.index, stations["node_id"], strict=True)
        for w, port in enumerate(skims.ports["node_id"])
        if (station, port) in joined
    ]

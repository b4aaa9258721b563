"""Transport chains: the best way of each kind from zone to zone, as arrays over pairs of zones."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.inputs import Inputs
from transport_sim.network.model import Network
from transport_sim.network.routing import Paths, shortest_paths
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.tables import CHAINS, NAVIGATION_CLASSES
from transport_sim.units import HOURS_PER_WEEK, MINUTES_PER_HOUR

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
    """The chains of one kind for every pair of zones, shape (zones, zones)."""

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
    links, p = network.links, inputs.parameters
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
    upstream = (links["current_ms"].fillna(0.0) < 0).to_numpy()
    sail_h = length_km / np.where(upstream, p.vessel_upstream_kmh, p.vessel_downstream_kmh)
    sail_h += links["to_node"].map(lock_passages_h(inputs, network)).fillna(0.0).to_numpy()
    river = shortest_paths(
        network, modes=("waterway",), sources=ports["node_id"], targets=ports["node_id"], weight=sail_h
    )

    water_class = _poorest_class(river, links)
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
        vessel_payload_t=_payload_t(inputs, river, links, water_class),
        rail_terminals=rail,
        ports=ports,
    )


def _along(paths: Paths, per_link: FloatArray) -> FloatArray:
    """Add a link quantity along each path; infinite where there is no path."""
    total = np.asarray(paths.incidence @ per_link).reshape(paths.cost.shape)
    return np.where(np.isinf(paths.cost), np.inf, total)


def lock_passages_h(inputs: Inputs, network: Network) -> "pd.Series[float]":
    """Return the time of a single passage of each lock, by node: manoeuvres and filling or emptying. [h]."""
    cycle_min = network.nodes["lock_cycle_min"].dropna()
    return (inputs.parameters.lock_manoeuvre_min + cycle_min) / MINUTES_PER_HOUR


def _extreme(paths: Paths, per_link: npt.ArrayLike, pick: np.ufunc, empty: float) -> FloatArray:
    """Pick the largest or smallest link value along each path."""
    incidence = paths.incidence
    found = np.full(paths.cost.size, empty)
    used = np.diff(incidence.indptr) > 0
    found[used] = pick.reduceat(np.asarray(per_link)[incidence.indices], incidence.indptr[:-1][used])
    return found.reshape(paths.cost.shape)


def _poorest_class(paths: Paths, links: pd.DataFrame) -> IntArray:
    position = links["navigation_class"].map({c: i for i, c in enumerate(NAVIGATION_CLASSES)}).fillna(0.0)
    return _extreme(paths, position.to_numpy(float), np.maximum, 0.0).astype(np.int64)


def _payload_t(inputs: Inputs, paths: Paths, links: pd.DataFrame, water_class: IntArray) -> FloatArray:
    """Load each class's vessel as deep as the shallowest link allows: payload falls in proportion to depth."""
    fleet = inputs.vessel_fleet.set_index("navigation_class").loc[list(NAVIGATION_CLASSES)]
    full_t = fleet["payload_capacity_t"].to_numpy(float)[water_class]
    design_m = fleet["design_depth_m"].to_numpy(float)[water_class]
    depth_m = _extreme(paths, links["depth_mean_m"].fillna(np.inf).to_numpy(float), np.minimum, np.inf)
    return np.asarray(full_t * np.minimum(depth_m / design_m, 1.0))


@dataclass(frozen=True)
class Reach:
    """How zones reach the terminals of a mode, and what lies between the terminals."""

    mode: str
    offset: int
    """Position of the first terminal among the places of the road skim."""
    access_cny_per_t: FloatArray
    """Cost from zone to terminal, shape (zones, terminals), infinite where a truck may not go. [CNY/t]"""
    direct: BoolArray
    """Where the terminal lies in the zone itself, same shape."""
    step_cny_per_t: FloatArray
    """Yardstick between terminals, shape (terminals, terminals). [CNY/t]"""


def build_chains(inputs: Inputs, skims: Skims) -> tuple[ChainSet, ...]:
    """Build the five kinds of chain, in the order of `CHAINS`."""
    by_rail, by_water = _reach(inputs, skims, "rail"), _reach(inputs, skims, "waterway")
    (rail, rail_trucks), (water, _) = _one_main_mode(inputs, by_rail), _one_main_mode(inputs, by_water)
    siding = (rail_trucks == 0) & rail.feasible
    return (
        _road_chain(inputs, skims),
        # where both ends have a siding the yard offers the same train at a higher cost: one alternative, not two
        replace(rail, feasible=rail.feasible & ~siding),
        replace(rail, feasible=siding),
        water,
        _rail_water_chain(inputs, skims, by_rail, by_water),
    )


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


def _rail_cost(inputs: Inputs, skims: Skims) -> FloatArray:
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


def _reach(inputs: Inputs, skims: Skims, mode: str) -> Reach:
    """Price the way from each zone to each terminal.

    A siding or gateway serves only its own zones and costs nothing to reach; a public yard or port is
    reached by truck within the longest drayage. A zone whose goods come from beyond the map uses gateways only, and
    so does a town outside when it goes by rail.
    """
    zones, p = inputs.zones, inputs.parameters
    rail = mode == "rail"
    terminals = skims.rail_terminals if rail else skims.ports
    offset = len(zones) + (0 if rail else len(skims.rail_terminals))
    served = [set(z.split(";")) for z in terminals["zone"]]
    direct = np.array([[zone in s for s in served] for zone in zones["zone"]]).reshape(len(zones), len(terminals))
    drayage_km = skims.road_km[: len(zones), offset : offset + len(terminals)]
    may = terminals["kind"].isin(["yard", "port"]).to_numpy() & (drayage_km <= p.max_drayage_km)
    may &= ~(zones["beyond_road_km"] != 0).to_numpy()[:, None]
    if rail:
        may &= (zones["kind"] == "internal").to_numpy()[:, None]
    by_truck = drayage_cny_per_t(inputs, np.where(may, drayage_km, 0.0))
    access = np.where(direct, 0.0, np.where(may, by_truck, np.inf))
    step = _rail_cost(inputs, skims) if rail else skims.water_km * p.water_rate_class_iv_cny_per_tkm
    np.fill_diagonal(step, np.inf)
    return Reach(mode, offset, access, direct, step)


def _beyond(inputs: Inputs, mode: str) -> FloatArray:
    """Return the distance outside the map for each pair of zones, infinite where the mode does not lead there. [km]."""
    km = inputs.zones[f"beyond_{mode}_km"].to_numpy(float)
    both = km[:, None] + km
    return np.where(np.isnan(both), np.inf, both)


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


def zone_distance_km(inputs: Inputs, skims: Skims) -> FloatArray:
    """Return the road distance between zones with the part beyond the map, infinite where no road leads. [km]."""
    count = len(inputs.zones)
    return np.asarray(skims.road_km[:count, :count] + _beyond(inputs, "road"))


def _road_chain(inputs: Inputs, skims: Skims) -> ChainSet:
    count = len(inputs.zones)
    start, end = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    beyond = _beyond(inputs, "road")
    feasible = np.isfinite(skims.road_km[:count, :count] + beyond) & (start != end)
    leg = Leg("road", start, end, np.where(np.isfinite(beyond), beyond, 0.0))
    return ChainSet((leg,), feasible, np.zeros_like(start))


def _closed_chain(count: int) -> ChainSet:
    """Return the chain of a mode that has no terminal: nobody can use it."""
    nowhere = np.full((count, count), -1, dtype=np.int64)
    leg = Leg("road", nowhere, nowhere, np.zeros((count, count)))
    return ChainSet((leg,), np.zeros((count, count), dtype=bool), np.zeros((count, count), dtype=np.int64))


def _one_main_mode(inputs: Inputs, reach: Reach) -> tuple[ChainSet, IntArray]:
    """Join the best pair of terminals to each pair of zones; also count the road legs that remain."""
    access, direct = reach.access_cny_per_t, reach.direct
    count, terminals = access.shape
    if not terminals:
        return _closed_chain(count), np.zeros((count, count), dtype=np.int64)
    best = np.full((count, count), np.inf)
    first = np.zeros((count, count), dtype=np.int64)
    last = first.copy()
    for zone in range(count):
        total = (access[zone][:, None] + reach.step_cny_per_t)[:, :, None] + access.T[None, :, :]
        flat = total.reshape(terminals * terminals, count)
        choice = flat.argmin(axis=0)
        best[zone] = flat[choice, np.arange(count)]
        first[zone], last[zone] = choice // terminals, choice % terminals
    beyond = _beyond(inputs, "rail" if reach.mode == "rail" else "water")
    origin, destination = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    feasible = np.isfinite(best) & np.isfinite(beyond) & (origin != destination)
    offset = reach.offset
    by_truck_first, by_truck_last = ~direct[origin, first], ~direct[destination, last]
    none = np.zeros((count, count))
    legs = (
        Leg("road", np.where(by_truck_first, origin, -1), np.where(by_truck_first, first + offset, -1), none),
        Leg(reach.mode, first, last, np.where(np.isfinite(beyond), beyond, 0.0)),
        Leg("road", np.where(by_truck_last, last + offset, -1), np.where(by_truck_last, destination, -1), none),
    )
    external = (inputs.zones["kind"] == "external").to_numpy()
    at_gateway = (~by_truck_first & external[origin]).astype(np.int64) + (~by_truck_last & external[destination])
    return ChainSet(legs, feasible, at_gateway), by_truck_first.astype(np.int64) + by_truck_last


def _rail_water_chain(inputs: Inputs, skims: Skims, rail: Reach, ports: Reach) -> ChainSet:
    """Train to a river port with a rail side, then vessel to or from a gateway of the waterway."""
    count, offset = len(inputs.zones), rail.offset
    if skims.rail_terminals.empty or skims.ports.empty:
        return _closed_chain(count)
    origin, destination = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    river_zone: BoolArray = np.asarray(ports.direct.any(axis=1))
    gateway = ports.direct.argmax(axis=1)
    best = np.full((count, count), np.inf)
    yard, station, port = (np.zeros((count, count), dtype=np.int64) for _ in range(3))
    p = inputs.parameters
    for r, w in _port_stations(skims):
        to_port = rail.access_cny_per_t + rail.step_cny_per_t[:, r]
        inland, by_terminal = to_port.min(axis=1), to_port.argmin(axis=1)
        river = skims.water_km[w, gateway] * p.water_rate_class_i_cny_per_tkm
        cost = np.where(river_zone[None, :] & ~river_zone[:, None], inland[:, None] + river[None, :], np.inf)
        cost = np.minimum(cost, cost.T)
        better = cost < best
        best = np.where(better, cost, best)
        outbound = river_zone[destination]
        yard = np.where(better, np.where(outbound, by_terminal[origin], by_terminal[destination]), yard)
        station, port = np.where(better, r, station), np.where(better, w, port)
    beyond = _beyond(inputs, "water")
    external = (inputs.zones["kind"] == "external").to_numpy()
    feasible = np.isfinite(best) & np.isfinite(beyond) & ~(external[:, None] & external[None, :])
    out = river_zone[destination]
    inland_zone = np.where(out, origin, destination)
    truck = ~rail.direct[inland_zone, yard]
    none = np.zeros((count, count))
    quay = gateway[np.where(out, destination, origin)]
    road = Leg("road", np.where(truck & out, origin, -1), np.where(truck & out, yard + offset, -1), none)
    road_last = Leg("road", np.where(truck & ~out, yard + offset, -1), np.where(truck & ~out, destination, -1), none)
    far = np.where(np.isfinite(beyond), beyond, 0.0)
    legs = (
        Leg("waterway", np.where(out, -1, quay), np.where(out, -1, port), np.where(out, 0.0, far)),
        road,
        Leg("rail", np.where(out, yard, station), np.where(out, station, yard), none),
        road_last,
        Leg("waterway", np.where(out, port, -1), np.where(out, quay, -1), np.where(out, far, 0.0)),
    )
    return ChainSet(legs, feasible, feasible.astype(np.int64))  # one end is a gateway of the waterway


def _port_stations(skims: Skims) -> list[tuple[int, int]]:
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

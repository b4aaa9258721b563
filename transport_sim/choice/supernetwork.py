"""The supernetwork of services: layers of trucks, trains, transfers and vessels, and the best ways through it.

A layer holds what one service costs a tonne from each of its places to each place of the next layer; a kind of chain
is a row of layers from zones to zones. So every kind is searched by the same function, and a new service is one more
layer.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transport_sim.choice.chains import (
    RAIL_SIDING,
    RAIL_WATER,
    ROAD,
    ROAD_RAIL_ROAD,
    ROAD_WATER_ROAD,
    ChainSet,
    Leg,
    Skims,
    drayage_cny_per_t,
    port_stations,
    rail_step_cny_per_t,
)
from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray

CHAINS_PER_KIND = 2
"""Ways of each kind, by different terminals, that a shipper looks at."""
MOST_RATIO = 1.5
"""A way that costs more than so many times the best of its kind, by the yardstick, is not looked at. [-]"""


def worthwhile(cost: FloatArray) -> BoolArray:
    """Tell which ways exist and are not far dearer than the best; shape as `cost`, ways first."""
    return np.asarray(np.isfinite(cost) & (cost <= MOST_RATIO * cost[0]))


def best_ways(layers: list[FloatArray], count: int) -> tuple[FloatArray, IntArray]:
    """Find the cheapest ways through a row of layers.

    Parameters
    ----------
    layers
        Cost from each place of a layer to each place of the next, shape (places, places of the next); infinite where
        no service runs. [CNY/t]
    count
        How many ways between each origin and destination.

    Returns
    -------
    Their cost, ascending, shape (count, origins, destinations), infinite where there are fewer [CNY/t]; and the places
    between the layers that they pass, shape (count, layers - 1, origins, destinations).

    References
    ----------
    .. [1] Sheffi, "Urban Transportation Networks", 1985 (supernetworks).
    """
    origins = layers[0].shape[0]
    cost = np.full((count, *layers[0].shape), np.inf)
    cost[0] = layers[0]
    passed = np.zeros((count, 0, *layers[0].shape), dtype=np.int64)
    for layer in layers[1:]:
        # all ways to each place so far, each continued to every place of the next layer
        places, following = layer.shape
        longer = (cost[:, :, :, None] + layer).transpose(0, 2, 1, 3).reshape(count * places, origins, following)
        order = np.argsort(longer, axis=0, kind="stable")[:count]
        if len(order) < count:
            order = np.concatenate([order, np.repeat(order[-1:], count - len(order), axis=0)])
        rank, via = order // max(places, 1), order % max(places, 1)
        start = np.arange(origins)[:, None]
        before = passed.transpose(0, 2, 3, 1)[rank, start, via]
        passed = np.concatenate([before.transpose(0, 3, 1, 2), via[:, None]], axis=1)
        found = np.take_along_axis(longer, order, axis=0)
        repeated = np.arange(count)[:, None, None] >= len(longer)
        cost = np.where(repeated, np.inf, found)
    return cost, passed


@dataclass(frozen=True)
class Access:
    """How zones reach the terminals of a mode, and what lies between the terminals."""

    mode: str
    offset: int
    """Position of the first terminal among the places of the road skim."""
    truck_cny_per_t: FloatArray
    """Cost by truck from zone to terminal, shape (zones, terminals), infinite where a truck may not go. [CNY/t]"""
    direct_cny_per_t: FloatArray
    """Zero where the terminal lies in the zone itself, else infinite, same shape. [CNY/t]"""
    step_cny_per_t: FloatArray
    """Yardstick between terminals, shape (terminals, terminals). [CNY/t]"""

    @property
    def any_cny_per_t(self) -> FloatArray:
        """The cheaper of both ways. [CNY/t]."""
        return np.minimum(self.truck_cny_per_t, self.direct_cny_per_t)

    @property
    def direct(self) -> BoolArray:
        """Where the terminal lies in the zone itself."""
        return np.asarray(self.direct_cny_per_t == 0.0)


def build_chains(inputs: Inputs, skims: Skims, count: int = CHAINS_PER_KIND) -> tuple[ChainSet, ...]:
    """Build the chains: the best of the five kinds in the order of `CHAINS`, then the second best, and so on.

    There is one way by road. Where both ends have a siding, the public yard offers the same train at a higher cost
    and is no chain.
    """
    rail, ports = _access(inputs, skims, "rail"), _access(inputs, skims, "waterway")
    sidings = _terminal_chains(inputs, rail, RAIL_SIDING, count)
    yards = _terminal_chains(inputs, rail, ROAD_RAIL_ROAD, count, but=sidings[0].feasible)
    water = _terminal_chains(inputs, ports, ROAD_WATER_ROAD, count)
    joined = _rail_water_chains(inputs, skims, rail, ports, count)
    first = (_road_chain(inputs, skims), yards[0], sidings[0], water[0], joined[0])
    return (*first, *(kind[rank] for rank in range(1, count) for kind in (yards, sidings, water, joined)))


def beyond_map_km(inputs: Inputs, mode: str) -> FloatArray:
    """Return the distance outside the map for each pair of zones, infinite where the mode does not lead there. [km]."""
    km = inputs.zones[f"beyond_{mode}_km"].to_numpy(float)
    both = km[:, None] + km
    return np.where(np.isnan(both), np.inf, both)


def zone_distance_km(inputs: Inputs, skims: Skims) -> FloatArray:
    """Return the road distance between zones with the part beyond the map, infinite where no road leads. [km]."""
    count = len(inputs.zones)
    return np.asarray(skims.road_km[:count, :count] + beyond_map_km(inputs, "road"))


def _access(inputs: Inputs, skims: Skims, mode: str) -> Access:
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
    step = rail_step_cny_per_t(inputs, skims) if rail else skims.water_km * p.water_rate_class_iv_cny_per_tkm
    np.fill_diagonal(step, np.inf)
    return Access(mode, offset, np.where(may, by_truck, np.inf), np.where(direct, 0.0, np.inf), step)


def _road_chain(inputs: Inputs, skims: Skims) -> ChainSet:
    count = len(inputs.zones)
    start, end = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    beyond = beyond_map_km(inputs, "road")
    feasible = np.isfinite(skims.road_km[:count, :count] + beyond) & (start != end)
    leg = Leg("road", start, end, np.where(np.isfinite(beyond), beyond, 0.0))
    return ChainSet(ROAD, (leg,), feasible, np.zeros_like(start))


def _closed_chains(kind: int, zones: int, count: int) -> list[ChainSet]:
    """Return the chains of a mode that has no terminal: nobody can use them."""
    nowhere = np.full((zones, zones), -1, dtype=np.int64)
    leg = Leg("road", nowhere, nowhere, np.zeros((zones, zones)))
    closed = ChainSet(kind, (leg,), np.zeros((zones, zones), dtype=bool), np.zeros((zones, zones), dtype=np.int64))
    return [closed] * count


def _truck_leg(by_truck: BoolArray, start: npt.ArrayLike, end: npt.ArrayLike) -> Leg:
    """Return a drayage leg that falls away where the terminal is the zone's own."""
    return Leg("road", np.where(by_truck, start, -1), np.where(by_truck, end, -1), np.zeros(by_truck.shape))


def _terminal_chains(
    inputs: Inputs, reach: Access, kind: int, count: int, but: BoolArray | None = None
) -> list[ChainSet]:
    """Join the best pairs of terminals to each pair of zones, except where `but` holds."""
    zones, terminals = reach.truck_cny_per_t.shape
    if not terminals:
        return _closed_chains(kind, zones, count)
    ends = reach.direct_cny_per_t if kind == RAIL_SIDING else reach.any_cny_per_t
    cost, passed = best_ways([ends, reach.step_cny_per_t, ends.T], count)
    beyond = beyond_map_km(inputs, "rail" if reach.mode == "rail" else "water")
    origin, destination = np.meshgrid(np.arange(zones), np.arange(zones), indexing="ij")
    open_to = np.isfinite(beyond) & (origin != destination)
    if but is not None:
        open_to &= ~but
    external = (inputs.zones["kind"] == "external").to_numpy()
    far = np.where(np.isfinite(beyond), beyond, 0.0)
    found = []
    for rank in range(count):
        first, last = passed[rank]
        truck_first, truck_last = ~reach.direct[origin, first], ~reach.direct[destination, last]
        legs = (
            _truck_leg(truck_first, origin, first + reach.offset),
            Leg(reach.mode, first, last, far),
            _truck_leg(truck_last, last + reach.offset, destination),
        )
        at_gateway = (~truck_first & external[origin]).astype(np.int64) + (~truck_last & external[destination])
        found.append(ChainSet(kind, legs, worthwhile(cost)[rank] & open_to, at_gateway))
    return found


def _rail_water_chains(inputs: Inputs, skims: Skims, rail: Access, ports: Access, count: int) -> list[ChainSet]:
    """Train to a river port with a rail side, then vessel to or from a gateway of the waterway."""
    zones = len(inputs.zones)
    if skims.rail_terminals.empty or skims.ports.empty:
        return _closed_chains(RAIL_WATER, zones, count)
    river_zone: BoolArray = np.asarray(ports.direct.any(axis=1))
    external = (inputs.zones["kind"] == "external").to_numpy()
    transfer = np.full((len(skims.rail_terminals), len(skims.ports)), np.inf)
    for station, port in port_stations(skims):
        transfer[station, port] = 0.0
    # the tariff of the large river counts on the way to its gateway
    river = skims.water_km * inputs.parameters.water_rate_class_i_cny_per_tkm
    inland = np.where(river_zone[:, None], np.inf, rail.any_cny_per_t)
    cost, passed = best_ways([inland, rail.step_cny_per_t, transfer, river, ports.direct_cny_per_t.T], count)
    origin, destination = np.meshgrid(np.arange(zones), np.arange(zones), indexing="ij")
    out = river_zone[destination]
    beyond = beyond_map_km(inputs, "water")
    open_to = np.isfinite(beyond) & ~(external[:, None] & external[None, :])
    far = np.where(np.isfinite(beyond), beyond, 0.0)
    none = np.zeros((zones, zones))
    found = []
    for rank in range(count):
        # found outbound; inbound goods take the same way back
        yard, station, port, quay = (np.where(out, step, step.T) for step in passed[rank])
        feasible = (worthwhile(cost)[rank] | worthwhile(cost)[rank].T) & open_to
        truck = ~rail.direct[np.where(out, origin, destination), yard]
        legs = (
            Leg("waterway", np.where(out, -1, quay), np.where(out, -1, port), np.where(out, 0.0, far)),
            _truck_leg(truck & out, origin, yard + rail.offset),
            Leg("rail", np.where(out, yard, station), np.where(out, station, yard), none),
            _truck_leg(truck & ~out, yard + rail.offset, destination),
            Leg("waterway", np.where(out, port, -1), np.where(out, quay, -1), np.where(out, far, 0.0)),
        )
        found.append(ChainSet(RAIL_WATER, legs, feasible, feasible.astype(np.int64)))  # one end is a river gateway
    return found

"""Freight mode choice: generalised cost of every chain for every commodity, and the choice among them."""

from dataclasses import dataclass

import numpy as np

from transport_sim.choice.chains import (
    MAIN_MODE,
    RAIL_WATER,
    ROAD,
    ChainSet,
    Leg,
    Skims,
    beyond_sailing_h,
    drayage_cny_per_t,
    outside_speed_kmh,
    service_table,
)
from transport_sim.choice.freight_measures import apply_through_bills, of_kind, subsidy_cny_per_t
from transport_sim.choice.logit import Nests, nested_noise
from transport_sim.choice.service_waits import delays_h
from transport_sim.choice.shipment_size import choose_sizes, sized_costs
from transport_sim.demand.shipments import Shipments
from transport_sim.demand.truck_use import standing_ratios
from transport_sim.inputs import Inputs
from transport_sim.measures import Subsidy
from transport_sim.planning.driving import under_way_h
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.freight import CHAINS, NAVIGATION_CLASSES
from transport_sim.units import HOURS_PER_YEAR

MODES = ("road", "rail", "waterway")
"""Main modes in the order of the nests."""
BLOCK = 500_000
"""Shipments that choose at once, so that a year of them fits into memory."""


@dataclass(frozen=True)
class ChainCosts:
    """Cost of each chain, commodity and pair of zones, shape (chains, commodities, zones, zones)."""

    money_cny_per_t: FloatArray
    """What the shipper pays: rates, handling, charges. [CNY/t]"""
    generalised_cny_per_t: FloatArray
    """Money, time, inventory and loss; infinite where the chain is not possible. [CNY/t]"""
    charge_cny_per_t: FloatArray
    """The part of the money that policies charge (positive) or pay (negative). [CNY/t]"""
    kind: IntArray
    """Position in `CHAINS` of each chain, shape (chains,)."""
    size_share: tuple[FloatArray, ...]
    """For each chain the shares of the sizes, shape (sizes, commodities, zones, zones). [-]"""
    size_t: tuple[FloatArray, ...]
    """For each chain the tonnes of the sizes, broadcast to the same shape. [t]"""


def leg_km(leg: Leg, skims: Skims) -> FloatArray:
    """Return the distance of a leg between each pair of zones, with what lies outside the map. [km]."""
    table = {"road": skims.road_km, "rail": skims.rail_km, "waterway": skims.water_km}[leg.mode]
    return np.asarray(np.where(leg.start >= 0, table[leg.start, leg.end] + leg.beyond_km, 0.0))


def on_map_km(leg: Leg, skims: Skims) -> FloatArray:
    """Return the distance of a leg on the map, where a bureau's toll or subsidy ends; 0 without a way. [km]."""
    km = leg_km(leg, skims) - np.where(leg.start >= 0, leg.beyond_km, 0.0)
    return np.where(np.isfinite(km), km, 0.0)


def road_leg_h(leg: Leg, skims: Skims) -> FloatArray:
    """Return the driving time of a road leg , beyond the map at the speed on it. [h]."""
    inside_h, inside_km = skims.road_h[leg.start, leg.end], skims.road_km[leg.start, leg.end]
    slowness = np.divide(
        inside_h, inside_km, out=np.zeros_like(inside_h), where=(inside_km > 0) & np.isfinite(inside_km)
    )
    return np.asarray(np.where(leg.start >= 0, inside_h + leg.beyond_km * slowness, 0.0))


def chain_costs(inputs: Inputs, skims: Skims, chains: tuple[ChainSet, ...]) -> ChainCosts:
    """Calculate the cost of every chain.

    Money is rate times distance plus handling at each transfer and the drayage base; time is driving, sailing, train
    running, loading, waiting and delay, valued with the commodity's value of time and the interest on its value. The
    standard deviation of waits is valued with the reliability ratio. Each handling loses a share of the goods. Order
    cost, stock and the size of consignments come on top (`shipment_size.py`).
    """
    goods, p = inputs.commodities, inputs.parameters
    shape = (len(chains), len(goods), *chains[0].feasible.shape)
    money, time_h, charge, handlings = (np.zeros(shape) for _ in range(4))
    general = (goods["choice_group"] == "general").to_numpy()
    ratio = goods["road_rate_ratio"].to_numpy()[:, None, None]
    hauls = [_Haul(shape[1:]) for _ in chains]
    for k, chain in enumerate(chains):
        for leg in chain.legs:
            there = leg.start >= 0
            cost, hours = _leg_cost(inputs, skims, leg, trunk=chain.kind == ROAD)
            money[k] += np.where(there, cost, 0.0)
            time_h[k] += np.where(there, hours, 0.0)
            charge[k] += on_map_km(leg, skims) * _charge_rates(inputs, leg.mode)[:, None, None]
            hauls[k].add(inputs, skims, leg, main=leg.mode == MAIN_MODE[chain.kind])
        handlings[k] += _transfers(chain)
        last_miles = general[:, None, None] * chain.gateway_ends
        money[k] += last_miles * ratio * drayage_cny_per_t(inputs, p.terminal_access_km)
        time_h[k] += last_miles * (p.terminal_access_km / outside_speed_kmh(inputs) + p.road_terminal_h)
        handlings[k] += last_miles
        if chain.kind == RAIL_WATER:
            # at the river port one transhipment takes the place of unloading the one and loading the other
            money[k] += p.transhipment_rail_water_cny_per_t - p.rail_handling_cny_per_t - p.port_handling_cny_per_t
    apply_through_bills(inputs, chains, handlings, money, time_h)
    for subsidy in of_kind(inputs, Subsidy):
        charge -= subsidy_cny_per_t(inputs, subsidy, chains, lambda leg: on_map_km(leg, skims))
    money += charge
    value = goods["value_cny_per_t"].to_numpy()[:, None, None]
    behavioural = goods["value_of_time_cny_per_t_h"].to_numpy()[:, None, None]
    hourly = behavioural + value * p.inventory_rate_per_year / HOURS_PER_YEAR
    loss = goods["loss_share_per_handling"].to_numpy()[:, None, None] * value * handlings
    generalised, sized = np.empty(shape), []
    for k, (chain, haul) in enumerate(zip(chains, hauls, strict=True)):
        fixed = money[k] + time_h[k] * hourly + loss[k] + p.reliability_ratio * behavioural * np.sqrt(haul.variance_h2)
        sized.append(sized_costs(inputs, skims, chain, fixed=fixed, rates=haul.rates, waiting=haul.wait_h * hourly))
        generalised[k] = np.where(chain.feasible, sized[k].generalised_cny_per_t, np.inf)
        money[k] += sized[k].extra_money_cny_per_t
    kind = np.array([chain.kind for chain in chains])
    return ChainCosts(money, generalised, charge, kind, tuple(s.share for s in sized), tuple(s.size_t for s in sized))


class _Haul:
    """What the size of consignments and the reliability depend on, added up over the legs of a chain."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.rates, self.wait_h, self.variance_h2 = (np.zeros(shape) for _ in range(3))

    def add(self, inputs: Inputs, skims: Skims, leg: Leg, *, main: bool) -> None:
        """Add a leg; only the main legs' rates and waits depend on the size."""
        there = leg.start >= 0
        wait_h, std_h = _wait_h(inputs, skims, leg)
        self.variance_h2 += np.where(there, std_h**2, 0.0)
        if main and leg.mode != "road":
            self.wait_h += np.where(there, wait_h, 0.0)
            self.rates += np.where(there, _service_rate(inputs, skims, leg), 0.0)


def _wait_h(inputs: Inputs, skims: Skims, leg: Leg) -> tuple[FloatArray, FloatArray]:
    """Return the wait for a leg's vehicle and the standard deviation of its time, shape (zones, zones). [h].

    The deviation of the wait is in proportion to it, that of delays as they were simulated; both are independent.
    """
    p = inputs.parameters
    if leg.mode == "road":
        one = np.ones(leg.start.shape)
        return p.road_terminal_h * one, p.wait_variation_ratio * p.road_terminal_h * one
    wait = service_table(inputs, skims)[1] if leg.mode == "rail" else np.full(skims.water_km.shape, p.port_waiting_h)
    _, std = delays_h(inputs, skims, leg.mode)
    at = leg.start, leg.end
    return wait[at], np.hypot(p.wait_variation_ratio * wait, std)[at]


def _transfers(chain: ChainSet) -> FloatArray:
    """Count the changes of vehicle along a chain, shape (zones, zones). [-]."""
    return np.asarray(np.sum([leg.start >= 0 for leg in chain.legs], axis=0) - 1.0)


def _charge_rates(inputs: Inputs, mode: str) -> FloatArray:
    goods = inputs.commodities["commodity"]
    rate = np.zeros(len(goods))
    for charge in inputs.charges:
        if charge.mode == mode:
            rate += charge.cny_per_tkm * (goods.isin(charge.commodities).to_numpy() if charge.commodities else 1.0)
    return rate


def _leg_cost(inputs: Inputs, skims: Skims, leg: Leg, *, trunk: bool) -> tuple[FloatArray, FloatArray]:
    """Return money [CNY/t] and time [h] of one leg, shapes broadcastable to (commodities, zones, zones)."""
    if leg.mode == "road":
        return _road_cost(inputs, skims, leg, trunk=trunk)
    p, at = inputs.parameters, (leg.start, leg.end)
    delay_h = delays_h(inputs, skims, leg.mode)[0][at]
    rate = _service_rate(inputs, skims, leg)
    if leg.mode == "rail":
        hours = leg_km(leg, skims) / p.rail_speed_kmh + service_table(inputs, skims)[1][at] + 2.0 * p.rail_loading_h
        return rate + 2.0 * p.rail_handling_cny_per_t, hours + delay_h
    inbound = (inputs.zones["beyond_water_km"] > 0).to_numpy()[:, None]
    sailing = skims.water_h[at] + beyond_sailing_h(inputs, leg.beyond_km, inbound)
    return rate + 2.0 * p.port_handling_cny_per_t, sailing + 2.0 * p.port_waiting_h + delay_h


def _service_rate(inputs: Inputs, skims: Skims, leg: Leg) -> FloatArray:
    """Return the rate of a train or vessel without handling, broadcastable to (commodities, zones, zones). [CNY/t]."""
    p, km, at = inputs.parameters, leg_km(leg, skims), (leg.start, leg.end)
    if leg.mode == "rail":
        ratio = service_table(inputs, skims)[0]
        tariff = inputs.rail_tariff.set_index("rail_tariff_class").loc[inputs.commodities["rail_tariff_class"]]
        base = tariff["base_cny_per_t"].to_numpy()[:, None, None]
        per_km = tariff["distance_cny_per_tkm"].to_numpy()[:, None, None]
        levies = p.rail_construction_fund_cny_per_tkm + p.rail_electrification_cny_per_tkm
        return np.asarray(ratio[at] * (base + per_km * km) + levies * km)
    fleet = inputs.vessel_fleet.set_index("navigation_class")
    rates = {"i": p.water_rate_class_i_cny_per_tkm, "iii": p.water_rate_class_iii_cny_per_tkm}
    rates |= {"iv": p.water_rate_class_iv_cny_per_tkm, "v": p.water_rate_class_v_cny_per_tkm}
    full_t, rate = (
        np.array([f(c) for c in NAVIGATION_CLASSES])[skims.water_class[at]]
        for f in (lambda c: fleet["payload_capacity_t"][c], lambda c: rates[fleet["rate_class"][c]])
    )
    # a vessel that shallow water keeps from loading fully costs the same for fewer tonnes
    return np.asarray(rate * full_t / skims.vessel_payload_t[at] * km)


def _road_cost(inputs: Inputs, skims: Skims, leg: Leg, *, trunk: bool) -> tuple[FloatArray, FloatArray]:
    p = inputs.parameters
    ratio = inputs.commodities["road_rate_ratio"].to_numpy()[:, None, None]
    km = leg_km(leg, skims)
    trunk_price = p.road_fixed_cny_per_t + 2.0 * p.road_handling_cny_per_t + p.road_rate_cny_per_tkm * km
    # the fixed part of a truck's price is for its standing at both ends, also within the drayage base
    saved = p.road_fixed_cny_per_t * (1.0 - standing_ratios(inputs))[:, None, None]
    driving_h = under_way_h(road_leg_h(leg, skims), inputs.operations["driving_rules"])
    hours = driving_h + (2.0 if trunk else 1.0) * p.road_terminal_h
    return ratio * ((trunk_price if trunk else drayage_cny_per_t(inputs, km)) - saved), hours


@dataclass(frozen=True)
class Utilities:
    """What choice needs to know of every chain."""

    value: FloatArray
    """Systematic utility, shape (chains, commodities, zones, zones). [-]"""
    kind: IntArray
    """Position in `CHAINS` of each chain, shape (chains,)."""
    nests: Nests
    """By main mode."""


def utilities(inputs: Inputs, costs: ChainCosts, shift_rail: float, shift_water: float) -> Utilities:
    """Return systematic utilities V = asc + shift - scale ln(cost), with the nests of the main modes. [-].

    References
    ----------
    .. [1] Jourquin, "Estimating elasticities for freight transport using a network model", 2019 (form);
       coefficients of the Nodus demonstration project.
    """
    p = inputs.parameters
    general = (inputs.commodities["choice_group"] == "general").to_numpy()
    scale = np.where(general, p.logit_scale_general, p.logit_scale_bulk)[:, None, None]
    rail = np.where(general, p.asc_rail_general, p.asc_rail_bulk) + shift_rail
    water = np.where(general, p.asc_water_general, p.asc_water_bulk) + shift_water
    nest = np.array([MODES.index(MAIN_MODE[k]) for k in costs.kind])
    asc = np.stack([np.zeros_like(rail), rail, water])[nest][:, :, None, None]
    nests = Nests(nest, np.array([1.0, p.rail_nest_ratio, p.water_nest_ratio]))
    with np.errstate(divide="ignore"):
        return Utilities(np.asarray(asc - scale * np.log(costs.generalised_cny_per_t)), costs.kind, nests)


def choose(utility: Utilities, shipments: Shipments, *, seed: int) -> IntArray:
    """Choose one chain for each shipment: the highest utility plus an addressed draw of the nested logit.

    Returns
    -------
    Position among the chains, shape (shipments,). A captive shipment goes by the best chain of its kind.
    """
    found = np.empty(len(shipments.shipment_id), dtype=np.int64)
    names = chain_names(utility.kind)
    for start in range(0, len(found), BLOCK):
        rows = slice(start, start + BLOCK)
        at = shipments.commodity[rows], shipments.origin[rows], shipments.destination[rows]
        noise = nested_noise(shipments.shipment_id[rows], utility.nests, names, seed=seed, stream="chain")
        found[rows] = (utility.value[(slice(None), *at)] + noise).argmax(axis=0)
    return np.where(shipments.captive >= 0, shipments.captive, found)


def chain_names(kind: IntArray) -> tuple[str, ...]:
    """Name every chain: its kind, with its rank from the second on. [-]."""
    rank = [int((kind[:n] == k).sum()) + 1 for n, k in enumerate(kind)]
    return tuple(CHAINS[k] if r == 1 else f"{CHAINS[k]}:{r}" for k, r in zip(kind, rank, strict=True))


def order_sizes(costs: ChainCosts, shipments: Shipments, chain: IntArray, *, seed: int) -> tuple[IntArray, FloatArray]:
    """Draw the size of the order that each shipment is part of: its position among the sizes [-] and its tonnes [t]."""
    chosen, tonnes_t = np.zeros(len(chain), dtype=np.int64), np.zeros(len(chain))
    for k, (share, size_t) in enumerate(zip(costs.size_share, costs.size_t, strict=True)):
        mine = np.flatnonzero(chain == k)
        at = shipments.commodity[mine], shipments.origin[mine], shipments.destination[mine]
        all_t = np.broadcast_to(size_t, share.shape)[(slice(None), *at)]
        chosen[mine] = choose_sizes(share[(slice(None), *at)], shipments.shipment_id[mine], seed=seed)
        tonnes_t[mine] = all_t[chosen[mine], np.arange(len(mine))]
    return chosen, tonnes_t

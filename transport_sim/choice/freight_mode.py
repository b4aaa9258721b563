"""Freight mode choice: generalised cost of every chain for every commodity, and the choice among them."""

from dataclasses import dataclass

import numpy as np

from transport_sim.choice.chains import (
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
from transport_sim.demand.shipments import Shipments
from transport_sim.inputs import Inputs
from transport_sim.measures import Subsidy
from transport_sim.randomness import FloatArray, IntArray, gumbel
from transport_sim.tables import CHAINS, NAVIGATION_CLASSES
from transport_sim.units import HOURS_PER_YEAR


@dataclass(frozen=True)
class ChainCosts:
    """Cost of each chain, commodity and pair of zones, shape (chains, commodities, zones, zones)."""

    money_cny_per_t: FloatArray
    """What the shipper pays: rates, handling, charges. [CNY/t]"""
    generalised_cny_per_t: FloatArray
    """Money, time, inventory and loss; infinite where the chain is not possible. [CNY/t]"""
    charge_cny_per_t: FloatArray
    """The part of the money that policies charge (positive) or pay (negative). [CNY/t]"""


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

    Money is rate times distance plus handling at each transfer and the drayage base; time is driving,
    sailing, train running, loading and waiting, valued with the commodity's value of time and the interest
    on its value; each handling loses a share of the goods.
    """
    goods, p = inputs.commodities, inputs.parameters
    shape = (len(chains), len(goods), *chains[0].feasible.shape)
    money, time_h, charge, handlings = (np.zeros(shape) for _ in range(4))
    general = (goods["choice_group"] == "general").to_numpy()
    ratio = goods["road_rate_ratio"].to_numpy()[:, None, None]
    for k, chain in enumerate(chains):
        for leg in chain.legs:
            there = leg.start >= 0
            cost, hours = _leg_cost(inputs, skims, leg, trunk=k == ROAD)
            money[k] += np.where(there, cost, 0.0)
            time_h[k] += np.where(there, hours, 0.0)
            charge[k] += on_map_km(leg, skims) * _charge_rates(inputs, leg.mode)[:, None, None]
        handlings[k] += _transfers(chain)
        last_miles = general[:, None, None] * chain.gateway_ends
        money[k] += last_miles * ratio * drayage_cny_per_t(inputs, p.terminal_access_km)
        time_h[k] += last_miles * (p.terminal_access_km / outside_speed_kmh(inputs) + p.road_terminal_h)
        handlings[k] += last_miles
    # at the river port one transhipment takes the place of unloading the one and loading the other
    money[RAIL_WATER] += p.transhipment_rail_water_cny_per_t - p.rail_handling_cny_per_t - p.port_handling_cny_per_t
    apply_through_bills(inputs, chains, handlings, money, time_h)
    for subsidy in of_kind(inputs, Subsidy):
        charge -= subsidy_cny_per_t(inputs, subsidy, chains, lambda leg: on_map_km(leg, skims))
    money += charge
    value = goods["value_cny_per_t"].to_numpy()[:, None, None]
    hourly = (
        goods["value_of_time_cny_per_t_h"].to_numpy()[:, None, None]
        + value * p.inventory_rate_per_year / HOURS_PER_YEAR
    )
    loss = goods["loss_share_per_handling"].to_numpy()[:, None, None] * value * handlings
    feasible = np.stack([c.feasible for c in chains])[:, None]
    # a subsidy may not turn a price negative: ln(cost) needs a positive cost
    generalised = np.maximum(money + time_h * hourly + loss, 1.0)
    return ChainCosts(money, np.where(feasible, generalised, np.inf), charge)


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
    if leg.mode == "rail":
        return _rail_leg_cost(inputs, skims, leg)
    p = inputs.parameters
    km = leg_km(leg, skims)
    fleet = inputs.vessel_fleet.set_index("navigation_class")
    rates = {"i": p.water_rate_class_i_cny_per_tkm, "iii": p.water_rate_class_iii_cny_per_tkm}
    rates |= {"iv": p.water_rate_class_iv_cny_per_tkm, "v": p.water_rate_class_v_cny_per_tkm}
    at = leg.start, leg.end
    full_t, rate = (
        np.array([f(c) for c in NAVIGATION_CLASSES])[skims.water_class[at]]
        for f in (lambda c: fleet["payload_capacity_t"][c], lambda c: rates[fleet["rate_class"][c]])
    )
    # a vessel that shallow water keeps from loading fully costs the same for fewer tonnes
    rate = rate * full_t / skims.vessel_payload_t[at]
    inbound = (inputs.zones["beyond_water_km"] > 0).to_numpy()[:, None]
    sailing = skims.water_h[at] + beyond_sailing_h(inputs, leg.beyond_km, inbound)
    return rate * km + 2.0 * p.port_handling_cny_per_t, sailing + 2.0 * p.port_waiting_h


def _road_cost(inputs: Inputs, skims: Skims, leg: Leg, *, trunk: bool) -> tuple[FloatArray, FloatArray]:
    p = inputs.parameters
    ratio = inputs.commodities["road_rate_ratio"].to_numpy()[:, None, None]
    km = leg_km(leg, skims)
    trunk_price = p.road_fixed_cny_per_t + 2.0 * p.road_handling_cny_per_t + p.road_rate_cny_per_tkm * km
    hours = road_leg_h(leg, skims) + (2.0 if trunk else 1.0) * p.road_terminal_h
    return ratio * (trunk_price if trunk else drayage_cny_per_t(inputs, km)), hours


def _rail_leg_cost(inputs: Inputs, skims: Skims, leg: Leg) -> tuple[FloatArray, FloatArray]:
    p, km = inputs.parameters, leg_km(leg, skims)
    ratio, wait = service_table(inputs, skims)
    tariff = inputs.rail_tariff.set_index("rail_tariff_class").loc[inputs.commodities["rail_tariff_class"]]
    base = tariff["base_cny_per_t"].to_numpy()[:, None, None]
    per_km = tariff["distance_cny_per_tkm"].to_numpy()[:, None, None]
    at = leg.start, leg.end
    levies = p.rail_construction_fund_cny_per_tkm + p.rail_electrification_cny_per_tkm
    money = ratio[at] * (base + per_km * km) + levies * km + 2.0 * p.rail_handling_cny_per_t
    return money, km / p.rail_speed_kmh + wait[at] + 2.0 * p.rail_loading_h


def utilities(inputs: Inputs, costs: ChainCosts, shift_rail: float, shift_water: float) -> FloatArray:
    """Return systematic utilities V = asc + shift - scale ln(cost), shape (chains, commodities, zones, zones). [-].

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
    asc = np.stack([np.zeros_like(rail), rail, rail, water, rail])[:, :, None, None]
    with np.errstate(divide="ignore"):
        return np.asarray(asc - scale * np.log(costs.generalised_cny_per_t))


def choose(utility: FloatArray, shipments: Shipments, *, seed: int) -> IntArray:
    """Choose one chain for each shipment: the highest utility plus an addressed Gumbel draw.

    Returns
    -------
    Position in `CHAINS`, shape (shipments,). A captive shipment keeps its chain.
    """
    systematic = utility[:, shipments.commodity, shipments.origin, shipments.destination]
    noise = [gumbel(shipments.shipment_id, seed=seed, stream=f"chain:{name}") for name in CHAINS]
    return np.where(shipments.captive >= 0, shipments.captive, (systematic + np.stack(noise)).argmax(axis=0))

"""Expected CO2e of a tonne on every chain: what the accounting gives on average, without simulating."""

from typing import Any

import numpy as np

from transport_sim.choice.chains import ChainSet, Leg, Skims
from transport_sim.demand.shipments import truck_capacities_t, truck_counts
from transport_sim.demand.truck_use import empty_return_shares, load_ratios
from transport_sim.energy.hub import handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh, train_gross_t
from transport_sim.energy.vessel import vessel_class_for
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.results.footprint import carbon, vessel_carbon
from transport_sim.results.truck_rates import LOADS, gases_kg_per_km, route_rates
from transport_sim.results.vessel_energy import vessel_energy
from transport_sim.tables.freight import TRUCK_CLASSES


def truck_co2e_kg(inputs: Inputs, skims: Skims) -> FloatArray:
    """Return CO2e of a truck's energy on each route, shape (routes + 1, classes, loads); last 1 km outside. [kg]."""
    return np.asarray(carbon(inputs, **route_rates(inputs, skims).energy, lng_slips=False)["co2e_wtw_kg"])


def chain_co2e_kg_per_t(inputs: Inputs, skims: Skims, chains: tuple[ChainSet, ...], truck_kg: FloatArray) -> FloatArray:
    """Calculate the expected CO2e (WTW) of a tonne on every chain, by the formulas of the accounting.

    Trains are full, trucks loaded as the consignment's lot asks; both return empty with their shares.

    Parameters
    ----------
    inputs, skims, chains
        Of the year.
    truck_kg
        CO2e of one truck's fuel by route, class and load. [kg]

    Returns
    -------
    Shape (chains, commodities, zones, zones); zero where a chain is not possible. [kg/t]
    """
    general = (inputs.commodities["choice_group"] == "general").to_numpy()[:, None, None]
    handled = float(np.asarray(carbon(inputs, diesel_kg=handling_fuel_kg(inputs.factors, 1.0))["co2e_wtw_kg"]))
    road = _RoadRates(inputs, skims, truck_kg)
    outside = road.per_t(None)
    found = []
    for chain in chains:
        outer = general & (chain.gateway_ends > 0)
        legs_count = sum((leg.start >= 0).astype(float) for leg in chain.legs) + outer
        total = handled * np.maximum(legs_count - 1.0, 0.0) + np.where(outer, outside, 0.0)
        for leg in chain.legs:
            total = total + np.where(leg.start >= 0, _leg(inputs, skims, road, leg), 0.0)
        found.append(np.where(chain.feasible, total, 0.0))
    return np.stack(found)


def _leg(inputs: Inputs, skims: Skims, road: "_RoadRates", leg: Leg) -> FloatArray:
    if leg.mode == "road":
        return road.per_t(leg)
    return _train(inputs, skims, leg) if leg.mode == "rail" else _vessel(inputs, skims, leg)


class _RoadRates:
    """CO2e of a tonne on road legs, by commodity."""

    def __init__(self, inputs: Inputs, skims: Skims, truck_kg: FloatArray) -> None:
        self._inputs, self._skims, self._truck_kg = inputs, skims, truck_kg
        self._routes = skims.road_km.shape[0]
        self._load_ratio, self._empty_share = load_ratios(inputs), empty_return_shares(inputs)
        self._gas = [gases_kg_per_km(inputs, name) for name in TRUCK_CLASSES]

    def per_t(self, leg: Leg | None) -> FloatArray:
        """Return kg per tonne, shape (commodities, zones, zones); of the last mile outside the map without a leg."""
        if leg is None:
            km = np.full((1, 1), self._inputs.parameters.terminal_access_km)
            out, stretch = np.full((1, 1), self._truck_kg.shape[0] - 1), km
            return self._mixed((out, stretch), (out, stretch), km)
        inside = np.where(leg.start >= 0, self._skims.road_km[leg.start, leg.end], 0.0)
        back = np.where(leg.start >= 0, self._skims.road_km[leg.end, leg.start], 0.0)
        ways = [
            (
                a * self._routes + b,
                1.0 + np.divide(leg.beyond_km, km, out=np.zeros_like(km), where=(km > 0) & np.isfinite(km)),
            )
            for a, b, km in ((leg.start, leg.end, inside), (leg.end, leg.start, back))
        ]
        ways = [(np.where(leg.start >= 0, route, 0), stretch) for route, stretch in ways]
        km = np.where(np.isfinite(inside), inside, 0.0) + leg.beyond_km
        return self._mixed(ways[0], ways[1], km)

    def _mixed(self, out: tuple[Any, FloatArray], back: tuple[Any, FloatArray], km: FloatArray) -> FloatArray:
        """Mix the truck classes of each commodity, with the share that returns empty."""
        goods = self._inputs.commodities
        lot_t = goods["road_lot_t"].to_numpy(float)
        total = np.zeros_like(self._load_ratio)
        for c, (name, capacity_t) in enumerate(zip(TRUCK_CLASSES, truck_capacities_t(self._inputs), strict=True)):
            share = goods[f"{name}_share"].to_numpy(float)
            gas = self._gas[c] * km
            table, unladen = self._truck_kg[out[0], c], back[1] * self._truck_kg[back[0], c, 0]
            for g in np.flatnonzero(share > 0.0):
                trucks = truck_counts(lot_t[g], capacity_t, self._load_ratio[g])
                load = np.minimum(lot_t[g] / trucks / capacity_t, 1.0)
                lower = np.minimum(np.searchsorted(LOADS, load, side="right") - 1, len(LOADS) - 2)
                weight = (load - LOADS[lower]) / (LOADS[lower + 1] - LOADS[lower])
                below, above = (_taken(table, lower + n) for n in (0, 1))
                full = out[1] * (below * (1.0 - weight) + above * weight)
                per_truck = full + gas + self._empty_share[g] * (unladen + gas)
                total[g] = total[g] + share[g] * trucks / lot_t[g] * per_truck
        return total


def _taken(table: FloatArray, load: IntArray) -> FloatArray:
    """Pick each pair's load step from a table of routes, whose first axes may be of length one."""
    pairs = np.broadcast_shapes(table.shape[:-1], load.shape)
    wide, at = np.broadcast_to(table, (*pairs, table.shape[-1])), np.broadcast_to(load, pairs)
    return np.asarray(np.take_along_axis(wide, at[..., None], axis=-1)[..., 0])


def _train(inputs: Inputs, skims: Skims, leg: Leg) -> FloatArray:
    """Return CO2e of a tonne on a full train and of its share of empty wagons, shape (zones, zones). [kg/t]."""
    factors = inputs.factors
    net_t, tare_t = (factors.value("rail", quantity=f"wagon_{q}_t", traction="all") for q in ("net", "tare"))
    gross_t = float(train_gross_t(1.0, wagon_net_t=net_t, wagon_tare_t=tare_t))
    gross_t += inputs.parameters.empty_return_share_train * tare_t / net_t
    on_map = np.where(np.isfinite(skims.rail_km[leg.start, leg.end]), skims.rail_km[leg.start, leg.end], 0.0)
    wire = np.minimum(np.nan_to_num(skims.rail_electric_km[leg.start, leg.end], posinf=0.0), on_map)
    found = carbon(
        inputs,
        diesel_kg=traction_diesel_kg(factors, gross_t * (on_map - wire)),
        electricity_kwh=traction_electricity_kwh(factors, gross_t * (wire + leg.beyond_km)),
        electricity_beyond_kwh=traction_electricity_kwh(factors, gross_t * leg.beyond_km),
    )
    return np.asarray(found["co2e_wtw_kg"])


def _vessel(inputs: Inputs, skims: Skims, leg: Leg) -> FloatArray:
    """Return CO2e of a tonne on the vessels of the waterway's class, shape (zones, zones). [kg/t]."""
    payload = np.where(np.isfinite(skims.water_km), skims.vessel_payload_t, 0.0)
    intensity = np.zeros_like(payload)
    for payload_t in np.unique(payload[payload > 0.0]):
        here = payload == payload_t
        name = vessel_class_for(inputs.factors, float(payload_t))
        energy = vessel_energy(inputs, np.ones(int(here.sum())), name, skims.water_class[here])
        intensity[here] = vessel_carbon(inputs, energy)["co2e_wtw_kg"]
    km = skims.water_km[leg.start, leg.end] + leg.beyond_km
    return np.asarray(intensity[leg.start, leg.end] * np.where(np.isfinite(km), km, 0.0))

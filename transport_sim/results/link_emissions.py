"""Greenhouse gases on the links of the map: the same rates as those of the legs, added up by link and not by leg."""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh
from transport_sim.inputs import Inputs
from transport_sim.network.routing import Paths
from transport_sim.randomness import FloatArray
from transport_sim.results.footprint import carbon, load_weights, vessel_carbon
from transport_sim.results.truck_rates import LOADS, RouteRates
from transport_sim.results.vessel_energy import navigation_classes, vessel_energy
from transport_sim.tables.freight import TRUCK_CLASSES

WTW = "co2e_wtw_kg"


def link_co2e_kg(inputs: Inputs, skims: Skims, legs: pd.DataFrame, rates: RouteRates) -> FloatArray:
    """Calculate the CO2e (WTW) of vehicles on each link of the map; what lies beyond it is on no link.

    Parameters
    ----------
    inputs, skims
        Of the run.
    legs
        With start, end, mode, vehicle_class, vehicle_count, payload_t, gross_t and loaded.
    rates
        Of the trucks.

    Returns
    -------
    CO2e by link, in the order of the skims' network. [kg]
    """
    inside = legs[legs["start"] >= 0]
    parts = (_road(inputs, skims, inside, rates), _rail(inputs, skims, inside), _water(inputs, skims, inside))
    return np.asarray(sum(parts))


def _on_links(paths: Paths, part: pd.DataFrame, amount: FloatArray) -> FloatArray:
    """Add an amount of each leg to every link of its route."""
    route = part["start"].to_numpy() * paths.cost.shape[1] + part["end"].to_numpy()
    return np.asarray(paths.incidence.T @ np.bincount(route, amount, paths.cost.size))


def _road(inputs: Inputs, skims: Skims, legs: pd.DataFrame, rates: RouteRates) -> FloatArray:
    km = skims.network.links["length_km"].to_numpy(float)
    total = np.zeros(len(km))
    for c, vehicle_class in enumerate(TRUCK_CLASSES):
        part = legs[(legs["mode"] == "road") & (legs["vehicle_class"] == vehicle_class)]
        trucks = part["vehicle_count"].to_numpy(float)
        lower, weight = load_weights(inputs, part)
        energy = {name: np.zeros(len(km)) for name in rates.link_energy_per_km}
        for level in range(len(LOADS)):
            share = (lower == level) * (1.0 - weight) + (lower + 1 == level) * weight
            passing = _on_links(skims.road, part, trucks * share)
            for name, per_km in rates.link_energy_per_km.items():
                energy[name] += passing * per_km[:, c, level] * km
        gases = _on_links(skims.road, part, trucks) * km * rates.gases_kg_per_km[c]
        total += carbon(inputs, **energy, methane_and_n2o_kg=gases, lng_slips=False)[WTW]
    return total


def _rail(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> FloatArray:
    links = skims.network.links
    part = legs[legs["mode"] == "rail"]
    gross_tkm = _on_links(skims.rail, part, part["gross_t"].to_numpy()) * links["length_km"].to_numpy(float)
    wire = links["electrified"].to_numpy(bool)
    kwh = traction_electricity_kwh(inputs.factors, np.where(wire, gross_tkm, 0.0))
    diesel = traction_diesel_kg(inputs.factors, np.where(wire, 0.0, gross_tkm))
    return np.asarray(carbon(inputs, diesel_kg=diesel, electricity_kwh=kwh)[WTW])


def _water(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> FloatArray:
    km = skims.network.links["length_km"].to_numpy(float)
    total = np.zeros(len(km))
    sailing = legs[legs["mode"] == "waterway"]
    waters = pd.Series(navigation_classes(skims, sailing), sailing.index, name="water")
    for (vehicle_class, water), part in sailing.groupby(["vehicle_class", waters]):
        activity_tkm = _on_links(skims.water, part, part["payload_t"].to_numpy()) * km
        energy = vessel_energy(inputs, activity_tkm, str(vehicle_class), np.full(len(km), water))
        total += vessel_carbon(inputs, energy)[WTW]
    return total


def legs_on_map_co2e_kg(inputs: Inputs, legs: pd.DataFrame) -> "pd.Series[float]":
    """Return the CO2e (WTW) that each mode's legs emit on the map, for the audit.

    Trucks and vessels emit in proportion to the distance; beyond the map trains draw their power from another grid.
    """
    inside = 1.0 - legs["beyond_km"] / legs["distance_km"].where(legs["distance_km"] > 0.0, 1.0)
    co2e = legs[WTW] * inside
    rail = legs["mode"] == "rail"
    part = legs[rail]
    near = (part["electricity_kwh"] - part["electricity_beyond_kwh"]).clip(lower=0.0).to_numpy()
    co2e[rail] = carbon(inputs, diesel_kg=part["diesel_kg"].to_numpy(), electricity_kwh=near)[WTW]
    return co2e.groupby(legs["mode"]).sum()

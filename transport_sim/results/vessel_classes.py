"""Vessels by class of waterway: what they carry and burn, at low water too, and why a truck is worse or better."""

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims, build_skims
from transport_sim.energy.sailing import sailing_energy, vessel_dimensions
from transport_sim.errors import FactorError
from transport_sim.hydrology import MONTHS, monthly_depth_m
from transport_sim.results.footprint import carbon
from transport_sim.river import extreme_along, lock_sills_m, monthly_payloads_t, vessel_fit, water_speed_kmh
from transport_sim.tables.freight import NAVIGATION_CLASSES
from transport_sim.units import G_PER_KG

if TYPE_CHECKING:
    from transport_sim.inputs import Inputs
    from transport_sim.randomness import FloatArray
    from transport_sim.run import Comparison, Result

FUEL_COLUMNS = ("diesel_kg", "lng_kg", "methanol_kg")
LEAST_DEPTH_RATIO = 1.05
"""Depth over draught below which the resistance of a hull is not defined. [-]"""
LEG_COLUMNS = (
    *("mode", "vehicle_class", "from_place", "to_place", "loaded", "vehicle_count", "payload_t", "vkm"),
    *("activity_tkm", "co2e_wtw_kg", *FUEL_COLUMNS),
)


def vessel_legs(result: "Result", year: int, skims: Skims) -> pd.DataFrame:
    """Return the legs of vessels added up by their ports: from_place, to_place, navigation_class, loaded and sums."""
    legs = result.tables.read("legs", columns=LEG_COLUMNS, year=year)
    legs = legs[legs["mode"] == "waterway"]
    sums = ["vehicle_count", "payload_t", "vkm", "activity_tkm", "co2e_wtw_kg", *FUEL_COLUMNS]
    found = legs.groupby(["from_place", "to_place", "loaded"])[sums].sum().reset_index()
    at = {name: n for n, name in reversed(list(enumerate(skims.ports["terminal"])))}
    start, end = (found[side].map(at).to_numpy(np.int64) for side in ("from_place", "to_place"))
    names = np.array(NAVIGATION_CLASSES)[skims.water_class[start, end]] if len(found) else []
    return found.assign(start=start, end=end, navigation_class=names)


def class_sums(legs: pd.DataFrame) -> pd.DataFrame:
    """Condense legs of vessels by class of waterway.

    Parameters
    ----------
    legs
        navigation_class, loaded, vehicle_count, payload_t, vkm, activity_tkm, co2e_wtw_kg and the fuels.

    Returns
    -------
    Index navigation_class; voyages_count, mean_payload_t, km_payload_t (by kilometre), empty_share (of vessel-km),
    fuel_kg_per_km (of all vessel-km), fuel_g_per_tkm and g_per_tkm (CO2e WTW). Classes without goods are left out.
    """
    full = legs[legs["loaded"]].groupby("navigation_class")[["vehicle_count", "payload_t", "vkm", "activity_tkm"]].sum()
    full = full[full["activity_tkm"] > 0.0]
    every = legs.groupby("navigation_class")[["vkm", "co2e_wtw_kg", *FUEL_COLUMNS]].sum().reindex(full.index)
    fuel = every[list(FUEL_COLUMNS)].sum(axis=1)
    return pd.DataFrame(
        {
            "voyages_count": full["vehicle_count"],
            "mean_payload_t": full["payload_t"] / full["vehicle_count"],
            "km_payload_t": full["activity_tkm"] / full["vkm"],
            "empty_share": 1.0 - full["vkm"] / every["vkm"],
            "fuel_kg_per_km": fuel / every["vkm"],
            "fuel_g_per_tkm": G_PER_KG * fuel / full["activity_tkm"],
            "g_per_tkm": G_PER_KG * every["co2e_wtw_kg"] / full["activity_tkm"],
        }
    )


def monthly_physics(inputs: "Inputs", skims: Skims, legs: pd.DataFrame, *, dated: bool) -> pd.DataFrame:
    """Calculate load and CO2e of each class of waterway by month from the resistance of its typical hull.

    Out with what the month's water lets the vessel load, and with as much of that as goods filled in the simulation;
    back empty, at the speed of the account and the depth of the way (harmonic mean over its length, so that shallows
    count more). An estimate beside the account, which takes published class means and does not see partial loads.

    Parameters
    ----------
    inputs, skims
        Of the year.
    legs
        From `vessel_legs`; loaded ones weigh the ways of a class by their vessel-km.
    dated
        Whether the run went through the months; otherwise it had mean water.

    Returns
    -------
    navigation_class, month (1 to 12), payload_t, load_share (what water allows of a full load), least_depth_m,
    full_depth_m (that a full vessel needs), g_per_tkm (as full as the water allows) and simulated_g_per_tkm (as full as
    in the simulation), missing where the hull cannot sail.
    """
    types = {str(t["navigation_class"]): t for t in inputs.operations["vessel_types"].to_dict("records")}
    fit, payloads = vessel_fit(inputs), monthly_payloads_t(inputs, skims)
    usual_t = payloads.mean(axis=0) if dated else skims.vessel_payload_t
    depth = np.minimum(monthly_depth_m(skims.network, inputs.operations["hydrology"]), lock_sills_m(skims.network))
    km = skims.network.links["length_km"].to_numpy(float)
    rows = []
    for month in range(MONTHS):
        least = extreme_along(skims.water, depth[month], np.minimum, np.inf)
        thin = (skims.water.incidence @ (km / depth[month])).reshape(skims.water.cost.shape)
        for name, own in legs[legs["loaded"]].groupby("navigation_class"):
            at, position = (own["start"].to_numpy(), own["end"].to_numpy()), NAVIGATION_CLASSES.index(str(name))
            weight = own["vkm"].to_numpy(float)
            fill = np.minimum(own["payload_t"].to_numpy() / own["vehicle_count"].to_numpy() / usual_t[at], 1.0)
            possible_t, payload_t = payloads[month][at], payloads[month][at] * fill
            way_m = np.divide(skims.water_km[at], thin[at], out=np.full(len(own), 99.0), where=thin[at] > 0.0)
            full, filled = np.full(len(own), np.nan), np.full(len(own), np.nan)
            if str(name) in types:
                hull, engine_year = str(types[str(name)]["hull"]), int(types[str(name)]["engine_year"])
                full = round_trip_g_per_tkm(inputs, hull, possible_t, way_m, engine_year)
                filled = round_trip_g_per_tkm(inputs, hull, payload_t, way_m, engine_year)
            rows.append(
                {
                    "navigation_class": str(name),
                    "month": month + 1,
                    "payload_t": float(np.average(payload_t, weights=weight)),
                    "load_share": float(np.average(possible_t, weights=weight)) / float(fit.full_t[position]),
                    "least_depth_m": float(np.average(np.minimum(least[at], fit.full_m[position]), weights=weight)),
                    "full_depth_m": float(fit.full_m[position]),
                    "g_per_tkm": float(np.average(full, weights=weight * possible_t)),
                    "simulated_g_per_tkm": float(np.average(filled, weights=weight * payload_t)),
                }
            )
    return pd.DataFrame(rows)


def round_trip_g_per_tkm(
    inputs: "Inputs", hull: str, payload_t: "FloatArray", depth_m: "FloatArray", engine_year: int
) -> "FloatArray":
    """Return CO2e WTW per t-km of a hull that sails a way loaded and back empty, without current. [g/t-km].

    An estimate beside the account: no factor set has it as its method for vessels.

    Parameters
    ----------
    inputs
        Factors, and the speed through the water.
    hull
        Key of `vessel_hulls.csv`.
    payload_t, depth_m
        Of each way; the depth is at least what the draught needs. [t], [m]
    engine_year
        Year of construction of the engine.

    Returns
    -------
    Not a number where the engine cannot hold the speed.
    """
    factors = inputs.factors
    size = vessel_dimensions(factors, hull)
    load = np.minimum(payload_t, size.payload_t)
    draught = size.empty_draught_m + (size.draught_m - size.empty_draught_m) * load / size.payload_t
    depth = np.maximum(depth_m, LEAST_DEPTH_RATIO * draught)

    def fuel_kg(ways: slice) -> "FloatArray":
        there_and_back = np.stack([load[ways], np.zeros_like(load[ways])])
        use = sailing_energy(
            factors,
            hull,
            distance_km=1.0,
            payload_t=there_and_back,
            speed_kmh=water_speed_kmh(inputs),
            depth_m=depth[ways],
            construction_year=engine_year,
        ).use
        both: FloatArray = np.asarray(use.fuel_kg).sum(axis=0)
        return both

    try:
        fuel = fuel_kg(slice(None))
    except FactorError:
        fuel = np.full(load.shape, np.nan)
        for way in range(len(load)):
            with suppress(FactorError):
                fuel[way] = fuel_kg(slice(way, way + 1))[0]
    per_kg = np.asarray(carbon(inputs, diesel_kg=np.ones(1))["co2e_wtw_kg"])
    return np.asarray(G_PER_KG * per_kg * fuel / load)


def vessel_finding(comparison: "Comparison", year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return classes of waterway over all scenarios, and their months.

    Returns
    -------
    `class_sums` with a column `scenarios` (names of those in which the class sails), poorest class first; and
    `monthly_physics` of the first scenario in which the class sails.
    """
    parts, months = [], []
    seen: dict[str, list[str]] = {}
    for result in comparison.results:
        inputs = result.prepared.inputs[year]
        skims = build_skims(inputs)
        legs = vessel_legs(result, year, skims)
        if legs.empty:
            continue
        parts.append(legs.assign(scenario=result.scenario.name))
        new = [n for n in legs.loc[legs["loaded"], "navigation_class"].unique() if n not in seen]
        if new:
            dated = result.scenario.calendar_start_day is not None
            months.append(monthly_physics(inputs, skims, legs[legs["navigation_class"].isin(new)], dated=dated))
        for name in legs.loc[legs["loaded"], "navigation_class"].unique():
            seen.setdefault(name, []).append(result.scenario.name)
    if not parts:
        return pd.DataFrame(), pd.DataFrame()
    sums = class_sums(pd.concat(parts, ignore_index=True))
    order = [n for n in reversed(NAVIGATION_CLASSES) if n in sums.index]
    sums = sums.loc[order].assign(scenarios=["; ".join(seen[n]) for n in order])
    return sums, pd.concat(months, ignore_index=True)

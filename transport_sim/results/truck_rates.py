"""Energy and exhaust of one truck of the fleet per kilometre and route, mixed over its technologies and standards."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from transport_sim.choice.chains import Skims, outside_speed_kmh, road_speeds_kmh
from transport_sim.demand.shipments import truck_capacities_t
from transport_sim.emissions.china_guideline import ChinaPollutant, china_road_emissions_g_per_km
from transport_sim.emissions.exhaust import hdv_pollutants_rolling_g_per_km, road_ghg_g_per_km
from transport_sim.emissions.lifecycle import ch4_n2o_co2e_kg, road_ch4_n2o_co2e_kg
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh
from transport_sim.energy.fuel import fuel_kg, ncv_mj_per_kg
from transport_sim.energy.intensity import fuel_by_intensity_kg
from transport_sim.energy.road import HYDROGEN, hdv_energy_rolling_mj_per_km, road_energy_mj_per_km
from transport_sim.energy.stand_ins import RoadKey, stand_in
from transport_sim.fleet.stock import fleet_mix
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray
from transport_sim.tables.freight import TRUCK_CLASSES, shares_at_year
from transport_sim.tables.traffic import NO_EXHAUST

LOADS = np.array([0.0, 0.5, 1.0])
"""Load ratios at which the road functions have curves; in between they are linear."""
MAX_GRADIENT = 0.06
"""Steepest slope of the road functions; steeper roads are taken at it."""
POLLUTANTS: dict[str, ChinaPollutant] = {
    "nox_g": "nox",
    "pm2_5_g": "pm2_5",
    "pm10_g": "pm10",
    "co_g": "co",
    "hc_g": "hc",
}
"""Result column of each pollutant and its name in the functions."""
CARRIERS = {
    "diesel": "diesel_kg",
    "lng": "lng_kg",
    "fuel_cell_electric": "hydrogen_kg",
    "battery_electric": "electricity_kwh",
}
"""Result column of what each technology of a truck is filled or charged with."""
_CURVE = {"pm2_5_g": "pm", "pm10_g": "pm"}


class TruckKind(NamedTuple):
    """Trucks of a class that are alike."""

    technology: str
    emission_standard: str
    share: float
    """Of the kilometres of the class. [-]"""
    energy_ratio: float
    """Energy for each of the functions. [-]"""


@dataclass(frozen=True)
class RouteRates:
    """Energy and pollutants of one truck over each route of the road skim, shape (routes + 1, classes, loads).

    The last row is one kilometre outside the map.
    """

    energy: dict[str, FloatArray]
    """By result column: diesel_kg, and what else the trucks are filled or charged with. [kg, kWh]"""
    pollutants_g: dict[str, FloatArray]
    link_energy_per_km: dict[str, FloatArray]
    """Energy on each link of the network, zero where trucks do not drive; shape (links, classes, loads). [kg, kWh]"""
    gases_kg_per_km: FloatArray
    """CO2e of methane and nitrous oxide by class. [kg/km]"""


def truck_kinds(inputs: Inputs, vehicle_class: str) -> tuple[TruckKind, ...]:
    """Return what the trucks of a class are: of the fleet's turnover after the base year, else diesel of `truck_fleet`.

    Shares add up to 1; trucks of a class are taken to drive alike.
    """
    mix = fleet_mix(inputs, (vehicle_class,))
    if mix.empty:
        shares = shares_at_year(inputs.truck_fleet, ["emission_standard"], inputs.year)
        return tuple(TruckKind("diesel", str(name), share, 1.0) for name, share in shares.items() if share > 0.0)
    share = mix["vehicle_count"] / mix["vehicle_count"].sum()
    rows = zip(mix["technology"], mix["emission_standard"], share.tolist(), mix["energy_ratio"].tolist(), strict=True)
    return tuple(TruckKind(str(t), str(s), float(part), float(ratio)) for t, s, part, ratio in rows)


def burning_share(inputs: Inputs, vehicle_class: str) -> float:
    """Return the share of a class's kilometres that trucks with an exhaust drive. [-]."""
    return float(sum(k.share for k in truck_kinds(inputs, vehicle_class) if k.technology not in NO_EXHAUST))


def gases_kg_per_km(inputs: Inputs, vehicle_class: str) -> float:
    """Return the CO2e of methane and nitrous oxide of the mean truck of a class. [kg/km]."""
    factors, gwp = inputs.factors, inputs.gwp_set
    kinds = truck_kinds(inputs, vehicle_class)
    diesel = sum(k.share for k in kinds if k.technology == "diesel")
    total = diesel * float(road_ch4_n2o_co2e_kg(factors, vehicle_class, 1.0, gwp_set=gwp)) if diesel else 0.0
    for kind in kinds:
        if kind.technology == "lng":
            how = {"technology": kind.technology, "emission_standard": kind.emission_standard}
            methane, nitrous_oxide = (road_ghg_g_per_km(factors, vehicle_class, gas, **how) for gas in ("ch4", "n2o"))
            total += kind.share * float(ch4_n2o_co2e_kg(factors, methane, nitrous_oxide, gwp_set=gwp))
    return total


def route_rates(inputs: Inputs, skims: Skims) -> RouteRates:
    """Evaluate the road methods once per link, class, load and kind of truck, and add them up along the routes."""
    links = skims.network.links
    on_road = links["mode"].isin(["road", "transfer"]).to_numpy()
    speed = np.append(road_speeds_kmh(inputs, links)[on_road], outside_speed_kmh(inputs))
    gradient = np.append(links["gradient_ratio"].fillna(0.0).to_numpy(float)[on_road], 0.0).clip(0.0, MAX_GRADIENT)
    km = links["length_km"].to_numpy(float)[on_road]
    incidence = skims.road.incidence[:, np.flatnonzero(on_road)]
    kinds = {name: truck_kinds(inputs, name) for name in TRUCK_CLASSES}
    used = {kind.technology for those in kinds.values() for kind in those}
    carriers = ["diesel_kg", *(column for t, column in CARRIERS.items() if t in used and t != "diesel")]
    names = (*carriers, *POLLUTANTS)
    on_links = {n: np.zeros((len(links), len(TRUCK_CLASSES), len(LOADS))) for n in carriers}
    routes = {n: np.zeros((incidence.shape[0] + 1, len(TRUCK_CLASSES), len(LOADS))) for n in names}
    for c, vehicle_class in enumerate(TRUCK_CLASSES):
        per_km = {n: np.zeros((len(speed), len(LOADS))) for n in names}
        for kind in kinds[vehicle_class]:
            how = {"speed_kmh": speed[:, None], "load_ratio": LOADS[None, :]}
            energy = _energy_per_km(inputs, vehicle_class, kind, gradient[:, None], **how)
            per_km[CARRIERS[kind.technology]] += kind.share * energy
            for name, rate in _pollutants_g_per_km(inputs, vehicle_class, kind, gradient[:, None], **how).items():
                per_km[name] += kind.share * rate
        for name in names:
            if name in on_links:
                on_links[name][on_road, c] = per_km[name][:-1]
            routes[name][:-1, c] = incidence @ (per_km[name][:-1] * km[:, None])
            routes[name][-1, c] = per_km[name][-1]
    gases = np.array([gases_kg_per_km(inputs, name) for name in TRUCK_CLASSES])
    return RouteRates({n: routes.pop(n) for n in carriers}, routes, on_links, gases)


def _energy_per_km(
    inputs: Inputs, vehicle_class: str, kind: TruckKind, gradient_ratio: FloatArray, **how: FloatArray
) -> FloatArray:
    """Return what a truck takes per km of road of a mean absolute gradient, at the pump or the meter. [kg/km, kWh/km].

    The method of the factor set is about diesel; a gas truck takes its energy times the ratio of the declared
    stand-in, and trucks with a battery or fuel cell go by the physics of `energy.electric` under every set.
    """
    factors = inputs.factors
    if kind.technology in NO_EXHAUST:
        up, down = (_electric(inputs, vehicle_class, kind, slope, **how) for slope in (gradient_ratio, -gradient_ratio))
        per_km = np.maximum(0.5 * (up + down), 0.0) * kind.energy_ratio
        if kind.technology == "battery_electric":
            return meter_kwh(factors, per_km)
        return fuel_kg(factors, per_km, HYDROGEN)
    if kind.technology != "diesel":
        alike, ratio = _as_diesel(inputs, vehicle_class, kind, "energy")
        per_mj = ncv_mj_per_kg(factors, "diesel") / ncv_mj_per_kg(factors, kind.technology)
        return _energy_per_km(inputs, vehicle_class, alike, gradient_ratio, **how) * (ratio * per_mj)
    if factors.method("road_energy") == "class_intensity":
        capacity_t = truck_capacities_t(inputs)[TRUCK_CLASSES.index(vehicle_class)]
        tkm_per_km = how["load_ratio"] * capacity_t * np.ones_like(how["speed_kmh"])
        burnt = fuel_by_intensity_kg(
            factors, tkm_per_km, table="road_glec", vehicle_class=vehicle_class, energy_carrier="diesel"
        )
    else:
        key: dict[str, Any] = {"vehicle_class": vehicle_class, "emission_standard": kind.emission_standard, **how}
        burnt = fuel_kg(factors, hdv_energy_rolling_mj_per_km(factors, gradient_ratio=gradient_ratio, **key))
    return burnt * kind.energy_ratio


def _electric(
    inputs: Inputs, vehicle_class: str, kind: TruckKind, gradient_ratio: FloatArray, **how: FloatArray
) -> FloatArray:
    """Return electricity at the battery, or the energy of hydrogen, on a road of one gradient. [kWh/km, MJ/km]."""
    where: dict[str, Any] = {"vehicle_class": vehicle_class, "gradient_ratio": gradient_ratio, **how}
    if kind.technology == "battery_electric":
        return electric_energy_kwh_per_km(inputs.factors, **where)
    return road_energy_mj_per_km(inputs.factors, technology=HYDROGEN, emission_standard="", **where)


def _as_diesel(inputs: Inputs, vehicle_class: str, kind: TruckKind, quantity: str) -> tuple[TruckKind, float]:
    """Return the diesel truck that stands in for a gas truck, and the ratio."""
    found, ratio = stand_in(inputs.factors, RoadKey(vehicle_class, kind.technology, kind.emission_standard), quantity)
    return kind._replace(technology=found.technology, emission_standard=found.emission_standard), ratio


def _pollutants_g_per_km(
    inputs: Inputs, vehicle_class: str, kind: TruckKind, gradient_ratio: FloatArray, **how: FloatArray
) -> dict[str, FloatArray]:
    factors = inputs.factors
    if kind.technology in NO_EXHAUST:
        return {}
    if kind.technology != "diesel":
        found = {}
        for name, short in POLLUTANTS.items():
            alike, ratio = _as_diesel(inputs, vehicle_class, kind, _CURVE.get(name, short))
            found[name] = ratio * _pollutants_g_per_km(inputs, vehicle_class, alike, gradient_ratio, **how)[name]
        return found
    key: dict[str, Any] = {"vehicle_class": vehicle_class, "emission_standard": kind.emission_standard, **how}
    if factors.method("road_pollutants") == "mee_2014":
        return {
            name: china_road_emissions_g_per_km(factors, pollutant=pollutant, technology="diesel", **key)
            for name, pollutant in POLLUTANTS.items()
        }
    exhaust = hdv_pollutants_rolling_g_per_km(factors, gradient_ratio=gradient_ratio, **key)
    return {name: getattr(exhaust, f"{name}_per_km") for name in POLLUTANTS}

"""What a vehicle of a fleet is filled or charged with per kilometre, at the fleet's own speed and load."""

from typing import Any, NamedTuple

import numpy as np

from transport_sim.emissions.lifecycle import ch4_n2o_co2e_kg, methane_co2e_kg
from transport_sim.emissions.road import road_emissions_g_per_km
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.marine_engine import VesselCarrier, use_in_place_of_diesel
from transport_sim.energy.road import BATTERY_ELECTRIC, HYDROGEN, energy_carrier, road_energy_mj_per_km
from transport_sim.energy.vessel import vessel_class_for, vessel_fuel_kg
from transport_sim.factors.model import Factors
from transport_sim.randomness import FloatArray
from transport_sim.tables.fleet_stock import VESSEL

PLUG_IN_HYBRID, FUEL_CELL = "plug_in_hybrid", "fuel_cell_electric"
_VESSEL_CARRIERS: dict[str, VesselCarrier] = {
    "diesel": "diesel",
    "lng": "lng",
    "methanol": "methanol",
    BATTERY_ELECTRIC: "electricity",
}


class Driving(NamedTuple):
    """How a fleet drives, a value a year."""

    vehicle_class: str
    speed_kmh: FloatArray
    """Mean speed with stops. [km/h]"""
    load_ratio: FloatArray
    """Mean load over capacity, empty returns included. [-]"""
    payload_t: FloatArray
    """Payload capacity of a vessel; without meaning on the road. [t]"""


class PerKm(NamedTuple):
    """Of one vehicle per kilometre, a value a year."""

    energy: dict[str, FloatArray]
    """By energy carrier, at the pump or the meter. [kg/km, kWh/km]"""
    gases_kg: FloatArray
    """CO2e of methane and nitrous oxide. [kg/km]"""


def per_km(factors: Factors, driving: Driving, technology: str, emission_standard: str, *, gwp_set: str) -> PerKm:
    """Calculate energy and the gases that do not follow from it, on flat roads at mild temperatures.

    Parameters
    ----------
    factors
        The factor tables.
    driving
        Class, speed and load.
    technology, emission_standard
        Of the vehicle; a plug-in hybrid drives a share of its kilometres as a battery vehicle and the rest as a hybrid.
    gwp_set
        Key of `gwp.csv`.
    """
    if driving.vehicle_class == VESSEL:
        return _vessel(factors, driving, technology)
    if technology == PLUG_IN_HYBRID:
        electric = factors.value("road_technologies", quantity="electric_km_ratio", technology=PLUG_IN_HYBRID)
        battery = per_km(factors, driving, BATTERY_ELECTRIC, "", gwp_set=gwp_set)
        engine = per_km(factors, driving, "hybrid", emission_standard, gwp_set=gwp_set)
        energy = {name: electric * use for name, use in battery.energy.items()}
        energy |= {name: (1.0 - electric) * use for name, use in engine.energy.items()}
        return PerKm(energy, (1.0 - electric) * engine.gases_kg)
    if technology == BATTERY_ELECTRIC:
        kwh = electric_energy_kwh_per_km(
            factors,
            vehicle_class=driving.vehicle_class,
            speed_kmh=driving.speed_kmh,
            load_ratio=driving.load_ratio,
        )
        return PerKm({"electricity": meter_kwh(factors, np.maximum(kwh, 0.0))}, np.zeros_like(kwh))
    return _burning(factors, driving, technology, emission_standard, gwp_set=gwp_set)


def _burning(factors: Factors, driving: Driving, technology: str, emission_standard: str, *, gwp_set: str) -> PerKm:
    """Return fuel or hydrogen of a road vehicle, and what its exhaust holds besides CO2."""
    known = HYDROGEN if technology == FUEL_CELL else technology
    what: dict[str, Any] = {
        "vehicle_class": driving.vehicle_class,
        "technology": known,
        "emission_standard": emission_standard,
        "speed_kmh": driving.speed_kmh,
        "load_ratio": driving.load_ratio,
    }
    carrier = energy_carrier(driving.vehicle_class, known)
    burnt = {carrier: fuel_kg(factors, road_energy_mj_per_km(factors, **what), carrier)}
    if technology == FUEL_CELL:
        return PerKm(burnt, np.zeros_like(driving.speed_kmh))
    methane_g = road_emissions_g_per_km(factors, pollutant="ch4", **what)
    nitrous_oxide_g = road_emissions_g_per_km(factors, pollutant="n2o", **what)
    return PerKm(burnt, ch4_n2o_co2e_kg(factors, methane_g, nitrous_oxide_g, gwp_set=gwp_set))


def _vessel(factors: Factors, driving: Driving, technology: str) -> PerKm:
    """Return the work of a diesel vessel of the class, done by the technology's own engine."""
    vessel_class = vessel_class_for(factors, float(driving.payload_t[0]))
    diesel_kg = vessel_fuel_kg(factors, driving.payload_t * driving.load_ratio, vessel_class, energy_carrier="diesel")
    nothing = np.zeros_like(diesel_kg)
    if technology == "diesel":
        return PerKm({"diesel": diesel_kg}, nothing)
    use = use_in_place_of_diesel(factors, diesel_kg, _VESSEL_CARRIERS[technology])
    if technology == BATTERY_ELECTRIC:
        return PerKm({"electricity": use.electricity_kwh}, nothing)
    slips = technology == "lng" and factors.method("fuel_ttw") != "published_co2e"
    return PerKm({technology: use.fuel_kg}, methane_co2e_kg(factors, use.ch4_g) if slips else nothing)

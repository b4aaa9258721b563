"""Exhaust of road vehicles of any class and fuel, by the EMEP/EEA method."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.emissions.exhaust import road_ghg_g_per_km
from transport_sim.emissions.lifecycle import co2_ttw_kg_per_kg
from transport_sim.energy.arguments import FloatArray
from transport_sim.energy.curves import curve_family
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.road import (
    BATTERY_ELECTRIC,
    HYDROGEN,
    checked_driving,
    curve_of_speed,
    energy_carrier,
    is_grid,
    road_energy_mj_per_km,
)
from transport_sim.energy.stand_ins import RoadKey, stand_in
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors
from transport_sim.units import G_PER_KG

RoadPollutant = Literal["co2", "nox", "pm2_5", "co", "hc", "ch4", "n2o"]
POLLUTANTS: tuple[RoadPollutant, ...] = ("co2", "nox", "pm2_5", "co", "hc", "ch4", "n2o")
_CURVES = {"nox": "nox", "pm2_5": "pm", "co": "co", "hc": "hc"}


def road_emissions_g_per_km(
    factors: Factors,
    *,
    pollutant: RoadPollutant,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
    gradient_ratio: ArrayLike = 0.0,
) -> FloatArray:
    """Calculate what leaves the exhaust of a warm road vehicle per km.

    CO2 is `road_energy_mj_per_km` times the carbon of the fuel. NOx, PM, CO and HC (without methane) follow curves of
    speed, for diesel trucks, buses and coaches also of load and gradient; for the others load and gradient change CO2
    only. CH4 and N2O are constants per km. All exhaust particles are finer than 2.5 micrometres. Battery-electric and
    hydrogen vehicles emit nothing here.

    Parameters
    ----------
    factors
        The factor tables.
    pollutant
        co2, nox (as NO2), pm2_5, co, hc, ch4 or n2o.
    vehicle_class, technology, emission_standard, speed_kmh, load_ratio, gradient_ratio
        As for `road_energy_mj_per_km`; battery_electric is also allowed.

    Returns
    -------
    Emission, finite and not negative, of the broadcast shape. [g/km]

    Raises
    ------
    FactorError
        Unknown pollutant or keys, naming the nearest, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, annex of hot emission
       factors.
    .. [2] NDRC, guidelines for greenhouse gas accounting of land transport enterprises, 2015 (CH4, N2O).
    .. [3] Guidelines for provincial greenhouse gas inventories, 2025 (carbon in fuels).
    """
    if pollutant not in POLLUTANTS:
        raise FactorError(f"no pollutant {pollutant!r}; known: {', '.join(POLLUTANTS)}")
    driving = {"speed_kmh": speed_kmh, "load_ratio": load_ratio, "gradient_ratio": gradient_ratio}
    if technology in {BATTERY_ELECTRIC, HYDROGEN}:
        factors.value("road_vehicles", quantity="empty_t", vehicle_class=vehicle_class)  # the class must exist
        speed, *_ = checked_driving(speed_kmh=speed_kmh, load_ratio=load_ratio, gradient_ratio=gradient_ratio)
        return np.zeros_like(speed)
    if pollutant == "co2":
        carrier = energy_carrier(vehicle_class, technology)
        energy = road_energy_mj_per_km(
            factors,
            vehicle_class=vehicle_class,
            technology=technology,
            emission_standard=emission_standard,
            **driving,
        )
        return fuel_kg(factors, energy, carrier) * (co2_ttw_kg_per_kg(factors, carrier) * G_PER_KG)
    short = _CURVES.get(pollutant, pollutant)
    key, ratio = stand_in(factors, RoadKey(vehicle_class, technology, emission_standard), short)
    if pollutant in {"ch4", "n2o"}:
        rate = road_ghg_g_per_km(
            factors,
            key.vehicle_class,
            pollutant,
            technology=key.technology,
            emission_standard=key.emission_standard,
        )
        # one number for any speed, but only where the vehicle can be driven at all
        energy = road_energy_mj_per_km(
            factors,
            vehicle_class=vehicle_class,
            technology=technology,
            emission_standard=emission_standard,
            **driving,
        )
        return np.full_like(energy, ratio * rate)
    if is_grid(factors, key, f"{short}_g_per_km"):
        family = curve_family(factors, key.vehicle_class, key.emission_standard, f"{short}_g_per_km")
        return ratio * family.evaluate(speed_kmh, load_ratio, gradient_ratio)
    return ratio * curve_of_speed(factors, key, f"{short}_g_per_km", **driving)

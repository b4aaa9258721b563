"""Exhaust pollutants of trucks per km, and of locomotives and vessels per kg of fuel."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.curves import curve_family
from transport_sim.factors.model import Factors
from transport_sim.units import MG_PER_G

ANY_STANDARD = "all"
"""Rows of `road_ghg.csv` that hold for every emission standard."""
FuelBurner = Literal["diesel_locomotive", "inland_vessel"]


class RoadPollutants(NamedTuple):
    """Exhaust of one truck per km, arrays of one shape."""

    nox_g_per_km: FloatArray
    """Nitrogen oxides as NO2. [g/km]"""
    pm2_5_g_per_km: FloatArray
    """Exhaust particles; all of them are finer than 2.5 micrometres. [g/km]"""
    pm10_g_per_km: FloatArray
    """The same particles. [g/km]"""
    co_g_per_km: FloatArray
    """Carbon monoxide. [g/km]"""
    hc_g_per_km: FloatArray
    """Hydrocarbons without methane. [g/km]"""
    ch4_g_per_km: FloatArray
    """Methane. [g/km]"""
    n2o_g_per_km: FloatArray
    """Nitrous oxide. [g/km]"""


class FuelPollutants(NamedTuple):
    """Exhaust of an amount of fuel, arrays of one shape."""

    nox_g: FloatArray
    """Nitrogen oxides as NO2. [g]"""
    pm2_5_g: FloatArray
    """Particles below 2.5 micrometres. [g]"""
    pm10_g: FloatArray
    """Particles below 10 micrometres. [g]"""
    co_g: FloatArray
    """Carbon monoxide. [g]"""
    hc_g: FloatArray
    """Hydrocarbons. [g]"""


def hdv_pollutants_g_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike,
    gradient_ratio: ArrayLike,
) -> RoadPollutants:
    """Calculate the exhaust of a warm truck per km on a road of one gradient.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class, emission_standard
        Keys of `road_emep.csv`.
    speed_kmh
        Mean speed with stops, scalar or array, not negative. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast against the speed. [-]
    gradient_ratio
        Rise over run in the direction of travel, -0.06 to 0.06, broadcast. [-]

    Returns
    -------
    Emissions, finite and positive, of the broadcast shape. [g/km]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing, or unknown keys.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, annex of hot emission
       factors (NOx, PM, CO, NMHC).
    .. [2] NDRC, guidelines for greenhouse gas accounting of land transport enterprises, 2015 (CH4, N2O).
    """

    def curve(pollutant: str) -> FloatArray:
        family = curve_family(factors, vehicle_class, emission_standard, f"{pollutant}_g_per_km")
        return family.evaluate(speed_kmh, load_ratio, gradient_ratio)

    pm = curve("pm")

    def per_km(gas: str) -> FloatArray:
        return np.full_like(pm, road_ghg_g_per_km(factors, vehicle_class, gas))

    return RoadPollutants(curve("nox"), pm, pm.copy(), curve("co"), curve("hc"), per_km("ch4"), per_km("n2o"))


def hdv_pollutants_rolling_g_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike,
    gradient_ratio: ArrayLike,
) -> RoadPollutants:
    """Calculate the exhaust of a truck per km on a road known by its mean absolute gradient only.

    The mean of `hdv_pollutants_g_per_km` at +g and at -g; arguments, result and errors are those of that function, and
    the sign of the gradient has no effect.
    """
    climb = np.abs(np.asarray(gradient_ratio, dtype=np.float64))
    up, down = (
        hdv_pollutants_g_per_km(
            factors,
            vehicle_class=vehicle_class,
            emission_standard=emission_standard,
            speed_kmh=speed_kmh,
            load_ratio=load_ratio,
            gradient_ratio=gradient,
        )
        for gradient in (climb, -climb)
    )
    return RoadPollutants(*(0.5 * (at_climb + at_descent) for at_climb, at_descent in zip(up, down, strict=True)))


def road_ghg_g_per_km(
    factors: Factors,
    vehicle_class: str,
    gas: str,
    *,
    technology: str = "diesel",
    emission_standard: str = ANY_STANDARD,
) -> float:
    """Return the CH4 or N2O of a road vehicle.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class, technology
        Keys of `road_ghg.csv`; a diesel truck by default.
    gas
        ch4 or n2o.
    emission_standard
        Key of `road_ghg.csv`; a class whose source makes no difference between standards has rows `all`, which then
        hold for every standard.

    Returns
    -------
    Emission at any speed and load; zero where the factor set has it in the CO2e of the fuel. [g/km]

    References
    ----------
    .. [1] NDRC, guidelines for greenhouse gas accounting of land transport enterprises, 2015.
    .. [2] EMEP/EEA guidebook, 1.A.3.b.i-iv Road transport (gas buses and cars, motorcycles: urban values).
    """
    if factors.method("road_ghg") == "in_fuel":
        return 0.0
    quantity = f"{gas}_mg_per_km"
    keys = {"vehicle_class": vehicle_class, "technology": technology}
    if factors.has("road_ghg", quantity=quantity, emission_standard=ANY_STANDARD, **keys):
        emission_standard = ANY_STANDARD
    rate = factors.value(
        "road_ghg",
        quantity=quantity,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=emission_standard,
    )
    return rate / MG_PER_G


def fuel_based_pollutants_g(factors: Factors, burner: FuelBurner, fuel_kg: ArrayLike) -> FuelPollutants:
    """Calculate the exhaust of diesel locomotives or inland vessels from their fuel.

    Parameters
    ----------
    factors
        The factor tables.
    burner
        What burns the fuel: `diesel_locomotive` or `inland_vessel`.
    fuel_kg
        Diesel or marine gas oil, scalar or array. [kg]

    Returns
    -------
    Emissions, same shape. [g]

    References
    ----------
    .. [1] EMEP/EEA guidebook, 1.A.3.c Railways, Tier 1 (locomotives).
    .. [2] Xing et al., Environmental Science 37(10), 2016 (NOx, CO and HC of vessels: middle of the measured range).
    .. [3] MEP, technical guideline for emission inventories of non-road mobile sources, 2014 (PM of vessels).
    """
    fuel = checked("fuel_kg", fuel_kg)

    def grams(pollutant: str) -> FloatArray:
        quantity = f"{pollutant}_g_per_kg"
        if factors.method("engine_pollutants") == "nonroad_guideline":
            return fuel * factors.value("nonroad_2014", quantity=quantity, engine=burner)
        if burner == "diesel_locomotive":
            return fuel * factors.value("rail", quantity=quantity, traction="diesel")
        return fuel * factors.value("vessels", quantity=quantity, vessel_class="all")

    return FuelPollutants(grams("nox"), grams("pm2_5"), grams("pm10"), grams("co"), grams("hc"))

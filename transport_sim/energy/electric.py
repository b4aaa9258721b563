"""Electricity and hydrogen of road vehicles: at the battery for plans and charge, at the meter for accounts."""

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.road_load import MAX_SPEED_KMH, MIN_SPEED_KMH, wheel_work_mj_per_km
from transport_sim.factors.model import Factors
from transport_sim.units import MJ_PER_KWH

MILD_TEMPERATURE_C = 20.0
"""A temperature at which nothing is heated or cooled. [degC]"""
_ELECTRIC = "battery_electric"


def electric_energy_kwh_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
    gradient_ratio: ArrayLike = 0.0,
    temperature_c: ArrayLike = MILD_TEMPERATURE_C,
) -> FloatArray:
    """Calculate the electricity that a battery-electric vehicle takes from its battery per km.

    E = T / eta - r B + (P_aux + P_hvac) / v with the works T and B of `wheel_work_mj_per_km`. Planning, state of charge
    and accounts all use this function; `meter_kwh` adds the losses of charging.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        Key of `road_vehicles.csv`.
    speed_kmh
        Mean speed with stops, scalar or array, 0 to 140; counts as at least 5. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast. [-]
    gradient_ratio
        Rise over run in the direction of travel, -0.15 to 0.15, broadcast. [-]
    temperature_c
        Air temperature, -40 to 55, broadcast. [degC]

    Returns
    -------
    Electricity at the battery's terminals, of the broadcast shape; negative where a descent charges the battery.
    [kWh/km]

    Raises
    ------
    FactorError
        Unknown vehicle class, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] C. Fiori, K. Ahn, H. Rakha, "Power-based electric vehicle energy consumption model", Applied Energy 168, 2016
       (form of the model; the parameters are rows of `road_vehicles.csv` and `road_technologies.csv`).
    """
    drive, brake = wheel_work_mj_per_km(
        factors,
        vehicle_class=vehicle_class,
        speed_kmh=speed_kmh,
        load_ratio=load_ratio,
        gradient_ratio=gradient_ratio,
        with_battery=True,
    )
    traction = drive / _technology(factors, "drive_efficiency_ratio") - brake * _technology(
        factors, "recuperation_ratio"
    )
    speed = np.maximum(checked("speed_kmh", speed_kmh, high=MAX_SPEED_KMH), MIN_SPEED_KMH)
    return np.asarray(traction / MJ_PER_KWH + standing_power_kw(factors, vehicle_class, temperature_c) / speed)


def standing_power_kw(
    factors: Factors, vehicle_class: str, temperature_c: ArrayLike = MILD_TEMPERATURE_C
) -> FloatArray:
    """Calculate the power that an electric vehicle needs beside traction: auxiliaries, heating, air conditioning.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        Key of `road_vehicles.csv`.
    temperature_c
        Air temperature, scalar or array, -40 to 55. [degC]

    Returns
    -------
    Power at the battery, same shape; in a queue it runs for as long as the wait. [kW]

    Raises
    ------
    FactorError
        Unknown vehicle class, or a temperature outside its bounds or missing.
    """

    def parameter(quantity: str) -> float:
        return factors.value("road_vehicles", quantity=quantity, vehicle_class=vehicle_class)

    air = checked("temperature_c", temperature_c, low=-40.0, high=55.0)
    heating = parameter("heating_kw_per_k") * np.maximum(_technology(factors, "comfort_low_c") - air, 0.0)
    cooling = parameter("cooling_kw_per_k") * np.maximum(air - _technology(factors, "comfort_high_c"), 0.0)
    return np.asarray(parameter("auxiliary_kw") + heating + cooling)


def meter_kwh(factors: Factors, battery_kwh: ArrayLike) -> FloatArray:
    """Calculate the electricity at the meter for an amount taken from the battery: the one place of charging losses.

    Parameters
    ----------
    factors
        The factor tables.
    battery_kwh
        Electricity taken from the battery and charged again, scalar or array, not negative. [kWh]

    Returns
    -------
    Electricity at the meter, same shape. [kWh]

    Raises
    ------
    FactorError
        A negative or missing amount.
    """
    efficiency = _technology(factors, "charging_efficiency_ratio") * _technology(factors, "battery_efficiency_ratio")
    return checked("battery_kwh", battery_kwh) / efficiency


def fuel_cell_energy_mj_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
    gradient_ratio: ArrayLike = 0.0,
    temperature_c: ArrayLike = MILD_TEMPERATURE_C,
) -> FloatArray:
    """Calculate the hydrogen that a fuel-cell vehicle uses per km, by net calorific value.

    The electric drive of `electric_energy_kwh_per_km`, of the same mass, fed by a fuel cell; a descent that would
    charge the battery uses no hydrogen. Arguments and errors are those of that function.

    Returns
    -------
    Hydrogen, of the broadcast shape, not negative. [MJ/km]
    """
    electricity = electric_energy_kwh_per_km(
        factors,
        vehicle_class=vehicle_class,
        speed_kmh=speed_kmh,
        load_ratio=load_ratio,
        gradient_ratio=gradient_ratio,
        temperature_c=temperature_c,
    )
    efficiency = factors.value("road_technologies", quantity="fuel_cell_efficiency_ratio", technology="hydrogen")
    return np.maximum(electricity, 0.0) * MJ_PER_KWH / efficiency


def _technology(factors: Factors, quantity: str) -> float:
    return factors.value("road_technologies", quantity=quantity, technology=_ELECTRIC)

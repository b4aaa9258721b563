"""Fuel and exhaust of road vehicles that stand with the engine running: in queues, at gates, at loading bays."""

from numpy.typing import ArrayLike

from transport_sim.emissions.road import RoadPollutant, road_emissions_g_per_km
from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.road import BATTERY_ELECTRIC, HYDROGEN, energy_carrier, road_energy_mj_per_km
from transport_sim.factors.model import Factors


def idle_energy_mj(factors: Factors, *, vehicle_class: str, technology: str, idle_h: ArrayLike) -> FloatArray:
    """Calculate the fuel that an engine burns standing.

    The curves by mean speed already hold the stops of ordinary traffic: count only waits that are not in the mean
    speed. Electric and fuel-cell vehicles need `standing_power_kw` instead.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class, technology
        Keys of `idling.csv`.
    idle_h
        Time with the engine running, scalar or array, not negative. [h]

    Returns
    -------
    Energy by net calorific value, same shape. [MJ]

    Raises
    ------
    FactorError
        Unknown keys, naming the nearest, or a negative or missing time.

    References
    ----------
    .. [1] Rows of `idling.csv`: assumptions, no publication for China found.
    """
    energy_carrier(vehicle_class, technology)
    rate = factors.value("idling", quantity="idle_mj_per_h", vehicle_class=vehicle_class, technology=technology)
    return checked("idle_h", idle_h) * rate


def idle_emissions_g(
    factors: Factors,
    *,
    pollutant: RoadPollutant,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    idle_h: ArrayLike,
) -> FloatArray:
    """Calculate the exhaust of an engine that runs standing.

    Emission per energy is taken from the slowest point of the vehicle's curves, which is mostly idling.

    Parameters
    ----------
    factors
        The factor tables.
    pollutant, vehicle_class, technology, emission_standard
        As for `road_emissions_g_per_km`; battery-electric and hydrogen vehicles emit nothing.
    idle_h
        Time with the engine running, scalar or array, not negative. [h]

    Returns
    -------
    Emission, finite and not negative, same shape. [g]

    Raises
    ------
    FactorError
        Unknown keys, naming the nearest, or a negative or missing time.
    """
    if technology in {BATTERY_ELECTRIC, HYDROGEN}:
        return 0.0 * checked("idle_h", idle_h)
    burnt = idle_energy_mj(factors, vehicle_class=vehicle_class, technology=technology, idle_h=idle_h)
    vehicle = {"vehicle_class": vehicle_class, "technology": technology, "emission_standard": emission_standard}
    per_km = road_emissions_g_per_km(factors, pollutant=pollutant, speed_kmh=0.0, **vehicle)
    return burnt * (per_km / road_energy_mj_per_km(factors, speed_kmh=0.0, **vehicle))

"""Petrol that evaporates from tanks, driving and parked."""

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.emissions.china_guideline import petrol_temperature_ratio
from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.factors.model import Factors

EVAPORATING = ("petrol", "hybrid")
"""Technologies with petrol in the tank."""


def evaporation_g(
    factors: Factors,
    *,
    vehicle_class: str,
    driving_h: ArrayLike,
    parked_days: ArrayLike = 0.0,
    temperature_c: ArrayLike = 15.0,
) -> FloatArray:
    """Calculate the hydrocarbons that evaporate from a petrol vehicle.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        A class with petrol vehicles in `china_road.csv`.
    driving_h
        Time under way, scalar or array, not negative. [h]
    parked_days
        Time parked, broadcast, not negative. [d]
    temperature_c
        Air temperature, -40 to 55, broadcast; corrected as HC of the exhaust. [degC]

    Returns
    -------
    HC, finite and not negative, of the broadcast shape. [g]

    Raises
    ------
    FactorError
        Unknown vehicle class, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] Ministry of Environmental Protection, Technical guideline for emission inventories of road vehicles, 2014.
    """
    driving, parking = (
        factors.value("evaporation", quantity=quantity, technology="petrol")
        for quantity in ("driving_g_per_h", "parking_g_per_day")
    )
    amount = driving * checked("driving_h", driving_h) + parking * checked("parked_days", parked_days)
    return np.asarray(amount * petrol_temperature_ratio(factors, vehicle_class, temperature_c))

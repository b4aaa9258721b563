"""What a trip begun with a cold engine adds to the emissions and the energy of light vehicles."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors

ColdQuantity = Literal["energy", "nox", "pm", "co", "hc"]
MAX_SPEED_COLD_KMH = 45.0
"""The ratios of cold to hot are published up to this speed. [km/h]"""
MIN_SPEED_COLD_KMH = 5.0
"""The ratios are published from this speed. [km/h]"""
_FAST_KMH = 25.0
_WARM_C = 15.0
_GROUPS = {"car": "car", "car_small": "car_small", "taxi": "car", "van": "car"}
_BANDS = ("slow_cold", "fast_cold", "slow_warm", "fast_warm")
_REDUCED = ("nox", "co", "hc")


def cold_share(factors: Factors, trip_km: ArrayLike, temperature_c: ArrayLike) -> FloatArray:
    """Calculate the share of a trip that is driven with a cold engine.

    Parameters
    ----------
    factors
        The factor tables.
    trip_km
        Length of the trip, scalar or array, 0 to 1000. [km]
    temperature_c
        Air temperature, -20 to 45, broadcast. [degC]

    Returns
    -------
    Share, 0 to 1, of the broadcast shape. [-]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, Tier 3, cold mileage share.
    """

    def of(quantity: str) -> float:
        return factors.value("cold_share", quantity=quantity, emission_standard="all")

    trip = checked("trip_km", trip_km, high=1000.0)
    air = checked("temperature_c", temperature_c, low=-20.0, high=45.0)
    # beyond the length at which temperature has lost its effect, the share is 0
    longest = -of("cold_share_temperature_per_k") / of("cold_share_both_per_km_k")
    share = (
        of("cold_share_constant_ratio")
        + of("cold_share_trip_per_km") * trip
        + (of("cold_share_temperature_per_k") + of("cold_share_both_per_km_k") * trip) * air
    )
    return np.where(trip >= longest, 0.0, np.clip(share, 0.0, 1.0))


def cold_start_extra(
    factors: Factors,
    *,
    quantity: ColdQuantity,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    hot_per_km: ArrayLike,
    trip_km: ArrayLike,
    temperature_c: ArrayLike,
    speed_kmh: ArrayLike,
) -> FloatArray:
    """Calculate what the cold engine adds over a trip: b beta L e_hot (e_cold / e_hot - 1).

    The ratio is that of Euro 1; b lowers the cold share of later petrol standards. The ratio changes its formula at
    25 km/h and, for CO and HC, at 15 degC, and jumps there, as published; below 1 it counts as 1. Defined for cars,
    taxis and vans on petrol or diesel.

    Parameters
    ----------
    factors
        The factor tables.
    quantity
        energy, nox, pm, co or hc.
    vehicle_class, technology, emission_standard
        car, car_small, taxi or van; petrol or diesel; china_iii to china_vi.
    hot_per_km
        Energy or emission of the warm vehicle, from `road_energy_mj_per_km` or `road_emissions_g_per_km`, scalar or
        array, not negative. [MJ/km or g/km]
    trip_km
        Length of the trip, 0 to 1000, broadcast. [km]
    temperature_c
        Air temperature, -20 to 45, broadcast. [degC]
    speed_kmh
        Mean speed, 0 to 140, broadcast; moved into 5 to 45. [km/h]

    Returns
    -------
    Addition per trip, finite and not negative, of the broadcast shape. [MJ or g]

    Raises
    ------
    FactorError
        A vehicle without cold start in the method, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, Tier 3, cold start.
    """
    if vehicle_class not in _GROUPS:
        raise FactorError(f"no cold start of vehicle_class={vehicle_class!r}; known: {', '.join(_GROUPS)}")
    group = _GROUPS[vehicle_class]
    hot = checked("hot_per_km", hot_per_km)
    trip = checked("trip_km", trip_km, high=1000.0)
    air = checked("temperature_c", temperature_c, low=-20.0, high=45.0)
    speed = np.clip(checked("speed_kmh", speed_kmh, high=MAX_SPEED_KMH), MIN_SPEED_COLD_KMH, MAX_SPEED_COLD_KMH)
    coefficients = np.array([_coefficients(factors, group, technology, quantity, band) for band in _BANDS])
    band = (speed > _FAST_KMH).astype(np.int64) + 2 * (air > _WARM_C)
    by_speed, by_temperature, constant = coefficients[band].transpose(-1, *range(band.ndim))
    ratio = np.maximum(by_speed * speed + by_temperature * air + constant, 1.0)
    reduction = 1.0
    if technology == "petrol" and quantity in _REDUCED:
        reduction = factors.value(
            "cold_share", quantity=f"{quantity}_reduction_ratio", emission_standard=emission_standard
        )
    return np.asarray(reduction * cold_share(factors, trip, air) * trip * hot * (ratio - 1.0))


def _coefficients(factors: Factors, group: str, technology: str, quantity: str, band: str) -> tuple[float, ...]:
    (row,) = factors.dated_rows(
        "cold_start", quantity=f"{quantity}_ratio", vehicle_group=group, technology=technology, band=band
    )
    return row.numbers["coef_speed"], row.numbers["coef_temperature"], row.numbers["coef_constant"]

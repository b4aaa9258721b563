"""Work at the wheels of a road vehicle by speed, mass and gradient: the road-load equation over a driving pattern."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.factors.model import Factors
from transport_sim.units import (
    AIR_DENSITY_KG_PER_M3,
    KG_PER_T,
    KJ_PER_MJ,
    KMH_PER_M_PER_S,
    STANDARD_GRAVITY_M_PER_S2,
)

MAX_GRADIENT_RATIO = 0.15
"""Steepest road that the equation is used for. [-]"""
MAX_SPEED_KMH = 140.0
"""Fastest mean speed. [km/h]"""
MIN_SPEED_KMH = 5.0
"""Slower mean speeds count as this one; standing still is idling, not driving. [km/h]"""
_PHASES = ("low", "medium", "high", "extra_high")


@dataclass(frozen=True, eq=False)
class DrivingPattern:
    """What a mean speed says about the speeds it is the mean of, arrays of one shape."""

    drag_speed_kmh: FloatArray
    """Constant speed with the same air drag. [km/h]"""
    positive_acceleration: FloatArray
    """Increase of v^2 / 2 per distance. [m/s2]"""
    deceleration_share: FloatArray
    """Share of the distance driven while slowing down. [-]"""


def driving_pattern(factors: Factors, speed_kmh: ArrayLike) -> DrivingPattern:
    """Interpolate the statistics of the light-vehicle test cycle at a mean speed.

    Parameters
    ----------
    factors
        The factor tables.
    speed_kmh
        Mean speed with stops, scalar or array, 0 to `MAX_SPEED_KMH`; below the slowest phase and above the fastest the
        statistics of that phase hold. [km/h]

    Raises
    ------
    FactorError
        A speed outside its bounds or missing.

    References
    ----------
    .. [1] UN Global Technical Regulation No. 15, Annex 1, WLTC class 3b.
    """
    speed = np.maximum(checked("speed_kmh", speed_kmh, high=MAX_SPEED_KMH), MIN_SPEED_KMH)
    means, acceleration, deceleration, drag = factors.compiled("driving_cycle", _cycle)
    return DrivingPattern(
        speed * np.interp(speed, means, drag),
        np.asarray(np.interp(speed, means, acceleration)),
        np.asarray(np.interp(speed, means, deceleration)),
    )


def _cycle(factors: Factors) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    def column(quantity: str) -> FloatArray:
        return np.array([factors.value("driving_cycle", quantity=quantity, phase=phase) for phase in _PHASES])

    return (
        column("mean_speed_kmh"),
        column("positive_acceleration_m_per_s2"),
        column("deceleration_distance_ratio"),
        column("drag_speed_ratio"),
    )


def payload_capacity_t(factors: Factors, vehicle_class: str) -> float:
    """Return what a vehicle can carry, passengers or goods.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        Key of `truck_classes.csv` or else of `road_vehicles.csv`.

    Returns
    -------
    Payload capacity. [t]

    Raises
    ------
    FactorError
        Unknown vehicle class.
    """
    if factors.has("truck_classes", quantity="payload_t", vehicle_class=vehicle_class):
        return factors.value("truck_classes", quantity="payload_t", vehicle_class=vehicle_class)
    return factors.value("road_vehicles", quantity="payload_t", vehicle_class=vehicle_class)


def wheel_work_mj_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
    gradient_ratio: ArrayLike = 0.0,
    with_battery: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Calculate the work that drives the wheels and the work that the brakes must take, per km.

    The steady force is R = m g (c_r cos a + sin a) + rho / 2 C_d A v_d^2. Speeding up takes K = m k RPA per distance.
    Slowing down over the share s of the way, R takes s R of it and the brakes the rest. So the brakes take
    B = max(0, -R, K - s R) and the wheels are driven with T = R + B: never negative, continuous, and rising with mass
    times gradient.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        Key of `road_vehicles.csv`.
    speed_kmh
        Mean speed with stops, scalar or array, 0 to `MAX_SPEED_KMH`; counts as at least `MIN_SPEED_KMH`. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast. [-]
    gradient_ratio
        Rise over run in the direction of travel, up to `MAX_GRADIENT_RATIO` either way, broadcast. [-]
    with_battery
        Add the mass of the electric version's traction battery.

    Returns
    -------
    Work driving the wheels and work of the brakes, of the broadcast shape, neither negative. [MJ/km]

    Raises
    ------
    FactorError
        Unknown vehicle class, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] T. D. Gillespie, "Fundamentals of Vehicle Dynamics", SAE, 1992, chapters 2 and 4 (road loads).
    .. [2] C. Fiori, K. Ahn, H. Rakha, "Power-based electric vehicle energy consumption model", Applied Energy 168,
       2016, equation 1.
    """

    def parameter(quantity: str) -> float:
        return factors.value("road_vehicles", quantity=quantity, vehicle_class=vehicle_class)

    load = checked("load_ratio", load_ratio, high=1.0)
    gradient = checked("gradient_ratio", gradient_ratio, low=-MAX_GRADIENT_RATIO, high=MAX_GRADIENT_RATIO)
    pattern = driving_pattern(factors, speed_kmh)
    empty_t = parameter("empty_t") + (parameter("battery_t") if with_battery else 0.0)
    mass_kg = (empty_t + load * payload_capacity_t(factors, vehicle_class)) * KG_PER_T
    cosine = 1.0 / np.sqrt(1.0 + gradient**2)
    drag_speed = pattern.drag_speed_kmh / KMH_PER_M_PER_S
    steady_n = (
        mass_kg * STANDARD_GRAVITY_M_PER_S2 * cosine * (parameter("rolling_ratio") + gradient)
        + 0.5 * AIR_DENSITY_KG_PER_M3 * parameter("drag_area_m2") * drag_speed**2
    )
    inertia_n = mass_kg * parameter("rotating_mass_ratio") * parameter("dynamics_ratio") * pattern.positive_acceleration
    brake_n = np.maximum(np.maximum(0.0, -steady_n), inertia_n - pattern.deceleration_share * steady_n)
    # 1 N over 1 km is 1 kJ
    return np.asarray((steady_n + brake_n) / KJ_PER_MJ), np.asarray(brake_n / KJ_PER_MJ)

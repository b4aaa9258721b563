"""Fuel energy of road vehicles by speed, load and road gradient."""

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.curves import curve_family, speed_curve
from transport_sim.energy.electric import fuel_cell_energy_mj_per_km
from transport_sim.energy.road_load import MAX_GRADIENT_RATIO, MAX_SPEED_KMH, wheel_work_mj_per_km
from transport_sim.energy.stand_ins import RoadKey, stand_in
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors

GRID_TECHNOLOGY = "diesel"
"""The technology of the curves by load and gradient in `road_emep.csv`."""
BATTERY_ELECTRIC = "battery_electric"
HYDROGEN = "hydrogen"
ENERGY_CARRIERS = {
    "petrol": "gasoline",
    "hybrid": "gasoline",
    "diesel": "diesel",
    "cng": "cng",
    "lng": "lng",
    "hydrogen": "hydrogen",
    "battery_electric": "electricity",
}
"""Technology of a road vehicle to its key in `fuels.csv`; hybrids of heavy vehicles burn diesel."""
HEAVY_CLASSES = ("bus", "coach", "truck_light", "truck_medium", "truck_heavy", "tractor_trailer")
_QUANTITY = "energy_mj_per_km"


def hdv_energy_mj_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike,
    gradient_ratio: ArrayLike,
) -> FloatArray:
    """Calculate the fuel energy of a truck per km on a road of one gradient.

    The speed is moved into the validity of the curve, so a truck on a steep climb is charged at the highest speed that
    it can hold. Load and gradient are interpolated bilinearly.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class, emission_standard
        Keys of `road_emep.csv`: truck_light, truck_medium, truck_heavy, tractor_trailer, bus or coach; china_iii to
        china_vi, for which the Euro standard of the same number stands in.
    speed_kmh
        Mean speed with stops, scalar or array, not negative. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast against the speed. [-]
    gradient_ratio
        Rise over run in the direction of travel, -0.06 to 0.06, broadcast. [-]

    Returns
    -------
    Energy by net calorific value, finite and positive, of the broadcast shape. [MJ/km]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing, or unknown keys.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, annex of hot emission
       factors.
    """
    return curve_family(factors, vehicle_class, emission_standard, _QUANTITY).evaluate(
        speed_kmh, load_ratio, gradient_ratio
    )


def hdv_energy_rolling_mj_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike,
    gradient_ratio: ArrayLike,
) -> FloatArray:
    """Calculate the fuel energy of a truck per km on a road known by its mean absolute gradient only.

    Half of the way climbs and half descends with that gradient, so the result is the mean of `hdv_energy_mj_per_km` at
    +g and at -g; arguments, result and errors are those of that function, and the sign of the gradient has no effect.
    """
    family = curve_family(factors, vehicle_class, emission_standard, _QUANTITY)
    climb = np.abs(np.asarray(gradient_ratio, dtype=np.float64))
    return 0.5 * (family.evaluate(speed_kmh, load_ratio, climb) + family.evaluate(speed_kmh, load_ratio, -climb))


def energy_carrier(vehicle_class: str, technology: str) -> str:
    """Name what a road vehicle is filled or charged with, as a key of `fuels.csv` or `electricity`.

    Raises
    ------
    FactorError
        Unknown technology.
    """
    if technology not in ENERGY_CARRIERS:
        raise FactorError(f"no technology {technology!r}; known: {', '.join(ENERGY_CARRIERS)}")
    if technology == "hybrid" and vehicle_class in HEAVY_CLASSES:
        return "diesel"
    return ENERGY_CARRIERS[technology]


def road_energy_mj_per_km(
    factors: Factors,
    *,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
    gradient_ratio: ArrayLike = 0.0,
) -> FloatArray:
    """Calculate the fuel energy of a warm road vehicle per km, for any class and fuel.

    Diesel trucks, buses and coaches: `hdv_energy_mj_per_km`. Cars, taxis, vans, motorcycles and gas buses have
    published curves of speed only. There load has no effect, and a gradient adds the change of
    `wheel_work_mj_per_km` divided by the engine's marginal efficiency; downhill the result stays above a
    small share of the curve. Hydrogen: `fuel_cell_energy_mj_per_km` at a mild temperature. Where a row of
    `road_stand_ins.csv` names another vehicle, that vehicle's energy times the row's ratio is returned.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        car, car_small, taxi, van, motorcycle, bus, coach, truck_light, truck_medium, truck_heavy or tractor_trailer.
    technology
        petrol, diesel, cng, lng, hybrid or hydrogen, where there are rows for the class.
    emission_standard
        china_iii to china_vi, where there are rows for the class; without effect on hydrogen.
    speed_kmh
        Mean speed with stops, scalar or array, not negative; moved into the validity of the curve. Light vehicles and
        hydrogen: at most 140. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast. [-]
    gradient_ratio
        Rise over run in the direction of travel, broadcast: -0.06 to 0.06 for diesel trucks, buses and coaches and what
        stands in for them, else -0.15 to 0.15. [-]

    Returns
    -------
    Energy by net calorific value, finite and positive, of the broadcast shape. [MJ/km]

    Raises
    ------
    FactorError
        Unknown keys, naming the nearest; a battery-electric vehicle, which burns nothing; an argument outside its
        bounds or missing.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.i-iv Road transport, annex of hot emission
       factors.
    .. [2] T. D. Gillespie, "Fundamentals of Vehicle Dynamics", SAE, 1992 (gradient of light vehicles).
    """
    if technology == BATTERY_ELECTRIC:
        raise FactorError(f"a {technology} {vehicle_class} burns no fuel: use electric_energy_kwh_per_km")
    if technology == HYDROGEN:
        return fuel_cell_energy_mj_per_km(
            factors,
            vehicle_class=vehicle_class,
            speed_kmh=speed_kmh,
            load_ratio=load_ratio,
            gradient_ratio=gradient_ratio,
        )
    key, ratio = stand_in(factors, RoadKey(vehicle_class, technology, emission_standard), "energy")
    if is_grid(factors, key, _QUANTITY):
        return ratio * hdv_energy_mj_per_km(
            factors,
            vehicle_class=key.vehicle_class,
            emission_standard=key.emission_standard,
            speed_kmh=speed_kmh,
            load_ratio=load_ratio,
            gradient_ratio=gradient_ratio,
        )
    flat = curve_of_speed(
        factors, key, _QUANTITY, speed_kmh=speed_kmh, load_ratio=load_ratio, gradient_ratio=gradient_ratio
    )
    extra = _gradient_mj_per_km(factors, key, speed_kmh, load_ratio, gradient_ratio)
    least = factors.value("road_technologies", quantity="least_descent_ratio", technology=key.technology)
    return np.asarray(ratio * np.maximum(flat + extra, least * flat))


def is_grid(factors: Factors, key: RoadKey, quantity: str) -> bool:
    """Tell whether the vehicle has curves of a quantity by load and gradient (`road_emep.csv`)."""
    return key.technology == GRID_TECHNOLOGY and factors.has(
        "road_emep",
        vehicle_class=key.vehicle_class,
        emission_standard=key.emission_standard,
        quantity=quantity,
        load_ratio=0.0,
        gradient_ratio=0.0,
    )


def checked_driving(
    *,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike,
    gradient_ratio: ArrayLike,
    max_speed_kmh: float = MAX_SPEED_KMH,
    max_gradient_ratio: float = MAX_GRADIENT_RATIO,
) -> tuple[FloatArray, ...]:
    """Broadcast speed, load and gradient if all lie in their bounds.

    Raises
    ------
    FactorError
        An argument outside its bounds or missing; speed and load may not be negative, the load not above 1.
    """
    return np.broadcast_arrays(
        checked("speed_kmh", speed_kmh, high=max_speed_kmh),
        checked("load_ratio", load_ratio, high=1.0),
        checked("gradient_ratio", gradient_ratio, low=-max_gradient_ratio, high=max_gradient_ratio),
    )


def curve_of_speed(
    factors: Factors,
    key: RoadKey,
    quantity: str,
    *,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike,
    gradient_ratio: ArrayLike,
) -> FloatArray:
    """Evaluate the curve of a light vehicle or gas bus, which knows speed only.

    Parameters
    ----------
    factors
        The factor tables.
    key, quantity
        Keys of `road_curves.csv`.
    speed_kmh
        Mean speed with stops, 0 to 140, moved into the validity of the curve. [km/h]
    load_ratio, gradient_ratio
        Checked and broadcast, without effect. [-]

    Returns
    -------
    Energy or emission in the unit of the quantity, finite and positive, of the broadcast shape.

    Raises
    ------
    FactorError
        Unknown keys, or an argument outside its bounds or missing.
    """
    speed, *_ = checked_driving(speed_kmh=speed_kmh, load_ratio=load_ratio, gradient_ratio=gradient_ratio)
    return speed_curve(factors, *key, quantity).at(0, speed)


def _gradient_mj_per_km(
    factors: Factors, key: RoadKey, speed_kmh: ArrayLike, load_ratio: ArrayLike, gradient_ratio: ArrayLike
) -> FloatArray:
    """Calculate what a gradient adds to the fuel energy of a light vehicle; negative downhill."""
    (sloped, _), (flat, _) = (
        wheel_work_mj_per_km(
            factors,
            vehicle_class=key.vehicle_class,
            speed_kmh=speed_kmh,
            load_ratio=load_ratio,
            gradient_ratio=gradient,
        )
        for gradient in (gradient_ratio, 0.0)
    )
    efficiency = factors.value("road_technologies", quantity="marginal_efficiency_ratio", technology=key.technology)
    return np.asarray((sloped - flat) / efficiency)

"""Energy use of trucks by speed, load and road gradient."""

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray
from transport_sim.energy.curves import curve_family
from transport_sim.factors.model import Factors

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
        Keys of `road_emep.csv`: truck_light, truck_medium, truck_heavy or tractor_trailer; china_iv, china_v or
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

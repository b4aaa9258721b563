"""Particles that do not leave the exhaust: wear of tyres, brakes and the road."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors

Wear = Literal["tyre", "brake", "road"]
RECUPERATING = ("battery_electric", "hydrogen", "hybrid")
"""Technologies that brake electrically."""
_GROUPS = {
    "motorcycle": "two_wheeler",
    "car": "car",
    "car_small": "car",
    "taxi": "car",
    "van": "light",
    "bus": "heavy",
    "coach": "heavy",
    "truck_light": "heavy",
    "truck_medium": "heavy",
    "truck_heavy": "heavy",
    "tractor_trailer": "heavy",
}


def wear_pm_g_per_km(
    factors: Factors,
    *,
    wear: Wear,
    pollutant: Literal["pm2_5", "pm10"],
    vehicle_class: str,
    technology: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
) -> FloatArray:
    """Calculate the particles from wear per km.

    Parameters
    ----------
    factors
        The factor tables.
    wear
        tyre, brake or road (what the tyres rub off the road; dust that is whirled up is not in it).
    pollutant
        pm2_5 or pm10.
    vehicle_class
        Any class of `road_energy_mj_per_km`.
    technology
        Any technology; battery-electric, hydrogen and hybrid vehicles wear their brakes less. The greater mass of
        electric vehicles is not in it.
    speed_kmh
        Mean speed with stops, scalar or array, 0 to 140. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast; without effect on light vehicles and on the road. [-]

    Returns
    -------
    Emission, finite and positive, of the broadcast shape. [g/km]

    Raises
    ------
    FactorError
        Unknown wear, pollutant or vehicle class, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] EMEP/EEA air pollutant emission inventory guidebook, 1.A.3.b.vi-vii Road transport: automobile tyre and brake
       wear, automobile road abrasion, Tier 2.
    """

    def of(quantity: str, group: str = "all") -> float:
        return factors.value("road_wear", quantity=quantity, wear=wear, vehicle_group=group)

    speed, load = np.broadcast_arrays(
        checked("speed_kmh", speed_kmh, high=MAX_SPEED_KMH), checked("load_ratio", load_ratio, high=1.0)
    )
    if vehicle_class not in _GROUPS:
        raise FactorError(f"no wear of vehicle_class={vehicle_class!r}; known: {', '.join(_GROUPS)}")
    group = _GROUPS[vehicle_class]
    base: float | FloatArray
    if group == "heavy" and wear != "road":
        pairs_of_axles = 1.0
        if wear == "tyre":
            pairs_of_axles = factors.value("road_vehicles", quantity="axles_count", vehicle_class=vehicle_class) / 2.0
        loaded = of("load_constant_ratio", group) + of("load_slope_ratio", group) * load
        base = of("tsp_g_per_km", "car") * of("car_multiple_ratio", group) * pairs_of_axles * loaded
    else:
        base = of("tsp_g_per_km", group)
    slope, constant = of("speed_slope_h_per_km"), of("speed_constant_ratio")
    by_speed = np.clip(slope * speed + constant, of("speed_min_ratio"), of("speed_max_ratio"))
    share = of(f"{pollutant}_share_ratio")
    if technology in RECUPERATING:
        share *= of("recuperating_ratio")
    return np.asarray(base * by_speed * share)

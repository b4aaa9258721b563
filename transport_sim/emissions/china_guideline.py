"""Exhaust of road vehicles by the Chinese environment ministry's guideline of 2014: base factors times corrections.

Written from the guideline's tables as they stand in a digital copy; the slips of that copy are corrected in the rows,
each with a note. What the guideline leaves open is settled here: 80 km/h belongs to 40 to 80 km/h, exactly 30 km/h,
50 % humidity and the bounds of the temperature band need no correction, and load and sulphur are interpolated linearly
between the levels that are printed.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.emissions.road import RoadPollutant, road_emissions_g_per_km
from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors

ChinaPollutant = Literal["co", "hc", "nox", "pm2_5", "pm10"]
FALL_BACK_STANDARD = "china_vi"
"""The standard that the guideline does not know yet: EMEP/EEA Euro VI stands in for it."""
_SPEED_BANDS = ("below_20", "20_to_30", "at_30", "30_to_40", "40_to_80", "above_80")
_TEMPERATURE_BANDS = ("below_10", "10_to_25", "above_25")
_HUMIDITY_BANDS = ("below_50", "at_50", "above_50")
_ALTITUDE_BANDS = ("up_to_1500", "above_1500")
_LOAD_PERCENT = (0, 50, 60, 75, 100)
_SULPHUR_PPM = (10, 50, 150, 350, 500, 800)
_HOT_C = 24.0
_GROUPS = {
    "car": "car",
    "car_small": "car",
    "taxi": "taxi",
    "motorcycle": "motorcycle",
    "coach_medium": "bus_medium",
    "bus": "bus_large",
    "coach": "bus_large",
    "van": "truck_light",
    "truck_light": "truck_light",
    "truck_medium": "truck_other",
    "truck_heavy": "truck_other",
    "tractor_trailer": "truck_other",
}
"""Vehicle class to its group in `china_corrections.csv`."""
_DETERIORATION_GROUPS = {"car": "car", "car_small": "car", "taxi": "taxi"}
_DETERIORATING = ("co", "hc", "nox")


def china_road_emissions_g_per_km(
    factors: Factors,
    *,
    pollutant: ChinaPollutant,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    speed_kmh: ArrayLike,
    load_ratio: ArrayLike = 0.5,
    temperature_c: ArrayLike = 15.0,
    humidity_ratio: ArrayLike = 0.5,
    altitude_m: ArrayLike = 0.0,
    sulphur_ppm: ArrayLike = 10.0,
    deterioration_year: int | None = None,
) -> FloatArray:
    """Calculate what leaves the exhaust per km by the Chinese guideline of 2014.

    The base factor holds at 30 km/h, 15 degC, 50 % humidity, low altitude, 50 % load (diesel) and 50 ppm sulphur in
    petrol or 350 ppm in diesel. Each deviation is a factor. Corrections of speed, temperature, humidity and altitude go
    by bands, so the result jumps at their bounds, as published. Gas vehicles are corrected for speed only, petrol ones
    not for load. China VI is not in the guideline: `road_emissions_g_per_km` (EMEP/EEA Euro VI, without corrections)
    stands in, and `uses_fall_back` tells so.

    Parameters
    ----------
    factors
        The factor tables.
    pollutant
        co, hc, nox, pm2_5 or pm10.
    vehicle_class, technology
        Keys of `china_road.csv`: car, car_small, taxi, van, motorcycle, bus, coach, coach_medium or a truck class;
        petrol, diesel or cng (the guideline's other fuels).
    emission_standard
        china_pre, china_i to china_vi, as far as there are rows for the class.
    speed_kmh
        Mean speed, scalar or array, 0 to 140. [km/h]
    load_ratio
        Payload over payload capacity, 0 to 1, broadcast. [-]
    temperature_c
        Air temperature, -40 to 55, broadcast. [degC]
    humidity_ratio
        Relative humidity, 0 to 1, broadcast. [-]
    altitude_m
        Height above the sea, -200 to 6000, broadcast. [m]
    sulphur_ppm
        Sulphur in the fuel by mass, 0 to 800, broadcast; less than 10 counts as 10. [ppm]
    deterioration_year
        Calendar year of the fleet, 2015 to 2018, to age petrol vehicles (CO, HC, NOx); none if left out.

    Returns
    -------
    Emission, finite and not negative, of the broadcast shape. [g/km]

    Raises
    ------
    FactorError
        Unknown keys, naming the nearest, a year without deterioration, or an argument outside its bounds or missing.

    References
    ----------
    .. [1] Ministry of Environmental Protection, Technical guideline for emission inventories of road vehicles, 2014.
    """
    speed, load, temperature, humidity, altitude, sulphur = np.broadcast_arrays(
        checked("speed_kmh", speed_kmh, high=MAX_SPEED_KMH),
        checked("load_ratio", load_ratio, high=1.0),
        checked("temperature_c", temperature_c, low=-40.0, high=55.0),
        checked("humidity_ratio", humidity_ratio, high=1.0),
        checked("altitude_m", altitude_m, low=-200.0, high=6000.0),
        checked("sulphur_ppm", sulphur_ppm, high=float(_SULPHUR_PPM[-1])),
    )
    if uses_fall_back(factors, vehicle_class, technology, emission_standard):
        stand_in: RoadPollutant = "pm2_5" if pollutant == "pm10" else pollutant
        return road_emissions_g_per_km(
            factors,
            pollutant=stand_in,
            vehicle_class="coach" if vehicle_class == "coach_medium" else vehicle_class,
            technology=technology,
            emission_standard=emission_standard,
            speed_kmh=speed,
            load_ratio=load,
        )
    base = factors.value(
        "china_road",
        quantity=f"{pollutant}_g_per_km",
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=emission_standard,
    )

    result = base * _correction(
        factors,
        pollutant=pollutant,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=emission_standard,
        conditions=_Conditions(speed, load, temperature, humidity, altitude, sulphur),
    )
    if deterioration_year is not None and technology == "petrol" and pollutant in _DETERIORATING:
        result = result * factors.value(
            "china_corrections",
            quantity=f"{pollutant}_ratio",
            year=deterioration_year,
            correction="deterioration",
            technology=technology,
            vehicle_group=_DETERIORATION_GROUPS.get(vehicle_class, "other"),
            emission_standard=emission_standard,
            band="age",
        )
    return np.asarray(result)


class _Conditions(NamedTuple):
    """The conditions of driving, arrays of one shape."""

    speed: FloatArray
    load: FloatArray
    temperature: FloatArray
    humidity: FloatArray
    altitude: FloatArray
    sulphur: FloatArray


def _correction(
    factors: Factors,
    *,
    pollutant: str,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    conditions: _Conditions,
) -> FloatArray:
    """Multiply the corrections that hold for a vehicle, all but that of age."""

    def ratio(correction: str, bands: tuple[str, ...], *, group: str = "all", standard: str = "all") -> FloatArray:
        return _ratios(
            factors,
            correction=correction,
            technology=technology,
            group=group,
            standard=standard,
            pollutant=pollutant,
            bands=bands,
        )

    speed, load, temperature, humidity, altitude, sulphur = conditions
    result = ratio("speed", _SPEED_BANDS, standard=emission_standard)[_speed_band(speed)]
    if technology != "cng":
        group = _GROUPS[vehicle_class]
        moist = np.sign(humidity - 0.5).astype(np.int64) + 1
        result = result * ratio("temperature", _TEMPERATURE_BANDS, group=group)[_temperature_band(temperature)]
        result = result * ratio("humidity", _HUMIDITY_BANDS)[moist]
        result = result * np.where(temperature > _HOT_C, ratio("hot_humidity", _HUMIDITY_BANDS)[moist], 1.0)
        result = result * ratio("altitude", _ALTITUDE_BANDS, group=group)[(altitude > 1500.0).astype(np.int64)]
        at_ppm = ratio("sulphur", tuple(f"ppm_{ppm}" for ppm in _SULPHUR_PPM), standard=emission_standard)
        result = result * np.interp(sulphur, _SULPHUR_PPM, at_ppm)
    if technology == "diesel":
        at_load = ratio("load", tuple(f"percent_{percent}" for percent in _LOAD_PERCENT))
        result = result * np.interp(100.0 * load, _LOAD_PERCENT, at_load)
    return np.asarray(result)


def petrol_temperature_ratio(factors: Factors, vehicle_class: str, temperature_c: ArrayLike) -> FloatArray:
    """Return the correction of a petrol vehicle's HC for temperature, which the guideline also uses for evaporation.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        Key of `china_road.csv`.
    temperature_c
        Air temperature, scalar or array, -40 to 55. [degC]

    Returns
    -------
    Factor, same shape. [-]

    Raises
    ------
    FactorError
        Unknown vehicle class, or a temperature outside its bounds or missing.
    """
    if vehicle_class not in _GROUPS:
        raise FactorError(f"no vehicle_class={vehicle_class!r} in the guideline; known: {', '.join(_GROUPS)}")
    temperature = checked("temperature_c", temperature_c, low=-40.0, high=55.0)
    ratios = _ratios(
        factors,
        correction="temperature",
        technology="petrol",
        group=_GROUPS[vehicle_class],
        standard="all",
        pollutant="hc",
        bands=_TEMPERATURE_BANDS,
    )
    return np.asarray(ratios[_temperature_band(temperature)])


def uses_fall_back(factors: Factors, vehicle_class: str, technology: str, emission_standard: str) -> bool:
    """Tell whether EMEP/EEA Euro VI stands in for China VI, which the guideline does not know; a run must report it.

    Raises
    ------
    FactorError
        The guideline does not know the vehicle in any standard.
    """
    if emission_standard != FALL_BACK_STANDARD:
        return False
    for row in factors.rows("china_road"):
        if row.keys["vehicle_class"] == vehicle_class and row.keys["technology"] == technology:
            return True
    raise FactorError(f"china_road.csv: no row with vehicle_class={vehicle_class!r} and technology={technology!r}")


def _ratios(
    factors: Factors,
    *,
    correction: str,
    technology: str,
    group: str,
    standard: str,
    pollutant: str,
    bands: tuple[str, ...],
) -> FloatArray:
    """Look up the factors of all bands of one correction."""

    def build(read: Factors) -> FloatArray:
        return np.array(
            [
                read.value(
                    "china_corrections",
                    quantity=f"{pollutant}_ratio",
                    correction=correction,
                    technology=technology,
                    vehicle_group=group,
                    emission_standard=standard,
                    band=band,
                )
                for band in bands
            ]
        )

    return factors.compiled((correction, technology, group, standard, pollutant), build)


def _speed_band(speed: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Find the band of each speed: 20 belongs to 20 to 30, 40 and 80 to 40 to 80, and 30 stands alone."""
    return (speed >= 20.0).astype(np.int64) + (speed >= 30.0) + (speed > 30.0) + (speed >= 40.0) + (speed > 80.0)


def _temperature_band(temperature: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Find the band of each temperature; 10 and 25 degrees belong to the middle one."""
    return (temperature >= 10.0).astype(np.int64) + (temperature > 25.0)

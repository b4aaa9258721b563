"""Traction energy of freight trains."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors
from transport_sim.units import KJ_PER_MJ, KMH_PER_M_PER_S, MINUTES_PER_HOUR, STANDARD_GRAVITY_M_PER_S2

Traction = Literal["electric", "diesel"]
N_PER_KN = 1000.0
EFFORT_USED_RATIO = 0.9
"""Share of a locomotive's tractive effort that a train is made up for; TB/T 1407-1998, recalled."""


def train_gross_t(net_t: ArrayLike, *, wagon_net_t: float, wagon_tare_t: float) -> FloatArray:
    """Calculate the trailing mass of a loaded train, wagons included, locomotive not.

    Parameters
    ----------
    net_t
        Goods on the train, scalar or array. [t]
    wagon_net_t
        Goods in one wagon; `rail.csv` has the mean. [t]
    wagon_tare_t
        Empty wagon; `rail.csv` has a typical one. [t]

    Returns
    -------
    Net mass plus the tare of as many wagons as the net mass fills, fractions counted, same shape. [t]

    Notes
    -----
    Empty wagons that run back are not in it: their gross t-km are those of a train with `net_t` = 0 and its tare, or
    use `gross_per_net_ratio` of `rail.csv`, which includes them.
    """
    if not wagon_net_t > 0.0:
        raise FactorError(f"wagon_net_t must be greater than 0, got {wagon_net_t:g}")
    tare = checked("wagon_tare_t", wagon_tare_t)
    return checked("net_t", net_t) * (1.0 + tare / wagon_net_t)


def traction_electricity_kwh(factors: Factors, gross_tkm: ArrayLike) -> FloatArray:
    """Calculate the power that electric traction draws.

    Parameters
    ----------
    factors
        The factor tables.
    gross_tkm
        Gross transport performance, goods and wagons, scalar or array. [gross t km]

    Returns
    -------
    Electricity at the meter of the traction substation, same shape. [kWh]

    References
    ----------
    .. [1] Row `electric_kwh_per_gross_tkm` of `rail.csv`: an assumption, no publication found.
    """
    rate = factors.value("rail", quantity="electric_kwh_per_gross_tkm", traction="electric")
    return checked("gross_tkm", gross_tkm) * rate


def traction_diesel_kg(factors: Factors, gross_tkm: ArrayLike) -> FloatArray:
    """Calculate the fuel that diesel traction burns.

    Parameters
    ----------
    factors
        The factor tables.
    gross_tkm
        Gross transport performance, goods and wagons, scalar or array. [gross t km]

    Returns
    -------
    Diesel, same shape. [kg]

    References
    ----------
    .. [1] China Statistical Yearbook 2000, table O27: 24.6 to 26.2 kg per 10^4 gross t-km in 1996 to 1999.
    """
    rate = factors.value("rail", quantity="diesel_kg_per_gross_tkm", traction="diesel")
    return checked("gross_tkm", gross_tkm) * rate


class TrainWork(NamedTuple):
    """Work at the rims of a train's wheels per gross t-km behind the locomotive, arrays of one shape."""

    traction_mj: FloatArray
    """Work of the locomotive. [MJ/(gross t km)]"""
    braking_mj: FloatArray
    """Work that brakes take. [MJ/(gross t km)]"""


def train_work_mj_per_gross_tkm(
    factors: Factors,
    traction: Traction,
    *,
    train_t: ArrayLike,
    speed_kmh: ArrayLike,
    stops_per_100_km: ArrayLike,
    gradient_ratio: ArrayLike,
    empty_ratio: ArrayLike,
) -> TrainWork:
    """Calculate the work of pulling and braking a freight train on a line of one gradient.

    Basic resistance of locomotive, loaded and empty wagons, a + b v + c v^2; gradient; and the kinetic energy of the
    train, rotating masses included, once for every stop. Curves and tunnels are left out.

    Parameters
    ----------
    factors
        The factor tables; `trains.csv`.
    traction
        electric or diesel: the locomotive that the train carries along.
    train_t
        Wagons and goods, without the locomotive, scalar or array, 100 to 30000. [t]
    speed_kmh
        Running speed, broadcast, 0 to 120. [km/h]
    stops_per_100_km
        Stops from that speed, broadcast, 0 to 100. [1/(100 km)]
    gradient_ratio
        Rise over run in the direction of travel, broadcast, -0.04 to 0.04. [-]
    empty_ratio
        Share of empty wagons in `train_t`, broadcast, 0 to 1. [-]

    Returns
    -------
    Traction and braking, finite and not negative, of the broadcast shape. [MJ/(gross t km)]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing.

    References
    ----------
    .. [1] TB/T 1407-1998, Regulations on railway train traction calculation (basic resistance; recalled).
    """
    mass = checked("train_t", train_t, low=100.0, high=30000.0)
    speed = checked("speed_kmh", speed_kmh, high=120.0)
    stops = checked("stops_per_100_km", stops_per_100_km, high=100.0) / 100.0
    gradient = checked("gradient_ratio", gradient_ratio, low=-0.04, high=0.04)
    empty = checked("empty_ratio", empty_ratio, high=1.0)
    locomotive = f"{traction}_locomotive"
    extra = factors.value("trains", quantity="locomotive_t", rolling_stock=locomotive) / mass
    resistance = (
        _resistance(factors, "loaded_wagon", speed) * (1.0 - empty)
        + _resistance(factors, "empty_wagon", speed) * empty
        + _resistance(factors, locomotive, speed) * extra
    )
    force = resistance + gradient * N_PER_KN * (1.0 + extra)
    rotating = factors.value("trains", quantity="rotating_mass_ratio", rolling_stock="all")
    # N/kN x kN/t x km is kJ/t, and so is half the square of a speed in m/s
    kinetic = 0.5 * (1.0 + rotating) * (speed / KMH_PER_M_PER_S) ** 2 * stops * (1.0 + extra)
    parts = ((np.maximum(sign * force, 0.0) * STANDARD_GRAVITY_M_PER_S2 + kinetic) / KJ_PER_MJ for sign in (1.0, -1.0))
    return TrainWork(*np.broadcast_arrays(*parts))


def train_effort_ratio(
    factors: Factors,
    traction: Traction,
    *,
    train_t: ArrayLike,
    speed_kmh: ArrayLike,
    stops_per_100_km: ArrayLike,
    gradient_ratio: ArrayLike,
    empty_ratio: ArrayLike,
) -> FloatArray:
    """Compare the energy of a train per gross t-km with that of the train to which the mean rates belong.

    The energy is traction less what braking gives back, the mean of both directions, so it holds for a line with as
    many climbs as descents. Multiplied with `traction_electricity_kwh` or `traction_diesel_kg` it gives the train's
    energy; the reference train of `trains.csv` gets the published means. Efficiency is thereby the same at any load.

    Parameters
    ----------
    factors, traction, train_t, speed_kmh, stops_per_100_km, empty_ratio
        As in `train_work_mj_per_gross_tkm`.
    gradient_ratio
        Mean absolute gradient of the line, broadcast, 0 to 0.04. [-]

    Returns
    -------
    Energy over that of the reference train, finite and positive, of the broadcast shape. [-]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing.
    """
    gradient = checked("gradient_ratio", gradient_ratio, high=0.04)
    wanted = _net_work(
        factors,
        traction,
        train_t=train_t,
        speed_kmh=speed_kmh,
        stops_per_100_km=stops_per_100_km,
        gradient_ratio=gradient,
        empty_ratio=empty_ratio,
    )
    return wanted / reference_work_mj_per_gross_tkm(factors, traction)


def reference_work_mj_per_gross_tkm(factors: Factors, traction: Traction) -> float:
    """Return the work at the wheel to which the mean rate of `rail.csv` belongs, less recuperation. [MJ/(gross t km)].

    Over the rate it is the efficiency from substation or tank to wheel that the calibration implies.
    """
    reference = {
        name: factors.value("trains", quantity=name, rolling_stock="reference_train")
        for name in ("train_t", "speed_kmh", "stops_per_100_km", "gradient_ratio", "empty_ratio")
    }
    return float(_net_work(factors, traction, **reference))


def rated_train_t(
    factors: Factors,
    traction: Traction,
    *,
    effort_kn: float,
    locomotive_t: float,
    speed_kmh: float,
    gradient_ratio: float,
) -> float:
    """Calculate the heaviest train that a locomotive keeps at its continuous speed on the ruling gradient.

    The usable effort, less what moves the locomotive itself, over the resistance of a tonne of loaded wagons:
    `(0.9 F / g - P (w' + i)) / (w" + i)`.

    Parameters
    ----------
    factors
        The factor tables; `trains.csv`.
    traction
        electric or diesel: whose resistance the locomotive has.
    effort_kn
        Continuous tractive effort of all locomotives together. [kN]
    locomotive_t
        Their mass. [t]
    speed_kmh
        Continuous speed, at which they have this effort, 0 to 120. [km/h]
    gradient_ratio
        Ruling gradient, 0 to 0.04. [-]

    Returns
    -------
    Wagons and goods, 0 where the locomotive cannot even climb alone. [t]

    Raises
    ------
    FactorError
        An argument outside its bounds.

    References
    ----------
    .. [1] TB/T 1407-1998, Regulations on railway train traction calculation (formula and utilisation 0.9; recalled).
    """
    speed = checked("speed_kmh", speed_kmh, high=120.0)
    climb = N_PER_KN * float(checked("gradient_ratio", gradient_ratio, high=0.04))
    effort_n = EFFORT_USED_RATIO * float(checked("effort_kn", effort_kn)) * N_PER_KN
    own = float(_resistance(factors, f"{traction}_locomotive", speed)) + climb
    wagons = float(_resistance(factors, "loaded_wagon", speed)) + climb
    pulled = effort_n / STANDARD_GRAVITY_M_PER_S2 - float(checked("locomotive_t", locomotive_t)) * own
    return max(pulled / wagons, 0.0)


def shunting_diesel_kg(factors: Factors, wagons_count: ArrayLike) -> FloatArray:
    """Calculate the diesel of making up and breaking up trains.

    Parameters
    ----------
    factors
        The factor tables; `trains.csv`.
    wagons_count
        Wagons made up into a train and broken up again, scalar or array, not negative. [-]

    Returns
    -------
    Diesel, same shape. [kg]

    Raises
    ------
    FactorError
        A negative or missing number.

    References
    ----------
    .. [1] EMEP/EEA guidebook, 1.A.3.c Railways, Tier 2: fuel of a shunting locomotive per hour (recalled).
    .. [2] Row `shunting_min_per_wagon` of `trains.csv`: an assumption.
    """
    per_hour, minutes = (
        factors.value("trains", quantity=name, rolling_stock="shunting_locomotive")
        for name in ("shunting_kg_per_h", "shunting_min_per_wagon")
    )
    return checked("wagons_count", wagons_count) * (per_hour * minutes / MINUTES_PER_HOUR)


def _resistance(factors: Factors, rolling_stock: str, speed_kmh: FloatArray) -> FloatArray:
    """Return the basic resistance over weight. [N/kN]."""
    constant, linear, quadratic = (
        factors.value("trains", quantity=f"resistance_{term}_n_per_kn", rolling_stock=rolling_stock)
        for term in ("constant", "linear", "quadratic")
    )
    return constant + linear * speed_kmh + quadratic * speed_kmh**2


def _net_work(
    factors: Factors,
    traction: Traction,
    *,
    train_t: ArrayLike,
    speed_kmh: ArrayLike,
    stops_per_100_km: ArrayLike,
    gradient_ratio: ArrayLike,
    empty_ratio: ArrayLike,
) -> FloatArray:
    """Return traction less recuperation, the mean of up and down. [MJ/(gross t km)]."""
    recovered = factors.value("trains", quantity="recuperation_ratio", rolling_stock=f"{traction}_locomotive")
    climb = np.asarray(gradient_ratio, dtype=np.float64)
    up, down = (
        train_work_mj_per_gross_tkm(
            factors,
            traction,
            train_t=train_t,
            speed_kmh=speed_kmh,
            stops_per_100_km=stops_per_100_km,
            gradient_ratio=gradient,
            empty_ratio=empty_ratio,
        )
        for gradient in (climb, -climb)
    )
    traction_mj, braking_mj = (up[part] + down[part] for part in (0, 1))
    return np.asarray(0.5 * (traction_mj - recovered * braking_mj))

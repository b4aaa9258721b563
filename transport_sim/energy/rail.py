"""Traction energy of freight trains."""

from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors


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

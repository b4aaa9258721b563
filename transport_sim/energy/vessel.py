"""Fuel of inland vessels."""

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.intensity import fuel_by_intensity_kg
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors


def vessel_class_for(factors: Factors, payload_capacity_t: float) -> str:
    """Find the vessel class of a payload capacity.

    The upper bound belongs to a class (a vessel of 1000 t is in 650 to 1000 t), except that of the smallest class,
    which is published as less than 650 t.

    Parameters
    ----------
    factors
        The factor tables.
    payload_capacity_t
        Cargo that the vessel can carry, more than 0. [t]

    Returns
    -------
    Key `vessel_class` of `vessels.csv`.

    Raises
    ------
    FactorError
        A capacity that is missing, not positive or beyond the largest class.

    References
    ----------
    .. [1] GLEC Framework v3.2, Module 2, Table 2.
    """
    rows = sorted(factors.rows("vessels", quantity="payload_max_t"), key=lambda row: row.numbers["value"])
    upper_t = np.array([row.numbers["value"] for row in rows])
    capacity = checked("payload_capacity_t", payload_capacity_t, high=float(upper_t[-1]))
    if capacity == 0.0:
        raise FactorError("payload_capacity_t must be greater than 0, got 0")
    upper_t[0] = np.nextafter(upper_t[0], 0.0)
    return str(rows[int(np.searchsorted(upper_t, capacity))].keys["vessel_class"])


def vessel_fuel_kg(
    factors: Factors, activity_tkm: ArrayLike, vessel_class: str, *, energy_carrier: str = "marine_gas_oil"
) -> FloatArray:
    """Calculate the fuel of inland vessels from the published intensity of their class.

    The intensity is a round-trip mean (load factor and empty return are in it), so it is applied to loaded t-km only.
    Fuel = TTW intensity / TTW factor of the fuel, both of GLEC.

    Parameters
    ----------
    factors
        The factor tables.
    activity_tkm
        Transport activity, scalar or array. [t km]
    vessel_class
        Key of `vessels.csv`.
    energy_carrier
        Fuel that the vessels burn, key of `fuels.csv`. With `diesel`, the fuel's WTT agrees with the WTT published for
        the class within 0.1 g per t-km; with `marine_gas_oil` it is a quarter lower.

    Returns
    -------
    Fuel, same shape. [kg]

    References
    ----------
    .. [1] GLEC Framework v3.2, Module 2, Table 2 (intensities) and Module 1 (fuels).
    """
    return fuel_by_intensity_kg(
        factors, activity_tkm, table="vessels", vehicle_class=vessel_class, energy_carrier=energy_carrier
    )

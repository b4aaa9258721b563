"""Fuel from published emissions per tonne-kilometre."""

from typing import Literal

from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.factors.model import Factors
from transport_sim.units import G_PER_KG

IntensityTable = Literal["vessels", "road_glec"]
_CLASS = {"vessels": "vessel_class", "road_glec": "vehicle_class"}


def fuel_by_intensity_kg(
    factors: Factors, activity_tkm: ArrayLike, *, table: IntensityTable, vehicle_class: str, energy_carrier: str
) -> FloatArray:
    """Calculate the fuel behind the published TTW intensity of a class.

    The intensity is a round-trip mean (load factor and empty return are in it), so it is applied to loaded t-km only.
    Fuel = TTW intensity / TTW factor of the fuel, both of GLEC.

    Parameters
    ----------
    factors
        The factor tables.
    activity_tkm
        Transport activity, scalar or array. [t km]
    table
        `vessels` or `road_glec`.
    vehicle_class
        Key of that table.
    energy_carrier
        Fuel that the class burns, key of `fuels.csv`.

    Returns
    -------
    Fuel, same shape. [kg]

    Raises
    ------
    FactorError
        Unknown class or fuel, or a negative or missing activity.

    References
    ----------
    .. [1] GLEC Framework v3.2, default intensities (Modules 1 and 2) and fuel factors.
    """
    keys = {_CLASS[table]: vehicle_class}
    intensity = factors.value(table, quantity="glec_co2e_ttw_g_per_tkm", year=None, **keys)
    per_kg = factors.value("fuels", quantity="glec_co2e_ttw_kg_per_kg", energy_carrier=energy_carrier)
    return checked("activity_tkm", activity_tkm) * (intensity / G_PER_KG / per_kg)

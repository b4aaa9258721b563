"""Energy of transshipment."""

from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.factors.model import Factors


def handling_fuel_kg(factors: Factors, tonnes: ArrayLike, *, hub_type: str = "transshipment") -> FloatArray:
    """Calculate the diesel that handling equipment burns at a hub.

    Fuel = published WTW intensity x share of diesel / WTW factor of diesel. That all energy is diesel is an assumption
    (row `diesel_share_ratio` of `hubs.csv`).

    Parameters
    ----------
    factors
        The factor tables.
    tonnes
        Goods through the hub, counted once, scalar or array. [t]
    hub_type
        Key of `hubs.csv` with an intensity per tonne.

    Returns
    -------
    Diesel, same shape. [kg]

    References
    ----------
    .. [1] GLEC Framework v3.2, default intensities of hubs and fuel factors.
    """
    intensity = factors.value("hubs", quantity="glec_co2e_wtw_kg_per_t", hub_type=hub_type)
    share = factors.value("hubs", quantity="diesel_share_ratio", hub_type="all")
    per_kg = factors.value("fuels", quantity="glec_co2e_wtw_kg_per_kg", energy_carrier="diesel")
    return checked("tonnes", tonnes) * (intensity * share / per_kg)

"""Energy of transshipment, and of refrigerated containers while they wait."""

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


def container_handling_fuel_kg(
    factors: Factors, containers_count: ArrayLike, *, hub_type: str = "container_terminal"
) -> FloatArray:
    """Calculate the diesel that a terminal burns for containers.

    As `handling_fuel_kg`, from the published intensity per container; that all energy is diesel is an assumption.

    Parameters
    ----------
    factors
        The factor tables.
    containers_count
        Containers through the terminal, each counted once, scalar or array. [-]
    hub_type
        Key of `hubs.csv` with an intensity per container.

    Returns
    -------
    Diesel, same shape. [kg]

    Raises
    ------
    FactorError
        A negative or missing number, an unknown type.

    References
    ----------
    .. [1] GLEC Framework v3.2, default intensities of hubs and fuel factors.
    """
    intensity = factors.value("hubs", quantity="glec_co2e_wtw_kg_per_container", hub_type=hub_type)
    share = factors.value("hubs", quantity="diesel_share_ratio", hub_type="all")
    per_kg = factors.value("fuels", quantity="glec_co2e_wtw_kg_per_kg", energy_carrier="diesel")
    return checked("containers_count", containers_count) * (intensity * share / per_kg)


def reefer_electricity_kwh(factors: Factors, container_h: ArrayLike) -> FloatArray:
    """Calculate the electricity of refrigerated containers at the plug.

    Parameters
    ----------
    factors
        The factor tables.
    container_h
        Hours that containers are plugged in, summed over containers, scalar or array. [h]

    Returns
    -------
    Electricity at the meter, same shape. [kWh]

    Raises
    ------
    FactorError
        A negative or missing number.

    References
    ----------
    .. [1] Row `reefer_kw` of `hubs.csv`: an assumption, no publication found.
    """
    return checked("container_h", container_h) * factors.value("hubs", quantity="reefer_kw", hub_type="all")

"""Conversions between the energy and the mass of a fuel."""

from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.factors.model import Factors


def ncv_mj_per_kg(factors: Factors, energy_carrier: str) -> float:
    """Return the net calorific value of a fuel; of a gas, from its value per normal cubic metre and its density.

    Parameters
    ----------
    factors
        The factor tables.
    energy_carrier
        Key of `fuels.csv`.

    Returns
    -------
    Net calorific value, of the system of factors by which the factor set burns fuels. [MJ/kg]

    References
    ----------
    .. [1] Guidelines for provincial greenhouse gas inventories, 2025; China Energy Statistical Yearbook 2023.
    .. [2] IPCC Guidelines for National Greenhouse Gas Inventories, 2006 (method `ipcc_default`).
    """
    if factors.method("fuel_ttw") == "ipcc_default":
        return factors.value("fuels", quantity="ipcc_ncv_mj_per_kg", energy_carrier=energy_carrier)
    if factors.has("fuels", quantity="ncv_mj_per_nm3", energy_carrier=energy_carrier):
        volumetric = factors.value("fuels", quantity="ncv_mj_per_nm3", energy_carrier=energy_carrier)
        return volumetric / factors.value("fuels", quantity="density_kg_per_nm3", energy_carrier=energy_carrier)
    return factors.value("fuels", quantity="ncv_mj_per_kg", energy_carrier=energy_carrier)


def fuel_kg(factors: Factors, energy_mj: ArrayLike, energy_carrier: str = "diesel") -> FloatArray:
    """Convert the energy of a fuel to its mass.

    Parameters
    ----------
    factors
        The factor tables.
    energy_mj
        Fuel energy by net calorific value, scalar or array; per km gives kg per km. [MJ]
    energy_carrier
        Key of `fuels.csv`.

    Returns
    -------
    Mass of fuel, same shape. [kg]
    """
    return checked("energy_mj", energy_mj) / ncv_mj_per_kg(factors, energy_carrier)

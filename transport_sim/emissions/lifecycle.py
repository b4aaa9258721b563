"""Greenhouse gases of an amount of fuel or electricity, tank to wheel and well to tank, and coal equivalents.

The factor set says by which method each stage is counted (`factors/sets.csv`). In the default set TTW is the CO2 of the
provincial inventory guide (carbon content x oxidation); WTT of fuels is the difference WTW - TTW of GLEC, which no
Chinese guide publishes. The TTW values of GLEC, some 5 % higher for diesel, then only turn GLEC intensities back into
fuel.
"""

from typing import NamedTuple

from numpy.typing import ArrayLike

from transport_sim.emissions.exhaust import road_ghg_g_per_km
from transport_sim.emissions.grid import FROZEN, grid_factor_on_path
from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.fuel import ncv_mj_per_kg
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors, GridFactor
from transport_sim.units import G_PER_KG, KG_PER_T

ELECTRICITY = "electricity"
_CO2_PER_CARBON = 44.0 / 12.0
_NATIONAL = "china"


class LifecycleCo2e(NamedTuple):
    """Greenhouse gases of an amount of one energy carrier, arrays of one shape."""

    co2e_ttw_kg: FloatArray
    """Tank to wheel. [kgCO2e]"""
    co2e_wtt_kg: FloatArray
    """Well to tank. [kgCO2e]"""
    co2e_wtw_kg: FloatArray
    """Well to wheel, the sum. [kgCO2e]"""
    co2_ttw_kg: FloatArray
    """Carbon dioxide from the exhaust alone. [kgCO2]"""
    grid: GridFactor | None
    """The grid factor used, to be reported if it is a fall-back; None for fuels."""


def co2_ttw_kg_per_kg(factors: Factors, energy_carrier: str) -> float:
    """Calculate the CO2 of burning a fuel, by the factor set's method.

    `carbon_content`: calorific value x carbon content x oxidation rate x 44/12. `ipcc_default`: calorific value x CO2
    per energy. `published_co2e`: the published CO2e, which holds CH4 and N2O too and can't be taken apart.

    Parameters
    ----------
    factors
        The factor tables.
    energy_carrier
        Key of `fuels.csv`.

    Returns
    -------
    CO2 per mass of fuel. [kg/kg]

    References
    ----------
    .. [1] Guidelines for provincial greenhouse gas inventories, 2025; China Energy Statistical Yearbook 2023.
    .. [2] IPCC Guidelines for National Greenhouse Gas Inventories, 2006.
    .. [3] GLEC Framework v3.2, Module 1, fuel emission factors.
    """
    method = factors.method("fuel_ttw")
    if method == "published_co2e":
        return factors.value("fuels", quantity="glec_co2e_ttw_kg_per_kg", energy_carrier=energy_carrier)
    if method == "ipcc_default":
        co2_g_per_mj = factors.value("fuels", quantity="ipcc_co2_g_per_mj", energy_carrier=energy_carrier)
        return ncv_mj_per_kg(factors, energy_carrier) * co2_g_per_mj / G_PER_KG
    carbon_t_per_tj = factors.value("fuels", quantity="carbon_content_tc_per_tj", energy_carrier=energy_carrier)
    oxidation = factors.value("fuels", quantity="oxidation_ratio", energy_carrier=energy_carrier)
    # tC/TJ is g/MJ
    return ncv_mj_per_kg(factors, energy_carrier) * carbon_t_per_tj / G_PER_KG * oxidation * _CO2_PER_CARBON


def co2e_wtt_kg_per_kg(factors: Factors, energy_carrier: str) -> float:
    """Return the greenhouse gases of making and bringing a fuel: WTW less TTW of GLEC, or a row of its own.

    Parameters
    ----------
    factors
        The factor tables.
    energy_carrier
        Key of `fuels.csv`.

    Returns
    -------
    CO2e per mass of fuel. [kgCO2e/kg]

    References
    ----------
    .. [1] GLEC Framework v3.2, Module 1, fuel emission factors.
    """
    if factors.has("fuels", quantity="co2e_wtt_kg_per_kg", energy_carrier=energy_carrier):
        return factors.value("fuels", quantity="co2e_wtt_kg_per_kg", energy_carrier=energy_carrier)
    wtw, ttw = (
        factors.value("fuels", quantity=f"glec_co2e_{stage}_kg_per_kg", energy_carrier=energy_carrier)
        for stage in ("wtw", "ttw")
    )
    return wtw - ttw


def lifecycle_co2e_kg(
    factors: Factors,
    energy_carrier: str,
    amount_kg_or_kwh: ArrayLike,
    *,
    grid_region: str | None = None,
    year: int | None = None,
    grid_path: str = FROZEN,
) -> LifecycleCo2e:
    """Calculate the greenhouse gases of an amount of fuel or electricity.

    Fuel: TTW is CO2 alone; the CH4 and N2O of trucks go by km and are added with `road_ch4_n2o_co2e_kg`. Electricity:
    TTW is zero and WTT is generation, divided by what the grid lets through if the factor set's method says so; fuel
    supply of the power stations is not in the published factors.

    Parameters
    ----------
    factors
        The factor tables.
    energy_carrier
        Key of `fuels.csv`, or `electricity`.
    amount_kg_or_kwh
        Mass of fuel, or electricity at the user's meter, scalar or array. [kg or kWh]
    grid_region, year
        Grid and calendar year; needed for electricity, without effect on fuels.
    grid_path
        How the grid goes on after the last published year, key of `grid_paths.csv`; without effect on fuels.

    Returns
    -------
    TTW, WTT, WTW and exhaust CO2, same shape, and the grid factor used. [kg]

    Raises
    ------
    FactorError
        Unknown carrier, region or year, region or year left out, or a negative or missing amount.

    References
    ----------
    .. [1] Guidelines for provincial greenhouse gas inventories, 2025 (TTW of fuels).
    .. [2] GLEC Framework v3.2, Module 1 (WTT of fuels).
    .. [3] Ministry of Ecology and Environment and National Bureau of Statistics, notices on the CO2 emission factors of
       electricity 2021, 2022 and 2023.
    """
    amount = checked("amount_kg_or_kwh", amount_kg_or_kwh)
    if energy_carrier != ELECTRICITY:
        ttw = amount * co2_ttw_kg_per_kg(factors, energy_carrier)
        wtt = amount * co2e_wtt_kg_per_kg(factors, energy_carrier)
        return LifecycleCo2e(ttw, wtt, ttw + wtt, ttw.copy(), None)
    if grid_region is None or year is None:
        raise FactorError("electricity needs grid_region and year: its emission depends on both")
    grid = grid_factor_on_path(factors, grid_region, year, grid_path=grid_path)
    loss = 0.0
    if factors.method("grid") == "generation_with_losses":
        loss = factors.value("electricity", quantity="transmission_loss_ratio", region=_NATIONAL)
    wtt = amount * (grid.value / (1.0 - loss))
    zero = amount * 0.0
    return LifecycleCo2e(zero, wtt, wtt.copy(), zero.copy(), grid)


def road_ch4_n2o_co2e_kg(factors: Factors, vehicle_class: str, vkm: ArrayLike, *, gwp_set: str = "AR6") -> FloatArray:
    """Calculate the CO2e of the CH4 and N2O in a diesel truck's exhaust, to be added to its TTW and WTW.

    Parameters
    ----------
    factors
        The factor tables.
    vehicle_class
        Key of `road_ghg.csv`.
    vkm
        Distance driven, scalar or array. [km]
    gwp_set
        Key of `gwp.csv`, 100 years.

    Returns
    -------
    CO2e of both gases, same shape; zero where the factor set has them in the CO2e of the fuel. [kgCO2e]

    References
    ----------
    .. [1] NDRC, guidelines for greenhouse gas accounting of land transport enterprises, 2015 (emissions per km).
    .. [2] IPCC AR6 WG1, table 7.15 (global warming potentials).
    """
    methane, nitrous_oxide = (road_ghg_g_per_km(factors, vehicle_class, gas) for gas in ("ch4", "n2o"))
    return checked("vkm", vkm) * ch4_n2o_co2e_kg(factors, methane, nitrous_oxide, gwp_set=gwp_set)


def ch4_n2o_co2e_kg(factors: Factors, ch4_g: ArrayLike, n2o_g: ArrayLike, *, gwp_set: str = "AR6") -> FloatArray:
    """Calculate the CO2e of methane and nitrous oxide.

    Parameters
    ----------
    factors
        The factor tables.
    ch4_g, n2o_g
        Methane of fossil origin, and nitrous oxide, scalars or arrays, broadcast. [g]
    gwp_set
        Key of `gwp.csv`, 100 years.

    Returns
    -------
    CO2e of both, same shape. [kgCO2e]

    Raises
    ------
    FactorError
        A negative or missing number, an unknown set.

    References
    ----------
    .. [1] IPCC AR6 WG1, table 7.15.
    """
    methane, nitrous_oxide = (
        checked(name, grams) * factors.value("gwp", quantity="gwp100", gwp_set=gwp_set, gas=gas)
        for name, grams, gas in (("ch4_g", ch4_g, "ch4_fossil"), ("n2o_g", n2o_g, "n2o"))
    )
    return (methane + nitrous_oxide) / G_PER_KG


def methane_co2e_kg(factors: Factors, ch4_g: ArrayLike, *, gwp_set: str = "AR6") -> FloatArray:
    """Calculate the CO2e of methane that leaves an engine unburnt, to be added to its TTW and WTW.

    Parameters
    ----------
    factors
        The factor tables.
    ch4_g
        Methane of fossil origin, scalar or array. [g]
    gwp_set
        Key of `gwp.csv`, 100 years.

    Returns
    -------
    CO2e, same shape. [kgCO2e]

    Raises
    ------
    FactorError
        A negative or missing number, an unknown set.

    References
    ----------
    .. [1] IPCC AR6 WG1, table 7.15.
    """
    return ch4_n2o_co2e_kg(factors, ch4_g, 0.0, gwp_set=gwp_set)


def energy_tce(factors: Factors, energy_carrier: str, amount_kg_or_kwh: ArrayLike) -> FloatArray:
    """Convert an amount of fuel or electricity to tonnes of coal equivalent (calorific).

    Parameters
    ----------
    factors
        The factor tables.
    energy_carrier
        Key of `fuels.csv`, or `electricity`.
    amount_kg_or_kwh
        Mass of fuel, or electricity, scalar or array. [kg or kWh]

    Returns
    -------
    Coal equivalent, same shape. [tce]

    References
    ----------
    .. [1] GB/T 2589-2020, annex A.
    """
    amount = checked("amount_kg_or_kwh", amount_kg_or_kwh)
    if energy_carrier == ELECTRICITY:
        return amount * factors.value("electricity", quantity="tce_per_kwh", region=_NATIONAL)
    return amount * (factors.value("fuels", quantity="tce_per_t", energy_carrier=energy_carrier) / KG_PER_T)

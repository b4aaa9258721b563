"""Fuel and exhaust of vessel engines by year of construction and load."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.fuel import ncv_mj_per_kg
from transport_sim.factors.model import FactorRow, Factors
from transport_sim.factors.schema import TABLES
from transport_sim.units import G_PER_KG, MJ_PER_KWH

VesselCarrier = Literal["diesel", "lng", "methanol", "electricity"]
"""What an engine turns into work; electricity comes from a battery."""

SMALL_ENGINE_KW = 300.0
"""Installed power below which diesel engines of Stage V have rows of their own. [kW]"""


class EngineUse(NamedTuple):
    """What an engine takes and gives off for some work, arrays of one shape."""

    fuel_kg: FloatArray
    """Diesel, LNG or methanol; 0 for a battery. [kg]"""
    electricity_kwh: FloatArray
    """At the meter on shore; 0 for engines. [kWh]"""
    nox_g: FloatArray
    """Nitrogen oxides. [g]"""
    pm10_g: FloatArray
    """Particles. [g]"""
    ch4_g: FloatArray
    """Methane that leaves unburnt. [g]"""


def engine_use(
    factors: Factors,
    work_kwh: ArrayLike,
    *,
    load_ratio: ArrayLike,
    installed_kw: float,
    energy_carrier: VesselCarrier = "diesel",
    construction_year: int | None = None,
) -> EngineUse:
    """Calculate fuel and exhaust of the work at an engine's shaft.

    Diesel: grams per kWh of the year of construction times the correction for the load, linear between steps of 5 %;
    below 5 % that of 5 %. LNG and methanol: work / (efficiency x calorific value) with the same correction. A battery:
    work / (drive x charging efficiency) at any load.

    Parameters
    ----------
    factors
        The factor tables: `vessel_engines.csv`, `engine_load.csv`, `vessel_propulsion.csv` and `fuels.csv`.
    work_kwh
        Work at the shaft, auxiliaries included, scalar or array, not negative. [kWh]
    load_ratio
        Power over installed power, 0 to 1, broadcast. [-]
    installed_kw
        Installed power, more than 0. [kW]
    energy_carrier
        diesel, lng, methanol or electricity.
    construction_year
        Year in which the engine was built; needed for diesel, without effect on the others.

    Returns
    -------
    Amounts, finite and not negative, of the broadcast shape.

    Raises
    ------
    FactorError
        An argument outside its bounds or missing, an unknown carrier, no year for a diesel engine.

    References
    ----------
    .. [1] Ligterink et al., TNO 2019 R10825v2 (diesel by year and load), read in OpenTNSim 2.2.1.
    .. [2] MARIN 2019, Energietransitie emissieloze binnenvaart (efficiencies), read in OpenTNSim 2.2.1.
    """
    checked("installed_kw", installed_kw, low=1e-6)
    work, load = np.broadcast_arrays(checked("work_kwh", work_kwh), checked("load_ratio", load_ratio, high=1.0))
    zero = np.zeros_like(work)
    if energy_carrier == "electricity":
        drive, charging = (
            factors.value("vessel_propulsion", quantity=name, vessel="inland")
            for name in ("battery_drive_ratio", "battery_charging_ratio")
        )
        return EngineUse(zero, work / (drive * charging), zero.copy(), zero.copy(), zero.copy())
    engine, year = energy_carrier, None
    if energy_carrier == "diesel":
        engine = "diesel_below_300_kw" if installed_kw < SMALL_ENGINE_KW else "diesel"  # type: ignore[assignment]
        year = construction_year
        fuel = factors.value("vessel_engines", quantity="fuel_g_per_kwh", engine=engine, year=year) / G_PER_KG
    else:
        efficiency = factors.value("vessel_engines", quantity="brake_efficiency_ratio", engine=engine)
        fuel = MJ_PER_KWH / (efficiency * ncv_mj_per_kg(factors, energy_carrier))

    def grams(pollutant: str) -> FloatArray:
        row = _engine_row(factors, engine, f"{pollutant}_g_per_kwh", year)
        stage = row.extra["engine_stage"] if pollutant == "nox" else "all"
        return np.asarray(work * row.numbers["value"] * load_correction(factors, f"{pollutant}_ratio", load, stage))

    return EngineUse(
        np.asarray(work * fuel * load_correction(factors, "fuel_ratio", load)),
        zero,
        grams("nox"),
        grams("pm10"),
        work * factors.value("vessel_engines", quantity="ch4_g_per_kwh", engine=engine),
    )


def load_correction(factors: Factors, quantity: str, load_ratio: ArrayLike, engine_stage: str = "all") -> FloatArray:
    """Look up what the load of an engine does to fuel or exhaust per kWh.

    Parameters
    ----------
    factors
        The factor tables.
    quantity
        fuel_ratio, pm10_ratio or nox_ratio.
    load_ratio
        Power over installed power, scalar or array, 0 to 1; below the first row of the table that row holds. [-]
    engine_stage
        Key of `engine_load.csv`.

    Returns
    -------
    Factor, more than 0, same shape. [-]

    Raises
    ------
    FactorError
        A load outside its bounds or missing, unknown keys.
    """
    load = checked("load_ratio", load_ratio, high=1.0)
    loads, ratios = factors.compiled(
        ("load_correction", quantity, engine_stage), lambda f: _load_steps(f, quantity, engine_stage)
    )
    return np.asarray(np.interp(load, loads, ratios))


def _load_steps(factors: Factors, quantity: str, engine_stage: str) -> tuple[list[float], list[float]]:
    """Return loads and corrections of one kind, ascending."""
    loads = TABLES["engine_load"].grid["engine_load_ratio"]
    ratios = [
        factors.value("engine_load", quantity=quantity, engine_stage=engine_stage, engine_load_ratio=load)
        for load in loads
    ]
    return list(loads), ratios


def _engine_row(factors: Factors, engine: str, quantity: str, year: int | None) -> FactorRow:
    """Return the row of an engine, of the year in which it was built where it has one."""
    factors.value("vessel_engines", quantity=quantity, engine=engine, year=year)
    rows = factors.dated_rows("vessel_engines", quantity=quantity, engine=engine)
    return next(row for row in rows if year is None or row.is_valid_in(year))


MEAN_YEAR = 2008
"""The published intensities are those of a mean fleet; its engines are taken to be as old as this, an assumption."""
MEAN_LOAD = 0.75
"""Load at which engines use what their tables say. [-]"""
LEAST_KW = 300.0
"""From here on the tables do not depend on the power. [kW]"""


def mean_engine_use(factors: Factors, work_kwh: FloatArray, energy_carrier: VesselCarrier) -> EngineUse:
    """Calculate what an engine of a mean fleet takes for its work at the shaft, as `engine_use`."""
    return engine_use(
        factors,
        work_kwh,
        load_ratio=MEAN_LOAD,
        installed_kw=LEAST_KW,
        energy_carrier=energy_carrier,
        construction_year=MEAN_YEAR,
    )


def use_in_place_of_diesel(factors: Factors, diesel_kg: FloatArray, energy_carrier: VesselCarrier) -> EngineUse:
    """Calculate what another engine takes for the work at the shaft that an amount of diesel does.

    Parameters
    ----------
    factors
        The factor tables.
    diesel_kg
        Fuel of the diesel engine, shape (n,). [kg]
    energy_carrier
        What the other engine turns into work.

    Returns
    -------
    Fuel or electricity and exhaust of the other engine, same shape.
    """
    diesel_kg_per_kwh = float(mean_engine_use(factors, np.ones(1), "diesel").fuel_kg[0])
    return mean_engine_use(factors, diesel_kg / diesel_kg_per_kwh, energy_carrier)

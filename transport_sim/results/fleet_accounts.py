"""Energy, emissions and indicators of the simulated fleets: arithmetic on what every vehicle left behind."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transport_sim.emissions.lifecycle import lifecycle_co2e_kg
from transport_sim.emissions.link_bins import QUANTITIES, RateTable
from transport_sim.emissions.road_table import SPEEDS
from transport_sim.energy.electric import meter_kwh
from transport_sim.energy.road import BATTERY_ELECTRIC
from transport_sim.errors import DataError
from transport_sim.fleet.stock import fleet_mix
from transport_sim.inputs import Inputs
from transport_sim.results.fleet_schemas import FLEET_TABLES
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.units import KG_PER_T, SECONDS_PER_HOUR

DAYS_PER_YEAR = 365.0
Row = tuple[str, str, float]


def fleet_energy(inputs: Inputs, vehicles: Sequence[VehicleRecord]) -> pd.DataFrame:
    """Account for the fleets by technology.

    A vehicle with a battery takes what it charged, losses included, from the grid. The others share the technologies
    and standards of their fleet's stock, and use energy by the curves at the mean speed of the table `fleet_use`.

    Parameters
    ----------
    inputs
        Of the simulated year.
    vehicles
        What every vehicle left behind.

    Returns
    -------
    The table `fleet_energy` of the result schema, for the simulated period.

    Raises
    ------
    DataError
        If a fleet that burns fuel has no row in `fleet_use` or no stock.
    """
    own = pd.DataFrame(vehicles, columns=VehicleRecord._fields)
    electric = own["capacity_kwh"] > 0.0
    rows = []
    for fleet in dict.fromkeys(own["fleet"]):
        mine = own["fleet"] == fleet
        charged, fuelled = own[mine & electric], own[mine & ~electric]
        if len(charged):
            rows.append(_charged(inputs, str(fleet), charged))
        if len(fuelled):
            rows += _fuelled(inputs, str(fleet), len(fuelled), float(fuelled["driven_km"].sum()))
    return pd.DataFrame(rows, columns=list(FLEET_TABLES["fleet_energy"]))


def _charged(inputs: Inputs, fleet: str, vehicles: pd.DataFrame) -> dict[str, object]:
    kwh = float(meter_kwh(inputs.factors, vehicles["charged_kwh"].sum()))
    stages = lifecycle_co2e_kg(
        inputs.factors,
        "electricity",
        kwh,
        grid_region=inputs.grid_region,
        year=inputs.year,
        grid_path=inputs.grid_path,
    )
    return {
        "fleet": fleet,
        "technology": BATTERY_ELECTRIC,
        "vehicles_count": float(len(vehicles)),
        "vkm": float(vehicles["driven_km"].sum()),
        "electricity_kwh": kwh,
        "fuel_mj": 0.0,
        "co2e_ttw_kg": float(stages.co2e_ttw_kg),
        "co2e_wtt_kg": float(stages.co2e_wtt_kg),
        "nox_g": 0.0,
        "pm2_5_g": 0.0,
    }


def _fuelled(inputs: Inputs, fleet: str, count: int, vkm: float) -> list[dict[str, object]]:
    """Divide vehicles and kilometres among the technologies of the stock that do not charge."""
    use = inputs.operations["fleet_use"]
    stock = _kinds(inputs, fleet)
    stock = stock[stock["technology"] != BATTERY_ELECTRIC]
    if fleet not in set(use["fleet"]) or not stock["vehicle_count"].sum() > 0.0:
        raise DataError(
            f"fleets: {count} vehicles of {fleet} are not battery electric, but fleet_stock and fleet_use do not say what "
            "they are and how fast they drive; add rows for the fleet"
        )
    row = use[use["fleet"] == fleet].iloc[0]
    share = (stock["vehicle_count"] / stock["vehicle_count"].sum()).to_numpy(float)
    kinds = stock[["technology", "emission_standard"]].assign(vehicle_class=str(row["vehicle_class"]))
    table = RateTable.build(
        inputs.factors,
        kinds,
        grid_region=inputs.grid_region,
        year=inputs.year,
        grid_path=inputs.grid_path,
        gwp_set=inputs.gwp_set,
    )
    per_km = {
        name: np.array([np.interp(float(row["speed_kmh"]), SPEEDS, rates[0, :, n]) for rates in table.per_km])
        for n, name in enumerate(QUANTITIES)
    }
    amounts = {name: values * share * vkm * stock["energy_ratio"].to_numpy(float) for name, values in per_km.items()}
    frame = pd.DataFrame(
        {
            "technology": kinds["technology"].to_numpy(),
            "vehicles_count": share * count,
            "vkm": share * vkm,
            "electricity_kwh": amounts["electricity_kwh"],
            "fuel_mj": np.maximum(amounts["energy_mj"], 0.0),
            **{name: amounts[name] for name in ("co2e_ttw_kg", "co2e_wtt_kg", "nox_g", "pm2_5_g")},
        }
    )
    sums = frame.groupby("technology", sort=True).sum().reset_index()
    return [{"fleet": fleet, **row} for row in sums.to_dict("records")]


def _kinds(inputs: Inputs, fleet: str) -> pd.DataFrame:
    """Return the stock of a fleet by technology and standard in the simulated year."""
    mix = fleet_mix(inputs, (fleet,))
    if len(mix):
        return mix
    stock = inputs.operations["fleet_stock"]
    return stock[stock["fleet"] == fleet].assign(energy_ratio=1.0)


def fleet_indicators(tables: dict[str, pd.DataFrame], days: int) -> list[Row]:
    """Condense the tables of fleets; rows of indicator, unit, value, amounts for a year.

    Parameters
    ----------
    tables
        Result tables of the run.
    days
        Length of the simulated period of the fleets. [days]
    """
    energy, use, hours = (tables[name] for name in ("fleet_energy", "station_use", "station_hours"))
    year = DAYS_PER_YEAR / days
    sums = energy[["vkm", "electricity_kwh", "fuel_mj", "co2e_ttw_kg", "co2e_wtt_kg"]].sum() * year
    found = [
        ("fleet_co2e_wtw_t", "t", float(sums["co2e_ttw_kg"] + sums["co2e_wtt_kg"]) / KG_PER_T),
        ("fleet_co2e_ttw_t", "t", float(sums["co2e_ttw_kg"]) / KG_PER_T),
        ("fleet_electricity_kwh", "kWh", float(sums["electricity_kwh"])),
        ("fleet_fuel_mj", "MJ", float(sums["fuel_mj"])),
        ("fleet_vkm", "km", float(sums["vkm"])),
        ("fleet_charging_cost_cny", "CNY", float(use["paid_cny"].sum()) * year),
    ]
    for fleet in ("bus", "taxi"):
        mine = energy[energy["fleet"] == fleet]
        if len(mine):
            electric = mine.loc[mine["technology"] == BATTERY_ELECTRIC, "vehicles_count"].sum()
            found.append((f"fleet_electric_share_{fleet}", "-", float(electric / mine["vehicles_count"].sum())))
    sessions = tables["charging_sessions"]
    waits = sessions.loc[sessions["served"], "wait_s"].to_numpy(float) / SECONDS_PER_HOUR
    together = hours.groupby(["day", "hour"])["peak_kw"].sum()
    return [
        *found,
        *_service(tables),
        ("station_wait_mean_h", "h", float(waits.mean()) if len(waits) else 0.0),
        ("station_wait_p95_h", "h", float(np.quantile(waits, 0.95)) if len(waits) else 0.0),
        ("station_balk_share", "-", float(1.0 - sessions["served"].mean()) if len(sessions) else 0.0),
        ("station_peak_kw", "kW", float(together.max()) if len(together) else 0.0),
    ]

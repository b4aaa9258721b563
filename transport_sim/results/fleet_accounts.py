"""Energy, emissions and indicators of the simulated fleets: arithmetic on what every vehicle left behind."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.energy.electric import meter_kwh
from transport_sim.energy.fuel import ncv_mj_per_kg
from transport_sim.energy.road import BATTERY_ELECTRIC
from transport_sim.errors import DataError
from transport_sim.fleet.costs import carrier_co2e_kg, driving
from transport_sim.fleet.rates import per_km
from transport_sim.fleet.stock import fleet_mix
from transport_sim.inputs import Inputs
from transport_sim.results.fleet_schemas import FLEET_TABLES
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.units import KG_PER_T, SECONDS_PER_HOUR

DAYS_PER_YEAR = 365.0
YARD_FLEETS = ("bus", "rural_bus", "official_car", "delivery_van", "postal_van")
"""Fleets of one owner each; a station for one of them alone is its yard."""
Row = tuple[str, str, float]


def fleet_energy(inputs: Inputs, vehicles: Sequence[VehicleRecord]) -> pd.DataFrame:
    """Account for the fleets by technology.

    A vehicle with a battery takes what it charged, losses included, from the grid. The others share the technologies
    and standards of their fleet's stock, and use energy at the mean speed and load of the table `fleet_use`.

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
    rows: list[dict[Any, Any]] = []
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
    ttw, wtt = carrier_co2e_kg(inputs, "electricity", np.array([inputs.year]))
    return {
        "fleet": fleet,
        "technology": BATTERY_ELECTRIC,
        "vehicles_count": float(len(vehicles)),
        "vkm": float(vehicles["driven_km"].sum()),
        "electricity_kwh": kwh,
        "fuel_mj": 0.0,
        "co2e_ttw_kg": kwh * float(ttw[0]),
        "co2e_wtt_kg": kwh * float(wtt[0]),
    }


def _fuelled(inputs: Inputs, fleet: str, count: int, vkm: float) -> list[dict[Any, Any]]:
    """Divide vehicles and kilometres among the technologies of the stock that do not charge."""
    stock = _kinds(inputs, fleet)
    stock = stock[stock["technology"] != BATTERY_ELECTRIC]
    if not stock["vehicle_count"].sum() > 0.0:
        raise DataError(
            f"fleets: {count} vehicles of {fleet} are not battery electric, and fleet_stock does not say what they "
            "are; add rows for the fleet"
        )
    years = np.array([inputs.year])
    how, _ = driving(inputs, fleet, years)
    share = stock["vehicle_count"] / stock["vehicle_count"].sum()
    rows = []
    columns = ("technology", "emission_standard", "energy_ratio")
    for (technology, standard, ratio), part in zip(
        stock[list(columns)].itertuples(index=False, name=None), share, strict=True
    ):
        use = per_km(inputs.factors, how, str(technology), str(standard), gwp_set=inputs.gwp_set)
        km, gases = part * vkm, float(use.gases_kg[0])
        row = {"ttw": gases * km, "wtt": 0.0, "mj": 0.0, "kwh": 0.0}
        for carrier, amount in use.energy.items():
            used = float(amount[0]) * km * ratio
            ttw, wtt = carrier_co2e_kg(inputs, carrier, years)
            row["ttw"] += used * float(ttw[0])
            row["wtt"] += used * float(wtt[0])
            if carrier == "electricity":
                row["kwh"] += used
            else:
                row["mj"] += used * float(ncv_mj_per_kg(inputs.factors, carrier))
        rows.append((technology, part * count, km, row["kwh"], row["mj"], row["ttw"], row["wtt"]))
    sums = pd.DataFrame(rows, columns=list(FLEET_TABLES["fleet_energy"])[1:]).groupby("technology", sort=True).sum()
    return sums.reset_index().assign(fleet=fleet).to_dict("records")


def _kinds(inputs: Inputs, fleet: str) -> pd.DataFrame:
    """Return the stock of a fleet by technology and standard in the simulated year."""
    mix = fleet_mix(inputs, (fleet,))
    if len(mix):
        return mix
    stock = inputs.operations["fleet_stock"]
    return stock[stock["fleet"] == fleet].assign(energy_ratio=1.0)


def _lost(tables: dict[str, pd.DataFrame]) -> list[Row]:
    """Return the shares of what the fleets could not serve."""
    found: list[Row] = []
    if "bus_lines_service" in tables:
        lines = tables["bus_lines_service"]
        found.append(("fleet_lost_share_bus", "-", _missed(lines["served_count"].sum(), lines["runs_count"].sum())))
    if "taxi_hours" in tables:
        hours = tables["taxi_hours"]
        found.append(
            ("fleet_lost_share_taxi", "-", _missed(hours["served_count"].sum(), hours["requests_count"].sum()))
        )
    if "tours" in tables:
        served = tables["tours"]["served"]
        found.append(("fleet_lost_share_tour", "-", _missed(served.sum(), len(served))))
    return found


def _missed(served: float, wanted: float) -> float:
    return 1.0 - float(served) / float(wanted) if wanted else 0.0


def fleet_indicators(inputs: Inputs, tables: dict[str, pd.DataFrame], *, days: int) -> list[Row]:
    """Condense the tables of fleets; rows of indicator, unit, value, amounts for a year.

    Waits are those at stations that several fleets or owners share: who stands in his own yard over night waits for
    nobody.

    Parameters
    ----------
    inputs
        Of the run.
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
    stations = inputs.operations["stations"]
    yards = set(stations.loc[stations["users"].isin(YARD_FLEETS), "station"])
    sessions = tables["charging_sessions"]
    sessions = sessions[~sessions["station"].isin(yards)]
    waits = sessions.loc[sessions["served"], "wait_s"].to_numpy(float) / SECONDS_PER_HOUR
    together = hours.groupby(["day", "hour"])["peak_kw"].sum()
    return [
        *found,
        *_lost(tables),
        ("station_wait_mean_h", "h", float(waits.mean()) if len(waits) else 0.0),
        ("station_wait_p95_h", "h", float(np.quantile(waits, 0.95)) if len(waits) else 0.0),
        ("station_balk_share", "-", float(1.0 - sessions["served"].mean()) if len(sessions) else 0.0),
        ("station_peak_kw", "kW", float(together.max()) if len(together) else 0.0),
    ]

"""From the tables of stations to the plans of the simulation: power at the batteries, faults, limits and prices."""

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.charge import PieceTable
from transport_sim.energy.battery import charging_curve, piece_table
from transport_sim.energy.electric import meter_kwh
from transport_sim.errors import DataError, did_you_mean
from transport_sim.factors import Factors
from transport_sim.inputs import Inputs
from transport_sim.randomness import stable_ids, text_id, uniform
from transport_sim.simulation.charging import PlugPlan, Prices, StationPlan
from transport_sim.simulation.filling import FillPlan
from transport_sim.simulation.stations import Plan
from transport_sim.simulation.swapping import SwapPlan
from transport_sim.tables.rail import listed
from transport_sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR

PLUG_STATIONS = ("charging", "shore_power")
FILLING_STATIONS = ("lng", "hydrogen")
ALTERNATING = ("ac", "shore")
"""Kinds of plugs whose current the vehicle itself converts."""
AFTER_DAYS = 2
"""Faults are drawn so long beyond the period, for vehicles that finish after it. [days]"""


def open_stations(inputs: Inputs, fleet: str = "") -> pd.DataFrame:
    """Return the stations that work in the simulated year, those that a fleet may use if one is named.

    Returns
    -------
    Rows of the table of stations, in its order.
    """
    table = inputs.operations["stations"]
    works = table["from_year"].le(inputs.year) & table["to_year"].ge(inputs.year)
    if fleet:
        works &= np.array([bool({fleet, "all"} & set(listed(users))) for users in table["users"]], dtype=bool)
    return table[works].reset_index(drop=True)


def charging_pieces(inputs: Inputs, fleet: str) -> PieceTable:
    """Return what a fleet's battery takes at which state of charge.

    Parameters
    ----------
    inputs
        Of the simulated year; the table `electric_vehicles` has capacity and rate.
    fleet
        Fleet as in that table.

    Raises
    ------
    DataError
        If the table has no row for the fleet.
    """
    row = _vehicle(inputs, fleet)
    curve = charging_curve(inputs.factors, largest_rate_per_h=float(row["charge_rate_per_h"]))
    return piece_table(curve, capacity_kwh=float(row["usable_capacity_kwh"]))


def _vehicle(inputs: Inputs, fleet: str) -> dict[Hashable, Any]:
    table = inputs.operations["electric_vehicles"]
    known = table["fleet"].tolist()
    if fleet not in known:
        raise DataError(f"fleets/electric_vehicles.csv: no row for the fleet {fleet!r}{did_you_mean(fleet, known)}")
    return table[table["fleet"] == fleet].to_dict("records")[0]


def battery_per_meter(factors: Factors) -> float:
    """Return how much of the electricity at the meter a battery gives back. [-]."""
    return 1.0 / float(meter_kwh(factors, 1.0))


def station_plans(inputs: Inputs, *, seed: int, days: int) -> list[Plan]:
    """Make the plans of all stations that work in the simulated year.

    Powers are those at the batteries: the transformer's rating less all losses, a plug's less those of the battery,
    and of alternating current, which the vehicle itself converts, less all.

    Parameters
    ----------
    inputs
        After policies.
    seed
        Of the replication; faults are addressed by station, plug and number.
    days
        Length of the simulated period. [days]

    Raises
    ------
    DataError
        If a station lacks a row that its kind needs.
    """
    return [_plan(inputs, row, seed=seed, days=days) for row in open_stations(inputs).to_dict("records")]


def _plan(inputs: Inputs, row: Mapping[Hashable, Any], *, seed: int, days: int) -> Plan:
    station, kind = str(row["station"]), str(row["kind"])
    prices = _prices(inputs, str(row["tariff"]), per_kg=kind in FILLING_STATIONS)
    open_s = (row["open_hour"] * SECONDS_PER_HOUR, row["close_hour"] * SECONDS_PER_HOUR)
    if kind in FILLING_STATIONS:
        return _fill_plan(inputs, station, kind, open_s, prices)
    efficiency = battery_per_meter(inputs.factors)
    feeder_kw = math.inf if math.isnan(row["feeder_kw"]) else float(row["feeder_kw"])
    limits = _limits(inputs, row, feeder_kw, plugs_kw=_plugs_kw(inputs, station, kind))
    never = bool(limits) and not any(kw for _, kw in limits)  # nobody would ever leave
    at_battery = () if never else tuple((at, kw * efficiency) for at, kw in limits)
    if kind == "swap":
        plan = _swap_plan(inputs, station, open_s, prices)
        chargers_count = 0 if never else plan.chargers_count
        return replace(plan, chargers_count=chargers_count, feeder_kw=feeder_kw * efficiency, limits=at_battery)
    plugs = () if never else tuple(_plugs(inputs, station, seed=seed, days=days))
    return StationPlan(station, plugs, feeder_kw * efficiency, open_s, at_battery, prices)


def _rows(inputs: Inputs, table: str, station: str) -> pd.DataFrame:
    frame = inputs.operations[table]
    return frame[frame["station"] == station]


def _row(inputs: Inputs, table: str, station: str) -> dict[Hashable, Any]:
    found = _rows(inputs, table, station)
    if found.empty:
        raise DataError(f"{table}: no row for the station {station!r}, whose kind needs one")
    return found.to_dict("records")[0]


def _inside(inputs: Inputs) -> float:
    """Return how much of what a battery takes in it gives back. [-]."""
    return inputs.factors.value("road_technologies", quantity="battery_efficiency_ratio", technology="battery_electric")


def _plugs(inputs: Inputs, station: str, *, seed: int, days: int) -> Iterator[PlugPlan]:
    efficiency, inside = battery_per_meter(inputs.factors), _inside(inputs)
    for row in _rows(inputs, "plugs", station).sort_values(["kind", "power_kw"]).to_dict("records"):
        kind, power_kw, count = str(row["kind"]), float(row["power_kw"]), int(row["plugs_count"])
        between_h, repair_h = float(row["hours_between_faults_h"]), float(row["repair_h"])
        faults: tuple[tuple[int, float, float], ...] = ()
        if between_h > 0.0 and repair_h > 0.0:  # false where nothing is stated
            name = text_id(f"{station} {kind} {power_kw:g}")
            faults = _faults(name, count, between_h, repair_h, seed=seed, days=days)
        yield PlugPlan(kind, power_kw * (efficiency if kind in ALTERNATING else inside), count, faults)


def _plugs_kw(inputs: Inputs, station: str, kind: str) -> float:
    """Return the power of all plugs or chargers of a station, at the meter. [kW]."""
    if kind == "swap":
        row = _row(inputs, "swap_stations", station)
        at_plug_kw = float(row["charger_kw"]) * int(row["chargers_count"])
    else:
        plugs = _rows(inputs, "plugs", station)
        at_plug_kw = float((plugs["power_kw"] * plugs["plugs_count"]).sum())
    return at_plug_kw * _inside(inputs) / battery_per_meter(inputs.factors)


def _faults(
    name: int, count: int, between_h: float, repair_h: float, *, seed: int, days: int
) -> tuple[tuple[int, float, float], ...]:
    """Draw when plugs are out of order: times of work and of repair are exponential with these means."""
    until_h = (days + AFTER_DAYS) * HOURS_PER_DAY
    most = max(int(until_h / (between_h + repair_h) * 4) + 20, 20)
    ids = stable_ids(name, np.arange(count)[:, None], np.arange(most))
    works_h = -between_h * np.log(uniform(ids, seed=seed, stream="plug_fault"))
    stands_h = -repair_h * np.log(uniform(ids, seed=seed, stream="plug_repair"))
    ends_h = (works_h + stands_h).cumsum(axis=1)
    begins_h = ends_h - stands_h
    plug, which = np.nonzero(begins_h < until_h)
    begin_s, end_s = begins_h[plug, which] * SECONDS_PER_HOUR, ends_h[plug, which] * SECONDS_PER_HOUR
    return tuple(zip(plug.tolist(), begin_s.tolist(), end_s.tolist(), strict=True))


def _limits(inputs: Inputs, station: Mapping[Hashable, Any], feeder_kw: float, *, plugs_kw: float) -> Prices:
    """Return the limits of a station at the meter by time of day; nothing where none holds at any time."""
    table = inputs.operations["charging_limits"]
    users = set(listed(str(station["users"])))
    own = (table["station"] == station["station"]).to_numpy()
    theirs = np.array([bool(set(listed(words)) & users) for words in table["users"]], dtype=bool)
    mine = table[own | theirs]
    if mine.empty:
        return ()
    whole_kw = min(feeder_kw, plugs_kw)
    kw = np.where(mine["limit_kw"].isna(), mine["feeder_share"] * whole_kw, mine["limit_kw"])
    hours = sorted({0.0, *mine["from_hour"].tolist(), *mine["to_hour"].tolist()} - {HOURS_PER_DAY})
    limits = []
    for hour in hours:
        holds = ((mine["from_hour"] <= hour) & (hour < mine["to_hour"])).to_numpy()
        limits.append((hour * SECONDS_PER_HOUR, float(min([feeder_kw, *kw[holds]]))))
    return tuple(limits)


def _prices(inputs: Inputs, tariff: str, *, per_kg: bool) -> Prices:
    table = inputs.operations["tariffs"]
    rows = table[table["tariff"] == tariff].sort_values("from_hour")
    price = rows["fuel_cny_per_kg"] if per_kg else rows["energy_cny_per_kwh"] + rows["service_cny_per_kwh"]
    return tuple(zip((rows["from_hour"] * SECONDS_PER_HOUR).tolist(), price.tolist(), strict=True))


def _swap_plan(inputs: Inputs, station: str, open_s: tuple[float, float], prices: Prices) -> SwapPlan:
    row = _row(inputs, "swap_stations", station)
    fleet = str(row["fleet"])
    battery = charging_pieces(inputs, fleet)
    full_soc = float(_vehicle(inputs, fleet)["target_soc"])
    return SwapPlan(
        station,
        int(row["batteries_count"]),
        int(row["chargers_count"]),
        float(row["charger_kw"]) * _inside(inputs),
        float(row["swap_s"]),
        int(row["bays_count"]),
        battery,
        full_soc,
        open_s=open_s,
        prices=prices,
    )


def _fill_plan(inputs: Inputs, station: str, fuel: str, open_s: tuple[float, float], prices: Prices) -> FillPlan:
    row = _row(inputs, "filling_stations", station)
    storage_kg = float(row["storage_kg"])
    each, times = float(row["delivery_kg"]), int(row["deliveries_per_day_count"])
    deliveries = tuple((SECONDS_PER_DAY * n / times, each) for n in range(times)) if each > 0.0 else ()
    return FillPlan(
        station,
        fuel,
        int(row["dispensers_count"]),
        float(row["rate_kg_per_min"]),
        float(row["connect_s"]),
        math.inf if math.isnan(storage_kg) else storage_kg,
        deliveries,
        open_s,
        prices,
    )

"""The balances of a simulated day of road traffic; `results.audit` checks that they hold."""

import numpy as np
import pandas as pd

from transport_sim.choice.response import NOT_DRIVEN
from transport_sim.emissions.link_bins import QUANTITIES
from transport_sim.energy.road import BATTERY_ELECTRIC
from transport_sim.traffic.simulated_day import SimulatedDay

Balance = tuple[str, str, float, float]
"""Name, unit and both sides."""
UNITS = {"vehicle_count": "vehicles", "vkm": "km", "vehicle_h": "h", "energy_mj": "MJ", "electricity_kwh": "kWh"}
UNITS |= {name: name.rsplit("_", 1)[1] for name in QUANTITIES if name.endswith(("_kg", "_g"))}
SHOWN = ("vkm", "vehicle_h", "energy_mj", "electricity_kwh", "co2e_ttw_kg", "nox_g", "pm2_5_g")
"""Columns of the links that an indicator of the same name, `traffic_` before it, adds up."""


def traffic_balances(day: SimulatedDay, tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """Set against each other what must agree.

    Parameters
    ----------
    day
        What was simulated.
    tables
        The tables of road traffic, and the indicators.

    Returns
    -------
    Trips that begin against those that end in one way or another; on every link vehicles that enter against those that
    leave or stay; the same amounts by link, by hour and by vehicle; and the indicators against the links.
    """
    return [*_trips(day, tables), *_passages(day, tables["traffic_links"]), *_sums(tables), *_signs(tables)]


def _trips(day: SimulatedDay, tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """Follow every trip that was planned to its end: it arrives, is under way at midnight, or was never begun."""
    arrived = int(np.isfinite(day.result.arrival_s).sum())
    under_way = len(day.result.arrival_s) - arrived
    answers = tables["traffic_answers"]
    given_up = int(answers.loc[answers["answer"].isin(NOT_DRIVEN), "trips_count"].sum())
    no_way = int(day.trips["trip_id"].isin(day.left_out["trip_id"]).sum())
    driven = float(tables["traffic_vehicles"]["trips_count"].sum())
    last = tables["traffic_days"]["under_way_count"].iloc[-1]
    ended = float(arrived + under_way + given_up + no_way)
    return [
        (
            "traffic: trips planned = arrived, under way, given up or without a way",
            "trips",
            float(len(day.trips)),
            ended,
        ),
        ("traffic: trips by vehicle = arrived or under way", "trips", driven, float(arrived + under_way)),
        ("traffic: under way on the last day = without arrival", "trips", float(last), float(under_way)),
    ]


def _passages(day: SimulatedDay, links: pd.DataFrame) -> list[Balance]:
    """Compare what the links counted with the ways of the vehicles.

    Who arrived has entered and left every link of the way once. Of those still under way, every link is on record.
    """
    count = len(day.supply.link_ids)
    entered = links.set_index("link_id")["vehicle_count"].reindex(day.supply.link_ids, fill_value=0).to_numpy()
    seen = day.result.traversals
    is_on = seen["leave_s"].isna().to_numpy()
    places = seen["link"].to_numpy()
    on_link = np.bincount(places[is_on], minlength=count)
    arrived = np.isfinite(day.result.arrival_s)
    left = np.bincount(day.paths.links[np.repeat(arrived, np.diff(day.paths.pointers))], minlength=count)
    left += np.bincount(places[~is_on], minlength=count)
    under_way = int((~arrived).sum())
    outside = under_way - seen["trip"].nunique()
    return [
        (
            "traffic: entering links = leaving or still on them",
            "vehicles",
            float(entered.sum()),
            float((left + on_link).sum()),
        ),
        (
            "traffic: links that more or fewer enter than leave or stay = 0",
            "links",
            float((entered != left + on_link).sum()),
            0.0,
        ),
        (
            "traffic: under way = on a link or waiting to enter the first",
            "vehicles",
            float(under_way),
            float(is_on.sum() + outside),
        ),
    ]


def _sums(tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """Compare links with hours, with vehicles and with the indicators."""
    links, hours, vehicles = (tables[f"traffic_{name}"] for name in ("links", "hours", "vehicles"))
    shown = tables["indicators"].set_index("indicator")["value"]
    by_link = links[list(UNITS)].sum()
    wtw = by_link["co2e_ttw_kg"] + by_link["co2e_wtt_kg"]
    return [
        *(
            (f"traffic: {c} by hour = by link", UNITS[c], float(hours[c].sum()), float(by_link[c]))
            for c in ("vehicle_count", "vkm", "vehicle_h")
        ),
        *(
            (f"traffic: {c} by vehicle = by link", UNITS[c], float(vehicles[c].sum()), float(by_link[c]))
            for c in ("vkm", "vehicle_h", *QUANTITIES)
        ),
        *(
            (f"indicators: traffic_{c} = links of the day", UNITS[c], float(shown[f"traffic_{c}"]), float(by_link[c]))
            for c in SHOWN
        ),
        ("indicators: traffic_co2e_wtw_kg = links of the day", "kg", float(shown["traffic_co2e_wtw_kg"]), float(wtw)),
    ]


def _signs(tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """Count cells that are negative or no number, and exhaust of vehicles that have none."""
    bad = 0
    for name in ("links", "hours", "vehicles"):
        numbers = tables[f"traffic_{name}"].select_dtypes("number").to_numpy(float)
        bad += int((~(numbers >= 0.0) | np.isinf(numbers)).sum())
    vehicles = tables["traffic_vehicles"]
    electric = vehicles.loc[vehicles["technology"] == BATTERY_ELECTRIC, "co2e_ttw_kg"]
    return [
        ("traffic: cells below zero or without a number = 0", "cells", float(bad), 0.0),
        ("traffic: CO2e of the exhaust of electric vehicles = 0", "kg", float(electric.sum()), 0.0),
    ]

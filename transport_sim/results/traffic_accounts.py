"""Result tables and indicators of a simulated day of road traffic: arithmetic on the kernel's flows and times."""

from typing import Final

import numpy as np
import pandas as pd

from transport_sim.choice.response import ANSWERS, NOT_DRIVEN
from transport_sim.emissions.link_bins import QUANTITIES, RateTable
from transport_sim.fleet.stock import kind_energy_ratios
from transport_sim.inputs import Inputs
from transport_sim.network.model import KIND_COLUMNS
from transport_sim.results.schemas import TABLES, checked
from transport_sim.traffic.model import class_rows
from transport_sim.traffic.simulated_day import SimulatedDay
from transport_sim.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR

PEAK_HOURS: Final = (7, 8, 17, 18)
"""Hours of the day that count as peak: the usual windows of restrictions in Chinese cities, assumed. [h]"""


def traffic_tables(inputs: Inputs, day: SimulatedDay) -> dict[str, pd.DataFrame]:
    """Account for one simulated day.

    Parameters
    ----------
    inputs
        Inputs of the year; grid and factors are read.
    day
        What was simulated.

    Returns
    -------
    The tables `traffic_links`, `traffic_hours`, `traffic_vehicles`, `traffic_answers` and `traffic_days` of the result
    schema; links that nobody used are left out.
    """
    result, supply = day.result, day.supply
    rates = RateTable.build(
        inputs.factors,
        result.kinds,
        grid_region=inputs.grid_region,
        year=inputs.year,
        grid_path=inputs.grid_path,
        gwp_set=inputs.gwp_set,
        energy_ratio=kind_energy_ratios(inputs, result.kinds),
    )
    gradient = day.network.links["gradient_ratio"].fillna(0.0).to_numpy(float)[supply.rows]
    by_link, by_kind = rates.add_up(
        length_km=supply.length_km,
        gradient_ratio=gradient,
        flow_count=result.flow_count,
        time_s=result.time_s,
    )
    tables = {
        "traffic_links": _links(day, by_link),
        "traffic_hours": _hours(day),
        "traffic_vehicles": _vehicles(day, by_kind),
        "traffic_answers": _answers(day),
        "traffic_days": day.gaps.reset_index()[list(TABLES["traffic_days"])],
    }
    return {name: checked(name, frame) for name, frame in tables.items()}


def _links(day: SimulatedDay, sums: np.ndarray) -> pd.DataFrame:
    result, supply = day.result, day.supply
    count = result.flow_count.sum(axis=2, dtype=np.int64)
    hours = result.time_s.sum(axis=2, dtype=np.float64) / SECONDS_PER_HOUR
    speed = supply.class_speed_kmh[class_rows(result.kinds)]
    free_h = (count * (supply.length_km / speed)).sum(axis=0)
    frame = pd.DataFrame(
        {
            "link_id": supply.link_ids,
            "vehicle_count": count.sum(axis=0),
            "vkm": count.sum(axis=0) * supply.length_km,
            "vehicle_h": hours.sum(axis=0),
            "free_vehicle_h": free_h,
            "queue_pcu": result.queue_pcu.max(axis=1).astype(np.float64),
            "forced_count": result.forced_count,
            **{name: sums[:, place] for place, name in enumerate(QUANTITIES)},
        }
    )
    return frame[frame["vehicle_count"] > 0].reset_index(drop=True)


def _hours(day: SimulatedDay) -> pd.DataFrame:
    """Add the bins up to hours: what a table of a day can hold for every link."""
    result = day.result
    bins = result.flow_count.shape[2]
    hour = (np.arange(bins) * result.bin_s // SECONDS_PER_HOUR).astype(np.int64)
    starts = np.flatnonzero(np.diff(hour, prepend=-1))
    count = np.add.reduceat(result.flow_count.sum(axis=0, dtype=np.int64), starts, axis=1)
    time_h = np.add.reduceat(result.time_s.sum(axis=0, dtype=np.float64), starts, axis=1) / SECONDS_PER_HOUR
    link, column = np.nonzero(count)
    return pd.DataFrame(
        {
            "link_id": day.supply.link_ids[link],
            "hour": hour[starts][column],
            "vehicle_count": count[link, column],
            "vkm": count[link, column] * day.supply.length_km[link],
            "vehicle_h": time_h[link, column],
        }
    )


def _vehicles(day: SimulatedDay, sums: np.ndarray) -> pd.DataFrame:
    result = day.result
    count = result.flow_count.sum(axis=2, dtype=np.int64)
    gone = day.trips["answer"].isin(NOT_DRIVEN) | day.trips["trip_id"].isin(day.left_out["trip_id"])
    driven = day.trips[~gone]
    trips = np.bincount(day.kind_of_group[driven["group"].to_numpy()], minlength=len(result.kinds))
    return pd.DataFrame(
        {
            **{name: result.kinds[name].astype(str).to_numpy() for name in KIND_COLUMNS},
            "trips_count": trips,
            "vkm": count @ day.supply.length_km,
            "vehicle_h": result.time_s.sum(axis=(1, 2), dtype=np.float64) / SECONDS_PER_HOUR,
            **{name: sums[:, place] for place, name in enumerate(QUANTITIES)},
        }
    )


def _answers(day: SimulatedDay) -> pd.DataFrame:
    """Count what became of the trips that a rule concerns, by vehicle class."""
    trips = day.trips[day.trips["answer"] != ""]
    kind = day.groups["vehicle_class"].to_numpy()[trips["group"].to_numpy()]
    shift_h = (trips["departure_s"] - trips["planned_departure_s"]).abs().fillna(0.0) / SECONDS_PER_HOUR
    counted = (
        pd.DataFrame(
            {
                "answer": trips["answer"].to_numpy(),
                "vehicle_class": kind,
                "shift_h": shift_h.to_numpy(),
                "cost_h": trips["answer_cost_min"].to_numpy(float) / MINUTES_PER_HOUR,
                "charge_cny": trips["charge_cny"].to_numpy(),
            }
        )
        .groupby(["answer", "vehicle_class"])
        .agg(
            trips_count=("shift_h", "size"),
            shift_h=("shift_h", "sum"),
            cost_h=("cost_h", "sum"),
            charge_cny=("charge_cny", "sum"),
        )
    )
    return counted.sort_index().reset_index().astype({"answer": "str", "vehicle_class": "str", "trips_count": "int64"})


def traffic_indicators(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, float]]:
    """Condense the tables of road traffic; rows of indicator, unit, value, all for the simulated day."""
    links, hours, vehicles, answers = (tables[f"traffic_{n}"] for n in ("links", "hours", "vehicles", "answers"))
    peak = hours[hours["hour"].isin(PEAK_HOURS)]
    wtw = vehicles["co2e_ttw_kg"].sum() + vehicles["co2e_wtt_kg"].sum()
    by_answer = answers.groupby("answer")["trips_count"].sum()
    found = [
        ("traffic_trips", "trips/day", float(vehicles["trips_count"].sum())),
        ("traffic_vkm", "km/day", float(vehicles["vkm"].sum())),
        ("traffic_vehicle_h", "h/day", float(vehicles["vehicle_h"].sum())),
        ("traffic_delay_h", "h/day", float((links["vehicle_h"] - links["free_vehicle_h"]).sum())),
        ("traffic_speed_kmh", "km/h", float(vehicles["vkm"].sum() / vehicles["vehicle_h"].sum())),
        ("traffic_peak_speed_kmh", "km/h", float(peak["vkm"].sum() / peak["vehicle_h"].sum())),
        ("traffic_energy_mj", "MJ/day", float(vehicles["energy_mj"].sum())),
        ("traffic_electricity_kwh", "kWh/day", float(vehicles["electricity_kwh"].sum())),
        ("traffic_co2e_wtw_kg", "kg/day", float(wtw)),
        ("traffic_co2e_ttw_kg", "kg/day", float(vehicles["co2e_ttw_kg"].sum())),
        ("traffic_nox_g", "g/day", float(vehicles["nox_g"].sum())),
        ("traffic_pm2_5_g", "g/day", float(vehicles["pm2_5_g"].sum())),
        ("traffic_restricted_trips", "trips/day", float(by_answer.sum())),
    ]
    found += [(f"traffic_trips_{answer}", "trips/day", float(by_answer.get(answer, 0))) for answer in ANSWERS]
    gap = tables["traffic_days"]["gap_ratio"]
    return [*found, ("traffic_gap_ratio", "-", float(gap.iloc[-1]))]

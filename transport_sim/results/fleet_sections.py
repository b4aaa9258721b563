"""The section on fleets as plain values: what drives, what it costs in service, who waits where, and the loads."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.fleet.path import clean_shares, oil_by_year
from transport_sim.results import fleet_frames as frames
from transport_sim.results.findings import Cell, cell, last_year, title, titles
from transport_sim.results.sections import Section
from transport_sim.results.wording import Wording, number
from transport_sim.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from transport_sim.run import Comparison, Result

SHOWN_STATIONS = 10
LOST = {"bus": "fleet_lost_share_bus", "taxi": "fleet_lost_share_taxi", "tour": "fleet_lost_share_tour"}
WAIT, PEAK, CO2E = "station_wait_p95_h", "station_peak_kw", "fleet_co2e_wtw_t"
COST_DIGITS = {"total_cny": 0, "cny_per_km": 2, "co2e_wtw_t": 1, "abatement_cny_per_t": 0}
CHARGES_ONLY = "private_car"
"""Fleet that comes to charge and is not followed otherwise: its rows count charges, not cars."""
AMOUNTS = {"vkm": (1e6, 1), "electricity_kwh": (1e3, 0), "fuel_mj": (1e6, 1), "co2e_wtw_t": (1.0, 0)}
"""Columns of the table of fleets with the divisor and the digits in which they are shown."""


def days(comparison: "Comparison", words: Wording) -> Section:
    """Lay out the simulated days: what drives, what is lost, loads and stations."""
    year = last_year(comparison)
    inputs = comparison.baseline.prepared.inputs[year]
    times = "fleets.times_free" if inputs.traffic is None else "fleets.times_traffic"
    rows = frames.fleet_rows(comparison)
    loads = frames.loads(comparison)
    loads = loads[loads.groupby("group")["mean_kw"].transform("sum") > 0.0]
    return {
        "lead": words("fleets.lead", days=frames.days(comparison.baseline), year=year, times=words(times)),
        "synthetic": words("fleets.synthetic"),
        "verdicts": [line for r in comparison.results[1:] for line in _verdict(comparison, r, rows, words)],
        "head": [words("fleets.fleet"), words("fleets.scenario"), *(words(f"fleets.{c}") for c in _COLUMNS)],
        "rows": _fleet_rows(comparison, rows, words),
        "load_head": [words("fleets.hour"), *titles(comparison, words).values()],
        "loads": [_load_rows(comparison, part, str(group), words) for group, part in loads.groupby("group")],
        "station_head": [words(f"fleets.{c}") for c in ("station", "group", *STATION_DIGITS)],
        "stations": [{"title": title(r, words), "rows": _station_rows(r, year, words)} for r in comparison.results],
    }


STATION_DIGITS = {
    "plugs": 0,
    **dict.fromkeys(("arrivals", "wait_mean", "wait_p95", "balks", "use"), 1),
    **dict.fromkeys(("peak", "feeder"), 0),
}
"""Columns of the table of stations, with the digits in which they are shown."""
_COLUMNS = ("vehicles_count", "electric_count", *AMOUNTS)


def _found(comparison: "Comparison", result: "Result", indicator: str) -> Cell | None:
    return cell(comparison.table, result.scenario.name, last_year(comparison), indicator)


def _verdict(comparison: "Comparison", result: "Result", rows: pd.DataFrame, words: Wording) -> list[str]:
    """Say what a package changes, what it costs in service, and where vehicles wait longest."""
    mine = rows[(rows["scenario"] == result.scenario.name) & (rows["fleet"] != CHARGES_ONLY)]
    co2e, wait, peak = (_found(comparison, result, name) for name in (CO2E, WAIT, PEAK))
    if co2e is None or wait is None or peak is None:
        return []
    lines = [
        words(
            "fleets.verdict",
            package=words.quoted(title(result, words)),
            electric=number(float(mine["electric_count"].sum()), 0),
            vehicles=number(float(mine["vehicles_count"].sum()), 0),
            co2e=number(co2e.difference, 0, signed=True),
            wait=words.show(WAIT, wait.mean),
            wait_base=words.show(WAIT, wait.base),
            peak=words.show(PEAK, peak.mean),
            peak_base=words.show(PEAK, peak.base),
        )
    ]
    lost = {name: _found(comparison, result, indicator) for name, indicator in LOST.items()}
    if all(c is None or (c.mean == 0.0 and c.base == 0.0) for c in lost.values()):
        lines.append(words("fleets.no_loss"))
    else:
        shares = {n: words.percent(c.mean if c else 0.0, 2, signed=False) for n, c in lost.items()}
        before = {f"{n}_base": words.percent(c.base if c else 0.0, 2, signed=False) for n, c in lost.items()}
        lines.append(words("fleets.loss", **shares, **before))
    worst = frames.station_rows(result, last_year(comparison)).head(1)
    if len(worst) and float(worst["wait_mean_s"].iloc[0]) + float(worst["balks_count"].iloc[0]) > 0.0:
        lines.append(
            words(
                "fleets.worst",
                station=words.quoted(str(worst["name"].iloc[0])),
                wait=number(float(worst["wait_mean_s"].iloc[0]) / SECONDS_PER_MINUTE, 1),
                balks=number(float(worst["balks_count"].iloc[0]) / frames.days(result), 1),
                package=words.quoted(title(result, words)),
            )
        )
    return lines


def _fleet_rows(comparison: "Comparison", rows: pd.DataFrame, words: Wording) -> list[list[str]]:
    named, order = titles(comparison, words), list(dict.fromkeys(rows["fleet"]))
    table = rows.assign(place=rows["fleet"].map(order.index)).sort_values("place", kind="stable")
    counts = [[number(v, 0) for v in table[c].tolist()] for c in ("vehicles_count", "electric_count")]
    amounts = [[number(v / by, digits) for v in table[c].tolist()] for c, (by, digits) in AMOUNTS.items()]
    fleets = [words.head("fleet", fleet) for fleet in table["fleet"].tolist()]
    scenarios = [named[name] for name in table["scenario"].tolist()]
    return [list(row) for row in zip(fleets, scenarios, *counts, *amounts, strict=True)]


def _load_rows(comparison: "Comparison", loads: pd.DataFrame, group: str, words: Wording) -> Section:
    table = loads.pivot_table(index="hour", columns="scenario", values="mean_kw", fill_value=0.0)
    order = [r.scenario.name for r in comparison.results]
    values = table.reindex(columns=order, fill_value=0.0).to_numpy(float).tolist()
    rows = [[str(hour), *(number(v, 0) for v in row)] for hour, row in zip(table.index.tolist(), values, strict=True)]
    return {"title": words.name("station_group", group), "rows": rows}


def _station_rows(result: "Result", year: int, words: Wording) -> list[list[str]]:
    count = frames.days(result)
    table = frames.station_rows(result, year).head(SHOWN_STATIONS)
    numbers = pd.DataFrame(
        {
            "plugs": table["plugs_count"],
            "arrivals": table["arrivals_count"] / count,
            "wait_mean": table["wait_mean_s"] / SECONDS_PER_MINUTE,
            "wait_p95": table["wait_p95_s"] / SECONDS_PER_MINUTE,
            "balks": table["balks_count"] / count,
            "use": 100.0 * table["utilisation_ratio"],
            "peak": table["peak_kw"],
            "feeder": table["feeder_kw"],
        }
    )
    shown = [[number(value, digits) for value in numbers[name].tolist()] for name, digits in STATION_DIGITS.items()]
    groups = [words.name("station_group", group) for group in table["group"].tolist()]
    return [list(row) for row in zip(table["name"].tolist(), groups, *shown, strict=True)]


def path(comparison: "Comparison", paths: dict[str, pd.DataFrame], words: Wording) -> Section:
    """Say how clean public transport becomes, and when oil use peaks."""
    named, lines = titles(comparison, words), []
    for name, table in paths.items():
        clean, oil = clean_shares(table), oil_by_year(table)
        lines.append(
            words(
                "fleets.clean",
                scenario=words.quoted(named[name]),
                peak=int(oil.index[int(oil.to_numpy().argmax())]),
                **{
                    f"{fleet}_{year}": _share(clean, fleet, year, words)
                    for fleet in ("bus", "taxi")
                    for year in (2030, 2060)
                },
            )
        )
    first = min(int(table["year"].min()) for table in paths.values())
    return {"lead": words("fleets.path_lead", first=first), "lines": lines}


def _share(clean: pd.DataFrame, fleet: str, year: int, words: Wording) -> str:
    value = clean[fleet].get(year, float("nan")) if fleet in clean.columns else float("nan")
    return words.percent(value, 0, signed=False)


def costs(table: pd.DataFrame, words: Wording) -> Section:
    """Lay out what a new vehicle costs, and a tonne of CO2e that it avoids."""
    numbers = ((table[name].tolist(), digits) for name, digits in COST_DIGITS.items())
    shown = [[number(value, digits) for value in values] for values, digits in numbers]
    fleets = [words.head("fleet", fleet) for fleet in table["fleet"].tolist()]
    drives = [words.name("drive", technology) for technology in table["technology"].tolist()]
    rows = [list(row) for row in zip(fleets, drives, *shown, strict=True)]
    head = ("fleet", "technology", "total_cny", "cny_per_km", "vehicle_t", "abatement")
    return {"head": [words(f"fleets.{name}") for name in head], "rows": rows}


def modes(comparison: "Comparison", table: pd.DataFrame, words: Wording) -> Section:
    """Lay out how persons travel, a column a scenario."""
    named, rows = titles(comparison, words), []
    shares = table.pivot_table(index=["purpose", "mode"], columns="scenario", values="mode_share", sort=False)
    known = [name for name in named if name in shares.columns]
    for (purpose, mode), values in zip(shares.index.tolist(), shares[known].to_numpy(float).tolist(), strict=True):
        shown = [words.percent(value, 2, signed=False) for value in values]
        rows.append([words.name("person_mode", mode), words.name("journeys", purpose), *shown])
    head = [words("fleets.mode"), words("fleets.journeys"), *(named[name] for name in known)]
    return {"head": head, "rows": rows}

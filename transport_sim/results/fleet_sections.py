"""The section on fleets as plain values: what drives, what it costs in service, who waits where, and the loads."""

from typing import TYPE_CHECKING

import pandas as pd

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
AMOUNTS = {"vkm": (1e6, 1), "electricity_kwh": (1e3, 0), "fuel_mj": (1e6, 1), "co2e_wtw_t": (1.0, 0)}
"""Columns of the table of fleets with the divisor and the digits in which they are shown."""


def fleets(comparison: "Comparison", words: Wording) -> Section | None:
    """Lay out the section; None if a scenario has no fleets."""
    if not frames.has_fleets(comparison):
        return None
    year = last_year(comparison)
    inputs = comparison.baseline.prepared.inputs[year]
    times = "fleets.times_free" if inputs.traffic is None else "fleets.times_traffic"
    rows = frames.fleet_rows(comparison)
    loads = frames.loads(comparison)
    return {
        "lead": words("fleets.lead", days=frames.days(comparison.baseline), year=year, times=words(times)),
        "synthetic": words("fleets.synthetic"),
        "verdicts": [line for r in comparison.results[1:] for line in _verdict(comparison, r, rows, words)],
        "head": [words("fleets.fleet"), words("fleets.scenario"), *(words(f"fleets.{c}") for c in _COLUMNS)],
        "rows": _fleet_rows(comparison, rows, words),
        "load_head": [words("fleets.hour"), *titles(comparison, words).values()],
        "loads": [_load_rows(comparison, part, str(group), words) for group, part in loads.groupby("group")],
        "station_head": [words(f"fleets.{c}") for c in _STATION_HEAD],
        "stations": [{"title": title(r, words), "rows": _station_rows(r, year, words)} for r in comparison.results],
    }


_COLUMNS = ("vehicles_count", "electric_count", *AMOUNTS)
_STATION_HEAD = ("station", "group", "plugs", "arrivals", "wait_mean", "wait_p95", "balks", "use", "peak", "feeder")


def _found(comparison: "Comparison", result: "Result", indicator: str) -> Cell | None:
    return cell(comparison.table, result.scenario.name, last_year(comparison), indicator)


def _verdict(comparison: "Comparison", result: "Result", rows: pd.DataFrame, words: Wording) -> list[str]:
    """Say what a package changes, what it costs in service, and where vehicles wait longest."""
    mine = rows[rows["scenario"] == result.scenario.name]
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
    named, found = titles(comparison, words), []
    for fleet in dict.fromkeys(rows["fleet"]):
        for row in rows[rows["fleet"] == fleet].itertuples():
            amounts = [number(float(getattr(row, c)) / by, digits) for c, (by, digits) in AMOUNTS.items()]
            counts = [number(float(getattr(row, c)), 0) for c in ("vehicles_count", "electric_count")]
            found.append([words.head("fleet", str(fleet)), named[str(row.scenario)], *counts, *amounts])
    return found


def _load_rows(comparison: "Comparison", loads: pd.DataFrame, group: str, words: Wording) -> Section:
    table = loads.pivot_table(index="hour", columns="scenario", values="mean_kw", fill_value=0.0)
    order = [r.scenario.name for r in comparison.results]
    rows = [
        [str(hour), *(number(float(values.get(name, 0.0)), 0) for name in order)] for hour, values in table.iterrows()
    ]
    return {"title": words.name("station_group", group), "rows": rows}


def _station_rows(result: "Result", year: int, words: Wording) -> list[list[str]]:
    days = frames.days(result)
    return [
        [
            str(row.name),
            words.name("station_group", str(row.group)),
            number(float(row.plugs_count), 0),
            number(float(row.arrivals_count) / days, 1),
            number(float(row.wait_mean_s) / SECONDS_PER_MINUTE, 1),
            number(float(row.wait_p95_s) / SECONDS_PER_MINUTE, 1),
            number(float(row.balks_count) / days, 1),
            number(100.0 * float(row.utilisation_ratio), 1),
            number(float(row.peak_kw), 0),
            number(float(row.feeder_kw), 0),
        ]
        for row in frames.station_rows(result, year).head(SHOWN_STATIONS).itertuples()
    ]

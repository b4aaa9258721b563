"""The sections of the report as plain values: what the template writes, without a figure or a tag."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from transport_sim.results.choice_sections import feedback
from transport_sim.results.factor_sections import stand_ins
from transport_sim.results.findings import (
    CO2,
    OBSERVED_ORE_CNY_PER_T,
    Cell,
    acts,
    cell,
    further,
    headlines,
    last_year,
    ore_check,
    title,
    titles,
    vessel_sentences,
)
from transport_sim.results.wording import MAIN_INDICATORS, Wording, number

if TYPE_CHECKING:
    from transport_sim.policies.package import Change
    from transport_sim.run import Comparison, Result
    from transport_sim.sensitivity import Swings

Section = dict[str, Any]
SHOWN_SWINGS = 12


def opening(comparison: "Comparison", words: Wording) -> Section:
    """Say what was compared, and the findings."""
    named = titles(comparison, words)
    scenario = comparison.baseline.scenario
    packages = words.listed([words.quoted(t) for n, t in named.items() if n != scenario.name])
    years = words.listed([words("table.year", year=y) for y in scenario.years])
    base = words.quoted(named[scenario.name])
    return {
        "title": words("page.title" if packages else "page.title_one", baseline=named[scenario.name], years=years),
        "compared": words("page.compared" if packages else "page.alone", baseline=base, packages=packages),
        "scope": words(
            "page.scope",
            scenarios=words.counted("scenarios", len(named)),
            replications=words.counted("replications", scenario.replications),
            days=words.counted("days", scenario.duration_days),
            factor=f"{scenario.annual_factor:.4g}",
        ),
        "headlines": headlines(comparison, words),
        "further": further(comparison, words),
    }


def package_tables(comparison: "Comparison", words: Wording, *, full: bool) -> list[Section]:
    """Lay out the indicators of each year, the last first: the baseline and every package's difference."""
    scenario, named = comparison.baseline.scenario, titles(comparison, words)
    found = []
    for year in reversed(scenario.years):
        changed = acts(comparison, year)
        packages = [n for n in named if n != scenario.name] if changed else []
        present = comparison.table.loc[comparison.table["year"] == year, "indicator"].unique()
        wanted = list(present) if full else [i for i in MAIN_INDICATORS if i in set(present)]
        rows = [_package_row(comparison, name, year, packages, words) for name in wanted]
        note = "" if changed or len(named) == 1 else words("table.no_policy", year=year)
        found.append(
            {
                "year": words("table.year", year=year),
                "packages": [named[p] for p in packages],
                "rows": rows,
                "note": note,
            }
        )
    return found


def _package_row(comparison: "Comparison", indicator: str, year: int, packages: list[str], words: Wording) -> Section:
    base = cell(comparison.table, comparison.baseline.scenario.name, year, indicator)
    cells = []
    for package in packages:
        row = cell(comparison.table, package, year, indicator)
        cells.append(_difference(row, indicator, words) if row else {"difference": "–", "look": "unsure"})
    return {
        "label": words.label(indicator),
        "unit": words.unit(indicator),
        "base": words.show(indicator, base.mean) if base else "–",
        "base_interval": words.interval(indicator, base.low, base.high) if base else "",
        "cells": cells,
    }


def _difference(row: Cell, indicator: str, words: Wording) -> Section:
    same = row.difference == 0.0 and not row.difference_low < 0.0
    share = words.percent(row.share) if np.isfinite(row.share) and abs(row.share) < 10 else ""
    return {
        "difference": words.show(indicator, row.difference, signed=True),
        "share": "" if same else share,
        "interval": "" if same else words.interval(indicator, row.difference_low, row.difference_high, signed=True),
        "better": "" if same or np.isnan(row.better) else words.percent(row.better, 0, signed=False),
        "look": "sure" if row.sure else "unsure",
    }


def vessels(comparison: "Comparison", rates: pd.DataFrame, words: Wording) -> Section:
    """Lay out intensities by vehicle class and scenario, with the finding."""
    named = titles(comparison, words)
    table = rates.pivot_table(index=["loaded_way", "vehicle_class"], columns="scenario", values="g_per_tkm")
    rows = []
    order = table.mean(axis=1).sort_values(ascending=False).index
    for loaded_way, vehicle_class in sorted(order, key=lambda key: bool(key[0])):
        name = words.head("class", str(vehicle_class))
        label = words("vessel.loaded_row", name=name) if loaded_way else name
        values = table.loc[(loaded_way, vehicle_class)]
        rows.append([label, *(number(float(values.get(n, np.nan)), 1) for n in named)])
    head = [words("vessel.class"), *named.values()]
    return {"sentences": vessel_sentences(rates, words), "head": head, "rows": rows}


def calibration(comparison: "Comparison", words: Wording) -> Section:
    """Lay out targets and model, and the check with imported ore."""
    rows = [
        [
            words.label(str(r["quantity"])),
            words.unit(str(r["quantity"])),
            words.show(str(r["quantity"]), float(r["target"])),
            words.show(str(r["quantity"]), float(r["model"])),
            words.percent(float(r["deviation_ratio"])),
            words.name("basis", str(r["basis"])),
        ]
        for r in comparison.calibration.to_dict("records")
    ]
    keys = ("cal.quantity", "table.unit", "cal.target", "cal.model", "cal.deviation", "cal.basis")
    base = comparison.baseline.prepared.base
    return {
        "lead": words("cal.lead", year=base.base_year),
        "head": [words(k) for k in keys],
        "rows": rows,
        "ore": _ore(comparison, words),
        "feedback": feedback(comparison, words),
    }


def _ore(comparison: "Comparison", words: Wording) -> Section | None:
    check = ore_check(comparison.baseline.prepared.base, words)
    if check is None:
        return None
    rail, water = OBSERVED_ORE_CNY_PER_T
    ratio = {"model": f"{check.water_cny_per_t / check.rail_cny_per_t:.2f}", "observed": f"{water / rail:.2f}"}
    over = [check.rail_cny_per_t / rail - 1.0, check.water_cny_per_t / water - 1.0]
    agree = (check.water_cny_per_t < check.rail_cny_per_t) == (water < rail)
    reason = "ore.reason_high" if min(over) > 0.0 else "ore.reason_other"
    return {
        "head": ["", words("ore.model"), words("ore.observed")],
        "rows": [
            [
                words("ore.row_rail", from_zone=check.from_zone, to_zone=check.to_zone),
                f"{check.rail_cny_per_t:.0f}",
                f"{rail:.0f}",
            ],
            [words("ore.row_water"), f"{check.water_cny_per_t:.0f}", f"{water:.0f}"],
            [words("ore.ratio"), ratio["model"], ratio["observed"]],
        ],
        "sentences": [
            words("ore.agree" if agree else "ore.disagree", **ratio),
            words(reason, over=words.listed([words.percent(o, 0) for o in over])),
            words("ore.source"),
        ],
    }


def changes(comparison: "Comparison", words: Wording) -> list[Section]:
    """Group the changed cells of each package by policy, table and column."""
    year = last_year(comparison)
    return [_changes(result, year, words) for result in comparison.results[1:]]


def _changes(result: "Result", year: int, words: Wording) -> Section:
    every = result.prepared.changes[year]
    groups: dict[tuple[str, str, str], list[Change]] = {}
    for change in every:
        groups.setdefault((change.policy, change.table, change.column), []).append(change)
    rows = [
        [
            words.name("policy", policy),
            words.name("data", table),
            _column(column, members, result, words),
            str(len(members)),
            _examples(members, words),
        ]
        for (policy, table, column), members in groups.items()
    ]
    head = ("change.policy", "change.table", "change.column", "change.count", "change.example")
    full = ("change.policy", "change.table", "change.row", "change.column", "change.before", "change.after")
    return {
        "title": title(result, words),
        "head": [words(k) for k in head],
        "rows": rows,
        "full_title": words("change.full", count=len(every)),
        "full_head": [words(k) for k in full],
        "full_rows": [
            [
                words.name("policy", c.policy),
                words.name("data", c.table),
                _place(c.row, result, words),
                words.name("column", c.column),
                words.change(c.before),
                words.change(c.after),
            ]
            for c in every
        ],
    }


def _column(column: str, members: list["Change"], result: "Result", words: Wording) -> str:
    """Name what changed: a column, or the rows themselves where whole rows came or went."""
    shown = words("comma").join(_place(m.row, result, words) for m in members[:3])
    names = shown + (" …" if len(members) > 3 else "")
    return names if column == "(row)" or members[0].table == "measures" else words.name("column", column)


def _examples(members: list["Change"], words: Wording) -> str:
    steps = list(dict.fromkeys(f"{m.before} → {m.after}" if m.before else words.change(m.after) for m in members))
    return steps[0] if len(steps) == 1 else words("change.several", first=steps[0], count=len(steps))


def _place(row: str, result: "Result", words: Wording) -> str:
    """Put the names of terminals and modes for their codes."""
    nodes = result.prepared.base.network.nodes
    named = dict(zip(nodes["ref"], nodes["name" if words.language == "zh" else "name_en"], strict=True))
    return " – ".join(named.get(part) or words.name("mode", part) for part in row.split(" - "))


def assumptions(comparison: "Comparison", swings: "Swings | None", reason: str, words: Wording) -> Section:
    """Lay out the swings of the uncertain parameters, and every input without a firm source."""
    listed = pd.DataFrame(cast("list[dict[str, object]]", comparison.manifest["assumptions"]))
    order = listed["confidence"].map({"memory": 0, "L": 1}).fillna(2)
    columns = ("table", "name", "value", "unit", "source", "confidence", "note")
    rows = []
    for row in listed.loc[order.sort_values(kind="stable").index].to_dict("records"):
        value = row["value"]
        shown = number(float(value), 6).rstrip("0").rstrip(".") if isinstance(value, (int, float)) else str(value)
        name = words.parameter(str(row["name"])) if row["table"] == "parameters" else str(row["name"])
        rows.append(
            [
                row["table"],
                name,
                shown,
                row["unit"],
                row["source"],
                words.name("confidence", str(row["confidence"])),
                row["note"],
            ]
        )
    found: Section = {
        "full_title": words("ass.full", count=len(rows)),
        "full_head": [
            words("change.table"),
            *(words(f"ass.{k}" if k != "unit" else "table.unit") for k in columns[1:]),
        ],
        "full_rows": rows,
    }
    if swings is None:
        return found | {"lead": words("ass.unranked", reason=reason), "sentences": []}
    return found | _swings(comparison, swings, words)


def _swings(comparison: "Comparison", swings: "Swings", words: Wording) -> Section:
    year, package = last_year(comparison), comparison.results[-1]
    table = swings.table
    simulated = cell(comparison.table, package.scenario.name, year, CO2)
    turned = table[
        (np.sign(table["effect_low_t"]) * np.sign(swings.effect_t) < 0)
        | (np.sign(table["effect_high_t"]) * np.sign(swings.effect_t) < 0)
    ]
    names = [words.parameter(str(p)) for p in turned["parameter"]]
    rows = [
        [
            words.parameter(str(r["parameter"])),
            " – ".join(number(float(r[k]), 6).rstrip("0").rstrip(".") for k in ("low", "value", "high")),
            words.listed([words.show(CO2, float(r[f"effect_{k}_t"]), signed=True) for k in ("low", "high")]),
            words.show(CO2, float(r["swing_t"]), unit=True),
            words.name("confidence", str(r["confidence"])),
            r["source"],
        ]
        for r in table.to_dict("records")
    ]
    return {
        "lead": words(
            "ass.lead",
            ranged=len(table) + len(swings.silent),
            silent=len(swings.silent),
            package=words.quoted(title(package, words)),
            year=year,
        ),
        "sentences": [
            words(
                "ass.agree",
                expected=words.show(CO2, swings.effect_t, signed=True, unit=True),
                simulated=words.show(CO2, simulated.difference if simulated else float("nan"), signed=True, unit=True),
            ),
            words("ass.flips", names=words("comma").join(names)) if names else words("ass.flip"),
        ],
        "head": [
            words(k) for k in ("ass.parameter", "ass.range", "ass.effect", "ass.swing", "ass.confidence", "ass.source")
        ],
        "rows": rows[:SHOWN_SWINGS],
        "rest_title": words("ass.rest", count=len(rows)),
        "rest_rows": rows,
    }


def provenance(comparison: "Comparison", words: Wording) -> Section:
    """Lay out version, seed, factors, boundary, fall-backs, licences and checksums."""
    manifest, base = comparison.manifest, comparison.baseline.prepared.base
    scenario = comparison.baseline.scenario
    facts = [
        (words("prov.version"), manifest["version"]),
        (words("prov.python"), manifest["python"]),
        (words("prov.seed"), manifest["seed"]),
        (words("prov.replications"), manifest["replications"]),
        (words("prov.uncertainty"), words("yes" if manifest["parameter_uncertainty"] else "no")),
        (words("prov.factor_set"), manifest["factor_set"]),
        (words("prov.gwp"), manifest["gwp_set"]),
        (words("prov.grid"), scenario.grid_region),
        (words("prov.grid_beyond"), scenario.grid_region_beyond),
        (words("prov.grid_path"), scenario.grid_path),
    ]
    external = base.zones["kind"] == "external"
    tables = [
        t for n, t in vars(base).items() if isinstance(t, pd.DataFrame) and "confidence" in t.columns and n != "network"
    ]
    weak = sum(int(t["confidence"].isin(["memory", "L"]).sum()) for t in tables)
    sums = manifest["sha256"]
    checksums = [[name, digest] for name, digest in sums.items()] if isinstance(sums, dict) else []
    return {
        "facts": facts,
        "boundary": words(
            "prov.boundary_text",
            inside=int((~external).sum()),
            outside=int(external.sum()),
            days=scenario.duration_days,
            factor=f"{scenario.annual_factor:.4g}",
        ),
        "fallbacks": stand_ins(comparison, words),
        "made": words("prov.made_text", weak=weak, rows=sum(len(t) for t in tables)),
        "licence_head": [
            words(k) for k in ("prov.dataset", "prov.dataset_version", "prov.origin", "prov.licence", "ass.note")
        ],
        "licences": _licences(scenario.network),
        "codes_title": words("prov.codes"),
        "codes_head": [words("prov.code"), words("ass.source")],
        "codes": _source_codes(scenario.data),
        "checksum_title": words("prov.checksums", count=len(checksums)),
        "checksum_head": [words("prov.file"), "SHA-256"],
        "checksums": checksums,
    }


def _source_codes(data: Path) -> list[list[str]]:
    """Read what the codes in the tables' source columns stand for; none if the data folder does not say."""
    path = data / "source_codes.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [[row.get("code") or "", row.get("source") or ""] for row in csv.DictReader(stream)]


def _licences(network: Path) -> list[list[str]]:
    """Read the rows of networks/manifest.csv that name this network, licence first; none if there is no such file."""
    path = network.parent / "manifest.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r.get("name", "").startswith(network.name)]
    columns = ("name", "version", "url_or_origin", "licence", "note")
    return [[row.get(c) or "" for c in columns] for row in rows if row.get("licence") and "/tables/" not in row["name"]]


def audit(comparison: "Comparison", words: Wording) -> Section:
    """Lay out every balance with the number of runs and the widest gap."""
    table = pd.concat([r.audit for r in comparison.results], ignore_index=True)
    runs = len(table[["scenario", "year", "replication"]].drop_duplicates())
    size = table[["left", "right"]].abs().max(axis=1)
    table["gap"] = ((table["left"] - table["right"]).abs() / size.where(size > 0.0, 1.0)).fillna(0.0)
    rows = [
        [
            words.balance(str(name)),
            str(len(part)),
            f"{part['gap'].max():.1e}",
            words("yes" if part["holds"].all() else "no"),
        ]
        for name, part in table.groupby("balance", sort=False)
    ]
    broken = int((~table["holds"]).sum())
    key = "audit.bad" if broken else "audit.good"
    return {
        "good": not broken,
        "sentence": words(key, balances=len(rows), runs=runs, rows=len(table), broken=broken),
        "head": [words(k) for k in ("audit.balance", "audit.runs", "audit.gap", "audit.holds")],
        "rows": rows,
    }

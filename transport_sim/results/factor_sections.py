"""The sections of the report about factors, as plain values: the sets side by side, and what stood in."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.factors import load_factor_set
from transport_sim.results.factor_sets import (
    LARGE,
    MODES,
    Difference,
    borrowed,
    large_differences,
    set_names,
    under_each_set,
)
from transport_sim.results.factor_use import fallbacks
from transport_sim.results.wording import TEXTS, Wording, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transport_sim.factors.model import Choice
    from transport_sim.run import Comparison

Section = dict[str, Any]
_SHORT = {"co2e_ttw_t": "TTW", "co2e_wtt_t": "WTT", "co2e_wtw_t": "WTW", "nox_t": "NOₓ", "pm2_5_t": "PM2.5"}


def factor_sets(comparison: "Comparison", words: Wording) -> Section:
    """Lay out the baseline's emissions under each factor set, by mode, with the reasons of large differences."""
    baseline = comparison.baseline
    own = baseline.scenario.factor_set
    names = set_names(own)
    choices = {n: (baseline.prepared.base.factors if n == own else load_factor_set(n)).choices for n in names}
    years, reasons = [], list[Difference]()
    for year in reversed(baseline.scenario.years):
        table = under_each_set(baseline, year)
        reasons += large_differences(table, own, choices)
        years.append({"year": words("table.year", year=year), "rows": _rows(table, choices, names, words)})
    shown = words.listed([words("table.year", year=y) for y in baseline.scenario.years])
    return {
        "lead": words("sets.lead", years=shown, own=words.name("set", own)),
        "check": words("sets.check"),
        "head": [words("sets.mode"), words("sets.quantity"), *(words.name("set", n) for n in names)],
        "years": years,
        "reasons_title": words("sets.reasons", share=words.percent(LARGE, 0, signed=False)),
        "reasons": _reasons(reasons, words),
        "stand_ins_title": words("sets.stand_ins"),
        "stand_ins_head": [words(f"sets.{k}") for k in ("set", "purpose", "method", "from")] + [words("ass.note")],
        "stand_ins": [
            [
                words.name("set", n),
                words.name("purpose", purpose),
                words.name("method", choice.method),
                words.name("set", choice.stands_in),
                choice.note,
            ]
            for n in names
            for purpose, choice in choices[n].items()
            if choice.stands_in
        ],
    }


def _rows(
    table: pd.DataFrame, choices: "Mapping[str, Mapping[str, Choice]]", names: list[str], words: Wording
) -> list[list[str]]:
    value = {(r["factor_set"], r["mode"]): r for r in table.to_dict("records")}
    rows = []
    for mode in MODES:
        for quantity, short in _SHORT.items():
            cells = [float(value[name, mode][quantity]) for name in names]
            if not any(cells):
                continue
            row = [words.name("mode", mode), short]
            for name, cell in zip(names, cells, strict=True):
                mark = "†" if borrowed(choices[name], mode, quantity) else ""
                share = cell / cells[0] - 1.0 if cells[0] else 0.0
                change = f" ({words.percent(share)})" if abs(share) >= 0.0005 else ""
                row.append(f"{number(cell, 0 if cell >= 100 else 1)}{mark}{change}")
            rows.append(row)
    return rows


def _reasons(differences: list[Difference], words: Wording) -> list[str]:
    """Write one sentence for each set and purpose, with the figures that it explains."""
    grouped: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for d in differences:
        what = f"{words.name('mode', d.mode)} {_SHORT[d.quantity]}"
        grouped.setdefault((d.factor_set, d.purpose, d.method), {}).setdefault(what, []).append(d.ratio)
    sentences = []
    for (name, purpose, method), figures in grouped.items():
        key = f"reason.{purpose}.{method}"
        why = words(key) if key in TEXTS else words("reason.other", method=words.name("method", method))
        what = words.listed([f"{w} {_span(ratios, words)}" for w, ratios in figures.items()])
        sentences.append(words("sets.reason", set=words.name("set", name), what=what, why=why))
    return sentences


def _span(ratios: list[float], words: Wording) -> str:
    low, high = (words.percent(ratio, 0) for ratio in (min(ratios), max(ratios)))
    return low if low == high else words("to", low=low, high=high)


def stand_ins(comparison: "Comparison", words: Wording) -> Section:
    """Lay out the set's own stand-ins, and every row that stood in for another, with its activity of a year."""
    base = comparison.baseline.prepared.base
    sentences = [
        words("prov.stand_in", purpose=words.name("purpose", p), set=words.name("set", c.stands_in), note=c.note)
        for p, c in base.factors.choices.items()
        if c.stands_in
    ]
    amounts: dict[tuple[str, str, str, str], dict[str, float]] = {}
    columns = []
    for result in comparison.results:
        uses = result.tables["factor_use"]
        for year in result.scenario.years:
            column = f"{result.scenario.name} {year}"
            columns.append(column)
            for r in fallbacks(uses[uses["year"] == year]).to_dict("records"):
                key = (str(r["table"]), str(r["asked"]), str(r["fallback"]), str(r["amount_unit"]))
                amounts.setdefault(key, {})[column] = float(r["amount"]) * result.scenario.annual_factor
    head = [words(f"prov.fallback_{k}") for k in ("table", "asked", "used", "unit")]
    rows = [[*key, *(number(by[c], 0) if by.get(c) else "–" for c in columns)] for key, by in sorted(amounts.items())]
    return {"sentences": sentences, "lead": words("prov.fallback_lead"), "head": [*head, *columns], "rows": rows}

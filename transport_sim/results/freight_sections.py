"""The section on freight by rail and river as plain values: moves, money, queues, cost of avoided CO2e, seasons."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.results import freight_frames as frames
from transport_sim.results.comparison import compare_indicators
from transport_sim.results.elements import COSTS, cost_values
from transport_sim.results.findings import CO2, Cell, cell, last_year, mode_amounts, title, titles
from transport_sim.results.freight_plots import DAILY
from transport_sim.results.indicators import MODES
from transport_sim.results.place_names import PlaceNames
from transport_sim.results.sections import Section
from transport_sim.results.wording import Wording, number

if TYPE_CHECKING:
    from transport_sim.results.freight_frames import Abatement
    from transport_sim.run import Comparison

SHOWN_MOVES, SHOWN_QUEUES = 8, 8
VESSEL_COLUMNS = ("mean_payload_t", "mean_wait_min")
MONEY = "charge_cny"
"""Indicator in whose unit differences of money are shown."""
PARTS = {
    "avoided": CO2,
    "resource": "resource_cost_cny",
    "public": "public_cost_cny",
    "transfers": "charge_cny",
}
"""Parts of the cost of a tonne avoided, and the indicators that they are."""
LEAST_SHARE = 0.01
"""Share of all that moves below which a move between two modes is not told. [-]"""
PREFIXES = ("freight_tonnes", "activity_tkm")


@dataclass(frozen=True)
class Freight:
    """What is worked out once for page, figures and workbook."""

    comparison: "Comparison"
    year: int
    moves: dict[int, pd.DataFrame]
    """By year, from `freight_frames.moves`."""
    queues: dict[str, pd.DataFrame]
    costs: pd.DataFrame
    """Comparison table of `elements.COSTS`."""
    season: pd.DataFrame
    closed: pd.DataFrame


def work_out(comparison: "Comparison") -> Freight:
    """Read the result tables once."""
    year, scenario = last_year(comparison), comparison.baseline.scenario
    return Freight(
        comparison,
        year,
        {y: frames.moves(comparison, y) for y in scenario.years},
        frames.queues(comparison, year),
        compare_indicators(cost_values(comparison, year), scenario.name, outcomes=scenario.parameter_uncertainty),
        frames.season(comparison, year),
        frames.closure_days(comparison.baseline, year),
    )


def freight(found: Freight, words: Wording) -> Section:
    """Lay out the whole section."""
    comparison = found.comparison
    packages = len(comparison.results) > 1
    return {
        "moved": moved(found, words) if packages else None,
        "costs": costs(found, words) if packages else None,
        "queues": queues(found, words) if packages else None,
        "abatement": abatement(found, words) if packages else None,
        "season": season(found, words),
    }


def moved(found: Freight, words: Wording) -> Section:
    """Lay out tonnes and t-km by mode with their changes, and the largest moves."""
    comparison, named = found.comparison, titles(found.comparison, words)
    sentences = [
        _moved_sentence(found.moves[year], r.scenario.name, named, year, words)
        for r in comparison.results[1:]
        for year in reversed(comparison.baseline.scenario.years)
    ]
    units = [words.unit(f"{prefix}_{MODES[0]}") for prefix in PREFIXES]
    head = [words("table.scenario"), words("moved.year"), words("moved.mode")]
    for key, unit in zip(("moved.tonnes", "moved.tkm"), units, strict=True):
        head += [words(key, unit=unit), words("moved.change")]
    rows = []
    for result in comparison.results[1:]:
        for year in reversed(comparison.baseline.scenario.years):
            name = result.scenario.name
            rows += [[named[name], *_mode_row(comparison, name, year, mode, words)] for mode in MODES]
    top_head = [words("moved.relation"), words("moved.good"), words("moved.way")]
    top_head += [words("moved.tonnes", unit=units[0]), words("moved.share")]
    return {
        "sentences": sentences,
        "head": head,
        "rows": rows,
        "top_head": top_head,
        "top": _top_moves(found, named, words),
    }


def _moved_sentence(moves: pd.DataFrame, name: str, named: dict[str, str], year: int, words: Wording) -> str:
    own = moves[moves["scenario"] == name].groupby(["from_mode", "to_mode"])["tonnes_t"].sum().sort_values()
    package = words.quoted(named[name])
    own = own[own > LEAST_SHARE * own.sum()]
    if own.empty:
        return words("moved.none", package=package, year=year)
    parts = [
        words(
            "moved.part",
            amount=words.show("freight_tonnes", float(t), unit=True),
            from_mode=words.name("mode", str(a)).lower(),
            to_mode=words.name("mode", str(b)).lower(),
        )
        for (a, b), t in reversed(list(own.items()))
    ]
    return words("moved.sentence", package=package, year=year, parts=words("comma").join(parts))


def _mode_row(comparison: "Comparison", name: str, year: int, mode: str, words: Wording) -> list[str]:
    row = [str(year), words.name("mode", mode)]
    for prefix in PREFIXES:
        indicator = f"{prefix}_{mode}"
        found = cell(comparison.table, name, year, indicator)
        if found is None:
            return [*row, *["–"] * 4]
        interval = words.interval(indicator, found.difference_low, found.difference_high, signed=True)
        change = words.show(indicator, found.difference, signed=True)
        row += [words.show(indicator, found.mean), f"{change} ({interval})" if interval else change]
    return row


def _top_moves(found: Freight, named: dict[str, str], words: Wording) -> list[Section]:
    """List the relations and goods that move most, of each package."""
    base = found.comparison.baseline.prepared.base
    places, goods = PlaceNames(base.network, base.zones, words), _goods(found.comparison, words)
    parts = []
    for result in found.comparison.results[1:]:
        own = found.moves[found.year]
        own = own[own["scenario"] == result.scenario.name].sort_values("tonnes_t", ascending=False, kind="stable")
        rows, total = [], float(own["tonnes_t"].sum())
        for line in own.head(SHOWN_MOVES).to_dict("records"):
            tonnes = float(line["tonnes_t"])
            ends = places.place(str(line["origin"])), places.place(str(line["destination"]))
            rows.append(
                [
                    words("queue.step", before=ends[0], after=ends[1]),
                    goods[str(line["commodity"])],
                    words(
                        "queue.step",
                        before=words.name("mode", str(line["from_mode"])),
                        after=words.name("mode", str(line["to_mode"])),
                    ),
                    words.show("freight_tonnes", tonnes),
                    words.percent(tonnes / total, 0, signed=False),
                ]
            )
        parts.append({"title": named[result.scenario.name], "rows": rows})
    return parts


def _goods(comparison: "Comparison", words: Wording) -> dict[str, str]:
    table = comparison.baseline.prepared.base.commodities
    return dict(zip(table["commodity"], table["name_zh" if words.language == "zh" else "name_en"], strict=True))


def costs(found: Freight, words: Wording) -> Section:
    """Lay out where what shippers pay changes, by element."""
    comparison, named = found.comparison, titles(found.comparison, words)
    packages = [r.scenario.name for r in comparison.results[1:]]
    rows = []
    for key in (*COSTS, "total"):
        cells = [cell(found.costs, name, found.year, key) for name in packages]
        rows.append([words(f"cost.{key}"), *(_with_interval(c, MONEY, words) if c else "–" for c in cells)])
    head = words("cost.part", year=found.year, unit=words.unit(MONEY))
    return {"head": [head, *(named[n] for n in packages)], "rows": rows}


def _with_interval(row: Cell, indicator: str, words: Wording) -> str:
    interval = words.interval(indicator, row.difference_low, row.difference_high, signed=True)
    change = words.show(indicator, row.difference, signed=True)
    return f"{change} ({interval})" if interval and row.difference else change


def shown_queues(table: pd.DataFrame) -> pd.DataFrame:
    """Return the facilities whose queue grows most."""
    return table[table["growth_count"] > frames.LEAST_QUEUE].head(SHOWN_QUEUES)


def queues(found: Freight, words: Wording) -> Section:
    """Lay out the queues that grow, package by package."""
    comparison = found.comparison
    head = ("facility", "visits", "wait", "longest", "queue", "use")
    parts = []
    for result in comparison.results[1:]:
        rows = shown_queues(found.queues[result.scenario.name])
        inputs = result.prepared.inputs[found.year]
        names = PlaceNames(inputs.network, inputs.zones, words)
        weeks = result.scenario.duration_days / 7.0
        parts.append(
            {
                "title": title(result, words),
                "name": result.scenario.name,
                "sentence": _queue_sentence(rows, words.quoted(title(result, words)), names, words),
                "rows": [_queue_row(line, weeks, names, words) for line in rows.reset_index().to_dict("records")],
            }
        )
    return {
        "lead": words(
            "queue.lead", busy=words.percent(frames.BUSY_SHARE, 0, signed=False), wait=f"{frames.LONG_WAIT_MIN:.0f}"
        ),
        "head": [words(f"queue.{k}") for k in head],
        "packages": parts,
    }


def _queue_sentence(rows: pd.DataFrame, package: str, names: PlaceNames, words: Wording) -> str:
    if rows.empty:
        return words("queue.none", package=package, least=number(frames.LEAST_QUEUE, 2))
    first = rows.iloc[0]
    new = pd.isna(first["mean_queue_count_before"]) or float(first["visits_count_before"]) == 0.0
    sentence = words(
        "queue.sentence_new" if new else "queue.sentence",
        package=package,
        facility=names.facility(str(rows.index[0]), str(first["kind"])),
        before=number(float(first["mean_queue_count_before"]), 2),
        after=number(float(first["mean_queue_count_after"]), 2),
        wait_before=number(float(first["mean_wait_min_before"]), 0),
        wait=number(float(first["mean_wait_min_after"]), 0),
        use=words.percent(float(first["utilisation_ratio_after"]), 0, signed=False),
    )
    gap = " " if words.language == "en" else ""
    return sentence + gap + words("queue.bottlenecks", count=int(rows["bottleneck"].sum()))


def _queue_row(line: dict[Hashable, Any], weeks: float, names: PlaceNames, words: Wording) -> list[str]:
    def step(column: str, digits: int, size: float = 1.0) -> str:
        before, after = (float(line[f"{column}_{when}"]) * size for when in ("before", "after"))
        shown = words("queue.new") if pd.isna(before) else number(before, digits)
        return words("queue.step", before=shown, after=number(after, digits))

    mark = "▲ " if line["bottleneck"] else ""
    return [
        mark + names.facility(str(line["facility"]), str(line["kind"])),
        step("visits_count", 0, 1.0 / weeks),
        step("mean_wait_min", 0),
        step("longest_wait_h", 1),
        step("mean_queue_count", 2),
        step("utilisation_ratio", 0, 100.0) + words.gap + "%",
    ]


def abatement(found: Freight, words: Wording) -> Section:
    """Lay out the cost of a tonne of CO2e avoided with its parts, or say why there is none."""
    comparison, year = found.comparison, found.year
    costs_of = {r.scenario.name: frames.abatement(comparison, r, year) for r in comparison.results[1:]}
    rows = []
    for key, name in PARTS.items():
        indicator = CO2 if key == "avoided" else MONEY
        cells = [
            _part(cell(comparison.table, package, year, name), name, words, stated=bool(cost.stated))
            for package, cost in costs_of.items()
        ]
        rows.append([words(f"abate.row_{key}", unit=words.unit(indicator)), *cells])
    rows.append([words("abate.row_cost"), *(_cost_per_t(c, words) for c in costs_of.values())])
    named = titles(comparison, words)
    return {
        "sentences": [_abatement_sentence(c, words.quoted(named[n]), year, words) for n, c in costs_of.items()],
        "head": [words("abate.row", year=year), *(named[n] for n in costs_of)],
        "rows": rows,
    }


def _part(row: Cell | None, indicator: str, words: Wording, *, stated: bool) -> str:
    if row is None:
        return "–"
    if indicator == "public_cost_cny" and not stated and row.difference == 0.0:
        return words("abate.not_stated")
    if indicator == CO2:
        avoided = row._replace(
            difference=-row.difference, difference_low=-row.difference_high, difference_high=-row.difference_low
        )
        return _with_interval(avoided, CO2, words)
    return _with_interval(row, MONEY, words)


def _policy(kind: str, words: Wording) -> str:
    """Name a policy within a sentence."""
    name = words.name("policy", kind)
    return name[:1].lower() + name[1:]


def _cost_per_t(cost: "Abatement", words: Wording) -> str:
    indicator = "abatement_cost_cny_per_t"
    interval = words.interval(indicator, cost.low_cny_per_t, cost.high_cny_per_t)
    return words.show(indicator, cost.cny_per_t) + (f" ({interval})" if interval else "")


def _abatement_sentence(cost: "Abatement", package: str, year: int, words: Wording) -> str:
    indicator = "abatement_cost_cny_per_t"
    main = words(
        f"abate.{cost.verdict}",
        package=package,
        year=year,
        cost=words.show(indicator, cost.cny_per_t, unit=True),
        interval=words.interval(indicator, cost.low_cny_per_t, cost.high_cny_per_t, unit=True),
    )
    if cost.verdict not in ("cost", "trial"):
        return main
    stated, unstated = (words.listed([_policy(k, words) for k in kinds]) for kinds in (cost.stated, cost.unstated))
    key = "abate.all_stated" if not unstated else "abate.some_stated" if stated else "abate.none_stated"
    gap = " " if words.language == "en" else ""
    return main + gap + words(key, stated=stated, unstated=unstated)


def season(found: Freight, words: Wording) -> Section:
    """Lay out the year by month; for shorter runs say how to get it."""
    if found.season.empty:
        return {"sentence": words("season.how"), "parts": []}
    comparison, named = found.comparison, titles(found.comparison, words)
    name = comparison.baseline.scenario.name
    closed = river_names(found.closed, words)
    head = [words("season.month")]
    head += [words("season.tonnes", mode=words.head("mode", m), unit=words.unit(DAILY)) for m in MODES]
    head += [words("season.payload"), words("season.wait")]
    head += [words("season.closed", river=river) for river in closed.columns]
    table = found.season.set_index(["scenario", "mode", "month"])
    values: dict[str, dict[Any, float]] = {
        c: table[c].astype(float).to_dict() for c in ("tonnes_per_day_t", *VESSEL_COLUMNS)
    }
    days = {month: [float(v) for v in closed.loc[month].to_numpy()] for month in range(1, 13)}
    parts = []
    for scenario in named:
        rows = []
        for month in range(1, 13):
            goods = [values["tonnes_per_day_t"].get((scenario, m, month), 0.0) for m in MODES]
            vessels = [values[c].get((scenario, "waterway", month), float("nan")) for c in VESSEL_COLUMNS]
            shown = [words.show(DAILY, t) for t in goods] + [number(v, 0) for v in (*vessels, *days[month])]
            rows.append([str(month), *shown])
        parts.append({"title": named[scenario], "rows": rows})
    here = (found.season["scenario"] == name) & (found.season["mode"] == "waterway")
    sentence = _season_sentence(found.season[here].set_index("month"), closed, named[name], found.year, words)
    return {"sentence": sentence, "head": head, "parts": parts}


def river_names(closed: pd.DataFrame, words: Wording) -> pd.DataFrame:
    """Name the rivers in the language."""
    return closed.rename(columns=lambda river: words.name("river", str(river)))


def _season_sentence(vessels: pd.DataFrame, closed: pd.DataFrame, baseline: str, year: int, words: Wording) -> str:
    tonnes, load = vessels["tonnes_per_day_t"], vessels["mean_payload_t"].dropna()
    days = closed.sum().sort_values(ascending=False)
    river, count = (str(days.index[0]), float(days.iloc[0])) if len(days) else ("–", 0.0)

    def month(series: pd.Series, *, most: bool) -> str:
        return words("season.month_name", month=series.idxmax() if most else series.idxmin())

    return words(
        "season.lead",
        baseline=words.quoted(baseline),
        year=year,
        high=month(tonnes, most=True),
        high_t=words.show(DAILY, float(tonnes.max()), unit=True),
        low=month(tonnes, most=False),
        low_t=words.show(DAILY, float(tonnes.min()), unit=True),
        most=month(load, most=True),
        most_t=f"{number(float(load.max()), 0)}{words.gap}t" if words.language == "en" else f"{load.max():,.0f}吨",
        least=month(load, most=False),
        least_t=f"{number(float(load.min()), 0)}{words.gap}t" if words.language == "en" else f"{load.min():,.0f}吨",
        river=river,
        days=f"{count:.0f}",
    )


def mode_changes(comparison: "Comparison") -> dict[str, pd.DataFrame]:
    """Return the differences by mode of every package and year, by indicator prefix, for the figure."""
    base, years = comparison.baseline.scenario.name, comparison.baseline.scenario.years
    found = {}
    for prefix in PREFIXES:
        table = pd.concat([mode_amounts(comparison, y, prefix).assign(year=y) for y in years])
        found[prefix] = table[table["scenario"] != base]
    return found

"""The charts of the section on rail and river: each function draws one figure from one frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from transport_sim.results.elements import COSTS, ELEMENTS
from transport_sim.results.findings import CO2
from transport_sim.results.indicators import MODES
from transport_sim.results.plots import COLOURS, GRID, INK, QUIET, Look, bare, canvas, mode_legend, stack
from transport_sim.results.wording import number

LESS, MORE = "#4a9a6d", "#c4553b"
MONTHS = range(1, 13)
DAILY = "fuel_t"
"""Indicator in whose unit goods of a day are shown."""


def moved(amounts: Mapping[str, pd.DataFrame], years: Sequence[int], look: Look) -> Figure:
    """Draw what each package takes from and gives to the modes, by year.

    Parameters
    ----------
    amounts
        By indicator prefix (freight_tonnes, activity_tkm): columns scenario, year, mode, difference.
    years
        In the order of the bars.
    look
        Language, font and titles.
    """
    words = look.words
    with look.style():
        first = next(iter(amounts.values()))
        rows = [(s, y) for s in look.titles for y in years if ((first["scenario"] == s) & (first["year"] == y)).any()]
        figure, panels = canvas(1.2 + 0.5 * len(rows), 2, sharey=True)
        for axes, (prefix, frame), key in zip(
            panels, amounts.items(), ("fig.moved_tonnes", "fig.moved_tkm"), strict=True
        ):
            name = f"{prefix}_{MODES[0]}"
            table = frame.pivot_table(index=["scenario", "year"], columns="mode", values="difference").loc[rows]
            stack(axes, table[list(MODES)].map(lambda v, n=name: words.scaled(n, v)), MODES, shares=False)
            axes.axvline(0.0, color=INK, linewidth=0.8)
            axes.set(title=words(key), xlabel=words("fig.moved_axis", unit=words.unit(name)))
            axes.margins(x=0.08)
            bare(axes)
        labels = [look.wrapped(s, 24) + (f"\n{y}" if len(years) > 1 else "") for s, y in rows]
        panels[0].set_yticklabels(labels)
        mode_legend(figure, look, MODES)
    return figure


def waterfall(co2: pd.DataFrame, cost: pd.DataFrame, package: str, look: Look) -> Figure:
    """Draw from the trucks' saving to what is left of it, in CO2e and in money.

    Parameters
    ----------
    co2, cost
        Comparison tables of `ELEMENTS` and `COSTS` and their total, with the package's differences.
    package
        Name of the scenario.
    look
        Language, font and titles.
    """
    words = look.words
    with look.style():
        figure, (left, right) = canvas(3.5, 2)
        _falls(left, _differences(co2, package, ELEMENTS), CO2, "element", look)
        _falls(right, _differences(cost, package, COSTS), "charge_cny", "cost", look)
        left.set_title(words("fig.waterfall", unit=words.unit(CO2)))
        right.set_title(words("fig.waterfall_cost", unit=words.unit("charge_cny")))
    return figure


def _differences(table: pd.DataFrame, package: str, keys: Sequence[str]) -> pd.Series:
    rows = table[table["scenario"] == package].set_index("indicator")["difference"]
    return rows.reindex([*keys, "total"])


def _falls(axes: Axes, steps: pd.Series, indicator: str, group: str, look: Look) -> None:
    words = look.words
    values = np.array([words.scaled(indicator, v) for v in steps])
    start = np.concatenate([[0.0], values[:-1].cumsum()[:-1], [0.0]])
    ends = start + values
    span = max(float(np.max([start, ends])) - float(np.min([start, ends])), 1e-12)
    for row, (at, value) in enumerate(zip(start, values, strict=True)):
        total = row + 1 == len(values)
        axes.barh(row, value, left=at, height=0.62, color=INK if total else LESS if value < 0 else MORE)
        if not total:
            axes.plot([at + value] * 2, [row - 0.31, row + 1.31], color=QUIET, linewidth=0.7)
        shown = words.show(indicator, steps.iloc[row], signed=True)
        axes.text(max(at, at + value) + 0.015 * span, row, shown, va="center", fontsize=8.5, color=INK)
    low, high = float(np.min([start, ends])), float(np.max([start, ends]))
    axes.set(xlim=(low - 0.04 * span, high + 0.27 * span), ylim=(len(values) - 0.4, -0.6))
    axes.set_yticks(range(len(values)), [words(f"{group}.{key}") for key in steps.index])
    axes.axvline(0.0, color=INK, linewidth=0.8)
    bare(axes)


def queues(rows: pd.DataFrame, names: Sequence[str], look: Look) -> Figure:
    """Draw the mean wait before and after at some facilities.

    Parameters
    ----------
    rows
        Of `freight_frames.queue_growth`, in order.
    names
        What each is called.
    look
        Language, font and titles.
    """
    words = look.words
    with look.style():
        figure, (axes,) = canvas(1.2 + 0.36 * len(rows))
        before, after = (rows[f"mean_wait_min_{w}"].to_numpy(float) for w in ("before", "after"))
        at = np.arange(len(rows))
        edge = float(np.nanmax(np.concatenate([before, after]), initial=1.0))
        axes.hlines(at, np.nan_to_num(before), after, color="#c9d0d6", linewidth=3, zorder=1)
        axes.plot(before, at, "o", color="#9aa5b0", markersize=7, zorder=2)
        axes.plot(after, at, "o", color=COLOURS["road"], markersize=7, zorder=3)
        for row, used in enumerate(rows["utilisation_ratio_after"]):
            right = float(np.nanmax([before[row], after[row]]))
            text = words.percent(float(used), 0, signed=False) + ("  ▲" if rows["bottleneck"].iloc[row] else "")
            axes.text(right + 0.02 * edge, row, text, va="center", fontsize=8.5, color=QUIET)
        axes.set_yticks(at, list(names))
        axes.set(ylim=(len(rows) - 0.5, -0.5), xlim=(-0.02 * edge, 1.15 * edge))
        axes.set_xlabel(words("fig.queue_growth_axis"))
        bare(axes)
        axes.grid(visible=True, axis="y", color=GRID, linewidth=0.6)
        dots = [
            Line2D([], [], color=c, marker="o", linewidth=0, markersize=7, label=words(k))
            for c, k in (("#9aa5b0", "fig.queue_before"), (COLOURS["road"], "fig.queue_after"))
        ]
        figure.legend(handles=dots, loc="outside lower left", ncols=2, fontsize=9)
    return figure


def season(table: pd.DataFrame, closed: pd.DataFrame, look: Look) -> Figure:
    """Draw the year by month: goods by mode, load and wait of vessels, days closed by water.

    Parameters
    ----------
    table
        From `freight_frames.season`.
    closed
        From `freight_frames.closure_days`, rivers named.
    look
        Language, font and titles.
    """
    words = look.words
    names = [n for n in look.titles if n in set(table["scenario"])]
    shades = ["#9aa5b0", "#c4553b", "#2f87c0", "#3f4d67", "#d9a441", "#4a9a6d"]
    panels = [*((m, "tonnes_per_day_t") for m in MODES), ("waterway", "mean_payload_t"), ("waterway", "mean_wait_min")]
    with look.style():
        figure, rows = _grid(2, 3, 5.8)
        for axes, (mode, column) in zip(rows, panels, strict=False):
            for n, name in enumerate(names):
                part = table[(table["scenario"] == name) & (table["mode"] == mode)].set_index("month")[column]
                values = part.reindex(list(MONTHS))
                if column == "tonnes_per_day_t":
                    values = values.map(lambda v: words.scaled(DAILY, v))
                axes.plot(MONTHS, values, color=shades[n % len(shades)], marker="o", markersize=3.2, linewidth=1.6)
            keys: dict[str, str] = {"mean_payload_t": "fig.season_payload", "mean_wait_min": "fig.season_wait"}
            mode_name = {"mode": words.head("mode", mode), "unit": words.unit(DAILY)}
            axes.set_title(words(keys.get(column, "fig.season_tonnes"), **mode_name))
            axes.set_ylim(0.0, 1.08 * axes.get_ylim()[1])
        _closures(rows[-1], closed, look)
        for axes in rows:
            axes.set_xticks(list(MONTHS))
            axes.tick_params(labelsize=8, length=0)
            bare(axes, across=False)
        for axes in rows[3:]:
            axes.set_xlabel(words("fig.season_axis"), fontsize=8.5)
        lines = [Line2D([], [], color=shades[n % len(shades)], label=look.titles[s]) for n, s in enumerate(names)]
        figure.legend(handles=lines, loc="outside lower left", ncols=3, fontsize=9)
    return figure


def _grid(down: int, across: int, height: float) -> tuple[Figure, list[Axes]]:
    """Make a figure with its axes in several rows."""
    figure, (only,) = canvas(height)
    only.remove()
    return figure, list(figure.subplots(down, across, squeeze=False).ravel())


def _closures(axes: Axes, closed: pd.DataFrame, look: Look) -> None:
    rivers = [c for c in closed.columns if closed[c].sum() > 0]
    shades = ["#2f87c0", "#3f4d67", "#8fb8d6", "#d9a441", "#6b7680", "#c4553b"]
    width = 0.8 / max(len(rivers), 1)
    for n, river in enumerate(rivers):
        at = np.asarray(closed.index, float) + (n - (len(rivers) - 1) / 2.0) * width
        axes.bar(at, closed[river], width=width, color=shades[n % len(shades)], label=river)
    axes.set_title(look.words("fig.season_closed"))
    if rivers:
        axes.legend(fontsize=7.5, loc="upper left", handlelength=1.0)


def water_classes(bars: pd.DataFrame, months: pd.DataFrame, look: Look) -> Figure:
    """Draw CO2e per t-km of classes of waterway beside truck and train.

    Parameters
    ----------
    bars
        Columns label, mode, g_per_tkm, navigation_class (empty for others), in order.
    months
        From `vessel_classes.monthly_physics`.
    look
        Language, font and titles.
    """
    words = look.words
    with look.style():
        figure, (axes,) = canvas(1.2 + 0.42 * len(bars))
        for row, line in enumerate(bars.to_dict("records")):
            value: Any = line["g_per_tkm"]
            axes.barh(row, value, height=0.5, color=COLOURS[str(line["mode"])], alpha=0.9)
            right = float(value)
            if line["navigation_class"]:
                grams = months.loc[months["navigation_class"] == line["navigation_class"], "g_per_tkm"].dropna()
                if len(grams):
                    axes.hlines(row, grams.min(), grams.max(), color=INK, linewidth=2.2, zorder=4)
                    axes.plot(grams.mean(), row, "o", color="white", markeredgecolor=INK, markersize=6, zorder=5)
                    own = months[months["navigation_class"] == line["navigation_class"]]
                    filled = float(own["simulated_g_per_tkm"].mean())
                    axes.plot(filled, row, "D", color=COLOURS["hub"], markeredgecolor=INK, markersize=6, zorder=5)
                    # the number stands by its bar, but not on a mark that follows at once
                    edge = 0.09 * float(bars["g_per_tkm"].max())
                    right = max([right, *(m for m in (grams.max(), filled) if right - 1.0 <= m <= right + edge)])
            axes.text(right, row, f"  {number(float(value), 1)}", va="center", fontsize=9)
        axes.set_yticks(range(len(bars)), list(bars["label"]))
        axes.set(ylim=(len(bars) - 0.5, -0.5), xlabel=words("fig.intensity_axis"))
        axes.margins(x=0.08)
        bare(axes)
        shown = [
            Patch(color=COLOURS["waterway"], label=words("fig.water_account")),
            Line2D([], [], color=INK, marker="o", markerfacecolor="white", label=words("fig.water_physics")),
            Line2D(
                [],
                [],
                color=COLOURS["hub"],
                marker="D",
                markeredgecolor=INK,
                linewidth=0,
                label=words("fig.water_filled"),
            ),
        ]
        figure.legend(handles=shown, loc="outside lower left", ncols=3, fontsize=9)
    return figure

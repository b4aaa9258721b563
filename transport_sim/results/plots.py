"""The charts of the report: each function draws one figure from one frame."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from transport_sim.results.findings import CO2, TRACTOR
from transport_sim.results.fonts import FALLBACK
from transport_sim.results.indicators import MODES
from transport_sim.results.wording import Wording, number

INK, QUIET, GRID = "#1f2933", "#6b7680", "#e4e7ea"
COLOURS = {
    "road": "#c4553b",
    "rail": "#3f4d67",
    "waterway": "#2f87c0",
    "hub": "#d9a441",
}
WIDTH = 9.6
"""Width of a figure, so that its letters are as large as those of the page. [inch]"""


@dataclass(frozen=True)
class Look:
    """Language and font of the figures, and the titles of the scenarios in it."""

    words: Wording
    font: str | None
    titles: dict[str, str]

    @contextmanager
    def style(self) -> Iterator[None]:
        """Draw in seaborn's white grid with the report's colours and font."""
        style: dict[str, Any] = dict(sns.axes_style("whitegrid"))
        style |= {
            "font.family": [self.font, FALLBACK] if self.font else [FALLBACK],
            "font.size": 9.5,
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.titlepad": 10,
            "axes.labelcolor": QUIET,
            "axes.edgecolor": GRID,
            "axes.unicode_minus": True,
            "grid.color": GRID,
            "text.color": INK,
            "xtick.color": QUIET,
            "ytick.color": INK,
            "legend.frameon": False,
            "figure.facecolor": "white",
            "axes.facecolor": "white",
        }
        with mpl.rc_context(cast("Any", style)):
            yield

    def wrapped(self, name: str, most: int = 18) -> str:
        """Return a scenario's title on as many lines as it needs."""
        text, limit = self.titles.get(name, name), most // 2 if self.words.language == "zh" else most
        if self.words.language == "zh":
            return "\n".join(text[i : i + limit] for i in range(0, len(text), limit))
        lines = [""]
        for word in text.split():
            if lines[-1] and len(lines[-1]) + len(word) >= limit:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        return "\n".join(lines)


def canvas(height: float, columns: int = 1, **grid: Any) -> tuple[Figure, list[Axes]]:  # noqa: ANN401 - matplotlib's
    """Make a figure with its axes in one row, without the global state of pyplot."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained", dpi=140)
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, columns, squeeze=False, **grid)
    return figure, list(axes[0])


def bare(axes: Axes, *, across: bool = True) -> None:
    """Keep the grid lines that one reads values from and no frame."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=False, axis="y" if across else "x")
    axes.tick_params(length=0)
    axes.set_axisbelow(b=True)


def stack(axes: Axes, table: pd.DataFrame, keys: Sequence[str], *, shares: bool) -> dict[tuple[int, str], float]:
    """Draw rows of bars, negative parts to the left of zero; return the middle of each part."""
    middles = {}
    for row, (_, values) in enumerate(table.iterrows()):
        ends = {True: 0.0, False: 0.0}
        for key in keys:
            value = float(values[key]) / (float(values.sum()) if shares else 1.0)
            positive = value >= 0.0
            axes.barh(
                row, value, left=ends[positive], height=0.62, color=COLOURS[key], edgecolor="white", linewidth=0.8
            )
            middles[row, key] = ends[positive] + value / 2.0
            ends[positive] += value
    axes.set_yticks(range(len(table)))
    axes.set_ylim(len(table) - 0.5, -0.5)
    return middles


def mode_legend(
    figure: Figure, look: Look, keys: Sequence[str], group: str = "mode", extra: Sequence[Any] = ()
) -> None:
    """Name the colours of some modes below the figure."""
    handles = [Patch(color=COLOURS[k], label=look.words.head(group, k)) for k in keys]
    figure.legend(handles=[*handles, *extra], loc="outside lower left", ncols=6, fontsize=9)


def mode_share(tonnes: pd.DataFrame, activity: pd.DataFrame, look: Look) -> Figure:
    """Draw the modal split in tonnes and tonne-kilometres, one bar a scenario."""
    with look.style():
        order = [n for n in look.titles if n in set(tonnes["scenario"])]
        figure, panels = canvas(0.9 + 0.55 * len(order), 2, sharey=True)
        for axes, frame, key in zip(panels, (tonnes, activity), ("fig.tonnes", "fig.tkm"), strict=True):
            table = frame.pivot_table(index="scenario", columns="mode", values="mean").loc[order, list(MODES)]
            middles = stack(axes, table, MODES, shares=True)
            parts = table.div(table.sum(axis=1), axis=0)
            for (row, mode), x in middles.items():
                share = float(parts.iloc[row][mode])
                wide = share >= 0.05
                if wide or mode == MODES[-1]:
                    axes.text(
                        x if wide else 1.01,
                        row,
                        f"{100 * share:.1f}",
                        ha="center" if wide else "left",
                        va="center",
                        color="white" if wide else COLOURS[mode],
                        fontsize=9,
                    )
            axes.set(xlim=(0, 1), title=look.words(key), xlabel=look.words("fig.share_axis"))
            axes.xaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f}")
            bare(axes)
        panels[0].set_yticklabels([look.wrapped(n) for n in order])
        mode_legend(figure, look, MODES)
    return figure


def emissions(by_mode: pd.DataFrame, total: pd.DataFrame, look: Look) -> Figure:
    """Draw CO2e by mode: the level of every scenario, and the difference of every package with its interval."""
    modes, words = (*MODES, "hub"), look.words
    with look.style():
        order = [n for n in look.titles if n in set(by_mode["scenario"])]
        packages = order[1:]
        figure, panels = canvas(1.0 + 0.6 * len(order), 2 if packages else 1, sharey=bool(packages))
        level = by_mode.pivot_table(index="scenario", columns="mode", values="mean").loc[order, list(modes)]
        stack(panels[0], level.map(lambda v: words.scaled(CO2, v)), modes, shares=False)
        sums = level.sum(axis=1).map(lambda v: words.show(CO2, v))
        edge = words.scaled(CO2, float(level.sum(axis=1).max()))
        for row, text in enumerate(sums):
            panels[0].text(
                words.scaled(CO2, float(level.iloc[row].sum())) + 0.015 * edge, row, text, va="center", fontsize=9
            )
        panels[0].set(title=words("fig.co2_level"), xlim=(0, edge * 1.16))
        extra = []
        if packages:
            change = by_mode.pivot_table(index="scenario", columns="mode", values="difference").loc[order, list(modes)]
            stack(panels[1], change.map(lambda v: words.scaled(CO2, v)), modes, shares=False)
            rows = total.set_index("scenario").loc[packages]
            extra = [_sums(panels[1], rows, look, first=1)]
            panels[1].axvline(0.0, color=INK, linewidth=0.8)
            panels[1].set(title=words("fig.co2_difference"))
        for axes in panels:
            axes.set_xlabel(words("fig.co2_axis", unit=words.unit(CO2)))
            bare(axes)
        panels[0].set_yticklabels([look.wrapped(n) for n in order])
        mode_legend(figure, look, modes, extra=extra)
    return figure


def _sums(axes: Axes, rows: pd.DataFrame, look: Look, *, first: int) -> Line2D:
    """Draw the sum of each row as a point with its interval; return the legend's entry."""
    words = look.words
    value = np.array([words.scaled(CO2, v) for v in rows["difference"]])
    low, high = (np.array([words.scaled(CO2, v) for v in rows[c]]) for c in ("difference_ci_low", "difference_ci_high"))
    at = np.arange(first, first + len(rows))
    known = bool(np.isfinite(low).all())
    if known:
        axes.errorbar(value, at, xerr=[value - low, high - value], fmt="none", ecolor=INK, elinewidth=1.3, capsize=3.5)
    axes.plot(value, at, "D", color=INK, markersize=5, markeredgecolor="white")
    label = words("fig.sum" if known else "fig.sum_plain")
    return Line2D([], [], color=INK, marker="D", markersize=5, linewidth=1.3 if known else 0.0, label=label)


def times(replications: pd.DataFrame, means: pd.DataFrame, waits: pd.DataFrame, look: Look) -> Figure:
    """Draw door-to-door time with every replication, and the mean wait by kind of facility."""
    words = look.words
    with look.style():
        order = [n for n in look.titles if n in set(means["scenario"])]
        shades = sns.color_palette("blend:#b9c2cc,#3f4d67", n_colors=len(order))
        figure, (left, right) = canvas(max(3.2, 1.2 + 0.55 * len(order)), 2)
        sns.stripplot(
            data=replications, x="value", y="scenario", order=order, ax=left, color="#aab4be", size=4.5, jitter=0.12
        )
        rows = means.set_index("scenario").loc[order]
        at, known = np.arange(len(order)), bool(rows["ci_low"].notna().all())
        if known:
            spread = [rows["mean"] - rows["ci_low"], rows["ci_high"] - rows["mean"]]
            left.errorbar(rows["mean"], at, xerr=spread, fmt="none", ecolor=INK, capsize=3.5, elinewidth=1.3)
        left.plot(rows["mean"], at, "D", color=INK, markersize=5, markeredgecolor="white", zorder=5)
        left.set(title=words("fig.time"), xlabel=words("fig.time_axis"), ylabel="")
        left.set_yticks(at, [look.wrapped(n) for n in order])
        dot = Line2D([], [], marker="o", color="#aab4be", linewidth=0, markersize=4.5, label=words("fig.replication"))
        mean = Line2D(
            [],
            [],
            marker="D",
            color=INK,
            linewidth=1.3 if known else 0,
            markersize=5,
            label=words("fig.mean" if known else "fig.mean_plain"),
        )
        left.legend(handles=[dot, mean], loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=8.5)
        kinds = waits.groupby("kind")["wait_min"].max().sort_values(ascending=False)
        kinds = kinds[kinds > 0.05]
        sns.barplot(
            data=waits,
            x="wait_min",
            y="kind",
            hue="scenario",
            order=list(kinds.index),
            hue_order=order,
            palette=shades,
            ax=right,
            errorbar=None,
            legend=False,
            saturation=1,
        )
        right.set(title=words("fig.queue"), xlabel=words("fig.queue_axis"), ylabel="")
        right.set_yticks(range(len(kinds)), [words.name("kind", str(k)) for k in kinds.index])
        bars = [Patch(color=s, label=look.titles[n]) for s, n in zip(shades, order, strict=True)]
        right.legend(handles=bars, loc="lower right", fontsize=8.5)
        for axes in (left, right):
            bare(axes)
    return figure


def intensity(rates: pd.DataFrame, look: Look) -> Figure:
    """Draw CO2e per t-km by vehicle class, mean over the scenarios, trucks also on the loaded way alone."""
    words = look.words
    rates = rates.groupby(["mode", "vehicle_class", "loaded_way"])["g_per_tkm"].mean().reset_index()
    around = rates[~rates["loaded_way"]].sort_values("g_per_tkm", ascending=False)
    loaded = rates[rates["loaded_way"]].set_index("vehicle_class")["g_per_tkm"]
    with look.style():
        figure, (axes,) = canvas(1.2 + 0.42 * len(around))
        columns = (around[c] for c in ("mode", "vehicle_class", "g_per_tkm"))
        for row, (mode, vehicle_class, value) in enumerate(zip(*columns, strict=True)):
            axes.barh(row, value, height=0.6, color=COLOURS[mode])
            axes.text(value, row, f"  {number(value, 1)}", va="center", fontsize=9)
            if vehicle_class in loaded.index:
                way = float(loaded[vehicle_class])
                axes.plot([way, way], [row - 0.3, row + 0.3], color="white", linewidth=2.2)
                axes.text(way, row, f"{number(way, 1)} ", va="center", ha="right", fontsize=8.5, color="white")
        if TRACTOR in loaded.index:
            axes.axvline(float(loaded[TRACTOR]), color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        axes.set_yticks(range(len(around)), [words.head("class", str(c)) for c in around["vehicle_class"]])
        axes.set(ylim=(len(around) - 0.5, -0.5), xlabel=words("fig.intensity_axis"))
        bare(axes)
        note = f"{words.name('class', TRACTOR)}{words('comma')}{words('fig.loaded_way')}"
        line = Line2D([], [], color=INK, linewidth=0.9, linestyle=(0, (4, 3)), label=note)
        mode_legend(figure, look, MODES, extra=[line] if TRACTOR in loaded.index else [])
    return figure


def tornado(swings: pd.DataFrame, centre_t: float, package: str, year: int, look: Look) -> Figure:
    """Draw the effect of the package at the low and the high of each parameter, the widest swing on top."""
    words = look.words
    with look.style():
        figure, (axes,) = canvas(1.3 + 0.36 * len(swings))
        centre = words.scaled(CO2, centre_t)
        for row, line in enumerate(swings.to_dict("records")):
            for side, colour in (("low", "#8fb8d6"), ("high", "#2c6591")):
                value = words.scaled(CO2, float(line[f"effect_{side}_t"]))
                axes.barh(row, value - centre, left=centre, height=0.62, color=colour, alpha=0.95)
                out = -1 if value < centre else 1
                text = number(float(line[side]), 6).rstrip("0").rstrip(".")
                if abs(value - centre) > 1e-9:
                    axes.annotate(
                        text,
                        (value, row),
                        (3 * out, 0),
                        textcoords="offset points",
                        va="center",
                        fontsize=8,
                        ha="left" if out > 0 else "right",
                        color=QUIET,
                    )
        axes.axvline(centre, color=INK, linewidth=1.0)
        axes.set_yticks(range(len(swings)), [words.parameter(str(p)) for p in swings["parameter"]])
        axes.set_ylim(len(swings) - 0.5, -0.5)
        axes.margins(x=0.08)
        axes.set_xlabel(words("fig.tornado_axis", package=look.titles[package], year=year, unit=words.unit(CO2)))
        bare(axes)
        handles = [Patch(color=c, label=words(k)) for c, k in (("#8fb8d6", "fig.at_low"), ("#2c6591", "fig.at_high"))]
        figure.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=9)
    return figure

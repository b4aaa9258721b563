"""The figure on the turnover of fleets: public transport on its way to no exhaust, and what that does to oil."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from transport_sim.fleet.path import clean_shares, oil_by_year
from transport_sim.results.plots import QUIET, WIDTH, Look, bare
from transport_sim.results.traffic_plots import SCENARIO_COLOURS

TECHNOLOGY_COLOURS = {
    "battery_electric": "#2f87c0",
    "fuel_cell_electric": "#5bb7b0",
    "plug_in_hybrid": "#8f7fc4",
    "hybrid": "#b9aede",
    "cng": "#d9a441",
    "lng": "#e3c27c",
    "methanol": "#a8b66d",
    "petrol": "#c4553b",
    "diesel": "#3f4d67",
}
"""Cleanest first, and so from the bottom up."""
PANELS = ("bus", "taxi")
_WORDS = {
    "bus": ("Buses", "公交车"),
    "taxi": ("Taxis", "出租车"),
    "clean": ("Buses and taxis without exhaust", "公交、出租零排放车辆占比"),
    "oil": ("Petrol and diesel of all fleets", "全部车队汽柴油消耗"),
    "share": ("share", "占比"),
    "vehicles": ("vehicles", "辆"),
    "kt": ("kt a year", "千吨/年"),
    "battery_electric": ("battery", "纯电动"),
    "fuel_cell_electric": ("fuel cell", "燃料电池"),
    "plug_in_hybrid": ("plug-in hybrid", "插电混动"),
    "hybrid": ("hybrid", "混合动力"),
    "cng": ("CNG", "压缩天然气"),
    "lng": ("LNG", "液化天然气"),
    "methanol": ("methanol", "甲醇"),
    "petrol": ("petrol", "汽油"),
    "diesel": ("diesel", "柴油"),
}
_TONNES_PER_KT = 1e3
COLUMNS = 6
"""Most entries in a line of the legend."""


def fleet_paths(paths: Mapping[str, pd.DataFrame], look: Look) -> Figure:
    """Draw how buses and taxis are renewed under the last scenario, and the shares and oil of all scenarios.

    Parameters
    ----------
    paths
        Results of `fleet.path.fleet_path` by scenario, the baseline first.
    look
        Language, font and titles.
    """
    place = 1 if look.words.language == "zh" else 0
    words = {name: both[place] for name, both in _WORDS.items()}
    names = list(paths)
    shown = paths[names[-1]]
    with look.style():
        figure = Figure(figsize=(WIDTH, 6.4), layout="constrained", dpi=140)
        FigureCanvasAgg(figure)
        upper, lower = figure.subplots(2, 2)
        for axes, fleet in zip(upper, PANELS, strict=True):
            _stack(axes, shown[shown["fleet"] == fleet], f"{words[fleet]} · {look.titles.get(names[-1], names[-1])}")
            axes.set_ylabel(words["vehicles"], color=QUIET)
        for number, name in enumerate(names):
            style = {"color": SCENARIO_COLOURS[number % len(SCENARIO_COLOURS)], "linewidth": 2.0}
            share, oil = clean_shares(paths[name])["together"], oil_by_year(paths[name]) / _TONNES_PER_KT
            lower[0].plot(share.index, share * 100.0, **style)
            lower[1].plot(oil.index, oil, **style)
        lower[0].set(ylim=(0, 103), title=words["clean"])
        lower[0].set_ylabel(f"{words['share']} (%)", color=QUIET)
        lower[1].set_title(words["oil"])
        lower[1].set_ylabel(words["kt"], color=QUIET)
        lower[1].set_ylim(bottom=0)
        for axes in (*upper, *lower):
            axes.set_xlim(shown["year"].min(), shown["year"].max())
            bare(axes, across=False)
        _legends(figure, shown, words, [look.titles.get(name, name) for name in names])
    return figure


def _stack(axes: Axes, own: pd.DataFrame, title: str) -> None:
    """Stack the technologies of one fleet."""
    counts = own.pivot_table(index="year", columns="technology", values="vehicle_count", aggfunc="sum", fill_value=0.0)
    used = [name for name in TECHNOLOGY_COLOURS if name in counts.columns]
    colours = [TECHNOLOGY_COLOURS[name] for name in used]
    axes.stackplot(counts.index, [counts[name] for name in used], colors=colours, linewidth=0)
    axes.set_title(title)
    axes.set_ylim(0, counts.sum(axis=1).max() * 1.02)


def _legends(figure: Figure, shown: pd.DataFrame, words: Mapping[str, str], titles: list[str]) -> None:
    """Name technologies and scenarios below the panels."""
    there = set(shown.loc[shown["fleet"].isin(PANELS) & (shown["vehicle_count"] >= 1.0), "technology"])
    drives = [name for name in TECHNOLOGY_COLOURS if name in there]
    handles: list[Patch | Line2D] = [Patch(color=TECHNOLOGY_COLOURS[name]) for name in drives]
    handles += [
        Line2D([], [], color=SCENARIO_COLOURS[n % len(SCENARIO_COLOURS)], linewidth=2.0) for n in range(len(titles))
    ]
    names = [*(words[name] for name in drives), *titles]
    figure.legend(handles, names, loc="outside lower center", ncols=min(len(names), COLUMNS), fontsize=8.5)

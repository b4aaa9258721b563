"""The figures on fleets and stations: load curves by hour."""

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from transport_sim.results.plots import QUIET, WIDTH, Look, bare
from transport_sim.results.traffic_plots import SCENARIO_COLOURS

COLUMNS = 2
KW_PER_MW = 1000.0


def load_curves(loads: pd.DataFrame, look: Look) -> Figure:
    """Draw the power that each group of stations takes over the day, a line a scenario.

    Parameters
    ----------
    loads
        Columns scenario, group, hour, mean_kw, largest_kw; the range up to the largest is shaded.
    look
        Language, font and titles.
    """
    groups = [g for g, sums in loads.groupby("group")["mean_kw"].sum().items() if sums > 0.0]
    scenarios = list(dict.fromkeys(loads["scenario"]))
    with look.style():
        rows = max(-(-len(groups) // COLUMNS), 1)
        figure = Figure(figsize=(WIDTH, 0.6 + 2.3 * rows), layout="constrained", dpi=140)
        FigureCanvasAgg(figure)
        panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes, group in zip(panels, groups, strict=False):
            for number, name in enumerate(scenarios):
                mine = loads[(loads["group"] == group) & (loads["scenario"] == name)].sort_values("hour")
                colour = SCENARIO_COLOURS[number % len(SCENARIO_COLOURS)]
                edges = np.append(mine["hour"], 24)
                mean, top = (np.append(mine[c], mine[c].iloc[-1]) / KW_PER_MW for c in ("mean_kw", "largest_kw"))
                axes.fill_between(edges, mean, top, step="post", color=colour, alpha=0.12, linewidth=0)
                axes.step(edges, mean, where="post", color=colour, linewidth=2.0)
            axes.set(xlim=(0, 24), xticks=range(0, 25, 6), title=look.words.name("station_group", str(group)))
            axes.set_ylim(bottom=0)
            axes.set_ylabel("MW", color=QUIET)
            bare(axes)
        for axes in panels[len(groups) :]:
            axes.set_visible(False)
        shown = [Line2D([], [], color=SCENARIO_COLOURS[n % len(SCENARIO_COLOURS)]) for n in range(len(scenarios))]
        figure.legend(
            shown, [look.titles.get(s, s) for s in scenarios], loc="outside lower center", ncols=2, fontsize=8.5
        )
    return figure

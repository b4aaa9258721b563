"""The figures on road traffic: speeds by hour, and a map of what a package changes."""

import numpy as np
import pandas as pd
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from transport_sim.network.model import Network
from transport_sim.results.maps import GROUND, geometries
from transport_sim.results.plots import INK, QUIET, WIDTH, Look

SCENARIO_COLOURS = ("#3f4d67", "#c4553b", "#2a7f62", "#8e44ad", "#d9a441", "#2f87c0")
CHANGE_COLOURS = "PuOr"
"""Purple is faster, orange is slower; told apart by readers with any colour vision."""
MOST_KMH = 15.0
"""Change at the ends of the colour scale. [km/h]"""


def speeds_by_hour(speeds: pd.DataFrame, windows_h: list[tuple[float, float]], look: Look) -> Figure:
    """Draw the mean speed on the restricted links over the day.

    Parameters
    ----------
    speeds
        Index hour, a column a scenario. [km/h]
    windows_h
        Hours in which a rule holds, shaded. [h]
    look
        Language and font.
    """
    with look.style():
        figure = Figure(figsize=(WIDTH, 3.6), layout="constrained", dpi=140)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for start, end in windows_h:
            axes.axvspan(start, end, color=GROUND, zorder=0)
            axes.axvspan(start, end, facecolor="none", edgecolor="#d5d8da", linewidth=0.6, zorder=0)
        for number, name in enumerate(speeds.columns):
            colour = SCENARIO_COLOURS[number % len(SCENARIO_COLOURS)]
            axes.step(
                np.append(speeds.index, speeds.index[-1] + 1),
                np.append(speeds[name], speeds[name].iloc[-1]),
                where="post",
                color=colour,
                linewidth=2.2 if number == 0 else 1.8,
                label=look.titles.get(name, name),
            )
        axes.set(xlim=(0, 24), xticks=range(0, 25, 3), xlabel=look.words("traffic.hour"), ylabel="km/h")
        axes.set_ylim(bottom=0)
        axes.legend(loc="lower left", fontsize=8.5)
    return figure


def speed_change_map(network: Network, change_kmh: pd.Series, restricted: set[int], heading: str, look: Look) -> Figure:
    """Draw the change of speed on every street with traffic, the restricted ones underlaid.

    Parameters
    ----------
    network
        The streets.
    change_kmh
        Change against the baseline by link id. [km/h]
    restricted
        Ids of the links that the package's rules name.
    heading
        Title of the map.
    look
        Language and font.
    """
    links = network.links.loc[network.links.index.intersection(change_kmh.index)]
    change = change_kmh[links.index].clip(-MOST_KMH, MOST_KMH).to_numpy(float)
    order = np.argsort(np.abs(change))
    paths = [shapely.get_coordinates(line) for line in geometries(network, links)]
    below = network.links.loc[network.links.index.isin(list(restricted))]
    with look.style():
        figure = Figure(figsize=(WIDTH, 7.4), layout="constrained", dpi=140)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        west, south, east, north = _frame(network)
        axes.set(xlim=(west, east), ylim=(south, north), facecolor=GROUND, xticks=[], yticks=[])
        axes.set_aspect(1.0 / np.cos(np.radians((south + north) / 2.0)))
        axes.grid(visible=False)
        ground = [shapely.get_coordinates(line) for line in geometries(network, below)]
        axes.add_collection(LineCollection(ground, colors="#bfc5ca", linewidths=5.0, zorder=1, capstyle="round"))
        norm = TwoSlopeNorm(0.0, -MOST_KMH, MOST_KMH)
        lines = LineCollection(
            [paths[i] for i in order], array=change[order], cmap=CHANGE_COLOURS, norm=norm, linewidths=1.5, zorder=2
        )
        axes.add_collection(lines)
        bar = figure.colorbar(ScalarMappable(norm, CHANGE_COLOURS), ax=axes, shrink=0.5, pad=0.01)
        bar.set_label(look.words("traffic.change_kmh"), color=QUIET)
        bar.outline.set_visible(False)
        axes.set_title(heading, color=INK)
    return figure


def _frame(network: Network) -> tuple[float, float, float, float]:
    """Return west, south, east, north around the dense part of the streets. [degree]."""
    roads = network.links[(network.links["mode"] == "road") & (network.links["length_km"] < 1.0)]
    place = network.nodes.loc[roads["from_node"].unique(), ["lon", "lat"]].to_numpy(float)
    low, high = np.quantile(place, 0.03, axis=0), np.quantile(place, 0.97, axis=0)
    pad = 0.06 * float((high - low).max())
    return float(low[0] - pad), float(low[1] - pad), float(high[0] + pad), float(high[1] + pad)

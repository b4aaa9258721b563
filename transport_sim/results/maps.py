"""Maps of goods on the network: flows by mode, and their change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from transport_sim.inputs import Inputs
from transport_sim.network.labels import Labels
from transport_sim.network.model import Network
from transport_sim.results.indicators import MODES
from transport_sim.results.plots import COLOURS, INK, QUIET, WIDTH, Look
from transport_sim.results.wording import number

Frame = tuple[float, float, float, float]
GROUND, BASE = "#fafaf7", "#d5d8da"
LESS, MORE = "#2a7f62", "#8e44ad"
"""Told apart by readers with any colour vision; neither says good or bad."""

WIDEST = 9.0
"""Width of the busiest link. [point]"""

MIN_LENGTH_DEGREE = 0.05
"""Some 5 km. Shorter links (a siding, an access road) do not set the scale. [degree]"""

TONNES_PER_MT, TONNES_PER_WAN = 1e6, 1e4


@dataclass(frozen=True)
class Lines:
    """Undirected links with goods: the polyline, the mode and the annual tonnes of each."""

    paths: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]
    mode: np.ndarray[tuple[int, ...], np.dtype[np.str_]]
    tonnes_t: np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def annual_flows(flows: pd.DataFrame, year: int, replications: int, annual_factor: float) -> pd.DataFrame:
    """Return vehicles and tonnes a year on each directed link, mean over replications, by `link_id`."""
    part = flows[flows["year"] == year].groupby("link_id")[["vehicle_count", "payload_t"]].sum()
    return part * (annual_factor / replications)


def geometries(network: Network, links: pd.DataFrame) -> list[shapely.LineString]:
    """Return the line of each link in its direction of travel."""
    nodes = network.nodes[["lon", "lat"]]
    start, end = nodes.loc[links["from_node"]].to_numpy(float), nodes.loc[links["to_node"]].to_numpy(float)
    return [
        shapely.from_wkt(text) if text else shapely.LineString([a, b])
        for text, a, b in zip(links["geometry_wkt"], start, end, strict=True)
    ]


def both_directions(network: Network, tonnes_t: pd.Series) -> Lines:
    """Add up both directions of each way; access links to terminals count as road."""
    links = network.links.loc[network.links.index.intersection(tonnes_t.index)]
    ends = np.sort(links[["from_node", "to_node"]].to_numpy(), axis=1)
    table = pd.DataFrame(
        {"low": ends[:, 0], "high": ends[:, 1], "link": links.index, "tonnes_t": tonnes_t[links.index]}
    )
    table["mode"] = links["mode"].replace("transfer", "road").to_numpy()
    each = table.groupby(["mode", "low", "high"], as_index=False).agg(
        link=("link", "min"), tonnes_t=("tonnes_t", "sum")
    )
    lines = geometries(network, network.links.loc[each["link"]])
    return Lines(
        [shapely.get_coordinates(line) for line in lines], each["mode"].to_numpy(str), each["tonnes_t"].to_numpy(float)
    )


def flow_map(inputs: Inputs, tonnes_t: pd.Series, heading: str, look: Look) -> Figure:
    """Draw goods by mode: the region large, and the ways to the gateways small.

    Parameters
    ----------
    inputs
        Inputs of the scenario and year, for network and zones.
    tonnes_t
        Annual tonnes by directed link. [t]
    heading
        Title of the map.
    look
        Language and font.
    """
    network = inputs.network.at_year(inputs.year)
    lines = both_directions(network, tonnes_t)
    with look.style():
        figure = Figure(figsize=(WIDTH, 7.2), layout="constrained", dpi=140)
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(2, 2, width_ratios=(1.5, 1))
        main, apart, around = (figure.add_subplot(part) for part in (grid[:, 0], grid[0, 1], grid[1, 1]))
        inside, scale = _frame(inputs, internal=True), WIDEST / _top(lines)
        for axes, frame, modes, size in (
            (main, inside, ("waterway", "road", "rail"), 1.0),
            (apart, _frame(inputs, internal=False), ("waterway", "rail"), 1.0),
            (around, _whole(lines), ("waterway", "road", "rail"), 0.6),
        ):
            _prepare(axes, network, frame)
            for order, mode in enumerate(modes, start=2):
                here = lines.mode == mode
                _draw(axes, lines, here, np.full(int(here.sum()), COLOURS[mode]), scale=scale * size, order=order)
        west, south, east, north = inside
        for axes in (apart, around):
            axes.add_patch(
                Rectangle((west, south), east - west, north - south, fill=False, edgecolor=INK, linewidth=0.7, zorder=9)
            )
        main.set_title(heading)
        apart.set_title(look.words("fig.map_apart"), fontsize=10)
        around.set_title(look.words("fig.map_around"), fontsize=10)
        keys = [Line2D([], [], color=COLOURS[m], linewidth=3, label=look.words.head("mode", m)) for m in MODES]
        figure.legend(
            handles=[*keys, *_widths(_top(lines), scale, look)], loc="outside lower left", ncols=6, fontsize=9
        )
        figure.draw_without_rendering()
        _label(main, look, _seats(inputs), size=9.0)
        _label(apart, look, _gateways(inputs), size=7.5)
        _label(around, look, _gateways(inputs), size=7.0)
    return figure


def widest_t(inputs: Inputs, tonnes_t: pd.Series) -> float:
    """Return the amount that a map of these tonnes draws widest, so that several maps can share a scale. [t]."""
    return _top(both_directions(inputs.network.at_year(inputs.year), tonnes_t))


def change_map(inputs: Inputs, change_t: pd.Series, heading: str, look: Look, *, top_t: float) -> Figure:
    """Draw where goods become more and where fewer, one map a mode; `top_t` is drawn widest."""
    network = inputs.network.at_year(inputs.year)
    lines = both_directions(network, change_t)
    with look.style():
        figure = Figure(figsize=(WIDTH, 4.7), layout="constrained", dpi=140)
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, 3)
        frame = _frame(inputs, internal=False)
        scale = 0.75 * WIDEST / top_t
        for axes, mode in zip(panels, MODES, strict=True):
            _prepare(axes, network, frame)
            here = (lines.mode == mode) & (np.abs(lines.tonnes_t) > 0.0)
            _draw(axes, lines, here, np.where(lines.tonnes_t[here] > 0.0, MORE, LESS), scale=scale, order=2)
            axes.set_title(look.words.head("mode", mode))
        figure.suptitle(heading, x=0.01, ha="left", fontsize=11, fontweight="bold")
        signs = [
            Line2D([], [], color=c, linewidth=3, label=look.words(k))
            for c, k in ((MORE, "fig.more"), (LESS, "fig.less"))
        ]
        figure.legend(handles=[*signs, *_widths(top_t, scale, look)], loc="outside lower left", ncols=6, fontsize=9)
        figure.draw_without_rendering()
        for axes in panels:
            _label(axes, look, pd.concat([_middle(_seats(inputs)), _gateways(inputs)]), size=7.5)
    return figure


def _frame(inputs: Inputs, *, internal: bool) -> Frame:
    """Return west, south, east, north around the zones: those of the region, or all but the farthest. [degree]."""
    zones = inputs.zones if not internal else inputs.zones[inputs.zones["kind"] == "internal"]
    ids = [inputs.network.node_by_ref(name) for name in zones["road_node"]]
    nodes = inputs.network.nodes.loc[ids, ["lon", "lat"]]
    if not internal:
        middle = nodes.median()
        far = ((nodes - middle) ** 2).sum(axis=1) ** 0.5
        nodes = nodes[far <= max(float(far.quantile(0.9)), 1e-6)]
    pad = 0.08 * float((nodes.max() - nodes.min()).max()) + 0.02
    low, high = nodes.min() - pad, nodes.max() + pad
    return float(low["lon"]), float(low["lat"]), float(high["lon"]), float(high["lat"])


def _top(lines: Lines) -> float:
    """Return the amount that is drawn widest: of the links that are long enough to be seen as lines."""
    if not len(lines.tonnes_t):
        return 1.0
    length = np.array([np.hypot(*np.diff(path, axis=0).T).sum() for path in lines.paths])
    amount = np.abs(lines.tonnes_t)
    seen = amount[length >= MIN_LENGTH_DEGREE]
    return max(float(seen.max() if len(seen) else amount.max()), 1.0)


def _whole(lines: Lines) -> Frame:
    points = np.concatenate(lines.paths) if lines.paths else np.array([[0.0, 0.0], [1.0, 1.0]])
    pad = 0.05 * float((points.max(axis=0) - points.min(axis=0)).max()) + 0.02
    (west, south), (east, north) = points.min(axis=0) - pad, points.max(axis=0) + pad
    return float(west), float(south), float(east), float(north)


def _prepare(axes: Axes, network: Network, frame: Frame) -> None:
    """Set the frame, true to scale at its middle, with the whole network as a faint ground."""
    west, south, east, north = frame
    axes.set(xlim=(west, east), ylim=(south, north), facecolor=GROUND, xticks=[], yticks=[], anchor="N")
    axes.set_aspect(1.0 / np.cos(np.radians((south + north) / 2.0)))
    axes.grid(visible=False)
    once = network.links[
        (network.links["from_node"] < network.links["to_node"]) & (network.links["mode"] != "transfer")
    ]
    paths = [shapely.get_coordinates(line) for line in geometries(network, once)]
    axes.add_collection(LineCollection(paths, colors=BASE, linewidths=0.5, zorder=1))


def _draw(
    axes: Axes,
    lines: Lines,
    here: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    colours: np.ndarray[tuple[int, ...], np.dtype[np.str_]],
    *,
    scale: float,
    order: int,
) -> None:
    """Draw some of the lines, the wide ones last."""
    chosen = np.flatnonzero(here)
    sort = np.argsort(np.abs(lines.tonnes_t[chosen]))
    widths = np.clip(np.abs(lines.tonnes_t[chosen]) * scale, 0.35, WIDEST)
    paths = [lines.paths[chosen[i]] for i in sort]
    axes.add_collection(
        LineCollection(
            paths,
            colors=list(colours[sort]),
            linewidths=list(widths[sort]),
            zorder=order,
            capstyle="round",
            joinstyle="round",
            alpha=0.92,
        )
    )


def _widths(top_t: float, scale: float, look: Look) -> list[Line2D]:
    """Return legend entries for three round amounts."""
    power = 10.0 ** np.floor(np.log10(top_t))
    amounts = [a for a in (power * np.array([0.2, 1.0, 5.0])) if a <= top_t * 1.05]
    zh = look.words.language == "zh"
    handles = []
    for tonnes in amounts:
        value = tonnes / (TONNES_PER_WAN if zh else TONNES_PER_MT)
        text = number(value, max(0, -int(np.floor(np.log10(value) + 1e-9))))
        handles.append(
            Line2D([], [], color=QUIET, linewidth=max(tonnes * scale, 0.35), label=look.words("fig.width", value=text))
        )
    return handles


def _seats(inputs: Inputs) -> pd.DataFrame:
    nodes = inputs.network.nodes
    return nodes[(nodes["kind"] == "county_seat") & (nodes["mode"] == "road")]


def _middle(points: pd.DataFrame) -> pd.DataFrame:
    """Return the point nearest to the middle of all."""
    place = points[["lon", "lat"]]
    return points.loc[((place - place.median()) ** 2).sum(axis=1).sort_values().index[:1]]


def _gateways(inputs: Inputs) -> pd.DataFrame:
    """Return the road nodes of the zones outside the region."""
    outside = inputs.zones.loc[inputs.zones["kind"] == "external", "road_node"]
    return inputs.network.nodes[inputs.network.nodes["ref"].isin(set(outside))]


def _label(axes: Axes, look: Look, points: pd.DataFrame, *, size: float) -> None:
    """Name the points in the frame, where there is room."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    points = points[points["lon"].between(west, east) & points["lat"].between(south, north)]
    labels = Labels(axes, look.font)
    axes.plot(points["lon"], points["lat"], "o", color="white", markeredgecolor=INK, markersize=size / 2.3, zorder=10)
    for lon, lat in zip(points["lon"], points["lat"], strict=True):
        labels.reserve(lon, lat, 3)
    for lon, lat, name, english in points[["lon", "lat", "name", "name_en"]].itertuples(index=False):
        text = name if look.words.language == "zh" or not english else english
        labels.place(lon, lat, text.split("(")[0].split("（")[0].strip(), size=size, bold=size > 8)

"""The overview map: the prefecture, and an inset with the gateways around it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator

from transport_sim.network.labels import INK, PAPER, Labels, Lang, Look
from transport_sim.network.model import Network

Frame = tuple[float, float, float, float]
INSIDE_KINDS = ["county_seat", "town", "interchange"]
SCALE_KM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
TITLES: dict[Lang, tuple[str, str, str]] = {
    "en": ("Transport network of", "Gateways", "The city"),
    "zh": ("交通网络：", "对外通道", "城区"),
}
RIVER, RAIL, MOTORWAY = "#5fa8d3", "#2b2b33", "#d1495b"


@dataclass(frozen=True)
class LineStyle:
    """How one group of links is drawn."""

    query: str
    colour: str
    width: float
    dashes: tuple[float, float] | None
    label: dict[Lang, str]


STYLES = (
    LineStyle("mode == 'waterway'", RIVER, 3.2, None, {"en": "Navigable river", "zh": "航道"}),
    LineStyle(
        "mode == 'road' and link_class in ('unclassified', 'residential', 'living_street', 'service')",
        "#cdc6b8",
        0.6,
        None,
        {"en": "Street", "zh": "街道"},
    ),
    LineStyle("mode == 'road' and link_class == 'tertiary'", "#d8d2c6", 0.7, None, {"en": "County road", "zh": "县道"}),
    LineStyle(
        "mode == 'road' and link_class == 'secondary'", "#c4bcab", 0.9, None, {"en": "Secondary road", "zh": "次干路"}
    ),
    LineStyle(
        "mode == 'road' and link_class in ('trunk', 'primary')",
        "#e9a23b",
        1.5,
        None,
        {"en": "Trunk, primary road", "zh": "国道、主干路"},
    ),
    LineStyle("mode == 'road' and link_class == 'motorway'", MOTORWAY, 2.3, None, {"en": "Motorway", "zh": "高速公路"}),
    LineStyle("mode == 'rail'", RAIL, 1.5, None, {"en": "Railway", "zh": "铁路"}),
)
FUTURE = (
    LineStyle(
        "mode == 'road' and link_class == 'motorway'",
        MOTORWAY,
        1.4,
        (3, 2),
        {"en": "Motorway, not open yet", "zh": "在建、规划高速"},
    ),
    LineStyle("mode == 'road' and link_class == 'trunk'", "#e9a23b", 1.1, (3, 2), {"en": "", "zh": ""}),
    LineStyle("mode == 'rail'", RAIL, 1.2, (4, 3), {"en": "Railway under construction", "zh": "在建铁路"}),
)


@dataclass(frozen=True)
class PointStyle:
    """How one group of nodes is drawn; `size` in points, `text` the size of its labels (0: none)."""

    query: str
    marker: str
    colour: str
    size: float
    text: float
    label: dict[Lang, str]


POINTS = (
    PointStyle("kind == 'county_seat'", "o", INK, 7.0, 10.0, {"en": "County seat", "zh": "县城"}),
    PointStyle("kind == 'airport'", "*", "#7b2d8b", 11.0, 7.0, {"en": "Airport", "zh": "机场"}),
    PointStyle("mode == 'waterway' and kind == 'lock'", "^", "#12507b", 7.0, 7.0, {"en": "Lock", "zh": "船闸"}),
    PointStyle(
        "mode == 'waterway' and kind in ('port', 'wharf')",
        "D",
        "#1d86c8",
        5.0,
        7.0,
        {"en": "Port, wharf", "zh": "港口码头"},
    ),
    PointStyle(
        "mode == 'rail' and kind in ('marshalling_yard', 'freight_yard', 'siding')",
        "s",
        "#3a7d44",
        5.5,
        7.0,
        {"en": "Freight yard, siding", "zh": "货场、专用线"},
    ),
    PointStyle(
        "mode == 'rail' and kind == 'hsr_station'",
        "P",
        "#8a8a94",
        6.0,
        6.5,
        {"en": "High-speed station", "zh": "高铁站"},
    ),
    PointStyle(
        "mode == 'rail' and kind == 'station'", "o", "#ffffff", 3.6, 6.0, {"en": "Railway station", "zh": "火车站"}
    ),
    PointStyle(
        "mode == 'road' and kind == 'interchange' and status == 'open'",
        ".",
        MOTORWAY,
        4.0,
        0.0,
        {"en": "Interchange", "zh": "互通"},
    ),
)


def plot_overview(network: Network, path: Path | str, lang: Lang = "en") -> Path:
    """Draw the network to an image file.

    Parameters
    ----------
    network
        The network; the main frame is drawn around its county seats, else around all its nodes.
    path
        File to write; the ending chooses the format (`.png`, `.svg`, `.pdf`).
    lang
        Language of the labels; `zh` needs a Chinese font on the machine and falls back to `en` without one.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    style = Look.choose(lang)
    figure = Figure(figsize=(17.0, 12.0), facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    frame = _frame(network, INSIDE_KINDS, 0.06, 0.06)
    is_region = network.nodes["kind"].isin(["gateway", "urban_junction"]).any()
    grid = figure.add_gridspec(2, 2, width_ratios=(1.5, 1), height_ratios=(1, 1))
    main = figure.add_subplot(grid[:, 0] if is_region else grid[:, :])
    _prepare(main, frame)
    handles = _draw_links(main, network, style.lang, scale=1.0) + _draw_nodes(main, network, style.lang)
    _title(main, f"{TITLES[style.lang][0]} {network.name.title()}{_made_up(network, style.lang)}", 19, style)
    _scale_bar(main, frame)
    legend_on = main
    if is_region:
        city, around, near = _side_maps(figure, grid, network, style, frame)
        _outline(main, city)
        legend_on = around
    options: Any = {"framealpha": 0.96, "edgecolor": "#d8d2c6", "borderpad": 0.9, "prop": style.legend_font}
    options["loc"] = "upper left" if is_region else "lower left"
    legend_on.legend(handles=handles, **options).set_zorder(30)
    figure.draw_without_rendering()
    _label_nodes(main, network, style, frame, skip=city if is_region else None)
    if is_region:
        _label_nodes(near, network, style, city)
        _label_gateways(around, network, style)
    output = Path(path)
    figure.savefig(output, dpi=140)
    return output


def _side_maps(figure: Figure, grid: Any, network: Network, style: Look, frame: Frame) -> tuple[Frame, Axes, Axes]:  # noqa: ANN401
    """Draw the gateways and the city beside the main map; return the city's frame and both maps."""
    city = _frame(network, ["urban_junction"], 0.19, 0.1)
    around = figure.add_subplot(grid[0, 1])
    _overview(around, network, frame)
    near = figure.add_subplot(grid[1, 1])
    _prepare(near, city)
    near.set(xticks=[], yticks=[])
    _draw_links(near, network, style.lang, scale=1.0)
    _draw_nodes(near, network, style.lang)
    for axes, text in ((around, TITLES[style.lang][1]), (near, TITLES[style.lang][2])):
        _title(axes, text, 13, style)
    _scale_bar(near, city)
    return city, around, near


def _title(axes: Axes, text: str, size: float, style: Look) -> None:
    """Set a title over the left edge."""
    axes.set_title(text, loc="left", fontsize=size, fontweight="bold", color=INK, pad=8, fontfamily=style.font)


def _made_up(network: Network, lang: Lang) -> str:
    """Say in the title that roads are synthetic."""
    share = f"{network.synthetic_share:.0%}"
    words = {"en": f" ({share} of the roads are synthetic)", "zh": f"（{share}的道路为合成）"}
    return words[lang] if network.synthetic_share else ""


def _frame(network: Network, kinds: list[str], pad_lon: float, pad_lat: float) -> Frame:
    """Return west, south, east, north around the nodes of some kinds, or around all nodes. [degree]."""
    nodes = network.nodes
    inside = nodes[nodes["kind"].isin(kinds)]
    if inside.empty:
        inside = nodes
        pad_lon, pad_lat = (max(0.005, 0.06 * float(np.ptp(nodes[axis]))) for axis in ("lon", "lat"))
    west, east = float(inside["lon"].min()) - pad_lon, float(inside["lon"].max()) + pad_lon
    return west, float(inside["lat"].min()) - pad_lat, east, float(inside["lat"].max()) + pad_lat


def _outline(axes: Axes, frame: Frame) -> None:
    """Show where another map lies."""
    west, south, east, north = frame
    axes.add_patch(
        Rectangle((west, south), east - west, north - south, fill=False, edgecolor=INK, linewidth=0.9, zorder=11)
    )


def _prepare(axes: Axes, frame: Frame) -> None:
    """Set the frame, an aspect ratio true to scale at its middle, and quiet axes."""
    west, south, east, north = frame
    axes.set(xlim=(west, east), ylim=(south, north), facecolor=PAPER)
    axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
    axes.tick_params(labelsize=7, colors="#8a8577", length=2)
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    axes.yaxis.set_major_locator(MultipleLocator(0.5))
    axes.xaxis.set_major_formatter("{x:.1f}°E")
    axes.yaxis.set_major_formatter("{x:.1f}°N")
    for spine in axes.spines.values():
        spine.set_color("#c9c2b2")


def _lines(network: Network, links: Any) -> list[np.ndarray]:  # noqa: ANN401 - a pandas frame
    """Return one polyline per undirected link."""
    nodes = network.nodes
    once = links[links["from_node"] < links["to_node"]] if len(links) else links
    lines = []
    for start, end, text in zip(once["from_node"], once["to_node"], once["geometry_wkt"], strict=True):
        ends = nodes.loc[[start, end], ["lon", "lat"]].to_numpy(dtype=np.float64)
        lines.append(shapely.get_coordinates(shapely.from_wkt(text)) if text else ends)
    return lines


def _draw_links(axes: Axes, network: Network, lang: Lang, *, scale: float) -> list[Line2D]:
    """Draw the links, open ones solid over those to come; return the legend's entries."""
    links = network.links[network.links["mode"] != "transfer"]
    is_open = links["status"].isin(["open", "closing"])
    handles = []
    for order, (style, rows) in enumerate(
        [(style, links[~is_open]) for style in FUTURE] + [(style, links[is_open]) for style in STYLES], start=1
    ):
        lines = _lines(network, rows.query(style.query))
        if not lines:
            continue
        look: Any = (0, style.dashes) if style.dashes else "solid"
        if style.query == "mode == 'waterway'":
            order = 0  # noqa: PLW2901 - rivers lie under everything
        if style.width >= 1.5 and style.query != "mode == 'waterway'":
            axes.add_collection(
                LineCollection(lines, colors=PAPER, linewidths=scale * (style.width + 1.4), zorder=order)
            )
        axes.add_collection(
            LineCollection(
                lines,
                colors=style.colour,
                linewidths=scale * style.width,
                linestyles=look,
                zorder=order,
                capstyle="butt" if style.dashes else "round",
            )
        )
        if style.label[lang]:
            handles.append(
                Line2D([], [], color=style.colour, linewidth=style.width, linestyle=look, label=style.label[lang])
            )
    return handles


def _draw_nodes(axes: Axes, network: Network, lang: Lang) -> list[Line2D]:
    """Draw the node markers, hollow where a node isn't open yet; return the legend's entries."""
    handles: list[Line2D] = []
    for order, style in enumerate(reversed(POINTS), start=12):
        nodes = network.nodes.query(style.query)
        if nodes.empty:
            continue
        is_open = nodes["status"].isin(["open", "closing"])
        edge = RAIL if style.colour == "#ffffff" else "white"
        for part, face, rim in ((nodes[is_open], style.colour, edge), (nodes[~is_open], PAPER, style.colour)):
            axes.plot(
                part["lon"],
                part["lat"],
                style.marker,
                color=face,
                markersize=style.size,
                markeredgecolor=rim,
                markeredgewidth=0.9,
                zorder=order,
            )
        handles.insert(
            0,
            Line2D(
                [],
                [],
                marker=style.marker,
                color=style.colour,
                linestyle="none",
                markersize=style.size,
                markeredgecolor=edge,
                label=style.label[lang],
            ),
        )
    return handles


def _label_nodes(axes: Axes, network: Network, look: Look, frame: Frame, skip: Frame | None = None) -> None:
    """Label what lies in the frame, the most important first; of what lies in `skip` only the county seats."""
    labels = Labels(axes, look.font)
    inside = _within(network, frame)
    groups = [(style, inside.query(style.query)) for style in POINTS]
    for style, group in groups:
        for lon, lat in zip(group["lon"], group["lat"], strict=True):
            labels.reserve(lon, lat, style.size * (0.75 if style.text else 0.2))
    for style, group in groups:
        seat = style.query == "kind == 'county_seat'"
        if not style.text:
            continue
        if skip and not seat:
            group = group.drop(_within(network, skip).index, errors="ignore")  # noqa: PLW2901
        colour = "#4a4a52" if style.colour in ("#ffffff", "#8a8a94") else style.colour
        for lon, lat, name, english in group[["lon", "lat", "name", "name_en"]].itertuples(index=False):
            labels.place(lon, lat, look.text(name, english), size=style.text, colour=colour, bold=seat)


def _within(network: Network, frame: Frame) -> Any:  # noqa: ANN401 - a pandas frame
    """Return the nodes that lie in a frame."""
    west, south, east, north = frame
    return network.nodes[network.nodes["lon"].between(west, east) & network.nodes["lat"].between(south, north)]


def _scale_bar(axes: Axes, frame: Frame) -> None:
    """Draw a bar of some kilometres, about a seventh of the map's width, into the lower right corner."""
    west, south, east, north = frame
    km_per_degree = 111.195 * np.cos(np.radians((south + north) / 2))
    length_km = max((km for km in SCALE_KM if km <= 0.16 * (east - west) * km_per_degree), default=SCALE_KM[0])
    degrees = length_km / km_per_degree
    margin = 0.03 * (north - south)
    x, y = east - margin - degrees, south + margin
    axes.plot([x, x + degrees], [y, y], color=INK, linewidth=2.5, solid_capstyle="butt", zorder=26)
    axes.text(
        x + degrees / 2, y + margin / 4, f"{length_km} km", ha="center", va="bottom", fontsize=8, color=INK, zorder=26
    )


def _gateways(network: Network) -> Any:  # noqa: ANN401 - a pandas frame
    """Return the gateways by road, else all gateways."""
    gateways = network.nodes[network.nodes["kind"].eq("gateway")]
    return gateways[gateways["mode"].eq("road")] if gateways["mode"].eq("road").any() else gateways


def _overview(axes: Axes, network: Network, frame: Frame) -> None:
    """Draw the whole network small, with the frame of the main map."""
    gateways = _gateways(network)
    points = gateways if len(gateways) else network.nodes
    west, east = float(points["lon"].min()) - 0.4, float(points["lon"].max()) + 0.9
    _prepare(axes, (west, float(points["lat"].min()) - 0.3, east, float(points["lat"].max()) + 0.3))
    axes.set(xticks=[], yticks=[])
    _draw_links(axes, network, "en", scale=0.55)
    _outline(axes, frame)
    axes.plot(gateways["lon"], gateways["lat"], "o", color="white", markeredgecolor=INK, markersize=4.5, zorder=21)


def _label_gateways(axes: Axes, network: Network, look: Look) -> None:
    """Label the gateways of the overview."""
    labels, gateways = Labels(axes, look.font), _gateways(network)
    for lon, lat in zip(gateways["lon"], gateways["lat"], strict=True):
        labels.reserve(lon, lat, 3)
    for lon, lat, name, english in gateways[["lon", "lat", "name", "name_en"]].itertuples(index=False):
        labels.place(lon, lat, look.text(name, english), size=8)

"""Pictures of a siting: a map of the region beside one of the core, and what more money buys."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from transport_sim.network.model import Network
from transport_sim.results.fonts import FALLBACK, chinese_font
from transport_sim.siting.site import SitingResult
from transport_sim.siting.wording import Language, kind_name, text
from transport_sim.traffic_inputs import TrafficInputs

Frame = tuple[float, float, float, float]
"""West, south, east, north. [degree]"""
GROUND, ROAD, EXPRESSWAY, RIVER, NEED = "#fafaf7", "#d5d8da", "#b3a48f", "#9cc3d9", "#f2b84b"
PHASE_COLOURS = ("#0b6e99", "#c2410c", "#6d28d9", "#2a7f62")
INK, QUIET = "#22303c", "#66727d"
MARKERS = {"existing": "s", "service_area": "D", "logistics_park": "^"}
"""Shapes of the kinds that readers look for; the others are circles."""
CORE_PAD, REGION_PAD = 0.02, 0.04
NAMED = 12
"""Sites of the region whose names are written. [-]"""


def siting_map(result: SitingResult, path: Path, language: Language) -> None:
    """Draw demand, candidates and sites: the region on the left, the core on the right."""
    with mpl.rc_context({"font.family": _fonts(result), "font.size": 9.0, "text.color": INK}):
        room = ConstrainedLayoutEngine(rect=(0.0, 0.0, 1.0, 0.965))  # for the titles, which equal axes push up
        figure = Figure(figsize=(12.0, 7.4), dpi=150, facecolor="white", layout=room)
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
        network = _traffic(result).network.at_year(result.settings.phases[-1])
        need = result.phases[-1].case.points.frame
        core = need[need["area"] == "core"]
        region = _bounds(pd.concat([need, result.sites]), REGION_PAD)
        _panel(left, result, network, need, region, scale=0.55)
        left.set_title(text("region", language), loc="left", fontweight="bold")
        if len(core):
            _panel(right, result, network, need, _bounds(core, CORE_PAD), scale=1.0)
            right.set_title(text("core", language), loc="left", fontweight="bold")
            _box(left, _bounds(core, CORE_PAD))
        else:
            right.set_visible(False)
        figure.legend(
            handles=_legend(result, language), loc="outside lower center", ncols=4, frameon=False, fontsize=8.5
        )
        figure.savefig(path, metadata={"Software": None})


def pareto_plot(result: SitingResult, path: Path, language: Language) -> None:
    """Draw the share of demand covered by each budget."""
    with mpl.rc_context({"font.family": _fonts(result), "font.size": 10.0, "text.color": INK}):
        figure = Figure(figsize=(7.2, 4.4), dpi=150, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        front = result.pareto[result.pareto["status"] != "infeasible"]
        money = front["cost_cny"].to_numpy(float) / 1e6
        cover = front["cover_ratio"].to_numpy(float)
        axes.plot(money, 100.0 * cover, "-o", color=PHASE_COLOURS[0], linewidth=1.8, markersize=6)
        labels = zip(money, cover, front["sites_count"], front["plugs_count"], strict=True)
        for x, y, sites, plugs in labels:
            axes.annotate(f"{sites} / {plugs}", (x, 100.0 * y), (4, -12), textcoords="offset points", color=QUIET)
        axes.set_xlim(left=0.0, right=max(money.max() * 1.12, 1.0) if len(money) else None)
        axes.set_ylim(0.0, 105.0)
        axes.set_xlabel(text("pareto_x", language), color=QUIET)
        axes.set_ylabel(f"{text('pareto_y', language)} [%]", color=QUIET)
        axes.set_title(text("pareto", language), loc="left", fontweight="bold")
        axes.grid(visible=True, color="#e5e8ea")
        axes.spines[["top", "right"]].set_visible(False)
        axes.text(0.99, 0.03, text("pareto_note", language), transform=axes.transAxes, ha="right", color=QUIET)
        figure.savefig(path, metadata={"Software": None})


def _traffic(result: SitingResult) -> TrafficInputs:
    traffic = result.prepared.inputs[result.settings.phases[-1]].traffic
    if traffic is None:
        raise AssertionError  # `site` refuses scenarios without
    return traffic


def _fonts(result: SitingResult) -> list[str]:
    names = [*result.sites["name"], text("map", "zh"), kind_name("parking", "zh")]
    found = chinese_font([str(name) for name in names])
    return [found, FALLBACK] if found else [FALLBACK]


def _bounds(frame: pd.DataFrame, pad: float) -> Frame:
    lon, lat = frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)
    return lon.min() - pad, lat.min() - pad, lon.max() + pad, lat.max() + pad


def _panel(
    axes: Axes, result: SitingResult, network: Network, need: pd.DataFrame, frame: Frame, *, scale: float
) -> None:
    west, south, east, north = frame
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1.0 / np.cos(np.radians((south + north) / 2.0)))
    axes.set_facecolor(GROUND)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(ROAD)
    _lines(axes, network, scale)
    total = need.groupby(["lon", "lat"])["kwh"].sum().reset_index()
    size = 260.0 * scale * total["kwh"] / max(float(need.groupby("point")["kwh"].sum().max()), 1e-9)
    axes.scatter(total["lon"], total["lat"], s=size, color=NEED, alpha=0.45, linewidths=0, zorder=2)
    rest = result.candidates[result.candidates["accepted"] & result.candidates["plugs_count"].isna()]
    axes.scatter(rest["lon"], rest["lat"], s=7 * scale + 2, color="#8b98a3", linewidths=0, zorder=3)
    _sites(axes, result, frame, scale)
    _scale_bar(axes, frame)


def _lines(axes: Axes, network: Network, scale: float) -> None:
    nodes = network.nodes[["lon", "lat"]]
    for kinds, colour, width in (
        (network.links["mode"] == "waterway", RIVER, 2.4),
        ((network.links["mode"] == "road") & (network.links["link_class"] != "motorway"), ROAD, 0.6),
        (network.links["link_class"] == "motorway", EXPRESSWAY, 1.3),
    ):
        links = network.links[kinds]
        start, end = nodes.loc[links["from_node"]].to_numpy(float), nodes.loc[links["to_node"]].to_numpy(float)
        shapes = [
            shapely.get_coordinates(shapely.from_wkt(wkt)) if wkt else np.array([a, b])
            for wkt, a, b in zip(links["geometry_wkt"], start, end, strict=True)
        ]
        axes.add_collection(
            LineCollection(shapes, colors=colour, linewidths=width * (0.6 + 0.4 * scale), zorder=1, capstyle="round"),
            autolim=False,
        )


def _sites(axes: Axes, result: SitingResult, frame: Frame, scale: float) -> None:
    """Draw each site once, in the colour of the phase that opened it; a ring says where a later one added plugs."""
    final = result.sites.sort_values("year").drop_duplicates("place", keep="last")
    built = result.sites[result.sites["new_plugs_count"] > 0].groupby("place")["year"].min()
    for row in final.sort_values("plugs_count", ascending=False).to_dict("records"):
        year = built.get(row["place"])
        colour = INK if year is None else phase_colour(result, int(year))
        size = 14.0 + 7.0 * scale * row["plugs_count"]
        axes.scatter(
            row["lon"],
            row["lat"],
            s=size,
            marker=MARKERS.get(row["kind"], "o"),
            color=colour,
            edgecolors="white",
            linewidths=0.8,
            zorder=4,
        )
    west, south, east, north = frame
    inside = final["lon"].between(west, east) & final["lat"].between(south, north)
    taken: list[tuple[float, float]] = []
    for row in final[inside].sort_values("rank").head(40).to_dict("records"):
        x, y = (row["lon"] - west) / (east - west), (row["lat"] - south) / (north - south)
        close = any(abs(x - a) < 0.2 and abs(y - b) < 0.028 for a, b in taken)
        if close or len(taken) >= NAMED or x > 0.85:
            continue
        taken.append((x, y))
        axes.annotate(
            str(row["name"])[:32],
            (row["lon"], row["lat"]),
            (5, 4),
            textcoords="offset points",
            fontsize=6.5,
            zorder=5,
            color=INK,
        )


def phase_colour(result: SitingResult, year: int) -> str:
    """Return the colour of a phase."""
    return PHASE_COLOURS[result.settings.phases.index(year) % len(PHASE_COLOURS)]


def _box(axes: Axes, frame: Frame) -> None:
    west, south, east, north = frame
    axes.plot([west, east, east, west, west], [south, south, north, north, south], color=INK, linewidth=0.8, zorder=6)


def _scale_bar(axes: Axes, frame: Frame) -> None:
    west, south, east, north = frame
    km_per_degree = 111.2 * np.cos(np.radians((south + north) / 2.0))
    width_km = (east - west) * km_per_degree
    length = max(k for k in (1, 2, 5, 10, 20, 50, 100) if k <= max(width_km / 4.0, 1.0))
    x, y = west + 0.03 * (east - west), south + 0.03 * (north - south)
    axes.plot([x, x + length / km_per_degree], [y, y], color=INK, linewidth=2.0, solid_capstyle="butt", zorder=6)
    axes.text(x, y + 0.008 * (north - south), f"{length} km", fontsize=7.5, zorder=6)


def _legend(result: SitingResult, language: Language) -> list[Line2D]:
    def dot(colour: str, label: str, marker: str = "o", size: float = 8.0, alpha: float = 1.0) -> Line2D:
        return Line2D([], [], color=colour, marker=marker, linestyle="", markersize=size, label=label, alpha=alpha)

    shown = [dot(phase_colour(result, year), text("phase", language, year=year)) for year in result.settings.phases]
    if (result.sites["kind"] == "existing").any():
        shown.append(dot(INK, text("kept", language), marker="s"))
    shown += [
        dot(QUIET, kind_name("service_area", language), marker="D", size=7.0),
        dot(QUIET, kind_name("logistics_park", language), marker="^", size=7.0),
        dot("#8b98a3", text("candidates", language), size=3.5),
        dot(NEED, text("demand", language), size=10.0, alpha=0.5),
        Line2D([], [], linestyle="", label=text("plugs_size", language)),
    ]
    return shown

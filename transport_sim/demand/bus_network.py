"""Bus lines made up where no data exist: between far-apart places, by a way of plausible length over the streets.

Everything that comes from here is marked synthetic: ids begin with `synthetic_`, every row has confidence `memory`.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transport_sim.errors import DataError
from transport_sim.network.footprint import Plane
from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import Network
from transport_sim.randomness import FloatArray, IntArray, stable_ids, uniform

Shape = Any
"""A shapely geometry; shapely has no type stubs."""
SYNTHETIC = "synthetic_"
SOURCE = "assumption: made up by demand.bus_network over the streets; no list of lines found"
TRIES = 60
"""Ways that are drawn for each line; the one nearest to the wanted length that doubles back least is taken."""
MOST_VIA = 3
"""Points between the ends of a line. [-]"""
VIA_PLACES = 60
"""Junctions that lines of a city may pass, far apart from each other. [-]"""
LARGER_STREETS = ("primary", "secondary", "tertiary")
DEPOT_KM = 0.8
"""An end of lines this near to a depot shares its station. [km]"""
DETOUR_RATIO = 1.35
"""Length over the streets to that as the crow flies; assumption: a grid of streets, 4 / pi and a little for rivers."""
HEADWAYS = (
    *(("workday", 6.0, 7.0, 2.0), ("workday", 7.0, 9.0, 1.0), ("workday", 9.0, 17.0, 2.0)),
    *(("workday", 17.0, 19.0, 1.0), ("workday", 19.0, 20.0, 2.0), ("workday", 20.0, 22.0, 2.5)),
    *(("weekend", 6.0, 20.0, 5.0 / 3.0), ("weekend", 20.0, 22.0, 2.5)),
)
"""Kind of day, first and last hour, and headway relative to that of the peak; assumption: the usual day of a Chinese
city line, first buses at six, last ones at ten."""


@dataclass(frozen=True)
class LineStyle:
    """What all lines that are made up have in common; each an assumption."""

    length_km: float = 13.0
    """Wanted length over the streets: 10 to 17 km are usual for city lines. [km]"""
    peak_headway_min: float = 6.0
    layover_min: float = 6.0
    most_late_min: float = 30.0
    stop_distance_km: float = 0.6
    """Planning practice puts stops in cities 500 to 800 m apart. [km]"""
    dwell_s: float = 25.0
    """With braking and pulling out. [s]"""
    time_spread_ratio: float = 0.08


@dataclass(frozen=True, eq=False)
class BusNetwork:
    """Rows of the tables `bus_stops`, `bus_services` and `bus_headways`."""

    stops: pd.DataFrame
    services: pd.DataFrame
    headways: pd.DataFrame


def spread_places(lon: FloatArray, lat: FloatArray, count: int) -> IntArray:
    """Choose places that lie far apart: the one nearest to the middle, then always the farthest from those chosen.

    Parameters
    ----------
    lon, lat
        Places to choose from, shape (n,). [degrees]
    count
        How many, at most n.

    Returns
    -------
    Their positions, in the order of choice.

    References
    ----------
    .. [1] T. F. Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science 38,
       1985.
    """
    if not len(lon):
        return np.empty(0, dtype=np.int64)
    xy = Plane(float(lon.mean()), float(lat.mean())).to_m(np.column_stack([lon, lat]))
    chosen = [int(np.argmin(np.hypot(*xy.T)))]
    away = np.hypot(*(xy - xy[chosen[0]]).T)
    while len(chosen) < min(count, len(lon)):
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, np.hypot(*(xy - xy[chosen[-1]]).T))
    return np.array(chosen, dtype=np.int64)


def city_lines(
    network: Network,
    footprint: Shape,
    depots: pd.DataFrame,
    *,
    ends_count: int,
    lines_count: int,
    seed: int,
    style: LineStyle | None = None,
) -> BusNetwork:
    """Make up the lines of a city between its bus stations, by junctions of its larger streets.

    Parameters
    ----------
    network
        With the streets and the bus stations.
    footprint
        Polygon of the city, in WGS 84.
    depots
        The table of depots; an end of lines within `DEPOT_KM` of one has its station.
    ends_count
        Bus stations at which lines end, the first by name.
    lines_count, seed, style
        As for :func:`synthetic_lines`.

    Returns
    -------
    Rows that the tables of bus lines accept.

    Raises
    ------
    DataError
        If there are not enough stations, streets or depots.
    """
    facilities = network.facilities
    found = facilities[facilities["kind"] == "bus_station"].sort_values("name").iloc[:ends_count]
    ends = found[["name", "lon", "lat"]].reset_index(drop=True).round({"lon": 6, "lat": 6})
    lon, lat = (ends[axis].to_numpy()[:, None] for axis in ("lon", "lat"))
    away_km = great_circle_km(lon, lat, depots["lon"], depots["lat"])
    station = depots["station"].to_numpy()[away_km.argmin(axis=1)] if len(depots) else ""
    ends["station"] = np.where(away_km.min(axis=1, initial=np.inf) <= DEPOT_KM, station, "")
    ends["stop"] = [f"{SYNTHETIC}station_{number + 1}" for number in range(len(ends))]
    links = network.links[(network.links["mode"] == "road") & network.links["link_class"].isin(LARGER_STREETS)]
    nodes = network.nodes.loc[np.intersect1d(links["from_node"], links["to_node"]), ["lon", "lat"]]
    nodes = nodes[shapely.contains_xy(footprint, nodes["lon"].to_numpy(), nodes["lat"].to_numpy())]
    lon, lat = (nodes[axis].to_numpy(np.float64) for axis in ("lon", "lat"))
    via = nodes.iloc[np.sort(spread_places(lon, lat, VIA_PLACES))] if len(nodes) else nodes
    return synthetic_lines(ends, via.reset_index(drop=True), depots, lines_count=lines_count, seed=seed, style=style)


def synthetic_lines(
    ends: pd.DataFrame,
    via: pd.DataFrame,
    depots: pd.DataFrame,
    *,
    lines_count: int,
    seed: int,
    style: LineStyle | None = None,
) -> BusNetwork:
    """Make up lines between ends, each by some points on the way.

    Parameters
    ----------
    ends
        Columns `stop`, `name`, `lon`, `lat`, `station`: where lines may end.
    via
        Columns `lon`, `lat`: junctions that lines may pass.
    depots
        The table of depots; each line belongs to the one nearest to its ends that does not yet have its share of lines.
    lines_count
        How many, at most the pairs of ends; pairs that lie farthest apart first.
    seed
        Of the draws.
    style
        What the lines have in common.

    Returns
    -------
    Rows that the tables of bus lines accept.

    Raises
    ------
    DataError
        If there are fewer than two ends, no depot, or not enough pairs.
    """
    pairs = list(combinations(range(len(ends)), 2))
    if len(pairs) < lines_count or depots.empty or via.empty:
        raise DataError(
            f"{lines_count} bus lines need as many pairs of ends ({len(ends)} ends have {len(pairs)}), points on the "
            f"way ({len(via)}) and a depot ({len(depots)})"
        )
    style = style or LineStyle()
    plane = Plane(float(ends["lon"].mean()), float(ends["lat"].mean()))
    end_km, via_km, depot_km = (
        plane.to_m(frame[["lon", "lat"]].to_numpy(np.float64)) / 1000.0 for frame in (ends, via, depots)
    )
    apart = [float(np.hypot(*(end_km[a] - end_km[b]))) for a, b in pairs]
    chosen = sorted(sorted(range(len(pairs)), key=lambda i: (-apart[i], i))[:lines_count])
    used: dict[int, None] = {}
    services = []
    share = -(-lines_count // len(depots))
    taken = np.zeros(len(depots), dtype=np.int64)
    for number, pair in enumerate(chosen, 1):
        a, b = pairs[pair]
        points = _way(end_km[a], end_km[b], via_km, style.length_km / DETOUR_RATIO, line=number, seed=seed)
        used |= dict.fromkeys(points)
        away = np.hypot(*(depot_km[:, None] - end_km[[a, b]][None]).transpose(2, 0, 1)).sum(axis=1)
        depot = int(np.argmin(np.where(taken < share, away, np.inf)))
        taken[depot] += 1
        names = [str(ends["stop"].iloc[a]), *(f"{SYNTHETIC}via_{point}" for point in points), str(ends["stop"].iloc[b])]
        has_station = bool(ends["station"].iloc[a] or ends["station"].iloc[b])
        services.append((f"{SYNTHETIC}line_{number}", ";".join(names), str(depots["depot"].iloc[depot]), has_station))
    return BusNetwork(_stops(ends, via, list(used)), _services(services, style), _headways(lines_count, style))


def _way(start: FloatArray, end: FloatArray, via: FloatArray, length_km: float, *, line: int, seed: int) -> list[int]:
    """Return the points that a line passes: about the wanted length, with little doubling back."""
    draws = uniform(stable_ids(line, np.arange(TRIES)[:, None], np.arange(MOST_VIA)), seed=seed, stream="bus_lines")
    best, best_cost = [], np.inf
    for tried in range(TRIES):
        count = 1 + tried % MOST_VIA
        points = sorted(
            dict.fromkeys((draws[tried, :count] * len(via)).astype(np.int64).tolist()),
            key=lambda p: (float((via[p] - start) @ (end - start)), p),
        )
        way = np.vstack([start, via[points], end])
        steps = np.diff(way, axis=0)
        lengths = np.hypot(*steps.T)
        if lengths.min() < 0.3:
            continue
        turns = (steps[:-1] * steps[1:]).sum(axis=1) / (lengths[:-1] * lengths[1:])
        cost = abs(float(lengths.sum()) - length_km) + float(np.maximum(-turns, 0.0).sum()) * length_km / 4.0
        if cost < best_cost:
            best, best_cost = points, cost
    return best


def _stops(ends: pd.DataFrame, via: pd.DataFrame, used: list[int]) -> pd.DataFrame:
    own = ends[["stop", "name", "lon", "lat", "station"]].assign(note="an end of lines")
    points = via.iloc[used]
    between = pd.DataFrame(
        {
            "stop": [f"{SYNTHETIC}via_{point}" for point in used],
            "name": [f"Synthetic Stop {point}" for point in used],
            "lon": points["lon"].to_numpy(np.float64).round(6),
            "lat": points["lat"].to_numpy(np.float64).round(6),
            "station": "",
            "note": "fixes the way of lines",
        }
    )
    return pd.concat([own, between], ignore_index=True).assign(source=SOURCE, confidence="memory")


def _services(rows: list[tuple[str, str, str, bool]], style: LineStyle) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "line": [line for line, *_ in rows],
            "name": [f"Synthetic Line {number}" for number in range(1, len(rows) + 1)],
            "stops": [stops for _, stops, _, _ in rows],
            "depot": [depot for *_, depot, _ in rows],
            "charging": ["opportunity" if has_station else "overnight" for *_, has_station in rows],
            "layover_min": style.layover_min,
            "most_late_min": style.most_late_min,
            "stop_distance_km": style.stop_distance_km,
            "dwell_s": style.dwell_s,
            "time_ratio": 1.0,
            "time_spread_ratio": style.time_spread_ratio,
            "scheduled_speed_kmh": np.nan,
            "from_year": 1900,
            "to_year": 2100,
            "note": "synthetic",
        }
    )
    return frame.assign(source=SOURCE, confidence="memory")


def _headways(lines_count: int, style: LineStyle) -> pd.DataFrame:
    rows = [
        (f"{SYNTHETIC}line_{number}", days, first, last, ratio * style.peak_headway_min, "")
        for number in range(1, lines_count + 1)
        for days, first, last, ratio in HEADWAYS
    ]
    frame = pd.DataFrame(rows, columns=["line", "days", "from_hour", "to_hour", "headway_min", "note"])
    return frame.assign(source=SOURCE, confidence="memory")

"""Ways by bus between places: the walk to a line, half a headway, the ride, and at most one change.

A line is the row of straight pieces between the stops that fix its way. Passengers board it where it passes nearest,
take the one line or pair of lines that is best for them, and change at the stops of the table. Lines that share a way
are not added up.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.day import WEEKDAYS
from transport_sim.inputs import Inputs
from transport_sim.network.footprint import Plane
from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.tables.passengers import PassengerParameters
from transport_sim.units import M_PER_KM, MINUTES_PER_HOUR, SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class BusWays:
    """The best way by bus between n places, each of shape (n, n); infinite where no line leads."""

    walk_h: FloatArray
    wait_h: FloatArray
    ride_h: FloatArray
    transfers_count: FloatArray

    @property
    def is_served(self) -> BoolArray:
        """Tell between which places a line leads."""
        return np.asarray(np.isfinite(self.ride_h))


@dataclass(frozen=True, eq=False)
class _Line:
    """One line, seen from m places: zones first, then stops."""

    walk_h: FloatArray
    """Walk to it, infinite where it is too far, shape (m,). [h]"""
    along_km: FloatArray
    """Where on the line that leads to, shape (m,). [km]"""
    wait_h: float
    h_per_km: float
    """Time in the bus, halts included. [h/km]"""


def bus_ways(inputs: Inputs, lon_lat: FloatArray, distance_km: FloatArray, car_h: FloatArray) -> BusWays:
    """Find the ways by bus.

    Parameters
    ----------
    inputs
        With the tables of bus lines; lines count that run in the simulated year and have a headway on such a day.
    lon_lat
        The places, shape (n, 2). [degrees]
    distance_km, car_h
        Ways by car between them: a bus drives like general traffic between the places at its line, times the line's
        `time_ratio`. Shape (n, n). [km, h]
    """
    zones = len(lon_lat)
    stops = inputs.operations["bus_stops"]
    both = np.concatenate([lon_lat, stops[["lon", "lat"]].to_numpy(np.float64)])
    plane = Plane(float(both[:, 0].mean()), float(both[:, 1].mean()))
    xy_km = plane.to_m(both) / M_PER_KM
    place = {name: zones + row for row, name in enumerate(stops["stop"])}
    lines = _lines(inputs, xy_km, place, distance_km, car_h)
    parts = np.full((3, len(both), len(both)), np.inf)
    cost = np.full(parts.shape[1:], np.inf)
    parameters = PassengerParameters.of(inputs.operations["passenger_parameters"])
    heavy = np.array([parameters.get("walk_time_ratio"), parameters.get("wait_time_ratio"), 1.0])[:, None, None]
    for line in lines:
        walk = line.walk_h[:, None] + line.walk_h
        ride = np.abs(line.along_km[:, None] - line.along_km) * line.h_per_km
        found = np.where(np.isfinite(walk), np.stack([walk, np.full_like(walk, line.wait_h), ride]), np.inf)
        asked = (heavy * found).sum(axis=0)
        better = asked < cost
        cost = np.where(better, asked, cost)
        parts = np.where(better, found, parts)
    return _with_changes(parts, cost, zones, parameters.get("transfer_min") / MINUTES_PER_HOUR)


def _with_changes(parts: FloatArray, cost: FloatArray, zones: int, transfer_h: float) -> BusWays:
    """Let passengers change once where that is better."""
    best, chosen = cost[:zones, :zones].copy(), parts[:, :zones, :zones].copy()
    changes = np.where(np.isfinite(best), 0.0, np.inf)
    for stop in range(zones, len(cost)):
        asked = cost[:zones, stop, None] + cost[stop, :zones] + transfer_h
        better = asked < best
        if better.any():
            joined = parts[:, :zones, stop, None] + parts[:, stop, None, :zones]
            best, chosen = np.where(better, asked, best), np.where(better, joined, chosen)
            changes = np.where(better, 1.0, changes)
    return BusWays(chosen[0], chosen[1], chosen[2], changes)


def _lines(
    inputs: Inputs, xy_km: FloatArray, place: dict[str, int], distance_km: FloatArray, car_h: FloatArray
) -> list[_Line]:
    """Return the lines that run, seen from the places."""
    parameters = PassengerParameters.of(inputs.operations["passenger_parameters"])
    detour = parameters.get("detour_ratio")
    farthest_km = parameters.get("longest_walk_km", subject="bus")
    walk_kmh = parameters.get("speed_kmh", subject="walk")
    longest_h = parameters.get("longest_wait_h", subject="bus")
    table = inputs.operations["bus_services"]
    table = table[(table["from_year"] <= inputs.year) & (table["to_year"] >= inputs.year)]
    waits = mean_waits_h(inputs)
    usual = _speed_kmh(np.ones(len(car_h), dtype=bool), distance_km, car_h)
    found = []
    names = ["line", "stops", "stop_distance_km", "dwell_s", "time_ratio"]
    for name, stops, stop_km, dwell_s, time_ratio in table[names].itertuples(index=False):
        row = [place[word.strip()] for word in stops.split(";") if word.strip() in place]
        if name not in waits or len(row) < 2:
            continue
        away_km, along_km = _nearest(xy_km, xy_km[row])
        # buses halt every stop_km: on the mean a quarter of it along the line
        walk_km = away_km * detour + stop_km / 4.0
        walk_km[row] = 0.0
        near = walk_km[: len(car_h)] <= farthest_km
        speed = _speed_kmh(near, distance_km, car_h) or usual
        if not speed:
            continue
        halts_h_per_km = dwell_s / SECONDS_PER_HOUR / stop_km
        found.append(
            _Line(
                np.where(walk_km <= farthest_km, walk_km / walk_kmh, np.inf),
                along_km * detour,
                min(waits[name], longest_h),
                time_ratio / speed + halts_h_per_km,
            )
        )
    return found


def mean_waits_h(inputs: Inputs) -> dict[str, float]:
    """Return for each line that runs on such a day half of its mean headway: hours of service by departures. [h]."""
    table = inputs.operations["bus_headways"]
    weekend = inputs.traffic is not None and inputs.traffic.day.weekday in WEEKDAYS[5:]
    table = table[table["days"].isin(("daily", "weekend" if weekend else "workday"))]
    span_h = table["to_hour"] - table["from_hour"]
    departures = span_h * MINUTES_PER_HOUR / table["headway_min"]
    sums = pd.DataFrame({"line": table["line"], "span_h": span_h, "count": departures}).groupby("line").sum()
    return {str(line): span / count / 2.0 for line, span, count in sums.itertuples()}


def _speed_kmh(among: BoolArray, distance_km: FloatArray, car_h: FloatArray) -> float:
    """Return the mean speed of cars between some places; 0 if there is no way. [km/h]."""
    pairs = among[:, None] & among & np.isfinite(car_h) & (car_h > 0.0)
    np.fill_diagonal(pairs, val=False)
    return float(distance_km[pairs].sum() / car_h[pairs].sum()) if pairs.any() else 0.0


def _nearest(xy_km: FloatArray, way: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how far places are from a way as the crow flies, and where along it the nearest point lies. [km]."""
    start, step = way[:-1], np.diff(way, axis=0)
    length = np.hypot(*step.T)
    before = np.concatenate([[0.0], np.cumsum(length)[:-1]])
    to = xy_km[:, None] - start
    part = np.divide((to * step).sum(axis=2), length**2, out=np.zeros(to.shape[:2]), where=length > 0.0)
    part = np.clip(part, 0.0, 1.0)
    away = np.hypot(*np.moveaxis(to - part[..., None] * step, 2, 0))
    piece = away.argmin(axis=1)
    rows = np.arange(len(xy_km))
    return away[rows, piece], before[piece] + part[rows, piece] * length[piece]

"""Shifts of taxis and requests for rides over several days.

Rides of a day are those of the tables of road traffic: taxis times rides a day, by hour. They begin and end in the
core: by hour, a share where people live and the others where they work and shop; where a ride ends is drawn by the
weight of the zones there, times exp(-distance / scale). Requests of a zone and hour are a Poisson process. All draws
are addressed by zone, day, hour and number, so a larger demand keeps the requests of a smaller one and adds to them.
"""

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from transport_sim.day import Day
from transport_sim.demand.traffic_rates import HOURS, Profile, growth_ratio, traffic_of
from transport_sim.demand.traffic_zones import TrafficZones
from transport_sim.demand.trip_matrices import weekday_ratio
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray, stable_ids, text_id, uniform
from transport_sim.tables.traffic import Rates
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

EVEN_SHARE = 0.5
"""Share of rides that begin, and that end, where people live in hours without a row in `taxi_demand`. [-]"""


class RideRequests(NamedTuple):
    """Passengers in the order of time, one entry each."""

    at_s: FloatArray
    """From midnight of the first day, a Monday. [s]"""
    origin: IntArray
    """Position among the zones."""
    destination: IntArray


class WorkShifts(NamedTuple):
    """Shifts of all taxis, one after the other, those of a taxi in the order of time."""

    taxi: IntArray
    name: tuple[str, ...]
    start_s: FloatArray
    end_s: FloatArray
    meal_at_s: FloatArray
    """When the driver wants his meal; infinite if there is none. [s]"""
    meal_s: FloatArray


class RideWeights(NamedTuple):
    """Where rides begin and end, by hour and zone, shape (24, zones), adding up to 1 over the zones."""

    origin: FloatArray
    destination: FloatArray


def ride_weights(inputs: Inputs, zones: TrafficZones) -> RideWeights:
    """Return the shares of the zones in the rides that begin and end in each hour.

    Raises
    ------
    DataError
        If nobody lives in the core.
    """
    core = zones.in_area("core")
    homes, work = (core * zones.frame[f"{what}_persons"].to_numpy(float) for what in ("population", "attraction"))
    if not (homes.sum() > 0.0 and work.sum() > 0.0):
        raise DataError("traffic/zones.csv: no core zone with streets and inhabitants, in which taxis could find fares")
    table = inputs.operations["taxi_demand"].set_index("hour").reindex(range(HOURS))
    shares = table[["from_homes_share", "to_homes_share"]].fillna(EVEN_SHARE).to_numpy(float)
    found = [share[:, None] * homes / homes.sum() + (1.0 - share[:, None]) * work / work.sum() for share in shares.T]
    return RideWeights(*found)


def rides_per_day(inputs: Inputs, *, days: int) -> FloatArray:
    """Return the expected rides of each day, the first of which is the Monday of the simulated day's week. [1/day]."""
    traffic = traffic_of(inputs)
    rates = Rates.of(traffic.trip_rates)
    rides = rates.get("vehicle_count", purpose="taxi", area="core") * growth_ratio(inputs, "taxi")
    rides *= rates.get("trips_per_vehicle_day", purpose="taxi")
    monday = traffic.day.date - dt.timedelta(days=traffic.day.date.weekday())
    ratio = [weekday_ratio(rates, "taxi", Day(monday + dt.timedelta(days=day))) for day in range(days)]
    return rides * np.array(ratio)


def ride_requests(
    inputs: Inputs, zones: TrafficZones, *, days: int, seed: int, reachable: BoolArray | None = None
) -> RideRequests:
    """Draw who asks for a taxi, when, where and where to.

    Parameters
    ----------
    inputs
        Tables of the simulated year.
    zones
        Zones of that year.
    days
        Days from a Monday on.
    seed
        Seed of the replication.
    reachable
        Whether a ride from one zone to another is possible, shape (zones, zones); all by default.
    """
    weights, traffic = ride_weights(inputs, zones), traffic_of(inputs)
    profile = np.diff(Profile.of(traffic, "taxi").cumulated)
    expected = rides_per_day(inputs, days=days)[:, None, None] * profile[:, None] * weights.origin
    scale_km = Rates.of(traffic.trip_rates).get("distance_scale_km", purpose="taxi")
    pull = np.exp(-zones.distance_km / scale_km) * (1.0 if reachable is None else reachable)
    to_share = weights.destination[:, None, :] * pull
    return draw_requests(expected, to_share, zones.zone_id, seed=seed)


def draw_requests(expected: FloatArray, to_share: FloatArray, zone_id: IntArray, *, seed: int) -> RideRequests:
    """Draw a Poisson process for each zone and hour, and a destination for each request.

    Parameters
    ----------
    expected
        Expected requests, shape (days, 24, zones). [1/h]
    to_share
        Weights of the destinations by hour and origin, shape (24, zones, zones); a zone without any has no requests.
    zone_id
        Identities of the zones.
    seed
        Seed of the replication.
    """
    from scipy.stats import poisson  # noqa: PLC0415 - takes half a second

    total = to_share.sum(axis=2)
    expected = np.where(total > 0.0, expected, 0.0)
    day, hour, zone = (grid.ravel() for grid in np.indices(expected.shape))
    cell = stable_ids(zone_id[zone], day, hour)
    count = poisson.ppf(uniform(cell, seed=seed, stream="taxi_requests"), expected.ravel()).astype(np.int64)
    row = np.repeat(np.arange(len(cell)), count)
    ids = stable_ids(cell[row], np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count))
    within = uniform(ids, seed=seed, stream="taxi_request_time")
    at_s = day[row] * SECONDS_PER_DAY + (hour[row] + within) * SECONDS_PER_HOUR
    group = hour[row] * len(zone_id) + zone[row]
    # one ascending row of numbers for all origins: the cumulated share of each lies between its position and the next
    share = np.divide(to_share, total[..., None], out=np.zeros_like(to_share), where=total[..., None] > 0.0)
    cumulated = (np.cumsum(share, axis=2).reshape(-1, len(zone_id))).clip(max=1.0)
    cumulated[:, -1] = 1.0
    ladder = (cumulated + np.arange(len(cumulated))[:, None]).ravel()
    place = np.searchsorted(ladder, group + uniform(ids, seed=seed, stream="taxi_destination"), side="right")
    destination = np.minimum(place - group * len(zone_id), _last_open(share)[group])
    order = np.lexsort((ids, at_s))
    return RideRequests(at_s[order], zone[row][order], destination[order])


def _last_open(share: FloatArray) -> IntArray:
    """Return the last zone with a share in each row, against rounding at the end of the ladder."""
    rows = share.reshape(-1, share.shape[2]) > 0.0
    return np.asarray(rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1), dtype=np.int64)


def work_shifts(inputs: Inputs, *, taxis: int, spread_h: float, days: int, seed: int) -> WorkShifts:
    """Give taxis their pattern of shifts and the drivers their meals.

    Each taxi has one pattern for good, and all of its shifts are earlier or later by the same time, up to half the
    spread. Shifts are cut off at the begin and the end of the simulated days.

    Parameters
    ----------
    inputs
        With the table `taxi_shifts`.
    taxis
        How many.
    spread_h
        Spread of the starts. [h]
    days
        Days from a Monday on.
    seed
        Seed of the replication.

    Raises
    ------
    DataError
        If the shares add up to more than 1, or shifts of a pattern overlap.
    """
    table = shift_patterns(inputs.operations["taxi_shifts"])
    if table.empty or not taxis:
        none = np.zeros(0)
        return WorkShifts(none.astype(np.int64), (), none, none, none, none)
    first = table.drop_duplicates("pattern")
    edges = first["vehicles_share"].to_numpy(float).cumsum()
    ids = np.arange(taxis)
    chosen = np.searchsorted(edges, uniform(ids, seed=seed, stream="taxi_pattern"), side="right")
    offset_s = (uniform(ids, seed=seed, stream="taxi_start") - 0.5) * spread_h * SECONDS_PER_HOUR
    pattern = first["pattern"].to_numpy()
    frames = [
        _of_pattern(rows, np.flatnonzero(pattern[np.minimum(chosen, len(pattern) - 1)] == name), days, seed)
        for name, rows in table.groupby("pattern", sort=True)
    ]
    found = pd.concat(frames, ignore_index=True)
    found = found[chosen[found["taxi"]] < len(pattern)]
    found[["start_s", "end_s", "meal_at_s"]] += offset_s[found["taxi"].to_numpy()][:, None]
    start_s = found["start_s"].clip(lower=0.0)
    found = found.assign(
        start_s=start_s,
        end_s=found["end_s"].clip(upper=days * SECONDS_PER_DAY),
        meal_at_s=found["meal_at_s"].where(found["meal_at_s"] >= start_s, np.inf),
    )
    found = found[found["start_s"] < found["end_s"]].sort_values(["taxi", "start_s"], kind="stable")
    values = [found[name].to_numpy(np.float64) for name in ("start_s", "end_s", "meal_at_s", "meal_s")]
    return WorkShifts(found["taxi"].to_numpy(np.int64), tuple(found["shift"]), *values)


def _of_pattern(rows: pd.DataFrame, taxis: IntArray, days: int, seed: int) -> pd.DataFrame:
    """Return every shift of the taxis of one pattern, also those that began on the day before."""
    day, taxi, row = (grid.ravel() for grid in np.meshgrid(np.arange(-1, days), taxis, np.arange(len(rows))))
    stated = rows.iloc[row].reset_index(drop=True)
    start_s = day * SECONDS_PER_DAY + stated["start_hour"] * SECONDS_PER_HOUR
    meal_s = (stated["meal_min"] * SECONDS_PER_MINUTE).fillna(0.0)
    name = stated["shift"].map({word: text_id(word) for word in rows["shift"]})
    draw = uniform(stable_ids(taxi, day, name), seed=seed, stream="taxi_meal")
    room_s = (stated["meal_to_hour"] - stated["meal_from_hour"]) * SECONDS_PER_HOUR - meal_s
    meal_at_s = day * SECONDS_PER_DAY + stated["meal_from_hour"] * SECONDS_PER_HOUR + draw * room_s
    return pd.DataFrame(
        {
            "taxi": taxi,
            "shift": stated["shift"],
            "start_s": start_s,
            "end_s": start_s + stated["length_h"] * SECONDS_PER_HOUR,
            "meal_at_s": meal_at_s.where(stated["meal_min"].notna(), np.inf),
            "meal_s": meal_s,
        }
    )


def shift_patterns(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of shifts in a fixed order.

    Raises
    ------
    DataError
        For shifts that no taxi could work.
    """
    table = table.sort_values(["pattern", "start_hour"]).reset_index(drop=True)
    shares = table.groupby("pattern")["vehicles_share"]
    for name in shares.groups:
        own = table[table["pattern"] == name]
        if (own["vehicles_share"] != own["vehicles_share"].iloc[0]).any():
            raise DataError(
                f"fleets/taxi_shifts.csv: pattern {name!r} must state one vehicles_share in all of its rows"
            )
        ends = (own["start_hour"] + own["length_h"]).to_numpy(float)
        starts = np.append(own["start_hour"].to_numpy(float)[1:], own["start_hour"].iloc[0] + HOURS)
        if (ends > starts + 1e-9).any():
            late = own["shift"].to_numpy()[np.argmax(ends > starts + 1e-9)]
            raise DataError(f"fleets/taxi_shifts.csv: shift {late!r} of pattern {name!r} runs into the next one")
    total = shares.first().sum()
    if total > 1.0 + 1e-9:
        raise DataError(f"fleets/taxi_shifts.csv: the vehicles_share of all patterns add up to {total:g}, more than 1")
    return table

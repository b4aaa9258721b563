"""Private electric cars as a demand for charging: at home by the hour, in public as cars that come to stations."""

from typing import Any

import numpy as np
import pandas as pd

from transport_sim.demand.tours import tour_places
from transport_sim.errors import DataError
from transport_sim.fleet.numbers import first_number
from transport_sim.fleet.stock import technology_counts
from transport_sim.fleet.travel import Travel
from transport_sim.inputs import Inputs
from transport_sim.planning.station_choice import charging_stations, station_places
from transport_sim.planning.stations import charging_pieces
from transport_sim.randomness import FloatArray, IntArray, stable_ids, text_id, uniform
from transport_sim.simulation.tour_plan import PrivateCharging
from transport_sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

FLEET = "private_car"
CHOICES = 6
"""Stations that a car looks at: those that it reaches soonest. Assumption. [-]"""
DAYS_PER_WEEK = 7


def home_charging(inputs: Inputs, *, days: int) -> tuple[FloatArray | None, IntArray | None]:
    """Return what private cars charge at home, by day and hour, and how often: expected values, not draws.

    Each takes the power of the table from the hour in which it comes home until it has what it wants; what begins in
    the last hours of the run and ends after it counts at the start, as that of the night before.

    Returns
    -------
    Energy at the battery [kWh] and events that begin, shape (days, 24); None without a row `home`.
    """
    row = _row(inputs, "home")
    if row is None:
        return None, None
    share = _profile(inputs, "home")
    daily = _electric_cars(inputs) * float(row["vehicles_share"]) * float(row["events_per_week"]) / DAYS_PER_WEEK
    hours = float(row["kwh_per_event"]) / float(row["power_kw"])
    load = np.zeros(len(share))
    for n in range(int(np.ceil(hours))):
        load += np.roll(share, n) * min(hours - n, 1.0) * float(row["power_kw"])
    events = np.rint(daily * share).astype(np.int64)
    return np.tile(daily * load, (days, 1)), np.tile(events, (days, 1))


def public_charging(inputs: Inputs, travel: Travel, *, days: int, seed: int) -> PrivateCharging | None:
    """Draw the private cars that come to public stations.

    Parameters
    ----------
    inputs
        Of the simulated year.
    travel
        Ways between the places where people live and the stations.
    days
        Length of the run. [days]
    seed
        Of the replication; draws are addressed by day and number of the day.

    Returns
    -------
    The events in the order of time; None without a row `public`, or without electric cars.

    Raises
    ------
    DataError
        If a profile is missing, or the battery is smaller than what a car wants.
    """
    row = _row(inputs, "public")
    if row is None:
        return None
    mean = _electric_cars(inputs) * float(row["vehicles_share"]) * float(row["events_per_week"]) / DAYS_PER_WEEK
    name = text_id("private_charging")
    extra = uniform(stable_ids(name, np.arange(days)), seed=seed, stream="private_count") < mean % 1.0
    counts = np.floor(mean).astype(np.int64) + extra
    day = np.repeat(np.arange(days), counts)
    if not len(day):
        return None
    ids = stable_ids(name, day, np.arange(len(day)) - np.repeat(np.cumsum(counts) - counts, counts))
    at_s = day * SECONDS_PER_DAY + _times_s(inputs, ids, seed=seed)
    spread = float(row["spread_ratio"]) * (2.0 * uniform(ids, seed=seed, stream="private_energy") - 1.0)
    places = tour_places(inputs)
    cumulated = np.cumsum(places.weight)
    place = np.searchsorted(cumulated, uniform(ids, seed=seed, stream="private_place") * cumulated[-1])
    order = np.argsort(at_s, kind="stable")
    return _at_stations(
        inputs,
        travel,
        row,
        (at_s[order], travel.position(places.node_id)[place][order], (row["kwh_per_event"] * (1.0 + spread))[order]),
    )


def _at_stations(
    inputs: Inputs, travel: Travel, row: "pd.Series[Any]", events: tuple[FloatArray, IntArray, FloatArray]
) -> PrivateCharging:
    pieces = charging_pieces(inputs, FLEET)
    vehicle: Any = inputs.operations["electric_vehicles"].set_index("fleet").loc[FLEET]
    target, kind = float(vehicle["target_soc"]), str(vehicle["plug_kind"])
    largest = float(events[2].max())
    if largest > target * pieces.capacity_kwh:
        raise DataError(
            f"private_charging: a car wants up to {largest:.3g} kWh, and its battery takes "
            f"{target * pieces.capacity_kwh:.3g} kWh at most (electric_vehicles); lower kwh_per_event or spread_ratio"
        )
    stations = charging_stations(inputs, FLEET, kind)
    drive_s = travel.time_s.mean(axis=0)[:, station_places(inputs, travel, stations)]
    near = np.argsort(drive_s, axis=1, kind="stable")[:, :CHOICES]
    return PrivateCharging(
        *events,
        pieces,
        target,
        kind,
        tuple(stations["station"]),
        near,
        np.take_along_axis(drive_s, near, axis=1),
        float(row["patience_min"]) * SECONDS_PER_MINUTE,
        FLEET,
        first_number(FLEET),
    )


def _row(inputs: Inputs, place: str) -> "pd.Series[Any] | None":
    table = inputs.operations["private_charging"]
    found = table[table["place"] == place]
    return None if found.empty else found.iloc[0]


def _electric_cars(inputs: Inputs) -> float:
    """Return the battery-electric private cars; plug-in hybrids mostly drive on petrol and are left out."""
    return technology_counts(inputs, FLEET).get("battery_electric", 0.0)


def _profile(inputs: Inputs, place: str) -> FloatArray:
    """Return the share of the day's events in each hour, which add up to 1. [-]."""
    table = inputs.operations["private_charging_hours"]
    own = table[table["place"] == place]
    share = np.zeros(int(HOURS_PER_DAY))
    share[own["hour"].to_numpy(np.int64)] = own["events_share"].to_numpy(float)
    if share.sum() <= 0.0:
        raise DataError(f"private_charging_hours: no rows for {place!r}, which private_charging has; state its hours")
    return np.asarray(share / share.sum())


def _times_s(inputs: Inputs, ids: IntArray, *, seed: int) -> FloatArray:
    """Draw times of the day by the profile, evenly within an hour. [s]."""
    edges = np.concatenate([[0.0], np.cumsum(_profile(inputs, "public"))])
    draw = uniform(ids, seed=seed, stream="private_time") * edges[-1]
    return np.asarray(np.interp(draw, edges, np.arange(len(edges)) * SECONDS_PER_HOUR))

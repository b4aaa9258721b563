"""Which links are closed to a class of vehicles, at any time or in one hour of the week."""

import numpy as np
import pandas as pd

from transport_sim.errors import NetworkError
from transport_sim.network.conditional import DAYS_PER_WEEK, HOURS_PER_DAY
from transport_sim.network.model import VEHICLE_CLASSES, BoolArray, IntArray, Network
from transport_sim.network.road_access import closed_hours, vehicle_limits


def closed_links(
    network: Network, *, vehicle_class: str, hour: int | None = None, weekday: int | None = None
) -> BoolArray:
    """Return which links a vehicle may not use, one value per row of `network.links`.

    Parameters
    ----------
    network
        The network. A link is closed by `access_closed`, and by a limit of weight or height below what
        `vehicle_limits.csv` states for the class.
    vehicle_class
        One of `VEHICLE_CLASSES`.
    hour, weekday
        Hour of the day from 0 to 23, local time, and day of the week, Monday is 0; with them, what the map says on
        conditions closes and opens further links. Without them only what holds always counts. [-]

    Returns
    -------
    BoolArray
        To close the links in a search, make their weight infinite: `np.where(closed, np.inf, weight)`.

    Raises
    ------
    NetworkError
        If the vehicle class is unknown, or the hour or weekday is out of range or given alone.
    """
    if vehicle_class not in VEHICLE_CLASSES:
        raise NetworkError(f"no vehicle class '{vehicle_class}'; the classes are {', '.join(VEHICLE_CLASSES)}")
    if hour is None and weekday is None:
        return _listed(network.links, vehicle_class) | _too_large(network.links, vehicle_class)
    hours = np.array([_hour_of_week(hour, weekday)])
    return closed_in_hours(network.links, vehicle_class=vehicle_class, hours=hours)[:, 0]


def closed_in_hours(links: pd.DataFrame, *, vehicle_class: str, hours: IntArray) -> BoolArray:
    """Return in which hours of the week the map closes links to a class, conditions included.

    Parameters
    ----------
    links
        Any rows of `Network.links`.
    vehicle_class
        One of `VEHICLE_CLASSES`.
    hours
        Hours of a week that begins on Monday, 0 to 167. [-]

    Returns
    -------
    Shape (rows, hours).
    """
    codes, texts = pd.factorize(links["conditional"])
    rules = np.array([closed_hours(text, vehicle_class)[hours] for text in texts]).reshape(-1, len(hours))
    state = rules[codes]
    closed = (_listed(links, vehicle_class)[:, None] | (state == 1)) & (state != -1)
    return np.asarray(closed | _too_large(links, vehicle_class)[:, None], dtype=bool)


def _listed(links: pd.DataFrame, vehicle_class: str) -> BoolArray:
    """Tell which links list the class as shut out."""
    lists = links["access_closed"]
    named = [text for text in lists.unique() if vehicle_class in text.split(";")]
    return np.asarray(lists.isin(named).to_numpy(bool))


def _too_large(links: pd.DataFrame, vehicle_class: str) -> BoolArray:
    """Tell which links have a limit of weight or height below what stands for the class."""
    gross_weight_t, height_m = vehicle_limits()[vehicle_class]
    too_heavy = links["max_weight_t"].to_numpy(dtype=np.float64) < gross_weight_t
    return np.asarray(too_heavy | (links["max_height_m"].to_numpy(dtype=np.float64) < height_m))


def _hour_of_week(hour: int | None, weekday: int | None) -> int:
    """Return the place of an hour in a week that begins on Monday."""
    if hour not in range(HOURS_PER_DAY) or weekday not in range(DAYS_PER_WEEK) or hour is None or weekday is None:
        raise NetworkError(f"a time has an hour from 0 to 23 and a weekday from 0 to 6, got {hour} and {weekday}")
    return weekday * HOURS_PER_DAY + hour

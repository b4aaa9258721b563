"""Dated events that close rivers, lines, locks and terminals, or slow them down, as windows of simulated time."""

import math
from collections.abc import Collection, Iterator
from typing import Any

import pandas as pd

from transport_sim.availability import Window
from transport_sim.errors import did_you_mean
from transport_sim.network.model import Network
from transport_sim.units import DAYS_PER_YEAR, HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR


def closed_windows(
    table: pd.DataFrame, *kinds: str, calendar_start_day: int | None, duration_days: float
) -> dict[str, tuple[Window, ...]]:
    """Turn the table `disruptions` into windows of the simulated time.

    Parameters
    ----------
    table
        The table of operations.
    kinds
        Kinds of disruption that are wanted.
    calendar_start_day
        Day of the year, from 0, on which the clock starts, as `Plan.calendar_start_day`; None for a sample of the
        mean year, which has no dated events.
    duration_days
        Length of the period. Events go on for a year after it, while the last goods arrive. [d]

    Returns
    -------
    By place, its windows in the order of time. A place is a river or line by its name on the map, or a lock or
    terminal by its reference.
    """
    if calendar_start_day is None:
        return {}
    years = math.ceil(duration_days / DAYS_PER_YEAR) + 1
    found: dict[str, list[Window]] = {}
    rows: Any = table[table["kind"].isin(kinds)].to_dict("records")
    for row in rows:
        for year in range(years + 1):
            offset_day = year * int(DAYS_PER_YEAR) - calendar_start_day - 1
            days = row["from_day"] + offset_day, row["to_day"] + offset_day
            windows = _windows(*days, row["start_hour"], row["end_hour"], row["capacity_share"])
            found.setdefault(row["place"], []).extend(w for w in windows if w.end_s > 0.0)
    return {place: tuple(sorted(windows)) for place, windows in found.items()}


def _windows(from_day: int, to_day: int, start_hour: float, end_hour: float, share: float) -> Iterator[Window]:
    """Yield one window for days without a break, else one a day."""
    if end_hour - start_hour >= HOURS_PER_DAY:
        yield Window(from_day * SECONDS_PER_DAY, (to_day + 1) * SECONDS_PER_DAY, share)
        return
    for day in range(from_day, to_day + 1):
        begin_s = day * SECONDS_PER_DAY
        yield Window(begin_s + start_hour * SECONDS_PER_HOUR, begin_s + end_hour * SECONDS_PER_HOUR, share)


def place_problems(table: pd.DataFrame, network: Network, terminals: Collection[str]) -> Iterator[str]:
    """Yield the line and the words for every place of the table that the network does not know."""
    links, nodes = network.links, network.nodes
    rivers, lines = (set(links.loc[links["mode"] == mode, "name"]) - {""} for mode in ("waterway", "rail"))
    locks = set(nodes.loc[nodes["lock_cycle_min"].notna(), "ref"])
    known: dict[str, tuple[str, Collection[str]]] = {
        "flood": ("river", rivers),
        "drought": ("river", rivers),
        "line_possession": ("railway line", lines),
        "lock_outage": ("lock", locks),
        "terminal_outage": ("terminal", terminals),
    }
    for line, (kind, place) in enumerate(zip(table["kind"], table["place"], strict=True), 2):
        what, names = known[kind]
        if place not in names:
            yield f"line {line}  place: no {what} {place!r} on the map{did_you_mean(place, sorted(names))}"

"""Compile the rules of the road, and what the map closes, into arrays that router, kernel and simpy obey alike."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from transport_sim.conditions import ALWAYS
from transport_sim.day import WEEKDAYS, Day
from transport_sim.measures import AccessRule
from transport_sim.network.access import closed_in_hours, closed_links
from transport_sim.network.conditional import DAYS_PER_WEEK, HOURS_PER_DAY
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.traffic.model import Access, BoolArray, FloatArray, IntArray, LinkSupply
from transport_sim.units import SECONDS_PER_HOUR

FOR_EVER = np.array([ALWAYS])


class _Closure(NamedTuple):
    """Links that are closed to some groups in some windows."""

    links: IntArray
    """Positions in the supply."""
    groups: BoolArray
    windows: FloatArray
    """Shape (n, 2), ascending and apart. [s]"""


def compile_access(
    supply: LinkSupply, network: Network, groups: pd.DataFrame, rules: Iterable[AccessRule] = (), *, day: Day
) -> Access:
    """Compile everything that closes links on a day.

    Parameters
    ----------
    supply
        The roads as arrays; `supply.rows` are rows of `network.links`.
    network
        The map, with its own closures: classes that a road shuts out, limits of weight and height, conditions.
    groups
        Vehicle groups: `GROUP_COLUMNS`, and `use` where a duty exempts or bans.
    rules
        Those of the policies. Links that are not in the supply (not open in this year, say) are passed over.
    day
        The simulated day; windows reach to the end of the next one.

    Returns
    -------
    Access
        A rule that concerns nobody, no link or no time of the day has no row.
    """
    closures = [*_map_closures(supply, network, groups, day), *_rule_closures(supply, groups, rules, day)]
    kept = [c for c in closures if len(c.links) and c.groups.any() and len(c.windows)]
    links = np.concatenate([np.empty(0, np.int64), *(c.links for c in kept)])
    order = np.argsort(links, kind="stable")
    counts = np.bincount(links, minlength=len(supply.link_ids))
    windows = np.concatenate([np.empty((0, 2)), *(c.windows for c in kept)])
    return Access(
        link_pointers=_pointers(counts),
        link_rules=np.repeat(np.arange(len(kept)), [len(c.links) for c in kept])[order].astype(np.int64),
        rule_group=np.array([c.groups for c in kept], dtype=bool).reshape(len(kept), len(groups)),
        window_pointers=_pointers(np.array([len(c.windows) for c in kept], dtype=np.int64)),
        window_start_s=np.ascontiguousarray(windows[:, 0]),
        window_end_s=np.ascontiguousarray(windows[:, 1]),
    )


def open_links(access: Access, *, group: int, time_s: float) -> BoolArray:
    """Return which links a vehicle group may enter at a time, one value per link of the supply.

    Parameters
    ----------
    access
        Compiled rules.
    group
        Row of the table of groups.
    time_s
        Seconds from midnight of the day. [s]
    """
    inside = (access.window_start_s <= time_s) & (time_s < access.window_end_s)
    in_force = access.rule_group[:, group] & _any_of(inside, access.window_pointers)
    return ~_any_of(in_force[access.link_rules], access.link_pointers)


def entry_s(access: Access, *, link: int, group: int, time_s: float) -> float:
    """Return when a vehicle that is at a link at `time_s` may enter it; infinite if never. [s].

    For a process that asks once in a while; compiled code calls `access_time.earliest_entry` itself.
    """
    from transport_sim.traffic.access_time import earliest_entry  # noqa: PLC0415 - numba takes a second to import

    return float(
        earliest_entry(
            link,
            group,
            time_s,
            access.link_pointers,
            access.link_rules,
            access.rule_group,
            access.window_pointers,
            access.window_start_s,
            access.window_end_s,
        )
    )


def positions(supply: LinkSupply, link_ids: Iterable[int]) -> IntArray:
    """Return the positions of links in the supply, ascending; those that are not there are passed over."""
    wanted = np.fromiter(link_ids, dtype=np.int64)
    return np.flatnonzero(np.isin(supply.link_ids, wanted)).astype(np.int64)


def _rule_closures(
    supply: LinkSupply, groups: pd.DataFrame, rules: Iterable[AccessRule], day: Day
) -> Iterator[_Closure]:
    for rule in rules:
        yield _Closure(positions(supply, rule.link_ids), rule.groups(groups), rule.when.seconds(day))


def _map_closures(supply: LinkSupply, network: Network, groups: pd.DataFrame, day: Day) -> Iterator[_Closure]:
    """Return what the map closes, one closure for all links that are closed to the same classes at the same times."""
    class_of = groups["vehicle_class"].to_numpy()
    links = network.links.iloc[supply.rows]
    conditional = links["conditional"].ne("").to_numpy(bool)
    closed = np.array([closed_links(network, vehicle_class=c)[supply.rows] for c in VEHICLE_CLASSES])
    # one number for each set of classes
    sets = (closed & ~conditional).T @ (1 << np.arange(len(VEHICLE_CLASSES), dtype=np.int64))
    for number in np.unique(sets[sets > 0]):
        shut = [c for bit, c in enumerate(VEHICLE_CLASSES) if number >> bit & 1]
        yield _Closure(np.flatnonzero(sets == number).astype(np.int64), np.isin(class_of, shut), FOR_EVER)
    some = np.flatnonzero(conditional).astype(np.int64)
    if len(some):
        week = np.arange(DAYS_PER_WEEK * HOURS_PER_DAY)
        week = np.roll(week, -WEEKDAYS.index(day.weekday) * HOURS_PER_DAY)
        hourly = {c: closed_in_hours(links.iloc[some], vehicle_class=c, hours=week) for c in VEHICLE_CLASSES}
        for vehicle_class, state in hourly.items():
            patterns, which = np.unique(state, axis=0, return_inverse=True)
            for number, pattern in enumerate(patterns):
                group = class_of == vehicle_class
                yield _Closure(some[which.ravel() == number], group, _runs_s(pattern))


def _runs_s(closed: BoolArray) -> FloatArray:
    """Turn the hours of a week from midnight of the day into windows of this day and the next. [s]."""
    if closed.all():
        return FOR_EVER
    edges = np.flatnonzero(np.diff(np.concatenate([[False], closed[: 2 * HOURS_PER_DAY], [False]])))
    return np.asarray(edges.reshape(-1, 2) * SECONDS_PER_HOUR, dtype=np.float64)


def _any_of(values: BoolArray, pointers: IntArray) -> BoolArray:
    """Tell for each slice between pointers whether any of its values is true."""
    total = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(total[pointers[1:]] > total[pointers[:-1]])


def _pointers(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

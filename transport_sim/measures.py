"""The closed vocabulary of what a policy can ask the model to obey.

A policy either edits a table of :class:`transport_sim.inputs.Inputs` or adds a measure
from this module. A new policy is a file; a new measure is a design decision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from transport_sim.conditions import WORKDAYS, BoolArray, When, Who, matches
from transport_sim.day import Day


@dataclass(frozen=True, slots=True)
class Charge:
    """A toll (positive) or subsidy (negative) that the shipper sees per tonne-kilometre."""

    mode: str
    """`road`, `rail` or `waterway`."""
    commodities: tuple[str, ...]
    """Names from the commodities table, sorted; empty means all."""
    cny_per_tkm: float
    policy: str


@dataclass(frozen=True, slots=True)
class Service:
    """A scheduled freight train offer between two terminals, both directions."""

    origin_terminal: str
    destination_terminal: str
    trains_per_week: float
    train_net_t: float
    rate_ratio: float
    """Multiplies base and distance rate of the tariff."""
    policy: str


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Links that some vehicles may not enter at some times."""

    link_ids: tuple[int, ...]
    """Links of the road traffic network, ascending."""
    who: Who
    when: When
    exempt: tuple[Who, ...]
    """Whoever one of these names may enter all the same."""
    policy: str
    place: str = ""
    """Where that is, in words, for reports."""

    def groups(self, groups: pd.DataFrame) -> BoolArray:
        """Tell which vehicle groups the rule shuts out, one value per row."""
        return matches(self.who, self.exempt, groups)


@dataclass(frozen=True, slots=True)
class RoadCharge:
    """What some vehicles pay at some times for entering links, or for every kilometre on them."""

    link_ids: tuple[int, ...]
    """Links of the road traffic network, ascending; the cordon is around all of them."""
    who: Who
    when: When
    exempt: tuple[Who, ...]
    """Whoever one of these names pays nothing."""
    cny: float
    per: Literal["entry", "km"]
    """`entry`: each time that a vehicle comes from another link onto one of these; trips that begin inside enter once
    they come back. `km`: for each kilometre on these links."""
    policy: str
    place: str = ""
    """Where that is, in words, for reports."""

    def groups(self, groups: pd.DataFrame) -> BoolArray:
        """Tell which vehicle groups pay, one value per row."""
        return matches(self.who, self.exempt, groups)

    def as_ban(self) -> AccessRule:
        """Return the rule that whoever will not pay keeps to: it tells which paths and hours are free of charge."""
        return AccessRule(self.link_ids, self.who, self.when, self.exempt, self.policy, self.place)


def day_types(rules: Iterable[AccessRule | RoadCharge], days: Iterable[Day]) -> tuple[tuple[Day, int], ...]:
    """Group days on which the same rules are in force, working days and weekends apart.

    A rule that only a declared episode triggers acts on few days of the year; a year is the sum of its types of days.

    Parameters
    ----------
    rules
        What may be in force.
    days
        Of a year, for example.

    Returns
    -------
    The first day of each type and how many there are, in the order of the calendar.
    """
    found: dict[tuple[bool, ...], list[Day]] = {}
    conditions = tuple(rule.when for rule in rules)
    for day in days:
        found.setdefault((day.weekday in WORKDAYS, *(when.on(day) for when in conditions)), []).append(day)
    return tuple((alike[0], len(alike)) for alike in found.values())

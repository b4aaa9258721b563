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
from transport_sim.relations import Freight


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
class Subsidy:
    """What shippers are paid for using a mode, by the tonne or the tonne-kilometre, as far as the money goes."""

    mode: str
    """`road`, `rail` or `waterway`."""
    freight: Freight
    cny_per_t: float
    """Paid once for goods that go by the mode on some leg. [CNY/t]"""
    cny_per_tkm: float
    """Paid for every tonne-kilometre of the mode on the map. [CNY/t-km]"""
    budget_cny_per_year: float | None
    """Most that is paid out in a year; both rates fall in the same ratio until it suffices. None: no limit."""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        most = "" if self.budget_cny_per_year is None else f", at most {self.budget_cny_per_year:g} CNY/year"
        return (
            "subsidy",
            f"{self.mode}: {self.freight}",
            f"{self.cny_per_t:g} CNY/t, {self.cny_per_tkm:g} CNY/t-km{most}",
        )


@dataclass(frozen=True, slots=True)
class ThroughBill:
    """One document and one price from door to door: what that saves where goods change from vehicle to vehicle."""

    mode: str
    """Chains concerned: those with a leg of this mode (`rail` or `waterway`), or `any` with a transfer."""
    freight: Freight
    saved_h_per_transfer: float
    """Time that papers no longer cost at each transfer. [h]"""
    saved_cny_per_t_per_transfer: float
    """Paperwork and handling fees that fall away at each transfer. [CNY/t]"""
    price_ratio: float
    """Multiplies the sum of rates and handling of the chain. [-]"""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        saved = f"{self.saved_h_per_transfer:g} h and {self.saved_cny_per_t_per_transfer:g} CNY/t less a transfer"
        return "through bill", f"{self.mode}: {self.freight}", f"{saved}, price x {self.price_ratio:g}"


@dataclass(frozen=True, slots=True)
class RoadShareLimit:
    """The largest share of some freight that may go by road all the way beyond a distance."""

    freight: Freight
    min_km: float
    """Distance by road from which it holds. [km]"""
    max_road_share: float
    by_relation: bool
    """True: on every relation and commodity by itself. False: on their sum, as with permits that are traded."""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        unit = "each relation" if self.by_relation else "their sum"
        terms = f"at most {self.max_road_share:g} by road beyond {self.min_km:g} km, of {unit}"
        return "road share limit", str(self.freight), terms


@dataclass(frozen=True, slots=True)
class TruckUse:
    """How much better trucks are used: fewer return empty, and those that are loaded carry more."""

    freight: Freight
    empty_ratio: float
    """Multiplies the share of trucks that return empty. [-]"""
    load_ratio: float
    """Multiplies the load of a loaded truck, up to its capacity. [-]"""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        return "use of trucks", str(self.freight), f"empty returns x {self.empty_ratio:g}, load x {self.load_ratio:g}"


FreightMeasure = Subsidy | ThroughBill | RoadShareLimit | TruckUse
"""What choice and the planning of trucks obey besides charges and services."""


@dataclass(frozen=True, slots=True)
class PublicCost:
    """What a policy costs the public purse."""

    policy: str
    investment_cny: float
    annual_cost_cny: float
    """Operation and upkeep. [CNY/year]"""
    lifetime_years: float
    discount_rate_per_year: float

    @property
    def cny_per_year(self) -> float:
        """The investment as an annuity, and the yearly cost. [CNY/year].

        References
        ----------
        .. [1] Capital recovery factor, e.g. Park, Contemporary Engineering Economics, chapter 3.
        """
        rate, years = self.discount_rate_per_year, self.lifetime_years
        share = 1.0 / years if rate == 0.0 else rate / (1.0 - (1.0 + rate) ** -years)
        return self.investment_cny * share + self.annual_cost_cny


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

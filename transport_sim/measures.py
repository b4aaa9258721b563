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
class FleetMandate:
    """The least share of some technologies in what a fleet buys, or in what it drives."""

    fleet: str
    technologies: tuple[str, ...]
    """Any of these will do; what is sold beyond the market's own share is of the first."""
    share: float
    """Least share once it holds in full. [-]"""
    from_year: int
    of: Literal["sales", "stock"] = "sales"
    """`sales`: of the vehicles bought in a year. `stock`: of those on the road, so that others leave before their time,
    the oldest first."""
    until_year: int | None = None
    """Year from which it holds in full; it grows evenly from the first year on. None: from the first year."""
    policy: str = ""

    def share_in(self, year: int) -> float:
        """Return the least share of a year. [-]."""
        last = self.from_year if self.until_year is None else self.until_year
        return self.share * min(max((year - self.from_year + 1) / (last - self.from_year + 1), 0.0), 1.0)

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        when = f"{self.from_year}" if self.until_year is None else f"{self.from_year} to {self.until_year}"
        return "fleet mandate", self.fleet, f"{self.share:g} of {self.of} {' or '.join(self.technologies)}, {when}"


@dataclass(frozen=True, slots=True)
class FleetScrappage:
    """Vehicles of some emission standards that leave the road before their time."""

    fleet: str
    emission_standards: tuple[str, ...]
    share: float
    """Of those there, each year. [-]"""
    from_year: int
    until_year: int
    """Last year of it."""
    premium_cny: float = 0.0
    """Paid for each vehicle. [CNY]"""
    policy: str = ""

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        terms = f"{self.share:g} a year of {' '.join(self.emission_standards)}, {self.from_year} to {self.until_year}"
        return "scrappage", self.fleet, f"{terms}, {self.premium_cny:g} CNY each"


@dataclass(frozen=True, slots=True)
class SalesShift:
    """A technology whose share in what a fleet buys moves evenly to a stated one; the others keep their proportions."""

    fleet: str
    technology: str
    share: float
    """In the end. [-]"""
    from_year: int
    until_year: int
    """Year in which it is reached."""
    policy: str = ""

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        return (
            "sales shift",
            self.fleet,
            f"{self.technology} to {self.share:g} from {self.from_year} to {self.until_year}",
        )


@dataclass(frozen=True, slots=True)
class EfficiencyStandard:
    """How much less energy new vehicles of a fleet use per kilometre than those of the tables."""

    fleet: str
    technologies: tuple[str, ...]
    """Technologies concerned; empty means all."""
    energy_ratio: float
    """Energy of a vehicle sold from the last year on, for each of the tables. [-]"""
    from_year: int
    until_year: int
    """Year from which it holds in full; it grows evenly from the first year on."""
    policy: str = ""

    def ratio_of(self, vintage: int) -> float:
        """Return the energy of a vehicle sold in a year for each of the tables. [-]."""
        reached = (vintage - self.from_year + 1) / (self.until_year - self.from_year + 1)
        return 1.0 - (1.0 - self.energy_ratio) * min(max(reached, 0.0), 1.0)

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        which = " ".join(self.technologies) or "all technologies"
        return (
            "efficiency",
            self.fleet,
            f"energy x {self.energy_ratio:g} of {which}, {self.from_year} to {self.until_year}",
        )


FleetMeasure = FleetMandate | FleetScrappage | SalesShift | EfficiencyStandard
"""What the turnover of fleets obeys."""


@dataclass(frozen=True, slots=True)
class CarbonCredit:
    """Money for every kilogram of CO2e that a method credits to journeys by some modes."""

    method: str
    """A method of the table `credit_factors`."""
    modes: tuple[str, ...]
    """Modes that are credited, in order; empty: all that the method has factors for."""
    cny_per_kg: float
    """What a credited kilogram is worth to the traveller. [CNY/kg]"""
    participation_share: float
    """Share of the journeys whose travellers take part. [-]"""
    budget_cny_per_year: float | None
    """Most that is paid out in a year; the rate falls until it suffices. None: no limit."""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        most = "" if self.budget_cny_per_year is None else f", at most {self.budget_cny_per_year:g} CNY/year"
        terms = f"{self.cny_per_kg:g} CNY/kg for {self.participation_share:g} of the journeys{most}"
        return "carbon credit", f"{self.method}: {', '.join(self.modes) or 'all modes'}", terms


@dataclass(frozen=True, slots=True)
class CarLeftHome:
    """Money for journeys that are not made by car."""

    cny_per_trip: float
    participation_share: float
    """Share of the journeys whose travellers take part. [-]"""
    areas: tuple[str, ...]
    """Areas in which the journeys begin, in order."""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        terms = f"{self.cny_per_trip:g} CNY a journey for {self.participation_share:g} of the journeys"
        return "car left at home", ", ".join(self.areas), terms


@dataclass(frozen=True, slots=True)
class ParkAndRide:
    """Sites where cars are left for the bus: a mode that was not there before."""

    spaces_count: int
    """Spaces of all sites together."""
    cny_per_use: float
    """Parking and bus together, for the traveller. [CNY]"""
    transfer_min: float
    """Time at the site: parking, the walk and the wait for the bus. [min]"""
    car_way_share: float
    """Share of the way that is driven by car. [-]"""
    min_km: float
    """Journeys from this length on pass a site. [km]"""
    policy: str

    @property
    def text(self) -> tuple[str, str, str]:
        """What it is, where, and its terms, for the table of changes."""
        terms = f"{self.cny_per_use:g} CNY, {self.transfer_min:g} min, {self.car_way_share:g} of the way by car"
        return "park and ride", f"{self.spaces_count} spaces, from {self.min_km:g} km on", terms


PassengerMeasure = CarbonCredit | CarLeftHome | ParkAndRide
"""What the choice of modes by travellers obeys besides times and fares."""


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

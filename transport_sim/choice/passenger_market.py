"""Groups of journeys under measures for travellers: who takes part, what that is worth to them, and what it costs.

Those who take part in a measure and those who do not choose apart; with several measures every combination is a
segment, as if taking part in one told nothing about the others. A budget is kept by a lower rate, found as if the
measure were the only one; the spaces of park-and-ride sites by a time that nobody spends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from transport_sim.choice.logit import Nests
from transport_sim.choice.passenger_mode import pivoted
from transport_sim.measures import CarbonCredit, CarLeftHome, ParkAndRide, PassengerMeasure
from transport_sim.randomness import FloatArray
from transport_sim.tables.passengers import LOCAL_MODES, LOCAL_NESTS, PassengerParameters
from transport_sim.units import DAYS_PER_YEAR, MINUTES_PER_HOUR

CAR, PARK_AND_RIDE = LOCAL_MODES.index("car"), LOCAL_MODES.index("park_and_ride")
LIKE = np.array([CAR if mode == PARK_AND_RIDE else -1 for mode in range(len(LOCAL_MODES))])
"""Who parks and rides would as soon drive all the way: the mode borrows the constant of the car."""
MOST_SHADOW_H = 100.0
"""Longest time that a lack of spaces stands for; beyond it nobody parks. [h]"""


@dataclass(frozen=True, eq=False)
class Group:
    """Journeys of one purpose that begin in one kind of area, by way; the first axis is `LOCAL_MODES`."""

    purpose: str
    area: str
    trips: FloatArray
    """Journeys of persons, shape (ways,). [1/day]"""
    base: FloatArray
    """Shares of the modes in the reference, shape (modes, ways). [-]"""
    change: FloatArray
    """Change of utility by tables, same shape. [-]"""
    distance_km: FloatArray
    """Shape (ways,). [km]"""
    car_h: FloatArray
    bus_ratio: float
    """Time in the bus over that by car. [-]"""
    car_cny_per_km: float
    """For each person in the car. [CNY/km]"""
    cny_worth: float
    """Utility of a yuan. [1/CNY]"""
    hour_worth: float
    """Utility of an hour under way. [1/h]"""
    wait_ratio: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """Shares of a group under measures."""

    share: FloatArray
    """Shape (modes, ways). [-]"""
    taking_part: tuple[FloatArray, ...]
    """For each measure the part of `share` of those who take part. [-]"""


class PassengerMarket:
    """All journeys within the region, and the shares of the modes under any measures.

    Parameters
    ----------
    groups
        The journeys.
    parameters, factors
        The tables `passenger_parameters` and `credit_factors`.
    """

    def __init__(self, groups: Sequence[Group], parameters: PassengerParameters, factors: pd.DataFrame) -> None:
        self.groups = tuple(groups)
        self.parameters = parameters
        self.factors = factors
        self.nests = nests_of(LOCAL_MODES, LOCAL_NESTS, parameters)

    def credited_kg_per_pkm(self, measure: CarbonCredit) -> FloatArray:
        """Return what the method credits per person and kilometre by each of `LOCAL_MODES`, never negative. [kg/km]."""
        own = self.factors[self.factors["method"] == measure.method].set_index("mode")
        saved = (own["baseline_kg_per_pkm"] - own["mode_kg_per_pkm"]).clip(lower=0.0)
        modes = measure.modes or tuple(own.index)
        return np.array([float(saved[mode]) if mode in modes else 0.0 for mode in LOCAL_MODES])

    def outcomes(
        self, measures: Sequence[PassengerMeasure], rates: Sequence[float], shadow_h: float = 0.0
    ) -> list[Outcome]:
        """Calculate the shares of every group.

        Parameters
        ----------
        measures
            In force.
        rates
            What the money of each is multiplied with. [-]
        shadow_h
            Time that parking and riding takes more than it does, so that spaces suffice. [h]
        """
        return [self._outcome(group, measures, rates, shadow_h) for group in self.groups]

    def _outcome(
        self, group: Group, measures: Sequence[PassengerMeasure], rates: Sequence[float], shadow_h: float
    ) -> Outcome:
        common = group.change.copy()
        personal = []
        for number, measure in enumerate(measures):
            if isinstance(measure, ParkAndRide):
                here = self._park_and_ride(group, measure, shadow_h)
                common[PARK_AND_RIDE] = np.maximum(common[PARK_AND_RIDE], here)
            else:
                personal.append((number, measure.participation_share, self._gain(group, measure, rates[number])))
        share = np.zeros_like(group.base)
        taking_part = [np.zeros_like(group.base) for _ in measures]
        for joins in product((False, True), repeat=len(personal)):
            weight, change = 1.0, common
            for joined, (_, portion, gain) in zip(joins, personal, strict=True):
                weight *= portion if joined else 1.0 - portion
                change = change + gain if joined else change
            if weight == 0.0:
                continue
            part = weight * pivoted(group.base, change, self.nests, LIKE)
            share += part
            for joined, (number, _, _) in zip(joins, personal, strict=True):
                taking_part[number] += part if joined else 0.0
        return Outcome(share, tuple(taking_part))

    def _gain(self, group: Group, measure: CarbonCredit | CarLeftHome, rate: float) -> FloatArray:
        """Return what taking part adds to utilities."""
        if isinstance(measure, CarbonCredit):
            cny = self.credited_kg_per_pkm(measure)[:, None] * group.distance_km * measure.cny_per_kg * rate
            return np.asarray(group.cny_worth * cny)
        gain = np.zeros_like(group.base)
        if group.area in measure.areas:
            gain[CAR] = -group.cny_worth * measure.cny_per_trip * rate  # who drives forgoes the money
        return gain

    @staticmethod
    def _park_and_ride(group: Group, measure: ParkAndRide, shadow_h: float) -> FloatArray:
        """Return the utility of parking and riding less that of the car in the reference; -inf off its reach."""
        way = measure.car_way_share
        ride_h = group.car_h * (1.0 - way) * (group.bus_ratio - 1.0) + shadow_h
        site_h = group.wait_ratio * measure.transfer_min / MINUTES_PER_HOUR
        cny = measure.cny_per_use - (1.0 - way) * group.car_cny_per_km * group.distance_km
        there = (group.area == "core") & (group.distance_km >= measure.min_km) & (measure.spaces_count > 0)
        return np.where(there, -group.hour_worth * (ride_h + site_h) - group.cny_worth * cny, -np.inf)

    def solved(self, measures: Sequence[PassengerMeasure]) -> tuple[list[Outcome], list[float]]:
        """Calculate the shares with rates that keep the budgets and a time at which spaces suffice.

        Returns
        -------
        As `outcomes`, and the rates. [-]
        """
        rates = [self._rate(measure) for measure in measures]
        sites = [measure for measure in measures if isinstance(measure, ParkAndRide)]
        free = self.outcomes(measures, rates)
        if not sites or self._spare_uses(free, sites) >= 0.0:
            return free, rates
        shadow = float(
            brentq(
                lambda hours: self._spare_uses(self.outcomes(measures, rates, hours), sites),
                0.0,
                MOST_SHADOW_H,
                xtol=1e-6,
            )
        )
        return self.outcomes(measures, rates, shadow), rates

    def _spare_uses(self, outcomes: Sequence[Outcome], sites: Sequence[ParkAndRide]) -> float:
        """Return the uses that spaces allow less those by who parks: one for a way there and back. [1/day]."""
        allowed = sum(site.spaces_count for site in sites) * self.parameters.get("uses_per_space_day")
        persons = sum(float(o.share[PARK_AND_RIDE] @ g.trips) / 2.0 for g, o in zip(self.groups, outcomes, strict=True))
        return float(allowed) - persons

    def _rate(self, measure: PassengerMeasure) -> float:
        """Return the largest rate, at most 1, that the budget can pay. [-]."""
        most = measure.budget_cny_per_year if isinstance(measure, CarbonCredit) else None
        if most is None or self._paid(measure, 1.0) <= most:
            return 1.0
        return float(brentq(lambda rate: self._paid(measure, rate) - most, 0.0, 1.0, xtol=1e-9))

    def _paid(self, measure: PassengerMeasure, rate: float) -> float:
        return self.paid_cny_per_year(measure, rate, 0, self.outcomes([measure], [rate]))

    def paid_cny_per_year(
        self, measure: PassengerMeasure, rate: float, number: int, outcomes: Sequence[Outcome]
    ) -> float:
        """Return what a measure pays to travellers in a year of such days. [CNY/year].

        Credits are paid to all who take part, also to who would have walked anyway. Money for cars left at home is
        paid for journeys given up and on days on which the car would not have been driven anyway.

        Parameters
        ----------
        measure, rate
            The measure and what its money is multiplied with.
        number
            Its place among the measures of the outcomes.
        outcomes
            Of the groups.
        """
        if isinstance(measure, CarbonCredit):
            return self.credited_kg_per_day(measure, number, outcomes) * measure.cny_per_kg * rate * DAYS_PER_YEAR
        if isinstance(measure, ParkAndRide):
            return 0.0
        idle = 1.0 / self.parameters.get("car_days_share", subject="car") - 1.0
        trips = 0.0
        for group, outcome in zip(self.groups, outcomes, strict=True):
            if group.area in measure.areas:
                before = measure.participation_share * float(group.base[CAR] @ group.trips)
                trips += before * (1.0 + idle) - float(outcome.taking_part[number][CAR] @ group.trips)
        return trips * measure.cny_per_trip * rate * DAYS_PER_YEAR

    def credited_kg_per_day(self, measure: CarbonCredit, number: int, outcomes: Sequence[Outcome]) -> float:
        """Return what the method credits to those who take part. [kg/day]."""
        per_pkm = self.credited_kg_per_pkm(measure)
        pairs = zip(self.groups, outcomes, strict=True)
        return sum(float(per_pkm @ (o.taking_part[number] @ (g.trips * g.distance_km))) for g, o in pairs)


def nests_of(modes: tuple[str, ...], nests: dict[str, tuple[str, ...]], parameters: PassengerParameters) -> Nests:
    """Return the nests of modes, with the ratios of the table."""
    of = [next(n for n, members in enumerate(nests.values()) if mode in members) for mode in modes]
    ratios = [parameters.get("nest_ratio", subject=nest) for nest in nests]
    return Nests(np.array(of, dtype=np.int64), np.array(ratios, dtype=np.float64))

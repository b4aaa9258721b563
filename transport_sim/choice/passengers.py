"""By which modes people travel: within the region by zone pair, and on long relations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.choice.logit import nested_probabilities
from transport_sim.choice.passenger_market import (
    CAR,
    PARK_AND_RIDE,
    Group,
    Outcome,
    PassengerMarket,
    nests_of,
)
from transport_sim.choice.passenger_mode import fitted_constants, pivoted, positions
from transport_sim.choice.response import response_parameters
from transport_sim.demand.passenger_skims import (
    Offer,
    inner_zones,
    local_ways,
    long_offer,
    long_trips_by_mode,
    money_utility,
    relations,
    street_ways,
)
from transport_sim.demand.traffic_rates import growth_ratio, traffic_of
from transport_sim.demand.traffic_zones import traffic_zones
from transport_sim.demand.trip_matrices import person_tours
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.measures import CarbonCredit, ParkAndRide, PassengerMeasure
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.tables.passengers import (
    LOCAL_AREAS,
    LOCAL_MODES,
    LOCAL_NESTS,
    LONG,
    LONG_MODES,
    LONG_NESTS,
    STATED_MODES,
    PassengerParameters,
)
from transport_sim.tables.traffic import TOUR_PURPOSES, Rates
from transport_sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from transport_sim.traffic.simulated_day import SimulatedDay

KEPT_SHARE = 0.999
"""Share of the journeys of a purpose whose ways are looked at; the rest goes with them. [-]"""
CLASSES_COUNT = 5
"""Classes of length of the ways within a town. [-]"""
MOTOR = ("car", "motorcycle")
JOINED_TO = {"coach_rail": "rail", "air_rail": "air"}
"""From which mode one with a change borrows, where it is new."""
MODE_COLUMNS = (
    *("purpose", "area", "mode", "base_trips_per_day", "trips_per_day", "base_pkm_per_day", "pkm_per_day"),
    "credits_kg_per_day",
)


@dataclass(frozen=True, eq=False)
class PassengerModes:
    """By which modes people travel in the simulated year, and what measures for travellers pay."""

    modes: pd.DataFrame
    """Columns `MODE_COLUMNS`: for long journeys the purpose is `long` and the area the relation."""
    measures: pd.DataFrame
    """One row for each measure: policy, what, rate_ratio, paid_cny_per_year, credits_kg_per_day."""
    alone: tuple[pd.DataFrame, ...]
    """For each measure the modes as if it were all that is new, columns as in `modes`."""
    car_way_share: float
    """Share of the way that who parks and rides drives. [-]"""


def passenger_modes(inputs: Inputs, reference: Inputs, *, day: "SimulatedDay | None" = None) -> PassengerModes | None:
    """Calculate by which modes people travel.

    Parameters
    ----------
    inputs
        Inputs of the simulated year, under the package.
    reference
        Inputs of the base year without policies, to which the shares of the tables belong. Within the region its
        tables count as they are in the simulated year, so that only policies move the shares; on long relations as
        they are in the base year, so that new lines do, too.
    day
        A simulated day of road traffic, whose times by car count in both; without one those of free roads and the table
        `hour_speeds` do.

    Returns
    -------
    None where neither table of shares has rows for what the scenario simulates.

    Raises
    ------
    DataError
        If a parameter or service is missing, or shares of the car grow beyond all journeys.
    """
    local = inputs.traffic is not None and not inputs.operations["passenger_shares"].empty
    if not local and inputs.operations["long_trips"].empty:
        return None
    frames = [_long_modes(inputs, reference)]
    measures: list[tuple[object, ...]] = []
    alone: list[pd.DataFrame] = []
    names = ["policy", "what", "rate_ratio", "paid_cny_per_year", "credits_kg_per_day"]
    if local:
        market = _market(inputs, reference, day)
        offered = inputs.passenger_measures
        outcomes, rates = market.solved(offered)
        frames.insert(0, _frame(market, offered, outcomes))
        still = PassengerMarket(
            [replace(g, change=_unchanged(g.base)) for g in market.groups], market.parameters, market.factors
        )
        for number, measure in enumerate(offered):
            paid = market.paid_cny_per_year(measure, rates[number], number, outcomes)
            credited = (
                market.credited_kg_per_day(measure, number, outcomes) if isinstance(measure, CarbonCredit) else 0.0
            )
            measures.append((measure.policy, measure.text[0], rates[number], paid, credited))
            alone.append(_frame(still, [measure], still.solved([measure])[0]))
    ways = [m.car_way_share for m in inputs.passenger_measures if isinstance(m, ParkAndRide)]
    joined = pd.concat([f for f in frames if len(f)], ignore_index=True)
    return PassengerModes(joined, pd.DataFrame(measures, columns=names), tuple(alone), max(ways, default=0.0))


def with_changed_modes(inputs: Inputs, found: PassengerModes | None) -> Inputs:
    """Return inputs whose rates of journeys by car and motorcycle follow the choice of modes.

    Who parks and rides counts as a car for the part of the way that is driven. Where nothing has changed the inputs are
    returned as they are.
    """
    if found is None or inputs.traffic is None:
        return inputs
    rates = Rates.of(inputs.traffic.trip_rates)
    own = found.modes[found.modes["purpose"] != LONG]
    rows = {}
    for (purpose, area), group in own.groupby(["purpose", "area"], sort=True):
        by_mode = group.set_index("mode")
        now, before = by_mode["trips_per_day"], by_mode["base_trips_per_day"]
        for mode in MOTOR:
            driven = now[mode] + (found.car_way_share * now["park_and_ride"] if mode == "car" else 0.0)
            ratio = driven / before[mode] if before[mode] > 0.0 else 1.0
            if ratio != 1.0:
                quantity = f"{mode}_share"
                rows[purpose, area, quantity] = rates.get(quantity, purpose=str(purpose), area=str(area)) * ratio
    if not rows:
        return inputs
    key = ["purpose", "area", "quantity"]
    table = inputs.traffic.trip_rates
    added = pd.DataFrame([(*name, value) for name, value in rows.items()], columns=[*key, "value"])
    added["unit"], added["source"], added["confidence"] = "1", "choice of modes", "L"
    others = table[~pd.MultiIndex.from_frame(table[key]).isin(list(rows))]
    return inputs.with_table("trip_rates", pd.concat([others, added.astype({"value": float})], ignore_index=True))


def _market(inputs: Inputs, reference: Inputs, day: "SimulatedDay | None") -> PassengerMarket:
    """Put the journeys within the region together, with the shares of the reference and what tables change."""
    reference = replace(reference, year=inputs.year)
    zones = traffic_zones(inputs)
    streets = street_ways(inputs, zones, day=day)
    before = local_ways(reference, zones, streets)
    after = local_ways(inputs, zones, streets, without_lines=before.without_lines)
    old, new = (PassengerParameters.of(i.operations["passenger_parameters"]) for i in (reference, inputs))
    nests = nests_of(STATED_MODES, LOCAL_NESTS, old)
    rates = Rates.of(traffic_of(inputs).trip_rates)
    bus_ratio = response_parameters(traffic_of(inputs).response).bus_time_ratio
    area, inner = zones.frame["area"].to_numpy(), inner_zones(inputs, zones)
    car_h = streets.car_h.ravel()
    groups = []
    for purpose in TOUR_PURPOSES:
        aboard = _aboard(rates, new, purpose)
        tours = person_tours(inputs, zones, purpose, new.get("distance_ratio", purpose=purpose))
        for kind in LOCAL_AREAS:
            ways, length_ratio, trips = _kept(2.0 * tours * (area == kind)[:, None], inner)
            if not len(ways):
                continue
            offer = after.offer(ways, length_ratio)
            start = before.offer(ways, length_ratio).utility(old, purpose, aboard)
            shares = base_shares(inputs, purpose, kind)
            constants = fitted_constants(start, trips, shares, nests)
            base = nested_probabilities(start + constants[:, None], nests)
            change = utility_change(start, offer.utility(new, purpose, aboard))
            groups.append(
                Group(
                    purpose=purpose,
                    area=kind,
                    trips=trips,
                    base=np.vstack([base, np.zeros((1, len(ways)))]),
                    change=np.vstack([change, np.full((1, len(ways)), -np.inf)]),
                    distance_km=offer.distance_km[0],
                    car_h=car_h[ways] * length_ratio,
                    bus_ratio=bus_ratio,
                    car_cny_per_km=new.get("cost_cny_per_km", subject="car") / aboard[CAR],
                    cny_worth=money_utility(new, purpose),
                    hour_worth=new.get("time_per_h", purpose=purpose),
                    wait_ratio=new.get("wait_time_ratio", purpose=purpose),
                )
            )
    return PassengerMarket(groups, new, inputs.operations["credit_factors"])


def _kept(trips: FloatArray, inner: BoolArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the pairs of zones with nearly all of the trips, how long these are, and the trips, as many as in all.

    Within a town the lengths of ways are exponentially distributed about the stated mean: classes of equal size.
    """
    flat = trips.ravel()
    order = np.argsort(-flat, kind="stable")
    sums = np.cumsum(flat[order])
    if sums[-1] <= 0.0:
        return order[:0], flat[:0], flat[:0]
    ways = np.sort(order[: int(np.searchsorted(sums, KEPT_SHARE * sums[-1])) + 1])
    found = flat[ways] * (sums[-1] / flat[ways].sum())
    row, column = np.divmod(ways, len(trips))
    within = (row == column) & inner[row]
    classes = length_classes(CLASSES_COUNT)
    ratio = np.concatenate([np.ones(int((~within).sum())), np.tile(classes, int(within.sum()))])
    ways = np.concatenate([ways[~within], np.repeat(ways[within], CLASSES_COUNT)])
    return ways, ratio, np.concatenate([found[~within], np.repeat(found[within], CLASSES_COUNT) / CLASSES_COUNT])


def length_classes(count: int) -> FloatArray:
    """Return the mean of each of so many equally likely classes of an exponential distribution of mean 1. [-]."""
    left = np.linspace(1.0, 0.0, count + 1)  # share that is longer than the edge of the class
    beyond = left - np.multiply(left, np.log(left, out=np.zeros_like(left), where=left > 0.0))
    return np.asarray(-np.diff(beyond) * count)


def _aboard(rates: Rates, parameters: PassengerParameters, purpose: str) -> FloatArray:
    """Return how many share the cost of each of `STATED_MODES`. [persons]."""
    stated = {mode: rates.get(f"persons_per_{mode}", purpose=purpose) for mode in MOTOR}
    stated["taxi"] = parameters.get("persons_per_vehicle", purpose=purpose, subject="taxi")
    return np.array([stated.get(mode, 1.0) for mode in STATED_MODES])


def base_shares(inputs: Inputs, purpose: str, area: str) -> FloatArray:
    """Return the shares of `STATED_MODES` in the simulated year without policies, shape (modes,). [-].

    Journeys by car and motorcycle grow with the vehicles, as on the streets; the other modes lose in proportion.

    Raises
    ------
    DataError
        If there are no shares for the purpose and area, or cars and motorcycles would take all journeys.
    """
    table = inputs.operations["passenger_shares"]
    own = table[(table["purpose"] == purpose) & (table["area"] == area)].set_index("mode")["share"]
    if own.empty:
        raise DataError(f"passenger_shares.csv: no rows for purpose {purpose}, area {area}")
    shares = own.reindex(STATED_MODES).fillna(0.0).to_numpy(float, copy=True)
    motor = np.isin(STATED_MODES, MOTOR)
    growth = [growth_ratio(inputs, mode) * traffic_of(inputs).car_trips_scale for mode in MOTOR]
    grown = shares[motor] * np.array(growth)
    if grown.sum() >= 1.0:
        raise DataError(
            f"passenger_shares.csv: with the vehicles of {inputs.year} cars and motorcycles would take "
            f"{grown.sum():.0%} of the journeys of purpose {purpose} in the area {area}"
        )
    shares[~motor] *= (1.0 - grown.sum()) / shares[~motor].sum() if shares[~motor].any() else 0.0
    shares[motor] = grown
    return np.asarray(shares)


def utility_change(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return what utilities change by; 0 where a mode was not there before, -inf where it goes."""
    there = np.isfinite(before)
    return np.asarray(np.subtract(after, before, out=np.zeros_like(before), where=there))


def _unchanged(base: FloatArray) -> FloatArray:
    """Return the changes of utility of a group without any."""
    change = np.zeros_like(base)
    change[PARK_AND_RIDE] = -np.inf
    return change


def _frame(market: PassengerMarket, measures: Sequence[PassengerMeasure], outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Add up journeys within the region by purpose, area and mode."""
    frames = []
    for group, outcome in zip(market.groups, outcomes, strict=True):
        km = group.trips * group.distance_km
        credited = np.zeros(len(LOCAL_MODES))
        for measure, part in zip(measures, outcome.taking_part, strict=True):
            if isinstance(measure, CarbonCredit):
                credited += market.credited_kg_per_pkm(measure) * (part @ km)
        columns = (group.base @ group.trips, outcome.share @ group.trips, group.base @ km, outcome.share @ km, credited)
        named = dict(zip(MODE_COLUMNS[3:], columns, strict=True))
        frames.append(pd.DataFrame({"purpose": group.purpose, "area": group.area, "mode": LOCAL_MODES, **named}))
    return pd.concat(frames, ignore_index=True)


def _long_modes(inputs: Inputs, reference: Inputs) -> pd.DataFrame:
    """Return the journeys on long relations by mode; shares move with services and fares since the base year."""
    trips = long_trips_by_mode(reference) / DAYS_PER_YEAR
    total = trips.sum(axis=0)
    names = relations(reference)
    if not names:
        return pd.DataFrame(columns=list(MODE_COLUMNS))
    reference = reference.at_base_year()
    old, new = (PassengerParameters.of(i.operations["passenger_parameters"]) for i in (reference, inputs))
    start, end = (_long_utility(long_offer(i), p) for i, p in ((reference, old), (inputs, new)))
    before, after = long_offer(reference), long_offer(inputs)
    base = np.divide(trips, total, out=np.zeros_like(trips), where=total > 0.0)
    like = positions(LONG_MODES, JOINED_TO)
    change = utility_change(start, end)
    fresh = (base == 0.0) & np.isneginf(start) & (like >= 0)[:, None]
    lent = end - np.where(np.isfinite(start[like]), start[like], np.inf)
    change = np.where(base > 0.0, change, np.where(fresh, lent, -np.inf))
    nests = nests_of(LONG_MODES, LONG_NESTS, new)
    share = pivoted(base, change, nests, like)
    km = [np.where(np.isfinite(offer.distance_km), offer.distance_km, 0.0) for offer in (before, after)]
    columns = (base * total, share * total, base * total * km[0], share * total * km[1], np.zeros_like(base))
    frame = pd.DataFrame({name: values.T.ravel() for name, values in zip(MODE_COLUMNS[3:], columns, strict=True)})
    frame.insert(0, "mode", np.tile(LONG_MODES, len(names)))
    frame.insert(0, "area", np.repeat([f"{a}-{b}" for a, b in names], len(LONG_MODES)))
    frame.insert(0, "purpose", LONG)
    return frame[(frame["trips_per_day"] > 0.0) | (frame["base_trips_per_day"] > 0.0)].reset_index(drop=True)


def _long_utility(offer: Offer, parameters: PassengerParameters) -> FloatArray:
    aboard = np.ones(len(LONG_MODES))
    aboard[LONG_MODES.index("car")] = parameters.get("persons_per_vehicle", purpose=LONG, subject="car")
    return offer.utility(parameters, LONG, aboard)

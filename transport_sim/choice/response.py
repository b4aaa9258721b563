"""How travellers answer a restriction or a charge: one model for every policy.

Whoever may not drive as planned, or would have to pay for it, weighs what each answer costs beyond the planned
journey, in minutes of travel time: a detour, leaving before or after the hours of the rule, parking and taking the bus,
another car of the household, paying, or staying at home. Moving the departure costs what Small found for arriving early
and late [1]_. The choice among the answers is a logit, drawn by trip and answer, so that two scenarios differ by the
policy and not by the dice, and an answer that is added or taken away leaves the draws of the others alone.

References
----------
.. [1] Small, K. A., "The scheduling of consumer activities: work trips", American Economic Review 72(3), 1982.
"""

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.choice.logit import probabilities
from transport_sim.errors import DataError
from transport_sim.randomness import FloatArray, IntArray, gumbel, uniform
from transport_sim.units import MINUTES_PER_HOUR, SECONDS_PER_MINUTE

BoolArray = npt.NDArray[np.bool_]
Answer = Literal["reroute", "earlier", "later", "park_and_bus", "other_car", "pay", "cancel"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
STAYS_IN_CAR: tuple[Answer, ...] = ("reroute", "earlier", "later", "other_car", "pay")
NOT_DRIVEN: tuple[Answer, ...] = tuple(answer for answer in ANSWERS if answer not in STAYS_IN_CAR)
"""Answers without a journey by car."""


@dataclass(frozen=True, slots=True)
class ResponseParameters:
    """The numbers of the model, one row each of `response.csv`."""

    logit_scale_per_min: float
    """Sensitivity of the choice. [1/min]"""
    value_of_time_cny_per_h: float
    max_detour_ratio: float
    """A detour that takes longer than this many times the planned journey is not considered. [-]"""
    early_ratio: float
    """Minutes of travel time that a minute of leaving earlier is worth. [-]"""
    late_ratio: float
    """Minutes of travel time that a minute of leaving later is worth. [-]"""
    max_shift_min: float
    """Nobody moves the departure by more. [min]"""
    spread_min: float
    """Those who move their departure spread evenly over so many minutes before or after the rule's hours. [min]"""
    bus_time_ratio: float
    """Time in the bus, relative to the car. [-]"""
    bus_walk_min: float
    bus_wait_min: float
    out_of_vehicle_ratio: float
    """Minutes of travel time that a minute of walking or waiting is worth. [-]"""
    transfer_min: float
    """What parking and changing is worth besides the time. [min]"""
    bus_fare_cny: float
    other_car_min: float
    """What fetching another car is worth. [min]"""
    other_car_share: float
    """Share of private travellers with another car in the household that the rule leaves alone. [-]"""
    cancel_min: float
    """What a journey that is given up was worth. [min]"""
    flexible_ratio: float
    """How much the hour matters for journeys without fixed hours, relative to the way to work or school. [-]"""


RESPONSE_PARAMETERS = tuple(field.name for field in fields(ResponseParameters))
RESPONSE_BOUNDS = {
    **dict.fromkeys(RESPONSE_PARAMETERS, (0.0, 1_000.0)),
    "logit_scale_per_min": (1e-4, 10.0),
    "value_of_time_cny_per_h": (0.1, 10_000.0),
    "max_detour_ratio": (1.0, 100.0),
    "other_car_share": (0.0, 1.0),
}
"""Smallest and largest value of each parameter that the model can work with."""


def response_parameters(table: pd.DataFrame) -> ResponseParameters:
    """Take the values of the columns `parameter` and `value`; raise DataError if some are missing."""
    values = dict(zip(table["parameter"], table["value"].tolist(), strict=True))
    missing = [name for name in RESPONSE_PARAMETERS if name not in values]
    if missing:
        raise DataError(f"response.csv: rows are missing for {', '.join(missing)}")
    return ResponseParameters(**{name: values[name] for name in RESPONSE_PARAMETERS})


@dataclass(frozen=True, eq=False)
class RestrictedTrips:
    """Trips that cannot be made as planned, or only for a charge; one row each."""

    ids: IntArray
    """Identity of the trip, the same in all scenarios."""
    departure_s: FloatArray
    """Planned departure. [s]"""
    planned_time_s: FloatArray
    """Time of the journey as planned, as if there were no rule. [s]"""
    detour_time_s: FloatArray
    """Time of the best path that is allowed at the planned time; infinite if there is none. [s]"""
    latest_before_s: FloatArray
    """Latest departure at which the planned path is still open; -inf if there is none. [s]"""
    earliest_after_s: FloatArray
    """Earliest departure at which it is open again; infinite if there is none. [s]"""
    charge_cny: FloatArray
    """What the planned journey is charged; infinite where it is forbidden. [CNY]"""
    schedule_ratio: FloatArray
    """How much the hour matters, relative to the way to work. [-]"""
    other_car_share: FloatArray
    """Share of such travellers with another car that the rule leaves alone. [-]"""
    is_private: BoolArray
    """Whether persons travel for themselves: trucks, buses and taxis neither take the bus nor stay at home."""
    has_bus: BoolArray


@dataclass(frozen=True, eq=False)
class Responses:
    """What became of the trips."""

    answer: IntArray
    """Place in `ANSWERS`."""
    departure_s: FloatArray
    """New departure by car; NaN for who no longer drives. [s]"""
    cost_min: FloatArray
    """What the answer costs beyond the planned journey; the value of a journey for one that is given up. [min]"""


def restricted_trips(
    parameters: ResponseParameters,
    *,
    ids: IntArray,
    departure_s: FloatArray,
    planned_time_s: FloatArray,
    detour_time_s: FloatArray,
    latest_before_s: FloatArray,
    earliest_after_s: FloatArray,
    is_forbidden: BoolArray,
    charge_cny: FloatArray,
    is_private: BoolArray,
    has_fixed_hours: BoolArray,
    has_bus: BoolArray,
) -> tuple[IntArray, RestrictedTrips]:
    """Pick out the trips that cannot be made as planned, or only for a charge.

    Parameters
    ----------
    parameters
        For the shares that are the same for all.
    ids, departure_s, planned_time_s
        All planned trips.
    detour_time_s, latest_before_s, earliest_after_s
        Ways and departures that keep to the rules and cost nothing (`traffic.affected`, with the rules of the day and
        `RoadCharge.as_ban` of the charges).
    is_forbidden
        Whether a rule closes the planned path; a charge alone does not.
    charge_cny
        What the planned trip is charged. [CNY]
    is_private, has_fixed_hours, has_bus
        Whether persons travel for themselves, whether to work or school, and whether buses run.

    Returns
    -------
    Rows of the restricted trips, and the trips.
    """
    rows = np.flatnonzero(is_forbidden | (charge_cny > 0.0)).astype(np.int64)
    private, fixed = is_private[rows], has_fixed_hours[rows]
    return rows, RestrictedTrips(
        ids=ids[rows],
        departure_s=departure_s[rows],
        planned_time_s=planned_time_s[rows],
        detour_time_s=detour_time_s[rows],
        latest_before_s=latest_before_s[rows],
        earliest_after_s=earliest_after_s[rows],
        charge_cny=np.where(is_forbidden, np.inf, charge_cny)[rows],
        schedule_ratio=schedule_ratios(parameters, private, fixed),
        other_car_share=np.where(private, parameters.other_car_share, 0.0),
        is_private=private,
        has_bus=has_bus[rows],
    )


def respond(trips: RestrictedTrips, parameters: ResponseParameters, *, seed: int) -> Responses:
    """Draw the answer of each restricted trip.

    Parameters
    ----------
    trips
        What each could do.
    parameters
        What that is worth.
    seed
        Seed of the replication. [-]

    Returns
    -------
    Responses
        Whoever has no other way stays at home, trucks and taxis too: their trip is not served.
    """
    cost_min, departure_s = answer_costs(trips, parameters, seed=seed)
    luck = np.array([gumbel(trips.ids, seed=seed, stream=f"response:{answer}") for answer in ANSWERS])
    answer = np.argmax(luck.reshape(cost_min.shape) - parameters.logit_scale_per_min * cost_min, axis=0)
    trip = np.arange(len(trips.ids))
    return Responses(answer.astype(np.int64), departure_s[answer, trip], cost_min[answer, trip])


def response_shares(trips: RestrictedTrips, parameters: ResponseParameters, *, seed: int) -> FloatArray:
    """Return the probability of each answer, shape (answers, trips), given who has another car. [-]."""
    cost_min, _ = answer_costs(trips, parameters, seed=seed)
    return probabilities(-parameters.logit_scale_per_min * cost_min)


def answer_costs(trips: RestrictedTrips, parameters: ResponseParameters, *, seed: int) -> tuple[FloatArray, FloatArray]:
    """Calculate what each answer costs beyond the planned journey, and when it departs.

    Parameters
    ----------
    trips, parameters, seed
        As in `respond`; the seed decides who has another car, and where in the spread one leaves.

    Returns
    -------
    Costs in minutes of travel time, infinite where an answer is not open, and departures by car, NaN without one;
    both of shape (answers, trips). [min, s]
    """
    p, planned_s = parameters, trips.planned_time_s
    cny_min = MINUTES_PER_HOUR / p.value_of_time_cny_per_h
    with np.errstate(invalid="ignore"):
        longer_min = (trips.detour_time_s - planned_s) / SECONDS_PER_MINUTE
        detour = np.where(trips.detour_time_s <= p.max_detour_ratio * planned_s, longer_min, np.inf)
    spread_s = spreads_s(trips.ids, p, seed=seed)
    before, after = trips.latest_before_s - spread_s, trips.earliest_after_s + spread_s
    outside = (p.bus_walk_min + p.bus_wait_min) * p.out_of_vehicle_ratio + p.transfer_min
    bus = planned_s / SECONDS_PER_MINUTE * (p.bus_time_ratio - 1.0) + outside + p.bus_fare_cny * cny_min
    has_other = uniform(trips.ids, seed=seed, stream="response_other_car") < trips.other_car_share
    costs: dict[Answer, FloatArray] = {
        "reroute": detour,
        "earlier": _shift_min(trips.departure_s - before, p.early_ratio, trips, p),
        "later": _shift_min(after - trips.departure_s, p.late_ratio, trips, p),
        "park_and_bus": np.where(trips.is_private & trips.has_bus, bus, np.inf),
        "other_car": np.where(trips.is_private & has_other, p.other_car_min, np.inf),
        "pay": trips.charge_cny * cny_min,
    }
    costs["earlier"] = np.where(before >= 0.0, costs["earlier"], np.inf)
    stuck = np.isinf(np.array(list(costs.values()))).all(axis=0)
    costs["cancel"] = np.where(trips.is_private | stuck, p.cancel_min, np.inf)
    departures: dict[Answer, FloatArray] = dict.fromkeys(STAYS_IN_CAR, trips.departure_s)
    departures |= {"earlier": before, "later": after}
    gone = np.full(len(trips.ids), np.nan)
    return (
        np.array([costs[answer] for answer in ANSWERS]),
        np.array([departures.get(answer, gone) for answer in ANSWERS]),
    )


def spreads_s(ids: IntArray, parameters: ResponseParameters, *, seed: int) -> FloatArray:
    """Return how far from the rule's hours trips stay that move their departure. [s]."""
    return parameters.spread_min * SECONDS_PER_MINUTE * uniform(ids, seed=seed, stream="response_spread")


def schedule_ratios(parameters: ResponseParameters, is_private: BoolArray, has_fixed_hours: BoolArray) -> FloatArray:
    """Return how much the hour matters to trips, relative to the way to work. [-]."""
    return np.where(has_fixed_hours | ~is_private, 1.0, parameters.flexible_ratio)


def _shift_min(shift_s: FloatArray, ratio: float, trips: RestrictedTrips, parameters: ResponseParameters) -> FloatArray:
    """Return what moving the departure costs; infinite beyond the longest shift. [min]."""
    cost = ratio * trips.schedule_ratio * np.maximum(shift_s, 0.0) / SECONDS_PER_MINUTE
    return np.where(shift_s <= parameters.max_shift_min * SECONDS_PER_MINUTE, cost, np.inf)

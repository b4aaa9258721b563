"""Whom the rules and charges of a scenario concern, and what each of them could do instead."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.choice.response import (
    ResponseParameters,
    RestrictedTrips,
    restricted_trips,
    schedule_ratios,
    spreads_s,
)
from transport_sim.demand.traffic_rates import traffic_of
from transport_sim.demand.trips import DrawnTrips
from transport_sim.inputs import Inputs
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.traffic.access import compile_access
from transport_sim.traffic.affected import Affected, affected_trips, other_groups
from transport_sim.traffic.assignment import CLOSING_MARGIN_S, Assignment
from transport_sim.traffic.model import Access, BoolArray, FloatArray, IntArray, LinkSupply, class_rows
from transport_sim.traffic.road_charges import trip_charges_cny
from transport_sim.traffic.states import states_of
from transport_sim.traffic.timed_paths import Requests, arrivals, find_paths, roads_of, some
from transport_sim.units import SECONDS_PER_MINUTE

FIXED_PURPOSES = ("work", "school", "business")
"""Journeys whose hour matters as much as that of the way to work."""
PRIVATE_CLASSES = ("car", "motorcycle")
"""Vehicles in which persons travel for themselves."""


@dataclass(frozen=True, eq=False)
class Restricted:
    """The trips that a rule or charge concerns."""

    rows: IntArray
    """Their rows in the table of trips."""
    trips: RestrictedTrips


def avoiding_access(inputs: Inputs, supply: LinkSupply, network: Network, groups: pd.DataFrame) -> Access:
    """Compile rules and map as `compile_access` does, with the links of every charge closed to those who would pay."""
    rules = (*inputs.access_rules, *(charge.as_ban() for charge in inputs.road_charges))
    return compile_access(supply, network, groups, rules, day=traffic_of(inputs).day)


def doubled(access: Access, avoiding: Access) -> Access:
    """Join two tables of rules for twice as many groups: the first half under one, the second under the other."""
    first, second = np.zeros_like(access.rule_group), np.zeros_like(avoiding.rule_group)
    count, windows = len(access.rule_group), access.window_pointers[-1]
    links = len(access.link_pointers) - 1
    owner = np.concatenate([np.repeat(np.arange(links), np.diff(a.link_pointers)) for a in (access, avoiding)])
    order = np.argsort(owner, kind="stable")
    return Access(
        link_pointers=access.link_pointers + avoiding.link_pointers,
        link_rules=np.concatenate([access.link_rules, avoiding.link_rules + count])[order],
        rule_group=np.block([[access.rule_group, first], [second, avoiding.rule_group]]),
        window_pointers=np.concatenate([access.window_pointers, windows + avoiding.window_pointers[1:]]),
        window_start_s=np.concatenate([access.window_start_s, avoiding.window_start_s]),
        window_end_s=np.concatenate([access.window_end_s, avoiding.window_end_s]),
    )


def concerned_trips(
    inputs: Inputs,
    *,
    drawn: DrawnTrips,
    planned: Assignment,
    supply: LinkSupply,
    network: Network,
    access: Access,
    avoiding: Access,
    parameters: ResponseParameters,
) -> Restricted:
    """Find who comes to a closed or charged link on the planned path, and what is open to them.

    Parameters
    ----------
    inputs
        Inputs with rules and charges.
    drawn, planned
        The trips of the day and their equilibrium without rules and charges.
    supply, network
        The streets.
    access, avoiding
        What is closed, and what is closed or charged.
    parameters
        Of the response model.
    """
    traffic, groups = traffic_of(inputs), drawn.groups
    everybody = _requests(drawn, supply, class_rows(groups), np.arange(len(drawn.trips)))

    def follow(rules: Access) -> Affected:
        roads = roads_of(planned.times, rules, len(groups), margin_s=CLOSING_MARGIN_S)
        return affected_trips(roads, everybody, planned.paths.pointers, planned.paths.links.astype(np.int32))

    closed, kept_off = follow(access), follow(avoiding)
    charge_cny = trip_charges_cny(
        supply, inputs.road_charges, groups, planned.paths, planned.trips, times=planned.times, day=traffic.day
    )
    trips, count = drawn.trips, len(drawn.trips)
    rows = np.flatnonzero(closed.is_closed | (charge_cny > 0.0))
    planned_s, detour_s = np.zeros(count), np.full(count, np.inf)
    detour_s[rows], planned_s[rows] = _times_s(
        some(everybody, rows),
        rows,
        planned=planned,
        supply=supply,
        network=network,
        avoiding=avoiding,
    )
    core = np.append((drawn.zones.frame["area"] == "core").to_numpy(), False)
    found, restricted = restricted_trips(
        parameters,
        ids=trips["trip_id"].to_numpy(dtype=np.int64),
        departure_s=trips["departure_s"].to_numpy(dtype=np.float64),
        planned_time_s=planned_s,
        detour_time_s=detour_s,
        latest_before_s=kept_off.latest_before_s,
        earliest_after_s=kept_off.earliest_after_s,
        is_forbidden=closed.is_closed,
        charge_cny=charge_cny,
        is_private=private_trips(drawn),
        has_fixed_hours=trips["purpose"].isin(FIXED_PURPOSES).to_numpy(),
        has_bus=core[trips["origin_zone"].to_numpy()]
        & core[trips["destination_zone"].to_numpy()]
        & bool(len(traffic.bus_lines)),
    )
    spare = spare_group(inputs, groups)[trips["group"].to_numpy()[found]]
    return Restricted(found, replace(restricted, other_car_share=np.where(spare >= 0, restricted.other_car_share, 0.0)))


def private_trips(drawn: DrawnTrips) -> BoolArray:
    """Return in which trips persons travel for themselves."""
    is_private = drawn.groups["vehicle_class"].isin(PRIVATE_CLASSES).to_numpy()
    return np.asarray(is_private[drawn.trips["group"].to_numpy()])


def with_leeway(demand: pd.DataFrame, answer: pd.Series, parameters: ResponseParameters, *, seed: int) -> pd.DataFrame:
    """Say how far those may move who learn that they come too late to a closed link (`traffic.departures`).

    Parameters
    ----------
    demand
        Trips that are driven, with the departures that they answered.
    answer
        The answer of each. Who goes round, or leaves after the hours of the rule, does not move; everybody else by at
        most as much again as one would have moved for the rule itself: a few minutes are worth less than the wait.
    parameters, seed
        Of the response model.
    """
    moves = answer.isin(["", "earlier", "pay"]).to_numpy()
    shift_s = parameters.max_shift_min * SECONDS_PER_MINUTE
    return demand.assign(
        earliest_departure_s=demand["departure_s"] - np.where(moves, shift_s, 0.0),
        ahead_s=spreads_s(demand["trip_id"].to_numpy(dtype=np.int64), parameters, seed=seed),
    )


def learned(
    trips: pd.DataFrame, answered: Assignment, drawn: DrawnTrips, parameters: ResponseParameters
) -> pd.DataFrame:
    """Take over the departures of the days in which the answers were tried out.

    Who left earlier than answered has the answer "earlier" from then on, and the cost of the whole shift.
    """
    departure_s, answer = trips["departure_s"].to_numpy(copy=True), trips["answer"].to_numpy(dtype=object, copy=True)
    cost_min = trips["answer_cost_min"].to_numpy(copy=True)
    at = np.searchsorted(trips["trip_id"].to_numpy(), answered.trip_ids)
    moved = answered.trips.departure_s < departure_s[at]
    rows = at[moved]
    departure_s[rows] = answered.trips.departure_s[moved]
    ratio = schedule_ratios(
        parameters, private_trips(drawn)[rows], trips["purpose"].isin(FIXED_PURPOSES).to_numpy()[rows]
    )
    shift_min = (trips["planned_departure_s"].to_numpy()[rows] - departure_s[rows]) / SECONDS_PER_MINUTE
    cost_min[rows] = parameters.early_ratio * ratio * np.maximum(shift_min, 0.0)
    answer[rows] = np.where(answer[rows] == "pay", "pay", "earlier")
    return trips.assign(departure_s=departure_s, answer=answer, answer_cost_min=cost_min)


def spare_group(inputs: Inputs, groups: pd.DataFrame) -> IntArray:
    """Return the group of each one's other car, which no rule or charge of the day concerns; -1 if there is none."""
    day = traffic_of(inputs).day
    concerned = np.zeros(len(groups), dtype=bool)
    for rule in inputs.road_rules:
        if len(rule.when.seconds(day)):
            concerned |= rule.groups(groups)
    return other_groups(groups, concerned)


def _requests(drawn: DrawnTrips, supply: LinkSupply, kind: IntArray, rows: IntArray) -> Requests:
    """Return the searches for paths of some trips."""
    trips = drawn.trips.iloc[rows]
    start, end = (
        np.searchsorted(supply.node_ids, trips[f"{name}_node"].to_numpy()) for name in ("origin", "destination")
    )
    group = trips["group"].to_numpy(dtype=np.int64)
    return Requests(start, end, trips["departure_s"].to_numpy(dtype=np.float64), group, kind[group])


def _times_s(
    asked: Requests,
    rows: IntArray,
    *,
    planned: Assignment,
    supply: LinkSupply,
    network: Network,
    avoiding: Access,
) -> tuple[FloatArray, FloatArray]:
    """Return the time of the best open path and of the planned path of some trips; infinite if there is none. [s]."""
    groups = avoiding.rule_group.shape[1]
    graphs = {int(k): states_of(supply, network, VEHICLE_CLASSES[k]) for k in np.unique(asked.vehicle_class)}
    detour = find_paths(graphs, roads_of(planned.times, avoiding, groups, margin_s=CLOSING_MARGIN_S), asked)
    start, end = (planned.paths.pointers[planned.trips.path[rows] + step] for step in (0, 1))
    pointers = np.concatenate([[0], np.cumsum(end - start)])
    links = planned.paths.links[np.repeat(start - pointers[:-1], end - start) + np.arange(pointers[-1])]
    at = arrivals(roads_of(planned.times, None, groups), asked, pointers, links.astype(np.int32))
    return detour.arrival_s - asked.departure_s, at - asked.departure_s

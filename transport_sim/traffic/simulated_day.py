"""One day of road traffic from demand to equilibrium: as planned, then as travellers answer the rules."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.choice.response import ANSWERS, NOT_DRIVEN, respond, response_parameters
from transport_sim.demand.traffic_rates import traffic_of
from transport_sim.demand.trips import draw_trips
from transport_sim.inputs import Inputs
from transport_sim.network.model import KIND_COLUMNS, Network
from transport_sim.traffic.access import compile_access
from transport_sim.traffic.assignment import Assignment, equilibrium
from transport_sim.traffic.kernel import simulate_traffic
from transport_sim.traffic.model import Access, IntArray, LinkSupply, PathSet, TrafficResult
from transport_sim.traffic.restricted import (
    avoiding_access,
    concerned_trips,
    doubled,
    learned,
    spare_group,
    with_leeway,
)
from transport_sim.traffic.supply import link_supply


@dataclass(frozen=True, eq=False)
class SimulatedDay:
    """What one day of road traffic was."""

    network: Network
    """Streets of the year."""
    supply: LinkSupply
    groups: pd.DataFrame
    """Vehicle groups, index `group`."""
    trips: pd.DataFrame
    """One row a trip: trip_id, group, departure_s (NaN if not driven), planned_departure_s, answer (empty if no rule
    concerns it), answer_cost_min, charge_cny."""
    result: TrafficResult
    gaps: pd.DataFrame
    """Days of the search for an equilibrium."""
    paths: PathSet
    """Paths of the vehicles on the roads, the rows of `result.arrival_s`; `result.traversals` holds every link of
    those that were still under way at the end."""
    left_out: pd.DataFrame
    """Trips that found no way through the streets: trip_id, reason."""

    @property
    def kind_of_group(self) -> IntArray:
        """Kind of vehicle of each group, as rows of `result.kinds`; -1 for those that nobody drives."""
        keys = list(self.result.kinds.columns)
        kinds = pd.MultiIndex.from_frame(self.result.kinds)
        return np.asarray(kinds.get_indexer(pd.MultiIndex.from_frame(self.groups[keys])), dtype=np.int64)


def simulate_day(inputs: Inputs, *, seed: int, truck_legs: pd.DataFrame | None = None) -> SimulatedDay:
    """Simulate the day of the scenario.

    The planned day, without the scenario's rules and charges, comes to an equilibrium first: what travellers answer
    rests on its times, and its paths are where the routes under the rules start from. Whoever avoids a charge drives in
    a group of its own, to which the charged links are closed.

    Parameters
    ----------
    inputs
        Inputs of the year, with road traffic.
    seed
        Seed of the replication.
    truck_legs
        Legs of the simulated freight; its trucks drive on the streets. None leaves them out.
    """
    traffic = traffic_of(inputs)
    network = traffic.network.at_year(inputs.year)
    supply = link_supply(network, inputs.factors)
    drawn = draw_trips(inputs, seed=seed, truck_legs=truck_legs)
    map_access = compile_access(supply, network, drawn.groups, day=traffic.day)
    planned = equilibrium(supply, drawn.groups, drawn.trips, map_access, network=network, seed=seed)
    drawn = replace(drawn, trips=_simulated(drawn.trips, planned.trip_ids))
    trips = drawn.trips[["trip_id", "purpose", "group", "departure_s"]].assign(
        planned_departure_s=drawn.trips["departure_s"], answer="", answer_cost_min=0.0, charge_cny=0.0
    )
    if not inputs.road_rules:
        return SimulatedDay(network, supply, drawn.groups, trips, *_last_day(supply, drawn.groups, planned, map_access))
    parameters = response_parameters(traffic.response)
    access = compile_access(supply, network, drawn.groups, inputs.access_rules, day=traffic.day)
    avoiding = avoiding_access(inputs, supply, network, drawn.groups)
    found = concerned_trips(
        inputs,
        drawn=drawn,
        planned=planned,
        supply=supply,
        network=network,
        access=access,
        avoiding=avoiding,
        parameters=parameters,
    )
    answers = respond(found.trips, parameters, seed=seed)
    names = np.array(ANSWERS)[answers.answer]
    spare = spare_group(inputs, drawn.groups)
    rows, groups = found.rows, len(drawn.groups)
    group = trips["group"].to_numpy(dtype=np.int64, copy=True)
    group[rows[names == "other_car"]] = spare[group[rows[names == "other_car"]]]
    # who pays drives as before; everybody else whom a charge concerns keeps off it
    group[rows[np.isin(names, ("reroute", "earlier", "later"))]] += groups
    changed = {"departure_s": answers.departure_s, "answer": names, "answer_cost_min": answers.cost_min}
    for name, values in changed.items():
        column = trips[name].to_numpy(copy=True)
        column[rows] = values
        trips[name] = column
    paid = np.zeros(len(trips))
    paid[rows] = np.where(names == "pay", found.trips.charge_cny, 0.0)
    trips["charge_cny"] = paid
    both = pd.concat([drawn.groups, drawn.groups], ignore_index=True).rename_axis("group")
    driven = ~trips["answer"].isin(NOT_DRIVEN).to_numpy()
    demand = drawn.trips.assign(departure_s=trips["departure_s"], group=group)[driven]
    demand = with_leeway(demand, trips["answer"][driven], parameters, seed=seed)
    closed = doubled(access, avoiding)
    answered = equilibrium(supply, both, demand, closed, network=network, seed=seed, start=planned)
    trips = learned(trips, answered, drawn, parameters)
    last = _last_day(supply, both, answered, closed)
    return SimulatedDay(network, supply, both, trips.assign(group=group), *last)


def _last_day(
    supply: LinkSupply, groups: pd.DataFrame, assignment: Assignment, access: Access
) -> tuple[TrafficResult, pd.DataFrame, PathSet, pd.DataFrame]:
    """Simulate the last day of a search again, told apart by what the accounts ask for; the days come along.

    The same arguments give the same bytes, so it is known before who will be under way at the end: their links are
    recorded, for the audit.
    """
    paths, trips = assignment.paths, assignment.trips
    under_way = np.flatnonzero(np.isnan(assignment.result.arrival_s)).astype(np.int64)
    result = simulate_traffic(supply, groups, paths, trips, access, by=KIND_COLUMNS, sample=under_way)
    return result, assignment.gaps, paths, assignment.left_out


def _simulated(trips: pd.DataFrame, trip_ids: IntArray) -> pd.DataFrame:
    """Return the trips that lead somewhere, in the order of their ids: the rows of an assignment."""
    return trips.set_index("trip_id").loc[trip_ids].rename_axis("trip_id").reset_index()

"""Applying a package: policies in order, what each one changed, and the refusal of contradictions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from transport_sim.errors import PolicyConflictError, PolicyError
from transport_sim.inputs import POLICY_TABLES, Inputs
from transport_sim.measures import AccessRule, FleetMeasure, FreightMeasure, PassengerMeasure, PublicCost, RoadCharge
from transport_sim.policies.base import Policy
from transport_sim.tables.operations import OPERATION_TABLES

KEYS: dict[str, str | list[str]] = {
    "zones": "zone",
    "commodities": "commodity",
    "known_flows": "flow",
    "terminals": "terminal",
    "truck_fleet": ["year", "emission_standard"],
    "vessel_fleet": "navigation_class",
    "parameter_table": "parameter",
    "trip_rates": ["purpose", "area", "quantity"],
    "vehicle_stock": ["year", "vehicle_class", "registration", "technology", "emission_standard"],
    "vehicle_totals": ["year", "vehicle_class"],
    **{name: list(spec.key) for name, spec in OPERATION_TABLES.items()},
}
"""Columns that name a row; nodes and links are named by their index."""


class Change(NamedTuple):
    """One cell that a policy wrote, or a measure that it added (table `measures`)."""

    policy: str
    table: str
    row: str
    column: str
    before: str
    after: str


def apply_package(
    inputs: Inputs, policies: Sequence[Policy], places: Sequence[str] = ()
) -> tuple[Inputs, list[Change]]:
    """Apply the policies that act in the simulated year.

    Parameters
    ----------
    inputs
        Inputs before the package; stay untouched.
    policies
        In order.
    places
        For messages: where each policy is stated; may be shorter.

    Returns
    -------
    The inputs under the package, and every change.

    Raises
    ------
    PolicyError
        If a policy does not fit the inputs, with the place where it is stated.
    PolicyConflictError
        If two policies write different values to one cell.
    """
    changes: list[Change] = []
    written: dict[tuple[str, str, str], tuple[int, str]] = {}
    for number, policy in enumerate(policies):
        place = _place(places, number)
        if policy.from_year > inputs.year:
            continue
        try:
            after = _with_cost(policy, policy.apply(inputs))
        except PolicyError as error:
            raise type(error)(f"{place} ({policy.kind}): {error}") from None
        for change in _differences(policy.kind, inputs, after):
            cell = change.table, change.row, change.column
            whole_row = change.table, change.row, "(row)"
            if whole_row in written and written[whole_row][0] != number:
                other = written[whole_row][0]
                raise PolicyConflictError(
                    f"{place} ({policy.kind}) changes {change.column} of {change.table} {change.row!r}, which "
                    f"{_place(places, other)} ({policies[other].kind}) has {written[whole_row][1]}"
                )
            if cell in written and written[cell][1] != change.after and change.table != "measures":
                other = written[cell][0]
                raise PolicyConflictError(
                    f"{place} ({policy.kind}) and {_place(places, other)} ({policies[other].kind}) both write "
                    f"{change.column} of {change.table} {change.row!r}: {written[cell][1]} against {change.after}"
                )
            written[cell] = (number, change.after)
            changes.append(change)
        inputs = after
    return inputs, changes


def _with_cost(policy: Policy, inputs: Inputs) -> Inputs:
    """Note what a policy costs the public purse."""
    cost = policy.public_cost
    if cost is None:
        return inputs
    noted = PublicCost(
        policy.kind, cost.investment_cny, cost.annual_cost_cny, cost.lifetime_years, cost.discount_rate_per_year
    )
    return replace(inputs, public_costs=(*inputs.public_costs, noted))


def _place(places: Sequence[str], number: int) -> str:
    return places[number] if number < len(places) else f"policies.{number}"


def _differences(kind: str, before: Inputs, after: Inputs) -> list[Change]:
    found = []
    for name in POLICY_TABLES:
        old, new = before.table(name), after.table(name)
        if old is new:
            continue
        if name in KEYS:
            old, new = _by_name(old, KEYS[name]), _by_name(new, KEYS[name])
        found += _changed_cells(kind, name, old, new)
    found += [
        Change(kind, "measures", c.mode, "charge", "", f"{c.cny_per_tkm:+g} CNY/t-km")
        for c in after.charges[len(before.charges) :]
    ]
    for s in after.services[len(before.services) :]:
        offer = f"{s.trains_per_week:g} trains/week of {s.train_net_t:g} t at {s.rate_ratio:g} x tariff"
        found.append(Change(kind, "measures", f"{s.origin_terminal} - {s.destination_terminal}", "service", "", offer))
    for measure in _new_measures(before, after):
        what, where, terms = measure.text
        found.append(Change(kind, "measures", where, what, "", terms))
    for cost in after.public_costs[len(before.public_costs) :]:
        terms = f"{cost.investment_cny:g} CNY and {cost.annual_cost_cny:g} CNY/year: {cost.cny_per_year:g} CNY/year"
        found.append(Change(kind, "measures", kind, "public cost", "", terms))
    for rule in after.access_rules[len(before.access_rules) :]:
        found.append(Change(kind, "measures", rule.place, "access rule", "", f"closed to {_terms(rule)}"))
    for toll in after.road_charges[len(before.road_charges) :]:
        price = f"{toll.cny:g} CNY/{toll.per} for {_terms(toll)}"
        found.append(Change(kind, "measures", toll.place, "road charge", "", price))
    return found


def _new_measures(before: Inputs, after: Inputs) -> list[FreightMeasure | FleetMeasure | PassengerMeasure]:
    """Return what was added for freight, fleets and travellers, in this order."""
    found: list[FreightMeasure | FleetMeasure | PassengerMeasure] = []
    found += after.freight_measures[len(before.freight_measures) :]
    found += after.fleet_measures[len(before.fleet_measures) :]
    found += after.passenger_measures[len(before.passenger_measures) :]
    return found


def _terms(rule: AccessRule | RoadCharge) -> str:
    """Write whom a rule of the road concerns, when, on how many links, and who is free of it."""
    free = "; ".join(map(str, rule.exempt)) or "nobody"
    return f"{rule.who} | {rule.when} | {len(rule.link_ids)} links | exempt: {free}"


def _by_name(frame: pd.DataFrame, key: str | list[str]) -> pd.DataFrame:
    """Index a frame by the column that names its rows, or by the words of several, joined by blanks."""
    if isinstance(key, str):
        return frame.set_index(key)
    return frame.set_axis(pd.Index([" ".join(map(str, row)) for row in frame[key].itertuples(index=False)], dtype=str))


def _changed_cells(kind: str, table: str, old: pd.DataFrame, new: pd.DataFrame) -> list[Change]:
    gone, come = old.index.difference(new.index), new.index.difference(old.index)
    found = [Change(kind, table, str(i), "(row)", "there", "removed") for i in gone]
    found += [Change(kind, table, str(i), "(row)", "", "added") for i in come]
    both = new.index.intersection(old.index)
    left, right = old.loc[both], new.loc[both]
    for column in new.columns:
        a, b = left[column], right[column]
        differ = ~((a == b).fillna(value=False) | (a.isna() & b.isna()))
        found += [Change(kind, table, str(i), str(column), str(a[i]), str(b[i])) for i in both[differ.to_numpy(bool)]]
    return found

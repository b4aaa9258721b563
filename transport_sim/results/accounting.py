"""Energy, emissions and cost of what was simulated: arithmetic on the records."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transport_sim.choice.chains import MAIN_MODE, Skims
from transport_sim.choice.freight_mode import ChainCosts
from transport_sim.demand.shipments import Shipments
from transport_sim.inputs import Inputs
from transport_sim.months import months_of
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.results.chain_ledger import chain_ledger
from transport_sim.results.footprint import (
    add_footprint,
    add_hub_footprint,
    by_carrier,
    by_class,
    place_names,
)
from transport_sim.results.link_emissions import link_co2e_kg
from transport_sim.results.lock_use import lock_use
from transport_sim.results.monthly import monthly
from transport_sim.results.road_rows import Rows, each_alone, road_legs, row_ids, rows_by_month
from transport_sim.results.schemas import checked
from transport_sim.results.truck_rates import RouteRates
from transport_sim.results.visits import facility_tables
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.simulation.records import LegRecord
from transport_sim.tables.freight import CHAINS
from transport_sim.units import SECONDS_PER_DAY


def account(
    inputs: Inputs,
    skims: Skims,
    records: Records,
    *,
    plan: Plan,
    shipments: Shipments,
    chain: IntArray,
    costs: ChainCosts | Sequence[ChainCosts],
) -> dict[str, pd.DataFrame]:
    """Turn the records of a run into its result tables (all but indicators and audit).

    `costs` are one set, or those of every month. In a run with dates consignments by road alone are added up by month,
    relation, commodity and truck class.
    """
    month = months_of(shipments.release_s, plan.calendar_start_day)
    rows = each_alone(len(month))
    if plan.calendar_start_day is not None and records.road is not None:
        rows = rows_by_month(shipments, month, records.road.plan.position)
    table = _shipments(inputs, records, rows=rows, shipments=shipments, chain=chain, month=month, costs=costs)
    legs, loads = _recorded(records, rows)
    legs["month"] = months_of(legs["depart_s"], plan.calendar_start_day)
    rates = _measure(inputs, skims, legs)
    ids = table["shipment_id"].to_numpy()
    handled = _handled(records)
    hubs = _hubs(inputs, handled)
    emissions = by_class(legs, hubs)
    facilities, waits = facility_tables(plan, records, float(shipments.release_s.max(initial=0.0)))
    aboard = pd.DataFrame({"leg_id": loads["leg_id"], "shipment_id": ids[loads["row"]]})
    tables = {
        "shipments": table,
        "legs": legs,
        "loads": aboard,
        "hubs": hubs,
        "activity": _activity(legs, loads, table),
        "emissions": emissions,
        "contributions": by_carrier(inputs, emissions),
        "ledger": chain_ledger(
            inputs,
            skims,
            legs=legs,
            loads=aboard,
            shipments=table,
            handlings=handled.assign(shipment_id=ids[rows.row[handled["shipment"].to_numpy(dtype=np.int64)]]),
            hubs=hubs,
        ),
        "link_flows": _link_flows(inputs, skims, legs, rates),
        "facilities": facilities,
        "locks": lock_use(plan.locks, records.lockages),
        "monthly": monthly(skims, legs=legs, shipments=table, facilities=facilities, waits=waits),
    }
    del table, legs, loads, aboard  # not two copies of a year at once
    for name in list(tables):
        tables[name] = checked(name, tables[name])
    return tables


def _shipments(
    inputs: Inputs,
    records: Records,
    *,
    rows: Rows,
    shipments: Shipments,
    chain: IntArray,
    month: IntArray,
    costs: ChainCosts | Sequence[ChainCosts],
) -> pd.DataFrame:
    """Return the table of consignments; times are means by tonnes where a row stands for several."""
    goods, zones = inputs.commodities["commodity"].to_numpy(), inputs.zones["zone"].to_numpy()
    tonnes_t, at = shipments.tonnes_t, rows.first
    delivered_s = np.full(len(month), np.nan)
    delivered_s[list(records.delivered_s)] = list(records.delivered_s.values())
    if records.road is not None:
        delivered_s[records.road.plan.position] = records.road.delivered_s
    where = chain[at], shipments.commodity[at], shipments.origin[at], shipments.destination[at]
    row_t = rows.sums(tonnes_t)
    kind = (costs if isinstance(costs, ChainCosts) else costs[0]).kind[chain[at]]
    return pd.DataFrame(
        {
            "shipment_id": row_ids(shipments, rows, month),
            "month": month[at],
            "commodity": goods[shipments.commodity[at]],
            "origin": zones[shipments.origin[at]],
            "destination": zones[shipments.destination[at]],
            "consignments_count": rows.count,
            "tonnes_t": row_t,
            "chain": np.array(CHAINS)[kind],
            "main_mode": np.array(MAIN_MODE)[kind],
            "release_s": rows.means(shipments.release_s, tonnes_t),
            "delivered_s": rows.means(delivered_s, tonnes_t),
            "cost_cny": _of_month(costs, "money_cny_per_t", month[at], where) * row_t,
            "charge_cny": _of_month(costs, "charge_cny_per_t", month[at], where) * row_t,
        }
    )


def _of_month(
    costs: ChainCosts | Sequence[ChainCosts], name: str, month: IntArray, where: tuple[IntArray, ...]
) -> FloatArray:
    """Return a cost per tonne, that of the month where there is one set for each."""
    sets = [costs] if isinstance(costs, ChainCosts) else costs
    if len(sets) == 1:
        return np.asarray(getattr(sets[0], name)[where])
    found = np.zeros(len(month))
    for number, of_month in enumerate(sets, 1):
        here = month == number
        found[here] = getattr(of_month, name)[tuple(w[here] for w in where)]
    return found


def _recorded(records: Records, rows: Rows) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all legs as recorded, and leg_id and row of the consignments aboard."""
    legs = pd.DataFrame(records.legs, columns=list(LegRecord._fields)).assign(movements_count=1)
    loads = pd.DataFrame(records.loads, columns=["leg_id", "position"]).astype("int64")
    loads["row"] = rows.row[loads.pop("position").to_numpy()]
    if records.road is not None:
        by_road, aboard = road_legs(records.road, rows)
        loads["leg_id"] += len(by_road)
        alone = pd.DataFrame({"leg_id": np.arange(len(aboard)), "row": aboard})
        legs = pd.concat([f for f in (by_road, legs) if len(f)], ignore_index=True)
        loads = pd.concat([alone, loads], ignore_index=True)
    return legs, loads


def truck_legs_of_day(inputs: Inputs, skims: Skims, records: Records, day: int) -> pd.DataFrame:
    """Return the truck legs that depart on a day of the run, one row each, with times from its midnight.

    Columns mode, vehicle_class, from_place, to_place, depart_s and vehicle_count. The table `legs` of a run with dates
    does not have them: it adds up consignments by road alone.
    """
    legs, _ = _recorded(records, each_alone(_consignments_count(records)))
    legs["depart_s"] -= day * SECONDS_PER_DAY
    legs = legs[(legs["mode"] == "road") & legs["depart_s"].between(0.0, SECONDS_PER_DAY, inclusive="left")]
    known = np.array([*place_names(inputs, skims)["road"], ""], dtype=object)
    legs["from_place"], legs["to_place"] = (known[legs[end].to_numpy()] for end in ("start", "end"))
    return legs[["mode", "vehicle_class", "from_place", "to_place", "depart_s", "vehicle_count"]]


def _consignments_count(records: Records) -> int:
    alone = 0 if records.road is None else len(records.road.plan)
    return len(records.delivered_s) + alone


def _measure(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> RouteRates:
    """Write places, distances and the footprint into the legs."""
    km = {"road": skims.road_km, "rail": skims.rail_km, "waterway": skims.water_km}
    inside = np.zeros(len(legs))
    start, end, mode = (legs[name].to_numpy() for name in ("start", "end", "mode"))
    places = np.full((2, len(legs)), "", dtype=object)
    for name, known in place_names(inputs, skims).items():
        here = (mode == name) & (start >= 0)
        inside[here] = km[name][start[here], end[here]]
        for row, at in enumerate((start, end)):
            places[row, here] = np.array(known, dtype=object)[at[here]]
    legs["from_place"], legs["to_place"] = places
    legs["leg_id"] = np.arange(len(legs))
    legs["distance_km"] = inside + legs["beyond_km"]
    legs["activity_tkm"] = legs["payload_t"] * legs["distance_km"]
    legs["vkm"] = legs["vehicle_count"] * legs["distance_km"]
    return add_footprint(inputs, skims, legs)


def _handled(records: Records) -> pd.DataFrame:
    """Return what cranes move between modes; a customer's own loading bay is no hub."""
    handled = pd.DataFrame(records.handlings, columns=["terminal", "shipment", "tonnes_t"])
    handled = handled.astype({"terminal": str, "tonnes_t": float})  # a run without any handling has no types of its own
    handled = handled[handled["terminal"].str.startswith("crane:")]
    return handled.assign(terminal=handled["terminal"].str.removeprefix("crane:").astype(str))


def _hubs(inputs: Inputs, handled: pd.DataFrame) -> pd.DataFrame:
    hubs = handled.groupby("terminal", sort=True)["tonnes_t"].sum().reset_index()
    add_hub_footprint(inputs, hubs)
    return hubs


def _activity(legs: pd.DataFrame, loads: pd.DataFrame, shipments: pd.DataFrame) -> pd.DataFrame:
    aboard = pd.DataFrame(
        {
            "mode": legs["mode"].to_numpy()[loads["leg_id"]],
            "commodity": shipments["commodity"].to_numpy()[loads["row"]],
            "activity_tkm": legs["distance_km"].to_numpy()[loads["leg_id"]]
            * shipments["tonnes_t"].to_numpy()[loads["row"]],
        }
    )
    moved = aboard.groupby(["mode", "commodity"])["activity_tkm"].sum()
    counted = shipments.groupby(["main_mode", "commodity"])["tonnes_t"].sum().rename_axis(["mode", "commodity"])
    return pd.concat([counted, moved], axis=1).fillna(0.0).sort_index().reset_index()


def _link_flows(inputs: Inputs, skims: Skims, legs: pd.DataFrame, rates: RouteRates) -> pd.DataFrame:
    links = skims.network.links
    vehicles, payload = np.zeros(len(links)), np.zeros(len(links))
    for mode, paths in (("road", skims.road), ("rail", skims.rail), ("waterway", skims.water)):
        part = legs[(legs["mode"] == mode) & (legs["start"] >= 0)]
        route = part["start"].to_numpy() * paths.cost.shape[1] + part["end"].to_numpy()
        count = paths.cost.size
        vehicles += paths.incidence.T @ np.bincount(route, part["vehicle_count"], count)
        payload += paths.incidence.T @ np.bincount(route, part["payload_t"], count)
    flows = pd.DataFrame(
        {
            "link_id": links.index.to_numpy(),
            "mode": links["mode"].to_numpy(),
            "vehicle_count": vehicles,
            "payload_t": payload,
            "co2e_wtw_kg": link_co2e_kg(inputs, skims, legs, rates),
        }
    )
    return flows[flows["vehicle_count"] > 0].reset_index(drop=True)

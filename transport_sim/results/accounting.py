"""Energy, emissions and cost of what was simulated: arithmetic on the records."""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import MAIN_MODE, Skims
from transport_sim.choice.freight_mode import ChainCosts
from transport_sim.demand.shipments import Shipments
from transport_sim.inputs import Inputs
from transport_sim.randomness import IntArray
from transport_sim.results.chain_ledger import chain_ledger
from transport_sim.results.footprint import (
    RouteRates,
    add_footprint,
    add_hub_footprint,
    by_carrier,
    by_class,
    place_names,
)
from transport_sim.results.link_emissions import link_co2e_kg
from transport_sim.results.schemas import checked
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.tables import CHAINS
from transport_sim.units import SECONDS_PER_HOUR


def account(
    inputs: Inputs,
    skims: Skims,
    records: Records,
    *,
    plan: Plan,
    shipments: Shipments,
    chain: IntArray,
    costs: ChainCosts,
) -> dict[str, pd.DataFrame]:
    """Turn the records of a run into its result tables (all but indicators and audit)."""
    legs, rates = _legs(inputs, skims, records)
    ids = shipments.shipment_id
    loads = pd.DataFrame(records.loads, columns=["leg_id", "position"])
    goods, zones = inputs.commodities["commodity"].to_numpy(), inputs.zones["zone"].to_numpy()
    at = chain, shipments.commodity, shipments.origin, shipments.destination
    table = pd.DataFrame(
        {
            "shipment_id": ids,
            "commodity": goods[shipments.commodity],
            "origin": zones[shipments.origin],
            "destination": zones[shipments.destination],
            "tonnes_t": shipments.tonnes_t,
            "chain": np.array(CHAINS)[chain],
            "main_mode": np.array(MAIN_MODE)[chain],
            "release_s": shipments.release_s,
            "delivered_s": [records.delivered_s.get(n, np.nan) for n in range(len(ids))],
            "cost_cny": costs.money_cny_per_t[at] * shipments.tonnes_t,
            "charge_cny": costs.charge_cny_per_t[at] * shipments.tonnes_t,
        }
    )
    handled = _handled(records)
    hubs = _hubs(inputs, handled)
    emissions = by_class(legs, hubs)
    aboard = pd.DataFrame({"leg_id": loads["leg_id"], "shipment_id": ids[loads["position"].to_numpy(dtype=np.int64)]})
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
            handlings=handled.assign(shipment_id=ids[handled["shipment"].to_numpy(dtype=np.int64)]),
            hubs=hubs,
        ),
        "link_flows": _link_flows(inputs, skims, legs, rates),
        "facilities": _facilities(plan, records, float(shipments.release_s.max(initial=0.0))),
    }
    return {name: checked(name, frame) for name, frame in tables.items()}


def _legs(inputs: Inputs, skims: Skims, records: Records) -> tuple[pd.DataFrame, RouteRates]:
    legs = pd.DataFrame(records.legs)
    km = {"road": skims.road_km, "rail": skims.rail_km, "waterway": skims.water_km}
    inside = np.zeros(len(legs))
    legs["from_place"], legs["to_place"] = "", ""
    for mode, names in place_names(inputs, skims).items():
        here = ((legs["mode"] == mode) & (legs["start"] >= 0)).to_numpy()
        inside[here] = km[mode][legs.loc[here, "start"], legs.loc[here, "end"]]
        legs.loc[here, "from_place"] = np.array(names, dtype=object)[legs.loc[here, "start"]]
        legs.loc[here, "to_place"] = np.array(names, dtype=object)[legs.loc[here, "end"]]
    legs["leg_id"] = np.arange(len(legs))
    legs["distance_km"] = inside + legs["beyond_km"]
    legs["activity_tkm"] = legs["payload_t"] * legs["distance_km"]
    legs["vkm"] = legs["vehicle_count"] * legs["distance_km"]
    return legs, add_footprint(inputs, skims, legs)


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
            "commodity": shipments["commodity"].to_numpy()[loads["position"]],
            "activity_tkm": legs["distance_km"].to_numpy()[loads["leg_id"]]
            * shipments["tonnes_t"].to_numpy()[loads["position"]],
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


def _facilities(plan: Plan, records: Records, until_s: float) -> pd.DataFrame:
    """Sum up the visits that begin while goods are still released: the emptying afterwards is no ordinary day."""
    waits = pd.DataFrame(records.waits, columns=["facility", "arrive_s", "wait_s", "service_s"])
    waits = waits[waits["arrive_s"] <= until_s]
    kinds = pd.DataFrame(
        [(p.facility, p.kind, p.capacity_count) for p in plan.facilities],
        columns=["facility", "kind", "capacity_count"],
    )
    by = waits.groupby("facility").agg(
        visits_count=("wait_s", "size"),
        wait_h=("wait_s", "sum"),
        longest_wait_h=("wait_s", "max"),
        busy_h=("service_s", "sum"),
    )
    by[["wait_h", "longest_wait_h", "busy_h"]] /= SECONDS_PER_HOUR
    table = kinds.merge(by, left_on="facility", right_index=True, how="left").fillna(
        {"visits_count": 0, "wait_h": 0.0, "longest_wait_h": 0.0, "busy_h": 0.0}
    )
    return table.astype({"visits_count": "int64"}).sort_values("facility", ignore_index=True)

"""Energy, emissions and cost of what was simulated: arithmetic on the records."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.choice.chains import MAIN_MODE, Skims, outside_speed_kmh, road_speeds_kmh
from transport_sim.choice.freight_mode import ChainCosts
from transport_sim.demand.shipments import TRUCK_CLASSES, Shipments, truck_capacities_t
from transport_sim.emissions.exhaust import fuel_based_pollutants_g, hdv_pollutants_rolling_g_per_km
from transport_sim.emissions.lifecycle import lifecycle_co2e_kg, road_ch4_n2o_co2e_kg
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.hub import handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh
from transport_sim.energy.road import hdv_energy_rolling_mj_per_km
from transport_sim.energy.vessel import vessel_fuel_kg
from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.results.schemas import EMISSION_FIELDS, checked
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.tables import CHAINS, shares_at_year
from transport_sim.units import SECONDS_PER_HOUR

LOADS = np.array([0.0, 0.5, 1.0])
"""Load ratios at which the road functions have curves; in between they are linear."""

MAX_GRADIENT = 0.06
"""Steepest slope of the road functions; steeper roads are taken at it."""

POLLUTANTS = ("nox_g", "pm2_5_g", "pm10_g", "co_g", "hc_g")


@dataclass(frozen=True)
class RouteRates:
    """Energy and pollutants of one truck over each route of the road skim, shape (routes + 1, classes, loads).

    The last row is one kilometre outside the map.
    """

    energy_mj: FloatArray
    pollutants_g: dict[str, FloatArray]


def fleet_shares(inputs: Inputs) -> pd.Series:
    """Return the share of each emission standard in truck kilometres, linear between the given years."""
    return shares_at_year(inputs.truck_fleet, ["emission_standard"], inputs.year)


def route_rates(inputs: Inputs, skims: Skims) -> RouteRates:
    """Evaluate the road functions once per link, class, load and standard, and add them up along the routes."""
    links = skims.network.links
    on_road = links["mode"].isin(["road", "transfer"]).to_numpy()
    speed = np.append(road_speeds_kmh(inputs, links)[on_road], outside_speed_kmh(inputs))
    gradient = np.append(links["gradient_ratio"].fillna(0.0).to_numpy(float)[on_road], 0.0).clip(0.0, MAX_GRADIENT)
    km = links["length_km"].to_numpy(float)[on_road]
    incidence = skims.road.incidence[:, np.flatnonzero(on_road)]
    names = ("energy_mj", *POLLUTANTS)
    routes = {n: np.zeros((incidence.shape[0] + 1, len(TRUCK_CLASSES), len(LOADS))) for n in names}
    for c, vehicle_class in enumerate(TRUCK_CLASSES):
        per_km = {n: np.zeros((len(speed), len(LOADS))) for n in names}
        for standard, share in fleet_shares(inputs).items():
            if share == 0.0:
                continue
            how: dict[str, Any] = {"vehicle_class": vehicle_class, "emission_standard": str(standard)}
            how |= {"speed_kmh": speed[:, None], "load_ratio": LOADS[None, :], "gradient_ratio": gradient[:, None]}
            per_km["energy_mj"] += share * hdv_energy_rolling_mj_per_km(inputs.factors, **how)
            exhaust = hdv_pollutants_rolling_g_per_km(inputs.factors, **how)
            for name in POLLUTANTS:
                per_km[name] += share * getattr(exhaust, f"{name}_per_km")
        for name in names:
            routes[name][:-1, c] = incidence @ (per_km[name][:-1] * km[:, None])
            routes[name][-1, c] = per_km[name][-1]
    return RouteRates(routes.pop("energy_mj"), routes)


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
    legs = _legs(inputs, skims, records)
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
    hubs = _hubs(inputs, records)
    tables = {
        "shipments": table,
        "legs": legs,
        "loads": pd.DataFrame(
            {"leg_id": loads["leg_id"], "shipment_id": ids[loads["position"].to_numpy(dtype=np.int64)]}
        ),
        "hubs": hubs,
        "activity": _activity(legs, loads, table),
        "emissions": _emissions(legs, hubs),
        "link_flows": _link_flows(skims, records),
        "facilities": _facilities(plan, records, float(shipments.release_s.max(initial=0.0))),
    }
    return {name: checked(name, frame) for name, frame in tables.items()}


def _legs(inputs: Inputs, skims: Skims, records: Records) -> pd.DataFrame:
    legs = pd.DataFrame(records.legs)
    places = {
        "road": [*inputs.zones["zone"], *skims.rail_terminals["terminal"], *skims.ports["terminal"]],
        "rail": list(skims.rail_terminals["terminal"]),
        "waterway": list(skims.ports["terminal"]),
    }
    km = {"road": skims.road_km, "rail": skims.rail_km, "waterway": skims.water_km}
    inside = np.zeros(len(legs))
    legs["from_place"], legs["to_place"] = "", ""
    for mode, names in places.items():
        here = ((legs["mode"] == mode) & (legs["start"] >= 0)).to_numpy()
        inside[here] = km[mode][legs.loc[here, "start"], legs.loc[here, "end"]]
        legs.loc[here, "from_place"] = np.array(names, dtype=object)[legs.loc[here, "start"]]
        legs.loc[here, "to_place"] = np.array(names, dtype=object)[legs.loc[here, "end"]]
    legs["leg_id"] = np.arange(len(legs))
    legs["distance_km"] = inside + legs["beyond_km"]
    legs["activity_tkm"] = legs["payload_t"] * legs["distance_km"]
    legs["vkm"] = legs["vehicle_count"] * legs["distance_km"]
    for name in EMISSION_FIELDS:
        legs[name] = 0.0
    _account_road(inputs, skims, legs, inside)
    _account_rail(inputs, skims, legs)
    _account_water(inputs, legs)
    return legs


def _account_road(inputs: Inputs, skims: Skims, legs: pd.DataFrame, inside_km: FloatArray) -> None:
    rates = route_rates(inputs, skims)
    road = (legs["mode"] == "road").to_numpy()
    part = legs[road]
    classes = part["vehicle_class"].map({c: i for i, c in enumerate(TRUCK_CLASSES)}).to_numpy(dtype=np.int64)
    capacity = truck_capacities_t(inputs)
    load = np.minimum(part["payload_t"].to_numpy() / part["vehicle_count"].to_numpy() / capacity[classes], 1.0)
    start, end = part["start"].to_numpy(), part["end"].to_numpy()
    places = skims.road_km.shape[0]
    route = np.where(start >= 0, start * places + end, places * places)
    inside, beyond = inside_km[road], part["beyond_km"].to_numpy()
    # beyond the map a truck drives as on its route inside; a leg wholly outside uses the row for one kilometre
    stretch = np.where(start >= 0, 1.0 + np.divide(beyond, inside, out=np.zeros_like(beyond), where=inside > 0), beyond)
    trucks = part["vehicle_count"].to_numpy() * stretch
    lower = np.minimum((load * 2.0).astype(np.int64), 1)
    weight = load * 2.0 - lower

    def per_leg(table: FloatArray) -> FloatArray:
        low, high = table[route, classes, lower], table[route, classes, lower + 1]
        return np.asarray(trucks * (low + (high - low) * weight))

    diesel = fuel_kg(inputs.factors, per_leg(rates.energy_mj))
    extra = np.zeros(len(part))
    for c, name in enumerate(TRUCK_CLASSES):
        extra[classes == c] = road_ch4_n2o_co2e_kg(inputs.factors, name, part["vkm"].to_numpy()[classes == c])
    _write(legs, road, carbon(inputs, diesel_kg=diesel, methane_and_n2o_kg=extra))
    _write(legs, road, {name: per_leg(table) for name, table in rates.pollutants_g.items()})


def _account_rail(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> None:
    """Electric where there is a wire, diesel elsewhere; beyond the map, on main lines, electric."""
    rail = (legs["mode"] == "rail").to_numpy()
    part = legs[rail]
    at = part["start"].to_numpy(), part["end"].to_numpy()
    wire_km = skims.rail_electric_km[at] + part["beyond_km"].to_numpy()
    gross_t = part["gross_t"].to_numpy()
    kwh = traction_electricity_kwh(inputs.factors, gross_t * wire_km)
    diesel = traction_diesel_kg(inputs.factors, gross_t * (part["distance_km"].to_numpy() - wire_km).clip(0.0))
    exhaust = fuel_based_pollutants_g(inputs.factors, "diesel_locomotive", diesel)
    _write(legs, rail, carbon(inputs, diesel_kg=diesel, electricity_kwh=kwh) | exhaust._asdict())


def _account_water(inputs: Inputs, legs: pd.DataFrame) -> None:
    """Burn fuel on loaded legs only: the class intensities contain the empty return."""
    for vessel_class in legs.loc[legs["mode"] == "waterway", "vehicle_class"].unique():
        here = ((legs["mode"] == "waterway") & (legs["vehicle_class"] == vessel_class)).to_numpy()
        diesel = vessel_fuel_kg(
            inputs.factors, legs.loc[here, "activity_tkm"].to_numpy(), vessel_class, energy_carrier="diesel"
        )
        exhaust = fuel_based_pollutants_g(inputs.factors, "inland_vessel", diesel)
        _write(legs, here, carbon(inputs, diesel_kg=diesel) | exhaust._asdict())


def carbon(
    inputs: Inputs,
    *,
    diesel_kg: FloatArray | None = None,
    electricity_kwh: FloatArray | None = None,
    methane_and_n2o_kg: FloatArray | float = 0.0,
) -> dict[str, FloatArray | float]:
    """Return energy and greenhouse gases of fuel and electricity, by result column. [kg, kWh]."""
    found: dict[str, FloatArray | float] = {
        "co2_ttw_kg": 0.0,
        "co2e_ttw_kg": methane_and_n2o_kg,
        "co2e_wtt_kg": 0.0,
        "co2e_wtw_kg": methane_and_n2o_kg,
    }
    for carrier, column, amount in (
        ("diesel", "diesel_kg", diesel_kg),
        ("electricity", "electricity_kwh", electricity_kwh),
    ):
        if amount is None:
            continue
        stages = lifecycle_co2e_kg(inputs.factors, carrier, amount, grid_region=inputs.grid_region, year=inputs.year)
        found[column] = amount
        for name in ("co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg"):
            found[name] = found[name] + getattr(stages, name)
    return found


def _write(legs: pd.DataFrame, rows: BoolArray, columns: dict[str, FloatArray | float]) -> None:
    for name, values in columns.items():
        legs.loc[rows, name] = values


def _hubs(inputs: Inputs, records: Records) -> pd.DataFrame:
    """Account for the goods that cranes move between modes; a customer's own loading bay is no hub."""
    handled = pd.DataFrame(records.handlings, columns=["terminal", "shipment", "tonnes_t"])
    handled = handled.astype({"terminal": str, "tonnes_t": float})  # a run without any handling has no types of its own
    handled = handled[handled["terminal"].str.startswith("crane:")]
    hubs = handled.groupby("terminal", sort=True)["tonnes_t"].sum().reset_index()
    hubs["terminal"] = hubs["terminal"].str.removeprefix("crane:").astype(str)
    for name in EMISSION_FIELDS:
        hubs[name] = 0.0
    diesel = handling_fuel_kg(inputs.factors, hubs["tonnes_t"].to_numpy(float))
    _write(hubs, np.ones(len(hubs), dtype=bool), carbon(inputs, diesel_kg=diesel))
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


def _emissions(legs: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    columns = ["activity_tkm", "vkm", *EMISSION_FIELDS]
    moved = legs.groupby(["mode", "vehicle_class"])[columns].sum().reset_index()
    handled = (
        hubs[list(EMISSION_FIELDS)]
        .sum()
        .to_frame()
        .T.assign(mode="hub", vehicle_class="hub", activity_tkm=0.0, vkm=0.0)
    )
    return pd.concat([moved, handled], ignore_index=True)


def _link_flows(skims: Skims, records: Records) -> pd.DataFrame:
    legs = pd.DataFrame(records.legs)
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

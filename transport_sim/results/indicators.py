"""Indicators: the few numbers by which packages are compared, for a whole year."""

import pandas as pd

from transport_sim.choice.response import ANSWERS
from transport_sim.emissions.lifecycle import energy_tce
from transport_sim.inputs import Inputs
from transport_sim.results.fleet_accounts import fleet_indicators
from transport_sim.results.footprint import FUELS, carbon
from transport_sim.results.passenger_modes import passenger_indicators
from transport_sim.results.traffic_accounts import traffic_indicators
from transport_sim.results.truck_hours import truck_h
from transport_sim.units import G_PER_T, KG_PER_T, SECONDS_PER_HOUR

MODES = ("road", "rail", "waterway")

HIGHER_IS_BETTER = (
    *("freight_tonnes_rail", "freight_tonnes_waterway", "activity_tkm_rail", "activity_tkm_waterway"),
    *("traffic_speed_kmh", "traffic_peak_speed_kmh", "bus_mode_share"),
    *("fleet_electric_share_bus", "fleet_electric_share_taxi"),
)
"""For every other indicator less is better, save these."""

NEUTRAL = (
    "freight_tonnes",
    "activity_tkm",
    "charge_cny",
    "electricity_kwh",
    *("fuel_t_lng", "fuel_t_methanol", "fuel_t_hydrogen", "public_cost_cny"),
    *(f"co2e_wtw_t_{m}" for m in (*MODES, "hub")),
    *("traffic_trips", "traffic_electricity_kwh", "traffic_restricted_trips", "traffic_gap_ratio"),
    *(f"traffic_trips_{answer}" for answer in ANSWERS),
    *("fleet_electricity_kwh", "fleet_vkm"),
)
"""More or less of them is neither better nor worse by itself: a toll's income, the electricity of trains."""


def indicators(inputs: Inputs, tables: dict[str, pd.DataFrame], annual_factor: float) -> pd.DataFrame:
    """Condense the tables of a run.

    Parameters
    ----------
    inputs
        Inputs of the run.
    tables
        Its result tables, for the simulated period.
    annual_factor
        Years' worth of the period: 365 / simulated days. [-]

    Returns
    -------
    Columns indicator, unit, value. Amounts are annual; times and shares are means of the period. `queue_h_*` is the
    mean wait per visit at the facilities of a kind; `*_on_map` leaves out what arises on the way beyond the map.
    """
    legs, shipments, activity, emissions = (tables[n] for n in ("legs", "shipments", "activity", "emissions"))
    rows: list[tuple[str, str, float]] = []
    for quantity, column, unit in (("freight_tonnes", "tonnes_t", "t"), ("activity_tkm", "activity_tkm", "t-km")):
        by_mode = activity.groupby("mode")[column].sum() * annual_factor
        rows.append((quantity, unit, float(by_mode.sum())))
        rows += [(f"{quantity}_{mode}", unit, float(by_mode.get(mode, 0.0))) for mode in MODES]
    total = emissions.drop(columns=["mode", "vehicle_class"]).sum() * annual_factor
    by_mode = emissions.groupby("mode")["co2e_wtw_kg"].sum() * annual_factor / KG_PER_T
    tce = sum(
        float(energy_tce(inputs.factors, c, total[n]))
        for c, n in (*((fuel, f"{fuel}_kg") for fuel in FUELS), ("electricity", "electricity_kwh"))
        if total[n]
    )
    rows += [
        ("fuel_t", "t", sum(total[f"{fuel}_kg"] for fuel in FUELS) / KG_PER_T),
        *((f"fuel_t_{fuel}", "t", total[f"{fuel}_kg"] / KG_PER_T) for fuel in FUELS),
        ("electricity_kwh", "kWh", total["electricity_kwh"]),
        ("energy_tce", "tce", tce),
        ("co2e_wtw_t", "t", total["co2e_wtw_kg"] / KG_PER_T),
        *((f"co2e_wtw_t_{mode}", "t", float(by_mode.get(mode, 0.0))) for mode in (*MODES, "hub")),
        ("co2e_wtt_t", "t", total["co2e_wtt_kg"] / KG_PER_T),
        ("co2e_ttw_t", "t", total["co2e_ttw_kg"] / KG_PER_T),
        ("co2_ttw_t", "t", total["co2_ttw_kg"] / KG_PER_T),
        *((f"{name}_t", "t", total[f"{name}_g"] / G_PER_T) for name in ("nox", "pm2_5", "pm10", "co", "hc")),
        ("cost_cny", "CNY", float(shipments["cost_cny"].sum()) * annual_factor),
        ("resource_cost_cny", "CNY", float((shipments["cost_cny"] - shipments["charge_cny"]).sum()) * annual_factor),
        ("charge_cny", "CNY", float(shipments["charge_cny"].sum()) * annual_factor),
        ("public_cost_cny", "CNY", float(sum(cost.cny_per_year for cost in inputs.public_costs))),
    ]
    hubs, on_map = tables["hubs"], _on_map(inputs, legs)
    rows += [
        (name, "t", float(on_map[column].sum() + hubs[column].sum()) * annual_factor / unit)
        for name, column, unit in (
            ("co2e_wtw_t_on_map", "co2e_wtw_kg", KG_PER_T),
            ("nox_t_on_map", "nox_g", G_PER_T),
            ("pm2_5_t_on_map", "pm2_5_g", G_PER_T),
        )
    ]
    hours = (shipments["delivered_s"] - shipments["release_s"]) / SECONDS_PER_HOUR
    trucks = legs[legs["mode"] == "road"]
    rows += [
        ("mean_door_to_door_h", "h", float((hours * shipments["tonnes_t"]).sum() / shipments["tonnes_t"].sum())),
        ("mean_road_haul_km", "km", _mean_road_haul_km(tables)),
        ("truck_h", "h", truck_h(inputs, trucks) * annual_factor),
        ("truck_vkm", "km", float(trucks["vkm"].sum()) * annual_factor),
        ("empty_share", "-", float(trucks.loc[~trucks["loaded"], "vkm"].sum() / trucks["vkm"].sum())),
        ("intensity_g_per_tkm", "g/t-km", 1000.0 * total["co2e_wtw_kg"] / total["activity_tkm"]),
    ]
    kinds = tables["facilities"].groupby("kind")[["wait_h", "visits_count"]].sum()
    rows += [
        (f"queue_h_{kind}", "h", float(row["wait_h"] / row["visits_count"]) if row["visits_count"] else 0.0)
        for kind, row in kinds.iterrows()
    ]
    if "traffic_links" in tables:
        rows += traffic_indicators(tables)
    if inputs.fleets is not None and "fleet_energy" in tables:
        rows += fleet_indicators(inputs, tables, days=inputs.fleets.days)
    if "passenger_modes" in tables:
        rows += passenger_indicators(tables)
    return pd.DataFrame(rows, columns=["indicator", "unit", "value"])


def _on_map(inputs: Inputs, legs: pd.DataFrame) -> pd.DataFrame:
    """Return what the legs emit on the map: by distance, but of trains all save the electricity drawn outside."""
    share = 1.0 - (legs["beyond_km"] / legs["distance_km"].where(legs["distance_km"] > 0, 1.0)).clip(0.0, 1.0)
    share = share.where(legs["mode"] != "rail", 1.0)
    kwh = legs["electricity_beyond_kwh"].to_numpy(float)
    outside = carbon(inputs, electricity_kwh=kwh, electricity_beyond_kwh=kwh)
    return pd.DataFrame(
        {
            "co2e_wtw_kg": (legs["co2e_wtw_kg"] - outside["co2e_wtw_kg"]).clip(lower=0.0) * share,
            "nox_g": legs["nox_g"] * share,
            "pm2_5_g": legs["pm2_5_g"] * share,
        }
    )


def _mean_road_haul_km(tables: dict[str, pd.DataFrame]) -> float:
    """Return the mean distance of goods that go by road all the way, without drayage. [km]."""
    by_road = tables["shipments"].loc[tables["shipments"]["chain"] == "road", ["shipment_id", "tonnes_t"]]
    on_leg = tables["loads"].merge(by_road, on="shipment_id")
    km = tables["legs"]["distance_km"].to_numpy()[on_leg["leg_id"]]
    return float((km * on_leg["tonnes_t"]).sum() / by_road["tonnes_t"].sum())

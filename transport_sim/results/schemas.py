"""The written schema of every result table; the data dictionary is made from it.

All amounts are those of the simulated period. Annual figures are made in one place, `indicators`.
"""

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.results.fields import Field
from transport_sim.results.fleet_schemas import FLEET_TABLES

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema


RUN_KEYS = {
    "scenario": Field("str", "scenario name"),
    "year": Field("int64", "simulated year"),
    "replication": Field("int64", "replication, from 0"),
}

EMISSION_FIELDS = {
    "diesel_kg": Field("float64", "diesel burnt [kg]"),
    "lng_kg": Field("float64", "liquefied natural gas burnt [kg]"),
    "methanol_kg": Field("float64", "methanol burnt [kg]"),
    "hydrogen_kg": Field("float64", "hydrogen used by fuel cells [kg]"),
    "electricity_kwh": Field("float64", "electricity at the meter [kWh]"),
    "electricity_beyond_kwh": Field("float64", "part of it drawn outside the map, from another grid [kWh]"),
    "co2_ttw_kg": Field("float64", "CO2 of the exhaust [kg]"),
    "co2e_ttw_kg": Field("float64", "CO2e of the exhaust, tank to wheel [kg]"),
    "co2e_wtt_kg": Field("float64", "CO2e of energy supply, well to tank [kg]"),
    "co2e_wtw_kg": Field("float64", "CO2e, well to wheel [kg]"),
    "nox_g": Field("float64", "nitrogen oxides [g]"),
    "pm2_5_g": Field("float64", "exhaust particles below 2.5 micrometres [g]"),
    "pm10_g": Field("float64", "exhaust particles below 10 micrometres [g]"),
    "co_g": Field("float64", "carbon monoxide [g]"),
    "hc_g": Field("float64", "hydrocarbons [g]"),
}

TRAFFIC_SUMS = {
    "energy_mj": Field("float64", "fuel and electricity together [MJ]"),
    "electricity_kwh": Field("float64", "electricity at the meter [kWh]"),
    **{
        name: EMISSION_FIELDS[name]
        for name in ("co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg", "nox_g", "pm2_5_g", "co_g", "hc_g")
    },
}

TABLES: dict[str, dict[str, Field]] = {
    "shipments": {
        "shipment_id": Field("int64", "identity, the same in every scenario"),
        "month": Field("int64", "month of release, 1 to 12; 0 in a sample of the mean year"),
        "commodity": Field("str", "commodity"),
        "origin": Field("str", "zone of origin"),
        "destination": Field("str", "zone of destination"),
        "consignments_count": Field(
            "int64",
            "1; in a run with dates (more than 31 days) those by road alone that the row adds up: all of a month, "
            "relation, commodity and truck class, times their means by tonnes",
        ),
        "tonnes_t": Field("float64", "goods [t]"),
        "chain": Field("str", "chosen transport chain"),
        "main_mode": Field("str", "mode under which statistics count the tonnes"),
        "release_s": Field("float64", "release after the start of the run [s]"),
        "delivered_s": Field("float64", "delivery after the start of the run [s]"),
        "cost_cny": Field("float64", "what the shipper pays, charges included [CNY]"),
        "charge_cny": Field("float64", "policy charges (negative: subsidies) within it [CNY]"),
    },
    "legs": {
        "leg_id": Field("int64", "number of the leg in its run"),
        "month": Field("int64", "month of departure, 1 to 12; 0 in a sample of the mean year"),
        "movements_count": Field(
            "int64", "1, or the movements by road that the row adds up like its consignments, times their means"
        ),
        "mode": Field("str", "road, rail or waterway"),
        "vehicle_class": Field("str", "truck class, freight_train or vessel class"),
        "from_place": Field("str", "zone or terminal; empty for a place outside the map"),
        "to_place": Field("str", "zone or terminal; empty for a place outside the map"),
        "depart_s": Field("float64", "departure [s]"),
        "arrive_s": Field("float64", "arrival [s]"),
        "vehicle_count": Field(
            "int64", "vehicles that move together: the trucks of a consignment, one train, one vessel"
        ),
        "payload_t": Field("float64", "goods on all of them [t]"),
        "gross_t": Field("float64", "goods and wagons of a train, locomotive apart; 0 for other modes [t]"),
        "distance_km": Field("float64", "distance with the part outside the map [km]"),
        "beyond_km": Field("float64", "part of the distance outside the map [km]"),
        "loaded": Field("bool", "false for an empty return"),
        "activity_tkm": Field("float64", "transport activity [t-km]"),
        "vkm": Field("float64", "vehicle-kilometres [km]"),
        **EMISSION_FIELDS,
    },
    "loads": {
        "leg_id": Field("int64", "leg"),
        "shipment_id": Field("int64", "consignment aboard"),
    },
    "hubs": {
        "terminal": Field("str", "terminal"),
        "tonnes_t": Field("float64", "goods moved between modes [t]"),
        **EMISSION_FIELDS,
    },
    "activity": {
        "mode": Field("str", "mode"),
        "commodity": Field("str", "commodity"),
        "tonnes_t": Field("float64", "goods whose main mode it is [t]"),
        "activity_tkm": Field("float64", "transport activity on the mode, all legs [t-km]"),
    },
    "emissions": {
        "mode": Field("str", "road, rail, waterway or hub"),
        "vehicle_class": Field("str", "vehicle class, or hub"),
        "activity_tkm": Field("float64", "transport activity [t-km]"),
        "vkm": Field("float64", "vehicle-kilometres [km]"),
        **EMISSION_FIELDS,
    },
    "contributions": {
        "mode": Field("str", "road, rail, waterway or hub"),
        "vehicle_class": Field("str", "vehicle class, or hub"),
        "energy_carrier": Field(
            "str", "a fuel, electricity, electricity_beyond (outside the map), or ch4_n2o by the kilometre"
        ),
        "amount": Field("float64", "what was used or driven, in the unit beside it"),
        "amount_unit": Field("str", "kg, kWh or km"),
        **{name: EMISSION_FIELDS[name] for name in ("co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg")},
    },
    "ledger": {
        "chain": Field("str", "transport chain; a dash for a category that moved no goods in the period"),
        "element": Field("str", "number of the element in the chain, from 1"),
        "kind": Field("str", "transport or hub"),
        "category": Field("str", "operation category: TOC of vehicles by mode and class, HOC of a hub"),
        "mode": Field("str", "road, rail, waterway or hub"),
        "distance_basis": Field("str", "activity distance: SFD, the shortest feasible one; a dash for hubs"),
        "elements_count": Field("int64", "elements, one for each consignment"),
        "tonnes_t": Field("float64", "goods [t]"),
        "actual_tkm": Field("float64", "tonnes times the distance driven [t-km]"),
        "activity_tkm": Field("float64", "transport activity: tonnes times the activity distance [t-km]"),
        "distance_adjustment_ratio": Field("float64", "actual over activity distance (DAF) [-]"),
        "co2e_ttw_kg": Field("float64", "CO2e of vehicle and hub operation, empty runs shared out [kg]"),
        "co2e_wtt_kg": Field("float64", "CO2e of energy provision [kg]"),
        "co2e_wtw_kg": Field("float64", "the sum of both [kg]"),
        "intensity_g_per_tkm": Field(
            "float64", "CO2e of the category over its transport activity, 0 for hubs [g/t-km]"
        ),
        "intensity_g_per_t": Field("float64", "CO2e of the hub over its goods, 0 for transport [g/t]"),
        "empty_share": Field("float64", "vehicle-km of the category that are run empty [-]"),
        "primary_share": Field("float64", "emissions from measured data [-]"),
        "modelled_share": Field("float64", "emissions from a model of vehicle and way [-]"),
        "default_share": Field("float64", "emissions from published mean intensities [-]"),
    },
    "factor_use": {
        "table": Field("str", "factor table"),
        "file": Field("str", "its file"),
        "line": Field("int64", "line of the row"),
        "purpose": Field("str", "what the factor set reads it for; empty for a fact that every set shares"),
        "key": Field("str", "what was looked up"),
        "value": Field("str", "the number, or curve"),
        "unit": Field("str", "unit of the value"),
        "validity": Field("str", "years in which the row holds; empty for all"),
        "source_id": Field("str", "source, a row of sources.csv"),
        "confidence": Field("str", "H, M, L or memory"),
        "fallback": Field("str", "what stands in for what was asked for; empty if the row is just that"),
        "amount": Field("float64", "activity that used the row, 0 where it is not known"),
        "amount_unit": Field("str", "km, t-km, t, kg or kWh; empty where it is not known"),
    },
    "feedback": {
        "round": Field("int64", "number of the simulation of the same run, from 1"),
        "mode": Field("str", "main mode"),
        "tonnes_t": Field("float64", "expected goods of the year under the delays that shippers counted on [t]"),
        "believed_wait_h": Field("float64", "delay that they counted on, mean over the tonnes carried [h]"),
        "measured_wait_h": Field("float64", "delay that the simulation showed, the same mean [h]"),
        "gap_ratio": Field("float64", "share of all tonnes that would change mode under the measured delays [-]"),
    },
    "order_sizes": {
        "main_mode": Field("str", "main mode of the chain"),
        "commodity": Field("str", "commodity"),
        "size": Field("str", "size of the order that consignments are part of"),
        "tonnes_t": Field("float64", "goods [t]"),
        "mean_size_t": Field("float64", "tonnes of an order, mean over the goods [t]"),
    },
    "limits": {
        "policy": Field("str", "policy that limits a share or has a budget"),
        "freight": Field("str", "goods and relations concerned"),
        "quantity": Field(
            "str", "limit, what it would be without, what it is, and the price or ratio that makes it so"
        ),
        "unit": Field("str", "unit"),
        "value": Field("float64", "expected value of a year"),
    },
    "link_flows": {
        "link_id": Field("int64", "link of the network"),
        "mode": Field("str", "mode of the link"),
        "vehicle_count": Field("float64", "vehicles, empty ones too"),
        "payload_t": Field("float64", "goods [t]"),
        "co2e_wtw_kg": Field("float64", "CO2e of the vehicles on the link, well to wheel [kg]"),
    },
    "facilities": {
        "facility": Field("str", "kind and name"),
        "kind": Field("str", "loading_bay, crane, track, berth, lock, section, gate, storage, drayage or appointment"),
        "visits_count": Field("int64", "visits of freight on the days of release"),
        "wait_h": Field("float64", "waiting of all visits together [h]"),
        "longest_wait_h": Field("float64", "longest wait [h]"),
        "busy_h": Field("float64", "service of all visits together, times the units that each takes [h]"),
        "most_in_use_count": Field("float64", "most units in use at once in the whole run, found from the records"),
        "all_waits_h": Field("float64", "waiting of all visits of the whole run together [h]"),
        "queue_visitor_h": Field("float64", "integral of the length of the queue over the whole run, the same [h]"),
        "capacity_count": Field("int64", "units: servers, trucks of a fleet, tonnes of a storage"),
        "mean_stay_h": Field("float64", "mean service of a visit: dwell in a storage, cycle of drayage trucks [h]"),
        "mean_queue_count": Field("float64", "visitors that wait, mean over the days of release"),
        "utilisation_ratio": Field("float64", "mean units in use over the capacity, nights included [-]"),
    },
    "locks": {
        "facility": Field("str", "lock, or works that vessels pass in turn"),
        "chamber": Field("int64", "chamber, from 0"),
        "lockages_count": Field("int64", "lockages with vessels in the whole run"),
        "upward_count": Field("int64", "of them up the river"),
        "vessels_count": Field("int64", "vessels"),
        "most_vessels_count": Field("int64", "most vessels in one lockage"),
        "floor_used_share": Field("float64", "mean share of the floor under the lanes of vessels; 1 if unknown [-]"),
        "busy_h": Field("float64", "lockages from first entry to last exit, all together [h]"),
        "overlaps_count": Field("int64", "lockages that begin before the chamber is free; 0 or the run fails"),
        "overfull_count": Field("int64", "lockages with more vessels than the chamber holds; 0 or the run fails"),
    },
    "monthly": {
        "mode": Field("str", "mode"),
        "month": Field("int64", "month, 1 to 12; 0 in a sample of the mean year"),
        "tonnes_t": Field("float64", "goods released in the month whose main mode it is [t]"),
        "activity_tkm": Field("float64", "transport activity of the legs that depart in the month [t-km]"),
        "vehicle_count": Field("int64", "loaded journeys of trucks, trains or vessels"),
        "mean_payload_t": Field("float64", "goods on one of them [t]"),
        "co2e_wtw_kg": Field("float64", "CO2e of the legs, well to wheel, empty returns too; terminals apart [kg]"),
        "visits_count": Field("int64", "visits to the mode's facilities, by arrival"),
        "wait_h": Field("float64", "waiting at them [h]"),
    },
    "traffic_links": {
        "link_id": Field("int64", "link of the streets' network"),
        "vehicle_count": Field("int64", "vehicles that entered that day"),
        "vkm": Field("float64", "vehicle-kilometres [km]"),
        "vehicle_h": Field("float64", "time of all vehicles on the link [h]"),
        "free_vehicle_h": Field("float64", "time that they would have taken on an empty link [h]"),
        "queue_pcu": Field("float64", "longest queue of the day [pcu]"),
        "forced_count": Field("int64", "vehicles that the gridlock rule let onto the full link"),
        **TRAFFIC_SUMS,
    },
    "traffic_hours": {
        "link_id": Field("int64", "link of the streets' network"),
        "hour": Field("int64", "hour of the day of entering the link, from 0"),
        "vehicle_count": Field("int64", "vehicles that entered"),
        "vkm": Field("float64", "vehicle-kilometres [km]"),
        "vehicle_h": Field("float64", "time of these vehicles on the link [h]"),
    },
    "traffic_vehicles": {
        "vehicle_class": Field("str", "vehicle class"),
        "technology": Field("str", "technology"),
        "emission_standard": Field("str", "emission standard; empty without exhaust"),
        "trips_count": Field("int64", "trips by car, those that gave up left out"),
        "vkm": Field("float64", "vehicle-kilometres [km]"),
        "vehicle_h": Field("float64", "time on the roads [h]"),
        **TRAFFIC_SUMS,
    },
    "traffic_answers": {
        "answer": Field("str", "what the travellers do whom a rule or charge concerns"),
        "vehicle_class": Field("str", "vehicle class"),
        "trips_count": Field("int64", "trips"),
        "shift_h": Field("float64", "how much earlier or later they depart, all together [h]"),
        "cost_h": Field("float64", "what the answers cost beyond the planned journeys [h of travel time]"),
        "charge_cny": Field("float64", "charges paid [CNY]"),
    },
    "traffic_days": {
        "day": Field("int64", "day of the search for an equilibrium, from 0"),
        "gap_ratio": Field("float64", "time beyond that on the cheapest paths, over the latter [-]"),
        "mean_time_s": Field("float64", "mean time of a trip on its path at the day's link times [s]"),
        "mean_simulated_s": Field("float64", "mean time of the trips that arrived [s]"),
        "mean_wait_s": Field("float64", "mean wait for closed links to open [s]"),
        "under_way_count": Field("int64", "vehicles still under way at the end"),
        "forced_count": Field("int64", "moves of the gridlock rule"),
        "changed_count": Field("int64", "trips that chose another path afterwards"),
    },
    "indicators": {
        "indicator": Field("str", "name, with mode, fuel or facility kind at the end"),
        "unit": Field("str", "unit"),
        "value": Field("float64", "value for a year"),
    },
    "audit": {
        "balance": Field("str", "what must agree"),
        "unit": Field("str", "unit"),
        "left": Field("float64", "one side"),
        "right": Field("float64", "the other side"),
        "holds": Field("bool", "whether they agree to rounding"),
    },
    **FLEET_TABLES,
}

OPTIONAL_TABLES = (*(name for name in TABLES if name.startswith("traffic_")), *FLEET_TABLES)
"""Tables of road traffic and of fleets: only where a scenario has them."""

SIGNED = frozenset({"charge_cny", "cost_cny", "believed_wait_h", "measured_wait_h", "avoided_kg_per_day"})
"""Columns that may be negative."""


@cache
def schema(table: str) -> "DataFrameSchema":
    """Return the pandera schema of a result table without its run keys."""
    import pandera.pandas as pa  # noqa: PLC0415

    signed = SIGNED | ({"value", "left", "right"} if table in ("indicators", "audit") else set())
    columns = {
        name: pa.Column(
            field.kind,
            pa.Check.ge(0) if field.kind == "float64" and name not in signed else None,
            description=field.meaning,
        )
        for name, field in TABLES[table].items()
    }
    return pa.DataFrameSchema(columns, strict=True)


def checked(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its columns in order, or raise pandera's error: a broken table is a bug of ours."""
    return schema(table).validate(frame[list(TABLES[table])])


def data_dictionary() -> str:
    """Describe every result table in Markdown; `docs/data_dictionary.md` holds this text, tested in step."""
    lines = [
        "# Data dictionary",
        "",
        "The tables of `runs/<scenario>/<year>/<replication>/<table>.parquet`, amounts for the simulated period.",
        "Every table begins with the run keys:",
        "",
        *_columns(RUN_KEYS),
    ]
    for table, columns in TABLES.items():
        once = ["Written once a comparison, to `fleet_path.csv`, with a column `scenario` first.", ""]
        lines += ["", f"## {table}", "", *(once if table == "fleet_path" else []), *_columns(columns)]
    return "\n".join(lines) + "\n"


def _columns(columns: dict[str, Field]) -> list[str]:
    rows = [f"| `{name}` | {field.kind} | {field.meaning} |" for name, field in columns.items()]
    return ["| column | type | meaning |", "|---|---|---|", *rows]


if __name__ == "__main__":
    import sys

    sys.stdout.write(data_dictionary())

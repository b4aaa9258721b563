"""The tables of a scenario's data folder: their columns, and a reader that refuses what it does not understand."""

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.errors import DataError, did_you_mean
from transport_sim.tables.csv_tables import LARGEST, between, filled, one_of, read_csv_table

if TYPE_CHECKING:
    from pandera.pandas import Check, Column, DataFrameSchema

CONFIDENCES = ("H", "M", "L", "memory")
NAVIGATION_CLASSES = ("I", "II", "III", "IV", "V", "VI")
"""From the largest vessels to the smallest."""
TRUCK_CLASSES = ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer")
CHAINS = ("road", "road_rail_road", "rail_siding", "road_water_road", "rail_water")
"""Freight alternatives: how a shipment gets from door to door."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The scalar inputs of a run, one per row of ``parameters.csv``; units are in the names."""

    freight_total_t: float
    target_rail_t: float
    target_water_t: float
    target_road_haul_km: float
    demand_growth_ratio_per_year: float
    logit_scale_bulk: float
    logit_scale_general: float
    asc_rail_bulk: float
    asc_rail_general: float
    asc_water_bulk: float
    asc_water_general: float
    rail_nest_ratio: float
    water_nest_ratio: float
    size_nest_ratio: float
    reliability_ratio: float
    wait_variation_ratio: float
    road_rate_cny_per_tkm: float
    road_fixed_cny_per_t: float
    road_handling_cny_per_t: float
    drayage_fixed_cny_per_t: float
    rail_rate_ratio: float
    rail_construction_fund_cny_per_tkm: float
    rail_electrification_cny_per_tkm: float
    rail_handling_cny_per_t: float
    transhipment_rail_water_cny_per_t: float
    port_handling_cny_per_t: float
    water_rate_class_i_cny_per_tkm: float
    water_rate_class_iii_cny_per_tkm: float
    water_rate_class_iv_cny_per_tkm: float
    water_rate_class_v_cny_per_tkm: float
    road_terminal_h: float
    rail_loading_h: float
    rail_waiting_h: float
    siding_waiting_h: float
    port_waiting_h: float
    rail_speed_kmh: float
    vessel_upstream_kmh: float
    vessel_downstream_kmh: float
    lock_manoeuvre_min: float
    inventory_rate_per_year: float
    terminal_access_km: float
    max_drayage_km: float
    empty_return_share_truck: float
    empty_return_share_train: float
    truck_load_ratio: float
    train_net_t: float
    train_min_net_t: float
    river_sand_ratio: float
    train_max_wait_h: float
    vessel_max_wait_h: float
    headway_s: float
    bay_utilisation_ratio: float
    truck_loading_min: float
    truck_load_t_reference: float
    daytime_release_share: float


PARAMETER_NAMES = tuple(f.name for f in fields(Parameters))

PARAMETER_BOUNDS = (
    ("demand_growth_ratio_per_year", -0.1, 0.1),
    ("daytime_release_share", 0.01, 0.99),  # day and night both get consignments
    ("bay_utilisation_ratio", 0.05, 1.0),
    ("truck_load_ratio", 0.05, 1.0),
    ("logit_scale_*", 0.01, 50.0),
    ("*_nest_ratio", 0.05, 1.0),  # above 1 the nested logit is no utility maximisation
    ("reliability_ratio", 0.0, 100.0),
    ("wait_variation_ratio", 0.0, 100.0),
    ("asc_*", -100.0, 100.0),
    ("empty_return_share_*", 0.0, 1.0),
    ("freight_total_t", 1.0, LARGEST),
    ("target_*_t", 0.0, LARGEST),  # 0: nobody uses the mode in this region
    ("target_*_km", 1.0, 10_000.0),
    ("train_net_t", 1.0, 50_000.0),
    ("train_min_net_t", 0.0, 50_000.0),
    ("truck_load_t_reference", 0.1, 1_000.0),
    ("*_ratio", 0.01, 100.0),
    ("*_kmh", 0.1, 1_000.0),
    ("*_km", 0.0, 100_000.0),
    ("*_h", 0.0, 10_000.0),
    ("*_min", 0.01, 10_000.0),
    ("*_s", 1.0, 86_400.0),
    ("*_per_year", 0.0, 10.0),
    ("*_cny_per_t", 0.0, 100_000.0),
    ("*_cny_per_tkm", 0.0, 1_000.0),
)
"""A parameter's name or a pattern for it, and the smallest and largest value that the model can work with.

The first that fits holds. They keep out slips and what would divide by zero; whether a value is likely is the
user's affair.
"""


def parameter_problem(name: str, value: float) -> str:
    """Say what is wrong with the value of a parameter; empty if nothing is."""
    if name not in PARAMETER_NAMES:
        return f"no parameter {name!r}{did_you_mean(name, PARAMETER_NAMES)}"
    low, high = next((low, high) for pattern, low, high in PARAMETER_BOUNDS if fnmatchcase(name, pattern))
    return "" if low <= value <= high else f"{name}: must be from {low:.12g} to {high:.12g}, got {value:.12g}"


def _row_checks(table: str) -> list["Check"]:
    """Return what the cells of one row owe each other; the name of a check is its message."""
    import pandera.pandas as pa  # noqa: PLC0415

    def internal(d: pd.DataFrame) -> "pd.Series[bool]":
        return d["kind"] == "internal"

    def weights(d: pd.DataFrame) -> pd.DataFrame:
        return d[["external_weight_bulk", "external_weight_general"]].notna()

    def first(d: pd.DataFrame, *columns: str) -> "pd.Series[bool]":
        return ~d.duplicated(list(columns))

    rules = {
        "zones": {
            "an internal zone needs population_thousand": lambda d: ~internal(d) | d["population_thousand"].notna(),
            "an external zone needs both external weights (0 for none)": lambda d: (
                (d["kind"] != "external") | weights(d).all(axis=1)
            ),
            "external weights are for external zones only": lambda d: ~internal(d) | ~weights(d).any(axis=1),
        },
        "generators": {
            "an earlier line has the same zone, commodity and note": lambda d: first(d, "zone", "commodity", "note")
        },
        "known_flows": {
            "origin and destination are the same zone": lambda d: d["origin"] != d["destination"],
            "to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"],
        },
        "terminals": {
            "to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"],
            "a siding or gateway needs the zone that it serves": lambda d: (
                ~d["kind"].isin(["siding", "gateway"]) | (d["zone"] != "")
            ),
            "kind must be yard, siding, gateway or port_station for rail, port or gateway for waterway": lambda d: (
                d["kind"].isin(["yard", "siding", "gateway", "port_station"]) & (d["mode"] == "rail")
                | d["kind"].isin(["port", "gateway"]) & (d["mode"] == "waterway")
            ),
        },
        "truck_fleet": {
            "an earlier line has the same year and emission_standard": lambda d: first(d, "year", "emission_standard")
        },
    }
    return [pa.Check(rule, error=text, ignore_na=False) for text, rule in rules.get(table, {}).items()]


def provenance_columns() -> "dict[str, Column]":
    """Return the two columns that every table of inputs has: where its row comes from, and how sure that is."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {"source": pa.Column(str, filled()), "confidence": pa.Column(str, one_of(CONFIDENCES))}


@cache
def schema(table: str) -> "DataFrameSchema":
    """Return the pandera schema of a table of the data folder (built on first use: pandera takes a second)."""
    import pandera.pandas as pa  # noqa: PLC0415

    text, whole, number = str, int, float
    share, positive, count = between(0, 1), between(0, LARGEST), between(1, 10_000)
    year = between(1900, 2100)
    # ids stand in lists separated by ; and in names such as crane:terminal
    word = pa.Check.str_matches(r"^[^\s;:]+$", error="must be a word without spaces, ; and :")

    def key(*checks: "Check", kind: type = text) -> "pa.Column":
        return pa.Column(kind, list(checks), unique=True, report_duplicates="exclude_first")

    provenance = provenance_columns()
    shares = {f"{c}_share": pa.Column(number, share) for c in TRUCK_CLASSES}
    columns: dict[str, dict[str, pa.Column]] = {
        "zones": {
            "zone": key(word),
            "name_en": pa.Column(text),
            "name_zh": pa.Column(text),
            "county": pa.Column(text),
            "kind": pa.Column(text, one_of(("internal", "external"))),
            "road_node": pa.Column(text),
            "population_thousand": pa.Column(number, positive, nullable=True),
            "external_weight_bulk": pa.Column(number, positive, nullable=True),
            "external_weight_general": pa.Column(number, positive, nullable=True),
            "beyond_road_km": pa.Column(number, positive, nullable=True),
            "beyond_rail_km": pa.Column(number, positive, nullable=True),
            "beyond_water_km": pa.Column(number, positive, nullable=True),
        },
        "commodities": {
            "commodity": key(word),
            "name_en": pa.Column(text),
            "name_zh": pa.Column(text),
            "choice_group": pa.Column(text, one_of(("bulk", "general"))),
            "freight_share": pa.Column(number, share),
            "relative_haul": pa.Column(number, between(0.01, 100)),
            "outbound_share": pa.Column(number, share),
            "inbound_share": pa.Column(number, share),
            "production_population_weight": pa.Column(number, positive),
            "attraction_population_weight": pa.Column(number, positive),
            "rail_tariff_class": pa.Column(whole, between(1, 7)),
            "road_rate_ratio": pa.Column(number, between(0.01, 100)),
            "value_cny_per_t": pa.Column(number, positive),
            "value_of_time_cny_per_t_h": pa.Column(number, positive),
            "loss_share_per_handling": pa.Column(number, share),
            "road_lot_t": pa.Column(number, between(1, 10_000)),
            **shares,
        },
        "generators": {
            "zone": pa.Column(text),
            "commodity": pa.Column(text),
            "production_weight": pa.Column(number, positive),
            "attraction_weight": pa.Column(number, positive),
            "note": pa.Column(text),
        },
        "known_flows": {
            "flow": key(word),
            "commodity": pa.Column(text),
            "origin": pa.Column(text),
            "destination": pa.Column(text),
            "tonnes_per_year_t": pa.Column(number, positive),
            "from_year": pa.Column(whole, year),
            "to_year": pa.Column(whole, year),
            "captive_chain": pa.Column(text, one_of(("", *CHAINS))),
            "note": pa.Column(text),
        },
        "terminals": {
            "terminal": key(word),
            "mode": pa.Column(text, one_of(("rail", "waterway"))),
            "kind": pa.Column(text, one_of(("yard", "siding", "gateway", "port", "port_station"))),
            "zone": pa.Column(text),
            "berths_count": pa.Column(whole, count),
            "cranes_count": pa.Column(whole, count),
            "crane_rate_t_per_h": pa.Column(number, between(1, 100_000)),
            "from_year": pa.Column(whole, year),
            "to_year": pa.Column(whole, year),
            "note": pa.Column(text),
        },
        "rail_tariff": {
            "rail_tariff_class": key(kind=whole),
            "base_cny_per_t": pa.Column(number, positive),
            "distance_cny_per_tkm": pa.Column(number, positive),
        },
        "truck_fleet": {
            "year": pa.Column(whole, year),
            "emission_standard": pa.Column(text, one_of(("china_iv", "china_v", "china_vi"))),
            "share": pa.Column(number, share),
        },
        "vessel_fleet": {
            "navigation_class": key(one_of(NAVIGATION_CLASSES)),
            "payload_capacity_t": pa.Column(number, between(1, 100_000)),
            "design_depth_m": pa.Column(number, between(0.1, 50)),
            "rate_class": pa.Column(text, one_of(("i", "iii", "iv", "v"))),
        },
        "parameters": {
            "parameter": key(),
            "value": pa.Column(number),
            "low": pa.Column(number, nullable=True),
            "high": pa.Column(number, nullable=True),
            "unit": pa.Column(text, filled()),
            "note": pa.Column(text),
        },
    }
    return pa.DataFrameSchema({**columns[table], **provenance}, checks=_row_checks(table), strict=True, ordered=False)


TABLES = (
    "zones",
    "commodities",
    "generators",
    "known_flows",
    "terminals",
    "rail_tariff",
    "truck_fleet",
    "vessel_fleet",
    "parameters",
)
MAY_BE_EMPTY = ("generators", "known_flows")


def read_table(folder: Path, table: str) -> pd.DataFrame:
    """Read and check one table of a data folder.

    Parameters
    ----------
    folder
        The scenario's data folder.
    table
        One of `TABLES`.

    Returns
    -------
    The table, text columns filled with "" and number columns as float64 or int64.

    Raises
    ------
    DataError
        With file, lines and what would be right, for a missing file, unknown or missing columns,
        wrong types and values out of range. All problems at once.
    """
    path = folder / f"{table}.csv"
    if not path.exists():
        raise DataError(f"{path}: no such table; the data folder needs {', '.join(f'{t}.csv' for t in TABLES)}")
    return read_csv_table(path, schema(table), may_be_empty=table in MAY_BE_EMPTY)


def shares_at_year(table: pd.DataFrame, keys: list[str], year: int) -> "pd.Series[float]":
    """Return the shares of a year, linear between the stated years and constant outside of them.

    Parameters
    ----------
    table
        Columns `year`, `share` and the keys; a share that a stated year leaves out is zero.
    keys
        Columns that name a share.
    year
        Calendar year.

    Returns
    -------
    The shares by keys, sorted. [-]
    """
    stated = table.pivot_table(index="year", columns=keys, values="share", fill_value=0.0).sort_index()
    return stated.apply(lambda column: float(np.interp(year, stated.index, column)))

"""The tables of a scenario's data folder: their columns, and a reader that refuses what it does not understand."""

import csv
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.errors import DataError

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

CONFIDENCES = ("H", "M", "L", "memory")
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
    lock_passage_h: float
    inventory_rate_per_year: float
    terminal_access_km: float
    max_drayage_km: float
    empty_return_share_truck: float
    empty_return_share_train: float
    truck_load_ratio: float
    train_net_t: float
    train_max_wait_h: float
    background_trains_per_day_double: float
    background_trains_per_day_single: float
    headway_s: float
    bay_utilisation_ratio: float
    truck_loading_min: float
    truck_load_t_reference: float
    daytime_release_share: float


PARAMETER_NAMES = tuple(f.name for f in fields(Parameters))


@cache
def schema(table: str) -> "DataFrameSchema":
    """Return the pandera schema of a table of the data folder (built on first use: pandera takes a second)."""
    import pandera.pandas as pa  # noqa: PLC0415

    text, whole, number = str, int, float
    share, positive, above = pa.Check.in_range(0, 1), pa.Check.ge(0), pa.Check.gt(0)
    year = pa.Check.in_range(1900, 2100)
    provenance = {
        "source": pa.Column(text, pa.Check.str_length(min_value=1)),
        "confidence": pa.Column(text, pa.Check.isin(CONFIDENCES)),
    }
    shares = {f"{c}_share": pa.Column(number, share) for c in ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer")}
    columns: dict[str, dict[str, pa.Column]] = {
        "zones": {
            "zone": pa.Column(text, unique=True),
            "name_en": pa.Column(text),
            "name_zh": pa.Column(text),
            "county": pa.Column(text),
            "kind": pa.Column(text, pa.Check.isin(("internal", "external"))),
            "road_node": pa.Column(text),
            "population_thousand": pa.Column(number, positive, nullable=True),
            "external_weight_bulk": pa.Column(number, positive, nullable=True),
            "external_weight_general": pa.Column(number, positive, nullable=True),
            "beyond_road_km": pa.Column(number, positive, nullable=True),
            "beyond_rail_km": pa.Column(number, positive, nullable=True),
            "beyond_water_km": pa.Column(number, positive, nullable=True),
        },
        "commodities": {
            "commodity": pa.Column(text, unique=True),
            "name_en": pa.Column(text),
            "name_zh": pa.Column(text),
            "choice_group": pa.Column(text, pa.Check.isin(("bulk", "general"))),
            "freight_share": pa.Column(number, share),
            "relative_haul": pa.Column(number, above),
            "outbound_share": pa.Column(number, share),
            "inbound_share": pa.Column(number, share),
            "production_population_weight": pa.Column(number, positive),
            "attraction_population_weight": pa.Column(number, positive),
            "rail_tariff_class": pa.Column(whole, pa.Check.in_range(1, 7)),
            "road_rate_ratio": pa.Column(number, above),
            "value_cny_per_t": pa.Column(number, positive),
            "value_of_time_cny_per_t_h": pa.Column(number, positive),
            "loss_share_per_handling": pa.Column(number, share),
            "road_lot_t": pa.Column(number, above),
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
            "flow": pa.Column(text, unique=True),
            "commodity": pa.Column(text),
            "origin": pa.Column(text),
            "destination": pa.Column(text),
            "tonnes_per_year_t": pa.Column(number, positive),
            "from_year": pa.Column(whole, year),
            "to_year": pa.Column(whole, year),
            "captive_chain": pa.Column(text, pa.Check.isin(("", *CHAINS))),
            "note": pa.Column(text),
        },
        "terminals": {
            "terminal": pa.Column(text, unique=True),
            "mode": pa.Column(text, pa.Check.isin(("rail", "waterway"))),
            "kind": pa.Column(text, pa.Check.isin(("yard", "siding", "gateway", "port", "port_station"))),
            "zone": pa.Column(text),
            "berths_count": pa.Column(whole, above),
            "cranes_count": pa.Column(whole, above),
            "crane_rate_t_per_h": pa.Column(number, above),
            "from_year": pa.Column(whole, year),
            "to_year": pa.Column(whole, year),
            "note": pa.Column(text),
        },
        "rail_tariff": {
            "rail_tariff_class": pa.Column(whole, unique=True),
            "base_cny_per_t": pa.Column(number, positive),
            "distance_cny_per_tkm": pa.Column(number, positive),
        },
        "truck_fleet": {
            "year": pa.Column(whole, year),
            "emission_standard": pa.Column(text, pa.Check.isin(("china_iv", "china_v", "china_vi"))),
            "share": pa.Column(number, share),
        },
        "vessel_fleet": {
            "navigation_class": pa.Column(text, unique=True),
            "payload_capacity_t": pa.Column(number, above),
            "rate_class": pa.Column(text, pa.Check.isin(("i", "iii", "iv", "v"))),
        },
        "parameters": {
            "parameter": pa.Column(text, [pa.Check.isin(PARAMETER_NAMES)], unique=True),
            "value": pa.Column(number),
            "low": pa.Column(number, nullable=True),
            "high": pa.Column(number, nullable=True),
            "unit": pa.Column(text, pa.Check.str_length(min_value=1)),
            "note": pa.Column(text),
        },
    }
    return pa.DataFrameSchema({**columns[table], **provenance}, strict=True, ordered=False)


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
    if not path.is_file():
        raise DataError(f"{path}: no such table; the data folder needs {', '.join(f'{t}.csv' for t in TABLES)}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a UTF-8 CSV file: {error}") from None
    if len(rows) < 2:
        raise DataError(f"{path}: has no rows below its header")
    header, body = rows[0], rows[1:]
    wanted = list(schema(table).columns)
    problems = _header_problems(header, wanted)
    ragged = [f"line {n}: {len(row)} cells, the header has {len(header)}" for n, row in enumerate(body, 2) if len(row) != len(header)]
    if problems or ragged:
        raise DataError(_message(path, problems + ragged))
    return _typed(pd.DataFrame(body, columns=header, dtype=object)[wanted], table, path)


def _header_problems(header: Sequence[str], wanted: Sequence[str]) -> list[str]:
    problems = [f"line 1: column {c!r} is missing" for c in wanted if c not in header]
    for column in header:
        if column not in wanted:
            near = difflib.get_close_matches(column, wanted, 1)
            problems.append(f"line 1: unknown column {column!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    if len(set(header)) < len(header):
        problems.append("line 1: a column appears twice")
    return problems


def _typed(raw: pd.DataFrame, table: str, path: Path) -> pd.DataFrame:
    import pandera.errors  # noqa: PLC0415

    definition, problems, frame = schema(table), [], {}
    for name, column in definition.columns.items():
        kind = str(column.dtype)
        if kind.startswith(("int", "float")):
            cells = raw[name].str.strip()
            values = pd.to_numeric(cells.where(cells != "", None), errors="coerce").astype(float)
            wrong = (values.isna() & (cells != "")) | np.isinf(values) | ((cells == "") & (not column.nullable))
            if kind.startswith("int"):
                wrong |= values.notna() & (values % 1 != 0)
            problems += [f"line {i + 2}  {name}: must be a {'whole ' if kind.startswith('int') else ''}number, got {cells[i]!r}" for i in raw.index[wrong]]
            frame[name] = values if kind.startswith("float") or wrong.any() else values.astype("int64")
        else:
            frame[name] = raw[name].str.strip().astype(str)
    if problems:
        raise DataError(_message(path, problems))
    data = pd.DataFrame(frame)
    try:
        return definition.validate(data, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        problems = [
            f"line {int(case.index) + 2}  {case.column}: {case.check} does not hold for {case.failure_case!r}"
            for case in cases.itertuples(index=False)
            if pd.notna(case.index)
        ]
        raise DataError(_message(path, problems or [str(error)])) from None


def _message(path: Path, problems: Sequence[str], shown: int = 5) -> str:
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    head = f"{path}: {count}" if len(problems) <= shown else f"{path}: {count}, first {shown} of {len(problems)}"
    return "\n".join([head, *(f"  {p}" for p in problems[:shown])])

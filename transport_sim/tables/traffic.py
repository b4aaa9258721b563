"""The tables of a scenario's `traffic` folder: their columns, and what their rows owe each other."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pandas as pd

from transport_sim.choice.response import RESPONSE_BOUNDS, RESPONSE_PARAMETERS
from transport_sim.conditions import STANDARDS, TECHNOLOGIES
from transport_sim.day import EpisodeName
from transport_sim.errors import DataError
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.tables.csv_tables import LARGEST, between, filled, one_of, read_csv_table
from transport_sim.tables.freight import provenance_columns

if TYPE_CHECKING:
    from pandera.pandas import Check, Column, DataFrameSchema

TOUR_PURPOSES = ("work", "school", "shopping", "business", "other")
"""Purposes of persons; a vehicle leaves home and comes back."""
SINGLE_PURPOSES = ("external", "taxi", "taxi_empty", "light_goods")
"""Streams of single trips."""
PURPOSES = (*TOUR_PURPOSES, *SINGLE_PURPOSES, "bus", "truck")
AREAS = ("core", "county", "gateway")
"""Kinds of zones: within the streets, a town or county outside of them, a place beyond the map."""
DIRECTIONS = ("out", "return")
NO_EXHAUST = ("battery_electric", "fuel_cell_electric")
REGISTRATIONS = ("local", "non_local")
QUANTITIES = {
    "person_trips_per_person_day": (0.0, 20.0),
    "car_share": (0.0, 1.0),
    "motorcycle_share": (0.0, 1.0),
    "persons_per_car": (1.0, 10.0),
    "persons_per_motorcycle": (1.0, 5.0),
    "distance_scale_km": (0.1, 1000.0),
    "weekend_ratio": (0.0, 10.0),
    "non_local_share": (0.0, 1.0),
    "vehicle_count": (0.0, 1e7),
    "trips_per_vehicle_day": (0.0, 1000.0),
    "vehicles_per_thousand_persons": (0.0, 1000.0),
    "trips_per_occupied_trip": (0.0, 10.0),
    "construction_share": (0.0, 1.0),
    "postal_share": (0.0, 1.0),
    "permit_share": (0.0, 1.0),
}
"""What `trip_rates` may state, with the smallest and largest value that the model can work with."""
MONTHS = r"^([1-9]|1[0-2])(;([1-9]|1[0-2]))*$"
TRAFFIC_TABLES = (
    *("zones", "trip_rates", "vehicle_stock", "vehicle_totals", "hourly_profile", "response"),
    *("bus_lines", "areas", "episodes"),
)
OPTIONAL = ("bus_lines", "areas", "episodes")
"""Tables that a region may do without."""


def _columns(table: str) -> "dict[str, Column]":
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    text, whole, number = str, int, float
    word = pa.Check.str_matches(r"^[^\s;:]+$", error="must be a word without spaces, ; and :")
    share, hour, year = between(0, 1), between(0, 23), between(1900, 2100)

    def key(*checks: "Check") -> "Column":
        return pa.Column(text, list(checks), unique=True, report_duplicates="exclude_first")

    def some(words: tuple[str, ...]) -> "Column":
        return pa.Column(text, one_of(words))

    columns: dict[str, dict[str, Column]] = {
        "zones": {
            "zone": key(word),
            "kind": some(AREAS),
            "cell_km": pa.Column(number, between(0.2, 20), nullable=True),
            "radius_km": pa.Column(number, between(0.5, 100), nullable=True),
            "inner_distance_km": pa.Column(number, between(0.1, 1000), nullable=True),
            "vehicle_trips_per_day": pa.Column(number, between(0, 1e7), nullable=True),
        },
        "trip_rates": {
            "purpose": some(("all", *PURPOSES)),
            "area": some(("all", *AREAS)),
            "quantity": some(tuple(QUANTITIES)),
            "value": pa.Column(number, between(0, LARGEST)),
            "low": pa.Column(number, between(0, LARGEST), nullable=True),
            "high": pa.Column(number, between(0, LARGEST), nullable=True),
            "unit": pa.Column(text, filled()),
        },
        "vehicle_stock": {
            "year": pa.Column(whole, year),
            "vehicle_class": some(VEHICLE_CLASSES),
            "registration": some(REGISTRATIONS),
            "technology": some(TECHNOLOGIES),
            "emission_standard": some(("", *STANDARDS)),
            "share": pa.Column(number, share),
        },
        "vehicle_totals": {
            "year": pa.Column(whole, year),
            "vehicle_class": some(VEHICLE_CLASSES),
            "vehicle_count": pa.Column(number, between(0, 1e9)),
        },
        "hourly_profile": {
            "purpose": some(PURPOSES),
            "direction": some(DIRECTIONS),
            "hour": pa.Column(whole, hour),
            "share": pa.Column(number, share),
        },
        "bus_lines": {
            "line": key(word),
            "origin": pa.Column(text, filled()),
            "destination": pa.Column(text, filled()),
            "departures_per_day": pa.Column(whole, between(0, 5000)),
        },
        "response": {
            "parameter": key(one_of(RESPONSE_PARAMETERS)),
            "value": pa.Column(number),
            "low": pa.Column(number, nullable=True),
            "high": pa.Column(number, nullable=True),
            "unit": pa.Column(text, filled()),
            "note": pa.Column(text),
        },
        "episodes": {
            "episode": key(one_of(get_args(EpisodeName))),
            "months": pa.Column(text, pa.Check.str_matches(MONTHS, error="must be months such as 5;6;7")),
            "days_per_year": pa.Column(whole, between(0, 366)),
        },
        "areas": {
            "area": pa.Column(text, word),
            "sequence": pa.Column(whole, between(0, 1_000_000)),
            "lon": pa.Column(number, between(-180, 180)),
            "lat": pa.Column(number, between(-90, 90)),
            "name": pa.Column(text),
        },
    }
    return columns[table]


def _row_checks(table: str) -> "list[Check]":
    """Return what the cells of one row owe each other; the name of a check is its message."""
    import pandera.pandas as pa  # noqa: PLC0415

    def first(d: pd.DataFrame, *columns: str) -> "pd.Series[bool]":
        return ~d.duplicated(list(columns))

    def needs(d: pd.DataFrame, kind: str, column: str) -> "pd.Series[bool]":
        return (d["kind"] == kind) == d[column].notna()

    def bounded(d: pd.DataFrame, side: int) -> "pd.Series[bool]":
        limit = d["quantity"].map({name: bounds[side] for name, bounds in QUANTITIES.items()}).astype(float)
        ordered = d["value"] >= limit if side == 0 else d["value"] <= limit
        return ordered | limit.isna()

    def limit(d: pd.DataFrame, side: int) -> "pd.Series[float]":
        return d["parameter"].map({name: bounds[side] for name, bounds in RESPONSE_BOUNDS.items()}).astype(float)

    rules = {
        "zones": {
            "a core zone, and no other, needs cell_km": lambda d: needs(d, "core", "cell_km"),
            "a core zone, and no other, needs radius_km": lambda d: needs(d, "core", "radius_km"),
            "a county zone, and no other, needs inner_distance_km": lambda d: needs(d, "county", "inner_distance_km"),
            "a gateway, and no other, needs vehicle_trips_per_day": lambda d: needs(
                d, "gateway", "vehicle_trips_per_day"
            ),
        },
        "trip_rates": {
            "an earlier line has the same purpose, area and quantity": lambda d: first(
                d, "purpose", "area", "quantity"
            ),
            "low lies above value": lambda d: ~(d["low"] > d["value"]),
            "high lies below value": lambda d: ~(d["high"] < d["value"]),
            "value is smaller than this quantity can be": lambda d: bounded(d, 0),
            "value is larger than this quantity can be": lambda d: bounded(d, 1),
        },
        "vehicle_stock": {
            "an earlier line has the same year, class, registration, technology and standard": lambda d: first(
                d, "year", "vehicle_class", "registration", "technology", "emission_standard"
            ),
            "emission_standard must be empty for what has no exhaust, and for nothing else": lambda d: (
                d["technology"].isin(NO_EXHAUST) == (d["emission_standard"] == "")
            ),
        },
        "vehicle_totals": {
            "an earlier line has the same year and vehicle_class": lambda d: first(d, "year", "vehicle_class")
        },
        "hourly_profile": {
            "an earlier line has the same purpose, direction and hour": lambda d: first(
                d, "purpose", "direction", "hour"
            ),
            "only journeys of persons have a way back": lambda d: (
                (d["direction"] == "out") | d["purpose"].isin(TOUR_PURPOSES)
            ),
        },
        "response": {
            "low lies above value": lambda d: ~(d["low"] > d["value"]),
            "high lies below value": lambda d: ~(d["high"] < d["value"]),
            "value is smaller than the model can work with": lambda d: d["value"] >= limit(d, 0),
            "value is larger than the model can work with": lambda d: d["value"] <= limit(d, 1),
        },
        "episodes": {},
        "bus_lines": {"origin and destination are the same": lambda d: d["origin"] != d["destination"]},
        "areas": {"an earlier line has the same area and sequence": lambda d: first(d, "area", "sequence")},
    }
    return [pa.Check(rule, error=text, ignore_na=False) for text, rule in rules[table].items()]


@cache
def traffic_schema(table: str) -> "DataFrameSchema":
    """Return the pandera schema of a table of `TRAFFIC_TABLES`, built on first use."""
    import pandera.pandas as pa  # noqa: PLC0415

    columns = {**_columns(table), **provenance_columns()}
    return pa.DataFrameSchema(columns, checks=_row_checks(table), strict=True, ordered=False)


def read_traffic_table(folder: Path, table: str) -> pd.DataFrame:
    """Read and check one table of a `traffic` folder; one of `OPTIONAL` that is missing has no rows.

    Raises
    ------
    DataError
        With file, lines and what would be right; all problems at once.
    """
    path, definition = folder / f"{table}.csv", traffic_schema(table)
    if path.exists():
        return read_csv_table(path, definition, may_be_empty=table in OPTIONAL)
    if table not in OPTIONAL:
        needed = ", ".join(f"{name}.csv" for name in TRAFFIC_TABLES if name not in OPTIONAL)
        raise DataError(f"{path}: no such table; road traffic needs {needed}")
    types = {name: str(column.dtype) for name, column in definition.columns.items()}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


@dataclass(frozen=True, eq=False)
class Rates:
    """Look-up of `trip_rates`: the row for the purpose and area, else for all areas, else for all purposes."""

    values: dict[tuple[str, str, str], float]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Rates":
        """Index the table."""
        keys = zip(table["purpose"], table["area"], table["quantity"], strict=True)
        return cls(dict(zip(keys, table["value"].tolist(), strict=True)))

    def get(self, quantity: str, *, purpose: str = "all", area: str = "all", default: float | None = None) -> float:
        """Return a number; its unit is in the name of the quantity.

        Parameters
        ----------
        quantity
            One of `QUANTITIES`.
        purpose, area
            What it is asked for.
        default
            What no row means; without one, no row is an error.

        Raises
        ------
        DataError
            If no row fits and there is no default.
        """
        for key in ((purpose, area), (purpose, "all"), ("all", area), ("all", "all")):
            if (*key, quantity) in self.values:
                return self.values[*key, quantity]
        if default is None:
            raise DataError(f"trip_rates.csv: no row for purpose {purpose}, area {area}, quantity {quantity}")
        return default

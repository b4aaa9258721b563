"""The columns of the tables of operations of rivers: vessels, water levels, locks and passages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.freight import NAVIGATION_CLASSES

if TYPE_CHECKING:
    from pandera.pandas import Column


def vessel_types() -> "dict[str, Column]":
    """Return the columns of the table of typical vessels, one of each navigation class."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "navigation_class": pa.Column(str, one_of(NAVIGATION_CLASSES)),
        "hull": pa.Column(str, pa.Check.str_length(min_value=1, error="must not be empty")),
        "under_keel_m": pa.Column(float, between(0, 5)),
        "engine_year": pa.Column(int, between(1950, 2100)),
        "note": pa.Column(str),
    }


def hydrology() -> "dict[str, Column]":
    """Return the columns of the table of water levels: a row for each gauge and month."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "river": pa.Column(str, filled()),
        "gauge": pa.Column(str, filled()),
        "month": pa.Column(int, between(1, 12)),
        "discharge_m3s": pa.Column(float, between(0.001, 1e6)),
        "depth_m": pa.Column(float, between(0.1, 100)),
        "closure_days": pa.Column(int, between(0, 28)),
        "note": pa.Column(str),
    }


def lock_operations() -> "dict[str, Column]":
    """Return the columns of the table of how locks are worked, and of other places that vessels pass in turn."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "lock": pa.Column(str, pa.Check.str_length(min_value=1, error="must not be empty")),
        "kind": pa.Column(str, one_of(("lock", "works"))),
        "from_year": pa.Column(int, between(1900, 2100)),
        "to_year": pa.Column(int, between(1900, 2100)),
        "chambers_count": pa.Column(int, between(1, 10)),
        "open_hour": pa.Column(float, between(0, 24)),
        "close_hour": pa.Column(float, between(0, 24)),
        "gate_min": pa.Column(float, between(0, 60)),
        "interval_min": pa.Column(float, between(0, 120)),
        "margin_m": pa.Column(float, between(0, 50)),
        "passage_min": pa.Column(float, between(0.1, 1440), nullable=True),
        "note": pa.Column(str),
    }


LOCK_CHECKS: "dict[str, Callable[[pd.DataFrame], pd.Series[bool]]]" = {
    "to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"],
    "close_hour must come after open_hour (0 and 24 for day and night)": lambda d: d["open_hour"] < d["close_hour"],
    "works need passage_min, the time of one vessel; a lock has its own on the map": lambda d: (
        (d["kind"] == "works") == d["passage_min"].notna()
    ),
    "an earlier line has the same lock in some of these years": lambda d: ~_overlapping(d),
}


def _overlapping(table: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which rows name a lock in a year in which an earlier row does."""
    rows: Any = table.to_dict("records")
    found = [
        any(
            earlier["lock"] == row["lock"]
            and earlier["from_year"] <= row["to_year"]
            and row["from_year"] <= earlier["to_year"]
            for earlier in rows[:n]
        )
        for n, row in enumerate(rows)
    ]
    return pd.Series(found, index=table.index, dtype=bool)

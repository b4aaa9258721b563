"""The columns of the tables of operations of terminals and trucks."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import LARGEST, between, filled, one_of
from transport_sim.tables.freight import TRUCK_CLASSES

if TYPE_CHECKING:
    from pandera.pandas import Column


def terminal_operations() -> "dict[str, Column]":
    """Return the columns of the table of terminals as trucks and goods meet them; 0 means that there is no limit."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    count = between(0, 10_000)
    return {
        "terminal": pa.Column(str, filled()),
        "gates_count": pa.Column(int, count),
        "gate_min": pa.Column(float, between(0, 1_440)),
        "open_hour": pa.Column(float, between(0, 24)),
        "close_hour": pa.Column(float, between(0, 24)),
        "slot_min": pa.Column(float, between(0, 1_440)),
        "slot_trucks_count": pa.Column(int, count),
        "drayage_trucks_count": pa.Column(int, count),
        "storage_out_t": pa.Column(float, between(0, LARGEST)),
        "storage_in_t": pa.Column(float, between(0, LARGEST)),
        "equipment": pa.Column(str),
        "note": pa.Column(str),
    }


TERMINAL_CHECKS = {
    "close_hour must come after open_hour (0 and 24 for the whole day)": lambda d: d["open_hour"] < d["close_hour"],
    "gates need gate_min above 0": lambda d: (d["gates_count"] == 0) | (d["gate_min"] > 0),
    "opening hours are those of the gates: they need gates_count above 0": lambda d: (
        (d["gates_count"] > 0) | ((d["open_hour"] == 0) & (d["close_hour"] == 24))
    ),
    "slot_min and slot_trucks_count belong together": lambda d: (d["slot_min"] > 0) == (d["slot_trucks_count"] > 0),
}


def handling_rates() -> "dict[str, Column]":
    """Return the columns of the table of what one crane, grab or loader moves in an hour, by commodity."""
    import pandera.pandas as pa  # noqa: PLC0415

    word = pa.Check.str_matches(r"^[^\s;:]+$", error="must be a word without spaces, ; and :")
    return {
        "equipment": pa.Column(str, word),
        "commodity": pa.Column(str, word),
        "rate_t_per_h": pa.Column(float, between(1, 100_000)),
        "note": pa.Column(str),
    }


def truck_operations() -> "dict[str, Column]":
    """Return the columns of the table of how trucks of a class are used."""
    import pandera.pandas as pa  # noqa: PLC0415

    share = between(0, 1)
    return {
        "vehicle_class": pa.Column(str, one_of(TRUCK_CLASSES)),
        "drop_hook_share": pa.Column(float, share),
        "coupling_min": pa.Column(float, between(0, 1_440)),
        "backhaul_share": pa.Column(float, share),
        "backhaul_window_h": pa.Column(float, between(0, 720)),
        "note": pa.Column(str),
    }


def driving_rules() -> "dict[str, Column]":
    """Return the columns of the table of driving hours; one row, or none where nobody asks."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "rule": pa.Column(str, filled()),
        "max_drive_h": pa.Column(float, between(0.5, 24)),
        "break_min": pa.Column(float, between(1, 1_440)),
        "max_day_drive_h": pa.Column(float, between(0.5, 24)),
        "note": pa.Column(str),
    }


def _one_row(d: pd.DataFrame) -> "pd.Series[bool]":
    return pd.Series(range(len(d)), index=d.index) == 0


DRIVING_CHECKS = {
    "there is one rule for all trucks; leave the other lines out": _one_row,
    "max_day_drive_h must be at least max_drive_h": lambda d: d["max_day_drive_h"] >= d["max_drive_h"],
}

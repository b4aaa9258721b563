"""The columns of the optional tables of choice, in the folder `operations` of the data folder."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import LARGEST, between, one_of

if TYPE_CHECKING:
    from pandera.pandas import Column


def shippers_columns() -> "dict[str, Column]":
    """Return the columns of `shippers`: how much a typical shipper of a commodity sends, and what an order costs."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "commodity": pa.Column(str, pa.Check.str_length(min_value=1, error="must not be empty")),
        "annual_t": pa.Column(float, between(0.1, LARGEST)),
        "order_cost_cny": pa.Column(float, between(0, 1e6)),
        "note": pa.Column(str),
    }


def shipment_sizes_columns() -> "dict[str, Column]":
    """Return the columns of `shipment_sizes`: what trains and vessels offer; the first row of a mode has no minimum."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "mode": pa.Column(str, one_of(("rail", "waterway"))),
        "size": pa.Column(str, pa.Check.str_matches(r"^[a-z0-9_]+$", error="must be lower-case letters, digits and _")),
        "unit": pa.Column(str, one_of(("wagon", "train", "vessel"))),
        "units_count": pa.Column(float, between(0.01, 1000)),
        "min_annual_t": pa.Column(float, between(0, LARGEST)),
        "rate_ratio": pa.Column(float, between(0.01, 100)),
        "wait_ratio": pa.Column(float, between(0, 100)),
        "note": pa.Column(str),
    }


def service_waits_columns() -> "dict[str, Column]":
    """Return the columns of `service_waits`: delays of trains and vessels; empty places stand for all others."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "mode": pa.Column(str, one_of(("rail", "waterway"))),
        "from_place": pa.Column(str),
        "to_place": pa.Column(str),
        "wait_h": pa.Column(float, between(-1000, 10_000)),
        "std_h": pa.Column(float, between(0, 10_000)),
        "note": pa.Column(str),
    }


def elasticity_ranges_columns() -> "dict[str, Column]":
    """Return the columns of `elasticity_ranges`: published price elasticities to compare the model's with."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "mode": pa.Column(str, one_of(("road", "rail", "waterway"))),
        "quantity": pa.Column(str, one_of(("tonnes", "tkm"))),
        "low": pa.Column(float, between(-20, 20)),
        "high": pa.Column(float, between(-20, 20)),
        "note": pa.Column(str),
    }


def calibration_targets_columns() -> "dict[str, Column]":
    """Return the columns of `calibration_targets`: what is observed in the base year, with its standard error."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "quantity": pa.Column(str, one_of(("tonnes", "mean_haul_km", "price_elasticity"))),
        "mode": pa.Column(str, one_of(("road", "rail", "waterway"))),
        "choice_group": pa.Column(str, one_of(("", "bulk", "general"))),
        "value": pa.Column(float),
        "standard_error": pa.Column(float, between(1e-9, LARGEST)),
        "note": pa.Column(str),
    }


SIZE_CHECKS: "dict[str, Callable[[pd.DataFrame], pd.Series[bool]]]" = {
    "unit must be wagon or train for rail, vessel for waterway": lambda d: (
        (d["mode"] == "waterway") == (d["unit"] == "vessel")
    ),
    "the first row of a mode is for everybody: min_annual_t must be 0": lambda d: (
        d.duplicated("mode") | (d["min_annual_t"] == 0)
    ),
}
WAIT_CHECKS: "dict[str, Callable[[pd.DataFrame], pd.Series[bool]]]" = {
    "state from_place and to_place, or neither for all other relations": lambda d: (
        (d["from_place"] == "") == (d["to_place"] == "")
    ),
}
RANGE_CHECKS: "dict[str, Callable[[pd.DataFrame], pd.Series[bool]]]" = {
    "high lies below low": lambda d: d["low"] <= d["high"],
}

"""The columns of the table of vessels by technology."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import between, one_of
from transport_sim.tables.freight import NAVIGATION_CLASSES

if TYPE_CHECKING:
    from pandera.pandas import Column

VESSEL_TECHNOLOGIES = ("diesel", "lng", "methanol", "battery_electric")


def vessel_stock() -> "dict[str, Column]":
    """Return the columns of the shares of technologies in the work of vessels; a class without rows sails on diesel.

    Between stated years shares are linear.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "navigation_class": pa.Column(str, one_of(NAVIGATION_CLASSES)),
        "technology": pa.Column(str, one_of(VESSEL_TECHNOLOGIES)),
        "year": pa.Column(int, between(1900, 2100)),
        "share": pa.Column(float, between(0, 1)),
        "note": pa.Column(str),
    }


def _complete(d: pd.DataFrame) -> "pd.Series[bool]":
    return (d.groupby(["navigation_class", "year"])["share"].transform("sum") - 1.0).abs() < 1e-6


STOCK_CHECKS = {"the shares of the technologies of a class and year must add up to 1": _complete}

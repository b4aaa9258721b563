"""The columns of the table of speeds by hour, for regions whose road traffic is not simulated."""

from typing import TYPE_CHECKING

from transport_sim.tables.csv_tables import between
from transport_sim.tables.operation_table import OperationTable

if TYPE_CHECKING:
    from pandera.pandas import Column


def hour_speeds() -> "dict[str, Column]":
    """Return the columns of the mean speed of each hour over the free speed; an hour without a row is free."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "hour": pa.Column(int, between(0, 23)),
        "speed_ratio": pa.Column(float, between(0.05, 1)),
        "note": pa.Column(str),
    }


TRAVEL_TABLES = {"hour_speeds": OperationTable(hour_speeds, ("hour",), folder="fleets")}

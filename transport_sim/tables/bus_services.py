"""The columns of the tables of bus lines, their stops and headways, and depots."""

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.operation_table import OperationTable

if TYPE_CHECKING:
    from pandera.pandas import Column

CHARGING = ("overnight", "opportunity", "swap")
"""How the electric buses of a line charge: in the depot only, also while they wait at stops with a station, or there
by changing the battery."""
DAY_KINDS = ("workday", "weekend", "daily")


def bus_services() -> "dict[str, Column]":
    """Return the columns of the table of bus lines.

    `stops` names the stops that fix the way, joined by `;`, from one end to the other; buses run both ways. They also
    halt every `stop_distance_km`. `time_ratio` multiplies the driving time of general traffic (below 1 on bus lanes),
    `time_spread_ratio` is the standard deviation of a run's time over its mean. A run that would leave more than
    `most_late_min` late is lost. Without `scheduled_speed_kmh` the
    timetable allows what a run takes on average.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "line": pa.Column(str, filled()),
        "name": pa.Column(str),
        "stops": pa.Column(str, filled()),
        "depot": pa.Column(str, filled()),
        "charging": pa.Column(str, one_of(CHARGING)),
        "layover_min": pa.Column(float, between(0, 120)),
        "most_late_min": pa.Column(float, between(0, 240)),
        "stop_distance_km": pa.Column(float, between(0.1, 100)),
        "dwell_s": pa.Column(float, between(0, 600)),
        "time_ratio": pa.Column(float, between(0.1, 3)),
        "time_spread_ratio": pa.Column(float, between(0, 0.5)),
        "scheduled_speed_kmh": pa.Column(float, between(1, 120), nullable=True),
        "from_year": pa.Column(int, between(1900, 2100)),
        "to_year": pa.Column(int, between(1900, 2100)),
        "note": pa.Column(str),
    }


def bus_headways() -> "dict[str, Column]":
    """Return the columns of the table of headways: how often buses leave each end of a line in part of the day.

    Hours count from midnight of the day on which the service begins; those after 24 are of the night that follows.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "line": pa.Column(str, filled()),
        "days": pa.Column(str, one_of(DAY_KINDS)),
        "from_hour": pa.Column(float, between(0, 30)),
        "to_hour": pa.Column(float, between(0, 30)),
        "headway_min": pa.Column(float, between(0.5, 720)),
        "note": pa.Column(str),
    }


def bus_stops() -> "dict[str, Column]":
    """Return the columns of the table of stops that fix the way of lines; buses charge there at `station`, if any."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "stop": pa.Column(str, filled()),
        "name": pa.Column(str),
        "lon": pa.Column(float, between(-180, 180)),
        "lat": pa.Column(float, between(-90, 90)),
        "station": pa.Column(str),
        "note": pa.Column(str),
    }


def depots() -> "dict[str, Column]":
    """Return the columns of the table of depots; `station` is the one where its vehicles charge over night."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "depot": pa.Column(str, filled()),
        "name": pa.Column(str),
        "lon": pa.Column(float, between(-180, 180)),
        "lat": pa.Column(float, between(-90, 90)),
        "station": pa.Column(str),
        "note": pa.Column(str),
    }


def _two_stops(table: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which rows name at least two stops, none of them empty or twice in a row."""
    lists = [[word.strip() for word in text.split(";")] for text in table["stops"].astype(str)]
    good = [len(words) > 1 and all(words) and all(a != b for a, b in pairwise(words)) for words in lists]
    return pd.Series(good, index=table.index)


BUS_TABLES: dict[str, OperationTable] = {
    "bus_services": OperationTable(
        bus_services,
        ("line",),
        {
            "stops must name at least two stops, joined by ;, none twice in a row": _two_stops,
            "to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"],
        },
        folder="fleets",
    ),
    "bus_headways": OperationTable(
        bus_headways,
        ("line", "days", "from_hour"),
        {"to_hour must come after from_hour": lambda d: d["from_hour"] < d["to_hour"]},
        folder="fleets",
    ),
    "bus_stops": OperationTable(bus_stops, ("stop",), folder="fleets"),
    "depots": OperationTable(depots, ("depot",), folder="fleets"),
}

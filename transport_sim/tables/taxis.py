"""The columns of the tables of taxis: who works when, where rides begin and end, what they cost, how drivers decide."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.operation_table import OperationTable

if TYPE_CHECKING:
    from pandera.pandas import Column

TAXI_PARAMETERS = {
    "value_of_time_cny_per_h": (0.0, 1000.0),
    "price_weight": (0.0, 100.0),
    "distance_weight": (0.0, 100.0),
    "wait_weight": (0.0, 100.0),
    "logit_scale_cny": (0.0, 1000.0),
    "look_soc": (0.0, 1.0),
    "least_charge_soc": (0.0, 1.0),
    "station_patience_min": (0.0, 1440.0),
    "stations_tried_count": (1.0, 100.0),
    "look_again_min": (1.0, 1440.0),
    "leaving_min": (0.25, 60.0),
    "swap_share": (0.0, 1.0),
    "pickup_min": (0.0, 240.0),
    "passenger_patience_min": (0.0, 240.0),
    "idle_move_min": (1.0, 240.0),
    "cruise_kmh": (0.0, 60.0),
    "start_spread_h": (0.0, 6.0),
}
"""What `taxi_parameters` must state, with the smallest and largest value that the model can work with.

`look_soc` is the state of charge at which a driver looks for a station; `least_charge_soc` what a charge in a break
must add; `stations_tried_count` after how many queues that are too long he goes back to work, and `look_again_min` for
how long; `leaving_min` the time from the end of a charge until he is for hire; `swap_share` the share of electric taxis
whose battery can be swapped; `pickup_min` the longest way to a passenger; `idle_move_min` the time without a fare after
which he drives to another quarter; `cruise_kmh` the mean speed between fares, standing at ranks included;
`start_spread_h` the spread of the starts of a shift. The weights multiply what charging costs, the way there and the
wait.
"""


def taxi_shifts() -> "dict[str, Column]":
    """Return the columns of the table of shifts.

    Vehicles of one `pattern` work all of its shifts, every day; `vehicles_share` is that of the pattern and stands in
    each of its rows. Hours count from midnight of the day on which the shift starts, so the meal of a night shift may
    lie after hour 24. A shift without `meal_min` has no break.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "pattern": pa.Column(str, filled()),
        "shift": pa.Column(str, filled()),
        "start_hour": pa.Column(float, between(0, 24)),
        "length_h": pa.Column(float, between(0.5, 24)),
        "vehicles_share": pa.Column(float, between(0, 1)),
        "meal_from_hour": pa.Column(float, between(0, 48), nullable=True),
        "meal_to_hour": pa.Column(float, between(0, 48), nullable=True),
        "meal_min": pa.Column(float, between(1, 240), nullable=True),
        "note": pa.Column(str),
    }


def taxi_demand() -> "dict[str, Column]":
    """Return the columns of the table of rides by hour: shares that begin and end where people live.

    The others begin and end where they work and shop. How many rides there are, and when, is stated by the traffic
    folder: `trip_rates` and `hourly_profile`, purpose taxi.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "hour": pa.Column(int, between(0, 23)),
        "from_homes_share": pa.Column(float, between(0, 1)),
        "to_homes_share": pa.Column(float, between(0, 1)),
    }


def taxi_fares() -> "dict[str, Column]":
    """Return the columns of the table of fares by the hour at which a ride begins."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "from_hour": pa.Column(int, between(0, 23)),
        "to_hour": pa.Column(int, between(1, 24)),
        "flag_fall_cny": pa.Column(float, between(0, 1000)),
        "flag_fall_km": pa.Column(float, between(0, 100)),
        "cny_per_km": pa.Column(float, between(0, 100)),
        "waiting_cny_per_min": pa.Column(float, between(0, 100)),
        "note": pa.Column(str),
    }


def taxi_parameters() -> "dict[str, Column]":
    """Return the columns of the table of how drivers and passengers decide."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "parameter": pa.Column(str, one_of(tuple(TAXI_PARAMETERS))),
        "value": pa.Column(float),
        "note": pa.Column(str),
    }


def _meal_fits(table: pd.DataFrame) -> "pd.Series[bool]":
    start, end = table["start_hour"], table["start_hour"] + table["length_h"]
    earliest, latest = table["meal_from_hour"], table["meal_to_hour"] - table["meal_min"] / 60.0
    return table["meal_min"].isna() | ((start <= earliest) & (earliest <= latest) & (table["meal_to_hour"] <= end))


def _within_bounds(table: pd.DataFrame) -> "pd.Series[bool]":
    bounds = [TAXI_PARAMETERS.get(name, (-float("inf"), float("inf"))) for name in table["parameter"]]
    inside = [low <= value <= high for (low, high), value in zip(bounds, table["value"], strict=True)]
    return pd.Series(inside, index=table.index, dtype=bool)


TAXI_TABLES: dict[str, OperationTable] = {
    "taxi_shifts": OperationTable(
        taxi_shifts,
        ("pattern", "shift"),
        {"the meal must fit between meal_from_hour and meal_to_hour, and these into the shift": _meal_fits},
        folder="fleets",
    ),
    "taxi_demand": OperationTable(taxi_demand, ("hour",), folder="fleets"),
    "taxi_fares": OperationTable(
        taxi_fares,
        ("from_hour",),
        {"to_hour must come after from_hour": lambda d: d["from_hour"] < d["to_hour"]},
        folder="fleets",
    ),
    "taxi_parameters": OperationTable(
        taxi_parameters,
        ("parameter",),
        {
            "value lies out of the bounds of its parameter, "
            + ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in TAXI_PARAMETERS.items()): _within_bounds
        },
        folder="fleets",
    ),
}

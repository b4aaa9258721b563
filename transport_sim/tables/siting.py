"""The columns of the tables of charger siting: who charges how, what chargers cost, and where one may be built."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import LARGEST, between, filled, one_of
from transport_sim.tables.operation_table import OperationTable
from transport_sim.tables.stations import PLUG_KINDS

if TYPE_CHECKING:
    from pandera.pandas import Column

Bounds = dict[str, tuple[float, float, str]]
CHARGING_GROUPS = ("taxi", "bus", "delivery", "truck", "private", "through")
"""Users of public chargers; `through` are cars on their way between towns and over the edge of the map."""
FLEETS_OF_GROUP: dict[str, tuple[str, ...]] = {
    "taxi": ("taxi",),
    "bus": ("bus",),
    "delivery": ("delivery_van", "truck_light"),
    "truck": ("truck_medium", "truck_heavy", "tractor_trailer"),
    "private": ("private_car",),
    "through": ("private_car",),
}
"""Fleets, as the table of stations names its users, that each group is made of."""
PLACE_KINDS = (
    *("service_area", "transport_hub", "bus_depot", "logistics_park", "express_centre", "market"),
    *("charging_station", "parking", "fuel", "town_centre"),
)
"""Kinds of candidates; where two are too close to each other the one named first here stays."""
SITING_RULES = {
    "allowed": (0.0, 1.0, "1"),
    "max_road_km": (0.0, 100.0, "km"),
    "max_minutes": (0.0, 1000.0, "min"),
    "min_footprint_m2": (0.0, 1e6, "m2"),
    "max_grid_km": (0.0, 1000.0, "km"),
    "min_headroom_kw": (0.0, 1e6, "kW"),
    "max_slope_ratio": (0.0, 1.0, "1"),
    "min_river_km": (0.0, 100.0, "km"),
    "min_existing_km": (0.0, 100.0, "km"),
    "min_spacing_km": (0.0, 100.0, "km"),
    "full_load_h": (0.1, 24.0, "h"),
}
"""What `siting_rules` may state: smallest and largest value, and the unit. `siting.filters` says what each means;
`full_load_h` is for how many hours of full power a day a plug is planned."""
BEHAVIOUR = {
    "electric_share": (0.0, 1.0, "1"),
    "public_share": (0.0, 1.0, "1"),
    "home_share": (0.0, 1.0, "1"),
    "vehicle_count": (0.0, 1e7, "vehicles"),
    "km_per_vehicle_day": (0.0, 2000.0, "km"),
    "mean_speed_kmh": (5.0, 140.0, "km/h"),
    "session_kwh": (1.0, 2000.0, "kWh"),
    "session_power_kw": (1.0, 2000.0, "kW"),
    "radius_minutes": (0.5, 240.0, "min"),
    "range_km": (10.0, 2000.0, "km"),
}
"""What `charging_behaviour` may state: smallest and largest value, and the unit; `siting.demand` uses them."""


def charger_costs() -> "dict[str, Column]":
    """Return the columns of the table of what chargers cost at each kind of place, and who may use them there."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    money = between(0, 1e9)
    return {
        "place_kind": pa.Column(str, one_of(PLACE_KINDS)),
        "plug_kind": pa.Column(str, one_of(PLUG_KINDS)),
        "power_kw": pa.Column(float, between(1, 10_000)),
        "site_cny": pa.Column(float, money),
        "plug_cny": pa.Column(float, money),
        "feeder_cny_per_kw": pa.Column(float, money),
        "grid_cny_per_km": pa.Column(float, money),
        "max_plugs_count": pa.Column(int, between(1, 10_000)),
        "users": pa.Column(str, filled()),
        "tariff": pa.Column(str, filled()),
        "note": pa.Column(str),
    }


def siting_rules() -> "dict[str, Column]":
    """Return the columns of the table of rules; a row for a kind of place goes before that for `all`."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "rule": pa.Column(str, one_of(tuple(SITING_RULES))),
        "place_kind": pa.Column(str, one_of(("all", *PLACE_KINDS))),
        "value": pa.Column(float, between(0, LARGEST)),
        "unit": pa.Column(str, filled()),
        "note": pa.Column(str),
    }


def charging_behaviour() -> "dict[str, Column]":
    """Return the columns of the table of who charges how; between the years of a quantity it is linear."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "group": pa.Column(str, one_of(CHARGING_GROUPS)),
        "quantity": pa.Column(str, one_of(tuple(BEHAVIOUR))),
        "year": pa.Column(int, between(1900, 2100)),
        "value": pa.Column(float, between(0, LARGEST)),
        "unit": pa.Column(str, filled()),
        "note": pa.Column(str),
    }


def charging_hours() -> "dict[str, Column]":
    """Return the columns of the table of when a group charges; within a row it is even, and shares count relatively."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "group": pa.Column(str, one_of(CHARGING_GROUPS)),
        "from_hour": pa.Column(int, between(0, 23)),
        "to_hour": pa.Column(int, between(1, 24)),
        "share": pa.Column(float, between(0, 1)),
        "note": pa.Column(str),
    }


def candidate_places() -> "dict[str, Column]":
    """Return the columns of the table of places that the map lacks, with what a survey found; empty where unknown."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "place": pa.Column(str, filled()),
        "kind": pa.Column(str, one_of(PLACE_KINDS)),
        "name": pa.Column(str, filled()),
        "lon": pa.Column(float, between(-180, 180)),
        "lat": pa.Column(float, between(-90, 90)),
        "footprint_m2": pa.Column(float, between(0, 1e7), nullable=True),
        "grid_km": pa.Column(float, between(0, 1000), nullable=True),
        "headroom_kw": pa.Column(float, between(0, 1e6), nullable=True),
        "slope_ratio": pa.Column(float, between(0, 1), nullable=True),
        "river_km": pa.Column(float, between(0, 1000), nullable=True),
        "note": pa.Column(str),
    }


def grid_headroom() -> "dict[str, Column]":
    """Return the columns of the table of transformers: what each one can still give."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "point": pa.Column(str, filled()),
        "lon": pa.Column(float, between(-180, 180)),
        "lat": pa.Column(float, between(-90, 90)),
        "headroom_kw": pa.Column(float, between(0, 1e6)),
        "note": pa.Column(str),
    }


def _within(frame: pd.DataFrame, words: str, bounds: Bounds, side: int) -> "pd.Series[bool]":
    """Tell for each row whether its value keeps the bound of its word."""
    limit = frame[words].map({word: row[side] for word, row in bounds.items()}).astype(float)
    kept = frame["value"] >= limit if side == 0 else frame["value"] <= limit
    return kept | limit.isna()


def _has_unit(frame: pd.DataFrame, words: str, bounds: Bounds) -> "pd.Series[bool]":
    """Tell for each row whether it has the unit of its word."""
    unit = frame[words].map({word: row[2] for word, row in bounds.items()})
    return (frame["unit"] == unit) | unit.isna()


SITING_TABLES: dict[str, OperationTable] = {
    "charger_costs": OperationTable(
        charger_costs,
        ("place_kind",),
        {
            "users must be groups joined by ; or all": lambda d: d["users"].map(
                lambda text: text == "all" or set(text.split(";")) <= set(CHARGING_GROUPS)
            )
        },
        folder="fleets",
    ),
    "siting_rules": OperationTable(
        siting_rules,
        ("rule", "place_kind"),
        {
            "value is larger than this rule can have": lambda d: _within(d, "rule", SITING_RULES, 1),
            "unit is not that of the rule": lambda d: _has_unit(d, "rule", SITING_RULES),
        },
        folder="fleets",
    ),
    "charging_behaviour": OperationTable(
        charging_behaviour,
        ("group", "quantity", "year"),
        {
            "value is smaller than this quantity can be": lambda d: _within(d, "quantity", BEHAVIOUR, 0),
            "value is larger than this quantity can be": lambda d: _within(d, "quantity", BEHAVIOUR, 1),
            "unit is not that of the quantity": lambda d: _has_unit(d, "quantity", BEHAVIOUR),
        },
        folder="fleets",
    ),
    "charging_hours": OperationTable(
        charging_hours,
        ("group", "from_hour"),
        {"to_hour must come after from_hour": lambda d: d["from_hour"] < d["to_hour"]},
        folder="fleets",
    ),
    "candidate_places": OperationTable(candidate_places, ("place",), folder="fleets"),
    "grid_headroom": OperationTable(grid_headroom, ("point",), folder="fleets"),
}

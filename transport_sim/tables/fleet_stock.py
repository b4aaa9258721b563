"""The columns of the tables of fleets: stock, totals, sales, survival, use and costs."""

from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from transport_sim.conditions import STANDARDS, TECHNOLOGIES
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.operation_table import OperationTable
from transport_sim.tables.traffic import NO_EXHAUST

if TYPE_CHECKING:
    from pandera.pandas import Column

FleetName = Literal[
    "bus",
    "taxi",
    "rural_bus",
    "official_car",
    "delivery_van",
    "postal_van",
    "private_car",
    "motorcycle",
    "truck_light",
    "truck_medium",
    "truck_heavy",
    "tractor_trailer",
    "vessel",
]
FLEETS: tuple[FleetName, ...] = get_args(FleetName)
"""Fleets that there can be; `vessel` stands for those of inland waterways."""
VESSEL = "vessel"
FREIGHT_TRUCKS = ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer")
"""Fleets that carry the freight of the scenario, each named as its class of truck."""
FLEET_TECHNOLOGIES = (*TECHNOLOGIES, "methanol")
FREIGHT_TECHNOLOGIES = ("diesel", "lng", "battery_electric", "fuel_cell_electric")
"""Drives of trucks and tractors that carry freight."""
ALLOWED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(FLEETS, TECHNOLOGIES),
    **dict.fromkeys(FREIGHT_TRUCKS, FREIGHT_TECHNOLOGIES),
    VESSEL: ("diesel", "lng", "methanol", "battery_electric"),
}
"""Drives that each fleet may have: those that the accounts know."""
BATTERY_END_RATIO = 0.8
"""Capacity that a battery has left at the end of its life in a vehicle, falling evenly until then: the usual
definition of that end, an assumption. [-]"""
ENGINE_CLASSES = (*VEHICLE_CLASSES, "van", "coach", VESSEL)
PRICE_UNITS = {
    **dict.fromkeys(("gasoline", "diesel", "cng", "lng", "methanol", "hydrogen"), "CNY/kg"),
    "electricity": "CNY/kWh",
    "battery": "CNY/kWh",
    "discount_rate": "1/year",
}
"""Items of `fleet_prices` and the unit of each."""


def _columns(*names: str) -> "dict[str, Column]":
    """Return the columns of these names; those that several tables share are alike in all of them."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    year, share, price = between(1900, 2100), between(0, 1), between(0, 1e9)
    every = {
        "fleet": pa.Column(str, one_of(FLEETS)),
        "whose": pa.Column(str, one_of(("all", *FLEETS))),
        "year": pa.Column(int, year),
        "from_year": pa.Column(int, year),
        "to_year": pa.Column(int, year),
        "technology": pa.Column(str, one_of(FLEET_TECHNOLOGIES)),
        "emission_standard": pa.Column(str, one_of(("", *STANDARDS))),
        "vehicle_count": pa.Column(float, between(0, 1e9)),
        "share": pa.Column(float, share),
        "scale_years": pa.Column(float, between(1, 100)),
        "shape": pa.Column(float, between(0.5, 20)),
        "mandatory_age_years": pa.Column(int, between(1, 100)),
        "vehicle_class": pa.Column(str, one_of(ENGINE_CLASSES)),
        "traffic_class": pa.Column(str, one_of(("", *VEHICLE_CLASSES))),
        "km_per_year": pa.Column(float, between(0, 1e6)),
        "speed_kmh": pa.Column(float, between(1, 140)),
        "load_ratio": pa.Column(float, share),
        "payload_t": pa.Column(float, between(0, 1e5)),
        "purchase_cny": pa.Column(float, price),
        "battery_kwh": pa.Column(float, between(0, 1e5)),
        "battery_life_years": pa.Column(int, between(1, 100)),
        "charger_cny": pa.Column(float, price),
        "maintenance_cny_per_km": pa.Column(float, between(0, 1e4)),
        "item": pa.Column(str, one_of(tuple(PRICE_UNITS))),
        "price": pa.Column(float, between(0, 1e6)),
        "unit": pa.Column(str, filled()),
        "note": pa.Column(str),
    }
    return {name.replace("whose", "fleet"): every[name] for name in names}


def _adds_up(d: pd.DataFrame) -> "pd.Series[bool]":
    return (d.groupby(["fleet", "year"])["share"].transform("sum") - 1.0).abs() < 1e-6


def _known_to_accounts(d: pd.DataFrame) -> "pd.Series[bool]":
    pairs = zip(d["fleet"], d["technology"], strict=True)
    return pd.Series([t in ALLOWED.get(fleet, ()) for fleet, t in pairs], index=d.index, dtype=bool)


def _exhaust(d: pd.DataFrame) -> "pd.Series[bool]":
    return d["fleet"].eq(VESSEL) | (d["technology"].isin(NO_EXHAUST) == d["emission_standard"].eq(""))


_TECHNOLOGY = {
    "the accounts do not know this drive: freight trucks have diesel, lng, battery_electric or fuel_cell_electric, "
    "vessels diesel, lng, methanol or battery_electric, and nothing else has methanol": _known_to_accounts
}

FLEET_TABLES: dict[str, OperationTable] = {
    "fleet_stock": OperationTable(
        lambda: _columns("year", "fleet", "technology", "emission_standard", "vehicle_count"),
        ("year", "fleet", "technology", "emission_standard"),
        {
            **_TECHNOLOGY,
            "emission_standard must be empty for what has no exhaust and for vessels, and for nothing else": _exhaust,
            "all rows must state the stock of one year": lambda d: d["year"] == d["year"].head(1).sum(),
        },
        folder="fleets",
    ),
    "fleet_totals": OperationTable(
        lambda: _columns("year", "fleet", "vehicle_count"), ("year", "fleet"), folder="fleets"
    ),
    "fleet_sales": OperationTable(
        lambda: _columns("year", "fleet", "technology", "share"),
        ("year", "fleet", "technology"),
        {**_TECHNOLOGY, "the shares of the technologies of a fleet and year must add up to 1": _adds_up},
        folder="fleets",
    ),
    "fleet_survival": OperationTable(
        lambda: _columns("fleet", "scale_years", "shape", "mandatory_age_years"), ("fleet",), folder="fleets"
    ),
    "standards_in_force": OperationTable(
        lambda: _columns("whose", "emission_standard", "from_year", "to_year"),
        ("fleet", "emission_standard", "from_year"),
        {"to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"]},
        folder="fleets",
    ),
    "fleet_use": OperationTable(
        lambda: _columns(
            *("fleet", "year", "vehicle_class", "traffic_class", "km_per_year", "speed_kmh", "load_ratio"),
            *("payload_t", "note"),
        ),
        ("fleet", "year"),
        {
            "vessels, and nothing else, have vehicle_class vessel": lambda d: (
                d["fleet"].eq(VESSEL) == d["vehicle_class"].eq(VESSEL)
            )
        },
        folder="fleets",
    ),
    "fleet_costs": OperationTable(
        lambda: _columns(
            *("fleet", "technology", "year", "purchase_cny", "battery_kwh", "battery_life_years", "charger_cny"),
            *("maintenance_cny_per_km", "note"),
        ),
        ("fleet", "technology", "year"),
        _TECHNOLOGY,
        folder="fleets",
    ),
    "fleet_prices": OperationTable(
        lambda: _columns("item", "year", "price", "unit", "note"),
        ("item", "year"),
        {
            "unit must be that of the item: CNY/kg of fuels, CNY/kWh of electricity and battery, 1/year of "
            "discount_rate": lambda d: d["unit"] == d["item"].map(PRICE_UNITS)
        },
        folder="fleets",
    ),
}

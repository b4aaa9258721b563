"""The columns of the tables of stations: where vehicles charge, swap or fill up, at what price; and what they carry."""

from typing import TYPE_CHECKING

from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.operation_table import OperationTable

if TYPE_CHECKING:
    from pandera.pandas import Column

STATION_KINDS = ("charging", "swap", "lng", "hydrogen", "shore_power")
PLUG_KINDS = ("ac", "dc", "pantograph", "swap", "lng", "hydrogen", "shore")


def stations() -> "dict[str, Column]":
    """Return the columns of the table of stations.

    `users` lists the fleets that may use it, joined by `;`, or says `all`; without `feeder_kw` its plugs are never
    short of power.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "station": pa.Column(str, filled()),
        "name": pa.Column(str),
        "kind": pa.Column(str, one_of(STATION_KINDS)),
        "lon": pa.Column(float, between(-180, 180)),
        "lat": pa.Column(float, between(-90, 90)),
        "users": pa.Column(str, filled()),
        "feeder_kw": pa.Column(float, between(1, 1e6), nullable=True),
        "open_hour": pa.Column(float, between(0, 24)),
        "close_hour": pa.Column(float, between(0, 24)),
        "tariff": pa.Column(str, filled()),
        "from_year": pa.Column(int, between(1900, 2100)),
        "to_year": pa.Column(int, between(1900, 2100)),
        "note": pa.Column(str),
    }


def plugs() -> "dict[str, Column]":
    """Return the columns of the table of plugs: how many of each power a station has, and how often they fail."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "station": pa.Column(str, filled()),
        "kind": pa.Column(str, one_of(PLUG_KINDS)),
        "power_kw": pa.Column(float, between(0.1, 10_000)),
        "plugs_count": pa.Column(int, between(0, 10_000)),
        "hours_between_faults_h": pa.Column(float, between(1, 1e6), nullable=True),
        "repair_h": pa.Column(float, between(0, 10_000), nullable=True),
        "note": pa.Column(str),
    }


def tariffs() -> "dict[str, Column]":
    """Return the columns of the table of prices by the time of day."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "tariff": pa.Column(str, filled()),
        "from_hour": pa.Column(float, between(0, 24)),
        "to_hour": pa.Column(float, between(0, 24)),
        "energy_cny_per_kwh": pa.Column(float, between(0, 100)),
        "service_cny_per_kwh": pa.Column(float, between(0, 100)),
        "note": pa.Column(str),
    }


def electric_vehicles() -> "dict[str, Column]":
    """Return the columns of the table of vehicles that charge: one type for each fleet."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "fleet": pa.Column(str, filled()),
        "vehicle_class": pa.Column(str),
        "usable_capacity_kwh": pa.Column(float, between(0.1, 1e6)),
        "charge_rate_per_h": pa.Column(float, between(0.01, 20)),
        "plug_kind": pa.Column(str, one_of(PLUG_KINDS)),
        "reserve_soc": pa.Column(float, between(0, 1)),
        "target_soc": pa.Column(float, between(0, 1)),
        "load_ratio": pa.Column(float, between(0, 1)),
        "note": pa.Column(str),
    }


STATION_TABLES = {
    "stations": OperationTable(
        stations,
        ("station",),
        {
            "to_year lies before from_year": lambda d: d["from_year"] <= d["to_year"],
            "close_hour is the same as open_hour (0 and 24 for the whole day)": lambda d: (
                d["open_hour"] != d["close_hour"]
            ),
        },
        folder="fleets",
    ),
    "plugs": OperationTable(plugs, ("station", "kind", "power_kw"), folder="fleets"),
    "tariffs": OperationTable(
        tariffs,
        ("tariff", "from_hour"),
        {"to_hour must come after from_hour": lambda d: d["from_hour"] < d["to_hour"]},
        folder="fleets",
    ),
    "electric_vehicles": OperationTable(
        electric_vehicles,
        ("fleet",),
        {"target_soc must lie above reserve_soc": lambda d: d["reserve_soc"] < d["target_soc"]},
        folder="fleets",
    ),
}

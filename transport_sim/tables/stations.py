"""The columns of the tables of stations: where vehicles charge, swap or fill up, at what price; and what they carry."""

from typing import TYPE_CHECKING

from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.operation_table import OperationTable, RowCheck

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
    """Return the columns of the table of prices by the time of day: of electricity, of the service, or of a fuel."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "tariff": pa.Column(str, filled()),
        "from_hour": pa.Column(float, between(0, 24)),
        "to_hour": pa.Column(float, between(0, 24)),
        "energy_cny_per_kwh": pa.Column(float, between(0, 100)),
        "service_cny_per_kwh": pa.Column(float, between(0, 100)),
        "fuel_cny_per_kg": pa.Column(float, between(0, 1000)),
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


def swap_stations() -> "dict[str, Column]":
    """Return the columns of the table of swap stations: batteries of one fleet's type, chargers and bays."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "station": pa.Column(str, filled()),
        "fleet": pa.Column(str, filled()),
        "batteries_count": pa.Column(int, between(0, 10_000)),
        "chargers_count": pa.Column(int, between(0, 10_000)),
        "charger_kw": pa.Column(float, between(1, 10_000)),
        "swap_s": pa.Column(float, between(1, 7200)),
        "bays_count": pa.Column(int, between(0, 100)),
        "note": pa.Column(str),
    }


def filling_stations() -> "dict[str, Column]":
    """Return the columns of the table of filling stations of LNG and hydrogen.

    Without `storage_kg` the fuel never runs out; deliveries are spread evenly over the day from midnight on.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "station": pa.Column(str, filled()),
        "dispensers_count": pa.Column(int, between(0, 1000)),
        "rate_kg_per_min": pa.Column(float, between(0.01, 1000)),
        "connect_s": pa.Column(float, between(0, 7200)),
        "storage_kg": pa.Column(float, between(1, 1e6), nullable=True),
        "delivery_kg": pa.Column(float, between(1, 1e6), nullable=True),
        "deliveries_per_day_count": pa.Column(int, between(0, 24)),
        "note": pa.Column(str),
    }


def charging_limits() -> "dict[str, Column]":
    """Return the columns of the table of power limits by the time of day.

    A row concerns one `station`, or with an empty one all those of `users`; it limits them to a share of the feeder (of
    all plugs where no feeder is stated) or to a power at the meter. Where several rows hold, the lowest does.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "station": pa.Column(str),
        "users": pa.Column(str),
        "from_hour": pa.Column(float, between(0, 24)),
        "to_hour": pa.Column(float, between(0, 24)),
        "feeder_share": pa.Column(float, between(0, 1), nullable=True),
        "limit_kw": pa.Column(float, between(0, 1e6), nullable=True),
        "note": pa.Column(str),
    }


LATER: dict[str, RowCheck] = {"to_hour must come after from_hour": lambda d: d["from_hour"] < d["to_hour"]}
"""Hours over midnight are two rows."""

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
        LATER,
        folder="fleets",
    ),
    "swap_stations": OperationTable(swap_stations, ("station",), folder="fleets"),
    "filling_stations": OperationTable(filling_stations, ("station",), folder="fleets"),
    "charging_limits": OperationTable(
        charging_limits,
        ("station", "users", "from_hour"),
        {
            **LATER,
            "state either station or users": lambda d: (d["station"] == "") != (d["users"] == ""),
            "state either feeder_share or limit_kw": lambda d: d["feeder_share"].isna() != d["limit_kw"].isna(),
        },
        folder="fleets",
    ),
    "electric_vehicles": OperationTable(
        electric_vehicles,
        ("fleet",),
        {"target_soc must lie above reserve_soc": lambda d: d["reserve_soc"] < d["target_soc"]},
        folder="fleets",
    ),
}

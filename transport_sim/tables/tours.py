"""The columns of the tables of official cars, vans, rural buses, corridor trucks, private cars and vessels."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.operation_table import OperationTable

if TYPE_CHECKING:
    from pandera.pandas import Column

TOUR_FLEETS = ("official_car", "delivery_van", "postal_van", "rural_bus")
CORRIDOR_FLEETS = ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer")
CHARGING_PLACES = ("depot", "public", "en_route")
SUPPLIES = ("charging", "swap")
PRIVATE_PLACES = ("home", "public")


def tour_fleets() -> "dict[str, Column]":
    """Return the columns of the table of fleets on tours: one row for each base.

    The vehicles of a base are counted, or are a share of the fleet's stock. `charging` is depot (the own `station`
    only), public (a public station between tours, and on the way if it must be) or en_route (on the way). A stop takes
    `service_min` and the way `local_km` from the node of the map to the door and on. `by_bus_share` of the stops of
    postal vans are left to rural buses, which hand over post at `post_stops_count` stops for `post_min` each.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    return {
        "fleet": pa.Column(str, one_of(TOUR_FLEETS)),
        "base": pa.Column(str, filled()),
        "lon": pa.Column(float, between(-180, 180)),
        "lat": pa.Column(float, between(-90, 90)),
        "vehicles_count": pa.Column(float, between(0, 100_000), nullable=True),
        "fleet_share": pa.Column(float, between(0, 1), nullable=True),
        "tours_per_day": pa.Column(float, between(0, 10)),
        "days_per_week": pa.Column(int, between(1, 7)),
        "from_hour": pa.Column(float, between(0, 24)),
        "to_hour": pa.Column(float, between(0, 24)),
        "stops_per_tour": pa.Column(int, between(1, 100)),
        "by_bus_share": pa.Column(float, between(0, 1)),
        "post_stops_count": pa.Column(int, between(0, 100)),
        "post_min": pa.Column(float, between(0, 240)),
        "service_min": pa.Column(float, between(0, 1440)),
        "radius_km": pa.Column(float, between(0.1, 300)),
        "local_km": pa.Column(float, between(0, 50)),
        "local_speed_kmh": pa.Column(float, between(1, 100)),
        "charging": pa.Column(str, one_of(CHARGING_PLACES)),
        "station": pa.Column(str),
        "patience_min": pa.Column(float, between(0, 1440)),
        "note": pa.Column(str),
    }


def private_charging() -> "dict[str, Column]":
    """Return the columns of the table of private cars that charge: how many do so where, how often and how much.

    `kwh_per_event` is the mean at the battery; single events lie evenly within `spread_ratio` of it on either side.
    At home they take `power_kw` at the battery; in public the station decides.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "place": pa.Column(str, one_of(PRIVATE_PLACES)),
        "vehicles_share": pa.Column(float, between(0, 1)),
        "events_per_week": pa.Column(float, between(0, 50)),
        "kwh_per_event": pa.Column(float, between(0.1, 200)),
        "spread_ratio": pa.Column(float, between(0, 0.9)),
        "power_kw": pa.Column(float, between(0.5, 1000)),
        "patience_min": pa.Column(float, between(0, 1440)),
        "note": pa.Column(str),
    }


def private_charging_hours() -> "dict[str, Column]":
    """Return the columns of the table of arrivals of private cars by hour of the day."""
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "place": pa.Column(str, one_of(PRIVATE_PLACES)),
        "hour": pa.Column(int, between(0, 23)),
        "events_share": pa.Column(float, between(0, 1)),
    }


def corridor_trucks() -> "dict[str, Column]":
    """Return the columns of the table of trucks that go to and fro on a corridor.

    Ends are nodes of the map. Each truck makes one round trip a day, with `dwell_h` at the far end. Without
    `electric_share` the technologies are those of the fleet's stock.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "corridor": pa.Column(str, filled()),
        "fleet": pa.Column(str, one_of(CORRIDOR_FLEETS)),
        "origin": pa.Column(str, filled()),
        "destination": pa.Column(str, filled()),
        "trucks_per_day": pa.Column(float, between(0, 100_000)),
        "days_per_week": pa.Column(int, between(1, 7)),
        "from_hour": pa.Column(float, between(0, 24)),
        "to_hour": pa.Column(float, between(0, 24)),
        "dwell_h": pa.Column(float, between(0, 24)),
        "electric_share": pa.Column(float, between(0, 1), nullable=True),
        "supply": pa.Column(str, one_of(SUPPLIES)),
        "station": pa.Column(str),
        "patience_min": pa.Column(float, between(0, 1440)),
        "tank_kg": pa.Column(float, between(1, 2000)),
        "note": pa.Column(str),
    }


def electric_vessels() -> "dict[str, Column]":
    """Return the columns of the table of vessels on regular routes, with or without batteries.

    `hull` names a row of the factors' vessel_hulls. A vessel sails to and fro `round_trips_per_week` times, and lies
    `berth_h` at each end. Without `electric_share` the technologies are those of the fleet `vessel`.
    """
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "route": pa.Column(str, filled()),
        "origin": pa.Column(str, filled()),
        "destination": pa.Column(str, filled()),
        "hull": pa.Column(str, filled()),
        "vessels_count": pa.Column(int, between(0, 1000)),
        "round_trips_per_week": pa.Column(float, between(0, 28)),
        "from_hour": pa.Column(float, between(0, 24)),
        "load_out_ratio": pa.Column(float, between(0, 1)),
        "load_back_ratio": pa.Column(float, between(0, 1)),
        "water_speed_kmh": pa.Column(float, between(1, 40)),
        "berth_h": pa.Column(float, between(0, 168)),
        "electric_share": pa.Column(float, between(0, 1), nullable=True),
        "battery_kwh": pa.Column(float, between(1, 1e5)),
        "charge_rate_per_h": pa.Column(float, between(0.01, 10)),
        "reserve_soc": pa.Column(float, between(0, 0.9)),
        "note": pa.Column(str),
    }


def _one_number(d: pd.DataFrame) -> "pd.Series[bool]":
    return d["vehicles_count"].notna() != d["fleet_share"].notna()


def _window(d: pd.DataFrame) -> "pd.Series[bool]":
    return d["from_hour"] < d["to_hour"]


_WINDOW = "to_hour must come after from_hour"

TOUR_TABLES: dict[str, OperationTable] = {
    "tour_fleets": OperationTable(
        tour_fleets,
        ("fleet", "base"),
        {
            "state either vehicles_count or fleet_share": _one_number,
            _WINDOW: _window,
            "charging at the depot needs the name of its station": lambda d: (
                (d["charging"] != "depot") | (d["station"] != "")
            ),
        },
        folder="fleets",
    ),
    "private_charging": OperationTable(private_charging, ("place",), folder="fleets"),
    "private_charging_hours": OperationTable(private_charging_hours, ("place", "hour"), folder="fleets"),
    "corridor_trucks": OperationTable(
        corridor_trucks,
        ("corridor", "fleet", "origin", "supply"),
        {_WINDOW: _window, "origin and destination are the same": lambda d: d["origin"] != d["destination"]},
        folder="fleets",
    ),
    "electric_vessels": OperationTable(
        electric_vessels,
        ("route",),
        {"origin and destination are the same": lambda d: d["origin"] != d["destination"]},
        folder="fleets",
    ),
}

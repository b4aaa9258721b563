"""The columns of the tables of operations and of fleets, one specification each."""

from typing import TYPE_CHECKING

from transport_sim.tables import fleet, rail, rivers, shippers, terminals
from transport_sim.tables.bus_services import BUS_TABLES
from transport_sim.tables.csv_tables import between, filled, one_of
from transport_sim.tables.fleet_stock import FLEET_TABLES
from transport_sim.tables.operation_table import OperationTable
from transport_sim.tables.passengers import PASSENGER_TABLES
from transport_sim.tables.siting import SITING_TABLES
from transport_sim.tables.stations import STATION_TABLES
from transport_sim.tables.taxis import TAXI_TABLES
from transport_sim.tables.tours import TOUR_TABLES
from transport_sim.tables.travel import TRAVEL_TABLES

if TYPE_CHECKING:
    from pandera.pandas import Column


def _disruptions() -> "dict[str, Column]":
    import pandera.pandas as pa  # noqa: PLC0415

    return {
        "disruption": pa.Column(str, filled()),
        "kind": pa.Column(str, one_of(("flood", "drought", "line_possession", "lock_outage", "terminal_outage"))),
        "place": pa.Column(str, filled()),
        "from_day": pa.Column(int, between(1, 366)),
        "to_day": pa.Column(int, between(1, 366)),
        "start_hour": pa.Column(float, between(0, 24)),
        "end_hour": pa.Column(float, between(0, 24)),
        "capacity_share": pa.Column(float, between(0, 1)),
        "note": pa.Column(str),
    }


OPERATION_TABLES: dict[str, OperationTable] = {
    "disruptions": OperationTable(
        _disruptions,
        ("disruption",),
        {
            "to_day lies before from_day": lambda d: d["from_day"] <= d["to_day"],
            "end_hour must come after start_hour (0 and 24 for the whole day)": lambda d: (
                d["start_hour"] < d["end_hour"]
            ),
        },
    ),
    "vessel_types": OperationTable(rivers.vessel_types, ("navigation_class",)),
    "vessel_stock": OperationTable(fleet.vessel_stock, ("navigation_class", "technology", "year"), fleet.STOCK_CHECKS),
    "hydrology": OperationTable(rivers.hydrology, ("gauge", "month")),
    "lock_operations": OperationTable(rivers.lock_operations, ("lock", "from_year"), rivers.LOCK_CHECKS),
    "shippers": OperationTable(shippers.shippers_columns, ("commodity",)),
    "shipment_sizes": OperationTable(shippers.shipment_sizes_columns, ("mode", "size"), shippers.SIZE_CHECKS),
    "service_waits": OperationTable(
        shippers.service_waits_columns, ("mode", "from_place", "to_place"), shippers.WAIT_CHECKS
    ),
    "elasticity_ranges": OperationTable(
        shippers.elasticity_ranges_columns, ("mode", "quantity", "note"), shippers.RANGE_CHECKS
    ),
    "calibration_targets": OperationTable(shippers.calibration_targets_columns, ("quantity", "mode", "choice_group")),
    "terminal_operations": OperationTable(terminals.terminal_operations, ("terminal",), terminals.TERMINAL_CHECKS),
    "handling_rates": OperationTable(terminals.handling_rates, ("equipment", "commodity")),
    "truck_operations": OperationTable(terminals.truck_operations, ("vehicle_class",)),
    "driving_rules": OperationTable(terminals.driving_rules, ("rule",), terminals.DRIVING_CHECKS),
    "train_paths": OperationTable(rail.train_paths, ("path",), rail.PATH_CHECKS),
    "wagon_types": OperationTable(rail.wagon_types, ("wagon_type",)),
    "locomotives": OperationTable(rail.locomotives, ("locomotive",)),
    "rail_lines": OperationTable(rail.rail_lines, ("line",)),
    "passing_loops": OperationTable(rail.passing_loops, ("place",)),
    "yards": OperationTable(rail.yards, ("terminal",)),
    **STATION_TABLES,
    **BUS_TABLES,
    **TAXI_TABLES,
    **TOUR_TABLES,
    **TRAVEL_TABLES,
    **FLEET_TABLES,
    **PASSENGER_TABLES,
    **SITING_TABLES,
}
"""By file name; the folder that each one names may hold it."""

"""The columns of the tables of operations, one specification each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.tables import fleet, rail, rivers, shippers, terminals
from transport_sim.tables.csv_tables import between, one_of

if TYPE_CHECKING:
    from pandera.pandas import Column

RowCheck = Callable[[pd.DataFrame], "pd.Series[bool]"]


@dataclass(frozen=True)
class OperationTable:
    """One table: its columns besides source and confidence, what names a row, and what its cells owe each other."""

    columns: "Callable[[], dict[str, Column]]"
    """Built on first use, because pandera takes a second."""
    key: tuple[str, ...]
    """Columns that name a row; no two rows may agree in them. Policies' changes are compared by them."""
    row_checks: Mapping[str, RowCheck] = field(default_factory=dict)
    """Message and rule."""


def _disruptions() -> "dict[str, Column]":
    import pandera.pandas as pa  # noqa: PLC0415

    filled = pa.Check.str_length(min_value=1, error="must not be empty")
    return {
        "disruption": pa.Column(str, filled),
        "kind": pa.Column(str, one_of(("flood", "drought", "line_possession", "lock_outage", "terminal_outage"))),
        "place": pa.Column(str, filled),
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
}
"""By file name; the folder `operations` may hold any of them."""

"""The columns of the tables of fleets: stock, survival, sales and costs."""

from transport_sim.tables.operation_table import OperationTable

FLEET_TABLES: dict[str, OperationTable] = {}

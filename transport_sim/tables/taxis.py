"""The columns of the tables of taxis."""

from transport_sim.tables.operation_table import OperationTable

TAXI_TABLES: dict[str, OperationTable] = {}

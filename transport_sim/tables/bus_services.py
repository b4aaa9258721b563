"""The columns of the tables of bus lines, depots and timetables."""

from transport_sim.tables.operation_table import OperationTable

BUS_TABLES: dict[str, OperationTable] = {}

"""The columns of the tables of passengers: modes, fares and credits."""

from transport_sim.tables.operation_table import OperationTable

PASSENGER_TABLES: dict[str, OperationTable] = {}

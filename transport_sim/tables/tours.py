"""The columns of the tables of official cars, vans, trucks and vessels on tours."""

from transport_sim.tables.operation_table import OperationTable

TOUR_TABLES: dict[str, OperationTable] = {}

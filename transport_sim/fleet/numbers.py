"""Numbers of vehicles: each fleet counts from its own start, so that no two vehicles of a run share one."""

from transport_sim.tables.fleet_stock import FLEETS

ROOM = 1_000_000


def first_number(fleet: str) -> int:
    """Return the number of the first vehicle of a fleet."""
    return FLEETS.index(fleet) * ROOM


def fleet_of(number: int) -> str:
    """Return the fleet of a vehicle."""
    return FLEETS[number // ROOM]

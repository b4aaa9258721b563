"""Numbers of vehicles: each fleet counts from its own start, so that no two vehicles of a run share one."""

FLEETS = (
    *("bus", "taxi", "rural_bus", "official_car", "delivery_van", "postal_van", "private_car"),
    *("truck_light", "truck_medium", "truck_heavy", "tractor_trailer", "vessel", "motorcycle"),
)
"""Every fleet; the order decides about the numbers."""
ROOM = 1_000_000


def first_number(fleet: str) -> int:
    """Return the number of the first vehicle of a fleet."""
    return FLEETS.index(fleet) * ROOM

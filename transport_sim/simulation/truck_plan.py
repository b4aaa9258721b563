"""What trucks meet at a terminal, as the simulation needs it."""

from dataclasses import dataclass

from transport_sim.availability import Availability


@dataclass(frozen=True, slots=True)
class TerminalPlan:
    """The facilities of a terminal that trucks use; "" for what it does not limit."""

    gate: str
    gate_s_per_truck: float
    storage_out: str
    """Goods that were brought and wait for a train or vessel."""
    fleet: str
    """Trucks that drive between the terminal and its customers, and come back."""
    fleet_trucks_count: int
    slots: str
    """Appointments: so many trucks may arrive in each slot of time."""
    slot_s: float
    slot_trucks_count: int
    open: Availability | None
    """When the gates are open; None: always."""

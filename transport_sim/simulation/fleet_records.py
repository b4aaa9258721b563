"""What every simulated vehicle of a fleet leaves behind."""

from typing import NamedTuple


class VehicleRecord(NamedTuple):
    """One vehicle's energy over the run: what it charged is what it drove plus what its battery gained."""

    fleet: str
    vehicle: int
    capacity_kwh: float
    """Usable. [kWh]"""
    start_soc: float
    end_soc: float
    driven_km: float
    driven_kwh: float
    """At the battery, recovered braking energy taken off. [kWh]"""
    charged_kwh: float
    """At the battery, swaps included. [kWh]"""

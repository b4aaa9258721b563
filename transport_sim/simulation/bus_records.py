"""What the simulation of buses leaves behind."""

from dataclasses import dataclass, field
from typing import NamedTuple

from transport_sim.simulation.bus_plan import LossReason
from transport_sim.simulation.fleet_records import VehicleRecord


class BlockRecord(NamedTuple):
    """What one bus did on one day."""

    day: int
    vehicle: int
    technology: str
    depot: int
    """Place of the depot."""
    runs_count: int
    lost_energy_count: int
    lost_late_count: int
    missing_kwh: float
    """What its battery lacked for the runs that were lost for want of charge. [kWh]"""
    late_count: int
    """Runs that left late."""
    late_s: float
    """How late runs left, summed. [s]"""
    service_km: float
    empty_km: float
    driven_kwh: float
    charged_kwh: float
    """During the block and the night after it. [kWh]"""
    charges_count: int
    least_soc: float
    """Lowest state of charge; 1 without a battery. [-]"""
    out_s: float
    """Time out of the depot, from the first departure to the last arrival there; 0 if it stayed. [s]"""


class LostRun(NamedTuple):
    """A run that nobody served."""

    day: int
    run: int
    """Its position among the runs of that kind of day."""
    line: int
    vehicle: int
    """-1 if there was no bus."""
    reason: LossReason
    missing_kwh: float


@dataclass
class LineTally:
    """What a line's passengers got, over all days."""

    runs_count: int = 0
    served_count: int = 0
    late_count: int = 0
    late_s: float = 0.0
    service_km: float = 0.0
    driven_kwh: float = 0.0
    """Of electric buses on its runs. [kWh]"""
    run_s: float = 0.0
    """Time on its runs. [s]"""


@dataclass
class BusRecords:
    """Filled while the simulation runs."""

    blocks: list[BlockRecord] = field(default_factory=list)
    lost: list[LostRun] = field(default_factory=list)
    lines: list[LineTally] = field(default_factory=list)
    vehicles: list[VehicleRecord] = field(default_factory=list)

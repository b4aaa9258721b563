"""What the simulation of buses is given: runs, ways, buses with blocks, batteries; arrays and numbers only."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from transport_sim.charge import PieceTable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NO_STATION = -1


@dataclass(frozen=True, eq=False)
class BusRuns:
    """Every run with passengers of one kind of day; one value each."""

    line: IntArray
    pattern: IntArray
    """Its way among the patterns of `BusWays`."""
    from_place: IntArray
    to_place: IntArray
    start_s: FloatArray
    """Departure by the timetable, from midnight of the day of service. [s]"""
    end_s: FloatArray
    """Arrival by the timetable. [s]"""
    most_late_s: FloatArray
    """It is lost if it would leave later than this after its time. [s]"""
    end_station: IntArray
    """Station at its last stop where its bus may charge, `NO_STATION` for none."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.line)


@dataclass(frozen=True, eq=False)
class BusWays:
    """Times, lengths and energy of lines and of empty drives, by hour of departure."""

    pattern_s: FloatArray
    """Shape (24, patterns), halts included. [s]"""
    pattern_kwh: FloatArray
    """At the battery, the same shape. [kWh]"""
    pattern_km: FloatArray
    """Shape (patterns,). [km]"""
    dead_s: FloatArray
    """Shape (24, places, places). [s]"""
    dead_kwh: FloatArray
    """The same shape. [kWh]"""
    dead_km: FloatArray
    """Shape (places, places). [km]"""


@dataclass(frozen=True, slots=True)
class BusStation:
    """A station as buses use it."""

    station: str
    kind: str
    """Plug that they need; `swap` where they change the battery."""
    plug_kw: float
    """Largest power of such a plug, at the battery. [kW]"""
    swap_s: float = 0.0
    """How long a swap takes, where they change the battery. [s]"""


@dataclass(frozen=True, slots=True)
class Bus:
    """One bus and what it does on each kind of day."""

    vehicle: int
    technology: str
    is_electric: bool
    """Whether it needs its battery; others only drive."""
    depot: int
    """Its place."""
    station: int
    """Station of the depot, `NO_STATION` for none."""
    blocks: tuple[tuple[int, ...], ...]
    """Runs in order, for each kind of day."""


@dataclass(frozen=True, slots=True)
class BusBattery:
    """The battery of every electric bus."""

    pieces: PieceTable
    reserve_soc: float
    """Charge that no plan touches. [-]"""
    target_soc: float
    """Charge up to which they are charged, and with which they begin. [-]"""


@dataclass(frozen=True, eq=False)
class BusPlan:
    """Everything that buses do, as far as it is decided before the first of them leaves."""

    lines: tuple[str, ...]
    kinds: tuple[BusRuns, ...]
    """Runs of each kind of day."""
    days: tuple[int, ...]
    """Kind of each simulated day."""
    ways: BusWays
    stations: tuple[BusStation, ...]
    buses: tuple[Bus, ...]
    battery: BusBattery | None
    """None where no bus is electric."""
    spread: tuple[FloatArray, ...]
    """For each simulated day: what multiplies the time of each run. [-]"""
    without_bus: tuple[tuple[int, ...], ...] = ()
    """Runs of each kind of day that no bus is left for."""
    depots: tuple[str, ...] = ()
    """Names of depots."""
    depot_of_place: tuple[int, ...] = ()
    """For each place its depot's position, -1 for a stop."""
    needs: tuple["DepotNeed", ...] = ()
    """How many buses the timetable takes, for each depot."""


@dataclass(frozen=True, slots=True)
class DepotNeed:
    """Buses that the runs of a depot take on its hardest kind of day."""

    depot: str
    least_count: int
    """No plan does with fewer, whatever its buses run on."""
    blocks_count: int
    """Blocks before batteries are looked at."""
    needed_count: int
    """Buses with which all runs are served, batteries and all."""
    buses_count: int
    """Of these, buses that the stock has."""
    lacking_kwh: float
    """What batteries lack for the blocks that electric buses cannot serve, charging at stops counted, not in the
    depot. [kWh]"""
    lacking_count: int
    """These blocks."""


LossReason = Literal["energy", "late", "no_bus"]
"""Why a run is lost: the battery had not enough, the bus came too late, or there was none."""

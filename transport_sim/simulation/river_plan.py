"""What the simulation needs to know of rivers: ways of vessels, and locks."""

from dataclasses import dataclass
from typing import NamedTuple

from transport_sim.availability import Availability


class VesselSize(NamedTuple):
    """What a vessel takes of a chamber; zeros where it is unknown: then the vessel has the chamber alone."""

    length_m: float = 0.0
    beam_m: float = 0.0


UNKNOWN_SIZE = VesselSize()


@dataclass(frozen=True, slots=True)
class Reach:
    """A stretch of river without a lock in it."""

    sail_s: tuple[float, ...]
    """Sailing time, one for each month; a single one in a sample of the mean year."""
    lock: str = ""
    """The lock at its end; "" for none."""
    upward: bool = False
    """Whether the lock lifts vessels that come from here."""
    availability: Availability | None = None
    """When the reach is open; a vessel that meets a closure moors until it is over. None: always."""


@dataclass(frozen=True, slots=True)
class RiverRoute:
    """The way of a vessel between two ports."""

    reaches: tuple[Reach, ...]
    return_reaches: tuple[Reach, ...]
    origin_berth: str
    destination_berth: str
    payload_t: float
    """What the vessel carries at mean water."""
    vessel_class: str
    max_wait_s: float
    """A vessel leaves when it is full or when its first consignment has waited this long."""
    size: VesselSize = UNKNOWN_SIZE
    monthly_payload_t: tuple[float, ...] = ()
    """What it carries in each month; empty in a sample of the mean year."""
    afloat: Availability | None = None
    """When there is enough water to sail at all. None: always."""


@dataclass(frozen=True, slots=True)
class LockPlan:
    """A lock, or another place that vessels pass one way after the other."""

    facility: str
    chambers_count: int
    entry_s: float
    """From the free chamber's open gate until the first vessel lies in it."""
    gate_s: float
    """To close a gate, or to open one."""
    fill_s: float
    """To fill the chamber, or to empty it."""
    exit_s: float
    """From the open gate until the first vessel is out of the way."""
    interval_s: float = 0.0
    """Between vessels that go in one after the other, and between those that come out."""
    length_m: float = 0.0
    """Of a chamber, usable; 0 where it is unknown: then vessels go one by one."""
    width_m: float = 0.0
    margin_m: float = 0.0
    """Free water beside and before each vessel in the chamber."""
    turns: bool = True
    """Whether going the same way twice needs the chamber filled or emptied in between, without a vessel."""
    open_s: float = 0.0
    """Time of day from which lockages begin."""
    close_s: float = 86_400.0
    """Time of day from which none begins; those under way are finished."""
    outages: tuple[Availability | None, ...] = ()
    """By chamber, when it works; chambers without an entry always do."""

    @property
    def turn_s(self) -> float:
        """Time to fill or empty the chamber without a vessel. [s]."""
        return 2.0 * self.gate_s + self.fill_s if self.turns else 0.0

    def lockage_s(self, vessels_count: int) -> float:
        """Return the time from the first vessel's entry until the last is out of the way. [s]."""
        alone_s = self.entry_s + 2.0 * self.gate_s + self.fill_s + self.exit_s
        return alone_s + 2.0 * (vessels_count - 1) * self.interval_s

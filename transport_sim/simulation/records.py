"""What the simulation notes: records, one kind each, turned into frames once."""

from typing import NamedTuple


class LegRecord(NamedTuple):
    """One movement of one train or vessel, or of the trucks of one consignment together."""

    mode: str
    vehicle_class: str
    start: int
    """Position of the starting place in the mode's skim, -1 for a leg wholly outside the map."""
    end: int
    beyond_km: float
    depart_s: float
    arrive_s: float
    vehicle_count: int
    payload_t: float
    """Goods on all the vehicles together."""
    gross_t: float
    """Gross mass of a train with its wagons, locomotive apart; 0 for other modes."""
    loaded: bool
    wagons_count: int = 0
    """Wagons of a train; 0 for other modes."""


class LoadRecord(NamedTuple):
    """A consignment on a leg."""

    leg: int
    """Position in the leg records."""
    shipment: int
    """Position in the shipments."""


class WaitRecord(NamedTuple):
    """One visit to a facility."""

    facility: str
    arrive_s: float
    wait_s: float
    service_s: float
    """How long the visitor keeps what it takes: with closing hours in between longer than the work itself."""
    units: float = 1.0
    """What it takes of the facility's capacity: a server, trucks of a fleet, tonnes of a storage."""


class HandlingRecord(NamedTuple):
    """Goods moved between a vehicle and a terminal."""

    terminal: str
    shipment: int
    tonnes_t: float


class LockageRecord(NamedTuple):
    """One lockage: what is needed to check the use of a chamber independently of the event loop."""

    facility: str
    chamber: int
    start_s: float
    """Entry of the first vessel."""
    end_s: float
    """When the last vessel is out of the way."""
    upward: bool
    vessels_count: int
    length_m: float
    """Of the longest lane, with margins."""
    width_m: float
    """Of all lanes together, with margins."""

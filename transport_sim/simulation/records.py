"""What the simulation notes: records, one kind each, turned into frames once."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np

from transport_sim.randomness import FloatArray, IntArray


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


class WaitLog(Sequence[WaitRecord]):
    """Records of visits, kept in columns: a year has millions."""

    def __init__(self, records: Iterable[WaitRecord] = ()) -> None:
        self._names: dict[str, int] = {}
        self._codes = array("i")
        self._columns = tuple(array("d") for _ in WaitRecord._fields[1:])
        for record in records:
            self.append(record)

    def append(self, record: WaitRecord) -> None:
        """Add a record."""
        facility, arrive_s, wait_s, service_s, units = record
        names, columns = self._names, self._columns
        code = names.get(facility)
        if code is None:
            code = names[facility] = len(names)
        self._codes.append(code)
        columns[0].append(arrive_s)
        columns[1].append(wait_s)
        columns[2].append(service_s)
        columns[3].append(units)

    @property
    def facilities(self) -> list[str]:
        """Every facility that was visited, in the order of the first visit."""
        return list(self._names)

    def columns(self) -> tuple[IntArray, tuple[FloatArray, ...]]:
        """Return the position of each record's facility in `facilities`, and the other columns of `WaitRecord`."""
        codes = np.array(self._codes, dtype=np.int64)
        return codes, tuple(np.array(column, dtype=np.float64) for column in self._columns)

    def __len__(self) -> int:
        """Count the records."""
        return len(self._codes)

    @overload
    def __getitem__(self, at: int) -> WaitRecord: ...

    @overload
    def __getitem__(self, at: slice) -> list[WaitRecord]: ...

    def __getitem__(self, at: int | slice) -> WaitRecord | list[WaitRecord]:
        """Return a record, or several."""
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        return WaitRecord(self.facilities[self._codes[at]], *(column[at] for column in self._columns))

    def __iter__(self) -> Iterator[WaitRecord]:
        """Go through the records."""
        names = self.facilities
        return (WaitRecord(names[code], *rest) for code, *rest in zip(self._codes, *self._columns, strict=True))

    def __eq__(self, other: object) -> bool:
        """Compare the records."""
        return isinstance(other, WaitLog) and (self._names, self._codes, self._columns) == (
            other._names,
            other._codes,
            other._columns,
        )

    __hash__ = None  # type: ignore[assignment]  # it grows


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

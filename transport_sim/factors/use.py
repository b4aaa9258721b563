"""Which factor rows a run has read, and which fall-backs it took: the log that a Factors object keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from transport_sim.factors.rows import FactorRow, Fallback

Built = TypeVar("Built")


@dataclass(eq=False)
class UseLog:
    """Rows in the order of their first look-up, each once for itself and once for each fall-back that led to it."""

    rows: dict[tuple[str, str, int, str], tuple[str, FactorRow, Fallback | None]] = field(default_factory=dict)
    """(table, file, line, what was asked for instead) to the table, the row, and the fall-back that led to it."""

    def note(self, table: str, row: FactorRow, fallback: Fallback | None = None) -> None:
        """Note that a row was read."""
        key = (table, row.file, row.line, fallback.text if fallback else "")
        self.rows.setdefault(key, (table, row, fallback))

    def entries(self) -> list[tuple[str, FactorRow, Fallback | None]]:
        """Return what was read by table and line, the same whatever the order of the look-ups."""
        return [self.rows[key] for key in sorted(self.rows)]


@dataclass(eq=False)
class Memory:
    """Things compiled from factor rows, with the rows that they rest on.

    A thing is compiled once and noted every time: whoever asks for it has used its rows.
    """

    built: dict[object, tuple[object, list[tuple[str, FactorRow, Fallback | None]]]] = field(default_factory=dict)

    def get(self, key: object, build: Callable[[UseLog], Built], log: UseLog) -> Built:
        """Return what belongs to the key, built if need be, and note its rows."""
        if key not in self.built:
            own = UseLog()
            self.built[key] = (build(own), own.entries())
        thing, entries = self.built[key]
        note_all(log, entries)
        return thing  # type: ignore[return-value]  # the key tells the type

    def __reduce__(self) -> tuple[type["Memory"], tuple[()]]:
        """Travel to another process empty: it is quick to fill and large to send."""
        return (Memory, ())


def note_all(log: UseLog, entries: Iterable[tuple[str, FactorRow, Fallback | None]]) -> None:
    """Note several rows."""
    for table, row, fallback in entries:
        log.note(table, row, fallback)

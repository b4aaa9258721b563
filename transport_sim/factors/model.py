"""The factor tables in memory and the only ways to ask them for a number."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from transport_sim.errors import FactorError
from transport_sim.factors.schema import ASSUMPTION_LEVELS, TABLES

Key = str | float


@dataclass(frozen=True)
class FactorRow:
    """One row of a factor table, with the place where it stands."""

    file: str
    line: int
    keys: dict[str, Key]
    numbers: dict[str, float]
    unit: str
    valid_from: int | None
    """First calendar year, included; None is unbounded."""
    valid_to: int | None
    """Last calendar year, included; None is unbounded."""
    source_id: str
    confidence: str
    note: str
    extra: dict[str, str]

    def is_valid_in(self, year: int) -> bool:
        """Tell whether the row holds in a calendar year."""
        return (self.valid_from is None or self.valid_from <= year) and (self.valid_to is None or year <= self.valid_to)

    @property
    def validity(self) -> str:
        """The years of the row, for messages."""
        if self.valid_from is not None and self.valid_from == self.valid_to:
            return str(self.valid_from)
        return f"{self.valid_from or '...'}-{self.valid_to or '...'}"


@dataclass(frozen=True, eq=False)
class Factors:
    """All factor tables of one folder, read once and never changed."""

    index: Mapping[str, Mapping[tuple[Key, ...], tuple[FactorRow, ...]]]
    """Table to key values (in the order of the schema) to the rows of that key, oldest first."""
    sources: Mapping[str, Mapping[str, str]]
    """source_id to the row of sources.csv."""
    sha256: Mapping[str, str]
    """File name to the checksum of its bytes."""

    def rows(self, table: str) -> tuple[FactorRow, ...]:
        """Return every row of a table, in the order of the file."""
        return tuple(sorted((row for rows in self._table(table).values() for row in rows), key=lambda row: row.line))

    def has(self, table: str, *, quantity: str, **keys: Key) -> bool:
        """Tell whether a table holds a factor for these keys, in any year."""
        return self._key(table, {"quantity": quantity, **keys}) in self._table(table)

    def value(self, table: str, *, quantity: str, year: int | None = None, **keys: Key) -> float:
        """Look up one number.

        Parameters
        ----------
        table
            File name without `.csv`.
        quantity
            Name of the factor, unit included.
        year
            Calendar year in which the row must hold; may be left out where the key has one row only.
        keys
            The other key columns of the table.

        Raises
        ------
        FactorError
            No such table, key or year; the message names the nearest that exist.
        """
        row = self._row(table, {"quantity": quantity, **keys}, year)
        if "value" not in row.numbers:
            raise FactorError(f"{row.file}: its rows are curves ({', '.join(row.numbers)}), not single values")
        return row.numbers["value"]

    def trace(self, table: str, *, quantity: str, year: int | None = None, **keys: Key) -> dict[str, object]:
        """Look up one row with everything that is known about it: file, line, unit, source, confidence.

        Takes the arguments of `value` and raises as it does.
        """
        row = self._row(table, {"quantity": quantity, **keys}, year)
        return {
            "table": table,
            "file": row.file,
            "line": row.line,
            **row.keys,
            **row.numbers,
            "unit": row.unit,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "source_id": row.source_id,
            "source_title": self.sources[row.source_id]["title"],
            "confidence": row.confidence,
            **row.extra,
            "note": row.note,
        }

    def assumptions(self) -> pd.DataFrame:
        """List every row that rests on memory or on a weak or derived source.

        Returns
        -------
        One row a factor: table, line, keys (as text), value, unit, valid_from, valid_to, source_id, confidence, note.
        """
        columns = [
            "table",
            "line",
            "keys",
            "value",
            "unit",
            "valid_from",
            "valid_to",
            "source_id",
            "confidence",
            "note",
        ]
        records = [
            (
                table,
                row.line,
                ", ".join(str(key) for key in row.keys.values()),
                row.numbers.get("value", float("nan")),
                row.unit,
                row.valid_from,
                row.valid_to,
                row.source_id,
                row.confidence,
                row.note,
            )
            for table in self.index
            for row in self.rows(table)
            if row.confidence in ASSUMPTION_LEVELS
        ]
        frame = pd.DataFrame.from_records(records, columns=columns)
        return frame.astype({"valid_from": "Int64", "valid_to": "Int64"})

    def dated_rows(self, table: str, *, quantity: str, **keys: Key) -> tuple[FactorRow, ...]:
        """Return the rows of one key, oldest first; raises as `value` does."""
        wanted = {"quantity": quantity, **keys}
        found = self._table(table).get(self._key(table, wanted), ())
        if not found:
            raise FactorError(self._no_such_key(table, wanted))
        return found

    def _table(self, table: str) -> Mapping[tuple[Key, ...], tuple[FactorRow, ...]]:
        if table not in self.index:
            raise FactorError(f"no factor table {table!r}; {_nearest(table, list(self.index))}")
        return self.index[table]

    def _key(self, table: str, wanted: Mapping[str, Key]) -> tuple[Key, ...]:
        self._table(table)
        names = TABLES[table].keys
        if set(names) != set(wanted):
            raise FactorError(f"{table}.csv: a look-up needs exactly {', '.join(names)}, got {', '.join(wanted)}")
        return tuple(wanted[name] for name in names)

    def _row(self, table: str, wanted: Mapping[str, Key], year: int | None) -> FactorRow:
        found = self.dated_rows(table, **wanted)  # type: ignore[arg-type]  # `quantity` is among the wanted keys
        if year is None:
            if len(found) == 1:
                return found[0]
        else:
            for row in found:
                if row.is_valid_in(year):
                    return row
        years = ", ".join(row.validity for row in found)
        asked = "no year was given" if year is None else f"not for {year}"
        raise FactorError(f"{table}.csv: {_spell(wanted)} is given for {years}, {asked}")

    def _no_such_key(self, table: str, wanted: Mapping[str, Key]) -> str:
        rows: Sequence[FactorRow] = self.rows(table)
        for name in TABLES[table].keys:
            known = sorted({row.keys[name] for row in rows}, key=str)
            if wanted[name] not in known:
                nearest = _nearest(wanted[name], known)
                return f"{table}.csv: no row with {name}={wanted[name]!r} ({_spell(wanted)}); {nearest}"
            rows = [row for row in rows if row.keys[name] == wanted[name]]
        raise AssertionError(wanted)  # pragma: no cover  # the caller found no row, so some key is unknown


class GridFactor(NamedTuple):
    """The emission factor of a power grid and the year that it really belongs to."""

    value: float
    """Mean CO2 of generation. [kgCO2/kWh]"""
    year_used: int
    """Calendar year of the published factor."""
    fallback: bool
    """True if the year asked for lies after the last published one; a run must report it."""


def grid_factor(factors: Factors, region: str, year: int) -> GridFactor:
    """Look up the CO2 factor of a grid, falling back on the last published year.

    Parameters
    ----------
    factors
        The factor tables.
    region
        Row key of `electricity.csv`, such as `sichuan`, `chongqing` or `china`.
    year
        Calendar year of the power use.

    Returns
    -------
    The factor, the year it was published for and whether that is a fall-back. [kgCO2/kWh]

    Raises
    ------
    FactorError
        Unknown region, or a year before the first published one.

    References
    ----------
    .. [1] Ministry of Ecology and Environment and National Bureau of Statistics, notices on the CO2 emission factors of
       electricity 2021, 2022 and 2023.
    """
    rows = factors.dated_rows("electricity", quantity="grid_kgco2_per_kwh", region=region)
    for row in rows:
        if row.is_valid_in(year):
            return GridFactor(row.numbers["value"], year, fallback=False)
    last = rows[-1]
    if last.valid_to is not None and year > last.valid_to:
        return GridFactor(last.numbers["value"], last.valid_to, fallback=True)
    raise FactorError(
        f"electricity.csv: the grid factor of {region!r} starts with {rows[0].validity}, there is none for {year}"
    )


def _spell(wanted: Mapping[str, Key]) -> str:
    return ", ".join(f"{name}={value}" for name, value in wanted.items())


def _nearest(wanted: Key, known: Sequence[Key]) -> str:
    if isinstance(wanted, str):
        names = [str(name) for name in known]
        close: Sequence[Key] = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    else:
        numbers = [number for number in known if not isinstance(number, str)]
        close = sorted(numbers, key=lambda number: abs(number - wanted))[:2]
    if close:
        return "nearest: " + ", ".join(repr(name) for name in close)
    return "known: " + ", ".join(repr(name) for name in known)

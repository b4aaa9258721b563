"""The factor tables in memory and the only ways to ask them for a number."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

import pandas as pd

from transport_sim.errors import FactorError
from transport_sim.factors.methods import governed
from transport_sim.factors.rows import FactorRow, Fallback, Key
from transport_sim.factors.schema import ASSUMPTION_LEVELS, TABLES
from transport_sim.factors.use import Memory, UseLog

__all__ = ["FactorRow", "Factors", "Fallback", "GridFactor", "Key", "grid_factor"]

Built = TypeVar("Built")
SHOWN_ROWS = 3
GOVERNED = governed()


@dataclass(frozen=True)
class Choice:
    """How a factor set answers one purpose."""

    method: str
    stands_in: str
    """The set that the method and its factors are borrowed from; empty where the set has its own."""
    note: str


@dataclass(frozen=True, eq=False)
class Factors:
    """The factor tables that one factor set may read, read once and never changed."""

    index: Mapping[str, Mapping[tuple[Key, ...], tuple[FactorRow, ...]]]
    """Table to key values (in the order of the schema) to the rows of that key, oldest first."""
    sources: Mapping[str, Mapping[str, str]]
    """source_id to the row of sources.csv."""
    sha256: Mapping[str, str]
    """File name to the checksum of its bytes."""
    name: str = "cn_emep_glec"
    """Name of the factor set, or its folder."""
    choices: Mapping[str, Choice] = field(default_factory=dict)
    """Purpose to the method that the set has for it."""
    sets: Mapping[str, Mapping[str, Choice]] = field(default_factory=dict, repr=False)
    """Every set that the tables declare: name to purpose to method."""
    fallbacks: tuple[Fallback, ...] = ()
    open_to: Mapping[str, frozenset[str] | None] | None = None
    """What the methods of the set read (`methods.readable`); None for the library, in which everything is open."""
    log: UseLog = field(default_factory=UseLog, repr=False)
    memory: Memory = field(default_factory=Memory, init=False, repr=False)
    """What was compiled from these tables; a copy with other tables starts anew."""

    def recording(self) -> "Factors":
        """Return the same factors with an empty log of look-ups."""
        return self._logging_to(UseLog())

    def _logging_to(self, log: UseLog) -> "Factors":
        copy = replace(self, log=log)
        object.__setattr__(copy, "memory", self.memory)
        return copy

    @property
    def key(self) -> str:
        """What tells these factors from all others: the methods of the set and the bytes of the tables."""
        methods = sorted((purpose, choice.method, choice.stands_in) for purpose, choice in self.choices.items())
        return f"{methods} {sorted(self.sha256.items())}"

    def method(self, purpose: str) -> str:
        """Return the method that the set has for a purpose.

        Raises
        ------
        FactorError
            The set has none.
        """
        if purpose not in self.choices:
            raise FactorError(
                f"factor set {self.name!r} has no method for {purpose!r}; add a row to its sets.csv, "
                f"or choose a set that has one; it has: {', '.join(self.choices)}"
            )
        return self.choices[purpose].method

    def compiled(self, key: object, build: Callable[["Factors"], Built]) -> Built:
        """Return what `build` makes of these factors, made once for a key; its look-ups are noted every time.

        Parameters
        ----------
        key
            Tells this thing from every other, such as a tuple of a function's name and its arguments.
        build
            Makes it; all look-ups must go through the factors that it is given.
        """
        return self.memory.get(key, lambda log: build(self._logging_to(log)), self.log)

    def rows(self, table: str, *, quantity: str | None = None) -> tuple[FactorRow, ...]:
        """Return every row of a table in the order of the file, or of one quantity, which counts as a look-up."""
        found = (row for rows in self._table(table).values() for row in rows)
        wanted = sorted((r for r in found if quantity in (None, r.keys["quantity"])), key=lambda row: row.line)
        if quantity is not None:
            self._check_open(table, quantity)
            for row in wanted:
                self.log.note(table, row)
        return tuple(wanted)

    def has(self, table: str, *, quantity: str, **keys: Key) -> bool:
        """Tell whether a table holds a factor for these keys, in any year."""
        key = self._key(table, {"quantity": quantity, **keys})
        return self._is_open(table, quantity) and key in self._table(table)

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
            No such table, key or year, nor a declared fall-back; the message names the nearest that exist.
        """
        row, _ = self.find(table, quantity=quantity, year=year, **keys)
        if "value" not in row.numbers:
            raise FactorError(f"{row.file}: its rows are curves ({', '.join(row.numbers)}), not single values")
        return row.numbers["value"]

    def find(
        self, table: str, *, quantity: str, year: int | None = None, **keys: Key
    ) -> tuple[FactorRow, Fallback | None]:
        """Look up one row, and the declared fall-back that led to it if there was one.

        Takes the arguments of `value` and raises as it does. The look-up is noted.
        """
        row, fallback = self._find(table, {"quantity": quantity, **keys}, year)
        self.log.note(table, row, fallback)
        return row, fallback

    def trace(self, table: str, *, quantity: str, year: int | None = None, **keys: Key) -> dict[str, object]:
        """Look up one row with everything that is known about it: file, line, unit, source, confidence.

        Takes the arguments of `value` and raises as it does.
        """
        row, _ = self._find(table, {"quantity": quantity, **keys}, year)
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
        """Return the rows of one key, oldest first; raises as `value` does. The look-up is noted."""
        wanted = {"quantity": quantity, **keys}
        found, fallback = self._dated(table, wanted)
        for row in found:
            self.log.note(table, row, fallback)
        return found

    def _table(self, table: str) -> Mapping[tuple[Key, ...], tuple[FactorRow, ...]]:
        if table not in self.index:
            if table in TABLES:
                raise FactorError(f"factor set {self.name!r} has no table {table!r}; it has: {', '.join(self.index)}")
            raise FactorError(f"no factor table {table!r}; {_nearest(table, list(self.index))}")
        return self.index[table]

    def _key(self, table: str, wanted: Mapping[str, Key]) -> tuple[Key, ...]:
        self._table(table)
        names = TABLES[table].keys
        if set(names) != set(wanted):
            raise FactorError(f"{table}.csv: a look-up needs exactly {', '.join(names)}, got {', '.join(wanted)}")
        return tuple(wanted[name] for name in names)

    def _check_open(self, table: str, quantity: Key) -> None:
        """Refuse what belongs to no method of the set: two systems of factors must not meet by accident."""
        if not self._is_open(table, quantity):
            raise FactorError(
                f"factor set {self.name!r}: no method of the set reads {quantity} of {table}.csv; "
                "factor sets do not mix, so a set says in its sets.csv what stands in"
            )

    def _is_open(self, table: str, quantity: Key) -> bool:
        if self.open_to is None or table not in GOVERNED:
            return True
        quantities = self.open_to.get(table, frozenset())
        return quantities is None or quantity in quantities

    def _dated(self, table: str, wanted: Mapping[str, Key]) -> tuple[tuple[FactorRow, ...], Fallback | None]:
        """Return the rows of a key, or of the one that a declared fall-back puts in its place."""
        key = self._key(table, wanted)
        self._check_open(table, wanted["quantity"])
        if found := self._table(table).get(key, ()):
            return found, None
        for fallback in self.fallbacks:
            if fallback.answers(table, fallback.key, wanted.get(fallback.key), wanted["quantity"]):
                found, _ = self._dated(table, {**wanted, fallback.key: fallback.used})
                return found, fallback
        raise FactorError(self._no_such_key(table, wanted))

    def _find(self, table: str, wanted: Mapping[str, Key], year: int | None) -> tuple[FactorRow, Fallback | None]:
        found, fallback = self._dated(table, wanted)
        if year is None:
            if len(found) == 1:
                return found[0], fallback
        else:
            for row in found:
                if row.is_valid_in(year):
                    return row, fallback
            for dated in self.fallbacks:
                if dated.answers(table, "year", year, wanted["quantity"]):
                    for row in found:
                        if row.is_valid_in(int(dated.used)):
                            return row, dated
        raise FactorError(_no_such_year(table, wanted, year, found))

    def _no_such_key(self, table: str, wanted: Mapping[str, Key]) -> str:
        rows: Sequence[FactorRow] = self.rows(table)
        for name in TABLES[table].keys:
            known = sorted({row.keys[name] for row in rows}, key=str)
            if wanted[name] not in known:
                near = _nearest(wanted[name], known)
                shown = "; ".join(f"line {row.line} ({row.name})" for row in _nearest_rows(rows, wanted))
                what = f"no row with {name}={wanted[name]!r} ({_spell(wanted)})"
                return f"{table}.csv: {what}; {near}; nearest rows: {shown}"
            rows = [row for row in rows if row.keys[name] == wanted[name]]
        raise AssertionError(wanted)  # pragma: no cover  # the caller found no row, so some key is unknown


class GridFactor(NamedTuple):
    """The emission factor of a power grid and the year that it really belongs to."""

    value: float
    """Mean CO2 of generation. [kgCO2/kWh]"""
    year_used: int
    """Calendar year of the published factor."""
    fallback: bool
    """True if a declared fall-back stands in for the year asked for; a run must report it."""


def grid_factor(factors: Factors, region: str, year: int) -> GridFactor:
    """Look up the CO2 factor of a grid; `fallbacks.csv` declares which year stands in for later ones.

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
        Unknown region, or a year without a factor and without a declared fall-back.

    References
    ----------
    .. [1] Ministry of Ecology and Environment and National Bureau of Statistics, notices on the CO2 emission factors of
       electricity 2021, 2022 and 2023.
    """
    row, fallback = factors.find("electricity", quantity="grid_kgco2_per_kwh", region=region, year=year)
    late = fallback is not None and fallback.key == "year"
    return GridFactor(row.numbers["value"], int(fallback.used) if fallback and late else year, fallback=late)


def _spell(wanted: Mapping[str, Key]) -> str:
    return ", ".join(f"{name}={value}" for name, value in wanted.items())


def _no_such_year(table: str, wanted: Mapping[str, Key], year: int | None, found: Sequence[FactorRow]) -> str:
    years = ", ".join(f"{row.validity} (line {row.line})" for row in found)
    asked = "no year was given" if year is None else f"not for {year}, and no fall-back is declared that leads to a row"
    return f"{table}.csv: {_spell(wanted)} is given for {years}, {asked}"


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


def _nearest_rows(rows: Sequence[FactorRow], wanted: Mapping[str, Key]) -> list[FactorRow]:
    """Return the rows that share most keys with what was wanted."""
    return sorted(rows, key=lambda row: (-sum(row.keys[n] == v for n, v in wanted.items()), row.line))[:SHOWN_ROWS]

"""Read the factor tables strictly: whatever is wrong is listed at once, with file and line."""

import csv
import hashlib
import io
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from transport_sim.errors import FactorError, did_you_mean
from transport_sim.factors.methods import METHODS, PURPOSES
from transport_sim.factors.model import Choice, Factors
from transport_sim.factors.rows import FactorRow, Fallback, Key
from transport_sim.factors.schema import (
    CONFIDENCE_LEVELS,
    FALLBACK_COLUMNS,
    SET_COLUMNS,
    SOURCE_COLUMNS,
    TABLES,
    TableSpec,
)

_SOURCES, _SETS, _FALLBACKS = "sources.csv", "sets.csv", "fallbacks.csv"


@dataclass(frozen=True)
class Folder:
    """What a folder of factors holds, row by row as right as a row can be by itself."""

    index: dict[str, dict[tuple[Key, ...], tuple[FactorRow, ...]]]
    sources: Mapping[str, Mapping[str, str]]
    """The sources of the folder itself."""
    sha256: dict[str, str]
    sets: dict[str, dict[str, Choice]]
    fallbacks: tuple[Fallback, ...] | None
    """None if the folder has no table of fall-backs."""


def load_factors(folder: Path | None = None) -> Factors:
    """Read and check every factor table of a folder: the library, of which a factor set is a part.

    Parameters
    ----------
    folder
        Folder with `sources.csv`, `sets.csv`, `fallbacks.csv` and one CSV file for each table of the schema; the tables
        of the package, read once, if left out.

    Returns
    -------
    The tables, frozen, all of them open; methods are those of the first declared set.

    Raises
    ------
    FactorError
        Anything wrong in any file: each problem with file, line and what would be right.
    """
    return _packaged() if folder is None else _library(folder)


@cache
def _packaged() -> Factors:
    return _library(Path(__file__).parent)


def _library(folder: Path) -> Factors:
    problems: list[str] = []
    found = read_folder(folder, problems, known_sources={}, complete=True)
    refuse(folder, problems)
    name = next(iter(found.sets))
    return Factors(
        index=found.index,
        sources=found.sources,
        sha256=found.sha256,
        name=name,
        choices=found.sets[name],
        sets=found.sets,
        fallbacks=found.fallbacks or (),
    )


def refuse(folder: Path, problems: Sequence[str]) -> None:
    """Raise one error for all problems; nothing if there are none."""
    if problems:
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        raise FactorError("\n  ".join([f"factor tables in {folder}: {count}", *problems]))


def read_folder(
    folder: Path, problems: list[str], *, known_sources: Mapping[str, Mapping[str, str]], complete: bool
) -> Folder:
    """Read every table of a folder and add what is wrong to the problems.

    Parameters
    ----------
    folder
        Folder with CSV files.
    problems
        The list to add to.
    known_sources
        Sources that rows may name beside the folder's own.
    complete
        Whether every table of the schema must be there.
    """
    texts = _read_texts(folder, problems, complete=complete)
    own = _read_sources(texts.get(_SOURCES, ""), problems)
    sources = {**known_sources, **own}
    index: dict[str, dict[tuple[Key, ...], tuple[FactorRow, ...]]] = {}
    for table, spec in TABLES.items():
        file = f"{table}.csv"
        if file in texts:
            rows = list(_read_table(file, texts[file], spec, sources, problems))
            index[table] = _group(rows, spec, problems)
            problems.extend(_holes_in_grid(rows, spec))
            problems.extend(_holes_in_bounds(rows, spec))
    sets = _read_sets(texts.get(_SETS, ""), problems)
    fallbacks = tuple(_read_fallbacks(texts[_FALLBACKS], sources, problems)) if _FALLBACKS in texts else None
    checksums = {file: hashlib.sha256(text.encode()).hexdigest() for file, text in texts.items()}
    return Folder(index, own, checksums, sets, fallbacks)


def _read_texts(folder: Path, problems: list[str], *, complete: bool) -> dict[str, str]:
    expected = {_SOURCES, _SETS, _FALLBACKS, *(f"{table}.csv" for table in TABLES)}
    needed = expected if complete else {_SOURCES, _SETS}
    present = {path.name: path for path in sorted(folder.glob("*.csv"))}
    problems.extend(f"{file}: file is missing" for file in sorted(needed - set(present)))
    problems.extend(
        f"{file}: not a factor table; expected {', '.join(sorted(expected))}"
        for file in sorted(set(present) - expected)
    )
    texts: dict[str, str] = {}
    for file in sorted(expected & set(present)):
        try:
            texts[file] = present[file].read_bytes().decode()  # as it stands: the checksum is that of the file
        except UnicodeDecodeError as error:
            problems.append(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8")
    return texts


def _read_sets(text: str, problems: list[str]) -> dict[str, dict[str, Choice]]:
    sets: dict[str, dict[str, Choice]] = defaultdict(dict)
    for where, _, cells in _read_cells(_SETS, text, SET_COLUMNS, problems) if text else ():
        purpose, method, chosen = cells["purpose"], cells["method"], sets[cells["factor_set"]]
        if purpose not in PURPOSES:
            problems.append(f"{where}: unknown purpose {purpose!r}{did_you_mean(purpose, PURPOSES)}")
        elif method not in METHODS[purpose]:
            problems.append(f"{where}: unknown method {method!r} of {purpose}{did_you_mean(method, METHODS[purpose])}")
        elif purpose in chosen:
            problems.append(f"{where}: {purpose} has a method in this set already; keep one")
        else:
            chosen[purpose] = Choice(method, cells["stands_in"], cells["note"])
    return dict(sets)


def _read_fallbacks(text: str, sources: Mapping[str, Mapping[str, str]], problems: list[str]) -> Iterator[Fallback]:
    for where, line, cells in _read_cells(_FALLBACKS, text, FALLBACK_COLUMNS, problems):
        spec = TABLES.get(cells["table"])
        if spec is None:
            problems.append(f"{where}: no factor table {cells['table']!r}{did_you_mean(cells['table'], TABLES)}")
            continue
        wrong = [*_wrong_fallback(cells, spec), *_wrong_origin(cells, sources)]
        problems.extend(f"{where}: {what}" for what in wrong)
        if not wrong:
            yield Fallback(file=_FALLBACKS, line=line, **cells)


def _wrong_fallback(cells: Mapping[str, str], spec: TableSpec) -> Iterator[str]:
    if cells["quantity"] not in ("any", *spec.quantities):
        yield f"unknown quantity {cells['quantity']!r}{did_you_mean(cells['quantity'], spec.quantities)}"
    if cells["key"] not in ("year", *spec.keys):
        yield f"unknown key {cells['key']!r}; expected year or one of {', '.join(spec.keys)}"
    if not cells["wanted"].strip() or not cells["used"].strip() or cells["wanted"] == cells["used"]:
        yield "wanted and used must name two different values"
    elif cells["key"] == "year":
        first, _, year = cells["wanted"].partition(" ")
        if first != "after" or _year(year) in (None, -1) or _year(cells["used"]) in (None, -1):
            yield f"years are written as 'after 2023' and '2023', got {cells['wanted']!r} and {cells['used']!r}"


def _read_cells(
    file: str, text: str, columns: Sequence[str], problems: list[str]
) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield (file:line, line, cells by column) of each row; nothing if the header is wrong."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = next(_rows(reader, file, problems), [])
    wrong = [f"unknown column {name!r}" for name in header if name not in columns]
    wrong += [f"missing column {name!r}" for name in columns if name not in header]
    wrong += [f"column {name!r} twice" for name in sorted(set(header)) if header.count(name) > 1]
    if wrong:
        problems.append(f"{file}:1: {'; '.join(wrong)}; expected {', '.join(columns)}")
        return
    for cells in _rows(reader, file, problems):
        where = f"{file}:{reader.line_num}"
        if not cells:
            continue  # a blank line says nothing
        if len(cells) != len(header):
            problems.append(f"{where}: {len(cells)} cells, expected {len(header)}")
            continue
        yield where, reader.line_num, dict(zip(header, cells, strict=True))


def _rows(reader: Any, file: str, problems: list[str]) -> Iterator[list[str]]:  # noqa: ANN401 - csv names no type
    """Yield the rows of a file up to what is no row."""
    try:
        yield from reader
    except csv.Error as error:
        problems.append(f"{file}:{reader.line_num}: {error}; is a quote not closed?")


def _read_sources(text: str, problems: list[str]) -> dict[str, Mapping[str, str]]:
    sources: dict[str, Mapping[str, str]] = {}
    for where, _, cells in _read_cells(_SOURCES, text, SOURCE_COLUMNS, problems) if text else ():
        problems.extend(f"{where}: {name} is empty" for name, cell in cells.items() if not cell.strip())
        if cells["source_id"] in sources:
            problems.append(f"{where}: source_id {cells['source_id']!r} is already defined; use another name")
        sources[cells["source_id"]] = cells
    return sources


def _read_table(
    file: str, text: str, spec: TableSpec, sources: Mapping[str, Mapping[str, str]], problems: list[str]
) -> Iterator[FactorRow]:
    for where, line, cells in _read_cells(file, text, spec.columns, problems):
        wrong = list(_wrong_words(cells, spec, sources))
        numbers = {name: _number(cells[name]) for name in (*spec.values, *spec.grid)}
        wrong += [
            f"{name}={cells[name]!r} is not a finite number" for name, number in numbers.items() if number is None
        ]
        years = {name: _year(cells[name]) for name in ("valid_from", "valid_to")}
        wrong += [f"{name}={cells[name]!r} is not a year; write 2023 or nothing" for name in years if years[name] == -1]
        if not wrong and _first(years["valid_from"]) > _last(years["valid_to"]):
            wrong.append(f"valid_from {years['valid_from']} lies after valid_to {years['valid_to']}")
        if wrong:
            problems.extend(f"{where}: {what}" for what in wrong)
            continue
        finite = {name: number for name, number in numbers.items() if number is not None}
        yield FactorRow(
            file=file,
            line=line,
            keys={name: finite[name] if name in spec.grid else cells[name] for name in spec.keys},
            numbers={name: finite[name] for name in spec.values},
            unit=cells["unit"],
            valid_from=years["valid_from"],
            valid_to=years["valid_to"],
            source_id=cells["source_id"],
            confidence=cells["confidence"],
            note=cells["note"],
            extra={name: cells[name] for name in spec.extra},
        )


def _wrong_words(cells: Mapping[str, str], spec: TableSpec, sources: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for name in (*spec.keys, *spec.extra):
        if not cells[name].strip():
            yield f"{name} is empty"
    quantity = cells["quantity"]
    if quantity not in spec.quantities:
        yield f"unknown quantity {quantity!r}; expected one of {', '.join(spec.quantities)}"
    elif cells["unit"] != spec.quantities[quantity]:
        yield f"unknown unit {cells['unit']!r} of {quantity}; expected {spec.quantities[quantity]!r}"
    yield from _wrong_origin(cells, sources)


def _wrong_origin(cells: Mapping[str, str], sources: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    if not cells["source_id"].strip():
        yield f"source_id is missing; name a row of {_SOURCES}"
    elif cells["source_id"] not in sources:
        yield f"unknown source {cells['source_id']!r}; add it to {_SOURCES} or use one of {', '.join(sources)}"
    if cells["confidence"] not in CONFIDENCE_LEVELS:
        yield f"unknown confidence {cells['confidence']!r}; expected one of {', '.join(CONFIDENCE_LEVELS)}"


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _year(cell: str) -> int | None:
    """Read a year; None if the cell is empty, -1 if it is no year."""
    if not cell.strip():
        return None
    return int(cell) if cell.isdecimal() and len(cell) == 4 else -1


def _first(year: int | None) -> float:
    return -math.inf if year is None else year


def _last(year: int | None) -> float:
    return math.inf if year is None else year


def _group(
    rows: Iterable[FactorRow], spec: TableSpec, problems: list[str]
) -> dict[tuple[Key, ...], tuple[FactorRow, ...]]:
    groups: dict[tuple[Key, ...], list[FactorRow]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.keys[name] for name in spec.keys)].append(row)
    for key, group in groups.items():
        group.sort(key=lambda row: (_first(row.valid_from), row.line))
        name = ", ".join(str(part) for part in key)
        for before, after in itertools.pairwise(group):
            where, other = f"{after.file}:{after.line}", f"line {before.line}"
            if (before.valid_from, before.valid_to) == (after.valid_from, after.valid_to):
                problems.append(f"{where}: duplicate key ({name}); it stands in {other} already, keep one")
            elif _first(after.valid_from) <= _last(before.valid_to):
                problems.append(
                    f"{where}: validity {after.validity} of ({name}) overlaps {before.validity} in {other}; "
                    "let the later one start the year after"
                )
            elif _first(after.valid_from) > _last(before.valid_to) + 1:
                problems.append(
                    f"{where}: gap between validity {before.validity} ({other}) and {after.validity} of ({name}); "
                    "add the years between"
                )
    return {key: tuple(group) for key, group in groups.items()}


def _holes_in_grid(rows: Sequence[FactorRow], spec: TableSpec) -> Iterator[str]:
    """Name each level of load or slope that a curve family lacks or has beside the grid."""
    if not spec.grid:
        return
    families: dict[tuple[Key, ...], list[FactorRow]] = defaultdict(list)
    for row in rows:
        families[tuple(row.keys[name] for name in spec.keys if name not in spec.grid)].append(row)
    wanted: set[tuple[Key, ...]] = set(itertools.product(*spec.grid.values()))
    for family, members in families.items():
        name = ", ".join(str(part) for part in family)
        present = {tuple(row.keys[level] for level in spec.grid): row for row in members}
        where = f"{members[0].file}:{members[0].line}"
        dated = [row for row in members if row.valid_from is not None or row.valid_to is not None]
        for row in dated:
            yield f"{row.file}:{row.line}: a curve holds in every year; leave valid_from and valid_to empty"
        for point in sorted(wanted - set(present), key=str):
            place = ", ".join(f"{level}={number}" for level, number in zip(spec.grid, point, strict=True))
            yield f"{where}: gap in the grid of ({name}): no row for {place}"
        for point in sorted(set(present) - wanted, key=str):
            place = ", ".join(f"{level}={number}" for level, number in zip(spec.grid, point, strict=True))
            yield f"{members[0].file}:{present[point].line}: {place} of ({name}) is not on the grid {spec.grid}"


def _holes_in_bounds(rows: Sequence[FactorRow], spec: TableSpec) -> Iterator[str]:
    """Name each class without one of its bounds, and each gap or overlap between neighbours."""
    if not spec.bounds:
        return
    low, high = spec.bounds
    (name,) = (key for key in spec.keys if key != "quantity")
    limits: dict[Key, dict[Key, FactorRow]] = defaultdict(dict)
    for row in rows:
        if row.keys["quantity"] in spec.bounds:
            limits[row.keys[name]][row.keys["quantity"]] = row
    for member, both in limits.items():
        for bound in spec.bounds:
            if bound not in both:
                (other,) = both.values()
                yield f"{other.file}:{other.line}: {member} has {other.keys['quantity']} but no {bound}; add it"
    whole = sorted((both for both in limits.values() if len(both) == 2), key=lambda both: both[low].numbers["value"])
    for before, after in itertools.pairwise(whole):
        end, start = before[high], after[low]
        if end.numbers["value"] != start.numbers["value"]:
            kind = "gap" if end.numbers["value"] < start.numbers["value"] else "overlap"
            yield (
                f"{start.file}:{start.line}: {kind} between {before[high].keys[name]}, which ends at "
                f"{end.numbers['value']:g}, and {after[low].keys[name]}, which starts at {start.numbers['value']:g}"
            )

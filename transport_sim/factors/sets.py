"""Named factor sets: which method answers each purpose, what stands in, and whose tables it reads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from transport_sim.errors import FactorError, did_you_mean
from transport_sim.factors.methods import METHODS, PURPOSES, governed, readable
from transport_sim.factors.model import Choice, Factors
from transport_sim.factors.reader import Folder, load_factors, read_folder, refuse
from transport_sim.factors.rows import FactorRow, Key
from transport_sim.factors.schema import TABLES
from transport_sim.factors.use import UseLog

Index = Mapping[str, Mapping[tuple[Key, ...], tuple[FactorRow, ...]]]


def load_factor_set(name: str) -> Factors:
    """Read a factor set: one of the package by its name, or a user's own by the path of its folder.

    Parameters
    ----------
    name
        `cn_emep_glec`, `china_official`, `emep_copert`, `glec_v3`, or a folder with `sets.csv`, `sources.csv` and
        the tables of the set's own methods.

    Returns
    -------
    The tables, held to what the methods of the set read.

    Raises
    ------
    FactorError
        No such set, or anything wrong in it: each problem with file, line and what would be right.
    """
    library = load_factors()
    if name in library.sets:
        return _packaged(name).recording()
    folder = Path(name)
    if not folder.is_dir():
        raise FactorError(f"no factor set or folder {name!r}{did_you_mean(name, library.sets)}")
    return _own(library, folder)


@cache
def _packaged(name: str) -> Factors:
    """Hold the library to one set; kept, so that curves are compiled once for all runs of a process."""
    library = load_factors()
    return _held(library, name, library.sets[name])


def _held(library: Factors, name: str, choices: Mapping[str, Choice]) -> Factors:
    open_to = readable({purpose: choice.method for purpose, choice in choices.items()})
    return replace(library, name=name, choices=choices, open_to=open_to, log=UseLog())


def _own(library: Factors, folder: Path) -> Factors:
    problems: list[str] = []
    own = read_folder(folder, problems, known_sources=library.sources, complete=False)
    if len(own.sets) != 1:
        problems.append(f"sets.csv: must declare exactly one factor set, it declares {', '.join(own.sets) or 'none'}")
        refuse(folder, problems)
    ((_, choices),) = own.sets.items()
    problems.extend(check_choices(choices, library.sets))
    if problems:
        refuse(folder, problems)
    problems.extend(_missing(own, choices))
    for source_id, row in own.sources.items():
        if source_id in library.sources and library.sources[source_id] != row:
            problems.append(
                f"sources.csv: source_id {source_id!r} means something else in the package; use another name"
            )
    refuse(folder, problems)
    merged = replace(
        library,
        index=_merged(library.index, own.index, choices),
        sources={**library.sources, **own.sources},
        sha256={**library.sha256, **{f"{folder.name}/{file}": digest for file, digest in own.sha256.items()}},
        fallbacks=library.fallbacks if own.fallbacks is None else own.fallbacks,
    )
    return _held(merged, str(folder), choices)


def check_choices(choices: Mapping[str, Choice], packaged: Mapping[str, Mapping[str, Choice]]) -> Iterator[str]:
    """Name every purpose that a set lacks, and every stand-in that does not answer it."""
    for purpose, meaning in PURPOSES.items():
        if purpose not in choices:
            known = ", ".join(METHODS[purpose])
            yield f"sets.csv: no row for purpose {purpose!r} ({meaning}); choose a method: {known}"
    for purpose, choice in choices.items():
        if not choice.stands_in:
            continue
        if choice.stands_in not in packaged:
            yield f"sets.csv: {purpose}: no factor set {choice.stands_in!r}{did_you_mean(choice.stands_in, packaged)}"
            continue
        lender = packaged[choice.stands_in][purpose]
        if lender.stands_in or lender.method != choice.method:
            yield (
                f"sets.csv: {purpose}: {choice.stands_in!r} does not have the method {choice.method!r} of its own; "
                f"it has {lender.method!r}" + (f" from {lender.stands_in!r}" if lender.stands_in else "")
            )


def _missing(own: Folder, choices: Mapping[str, Choice]) -> Iterator[str]:
    """Name the quantities that a set's own methods read and its folder lacks."""
    for purpose, choice in choices.items():
        if choice.stands_in:
            continue
        for table, quantities in METHODS[purpose][choice.method].reads.items():
            present = {str(row.keys["quantity"]) for row in _rows(own.index.get(table, {}))}
            if not present and table not in _LIGHT_VEHICLES:
                yield f"{table}.csv: method {choice.method!r} of {purpose!r} reads it, but there are no rows; {_ADVICE}"
            lacking = [q for q in quantities if present and q not in present and q not in _OPTIONAL.get(table, ())]
            if lacking:
                names = ", ".join(lacking)
                yield f"{table}.csv: no row of {names}, which {choice.method!r} of {purpose!r} reads; {_ADVICE}"


_LIGHT_VEHICLES = ("road_curves", "road_stand_ins")
_OPTIONAL = {
    "fuels": ("ncv_mj_per_kg", "ncv_mj_per_nm3", "density_kg_per_nm3", "co2e_wtt_kg_per_kg"),
    "rail": tuple(q for q in TABLES["rail"].quantities if not q.endswith("_per_gross_tkm") and q[:5] != "wagon"),
}
"""Quantities that only some fuels or some questions need."""
_ADVICE = "add them, or name in stands_in the factor set that they are borrowed from"


def _rows(table: Mapping[tuple[Key, ...], tuple[FactorRow, ...]]) -> Iterable[FactorRow]:
    return (row for rows in table.values() for row in rows)


def _merged(packaged: Index, own: Index, choices: Mapping[str, Choice]) -> Index:
    """Put the set's own tables, the quantities that its stand-ins read and what no method governs side by side.

    A quantity is the set's own or the package's as a whole; two tables are never mixed row by row.
    """
    lent = readable({purpose: choice.method for purpose, choice in choices.items() if choice.stands_in})
    found: dict[str, dict[tuple[Key, ...], tuple[FactorRow, ...]]] = {}
    for table, rows in packaged.items():
        mine = own.get(table, {})
        present = {row.keys["quantity"] for row in _rows(mine)}
        borrowed = lent.get(table, frozenset()) if table in governed() else None
        kept = {
            key: group
            for key, group in rows.items()
            if (quantity := group[0].keys["quantity"]) not in present and (borrowed is None or quantity in borrowed)
        }
        found[table] = {**kept, **mine}
    return found


def set_tables(choices: Mapping[str, Choice]) -> dict[str, list[str]]:
    """Return the tables that each set's methods read, with the purposes that read them."""
    found: dict[str, list[str]] = defaultdict(list)
    for purpose, choice in choices.items():
        for table in METHODS[purpose][choice.method].reads:
            found[table].append(purpose)
    return dict(found)


__all__ = ["check_choices", "load_factor_set", "set_tables"]

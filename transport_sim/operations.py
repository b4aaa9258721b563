"""How terminals, lines, rivers and fleets work from day to day: optional tables of a scenario's data folder.

A table that is missing has no rows, and no row means that there is nothing of the kind: no closing hours, no
disruptions, no seasons of the river. So a region starts with none of them and adds what it knows.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.errors import DataError, did_you_mean
from transport_sim.tables.csv_tables import read_csv_table
from transport_sim.tables.freight import provenance_columns
from transport_sim.tables.operations import OPERATION_TABLES

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema


FOLDERS = ("operations", "fleets")
"""Folders of the data folder; each table belongs into one of them."""


@dataclass(frozen=True, eq=False)
class Operations:
    """The tables of `OPERATION_TABLES`, each with its columns even where it has no rows."""

    tables: dict[str, pd.DataFrame] = field(default_factory=lambda: {name: _empty(name) for name in OPERATION_TABLES})

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return one table."""
        return self.tables[name]

    def with_table(self, name: str, frame: pd.DataFrame) -> "Operations":
        """Return a copy in which one table is replaced."""
        return replace(self, tables={**self.tables, name: frame})


def read_operations(data: Path) -> Operations:
    """Read and check every table of the folders `operations` and `fleets`; a folder and any table may be missing.

    Parameters
    ----------
    data
        Data folder of the scenario.

    Raises
    ------
    DataError
        With file, lines and what would be right, also for a file that is none of the tables.
    """
    for name in FOLDERS:
        _check_folder(data / name)
    paths = {name: data / spec.folder / f"{name}.csv" for name, spec in OPERATION_TABLES.items()}
    return Operations({name: _read(name, path) if path.exists() else _empty(name) for name, path in paths.items()})


def _check_folder(folder: Path) -> None:
    """Refuse files that look like tables and are none."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DataError(f"{folder}: must be a folder with tables, and is a file")
    here = {name for name, spec in OPERATION_TABLES.items() if spec.folder == folder.name}
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith((".", "~"))):
        table, ending = path.stem, path.suffix
        if ending == ".csv" and table in OPERATION_TABLES and table not in here:
            raise DataError(f"{path}: this table belongs into the folder {OPERATION_TABLES[table].folder}")
        if ending == ".csv" and table not in here:
            raise DataError(f"{path}: no table of {folder.name} has this name{did_you_mean(table, sorted(here))}")
        if ending != ".csv" and path.name.partition(".")[0].lower() in here:
            good = f"{path.name.partition('.')[0].lower()}.csv"
            raise DataError(f"{path}: a table is read from a CSV file (UTF-8) only; save it as {good}, or move it away")


def _read(table: str, path: Path) -> pd.DataFrame:
    return read_csv_table(path, operations_schema(table), may_be_empty=True)


@cache
def operations_schema(table: str) -> "DataFrameSchema":
    """Return the pandera schema of a table of `OPERATION_TABLES`, built on first use."""
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second

    spec = OPERATION_TABLES[table]
    checks = [pa.Check(rule, error=text, ignore_na=False) for text, rule in spec.row_checks.items()]
    if spec.key:
        unique = f"an earlier line has the same {' and '.join(spec.key)}"
        checks.append(pa.Check(lambda d: ~d.duplicated(list(spec.key)), error=unique, ignore_na=False))
    return pa.DataFrameSchema({**spec.columns(), **provenance_columns()}, checks=checks, strict=True, ordered=False)


def _empty(table: str) -> pd.DataFrame:
    types: dict[str, Any] = {name: str(column.dtype) for name, column in operations_schema(table).columns.items()}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})

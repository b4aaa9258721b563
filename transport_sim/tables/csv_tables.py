"""Read a CSV file into a frame of a stated schema, or say at which line what is wrong and what would be right."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transport_sim.errors import DataError, did_you_mean
from transport_sim.tables.csv_rows import read_rows, report

if TYPE_CHECKING:
    from pandera.pandas import Check, DataFrameSchema

LARGEST = 1e12
"""No quantity of these tables comes near it; a larger one is a slip, and would overflow further on."""


def between(low: float, high: float) -> "Check":
    """Return the check that numbers lie in a range, both ends included."""
    import pandera.pandas as pa  # noqa: PLC0415

    return pa.Check.in_range(low, high, error=f"must be from {low:.12g} to {high:.12g}")


def one_of(words: Collection[str]) -> "Check":
    """Return the check that texts are among some words."""
    import pandera.pandas as pa  # noqa: PLC0415

    return pa.Check.isin(words, error=f"must be one of {', '.join(word or '(nothing)' for word in words)}")


def filled() -> "Check":
    """Return the check that a text is not empty."""
    import pandera.pandas as pa  # noqa: PLC0415

    return pa.Check.str_length(min_value=1, error="must not be empty")


def read_csv_table(path: Path, definition: "DataFrameSchema", *, may_be_empty: bool = False) -> pd.DataFrame:
    """Read and check one file.

    Parameters
    ----------
    path
        The file, which exists.
    definition
        Columns with their types and checks.
    may_be_empty
        Whether a header alone will do.

    Returns
    -------
    The table, text columns filled with "" and number columns as float64 or int64.

    Raises
    ------
    DataError
        With file, lines and what would be right, for unknown or missing columns, wrong types and values out of range.
        All problems at once.
    """
    rows = read_rows(path)
    if len(rows) < 2 and not (rows and may_be_empty):
        raise DataError(f"{path}: {'has no rows below its header' if rows else 'the file is empty'}")
    header, body = rows[0], rows[1:]
    wanted = list(definition.columns)
    problems = list(_header_problems(header, wanted))
    ragged = [
        f"line {n}: {len(row)} cells, the header has {len(header)}"
        for n, row in enumerate(body, 2)
        if len(row) != len(header)
    ]
    if problems or ragged:
        raise DataError(report(path, problems + ragged))
    return _typed(pd.DataFrame(body, columns=header, dtype=object)[wanted], definition, path)


def _header_problems(header: Sequence[str], wanted: Sequence[str]) -> Iterator[str]:
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            yield f"line 1: columns are separated by {name}; separate them by commas"
            return
    for column in wanted:
        if column not in header:
            yield f"line 1: column {column!r} is missing"
    for column in header:
        if column not in wanted:
            yield f"line 1: unknown column {column!r}{did_you_mean(column, wanted)}"
    for column in dict.fromkeys(c for c in header if header.count(c) > 1):
        yield f"line 1: column {column!r} appears twice"


def _typed(raw: pd.DataFrame, definition: "DataFrameSchema", path: Path) -> pd.DataFrame:
    import pandera.errors  # noqa: PLC0415

    problems, frame = [], {}
    for name, column in definition.columns.items():
        kind = str(column.dtype)
        if kind.startswith(("int", "float")):
            cells = raw[name].str.strip()
            values = pd.to_numeric(cells.where(cells != "", None), errors="coerce").astype(float)
            wrong = (values.isna() & (cells != "")) | np.isinf(values) | ((cells == "") & (not column.nullable))
            if kind.startswith("int"):
                wrong |= values.notna() & ((values % 1 != 0) | (values.abs() > LARGEST))
            what = "a whole number" if kind.startswith("int") else "a number"
            problems += [(int(i), f"{name}: must be {what}, got {cells[i]!r}") for i in raw.index[wrong]]
            frame[name] = values if kind.startswith("float") or wrong.any() else values.astype("int64")
        else:
            frame[name] = raw[name].str.strip().astype(str)
    if not problems:
        try:
            return definition.validate(pd.DataFrame(frame), lazy=True)
        except pandera.errors.SchemaErrors as error:
            problems = [_explain(case) for case in error.failure_cases.to_dict("records") if pd.notna(case["index"])]
            if not problems:
                raise DataError(f"{path}: {error}") from None
    lines = dict.fromkeys(f"line {i + 2}  {text}" for i, text in sorted(problems))
    raise DataError(report(path, list(lines)))


def _explain(case: dict[str, Any]) -> tuple[int, str]:
    """Return the row and the words for one failure case of pandera; a check on whole rows has one for each column."""
    row, value = int(case["index"]), case["failure_case"]
    if case["schema_context"] == "DataFrameSchema":
        return row, str(case["check"])
    if case["check"] == "field_uniqueness":
        return row, f"{case['column']}: {value} is there already, in an earlier line"
    got = f"{value:.12g}" if isinstance(value, float) else repr(value)
    return row, f"{case['column']}: {case['check']}, got {got}"

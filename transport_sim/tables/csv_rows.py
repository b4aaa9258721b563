"""The cells of a CSV file, one row a line, with a clear error for whatever is no such file."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from transport_sim.errors import DataError

MAX_BYTES = 50_000_000


def read_rows(path: Path) -> list[list[str]]:
    """Read the cells of a file; blank rows at its end, which spreadsheets like to add, are left out.

    Raises
    ------
    DataError
        If the file cannot be read, is no UTF-8 text or no CSV, or a cell runs over several lines.
    """
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        for row in reader:
            rows.append(row)
            if reader.line_num > len(rows):
                raise DataError(f"{path}: line {len(rows)}  a cell runs over several lines; is a quote not closed?")
    except csv.Error as error:
        raise DataError(f"{path}: line {len(rows) + 1}  not CSV: {error}; is a quote not closed?") from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _read_text(path: Path) -> str:
    try:
        if path.is_dir():
            raise DataError(f"{path}: this is a folder, not a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line}  not UTF-8 text; a spreadsheet saves it as 'CSV UTF-8'") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}: line {line}  not a text file: it holds the character U+0000")
    return text


def report(path: Path, problems: Sequence[str], shown: int = 5) -> str:
    """Lay out the problems of one file, the first few of them."""
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    head = f"{path}: {count}" if len(problems) <= shown else f"{path}: {count}, first {shown} of {len(problems)}"
    return "\n".join([head, *(f"  {p}" for p in problems[:shown])])

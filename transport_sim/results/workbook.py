"""The results as an Excel workbook, for readers who want to calculate on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import xlsxwriter

from transport_sim.results.chain_ledger import annual_ledger
from transport_sim.results.comparison import COLUMNS
from transport_sim.results.findings import title, titles
from transport_sim.results.freight_sheets import Sheet
from transport_sim.results.wording import Wording

if TYPE_CHECKING:
    from transport_sim.run import Comparison

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Creation date in the file, fixed: the same results give the same bytes."""

PLAIN, SHARE, WHOLE, TEXT = "#,##0.00####", "0.0 %", "0", "@"
WIDEST_COLUMN = 60


def write_workbook(comparison: "Comparison", path: Path, words: Wording, more: Sequence[Sheet] = ()) -> None:
    """Write comparison, pivot by scenario, calibration, assumptions, audit, ledger and the changes of each package.

    Parameters
    ----------
    comparison
        What is written.
    path
        File to write.
    words
        Language of the headings.
    more
        Sheets on rail and river, and on fleets.
    """
    with xlsxwriter.Workbook(str(path), {"nan_inf_to_errors": False}) as book:
        book.set_properties({"created": CREATED, "title": " / ".join(titles(comparison, words).values())})
        styles = _styles(book)
        _comparison(book, styles, comparison, words)
        _by_scenario(book, styles, comparison, words)
        names = ("cal.quantity", "table.unit", "cal.target", "cal.model", "cal.deviation", "cal.basis")
        table = comparison.calibration[["quantity", "unit", "target", "model", "deviation_ratio", "basis"]]
        table = table.assign(
            quantity=table["quantity"].map(words.label), basis=[words.name("basis", str(b)) for b in table["basis"]]
        )
        _sheet(book, styles, words("sheet.calibration"), [words(n) for n in names], table, {4: SHARE})
        listed = pd.DataFrame(cast("list[dict[str, object]]", comparison.manifest["assumptions"]))
        heads = [words(f"col.{c}") for c in listed.columns]
        _sheet(book, styles, words("sheet.assumptions"), heads, listed, {})
        _audit(book, styles, comparison, words)
        _ledger(book, styles, comparison, words)
        for name, table in more:
            shares = {n: SHARE for n, c in enumerate(table.columns) if str(c).endswith("_share")}
            _sheet(book, styles, name, [str(c) for c in table.columns], table, shares)
        _changes(book, styles, comparison, words)


def _styles(book: Any) -> dict[str, Any]:  # noqa: ANN401 - xlsxwriter has no type stubs
    """Make the cell formats, by number format; `head` for headings."""
    styles = {code: book.add_format({"num_format": code, "valign": "top"}) for code in (PLAIN, SHARE, WHOLE)}
    styles[TEXT] = book.add_format({"valign": "top"})
    styles["head"] = book.add_format(
        {
            "bold": True,
            "bg_color": "#eef1f4",
            "bottom": 1,
            "bottom_color": "#9aa5b1",
            "text_wrap": True,
            "valign": "top",
        }
    )
    return styles


def _sheet(  # noqa: PLR0917 - one call is one sheet
    book: Any,  # noqa: ANN401 - xlsxwriter has no type stubs
    styles: dict[str, Any],
    name: str,
    heads: Sequence[str],
    table: pd.DataFrame,
    formats: dict[int, str],
) -> None:
    """Write a frame with a frozen header, filters and fitting widths; `formats` by column, else by type."""
    sheet = book.add_worksheet(name[:31])
    sheet.write_row(0, 0, heads, styles["head"])
    for number, column in enumerate(table.columns):
        values = table[column]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        whole = pd.api.types.is_integer_dtype(values)
        style = styles[formats.get(number, (WHOLE if whole else PLAIN) if numeric else TEXT)]
        for row, value in enumerate(values.tolist(), start=1):
            if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - not a number
                continue
            if isinstance(value, bool | int | float):
                sheet.write(row, number, value, style)
            else:
                sheet.write_string(row, number, str(value), style)
        longest = max([len(str(heads[number])), *(len(str(v)) for v in values.head(200))], default=8)
        sheet.set_column(number, number, min(14 if numeric else max(longest + 1, 8), WIDEST_COLUMN))
    sheet.freeze_panes(1, 0)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _comparison(book: Any, styles: dict[str, Any], comparison: "Comparison", words: Wording) -> None:  # noqa: ANN401
    """Write the whole table, in base units, with the meaning of each indicator."""
    table = comparison.table[list(COLUMNS)].copy()
    table.insert(3, "label", table["indicator"].map(words.label))
    _sheet(book, styles, words("sheet.comparison"), [words(f"col.{c}") for c in table.columns], table, {11: SHARE})


def _by_scenario(book: Any, styles: dict[str, Any], comparison: "Comparison", words: Wording) -> None:  # noqa: ANN401
    """Write the means with one column a scenario and year."""
    table = comparison.table
    wide = table.pivot_table(index=["indicator", "unit"], columns=["year", "scenario"], values="mean", sort=False)
    named = titles(comparison, words)
    heads = [words("col.indicator"), words("col.label"), words("col.unit")]
    columns = cast("list[tuple[int, str]]", wide.columns.tolist())
    heads += [f"{named[scenario]} {year}" for year, scenario in columns]
    flat = wide.reset_index()
    flat.columns = pd.Index(["indicator", "unit", *(f"{year}:{scenario}" for year, scenario in columns)])
    flat.insert(1, "label", flat["indicator"].map(words.label))
    _sheet(book, styles, words("sheet.by_scenario"), heads, flat, {})


def _audit(book: Any, styles: dict[str, Any], comparison: "Comparison", words: Wording) -> None:  # noqa: ANN401
    table = pd.concat([r.audit for r in comparison.results], ignore_index=True)
    table = table[["scenario", "year", "replication", "balance", "unit", "left", "right", "holds"]]
    table = table.assign(
        balance=[words.balance(str(b)) for b in table["balance"]],
        holds=[words("yes" if h else "no") for h in table["holds"]],
    )
    heads = [words(f"col.{c}") for c in ("scenario", "year", "replication")]
    heads += [words(f"audit.{c}") for c in ("balance", "unit", "left", "right", "holds")]
    _sheet(book, styles, words("sheet.audit"), heads, table, {})


def _ledger(book: Any, styles: dict[str, Any], comparison: "Comparison", words: Wording) -> None:  # noqa: ANN401
    """Write the chain elements and operation categories of every scenario and year, mean of the replications."""
    table = pd.concat(
        [
            annual_ledger(r.tables["ledger"], r.scenario.replications, r.scenario.annual_factor)
            for r in comparison.results
        ],
        ignore_index=True,
    )
    named = titles(comparison, words)
    table["scenario"] = table["scenario"].map(named)
    shares = {n: SHARE for n, c in enumerate(table.columns) if c.endswith("_share")}
    heads = [words(f"col.{c}") if c in ("scenario", "year") else words(f"ledger.{c}") for c in table.columns]
    _sheet(book, styles, words("sheet.ledger"), heads, table, shares)


def _changes(book: Any, styles: dict[str, Any], comparison: "Comparison", words: Wording) -> None:  # noqa: ANN401
    """Write what each package changes, one sheet a package, all years."""
    keys = ("change.policy", "change.table", "change.row", "change.column", "change.before", "change.after")
    heads = [words("table.scenario"), words("col.year"), *(words(k) for k in keys)]
    for number, result in enumerate(comparison.results[1:], start=1):
        rows = [(title(result, words), year, *c) for year, found in result.prepared.changes.items() for c in found]
        table = pd.DataFrame(rows, columns=["scenario", "year", "policy", "table", "row", "column", "before", "after"])
        name = f"{words('sheet.changes', number=number)} {result.scenario.name}"
        _sheet(book, styles, name, heads, table, {})

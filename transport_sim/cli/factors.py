"""The commands `factors list`, `show`, `validate` and `trace`: arguments and printing."""

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from transport_sim.errors import FactorError, did_you_mean

if TYPE_CHECKING:
    from transport_sim.factors import Factors
    from transport_sim.results.trace import Node

out = Console(width=None if sys.stdout and sys.stdout.isatty() else 160)
factors_app = typer.Typer(
    no_args_is_help=True, help="Look at the factors: sets, tables, rows, sources; trace a result."
)

SHOWN_COLUMNS = ("quantity", "value", "unit", "boundary", "valid_from", "valid_to", "source_id", "confidence", "note")


class RowFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class TreeFormat(StrEnum):
    """How a trace is printed."""

    TREE = "tree"
    JSON = "json"


SetName = Annotated[
    str | None, typer.Option("--set", metavar="SET", help="Factor set by name, or the folder of your own.")
]


@factors_app.command("list")
def factors_list(
    name: Annotated[str | None, typer.Argument(metavar="SET", help="Describe this set only.")] = None,
) -> None:
    """List the factor sets with their methods, tables, rows and sources."""
    from transport_sim.factors import load_factor_set, load_factors
    from transport_sim.factors.methods import METHODS

    library = load_factors()
    for set_name in [name] if name else list(library.sets):
        loaded = load_factor_set(set_name)
        default = " (default)" if set_name == library.name else ""
        table = Table(
            "purpose", "method", "reads", "stands in", "note", title=escape(f"{loaded.name}{default}"), box=SIMPLE
        )
        for purpose, choice in loaded.choices.items():
            reads = ", ".join(METHODS[purpose][choice.method].reads) or "-"
            table.add_row(purpose, choice.method, reads, *(escape(text) for text in (choice.stands_in, choice.note)))
        out.print(table)
    tables = Table("table", "rows", "quantities", "sources", title="tables", box=SIMPLE)
    for table_name in library.index:
        rows = library.rows(table_name)
        quantities = dict.fromkeys(str(row.keys["quantity"]) for row in rows)
        sources = dict.fromkeys(row.source_id for row in rows)
        tables.add_row(table_name, str(len(rows)), ", ".join(quantities), ", ".join(sources))
    if not name:
        out.print(tables)


@factors_app.command("show")
def factors_show(
    words: Annotated[
        list[str], typer.Argument(metavar="TABLE|KEY=VALUE...", help="A table, and what its rows must have.")
    ],
    name: SetName = None,
    row_format: Annotated[RowFormat, typer.Option("--format", help="How rows are printed.")] = RowFormat.TABLE,
) -> None:
    """Show factor rows: of a table, or of all tables where the keys have the values."""
    from transport_sim.factors import load_factor_set, load_factors
    from transport_sim.factors.view import COLUMNS, unified

    factors = load_factor_set(name) if name else load_factors()
    tables = [word for word in words if "=" not in word]
    for table in tables:
        if table not in factors.index:
            raise FactorError(f"no factor table {table!r}{did_you_mean(table, factors.index)}")
    wanted = dict(word.split("=", 1) for word in words if "=" in word)
    known = _key_columns(factors) | set(COLUMNS)
    for column in wanted:
        if column not in known:
            raise FactorError(f"no column {column!r} in the factor tables{did_you_mean(column, known)}")
    chosen: list[str | None] = [*tables] or [None]
    rows = [row for table in chosen for row in unified(factors, table=table) if _has(row, wanted)]
    if not rows:
        raise FactorError(f"no factor row has {', '.join(words)}; list the tables with: transport-sim factors list")
    if row_format is RowFormat.TABLE:
        _print_rows(rows)
    elif row_format is RowFormat.JSON:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        writer = csv.DictWriter(sys.stdout, list(COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _key_columns(factors: "Factors") -> set[str]:
    from transport_sim.factors.schema import TABLES

    return {key for table in factors.index for key in TABLES[table].keys}


def _has(row: dict[str, str], wanted: dict[str, str]) -> bool:
    """Tell whether a row has the values, in its own columns or in those of the common form."""
    others = dict(pair.split("=", 1) for pair in row["other_keys"].split(", ") if pair)
    placed = {"energy_carrier": "technology", "vessel_class": "vehicle_class", "hub_type": "vehicle_class"}
    placed |= {"traction": "vehicle_class", "vessel": "vehicle_class", "engine": "vehicle_class"}
    values = {**row, **others}
    return all(values.get(column, row.get(placed.get(column, ""), "")) == value for column, value in wanted.items())


def _print_rows(rows: list[dict[str, str]]) -> None:
    table = Table("row", "keys", *SHOWN_COLUMNS, box=SIMPLE)
    keys = ("vehicle_class", "technology", "emission_standard", "region", "load_ratio", "gradient_ratio", "other_keys")
    for row in rows:
        function = not row["value"] and row.get("coef_a", "")
        shown = dict(row, value="function" if function else row["value"])
        table.add_row(
            f"{row['table']}.csv:{row['line']}",
            escape(" ".join(row[key] for key in keys if row[key])),
            *(escape(shown[column]) for column in SHOWN_COLUMNS),
        )
    out.print(table)


@factors_app.command("validate")
def factors_validate(
    path: Annotated[
        str | None, typer.Argument(metavar="PATH", help="Folder of your own set; the package's tables unless given.")
    ] = None,
) -> None:
    """Check a factor set: every row, gap, overlap, source, method and stand-in; all problems at once."""
    from transport_sim.factors import load_factor_set, load_factors
    from transport_sim.factors.sets import check_choices

    library = load_factors()
    if path is None:
        problems = [
            f"{name}: {text}" for name, choices in library.sets.items() for text in check_choices(choices, library.sets)
        ]
        if problems:
            raise FactorError("\n  ".join([f"factor sets of the package: {len(problems)} problems", *problems]))
    loaded = load_factor_set(path) if path else library
    rows = sum(len(loaded.rows(table)) for table in loaded.index)
    for purpose, choice in loaded.choices.items() if path else ():
        if choice.stands_in:
            out.print(f"{purpose}: {choice.stands_in} stands in: {choice.note}", markup=False)
    out.print(f"no problems found: {len(loaded.index)} tables, {rows} rows, {len(loaded.sources)} sources")


@factors_app.command("trace")
def factors_trace(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of run or compare.")],
    indicator: Annotated[str, typer.Option("--indicator", help="An amount of emissions or energy.")] = "co2e_wtw_t",
    scenario: Annotated[str | None, typer.Option("--scenario", help="The first one unless given.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="The last one unless given.")] = None,
    tree_format: Annotated[TreeFormat, typer.Option("--format", help="How the trace is printed.")] = TreeFormat.TREE,
) -> None:
    """Walk from an indicator down to activity, factor rows and their sources."""
    from transport_sim.results.trace import trace

    root = trace(folder, indicator, scenario, year)
    if tree_format is TreeFormat.JSON:
        typer.echo(json.dumps(root.as_dict(), indent=2, ensure_ascii=False))
        return
    tree = Tree(_label(root, None))
    _grow(tree, root)
    out.print(tree, markup=False, highlight=False, soft_wrap=True)


def _grow(tree: Tree, node: "Node") -> None:
    for child in node.children:
        _grow(tree.add(_label(child, node)), child)


def _label(node: "Node", parent: "Node | None") -> str:
    """Write one branch in a line; sources in a line of their own."""
    share = f" ({node.value / parent.value:.1%})" if parent and parent.value and node.value is not None else ""
    text = node.name + (f"  {node.value:,.6g} {node.unit}{share}" if node.value is not None else "")
    detail = {k: v for k, v in node.detail.items() if k != "source"}
    text += "".join(f"  {k.replace('_', ' ')}: {v}" for k, v in detail.items())
    return _escape(text + (f"\n  {node.detail['source']}" if "source" in node.detail else ""))


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)

"""Describe the factor schema, tables, sets and sources in Markdown; `docs/factors.md` holds it, tested in step."""

from collections.abc import Iterable, Sequence

from transport_sim.factors.methods import METHODS, PURPOSES, boundary
from transport_sim.factors.model import Factors
from transport_sim.factors.reader import load_factors
from transport_sim.factors.schema import FALLBACK_COLUMNS, SET_COLUMNS, TABLES
from transport_sim.factors.view import COLUMNS, mode_of

INTRODUCTION = """# Factors

Every number of the physics stands in a CSV file of `transport_sim/factors/`, with its unit, validity and source. This
page is made from the schema: `python -m transport_sim.factors.document > docs/factors.md`.

## Ask

```
transport-sim factors list                       sets with their methods, tables, rows, sources
transport-sim factors show fuels energy_carrier=diesel
transport-sim factors show region=sichuan --format csv
transport-sim factors validate my_factors        your own set: every problem at once
transport-sim factors trace out/demo --indicator co2e_wtw_t --scenario baseline --year 2030
```

`trace` walks from an indicator in an output folder to mode, vehicle class, energy carrier and activity, then to the
rows that the run read and their sources. It refuses if the parts do not add up to the indicator.

## Rules

- A look-up finds exactly one row or fails, naming the missing key, what was looked for and the nearest rows.
- A key holds once a year: no overlap, no gap between years, no hole in a grid of curves, no gap between the bounds of
  classes. The reader lists everything that is wrong at once.
- Nothing falls back in silence. A fall-back is a row of `fallbacks.csv`; a Euro standard that stands in for a Chinese
  one is the column `fallback` of its row; a vehicle for which another stands in is a row of `road_stand_ins.csv`. Every
  report lists those that were used, with the kilometres or kWh that used them.
- Each run writes the rows that it read into its table `factor_use`, with purpose and activity.
"""

SETS = """## Factor sets

A set says for each purpose by which method it is answered, and which set lends the method where it has none of its own
(`sets.csv`). A look-up of anything that no method of the set reads is refused, so two systems of factors cannot meet by
accident. The scenario chooses with `factor_set`; the scenarios of one comparison must agree.

`cn_emep_glec`, the default, is what the freight baseline was calibrated with: a Chinese inventory's CO2 of fuel, the
functions of EMEP/EEA and the intensities of GLEC, put together on purpose. `china_official`, `emep_copert` and
`glec_v3` are each one system, with what is missing borrowed and said so. The report accounts for the baseline's
recorded activity under all of them.

The electricity factors are those of generation, without the supply of fuel to power stations. `glec_v3` knows CO2e of
fuel alone, so its `co2_ttw` is CO2e.
"""

OWN = """## Your own set

A folder with `sets.csv` (one set), `sources.csv`, the tables of the methods that are your own and, if you like,
`fallbacks.csv` (otherwise the package's hold). A quantity of a table is yours or borrowed as a whole, never row by row.
State `factor_set: path/to/folder` in the scenario, relative to its file; run `transport-sim factors validate` first.
"""


def document(factors: Factors) -> str:
    """Return the page."""
    parts = [INTRODUCTION, *_schema(), SETS, *_sets(factors), OWN, *_fallbacks(factors), *_tables(factors)]
    return "\n".join([*parts, *_sources(factors)]) + "\n"


def _schema() -> Iterable[str]:
    yield "## The schema of a row\n"
    yield "Each file has the columns that apply to it; `factors show --format csv` gives every row in all of them.\n"
    yield _table(("column", "meaning"), [(f"`{name}`", meaning) for name, meaning in COLUMNS.items()])


def _sets(factors: Factors) -> Iterable[str]:
    yield f"`sets.csv` has the columns {', '.join(f'`{c}`' for c in SET_COLUMNS)}.\n"
    rows = []
    for purpose, meaning in PURPOSES.items():
        cells = []
        for choices in factors.sets.values():
            choice = choices[purpose]
            cells.append(choice.method + (f" (from {choice.stands_in})" if choice.stands_in else ""))
        rows.append((f"`{purpose}`: {meaning}", *cells))
    yield _table(("purpose", *(f"`{name}`" for name in factors.sets)), rows)
    yield "### Methods\n"
    methods = [
        (purpose, f"`{name}`", method.meaning, ", ".join(method.reads) or "-")
        for purpose, known in METHODS.items()
        for name, method in known.items()
    ]
    yield _table(("purpose", "method", "meaning", "tables"), methods)


def _fallbacks(factors: Factors) -> Iterable[str]:
    yield "## Declared fall-backs\n"
    yield f"`fallbacks.csv` has the columns {', '.join(f'`{c}`' for c in FALLBACK_COLUMNS)}.\n"
    yield _table(
        ("table", "quantity", "key", "wanted", "used", "note"),
        [(f.table, f.quantity, f.key, f.wanted, f.used, f.note) for f in factors.fallbacks],
    )


def _tables(factors: Factors) -> Iterable[str]:
    yield "## Tables\n"
    for table, spec in TABLES.items():
        rows = factors.rows(table)
        keys = ", ".join(f"`{key}`" for key in spec.keys if key != "quantity")
        sources = ", ".join(dict.fromkeys(row.source_id for row in rows))
        yield f"### {table}\n"
        yield f"{mode_of(table) or 'all modes'}; a row by {keys or 'quantity alone'}; sources {sources}.\n"
        yield _table(
            ("quantity", "unit", "boundary"),
            [(f"`{name}`", unit, boundary(table, name)) for name, unit in spec.quantities.items()],
        )


def _sources(factors: Factors) -> Iterable[str]:
    yield "## Sources\n"
    names = ("source_id", "title", "edition", "table_or_page", "address", "licence")
    yield _table(names, [tuple(row[name] for name in names) for row in factors.sources.values()])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(document(load_factors()))

"""The reader of the data tables refuses what it does not understand, and says where."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from transport_sim.errors import DataError
from transport_sim.paths import embedded
from transport_sim.tables.freight import PARAMETER_NAMES, TABLES, read_table, schema

DATA = embedded("scenarios/dazhou") / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def rows_of(folder: Path, table: str) -> list[str]:
    return (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()


def edit(folder: Path, table: str, old: str, new: str) -> int:
    """Replace a text that occurs once in the table; return its line."""
    text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"the test needs a text that occurs once, {old!r} occurs {text.count(old)} times"
    (folder / f"{table}.csv").write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def refusal(folder: Path, table: str) -> str:
    with pytest.raises(DataError) as caught:
        read_table(folder, table)
    assert str(caught.value).startswith(str(folder / f"{table}.csv")), "the message starts with the file"
    return str(caught.value)


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_dazhou_are_read_in_the_types_of_their_schema(table):
    frame = read_table(DATA, table)
    assert len(frame) == len(rows_of(DATA, table)) - 1
    for name, column in schema(table).columns.items():
        kind = str(column.dtype)
        assert frame[name].dtype.kind == {"i": "i", "f": "f"}.get(kind[0], frame[name].dtype.kind), name
        if kind.startswith("str"):
            assert frame[name].notna().all(), f"{name}: an empty text is no missing value"


@pytest.mark.parametrize(
    ("table", "line", "column", "cell", "said"),
    [
        ("rail_tariff", 3, "base_cny_per_t", "cheap", "number.*cheap"),
        ("rail_tariff", 3, "base_cny_per_t", "", "number"),
        ("rail_tariff", 3, "base_cny_per_t", "nan", "number.*nan"),
        ("rail_tariff", 3, "base_cny_per_t", "inf", "number.*inf"),
        ("rail_tariff", 3, "base_cny_per_t", "-1e400", "number.*-1e400"),
        ("rail_tariff", 3, "base_cny_per_t", "-1", "0.*-1"),
        ("rail_tariff", 3, "rail_tariff_class", "3.5", "whole number.*3.5"),
        ("rail_tariff", 3, "rail_tariff_class", "1e300", "whole number.*1e300"),
        ("rail_tariff", 3, "rail_tariff_class", "2", "2"),
        ("zones", 9, "zone", "tongchuan", "tongchuan"),
        ("terminals", 4, "kind", "yards", "yard, siding.*yards"),
        ("terminals", 4, "berths_count", "0", "1.*0"),
        ("generators", 2, "source", " ", ""),
        ("generators", 2, "confidence", "sure", "H, M, L.*sure"),
        ("truck_fleet", 2, "year", "1022", "1900.*2100.*1022"),
        ("truck_fleet", 2, "share", "1.25", "0.*1.*1.25"),
    ],
)
def test_a_bad_cell_is_named_with_file_line_and_column(folder, table, line, column, cell, said):
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[line - 1][rows[0].index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    message = refusal(folder, table)
    assert re.search(rf"line {line}\W+{column}: .*{said}", message), message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("base_cny_per_t", "base_cny_per_tt", "unknown column 'base_cny_per_tt'; did you mean 'base_cny_per_t'?"),
        ("base_cny_per_t", "base_cny_per_tt", "column 'base_cny_per_t' is missing"),
        ("base_cny_per_t,", "", "column 'base_cny_per_t' is missing"),
        ("base_cny_per_t", "source", "appears twice"),
    ],
)
def test_a_bad_header_is_named(folder, old, new, said):
    edit(folder, "rail_tariff", old, new)
    assert re.search(rf"line 1\W.*{re.escape(said)}", refusal(folder, "rail_tariff"))


@pytest.mark.parametrize(("tail", "cells"), [("7,1", 2), ("7,1,1,src,M,extra", 6)])
def test_a_ragged_row_is_named(folder, tail, cells):
    rows = rows_of(folder, "rail_tariff")
    (folder / "rail_tariff.csv").write_text("\n".join([*rows, tail, ""]), encoding="utf-8")
    assert re.search(rf"line {len(rows) + 1}\W+{cells} cells, the header has 5", refusal(folder, "rail_tariff"))


def test_all_problems_are_said_at_once_but_no_more_than_five(folder):
    text = (folder / "truck_fleet.csv").read_text(encoding="utf-8")
    (folder / "truck_fleet.csv").write_text(text.replace(",0.", ",x0."), encoding="utf-8")
    lines = refusal(folder, "truck_fleet").splitlines()
    assert "11 problems, first 5" in lines[0]
    assert [line.split(":")[0].split() for line in lines[1:]] == [["line", str(n), "share"] for n in range(2, 7)]


def test_a_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_first_column(folder):
    path = folder / "rail_tariff.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_table(folder, "rail_tariff").equals(read_table(DATA, "rail_tariff"))


def test_columns_may_stand_in_any_order_and_cells_may_have_blanks(folder):
    cells = [row.rsplit(",", 1) for row in rows_of(folder, "vessel_fleet")]
    (folder / "vessel_fleet.csv").write_text(
        "\n".join(f" {last},{rest}" if n else f"{last},{rest}" for n, (rest, last) in enumerate(cells)),
        encoding="utf-8",
    )
    assert read_table(folder, "vessel_fleet").equals(read_table(DATA, "vessel_fleet"))


def test_a_missing_file_is_named_with_those_that_are_needed(folder):
    (folder / "zones.csv").unlink()
    message = refusal(folder, "zones")
    assert all(f"{name}.csv" in message for name in TABLES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"zone,name_en\n", "no rows"),
        (b"zone\n\xff\xfe", "UTF-8"),
        (b'zone\n"open', "CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(folder, content, said):
    (folder / "zones.csv").write_bytes(content)
    assert said in refusal(folder, "zones")


def test_every_parameter_has_a_unit_in_its_name():
    dimensionless = {
        "logit_scale_bulk",
        "logit_scale_general",
        "asc_rail_bulk",
        "asc_rail_general",
        "asc_water_bulk",
        "asc_water_general",
    }
    units = (
        "_t",
        "_km",
        "_tkm",
        "_h",
        "_kmh",
        "_s",
        "_min",
        "_ratio",
        "_share",
        "_per_t",
        "_per_tkm",
        "_per_year",
        "_truck",
        "_train",
        "_double",
        "_single",
        "_reference",
    )
    assert [n for n in PARAMETER_NAMES if n not in dimensionless and not n.endswith(units)] == []

"""docs/factors.md and the common form of the rows follow the schema."""

from pathlib import Path

import pytest

from transport_sim.factors import load_factors
from transport_sim.factors.document import document
from transport_sim.factors.schema import TABLES
from transport_sim.factors.view import COLUMNS, unified

FACTORS = load_factors()


def test_the_page_is_in_step():
    text = (Path(__file__).parents[3] / "docs" / "factors.md").read_text(encoding="utf-8")
    assert text == document(FACTORS), "run: python -m transport_sim.factors.document > docs/factors.md"


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_the_columns_of_the_documented_schema_and_loses_nothing(table):
    for cells, row in zip(unified(FACTORS, table=table), FACTORS.rows(table), strict=True):
        assert list(cells) == list(COLUMNS)
        shown = " ".join(cells.values())
        for value in row.keys.values():
            assert (f"{value:g}" if isinstance(value, float) else value) in shown
        assert cells["boundary"] in ("TTW", "WTT", "WTW", "-")


def test_what_the_boundary_of_a_row_is():
    stage = {(c["table"], c["quantity"]): c["boundary"] for c in unified(FACTORS)}
    assert stage["fuels", "glec_co2e_wtw_kg_per_kg"] == "WTW"
    assert stage["electricity", "grid_kgco2_per_kwh"] == "WTT"
    assert stage["road_emep", "nox_g_per_km"] == "TTW"
    assert stage["truck_classes", "payload_t"] == "-"

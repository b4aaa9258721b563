"""The written schema of the results and its data dictionary."""

from pathlib import Path

import pandas as pd
import pytest

from transport_sim.results.schemas import TABLES, checked, data_dictionary

SUFFIXES = (
    "_s",
    "_h",
    "_m",
    "_km",
    "_kmh",
    "_t",
    "_tkm",
    "_kwh",
    "_kg",
    "_g",
    "_cny",
    "_share",
    "_ratio",
    "_count",
    "_mj",
    "_pcu",
    "_kw",
    "soc",
    "_per_day",
    "_per_year",
)
PLAIN = {"vkm", "year", "replication", "value", "left", "right", "shipment_id", "leg_id", "link_id", "line"}
PLAIN |= {"hour", "day"}  # of the day, and of the search for an equilibrium
PLAIN |= {"amount"}  # the column beside it, amount_unit, says it
PLAIN |= {"vehicle", "tour", "trip"}  # which one
PLAIN |= {"month", "round", "chamber"}  # numbers of a series


def test_the_data_dictionary_is_in_step():
    text = (Path(__file__).parents[3] / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert text == data_dictionary(), "run: python -m transport_sim.results.schemas > docs/data_dictionary.md"


@pytest.mark.parametrize("table", TABLES)
def test_every_number_says_its_unit(table):
    numbers = [name for name, field in TABLES[table].items() if field.kind in ("float64", "int64")]
    assert [n for n in numbers if n not in PLAIN and not n.endswith(SUFFIXES)] == []


def test_trains_may_be_believed_to_be_faster_than_their_schedule():
    amounts = {"tonnes_t": [5.0], "believed_wait_h": [-0.5], "measured_wait_h": [-0.2], "gap_ratio": [0.0]}
    frame = pd.DataFrame({"round": [1], "mode": ["rail"], **amounts})
    assert len(checked("feedback", frame)) == 1

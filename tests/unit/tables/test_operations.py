"""The optional tables of operations: read strictly, empty where they are missing, editable by policies."""

from pathlib import Path

import pytest

from transport_sim.errors import DataError
from transport_sim.operations import Operations, read_operations
from transport_sim.tables.operations import OPERATION_TABLES

HEADER = "disruption,kind,place,from_day,to_day,start_hour,end_hour,capacity_share,note,source,confidence\n"


def test_missing_tables_have_columns_and_no_rows(tmp_path: Path) -> None:
    operations = read_operations(tmp_path / "operations")
    assert set(operations.tables) == set(OPERATION_TABLES)
    assert operations["disruptions"].empty
    assert "capacity_share" in operations["disruptions"].columns


def test_wrong_rows_are_named_with_line_and_reason(tmp_path: Path) -> None:
    rows = "a,flood,W_X,20,10,0,24,0,,assumed,memory\na,storm,W_X,1,2,0,24,0,,assumed,memory\n"
    (tmp_path / "disruptions.csv").write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_operations(tmp_path)
    text = str(caught.value)
    assert "line 2" in text
    assert "to_day lies before from_day" in text
    assert "line 3" in text
    assert "must be one of flood" in text
    assert "an earlier line has the same disruption" in text


def test_a_file_that_is_no_table_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "disruption.csv").write_text(HEADER, encoding="utf-8")
    with pytest.raises(DataError, match="did you mean 'disruptions'"):
        read_operations(tmp_path)


def test_replacing_a_table_leaves_the_other_object_alone() -> None:
    before = Operations()
    frame = before["disruptions"].copy()
    after = before.with_table("disruptions", frame)
    assert after["disruptions"] is frame
    assert before["disruptions"] is not frame

"""The optional tables of operations: read strictly, empty where they are missing, editable by policies."""

from pathlib import Path

import pytest

from transport_sim.errors import DataError
from transport_sim.operations import Operations, read_operations
from transport_sim.tables.operations import OPERATION_TABLES

HEADER = "disruption,kind,place,from_day,to_day,start_hour,end_hour,capacity_share,note,source,confidence\n"


def _operations(data: Path) -> Path:
    folder = data / "operations"
    folder.mkdir()
    return folder


def test_missing_tables_have_columns_and_no_rows(tmp_path: Path) -> None:
    operations = read_operations(tmp_path)
    assert set(operations.tables) == set(OPERATION_TABLES)
    assert operations["disruptions"].empty
    assert "capacity_share" in operations["disruptions"].columns


def test_wrong_rows_are_named_with_line_and_reason(tmp_path: Path) -> None:
    folder = _operations(tmp_path)
    rows = "a,flood,W_X,20,10,0,24,0,,assumed,memory\na,storm,W_X,1,2,0,24,0,,assumed,memory\n"
    (folder / "disruptions.csv").write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_operations(tmp_path)
    text = str(caught.value)
    assert "line 2" in text
    assert "to_day lies before from_day" in text
    assert "line 3" in text
    assert "must be one of flood" in text
    assert "an earlier line has the same disruption" in text


def test_a_file_that_is_no_table_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    folder = _operations(tmp_path)
    (folder / "disruption.csv").write_text(HEADER, encoding="utf-8")
    with pytest.raises(DataError, match="did you mean 'disruptions'"):
        read_operations(tmp_path)


@pytest.mark.parametrize("name", ["disruptions.xlsx", "disruptions.csv.txt", "Disruptions.CSV"])
def test_a_table_that_would_be_passed_over_for_its_ending_is_refused(tmp_path: Path, name: str) -> None:
    folder = _operations(tmp_path)
    (folder / "README.txt").touch()
    (folder / f"~${name}").touch()  # a spreadsheet is open
    read_operations(tmp_path)
    (folder / name).touch()
    with pytest.raises(DataError, match=r"save it as disruptions\.csv"):
        read_operations(tmp_path)


def test_a_table_in_the_wrong_folder_is_sent_to_its_own(tmp_path: Path) -> None:
    (_operations(tmp_path) / "stations.csv").touch()
    with pytest.raises(DataError, match="belongs into the folder fleets"):
        read_operations(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "operations").touch()
    with pytest.raises(DataError, match="must be a folder"):
        read_operations(tmp_path)


PROVENANCE = ",note,source,confidence\n"
SIZES = "mode,size,unit,units_count,min_annual_t,rate_ratio,wait_ratio" + PROVENANCE
WAITS = "mode,from_place,to_place,wait_h,std_h" + PROVENANCE
RANGES = "mode,quantity,low,high" + PROVENANCE


@pytest.mark.parametrize(
    ("table", "text", "words"),
    [
        ("shipment_sizes", SIZES + "rail,wagon,vessel,1,0,1,1,,assumed,memory\n", "wagon or train for rail"),
        ("shipment_sizes", SIZES + "waterway,part,train,1,0,1,1,,assumed,memory\n", "vessel for waterway"),
        ("shipment_sizes", SIZES + "rail,wagon,wagon,1,5,1,1,,assumed,memory\n", "min_annual_t must be 0"),
        ("service_waits", WAITS + "rail,R_A,,1,1,,assumed,memory\n", "or neither for all other relations"),
        ("elasticity_ranges", RANGES + "rail,tkm,-0.5,-1,,assumed,memory\n", "high lies below low"),
    ],
)
def test_cells_of_a_row_that_contradict_each_other_are_refused(
    tmp_path: Path, table: str, text: str, words: str
) -> None:
    folder = _operations(tmp_path)
    (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_operations(tmp_path)


def test_replacing_a_table_leaves_the_other_object_alone() -> None:
    before = Operations()
    frame = before["disruptions"].copy()
    after = before.with_table("disruptions", frame)
    assert after["disruptions"] is frame
    assert before["disruptions"] is not frame

"""What the tables of taxis refuse."""

import pytest

from transport_sim.errors import DataError
from transport_sim.operations import read_operations

HEADS = {
    "taxi_shifts": "pattern,shift,start_hour,length_h,vehicles_share,meal_from_hour,meal_to_hour,meal_min,note,source,confidence",
    "taxi_parameters": "parameter,value,note,source,confidence",
    "taxi_fares": "from_hour,to_hour,flag_fall_cny,flag_fall_km,cny_per_km,waiting_cny_per_min,note,source,confidence",
}


@pytest.mark.parametrize(
    ("table", "row", "says"),
    [
        ("taxi_shifts", "a,day,6,10,0.5,15,17,30,,test,memory", "the meal must fit"),
        ("taxi_shifts", "a,day,6,10,0.5,11,11.25,30,,test,memory", "the meal must fit"),
        ("taxi_parameters", "look_soc,1.5,,test,memory", "look_soc 0 to 1"),
        ("taxi_parameters", "look_sok,0.5,,test,memory", "must be one of"),
        ("taxi_fares", "22,6,7,2,2,0.4,,test,memory", "to_hour must come after from_hour"),
    ],
)
def test_rows_that_cannot_be_are_refused_with_their_line(tmp_path, table, row, says):
    (tmp_path / "fleets").mkdir()
    (tmp_path / "fleets" / f"{table}.csv").write_text(f"{HEADS[table]}\n{row}\n", encoding="utf-8")
    with pytest.raises(DataError, match=says) as error:
        read_operations(tmp_path)
    assert "line 2" in str(error.value)


def test_a_shift_without_a_meal_and_a_night_meal_are_read(tmp_path):
    (tmp_path / "fleets").mkdir()
    rows = ["a,day,6,10,0.5,,,,,test,memory", "a,night,17,10,0.5,23,25,40,,test,memory"]
    (tmp_path / "fleets" / "taxi_shifts.csv").write_text("\n".join([HEADS["taxi_shifts"], *rows]), encoding="utf-8")
    assert len(read_operations(tmp_path)["taxi_shifts"]) == 2

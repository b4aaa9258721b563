"""Tables of stations that contradict each other are refused with table and line."""

import pytest

from transport_sim.operations import read_operations
from transport_sim.paths import embedded
from transport_sim.tables.stations_consistency import station_problems

GOOD = {
    "stations": [
        "station,name,kind,lon,lat,users,feeder_kw,open_hour,close_hour,tariff,from_year,to_year,note,source,confidence",
        "A,,charging,107,31,bus;taxi,,0,24,T,2020,2100,,s,L",
        "B,,swap,107,31,all,500,0,24,T,2020,2100,,s,L",
        "C,,lng,107,31,all,,0,24,T,2020,2100,,s,L",
    ],
    "plugs": [
        "station,kind,power_kw,plugs_count,hours_between_faults_h,repair_h,note,source,confidence",
        "A,dc,60,2,1000,24,,s,L",
    ],
    "tariffs": [
        "tariff,from_hour,to_hour,energy_cny_per_kwh,service_cny_per_kwh,fuel_cny_per_kg,note,source,confidence",
        "T,0,7,0.3,0,0,,s,L",
        "T,7,24,0.9,0,0,,s,L",
    ],
    "electric_vehicles": [
        (
            "fleet,vehicle_class,usable_capacity_kwh,charge_rate_per_h,plug_kind,reserve_soc,target_soc,load_ratio,note,"
            "source,confidence"
        ),
        "taxi,taxi,50,1,dc,0.1,0.9,0.5,,s,L",
    ],
    "swap_stations": [
        "station,fleet,batteries_count,chargers_count,charger_kw,swap_s,bays_count,note,source,confidence",
        "B,taxi,5,4,60,240,1,,s,L",
    ],
    "filling_stations": [
        (
            "station,dispensers_count,rate_kg_per_min,connect_s,storage_kg,delivery_kg,deliveries_per_day_count,note,source,"
            "confidence"
        ),
        "C,2,60,240,20000,,0,,s,L",
    ],
    "charging_limits": [
        "station,users,from_hour,to_hour,feeder_share,limit_kw,note,source,confidence",
        "A,,17,23,0.5,,,s,L",
    ],
}


def problems(tmp_path, **changed):
    folder = tmp_path / "fleets"
    folder.mkdir()
    for name, lines in {**GOOD, **changed}.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return station_problems(read_operations(tmp_path))


def swapped(table, line, old, new):
    lines = list(GOOD[table])
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return {table: lines}


def test_tables_that_agree_have_no_problems(tmp_path):
    assert problems(tmp_path) == []


def test_those_of_dazhou_agree():
    assert station_problems(read_operations(embedded("scenarios/dazhou") / "data")) == []


@pytest.mark.parametrize(
    ("changed", "table", "message"),
    [
        (swapped("stations", 2, "bus;taxi", "bus;taxis"), "stations", "line 2  users: unknown 'taxis'; did you mean"),
        (swapped("stations", 3, ",T,", ",U,"), "stations", "line 3  tariff: unknown 'U'"),
        (
            swapped("stations", 3, "swap", "hydrogen"),
            "stations",
            "line 3  station: 'B' of kind hydrogen needs a row in",
        ),
        (swapped("stations", 3, "swap", "hydrogen"), "swap_stations", "line 2  station: 'B' is of kind hydrogen"),
        (swapped("plugs", 2, "A", "Z"), "plugs", "line 2  station: unknown 'Z'"),
        (swapped("plugs", 2, "dc", "lng"), "plugs", "line 2  kind: lng is no plug"),
        (swapped("plugs", 2, ",24,", ",,"), "plugs", "line 2  repair_h: state it together"),
        (swapped("tariffs", 3, "7,24", "8,24"), "tariffs", "line 3  from_hour: T at 8 leaves a gap from 7 on"),
        (swapped("tariffs", 3, "7,24", "6,24"), "tariffs", "line 3  from_hour: T at 6 overlaps the hours before"),
        (swapped("tariffs", 3, "7,24", "7,23"), "tariffs", "line 3  to_hour: T has no price from 23 to 24"),
        (swapped("swap_stations", 2, "taxi", "bus"), "swap_stations", "line 2  fleet: 'bus' has no row"),
        (swapped("filling_stations", 2, ",,0,", ",,1,"), "filling_stations", "line 2  delivery_kg: state it together"),
        (swapped("electric_vehicles", 2, "taxi", "taxy"), "electric_vehicles", "line 2  fleet: unknown 'taxy'"),
        (swapped("charging_limits", 2, "A,,", "X,,"), "charging_limits", "line 2  station: unknown 'X'"),
        (swapped("charging_limits", 2, "A,,", ",buses,"), "charging_limits", "line 2  users: unknown 'buses'"),
    ],
)
def test_contradictions_are_named_with_table_and_line(tmp_path, changed, table, message):
    found = problems(tmp_path, **changed)
    assert [text for name, text in found if name == table and text.startswith(message)], found

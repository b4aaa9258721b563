"""Tables of passengers that contradict each other or road traffic are refused with file and line."""

from pathlib import Path

import pandas as pd
import pytest

from transport_sim.errors import DataError
from transport_sim.operations import read_operations
from transport_sim.paths import embedded
from transport_sim.tables.passenger_consistency import check_passengers
from transport_sim.tables.passengers import PassengerParameters
from transport_sim.tables.traffic import read_traffic_table

DATA = embedded("scenarios/dazhou") / "data"
FLEETS = DATA / "fleets"
NAMES = ("passenger_shares", "passenger_parameters", "passenger_services", "long_trips", "credit_factors")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {name: read_operations(DATA)[name] for name in NAMES}


@pytest.fixture(scope="module")
def trip_rates() -> pd.DataFrame:
    return read_traffic_table(DATA / "traffic", "trip_rates")


def check(tables, trip_rates=None, *, base_year: int = 2022) -> None:
    check_passengers(tables, trip_rates, folder=FLEETS, base_year=base_year)


def test_the_tables_of_dazhou_fit(tables, trip_rates):
    check(tables, trip_rates)


def test_shares_that_do_not_drive_on_the_streets_are_refused(tables, trip_rates):
    rates = trip_rates.copy()
    row = (rates["purpose"] == "work") & (rates["area"] == "core") & (rates["quantity"] == "car_share")
    rates.loc[row, "value"] = 0.25
    with pytest.raises(DataError, match=r"passenger_shares\.csv: line 6  share: trip_rates\.csv says 0\.25") as error:
        check(tables, rates)
    assert "got 0.2" in str(error.value)


def test_two_services_at_once_and_journeys_without_any_are_refused(tables):
    services = tables["passenger_services"].copy()
    services.loc[services["to_year"] == 2027, "to_year"] = 2030
    with pytest.raises(DataError, match=r"passenger_services\.csv: line 4  from_year: an earlier line has rail"):
        check({**tables, "passenger_services": services})
    with pytest.raises(DataError, match=r"long_trips\.csv: line 2  mode: .* no coach from dazhou to chengdu in 1899"):
        check(tables, base_year=1899)


def written(folder: Path, name: str, change) -> Path:
    """Copy one table into an empty data folder, changed as text."""
    (folder / "fleets").mkdir(parents=True)
    text = (FLEETS / f"{name}.csv").read_text(encoding="utf-8")
    (folder / "fleets" / f"{name}.csv").write_text(change(text), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        ("passenger_shares", "work,core,walk,0.35", "work,core,walk,0.36", "line 2  the shares of the modes .* add up"),
        ("passenger_shares", "work,core,bus", "work,core,tram", "line 4  mode: must be one of walk"),
        ("passenger_parameters", "nest_ratio,all,shared,0.8,", "nest_ratio,all,shared,1.8,", "larger than the model"),
        ("passenger_parameters", "walk_time_ratio,all,all,2,1.5", "walk_time_ratio,all,all,2,2.5", "low lies above"),
        ("passenger_services", ",15,410,", ",0,410,", "line 2  a service needs at least one departure"),
        ("credit_factors", "db11_t_3043_2024,cycle", "db11_t_3043_2024,walk", "line 3  an earlier line has the same"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path, name, before, after, message):
    def change(text: str) -> str:
        assert before in text
        return text.replace(before, after, 1)

    with pytest.raises(DataError, match=message):
        read_operations(written(tmp_path / "data", name, change))


def test_a_parameter_is_that_of_the_purpose_and_subject_or_the_nearest_that_is_stated(tables):
    found = PassengerParameters.of(tables["passenger_parameters"])
    assert found.get("value_of_time_cny_per_h", purpose="business") == 40.0
    assert found.get("walk_time_ratio", purpose="business") == found.get("walk_time_ratio")
    assert found.get("speed_kmh", purpose="work", subject="walk") == 5.0
    with pytest.raises(DataError, match="no row for free_km, purpose all, subject car"):
        found.get("free_km", subject="car")

"""Mistakes in the tables of fleets are told before anything is simulated."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from transport_sim import run
from transport_sim.config import load_scenario
from transport_sim.config.scenario import FleetsSection
from transport_sim.errors import DataError, OutputError, did_you_mean
from transport_sim.inputs import Inputs
from transport_sim.paths import embedded
from transport_sim.planning.checks import check_fleet_plans
from transport_sim.results.storage import check_target


@pytest.fixture(scope="module")
def fleets() -> Inputs:
    return run.prepare(load_scenario(embedded("scenarios/dazhou") / "fleets_2025.yaml")).inputs[2025]


def without(inputs: Inputs, table: str, column: str, word: str) -> Inputs:
    rows = inputs.operations[table]
    return inputs.with_table(table, rows[rows[column] != word].reset_index(drop=True))


def moved(inputs: Inputs, table: str, **cells: float) -> Inputs:
    """Change cells of the first row."""
    return inputs.with_table(table, inputs.operations[table].assign(**cells).head(1))


def test_the_tables_of_dazhou_are_right(fleets: Inputs) -> None:
    check_fleet_plans(fleets)


def test_the_cost_of_a_fleet_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = run.build_inputs

    def poorer(*given: object) -> Inputs:
        inputs = real(*given)
        return inputs.with_table("fleet_costs", inputs.operations["fleet_costs"].head(0))

    monkeypatch.setattr(run, "build_inputs", poorer)
    with pytest.raises(DataError, match=r"fleets/fleet_costs\.csv: no row for bus, battery_electric"):
        run.prepare(load_scenario(embedded("scenarios/dazhou") / "fleets_2025.yaml"))


def test_nothing_is_asked_of_a_scenario_without_fleets(fleets: Inputs) -> None:
    check_fleet_plans(replace(without(fleets, "electric_vehicles", "fleet", "taxi"), fleets=None))


@pytest.mark.parametrize("fleet", ["bus", "taxi", "delivery_van", "private_car"])
def test_electric_vehicles_need_a_battery(fleets: Inputs, fleet: str) -> None:
    with pytest.raises(DataError, match=rf"fleets/electric_vehicles\.csv: no row for the fleet '{fleet}'"):
        check_fleet_plans(without(fleets, "electric_vehicles", "fleet", fleet))


def test_a_parameter_of_taxis_is_missing(fleets: Inputs) -> None:
    with pytest.raises(DataError, match=r"taxi_parameters\.csv: no row for look_soc"):
        check_fleet_plans(without(fleets, "taxi_parameters", "parameter", "look_soc"))


def test_an_hour_has_no_fare(fleets: Inputs) -> None:
    fares = fleets.operations["taxi_fares"]
    with pytest.raises(DataError, match=r"taxi_fares\.csv: no fare from 6:00 on"):
        check_fleet_plans(fleets.with_table("taxi_fares", fares[fares["from_hour"] != 6]))


def test_a_shift_runs_into_the_next(fleets: Inputs) -> None:
    shifts = fleets.operations["taxi_shifts"]
    early = shifts.assign(start_hour=shifts["start_hour"].where(shifts["shift"] != "night", 12.0))
    with pytest.raises(DataError, match="shift 'day' of pattern 'double' runs into the next one"):
        check_fleet_plans(fleets.with_table("taxi_shifts", early))


@pytest.mark.parametrize("table", ["stations", "depots", "tour_fleets"])
def test_a_place_lies_on_another_map(fleets: Inputs, table: str) -> None:
    with pytest.raises(DataError, match=rf"fleets/{table}\.csv: .* at lon 10\.75, .* check its coordinates"):
        check_fleet_plans(moved(fleets, table, lon=10.75))


def test_a_fleet_on_tours_has_no_vehicles(fleets: Inputs) -> None:
    with pytest.raises(
        DataError, match="tour_fleets: the fleet 'delivery_van' has no vehicles in 2025; state them in fleet_stock"
    ):
        check_fleet_plans(fleets.with_table("fleet_stock", fleets.operations["fleet_stock"].head(0)))


def test_a_timetable_is_no_zip_file(fleets: Inputs, tmp_path: Path) -> None:
    (tmp_path / "feed.zip").write_text("hello")
    with pytest.raises(DataError, match=r"feed\.zip: this is no zip file"):
        check_fleet_plans(replace(fleets, fleets=FleetsSection(days=1, gtfs=tmp_path / "feed.zip")))


def test_words_of_a_message_are_few_and_stand_once() -> None:
    assert did_you_mean("x", pd.Series(["", "south", "north", "south"])) == "; known: north, south"
    assert did_you_mean("x", [f"{n:03}" for n in range(100)]).endswith(", 039 and 60 more")


def test_a_folder_in_a_file_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("")
    with pytest.raises(OutputError, match="notes is a file"):
        check_target(tmp_path / "notes" / "out" / "new", overwrite=False)

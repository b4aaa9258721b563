"""Fleets from run to report: balances, indicators, load curves, the way to 2060, on a real day of Dazhou's fleets."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.errors import DataError
from transport_sim.results import fleet_frames as frames
from transport_sim.results.fleet_accounts import fleet_energy
from transport_sim.results.fleet_report import FleetReport, fleet_report
from transport_sim.results.wording import Wording
from transport_sim.run import Comparison
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.siting.demand import charging_demand

YEAR = 2025


@pytest.fixture(scope="module")
def report(fleet_comparison: Comparison) -> FleetReport:
    return fleet_report(fleet_comparison)


def _value(comparison: Comparison, scenario: int, indicator: str) -> float:
    table = comparison.results[scenario].indicators
    return float(table.loc[table["indicator"] == indicator, "value"].iloc[0])


def test_every_balance_of_the_fleets_holds(fleet_comparison: Comparison) -> None:
    for result in fleet_comparison.results:
        own = result.audit[result.audit["balance"].str.startswith("fleets:")]
        assert len(own) == 5
        assert own["holds"].all()


def test_every_vehicle_keeps_its_energy_to_the_watt_hour(fleet_comparison: Comparison) -> None:
    table = fleet_comparison.results[1].tables.read("fleet_vehicles", year=YEAR)
    gained = (table["end_soc"] - table["start_soc"]) * table["capacity_kwh"]
    assert (table["charged_kwh"] - table["driven_kwh"] - gained).abs().max() < 1e-3
    assert {"bus", "taxi", "delivery_van", "rural_bus", "private_car"} <= set(table["fleet"])


def test_energy_per_km_lies_within_published_ranges(fleet_comparison: Comparison) -> None:
    table = fleet_comparison.results[1].tables.read("fleet_vehicles", year=YEAR)
    own = table[(table["capacity_kwh"] > 0.0) & (table["driven_km"] > 0.0)].groupby("fleet")
    per_km = own["driven_kwh"].sum() / own["driven_km"].sum()
    assert 0.8 < per_km["bus"] < 1.3
    assert 0.11 < per_km["taxi"] < 0.22


def test_mandates_reach_the_road_and_electricity_takes_the_place_of_fuel(fleet_comparison: Comparison) -> None:
    assert _value(fleet_comparison, 1, "fleet_electric_share_bus") > _value(
        fleet_comparison, 0, "fleet_electric_share_bus"
    )
    bus = [
        result.tables.read("fleet_energy", year=YEAR).query("fleet == 'bus'")[["fuel_mj", "electricity_kwh"]].sum()
        for result in fleet_comparison.results
    ]
    assert bus[1]["fuel_mj"] < bus[0]["fuel_mj"]
    assert bus[1]["electricity_kwh"] > bus[0]["electricity_kwh"]


def test_load_curves_hold_the_energy_of_the_stations(fleet_comparison: Comparison) -> None:
    loads = frames.loads(fleet_comparison)
    for result in fleet_comparison.results:
        hours = result.tables.read("station_hours", year=YEAR)
        mine = loads[loads["scenario"] == result.scenario.name]
        np.testing.assert_allclose(mine["mean_kw"].sum(), hours["energy_kwh"].sum(), rtol=1e-9)
        assert set(mine.loc[mine["group"] == "bus", "hour"]) == set(range(24))
    assert (loads["largest_kw"] >= 0.0).all()


def test_depots_keep_the_limit_of_smart_charging(fleet_comparison: Comparison) -> None:
    result = fleet_comparison.results[1]
    stations = result.prepared.inputs[YEAR].operations["stations"].set_index("station")
    hours = result.tables.read("station_hours", year=YEAR)
    depots = hours[hours["station"].isin(stations.index[stations["users"] == "bus"])]
    evening = depots[depots["hour"].between(16, 21)]
    limit_kw = 0.5 * stations.loc[evening["station"], "feeder_kw"].to_numpy(float)
    assert (evening["peak_kw"].to_numpy(float) <= limit_kw * (1.0 + 1e-9) + 1e-6).all()
    assert evening["peak_kw"].max() > 0.0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_section_has_all_its_parts(report: FleetReport, language: str) -> None:
    words = Wording(language)  # type: ignore[arg-type]
    parts = report.sections(words)["fleets"]
    assert parts is not None
    assert all(parts[name] for name in ("days", "path", "costs", "modes"))
    days = parts["days"]
    assert {len(row) for row in days["rows"]} == {len(days["head"])}
    assert all(len(row) == len(days["station_head"]) for part in days["stations"] for row in part["rows"])
    sheets = report.sheets(words)
    assert len({sheet.name for sheet in sheets}) == len(sheets) == 6


def test_the_path_reaches_the_mandated_share(report: FleetReport) -> None:
    path = report.paths["electric_bus_taxi_2025"]
    buses = path[(path["fleet"] == "bus") & (path["year"] == YEAR)].set_index("technology")["vehicle_count"]
    assert buses["battery_electric"] / buses.sum() >= 0.8 - 1e-9


def test_vehicles_that_burn_fuel_need_a_stock(fleet_comparison: Comparison) -> None:
    inputs = fleet_comparison.baseline.prepared.inputs[YEAR]
    empty = inputs.with_table("fleet_stock", inputs.operations["fleet_stock"].iloc[:0])
    record = VehicleRecord("rural_bus", 1, 0.0, 1.0, 1.0, 50.0, 0.0, 0.0)
    assert fleet_energy(inputs, [record])["fuel_mj"].sum() > 0.0
    with pytest.raises(DataError, match="fleet_stock does not say"):
        fleet_energy(empty, [record])


def test_what_was_charged_can_be_handed_to_the_siting_of_chargers(fleet_comparison: Comparison) -> None:
    result = fleet_comparison.results[1]
    needs = pd.read_csv(result.tables.root / f"charging_needs_{result.scenario.name}.csv")
    sessions = result.tables.read("charging_sessions", year=YEAR)
    stations = result.prepared.inputs[YEAR].operations["stations"].set_index("station")
    taxi = sessions[(sessions["fleet"] == "taxi") & ~stations.loc[sessions["station"], "users"].eq("bus").to_numpy()]
    np.testing.assert_allclose(needs.loc[needs["group"] == "taxi", "kwh"].sum(), taxi["energy_kwh"].sum(), rtol=1e-6)
    demand = charging_demand(result.prepared.inputs[YEAR], needs)
    np.testing.assert_allclose(demand.frame["kwh"].sum(), needs["kwh"].sum(), rtol=1e-9)
    assert {"private", "taxi"} <= set(demand.frame["group"])


def test_the_path_is_written_beside_the_runs(fleet_comparison: Comparison) -> None:
    folder = fleet_comparison.baseline.tables.root
    path = pd.read_csv(folder / "fleet_path.csv")
    assert list(path["scenario"].unique()) == ["baseline_fleets_2025", "electric_bus_taxi_2025"]
    assert "fleet_loads" in {figure.stem for figure in (folder / "figures").iterdir()}

"""Dazhou's fleets to 2060: every vehicle is booked in and out, and the target package ends without exhaust."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.config import load_scenario
from transport_sim.fleet.path import ENERGY_COLUMNS, clean_shares, fleet_path, oil_by_year
from transport_sim.fleet.stock import fleet_turnover
from transport_sim.paths import embedded
from transport_sim.policies.package import apply_package
from transport_sim.results.fleet_schemas import FLEET_TABLES
from transport_sim.tables.fleet_stock import FLEETS

KEYS = ["fleet", "technology", "emission_standard", "vintage"]


@pytest.fixture(scope="module", params=["without", "target"])
def inputs(request, dazhou_inputs):
    if request.param == "without":
        return dazhou_inputs
    package = load_scenario(embedded("scenarios/dazhou") / "packages" / "public_transport_2060.yaml")
    return apply_package(replace(dazhou_inputs, year=2060), package.policies, package.policy_places)[0]


def test_stock_of_a_year_is_that_of_the_last_less_scrapped_and_sold(inputs):
    """stock(t+1) = stock(t) - scrapped + sold for every fleet, technology, standard and vintage."""
    path = fleet_turnover(inputs)
    stock = path.stock.set_index(["year", *KEYS])["vehicle_count"]
    moves = path.changes.set_index(["year", *KEYS])
    for year in range(2023, 2061):
        now, last = stock.loc[year], stock.loc[year - 1]
        own = moves.loc[year] if year in moves.index.get_level_values(0) else moves.iloc[:0].droplevel(0)
        every = now.index.union(last.index).union(own.index)
        left, right = now.reindex(every, fill_value=0.0), last.reindex(every, fill_value=0.0)
        booked = own.reindex(every, fill_value=0.0)
        gap = right - booked["scrapped_count"] + booked["sold_count"] - left
        assert np.abs(gap).max() < 1e-6
        assert (booked >= -1e-9).all(axis=None)
        assert (booked["sold_on_count"] <= booked["scrapped_count"] + 1e-9).all()
        sold = booked[booked["sold_count"] > 1e-6]
        assert set(sold.index.get_level_values("vintage")) == {year}, "only new vehicles are sold"


def test_the_stock_of_the_base_year_is_reproduced(inputs):
    stated = inputs.table("fleet_stock").set_index(KEYS[:3])["vehicle_count"]
    first = fleet_turnover(inputs).stock.query("year == 2022").groupby(KEYS[:3])["vehicle_count"].sum()
    assert first.to_dict() == pytest.approx(stated[stated > 0.0].to_dict())


def test_the_path_holds_every_vehicle_of_the_turnover(inputs):
    path, turnover = fleet_path(inputs), fleet_turnover(inputs)
    assert list(path.columns) == list(FLEET_TABLES["fleet_path"])
    for table, name in ((turnover.stock, "vehicle_count"), (turnover.changes, "sold_count")):
        wanted = table.groupby(["year", "fleet"])[name].sum()
        found = path.groupby(["year", "fleet"])[name].sum().reindex(wanted.index)
        assert np.allclose(found, wanted, rtol=1e-9, atol=1e-6)
    assert set(path["fleet"]) == set(FLEETS)
    assert np.isfinite(path.drop(columns=["fleet", "technology"]).to_numpy(float)).all()
    assert (path.drop(columns=["fleet", "technology"]) >= 0.0).all(axis=None)


def test_emissions_are_energy_times_factor_and_oil_is_petrol_and_diesel(inputs):
    path = fleet_path(inputs)
    assert np.allclose(path["co2e_wtw_t"], path["co2e_ttw_t"] + path["co2e_wtt_t"])
    assert np.allclose(path["oil_t"] * 1000.0, path["gasoline_kg"] + path["diesel_kg"])
    battery = path[path["technology"] == "battery_electric"]
    assert (battery["co2e_ttw_t"] == 0.0).all()
    fuels = [column for column in ENERGY_COLUMNS.values() if column.endswith("_kg")]
    assert (battery[fuels] == 0.0).all(axis=None)
    diesel = path[(path["technology"] == "diesel") & (path["fleet"] == "vessel")]
    assert np.allclose(diesel["co2e_ttw_t"] / diesel["diesel_kg"], 42.652 * 20.2e-3 * 0.98 * 44 / 12 / 1000)


def test_oil_stands_still_before_2030_and_falls_then(inputs):
    oil = oil_by_year(fleet_path(inputs))
    assert oil.idxmax() < 2030
    assert (oil.loc[2030:].diff().dropna() < 0.0).all()


def test_public_transport_is_clean_by_2060_in_the_target_package_and_not_without(inputs):
    shares = clean_shares(fleet_path(inputs))
    assert shares.loc[2022, "bus"] == pytest.approx(0.67)
    assert shares.loc[2022, "taxi"] == pytest.approx(0.40)
    if inputs.fleet_measures:
        assert shares.loc[2060].to_numpy() == pytest.approx(1.0)
        assert (shares.loc[2022:].diff().dropna() >= -1e-9).all(axis=None)
    else:
        assert (shares.loc[2060] < 0.96).all()


def test_batteries_that_leave_have_most_of_their_capacity_left(inputs):
    path = fleet_path(inputs)
    left, rated = path["second_life_battery_kwh"], path["retired_battery_kwh"]
    assert (left <= rated + 1e-6).all()
    assert (left >= 0.8 * rated - 1e-6).all()
    assert rated.sum() > 0.0

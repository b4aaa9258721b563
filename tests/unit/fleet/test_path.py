"""The path of fleets: kilometres, energy and money of each year follow from the vehicles that are there."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.fleet.path import COLUMNS, fleet_path
from transport_sim.fleet.stock import fleet_turnover
from transport_sim.measures import EfficiencyStandard, FleetScrappage

WHOLE = ["year", "fleet", "technology"]


@pytest.fixture(scope="module")
def path(dazhou_inputs):
    return fleet_path(dazhou_inputs).set_index(WHOLE)


def test_without_a_stock_there_is_no_path(dazhou_inputs):
    empty = dazhou_inputs.with_table("fleet_stock", dazhou_inputs.table("fleet_stock").iloc[:0])
    found = fleet_path(empty)
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_the_simulated_year_has_no_effect(dazhou_inputs, path):
    again = fleet_path(replace(dazhou_inputs, year=2035)).set_index(WHOLE)
    assert again.equals(path)


def test_kilometres_and_maintenance_by_hand(path):
    """1,400 taxis, 40 % electric, drive 120,000 km each; 0.09 CNY/km."""
    taxis = path.loc[(2022, "taxi", "battery_electric")]
    assert taxis["vkm"] == pytest.approx(560 * 120_000)
    assert taxis["maintenance_cny"] == pytest.approx(560 * 120_000 * 0.09)
    assert taxis["energy_cny"] == pytest.approx(taxis["electricity_kwh"] * 1.0)


def test_purchase_is_what_is_sold_at_the_price_of_the_year(path):
    """A bus without a battery costs 600,000 CNY with a gas engine in every year."""
    gas = path.xs(("bus", "cng"), level=("fleet", "technology"))
    assert np.allclose(gas["purchase_cny"], gas["sold_count"] * 600_000)
    assert (gas["battery_cny"] == 0.0).all()


@pytest.mark.parametrize(
    ("fleet", "low", "high"), [("bus", 0.8, 1.4), ("taxi", 0.12, 0.22), ("tractor_trailer", 1.1, 2.0)]
)
def test_electricity_per_km_lies_where_others_find_it(path, fleet, low, high):
    """Buses of 10.5 to 12 m take 0.8 to 1.2 kWh/km and more with heating; taxis 14 to 22 kWh/100 km; tractors 1.2 to 1.8."""
    own = path.loc[(2030, fleet, "battery_electric")]
    assert low < own["electricity_kwh"] / own["vkm"] < high


def test_a_standard_of_efficiency_saves_what_new_vehicles_use(dazhou_inputs, path):
    limit = EfficiencyStandard("private_car", ("petrol",), 0.5, 2030, 2030)
    after = fleet_path(dazhou_inputs.with_fleet_measure(limit)).set_index(WHOLE)
    for year, least, most in ((2029, 1.0, 1.0), (2035, 0.6, 0.99), (2060, 0.5, 0.5)):
        ratio = after.loc[(year, "private_car", "petrol"), "oil_t"] / path.loc[(year, "private_car", "petrol"), "oil_t"]
        assert least - 1e-9 <= ratio <= most + 1e-9
    assert after.loc[(2060, "taxi", "cng")].equals(path.loc[(2060, "taxi", "cng")])


def test_premiums_are_paid_for_vehicles_that_leave_early(dazhou_inputs):
    programme = FleetScrappage("truck_heavy", ("china_iv",), 0.5, 2024, 2024, 20_000.0)
    after = dazhou_inputs.with_fleet_measure(programme)
    found = fleet_path(after).set_index(WHOLE)
    left = fleet_turnover(dazhou_inputs).stock.query(
        "year == 2024 and fleet == 'truck_heavy' and emission_standard == 'china_iv'"
    )["vehicle_count"]
    assert found.loc[(2024, "truck_heavy", "diesel"), "premium_cny"] == pytest.approx(20_000 * 0.5 * left.sum())
    assert found["premium_cny"].sum() == pytest.approx(found.loc[(2024, "truck_heavy", "diesel"), "premium_cny"])


def test_a_grid_that_gets_cleaner_makes_electric_fleets_cleaner(dazhou_inputs, path):
    neutral = fleet_path(replace(dazhou_inputs, grid_path="neutral_2060")).set_index(WHOLE)
    at = (2060, "bus", "battery_electric")
    assert neutral.loc[at, "co2e_wtw_t"] / path.loc[at, "co2e_wtw_t"] == pytest.approx(0.03)
    assert (
        neutral.loc[(2022, "bus", "battery_electric"), "co2e_wtw_t"]
        == path.loc[(2022, "bus", "battery_electric"), "co2e_wtw_t"]
    )

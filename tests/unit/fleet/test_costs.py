"""What fleets cost, against figures by hand."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.errors import DataError
from transport_sim.fleet.costs import VehicleCost, life_of, mean_life_years, total_cost
from transport_sim.fleet.turnover import Survival


@pytest.fixture(scope="module")
def table(dazhou_inputs):
    return total_cost(replace(dazhou_inputs, year=2025)).set_index(["fleet", "technology"])


def test_an_electric_taxi_costs_less_than_one_on_gas_by_hand(table, dazhou_inputs):
    """Taxis drive 120,000 km a year. Gas: about 8 m3/100 km x 4 CNY/m3 = 0.32 CNY/km. Electricity: 14 to 16 kWh/100 km
    at about 1 CNY/kWh = 0.15 CNY/km. Maintenance 0.14 and 0.09 CNY/km. So a year on electricity saves about 0.22 CNY/km
    x 120,000 km = 26,000 CNY, more than the 12,000 CNY a year that the dearer car, its charger and batteries cost.
    """
    gas, electric = table.loc[("taxi", "cng")], table.loc[("taxi", "battery_electric")]
    assert gas["km_per_year"] == 120_000
    assert gas["energy_cny"] / 120_000 == pytest.approx(0.32, rel=0.1)
    assert electric["energy_cny"] / 120_000 == pytest.approx(0.15, rel=0.1)
    assert gas["maintenance_cny"] == pytest.approx(0.14 * 120_000)
    assert gas["total_cny"] - electric["total_cny"] == pytest.approx(16_000, abs=4_000)
    saved = gas["co2e_wtw_t"] - electric["co2e_wtw_t"]
    assert gas["reference"] == "cng"
    assert electric["abatement_cny_per_t"] == pytest.approx((electric["total_cny"] - gas["total_cny"]) / saved)


def test_capital_is_the_annuity_by_hand(table, dazhou_inputs):
    """A petrol car has no battery: 5 % over the mean life, (P x i) / (1 - (1 + i)^-n)."""
    life = mean_life_years(life_of(dazhou_inputs, "private_car"))
    wanted = 130_000 * 0.05 / (1.0 - 1.05**-life)
    assert table.loc[("private_car", "petrol"), "capital_cny"] == pytest.approx(wanted)


def test_batteries_are_paid_by_those_that_live_to_see_them(dazhou_inputs):
    """All live to 10: one battery at 5 years of 52 kWh, at that year's price, discounted; nothing at 10."""
    cost = VehicleCost.of(dazhou_inputs, "taxi", "battery_electric")
    life = Survival(scale_years=1e6, shape=1.0, mandatory_age_years=10)
    vintage = np.array([2030])
    bought = cost.column("purchase_cny", vintage) + cost.column("charger_cny", vintage)
    battery = 52.0 * cost.prices.of("battery", vintage + 5) / 1.05**5
    wanted = (bought + battery) * 0.05 / (1.0 - 1.05**-10)
    assert cost.annuity_cny(vintage, life) == pytest.approx(wanted, rel=1e-4)


def test_money_without_interest_is_spread_evenly(dazhou_inputs):
    prices = dazhou_inputs.table("fleet_prices").copy()
    prices.loc[prices["item"] == "discount_rate", "price"] = 0.0
    cost = VehicleCost.of(dazhou_inputs.with_table("fleet_prices", prices), "private_car", "petrol")
    life = Survival(scale_years=1e6, shape=1.0, mandatory_age_years=10)
    assert cost.annuity_cny(np.array([2025]), life) == pytest.approx([13_000.0], rel=1e-4)


def test_where_nothing_is_avoided_a_tonne_has_no_price(table):
    assert np.isnan(table.loc[("bus", "cng"), "abatement_cny_per_t"])
    assert np.isnan(table.loc[("taxi", "petrol"), "abatement_cny_per_t"])


def test_a_vehicle_without_costs_is_named(dazhou_inputs):
    with pytest.raises(DataError, match=r"fleet_costs\.csv: no row for taxi, diesel"):
        VehicleCost.of(dazhou_inputs, "taxi", "diesel")

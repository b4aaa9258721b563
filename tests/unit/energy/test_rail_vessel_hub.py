"""Trains, vessels and hubs: shares of activity, classes and domains."""

import numpy as np
import pytest

from transport_sim.energy.hub import handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh, train_gross_t
from transport_sim.energy.vessel import vessel_class_for, vessel_fuel_kg
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
LINEAR = {
    "electricity": lambda amount: traction_electricity_kwh(FACTORS, amount),
    "diesel": lambda amount: traction_diesel_kg(FACTORS, amount),
    "vessel": lambda amount: vessel_fuel_kg(FACTORS, amount, "vessel_650_1000"),
    "hub": lambda amount: handling_fuel_kg(FACTORS, amount),
    "gross": lambda amount: train_gross_t(amount, wagon_net_t=60.2, wagon_tare_t=24.0),
}


@pytest.mark.parametrize("name", LINEAR)
def test_scalar_equals_array_zero_gives_zero_and_twice_gives_twice(name):
    formula = LINEAR[name]
    amounts = np.array([0.0, 1.0, 2.0, 1e6])
    result = formula(amounts)
    assert result.tolist() == [float(formula(amount)) for amount in amounts]
    assert result[0] == 0.0
    assert result[2] == 2.0 * result[1] > 0.0


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("wrong", [np.nan, -1.0, np.inf])
def test_wrong_amount_raises(name, wrong):
    with pytest.raises(FactorError, match="must be finite and at least 0"):
        LINEAR[name]([1.0, wrong])


def test_gross_mass_of_fifty_wagons():
    assert train_gross_t(50 * 60.2, wagon_net_t=60.2, wagon_tare_t=24.0) == pytest.approx(50 * 84.2)


def test_a_wagon_must_carry_something():
    with pytest.raises(FactorError, match="wagon_net_t"):
        train_gross_t(100.0, wagon_net_t=0.0, wagon_tare_t=24.0)


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        (100, "vessel_lt_650"),
        (649.9, "vessel_lt_650"),
        (650, "vessel_650_1000"),
        (1000, "vessel_650_1000"),
        (1000.1, "vessel_1000_2000"),
        (2000, "vessel_1000_2000"),
        (3000, "vessel_2000_3000"),
    ],
)
def test_vessel_class_by_capacity(capacity, expected):
    assert vessel_class_for(FACTORS, capacity) == expected


@pytest.mark.parametrize("capacity", [0, -5, 3001, np.nan])
def test_capacity_without_a_class_raises(capacity):
    with pytest.raises(FactorError, match="payload_capacity_t"):
        vessel_class_for(FACTORS, capacity)


def test_vessel_classes_leave_no_gap():
    bounds = {
        quantity: sorted(row.numbers["value"] for row in FACTORS.rows("vessels") if row.keys["quantity"] == quantity)
        for quantity in ("payload_min_t", "payload_max_t")
    }
    assert bounds["payload_min_t"][0] == 0.0
    assert bounds["payload_min_t"][1:] == bounds["payload_max_t"][:-1]


def test_unknown_vessel_class_and_hub_type():
    with pytest.raises(FactorError, match="nearest: 'vessel_lt_650'"):
        vessel_fuel_kg(FACTORS, 1.0, "vessel_lt_600")
    with pytest.raises(FactorError, match="hub_type='port'"):
        handling_fuel_kg(FACTORS, 1.0, hub_type="port")

"""Vessels by technology: the work of a diesel engine, done by another."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.emissions.lifecycle import co2_ttw_kg_per_kg
from transport_sim.energy.vessel import vessel_fuel_kg
from transport_sim.results.footprint import vessel_carbon
from transport_sim.results.vessel_energy import methane_slip_g, technology_shares, vessel_energy
from transport_sim.tables.freight import NAVIGATION_CLASSES

CLASS_IV = NAVIGATION_CLASSES.index("IV")
VESSEL = "vessel_lt_650"
TKM = np.array([1000.0, 5e6])


def with_stock(inputs, **shares: float):
    rows = [
        {
            "navigation_class": "IV",
            "technology": t,
            "year": 2022,
            "share": s,
            "note": "",
            "source": "x",
            "confidence": "L",
        }
        for t, s in shares.items()
    ]
    return inputs.with_table("vessel_stock", pd.DataFrame(rows))


def energy(inputs, tkm=TKM):
    return vessel_energy(inputs, tkm, VESSEL, np.full(len(tkm), CLASS_IV))


@pytest.fixture(scope="module")
def as_diesel(dazhou_inputs):
    return vessel_fuel_kg(dazhou_inputs.factors, TKM, VESSEL, energy_carrier="diesel")


def test_a_class_without_rows_sails_on_diesel(dazhou_inputs, as_diesel):
    found = energy(dazhou_inputs)
    assert np.array_equal(found["diesel_kg"], as_diesel)
    assert not {"lng_kg", "methanol_kg", "electricity_kwh"} & set(found)
    assert np.array_equal(technology_shares(dazhou_inputs)[:, 0], np.ones(len(NAVIGATION_CLASSES)))


def test_a_battery_does_the_work_of_the_diesel(dazhou_inputs, as_diesel):
    """200 g of diesel are a kilowatt-hour at the shaft; drive and charging lose their shares."""
    found = energy(with_stock(dazhou_inputs, diesel=0.25, battery_electric=0.75))
    assert found["diesel_kg"] == pytest.approx(0.25 * as_diesel)
    value = dazhou_inputs.factors.value
    drive, charging = (
        value("vessel_propulsion", quantity=f"battery_{n}_ratio", vessel="inland") for n in ("drive", "charging")
    )
    assert found["electricity_kwh"] == pytest.approx(0.75 * as_diesel / 0.2 / drive / charging)
    assert found["nox_g"] == pytest.approx(0.25 * energy(dazhou_inputs)["nox_g"])


@pytest.mark.parametrize("fuel", ["lng", "methanol"])
def test_a_gas_engine_does_it_with_its_efficiency(dazhou_inputs, as_diesel, fuel):
    found = energy(with_stock(dazhou_inputs, **{fuel: 1.0}))
    factors = dazhou_inputs.factors
    efficiency = factors.value("vessel_engines", quantity="brake_efficiency_ratio", engine=fuel)
    ncv = factors.value("fuels", quantity="ncv_mj_per_kg", energy_carrier=fuel)
    assert found[f"{fuel}_kg"] == pytest.approx(as_diesel / 0.2 * 3.6 / efficiency / ncv)
    assert not found["diesel_kg"].any()
    carbon = vessel_carbon(dazhou_inputs, found)
    assert carbon["co2_ttw_kg"] == pytest.approx(found[f"{fuel}_kg"] * co2_ttw_kg_per_kg(factors, fuel))
    slip = carbon["co2e_ttw_kg"] - carbon["co2_ttw_kg"]
    if fuel == "methanol":
        assert slip == pytest.approx(np.zeros(2))
    else:  # 5.5 g of methane per kilowatt-hour at the shaft
        assert methane_slip_g(factors, found["lng_kg"]) == pytest.approx(5.5 * as_diesel / 0.2)
        warming = factors.value("gwp", quantity="gwp100", gwp_set="AR6", gas="ch4_fossil")
        assert slip == pytest.approx(5.5 * as_diesel / 0.2 * warming / 1000.0)


def test_shares_are_linear_between_the_stated_years(dazhou_inputs):
    stock = with_stock(dazhou_inputs, diesel=1.0, lng=0.0).table("vessel_stock")
    later = stock.assign(year=2030, share=1.0 - stock["share"])
    inputs = dazhou_inputs.with_table("vessel_stock", pd.concat([stock, later]))
    assert technology_shares(replace(inputs, year=2026))[CLASS_IV].tolist() == [0.5, 0.5, 0.0, 0.0]

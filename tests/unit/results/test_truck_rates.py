"""Freight trucks by technology: mixed by their shares, as before where all are diesel."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh
from transport_sim.factors import load_factor_set
from transport_sim.measures import EfficiencyStandard, FleetMandate
from transport_sim.results.truck_rates import TRUCK_CLASSES, gases_kg_per_km, route_rates, truck_kinds


def without_fleets(inputs):
    return inputs.with_table("fleet_stock", inputs.table("fleet_stock").iloc[:0])


def all_of(inputs, technology):
    """Return inputs of 2040 in which every freight truck has one technology."""
    for name in TRUCK_CLASSES:
        inputs = inputs.with_fleet_measure(FleetMandate(name, (technology,), 1.0, 2023, "stock", 2025))
    return replace(inputs, year=2040)


@pytest.fixture(scope="module")
def diesel_rates(dazhou_inputs, dazhou_skims):
    return route_rates(all_of(dazhou_inputs, "diesel"), dazhou_skims)


def test_the_base_year_is_what_it_is_without_fleets(dazhou_inputs, dazhou_skims):
    with_them, without = (route_rates(i, dazhou_skims) for i in (dazhou_inputs, without_fleets(dazhou_inputs)))
    assert set(with_them.energy) == {"diesel_kg"}
    assert np.array_equal(with_them.energy["diesel_kg"], without.energy["diesel_kg"])
    for name, grams in with_them.pollutants_g.items():
        assert np.array_equal(grams, without.pollutants_g[name])
    assert np.array_equal(with_them.gases_kg_per_km, without.gases_kg_per_km)


def test_trucks_that_are_all_diesel_take_what_the_table_of_standards_gives(dazhou_inputs, dazhou_skims, diesel_rates):
    """By 2040 all diesel trucks are China VI, in the turnover as in truck_fleet."""
    wanted = route_rates(replace(without_fleets(dazhou_inputs), year=2040), dazhou_skims)
    assert set(diesel_rates.energy) == {"diesel_kg"}
    assert np.allclose(diesel_rates.energy["diesel_kg"], wanted.energy["diesel_kg"], rtol=1e-9)
    for name, grams in wanted.pollutants_g.items():
        assert np.allclose(diesel_rates.pollutants_g[name], grams, rtol=1e-9)


def test_a_battery_truck_takes_what_the_physics_says(dazhou_inputs, dazhou_skims):
    rates = route_rates(all_of(dazhou_inputs, "battery_electric"), dazhou_skims)
    assert np.allclose(rates.energy["diesel_kg"], 0.0, atol=1e-9)
    assert all(np.allclose(grams, 0.0, atol=1e-6) for grams in rates.pollutants_g.values())
    assert np.allclose(rates.gases_kg_per_km, 0.0, atol=1e-12)
    outside = rates.energy["electricity_kwh"][-1]
    factors = dazhou_inputs.factors
    heavy = TRUCK_CLASSES.index("tractor_trailer")
    by_speed = [
        float(meter_kwh(factors, electric_energy_kwh_per_km(factors, vehicle_class="tractor_trailer", speed_kmh=v)))
        for v in (40.0, 90.0)
    ]
    assert min(by_speed) * 0.9 <= outside[heavy, 1] <= max(by_speed) * 1.1
    assert (np.diff(outside, axis=1) > 0.0).all(), "a load costs electricity"


def test_a_gas_truck_takes_a_sixth_more_energy_than_a_diesel_one(dazhou_inputs, dazhou_skims, diesel_rates):
    rates = route_rates(all_of(dazhou_inputs, "lng"), dazhou_skims)
    wanted = diesel_rates.energy["diesel_kg"] * 42.652 / 51.4 * 1.18
    assert np.allclose(rates.energy["lng_kg"], wanted, rtol=1e-9)
    assert gases_kg_per_km(all_of(dazhou_inputs, "lng"), "truck_heavy") == pytest.approx(0.9 * 29.8 / 1000.0)


def test_shares_of_a_mixed_fleet_add_up_to_the_mean(dazhou_inputs, dazhou_skims, diesel_rates):
    now = replace(dazhou_inputs, year=2040)
    rates, c = route_rates(now, dazhou_skims), TRUCK_CLASSES.index("truck_heavy")
    diesel = sum(k.share for k in truck_kinds(now, "truck_heavy") if k.technology == "diesel")
    assert 0.3 < diesel < 1.0
    assert np.allclose(rates.energy["diesel_kg"][:, c], diesel * diesel_rates.energy["diesel_kg"][:, c], rtol=1e-9)
    assert np.allclose(
        rates.link_energy_per_km["diesel_kg"][:, c], diesel * diesel_rates.link_energy_per_km["diesel_kg"][:, c]
    )


def test_a_standard_of_efficiency_saves_its_share(dazhou_inputs, dazhou_skims, diesel_rates):
    limited = all_of(dazhou_inputs, "diesel").with_fleet_measure(
        EfficiencyStandard("truck_medium", (), 0.75, 2023, 2023)
    )
    rates, c = route_rates(limited, dazhou_skims), TRUCK_CLASSES.index("truck_medium")
    now, before = rates.energy["diesel_kg"], diesel_rates.energy["diesel_kg"]
    assert np.allclose(now[:, c], 0.75 * before[:, c], rtol=1e-9)
    assert np.allclose(now[:, c + 1], before[:, c + 1], rtol=1e-9)


@pytest.mark.parametrize("name", ["china_official", "emep_copert", "glec_v3"])
@pytest.mark.parametrize("technology", ["lng", "fuel_cell_electric"])
def test_every_factor_set_knows_every_technology(dazhou_inputs, dazhou_skims, name, technology):
    other = replace(all_of(dazhou_inputs, technology), factors=load_factor_set(name))
    rates = route_rates(other, dazhou_skims)
    column = {"lng": "lng_kg", "fuel_cell_electric": "hydrogen_kg"}[technology]
    assert (rates.energy[column][-1] > 0.0).any()
    assert np.isfinite(rates.energy[column]).all()

"""Life-cycle greenhouse gases: stages add up, grids fall back visibly, domains are guarded."""

import numpy as np
import pytest

from transport_sim.emissions.exhaust import fuel_based_pollutants_g, hdv_pollutants_g_per_km
from transport_sim.emissions.lifecycle import energy_tce, lifecycle_co2e_kg, road_ch4_n2o_co2e_kg
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
AMOUNT = np.array([0.0, 1.0, 250.0])


@pytest.mark.parametrize("carrier", ["diesel", "marine_gas_oil", "gasoline", "cng", "lng", "electricity"])
def test_stages_add_up_and_scalar_equals_array(carrier):
    result = lifecycle_co2e_kg(FACTORS, carrier, AMOUNT, grid_region="sichuan", year=2023)
    np.testing.assert_allclose(result.co2e_wtw_kg, result.co2e_ttw_kg + result.co2e_wtt_kg)
    assert (result.co2e_wtt_kg[1:] > 0.0).all()
    scalar = lifecycle_co2e_kg(FACTORS, carrier, 250.0, grid_region="sichuan", year=2023)
    assert float(scalar.co2e_wtw_kg) == result.co2e_wtw_kg[2]


def test_electricity_emits_at_the_power_station_and_covers_the_loss():
    result = lifecycle_co2e_kg(FACTORS, "electricity", AMOUNT, grid_region="sichuan", year=2023)
    np.testing.assert_array_equal(result.co2e_ttw_kg, 0.0)
    np.testing.assert_array_equal(result.co2_ttw_kg, 0.0)
    np.testing.assert_allclose(result.co2e_wtt_kg * (1 - 0.06), AMOUNT * 0.1564)
    assert result.grid is not None
    assert not result.grid.fallback


def test_later_year_falls_back_and_says_so():
    result = lifecycle_co2e_kg(FACTORS, "electricity", 1.0, grid_region="sichuan", year=2030)
    assert result.grid == (0.1564, 2023, True)
    assert lifecycle_co2e_kg(FACTORS, "diesel", 1.0).grid is None


@pytest.mark.parametrize("keys", [{}, {"grid_region": "sichuan"}, {"year": 2023}])
def test_electricity_needs_region_and_year(keys):
    with pytest.raises(FactorError, match="electricity needs grid_region and year"):
        lifecycle_co2e_kg(FACTORS, "electricity", 1.0, **keys)


def test_wrong_amounts_and_carriers_raise():
    with pytest.raises(FactorError, match="amount_kg_or_kwh"):
        lifecycle_co2e_kg(FACTORS, "diesel", [1.0, np.nan])
    with pytest.raises(FactorError, match="nearest: 'diesel'"):
        lifecycle_co2e_kg(FACTORS, "disel", 1.0)
    with pytest.raises(FactorError, match="vkm"):
        road_ch4_n2o_co2e_kg(FACTORS, "truck_heavy", -1.0)


def test_methane_and_nitrous_oxide_of_a_truck():
    # 175 mg CH4 x 29.8 + 30 mg N2O x 273
    assert road_ch4_n2o_co2e_kg(FACTORS, "tractor_trailer", 1000.0) == pytest.approx(5.215 + 8.190)


def test_gwp_set_is_named():
    with pytest.raises(FactorError, match=r"gwp_set='AR7'.*nearest: 'AR6'"):
        road_ch4_n2o_co2e_kg(FACTORS, "tractor_trailer", 1.0, gwp_set="AR7")


def test_coal_equivalent():
    assert energy_tce(FACTORS, "diesel", 1000.0) == pytest.approx(1.4571)
    assert energy_tce(FACTORS, "electricity", 1e4) == pytest.approx(1.229)


def test_road_pollutants_have_one_shape_and_equal_particles():
    result = hdv_pollutants_g_per_km(
        FACTORS,
        vehicle_class="truck_heavy",
        emission_standard="china_vi",
        speed_kmh=np.full((2, 1), 40.0),
        load_ratio=[0.0, 0.5, 1.0],
        gradient_ratio=0.0,
    )
    assert {array.shape for array in result} == {(2, 3)}
    np.testing.assert_array_equal(result.pm2_5_g_per_km, result.pm10_g_per_km)
    np.testing.assert_allclose(result.ch4_g_per_km, 0.175)
    np.testing.assert_allclose(result.n2o_g_per_km, 0.030)


def test_newer_standards_emit_less():
    nox = [
        float(
            hdv_pollutants_g_per_km(
                FACTORS,
                vehicle_class="tractor_trailer",
                emission_standard=standard,
                speed_kmh=60.0,
                load_ratio=0.5,
                gradient_ratio=0.0,
            ).nox_g_per_km
        )
        for standard in ("china_iv", "china_v", "china_vi")
    ]
    assert nox == sorted(nox, reverse=True)


@pytest.mark.parametrize("burner", ["diesel_locomotive", "inland_vessel"])
def test_fuel_based_exhaust_is_proportional_and_fine_particles_are_part_of_all(burner):
    result = fuel_based_pollutants_g(FACTORS, burner, AMOUNT)
    for grams in result:
        assert grams[0] == 0.0
        np.testing.assert_allclose(grams[2], 250.0 * grams[1])
    assert (result.pm2_5_g <= result.pm10_g).all()
    with pytest.raises(FactorError, match="fuel_kg"):
        fuel_based_pollutants_g(FACTORS, burner, np.nan)

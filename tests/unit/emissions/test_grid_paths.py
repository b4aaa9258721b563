"""Power grids to 2060, hubs, methanol and methane: what electricity and new fuels emit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_sim.emissions.grid import grid_factor_on_path
from transport_sim.emissions.lifecycle import lifecycle_co2e_kg, methane_co2e_kg
from transport_sim.energy.hub import container_handling_fuel_kg, handling_fuel_kg, reefer_electricity_kwh
from transport_sim.errors import FactorError
from transport_sim.factors import grid_factor, load_factors

FACTORS = load_factors()
PATHS = ("frozen", "neutral_2060")
REGIONS = ("sichuan", "chongqing", "shaanxi", "hubei", "southwest", "china")


@given(st.sampled_from(PATHS), st.sampled_from(REGIONS), st.integers(2021, 2060))
def test_every_year_to_2060_has_a_factor_and_says_where_it_is_from(path, region, year):
    found = grid_factor_on_path(FACTORS, region, year, grid_path=path)
    published = grid_factor(FACTORS, region, year)
    assert np.isfinite(found.value)
    assert 0.0 < found.value <= published.value * (1 + 1e-12)
    assert found.fallback == (year > 2023)
    assert found.year_used == min(year, 2023)


@given(st.sampled_from(REGIONS), st.integers(2023, 2059))
def test_a_path_to_neutrality_falls_every_year(region, year):
    now, next_year = (grid_factor_on_path(FACTORS, region, y, grid_path="neutral_2060").value for y in (year, year + 1))
    assert next_year < now


@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_published_years_are_the_same_on_every_path(year):
    assert len({grid_factor_on_path(FACTORS, "sichuan", year, grid_path=path) for path in PATHS}) == 1


def test_the_frozen_path_is_the_declared_fallback():
    assert grid_factor_on_path(FACTORS, "sichuan", 2045) == grid_factor(FACTORS, "sichuan", 2045)


def test_a_path_starts_from_the_published_factor():
    middle = grid_factor_on_path(FACTORS, "sichuan", 2045, grid_path="neutral_2060")
    assert middle.value == pytest.approx(0.1564 * (0.45 + 0.15) / 2.0)


@pytest.mark.parametrize(
    ("region", "year", "path", "match"),
    [
        ("sichuan", 2061, "neutral_2060", "ends in 2060, not in 2061"),
        ("sichuan", 2020, "frozen", "not for 2020"),
        ("sichuan", 2030, "hope", "no row with grid_path='hope'"),
        ("mars", 2030, "frozen", "region='mars'"),
    ],
)
def test_grids_refuse(region, year, path, match):
    with pytest.raises(FactorError, match=match):
        grid_factor_on_path(FACTORS, region, year, grid_path=path)


def test_electricity_follows_the_path_and_fuel_does_not():
    frozen, neutral = (
        lifecycle_co2e_kg(FACTORS, "electricity", 100.0, grid_region="china", year=2050, grid_path=path)
        for path in PATHS
    )
    assert neutral.co2e_wtw_kg == pytest.approx(0.15 * float(frozen.co2e_wtw_kg))
    assert neutral.co2e_ttw_kg == 0.0 < neutral.co2e_wtt_kg
    assert neutral.grid is not None
    assert neutral.grid.fallback
    fuel, same = (lifecycle_co2e_kg(FACTORS, "diesel", 1.0, year=2050, grid_path=path) for path in PATHS)
    assert fuel == same


def test_methanol_burns_as_published_and_is_made_from_coal():
    found = lifecycle_co2e_kg(FACTORS, "methanol", [0.0, 1.0, 2.0])
    assert found.co2_ttw_kg == pytest.approx([0.0, 1.375, 2.75], abs=0.0005)
    assert found.co2e_wtt_kg[1] > found.co2_ttw_kg[1]


def test_methane_is_weighed_as_fossil():
    assert methane_co2e_kg(FACTORS, [0.0, 1000.0]) == pytest.approx([0.0, 29.8])
    with pytest.raises(FactorError, match="ch4_g"):
        methane_co2e_kg(FACTORS, np.nan)


def test_a_container_gives_back_the_published_intensity():
    fuel = container_handling_fuel_kg(FACTORS, [0.0, 1.0, 10.0])
    per_kg = FACTORS.value("fuels", quantity="glec_co2e_wtw_kg_per_kg", energy_carrier="diesel")
    assert fuel * per_kg == pytest.approx([0.0, 11.4, 114.0])
    assert float(container_handling_fuel_kg(FACTORS, 10.0)) == fuel[2]
    with pytest.raises(FactorError, match="quantity='glec_co2e_wtw_kg_per_container'"):
        container_handling_fuel_kg(FACTORS, 1.0, hub_type="warehouse")


@pytest.mark.parametrize(
    ("hub_type", "printed"),
    [("transshipment", 1.2), ("storage_transshipment", 2.7), ("warehouse", 40.1), ("liquid_bulk", 3.4)],
)
def test_handling_gives_back_the_published_intensities(hub_type, printed):
    fuel = handling_fuel_kg(FACTORS, 1.0, hub_type=hub_type)
    per_kg = FACTORS.value("fuels", quantity="glec_co2e_wtw_kg_per_kg", energy_carrier="diesel")
    assert fuel * per_kg == pytest.approx(printed)


@pytest.mark.parametrize("wrong", [np.nan, -1.0, np.inf])
@pytest.mark.parametrize("formula", [container_handling_fuel_kg, reefer_electricity_kwh])
def test_hubs_refuse(formula, wrong):
    with pytest.raises(FactorError, match="must be finite and at least 0"):
        formula(FACTORS, [1.0, wrong])


def test_a_refrigerated_container_draws_by_the_hour():
    assert reefer_electricity_kwh(FACTORS, [0.0, 10.0]) == pytest.approx([0.0, 36.0])

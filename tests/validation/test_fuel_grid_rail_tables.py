"""Reproduce published values of fuels, grids, railways, further vessels and defaults of GLEC, to the printed digit."""

import re

import numpy as np
import pytest

from transport_sim.emissions.lifecycle import co2_ttw_kg_per_kg, co2e_wtt_kg_per_kg, energy_tce, lifecycle_co2e_kg
from transport_sim.energy.fuel import ncv_mj_per_kg
from transport_sim.energy.hub import container_handling_fuel_kg, handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh
from transport_sim.energy.vessel import vessel_fuel_kg
from transport_sim.factors import load_factor_set, load_factors

FACTORS = load_factors()


def assert_prints_as(got, printed):
    """Compare numbers with printed ones: at most half a unit of the last printed digit away."""
    for number, word in zip(np.atleast_1d(np.asarray(got, dtype=float)).ravel(), printed.split(), strict=True):
        decimals = len(re.sub(r"^[^.]*\.?", "", word))
        assert abs(number - float(word)) <= 0.5 * 10.0**-decimals * (1 + 1e-9), f"{number} is not printed as {word}"


def value(table, quantity, **keys):
    return FACTORS.value(table, quantity=quantity, **keys)


# --- Fuels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fuel", "printed"), [("diesel", "42.652"), ("gasoline", "43.07"), ("marine_gas_oil", "42.652"), ("lng", "51.4")]
)
def test_calorific_values(fuel, printed):
    assert_prints_as(ncv_mj_per_kg(FACTORS, fuel), printed)


def test_co2_of_natural_gas_per_normal_cubic_metre():
    assert_prints_as(
        co2_ttw_kg_per_kg(FACTORS, "cng") * value("fuels", "density_kg_per_nm3", energy_carrier="cng"), "2.162"
    )


@pytest.mark.parametrize(("fuel", "printed"), [("diesel", "3.186"), ("gasoline", "3.070"), ("cng", "2.693")])
def test_co2_of_the_ipcc_defaults(fuel, printed):
    assert_prints_as(co2_ttw_kg_per_kg(load_factor_set("emep_copert"), fuel), printed)


def test_the_two_systems_of_fuel_factors_differ_by_three_percent():
    assert_prints_as(100 * (co2_ttw_kg_per_kg(load_factor_set("emep_copert"), "diesel") / 3.09591 - 1), "3")


def test_gas_oil_of_the_guide_lies_below_the_testbed():
    # not reproduced: Xing et al. 2016 measured 3.141 to 3.166 kg/kg; the guide's oxidation of 0.98 gives 3.10
    ours = co2_ttw_kg_per_kg(FACTORS, "marine_gas_oil")
    assert_prints_as(100 * (np.array([3.141, 3.166]) / ours - 1), "1.5 2.3")


@pytest.mark.parametrize(("fuel", "printed"), [("diesel", "1.4571"), ("gasoline", "1.4714")])
def test_coal_equivalents_of_fuels(fuel, printed):
    assert_prints_as(energy_tce(FACTORS, fuel, 1000.0), printed)


def test_coal_equivalent_of_electricity():
    assert_prints_as(energy_tce(FACTORS, "electricity", 1000.0), "0.1229")


def test_warming_potentials_of_ar6():
    got = [value("gwp", "gwp100", gwp_set="AR6", gas=gas) for gas in ("co2", "ch4_fossil", "n2o")]
    assert_prints_as(got, "1 29.8 273")


@pytest.mark.parametrize(
    ("fuel", "ttw", "wtw"),
    [
        ("diesel", "3.24", "4.21"),
        ("gasoline", "3.15", "4.16"),
        ("cng", "2.86", "3.20"),
        ("marine_gas_oil", "3.26", "4.01"),
        ("lng", "3.73", "4.61"),
    ],
)
def test_stages_of_fuels_in_the_set_of_glec(fuel, ttw, wtw):
    glec = load_factor_set("glec_v3")
    found = lifecycle_co2e_kg(glec, fuel, 1.0)
    assert_prints_as(found.co2e_ttw_kg, ttw)
    assert_prints_as(found.co2e_wtw_kg, wtw)


def test_well_to_tank_is_more_than_the_rule_of_thumb():
    # not reproduced: 20 to 25 % of TTW was recalled for diesel and petrol, some 15 % for gas
    shares = [
        co2e_wtt_kg_per_kg(FACTORS, fuel) / ttw for fuel, ttw in (("diesel", 3.24), ("gasoline", 3.15), ("cng", 2.86))
    ]
    assert_prints_as(shares, "0.30 0.32 0.12")


# --- Power grids ------------------------------------------------------------------------------------------------------


def test_national_grid_without_traded_power_and_of_fossil_power():
    got = [
        value("electricity", "grid_kgco2_per_kwh", region=region, year=2023)
        for region in ("china_excl_traded_non_fossil", "china_fossil")
    ]
    assert_prints_as(got, "0.6096 0.8273")


def test_an_electric_kilometre_emits_3_4_times_less_on_the_provincial_grid():
    national, provincial = (
        float(lifecycle_co2e_kg(FACTORS, "electricity", 1.0, grid_region=region, year=2023).co2e_wtw_kg)
        for region in ("china", "sichuan")
    )
    assert_prints_as(national / provincial, "3.4")


def test_loss_between_power_station_and_user():
    sent = lifecycle_co2e_kg(FACTORS, "electricity", 0.94, grid_region="sichuan", year=2022).co2e_wtw_kg
    assert_prints_as(sent, "0.1404")


# --- Railways ---------------------------------------------------------------------------------------------------------


def test_mean_rates_lie_in_the_published_ranges():
    electric = float(traction_electricity_kwh(FACTORS, 1e4))
    diesel = float(traction_diesel_kg(FACTORS, 1e4))
    assert 101.0 <= electric <= 104.0  # recalled
    assert 24.6 <= diesel <= 26.2  # China Statistical Yearbook 2000, 1996 to 1999
    # not reproduced: 20.5 in Shandong in 2005, on the plain; 27 recalled for 2012
    assert_prints_as([diesel / 20.5, diesel / 27.0], "1.27 0.96")


def test_net_load_of_a_wagon_and_gross_to_net():
    net, tare = (value("rail", f"wagon_{name}_t", traction="all") for name in ("net", "tare"))
    assert_prints_as(net, "60.2")
    # the baseline sends 0.9 of the wagons back empty
    assert 1.7 <= (net + tare + 0.9 * tare) / net <= 1.8
    assert 1.7 <= value("rail", "gross_per_net_ratio", traction="all") <= 1.8


def test_freight_needs_less_than_the_railways_as_a_whole():
    gross = value("rail", "gross_per_net_ratio", traction="all")
    assert 1000 * traction_electricity_kwh(FACTORS, gross) < 31.4


def test_trains_against_the_means_of_glec():
    gross = value("rail", "gross_per_net_ratio", traction="all")
    electric = (
        1000
        * lifecycle_co2e_kg(
            FACTORS, "electricity", traction_electricity_kwh(FACTORS, gross), grid_region="china", year=2023
        ).co2e_wtw_kg
    )
    diesel = 1000 * lifecycle_co2e_kg(FACTORS, "diesel", traction_diesel_kg(FACTORS, gross)).co2e_wtw_kg
    assert electric == pytest.approx(10.8, rel=0.08)  # GLEC, EU electric; India mixed 10.5
    # not reproduced: GLEC's 30.7 for diesel in the EU, with shorter and lighter trains
    assert_prints_as(diesel, "18.5")


# --- Vessels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vessel_class", "wtt", "ttw"),
    [
        ("coupled_convoy", "4.6", "15.1"),
        ("push_convoy_2", "4.7", "15.5"),
        ("push_convoy_4_5", "2.6", "8.7"),
        ("tanker", "5.7", "19.0"),
        ("container_110_m", "6.8", "22.5"),
    ],
)
def test_further_vessels_give_back_the_published_intensity(vessel_class, wtt, ttw):
    fuel = vessel_fuel_kg(FACTORS, 1000.0, vessel_class, energy_carrier="diesel")
    assert_prints_as(fuel * 3.24, ttw)
    assert_prints_as(value("vessels", "glec_co2e_wtt_g_per_tkm", vessel_class=vessel_class), wtt)
    assert fuel * 0.97 == pytest.approx(float(wtt), abs=0.11)


def test_china_s_waterways_burn_what_a_vessel_of_1000_to_2000_t_burns():
    # 7, 5 and 5 kg per 1000 t-km in 2005 to 2007, the sea and the Yangtze included
    assert_prints_as(vessel_fuel_kg(FACTORS, 1000.0, "vessel_1000_2000", energy_carrier="diesel"), "5")


# --- Hubs and roads of GLEC v3.2 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hub_type", "printed"),
    [("transshipment", "1.2"), ("storage_transshipment", "2.7"), ("warehouse", "40.1"), ("liquid_bulk", "3.4")],
)
def test_hubs_per_tonne(hub_type, printed):
    assert_prints_as(handling_fuel_kg(FACTORS, 1.0, hub_type=hub_type) * 4.21, printed)


def test_containers_at_a_terminal():
    assert_prints_as(container_handling_fuel_kg(FACTORS, 1.0) * 4.21, "11.4")


@pytest.mark.parametrize(
    ("vehicle_class", "wtt", "ttw"),
    [
        ("truck_light", "51.4", "170.7"),
        ("truck_medium", "20.9", "69.2"),
        ("truck_heavy", "15.4", "50.9"),
        ("tractor_trailer", "12.8", "42.3"),
    ],
)
def test_trucks_of_the_set_of_glec(vehicle_class, wtt, ttw):
    got = [value("road_glec", f"glec_co2e_{stage}_g_per_tkm", vehicle_class=vehicle_class) for stage in ("wtt", "ttw")]
    assert_prints_as(got, f"{wtt} {ttw}")
    # WTT over TTW is that of diesel in the same source: one boundary
    assert got[0] / got[1] == pytest.approx(0.97 / 3.24, abs=0.005)

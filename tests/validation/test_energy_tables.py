"""Reproduce published tables of energy and emissions, to the digits that are printed."""

import re

import numpy as np
import pytest

from transport_sim.emissions.exhaust import fuel_based_pollutants_g, hdv_pollutants_g_per_km, road_ghg_g_per_km
from transport_sim.emissions.lifecycle import co2_ttw_kg_per_kg, co2e_wtt_kg_per_kg, energy_tce, lifecycle_co2e_kg
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.hub import handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh
from transport_sim.energy.road import hdv_energy_mj_per_km, hdv_energy_rolling_mj_per_km
from transport_sim.energy.vessel import vessel_fuel_kg
from transport_sim.factors import load_factors

FACTORS = load_factors()


def assert_prints_as(got, printed):
    """Compare numbers with printed ones: at most half a unit of the last printed digit away."""
    numbers = np.atleast_1d(np.asarray(got, dtype=float))
    words = printed.split()
    assert numbers.size == len(words)
    for number, word in zip(numbers.ravel(), words, strict=True):
        decimals = len(re.sub(r"^[^.]*\.?", "", word))
        assert abs(number - float(word)) <= 0.5 * 10.0**-decimals * (1 + 1e-9), f"{number} is not printed as {word}"


def energy(vehicle_class, speed_kmh, load_ratio, gradient_ratio=0.0, emission_standard="china_v"):
    return hdv_energy_mj_per_km(
        FACTORS,
        vehicle_class=vehicle_class,
        emission_standard=emission_standard,
        speed_kmh=speed_kmh,
        load_ratio=load_ratio,
        gradient_ratio=gradient_ratio,
    )


# --- Guidelines for provincial greenhouse gas inventories 2025; China Energy Statistical Yearbook 2023 ---------------


@pytest.mark.parametrize(
    ("fuel", "printed"), [("diesel", "3.09591"), ("gasoline", "2.92506"), ("marine_gas_oil", "3.10")]
)
def test_co2_of_fuels_per_mass(fuel, printed):
    assert_prints_as(co2_ttw_kg_per_kg(FACTORS, fuel), printed)


@pytest.mark.parametrize(("fuel", "printed"), [("diesel", "2.600"), ("gasoline", "2.165")])
def test_co2_of_fuels_per_litre(fuel, printed):
    density = FACTORS.value("fuels", quantity="density_kg_per_l", energy_carrier=fuel)
    got = density * co2_ttw_kg_per_kg(FACTORS, fuel)
    if fuel == "diesel":
        # printed 2.600 but 0.84 x 3.09591 = 2.6006: the last digit was cut, not rounded
        assert got == pytest.approx(2.6006, abs=5e-5)
    else:
        assert_prints_as(got, printed)


def test_co2_of_natural_gas_per_volume():
    density = FACTORS.value("fuels", quantity="density_kg_per_nm3", energy_carrier="cng")
    assert_prints_as(co2_ttw_kg_per_kg(FACTORS, "cng") * density * 10.0, "21.6219")
    assert_prints_as(co2_ttw_kg_per_kg(FACTORS, "lng"), "2.83")


# --- EMEP/EEA guidebook 1.A.3.b.i-iv, energy of heavy-duty trucks, Euro V, flat, MJ/km -------------------------------


@pytest.mark.parametrize(
    ("vehicle_class", "speed_kmh", "printed"),
    [
        ("truck_light", 15, "5.05 5.55 6.08"),
        ("truck_light", 30, "3.82 4.22 4.63"),
        ("truck_light", 50, "3.45 3.77 4.10"),
        ("truck_light", 70, "3.67 3.94 4.21"),
        ("truck_light", 85, "4.45 4.67 4.89"),
        ("truck_medium", 15, "12.4 13.9 15.4"),
        ("truck_medium", 30, "7.75 9.08 10.3"),
        ("truck_medium", 50, "6.17 7.32 8.25"),
        ("truck_medium", 70, "5.94 6.61 7.40"),
        ("truck_medium", 85, "6.07 6.30 7.03"),
        ("truck_heavy", 15, "15.8 19.6 23.8"),
        ("truck_heavy", 30, "10.9 13.8 16.9"),
        ("truck_heavy", 50, "8.94 11.2 13.5"),
        ("truck_heavy", 70, "8.15 10.1 12.0"),
        ("truck_heavy", 85, "7.81 9.57 11.2"),
        ("tractor_trailer", 15, "18.2 24.8 31.8"),
        ("tractor_trailer", 30, "11.3 16.4 21.4"),
        ("tractor_trailer", 50, "8.72 12.6 16.4"),
        ("tractor_trailer", 70, "7.68 11.0 14.1"),
        ("tractor_trailer", 85, "7.23 10.2 13.0"),
    ],
)
def test_energy_on_the_flat(vehicle_class, speed_kmh, printed):
    assert_prints_as(energy(vehicle_class, speed_kmh, [0.0, 0.5, 1.0]), printed)


@pytest.mark.parametrize(
    ("speed_kmh", "load_ratio", "gradient_percent", "printed"),
    [
        (30, 0.5, [-6, -4, -2, 0, 2, 4, 6], "2.30 4.22 8.22 16.4 28.0 41.5 55.6"),
        (50, 0.5, [-6, -4, -2, 0, 2, 4, 6], "0.77 1.69 4.27 12.6 25.5 39.5 53.4"),
        (30, 1.0, [2, 4], "39.0 58.7"),
        (50, 1.0, [2, 4], "35.4 55.5"),
    ],
)
def test_energy_of_the_articulated_truck_on_slopes(speed_kmh, load_ratio, gradient_percent, printed):
    got = energy("tractor_trailer", speed_kmh, load_ratio, np.array(gradient_percent) / 100)
    assert_prints_as(got, printed)


def test_rolling_road_of_two_percent_costs_18_percent_more_than_flat():
    rolling = hdv_energy_rolling_mj_per_km(
        FACTORS,
        vehicle_class="tractor_trailer",
        emission_standard="china_v",
        speed_kmh=50.0,
        load_ratio=0.5,
        gradient_ratio=0.02,
    )
    assert_prints_as(100 * (rolling / energy("tractor_trailer", 50.0, 0.5) - 1), "18")


@pytest.mark.parametrize(
    ("emission_standard", "pollutant", "printed"),
    [
        ("china_v", "nox_g_per_km", "11.10 4.81 2.52 1.34"),
        ("china_v", "pm10_g_per_km", "0.097 0.061 0.048 0.042"),
        ("china_v", "co_g_per_km", "3.44 2.23 1.82 1.61"),
        ("china_vi", "nox_g_per_km", "0.726 0.341 0.201 0.128"),
        ("china_vi", "pm2_5_g_per_km", "0.0096 0.0057 0.0044 0.0037"),
        ("china_vi", "co_g_per_km", "0.295 0.179 0.139 0.119"),
        # 5.56499 at 60 km/h; a copy that prints 5.57 has rounded twice (5.565, then 5.57)
        ("china_iv", "nox_g_per_km", "9.47 6.64 5.56 5.02"),
    ],
)
def test_pollutants_of_the_articulated_truck(emission_standard, pollutant, printed):
    result = hdv_pollutants_g_per_km(
        FACTORS,
        vehicle_class="tractor_trailer",
        emission_standard=emission_standard,
        speed_kmh=[20.0, 40.0, 60.0, 80.0],
        load_ratio=0.5,
        gradient_ratio=0.0,
    )
    assert_prints_as(getattr(result, pollutant), printed)


# --- Derived values of a full 49-t truck at 60 km/h, Euro V, flat ---------------------------------------------------


def test_full_articulated_truck_at_60_kmh():
    full, empty = energy("tractor_trailer", 60.0, [1.0, 0.0])
    payload_t = FACTORS.value("truck_classes", quantity="payload_t", vehicle_class="tractor_trailer")
    density = FACTORS.value("fuels", quantity="density_kg_per_l", energy_carrier="diesel")
    kgco2 = lifecycle_co2e_kg(FACTORS, "diesel", fuel_kg(FACTORS, np.array([full, full + empty]))).co2_ttw_kg
    assert_prints_as(full, "15.1")
    # two derived figures in circulation are not what the curves give: 8.2 MJ/km empty, 1.10 kg/km full
    assert_prints_as(empty, "8.1")
    assert_prints_as(kgco2[0], "1.09")
    assert_prints_as(fuel_kg(FACTORS, full) / density * 100, "42")
    assert_prints_as(1000 * kgco2 / payload_t, "35 54")


# --- Railways ------------------------------------------------------------------------------------------------------


def test_rail_per_net_tonne_km():
    gross = FACTORS.value("rail", quantity="gross_per_net_ratio", traction="all")
    electricity = traction_electricity_kwh(FACTORS, gross)
    assert_prints_as(electricity, "0.018")
    diesel = traction_diesel_kg(FACTORS, gross)
    assert_prints_as(1000 * lifecycle_co2e_kg(FACTORS, "diesel", diesel).co2_ttw_kg, "14.1")


def test_electric_rail_by_grid_without_transmission_loss():
    gross = FACTORS.value("rail", quantity="gross_per_net_ratio", traction="all")
    loss = FACTORS.value("electricity", quantity="transmission_loss_ratio", region="china")
    at_station = {
        region: lifecycle_co2e_kg(
            FACTORS, "electricity", traction_electricity_kwh(FACTORS, gross), grid_region=region, year=2023
        ).co2e_wtw_kg
        * (1 - loss)
        * 1000
        for region in ("sichuan", "china")
    }
    assert_prints_as(at_station["sichuan"], "2.8")
    # a printed 9.6 comes from the rounded 0.018 kWh; unrounded it is 9.5
    assert_prints_as(at_station["china"], "9.5")


def test_coal_equivalent_ceiling_of_the_railways():
    """3.86 tce per 10^6 converted t-km (railway communique 2024) is 31.4 kWh per 10^3."""
    assert_prints_as(3.86 / energy_tce(FACTORS, "electricity", 1.0) / 1000, "31.4")


# --- GLEC Framework v3.2 -------------------------------------------------------------------------------------------

VESSELS = [
    ("vessel_lt_650", "17.8", "59.2", "77.0"),
    ("vessel_650_1000", "7.9", "26.1", "34.0"),
    ("vessel_1000_2000", "4.9", "16.4", "21.3"),
    ("vessel_2000_3000", "5.0", "16.7", "21.7"),
]


@pytest.mark.parametrize(("vessel_class", "wtt", "ttw", "wtw"), VESSELS)
@pytest.mark.parametrize("energy_carrier", ["marine_gas_oil", "diesel"])
def test_vessel_fuel_gives_back_the_published_intensity(vessel_class, wtt, ttw, wtw, energy_carrier):
    fuel = vessel_fuel_kg(FACTORS, 1000.0, vessel_class, energy_carrier=energy_carrier)
    per_kg = FACTORS.value("fuels", quantity="glec_co2e_ttw_kg_per_kg", energy_carrier=energy_carrier)
    published_wtt = FACTORS.value("vessels", quantity="glec_co2e_wtt_g_per_tkm", vessel_class=vessel_class)
    assert_prints_as(fuel * per_kg, ttw)
    assert_prints_as(published_wtt, wtt)
    assert_prints_as(fuel * per_kg + published_wtt, wtw)


@pytest.mark.parametrize(("vessel_class", "wtt", "ttw", "wtw"), VESSELS)
def test_published_vessel_wtt_is_that_of_diesel_not_of_marine_gas_oil(vessel_class, wtt, ttw, wtw):
    """WTT / TTW of the vessel table is 0.30, as for diesel (0.97 / 3.24), not 0.23 as for MGO (0.75 / 3.26)."""
    diesel = vessel_fuel_kg(FACTORS, 1000.0, vessel_class, energy_carrier="diesel")
    assert co2e_wtt_kg_per_kg(FACTORS, "diesel") * diesel == pytest.approx(float(wtt), abs=0.11)
    gas_oil = vessel_fuel_kg(FACTORS, 1000.0, vessel_class)
    assert co2e_wtt_kg_per_kg(FACTORS, "marine_gas_oil") * gas_oil < 0.8 * float(wtt)


def test_well_to_tank_of_fuels():
    assert_prints_as([co2e_wtt_kg_per_kg(FACTORS, fuel) for fuel in ("diesel", "marine_gas_oil")], "0.97 0.75")


def test_handling_fuel_gives_back_the_published_intensity():
    assert_prints_as(handling_fuel_kg(FACTORS, 1.0) * 4.21, "1.2")
    assert_prints_as(handling_fuel_kg(FACTORS, 1.0, hub_type="liquid_bulk") * 4.21, "3.4")


# --- Single published values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "printed"),
    [
        ("sichuan", "0.1255 0.1404 0.1564"),
        ("chongqing", "0.4743 0.5227 0.5581"),
        ("shaanxi", "0.6336 0.6558 0.6335"),
        ("hubei", "0.3672 0.4364 0.4044"),
        ("southwest", "0.2113 0.2268 0.2472"),
        ("china", "0.5568 0.5366 0.5306"),
    ],
)
def test_grid_factors(region, printed):
    """MEE and NBS notices on the CO2 emission factors of electricity 2021 to 2023."""
    got = [
        FACTORS.value("electricity", quantity="grid_kgco2_per_kwh", region=region, year=year)
        for year in (2021, 2022, 2023)
    ]
    assert_prints_as(got, printed)


def test_methane_and_nitrous_oxide_of_heavy_diesel():
    """NDRC guideline for land transport enterprises: 175 and 30 mg/km."""
    assert_prints_as([1000 * road_ghg_g_per_km(FACTORS, "tractor_trailer", gas) for gas in ("ch4", "n2o")], "175 30")


def test_vessel_exhaust_lies_in_the_measured_range():
    """Xing et al. 2016, Chinese marine diesels on a test bed, g/kg."""
    exhaust = fuel_based_pollutants_g(FACTORS, "inland_vessel", 1.0)
    assert 30.67 <= exhaust.nox_g <= 76.55
    assert 3.01 <= exhaust.co_g <= 6.13
    assert 1.25 <= exhaust.hc_g <= 2.24

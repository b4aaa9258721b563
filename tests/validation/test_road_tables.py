"""Reproduce published tables of road energy and emissions, to the digits that are printed."""

import re

import numpy as np
import pytest

from transport_sim.emissions.china_guideline import china_road_emissions_g_per_km
from transport_sim.emissions.exhaust import road_ghg_g_per_km
from transport_sim.emissions.road import road_emissions_g_per_km
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.road import road_energy_mj_per_km
from transport_sim.factors import load_factors

FACTORS = load_factors()
FIVE_SPEEDS = [15.0, 30.0, 50.0, 70.0, 85.0]
FOUR_SPEEDS = [20.0, 40.0, 60.0, 80.0]


def prints_as(got, printed):
    """Tell which numbers are more than half a unit of the last printed digit away from the printed ones."""
    numbers = np.atleast_1d(np.asarray(got, dtype=float)).ravel()
    words = printed.split()
    assert numbers.size == len(words)
    far = []
    for number, word in zip(numbers, words, strict=True):
        decimals = len(re.sub(r"^[^.]*\.?", "", word))
        if abs(number - float(word)) > 0.5 * 10.0**-decimals * (1 + 1e-9):
            far.append((float(number), word))
    return far


def energy(vehicle_class, technology, standard, speed, load=0.5, gradient=0.0):
    return road_energy_mj_per_km(
        FACTORS,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=standard,
        speed_kmh=speed,
        load_ratio=load,
        gradient_ratio=gradient,
    )


def exhaust(pollutant, vehicle_class, technology, standard, speed, load=0.5):
    return road_emissions_g_per_km(
        FACTORS,
        pollutant=pollutant,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=standard,
        speed_kmh=speed,
        load_ratio=load,
    )


# --- EMEP/EEA guidebook 1.A.3.b.i-iv, energy, MJ/km ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speed", "printed"),
    [
        (15.0, "13.7 15.3 17.1"),
        (30.0, "9.92 11.3 12.5"),
        (50.0, "7.94 8.98 10.1"),
        (70.0, "7.35 8.09 8.97"),
        (85.0, "8.12 8.56 8.45"),
    ],
)
def test_energy_of_the_urban_bus(speed, printed):
    assert prints_as(energy("bus", "diesel", "china_v", speed, [0.0, 0.5, 1.0]), printed) == []


@pytest.mark.parametrize(
    ("vehicle_class", "technology", "standard", "speeds", "printed"),
    [
        ("coach", "diesel", "china_v", FIVE_SPEEDS, "20.3 13.2 9.89 8.47 8.04"),
        ("bus", "cng", "china_v", FIVE_SPEEDS[:3], "23.3 16.2 13.0"),
        ("car", "petrol", "china_iv", FIVE_SPEEDS, "4.02 2.98 2.46 2.31 2.33"),
        ("car", "petrol", "china_v", FIVE_SPEEDS, "4.02 2.98 2.46 2.31 2.33"),
        ("car", "petrol", "china_vi", FIVE_SPEEDS, "4.02 2.98 2.46 2.31 2.33"),
        ("taxi", "petrol", "china_vi", FIVE_SPEEDS, "4.02 2.98 2.46 2.31 2.33"),
        ("car_small", "petrol", "china_v", FIVE_SPEEDS, "3.60 2.53 2.01 1.93 2.00"),
        ("van", "diesel", "china_v", FIVE_SPEEDS, "4.36 3.18 2.75 2.72 2.83"),
        ("truck_light", "diesel", "china_v", FIVE_SPEEDS, "5.55 4.22 3.77 3.94 4.67"),
        ("truck_medium", "diesel", "china_v", FIVE_SPEEDS, "13.9 9.08 7.32 6.61 6.30"),
        ("truck_heavy", "diesel", "china_v", FIVE_SPEEDS, "19.6 13.8 11.2 10.1 9.57"),
        ("tractor_trailer", "diesel", "china_v", FIVE_SPEEDS, "24.8 16.4 12.6 11.0 10.2"),
    ],
)
def test_energy_at_half_load(vehicle_class, technology, standard, speeds, printed):
    assert prints_as(energy(vehicle_class, technology, standard, speeds), printed) == []


@pytest.mark.parametrize(
    ("gradient", "printed"),
    [
        (-0.06, "2.30 0.77"),
        (-0.04, "4.22 1.69"),
        (-0.02, "8.22 4.27"),
        (0.0, "16.4 12.6"),
        (0.02, "28.0 25.5"),
        (0.04, "41.5 39.5"),
        (0.06, "55.6 53.4"),
    ],
)
def test_slope_table_of_the_articulated_truck(gradient, printed):
    assert prints_as(energy("tractor_trailer", "diesel", "china_v", [30.0, 50.0], 0.5, gradient), printed) == []


def test_slope_table_of_the_full_articulated_truck():
    got = [energy("tractor_trailer", "diesel", "china_v", [30.0, 50.0], 1.0, g) for g in (0.02, 0.04)]
    assert prints_as(got, "39.0 35.4 58.7 55.5") == []


# --- EMEP/EEA guidebook, pollutants, g/km, half load -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pollutant", "vehicle_class", "technology", "standard", "speeds", "printed"),
    [
        ("nox", "bus", "diesel", "china_v", FOUR_SPEEDS, "8.67 3.95 2.26 1.99"),
        ("nox", "bus", "diesel", "china_vi", FOUR_SPEEDS, ".55 .28 .15 .085"),
        ("nox", "bus", "cng", "china_v", FOUR_SPEEDS[:2], "4.1 2.8"),
        ("co", "bus", "cng", "china_v", FOUR_SPEEDS[:2], "1.0 .58"),
        ("ch4", "bus", "cng", "china_v", [20.0], ".98"),
        ("nox", "tractor_trailer", "diesel", "china_v", FOUR_SPEEDS, "11.10 4.81 2.52 1.34"),
        ("pm2_5", "tractor_trailer", "diesel", "china_v", FOUR_SPEEDS, ".097 .061 .048 .042"),
        ("co", "tractor_trailer", "diesel", "china_v", FOUR_SPEEDS, "3.44 2.23 1.82 1.61"),
        ("nox", "tractor_trailer", "diesel", "china_vi", FOUR_SPEEDS, ".726 .341 .201 .128"),
        ("pm2_5", "tractor_trailer", "diesel", "china_vi", FOUR_SPEEDS, ".0096 .0057 .0044 .0037"),
        ("co", "tractor_trailer", "diesel", "china_vi", FOUR_SPEEDS, ".295 .179 .139 .119"),
        ("nox", "tractor_trailer", "diesel", "china_iv", FOUR_SPEEDS[:2], "9.47 6.64"),
        ("nox", "tractor_trailer", "diesel", "china_iv", FOUR_SPEEDS[3:], "5.02"),
    ],
)
def test_pollutants(pollutant, vehicle_class, technology, standard, speeds, printed):
    assert prints_as(exhaust(pollutant, vehicle_class, technology, standard, speeds), printed) == []


@pytest.mark.parametrize(
    ("vehicle_class", "standard", "pollutant", "load", "gradient", "speeds"),
    [
        ("tractor_trailer", "china_vi", "nox", 0.5, -0.04, [9.0, 10.0, 11.0]),
        ("coach", "china_vi", "pm2_5", 0.5, -0.06, [83.0, 84.0, 85.0, 86.0]),
        ("truck_medium", "china_v", "pm2_5", 0.0, 0.04, [73.0, 74.0, 75.0]),
    ],
)
def test_the_points_that_are_not_positive_and_the_pole_are_guarded(
    vehicle_class, standard, pollutant, load, gradient, speeds
):
    grid = np.linspace(5.0, 100.0, 5001)
    elsewhere = (grid < min(speeds) - 3.0) | (grid > max(speeds) + 3.0)
    for some_load in sorted({0.0, 0.5, 1.0, load}):
        got, around = (
            road_emissions_g_per_km(
                FACTORS,
                pollutant=pollutant,
                vehicle_class=vehicle_class,
                technology="diesel",
                emission_standard=standard,
                speed_kmh=at,
                load_ratio=some_load,
                gradient_ratio=gradient,
            )
            for at in (np.array(speeds), grid)
        )
        assert (got > 0.0).all()
        assert (around > 0.0).all()
        assert got.max() <= around[elsewhere].max()  # a pole would stand out


# --- NDRC guideline for land transport enterprises, CH4 and N2O, mg/km -----------------------------------------------


@pytest.mark.parametrize(
    ("vehicle_class", "technology", "printed"),
    [("car", "petrol", "12 83 6 57"), ("car", "diesel", "15 7 15 0"), ("van", "petrol", "36 83 16 57")],
)
def test_methane_and_nitrous_oxide_of_light_vehicles(vehicle_class, technology, printed):
    got = [
        1000 * road_ghg_g_per_km(FACTORS, vehicle_class, gas, technology=technology, emission_standard=standard)
        for standard in ("china_iii", "china_iv")
        for gas in ("n2o", "ch4")
    ]
    assert prints_as(got, printed) == []


def test_methane_of_heavy_gas_vehicles():
    got = [
        1000 * road_ghg_g_per_km(FACTORS, "tractor_trailer", "ch4", technology="lng", emission_standard=standard)
        for standard in ("china_iii", "china_iv", "china_vi")
    ]
    assert prints_as(got, "5400 900 900") == []


# --- Guideline of the environment ministry 2014 ----------------------------------------------------------------------


def guideline(pollutant, vehicle_class, technology, standard, speed=30.0, load=0.5, sulphur=None, **conditions):
    return china_road_emissions_g_per_km(
        FACTORS,
        pollutant=pollutant,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=standard,
        speed_kmh=speed,
        load_ratio=load,
        sulphur_ppm=(50.0 if technology == "petrol" else 350.0) if sulphur is None else sulphur,
        **conditions,
    )


@pytest.mark.parametrize(
    ("vehicle_class", "technology", "pollutants", "printed"),
    [
        ("car", "petrol", "co", "1.18 0.68 0.46"),
        ("car", "petrol", "hc", "0.191 0.075 0.056"),
        ("car", "petrol", "nox", "0.100 0.032 0.017"),
        ("car", "petrol", "pm2_5", "0.007 0.003 0.003"),
        ("taxi", "petrol", "co hc nox", "3.03 0.454 0.204 2.45 0.277 0.135 2.45 0.257 0.095"),
        ("taxi", "cng", "co hc nox", "0.84 0.115 0.062 0.54 0.066 0.039 2.25 0.293 0.029"),
        ("bus", "diesel", "co", "6.74 3.25 1.62"),
        ("bus", "diesel", "hc", "0.283 0.107 0.054"),
        ("bus", "diesel", "nox", "9.892 9.892 8.640"),
        ("bus", "diesel", "pm2_5", "0.395 0.252 0.126"),
        ("bus", "cng", "co hc nox pm2_5", "6.36 1.72 9.32 0.044 4.67 1.192 6.524 0.044 4.57 1.192 3.728 0.044"),
        ("truck_light", "diesel", "co hc nox pm2_5", "1.88 .368 3.765 .130 1.48 .186 2.636 .058 1.48 .186 2.240 .012"),
        ("truck_medium", "diesel", "co hc nox pm2_5", "2.09 .203 6.221 .171 1.65 .103 4.354 .099 1.65 .103 3.701 .020"),
        ("truck_heavy", "diesel", "co hc nox pm2_5", "2.79 .255 7.934 .243 2.20 .129 5.554 .138 2.20 .129 4.721 .027"),
        ("truck_light", "petrol", "co hc nox pm2_5", "5.61 .610 .534 .011 2.37 .169 .229 .006 2.37 .169 .172 .006"),
        ("coach_medium", "diesel", "co hc nox pm2_5", "2.12 .364 3.347 .148 1.84 .364 2.678 .106 1.84 .364 2.276 .053"),
    ],
)
def test_base_factors_of_china_iii_to_v(vehicle_class, technology, pollutants, printed):
    got = [
        guideline(pollutant, vehicle_class, technology, standard)
        for standard in ("china_iii", "china_iv", "china_v")
        for pollutant in pollutants.split()
    ]
    assert prints_as(got, printed) == []


@pytest.mark.parametrize(
    ("technology", "standard", "pollutant", "printed"),
    [
        ("petrol", "china_iii", "co", "1.69 1.26 1 .79 .39 .62"),
        ("petrol", "china_v", "hc", "1.68 1.25 1 .78 .32 .59"),
        ("petrol", "china_v", "pm2_5", "1.68 1.25 1 .78 .32 .59"),
        ("petrol", "china_iv", "nox", "1.38 1.13 1 .90 .86 .96"),
        ("diesel", "china_iii", "co", "1.43 1.14 1 .89 .54 .61"),
        ("diesel", "china_iii", "hc", "1.41 1.13 1 .90 .61 .41"),
        ("diesel", "china_iii", "nox", "1.31 1.08 1 .93 .74 .66"),
        ("diesel", "china_iii", "pm2_5", "1.22 1.08 1 .93 .71 .49"),
        ("diesel", "china_v", "co", "1.29 1.10 1 .93 .70 .61"),
        ("diesel", "china_iv", "hc", "1.38 1.12 1 .91 .64 .48"),
        ("diesel", "china_v", "nox", "1.39 1.12 1 .91 .60 .28"),
        ("diesel", "china_iv", "pm2_5", "1.36 1.12 1 .91 .65 .48"),
    ],
)
def test_speed_corrections(technology, standard, pollutant, printed):
    got = guideline(pollutant, "truck_light", technology, standard, [10.0, 25.0, 30.0, 35.0, 60.0, 100.0])
    assert prints_as(got / got[2], printed) == []


def ratio_to_base(pollutant, vehicle_class, technology, standard, **conditions):
    base = guideline(pollutant, vehicle_class, technology, standard)
    return guideline(pollutant, vehicle_class, technology, standard, **conditions) / base


@pytest.mark.parametrize(
    ("pollutant", "printed"),
    [
        ("co", ".87 1 1.07 1.16 1.33"),
        ("hc", "1 1 1 1 1"),
        ("nox", ".83 1 1.09 1.21 1.43"),
        ("pm2_5", ".90 1 1.05 1.13 1.26"),
    ],
)
def test_load_corrections_of_diesel_vehicles(pollutant, printed):
    got = ratio_to_base(pollutant, "truck_heavy", "diesel", "china_v", load=np.array([0.0, 0.5, 0.6, 0.75, 1.0]))
    assert prints_as(got, printed) == []


@pytest.mark.parametrize(
    ("technology", "standard", "pollutants", "printed"),
    [
        ("diesel", "china_iii", "co hc nox pm2_5", ".88 .96 .93 .80"),
        ("diesel", "china_iv", "co hc nox pm2_5", ".78 .76 .84 .56"),
        ("diesel", "china_v", "co hc nox pm2_5", ".78 .76 .84 .56"),
        ("petrol", "china_v", "co hc nox", ".90 .96 .95"),
    ],
)
def test_corrections_for_10_ppm_of_sulphur(technology, standard, pollutants, printed):
    got = [ratio_to_base(p, "truck_light", technology, standard, sulphur=10.0) for p in pollutants.split()]
    assert prints_as(got, printed) == []


@pytest.mark.parametrize(
    ("vehicle_class", "technology", "pollutant", "printed"),
    [
        ("car", "petrol", "co", "1.36 1.23"),
        ("car", "petrol", "hc", "1.47 1.08"),
        ("car", "petrol", "nox", "1.15 1.31"),
        ("truck_heavy", "diesel", "co", "1 1.30"),
        ("truck_heavy", "diesel", "hc", "1 1.06"),
        ("truck_heavy", "diesel", "nox", "1.06 1.15"),
        ("truck_heavy", "diesel", "pm2_5", "1.70 0.74"),
        ("bus", "diesel", "pm2_5", "1.87 0.68"),
        ("car", "diesel", "pm2_5", "1.87 0.68"),
        ("truck_light", "diesel", "pm2_5", "1.27 0.90"),
        ("truck_light", "diesel", "nox", "1.05 1.17"),
    ],
)
def test_temperature_corrections_below_10_and_above_25_degrees(vehicle_class, technology, pollutant, printed):
    got = ratio_to_base(pollutant, vehicle_class, technology, "china_v", temperature_c=np.array([5.0, 30.0]))
    assert prints_as(got, printed) == []


@pytest.mark.parametrize(
    ("technology", "temperature", "printed"),
    [
        ("petrol", 15.0, "1.06 .92"),
        ("diesel", 15.0, "1.04 .94"),
        ("petrol", 24.5, "1.13 .87"),
        ("diesel", 24.5, "1.12 .88"),
    ],
)
def test_humidity_corrections_of_nox(technology, temperature, printed):
    humidity = np.array([0.3, 0.7])
    got = ratio_to_base("nox", "truck_light", technology, "china_v", humidity_ratio=humidity, temperature_c=temperature)
    if temperature > 24.0:  # the printed factors of hot air come on top of those of humidity alone
        got = got / ratio_to_base("nox", "truck_light", technology, "china_v", humidity_ratio=humidity)
    assert prints_as(got, printed) == []


@pytest.mark.parametrize(
    ("vehicle_class", "technology", "printed"),
    [("truck_heavy", "diesel", "2.46 2.05 1.02"), ("car", "petrol", "1.58 2.46 3.15")],
)
def test_altitude_corrections_above_1500_m(vehicle_class, technology, printed):
    got = [ratio_to_base(p, vehicle_class, technology, "china_v", altitude_m=2000.0) for p in ("co", "hc", "nox")]
    assert prints_as(got, printed) == []


def test_worked_check_of_a_heavy_truck():
    got = guideline("nox", "truck_heavy", "diesel", "china_v", 60.0, 1.0, 10.0)
    assert got == pytest.approx(4.721 * 0.60 * 1.43 * 0.84)
    assert prints_as(got, "3.40") == []


def test_pm10_is_pm2_5_over_nine_tenths_to_the_printed_digits():
    for row in FACTORS.rows("china_road"):
        if row.keys["quantity"] == "pm10_g_per_km":
            keys = {name: key for name, key in row.keys.items() if name != "quantity"}
            fine = FACTORS.value("china_road", quantity="pm2_5_g_per_km", **keys)
            # vehicles of the oldest standards and those on other fuels are rounded more coarsely
            assert row.numbers["value"] == pytest.approx(fine / 0.9, abs=0.0011, rel=0.02), row


# --- Typical use in China: the models should be near, none is made from these figures --------------------------------


@pytest.mark.parametrize(
    ("vehicle_class", "technology", "speed", "low", "high"),
    [
        ("taxi", "petrol", 30.0, 7.0, 10.0),  # 7 L per 100 km
        ("truck_light", "diesel", 40.0, 10.0, 13.0),  # 12 L
        ("truck_medium", "diesel", 50.0, 17.0, 22.0),  # 19 L
        ("tractor_trailer", "diesel", 60.0, 28.0, 38.0),  # 33 L
        ("bus", "diesel", 25.0, 30.0, 38.0),  # 30 to 38 L
    ],
)
def test_litres_per_100_km_are_near_those_of_chinese_fleets(vehicle_class, technology, speed, low, high):
    fuel = "gasoline" if technology == "petrol" else "diesel"
    mass = fuel_kg(FACTORS, energy(vehicle_class, technology, "china_v", speed), fuel)
    litres = 100.0 * mass / FACTORS.value("fuels", quantity="density_kg_per_l", energy_carrier=fuel)
    assert low <= litres <= high


@pytest.mark.parametrize(
    ("vehicle_class", "speed", "low", "high"),
    [
        ("car", 40.0, 0.13, 0.165),  # 13 to 15 kWh per 100 km, 10 % more at the wall
        ("taxi", 30.0, 0.14, 0.17),  # 14 to 16 kWh per 100 km
        ("truck_light", 40.0, 0.30, 0.38),  # 0.32 to 0.35
        ("bus", 20.0, 0.9, 1.3),  # 12-m bus 1.0 to 1.2
    ],
)
def test_electricity_is_near_that_of_chinese_fleets(vehicle_class, speed, low, high):
    battery = electric_energy_kwh_per_km(FACTORS, vehicle_class=vehicle_class, speed_kmh=speed)
    assert low <= meter_kwh(FACTORS, battery) <= high


def test_air_conditioning_of_an_electric_bus_adds_20_to_30_percent():
    mild, hot = (
        electric_energy_kwh_per_km(FACTORS, vehicle_class="bus", speed_kmh=20.0, temperature_c=t) for t in (20.0, 34.0)
    )
    assert 1.2 <= hot / mild <= 1.35

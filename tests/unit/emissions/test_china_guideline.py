"""The guideline of 2014: bands, bounds, corrections, the corrected slips and the fall-back for China VI."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.emissions.china_guideline import china_road_emissions_g_per_km, uses_fall_back
from transport_sim.emissions.road import road_emissions_g_per_km
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
ROWS = FACTORS.rows("china_road")
VEHICLES = sorted({tuple(r.keys[k] for k in ("vehicle_class", "technology", "emission_standard")) for r in ROWS})
POLLUTANTS = ("co", "hc", "nox", "pm2_5", "pm10")
HEAVY = ("truck_heavy", "diesel", "china_v")
AT_BASE = {"speed_kmh": 30.0, "load_ratio": 0.5, "temperature_c": 15.0, "humidity_ratio": 0.5, "altitude_m": 0.0}


def emission(vehicle=HEAVY, pollutant="nox", **conditions):
    vehicle_class, technology, emission_standard = vehicle
    return china_road_emissions_g_per_km(
        FACTORS,
        pollutant=pollutant,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=emission_standard,
        **{**AT_BASE, "sulphur_ppm": 50.0 if technology == "petrol" else 350.0, **conditions},
    )


@pytest.mark.parametrize("vehicle", VEHICLES, ids="-".join)
def test_base_conditions_give_the_base_factor(vehicle):
    for row in ROWS:
        if vehicle == tuple(row.keys[k] for k in ("vehicle_class", "technology", "emission_standard")):
            pollutant = str(row.keys["quantity"]).removesuffix("_g_per_km")
            assert emission(vehicle, pollutant) == pytest.approx(row.numbers["value"], rel=1e-12)


def test_eighty_km_per_hour_is_no_hole():
    """A published implementation returns 0 at exactly 80 km/h."""
    assert emission(speed_kmh=[79.9, 80.0]).tolist() == [pytest.approx(4.721 * 0.60)] * 2
    assert emission(speed_kmh=[80.1]) == pytest.approx(4.721 * 0.28)


def test_every_bound_of_the_speed_bands():
    speeds = [0.0, 19.9, 20.0, 29.9, 30.0, 30.1, 39.9, 40.0, 80.0, 80.1, 140.0]
    factors = [1.39, 1.39, 1.12, 1.12, 1.0, 0.91, 0.91, 0.60, 0.60, 0.28, 0.28]
    assert emission(speed_kmh=speeds).tolist() == pytest.approx([4.721 * factor for factor in factors])


def test_the_load_branch_looks_at_load_and_not_at_sulphur():
    loads = [0.0, 0.5, 0.6, 0.75, 1.0]
    for sulphur in (10.0, 350.0, 800.0):
        got = emission(load_ratio=loads, sulphur_ppm=sulphur)
        assert (got / got[1]).tolist() == pytest.approx([0.83, 1.0, 1.09, 1.21, 1.43])


def test_sulphur_is_exact_at_the_printed_levels_and_lies_between_them():
    got = emission(sulphur_ppm=[0.0, 10.0, 50.0, 100.0, 150.0, 350.0, 500.0, 800.0]) / 4.721
    assert got.tolist() == pytest.approx([0.84, 0.84, 0.84, 0.92, 1.0, 1.0, 1.08, 1.89])


def test_the_rows_of_small_cars_are_those_of_micro_cars_not_the_repeated_medium_ones():
    car = ("car", "petrol", "china_iv")
    assert emission(car, "co") == pytest.approx(0.68)
    assert emission(("coach_medium", "petrol", "china_iv"), "co") == pytest.approx(1.98)


def test_the_slips_of_the_copy_are_corrected_and_named():
    for vehicle_class in ("bus", "coach"):
        assert emission((vehicle_class, "cng", "china_iv")) == pytest.approx(6.524)
        row = FACTORS.trace(
            "china_road",
            quantity="nox_g_per_km",
            vehicle_class=vehicle_class,
            technology="cng",
            emission_standard="china_iv",
        )
        assert "652.4" in str(row["note"])
    assert emission(("bus", "cng", "china_i"), "pm2_5") == pytest.approx(0.159)


def test_no_base_factor_is_larger_than_that_of_the_oldest_standard_by_far():
    """A slip of the decimal point would stand out."""
    for key, group in itertools.groupby(
        ROWS, key=lambda r: (r.keys["vehicle_class"], r.keys["technology"], r.keys["quantity"])
    ):
        values = [row.numbers["value"] for row in group]
        assert max(values) <= 1.3 * values[0], key


@pytest.mark.parametrize("vehicle_class", ["car", "bus", "coach_medium", "truck_heavy"])
def test_china_vi_is_the_declared_fall_back_and_no_copy_of_china_v(vehicle_class):
    technology = "petrol" if vehicle_class == "car" else "diesel"
    assert uses_fall_back(FACTORS, vehicle_class, technology, "china_vi")
    assert not uses_fall_back(FACTORS, vehicle_class, technology, "china_v")
    got = emission((vehicle_class, technology, "china_vi"), speed_kmh=50.0)
    emep = road_emissions_g_per_km(
        FACTORS,
        pollutant="nox",
        vehicle_class="coach" if vehicle_class == "coach_medium" else vehicle_class,
        technology=technology,
        emission_standard="china_vi",
        speed_kmh=50.0,
    )
    assert got == emep
    with pytest.raises(FactorError, match="no row with"):
        uses_fall_back(FACTORS, "tram", "diesel", "china_vi")


def test_temperature_humidity_altitude_and_deterioration():
    car = ("car", "petrol", "china_iv")
    assert emission(car, "co", temperature_c=[9.9, 10.0, 25.0, 25.1]) / 0.68 == pytest.approx([1.36, 1, 1, 1.23])
    assert emission(car, "nox", humidity_ratio=[0.4, 0.5, 0.6]) / 0.032 == pytest.approx([1.06, 1, 0.92])
    hot = emission(car, "nox", humidity_ratio=[0.4, 0.5, 0.6], temperature_c=24.5) / 0.032
    assert hot == pytest.approx([1.06 * 1.13, 1, 0.92 * 0.87])
    assert emission(car, "nox", altitude_m=[1500.0, 1501.0]) / 0.032 == pytest.approx([1, 3.15])
    assert emission(pollutant="co", altitude_m=2000.0) / 2.20 == pytest.approx(2.46)
    assert emission(car, "nox", deterioration_year=2018) / 0.032 == pytest.approx(1.33)
    with pytest.raises(FactorError, match="not for 2022"):
        emission(car, "nox", deterioration_year=2022)


@settings(max_examples=200, deadline=None)
@given(
    vehicle=st.sampled_from(VEHICLES),
    pollutant=st.sampled_from(POLLUTANTS),
    speed=st.floats(0, 140),
    load=st.floats(0, 1),
    temperature=st.floats(-40, 55),
    humidity=st.floats(0, 1),
    altitude=st.floats(-200, 6000),
    sulphur=st.floats(0, 800),
)
def test_anywhere_in_the_domain(vehicle, pollutant, speed, load, temperature, humidity, altitude, sulphur):
    conditions = {
        "speed_kmh": speed,
        "load_ratio": load,
        "temperature_c": temperature,
        "humidity_ratio": humidity,
        "altitude_m": altitude,
        "sulphur_ppm": sulphur,
    }
    alone = emission(vehicle, pollutant, **conditions)
    row = emission(vehicle, pollutant, **{name: np.array([number, number]) for name, number in conditions.items()})
    assert row.tolist() == [float(alone)] * 2
    assert np.isfinite(alone)
    assert alone >= 0.0
    if vehicle[1] == "diesel":
        assert emission(vehicle, pollutant, **{**conditions, "load_ratio": 1.0}) >= alone
    assert emission(vehicle, pollutant, **{**conditions, "sulphur_ppm": 800.0}) >= alone


@pytest.mark.parametrize(
    "name", ["speed_kmh", "load_ratio", "temperature_c", "humidity_ratio", "altitude_m", "sulphur_ppm"]
)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -1e4])
def test_nothing_comes_out_for_an_argument_outside_validity(name, bad):
    for standard in ("china_v", "china_vi"):
        with pytest.raises(FactorError, match=name):
            emission(("truck_heavy", "diesel", standard), **{name: [AT_BASE.get(name, 50.0), bad]})

"""Truck energy: interpolation, rolling roads, the guard of bad curves and the domain."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.emissions.exhaust import hdv_pollutants_g_per_km, hdv_pollutants_rolling_g_per_km
from transport_sim.energy.curves import curve_family
from transport_sim.energy.fuel import fuel_kg, ncv_mj_per_kg
from transport_sim.energy.road import hdv_energy_mj_per_km, hdv_energy_rolling_mj_per_km
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors
from transport_sim.factors.schema import COEFFICIENT_COLUMNS, TABLES

FACTORS = load_factors()
CLASSES = ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer")
STANDARDS = ("china_iv", "china_v", "china_vi")
QUANTITIES = tuple(TABLES["road_emep"].quantities)
PAIRS = tuple(itertools.product(CLASSES, STANDARDS))
FAMILIES = tuple(itertools.product(CLASSES, STANDARDS, QUANTITIES))
TRUCK = {"vehicle_class": "tractor_trailer", "emission_standard": "china_v"}

speeds = st.floats(0.0, 150.0)
loads = st.floats(0.0, 1.0)
gradients = st.floats(-0.06, 0.06)


def energy(speed_kmh, load_ratio, gradient_ratio, **kwargs):
    return hdv_energy_mj_per_km(
        FACTORS, **{**TRUCK, **kwargs}, speed_kmh=speed_kmh, load_ratio=load_ratio, gradient_ratio=gradient_ratio
    )


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(FAMILIES), st.lists(st.tuples(speeds, loads, gradients), min_size=1, max_size=5))
def test_scalar_equals_array_and_is_finite_and_positive(family, points):
    curves = curve_family(FACTORS, *family)
    together = curves.evaluate(*np.array(points).T)
    assert np.isfinite(together).all()
    assert (together > 0.0).all()
    assert [float(curves.evaluate(*point)) for point in points] == together.tolist()


@pytest.mark.parametrize("family", FAMILIES, ids="-".join)
def test_every_curve_is_finite_and_positive_at_every_speed(family):
    speed, load, gradient = np.meshgrid(np.arange(0.0, 120.0, 0.1), [0.0, 0.5, 1.0], np.arange(-6, 7, 2) / 100)
    result = curve_family(FACTORS, *family).evaluate(speed, load, gradient)
    assert np.isfinite(result).all()
    assert (result > 0.0).all()
    # no spike is left: between two speeds 0.1 km/h apart a curve changes by less than a factor of two
    ratio = result[:, 1:] / result[:, :-1]
    assert ratio.max() < 2.0


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(PAIRS), st.floats(12.0, 85.0), loads, loads)
def test_energy_increases_with_load_on_the_flat(pair, speed, load, other):
    light, heavy = sorted((load, other))
    less, more = energy(speed, [light, heavy], 0.0, vehicle_class=pair[0], emission_standard=pair[1])
    assert more >= less * (1 - 1e-12)
    if heavy - light > 0.01:
        assert more > less


@settings(max_examples=30, deadline=None)
@given(speeds, loads, gradients)
def test_rolling_is_the_mean_of_climb_and_descent(speed, load, gradient):
    arguments = {**TRUCK, "speed_kmh": speed, "load_ratio": load}
    rolling = hdv_energy_rolling_mj_per_km(FACTORS, **arguments, gradient_ratio=gradient)
    mirrored = hdv_energy_rolling_mj_per_km(FACTORS, **arguments, gradient_ratio=-gradient)
    assert rolling == pytest.approx(0.5 * float(energy(speed, load, gradient) + energy(speed, load, -gradient)))
    assert rolling == mirrored


def test_rolling_pollutants_are_the_mean_of_climb_and_descent():
    arguments = {**TRUCK, "speed_kmh": [30.0, 60.0], "load_ratio": 0.7}
    rolling = hdv_pollutants_rolling_g_per_km(FACTORS, **arguments, gradient_ratio=-0.03)
    up = hdv_pollutants_g_per_km(FACTORS, **arguments, gradient_ratio=0.03)
    down = hdv_pollutants_g_per_km(FACTORS, **arguments, gradient_ratio=-0.03)
    for mean, climb, descent in zip(rolling, up, down, strict=True):
        np.testing.assert_allclose(mean, (climb + descent) / 2)


def test_grid_points_are_the_published_curve():
    for row in FACTORS.rows("road_emep")[::37]:
        low, high = row.numbers["min_speed_kmh"], row.numbers["max_speed_kmh"]
        v = (low + high) / 2
        a, b, c, d, e, f, g = (row.numbers[name] for name in COEFFICIENT_COLUMNS)
        expected = (a * v**2 + b * v + c + d / v) / (e * v**2 + f * v + g) * (1 - row.numbers["reduction_ratio"])
        family = curve_family(FACTORS, row.keys["vehicle_class"], row.keys["emission_standard"], row.keys["quantity"])
        got = family.evaluate(v, row.keys["load_ratio"], row.keys["gradient_ratio"])
        assert got == pytest.approx(expected, rel=1e-9)


def test_interpolation_is_linear_between_grid_points():
    corner = energy(40.0, [0.5, 1.0, 0.5, 1.0], [0.02, 0.02, 0.04, 0.04])
    assert energy(40.0, 0.75, 0.03) == pytest.approx(corner.mean())
    assert energy(40.0, 0.6, 0.02) == pytest.approx(0.8 * corner[0] + 0.2 * corner[1])


def test_speed_beyond_the_curve_is_the_end_of_the_curve():
    assert energy(200.0, 0.5, 0.0) == energy(85.0, 0.5, 0.0)
    assert energy(0.0, 0.5, 0.0) == energy(5.0, 0.5, 0.0)


@pytest.mark.parametrize(
    ("family", "load", "gradient", "inside", "nearest"),
    [
        (("tractor_trailer", "china_vi", "nox_g_per_km"), 0.5, -0.04, (9.0, 10.0, 11.0), 8.485),
        (("truck_medium", "china_v", "pm_g_per_km"), 0.0, 0.04, (73.6, 74.0), 73.454),
    ],
)
def test_near_a_pole_the_nearest_usable_speed_counts(family, load, gradient, inside, nearest):
    curves = curve_family(FACTORS, *family)
    np.testing.assert_allclose(
        curves.evaluate(inside, load, gradient), curves.evaluate(nearest, load, gradient), rtol=1e-2
    )


def test_a_curve_that_is_never_positive_is_refused():
    rows = FACTORS.index["road_emep"]
    key = ("truck_light", "china_iv", "energy_mj_per_km", 0.0, 0.0)
    (row,) = rows[key]
    negative = {
        name: -abs(row.numbers[name]) if name in COEFFICIENT_COLUMNS[:4] else row.numbers[name] for name in row.numbers
    }
    flat = {**negative, "coef_e": 0.0, "coef_f": 0.0, "coef_g": 1.0}
    index = {**FACTORS.index, "road_emep": {**rows, key: (replace(row, numbers=flat),)}}
    with pytest.raises(FactorError, match="nowhere positive"):
        curve_family(replace(FACTORS, index=index), *key[:3])


def test_a_curve_that_falls_to_zero_stops_short_of_it():
    rows = FACTORS.index["road_emep"]
    key = ("truck_light", "china_iv", "energy_mj_per_km", 0.0, 0.0)
    (row,) = rows[key]
    line = dict.fromkeys(COEFFICIENT_COLUMNS, 0.0) | {"coef_b": -0.1, "coef_c": 8.0, "coef_g": 1.0}  # zero at 80 km/h
    index = {**FACTORS.index, "road_emep": {**rows, key: (replace(row, numbers={**row.numbers, **line}),)}}
    curves = curve_family(replace(FACTORS, index=index), *key[:3])
    np.testing.assert_allclose(curves.evaluate([79.0, 79.5, 80.0, 86.0], 0.0, 0.0), [0.1, 0.05, 0.05, 0.05], atol=1e-9)


def test_broadcasting():
    assert energy(np.full((4, 1), 50.0), np.linspace(0, 1, 3), 0.0).shape == (4, 3)
    assert energy([], 0.5, 0.0).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((np.nan, 0.5, 0.0), "speed_kmh must be finite and at least 0"),
        ((-1.0, 0.5, 0.0), "speed_kmh"),
        ((np.inf, 0.5, 0.0), "speed_kmh"),
        ((50.0, np.nan, 0.0), "load_ratio must be finite and between 0 and 1"),
        ((50.0, [0.5, 1.2, -0.1], 0.0), "first 2 of 2 wrong: 1.2, -0.1"),
        ((50.0, 0.5, np.nan), "gradient_ratio"),
        ((50.0, 0.5, 0.061), "gradient_ratio"),
        ((50.0, 0.5, -0.061), "gradient_ratio"),
    ],
)
def test_outside_the_domain_raises(arguments, expected):
    with pytest.raises(FactorError, match=expected):
        energy(*arguments)


def test_unknown_class_or_standard_names_the_nearest():
    with pytest.raises(FactorError, match="nearest: 'truck_heavy'"):
        energy(50.0, 0.5, 0.0, vehicle_class="truck_hevy")
    with pytest.raises(FactorError, match="nearest: 'china_v"):
        energy(50.0, 0.5, 0.0, emission_standard="china_vii")


def test_fuel_from_energy():
    assert fuel_kg(FACTORS, 42.652) == pytest.approx(1.0)
    assert ncv_mj_per_kg(FACTORS, "cng") == pytest.approx(38.931 / 0.717)

"""Properties of the road functions over their whole domain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.emissions.road import POLLUTANTS, road_emissions_g_per_km
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh, standing_power_kw
from transport_sim.energy.road import road_energy_mj_per_km
from transport_sim.energy.road_load import MIN_SPEED_KMH, driving_pattern, wheel_work_mj_per_km
from transport_sim.energy.stand_ins import RoadKey, stand_in
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
CLASSES = sorted({str(row.keys["vehicle_class"]) for row in FACTORS.rows("road_vehicles")})
GRIDS = sorted({(r.keys["vehicle_class"], "diesel", r.keys["emission_standard"]) for r in FACTORS.rows("road_emep")})
TABLES = ("road_curves", "road_stand_ins")
LIGHT = sorted({tuple(r.keys[k] for k in RoadKey._fields) for table in TABLES for r in FACTORS.rows(table)})
BURNING = [*GRIDS, *LIGHT]
speeds = st.floats(0.0, 140.0)
loads = st.floats(0.0, 1.0)
steep = st.floats(-0.15, 0.15)


def is_heavy(key):
    return stand_in(FACTORS, RoadKey(*key), "energy")[0] in GRIDS


def energy(key, **driving):
    return road_energy_mj_per_km(FACTORS, **RoadKey(*key)._asdict(), **driving)


@settings(max_examples=100, deadline=None)
@given(key=st.sampled_from(BURNING), speed=speeds, load=loads, gradient=st.floats(-0.06, 0.06))
def test_fuel_and_exhaust_of_a_scalar_are_those_of_an_array(key, speed, load, gradient):
    scalar = {"speed_kmh": speed, "load_ratio": load, "gradient_ratio": gradient}
    array = {name: np.array([[number, number]]) for name, number in scalar.items()}
    alone = energy(key, **scalar)
    assert np.shape(alone) == ()
    assert np.isfinite(alone)
    assert alone > 0.0
    assert energy(key, **array).tolist() == [[float(alone)] * 2]
    for pollutant in POLLUTANTS:
        what = {"pollutant": pollutant, **RoadKey(*key)._asdict()}
        out = road_emissions_g_per_km(FACTORS, **what, **scalar)
        assert np.isfinite(out)
        assert out >= 0.0
        assert road_emissions_g_per_km(FACTORS, **what, **array).tolist() == [[float(out)] * 2]


@pytest.mark.parametrize("key", GRIDS, ids="-".join)
def test_climbs_cost_more_and_so_does_load_on_them(key):
    """Only up to 80 km/h: beyond, some published curves of steep roads turn up again; downhill, mass drives."""
    speed = np.linspace(0.0, 80.0, 81)
    gradient = np.linspace(-0.06, 0.06, 49)[:, None]
    load = np.linspace(0.0, 1.0, 5)[:, None, None]
    used = energy(key, speed_kmh=speed, load_ratio=load, gradient_ratio=gradient)
    assert (np.diff(used, axis=1) > 0.0).all()
    uphill = used[:, 24:]
    # one curve of a bus and one of a truck fall by up to 1 % from half to full load on the flat at low speed
    assert (np.diff(uphill, axis=0) > -0.011 * uphill[1:]).all()
    assert (uphill[-1] > uphill[0]).all()


@settings(max_examples=100, deadline=None)
@given(key=st.sampled_from(LIGHT), speed=speeds, load=loads, gradient=st.floats(-0.15, 0.149))
def test_fuel_of_light_vehicles_rises_with_the_gradient_and_jumps_nowhere(key, speed, load, gradient):
    if is_heavy(key):
        gradient = max(-0.06, min(gradient, 0.0599))
    here = energy(key, speed_kmh=speed, load_ratio=load, gradient_ratio=gradient)
    there = energy(key, speed_kmh=speed, load_ratio=load, gradient_ratio=gradient + 1e-9)
    assert there == pytest.approx(float(here), rel=1e-5)
    if not is_heavy(key):
        steeper = energy(key, speed_kmh=speed, load_ratio=load, gradient_ratio=min(gradient + 0.01, 0.15))
        assert steeper >= here
        level = energy(key, speed_kmh=speed, load_ratio=[0.0, 0.5, 1.0], gradient_ratio=0.0)
        assert np.ptp(level) == 0.0


@settings(max_examples=100, deadline=None)
@given(vehicle_class=st.sampled_from(CLASSES), speed=speeds, load=loads, gradient=steep, battery=st.booleans())
def test_work_at_the_wheels_keeps_energy_and_is_never_negative(vehicle_class, speed, load, gradient, battery):
    where = {"vehicle_class": vehicle_class, "speed_kmh": speed, "load_ratio": load, "with_battery": battery}
    drive, brake = wheel_work_mj_per_km(FACTORS, gradient_ratio=gradient, **where)
    assert drive >= 0.0
    assert brake >= 0.0
    level_drive, level_brake = wheel_work_mj_per_km(FACTORS, **where)
    # what is driven less what is braked is the work of the road: on the flat, rolling and air; on a slope, also height
    mass = FACTORS.value("road_vehicles", quantity="empty_t", vehicle_class=vehicle_class)
    if battery:
        mass += FACTORS.value("road_vehicles", quantity="battery_t", vehicle_class=vehicle_class)
    carried = "truck_classes" if "tr" in vehicle_class[:2] else "road_vehicles"
    mass += load * FACTORS.value(carried, quantity="payload_t", vehicle_class=vehicle_class)
    cosine = 1.0 / np.sqrt(1.0 + gradient**2)
    rolling = FACTORS.value("road_vehicles", quantity="rolling_ratio", vehicle_class=vehicle_class)
    height = mass * 9.80665 * (cosine * (rolling + gradient) - rolling)
    assert (drive - brake) - (level_drive - level_brake) == pytest.approx(height, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    vehicle_class=st.sampled_from(CLASSES),
    speed=st.floats(0.0, 139.0),
    load=loads,
    gradient=st.floats(-0.15, 0.139),
    temperature=st.floats(-40.0, 55.0),
)
def test_electricity_over_the_whole_domain(vehicle_class, speed, load, gradient, temperature):
    where = {"speed_kmh": speed, "load_ratio": load, "gradient_ratio": gradient, "temperature_c": temperature}

    def used(**changed):
        return electric_energy_kwh_per_km(FACTORS, vehicle_class=vehicle_class, **{**where, **changed})

    alone = used()
    assert np.isfinite(alone)
    assert used(**{name: np.full(3, number) for name, number in where.items()}).tolist() == [float(alone)] * 3
    assert used(gradient_ratio=gradient + 0.01) > alone
    assert used(gradient_ratio=gradient + 1e-9) == pytest.approx(float(alone), rel=1e-5, abs=1e-6)
    assert used(speed_kmh=speed + 1e-9) == pytest.approx(float(alone), rel=1e-5, abs=1e-6)
    assert used(temperature_c=20.0) <= alone
    if gradient >= 0.0:
        assert alone > 0.0
        assert used(load_ratio=1.0) >= alone
        assert meter_kwh(FACTORS, alone) > alone
    assert standing_power_kw(FACTORS, vehicle_class, temperature) > 0.0


def test_a_height_climbed_and_come_down_from_costs_more_than_a_flat_way():
    """No gradient may be a source of energy."""
    speed, gradient = np.meshgrid(np.linspace(5.0, 120.0, 24), np.linspace(0.0, 0.15, 31))
    for vehicle_class in CLASSES:
        up, down, flat = (
            electric_energy_kwh_per_km(FACTORS, vehicle_class=vehicle_class, speed_kmh=speed, gradient_ratio=g)
            for g in (gradient, -gradient, 0.0)
        )
        # on a slope less of the weight rests on the wheels: less rolling resistance by the cosine
        assert ((up + down) / 2.0 >= 0.98 * flat).all()
        assert ((up + down)[-1, :10] > 2.0 * flat[-1, :10]).all()  # up to 45 km/h every vehicle must brake downhill


def test_the_pattern_of_a_mean_speed_is_that_of_the_test_cycle():
    pattern = driving_pattern(FACTORS, [0.0, MIN_SPEED_KMH, 18.91, 92.28, 120.0])
    assert pattern.drag_speed_kmh[0] == pattern.drag_speed_kmh[1]
    assert pattern.drag_speed_kmh[2] == pytest.approx(34.3, abs=0.05)
    assert pattern.positive_acceleration.tolist() == [0.2067, 0.2067, 0.2067, 0.1253, 0.1253]
    assert ((pattern.deceleration_share > 0.0) & (pattern.deceleration_share < 1.0)).all()


@pytest.mark.parametrize("name", ["speed_kmh", "load_ratio", "gradient_ratio", "temperature_c"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e3, -1e3])
def test_nothing_comes_out_for_an_argument_outside_validity(name, bad):
    where = {"speed_kmh": 30.0, name: [0.0, bad]}
    with pytest.raises(FactorError, match=name):
        electric_energy_kwh_per_km(FACTORS, vehicle_class="bus", **where)
    if name != "temperature_c":
        for key in (("car", "petrol", "china_v"), ("taxi", "hybrid", "china_vi"), ("bus", "hydrogen", "")):
            with pytest.raises(FactorError, match=name):
                energy(key, **where)
            for pollutant in POLLUTANTS:
                with pytest.raises(FactorError, match=name):
                    road_emissions_g_per_km(FACTORS, pollutant=pollutant, **RoadKey(*key)._asdict(), **where)


@pytest.mark.parametrize("name", ["load_ratio", "gradient_ratio"])
@pytest.mark.parametrize("key", [("truck_heavy", "diesel", "china_v"), ("tractor_trailer", "lng", "china_vi")])
def test_heavy_vehicles_refuse_what_their_curves_do_not_cover(key, name):
    for bad in (np.nan, 1.1, -0.2):
        for call in (lambda bad=bad: energy(key, speed_kmh=30.0, **{name: bad}),):
            with pytest.raises(FactorError, match=name):
                call()
        for pollutant in POLLUTANTS:
            with pytest.raises(FactorError, match=name):
                road_emissions_g_per_km(
                    FACTORS, pollutant=pollutant, **RoadKey(*key)._asdict(), speed_kmh=30.0, **{name: bad}
                )

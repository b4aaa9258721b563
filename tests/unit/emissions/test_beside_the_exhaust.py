"""Wear, cold start, evaporation and idling: published points and properties over the whole domain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.emissions.cold_start import cold_share, cold_start_extra
from transport_sim.emissions.evaporation import evaporation_g
from transport_sim.emissions.idling import idle_emissions_g, idle_energy_mj
from transport_sim.emissions.road import POLLUTANTS
from transport_sim.emissions.wear import wear_pm_g_per_km
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
CLASSES = (
    "car",
    "car_small",
    "taxi",
    "van",
    "motorcycle",
    "bus",
    "coach",
    "truck_light",
    "truck_heavy",
    "tractor_trailer",
)
IDLERS = sorted({(str(r.keys["vehicle_class"]), str(r.keys["technology"])) for r in FACTORS.rows("idling")})


def wear(kind, vehicle_class, speed, load=0.5, technology="diesel", pollutant="pm10"):
    return wear_pm_g_per_km(
        FACTORS,
        wear=kind,
        pollutant=pollutant,
        vehicle_class=vehicle_class,
        technology=technology,
        speed_kmh=speed,
        load_ratio=load,
    )


def test_wear_of_a_car_as_published():
    assert wear("tyre", "car", [20.0, 65.0, 120.0]) / (0.0107 * 0.6) == pytest.approx([1.39, 1.1469, 0.902])
    assert wear("brake", "car", [20.0, 65.0, 120.0]) / (0.0075 * 0.98) == pytest.approx([1.67, 0.995, 0.185])
    assert wear("road", "car", [20.0, 120.0]) == pytest.approx([0.0075] * 2)
    assert wear("road", "car", 50.0, pollutant="pm2_5") == pytest.approx(0.015 * 0.27)


def test_wear_of_a_truck_grows_with_axles_and_load():
    # 3.13 x 0.0075 x (1 + 0.79 x 0.5) = 0.0327 g/km of total particles, the guidebook's heavy-duty brake factor
    assert wear("brake", "truck_heavy", 65.0) / 0.995 / 0.98 == pytest.approx(0.0327, abs=5e-5)
    assert wear("tyre", "tractor_trailer", 65.0) / wear("tyre", "truck_medium", 65.0) == pytest.approx(3.0)
    assert wear("tyre", "truck_medium", 65.0, 1.0) / wear("tyre", "truck_medium", 65.0, 0.0) == pytest.approx(
        2.79 / 1.41
    )


def test_electric_braking_spares_brakes_and_nothing_else():
    for kind, ratio in (("brake", 0.4), ("tyre", 1.0), ("road", 1.0)):
        both = wear(kind, "bus", 30.0, technology="battery_electric") / wear(kind, "bus", 30.0)
        assert both == pytest.approx(ratio)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(("tyre", "brake", "road")),
    vehicle_class=st.sampled_from(CLASSES),
    speed=st.floats(0, 139.9),
    load=st.floats(0, 1),
)
def test_wear_is_positive_continuous_and_falls_with_speed(kind, vehicle_class, speed, load):
    alone = wear(kind, vehicle_class, speed, load)
    assert wear(kind, vehicle_class, [speed, speed], [load, load]).tolist() == [float(alone)] * 2
    assert 0.0 < alone < 1.0
    near = wear(kind, vehicle_class, speed + 1e-6, load)
    assert near <= alone
    assert near == pytest.approx(float(alone), rel=1e-6)
    assert wear(kind, vehicle_class, speed, 1.0) >= alone
    assert wear(kind, vehicle_class, speed, load, pollutant="pm2_5") < alone


def extra(quantity="co", vehicle_class="car", technology="petrol", standard="china_v", **where):
    where = {"hot_per_km": 0.2, "trip_km": 5.0, "temperature_c": 10.0, "speed_kmh": 20.0, **where}
    return cold_start_extra(
        FACTORS,
        quantity=quantity,
        vehicle_class=vehicle_class,
        technology=technology,
        emission_standard=standard,
        **where,
    )


def test_cold_start_worked_by_hand():
    share = 0.6474 - 0.02545 * 5 - (0.00974 - 0.000385 * 5) * 10
    assert cold_share(FACTORS, 5.0, 10.0) == pytest.approx(share)
    ratio = 0.121 * 20 - 0.146 * 10 + 3.766
    assert extra() == pytest.approx(0.18 * share * 5.0 * 0.2 * (ratio - 1.0))
    assert extra(standard="china_iii") / extra() == pytest.approx(0.62 / 0.18)
    assert extra("energy", hot_per_km=3.0) == pytest.approx(share * 5.0 * 3.0 * 0.38)


@settings(max_examples=200, deadline=None)
@given(
    quantity=st.sampled_from(("energy", "nox", "pm", "co", "hc")),
    vehicle=st.sampled_from(
        [("car", "petrol"), ("car_small", "petrol"), ("van", "petrol"), ("car", "diesel"), ("van", "diesel")]
    ),
    trip=st.floats(0, 1000),
    temperature=st.floats(-20, 45),
    speed=st.floats(0, 140),
)
def test_cold_start_anywhere(quantity, vehicle, trip, temperature, speed):
    where = {"trip_km": trip, "temperature_c": temperature, "speed_kmh": speed}
    alone = extra(quantity, *vehicle, **where)
    both = extra(quantity, *vehicle, **{name: [number, number] for name, number in where.items()})
    assert both.tolist() == [float(alone)] * 2
    assert np.isfinite(alone)
    assert alone >= 0.0
    assert 0.0 <= cold_share(FACTORS, trip, temperature) <= 1.0
    colder = cold_share(FACTORS, trip, -20.0)
    assert colder >= cold_share(FACTORS, trip, temperature) - 1e-12


def test_cold_start_is_defined_for_light_vehicles_only():
    with pytest.raises(FactorError, match="no cold start of vehicle_class='bus'; known: car"):
        extra(vehicle_class="bus")
    with pytest.raises(FactorError, match="no row with technology='cng'"):
        extra(technology="cng")


def test_evaporation():
    got = evaporation_g(FACTORS, vehicle_class="car", driving_h=[1.0, 0.0], parked_days=[0.0, 1.0])
    assert got.tolist() == [11.6, 0.5]
    assert evaporation_g(FACTORS, vehicle_class="car", driving_h=1.0, temperature_c=30.0) == pytest.approx(11.6 * 1.08)
    with pytest.raises(FactorError, match="no vehicle_class='tram'"):
        evaporation_g(FACTORS, vehicle_class="tram", driving_h=1.0)


@pytest.mark.parametrize("vehicle", IDLERS, ids="-".join)
def test_idling(vehicle):
    vehicle_class, technology = vehicle
    standard = "china_iv"
    energy = idle_energy_mj(FACTORS, vehicle_class=vehicle_class, technology=technology, idle_h=[0.0, 1.0, 2.0])
    assert energy[0] == 0.0
    assert energy[2] == 2.0 * energy[1] > 0.0
    for pollutant in POLLUTANTS:
        out = idle_emissions_g(
            FACTORS,
            pollutant=pollutant,
            vehicle_class=vehicle_class,
            technology=technology,
            emission_standard=standard,
            idle_h=[0.0, 1.0, 2.0],
        )
        assert out[0] == 0.0
        assert out[2] == pytest.approx(2.0 * out[1])
        assert np.isfinite(out).all()
        assert (out >= 0.0).all()
        assert pollutant != "co2" or 0.05 < out[1] / energy[1] / 1000.0 < 0.08  # kg CO2 in a MJ of any fossil fuel


def test_electric_vehicles_idle_without_exhaust_and_unknown_ones_are_refused():
    vehicle = {"vehicle_class": "bus", "emission_standard": ""}
    for technology in ("battery_electric", "hydrogen"):
        assert idle_emissions_g(FACTORS, pollutant="nox", technology=technology, idle_h=1.0, **vehicle) == 0.0
    with pytest.raises(FactorError, match="no row with technology='petrol'"):
        idle_energy_mj(FACTORS, vehicle_class="bus", technology="petrol", idle_h=1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_nothing_comes_out_for_an_argument_outside_validity(bad):
    for call in (
        lambda: wear("tyre", "car", [30.0, bad]),
        lambda: wear("tyre", "bus", 30.0, [0.5, bad]),
        lambda: extra(hot_per_km=[1.0, bad]),
        lambda: extra(trip_km=[1.0, bad]),
        lambda: extra(speed_kmh=[1.0, bad]),
        lambda: evaporation_g(FACTORS, vehicle_class="car", driving_h=[1.0, bad]),
        lambda: evaporation_g(FACTORS, vehicle_class="car", driving_h=1.0, parked_days=[1.0, bad]),
        lambda: idle_energy_mj(FACTORS, vehicle_class="bus", technology="diesel", idle_h=[1.0, bad]),
    ):
        with pytest.raises(FactorError, match="must be finite"):
            call()
    with pytest.raises(FactorError, match="temperature_c"):
        extra(temperature_c=[1.0, np.nan])

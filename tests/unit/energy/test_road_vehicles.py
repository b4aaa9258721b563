"""Road vehicles of every class and fuel: whatever has rows works, and nothing else does."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import transport_sim.factors.reader as reader_module
from transport_sim.emissions.road import POLLUTANTS, road_emissions_g_per_km
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh, standing_power_kw
from transport_sim.energy.road import road_energy_mj_per_km
from transport_sim.energy.stand_ins import RoadKey, stand_in, stand_in_rows
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors
from transport_sim.network.model import VEHICLE_CLASSES

FACTORS = load_factors()
ALL_CLASSES = (*VEHICLE_CLASSES, "car_small", "van", "coach")
CURVES = {tuple(row.keys[name] for name in RoadKey._fields) for row in FACTORS.rows("road_curves")}
GRIDS = {(r.keys["vehicle_class"], "diesel", r.keys["emission_standard"]) for r in FACTORS.rows("road_emep")}
STAND_INS = {tuple(row.keys[name] for name in RoadKey._fields) for row in FACTORS.rows("road_stand_ins")}
BURNING = sorted(CURVES | GRIDS | STAND_INS)
SPEEDS = np.linspace(0.0, 140.0, 141)


def energy(key, **driving):
    return road_energy_mj_per_km(FACTORS, **RoadKey(*key)._asdict(), **driving)


def emission(key, pollutant, **driving):
    return road_emissions_g_per_km(FACTORS, pollutant=pollutant, **RoadKey(*key)._asdict(), **driving)


@pytest.mark.parametrize("key", BURNING, ids="-".join)
def test_every_vehicle_has_energy_and_every_pollutant_at_every_speed_load_and_gradient(key):
    steepest = 0.06 if stand_in(FACTORS, RoadKey(*key), "energy")[0] in GRIDS else 0.15
    load = np.array([0.0, 0.5, 1.0])[:, None]
    gradient = np.linspace(-steepest, steepest, 7)[:, None, None]
    used = energy(key, speed_kmh=SPEEDS, load_ratio=load, gradient_ratio=gradient)
    assert used.shape == (7, 3, 141)
    assert (used > 0.0).all()
    for pollutant in POLLUTANTS:
        out = emission(key, pollutant, speed_kmh=SPEEDS, load_ratio=load, gradient_ratio=gradient)
        assert out.shape == used.shape
        assert np.isfinite(out).all()
        assert (out >= 0.0).all()
    assert (emission(key, "co2", speed_kmh=SPEEDS) > 0.0).all()


def test_every_class_of_the_network_can_burn_and_can_be_electric():
    assert {key[0] for key in BURNING} == set(ALL_CLASSES)
    for vehicle_class in ALL_CLASSES:
        assert electric_energy_kwh_per_km(FACTORS, vehicle_class=vehicle_class, speed_kmh=40.0) > 0.0


def test_electric_and_hydrogen_vehicles_have_no_exhaust_and_electric_ones_no_fuel():
    for technology in ("battery_electric", "hydrogen"):
        for pollutant in POLLUTANTS:
            assert emission(("bus", technology, "none"), pollutant, speed_kmh=[20.0, 40.0]).tolist() == [0.0, 0.0]
    with pytest.raises(FactorError, match="burns no fuel: use electric_energy_kwh_per_km"):
        energy(("bus", "battery_electric", "none"), speed_kmh=30.0)


@pytest.mark.parametrize("vehicle_class", ALL_CLASSES)
def test_electricity_by_temperature_load_and_gradient(vehicle_class):
    def used(**driving):
        return electric_energy_kwh_per_km(FACTORS, vehicle_class=vehicle_class, **{"speed_kmh": SPEEDS, **driving})

    assert (np.diff(used(speed_kmh=30.0, gradient_ratio=np.linspace(-0.15, 0.15, 61))) > 0.0).all()
    assert (np.diff(used(speed_kmh=30.0, load_ratio=np.linspace(0.0, 1.0, 11))) > 0.0).all()
    assert (used(temperature_c=35.0) >= used()).all()
    assert (used(temperature_c=0.0) >= used()).all()
    assert (used() > 0.0).all()
    assert used(speed_kmh=30.0, gradient_ratio=-0.15) < 0.0


def test_meter_and_standing_power():
    assert meter_kwh(FACTORS, 1.0) == pytest.approx(1.0 / (0.93 * 0.97))
    assert standing_power_kw(FACTORS, "bus", [18.0, 24.0]).tolist() == [2.0, 2.0]
    with pytest.raises(FactorError, match="battery_kwh"):
        meter_kwh(FACTORS, -1.0)


def test_stand_ins_are_followed_and_listed():
    key = RoadKey("taxi", "cng", "china_v")
    assert stand_in(FACTORS, key, "nox") == (RoadKey("car", "cng", "china_v"), 1.0)
    (row,) = stand_in_rows(FACTORS, key, "nox")
    assert row["file"] == "road_stand_ins.csv"
    assert row["source_title"]
    assert energy(key, speed_kmh=30.0) == energy(("car", "cng", "china_v"), speed_kmh=30.0)
    lng = RoadKey("tractor_trailer", "lng", "china_vi")
    ratio = energy(lng, speed_kmh=50.0) / energy(("tractor_trailer", "diesel", "china_vi"), speed_kmh=50.0)
    assert ratio == pytest.approx(1.18)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("cra", "petrol", "china_v"), "nearest: 'car'"),
        (("car", "petroll", "china_v"), "nearest: 'petrol'"),
        (("car", "petrol", "china_2"), "no row with emission_standard"),
        (("motorcycle", "diesel", "china_iv"), "no row with technology='diesel'"),
    ],
)
def test_an_unknown_vehicle_is_refused_with_the_nearest_known(key, expected):
    with pytest.raises(FactorError, match=expected):
        energy(key, speed_kmh=30.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0, 141.0])
def test_a_speed_outside_validity_is_refused(bad):
    for call in (
        lambda: energy(("car", "petrol", "china_v"), speed_kmh=[30.0, bad]),
        lambda: emission(("car", "petrol", "china_v"), "nox", speed_kmh=[30.0, bad]),
        lambda: emission(("car", "battery_electric", ""), "nox", speed_kmh=[30.0, bad]),
        lambda: electric_energy_kwh_per_km(FACTORS, vehicle_class="car", speed_kmh=[30.0, bad]),
    ):
        with pytest.raises(FactorError, match="speed_kmh"):
            call()


def test_unknown_pollutant():
    with pytest.raises(FactorError, match="no pollutant 'so2'; known: co2"):
        emission(("car", "petrol", "china_v"), "so2", speed_kmh=30.0)


@pytest.fixture
def folder(tmp_path):
    for file in Path(reader_module.__file__).parent.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_stand_ins_that_lead_in_a_circle_are_refused(folder):
    table = folder / "road_stand_ins.csv"
    row = "car,petrol,china_v,nox_ratio,1,1,,,project_assumption,L,taxi,petrol,china_v,a circle\n"
    table.write_text(table.read_text(encoding="utf-8") + row, encoding="utf-8")
    with pytest.raises(FactorError, match="nox of taxi, petrol, china_v leads back to taxi, petrol, china_v"):
        stand_in(load_factors(folder), RoadKey("taxi", "petrol", "china_v"), "nox")


@pytest.mark.parametrize(
    ("file", "start", "expected"),
    [
        ("road_curves.csv", "car,petrol,china_v,nox_g_per_km,", "road_curves.csv: no row with quantity='nox_g_per_km'"),
        ("road_stand_ins.csv", "taxi,petrol,china_v,nox_ratio,", "road_curves.csv: no row with vehicle_class='taxi'"),
    ],
)
def test_a_row_that_is_gone_is_missed_and_named(folder, file, start, expected):
    text = (folder / file).read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(start)]
    assert len(kept) == text.count("\n") - 1
    (folder / file).write_text("".join(kept), encoding="utf-8")
    with pytest.raises(FactorError, match=expected):
        road_emissions_g_per_km(
            load_factors(folder),
            pollutant="nox",
            vehicle_class="taxi",
            technology="petrol",
            emission_standard="china_v",
            speed_kmh=30.0,
        )

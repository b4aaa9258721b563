"""Traffic's energy and exhaust by table look-up: the road functions again, only faster."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.emissions.lifecycle import lifecycle_co2e_kg
from transport_sim.emissions.link_bins import QUANTITIES, SLOWEST_KMH, RateTable
from transport_sim.emissions.road import road_emissions_g_per_km
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh
from transport_sim.energy.road import road_energy_mj_per_km
from transport_sim.factors import load_factors

KINDS = pd.DataFrame(
    [
        ("car", "petrol", "china_v"),
        ("tractor_trailer", "diesel", "china_vi"),
        ("bus", "battery_electric", ""),
        ("car", "plug_in_hybrid", "china_vi"),
    ],
    columns=["vehicle_class", "technology", "emission_standard"],
)
Q = {name: place for place, name in enumerate(QUANTITIES)}


@pytest.fixture(scope="module")
def table():
    return RateTable.build(load_factors(), KINDS, grid_region="sichuan", year=2023)


def one_cell(table, kind, speed_kmh, *, count=3, gradient=0.0, length_km=2.0):
    flow = np.zeros((len(KINDS), 1, 4), dtype=np.int32)
    time = np.zeros((len(KINDS), 1, 4), dtype=np.float32)
    flow[kind, 0, 2] = count
    time[kind, 0, 2] = count * length_km / speed_kmh * 3600.0
    by_link, by_kind = table.add_up(
        length_km=np.array([length_km]), gradient_ratio=np.array([gradient]), flow_count=flow, time_s=time
    )
    assert np.allclose(by_link[0], by_kind.sum(axis=0))
    return by_link[0] / (count * length_km)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("gradient", [0.0, 0.013, 0.04, 0.055])
@pytest.mark.parametrize("speed", [6.4, 17.3, 33.9, 50.0, 71.6, 84.2])
def test_looking_up_gives_what_the_road_functions_give(table, kind, gradient, speed):
    factors = load_factors()
    words = dict(zip(KINDS.columns, KINDS.iloc[kind], strict=True))
    both = [gradient, -gradient]
    energy = road_energy_mj_per_km(factors, **words, speed_kmh=speed, gradient_ratio=both).mean()
    nox = road_emissions_g_per_km(factors, pollutant="nox", **words, speed_kmh=speed, gradient_ratio=both).mean()
    found = one_cell(table, kind, speed, gradient=gradient)
    assert found[Q["energy_mj"]] == pytest.approx(energy, rel=0.01)
    assert found[Q["nox_g"]] == pytest.approx(nox, rel=0.01)


def test_electric_vehicles_emit_at_the_power_station_only(table):
    factors = load_factors()
    found = one_cell(table, 2, 30.0)
    kwh = meter_kwh(factors, electric_energy_kwh_per_km(factors, vehicle_class="bus", speed_kmh=30.0))
    assert found[Q["electricity_kwh"]] == pytest.approx(float(kwh))
    supply = lifecycle_co2e_kg(factors, "electricity", kwh, grid_region="sichuan", year=2023)
    assert found[Q["co2e_wtt_kg"]] == pytest.approx(float(supply.co2e_wtt_kg))
    for name in ("co2_ttw_kg", "co2e_ttw_kg", "nox_g", "pm2_5_g", "co_g", "hc_g"):
        assert found[Q[name]] == 0.0


def test_a_plug_in_hybrid_drives_part_of_its_way_on_each_energy(table):
    found = one_cell(table, 3, 40.0)
    assert 0.0 < found[Q["electricity_kwh"]] < 0.2
    assert 0.0 < found[Q["co2_ttw_kg"]] < one_cell(table, 0, 40.0)[Q["co2_ttw_kg"]]


def test_a_queue_idles_by_the_hour(table):
    slow, half = one_cell(table, 0, SLOWEST_KMH), one_cell(table, 0, SLOWEST_KMH / 2)
    assert half == pytest.approx(2.0 * slow, rel=1e-6)


def test_steep_links_are_taken_at_the_steepest_level(table):
    assert np.allclose(one_cell(table, 1, 40.0, gradient=0.2), one_cell(table, 1, 40.0, gradient=0.06))


def test_nothing_comes_from_nothing(table):
    empty = np.zeros((len(KINDS), 5, 3), dtype=np.int32)
    by_link, by_kind = table.add_up(
        length_km=np.ones(5), gradient_ratio=np.zeros(5), flow_count=empty, time_s=empty.astype(np.float32)
    )
    assert not by_link.any()
    assert not by_kind.any()
    assert by_link.shape == (5, len(QUANTITIES))
    assert by_kind.shape == (len(KINDS), len(QUANTITIES))


def test_a_saving_of_energy_scales_what_follows_from_it_and_leaves_the_rest():
    kinds = pd.DataFrame([("bus", "diesel", "china_v")], columns=["vehicle_class", "technology", "emission_standard"])
    full, saved = (
        RateTable.build(load_factors(), kinds, grid_region="sichuan", year=2022, energy_ratio=ratio).per_km[0]
        for ratio in (None, np.array([0.8]))
    )
    for name in ("energy_mj", "co2_ttw_kg", "co2e_wtt_kg"):
        place = QUANTITIES.index(name)
        assert np.allclose(saved[..., place], 0.8 * full[..., place])
    for name in ("nox_g", "pm2_5_g"):
        place = QUANTITIES.index(name)
        assert np.array_equal(saved[..., place], full[..., place])
    ttw, carbon = QUANTITIES.index("co2e_ttw_kg"), QUANTITIES.index("co2_ttw_kg")
    assert np.allclose(full[..., ttw] - saved[..., ttw], full[..., carbon] - saved[..., carbon])

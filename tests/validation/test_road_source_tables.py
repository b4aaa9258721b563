"""Compare every row of the road tables with the published tables themselves, which are not part of the project."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from transport_sim.emissions.road import road_emissions_g_per_km
from transport_sim.energy.road import road_energy_mj_per_km
from transport_sim.factors import load_factors

pytestmark = pytest.mark.benchmark_data

FACTORS = load_factors()
SPEEDS = [15.0, 30.0, 50.0, 70.0, 85.0]
SEGMENTS = {
    "Rigid <=7.5 t": "truck_light",
    "Rigid 14 - 20 t": "truck_medium",
    "Rigid 28 - 32 t": "truck_heavy",
    "Articulated 40 - 50 t": "tractor_trailer",
    "Urban Buses Standard 15 - 18 t": "bus",
    "Coaches Standard <=18 t": "coach",
}
STANDARDS = {
    ("III", ""): "china_iii",
    ("IV", "SCR"): "china_iv",
    ("V", "SCR"): "china_v",
    ("VI D/E", "DPF+SCR"): "china_vi",
}


def rows(name):
    folder = os.environ.get("TRANSPORT_SIM_BENCHMARK_DATA")
    assert folder, "set TRANSPORT_SIM_BENCHMARK_DATA to the folder with the published tables"
    with (Path(folder) / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_speed_table_of_heavy_vehicles():
    """Euro III to VI D/E, six classes, three loads, five speeds; the table prints four decimals."""
    compared = 0
    for row in rows("emep_hdv_speed_table.csv"):
        standard = STANDARDS.get((row["Euro"], row["Tech"]))
        if row["Segment"] not in SEGMENTS or standard is None:
            continue
        vehicle = {
            "vehicle_class": SEGMENTS[row["Segment"]],
            "technology": "diesel",
            "emission_standard": standard,
            "speed_kmh": SPEEDS,
            "load_ratio": float(row["Load"]),
        }
        if row["Pol"] == "EC":
            got = road_energy_mj_per_km(FACTORS, **vehicle)
        else:
            pollutant = {"NOx": "nox", "PM": "pm2_5", "CO": "co"}[row["Pol"]]
            got = road_emissions_g_per_km(FACTORS, pollutant=pollutant, **vehicle)
        printed = [float(row[f"v{speed:.0f}"]) for speed in SPEEDS]
        np.testing.assert_allclose(got, printed, atol=0.5e-4 * (1 + 1e-9), rtol=0.0, err_msg=str(row))
        compared += len(printed)
    assert compared == 6 * 4 * 4 * 3 * 5


@pytest.mark.parametrize(
    ("fuel", "segment", "vehicle_class", "technology"),
    [
        ("G", "Medium", "car", "petrol"),
        ("G", "Small", "car_small", "petrol"),
        ("CNG BIFUEL CNG", "Medium", "car", "cng"),
    ],
)
def test_energy_of_cars_at_15_kmh(fuel, segment, vehicle_class, technology):
    compared = 0
    for row in rows("emep_pc_energy_coefficients.csv"):
        standard = {"IV": "china_iv", "V": "china_v", "VI D": "china_vi"}.get(row["EuroStandard"])
        if (row["Fuel"], row["Segment"]) == (fuel, segment) and standard:
            vehicle = {"vehicle_class": vehicle_class, "technology": technology, "emission_standard": standard}
            got = road_energy_mj_per_km(FACTORS, speed_kmh=15.0, **vehicle)
            assert got == pytest.approx(float(row["EF_gkm_or_ECF_MJkm"]), rel=1e-12)
            compared += 1
    assert compared >= 3


def test_base_factors_of_the_guideline():
    """All rows that are used, but for the slips that the notes name."""
    published = {
        tuple(row[k] for k in ("VEH", "TYPE", "FUEL", "POLLUTANT")): row for row in rows("china_guideline_ef.csv")
    }
    names = {"co": "CO", "hc": "HC", "nox": "NOx", "pm2_5": "PM2.5", "pm10": "PM10"}
    corrected = 0
    for row in FACTORS.rows("china_road"):
        place, kind, fuel = row.extra["guideline_class"].split()
        pollutant = names[str(row.keys["quantity"]).removesuffix("_g_per_km")]
        standard = str(row.keys["emission_standard"]).removeprefix("china_").upper()
        printed = float(published[place, kind, fuel, pollutant][standard])
        if "the copy read prints" in row.note:
            assert row.numbers["value"] != printed
            corrected += 1
        else:
            assert row.numbers["value"] == printed, row
    assert corrected == 3

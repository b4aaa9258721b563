"""Look-ups give the number or name what is missing; fall-backs are declared."""

import pickle
from pathlib import Path

import pytest

from transport_sim.errors import FactorError
from transport_sim.factors import grid_factor, load_factors

FACTORS = load_factors()


def test_value_and_trace_agree():
    row = FACTORS.trace("electricity", quantity="grid_kgco2_per_kwh", region="sichuan", year=2022)
    assert row["value"] == FACTORS.value("electricity", quantity="grid_kgco2_per_kwh", region="sichuan", year=2022)
    assert (row["file"], row["source_id"], row["confidence"]) == ("electricity.csv", "mee_2024_12_20", "H")
    lines = (
        (Path(__file__).parents[3] / "transport_sim/factors/electricity.csv").read_text(encoding="utf-8").splitlines()
    )
    assert lines[row["line"] - 1].startswith("sichuan,grid_kgco2_per_kwh,0.1404")


@pytest.mark.parametrize(
    ("table", "keys", "expected"),
    [
        ("fules", {"quantity": "ncv_mj_per_kg"}, "no factor table 'fules'; nearest: 'fuels'"),
        (
            "fuels",
            {"quantity": "ncv_mj_per_kg", "energy_carrier": "deisel"},
            "energy_carrier='deisel'.*nearest: 'diesel'",
        ),
        ("fuels", {"quantity": "ncv_mj", "energy_carrier": "diesel"}, "quantity='ncv_mj'.*nearest: 'ncv_mj_per_kg'"),
        ("fuels", {"quantity": "tce_per_t", "energy_carrier": "cng"}, "no row with quantity='tce_per_t'"),
        ("fuels", {"quantity": "tce_per_t", "fuel": "diesel"}, "needs exactly energy_carrier, quantity, got"),
        ("electricity", {"quantity": "grid_kgco2_per_kwh", "region": "zzz"}, "known: 'china'"),
        (
            "electricity",
            {"quantity": "grid_kgco2_per_kwh", "region": "sichuan"},
            r"2021 \(line 2\), 2022 \(line 3\), 2023 \(line 4\), no year was given",
        ),
        ("electricity", {"quantity": "grid_kgco2_per_kwh", "region": "sichuan", "year": 2020}, "not for 2020"),
        (
            "road_emep",
            {
                "quantity": "co_g_per_km",
                "vehicle_class": "truck_heavy",
                "emission_standard": "china_v",
                "load_ratio": 0.4,
                "gradient_ratio": 0.0,
            },
            "load_ratio=0.4.*nearest: 0.5, 0.0",
        ),
        (
            "road_emep",
            {
                "quantity": "co_g_per_km",
                "vehicle_class": "truck_heavy",
                "emission_standard": "china_v",
                "load_ratio": 0.5,
                "gradient_ratio": 0.0,
            },
            "its rows are curves",
        ),
    ],
)
def test_missing_key_names_the_nearest(table, keys, expected):
    with pytest.raises(FactorError, match=expected):
        FACTORS.value(table, **keys)


def test_grid_factor_of_a_published_year():
    assert grid_factor(FACTORS, "sichuan", 2022) == (0.1404, 2022, False)


def test_grid_factor_after_the_last_year_is_a_declared_fallback():
    assert grid_factor(FACTORS, "chongqing", 2035) == (0.5581, 2023, True)


def test_grid_factor_before_the_first_year_raises():
    with pytest.raises(FactorError, match=r"is given for 2021 .*, not for 2020, and no fall-back is declared"):
        grid_factor(FACTORS, "sichuan", 2020)


def test_assumptions_hold_exactly_the_unsourced_rows():
    frame = FACTORS.assumptions()
    assert set(frame["confidence"]) == {"memory", "L"}
    count = sum(row.confidence in {"memory", "L"} for table in FACTORS.index for row in FACTORS.rows(table))
    assert len(frame) == count
    assert "electric, electric_kwh_per_gross_tkm" in set(frame["keys"])


def test_rows_without_publication_are_never_high_confidence():
    for table in FACTORS.index:
        for row in FACTORS.rows(table):
            assert not (row.source_id == "project_assumption" and row.confidence == "H"), row


def test_every_source_is_used():
    used = {row.source_id for table in FACTORS.index for row in FACTORS.rows(table)}
    assert used == set(FACTORS.sources)


def test_factors_survive_a_trip_to_another_process():
    copy = pickle.loads(pickle.dumps(FACTORS))  # noqa: S301  # our own bytes
    assert copy.index == FACTORS.index


def test_payload_is_below_gross_mass():
    for vehicle_class in {row.keys["vehicle_class"] for row in FACTORS.rows("truck_classes")}:
        gross, payload = (
            FACTORS.value("truck_classes", quantity=q, vehicle_class=vehicle_class) for q in ("gross_t", "payload_t")
        )
        assert 0.3 * gross < payload < 0.7 * gross


def test_cruise_speed_falls_with_the_rank_of_the_road():
    ranks = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "service")
    speeds = [FACTORS.value("truck_speeds", quantity="cruise_speed_kmh", highway_class=rank) for rank in ranks]
    assert speeds == sorted(speeds, reverse=True)

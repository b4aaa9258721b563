"""Work of trains over its whole domain: resistance, gradient, stops, empty wagons; shunting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.energy.rail import (
    reference_work_mj_per_gross_tkm,
    shunting_diesel_kg,
    train_effort_ratio,
    train_work_mj_per_gross_tkm,
)
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
TRACTIONS = ("electric", "diesel")
LOW = {"train_t": 100.0, "speed_kmh": 0.0, "stops_per_100_km": 0.0, "gradient_ratio": -0.04, "empty_ratio": 0.0}
HIGH = {"train_t": 30000.0, "speed_kmh": 120.0, "stops_per_100_km": 100.0, "gradient_ratio": 0.04, "empty_ratio": 1.0}
TRAIN = {"train_t": 2870.0, "speed_kmh": 60.0, "stops_per_100_km": 3.0, "gradient_ratio": 0.003, "empty_ratio": 0.15}
trains = st.fixed_dictionaries({name: st.floats(LOW[name], HIGH[name]) for name in LOW})


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TRACTIONS), st.lists(trains, min_size=1, max_size=5))
def test_work_is_finite_not_negative_and_the_same_for_scalars(traction, many):
    arrays = {name: np.array([train[name] for train in many]) for name in LOW}
    together = train_work_mj_per_gross_tkm(FACTORS, traction, **arrays)
    alone = np.array([train_work_mj_per_gross_tkm(FACTORS, traction, **train) for train in many]).T
    for part, one in zip(together, alone, strict=True):
        assert np.isfinite(part).all()
        assert (part >= 0.0).all()
        assert part.tolist() == one.tolist()
    level = arrays | {"gradient_ratio": np.abs(arrays["gradient_ratio"])}
    effort = train_effort_ratio(FACTORS, traction, **level)
    assert np.isfinite(effort).all()
    assert (effort > 0.0).all()


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(TRACTIONS),
    trains,
    st.sampled_from(["speed_kmh", "stops_per_100_km", "gradient_ratio", "empty_ratio"]),
    st.floats(0.0, 1.0),
)
def test_effort_rises_with_speed_stops_gradient_and_empty_wagons(traction, train, name, step):
    train["gradient_ratio"] = abs(train["gradient_ratio"])
    more = train | {name: train[name] + step * (HIGH[name] - train[name])}
    less, other = (train_effort_ratio(FACTORS, traction, **t) for t in (train, more))
    assert other >= less * (1 - 1e-12)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(TRACTIONS), trains, st.floats(1.0, 3.0))
def test_a_heavier_train_needs_less_per_tonne(traction, train, times):
    train["gradient_ratio"] = abs(train["gradient_ratio"])
    heavier = train | {"train_t": min(train["train_t"] * times, 30000.0)}
    assert train_effort_ratio(FACTORS, traction, **heavier) <= train_effort_ratio(FACTORS, traction, **train) * (
        1 + 1e-12
    )


def test_gentle_slopes_cost_nothing_over_a_round_trip():
    # up and down less than the resistance: what the climb takes the descent gives back
    flat, gentle = (
        train_effort_ratio(FACTORS, "diesel", **(TRAIN | {"gradient_ratio": g, "stops_per_100_km": 0.0}))
        for g in (0.0, 0.0012)
    )
    assert gentle == pytest.approx(float(flat), rel=1e-12)


@pytest.mark.parametrize("traction", TRACTIONS)
def test_work_without_stops_on_the_flat_is_the_resistance(traction):
    work = train_work_mj_per_gross_tkm(
        FACTORS, traction, **(TRAIN | {"gradient_ratio": 0.0, "stops_per_100_km": 0.0, "train_t": 30000.0})
    )
    wagons = 0.85 * (0.92 + 0.0048 * 60 + 0.000125 * 3600) + 0.15 * (2.23 + 0.0053 * 60 + 0.000675 * 3600)
    assert work.traction_mj == pytest.approx(wagons * 9.80665 / 1000.0, rel=0.02)
    assert work.braking_mj == 0.0


@pytest.mark.parametrize("traction", TRACTIONS)
def test_the_reference_train_gets_the_mean_rate(traction):
    assert train_effort_ratio(FACTORS, traction, **TRAIN) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("name", LOW)
@pytest.mark.parametrize("wrong", [np.nan, np.inf, "below", "above"])
def test_trains_outside_the_domain_are_refused(name, wrong):
    value = {"below": LOW[name] - 0.01, "above": HIGH[name] + 0.01}.get(wrong, wrong)
    with pytest.raises(FactorError, match=f"{name} must be finite"):
        train_work_mj_per_gross_tkm(FACTORS, "electric", **(TRAIN | {name: [TRAIN[name], value]}))


def test_a_line_has_no_negative_mean_gradient():
    with pytest.raises(FactorError, match="gradient_ratio must be finite and between 0"):
        train_effort_ratio(FACTORS, "electric", **(TRAIN | {"gradient_ratio": -0.001}))


def test_steam_is_not_in_the_tables():
    with pytest.raises(FactorError, match="rolling_stock='steam_locomotive'"):
        train_effort_ratio(FACTORS, "steam", **TRAIN)


def test_shunting_goes_by_wagons():
    fuel = shunting_diesel_kg(FACTORS, [0.0, 1.0, 50.0])
    assert fuel == pytest.approx([0.0, 90.9 * 4.0 / 60.0, 50.0 * 90.9 * 4.0 / 60.0])
    assert float(shunting_diesel_kg(FACTORS, 50.0)) == fuel[2]
    for wrong in (np.nan, -1.0, np.inf):
        with pytest.raises(FactorError, match="wagons_count"):
            shunting_diesel_kg(FACTORS, [1.0, wrong])


@pytest.mark.parametrize(("traction", "mj_per_gross_tkm"), [("electric", 0.0102 * 3.6), ("diesel", 0.0026 * 42.652)])
def test_the_calibration_implies_a_believable_efficiency(traction, mj_per_gross_tkm):
    # from substation or tank to wheel; nothing in the calibration forces these
    efficiency = reference_work_mj_per_gross_tkm(FACTORS, traction) / mj_per_gross_tkm
    low, high = {"electric": (0.75, 0.90), "diesel": (0.25, 0.33)}[traction]
    assert low < efficiency < high

"""The calibration meets its targets, or says why it cannot."""

from dataclasses import replace

import pytest

from transport_sim.choice.calibration import calibrate
from transport_sim.errors import DataError


def with_targets(inputs, **targets: float):
    return replace(inputs, parameters=replace(inputs.parameters, **targets))


def assert_met(fit) -> None:
    assert (fit["model"] / fit["target"] - 1.0).abs().max() < 1e-3, fit.to_string()


def test_the_base_year_of_dazhou_comes_out(dazhou_calibration):
    assert_met(dazhou_calibration.fit)
    assert dazhou_calibration.haul_scale_km > 0


@pytest.mark.parametrize(
    "targets",
    [
        {"target_rail_t": 30e6, "target_water_t": 6e6, "target_road_haul_km": 100.0},
        {"target_rail_t": 14e6, "target_water_t": 4.8e6, "target_road_haul_km": 85.0},
        {"target_rail_t": 20e6, "target_water_t": 12e6, "target_road_haul_km": 130.0},
    ],
)
def test_other_targets_are_met_as_well(dazhou_inputs, targets):
    fitted = calibrate(with_targets(dazhou_inputs, **targets))
    assert_met(fitted.fit)
    wanted = fitted.fit.set_index("quantity")["target"]
    assert (wanted["freight_tonnes_rail"], wanted["mean_road_haul_km"]) == (
        targets["target_rail_t"],
        targets["target_road_haul_km"],
    )


def test_a_longer_haul_needs_a_weaker_impedance(dazhou_inputs, dazhou_calibration):
    longer = calibrate(with_targets(dazhou_inputs, target_road_haul_km=120.0))
    assert longer.haul_scale_km > dazhou_calibration.haul_scale_km


def test_the_year_of_the_inputs_does_not_matter(dazhou_inputs, dazhou_calibration):
    later = calibrate(replace(dazhou_inputs, year=2030))
    assert (later.haul_scale_km, later.shift_rail, later.shift_water) == (
        dazhou_calibration.haul_scale_km,
        dazhou_calibration.shift_rail,
        dazhou_calibration.shift_water,
    )


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (
            {"target_road_haul_km": 5000.0},
            r"calibration: a mean road haul of 5000 km is out of reach; .* allow [\d.]+ to [\d.]+ km",
        ),
        ({"target_road_haul_km": 1.0}, "a mean road haul of 1 km is out of reach"),
        ({"target_water_t": 4.0e6}, r"flows bound to waterway \(4,700,000 t\) leave nothing of the target 4,000,000 t"),
        ({"target_rail_t": 174e6}, "calibration: "),
    ],
    ids=["too far", "too near", "less than what is bound to the river", "nearly everything by rail"],
)
def test_what_cannot_be_met_is_refused_with_a_reason(dazhou_inputs, targets, said):
    with pytest.raises(DataError, match=said):
        calibrate(with_targets(dazhou_inputs, **targets))

"""The swings rest on an expected model: its calibration and its emissions must be those of the real stages."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.calibration import calibrate
from transport_sim.results.findings import CO2, cell
from transport_sim.run import compare
from transport_sim.sensitivity import _ExpectedModel, expected_co2e_t, swings


@pytest.fixture(scope="module")
def model(small_comparison):
    baseline, package = (r.prepared for r in small_comparison.results)
    model = _ExpectedModel(baseline.base, baseline.inputs[2030], package.inputs[2030])
    model.effect_t(baseline.base.parameters)
    return model


@pytest.fixture(scope="module")
def found(small_comparison):
    baseline, package = (r.prepared for r in small_comparison.results)
    return swings(baseline, package, 2030)


@pytest.mark.parametrize(
    ("name", "ratio"),
    [
        ("logit_scale_bulk", 0.8),
        ("road_rate_cny_per_tkm", 1.15),
        ("freight_total_t", 0.97),
        ("vessel_upstream_kmh", 0.9),
    ],
)
def test_the_calibration_from_the_central_solution_is_the_calibration_from_scratch(
    model, dazhou_inputs, monkeypatch, name, ratio
):
    parameters = replace(dazhou_inputs.parameters, **{name: ratio * getattr(dazhou_inputs.parameters, name)})
    fits = []
    original = _ExpectedModel._fit

    def fit(self, run, changed, inputs):
        fits.append(original(self, run, changed, inputs))
        return fits[-1]

    monkeypatch.setattr(_ExpectedModel, "_fit", fit)
    model.effect_t(parameters, name)
    scratch = calibrate(replace(dazhou_inputs, parameters=parameters))
    assert fits[0].haul_scale_km == pytest.approx(scratch.haul_scale_km, rel=1e-3)
    assert fits[0].shift_rail == pytest.approx(scratch.shift_rail, abs=2e-3)
    assert fits[0].shift_water == pytest.approx(scratch.shift_water, abs=2e-3)


@pytest.mark.parametrize(
    "name",
    ["rail_handling_cny_per_t", "empty_return_share_truck", "vessel_downstream_kmh", "demand_growth_ratio_per_year"],
)
def test_what_is_run_again_gives_what_running_everything_gives(model, small_comparison, dazhou_inputs, name):
    high = float(dazhou_inputs.parameter_table.set_index("parameter").loc[name, "high"])
    parameters = replace(dazhou_inputs.parameters, **{name: high})
    baseline, package = (r.prepared for r in small_comparison.results)
    everywhere = (
        replace(i, parameters=parameters) for i in (baseline.base, baseline.inputs[2030], package.inputs[2030])
    )
    fresh = _ExpectedModel(*everywhere)
    assert model.effect_t(parameters, name) == pytest.approx(fresh.effect_t(parameters), rel=2e-3)


def test_expected_emissions_are_those_of_the_simulation(small_comparison):
    for result in small_comparison.results:
        prepared = result.prepared
        simulated = cell(small_comparison.table, result.scenario.name, 2030, CO2).mean
        assert expected_co2e_t(prepared.base, prepared.inputs[2030]) == pytest.approx(simulated, rel=0.05)


def test_the_expected_effect_is_that_of_the_simulation(small_comparison, found):
    # a day's chance is half of the effect; a week came within 10 % of it, a fortnight within 9 %
    week = {"duration_days": 7, "annual_factor": 365.0 / 7.0}
    scenarios = [result.scenario.model_copy(update=week) for result in small_comparison.results]
    simulated = cell(compare(scenarios).table, "rail_shift", 2030, CO2).difference
    assert found.effect_t == pytest.approx(simulated, rel=0.15)


def test_swings_are_ranked_and_complete(found, dazhou_inputs):
    table = dazhou_inputs.parameter_table
    ranged = set(table.loc[table["low"] < table["high"], "parameter"])
    assert set(found.table["parameter"]) | set(found.silent) == ranged
    assert not set(found.table["parameter"]) & set(found.silent)
    assert (np.diff(found.table["swing_t"]) <= 0).all()
    assert "headway_s" in found.silent
    assert "rail_rate_ratio" in set(found.table["parameter"])


def test_dearer_rail_means_less_effect(found):
    row = found.table.set_index("parameter").loc["rail_handling_cny_per_t"]
    assert row["effect_low_t"] < found.effect_t < row["effect_high_t"]


def test_a_package_that_does_nothing_has_no_effect(small_comparison):
    prepared = small_comparison.baseline.prepared
    model = _ExpectedModel(prepared.base, prepared.inputs[2030], prepared.inputs[2030])
    assert model.effect_t(prepared.base.parameters) == 0.0

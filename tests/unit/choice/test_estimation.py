"""Moments against a regression in closed form, and constants found again from synthetic choices."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.choice.estimation import (
    DIFFERENCE_ERROR,
    NAMES,
    SCALE_ERROR,
    ChoiceMoments,
    calibration_targets,
    estimate,
    match_moments,
)
from transport_sim.errors import DataError
from transport_sim.operations import Operations

SAMPLE = 400_000


def test_a_linear_model_gives_weighted_least_squares():
    """b = (X' W X)^-1 X' W y with errors sqrt(diag (X' W X)^-1), and the chi-square of the residuals."""
    draw = np.random.default_rng(1)
    x, errors = draw.normal(size=(12, 3)), draw.uniform(0.5, 2.0, 12)
    y = x @ [1.0, -2.0, 0.5] + draw.normal(size=12) * errors
    found = match_moments(lambda b: x @ b, y, errors, np.zeros(3))
    information = x.T @ (x / errors[:, None] ** 2)
    wanted = np.linalg.solve(information, x.T @ (y / errors**2))
    assert found.x == pytest.approx(wanted, rel=1e-5)
    assert found.standard_errors == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-4)
    assert found.objective == pytest.approx((((x @ wanted - y) / errors) ** 2).sum(), rel=1e-6)


def test_what_does_not_tell_the_parameters_apart_is_refused():
    same = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    with pytest.raises(DataError, match="do not tell all parameters apart"):
        match_moments(lambda b: same @ b, np.ones(3), np.ones(3), np.zeros(2))
    with pytest.raises(DataError, match="1 observations cannot tell 2 parameters"):
        match_moments(lambda b: b[:1], np.ones(1), np.ones(1), np.zeros(2))


def synthetic_targets() -> pd.DataFrame:
    rows = [("tonnes", mode, group) for mode in ("rail", "waterway") for group in ("bulk", "general")]
    rows += [("mean_haul_km", mode, "") for mode in ("road", "rail", "waterway")]
    frame = pd.DataFrame(rows, columns=["quantity", "mode", "choice_group"])
    return frame.assign(value=1.0, standard_error=1.0, source="synthetic", note="")


@pytest.fixture(scope="module")
def free_choice(dazhou_inputs):
    """Return the base year with nothing bound to a chain, so that a sample tells about every constant."""
    flows = dazhou_inputs.known_flows
    return replace(dazhou_inputs, known_flows=flows[flows["captive_chain"] == ""])


def test_known_constants_are_found_again_from_synthetic_draws(free_choice):
    """Tonnes by mode and goods, and mean hauls, of sampled choices; every constant within three standard errors."""
    truth = np.array([np.log(36.0), -1.2, -3.4, -2.6, -3.5, np.log(1.1)])
    targets = synthetic_targets()
    model = ChoiceMoments(free_choice, targets)
    drawn = np.stack([model.sampled(truth, SAMPLE, seed=seed) for seed in range(8)])
    observed, errors = drawn[0], drawn.std(axis=0, ddof=1)
    start = truth + np.array([0.2, 0.4, -0.5, 0.3, 0.4, -0.15])
    found = match_moments(model, observed, errors, start)
    assert (np.abs(found.x - truth) < 3.0 * found.standard_errors).all(), dict(zip(NAMES, found.x - truth, strict=True))
    assert (found.standard_errors < [0.1, 0.5, 0.5, 0.5, 0.5, 0.2]).all()
    assert found.objective < 12.0, "chi-square with one degree of freedom, errors from eight samples"


@pytest.fixture(scope="module")
def plain(dazhou_inputs):
    """Return the base year with the targets of the parameters table alone, which are quick."""
    tables = {**dazhou_inputs.operations.tables, "calibration_targets": Operations()["calibration_targets"]}
    return replace(dazhou_inputs, operations=Operations(tables))


def test_targets_alone_are_met_and_beliefs_kept_with_their_errors(plain, dazhou_calibration):
    assert list(calibration_targets(plain)["quantity"]) == ["tonnes", "tonnes", "mean_haul_km"]
    found = estimate(plain)
    assert found.fit["deviation_ratio"].abs().max() < 1e-3
    p, table = plain.parameters, found.table.set_index("parameter")
    assert table.loc["haul_scale_km", "value"] == pytest.approx(dazhou_calibration.haul_scale_km, rel=0.01)
    assert found.parameters["logit_scale_bulk"] == pytest.approx(p.logit_scale_bulk, rel=1e-3)
    assert found.parameters["asc_rail_bulk"] == pytest.approx(p.asc_rail_bulk + dazhou_calibration.shift_rail, abs=0.01)
    assert table.loc["logit_scale_ratio", "standard_error"] == pytest.approx(SCALE_ERROR, rel=0.02)
    assert table.loc["asc_rail_general", "standard_error"] == pytest.approx(DIFFERENCE_ERROR, rel=0.1)
    assert found.degrees_count == 0

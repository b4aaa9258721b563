"""calibrate and elasticities as a user meets them."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from transport_sim.calibration_run import overlay_text
from transport_sim.choice.estimation import Estimate
from transport_sim.cli.main import app
from transport_sim.config import load_scenario
from transport_sim.paths import embedded

BASELINE = embedded("scenarios/dazhou") / "baseline.yaml"
runner = CliRunner()


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("inside", "weaker than published", "change of mode")), ("zh", ("在范围内", "方式转移"))],
)
def test_elasticities_are_printed_with_their_reasons(language, said):
    result = runner.invoke(app, ["elasticities", str(BASELINE), "--lang", language])
    assert result.exit_code == 0, result.output
    for text in said:
        assert text in result.output


def test_an_overlay_is_a_scenario_with_the_estimates(tmp_path):
    names = ["asc_rail_bulk", "logit_scale_bulk"]
    table = pd.DataFrame(
        {"parameter": [names[0], "logit_scale_ratio"], "value": [-1.0, 1.1], "standard_error": [0.1, 0.2], "start": 0.0}
    )
    estimate = Estimate({names[0]: -1.0, names[1]: 3.7}, table, pd.DataFrame(), 0.0, 0)
    output = tmp_path / "deep" / "overlay.yaml"
    output.parent.mkdir()
    output.write_text(overlay_text(load_scenario(BASELINE), estimate, BASELINE, output), encoding="utf-8")
    loaded = load_scenario(output)
    assert loaded.name == "baseline_calibrated"
    assert loaded.parameters == {names[0]: -1.0, names[1]: 3.7}
    assert loaded.data == load_scenario(BASELINE).data


def test_the_shipped_overlay_is_near_what_a_run_fits(dazhou_inputs, dazhou_calibration):
    """Its constants are the starting constants and the shifts that a run finds by itself."""
    kept = load_scenario(embedded("scenarios/dazhou") / "calibrated.yaml").parameters
    p = dazhou_inputs.parameters
    assert kept["asc_rail_bulk"] == pytest.approx(p.asc_rail_bulk + dazhou_calibration.shift_rail, abs=0.15)
    assert kept["asc_water_bulk"] == pytest.approx(p.asc_water_bulk + dazhou_calibration.shift_water, abs=0.6)
    assert kept["logit_scale_bulk"] == pytest.approx(p.logit_scale_bulk, rel=0.05)
    fit = pd.read_csv(embedded("scenarios/dazhou") / "calibrated_fit.csv").set_index(["quantity", "mode"])
    for target in (("tonnes", "rail"), ("tonnes", "waterway"), ("mean_haul_km", "road")):
        assert abs(fit.loc[target, "deviation_ratio"]) < 0.02


@pytest.mark.parametrize(
    ("output", "said"), [("overlay.txt", "ends in .yaml"), ("there.yaml", "exists already; --overwrite replaces it")]
)
def test_a_bad_target_is_refused_before_anything_is_simulated(tmp_path, output, said):
    (tmp_path / "there.yaml").write_text("name: x\n", encoding="utf-8")
    result = runner.invoke(app, ["calibrate", str(BASELINE), "-o", str(tmp_path / output)])
    assert result.exit_code != 0
    assert said in str(result.exception)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("-o {tmp}/o.yaml --waits {tmp}/o.yaml", "need a file each"),
        ("-o {tmp}/o.yaml --waits {tmp}/o_fit.csv", "need a file each"),
        ("-o {tmp}/o.yaml --waits {tmp}", "is a folder; give the name of a file"),
        ("-o {tmp}/o.yaml --waits {tmp}/a/b/waits.csv", "cannot be written: no such folder"),
        ("-o {base} --overwrite", "or a file that it extends"),
    ],
)
def test_targets_that_would_overwrite_each_other_or_fail_late_are_refused_at_once(tmp_path, options, said):
    scenario = tmp_path / "q.yaml"
    base = tmp_path / "base.yaml"
    base.write_text(f"extends: {BASELINE}\n", encoding="utf-8")
    scenario.write_text("extends: base.yaml\nname: q\n", encoding="utf-8")
    words = [word.format(tmp=tmp_path, base=base) for word in options.split()]
    result = runner.invoke(app, ["calibrate", str(scenario), *words])
    assert said in str(result.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.yaml", "q.yaml"]
    assert base.read_text(encoding="utf-8").startswith("extends")

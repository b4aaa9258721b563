"""Output folders appear whole or not at all, and an interrupted one is taken up again."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from transport_sim import run
from transport_sim.errors import AuditError, OutputError
from transport_sim.results.schemas import OPTIONAL_TABLES, TABLES
from transport_sim.results.storage import is_complete, output_folder, read_run, sha256_of, write_json, write_run

RUN = ("baseline", 2022, 0)


@pytest.fixture
def tables(dazhou_day) -> dict[str, pd.DataFrame]:
    return dazhou_day.tables


def fill(folder: Path, text: str = "first") -> None:
    write_json(folder / "manifest.json", {"scenarios": [], "factor_set": "", "sha256": {}, "made": text})


def interrupt(target: Path, key: str, work: Callable[[Path], None], *, overwrite: bool = False) -> None:
    """Do some work in the output folder and fail."""

    def attempt() -> None:
        with output_folder(target, key, overwrite=overwrite) as folder:
            work(folder)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        attempt()


def partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")


def content(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_written_is_read_back_with_its_keys(tmp_path, tables):
    write_run(tmp_path, *RUN, tables)
    assert is_complete(tmp_path, *RUN)
    for name, frame in tables.items():
        back = read_run(tmp_path, *RUN, name)
        assert (back["scenario"] == "baseline").all()
        assert (back["year"] == 2022).all()
        assert (back["replication"] == 0).all()
        pd.testing.assert_frame_equal(back.drop(columns=["scenario", "year", "replication"]), frame)
        assert "scenario" not in frame, "the tables in memory stay as they are"
    assert set(tables) == set(TABLES) - set(OPTIONAL_TABLES)


def test_a_run_that_cannot_be_written_to_its_end_does_not_count(tmp_path, tables, monkeypatch):
    written = []

    def to_parquet(frame, path, **options):
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        original(frame, path, **options)

    original = pd.DataFrame.to_parquet
    monkeypatch.setattr(pd.DataFrame, "to_parquet", to_parquet)
    with pytest.raises((OSError, OutputError), match="space left"):
        write_run(tmp_path, *RUN, tables)
    assert not is_complete(tmp_path, *RUN)
    monkeypatch.undo()
    write_run(tmp_path, *RUN, tables)
    assert is_complete(tmp_path, *RUN)


def test_a_damaged_or_missing_table_is_an_output_error(tmp_path, tables):
    write_run(tmp_path, *RUN, tables)
    path = next(tmp_path.rglob("legs.parquet"))
    path.write_bytes(b"broken")
    with pytest.raises(OutputError, match=r"legs\.parquet: cannot be read"):
        read_run(tmp_path, *RUN, "legs")
    path.unlink()
    with pytest.raises(OutputError, match=r"legs\.parquet: cannot be read"):
        read_run(tmp_path, *RUN, "legs")
    with pytest.raises(OutputError, match="no result table 'leg'"):
        read_run(tmp_path, *RUN, "leg")


def test_the_folder_appears_when_the_block_is_done(tmp_path):
    target = tmp_path / "deep" / "out"
    with output_folder(target, "key", overwrite=False) as folder:
        assert not target.exists()
        fill(folder)
    assert content(target) == {"manifest.json"}
    assert content(tmp_path / "deep") == {"out"}, "nothing is left beside it"


def test_an_error_before_the_first_run_leaves_nothing(tmp_path):
    target = tmp_path / "out"
    interrupt(target, "key", fill)
    assert content(tmp_path) == set()


def test_an_error_after_a_run_keeps_it_for_the_next_attempt_with_the_same_inputs(tmp_path, tables):
    target = tmp_path / "out"
    interrupt(target, "key", lambda folder: write_run(folder, *RUN, tables))
    assert not target.exists()
    assert partial(target).is_dir()
    with output_folder(target, "key", overwrite=False) as folder:
        assert is_complete(folder, *RUN)
        fill(folder)
    assert content(tmp_path) == {"out"}
    assert is_complete(target, *RUN)


def test_other_inputs_start_afresh(tmp_path, tables):
    target = tmp_path / "out"
    interrupt(target, "key", lambda folder: write_run(folder, *RUN, tables))
    with output_folder(target, "another key", overwrite=False) as folder:
        assert not (folder / "runs").exists()
        fill(folder)
    assert not (target / "runs").exists()


def test_earlier_results_are_replaced_only_when_asked_and_only_at_the_end(tmp_path):
    target = tmp_path / "out"
    with output_folder(target, "key", overwrite=False) as folder:
        fill(folder)
    with (
        pytest.raises(OutputError, match="holds earlier results; give another folder, or --overwrite"),
        output_folder(target, "key", overwrite=False),
    ):
        pytest.fail("the block must not start")
    interrupt(target, "key", fill, overwrite=True)
    assert json.loads((target / "manifest.json").read_text())["made"] == "first", "a failure keeps the earlier results"
    with output_folder(target, "key", overwrite=True) as folder:
        fill(folder, "second")
    assert json.loads((target / "manifest.json").read_text())["made"] == "second"
    assert content(tmp_path) == {"out"}


def test_an_empty_folder_may_be_used(tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    with output_folder(target, "key", overwrite=False) as folder:
        fill(folder)
    assert content(target) == {"manifest.json"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_or_a_folder_of_something_else_is_never_replaced(tmp_path, overwrite):
    thesis = tmp_path / "documents" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("years of work")
    with (
        pytest.raises(OutputError, match="is a file; give the name of a folder"),
        output_folder(thesis, "key", overwrite=overwrite),
    ):
        pytest.fail("the block must not start")
    with (
        pytest.raises(OutputError, match="is not empty and holds no earlier results"),
        output_folder(thesis.parent, "key", overwrite=overwrite),
    ):
        pytest.fail("the block must not start")
    assert thesis.read_text() == "years of work"


def test_a_manifest_of_another_program_is_no_permission(tmp_path):
    (tmp_path / "site").mkdir()
    write_json(tmp_path / "site" / "manifest.json", {"name": "a web page"})
    with (
        pytest.raises(OutputError, match="holds no earlier results"),
        output_folder(tmp_path / "site", "key", overwrite=True),
    ):
        pytest.fail("the block must not start")


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="cannot be written"),
        output_folder(tmp_path / "file" / "out", "key", overwrite=False),
    ):
        pytest.fail("the block must not start")


def test_json_has_the_same_bytes_for_the_same_content(tmp_path):
    write_json(tmp_path / "a", {"b": 1, "a": "达州"})
    write_json(tmp_path / "b", {"a": "达州", "b": 1})
    assert sha256_of(tmp_path / "a") == sha256_of(tmp_path / "b")
    assert "达州" in (tmp_path / "a").read_text(encoding="utf-8")


@pytest.fixture
def counted(dazhou_day, dazhou_calibration, monkeypatch):
    """Replace preparation and simulation by what is there already; list the replications that were asked for."""
    asked = []

    def simulate_year(task):
        asked.append(task.replication)
        if task.replication in failing:
            raise AuditError("made to fail")
        return dazhou_day.tables

    failing = {2}
    monkeypatch.setattr(run, "simulate_year", simulate_year)
    monkeypatch.setattr(run, "prepare", lambda scenario: replace(dazhou_day.prepared, scenario=scenario))
    monkeypatch.setattr(run, "calibrate", lambda inputs: dazhou_calibration)
    return asked, failing


def test_an_interrupted_comparison_simulates_only_what_is_missing(tmp_path, dazhou_day, counted):
    asked, failing = counted
    scenario = dazhou_day.task.scenario.model_copy(update={"replications": 4})
    with pytest.raises(AuditError, match="made to fail"):
        run.run(scenario, output=tmp_path / "out")
    assert asked == [0, 1, 2]
    failing.clear()
    seen = []
    result = run.run(scenario, output=tmp_path / "out", progress=lambda done, total: seen.append((done, total)))
    assert asked == [0, 1, 2, 2, 3], "the two finished runs are not simulated again"
    assert seen == [(2, 4), (3, 4), (4, 4)]
    assert result.indicators["replication"].unique().tolist() == [0, 1, 2, 3]


def test_a_changed_scenario_simulates_everything_again(tmp_path, dazhou_day, counted):
    asked, failing = counted
    scenario = dazhou_day.task.scenario.model_copy(update={"replications": 4})
    with pytest.raises(AuditError):
        run.run(scenario, output=tmp_path / "out")
    failing.clear()
    asked.clear()
    run.run(scenario.model_copy(update={"seed": 2}), output=tmp_path / "out")
    assert asked == [0, 1, 2, 3]


def test_scenarios_with_the_same_inputs_are_simulated_once(dazhou_day, counted):
    asked, failing = counted
    failing.clear()
    scenario = dazhou_day.task.scenario.model_copy(update={"replications": 2})
    twin = scenario.model_copy(update={"name": "twin"})
    comparison = run.compare([scenario, twin])
    assert asked == [0, 1]
    assert (comparison.table["difference"] == 0.0).all()
    assert (comparison.table["probability_better"].dropna() == 0.5).all()

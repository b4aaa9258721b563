"""Every factor row that the Dazhou baseline reads is needed: without it the run fails and says what is missing."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import transport_sim.factors.reader as reader_module
from transport_sim import run
from transport_sim.errors import FactorError
from transport_sim.factors import load_factor_set
from transport_sim.factors.methods import DEFAULT_SET

PACKAGED = Path(reader_module.__file__).parent
CURVES_SHOWN = 4


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """Return the package's tables as a user's own set."""
    folder = tmp_path_factory.mktemp("factors") / "own"
    folder.mkdir()
    for file in PACKAGED.glob("*.csv"):
        shutil.copy(file, folder)
    lines = (PACKAGED / "sets.csv").read_text(encoding="utf-8").splitlines()
    mine = [line for line in lines if line.startswith((DEFAULT_SET, "factor_set"))]
    (folder / "sets.csv").write_text("\n".join(mine) + "\n", encoding="utf-8")
    return folder


def without(own: Path, file: str, line: int) -> None:
    lines = (PACKAGED / file).read_text(encoding="utf-8").splitlines(keepends=True)
    (own / file).write_text("".join(lines[: line - 1] + lines[line:]), encoding="utf-8")


def simulate(day, own: Path) -> dict[str, pd.DataFrame]:
    factors = load_factor_set(str(own))
    task = day.task
    return run.simulate_year(
        replace(task, inputs=replace(task.inputs, factors=factors), base=replace(task.base, factors=factors))
    )


def sample(uses: pd.DataFrame, *, every: bool) -> pd.DataFrame:
    """Return rows of every table: all single values, or one a table, and some of the many curves."""
    curves, values = uses[uses["value"] == "curve"], uses[uses["value"] != "curve"]
    count = CURVES_SHOWN * 5 if every else CURVES_SHOWN
    spread = curves.iloc[:: max(len(curves) // count, 1)]
    return pd.concat([values if every else values.groupby("table").tail(1), spread])


def fails_without(day, own: Path, uses: pd.DataFrame) -> list[str]:
    """Take away one row after the other; return the rows whose loss nobody noticed or named."""
    unnoticed = []
    for row in uses.to_dict("records"):
        without(own, row["file"], row["line"])
        try:
            simulate(day, own)
        except FactorError as error:
            keys = dict(pair.split("=") for pair in row["key"].split(", "))
            said = str(error)
            named = row["file"] in said and keys["quantity"] in said
            if not named or not ("line" in said or "add" in said or f"{row['file']}:" in said):
                unnoticed.append(f"{row['file']}:{row['line']} {row['key']}: {said}")
        else:
            unnoticed.append(f"{row['file']}:{row['line']} {row['key']}: no error")
        finally:
            shutil.copy(PACKAGED / row["file"], own)
    return unnoticed


def test_the_own_copy_of_the_tables_gives_the_same_run(dazhou_day, own):
    again = simulate(dazhou_day, own)
    for name in ("emissions", "indicators", "contributions"):
        pd.testing.assert_frame_equal(again[name], dazhou_day.tables[name])
    columns = ["file", "line", "key", "value", "fallback", "amount"]
    pd.testing.assert_frame_equal(again["factor_use"][columns], dazhou_day.tables["factor_use"][columns])


def test_a_run_without_a_row_that_the_baseline_uses_fails_and_names_it(dazhou_day, own):
    uses = sample(dazhou_day.tables["factor_use"], every=False)
    assert len(uses) >= 12
    assert fails_without(dazhou_day, own, uses) == []


@pytest.mark.slow
def test_a_run_without_any_of_its_single_values_fails_and_names_it(dazhou_day, own):
    uses = sample(dazhou_day.tables["factor_use"], every=True)
    assert len(uses) >= 60
    assert fails_without(dazhou_day, own, uses) == []


def test_a_missing_row_is_named_with_what_was_looked_for_and_its_neighbours(dazhou_day, own):
    uses = dazhou_day.tables["factor_use"]
    row = uses[uses["key"] == "energy_carrier=diesel, quantity=oxidation_ratio"].iloc[0]
    without(own, row["file"], int(row["line"]))
    with pytest.raises(FactorError) as caught:
        simulate(dazhou_day, own)
    shutil.copy(PACKAGED / row["file"], own)
    assert "fuels.csv: no row with" in str(caught.value)
    assert "quantity=oxidation_ratio, energy_carrier=diesel" in str(caught.value)
    assert "nearest rows: line " in str(caught.value)


def test_a_fall_back_that_is_not_declared_is_not_taken(dazhou_day, own):
    """The grid of 2030 is that of 2023 because a row says so, not because it is the last one."""
    fallbacks = (PACKAGED / "fallbacks.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (own / "fallbacks.csv").write_text(
        "".join(line for line in fallbacks if not line.startswith("electricity")), encoding="utf-8"
    )
    late = replace(dazhou_day.task.inputs, year=2030)
    with pytest.raises(FactorError, match=r"is given for 2021 .*2023 .*, not for 2030, and no fall-back is declared"):
        simulate(replace(dazhou_day, task=replace(dazhou_day.task, inputs=late)), own)
    shutil.copy(PACKAGED / "fallbacks.csv", own)

"""The report's part about the choice of shippers: whether choices and simulated delays agree."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.results.findings import titles
from transport_sim.results.wording import Wording

if TYPE_CHECKING:
    from transport_sim.run import Comparison

KEYS = ["scenario", "year", "replication"]


def feedback_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Condense the table `feedback` of many runs.

    Returns
    -------
    By scenario and year: rounds_count, gap_ratio (largest), and believed_wait_h_* and measured_wait_h_* of rail and
    waterway, means over the replications of their last simulation.
    """
    last = table[table["round"] == table.groupby(KEYS)["round"].transform("max")]
    whole = last.groupby(["scenario", "year"], sort=False).agg(
        rounds_count=("round", "max"), gap_ratio=("gap_ratio", "max")
    )
    for mode in ("rail", "waterway"):
        means = last[last["mode"] == mode].groupby(["scenario", "year"])[["believed_wait_h", "measured_wait_h"]].mean()
        whole = whole.join(means.add_suffix(f"_{mode}"))
    return whole.reset_index()


def feedback(comparison: "Comparison", words: Wording) -> dict[str, object]:
    """Lay out the last simulation of every run against what shippers counted on."""
    named, scenario = titles(comparison, words), comparison.baseline.scenario
    table = pd.concat([result.tables["feedback"] for result in comparison.results], ignore_index=True)
    rows = [
        [
            named[row["scenario"]],
            str(row["year"]),
            str(row["rounds_count"]),
            words.percent(row["gap_ratio"], 2, signed=False),
            *(f"{row[f'believed_wait_h_{m}']:.1f} / {row[f'measured_wait_h_{m}']:.1f}" for m in ("rail", "waterway")),
        ]
        for row in feedback_rows(table).to_dict("records")
    ]
    tolerance = words.percent(scenario.wait_tolerance_ratio, 2, signed=False)
    return {
        "lead": words("feedback.lead", tolerance=tolerance, rounds=scenario.wait_rounds),
        "verdict": verdict(table, scenario.wait_tolerance_ratio, words),
        "head": [words(f"feedback.{k}") for k in ("scenario", "year", "rounds", "gap", "rail", "waterway")],
        "rows": rows,
    }


def verdict(table: pd.DataFrame, tolerance_ratio: float, words: Wording) -> str:
    """Say whether choices and delays agree in every run of the table `feedback`."""
    last = table[table["round"] == table.groupby(KEYS)["round"].transform("max")]
    gaps = last.groupby(KEYS)["gap_ratio"].max()
    open_count, largest = int((gaps > tolerance_ratio).sum()), float(gaps.max())
    return words(
        "feedback.open" if open_count else "feedback.settled",
        open=open_count,
        runs=len(gaps),
        gap=words.percent(largest, 2, signed=False),
    )

"""Comparing packages: means, intervals and paired differences over replications."""

import numpy as np
import pandas as pd
from scipy import stats

from transport_sim.results.indicators import HIGHER_IS_BETTER

COLUMNS = (
    "scenario",
    "year",
    "indicator",
    "unit",
    "mean",
    "ci_low",
    "ci_high",
    "difference",
    "difference_ci_low",
    "difference_ci_high",
    "probability_better",
)


def compare_indicators(values: pd.DataFrame, baseline: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compare every scenario with the baseline.

    Replications are paired: the same replication draws the same numbers in every scenario, so the interval of the
    difference is much narrower than that of the level.

    Parameters
    ----------
    values
        Columns scenario, year, replication, indicator, unit, value; every scenario with the same years.
    baseline
        Name of the scenario to compare with.
    confidence
        Level of the intervals (Student's t over replications). [-]

    Returns
    -------
    One row a scenario, year and indicator with `COLUMNS`. Intervals are empty with a single replication.
    `probability_better` is the share of replications in which the scenario beats the baseline, ties counting half.
    Differences are empty for an indicator that the baseline does not have.
    """
    base = values[values["scenario"] == baseline].set_index(["year", "replication", "indicator"])["value"]
    paired = values.copy()
    paired["base"] = base.reindex(pd.MultiIndex.from_frame(paired[["year", "replication", "indicator"]])).to_numpy()
    rows = []
    for (scenario, year, indicator, unit), group in paired.groupby(
        ["scenario", "year", "indicator", "unit"], sort=False
    ):
        level, difference = group["value"].to_numpy(), (group["value"] - group["base"]).to_numpy()
        sign = -1.0 if indicator in HIGHER_IS_BETTER else 1.0
        # -1 is better, 1 is worse; what the baseline does not have gets no verdict
        better = float(np.mean(0.5 - 0.5 * sign * np.sign(difference)))
        rows.append(
            (scenario, year, indicator, unit, *_interval(level, confidence), *_interval(difference, confidence), better)
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _interval(
    sample: np.ndarray[tuple[int, ...], np.dtype[np.float64]], confidence: float
) -> tuple[float, float, float]:
    mean = float(sample.mean())
    if len(sample) < 2:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(0.5 + confidence / 2.0, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)))
    return mean, mean - half, mean + half

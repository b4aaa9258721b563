"""Comparing packages: means, intervals and paired differences over replications."""

import numpy as np
import pandas as pd
from scipy import stats

from transport_sim.results.indicators import HIGHER_IS_BETTER, NEUTRAL

ROUNDING = 1e-9
"""Relative difference that adding up in another order may leave; it counts as none."""

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


ABATEMENT = "abatement_cost_cny_per_t"
"""What a package costs for each tonne of CO2e that it avoids."""


def abatement_cost(values: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Calculate what each package costs society for a tonne of CO2e (WTW) that it avoids.

    The cost is that of transport without charges and subsidies, which only change hands, and of the public purse with
    investments as annuities; both less those of the baseline. Rates stand for costs: what a lower rate of a service or
    one bill takes from the carrier's margin counts as saved. Below zero the package saves money and CO2e.

    Parameters
    ----------
    values
        Columns scenario, year, replication, indicator, unit, value.
    baseline
        Name of the scenario to compare with.

    Returns
    -------
    Rows of the same columns, for every run of a package that emits less than the baseline. [CNY/t]
    """
    keys = ["scenario", "year", "replication"]
    wide = values.pivot_table(index=keys, columns="indicator", values="value", sort=False)
    needed = ("resource_cost_cny", "public_cost_cny", "co2e_wtw_t")
    if not set(needed) <= set(wide.columns):
        return values.iloc[:0]
    found = wide[list(needed)].reset_index()
    base = found[found["scenario"] == baseline].set_index(keys[1:])[list(needed)]
    difference = found.set_index(keys[1:])[list(needed)] - base.reindex(found.set_index(keys[1:]).index)
    cost = (difference["resource_cost_cny"] + difference["public_cost_cny"]).to_numpy()
    avoided_t = -difference["co2e_wtw_t"].to_numpy()
    less = avoided_t > ROUNDING * found["co2e_wtw_t"].abs().to_numpy()
    rows = found.loc[less, keys].assign(indicator=ABATEMENT, unit="CNY/t", value=cost[less] / avoided_t[less])
    return rows[list(values.columns)]


def compare_indicators(
    values: pd.DataFrame, baseline: str, *, confidence: float = 0.95, outcomes: bool = False
) -> pd.DataFrame:
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
    outcomes
        False: where the mean lies. True: where one more replication would lie; right when replications also draw the
        uncertain parameters, because those stay unknown however often one draws.

    Returns
    -------
    One row a scenario, year and indicator with `COLUMNS`. Intervals are empty with a single replication.
    `probability_better` is the share of replications in which the scenario beats the baseline, ties counting half.
    Differences are empty for an indicator that the baseline does not have.
    """
    values = pd.concat([values, abatement_cost(values, baseline)], ignore_index=True)
    base = values[values["scenario"] == baseline].set_index(["year", "replication", "indicator"])["value"]
    paired = values.copy()
    paired["base"] = base.reindex(pd.MultiIndex.from_frame(paired[["year", "replication", "indicator"]])).to_numpy()
    rows = []
    for (scenario, year, indicator, unit), group in paired.groupby(
        ["scenario", "year", "indicator", "unit"], sort=False
    ):
        level, difference = group["value"].to_numpy(), (group["value"] - group["base"]).to_numpy()
        difference = np.where(np.abs(difference) <= ROUNDING * np.abs(level), 0.0, difference)
        sign = -1.0 if indicator in HIGHER_IS_BETTER else 1.0
        # -1 is better, 1 is worse; what the baseline does not have, and what is neither good nor bad, gets no verdict
        better = float("nan") if indicator in NEUTRAL else float(np.mean(0.5 - 0.5 * sign * np.sign(difference)))
        ranges = (_interval(sample, confidence, outcomes=outcomes) for sample in (level, difference))
        rows.append((scenario, year, indicator, unit, *next(ranges), *next(ranges), better))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _interval(
    sample: np.ndarray[tuple[int, ...], np.dtype[np.float64]], confidence: float, *, outcomes: bool
) -> tuple[float, float, float]:
    mean, count = float(sample.mean()), len(sample)
    if count < 2:
        return mean, float("nan"), float("nan")
    width = np.sqrt(1.0 / count + (1.0 if outcomes else 0.0))
    half = float(stats.t.ppf(0.5 + confidence / 2.0, count - 1) * sample.std(ddof=1) * width)
    return mean, mean - half, mean + half

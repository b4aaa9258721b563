"""The comparison of scenarios against scipy, on frames made by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transport_sim.results.comparison import COLUMNS, abatement_cost, compare_indicators
from transport_sim.results.indicators import HIGHER_IS_BETTER

BASE = [10.0, 14.0, 9.0, 11.0]
OTHER = [8.0, 15.0, 9.0, 7.5]


def frame(values: dict[str, list[float]], indicator: str = "co2e_wtw_t", year: int = 2030) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"scenario": s, "year": year, "replication": r, "indicator": indicator, "unit": "t", "value": v}
            for s, sample in values.items()
            for r, v in enumerate(sample)
        ]
    )


def row(table: pd.DataFrame, scenario: str = "other") -> pd.Series:
    (found,) = [r for _, r in table[table["scenario"] == scenario].iterrows()]
    return found


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_intervals_are_students_t_and_the_difference_is_paired(confidence):
    found = row(compare_indicators(frame({"base": BASE, "other": OTHER}), "base", confidence=confidence))
    level = stats.ttest_1samp(OTHER, 0.0).confidence_interval(confidence)
    paired = stats.ttest_rel(OTHER, BASE).confidence_interval(confidence)
    assert found["mean"] == pytest.approx(np.mean(OTHER))
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((level.low, level.high))
    assert found["difference"] == pytest.approx(np.mean(OTHER) - np.mean(BASE))
    assert (found["difference_ci_low"], found["difference_ci_high"]) == pytest.approx((paired.low, paired.high))


def test_pairs_are_found_by_replication_not_by_order():
    values = frame({"base": BASE, "other": OTHER})
    shuffled = values.sample(frac=1.0, random_state=3)
    found = row(compare_indicators(shuffled, "base"))
    pd.testing.assert_series_equal(found, row(compare_indicators(values, "base")), check_names=False)


def test_better_is_less_and_a_tie_counts_half():
    # of the differences -2, +1, 0, -3.5 two are better and one is a tie
    found = compare_indicators(frame({"base": BASE, "other": OTHER}), "base")
    assert row(found)["probability_better"] == (2 + 0.5) / 4
    assert row(found, "base")["probability_better"] == 0.5, "the baseline ties with itself"
    assert row(found, "base")["difference"] == 0.0


@pytest.mark.parametrize("indicator", HIGHER_IS_BETTER)
def test_of_goods_by_rail_and_water_more_is_better(indicator):
    found = row(compare_indicators(frame({"base": BASE, "other": OTHER}, indicator), "base"))
    assert found["probability_better"] == (1 + 0.5) / 4
    assert found["difference"] == pytest.approx(np.mean(OTHER) - np.mean(BASE)), "the sign of the difference stays"


def test_a_single_replication_has_no_interval():
    found = row(compare_indicators(frame({"base": [10.0], "other": [8.0]}), "base"))
    assert found[["mean", "difference", "probability_better"]].tolist() == [8.0, -2.0, 1.0]
    assert found[["ci_low", "ci_high", "difference_ci_low", "difference_ci_high"]].isna().all()


def test_common_random_numbers_make_the_difference_sharper_than_the_levels():
    noise = stats.norm.rvs(0.0, 10.0, 30, random_state=1)
    own = stats.norm.rvs(0.0, 0.1, 30, random_state=2)
    found = row(compare_indicators(frame({"base": list(100.0 + noise), "other": list(99.0 + noise + own)}), "base"))
    assert found["difference_ci_high"] - found["difference_ci_low"] < 0.05 * (found["ci_high"] - found["ci_low"])
    assert found["difference_ci_high"] < 0.0


def test_years_and_indicators_are_compared_each_by_itself():
    values = pd.concat(
        [
            frame({"base": BASE, "other": OTHER}),
            frame({"base": OTHER, "other": BASE}, year=2022),
            frame({"base": BASE, "other": BASE}, "nox_t"),
        ]
    )
    found = compare_indicators(values, "base")
    assert tuple(found.columns) == COLUMNS
    assert len(found) == 6
    differences = found.set_index(["scenario", "year", "indicator"])["difference"]
    assert differences["other", 2030, "co2e_wtw_t"] == -differences["other", 2022, "co2e_wtw_t"]
    assert differences["other", 2030, "nox_t"] == 0.0


def test_what_the_baseline_does_not_have_cannot_be_compared():
    """A lock that only the package builds has a queue, but no difference and no verdict."""
    values = pd.concat([frame({"base": BASE, "other": OTHER}), frame({"other": OTHER}, "queue_h_lock")])
    found = compare_indicators(values, "base")
    lock = found[found["indicator"] == "queue_h_lock"].iloc[0]
    assert lock["mean"] == pytest.approx(np.mean(OTHER))
    assert lock[["difference", "difference_ci_low", "difference_ci_high", "probability_better"]].isna().all()


def test_the_cost_of_a_tonne_avoided_is_that_of_transport_and_the_public_over_co2e():
    def run(scenario: str, cost: float, public: float, co2e: float) -> list[tuple]:
        amounts = {"resource_cost_cny": cost, "public_cost_cny": public, "co2e_wtw_t": co2e}
        return [(scenario, 2030, 0, name, "", value) for name, value in amounts.items()]

    columns = ["scenario", "year", "replication", "indicator", "unit", "value"]
    rows = [*run("base", 1000.0, 0.0, 50.0), *run("good", 900.0, 300.0, 40.0), *run("bad", 900.0, 0.0, 60.0)]
    found = abatement_cost(pd.DataFrame(rows, columns=columns), "base")
    assert found[["scenario", "value"]].to_numpy().tolist() == [["good", 20.0]], "what avoids nothing has no such cost"
    assert abatement_cost(pd.DataFrame(rows[:2], columns=columns), "base").empty

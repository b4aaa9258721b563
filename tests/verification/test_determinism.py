"""The same scenario gives the same numbers, in one process or in several."""

import pandas as pd
import pytest

from transport_sim import run


def test_a_year_simulated_twice_gives_identical_tables(dazhou_day):
    again = run.simulate_year(dazhou_day.task)
    assert list(again) == list(dazhou_day.tables)
    for name, frame in dazhou_day.tables.items():
        pd.testing.assert_frame_equal(again[name], frame, check_exact=True)


@pytest.fixture(scope="module")
def small_scenario(dazhou_day):
    """Return a day with two replications with their own parameters."""
    return dazhou_day.task.scenario.model_copy(update={"replications": 2, "parameter_uncertainty": True})


def test_results_do_not_depend_on_the_number_of_workers(small_scenario, monkeypatch):
    prepared = run.prepare(small_scenario)
    monkeypatch.setattr(run, "prepare", lambda _: prepared)  # reading the tables twice is not what is tested
    one, two = (run.compare([small_scenario], workers=workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    pd.testing.assert_frame_equal(one.calibration, two.calibration, check_exact=True)
    for name in ("legs", "shipments", "facilities"):
        pd.testing.assert_frame_equal(one.results[0].tables[name], two.results[0].tables[name], check_exact=True)
    assert one.manifest == two.manifest
    values = one.results[0].indicators.pivot_table(index="indicator", columns="replication", values="value")
    values = values[(values != 0.0).any(axis=1)]  # what never occurs is the same in both
    assert (values[0] != values[1]).mean() > 0.8, "the two replications differ, or the test shows nothing"

"""Shifts of taxis and requests for rides."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.demand.taxi_shifts import draw_requests, work_shifts
from transport_sim.errors import DataError
from transport_sim.operations import Operations

IDS = np.array([11, 22, 33])
EVEN = np.ones((24, 3, 3))


def rows(*stated):
    columns = ["pattern", "shift", "start_hour", "length_h", "vehicles_share"]
    columns += ["meal_from_hour", "meal_to_hour", "meal_min", "note", "source", "confidence"]
    return pd.DataFrame([(*row, "", "test", "memory") for row in stated], columns=columns)


DOUBLE = rows(
    ("double", "day", 6.0, 11.5, 0.5, 11.0, 13.0, 30.0), ("double", "night", 17.5, 10.0, 0.5, 22.0, 25.0, 40.0)
)


class Tables:
    """As much of the inputs as shifts need."""

    def __init__(self, table):
        self.operations = replace(Operations(), tables={**Operations().tables, "taxi_shifts": table})


def worked(table, *, taxis=400, days=2, spread_h=1.0):
    return work_shifts(Tables(table), taxis=taxis, spread_h=spread_h, days=days, seed=1)


def test_counts_are_poisson_and_destinations_follow_their_weights():
    expected = np.full((20, 24, 3), 30.0)
    to_share = np.tile([[1.0, 3.0, 0.0]], (24, 3, 1))
    found = draw_requests(expected, to_share, IDS, seed=1)
    cells = np.bincount((found.at_s // 3600).astype(int) * 3 + found.origin, minlength=20 * 24 * 3)
    assert cells.mean() == pytest.approx(30.0, abs=4.0 * np.sqrt(30.0 / len(cells)))
    assert cells.var() == pytest.approx(30.0, rel=0.15)  # a Poisson variable varies as much as its mean
    assert np.bincount(found.destination, minlength=3)[2] == 0
    assert (found.destination == 1).mean() == pytest.approx(0.75, abs=0.01)
    assert (np.diff(found.at_s) >= 0.0).all()
    within = found.at_s % 3600
    assert within.mean() == pytest.approx(1800.0, abs=20.0)


def test_more_demand_keeps_the_requests_that_were_there():
    expected = np.full((2, 24, 3), 8.0)
    few, many = (draw_requests(expected * scale, EVEN, IDS, seed=1) for scale in (1.0, 1.3))
    assert set(zip(*(x.tolist() for x in few), strict=True)) < set(zip(*(x.tolist() for x in many), strict=True))


def test_a_zone_that_leads_nowhere_has_no_requests():
    closed = EVEN.copy()
    closed[:, 1] = 0.0
    found = draw_requests(np.full((1, 24, 3), 5.0), closed, IDS, seed=1)
    assert set(found.origin.tolist()) == {0, 2}


def test_shifts_of_a_taxi_follow_each_other_and_stay_within_the_days():
    found = worked(DOUBLE)
    same = found.taxi[1:] == found.taxi[:-1]
    assert (found.start_s[1:][same] >= found.end_s[:-1][same]).all()
    assert found.start_s.min() == 0.0, "the night shift of the day before is still on"
    assert found.end_s.max() <= 2 * 86_400.0
    assert len(np.unique(found.taxi)) / 400 == pytest.approx(0.5, abs=0.08)
    assert set(found.name) == {"day", "night"}


def test_the_meal_lies_within_its_window():
    found = worked(DOUBLE, spread_h=0.0)
    day = np.array(found.name) == "day"
    hour = found.meal_at_s[day] % 86_400.0 / 3600.0
    assert ((hour >= 11.0) & (hour <= 12.5)).all()
    assert hour.std() > 0.2
    assert set(found.meal_s[day].tolist()) == {1800.0}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            rows(("a", "x", 6.0, 10.0, 0.7, None, None, None), ("b", "y", 6.0, 10.0, 0.7, None, None, None)),
            "more than 1",
        ),
        (
            rows(("a", "x", 6.0, 10.0, 0.7, None, None, None), ("a", "y", 15.0, 5.0, 0.7, None, None, None)),
            "'x' of pattern",
        ),
        (
            rows(("a", "x", 6.0, 5.0, 0.7, None, None, None), ("a", "y", 15.0, 5.0, 0.6, None, None, None)),
            "one vehicles_share",
        ),
        (rows(("a", "x", 6.0, 24.0, 0.7, None, None, None), ("a", "y", 8.0, 5.0, 0.7, None, None, None)), "runs into"),
    ],
)
def test_shifts_that_nobody_can_work_are_refused(table, says):
    with pytest.raises(DataError, match=says):
        worked(table.astype({"meal_from_hour": float, "meal_to_hour": float, "meal_min": float}))

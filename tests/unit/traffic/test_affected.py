"""Trips that meet a closed link, and the departures at which their path is open: by hand on three links in a row."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.traffic.affected import BEFORE_S, affected_trips, other_groups
from transport_sim.traffic.model import Access, PathSet, Trips

HOUR = 3600.0
MINUTES = np.array([[600.0, 300.0, 900.0], [1200.0, 600.0, 1800.0]])
"""Seconds on each of three links, for a fast and a slow class."""


def access(*rules: tuple[list[int], list[bool], list[tuple[float, float]]]) -> Access:
    """Close links to groups in windows (hours)."""
    of_link = [[n for n, (links, _, _) in enumerate(rules) if link in links] for link in range(3)]
    windows = np.array([w for *_, listed in rules for w in listed]).reshape(-1, 2) * HOUR
    return Access(
        link_pointers=np.cumsum([0, *map(len, of_link)]),
        link_rules=np.array([n for listed in of_link for n in listed], dtype=np.int64),
        rule_group=np.array([groups for _, groups, _ in rules], dtype=bool).reshape(-1, 2),
        window_pointers=np.cumsum([0, *(len(listed) for *_, listed in rules)]),
        window_start_s=windows[:, 0].copy(),
        window_end_s=windows[:, 1].copy(),
    )


def follow(rules: Access, departures: list[float], groups: list[int]):
    paths = PathSet(np.array([0, 3]), np.array([0, 1, 2]))
    trips = Trips(np.array(departures) * HOUR, np.array(groups), np.zeros(len(groups), dtype=np.int64))
    return affected_trips(rules, paths, trips, link_time_s=MINUTES, group_row=np.array([0, 1]))


def test_a_trip_that_meets_no_closure_stays_as_it_is():
    found = follow(access(([1], [True, False], [(7, 9)])), [6.5, 9.0, 8.0], [0, 0, 1])
    assert not found.is_closed.any()
    assert (found.latest_before_s == np.array([6.5, 9.0, 8.0]) * HOUR).all()
    assert (found.earliest_after_s == found.latest_before_s).all()


def test_what_counts_is_the_time_at_which_the_link_is_reached():
    found = follow(access(([1], [True, True], [(7, 9)])), [6.9, 6.9, 6.6, 8.9], [0, 1, 1, 0])
    assert found.is_closed.tolist() == [True, True, False, False]
    assert found.latest_before_s[0] == pytest.approx(7 * HOUR - 600 - BEFORE_S, abs=1e-5)
    assert found.latest_before_s[1] == pytest.approx(7 * HOUR - 1200 - BEFORE_S, abs=1e-5)
    assert found.earliest_after_s[0] == pytest.approx(9 * HOUR - 600, abs=1e-5)


def test_a_moved_trip_must_not_run_into_the_next_rule():
    closed = access(([0], [True, True], [(7, 9)]), ([2], [True, True], [(6.5, 7.5), (9, 10)]))
    found = follow(closed, [8.0], [0])
    assert found.earliest_after_s[0] == pytest.approx(10 * HOUR - 900, abs=1e-5), "the last link opens at ten"
    assert found.latest_before_s[0] == pytest.approx(6.5 * HOUR - 900 - BEFORE_S, abs=1e-5)


def test_what_is_closed_for_ever_has_neither_before_nor_after():
    found = follow(access(([2], [True, False], [(-np.inf, np.inf)])), [8.0, 8.0], [0, 1])
    assert found.is_closed.tolist() == [True, False]
    assert found.latest_before_s[0] == -np.inf
    assert found.earliest_after_s[0] == np.inf


def test_the_other_car_is_the_most_similar_one_that_may_drive():
    groups = pd.DataFrame(
        [
            ("car", "petrol", "odd"),
            ("car", "petrol", "even"),
            ("car", "battery_electric", "odd"),
            ("bus", "diesel", ""),
        ],
        columns=["vehicle_class", "technology", "plate"],
    )
    odd_out = np.array([True, False, False, True])
    assert other_groups(groups, odd_out).tolist() == [1, 1, 2, -1]
    assert other_groups(groups, np.array([True, True, False, False])).tolist() == [2, 2, 2, 3]

"""Trips that meet a closed link, and the departures at which their path is open: by hand on three links in a row."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.traffic.affected import BEFORE_S, affected_trips, other_groups
from transport_sim.traffic.link_times import LinkTimes
from transport_sim.traffic.model import Access
from transport_sim.traffic.timed_paths import Requests, roads_of

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


def follow(rules: Access, departures: list[float], groups: list[int], delay_s=None, margin_s: float = 0.0):
    """Follow trips over the three links; `delay_s` in bins of half an hour."""
    delay = np.zeros((48, 3)) if delay_s is None else delay_s
    roads = roads_of(LinkTimes(MINUTES, delay, 1800.0), rules, 2, margin_s=margin_s)
    count, group = len(groups), np.array(groups)
    ends = np.zeros(count, dtype=np.int64)
    requests = Requests(ends, ends + 3, np.array(departures) * HOUR, group, group)
    return affected_trips(roads, requests, 3 * np.arange(count + 1), np.tile(np.arange(3, dtype=np.int32), count))


def test_a_trip_that_meets_no_closure_stays_as_it_is():
    found = follow(access(([1], [True, False], [(7, 9)])), [6.5, 9.0, 8.0], [0, 0, 1])
    assert not found.is_closed.any()
    assert (found.latest_before_s == np.array([6.5, 9.0, 8.0]) * HOUR).all()
    assert (found.earliest_after_s == found.latest_before_s).all()


def test_what_counts_is_the_time_at_which_the_link_is_reached():
    found = follow(access(([1], [True, True], [(7, 9)])), [6.9, 6.9, 6.6, 8.9], [0, 1, 1, 0])
    assert found.is_closed.tolist() == [True, True, False, False]
    assert found.latest_before_s[0] == pytest.approx(7 * HOUR - 600, abs=BEFORE_S)
    assert found.latest_before_s[1] == pytest.approx(7 * HOUR - 1200, abs=BEFORE_S)
    assert found.earliest_after_s[0] == pytest.approx(9 * HOUR - 600, abs=BEFORE_S)


def test_the_rush_before_the_hours_of_a_rule_counts():
    """By hand: from 6:15 to 6:45 the first link takes 10 to 30 minutes.

    Who leaves x after 6:15 is at the second link 10 minutes + x + 2/3 x after 6:15; that is 7:00 for x = 21 minutes.
    """
    delay_s = np.zeros((48, 3))
    delay_s[13:, 0] = 1200.0
    rules = access(([1], [True, True], [(7, 9)]))
    found = follow(rules, [8.0, 6.5, 6.7], [0, 0, 0], delay_s)
    assert found.is_closed.tolist() == [True, False, True]
    assert found.latest_before_s == pytest.approx([6.6 * HOUR, 6.5 * HOUR, 6.6 * HOUR], abs=2 * BEFORE_S)
    assert found.earliest_after_s[0] == pytest.approx(9 * HOUR - 600 - 1200, abs=BEFORE_S)


def test_a_margin_is_kept_before_the_hours_and_not_after():
    found = follow(access(([1], [True, True], [(7, 9)])), [6.8, 8.9], [0, 0], margin_s=300.0)
    assert found.is_closed.tolist() == [True, False]
    assert found.latest_before_s[0] == pytest.approx(7 * HOUR - 600 - 300, abs=BEFORE_S)
    assert found.earliest_after_s[0] == pytest.approx(9 * HOUR - 600, abs=BEFORE_S)


def test_a_moved_trip_must_not_run_into_the_next_rule():
    closed = access(([0], [True, True], [(7, 9)]), ([2], [True, True], [(6.5, 7.5), (9, 10)]))
    found = follow(closed, [8.0], [0])
    assert found.earliest_after_s[0] == pytest.approx(10 * HOUR - 900, abs=BEFORE_S), "the last link opens at ten"
    assert found.latest_before_s[0] == pytest.approx(6.5 * HOUR - 900, abs=BEFORE_S)


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

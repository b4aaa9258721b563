"""The forecast between two days: kept up to date bit by bit as if worked out anew, and true to the day it starts from."""

import numpy as np
import pytest

from transport_sim.factors.reader import load_factors
from transport_sim.traffic.anticipation import (
    anchored,
    choose_in_turn,
    count_passages,
    expected_roads,
    new_forecast,
    no_choices,
    point_queues,
    update,
)
from transport_sim.traffic.link_times import empty_roads, first_in_first_out
from transport_sim.traffic.states import states_of
from transport_sim.traffic.supply import build_supply
from transport_sim.traffic.timed_paths import Requests, roads_of


@pytest.fixture
def town():
    """Return a grid of narrow streets, its capacity, and 600 trips within an hour, more than one path can take."""
    node = np.arange(25).reshape(5, 5)
    pairs = [*zip(node[:, :-1].ravel(), node[:, 1:].ravel(), strict=True)]
    pairs += [*zip(node[:-1].ravel(), node[1:].ravel(), strict=True)]
    start, end = np.array(sorted([*pairs, *((b, a) for a, b in pairs)]), dtype=np.int64).T
    supply = build_supply(
        from_node=start,
        to_node=end,
        length_km=np.random.default_rng(1).uniform(0.2, 0.4, len(start)),
        lanes_count=np.ones(len(start)),
        capacity_pcu_h=np.full(len(start), 30.0),
        free_speed_kmh=np.full(len(start), 40.0),
        factors=load_factors(),
    )
    draw = np.random.default_rng(4)
    ends = draw.integers(0, 25, (600, 2))
    ends[:, 1] = np.sort(np.where(ends[:, 0] == ends[:, 1], (ends[:, 1] + 7) % 25, ends[:, 1]))
    ends[:, 0] = np.where(ends[:, 0] == ends[:, 1], (ends[:, 0] + 7) % 25, ends[:, 0])
    zero = np.zeros(600, dtype=np.int64)
    requests = Requests(ends[:, 0].copy(), ends[:, 1].copy(), draw.uniform(0, 3600, 600), zero, zero)
    return supply, requests, roads_of(empty_roads(supply, end_s=4 * 3600.0), None, 1)


def chosen(supply, requests, roads):
    forecast, choices = new_forecast(roads, supply.capacity_pcu_h), no_choices(600)
    roads = expected_roads(forecast, roads)
    rows = np.arange(600)
    choices, changed = choose_in_turn(
        states_of(supply, None, None), roads, requests, rows, np.ones(1), forecast, choices, 0.005
    )
    return forecast, roads, choices, changed


def test_what_is_updated_trip_by_trip_is_what_a_fresh_start_gives(town):
    forecast, roads, choices, changed = chosen(*town)
    assert changed == 600
    fresh = forecast._replace(queue_pcu=np.zeros_like(forecast.queue_pcu))
    assert expected_roads(fresh, roads).delay_s == pytest.approx(roads.delay_s, abs=1e-9)
    assert forecast.entered_pcu.sum() == len(choices.links)
    assert roads.delay_s.max() > 60, "there are queues to speak of"


def test_whoever_changes_leaves_the_old_path_behind(town):
    supply, requests, _ = town
    forecast, roads, choices, _ = chosen(*town)
    roads.delay_s[:] = 0.0  # tempt everybody back to the shortest paths
    forecast.offset_s[:] = -1e6
    choices, changed = choose_in_turn(
        states_of(supply, None, None), roads, requests, np.arange(600), np.ones(1), forecast, choices, 0.005
    )
    assert 0 < changed < 600
    entered = np.zeros_like(forecast.entered_pcu)
    np.add.at(entered, (choices.bins, choices.links), 1.0)
    assert forecast.entered_pcu == pytest.approx(entered, abs=1e-9)


def test_a_forecast_begins_as_the_day_was(town):
    supply, requests, _ = town
    forecast, roads, choices, _ = chosen(*town)
    seen_s = first_in_first_out(roads.delay_s * np.random.default_rng(2).uniform(0, 2, roads.delay_s.shape), 900.0)
    day = roads._replace(delay_s=seen_s)
    passages = count_passages(day, requests, np.ones(1), choices)
    assert passages[0].sum() == passages[1].sum() == len(choices.links)
    _, expected = anchored(forecast, day, supply.capacity_pcu_h, passages)
    assert expected.delay_s == pytest.approx(seen_s, abs=1e-9)


def test_a_queue_grows_and_drains_as_in_vickreys_bottleneck(town):
    """100 pcu/h can leave, 150, 150 and 0 enter in bins of an hour: queues of 50, 100, 0; delays at their means."""
    _, _, roads = town
    one = roads._replace(delay_s=np.full((4, 1), -1.0), bin_s=3600.0)
    forecast = new_forecast(one, np.array([100.0]))
    forecast.entered_pcu[:, 0] = [150.0, 150.0, 0.0, 0.0]
    random_s = 0.95 / (2 * (100 / 3600) * 0.05)  # of arrivals at random, at 95 % of the capacity
    expected_s = [25 * 36 + random_s, 75 * 36 + random_s, 50 * 36, 0.0]
    assert point_queues(forecast, 3600.0)[:, 0] == pytest.approx(expected_s)
    update(forecast, one, 0, 0)
    assert one.delay_s[:, 0] == pytest.approx(expected_s)

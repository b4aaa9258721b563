"""The compiled kernel and the plain simpy model agree on every traversal of every vehicle."""

import numpy as np
import pandas as pd
import pytest
from traffic_worlds import CARS, MIXED, chain, closed, path_set, random_world, roads, trips

from transport_sim.simulation.link_queue import simulate_link_queues
from transport_sim.traffic.kernel import simulate_traffic


def compare(supply, groups, paths, days, access=None, **options):
    """Run both, compare all that both give, return the kernel's result."""
    ours = simulate_traffic(supply, groups, paths, days, access, sample=np.arange(len(days.path)), **options)
    plain = simulate_link_queues(supply, groups, paths, days, access, **options)
    mine = ours.traversals.sort_values(["trip", "enter_s"], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(mine, plain.traversals, check_exact=False, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.arrival_s, plain.arrival_s, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.access_wait_s, plain.access_wait_s, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(ours.forced_count, plain.forced_count)
    return ours


def test_queue_that_spills_over_two_nodes():
    supply = chain(4, capacity_pcu_h=[1800.0, 1800.0, 1800.0, 400.0], length_km=0.2)
    result = compare(supply, CARS, path_set([0, 1, 2, 3]), trips(np.arange(300) * 2.5))
    assert result.queue_pcu[0].max() > 5


def test_merge_of_equals_arriving_at_the_same_second():
    supply = roads([(0, 2), (1, 2), (2, 3)], capacity_pcu_h=[1800.0, 1800.0, 900.0], length_km=0.25)
    days = trips(np.repeat(np.arange(60) * 4.0, 2), path=np.tile([0, 1], 60))
    result = compare(supply, CARS, path_set([0, 2], [1, 2]), days)
    took = result.arrival_s - days.departure_s
    assert took[0::2].mean() == pytest.approx(took[1::2].mean(), rel=0.05)


def test_ring_in_gridlock():
    supply = roads([(0, 1), (1, 2), (2, 0)], storage_pcu=4.0, length_km=0.03)
    paths = path_set([0, 1, 2, 0, 1], [1, 2, 0, 1, 2], [2, 0, 1, 2, 0])
    days = trips(np.linspace(0, 5, 60), path=np.arange(60) % 3)
    result = compare(supply, CARS, paths, days, stuck_s=30.0)
    assert result.forced_count.sum() > 0
    assert np.isfinite(result.arrival_s).all()


def test_window_that_closes_while_vehicles_wait():
    supply = chain(3, capacity_pcu_h=[1800.0, 1800.0, 300.0], length_km=0.1)
    access = closed(3, 3, [([2], [0, 1], [(100.0, 500.0), (600.0, 900.0)]), ([1, 2], [2], [(400.0, 700.0)])])
    days = trips(np.arange(200) * 3.1, group=np.arange(200) % 3)
    result = compare(supply, MIXED, path_set([0, 1, 2]), days, access)
    assert (result.access_wait_s > 0).sum() > 20


@pytest.mark.parametrize("seed", range(25))
def test_random_towns(seed):
    supply, paths, days, access, ratio = random_world(seed)
    options = {"end_s": 2400.0, "bin_s": 100.0, "stuck_s": 60.0}
    compare(supply, MIXED, paths, days, access, capacity_ratio=ratio, **options)
    compare(supply, MIXED, paths, days, **options)


def test_random_towns_are_crowded_enough_to_tell():
    forced, waited, queued = 0, 0, 0.0
    for seed in range(5):
        supply, paths, days, access, ratio = random_world(seed)
        result = simulate_traffic(
            supply, MIXED, paths, days, access, capacity_ratio=ratio, end_s=2400.0, bin_s=100.0, stuck_s=60.0
        )
        forced += result.forced_count.sum()
        waited += (result.access_wait_s > 0).sum()
        queued = max(queued, result.queue_pcu.max())
    assert forced > 20
    assert waited > 50
    assert queued > 5

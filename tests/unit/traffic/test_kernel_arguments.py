"""The kernel says what is wrong with its arguments."""

from dataclasses import replace

import numpy as np
import pytest
from traffic_worlds import CARS, chain, closed, path_set, roads, trips

from transport_sim.errors import DataError
from transport_sim.traffic.kernel import simulate_traffic

SUPPLY = chain(3)
PATHS = path_set([0, 1, 2])
DAY = trips([0.0])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((SUPPLY, CARS, path_set([0, 2]), DAY), {}, "path 0 is not connected: link 2 does not start where link 0 ends"),
        ((SUPPLY, CARS, path_set([0], [1, 2, 1]), DAY), {}, "path 1 is not connected: link 1 .* where link 2"),
        ((SUPPLY, CARS, path_set([0, 3]), DAY), {}, "outside 0..2"),
        ((SUPPLY, CARS, path_set([0], []), trips([0.0], path=1)), {}, "1 trips have a path without links"),
        ((SUPPLY, CARS, PATHS, trips([0.0], path=1)), {}, "1 trips name no path"),
        ((SUPPLY, CARS, PATHS, trips([0.0], group=1)), {}, "1 trips name no group"),
        ((SUPPLY, CARS, PATHS, trips([0.0, np.nan, -1.0])), {}, r"2 trips have no departure .*first: 1, 2"),
        ((SUPPLY, CARS.assign(vehicle_class="cra"), PATHS, DAY), {}, "'cra'; did you mean 'car'"),
        ((SUPPLY, CARS.drop(columns="pcu"), PATHS, DAY), {}, "lacks pcu"),
        ((SUPPLY, CARS.assign(pcu=0.0), PATHS, DAY), {}, "no positive pcu"),
        (
            (replace(SUPPLY, capacity_pcu_h=np.array([1.0, 0.0, 1.0])), CARS, PATHS, DAY),
            {},
            "1 links .* capacity_pcu_h",
        ),
        ((SUPPLY, CARS, PATHS, DAY), {"capacity_ratio": np.ones((3, 95))}, r"shape \(3, 96\)"),
        (
            (SUPPLY, CARS, PATHS, DAY),
            {"capacity_ratio": np.full((3, 96), -1.0)},
            "3 links have a capacity ratio below 0",
        ),
        ((SUPPLY, CARS, PATHS, DAY), {"sample": np.array([1])}, "name no trip"),
        ((SUPPLY, CARS, PATHS, DAY), {"sample": np.array([0, 0])}, "twice"),
        ((SUPPLY, CARS, PATHS, DAY), {"bin_s": 0.0}, "positive and finite"),
        ((SUPPLY, CARS, PATHS, DAY, closed(2, 1, [])), {}, "access.link_pointers"),
        ((SUPPLY, CARS, PATHS, DAY, closed(3, 2, [([0], [0], [(0.0, 1.0)])])), {}, "must have 1 groups"),
        ((SUPPLY, CARS, PATHS, DAY, closed(3, 1, [([0], [0], [(0.0, 2.0), (1.0, 3.0)])])), {}, "overlap"),
        (
            (SUPPLY, CARS, PATHS, DAY, closed(3, 1, [([2], [0], [(-np.inf, np.inf)])])),
            {},
            "trip 0 .* closed to it for ever",
        ),
    ],
)
def test_message(arguments, options, message):
    with pytest.raises(DataError, match=message):
        simulate_traffic(*arguments, **options)


def test_windows_of_different_rules_may_overlap():
    access = closed(3, 1, [([0], [0], [(0.0, 100.0)]), ([0], [0], [(50.0, 200.0)])])
    result = simulate_traffic(SUPPLY, CARS, PATHS, DAY, access)
    assert result.access_wait_s[0] == 200.0


def test_nobody_travels():
    result = simulate_traffic(roads([(0, 1)]), CARS, path_set([0]), trips([]))
    assert result.flow_count.sum() == 0
    assert len(result.traversals) == 0


def test_who_departs_after_the_end_does_not_arrive():
    result = simulate_traffic(SUPPLY, CARS, PATHS, trips([0.0, 5000.0]), end_s=4000.0)
    np.testing.assert_array_equal(np.isfinite(result.arrival_s), [True, False])

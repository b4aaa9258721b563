"""Day-to-day assignment against closed forms: two routes, shortest paths, the gap by hand, rules, turns, warm start."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from transport_sim.errors import DataError
from transport_sim.factors.reader import load_factors
from transport_sim.network.model import LINK_SCHEMA, NODE_SCHEMA, TURN_SCHEMA, Network, as_schema
from transport_sim.traffic.assignment import CLOSING_MARGIN_S, equilibrium
from transport_sim.traffic.kernel import simulate_traffic
from transport_sim.traffic.link_times import LinkTimes, empty_roads, first_in_first_out, free_flow_s, link_times
from transport_sim.traffic.model import Access
from transport_sim.traffic.states import states_of
from transport_sim.traffic.supply import build_supply, link_supply
from transport_sim.traffic.timed_paths import Requests, arrivals, find_paths, roads_of

GROUPS = pd.DataFrame({"vehicle_class": ["car", "truck_heavy"], "pcu": [1.0, 2.0]})
ALWAYS = (-np.inf, np.inf)
BIN_S = 120.0


def roads(ends, minutes, capacity=1e5, lanes=2.0):
    """Return roads from their ends, in the order of the first: minutes at 60 km/h, pcu an hour."""
    start, end = np.array(ends, dtype=np.int64).T
    full = [np.broadcast_to(np.asarray(x, float), len(start)).copy() for x in (minutes, capacity, lanes)]
    return build_supply(
        from_node=start,
        to_node=end,
        length_km=full[0],
        lanes_count=full[2],
        capacity_pcu_h=full[1],
        free_speed_kmh=np.full(len(start), 60.0),
        factors=load_factors(),
    )


def demand(*rows):
    """Return trips of origin, destination, departure and group."""
    frame = pd.DataFrame(list(rows), columns=["origin_node", "destination_node", "departure_s", "group"])
    return frame.assign(trip_id=np.arange(len(frame)))


def access(supply, *rules, group_count=2):
    """Compile rules of link, groups and one window."""
    links = np.array([rule[0] for rule in rules], dtype=np.int64)
    order = np.argsort(links, kind="stable")
    groups = np.zeros((len(rules), group_count), dtype=bool)
    for rule, (_, concerned, _) in enumerate(rules):
        groups[rule, list(concerned)] = True
    windows = np.array([rule[2] for rule in rules], dtype=np.float64).reshape(-1, 2)
    return Access(
        np.searchsorted(links[order], np.arange(len(supply.link_ids) + 1)),
        order,
        groups,
        np.arange(len(rules) + 1),
        windows[:, 0].copy(),
        windows[:, 1].copy(),
    )


def links_of(found, trip):
    return found.paths.links[found.paths.pointers[trip] : found.paths.pointers[trip + 1]].tolist()


@pytest.fixture(scope="module")
def two_routes():
    """Return a short road with a bottleneck and a way round that takes five minutes longer, and its equilibrium.

    2,400 cars an hour for an hour, 1,200 of which pass the bottleneck: the queue grows until it costs five minutes,
    then everybody more goes round, and the two routes take the same.
    """
    supply = roads([(0, 1), (0, 2), (1, 3), (2, 3)], [5.0, 7.5, 5.0, 7.5], [4e3, 4e3, 1.2e3, 4e3])
    departures = np.arange(2400) * 1.5 + 3600.0
    trips = demand(*((0, 3, t, 0) for t in departures))
    return supply, trips, equilibrium(supply, GROUPS, trips, seed=1, gap=0.01, max_days=40, bin_s=BIN_S)


def test_two_routes_take_the_same_time_once_there_is_a_queue(two_routes):
    _, trips, found = two_routes
    assert found.converged
    time_s = found.result.arrival_s - found.trips.departure_s
    short = np.array([links_of(found, trip)[0] == 0 for trip in range(len(trips))])
    late = trips["departure_s"].to_numpy() > 3600 + 2400
    # 600 s on the empty short road, 900 s on the way round: with a queue, 900 s on both
    assert time_s[late & short].mean() == pytest.approx(900.0, rel=0.05)
    assert time_s[late & ~short].mean() == pytest.approx(900.0, rel=0.02)
    # 300 s of queue are 100 cars; beyond these, as many as pass the bottleneck take the short road
    assert short.sum() == pytest.approx(1200 + 100, rel=0.05)
    assert not (~short)[:150].any(), "nobody goes round before the queue costs five minutes, after 200 cars"


def test_the_gap_is_that_of_the_link_times(two_routes):
    """Count by hand: each trip's time on either route at the link times of the last day."""
    supply, trips, found = two_routes
    requests = requests_of(supply, trips)
    by_route = [
        arrivals(roads_of(found.times, None, 2), requests, 2 * np.arange(len(trips) + 1), np.tile(route, len(trips)))
        for route in (np.array([0, 2], np.int32), np.array([1, 3], np.int32))
    ]
    both = np.array(by_route) - trips["departure_s"].to_numpy()
    taken = np.array([links_of(found, trip)[0] for trip in range(len(trips))])
    own = both[taken, np.arange(len(trips))]
    gap = (own.sum() - both.min(axis=0).sum()) / own.sum()
    last = found.gaps.iloc[-1]
    assert last["gap_ratio"] == pytest.approx(gap, rel=1e-9)
    assert 0 < gap <= 0.01
    assert last["mean_time_s"] == pytest.approx(own.mean())
    assert last["mean_simulated_s"] == pytest.approx(own.mean(), rel=0.02), "link times tell what was experienced"


def test_the_same_again_gives_the_same_bytes_whatever_the_order_and_the_threads(two_routes):
    supply, trips, found = two_routes
    shuffled = trips.sample(frac=1.0, random_state=3)
    again = equilibrium(supply, GROUPS, shuffled, seed=1, gap=0.01, max_days=40, bin_s=BIN_S, workers=1)
    assert again.paths.links.tobytes() == found.paths.links.tobytes()
    assert again.result.arrival_s.tobytes() == found.result.arrival_s.tobytes()
    pd.testing.assert_frame_equal(again.gaps, found.gaps)


def test_a_warm_start_needs_fewer_days(two_routes):
    supply, trips, found = two_routes
    assert len(found.gaps) > 1
    warm = equilibrium(supply, GROUPS, trips, seed=1, gap=0.01, start=found, bin_s=BIN_S)
    assert warm.converged
    assert len(warm.gaps) == 1
    assert warm.gaps["gap_ratio"].iloc[0] == pytest.approx(found.gaps["gap_ratio"].iloc[-1], abs=1e-12)


def test_a_warm_start_keeps_paths_and_places_newcomers(two_routes):
    supply, trips, found = two_routes
    more = pd.concat([trips, demand((0, 3, 6000.0, 0), (1, 3, 3600.0, 0)).assign(trip_id=[9000, 9001])])
    warm = equilibrium(supply, GROUPS, more, seed=1, gap=1.0, start=found, bin_s=BIN_S)
    assert warm.trip_ids.tolist() == more["trip_id"].tolist()
    assert all(links_of(warm, trip) == links_of(found, trip) for trip in range(len(trips)))
    assert links_of(warm, len(trips) + 1) == [2]


def test_a_path_that_is_closed_now_is_not_kept(two_routes):
    supply, trips, found = two_routes
    closed = access(supply, (2, {0, 1}, ALWAYS))
    warm = equilibrium(supply, GROUPS, trips, closed, seed=1, gap=0.01, start=found, bin_s=BIN_S)
    assert warm.result.flow_count[:, 2].sum() == 0
    assert warm.result.flow_count[:, 1].sum() == len(trips)


def test_a_run_that_does_not_converge_says_so(two_routes):
    supply, trips, _ = two_routes
    found = equilibrium(supply, GROUPS, trips, seed=1, gap=1e-9, max_days=2, bin_s=BIN_S)
    assert not found.converged
    assert len(found.gaps) == 2
    assert found.gaps["changed_count"].tolist()[-1] == 0
    assert found.gaps["changed_count"].tolist()[0] > 0


def grid(size=6, seed=2):
    node = np.arange(size * size).reshape(size, size)
    pairs = [*zip(node[:, :-1].ravel(), node[:, 1:].ravel(), strict=True)]
    pairs += [*zip(node[:-1].ravel(), node[1:].ravel(), strict=True)]
    ends = sorted([*pairs, *((b, a) for a, b in pairs)])
    return roads(ends, np.random.default_rng(seed).uniform(0.5, 2.0, len(ends)))


def requests_of(supply, trips):
    columns = [trips[name].to_numpy(dtype=np.int64) for name in ("origin_node", "destination_node")]
    group = trips["group"].to_numpy(dtype=np.int64)
    classes = np.array([0, 6], dtype=np.int64)
    return Requests(*columns, trips["departure_s"].to_numpy(dtype=np.float64), group, classes[group])


def test_on_empty_roads_everybody_is_on_a_shortest_path():
    supply = grid()
    draw = np.random.default_rng(5)
    trips = demand(*((*draw.choice(36, 2, replace=False), draw.uniform(0, 80000), draw.integers(2)) for _ in range(60)))
    found = equilibrium(supply, GROUPS, trips, seed=1)
    assert found.converged
    assert len(found.gaps) == 1
    free = free_flow_s(supply)
    for group, number in ((0, 0), (1, 6)):
        matrix = csr_array((free[number], (supply.from_node, supply.to_node)), shape=(36, 36))
        shortest = dijkstra(matrix)
        for trip in np.flatnonzero(trips["group"] == group):
            along = free[number][links_of(found, trip)].sum()
            assert along == pytest.approx(shortest[trips["origin_node"][trip], trips["destination_node"][trip]])


def test_searches_find_the_earliest_arrival_in_time():
    """Against a label-correcting search without heap or bounds, at delays that change every five minutes."""
    supply = grid()
    draw = np.random.default_rng(7)
    delay_s = first_in_first_out(draw.uniform(0, 900, (12, len(supply.link_ids))), 300.0)
    times = LinkTimes(free_flow_s(supply), delay_s, 300.0)
    closed = access(supply, *((link, {0}, (600.0, 1500.0)) for link in range(0, len(supply.link_ids), 5)))
    for rules in (None, closed):
        ways = roads_of(times, rules, 2)
        trips = demand(*((*draw.choice(36, 2, replace=False), draw.uniform(0, 2000), 0) for _ in range(20)))
        requests = requests_of(supply, trips)
        found = find_paths({0: states_of(supply, None, "car")}, ways, requests)
        driven = arrivals(ways, requests, found.pointers, found.links)
        assert driven == pytest.approx(found.arrival_s, abs=1e-9)
        for trip in range(len(trips)):
            assert found.arrival_s[trip] == pytest.approx(_corrected(supply, ways, requests, trip))


def _corrected(supply, ways, requests, trip):
    earliest = np.full(36, np.inf)
    earliest[requests.origin[trip]] = requests.departure_s[trip]
    again = True
    while again:
        again = False
        for link in range(len(supply.link_ids)):
            start = earliest[supply.from_node[link]]
            if np.isfinite(start):
                one = Requests(*(np.array([x]) for x in (0, 0, start, 0, 0)))
                end = arrivals(ways, one, np.array([0, 1]), np.array([link], dtype=np.int32))[0]
                if end < earliest[supply.to_node[link]] - 1e-9:
                    earliest[supply.to_node[link]] = end
                    again = True
    return earliest[requests.destination[trip]]


def test_nobody_is_on_a_closed_link_while_it_is_closed():
    supply = roads([(0, 1), (0, 2), (1, 3), (2, 3)], [5.0, 10.0, 5.0, 10.0])
    window = 7 * 3600.0, 9 * 3600.0
    rules = access(supply, (2, {1}, window))
    departures = np.arange(6 * 3600.0, 10 * 3600.0, 60.0)
    trips = demand(*((0, 3, t, group) for t in departures for group in (0, 1)))
    found = equilibrium(supply, GROUPS, trips, rules, seed=1)
    assert found.converged
    group, here = trips["group"].to_numpy(), np.array([2 in links_of(found, trip) for trip in range(len(trips))])
    there_s = trips["departure_s"].to_numpy() + 300.0
    assert here[group == 0].all(), "the rule is for trucks alone"
    # the way round takes ten minutes more: no longer a wait is worth it
    worth = window[1] - 600.0
    assert not here[(group == 1) & (there_s >= window[0]) & (there_s < worth - 1)].any()
    assert here[(group == 1) & (there_s > worth + 1)].all()
    assert here[(group == 1) & (there_s < window[0] - CLOSING_MARGIN_S - 1)].all()
    assert not here[(group == 1) & (there_s > window[0] - CLOSING_MARGIN_S + 1) & (there_s < window[0])].any(), (
        "cautious"
    )
    assert 0 < found.result.access_wait_s.max() <= 600.0
    everybody = np.arange(len(trips))
    again = simulate_traffic(supply, GROUPS, found.paths, found.trips, rules, sample=everybody)
    truck = again.traversals[(again.traversals["link"] == 2) & (group[again.traversals["trip"]] == 1)]
    assert len(truck) == here[group == 1].sum()
    assert not ((truck["enter_s"] >= window[0]) & (truck["enter_s"] < window[1])).any()


@pytest.fixture(scope="module")
def rush():
    """Return a bottleneck before a street that closes from seven to ten, and 600 cars that would be there in time.

    On empty roads the last one, leaving at 6:45, is at the street at 6:50. But the bottleneck lets 1,200 an hour
    through, half of what comes, and holds up the last hundred past seven.
    """
    supply = roads([(0, 1), (1, 2)], [5.0, 5.0], [1.2e3, 4e3], [3.0, 2.0])
    trips = demand(*((0, 2, t, 0) for t in 6.5 * 3600.0 + np.arange(600) * 1.5))
    return supply, trips, access(supply, (1, {0, 1}, (7 * 3600.0, 10 * 3600.0)))


def test_who_is_late_at_a_closed_street_for_the_rush_before_it_leaves_earlier(rush):
    supply, trips, closed = rush
    leeway = trips.assign(earliest_departure_s=trips["departure_s"] - 7200.0, ahead_s=60.0)
    rigid = equilibrium(supply, GROUPS, trips, closed, seed=1, max_days=3, bin_s=300.0)
    found = equilibrium(supply, GROUPS, leeway, closed, seed=1, bin_s=300.0)
    waited = rigid.result.access_wait_s > 0
    assert waited.sum() == pytest.approx(100, abs=1), "1,200 an hour from 6:35 to seven are 500"
    assert (rigid.trips.departure_s == trips["departure_s"]).all()
    assert found.converged
    assert found.gaps["late_count"].iloc[0] == waited.sum()
    assert not (found.result.access_wait_s > 0).any()
    assert (found.result.arrival_s < 7 * 3600.0 + 300.0).all()
    moved_s = trips["departure_s"].to_numpy() - found.trips.departure_s
    assert (moved_s >= 0).all()
    assert not moved_s[:20].any(), "who is ahead of the queue stays"
    assert 300.0 < moved_s.max() <= 7200.0


def test_nobody_enters_while_it_is_closed_on_any_day_of_learning(rush):
    supply, trips, closed = rush
    leeway = trips.assign(earliest_departure_s=trips["departure_s"] - 7200.0)
    for days in (1, 2, 5):
        found = equilibrium(supply, GROUPS, leeway, closed, seed=1, max_days=days, bin_s=300.0)
        again = simulate_traffic(supply, GROUPS, found.paths, found.trips, closed, sample=np.arange(len(trips)))
        enter_s = again.traversals.loc[again.traversals["link"] == 1, "enter_s"]
        assert len(enter_s) == len(trips)
        assert not ((enter_s >= 7 * 3600.0) & (enter_s < 10 * 3600.0)).any()


def test_nobody_leaves_before_the_earliest_departure(rush):
    supply, trips, closed = rush
    leeway = trips.assign(earliest_departure_s=trips["departure_s"] - 240.0)
    found = equilibrium(supply, GROUPS, leeway, closed, seed=1, max_days=4, bin_s=300.0)
    assert (trips["departure_s"] - found.trips.departure_s <= 240.0).all()
    assert found.gaps["moved_count"].sum() < found.gaps["late_count"].sum()


def test_who_cannot_get_there_is_named_and_left_out():
    supply = roads([(0, 1), (1, 2)], [5.0, 5.0])
    trips = demand((0, 2, 0.0, 0), (0, 2, 0.0, 1), (2, 0, 0.0, 0), (1, 1, 0.0, 0))
    found = equilibrium(supply, GROUPS, trips, access(supply, (1, {1}, ALWAYS)), seed=1)
    assert found.trip_ids.tolist() == [0]
    assert found.left_out.to_dict("list") == {
        "trip_id": [1, 2, 3],
        "reason": ["no_path", "no_path", "same_node"],
    }


def test_without_trips_there_is_nothing_to_do():
    found = equilibrium(roads([(0, 1)], 1.0), GROUPS, demand().astype({"origin_node": int}), seed=1)
    assert found.converged
    assert len(found.trip_ids) == 0


def test_forbidden_turns_are_obeyed():
    """Straight on at node 1 is forbidden, so the path goes round the block; trucks may."""
    ends = [(0, 1), (1, 2), (1, 3), (3, 1)]
    nodes = pd.DataFrame(
        {"lon": [107.0, 107.01, 107.02, 107.01], "lat": [31.0, 31.0, 31.0, 31.01], "mode": "road", "status": "open"}
    )
    links = pd.DataFrame(ends, columns=["from_node", "to_node"]).assign(
        way_id=1,
        mode="road",
        link_class="primary",
        length_km=1.0,
        free_speed_kmh=60.0,
        free_speed_source="tag",
        toll=False,
        electrified=False,
        status="open",
    )
    turns = pd.DataFrame(
        {"from_link": [0], "via_node": [1], "to_link": [1], "kind": ["no"], "vehicle_classes": ["car"]}
    )
    tables = (
        as_schema(frame.reindex(columns=list(schema.columns)), schema)
        for frame, schema in ((nodes, NODE_SCHEMA), (links, LINK_SCHEMA))
    )
    network = Network("turn", *tables, turns=as_schema(turns, TURN_SCHEMA))
    supply = link_supply(network, load_factors())
    found = equilibrium(supply, GROUPS, demand((0, 2, 0.0, 0), (0, 2, 0.0, 1)), network=network, seed=1)
    assert supply.link_ids[links_of(found, 0)].tolist() == [0, 2, 3, 1]
    assert supply.link_ids[links_of(found, 1)].tolist() == [0, 1]


def test_link_times_are_means_over_all_classes_and_first_in_first_out(two_routes):
    supply, _, found = two_routes
    times = link_times(supply, found.result)
    delay_s = (found.result.time_s[0] - found.result.flow_count[0] * free_flow_s(supply)[0][:, None]).T
    used = found.result.flow_count[0].T > 0
    mean = np.divide(delay_s, found.result.flow_count[0].T, out=np.zeros_like(delay_s), where=used)
    assert times.delay_s == pytest.approx(first_in_first_out(np.maximum(mean, 0.0), BIN_S), abs=1e-3)
    assert not used.all(), "where nobody drove, the road is empty"
    assert times.delay_s[:20].max() == 0
    falling = first_in_first_out(np.array([[2000.0], [0.0], [0.0], [0.0]]), 900.0)
    assert falling.ravel().tolist() == [2000.0, 1100.0, 200.0, 0.0]
    assert empty_roads(supply).delay_s.shape == (96, 4)


def test_bad_input_is_refused(two_routes):
    supply, trips, found = two_routes
    for change, message in (
        ({"origin_node": 99}, "origin_node that is at no road \\(first: 99\\)"),
        ({"group": 2}, "name no group from 0 to 1"),
        ({"departure_s": -1.0}, "have no departure from 0 on"),
        ({"trip_id": 1}, "name a trip twice"),
    ):
        with pytest.raises(DataError, match=message):
            equilibrium(supply, GROUPS, trips.assign(**change), seed=1)
    with pytest.raises(DataError, match="lacks departure_s"):
        equilibrium(supply, GROUPS, trips.drop(columns="departure_s"), seed=1)
    with pytest.raises(DataError, match="max_days"):
        equilibrium(supply, GROUPS, trips, seed=1, max_days=0)
    with pytest.raises(DataError, match="bins of another length"):
        equilibrium(supply, GROUPS, trips, seed=1, start=found, bin_s=600.0)

"""Tours that are drawn: addressed, in the best order, with the shares that are stated."""

from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest

from transport_sim.demand.tour_order import ordered_stops
from transport_sim.demand.tours import TourPlaces, corridor_tours, draw_tours, technologies, tour_places, vehicle_ids
from transport_sim.errors import DataError
from transport_sim.fleet.travel import Travel
from transport_sim.inputs import Inputs

ROW = pd.Series(
    {
        "fleet": "delivery_van",
        "base": "north",
        "lon": 107.0,
        "lat": 31.0,
        "tours_per_day": 1.5,
        "days_per_week": 5,
        "from_hour": 8.0,
        "to_hour": 16.0,
        "stops_per_tour": 4,
        "by_bus_share": 0.0,
        "post_stops_count": 0,
        "post_min": 0.0,
        "service_min": 10.0,
        "radius_km": 50.0,
    }
)


def some_travel(count: int = 10, seed: int = 1) -> Travel:
    rng = np.random.default_rng(seed)
    time_s = rng.uniform(60.0, 3600.0, (24, count, count))
    time_s[:, np.arange(count), np.arange(count)] = 0.0
    return Travel(np.arange(100, 100 + count), time_s, time_s[0] / 60.0)


def some_places(count: int = 10) -> TourPlaces:
    rng = np.random.default_rng(2)
    return TourPlaces(
        np.arange(100, 100 + count),
        rng.uniform(1.0, 9.0, count),
        107.0 + rng.uniform(-0.1, 0.1, count),
        31.0 + rng.uniform(-0.1, 0.1, count),
    )


def length(times, order) -> float:
    return sum(times[a, b] for a, b in pairwise(order))


@pytest.mark.parametrize("stops", [2, 3, 5, 7])
def test_up_to_seven_stops_the_order_is_the_best_of_all(stops: int) -> None:
    """Brute force over all permutations, with ways that take other times to and fro."""
    times = some_travel(12, seed=stops).time_s
    rng = np.random.default_rng(stops)
    places = np.stack([np.array([0, *rng.permutation(np.arange(1, 11))[:stops], 11]) for _ in range(4)])
    hour = np.array([0, 5, 12, 23])
    for found, given, h in zip(ordered_stops(times, hour, places), places, hour, strict=True):
        best = min(length(times[h], (given[0], *middle, given[-1])) for middle in permutations(given[1:-1]))
        assert length(times[h], found) == pytest.approx(best)
        assert sorted(found) == sorted(given)
        assert (found[0], found[-1]) == (given[0], given[-1])


def test_more_stops_are_never_slower_than_the_nearest_first_and_cannot_be_turned_around() -> None:
    times = some_travel(20).time_s
    places = np.array([[0, *range(1, 19), 0]])
    found = ordered_stops(times, np.array([8]), places)[0]
    at, nearest = {*range(1, 19)}, [0]
    while at:
        nearest.append(min(at, key=lambda n: (times[8][nearest[-1], n], n)))
        at.discard(nearest[-1])
    now = length(times[8], found)
    assert now <= length(times[8], [*nearest, 0]) + 1e-6
    for i in range(1, 18):
        for j in range(i + 1, 19):
            turned = [*found[:i], *found[i : j + 1][::-1], *found[j + 1 :]]
            assert length(times[8], turned) >= now - 1e-3
    assert sorted(found) == sorted(places[0])


def drawn(count: int = 30, *, seed: int = 1, **changes):
    row = ROW.copy()
    for name, value in changes.items():
        row[name] = value
    ids = vehicle_ids(row["fleet"], row["base"], count)
    return draw_tours(row, 100, ids, some_places(), some_travel(), days=7, seed=seed)


def test_tours_keep_to_their_window_their_days_and_their_order() -> None:
    found = drawn()
    hour = found.depart_s % 86_400.0 / 3600.0
    assert hour.min() >= 8.0
    assert hour.max() <= 16.0
    assert set(found.day) == {0, 1, 2, 3, 4}
    assert (np.diff(found.depart_s)[np.diff(found.vehicle) == 0] > 0.0).all()
    assert len(found.day) / (30 * 5) == pytest.approx(1.5, abs=0.15)
    assert (found.service_s[:, [0, -1]] == 0.0).all()
    assert (found.service_s[:, 1:-1] == 600.0).all()


def test_one_vehicle_more_leaves_the_tours_of_the_others_alone() -> None:
    few, more = drawn(10), drawn(11)
    mine = more.vehicle < 10
    for name in ("vehicle", "day", "number", "depart_s", "places", "service_s"):
        np.testing.assert_array_equal(getattr(few, name), getattr(more, name)[mine])


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    assert drawn().places.tobytes() == drawn().places.tobytes()
    assert drawn().depart_s.tobytes() == drawn().depart_s.tobytes()
    assert drawn().depart_s.tobytes() != drawn(seed=2).depart_s.tobytes()


def test_post_on_the_bus_takes_stops_from_vans_and_time_at_stops_of_buses() -> None:
    vans = drawn(fleet="postal_van", by_bus_share=0.5)
    buses = drawn(fleet="rural_bus", post_stops_count=1, post_min=3.0)
    assert vans.places.shape[1] == 2 + 2
    assert buses.service_s[0].tolist() == [0.0, 780.0, 600.0, 600.0, 600.0, 0.0]
    first = [buses.places[(buses.vehicle == 3) & (buses.day == d) & (buses.number == 0)] for d in (0, 1)]
    assert sorted(first[0][0]) == sorted(first[1][0])  # the same round every day


def test_a_base_that_no_road_leads_to_is_refused() -> None:
    travel = some_travel()
    travel.time_s[:, 0, :] = np.inf
    with pytest.raises(DataError, match="'north' can be reached"):
        draw_tours(ROW, 100, vehicle_ids("x", "y", 2), some_places(), travel, days=7, seed=1)


def test_technologies_have_their_shares_and_electric_vehicles_stay_electric() -> None:
    ids = vehicle_ids("official_car", "north", 200)
    few = technologies({"petrol": 900.0, "battery_electric": 100.0}, ids, seed=1)
    more = technologies({"petrol": 500.0, "battery_electric": 500.0}, ids, seed=1)
    assert few.count("battery_electric") == 20
    assert more.count("battery_electric") == 100
    assert all(b == "battery_electric" for a, b in zip(few, more, strict=True) if a == "battery_electric")
    assert technologies({}, ids[:1], seed=1) == [""]


def test_a_corridors_trucks_go_to_and_fro_once_a_day() -> None:
    row = pd.Series({"days_per_week": 7, "from_hour": 2.0, "to_hour": 6.0, "dwell_h": 1.5})
    found = corridor_tours(row, vehicle_ids("tractor_trailer", "c", 5), (3, 7), days=7, seed=1)
    assert found.places.tolist() == [[3, 7, 3]] * 35
    assert found.service_s[0].tolist() == [0.0, 5400.0, 0.0]
    assert np.unique(np.round(found.depart_s[found.vehicle == 2] % 86_400.0, 6)).size == 1


def test_the_places_of_tours_hold_all_inhabitants(dazhou_inputs: Inputs) -> None:
    places = tour_places(dazhou_inputs)
    assert places.weight.sum() == pytest.approx(1000.0 * dazhou_inputs.zones["population_thousand"].sum())
    assert len(places.node_id) > 100

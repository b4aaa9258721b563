import numpy as np
import pytest

from transport_sim.errors import NetworkError
from transport_sim.network.access import closed_links
from transport_sim.network.router import Router

MORNING, NOON, MONDAY, SUNDAY = 8, 12, 0, 6
LINKS = [(0, 1)] * 6


@pytest.fixture
def streets(bare):
    """Parallel streets, each with a rule of its own, and one without."""
    return bare(
        LINKS,
        length_km=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        access_closed=["", "truck_heavy;tractor_trailer", "bus", "", "", ""],
        conditional=[
            "hgv=no @ (Mo-Fr 07:00-09:00)",
            "",
            "bus=yes @ (Sa-Su)",
            "",
            "hgv=no @ (weight>3.5)",
            "",
        ],
        max_height_m=[np.nan, np.nan, np.nan, 2.0, np.nan, np.nan],
    )


def closed(network, vehicle_class, **time):
    return np.flatnonzero(closed_links(network, vehicle_class=vehicle_class, **time)).tolist()


def test_what_is_closed_always(streets):
    assert closed(streets, "truck_heavy") == [1, 3]
    assert closed(streets, "bus") == [2, 3]
    assert closed(streets, "car") == []


def test_what_is_closed_or_open_at_a_time(streets):
    assert closed(streets, "truck_heavy", hour=MORNING, weekday=MONDAY) == [0, 1, 3, 4]
    assert closed(streets, "truck_heavy", hour=NOON, weekday=MONDAY) == [1, 3, 4]
    assert closed(streets, "truck_heavy", hour=MORNING, weekday=SUNDAY) == [1, 3, 4]
    assert closed(streets, "bus", hour=MORNING, weekday=MONDAY) == [2, 3]
    assert closed(streets, "bus", hour=MORNING, weekday=SUNDAY) == [3]
    assert closed(streets, "car", hour=MORNING, weekday=MONDAY) == []


@pytest.mark.parametrize("engine", ["dijkstra", "hierarchy"])
def test_a_router_obeys_the_mask(streets, engine):
    router = Router(streets, modes=("road",), vehicle_class="truck_heavy", engine=engine)
    length_km = streets.links["length_km"].to_numpy()
    costs = []
    for hour in (MORNING, NOON):
        weight = np.where(router.mask(hour=hour, weekday=MONDAY), np.inf, length_km)
        costs.append(router.paths([0], [1], weight).cost[0])
    assert costs == [3.0, 1.0]
    assert np.isinf(router.skim([0], [1], np.where(np.ones(6, dtype=bool), np.inf, length_km))).all()
    assert not Router(streets, modes=("road",)).mask(hour=MORNING, weekday=MONDAY).any()


def test_what_is_wrong_is_named(streets):
    with pytest.raises(NetworkError, match="no vehicle class 'lorry'"):
        closed_links(streets, vehicle_class="lorry")
    for time in ({"hour": 24, "weekday": 0}, {"hour": 3}, {"weekday": 2}, {"hour": 3, "weekday": 7}):
        with pytest.raises(NetworkError, match="an hour from 0 to 23 and a weekday from 0 to 6"):
            closed_links(streets, vehicle_class="car", **time)

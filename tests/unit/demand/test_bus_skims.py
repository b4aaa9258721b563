"""Ways by bus over lines that are worked out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.demand.bus_skims import bus_ways, mean_waits_h
from transport_sim.inputs import Inputs

KM = 1.0 / 111.195
"""A kilometre northwards in degrees."""
WALK_KMH, DETOUR, STOP_KM = 5.0, 1.3, 0.5


def line(name: str, stops: str, **other: object) -> dict[str, object]:
    return {
        "line": name,
        "name": "",
        "stops": stops,
        "depot": "d",
        "charging": "overnight",
        "layover_min": 5.0,
        "stop_distance_km": STOP_KM,
        "dwell_s": 0.0,
        "time_ratio": 1.5,
        "time_spread_ratio": 0.0,
        "scheduled_speed_kmh": np.nan,
        "from_year": 2000,
        "to_year": 2100,
        "note": "",
        **other,
    }


def headway(name: str, minutes: float, begin: float = 6.0, end: float = 22.0, days: str = "daily") -> dict[str, object]:
    hours = {"from_hour": begin, "to_hour": end, "headway_min": minutes, "note": ""}
    return {"line": name, "days": days, **hours}


def world(dazhou: Inputs, lines: list[dict[str, object]], headways: list[dict[str, object]]) -> Inputs:
    """Return inputs with stops a, b, c at 0, 4 and 8 km northwards, and d and e at 4 and 8 km east of b."""
    stops = [("a", 0, 0), ("b", 0, 4), ("c", 0, 8), ("d", 4, 4), ("e", 8, 4)]
    lon_km = KM / np.cos(np.radians(4 * KM))
    frame = pd.DataFrame(
        [{"stop": s, "name": "", "lon": x * lon_km, "lat": y * KM, "station": "", "note": ""} for s, x, y in stops]
    )
    for name, rows in (("bus_services", lines), ("bus_headways", headways)):
        dazhou = dazhou.with_table(name, pd.DataFrame(rows, columns=dazhou.operations[name].columns))
    return replace(dazhou.with_table("bus_stops", frame), traffic=None)


PLACES = np.array([[0.0, 0.0], [0.0, 4 * KM], [0.0, 8 * KM], [8 * KM / np.cos(np.radians(4 * KM)), 4 * KM]])
"""At a, b, c and e."""
DISTANCE = np.full((4, 4), 10.0)
CAR_H = DISTANCE / 20.0


def ways(inputs: Inputs):
    return bus_ways(inputs, PLACES, DISTANCE, CAR_H)


def test_a_ride_is_the_way_along_the_line_at_the_speed_of_cars_times_the_lines_ratio(dazhou_inputs):
    """4 km x 1.3 at 20 km/h / 1.5; half a headway of 12 min; a quarter of the distance of stops at either end."""
    found = ways(world(dazhou_inputs, [line("north", "a;b;c")], [headway("north", 12.0)]))
    assert found.ride_h[0, 1] == pytest.approx(4 * DETOUR / 20 * 1.5, rel=1e-3)
    assert found.ride_h[0, 2] == pytest.approx(2 * found.ride_h[0, 1], rel=1e-3)
    assert found.wait_h[0, 2] == pytest.approx(0.1)
    assert found.walk_h[0, 2] == pytest.approx(2 * STOP_KM / 4 / WALK_KMH, rel=1e-3)
    assert found.transfers_count[0, 2] == 0
    assert not found.is_served[0, 3], "nobody walks 8 km"
    np.testing.assert_allclose(found.ride_h, found.ride_h.T)


def test_halts_and_a_bus_lane_change_the_ride_only(dazhou_inputs):
    plain = ways(world(dazhou_inputs, [line("north", "a;b;c")], [headway("north", 12.0)]))
    halting = ways(world(dazhou_inputs, [line("north", "a;b;c", dwell_s=30.0)], [headway("north", 12.0)]))
    lane = ways(world(dazhou_inputs, [line("north", "a;b;c", time_ratio=0.9)], [headway("north", 12.0)]))
    halts_h = 4 * DETOUR / STOP_KM * 30.0 / 3600.0
    assert halting.ride_h[0, 1] - plain.ride_h[0, 1] == pytest.approx(halts_h, rel=1e-3)
    assert lane.ride_h[0, 1] == pytest.approx(plain.ride_h[0, 1] * 0.9 / 1.5)
    assert (lane.wait_h[0, 1], lane.walk_h[0, 1]) == (plain.wait_h[0, 1], plain.walk_h[0, 1])


def test_passengers_change_at_a_stop_of_both_lines(dazhou_inputs):
    lines = [line("north", "a;b;c"), line("east", "b;d;e")]
    found = ways(world(dazhou_inputs, lines, [headway("north", 12.0), headway("east", 20.0)]))
    assert found.transfers_count[0, 3] == 1
    assert found.wait_h[0, 3] == pytest.approx(0.1 + 1 / 6)
    assert found.ride_h[0, 3] == pytest.approx((4 + 8) * DETOUR / 20 * 1.5, rel=1e-3)
    assert found.walk_h[0, 3] == pytest.approx(2 * STOP_KM / 4 / WALK_KMH, rel=1e-3), "no walk where one changes"


def test_of_two_lines_on_one_way_the_better_is_taken(dazhou_inputs):
    lines = [line("slow", "a;b;c"), line("often", "a;b;c")]
    found = ways(world(dazhou_inputs, lines, [headway("slow", 40.0), headway("often", 10.0)]))
    assert found.wait_h[0, 2] == pytest.approx(1 / 12)


@pytest.mark.parametrize(
    ("rows", "wait_h"),
    [
        ([headway("north", 12.0)], 0.1),
        ([headway("north", 10.0, 6, 8), headway("north", 20.0, 8, 16)], 10 / 36 / 2),
        ([headway("north", 10.0, days="workday"), headway("north", 60.0, days="weekend")], 1 / 12),
    ],
)
def test_the_mean_wait_is_half_of_the_hours_of_service_by_departures(dazhou_inputs, rows, wait_h):
    """10 h of service with 2 x 6 + 8 x 3 departures: half of 10 / 36 h."""
    assert mean_waits_h(world(dazhou_inputs, [line("north", "a;b")], rows)) == {"north": pytest.approx(wait_h)}


def test_lines_without_service_or_of_other_years_lead_nowhere(dazhou_inputs):
    assert not ways(world(dazhou_inputs, [line("north", "a;b;c")], [])).is_served.any()
    later = world(dazhou_inputs, [line("north", "a;b;c", from_year=2030)], [headway("north", 12.0)])
    assert not ways(later).is_served.any()
    assert ways(replace(later, year=2030)).is_served[0, 2]
    assert not ways(world(dazhou_inputs, [], [])).is_served.any()

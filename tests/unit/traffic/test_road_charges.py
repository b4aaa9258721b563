"""Charges by hand: a row of four links, of which two lie inside a cordon."""

import datetime as dt
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from transport_sim.conditions import When, Who
from transport_sim.day import Day
from transport_sim.measures import RoadCharge
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.traffic.link_times import LinkTimes
from transport_sim.traffic.model import LinkSupply, PathSet, Trips
from transport_sim.traffic.road_charges import link_charges_cny, trip_charges_cny

HOUR = 3600.0
DAY = Day(dt.date(2030, 1, 8))
GROUPS = pd.DataFrame({"vehicle_class": ["car", "bus"], "technology": ["petrol", "diesel"]})
SUPPLY = LinkSupply(
    **{field.name: np.ones(5) for field in fields(LinkSupply)}
    | {
        "link_ids": np.array([10, 11, 12, 13, 14]),
        "from_node": np.array([0, 1, 2, 3, 2]),
        "to_node": np.array([1, 2, 3, 4, 5]),
        "length_km": np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
    }
)
"""10 leads to 11, 11 to 12 and 14, 12 to 13."""
PATHS = PathSet(np.array([0, 4, 6, 9]), np.array([0, 1, 2, 3, 2, 3, 1, 2, 1]))
"""Through; from inside out; within, over link 11 twice."""


def charge(cny: float, per: str, inside: tuple[int, ...] = (11, 12), **who) -> RoadCharge:
    return RoadCharge(inside, Who(**who), When(windows=("07:00-09:00",)), (), cny, per, "test")


def paid(charges: list[RoadCharge], path: int, hour: float, group: int = 0) -> float:
    trips = Trips(np.array([hour * HOUR]), np.array([group]), np.array([path]))
    times = LinkTimes(np.full((len(VEHICLE_CLASSES), 5), 1800.0), np.zeros((96, 5)), 900.0)
    return float(trip_charges_cny(SUPPLY, charges, GROUPS, PATHS, trips, day=DAY, times=times)[0])


@pytest.mark.parametrize(
    ("per", "path", "hour", "cny"),
    [
        ("entry", 0, 6.5, 10.0),  # enters at seven
        ("entry", 0, 6.4, 0.0),  # before it
        ("entry", 0, 8.49, 10.0),
        ("entry", 0, 8.5, 0.0),  # enters at nine, when it is over
        ("entry", 1, 8.0, 0.0),  # begins inside
        ("entry", 2, 8.0, 0.0),  # never was outside
        ("km", 0, 7.0, 50.0),  # 2 + 3 km, entered at 7:30 and 8:00
        ("km", 0, 8.0, 20.0),  # the second at nine
        ("km", 1, 8.0, 30.0),
    ],
)
def test_each_trip_pays_for_what_it_enters_in_the_window(per, path, hour, cny):
    assert paid([charge(10.0, per)], path, hour) == pytest.approx(cny)


def test_only_the_groups_of_the_charge_pay_and_charges_add_up():
    cars = charge(10.0, "entry", vehicle_classes=("car",))
    assert paid([cars], 0, 7.0, group=1) == 0.0
    assert paid([cars, charge(3.0, "entry")], 0, 7.0, group=0) == 13.0
    assert paid([], 0, 7.0) == 0.0


def test_coming_back_costs_again():
    assert paid([charge(10.0, "entry", inside=(11, 13))], 0, 6.5) == 20.0


def test_a_router_sees_the_entry_on_the_links_behind_the_border_and_kilometres_on_all():
    at = {"group": 0, "time_s": 8 * HOUR, "day": DAY}
    assert link_charges_cny(SUPPLY, [charge(10.0, "entry")], GROUPS, **at).tolist() == [0, 10, 0, 0, 0]
    assert link_charges_cny(SUPPLY, [charge(10.0, "km")], GROUPS, **at).tolist() == [0, 20, 30, 0, 0]
    later = {**at, "time_s": 9 * HOUR}
    assert not link_charges_cny(SUPPLY, [charge(10.0, "km")], GROUPS, **later).any()

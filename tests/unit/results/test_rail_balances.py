"""The balances of railways must find what is wrong in records, whoever wrote them."""

import pytest

from transport_sim.availability import Window
from transport_sim.results.rail_balances import rail_balances
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.simulation.railway_plan import Itinerary, OccupiedPaths, RailRoute, RailwayPlan, WagonType
from transport_sim.simulation.records import LegRecord, WaitLog, WaitRecord

NOWHERE = Itinerary("", ())
PAIR, BACK = (0, 1, 0.0), (1, 0, 0.0)
DAY = 86400.0


def plan() -> Plan:
    route = RailRoute(NOWHERE, NOWHERE, "track:A", "track:B", 1.0, 0.0, 1000.0, 0.0)
    railway = RailwayPlan(
        paths={"section:1": OccupiedPaths([(3600.0, 4200.0), (86000.0, 86800.0)])},
        closures={"section:2": (Window(1000.0, 2000.0, 0.0), Window(5000.0, 6000.0, 0.5))},
    )
    return Plan((), (), {PAIR: route}, {}, railway, (WagonType("wagon", 60.0, 24.0, 14.0),), (), 0.9)


def leg(start: int, end: int, wagons: int, *, loaded: bool) -> LegRecord:
    return LegRecord(
        "rail", "freight_train", start, end, 0.0, 0.0, 1.0, 1, 0.0, 0.0, loaded=loaded, wagons_count=wagons
    )


def broken(records: Records) -> list[str]:
    return [name.partition(":")[0] for name, _, left, right in rail_balances(plan(), records) if left != right]


@pytest.mark.parametrize(
    ("facility", "start_s", "stay_s", "wrong"),
    [
        ("section:1", 3000.0, 600.0, False),
        ("section:1", 3000.0, 601.0, True),
        ("section:1", 4200.0, 600.0, False),
        ("section:1", 5 * DAY + 4199.0, 60.0, True),
        ("section:1", 5 * DAY + 100.0, 60.0, True),  # the path that began before midnight
        ("section:1", 5 * DAY + 400.0, 60.0, False),
        ("section:1", 5 * DAY + 85990.0, 20.0, True),
        ("section:3", 3700.0, 60.0, False),
    ],
)
def test_a_train_in_the_path_of_another_is_found(facility, start_s, stay_s, wrong):
    records = Records(waits=WaitLog([WaitRecord(facility, start_s - 10.0, 10.0, stay_s)]))
    assert broken(records) == ["railways"] * wrong


@pytest.mark.parametrize(
    ("start_s", "wrong"), [(900.0, False), (901.0, True), (1999.0, True), (2000.0, False), (5500.0, False)]
)
def test_a_train_on_a_closed_line_is_found_and_one_on_a_slower_line_is_not(start_s, wrong):
    assert broken(Records(waits=WaitLog([WaitRecord("section:2", start_s, 0.0, 100.0)]))) == ["railways"] * wrong


@pytest.mark.parametrize(("back", "standing", "wrong"), [(10, 0, False), (7, 3, False), (7, 0, True), (10, 3, True)])
def test_a_wagon_that_is_neither_back_nor_standing_is_found(back, standing, wrong):
    records = Records(legs=[leg(0, 1, 10, loaded=True), leg(1, 0, back, loaded=False)])
    if standing:
        records.wagons_standing[PAIR, 0] = standing
    assert broken(records) == ["wagons"] * wrong

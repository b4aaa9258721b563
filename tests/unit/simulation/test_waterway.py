"""Vessels under way: the load of the month, mooring while a river is closed, waiting for water."""

from dataclasses import replace

import pytest

from transport_sim.availability import Window, availability
from transport_sim.simulation.engine import simulate
from transport_sim.simulation.plan import FacilityPlan, Plan, PlannedLeg, PlannedShipment
from transport_sim.simulation.railway_plan import RailwayPlan
from transport_sim.simulation.river_plan import LockPlan, Reach, RiverRoute, VesselSize

DAY = 86_400.0
LOAD_T = (100.0, 200.0, *([400.0] * 10))
"""In January, February and later."""


def route(*reaches: Reach, **changes) -> RiverRoute:
    plain = RiverRoute(reaches, (), "berth:0", "berth:1", 400.0, "vessel", 10 * DAY, monthly_payload_t=LOAD_T)
    return replace(plain, **changes)


def voyages(way: RiverRoute, releases, *, start_day: int | None = 0, tonnes_t: float = 100.0, locks=None):
    """Send lots from port 0 to port 1; return the loaded voyages in the order of departure, and the records."""
    leg = PlannedLeg("waterway", 0, 1, 0.0, 0.0)
    lots = [
        PlannedShipment(n, at, tonnes_t, "", 0, returns_empty=False, legs=(leg,), stops=("", ""))
        for n, at in enumerate(releases)
    ]
    berths = tuple(FacilityPlan(f"berth:{n}", "berth", 100, 0.0) for n in (0, 1))
    plan = Plan(
        shipments=tuple(lots),
        facilities=berths,
        rail_routes={},
        river_routes={(0, 1, 0.0): way},
        railway=RailwayPlan(),
        wagon_types=(),
        wagon_of=(),
        empty_return_share_train=0.0,
        calendar_start_day=start_day,
        locks=locks or {},
    )
    records = simulate(plan)
    return sorted((leg for leg in records.legs if leg.loaded), key=lambda leg: leg.depart_s), records


@pytest.mark.parametrize(("day", "loads"), [(0, [100.0] * 4), (35, [200.0, 200.0]), (200, [400.0])])
def test_a_vessel_leaves_with_what_the_month_lets_it_carry(day, loads):
    found, _ = voyages(route(Reach((10.0,))), [day * DAY] * 4)
    assert [leg.payload_t for leg in found] == loads


def test_a_sample_of_the_mean_year_has_mean_water_all_the_time():
    found, _ = voyages(route(Reach((10.0,))), [0.0] * 4, start_day=None)
    assert [leg.payload_t for leg in found] == [400.0]


def test_sailing_takes_the_time_of_its_month():
    reach = Reach((100.0, 200.0, *([300.0] * 10)))
    found, _ = voyages(route(reach), [0.0, 40 * DAY, 41 * DAY])
    assert [leg.arrive_s - leg.depart_s for leg in found] == [100.0, 200.0]


def test_a_vessel_moors_while_its_reach_is_closed_and_goes_on_afterwards():
    """5 h of sailing from 12:00 with the river closed from 14:00 for two days: there 48 h later; the next reach is open."""
    closed = availability([Window(14 * 3600.0, 14 * 3600.0 + 2 * DAY, 0.0)])
    way = route(Reach((5 * 3600.0,), availability=closed), Reach((3600.0,)))
    found, _ = voyages(way, [12 * 3600.0])
    assert found[0].arrive_s - found[0].depart_s == 6 * 3600.0 + 2 * DAY


def test_nobody_sails_before_there_is_enough_water():
    dry = availability([Window(0.0, 31 * DAY, 0.0)])
    found, _ = voyages(route(Reach((10.0,)), afloat=dry), [0.0])
    assert found[0].arrive_s == 31 * DAY + 10.0


def test_vessels_that_come_together_share_a_chamber_and_its_time():
    """Two of 50 m in a chamber of 120 m: one lockage, half a unit each, and the second is out one interval later."""
    lock = LockPlan("lock:L", 1, 300.0, 60.0, 600.0, 300.0, 120.0, 120.0, 12.0)
    way = route(Reach((600.0,), "lock:L", upward=True), Reach((60.0,)), size=VesselSize(50.0, 9.0))
    found, records = voyages(way, [0.0, 0.0], locks={"lock:L": lock})
    assert len(records.lockages) == 1
    visits = [w for w in records.waits if w.facility == "lock:L"]
    assert [(w.units, w.service_s) for w in visits] == [(0.5, 1320.0 + 240.0)] * 2
    assert sorted(leg.arrive_s for leg in found) == [600.0 + 1440.0 + 60.0, 600.0 + 1560.0 + 60.0]

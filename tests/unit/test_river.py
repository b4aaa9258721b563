"""Vessels on the map's rivers: speed, payload, locks; and their way into the plan."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.choice.chains import build_skims
from transport_sim.energy.sailing import sailing_energy
from transport_sim.errors import DataError
from transport_sim.factors import load_factors
from transport_sim.hydrology import MONTHS
from transport_sim.planning.rivers import RiverPlanner, lock_facilities
from transport_sim.river import (
    LEAST_LOAD_SHARE,
    ground_speed_kmh,
    lock_passages_h,
    lock_sills_m,
    monthly_payload_t,
    monthly_payloads_t,
    payload_share,
    vessel_fit,
    vessel_sizes,
    water_speed_kmh,
)
from transport_sim.tables.freight import NAVIGATION_CLASSES

IV = NAVIGATION_CLASSES.index("IV")
FENGDONGZI = "W_QJ_FENGDONGZI"


def port(skims, name: str) -> int:
    return list(skims.ports["terminal"]).index(name)


@pytest.fixture(scope="module")
def relation(dazhou_skims) -> tuple[int, int]:
    """Sanhui to Guang'an: class IV with three locks of today."""
    names = list(dazhou_skims.ports["terminal"])
    return names.index("W_QJ_SANHUIPORT"), names.index("W_QJ_XINDONGMEN")


def test_over_ground_is_through_the_water_and_the_links_current(dazhou_inputs):
    p = dazhou_inputs.parameters
    links = dazhou_inputs.network.mode_links("waterway")
    speed = ground_speed_kmh(dazhou_inputs, links)
    still = water_speed_kmh(dazhou_inputs)
    assert still == (p.vessel_upstream_kmh + p.vessel_downstream_kmh) / 2
    assert speed == pytest.approx(still + 3.6 * links["current_ms"].to_numpy())
    both_ways = pd.Series(speed).groupby(links["way_id"].to_numpy()).mean().to_numpy()
    assert both_ways == pytest.approx(still), "the mean of up and down is kept"
    assert (ground_speed_kmh(dazhou_inputs, links, 50.0) >= 0.1 * still).all(), "nobody drifts backwards"


def test_payload_is_linear_between_the_draughts_and_the_clearance_stays(dazhou_inputs):
    """qu_500 floats empty at 0.65 m and full at 1.80 m, with 0.3 m of water below it."""
    fit = vessel_fit(dazhou_inputs)
    depth = np.array([0.5, 0.95, 1.525, 2.1, 2.8, np.inf])
    assert payload_share(fit, np.full(6, IV), depth) == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0, 1.0])
    without = replace(
        dazhou_inputs,
        operations=dazhou_inputs.operations.with_table(
            "vessel_types", dazhou_inputs.operations["vessel_types"].iloc[:0]
        ),
    )
    design_m = vessel_fit(without).full_m[IV]
    assert payload_share(vessel_fit(without), np.array([IV]), design_m / 4.0) == pytest.approx(0.25)
    assert vessel_sizes(without)["IV"].length_m == 0.0
    assert vessel_sizes(dazhou_inputs)["IV"][:2] == (50.0, 9.2)


def test_low_water_lets_vessels_load_less_and_high_water_no_more_than_all(dazhou_inputs, dazhou_skims, relation):
    payload = np.array([monthly_payload_t(dazhou_inputs, dazhou_skims, m)[relation] for m in range(1, MONTHS + 1)])
    assert payload[1] == payload.min() == pytest.approx(500.0 * (1.9 - 0.3 - 0.65) / (1.8 - 0.65))
    assert payload.max() == 500.0
    assert (monthly_payloads_t(dazhou_inputs, dazhou_skims) >= LEAST_LOAD_SHARE * 100.0).all()


def test_a_sill_limits_the_draught_like_a_shallow_reach(dazhou_inputs, dazhou_skims, relation):
    nodes = dazhou_inputs.network.nodes.copy()
    nodes.loc[nodes["ref"] == "W_QJ_LIANGTAN", "lock_depth_m"] = 1.525
    shallow = build_skims(dazhou_inputs.with_table("nodes", nodes))
    assert shallow.vessel_payload_t[relation] == pytest.approx(250.0)
    assert dazhou_skims.vessel_payload_t[relation] == 500.0
    assert np.isfinite(lock_sills_m(shallow.network)).sum() > 10


@pytest.mark.parametrize(("year", "kind"), [(2022, ""), (2025, "works"), (2027, "lock")])
def test_fengdongzi_before_during_and_after_its_construction(dazhou_inputs, year, kind):
    """Free river to 2022; one at a time by daylight to 2026, 30 min; a lock of 200 x 23 m from 2027."""
    inputs = replace(dazhou_inputs, year=year)
    skims = build_skims(inputs)
    there = lock_passages_h(inputs, skims.network)
    node = skims.network.nodes_by_name[FENGDONGZI]
    hours = {"": None, "works": 0.5, "lock": (inputs.parameters.lock_manoeuvre_min + 14.0) / 60.0}[kind]
    assert there.get(node) == (hours if hours is None else pytest.approx(hours))
    planner = RiverPlanner(inputs, skims, seed=1)
    key = port(skims, "W_QJ_SANHUIPORT"), port(skims, "W_QJ_QUXIAN"), 0.0
    plans = planner.locks({key: planner.route(*key)})
    plan = plans.get(f"lock:{FENGDONGZI}")
    assert (plan is not None) == bool(kind)
    if kind == "works":
        assert (plan.turns, plan.length_m, plan.open_s, plan.close_s) == (False, 0.0, 7 * 3600.0, 18 * 3600.0)
        assert plan.lockage_s(1) == 1800.0
    if kind == "lock":
        assert (plan.turns, plan.length_m, plan.width_m) == (True, 200.0, 23.0)
        assert plan.lockage_s(1) == pytest.approx(60.0 * (inputs.parameters.lock_manoeuvre_min + 14.0))


def test_a_route_takes_as_long_as_the_skim_says(dazhou_inputs, dazhou_skims):
    """Reaches and single passages of the plan add up to the path's time; the way back has the same locks in turn."""
    planner = RiverPlanner(dazhou_inputs, dazhou_skims, seed=1)
    count = len(dazhou_skims.ports)
    checked = 0
    for start in range(count):
        for end in range(count):
            if start == end or not np.isfinite(dazhou_skims.water_h[start, end]):
                continue
            route = planner.route(start, end, 0.0)
            plans = planner.locks({(start, end, 0.0): route})
            locked_s = sum(plans[r.lock].lockage_s(1) for r in route.reaches if r.lock)
            hours = (sum(r.sail_s[0] for r in route.reaches) + locked_s) / 3600.0
            assert hours == pytest.approx(dazhou_skims.water_h[start, end])
            assert [r.lock for r in route.return_reaches if r.lock] == [r.lock for r in route.reaches if r.lock][::-1]
            assert {r.upward for r in route.reaches if r.lock} <= {r.upward for r in route.reaches}
            checked += 1
    assert checked > 100


def test_with_dates_every_month_has_its_time_and_load_and_floods_close_the_river(dazhou_inputs, dazhou_skims, relation):
    planner = RiverPlanner(dazhou_inputs, dazhou_skims, seed=1, calendar_start_day=0, duration_days=365.0)
    route = planner.route(*relation, 0.0)
    down_s = np.sum([r.sail_s for r in route.reaches], axis=0)
    up_s = np.sum([r.sail_s for r in route.return_reaches], axis=0)
    assert down_s.argmin() == up_s.argmax() == 6, "July has the strongest current"
    assert route.monthly_payload_t[1] < route.monthly_payload_t[6] == 500.0
    july = (181 + np.arange(31)) * 86_400.0 + 43_200.0
    closed = [r.availability.share_at(t) for r in route.reaches for t in july if r.availability]
    assert 0.0 in closed
    assert route.afloat is None
    plan = planner.locks({(*relation, 0.0): route})["lock:W_QJ_NANYANGTAN"]
    assert plan.outages[0].share_at(337 * 86_400.0) == 0.0, "the yearly repair in December"
    assert [f.capacity_count for f in lock_facilities({"lock:W_QJ_NANYANGTAN": plan})] == [1]


def test_a_month_without_water_is_waited_out(dazhou_inputs, dazhou_skims, relation):
    """At 0.95 m a vessel of class IV floats empty: nobody sails until the water comes, and then with that month's load."""
    links = dazhou_skims.network.links.copy()
    links.loc[links["navigation_class"] == "IV", "depth_m"] = 0.95
    skims = replace(dazhou_skims, network=replace(dazhou_skims.network, links=links))
    route = RiverPlanner(dazhou_inputs, skims, seed=1, calendar_start_day=0, duration_days=365.0).route(*relation, 0.0)
    assert route.afloat.open_s(40 * 86_400.0) == 59 * 86_400.0, "February ends on day 59"
    assert route.monthly_payload_t[1] == route.monthly_payload_t[2]


def test_a_lock_too_small_for_the_vessels_of_the_waterway_is_refused(dazhou_inputs, relation):
    nodes = dazhou_inputs.network.nodes.copy()
    nodes.loc[nodes["ref"] == "W_QJ_LIANGTAN", "lock_width_m"] = 8.0
    inputs = dazhou_inputs.with_table("nodes", nodes)
    with pytest.raises(DataError, match=r"lock W_QJ_LIANGTAN is 8 m wide; a vessel of class IV \(9.2 m, and 1 m"):
        RiverPlanner(inputs, build_skims(inputs), seed=1).route(*relation, 0.0)


def round_trip_kg(hull: str, payload_t: float, depth_m: float) -> float:
    """Fuel of a kilometre out with the load and back empty, at the speed of the account."""
    use = sailing_energy(
        load_factors(),
        hull,
        distance_km=1.0,
        payload_t=np.array([payload_t, 0.0]),
        speed_kmh=10.5,
        depth_m=depth_m,
        construction_year=2012,
    ).use
    return float(use.fuel_kg.sum())


def test_why_a_vessel_of_class_iii_burns_less_a_tonne_than_one_of_class_iv(dazhou_inputs):
    """Twice the load for half as much again of fuel; and low water takes load from class IV while its hull drags more."""
    iv, iii = round_trip_kg("qu_500", 500.0, 2.8), round_trip_kg("qu_1000", 1000.0, 3.2)
    assert 1.4 < iii / iv < 1.7
    assert iii / 1000.0 < 0.8 * iv / 500.0
    fit = vessel_fit(dazhou_inputs)
    low_t = 500.0 * float(payload_share(fit, np.array([IV]), 1.9)[0])
    low = round_trip_kg("qu_500", low_t, 1.9)
    assert low_t == pytest.approx(413.0, abs=0.1)
    assert low > 1.2 * iv, "shallow water: more fuel a kilometre for less load"
    assert low / low_t > 1.45 * iv / 500.0

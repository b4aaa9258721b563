"""Taxis: who gets which passenger, when drivers charge, and what becomes of those who find no plug."""

import math
from dataclasses import replace

import numpy as np
import pytest
import simpy
from taxi_worlds import BATTERY, DAY_S, RULES, busy_day, charger, city, places_in_a_row, requests, shifts, ways

from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.swapping import SwapPlan
from transport_sim.simulation.taxi import start_taxis

ALL_DAY = (0.0, 24.0)
PATIENT = RULES._replace(station_patience_s=math.inf)


def run(plan, *plans):
    env = simpy.Environment()
    stations = Stations(env, plans)
    records = start_taxis(env, stations, plan)
    env.run()
    return records, stations


def reference(plan):  # noqa: C901, PLR0915 - the whole city in one place, to be read from above to below
    """Find out who takes whom by looking at every taxi and passenger at every event; no taxi charges."""
    rules, ways_, zones, asked = plan.rules, plan.ways, plan.zones, plan.requests
    count = len(plan.technology)
    place, zone = plan.start_place.copy(), plan.start_place.copy()
    state, since, moves = ["off"] * count, [0.0] * count, [0] * count
    next_s, meal_s = list(plan.shifts.start_s), list(plan.shifts.meal_at_s)
    taken, picked, cruised = {}, {}, np.zeros(count)
    waiting, upcoming = [], list(range(len(asked.at_s)))

    def hour(at):
        return int(at // 3600) % 24

    def time(at, start, end):
        return ways_.time_s[hour(at), start, end]

    def near(at, start, end):
        ahead = list(zones.near[hour(at), end, : zones.near_count[hour(at), end]])
        return ahead.index(start) if start in ahead else None

    def hire(n, r, at):
        if state[n] == "free":
            cruised[n] += rules.cruise_kmh * (at - since[n]) / 3600.0
        taken[r], picked[r] = n, at + time(at, place[n], asked.origin[r])
        state[n], zone[n] = "hired", asked.destination[r]
        next_s[n] = picked[r] + time(picked[r], asked.origin[r], asked.destination[r])
        place[n] = asked.destination[r]

    def serve_waiting(n, at):
        reach = list(zones.reach[hour(at), zone[n], : zones.reach_count[hour(at), zone[n]]])
        here = [r for r in waiting if asked.origin[r] in reach and asked.at_s[r] + rules.passenger_patience_s >= at]
        if not here:
            return False
        best = min(here, key=lambda r: (reach.index(asked.origin[r]), asked.at_s[r]))
        waiting.remove(best)
        hire(n, best, at)
        return True

    def move(n, at):
        draw = plan.move_draw[n, moves[n] % plan.move_draw.shape[1]]
        moves[n] += 1
        target = int(np.searchsorted(zones.move_share[hour(at), zone[n]], draw, side="right"))
        if target == place[n]:
            return False
        state[n], next_s[n] = "moving", at + time(at, place[n], target)
        cruised[n] += ways_.km[place[n], target]
        place[n] = zone[n] = target
        return True

    def act(n, at):
        idle = False
        if state[n] == "free":
            cruised[n] += rules.cruise_kmh * (at - since[n]) / 3600.0
            idle = at >= since[n] + rules.idle_move_s
            state[n] = "busy"
        if at >= plan.shifts.end_s[n]:
            state[n], next_s[n] = "done", math.inf
        elif at >= meal_s[n]:
            state[n], next_s[n], meal_s[n] = "pause", at + plan.shifts.meal_s[n], math.inf
        elif not serve_waiting(n, at) and not (idle and move(n, at)):
            state[n], since[n] = "free", at
            next_s[n] = min(plan.shifts.end_s[n], meal_s[n], at + rules.idle_move_s)

    while True:
        asked_s = asked.at_s[upcoming[0]] if upcoming else math.inf
        n = min(range(count), key=lambda i: (next_s[i], i))
        if min(asked_s, next_s[n]) == math.inf:
            return taken, picked, cruised
        if next_s[n] <= asked_s:
            act(n, next_s[n])
            continue
        r = upcoming.pop(0)
        free = [i for i in range(count) if state[i] == "free" and near(asked_s, zone[i], asked.origin[r]) is not None]
        if free:
            hire(min(free, key=lambda i: (near(asked_s, zone[i], asked.origin[r]), since[i])), r, asked_s)
        else:
            waiting.append(r)


@pytest.mark.parametrize("seed", range(8))
def test_rides_are_those_of_a_plain_search_over_all_taxis(seed):
    rng = np.random.default_rng(seed)
    zones, taxis = int(rng.integers(2, 6)), int(rng.integers(2, 9))
    start = rng.uniform(5, 9, taxis)
    worked = shifts(
        list(zip(start, start + rng.uniform(6, 12, taxis), strict=True)),
        meals=[(float(s) + 3.0, 30.0) if rng.random() < 0.7 else None for s in start],
    )
    km = places_in_a_row(np.cumsum(rng.uniform(0.5, 3.0, zones))) + rng.uniform(0.0, 0.3, (zones, zones))
    plan = city(
        asked=busy_day(count=40 * taxis, zones=zones, seed=seed),
        worked=worked,
        zones_km=[0.0] * zones,
        way=ways(km, slow_hours=(8, 12, 17)),
        start_zone=rng.integers(zones, size=taxis),
        electric=False,
        pickup_s=400.0,
        seed=seed,
    )
    records, _ = run(plan)
    taken, picked, cruised = reference(plan)
    found = records.books.taxi
    assert {r: int(n) for r, n in enumerate(found) if n >= 0} == taken
    assert 0.3 < (found >= 0).mean() < 1.0, "some are served and some are not, or the comparison says little"
    np.testing.assert_allclose(records.books.pickup_s[list(picked)], list(picked.values()), rtol=1e-12)
    np.testing.assert_allclose(records.books.cruise_km, cruised, rtol=1e-9)


def test_a_ride_costs_flag_fall_kilometres_and_what_it_takes_longer_than_at_the_quickest_hour():
    plan = city(asked=requests([(8.0 * 3600, 0, 2)]), worked=shifts([ALL_DAY]), electric=False)
    slow = ways(plan.ways.km, slow_hours=(8,))
    plan = replace(plan, ways=slow)
    records, _ = run(plan)
    ride_s = 6.0 / 30.0 * 3600.0
    assert records.books.fare_cny[0] == pytest.approx(6.0 + 2.0 * (6.0 - 2.0) + 0.01 * ride_s)
    assert records.books.occupied_km[0] == pytest.approx(6.0)


def test_of_two_taxis_in_a_zone_the_one_that_has_waited_longer_gets_the_fare():
    plan = city(
        asked=requests([(3600.0, 0, 1), (3700.0, 0, 1)]),
        worked=shifts([(0.5, 24.0), (0.4, 24.0)]),
        rules=RULES._replace(idle_move_s=DAY_S),
    )
    records, _ = run(plan)
    assert records.books.taxi.tolist() == [1, 0]


def test_a_passenger_waits_no_longer_than_his_patience():
    taxi = shifts([(1.0, 24.0)])
    in_time, too_late = (city(asked=requests([(at, 0, 1)]), worked=taxi) for at in (3600.0 - 599.0, 3600.0 - 601.0))
    assert run(in_time)[0].books.taxi.tolist() == [0]
    assert run(too_late)[0].books.taxi.tolist() == [-1]


def test_the_driver_with_little_charge_takes_no_ride_that_would_use_up_his_reserve():
    far = city(asked=requests([(3600.0, 0, 2)]), worked=shifts([(0.9, 24.0)]), start_kwh=6.0)
    assert run(far)[0].books.taxi.tolist() == [-1]
    assert run(replace(far, start_kwh=np.array([8.0])))[0].books.taxi.tolist() == [0]


def worn_out(*, taxis=8, count=700, stations_km=(1.0,), rules=RULES, seed=3, **options):
    """Return a city whose taxis cannot do their day on one charge."""
    worked = shifts([(6, 21)] * taxis, meals=[(12.0 + 0.1 * n, 40) for n in range(taxis)])
    asked = busy_day(count=count, zones=3, seed=seed)
    return city(asked=asked, worked=worked, stations_km=stations_km, rules=rules, start_kwh=30.0, **options)


def test_charged_is_driven_and_what_the_battery_gained():
    plan = worn_out(stations_km=(1.0, 5.0))
    records, stations = run(plan, charger("S0"), charger("S1", plugs=2))
    for v in records.vehicles:
        gained = (v.end_soc - v.start_soc) * v.capacity_kwh
        assert abs(v.charged_kwh - v.driven_kwh - gained) < 1e-6
        assert -1e-9 <= v.end_soc <= 1.0
    assert sum(s.energy_kwh for s in stations.sessions) == pytest.approx(sum(v.charged_kwh for v in records.vehicles))
    assert records.books.kwh.sum() == pytest.approx(sum(v.driven_kwh for v in records.vehicles))


def test_a_second_charge_on_the_same_day_is_found():
    small = RULES._replace(target_kwh=20.0, look_kwh=8.0, reserve_kwh=4.0, least_charge_kwh=5.0)
    records, _ = run(worn_out(rules=small, taxis=2, count=200), charger("S0", plugs=2))
    charges = [v for v in records.visits if v.vehicle == 1_000_000 and v.energy_kwh > 0.0]
    assert len(charges) >= 2
    assert not records.books.stranded_s.any()


def test_nobody_is_overtaken_in_the_queue_for_a_plug():
    _, stations = run(worn_out(rules=PATIENT), charger("S0", kw=30.0))
    served = [s for s in stations.sessions if s.served]
    in_order = sorted(served, key=lambda s: s.arrive_s)
    assert sum(s.start_s > s.arrive_s for s in served) > 5, "there is a queue"
    assert [s.start_s for s in in_order] == sorted(s.start_s for s in served)


def test_who_finds_the_queue_too_long_goes_to_another_station():
    rules = RULES._replace(station_patience_s=60.0, wait_weight=0.0)  # waits are not seen from afar
    records, _ = run(worn_out(rules=rules, stations_km=(0.5, 2.5)), charger("S0"), charger("S1", plugs=4, price=3.0))
    again = [v for v in records.visits if v.tried_count > 1 and v.energy_kwh > 0.0]
    assert again
    assert {v.station for v in again} == {"S1"}


def test_a_driver_who_sees_a_queue_prefers_a_station_without_one():
    worked = shifts([ALL_DAY] * 2)
    options = {"asked": requests([]), "worked": worked, "stations_km": (0.5, 0.6), "start_kwh": 14.0}
    cheap, dear = charger("S0", price=1.0), charger("S1", price=1.05)
    rules = RULES._replace(idle_move_s=DAY_S)
    heedless = city(rules=rules._replace(wait_weight=0.0, station_patience_s=math.inf), **options)
    assert {v.station for v in run(heedless, cheap, dear)[0].visits if v.reason == "low"} == {"S0"}
    assert {v.station for v in run(city(rules=rules, **options), cheap, dear)[0].visits} == {"S0", "S1"}


def test_the_meal_is_used_to_charge_where_working_time_is_dear_and_not_where_night_is_cheap():
    worked = shifts([(6, 16)], meals=[(12.0, 60)])
    plan = city(asked=busy_day(count=60, zones=3, seed=1), worked=worked, stations_km=(0.5,), start_kwh=44.0)
    flat = charger("S0")
    assert next(v.reason for v in run(plan, flat)[0].visits) == "meal"
    lasting = replace(plan, requests=requests([]), rules=RULES._replace(idle_move_s=DAY_S))
    falling = StationPlan("S0", flat.plugs, prices=((0.0, 3.0), (15.0 * 3600.0, 0.3)))
    assert [v.reason for v in run(lasting, falling)[0].visits] == ["shift_end"]


def test_time_at_the_plug_within_the_meal_does_not_keep_the_taxi_from_work():
    worked = shifts([(6, 20)], meals=[(12.0, 90)])
    standing = RULES._replace(idle_move_s=DAY_S)
    plan = city(asked=requests([]), worked=worked, stations_km=(0.5,), start_kwh=42.0, rules=standing)
    meal = next(v for v in run(plan, charger("S0"))[0].visits if v.reason == "meal")
    assert meal.back_s == meal.free_until_s == pytest.approx(13.5 * 3600.0)


@pytest.mark.parametrize("plans", [(), (StationPlan("S0", (PlugPlan("dc", 60.0, 0),)),), (charger("elsewhere"),)])
def test_without_plugs_taxis_run_empty_and_passengers_are_lost(plans):
    plan = worn_out()
    records, _ = run(plan, *plans)
    charged, _ = run(plan, charger("S0", plugs=8))
    assert not records.visits
    assert all(v.end_soc * v.capacity_kwh <= RULES.reserve_kwh + 2.0 for v in records.vehicles)
    assert records.books.stranded_s.sum() > 3600.0
    assert (records.books.taxi >= 0).sum() < 0.9 * (charged.books.taxi >= 0).sum()
    assert not charged.books.stranded_s.any()
    assert not np.isnan(records.books.ended_s).any()


def test_waits_for_a_plug_fall_as_plugs_grow():
    waits = []
    for plugs in (1, 2, 4, 8):
        _, stations = run(worn_out(rules=PATIENT), charger("S0", kw=30.0, plugs=plugs))
        waits.append(np.mean([s.start_s - s.arrive_s for s in stations.sessions]))
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 600.0
    assert waits[-1] < 1.0


def test_swappable_batteries_are_swapped_and_others_are_not():
    swap = SwapPlan("S0", 4, 4, 60.0, 300.0, battery=BATTERY, full_soc=0.9)
    records, stations = run(worn_out(swappable=True), swap)
    assert len(stations.swaps) > 3
    assert sum(s.energy_kwh for s in stations.swaps) == pytest.approx(sum(v.charged_kwh for v in records.vehicles))
    assert not run(worn_out(), swap)[0].visits


def test_taxis_on_gas_drive_the_same_city_without_charging():
    records, stations = run(worn_out(electric=False), charger("S0"))
    assert not records.visits
    assert not stations.sessions
    assert {v.capacity_kwh for v in records.vehicles} == {0.0}
    assert sum(v.driven_km for v in records.vehicles) == pytest.approx(records.books.km.sum())
    assert records.books.pickup_km.sum() > 0.0


def test_the_same_plan_gives_the_same_bytes():
    first, second = (run(worn_out(stations_km=(1.0, 5.0)), charger("S0"), charger("S1"))[0] for _ in range(2))
    assert first.visits == second.visits
    for a, b in zip(first.books, second.books, strict=True):
        assert a.tobytes() == b.tobytes()


def test_the_length_of_a_stretch_only_moves_the_time_to_leave_the_plug():
    """Drivers who never charge see nothing of how far the streets run ahead."""
    found = [
        run(worn_out(electric=False, rules=RULES._replace(leaving_s=s)))[0].books.pickup_s.tobytes() for s in (15, 3600)
    ]
    assert found[0] == found[1]

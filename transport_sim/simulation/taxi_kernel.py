"""Rides, empty drives and breaks of all taxis in compiled code, in the order of time.

A passenger takes a taxi from the nearest zone that has a free one, in that zone the one that has waited longest. If
none is near enough he waits, and the next taxi that becomes free serves whom it reaches soonest. A taxi without a fare
cruises in its zone, and after a while drives to another. When a driver looks for a station he goes over to the event
loop.
"""

import math

import numba as nb
import numpy as np

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.taxi_state import (
    AWAY,
    CRUISE,
    DONE,
    END,
    FREE,
    HANDED,
    HEAP,
    HIRED,
    LOW,
    MEAL,
    MOVING,
    NEXT_REQUEST,
    OCCUPIED,
    OFF,
    PAUSE,
    PICKUP,
    SLOTS,
    WAITING,
    City,
    Fleet,
)
from transport_sim.traffic.heap import pop, push
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


@nb.njit(cache=True)
def carry(until_s: float, city: City) -> None:
    """Let everything happen before `until_s`; `desk` has room for every taxi and is emptied before."""
    world, fleet = city.world, city.fleet
    counters, requests = fleet.counters, world.requests
    counters[HANDED] = 0
    while True:
        asked = requests.at_s[counters[NEXT_REQUEST]] if counters[NEXT_REQUEST] < len(requests.at_s) else np.inf
        taxi_s = fleet.heap_s[0] if counters[HEAP] else np.inf
        if min(asked, taxi_s) >= until_s:
            break
        if taxi_s <= asked:
            taxi = fleet.heap_taxi[0]
            counters[HEAP] = pop(fleet.heap_s, fleet.heap_taxi, counters[HEAP])
            if fleet.next_s[taxi] == taxi_s:  # otherwise it was called away in the meantime
                _act(city, taxi, taxi_s)
        else:
            request = counters[NEXT_REQUEST]
            counters[NEXT_REQUEST] += 1
            _ask(city, request, asked)


@nb.njit(cache=True)
def enter(fleet: Fleet, taxis: IntArray, states: IntArray, at_s: FloatArray) -> None:
    """Take taxis back from the event loop: each is in its state until its time."""
    for n in range(len(taxis)):
        fleet.state[taxis[n]] = states[n]
        _plan(fleet, taxis[n], at_s[n])


@nb.njit(cache=True)
def hour_of(at_s: float) -> int:
    """Return the hour of the day."""
    return int(at_s // SECONDS_PER_HOUR) % 24


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _plan(fleet: Fleet, taxi: int, at_s: float) -> None:
    """Note when a taxi will do something; what was noted before no longer counts."""
    fleet.next_s[taxi] = at_s
    if not at_s < np.inf:
        return
    counters = fleet.counters
    if counters[HEAP] == len(fleet.heap_s):
        counters[HEAP] = 0
        for other in range(len(fleet.next_s)):
            if fleet.next_s[other] < np.inf and other != taxi:
                counters[HEAP] = push(fleet.heap_s, fleet.heap_taxi, counters[HEAP], fleet.next_s[other], other)
    counters[HEAP] = push(fleet.heap_s, fleet.heap_taxi, counters[HEAP], at_s, taxi)


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _act(city: City, taxi: int, now: float) -> None:
    """Do what a taxi does next at a time that was planned."""
    world, fleet, books = city.world, city.fleet, city.books
    idle = False
    if fleet.state[taxi] == OFF:
        shift = fleet.shift[taxi]
        books.began_s[shift] = now
        fleet.meal_at_s[taxi] = world.shifts.meal_at_s[shift]
    elif fleet.state[taxi] == FREE:
        idle = now >= fleet.since_s[taxi] + world.rules.idle_move_s
        _leave_queue(city, taxi, now)
        fleet.state[taxi] = PAUSE
    shift = fleet.shift[taxi]
    if now >= world.shifts.end_s[shift]:
        _end_shift(city, taxi, now)
        return
    if now >= fleet.meal_at_s[taxi]:
        fleet.meal_at_s[taxi] = np.inf
        until_s = now + world.shifts.meal_s[shift]
        if not _look(city, taxi, MEAL, now, until_s):
            fleet.state[taxi] = PAUSE
            _plan(fleet, taxi, until_s)
        return
    if world.electric[taxi] and fleet.kwh[taxi] <= world.rules.look_kwh and _runs_low(city, taxi, now):
        return
    if fleet.counters[WAITING] and _serve_waiting(city, taxi, now):
        return
    if not (idle and _move(city, taxi, now)):
        _join_queue(city, taxi, now)


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _runs_low(city: City, taxi: int, now: float) -> bool:
    """Let a driver with little charge look for a station, or stand still if he has none left; False if he works on."""
    fleet, rules = city.fleet, city.world.rules
    is_empty = fleet.kwh[taxi] <= rules.reserve_kwh
    if not is_empty and now < fleet.look_again_s[taxi]:
        return False
    if _look(city, taxi, LOW, now, now):
        return True
    if is_empty:
        shift = fleet.shift[taxi]
        end_s = city.world.shifts.end_s[shift]
        city.books.stranded_s[shift] += end_s - now
        fleet.state[taxi] = PAUSE
        _plan(fleet, taxi, end_s)
    return bool(is_empty)


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _end_shift(city: City, taxi: int, now: float) -> None:
    world, fleet, books = city.world, city.fleet, city.books
    shift = fleet.shift[taxi]
    books.ended_s[shift] = now
    fleet.duty_s[taxi] += now - books.began_s[shift]
    fleet.shift[taxi] = shift + 1
    more = shift + 1 < world.shifts.first[taxi + 1]
    next_s = world.shifts.start_s[shift + 1] if more else np.inf
    if now < world.rules.horizon_s and _look(city, taxi, END, now, next_s):
        return
    fleet.state[taxi] = OFF if more else DONE
    _plan(fleet, taxi, max(next_s, now))


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _ask(city: City, request: int, now: float) -> None:
    """Find a taxi for a passenger, or let him wait."""
    world, fleet = city.world, city.fleet
    zones, zone, hour = world.zones, world.requests.origin[request], hour_of(now)
    for n in range(zones.near_count[hour, zone]):
        taxi = fleet.head[zones.near[hour, zone, n]]
        while taxi >= 0:
            if _hire(city, taxi, request, now):
                return
            taxi = fleet.after[taxi]
    if fleet.waiting_tail[zone] >= 0:
        fleet.waiting_after[fleet.waiting_tail[zone]] = request
    else:
        fleet.waiting_head[zone] = request
    fleet.waiting_tail[zone] = request
    fleet.counters[WAITING] += 1


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _serve_waiting(city: City, taxi: int, now: float) -> bool:
    """Let a taxi that is free take the passenger that it reaches soonest, of one zone who has waited longest."""
    world, fleet = city.world, city.fleet
    zones, zone, hour = world.zones, fleet.zone[taxi], hour_of(now)
    for n in range(zones.reach_count[hour, zone]):
        place = zones.reach[hour, zone, n]
        before, request = -1, fleet.waiting_head[place]
        while request >= 0:
            after = fleet.waiting_after[request]
            gone = world.requests.at_s[request] + world.rules.passenger_patience_s < now
            taken = not gone and _hire(city, taxi, request, now)
            if gone or taken:
                fleet.counters[WAITING] -= 1
                if before >= 0:
                    fleet.waiting_after[before] = after
                else:
                    fleet.waiting_head[place] = after
                if after < 0:
                    fleet.waiting_tail[place] = before
                if taken:
                    return True
            else:
                before = request
            request = after
    return False


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _hire(city: City, taxi: int, request: int, now: float) -> bool:
    """Let a taxi take a passenger if its charge is enough for the way to him and the ride."""
    world, fleet, books = city.world, city.fleet, city.books
    ways, place = world.ways, fleet.place[taxi]
    origin = world.zones.place[world.requests.origin[request]]
    zone = world.requests.destination[request]
    destination = world.zones.place[zone]
    pickup_s = now + ways.time_s[hour_of(now), place, origin]
    if not pickup_s < np.inf:
        return False
    then = hour_of(pickup_s)
    ride_s = ways.time_s[then, origin, destination]
    to_kwh, ride_kwh = ways.kwh[hour_of(now), place, origin], ways.kwh[then, origin, destination]
    if world.electric[taxi]:
        cruised = _cruised(city, taxi, now)[1] if fleet.state[taxi] == FREE else 0.0
        if fleet.kwh[taxi] - cruised - to_kwh - ride_kwh < world.rules.reserve_kwh:
            return False
    if fleet.state[taxi] == FREE:
        _leave_queue(city, taxi, now)
    _drive(city, taxi, PICKUP, ways.km[place, origin], to_kwh)
    _drive(city, taxi, OCCUPIED, ways.km[origin, destination], ride_kwh)
    fares, shift = world.fares, fleet.shift[taxi]
    fare = fares.flag_fall_cny[then]
    fare += fares.cny_per_km[then] * max(ways.km[origin, destination] - fares.flag_fall_km[then], 0.0)
    fare += fares.waiting_cny_per_s[then] * max(ride_s - fares.quickest_s[origin, destination], 0.0)
    books.taxi[request], books.pickup_s[request], books.fare_cny[request] = taxi, pickup_s, fare
    books.rides[shift] += 1
    books.income_cny[shift] += fare
    fleet.state[taxi], fleet.place[taxi], fleet.zone[taxi] = HIRED, destination, zone
    _plan(fleet, taxi, pickup_s + ride_s)
    return True


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _move(city: City, taxi: int, now: float) -> bool:
    """Drive to a zone where fares are to be had, if the draw says another one and the charge is enough."""
    world, fleet = city.world, city.fleet
    hour, here = hour_of(now), fleet.zone[taxi]
    draw = world.move_draw[taxi, fleet.moves[taxi] % world.move_draw.shape[1]]
    fleet.moves[taxi] += 1
    zone = min(np.searchsorted(world.zones.move_share[hour, here], draw, side="right"), len(fleet.head) - 1)
    place, target = fleet.place[taxi], world.zones.place[zone]
    time_s, kwh = world.ways.time_s[hour, place, target], world.ways.kwh[hour, place, target]
    enough = not world.electric[taxi] or fleet.kwh[taxi] - kwh >= world.rules.reserve_kwh
    if place == target or not time_s < np.inf or not enough:
        return False
    _drive(city, taxi, CRUISE, world.ways.km[place, target], kwh)
    fleet.state[taxi], fleet.place[taxi], fleet.zone[taxi] = MOVING, target, zone
    _plan(fleet, taxi, now + time_s)
    return True


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _drive(city: City, taxi: int, purpose: int, km: float, kwh: float) -> None:
    world, fleet, books = city.world, city.fleet, city.books
    shift = fleet.shift[taxi]
    books.km[purpose, shift] += km
    if world.electric[taxi]:
        fleet.kwh[taxi] -= kwh
        fleet.driven_kwh[taxi] += kwh
        books.kwh[shift] += kwh


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _cruised(city: City, taxi: int, now: float) -> tuple[float, float]:
    """Return kilometres and energy since the taxi joined its queue; who has no charge left stands still."""
    world, fleet = city.world, city.fleet
    since_s = fleet.since_s[taxi]
    rate = world.ways.cruise_kwh_per_km[hour_of(since_s)]
    km = world.rules.cruise_kmh * (now - since_s) / SECONDS_PER_HOUR
    if world.electric[taxi]:
        km = min(km, max(fleet.kwh[taxi], 0.0) / rate)
    return km, km * rate


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _join_queue(city: City, taxi: int, now: float) -> None:
    world, fleet = city.world, city.fleet
    zone = fleet.zone[taxi]
    last = fleet.tail[zone]
    fleet.before[taxi], fleet.after[taxi], fleet.tail[zone] = last, -1, taxi
    if last >= 0:
        fleet.after[last] = taxi
    else:
        fleet.head[zone] = taxi
    fleet.state[taxi], fleet.since_s[taxi] = FREE, now
    until_s = min(world.shifts.end_s[fleet.shift[taxi]], fleet.meal_at_s[taxi])
    _plan(fleet, taxi, min(until_s, now + world.rules.idle_move_s))


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _leave_queue(city: City, taxi: int, now: float) -> None:
    fleet = city.fleet
    km, kwh = _cruised(city, taxi, now)
    _drive(city, taxi, CRUISE, km, kwh)
    zone, before, after = fleet.zone[taxi], fleet.before[taxi], fleet.after[taxi]
    if before >= 0:
        fleet.after[before] = after
    else:
        fleet.head[zone] = after
    if after >= 0:
        fleet.before[after] = before
    else:
        fleet.tail[zone] = before


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _look(city: City, taxi: int, reason: int, now: float, until_s: float) -> bool:
    """Hand a driver over who needs a station, or whose free time is a cheap occasion; tell whether it was done."""
    world, fleet, desk = city.world, city.fleet, city.desk
    rules, row = world.rules, fleet.counters[HANDED]
    room_kwh = rules.target_kwh - fleet.kwh[taxi]
    if not world.electric[taxi] or (reason != LOW and room_kwh < rules.least_charge_kwh) or room_kwh <= 0.0:
        return False
    least_s = rank(city, row, taxi, now, until_s)
    if not least_s < np.inf:
        return False
    later_cny = np.inf
    if reason != LOW:
        later_cny = room_kwh * _later_cny_per_kwh(city, taxi, reason, now)
        later_cny += rules.cny_per_s * rules.distance_weight * least_s
        first = desk.order[row, 0]
        if desk.money_cny[row, first] + rules.cny_per_s * max(desk.work_s[row, first], 0.0) > later_cny:
            return False
    desk.taxi[row], desk.at_s[row], desk.reason[row] = taxi, now, reason
    desk.until_s[row], desk.later_cny[row] = until_s, later_cny
    fleet.counters[HANDED] += 1
    fleet.state[taxi] = AWAY
    _plan(fleet, taxi, np.inf)
    return True


@nb.njit(cache=True)
def rank(city: City, row: int, taxi: int, now: float, until_s: float) -> float:
    """Write what each station would cost a driver without a wait; return the quickest way to one in reach. [s]."""
    world, fleet, desk = city.world, city.fleet, city.desk
    market, rules, hour = world.market, world.rules, hour_of(now)
    place, kwh, least_s = fleet.place[taxi], fleet.kwh[taxi], np.inf
    count = len(market.place)
    bound = np.empty(count)
    for s in range(count):
        drive_s, way_kwh = world.ways.time_s[hour, place, market.place[s]], world.ways.kwh[hour, place, market.place[s]]
        if place == market.place[s]:
            drive_s, way_kwh = 0.0, 0.0
        desk.money_cny[row, s], desk.work_s[row, s], bound[s] = np.inf, 0.0, np.inf
        if not drive_s < np.inf or way_kwh > kwh or (market.is_swap[s] and not world.swappable[taxi]):
            continue
        buys_kwh = rules.target_kwh - kwh + way_kwh
        stay_s = market.fixed_s[s] if market.is_swap[s] else buys_kwh / market.power_kw[s] * SECONDS_PER_HOUR
        price = market.price_cny_per_kwh[_slot(now + drive_s), s]
        free_s = until_s - now
        desk.money_cny[row, s] = rules.price_weight * buys_kwh * price - market.taste_cny[taxi, s]
        desk.work_s[row, s] = rules.distance_weight * drive_s + stay_s - free_s
        bound[s] = desk.money_cny[row, s] + rules.cny_per_s * max(desk.work_s[row, s], 0.0)
        least_s = min(least_s, drive_s)
    desk.order[row, :] = np.argsort(bound)
    return least_s


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _later_cny_per_kwh(city: City, taxi: int, reason: int, now: float) -> float:
    """Return what a driver must expect to pay if he charges at the next occasion instead.

    That is when the charge is low, in working time, or the end of the shift if the charge lasts until then.
    """
    world, fleet, books = city.world, city.fleet, city.books
    rules, shift = world.rules, fleet.shift[taxi]
    duty_s = fleet.duty_s[taxi] + (now - books.began_s[shift] if reason == MEAL else 0.0)
    use_kwh_per_s = max(fleet.driven_kwh[taxi] / max(duty_s, 1.0), 1e-9)
    lasts_s = max(fleet.kwh[taxi] - rules.look_kwh, 0.0) / use_kwh_per_s
    work_cny = rules.cny_per_s * SECONDS_PER_HOUR / world.market.power_kw.max()
    if reason == END:
        if shift >= world.shifts.first[taxi + 1]:
            return math.inf
        at_s = world.shifts.start_s[shift] + lasts_s
    else:
        at_s = now + lasts_s
        if at_s > world.shifts.end_s[shift]:
            at_s, work_cny = world.shifts.end_s[shift], 0.0
    found: float = rules.price_weight * world.market.lowest_cny_per_kwh[_slot(at_s)] + work_cny
    return found


@nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _slot(at_s: float) -> int:
    return int(at_s % SECONDS_PER_DAY / (SECONDS_PER_DAY / SLOTS))

"""Rides, empty drives and breaks of all taxis in compiled code, in the order of time.

A passenger takes a taxi from the nearest zone that has a free one, in that zone the one that has waited longest. If
none is near enough he waits, and the next taxi that becomes free serves whom it reaches soonest. A taxi without a fare
cruises in its zone, and after a while drives to another. When a driver looks for a station he goes over to the event
loop.
"""

import math
from typing import Any

import numba as nb
import numpy as np

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.taxi_state import (
    AWAY,
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
    OFF,
    PAUSE,
    SLOTS,
    WAITING,
    City,
    Records,
)
from transport_sim.traffic.heap import pop, push
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


@nb.njit(cache=True)
def carry(until_s: float, city: City) -> None:
    """Let everything happen before `until_s`; `calls` are emptied before and have room for every taxi."""
    counters, requests = city.counters, city.requests
    counters[HANDED] = 0
    while True:
        asked = requests[counters[NEXT_REQUEST]].at_s if counters[NEXT_REQUEST] < len(requests) else np.inf
        taxi_s = city.heap_s[0] if counters[HEAP] else np.inf
        if min(asked, taxi_s) >= until_s:
            break
        if taxi_s <= asked:
            taxi = city.heap_taxi[0]
            counters[HEAP] = pop(city.heap_s, city.heap_taxi, counters[HEAP])
            if city.taxis[taxi].next_s == taxi_s:  # otherwise it was called away in the meantime
                _act(city, taxi, taxi_s)
        else:
            request = counters[NEXT_REQUEST]
            counters[NEXT_REQUEST] += 1
            _ask(city, request, asked)


@nb.njit(cache=True)
def enter(city: City, taxis: IntArray, states: IntArray, at_s: FloatArray) -> None:
    """Take taxis back from the event loop: each is in its state until its time."""
    for n in range(len(taxis)):
        city.taxis[taxis[n]].state = states[n]
        _plan(city, taxis[n], at_s[n])


@nb.njit(cache=True)
def hour_of(at_s: float) -> int:
    """Return the hour of the day."""
    return int(at_s // SECONDS_PER_HOUR) % 24


@nb.njit(cache=True, inline="always")
def _plan(city: City, taxi: int, at_s: float) -> None:
    """Note when a taxi will do something; what was noted before no longer counts."""
    city.taxis[taxi].next_s = at_s
    if at_s < np.inf:
        if city.counters[HEAP] == len(city.heap_s):
            city.counters[HEAP] = _tidied(city.taxis, city.heap_s, city.heap_taxi, taxi)
        city.counters[HEAP] = push(city.heap_s, city.heap_taxi, city.counters[HEAP], at_s, taxi)


@nb.njit(cache=True)
def _tidied(taxis: Records, heap_s: FloatArray, heap_taxi: IntArray, but: int) -> int:
    """Make the heap anew without what no longer counts and without one taxi; return its size."""
    size = 0
    for taxi in range(len(taxis)):
        if taxis[taxi].next_s < np.inf and taxi != but:
            size = push(heap_s, heap_taxi, size, taxis[taxi].next_s, taxi)
    return size


@nb.njit(cache=True, inline="always")
def _act(city: City, taxi: int, now: float) -> None:
    """Do what a taxi does next at a time that was planned."""
    cab, rules, idle = city.taxis[taxi], city.rules, False
    shift = city.shifts[cab.shift]
    if cab.state == OFF:
        shift.began_s, cab.meal_at_s = now, shift.meal_at_s
    elif cab.state == FREE:
        idle = now >= cab.since_s + rules.idle_move_s
        _leave_queue(city, taxi, now)
        cab.state = PAUSE
    if now >= shift.end_s:
        _end_shift(city, taxi, now)
    elif now >= cab.meal_at_s:
        cab.meal_at_s = np.inf
        if not _look(city, taxi, MEAL, now, now + shift.meal_s):
            cab.state = PAUSE
            _plan(city, taxi, now + shift.meal_s)
    else:
        looks = cab.electric and cab.kwh <= rules.look_kwh and _runs_low(city, taxi, now)
        if not looks:
            hired = city.counters[WAITING] > 0 and _serve_waiting(city, taxi, now)
            if not hired and not (idle and _move(city, taxi, now)):
                _join_queue(city, taxi, now)


@nb.njit(cache=True, inline="always")
def _runs_low(city: City, taxi: int, now: float) -> bool:
    """Let a driver with little charge look for a station, or stand still if he has none left; False if he works on."""
    cab = city.taxis[taxi]
    is_empty: bool = cab.kwh <= city.rules.reserve_kwh
    if not is_empty and now < cab.look_again_s:
        return False
    if _look(city, taxi, LOW, now, now):
        return True
    if is_empty:
        shift = city.shifts[cab.shift]
        shift.stranded_s += shift.end_s - now
        cab.state = PAUSE
        _plan(city, taxi, shift.end_s)
    return is_empty


@nb.njit(cache=True, inline="always")
def _end_shift(city: City, taxi: int, now: float) -> None:
    cab, shift = city.taxis[taxi], city.shifts[city.taxis[taxi].shift]
    shift.ended_s = now
    cab.duty_s += now - shift.began_s
    cab.shift += 1
    more = cab.shift < cab.last_shift
    next_s = city.shifts[cab.shift].start_s if more else np.inf
    if now < city.rules.horizon_s and _look(city, taxi, END, now, next_s):
        return
    cab.state = OFF if more else DONE
    _plan(city, taxi, max(next_s, now))


@nb.njit(cache=True, inline="always")
def _ask(city: City, request: int, now: float) -> None:
    """Find a taxi for a passenger, or let him wait."""
    taxis, queues, requests = city.taxis, city.queues, city.requests
    zone, hour = requests[request].origin, hour_of(now)
    near = city.near[hour, zone]
    for n in range(city.near_count[hour, zone]):
        taxi = queues[near[n]].head
        while taxi >= 0:
            if _hire(city, taxi, request, now):
                return
            taxi = taxis[taxi].after
    queue = queues[zone]
    if queue.waiting_tail >= 0:
        requests[queue.waiting_tail].after = request
    else:
        queue.waiting_head = request
    queue.waiting_tail = request
    city.counters[WAITING] += 1


@nb.njit(cache=True, inline="always")
def _serve_waiting(city: City, taxi: int, now: float) -> bool:
    """Let a taxi that is free take the passenger that it reaches soonest, of one zone who has waited longest."""
    queues, requests = city.queues, city.requests
    zone, hour = city.taxis[taxi].zone, hour_of(now)
    reach = city.reach[hour, zone]
    for n in range(city.reach_count[hour, zone]):
        queue = queues[reach[n]]
        before, request = -1, queue.waiting_head
        while request >= 0:
            after = requests[request].after
            gone = requests[request].at_s + city.rules.passenger_patience_s < now
            taken = not gone and _hire(city, taxi, request, now)
            if gone or taken:
                city.counters[WAITING] -= 1
                if before >= 0:
                    requests[before].after = after
                else:
                    queue.waiting_head = after
                if after < 0:
                    queue.waiting_tail = before
                if taken:
                    return True
            else:
                before = request
            request = after
    return False


@nb.njit(cache=True)
def _hire(city: City, taxi: int, request: int, now: float) -> bool:
    """Let a taxi take a passenger if its charge is enough for the way to him and the ride."""
    cab, passenger, time_s, km, hour = city.taxis[taxi], city.requests[request], city.time_s, city.way_km, hour_of(now)
    origin, destination = city.place[passenger.origin], city.place[passenger.destination]
    pickup_s = now + time_s[hour, cab.place, origin]
    if not pickup_s < np.inf:
        return False
    then = hour_of(pickup_s)
    ride_s, needs_kwh = time_s[then, origin, destination], 0.0
    if cab.electric:
        needs_kwh = city.way_kwh[hour, cab.place, origin] + city.way_kwh[then, origin, destination]
        cruised_kwh = _cruised(cab, city.hours, city.rules.cruise_kmh, now)[1] if cab.state == FREE else 0.0
        if cab.kwh - cruised_kwh - needs_kwh < city.rules.reserve_kwh:
            return False
    if cab.state == FREE:
        _leave_queue(city, taxi, now)
    shift, hours = city.shifts[cab.shift], city.hours[then]
    fare = hours.flag_fall_cny + hours.cny_per_km * max(km[origin, destination] - hours.flag_fall_km, 0.0)
    fare += hours.waiting_cny_per_s * max(ride_s - city.quickest_s[origin, destination], 0.0)
    shift.pickup_km += km[cab.place, origin]
    shift.occupied_km += km[origin, destination]
    shift.rides += 1
    shift.income_cny += fare
    passenger.taxi, passenger.pickup_s, passenger.fare_cny = taxi, pickup_s, fare
    _use(cab, shift, needs_kwh)
    cab.state, cab.place, cab.zone = HIRED, destination, passenger.destination
    _plan(city, taxi, pickup_s + ride_s)
    return True


@nb.njit(cache=True, inline="always")
def _move(city: City, taxi: int, now: float) -> bool:
    """Drive to a zone where fares are to be had, if the draw says another one and the charge is enough."""
    cab, hour = city.taxis[taxi], hour_of(now)
    draw, share = city.move_draw[taxi, cab.moves % city.move_draw.shape[1]], city.move_share[hour, cab.zone]
    cab.moves += 1
    zone = min(np.searchsorted(share, draw, side="right"), len(share) - 1)
    target = city.place[zone]
    time_s, kwh = city.time_s[hour, cab.place, target], city.way_kwh[hour, cab.place, target]
    enough = not cab.electric or cab.kwh - kwh >= city.rules.reserve_kwh
    if cab.place == target or not time_s < np.inf or not enough:
        return False
    shift = city.shifts[cab.shift]
    shift.cruise_km += city.way_km[cab.place, target]
    _use(cab, shift, kwh)
    cab.state, cab.place, cab.zone = MOVING, target, zone
    _plan(city, taxi, now + time_s)
    return True


@nb.njit(cache=True)
def _use(cab: Any, shift: Any, kwh: float) -> None:  # noqa: ANN401 - records
    """Book the charge that a way takes."""
    if cab.electric:
        cab.kwh -= kwh
        cab.driven_kwh += kwh
        shift.kwh += kwh


@nb.njit(cache=True)
def _cruised(cab: Any, hours: Records, cruise_kmh: float, now: float) -> tuple[float, float]:  # noqa: ANN401 - record
    """Return kilometres and energy since the taxi joined its queue; who has no charge left stands still."""
    rate = hours[hour_of(cab.since_s)].cruise_kwh_per_km
    km = cruise_kmh * (now - cab.since_s) / SECONDS_PER_HOUR
    if cab.electric:
        km = min(km, max(cab.kwh, 0.0) / rate)
    return km, km * rate


@nb.njit(cache=True, inline="always")
def _join_queue(city: City, taxi: int, now: float) -> None:
    taxis = city.taxis
    cab, queue, shift = taxis[taxi], city.queues[taxis[taxi].zone], city.shifts[taxis[taxi].shift]
    cab.before, cab.after = queue.tail, -1
    if queue.tail >= 0:
        taxis[queue.tail].after = taxi
    else:
        queue.head = taxi
    queue.tail = taxi
    cab.state, cab.since_s = FREE, now
    _plan(city, taxi, min(shift.end_s, cab.meal_at_s, now + city.rules.idle_move_s))


@nb.njit(cache=True, inline="always")
def _leave_queue(city: City, taxi: int, now: float) -> None:
    taxis = city.taxis
    cab, queue, shift = taxis[taxi], city.queues[taxis[taxi].zone], city.shifts[taxis[taxi].shift]
    km, kwh = _cruised(cab, city.hours, city.rules.cruise_kmh, now)
    shift.cruise_km += km
    _use(cab, shift, kwh)
    if cab.before >= 0:
        taxis[cab.before].after = cab.after
    else:
        queue.head = cab.after
    if cab.after >= 0:
        taxis[cab.after].before = cab.before
    else:
        queue.tail = cab.before


@nb.njit(cache=True)
def _look(city: City, taxi: int, reason: int, now: float, until_s: float) -> bool:
    """Hand a driver over who needs a station, or whose free time is a cheap occasion; tell whether it was done."""
    rules, row = city.rules, city.counters[HANDED]
    room_kwh = rules.target_kwh - city.taxis[taxi].kwh
    if not city.taxis[taxi].electric or (reason != LOW and room_kwh < rules.least_charge_kwh) or room_kwh <= 0.0:
        return False
    least_s = rank(city, row, taxi, now, until_s)
    if not least_s < np.inf:
        return False
    later_cny = np.inf
    if reason != LOW:
        later_cny = room_kwh * _later_cny_per_kwh(city, taxi, reason, now)
        later_cny += rules.cny_per_s * rules.distance_weight * least_s
        first = city.order[row, 0]
        if city.money_cny[row, first] + rules.cny_per_s * max(city.work_s[row, first], 0.0) > later_cny:
            return False
    city.calls[row].taxi, city.calls[row].at_s, city.calls[row].reason = taxi, now, reason
    city.calls[row].until_s, city.calls[row].later_cny = until_s, later_cny
    city.counters[HANDED] += 1
    city.taxis[taxi].state = AWAY
    _plan(city, taxi, np.inf)
    return True


@nb.njit(cache=True)
def rank(city: City, row: int, taxi: int, now: float, until_s: float) -> float:
    """Write what each station would cost a driver without a wait; return the quickest way to one in reach. [s]."""
    rules, hour = city.rules, hour_of(now)
    place, kwh, least_s = city.taxis[taxi].place, city.taxis[taxi].kwh, np.inf
    count = len(city.stations)
    bound = np.empty(count)
    for s in range(count):
        drive_s, way_kwh = (
            city.time_s[hour, place, city.stations[s].place],
            city.way_kwh[hour, place, city.stations[s].place],
        )
        if place == city.stations[s].place:
            drive_s, way_kwh = 0.0, 0.0
        city.money_cny[row, s], city.work_s[row, s], bound[s] = np.inf, 0.0, np.inf
        if not drive_s < np.inf or way_kwh > kwh or (city.stations[s].is_swap and not city.taxis[taxi].swappable):
            continue
        buys_kwh = rules.target_kwh - kwh + way_kwh
        stay_s = (
            city.stations[s].fixed_s
            if city.stations[s].is_swap
            else buys_kwh / city.stations[s].power_kw * SECONDS_PER_HOUR
        )
        price = city.price_cny_per_kwh[_slot(now + drive_s), s]
        free_s = until_s - now
        city.money_cny[row, s] = rules.price_weight * buys_kwh * price - city.taste_cny[taxi, s]
        city.work_s[row, s] = rules.distance_weight * drive_s + stay_s - free_s
        bound[s] = city.money_cny[row, s] + rules.cny_per_s * max(city.work_s[row, s], 0.0)
        least_s = min(least_s, drive_s)
    city.order[row, :] = np.argsort(bound)
    return least_s


@nb.njit(cache=True)
def _later_cny_per_kwh(city: City, taxi: int, reason: int, now: float) -> float:
    """Return what a driver must expect to pay if he charges at the next occasion instead.

    That is when the charge is low, in working time, or the end of the shift if the charge lasts until then.
    """
    rules, shift = city.rules, city.taxis[taxi].shift
    duty_s = city.taxis[taxi].duty_s + (now - city.shifts[shift].began_s if reason == MEAL else 0.0)
    use_kwh_per_s = max(city.taxis[taxi].driven_kwh / max(duty_s, 1.0), 1e-9)
    lasts_s = max(city.taxis[taxi].kwh - rules.look_kwh, 0.0) / use_kwh_per_s
    work_cny = rules.cny_per_s * SECONDS_PER_HOUR / _strongest_kw(city)
    if reason == END:
        if shift >= city.taxis[taxi].last_shift:
            return math.inf
        at_s = city.shifts[shift].start_s + lasts_s
    else:
        at_s = now + lasts_s
        if at_s > city.shifts[shift].end_s:
            at_s, work_cny = city.shifts[shift].end_s, 0.0
    found: float = rules.price_weight * city.lowest_cny_per_kwh[_slot(at_s)] + work_cny
    return found


@nb.njit(cache=True)
def _strongest_kw(city: City) -> float:
    found = 0.0
    for station in range(len(city.stations)):
        found = max(found, city.stations[station].power_kw)
    return found


@nb.njit(cache=True)
def _slot(at_s: float) -> int:
    return int(at_s % SECONDS_PER_DAY / (SECONDS_PER_DAY / SLOTS))

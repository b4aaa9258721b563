"""Where all taxis stand and what has happened so far, in arrays that compiled code and the event loop both write."""

from typing import NamedTuple

import numpy as np

from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.simulation.taxi_plan import Fares, Requests, Shifts, TaxiPlan, TaxiRules, Ways, Zones

OFF, FREE, HIRED, MOVING, PAUSE, BACK, AWAY, DONE = range(8)
"""Off duty; in a zone's queue; on the way with or to a passenger; to another zone; at a meal or out of charge; coming
back from a station; in the hands of the event loop; without a shift to come."""
LOW, MEAL, END = range(3)
"""Why a driver looks for a station: the charge is low, it is time for his meal, his shift is over."""
PICKUP, OCCUPIED, CRUISE, TO_CHARGE = range(4)
"""What kilometres are driven for: rows of `Books.km`."""
HEAP, NEXT_REQUEST, WAITING, HANDED = range(4)
"""Places of `Fleet.counters`: size of the heap, next request, passengers who wait, taxis handed to the event loop."""
SLOTS = 48
"""Parts of a day in which prices are told apart."""


class Market(NamedTuple):
    """The s stations that serve taxis at all."""

    place: IntArray
    power_kw: FloatArray
    """At which a driver expects to charge. [kW]"""
    fixed_s: FloatArray
    """Time of a swap; 0 for plugs. [s]"""
    is_swap: BoolArray
    price_cny_per_kwh: FloatArray
    """Shape (slots, s). [CNY/kWh]"""
    lowest_cny_per_kwh: FloatArray
    """Shape (slots,). [CNY/kWh]"""
    taste_cny: FloatArray
    """Shape (taxis, s). [CNY]"""


class World(NamedTuple):
    """What does not change."""

    ways: Ways
    zones: Zones
    shifts: Shifts
    requests: Requests
    fares: Fares
    rules: TaxiRules
    market: Market
    electric: BoolArray
    swappable: BoolArray
    move_draw: FloatArray


class Fleet(NamedTuple):
    """State of the taxis, of the zones' queues and of the calendar."""

    state: IntArray
    place: IntArray
    zone: IntArray
    kwh: FloatArray
    driven_kwh: FloatArray
    charged_kwh: FloatArray
    duty_s: FloatArray
    """Length of the shifts that are over. [s]"""
    since_s: FloatArray
    """Since when it stands in its zone's queue. [s]"""
    next_s: FloatArray
    """When it will do something by itself. [s]"""
    shift: IntArray
    """Shift that it works, or the next one."""
    meal_at_s: FloatArray
    look_again_s: FloatArray
    moves: IntArray
    after: IntArray
    """Next taxi in the zone's queue, -1 at its end."""
    before: IntArray
    head: IntArray
    """First taxi of each zone's queue, -1 if there is none."""
    tail: IntArray
    waiting_after: IntArray
    """Next passenger who waits in the same zone."""
    waiting_head: IntArray
    waiting_tail: IntArray
    heap_s: FloatArray
    heap_taxi: IntArray
    counters: IntArray


class Books(NamedTuple):
    """What happened."""

    taxi: IntArray
    """Who took each passenger, -1 for nobody."""
    pickup_s: FloatArray
    fare_cny: FloatArray
    began_s: FloatArray
    """Begin of each shift, NaN if it never began. [s]"""
    ended_s: FloatArray
    rides: IntArray
    income_cny: FloatArray
    km: FloatArray
    """By purpose and shift, shape (4, shifts). [km]"""
    kwh: FloatArray
    """Driven in each shift. [kWh]"""
    stranded_s: FloatArray
    """Time in each shift without charge and without a station in reach. [s]"""


class Desk(NamedTuple):
    """Drivers who look for a station, for the event loop to take over; one row each."""

    taxi: IntArray
    at_s: FloatArray
    reason: IntArray
    until_s: FloatArray
    """Up to when his time is free. [s]"""
    later_cny: FloatArray
    """What a charge at another time would cost him, infinite if there is none. [CNY]"""
    money_cny: FloatArray
    """Cost of each station without time, infinite out of reach, shape (taxis, s). [CNY]"""
    work_s: FloatArray
    """Working time that it takes without a wait; negative if free time is left. [s]"""
    order: IntArray
    """Stations, the cheapest without a wait first."""


class City(NamedTuple):
    """All that compiled code works on."""

    world: World
    fleet: Fleet
    books: Books
    desk: Desk


def new_fleet(plan: TaxiPlan) -> Fleet:
    """Return the taxis before the first shift."""
    count, zones, requests = len(plan.technology), len(plan.zone_names), len(plan.requests.at_s)
    first = plan.shifts.first[:-1]
    has_shift = plan.shifts.first[1:] > first
    start_s = np.append(plan.shifts.start_s, np.inf)[np.where(has_shift, first, len(plan.shifts.start_s))]
    room = 4 * count + 16
    fleet = Fleet(
        state=np.where(has_shift, OFF, DONE).astype(np.int64),
        place=plan.start_place.copy(),
        zone=plan.zones.zone_of_place[plan.start_place],
        kwh=plan.start_kwh.copy(),
        driven_kwh=np.zeros(count),
        charged_kwh=np.zeros(count),
        duty_s=np.zeros(count),
        since_s=np.zeros(count),
        next_s=start_s,
        shift=first.copy(),
        meal_at_s=np.full(count, np.inf),
        look_again_s=np.zeros(count),
        moves=_whole(count, 0),
        after=_whole(count, -1),
        before=_whole(count, -1),
        head=_whole(zones, -1),
        tail=_whole(zones, -1),
        waiting_after=_whole(requests, -1),
        waiting_head=_whole(zones, -1),
        waiting_tail=_whole(zones, -1),
        heap_s=np.full(room, np.inf),
        heap_taxi=_whole(room, 0),
        counters=_whole(4, 0),
    )
    order = np.argsort(start_s, kind="stable")[: int(has_shift.sum())]
    fleet.heap_s[: len(order)], fleet.heap_taxi[: len(order)] = start_s[order], order
    fleet.counters[HEAP] = len(order)
    return fleet


def _whole(count: int, value: int) -> IntArray:
    return np.full(count, value, dtype=np.int64)


def new_books(plan: TaxiPlan) -> Books:
    """Return empty books."""
    shifts, requests = len(plan.shifts.start_s), len(plan.requests.at_s)
    return Books(
        taxi=np.full(requests, -1, dtype=np.int64),
        pickup_s=np.full(requests, np.nan),
        fare_cny=np.zeros(requests),
        began_s=np.full(shifts, np.nan),
        ended_s=np.full(shifts, np.nan),
        rides=np.zeros(shifts, dtype=np.int64),
        income_cny=np.zeros(shifts),
        km=np.zeros((4, shifts)),
        kwh=np.zeros(shifts),
        stranded_s=np.zeros(shifts),
    )


def new_desk(taxis: int, stations: int) -> Desk:
    """Return a desk with room for every taxi."""
    numbers, times = np.zeros((2, taxis), dtype=np.int64), np.zeros((3, taxis))
    wide = (taxis, stations)
    return Desk(
        numbers[0], times[0], numbers[1], times[1], times[2], np.zeros(wide), np.zeros(wide), np.zeros(wide, np.int64)
    )

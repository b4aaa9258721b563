"""Where all taxis stand and what has happened so far, in arrays that compiled code and the event loop both write.

Compiled code works on a few arrays of records, because handing over many arrays costs it more than the work itself;
`Fleet` and `Books` are their columns by name.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.taxi_plan import TaxiPlan, TaxiRules

OFF, FREE, HIRED, MOVING, PAUSE, BACK, AWAY, DONE = range(8)
"""Off duty; in a zone's queue; on the way with or to a passenger; to another zone; at a meal or out of charge; coming
back from a station; in the hands of the event loop; without a shift to come."""
LOW, MEAL, END = range(3)
"""Why a driver looks for a station: the charge is low, it is time for his meal, his shift is over."""
HEAP, NEXT_REQUEST, WAITING, HANDED = range(4)
"""Places of `City.counters`: size of the heap, next request, passengers who wait, taxis handed to the event loop."""
SLOTS = 48
"""Parts of a day in which prices are told apart."""
HOURS = 24

Records = npt.NDArray[Any]
"""Array of records with the fields of one of the types below."""


def _fields(numbers: str, reals: str, flags: str = "") -> "np.dtype[np.void]":
    stated = ((numbers, np.int64), (reals, np.float64), (flags, np.bool_))
    return np.dtype([(name, kind) for names, kind in stated for name in names.split()], align=True)


TAXI = _fields(
    "state place zone shift last_shift moves after before",
    "kwh driven_kwh charged_kwh duty_s since_s next_s meal_at_s look_again_s",
    "electric swappable",
)
"""`shift` is the one that it works or the next one, `last_shift` the end of its shifts; `after` and `before` are its
neighbours in the zone's queue, -1 for none; `duty_s` the length of the shifts that are over; `since_s` the time at
which it joined the queue, `next_s` that at which it will do something by itself."""
SHIFT = _fields(
    "rides",
    "start_s end_s meal_at_s meal_s began_s ended_s income_cny kwh stranded_s "
    "pickup_km occupied_km cruise_km charge_km",
)
REQUEST = _fields("origin destination taxi after", "at_s pickup_s fare_cny")
"""`taxi` is who took the passenger, -1 for nobody; `after` who waits behind him."""
QUEUE = _fields("head tail waiting_head waiting_tail", "")
"""First and last taxi in a zone, first and last passenger who waits there; -1 for nobody."""
HOUR = _fields("", "flag_fall_cny flag_fall_km cny_per_km waiting_cny_per_s cruise_kwh_per_km")
STATION = _fields("place", "power_kw fixed_s", "is_swap")
"""`power_kw` at which a driver expects to charge; `fixed_s` the time of a swap."""
CALL = _fields("taxi reason", "at_s until_s later_cny")
"""A driver who looks for a station: up to when his time is free, and what another time would cost him."""


class Market(NamedTuple):
    """The s stations that serve taxis at all."""

    stations: Records
    price_cny_per_kwh: FloatArray
    """Shape (slots, s). [CNY/kWh]"""
    lowest_cny_per_kwh: FloatArray
    """Shape (slots,). [CNY/kWh]"""
    taste_cny: FloatArray
    """Shape (taxis, s). [CNY]"""


class City(NamedTuple):
    """All that compiled code works on; see `taxi_plan` for the arrays of the plan."""

    rules: TaxiRules
    taxis: Records
    shifts: Records
    requests: Records
    queues: Records
    hours: Records
    time_s: FloatArray
    way_kwh: FloatArray
    way_km: FloatArray
    quickest_s: FloatArray
    place: IntArray
    near: IntArray
    near_count: IntArray
    reach: IntArray
    reach_count: IntArray
    move_share: FloatArray
    move_draw: FloatArray
    heap_s: FloatArray
    heap_taxi: IntArray
    counters: IntArray
    stations: Records
    price_cny_per_kwh: FloatArray
    lowest_cny_per_kwh: FloatArray
    taste_cny: FloatArray
    calls: Records
    """Taxis handed to the event loop, one row each."""
    money_cny: FloatArray
    """For each call the cost of each station without time, infinite out of reach. [CNY]"""
    work_s: FloatArray
    """Working time that it takes without a wait; negative if free time is left. [s]"""
    order: IntArray
    """Stations, the cheapest without a wait first."""


class Fleet(NamedTuple):
    """Columns of `City.taxis`."""

    place: IntArray
    zone: IntArray
    shift: IntArray
    kwh: FloatArray
    driven_kwh: FloatArray
    charged_kwh: FloatArray
    look_again_s: FloatArray


class Books(NamedTuple):
    """Columns of `City.requests` and `City.shifts`: what happened."""

    taxi: IntArray
    """Who took each passenger, -1 for nobody."""
    pickup_s: FloatArray
    fare_cny: FloatArray
    began_s: FloatArray
    """Begin of each shift, NaN if it never began. [s]"""
    ended_s: FloatArray
    rides: IntArray
    income_cny: FloatArray
    kwh: FloatArray
    """Driven in each shift. [kWh]"""
    stranded_s: FloatArray
    """Time in each shift without charge and without a station in reach. [s]"""
    pickup_km: FloatArray
    """Driven in each shift to passengers. [km]"""
    occupied_km: FloatArray
    """With them. [km]"""
    cruise_km: FloatArray
    """Without a fare. [km]"""
    charge_km: FloatArray
    """To stations. [km]"""

    @property
    def km(self) -> FloatArray:
        """All kilometres of each shift. [km]."""
        return self.pickup_km + self.occupied_km + self.cruise_km + self.charge_km


def new_city(plan: TaxiPlan, market: Market) -> City:
    """Return the city before the first shift."""
    taxis, (calls, stations) = _taxis(plan), market.taste_cny.shape
    shifts, requests = np.zeros(len(plan.shifts.start_s), SHIFT), np.zeros(len(plan.requests.at_s), REQUEST)
    hours, queues = np.zeros(HOURS, HOUR), np.full(len(plan.zone_names), -1, QUEUE)
    for name in ("start_s", "end_s", "meal_at_s", "meal_s"):
        shifts[name] = getattr(plan.shifts, name)
    for name in ("at_s", "origin", "destination"):
        requests[name] = getattr(plan.requests, name)
    for name in ("flag_fall_cny", "flag_fall_km", "cny_per_km", "waiting_cny_per_s"):
        hours[name] = getattr(plan.fares, name)
    hours["cruise_kwh_per_km"] = plan.ways.cruise_kwh_per_km
    shifts["began_s"] = shifts["ended_s"] = requests["pickup_s"] = np.nan
    requests["taxi"] = requests["after"] = -1
    heap_s, heap_taxi = np.full(4 * len(taxis) + 16, np.inf), np.zeros(4 * len(taxis) + 16, dtype=np.int64)
    order = np.argsort(taxis["next_s"], kind="stable")[: np.isfinite(taxis["next_s"]).sum()]
    heap_s[: len(order)], heap_taxi[: len(order)] = taxis["next_s"][order], order
    ways, zones = plan.ways, plan.zones
    return City(
        rules=plan.rules,
        taxis=taxis,
        shifts=shifts,
        requests=requests,
        queues=queues,
        hours=hours,
        time_s=ways.time_s,
        way_kwh=ways.kwh,
        way_km=ways.km,
        quickest_s=plan.fares.quickest_s,
        place=zones.place,
        near=zones.near,
        near_count=zones.near_count,
        reach=zones.reach,
        reach_count=zones.reach_count,
        move_share=zones.move_share,
        move_draw=plan.move_draw,
        heap_s=heap_s,
        heap_taxi=heap_taxi,
        counters=np.array([len(order), 0, 0, 0], dtype=np.int64),
        stations=market.stations,
        price_cny_per_kwh=market.price_cny_per_kwh,
        lowest_cny_per_kwh=market.lowest_cny_per_kwh,
        taste_cny=market.taste_cny,
        **_desk(calls, stations),
    )


def with_one_call(city: City) -> City:
    """Return the same city with room for one call of its own."""
    return city._replace(**_desk(1, city.money_cny.shape[1]))


def fleet_of(city: City) -> Fleet:
    """Return the columns of the taxis."""
    return Fleet(*(city.taxis[name] for name in Fleet._fields))


def books_of(city: City) -> Books:
    """Return what has happened to passengers and in shifts."""
    passengers = ("taxi", "pickup_s", "fare_cny")
    return Books(*((city.requests if name in passengers else city.shifts)[name] for name in Books._fields))


def _desk(calls: int, stations: int) -> dict[str, Any]:
    wide = (calls, stations)
    return {
        "calls": np.zeros(calls, CALL),
        "money_cny": np.zeros(wide),
        "work_s": np.zeros(wide),
        "order": np.zeros(wide, dtype=np.int64),
    }


def _taxis(plan: TaxiPlan) -> Records:
    taxis, first = np.zeros(len(plan.technology), TAXI), plan.shifts.first
    has_shift, none = first[1:] > first[:-1], len(plan.shifts.start_s)
    taxis["state"] = np.where(has_shift, OFF, DONE)
    taxis["shift"], taxis["last_shift"] = first[:-1], first[1:]
    taxis["next_s"] = np.append(plan.shifts.start_s, np.inf)[np.where(has_shift, first[:-1], none)]
    taxis["place"], taxis["zone"] = plan.start_place, plan.zones.zone_of_place[plan.start_place]
    taxis["kwh"], taxis["meal_at_s"] = plan.start_kwh, np.inf
    taxis["after"] = taxis["before"] = -1
    taxis["electric"], taxis["swappable"] = plan.electric, plan.swappable
    return taxis

"""Small cities with taxis: zones in a row, a station where the test wants one."""

import math

import numpy as np

from transport_sim.charge import PieceTable
from transport_sim.planning.taxis import zone_queues
from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.taxi_plan import Fares, Requests, Shifts, TaxiPlan, TaxiRules, Ways

DAY_S = 86_400.0
KWH_PER_KM = 0.16
BATTERY = PieceTable(50.0, (0.0, 0.8, 1.0), (60.0, 20.0))
RULES = TaxiRules(
    horizon_s=DAY_S,
    cny_per_s=30.0 / 3600.0,
    price_weight=1.0,
    distance_weight=1.0,
    wait_weight=1.0,
    target_kwh=45.0,
    look_kwh=15.0,
    reserve_kwh=5.0,
    least_charge_kwh=10.0,
    station_patience_s=1800.0,
    stations_tried_count=3,
    look_again_s=1800.0,
    leaving_s=120.0,
    passenger_patience_s=600.0,
    idle_move_s=600.0,
    cruise_kmh=8.0,
)


def ways(km, *, speed_kmh=30.0, slow_hours=()):
    """Return ways of these lengths; at the slow hours they take twice the time."""
    km = np.asarray(km, dtype=float)
    time_s = np.tile(km / speed_kmh * 3600.0, (24, 1, 1))
    time_s[list(slow_hours)] *= 2.0
    return Ways(time_s, np.tile(km * KWH_PER_KM, (24, 1, 1)), km, np.full(24, KWH_PER_KM))


def places_in_a_row(positions_km, *, inner_km=1.0):
    """Return the distances between places along a road."""
    km = np.abs(np.subtract.outer(positions_km, positions_km)).astype(float)
    np.fill_diagonal(km, inner_km)
    return km


def shifts(spans, *, meals=None):
    """Return one shift for each taxi, from and to [h]; meals: (at [h], length [min]) or None for each."""
    start, end = (np.array(spans, dtype=float) * 3600.0).reshape(-1, 2).T
    meals = meals or [None] * len(start)
    at = np.array([m[0] * 3600.0 if m else math.inf for m in meals], dtype=float)
    length = np.array([m[1] * 60.0 if m else 0.0 for m in meals], dtype=float)
    return Shifts(np.arange(len(start) + 1), start.copy(), end.copy(), at, length)


def requests(rows):
    """Return requests from (time [s], from zone, to zone)."""
    rows = sorted(rows)
    return Requests(
        np.array([r[0] for r in rows], dtype=float),
        np.array([r[1] for r in rows], dtype=np.int64),
        np.array([r[2] for r in rows], dtype=np.int64),
    )


def city(
    *,
    asked,
    worked,
    zones_km=(0.0, 3.0, 6.0),
    stations_km=(),
    rules=RULES,
    start_kwh=40.0,
    start_zone=0,
    electric=True,
    swappable=False,
    way=None,
    pickup_s=720.0,
    seed=1,
):
    """Return the plan of a city with stations `S0`, `S1`, ... behind the zones on the same road."""
    taxis, count = len(worked.first) - 1, len(zones_km)
    way = way or ways(places_in_a_row([*zones_km, *stations_km]))
    rng = np.random.default_rng(seed)
    place = np.arange(count)
    return TaxiPlan(
        first_vehicle=1_000_000,
        technology=("battery_electric" if electric else "cng",) * taxis,
        electric=np.full(taxis, electric),
        swappable=np.full(taxis, swappable),
        battery=BATTERY if electric else None,
        plug_kind="dc",
        start_kwh=np.broadcast_to(start_kwh, taxis).astype(float) * electric,
        start_place=np.broadcast_to(start_zone, taxis).astype(np.int64),
        zone_names=tuple(f"Z{n}" for n in range(count)),
        ways=way,
        zones=zone_queues(way, place, np.ones((24, count, count)), pickup_s=pickup_s),
        shifts=worked,
        shift_names=("day",) * len(worked.start_s),
        requests=asked,
        fares=Fares(*np.full((4, 24), [[6.0], [2.0], [2.0], [0.01]]), way.time_s.min(axis=0)),
        rules=rules,
        stations=tuple(f"S{n}" for n in range(len(stations_km))),
        station_place=np.arange(count, count + len(stations_km)),
        taste_cny=np.zeros((taxis, len(stations_km))),
        move_draw=rng.random((taxis, 64)),
    )


def busy_day(*, count, zones, seed, from_h=6.0, to_h=20.0):
    """Return so many requests at random times between random zones."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(from_h * 3600.0, to_h * 3600.0, count)
    return requests(list(zip(at, rng.integers(zones, size=count), rng.integers(zones, size=count), strict=True)))


def charger(name, *, plugs=1, kw=60.0, price=1.0):
    """Return a station with equal plugs."""
    return StationPlan(name, (PlugPlan("dc", kw, plugs),), prices=((0.0, price),))

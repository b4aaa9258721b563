"""Vessels: berth, reaches and locks, berth, and the way back."""

from typing import TYPE_CHECKING

import simpy

from transport_sim.hydrology import month_at
from transport_sim.simulation.plan import PlannedShipment
from transport_sim.simulation.records import LegRecord
from transport_sim.simulation.river_plan import Reach, RiverRoute
from transport_sim.simulation.terminal import Process

if TYPE_CHECKING:
    from transport_sim.simulation.engine import FreightSimulation


def run_vessel(
    sim: "FreightSimulation",
    pair: tuple[int, int, float],
    route: RiverRoute,
    aboard: list[tuple[PlannedShipment, simpy.Event]],
) -> Process:
    """Load at a berth, sail through the locks, unload, sail back empty."""
    sim.begin()
    payload_t = sum(s.tonnes_t for s, _ in aboard)
    yield from sim.facilities.load(route.origin_berth, aboard)
    depart = sim.env.now
    yield from _sail(sim, route, route.reaches)
    leg = LegRecord(
        "waterway", route.vessel_class, pair[0], pair[1], pair[2], depart, sim.env.now, 1, payload_t, 0.0, loaded=True
    )
    sim.note_leg(leg, [s for s, _ in aboard])
    yield from sim.facilities.unload(route.destination_berth, aboard)
    for _, arrival in aboard:
        arrival.succeed()
    depart = sim.env.now
    yield from _sail(sim, route, route.return_reaches)
    sim.note_leg(
        LegRecord(
            "waterway", route.vessel_class, pair[1], pair[0], pair[2], depart, sim.env.now, 1, 0.0, 0.0, loaded=False
        ),
        [],
    )
    sim.end()


def payload_now_t(route: RiverRoute, calendar_start_day: int | None, time_s: float) -> float:
    """Return what a vessel loads at a time. [t]."""
    if calendar_start_day is None or not route.monthly_payload_t:
        return route.payload_t
    return route.monthly_payload_t[month_at(calendar_start_day, time_s)]


def _sail(sim: "FreightSimulation", route: RiverRoute, reaches: tuple[Reach, ...]) -> Process:
    """Sail reach by reach, moor while one is closed, and wait for a place in each lock."""
    env, start_day = sim.env, sim.plan.calendar_start_day
    if route.afloat:
        dry_s = route.afloat.open_s(env.now) - env.now
        if dry_s > 0.0:
            yield env.timeout(dry_s)
    for reach in reaches:
        month = 0 if start_day is None or len(reach.sail_s) == 1 else month_at(start_day, env.now)
        sail_s = reach.sail_s[month]
        if reach.availability:
            sail_s = reach.availability.done_s(env.now, sail_s) - env.now
        yield env.timeout(sail_s)
        if reach.lock:
            yield sim.locks[reach.lock].join(route.size, upward=reach.upward)

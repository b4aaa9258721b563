"""Vessels: berth, reaches and locks, berth, and the way back."""

from typing import TYPE_CHECKING

import simpy

from transport_sim.simulation.plan import PlannedShipment, RiverRoute
from transport_sim.simulation.records import LegRecord
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
    yield from _sail(sim, route.reaches)
    leg = LegRecord(
        "waterway", route.vessel_class, pair[0], pair[1], pair[2], depart, sim.env.now, 1, payload_t, 0.0, loaded=True
    )
    sim.note_leg(leg, [s for s, _ in aboard])
    yield from sim.facilities.unload(route.destination_berth, aboard)
    for _, arrival in aboard:
        arrival.succeed()
    depart = sim.env.now
    yield from _sail(sim, route.return_reaches)
    sim.note_leg(
        LegRecord(
            "waterway", route.vessel_class, pair[1], pair[0], pair[2], depart, sim.env.now, 1, 0.0, 0.0, loaded=False
        ),
        [],
    )
    sim.end()


def _sail(sim: "FreightSimulation", reaches: tuple[tuple[float, str, float], ...]) -> Process:
    for sailing_s, lock, passage_s in reaches:
        yield sim.env.timeout(sailing_s)
        if lock:
            yield from sim.facilities.visit(lock, service_s=passage_s)

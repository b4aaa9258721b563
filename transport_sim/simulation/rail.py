"""Trains: loading on a track, running section by section, unloading, and the empty wagons' way back.

A train keeps a section of single track for its whole run and one of double track for the headway. Between
sections it waits where trains can pass each other, and holds nothing while it waits, so trains cannot block
each other for good.
"""

import math
from typing import TYPE_CHECKING

import simpy

from transport_sim.simulation.plan import PlannedShipment, RailRoute, Section, opposite_section
from transport_sim.simulation.records import LegRecord
from transport_sim.simulation.terminal import Process

if TYPE_CHECKING:
    from transport_sim.simulation.engine import FreightSimulation


def run_train(
    sim: "FreightSimulation",
    pair: tuple[int, int, float],
    route: RailRoute,
    aboard: list[tuple[PlannedShipment, simpy.Event]],
) -> Process:
    """Load, run, unload and send the empty wagons back."""
    sim.begin()
    payload_t = sum(s.tonnes_t for s, _ in aboard)
    wagons = math.ceil(payload_t / sim.plan.wagon_net_t)
    yield from sim.facilities.load(route.origin_track, aboard)
    depart = sim.env.now
    own_train = payload_t >= route.train_min_net_t
    yield from _traverse(sim, route.sections, own_train=own_train)
    gross_t = payload_t + wagons * sim.plan.wagon_tare_t
    leg = LegRecord(
        "rail", "freight_train", pair[0], pair[1], pair[2], depart, sim.env.now, 1, payload_t, gross_t, loaded=True
    )
    sim.note_leg(leg, [s for s, _ in aboard])
    yield from sim.facilities.unload(route.destination_track, aboard)
    for _, arrival in aboard:
        arrival.succeed()
    empty = round(wagons * sim.plan.empty_return_share_train)
    if empty:
        depart = sim.env.now
        back = tuple(Section(opposite_section(s.facility), s.hold_s, s.run_s) for s in reversed(route.sections))
        yield from _traverse(sim, back, own_train=own_train)
        sim.note_leg(
            LegRecord(
                "rail",
                "freight_train",
                pair[1],
                pair[0],
                pair[2],
                depart,
                sim.env.now,
                1,
                0.0,
                empty * sim.plan.wagon_tare_t,
                loaded=False,
            ),
            [],
        )
    sim.end()


def _traverse(sim: "FreightSimulation", sections: tuple[Section, ...], *, own_train: bool) -> Process:
    """Run over the sections; wagons in a pick-up train use the paths that the background trains hold already."""
    if not own_train:
        yield sim.env.timeout(sum(section.run_s for section in sections))
        return
    for section in sections:
        if section.hold_s:
            yield from sim.facilities.visit(section.facility, service_s=section.hold_s)
        if section.run_s > section.hold_s:
            yield sim.env.timeout(section.run_s - section.hold_s)


def run_background_train(sim: "FreightSimulation", section: Section, interval_s: float, first_s: float) -> Process:
    """Occupy a section at even intervals on behalf of trains that are not simulated as such."""
    yield sim.env.timeout(first_s)
    while not sim.finished.triggered:
        yield from sim.facilities.visit(section.facility, service_s=section.hold_s, noted=False)
        yield sim.env.timeout(max(interval_s - section.hold_s, 0.0))

"""Trains: loading on a track, make-up, run, break-up, unloading, and the empty wagons' way back."""

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

import simpy

from transport_sim.simulation.plan import PlannedShipment
from transport_sim.simulation.pool import Process
from transport_sim.simulation.railway_plan import Itinerary, RailRoute, Yard
from transport_sim.simulation.records import LegRecord
from transport_sim.simulation.wagons import Pair

if TYPE_CHECKING:
    from transport_sim.simulation.engine import FreightSimulation


def run_train(
    sim: "FreightSimulation", pair: Pair, route: RailRoute, aboard: list[tuple[PlannedShipment, simpy.Event]]
) -> Process:
    """Load, run, unload and send the empty wagons back."""
    sim.begin()
    goods = [s for s, _ in aboard]
    payload_t = sum(s.tonnes_t for s in goods)
    wagons = sim.wagons.needed(goods)
    trains = max(math.ceil(sum(sim.wagons.size_t(route, s) for s in goods) / route.train_net_t - 1e-9), 1)
    yield from sim.facilities.load(route.origin_track, aboard)
    own_wagons = wagons - sim.wagons.load(pair, wagons)
    out = _Way(route.out, route.origin_yard, route.destination_yard, payload_t >= route.train_min_net_t)
    depart_s, arrive_s = yield from _run_all(sim, out, trains, wagons.total())
    leg = LegRecord(
        "rail",
        "freight_train",
        *pair,
        depart_s,
        arrive_s,
        trains,
        payload_t,
        payload_t + sim.wagons.tare_t(wagons),
        loaded=True,
        wagons_count=wagons.total(),
    )
    sim.note_leg(leg, goods)
    yield from sim.facilities.unload(route.destination_track, aboard)
    for _, arrival in aboard:
        arrival.succeed()
    empty = sim.wagons.unload(pair, own_wagons)
    if empty:
        back = out._replace(itinerary=route.back, origin=route.destination_yard, destination=route.origin_yard)
        depart_s, arrive_s = yield from _run_all(sim, back, trains, empty.total())
        leg = leg._replace(
            start=leg.end,
            end=leg.start,
            depart_s=depart_s,
            arrive_s=arrive_s,
            payload_t=0.0,
            gross_t=sim.wagons.tare_t(empty),
            loaded=False,
            wagons_count=empty.total(),
        )
        sim.note_leg(leg, [])
    sim.end()


class _Way(NamedTuple):
    """How a train goes to one end of its route."""

    itinerary: Itinerary
    origin: Yard
    destination: Yard
    own_train: bool
    """Or its wagons ride in the pick-up trains of the timetable, which have their paths already."""


Run = Generator[simpy.Event, Any, tuple[float, float]]
"""A process that ends with departure and arrival."""


def _run_all(sim: "FreightSimulation", way: _Way, trains: int, wagons: int) -> Run:
    """Run the wagons in one train, or in several if a consignment is more than one can take."""
    if trains == 1:
        return (yield from _run(sim, way, wagons))
    parts = [wagons // trains + (n < wagons % trains) for n in range(trains)]
    runs = [sim.env.process(_run(sim, way, part)) for part in parts]
    yield sim.env.all_of(runs)
    departures, arrivals = zip(*(r.value for r in runs), strict=True)
    return min(departures), max(arrivals)


def _run(sim: "FreightSimulation", way: _Way, wagons: int) -> Run:
    """Make up a train, run it and break it up; it keeps a track at either end while engines work on it."""
    trip = (yield from sim.railway.enter(way.itinerary)) if way.own_train else None
    if way.origin.make_up_s_per_wagon:
        yield from sim.facilities.visit(way.origin.engines, service_s=wagons * way.origin.make_up_s_per_wagon)
    depart_s = sim.env.now
    if trip:
        yield from sim.railway.travel(trip)
    else:
        yield sim.env.timeout(way.itinerary.run_s + way.itinerary.stop_s)
    arrive_s = sim.env.now
    if way.destination.break_up_s_per_wagon:
        yield from sim.facilities.visit(
            way.destination.engines, service_s=wagons * way.destination.break_up_s_per_wagon
        )
    if trip:
        sim.railway.leave(trip)
    return depart_s, arrive_s

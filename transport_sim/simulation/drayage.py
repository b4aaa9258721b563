"""Trucks between customers and terminals: appointments, fleets, gates, cranes, storage, drop and hook.

Whoever waits here holds nothing that those need for whom it waits, so nobody waits for ever: goods book room in the
storage before they ask for trucks, trucks wait for gates, cranes and loading bays only, which always come free, and
trains and vessels wait for room to unload with neither track nor berth. Room for goods that arrived is freed by trucks,
room for goods that leave by trains and vessels, and those by room for goods that arrived elsewhere.
"""

import math
from collections import Counter
from typing import TYPE_CHECKING

import simpy

from transport_sim.simulation.plan import PlannedLeg, PlannedShipment
from transport_sim.simulation.pool import Process
from transport_sim.simulation.records import WaitRecord
from transport_sim.simulation.terminal import terminal_of
from transport_sim.simulation.truck_plan import TerminalPlan

if TYPE_CHECKING:
    from transport_sim.simulation.engine import FreightSimulation

NO_LIMITS = TerminalPlan("", 0.0, "", "", 0, "", 0.0, 0, None)


class Drayage:
    """The road legs of consignments that go by rail or water too."""

    def __init__(self, sim: "FreightSimulation") -> None:
        self.sim = sim
        self._booked: dict[str, Counter[int]] = {}

    def carry(self, shipment: PlannedShipment, number: int) -> Process:
        """Take a consignment over its road leg, with what happens at both ends."""
        before, leg, after = shipment.stops[number], shipment.legs[number], shipment.stops[number + 1]
        if after.startswith("crane:"):
            yield from self._bring(shipment, leg, before, after)
        elif before.startswith("crane:"):
            yield from self._fetch(shipment, leg, before, after)
        else:
            yield from self.sim.handle(before, shipment)
            yield from self.sim.drive(shipment, leg)
            yield from self.sim.handle(after, shipment)

    def _bring(self, shipment: PlannedShipment, leg: PlannedLeg, bay: str, crane: str) -> Process:
        """Bring goods to a terminal: room, appointment, truck, loading, gate, crane."""
        sim, at = self.sim, self.sim.plan.terminals.get(terminal_of(crane), NO_LIMITS)
        pools, number = sim.facilities.pools, shipment.position
        out_s = leg.drive_s if at.fleet else 0.0
        under_way_s = out_s + leg.drive_s + (sim.facilities.handling_s(bay, (shipment,)) if bay else 0.0)
        yield from self._opening(at, under_way_s)
        if at.storage_out:
            yield from pools[at.storage_out].take({number: shipment.tonnes_t})
        yield from self._appointment(at, shipment, under_way_s)
        if shipment.hooked:
            yield from sim.handle(bay, shipment)
        if at.fleet:
            yield from self._trucks(at, shipment)
            yield sim.env.timeout(out_s + _more_rounds_s(at, shipment, leg))
        if not shipment.hooked:
            yield from sim.handle(bay, shipment)
        yield from sim.drive(shipment, leg)
        yield from self._gate(at, shipment)
        if at.fleet and shipment.hooked:
            pools[at.fleet].give(number)
        yield from sim.handle(crane, shipment)
        if at.fleet and not shipment.hooked:
            pools[at.fleet].give(number)

    def _fetch(self, shipment: PlannedShipment, leg: PlannedLeg, crane: str, bay: str) -> Process:
        """Fetch goods from a terminal: appointment, truck, gate, crane, unloading; the truck goes back by itself."""
        sim, at = self.sim, self.sim.plan.terminals.get(terminal_of(crane), NO_LIMITS)
        yield from self._opening(at, 0.0)
        yield from self._appointment(at, shipment, 0.0)
        if at.fleet:
            yield from self._trucks(at, shipment)
            more_s = _more_rounds_s(at, shipment, leg)
            if more_s:
                yield sim.env.timeout(more_s)
        yield from self._gate(at, shipment)
        yield from sim.handle(crane, shipment)
        sim.facilities.leave_storage(shipment)
        yield from sim.drive(shipment, leg)
        if at.fleet and shipment.hooked:
            self._give_back_later(at, shipment, leg)
        yield from sim.handle(bay, shipment)
        if at.fleet and not shipment.hooked:
            self._give_back_later(at, shipment, leg)

    def tranship(self, shipment: PlannedShipment, number: int) -> Process:
        """Move goods from train to vessel or the other way round, once the other storage has room."""
        sim, leg = self.sim, shipment.legs[number]
        pair = leg.start, leg.end, leg.beyond_km
        plan = sim.plan
        place = plan.rail_routes[pair].origin_track if leg.mode == "rail" else plan.river_routes[pair].origin_berth
        at = plan.terminals.get(terminal_of(place), NO_LIMITS)
        if at.storage_out:
            yield from sim.facilities.pools[at.storage_out].take({shipment.position: shipment.tonnes_t})
        yield from sim.handle(shipment.stops[number], shipment)
        sim.facilities.leave_storage(shipment)

    def _trucks(self, at: TerminalPlan, shipment: PlannedShipment) -> Process:
        """Wait for all trucks of a consignment, or for the whole fleet if that is smaller."""
        needed = min(shipment.truck_count, at.fleet_trucks_count)
        yield from self.sim.facilities.pools[at.fleet].take({shipment.position: needed})

    def _give_back_later(self, at: TerminalPlan, shipment: PlannedShipment, leg: PlannedLeg) -> None:
        """Let trucks drive back to the terminal while nobody waits for it."""
        sim = self.sim

        def back(_: simpy.Event) -> None:
            sim.facilities.pools[at.fleet].give(shipment.position)
            sim.end()

        sim.begin()
        sim.env.timeout(leg.drive_s).callbacks.append(back)

    def _gate(self, at: TerminalPlan, shipment: PlannedShipment) -> Process:
        if at.gate:
            yield from self.sim.facilities.visit(at.gate, service_s=at.gate_s_per_truck * shipment.truck_count)

    def _opening(self, at: TerminalPlan, under_way_s: float) -> Process:
        """Stay at home while one would come to closed gates, and bind neither room nor trucks overnight."""
        if at.open:
            arrive_s = self.sim.env.now + under_way_s
            wait_s = at.open.open_s(arrive_s) - arrive_s
            if wait_s:
                yield self.sim.env.timeout(wait_s)

    def _appointment(self, at: TerminalPlan, shipment: PlannedShipment, under_way_s: float) -> Process:
        """Wait until one can arrive in the first slot that has room; a consignment larger than a slot has its own."""
        if not at.slots:
            return
        now = self.sim.env.now
        booked = self._booked.setdefault(at.slots, Counter())
        trucks, slot = shipment.truck_count, self._open_slot(at, math.floor((now + under_way_s) / at.slot_s))
        while booked[slot] and booked[slot] + trucks > at.slot_trucks_count:
            slot = self._open_slot(at, slot + 1)
        booked[slot] += trucks
        wait_s = max(slot * at.slot_s - under_way_s - now, 0.0)
        self.sim.records.waits.append(
            WaitRecord(at.slots, slot * at.slot_s - wait_s, wait_s, at.slot_s, min(trucks, at.slot_trucks_count))
        )
        if wait_s:
            yield self.sim.env.timeout(wait_s)

    def _open_slot(self, at: TerminalPlan, slot: int) -> int:
        """Return the first slot from this one on at whose end the gates are open."""
        if at.open is None:
            return slot
        while at.open.share_at((slot + 1) * at.slot_s - 1.0) <= 0.0:
            slot += 1
        return slot


def _more_rounds_s(at: TerminalPlan, shipment: PlannedShipment, leg: PlannedLeg) -> float:
    """Return the time of the journeys before the last, of a consignment that needs more trucks than the fleet has."""
    return (math.ceil(shipment.truck_count / at.fleet_trucks_count) - 1) * 2.0 * leg.drive_s

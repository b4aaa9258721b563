"""The event loop of the freight system: consignments move through facilities on trucks, trains and vessels."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

from transport_sim.simulation.bays import LoadingBays, RoadRecords
from transport_sim.simulation.drayage import Drayage
from transport_sim.simulation.lock import Lock
from transport_sim.simulation.plan import Plan, PlannedLeg, PlannedShipment
from transport_sim.simulation.rail import run_train
from transport_sim.simulation.railway import Railway
from transport_sim.simulation.records import HandlingRecord, LegRecord, LoadRecord, LockageRecord, WaitLog, WaitRecord
from transport_sim.simulation.terminal import Consolidator, Facilities, Process
from transport_sim.simulation.wagons import WagonFleet
from transport_sim.simulation.waterway import payload_now_t, run_vessel


@dataclass
class Records:
    """All that happened."""

    legs: list[LegRecord] = field(default_factory=list)
    loads: list[LoadRecord] = field(default_factory=list)
    waits: WaitLog = field(default_factory=WaitLog)
    handlings: list[HandlingRecord] = field(default_factory=list)
    lockages: list[LockageRecord] = field(default_factory=list)
    delivered_s: dict[int, float] = field(default_factory=dict)
    """By shipment position, those by road alone left out."""
    road: RoadRecords | None = None
    """Consignments by road alone."""
    wagons_standing: dict[tuple[tuple[int, int, float], int], int] = field(default_factory=dict)
    """Wagons that wait for goods away from home at the end, by the relation on which they came and their type."""


class FreightSimulation:
    """One run of a plan; use :func:`simulate`."""

    def __init__(self, plan: Plan) -> None:
        self.env = simpy.Environment()
        self.plan = plan
        self.records = Records()
        self.facilities = Facilities(self.env, plan.facilities)
        self.records.waits = self.facilities.waits
        self.locks = {
            name: Lock(self.env, lock, self.records.waits, self.records.lockages) for name, lock in plan.locks.items()
        }
        self.railway = Railway(
            self.env,
            plan.railway,
            self.records.waits,
            lambda place, stay_s: self.facilities.visit(place, service_s=stay_s),
        )
        self.wagons = WagonFleet(plan)
        self.bays = LoadingBays(plan.facilities, plan.road)
        self.drayage = Drayage(self)
        self.underway = 1
        self.finished = self.env.event()
        self._consolidators: dict[tuple[str, int, int, float], Consolidator] = {}

    def run(self, progress: Callable[[float], None] | None = None) -> Records:
        """Carry out the plan until every consignment is delivered and every train and vessel is home."""
        self.env.process(self._release())
        if progress is None:
            self.env.run(until=self.finished)
        else:
            step = max(self.plan.shipments[-1].release_s, 1.0) / 50.0 if self.plan.shipments else 1.0
            while not self.finished.triggered:
                self.env.run(until=self.env.now + step)
                progress(self.env.now)
        self.records.road = self.bays.finish()
        self.records.wagons_standing = {k: n for k, n in self.wagons.standing.items() if n}
        return self.records

    def begin(self) -> None:
        """Note that one more process must end before the run is over."""
        self.underway += 1

    def end(self) -> None:
        """Note that a process has ended."""
        self.underway -= 1
        if self.underway == 0:
            self.finished.succeed()

    def note_leg(self, leg: LegRecord, shipments: list[PlannedShipment]) -> None:
        """Record a leg and what it carries."""
        number = len(self.records.legs)
        self.records.legs.append(leg)
        self.records.loads.extend(LoadRecord(number, s.position) for s in shipments)

    def _release(self) -> Process:
        for shipment in self.plan.shipments:
            if shipment.release_s > self.env.now:
                yield self.env.timeout(shipment.release_s - self.env.now)
            self.begin()
            self.env.process(self._carry(shipment))
        self.end()

    def _carry(self, shipment: PlannedShipment) -> Process:
        """Take one consignment from door to door."""
        for number, leg in enumerate(shipment.legs):
            if leg.mode == "road":
                yield from self.drayage.carry(shipment, number)
                continue
            if shipment.stops[number] and shipment.legs[number - 1].mode != "road":
                yield from self.drayage.tranship(shipment, number)
            yield self._consolidator(leg).join(shipment)
        self.records.delivered_s[shipment.position] = self.env.now
        self.end()

    def handle(self, stop: str, shipment: PlannedShipment) -> Process:
        """Load or unload a consignment at a bay or crane; nothing at ""."""
        if stop in self.bays:
            arrive_s = self.env.now
            start_s, stay_s = self.bays.visit(stop, arrive_s=arrive_s, tonnes_t=shipment.tonnes_t)
            self.records.waits.append(WaitRecord(stop, arrive_s, start_s - arrive_s, stay_s))
            yield self.env.timeout(start_s + stay_s - arrive_s)
        elif stop:
            yield from self.facilities.visit(stop, service_s=self.facilities.handling_s(stop, (shipment,)))
            self.records.handlings.append(HandlingRecord(stop, shipment.position, shipment.tonnes_t))

    def drive(self, shipment: PlannedShipment, leg: PlannedLeg) -> Process:
        """Drive the trucks of a consignment over a leg; those that return empty do so without holding anybody up."""
        depart = self.env.now
        yield self.env.timeout(leg.drive_s)
        arrive = self.env.now
        trucks = shipment.truck_count
        self.note_leg(
            LegRecord(
                "road",
                shipment.vehicle_class,
                leg.start,
                leg.end,
                leg.beyond_km,
                depart,
                arrive,
                trucks,
                shipment.tonnes_t,
                0.0,
                loaded=True,
            ),
            [shipment],
        )
        if shipment.returns_empty:
            back = LegRecord(
                "road",
                shipment.vehicle_class,
                leg.end,
                leg.start,
                leg.beyond_km,
                arrive,
                arrive + leg.drive_s,
                trucks,
                0.0,
                0.0,
                loaded=False,
            )
            self.note_leg(back, [])

    def _consolidator(self, leg: PlannedLeg) -> Consolidator:
        key = (leg.mode, leg.start, leg.end, leg.beyond_km)
        if key not in self._consolidators:
            pair = key[1:]
            if leg.mode == "rail":
                rail = self.plan.rail_routes[pair]
                self._consolidators[key] = Consolidator(
                    self.env,
                    lambda aboard: run_train(self, pair, rail, aboard),
                    capacity_t=rail.train_net_t,
                    max_wait_s=rail.max_wait_s,
                    size_t=lambda shipment: self.wagons.size_t(rail, shipment),
                    interval_s=rail.interval_s,
                )
            else:
                river = self.plan.river_routes[pair]
                self._consolidators[key] = Consolidator(
                    self.env,
                    lambda aboard: run_vessel(self, pair, river, aboard),
                    capacity_t=lambda: payload_now_t(river, self.plan.calendar_start_day, self.env.now),
                    max_wait_s=river.max_wait_s,
                )
        return self._consolidators[key]


def simulate(plan: Plan, progress: Callable[[float], None] | None = None) -> Records:
    """Simulate a plan.

    Parameters
    ----------
    plan
        Planned consignments, facilities and routes.
    progress
        Called now and then with the simulated time. [s]

    Returns
    -------
    The records of every leg, load, wait and delivery.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, *thresholds[1:])  # hundreds of thousands of small live objects: measured 1.2 times faster
    try:
        return FreightSimulation(plan).run(progress)
    finally:
        gc.set_threshold(*thresholds)

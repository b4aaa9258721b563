"""From chosen chains to the plan of the simulation: stops, driving times, sections, reaches and facilities."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from transport_sim.choice.chains import ChainSet, Skims, outside_speed_kmh
from transport_sim.choice.freight_mode import road_leg_h
from transport_sim.demand.freight import Demand
from transport_sim.demand.shipments import Shipments
from transport_sim.demand.truck_use import empty_return_shares
from transport_sim.inputs import Inputs
from transport_sim.planning.driving import under_way_h
from transport_sim.planning.rail import RailPlanner
from transport_sim.planning.rivers import RiverPlanner, lock_facilities
from transport_sim.planning.terminals import bay_s_per_t, loading_bays, terminal_facilities, terminal_plans
from transport_sim.planning.trucks import Journeys, hooked, returns_after_matching
from transport_sim.randomness import IntArray, uniform
from transport_sim.simulation.plan import Plan, PlannedLeg, PlannedShipment, RoadPlan, RoadWay
from transport_sim.simulation.river_plan import RiverRoute
from transport_sim.tables.freight import TRUCK_CLASSES
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


class Planner:
    """Builds the plan of one run; use :func:`build_plan`."""

    def __init__(
        self,
        inputs: Inputs,
        skims: Skims,
        chains: tuple[ChainSet, ...],
        *,
        seed: int,
        rails: RailPlanner,
        rivers: RiverPlanner,
    ) -> None:
        self.inputs, self.skims, self.chains, self.seed = inputs, skims, chains, seed
        self.zones = list(inputs.zones["zone"])
        self.rail_names = list(skims.rail_terminals["terminal"])
        self.port_names = list(skims.ports["terminal"])
        self.rails, self.rivers = rails, rivers
        self.river_routes: dict[tuple[int, int, float], RiverRoute] = {}
        self._ways: dict[tuple[int, int, int, bool], tuple[tuple[PlannedLeg, ...], tuple[str, ...]]] = {}
        rules = inputs.operations["driving_rules"]
        self._hours = [
            [under_way_h(road_leg_h(g, skims), rules) if g.mode == "road" else None for g in c.legs] for c in chains
        ]
        self._external = (inputs.zones["kind"] == "external").to_numpy()

    def consignments(self, shipments: Shipments, chain: IntArray) -> tuple[tuple[PlannedShipment, ...], RoadPlan]:
        """Plan the consignments in the order of release: those that go by rail or water, and those by road alone."""
        general = (self.inputs.commodities["choice_group"] == "general").to_numpy()[shipments.commodity]
        returns_empty = (
            uniform(shipments.shipment_id, seed=self.seed, stream="empty_return")
            < empty_return_shares(self.inputs)[shipments.commodity, shipments.origin, shipments.destination]
        )
        shape = len(self.zones), len(self.zones), len(self.chains), 2
        at = np.ravel_multi_index((shipments.origin, shipments.destination, chain, general.astype(np.int64)), shape)
        used = np.flatnonzero(np.bincount(at, minlength=1))
        ways = {}
        for code, (i, j, k, is_general) in zip(
            used.tolist(), zip(*(c.tolist() for c in np.unravel_index(used, shape)), strict=True), strict=True
        ):
            ways[code] = self._way(i, j, k, is_general=bool(is_general))
        by_road = [code for code, (legs, _) in ways.items() if [leg.mode for leg in legs] == ["road"]]
        road_way = np.full(int(np.prod(shape)), -1)
        road_way[by_road] = np.arange(len(by_road))
        way = road_way[at]
        alone = np.flatnonzero(way >= 0)
        drive_s = np.array([ways[code][0][0].drive_s for code in by_road], dtype=float)[way[alone]]
        journeys = Journeys(
            shipments.shipment_id[alone],
            shipments.origin[alone],
            shipments.destination[alone],
            shipments.truck_class[alone],
            shipments.truck_count[alone],
            shipments.release_s[alone],
            drive_s + 2.0 * bay_s_per_t(self.inputs) * shipments.tonnes_t[alone],
            returns_empty[alone],
        )
        road = RoadPlan(
            alone,
            shipments.release_s[alone],
            shipments.tonnes_t[alone],
            way[alone],
            tuple(RoadWay(ways[code][0][0], *ways[code][1]) for code in by_road),
            shipments.truck_class[alone],
            shipments.truck_count[alone],
            returns_after_matching(self.inputs, journeys, seed=self.seed),
        )
        others = np.flatnonzero(way < 0)
        columns = (
            others,
            at[others],
            shipments.release_s[others],
            shipments.tonnes_t[others],
            shipments.truck_class[others],
            shipments.truck_count[others],
            returns_empty[others],
            shipments.commodity[others],
            hooked(self.inputs, shipments.shipment_id[others], shipments.truck_class[others], seed=self.seed),
        )
        planned = tuple(
            PlannedShipment(n, release_s, tonnes_t, TRUCK_CLASSES[truck_class], trucks, empty, *ways[code], *goods)
            for n, code, release_s, tonnes_t, truck_class, trucks, empty, *goods in zip(
                *(c.tolist() for c in columns), strict=True
            )
        )
        return planned, road

    def _way(
        self, origin: int, destination: int, chain: int, *, is_general: bool
    ) -> tuple[tuple[PlannedLeg, ...], tuple[str, ...]]:
        """Return legs and stops between two zones, the same for all consignments of a chain."""
        key = origin, destination, chain, is_general
        if key not in self._ways:
            legs = []
            at = origin, destination
            for leg, hours in zip(self.chains[chain].legs, self._hours[chain], strict=True):
                if leg.start[at] >= 0:
                    drive_s = 0.0 if hours is None else float(hours[at]) * SECONDS_PER_HOUR
                    planned = PlannedLeg(
                        leg.mode, int(leg.start[at]), int(leg.end[at]), float(leg.beyond_km[at]), drive_s
                    )
                    legs.append(planned)
                    self._note_route(planned)
            if self.chains[chain].gateway_ends[at] and is_general:
                km = self.inputs.parameters.terminal_access_km
                outside = PlannedLeg("road", -1, -1, km, km / outside_speed_kmh(self.inputs) * SECONDS_PER_HOUR)
                legs = [outside, *legs] if self._external[origin] else [*legs, outside]
            self._ways[key] = tuple(legs), tuple(self._stops(legs, origin, destination))
        return self._ways[key]

    def _stops(self, legs: list[PlannedLeg], origin: int, destination: int) -> Iterator[str]:
        """Name the facility before, between and after the legs.

        A truck needs a bay at the customer's and a crane at the terminal; between train and vessel a crane
        at the station. Loading a train or vessel itself belongs to its run.
        """
        yield f"bay:{self.zones[origin]}" if legs[0].mode == "road" else ""
        for first, second in pairwise(legs):
            yield f"crane:{self._meeting(first, second)}"
        yield f"bay:{self.zones[destination]}" if legs[-1].mode == "road" else ""

    def _meeting(self, first: PlannedLeg, second: PlannedLeg) -> str:
        for leg, place in ((first, first.end), (second, second.start)):
            if leg.mode == "rail":
                return str(self.rail_names[place])
        return str(self.port_names[first.end if first.mode == "waterway" else second.start])

    def _note_route(self, leg: PlannedLeg) -> None:
        key = (leg.start, leg.end, leg.beyond_km)
        if leg.mode == "rail":
            self.rails.note_route(*key)
        elif leg.mode == "waterway" and key not in self.river_routes:
            self.river_routes[key] = self.rivers.route(*key)


def build_plan(
    inputs: Inputs,
    skims: Skims,
    chains: tuple[ChainSet, ...],
    *,
    demand: Demand,
    shipments: Shipments,
    chain: IntArray,
    seed: int,
    calendar_start_day: int | None = None,
) -> Plan:
    """Build the plan of a run from the shipments and their chains (positions in `CHAINS`)."""
    duration_days = float(shipments.release_s.max(initial=0.0)) / SECONDS_PER_DAY
    rivers = RiverPlanner(inputs, skims, seed, calendar_start_day, duration_days)
    rails = RailPlanner(inputs, skims, calendar_start_day=calendar_start_day, duration_days=duration_days)
    planner = Planner(inputs, skims, chains, seed=seed, rails=rails, rivers=rivers)
    planned, road = planner.consignments(shipments, chain)
    railway = rails.railway()
    facilities = (
        *loading_bays(inputs, demand),
        *terminal_facilities(inputs, skims, calendar_start_day=calendar_start_day, duration_days=duration_days),
        *lock_facilities(rivers.locks(planner.river_routes)),
        *rails.facilities(railway),
    )
    return Plan(
        planned,
        facilities,
        rails.routes,
        planner.river_routes,
        railway,
        *rails.wagons(),
        inputs.parameters.empty_return_share_train,
        calendar_start_day,
        road,
        terminal_plans(inputs, facilities),
        rivers.locks(planner.river_routes),
    )

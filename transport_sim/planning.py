"""From chosen chains to the plan of the simulation: stops, driving times, tracks, reaches and facilities."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from transport_sim.choice.chains import NAVIGATION_CLASSES, ChainSet, Skims, service_table
from transport_sim.choice.freight_mode import road_leg_h
from transport_sim.demand.freight import Demand
from transport_sim.demand.shipments import DAY_END_H, DAY_START_H, TRUCK_CLASSES, Shipments
from transport_sim.energy.vessel import vessel_class_for
from transport_sim.inputs import Inputs
from transport_sim.network.routing import Paths
from transport_sim.randomness import IntArray, text_id, uniform
from transport_sim.simulation.plan import FacilityPlan, Plan, PlannedLeg, PlannedShipment, RailRoute, RiverRoute, Section
from transport_sim.units import DAYS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

VESSEL_MAX_WAIT_H = 24.0
"""A vessel leaves at the latest after this wait for a full load; the same day-long patience as a train's."""


class Planner:
    """Builds the plan of one run; use :func:`build_plan`."""

    def __init__(self, inputs: Inputs, skims: Skims, chains: tuple[ChainSet, ...], *, seed: int) -> None:
        self.inputs, self.skims, self.chains, self.seed = inputs, skims, chains, seed
        self.zones = list(inputs.zones["zone"])
        self.rail_names = list(skims.rail_terminals["terminal"])
        self.port_names = list(skims.ports["terminal"])
        self.links = skims.network.links
        self.blocks = _single_track_blocks(skims)
        self.rate_ratio, self.wait_h = service_table(inputs, skims)
        self.rail_routes: dict[tuple[int, int, float], RailRoute] = {}
        self.river_routes: dict[tuple[int, int, float], RiverRoute] = {}
        self.background_sections: dict[str, tuple[Section, float]] = {}
        self.locks: set[str] = set()

    def shipments(self, shipments: Shipments, chain: IntArray) -> Iterator[PlannedShipment]:
        """Yield the planned consignments in the order of release."""
        p, goods = self.inputs.parameters, self.inputs.commodities
        general = (goods["choice_group"] == "general").to_numpy()
        external = (self.inputs.zones["kind"] == "external").to_numpy()
        empty = uniform(shipments.shipment_id, seed=self.seed, stream="empty_return") < p.empty_return_share_truck
        hours = [[road_leg_h(leg, self.skims) if leg.mode == "road" else None for leg in c.legs] for c in self.chains]
        # the way from a gateway to the customer in the town behind it, at the speed of urban main roads
        outside = PlannedLeg("road", -1, -1, p.terminal_access_km, p.terminal_access_km / 25.0 * SECONDS_PER_HOUR)
        for n in range(len(shipments.shipment_id)):
            i, j, k = int(shipments.origin[n]), int(shipments.destination[n]), int(chain[n])
            legs = []
            for leg, table in zip(self.chains[k].legs, hours[k], strict=True):
                if leg.start[i, j] >= 0:
                    drive_s = 0.0 if table is None else float(table[i, j]) * SECONDS_PER_HOUR
                    legs.append(PlannedLeg(leg.mode, int(leg.start[i, j]), int(leg.end[i, j]), float(leg.beyond_km[i, j]), drive_s))
            if self.chains[k].gateway_ends[i, j] and general[shipments.commodity[n]]:
                legs = [outside, *legs] if external[i] else [*legs, outside]
            for planned in legs:
                self._note_route(planned)
            yield PlannedShipment(
                n,
                float(shipments.release_s[n]),
                float(shipments.tonnes_t[n]),
                TRUCK_CLASSES[shipments.truck_class[n]],
                int(shipments.truck_count[n]),
                bool(empty[n]),
                tuple(legs),
                tuple(self._stops(legs, i, j)),
            )

    def _stops(self, legs: list[PlannedLeg], origin: int, destination: int) -> Iterator[str]:
        """Name the facility before, between and after the legs.

        A truck needs a bay at the customer's and a crane at the terminal; between train and vessel a crane
        at the station. Loading a train or vessel itself belongs to its run.
        """
        yield f"bay:{self.zones[origin]}" if legs[0].mode == "road" else ""
        for first, second in zip(legs, legs[1:], strict=False):
            yield f"crane:{self._meeting(first, second)}"
        yield f"bay:{self.zones[destination]}" if legs[-1].mode == "road" else ""

    def _meeting(self, first: PlannedLeg, second: PlannedLeg) -> str:
        for leg, place in ((first, first.end), (second, second.start)):
            if leg.mode == "rail":
                return str(self.rail_names[place])
        return str(self.port_names[first.end if first.mode == "waterway" else second.start])

    def _note_route(self, leg: PlannedLeg) -> None:
        key = (leg.start, leg.end, leg.beyond_km)
        if leg.mode == "rail" and key not in self.rail_routes:
            self.rail_routes[key] = self._rail_route(*key)
        elif leg.mode == "waterway" and key not in self.river_routes:
            self.river_routes[key] = self._river_route(*key)

    def _rail_route(self, start: int, end: int, beyond_km: float) -> RailRoute:
        p = self.inputs.parameters
        names = self.rail_names[start], self.rail_names[end]
        interval_s, train_net_t = 0.0, p.train_net_t
        for service in self.inputs.services:
            if {service.origin_terminal, service.destination_terminal} == set(names):
                interval_s, train_net_t = 7.0 * SECONDS_PER_DAY / service.trains_per_week, service.train_net_t
        row = start * len(self.rail_names) + end
        sections = tuple(self._sections(_ordered_links(self.skims.rail, row, self.links, int(self.skims.rail_terminals["node_id"].iloc[start]))))
        beyond = (Section(f"section:beyond:{names[0]}:{names[1]}", 0.0, beyond_km / p.rail_speed_kmh * SECONDS_PER_HOUR),) if beyond_km else ()
        return RailRoute(
            (*sections, *beyond),
            f"track:{names[0]}",
            f"track:{names[1]}",
            p.train_max_wait_h * SECONDS_PER_HOUR,
            interval_s,
            train_net_t,
            beyond_km,
        )

    def _sections(self, route: pd.DataFrame) -> Iterator[Section]:
        """Turn links into sections: double track by direction, single track as whole blocks."""
        p = self.inputs.parameters
        pending: tuple[str, float, bool] | None = None
        for link in route.itertuples():
            run_s = float(link.length_km) / p.rail_speed_kmh * SECONDS_PER_HOUR
            main_line = link.usage != "industrial"
            if link.tracks_count is not pd.NA and link.tracks_count >= 2:
                if pending:
                    yield self._single(*pending)
                    pending = None
                name = f"section:{link.way_id}{'>' if link.from_node < link.to_node else '<'}"
                section = Section(name, min(p.headway_s, run_s), run_s)
                if main_line:
                    self.background_sections[name] = (section, SECONDS_PER_DAY / p.background_trains_per_day_double)
                yield section
                continue
            name = f"section:{self.blocks[int(link.way_id)]}"
            if pending and pending[0] != name:
                yield self._single(*pending)
                pending = None
            pending = (name, run_s + (pending[1] if pending else 0.0), main_line)
        if pending:
            yield self._single(*pending)

    def _single(self, name: str, run_s: float, main_line: bool) -> Section:  # noqa: FBT001
        section = Section(name, run_s, run_s)
        if main_line and name not in self.background_sections:
            self.background_sections[name] = (section, SECONDS_PER_DAY / (2.0 * self.inputs.parameters.background_trains_per_day_single))
        return section

    def _river_route(self, start: int, end: int, beyond_km: float) -> RiverRoute:
        p, fleet = self.inputs.parameters, self.inputs.vessel_fleet.set_index("navigation_class")
        navigation_class = NAVIGATION_CLASSES[self.skims.water_class[start, end]]
        payload_t = float(fleet.loc[navigation_class, "payload_capacity_t"])
        count = len(self.port_names)
        nodes = self.skims.ports["node_id"]
        ways = []
        for a, b in ((start, end), (end, start)):
            route = _ordered_links(self.skims.water, a * count + b, self.links, int(nodes.iloc[a]))
            # the part beyond the map comes after the last port outbound and before it on the way in; its locks are not modelled
            ways.append(tuple(self._reaches(route, beyond_km)))
        return RiverRoute(
            ways[0],
            ways[1],
            f"berth:{self.port_names[start]}",
            f"berth:{self.port_names[end]}",
            payload_t,
            vessel_class_for(self.inputs.factors, payload_t),
            p.lock_passage_h * SECONDS_PER_HOUR,
            VESSEL_MAX_WAIT_H * SECONDS_PER_HOUR,
            beyond_km,
        )

    def _reaches(self, route: pd.DataFrame, beyond_km: float) -> Iterator[tuple[float, str]]:
        p = self.inputs.parameters
        nodes = self.skims.network.nodes
        sailing_s = beyond_km / p.vessel_downstream_kmh * SECONDS_PER_HOUR
        for link in route.itertuples():
            speed = p.vessel_upstream_kmh if link.current_ms < 0 else p.vessel_downstream_kmh
            sailing_s += float(link.length_km) / speed * SECONDS_PER_HOUR
            if pd.notna(nodes.loc[link.to_node, "lock_cycle_min"]):
                lock = f"lock:{nodes.loc[link.to_node, 'ref']}"
                self.locks.add(lock)
                yield sailing_s, lock
                sailing_s = 0.0
        yield sailing_s, ""

    def facilities(self, demand: Demand) -> Iterator[FacilityPlan]:
        """Yield every place where somebody may wait, after the shipments have been planned."""
        bay_s_per_t = self.inputs.parameters.truck_loading_min * SECONDS_PER_MINUTE / self.inputs.parameters.truck_load_t_reference
        for zone, bays in zip(self.zones, _bay_counts(self.inputs, demand, bay_s_per_t), strict=True):
            yield FacilityPlan(f"bay:{zone}", "loading_bay", int(bays), bay_s_per_t)
        for table, place in ((self.skims.rail_terminals, "track"), (self.skims.ports, "berth")):
            for terminal in table.itertuples():
                yield FacilityPlan(f"crane:{terminal.terminal}", "crane", int(terminal.cranes_count), SECONDS_PER_HOUR / terminal.crane_rate_t_per_h)
                rate = terminal.crane_rate_t_per_h * terminal.cranes_count / terminal.berths_count
                yield FacilityPlan(f"{place}:{terminal.terminal}", place, int(terminal.berths_count), SECONDS_PER_HOUR / rate)
        for lock in sorted(self.locks):
            yield FacilityPlan(lock, "lock", 1, 0.0)
        names = {s.facility for r in self.rail_routes.values() for s in r.sections}
        for name in sorted(names | {n[:-1] + "><"[n.endswith(">")] for n in names if n[-1] in "<>"}):
            yield FacilityPlan(name, "section", 10_000 if ":beyond:" in name else 1, 0.0)

    def background(self) -> tuple[tuple[Section, float, float], ...]:
        """Return the trains that only occupy sections, spread evenly with an addressed first passage."""
        both: dict[str, tuple[Section, float]] = dict(self.background_sections)
        for name, (section, interval_s) in self.background_sections.items():
            if name[-1] in "<>":
                twin = name[:-1] + ("<" if name.endswith(">") else ">")
                both.setdefault(twin, (Section(twin, section.hold_s, section.run_s), interval_s))
        names = sorted(both)
        draws = uniform([text_id(n) for n in names], seed=self.seed, stream="background_train")
        return tuple((both[n][0], both[n][1], float(d) * both[n][1]) for n, d in zip(names, draws, strict=True))


def build_plan(inputs: Inputs, skims: Skims, chains: tuple[ChainSet, ...], demand: Demand, shipments: Shipments, chain: IntArray, *, seed: int) -> Plan:
    """Build the plan of a run from the shipments and their chains (positions in `CHAINS`)."""
    planner = Planner(inputs, skims, chains, seed=seed)
    planned = tuple(planner.shipments(shipments, chain))
    return Plan(
        planned,
        tuple(planner.facilities(demand)),
        planner.rail_routes,
        planner.river_routes,
        planner.background(),
        inputs.factors.value("rail", quantity="wagon_net_t", traction="all"),
        inputs.factors.value("rail", quantity="wagon_tare_t", traction="all"),
        inputs.parameters.empty_return_share_train,
    )


def _bay_counts(inputs: Inputs, demand: Demand, bay_s_per_t: float) -> IntArray:
    """Size the loading bays of each zone for all its goods by road, at the design utilisation of the working day.

    All scenarios have the same demand, hence the same bays.
    """
    p = inputs.parameters
    daily_t = (
        np.bincount(demand.origin, demand.tonnes_t, len(inputs.zones)) + np.bincount(demand.destination, demand.tonnes_t, len(inputs.zones))
    ) / DAYS_PER_YEAR
    busy_s = daily_t * p.daytime_release_share * bay_s_per_t
    day_s = (DAY_END_H - DAY_START_H) * SECONDS_PER_HOUR
    return np.maximum(np.ceil(busy_s / day_s / p.bay_utilisation_ratio), 1).astype(np.int64)


def _ordered_links(paths: Paths, row: int, links: pd.DataFrame, start_node: int) -> pd.DataFrame:
    """Return the links of a path in the order of travel."""
    incidence = paths.incidence
    rows = incidence.indices[incidence.indptr[row] : incidence.indptr[row + 1]]
    used = links.iloc[rows]
    by_start = dict(zip(used["from_node"], range(len(used)), strict=True))
    order, node = [], start_node
    ends = used["to_node"].to_numpy()
    for _ in range(len(used)):
        order.append(by_start[node])
        node = int(ends[order[-1]])
    return used.iloc[order]


def _single_track_blocks(skims: Skims) -> dict[int, int]:
    """Group single-track ways that meet where trains cannot pass each other; by way, the lowest way of its group."""
    links = skims.network.mode_links("rail")
    single = links[~(links["tracks_count"] >= 2).fillna(value=False)]
    kind = skims.network.nodes["kind"]
    group = {int(w): int(w) for w in single["way_id"]}

    def root(way: int) -> int:
        while group[way] != way:
            way = group[way]
        return way

    at_node: dict[int, list[int]] = {}
    for way, node in zip(single["way_id"], single["from_node"], strict=True):
        if kind[node] == "junction":
            at_node.setdefault(int(node), []).append(int(way))
    for ways in at_node.values():
        for way in ways[1:]:
            low, high = sorted((root(ways[0]), root(way)))
            group[high] = low
    return {way: root(way) for way in group}



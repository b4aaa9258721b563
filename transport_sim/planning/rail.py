"""Railways of a run: the routes of freight trains, what limits them, tracks and yards, other trains and possessions."""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from transport_sim.availability import Window
from transport_sim.choice.chains import Skims
from transport_sim.disruptions import closed_windows
from transport_sim.energy.rail import rated_train_t
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.planning.rail_layout import RailLayout
from transport_sim.planning.timetable import build_timetable
from transport_sim.simulation.plan import FacilityPlan
from transport_sim.simulation.railway_plan import Itinerary, Move, RailRoute, RailwayPlan, Section, WagonType, Yard
from transport_sim.tables.rail import listed, rows_of
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

BEYOND = "section:beyond:"
"""Railway outside the map, where trains run but never wait."""
STOPPING_MARGIN_M = 30.0
"""Track that a train leaves free before the signal (TB 10098, additional braking distance, recalled)."""
TRACK = "tracks:"


class RailPlanner:
    """Plans the railways of one run: ask for routes first, then for places and obstacles."""

    def __init__(
        self, inputs: Inputs, skims: Skims, *, calendar_start_day: int | None = None, duration_days: float = 0.0
    ) -> None:
        self.inputs, self.skims = inputs, skims
        self._calendar = calendar_start_day, duration_days
        self.layout = RailLayout(inputs, skims.network)
        self.terminals = list(skims.rail_terminals["terminal"])
        self.nodes = skims.rail_terminals["node_id"].to_numpy()
        kinds = skims.rail_terminals["kind"]
        self._gateways = {name for name, kind in zip(self.terminals, kinds, strict=True) if kind == "gateway"}
        self._gradient = skims.network.links["gradient_max_ratio"].to_numpy(float)
        self.routes: dict[tuple[int, int, float], RailRoute] = {}
        self._yards = {row["terminal"]: row for row in rows_of(inputs.operations["yards"])}

    def note_route(self, start: int, end: int, beyond_km: float) -> None:
        """Plan the way between two terminals unless it has been planned."""
        key = start, end, beyond_km
        if key not in self.routes:
            self.routes[key] = self._route(*key)

    def _route(self, start: int, end: int, beyond_km: float) -> RailRoute:
        p = self.inputs.parameters
        names = self.terminals[start], self.terminals[end]
        interval_s, train_net_t = 0.0, p.train_net_t
        for service in self.inputs.services:
            if {service.origin_terminal, service.destination_terminal} == set(names):
                interval_s, train_net_t = 7.0 * SECONDS_PER_DAY / service.trains_per_week, service.train_net_t
        links = self.layout.ordered(self.skims.rail, start, end, self.nodes)
        back = self.layout.ordered(self.skims.rail, end, start, self.nodes)
        max_gross_t, max_length_m = self._limits(links, names)
        return RailRoute(
            self._itinerary(names, links, beyond_km, max_length_m),
            self._itinerary(names[::-1], back, beyond_km, max_length_m),
            f"track:{names[0]}",
            f"track:{names[1]}",
            p.train_max_wait_h * SECONDS_PER_HOUR,
            interval_s,
            train_net_t,
            beyond_km,
            p.train_min_net_t,
            max_gross_t,
            max_length_m,
            *(self._yard(name) for name in names),
        )

    def _yard(self, terminal: str) -> Yard:
        row = self._yards.get(terminal)
        if row is None:
            return Yard()
        make_up_s, break_up_s = (row[f"{work}_min_per_wagon"] * SECONDS_PER_MINUTE for work in ("make_up", "break_up"))
        return Yard(f"shunting:{terminal}", make_up_s, break_up_s)

    def _itinerary(
        self, names: tuple[str, ...], links: list[int], beyond_km: float, train_length_m: float
    ) -> Itinerary:
        """Return the moves of a train of a length; outside the map it runs but never waits."""
        speed_kmh = self.inputs.parameters.rail_speed_kmh
        needed_m = train_length_m + self._locomotive_m(links) + STOPPING_MARGIN_M
        too_short = frozenset(
            place
            for place in (f"{TRACK}{self.layout.name[int(self.layout.to_node[link])]}" for link in links)
            if math.isfinite(needed_m) and self.layout.track_length_m(place, math.inf) < needed_m
        )
        moves = self.layout.moves(links, speed_kmh, too_short=too_short)
        origin = f"{TRACK}{names[0]}"
        if beyond_km:
            far = Section(f"{BEYOND}{names[0]}:{names[1]}", 0.0, beyond_km / speed_kmh * SECONDS_PER_HOUR)
            if names[0] in self._gateways and names[1] not in self._gateways:
                return Itinerary("", (Move((far,), origin), *moves))
            moves = (*moves, Move((far,)))
        return Itinerary(origin, moves)

    def _limits(self, links: list[int], names: tuple[str, str]) -> tuple[float, float]:
        """Return what the locomotives of the way pull [t] and how long its tracks let the wagons of a train be [m].

        Sidings to works and ports count for neither: trains are taken there in parts.
        """
        main = [link for link in links if self.layout.main_line[link]]
        gross_t = length_m = math.inf
        for line in sorted({str(self.layout.line[link]) for link in main}):
            standard = self._lines.get(line)
            if standard is None:
                continue
            locomotive = self._locomotives[standard["locomotive"]]
            steepest = max((self._gradient[k] for k in main if self.layout.line[k] == line), default=0.0)
            count = standard["locomotives_count"]
            rated_t = rated_train_t(
                self.inputs.factors,
                locomotive["traction"],
                effort_kn=count * locomotive["effort_kn"],
                locomotive_t=count * locomotive["mass_t"],
                speed_kmh=locomotive["speed_kmh"],
                gradient_ratio=0.0 if math.isnan(steepest) else float(steepest),
            )
            if rated_t <= 0.0:
                raise DataError(
                    f"rail_lines: {count} x {standard['locomotive']} cannot climb {line}, which is as steep as "
                    f"{1000.0 * steepest:.0f} per mille"
                )
            gross_t = min(gross_t, rated_t)
            length_m = min(length_m, standard["track_length_m"])
        for name in names:
            if name in self._yards:
                length_m = min(length_m, self._yards[name]["track_length_m"])
        types = self.wagons()[0][1:]
        if len(types) > 1:  # of each type on a train one wagon may be there for a part of its load only
            length_m -= sum(t.length_m for t in types)
            gross_t -= sum(t.tare_t for t in types)
        return gross_t, length_m - self._locomotive_m(links) - STOPPING_MARGIN_M

    def _locomotive_m(self, links: list[int]) -> float:
        """Return the length of the locomotives of the longest combination on the way. [m]."""
        found = 0.0
        for line in {str(self.layout.line[link]) for link in links}:
            standard = self._lines.get(line)
            if standard is not None:
                length_m = self._locomotives[standard["locomotive"]]["length_m"]
                found = max(found, standard["locomotives_count"] * length_m)
        return found

    @cached_property
    def _lines(self) -> dict[str, dict[str, Any]]:
        return {row["line"]: row for row in rows_of(self.inputs.operations["rail_lines"])}

    @cached_property
    def _locomotives(self) -> dict[str, dict[str, Any]]:
        return {row["locomotive"]: row for row in rows_of(self.inputs.operations["locomotives"])}

    def railway(self) -> RailwayPlan:
        """Return tracks and obstacles for the routes that have been planned."""
        timetable = build_timetable(self.inputs, self.layout)
        by_name = self.skims.network.nodes_by_name
        tracks = {}
        for place in sorted(self._places()):
            node = int(by_name[place.removeprefix(TRACK)])
            yard = self._yards.get(place.removeprefix(TRACK))
            count = yard["tracks_count"] if yard else self.layout.tracks_count(node)
            if count is not None:
                clear = 1 if node in timetable.nodes and count > 1 else 0
                tracks[place] = int(count) - clear
        used = {s.facility for route in self.routes.values() for way in (route.out, route.back) for s in _sections(way)}
        paths = {name: path for name, path in timetable.paths.items() if name in used}
        return RailwayPlan(tracks, paths, self._closures(used))

    def _places(self) -> set[str]:
        itineraries = [way for route in self.routes.values() for way in (route.out, route.back)]
        return {way.origin for way in itineraries}.union(*(way.ahead[0] for way in itineraries)) - {""}

    def _closures(self, sections: set[str]) -> dict[str, tuple[Window, ...]]:
        """Return the possessions of each section by its line."""
        start_day, duration_days = self._calendar
        by_line = closed_windows(
            self.inputs.operations["disruptions"],
            "line_possession",
            calendar_start_day=start_day,
            duration_days=duration_days,
        )
        line_of = {
            piece.facility: piece.line
            for key in self.routes
            for ends in (key[:2], key[1::-1])
            for piece in self.layout.pieces(self.layout.ordered(self.skims.rail, *ends, self.nodes))
        }
        return {name: by_line[line_of[name]] for name in sorted(sections) if line_of.get(name) in by_line}

    def facilities(self, railway: RailwayPlan) -> Iterator[FacilityPlan]:
        """Yield sections, tracks, changes of locomotives and shunting engines, so that their use can be checked."""
        itineraries = [way for route in self.routes.values() for way in (route.out, route.back)]
        sections = {s.facility for way in itineraries for s in _sections(way) if not s.facility.startswith(BEYOND)}
        for name in sorted(sections):
            yield FacilityPlan(name, "section", 1, 0.0)
        for place, count in railway.tracks_count.items():
            yield FacilityPlan(place, "station_track", count, 0.0)
        stops = {move.stop: move.place for way in itineraries for move in way.moves if move.stop}
        for stop, place in sorted(stops.items()):
            node = int(self.skims.network.nodes_by_name[stop.partition(":")[2]])
            tracks = railway.tracks_count.get(place) or self.layout.tracks_count(node) or self.layout.map_tracks(node)
            yield FacilityPlan(stop, "locomotive_change", tracks, 0.0)
        for terminal, yard in sorted(self._yards.items()):
            if terminal in self.terminals:
                yield FacilityPlan(f"shunting:{terminal}", "shunting", yard["engines_count"], 0.0)

    def wagons(self) -> tuple[tuple[WagonType, ...], tuple[int, ...]]:
        """Return the types of wagons, and the position of each commodity's type among them."""
        factors, table = self.inputs.factors, rows_of(self.inputs.operations["wagon_types"])
        net_t, tare_t = (factors.value("rail", quantity=f"wagon_{q}_t", traction="all") for q in ("net", "tare"))
        types = [WagonType("wagon", net_t, tare_t, 0.0)]
        types += [WagonType(row["wagon_type"], row["load_t"], row["tare_t"], row["length_m"]) for row in table]
        carried = {name: n for n, row in enumerate(table, 1) for name in listed(row["commodities"])}
        return tuple(types), tuple(carried.get(name, 0) for name in self.inputs.commodities["commodity"])


def _sections(itinerary: Itinerary) -> Iterator[Section]:
    for move in itinerary.moves:
        yield from move.sections

"""How trains can run over the map: sections, the places between them, and where trains can stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import pandas as pd

from transport_sim.inputs import Inputs
from transport_sim.network.model import Network
from transport_sim.network.routing import Paths, links_along, shortest_paths
from transport_sim.randomness import IntArray
from transport_sim.simulation.railway_plan import Move, Section
from transport_sim.tables.rail import rows_of
from transport_sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

FEWEST_LOOP_TRACKS = 2
"""Tracks of a station or loop that the map says nothing about: fewer would be no loop."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A section as a train runs over it."""

    facility: str
    length_km: float
    single: bool
    end_node: int
    line: str
    electrified: bool
    """At its end."""
    main: bool


class RailLayout:
    """Sections and tracks of the railways of one year."""

    def __init__(self, inputs: Inputs, network: Network) -> None:
        self.inputs, self.network = inputs, network
        links, nodes = network.links, network.nodes
        self._ends = links[["from_node", "to_node"]].to_numpy()
        self.from_node, self.to_node = self._ends[:, 0], self._ends[:, 1]
        self.way_id, self.line = links["way_id"].to_numpy(), links["name"].to_numpy()
        self.length_km = links["length_km"].to_numpy(float)
        self.double_track = (links["tracks_count"] >= 2).fillna(value=False).to_numpy(bool)
        self.electrified = links["electrified"].to_numpy(bool)
        self.main_line = (links["usage"] != "industrial").to_numpy()
        self.blocks = single_track_blocks(network)
        self.kind = nodes["kind"].to_dict()
        self.name = network.node_names.to_dict()
        self._map_tracks = nodes["tracks_count"].to_dict()
        rail = (links["mode"] == "rail").to_numpy()
        self._at_single_track = set(self.from_node[rail & ~self.double_track].tolist())
        lines = rows_of(inputs.operations["rail_lines"])
        self._margin_s = {row["line"]: row["crossing_margin_min"] * SECONDS_PER_MINUTE for row in lines}
        self._loops = {row["place"]: row for row in rows_of(inputs.operations["passing_loops"])}
        self._change_s = {"electric": 0.0, "diesel": 0.0}
        for row in reversed(rows_of(inputs.operations["locomotives"])):
            self._change_s[row["traction"]] = row["change_min"] * SECONDS_PER_MINUTE

    def pieces(self, route: list[int]) -> Iterator[Piece]:
        """Turn links into sections: double track by direction, single track as whole blocks."""
        pending: Piece | None = None
        for link in route:
            single = not self.double_track[link]
            way, ascending = self.way_id[link], self.from_node[link] < self.to_node[link]
            name = f"section:{self.blocks[int(way)]}" if single else f"section:{way}{'>' if ascending else '<'}"
            before_km = pending.length_km if pending and pending.facility == name else 0.0
            if pending and pending.facility != name:
                yield pending
            pending = Piece(
                name,
                before_km + float(self.length_km[link]),
                single,
                int(self.to_node[link]),
                str(self.line[link]),
                bool(self.electrified[link]),
                bool(self.main_line[link]),
            )
            if not single:
                yield pending
                pending = None
        if pending:
            yield pending

    def section(self, piece: Piece, speed_kmh: float) -> Section:
        """Return the section at a speed: double track is held for the headway, single track for run and margin."""
        run_s = piece.length_km / speed_kmh * SECONDS_PER_HOUR
        if piece.single:
            return Section(piece.facility, run_s + self._margin_s.get(piece.line, 0.0), run_s)
        return Section(piece.facility, min(self.inputs.parameters.headway_s, run_s), run_s)

    def standing_place(self, node: int, *, single: bool) -> str | None:
        """Say where a train stands between two sections; None at a junction, where it cannot.

        Between two sections of double track it waits on the open line, in nobody's way.
        """
        if self.kind[node] == "junction":
            return None if single else ""
        return f"tracks:{self.name[node]}" if single else ""

    def moves(self, route: list[int], speed_kmh: float, *, too_short: frozenset[str] = frozenset()) -> tuple[Move, ...]:
        """Join sections to moves from one standing place to the next.

        Parameters
        ----------
        route
            Rows of the links in the order of travel.
        speed_kmh
            Travel speed of the train. [km/h]
        too_short
            Places whose tracks are shorter than the train: it passes without stopping.
        """
        pieces = list(self.pieces(route))
        moves: list[Move] = []
        sections: list[Section] = []
        through: list[str] = []
        for piece, following in zip_longest(pieces, pieces[1:]):
            sections.append(self.section(piece, speed_kmh))
            last = following is None
            place = self.standing_place(piece.end_node, single=last or piece.single or following.single)
            stop, stop_s = self._stop(piece, following)
            if not last and (place is None or (place in too_short and not stop_s)):
                through += [place] if place else []
                continue
            moves.append(Move(tuple(sections), place or "", tuple(through), stop, stop_s))
            sections, through = [], []
        return tuple(moves)

    def _stop(self, piece: Piece, following: Piece | None) -> tuple[str, float]:
        """Return the change of locomotives where the wire ends or begins."""
        if following is None or piece.electrified == following.electrified:
            return "", 0.0
        change_s = self._change_s["electric" if following.electrified else "diesel"]
        return (f"locomotives:{self.name[piece.end_node]}", change_s) if change_s else ("", 0.0)

    def tracks_count(self, node: int) -> int | None:
        """Return the tracks of a place; None where there are as many as are needed: at gateways of the map."""
        stated = self._loops.get(self.name[node])
        if stated is not None:
            return int(stated["tracks_count"])
        if self.kind[node] == "gateway" or (node not in self._at_single_track and self.kind[node] == "junction"):
            return None
        return self.map_tracks(node)

    def map_tracks(self, node: int) -> int:
        """Return the tracks of a place on the map."""
        on_map = self._map_tracks[node]
        return FEWEST_LOOP_TRACKS if pd.isna(on_map) else int(on_map)

    def track_length_m(self, place: str, otherwise: float) -> float:
        """Return the usable length of the tracks of a place, that of its line where none is stated. [m]."""
        stated = self._loops.get(place.removeprefix("tracks:"))
        return otherwise if stated is None else float(stated["track_length_m"])

    def route_between(self, start: int, end: int) -> list[int]:
        """Return the rows of the links of the shortest way between two nodes, without high-speed lines."""
        links = self.network.links
        km = np.where(links["link_class"] == "high_speed", np.inf, self.length_km)
        nodes = np.array([start, end], dtype=np.int64)
        paths = shortest_paths(self.network, modes=("rail",), sources=nodes[:1], targets=nodes[1:], weight=km)
        return self.ordered(paths, 0, 0, nodes)

    def ordered(self, paths: Paths, start: int, end: int, nodes: IntArray) -> list[int]:
        """Return the rows of the links of a path in the order of travel."""
        return links_along(paths, self._ends, start, end, int(nodes[start]))


def single_track_blocks(network: Network) -> dict[int, int]:
    """Group single-track ways that meet where trains cannot pass each other; by way, the lowest way of its group."""
    links = network.mode_links("rail")
    single = links[~(links["tracks_count"] >= 2).fillna(value=False)]
    kind = network.nodes["kind"]
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

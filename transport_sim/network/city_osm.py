"""Write a synthetic city as OSM XML; every element that it adds says `synthetic=yes`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import shapely

from transport_sim.network.city_grid import LOCAL, RING, RIVER_M, ROWS, Shape, Streets
from transport_sim.network.footprint import Plane
from transport_sim.network.model import SYNTHETIC
from transport_sim.randomness import uniform

FIRST_NODE, FIRST_WAY = 80_000_000_000, 8_000_000_000
"""Ids from here on; those of OpenStreetMap are far below."""
STREET_TAGS = {
    "primary": {"lanes": "6", "maxspeed": "60"},
    "secondary": {"lanes": "4", "maxspeed": "50"},
    "tertiary": {"lanes": "2", "maxspeed": "40"},
    "residential": {"lanes": "2", "maxspeed": "30"},
}
"""Lanes of both directions and speed limit in km/h; assumptions within the classes of GB/T 51328-2018."""

PARK = "Park"
QUARTERS = np.full((4, 4), 0.1) + 0.6 * np.eye(4)
"""Where in a block its facilities lie, one near each corner; a park takes them all. [-]"""
PER_FACILITY: dict[str, tuple[int, dict[str, str], bool]] = {
    PARK: (20_000, {"leisure": "park"}, False),
    "Bus Station": (120_000, {"amenity": "bus_station"}, True),
    "Market": (20_000, {"amenity": "marketplace"}, True),
    "Fuel Station": (15_000, {"amenity": "fuel"}, True),
    "Charging Station": (8_000, {"amenity": "charging_station", "motorcar": "yes"}, False),
    "Car Park": (6_000, {"amenity": "parking"}, False),
}
"""Inhabitants for each facility (assumptions, of the order of Chinese planning standards), its tags, and whether it
lies on an arterial or collector. There is at least one of each."""
BUS_STOP_PIECES = 2
"""A bus stop on every second piece of an arterial or collector, so about every 500 m; assumption."""

Tags = Mapping[str, str]


@dataclass
class OsmWriter:
    """Collects nodes and ways, and writes them in the order of their ids."""

    source: str
    """How the city was made, for the `source` tag of its elements."""
    nodes: dict[int, tuple[float, float, Tags]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], Tags]] = field(default_factory=dict)
    _next_node: int = FIRST_NODE
    _next_way: int = FIRST_WAY

    def add_node(self, lon: float, lat: float, **tags: str) -> int:
        """Add a synthetic node and return its id."""
        self._next_node += 1
        self.nodes[self._next_node] = lon, lat, self._marked(tags)
        return self._next_node

    def add_existing(self, node: int, lon: float, lat: float, tags: Tags) -> None:
        """Repeat a node of the map that the city is joined to; it isn't synthetic."""
        self.nodes[node] = lon, lat, tags

    def add_way(self, nodes: Iterable[int], tags: Tags) -> None:
        """Add a synthetic way through nodes."""
        self._next_way += 1
        self.ways[self._next_way] = list(nodes), self._marked(tags)

    def write(self, file: Path) -> None:
        """Write the file; the same elements give the same bytes."""
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="transport-sim">']
        for node, (lon, lat, tags) in sorted(self.nodes.items()):
            head = f'  <node id="{node}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"'
            lines += [f"{head}>", *_tag_lines(tags), "  </node>"] if tags else [f"{head}/>"]
        for way, (refs, tags) in sorted(self.ways.items()):
            lines += [f'  <way id="{way}" version="1">', *(f'    <nd ref="{ref}"/>' for ref in refs)]
            lines += [*_tag_lines(tags), "  </way>"]
        file.write_text("\n".join([*lines, "</osm>\n"]), encoding="utf-8")

    def _marked(self, tags: Tags) -> Tags:
        return {**tags, "synthetic": "yes", "confidence": SYNTHETIC, "source": self.source}


def _tag_lines(tags: Tags) -> list[str]:
    return [f"    <tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in sorted(tags.items())]


def add_streets(writer: OsmWriter, streets: Streets, plane: Plane, known: Mapping[int, int]) -> None:
    """Add junctions and streets, one way for each unbroken piece of a street of one class.

    Parameters
    ----------
    writer
        Where to.
    streets
        The streets.
    plane
        Where its metres lie.
    known
        Junctions that are nodes of another map, with their id there.
    """
    lon_lat = plane.to_degrees(streets.xy)
    used = np.unique(streets.edges[["a", "b"]])
    ids = {int(j): known.get(int(j)) or writer.add_node(*map(float, lon_lat[j])) for j in used}
    for tags, chain in _chains(streets.edges):
        writer.add_way([ids[junction] for junction in chain], tags)


def _chains(edges: pd.DataFrame) -> list[tuple[Tags, list[int]]]:
    """Put the pieces of each street one behind the other; a change of class or a bridge begins a new way."""
    found: list[tuple[Tags, list[int]]] = []
    ordered = edges.sort_values(["street", "place"], kind="stable")
    last: tuple[object, ...] = ()
    for a, b, link_class, street, _, bridge in ordered.itertuples(index=False):
        key = (link_class, street, bridge)
        if key == last and found[-1][1][-1] == a and b not in found[-1][1]:
            found[-1][1].append(int(b))
            continue
        last = key
        tags = {"highway": str(link_class), "oneway": "no", **STREET_TAGS[str(link_class)]}
        tags |= {"name": street_name(int(street))} if link_class != "residential" else {}
        tags |= {"bridge": "yes", "layer": "1"} if bridge else {}
        found.append((tags, [int(a), int(b)]))
    return found


def street_name(street: int) -> str:
    """Return the made-up name of a street."""
    if street >= 2 * RING:
        return f"Synthetic Link {street - 2 * RING + 1}"
    if street >= RING:
        return "Synthetic Ring Road"
    kind, number = ("Avenue", street) if street < ROWS else ("Street", street - ROWS)
    number -= ROWS // 2
    return f"Synthetic {'South' if number < 0 else 'North'} {kind} {abs(number) + 1}"


def add_river(writer: OsmWriter, river: Shape, plane: Plane) -> None:
    """Add the middle line of the river, if there is one."""
    if river.is_empty:
        return
    points = plane.to_degrees(shapely.get_coordinates(river.simplify(5.0)))
    refs = [writer.add_node(float(lon), float(lat)) for lon, lat in points]
    tags = {"waterway": "river", "name": "Synthetic River", "width": f"{RIVER_M:.0f}"}
    writer.add_way(refs, tags)


def add_facilities(writer: OsmWriter, streets: Streets, plane: Plane, population: int, seed: int) -> dict[str, int]:
    """Add facilities to the blocks in an order drawn for each kind, and bus stops along the larger streets."""
    blocks, edges = streets.blocks, streets.edges
    busy = np.unique(edges.loc[edges["link_class"] != LOCAL, ["a", "b"]])
    on_busy = np.isin(blocks, busy).sum(axis=1) >= 2
    room = np.full(len(blocks), len(QUARTERS))
    made = {}
    for kind, (inhabitants, tags, wants_busy) in PER_FACILITY.items():
        needed = len(QUARTERS) if kind == PARK else 1
        order = np.argsort(uniform(blocks[:, 0], seed=seed, stream=f"synthesis:{kind}"), kind="stable")
        order = order[(room[order] >= needed) & (on_busy[order] | (not wants_busy))]
        chosen = order[: max(1, round(population / inhabitants))]
        made[kind.lower().replace(" ", "_") + "s"] = len(chosen)
        for number, block in enumerate(chosen, start=1):
            named = {**tags, "name": f"Synthetic {kind} {number}"}
            corners = streets.xy[blocks[block]]
            if kind == PARK:
                ring = plane.to_degrees(corners.mean(axis=0) + 0.8 * (corners - corners.mean(axis=0)))
                refs = [writer.add_node(float(lon), float(lat)) for lon, lat in ring]
                writer.add_way([*refs, refs[0]], named)
            else:
                lon, lat = plane.to_degrees(QUARTERS[room[block] - 1] @ corners)
                writer.add_node(float(lon), float(lat), **named)
        room[chosen] -= needed
    stops = edges[(edges["link_class"] != LOCAL) & (edges["street"] < RING) & (edges["place"] % BUS_STOP_PIECES == 0)]
    middles = (streets.xy[stops["a"]] + streets.xy[stops["b"]]) / 2
    for lon, lat in plane.to_degrees(middles):
        writer.add_node(float(lon), float(lat), highway="bus_stop", public_transport="platform")
    return made | {"bus_stops": len(stops)}

"""Overpass: what to ask for each mode and tile, and how the answers of all tiles become one extract."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from transport_sim.errors import NetworkError
from transport_sim.network.area import Box

TravelMode = Literal["road", "rail", "waterway"]
QUERY_TIMEOUT_S: Final = 180
"""How long the server may work on one query before it gives up. [s]"""
MAX_MEMORY_BYTES: Final = 2**30
"""How much memory the server may use for one query. [byte]"""


@dataclass(frozen=True)
class Selector:
    """Elements whose tag `key` has one of the values; no values means any."""

    key: str
    values: tuple[str, ...] = ()
    elements: tuple[str, ...] = ("node", "way")

    def clauses(self, box: str) -> list[str]:
        """Return one clause of Overpass QL for each kind of element."""
        test = f'["{self.key}"~"^({"|".join(sorted(self.values))})$"]' if self.values else f'["{self.key}"]'
        return [f"{element}{test}({box});" for element in self.elements]


def query_text(selectors: Sequence[Selector], tile: Box) -> str:
    """Return the query for one tile.

    Parameters
    ----------
    selectors
        What is wanted.
    tile
        Where; an element that reaches into the tile comes whole.

    Returns
    -------
    Overpass QL. The answer holds the ways with all their nodes, also those outside the tile, the nodes that are
    wanted themselves, and the turn restrictions in which one of the ways takes part.
    """
    west, south, east, north = tile
    box = ",".join(f"{value:.6f}" for value in (south, west, north, east))
    clauses = [clause for selector in selectors for clause in selector.clauses(box)]
    ways = "".join(clause for clause in clauses if clause.startswith("way"))
    nodes = "".join(clause for clause in clauses if clause.startswith("node"))
    return (
        f"[out:json][timeout:{QUERY_TIMEOUT_S}][maxsize:{MAX_MEMORY_BYTES}];\n({ways})->.w;\n"
        f'({nodes}.w;.w>;rel(bw.w)["type"~"^restriction"];);\nout body qt;\n'
    )


def answer_problem(answer: object) -> str:
    """Say in words why an answer cannot be used, nothing if it can.

    Overpass answers 200 also when it gave up half-way; then a `remark` tells so, and the elements are not complete.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        return "the answer is JSON, but not Overpass's (it has no list of elements)"
    remark = answer.get("remark")
    if remark:
        return f"the server gave up: {remark}"
    wrong = [element for element in answer["elements"] if not _is_element(element)]
    return f"the answer holds {len(wrong)} damaged elements, first {json.dumps(wrong[0])[:200]}" if wrong else ""


def _is_element(element: object) -> bool:
    """Tell whether a part of an answer is a node with a place, a way with nodes or a relation with members."""
    if not isinstance(element, dict) or not isinstance(element.get("id"), int) or not _are_tags(element.get("tags")):
        return False
    if element.get("type") == "node":
        lon, lat = element.get("lon"), element.get("lat")
        is_place = isinstance(lon, int | float) and isinstance(lat, int | float)
        return is_place and -180 <= lon <= 180 and -90 <= lat <= 90  # type: ignore[operator]
    if element.get("type") == "way":
        nodes = element.get("nodes")
        return isinstance(nodes, list) and all(isinstance(node, int) for node in nodes)
    members = element.get("members")
    return element.get("type") == "relation" and isinstance(members, list) and all(map(_is_member, members))


def _are_tags(tags: object) -> bool:
    return tags is None or (isinstance(tags, dict) and all(isinstance(value, str) for value in tags.values()))


def _is_member(member: object) -> bool:
    return (
        isinstance(member, dict)
        and isinstance(member.get("ref"), int)
        and member.get("type") in ("node", "way", "relation")
        and isinstance(member.get("role"), str)
    )


@dataclass
class Extract:
    """The elements of all answers, each once."""

    nodes: dict[int, tuple[float, float, dict[str, str] | None]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)
    relations: dict[int, tuple[list[dict[str, Any]], dict[str, str]]] = field(default_factory=dict)

    def add(self, elements: Iterable[Mapping[str, Any]]) -> None:
        """Take the elements of one answer; one that is there already stays as it is."""
        for element in elements:
            number, tags = element["id"], element.get("tags", {})
            if element["type"] == "node":
                self.nodes.setdefault(number, (element["lon"], element["lat"], tags or None))
            elif element["type"] == "way":
                self.ways.setdefault(number, (element["nodes"], tags))
            else:
                self.relations.setdefault(number, (element["members"], tags))

    def write(self, path: Path) -> None:
        """Write nodes, ways and relations in the order of their ids; the name's ending chooses the format.

        Raises
        ------
        NetworkError
            If a way names a node that no answer holds.
        """
        import osmium  # noqa: PLC0415 - only the last step of a fetch needs it
        from osmium.osm import mutable  # noqa: PLC0415

        missing = [way for way, (nodes, _) in self.ways.items() if any(node not in self.nodes for node in nodes)]
        if missing:
            raise NetworkError(
                f"the server sent {len(missing)} ways without all of their nodes, first way {min(missing)}; "
                "fetch again with --refresh"
            )
        with osmium.SimpleWriter(str(path)) as writer:
            for number, (lon, lat, tags) in sorted(self.nodes.items()):
                writer.add_node(mutable.Node(id=number, version=1, location=(lon, lat), tags=tags or {}))
            for number, (refs, tags) in sorted(self.ways.items()):
                writer.add_way(mutable.Way(id=number, version=1, nodes=refs, tags=tags))
            for number, (members, tags) in sorted(self.relations.items()):
                writer.add_relation(mutable.Relation(id=number, version=1, members=list(_members(members)), tags=tags))


def _members(members: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, int, str]]:
    """Return members as pyosmium wants them."""
    for member in members:
        yield member["type"][0], member["ref"], member["role"]

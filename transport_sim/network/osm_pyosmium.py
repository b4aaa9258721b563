"""Go through an OpenStreetMap file of any format with pyosmium, which makes a Python object of each element."""

import array
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from transport_sim.errors import NetworkError
from transport_sim.network.facilities import FACILITY_VALUES, TRIGGER_KEYS
from transport_sim.network.model import IntArray
from transport_sim.network.nodes import TELLING, may_tell
from transport_sim.network.osm_collection import MAX_TAGS, RESTRICTION_TYPES, Collection, Progress
from transport_sim.network.tags import WAY_VALUES

REPORT_EVERY = 50_000
CHUNK = 1_000_000
"""Nodes that are handed over at a time. [-]"""


class PyosmiumFile:
    """A file that pyosmium reads."""

    def __init__(self, source: Any) -> None:  # noqa: ANN401 - pyosmium's objects have no types
        self.source = source

    def elements(self, collection: Collection, inside: IntArray | None, tell: Progress) -> None:
        """Go through the whole file once and hand over what may be of interest."""
        import osmium  # noqa: PLC0415 - a stored network needs none of it

        processor = osmium.FileProcessor(self.source)
        areas = (("type", "multipolygon"), *(("type", value) for value in RESTRICTION_TYPES))
        filters: tuple[tuple[Any, Any], ...] = (
            (osmium.osm.NODE, osmium.filter.KeyFilter(*sorted(TELLING | TRIGGER_KEYS))),
            (osmium.osm.WAY, osmium.filter.TagFilter(*sorted(WAY_VALUES | FACILITY_VALUES))),
            (osmium.osm.RELATION, osmium.filter.TagFilter(*areas)),
        )
        for entities, meant in filters:
            meant.enable_for(entities)
            processor.with_filter(meant)
        if inside is not None:
            tracker = osmium.IdTracker()
            for number in inside.tolist():
                tracker.add_node(number)
            touching: Any = tracker.contains_filter()
            touching.enable_for(osmium.osm.WAY)
            processor.with_filter(touching)
        takers = {"n": _node, "w": _way, "r": _relation}
        for count, element in enumerate(processor):
            takers[element.type_str()](element, collection)
            if count % REPORT_EVERY == 0:
                tell("reading ways", count)

    def ways(self, numbers: IntArray, tell: Progress) -> Iterator[tuple[int, IntArray]]:
        """Yield id and node ids of the ways with these ids."""
        import osmium  # noqa: PLC0415

        processor: Any = osmium.FileProcessor(self.source, osmium.osm.WAY)
        processor.with_filter(osmium.filter.IdFilter(_known(numbers)))
        for count, way in enumerate(processor):
            yield way.id, np.array([node.ref for node in way.nodes], dtype=np.int64)
            if count % REPORT_EVERY == 0:
                tell("reading areas", count)

    def places(self, needed: IntArray | None, tell: Progress) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
        """Yield ids, longitudes and latitudes of the nodes with these ids, or of all. [1e-7 degree]."""
        import osmium  # noqa: PLC0415

        processor: Any = osmium.FileProcessor(self.source, osmium.osm.NODE)
        if needed is not None:
            processor.with_filter(osmium.filter.IdFilter(_known(needed)))
        ids, xs, ys = array.array("q"), array.array("q"), array.array("q")
        for count, node in enumerate(processor):
            place = node.location
            ids.append(node.id)
            xs.append(place.x)
            ys.append(place.y)
            if count % REPORT_EVERY == 0:
                tell("reading nodes", count)
            if len(ids) == CHUNK:
                yield _copies(ids, xs, ys)
                ids, xs, ys = array.array("q"), array.array("q"), array.array("q")
        yield _copies(ids, xs, ys)


def _known(numbers: IntArray) -> Iterable[int]:
    """Return ids in the form that an IdFilter reads without another copy."""
    return iter(array.array("q", numbers.tobytes()))


def _copies(*columns: Any) -> Any:  # noqa: ANN401
    return tuple(np.array(column, dtype=np.int64) for column in columns)


def _tags(element: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the tags of an element; a million of them is an attack and not a map."""
    if len(element.tags) > MAX_TAGS:
        raise NetworkError(f"element {element.id} has {len(element.tags):,} tags, more than {MAX_TAGS:,}")
    return {tag.k: tag.v for tag in element.tags}


def _node(node: Any, collection: Collection) -> None:  # noqa: ANN401
    if may_tell(node.tags) or not FACILITY_VALUES.isdisjoint((key, node.tags.get(key)) for key in TRIGGER_KEYS):
        collection.node(node.id, _tags(node), node.location.x, node.location.y)


def _way(way: Any, collection: Collection) -> None:  # noqa: ANN401
    tags, nodes = _tags(way), array.array("q", [node.ref for node in way.nodes])
    if not WAY_VALUES.isdisjoint(tags.items()):
        collection.way(way.id, tags, nodes)
    if not FACILITY_VALUES.isdisjoint(tags.items()):
        collection.outline(way.id, tags, nodes)


def _relation(relation: Any, collection: Collection) -> None:  # noqa: ANN401
    tags = _tags(relation)
    if tags.get("type") in RESTRICTION_TYPES or not FACILITY_VALUES.isdisjoint(tags.items()):
        members = [(member.type, member.ref, member.role) for member in relation.members]
        collection.relation(relation.id, tags, members)

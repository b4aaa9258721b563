"""Read an OpenStreetMap file with pyosmium: what the network needs of it, as compact arrays."""

import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.facilities import (
    FACILITY_COLUMNS,
    FACILITY_TAGS,
    FACILITY_VALUES,
    TRIGGER_KEYS,
    facility_kind,
    facility_row,
)
from transport_sim.network.model import FloatArray, IntArray
from transport_sim.network.nodes import TELLING, may_tell, telling
from transport_sim.network.restrictions import RESTRICTION_KEYS, Restriction
from transport_sim.network.tags import WAY_TAGS, WAY_VALUES, classify

Progress = Callable[[str, int], None]
"""Told the stage and the number of elements read so far."""
FORMATS = {".osm.pbf": "pbf", ".pbf": "pbf", ".osm.gz": "xml.gz", ".osm.bz2": "xml.bz2", ".osm": "xml"}
MAX_ID = 10**11
"""Ids beyond this are not OpenStreetMap's; link ids are 10,000 times as large. [-]"""
MAX_TAGS = 10_000
UNITS_PER_DEGREE = 10_000_000
REPORT_EVERY = 50_000
KEY_NUMBER = {key: number for number, key in enumerate(WAY_TAGS)}


@dataclass
class RawMap:
    """What a file holds for the network, before any meaning is read into it."""

    tags: pd.DataFrame
    """Tags of the ways by way id: a categorical column per key that occurs, null where a way has no such tag."""
    refs: IntArray
    """Node ids of all ways, one way after the other."""
    offsets: IntArray
    """Where each way starts in `refs`, and the end."""
    node_ids: IntArray
    """Nodes that the file has of those wanted, ascending."""
    lon: FloatArray
    lat: FloatArray
    node_tags: dict[int, dict[str, str]]
    """What `nodes.telling` says about the nodes of the ways."""
    facilities: pd.DataFrame
    """Facilities before snapping, columns `FACILITY_COLUMNS`."""
    restrictions: list[Restriction]
    header: dict[str, Any]
    """`bounds` (west, south, east, north) and `date`, where the file states them."""


@dataclass
class _Collection:
    """Elements of interest while the file is read; each tag of a way is three numbers."""

    modes: frozenset[str]
    area: shapely.Geometry | None
    ids: Any = field(default_factory=lambda: array.array("q"))
    refs: Any = field(default_factory=lambda: array.array("q"))
    ends: Any = field(default_factory=lambda: array.array("q", [0]))
    tag_way: Any = field(default_factory=lambda: array.array("q"))
    tag_key: Any = field(default_factory=lambda: array.array("h"))
    tag_value: Any = field(default_factory=lambda: array.array("q"))
    values: dict[str, int] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    places: list[tuple[object, ...]] = field(default_factory=list)
    outlines: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)

    def way(self, way: Any) -> None:  # noqa: ANN401 - pyosmium's objects have no types
        """Take a way that vehicles travel on, or the outline of a facility."""
        tags = _tags(way)
        found = classify(tags)
        nodes = None
        if found is not None and found[0] in self.modes:
            nodes = array.array("q", [node.ref for node in way.nodes])
            position = len(self.ids)
            self.ids.append(way.id)
            self.refs.extend(nodes)
            self.ends.append(len(self.refs))
            for key, value in tags.items():
                number = KEY_NUMBER.get(key)
                if number is not None:
                    self.tag_way.append(position)
                    self.tag_key.append(number)
                    self.tag_value.append(self.values.setdefault(value, len(self.values)))
        if not TRIGGER_KEYS.isdisjoint(tags) and facility_kind(tags):
            if nodes is None:
                nodes = array.array("q", [node.ref for node in way.nodes])
            self.outlines.append((way.id, {key: tags[key] for key in FACILITY_TAGS if key in tags}, nodes))

    def node(self, node: Any) -> None:  # noqa: ANN401
        """Take a node with a meaning of its own."""
        if not may_tell(node.tags) and FACILITY_VALUES.isdisjoint((key, node.tags.get(key)) for key in TRIGGER_KEYS):
            return
        tags = _tags(node)
        told = telling(tags)
        if told:
            self.node_tags[node.id] = told
        if not TRIGGER_KEYS.isdisjoint(tags) and facility_kind(tags):
            lon, lat = node.location.x / UNITS_PER_DEGREE, node.location.y / UNITS_PER_DEGREE
            _check_coordinates(np.array([node.id]), np.array([lon]), np.array([lat]))
            if self.area is None or shapely.contains_xy(self.area, lon, lat):
                self.places.append(facility_row("node", node.id, tags, lon, lat))

    def relation(self, relation: Any) -> None:  # noqa: ANN401
        """Take a turn restriction."""
        tags = _tags(relation)
        if tags.get("type") not in ("restriction", "restriction:conditional") or "road" not in self.modes:
            return
        members: dict[tuple[str, str], list[int]] = {}
        for member in relation.members:
            members.setdefault((member.role, member.type), []).append(member.ref)
        ends = (("from", "w"), ("via", "n"), ("via", "w"), ("to", "w"))
        parts = (tuple(members.get(part, ())) for part in ends)
        self.restrictions.append(Restriction(relation.id, tags, *parts))

    def table(self) -> pd.DataFrame:
        """Return the tags of the ways as a table of texts."""
        way, key, value = (np.array(part, dtype=np.int64) for part in (self.tag_way, self.tag_key, self.tag_value))
        texts = np.array(list(self.values), dtype=object)
        columns = {}
        for number in np.unique(key).tolist():
            here = key == number
            used, code = np.unique(value[here], return_inverse=True)
            codes = np.full(len(self.ids), -1, dtype=np.int32)
            codes[way[here]] = code
            columns[WAY_TAGS[number]] = pd.Categorical.from_codes(codes, categories=texts[used])
        index = pd.Index(np.array(self.ids, dtype=np.int64), name="way_id")
        return pd.DataFrame(columns, index=index)


def read_here(
    file: Path, *, modes: Iterable[str], area: shapely.Geometry | None = None, progress: Progress | None = None
) -> RawMap:
    """Read the ways, facilities and turn restrictions of an OpenStreetMap file.

    Parameters
    ----------
    file
        OSM XML (`.osm`, `.osm.gz`, `.osm.bz2`) or `.osm.pbf`. The order of its elements does not matter.
    modes
        Modes whose ways are read.
    area
        Nodes outside are treated as if the file didn't have them.
    progress
        Is called now and then.

    Raises
    ------
    NetworkError
        If the file can't be read to its end, or something in it is impossible.
    """
    import osmium  # noqa: PLC0415 - a stored network needs none of it

    source, tell = _source(file), progress or (lambda *_: None)
    with _one_message(file):
        with osmium.io.Reader(source, osmium.osm.NOTHING) as reader:
            header = _header(reader.header())
        inside = None if area is None else _inside(source, area, tell)
        collection = _elements(source, frozenset(modes), area, inside, tell)
        refs = np.array(collection.refs, dtype=np.int64)
        outlines = [np.array(nodes, dtype=np.int64) for _, _, nodes in collection.outlines]
        needed = np.unique(np.concatenate([refs, *outlines]))
        _check_ids(needed, np.array(collection.ids, dtype=np.int64))
        if inside is not None:
            needed = needed[np.isin(needed, inside, assume_unique=True)]
        node_ids, lon, lat = _coordinates(source, needed, tell)
    places = [*collection.places, *_centres(collection.outlines, node_ids, lon, lat)]
    tags, refs, offsets = _without_repeats(collection.table(), refs, np.array(collection.ends, dtype=np.int64), file)
    used = set(refs[np.isin(refs, np.fromiter(collection.node_tags, dtype=np.int64))].tolist())
    return RawMap(
        *(tags, refs, offsets, node_ids, lon, lat),
        {number: told for number, told in collection.node_tags.items() if number in used},
        pd.DataFrame(places, columns=FACILITY_COLUMNS),
        collection.restrictions,
        header,
    )


def _source(file: Path) -> Any:  # noqa: ANN401
    """Open a file by the format that its name says; refuse what its first bytes show to be something else."""
    import osmium  # noqa: PLC0415

    if not file.is_file():
        raise NetworkError(f"{file}: {'is a folder' if file.is_dir() else 'no such file'}")
    kind = next((kind for suffix, kind in FORMATS.items() if file.name.lower().endswith(suffix)), None)
    if kind is None:
        raise NetworkError(f"{file}: give an OpenStreetMap file: {', '.join(FORMATS)}")
    try:
        with file.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise NetworkError(f"{file}: cannot be read: {error.strerror}") from None
    if not start:
        raise NetworkError(f"{file}: the file is empty")
    if start.startswith(b"PK\x03\x04"):
        raise NetworkError(f"{file}: is a zip archive; unpack it and give the file inside")
    magic = {"pbf": b"\x00\x00", "xml.gz": b"\x1f\x8b", "xml.bz2": b"BZh"}.get(kind)
    if magic and not start.startswith(magic):
        raise NetworkError(f"{file}: is not what its name says: the first bytes are not those of {kind}")
    return osmium.io.File(str(file), kind)


@contextmanager
def _one_message(file: Path) -> Iterator[None]:
    """Turn whatever stops the reading of a file into one error that names it."""
    from osmium import InvalidLocationError  # noqa: PLC0415

    try:
        yield
    except NetworkError as error:
        raise NetworkError(f"{file}: {error}") from None
    except UnicodeDecodeError as error:
        raise NetworkError(f"{file}: a text is not UTF-8 ({error.reason}); the file is damaged") from None
    except (RuntimeError, ValueError, OSError, OverflowError, KeyError, EOFError, InvalidLocationError) as error:
        raise NetworkError(f"{file}: cannot be read to its end: {error or type(error).__name__}") from None
    except MemoryError:
        raise NetworkError(f"{file}: does not fit into memory; give a smaller area with --bbox or --polygon") from None


def _header(header: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the bounds and the date of a file, where it states them."""
    found: dict[str, Any] = {}
    box = header.box()
    if box.valid():
        corners = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
        found["bounds"] = [round(float(value), 7) for value in corners]
    date = header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")
    return found | ({"date": date} if date else {})


def _tags(element: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the tags of an element; a million of them is an attack and not a map."""
    if len(element.tags) > MAX_TAGS:
        raise NetworkError(f"element {element.id} has {len(element.tags):,} tags, more than {MAX_TAGS:,}")
    return {tag.k: tag.v for tag in element.tags}


def _inside(source: Any, area: shapely.Geometry, tell: Progress) -> IntArray:  # noqa: ANN401
    """Return the ids of all nodes in an area, ascending."""
    import osmium  # noqa: PLC0415

    west, south, east, north = (value * UNITS_PER_DEGREE for value in shapely.bounds(area))
    ids, xs, ys = array.array("q"), array.array("i"), array.array("i")
    nodes: Any = osmium.FileProcessor(source, osmium.osm.NODE)
    for count, node in enumerate(nodes):
        place = node.location
        x, y = place.x, place.y
        if west <= x <= east and south <= y <= north:
            ids.append(node.id)
            xs.append(x)
            ys.append(y)
        if count % REPORT_EVERY == 0:
            tell("cutting out the area", count)
    lon, lat = (np.array(part, dtype=np.float64) / UNITS_PER_DEGREE for part in (xs, ys))
    kept = shapely.contains_xy(area.buffer(1 / UNITS_PER_DEGREE), lon, lat) if len(lon) else np.empty(0, dtype=bool)
    return np.unique(np.array(ids, dtype=np.int64)[kept])


def _elements(
    source: Any,  # noqa: ANN401
    modes: frozenset[str],
    area: shapely.Geometry | None,
    inside: IntArray | None,
    tell: Progress,
) -> _Collection:
    """Go through the whole file once and keep what is of interest."""
    import osmium  # noqa: PLC0415

    processor = osmium.FileProcessor(source)
    filters: tuple[tuple[Any, Any], ...] = (
        (osmium.osm.NODE, osmium.filter.KeyFilter(*sorted(TELLING | TRIGGER_KEYS))),
        (osmium.osm.WAY, osmium.filter.TagFilter(*sorted(WAY_VALUES | FACILITY_VALUES))),
        (osmium.osm.RELATION, osmium.filter.KeyFilter(*sorted({*RESTRICTION_KEYS, "restriction:conditional"}))),
    )
    for entities, wanted in filters:
        wanted.enable_for(entities)
        processor.with_filter(wanted)
    if inside is not None:
        tracker = osmium.IdTracker()
        for number in inside.tolist():
            if 0 < number < MAX_ID:
                tracker.add_node(number)
        touching: Any = tracker.contains_filter()
        touching.enable_for(osmium.osm.WAY)
        processor.with_filter(touching)
    collection = _Collection(modes, area)
    takers: Mapping[str, Callable[[Any], None]] = {
        "n": collection.node,
        "w": collection.way,
        "r": collection.relation,
    }
    for count, element in enumerate(processor):
        takers[element.type_str()](element)
        if count % REPORT_EVERY == 0:
            tell("reading ways", count)
    return collection


def _coordinates(source: Any, needed: IntArray, tell: Progress) -> tuple[IntArray, FloatArray, FloatArray]:  # noqa: ANN401
    """Return the nodes that the file has of those needed, ascending, with their coordinates. [degree]."""
    import osmium  # noqa: PLC0415

    ids, xs, ys = array.array("q"), array.array("i"), array.array("i")
    processor: Any = osmium.FileProcessor(source, osmium.osm.NODE)
    processor.with_filter(osmium.filter.IdFilter(iter(array.array("q", needed.tobytes()))))
    for count, node in enumerate(processor):
        ids.append(node.id)
        place = node.location
        xs.append(place.x)
        ys.append(place.y)
        if count % REPORT_EVERY == 0:
            tell("reading nodes", count)
    number = np.array(ids, dtype=np.int64)
    order = np.argsort(number, kind="stable")
    number = number[order]
    lon, lat = (np.array(part, dtype=np.float64)[order] / UNITS_PER_DEGREE for part in (xs, ys))
    _check_coordinates(number, lon, lat)
    first = np.ones(len(number), dtype=bool)
    first[1:] = number[1:] != number[:-1]
    again = np.flatnonzero(~first)
    moved = again[(lon[again] != lon[again - 1]) | (lat[again] != lat[again - 1])]
    if len(moved):
        raise NetworkError(
            f"{len(moved)} nodes stand twice in the file, at different places; first: node {number[moved[0]]}"
        )
    return number[first], lon[first], lat[first]


def _check_ids(nodes: IntArray, ways: IntArray) -> None:
    """Refuse ids that OpenStreetMap has never given."""
    for what, ids in (("node", nodes), ("way", ways)):
        odd = ids[(ids <= 0) | (ids > MAX_ID)]
        if len(odd):
            raise NetworkError(
                f"{len(odd)} {what} ids are not between 1 and {MAX_ID:,}, first: {odd[0]};"
                " elements of an editor have no id before they are uploaded"
            )


def _check_coordinates(ids: IntArray, lon: FloatArray, lat: FloatArray) -> None:
    """Refuse places that are not on the globe."""
    wrong = np.flatnonzero((np.abs(lon) > 180) | (np.abs(lat) > 90))
    if len(wrong):
        n = wrong[0]
        raise NetworkError(f"{len(wrong)} nodes have no place on the globe; first: node {ids[n]} at {lon[n]}, {lat[n]}")


def _centres(
    outlines: list[tuple[int, dict[str, str], Any]], node_ids: IntArray, lon: FloatArray, lat: FloatArray
) -> Iterator[tuple[object, ...]]:
    """Yield facilities that are ways, each at the middle of the nodes of its outline that are there."""
    for number, tags, refs in outlines:
        nodes = np.unique(np.array(refs, dtype=np.int64))
        position = np.searchsorted(node_ids, nodes)
        position = position[position < len(node_ids)]
        position = position[np.isin(node_ids[position], nodes)]
        if len(position):
            yield facility_row("way", number, tags, float(lon[position].mean()), float(lat[position].mean()))


def _without_repeats(
    tags: pd.DataFrame, refs: IntArray, offsets: IntArray, file: Path
) -> tuple[pd.DataFrame, IntArray, IntArray]:
    """Drop ways that stand twice in the file; refuse them if they differ."""
    again = np.flatnonzero(tags.index.duplicated())
    if not len(again):
        return tags, refs, offsets
    first = {int(way): position for position, way in reversed(list(enumerate(tags.index)))}
    for position in again.tolist():
        other = first[int(tags.index[position])]
        nodes, others = (refs[offsets[n] : offsets[n + 1]] for n in (position, other))
        same = np.array_equal(nodes, others) and tags.iloc[position].equals(tags.iloc[other])
        if not same:
            raise NetworkError(f"{file}: way {tags.index[position]} stands twice in the file, and differently")
    lengths = np.diff(offsets)
    kept = ~tags.index.duplicated()
    return tags[kept], refs[np.repeat(kept, lengths)], np.concatenate([[0], np.cumsum(lengths[kept])])

"""Read an OpenStreetMap file: what the network needs of it, as compact arrays."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.facilities import FACILITY_COLUMNS
from transport_sim.network.model import FloatArray, IntArray
from transport_sim.network.osm_collection import (
    MAX_ID,
    UNITS_PER_DEGREE,
    Collection,
    OsmFile,
    Progress,
    check_coordinates,
)
from transport_sim.network.osm_pyosmium import PyosmiumFile
from transport_sim.network.restrictions import Restriction

__all__ = ["Progress", "RawMap", "read_here"]
FORMATS = {".osm.pbf": "pbf", ".pbf": "pbf", ".osm.gz": "xml.gz", ".osm.bz2": "xml.bz2", ".osm": "xml"}


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
            header = reader.header()
        content = _content(file, source, header)
        inside = None if area is None else _inside(content, area, tell)
        collection = Collection(frozenset(modes), area)
        content.elements(collection, inside, tell)
        members = collection.missing_ways()
        if len(members):
            collection.complete(content.ways(members, tell))
        tags, refs, offsets = collection.ways()
        needed = np.unique(np.concatenate([refs, *(outline.nodes for outline in collection.outlines)]))
        areas = [outline.number for outline in collection.outlines if outline.osm_type == "relation"]
        _check_ids(node=needed, way=tags.index.to_numpy(), relation=np.array(areas, dtype=np.int64))
        if inside is not None:
            needed = needed[np.isin(needed, inside, assume_unique=True)]
        node_ids, lon, lat = _coordinates(content, needed, tell)
    places = [*collection.places, *collection.centres(node_ids, lon, lat)]
    tags, refs, offsets = _without_repeats(tags, refs, offsets, file)
    used = set(refs[np.isin(refs, np.fromiter(collection.node_tags, dtype=np.int64))].tolist())
    return RawMap(
        *(tags, refs, offsets, node_ids, lon, lat),
        {number: told for number, told in collection.node_tags.items() if number in used},
        pd.DataFrame(places, columns=FACILITY_COLUMNS),
        collection.restrictions,
        _stated(header),
    )


def _content(file: Path, source: Any, header: Any) -> OsmFile:  # noqa: ANN401
    """Choose the reader of a file: our own for a `.pbf` that it understands, decided before anything is read."""
    if file.name.lower().endswith(".pbf") and not header.has_multiple_object_versions:
        from transport_sim.network.pbf import PbfFile  # noqa: PLC0415 - numba takes a second to import

        own = PbfFile.opened(file)
        if own is not None:
            return own
    return PyosmiumFile(source)


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


def _stated(header: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the bounds and the date of a file, where it states them."""
    found: dict[str, Any] = {}
    box = header.box()
    if box.valid():
        corners = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
        found["bounds"] = [round(float(value), 7) for value in corners]
    date = header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")
    return found | ({"date": date} if date else {})


def _inside(content: OsmFile, area: shapely.Geometry, tell: Progress) -> IntArray:
    """Return the ids of all nodes in an area, ascending."""
    west, south, east, north = (value * UNITS_PER_DEGREE for value in shapely.bounds(area))
    found = []
    for ids, x, y in content.places(None, tell):
        near = (west <= x) & (x <= east) & (south <= y) & (y <= north) & (ids > 0) & (ids < MAX_ID)
        found.append(np.column_stack([ids[near], x[near], y[near]]))
    numbers, xs, ys = np.concatenate([np.empty((0, 3), dtype=np.int64), *found]).T
    wide = area.buffer(1 / UNITS_PER_DEGREE)
    kept = shapely.contains_xy(wide, xs / UNITS_PER_DEGREE, ys / UNITS_PER_DEGREE) if len(xs) else xs > 0
    return np.unique(numbers[kept])


def _coordinates(content: OsmFile, needed: IntArray, tell: Progress) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the nodes that the file has of those needed, ascending, with their coordinates. [degree]."""
    parts = [np.column_stack(part) for part in content.places(needed, tell)]
    number, x, y = np.concatenate([np.empty((0, 3), dtype=np.int64), *parts]).T
    order = np.argsort(number, kind="stable")
    number = number[order]
    lon, lat = x[order] / UNITS_PER_DEGREE, y[order] / UNITS_PER_DEGREE
    check_coordinates(number, lon, lat)
    first = np.ones(len(number), dtype=bool)
    first[1:] = number[1:] != number[:-1]
    again = np.flatnonzero(~first)
    moved = again[(lon[again] != lon[again - 1]) | (lat[again] != lat[again - 1])]
    if len(moved):
        raise NetworkError(
            f"{len(moved)} nodes stand twice in the file, at different places; first: node {number[moved[0]]}"
        )
    return number[first], lon[first], lat[first]


def _check_ids(**numbers: IntArray) -> None:
    """Refuse ids that OpenStreetMap has never given, by the kind of element."""
    for what, ids in numbers.items():
        odd = ids[(ids <= 0) | (ids > MAX_ID)]
        if len(odd):
            raise NetworkError(
                f"{len(odd)} {what} ids are not between 1 and {MAX_ID:,}, first: {odd[0]};"
                " elements of an editor have no id before they are uploaded"
            )


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

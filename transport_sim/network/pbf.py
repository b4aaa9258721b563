"""Read a `.osm.pbf` without making a Python object of every element.

Files and blocks are opened here, `pbf_kernels` goes through what is in them. Python sees the few nodes and relations
that may mean something, and ways as arrays.
"""

import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from transport_sim.errors import NetworkError
from transport_sim.network.model import IntArray
from transport_sim.network.osm_collection import (
    AREA,
    FACILITY,
    MAX_TAGS,
    NOWHERE,
    NUMBERED,
    STRANGE,
    TRAVEL,
    Collection,
    Progress,
    Wanted,
    among,
    wanted,
)
from transport_sim.network.pbf_kernels import (
    DENSE,
    NODE,
    NUMBER,
    RELATION,
    WAY,
    WIRES,
    Bytes,
    Int32Array,
    choose,
    choose_dense,
    field,
    layout,
    numbers,
    spans,
    texts,
    varint,
)

MAX_HEADER_BYTES, MAX_BLOB_BYTES = 2**16, 2**25
"""The format allows no more. [byte]"""
RAW, RAW_SIZE, ZLIB = 1, 2, 3
"""Fields of a blob; further ones hold other compressions."""
START_BYTES = 32
"""A blob says within these bytes how it is packed. [byte]"""
FARTHEST = 1.9e11
"""Farther from zero than any coordinate. [1e-9 degree]"""
NANODEGREES_PER_UNIT = 100
KINDS = ("n", "w", "r")


class Chosen(NamedTuple):
    """Elements of one kind and block that may be of interest, with their tags by place among the texts."""

    ids: IntArray
    bits: Bytes
    """What the tags may mean, as `Wanted` has it."""
    lists: IntArray
    """Start and end of the fields 8 to 10."""
    ends: IntArray
    """Where the tags of each element start, and the end."""
    keys: Int32Array
    values: Int32Array


def check_tags(found: Chosen) -> None:
    """Refuse an element with a million tags: that is an attack and not a map."""
    counts = np.diff(found.ends)
    many = np.flatnonzero(counts > MAX_TAGS)
    if len(many):
        number, count = found.ids[many[0]], counts[many[0]]
        raise NetworkError(f"element {number} has {count:,} tags, more than {MAX_TAGS:,}")


class Block:
    """One unpacked block of elements."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self.head, self.kind, self.start, self.stop = layout(data)

    @cached_property
    def texts(self) -> list[str]:
        """Every text that tags and roles name by its place."""
        joined, count = texts(self.data, int(self.head[0]), int(self.head[1]))
        found = joined.tobytes().decode("utf-8").split("\0")[:-1]
        if len(found) != count:
            raise ValueError("a text holds a zero")
        return found

    def has(self, kind: str) -> bool:
        """Tell whether there are nodes, ways or relations in the block."""
        return bool(np.isin(self.kind, {"n": (NODE, DENSE), "w": (WAY,), "r": (RELATION,)}[kind]).any())

    def chosen(self, kind: int, what: Wanted | None) -> Chosen:
        """Pick nodes, ways or relations by their tags, or take all."""
        here, chosen_by = self.kind == kind, what or Wanted([])
        words = chosen_by.words(self.texts)
        parts = choose(self.data, self.start[here], self.stop[here], WIRES[kind], words, chosen_by.bits, what is None)
        found = Chosen(*parts)
        check_tags(found)
        return found

    def single(self, found: Chosen) -> tuple[IntArray, IntArray, IntArray]:
        """Return ids, longitudes and latitudes, as stored, of nodes that are not dense."""
        lat, lon = found.lists[:, 0], found.lists[:, 1]
        if (lat[:, 1] < 0).any() or (lon[:, 1] < 0).any():
            raise ValueError("a node has no coordinates")
        return signed(found.ids), signed(lon[:, 0]), signed(lat[:, 0])

    def tags(self, found: Chosen, element: int) -> dict[str, str]:
        """Return the tags of one of the elements."""
        a, b = found.ends[element], found.ends[element + 1]
        pairs = zip(found.keys[a:b].tolist(), found.values[a:b].tolist(), strict=True)
        return {self.texts[key]: self.texts[value] for key, value in pairs}

    def numbers(self, parts: IntArray, *, signed: bool = True, steps: bool = True) -> tuple[IntArray, IntArray]:
        """Return the numbers in lists of the block, and where each list starts and ends."""
        return numbers(self.data, np.ascontiguousarray(parts[:, 0]), np.ascontiguousarray(parts[:, 1]), signed, steps)

    def dense(self) -> Iterator[tuple[IntArray, IntArray, IntArray, IntArray]]:
        """Yield ids, longitudes and latitudes of each group of dense nodes, as stored, and the span of their tags."""
        found = np.empty((WIRES.shape[1], 2), dtype=np.int64)
        for row in np.flatnonzero(self.kind == DENSE):
            spans(self.data, int(self.start[row]), int(self.stop[row]), WIRES[DENSE], found)
            values, ends = self.numbers(found[[1, 9, 8]])
            ids, lon, lat = np.split(values, ends[1:-1])
            if not len(ids) == len(lon) == len(lat):
                raise ValueError("dense nodes have not as many ids as coordinates")
            yield ids, lon, lat, found[10]

    def units(self, values: IntArray, offset: int) -> IntArray:
        """Return coordinates as the unit of OpenStreetMap, cut off as libosmium does. [1e-7 degree]."""
        granularity = int(self.head[2])
        near = np.abs(values.astype(np.float64) * granularity + offset) <= FARTHEST
        exact = np.where(near, values, 0) * granularity + (offset if near.any() else 0)
        return np.where(near, np.trunc(exact / NANODEGREES_PER_UNIT), NOWHERE).astype(np.int64)

    def places(self, ids: IntArray, lon: IntArray, lat: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return ids and coordinates of nodes. [1e-7 degree]."""
        return ids, self.units(lon, int(self.head[4])), self.units(lat, int(self.head[3]))


class PbfFile:
    """A `.osm.pbf` whose blobs are plain or packed with zlib, as nearly all are."""

    def __init__(self, path: Path, blobs: list[tuple[int, int]]) -> None:
        self.path, self.blobs = path, blobs
        self.kinds: dict[int, frozenset[str]] = {}
        """What each blob holds, as far as it has been read."""

    @classmethod
    def opened(cls, path: Path) -> "PbfFile | None":
        """Find the blobs of a file; nothing if one is packed in another way, which is for pyosmium to read."""
        blobs: list[tuple[int, int]] = []
        with path.open("rb") as stream:
            size = path.stat().st_size
            while start := stream.read(4):
                head = stream.read(min(int.from_bytes(start, "big"), MAX_HEADER_BYTES + 1))
                if len(start) < 4 or len(head) != int.from_bytes(start, "big"):
                    raise ValueError("the head of a block is cut off or too long")
                parts = fields(head)
                length, kind = parts.get(3, -1), parts.get(1)
                at = stream.tell()
                if not isinstance(length, int) or not 0 <= length <= min(MAX_BLOB_BYTES, size - at):
                    raise ValueError("a block is cut off or too long")
                if kind != (b"OSMData" if blobs else b"OSMHeader"):
                    raise ValueError("a block is neither the header nor data")
                if not understood(stream.read(min(length, START_BYTES))):
                    return None
                blobs.append((at, length))
                stream.seek(at + length)
        return cls(path, blobs[1:])

    def blocks(self, kinds: str) -> Iterator[Block]:
        """Yield the blocks that hold elements of some kinds."""
        with self.path.open("rb") as stream:
            for at, length in self.blobs:
                if not self.kinds.get(at, frozenset(kinds)).isdisjoint(kinds):
                    stream.seek(at)
                    block = Block(np.frombuffer(unpacked(stream.read(length)), dtype=np.uint8))
                    self.kinds[at] = frozenset(kind for kind in KINDS if block.has(kind))
                    yield block

    def places(self, needed: IntArray | None, tell: Progress) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
        """Yield ids, longitudes and latitudes of the nodes that are needed, or of all. [1e-7 degree]."""
        count = 0
        for block in self.blocks("n"):
            groups = [group[:3] for group in block.dense()]
            if (block.kind == NODE).any():
                groups.append(block.single(block.chosen(NODE, None)))
            for ids, lon, lat in groups:
                count += len(ids)
                kept = np.ones(len(ids), dtype=bool) if needed is None else among(ids, needed)
                yield block.places(ids[kept], lon[kept], lat[kept])
            tell("reading nodes", count)

    def ways(self, numbers: IntArray, tell: Progress) -> Iterator[tuple[int, IntArray]]:
        """Yield the node ids of the ways with these ids."""
        for block in self.blocks("w"):
            found = block.chosen(WAY, None)
            here = np.flatnonzero(among(found.ids, numbers))
            refs, ends = block.numbers(found.lists[here, 0])
            yield from zip(found.ids[here].tolist(), np.split(refs, ends[1:-1]), strict=True)
            tell("reading areas", len(here))

    def elements(self, collection: Collection, inside: IntArray | None, tell: Progress) -> None:
        """Go through the whole file once and hand over what may be of interest."""
        count = 0
        for block in self.blocks("nwr"):
            if block.has("n"):
                count += _nodes(block, collection)
            if block.has("w"):
                _ways(block, collection, inside)
            if block.has("r"):
                _relations(block, collection)
            count += int(np.isin(block.kind, (WAY, RELATION)).sum())
            tell("reading ways", count)


def fields(message: bytes) -> dict[int, int | bytes]:
    """Return the fields of a small message by their numbers."""
    data = np.frombuffer(message, dtype=np.uint8)
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(data):
        key, start, at = field(data, at, len(data))
        found[key >> 3] = start if key & 7 == NUMBER else message[start:at]
    return found


def understood(start: bytes) -> bool:
    """Tell from the start of a blob whether it is plain or packed with zlib."""
    data, at = np.frombuffer(start, dtype=np.uint8), 0
    while at < len(data):
        key, at = varint(data, at, len(data))
        if key & 7 != NUMBER:
            return key >> 3 in (RAW, ZLIB)
        _, at = varint(data, at, len(data))
    return True  # it holds nothing, which is an error and no compression


def unpacked(blob: bytes) -> bytes:
    """Return what is in a blob."""
    parts = fields(blob)
    plain, packed, size = parts.get(RAW), parts.get(ZLIB), parts.get(RAW_SIZE, -1)
    if isinstance(plain, bytes):
        return plain
    if not isinstance(packed, bytes) or not isinstance(size, int) or not 0 <= size <= MAX_BLOB_BYTES:
        raise ValueError("a block holds no data, or does not say how much")
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise ValueError(f"a block cannot be unpacked: {error}") from None
    if len(found) != size or not inflater.eof:
        raise ValueError("a block is not as long as it says")
    return found


def signed(values: IntArray) -> IntArray:
    """Return numbers that alternate between the signs: 0, -1, 1, -2 and so on."""
    return ((values >> 1) & np.iinfo(np.int64).max) ^ -(values & 1)


def _nodes(block: Block, collection: Collection) -> int:
    """Hand over nodes that may have a meaning of their own; return how many there are of any kind."""
    nodes, total = wanted("n", collection.modes), int((block.kind == NODE).sum())
    if (block.kind == NODE).any():
        found = block.chosen(NODE, nodes)
        numbers, x, y = block.places(*block.single(found))
        for n in _telling(found.bits):
            collection.node(int(numbers[n]), block.tags(found, n), int(x[n]), int(y[n]))
    words = nodes.words(block.texts)
    for ids, lon, lat, (start, stop) in block.dense():
        total += len(ids)
        place, bits, ends, keys, values, count = choose_dense(block.data, start, stop, words, nodes.bits)
        if count != len(ids) and stop > start:
            raise ValueError("dense nodes have not as many ids as lists of tags")
        numbers, x, y = block.places(ids[place], lon[place], lat[place])
        found = Chosen(numbers, bits, np.empty((0, 0, 0), dtype=np.int64), ends, keys, values)
        check_tags(found)
        for n in _telling(bits):
            collection.node(int(numbers[n]), block.tags(found, n), int(x[n]), int(y[n]))
    return total


def _telling(bits: Bytes) -> list[int]:
    """Return the nodes that mean something by their tags; `nodes.may_tell` is the rule."""
    named = ((bits & NUMBERED) > 0) & ((bits & STRANGE) == 0)
    here: list[int] = np.flatnonzero(named | ((bits & (TRAVEL | FACILITY)) > 0)).tolist()
    return here


def _ways(block: Block, collection: Collection, inside: IntArray | None) -> None:
    """Hand over ways that vehicles may travel on, and outlines of facilities."""
    found = block.chosen(WAY, wanted("w", collection.modes))
    refs, ends = block.numbers(found.lists[:, 0])
    near = np.ones(len(found.ids), dtype=bool)
    if inside is not None:
        owner = np.repeat(np.arange(len(near)), np.diff(ends))
        near = np.bincount(owner[among(refs, inside)], minlength=len(near)) > 0
    travel = near & ((found.bits & TRAVEL) > 0)
    counts, tag_counts = np.diff(ends), np.diff(found.ends)
    pairs = np.column_stack([found.keys, found.values])[np.repeat(travel, tag_counts)]
    tags = tag_counts[travel], pairs, block.texts
    collection.travelled(found.ids[travel], refs[np.repeat(travel, counts)], counts[travel], tags)
    for n in np.flatnonzero(near & ((found.bits & FACILITY) > 0)).tolist():
        collection.outline(int(found.ids[n]), block.tags(found, n), refs[ends[n] : ends[n + 1]])


def _relations(block: Block, collection: Collection) -> None:
    """Hand over turn restrictions, and facilities that are made of several ways."""
    found = block.chosen(RELATION, wanted("r", collection.modes))
    area = (found.bits & (AREA | FACILITY)) == AREA | FACILITY
    here = np.flatnonzero(((found.bits & TRAVEL) > 0) | area)
    lists = found.lists[here]
    roles, ends = block.numbers(lists[:, 0], signed=False, steps=False)
    refs, ref_ends = block.numbers(lists[:, 1])
    kinds, kind_ends = block.numbers(lists[:, 2], signed=False, steps=False)
    if not (np.array_equal(ends, ref_ends) and np.array_equal(ends, kind_ends)):
        raise ValueError("a relation has not as many roles as members")
    if ((roles < 0) | (roles >= len(block.texts)) | (kinds < 0) | (kinds >= len(KINDS))).any():
        raise ValueError("a member of a relation has a role or type that is not there")
    for row, n in enumerate(here.tolist()):
        part = slice(ends[row], ends[row + 1])
        members = zip(kinds[part].tolist(), refs[part].tolist(), roles[part].tolist(), strict=True)
        named = [(KINDS[kind], ref, block.texts[role]) for kind, ref, role in members]
        collection.relation(int(found.ids[n]), block.tags(found, n), named)

"""What is kept of an OpenStreetMap file while it is read, the same whoever reads it."""

import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.facilities import FACILITY_VALUES, TRIGGER_KEYS, facility_kind, facility_row
from transport_sim.network.model import BoolArray, FloatArray, IntArray
from transport_sim.network.nodes import FOREIGN, PLACES, ROAD_PLACES, telling
from transport_sim.network.restrictions import RESTRICTION_KEYS, Restriction
from transport_sim.network.tags import CLASS_KEYS, MODE_KEYS, WAY_TAGS, WAY_VALUES, classify, per_combination

Progress = Callable[[str, int], None]
"""Told the stage and the number of elements read so far."""
Member = tuple[str, int, str]
"""Type (`n`, `w` or `r`), id and role of a member of a relation."""
Pairs = npt.NDArray[np.int32]
"""Key and value of tags in two columns, by their place among some texts."""
MAX_ID = 10**11
"""Ids beyond this are not OpenStreetMap's; link ids are 10,000 times as large. [-]"""
MAX_TAGS = 10_000
UNITS_PER_DEGREE = 10_000_000
NOWHERE = 2**31 - 1
"""Stands for a coordinate that is missing, as in libosmium. [1e-7 degree]"""
KEY_NUMBER = {key: number for number, key in enumerate(WAY_TAGS)}
TRAVEL, FACILITY, AREA, NUMBERED, STRANGE = 1, 2, 4, 8, 16
"""Bits of what a tag may mean: something to travel on, at or by; a facility; an area made of several ways; a `ref`; a
thing that has a `ref` of its own."""
RESTRICTION_TYPES = ("restriction", "restriction:conditional")
OUTER_ROLES = frozenset({"outer", ""})


class Wanted:
    """Tags by which an element may be of interest, and the bits that each of them means; no value stands for any."""

    def __init__(self, meaning: Iterable[tuple[str, str | None, int]]) -> None:
        items = list(meaning)
        self._keys = {key: n for n, key in enumerate(dict.fromkeys(key for key, _, _ in items), start=1)}
        self._values = {value: n for n, value in enumerate(dict.fromkeys(v for _, v, _ in items if v is not None), 1)}
        self._bits = np.zeros((len(self._keys) + 1, len(self._values) + 1), dtype=np.uint8)
        for key, value, bit in items:
            columns = slice(None) if value is None else self._values[value]
            self._bits[self._keys[key], columns] |= bit

    @property
    def bits(self) -> npt.NDArray[np.uint8]:
        """The bits of a pair of words: number of the key, then of the value."""
        return self._bits

    def words(self, texts: Sequence[str]) -> npt.NDArray[np.int16]:
        """Return the number of each text as a key and as a value, 0 if it is neither."""
        both = [np.fromiter(map(of.get, texts, repeat(0)), np.int16, len(texts)) for of in (self._keys, self._values)]
        return np.column_stack(both)


@cache
def wanted(kind: str, modes: frozenset[str]) -> Wanted:
    """Return the tags by which nodes (`n`), ways (`w`) and relations (`r`) may be of interest."""
    facility = [(key, value, FACILITY) for key, value in sorted(FACILITY_VALUES)]
    if kind == "n":
        told: list[tuple[str, str | None, int]] = [("ref", None, NUMBERED), *((key, None, TRAVEL) for key in PLACES)]
        told += [(key, None, STRANGE) for key in FOREIGN]
        return Wanted([*told, *(("highway", value, TRAVEL) for value in ("", *ROAD_PLACES)), *facility])
    if kind == "w":
        keys = {key for mode, key, _ in MODE_KEYS if mode in modes}
        return Wanted([*((key, value, TRAVEL) for key, value in sorted(WAY_VALUES) if key in keys), *facility])
    rules = [("type", value, TRAVEL) for value in RESTRICTION_TYPES]
    return Wanted([*rules, ("type", "multipolygon", AREA), *facility])


@dataclass
class Outline:
    """A facility that is a way or is made of ways."""

    osm_type: str
    number: int
    tags: dict[str, str]
    nodes: IntArray
    ways: tuple[int, ...] = ()
    """Outer ways whose nodes are still to be found."""


@dataclass
class Collection:
    """Elements of interest while the file is read; each tag of a way is three numbers."""

    modes: frozenset[str]
    area: shapely.Geometry | None
    ids: Any = field(default_factory=lambda: array.array("q"))
    refs: Any = field(default_factory=lambda: array.array("q"))
    ends: Any = field(default_factory=lambda: array.array("q", [0]))
    tag_way: Any = field(default_factory=lambda: array.array("q"))
    tag_key: Any = field(default_factory=lambda: array.array("q"))
    tag_value: Any = field(default_factory=lambda: array.array("q"))
    values: dict[str, int] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    places: list[tuple[object, ...]] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)

    def travelled(
        self, ids: IntArray, refs: IntArray, counts: IntArray, tags: tuple[IntArray, Pairs, Sequence[str]]
    ) -> None:
        """Take ways that vehicles may travel on.

        Parameters
        ----------
        ids
            One for each way.
        refs, counts
            Node ids of all the ways, and how many each has.
        tags
            How many tags each way has, key and value of all of them by their place among the texts, and the texts.
        """
        tag_counts, pairs, texts = tags
        start = len(self.ids)
        number = np.full(len(texts), -1, dtype=np.int64)
        code = np.full(len(texts), -1, dtype=np.int64)
        for key in np.unique(pairs[:, 0]).tolist():
            number[key] = KEY_NUMBER.get(texts[key], -1)
        keys = number[pairs[:, 0]]
        read = keys >= 0
        for value in np.unique(pairs[read, 1]).tolist():
            code[value] = self.values.setdefault(texts[value], len(self.values))
        way = np.repeat(np.arange(start, start + len(ids)), tag_counts)
        for target, part in (
            (self.ids, ids),
            (self.ends, len(self.refs) + np.cumsum(counts)),
            (self.refs, refs),
            (self.tag_way, way[read]),
            (self.tag_key, keys[read]),
            (self.tag_value, code[pairs[read, 1]]),
        ):
            target.frombytes(np.ascontiguousarray(part, dtype=np.int64).tobytes())

    def way(self, number: int, tags: Mapping[str, str], refs: Any) -> None:  # noqa: ANN401 - a plain array of ids
        """Take a way that vehicles may travel on."""
        position = len(self.ids)
        self.ids.append(number)
        self.refs.extend(refs)
        self.ends.append(len(self.refs))
        for key, value in tags.items():
            known = KEY_NUMBER.get(key)
            if known is not None:
                self.tag_way.append(position)
                self.tag_key.append(known)
                self.tag_value.append(self.values.setdefault(value, len(self.values)))

    def outline(self, number: int, tags: dict[str, str], refs: Any) -> None:  # noqa: ANN401
        """Take a way if it is the outline of a facility."""
        if facility_kind(tags):
            self.outlines.append(Outline("way", number, tags, np.array(refs, dtype=np.int64)))

    def node(self, number: int, tags: dict[str, str], x: int, y: int) -> None:
        """Take a node if it has a meaning of its own; its place is in units of 1e-7 degree."""
        told = telling(tags)
        if told:
            self.node_tags[number] = told
        if not TRIGGER_KEYS.isdisjoint(tags) and facility_kind(tags):
            lon, lat = x / UNITS_PER_DEGREE, y / UNITS_PER_DEGREE
            check_coordinates(np.array([number]), np.array([lon]), np.array([lat]))
            if self.area is None or shapely.contains_xy(self.area, lon, lat):
                self.places.append(facility_row("node", number, tags, lon, lat))

    def relation(self, number: int, tags: dict[str, str], members: Sequence[Member]) -> None:
        """Take a turn restriction, or a facility whose outline is made of several ways."""
        kind = tags.get("type")
        if kind in RESTRICTION_TYPES:
            if "road" not in self.modes or tags.keys().isdisjoint((*RESTRICTION_KEYS, "restriction:conditional")):
                return
            found: dict[tuple[str, str], list[int]] = {}
            for element, ref, role in members:
                found.setdefault((role, element), []).append(ref)
            ends = (("from", "w"), ("via", "n"), ("via", "w"), ("to", "w"))
            self.restrictions.append(Restriction(number, tags, *(tuple(found.get(part, ())) for part in ends)))
        elif kind == "multipolygon" and facility_kind(tags):
            outer = tuple(ref for element, ref, role in members if element == "w" and role in OUTER_ROLES)
            self.outlines.append(Outline("relation", number, tags, np.empty(0, dtype=np.int64), outer))

    def complete(self, ways: Iterable[tuple[int, IntArray]]) -> None:
        """Give the facilities made of ways the nodes of these ways."""
        nodes = dict(ways)
        for outline in self.outlines:
            if outline.ways:
                parts = [nodes[way] for way in outline.ways if way in nodes]
                outline.nodes = np.concatenate([outline.nodes, *parts])

    def missing_ways(self) -> IntArray:
        """Return the ids of the ways that facilities are made of, ascending."""
        return np.unique(np.array([way for outline in self.outlines for way in outline.ways], dtype=np.int64))

    def ways(self) -> tuple[pd.DataFrame, IntArray, IntArray]:
        """Return tags, node ids and offsets of the ways that vehicles of the modes do travel on, as in `RawMap`."""
        table = self._table()
        kinds = per_combination(table, CLASS_KEYS, classify)
        kept = np.array([found is not None and found[0] in self.modes for found in kinds], dtype=bool)
        refs = np.array(self.refs, dtype=np.int64)
        ends = np.array(self.ends, dtype=np.int64)
        lengths = ends[1:] - ends[:-1]
        offsets = np.concatenate([[0], np.cumsum(lengths[kept])])
        return table[kept], refs[np.repeat(kept, lengths)], offsets

    def _table(self) -> pd.DataFrame:
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

    def centres(self, node_ids: IntArray, lon: FloatArray, lat: FloatArray) -> Iterator[tuple[object, ...]]:
        """Yield facilities that have an outline, each at the middle of those of its nodes that are there."""
        for outline in self.outlines:
            nodes = np.unique(outline.nodes)
            position = np.searchsorted(node_ids, nodes)[among(nodes, node_ids)]
            if len(position):
                place = float(lon[position].mean()), float(lat[position].mean())
                yield facility_row(outline.osm_type, outline.number, outline.tags, *place)


class OsmFile(Protocol):
    """An OpenStreetMap file that can be gone through again and again."""

    def elements(self, collection: Collection, inside: IntArray | None, tell: Progress) -> None:
        """Hand all elements over that may be of interest; of ways only those that touch a node inside, if given."""

    def ways(self, numbers: IntArray, tell: Progress) -> Iterable[tuple[int, IntArray]]:
        """Yield id and node ids of the ways with these ids, ascending."""

    def places(self, needed: IntArray | None, tell: Progress) -> Iterable[tuple[IntArray, IntArray, IntArray]]:
        """Yield ids, longitudes and latitudes of the nodes with these ids, ascending, or of all. [1e-7 degree]."""


def among(values: IntArray, ascending: IntArray) -> BoolArray:
    """Tell which values are in an array in ascending order."""
    if not len(ascending):
        return np.zeros(len(values), dtype=bool)
    position = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    found: BoolArray = ascending[position] == values
    return found


def check_coordinates(ids: IntArray, lon: FloatArray, lat: FloatArray) -> None:
    """Refuse places that are not on the globe."""
    wrong = np.flatnonzero((np.abs(lon) > 180) | (np.abs(lat) > 90))
    if len(wrong):
        n = wrong[0]
        raise NetworkError(f"{len(wrong)} nodes have no place on the globe; first: node {ids[n]} at {lon[n]}, {lat[n]}")

"""Cut ways into pieces between the nodes where they meet: the rules of osmnx's simplification, over arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import BoolArray, FloatArray, IntArray

METRES_PER_KM = 1000.0


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of ways between nodes of the network, each once, as drawn."""

    way: IntArray
    """Way id."""
    number: IntArray
    """Place of the piece along its way, from 0."""
    start: IntArray
    """OSM id of the node where the piece starts."""
    end: IntArray
    length_m: FloatArray
    """Great-circle length of the drawn line. [m]"""
    lon: FloatArray
    """Vertices of all pieces, one piece after the other. [degree]"""
    lat: FloatArray
    first: IntArray
    """Where the vertices of each piece start, and the end."""

    @classmethod
    def joined(cls, parts: Sequence["Pieces"]) -> "Pieces":
        """Put the pieces of several files one behind the other."""
        shift = np.cumsum([0, *(len(part.lon) for part in parts)])
        first = [part.first[:-1] + start for part, start in zip(parts, shift[:-1], strict=True)]
        names = ("way", "number", "start", "end", "length_m", "lon", "lat")
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(**columns, first=np.concatenate([*first, shift[-1:]]))


def split(
    tags: pd.DataFrame,
    refs: IntArray,
    offsets: IntArray,
    nodes: tuple[IntArray, FloatArray, FloatArray],
    kept: IntArray,
) -> Pieces:
    """Cut ways where they meet, end or pass a node that has to stay.

    Parameters
    ----------
    tags
        Ways by id, in the order of `offsets`.
    refs, offsets
        Node ids of all ways, and where each way starts.
    nodes
        Ids, ascending, longitudes and latitudes of the nodes that are there; a way is cut at those that are not.
    kept
        Nodes that stay although nothing meets there.

    Returns
    -------
    Pieces
        A node stays if it is the end of a way, if two ways or two passages of one way meet there, if the way turns
        back there, or if it is in `kept`. A closed way that touches nothing keeps all its nodes. The pieces of a
        closed way are counted from the one that starts at its lowest node.
    """
    way = np.repeat(np.arange(len(tags), dtype=np.int64), np.diff(offsets))
    fresh = np.ones(len(refs), dtype=bool)
    fresh[1:] = (refs[1:] != refs[:-1]) | (way[1:] != way[:-1])
    way, refs = way[fresh], refs[fresh]
    ids = nodes[0]
    position = np.minimum(np.searchsorted(ids, refs), max(len(ids) - 1, 0))
    there = ids[position] == refs if len(ids) else np.zeros(len(refs), dtype=bool)
    linked = np.zeros(len(refs), dtype=bool)  # the vertex is joined to the next one
    linked[:-1] = there[1:] & there[:-1] & (way[1:] == way[:-1])
    inner = _passed(position, linked, np.isin(ids, kept), len(ids))
    position, inner = _rotated(position, linked, inner)
    pieces = _cut(position, linked, inner)
    return _pieces(tags.index.to_numpy(dtype=np.int64), way, position, pieces, nodes)


def _passed(position: IntArray, linked: BoolArray, stays: BoolArray, count: int) -> BoolArray:
    """Tell for each node whether it is only a vertex of one way."""
    after = np.flatnonzero(linked)
    degree = np.bincount(position[after], minlength=count) + np.bincount(position[after + 1], minlength=count)
    middle = np.flatnonzero(linked[1:] & linked[:-1]) + 1
    middle = middle[position[middle - 1] != position[middle + 1]]
    passed = np.zeros(count, dtype=bool)
    passed[position[middle]] = True
    passed[_seams(position, linked)] = True
    interior: BoolArray = passed & (degree == 2) & ~stays
    return interior


def _runs(linked: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the first and the last vertex of each unbroken run of vertices."""
    before = np.concatenate([[False], linked[:-1]])
    return np.flatnonzero(linked & ~before), np.flatnonzero(before & ~linked)


def _seams(position: IntArray, linked: BoolArray) -> IntArray:
    """Return the nodes where a closed way starts and ends."""
    first, last = _runs(linked)
    closed = (position[first] == position[last]) & (last - first > 2)
    nodes: IntArray = position[first[closed]]
    return nodes


def _rotated(position: IntArray, linked: BoolArray, inner: BoolArray) -> tuple[IntArray, BoolArray]:
    """Let closed ways start at their lowest node that stays; give those that have none all their nodes."""
    first, last = _runs(linked)
    closed = np.flatnonzero((position[first] == position[last]) & (last - first > 2))
    position, inner = position.copy(), inner.copy()
    for run in closed.tolist():
        ring = position[first[run] : last[run]]
        if inner[ring].all():
            inner[ring] = False
        ends = np.flatnonzero(~inner[ring])
        if len(np.unique(ring)) == len(ring):
            turned = np.roll(ring, -int(ends[np.argmin(ring[ends])]))
            position[first[run] : last[run] + 1] = [*turned, turned[0]]
    return position, inner


def _cut(position: IntArray, linked: BoolArray, inner: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the first and last vertex of each piece."""
    before = np.concatenate([[False], linked[:-1]])
    used = linked | before
    breaks = np.flatnonzero(used & (~inner[position] | (linked != before)))
    run = np.cumsum(linked & ~before)
    same = run[breaks[1:]] == run[breaks[:-1]]
    return breaks[:-1][same], breaks[1:][same]


def _pieces(
    way_ids: IntArray,
    way: IntArray,
    position: IntArray,
    pieces: tuple[IntArray, IntArray],
    nodes: tuple[IntArray, FloatArray, FloatArray],
) -> Pieces:
    """Measure the pieces and copy their vertices."""
    (start, end), (ids, lon, lat) = pieces, nodes
    count = end - start + 1
    first = np.concatenate([[0], np.cumsum(count)])
    vertex = np.repeat(start - first[:-1], count) + np.arange(first[-1])
    x, y = lon[position[vertex]], lat[position[vertex]]
    step_m = np.zeros(len(x))
    step_m[1:] = great_circle_km(x[:-1], y[:-1], x[1:], y[1:]) * METRES_PER_KM
    step_m[first[:-1]] = 0.0
    length_m = np.add.reduceat(step_m, first[:-1]) if len(start) else np.empty(0)
    owner = way[start]
    number = np.arange(len(start)) - np.searchsorted(owner, owner)
    return Pieces(way_ids[owner], number, ids[position[start]], ids[position[end]], length_m, x, y, first)

"""The streets of a synthetic city as plain geometry in metres: a deformed grid, a river, a ring road."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from transport_sim.randomness import stable_ids, uniform

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Shape = Any
"""A shapely geometry; shapely has no type stubs."""
ARTERIAL_M = 1000.0
"""Distance between arterials, within the 700 to 1200 m that Chinese planning practice gives; assumption. [m]"""
BRIDGE_M = 2000.0
"""Least distance between bridges; assumption: a city with few bridges. [m]"""
RIVER_M = 160.0
"""Width of the river; assumption: the Zhou River at Dazhou is of this order. [m]"""
WAVES = 4
BEND, MEANDER = 0.1, 0.35
"""Steepest shift of a wave of the deformation, and of the river's meander; their sum stays below 1. [-]"""
GONE_SHARE = 0.1
"""Share of local street pieces that are left out, so that some streets end in a T. [-]"""
RING_MIN_KM2 = 6.0
"""A smaller city has no ring road. [km2]"""
RING_DEPTHS = (0.25, 0.2, 0.3, 0.15)
"""Distance of the ring from the edge, as a share of the radius of a circle of the city's area: the one with the least
of the ring over water is built. [-]"""
SNAP_SHARE = 0.12
"""A crossing of the ring this near to a junction is that junction, as a share of the spacing. [-]"""
ARTERIAL, COLLECTOR, LOCAL = ("primary", "secondary"), "tertiary", "residential"
RING = 20_000
ROWS = 10_000
"""Street numbers: columns from 0, rows from here, the ring from `RING`."""
EDGE_COLUMNS = ["a", "b", "link_class", "street", "place", "bridge"]


@dataclass(frozen=True, eq=False)
class Streets:
    """Junctions, the pieces of street between them, and the blocks that they enclose."""

    xy: FloatArray
    """Junctions. [m]"""
    edges: pd.DataFrame
    """Columns of `EDGE_COLUMNS`: the two junctions, class, street number, place along the street, on a bridge."""
    blocks: IntArray
    """Corners of the blocks, four junctions each, in order."""
    river: Shape
    """The river's middle line, empty if there is none. [m]"""


@dataclass(frozen=True)
class Frame:
    """The grid before it is bent: origin and direction from the footprint, spacing from its density."""

    origin: tuple[float, float]
    angle: float
    length_m: float
    width_m: float
    spacing_m: float
    seed: int

    @classmethod
    def around(cls, footprint: Shape, spacing_m: float, seed: int) -> "Frame":
        """Lay the grid along the longer side of the smallest rectangle around the footprint."""
        corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(footprint))[:4]
        sides = corners[[1, 2]] - corners[[0, 1]]
        long, short = sorted((np.hypot(*sides[0]), np.hypot(*sides[1])), reverse=True)
        side = sides[0] if np.hypot(*sides[0]) >= np.hypot(*sides[1]) else sides[1]
        centre = footprint.centroid
        return cls(
            (centre.x, centre.y), float(np.arctan2(side[1], side[0])), float(long), float(short), spacing_m, seed
        )

    def bend(self, uv: FloatArray, *, meander: bool) -> FloatArray:
        """Map the straight grid (u along, v across) to the ground: a few long waves, then the rotation.

        Every wave shifts at right angles to its direction; because the steepest shifts add up to less than one, no
        two points meet.
        """
        draw = uniform(np.arange(3 * WAVES + 1), seed=self.seed, stream="synthesis:bend")
        shift = np.zeros_like(uv)
        for wave in range(WAVES):
            long_m = max(self.length_m, 3000.0) * (0.4 + 0.6 * draw[3 * wave])
            direction = 2 * np.pi * draw[3 * wave + 1]
            along = uv[:, 0] * np.cos(direction) + uv[:, 1] * np.sin(direction)
            size = BEND * long_m / (2 * np.pi) * np.sin(2 * np.pi * (along / long_m + draw[3 * wave + 2]))
            shift += size[:, None] * np.array([-np.sin(direction), np.cos(direction)])
        if meander:
            long_m = 0.8 * max(self.length_m, 3000.0)
            shift[:, 1] += MEANDER * long_m / (2 * np.pi) * np.sin(2 * np.pi * (uv[:, 0] / long_m + draw[-1]))
        u, v = (uv + shift).T
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.column_stack([self.origin[0] + u * cos - v * sin, self.origin[1] + u * sin + v * cos])


def grown_city(footprint: Shape, spacing_m: float, seed: int) -> Streets:
    """Lay out a city of its own: arterials, collectors, local streets, a ring road, a river with few bridges."""
    frame = Frame.around(footprint, spacing_m, seed)
    side = 1.0 if uniform([0], seed=seed, stream="synthesis:river")[0] > 0.5 else -1.0
    share = 0.1 + 0.15 * float(uniform([1], seed=seed, stream="synthesis:river")[0])
    river_row = round(side * share * frame.width_m / spacing_m)
    columns, rows = _lines(frame)
    reach = np.linspace(-1.0, 1.0, 400) * frame.length_m
    across_m = (river_row + 0.5) * spacing_m + RIVER_M / 2
    course = shapely.LineString(frame.bend(np.column_stack([reach, np.full(400, across_m)]), meander=True))
    river = _longest(course.intersection(footprint.buffer(400.0)))
    v = (rows * spacing_m + np.where(rows > river_row, RIVER_M, 0.0)).astype(np.float64)
    xy, edges, blocks = _grid(frame, columns, rows, v, meander=True)
    water = river.buffer(RIVER_M / 2)
    edges["bridge"] = _bridges(edges, xy, water, columns, frame)
    streets = Streets(xy, _without_some(edges[_dry(edges, xy, water) | edges["bridge"]], seed), blocks, river)
    streets = _clipped(streets, footprint)
    if footprint.area >= 1e6 * RING_MIN_KM2:
        streets = _with_ring(streets, footprint, water, spacing_m)
    return connected(streets, None)


def infill(footprint: Shape, spacing_m: float, seed: int, barriers: Sequence[Shape]) -> Streets:
    """Lay out collectors and local streets that keep clear of what is there: arterials, railways, rivers."""
    frame = Frame.around(footprint, spacing_m, seed)
    columns, rows = _lines(frame)
    xy, edges, blocks = _grid(frame, columns, rows, (rows * spacing_m).astype(np.float64), meander=False)
    edges["link_class"] = edges["link_class"].replace(dict.fromkeys(ARTERIAL, COLLECTOR))
    tree = shapely.STRtree(barriers)
    close, _ = tree.query(shapely.points(xy), predicate="dwithin", distance=0.2 * spacing_m)
    crossing, _ = tree.query(segments(edges, xy), predicate="intersects")
    free = ~(edges["a"].isin(close) | edges["b"].isin(close))
    edges = edges[free & ~np.isin(np.arange(len(edges)), crossing)]
    cut, _ = tree.query(shapely.polygons(xy[blocks]), predicate="intersects")
    streets = Streets(xy, _without_some(edges, seed), np.delete(blocks, np.unique(cut), axis=0), shapely.LineString())
    return _clipped(streets, footprint)


def connected(streets: Streets, anchors: IntArray | None) -> Streets:
    """Keep the streets that hang together: the largest part, or every part with one of the anchors."""
    edges = streets.edges
    if edges.empty:
        return streets
    size = len(streets.xy)
    matrix = sparse.coo_array((np.ones(len(edges)), (edges["a"], edges["b"])), shape=(size, size))
    _, label = connected_components(matrix, directed=False)
    label = np.asarray(label)
    wanted = [np.bincount(label[edges["a"]]).argmax()] if anchors is None else np.unique(label[anchors])
    kept = edges[np.isin(label[edges["a"]], wanted)]
    inside = np.isin(streets.blocks, np.unique(kept[["a", "b"]])).all(axis=1)
    return Streets(streets.xy, kept, streets.blocks[inside], streets.river)


def _lines(frame: Frame) -> tuple[IntArray, IntArray]:
    """Return the numbers of columns and rows that cover the footprint however the grid is bent."""
    reach = np.ceil(1.6 * np.array([frame.length_m, frame.width_m + 0.3 * frame.length_m]) / 2 / frame.spacing_m)
    return np.arange(-reach[0], reach[0] + 1).astype(int), np.arange(-reach[1], reach[1] + 1).astype(int)


def _grid(
    frame: Frame, columns: IntArray, rows: IntArray, v: FloatArray, *, meander: bool
) -> tuple[FloatArray, pd.DataFrame, IntArray]:
    """Return junctions, pieces of street and blocks of the bent grid."""
    u, across = np.meshgrid(columns * frame.spacing_m, v, indexing="ij")
    numbers = np.arange(u.size).reshape(u.shape)
    uv = np.column_stack([u.ravel(), across.ravel()])
    per = _per_arterial(frame)
    column, row = np.meshgrid(columns, rows, indexing="ij")
    local = ((column % per != 0) & (row % per != 0)).ravel()
    ids = stable_ids(column.ravel(), row.ravel())
    for axis, stream in enumerate(("synthesis:jitter_u", "synthesis:jitter_v")):
        uv[local, axis] += 0.16 * frame.spacing_m * (uniform(ids[local], seed=frame.seed, stream=stream) - 0.5)
    along_column = pd.DataFrame(
        {"a": numbers[:, :-1].ravel(), "b": numbers[:, 1:].ravel(), "line": column[:, :-1].ravel(), "street": 0}
        | {"place": row[:, :-1].ravel()}
    )
    along_row = pd.DataFrame(
        {"a": numbers[:-1].ravel(), "b": numbers[1:].ravel(), "line": row[:-1].ravel(), "street": ROWS}
        | {"place": column[:-1].ravel()}
    )
    edges = pd.concat([along_column, along_row], ignore_index=True)
    edges["link_class"] = _classes(edges["line"].to_numpy(), per)
    edges["street"] += edges["line"] + ROWS // 2
    edges["place"] = edges["place"].astype(float)
    edges["bridge"] = False
    corners = [numbers[:-1, :-1], numbers[1:, :-1], numbers[1:, 1:], numbers[:-1, 1:]]
    blocks = np.column_stack([corner.ravel() for corner in corners])
    return frame.bend(uv, meander=meander), edges[EDGE_COLUMNS], blocks


def _per_arterial(frame: Frame) -> int:
    """Return how many lines of the grid there are from one arterial to the next, an even number."""
    return max(4, 2 * round(ARTERIAL_M / frame.spacing_m / 2))


def _classes(lines: IntArray, per: int) -> list[str]:
    """Return the class of the streets on the lines: every second arterial is a primary road."""
    choices = [lines % (2 * per) == 0, lines % per == 0, lines % per == per // 2]
    return [str(name) for name in np.select(choices, [*ARTERIAL, COLLECTOR], LOCAL)]


def segments(edges: pd.DataFrame, xy: FloatArray) -> Shape:
    """Return the straight line of each piece."""
    return shapely.linestrings(np.stack([xy[edges["a"]], xy[edges["b"]]], axis=1))


def _dry(edges: pd.DataFrame, xy: FloatArray, water: Shape) -> npt.NDArray[np.bool_]:
    """Tell which pieces do not touch the water."""
    shapely.prepare(water)
    return ~np.asarray(shapely.intersects(water, segments(edges, xy)), dtype=bool)


def _bridges(edges: pd.DataFrame, xy: FloatArray, water: Shape, columns: IntArray, frame: Frame) -> pd.Series:
    """Choose the pieces of arterials that cross the river, some way apart."""
    per = _per_arterial(frame)
    apart = per * max(1, round(BRIDGE_M / (per * frame.spacing_m)))
    bridged = set(columns[columns % apart == 0] + ROWS // 2)
    shapely.prepare(water)
    wet = ~_dry(edges, xy, water)
    ends = shapely.intersects_xy(water, xy[edges["a"]]) | shapely.intersects_xy(water, xy[edges["b"]])
    crosses: pd.Series = edges["street"].isin(bridged) & wet & ~ends
    return crosses


def _without_some(edges: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Leave out some local pieces."""
    draw = uniform(
        stable_ids(edges["street"].to_numpy(), edges["place"].astype(int).to_numpy()), seed=seed, stream="gone"
    )
    return edges[(edges["link_class"] != LOCAL) | (draw > GONE_SHARE)]


def _clipped(streets: Streets, footprint: Shape) -> Streets:
    """Keep what lies inside the footprint."""
    shapely.prepare(footprint)
    edges = streets.edges[shapely.contains(footprint, segments(streets.edges, streets.xy))]
    inside = shapely.contains(footprint, shapely.polygons(streets.xy[streets.blocks]))
    return Streets(streets.xy, edges, streets.blocks[inside], streets.river)


def _longest(line: Shape) -> Shape:
    """Return the longest part of a line."""
    return max(shapely.get_parts(line), key=lambda part: part.length, default=shapely.LineString())


def _with_ring(streets: Streets, footprint: Shape, water: Shape, spacing_m: float) -> Streets:
    """Add a ring road that crosses arterials and collectors at junctions; local streets end before it."""
    ring = _ring(footprint, water)
    if ring.is_empty:
        return streets
    shapely.prepare(ring)
    xy, edges = streets.xy.copy(), streets.edges.reset_index(drop=True)
    lines = segments(edges, xy)
    cut = shapely.intersects(ring, lines)
    local = edges["link_class"].eq(LOCAL).to_numpy()
    beside = np.flatnonzero(shapely.dwithin(ring, shapely.points(xy), 0.25 * spacing_m))
    gone = local & (cut | (edges["a"].isin(beside) | edges["b"].isin(beside)).to_numpy())
    points: list[FloatArray] = []
    knots: dict[int, float] = {}
    pieces: list[dict[str, Any]] = []
    for number in np.flatnonzero(cut & ~local):
        crossing = shapely.intersection(ring, lines[number])
        gone[number] = True
        if crossing.geom_type != "Point":
            continue
        spot = shapely.get_coordinates(crossing)[0]
        edge = {str(name): value for name, value in edges.iloc[number].to_dict().items()}
        ends = [int(edge["a"]), int(edge["b"])]
        away = [float(np.hypot(*(xy[end] - spot))) for end in ends]
        near = ends[int(np.argmin(away))]
        if min(away) < SNAP_SHARE * spacing_m:
            xy[near] = spot
            knots[near] = ring.project(crossing)
            gone[number] = False
        else:
            knot = len(xy) + len(points)
            points.append(spot)
            knots[knot] = ring.project(crossing)
            pieces += [edge | {"b": knot}, edge | {"a": knot, "place": edge["place"] + 0.5}]
    if len(knots) < 3:
        return streets
    xy = np.vstack([xy, *points]) if points else xy
    xy, around = _ring_edges(ring, knots, xy, water)
    kept = pd.concat([edges[~gone], pd.DataFrame(pieces, columns=EDGE_COLUMNS), around], ignore_index=True)
    open_blocks = ~shapely.intersects(ring, shapely.polygons(streets.xy[streets.blocks]))
    return Streets(xy, kept, streets.blocks[open_blocks], streets.river)


def _ring(footprint: Shape, water: Shape) -> Shape:
    """Return the course of the ring road, empty if the footprint is too thin for one."""
    radius = float(np.sqrt(footprint.area / np.pi))
    inner = [footprint.buffer(-2 * depth * radius).buffer(depth * radius) for depth in RING_DEPTHS]
    rings = [max(shapely.get_parts(p), key=lambda q: q.area).exterior for p in inner if not p.is_empty]
    return min(rings, key=lambda ring: ring.intersection(water).length, default=shapely.LineString())


def _ring_edges(ring: Shape, knots: dict[int, float], xy: FloatArray, water: Shape) -> tuple[FloatArray, pd.DataFrame]:
    """Return the junctions with the vertices of the ring behind them, and the ring's pieces in four streets."""
    ordered = sorted(knots, key=lambda knot: knots[knot])
    vertices = {len(xy) + place: at for place, at in enumerate(np.arange(0.0, ring.length, 80.0))}
    taken = np.array([knots[knot] for knot in ordered])
    vertices = {k: at for k, at in vertices.items() if np.abs(taken - at).min() > 40.0}
    xy = np.vstack([xy, shapely.get_coordinates(ring.interpolate(np.arange(0.0, ring.length, 80.0)))])
    along = sorted({**knots, **vertices}.items(), key=lambda item: item[1])
    chain = np.array([knot for knot, _ in along])
    edges = pd.DataFrame({"a": chain, "b": np.roll(chain, -1), "link_class": ARTERIAL[0]})
    edges["street"] = RING + np.arange(len(edges)) * 4 // len(edges)
    edges["place"] = np.arange(len(edges)).astype(float)
    edges["bridge"] = ~_dry(edges, xy, water)
    return xy, edges[EDGE_COLUMNS]

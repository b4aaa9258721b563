"""A seeded synthetic city that stands in for streets nobody has surveyed yet.

The streets are a grid, laid along the longer side of the footprint and bent by a few long waves: arterials about every
kilometre, collectors half-way, local streets between them, a ring road, and a river that only some arterials bridge.
Inside a network that has arterials, rivers and railways already, the city fills the space between them: its collectors
and local streets begin at the junctions of the arterials and cross nothing.

All densities are assumptions, not a survey. Streets: 8 km per km2, the target of the State Council's opinion on urban
planning of 2016, at 10,000 inhabitants per km2, the usual planning standard of 100 m2 of building land for each; in
proportion for other densities, between 4 and 12 km per km2. Facilities: `city_osm.PER_FACILITY`, inhabitants for each.
"""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network import city_grid
from transport_sim.network.build import load_network
from transport_sim.network.city_grid import COLLECTOR, EDGE_COLUMNS, RING, IntArray, Shape, Streets
from transport_sim.network.city_osm import OsmWriter, add_facilities, add_river, add_streets
from transport_sim.network.export import link_lines
from transport_sim.network.footprint import Plane, read_footprint, urban_footprint
from transport_sim.network.model import Network
from transport_sim.whole import whole_folder

log = logging.getLogger(__name__)
FILE, URBAN = "synthetic.osm", "urban"
STREET_KM_PER_KM2, AT_INHABITANTS_PER_KM2 = 8.0, 10_000.0
STREET_LIMITS = (4.0, 12.0)
LEAST_SHARE = 0.1
"""A city with less than this share of the streets that its density asks for is none. [-]"""
AREA_LIMITS_KM2 = (1.0, 2000.0)
POPULATION_LIMITS = (1_000, 20_000_000)


def synthesise(
    target: Path, *, seed: int, population: int, footprint: Path | str, join: Path | None = None
) -> dict[str, Any]:
    """Write a folder with a synthetic city, `synthetic.osm`, that `load_network` reads.

    Parameters
    ----------
    target
        Folder to write, whole or not at all; the same arguments give the same bytes.
    seed, population
        What the city depends on besides its footprint; the inhabitants set how dense streets and facilities are.
    footprint
        GeoJSON file with one polygon in WGS 84, or `urban`: the hull of the urban junctions of the joined network.
    join
        Folder of a network in `.osm` files. They are copied beside the city, and their road junctions inside the
        footprint become junctions of its streets; there are no arterials and no river of the city's own then.

    Returns
    -------
    dict
        Counts of what was made.

    Raises
    ------
    NetworkError
        If the footprint is no simple polygon of city size, the population is out of range, or the network to join
        has no junction in the footprint.
    """
    low, high = POPULATION_LIMITS
    if not low <= population <= high:
        raise NetworkError(f"the population must be between {low:,} and {high:,}, got {population:,}")
    base = _joined(join) if join else None
    polygon = _footprint(footprint, base)
    plane = Plane(round(polygon.centroid.x, 4), round(polygon.centroid.y, 4))
    area = shapely.transform(polygon, plane.to_m)
    spacing_m = _spacing_m(area.area / 1e6, population)
    known: dict[int, int] = {}
    if base is None:
        streets = city_grid.grown_city(area, spacing_m, seed)
    else:
        streets, known = _joined_streets(base, area, plane, spacing_m, seed)
    if _street_km(streets) < LEAST_SHARE * 2e-3 * area.area / spacing_m:
        raise NetworkError(f"the footprint is too narrow for streets {spacing_m:.0f} m apart")
    writer = OsmWriter(f"transport-sim network synthesise --seed {seed} --population {population}")
    if base is not None:
        _repeat(writer, base, list(known.values()))
    add_streets(writer, streets, plane, known)
    add_river(writer, streets.river, plane)
    made = {"area_km2": round(area.area / 1e6, 1), "street_km": _street_km(streets), "joined_junctions": len(known)}
    made["bridges"] = sum("bridge" in tags for _, tags in writer.ways.values())
    made |= add_facilities(writer, streets, plane, population, seed)
    with whole_folder(target) as folder:
        writer.write(folder / FILE)
        for file in sorted(join.glob("*.osm")) if join else []:
            shutil.copyfile(file, folder / file.name)
    log.info("%s: synthetic city of %s inhabitants, %s", target, population, made)
    return made


def _footprint(footprint: Path | str, base: Network | None) -> Shape:
    """Return the polygon that the user means."""
    if str(footprint) != URBAN:
        return read_footprint(Path(footprint))
    if base is None:
        raise NetworkError(f"the footprint '{URBAN}' is that of a network; name it with --join")
    return urban_footprint(base)


def _spacing_m(area_km2: float, population: int) -> float:
    """Return the distance between streets that gives the density of streets for that of inhabitants. [m]."""
    low, high = AREA_LIMITS_KM2
    if not low <= area_km2 <= high:
        raise NetworkError(f"the footprint must measure between {low:g} and {high:g} km2, got {area_km2:.3g}")
    density = STREET_KM_PER_KM2 * population / area_km2 / AT_INHABITANTS_PER_KM2
    return 2000.0 / float(np.clip(density, *STREET_LIMITS))


def _street_km(streets: Streets) -> float:
    """Return the length of all streets. [km]."""
    ends = streets.xy[streets.edges["a"]] - streets.xy[streets.edges["b"]]
    return round(float(np.hypot(ends[:, 0], ends[:, 1]).sum()) / 1000, 1)


def _joined(folder: Path) -> Network:
    """Load the network to join; its files must be there to be copied."""
    if not any(folder.glob("*.osm")):
        raise NetworkError(f"{folder}: a network to join is a folder of .osm files")
    if (folder / FILE).exists():
        raise NetworkError(f"{folder}: has a synthetic city already")
    return load_network(folder)


def _repeat(writer: OsmWriter, base: Network, ids: list[int]) -> None:
    """Repeat nodes of another map with the tags that keep them junctions when they are read again."""
    for row in base.nodes.loc[ids].itertuples():
        tags = {"ref": row.ref, "name": row.name, "name:en": row.name_en, "transport_sim:kind": row.kind}
        known = {key: str(value) for key, value in tags.items() if value}
        writer.add_existing(int(str(row.Index)), float(str(row.lon)), float(str(row.lat)), known)


def _joined_streets(
    base: Network, area: Shape, plane: Plane, spacing_m: float, seed: int
) -> tuple[Streets, dict[int, int]]:
    """Fill the space between the ways of a network; return the streets, and the junctions that are its nodes."""
    lines = shapely.transform(link_lines(base), plane.to_m)
    near = shapely.intersects(lines, area.buffer(spacing_m))
    links, lines = base.links[near], lines[near]
    water = links["mode"].eq("waterway").to_numpy()
    barriers = np.where(water, shapely.buffer(lines, city_grid.RIVER_M / 2), lines)
    usable = links["mode"].eq("road") & links["status"].eq("open") & ~links["link_class"].str.startswith("motorway")
    open_roads = links[usable]
    nodes = base.nodes.loc[np.union1d(open_roads["from_node"], open_roads["to_node"])]
    xy = plane.to_m(nodes[["lon", "lat"]].to_numpy(float))
    inside = shapely.contains_xy(area, xy)
    if not inside.any():
        raise NetworkError(f"network '{base.name}' has no road junction inside the footprint; nothing to join")
    streets = city_grid.infill(area, spacing_m, seed, list(barriers))
    anchors = np.arange(int(inside.sum())) + len(streets.xy)
    streets = Streets(np.vstack([streets.xy, xy[inside]]), streets.edges, streets.blocks, streets.river)
    links_to = list(_connectors(streets, anchors, barriers, spacing_m))
    if not links_to:
        raise NetworkError(f"no street of the city reaches a junction of network '{base.name}'")
    edges = pd.concat([streets.edges, pd.DataFrame(links_to, columns=EDGE_COLUMNS)], ignore_index=True)
    used = np.intersect1d(anchors, edges["a"])
    streets = city_grid.connected(Streets(streets.xy, edges, streets.blocks, streets.river), used)
    ids = nodes.index[inside]
    return streets, {int(junction): int(ids[junction - anchors[0]]) for junction in used}


def _connectors(
    streets: Streets, anchors: IntArray, barriers: npt.NDArray[np.object_], spacing_m: float
) -> Iterator[tuple[int, int, str, int, float, bool]]:
    """Link each anchor with the nearest junction of the streets in each quarter around it, across nothing."""
    used = np.unique(streets.edges[["a", "b"]])
    obstacles = shapely.STRtree([*barriers, *city_grid.segments(streets.edges, streets.xy)])
    points = shapely.STRtree(shapely.points(streets.xy[used]))
    number = 2 * RING
    for anchor in anchors:
        here = streets.xy[anchor]
        around = used[points.query(shapely.Point(here), predicate="dwithin", distance=1.8 * spacing_m)]
        offset = streets.xy[around] - here
        away = np.hypot(offset[:, 0], offset[:, 1])
        quarter = (np.arctan2(offset[:, 1], offset[:, 0]) // (np.pi / 2)).astype(int)
        taken: set[int] = set()
        for place in np.argsort(away, kind="stable"):
            if quarter[place] in taken or away[place] < 20.0:
                continue
            step = offset[place] / away[place]
            straight = shapely.LineString([here + 2.0 * step, streets.xy[around[place]] - 2.0 * step])
            if len(obstacles.query(straight, predicate="intersects")) == 0:
                taken.add(int(quarter[place]))
                yield int(anchor), int(around[place]), COLLECTOR, number, 0.0, False
                number += 1

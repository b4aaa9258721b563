"""Import an OpenStreetMap file of any size as a `Network`."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.facilities import stops
from transport_sim.network.model import IntArray, Network
from transport_sim.network.nodes import keeps
from transport_sim.network.osm_apart import read_map
from transport_sim.network.osm_reader import Progress, RawMap
from transport_sim.network.osm_split import split
from transport_sim.network.osm_tables import network_tables
from transport_sim.network.storage import save_network
from transport_sim.network.tags import MODE_KEYS, Unread, way_attributes

__all__ = ["import_osm", "save_network"]
MODES = tuple(mode for mode, _, _ in MODE_KEYS)
BoundingBox = tuple[float, float, float, float]


def import_osm(
    file: Path | str,
    *,
    bbox: BoundingBox | None = None,
    polygon: shapely.Geometry | None = None,
    modes: Iterable[str] = MODES,
    name: str | None = None,
    progress: Progress | None = None,
) -> Network:
    """Read an OpenStreetMap file.

    Parameters
    ----------
    file
        `.osm`, `.osm.gz`, `.osm.bz2` or `.osm.pbf`.
    bbox
        West, south, east, north: only what lies inside. [degree]
    polygon
        Only what lies inside; a polygon or several, WGS 84.
    modes
        Of road, rail and waterway, those to read.
    name
        Name of the network, else that of the file.
    progress
        Is told the stage and the number of elements now and then.

    Returns
    -------
    Network
        The same nodes and links as osmnx makes of the same data. Parts that hang together with nothing else stay.
        Memory is bound by what is read of the file, not by the file.

    Raises
    ------
    NetworkError
        If the file is damaged, if a way names nodes that the file lacks although it is no extract (an extract
        states its bounds; its ways are cut at them), or if nothing in it is a road, railway or waterway.
    """
    path, chosen = Path(file), tuple(dict.fromkeys(modes))
    if not chosen or not set(chosen) <= set(MODES):
        raise NetworkError(f"modes {', '.join(chosen) or 'none'}: give some of {', '.join(MODES)}")
    area = _area(bbox, polygon)
    raw = read_map(path, modes=chosen, area=area, progress=progress)
    cut = missing_nodes(raw)
    if len(cut) and area is None and "bounds" not in raw.header:
        raise NetworkError(
            f"{path}: its ways name {len(cut)} missing nodes, first: node {cut[0]}; the file does not state the bounds"
            " of an extract, so it is damaged, or give --bbox or --polygon to cut the ways there"
        )
    try:
        tables = _tables(raw, Unread())
        provenance = _provenance(path, raw, tables, area, chosen) | {"ways_cut_at_missing_nodes": len(cut)}
        digest = provenance["source"]["sha256"]
        return Network(name or _stem(path), **tables, sha256={path.name: digest}, provenance=provenance)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from None


def missing_nodes(raw: RawMap) -> IntArray:
    """Return the nodes that ways name and the file, or the area, does not have."""
    used = np.unique(raw.refs)
    return used[~np.isin(used, raw.node_ids, assume_unique=True)]


def _area(bbox: BoundingBox | None, polygon: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return the area to read, `None` for all."""
    if bbox is None:
        return polygon
    if polygon is not None:
        raise NetworkError("give a bounding box or a polygon, not both")
    west, south, east, north = bbox
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise NetworkError(f"bounding box {','.join(f'{v:g}' for v in bbox)}: must be west,south,east,north in degrees")
    return shapely.box(west, south, east, north)


def _tables(raw: RawMap, unread: Unread) -> dict[str, pd.DataFrame]:
    """Give the ways a meaning, cut them and build the tables."""
    attributes = way_attributes(raw.tags, unread)
    nodes = raw.node_ids, raw.lon, raw.lat
    kept = [number for number, tags in raw.node_tags.items() if keeps(tags)]
    pieces = split(raw.tags, raw.refs, raw.offsets, nodes, np.union1d(kept, stopping_places(raw, attributes)))
    return network_tables(attributes, pieces, raw.node_tags, raw.facilities, raw.restrictions, unread=unread)


def stopping_places(raw: RawMap, attributes: pd.DataFrame) -> IntArray:
    """Return the vertices of railways and waterways beside stations, ports and locks."""
    found = [np.empty(0, dtype=np.int64)]
    for mode in ("rail", "waterway"):
        of_mode = attributes["mode"].eq(mode).to_numpy()
        if of_mode.any():
            vertices = np.unique(raw.refs[np.repeat(of_mode, np.diff(raw.offsets))])
            at = np.flatnonzero(np.isin(raw.node_ids, vertices, assume_unique=True))
            found.append(stops(raw.facilities, mode, raw.node_ids[at], raw.lon[at], raw.lat[at]))
    return np.concatenate(found)


def _provenance(
    path: Path, raw: RawMap, tables: dict[str, pd.DataFrame], area: shapely.Geometry | None, modes: tuple[str, ...]
) -> dict[str, Any]:
    """Describe where the network comes from; refuse an empty one."""
    if tables["links"].empty:
        raise NetworkError(f"no {', '.join(modes)} in it" + (" inside the area" if area is not None else ""))
    links, nodes = tables["links"], tables["nodes"]
    extent = (nodes["lon"].min(), nodes["lat"].min(), nodes["lon"].max(), nodes["lat"].max())
    return {
        "source": {"file": path.name, "bytes": path.stat().st_size, "sha256": _digest(path), **raw.header},
        "imported": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "area_wkt": "" if area is None else area.wkt,
        "bbox": [float(value) for value in extent],
        "modes": list(modes),
        "elevation": "incline tags" if links["gradient_ratio"].notna().any() else "flat",
        "attribution": "© OpenStreetMap contributors, ODbL 1.0",
    }


def _stem(path: Path) -> str:
    """Return the name of a file without the endings of its format."""
    return path.name.split(".osm")[0].removesuffix(".pbf") or path.name


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

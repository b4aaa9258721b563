"""The area of a city: read from a file, or the hull of a network's urban junctions; and its plane in metres."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.geometry import EARTH_RADIUS_KM
from transport_sim.network.model import Network

FloatArray = npt.NDArray[np.float64]
Shape = Any
"""A shapely geometry; shapely has no type stubs."""
CORE_NEIGHBOURS, CORE_M = 3, 2000.0
"""A junction belongs to the built-up core if it has so many others within this distance: what lies along a road out of
town does not. [-, m]"""
HULL_RATIO, HULL_MARGIN_M = 0.35, 500.0
"""How closely the urban footprint follows the junctions (0 closest, 1 convex), and how far beyond them it goes."""


@dataclass(frozen=True)
class Plane:
    """Metres east and north of a point; distances are true to 0.2 % within 30 km."""

    lon: float
    lat: float

    @property
    def _m_per_degree(self) -> FloatArray:
        degree = np.radians(1.0) * EARTH_RADIUS_KM * 1000
        return np.array([degree * np.cos(np.radians(self.lat)), degree])

    def to_m(self, lon_lat: FloatArray) -> FloatArray:
        """Return the position in metres."""
        return np.asarray((lon_lat - [self.lon, self.lat]) * self._m_per_degree, dtype=np.float64)

    def to_degrees(self, xy: FloatArray) -> FloatArray:
        """Return the position in degrees."""
        return np.asarray(xy / self._m_per_degree + [self.lon, self.lat], dtype=np.float64)


DAMAGED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def read_footprint(path: Path) -> Shape:
    """Read a GeoJSON file with one polygon, alone or as the only feature; refuse anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        features = content["features"] if content.get("type") == "FeatureCollection" else [content]
        if len(features) != 1:
            raise NetworkError(f"{path}: a footprint is one polygon, this file has {len(features)} features")
        shape = shapely.geometry.shape(features[0].get("geometry", features[0]))
    except OSError as error:
        raise NetworkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (*DAMAGED, shapely.errors.ShapelyError) as error:
        raise NetworkError(f"{path}: is not GeoJSON with a polygon: {error}") from error
    if shape.geom_type != "Polygon" or shape.is_empty:
        what = "empty" if shape.is_empty else shape.geom_type
        raise NetworkError(f"{path}: a footprint is one polygon, this is {what}")
    if not shape.is_valid:
        raise NetworkError(f"{path}: the polygon is not simple: {shapely.is_valid_reason(shape)}")
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -85 or north > 85:
        raise NetworkError(f"{path}: the coordinates must be longitude and latitude in degrees, got {shape.bounds}")
    return shape


def urban_footprint(network: Network) -> Shape:
    """Return the hull around the core of a network's urban junctions; coordinates to 1e-5 degree."""
    junctions = network.nodes[network.nodes["kind"] == "urban_junction"]
    if len(junctions) < 4:
        found = f"{len(junctions)} urban junctions"
        raise NetworkError(f"network '{network.name}' has {found}; a footprint needs at least 4")
    lon_lat = junctions[["lon", "lat"]].to_numpy(float)
    plane = Plane(*(round(float(value), 4) for value in lon_lat.mean(axis=0)))
    xy = plane.to_m(lon_lat)
    away = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    core = xy[np.count_nonzero(away <= CORE_M, axis=1) > CORE_NEIGHBOURS]
    if len(core) < 4:
        raise NetworkError(f"network '{network.name}': no {CORE_NEIGHBOURS} urban junctions lie close to each other")
    hull = shapely.concave_hull(shapely.multipoints(core), ratio=HULL_RATIO)
    outline = hull.buffer(HULL_MARGIN_M).buffer(HULL_MARGIN_M).buffer(-HULL_MARGIN_M).simplify(50.0)
    rounded = shapely.transform(shapely.Polygon(outline.exterior), lambda xy: np.round(plane.to_degrees(xy), 5))
    return shapely.normalize(rounded)


def footprint_text(polygon: Shape) -> str:
    """Return a polygon as the text of a GeoJSON file."""
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(polygon)}
    return json.dumps(feature) + "\n"

"""The area that a user names: a box or a polygon file, checked, and cut into tiles that are the same every time."""

import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from transport_sim.errors import NetworkError
from transport_sim.network.geometry import EARTH_RADIUS_KM

Box = tuple[float, float, float, float]
"""West, south, east, north in WGS 84. [degree]"""
ORDER = "west,south,east,north in degrees, such as 107.3,31.1,107.6,31.3"


@dataclass(frozen=True)
class Area:
    """A part of the globe."""

    geometry: BaseGeometry
    """Polygon or multipolygon in WGS 84."""
    text: str
    """How the user named it, for messages and the manifest."""

    @property
    def bounds(self) -> Box:
        """The smallest box around it."""
        west, south, east, north = self.geometry.bounds
        return float(west), float(south), float(east), float(north)

    @property
    def area_km2(self) -> float:
        """Surface, from a cylindrical equal-area projection. [km2]."""
        radius = math.radians(1.0) * EARTH_RADIUS_KM

        def equal_area(points: Any) -> Any:  # noqa: ANN401 - shapely has no type stubs
            flat = points.copy()
            flat[:, 1] = [math.degrees(math.sin(math.radians(lat))) for lat in points[:, 1]]
            return flat

        return float(shapely.transform(self.geometry, equal_area).area) * radius**2

    def tiles(self, size_deg: float) -> list[Box]:
        """Cut the area into boxes, from south to north and west to east.

        Parameters
        ----------
        size_deg
            Side of a tile of the world-wide grid that starts at 180° west, 90° south. [degree]

        Returns
        -------
        The tiles that touch the area, cut to the box around it and rounded outwards to 1e-6 degree.
        """
        west, south, east, north = self.bounds
        columns = range(math.floor((west + 180) / size_deg), math.ceil((east + 180) / size_deg))
        rows = range(math.floor((south + 90) / size_deg), math.ceil((north + 90) / size_deg))
        shapely.prepare(self.geometry)
        found = []
        for row, column in product(rows, columns):
            left, low = column * size_deg - 180, row * size_deg - 90
            tile = (max(left, west), max(low, south), min(left + size_deg, east), min(low + size_deg, north))
            if tile[0] < tile[2] and tile[1] < tile[3] and self.geometry.intersects(shapely.box(*tile)):
                found.append((_down(tile[0]), _down(tile[1]), _up(tile[2]), _up(tile[3])))
        return found


def _down(degrees: float) -> float:
    return math.floor(round(degrees * 1e6, 3)) / 1e6


def _up(degrees: float) -> float:
    return math.ceil(round(degrees * 1e6, 3)) / 1e6


def box_area(text: str) -> Area:
    """Return the area of `W,S,E,N`; raise `NetworkError` if that is no box."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(math.isfinite(value) for value in numbers):
        raise NetworkError(f"the box {text!r} must be four numbers: {ORDER}")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        raise NetworkError(f"the box {text!r} lies outside the globe; the order is {ORDER}")
    if west >= east:
        raise NetworkError(f"the box {text!r}: west ({west:g}) must be less than east ({east:g}); the order is {ORDER}")
    if south >= north:
        raise NetworkError(
            f"the box {text!r}: south ({south:g}) must be less than north ({north:g}); the order is {ORDER}"
        )
    return Area(shapely.box(west, south, east, north), f"box {text}")


def polygon_area(path: Path) -> Area:
    """Return the area of a polygon file.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile or whatever else GDAL reads, in any reference system that the file states,
        or an Osmosis polygon file (`.poly`). All its polygons count.

    Raises
    ------
    NetworkError
        If there is no such file, if it cannot be read, or if it holds no polygon on the globe.
    """
    if not path.is_file():
        raise NetworkError(f"{path}: no such polygon file")
    geometry = _read_poly(path) if path.suffix.lower() == ".poly" else _read_gdal(path)
    return area_of(geometry, f"polygon {path.name}", where=str(path))


def area_of(geometry: BaseGeometry, text: str, *, where: str) -> Area:
    """Return the polygons of a geometry as an area; raise `NetworkError`, naming `where`, if there is none."""
    mended = shapely.make_valid(geometry)
    parts = [part for part in shapely.get_parts(shapely.get_parts(mended)) if part.geom_type == "Polygon"]
    whole = shapely.union_all(parts)
    if whole.is_empty or whole.area <= 0:
        raise NetworkError(f"{where}: holds no polygon, but {geometry.geom_type}")
    area = Area(whole, text)
    west, south, east, north = area.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise NetworkError(
            f"{where}: the coordinates ({west:g} to {east:g}, {south:g} to {north:g}) lie outside the globe; "
            "they must be longitude and latitude in degrees, or the file must state its reference system"
        )
    return area


def _read_gdal(path: Path) -> BaseGeometry:
    """Read the polygons of any format that GDAL knows."""
    import geopandas  # noqa: PLC0415 - takes a second that a box needs not spend
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415

    try:
        frame = geopandas.read_file(path)
    except (DataLayerError, DataSourceError, ValueError, RuntimeError, OSError) as error:
        raise NetworkError(f"{path}: cannot be read as a polygon file: {str(error).splitlines()[0]}") from None
    if "geometry" not in frame or frame.geometry.dropna().empty:
        raise NetworkError(f"{path}: holds no polygon")
    if frame.crs is not None:
        frame = frame.to_crs(4326)
    return shapely.GeometryCollection(list(frame.geometry.dropna()))


def _read_poly(path: Path) -> BaseGeometry:
    """Read an Osmosis polygon file: a name, then sections of coordinates; a `!` before its name marks a hole."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError):
        raise NetworkError(f"{path}: cannot be read as a polygon file: it is no text") from None
    outer: list[BaseGeometry] = []
    holes: list[BaseGeometry] = []
    ring: list[tuple[float, float]] | None = None
    title = ""
    for number, line in enumerate(lines[1:], 2):
        word = line.strip()
        try:
            if word == "END" and ring is not None:
                (holes if title.startswith("!") else outer).append(shapely.Polygon(ring))
                ring = None
            elif ring is not None and word:
                lon, lat = (float(part) for part in word.split())
                ring.append((lon, lat))
            elif word and word != "END":
                title, ring = word, []
        except ValueError:
            raise NetworkError(f"{path}: line {number}: expected a longitude and a latitude, got {word!r}") from None
    if ring is not None or not outer:
        raise NetworkError(f"{path}: cannot be read as a polygon file: no section that begins and ends with END")
    whole = shapely.union_all([shapely.make_valid(part) for part in outer])
    return shapely.difference(whole, shapely.union_all([shapely.make_valid(part) for part in holes]))

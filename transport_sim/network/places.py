"""Places on the map that rules name: areas drawn as rings of points, and roads by their name or number."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transport_sim.errors import PolicyError, did_you_mean
from transport_sim.network.footprint import Plane
from transport_sim.network.model import Network

BoolArray = npt.NDArray[np.bool_]
Shape = Any
"""A shapely geometry; shapely has no type stubs."""
BORDER_M = 20.0
"""A road whose middle lies this near to the border is the border and stays outside the area. [m]"""


def area_polygon(areas: pd.DataFrame, name: str) -> Shape:
    """Return the polygon of one area, in WGS 84.

    Parameters
    ----------
    areas
        Columns `area`, `sequence`, `lon` and `lat`; the points of an area in the order of `sequence`, either way round.
    name
        Name of the area.

    Raises
    ------
    PolicyError
        If there is no such area, or its points make no simple polygon.
    """
    points = areas[areas["area"] == name].sort_values("sequence")
    if points.empty:
        raise PolicyError(f"no area {name!r}{did_you_mean(name, set(areas['area']))}")
    if len(points) < 3:
        raise PolicyError(f"area {name!r} has {len(points)} points; a polygon needs at least 3")
    polygon = shapely.Polygon(points[["lon", "lat"]].to_numpy(float))
    if not polygon.is_valid or polygon.area == 0:
        raise PolicyError(f"area {name!r} is no simple polygon: {shapely.is_valid_reason(polygon)}")
    return polygon


def links_inside(network: Network, polygon: Shape) -> BoolArray:
    """Tell for each row of `network.links` whether its middle lies in a polygon, off the border.

    A road that is the border of the area is not inside, so a ring road stays open for going round.
    """
    from transport_sim.network.export import link_lines  # noqa: PLC0415 - networkx takes a while to import

    plane = Plane(polygon.centroid.x, polygon.centroid.y)
    inner = shapely.transform(polygon, plane.to_m).buffer(-BORDER_M)
    middle = shapely.line_interpolate_point(link_lines(network), 0.5, normalized=True)
    xy = plane.to_m(shapely.get_coordinates(middle))
    return np.asarray(shapely.contains_xy(inner, xy[:, 0], xy[:, 1]), dtype=bool)


def links_of_road(network: Network, name: str) -> BoolArray:
    """Tell for each row of `network.links` whether it belongs to a road of this name or number.

    Raises
    ------
    PolicyError
        If no road is called so.
    """
    if not name.strip():
        raise PolicyError("a road's name must not be empty: that would be every road without a name")
    links = network.links
    road = links["mode"].eq("road").to_numpy()
    refs = links["ref"]
    lists = {text for text in refs.unique() if name in text.split(";")}
    found = road & (links["name"].eq(name) | refs.isin(lists)).to_numpy(bool)
    if not found.any():
        known = (set(links.loc[road, "name"]) | set(refs[road])) - {""}
        hint = did_you_mean(name, known)
        raise PolicyError(f"no road {name!r}{hint if hint.startswith('; did') else ''}")
    return np.asarray(found, dtype=bool)

"""Distances on the globe."""

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.009
"""Mean radius, the value that osmnx uses. [km]"""


def great_circle_km(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return the great-circle distance between points, broadcast against each other.

    Parameters
    ----------
    lon, lat, other_lon, other_lat
        WGS 84 coordinates. [degree]

    Returns
    -------
    Haversine distance on the mean sphere. [km]
    """
    x1, y1, x2, y2 = (np.radians(np.asarray(value, dtype=np.float64)) for value in (lon, lat, other_lon, other_lat))
    half = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))), dtype=np.float64)

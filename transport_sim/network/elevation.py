"""Slopes from a digital elevation model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from transport_sim.errors import NetworkError
from transport_sim.network.build import raster_heights
from transport_sim.network.model import Network

MAX_GRADIENT_RATIO = 0.3
"""The steepest slope that a link may have; steeper ones are errors of the elevation model. [-]"""


def with_gradients(network: Network, dem: Path) -> Network:
    """Return the network with the slope of every road and railway from an elevation model.

    Parameters
    ----------
    network
        Any network; slopes that its tags gave are replaced.
    dem
        GeoTIFF in WGS 84 with heights in metres; needs the extra `dem`.

    Returns
    -------
    Network
        `gradient_ratio` is the height between the ends of a link over its length: hills between the ends stay unseen,
        and over a bridge or through a tunnel the slope is left open. At most 0.3. Waterways are level.

    Raises
    ------
    NetworkError
        If the raster can't be read or doesn't cover any node.
    """
    links = network.links
    height_m = raster_heights(network.nodes, dem)
    if height_m.isna().all():
        raise NetworkError(f"{dem}: covers no node of the network")
    rise_m = links["to_node"].map(height_m).to_numpy(dtype=np.float64) - links["from_node"].map(height_m).to_numpy(
        dtype=np.float64
    )
    slope = pd.Series(np.abs(rise_m) / (links["length_km"].to_numpy() * 1000), index=links.index)
    on_ground = links["mode"].isin(["road", "rail"]) & ~links["bridge"] & ~links["tunnel"]
    changed = links.assign(gradient_ratio=slope.clip(upper=MAX_GRADIENT_RATIO).where(on_ground))
    provenance = network.provenance | {"elevation": f"DEM file {dem.name}"}
    return replace(network, links=changed, provenance=provenance)

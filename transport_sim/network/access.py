"""Which links are closed to a vehicle, by its class, weight, height and the time."""

import numpy as np
import numpy.typing as npt

from transport_sim.errors import NetworkError
from transport_sim.network.model import VEHICLE_CLASSES, Network

BoolArray = npt.NDArray[np.bool_]


def closed_links(
    network: Network,
    *,
    vehicle_class: str,
    gross_weight_t: float | None = None,
    height_m: float | None = None,
) -> BoolArray:
    """Return which links a vehicle may not use, one value per row of `network.links`.

    Parameters
    ----------
    network
        The network; `access_closed`, `max_weight_t` and `max_height_m` of its links are read.
    vehicle_class
        One of `VEHICLE_CLASSES`.
    gross_weight_t, height_m
        Of the vehicle as it drives; what isn't given isn't checked. [t], [m]

    Raises
    ------
    NetworkError
        If the vehicle class is unknown.
    """
    if vehicle_class not in VEHICLE_CLASSES:
        raise NetworkError(f"no vehicle class '{vehicle_class}'; the classes are {', '.join(VEHICLE_CLASSES)}")
    links = network.links
    lists = links["access_closed"]
    concerned = [text for text in lists.unique() if vehicle_class in text.split(";")]
    closed: BoolArray = lists.isin(concerned).to_numpy(dtype=bool)
    for column, value in (("max_weight_t", gross_weight_t), ("max_height_m", height_m)):
        if value is not None:
            closed = closed | (links[column].to_numpy(dtype=np.float64) < value)
    return closed

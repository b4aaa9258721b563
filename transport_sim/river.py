"""Vessels on the map's rivers: how fast they sail, how much they carry, how long a lock takes them. Arrays only."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.energy.sailing import vessel_dimensions
from transport_sim.hydrology import MONTHS, monthly_depth_m
from transport_sim.inputs import Inputs
from transport_sim.network.model import Network
from transport_sim.network.routing import Paths
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.freight import NAVIGATION_CLASSES
from transport_sim.units import KMH_PER_M_PER_S, MINUTES_PER_HOUR

if TYPE_CHECKING:
    from transport_sim.choice.chains import Skims

LEAST_LOAD_SHARE = 0.05
"""A vessel that shallow water leaves with less of its payload does not sail; choice sees it at this share. [-]"""
LEAST_ADVANCE_SHARE = 0.1
"""Against the strongest current a vessel still makes this share of its speed through the water. [-]"""


class Fit(NamedTuple):
    """Depths between which the payload of a class grows from nothing to all, in the order of `NAVIGATION_CLASSES`."""

    full_t: FloatArray
    empty_m: FloatArray
    """Depth that an empty vessel needs. [m]"""
    full_m: FloatArray
    """Depth that a full vessel needs. [m]"""


class Dimensions(NamedTuple):
    """The typical vessel of a class; zeros where the table `vessel_types` has none."""

    length_m: float
    beam_m: float


def water_speed_kmh(inputs: Inputs) -> float:
    """Return the speed of vessels through the water: the mean of the stated speeds over ground. [km/h].

    The parameters `vessel_upstream_kmh` and `vessel_downstream_kmh` are those of a river with their difference as
    current; on a link it is the link's own current that counts.
    """
    p = inputs.parameters
    return (p.vessel_upstream_kmh + p.vessel_downstream_kmh) / 2.0


def ground_speed_kmh(inputs: Inputs, links: pd.DataFrame, current_ratio: npt.ArrayLike = 1.0) -> FloatArray:
    """Return the speed of vessels over ground on each link: through the water, plus or minus its current.

    Parameters
    ----------
    inputs
        Parameters.
    links
        Table of links; `current_ms` is positive with the river, none where it is unknown.
    current_ratio
        Current over that of mean water, broadcast against the links. [-]

    Returns
    -------
    Of the broadcast shape. [km/h]
    """
    still = water_speed_kmh(inputs)
    current = links["current_ms"].fillna(0.0).to_numpy(float) * KMH_PER_M_PER_S * np.asarray(current_ratio)
    return np.asarray(np.maximum(still + current, LEAST_ADVANCE_SHARE * still))


def locks_at_work(inputs: Inputs) -> pd.DataFrame:
    """Return the rows of `lock_operations` that hold in the simulated year, by lock."""
    table = inputs.operations["lock_operations"]
    now = (table["from_year"] <= inputs.year) & (table["to_year"] >= inputs.year)
    return table[now].set_index("lock")


def lock_passages_h(inputs: Inputs, network: Network) -> "pd.Series[float]":
    """Return the time of a single passage of each lock and each place under works, by node. [h].

    A lock: manoeuvres and filling or emptying. Works: what the table `lock_operations` states for the year.
    """
    cycle_min = network.nodes["lock_cycle_min"].dropna()
    found = (inputs.parameters.lock_manoeuvre_min + cycle_min) / MINUTES_PER_HOUR
    works = locks_at_work(inputs)["passage_min"].dropna()
    works = works[works.index.isin(list(network.nodes_by_name))]
    passages = pd.Series(
        works.to_numpy() / MINUTES_PER_HOUR, index=[network.nodes_by_name[name] for name in works.index], dtype=float
    )
    joined: pd.Series[float] = pd.concat([found[~found.index.isin(passages.index)], passages])
    return joined


def lock_sills_m(network: Network) -> FloatArray:
    """Return the depth over the sill of the lock at the end of each link, infinite where there is none. [m]."""
    sills = network.nodes["lock_depth_m"].where(network.nodes["lock_cycle_min"].notna())
    return network.links["to_node"].map(sills.dropna()).fillna(np.inf).to_numpy(float)


def vessel_sizes(inputs: Inputs) -> dict[str, Dimensions]:
    """Return the typical vessel of each navigation class."""
    types = inputs.operations["vessel_types"].set_index("navigation_class")
    found = dict.fromkeys(NAVIGATION_CLASSES, Dimensions(0.0, 0.0))
    for name, row in types.iterrows():
        size = vessel_dimensions(inputs.factors, str(row["hull"]))
        found[str(name)] = Dimensions(size.length_m, size.beam_m)
    return found


def vessel_fit(inputs: Inputs) -> Fit:
    """Return between which depths each class's vessel loads nothing and everything.

    With a row of `vessel_types`: draught empty and loaded plus the clearance under the keel; between them the load is
    linear in the draught. Without one: from no water to the design depth of the class.
    """
    fleet = inputs.vessel_fleet.set_index("navigation_class").loc[list(NAVIGATION_CLASSES)]
    types = inputs.operations["vessel_types"].set_index("navigation_class")
    empty, full = np.zeros(len(fleet)), fleet["design_depth_m"].to_numpy(float).copy()
    for name, row in types.iterrows():
        at, size = NAVIGATION_CLASSES.index(str(name)), vessel_dimensions(inputs.factors, str(row["hull"]))
        empty[at], full[at] = size.empty_draught_m + row["under_keel_m"], size.draught_m + row["under_keel_m"]
    return Fit(fleet["payload_capacity_t"].to_numpy(float), empty, full)


def payload_share(fit: Fit, water_class: IntArray, depth_m: npt.ArrayLike) -> FloatArray:
    """Return the share of its payload with which a vessel floats over a depth, 0 to 1. [-].

    Parameters
    ----------
    fit
        From `vessel_fit`.
    water_class
        Position in `NAVIGATION_CLASSES`.
    depth_m
        Least depth of the way, broadcast against the classes; infinite where nothing is known. [m]
    """
    empty, full = fit.empty_m[water_class], fit.full_m[water_class]
    return np.asarray(np.clip((np.minimum(depth_m, full) - empty) / (full - empty), 0.0, 1.0))


def extreme_along(paths: Paths, per_link: npt.ArrayLike, pick: np.ufunc, empty: float) -> FloatArray:
    """Pick the largest (`np.maximum`) or smallest (`np.minimum`) link value along each path, shape (places, places)."""
    incidence = paths.incidence
    found = np.full(paths.cost.size, empty)
    used = np.diff(incidence.indptr) > 0
    found[used] = pick.reduceat(np.asarray(per_link)[incidence.indices], incidence.indptr[:-1][used])
    return found.reshape(paths.cost.shape)


def poorest_class(paths: Paths, links: pd.DataFrame) -> IntArray:
    """Return the position in `NAVIGATION_CLASSES` of the poorest reach of each path. [-]."""
    position = links["navigation_class"].map({c: i for i, c in enumerate(NAVIGATION_CLASSES)}).fillna(0.0)
    return extreme_along(paths, position.to_numpy(float), np.maximum, 0.0).astype(np.int64)


def mean_payload_t(inputs: Inputs, network: Network, paths: Paths, water_class: IntArray) -> FloatArray:
    """Return what a vessel carries at mean water over each path: the shallowest reach or sill decides. [t]."""
    depth_m = np.minimum(network.links["depth_mean_m"].fillna(np.inf).to_numpy(float), lock_sills_m(network))
    return _payload_t(vessel_fit(inputs), water_class, extreme_along(paths, depth_m, np.minimum, np.inf))


def monthly_payload_t(inputs: Inputs, skims: "Skims", month: int) -> FloatArray:
    """Return what a vessel carries between ports in a month.

    Parameters
    ----------
    inputs
        With the table of operations `hydrology`; without it every month has mean water.
    skims
        The year's paths between ports and the poorest class of each.
    month
        1 to 12.

    Returns
    -------
    Shape (ports, ports), at least `LEAST_LOAD_SHARE` of the class's payload. [t]
    """
    found: FloatArray = monthly_payloads_t(inputs, skims)[month - 1]
    return found


def monthly_payloads_t(inputs: Inputs, skims: "Skims") -> FloatArray:
    """Return `monthly_payload_t` of all months, shape (12, ports, ports). [t]."""
    fit, network = vessel_fit(inputs), skims.network
    depth_m = np.minimum(monthly_depth_m(network, inputs.operations["hydrology"]), lock_sills_m(network))
    least = (extreme_along(skims.water, depth_m[m], np.minimum, np.inf) for m in range(MONTHS))
    return np.stack([_payload_t(fit, skims.water_class, depth) for depth in least])


def _payload_t(fit: Fit, water_class: IntArray, depth_m: FloatArray) -> FloatArray:
    share = np.maximum(payload_share(fit, water_class, depth_m), LEAST_LOAD_SHARE)
    return np.asarray(fit.full_t[water_class] * share)

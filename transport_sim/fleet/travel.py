"""Ways between the places of fleets: how long they take at each hour, how far they are, how much charge they need."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transport_sim.energy.electric import MILD_TEMPERATURE_C, electric_energy_kwh_per_km
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.network.footprint import Plane
from transport_sim.network.model import FloatArray, IntArray, Network
from transport_sim.network.router import Router, Routes
from transport_sim.traffic.simulated_day import SimulatedDay
from transport_sim.traffic.supply import link_supply
from transport_sim.units import SECONDS_PER_HOUR

HOURS = 24
"""Hours of departure that are told apart."""
SPEED_STEP_KMH = 1.0
"""Energy is looked up at speeds so far apart, and gradients `GRADIENT_STEP`, with straight lines between speeds."""
GRADIENT_STEP = 0.005
STEEPEST = 0.06
ORIGINS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Travel:
    """Times, distances and charge between n places, by hour of departure."""

    node_ids: IntArray
    """Ascending, shape (n,)."""
    time_s: FloatArray
    """Shape (24, n, n), origin by destination; 0 from a place to itself, infinite where no way leads. [s]"""
    distance_km: FloatArray
    """Shape (n, n). [km]"""
    energy: dict[str, FloatArray] = field(default_factory=dict)
    """For each fleet that charges: energy at the battery, shape (24, n, n). [kWh]"""

    def energy_kwh(self, fleet: str) -> FloatArray:
        """Return the energy at the battery of a fleet's vehicles, shape (24, n, n).

        Raises
        ------
        DataError
            If the table of electric vehicles has no row for the fleet.
        """
        if fleet not in self.energy:
            known = ", ".join(sorted(self.energy)) or "none"
            raise DataError(
                f"electric_vehicles: no row for the fleet {fleet!r}, which has electric vehicles; known: {known}"
            )
        return self.energy[fleet]

    def position(self, node_ids: npt.ArrayLike) -> IntArray:
        """Return the place of nodes in the matrices; raise DataError for one that is none of the places."""
        wanted = np.asarray(node_ids, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.node_ids, wanted), len(self.node_ids) - 1)
        missing = np.atleast_1d(wanted)[np.atleast_1d(self.node_ids[found] != wanted)]
        if len(missing):
            raise DataError(f"{len(missing)} nodes are none of the places of fleets, first: {missing[0]}")
        return np.asarray(found, dtype=np.int64)


def roads(inputs: Inputs) -> Network:
    """Return the roads that fleets drive on in the simulated year: the streets where there are any."""
    network = inputs.traffic.network if inputs.traffic is not None else inputs.network
    return network.at_year(inputs.year)


def nearest_nodes(network: Network, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
    """Return the node of a road next to each place, as the crow flies.

    Nodes that cars can both reach and leave count; among equally near ones the smallest id.

    Parameters
    ----------
    network
        As `roads` returns it.
    lon, lat
        Places, shape (k,). [degrees]
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - takes a quarter of a second

    links = network.links[network.links["mode"] == "road"]
    ids = np.intersect1d(links["from_node"].to_numpy(np.int64), links["to_node"].to_numpy(np.int64))
    places = network.nodes.loc[ids, ["lon", "lat"]].to_numpy(dtype=np.float64)
    plane = Plane(float(np.median(places[:, 0])), float(np.median(places[:, 1])))
    wanted = np.column_stack([np.atleast_1d(lon), np.atleast_1d(lat)]).astype(np.float64)
    _, found = cKDTree(plane.to_m(places)).query(plane.to_m(wanted))
    return np.asarray(ids[found], dtype=np.int64)


def travel(inputs: Inputs, nodes: Iterable[int], *, day: SimulatedDay | None = None) -> Travel:
    """Find the ways between places.

    A way is the quickest at the mean link times of a day; its time and energy are the sums over its links at the hour
    of departure.

    Parameters
    ----------
    inputs
        Of the simulated year; every row of the table `electric_vehicles` with a road class gets its energy.
    nodes
        Ids of road nodes, any order, repetitions allowed.
    day
        The simulated day of road traffic; without it links have their free speed times that of the table `hour_speeds`.

    Raises
    ------
    NetworkError
        If a node is not on the roads.
    """
    network = roads(inputs)
    node_ids = np.unique(np.fromiter(nodes, dtype=np.int64))
    link_time_s = link_times_s(inputs, network, day)
    router = Router(network, modes=("road",))
    weight = np.where(np.isnan(link_time_s[0]), np.inf, link_time_s.mean(axis=0))
    length_km = network.links["length_km"].to_numpy(dtype=np.float64)
    needs = {row.fleet: _link_kwh(inputs, network, link_time_s, row) for row in _road_vehicles(inputs)}
    count = len(node_ids)
    shape = HOURS, count, count
    time_s, distance_km = np.empty(shape), np.empty(shape[1:])
    energy = {fleet: np.empty(shape) for fleet in needs}
    for first, last in pairwise([*range(0, count, ORIGINS_AT_ONCE), count]):
        block = slice(first, last)
        origins = np.repeat(node_ids[block], count)
        routes = router.paths(origins, np.tile(node_ids, last - first), weight)
        none = ~np.isfinite(routes.cost)
        distance_km[block] = np.where(none, np.inf, _along(routes, length_km)).reshape(-1, count)
        for hour in range(HOURS):
            time_s[hour, block] = np.where(none, np.inf, _along(routes, link_time_s[hour])).reshape(-1, count)
            for fleet, kwh in needs.items():
                energy[fleet][hour, block] = np.where(none, np.inf, _along(routes, kwh[hour])).reshape(-1, count)
    return Travel(node_ids, time_s, distance_km, energy)


def _along(routes: Routes, value: FloatArray) -> FloatArray:
    """Add up a value of the links along each path."""
    total = np.concatenate([[0.0], np.cumsum(value[routes.links])])
    return np.asarray(total[routes.pointers[1:]] - total[routes.pointers[:-1]])


def link_times_s(inputs: Inputs, network: Network, day: SimulatedDay | None) -> FloatArray:
    """Return the time on each link by hour, shape (24, rows of `network.links`); NaN off the roads. [s]."""
    links = network.links
    road = (links["mode"] == "road").to_numpy()
    free_s = np.where(
        road,
        links["length_km"].to_numpy(np.float64) / links["free_speed_kmh"].to_numpy(np.float64) * SECONDS_PER_HOUR,
        np.nan,
    )
    if day is None:
        ratio = np.ones(HOURS)
        table = inputs.operations["hour_speeds"]
        ratio[table["hour"].to_numpy(np.int64)] = table["speed_ratio"].to_numpy(np.float64)
        return np.asarray(free_s / ratio[:, None])
    times = np.tile(free_s, (HOURS, 1))
    supply = link_supply(network, inputs.factors)
    bins = round(SECONDS_PER_HOUR / day.result.bin_s)
    count, spent = (_by_hour(day.result.flow_count, bins), _by_hour(day.result.time_s, bins))
    found = np.divide(spent, count, out=np.full_like(spent, np.nan), where=count > 0.0)
    driven = ~np.isnan(found)
    rows = np.broadcast_to(supply.rows, found.shape)
    hours = np.broadcast_to(np.arange(HOURS)[:, None], found.shape)
    times[hours[driven], rows[driven]] = np.maximum(found[driven], times[hours[driven], rows[driven]])
    return times


def _by_hour(cells: npt.NDArray[np.generic], bins: int) -> FloatArray:
    """Add up cells of (kinds, links, bins) to hours of the day, shape (24, links)."""
    sums = cells.sum(axis=0, dtype=np.float64)[:, : HOURS * bins]
    return np.asarray(sums.reshape(len(sums), HOURS, bins).sum(axis=2).T)


class Vehicle(NamedTuple):
    """A type of electric road vehicle."""

    fleet: str
    vehicle_class: str
    load_ratio: float


def _road_vehicles(inputs: Inputs) -> list[Vehicle]:
    rows = inputs.operations["electric_vehicles"][list(Vehicle._fields)].itertuples(index=False, name=None)
    return [Vehicle(*row) for row in rows if row[1]]


def _link_kwh(inputs: Inputs, network: Network, link_time_s: FloatArray, row: Vehicle) -> FloatArray:
    """Return the energy at the battery for each link by hour, shape (24, links); no way has a lasting slope."""
    temperature_c = MILD_TEMPERATURE_C if inputs.fleets is None else inputs.fleets.temperature_c
    length_km = network.links["length_km"].to_numpy(np.float64)
    slope = network.links["gradient_ratio"].to_numpy(np.float64, na_value=0.0)
    speeds = np.arange(SPEED_STEP_KMH, MAX_SPEED_KMH + SPEED_STEP_KMH, SPEED_STEP_KMH)
    slopes = np.arange(0.0, STEEPEST + GRADIENT_STEP / 2, GRADIENT_STEP)
    both = [
        electric_energy_kwh_per_km(
            inputs.factors,
            vehicle_class=row.vehicle_class,
            speed_kmh=speeds,
            load_ratio=row.load_ratio,
            gradient_ratio=sign * slopes[:, None],
            temperature_c=temperature_c,
        )
        for sign in (1.0, -1.0)
    ]
    rate = 0.5 * (both[0] + both[1])
    level = np.minimum(np.rint(slope / GRADIENT_STEP), len(slopes) - 1).astype(np.int64)
    speed = np.clip(length_km / link_time_s * SECONDS_PER_HOUR, speeds[0], speeds[-1])
    kwh = np.zeros_like(link_time_s)
    for number in np.unique(level):
        mine = level == number
        kwh[:, mine] = np.interp(speed[:, mine], speeds, rate[number]) * length_km[mine]
    return np.where(np.isnan(link_time_s), 0.0, kwh)

"""Zones of road traffic: the streets of the core cut into cells, towns and gateways as single places.

A core zone of the data folder is spread over the ends of its streets: inhabitants by the length of residential streets,
places of work, shops and services by the length of collectors and arterials. Both are stand-ins for land use.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.demand.traffic_rates import traffic_of
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.network.connectivity import components
from transport_sim.network.footprint import Plane
from transport_sim.network.model import Network
from transport_sim.network.router import Router
from transport_sim.randomness import FloatArray, IntArray, text_id

HOME_STREETS = ("residential", "living_street", "unclassified")
"""Link classes along which people live, and where their ways begin and end."""
BUSY_STREETS = ("tertiary", "secondary", "primary")
"""Link classes along which work, shops and services lie."""
MAX_ACCESS_NODES = 5
"""Nodes of a zone at which trips begin and end; more would multiply the paths to be found. Assumption. [-]"""
MIN_CELL_NODES = 6
"""A cell with fewer street nodes belongs to the nearest other one. Assumption. [-]"""
LONGEST_STREET_KM = 1.0
"""What a longer link counts for: it leads out of town. Assumption. [km]"""
UNREACHABLE_KM = 1e6


@dataclass(frozen=True, eq=False)
class TrafficZones:
    """Zones as a table and their access nodes; positions are rows of the table."""

    frame: pd.DataFrame
    """Columns zone, region (zone of the data folder), area (core, county, gateway), population_persons,
    attraction_persons (inhabitants that would attract as many trips) and vehicle_trips_per_day (gateways)."""
    access_nodes: IntArray
    """Node ids, shape (zones, MAX_ACCESS_NODES); unused places repeat the first."""
    access_share: FloatArray
    """Share of the zone's trips at each access node, same shape. [-]"""
    distance_km: FloatArray
    """Mean shortest way between the access nodes, within a zone on the diagonal, shape (zones, zones). [km]"""

    @property
    def zone_id(self) -> IntArray:
        """Identity of each zone for addressed draws."""
        return np.array([text_id(f"traffic_zone:{name}") for name in self.frame["zone"]], dtype=np.int64)

    def in_area(self, *areas: str) -> FloatArray:
        """Return 1 for zones of these areas and 0 for the others. [-]."""
        return np.asarray(self.frame["area"].isin(areas), dtype=np.float64)


def traffic_zones(inputs: Inputs) -> TrafficZones:
    """Derive the zones of road traffic from the tables and the streets of the simulated year.

    Inhabitants are those of the data folder's zones; the cells of a core zone add up to it.

    Raises
    ------
    DataError
        If a core zone has no streets.
    """
    traffic = traffic_of(inputs)
    network = traffic.network.at_year(inputs.year)
    stated = traffic.zones.merge(
        inputs.zones[["zone", "county", "road_node", "population_thousand"]], on="zone", validate="one_to_one"
    )
    nodes = street_nodes(network, stated[stated["kind"] == "core"])
    rows: list[dict[str, object]] = []
    access: list[tuple[IntArray, FloatArray]] = []
    for row in stated.to_dict("records"):
        people = 1000.0 * row["population_thousand"] if row["kind"] != "gateway" else 0.0
        base = {"region": row["zone"], "area": row["kind"], "vehicle_trips_per_day": row["vehicle_trips_per_day"]}
        if row["kind"] != "core":
            whole = {"zone": row["zone"], "population_persons": people, "attraction_persons": people}
            rows.append(base | whole)
            access.append((np.array([network.node_by_ref(row["road_node"])]), np.ones(1)))
            continue
        own = nodes[nodes["region"] == row["zone"]]
        if not (own["home_km"] > 0).any():
            raise DataError(f"traffic/zones.csv: core zone {row['zone']!r} has no residential street within its radius")
        for cell, members in own.groupby("cell", sort=True):
            part = {"zone": str(cell), "population_persons": people * members["home_km"].sum() / own["home_km"].sum()}
            part["attraction_persons"] = people * members["busy_km"].sum() / own["busy_km"].sum()
            rows.append(base | part)
            access.append(_access(members[members["home_km"] > 0]))
    frame = pd.DataFrame(rows).fillna({"vehicle_trips_per_day": 0.0})
    places, shares = (np.stack([_padded(a[i], i == 0) for a in access]) for i in (0, 1))
    inner = stated.set_index("zone")["inner_distance_km"].reindex(frame["region"]).to_numpy(float)
    distance = _distance_km(network, places.astype(np.int64), shares, inner)
    return TrafficZones(frame, places.astype(np.int64), shares, distance)


def street_nodes(network: Network, core: pd.DataFrame) -> pd.DataFrame:
    """Return the street nodes of the core zones, with their cell and the length of the streets that meet there.

    Parameters
    ----------
    network
        The network of the simulated year.
    core
        Core zones with columns zone, county, road_node, cell_km and radius_km.

    Returns
    -------
    Index `node_id`; columns x_m, y_m, region, cell, home_km and busy_km. A node belongs to the core zone of the nearest
    node whose county is that of one, or which is its `road_node`, if that `road_node` lies within the radius.
    """
    roads = network.mode_links("road")
    roads = roads[~roads["access_closed"].str.split(";").map(lambda closed: "car" in closed)]
    joined = components(roads, "strong")
    if core.empty or not joined:
        return pd.DataFrame(columns=["x_m", "y_m", "region", "cell", "home_km", "busy_km"])
    length = {
        column: _length_at_nodes(roads[roads["link_class"].isin(classes)])
        for column, classes in (("home_km", HOME_STREETS), ("busy_km", BUSY_STREETS))
    }
    found = pd.DataFrame(length).fillna(0.0)
    found = found[found.index.isin(joined[0])].sort_index()
    seats = network.nodes.loc[[network.node_by_ref(ref) for ref in core["road_node"]], ["lon", "lat"]].to_numpy(float)
    plane = Plane(float(seats[0, 0]), float(seats[0, 1]))
    found[["x_m", "y_m"]] = plane.to_m(network.nodes.loc[found.index, ["lon", "lat"]].to_numpy(float))
    known = network.nodes[(network.nodes["mode"] == "road") & network.nodes["county"].isin(core["county"])]
    anchors = np.vstack([seats, known[["lon", "lat"]].to_numpy(float)])
    of_county = {county: i for i, county in reversed(list(enumerate(core["county"])))}
    owner = np.concatenate([np.arange(len(core)), known["county"].map(of_county).to_numpy(np.int64)])
    xy = found[["x_m", "y_m"]].to_numpy(float)
    region = owner[_nearest(xy, plane.to_m(anchors))]
    away = np.hypot(*(xy - plane.to_m(seats)[region]).T)
    found["region"] = core["zone"].to_numpy()[region]
    cell_m = 1000.0 * core["cell_km"].to_numpy(float)[region]
    east, north = (np.floor(xy[:, axis] / cell_m).astype(int) for axis in (0, 1))
    found["cell"] = [f"{zone}_{x:+d}{y:+d}" for zone, x, y in zip(found["region"], east, north, strict=True)]
    found = found[away <= 1000.0 * core["radius_km"].to_numpy(float)[region]]
    return _without_small_cells(found)


def _length_at_nodes(links: pd.DataFrame) -> "pd.Series[float]":
    """Return half the length of the links that begin or end at each node. [km]."""
    length = links["length_km"].clip(upper=LONGEST_STREET_KM).to_numpy(float)
    ends = pd.Series(np.tile(length / 2.0, 2), index=np.concatenate([links["from_node"], links["to_node"]]))
    halves: pd.Series[float] = ends.groupby(level=0).sum()
    return halves


def _nearest(xy: FloatArray, others: FloatArray) -> IntArray:
    from scipy.spatial import KDTree  # noqa: PLC0415 - takes a while to import

    _, found = KDTree(others).query(xy)
    return np.asarray(found, dtype=np.int64)


def _without_small_cells(nodes: pd.DataFrame) -> pd.DataFrame:
    """Give the nodes of cells with few residential street ends to the nearest larger cell of the region."""
    nodes, homes = nodes.copy(), nodes[nodes["home_km"] > 0]
    for region, own in nodes.groupby("region"):
        counts = homes[homes["region"] == region]["cell"].value_counts()
        large = counts.index[counts >= min(MIN_CELL_NODES, counts.max() if len(counts) else 0)]
        if large.empty:
            continue
        middles = homes[homes["cell"].isin(large)].groupby("cell")[["x_m", "y_m"]].mean()
        lost = own.index[~own["cell"].isin(large)]
        where = _nearest(nodes.loc[lost, ["x_m", "y_m"]].to_numpy(float), middles.to_numpy(float))
        nodes.loc[lost, "cell"] = middles.index[where]
    return nodes


def _access(nodes: pd.DataFrame) -> tuple[IntArray, FloatArray]:
    """Choose access nodes far from each other, the busiest first; each stands for the streets nearest to it."""
    xy, weight = nodes[["x_m", "y_m"]].to_numpy(float), nodes["home_km"].to_numpy(float)
    chosen = [int(weight.argmax())]
    away = np.hypot(*(xy - xy[chosen[0]]).T)
    while len(chosen) < min(MAX_ACCESS_NODES, len(xy)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.hypot(*(xy - xy[chosen[-1]]).T))
    share = np.bincount(_nearest(xy, xy[chosen]), weight, len(chosen))
    return nodes.index.to_numpy(np.int64)[chosen], share / share.sum()


def _padded(values: IntArray | FloatArray, repeat: bool) -> FloatArray:  # noqa: FBT001 - one caller
    fill = values[0] if repeat else 0
    return np.concatenate([values, np.full(MAX_ACCESS_NODES - len(values), fill)])


def _distance_km(network: Network, places: IntArray, shares: FloatArray, inner_km: FloatArray) -> FloatArray:
    found = mean_ways(network, places, shares, network.links["length_km"].to_numpy(float))
    stated = ~np.isnan(inner_km)
    found[stated, stated] = inner_km[stated]
    return found


def mean_ways(network: Network, places: IntArray, shares: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the mean over the access nodes of zones of the cheapest way by car between them.

    Parameters
    ----------
    network
        The network of the simulated year.
    places, shares
        Access nodes of the zones and the share of the trips at each, shape (zones, nodes).
    weight
        Of each row of `Network.links`. [any unit]

    Returns
    -------
    Shape (zones, zones); a way that does not exist counts `UNREACHABLE_KM`. [that unit]
    """
    ids, position = np.unique(places, return_inverse=True)
    router = Router(network, modes=("road",), vehicle_class="car")
    ways = np.minimum(router.skim(ids, ids, np.where(router.mask(), np.inf, weight)), UNREACHABLE_KM)
    spread = np.zeros((len(places), len(ids)))
    np.add.at(spread, (np.arange(len(places))[:, None], position.reshape(places.shape)), shares)
    return np.asarray(spread @ ways @ spread.T)

"""Places where chargers could stand: what the map and the tables name, and which of them the rules leave.

Every place stays in the table, with the reason why it is in or out, so that an engineer can question each of them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transport_sim.errors import SitingError
from transport_sim.inputs import Inputs
from transport_sim.network.connectivity import components
from transport_sim.network.facilities import nearest
from transport_sim.network.model import Network
from transport_sim.network.router import Router
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.siting.corridors import OUTSIDE, open_time_h
from transport_sim.siting.filters import EXISTING, Rules, judge, river_km
from transport_sim.tables.siting import FLEETS_OF_GROUP

KIND_OF_FACILITY = {
    "rail_station": "transport_hub",
    "bus_station": "bus_depot",
    "bus_depot": "bus_depot",
    "marketplace": "market",
    "logistics": "logistics_park",
    "rail_yard": "logistics_park",
    "service_area": "service_area",
    "truck_parking": "logistics_park",
    "parking": "parking",
    "fuel": "fuel",
    "charging_station": "charging_station",
}
"""What a facility of the map is for siting; ports, locks and ferries are none."""
KIND_OF_NODE = {"airport": "transport_hub", "town": "town_centre", "county_seat": "town_centre"}
"""What a node of the roads is for siting: town centres in the countryside."""
INSIDE_KM = 10.0
"""A place farther than this from every node with a county lies beyond the region. Assumption. [km]"""
FAST_KW = 30.0
"""Plugs weaker than this are for those who park for hours, and serve nobody here. Assumption. [kW]"""
HEADROOM_KM = 2.0
"""A transformer farther than this tells nothing about a place. Assumption. [km]"""
MINUTES_PER_HOUR = 60.0
PLACE_COLUMNS = ["kind", "name", "lon", "lat", "footprint_m2", "grid_km", "headroom_kw", "slope_ratio", "river_km"]


def candidates(inputs: Inputs, demand_nodes: IntArray) -> pd.DataFrame:
    """List all places with what is known about each, and judge them by the rules.

    Parameters
    ----------
    inputs
        Tables and network of the simulated year, with road traffic.
    demand_nodes
        Nodes where demand arises, by which a place out of reach is told.

    Returns
    -------
    Index `place`; columns kind, name, lon, lat, users, node_id, road_km, footprint_m2, grid_km, headroom_kw,
    slope_ratio, river_km, nearest_minutes, existing_plugs_count, existing_power_kw, and those of `filters.judge`.

    Raises
    ------
    SitingError
        If there is no place at all, or two rows stand at the same coordinates under the same kind.
    """
    network = _streets(inputs).at_year(inputs.year)
    found = pd.concat([_stations(inputs), _surveyed(inputs), _facilities(network), _nodes(network)], axis=0)
    if found.empty:
        raise SitingError(
            "no candidates: the map names no facility, town or station, and fleets/candidate_places.csv has no row"
        )
    found = _inside(found, network)
    _check_places(found)
    found["node_id"], found["road_km"] = _snapped(found, network)
    found["headroom_kw"] = _headroom(found, inputs.operations["grid_headroom"])
    found["slope_ratio"] = found["slope_ratio"].fillna(_slopes(found, network))
    found["river_km"] = found["river_km"].fillna(pd.Series(river_km(found, network), index=found.index))
    minutes = minutes_to(network, demand_nodes, found["node_id"].to_numpy(np.int64))
    found["nearest_minutes"] = minutes.min(axis=0) if len(minutes) else np.inf
    return judge(found, Rules.of(inputs.operations["siting_rules"]))


def minutes_to(network: Network, sources: IntArray, targets: IntArray) -> FloatArray:
    """Return the drive of a car from every source to every target on the empty network. [min].

    Parameters
    ----------
    network
        Network of the simulated year.
    sources, targets
        Node ids; repeated ones are searched once.

    Returns
    -------
    Sources by targets, infinite where no road leads.
    """
    router = Router(network, modes=("road",), vehicle_class="car")
    start, row = np.unique(np.asarray(sources, dtype=np.int64), return_inverse=True)
    end, column = np.unique(np.asarray(targets, dtype=np.int64), return_inverse=True)
    if not len(start) or not len(end):
        return np.zeros((len(row), len(column)))
    hours = router.skim(start, end, open_time_h(router))
    return np.asarray(hours[np.ix_(row, column)] * MINUTES_PER_HOUR)


def _streets(inputs: Inputs) -> Network:
    return inputs.network if inputs.traffic is None else inputs.traffic.network


def _rows(index: Sequence[str], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(columns, index=pd.Series(list(index), name="place", dtype=object))
    for column in PLACE_COLUMNS:
        if column not in frame:
            frame[column] = np.nan
    for column, nothing in (("users", ""), ("existing_plugs_count", 0), ("existing_power_kw", 0.0)):
        frame[column] = frame.get(column, nothing)
    return frame[[*PLACE_COLUMNS, "users", "existing_plugs_count", "existing_power_kw"]]


def _stations(inputs: Inputs) -> pd.DataFrame:
    """Return the stations of the simulated year at which some group may charge; those at one place count as one.

    Only fast plugs count; at a station without any, new ones need no new site.
    """
    table = inputs.operations["stations"]
    open_now = table["from_year"].le(inputs.year) & table["to_year"].ge(inputs.year) & table["kind"].eq("charging")
    usable = np.array([bool(groups_of(users)) for users in table["users"]], dtype=bool)
    own = table[open_now.to_numpy(bool) & usable].sort_values("station")
    if own.empty:
        return _rows([], kind=[], name=[], lon=[], lat=[])
    plugs = inputs.operations["plugs"]
    fast = plugs[plugs["power_kw"] >= FAST_KW]
    power_kw = (fast["plugs_count"] * fast["power_kw"]).groupby(fast["station"]).sum()
    own = own.assign(
        count=own["station"].map(fast.groupby("station")["plugs_count"].sum()).fillna(0).astype("int64"),
        power_kw=own["station"].map(power_kw).fillna(0.0),
        label=own["name"].where(own["name"] != "", own["station"]),
    )
    merged = own.groupby(["lon", "lat"], as_index=False, sort=True).agg(
        station=("station", "first"),
        label=("label", "first"),
        users=("users", lambda users: ";".join(dict.fromkeys(";".join(users).split(";")))),
        count=("count", "sum"),
        power_kw=("power_kw", "sum"),
    )
    merged = merged.sort_values("station")
    count = merged["count"].to_numpy(np.int64)
    return _rows(
        [f"station_{name}" for name in merged["station"]],
        kind=EXISTING,
        name=merged["label"].to_numpy(str),
        lon=merged["lon"].to_numpy(float),
        lat=merged["lat"].to_numpy(float),
        users=merged["users"].to_numpy(str),
        existing_plugs_count=count,
        existing_power_kw=merged["power_kw"].to_numpy(float) / np.maximum(count, 1),
    )


def groups_of(users: str) -> tuple[str, ...]:
    """Return the groups that may charge at a station with these users, fleets joined by `;` or all."""
    listed = set(users.split(";"))
    return tuple(group for group, fleets in FLEETS_OF_GROUP.items() if "all" in listed or listed & set(fleets))


def _surveyed(inputs: Inputs) -> pd.DataFrame:
    """Return the places of the data folder."""
    table = inputs.operations["candidate_places"].sort_values("place")
    known = {column: table[column].to_numpy() for column in PLACE_COLUMNS}
    return _rows(table["place"].tolist(), **known)


def _facilities(network: Network) -> pd.DataFrame:
    """Return the facilities of the map."""
    table = network.facilities[network.facilities["kind"].isin(KIND_OF_FACILITY)].sort_index()
    kind = table["kind"].map(KIND_OF_FACILITY)
    blank = table["name"] == ""
    return _rows(
        [f"osm_{name.replace('/', '_')}" for name in table["osm_id"]],
        kind=kind.to_numpy(str),
        name=np.where(blank, table["osm_id"], table["name"]),
        lon=table["lon"].to_numpy(float),
        lat=table["lat"].to_numpy(float),
    )


def _nodes(network: Network) -> pd.DataFrame:
    """Return the town centres and the airport among the nodes of the roads."""
    nodes = network.nodes
    table = nodes[(nodes["mode"] == "road") & nodes["kind"].isin(KIND_OF_NODE)].sort_index()
    return _rows(
        [f"node_{number}" for number in table.index],
        kind=table["kind"].map(KIND_OF_NODE).to_numpy(str),
        name=np.where(table["name"] == "", table["ref"], table["name"]),
        lon=table["lon"].to_numpy(float),
        lat=table["lat"].to_numpy(float),
    )


def _inside(found: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Drop places beyond the edge of the region: those whose nearest node with a county lies outside of it."""
    nodes = network.nodes[(network.nodes["mode"] == "road") & (network.nodes["county"] != "")].sort_index()
    if nodes.empty or not nodes["county"].str.startswith(OUTSIDE).any():
        return found
    position, _ = nearest(found, nodes["lon"].to_numpy(float), nodes["lat"].to_numpy(float), INSIDE_KM)
    county = nodes["county"].to_numpy(str)[position]
    return found[(position >= 0) & ~np.char.startswith(county, OUTSIDE)].copy()


def _check_places(found: pd.DataFrame) -> None:
    """Refuse two rows that mean one place: an error of the data that would count its demand twice."""
    twice = found[found.index.duplicated()]
    if len(twice):
        raise SitingError(f"{len(twice)} candidates share a name with another one, first: {twice.index[0]}")
    stated = found[~found.index.str.startswith(("osm_", "node_", "station_"))]
    same = stated[stated.duplicated(["lon", "lat"], keep=False)]
    if len(same):
        names = ", ".join(same["name"].tolist()[:5])
        raise SitingError(
            f"fleets/candidate_places.csv: duplicated places: {len(same)} rows share coordinates ({names}); "
            "keep one of each"
        )


def _snapped(found: pd.DataFrame, network: Network) -> tuple[IntArray, FloatArray]:
    """Return the nearest node from which a car reaches the whole network, and how far it is. [-], [km]."""
    roads = network.mode_links("road")
    roads = roads[~roads["access_closed"].str.split(";").map(lambda closed: "car" in closed)]
    joined = components(roads, "strong")
    if not joined:
        raise SitingError("no candidates: the network has no road that cars may drive on")
    ids = np.sort(joined[0])
    nodes = network.nodes.loc[ids]
    position, km = nearest(found, nodes["lon"].to_numpy(float), nodes["lat"].to_numpy(float), np.inf)
    return ids[position], km


def _headroom(found: pd.DataFrame, table: pd.DataFrame) -> FloatArray:
    """Return what the transformer at each place can give: as surveyed, else that of the nearest one in reach. [kW]."""
    stated = found["headroom_kw"].to_numpy(float)
    if table.empty:
        return stated
    position, _ = nearest(found, table["lon"].to_numpy(float), table["lat"].to_numpy(float), HEADROOM_KM)
    near = np.where(position >= 0, table["headroom_kw"].to_numpy(float)[position], np.nan)
    return np.where(np.isnan(stated), near, stated)


def _slopes(found: pd.DataFrame, network: Network) -> "pd.Series[float]":
    """Return the steepest road at the node of each place, NaN where the map has none."""
    links = network.links[network.links["mode"] == "road"]
    grade = links["gradient_max_ratio"].fillna(links["gradient_ratio"])
    steepest = pd.concat(
        [pd.Series(grade.to_numpy(float), index=links[end].to_numpy(np.int64)) for end in ("from_node", "to_node")]
    )
    of_node = steepest.groupby(level=0).max()
    return pd.Series(of_node.reindex(found["node_id"]).to_numpy(float), index=found.index)

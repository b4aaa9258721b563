"""Places that serve traffic: what tags make one, and the nearest node of the network."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from transport_sim.network.geometry import EARTH_RADIUS_KM, great_circle_km
from transport_sim.network.model import FACILITY_SCHEMA, FloatArray, IntArray, as_schema

FACILITY_COLUMNS = ["osm_type", "osm_number", "kind", "name", "name_en", "lon", "lat"]
SNAP_KM = {"rail": 0.5, "waterway": 1.0, "road": 1.0}
"""A facility farther than this from every node of its mode stays without a node. [km]"""
FACILITY_ID_OFFSET = {"node": 0, "way": 1, "relation": 10**15}
"""What is added to twice the number of an element; the number of a relation stays below it."""
MODE_OF_KIND = {
    **dict.fromkeys(("rail_station", "rail_halt", "rail_yard"), "rail"),
    **dict.fromkeys(("port", "ferry_terminal", "lock"), "waterway"),
    **dict.fromkeys(("bus_station", "bus_depot", "fuel", "charging_station", "marketplace", "logistics"), "road"),
    **dict.fromkeys(("service_area", "parking", "truck_parking"), "road"),
}
"""Mode whose network a kind of facility belongs to."""
NODE_KIND = {"rail_yard": "freight_yard", "rail_station": "station", "rail_halt": "halt", "port": "port"}
"""Kind that a node without one takes from the facility beside it, the weightiest first."""
NOT_RAILWAY = frozenset({"subway", "light_rail", "monorail", "funicular", "tram", "miniature"})
SIMPLE_KINDS = {
    ("amenity", "bus_station"): "bus_station",
    ("landuse", "depot"): "bus_depot",
    ("amenity", "bus_depot"): "bus_depot",
    ("amenity", "fuel"): "fuel",
    ("amenity", "charging_station"): "charging_station",
    ("amenity", "marketplace"): "marketplace",
    ("industrial", "logistics"): "logistics",
    ("industrial", "distributor"): "logistics",
    ("industrial", "warehouse"): "logistics",
    ("industrial", "depot"): "logistics",
    ("landuse", "logistics"): "logistics",
    ("industrial", "port"): "port",
    ("industrial", "container_terminal"): "port",
    ("landuse", "port"): "port",
    ("landuse", "harbour"): "port",
    ("harbour", "yes"): "port",
    ("seamark:type", "harbour"): "port",
    ("amenity", "ferry_terminal"): "ferry_terminal",
    ("highway", "services"): "service_area",
    ("highway", "rest_area"): "service_area",
    ("lock", "yes"): "lock",
    ("waterway", "lock_gate"): "lock",
    ("railway", "yard"): "rail_yard",
    ("railway", "halt"): "rail_halt",
}
_RANK = {kind: rank for rank, kind in enumerate(dict.fromkeys(SIMPLE_KINDS.values()))}
TRIGGER_KEYS = frozenset([*(key for key, _ in SIMPLE_KINDS), "railway"])
"""Keys without which nothing is a facility."""
FACILITY_VALUES = frozenset({*SIMPLE_KINDS, ("railway", "station"), ("amenity", "parking")})
"""Tags without one of which nothing is a facility."""
FACILITY_TAGS = frozenset([*TRIGGER_KEYS, "hgv", "station", "subway", "name", "name:en"])


def facility_kind(tags: Mapping[str, str]) -> str:
    """Return the kind of facility that an element with these tags is, empty if it is none."""
    if tags.get("railway") == "station":
        other = tags.get("station") in NOT_RAILWAY or tags.get("subway") == "yes"
        return "" if other else "rail_station"
    if tags.get("amenity") == "parking":
        return "truck_parking" if tags.get("hgv") in ("yes", "designated", "only") else "parking"
    found = [SIMPLE_KINDS[item] for item in tags.items() if item in SIMPLE_KINDS]
    return min(found, key=_RANK.__getitem__) if found else ""


def facility_row(osm_type: str, number: int, tags: Mapping[str, str], lon: float, lat: float) -> tuple[object, ...]:
    """Return one row of the table of facilities before snapping, in the order of `FACILITY_COLUMNS`."""
    return osm_type, number, facility_kind(tags), tags.get("name", ""), tags.get("name:en", ""), lon, lat


def stops(found: pd.DataFrame, mode: str, vertex_ids: IntArray, lon: FloatArray, lat: FloatArray) -> IntArray:
    """Return the vertices of a mode's ways that lie nearest to its facilities: they stay nodes of the network."""
    places = found[found["kind"].map(MODE_OF_KIND) == mode]
    position, _ = nearest(places, lon, lat, SNAP_KM[mode])
    return np.unique(vertex_ids[position[position >= 0]])


def snapped(found: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Return the table of facilities of a network: each with the nearest node of its mode, if one is near."""
    frame = found.drop_duplicates(["osm_type", "osm_number"]).copy()
    offset = frame["osm_type"].map(FACILITY_ID_OFFSET).astype("int64")
    frame["facility_id"] = frame["osm_number"].astype("int64") * 2 + offset
    frame["osm_id"] = frame["osm_type"] + "/" + frame["osm_number"].astype(str)
    frame["node_id"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    frame["snap_km"] = np.nan
    modes = frame["kind"].map(MODE_OF_KIND)
    for mode, limit_km in SNAP_KM.items():
        there = nodes[nodes["mode"] == mode].sort_index()
        rows = np.flatnonzero(modes == mode)
        position, distance_km = nearest(frame.iloc[rows], there["lon"].to_numpy(), there["lat"].to_numpy(), limit_km)
        hit = position >= 0
        labels = frame.index[rows[hit]]
        frame.loc[labels, "node_id"] = there.index.to_numpy(dtype=np.int64)[position[hit]]
        frame.loc[labels, "snap_km"] = distance_km[hit]
    return as_schema(frame.set_index("facility_id").sort_index(), FACILITY_SCHEMA)


def with_kinds(nodes: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Return the nodes with kind and name of the station, yard or port beside them, where they have no kind."""
    beside = facilities[facilities["kind"].isin(NODE_KIND) & facilities["node_id"].notna()].copy()
    beside["rank"] = beside["kind"].map({kind: rank for rank, kind in enumerate(NODE_KIND)})
    beside = beside.sort_values(["rank", "snap_km"], kind="stable").drop_duplicates("node_id")
    beside = beside.set_index(beside["node_id"].astype("int64"))
    beside = beside[nodes["kind"].reindex(beside.index).eq("").to_numpy()]
    nodes = nodes.copy()
    nodes.loc[beside.index, "kind"] = beside["kind"].map(NODE_KIND)
    for column in ("name", "name_en"):
        blank = beside.index[nodes.loc[beside.index, column].eq("").to_numpy()]
        nodes.loc[blank, column] = beside.loc[blank, column]
    return nodes


def nearest(places: pd.DataFrame, lon: FloatArray, lat: FloatArray, limit_km: float) -> tuple[IntArray, FloatArray]:
    """Return for each place the position of the nearest point and the distance; -1 beyond the limit. [-], [km]."""
    if places.empty or not len(lon):
        return np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan)
    x, y = places["lon"].to_numpy(dtype=float), places["lat"].to_numpy(dtype=float)
    _, position = cKDTree(_on_sphere(lon, lat)).query(_on_sphere(x, y))
    position = np.asarray(position, dtype=np.int64)
    distance_km = great_circle_km(x, y, lon[position], lat[position])
    return np.where(distance_km <= limit_km, position, -1), distance_km


def _on_sphere(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return points of the globe in three dimensions, where the straight line orders by distance. [km]."""
    x, y = np.radians(lon), np.radians(lat)
    return EARTH_RADIUS_KM * np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])

"""Turns that are not allowed: the map's turn restrictions on roads, and reversals of trains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.network.facilities import nearest
from transport_sim.network.model import TURN_SCHEMA, VEHICLE_CLASSES, FloatArray, as_schema, empty_table
from transport_sim.network.road_access import CLASS_KEYS
from transport_sim.network.tags import Unread

STATION_RADIUS_KM = 0.5
"""Trains may turn back at every node this near to a station or yard: platforms and throats lie around it. [km]"""
TURNING_KINDS = frozenset(
    {"station", "halt", "freight_yard", "marshalling_yard", "siding", "gateway", "industrial", "port", "wharf"}
)
"""Kinds of rail nodes where trains may turn back."""
SHARPEST_TURN_DEGREE = 90.0
"""A train that has to turn by more than this at a switch would have to stop and go back. [degree]"""
RESTRICTION_KEYS = (
    "restriction",
    *(f"restriction:{key}" for key in ("hgv", "bus", "psv", "goods", "motorcar", "taxi")),
)


@dataclass(frozen=True)
class Restriction:
    """One relation `type=restriction` as the map has it."""

    relation: int
    tags: dict[str, str]
    from_ways: tuple[int, ...]
    via_nodes: tuple[int, ...]
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


def turn_table(
    restrictions: Sequence[Restriction],
    links: pd.DataFrame,
    nodes: pd.DataFrame,
    stations: pd.DataFrame,
    unread: Unread,
) -> pd.DataFrame:
    """Return the turns of a network.

    Parameters
    ----------
    restrictions
        Relations of the map. Those via a way, with a condition, or whose ways don't meet at the node are left out
        and told to `unread`.
    links, nodes
        Tables of the network.
    stations
        Facilities of kind station, halt and yard.
    """
    road = _road_turns(restrictions, links[links["mode"] == "road"], unread)
    rail = _reversals(links[links["mode"] == "rail"], nodes, stations)
    turns = pd.concat([road, rail], ignore_index=True).drop_duplicates(["from_link", "via_node", "to_link", "kind"])
    if turns.empty:
        return empty_table(TURN_SCHEMA)
    turns = turns.sort_values(["via_node", "from_link", "to_link", "kind"], ignore_index=True)
    return as_schema(turns, TURN_SCHEMA)


def _road_turns(restrictions: Sequence[Restriction], links: pd.DataFrame, unread: Unread) -> pd.DataFrame:
    """Turn relations into pairs of links."""
    used = {way for r in restrictions for way in (*r.from_ways, *r.to_ways)}
    near = links[links["way_id"].isin(used)]
    arriving: dict[tuple[int, int], list[int]] = {}
    leaving: dict[tuple[int, int], list[int]] = {}
    for link, way, start, end in zip(near.index, near["way_id"], near["from_node"], near["to_node"], strict=True):
        arriving.setdefault((way, end), []).append(link)
        leaving.setdefault((way, start), []).append(link)
    known = set(links["way_id"])
    rows = []
    for restriction in restrictions:
        if not known.issuperset((*restriction.from_ways, *restriction.to_ways)):
            continue  # concerns a path for pedestrians, or what lies outside the area
        unread.start(1)
        kind, vehicles = _rule(restriction.tags, unread)
        if not kind:
            continue
        if len(restriction.via_nodes) != 1 or restriction.via_ways:
            unread("restriction", f"{restriction.tags.get('restriction', '')} via way")
            continue
        via = restriction.via_nodes[0]
        pairs = _pairs(restriction, arriving, leaving, via)
        if not pairs:
            unread("restriction", "ways that do not meet at the node")
        rows += [(start, via, end, kind, vehicles) for start, end in pairs]
    return pd.DataFrame(rows, columns=list(TURN_SCHEMA.columns))


def _rule(tags: Mapping[str, str], unread: Unread) -> tuple[str, str]:
    """Return kind and vehicle classes of a restriction; the kind is empty if it is not understood."""
    for key in RESTRICTION_KEYS:
        if key not in tags:
            continue
        kind = tags[key].partition("_")[0]
        if kind not in ("no", "only"):
            unread(key, tags[key])
            return "", ""
        subject = key.partition(":")[2]
        concerned = [name for name in VEHICLE_CLASSES if not subject or subject in CLASS_KEYS[name]]
        spared = {word.strip() for word in tags.get("except", "").split(";")} - {""}
        kept = [name for name in concerned if not spared & set(CLASS_KEYS[name])]
        if not kept:
            return "", ""
        return kind, "" if len(kept) == len(VEHICLE_CLASSES) else ";".join(kept)
    other = next((key for key in tags if key.startswith("restriction")), "restriction")
    unread(other, tags.get(other, ""))
    return "", ""


def _pairs(
    restriction: Restriction,
    arriving: Mapping[tuple[int, int], list[int]],
    leaving: Mapping[tuple[int, int], list[int]],
    via: int,
) -> list[tuple[int, int]]:
    """Return the links that a restriction joins; where a way passes through the node only a U-turn is clear."""
    pairs = []
    for start_way in restriction.from_ways:
        for end_way in restriction.to_ways:
            starts, ends = arriving.get((start_way, via), []), leaving.get((end_way, via), [])
            if start_way == end_way:
                # there and back over the same piece: the ids of the two directions differ in the last bit
                pairs += [(start, end) for start in starts for end in ends if start ^ 1 == end]
            elif len(starts) == 1 and len(ends) == 1:
                pairs.append((starts[0], ends[0]))
    return pairs


def _reversals(links: pd.DataFrame, nodes: pd.DataFrame, stations: pd.DataFrame) -> pd.DataFrame:
    """Forbid trains to go back the way they came, or into the other leg of a switch, away from stations."""
    rail = nodes[nodes["mode"] == "rail"]
    if rail.empty:
        return pd.DataFrame(columns=list(TURN_SCHEMA.columns))
    _, distance_km = nearest(rail, stations["lon"].to_numpy(), stations["lat"].to_numpy(), STATION_RADIUS_KM)
    free = rail["kind"].isin(TURNING_KINDS).to_numpy() | (distance_km <= STATION_RADIUS_KM)
    plain = rail.index[~free]
    start, end = _headings(links, nodes)
    table = pd.DataFrame(
        {
            "link": links.index,
            "from_node": links["from_node"].array,
            "to_node": links["to_node"].array,
            "s": start,
            "e": end,
        }
    )
    arriving = table[table["to_node"].isin(plain)][["link", "to_node", "e"]]
    leaving = table[table["from_node"].isin(plain)][["link", "from_node", "s"]]
    pairs = arriving.merge(leaving, left_on="to_node", right_on="from_node", suffixes=("_in", "_out"))
    turn = np.abs((pairs["s"] - pairs["e"] + 180.0) % 360.0 - 180.0)
    # a junction of the map is a place with tracks of its own, where the angle of the drawing says nothing
    drawn = pairs["to_node"].map(rail["kind"]).ne("junction")
    back = pairs[(drawn & (turn > SHARPEST_TURN_DEGREE)) | (pairs["link_in"] ^ 1 == pairs["link_out"])]
    return pd.DataFrame(
        {"from_link": back["link_in"], "via_node": back["to_node"], "to_link": back["link_out"], "kind": "no"}
    ).assign(vehicle_classes="")


def _headings(links: pd.DataFrame, nodes: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the direction in which each link starts and the one in which it ends. [degree]."""
    import shapely  # noqa: PLC0415 - only maps with railways need it

    first, last = nodes.loc[links["from_node"]], nodes.loc[links["to_node"]]
    ends = np.column_stack([first["lon"], first["lat"], first["lon"], first["lat"], last["lon"], last["lat"]])
    ends[:, 2:4] = ends[:, 4:6]
    second = np.column_stack([first["lon"], first["lat"]])
    bent = np.flatnonzero(links["geometry_wkt"] != "")
    if len(bent):
        lines = shapely.from_wkt(links["geometry_wkt"].to_numpy(dtype=object)[bent])
        ends[bent, 2:4] = shapely.get_coordinates(shapely.get_point(lines, 1))
        second[bent] = shapely.get_coordinates(shapely.get_point(lines, -2))
    stretch = np.cos(np.radians(ends[:, 1]))
    start = np.degrees(np.arctan2((ends[:, 2] - ends[:, 0]) * stretch, ends[:, 3] - ends[:, 1]))
    end = np.degrees(np.arctan2((ends[:, 4] - second[:, 0]) * stretch, ends[:, 5] - second[:, 1]))
    return start, end

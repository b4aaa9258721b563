"""From attributes of ways and pieces of ways to the tables of a `Network`, the same whoever cut the ways."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.facilities import snapped, with_kinds
from transport_sim.network.model import LINK_SCHEMA, LOCK_COLUMNS, BoolArray, FloatArray, IntArray, as_schema
from transport_sim.network.nodes import node_table
from transport_sim.network.osm_split import Pieces
from transport_sim.network.restrictions import Restriction, turn_table
from transport_sim.network.tags import MODE_KEYS, Unread

SHARED_NODE_OFFSET = {"road": 0, "rail": 10**15, "waterway": 2 * 10**15}
"""Added to the id of a node that modes share (a level crossing): modes meet over transfer links only."""
LINKS_PER_WAY = 10_000
MIN_LENGTH_KM = 1e-5
"""Two nodes of the map may lie on one spot; a link is never shorter than a centimetre. [km]"""
PLAUSIBLE_DISTANCE = (0.98, 3.0)
"""A `distance` tag is believed if it is this many times the drawn length. [-]"""
STATIONS = ("rail_station", "rail_halt", "rail_yard")
PER_DIRECTION = {
    "free_speed_kmh": "speed_kmh",
    "lanes_count": "lanes",
    "capacity_pcu_h": "capacity_pcu_h",
    "access_closed": "access_closed",
}
"""Columns of the links table that differ by direction, and the name of the pair in the attributes of ways."""

Tables = dict[str, Any]
"""Tables of a network by the names of `model.TABLE_SCHEMAS`."""


def network_tables(
    attributes: pd.DataFrame,
    pieces: Pieces,
    node_tags: dict[int, dict[str, str]],
    found: pd.DataFrame,
    restrictions: Sequence[Restriction],
    *,
    unread: Unread,
) -> Tables:
    """Build the tables of a network.

    Parameters
    ----------
    attributes
        Ways as `tags.way_attributes` read them.
    pieces
        The ways, cut where they meet.
    node_tags
        What `nodes.telling` says, by OSM id.
    found
        Facilities before snapping.
    restrictions
        Turn restrictions of the map.
    unread
        Knows what was not understood, and is told more.

    Returns
    -------
    Tables by the names of `model.TABLE_SCHEMAS`. Link ids are the way's id times 10,000 plus twice the number of the
    piece along the way, plus one against the way's direction; so they stay the same when other ways are edited.
    """
    links = _links(attributes, pieces, unread)
    links, node_ids, osm_ids, modes = _separate_modes(links)
    vertex = np.concatenate([pieces.first[:-1], pieces.first[1:] - 1])
    ends, where = np.unique(np.concatenate([pieces.start, pieces.end]), return_index=True)
    at = vertex[where][np.searchsorted(ends, osm_ids)]
    where_is = {"lon": pieces.lon[at], "lat": pieces.lat[at]}
    nodes = node_table(node_ids=node_ids, osm_ids=osm_ids, modes=modes, **where_is, tags=node_tags, unread=unread)
    nodes = _with_locks(nodes, links, attributes)
    facilities = snapped(found, nodes)
    nodes = with_kinds(nodes, facilities)
    turns = turn_table(restrictions, links, nodes, facilities[facilities["kind"].isin(STATIONS)], unread)
    return {"nodes": nodes, "links": links, "turns": turns, "facilities": facilities, "unread_tags": unread.table()}


def _links(attributes: pd.DataFrame, pieces: Pieces, unread: Unread) -> pd.DataFrame:
    """Return the link table, with OSM ids for the ends."""
    row = attributes.index.get_indexer(pd.Index(pieces.way))
    if len(pieces.number) and pieces.number.max() >= LINKS_PER_WAY // 2:
        way = pieces.way[int(pieces.number.argmax())]
        raise NetworkError(f"way {way} has more than {LINKS_PER_WAY // 2} pieces")
    length_km = _lengths_km(attributes, pieces, row, unread)
    lines = _lines(pieces)
    tables = []
    for backward, direction in enumerate(("forward", "backward")):
        there = np.flatnonzero(attributes[direction].to_numpy(dtype=bool)[row])
        # a piece that leads back to its start is one link, not two, when both directions pass the same vertices
        ends = (pieces.start, pieces.end)[:: -1 if backward else 1]
        own = attributes.take(row[there]).reset_index(names="way_id")
        own["from_node"], own["to_node"] = ends[0][there], ends[1][there]
        own["length_km"] = length_km[there]
        own["link_id"] = own["way_id"] * LINKS_PER_WAY + 2 * pieces.number[there] + backward
        own["geometry_wkt"] = _wkt(lines[there], reverse=bool(backward))
        for column, name in PER_DIRECTION.items():
            own[column] = own[f"{name}_{direction}"]
        own["free_speed_source"] = np.where(own[f"speed_tagged_{direction}"], "tag", "default")
        own["preferred_direction"] = own["preferred"].map(
            {"forward": ("with", "against")[backward], "backward": ("against", "with")[backward]}
            | {"both": "both", "": ""}
        )
        if backward:
            own["current_ms"] = -own["current_ms"]
        tables.append(own.set_index("link_id"))
    return as_schema(pd.concat(tables).sort_index(), LINK_SCHEMA)


def _lengths_km(attributes: pd.DataFrame, pieces: Pieces, row: IntArray, unread: Unread) -> FloatArray:
    """Share a way's `distance` among its pieces; without one the drawn length holds."""
    drawn_m = np.bincount(row, pieces.length_m, len(attributes))
    stated_km = attributes["distance_km"].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = stated_km * 1000 / drawn_m
        believed = (ratio >= PLAUSIBLE_DISTANCE[0]) & (ratio <= PLAUSIBLE_DISTANCE[1])
        share = pieces.length_m / drawn_m[row]
    for way in attributes.index[(stated_km > 0) & (drawn_m > 0) & ~believed][:1000]:
        unread.start(1)
        unread("distance", f"{attributes.loc[way, 'distance_km']:g} on a way of another length")
    length_km = np.where(believed[row], stated_km[row] * share, pieces.length_m / 1000)
    return np.asarray(np.maximum(length_km, MIN_LENGTH_KM))


def _lines(pieces: Pieces) -> Any:  # noqa: ANN401
    """Return the line of each piece, None for straight ones."""
    count = np.diff(pieces.first)
    lines = np.full(len(count), None, dtype=object)
    bent = count > 2
    if bent.any():
        inside = np.repeat(bent, count)
        coordinates = np.column_stack([pieces.lon[inside], pieces.lat[inside]])
        owner = np.repeat(np.arange(int(bent.sum())), count[bent])
        lines[bent] = shapely.linestrings(coordinates, indices=owner)
    return lines


def _wkt(lines: Any, *, reverse: bool) -> list[str]:  # noqa: ANN401
    """Write lines as text, to the centimetre that OpenStreetMap stores."""
    texts = shapely.to_wkt(shapely.reverse(lines) if reverse else lines, rounding_precision=7)
    return ["" if text is None else str(text) for text in texts]


def _separate_modes(links: pd.DataFrame) -> tuple[pd.DataFrame, IntArray, IntArray, pd.Series]:
    """Give a node that modes share one id per mode; return links, node ids, OSM ids and modes of the nodes."""
    ends = pd.concat([links[[side, "mode"]].set_axis(["osm", "mode"], axis=1) for side in ("from_node", "to_node")])
    ends = ends.drop_duplicates()
    rank = {mode: number for number, (mode, _, _) in enumerate(MODE_KEYS)}
    ends = ends.assign(rank=ends["mode"].map(rank)).sort_values(["osm", "rank"], ignore_index=True)
    first: BoolArray = ~ends["osm"].duplicated().to_numpy()
    osm_ids = ends["osm"].to_numpy(dtype=np.int64)
    offset = ends["mode"].map(SHARED_NODE_OFFSET).to_numpy(dtype=np.int64)
    node_ids = np.where(first, osm_ids, osm_ids + offset)
    if not first.all():
        links = links.copy()
        moved = ends[~first].assign(node=node_ids[~first])
        for mode, group in moved.groupby("mode"):
            new = dict(zip(group["osm"], group["node"], strict=True))
            of_mode = links["mode"] == mode
            for side in ("from_node", "to_node"):
                links.loc[of_mode, side] = links.loc[of_mode, side].map(lambda node, new=new: new.get(node, node))
    return links, node_ids, osm_ids, ends["mode"]


def _with_locks(nodes: pd.DataFrame, links: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """Make a lock that is a stretch of waterway a chamber at the node where the drawing, going down, enters it."""
    chambers = attributes[attributes["lock"] & attributes["mode"].eq("waterway")]
    if chambers.empty:
        return nodes
    entry = links[links["way_id"].isin(chambers.index)].sort_index().drop_duplicates("way_id").set_index("way_id")
    side = np.where(attributes.loc[entry.index, "forward"], entry["from_node"], entry["to_node"])
    stated = chambers.loc[entry.index, [*LOCK_COLUMNS, "name"]].set_axis(pd.Index(side, name="node_id"))
    stated = stated[~stated.index.duplicated()]
    stated = stated[nodes["kind"].reindex(stated.index).isin(["", "lock_gate", "lock"]).to_numpy()]
    nodes = nodes.copy()
    nodes.loc[stated.index, "kind"] = "lock"
    for column in LOCK_COLUMNS:
        nodes.loc[stated.index, column] = nodes.loc[stated.index, column].fillna(stated[column])
    name = nodes.loc[stated.index, "name"]
    nodes.loc[stated.index, "name"] = name.mask(name == "", stated["name"].fillna("").astype(str))
    return nodes

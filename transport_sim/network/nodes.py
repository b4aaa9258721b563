"""What the tags of nodes mean, and the node table of a network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.network.facilities import NOT_RAILWAY
from transport_sim.network.model import LOCK_COLUMNS, NODE_SCHEMA, STATUSES, FloatArray, IntArray, as_schema
from transport_sim.network.tag_values import number, year
from transport_sim.network.tags import Unread

TELLING = frozenset({"ref", "railway", "waterway", "lock", "harbour", "transport_sim:kind", "highway"})
"""Keys without one of which a node is a mere vertex or crossing."""
PLACES = ("railway", "waterway", "lock", "harbour", "transport_sim:kind")
FOREIGN = ("entrance", "amenity", "barrier", "public_transport", "shop", "power", "emergency", "addr:housenumber")
"""Keys of things that stand on a way and have a `ref` of their own."""
NODE_TAGS = (
    *FOREIGN,
    *(
        "ref",
        "name",
        "name:en",
        "highway",
        "railway",
        "waterway",
        "lock",
        "harbour",
        "tracks",
        "opening_date",
        "station",
    ),
    *("lock:length", "lock:width", "lock:depth", "lock:lift", "lock:cycle", "is_in:county", "confidence", "source"),
    *("transport_sim:kind", "transport_sim:status", "transport_sim:handles"),
)
RAIL_PLACES = {
    "station": "station",
    "halt": "halt",
    "yard": "freight_yard",
    "service_station": "passing_loop",
    "junction": "junction",
    "switch": "switch",
    "buffer_stop": "buffer_stop",
}
ROAD_PLACES = {"motorway_junction": "interchange", "services": "service_area", "rest_area": "service_area"}


def may_tell(tags: Any) -> bool:  # noqa: ANN401 - a dictionary or the tags of pyosmium, which have no type
    """Tell whether `telling` may have an answer; far cheaper than to read all tags of a bus stop or a shop."""
    return (
        any(key in tags for key in PLACES)
        or ("ref" in tags and not any(key in tags for key in FOREIGN))
        or tags.get("highway") in ("", *ROAD_PLACES)
    )


def telling(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a node that the network needs, nothing if it is a mere vertex."""
    if not any(key in tags for key in TELLING):
        return {}
    thing = tags.get("highway", "") not in ("", *ROAD_PLACES) or any(key in tags for key in FOREIGN)
    if thing and not any(key in tags for key in PLACES):
        return {}  # bus stops, signals, crossings and doors, though some carry a ref
    return {key: tags[key] for key in NODE_TAGS if key in tags}


def keeps(tags: Mapping[str, str]) -> bool:
    """Tell whether a node with these tags stays a node of the network in the middle of a way."""
    return bool(tags) and ("ref" in tags or "transport_sim:kind" in tags or node_kind(tags) != "")


def node_kind(tags: Mapping[str, str]) -> str:
    """Return the kind of a node."""
    if tags.get("transport_sim:kind"):
        return tags["transport_sim:kind"]
    if tags.get("lock") == "yes":
        return "lock"
    if tags.get("harbour") == "yes":
        return "port"
    if tags.get("waterway") == "lock_gate":
        return "lock_gate"
    if tags.get("railway") in RAIL_PLACES and tags.get("station") not in NOT_RAILWAY:
        return RAIL_PLACES[tags["railway"]]
    return ROAD_PLACES.get(tags.get("highway", ""), "")


def node_table(
    *,
    node_ids: IntArray,
    osm_ids: IntArray,
    modes: pd.Series,
    lon: FloatArray,
    lat: FloatArray,
    tags: dict[int, dict[str, str]],
    unread: Unread,
) -> pd.DataFrame:
    """Return the node table.

    Parameters
    ----------
    node_ids, osm_ids
        Id of each node in the network and on the map; they differ where modes share a node.
    modes
        Mode of each node.
    lon, lat
        Coordinates of each node. [degree]
    tags
        What `telling` found, by OSM id.
    unread
        Is told what was not understood.
    """
    count = len(node_ids)
    columns: dict[str, object] = dict.fromkeys(("ref", "name", "name_en", "kind", "county", "handles"), "")
    columns |= dict.fromkeys(("tracks_count", *LOCK_COLUMNS, "open_year"), np.nan)
    columns |= {"status": "open", "confidence": "", "source": "", "lon": lon, "lat": lat, "mode": modes.to_numpy()}
    frame = pd.DataFrame({name: columns[name] for name in NODE_SCHEMA.columns}, index=pd.RangeIndex(count))
    rows = [row for row, osm_id in enumerate(osm_ids.tolist()) if osm_id in tags] if tags else []
    if rows:
        told = pd.DataFrame(
            [_told(tags[int(osm_ids[row])], own=bool(node_ids[row] == osm_ids[row]), unread=unread) for row in rows],
            index=rows,
        )
        for name in told:
            column = frame[name].astype(object)
            column.loc[rows] = told[name].astype(object)
            frame[name] = column
    return as_schema(frame.set_index(pd.Index(node_ids, name="node_id")).sort_index(), NODE_SCHEMA)


def _told(tags: dict[str, str], *, own: bool, unread: Unread) -> dict[str, object]:
    """Return what the tags of one node say; tracks belong to the first of the modes that share it."""
    return {
        "ref": tags.get("ref", ""),
        "name": tags.get("name", ""),
        "name_en": tags.get("name:en", ""),
        "kind": node_kind(tags),
        "tracks_count": _above_zero(tags.get("tracks")) if own else float("nan"),
        **{f"lock_{part}_m": _above_zero(tags.get(f"lock:{part}")) for part in ("length", "width", "depth", "lift")},
        "lock_cycle_min": _above_zero(tags.get("lock:cycle")),
        "county": tags.get("is_in:county", ""),
        "handles": tags.get("transport_sim:handles", ""),
        "status": _status(tags, unread),
        "open_year": year(tags.get("opening_date")),
        "confidence": tags.get("confidence", ""),
        "source": tags.get("source", ""),
    }


def _status(tags: dict[str, str], unread: Unread) -> str:
    """Return the status of a node, open if it says nothing understandable."""
    word = tags.get("transport_sim:status", "open")
    if word in STATUSES:
        return word
    unread.start(1)
    unread("transport_sim:status", word)
    return "open"


def _above_zero(text: str | None) -> float:
    """Return the number that a tag begins with, if it is above zero."""
    value = number(text)
    return value if value > 0 else float("nan")

"""Turn the tags of an osmnx graph into the node and link tables of a `Network`."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.errors import NetworkError
from transport_sim.network.model import LINK_SCHEMA, NODE_SCHEMA, as_schema

NODE_TAGS = [
    *("ref", "name", "name:en", "highway", "railway", "waterway", "lock", "harbour", "tracks", "opening_date"),
    *("lock:length", "lock:width", "lock:depth", "lock:lift", "lock:cycle", "is_in:county", "confidence", "source"),
    *("transport_sim:kind", "transport_sim:status", "transport_sim:handles"),
]
WAY_TAGS = [
    *("highway", "railway", "waterway", "construction", "proposed", "junction", "oneway", "name", "ref", "maxspeed"),
    *("lanes", "toll", "electrified", "tracks", "highspeed", "usage", "boat", "class:CN", "depth", "depth:mean"),
    *("width", "current", "distance", "opening_date", "gradient:mean_absolute", "incline", "incline:max"),
    *("tunnel:share", "confidence", "source", "transport_sim:status"),
]
ROAD_CLASSES = frozenset(
    [f"{name}{tail}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for tail in ("", "_link")]
    + ["unclassified", "residential", "living_street", "service"]
)
RAIL_CLASSES = frozenset(["rail"])
WATER_CLASSES = frozenset(["river", "canal", "fairway"])
MODE_KEYS = (
    ("road", "highway", ROAD_CLASSES),
    ("rail", "railway", RAIL_CLASSES),
    ("waterway", "waterway", WATER_CLASSES),
)
SHARED_NODE_OFFSET = {"road": 0, "rail": 10**15, "waterway": 2 * 10**15}
"""Added to the id of a node that modes share (a level crossing): modes meet over transfer links only."""
DEFAULT_SPEEDS = Path(__file__).with_name("default_speeds.csv")
KMH_PER_MPH = 1.609344
LINKS_PER_WAY = 10_000
NUMBER = re.compile(r"^\s*([-+]?\d+(?:\.\d+)?)")


def default_speeds() -> dict[str, float]:
    """Return the free speed by link class that stands in for a missing `maxspeed`. [km/h]."""
    table = pd.read_csv(DEFAULT_SPEEDS)
    return dict(zip(table["link_class"], table["free_speed_kmh"].astype(float), strict=True))


def number(text: object) -> float:
    """Return the number that a tag begins with (`80`, `3.5 m`, `2.5%`), NaN if it begins with none."""
    found = NUMBER.match(text) if isinstance(text, str) else None
    return float(found.group(1)) if found else float("nan")


def year(text: object) -> int | None:
    """Return the year of an `opening_date`."""
    value = number(text)
    return int(value) if 1800 <= value <= 2200 else None


def classify(tags: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return (mode, link class, status) of a way, `None` if it is nothing that vehicles travel on."""
    for mode, key, classes in MODE_KEYS:
        value = tags.get(key)
        status = "open"
        if value in ("construction", "proposed"):
            status, value = str(value), tags.get(str(value))
        if value in classes and not (mode == "waterway" and tags.get("boat") == "no"):
            if tags.get("transport_sim:status") == "closing":
                status = "closing"
            return mode, "high_speed" if tags.get("highspeed") == "yes" else str(value), status
    return None


def graph_tables(graph: Any, file: Path) -> tuple[pd.DataFrame, pd.DataFrame]:  # noqa: ANN401
    """Return the node and link tables of one osmnx graph.

    Link ids are the way's id times 10,000 plus twice the link's number along the way, plus one against
    the way's direction; so they stay the same when other ways are edited.
    """
    rows = []
    by_way: dict[tuple[int, bool], list[tuple[Any, ...]]] = {}
    for start, end, tags in graph.edges(data=True):
        found = classify(tags)
        if found:
            by_way.setdefault((int(tags["osmid"]), bool(tags["reversed"])), []).append((start, end, tags, found))
    speeds = default_speeds()
    for (way_id, backward), edges in sorted(by_way.items(), key=lambda item: item[0]):
        geometric_m = sum(tags["length"] for _, _, tags, _ in edges)
        ordered = _along_way(edges)
        for piece, (start, end, tags, found) in enumerate(ordered[::-1] if backward else ordered):
            link_id = way_id * LINKS_PER_WAY + 2 * piece + int(backward)
            share = tags["length"] / geometric_m if geometric_m > 0 else 1 / len(edges)
            ends = {"link_id": link_id, "from_node": start, "to_node": end}
            rows.append(ends | _link(tags, found, share=share, speeds=speeds, file=file))
    links = as_schema(pd.DataFrame(rows, columns=["link_id", *LINK_SCHEMA.columns]).set_index("link_id"), LINK_SCHEMA)
    links = links[links["from_node"] != links["to_node"]]
    mode_of, links = _separate_modes(links)
    nodes = [_node(node, original, mode, graph.nodes[original]) for node, (original, mode) in sorted(mode_of.items())]
    return as_schema(
        pd.DataFrame(nodes, columns=["node_id", *NODE_SCHEMA.columns]).set_index("node_id"), NODE_SCHEMA
    ), links


def _along_way(edges: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Put the edges of a way one behind the other; a way that meets itself keeps the order of its nodes' ids."""
    by_start = {edge[0]: edge for edge in edges}
    heads = set(by_start) - {edge[1] for edge in edges}
    if len(by_start) < len(edges) or len(heads) != 1:
        return sorted(edges, key=lambda edge: edge[:2])
    ordered, node = [], heads.pop()
    while node in by_start:
        ordered.append(by_start.pop(node))
        node = ordered[-1][1]
    return ordered if not by_start else sorted(edges, key=lambda edge: edge[:2])


def _separate_modes(links: pd.DataFrame) -> tuple[dict[int, tuple[int, str]], pd.DataFrame]:
    """Give a node that two modes share one id per mode; return new id -> (OSM id, mode), and the links."""
    ends = pd.concat(
        [
            links[["from_node", "mode"]].set_axis(["node", "mode"], axis=1),
            links[["to_node", "mode"]].set_axis(["node", "mode"], axis=1),
        ]
    ).drop_duplicates()
    first: dict[int, str] = {}
    for mode, _, _ in MODE_KEYS:
        for node in ends.loc[ends["mode"] == mode, "node"]:
            first.setdefault(int(node), mode)
    new = {
        (int(node), str(mode)): int(node) + (0 if first[int(node)] == mode else SHARED_NODE_OFFSET[mode])
        for node, mode in ends.itertuples(index=False)
    }
    links = links.copy()
    for column in ("from_node", "to_node"):
        links[column] = np.array(
            [new[(int(n), str(m))] for n, m in zip(links[column], links["mode"], strict=True)], dtype=np.int64
        )
    return {identifier: key for key, identifier in new.items()}, links


def _link(
    tags: dict[str, Any], found: tuple[str, str, str], *, share: float, speeds: dict[str, float], file: Path
) -> dict[str, Any]:
    """One row of the link table."""
    mode, link_class, status = found
    speed = number(tags.get("maxspeed")) * (KMH_PER_MPH if "mph" in str(tags.get("maxspeed")) else 1.0)
    tagged = speed > 0
    distance_km = number(tags.get("distance"))
    length_km = distance_km * share if distance_km > 0 else tags["length"] / 1000
    if not length_km > 0:
        raise NetworkError(f"{file}: way {tags['osmid']} has a part without length")
    lanes = number(tags.get("lanes"))
    current = number(tags.get("current"))
    geometry = tags.get("geometry")
    return {
        "way_id": tags["osmid"],
        "mode": mode,
        "link_class": link_class,
        "name": tags.get("name", ""),
        "ref": tags.get("ref", ""),
        "length_km": length_km,
        "free_speed_kmh": speed if tagged else speeds[link_class],
        "free_speed_source": "tag" if tagged else "default",
        "lanes_count": max(1, round(lanes if tags["oneway"] else lanes / 2)) if lanes > 0 else None,
        "toll": tags.get("toll") == "yes",
        "gradient_ratio": _ratio(tags, "gradient:mean_absolute", "incline"),
        "gradient_max_ratio": _ratio(tags, "incline:max"),
        "tunnel_share": number(tags.get("tunnel:share")),
        "electrified": tags.get("electrified", "no") not in ("no", ""),
        "tracks_count": number(tags.get("tracks")),
        "navigation_class": tags.get("class:CN", ""),
        "depth_m": number(tags.get("depth")),
        "depth_mean_m": number(tags.get("depth:mean")),
        "width_m": number(tags.get("width")),
        "current_ms": -current if tags["reversed"] else current,
        "status": status,
        "open_year": year(tags.get("opening_date")),
        "usage": tags.get("usage", ""),
        "confidence": tags.get("confidence", ""),
        "source": tags.get("source", ""),
        "geometry_wkt": "" if geometry is None else geometry.wkt,
    }


def _ratio(tags: dict[str, Any], *keys: str) -> float:
    """Return the first slope given under these keys as an absolute ratio, whether in % or in ‰."""
    for key in keys:
        value = abs(number(tags.get(key)))
        if value >= 0:
            return value / (1000 if "‰" in str(tags[key]) else 100)
    return float("nan")


def _node(node_id: int, original: int, mode: str, tags: dict[str, Any]) -> dict[str, Any]:
    """One row of the node table."""
    kind = tags.get("transport_sim:kind") or _kind(tags)
    return {
        "node_id": node_id,
        "ref": tags.get("ref", ""),
        "name": tags.get("name", ""),
        "name_en": tags.get("name:en", ""),
        "lon": float(tags["x"]),
        "lat": float(tags["y"]),
        "mode": mode,
        "kind": kind,
        "tracks_count": number(tags.get("tracks")) if node_id == original else float("nan"),
        **{f"lock_{part}_m": number(tags.get(f"lock:{part}")) for part in ("length", "width", "depth", "lift")},
        "lock_cycle_min": number(tags.get("lock:cycle")),
        "county": tags.get("is_in:county", ""),
        "handles": tags.get("transport_sim:handles", ""),
        "status": tags.get("transport_sim:status", "open"),
        "open_year": year(tags.get("opening_date")),
        "confidence": tags.get("confidence", ""),
        "source": tags.get("source", ""),
    }


def _kind(tags: dict[str, Any]) -> str:
    """Kind of a node that has standard OSM tags only."""
    if tags.get("lock") == "yes":
        return "lock"
    if tags.get("harbour") == "yes":
        return "port"
    railway = {"station": "station", "yard": "freight_yard", "service_station": "passing_loop", "junction": "junction"}
    if tags.get("railway") in railway:
        return railway[str(tags["railway"])]
    return {"motorway_junction": "interchange", "services": "service_area"}.get(str(tags.get("highway")), "")

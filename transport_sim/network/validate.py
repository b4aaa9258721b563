"""Checks of a network: what is broken, what is doubtful, what is only worth knowing."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from transport_sim.network.connectivity import connectivity, dead_ends, gaps
from transport_sim.network.export import write_layers
from transport_sim.network.finding import Finding, Places
from transport_sim.network.intermodal import freight_terminals
from transport_sim.network.model import MODES, SYNTHETIC, Network

SHORT_TOLERANCE = 0.995
"""A length may fall this far below the great circle before it counts as wrong: rounding of tables. [-]"""
LONG_RATIO = 2.5
"""A link may be this much longer than its geometry. [-]"""
SHORT_KM, LONG_KM = 0.01, 50.0
"""Links outside these lengths are worth a look. [km]"""
SPEEDS_KMH = {"road": (5.0, 140.0), "rail": (5.0, 400.0), "waterway": (2.0, 60.0)}
"""Speeds outside these are taken for slips: no road of China allows more than 120 km/h. [km/h]"""
MAX_LANES = 8
"""More lanes a direction are taken for a slip. [-]"""
END_TOLERANCE_KM = 0.05
"""A line may end this far from its node: shapes of an older survey than the nodes. [km]"""


def find(network: Network) -> list[Finding]:
    """Run every check; a check without a finding is in the list too.

    Parameters
    ----------
    network
        A network, with or without transfer links.
    """
    places = Places(network)
    checks = (connectivity, _lines, _lengths, _attributes, _speeds_and_lanes, dead_ends, gaps, _facilities, _texts)
    return [finding for check in checks for finding in check(places)]


def table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return one row per check: `check`, `severity`, `findings_count` (0: passed), `rows` (the first in words)."""
    return pd.DataFrame(
        [(found.check, found.severity, len(found.rows), found.summary) for found in findings],
        columns=["check", "severity", "findings_count", "rows"],
    )


def validate(network: Network) -> pd.DataFrame:
    """Run every check and return the table of their findings."""
    return table(find(network))


def write_places(findings: Sequence[Finding], target: Path) -> None:
    """Write where the findings lie into a GeoPackage: one layer per check that found something with a place.

    Columns: `finding` in words, `severity`, and `is_valid`, whether the shape itself is valid geometry.
    """
    layers = {}
    for found in findings:
        if len(found.shapes):
            frame = pd.DataFrame({"finding": list(found.rows), "severity": found.severity})
            frame["is_valid"] = shapely.is_valid(found.shapes)
            layers[re.sub(r"\W+", "_", found.check)] = frame, found.shapes
    if not layers:
        layers["nothing_found"] = pd.DataFrame({"finding": ["nothing"]}), np.array([shapely.Point()], dtype=object)
    write_layers(layers, target)


def _lines(places: Places) -> Iterator[Finding]:
    """Test the lines of links as geometry, and that they lead from node to node."""
    network, lines = places.network, places.lines
    shapes = lines.to_numpy()
    real = network.links["mode"].ne("transfer").to_numpy()  # a terminal may lie on the very spot of its road node
    bad = real & (shapely.is_empty(shapes) | ~shapely.is_valid(shapes))
    yield places.of_links("every link has a valid line", "error", pd.Series(bad, index=lines.index))
    good = network.links[~bad & network.links["geometry_wkt"].ne("").to_numpy()]
    far = pd.Series(data=False, index=good.index)
    for column, vertex in (("from_node", 0), ("to_node", -1)):
        there = shapely.get_point(lines.loc[good.index].to_numpy(), vertex)
        node = network.nodes.loc[good[column]]
        lon_km = (shapely.get_x(there) - node["lon"].to_numpy()) * 111.2 * np.cos(np.radians(node["lat"].to_numpy()))
        far |= np.hypot(lon_km, (shapely.get_y(there) - node["lat"].to_numpy()) * 111.2) > END_TOLERANCE_KM
    yield places.of_links("every line ends at its nodes", "warning", far)


def _lengths(places: Places) -> Iterator[Finding]:
    """Compare lengths with the map."""
    links = places.network.links
    real = links["mode"].ne("transfer")
    ratio: pd.Series = links["length_km"] / np.maximum(places.line_km, 1e-6)
    straight: pd.Series = links["length_km"] / np.maximum(places.straight_km, 1e-6)
    for against, values in (("its line", ratio), ("the great circle", straight)):
        short = real & values.lt(SHORT_TOLERANCE)
        notes = (f"{value:.3f}" for value in values[short])
        yield places.of_links(f"no link is shorter than {against}", "error", short, notes)
    long = real & ratio.gt(LONG_RATIO)
    yield places.of_links(f"no link is {LONG_RATIO} times its line", "warning", long, (f"{r:.2f}" for r in ratio[long]))
    for name, found in (
        (f"no link is under {1000 * SHORT_KM:.0f} m", real & links["length_km"].lt(SHORT_KM)),
        (f"no link is over {LONG_KM:.0f} km", real & links["length_km"].gt(LONG_KM)),
    ):
        yield places.of_links(name, "warning", found, (f"{km:.3g} km" for km in links.loc[found, "length_km"]))


def _attributes(places: Places) -> Iterator[Finding]:
    """List what the map doesn't say about its links."""
    links = places.network.links
    road, rail, water = (links["mode"].eq(mode) for mode in MODES[:3])
    default = links["free_speed_source"].eq("default")
    for mode, here in zip(MODES, (road, rail, water), strict=False):
        yield places.of_links(f"{mode} has its own speeds", "info", here & default)
    yield places.of_links("every road has its lanes", "warning", road & links["lanes_count"].isna())
    yield places.of_links("every road has its gradient", "info", road & links["gradient_ratio"].isna())
    yield places.of_links("every railway has its tracks", "warning", rail & links["tracks_count"].isna())
    unknown = water & (links["depth_m"].isna() | links["navigation_class"].eq(""))
    yield places.of_links("every waterway has depth and class", "warning", unknown)
    real = links["mode"].ne("transfer")
    yield places.of_links("every link has a source", "info", real & links["confidence"].eq("memory"))
    yield places.of_links("no link is synthetic", "warning", links["confidence"].eq(SYNTHETIC))


def _speeds_and_lanes(places: Places) -> Iterator[Finding]:
    """List speeds and lanes that cannot be."""
    links = places.network.links
    speed = links["free_speed_kmh"]
    for mode, (low, high) in SPEEDS_KMH.items():
        odd = links["mode"].eq(mode) & ~speed.between(low, high)
        check = f"{mode} speeds lie between {low:.0f} and {high:.0f} km/h"
        yield places.of_links(check, "warning", odd, (f"{value:g} km/h" for value in speed[odd]))
    wide = links["lanes_count"].gt(MAX_LANES).fillna(value=False).astype(bool)
    notes = (f"{count} lanes" for count in links.loc[wide, "lanes_count"])
    yield places.of_links(f"no direction has more than {MAX_LANES} lanes", "warning", wide, notes)


def _facilities(places: Places) -> Iterator[Finding]:
    """List facilities without a node, and freight terminals without a way to the road."""
    network, facilities = places.network, places.network.facilities
    loose = facilities[facilities["node_id"].isna()]
    rows = [f"{row.kind} {row.osm_id}" for row in loose.itertuples()]
    shapes = shapely.points(loose["lon"].to_numpy(), loose["lat"].to_numpy())
    yield Finding("every facility is near its network", "warning", rows, np.atleast_1d(shapes))
    transfers = network.mode_links("transfer")
    linked = set(transfers.loc[transfers["link_class"] == "access", "from_node"])
    missing = [node for node in freight_terminals(network).index if node not in linked]
    yield places.of_nodes("every freight terminal has a road access", "warning", missing)


def _texts(places: Places) -> Iterator[Finding]:
    """List the tag values that the import did not understand."""
    unread = places.network.unread_tags.sort_values("ways_count", ascending=False, kind="stable")
    rows = [f"{row.key}={row.value} ({row.ways_count} ways)" for row in unread.itertuples()]
    yield Finding("every tag value is understood", "info", rows, np.array([], dtype=object))

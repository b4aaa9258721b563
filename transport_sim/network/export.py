"""Hand a network to other tools: GMNS, GeoPackage, GraphML."""

from pathlib import Path
from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transport_sim.errors import OutputError, did_you_mean
from transport_sim.network.gmns import write_gmns
from transport_sim.network.model import Network
from transport_sim.whole import whole_file

WGS84 = "EPSG:4326"
M_PER_KM = 1000.0


def export_network(network: Network, target: Path, file_format: str) -> None:
    """Write a network for another tool; the file appears whole or not at all.

    Parameters
    ----------
    network
        Any network.
    target
        File to write. For `gmns` a name that ends in `.zip` gives one file, any other a folder.
    file_format
        `gmns` (the same network comes back, see `network.gmns`), `geopackage` (layers `nodes`, `links`,
        `facilities` and `turns` in WGS 84), or `graphml` (a directed multigraph that networkx reads, with the
        names of osmnx: `x`, `y`, `osmid`, `length` in m, and as there every value a text, which
        `osmnx.load_graphml` turns back into numbers).

    Raises
    ------
    OutputError
        If the format is unknown or the file cannot be written.
    """
    writers = {"gmns": write_gmns, "geopackage": write_geopackage, "graphml": write_graphml}
    if file_format not in writers:
        raise OutputError(f"no format {file_format!r}{did_you_mean(file_format, writers)}")
    writers[file_format](network, target)


def link_lines(network: Network, *, on_invalid: Literal["raise", "ignore"] = "raise") -> npt.NDArray[np.object_]:
    """Return the line of each link in its direction of travel; straight where the link has none of its own."""
    links, nodes = network.links, network.nodes[["lon", "lat"]]
    start, end = nodes.loc[links["from_node"]].to_numpy(float), nodes.loc[links["to_node"]].to_numpy(float)
    lines: npt.NDArray[np.object_] = shapely.linestrings(np.stack([start, end], axis=1))
    own = links["geometry_wkt"].ne("").to_numpy()
    lines[own] = shapely.from_wkt(links.loc[own, "geometry_wkt"].to_numpy(dtype=object), on_invalid=on_invalid)
    return lines


def write_layers(layers: dict[str, tuple[pd.DataFrame, npt.NDArray[np.object_]]], target: Path) -> None:
    """Write tables with their geometry as the layers of one GeoPackage."""
    import geopandas  # noqa: PLC0415 - takes seconds, and only writing maps needs it
    from pyogrio.errors import DataSourceError  # noqa: PLC0415

    if target.suffix.lower() != ".gpkg":
        raise OutputError(f"{target}: the name of a GeoPackage ends in .gpkg")
    with whole_file(target) as file:
        try:
            for name, (frame, shapes) in layers.items():
                table = geopandas.GeoDataFrame(frame, geometry=shapes, crs=WGS84)
                table.to_file(file, layer=name, driver="GPKG", engine="pyogrio")
        except DataSourceError as error:
            raise OutputError(f"{target}: cannot be written: {error}") from error
        if not layers:
            raise OutputError(f"{target}: there is nothing to write")


def write_geopackage(network: Network, target: Path) -> None:
    """Write nodes, links, facilities and turns as layers of a GeoPackage; a turn lies at its node."""
    nodes, facilities, turns = network.nodes, network.facilities, network.turns
    via = nodes.loc[turns["via_node"], ["lon", "lat"]]
    layers = {
        "nodes": (nodes.reset_index(), shapely.points(nodes["lon"], nodes["lat"])),
        "links": (network.links.drop(columns="geometry_wkt").reset_index(), link_lines(network)),
        "facilities": (facilities.reset_index(), shapely.points(facilities["lon"], facilities["lat"])),
        "turns": (turns.reset_index(), shapely.points(via["lon"].to_numpy(), via["lat"].to_numpy())),
    }
    write_layers(layers, target)


def write_graphml(network: Network, target: Path) -> None:
    """Write a directed multigraph whose edges are the links, as GraphML."""
    graph = nx.MultiDiGraph(name=network.name, crs=WGS84, simplified=True)
    for row in network.nodes.reset_index().rename(columns={"lon": "x", "lat": "y"}).to_dict("records"):
        node = row.pop("node_id")
        graph.add_node(node, osmid=str(node), **_texts(row))
    ends = set(zip(network.links["way_id"], network.links["from_node"], network.links["to_node"], strict=True))
    for row in network.links.reset_index().rename(columns={"geometry_wkt": "geometry"}).to_dict("records"):
        start, end, way = row.pop("from_node"), row.pop("to_node"), row.pop("way_id")
        both = (way, end, start) in ends
        edge = {"osmid": way, "length": row["length_km"] * M_PER_KM, "oneway": not both}
        graph.add_edge(start, end, **_texts(edge | {"reversed": row["link_id"] % 2 == 1} | row))
    with whole_file(target) as file:
        nx.write_graphml(graph, file)


def _texts(row: dict[Any, Any]) -> dict[str, str]:
    """Return the values as text, as osmnx writes and expects them; unknown ones are left out."""
    return {str(name): str(value) for name, value in row.items() if not (pd.isna(value) or value == "")}

"""Read a network folder: a stored network, or OSM XML through osmnx; the only module that imports osmnx to do so."""

import hashlib
import logging
import os
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import pandas as pd
import pyarrow as pa

from transport_sim.errors import NetworkError
from transport_sim.network.gmns import is_gmns, read_gmns
from transport_sim.network.model import TABLE_SCHEMAS, Network
from transport_sim.network.nodes import NODE_TAGS, keeps, telling
from transport_sim.network.osm import stopping_places
from transport_sim.network.osm_apart import read_map
from transport_sim.network.osm_reader import RawMap
from transport_sim.network.osm_split import Pieces
from transport_sim.network.osm_tables import Tables, network_tables
from transport_sim.network.storage import is_stored, read_stored
from transport_sim.network.tags import MODE_KEYS, WAY_TAGS, Unread, way_attributes
from transport_sim.paths import user_cache

log = logging.getLogger(__name__)
CACHE_FORMAT = "3"
AGAINST_DRAWING = frozenset({"-1", "reverse", "T"})
"""Values of `oneway` at which osmnx turns a way round."""
NO_CODE = frozenset(
    [f"{name}.py" for name in ("plot", "labels", "router", "validate", "connectivity", "finding", "fetch", "export")]
    + [f"{name}.py" for name in ("gmns", "footprint", "synthesis", "city_grid", "city_osm")]
)
"""Modules that have no part in reading a map."""


def load_network(path: Path | str, *, cache: bool = True) -> Network:
    """Read a network: one that `save_network` wrote, a folder with `.osm` files, or GMNS tables.

    Parameters
    ----------
    path
        Folder with `network.json` and its tables, or with OSM XML files (roads, railways and waterways may share a
        file or not), or with GMNS's `node.csv` and `link.csv`, which may also be a zip file.
    cache
        Keep the tables parsed from XML in the user's cache folder (`$XDG_CACHE_HOME/transport_sim`, else
        `~/.cache/transport_sim`), keyed by the files' hashes; safe with several processes at once.

    Returns
    -------
    Network
        Named after the folder. A link is as long as its way's `distance` tag says (shared among the links
        of the way), else as its geometry. A warning is logged if part of its roads is synthetic.

    Raises
    ------
    NetworkError
        If the folder is missing or has no network, if a file isn't OSM XML (with its line), or if
        nothing in it is a road, railway or waterway.
    """
    network = _read(Path(path), cache=cache)
    if network.synthetic_share:
        share = f"{network.synthetic_share:.1%}"
        log.warning("network '%s': %s of the length of its roads is synthetic, not surveyed", network.name, share)
    return network


def _read(folder: Path, *, cache: bool) -> Network:
    """Read a network in the form that it has."""
    if is_gmns(folder):
        return read_gmns(folder)
    if not folder.is_dir():
        raise NetworkError(f"{folder}: no such folder")
    if is_stored(folder):
        return read_stored(folder)
    files = sorted(file for file in folder.glob("*.osm") if not file.is_dir())
    if not files:
        raise NetworkError(f"{folder}: no .osm file in this folder, and no network.json")
    try:
        hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    except OSError as error:
        raise NetworkError(f"{error.filename}: cannot be read: {error.strerror}") from None
    stem = user_cache() / f"network-{_cache_key(hashes)}"
    tables = _read_cache(stem) if cache else None
    if tables is None:
        tables = _parse(files)
        if cache:
            _write_cache(stem, tables)
    return Network(folder.resolve().name, **tables, sha256=hashes)


def _parse(files: list[Path]) -> Tables:
    """Read every file through osmnx and build the tables of all."""
    unread = Unread()
    attributes, pieces, found, restrictions = [], [], [], []
    node_tags: dict[int, dict[str, str]] = {}
    seen: set[int] = set()
    for file in files:
        _check_xml(file)
        ways, cut, tags, raw = _read_graph(file, unread, seen)
        seen.update(ways.index)
        attributes.append(ways)
        pieces.append(cut)
        found.append(raw.facilities)
        restrictions += raw.restrictions
        node_tags = tags | node_tags
    table = pd.concat(attributes)
    if table.empty:
        raise NetworkError(f"{files[0].parent}: no road, railway or waterway in {', '.join(f.name for f in files)}")
    facilities = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    return network_tables(table, Pieces.joined(pieces), node_tags, facilities, restrictions, unread=unread)


def _check_xml(file: Path) -> None:
    """Refuse a file that isn't well-formed XML with the root element `osm`, or declares entities; name the line."""
    parser = expat.ParserCreate()
    roots: list[tuple[str, int]] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        if not roots:
            roots.append((name, parser.CurrentLineNumber))

    def refuse(*_declaration: object) -> None:
        raise NetworkError(f"{file}: line {parser.CurrentLineNumber}: OSM XML has no document type declaration")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        with file.open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise NetworkError(
            f"{file}: line {error.lineno}: not well-formed XML: {expat.ErrorString(error.code)}"
        ) from error
    except ValueError as error:  # an encoding that expat cannot read
        raise NetworkError(f"{file}: line 1: {error}; save it as UTF-8") from error
    root, line = roots[0]
    if root != "osm":
        raise NetworkError(f"{file}: line {line}: the root element is <{root}>, OSM XML has <osm>")


def _read_graph(
    file: Path, unread: Unread, seen: set[int]
) -> tuple[pd.DataFrame, Pieces, dict[int, dict[str, str]], RawMap]:
    """Read the ways of one file that vehicles travel on; only their shape vertices are merged away."""
    import osmnx  # noqa: PLC0415 - takes seconds, and a cached network needs none of it
    from osmnx._errors import InsufficientResponseError  # noqa: PLC0415

    settings = osmnx.settings
    kept = settings.useful_tags_node, settings.useful_tags_way, settings.all_oneway
    settings.useful_tags_node, settings.useful_tags_way = list(NODE_TAGS), list(WAY_TAGS)
    settings.all_oneway = True  # every way once and with its own `oneway`: which way it goes is for `tags` to say
    try:
        graph = osmnx.graph_from_xml(file, simplify=False, retain_all=True)
        attributes = way_attributes(_way_tags(graph, seen), unread)
        _direct(graph, attributes)
        tags = {int(node): telling(known) for node, known in graph.nodes(data=True) if telling(known)}
        raw = read_map(file, modes=[mode for mode, _, _ in MODE_KEYS])
        stay = {number for number, known in tags.items() if keeps(known)}
        stay.update(stopping_places(raw, attributes.reindex(raw.tags.index)).tolist())
        for node in stay & set(graph.nodes):
            graph.nodes[node]["stays"] = True
        if graph.edges:
            graph = osmnx.simplify_graph(
                graph, node_attrs_include=["stays"], edge_attrs_differ=["osmid"], remove_rings=False
            )
        return attributes, _pieces(graph, attributes), tags, raw
    except InsufficientResponseError as error:
        raise NetworkError(f"{file}: the file has no nodes and ways") from error
    except KeyError as error:
        raise NetworkError(f"{file}: an element lacks {error}, or a way names a node that isn't there") from error
    except ValueError as error:
        raise NetworkError(f"{file}: {error}") from error
    finally:
        settings.useful_tags_node, settings.useful_tags_way, settings.all_oneway = kept


def _way_tags(graph: Any, seen: set[int]) -> pd.DataFrame:  # noqa: ANN401 - osmnx has no type stubs
    """Return the tags of the graph's ways but those seen in another file, by way id."""
    ways: dict[int, dict[str, Any]] = {}
    for _, _, edge in graph.edges(data=True):
        if edge["osmid"] not in ways and edge["osmid"] not in seen:
            ways[edge["osmid"]] = {key: edge[key] for key in WAY_TAGS if isinstance(edge.get(key), str)}
    index = pd.Index(list(ways), dtype="int64", name="way_id")
    return pd.DataFrame(list(ways.values()), index=index, dtype=object).sort_index()


def _direct(graph: Any, attributes: pd.DataFrame) -> None:  # noqa: ANN401
    """Give the graph an edge for each direction that a way is open in, and drop what is no way to travel on."""
    edges = list(graph.edges(keys=True, data=True))
    graph.remove_edges_from([edge[:3] for edge in edges])
    forward, backward = attributes["forward"].to_dict(), attributes["backward"].to_dict()
    for start, end, _, edge in edges:
        way = edge["osmid"]
        if way not in forward:
            continue
        first, last = (end, start) if edge.get("oneway") in AGAINST_DRAWING else (start, end)
        plain = {"osmid": way, "length": edge["length"]}
        if forward[way]:
            graph.add_edge(first, last, reversed=False, **plain)
        if backward[way]:
            graph.add_edge(last, first, reversed=True, **plain)
    graph.remove_nodes_from([node for node, degree in dict(graph.degree).items() if degree == 0])


def _pieces(graph: Any, attributes: pd.DataFrame) -> Pieces:  # noqa: ANN401
    """Return the edges of a simplified graph as pieces of ways, each once, as drawn."""
    by_way: dict[int, list[tuple[int, int, float, Any]]] = {}
    forward = attributes["forward"].to_dict()
    for start, end, edge in graph.edges(data=True):
        if edge["reversed"] == forward[edge["osmid"]]:
            continue  # the same piece in the other direction
        line = edge.get("geometry")
        points = np.array(line.coords) if line is not None else _straight(graph, start, end)
        piece = (end, start, edge["length"], points[::-1]) if edge["reversed"] else (start, end, edge["length"], points)
        by_way.setdefault(int(edge["osmid"]), []).append(piece)
    rows = [(way, number, *piece) for way in sorted(by_way) for number, piece in enumerate(_along_way(by_way[way]))]
    way, number, start, end, length_m, lines = zip(*rows, strict=True) if rows else ((),) * 6
    points = np.concatenate([*lines, np.empty((0, 2))])
    whole = {"way": way, "number": number, "start": start, "end": end}
    return Pieces(
        **{name: np.array(values, dtype=np.int64) for name, values in whole.items()},
        length_m=np.array(length_m, dtype=np.float64),
        lon=points[:, 0],
        lat=points[:, 1],
        first=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
    )


def _straight(graph: Any, start: int, end: int) -> Any:  # noqa: ANN401
    return np.array([(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (start, end)])


def _along_way(pieces: list[tuple[int, int, float, Any]]) -> list[tuple[int, int, float, Any]]:
    """Put the pieces of a way one behind the other; a closed way begins at its lowest node.

    A way that meets itself keeps the order of its nodes' ids: the graph no longer knows how it was drawn.
    """
    by_start = {piece[0]: piece for piece in pieces}
    heads = set(by_start) - {piece[1] for piece in pieces}
    if len(by_start) == len(pieces) and len(heads) <= 1:
        ordered, node = [], min(heads or by_start)
        while node in by_start:
            ordered.append(by_start.pop(node))
            node = ordered[-1][1]
        if not by_start:
            return ordered
    return sorted(pieces, key=lambda piece: piece[:2])


def _cache_key(hashes: dict[str, str]) -> str:
    """Key of the parsed tables: the files, the package version, and the code and tables that parse them."""
    try:
        release = version("transport-sim")
    except PackageNotFoundError:
        release = "source"
    here = Path(__file__).parent
    files = [file for ending in ("*.py", "*.csv") for file in sorted(here.glob(ending)) if file.name not in NO_CODE]
    parts = [CACHE_FORMAT, release, *(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)]
    parts += [f"{name}={digest}" for name, digest in sorted(hashes.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _read_cache(stem: Path) -> Tables | None:
    """Read cached tables; anything missing or damaged counts as not cached."""
    try:
        return {table: pd.read_parquet(f"{stem}-{table}.parquet") for table in TABLE_SCHEMAS}
    except (OSError, pa.ArrowInvalid):
        return None


def _write_cache(stem: Path, tables: Tables) -> None:
    """Write the tables beside their place and move them there; a cache that can't be written is no error."""
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            handle, temporary = tempfile.mkstemp(dir=stem.parent, suffix=".tmp")
            os.close(handle)
            try:
                frame.to_parquet(temporary)
                Path(temporary).replace(f"{stem}-{name}.parquet")
            finally:
                Path(temporary).unlink(missing_ok=True)
    except OSError:
        return


def raster_heights(nodes: pd.DataFrame, dem: Path) -> "pd.Series[float]":
    """Return the height of each node from a raster file; null outside of it. [m].

    Raises
    ------
    NetworkError
        If rasterio isn't installed or the raster can't be read.
    """
    import networkx  # noqa: ICN001, PLC0415
    import osmnx  # noqa: PLC0415

    if find_spec("rasterio") is None:
        raise NetworkError("heights from a raster need rasterio: pip install 'transport-sim[dem]'")
    if not dem.is_file():
        raise NetworkError(f"{dem}: no such file")
    import rasterio.errors  # noqa: PLC0415

    graph = networkx.MultiDiGraph(crs="epsg:4326")
    places = zip(nodes.index.tolist(), nodes["lon"].tolist(), nodes["lat"].tolist(), strict=True)
    graph.add_nodes_from((node, {"x": lon, "y": lat}) for node, lon, lat in places)
    try:
        with_heights = osmnx.elevation.add_node_elevations_raster(graph, dem, cpus=1)
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        raise NetworkError(f"{dem}: cannot be read as a raster of heights: {error}") from None
    heights = dict(with_heights.nodes(data="elevation"))
    return pd.Series(heights, dtype="float64").reindex(nodes.index)

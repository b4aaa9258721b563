"""Read a folder of OSM XML files into a `Network`; the only module of the package that imports osmnx to do so."""

import hashlib
import os
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from xml.parsers import expat

import pandas as pd
import pyarrow as pa

from transport_sim.errors import NetworkError
from transport_sim.network.model import Network
from transport_sim.network.osm_tables import NODE_TAGS, WAY_TAGS, classify, graph_tables

CACHE_FORMAT = "2"


def load_network(path: Path | str, *, cache: bool = True) -> Network:
    """Read a network from a folder with one or more `.osm` files.

    Parameters
    ----------
    path
        Folder with OSM XML files; roads, railways and waterways may share a file or not.
    cache
        Keep the parsed tables in the user's cache folder (`$XDG_CACHE_HOME/transport_sim`, else
        `~/.cache/transport_sim`), keyed by the files' hashes; safe with several processes at once.

    Returns
    -------
    Network
        Named after the folder. A link is as long as its way's `distance` tag says (shared among the links
        of the way), else as its geometry.

    Raises
    ------
    NetworkError
        If the folder is missing or has no `.osm` file, if a file isn't OSM XML (with its line), or if
        nothing in it is a road, railway or waterway.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise NetworkError(f"{folder}: no such folder")
    files = sorted(file for file in folder.glob("*.osm") if not file.is_dir())
    if not files:
        raise NetworkError(f"{folder}: no .osm file in this folder")
    try:
        hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    except OSError as error:
        raise NetworkError(f"{error.filename}: cannot be read: {error.strerror}") from None
    stem = _cache_folder() / f"network-{_cache_key(hashes)}"
    tables = _read_cache(stem) if cache else None
    if tables is None:
        tables = _parse(files)
        if cache:
            _write_cache(stem, *tables)
    return Network(folder.resolve().name, tables[0], tables[1], hashes)


def _parse(files: list[Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read every file through osmnx and join the tables."""
    nodes, links = [], []
    for file in files:
        _check_xml(file)
        file_nodes, file_links = graph_tables(_read_graph(file), file)
        nodes.append(file_nodes)
        links.append(file_links)
    all_nodes, all_links = pd.concat(nodes), pd.concat(links)
    if all_links.empty:
        raise NetworkError(f"{files[0].parent}: no road, railway or waterway in {', '.join(f.name for f in files)}")
    all_nodes = all_nodes[~all_nodes.index.duplicated()]
    all_links = all_links[~all_links.index.duplicated()]
    return all_nodes.sort_index(), all_links.sort_index()


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


def _read_graph(file: Path) -> object:
    """Read the ways of one file that vehicles travel on; only their shape vertices are merged away."""
    import osmnx  # noqa: PLC0415 - takes seconds, and a cached network needs none of it
    from osmnx._errors import InsufficientResponseError  # noqa: PLC0415

    kept = (osmnx.settings.useful_tags_node, osmnx.settings.useful_tags_way, osmnx.settings.all_oneway)
    osmnx.settings.useful_tags_node, osmnx.settings.useful_tags_way, osmnx.settings.all_oneway = (
        NODE_TAGS,
        WAY_TAGS,
        False,
    )
    try:
        graph = osmnx.graph_from_xml(file, simplify=False, retain_all=True)
        graph.remove_edges_from([edge[:3] for edge in graph.edges(keys=True, data=True) if classify(edge[3]) is None])
        graph.remove_nodes_from([node for node, degree in dict(graph.degree).items() if degree == 0])
        if not graph.edges:
            return graph
        return osmnx.simplify_graph(
            graph, node_attrs_include=["ref", "transport_sim:kind"], edge_attrs_differ=["osmid"], remove_rings=False
        )
    except InsufficientResponseError as error:
        raise NetworkError(f"{file}: the file has no nodes and ways") from error
    except KeyError as error:
        raise NetworkError(f"{file}: an element lacks {error}, or a way names a node that isn't there") from error
    except ValueError as error:
        raise NetworkError(f"{file}: {error}") from error
    finally:
        osmnx.settings.useful_tags_node, osmnx.settings.useful_tags_way, osmnx.settings.all_oneway = kept


def _cache_folder() -> Path:
    """Folder of this package in the user's cache."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "transport_sim"


def _cache_key(hashes: dict[str, str]) -> str:
    """Key of the parsed tables: the files, the package version, and the code that parses them."""
    try:
        release = version("transport-sim")
    except PackageNotFoundError:
        release = "source"
    here = Path(__file__).parent
    code = [(here / name).read_bytes() for name in ("build.py", "osm_tables.py", "model.py", "default_speeds.csv")]
    parts = [CACHE_FORMAT, release, *(hashlib.sha256(text).hexdigest() for text in code)]
    parts += [f"{name}={digest}" for name, digest in sorted(hashes.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _read_cache(stem: Path) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Read cached tables; anything missing or damaged counts as not cached."""
    try:
        return pd.read_parquet(f"{stem}-nodes.parquet"), pd.read_parquet(f"{stem}-links.parquet")
    except (OSError, pa.ArrowInvalid):
        return None


def _write_cache(stem: Path, nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    """Write both tables beside their place and move them there; a cache that can't be written is no error."""
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        for frame, name in ((nodes, "nodes"), (links, "links")):
            handle, temporary = tempfile.mkstemp(dir=stem.parent, suffix=".tmp")
            os.close(handle)
            try:
                frame.to_parquet(temporary)
                Path(temporary).replace(f"{stem}-{name}.parquet")
            finally:
                Path(temporary).unlink(missing_ok=True)
    except OSError:
        return

"""Write and read networks as GMNS, the General Modeling Network Specification of the Zephyr Foundation.

A GMNS network is a folder, or a zip of it, of CSV tables. `config.csv` states the units (km, km/h, WGS 84), `node.csv`
and `link.csv` hold the graph, `movement.csv` the turn restrictions, `use_definition.csv` the uses that the links allow.
Columns of ours that GMNS has no field for keep our name and unit beside the standard ones; so do two whole tables,
`facility.csv` and `unread_tag.csv`, and `transport_sim.json` holds the provenance. The specification bounds a link's
`free_speed` by 200: a high-speed railway is above that, and is written as it is.

References
----------
.. [1] Zephyr Foundation, "General Modeling Network Specification", https://github.com/zephyr-data-specs/GMNS
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from transport_sim.errors import NetworkError
from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import TABLE_SCHEMAS, VEHICLE_CLASSES, Network, as_schema
from transport_sim.network.tags import default_speeds
from transport_sim.whole import whole_file, whole_folder

VERSION = "0.97"
FILES = {
    "nodes": "node.csv",
    "links": "link.csv",
    "turns": "movement.csv",
    "facilities": "facility.csv",
    "unread_tags": "unread_tag.csv",
}
NAMES = {
    "nodes": {"lon": "x_coord", "lat": "y_coord", "kind": "node_type"},
    "links": {
        "from_node": "from_node_id",
        "to_node": "to_node_id",
        "length_km": "length",
        "free_speed_kmh": "free_speed",
        "lanes_count": "lanes",
        "link_class": "facility_type",
        "geometry_wkt": "geometry",
        "toll": "is_toll",  # GMNS's toll is an amount of money
    },
    "turns": {"turn_id": "mvmt_id", "from_link": "ib_link_id", "via_node": "node_id", "to_link": "ob_link_id"},
}
"""Our column to GMNS's, where both mean the same in the units of `config.csv`."""
ABOUT = "transport_sim.json"
KM_PER = {"km": 1.0, "kilometer": 1.0, "kilometers": 1.0, "m": 1e-3, "meter": 1e-3, "meters": 1e-3}
KM_PER |= {"mi": 1.609344, "mile": 1.609344, "miles": 1.609344, "ft": 3.048e-4, "feet": 3.048e-4}
KMH_PER = {"km/h": 1.0, "kmh": 1.0, "kph": 1.0, "km/hr": 1.0, "mph": 1.609344, "mi/h": 1.609344, "m/s": 3.6}
NUMBERS = ("x_coord", "y_coord", "length", "free_speed", "lanes", "capacity", "toll", "dir_flag")
USES = {
    "auto": ("car", "taxi"),
    "truck": ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer"),
    "transit": ("bus",),
    **{name: (name,) for name in VEHICLE_CLASSES},
}
"""Vehicle classes behind the uses that GMNS networks commonly name."""


def is_gmns(path: Path) -> bool:
    """Tell whether a path is a folder with `node.csv` and `link.csv`, or a zip file."""
    return all((path / FILES[table]).is_file() for table in ("nodes", "links")) or zipfile.is_zipfile(path)


def write_gmns(network: Network, target: Path) -> None:
    """Write a network as GMNS: one zip file if the name ends in `.zip`, else a folder; the same bytes each time."""
    texts = _texts(network)
    if target.suffix.lower() != ".zip":
        with whole_folder(target) as folder:
            for name, text in texts.items():
                (folder / name).write_bytes(text.encode())
        return
    with whole_file(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)


def read_gmns(path: Path) -> Network:
    """Read a network from GMNS tables, ours or anybody's.

    Parameters
    ----------
    path
        Folder with `node.csv` and `link.csv`, or a zip file with them; coordinates in WGS 84.

    Returns
    -------
    Network
        What GMNS files of others leave out becomes our default: links are roads, open, as long as their line, and
        as fast as `default_speeds.csv` says for their `facility_type` (30 km/h for a type unknown there). An
        undirected link becomes two. Ids that aren't whole numbers are numbered in their order.

    Raises
    ------
    NetworkError
        If a table or column is missing, a value has the wrong type, or the units or coordinates are unknown.
    """
    texts = _read_texts(path)
    missing = [FILES[table] for table in ("nodes", "links") if FILES[table] not in texts]
    if missing:
        raise NetworkError(f"{path}: no {' and no '.join(missing)} in this GMNS network")
    about = _about(path, texts)
    raw = {table: _read_table(path, file, texts[file]) for table, file in FILES.items() if file in texts}
    if "free_speed_source" not in raw["links"]:
        raw = _completed(path, raw, texts)
    tables = {}
    for table, frame in raw.items():
        schema = TABLE_SCHEMAS[table]
        try:
            tables[table] = as_schema(_ours(frame, table, schema), schema)
        except (ValueError, TypeError) as error:
            raise NetworkError(f"{path}/{FILES[table]}: {error}") from error
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in sorted(texts.items())}
    name = about.get("name") or path.resolve().name.removesuffix(".zip")
    return Network(str(name), **tables, sha256=hashes, provenance=about.get("provenance") or {})


def _texts(network: Network) -> dict[str, str]:
    """Return the content of every file."""
    links = network.links
    tables = {table: getattr(network, table).reset_index(drop=table == "unread_tags") for table in FILES}
    uses = links["access_closed"].map(lambda text: ",".join(c for c in VEHICLE_CLASSES if c not in text.split(";")))
    uses = uses.where(links["mode"].eq("road"), links["mode"]).replace("", "none")
    tables["links"].insert(3, "directed", 1)
    tables["links"]["dir_flag"] = links["geometry_wkt"].ne("").astype(int).to_numpy()
    tables["links"]["capacity"] = (links["capacity_pcu_h"] / links["lanes_count"].astype("Float64")).to_numpy()
    tables["links"]["allowed_uses"] = uses.to_numpy()
    tables["turns"]["type"] = _turn_types(network)
    tables["turns"]["allowed_uses"] = [_allowed(turn) for turn in network.turns.itertuples()]
    texts = {"config.csv": _csv(_config(network.name)), "use_definition.csv": _csv(_uses())}
    for table, frame in tables.items():
        texts[FILES[table]] = _csv(frame.rename(columns=NAMES.get(table, {})))
    about = {"name": network.name, "provenance": network.provenance, "sha256": network.sha256}
    texts[ABOUT] = json.dumps(about, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return texts


def _csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False, lineterminator="\r\n"))  # so that texts with either are quoted


def _config(name: str) -> pd.DataFrame:
    row = {"dataset_name": name, "short_length": "m", "long_length": "km", "speed": "km/h", "crs": "EPSG:4326"}
    row |= {"geometry_field_format": "WKT", "currency": "CNY", "version_number": VERSION, "id_type": "integer"}
    return pd.DataFrame([row])


def _uses() -> pd.DataFrame:
    uses = [*VEHICLE_CLASSES, "rail", "waterway", "transfer", "none"]
    row = {"persons_per_vehicle": 1, "pce": 1}
    note = "transport_sim; persons and pce are placeholders"
    return pd.DataFrame([{"use": use, **row, "special_conditions": "", "description": note} for use in uses])


def _allowed(turn: object) -> str:
    """Return who may make a turn of the table: for `no` the others, for `only` those named."""
    named = set(getattr(turn, "vehicle_classes", "").split(";")) - {""} or set(VEHICLE_CLASSES)
    if getattr(turn, "kind", "") == "no":
        named = set(VEHICLE_CLASSES) - named
    return ",".join(c for c in VEHICLE_CLASSES if c in named) or "none"


def _turn_types(network: Network) -> list[str]:
    """Return `left`, `thru`, `right` or `uturn` by the angle between the straight lines of the two links."""
    turns, links, nodes = network.turns, network.links, network.nodes
    angles = []
    for column in ("from_link", "to_link"):
        ends = links.reindex(turns[column])
        a, b = nodes.reindex(ends["from_node"]), nodes.reindex(ends["to_node"])
        north = b["lat"].to_numpy() - a["lat"].to_numpy()
        east = (b["lon"].to_numpy() - a["lon"].to_numpy()) * np.cos(np.radians(a["lat"].to_numpy()))
        angles.append(np.degrees(np.arctan2(east, north)))
    turned = (angles[1] - angles[0] + 180) % 360 - 180
    words = np.select([np.abs(turned) > 150, turned > 30, turned < -30], ["uturn", "right", "left"], "thru")
    return [str(word) for word in words]


def _read_texts(path: Path) -> dict[str, bytes]:
    """Return the content of the files that we know, by name; in a zip they may lie in one folder."""
    wanted = {*FILES.values(), "config.csv", "geometry.csv", ABOUT}
    try:
        if path.is_dir():
            return {name: (path / name).read_bytes() for name in sorted(wanted) if (path / name).is_file()}
        with zipfile.ZipFile(path) as archive:
            found = {Path(item).name: item for item in archive.namelist() if Path(item).name in wanted}
            return {name: archive.read(item) for name, item in sorted(found.items())}
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise NetworkError(f"{path}: cannot be read as GMNS: {error}") from error


def _about(path: Path, texts: dict[str, bytes]) -> dict[str, Any]:
    try:
        about = json.loads(texts.get(ABOUT, b"{}"))
    except ValueError as error:
        raise NetworkError(f"{path}/{ABOUT}: {error}") from error
    if not isinstance(about, dict):
        raise NetworkError(f"{path}/{ABOUT}: must be an object")
    return about


def _read_table(path: Path, file: str, text: bytes) -> pd.DataFrame:
    """Parse one CSV; texts stay as they are, an empty number is missing."""
    table = next((table for table, name in FILES.items() if name == file), "")
    words = {"id_type", "dataset_name", "name", "allowed_uses", "facility_type", "geometry", "node_type"}
    if table:
        names = NAMES.get(table, {})
        columns = TABLE_SCHEMAS[table].columns
        words |= {names.get(name, name) for name, column in columns.items() if str(column.dtype).startswith("str")}
    try:
        frame = pd.read_csv(io.BytesIO(text), dtype=str, keep_default_na=False, low_memory=False)
    except (ValueError, OSError) as error:
        raise NetworkError(f"{path}/{file}: cannot be read: {error}") from error
    return pd.DataFrame({name: frame[name] if name in words else _typed(frame[name]) for name in frame})


def _typed(column: pd.Series) -> pd.Series:
    """Return a column of texts as truth values, whole numbers or numbers, exact to the last bit; else as it is."""
    known = {"true": True, "false": False, "": None}
    lower = column.str.lower()
    if lower.isin(known).all() and lower.ne("").any():
        return lower.map(known)
    texts = column.to_numpy(dtype=object)
    for kind, blank in ((np.int64, ""), (np.float64, "nan")):
        try:
            return pd.Series(np.where(texts == "", blank, texts).astype(kind), index=column.index)
        except (ValueError, OverflowError):
            continue
    return column


def _ours(frame: pd.DataFrame, table: str, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the table under our names, what is missing as null."""
    ours = frame.rename(columns={theirs: our for our, theirs in NAMES.get(table, {}).items()})
    key = schema.index.name if schema.index is not None else None
    if key is not None:
        if key not in ours:
            raise ValueError(f"no column '{key}'")
        ours = ours.set_index(key)
    return ours.reindex(columns=list(schema.columns))


def _completed(path: Path, raw: dict[str, pd.DataFrame], texts: dict[str, bytes]) -> dict[str, pd.DataFrame]:
    """Turn the tables of another tool into what we would have written: our units, directed links, whole ids."""
    nodes, links = raw["nodes"].copy(), raw["links"].copy()
    for frame, file, names in (
        (nodes, "node.csv", ("node_id", "x_coord", "y_coord")),
        (links, "link.csv", ("link_id", "from_node_id", "to_node_id")),
    ):
        lacking = [name for name in names if name not in frame or frame[name].isna().any()]
        if lacking:
            raise NetworkError(f"{path}/{file}: {', '.join(lacking)} is missing or has empty cells")
    for frame, file, key in ((nodes, "node.csv", "node_id"), (links, "link.csv", "link_id")):
        if frame[key].duplicated().any():
            raise NetworkError(f"{path}/{file}: {key} is not unique: {frame[key][frame[key].duplicated()].iloc[0]}")
        words = [c for c in NUMBERS if c in frame and not pd.api.types.is_numeric_dtype(frame[c])]
        if words:
            odd = frame[words[0]].where(pd.to_numeric(frame[words[0]], errors="coerce").isna()).dropna()
            raise NetworkError(f"{path}/{file}: {words[0]}: {odd.iloc[0]!r} is not a number")
    config = _read_table(path, "config.csv", texts["config.csv"]) if "config.csv" in texts else pd.DataFrame()
    if not links["from_node_id"].isin(nodes["node_id"]).all() or not links["to_node_id"].isin(nodes["node_id"]).all():
        raise NetworkError(f"{path}/link.csv: links name nodes that node.csv does not have")
    number = _numbering(nodes["node_id"])
    nodes["node_id"] = nodes["node_id"].map(number)
    for column in ("from_node_id", "to_node_id"):
        links[column] = links[column].map(number)
    links["link_id"] = links["link_id"].map(_numbering(links["link_id"]))
    _units(path, links, config)
    _lines(path, links, texts)
    links = _directed(links)
    _defaults(nodes, links)
    return {"nodes": nodes, "links": links}


def _numbering(ids: pd.Series) -> dict[object, int]:
    """Return a whole number for each id: itself if all are, else its place."""
    whole = pd.api.types.is_integer_dtype(ids)
    return {value: int(value) if whole else place for place, value in enumerate(ids, start=1)}


def _units(path: Path, links: pd.DataFrame, config: pd.DataFrame) -> None:
    """Convert lengths to km and speeds to km/h, by `config.csv`; km and km/h without one."""
    row = config.iloc[0].to_dict() if len(config) else {}
    crs = str(row.get("crs") or "EPSG:4326").upper()
    if not any(code in crs for code in ("4326", "CRS84", "WGS84", "WGS 84")):
        raise NetworkError(f"{path}/config.csv: crs {row['crs']!r} is not read; convert the network to EPSG:4326")
    for column, field, table, usual in (
        ("length", "long_length", KM_PER, "km"),
        ("free_speed", "speed", KMH_PER, "km/h"),
    ):
        unit = str(row.get(field) or usual).strip().lower()
        if unit not in table:
            raise NetworkError(f"{path}/config.csv: {field} {unit!r} is no unit known; known: {', '.join(table)}")
        if column in links:
            links[column] = links[column].astype(float) * table[unit]


def _lines(path: Path, links: pd.DataFrame, texts: dict[str, bytes]) -> None:
    """Give every link its line as WKT in its own direction, from `geometry.csv` where the link names one."""
    if "geometry" not in links:
        links["geometry"] = ""
    if "geometry_id" in links and "geometry.csv" in texts:
        lines = _read_table(path, "geometry.csv", texts["geometry.csv"]).set_index("geometry_id")["geometry"]
        links["geometry"] = links["geometry"].where(links["geometry"] != "", links["geometry_id"].map(lines).fillna(""))
    try:
        parsed = shapely.from_wkt(links["geometry"].where(links["geometry"] != "", None).to_numpy(dtype=object))
    except shapely.errors.ShapelyError as error:
        raise NetworkError(f"{path}/link.csv: geometry is not WKT: {error}") from error
    if "dir_flag" in links:
        against = links["dir_flag"].eq(-1).to_numpy()
        parsed[against] = shapely.reverse(parsed[against])
    links["geometry"] = pd.Series(shapely.to_wkt(parsed, rounding_precision=-1), index=links.index).fillna("")


def _directed(links: pd.DataFrame) -> pd.DataFrame:
    """Turn each undirected link into two with ids that tell them apart."""
    directed = links["directed"].astype(str).str.lower().isin(["1", "1.0", "true"]) if "directed" in links else True
    both = links[~np.broadcast_to(directed, len(links))]
    if both.empty:
        return links
    back = both.rename(columns={"from_node_id": "to_node_id", "to_node_id": "from_node_id"})
    back["geometry"] = [shapely.from_wkt(text).reverse().wkt if text else "" for text in both["geometry"]]
    forth = links.assign(link_id=links["link_id"] * 2)
    return pd.concat([forth, back.assign(link_id=back["link_id"] * 2 + 1)], ignore_index=True)


def _defaults(nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    """Fill what GMNS does not demand and our tables do."""
    nodes["mode"], nodes["status"] = "road", "open"
    ends = nodes.set_index("node_id")[["x_coord", "y_coord"]]
    a, b = ends.loc[links["from_node_id"]].to_numpy(float), ends.loc[links["to_node_id"]].to_numpy(float)
    straight_km = np.maximum(great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1]), 1e-4)
    given_km = links["length"] if "length" in links else pd.Series(np.nan, index=links.index)
    links["length"] = given_km.where(given_km > 0, straight_km)
    speeds = default_speeds()
    kinds = links["facility_type"] if "facility_type" in links else pd.Series("", index=links.index)
    default = kinds.map(speeds).fillna(speeds["unclassified"])
    tagged = links["free_speed"] if "free_speed" in links else pd.Series(np.nan, index=links.index)
    links["free_speed_source"] = np.where(tagged > 0, "tag", "default")
    links["free_speed"] = tagged.where(tagged > 0, default)
    lanes = links["lanes"] if "lanes" in links else pd.Series(np.nan, index=links.index)
    links["lanes"] = lanes.where(lanes > 0)
    if "capacity" in links:
        links["capacity_pcu_h"] = (links["capacity"] * links["lanes"].fillna(1)).where(links["capacity"] > 0)
    if "allowed_uses" in links:
        links["access_closed"] = links["allowed_uses"].map(_closed)
    links["way_id"], links["mode"], links["status"] = links["link_id"], "road", "open"
    links["is_toll"] = links["toll"].astype(float).gt(0) if "toll" in links else False


def _closed(uses: str) -> str:
    """Return the classes that the allowed uses leave out; uses that we don't know say nothing."""
    named = [use.strip().lower() for use in uses.replace(";", ",").split(",")]
    if not any(use in USES for use in named):
        return ""
    allowed = {name for use in named for name in USES.get(use, ())}
    return ";".join(name for name in VEHICLE_CLASSES if name not in allowed)

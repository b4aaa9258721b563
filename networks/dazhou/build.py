"""Build the embedded base map of Dazhou: `tables/*.csv` -> `{road,rail,waterway}.osm` and `../manifest.csv`.

Run it after every edit of a table: `python networks/dazhou/build.py`. It needs the standard library
only, reads nothing outside its own folder and writes the same bytes every time.

Ids follow the row order of the tables: road 1,000,000,000 + row, rail 2,000,000,000 + row, waterway
3,000,000,000 + row, and shape vertices of rivers 3,000,100,000 + row. So append rows, don't insert
them. The id of the tables is the `ref` of the node. `distance` (km) is the official or estimated
length of the whole way; positions are a sketch, so the loader trusts `distance` more than the geometry.
"""

import csv
import hashlib
import sys
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSION = "0.1.0"
BUILT = "2026-11-22"
OSM_VALUE_LIMIT = 255
ID_OFFSET = {"road": 1_000_000_000, "rail": 2_000_000_000, "waterway": 3_000_000_000}
SHAPE_VERTEX_OFFSET = 100_000
LICENCE = {
    "road": "MIT (own work) and CC BY 4.0 (GeoNames, WRI); attribution in the source rows",
    "rail": "ODbL 1.0 (c) OpenStreetMap contributors",
    "waterway": "LGPL-3.0 (river vertices GSHHG), CC BY 4.0 (WRI positions)",
}
ROAD_NODE_TAGS = {
    "county_seat": {"place": "town"},
    "town": {"place": "village"},
    "interchange": {"highway": "motorway_junction"},
    "service_area": {"highway": "services"},
    "toll_station": {"barrier": "toll_booth"},
    "junction": {"junction": "yes"},
    "urban_junction": {"junction": "yes"},
    "industrial": {"landuse": "industrial"},
    "airport": {"aeroway": "aerodrome"},
    "gateway": {"place": "city"},
}
RAIL_NODE_TAGS = {
    "station": {"railway": "station"},
    "hsr_station": {"railway": "station"},
    "gateway": {"railway": "station"},
    "passing_loop": {"railway": "service_station"},
    "siding": {"railway": "yard"},
    "freight_yard": {"railway": "yard"},
    "marshalling_yard": {"railway": "yard"},
    "junction": {"railway": "junction"},
}
WATER_NODE_TAGS = {
    "lock": {"waterway": "dam", "lock": "yes"},
    "hub": {"waterway": "dam"},
    "port": {"harbour": "yes", "industrial": "port"},
    "wharf": {"harbour": "yes"},
    "gauge": {"man_made": "monitoring_station", "monitoring:water_level": "yes"},
    "confluence": {},
    "bend": {},
    "gateway": {"harbour": "yes"},
}

Row = dict[str, str]


def read_table(name: str) -> list[Row]:
    """Read one table; every row must have exactly the header's columns."""
    path = HERE / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        rows = []
        for row in reader:
            if len(row) != len(header):
                sys.exit(f"{path.name} line {reader.line_num}: {len(row)} columns, the header has {len(header)}")
            rows.append(dict(zip(header, row, strict=True)))
    return rows


def tags_xml(tags: Row) -> str:
    """Write the tags that have a value, sorted by key, cut to the length that OSM allows."""
    lines = []
    for key in sorted(tags):
        value = tags[key]
        if value:
            short = value if len(value) <= OSM_VALUE_LIMIT else value[: OSM_VALUE_LIMIT - 1] + "…"
            lines.append(f'    <tag k="{escape(key)}" v="{escape(short)}"/>\n')
    return "".join(lines)


def node_xml(node_id: int, lon: str, lat: str, tags: Row) -> str:
    """Write one node."""
    head = f'  <node id="{node_id}" version="1" lat="{lat}" lon="{lon}"'
    body = tags_xml(tags)
    return f"{head}>\n{body}  </node>\n" if body else f"{head}/>\n"


def way_xml(way_id: int, nodes: list[int], tags: Row) -> str:
    """Write one way."""
    refs = "".join(f'    <nd ref="{node}"/>\n' for node in nodes)
    return f'  <way id="{way_id}" version="1">\n{refs}{tags_xml(tags)}  </way>\n'


def common_node_tags(row: Row, standard: Row) -> Row:
    """Tags that every node has; a node that isn't open carries OSM's lifecycle prefix on its feature tags."""
    status = row["status"]
    prefix = "" if status in ("open", "closing") else f"{status}:"
    return {f"{prefix}{key}": value for key, value in standard.items()} | {
        "ref": row["id"],
        "name": row["name_zh"],
        "name:en": row["name_en"],
        "transport_sim:kind": row["kind"],
        "transport_sim:status": status,
        "opening_date": row["open_year"],
        "is_in:county": row["county"],
        "source": row["source"],
        "confidence": row["confidence"],
        "note": row["note"],
    }


def lifecycle(key: str, value: str, status: str) -> Row:
    """Tag a way's class as OSM does: `highway=motorway`, or `highway=construction` + `construction=motorway`."""
    if status in ("construction", "proposed"):
        return {key: status, status: value}
    return {key: value, "transport_sim:status": "closing"} if status == "closing" else {key: value}


def common_way_tags(row: Row) -> Row:
    """Tags that every way has."""
    return {
        "distance": row["length_km"],
        "distance:basis": row["length_basis"],
        "opening_date": row["open_year"],
        "source": row["source"],
        "confidence": row["confidence"],
        "note": row["note"],
    }


def percent_for(note: str, classes: list[Row]) -> str:
    """Return the mean absolute gradient of the first pattern that the note contains (the empty one always fits)."""
    return next(row["gradient_mean_absolute_percent"] for row in classes if row["pattern"] in note)


def road_way(row: Row, classes: list[Row]) -> Row:
    """Tags of a road; `lanes` counts both directions together, as in OSM."""
    return common_way_tags(row) | {
        **lifecycle("highway", row["highway"], row["status"]),
        "name": row["name_zh"],
        "ref": row["ref"],
        "maxspeed": row["maxspeed_kmh"],
        "lanes": str(int(row["lanes_per_direction"]) * (2 if row["oneway"] == "no" else 1)),
        "toll": row["toll"],
        "oneway": row["oneway"],
        "tunnel:share": row["tunnel_share_estimate"],
        "gradient:mean_absolute": percent_for(row["gradient_note"], classes) + "%",
        "gradient:note": row["gradient_note"],
    }


def rail_way(row: Row) -> Row:
    """Tags of a railway; `maxspeed` is that of freight trains, except on lines without freight."""
    return common_way_tags(row) | {
        **lifecycle("railway", "rail", row["status"]),
        "name": row["line_zh"],
        "tracks": row["tracks"],
        "electrified": "contact_line" if row["electrified"] == "yes" else "no",
        "gauge": "1435",
        "usage": row["usage"],
        "railway:traffic_mode": row["traffic"],
        "highspeed": "yes" if row["highspeed"] == "yes" else "",
        "maxspeed": row["maxspeed_kmh"],
        "incline:max": f"{float(row['max_gradient_permille_estimate']) / 10:g}%",
    }


def water_way(row: Row) -> Row:
    """Tags of a river reach; the way points downstream."""
    return common_way_tags(row) | {
        **lifecycle("waterway", "river", row["status"]),
        "name": row["river"],
        "boat": "yes",
        "class:CN": row["navigation_class"],
        "depth": row["depth_low_water_m"],
        "depth:mean": row["depth_mean_m"],
        "width": row["width_m"],
        "current": row["current_mean_ms"],
        "usage": row["usage"],
    }


def water_node(row: Row) -> Row:
    """Tags of a river node: lock chamber in metres, cycle (fill or empty) in minutes."""
    return common_node_tags(row, WATER_NODE_TAGS[row["kind"]]) | {
        "waterway:name": row["river"],
        "class:CN": row["navigation_class"],
        "lock:length": row["lock_length_m"],
        "lock:width": row["lock_width_m"],
        "lock:depth": row["lock_depth_m"],
        "lock:lift": row["lock_lift_m"],
        "lock:cycle": row["lock_cycle_min"],
    }


def osm_document(mode: str, nodes: list[tuple[Row, Row]], ways: list[tuple[Row, Row]], shapes: list[Row]) -> str:
    """Assemble one OSM XML document from (table row, tags) pairs and the shape vertices of ways."""
    offset = ID_OFFSET[mode]
    ids = {row["id"]: offset + number for number, (row, _) in enumerate(nodes, start=1)}
    if len(ids) != len(nodes):
        sys.exit(f"{mode}: a node id stands twice in the table")
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<osm version="0.6" generator="networks/dazhou/build.py {VERSION}">\n',
        f"  <note>{escape(LICENCE[mode])}</note>\n",
    ]
    parts += [node_xml(ids[row["id"]], row["lon_wgs84"], row["lat_wgs84"], tags) for row, tags in nodes]
    along: dict[tuple[str, str], list[int]] = {}
    for number, shape in enumerate(shapes, start=1):
        shape_id = offset + SHAPE_VERTEX_OFFSET + number
        along.setdefault((shape["from_id"], shape["to_id"]), []).append(shape_id)
        parts.append(node_xml(shape_id, shape["lon_wgs84"], shape["lat_wgs84"], {}))
    for number, (row, tags) in enumerate(ways, start=1):
        between = along.get((row["from_id"], row["to_id"]), [])
        parts.append(way_xml(offset + number, [ids[row["from_id"]], *between, ids[row["to_id"]]], tags))
    parts.append("</osm>\n")
    return "".join(parts)


def documents() -> dict[str, str]:
    """Return the three OSM documents by mode."""
    classes = read_table("gradient_classes")
    road_nodes = [(row, common_node_tags(row, ROAD_NODE_TAGS[row["kind"]])) for row in read_table("road_nodes")]
    rail_nodes = [
        (
            row,
            common_node_tags(row, RAIL_NODE_TAGS[row["kind"]])
            | {"tracks": row["tracks_estimate"], "transport_sim:handles": row["handles"]},
        )
        for row in read_table("rail_nodes")
    ]
    water_nodes = [(row, water_node(row)) for row in read_table("water_nodes")]
    return {
        "road": osm_document(
            "road", road_nodes, [(row, road_way(row, classes)) for row in read_table("road_links")], []
        ),
        "rail": osm_document("rail", rail_nodes, [(row, rail_way(row)) for row in read_table("rail_links")], []),
        "waterway": osm_document(
            "waterway",
            water_nodes,
            [(row, water_way(row)) for row in read_table("water_links")],
            read_table("river_vertices"),
        ),
    }


def manifest_rows(texts: dict[str, bytes]) -> list[Row]:
    """Rows of the manifest: the built files, the tables they come from, and the sources behind the tables."""
    rows = []
    for mode, content in texts.items():
        note = "built from tables/ by build.py; a sketch, not a survey; WGS 84"
        rows.append(
            {
                "name": f"dazhou/{mode}.osm",
                "version": VERSION,
                "url_or_origin": "networks/dazhou/build.py",
                "retrieved": BUILT,
                "sha256": hashlib.sha256(content).hexdigest(),
                "licence": LICENCE[mode],
                "note": note,
            }
        )
    rows.extend(
        {
            "name": f"dazhou/tables/{path.name}",
            "version": VERSION,
            "url_or_origin": "written for this project; sources row by row",
            "retrieved": BUILT,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "licence": "as the sources below",
            "note": "",
        }
        for path in sorted((HERE / "tables").glob("*.csv"))
    )
    rows.extend({**row, "name": f"dazhou source: {row['name']}", "sha256": ""} for row in read_table("sources"))
    return rows


def write_manifest(texts: dict[str, bytes], path: Path) -> None:
    """Write the manifest, keeping the rows of other networks."""
    fields = ["name", "version", "url_or_origin", "retrieved", "sha256", "licence", "note"]
    others: list[Row] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            others = [row for row in csv.DictReader(file) if not row["name"].startswith("dazhou")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(manifest_rows(texts) + others)


def main(folder: Path) -> None:
    """Write the OSM files into `folder` and, in the repository, the manifest beside it."""
    texts = {mode: text.encode("utf-8") for mode, text in documents().items()}
    for mode, content in texts.items():
        (folder / f"{mode}.osm").write_bytes(content)
        print(f"{folder / f'{mode}.osm'}: {len(content):,} bytes")
    write_manifest(texts, (HERE.parent if folder == HERE else folder) / "manifest.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE)

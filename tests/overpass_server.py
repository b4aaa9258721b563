"""A small Overpass and Nominatim on loopback, which answers the queries of `network fetch` from given elements.

It understands that part of Overpass QL which those queries are written in and refuses the rest with 400, as the real
one does. `misbehave` queues answers that are none: each is used up by one request.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import shapely

Element = dict[str, Any]
Reply = Callable[[BaseHTTPRequestHandler], None]

CLAUSE = re.compile(r'(node|way)\["([\w:]+)"(?:~"\^\(([\w|]+)\)\$")?\]\(([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)\);')
QUERY = re.compile(
    r"\[out:json\]\[timeout:\d+\]\[maxsize:\d+\];\s*\((?P<ways>.*)\)->\.w;\s*"
    r'\((?P<nodes>.*)\.w;\.w>;rel\(bw\.w\)\["type"~"\^restriction"\];\);\s*out body qt;\s*'
)


class World:
    """The elements that the server knows, in a form that can be searched."""

    def __init__(self, elements: list[Element]) -> None:
        self.nodes = {e["id"]: e for e in elements if e["type"] == "node"}
        self.ways = {e["id"]: e for e in elements if e["type"] == "way"}
        self.relations = [e for e in elements if e["type"] == "relation"]
        self.lines = {}
        for number, way in self.ways.items():
            points = [(self.nodes[n]["lon"], self.nodes[n]["lat"]) for n in way["nodes"]]
            self.lines[number] = shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0])

    def answer(self, query: str) -> list[Element] | None:
        """Return the elements that a query asks for, None if it is not understood."""
        parts = QUERY.fullmatch(query)
        if parts is None or any(CLAUSE.sub("", parts[group]) for group in ("ways", "nodes")):
            return None
        ways = self._chosen(parts["ways"])
        members = [node for number in ways if number in self.ways for node in self.ways[number]["nodes"]]
        nodes = {*self._chosen(parts["nodes"]), *members}
        relations = [
            r
            for r in self.relations
            if r["tags"].get("type", "").startswith("restriction")
            and any(m["type"] == "way" and m["ref"] in ways for m in r["members"])
        ]
        return [self.nodes[n] for n in sorted(nodes)] + [self.ways[n] for n in sorted(ways)] + relations

    def _chosen(self, clauses: str) -> set[int]:
        found = set()
        for kind, key, values, *corners in CLAUSE.findall(clauses):
            south, west, north, east = (float(value) for value in corners)
            box = shapely.box(west, south, east, north)
            for number, element in (self.nodes if kind == "node" else self.ways).items():
                value = element.get("tags", {}).get(key)
                if value is None or (values and value not in values.split("|")):
                    continue
                if kind == "way":
                    inside = self.lines[number].intersects(box)
                else:
                    inside = west <= element["lon"] <= east and south <= element["lat"] <= north
                if inside:
                    found.add(number)
        return found


class OverpassServer:
    """What the tests see of the server."""

    def __init__(self, elements: list[Element], places: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.world, self.places = World(elements), places or {}
        self.queries: list[str] = []
        """Every query that came, also those that were answered badly."""
        self.searches: list[str] = []
        self._faults: list[Reply] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.root = f"http://127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        """The address to give as --overpass-url."""
        return f"{self.root}/api"

    def misbehave(self, *replies: Reply) -> None:
        """Answer the next requests like this."""
        self._faults += replies

    def next_fault(self) -> Reply | None:
        """Return how to answer the request at hand badly, None to answer it well."""
        return self._faults.pop(0) if self._faults else None

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Close the port: from now on the server is dead."""
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def serving(elements: list[Element], places: dict[str, list[dict[str, Any]]] | None = None) -> Iterator[OverpassServer]:
    """Serve these elements until the block ends."""
    server = OverpassServer(elements, places)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _handler(server: OverpassServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path != "/api/interpreter":
                return send(self, 404, b"not here")
            query = form["data"][0]
            server.queries.append(query)
            fault = server.next_fault()
            if fault:
                return fault(self)
            elements = server.world.answer(query)
            if elements is None:
                return send(self, 400, b"<html>Error: line 1: parse error</html>")
            return send(self, 200, overpass_json(elements))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path != "/search":
                return send(self, 404, b"not here")
            name = parse_qs(parts.query)["q"][0]
            server.searches.append(name)
            fault = server.next_fault()
            if fault:
                return fault(self)
            return send(self, 200, json.dumps(server.places.get(name, [])).encode())

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def overpass_json(elements: list[Element], **more: str) -> bytes:
    """Return elements as Overpass writes them."""
    head = {"version": 0.6, "generator": "test", "osm3s": {"timestamp_osm_base": "2026-11-01T00:00:00Z"}}
    return json.dumps({**head, "elements": elements, **more}).encode()


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, *, length: int | None = None, **headers: str
) -> None:
    """Send an answer; a length greater than the body's makes it a truncated one."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)
    if length is not None:
        handler.close_connection = True


def reply(status: int, body: bytes = b"", *, length: int | None = None, **headers: str) -> Reply:
    """Return an answer for `misbehave`."""
    return lambda handler: send(handler, status, body, length=length, **headers)


def node(number: int, lon: float, lat: float, **tags: str) -> Element:
    return {"type": "node", "id": number, "lon": lon, "lat": lat, **({"tags": tags} if tags else {})}


def way(number: int, nodes: list[int], **tags: str) -> Element:
    return {"type": "way", "id": number, "nodes": nodes, "tags": tags}


def read_elements(file: Path) -> list[Element]:
    """Read the elements of an OSM file; ways keep those of their nodes that the file has."""
    import osmium

    elements: dict[str, list[Element]] = {"n": [], "w": [], "r": []}
    for item in osmium.FileProcessor(str(file)):
        tags = {"tags": {tag.k: tag.v for tag in item.tags}}
        if item.is_node():
            elements["n"].append({"type": "node", "id": item.id, "lon": item.lon, "lat": item.lat, **tags})
        elif item.is_way():
            elements["w"].append({"type": "way", "id": item.id, "nodes": [n.ref for n in item.nodes], **tags})
        else:
            kinds = {"n": "node", "w": "way", "r": "relation"}
            members = [{"type": kinds[m.type], "ref": m.ref, "role": m.role} for m in item.members]
            elements["r"].append({"type": "relation", "id": item.id, "members": members, **tags})
    known = {e["id"] for e in elements["n"]}
    for element in elements["w"]:
        element["nodes"] = [n for n in element["nodes"] if n in known]
    return elements["n"] + [w for w in elements["w"] if w["nodes"]] + elements["r"]


TOWN = [
    # a primary road from west to east over the border of two tiles (107.5), with a trunk road to the north
    node(1, 107.40, 31.20),
    node(2, 107.48, 31.20, highway="traffic_signals"),
    node(3, 107.52, 31.20),
    node(4, 107.60, 31.20),
    node(5, 107.48, 31.30),
    way(101, [1, 2], highway="primary", name="西大街", lanes="4", maxspeed="60"),
    way(102, [2, 3, 4], highway="primary", name="东大街"),
    way(103, [2, 5], highway="trunk", oneway="yes"),
    way(104, [5, 1], highway="construction", construction="motorway", opening_date="2030"),
    {
        "type": "relation",
        "id": 901,
        "tags": {"type": "restriction", "restriction": "no_left_turn"},
        "members": [
            {"type": "way", "ref": 101, "role": "from"},
            {"type": "node", "ref": 2, "role": "via"},
            {"type": "way", "ref": 103, "role": "to"},
        ],
    },
    # a railway with two stations and a yard beside it
    node(11, 107.41, 31.21, railway="station", name="甲站"),
    node(12, 107.50, 31.21),
    node(13, 107.59, 31.21, railway="station", name="乙站"),
    way(111, [11, 12, 13], railway="rail", electrified="contact_line", gauge="1435", usage="main"),
    # a river with a lock and a port
    node(21, 107.41, 31.19),
    node(22, 107.51, 31.19, lock="yes"),
    node(23, 107.59, 31.19),
    way(121, [21, 22, 23], waterway="river", CEMT="IV"),
    node(24, 107.591, 31.191, harbour="yes", name="港"),
    # places
    node(31, 107.481, 31.201, amenity="fuel"),
    node(32, 107.601, 31.201, amenity="bus_station"),
    node(33, 107.401, 31.201),
    node(34, 107.402, 31.201),
    node(35, 107.402, 31.202),
    way(131, [33, 34, 35, 33], amenity="marketplace", name="市场"),
    # what nobody asked for
    node(41, 107.45, 31.22),
    node(42, 107.45, 31.23),
    way(141, [41, 42, 41], building="yes"),
    way(142, [41, 42], highway="footway"),
    node(43, 107.45, 31.24, amenity="cafe"),
]
"""A town in OSM elements, made for the tests; it lies in two tiles."""
TOWN_BOX = "107.39,31.15,107.65,31.35"

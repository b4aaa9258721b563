"""The traffic kernel beside SUMO's mesoscopic model and UXsim: same network, same trips, same paths.

`python benchmarks/traffic_peers.py --peer-python PYTHON [--case corridor|free|queues|dense|5000|50000 ...]`

PYTHON is an interpreter with `eclipse-sumo` and `uxsim` (a virtual environment of their own). Every program runs as a
child process that reads files and writes files; CPU seconds are user and system of the child as the kernel of the
operating system counts them, those of the simulation alone as each program counts them itself.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import iterparse

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

JAM_SPACING_M = 7.5
"""Room of one car in a queue, for all three. [m]"""
REACTION_S = 1.0
"""UXsim's reaction time; its lanes then carry 1 / (reaction + spacing / speed) vehicles a second. [s]"""
BIN_S = 900


@dataclass(frozen=True)
class Case:
    """A network of one-lane roads with trips on fixed paths, as every program is given it."""

    start: np.ndarray
    end: np.ndarray
    length_m: np.ndarray
    speed_ms: np.ndarray
    departure_s: np.ndarray
    pointers: np.ndarray
    links: np.ndarray

    @property
    def capacity_veh_s(self) -> np.ndarray:
        """What UXsim's triangular diagram lets through a lane. [1/s]."""
        return 1.0 / (REACTION_S + JAM_SPACING_M / self.speed_ms)

    def save(self, file: Path) -> None:
        """Write it for a child process."""
        np.savez(file, **self.__dict__)

    @classmethod
    def load(cls, file: Path) -> "Case":
        """Read what `save` wrote."""
        with np.load(file) as arrays:
            return cls(**{name: arrays[name] for name in arrays.files})


def grid_case(link_count: int, trip_count: int, *, hours: float, reach: int, seed: int = 1) -> Case:
    """Make a grid of about `link_count` links, and trips up to `reach` blocks away on their shortest paths."""
    side = round((1 + np.sqrt(1 + link_count)) / 2)
    draw = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], 1), np.stack([node[:-1].ravel(), node[1:].ravel()], 1)]
    )
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    start, end = pairs.T
    # whole metres and seconds: the time step of SUMO and UXsim is a second
    time_s = draw.integers(12, 31, len(start))
    speed_ms = draw.choice([10.0, 15.0], len(start))
    length_m = time_s * speed_ms
    graph = csr_array((time_s.astype(float), (start, end)), shape=(side * side, side * side))
    link_of = {(a, b): n for n, (a, b) in enumerate(zip(start.tolist(), end.tolist(), strict=True))}
    origin_count = min(400, side * side)
    origins = draw.choice(side * side, origin_count, replace=False)
    _, before = dijkstra(graph, indices=origins, return_predecessors=True)
    number = draw.integers(0, origin_count, trip_count)
    row, column = np.divmod(origins[number], side)
    low_r, high_r = np.maximum(row - reach, 0), np.minimum(row + reach, side - 1)
    low_c, high_c = np.maximum(column - reach, 0), np.minimum(column + reach, side - 1)
    target = draw.integers(low_r, high_r + 1) * side + draw.integers(low_c, high_c + 1)
    target = np.where(target == origins[number], (target + 1) % (side * side), target)
    known: dict[tuple[int, int], list[int]] = {}
    paths = []
    for o, t in zip(number.tolist(), target.tolist(), strict=True):
        if (o, t) not in known:
            path, here = [], t
            while before[o, here] >= 0:
                path.append(link_of[before[o, here], here])
                here = int(before[o, here])
            known[o, t] = path[::-1]
        paths.append(known[o, t])
    departure = np.sort(draw.integers(0, int(3600 * hours), trip_count)).astype(float)
    pointers = np.concatenate([[0], np.cumsum([len(p) for p in paths])])
    return Case(start, end, length_m, speed_ms, departure, pointers, np.concatenate([np.array(p) for p in paths]))


def corridor_case(*, demand_veh_h: float, minutes: float) -> Case:
    """Make a corridor of ten links whose last third is slow: its lane carries less, and a queue spills back."""
    speed = np.array([15.0] * 7 + [5.0] * 3)
    length = np.array([450.0] * 7 + [300.0] * 3)
    count = int(demand_veh_h * minutes / 60)
    departure = np.floor(np.arange(count) * 3600.0 / demand_veh_h)
    links = np.tile(np.arange(10), count)
    return Case(np.arange(10), np.arange(1, 11), length, speed, departure, np.arange(count + 1) * 10, links)


OURS = """
import sys, json, time
import numpy as np
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from traffic_peers import Case, run_ours
run_ours(Case.load(sys.argv[2]), Path(sys.argv[3]))
"""


def run_ours(case: Case, folder: Path) -> None:
    """Simulate a case with our kernel, with link-bin outputs and emissions, and write them as Parquet."""
    from time import process_time  # noqa: PLC0415

    import pandas as pd  # noqa: PLC0415

    from transport_sim.network.model import VEHICLE_CLASSES  # noqa: PLC0415
    from transport_sim.traffic.kernel import simulate_traffic  # noqa: PLC0415
    from transport_sim.traffic.model import LinkSupply, PathSet, Trips  # noqa: PLC0415

    nodes = int(max(case.start.max(), case.end.max())) + 1
    count = len(case.start)
    supply = LinkSupply(
        link_ids=np.arange(count),
        rows=np.arange(count),
        from_node=case.start.astype(np.int64),
        to_node=case.end.astype(np.int64),
        node_ids=np.arange(nodes),
        length_km=case.length_m / 1000.0,
        lanes_count=np.ones(count),
        capacity_pcu_h=3600.0 * case.capacity_veh_s,
        entry_capacity_pcu_h=3600.0 * case.capacity_veh_s,
        wave_speed_kmh=np.full(count, 3.6 * JAM_SPACING_M / REACTION_S),
        storage_pcu=case.length_m / JAM_SPACING_M,
        class_speed_kmh=np.tile(3.6 * case.speed_ms, (len(VEHICLE_CLASSES), 1)),
    )
    groups = pd.DataFrame(
        {
            "vehicle_class": ["car"],
            "registration": ["local"],
            "technology": ["petrol"],
            "emission_standard": ["china_v"],
            "plate": [""],
            "pcu": [1.0],
        }
    )
    paths = PathSet(case.pointers.astype(np.int64), case.links.astype(np.int64))
    trips = Trips(case.departure_s, np.zeros(len(case.departure_s), np.int64), np.arange(len(case.departure_s)))
    tiny = Trips(trips.departure_s[:1], trips.group[:1], trips.path[:1])
    write_emissions(case, simulate_traffic(supply, groups, paths, tiny), folder)
    began = process_time()
    result = simulate_traffic(supply, groups, paths, trips)
    simulated = process_time()
    write_emissions(case, result, folder)
    seconds = {"simulation": simulated - began, "emissions": process_time() - simulated}
    travel = result.arrival_s - trips.departure_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    pd.DataFrame({"travel_s": travel}).to_parquet(folder / "trips.parquet")
    (folder / "ours.json").write_text(json.dumps({"mean_s": float(np.nanmean(travel)), "peak_gb": peak, **seconds}))


def write_emissions(case: Case, result: "TrafficResult", folder: Path) -> None:
    """Turn flows and times by link and bin into fuel and exhaust, and write both."""
    import pandas as pd  # noqa: PLC0415

    from transport_sim.emissions.link_bins import QUANTITIES, RateTable  # noqa: PLC0415
    from transport_sim.factors import load_factors  # noqa: PLC0415

    kinds = pd.DataFrame({"vehicle_class": ["car"], "technology": ["petrol"], "emission_standard": ["china_iv"]})
    rates = RateTable.build(load_factors(), kinds, grid_region="sichuan", year=2023)
    sums, _ = rates.add_up(
        length_km=case.length_m / 1000.0,
        gradient_ratio=np.zeros(len(case.length_m)),
        flow_count=result.flow_count,
        time_s=result.time_s,
    )
    link, step = np.nonzero(result.flow_count[0])
    here = 0, link, step
    flows = {"link": link, "bin": step, "count": result.flow_count[here], "time_s": result.time_s[here]}
    pd.DataFrame(flows).to_parquet(folder / "flows.parquet")
    pd.DataFrame(sums, columns=list(QUANTITIES)).to_parquet(folder / "exhaust.parquet")


SUMO_INPUT = """<additional>
<edgeData id="flows" freq="{bin}" file="flows.xml" excludeEmpty="true"/>
<edgeData id="exhaust" type="emissions" freq="{bin}" file="exhaust.xml" excludeEmpty="true"/>
</additional>
"""


SUMO_HEAD = """<routes>
<vType id="car" length="{length}" minGap="2.5" speedFactor="1" speedDev="0" tau="{tau}"
 emissionClass="HBEFA4/PC_petrol_Euro-4"/>
"""


def write_sumo(case: Case, folder: Path, home: Path) -> None:
    """Write a case in SUMO's formats and build its network; not part of what is timed."""
    nodes = int(max(case.start.max(), case.end.max())) + 1
    side = int(np.ceil(np.sqrt(nodes)))
    with (folder / "nodes.xml").open("w") as out:
        out.write("<nodes>\n")
        out.writelines(f'<node id="{n}" x="{n % side * 300}" y="{n // side * 300}"/>\n' for n in range(nodes))
        out.write("</nodes>\n")
    with (folder / "edges.xml").open("w") as out:
        out.write("<edges>\n")
        rows = zip(case.start.tolist(), case.end.tolist(), case.speed_ms, case.length_m, strict=True)
        out.writelines(
            f'<edge id="{n}" from="{a}" to="{b}" numLanes="1" speed="{v}" length="{m}"/>\n'
            for n, (a, b, v, m) in enumerate(rows)
        )
        out.write("</edges>\n")
    options = (
        *("--no-internal-links", "--no-warnings", "--offset.disable-normalization"),
        "--junctions.limit-turn-speed=-1",
    )
    files = ("-n", "nodes.xml", "-e", "edges.xml", "-o", "net.xml")
    subprocess.run([home / "bin" / "netconvert", *files, *options], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (folder / "output.xml").write_text(SUMO_INPUT.format(bin=BIN_S))
    head = SUMO_HEAD.format(length=JAM_SPACING_M - 2.5, tau=REACTION_S)
    (folder / "empty.xml").write_text(head + "</routes>\n")
    with (folder / "routes.xml").open("w") as out:
        out.write(head)
        for n, when in enumerate(case.departure_s.tolist()):
            edges = " ".join(map(str, case.links[case.pointers[n] : case.pointers[n + 1]].tolist()))
            out.write(f'<vehicle id="{n}" type="car" depart="{when}"><route edges="{edges}"/></vehicle>\n')
        out.write("</routes>\n")


def run_sumo(folder: Path, home: Path, routes: str) -> float:
    """Run the mesoscopic model with flows and exhaust by edge and bin; return its CPU seconds."""
    command = [home / "bin" / "sumo", "--mesosim", "-n", "net.xml", "-r", routes, "-a", "output.xml"]
    command += ["--meso-junction-control", "false", "--statistic-output", "statistics.xml", "--duration-log.statistics"]
    command += ["--no-step-log", "--time-to-teleport", "-1", "--no-warnings", "--end", "36000"]
    return timed([str(part) for part in command], folder)[0]


UXSIM = """
import sys, json, time
import numpy as np
from uxsim import World
with np.load(sys.argv[1]) as f:
    case = {name: f[name] for name in f.files}
w = World(name="", deltan=1, reaction_time=REACTION_S, print_mode=0, save_mode=0, show_mode=0, random_seed=1,
          duo_update_time=10**7, tmax=36000, cpp=True, vehicle_logging_timestep_interval=-1)
for n in range(int(max(case["start"].max(), case["end"].max())) + 1):
    w.addNode(str(n), n, 0)
for n, (a, b, m, v) in enumerate(zip(case["start"], case["end"], case["length_m"], case["speed_ms"])):
    w.addLink(str(n), str(a), str(b), float(m), free_flow_speed=float(v), jam_density=1/JAM_SPACING_M)
vehicles = []
ends = case["pointers"]
for n, when in enumerate(case["departure_s"]):
    path = case["links"][ends[n]:ends[n + 1]]
    vehicle = w.addVehicle(str(case["start"][path[0]]), str(case["end"][path[-1]]), float(when))
    vehicle.enforce_route([str(p) for p in path])
    vehicles.append(vehicle)
began = time.process_time()
w.exec_simulation()
seconds = time.process_time() - began
travel = np.array([v.arrival_time - v.departure_time_in_second if v.state == "end" else np.nan for v in vehicles])
json.dump({"simulation": seconds, "mean_s": float(np.nanmean(travel)), "done": int(np.isfinite(travel).sum())},
          open(sys.argv[2], "w"))
""".replace("REACTION_S", str(REACTION_S)).replace("JAM_SPACING_M", str(JAM_SPACING_M))


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return CPU seconds (user and system) and peak memory in GB, children included."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} ended with status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def sumo_mean_s(folder: Path) -> tuple[float, float]:
    """Return the mean travel time, waiting to enter included, and the fuel of all vehicles. [s, kg]."""
    trip = next(e for _, e in iterparse(folder / "statistics.xml") if e.tag == "vehicleTripStatistics")
    fuel = sum(float(e.get("fuel_abs", 0)) for _, e in iterparse(folder / "exhaust.xml") if e.tag == "edge")
    return float(trip.get("duration", 0)) + float(trip.get("departDelay", 0)), fuel / 1e6


def measure(name: str, case: Case, python: str, peers: set[str]) -> None:
    """Run all programs on a case and print what they took and found."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        case.save(folder / "case.npz")
        visits = len(case.links)
        print(f"\n{name}: {len(case.start):,} links, {len(case.departure_s):,} trips, {visits:,} link traversals")
        whole, _ = timed([sys.executable, "-c", OURS, __file__, str(folder / "case.npz"), str(folder)], folder)
        ours = json.loads((folder / "ours.json").read_text())
        own = ours["simulation"] + ours["emissions"]
        print(
            f"  ours   mean {ours['mean_s']:8.2f} s, simulation and exhaust {own:8.2f} s CPU"
            f" ({visits / ours['simulation'] / 1e6:.1f} M traversals/s), whole {whole:.2f}, {ours['peak_gb']:.2f} GB"
        )
        if "sumo" in peers:
            found = subprocess.check_output([python, "-c", "import sumo; print(sumo.SUMO_HOME)"], text=True)
            home = Path(found.strip())
            write_sumo(case, folder, home)
            empty, full = (run_sumo(folder, home, routes) for routes in ("empty.xml", "routes.xml"))
            mean, fuel = sumo_mean_s(folder)
            print(
                f"  SUMO   mean {mean:8.2f} s, simulation and exhaust {full - empty:8.2f} s CPU, whole {full:8.2f};"
                f" ratio {(full - empty) / own:.1f}, whole {full / whole:.1f}; fuel {fuel:.0f} kg"
            )
        if "uxsim" in peers:
            (folder / "run.py").write_text(UXSIM)
            whole, _ = timed([python, "run.py", "case.npz", "uxsim.json"], folder)
            found = json.loads((folder / "uxsim.json").read_text(encoding="utf-8"))
            print(
                f"  UXsim  mean {found['mean_s']:8.2f} s, simulation {found['simulation']:8.2f} s CPU, all {whole:.2f}"
                f"; ratio {found['simulation'] / own:.1f}; {found['done']} of {len(case.departure_s)} arrived"
            )


CASES = {
    "corridor": lambda: corridor_case(demand_veh_h=1500, minutes=60),
    "free": lambda: grid_case(500, 2_000, hours=2, reach=8),
    "queues": lambda: grid_case(500, 20_000, hours=1, reach=8),
    "dense": lambda: grid_case(500, 22_000, hours=1, reach=8),
    "5000": lambda: grid_case(5_000, 100_000, hours=2, reach=14),
    "50000": lambda: grid_case(50_000, 500_000, hours=2, reach=20),
}

if TYPE_CHECKING:
    from transport_sim.traffic.model import TrafficResult

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--peers", nargs="*", choices=["sumo", "uxsim"], default=["sumo", "uxsim"])
    given = parser.parse_args()
    for which in given.case:
        measure(which, CASES[which](), given.peer_python, set(given.peers))

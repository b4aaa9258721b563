"""How long the static equilibrium takes: our gradient projection beside Frank-Wolfe on scipy, and AequilibraE.

Run with `python benchmarks/static_assignment.py FOLDER [--peer-python PYTHON]`. FOLDER holds TNTP files (Sioux Falls,
Anaheim); PYTHON is an interpreter with `aequilibrae` installed, which has its own bi-conjugate Frank-Wolfe. Prints
iterations (searches for shortest paths) and CPU seconds to each relative gap, compilation and reading apart.
"""

import argparse
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from transport_sim.network.tntp import TntpNetwork, read_network, read_trips

PROBLEMS = ("SiouxFalls", "Anaheim")
GAPS = (1e-4, 1e-5, 1e-6, 1e-8, 1e-12)
MOST_ITERATIONS = 2000
"""Iterations after which Frank-Wolfe is stopped. [-]"""


def ours(network: TntpNetwork, trips: pd.DataFrame) -> dict[float, tuple[int, float]]:
    from transport_sim.traffic.static import StaticLinks, user_equilibrium  # noqa: PLC0415 - the peer has no numba

    links = StaticLinks.from_tntp(network)
    demand = trips.assign(origin=trips["origin"] - 1, destination=trips["destination"] - 1)
    user_equilibrium(links, demand, gap=0.1)
    best: dict[float, tuple[int, float]] = {}
    for _ in range(5):
        progress = user_equilibrium(links, demand, gap=min(GAPS)).iterations
        for gap in GAPS:
            reached = progress[progress["gap_ratio"] <= gap].iloc[0]
            if gap not in best or reached["cpu_s"] < best[gap][1]:
                best[gap] = int(reached.name), float(reached["cpu_s"])
    return best


def frank_wolfe(network: TntpNetwork, trips: pd.DataFrame) -> dict[float, tuple[int, float]]:
    """Plain Frank-Wolfe: all-or-nothing on scipy's Dijkstra, exact line search by bisection."""
    from scipy.optimize import brentq  # noqa: PLC0415
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    links, n = network.links, network.node_count
    start, end = links["from_node"].to_numpy() - 1, links["to_node"].to_numpy() - 1
    # what leaves a centroid leaves a copy of it, so that no path leads through
    start = np.where(start + 1 < network.first_through_node, start + n, start)
    free, capacity, b, power = (links[name].to_numpy() for name in ("free_flow_time", "capacity", "b", "power"))
    link_of = {pair: i for i, pair in enumerate(zip(start.tolist(), end.tolist(), strict=True))}
    demand = trips[(trips["flow"] > 0) & (trips["origin"] != trips["destination"])]
    table = demand.pivot_table(index="origin", columns="destination", values="flow", fill_value=0.0)
    sources = table.index.to_numpy() - 1
    sources = np.where(sources + 1 < network.first_through_node, sources + n, sources)
    targets = table.columns.to_numpy() - 1

    def times(flow: np.ndarray) -> np.ndarray:
        return free * (1 + b * (flow / capacity) ** power)

    def all_or_nothing(cost: np.ndarray) -> np.ndarray:
        matrix = csr_array((cost, (start, end)), shape=(2 * n, 2 * n))
        _, before = dijkstra(matrix, indices=sources, return_predecessors=True)
        flow = np.zeros(len(cost))
        for i, row in enumerate(table.to_numpy()):
            for j in np.flatnonzero(row):
                node = int(targets[j])
                while (previous := int(before[i, node])) >= 0:
                    flow[link_of[previous, node]] += row[j]
                    node = previous
        return flow

    began, reached = time.process_time(), {}
    flow = all_or_nothing(free)
    for iteration in range(1, MOST_ITERATIONS):
        cost = times(flow)
        step = all_or_nothing(cost) - flow
        gap = -(cost @ step) / (cost @ flow)
        for goal in GAPS:
            if gap <= goal and goal not in reached:
                reached[goal] = iteration, time.process_time() - began
        if gap <= GAPS[1]:
            break
        slope = lambda share, at=flow, to=step: times(at + share * to) @ to  # noqa: E731
        flow = flow + (1.0 if slope(1.0) <= 0 else brentq(slope, 0.0, 1.0)) * step
    return reached


def aequilibrae(network: TntpNetwork, trips: pd.DataFrame) -> dict[float, tuple[int, float]]:
    """AequilibraE's bi-conjugate Frank-Wolfe on one core, one run for each gap; only inside its own interpreter."""
    from aequilibrae.matrix import AequilibraeMatrix  # noqa: PLC0415
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass  # noqa: PLC0415

    links = network.links.rename(columns={"from_node": "a_node", "to_node": "b_node"})
    links = links.assign(link_id=np.arange(1, len(links) + 1), direction=1)
    graph = Graph()
    graph.network = links
    graph.prepare_graph(np.arange(1, network.zone_count + 1))
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(network.first_through_node > 1)
    reached = {}
    for gap in GAPS[:-1]:
        zones = network.zone_count
        flows = np.zeros((zones, zones))
        flows[trips["origin"] - 1, trips["destination"] - 1] = trips["flow"]
        np.fill_diagonal(flows, 0.0)
        matrix = AequilibraeMatrix()
        matrix.create_empty(zones=zones, matrix_names=["car"], memory_only=True)
        matrix.index[:] = np.arange(1, zones + 1)
        matrix.matrix["car"][:, :] = flows
        matrix.computational_view(["car"])
        assignment = TrafficAssignment()
        assignment.set_classes([TrafficClass("car", graph, matrix)])
        assignment.set_vdf("BPR")
        assignment.set_vdf_parameters({"alpha": "b", "beta": "power"})
        assignment.set_capacity_field("capacity")
        assignment.set_time_field("free_flow_time")
        assignment.set_algorithm("bfw")
        assignment.set_cores(1)
        assignment.max_iter, assignment.rgap_target = MOST_ITERATIONS, gap
        began = time.process_time()
        assignment.execute(log_specification=False)
        report = assignment.report()
        if report["rgap"].iloc[-1] <= gap:
            reached[gap] = int(report["iteration"].iloc[-1]), time.process_time() - began
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer-python")
    parser.add_argument("--only", choices=["aequilibrae"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    solvers = [aequilibrae] if given.only else [ours, frank_wolfe]
    for name in PROBLEMS:
        network = read_network(given.folder / f"{name}_net.tntp")
        trips = read_trips(given.folder / f"{name}_trips.tntp")
        for solver in solvers:
            reached = solver(network, trips)
            cells = (f"{gap:g}: {reached[gap][0]} it {reached[gap][1]:.4f} s" for gap in GAPS if gap in reached)
            print(f"{name:12}{solver.__name__:14}", " | ".join(cells), flush=True)
    if given.peer_python:
        root = str(Path(__file__).resolve().parents[1])
        command = [given.peer_python, __file__, str(given.folder), "--only", "aequilibrae"]
        subprocess.run(
            command,
            check=True,
            env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1", "AEQ_SHOW_PROGRESS": "FALSE"},
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())

"""How long siting takes: our models beside spopt's with the same solver, HiGHS.

Run with `python benchmarks/siting.py [--peer-python PYTHON] [--peer-limit SECONDS]`; PYTHON is an interpreter with
`spopt` and `highspy`. Demand points and candidates lie at random in a square of 100 by 100 minutes, time is distance.
Every line is a process of its own: CPU seconds, building the model included, importing and compiling not; and its peak
memory. The ratios are spopt's CPU time to ours in the same run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RADIUS_MIN = 5.0
"""Service radius. [min]"""
POINTS, PLACES, SITES = 2_000, 500, 50
MANY_POINTS, MANY_PLACES, MANY_SITES = 20_000, 2_000, 100
Figures = dict[str, Any]


def instance(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    points, places = draw.random((n, 2)) * 100, draw.random((m, 2)) * 100
    time_min = np.hypot(points[:, 0, None] - places[:, 0], points[:, 1, None] - places[:, 1])
    return draw.integers(1, 100, n).astype(float), time_min


def measure(solve: Callable[[], Figures]) -> Figures:
    began = time.process_time()
    found = solve()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**found, "cpu_s": time.process_time() - began, "peak_mb": peak}


def our_cover() -> Figures:
    from transport_sim.siting.models import SitingProblem, maximal_cover  # noqa: PLC0415 - the peer has no numba

    demand, time_min = instance(POINTS, PLACES)
    problem = SitingProblem(demand, time_min, np.ones(PLACES), np.zeros(PLACES, np.bool_))

    def solve() -> Figures:
        found = maximal_cover(problem, radius_min=RADIUS_MIN, sites=SITES)
        return {"status": found.status, "objective": found.objective, "gap": found.gap_ratio}

    return measure(solve)


def our_median(n: int, m: int, sites: int, gap_ratio: float) -> Figures:
    from transport_sim.siting.models import Limits, SitingProblem, p_median  # noqa: PLC0415

    small, small_time = instance(30, 10)
    p_median(SitingProblem(small, small_time, np.ones(10), np.zeros(10, np.bool_)), sites=3)  # compiles
    demand, time_min = instance(n, m)
    problem = SitingProblem(demand, time_min, np.ones(m), np.zeros(m, np.bool_))

    def solve() -> Figures:
        found = p_median(problem, sites=sites, limits=Limits(gap_ratio=gap_ratio))
        return {"status": found.status, "objective": found.objective, "gap": found.gap_ratio}

    return measure(solve)


def peer(model: str, limit_s: float) -> Figures:
    import pulp  # noqa: PLC0415
    from spopt.locate import MCLP, PMedian  # noqa: PLC0415

    demand, time_min = instance(POINTS, PLACES)
    solver = pulp.HiGHS(msg=False, threads=1, timeLimit=limit_s)

    def solve() -> Figures:
        if model == "cover":
            built = MCLP.from_cost_matrix(time_min, demand, RADIUS_MIN, SITES)
        else:
            built = PMedian.from_cost_matrix(time_min, demand, SITES)
        built.problem.solve(solver)
        word = "optimal" if built.problem.sol_status == pulp.LpSolutionOptimal else "stopped"
        return {"status": word, "objective": pulp.value(built.problem.objective), "gap": float("nan")}

    return measure(solve)


CASES: dict[str, Callable[[float], Figures]] = {
    "maximal cover": lambda _: our_cover(),
    "p-median, gap of 1 %": lambda _: our_median(POINTS, PLACES, SITES, 0.01),
    "p-median, gap of 0.1 %": lambda _: our_median(POINTS, PLACES, SITES, 0.001),
    "p-median, optimal": lambda _: our_median(POINTS, PLACES, SITES, 0.0),
    "p-median, 20,000 x 2,000, gap of 1 %": lambda _: our_median(MANY_POINTS, MANY_PLACES, MANY_SITES, 0.01),
    "p-median, 20,000 x 2,000, gap of 0.5 %": lambda _: our_median(MANY_POINTS, MANY_PLACES, MANY_SITES, 0.005),
    "spopt, maximal cover": lambda limit_s: peer("cover", limit_s),
    "spopt, p-median": lambda limit_s: peer("median", limit_s),
}


def run(python: str, name: str, limit_s: float) -> Figures:
    command = [python, __file__, "--only", name, "--peer-limit", str(limit_s)]
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
    )
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{name:40}{found['status']:9}{found['objective']:14,.1f}  gap {found['gap']:.6f}"
        f"{found['cpu_s']:9.2f} s {found['peak_mb']:7.0f} MB",
        flush=True,
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python")
    parser.add_argument("--peer-limit", type=float, default=60.0, help="seconds that HiGHS gets for the peer")
    parser.add_argument("--only", choices=CASES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(CASES[given.only](given.peer_limit)))
        return
    found = {name: run(sys.executable, name, given.peer_limit) for name in CASES if not name.startswith("spopt")}
    if given.peer_python:
        cover = run(given.peer_python, "spopt, maximal cover", given.peer_limit)
        median = run(given.peer_python, "spopt, p-median", given.peer_limit)
        print(f"maximal cover: ratio {cover['cpu_s'] / found['maximal cover']['cpu_s']:.0f}")
        print(
            f"p-median: ratio {median['cpu_s'] / found['p-median, optimal']['cpu_s']:.0f} at least, if it was stopped"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())

"""p-median: the published optima of the OR-Library, proven.

Files of J. Beasley's OR-Library (pmed1 to pmed40, or those that are there) are read from the folder `orlib` of
TRANSPORT_SIM_BENCHMARK_DATA: number of nodes, of edges and p, then the edges; where an edge is listed twice the last one
counts. Distances are shortest paths. `pmedopt.csv` lists the published optima.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transport_sim.siting.models import SitingProblem, p_median

pytestmark = pytest.mark.benchmark_data


@pytest.fixture(scope="module")
def folder():
    place = os.environ.get("TRANSPORT_SIM_BENCHMARK_DATA")
    if not place:
        pytest.fail("set TRANSPORT_SIM_BENCHMARK_DATA to the folder that holds orlib/")
    return Path(place) / "orlib"


def read_problem(path):
    numbers = np.array(path.read_text().split(), dtype=np.int64)
    n, edges, p = numbers[:3]
    distance = np.full((n, n), np.inf)
    np.fill_diagonal(distance, 0.0)
    for start, end, length in numbers[3 : 3 + 3 * edges].reshape(-1, 3):
        distance[start - 1, end - 1] = distance[end - 1, start - 1] = length
    for middle in range(n):
        distance = np.minimum(distance, distance[:, middle, None] + distance[middle])
    return SitingProblem(np.ones(n), distance, np.zeros(n), np.zeros(n, bool)), int(p)


def test_every_published_optimum_is_found_and_proven(folder):
    known = pd.read_csv(folder / "pmedopt.csv")
    assert len(known) >= 20
    for name, optimum in known.itertuples(index=False):
        problem, p = read_problem(folder / f"{name}.txt")
        found = p_median(problem, sites=p)
        assert found.status == "optimal", name
        assert found.objective == optimum, name
        assert found.bound == optimum, name
        assert found.open.sum() <= p


@pytest.mark.parametrize("number", range(1, 6))
def test_highs_agrees_on_the_smallest_ones(folder, number):
    """With both limits (places cost nothing) the model goes to HiGHS, one variable per pair."""
    known = pd.read_csv(folder / "pmedopt.csv").set_index("instance")["optimum"]
    problem, p = read_problem(folder / f"pmed{number}.txt")
    found = p_median(problem, sites=p, budget_cny=0.0)
    assert "HiGHS" in found.method
    assert found.status == "optimal"
    assert found.objective == pytest.approx(known[f"pmed{number}"])

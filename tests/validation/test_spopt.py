"""Siting models agree with those of spopt, where spopt is installed (the extra `bench`)."""

import warnings

import numpy as np
import pytest

from transport_sim.siting.models import SitingProblem, location_set_cover, maximal_cover, p_centre, p_median

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own dependencies
    locate = pytest.importorskip("spopt.locate", reason="spopt is in the extra `bench`, to compare with")
    pulp = pytest.importorskip("pulp", reason="spopt solves through pulp")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("seed", range(8))
def test_the_four_models_of_spopt_have_the_same_objective(seed):
    """Set cover, maximal cover, p-median and p-centre on 40 demand points and 15 candidates."""
    rng = np.random.default_rng(seed)
    time = np.hypot(*(rng.random((2, 40, 1)) - rng.random((2, 1, 15)))) * 60
    demand = rng.integers(1, 20, 40).astype(float)
    problem = SitingProblem(demand, time, np.ones(15), np.zeros(15, bool))
    radius, sites = float(np.sort(time.min(axis=1))[-1]) + 3.0, 4

    def optimum(model):
        model.problem.solve(pulp.HiGHS(msg=False))
        assert model.problem.sol_status == pulp.LpSolutionOptimal
        return pulp.value(model.problem.objective)

    ours = location_set_cover(problem, radius_min=radius).objective
    assert ours == pytest.approx(optimum(locate.LSCP.from_cost_matrix(time, radius)))
    ours = maximal_cover(problem, radius_min=10.0, sites=sites).objective
    assert ours == pytest.approx(optimum(locate.MCLP.from_cost_matrix(time, demand, 10.0, sites)))
    ours = p_median(problem, sites=sites).objective
    assert ours == pytest.approx(optimum(locate.PMedian.from_cost_matrix(time, demand, sites)))
    ours = p_centre(problem, sites=sites).objective
    assert ours == pytest.approx(optimum(locate.PCenter.from_cost_matrix(time, sites)))

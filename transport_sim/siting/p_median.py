"""p-median: least time of all demand to its nearest site."""

import numpy as np

from transport_sim.errors import SitingError
from transport_sim.randomness import FloatArray
from transport_sim.siting.cover import Robust
from transport_sim.siting.description import covers_within, describe, infeasible
from transport_sim.siting.median_program import solve_by_highs
from transport_sim.siting.problem import Limits, Siting, SitingProblem
from transport_sim.siting.spending import check_spending, spending_rows


def p_median(
    problem: SitingProblem,
    *,
    sites: int | None = None,
    budget_cny: float | None = None,
    radius_min: float | FloatArray | None = None,
    robust: Robust = "mean",
    limits: Limits | None = None,
) -> Siting:
    """Make the time of all demand to its nearest site as short as possible [1]_ [2]_.

    Minimise the sum of demand x time, each demand point going to its nearest open candidate.

    Parameters
    ----------
    problem
        The problem.
    sites
        Open sites at most, those that exist included. [-]
    budget_cny
        What new sites may cost. [CNY]
    radius_min
        Within which time the groups of the problem count as covered; needed if there are groups. [min]
    robust
        What is best over several scenarios of demand, see `Robust`.
    limits
        When the solver may stop.

    Returns
    -------
    The sites. The objective is demand-minutes (`mean`: on average over scenarios), the mean minutes of the worst
    scenario (`worst_case`) or the largest regret (`regret`). [min] Infeasible names demand that nothing reaches.

    References
    ----------
    .. [1] S. Hakimi, "Optimum locations of switching centers and the absolute centers and medians of a graph",
       Operations Research 12(3), 1964.
    .. [2] C. ReVelle and R. Swain, "Central facilities location", Geographical Analysis 2(1), 1970.
    """
    check_spending(problem.existing, sites, budget_cny)
    if problem.groups and radius_min is None:
        raise SitingError("least shares of groups need radius_min: within which time is a group covered?")
    limits = limits or Limits()
    reached = np.isfinite(problem.time_min)
    asked = (problem.weights > 0).any(axis=0)
    alone = np.flatnonzero(asked & ~reached.any(axis=1))
    if len(alone):
        message = f"no candidate can be reached from {problem.name_demand(alone)}"
        return infeasible(problem, alone, method="p-median", message=message)
    near = covers_within(problem, radius_min) if radius_min is not None and problem.groups else None
    method = "p-median, HiGHS" if len(problem.weights) == 1 else f"p-median, {robust}, HiGHS"
    spending = spending_rows(problem.new_cost_cny, sites, budget_cny)
    found = solve_by_highs(problem, near, spending, robust=robust, limits=limits)
    answer = found.answer
    if answer.status == "infeasible":
        return infeasible(problem, alone, method=method, message="")
    return describe(
        problem,
        reached,
        answer.x[: problem.candidate_count] > 0.5,
        method=method,
        status=answer.status if found.proven else "feasible",
        objective=answer.objective,
        bound=answer.bound,
        gap_ratio=answer.gap_ratio,
    )

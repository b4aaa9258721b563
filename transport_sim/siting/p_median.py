"""p-median: least time of all demand to its nearest site."""

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.siting.cover import Robust, least_left_out
from transport_sim.siting.description import covers_within, describe, infeasible, relative_gap
from transport_sim.siting.lagrangian import CUT_MOST, EXACT, MedianProblem, solve_median
from transport_sim.siting.median_kernel import Limit
from transport_sim.siting.median_lists import Lists
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

    Minimise the sum of demand x time, each demand point going to its nearest open candidate. With one limit, one
    scenario (or the mean of several) and no groups, Lagrangian bounds and branching solve it (`lagrangian`), otherwise
    HiGHS does, with one variable per pair of demand and candidate (`median_program`).

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
        When the solver may stop; if left out, with a gap of 1 % where there are more than 2 million pairs of demand and
        candidate.

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
    if limits is None:
        limits = Limits() if problem.time_min.size <= EXACT_PAIRS_MOST else LARGE
    lost, message = _unreached(problem, sites, budget_cny, limits)
    if len(lost):
        return infeasible(problem, lost, method="p-median", message=message)
    simple = not problem.groups and (len(problem.weights) == 1 or robust == "mean")
    if simple and (sites is None or budget_cny is None):
        found = _by_bounds(problem, sites, budget_cny, limits)
        if found is not None:
            return found
    return _by_highs(problem, spending_rows(problem.new_cost_cny, sites, budget_cny), radius_min, robust, limits)


EXACT_PAIRS_MOST = 2_000_000
"""Pairs of demand and candidate up to which an optimum is looked for unless `limits` says otherwise. [-]"""
LARGE = Limits(gap_ratio=0.01, nodes_most=100)
"""When to stop with more of them."""
LIST_RATIO = 12.0
"""How many times the mean number of candidates per site the lists hold at first. [-]"""
LIST_LEAST = 50
"""Candidates that a list holds at least. [-]"""


def _unreached(
    problem: SitingProblem, sites: int | None, budget_cny: float | None, limits: Limits
) -> tuple[IntArray, str]:
    """Return the demand points that cannot be served, and why."""
    asked = (problem.weights > 0).any(axis=0)
    reached = np.isfinite(problem.time_min)
    payable = budget_cny is None or problem.existing.any() or problem.cost_cny.min() <= budget_cny
    if reached[asked].all() and payable:
        return np.empty(0, np.int64), ""
    alone = np.flatnonzero(asked & ~reached.any(axis=1))
    if len(alone):
        return alone, f"no candidate can be reached from {problem.name_demand(alone)}"
    lost = least_left_out(problem, sites=sites, budget_cny=budget_cny, limits=limits)
    named = problem.name_demand(lost)
    return lost, f"no such sites reach everybody; those that leave out least leave out {named}"


def _by_bounds(problem: SitingProblem, sites: int | None, budget_cny: float | None, limits: Limits) -> Siting | None:
    """Solve by Lagrangian bounds; None if no solution was found in which everybody has a way."""
    asked = np.flatnonzero((problem.weights > 0).any(axis=0))
    demand, time_min = problem.weights.mean(axis=0)[asked], problem.time_min[asked]
    m = problem.candidate_count
    weight, capacity = np.ones(m), float(sites or 0)
    if budget_cny is not None:
        weight, capacity = problem.new_cost_cny, min(budget_cny, float(problem.new_cost_cny.sum()))
    expected = capacity / max(float(weight.mean()), 1e-300)
    length = m if time_min.size <= EXACT_PAIRS_MOST else int(max(LIST_LEAST, LIST_RATIO * m / max(expected, 1.0)))
    while True:
        lists = Lists.of(demand, time_min, length)
        found = solve_median(MedianProblem(lists, problem.existing, Limit(weight, capacity)), limits)
        objective = float(demand @ time_min[:, found.open].min(axis=1, initial=np.inf))
        bound = objective if relative_gap(objective, found.bound) <= EXACT else min(found.bound, objective)
        gap = relative_gap(objective, bound)
        if length >= m or gap <= limits.gap_ratio or found.cut_ratio <= CUT_MOST:
            break
        length = min(m, 2 * length)
    if not np.isfinite(objective):
        return None
    return describe(
        problem,
        np.isfinite(problem.time_min),
        found.open,
        method="p-median, Lagrangian bounds and branching",
        status="feasible" if gap > EXACT else "optimal",
        objective=objective,
        bound=bound,
        gap_ratio=gap,
    )


def _by_highs(
    problem: SitingProblem,
    spending: tuple[sparse.csr_array, FloatArray],
    radius_min: float | FloatArray | None,
    robust: Robust,
    limits: Limits,
) -> Siting:
    near = None if radius_min is None else covers_within(problem, radius_min)
    method = "p-median, HiGHS" if len(problem.weights) == 1 else f"p-median, {robust}, HiGHS"
    found = solve_by_highs(problem, near, spending, robust=robust, limits=limits)
    answer = found.answer
    if answer.status == "infeasible":
        alone = np.empty(0, np.int64)
        message = "the groups cannot get their shares with so many sites or so much money"
        if near is not None:
            members = np.any([group.members for group in problem.groups], axis=0)
            alone = np.flatnonzero(members & ~near.any(axis=1) & (problem.weights > 0).any(axis=0))
        if len(alone):
            message += f"; no candidate lies within the radius of {problem.name_demand(alone)}"
        return infeasible(problem, alone, method=method, message=message)
    return describe(
        problem,
        np.isfinite(problem.time_min),
        answer.x[: problem.candidate_count] > 0.5,
        method=method,
        status=answer.status if found.proven else "feasible",
        objective=answer.objective,
        bound=answer.bound,
        gap_ratio=answer.gap_ratio,
    )

"""p-centre: the smallest radius within which everybody can be reached, by a search over set covers."""

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.siting.cover import least_left_out
from transport_sim.siting.description import describe, infeasible
from transport_sim.siting.highs import Program, solve
from transport_sim.siting.problem import Limits, Siting, SitingProblem, Status
from transport_sim.siting.spending import check_spending, spending_rows


def p_centre(
    problem: SitingProblem,
    *,
    sites: int | None = None,
    budget_cny: float | None = None,
    limits: Limits | None = None,
) -> Siting:
    """Make the longest way of any demand as short as possible [1]_.

    The answer is one of the times in the table, so a binary search over them finds it: is there a cover of all demand
    within this time with so many sites and so much money [2]_? HiGHS answers each question.

    Parameters
    ----------
    problem
        The problem; how much demand a point has, and groups, play no part.
    sites
        Open sites at most, those that exist included. [-]
    budget_cny
        What new sites may cost. [CNY]
    limits
        When HiGHS may stop with each question; one that stays open leaves a gap.

    Returns
    -------
    The sites; the objective is the longest time. [min] Infeasible names demand that nothing reaches.

    References
    ----------
    .. [1] S. Hakimi, "Optimum locations of switching centers and the absolute centers and medians of a graph",
       Operations Research 12(3), 1964.
    .. [2] E. Minieka, "The m-center problem", SIAM Review 12(1), 1970.
    """
    check_spending(problem.existing, sites, budget_cny)
    method, limits = "p-centre by set covers, HiGHS", limits or Limits()
    asked = (problem.weights > 0).any(axis=0)
    near = np.isfinite(problem.time_min)
    alone = np.flatnonzero(asked & ~near.any(axis=1))
    if len(alone):
        message = f"no candidate can be reached from {problem.name_demand(alone)}"
        return infeasible(problem, alone, method=method, message=message)
    time = np.unique(problem.time_min[asked], axis=0)
    spending = spending_rows(problem.new_cost_cny, sites, budget_cny)
    radii = np.unique(time[np.isfinite(time)])
    radii = radii[radii >= time.min(axis=1).max()]
    first, last, refuted = 0, len(radii) - 1, 0
    best = _cover(problem, time <= radii[last], spending, limits)
    if best is None:
        lost = least_left_out(problem, sites=sites, budget_cny=budget_cny, limits=limits)
        message = f"no such sites reach everybody; those that leave out least leave out {problem.name_demand(lost)}"
        return infeasible(problem, lost, method=method, message=message)
    while first < last:
        middle = (first + last) // 2
        try:
            found = _cover(problem, time <= radii[middle], spending, limits)
        except SitingError:
            first = middle + 1
            continue
        if found is None:
            first = refuted = middle + 1
        else:
            best, last = found, int(np.searchsorted(radii, _longest(time, found)))
    objective, bound = float(radii[last]), float(radii[refuted])
    status: Status = "optimal" if refuted == last else "feasible"
    return describe(problem, near, best, method=method, status=status, objective=objective, bound=bound)


def _longest(time: FloatArray, is_open: BoolArray) -> float:
    return float(time[:, is_open].min(axis=1).max())


def _cover(
    problem: SitingProblem, near: BoolArray, spending: tuple[sparse.csr_array, FloatArray], limits: Limits
) -> BoolArray | None:
    """Return some sites that cover every row, or None if there are none."""
    spent, most = spending
    rows = np.unique(near[~near[:, problem.existing].any(axis=1)], axis=0)
    m = near.shape[1]
    program = Program(
        cost=np.ones(m),
        rows=sparse.csr_array(sparse.vstack([sparse.csr_array(rows, dtype=float), spent])),
        lower_row=np.concatenate([np.ones(len(rows)), np.full(len(most), -np.inf)]),
        upper_row=np.concatenate([np.full(len(rows), np.inf), most]),
        lower=problem.existing.astype(float),
        upper=np.ones(m),
        whole=np.ones(m, np.bool_),
    )
    answer = solve(program, Limits(gap_ratio=1e6, nodes_most=limits.nodes_most, time_s=limits.time_s))
    return None if answer.status == "infeasible" else answer.x > 0.5

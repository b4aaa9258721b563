"""Maximal cover where a site serves no more than its plugs can, solved exactly by HiGHS."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.description import cover_ratio, covers_within, describe, group_cover, infeasible
from transport_sim.siting.highs import Program, solve
from transport_sim.siting.problem import Limits, PlugSupply, Siting, SitingProblem
from transport_sim.siting.spending import check_spending, spending_rows

WHOLE = 1.0 - 1e-6
"""Share served from which on a demand point counts as covered. [-]"""


def capacitated_maximal_cover(
    problem: SitingProblem,
    *,
    radius_min: float | FloatArray,
    sites: int | None = None,
    budget_cny: float | None = None,
    plugs: int | None = None,
    split: bool = True,
    limits: Limits | None = None,
) -> Siting:
    """Serve as much demand as possible within a radius by sites with whole numbers of plugs [1]_ [2]_.

    Maximise the demand served. A demand point is served by open candidates within the radius, up to its demand; a
    candidate serves at most plugs x demand per plug; plugs are whole numbers, from one at a new site to those for which
    there is room. Sites and plugs that exist stay and cost nothing.

    Parameters
    ----------
    problem
        The problem, with `plugs` and one scenario of demand.
    radius_min
        Service radius, one for all or one for each demand point. [min]
    sites
        Open sites at most, those that exist included. [-]
    budget_cny
        What new sites and new plugs may cost. [CNY]
    plugs
        Plugs at most, those that exist included. [-]
    split
        Whether several sites may share a demand point; else one site serves all of it or none does.
    limits
        When HiGHS may stop.

    Returns
    -------
    Sites and plugs. `served_by` names the site that serves most of a demand point, `uncovered` those not wholly served.

    References
    ----------
    .. [1] J. Current and J. Storbeck, "Capacitated covering models", Environment and Planning B 15(2), 1988.
    .. [2] H. Pirkul and D. Schilling, "The maximal covering location problem with capacities on total workload",
       Management Science 37(2), 1991.
    """
    check_spending(problem.existing, sites, budget_cny)
    if problem.plugs is None:
        raise SitingError("the capacitated model needs `plugs`: demand and cost per plug and room for them")
    if len(problem.weights) > 1:
        raise SitingError("the capacitated model takes one scenario of demand; solve it for each of them")
    if plugs is not None and plugs < problem.plugs.existing.sum():
        raise SitingError(f"plugs is {plugs}, but {problem.plugs.existing.sum()} exist already and stay; they count")
    near, method = covers_within(problem, radius_min), "capacitated maximal cover, HiGHS"
    pairs = _Pairs.of(problem, near)
    program = _program(problem, problem.plugs, pairs, split=split, spending=(sites, budget_cny, plugs))
    answer = solve(program, limits or Limits())
    m = problem.candidate_count
    if answer.status == "infeasible":
        alone = np.flatnonzero(~near.any(axis=1) & (problem.weights[0] > 0))
        message = "the groups cannot get their shares with so many sites, plugs or so much money"
        if len(alone):
            message += f"; no candidate lies within the radius of {problem.name_demand(alone)}"
        return infeasible(problem, alone, method=method, message=message)
    is_open, count = answer.x[:m] > 0.5, np.rint(answer.x[m : 2 * m]).astype(np.int64)
    amount = sparse.csr_array((answer.x[2 * m :] * pairs.weight, (pairs.point, pairs.place)), shape=near.shape)
    share = _ratio(amount.sum(axis=1), problem.weights[0])
    served_by = np.where(share > 1.0 - WHOLE, amount.argmax(axis=1).ravel(), -1)
    found = describe(
        problem,
        near,
        is_open,
        method=method,
        status=answer.status,
        objective=-answer.objective,
        bound=-answer.bound,
        gap_ratio=answer.gap_ratio,
    )
    return replace(
        found,
        plugs=count,
        served_by=served_by,
        uncovered=np.flatnonzero((share < WHOLE) & (problem.weights[0] > 0)),
        cost_cny=found.cost_cny + float(problem.plugs.cost_cny @ (count - problem.plugs.existing)),
        cover_ratio=cover_ratio(problem, share),
        group_cover_ratio=group_cover(problem, share),
    )


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Demand points with demand and the candidates in their reach, one pair each."""

    point: IntArray
    place: IntArray
    weight: FloatArray

    @classmethod
    def of(cls, problem: SitingProblem, near: BoolArray) -> "_Pairs":
        point, place = np.nonzero(near & (problem.weights[0] > 0)[:, None])
        return cls(point, place, problem.weights[0][point])


def _ratio(amount: FloatArray, of: FloatArray) -> FloatArray:
    return np.divide(amount, of, out=np.zeros_like(amount), where=of > 0)


def _program(
    problem: SitingProblem,
    plugs: PlugSupply,
    pairs: _Pairs,
    *,
    split: bool,
    spending: tuple[int | None, float | None, int | None],
) -> Program:
    """Variables: candidate open, plugs, share of a demand point that a candidate serves."""
    n, m, count = problem.demand_count, problem.candidate_count, len(pairs.point)
    sites, budget_cny, plugs_most = spending
    position = np.arange(count)
    by_point = sparse.csr_array((np.ones(count), (pairs.point, position)), shape=(n, count))
    by_place = sparse.csr_array((pairs.weight, (pairs.place, position)), shape=(m, count))
    eye = sparse.eye_array(m)
    spent, most = spending_rows(problem.new_cost_cny, sites, None)
    new = sparse.diags_array((~problem.existing).astype(float))
    blocks = [
        [None, None, by_point],
        [None, -sparse.diags_array(plugs.demand_per_plug), by_place],
        [-sparse.diags_array(plugs.most.astype(float)), eye, None],
        [new, -new, None],
    ]
    upper = [np.ones(n), np.zeros(3 * m)]
    if sites is not None:
        blocks.append([spent, None, None])
        upper.append(most)
    if budget_cny is not None and np.isfinite(budget_cny):
        blocks.append([sparse.csr_array(problem.new_cost_cny[None]), sparse.csr_array(plugs.cost_cny[None]), None])
        upper.append(np.array([budget_cny + plugs.cost_cny @ plugs.existing]))
    if plugs_most is not None:
        blocks.append([None, np.ones((1, m)), None])
        upper.append(np.array([float(plugs_most)]))
    lower = [np.full(sum(map(len, upper)), -np.inf)]
    for group in problem.groups:
        asked = problem.weights[0] * group.members
        blocks.append([None, None, sparse.csr_array((asked[pairs.point] / asked.sum())[None])])
        lower.append(np.array([group.least_cover_ratio]))
        upper.append(np.array([np.inf]))
    return Program(
        cost=np.concatenate([np.zeros(2 * m), -pairs.weight]),
        rows=sparse.csr_array(sparse.block_array(blocks)),
        lower_row=np.concatenate(lower),
        upper_row=np.concatenate(upper),
        lower=np.concatenate([problem.existing, plugs.existing, np.zeros(count)]).astype(float),
        upper=np.concatenate([np.ones(m), plugs.most, np.ones(count)]).astype(float),
        whole=np.concatenate([np.ones(2 * m, np.bool_), np.full(count, not split)]),
    )

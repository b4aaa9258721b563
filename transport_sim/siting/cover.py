"""Set cover and maximal cover, solved exactly by HiGHS."""

from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.description import covers_within, describe, infeasible
from transport_sim.siting.highs import Program, solve
from transport_sim.siting.problem import Limits, Siting, SitingProblem
from transport_sim.siting.spending import check_spending, spending_rows

Robust = Literal["mean", "worst_case", "regret"]
"""What is best over several scenarios of demand.

- `mean`: the largest demand covered on average (p-median: the least demand-minutes).
- `worst_case`: the best result in the scenario where it is worst, the result being the share of the scenario's demand
  that is covered (p-median: the mean minutes of its demand).
- `regret`: the least largest regret; regret is how far a scenario's result stays behind the best that could have been
  done had one known that it would come.
"""


def location_set_cover(
    problem: SitingProblem,
    *,
    radius_min: float | FloatArray,
    minimise: Literal["sites", "cost"] = "sites",
    limits: Limits | None = None,
) -> Siting:
    """Cover all demand within a service radius with as few sites as possible, or at the least cost [1]_.

    Minimise the sum of open sites (or of their cost), such that each demand point with demand has an open candidate
    within the radius.

    Parameters
    ----------
    problem
        The problem; its groups play no part, since everybody is covered.
    radius_min
        Service radius, one for all or one for each demand point. [min]
    minimise
        The number of open sites, those that exist included, or the cost of the new ones. [- or CNY]
    limits
        When HiGHS may stop.

    Returns
    -------
    The sites; infeasible names the demand points that no candidate can reach within the radius.

    References
    ----------
    .. [1] C. Toregas, R. Swain, C. ReVelle and L. Bergman, "The location of emergency service facilities", Operations
       Research 19(6), 1971.
    """
    near, method = covers_within(problem, radius_min), "location set cover, HiGHS"
    asked = (problem.weights > 0).any(axis=0)
    alone = np.flatnonzero(asked & ~near.any(axis=1))
    if len(alone):
        message = f"no candidate lies within the radius of {problem.name_demand(alone)}"
        return infeasible(problem, alone, method=method, message=message)
    rows = np.unique(near[asked & ~near[:, problem.existing].any(axis=1)], axis=0)
    m = problem.candidate_count
    program = Program(
        cost=np.ones(m) if minimise == "sites" else problem.new_cost_cny,
        rows=sparse.csr_array(rows, dtype=float),
        lower_row=np.ones(len(rows)),
        upper_row=np.full(len(rows), np.inf),
        lower=problem.existing.astype(float),
        upper=np.ones(m),
        whole=np.ones(m, np.bool_),
    )
    answer = solve(program, limits or Limits())
    return describe(
        problem,
        near,
        answer.x > 0.5,
        method=method,
        status=answer.status,
        objective=answer.objective,
        bound=answer.bound,
        gap_ratio=answer.gap_ratio,
    )


def maximal_cover(
    problem: SitingProblem,
    *,
    radius_min: float | FloatArray,
    sites: int | None = None,
    budget_cny: float | None = None,
    robust: Robust = "mean",
    limits: Limits | None = None,
) -> Siting:
    """Cover as much demand as possible within a service radius, with so many sites or so much money [1]_.

    Maximise the demand covered, a demand point being covered if an open candidate lies within the radius; at most
    `sites` are open, new ones cost at most `budget_cny`, and each group gets its least share in every scenario. Demand
    points with the same candidates in reach are one point to the solver.

    Parameters
    ----------
    problem
        The problem.
    radius_min
        Service radius, one for all or one for each demand point. [min]
    sites
        Open sites at most, those that exist included. [-]
    budget_cny
        What new sites may cost. [CNY]
    robust
        What is best over several scenarios of demand, see `Robust`.
    limits
        When HiGHS may stop.

    Returns
    -------
    The sites. The objective is demand covered (`mean`), the least share covered (`worst_case`) or the largest share
    lost against a scenario's own best (`regret`). Infeasible says which group cannot get its share.

    References
    ----------
    .. [1] R. Church and C. ReVelle, "The maximal covering location problem", Papers of the Regional Science Association
       32(1), 1974.
    """
    check_spending(problem.existing, sites, budget_cny)
    near, limits = covers_within(problem, radius_min), limits or Limits()
    method = "maximal cover, HiGHS" if len(problem.weights) == 1 else f"maximal cover, {robust}, HiGHS"
    spending = spending_rows(problem.new_cost_cny, sites, budget_cny)
    model = _CoverModel(problem, near, spending)
    best, proven = np.zeros(len(problem.weights)), True
    if robust == "regret":
        for s in range(len(best)):
            alone = solve(model.program(model.shares[s]), limits)
            if alone.status == "infeasible":
                break
            best[s], proven = -alone.bound, proven and alone.status == "optimal"
    answer = solve(model.robust_program(robust, best), limits)
    if answer.status == "infeasible":
        return _without_cover(problem, model, near, limits, method)
    sign = 1.0 if robust == "regret" else -1.0
    return describe(
        problem,
        near,
        answer.x[: problem.candidate_count] > 0.5,
        method=method,
        status=answer.status if proven else "feasible",
        objective=sign * answer.objective,
        bound=sign * answer.bound,
        gap_ratio=answer.gap_ratio,
    )


def least_left_out(problem: SitingProblem, *, sites: int | None, budget_cny: float | None, limits: Limits) -> IntArray:
    """Return the fewest demand points with demand that must stay without a way to any open candidate."""
    counted = replace(problem, demand=(problem.weights > 0).any(axis=0).astype(float), groups=())
    farthest = float(problem.time_min[np.isfinite(problem.time_min)].max())
    return maximal_cover(counted, radius_min=farthest, sites=sites, budget_cny=budget_cny, limits=limits).uncovered


class _CoverModel:
    """Maximal cover as columns: candidates, then each set of candidates in reach, then perhaps one bound."""

    def __init__(self, problem: SitingProblem, near: BoolArray, spending: tuple[sparse.csr_array, FloatArray]) -> None:
        packed = np.packbits(near, axis=1)
        _, first, kind = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        self.problem, self.spending = problem, spending
        self.sets = sparse.csr_array(near[first], dtype=float)
        merge = sparse.csr_array((np.ones(len(kind)), (np.arange(len(kind)), kind.ravel())))
        self.weights = problem.weights @ merge
        self.shares = self.weights / problem.weights.sum(axis=1, keepdims=True)
        self.group_shares = {
            group.name: (of := (problem.weights * group.members) @ merge) / of.sum(axis=1, keepdims=True)
            for group in problem.groups
        }

    def program(
        self, gain: FloatArray, *, with_groups: bool = True, extra: tuple[FloatArray, FloatArray] | None = None
    ) -> Program:
        """Maximise `gain @ y`; `extra` holds rows over y and one more variable, which is then minimised, and bounds."""
        m, n = self.problem.candidate_count, len(gain)
        spent, most = self.spending
        blocks = [[-self.sets, sparse.eye_array(n)], [spent, None]]
        lower, upper = [np.full(n + len(most), -np.inf)], [np.zeros(n), most]
        if with_groups and self.problem.groups:
            blocks.append([None, sparse.csr_array(np.vstack(list(self.group_shares.values())))])
            shares = [group.least_cover_ratio for group in self.problem.groups]
            lower.append(np.repeat(shares, len(self.weights)))
            upper.append(np.full(len(lower[-1]), np.inf))
        cost = np.concatenate([np.zeros(m), -gain])
        if extra is not None:
            blocks = [[*block, None] for block in blocks]
            blocks.append([None, sparse.csr_array(extra[0]), np.ones((len(extra[0]), 1))])
            lower.append(extra[1])
            upper.append(np.full(len(extra[1]), np.inf))
            cost = np.concatenate([np.zeros(m + n), [1.0]])
        count = len(cost)
        low = np.zeros(count)
        low[:m] = self.problem.existing
        low[m + n :] = -np.inf
        high = np.ones(count)
        high[m + n :] = np.inf
        return Program(
            cost=cost,
            rows=sparse.csr_array(sparse.block_array(blocks)),
            lower_row=np.concatenate(lower),
            upper_row=np.concatenate(upper),
            lower=low,
            upper=high,
            whole=np.arange(count) < m,
        )

    def robust_program(self, robust: Robust, best: FloatArray) -> Program:
        """Maximise the mean, or minimise z with `z + share of scenario s >= best of s` (0 for the worst case)."""
        mean = self.weights.mean(axis=0)
        if robust == "mean":
            return self.program(mean)
        return self.program(mean, extra=(self.shares, best))


def _without_cover(problem: SitingProblem, model: _CoverModel, near: BoolArray, limits: Limits, method: str) -> Siting:
    """Say which group cannot get its share, and which of its demand points no candidate reaches."""
    said, lost = [], np.zeros(problem.demand_count, np.bool_)
    for group in problem.groups:
        shares = model.group_shares[group.name]
        best = min(-solve(model.program(row, with_groups=False), limits).bound for row in shares)
        if best < group.least_cover_ratio - 1e-9:
            alone = group.members & ~near.any(axis=1) & (problem.weights > 0).any(axis=0)
            lost |= alone
            words = (
                f"group {group.name!r}: {best:.4g} of its demand can be covered, {group.least_cover_ratio:g} is asked"
            )
            if alone.any():
                words += f"; no candidate lies within the radius of {problem.name_demand(np.flatnonzero(alone))}"
            said.append(words)
    if not said:
        if not problem.groups:
            raise SitingError("HiGHS calls a maximal cover without groups infeasible; are the numbers extreme?")
        said.append("every group could get its share alone, but not all of them at once")
    return infeasible(problem, np.flatnonzero(lost), method=method, message=". ".join(said))

"""p-median as a mixed-integer program with one variable per pair: for constraints that the Lagrangian does not take."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.cover import Robust
from transport_sim.siting.highs import Answer, Program, solve
from transport_sim.siting.problem import Limits, SitingProblem

PAIRS_MOST = 1_000_000
"""Pairs of demand and candidate beyond which HiGHS needs hours and gigabytes. [-]"""


@dataclass(frozen=True, eq=False)
class MedianAnswer:
    """What HiGHS found."""

    answer: Answer
    proven: bool
    """Whether the best of every scenario alone was proven, too."""


def solve_by_highs(
    problem: SitingProblem,
    near: BoolArray | None,
    spending: tuple[sparse.csr_array, FloatArray],
    *,
    robust: Robust,
    limits: Limits,
) -> MedianAnswer:
    """Solve the strong form [1]_ with least shares of groups and over scenarios of demand.

    Parameters
    ----------
    problem
        The problem.
    near
        Which candidate counts as cover for a group, shape (n, m); None without groups.
    spending
        Rows over open candidates and what they may come to.
    robust
        What is best over several scenarios.
    limits
        When HiGHS may stop.

    References
    ----------
    .. [1] C. ReVelle and R. Swain, "Central facilities location", Geographical Analysis 2(1), 1970.
    """
    model = _Pairs.of(problem)
    best, proven = np.zeros(len(problem.weights)), True
    if robust == "regret":
        for s in range(len(best)):
            alone = solve(_program(problem, model, near, spending, cost=model.means[s]), limits)
            if alone.status == "infeasible":
                return MedianAnswer(alone, proven=True)
            best[s], proven = alone.bound, proven and alone.status == "optimal"
    if robust == "mean":
        program = _program(problem, model, near, spending, cost=model.minutes.mean(axis=0))
    else:
        program = _program(problem, model, near, spending, cost=model.means[0], extra=(model.means, best))
    return MedianAnswer(solve(program, limits), proven)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of a demand point and a candidate with a way between them."""

    point: IntArray
    """Number of the demand point among those with demand."""
    place: IntArray
    origin: IntArray
    """The demand point itself."""
    minutes: FloatArray
    """Demand x time, shape (scenarios, pairs)."""
    means: FloatArray
    """The same per unit of the scenario's demand. [min]"""

    @classmethod
    def of(cls, problem: SitingProblem) -> "_Pairs":
        asked = np.flatnonzero((problem.weights > 0).any(axis=0))
        point, place = np.nonzero(np.isfinite(problem.time_min[asked]))
        if len(point) > PAIRS_MOST:
            raise SitingError(
                f"{len(point)} pairs of demand and candidate are too many for groups, scenarios or both limits in a "
                f"p-median (at most {PAIRS_MOST}); leave out candidates, or solve the mean of the scenarios"
            )
        origin = asked[point]
        minutes = problem.weights[:, origin] * problem.time_min[origin, place]
        return cls(point, place, origin, minutes, minutes / problem.weights.sum(axis=1, keepdims=True))


def _program(
    problem: SitingProblem,
    pairs: _Pairs,
    near: BoolArray | None,
    spending: tuple[sparse.csr_array, FloatArray],
    *,
    cost: FloatArray,
    extra: tuple[FloatArray, FloatArray] | None = None,
) -> Program:
    """Minimise `cost` of pairs, or the largest excess of a row of `extra` over its best."""
    m, count, n = problem.candidate_count, len(pairs.point), int(pairs.point.max()) + 1
    position = np.arange(count)
    once = sparse.csr_array((np.ones(count), (pairs.point, position)), shape=(n, count))
    to_place = sparse.csr_array((-np.ones(count), (position, pairs.place)), shape=(count, m))
    spent, most = spending
    blocks = [[None, once], [to_place, sparse.eye_array(count)], [spent, None]]
    lower = [np.ones(n), np.full(count + len(most), -np.inf)]
    upper = [np.ones(n), np.zeros(count), most]
    for group in problem.groups if near is not None else ():
        weights = problem.weights * group.members
        shares = weights / weights.sum(axis=1, keepdims=True)
        covered = shares[:, pairs.origin] * near[pairs.origin, pairs.place] if near is not None else shares
        blocks.append([None, sparse.csr_array(covered)])
        lower.append(np.full(len(shares), group.least_cover_ratio))
        upper.append(np.full(len(shares), np.inf))
    costs = np.concatenate([np.zeros(m), cost])
    if extra is not None:
        blocks = [[*block, None] for block in blocks]
        blocks.append([None, sparse.csr_array(extra[0]), -np.ones((len(extra[0]), 1))])
        lower.append(np.full(len(extra[1]), -np.inf))
        upper.append(extra[1])
        costs = np.append(np.zeros(m + count), 1.0)
    low, high = np.zeros(len(costs)), np.ones(len(costs))
    low[:m] = problem.existing
    low[m + count :], high[m + count :] = -np.inf, np.inf
    return Program(
        cost=costs,
        rows=sparse.csr_array(sparse.block_array(blocks)),
        lower_row=np.concatenate(lower),
        upper_row=np.concatenate(upper),
        lower=low,
        upper=high,
        whole=np.arange(len(costs)) < m,
    )

"""From open candidates to the answer that every model gives."""

import numpy as np

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.problem import Siting, SitingProblem, Status


def covers_within(problem: SitingProblem, radius_min: float | FloatArray) -> BoolArray:
    """Tell which candidate is near enough to which demand point, shape (n, m).

    Parameters
    ----------
    problem
        The problem.
    radius_min
        Service radius, one for all or one for each demand point. [min]
    """
    radius = np.broadcast_to(np.asarray(radius_min, float), (problem.demand_count,))
    if not (radius >= 0).all():
        raise SitingError("radius_min must be 0 or more")
    near: BoolArray = (problem.time_min <= radius[:, None]) & np.isfinite(problem.time_min)
    return near


def nearest(problem: SitingProblem, near: BoolArray, is_open: BoolArray) -> IntArray:
    """Return the nearest open candidate among those near enough for each demand point; -1 if there is none."""
    places = np.flatnonzero(is_open)
    if len(places) == 0:
        return np.full(problem.demand_count, -1)
    time = np.where(near[:, places], problem.time_min[:, places], np.inf)
    best = time.argmin(axis=1)
    return np.where(np.isfinite(time.min(axis=1)), places[best], -1)


def describe(
    problem: SitingProblem,
    near: BoolArray,
    is_open: BoolArray,
    *,
    method: str,
    status: Status,
    objective: float,
    bound: float,
    gap_ratio: float | None = None,
) -> Siting:
    """Describe a solution: who is served by whom, what is not covered, what it costs.

    Parameters
    ----------
    problem
        The problem.
    near
        Which candidate counts as cover for which demand point, shape (n, m).
    is_open
        Open candidates, shape (m,).
    method, status, objective, bound
        As in `Siting`.
    gap_ratio
        The solver's own gap; worked out from objective and bound if left out. [-]
    """
    served_by = nearest(problem, near, is_open)
    if gap_ratio is None:
        gap_ratio = relative_gap(objective, bound)
    return Siting(
        method=method,
        status=status,
        objective=objective,
        bound=bound,
        gap_ratio=gap_ratio,
        open=is_open,
        plugs=np.zeros(problem.candidate_count, np.int64),
        served_by=served_by,
        uncovered=without_service(problem, served_by),
        cost_cny=float(problem.new_cost_cny[is_open].sum()),
        cover_ratio=cover_ratio(problem, served_by >= 0),
        group_cover_ratio=group_cover(problem, served_by >= 0),
    )


def infeasible(problem: SitingProblem, uncovered: IntArray, *, method: str, message: str) -> Siting:
    """Describe that there is no solution, and which demand cannot be covered."""
    nobody = np.zeros(problem.demand_count, np.bool_)
    return Siting(
        method=method,
        status="infeasible",
        objective=np.nan,
        bound=np.nan,
        gap_ratio=np.inf,
        open=problem.existing.copy(),
        plugs=np.zeros(problem.candidate_count, np.int64),
        served_by=np.full(problem.demand_count, -1),
        uncovered=uncovered,
        cost_cny=0.0,
        cover_ratio=0.0,
        group_cover_ratio=group_cover(problem, nobody),
        message=message,
    )


def relative_gap(objective: float, bound: float) -> float:
    """Return |objective - bound| / |objective|, 0 where both are equal [-]."""
    if objective == bound:
        return 0.0
    return abs(objective - bound) / abs(objective) if objective else np.inf


def without_service(problem: SitingProblem, served_by: IntArray) -> IntArray:
    """Return the demand points that have demand in some scenario and nobody to serve it."""
    return np.flatnonzero((served_by < 0) & (problem.weights > 0).any(axis=0))


def cover_ratio(problem: SitingProblem, share: BoolArray | FloatArray) -> float:
    """Return the share of all demand that is covered, from the share of each demand point [-]."""
    weights = problem.weights
    return float((weights @ share).sum() / weights.sum())


def group_cover(problem: SitingProblem, share: BoolArray | FloatArray) -> dict[str, float]:
    """Return the share of each group's demand that is covered, in the scenario where it is least [-]."""
    result = {}
    for group in problem.groups:
        weights = problem.weights * group.members
        result[group.name] = float(((weights @ share) / weights.sum(axis=1)).min())
    return result

"""Models in phases, where earlier sites stay, and the front of cover against budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from transport_sim.errors import SitingError
from transport_sim.randomness import FloatArray
from transport_sim.siting.cover import maximal_cover
from transport_sim.siting.problem import Limits, Siting, SitingProblem


@dataclass(frozen=True, eq=False)
class Phase:
    """What may be open by a year, and the demand of that year."""

    year: int
    sites: int | None = None
    """Open sites at most, those of earlier phases included. [-]"""
    budget_cny: float | None = None
    """What this phase may spend. [CNY]"""
    demand: FloatArray | None = None
    """Demand of that year; that of the problem if left out."""


@dataclass(frozen=True, eq=False)
class FrontPoint:
    """The best cover for one budget."""

    budget_cny: float
    siting: Siting
    efficient: bool
    """Whether no other point of the front covers as much for less, or more for as much."""


def in_phases(
    problem: SitingProblem, phases: Sequence[Phase], solve: Callable[[SitingProblem, Phase], Siting]
) -> dict[int, Siting]:
    """Solve a model phase by phase; sites and plugs of earlier phases stay open and cost nothing more.

    Each phase is the best for its own year, without looking ahead: what is built in 2025 is the best for 2025. The
    price of that shows in the last phase beside the same model without earlier phases.

    Parameters
    ----------
    problem
        The problem of the first phase.
    phases
        Phases in ascending order of years.
    solve
        The model: `lambda problem, phase: maximal_cover(problem, radius_min=10, sites=phase.sites)`.

    Returns
    -------
    The solution of each year, up to the first one that is infeasible.
    """
    years = [phase.year for phase in phases]
    if years != sorted(set(years)):
        raise SitingError(f"phases must be in ascending order of years, got {', '.join(map(str, years))}")
    found: dict[int, Siting] = {}
    for phase in phases:
        if phase.demand is not None:
            problem = replace(problem, demand=phase.demand)
        siting = found[phase.year] = solve(problem, phase)
        if siting.status == "infeasible":
            break
        plugs = problem.plugs
        if plugs is not None:
            plugs = replace(plugs, existing=np.maximum(plugs.existing, siting.plugs))
        problem = replace(problem, existing=problem.existing | siting.open, plugs=plugs)
    return found


def pareto_front(
    problem: SitingProblem,
    budgets_cny: Sequence[float],
    *,
    radius_min: float | FloatArray,
    limits: Limits | None = None,
    solve: Callable[[SitingProblem, float], Siting] | None = None,
) -> tuple[FrontPoint, ...]:
    """Find the best cover for each of several budgets: what more money buys.

    Parameters
    ----------
    problem
        The problem.
    budgets_cny
        Budgets for new sites. [CNY]
    radius_min
        Service radius, one for all or one for each demand point. [min]
    limits
        When HiGHS may stop, for each budget.
    solve
        Another model that takes the problem and a budget; `maximal_cover` if left out.

    Returns
    -------
    One point for each budget, in ascending order; infeasible ones are kept, and are not efficient.
    """
    if not budgets_cny:
        raise SitingError("a front needs at least one budget")
    points = []
    for budget in sorted(set(budgets_cny)):
        if solve is None:
            siting = maximal_cover(problem, radius_min=radius_min, budget_cny=budget, limits=limits)
        else:
            siting = solve(problem, budget)
        points.append((budget, siting))
    return tuple(FrontPoint(budget, siting, _efficient(siting, [s for _, s in points])) for budget, siting in points)


def _efficient(siting: Siting, others: list[Siting]) -> bool:
    if siting.status == "infeasible":
        return False
    slack = 1e-9
    for other in others:
        if other.status == "infeasible":
            continue
        as_good = other.cover_ratio >= siting.cover_ratio - slack and other.cost_cny <= siting.cost_cny + slack
        if as_good and (other.cover_ratio > siting.cover_ratio + slack or other.cost_cny < siting.cost_cny - slack):
            return False
    return True

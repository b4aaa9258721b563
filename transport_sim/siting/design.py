"""From a method's name to sites with plugs: the models choose sites, plugs follow demand as far as the money goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from transport_sim.errors import SitingError, did_you_mean
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.case import SitingCase
from transport_sim.siting.models import (
    CorridorFlows,
    Limits,
    Refuelling,
    Siting,
    SitingProblem,
    capacitated_maximal_cover,
    flow_refuelling,
    location_set_cover,
    maximal_cover,
    p_centre,
    p_median,
)

Method = Literal["capacitated", "maximal_cover", "p_median", "p_centre", "set_cover", "flow_refuelling"]
METHODS: tuple[str, ...] = get_args(Method)
LIMITS = Limits(gap_ratio=0.01, nodes_most=2000)
"""When the models stop unless told otherwise: demand is known far less well than to 1 %."""

SITE_SHARE = 0.25
"""Part of a budget for sites with their first plugs where a model does not see plugs; the rest is for further plugs.
Assumption: about what the capacitated answers for Dazhou spend. [-]"""


@dataclass(frozen=True)
class Spending:
    """How much one phase may open; what stands already is not counted."""

    sites: int | None = None
    """New sites at most. [-]"""
    budget_cny: float | None = None
    """What new sites and plugs may cost. [CNY]"""


@dataclass(frozen=True, eq=False)
class Design:
    """Open candidates with plugs, and how well the choice of sites is proven."""

    open: BoolArray
    """Shape (candidates,)."""
    plugs: IntArray
    """Shape (candidates,); 0 where closed. [-]"""
    method: str
    status: str
    objective: float
    bound: float
    gap_ratio: float


def check_method(method: str) -> None:
    """Refuse an unknown method."""
    if method not in METHODS:
        raise SitingError(f"no siting method {method!r}{did_you_mean(method, METHODS)}")


def chosen(
    case: SitingCase,
    method: str,
    spending: Spending,
    *,
    kwh_per_plug: FloatArray | None = None,
    weight: FloatArray | None = None,
    rural_cover_share: float = 0.0,
    flows: CorridorFlows | None = None,
    limits: Limits = LIMITS,
) -> Design:
    """Choose sites by a method and give them plugs.

    Parameters
    ----------
    case
        The year's task.
    method
        One of `METHODS`. `capacitated` chooses sites and plugs together; the others choose sites, of which each has
        one plug at least, and plugs are added where demand asks for them.
    spending
        Sites, money or both; `set_cover` needs neither.
    kwh_per_plug
        What a plug of each candidate is taken to give in a day, instead of the planned. [kWh]
    weight
        What each cell's demand is multiplied with. [-]
    rural_cover_share
        Share of the countryside's demand that must be covered. [-]
    flows
        Paths along expressways, for `flow_refuelling`.
    limits
        When the solver may stop.

    Raises
    ------
    SitingError
        If the spending makes no sense, or no design satisfies it: the message says which demand cannot be covered.
    """
    check_method(method)
    capacity = case.kwh_per_plug if kwh_per_plug is None else kwh_per_plug
    problem = case.problem(kwh_per_plug=capacity, weight=weight, groups=case.rural_cover(rural_cover_share))
    found = _models(case, problem, spending, flows, limits)[method]()
    if found.status == "infeasible":
        raise SitingError(f"{case.year}: {found.method} has no solution: {found.message}")
    plugs = getattr(found, "plugs", np.zeros(0, dtype=np.int64))
    start = np.where(found.open, np.maximum(case.existing_plugs, 1), 0)
    start = np.maximum(start, plugs) if method == "capacitated" else start
    start = np.minimum(start, np.maximum(case.most, case.existing_plugs))
    full = filled(case, found.open, start, spending.budget_cny, capacity)
    return Design(found.open, full, found.method, found.status, found.objective, found.bound, found.gap_ratio)


def _models(
    case: SitingCase, problem: SitingProblem, spending: Spending, flows: CorridorFlows | None, limits: Limits
) -> dict[str, Callable[[], Siting | Refuelling]]:
    """Return each method with its arguments filled in."""
    there = int(case.existing.sum())
    free = len(case.existing) - there
    if spending.sites is not None and spending.sites > free:
        beside = f" beside the {there} stations that are there" if there else ""
        raise SitingError(f"sites is {spending.sites}, but there are only {free} candidates{beside}")
    sites = None if spending.sites is None else spending.sites + there
    budget, radius = spending.budget_cny, case.cells.radius_minutes
    first_plug = np.where(case.existing, 0.0, case.plug_cny)
    part = None if budget is None else SITE_SHARE * budget
    whole = SitingProblem(
        demand=problem.demand,
        time_min=problem.time_min,
        cost_cny=problem.cost_cny + first_plug,
        existing=problem.existing,
        groups=problem.groups,
        candidate_names=problem.candidate_names,
        demand_names=problem.demand_names,
        coordinates=problem.coordinates,
    )

    def through() -> Refuelling:
        if flows is None:
            raise SitingError("flow_refuelling needs cars along expressways, which charging needs alone do not tell")
        return flow_refuelling(flows, sites=sites, budget_cny=part, trip="one_way", limits=limits)

    return {
        "capacitated": lambda: capacitated_maximal_cover(
            problem, radius_min=radius, sites=sites, budget_cny=budget, limits=limits
        ),
        "maximal_cover": lambda: maximal_cover(whole, radius_min=radius, sites=sites, budget_cny=part, limits=limits),
        "p_median": lambda: p_median(whole, sites=sites, budget_cny=part, radius_min=radius, limits=limits),
        "p_centre": lambda: p_centre(whole, sites=sites, budget_cny=part, limits=limits),
        "set_cover": lambda: location_set_cover(whole, radius_min=radius, minimise="cost", limits=limits),
        "flow_refuelling": through,
    }


def served_by(case: SitingCase, is_open: BoolArray) -> IntArray:
    """Return the nearest open candidate in reach of each row of `case.points`, -1 if there is none."""
    places = np.flatnonzero(is_open)
    if not len(places):
        return np.full(len(case.points.frame), -1, dtype=np.int64)
    minutes = np.where(case.points.near[:, places], case.points.minutes[:, places], np.inf)
    best = minutes.argmin(axis=1)
    return np.where(np.isfinite(minutes.min(axis=1)), places[best], -1)


def load_kwh(case: SitingCase, is_open: BoolArray) -> FloatArray:
    """Return the demand of a day that has each candidate as the nearest open one, shape (candidates,). [kWh]."""
    nearest = served_by(case, is_open)
    kwh = case.points.frame["kwh"].to_numpy(float)
    hit = nearest >= 0
    return np.bincount(nearest[hit], kwh[hit], minlength=len(case.candidates)).astype(np.float64)


def filled(
    case: SitingCase,
    is_open: BoolArray,
    plugs: IntArray,
    budget_cny: float | None,
    kwh_per_plug: FloatArray,
    *,
    beyond_need: bool = False,
) -> IntArray:
    """Add plugs one by one where a plug has most to give, until demand is met, room is used up or money runs out.

    Parameters
    ----------
    case
        The year's task.
    is_open, plugs
        The design so far.
    budget_cny
        What new sites and plugs may cost in all; None is no limit. [CNY]
    kwh_per_plug
        What a plug of each candidate gives in a day. [kWh]
    beyond_need
        Whether to spend what is left although the planned demand is met.

    Returns
    -------
    Plugs at each candidate. [-]
    """
    count = plugs.copy()
    load = load_kwh(case, is_open)
    room = np.where(is_open, np.maximum(case.most, case.existing_plugs), 0)
    left = np.inf if budget_cny is None else budget_cny - case.cost_cny(is_open, count)
    while True:
        use = np.divide(load, np.maximum(count, 1) * kwh_per_plug)
        asking = (count < room) & (case.plug_cny <= left) & (beyond_need | (use > 1.0)) & (load > 0)
        if not asking.any() or (beyond_need and budget_cny is None):
            return count
        best = int(np.argmax(np.where(asking, use, -1.0)))
        count[best] += 1
        left -= case.plug_cny[best]

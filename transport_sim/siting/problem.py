"""What a siting model reads and what it answers: arrays of demand points and candidate places."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray, IntArray

Status = Literal["optimal", "feasible", "infeasible"]
"""`optimal`: proven; `feasible`: a solution with a bound and a gap; `infeasible`: nothing satisfies the constraints."""

FEW = 3
"""Demand points from which on equal times to all of them say that two candidates stand at one place. [-]"""
SHOWN = 5
"""How many places a message names. [-]"""


@dataclass(frozen=True)
class Limits:
    """When a solver may stop. Iterations and nodes give the same answer everywhere; seconds do not."""

    gap_ratio: float = 0.0
    """Gap at which a solution is good enough. [-]"""
    nodes_most: int = 20_000
    """Nodes of the search tree, of each program that a model solves. [-]"""
    time_s: float = float("inf")
    """Wall-clock time; the answer then depends on the machine. [s]"""


@dataclass(frozen=True, eq=False)
class GroupCover:
    """A group of users (rural, taxis, one town) of whose demand at least a share must be covered."""

    name: str
    members: BoolArray
    """Which demand points belong to the group, shape (n,)."""
    least_cover_ratio: float
    """Share of the group's demand that must be covered. [-]"""


@dataclass(frozen=True, eq=False)
class PlugSupply:
    """What a plug serves and costs at each candidate, shape (m,) each."""

    demand_per_plug: FloatArray
    """Demand that one plug serves, in the unit of the demand."""
    cost_cny: FloatArray
    """Cost of one new plug, on top of opening the place. [CNY]"""
    most: IntArray
    """Plugs for which there is room. [-]"""
    existing: IntArray
    """Plugs that stand already and stay, at no cost; 0 at new places. [-]"""


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Demand points 0..n-1 and candidate places 0..m-1.

    Raises
    ------
    SitingError
        No candidate or demand point; shapes that do not fit; NaN; negative demand, time or cost; no demand at all; all
        demand unreachable; two candidates at one place.
    """

    demand: FloatArray
    """Weight of each demand point, shape (n,); shape (scenarios, n) for the robust models. [kWh/day or any]"""
    time_min: FloatArray
    """Time on the network from each demand point to each candidate, shape (n, m); inf where there is no way. [min]"""
    cost_cny: FloatArray
    """Cost of opening each candidate, shape (m,); what exists costs nothing. [CNY]"""
    existing: BoolArray
    """Candidates that stand already and stay open, shape (m,)."""
    plugs: PlugSupply | None = None
    """Needed by the capacitated model only."""
    groups: tuple[GroupCover, ...] = ()
    """Equity and rural cover: least shares of a group's demand within the radius."""
    candidate_names: tuple[str, ...] = ()
    """Names for messages, m of them; numbers if left out."""
    demand_names: tuple[str, ...] = ()
    """Names for messages, n of them; numbers if left out."""
    coordinates: FloatArray | None = None
    """Places of the candidates, shape (m, 2), by which two at one place are found; else equal columns of time."""

    def __post_init__(self) -> None:
        """Check everything that no model can do without."""
        _check_shapes(self)
        _check_values(self)
        _check_places(self)

    @property
    def weights(self) -> FloatArray:
        """Demand by scenario, shape (scenarios, n)."""
        return np.atleast_2d(self.demand)

    @property
    def demand_count(self) -> int:
        """Number of demand points [-]."""
        return int(self.time_min.shape[0])

    @property
    def candidate_count(self) -> int:
        """Number of candidates [-]."""
        return int(self.time_min.shape[1])

    @property
    def new_cost_cny(self) -> FloatArray:
        """Cost of having each candidate open: nothing for what exists [CNY]."""
        return np.where(self.existing, 0.0, self.cost_cny)

    def name_demand(self, points: IntArray) -> str:
        """Name demand points in a message, the first few of many."""
        return _listed(points, self.demand_names)

    def name_candidates(self, places: IntArray) -> str:
        """Name candidates in a message, the first few of many."""
        return _listed(places, self.candidate_names)


@dataclass(frozen=True, eq=False)
class Siting:
    """Which places to open, and how well that is proven."""

    method: str
    """Name of the model and of what solved it."""
    status: Status
    objective: float
    """Value of the model's objective; NaN if infeasible."""
    bound: float
    """What no solution can beat: above the objective where it is maximised, below where it is minimised."""
    gap_ratio: float
    """|objective - bound| / |objective|; 0 where both are equal, inf if infeasible. [-]"""
    open: BoolArray
    """Open candidates, shape (m,)."""
    plugs: IntArray
    """Plugs at each candidate, shape (m,); zeros where the model has none. [-]"""
    served_by: IntArray
    """Candidate that serves each demand point, -1 if none, shape (n,); the nearest open one that counts as cover."""
    uncovered: IntArray
    """Demand points with demand that are not covered, in ascending order."""
    cost_cny: float
    """Cost of what is new. [CNY]"""
    cover_ratio: float
    """Share of demand covered, of all scenarios together. [-]"""
    group_cover_ratio: dict[str, float] = field(default_factory=dict)
    """Share covered of each group's demand. [-]"""
    message: str = ""
    """Why there is no solution, and which demand cannot be covered."""


def _listed(positions: IntArray, names: tuple[str, ...]) -> str:
    words = [names[i] if names else str(i) for i in positions[:SHOWN].tolist()]
    more = f" and {len(positions) - SHOWN} more" if len(positions) > SHOWN else ""
    return ", ".join(words) + more


def _check_shapes(problem: SitingProblem) -> None:
    if problem.time_min.ndim != 2:
        raise SitingError("time_min must have one row per demand point and one column per candidate")
    n, m = problem.time_min.shape
    if m == 0:
        raise SitingError("there is no candidate place; give at least one column of time_min")
    if n == 0:
        raise SitingError("there is no demand point; give at least one row of time_min")
    if problem.demand.ndim not in {1, 2} or problem.demand.shape[-1] != n or problem.demand.size == 0:
        raise SitingError(f"demand has shape {problem.demand.shape}; right would be ({n},) or (scenarios, {n})")
    for name, array, shape in _shapes(problem):
        if array.shape != shape:
            raise SitingError(f"{name} has shape {array.shape}; right would be {shape}")
    for name, names, count in (
        ("candidate_names", problem.candidate_names, m),
        ("demand_names", problem.demand_names, n),
    ):
        if names and len(names) != count:
            raise SitingError(f"{name} has {len(names)} names; right would be {count}")


def _shapes(problem: SitingProblem) -> Iterator[tuple[str, npt.NDArray[Any], tuple[int, ...]]]:
    n, m = problem.time_min.shape
    yield "cost_cny", problem.cost_cny, (m,)
    yield "existing", problem.existing, (m,)
    if problem.coordinates is not None:
        yield "coordinates", problem.coordinates, (m, 2)
    if problem.plugs is not None:
        for name in ("demand_per_plug", "cost_cny", "most", "existing"):
            yield f"plugs.{name}", getattr(problem.plugs, name), (m,)
    for group in problem.groups:
        yield f"members of the group {group.name!r}", group.members, (n,)


def _check_values(problem: SitingProblem) -> None:
    weights = problem.weights
    if bad := np.flatnonzero(~np.isfinite(weights).all(axis=0)).tolist():
        raise SitingError(f"demand is not a number at {problem.name_demand(np.array(bad))}")
    if bad := np.flatnonzero((weights < 0).any(axis=0)).tolist():
        raise SitingError(f"demand is negative at {problem.name_demand(np.array(bad))}; it must be 0 or more")
    if not (weights.sum(axis=1) > 0).all():
        raise SitingError("there is no demand: every demand point of a scenario has 0")
    if bad := np.flatnonzero((np.isnan(problem.time_min) | (problem.time_min < 0)).any(axis=1)).tolist():
        raise SitingError(
            f"time_min is NaN or negative from {problem.name_demand(np.array(bad))}; inf says that there is no way"
        )
    if bad := np.flatnonzero(~(np.isfinite(problem.cost_cny) & (problem.cost_cny >= 0))).tolist():
        raise SitingError(f"cost_cny is NaN, infinite or negative at {problem.name_candidates(np.array(bad))}")
    if not np.isfinite(problem.time_min[weights.any(axis=0)]).any():
        raise SitingError("all demand is unreachable: no demand point has a way to any candidate")
    _check_groups(problem)
    if problem.plugs is not None:
        _check_plugs(problem, problem.plugs)


def _check_groups(problem: SitingProblem) -> None:
    for group in problem.groups:
        if not 0 <= group.least_cover_ratio <= 1:
            raise SitingError(
                f"group {group.name!r}: least_cover_ratio must be from 0 to 1, got {group.least_cover_ratio:g}"
            )
        if not (problem.weights[:, group.members].sum(axis=1) > 0).all():
            raise SitingError(f"group {group.name!r} has no demand, so no share of it can be covered")


def _check_plugs(problem: SitingProblem, plugs: PlugSupply) -> None:
    good = np.isfinite(plugs.demand_per_plug) & (plugs.demand_per_plug > 0)
    good &= np.isfinite(plugs.cost_cny) & (plugs.cost_cny >= 0)
    good &= (plugs.existing >= 0) & (plugs.most >= plugs.existing) & (problem.existing | (plugs.existing == 0))
    if bad := np.flatnonzero(~good).tolist():
        raise SitingError(
            f"plugs at {problem.name_candidates(np.array(bad))}: demand_per_plug must be above 0, cost_cny 0 or more, "
            "existing from 0 to most, and 0 at places that do not exist"
        )


def _check_places(problem: SitingProblem) -> None:
    """Two candidates at one place make every solution ambiguous and are nearly always a slip of the data."""
    m = problem.candidate_count
    table = problem.time_min.T if problem.coordinates is None else problem.coordinates
    if problem.coordinates is None and problem.demand_count < FEW:
        return
    usable = np.flatnonzero(np.isfinite(table).any(axis=1))
    first: dict[bytes, int] = {}
    pairs: list[tuple[int, int]] = []
    for j in usable.tolist():
        key = np.ascontiguousarray(table[j] + 0.0).tobytes()
        if key in first:
            pairs.append((first[key], j))
        first.setdefault(key, j)
    if problem.coordinates is not None and len(usable) < m:
        raise SitingError("coordinates must be numbers")
    if pairs:
        shown = "; ".join(problem.name_candidates(np.array(pair)).replace(", ", " = ") for pair in pairs[:SHOWN])
        raise SitingError(
            f"{len(pairs)} candidates stand at a place that another one has (first {min(SHOWN, len(pairs))}: {shown}); "
            "keep one of each, or give coordinates if only the times happen to be equal"
        )

"""Flow refuelling: stations along corridors such that vehicles of a limited range get through."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from transport_sim.errors import SitingError
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.description import relative_gap
from transport_sim.siting.highs import Program, solve
from transport_sim.siting.problem import SHOWN, Limits, Status
from transport_sim.siting.spending import check_spending, spending_rows

Trip = Literal["round", "one_way"]
"""`round`: out and back, again and again, without charging but at stations; `one_way`: once, from `start_range_km`."""


@dataclass(frozen=True, eq=False)
class CorridorFlows:
    """Paths 0..q-1 along corridors; the candidates of path `i` are at `pointers[i]` to `pointers[i + 1]`.

    Raises
    ------
    SitingError
        No candidate or path; shapes that do not fit; NaN; negative flow or cost; no flow at all; a range that is not
        above 0, or below that at the start; a candidate that does not exist or lies beyond the end of its path;
        candidates out of order.
    """

    pointers: IntArray
    """Where the candidates of each path begin, shape (q + 1,)."""
    candidate: IntArray
    """Candidates along the paths, in the order in which a vehicle passes them."""
    at_km: FloatArray
    """How far from the start of the path each of them lies. [km]"""
    length_km: FloatArray
    """Length of each path, shape (q,). [km]"""
    flow: FloatArray
    """Vehicles of each path, or what else counts, shape (q,). [1/day]"""
    range_km: FloatArray
    """How far a full vehicle of each path gets, shape (q,). [km]"""
    cost_cny: FloatArray
    """Cost of opening each candidate, shape (m,). [CNY]"""
    existing: BoolArray
    """Candidates that stand already and stay open, shape (m,)."""
    start_range_km: FloatArray | None = None
    """How far a vehicle gets when it starts, shape (q,); the full range if left out. One-way trips only. [km]"""
    names: tuple[str, ...] = ()
    """Names of the paths for messages; numbers if left out."""

    def __post_init__(self) -> None:
        """Check everything that the model cannot do without."""
        _check(self)

    @property
    def path_count(self) -> int:
        """Number of paths [-]."""
        return len(self.length_km)

    @property
    def new_cost_cny(self) -> FloatArray:
        """Cost of having each candidate open: nothing for what exists [CNY]."""
        return np.where(self.existing, 0.0, self.cost_cny)

    def name_paths(self, paths: IntArray) -> str:
        """Name paths in a message, the first few of many."""
        words = [self.names[i] if self.names else str(i) for i in paths[:SHOWN].tolist()]
        return ", ".join(words) + (f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else "")


@dataclass(frozen=True, eq=False)
class Refuelling:
    """Stations along corridors, and which paths get through."""

    method: str
    status: Status
    objective: float
    """Flow that gets through, in the unit of the flow."""
    bound: float
    """No stations within the same limits let more through."""
    gap_ratio: float
    """HiGHS's own. [-]"""
    open: BoolArray
    """Open candidates, shape (m,)."""
    refuelled: BoolArray
    """Paths that get through, shape (q,)."""
    impossible: IntArray
    """Paths with flow that would not get through with every candidate open."""
    cost_cny: float
    """Cost of new stations. [CNY]"""
    message: str = ""
    """Which paths are impossible."""


def flow_refuelling(
    corridors: CorridorFlows,
    *,
    sites: int | None = None,
    budget_cny: float | None = None,
    trip: Trip = "round",
    limits: Limits | None = None,
) -> Refuelling:
    """Let as much flow as possible get through with a limited range [1]_, in the form of arcs to be covered [2]_.

    Maximise the flow of paths that get through. On a round trip out and back, repeated for ever, that is so if no two
    stations that follow each other are farther apart than the range: each stretch between neighbouring candidates
    needs an open one from which a full vehicle reaches the end of the stretch. On a one-way trip the start counts as a
    station from which a vehicle gets `start_range_km` far.

    Parameters
    ----------
    corridors
        The paths and candidates.
    sites
        Open stations at most, those that exist included. [-]
    budget_cny
        What new stations may cost. [CNY]
    trip
        `round` or `one_way`.
    limits
        When HiGHS may stop.

    Returns
    -------
    The stations, and the paths that get through.

    References
    ----------
    .. [1] M. Kuby and S. Lim, "The flow-refueling location problem for alternative-fuel vehicles", Socio-Economic
       Planning Sciences 39(2), 2005.
    .. [2] I. Capar, M. Kuby, V. J. Leon and Y.-J. Tsai, "An arc cover-path-cover formulation and strategic analysis of
       alternative-fuel station locations", European Journal of Operational Research 227(1), 2013.
    """
    check_spending(corridors.existing, sites, budget_cny)
    needs = [_needs(corridors, path, trip) for path in range(corridors.path_count)]
    possible = np.array([need is not None for need in needs])
    impossible = np.flatnonzero(~possible & (corridors.flow > 0))
    message = ""
    if len(impossible):
        message = f"even with every candidate open there is no way through for {corridors.name_paths(impossible)}"
    method = "flow refuelling by arc covers, HiGHS"
    wanted = np.flatnonzero(possible & (corridors.flow > 0))
    if len(wanted) == 0:
        stands = corridors.existing
        return Refuelling(method, "optimal", 0.0, 0.0, 0.0, stands, _through(needs, stands), impossible, 0.0, message)
    answer = solve(_program(corridors, needs, wanted, (sites, budget_cny)), limits or Limits())
    is_open = answer.x[: len(corridors.existing)] > 0.5
    return Refuelling(
        method=method,
        status=answer.status,
        objective=-answer.objective,
        bound=-answer.bound,
        gap_ratio=answer.gap_ratio if answer.objective else relative_gap(answer.objective, answer.bound),
        open=is_open,
        refuelled=_through(needs, is_open),
        impossible=impossible,
        cost_cny=float(corridors.new_cost_cny[is_open].sum()),
        message=message,
    )


def _through(needs: list[set[frozenset[int]] | None], is_open: BoolArray) -> BoolArray:
    return np.array([need is not None and all(is_open[list(places)].any() for places in need) for need in needs])


def _program(
    corridors: CorridorFlows,
    needs: list[set[frozenset[int]] | None],
    wanted: IntArray,
    limit: tuple[int | None, float | None],
) -> Program:
    """Variables: candidate open, path gets through; a row for each path and set of candidates of which it needs one."""
    m = len(corridors.existing)
    path_of, sets = [], []
    for position, path in enumerate(wanted.tolist()):
        for need in sorted(map(sorted, needs[path] or ())):
            path_of.append(position)
            sets.append(need)
    row = np.repeat(np.arange(len(sets)), [len(need) for need in sets])
    place = np.array([j for need in sets for j in need], dtype=np.int64)
    stations = sparse.csr_array((-np.ones(len(place)), (row, place)), shape=(len(sets), m))
    through = sparse.csr_array((np.ones(len(sets)), (np.arange(len(sets)), path_of)), shape=(len(sets), len(wanted)))
    spent, most = spending_rows(corridors.new_cost_cny, *limit)
    upper = np.concatenate([np.zeros(len(sets)), most])
    return Program(
        cost=np.concatenate([np.zeros(m), -corridors.flow[wanted]]),
        rows=sparse.csr_array(sparse.block_array([[stations, through], [spent, None]])),
        lower_row=np.full(len(upper), -np.inf),
        upper_row=upper,
        lower=np.concatenate([corridors.existing.astype(float), np.zeros(len(wanted))]),
        upper=np.ones(m + len(wanted)),
        whole=np.arange(m + len(wanted)) < m,
    )


def _needs(corridors: CorridorFlows, path: int, trip: Trip) -> set[frozenset[int]] | None:
    """Return the sets of candidates of each of which a path needs one open; None if it cannot get through at all."""
    own = slice(corridors.pointers[path], corridors.pointers[path + 1])
    place, at = corridors.candidate[own], corridors.at_km[own]
    length, reach = float(corridors.length_km[path]), float(corridors.range_km[path])
    if trip == "round":
        needs = _round_trip(place, at, length, reach)
    else:
        start = corridors.start_range_km
        needs = _one_way(place, at, length, reach, reach if start is None else float(start[path]))
    if frozenset() in needs:
        return None
    return {need for need in needs if not any(other < need for other in needs)}


def _round_trip(place: IntArray, at: FloatArray, length: float, reach: float) -> set[frozenset[int]]:
    """Each stretch of the cycle out and back between neighbouring candidates, passed again and again."""
    if len(place) == 0:
        return {frozenset()}
    around = np.concatenate([at, 2.0 * length - at[::-1]])
    who = np.concatenate([place, place[::-1]])
    ends = np.append(around[1:], around[0] + 2.0 * length)
    behind = around[None, :] - np.where(around[None, :] > around[:, None], 2.0 * length, 0.0)
    near = ends[:, None] - behind <= reach * (1.0 + ROUNDING)
    return {frozenset(who[row].tolist()) for row in near}


def _one_way(place: IntArray, at: FloatArray, length: float, reach: float, start: float) -> set[frozenset[int]]:
    """Each stretch from the start over the candidates to the end, but those that the start alone reaches."""
    ends = np.append(at, length)
    begins = np.append(0.0, at)
    near = (at[None, :] <= begins[:, None]) & (ends[:, None] - at[None, :] <= reach * (1.0 + ROUNDING))
    asked = (ends > start * (1.0 + ROUNDING)) & (ends > begins)
    return {frozenset(place[row].tolist()) for row in near[asked]}


ROUNDING = 1e-9
"""Share by which a stretch may be longer than the range: sums of lengths are not exact. [-]"""


def _check(corridors: CorridorFlows) -> None:
    _check_shapes(corridors)
    _check_values(corridors)
    _check_places(corridors)


def _check_shapes(corridors: CorridorFlows) -> None:
    q, m, stops = len(corridors.length_km), len(corridors.cost_cny), len(corridors.candidate)
    if m == 0:
        raise SitingError("there is no candidate place")
    if q == 0:
        raise SitingError("there is no path")
    shapes = {"flow": (q,), "range_km": (q,), "pointers": (q + 1,), "existing": (m,), "at_km": (stops,)}
    if corridors.start_range_km is not None:
        shapes["start_range_km"] = (q,)
    for name, shape in shapes.items():
        if getattr(corridors, name).shape != shape:
            raise SitingError(f"{name} has shape {getattr(corridors, name).shape}; right would be {shape}")
    pointers = corridors.pointers
    if pointers[0] != 0 or pointers[-1] != stops or (np.diff(pointers) < 0).any():
        raise SitingError("pointers must start with 0, never fall and end with the number of entries in candidate")


def _check_values(corridors: CorridorFlows) -> None:
    for name in ("flow", "length_km", "range_km", "start_range_km"):
        values = getattr(corridors, name)
        if values is not None and (bad := np.flatnonzero(~(np.isfinite(values) & (values >= 0)))).size:
            raise SitingError(f"{name} is NaN, infinite or negative for {corridors.name_paths(bad)}")
    if not (np.isfinite(corridors.cost_cny) & (corridors.cost_cny >= 0)).all():
        raise SitingError("cost_cny must be 0 or more")
    if (bad := np.flatnonzero(corridors.range_km <= 0)).size:
        raise SitingError(f"range_km must be above 0 for {corridors.name_paths(bad)}")
    start = corridors.start_range_km
    if start is not None and (bad := np.flatnonzero(start > corridors.range_km)).size:
        raise SitingError(f"start_range_km is above range_km for {corridors.name_paths(bad)}")
    if not corridors.flow.any():
        raise SitingError("there is no flow: every path has 0")


def _check_places(corridors: CorridorFlows) -> None:
    m, pointers = len(corridors.cost_cny), corridors.pointers
    if len(corridors.candidate) and not ((corridors.candidate >= 0) & (corridors.candidate < m)).all():
        raise SitingError(f"candidate must be from 0 to {m - 1}")
    path = np.repeat(np.arange(corridors.path_count), np.diff(pointers))
    wrong = ~((corridors.at_km >= 0) & (corridors.at_km <= corridors.length_km[path] * (1.0 + ROUNDING)))
    wrong[1:] |= (np.diff(corridors.at_km) < 0) & (path[1:] == path[:-1])
    if wrong.any():
        raise SitingError(f"at_km must rise from 0 to the length of the path for {corridors.name_paths(path[wrong])}")

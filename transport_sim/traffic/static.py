"""Static user equilibrium: nobody can save time on another path while travel times depend on steady flows.

For strategic years, where a day of simulated traffic per year is too much, and as verification. Solved on paths by
gradient projection [1]_: every iteration finds the cheapest paths at current times and then moves flow between the
known paths of each pair by Newton steps, pair after pair, with times kept up to date.

References
----------
.. [1] R. Jayakrishnan, W. K. Tsai, J. N. Prashker and S. Rajadhyaksha, "A faster path-based algorithm for traffic
   assignment", Transportation Research Record 1443, 1994.
"""

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.errors import DataError, NetworkError
from transport_sim.network.tntp import TntpNetwork
from transport_sim.traffic import gradient_projection as compiled
from transport_sim.traffic.delay import bpr_integral, bpr_travel_time
from transport_sim.traffic.gap import relative_gap
from transport_sim.traffic.model import BoolArray, FloatArray, IntArray, PathSet

SWEEPS = 50
"""Most passes over all pairs between two searches for paths; fewer once the known paths are balanced. [-]"""
BALANCED_SHARE = 1e-3
"""A further pass is not worth it when it gains less than this share of what all passes so far gained. [-]"""


@dataclass(frozen=True, eq=False)
class StaticLinks:
    """Links with BPR delay functions; nodes are positions 0..node_count-1, times in one unit of the user's choice."""

    node_count: int
    from_node: IntArray
    to_node: IntArray
    free_flow_time: FloatArray
    capacity: FloatArray
    """Practical capacity. [unit of flow]"""
    alpha: FloatArray
    beta: FloatArray
    fixed_cost: FloatArray
    """Cost beside travel time for each user class, shape (n_classes, n_links); infinite closes. [unit of time]"""
    through: BoolArray
    """Whether a path may pass through each node; it may begin and end anywhere."""

    @property
    def delayed(self) -> BoolArray:
        """Links on which the flow has an influence."""
        return (self.alpha > 0) & (self.beta > 0) & (self.free_flow_time > 0)

    @property
    def usable_capacity(self) -> FloatArray:
        """Capacity; 1 where the flow has no influence, so that test problems may state 0 there. [unit of flow]."""
        return np.where(self.delayed, self.capacity, 1.0)

    def __post_init__(self) -> None:
        count = len(self.from_node)
        columns = (self.from_node, self.to_node, self.free_flow_time, self.capacity, self.alpha, self.beta)
        if any(column.shape != (count,) for column in columns) or self.fixed_cost.ndim != 2:
            raise NetworkError("the links of a static assignment need columns of the same length")
        if self.fixed_cost.shape[1] != count or self.through.shape != (self.node_count,):
            raise NetworkError("fixed_cost has a column per link, through a value per node")
        ends = np.concatenate([self.from_node, self.to_node])
        if ((ends < 0) | (ends >= self.node_count)).any():
            raise NetworkError(f"ends of links are node positions from 0 to {self.node_count - 1}")
        for name, bad in (
            ("free_flow_time, alpha and beta must be finite and not negative", ~_sane(*columns[2:3], *columns[4:])),
            ("capacity must be above 0", self.delayed & ~(self.capacity > 0)),
            ("fixed_cost must not be negative or missing", ~(self.fixed_cost >= 0).all(axis=0)),
        ):
            if bad.any():
                raise NetworkError(f"{name}: not so on {bad.sum()} links, first: {np.flatnonzero(bad)[0]}")

    @classmethod
    def from_tntp(cls, network: TntpNetwork) -> "StaticLinks":
        """Take over a test problem; toll and distance count as its factors say."""
        links = network.links
        columns = {name: links[name].to_numpy(dtype=np.float64) for name in links.columns}
        fixed = network.toll_factor * columns["toll"] + network.distance_factor * columns["length"]
        return cls(
            network.node_count,
            links["from_node"].to_numpy(dtype=np.int64) - 1,
            links["to_node"].to_numpy(dtype=np.int64) - 1,
            columns["free_flow_time"],
            columns["capacity"],
            columns["b"],
            columns["power"],
            fixed[None, :],
            np.arange(1, network.node_count + 1) >= network.first_through_node,
        )


@dataclass(frozen=True, eq=False)
class StaticEquilibrium:
    """A user equilibrium, or how near the solver came to it."""

    flow: FloatArray
    """Flow of each link, in the order given. [unit of flow]"""
    time: FloatArray
    """Travel time of each link at that flow. [unit of time]"""
    paths: PathSet
    """Paths with flow, as positions of links in the order given."""
    path_flow: FloatArray
    path_demand: IntArray
    """Row of the demand that each path serves."""
    objective: float
    """Beckmann's objective, the integrals of the delay functions plus fixed costs. [unit of flow x unit of time]"""
    gap: float
    """Relative gap: total cost less that of everybody on a cheapest path at the same times, over the former. [-]"""
    converged: bool
    iterations: pd.DataFrame
    """One row per search for paths: `gap_ratio`, `paths_count` and `cpu_s` since the start."""


def user_equilibrium(
    links: StaticLinks, demand: pd.DataFrame, *, gap: float = 1e-6, max_iterations: int = 500
) -> StaticEquilibrium:
    """Solve the static user equilibrium.

    Parameters
    ----------
    links
        The network.
    demand
        Columns `origin`, `destination` (node positions), `flow` [unit of flow] and, if there are several user
        classes, `user_class` (row of `links.fixed_cost`). Flows from a node to itself take no link.
    gap
        Relative gap at which to stop. [-]
    max_iterations
        Searches for paths after which to give up. [-]

    Returns
    -------
    StaticEquilibrium
        `converged` says whether the gap was reached.

    Raises
    ------
    DataError
        If a demand is negative, names no node or class, or has no path, or no iteration is allowed.
    """
    if max_iterations < 1:
        raise DataError(f"max_iterations must be at least 1, got {max_iterations}")
    started = time.process_time()
    order = np.argsort(links.from_node, kind="stable")
    graph = _graph(links, order)
    rows, commodities = _commodities(links, demand)
    count = len(rows)
    paths = compiled.Paths(np.zeros(count + 1, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0))
    flow, times, marginal = np.zeros((3, len(order)))
    state = compiled.State(flow, times, marginal, np.zeros(len(order), dtype=np.int64))
    history, reached = [], np.inf
    for iteration in range(max_iterations + 1):
        compiled.load(graph, paths, state)
        found = compiled.search(graph, commodities, state.time)
        cost = compiled.path_cost(graph, commodities, paths, state.time)
        if iteration:
            reached = relative_gap(float(cost @ paths.flow), float(found.cost @ commodities.flow))
            history.append((iteration, reached, len(paths.flow), time.process_time() - started))
        elif not np.isfinite(found.cost).all():
            _refuse_cut_off(demand, rows[~np.isfinite(found.cost)])
        if reached <= gap or iteration == max_iterations:
            break
        paths = compiled.extend(commodities, paths, cost, found)
        if iteration:
            _balance(graph, commodities, paths, state)
    table = pd.DataFrame(history, columns=["iteration", "gap_ratio", "paths_count", "cpu_s"]).set_index("iteration")
    return _result(links, order, (rows, commodities, paths), state.flow, (table, gap))


def _sane(*columns: FloatArray) -> BoolArray:
    """Tell which links have values in all columns that are finite and not negative."""
    good: BoolArray = np.logical_and.reduce([np.isfinite(column) & (column >= 0) for column in columns])
    return good


def _graph(links: StaticLinks, order: IntArray) -> compiled.Graph:
    """Sort the links by from-node."""
    start = links.from_node[order]
    return compiled.Graph(
        np.searchsorted(start, np.arange(links.node_count + 1)),
        start,
        links.to_node[order],
        links.through,
        links.free_flow_time[order],
        links.usable_capacity[order],
        links.alpha[order],
        links.beta[order],
        np.ascontiguousarray(links.fixed_cost[:, order]),
    )


def _commodities(links: StaticLinks, demand: pd.DataFrame) -> tuple[IntArray, compiled.Commodities]:
    """Check the demand; return its rows with a flow that leaves its node, by class and origin, and their columns."""
    missing = [name for name in ("origin", "destination", "flow") if name not in demand]
    if missing:
        raise DataError(f"the demand of a static assignment needs the columns {', '.join(missing)}")
    origin, destination = (demand[name].to_numpy(dtype=np.int64) for name in ("origin", "destination"))
    flow = demand["flow"].to_numpy(dtype=np.float64)
    user_class = demand["user_class"].to_numpy(dtype=np.int64) if "user_class" in demand else np.zeros_like(origin)
    for name, values, most in (
        ("origin", origin, links.node_count),
        ("destination", destination, links.node_count),
        ("user_class", user_class, len(links.fixed_cost)),
    ):
        bad = (values < 0) | (values >= most)
        if bad.any():
            raise DataError(
                f"demand: {name} goes from 0 to {most - 1}, not so in {bad.sum()} rows {_first(demand, bad)}"
            )
    bad = ~_sane(flow)
    if bad.any():
        raise DataError(f"demand: flow must not be negative or missing, as in {_first(demand, bad)}")
    rows = np.flatnonzero((flow > 0) & (origin != destination))
    rows = rows[np.lexsort((destination[rows], origin[rows], user_class[rows]))]
    return rows, compiled.Commodities(user_class[rows], origin[rows], destination[rows], flow[rows])


def _first(demand: pd.DataFrame, bad: npt.NDArray[np.bool_]) -> str:
    """Count the bad rows and name the first."""
    return f"{bad.sum()} rows (first: {', '.join(map(str, demand.index[bad][:5]))})"


def _refuse_cut_off(demand: pd.DataFrame, rows: IntArray) -> None:
    """Say which demand has no path."""
    bad = np.zeros(len(demand), dtype=bool)
    bad[rows] = True
    raise DataError(f"demand: no path leads from origin to destination in {_first(demand, bad)}")


def _balance(
    graph: compiled.Graph,
    commodities: compiled.Commodities,
    paths: compiled.Paths,
    state: compiled.State,
) -> None:
    """Move flow between the known paths until another pass is not worth it."""
    total = 0.0
    for _ in range(SWEEPS):
        gained = compiled.sweep(graph, commodities, paths, state)
        total += gained
        if gained <= BALANCED_SHARE * total:
            break


def _result(
    links: StaticLinks,
    order: IntArray,
    solved: tuple[IntArray, compiled.Commodities, compiled.Paths],
    link_flow: FloatArray,
    progress: tuple[pd.DataFrame, float],
) -> StaticEquilibrium:
    """Bring flows and paths back into the order of the links given."""
    rows, commodities, paths = solved
    iterations, gap = progress
    flow = np.empty(len(order))
    flow[order] = np.maximum(link_flow, 0.0)
    delay = links.free_flow_time, flow, links.usable_capacity, links.alpha, links.beta
    of_path = np.repeat(np.arange(len(rows)), np.diff(paths.first))
    class_of_step = np.repeat(commodities.user_class[of_path], np.diff(paths.pointers))
    steps = order[paths.links]
    fixed = links.fixed_cost[class_of_step, steps] @ np.repeat(paths.flow, np.diff(paths.pointers))
    reached = float(iterations["gap_ratio"].iloc[-1])
    return StaticEquilibrium(
        flow,
        np.asarray(bpr_travel_time(*delay)),
        PathSet(paths.pointers, steps),
        paths.flow,
        rows[of_path],
        float(np.sum(bpr_integral(*delay)) + fixed),
        reached,
        reached <= gap,
        iterations,
    )

"""p-median by Lagrangian bounds: interchange from what the bound proposes, decisions by reduced cost, then branching.

The constraint that each demand point is served once is priced out [1]_ [2]_; what is left chooses candidates one by
one. The prices are found by subgradients, the gap that remains is closed by branching on candidates, best bound first.
Everything is deterministic: equal problems get equal answers.

References
----------
.. [1] G. Cornuejols, M. Fisher and G. Nemhauser, "Location of bank accounts to optimize float", Management Science
   23(8), 1977.
.. [2] J. Beasley, "A note on solving large p-median problems", European Journal of Operational Research 21(2), 1985.
"""

import heapq
import time
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import numpy.typing as npt

from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.siting.interchange import greedy, interchange
from transport_sim.siting.median_kernel import CLOSED, FREE, LEAST_STEP, OPEN, Limit, ascend, rule_out
from transport_sim.siting.median_lists import Lists
from transport_sim.siting.problem import Limits

EXACT = 1e-9
"""Relative gap that counts as none: rounding. [-]"""
ROOT = ((2.0, 30), (1.0, 60))
"""First step and patience at the root, one ascent after the other."""
CHUNK = 200
"""Iterations at the root between two attempts to find a better solution. [-]"""
CUT_MOST = 1e-3
"""Share of lists that may be too short for branching to be worth its while. [-]"""
CHUNKS_MOST = 100
"""Most of such parts in one ascent. [-]"""
NODE = (1.0, 20, 400)
"""First step, patience and most iterations at every other node."""


@dataclass(frozen=True, eq=False)
class MedianProblem:
    """A p-median over lists."""

    lists: Lists
    stays: BoolArray
    """Candidates that stay open."""
    limit: Limit


@dataclass(frozen=True, eq=False)
class MedianSolution:
    """Open candidates, their cost and what no solution can beat."""

    open: BoolArray
    cost: float
    bound: float
    nodes: int
    cut_ratio: float
    """Share of demand points whose list was too short for their multiplier: longer lists would lift the bound. [-]"""


@dataclass(order=True)
class _Node:
    bound: float
    number: int
    u: npt.NDArray[np.float32] = field(compare=False)
    state: npt.NDArray[np.int8] = field(compare=False)
    mean: npt.NDArray[np.float32] = field(compare=False)


class _Search:
    """The best solution so far, and the nodes that could hold a better one."""

    def __init__(self, problem: MedianProblem, limits: Limits) -> None:
        self.problem, self.limits, self.lists = problem, limits, problem.lists
        self.best_open = problem.stays.copy()
        self.best = np.inf
        self.seen: set[bytes] = set()
        self.ended = time.monotonic() + limits.time_s

    @property
    def goal(self) -> float:
        """Bound from which on a node cannot hold anything that is better."""
        step = self.lists.step
        if step > 0:
            return self.best - step + 1e-6 * step
        return self.best - EXACT * abs(self.best)

    def improve(self, is_open: BoolArray) -> None:
        """Improve a choice by interchange, unless it was seen, and keep the best."""
        key = np.packbits(is_open).tobytes()
        if key in self.seen:
            return
        self.seen.add(key)
        lists, problem = self.lists, self.problem
        is_open = is_open.copy()
        greedy(lists.rows, problem.limit, is_open)
        found = interchange(lists.rows, problem.limit, lists.place_pointers, lists.place_points, is_open, problem.stays)
        self.seen.add(np.packbits(is_open).tobytes())
        self.keep(is_open, found if self.lists.whole.all() else self.lists.total(is_open))

    def keep(self, is_open: BoolArray, cost: float) -> None:
        if cost < self.best:
            self.best, self.best_open = cost, is_open

    def propose(self, share: FloatArray) -> None:
        """Improve the choice that a vector of shares suggests: the largest ones that fit."""
        is_open, left = self.problem.stays.copy(), self.problem.limit.capacity
        left -= self.problem.limit.weight[is_open].sum()
        for j in np.argsort(-share, kind="stable"):
            if share[j] <= 0.01:
                break
            if not is_open[j] and self.problem.limit.weight[j] <= left * (1 + 1e-12):
                is_open[j] = True
                left -= self.problem.limit.weight[j]
        self.improve(is_open)

    def ascend(
        self, u: FloatArray, state: npt.NDArray[np.int8], plan: tuple[float, int, int]
    ) -> tuple[float, FloatArray, FloatArray, FloatArray, float]:
        goal = min(self.goal, self.best * (1 - self.limits.gap_ratio))
        return ascend(self.lists.rows, self.problem.limit, u, state, self.best, goal, *plan)

    def decide(self, u: FloatArray, state: npt.NDArray[np.int8]) -> float:
        """Rule out by reduced costs, as often as that decides anything."""
        bound = -np.inf
        while True:
            now, decided = rule_out(self.lists.rows, self.problem.limit, u, state, self.goal)
            bound = max(bound, now)
            if not decided:
                return bound

    def left(self, state: npt.NDArray[np.int8]) -> float:
        """Return what is left of the limit, below 0 if too much is open."""
        return self.problem.limit.capacity * (1 + 1e-12) - float(self.problem.limit.weight[state == OPEN].sum())

    def settled(self, state: npt.NDArray[np.int8]) -> BoolArray | None:
        """Return what is open if there is nothing left to decide, else None."""
        left = self.left(state)
        free = state == FREE
        fits = self.problem.limit.weight <= left
        state[free & ~fits] = CLOSED
        free &= fits
        if self.problem.limit.weight[free].sum() <= left:
            is_open: BoolArray = (state == OPEN) | free
            return is_open
        return None


def solve_median(problem: MedianProblem, limits: Limits) -> MedianSolution:
    """Solve a p-median to the gap asked for, or until the limits are reached, or without branching if lists are short.

    Parameters
    ----------
    problem
        The lists of candidates and the limit.
    limits
        When to stop.
    """
    search, lists = _Search(problem, limits), problem.lists
    search.improve(problem.stays)
    state = np.where(problem.stays, OPEN, FREE).astype(np.int8)
    u = lists.second_cost(search.best_open)
    bound, mean = -np.inf, np.zeros(len(state))
    for first_step, patience in ROOT:
        step = first_step
        for _ in range(CHUNKS_MOST):
            if step < LEAST_STEP or _close(search, bound):
                break
            now, u, mean, chosen, step = search.ascend(u, state, (step, patience, CHUNK))
            bound = max(bound, now)
            search.propose(chosen)
            search.propose(mean)
    search.decide(u, state)
    if search.left(state) < 0:
        bound = search.best
    elif (is_open := search.settled(state)) is not None:
        search.keep(is_open, lists.total(is_open))
        bound = search.best
    cut = float(np.mean(~lists.whole & (u >= lists.rows.cap)))
    if cut > CUT_MOST:
        return MedianSolution(search.best_open, search.best, min(bound, search.best), 0, cut)
    return _branch(search, _Node(bound, 0, u.astype(np.float32), state, mean.astype(np.float32)), cut)


def _close(search: _Search, bound: float) -> bool:
    return bound >= min(search.goal, search.best * (1 - search.limits.gap_ratio)) or time.monotonic() > search.ended


def _branch(search: _Search, root: _Node, cut_ratio: float) -> MedianSolution:
    """Branch on the candidate of which the bound is least sure, best bound first."""
    heap, numbers, nodes = [root], count(1), 0
    while heap and not _close(search, heap[0].bound) and nodes < search.limits.nodes_most:
        node = heapq.heappop(heap)
        free = np.flatnonzero(node.state == FREE)
        pick = int(free[np.abs(node.mean[free] - 0.5).argmin()])
        for choice in (OPEN, CLOSED):
            nodes += 1
            state = node.state.copy()
            state[pick] = choice
            child = _explore(search, node, state, next(numbers))
            if child is not None:
                heapq.heappush(heap, child)
    bound = heap[0].bound if heap else search.best
    if bound >= search.goal:
        bound = search.best
    return MedianSolution(search.best_open, search.best, min(bound, search.best), nodes, cut_ratio)


def _explore(search: _Search, parent: _Node, state: npt.NDArray[np.int8], number: int) -> _Node | None:
    """Bound a child; None if it holds nothing better than what is known."""
    if search.left(state) < 0:
        return None
    u = parent.u.astype(float)
    if (is_open := search.settled(state)) is None:
        bound, u, mean, chosen, _ = search.ascend(u, state, NODE)
        search.propose(chosen)
        bound = max(bound, parent.bound, search.decide(u, state))
        if bound >= search.goal or search.left(state) < 0:
            return None
        if (is_open := search.settled(state)) is None:
            return _Node(bound, number, u.astype(np.float32), state, mean.astype(np.float32))
    search.keep(is_open, search.lists.total(is_open))
    return None

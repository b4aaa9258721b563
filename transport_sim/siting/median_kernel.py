"""Compiled parts of the p-median: its Lagrangian bound over sorted lists of candidates, and what the bound rules out.

Each demand point has a list of its nearest candidates with their costs, in ascending order. Multipliers `u` never
exceed the cost at which a list ends, so that no candidate beyond the end could contribute: the bound is that of all
candidates.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from transport_sim.randomness import FloatArray

Order = npt.NDArray[np.int32]
"""Candidates by demand point, in ascending order of cost."""
State = npt.NDArray[np.int8]
"""What is decided about each candidate."""


class Rows(NamedTuple):
    """The lists of n demand points, k candidates each."""

    order: Order
    """Candidates in ascending order of cost, shape (n, k)."""
    cost: FloatArray
    """Their costs, shape (n, k); inf where there is no way."""
    none: FloatArray
    """Cost of a demand point without an open candidate in its list, shape (n,)."""
    cap: FloatArray
    """Most that the multiplier of a demand point may be, shape (n,)."""


class Limit(NamedTuple):
    """How much may be open."""

    weight: FloatArray
    """What each candidate uses of the limit, shape (m,)."""
    capacity: float


FREE, OPEN, CLOSED = 0, 1, 2
"""What is decided about a candidate."""
LEAST_STEP = 1e-4
"""Share of the Polyak step at which an ascent ends. [-]"""


@nb.njit(cache=True)
def reduced_costs(rows: Rows, u: FloatArray, rho: FloatArray) -> float:
    """Fill `rho` with what opening each candidate brings at multipliers `u`, at most 0, and return the sum of `u`."""
    order, cost = rows.order, rows.cost
    n, k_count = order.shape
    rho[:] = 0.0
    total = 0.0
    for i in range(n):
        level = u[i]
        total += level
        for k in range(k_count):
            gain = cost[i, k] - level
            if gain >= 0.0:
                break
            rho[order[i, k]] += gain
    return total


@nb.njit(cache=True)
def choose(rho: FloatArray, state: State, limit: Limit, x: FloatArray) -> tuple[float, float]:
    """Fill `x` with the best share of each candidate to open, and return its value and the price of capacity.

    A continuous knapsack: with weights 1 and a whole capacity no share is broken.
    """
    weight, capacity = limit.weight, limit.capacity
    m = len(rho)
    free = np.empty(m, np.int64)
    key = np.empty(m)
    count = 0
    value = 0.0
    for j in range(m):
        x[j] = 0.0
        if state[j] == OPEN:
            x[j] = 1.0
            value += rho[j]
            capacity -= weight[j]
        elif state[j] == FREE and rho[j] < 0.0:
            if weight[j] <= 0.0:
                x[j] = 1.0
                value += rho[j]
            else:
                free[count] = j
                key[count] = rho[j] / weight[j]
                count += 1
    price = 0.0
    for position in np.argsort(key[:count]):
        j = free[position]
        if capacity <= 0.0:
            price = -key[position]
            break
        share = min(1.0, capacity / weight[j])
        x[j] = share
        value += share * rho[j]
        capacity -= weight[j]
        if share < 1.0:
            price = -key[position]
            break
    return value, price


@nb.njit(cache=True)
def subgradient(rows: Rows, u: FloatArray, x: FloatArray, g: FloatArray) -> None:
    """Fill `g` with one less how often each demand point is served."""
    order, cost = rows.order, rows.cost
    n, k_count = order.shape
    for i in range(n):
        level, served = u[i], 0.0
        for k in range(k_count):
            if cost[i, k] >= level:
                break
            served += x[order[i, k]]
        g[i] = 1.0 - served


@nb.njit(cache=True)
def ascend(  # noqa: C901, PLR0917 - one loop; compiled code takes no keywords
    rows: Rows,
    limit: Limit,
    u: FloatArray,
    state: State,
    upper: float,
    goal: float,
    step: float,
    patience: int,
    iterations: int,
) -> tuple[float, FloatArray, FloatArray, FloatArray, float]:
    """Raise the Lagrangian bound by deflected subgradients.

    Parameters
    ----------
    rows, limit
        The lists of candidates, and how much may be open.
    u
        Multipliers to start from.
    state
        What is decided about each candidate.
    upper
        Cost of the best solution known: where the steps aim at.
    goal
        Bound at which to stop.
    step, patience, iterations
        First step as a share of the Polyak step; after how many iterations without a better bound it is halved; most
        iterations.

    Returns
    -------
    The bound, its multipliers, the running mean of the shares opened, the shares at the bound, and the last step.
    """
    n, m = len(u), len(state)
    best_u, u = u.copy(), u.copy()
    rho, x, mean = np.empty(m), np.empty(m), np.zeros(m)
    g, direction = np.empty(n), np.zeros(n)
    best, waited, chosen = -np.inf, 0, np.zeros(m)
    for iteration in range(iterations):
        total = reduced_costs(rows, u, rho)
        value, _ = choose(rho, state, limit, x)
        bound = total + value
        ratio = 1.0 if iteration == 0 else 0.05
        for j in range(m):
            mean[j] += ratio * (x[j] - mean[j])
        if bound > best + 1e-7 * abs(best) * (best > -np.inf):
            waited = 0
        else:
            waited += 1
        if bound > best:
            best = bound
            best_u[:] = u
            chosen[:] = x
        if best >= goal:
            break
        if waited >= patience:
            step *= 0.5
            waited = 0
            u[:] = best_u
            direction[:] = 0.0
            if step < LEAST_STEP:
                break
            reduced_costs(rows, u, rho)
            choose(rho, state, limit, x)
            bound = best
        subgradient(rows, u, x, g)
        size = 0.0
        for i in range(n):
            direction[i] = g[i] + 0.6 * direction[i]
            size += direction[i] * direction[i]
        if size < 1e-12:
            step = 0.0
            break
        length = step * (upper - bound) / size
        for i in range(n):
            u[i] = min(rows.cap[i], max(rows.cost[i, 0], u[i] + length * direction[i]))
    return best, best_u, mean, chosen, step


@nb.njit(cache=True)
def rule_out(rows: Rows, limit: Limit, u: FloatArray, state: State, goal: float) -> tuple[float, int]:
    """Decide candidates whose other choice would lift the bound to the goal; return the bound and how many are decided.

    A closed one with reduced cost r would lift it by r if opened; an open one with -r would if closed.
    """
    m = len(state)
    rho, x = np.empty(m), np.empty(m)
    total = reduced_costs(rows, u, rho)
    value, price = choose(rho, state, limit, x)
    bound = total + value
    decided = 0
    for j in range(m):
        if state[j] != FREE:
            continue
        reduced = rho[j] + price * limit.weight[j]
        if reduced > 0.0 and bound + reduced >= goal:
            state[j] = CLOSED
            decided += 1
        elif reduced < 0.0 and bound - reduced >= goal:
            state[j] = OPEN
            decided += 1
    return bound, decided

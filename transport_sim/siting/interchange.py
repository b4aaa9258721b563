"""Compiled greedy and fast interchange for the p-median: good solutions, without proof."""

import numba as nb
import numpy as np

from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.median_kernel import Order


@nb.njit(cache=True)
def _nearest_two(
    order: Order, cost: FloatArray, none: FloatArray, is_open: BoolArray, i: int
) -> tuple[int, float, float]:
    """Return the nearest open candidate of a demand point, its cost and that of the second nearest."""
    first, near = -1, none[i]
    for k in range(order.shape[1]):
        if cost[i, k] >= none[i]:
            break
        if is_open[order[i, k]]:
            if first >= 0:
                return first, near, cost[i, k]
            first, near = order[i, k], cost[i, k]
    return first, near, none[i]


@nb.njit(cache=True)
def _count(
    order: Order,
    cost: FloatArray,
    none: FloatArray,
    i: int,
    first: int,
    near: float,
    second: float,
    sign: float,
    gain: FloatArray,
    loss: FloatArray,
    extra: FloatArray,
) -> None:
    """Add (or take away) what one demand point contributes to gains, losses and what both together get wrong."""
    if first >= 0:
        loss[first] += sign * (second - near)
    for k in range(order.shape[1]):
        c = cost[i, k]
        if c >= second:
            break
        j = order[i, k]
        if c < near:
            gain[j] += sign * (near - c)
        if first >= 0:
            extra[first, j] += sign * (second - max(c, near))


@nb.njit(cache=True)
def greedy(
    order: Order, cost: FloatArray, none: FloatArray, is_open: BoolArray, weight: FloatArray, capacity: float
) -> None:
    """Open one candidate after the other, each the one that saves most for what it uses of the limit."""
    n, k_count = order.shape
    m = len(is_open)
    left = capacity
    for j in range(m):
        if is_open[j]:
            left -= weight[j]
    near = np.empty(n)
    for i in range(n):
        near[i] = _nearest_two(order, cost, none, is_open, i)[1]
    gain = np.empty(m)
    while True:
        gain[:] = 0.0
        for i in range(n):
            for k in range(k_count):
                if cost[i, k] >= near[i]:
                    break
                gain[order[i, k]] += near[i] - cost[i, k]
        best, pick = 0.0, -1
        for j in range(m):
            if not is_open[j] and weight[j] <= left * (1.0 + 1e-12) and gain[j] > 0.0:
                value = gain[j] / weight[j] if weight[j] > 0.0 else np.inf
                if value > best:
                    best, pick = value, j
        if pick < 0:
            return
        is_open[pick] = True
        left -= weight[pick]
        for i in range(n):
            for k in range(k_count):
                if cost[i, k] >= near[i]:
                    break
                if order[i, k] == pick:
                    near[i] = cost[i, k]
                    break


@nb.njit(cache=True)
def interchange(
    order: Order,
    cost: FloatArray,
    none: FloatArray,
    place_pointers: IntArray,
    place_points: Order,
    is_open: BoolArray,
    stays: BoolArray,
    weight: FloatArray,
    capacity: float,
    moves_most: int,
) -> float:
    """Swap an open candidate for a closed one, the best swap each time, until none saves anything [1]_ [2]_.

    Where the limit leaves room, a candidate is opened without closing another. What a swap saves is the gain of the one
    that opens, less the loss of the one that closes, plus a correction for demand that both concern; after a swap only
    the demand points whose two nearest changed are counted anew.

    Parameters
    ----------
    order, cost
        Lists of candidates and their costs, shape (n, k).
    none
        Cost of a demand point without an open candidate in its list, shape (n,).
    place_pointers, place_points
        The demand points whose lists name each candidate.
    is_open
        Open candidates; changed in place.
    stays
        Open candidates that must not close.
    weight, capacity
        What each candidate uses of the limit, and the limit.
    moves_most
        Most swaps.

    Returns
    -------
    The cost of the solution.

    References
    ----------
    .. [1] R. Whitaker, "A fast algorithm for the greedy interchange for large-scale clustering and median location
       problems", INFOR 21(2), 1983.
    .. [2] M. Resende and R. Werneck, "A fast swap-based local search procedure for location problems", Annals of
       Operations Research 150, 2007.
    """
    n, m = order.shape[0], len(is_open)
    first, near, second = np.empty(n, np.int64), np.empty(n), np.empty(n)
    gain, loss, extra = np.zeros(m), np.zeros(m), np.zeros((m, m))
    left = capacity
    for j in range(m):
        if is_open[j]:
            left -= weight[j]
    for i in range(n):
        first[i], near[i], second[i] = _nearest_two(order, cost, none, is_open, i)
        _count(order, cost, none, i, first[i], near[i], second[i], 1.0, gain, loss, extra)
    slack = 1e-12 * capacity
    for _ in range(moves_most):
        least = 1e-10 * max(1.0, near.sum())
        best, out, into = least, -1, -1
        for j in range(m):
            if not is_open[j] and weight[j] <= left + slack and gain[j] > best:
                best, out, into = gain[j], -1, j
        for r in range(m):
            if not is_open[r] or stays[r]:
                continue
            room = left + weight[r] + slack
            for j in range(m):
                if not is_open[j] and weight[j] <= room:
                    value = gain[j] - loss[r] + extra[r, j]
                    if value > best:
                        best, out, into = value, r, j
        if into < 0:
            break
        is_open[into] = True
        left -= weight[into]
        if out >= 0:
            is_open[out] = False
            left += weight[out]
        for side in range(2):
            j = into if side == 0 else out
            if j < 0:
                continue
            for at in range(place_pointers[j], place_pointers[j + 1]):
                i = place_points[at]
                now = _nearest_two(order, cost, none, is_open, i)
                if now[0] != first[i] or now[1] != near[i] or now[2] != second[i]:
                    _count(order, cost, none, i, first[i], near[i], second[i], -1.0, gain, loss, extra)
                    first[i], near[i], second[i] = now
                    _count(order, cost, none, i, first[i], near[i], second[i], 1.0, gain, loss, extra)
    return float(near.sum())

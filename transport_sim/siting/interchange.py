"""Compiled greedy and fast interchange for the p-median: good solutions, without proof."""

from typing import NamedTuple

import numba as nb
import numpy as np

from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.median_kernel import Limit, Order, Rows

MOVES_MOST = 100_000
"""Swaps of one interchange: never reached, but a bound. [-]"""
SLACK = 1e-12
"""Share of the limit that rounding may add. [-]"""


class Nearest(NamedTuple):
    """The nearest open candidate of each demand point, its cost, and the cost of the second nearest."""

    first: IntArray
    near: FloatArray
    second: FloatArray


class Savings(NamedTuple):
    """What changes would save."""

    gain: FloatArray
    """Of opening each candidate, shape (m,)."""
    loss: FloatArray
    """What closing each candidate would cost, shape (m,)."""
    extra: FloatArray
    """What gain less loss leaves out if the first closes and the second opens, shape (m, m)."""


@nb.njit(cache=True)
def _nearest_two(rows: Rows, is_open: BoolArray, i: int) -> tuple[int, float, float]:
    first, near = -1, rows.none[i]
    for k in range(rows.order.shape[1]):
        if rows.cost[i, k] >= rows.none[i]:
            break
        if is_open[rows.order[i, k]]:
            if first >= 0:
                return first, near, rows.cost[i, k]
            first, near = rows.order[i, k], rows.cost[i, k]
    return first, near, rows.none[i]


@nb.njit(cache=True)
def _count(rows: Rows, i: int, nearest: Nearest, sign: float, savings: Savings) -> None:
    """Add (or take away) what one demand point contributes to the savings."""
    first, near, second = nearest.first[i], nearest.near[i], nearest.second[i]
    if first >= 0:
        savings.loss[first] += sign * (second - near)
    for k in range(rows.order.shape[1]):
        c = rows.cost[i, k]
        if c >= second:
            break
        j = rows.order[i, k]
        if c < near:
            savings.gain[j] += sign * (near - c)
        if first >= 0:
            savings.extra[first, j] += sign * (second - max(c, near))


@nb.njit(cache=True)
def _spent(limit: Limit, is_open: BoolArray) -> float:
    spent = 0.0
    for j in range(len(is_open)):
        if is_open[j]:
            spent += limit.weight[j]
    return spent


@nb.njit(cache=True)
def _best_to_open(gain: FloatArray, limit: Limit, is_open: BoolArray, room: float) -> int:
    """Return the candidate that saves most for what it uses of the limit; -1 if none fits and saves anything."""
    best, pick = 0.0, -1
    for j in range(len(is_open)):
        if not is_open[j] and limit.weight[j] <= room and gain[j] > 0.0:
            value = gain[j] / limit.weight[j] if limit.weight[j] > 0.0 else np.inf
            if value > best:
                best, pick = value, j
    return pick


@nb.njit(cache=True)
def greedy(rows: Rows, limit: Limit, is_open: BoolArray) -> None:
    """Open one candidate after the other, each the one that saves most for what it uses of the limit.

    Parameters
    ----------
    rows, limit
        The lists of candidates, and how much may be open.
    is_open
        Open candidates; changed in place.
    """
    n, k_count = rows.order.shape
    near, gain = np.empty(n), np.empty(len(is_open))
    for i in range(n):
        near[i] = _nearest_two(rows, is_open, i)[1]
    while True:
        room = limit.capacity * (1.0 + SLACK) - _spent(limit, is_open)
        gain[:] = 0.0
        for i in range(n):
            for k in range(k_count):
                if rows.cost[i, k] >= near[i]:
                    break
                gain[rows.order[i, k]] += near[i] - rows.cost[i, k]
        pick = _best_to_open(gain, limit, is_open, room)
        if pick < 0:
            return
        is_open[pick] = True
        for i in range(n):
            near[i] = _nearest_two(rows, is_open, i)[1]


@nb.njit(cache=True)
def _best_move(savings: Savings, limit: Limit, is_open: BoolArray, stays: BoolArray, least: float) -> tuple[int, int]:
    """Return what to close (-1: nothing) and what to open (-1: nothing saves more than `least`)."""
    m = len(is_open)
    left = limit.capacity * (1.0 + SLACK) - _spent(limit, is_open)
    best, out, into = least, -1, -1
    for r in range(-1, m):
        if r >= 0 and (stays[r] or not is_open[r]):
            continue
        room = left if r < 0 else left + limit.weight[r]
        loss = 0.0 if r < 0 else savings.loss[r]
        for j in range(m):
            if not is_open[j] and limit.weight[j] <= room:
                value = savings.gain[j] - loss
                if r >= 0:
                    value += savings.extra[r, j]
                if value > best:
                    best, out, into = value, r, j
    return out, into


@nb.njit(cache=True)
def interchange(  # noqa: PLR0917 - compiled code takes no keywords
    rows: Rows,
    limit: Limit,
    place_pointers: IntArray,
    place_points: Order,
    is_open: BoolArray,
    stays: BoolArray,
) -> float:
    """Swap an open candidate for a closed one, the best swap each time, until none saves anything [1]_ [2]_.

    Where the limit leaves room, a candidate is opened without closing another. What a swap saves is the gain of the one
    that opens, less the loss of the one that closes, plus a correction for demand that both concern; after a swap only
    the demand points whose two nearest changed are counted anew.

    Parameters
    ----------
    rows, limit
        The lists of candidates, and how much may be open.
    place_pointers, place_points
        The demand points whose lists name each candidate.
    is_open
        Open candidates; changed in place.
    stays
        Open candidates that must not close.

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
    n, m = rows.order.shape[0], len(is_open)
    nearest = Nearest(np.empty(n, np.int64), np.empty(n), np.empty(n))
    savings = Savings(np.zeros(m), np.zeros(m), np.zeros((m, m)))
    for i in range(n):
        nearest.first[i], nearest.near[i], nearest.second[i] = _nearest_two(rows, is_open, i)
        _count(rows, i, nearest, 1.0, savings)
    for _ in range(MOVES_MOST):
        least = 1e-10 * max(1.0, nearest.near.sum())
        out, into = _best_move(savings, limit, is_open, stays, least)
        if into < 0:
            break
        is_open[into] = True
        if out >= 0:
            is_open[out] = False
        for j in (into, out):
            if j < 0:
                continue
            for at in range(place_pointers[j], place_pointers[j + 1]):
                i = place_points[at]
                first, near, second = _nearest_two(rows, is_open, i)
                if first != nearest.first[i] or near != nearest.near[i] or second != nearest.second[i]:
                    _count(rows, i, nearest, -1.0, savings)
                    nearest.first[i], nearest.near[i], nearest.second[i] = first, near, second
                    _count(rows, i, nearest, 1.0, savings)
    return float(nearest.near.sum())

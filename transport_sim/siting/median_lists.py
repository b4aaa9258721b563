"""For each demand point the candidates in ascending order of cost, the nearest ones only where there are many."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.siting.median_kernel import Rows

ROWS = 512
"""Demand points that are sorted at once: little memory on top of the lists. [-]"""


@dataclass(frozen=True, eq=False)
class Lists:
    """Candidates and costs of n demand points, k each."""

    weight: FloatArray
    """Weight of each demand point, shape (n,)."""
    time_min: FloatArray
    """Time to all candidates, shape (n, m). [min]"""
    rows: Rows
    whole: BoolArray
    """Whether a list names all candidates."""
    place_pointers: npt.NDArray[np.int64]
    """The demand points whose lists name candidate `j` are `place_points[place_pointers[j]:place_pointers[j + 1]]`."""
    place_points: npt.NDArray[np.int32]
    step: float
    """All costs are multiples of this; 0 if of nothing in particular."""

    @classmethod
    def of(cls, weight: FloatArray, time_min: FloatArray, length: int) -> "Lists":
        """Sort the candidates of each demand point, the nearest `length` of them."""
        n, m = time_min.shape
        length = min(length, m)
        order, cost = np.empty((n, length), np.int32), np.empty((n, length))
        far = np.empty(n)
        for start in range(0, n, ROWS):
            rows = slice(start, min(start + ROWS, n))
            values = weight[rows, None] * time_min[rows]
            far[rows] = np.where(np.isfinite(values), values, 0.0).max(axis=1)
            if length < m:
                near = np.argpartition(values, length - 1, axis=1)[:, :length]
                values = np.take_along_axis(values, near, axis=1)
            by_cost = np.argsort(values, axis=1, kind="stable")
            cost[rows] = np.take_along_axis(values, by_cost, axis=1)
            order[rows] = by_cost if length == m else np.take_along_axis(near, by_cost, axis=1)
        lost = not np.isfinite(cost[:, -1]).all()
        none = np.full(n, far.sum() + 1.0) if lost else np.nextafter(2.0 * far, np.inf)
        whole = np.full(n, length == m) | ~np.isfinite(cost[:, -1])
        cap = np.where(whole, none, cost[:, -1])
        named = np.bincount(order.ravel(), minlength=m)
        points = np.argsort(order.ravel(), kind="stable") // length
        finite = cost[np.isfinite(cost)]
        step = 1.0 if (finite == np.rint(finite)).all() and finite.max() < 2**40 else 0.0
        pointers = np.concatenate([[0], np.cumsum(named)])
        return cls(weight, time_min, Rows(order, cost, none, cap), whole, pointers, points.astype(np.int32), step)

    def total(self, is_open: BoolArray) -> float:
        """Return the cost of all demand with these candidates open, those beyond the end of a list included."""
        near = self.time_min[:, is_open].min(axis=1, initial=np.inf)
        return float(np.minimum(self.weight * near, self.rows.none).sum())

    def second_cost(self, is_open: BoolArray) -> FloatArray:
        """Return multipliers to begin with: between the costs of the two nearest open candidates."""
        costs = np.where(is_open[self.rows.order], self.rows.cost, np.inf)
        two = np.sort(np.partition(costs, min(1, costs.shape[1] - 1), axis=1)[:, :2], axis=1)
        near = np.minimum(two[:, 0], self.rows.cap)
        middle: FloatArray = np.where(np.isfinite(two[:, -1]), (near + two[:, -1]) / 2.0, near)
        return np.minimum(middle, self.rows.cap)

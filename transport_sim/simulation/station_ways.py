"""Ways over stations: where to charge on the way when the battery does not last for it. Arrays only.

A way leads over stations at which the battery is filled to its usual level; no stretch may need more than it holds.
Among these ways the quickest counts: drive, expected wait and charging. Energy is that of the worst hour, so that no
vehicle runs dry because traffic slowed down after it had left.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.units import SECONDS_PER_HOUR

SLACK = 1e-9
"""Rounding errors that do not keep a vehicle from a way, relative to its range. [-]"""


@dataclass(frozen=True, eq=False)
class StationWays:
    """Energy of ways for one kind of vehicle, and the stations that it may use."""

    energy: FloatArray
    """By hour of departure, shape (24, places, places); kWh or kg."""
    time_s: FloatArray
    """Same shape. [s]"""
    usable: float
    """From the level to which it is filled down to the reserve; the unit of `energy`."""
    names: tuple[str, ...]
    """Stations."""
    at: IntArray
    """Place of each station."""
    h_per_unit: FloatArray
    """Time for each unit of energy at each station; 0 where the amount does not matter. [h per unit]"""
    fixed_s: FloatArray
    """Time that a stop takes however much it gets: a swap, connecting. [s]"""

    @cached_property
    def most(self) -> FloatArray:
        """Energy of each way at its worst hour, shape (places, places)."""
        return np.asarray(self.energy.max(axis=0))

    @cached_property
    def escape(self) -> FloatArray:
        """Energy from each place to the station that needs least; infinite where there is none."""
        if not len(self.at):
            return np.full(len(self.most), np.inf)
        return np.asarray(self.most[:, self.at].min(axis=1))

    @cached_property
    def _hops(self) -> FloatArray:
        """Energy between stations."""
        return self.most[np.ix_(self.at, self.at)]

    @cached_property
    def _longest(self) -> FloatArray:
        """Longest stretch between stations, of the way over others whose longest stretch is shortest.

        References
        ----------
        .. [1] R. W. Floyd, "Algorithm 97: shortest path", Communications of the ACM 5, 1962, with the larger of two
           stretches for their sum.
        """
        found = self._hops.copy()
        for between in range(len(found)):
            np.minimum(found, np.maximum(found[:, between, None], found[between]), out=found)
        return found

    @cached_property
    def _refill_s(self) -> FloatArray:
        """Time to get back at each station what the way from each other one took. [s]."""
        return _finite(self._hops) * self.h_per_unit * SECONDS_PER_HOUR

    def route(
        self,
        here: int,
        there: int,
        level: float,
        after: float,
        *,
        hour: int,
        wait_s: Callable[[int], float],
        without: Collection[int] = (),
    ) -> list[int] | None:
        """Find the quickest way over at least one station.

        Parameters
        ----------
        here, there
            Places.
        level
            What the vehicle has beyond its reserve.
        after
            What must be left beyond the reserve at the end.
        hour
            Hour of departure, for the times.
        wait_s
            Expected wait at a station by its position, infinite where nobody can charge. [s]
        without
            Stations, by position, that it does not want.

        Returns
        -------
        Positions of the stations in their order; None if there is no such way.
        """
        count, room = len(self.at), self.usable * (1.0 + SLACK)
        if not count:
            return None
        time_s = self.time_s[hour]
        first = self.most[here, self.at]
        refill_s = np.maximum(self.usable - level + _finite(first), 0.0) * self.h_per_unit * SECONDS_PER_HOUR
        cost = np.where(first <= level + SLACK * self.usable, time_s[here, self.at] + self.fixed_s + refill_s, np.inf)
        cost[list(without)] = np.inf
        last_s = np.where(self.most[self.at, there] + after <= room, time_s[self.at, there], np.inf)
        waits, before = np.zeros(count), np.full(count, -1)
        asked, open_ = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
        open_[list(without)] = False
        still_s = time_s[self.at, there].copy()  # no way is quicker than the direct one
        end, whole_s = -1, math.inf
        while True:
            best = int((cost + still_s).argmin())
            if cost[best] + still_s[best] >= whole_s:
                break
            if not asked[best]:  # only of those few that may be on the way
                asked[best] = True
                waits[best] = wait_s(best)
                cost[best] += waits[best]
                continue
            open_[best] = False
            still_s[best] = np.inf
            if cost[best] + last_s[best] < whole_s:
                end, whole_s = best, cost[best] + last_s[best]
            step_s = time_s[self.at[best], self.at] + self.fixed_s + self._refill_s[best] + waits
            found = np.where(self._hops[best] <= room, cost[best] + step_s, np.inf)
            better = open_ & (found < cost)
            cost[better], before[better] = found[better], best
        if end < 0:
            return None
        chain = [end]
        while before[chain[-1]] >= 0:
            chain.append(int(before[chain[-1]]))
        return chain[::-1]

    def lacking(self, here: int, there: int, level: float, after: float) -> float:
        """Return by how much the battery falls short of the way: of the way whose longest stretch is shortest.

        Parameters
        ----------
        here, there, level, after
            As for `route`; no matter how long one waits.

        Returns
        -------
        What the longest stretch between two charges needs beyond what is there, 0 if the way can be driven.
        """
        direct = max(float(self.most[here, there]) + after - level, 0.0)
        if direct <= SLACK * self.usable or not len(self.at):
            return direct if direct > SLACK * self.usable else 0.0
        first = np.maximum(self.most[here, self.at] - level, 0.0)
        last = np.maximum(self.most[self.at, there] + after - self.usable, 0.0)
        over = np.maximum(np.maximum(first[:, None], last), self._longest - self.usable)
        found = min(direct, float(over.min()))
        return found if found > SLACK * self.usable else 0.0


def _finite(energy: FloatArray) -> FloatArray:
    """Return 0 for ways that do not exist."""
    return np.where(np.isfinite(energy), energy, 0.0)

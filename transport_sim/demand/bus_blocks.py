"""From the runs of a timetable to blocks: what one bus does in a day, for the fewest buses, and as its battery allows.

Two runs can follow each other if the bus has rested after the first and driven empty to the start of the second by the
time that this one leaves. The fewest buses that serve all runs of a depot are their number less the largest number of
such links of which none shares a run with another (Dilworth 1950, Fulkerson 1956).

References
----------
.. [1] R. P. Dilworth, "A decomposition theorem for partially ordered sets", Annals of Mathematics 51, 1950.
.. [2] D. R. Fulkerson, "Note on Dilworth's decomposition theorem for partially ordered sets", Proc. AMS 7, 1956.
.. [3] S. Bunte, N. Kliewer, "An overview on vehicle scheduling models", Public Transport 1, 2009.
"""

from dataclasses import dataclass

import numpy as np

from transport_sim.conditions import BoolArray, FloatArray, IntArray
from transport_sim.units import SECONDS_PER_HOUR

HOURS = 24
LARGEST_EXACT = 2500
"""Runs of a depot up to which the fewest blocks are found; above, blocks are first come, first served, which may need
more: the links of so many runs no longer fit into the memory of a small machine. [runs]"""
CLOCK_S = 1e-6
"""Times closer than this are the same. [s]"""

Block = tuple[int, ...]
"""Runs of one bus in the order in which it serves them."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs with passengers of one depot on one kind of day; every array has one value for each."""

    start_s: FloatArray
    """Departure by the timetable, from midnight of the day of service. [s]"""
    end_s: FloatArray
    """Arrival by the timetable. [s]"""
    from_place: IntArray
    """Position of the first stop among the places of the deadheads."""
    to_place: IntArray
    layover_s: FloatArray
    """Rest after the run. [s]"""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.start_s)

    def some(self, rows: IntArray) -> "Runs":
        """Return those of some positions."""
        return Runs(
            self.start_s[rows],
            self.end_s[rows],
            self.from_place[rows],
            self.to_place[rows],
            self.layover_s[rows],
        )


def hour_of(time_s: FloatArray) -> IntArray:
    """Return the hour of the day in which a time lies. [h]."""
    return np.asarray(time_s // SECONDS_PER_HOUR, dtype=np.int64) % HOURS


def links(runs: Runs, deadhead_s: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Tell which run can follow which, and how long the bus drives empty between them.

    Parameters
    ----------
    runs
        n runs.
    deadhead_s
        Time between places by hour of departure, shape (24, places, places). [s]

    Returns
    -------
    Whether the column's run can follow the row's, and the empty drive [s]; both of shape (n, n).
    """
    ready_s = runs.end_s + runs.layover_s
    drive_s = deadhead_s[hour_of(ready_s)[:, None], runs.to_place[:, None], runs.from_place[None, :]]
    fits = ready_s[:, None] + drive_s <= runs.start_s[None, :] + CLOCK_S
    np.fill_diagonal(fits, val=False)
    return fits, drive_s


def fewest_buses(runs: Runs, deadhead_s: FloatArray) -> int:
    """Return the number of buses without which no plan serves all runs.

    Runs less the largest set of links; above `LARGEST_EXACT` runs the most that are under way at any moment, which is a
    lower bound of that.

    Parameters
    ----------
    runs, deadhead_s
        As for :func:`links`.
    """
    if len(runs) <= LARGEST_EXACT:
        return len(runs) - int((_assigned(runs, deadhead_s) >= 0).sum())
    moments = np.concatenate([runs.start_s, runs.end_s])
    change = np.repeat([1, -1], len(runs))
    order = np.lexsort((change, moments))  # who arrives makes room before another leaves
    return int(np.cumsum(change[order]).max())


def build_blocks(runs: Runs, deadhead_s: FloatArray) -> tuple[Block, ...]:
    """Join runs to blocks: the fewest, and among those the least empty driving; by an assignment of followers.

    Above `LARGEST_EXACT` runs a bus takes the run that leaves next if it can be there, the nearest bus first: then the
    number is not proved to be the least.

    Parameters
    ----------
    runs, deadhead_s
        As for :func:`links`.

    Returns
    -------
    Blocks in the order of their first departures; every run is in exactly one.
    """
    follower = _assigned(runs, deadhead_s) if len(runs) <= LARGEST_EXACT else _first_in_first_out(runs, deadhead_s)
    is_first = np.ones(len(runs), dtype=bool)
    is_first[follower[follower >= 0]] = False
    blocks = []
    for first in np.flatnonzero(is_first):
        block = [int(first)]
        while follower[block[-1]] >= 0:
            block.append(int(follower[block[-1]]))
        blocks.append(tuple(block))
    return tuple(sorted(blocks, key=lambda block: (float(runs.start_s[block[0]]), block)))


def _assigned(runs: Runs, deadhead_s: FloatArray) -> IntArray:
    """Return each run's follower, -1 for none: a link that is none costs more than all empty drives together."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - takes a moment

    if not len(runs):
        return np.empty(0, dtype=np.int64)
    fits, drive_s = links(runs, deadhead_s)
    one_bus = 1.0 + float(drive_s[fits].max(initial=0.0)) * len(runs)
    row, column = linear_sum_assignment(np.where(fits, drive_s, one_bus))
    return np.where(fits[row, column], column, -1)


def _first_in_first_out(runs: Runs, deadhead_s: FloatArray) -> IntArray:
    """Return each run's follower, -1 for none, taking runs in the order of departure."""
    follower = np.full(len(runs), -1, dtype=np.int64)
    ready_s = runs.end_s + runs.layover_s
    hours = hour_of(ready_s)
    waiting = np.empty(0, dtype=np.int64)
    for run in np.argsort(runs.start_s, kind="stable"):
        if len(waiting):
            drive_s = deadhead_s[hours[waiting], runs.to_place[waiting], runs.from_place[run]]
            late = ready_s[waiting] + drive_s > runs.start_s[run] + CLOCK_S
            best = int(np.lexsort((waiting, ready_s[waiting], drive_s, late))[0])
            if not late[best]:
                follower[waiting[best]] = run
                waiting = np.delete(waiting, best)
        waiting = np.append(waiting, run)
    return follower


def given_blocks(names: list[str], runs: Runs, deadhead_s: FloatArray) -> tuple[Block, ...]:
    """Take over the blocks that a timetable names, and join the runs that it leaves open.

    Parameters
    ----------
    names
        Block of each run; empty where the timetable says nothing.
    runs, deadhead_s
        As for :func:`links`. Within a named block rests may be shorter: its author knew.

    Returns
    -------
    Blocks, the named ones first.
    """
    members: dict[str, list[int]] = {}
    for run in np.argsort(runs.start_s, kind="stable"):
        if names[run]:
            members.setdefault(names[run], []).append(int(run))
    left = np.array([run for run, name in enumerate(names) if not name], dtype=np.int64)
    own = (tuple(int(left[run]) for run in block) for block in build_blocks(runs.some(left), deadhead_s))
    return (*(tuple(block) for block in members.values()), *own)

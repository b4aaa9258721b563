"""How trucks are used: which trailers are dropped and hooked, and which returning trucks find a load."""

from dataclasses import dataclass

import numba as nb
import numpy as np

from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray, uniform
from transport_sim.tables.freight import TRUCK_CLASSES
from transport_sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class Journeys:
    """Road journeys from zone to zone, one entry each."""

    ids: IntArray
    """Identity of the consignment, for draws."""
    origin: IntArray
    destination: IntArray
    truck_class: IntArray
    truck_count: IntArray
    ready_s: FloatArray
    """When its goods are there to be loaded. [s]"""
    duration_s: FloatArray
    """Loading, driving and unloading, without queues. [s]"""
    returns_empty: BoolArray
    """Whose trucks return empty if nobody looks for a load."""


def hooked(inputs: Inputs, ids: IntArray, truck_class: IntArray, *, seed: int) -> BoolArray:
    """Draw the consignments whose trailers are loaded and unloaded without the tractors."""
    share = _by_class(inputs, "drop_hook_share")[truck_class]
    return uniform(ids, seed=seed, stream="drop_hook") < share


def returns_after_matching(inputs: Inputs, journeys: Journeys, *, seed: int) -> BoolArray:
    """Let trucks that would return empty take loads that are to go where they return to.

    Of the trucks that would return empty, a share looks for a load (`backhaul_share`), and waits for it at most
    `backhaul_window_h`. It takes one that goes from the zone where it is to the zone where it came from, of the same
    number of trucks of its class, from somebody who looks too. Then neither its way home nor that of the trucks which
    would have carried that load is empty. Who has waited longest takes the next load [1]_. The share of empty returns
    is a result: never more than `empty_return_share_truck`, and never less than the imbalance of goods allows.

    Parameters
    ----------
    inputs
        Tables; without rows in `truck_operations`, or where nobody looks, nothing changes.
    journeys
        All journeys by road of the run.
    seed
        Seed of the replication.

    Returns
    -------
    Whether the trucks of each journey return empty.

    References
    ----------
    .. [1] First come, first served in a double-ended queue: Kashyap, "The double-ended queue with bulk service and
       limited waiting space", Operations Research 14, 1966.
    """
    share = _by_class(inputs, "backhaul_share")[journeys.truck_class]
    looks = journeys.returns_empty & (uniform(journeys.ids, seed=seed, stream="backhaul") < share)
    rows = np.flatnonzero(looks)
    if not len(rows):
        return journeys.returns_empty
    forward = journeys.origin[rows] < journeys.destination[rows]
    low = np.minimum(journeys.origin[rows], journeys.destination[rows])
    high = np.maximum(journeys.origin[rows], journeys.destination[rows])
    order = np.lexsort((journeys.truck_count[rows], journeys.truck_class[rows], high, low))
    keys = np.stack([low, high, journeys.truck_class[rows], journeys.truck_count[rows]])[:, order]
    group = np.empty(len(rows), dtype=np.int64)
    group[order] = np.cumsum(np.append(0, (keys[:, 1:] != keys[:, :-1]).any(axis=0)))
    back_s = journeys.ready_s[rows] + journeys.duration_s[rows]
    window_s = _by_class(inputs, "backhaul_window_h")[journeys.truck_class[rows]] * SECONDS_PER_HOUR
    # each journey is twice an event: when its goods are ready, and when its trucks are free at the other end
    count = len(rows)
    event = np.lexsort((np.arange(2 * count), np.concatenate([journeys.ready_s[rows], back_s]), np.tile(group, 2)))
    matched = _match(event, group, forward, (back_s, journeys.ready_s[rows], window_s))
    empty = journeys.returns_empty.copy()
    empty[rows[matched]] = False
    return empty


def _by_class(inputs: Inputs, column: str) -> FloatArray:
    table = inputs.operations["truck_operations"].set_index("vehicle_class")[column]
    return table.reindex(list(TRUCK_CLASSES)).fillna(0.0).to_numpy(float)


@nb.njit(cache=True)
def _match(
    event: IntArray, group: IntArray, forward: BoolArray, times: tuple[FloatArray, FloatArray, FloatArray]
) -> BoolArray:
    """Go through the events of each group in the order of time; trucks wait in one line at each end."""
    back_s, ready_s, window_s = times
    count = len(group)
    matched = np.zeros(count, dtype=np.bool_)
    line = np.empty((2, count), dtype=np.int64)
    head, tail = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    at = -1
    for e in event:
        n = e % count
        if group[n] != at:
            at = group[n]
            head[:] = 0
            tail[:] = 0
        here = 1 if forward[n] else 0  # the line of trucks that wait for a load such as this one
        if e < count:  # goods are ready: the truck that has waited longest takes them
            while (
                head[here] < tail[here]
                and ready_s[n] - back_s[line[here, head[here]]] > window_s[line[here, head[here]]]
            ):
                head[here] += 1
            if head[here] < tail[here]:
                matched[line[here, head[here]]] = True
                matched[n] = True
                head[here] += 1
        elif not matched[n]:  # its own trucks brought it and are free for what goes the other way
            line[1 - here, tail[1 - here]] = n
            tail[1 - here] += 1
    return matched

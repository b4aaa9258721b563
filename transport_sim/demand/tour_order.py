"""The order of the stops of a tour: exact where there are few, else the nearest first and then improved by exchange."""

import numba as nb
import numpy as np

from transport_sim.randomness import FloatArray, IntArray

EXACT_STOPS = 7
"""So many stops are put in the best order; of more, a part is turned around as long as that is quicker. [-]"""


def ordered_stops(time_s: FloatArray, hour: IntArray, places: IntArray) -> IntArray:
    """Put the stops of each tour in an order that takes little time.

    Parameters
    ----------
    time_s
        By hour of departure, shape (24, places, places); ways to and fro may differ. [s]
    hour
        Hour of departure of each tour, whose times count.
    places
        Start, stops and end of each tour, shape (tours, stops + 2).

    Returns
    -------
    The same places, start and end where they were.

    References
    ----------
    .. [1] M. Held, R. M. Karp, "A dynamic programming approach to sequencing problems", J. SIAM 10, 1962.
    .. [2] G. A. Croes, "A method for solving traveling-salesman problems", Operations Research 6, 1958 (2-opt).
    """
    found = places.copy()
    if len(places) and places.shape[1] > 3:
        _order_all(np.ascontiguousarray(time_s), hour, found)
    return found


@nb.njit(cache=True)
def _order_all(time_s: FloatArray, hour: IntArray, places: IntArray) -> None:
    count = places.shape[1]
    between = np.empty((count, count))
    for n in range(len(places)):
        for i in range(count):
            for j in range(count):
                between[i, j] = time_s[hour[n], places[n, i], places[n, j]]
        order = _exact(between) if count - 2 <= EXACT_STOPS else _turned(between, _nearest_first(between))
        places[n] = places[n][order]


@nb.njit(cache=True)
def _exact(between: FloatArray) -> IntArray:
    """Return the quickest order; the first place stays first and the last one last."""
    stops = len(between) - 2
    sets = 1 << stops
    best = np.full((sets, stops), np.inf)
    before = np.full((sets, stops), -1)
    for j in range(stops):
        best[1 << j, j] = between[0, j + 1]
    for done in range(1, sets):
        for j in range(stops):
            if not done & (1 << j) or best[done, j] == np.inf:
                continue
            for k in range(stops):
                if done & (1 << k):
                    continue
                value = best[done, j] + between[j + 1, k + 1]
                if value < best[done | (1 << k), k]:
                    best[done | (1 << k), k] = value
                    before[done | (1 << k), k] = j
    done, order = sets - 1, np.arange(stops + 2)
    last = int(np.argmin(best[done] + between[1 : stops + 1, stops + 1]))
    for at in range(stops, 0, -1):
        order[at] = last + 1
        earlier = before[done, last]
        done ^= 1 << last
        last = earlier
    return order


@nb.njit(cache=True)
def _nearest_first(between: FloatArray) -> IntArray:
    count = len(between)
    order = np.arange(count)
    for at in range(1, count - 1):
        best = at
        for other in range(at + 1, count - 1):
            if between[order[at - 1], order[other]] < between[order[at - 1], order[best]]:
                best = other
        order[at], order[best] = order[best], order[at]
    return order


@nb.njit(cache=True)
def _turned(between: FloatArray, order: IntArray) -> IntArray:
    """Turn parts of the order around as long as it gets quicker; a way back may take another time than the way to."""
    count, better = len(order), True
    while better:
        better = False
        for i in range(1, count - 2):
            forth, back = 0.0, 0.0
            for j in range(i + 1, count - 1):
                forth += between[order[j - 1], order[j]]
                back += between[order[j], order[j - 1]]
                now = between[order[i - 1], order[i]] + forth + between[order[j], order[j + 1]]
                then = between[order[i - 1], order[j]] + back + between[order[i], order[j + 1]]
                if then < now - 1e-6:
                    order[i : j + 1] = order[i : j + 1][::-1].copy()
                    forth, back = back, forth
                    better = True
    return order

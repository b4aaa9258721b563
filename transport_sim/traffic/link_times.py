"""Travel times of links through the day, as the simulated traffic of a day leaves them behind."""

from dataclasses import dataclass

import numba as nb
import numpy as np

from transport_sim.traffic.model import FloatArray, LinkSupply, TrafficResult, class_rows
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class LinkTimes:
    """Time on a link by vehicle class and moment of entry: the class's time on the empty link plus a delay for all.

    The delay is that of the middle of each bin, in between it is interpolated, and before the first and after the last
    middle it is constant. It falls by at most a second a second, so who enters later does not leave earlier.
    """

    free_s: FloatArray
    """Time on the empty link of each class of `VEHICLE_CLASSES`, shape (n_classes, n_links). [s]"""
    delay_s: FloatArray
    """Shape (n_bins, n_links). [s]"""
    bin_s: float


def free_flow_s(supply: LinkSupply) -> FloatArray:
    """Return the time of each class of `VEHICLE_CLASSES` on each empty link, shape (n_classes, n_links). [s]."""
    return supply.length_km / supply.class_speed_kmh * SECONDS_PER_HOUR


def empty_roads(supply: LinkSupply, *, bin_s: float = 900.0, end_s: float = SECONDS_PER_DAY) -> LinkTimes:
    """Return link times without any delay.

    Parameters
    ----------
    supply
        The links.
    bin_s, end_s
        Length of a bin and of the day. [s]
    """
    return LinkTimes(free_flow_s(supply), np.zeros((int(np.ceil(end_s / bin_s)), len(supply.link_ids))), bin_s)


def link_times(supply: LinkSupply, result: TrafficResult) -> LinkTimes:
    """Take the mean delay of all vehicles that entered a link in a bin; none where nobody did.

    Parameters
    ----------
    supply
        The links.
    result
        A day of traffic on them. Vehicles of different classes wait in the same queue, so one delay serves all, and the
        mean over all of them is steadier than that of a rare class.

    Returns
    -------
    LinkTimes
        Where a delay fell by more than the length of a bin from one bin to the next, the later one is raised until who
        enters later no longer leaves earlier.
    """
    free_s = free_flow_s(supply)
    kinds = class_rows(result.kinds)
    count = result.flow_count.sum(axis=0, dtype=np.int64)
    time_s = result.time_s.sum(axis=0, dtype=np.float64)
    empty_s = np.einsum("kl,klb->lb", free_s[kinds], result.flow_count, dtype=np.float64)
    delay_s = np.maximum(time_s - empty_s, 0.0) / np.maximum(count, 1)
    return LinkTimes(free_s, first_in_first_out(np.ascontiguousarray(delay_s.T), result.bin_s), result.bin_s)


def first_in_first_out(delay_s: FloatArray, bin_s: float) -> FloatArray:
    """Raise delays, shape (n_bins, n_links), where they fall by more than a second a second. [s]."""
    raised = delay_s.copy()
    for later in range(1, len(raised)):
        np.maximum(raised[later], raised[later - 1] - bin_s, out=raised[later])
    return raised


@nb.njit(cache=True, nogil=True)
def place_in_bins(time_s: float, bin_s: float, bin_count: int) -> tuple[int, int, float]:
    """Return the bins whose middles lie before and after a moment, and the share of the later one."""
    place = time_s / bin_s - 0.5
    if place <= 0.0:
        return 0, 0, 0.0
    before = min(int(place), bin_count - 1)
    after = min(before + 1, bin_count - 1)
    return before, after, place - before if after > before else 0.0

"""What the traffic kernel knows about each link and vehicle while it runs, and the compiled steps that change it."""

from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from transport_sim.traffic.calendar import Calendar, schedule
from transport_sim.traffic.memory import Records, aligned
from transport_sim.traffic.model import FloatArray, IntArray, LinkSupply
from transport_sim.units import SECONDS_PER_HOUR

ROOM_PCU = 1e-6
"""Room below this is rounding and not room. [pcu]"""

LINK = np.dtype(
    [
        ("occupied", "f8"),  # vehicles, and gaps that have not reached the upstream end yet [pcu]
        ("storage", "f8"),  # the link takes one more as long as `occupied` is below [pcu]
        ("next_exit", "f8"),  # when the saturation headway of the last vehicle out is over [s]
        ("next_entry", "f8"),  # likewise at the upstream end [s]
        ("exit_s", "f8"),  # headway of one pcu at the downstream end [s]
        ("entry_s", "f8"),
        ("calm", "f4"),  # up to here a gap cannot be missed while it travels, so it needs no record [pcu]
        ("head", "i4"),  # vehicles on the link, in order of entry; -1 is none, here and below
        ("tail", "i4"),
        ("first_wait", "i4"),  # who waits to enter: heads of upstream links, head of the side queue
        ("last_wait", "i4"),
        ("entry_due", "i4"),  # 1 if an event is due that lets the first of them in
        ("first_gap", "i4"),  # gaps under way, in order of arrival
        ("last_gap", "i4"),
        ("wave_s", "f8"),  # time that a gap takes from the downstream to the upstream end [s]
        ("queue", "f8"),  # vehicles at the downstream end that could be gone at free speed [pcu]
        ("queue_last", "i4"),  # last vehicle counted in `queue`
        ("queue_bin", "i4"),
        ("side_head", "i4"),  # vehicles beside the road that want to enter here
        ("side_tail", "i4"),
        ("stuck_before", "i4"),  # neighbours among the links whose head is blocked, in order of time
        ("stuck_after", "i4"),
        ("stuck_since", "f8"),
    ],
    align=True,
)
VEHICLE = np.dtype(
    [
        ("ready", "f8"),  # when it can be at the downstream end [s]
        ("enter", "f8"),  # when it entered the link [s]
        ("at", "i4"),  # place of its link in the paths; of the next one if it is beside the road
        ("next", "i4"),  # the link that it wants to enter, -1 if it is on the last of its path
        ("behind", "i4"),  # next vehicle on the link, or in the side queue
        ("group", "i2"),
        ("kind", "i1"),  # class, counted over those that occur
        ("forced", "i1"),  # 1 while it is on a link that the gridlock rule let it onto
    ],
    align=True,
)
"""Half a line: on a large network the memory that vehicles take decides the speed."""
WAIT = np.dtype([("link", "i4"), ("following", "i4")])
"""Where a waiting vehicle is, -1 beside the road, and who waits behind it."""
GAP = np.dtype([("time", "f8"), ("pcu", "f8"), ("following", "i4")], align=True)
CELL = np.dtype([("count", "i4"), ("time", "f4")])


class Gaps(NamedTuple):
    """Travelling gaps of all links; the unused records form a list, `free[0]` its first."""

    records: Any
    free: npt.NDArray[np.int32]


class Outputs(NamedTuple):
    """What is counted on the way; bins come first, so that the cells in use lie together."""

    cells: Any
    """Shape (n_bins, n_links, n_kinds), dtype `CELL`."""
    queue_pcu: npt.NDArray[np.float32]
    """Shape (n_bins, n_links). [pcu]"""
    bin_s: float


def new_links(supply: LinkSupply, max_pcu: float) -> Records:
    """Return the state of empty links; `max_pcu` is the largest vehicle's. [pcu]."""
    state = aligned(len(supply.link_ids), LINK)
    for name in LINK.names or ():
        if LINK[name] == np.int32 and name not in {"entry_due", "queue_bin"}:
            state[name] = -1
    state["exit_s"] = SECONDS_PER_HOUR / supply.capacity_pcu_h
    state["entry_s"] = SECONDS_PER_HOUR / supply.entry_capacity_pcu_h
    state["wave_s"] = supply.length_km / supply.wave_speed_kmh * SECONDS_PER_HOUR
    state["storage"] = supply.storage_pcu - ROOM_PCU
    # what enters while a gap travels is at most the capacity of the lanes and one vehicle
    state["calm"] = state["storage"] - state["wave_s"] / state["entry_s"] - max_pcu
    return state


def new_gaps(supply: LinkSupply, min_pcu: float, max_pcu: float) -> Gaps:
    """Return room for every gap that there can be: each link is at most full by one vehicle too many."""
    count = int((np.ceil((supply.storage_pcu + max_pcu) / min_pcu) + 1).sum())
    records = np.empty(count, dtype=GAP)
    # `free[1]` is the first record never used: the memory beyond is not touched
    return Gaps(records, np.array([-1, 0], dtype=np.int32))


@nb.njit(cache=True)
def send_gap(link: Any, gaps: Gaps, time: float, pcu: float) -> None:  # noqa: ANN401 - a numba record
    """Let the place of a vehicle that has just left travel to the upstream end of a link that is not calm."""
    place = gaps.free[0]
    if place >= 0:
        gaps.free[0] = gaps.records[place].following
    else:
        place = gaps.free[1]
        gaps.free[1] += 1
    gap = gaps.records[place]
    gap.time = time + link.wave_s
    gap.pcu = pcu
    gap.following = -1
    if link.last_gap >= 0:
        gaps.records[link.last_gap].following = place
    else:
        link.first_gap = place
    link.last_gap = place


@nb.njit(cache=True)
def collect_gaps(link: Any, gaps: Gaps, time: float) -> None:  # noqa: ANN401
    """Turn the gaps that have reached the upstream end into room."""
    while link.first_gap >= 0:
        place = link.first_gap
        gap = gaps.records[place]
        if gap.time > time:
            return
        link.occupied -= gap.pcu
        link.first_gap = gap.following
        gap.following = gaps.free[0]
        gaps.free[0] = place
    link.last_gap = -1


@nb.njit(cache=True)
def plan_entry(links: Any, gaps: Gaps, calendar: Calendar, number: int, time: float) -> None:  # noqa: ANN401
    """Schedule the moment at which a link can let the first waiting vehicle in, if it is known."""
    link = links[number]
    if link.entry_due:
        return
    due = max(time, link.next_entry)
    occupied = link.occupied
    place = link.first_gap
    while occupied >= link.storage:
        if place < 0:
            return  # the next vehicle that leaves will ask again
        gap = gaps.records[place]
        occupied -= gap.pcu
        due = max(due, gap.time)
        place = gap.following
    link.entry_due = 1
    schedule(calendar, len(links) + number, number - len(links), due)


@nb.njit(cache=True)
def count_queue(  # noqa: PLR0917 - compiled code takes no keywords
    links: Any,  # noqa: ANN401
    vehicles: Any,  # noqa: ANN401
    pcu: FloatArray,
    outputs: Outputs,
    number: int,
    time: float,
) -> None:
    """Note the largest queue of each bin up to `time`; the head of the link has been ready since before."""
    link = links[number]
    if link.queue_last < 0:
        following = link.head
        link.queue = 0.0
        link.queue_bin = int(vehicles[following].ready / outputs.bin_s)
    else:
        following = vehicles[link.queue_last].behind
    last_bin = min(int(time / outputs.bin_s), len(outputs.queue_pcu) - 1)
    while True:
        until = min((link.queue_bin + 1) * outputs.bin_s, time)
        while following >= 0 and vehicles[following].ready < until:
            link.queue += pcu[vehicles[following].group]
            link.queue_last = following
            following = vehicles[following].behind
        # both indices at once: a view of the row would cost two locked counts of its users
        outputs.queue_pcu[link.queue_bin, number] = max(outputs.queue_pcu[link.queue_bin, number], link.queue)
        if link.queue_bin >= last_bin:
            return
        link.queue_bin += 1


@nb.njit(cache=True)
def append_waiting(link: Any, waits: Any, vehicle: int) -> None:  # noqa: ANN401
    """Put a vehicle behind those that wait to enter a link."""
    waits[vehicle].following = -1
    if link.last_wait >= 0:
        waits[link.last_wait].following = vehicle
    else:
        link.first_wait = vehicle
    link.last_wait = vehicle


@nb.njit(cache=True)
def remove_waiting(link: Any, waits: Any, vehicle: int) -> None:  # noqa: ANN401
    """Take a vehicle out of those that wait to enter a link; they are at most as many as upstream links and one."""
    before, here = -1, link.first_wait
    while here != vehicle:
        before, here = here, waits[here].following
    following = waits[vehicle].following
    if before < 0:
        link.first_wait = following
    else:
        waits[before].following = following
    if following < 0:
        link.last_wait = before


@nb.njit(cache=True)
def append_stuck(links: Any, ends: IntArray, number: int, time: float) -> None:  # noqa: ANN401
    """Note that the head of a link is blocked; `ends` holds the first and last of these links."""
    links[number].stuck_since = time
    links[number].stuck_before = ends[1]
    links[number].stuck_after = -1
    if ends[1] >= 0:
        links[ends[1]].stuck_after = number
    else:
        ends[0] = number
    ends[1] = number


@nb.njit(cache=True)
def remove_stuck(links: Any, ends: IntArray, number: int) -> None:  # noqa: ANN401
    """Note that the head of a link is blocked no longer."""
    before, after = links[number].stuck_before, links[number].stuck_after
    if before >= 0:
        links[before].stuck_after = after
    else:
        ends[0] = after
    if after >= 0:
        links[after].stuck_before = before
    else:
        ends[1] = before


@nb.njit(cache=True)
def green_from(ratio: FloatArray, time: float, bin_s: float) -> float:
    """Return the first moment from `time` on at which a link has capacity; infinite if never again. [s]."""
    place = min(int(time / bin_s), len(ratio) - 1)
    if ratio[place] > 0.0:
        return time
    while place < len(ratio) and ratio[place] <= 0.0:
        place += 1
    return np.inf if place == len(ratio) else place * bin_s


@nb.njit(cache=True)
def headway_end(ratio: FloatArray, time: float, headway_s: float, bin_s: float) -> float:
    """Return when a headway that takes `headway_s` at full capacity is over; the last bin's ratio holds on. [s]."""
    place = min(int(time / bin_s), len(ratio) - 1)
    while place < len(ratio) - 1:
        done = ratio[place] * ((place + 1) * bin_s - time)
        if done >= headway_s:
            break
        headway_s -= done
        place += 1
        time = place * bin_s
    return time + headway_s / ratio[place] if ratio[place] > 0.0 else np.inf

"""The traffic kernel: every vehicle on every link, event by event, over arrays.

Physics of a link, after the link-queue form of kinematic wave theory [1]_ [2]_:

- A vehicle that enters could be at the downstream end after its free-flow time, but never before the one ahead: first
  in, first out.
- One vehicle leaves after the other with the saturation headway of the one before, `pcu / capacity`; likewise at the
  upstream end with the capacity of the lanes.
- A link takes vehicles as long as there is room. The place of one that left reaches the upstream end after length /
  wave speed, so a full link holds as many vehicles as the triangular diagram says for its outflow.
- Who finds no room waits at the head of its own link and blocks it. Those that wait for one link enter by the time at
  which they began to wait; vehicles beside the road (at their start, or after waiting for a closed link) form one more
  approach.
- Gridlock rule: a head that has been blocked for `stuck_s` is let in, is counted in `forced_count`, and takes no room
  on that link.
- Who finds the next link closed waits beside the road, off its link, until the link opens.

Events at the same time happen in this order: waiting vehicles are let in, by link; then vehicles, by departure
and number; then the gridlock rule. `simulation.link_queue` says the same in simpy, one process per vehicle.

References
----------
.. [1] G. Newell, "A simplified theory of kinematic waves in highway traffic, part I", Transportation Research B 27(4),
   1993.
.. [2] N. Cetin, A. Burri and K. Nagel, "A large-scale agent-based traffic microsimulation based on queue model", Swiss
   Transport Research Conference, 2003.
"""

from collections.abc import Sequence
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.traffic.access_time import earliest_entry
from transport_sim.traffic.calendar import Calendar, new_calendar, open_next, pop, push, schedule
from transport_sim.traffic.checks import check_arguments
from transport_sim.traffic.link_state import (
    CELL,
    WAIT,
    Gaps,
    Outputs,
    append_stuck,
    append_waiting,
    collect_gaps,
    count_queue,
    green_from,
    headway_end,
    new_gaps,
    new_links,
    plan_entry,
    remove_stuck,
    remove_waiting,
    send_gap,
)
from transport_sim.traffic.model import (
    Access,
    FloatArray,
    IntArray,
    LinkSupply,
    PathSet,
    TrafficResult,
    Trips,
    class_rows,
)
from transport_sim.traffic.prefetch import fetch_ahead
from transport_sim.traffic.preparation import (
    NOT_SAMPLED,
    Rules,
    Sample,
    by_trip,
    free_times,
    new_rules,
    new_sample,
    new_vehicles,
    sampled_traversals,
)
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

BIN_S = 900.0
"""Length of an output bin. [s]"""
STUCK_S = 300.0
"""How long a head vehicle is blocked before the gridlock rule; SUMO's default of `time-to-teleport`. [s]"""


def simulate_traffic(
    supply: LinkSupply,
    groups: pd.DataFrame,
    paths: PathSet,
    trips: Trips,
    access: Access | None = None,
    *,
    bin_s: float = BIN_S,
    end_s: float = SECONDS_PER_DAY,
    capacity_ratio: FloatArray | None = None,
    sample: IntArray | None = None,
    by: Sequence[str] = ("vehicle_class",),
    stuck_s: float = STUCK_S,
) -> TrafficResult:
    """Simulate one day of road traffic; see the module for the physics.

    Parameters
    ----------
    supply
        The links.
    groups
        Vehicle groups, index 0..n-1, with the columns `vehicle_class` and `pcu` at least.
    paths
        Paths as positions of links in `supply`; the kernel works on 32-bit positions.
    trips
        Departures, group and path of each vehicle. A vehicle enters its first link at the upstream end and arrives
        when it leaves the last one.
    access
        What is closed to whom at what time; nothing if left out.
    bin_s
        Length of an output bin, and of a bin of `capacity_ratio`. [s]
    end_s
        End of the simulation; later events do not happen. [s]
    capacity_ratio
        Share of the downstream capacity that is there, shape (n_links, n_bins); the last bin's holds on. Everything
        if left out. [-]
    sample
        Trips whose traversals are recorded one by one.
    by
        Columns of `groups`, `vehicle_class` among them: flows and times are told apart by their values.
    stuck_s
        How long a head vehicle is blocked before the gridlock rule lets it in. [s]

    Returns
    -------
    Flows, times, queues and arrivals; the same input gives the same bytes.

    Raises
    ------
    DataError
        Arrays that do not fit each other, paths that are not connected, or a vehicle that would wait for ever for a
        link that never opens: such a path should have been refused when it was made.
    """
    path_links = np.ascontiguousarray(paths.links, dtype=np.int32)
    check_arguments(
        supply,
        groups,
        paths,
        trips,
        access,
        bin_s=bin_s,
        end_s=end_s,
        capacity_ratio=capacity_ratio,
        sample=sample,
    )
    kinds, class_of_kind, kind_of_group = _kinds(groups, trips, by)
    pcu = groups["pcu"].to_numpy(dtype=np.float64)
    used_pcu = pcu[np.unique(trips.group)] if len(trips.group) else np.ones(1)
    link_count, trip_count = len(supply.link_ids), len(trips.departure_s)
    bins = int(np.ceil(end_s / bin_s))
    outputs = Outputs(
        np.zeros((bins, link_count, max(len(kinds), 1)), dtype=CELL),
        np.zeros((bins, link_count), dtype=np.float32),
        float(bin_s),
    )
    order = np.argsort(trips.departure_s, kind="stable")
    vehicles = new_vehicles(paths, trips, order, kind_of_group)
    path_last = (paths.pointers[trips.path[order] + 1] - 1).astype(np.int32)
    steps = int((path_last - vehicles["at"] + 1).sum())
    departure_s = np.ascontiguousarray(trips.departure_s[order], dtype=np.float64)
    span_s = min(float(end_s), departure_s[-1] + SECONDS_PER_HOUR) - departure_s[0] if trip_count else 1.0
    event_count = 2 * link_count + trip_count
    calendar = new_calendar(event_count, event_count, steps / max(span_s, 1.0))
    rules, has_rules = new_rules(access)
    records = new_sample(sample, paths, trips, order)
    ratio = np.ones((0, 1)) if capacity_ratio is None else np.ascontiguousarray(capacity_ratio, dtype=np.float64)
    arrival_s, access_wait_s = np.full(trip_count, np.nan), np.zeros(trip_count)
    forced_count = np.zeros(link_count, dtype=np.int64)
    links = new_links(supply, float(used_pcu.max()))
    number, link = _run(
        links,
        vehicles,
        pcu,
        np.full(trip_count, -1, dtype=WAIT),
        new_gaps(supply, float(used_pcu.min()), float(used_pcu.max())),
        calendar,
        outputs,
        rules,
        has_rules,
        records,
        ratio,
        path_links,
        path_last,
        free_times(supply, class_of_kind),
        departure_s,
        arrival_s,
        access_wait_s,
        forced_count,
        np.full(2, -1, dtype=np.int64),
        float(end_s),
        float(stuck_s),
    )
    if number >= 0:
        trip = order[number]
        raise DataError(
            f"trip {trip} of group {trips.group[trip]} comes to link {supply.link_ids[link]} (position {link}), which "
            "is closed to it for ever: its path should have been refused"
        )
    return TrafficResult(
        kinds=kinds,
        bin_s=float(bin_s),
        arrival_s=by_trip(arrival_s, order),
        access_wait_s=by_trip(access_wait_s, order),
        flow_count=outputs.cells["count"].transpose(2, 1, 0)[: len(kinds)],
        time_s=outputs.cells["time"].transpose(2, 1, 0)[: len(kinds)],
        queue_pcu=outputs.queue_pcu.T,
        forced_count=forced_count,
        traversals=sampled_traversals(sample, records, path_links, paths, trips),
    )


def _kinds(groups: pd.DataFrame, trips: Trips, by: Sequence[str]) -> tuple[pd.DataFrame, IntArray, IntArray]:
    """Return the kinds that occur, the place of their class in `VEHICLE_CLASSES`, and the kind of each group."""
    ranked = groups[list(by)].assign(place=class_rows(groups))
    used = ranked.loc[np.unique(trips.group)].drop_duplicates().sort_values(["place", *by]).reset_index(drop=True)
    kind = pd.MultiIndex.from_frame(used[list(by)]).get_indexer(pd.MultiIndex.from_frame(ranked[list(by)]))
    return used[list(by)], used["place"].to_numpy(dtype=np.int64), np.maximum(kind, 0).astype(np.int64)


@nb.njit(cache=True, error_model="numpy")
def _run(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one loop, in one piece: each step split off costs a call per event
    links: Any,  # noqa: ANN401
    vehicles: Any,  # noqa: ANN401
    pcu: FloatArray,
    waits: Any,  # noqa: ANN401
    gaps: Gaps,
    calendar: Calendar,
    outputs: Outputs,
    rules: Rules,
    has_rules: bool,  # noqa: FBT001
    sample: Sample,
    ratio: FloatArray,
    path_links: npt.NDArray[np.int32],
    path_last: npt.NDArray[np.int32],
    free_s: FloatArray,
    departure_s: FloatArray,
    arrival_s: FloatArray,
    access_wait_s: FloatArray,
    forced_count: IntArray,
    stuck: IntArray,
    end_s: float,
    stuck_s: float,
) -> tuple[int, int]:
    """Let all events before `end_s` happen; return vehicle and link of one that would wait for ever, else -1.

    Events 0..n-1 are the heads of the links that try to leave, n..2n-1 links that let a waiting vehicle in, from 2n on
    vehicles that come from beside the road.
    """
    count, trips = len(links), len(vehicles)
    departed, left = 0, trips
    has_ratio, has_sample = len(ratio) > 0, len(sample.offset) > 0
    heap, state = calendar.heap, calendar.state
    while left > 0:
        # the next event: of the open bucket, or the gridlock rule
        due = links[stuck[0]].stuck_since + stuck_s if stuck[0] >= 0 else np.inf
        by_force = False
        if state[1] > 0 and heap[0].time <= due:
            time, event = heap[0].time, heap[0].event
            pop(calendar)
        elif due * calendar.buckets_per_s < state[0] + 1:
            time, event, by_force = due, stuck[0], True
        else:
            open_next(calendar)
            bucket_end = (state[0] + 1) / calendar.buckets_per_s
            while departed < trips and departure_s[departed] < bucket_end:
                push(calendar, 2 * count + departed, departed, departure_s[departed])
                departed += 1
            fetch_ahead(calendar, links, vehicles, path_links, free_s, outputs.cells, outputs.bin_s)
            if bucket_end - 1.0 / calendar.buckets_per_s >= end_s:
                break
            continue
        if time >= end_s:
            break
        # who wants to go from where to where
        entering = False
        if event < count:
            number = links[event].head
            here = event
            target = vehicles[number].next
        elif event < 2 * count:
            target = event - count
            links[target].entry_due = 0
            number = links[target].first_wait
            if number < 0:
                continue
            here = waits[number].link
            entering = True
        else:
            number, here = event - 2 * count, -1
            waits[number].link = -1
            target = vehicles[number].next
            if links[target].side_head >= 0:
                vehicles[links[target].side_tail].behind = number
                links[target].side_tail = number
                continue
        vehicle = vehicles[number]
        size = pcu[vehicle.group]
        # may it?
        opens = time
        if target >= 0:
            goal = links[target]
            if has_rules:
                opens = earliest_entry(
                    target,
                    vehicle.group,
                    time,
                    rules.link_pointers,
                    rules.link_rules,
                    rules.rule_group,
                    rules.window_pointers,
                    rules.window_start_s,
                    rules.window_end_s,
                )
                if opens == np.inf:
                    return number, target
            if opens == time and not by_force:
                blocked = goal.next_entry > time or (goal.first_wait >= 0 and not entering)
                if not blocked and goal.occupied >= goal.storage:
                    collect_gaps(goal, gaps, time)
                    blocked = goal.occupied >= goal.storage
                if blocked:
                    if not entering:
                        if here >= 0:
                            append_stuck(links, stuck, here, time)
                        else:
                            goal.side_head = number
                            goal.side_tail = number
                        waits[number].link = here
                        append_waiting(goal, waits, number)
                    plan_entry(links, gaps, calendar, target, time)
                    continue
            if entering or by_force:
                remove_waiting(goal, waits, number)
                if here >= 0:
                    remove_stuck(links, stuck, here)
                else:
                    goal.side_head = vehicle.behind
                    vehicle.behind = -1
                    if goal.side_head >= 0:
                        append_waiting(goal, waits, goal.side_head)
        # it leaves its link
        if here >= 0:
            link = links[here]
            cell = outputs.cells[int(vehicle.enter / outputs.bin_s), here, vehicle.kind]
            cell.count += 1
            cell.time += time - vehicle.enter
            if time > vehicle.ready:
                count_queue(links, vehicles, pcu, outputs, here, time)
                link.queue -= size
                if link.queue_last == number:
                    link.queue_last = -1
            if has_sample and sample.offset[number] != NOT_SAMPLED:
                sample.leave_s[sample.offset[number] + vehicle.at] = time
            if vehicle.forced:
                vehicle.forced = 0
            elif link.occupied <= link.calm:
                link.occupied -= size
            else:
                send_gap(link, gaps, time, size)
            vehicle.at += 1
            link.next_exit = time + size * link.exit_s
            if has_ratio:
                link.next_exit = headway_end(ratio[here], time, size * link.exit_s, outputs.bin_s)
            link.head = vehicle.behind
            vehicle.behind = -1
            if link.head < 0:
                link.tail = -1
            else:
                leaves = max(vehicles[link.head].ready, link.next_exit)
                if has_ratio:
                    leaves = green_from(ratio[here], leaves, outputs.bin_s)
                if leaves < end_s:
                    schedule(calendar, here, link.head, leaves)
            if link.first_wait >= 0:
                plan_entry(links, gaps, calendar, here, time)
        # and goes on: home, beside the road, or onto the next link
        if target < 0:
            arrival_s[number] = time
            left -= 1
            continue
        if opens > time:
            access_wait_s[number] += min(opens, end_s) - time
            if opens < end_s:
                schedule(calendar, 2 * count + number, number, opens)
        else:
            vehicle.next = path_links[vehicle.at + 1] if vehicle.at < path_last[number] else -1
            vehicle.enter = time
            vehicle.ready = time + free_s[target, vehicle.kind]
            if by_force:
                vehicle.forced = 1
                forced_count[target] += 1
            else:
                goal.occupied += size
                goal.next_entry = time + size * goal.entry_s
            if goal.tail >= 0:
                vehicle.ready = max(vehicle.ready, vehicles[goal.tail].ready)
                vehicles[goal.tail].behind = number
            else:
                goal.head = number
                leaves = max(vehicle.ready, goal.next_exit)
                if has_ratio:
                    leaves = green_from(ratio[target], leaves, outputs.bin_s)
                if leaves < end_s:
                    schedule(calendar, target, number, leaves)
            goal.tail = number
            if has_sample and sample.offset[number] != NOT_SAMPLED:
                sample.enter_s[sample.offset[number] + vehicle.at] = time
        if entering and goal.first_wait >= 0:
            plan_entry(links, gaps, calendar, target, time)
    _close(links, vehicles, pcu, outputs, end_s)
    return -1, -1


@nb.njit(cache=True)
def _close(links: Any, vehicles: Any, pcu: FloatArray, outputs: Outputs, end_s: float) -> None:  # noqa: ANN401
    """Count the vehicles that are still on a link at the end."""
    for number in range(len(links)):
        link = links[number]
        place = link.head
        if place >= 0 and vehicles[place].ready < end_s:
            count_queue(links, vehicles, pcu, outputs, number, end_s)
        while place >= 0:
            vehicle = vehicles[place]
            cell = outputs.cells[int(vehicle.enter / outputs.bin_s), number, vehicle.kind]
            cell.count += 1
            cell.time += end_s - vehicle.enter
            place = vehicle.behind

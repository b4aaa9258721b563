"""The arrays that the traffic kernel works on, from what it is given, and back."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.traffic.link_state import VEHICLE
from transport_sim.traffic.memory import aligned
from transport_sim.traffic.model import Access, BoolArray, FloatArray, IntArray, LinkSupply, PathSet, Trips
from transport_sim.units import SECONDS_PER_HOUR


class Rules(NamedTuple):
    """The arrays of `Access`; no links if there are no rules."""

    link_pointers: IntArray
    link_rules: IntArray
    rule_group: BoolArray
    window_pointers: IntArray
    window_start_s: FloatArray
    window_end_s: FloatArray


class Sample(NamedTuple):
    """Times of the sampled vehicles; the row of a vehicle on its link is its place in the paths plus `offset`."""

    offset: IntArray
    """One for each vehicle, no row for those not sampled; empty if nobody is."""
    enter_s: FloatArray
    leave_s: FloatArray


NOT_SAMPLED = np.iinfo(np.int64).min


def by_trip(values: FloatArray, order: IntArray) -> FloatArray:
    """Return the values of vehicles in the order of their trips."""
    result = np.empty_like(values)
    result[order] = values
    return result


def free_times(supply: LinkSupply, kinds: IntArray) -> FloatArray:
    """Return the free-flow time of each link and class that occurs, shape (n_links, n_kinds). [s]."""
    times = supply.length_km / supply.class_speed_kmh[kinds] * SECONDS_PER_HOUR
    return np.ascontiguousarray(times.T)


def new_vehicles(paths: PathSet, trips: Trips, order: IntArray, kind_of_group: IntArray) -> npt.NDArray[np.void]:
    """Return the vehicles in the order of their departures: those on the way lie together in memory."""
    vehicles = aligned(len(order), VEHICLE)
    path, group = trips.path[order], trips.group[order]
    vehicles["at"] = paths.pointers[path]
    vehicles["next"] = paths.links[paths.pointers[path]]
    vehicles["kind"] = kind_of_group[group]
    vehicles["group"] = group
    vehicles["behind"] = -1
    return vehicles


def new_rules(access: Access | None) -> tuple[Rules, bool]:
    """Return the rules as the kernel reads them, and whether there are any."""
    if access is None or not len(access.link_rules):
        whole, none = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Rules(whole, whole, np.zeros((0, 0), dtype=np.bool_), whole, none, none), False
    rules = Rules(
        np.ascontiguousarray(access.link_pointers, dtype=np.int64),
        np.ascontiguousarray(access.link_rules, dtype=np.int64),
        np.ascontiguousarray(access.rule_group, dtype=np.bool_),
        np.ascontiguousarray(access.window_pointers, dtype=np.int64),
        np.ascontiguousarray(access.window_start_s, dtype=np.float64),
        np.ascontiguousarray(access.window_end_s, dtype=np.float64),
    )
    return rules, True


def new_sample(sample: IntArray | None, paths: PathSet, trips: Trips, order: IntArray) -> Sample:
    """Return room for the times of the sampled vehicles."""
    if sample is None or not len(sample):
        return Sample(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
    start, end = paths.pointers[trips.path[sample]], paths.pointers[trips.path[sample] + 1]
    ends = np.cumsum(end - start)
    offset = np.full(len(trips.path), NOT_SAMPLED, dtype=np.int64)
    offset[sample] = ends - end
    return Sample(offset[order], np.full(ends[-1], np.nan), np.full(ends[-1], np.nan))


def sampled_traversals(
    sample: IntArray | None, records: Sample, links: npt.NDArray[np.int32], paths: PathSet, trips: Trips
) -> pd.DataFrame:
    """Return the recorded traversals, by trip in the order of the sample, then along the path."""
    chosen = np.zeros(0, dtype=np.int64) if sample is None else np.asarray(sample, dtype=np.int64)
    start, end = paths.pointers[trips.path[chosen]], paths.pointers[trips.path[chosen] + 1]
    place = np.arange(len(records.enter_s)) - np.repeat(np.cumsum(end - start) - end, end - start)
    frame = pd.DataFrame(
        {
            "trip": np.repeat(chosen, end - start),
            "link": links[place].astype(np.int64),
            "enter_s": records.enter_s,
            "leave_s": records.leave_s,
        }
    )
    return frame[frame["enter_s"].notna()].reset_index(drop=True)

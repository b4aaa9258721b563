"""What the arguments of the traffic kernel owe each other, and what a demand must be."""

from typing import Any

import numba as nb
import numpy as np
import pandas as pd

from transport_sim.errors import DataError, did_you_mean
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.traffic.model import Access, FloatArray, IntArray, LinkSupply, PathSet, Trips

DEMAND_COLUMNS = ("trip_id", "origin_node", "destination_node", "departure_s", "group")


def check_arguments(
    supply: LinkSupply,
    groups: pd.DataFrame,
    paths: PathSet,
    trips: Trips,
    access: Access | None,
    *,
    bin_s: float,
    end_s: float,
    capacity_ratio: FloatArray | None,
    sample: IntArray | None,
) -> None:
    """Raise `DataError` for anything that the kernel would stumble over; takes what `simulate_traffic` takes."""
    if not (0 < bin_s < np.inf and 0 < end_s < np.inf):
        raise DataError(f"bin_s and end_s must be positive and finite, got {bin_s} and {end_s}")
    _check_supply(supply)
    _check_groups(groups)
    _check_paths(supply, paths)
    _check_trips(len(groups), paths, trips)
    count = len(supply.link_ids)
    if access is not None:
        check_access(access, count, len(groups))
    if capacity_ratio is not None:
        bins = int(np.ceil(end_s / bin_s))
        if np.shape(capacity_ratio) != (count, bins):
            raise DataError(f"capacity_ratio must have shape ({count}, {bins}), got {np.shape(capacity_ratio)}")
        _refuse(
            ~(np.isfinite(capacity_ratio) & (capacity_ratio >= 0)).all(axis=1), "links have a capacity ratio below 0"
        )
    if sample is not None and len(sample):
        chosen = np.asarray(sample)
        _refuse((chosen < 0) | (chosen >= len(trips.path)), "rows of the sample name no trip")
        if len(np.unique(chosen)) < len(chosen):
            raise DataError("the sample names a trip twice")


def check_access(access: Access, link_count: int, group_count: int) -> None:
    """Raise `DataError` if the arrays of `Access` do not fit the links, the groups and each other."""
    rules = len(access.rule_group)
    _check_pointers(access.link_pointers, link_count, len(access.link_rules), "access.link_pointers")
    _check_pointers(access.window_pointers, rules, len(access.window_start_s), "access.window_pointers")
    if rules and access.rule_group.shape != (rules, group_count):
        raise DataError(f"access.rule_group must have {group_count} groups, got shape {access.rule_group.shape}")
    _refuse((access.link_rules < 0) | (access.link_rules >= rules), "entries of access.link_rules name no rule")
    if access.window_end_s.shape != access.window_start_s.shape:
        raise DataError("access.window_start_s and window_end_s differ in length")
    _refuse(~(access.window_start_s < access.window_end_s), "windows of access do not start before they end")
    inner = np.ones(max(len(access.window_start_s) - 1, 0), dtype=np.bool_)
    firsts = access.window_pointers[1:-1]
    inner[firsts[(firsts > 0) & (firsts <= len(inner))] - 1] = False
    overlap = inner & (access.window_start_s[1:] < access.window_end_s[:-1])
    _refuse(overlap, "windows of access overlap the one after, or do not ascend")


def _refuse(wrong: Any, what: str) -> None:  # noqa: ANN401 - numpy calls a comparison an array or a single value
    """Raise if anything is wrong; say how many and where the first are."""
    if wrong.any():
        rows = np.flatnonzero(wrong)
        raise DataError(f"{len(rows)} {what} (first: {', '.join(str(row) for row in rows[:5])})")


def _check_pointers(pointers: IntArray, count: int, total: int, what: str) -> None:
    ends = np.shape(pointers) == (count + 1,) and pointers[0] == 0 and pointers[-1] == total
    if not ends or (np.diff(pointers) < 0).any():
        raise DataError(f"{what} must ascend from 0 to {total} in {count + 1} steps")


def _check_supply(supply: LinkSupply) -> None:
    count = len(supply.link_ids)
    for name in ("length_km", "capacity_pcu_h", "entry_capacity_pcu_h", "storage_pcu", "wave_speed_kmh"):
        values = getattr(supply, name)
        if values.shape != (count,):
            raise DataError(f"supply.{name} must have one value per link ({count}), got shape {values.shape}")
        _refuse(~(values > 0), f"links have no positive {name}")
    for name in ("length_km", "storage_pcu"):
        _refuse(~np.isfinite(getattr(supply, name)), f"links have no finite {name}")
    if supply.class_speed_kmh.shape != (len(VEHICLE_CLASSES), count):
        raise DataError(f"supply.class_speed_kmh must have shape ({len(VEHICLE_CLASSES)}, {count})")
    _refuse(~(supply.class_speed_kmh > 0).all(axis=0), "links have no positive class_speed_kmh")


def _check_groups(groups: pd.DataFrame) -> None:
    missing = [name for name in ("vehicle_class", "pcu") if name not in groups.columns]
    if missing:
        raise DataError(f"the table of groups lacks {', '.join(missing)}")
    for name in groups["vehicle_class"].unique():
        if name not in VEHICLE_CLASSES:
            raise DataError(f"groups: no vehicle class {name!r}{did_you_mean(str(name), VEHICLE_CLASSES)}")
    pcu = groups["pcu"].to_numpy(dtype=np.float64)
    _refuse(~((pcu > 0) & np.isfinite(pcu)), "groups have no positive pcu")


def _check_paths(supply: LinkSupply, paths: PathSet) -> None:
    _check_pointers(paths.pointers, len(paths.pointers) - 1, len(paths.links), "paths.pointers")
    if not len(paths.links):
        return
    if paths.links.min() < 0 or paths.links.max() >= len(supply.link_ids):
        raise DataError(f"paths name links outside 0..{len(supply.link_ids) - 1}")
    place = _first_break(paths.pointers, paths.links, supply.from_node, supply.to_node)
    if place >= 0:
        path = int(np.searchsorted(paths.pointers, place, side="right")) - 1
        first, second = (int(supply.link_ids[paths.links[place + step]]) for step in (0, 1))
        raise DataError(f"path {path} is not connected: link {second} does not start where link {first} ends")


def _check_trips(group_count: int, paths: PathSet, trips: Trips) -> None:
    count = len(trips.departure_s)
    if trips.group.shape != (count,) or trips.path.shape != (count,):
        raise DataError("departure_s, group and path of the trips differ in length")
    _refuse(~((trips.departure_s >= 0) & np.isfinite(trips.departure_s)), "trips have no departure from 0 on")
    _refuse((trips.group < 0) | (trips.group >= group_count), "trips name no group")
    _refuse((trips.path < 0) | (trips.path >= len(paths.pointers) - 1), "trips name no path")
    _refuse(np.diff(paths.pointers)[trips.path] == 0, "trips have a path without links")


@nb.njit(cache=True)
def _first_break(
    pointers: IntArray,
    links: Any,  # noqa: ANN401 - of 32 or 64 bits
    from_node: IntArray,
    to_node: IntArray,
) -> int:
    """Return the first place whose link does not lead to the next of its path, -1 if there is none."""
    for path in range(len(pointers) - 1):
        for place in range(pointers[path], pointers[path + 1] - 1):
            if to_node[links[place]] != from_node[links[place + 1]]:
                return place
    return -1


def check_demand(demand: pd.DataFrame, group_count: int) -> None:
    """Raise `DataError` for what no demand may be."""
    missing = [name for name in DEMAND_COLUMNS if name not in demand]
    if missing:
        raise DataError(f"the demand of an assignment lacks {', '.join(missing)}")
    departure_s = demand["departure_s"].to_numpy(dtype=np.float64)
    for what, bad in (
        ("name a trip twice", demand["trip_id"].duplicated().to_numpy()),
        (f"name no group from 0 to {group_count - 1}", ~demand["group"].isin(range(group_count)).to_numpy()),
        ("have no departure from 0 on", ~(np.isfinite(departure_s) & (departure_s >= 0))),
    ):
        if bad.any():
            first = ", ".join(str(trip) for trip in demand["trip_id"][bad][:5])
            raise DataError(f"demand: {bad.sum()} rows {what} (first: trip {first})")

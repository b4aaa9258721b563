"""What the records of visits say about each facility, worked out without the event loop: use, waits and queues.

Every visit occupies some units of its facility from the end of its wait to the end of its service. A sweep over these
moments gives how many units were in use at once; a sweep over arrivals and ends of waits gives the queue.

References
----------
.. [1] Little, "A proof for the queuing formula L = lambda W", Operations Research 9, 1961.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from transport_sim.months import months_of
from transport_sim.randomness import FloatArray
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.units import SECONDS_PER_HOUR

EPSILON_S = 1e-6
"""Services that overlap for less than this follow each other: rounding of moments in a year. [s]"""


class Visits(NamedTuple):
    """Visits to one facility, arrays of one entry each."""

    arrive_s: FloatArray
    wait_s: FloatArray
    service_s: FloatArray
    units: FloatArray

    def until(self, until_s: float) -> "Visits":
        """Return the visits that arrive by a moment."""
        here = self.arrive_s <= until_s
        return Visits(self.arrive_s[here], self.wait_s[here], self.service_s[here], self.units[here])


def visits_by_facility(plan: Plan, records: Records) -> Iterator[tuple[str, Visits]]:
    """Yield every facility that was visited, with its visits; those of consignments by road alone included."""
    names = sorted({*records.waits.facilities, *(p.facility for p in plan.facilities)})
    codes, values = records.waits.columns()
    number = np.searchsorted(names, records.waits.facilities)
    code = number[codes] if len(codes) else codes
    order = np.argsort(code, kind="stable")
    columns = [value[order] for value in values]
    bounds = np.searchsorted(code[order], np.arange(len(names) + 1))
    by_road = _visits_by_road(records)
    for name, first, end in zip(names, bounds[:-1], bounds[1:], strict=True):
        parts = [Visits(*(c[first:end] for c in columns)), *by_road(name)]
        fields = [np.concatenate(list(values)) for values in zip(*parts, strict=True)]
        if len(fields[0]):
            yield name, Visits(*fields)


def _visits_by_road(records: Records) -> Callable[[str], Iterator[Visits]]:
    """Return what finds the visits of consignments by road alone to a loading bay: to load, and to unload."""
    road = records.road
    if road is None:
        return lambda _: iter(())
    plan, arrive_s = road.plan, road.arrive_s
    bays = sorted({name for w in plan.ways for name in (w.origin_bay, w.destination_bay)})
    ends = (
        ([w.origin_bay for w in plan.ways], plan.release_s, road.loading_s, road.loading_time_s),
        ([w.destination_bay for w in plan.ways], arrive_s, road.unloading_s, road.unloading_time_s),
    )
    places = [np.searchsorted(bays, names).astype(np.int16)[plan.way] for names, *_ in ends]

    def visits(facility: str) -> Iterator[Visits]:
        if facility not in bays:
            return
        for place, (_, came_s, begun_s, stay_s) in zip(places, ends, strict=True):
            here = np.flatnonzero(place == bays.index(facility))
            yield Visits(came_s[here], begun_s[here] - came_s[here], stay_s[here], np.ones(len(here)))

    return visits


def most_in_use(visits: Visits) -> float:
    """Return the most units that were in use at once; an end comes before a start at the same moment. [units]."""
    start = visits.arrive_s + visits.wait_s
    end = start + visits.service_s - EPSILON_S
    some = end > start
    start, end, units = start[some], end[some], visits.units[some]
    moments, change = np.concatenate([end, start]), np.concatenate([-units, units])
    in_use = change[np.argsort(moments, kind="stable")].cumsum()
    return float(in_use.max(initial=0.0))


def mean_in_use(visits: Visits, until_s: float) -> float:
    """Return the mean of the units in use up to a moment. [units]."""
    if until_s <= 0.0:
        return 0.0
    start = visits.arrive_s + visits.wait_s
    lasting_s = np.minimum(start + visits.service_s, until_s) - np.minimum(start, until_s)
    return float(lasting_s @ visits.units) / until_s


def queue_integral_h(visits: Visits) -> float:
    """Return the time integral of the length of the queue: visitors times hours. [h].

    By Little's law [1]_ it is the sum of all waits. Infinite if somebody left the queue before coming.
    """
    came, left = np.sort(visits.arrive_s), np.sort(visits.arrive_s + visits.wait_s)
    moments = np.concatenate([came, left])
    order = np.argsort(moments, kind="stable")
    length = np.concatenate([np.ones(len(came)), -np.ones(len(left))])[order].cumsum()
    if (length < 0.0).any():
        return float("inf")
    return float(length[:-1] @ np.diff(moments[order])) / SECONDS_PER_HOUR


def facility_tables(plan: Plan, records: Records, until_s: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum up the visits to each facility.

    Parameters
    ----------
    plan, records
        Of the run.
    until_s
        Visits and waits are those that begin by then, while goods are still released: the emptying afterwards is no
        ordinary day. The most units in use and the queue are those of the whole run. [s]

    Returns
    -------
    The result table `facilities`, in which a facility that the plan does not know has capacity 0; and by facility and
    month of arrival, in the whole run, visits_count and wait_h.
    """
    known = {p.facility: p for p in plan.facilities}
    rows, months = {}, []
    for name, visits in visits_by_facility(plan, records):
        ordinary = visits.until(until_s)
        rows[name] = {
            "visits_count": len(ordinary.arrive_s),
            "wait_h": float(ordinary.wait_s.sum()) / SECONDS_PER_HOUR,
            "longest_wait_h": float(ordinary.wait_s.max(initial=0.0)) / SECONDS_PER_HOUR,
            "busy_h": float(ordinary.service_s @ ordinary.units) / SECONDS_PER_HOUR,
            "most_in_use_count": most_in_use(visits),
            "all_waits_h": float(visits.wait_s.sum()) / SECONDS_PER_HOUR,
            "queue_visitor_h": queue_integral_h(visits),
            "mean_stay_h": float(ordinary.service_s.mean()) / SECONDS_PER_HOUR if len(ordinary.service_s) else 0.0,
            "mean_queue_count": float(ordinary.wait_s.sum()) / until_s if until_s > 0.0 else 0.0,
            "utilisation_ratio": mean_in_use(visits, until_s) / known[name].capacity_count if name in known else 0.0,
        }
        month = months_of(visits.arrive_s, plan.calendar_start_day)
        count, wait_s = np.bincount(month), np.bincount(month, visits.wait_s)
        months += [(name, m, int(count[m]), wait_s[m] / SECONDS_PER_HOUR) for m in np.flatnonzero(count).tolist()]
    names = sorted(set(rows) | set(known))
    kinds = {n: (known[n].kind, known[n].capacity_count) if n in known else ("", 0) for n in names}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(_SUMS)).reindex(names).fillna(0.0)
    table["kind"], table["capacity_count"] = [kinds[n][0] for n in names], [kinds[n][1] for n in names]
    facilities = table.astype({"visits_count": "int64"}).rename_axis("facility").reset_index()
    return facilities, pd.DataFrame(months, columns=["facility", "month", "visits_count", "wait_h"])


_SUMS = (
    *("visits_count", "wait_h", "longest_wait_h", "busy_h", "most_in_use_count", "all_waits_h", "queue_visitor_h"),
    *("mean_stay_h", "mean_queue_count", "utilisation_ratio"),
)

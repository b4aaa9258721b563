"""Rows of the result tables for consignments by road alone: one each, or in a run with dates added up by month."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.demand.shipments import Shipments
from transport_sim.randomness import FloatArray, IntArray, stable_ids
from transport_sim.simulation.bays import RoadRecords
from transport_sim.simulation.records import LegRecord
from transport_sim.tables.freight import TRUCK_CLASSES


@dataclass(frozen=True)
class Rows:
    """Which row of the table of consignments each consignment belongs to."""

    row: IntArray
    """Of each consignment of the run, shape (consignments,)."""
    first: IntArray
    """A consignment of each row, which stands for what all of them share, shape (rows,)."""
    count: IntArray
    """Consignments of each row, shape (rows,)."""

    def sums(self, amount: FloatArray) -> FloatArray:
        """Add an amount of the consignments up by row."""
        if len(self.first) == len(self.row):
            return amount[self.first]
        return np.asarray(np.bincount(self.row, amount, len(self.first)), dtype=float)

    def means(self, amount: FloatArray, weight: FloatArray) -> FloatArray:
        """Return the weighted mean of an amount by row."""
        if len(self.first) == len(self.row):
            return amount[self.first]
        return self.sums(amount * weight) / self.sums(weight)


def each_alone(count: int) -> Rows:
    """Give every consignment a row of its own."""
    every = np.arange(count)
    return Rows(every, every, np.ones(count, dtype=np.int64))


def rows_by_month(shipments: Shipments, month: IntArray, alone: IntArray) -> Rows:
    """Put consignments by road alone together that agree in month, relation, commodity and truck class.

    Parameters
    ----------
    shipments
        Of the run.
    month
        Month of release of each. [-]
    alone
        Positions of those that go by road alone; all others keep a row of their own, and come first.
    """
    keys = (month, shipments.origin, shipments.destination, shipments.commodity, shipments.truck_class)
    shape = tuple(int(k.max(initial=0)) + 1 for k in keys)
    code = np.ravel_multi_index(tuple(k[alone] for k in keys), shape)
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    own = np.ones(len(month), dtype=bool)
    own[alone] = False
    others = np.flatnonzero(own)
    row = np.empty(len(month), dtype=np.int64)
    row[others] = np.arange(len(others))
    row[alone] = len(others) + group
    count = np.bincount(row, minlength=len(others) + len(first))
    return Rows(row, np.concatenate([others, alone[first]]), count)


def row_ids(shipments: Shipments, rows: Rows, month: IntArray) -> IntArray:
    """Return the identity of each row: that of its consignment, or one made from what its consignments share."""
    at = rows.first
    own = shipments.shipment_id[at]
    keys = (month, shipments.origin, shipments.destination, shipments.commodity, shipments.truck_class)
    return np.where(rows.count == 1, own, stable_ids(*(k[at] for k in keys)))


def road_legs(road: RoadRecords, rows: Rows) -> tuple[pd.DataFrame, IntArray]:
    """Return the legs of consignments by road alone, loaded ones and then empty returns, and the row aboard each.

    Returns
    -------
    The columns of `LegRecord` and movements_count; times are means where a row stands for several consignments. And the
    row of the table of consignments that each loaded leg carries.
    """
    plan = road.plan
    row = rows.row[plan.position]
    back = plan.returns_empty
    arrive_s = road.arrive_s
    there = _legs(road, row, road.depart_s, arrive_s, every=np.ones(len(row), dtype=bool))
    home = _legs(road, row, arrive_s, arrive_s + plan.drive_s, every=back)
    aboard = there.pop("row").to_numpy(np.int64)
    home = home.drop(columns="row").assign(payload_t=0.0, loaded=False)
    home[["start", "end"]] = home[["end", "start"]].to_numpy()
    return pd.concat([there, home], ignore_index=True), aboard


def _legs(
    road: RoadRecords, row: IntArray, depart_s: FloatArray, arrive_s: FloatArray, *, every: "np.ndarray"
) -> pd.DataFrame:
    """Add legs up by row; those of `every` alone."""
    plan = road.plan
    part = np.flatnonzero(every)
    codes, first, group = np.unique(row[part], return_index=True, return_inverse=True)
    count = np.bincount(group, minlength=len(codes))
    one = part[first]
    single = len(codes) == len(part)

    def sums(amount: FloatArray) -> FloatArray:
        return amount[one] if single else np.asarray(np.bincount(group, amount[part], len(codes)), dtype=float)

    ways = [w.leg for w in plan.ways]
    start, end, beyond_km = (
        np.array([getattr(w, name) for w in ways])[plan.way[one]] for name in ("start", "end", "beyond_km")
    )
    frame = {
        "mode": "road",
        "vehicle_class": np.array(TRUCK_CLASSES, dtype=object)[plan.truck_class[one]],
        "start": start,
        "end": end,
        "beyond_km": beyond_km,
        "depart_s": sums(depart_s) / count,
        "arrive_s": sums(arrive_s) / count,
        "vehicle_count": sums(plan.truck_count.astype(float)).astype(np.int64),
        "payload_t": sums(plan.tonnes_t),
        "gross_t": 0.0,
        "loaded": True,
        "movements_count": count,
        "row": codes,
    }
    frame = LegRecord._field_defaults | frame
    return pd.DataFrame(frame, index=range(len(codes)))[[*LegRecord._fields, "movements_count", "row"]]

"""Shipments of a typical week, drawn from annual demand by addressed randomness."""

from dataclasses import dataclass, fields

import numpy as np

from transport_sim.demand.freight import Demand
from transport_sim.demand.truck_use import load_ratios
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray, stable_ids, uniform
from transport_sim.tables.freight import TRUCK_CLASSES
from transport_sim.units import DAYS_PER_YEAR, SECONDS_PER_DAY, SECONDS_PER_HOUR

DAY_START_H, DAY_END_H = 7.0, 19.0
"""Working day in which most consignments are released."""


@dataclass(frozen=True, slots=True)
class Shipments:
    """Consignments, one entry each, sorted by release time; commodity, origin and destination are positions."""

    shipment_id: IntArray
    commodity: IntArray
    origin: IntArray
    destination: IntArray
    tonnes_t: FloatArray
    release_s: FloatArray
    captive: IntArray
    truck_class: IntArray
    """Position in `TRUCK_CLASSES` of the trucks that carry it on the road."""
    truck_count: IntArray
    """Trucks of that class that the consignment needs."""

    def part(self, rows: slice) -> "Shipments":
        """Return some of them, without copying."""
        return Shipments(*(getattr(self, f.name)[rows] for f in fields(self)))


def draw_shipments(inputs: Inputs, demand: Demand, *, duration_days: float, seed: int) -> Shipments:
    """Draw the consignments of the simulated days.

    Each flow yields whole consignments of the commodity's lot size; the remainder is rounded up or down with
    the right expectation, so that tonnes are unbiased.

    Parameters
    ----------
    inputs
        Tables and parameters.
    demand
        Annual flows.
    duration_days
        Simulated days. [d]
    seed
        Seed of the replication; the same flow draws the same consignments in every scenario.

    Returns
    -------
    The consignments.
    """
    goods = inputs.commodities
    lot_t = goods["road_lot_t"].to_numpy(float)[demand.commodity]
    expected = demand.tonnes_t * duration_days / DAYS_PER_YEAR / lot_t
    whole = np.floor(expected)
    count = (whole + (uniform(demand.demand_id, seed=seed, stream="lot_count") < expected - whole)).astype(np.int64)
    flow = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(flow)) - np.repeat(np.cumsum(count) - count, count)
    ids = stable_ids(demand.demand_id[flow], number)
    release_s = _release_s(
        ids, duration_days=duration_days, seed=seed, daytime_share=inputs.parameters.daytime_release_share
    )
    at = demand.commodity[flow], demand.origin[flow], demand.destination[flow]
    truck_class, truck_count = _trucks(inputs, ids, at, lot_t[flow], seed=seed)
    order = np.lexsort((ids, release_s))
    return Shipments(
        ids[order],
        demand.commodity[flow][order],
        demand.origin[flow][order],
        demand.destination[flow][order],
        lot_t[flow][order],
        release_s[order],
        demand.captive[flow][order],
        truck_class[order],
        truck_count[order],
    )


def _release_s(ids: IntArray, *, duration_days: float, seed: int, daytime_share: float) -> FloatArray:
    day = np.floor(uniform(ids, seed=seed, stream="release_day") * duration_days)
    draw = uniform(ids, seed=seed, stream="release_time")
    long_h = DAY_END_H - DAY_START_H
    by_day = DAY_START_H + draw / daytime_share * long_h
    by_night = (DAY_END_H + (draw - daytime_share) / (1.0 - daytime_share) * (24.0 - long_h)) % 24.0
    hour = np.where(draw < daytime_share, by_day, by_night)
    return day * SECONDS_PER_DAY + hour * SECONDS_PER_HOUR


def _trucks(
    inputs: Inputs, ids: IntArray, at: tuple[IntArray, IntArray, IntArray], tonnes_t: FloatArray, *, seed: int
) -> tuple[IntArray, IntArray]:
    shares = inputs.commodities[[f"{c}_share" for c in TRUCK_CLASSES]].to_numpy(float).cumsum(axis=1)
    draw = uniform(ids, seed=seed, stream="truck_class")
    truck_class = np.minimum((draw[:, None] > shares[at[0]]).sum(axis=1), len(TRUCK_CLASSES) - 1)
    return truck_class, truck_counts(tonnes_t, truck_capacities_t(inputs)[truck_class], load_ratios(inputs)[at])


def truck_capacities_t(inputs: Inputs) -> FloatArray:
    """Return the payload of each of `TRUCK_CLASSES`. [t]."""
    value = inputs.factors.value
    return np.array([value("truck_classes", quantity="payload_t", vehicle_class=c) for c in TRUCK_CLASSES])


def truck_counts(
    tonnes_t: FloatArray | float, capacity_t: FloatArray | float, load_ratio: FloatArray | float
) -> IntArray:
    """Return how many trucks a consignment needs: near the usual load, and never overloaded. [-]."""
    wanted = np.round(tonnes_t / (capacity_t * load_ratio))
    return np.asarray(np.maximum(np.ceil(tonnes_t / capacity_t), wanted)).astype(np.int64)

"""Loading bays and terminals of a run: how many serve, how fast, when they are open, and what they can hold."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from transport_sim.availability import Availability, Window, availability
from transport_sim.choice.chains import Skims
from transport_sim.demand.freight import Demand
from transport_sim.demand.shipments import DAY_END_H, DAY_START_H
from transport_sim.disruptions import closed_windows
from transport_sim.inputs import Inputs
from transport_sim.randomness import IntArray
from transport_sim.simulation.plan import FacilityPlan
from transport_sim.simulation.truck_plan import TerminalPlan
from transport_sim.tables.rail import listed
from transport_sim.units import (
    DAYS_PER_YEAR,
    HOURS_PER_DAY,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
)

DAYS_TO_EMPTY = 60
"""Days after the last release for which opening hours are laid down, while the last goods arrive."""

Row = dict[str, Any]


def bay_s_per_t(inputs: Inputs) -> float:
    """Return how long a loading bay is held for a tonne. [s/t]."""
    p = inputs.parameters
    return p.truck_loading_min * SECONDS_PER_MINUTE / p.truck_load_t_reference


def loading_bays(inputs: Inputs, demand: Demand) -> Iterator[FacilityPlan]:
    """Yield the loading bays of each zone, sized for its goods by road at the design utilisation of the working day.

    All scenarios have the same demand, hence the same bays.
    """
    for zone, bays in zip(inputs.zones["zone"], _bay_counts(inputs, demand).tolist(), strict=True):
        yield FacilityPlan(f"bay:{zone}", "loading_bay", bays, bay_s_per_t(inputs))


def _bay_counts(inputs: Inputs, demand: Demand) -> IntArray:
    p, count = inputs.parameters, len(inputs.zones)
    annual_t = np.bincount(demand.origin, demand.tonnes_t, count) + np.bincount(
        demand.destination, demand.tonnes_t, count
    )
    busy_s = annual_t / DAYS_PER_YEAR * p.daytime_release_share * bay_s_per_t(inputs)
    day_s = (DAY_END_H - DAY_START_H) * SECONDS_PER_HOUR
    return np.maximum(np.ceil(busy_s / day_s / p.bay_utilisation_ratio), 1).astype(np.int64)


def terminal_facilities(
    inputs: Inputs, skims: Skims, *, calendar_start_day: int | None, duration_days: float
) -> Iterator[FacilityPlan]:
    """Yield cranes, tracks, berths, gates, storages and drayage fleets of every terminal in service.

    Parameters
    ----------
    inputs, skims
        Tables, and the terminals in service.
    calendar_start_day
        Day of the year, from 0, on which the clock starts; None for a sample without dates.
    duration_days
        Days in which goods are released. [d]
    """
    outages = closed_windows(
        inputs.operations["disruptions"],
        "terminal_outage",
        calendar_start_day=calendar_start_day,
        duration_days=duration_days,
    )
    operations = _operations(inputs)
    goods_rates = _rates(inputs)
    for table, place in ((skims.rail_terminals, "track"), (skims.ports, "berth")):
        for terminal in _rows(table):
            name, cranes, berths = terminal["terminal"], terminal["cranes_count"], terminal["berths_count"]
            operation = operations.get(name)
            works = availability(outages.get(name, ()))
            s_per_t = SECONDS_PER_HOUR / terminal["crane_rate_t_per_h"]
            goods = _goods_s_per_t(inputs, operation, goods_rates, s_per_t)
            share = berths / cranes  # of a crane's time that each track or berth gets
            yield FacilityPlan(f"crane:{name}", "crane", cranes, s_per_t, works, goods_s_per_t=goods)
            yield FacilityPlan(
                f"{place}:{name}",
                place,
                berths,
                s_per_t * share,
                works,
                goods_s_per_t=tuple(g * share for g in goods),
            )
            if operation:
                yield from _for_trucks(name, operation, outages.get(name, ()), duration_days)


def _for_trucks(name: str, row: Row, outages: tuple[Window, ...], duration_days: float) -> Iterator[FacilityPlan]:
    """Yield what a terminal's row of operations limits."""
    if row["gates_count"]:
        hours = _opening_hours(row["open_hour"], row["close_hour"], duration_days)
        works = availability((*hours, *outages))
        yield FacilityPlan(f"gate:{name}", "gate", row["gates_count"], 0.0, works, pauses=False)
    for side in ("out", "in"):
        if row[f"storage_{side}_t"]:
            yield FacilityPlan(f"storage_{side}:{name}", "storage", math.floor(row[f"storage_{side}_t"]), 0.0)
    if row["drayage_trucks_count"]:
        yield FacilityPlan(f"drayage:{name}", "drayage", row["drayage_trucks_count"], 0.0)
    if row["slot_trucks_count"]:
        yield FacilityPlan(f"slot:{name}", "appointment", row["slot_trucks_count"], 0.0)


def _opening_hours(open_hour: float, close_hour: float, duration_days: float) -> Iterator[Window]:
    if close_hour - open_hour >= HOURS_PER_DAY:
        return
    for day in range(math.ceil(duration_days) + DAYS_TO_EMPTY):
        midnight_s = day * SECONDS_PER_DAY
        yield Window(midnight_s, midnight_s + open_hour * SECONDS_PER_HOUR, 0.0)
        yield Window(midnight_s + close_hour * SECONDS_PER_HOUR, midnight_s + SECONDS_PER_DAY, 0.0)


def terminal_plans(inputs: Inputs, facilities: Iterable[FacilityPlan]) -> dict[str, TerminalPlan]:
    """Return what trucks meet at each terminal that has a row in `terminal_operations`."""
    there: dict[str, Availability | None] = {f.facility: f.availability for f in facilities}
    return {
        name: TerminalPlan(
            f"gate:{name}" if f"gate:{name}" in there else "",
            row["gate_min"] * SECONDS_PER_MINUTE,
            f"storage_out:{name}" if f"storage_out:{name}" in there else "",
            f"drayage:{name}" if f"drayage:{name}" in there else "",
            row["drayage_trucks_count"],
            f"slot:{name}" if f"slot:{name}" in there else "",
            row["slot_min"] * SECONDS_PER_MINUTE,
            row["slot_trucks_count"],
            there.get(f"gate:{name}"),
        )
        for name, row in _operations(inputs).items()
        if f"crane:{name}" in there
    }


def _operations(inputs: Inputs) -> dict[str, Row]:
    return {row["terminal"]: row for row in _rows(inputs.operations["terminal_operations"])}


def _rates(inputs: Inputs) -> dict[tuple[str, str], float]:
    rows = _rows(inputs.operations["handling_rates"])
    return {(row["equipment"], row["commodity"]): row["rate_t_per_h"] for row in rows}


def _goods_s_per_t(
    inputs: Inputs, operation: Row | None, rates: dict[tuple[str, str], float], s_per_t: float
) -> tuple[float, ...]:
    """Return a crane's time for a tonne of each commodity, with the fastest suitable equipment of the terminal. [s/t].

    Goods for which none of the equipment has a rate are handled at the terminal's own rate.
    """
    if not operation or not operation["equipment"]:
        return ()
    found = []
    for commodity in inputs.commodities["commodity"]:
        fit = [rates[e, commodity] for e in listed(operation["equipment"]) if (e, commodity) in rates]
        found.append(SECONDS_PER_HOUR / max(fit) if fit else s_per_t)
    return tuple(found)


def _rows(frame: Any) -> list[Row]:  # noqa: ANN401 - a data frame's cells may be anything
    rows: list[Row] = frame.to_dict("records")
    return rows

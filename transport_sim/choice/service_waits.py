"""Delays of trains and vessels: what the simulation measures and the cost of chains reads.

A delay is what a service takes longer than its schedule: queues for cranes, tracks and berths at both ends, and the
difference between the simulated run and distance over speed, with waits for sections and locks. The wait for departure
itself stands in the parameters and in the interval of scheduled services.
"""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.units import SECONDS_PER_HOUR

COLUMNS = ("mode", "from_place", "to_place", "wait_h", "std_h", "note", "source", "confidence")
TRUST_COUNT = 10.0
"""So many consignments weigh as much as what was believed before: a single train says little."""
KINDS_EN_ROUTE = ("section", "lock", "loading_bay")
"""Facilities that are not at a terminal."""


def delays_h(inputs: Inputs, skims: Skims, mode: str) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the delay between the terminals of a mode, shape (terminals, terminals).

    Relations that the table `service_waits` does not name have those of the row with empty places, else a delay of 0;
    a standard deviation of NaN means that it is not known. [h]
    """
    places = skims.rail_terminals if mode == "rail" else skims.ports
    names = pd.Index(places["terminal"])
    table = inputs.operations["service_waits"]
    table = table[table["mode"] == mode]
    others = table[(table["from_place"] == "") & (table["to_place"] == "")]
    wait = np.full((len(names), len(names)), float(others["wait_h"].iloc[0]) if len(others) else 0.0)
    std = np.full(wait.shape, float(others["std_h"].iloc[0]) if len(others) else np.nan)
    start, end = names.get_indexer(table["from_place"]), names.get_indexer(table["to_place"])
    known = (start >= 0) & (end >= 0)
    wait[start[known], end[known]] = table["wait_h"].to_numpy(float)[known]
    std[start[known], end[known]] = table["std_h"].to_numpy(float)[known]
    return wait, std


def schedule_h(inputs: Inputs, skims: Skims, mode: str) -> FloatArray:
    """Return the time of a run on the map that the cost of chains counts with, shape (terminals, terminals). [h]."""
    if mode == "rail":
        return np.asarray(skims.rail_km / inputs.parameters.rail_speed_kmh)
    return skims.water_h


def measured_delays(inputs: Inputs, skims: Skims, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Measure the delays of a run.

    Parameters
    ----------
    inputs, skims
        Of the run; `skims` without delays.
    tables
        Its tables legs, loads, shipments and facilities.

    Returns
    -------
    Columns mode, from_place, to_place, wait_h, std_h (within the relation, of the time from reaching the terminal
    to arriving at the other; NaN for less than two consignments), consignments_count, tonnes_t.
    """
    legs = tables["legs"]
    carried = tables["loads"].merge(
        legs[["leg_id", "mode", "from_place", "to_place", "beyond_km", "depart_s", "arrive_s"]], on="leg_id"
    )
    carried = carried.merge(tables["shipments"][["shipment_id", "release_s", "tonnes_t"]], on="shipment_id")
    carried = carried.sort_values(["shipment_id", "depart_s"], kind="stable")
    same = carried["shipment_id"].eq(carried["shipment_id"].shift())
    carried["ready_s"] = np.where(same, carried["arrive_s"].shift(), carried["release_s"])
    carried = carried[carried["mode"].isin(["rail", "waterway"])]
    present = [mode for mode in ("rail", "waterway") if (carried["mode"] == mode).any()]
    parts = [_of_mode(inputs, skims, tables["facilities"], m, carried[carried["mode"] == m]) for m in present]
    columns = ["mode", "from_place", "to_place", "wait_h", "std_h", "consignments_count", "tonnes_t"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _of_mode(inputs: Inputs, skims: Skims, facilities: pd.DataFrame, mode: str, carried: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one mode; `carried` has a row for every consignment on a leg."""
    places = skims.rail_terminals if mode == "rail" else skims.ports
    names = pd.Index(places["terminal"])
    start, end = names.get_indexer(carried["from_place"]), names.get_indexer(carried["to_place"])
    planned_h = schedule_h(inputs, skims, mode)[start, end]
    run_h = (carried["arrive_s"] - carried["depart_s"]).to_numpy() / SECONDS_PER_HOUR
    beyond_h = _beyond_h(inputs, mode, carried, start, places)
    frame = pd.DataFrame(
        {
            "from_place": carried["from_place"].to_numpy(),
            "to_place": carried["to_place"].to_numpy(),
            "delay_h": run_h - planned_h - beyond_h,
            "total_h": (carried["arrive_s"] - carried["ready_s"]).to_numpy() / SECONDS_PER_HOUR,
            "tonnes_t": carried["tonnes_t"].to_numpy(),
        }
    )
    by = frame.groupby(["from_place", "to_place"])
    found = by.agg(
        wait_h=("delay_h", "mean"),
        std_h=("total_h", "std"),
        consignments_count=("delay_h", "size"),
        tonnes_t=("tonnes_t", "sum"),
    ).reset_index()
    queue = _queue_h(facilities)
    found["wait_h"] += found["from_place"].map(queue).fillna(0.0) + found["to_place"].map(queue).fillna(0.0)
    return found.assign(mode=mode)


def _beyond_h(inputs: Inputs, mode: str, carried: pd.DataFrame, start: IntArray, places: pd.DataFrame) -> FloatArray:
    """Return the scheduled time of the part of a run that lies outside the map. [h]."""
    p, km = inputs.parameters, carried["beyond_km"].to_numpy(float)
    if mode == "rail":
        return np.asarray(km / p.rail_speed_kmh)
    inbound = (places["kind"] == "gateway").to_numpy()[start]
    return np.asarray(km / np.where(inbound, p.vessel_upstream_kmh, p.vessel_downstream_kmh))


def _queue_h(facilities: pd.DataFrame) -> "pd.Series[float]":
    """Return the mean wait at each terminal, all its facilities one after the other. [h]."""
    at_terminal = facilities[~facilities["kind"].isin(KINDS_EN_ROUTE) & (facilities["visits_count"] > 0)]
    place = at_terminal["facility"].str.partition(":")[2]
    return (at_terminal["wait_h"] / at_terminal["visits_count"]).groupby(place).sum()


def updated(inputs: Inputs, skims: Skims, measured: pd.DataFrame, *, weight: float) -> pd.DataFrame:
    """Move what is believed towards what was measured, and return the new table `service_waits`.

    Parameters
    ----------
    inputs, skims
        Of the run, with the table that its choices rest on.
    measured
        As `measured_delays` returns it.
    weight
        Share of the step, 1 / n in round n of the method of successive averages. [-]

    Returns
    -------
    The table. A relation moves the less, the fewer consignments it had; one without any keeps its row.
    """
    rows = []
    for mode in ("rail", "waterway"):
        places = skims.rail_terminals if mode == "rail" else skims.ports
        names = pd.Index(places["terminal"])
        wait, std = delays_h(inputs, skims, mode)
        part = measured[measured["mode"] == mode]
        start, end = names.get_indexer(part["from_place"]), names.get_indexer(part["to_place"])
        count = part["consignments_count"].to_numpy(float)
        step = weight * count / (count + TRUST_COUNT)
        was, is_now = wait[start, end], part["wait_h"].to_numpy(float)
        spread, seen = std[start, end], part["std_h"].to_numpy(float)
        seen = np.where(np.isnan(seen), spread, seen)
        spread = np.where(np.isnan(spread), seen, spread)
        rows.append(
            pd.DataFrame(
                {
                    "mode": mode,
                    "from_place": part["from_place"].to_numpy(),
                    "to_place": part["to_place"].to_numpy(),
                    "wait_h": was + step * (is_now - was),
                    "std_h": spread + step * (seen - spread),
                }
            )
        )
    new = pd.concat(rows, ignore_index=True).dropna(subset=["std_h"])
    new = new.assign(note="", source="simulated", confidence="L")
    old = inputs.operations["service_waits"]
    keys = ["mode", "from_place", "to_place"]
    kept = old[~old.set_index(keys).index.isin(new.set_index(keys).index)]
    found = pd.concat([kept, new], ignore_index=True) if len(kept) else new
    return found[list(COLUMNS)].sort_values(keys, ignore_index=True)

"""What the simulation tells the shippers: delays of trains and vessels, and choices repeated until both agree."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims
from transport_sim.choice.freight_mode import MODES
from transport_sim.choice.service_waits import delays_h, scheduled_h
from transport_sim.demand.shipments import Shipments
from transport_sim.inputs import Inputs
from transport_sim.simulation.engine import Records
from transport_sim.simulation.records import LegRecord, LoadRecord
from transport_sim.units import SECONDS_PER_HOUR

D = TypeVar("D")
O = TypeVar("O")  # noqa: E741 - outcome
TRUST_COUNT = 10.0
"""So many consignments weigh as much as what was believed before: a single train says little."""
NOT_AT_TERMINALS = ("section", "lock", "bay")
"""Words before the colon of facilities that are on the way or at the customer's."""
KEYS = ["mode", "from_place", "to_place"]
COLUMNS = [*KEYS, "wait_h", "std_h", "note", "source", "confidence"]


def measured_delays(inputs: Inputs, skims: Skims, records: Records, shipments: Shipments) -> pd.DataFrame:
    """Measure the delays of trains and vessels in a run.

    Parameters
    ----------
    inputs, skims
        Of the run.
    records
        All that happened.
    shipments
        The consignments of the run.

    Returns
    -------
    Columns mode, from_place, to_place; wait_h, what the run took longer than its schedule, mean over the consignments,
    and the mean queues at both terminals; std_h, the standard deviation of both, taken as independent;
    consignments_count, tonnes_t.
    """
    aboard = _aboard(records, shipments)
    queues = _queues(records)
    parts = []
    for mode, places in (("rail", skims.rail_terminals), ("waterway", skims.ports)):
        part = aboard[aboard["mode"] == mode]
        start, end = part["start"].to_numpy(np.int64), part["end"].to_numpy(np.int64)
        planned = scheduled_h(inputs, skims, mode, (start, end), part["beyond_km"].to_numpy(float))
        late = (part["arrive_s"] - part["depart_s"]).to_numpy(float) / SECONDS_PER_HOUR - planned
        by = part.assign(late_h=late).groupby(["start", "end"])
        found = by.agg(wait_h=("late_h", "mean"), std_h=("late_h", "std"), tonnes_t=("tonnes_t", "sum")).reset_index()
        found["consignments_count"] = by.size().to_numpy()
        variance_h2 = found["std_h"].fillna(0.0) ** 2
        names = places["terminal"].to_numpy()
        for side, column in (("start", "from_place"), ("end", "to_place")):
            found[column] = names[found[side].to_numpy(np.int64)]
            found["wait_h"] += found[column].map(queues["mean_h"]).fillna(0.0)
            variance_h2 += found[column].map(queues["variance_h2"]).fillna(0.0)
        found["std_h"] = np.sqrt(variance_h2)
        parts.append(found.assign(mode=mode).drop(columns=["start", "end"]))
    return pd.concat(parts, ignore_index=True)


def _aboard(records: Records, shipments: Shipments) -> pd.DataFrame:
    """Return a row for every consignment on a train or vessel, with its leg."""
    legs = pd.DataFrame(records.legs, columns=list(LegRecord._fields))
    loads = pd.DataFrame(records.loads, columns=list(LoadRecord._fields), dtype=np.int64)
    carried = loads.join(legs[["mode", "start", "end", "beyond_km", "depart_s", "arrive_s"]], on="leg")
    carried["tonnes_t"] = shipments.tonnes_t[carried["shipment"].to_numpy(np.int64)]
    return carried[carried["mode"].isin(["rail", "waterway"]) & (carried["start"] >= 0)]


def _queues(records: Records) -> pd.DataFrame:
    """Return mean_h [h] and variance_h2 [h^2] of the wait at each terminal, all its facilities one after the other."""
    codes, (_, wait_s, *_) = records.waits.columns()
    by = pd.Series(wait_s / SECONDS_PER_HOUR).groupby(codes)
    found = pd.DataFrame({"mean_h": by.mean(), "variance_h2": by.var(ddof=0)})
    found.index = pd.Index([records.waits.facilities[code] for code in found.index], dtype=object)
    kinds, places = ([str(name).partition(":")[n] for name in found.index] for n in (0, 2))
    here = ~np.isin(kinds, NOT_AT_TERMINALS)
    return found[here].groupby(np.array(places, dtype=object)[here]).sum()


def updated_waits(inputs: Inputs, skims: Skims, measured: pd.DataFrame, *, weight: float) -> pd.DataFrame:
    """Move what is believed of the delays towards what was measured.

    Parameters
    ----------
    inputs, skims
        Of the run, with the table `service_waits` that its choices rest on.
    measured
        As `measured_delays` returns it.
    weight
        Length of the step: 1 / n in round n of the method of successive averages. [-]

    Returns
    -------
    The new table `service_waits`. A relation moves the less, the fewer consignments it had; others keep their rows.

    References
    ----------
    .. [1] Sheffi, "Urban Transportation Networks", 1985, chapter 12 (successive averages).
    """
    parts = []
    for mode, places in (("rail", skims.rail_terminals), ("waterway", skims.ports)):
        names = pd.Index(places["terminal"])
        part = measured[measured["mode"] == mode]
        at = names.get_indexer(part["from_place"]), names.get_indexer(part["to_place"])
        count = part["consignments_count"].to_numpy(float)
        step = weight * count / (count + TRUST_COUNT)
        wait, std = (believed[at] for believed in delays_h(inputs, skims, mode))
        parts.append(
            part[KEYS].assign(
                wait_h=wait + step * (part["wait_h"] - wait),
                std_h=std + step * (part["std_h"] - std),
            )
        )
    new = pd.concat(parts, ignore_index=True).assign(note="", source="simulated", confidence="L")
    old = inputs.operations["service_waits"]
    kept = old[~pd.MultiIndex.from_frame(old[KEYS]).isin(pd.MultiIndex.from_frame(new[KEYS]))]
    return pd.concat([f for f in (kept, new) if len(f)] or [old], ignore_index=True)[COLUMNS].sort_values(
        KEYS, ignore_index=True
    )


@dataclass(frozen=True)
class Settled(Generic[D, O]):
    """Choices and the simulation of what was chosen, in agreement or at the last round."""

    decision: D
    outcome: O
    rounds: pd.DataFrame
    """Columns round, mode, tonnes_t (expected, a year), believed_wait_h, measured_wait_h, gap_ratio."""


def until_settled(
    inputs: Inputs,
    skims: Skims,
    *,
    decide: Callable[[Inputs], D],
    mode_tonnes: Callable[[D], dict[str, float]],
    carry_out: Callable[[D], O],
    measure: Callable[[O], pd.DataFrame],
    rounds: int,
    tolerance: float,
) -> Settled[D, O]:
    """Let shippers choose, simulate, and choose again with the delays that were measured, until few would change mode.

    Parameters
    ----------
    inputs, skims
        Of the run.
    decide
        Chooses under the delays of the inputs; the same inputs give the same choices.
    mode_tonnes
        Expected tonnes by mode of a decision. [t/year]
    carry_out
        Simulates a decision.
    measure
        Returns the delays of an outcome as `measured_delays`.
    rounds
        Simulations at most. [-]
    tolerance
        Gap at which the choices agree with the delays. [-]

    Returns
    -------
    The last decision that was simulated, with its outcome. The gap of a round is the share of all tonnes that would
    change mode under the delays that it showed.
    """
    now, rows = decide(inputs), []
    for n in range(1, rounds + 1):
        outcome = carry_out(now)
        measured = measure(outcome)
        believed = _means(inputs, skims, measured)
        inputs = inputs.with_table("service_waits", updated_waits(inputs, skims, measured, weight=1.0 / n))
        then = decide(inputs)
        before, after = mode_tonnes(now), mode_tonnes(then)
        gap = sum(abs(after[m] - before[m]) for m in MODES) / 2.0 / max(sum(before.values()), 1e-9)
        rows += [(n, m, before[m], *believed.get(m, (0.0, 0.0)), gap) for m in MODES]
        if gap <= tolerance or n == rounds:
            break
        now = then
        del outcome  # not two years in memory at once
    columns = ["round", "mode", "tonnes_t", "believed_wait_h", "measured_wait_h", "gap_ratio"]
    return Settled(now, outcome, pd.DataFrame(rows, columns=columns))  # noqa: F821 - the loop ends with one


def _means(inputs: Inputs, skims: Skims, measured: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return mean delay by mode over the tonnes that were carried, as believed and as measured. [h]."""
    found = {}
    for mode, places in (("rail", skims.rail_terminals), ("waterway", skims.ports)):
        part = measured[measured["mode"] == mode]
        if part["tonnes_t"].sum() > 0:
            names = pd.Index(places["terminal"])
            at = names.get_indexer(part["from_place"]), names.get_indexer(part["to_place"])
            believed = delays_h(inputs, skims, mode)[0][at]
            weight = part["tonnes_t"].to_numpy(float)
            both = (believed, part["wait_h"].to_numpy(float))
            found[mode] = (float(np.average(both[0], weights=weight)), float(np.average(both[1], weights=weight)))
    return found

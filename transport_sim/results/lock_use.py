"""How the chambers of locks were used, and whether they could be, from the records of lockages alone."""

import numpy as np
import pandas as pd

from transport_sim.simulation.records import LockageRecord
from transport_sim.simulation.river_plan import LockPlan
from transport_sim.units import SECONDS_PER_HOUR

EPSILON_S = 1e-5
"""Lockages that overlap for less than this follow each other: rounding of moments in a year. [s]"""
EPSILON_M = 1e-6
"""Rounding of added lengths. [m]"""


def lock_use(locks: dict[str, LockPlan], lockages: list[LockageRecord]) -> pd.DataFrame:
    """Sum up the lockages of every chamber.

    Parameters
    ----------
    locks
        The locks of the plan, by facility.
    lockages
        The records of a run.

    Returns
    -------
    Columns of the result table `locks`, one row for each chamber that was used. `overlaps_count` counts lockages that
    begin before the chamber is free from the one before, with the time to turn it where that went the same way;
    `overfull_count` those with more length or width of vessels than the chamber has. Both are 0 if the simulation is
    right.
    """
    table = pd.DataFrame(lockages, columns=list(LockageRecord._fields)).sort_values(
        ["facility", "chamber", "start_s"], ignore_index=True
    )
    plans = table["facility"].map(locks)
    size = np.array([[p.length_m, p.width_m, p.turn_s] for p in plans], dtype=float).reshape(-1, 3)
    known = size[:, 0] > 0.0
    table["overfull"] = known & (
        (table["length_m"] > size[:, 0] + EPSILON_M) | (table["width_m"] > size[:, 1] + EPSILON_M)
    )
    before = table.groupby(["facility", "chamber"])[["end_s", "upward"]].shift()
    same_way = before["upward"] == table["upward"]
    free_s = before["end_s"].astype(float) + np.where(same_way, size[:, 2], 0.0)
    table["overlaps"] = table["start_s"].to_numpy(float) < free_s.fillna(-np.inf).to_numpy(float) - EPSILON_S
    floor_m2 = np.where(known, size[:, 0] * size[:, 1], 1.0)
    table["floor"] = np.where(known, (table["length_m"] * table["width_m"]).to_numpy(float) / floor_m2, 1.0)
    table["busy_h"] = (table["end_s"] - table["start_s"]) / SECONDS_PER_HOUR
    by = table.groupby(["facility", "chamber"]).agg(
        lockages_count=("start_s", "size"),
        upward_count=("upward", "sum"),
        vessels_count=("vessels_count", "sum"),
        most_vessels_count=("vessels_count", "max"),
        floor_used_share=("floor", "mean"),
        busy_h=("busy_h", "sum"),
        overlaps_count=("overlaps", "sum"),
        overfull_count=("overfull", "sum"),
    )
    counts = {c: "int64" for c in (*by.columns, "chamber") if c.endswith("_count") or c == "chamber"}
    shares = {"floor_used_share": "float64", "busy_h": "float64"}
    return by.reset_index().astype({**counts, **shares, "facility": "str"})

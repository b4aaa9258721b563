"""Balances of railways, worked out from the records without the event loop: paths kept free, and wagons."""

from collections import Counter, defaultdict

import numpy as np

from transport_sim.randomness import FloatArray
from transport_sim.results.traffic_audit import Balance
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.simulation.railway_plan import OccupiedPaths, RailwayPlan
from transport_sim.units import SECONDS_PER_DAY

EPSILON_S = 1e-5
"""Rounding of moments in a year. [s]"""


def rail_balances(plan: Plan, records: Records) -> list[Balance]:
    """Compare what freight trains did with what the timetable, possessions and wagons allow.

    Parameters
    ----------
    plan
        With the paths of other trains and the possessions.
    records
        Of a run.

    Returns
    -------
    Name, unit and both sides of each balance; none without trains. Headways and tracks are among the capacities of
    facilities.
    """
    if not plan.rail_routes:
        return []
    stays = _stays(plan.railway, records)
    beside_paths = {n: stay for n, stay in stays.items() if n in plan.railway.paths}
    in_path = sum(_in_paths(plan.railway.paths[name], *stay) for name, stay in beside_paths.items())
    closed = {n: stay for n, stay in stays.items() if n in plan.railway.closures}
    shut = sum(
        int(((start < w.end_s - EPSILON_S) & (end > w.start_s + EPSILON_S)).sum())
        for name, (start, end) in closed.items()
        for w in plan.railway.closures[name]
        if w.capacity_share == 0.0
    )
    away = _wagons_away(records)
    standing: Counter[tuple[int, int, float]] = Counter()
    for (pair, _), count in records.wagons_standing.items():
        standing[pair] += count
        standing[pair[1], pair[0], pair[2]] -= count
    agree = sum(count == standing[pair] for pair, count in away.items())
    rows = [
        ("railways: freight trains out of the paths of others", "trains", _count(beside_paths), in_path),
        ("railways: freight trains where the line is open", "trains", _count(closed), shut),
        ("wagons: relations with wagons out = back + standing", "relations", len(away), len(away) - agree),
    ]
    return [(name, unit, float(all_ - wrong), float(all_)) for name, unit, all_, wrong in rows if all_]


def _count(stays: dict[str, tuple[FloatArray, FloatArray]]) -> int:
    return sum(len(start) for start, _ in stays.values())


def _stays(railway: RailwayPlan, records: Records) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return from when to when trains kept each section that has paths or closures."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for wait in records.waits:
        if wait.facility in railway.paths or wait.facility in railway.closures:
            start = wait.arrive_s + wait.wait_s
            found[wait.facility].append((start, start + wait.service_s))
    return {name: (np.array(stay)[:, 0], np.array(stay)[:, 1]) for name, stay in found.items()}


def _in_paths(paths: OccupiedPaths, start: FloatArray, end: FloatArray) -> int:
    """Count the stays that overlap a path of the day on which they begin or of the next."""
    if not paths.starts:
        return 0
    starts, ends = (np.concatenate([t, np.add(t, SECONDS_PER_DAY)]) for t in (paths.starts, paths.ends))
    time = start % SECONDS_PER_DAY
    following = np.searchsorted(ends, time + EPSILON_S, side="right")
    return int((starts[following] < time + (end - start) - EPSILON_S).sum())


def _wagons_away(records: Records) -> Counter[tuple[int, int, float]]:
    """Return the wagons that went from one terminal to another, less those that came back, by relation."""
    found: Counter[tuple[int, int, float]] = Counter()
    for leg in records.legs:
        if leg.mode == "rail":
            found[leg.start, leg.end, leg.beyond_km] += leg.wagons_count
            found[leg.end, leg.start, leg.beyond_km] -= leg.wagons_count
    return found

"""Site, simulate the queues, site again with what they taught, until waits meet the service level.

The models plan with hours of full power a day, the same for every plug, and let demand go where the plan sends it.
Drivers go to the nearest station, and come in waves. After each round the queues say how much a plug of each site may
be counted on (its capacity) and where drivers waited or found nothing (the weight of their demand); both are damped.
The best round of all counts, the first included, which is the open loop. Days for learning and days for judging are
drawn apart, and the open loop may first spend on further plugs whatever the closed loop spent more.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.siting.case import SitingCase
from transport_sim.siting.design import LIMITS, Design, Spending, chosen, filled
from transport_sim.siting.models import CorridorFlows, Limits
from transport_sim.siting.queues import QueueResult, ServiceLevel, drawn_drivers, simulated_day

LEARNING_DAYS = 2
"""Days simulated after each round; the days of the comparison are others. [-]"""
JUDGING_FROM = 1000
"""Number of the first day of the comparison. [-]"""
HARDEST_STEP, EASIEST_STEP = 0.85, 1.1
"""Most that a round asks a site's capacity to fall and to rise by, before damping. Assumption. [-]"""
LARGEST_RATIO = 1.5
"""Capacity of a plug is never counted higher than this much of the planned. Assumption. [-]"""
SHARE_MATTERS, WAIT_MATTERS, PLUGS_MATTER = 0.005, 0.1, 0.01
"""Least difference between two designs that anybody would act on: share of drivers, minutes, share of plugs."""
MEASURES = (
    *("within_share", "served_share", "mean_wait_minutes", "wait_p95_minutes"),
    *("plugs_count", "sites_count", "cost_cny"),
)
"""What a comparison shows of each design."""


@dataclass(frozen=True)
class LoopSettings:
    """How long and how carefully the loop runs."""

    level: ServiceLevel = field(default_factory=ServiceLevel)
    rounds: int = 6
    """Rounds after the first. [-]"""
    damping: float = 0.5
    """Weight of what a round has taught against what was held before. [-]"""
    replications: int = 10
    """Days of the comparison. [-]"""
    seed: int = 1


@dataclass(frozen=True, eq=False)
class ClosedLoop:
    """What the loop came to."""

    open_loop: Design
    """The first answer, topped up to the closed loop's money if that spent more."""
    closed_loop: Design
    """The best round."""
    history: pd.DataFrame
    """One row a round: shares, waits, plugs, sites and cost on the days for learning, and whether it was kept."""
    comparison: pd.DataFrame
    """One row a measure: means of both, and the paired difference with its 95 % interval."""
    days: tuple[QueueResult, ...]
    """The days of the comparison with the closed loop's design."""
    rounds: tuple[Design, ...]
    """The design of each row of the history."""

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `same`: by the share served within the wait, and where that is even by plugs or wait.

        A difference counts if its interval leaves out zero and it is large enough to matter.
        """
        rows = self.comparison.set_index("measure").to_dict("index")
        share, wait, plugs = (rows[name] for name in ("within_share", "mean_wait_minutes", "plugs_count"))
        if share["low"] > 0 and share["difference"] >= SHARE_MATTERS:
            return "better"
        if share["high"] < 0 and share["difference"] <= -SHARE_MATTERS:
            return "worse"
        fewer = plugs["difference"] <= -PLUGS_MATTER * plugs["open_loop"]
        sooner = wait["high"] < 0 and wait["difference"] <= -WAIT_MATTERS
        return "better" if (fewer or sooner) and share["difference"] > -SHARE_MATTERS else "same"


def closed_loop(
    case: SitingCase,
    method: str,
    spending: Spending,
    settings: LoopSettings,
    *,
    rural_cover_share: float = 0.0,
    flows: CorridorFlows | None = None,
    limits: Limits = LIMITS,
) -> ClosedLoop:
    """Run the loop and compare it with the open loop on days that neither has seen.

    Parameters
    ----------
    case
        The year's task.
    method
        One of `design.METHODS`.
    spending
        Sites, money or both, the same for every round.
    settings
        Service level, rounds, damping, days and seed.
    rural_cover_share
        Share of the countryside's demand that must be covered. [-]
    flows
        Paths along expressways, for `flow_refuelling`.
    limits
        When the solver may stop in each round.
    """
    drivers = [drawn_drivers(case, seed=settings.seed, replication=day) for day in range(LEARNING_DAYS)]
    capacity, weight = case.kwh_per_plug.copy(), np.ones(len(case.cells.frame))
    designs: list[Design] = []
    rows: list[dict[str, float]] = []
    for number in range(settings.rounds + 1):
        design = chosen(
            case,
            method,
            spending,
            kwh_per_plug=capacity,
            weight=weight,
            rural_cover_share=rural_cover_share,
            flows=flows,
            limits=limits,
        )
        days = [simulated_day(case, design, d, seed=settings.seed, level=settings.level) for d in drivers]
        designs.append(design)
        rows.append({"round": number, **_measures(case, design, days, settings.level)})
        if rows[-1]["within_share_of_served"] >= settings.level.share and _covers_all(case, design, days):
            break
        capacity, weight = _taught(case, design, days, settings, (capacity, weight))
    history = pd.DataFrame(rows)
    best = _best(history)
    history["kept"] = np.arange(len(history)) == best
    better = designs[best]
    first = _topped_up(case, designs[0], case.cost_cny(better.open, better.plugs))
    comparison, judged = compare(case, first, better, settings)
    return ClosedLoop(first, better, history, comparison, judged, tuple(designs))


def compare(
    case: SitingCase, first: Design, second: Design, settings: LoopSettings
) -> tuple[pd.DataFrame, tuple[QueueResult, ...]]:
    """Compare two designs on the same days: means, paired differences and their 95 % intervals.

    Returns
    -------
    Columns measure, open_loop, closed_loop, difference, low, high, replications; and the days with the second design.
    """
    found: list[list[dict[str, float]]] = [[], []]
    judged = []
    for day in range(settings.replications):
        drivers = drawn_drivers(case, seed=settings.seed, replication=JUDGING_FROM + day)
        for number, design in enumerate((first, second)):
            result = simulated_day(case, design, drivers, seed=settings.seed, level=settings.level)
            found[number].append(_measures(case, design, [result], settings.level))
        judged.append(result)
    one, other = (pd.DataFrame(rows) for rows in found)
    rows = []
    for measure in MEASURES:
        gap = (other[measure] - one[measure]).to_numpy(float)
        low, high = _interval(gap)
        values = {"open_loop": one[measure].mean(), "closed_loop": other[measure].mean(), "difference": gap.mean()}
        rows.append({"measure": measure, **values, "low": low, "high": high, "replications": len(gap)})
    return pd.DataFrame(rows), tuple(judged)


def _interval(gap: FloatArray) -> tuple[float, float]:
    """Return the 95 % interval of the mean of paired differences, by Student's t."""
    count = len(gap)
    if count < 2:
        return float("nan"), float("nan")
    half = float(student.ppf(0.975, count - 1)) * float(gap.std(ddof=1)) / np.sqrt(count)
    return float(gap.mean() - half), float(gap.mean() + half)


def _measures(case: SitingCase, design: Design, days: list[QueueResult], level: ServiceLevel) -> dict[str, float]:
    """Return the mean of each measure over some days."""
    mean = pd.DataFrame([day.summary(level) for day in days]).mean()
    return {
        **{str(name): float(value) for name, value in mean.items()},
        "plugs_count": float(design.plugs[design.open].sum()),
        "sites_count": float(design.open.sum()),
        "cost_cny": case.cost_cny(design.open, design.plugs),
    }


def _covers_all(case: SitingCase, design: Design, days: list[QueueResult]) -> bool:
    """Tell whether nobody who could be served by some candidate was left out."""
    coverable = np.asarray(case.points.near.any(axis=1))
    lost = np.concatenate([day.visits.loc[day.visits["site"] < 0, "point"].to_numpy(np.int64) for day in days])
    return bool(design.open.all()) or not bool(coverable[lost].any())


def _taught(
    case: SitingCase,
    design: Design,
    days: list[QueueResult],
    settings: LoopSettings,
    held: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Return what a plug of each site may be counted on, and the weight of each cell, after a round of queues.

    A site whose drivers waited too long is counted on for less than it gave; one that had no queues, for a little more.
    Cells whose drivers waited too long count for more. Those out of reach of every site keep their weight.
    """
    capacity, weight = held
    visits = pd.concat([day.visits.assign(good=day.within(settings.level)) for day in days], ignore_index=True)
    came = visits[visits["first"] >= 0]
    by_site = came.groupby("first").agg(good=("good", "mean"), count=("good", "size"))
    aim = capacity.copy()
    for site, good in zip(by_site.index.to_numpy(np.int64), by_site["good"].to_numpy(float), strict=True):
        if good < settings.level.share:
            used = visits.loc[visits["site"] == site, "kwh"].sum() / len(days) / max(int(design.plugs[site]), 1)
            aim[site] = min(capacity[site], used) * max(good / settings.level.share, HARDEST_STEP)
        else:
            aim[site] = min(capacity[site] * EASIEST_STEP, LARGEST_RATIO * case.kwh_per_plug[site])
    floor = 0.1 * case.kwh_per_plug
    damped = (1.0 - settings.damping) * capacity + settings.damping * np.maximum(aim, floor)
    bad_share = 1.0 - came.groupby("point")["good"].mean().reindex(range(len(case.points.frame))).fillna(1.0)
    cell = _cell_of_point(case)
    kwh = case.points.frame["kwh"].to_numpy(float)
    missed = np.bincount(cell, kwh * bad_share.to_numpy(float), minlength=len(weight))
    total = np.bincount(cell, kwh, minlength=len(weight))
    aimed = 1.0 + np.divide(missed, total, out=np.zeros_like(total), where=total > 0)
    return damped, (1.0 - settings.damping) * weight + settings.damping * aimed


def _cell_of_point(case: SitingCase) -> IntArray:
    """Return the row of `cells` that each row of `points` belongs to: the nearest of its group."""
    points, cells = case.points.frame, case.cells.frame
    found = np.zeros(len(points), dtype=np.int64)
    for group in points["group"].unique():
        rows = np.flatnonzero((points["group"] == group).to_numpy())
        own = np.flatnonzero((cells["group"] == group).to_numpy())
        away = np.hypot(
            points["lon"].to_numpy(float)[rows][:, None] - cells["lon"].to_numpy(float)[own][None, :],
            points["lat"].to_numpy(float)[rows][:, None] - cells["lat"].to_numpy(float)[own][None, :],
        )
        found[rows] = own[away.argmin(axis=1)]
    return found


def _best(history: pd.DataFrame) -> int:
    """Return the round with the most drivers served within the wait; of equal ones the shorter wait, then the first."""
    order = history.sort_values(["within_share", "mean_wait_minutes", "round"], ascending=[False, True, True])
    return int(order.index[0])


def _topped_up(case: SitingCase, design: Design, money_cny: float) -> Design:
    """Let a design spend as much as another one, on plugs where the planned use is highest."""
    plugs = filled(case, design.open, design.plugs, money_cny, case.kwh_per_plug, beyond_need=True)
    return replace(design, plugs=plugs)

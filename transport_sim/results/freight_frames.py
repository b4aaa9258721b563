"""What the section on rail and river is made of: goods that change mode, queues, cost of avoided CO2e, seasons."""

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.hydrology import MONTH_DAYS
from transport_sim.results.comparison import ROUNDING
from transport_sim.results.findings import CO2, cell
from transport_sim.results.indicators import MODES

if TYPE_CHECKING:
    from transport_sim.run import Comparison, Result

RELATION = ["commodity", "origin", "destination"]
BUSY_SHARE = 0.8
"""Use from which a facility counts as a bottleneck: at a single server with random arrivals the mean wait is then four
times the service (M/M/1: rho / (1 - rho)), and steeply rising. [-]"""
TRANSFERS = {"freight_charge", "freight_subsidy"}
"""Policies that do nothing but move money."""
LONG_WAIT_MIN = 60.0
"""Mean wait from which a facility counts as a bottleneck however little it is used. [min]"""
LEAST_QUEUE = 0.01
"""Growth of the mean queue below which nothing is said to have grown. [visitors]"""
SEASON_COLUMNS = (
    "tonnes_t",
    "activity_tkm",
    "mean_payload_t",
    "visits_count",
    "wait_h",
    "co2e_wtw_kg",
    "vehicle_count",
)


def moved_between_modes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Work out how many tonnes went from mode to mode.

    Within each relation and commodity the modes that lose goods give them to those that gain, in proportion to the
    gains; goods that change places within a relation both ways cancel.

    Parameters
    ----------
    before, after
        Consignments with `RELATION`, main_mode and tonnes_t.

    Returns
    -------
    Columns of `RELATION`, from_mode, to_mode, tonnes_t; rows above zero only. [t]
    """
    keys = [*RELATION, "main_mode"]
    change = after.groupby(keys)["tonnes_t"].sum().sub(before.groupby(keys)["tonnes_t"].sum(), fill_value=0.0)
    wide = change.reset_index().pivot_table(index=RELATION, columns="main_mode", values="tonnes_t", aggfunc="sum")
    wide = wide.reindex(columns=list(MODES)).fillna(0.0)
    gain, loss = wide.clip(lower=0.0), -wide.clip(upper=0.0)
    size = pd.concat([gain.sum(axis=1), loss.sum(axis=1)], axis=1).max(axis=1)
    size = size.where(size > 0.0, 1.0)
    parts = [
        (loss[a] * gain[b] / size).rename("tonnes_t").reset_index().assign(from_mode=a, to_mode=b)
        for a, b in permutations(MODES, 2)
    ]
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    total = float(before["tonnes_t"].sum())
    columns = [*RELATION, "from_mode", "to_mode", "tonnes_t"]
    some = found[found["tonnes_t"] > ROUNDING * total]
    return some[columns].reset_index(drop=True)


def moves(comparison: "Comparison", year: int) -> pd.DataFrame:
    """Return what each package moves from mode to mode in a year, mean over replications.

    Columns scenario and those of `moved_between_modes`. [t/year]
    """
    columns = [*RELATION, "main_mode", "tonnes_t"]
    keys = ["scenario", *RELATION, "from_mode", "to_mode"]
    parts = []
    scenario = comparison.baseline.scenario
    for replication in range(scenario.replications):
        how = {"columns": columns, "year": year, "replication": replication}
        before = comparison.baseline.tables.read("shipments", **how)  # type: ignore[arg-type]
        for result in comparison.results[1:]:
            after = result.tables.read("shipments", **how)  # type: ignore[arg-type]
            parts.append(moved_between_modes(before, after).assign(scenario=result.scenario.name))
    if not parts:
        return pd.DataFrame(columns=[*keys, "tonnes_t"])
    found = pd.concat(parts, ignore_index=True).groupby(keys, sort=False)["tonnes_t"].sum()
    return (found * (scenario.annual_factor / scenario.replications)).reset_index()


def facility_means(facilities: pd.DataFrame) -> pd.DataFrame:
    """Condense the facilities of one scenario and year over its replications.

    Parameters
    ----------
    facilities
        Rows of the result table.

    Returns
    -------
    Index facility; kind, visits_count (of the period, mean), mean_wait_min, longest_wait_h, mean_queue_count,
    utilisation_ratio and capacity_count.
    """
    runs = max(facilities["replication"].nunique(), 1)
    by = facilities.groupby("facility")
    sums = by[["visits_count", "wait_h", "mean_queue_count", "utilisation_ratio"]].sum()
    visits = sums["visits_count"]
    return pd.DataFrame(
        {
            "kind": by["kind"].first(),
            "visits_count": visits / runs,
            "mean_wait_min": (60.0 * sums["wait_h"] / visits.where(visits > 0)).fillna(0.0),
            "longest_wait_h": by["longest_wait_h"].max(),
            "mean_queue_count": sums["mean_queue_count"] / runs,
            "utilisation_ratio": sums["utilisation_ratio"] / runs,
            "capacity_count": by["capacity_count"].max(),
        }
    )


def queue_growth(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Put the facilities of two scenarios side by side, the largest growth of the queue first.

    Parameters
    ----------
    before, after
        From `facility_means`.

    Returns
    -------
    Index facility; `kind`, each column of both with `_before` and `_after`, `growth_count` (mean visitors waiting,
    after less before; a facility that there was not counts as 0 before) and `bottleneck`.
    """
    both = before.merge(after, how="outer", left_index=True, right_index=True, suffixes=("_before", "_after"))
    both["kind"] = both["kind_after"].where(both["kind_after"].notna(), both["kind_before"])
    both["growth_count"] = both["mean_queue_count_after"].fillna(0.0) - both["mean_queue_count_before"].fillna(0.0)
    both["bottleneck"] = (both["utilisation_ratio_after"] >= BUSY_SHARE) | (
        both["mean_wait_min_after"] >= LONG_WAIT_MIN
    )
    return both.drop(columns=["kind_before", "kind_after"]).sort_values("growth_count", ascending=False, kind="stable")


def queues(comparison: "Comparison", year: int) -> dict[str, pd.DataFrame]:
    """Return `queue_growth` of each package."""
    means = {}
    for result in comparison.results:
        table = result.tables["facilities"]
        means[result.scenario.name] = facility_means(table[table["year"] == year])
    base = means[comparison.baseline.scenario.name]
    return {r.scenario.name: queue_growth(base, means[r.scenario.name]) for r in comparison.results[1:]}


@dataclass(frozen=True)
class Abatement:
    """What a tonne of CO2e that a package avoids costs, with its parts; annual differences against the baseline."""

    verdict: str
    """`cost`, `trial` (one replication), `unsure` (CO2e may not change), `more` (it emits more), `none`."""
    avoided_t: float
    resource_cny: float
    """Transport without charges and subsidies."""
    transfers_cny: float
    """Charges (positive) and subsidies (negative), which only change hands."""
    public_cny: float
    """Investments as annuities, and yearly costs."""
    cny_per_t: float
    low_cny_per_t: float
    high_cny_per_t: float
    stated: tuple[str, ...]
    """Kinds of the package's policies whose public cost is stated."""
    unstated: tuple[str, ...]
    """Kinds of those that act and state none, but for charges and subsidies, whose money is in the transfers."""


def abatement(comparison: "Comparison", result: "Result", year: int) -> Abatement:
    """Look up what the comparison says about the cost of a package's avoided CO2e."""
    table, name = comparison.table, result.scenario.name
    found = {i: cell(table, name, year, i) for i in (CO2, "resource_cost_cny", "charge_cny", "public_cost_cny")}
    part = {i: c.difference if c else float("nan") for i, c in found.items()}
    cost, co2 = cell(table, name, year, "abatement_cost_cny_per_t"), found[CO2]
    if co2 is None or co2.difference == 0.0:
        verdict = "none"
    elif comparison.baseline.scenario.replications > 1 and not co2.sure:
        verdict = "unsure"
    elif co2.difference > 0.0 or cost is None:
        verdict = "more"
    else:
        verdict = "cost" if comparison.baseline.scenario.replications > 1 else "trial"
    known = verdict in ("cost", "trial")
    acting = [p for p in result.scenario.policies if p.from_year <= year]
    stated = {p.kind for p in acting if p.public_cost is not None}
    return Abatement(
        verdict,
        -part[CO2],
        part["resource_cost_cny"],
        part["charge_cny"],
        part["public_cost_cny"],
        *((cost.mean, cost.low, cost.high) if known and cost else (float("nan"),) * 3),
        tuple(sorted(stated)),
        tuple(sorted({p.kind for p in acting if p.public_cost is None} - TRANSFERS)),
    )


def season(comparison: "Comparison", year: int) -> pd.DataFrame:
    """Return the table `monthly` of every scenario, mean over replications; empty for runs without dates.

    Columns scenario, mode, month and `SEASON_COLUMNS`, of which `mean_payload_t` is weighted by vehicles;
    `tonnes_per_day_t`, because months differ in length; `mean_wait_min`, weighted by visits.
    """
    parts = []
    for result in comparison.results:
        table = result.tables["monthly"]
        rows = table[(table["year"] == year) & (table["month"] > 0)]
        runs = result.scenario.replications
        rows = rows.assign(payload_t=rows["mean_payload_t"] * rows["vehicle_count"])
        columns = [c for c in SEASON_COLUMNS if c != "mean_payload_t"]
        sums = rows.groupby(["scenario", "mode", "month"])[[*columns, "payload_t"]].sum() / runs
        sums["mean_payload_t"] = sums.pop("payload_t") / sums["vehicle_count"].where(sums["vehicle_count"] > 0)
        days = sums.index.get_level_values("month").map(lambda m: MONTH_DAYS[int(m) - 1])
        sums["tonnes_per_day_t"] = sums["tonnes_t"] / days
        sums["mean_wait_min"] = 60.0 * sums["wait_h"] / sums["visits_count"].where(sums["visits_count"] > 0)
        parts.append(sums.reset_index())
    return pd.concat(parts, ignore_index=True)


def closure_days(result: "Result", year: int) -> pd.DataFrame:
    """Return the days of each month on which water closes the rivers: index month, a column a river.

    Of a river with several gauges the one that is closed longest. [days]
    """
    hydrology = result.prepared.inputs[year].operations["hydrology"]
    months = pd.RangeIndex(1, len(MONTH_DAYS) + 1, name="month")
    if hydrology.empty:
        return pd.DataFrame(index=months)
    days = hydrology.pivot_table(index="month", columns="river", values="closure_days", aggfunc="max", sort=False)
    return days.reindex(months, fill_value=0)

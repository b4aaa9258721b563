"""The section on road traffic as plain values: speeds, leakage and answers, scenario against scenario."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.network.footprint import Plane
from transport_sim.results.findings import last_year, title, titles
from transport_sim.results.sections import Section
from transport_sim.results.wording import Wording, number
from transport_sim.units import G_PER_KG, KG_PER_T, M_PER_KM, SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from transport_sim.run import Comparison, Result

TRAFFIC_TABLE = "traffic_links"
PLACES = ("restricted", "near", "elsewhere")
LEAKAGE_COLUMNS = ("vkm", "co2e_wtw_t", "nox_kg", "pm2_5_kg")
NEAR_KM = 2.0
"""Links that begin at most so far from a restricted one count as near it. [km]"""


def has_traffic(comparison: "Comparison") -> bool:
    """Tell whether road traffic was simulated."""
    return comparison.baseline.scenario.traffic is not None


def rule_links(result: "Result", year: int) -> set[int]:
    """Return the links that the rules and charges of a scenario name in a year."""
    inputs = result.prepared.inputs[year]
    return {link for rule in inputs.road_rules for link in rule.link_ids}


def ruled_links(comparison: "Comparison", year: int) -> set[int]:
    """Return the links that any scenario's rules name: the same places are looked at in every scenario."""
    return set().union(*(rule_links(r, year) for r in comparison.results))


def places(comparison: "Comparison", year: int) -> pd.Series:
    """Say of each link of the streets whether it is restricted in some scenario, near such a link, or elsewhere."""
    inputs = comparison.baseline.prepared.inputs[year]
    if inputs.traffic is None:
        return pd.Series(dtype=str)
    network = inputs.traffic.network
    links, nodes = network.links, network.nodes
    ruled = links.index.isin(list(ruled_links(comparison, year)))
    found = pd.Series("elsewhere", index=links.index)
    if ruled.any():
        from scipy.spatial import cKDTree  # noqa: PLC0415 - only the report needs it

        plane = Plane(float(nodes["lon"].median()), float(nodes["lat"].median()))
        at = plane.to_m(nodes.loc[links["from_node"], ["lon", "lat"]].to_numpy(float)) / M_PER_KM
        distance, _ = cKDTree(at[ruled]).query(at)
        found[distance <= NEAR_KM] = "near"
        found[ruled] = "restricted"
    return found


def link_sums(comparison: "Comparison", year: int) -> pd.DataFrame:
    """Return kilometres and emissions of each scenario's day by place, means over replications.

    Columns scenario, place and `LEAKAGE_COLUMNS`.
    """
    where = places(comparison, year)
    parts = []
    for result in comparison.results:
        links = result.tables.read(TRAFFIC_TABLE, year=year)
        frame = pd.DataFrame(
            {
                "place": where.reindex(links["link_id"]).to_numpy(),
                "vkm": links["vkm"],
                "co2e_wtw_t": (links["co2e_ttw_kg"] + links["co2e_wtt_kg"]) / KG_PER_T,
                "nox_kg": links["nox_g"] / G_PER_KG,
                "pm2_5_kg": links["pm2_5_g"] / G_PER_KG,
            }
        )
        sums = frame.groupby("place").sum() / result.scenario.replications
        parts.append(sums.reindex(list(PLACES), fill_value=0.0).assign(scenario=result.scenario.name))
    return pd.concat(parts).reset_index()


def hourly_speeds(comparison: "Comparison", year: int) -> pd.DataFrame:
    """Return the mean speed on the restricted links by hour: index hour, a column a scenario. [km/h]."""
    where = places(comparison, year)
    chosen = where.index[where == "restricted"] if (where == "restricted").any() else where.index
    columns = {}
    for result in comparison.results:
        hours = result.tables.read("traffic_hours", year=year, columns=("link_id", "hour", "vkm", "vehicle_h"))
        sums = hours[hours["link_id"].isin(chosen)].groupby("hour")[["vkm", "vehicle_h"]].sum()
        columns[result.scenario.name] = sums["vkm"] / sums["vehicle_h"]
    return pd.DataFrame(columns)


def link_speeds(result: "Result", year: int, hours: tuple[int, ...]) -> pd.Series:
    """Return the mean speed on each link over some hours of the day, by link id. [km/h]."""
    table = result.tables.read("traffic_hours", year=year, columns=("link_id", "hour", "vkm", "vehicle_h"))
    sums = table[table["hour"].isin(hours)].groupby("link_id")[["vkm", "vehicle_h"]].sum()
    return sums["vkm"] / sums["vehicle_h"]


def traffic(comparison: "Comparison", words: Wording) -> Section | None:
    """Lay out the day on the roads; None if road traffic was not simulated."""
    if not has_traffic(comparison):
        return None
    year = last_year(comparison)
    inputs = comparison.baseline.prepared.inputs[year].traffic
    if inputs is None:
        return None
    share = inputs.network.synthetic_share
    sums = link_sums(comparison, year)
    packages, gap = [r for r in comparison.results[1:] if rule_links(r, year)], largest_gap(comparison, year)
    return {
        "lead": words("traffic.lead", day=inputs.day.date.isoformat(), year=year),
        "synthetic": words("traffic.synthetic", share=f"{100 * share:.0f}") if share else "",
        "verdicts": [_verdict(result, comparison, sums, gap, words) for result in packages],
        "leakage_head": [words("traffic.place"), *(words(f"traffic.{c}") for c in LEAKAGE_COLUMNS)],
        "leakage": [_leakage(result, comparison, sums, words) for result in packages],
        "answer_head": [words("traffic.answer"), *_titles(packages, words)],
        "answers": _answers(packages, year, words),
        "gap": words("traffic.gap" if gap <= 0.01 else "traffic.no_gap", gap=f"{100 * gap:.2f}"),
    }


def _titles(results: "list[Result]", words: Wording) -> list[str]:
    return [title(result, words) for result in results]


def _change(comparison: "Comparison", result: "Result", sums: pd.DataFrame) -> pd.DataFrame:
    """Return what a package changes, by place."""
    after, before = (sums[sums["scenario"] == r.scenario.name] for r in (result, comparison.baseline))
    columns = list(LEAKAGE_COLUMNS)
    return after.set_index("place")[columns].sub(before.set_index("place")[columns])


def _verdict(result: "Result", comparison: "Comparison", sums: pd.DataFrame, gap: float, words: Wording) -> str:
    """Say whether the rules lower emissions altogether, how much turns up elsewhere, and whether that is noise."""
    change = _change(comparison, result, sums)["co2e_wtw_t"]
    inside, outside = float(change["restricted"]), float(change["near"] + change["elsewhere"])
    total = inside + outside
    values = {
        "package": words.quoted(title(result, words)),
        "inside": number(inside, 1, signed=True),
        "outside": number(outside, 1, signed=True),
        "total": number(total, 1, signed=True),
    }
    if total > 0.0:
        text = words("traffic.worse", **values)
    elif inside < 0.0 < outside:
        text = words("traffic.leaks", share=f"{-100 * outside / inside:.0f}", **values)
    else:
        text = words("traffic.better", **values)
    base = sums.loc[sums["scenario"] == comparison.baseline.scenario.name, "co2e_wtw_t"].sum()
    share = abs(total) / base if base else 0.0
    if share >= gap:
        return text
    return f"{text} {words('traffic.noise', share=f'{100 * share:.2f}', gap=f'{100 * gap:.2f}')}"


def _leakage(result: "Result", comparison: "Comparison", sums: pd.DataFrame, words: Wording) -> Section:
    change = _change(comparison, result, sums)
    change.loc["total"] = change.sum()
    digits = {"vkm": 0, "co2e_wtw_t": 2, "nox_kg": 1, "pm2_5_kg": 2}
    rows = [
        [words(f"traffic.place.{place}"), *(number(float(row[c]), digits[c], signed=True) for c in LEAKAGE_COLUMNS)]
        for place, row in change.iterrows()
    ]
    return {"title": titles(comparison, words)[result.scenario.name], "rows": rows}


def _answers(packages: "list[Result]", year: int, words: Wording) -> list[list[str]]:
    """Return trips by answer, a column a package, means over replications."""
    counts = {}
    for result in packages:
        table = result.tables.read("traffic_answers", year=year)
        counts[result.scenario.name] = table.groupby("answer")["trips_count"].sum() / result.scenario.replications
    frame = pd.DataFrame(counts).fillna(0.0)
    return [[words.name("answer", str(name)), *(number(float(v), 0) for v in row)] for name, row in frame.iterrows()]


def largest_gap(comparison: "Comparison", year: int) -> float:
    """Return how far from an equilibrium the routes are: the largest of the last gaps of all runs. [-]."""
    last = []
    for result in comparison.results:
        days = result.tables.read("traffic_days", year=year)
        last += days.groupby("replication")["gap_ratio"].last().tolist()
    return float(max(last))


def _windows_s(result: "Result", year: int) -> list[tuple[float, float]]:
    """Return the times within the simulated day in which a rule or charge of a scenario holds. [s]."""
    inputs = result.prepared.inputs[year]
    if inputs.traffic is None:
        return []
    found = set()
    for rule in inputs.road_rules:
        for start, end in rule.when.seconds(inputs.traffic.day):
            first, last = max(float(start), 0.0), min(float(end), SECONDS_PER_DAY)
            if first < last:
                found.add((first, last))
    return sorted(found)


def rule_windows_h(comparison: "Comparison", year: int) -> list[tuple[float, float]]:
    """Return the windows of all rules of all scenarios, but for those that hold all day. [h]."""
    windows = {w for result in comparison.results for w in _windows_s(result, year)}
    part = sorted(w for w in windows if w != (0.0, SECONDS_PER_DAY))
    return [(start / SECONDS_PER_HOUR, end / SECONDS_PER_HOUR) for start, end in part]


def ruled_hours(result: "Result", year: int) -> tuple[int, ...]:
    """Return the hours of the day in which a rule of a scenario holds at some time."""
    windows = _windows_s(result, year)
    hour = SECONDS_PER_HOUR
    return tuple(h for h in range(24) if any(start < (h + 1) * hour and h * hour < end for start, end in windows))

"""Rules by which a place is no site: named filters over the table of candidates, each with its limit in `siting_rules`.

A filter looks at every place and says which ones it takes out, with the number that it saw. What is not known about a
place takes it out by no filter: unknown is not unfit. Existing stations are kept whatever the filters say.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from transport_sim.errors import DataError
from transport_sim.network.geometry import EARTH_RADIUS_KM, great_circle_km
from transport_sim.network.model import Network
from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.tables.siting import PLACE_KINDS, SITING_RULES

EXISTING = "existing"
"""Kind of a station that stands already."""


@dataclass(frozen=True, eq=False)
class Rules:
    """The limits of `siting_rules`: the row for a kind of place, else the row for all; no row is no limit."""

    values: dict[tuple[str, str], float]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Rules":
        """Index the table."""
        return cls(
            dict(zip(zip(table["rule"], table["place_kind"], strict=True), table["value"].tolist(), strict=True))
        )

    def limits(self, rule: str, kinds: "pd.Series[str]") -> FloatArray:
        """Return the limit of a rule for places of these kinds, NaN where there is none. [unit of the rule]."""
        if rule not in SITING_RULES:
            raise DataError(f"no rule {rule!r} of siting")
        general = self.values.get((rule, "all"), np.nan)
        return np.array([self.values.get((rule, kind), general) for kind in kinds], dtype=float)


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a filter says of each place."""

    out: BoolArray
    seen: FloatArray
    """The number that it compared. [unit of the rule]"""
    limit: FloatArray
    """What it compared with. [unit of the rule]"""


Filter = Callable[[pd.DataFrame, Rules], Verdict]


def _above(frame: pd.DataFrame, rules: Rules, rule: str, column: str) -> Verdict:
    seen, limit = frame[column].to_numpy(float), rules.limits(rule, frame["kind"])
    return Verdict(seen > limit, seen, limit)


def _below(frame: pd.DataFrame, rules: Rules, rule: str, column: str) -> Verdict:
    seen, limit = frame[column].to_numpy(float), rules.limits(rule, frame["kind"])
    return Verdict(seen < limit, seen, limit)


def allowed(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out kinds of places that are not wanted at all (`allowed` is 0)."""
    limit = rules.limits("allowed", frame["kind"])
    return Verdict(limit == 0.0, np.zeros(len(frame)), limit)


def near_road(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what lies farther than `max_road_km` from the nearest road that cars may drive on."""
    return _above(frame, rules, "max_road_km", "road_km")


def reachable(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what no demand reaches within `max_minutes` on the network."""
    return _above(frame, rules, "max_minutes", "nearest_minutes")


def footprint(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what has less room than `min_footprint_m2`, where a survey gives the area."""
    return _below(frame, rules, "min_footprint_m2", "footprint_m2")


def grid_distance(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what lies farther than `max_grid_km` from a connection to the grid, where that is given."""
    return _above(frame, rules, "max_grid_km", "grid_km")


def headroom(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out where the transformer can give less than `min_headroom_kw`, where that is given."""
    return _below(frame, rules, "min_headroom_kw", "headroom_kw")


def slope(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what is steeper than `max_slope_ratio`: as surveyed, else the steepest road at the place."""
    return _above(frame, rules, "max_slope_ratio", "slope_ratio")


def flood(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what lies nearer than `min_river_km` to the middle of a river: a stand-in for flood maps."""
    return _below(frame, rules, "min_river_km", "river_km")


def near_existing(frame: pd.DataFrame, rules: Rules) -> Verdict:
    """Take out what lies nearer than `min_existing_km` to a station that stands already."""
    there = frame[frame["kind"] == EXISTING]
    limit = rules.limits("min_existing_km", frame["kind"])
    if there.empty:
        return Verdict(np.zeros(len(frame), dtype=bool), np.full(len(frame), np.inf), limit)
    seen = _km_between(frame, there).min(axis=1)
    return Verdict(seen < limit, seen, limit)


FILTERS: dict[str, Filter] = {
    "allowed": allowed,
    "near_road": near_road,
    "reachable": reachable,
    "footprint": footprint,
    "grid_distance": grid_distance,
    "headroom": headroom,
    "slope": slope,
    "flood": flood,
    "near_existing": near_existing,
}
"""Filters in the order in which they are asked; the first that takes a place out gives the reason."""
SPACING = "spacing"
"""The last filter: of two places closer than `min_spacing_km` the more suitable kind stays, then the first."""


def judge(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Ask all filters.

    Parameters
    ----------
    frame
        Candidates with the columns that the filters read.
    rules
        The limits.

    Returns
    -------
    The frame with `accepted`, `rule` (the filter that took a place out; `existing` or `accepted` for the others),
    `seen_value` and `limit_value`, and `beside` (the place that another one gave way to).
    """
    found = frame.copy()
    kept = (frame["kind"] == EXISTING).to_numpy()
    found["rule"] = np.where(kept, EXISTING, "accepted")
    found["seen_value"], found["limit_value"], found["beside"] = np.nan, np.nan, ""
    for name, ask in FILTERS.items():
        verdict = ask(frame, rules)
        hit = verdict.out & (found["rule"] == "accepted").to_numpy()
        found.loc[hit, "rule"] = name
        found.loc[hit, "seen_value"] = verdict.seen[hit]
        found.loc[hit, "limit_value"] = verdict.limit[hit]
    for row, other, km, limit in _too_close(found, rules):
        label = found.index[row]
        found.loc[label, ["rule", "beside"]] = [SPACING, str(found["name"].iloc[other])]
        found.loc[label, ["seen_value", "limit_value"]] = [km, limit]
    found["accepted"] = found["rule"].isin([EXISTING, "accepted"])
    return found


def _too_close(found: pd.DataFrame, rules: Rules) -> Iterator[tuple[int, int, float, float]]:
    """Yield each place that gives way, the one that stays, how far apart they are and how far they should be."""
    kept = np.flatnonzero((found["rule"] == "accepted").to_numpy())
    rank = {kind: number for number, kind in enumerate(PLACE_KINDS)}
    order = sorted(kept.tolist(), key=lambda row: (rank[found["kind"].iloc[row]], str(found.index[row])))
    limit = rules.limits("min_spacing_km", found["kind"])
    staying: list[int] = []
    km = _km_between(found, found)
    for row in order:
        near = [other for other in staying if km[row, other] < max(limit[row], 0.0)]
        if near:
            closest = min(near, key=lambda other: km[row, other])
            yield row, closest, float(km[row, closest]), float(limit[row])
        else:
            staying.append(row)


def _km_between(one: pd.DataFrame, other: pd.DataFrame) -> FloatArray:
    return great_circle_km(
        one["lon"].to_numpy(float)[:, None],
        one["lat"].to_numpy(float)[:, None],
        other["lon"].to_numpy(float)[None, :],
        other["lat"].to_numpy(float)[None, :],
    )


def river_km(frame: pd.DataFrame, network: Network) -> FloatArray:
    """Return how far each place lies from the middle of the nearest river of the map, infinite without rivers. [km]."""
    links = network.links[network.links["mode"] == "waterway"]
    if links.empty or frame.empty:
        return np.full(len(frame), np.inf)
    nodes = network.nodes[["lon", "lat"]]
    start, end = nodes.loc[links["from_node"]].to_numpy(float), nodes.loc[links["to_node"]].to_numpy(float)
    lines = [
        shapely.from_wkt(text) if text else shapely.LineString([a, b])
        for text, a, b in zip(links["geometry_wkt"], start, end, strict=True)
    ]
    middle = np.radians(float(frame["lat"].mean()))
    km_per_degree = np.radians(1.0) * EARTH_RADIUS_KM
    scale = np.array([np.cos(middle), 1.0]) * km_per_degree
    flat = [shapely.transform(line, lambda points: points * scale) for line in lines]
    points = shapely.points(frame[["lon", "lat"]].to_numpy(float) * scale)
    tree = shapely.STRtree(flat)
    closest = tree.nearest(points)
    return np.asarray(shapely.distance(points, np.array(flat)[closest]), dtype=float)

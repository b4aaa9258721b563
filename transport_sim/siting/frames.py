"""The answer as tables with places: candidates, sites, budgets and rounds as GeoDataFrames in WGS 84."""

from collections.abc import Sequence

import geopandas
import numpy as np
import pandas as pd
import shapely

from transport_sim.randomness import BoolArray, FloatArray
from transport_sim.siting.case import SitingCase
from transport_sim.siting.closed_loop import ClosedLoop
from transport_sim.siting.design import load_kwh
from transport_sim.siting.models import Limits, Siting, SitingProblem, capacitated_maximal_cover, pareto_front
from transport_sim.siting.queues import ServiceLevel
from transport_sim.siting.wording import Language, reason

WGS84 = "EPSG:4326"
CANDIDATE_COLUMNS = [
    *("place", "name", "kind", "accepted", "rule", "reason", "rank", "score", "from_year", "plugs_count", "power_kw"),
    *("cost_cny", "demand_kwh", "mean_wait_minutes", "population_persons", "reach_kwh", "road_km", "river_km"),
    *("slope_ratio", "footprint_m2", "grid_km", "headroom_kw", "nearest_minutes", "lon", "lat"),
]
SITE_COLUMNS = [
    *("place", "name", "kind", "year", "from_year", "rank", "score", "plugs_count", "new_plugs_count", "plug_kw"),
    *("power_kw", "cost_cny", "demand_kwh", "sessions_count", "mean_wait_minutes", "within_share"),
    *("population_persons", "users", "reason", "lon", "lat"),
]


def site_frame(year: int, case: SitingCase, loop: ClosedLoop, level: ServiceLevel) -> geopandas.GeoDataFrame:
    """Return the open sites of one phase with what the queues of the compared days made of them."""
    design = loop.closed_loop
    places = np.flatnonzero(design.open)
    visits = pd.concat([day.visits.assign(good=day.within(level)) for day in loop.days], ignore_index=True)
    grouped = visits[visits["site"] >= 0].groupby("site")
    days = len(loop.days)
    table = case.candidates.iloc[places]
    new = np.maximum(design.plugs - case.existing_plugs, 0)[places]
    plugs = design.plugs[places]
    reach, people = _in_reach(case)
    demand = grouped["kwh"].sum().reindex(places).fillna(0.0).to_numpy(float) / days
    cost = np.where(case.existing, 0.0, case.site_cny)[places] + case.plug_cny[places] * new
    nearest = load_kwh(case, design.open)[places]
    frame = pd.DataFrame(
        {
            "place": table.index.to_numpy(str),
            "name": table["name"].to_numpy(str),
            "kind": table["kind"].to_numpy(str),
            "year": year,
            "from_year": np.where(case.existing[places], 0, year),
            "rank": pd.Series(-demand).rank(method="first").astype("int64").to_numpy(),
            "score": score(reach)[places],
            "plugs_count": plugs,
            "new_plugs_count": new,
            "plug_kw": meter_kw(case)[places],
            "power_kw": plugs * meter_kw(case)[places],
            "cost_cny": cost,
            "demand_kwh": demand,
            "sessions_count": grouped.size().reindex(places).fillna(0).to_numpy(float) / days,
            "mean_wait_minutes": grouped["wait_minutes"].mean().reindex(places).to_numpy(float),
            "within_share": grouped["good"].mean().reindex(places).to_numpy(float),
            "population_persons": people[places],
            "users": [case.users[place] for place in places.tolist()],
            "reason": [reason("chosen", "en", year=year, kwh=kwh) for kwh in nearest.tolist()],
            "lon": table["lon"].to_numpy(float),
            "lat": table["lat"].to_numpy(float),
        }
    )
    frame["nearest_kwh"] = nearest
    shapes = shapely.points(frame["lon"], frame["lat"])
    return geopandas.GeoDataFrame(frame.sort_values("rank"), geometry=shapes[np.argsort(frame["rank"])], crs=WGS84)


def meter_kw(case: SitingCase) -> FloatArray:
    """Return the rated power of a plug of each candidate, at the meter. [kW]."""
    return np.asarray(np.round(case.plug_kw * case.meter_ratio, 6), dtype=float)


def score(reach_kwh: FloatArray) -> FloatArray:
    """Return the demand in reach of each candidate as a share of the largest, 0 to 100. [-]."""
    most = float(reach_kwh.max()) if len(reach_kwh) else 0.0
    return np.round(100.0 * reach_kwh / most, 1) if most > 0 else np.zeros(len(reach_kwh))


def _in_reach(case: SitingCase) -> tuple[FloatArray, FloatArray]:
    """Return demand and inhabitants in reach of each candidate. [kWh/day], [persons]."""
    near = case.points.near
    kwh = case.points.frame["kwh"].to_numpy(float) @ near
    people = case.points.frame["population_persons"].to_numpy(float) @ near
    return np.asarray(kwh, dtype=float), np.asarray(people, dtype=float)


def candidate_frame(places: pd.DataFrame, case: SitingCase, sites: pd.DataFrame) -> geopandas.GeoDataFrame:
    """Return every place with its reason, and what became of the chosen ones in the last phase."""
    frame = places.copy()
    reach, people = _in_reach(case)
    known = case.candidates.index
    frame["reach_kwh"] = pd.Series(reach, index=known).reindex(frame.index)
    frame["population_persons"] = pd.Series(people, index=known).reindex(frame.index)
    frame["score"] = pd.Series(score(reach), index=known).reindex(frame.index)
    last = sites.sort_values("year").drop_duplicates("place", keep="last").set_index("place")
    total = sites.groupby("place")["cost_cny"].sum()
    begun = sites[sites["from_year"] > 0].groupby("place")["from_year"].min()
    for column in ("plugs_count", "power_kw", "demand_kwh", "mean_wait_minutes"):
        frame[column] = last[column].reindex(frame.index)
    frame["cost_cny"] = total.reindex(frame.index)
    frame["from_year"] = begun.reindex(frame.index)
    frame["reason"] = reasons(frame, "en")
    order = frame["demand_kwh"].fillna(-1.0).to_frame().assign(score=frame["score"].fillna(-1.0))
    order = order.sort_index().sort_values(["demand_kwh", "score"], ascending=False, kind="stable")
    frame = frame.loc[order.index]
    frame["rank"] = np.where(frame["accepted"], frame["accepted"].cumsum(), np.nan)
    frame = frame.reset_index(names="place")
    own = [*CANDIDATE_COLUMNS, "seen_value", "limit_value", "beside"]
    return geopandas.GeoDataFrame(frame[own], geometry=shapely.points(frame["lon"], frame["lat"]), crs=WGS84)


def reasons(frame: pd.DataFrame, language: Language) -> list[str]:
    """Say of each candidate why it is in or out."""
    columns = ("rule", "seen_value", "limit_value", "beside")
    return [
        reason(rule, language, seen=seen, limit=limit, beside=beside)
        for rule, seen, limit, beside in zip(*(frame[column] for column in columns), strict=True)
    ]


def pareto_frame(case: SitingCase, budgets_cny: Sequence[float], limits: Limits) -> geopandas.GeoDataFrame:
    """Return the best planned cover for each budget."""

    def model(problem: SitingProblem, budget_cny: float) -> Siting:
        radius = case.cells.radius_minutes
        return capacitated_maximal_cover(problem, radius_min=radius, budget_cny=budget_cny, limits=limits)

    points = pareto_front(case.problem(), budgets_cny, radius_min=case.cells.radius_minutes, limits=limits, solve=model)
    frame = pd.DataFrame(
        {
            "budget_cny": [p.budget_cny for p in points],
            "cover_ratio": [p.siting.cover_ratio for p in points],
            "cost_cny": [p.siting.cost_cny for p in points],
            "sites_count": [int(p.siting.open.sum()) for p in points],
            "plugs_count": [int(p.siting.plugs.sum()) for p in points],
            "status": [p.siting.status for p in points],
            "gap_ratio": [p.siting.gap_ratio for p in points],
            "efficient": [p.efficient for p in points],
        }
    )
    shapes = [_multipoint(case, p.siting.open) for p in points]
    return geopandas.GeoDataFrame(frame, geometry=shapes, crs=WGS84)


def history_frame(phases: Sequence[tuple[int, SitingCase, ClosedLoop]]) -> geopandas.GeoDataFrame:
    """Return the rounds of all phases."""
    parts, shapes = [], []
    for year, case, loop in phases:
        parts.append(loop.history.assign(year=year))
        shapes += [_multipoint(case, design.open) for design in loop.rounds]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[["year", *(column for column in frame.columns if column != "year")]]
    return geopandas.GeoDataFrame(frame, geometry=shapes, crs=WGS84)


def _multipoint(case: SitingCase, is_open: BoolArray) -> shapely.MultiPoint:
    return shapely.MultiPoint(case.candidates.loc[is_open, ["lon", "lat"]].to_numpy(float))

"""The fleet of the simulated year: vehicles by technology and standard, from the turnover where its tables say."""

from functools import lru_cache

import numpy as np
import pandas as pd

from transport_sim.fleet.market import KIND
from transport_sim.fleet.turnover import FleetPath, Survival, spread_over_vintages, turn_over
from transport_sim.inputs import Inputs
from transport_sim.measures import EfficiencyStandard, FleetMandate, FleetMeasure, FleetScrappage, SalesShift
from transport_sim.randomness import FloatArray
from transport_sim.tables.freight import shares_at_year

LAST_YEAR = 2060
"""End of every path."""
TURNOVER_TABLES = ("fleet_stock", "fleet_totals", "fleet_sales", "fleet_survival", "standards_in_force")
CLASS_OF = {
    "bus": "bus",
    "taxi": "taxi",
    "private_car": "car",
    "motorcycle": "motorcycle",
    "truck_light": "truck_light",
}
"""Class of road traffic that stands for a fleet where the tables of fleets say nothing."""
_Rows = tuple[tuple[object, ...], ...]
_Table = tuple[tuple[str, ...], _Rows]


def fleet_turnover(inputs: Inputs) -> FleetPath | None:
    """Carry all fleets from the year of their stock to the last year; None where there is no stock.

    Parameters
    ----------
    inputs
        With the tables of fleets and the measures; the simulated year has no effect. A measure acts from its own year
        on, so the path up to a year is the same whether later measures are among the inputs or not.

    Returns
    -------
    The path, which is calculated once for the same tables and measures.
    """
    if inputs.operations["fleet_stock"].empty:
        return None
    tables = tuple(_as_rows(inputs.operations[name]) for name in TURNOVER_TABLES)
    return _turnover(tables, inputs.fleet_measures)


def _as_rows(frame: pd.DataFrame) -> _Table:
    kept = frame.drop(columns=["source", "confidence", "note"], errors="ignore")
    return tuple(kept.columns), tuple(kept.itertuples(index=False, name=None))


@lru_cache(maxsize=32)
def _turnover(tables: tuple[_Table, ...], measures: tuple[FleetMeasure, ...]) -> FleetPath:
    stock, totals, sales, lives, in_force = (pd.DataFrame(rows, columns=list(names)) for names, rows in tables)
    columns = (lives[name].tolist() for name in ("fleet", "scale_years", "shape", "mandatory_age_years"))
    survival = {str(fleet): Survival(*life) for fleet, *life in zip(*columns, strict=True)}
    year = int(stock["year"].iloc[0])
    return turn_over(
        spread_over_vintages(stock, survival, in_force, year=year),
        first_year=year,
        last_year=max(LAST_YEAR, year),
        survival=survival,
        totals=totals,
        sales=sales,
        in_force=in_force,
        mandates=[m for m in measures if isinstance(m, FleetMandate)],
        scrappage=[m for m in measures if isinstance(m, FleetScrappage)],
        shifts=[m for m in measures if isinstance(m, SalesShift)],
    )


def energy_ratios(
    measures: tuple[FleetMeasure, ...], fleet: str, technology: str, vintage: "pd.Series[int]"
) -> FloatArray:
    """Return the energy of vehicles of some vintages for each of the tables, by the standards of efficiency. [-]."""
    ratio = np.ones(len(vintage))
    for measure in measures:
        if not isinstance(measure, EfficiencyStandard) or measure.fleet != fleet:
            continue
        if not measure.technologies or technology in measure.technologies:
            ratio *= [measure.ratio_of(int(year)) for year in vintage]
    return ratio


def fleet_mix(inputs: Inputs, fleets: tuple[str, ...]) -> pd.DataFrame:
    """Return the vehicles of some fleets in the simulated year, where it lies after the base year.

    The base year itself is what its own tables say.

    Parameters
    ----------
    inputs
        Of the simulated year.
    fleets
        Names of fleets, counted together.

    Returns
    -------
    Columns technology, emission_standard, vehicle_count and energy_ratio (mean energy for each of the tables), sorted;
    no rows in the base year and where the tables of fleets have none of these fleets.
    """
    columns = ["technology", "emission_standard", "vehicle_count", "energy_ratio"]
    path = fleet_turnover(inputs)
    if path is None or inputs.year <= inputs.base_year:
        return pd.DataFrame(columns=columns)
    stock = path.stock
    year = min(max(inputs.year, int(stock["year"].min())), int(stock["year"].max()))
    own = stock[(stock["year"] == year) & stock["fleet"].isin(fleets)]
    weighted = pd.Series(0.0, own.index)
    for (fleet, technology), part in own.groupby(["fleet", "technology"]):
        ratio = energy_ratios(inputs.fleet_measures, str(fleet), str(technology), part["vintage"])
        weighted[part.index] = part["vehicle_count"] * ratio
    sums = own.assign(weighted=weighted).groupby(KIND[1:], sort=True)[["vehicle_count", "weighted"]].sum()
    found = sums[sums["vehicle_count"] > 0.0].reset_index()
    return found.assign(energy_ratio=found["weighted"] / found["vehicle_count"])[columns]


def fleets_of_class(inputs: Inputs, vehicle_class: str) -> tuple[str, ...]:
    """Return the fleets that road traffic counts in one of its classes."""
    use = inputs.operations["fleet_use"]
    return tuple(sorted(set(use.loc[use["traffic_class"] == vehicle_class, "fleet"])))


def kind_energy_ratios(inputs: Inputs, kinds: pd.DataFrame) -> FloatArray | None:
    """Return the energy of kinds of road vehicles for each of the tables, by the standards of efficiency. [-].

    Parameters
    ----------
    inputs
        Of the simulated year.
    kinds
        Columns vehicle_class, technology and emission_standard. Vehicles from elsewhere count as local ones, for the
        traffic does not tell them apart.

    Returns
    -------
    A value a row; None where no standard is among the measures.
    """
    if not any(isinstance(m, EfficiencyStandard) for m in inputs.fleet_measures):
        return None
    ratio = np.ones(len(kinds))
    for vehicle_class in set(kinds["vehicle_class"].astype(str)):
        mix = fleet_mix(inputs, fleets_of_class(inputs, vehicle_class)).set_index(KIND[1:])["energy_ratio"]
        rows = (kinds["vehicle_class"] == vehicle_class).to_numpy(bool)
        at = pd.MultiIndex.from_frame(kinds.loc[rows, KIND[1:]].astype(str))
        ratio[rows] = mix.reindex(at).fillna(1.0).to_numpy(float)
    return ratio


def technology_counts(inputs: Inputs, fleet: str) -> dict[str, float]:
    """Return the vehicles of a fleet by technology.

    Parameters
    ----------
    inputs
        Tables and measures of the simulated year.
    fleet
        Name of the fleet, such as bus or taxi.

    Returns
    -------
    Vehicles by technology, in alphabetical order, from the tables of road traffic where those of fleets have no row;
    empty where both have none. [vehicles]
    """
    stock = inputs.operations["fleet_stock"]
    own = stock[stock["fleet"] == fleet]
    if own.empty:
        return _from_traffic(inputs, fleet)
    if inputs.year > inputs.base_year:
        own = fleet_mix(inputs, (fleet,))
    counts = own.groupby("technology", sort=True)["vehicle_count"].sum()
    return {str(name): float(count) for name, count in counts.items()}


def _from_traffic(inputs: Inputs, fleet: str) -> dict[str, float]:
    vehicle_class = CLASS_OF.get(fleet)
    if inputs.traffic is None or vehicle_class is None:
        return {}
    totals = inputs.traffic.vehicle_totals
    totals = totals[totals["vehicle_class"] == vehicle_class].sort_values("year")
    stock = inputs.traffic.vehicle_stock
    stock = stock[(stock["vehicle_class"] == vehicle_class) & (stock["registration"] == "local")]
    if totals.empty or stock.empty:
        return {}
    count = float(np.interp(inputs.year, totals["year"], totals["vehicle_count"]))
    shares = shares_at_year(stock, ["technology", "emission_standard"], inputs.year).groupby("technology").sum()
    return {str(name): count * float(share) for name, share in shares.items()}

"""Checks across the tables of fleets: whoever has vehicles needs totals, sales, a life, a use and what it costs."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from transport_sim.tables.consistency import refuse
from transport_sim.tables.fleet_stock import VESSEL

NEEDED = ("fleet_totals", "fleet_sales", "fleet_survival", "fleet_use")
_FIRST_LINE = 2
_TOLERANCE = 1e-6


def check_fleets(tables: Mapping[str, pd.DataFrame], *, folder: Path) -> None:
    """Check the tables of fleets against each other; without a stock there is nothing to check.

    Parameters
    ----------
    tables
        The tables of operations and fleets by name.
    folder
        Where those of fleets were read, for messages.

    Raises
    ------
    DataError
        Naming file and line, and what would be right.
    """
    stock = tables["fleet_stock"]
    if stock.empty:
        return
    year, path = int(stock["year"].iloc[0]), folder / "fleet_stock.csv"
    problems = []
    for line, fleet in _lines(stock.drop_duplicates("fleet"), "fleet"):
        missing = [name for name in NEEDED if fleet not in set(tables[name]["fleet"])]
        problems += [f"{path}: line {line}  {fleet} has no row in {name}.csv; add one" for name in missing]
        if "fleet_totals" not in missing:
            problems += _total_problem(tables["fleet_totals"], fleet, year, stock, f"{path}: line {line}")
    problems += _standard_problems(tables["standards_in_force"], stock, path)
    costs = set(zip(tables["fleet_costs"]["fleet"], tables["fleet_costs"]["technology"], strict=True))
    for name in ("fleet_stock", "fleet_sales"):
        own = tables[name].drop_duplicates(["fleet", "technology"])
        for line, fleet, technology in _lines(own, "fleet", "technology"):
            if costs and (fleet, technology) not in costs:
                problems.append(
                    f"{folder / name}.csv: line {line}  what {technology} costs {fleet} is not in fleet_costs.csv"
                )
    refuse(problems)


def _lines(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    cells = (frame[name].tolist() for name in columns)
    return list(zip((int(n) + _FIRST_LINE for n in frame.index), *cells, strict=True))


def _total_problem(totals: pd.DataFrame, fleet: object, year: int, stock: pd.DataFrame, place: str) -> list[str]:
    stated = totals[(totals["fleet"] == fleet) & (totals["year"] == year)]["vehicle_count"]
    added = float(stock.loc[stock["fleet"] == fleet, "vehicle_count"].sum())
    if stated.empty:
        return [f"{place}  fleet_totals.csv must state how many {fleet} there are in {year}, the year of the stock"]
    if abs(added - float(stated.iloc[0])) > _TOLERANCE * max(added, 1.0):
        return [f"{place}  {fleet} adds up to {added:,.10g} vehicles; fleet_totals.csv says {stated.iloc[0]:,.10g}"]
    return []


def _standard_problems(in_force: pd.DataFrame, stock: pd.DataFrame, path: Path) -> list[str]:
    problems = []
    own = set(in_force["fleet"])
    known = set(zip(in_force["fleet"], in_force["emission_standard"], strict=True))
    for line, fleet, standard in _lines(stock, "fleet", "emission_standard"):
        whose = fleet if fleet in own else "all"
        if (whose, standard) not in known and (fleet != VESSEL or whose == VESSEL):
            problems.append(
                f"{path}: line {line}  standards_in_force.csv does not say when {fleet} of standard "
                f"{standard or '(none)'} were sold"
            )
    return problems

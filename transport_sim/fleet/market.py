"""How many vehicles a fleet is to have, and what is bought: the market's shares, shifted, and mandates above them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.measures import FleetMandate, SalesShift
from transport_sim.randomness import FloatArray
from transport_sim.tables.traffic import NO_EXHAUST

KIND = ["fleet", "technology", "emission_standard"]
Kind = tuple[str, str, str]


def spans_of(in_force: pd.DataFrame, fleet: str) -> pd.DataFrame:
    """Return when each standard was in force for a fleet: its own rows if it has any, else those for all."""
    own = in_force[in_force["fleet"] == fleet]
    return own if len(own) else in_force[in_force["fleet"] == "all"]


class Market:
    """How many vehicles there are to be, and what is bought.

    Parameters
    ----------
    totals, sales, in_force, mandates, shifts, first_year, last_year
        As for `turnover.turn_over`.
    fleets
        Those of which there are vehicles.

    Raises
    ------
    DataError
        If a fleet lacks a total or sales.
    """

    def __init__(
        self,
        *,
        totals: pd.DataFrame,
        sales: pd.DataFrame,
        in_force: pd.DataFrame,
        fleets: Sequence[str],
        mandates: Sequence[FleetMandate],
        shifts: Sequence[SalesShift],
        first_year: int,
        last_year: int,
    ) -> None:
        for name, table in (("fleet_totals", totals), ("fleet_sales", sales)):
            missing = [c for c in fleets if c not in set(table["fleet"])]
            if missing:
                raise DataError(f"{name}: no row for {', '.join(missing)}, of which there are vehicles")
        self._first_year, years = first_year, np.arange(first_year, last_year + 1, dtype=np.float64)
        self._mandates, self._fleets = mandates, fleets
        spans = {name: spans_of(in_force, name).sort_values("from_year") for name in fleets}
        columns = ["from_year", "to_year", "emission_standard"]
        self._spans = {
            name: [row for row in own[columns].itertuples(index=False, name=None) if row[2]]
            for name, own in spans.items()
        }
        self._totals, self._shares = {}, {}
        for name in fleets:
            own = totals[totals["fleet"] == name].sort_values("year")
            self._totals[name] = np.interp(years, own["year"], own["vehicle_count"])
            own = sales[sales["fleet"] == name]
            stated = own.pivot_table(index="year", columns="technology", values="share", fill_value=0.0).sort_index()
            shares = {str(t): np.interp(years, stated.index, stated[t]) for t in stated.columns}
            whole = np.sum(list(shares.values()), axis=0)
            shares = {technology: share / whole for technology, share in shares.items()}
            for shift in (s for s in shifts if s.fleet == name):
                shares = _shifted(shares, shift, years)
            self._shares[name] = shares

    def total(self, fleet: str, year: int) -> float:
        """Return how many vehicles of a fleet there are to be."""
        return float(self._totals[fleet][year - self._first_year])

    def kinds(self, stock: pd.DataFrame) -> list[Kind]:
        """List every fleet, technology and standard that is there or may be bought, in order."""
        found = set(stock[KIND].itertuples(index=False, name=None))
        years = range(self._first_year, self._first_year + len(next(iter(self._totals.values()), ())))
        for name in self._fleets:
            mandated = {t for m in self._mandates if m.fleet == name for t in m.technologies}
            for technology in {*self._shares[name], *mandated}:
                found |= {(name, technology, self._standard(name, technology, year)) for year in years[1:]}
        return sorted(found)

    def sales(self, kinds: Sequence[Kind], left: FloatArray, year: int) -> FloatArray:
        """Return how many of each kind are bought when so many of each are left.

        Where fewer vehicles are wanted than are left, nobody buys, and the fleet shrinks as vehicles wear out.
        """
        bought = np.zeros(len(kinds))
        place = {kind: n for n, kind in enumerate(kinds)}
        for name in self._fleets:
            rows = [n for n, kind in enumerate(kinds) if kind[0] == name]
            count = max(self.total(name, year) - left[rows].sum(), 0.0)
            if count == 0.0:
                continue
            shares = {t: float(s[year - self._first_year]) for t, s in self._shares[name].items()}
            least: dict[tuple[str, ...], float] = {}
            for mandate in self._mandates:
                if mandate.fleet == name and mandate.from_year <= year:
                    have = sum(left[n] for n in rows if kinds[n][1] in mandate.technologies)
                    stated = mandate.share_in(year)
                    missing = (stated * self.total(name, year) - have) / count
                    asked = stated if mandate.of == "sales" else min(max(missing, 0.0), 1.0)
                    least[mandate.technologies] = max(least.get(mandate.technologies, 0.0), asked)
            for technology, share in _raised(shares, least).items():
                if share > 0.0:
                    bought[place[name, technology, self._standard(name, technology, year)]] += count * share
        return bought

    def _standard(self, fleet: str, technology: str, year: int) -> str:
        """Return the standard that a vehicle bought in a year meets: the newest in force."""
        if technology in NO_EXHAUST or not self._spans[fleet]:
            return ""
        newest = [s for start, end, s in self._spans[fleet] if start <= year <= end]
        if not newest:
            raise DataError(f"standards_in_force: none for {fleet} in {year}")
        return str(newest[-1])


def _shifted(shares: dict[str, FloatArray], shift: SalesShift, years: FloatArray) -> dict[str, FloatArray]:
    """Move one technology's share evenly to a stated one, the others in proportion."""
    now = shares.get(shift.technology, np.zeros(len(years)))
    before = float(np.interp(shift.from_year - 1, years, now))
    new = np.interp(years, [shift.from_year - 1, shift.until_year], [before, shift.share])
    new = np.where(years < shift.from_year, now, new)
    ratio = np.divide(1.0 - new, 1.0 - now, out=np.zeros_like(new), where=now < 1.0)
    return {t: s * ratio for t, s in shares.items()} | {shift.technology: np.where(now < 1.0, new, now)}


def _raised(shares: dict[str, float], least: dict[tuple[str, ...], float]) -> dict[str, float]:
    """Raise mandated technologies to their least shares, at the cost of those that no mandate names as far as they go.

    Within those that give way, proportions are kept.
    """
    found = dict(shares)
    mandated = {t for technologies in least for t in technologies}
    for technologies, share in least.items():
        have = sum(found.get(t, 0.0) for t in technologies)
        for giving in (set(found) - mandated, set(found) & mandated - set(technologies)):
            there = sum(found[t] for t in giving)
            taken = min(max(share - have, 0.0), there)
            if taken > 0.0:
                found |= {t: found[t] * (1.0 - taken / there) for t in giving}
                found[technologies[0]] = found.get(technologies[0], 0.0) + taken
                have += taken
    return found

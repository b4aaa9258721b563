"""Turnover of a fleet: vintages survive or are scrapped, sales fill the gap, mandates decide what is bought.

Every year the same identity holds for each fleet, technology, standard and vintage:
stock of the next year = stock - scrapped + sold.

Of the vehicles that leave, those that a mandate on the stock takes off before their time are sold on to the country and
drive there; all others are broken up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.fleet.market import KIND, Kind, Market, spans_of
from transport_sim.measures import FleetMandate, FleetScrappage, SalesShift
from transport_sim.randomness import FloatArray, IntArray

ROW = [*KIND, "vintage"]
TINY = 1e-9
"""Share of a vehicle below which a cell is empty."""


@dataclass(frozen=True, slots=True)
class Survival:
    """How long vehicles of a fleet last."""

    scale_years: float
    """Age at which 1/e of the vehicles are left, if nothing forced them out before."""
    shape: float
    """How sharply they go around that age; 1 means the same chance every year."""
    mandatory_age_years: int
    """Age at which the last of them must go."""

    def share(self, age_years: FloatArray) -> FloatArray:
        """Return the share that reaches an age, by a Weibull distribution cut off at the mandatory age. [-]."""
        reached = np.exp(-((np.maximum(age_years, 0.0) / self.scale_years) ** self.shape))
        return np.where(age_years >= self.mandatory_age_years, 0.0, reached)

    def yearly(self, age_years: FloatArray) -> FloatArray:
        """Return the share of those of an age that are still there a year later. [-]."""
        now, later = self.share(age_years), self.share(age_years + 1.0)
        return np.divide(later, now, out=np.zeros_like(later), where=now > 0.0)


@dataclass(frozen=True)
class FleetPath:
    """A fleet year by year."""

    stock: pd.DataFrame
    """year, fleet, technology, emission_standard, vintage, vehicle_count: at the end of the year."""
    changes: pd.DataFrame
    """The same keys with scrapped_count and sold_count, which made this year's stock of the last one's. Of the
    scrapped, sold_on_count drive on elsewhere, and for paid_off_count the owners took a premium."""

    def shares(self, year: int) -> pd.DataFrame:
        """Return the share of each technology and standard in its fleet. [-].

        Columns fleet, technology, emission_standard, share; fleets in alphabetical order.
        """
        now = self.stock[self.stock["year"] == year].groupby(KIND, sort=True)["vehicle_count"].sum()
        whole = now.groupby("fleet").transform("sum")
        return (now / whole).rename("share").reset_index()


def spread_over_vintages(
    counts: pd.DataFrame, survival: dict[str, Survival], in_force: pd.DataFrame, *, year: int
) -> pd.DataFrame:
    """Give a stock that is known by standard only its vintages: as even sales would have left it.

    Parameters
    ----------
    counts
        The columns of `KIND` and vehicle_count.
    survival
        By fleet.
    in_force
        When vehicles of each standard were sold: fleet (or `all`), emission_standard, from_year, to_year. A
        standard "" (no exhaust) counts as sold in the years that the table gives for it.
    year
        Year of the stock.

    Returns
    -------
    The columns of `ROW` and vehicle_count, adding up to `counts`.

    Raises
    ------
    DataError
        If a fleet has no survival curve, or a standard was never sold to vehicles that could still be there.
    """
    rows = []
    for fleet, technology, standard, count in counts[[*KIND, "vehicle_count"]].itertuples(index=False):
        curve = _curve(survival, fleet)
        vintages = _sold_in(in_force, fleet, standard, year)
        weight = curve.share(year - vintages.astype(float))
        if count <= 0.0:
            continue
        if weight.sum() <= 0.0:
            raise DataError(
                f"fleet: {count:,.0f} vehicles of {fleet}, standard {standard or '(none)'} in {year}, but none "
                "sold when that standard was in force could still be there; check standards_in_force and fleet_survival"
            )
        rows += [
            (fleet, technology, standard, int(v), count * w)
            for v, w in zip(vintages, weight / weight.sum(), strict=True)
            if w > 0.0
        ]
    return pd.DataFrame(rows, columns=[*ROW, "vehicle_count"])


def _curve(survival: dict[str, Survival], fleet: str) -> Survival:
    if fleet not in survival:
        raise DataError(f"fleet_survival: no row for {fleet}; known: {', '.join(sorted(survival))}")
    return survival[fleet]


def _sold_in(in_force: pd.DataFrame, fleet: str, standard: str, year: int) -> IntArray:
    spans = spans_of(in_force, fleet)
    mine = spans[spans["emission_standard"] == standard]
    years = [np.arange(a, min(b, year) + 1) for a, b in zip(mine["from_year"], mine["to_year"], strict=True)]
    return np.unique(np.concatenate(years)) if years else np.array([], dtype=np.int64)


def turn_over(
    stock: pd.DataFrame,
    *,
    first_year: int,
    last_year: int,
    survival: dict[str, Survival],
    totals: pd.DataFrame,
    sales: pd.DataFrame,
    in_force: pd.DataFrame,
    mandates: Sequence[FleetMandate] = (),
    scrappage: Sequence[FleetScrappage] = (),
    shifts: Sequence[SalesShift] = (),
) -> FleetPath:
    """Carry a fleet from year to year.

    Parameters
    ----------
    stock
        Columns of `ROW` and vehicle_count, at the end of `first_year`.
    first_year, last_year
        Of the path, both included.
    survival
        By fleet.
    totals
        year, fleet, vehicle_count: how many there are, linear between stated years and constant outside.
    sales
        year, fleet, technology, share: of what is bought, linear between stated years, constant outside; they
        add up to 1 for each fleet and stated year.
    in_force
        As in `spread_over_vintages`; the newest standard in force is what is sold.
    mandates, scrappage, shifts
        What policies add.

    Returns
    -------
    The path.

    Raises
    ------
    DataError
        If a fleet lacks survival, total or sales.
    """
    market = Market(
        totals=totals,
        sales=sales,
        in_force=in_force,
        fleets=sorted(set(stock["fleet"])),
        mandates=mandates,
        shifts=shifts,
        first_year=first_year,
        last_year=last_year,
    )
    kinds = market.kinds(stock)
    vintages = np.arange(min([first_year, *stock["vintage"].tolist()]), last_year + 1)
    shape = (last_year - first_year + 1, len(kinds), len(vintages))
    there, scrapped, sold, sold_on, paid_off = (np.zeros(shape) for _ in range(5))
    row = [kinds.index(kind) for kind in stock[KIND].itertuples(index=False, name=None)]
    np.add.at(there[0], (row, stock["vintage"].to_numpy() - vintages[0]), stock["vehicle_count"].to_numpy(float))
    curves = {name: _curve(survival, name) for name in dict.fromkeys(kind[0] for kind in kinds)}
    for t in range(1, shape[0]):
        year = first_year + t
        yearly = {name: curve.yearly(year - 1.0 - vintages) for name, curve in curves.items()}
        kept = there[t - 1] * np.stack([yearly[kind[0]] for kind in kinds])
        programmes = [s for s in scrappage if s.from_year <= year <= s.until_year]
        paid_off[t] = kept * _taken_off(kinds, programmes)[:, None]
        kept -= paid_off[t]
        before = kept.copy()
        for mandate in (m for m in mandates if m.of == "stock" and m.from_year <= year):
            room = (1.0 - mandate.share_in(year)) * market.total(mandate.fleet, year)
            _replace_early(kept, kinds, mandate, room=room)
        sold_on[t], scrapped[t] = before - kept, there[t - 1] - kept
        sold[t, :, year - vintages[0]] = market.sales(kinds, kept.sum(axis=1), year)
        there[t] = kept + sold[t]
        there[t][there[t] < TINY] = 0.0
    moves = {"scrapped_count": scrapped, "sold_count": sold, "sold_on_count": sold_on, "paid_off_count": paid_off}
    return FleetPath(
        _table(kinds, vintages, first_year, vehicle_count=there), _table(kinds, vintages, first_year, **moves)
    )


def _table(kinds: Sequence[Kind], vintages: IntArray, first_year: int, **values: FloatArray) -> pd.DataFrame:
    """Lay arrays over (years, kinds, vintages) out as rows, those with nothing in them left out."""
    used = np.nonzero(np.any([np.abs(v) > TINY for v in values.values()], axis=0))
    columns = dict(zip(KIND, np.array(kinds, dtype=object).reshape(-1, len(KIND))[used[1]].T, strict=True))
    frame = {"year": used[0] + first_year, **columns, "vintage": vintages[used[2]]}
    return pd.DataFrame({**frame, **{name: v[used] for name, v in values.items()}})


def _taken_off(kinds: Sequence[Kind], programmes: Sequence[FleetScrappage]) -> FloatArray:
    """Return the share of each kind that incentives take off the road. [-]."""
    kept = np.ones(len(kinds))
    for programme in programmes:
        for row, (fleet, _, standard) in enumerate(kinds):
            if fleet == programme.fleet and standard in programme.emission_standards:
                kept[row] *= 1.0 - programme.share
    return 1.0 - kept


def _replace_early(kept: FloatArray, kinds: Sequence[Kind], mandate: FleetMandate, *, room: float) -> None:
    """Take off, in place, the oldest vehicles that a mandate on the stock has no room for; evenly within a vintage."""
    rows = [n for n, (c, t, _) in enumerate(kinds) if c == mandate.fleet and t not in mandate.technologies]
    by_vintage = kept[rows].sum(axis=0)
    surplus = by_vintage.sum() - max(room, 0.0)
    if surplus > 0.0:
        before = by_vintage.cumsum() - by_vintage
        off = np.divide(surplus - before, by_vintage, out=np.zeros_like(by_vintage), where=by_vintage > 0.0)
        kept[rows] *= 1.0 - off.clip(0.0, 1.0)

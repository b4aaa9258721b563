"""Turnover of a fleet: vintages survive or are scrapped, sales fill the gap, mandates decide what is bought.

Every year the same identity holds for each class, technology, standard and vintage:
stock of the next year = stock - scrapped + sold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.traffic import NO_EXHAUST

KIND = ["vehicle_class", "technology", "emission_standard"]
ROW = [*KIND, "vintage"]
Kind = tuple[str, str, str]
TINY = 1e-9
"""Share of a vehicle below which a cell is empty."""


@dataclass(frozen=True, slots=True)
class Survival:
    """How long vehicles of a class last."""

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


@dataclass(frozen=True, slots=True)
class Mandate:
    """What has to be bought, or driven, from a year on."""

    vehicle_class: str
    technologies: tuple[str, ...]
    """Any of these will do; what is sold beyond the market's own share is of the first."""
    share: float
    """Least share. [-]"""
    from_year: int
    of: str = "sales"
    """`sales`: of the vehicles bought in a year. `stock`: of those on the road, so that others are replaced before
    their time, the oldest first."""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Scrappage:
    """Vehicles that an incentive takes off the road before their time, once, in a year."""

    vehicle_class: str
    emission_standards: tuple[str, ...]
    share: float
    """Of those there. [-]"""
    year: int
    policy: str = ""


@dataclass(frozen=True)
class FleetPath:
    """A fleet year by year."""

    stock: pd.DataFrame
    """year, vehicle_class, technology, emission_standard, vintage, vehicle_count: at the end of the year."""
    changes: pd.DataFrame
    """The same keys with scrapped_count and sold_count: what made this year's stock of the last one's."""

    def shares(self, year: int) -> pd.DataFrame:
        """Return the share of each technology and standard in its class. [-].

        Columns vehicle_class, technology, emission_standard, share; classes in alphabetical order.
        """
        now = self.stock[self.stock["year"] == year].groupby(KIND, sort=True)["vehicle_count"].sum()
        whole = now.groupby("vehicle_class").transform("sum")
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
        By class.
    in_force
        When vehicles of each standard were sold: vehicle_class (or `all`), emission_standard, from_year, to_year. A
        standard "" (no exhaust) counts as sold in the years that the table gives for it.
    year
        Year of the stock.

    Returns
    -------
    The columns of `ROW` and vehicle_count, adding up to `counts`.

    Raises
    ------
    DataError
        If a class has no survival curve, or a standard was never sold to vehicles that could still be there.
    """
    rows = []
    for vehicle_class, technology, standard, count in counts[[*KIND, "vehicle_count"]].itertuples(index=False):
        curve = _curve(survival, vehicle_class)
        vintages = _sold_in(in_force, vehicle_class, standard, year)
        weight = curve.share(year - vintages.astype(float))
        if count <= 0.0:
            continue
        if weight.sum() <= 0.0:
            raise DataError(
                f"fleet: {count:,.0f} vehicles of {vehicle_class}, standard {standard or '(none)'} in {year}, but none "
                "sold when that standard was in force could still be there; check emission_standards and fleet_survival"
            )
        rows += [
            (vehicle_class, technology, standard, int(v), count * w)
            for v, w in zip(vintages, weight / weight.sum(), strict=True)
            if w > 0.0
        ]
    return pd.DataFrame(rows, columns=[*ROW, "vehicle_count"])


def _curve(survival: dict[str, Survival], vehicle_class: str) -> Survival:
    if vehicle_class not in survival:
        raise DataError(f"fleet_survival: no row for {vehicle_class}; known: {', '.join(sorted(survival))}")
    return survival[vehicle_class]


def _spans(in_force: pd.DataFrame, vehicle_class: str) -> pd.DataFrame:
    """Return when each standard was in force for a class: its own rows if it has any, else those for all."""
    own = in_force[in_force["vehicle_class"] == vehicle_class]
    return own if len(own) else in_force[in_force["vehicle_class"] == "all"]


def _sold_in(in_force: pd.DataFrame, vehicle_class: str, standard: str, year: int) -> IntArray:
    spans = _spans(in_force, vehicle_class)
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
    mandates: Sequence[Mandate] = (),
    scrappage: Sequence[Scrappage] = (),
) -> FleetPath:
    """Carry a fleet from year to year.

    Parameters
    ----------
    stock
        Columns of `ROW` and vehicle_count, at the end of `first_year`.
    first_year, last_year
        Of the path, both included.
    survival
        By class.
    totals
        year, vehicle_class, vehicle_count: how many there are, linear between stated years and constant outside.
    sales
        year, vehicle_class, technology, share: of what is bought, linear between stated years, constant outside; they
        add up to 1 for each class and stated year.
    in_force
        As in `spread_over_vintages`; the newest standard in force is what is sold.
    mandates, scrappage
        What policies add.

    Returns
    -------
    The path.

    Raises
    ------
    DataError
        If a class lacks survival, total or sales.
    """
    market = _Market(
        totals=totals,
        sales=sales,
        in_force=in_force,
        classes=sorted(set(stock["vehicle_class"])),
        mandates=mandates,
        first_year=first_year,
        last_year=last_year,
    )
    kinds = market.kinds(stock)
    vintages = np.arange(min([first_year, *stock["vintage"].tolist()]), last_year + 1)
    shape = (last_year - first_year + 1, len(kinds), len(vintages))
    there, scrapped, sold = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    row = [kinds.index(kind) for kind in stock[KIND].itertuples(index=False, name=None)]
    np.add.at(there[0], (row, stock["vintage"].to_numpy() - vintages[0]), stock["vehicle_count"].to_numpy(float))
    classes = [kind[0] for kind in kinds]
    curves = {name: _curve(survival, name) for name in dict.fromkeys(classes)}
    for t in range(1, shape[0]):
        year = first_year + t
        age = np.asarray(year - 1.0 - vintages, dtype=np.float64)
        kept = there[t - 1] * np.stack([curves[name].yearly(age) for name in classes])
        kept *= 1.0 - _taken_off(kinds, [s for s in scrappage if s.year == year])[:, None]
        for mandate in (m for m in mandates if m.of == "stock" and m.from_year <= year):
            _replace_early(kept, kinds, mandate, room=(1.0 - mandate.share) * market.total(mandate.vehicle_class, year))
        scrapped[t] = there[t - 1] - kept
        sold[t, :, year - vintages[0]] = market.sales(kinds, kept.sum(axis=1), year)
        there[t] = kept + sold[t]
        there[t][there[t] < TINY] = 0.0
    return FleetPath(
        _table(kinds, vintages, first_year, vehicle_count=there),
        _table(kinds, vintages, first_year, scrapped_count=scrapped, sold_count=sold),
    )


def _table(kinds: Sequence[Kind], vintages: IntArray, first_year: int, **values: FloatArray) -> pd.DataFrame:
    """Lay arrays over (years, kinds, vintages) out as rows, those with nothing in them left out."""
    used = np.nonzero(np.any([np.abs(v) > TINY for v in values.values()], axis=0))
    columns = dict(zip(KIND, np.array(kinds, dtype=object).reshape(-1, len(KIND))[used[1]].T, strict=True))
    frame = {"year": used[0] + first_year, **columns, "vintage": vintages[used[2]]}
    return pd.DataFrame({**frame, **{name: v[used] for name, v in values.items()}})


def _taken_off(kinds: Sequence[Kind], programmes: Sequence[Scrappage]) -> FloatArray:
    """Return the share of each kind that incentives take off the road. [-]."""
    kept = np.ones(len(kinds))
    for programme in programmes:
        for row, (vehicle_class, _, standard) in enumerate(kinds):
            if vehicle_class == programme.vehicle_class and standard in programme.emission_standards:
                kept[row] *= 1.0 - programme.share
    return 1.0 - kept


def _replace_early(kept: FloatArray, kinds: Sequence[Kind], mandate: Mandate, *, room: float) -> None:
    """Take off, in place, the oldest vehicles that a mandate on the stock has no room for; evenly within a vintage."""
    rows = [n for n, (c, t, _) in enumerate(kinds) if c == mandate.vehicle_class and t not in mandate.technologies]
    by_vintage = kept[rows].sum(axis=0)
    surplus = by_vintage.sum() - max(room, 0.0)
    if surplus > 0.0:
        before = by_vintage.cumsum() - by_vintage
        off = np.divide(surplus - before, by_vintage, out=np.zeros_like(by_vintage), where=by_vintage > 0.0)
        kept[rows] *= 1.0 - off.clip(0.0, 1.0)


class _Market:
    """How many vehicles there are to be, and what is bought."""

    def __init__(
        self,
        *,
        totals: pd.DataFrame,
        sales: pd.DataFrame,
        in_force: pd.DataFrame,
        classes: Sequence[str],
        mandates: Sequence[Mandate],
        first_year: int,
        last_year: int,
    ) -> None:
        for name, table in (("vehicle_totals", totals), ("fleet_sales", sales)):
            missing = [c for c in classes if c not in set(table["vehicle_class"])]
            if missing:
                raise DataError(f"{name}: no row for {', '.join(missing)}, of which there are vehicles")
        self._first_year, years = first_year, np.arange(first_year, last_year + 1)
        self._mandates, self._classes = mandates, classes
        spans = {name: _spans(in_force, name).sort_values("from_year") for name in classes}
        columns = ["from_year", "to_year", "emission_standard"]
        self._spans = {
            name: [row for row in own[columns].itertuples(index=False, name=None) if row[2]]
            for name, own in spans.items()
        }
        self._totals, self._shares = {}, {}
        for name in classes:
            own = totals[totals["vehicle_class"] == name].sort_values("year")
            self._totals[name] = np.interp(years, own["year"], own["vehicle_count"])
            own = sales[sales["vehicle_class"] == name]
            stated = own.pivot_table(index="year", columns="technology", values="share", fill_value=0.0).sort_index()
            shares = {str(t): np.interp(years, stated.index, stated[t]) for t in stated.columns}
            whole = np.sum(list(shares.values()), axis=0)
            self._shares[name] = {technology: share / whole for technology, share in shares.items()}

    def total(self, vehicle_class: str, year: int) -> float:
        """Return how many vehicles of a class there are to be."""
        return float(self._totals[vehicle_class][year - self._first_year])

    def kinds(self, stock: pd.DataFrame) -> list[Kind]:
        """List every class, technology and standard that is there or may be bought, in order."""
        found = set(stock[KIND].itertuples(index=False, name=None))
        years = range(self._first_year, self._first_year + len(next(iter(self._totals.values()), ())))
        for name in self._classes:
            mandated = {t for m in self._mandates if m.vehicle_class == name for t in m.technologies}
            for technology in {*self._shares[name], *mandated}:
                found |= {(name, technology, self._standard(name, technology, year)) for year in years[1:]}
        return sorted(found)

    def sales(self, kinds: Sequence[Kind], left: FloatArray, year: int) -> FloatArray:
        """Return how many of each kind are bought when so many of each are left.

        Where fewer vehicles are wanted than are left, nobody buys, and the fleet shrinks as vehicles wear out.
        """
        bought = np.zeros(len(kinds))
        for name in self._classes:
            rows = [n for n, kind in enumerate(kinds) if kind[0] == name]
            count = max(self.total(name, year) - left[rows].sum(), 0.0)
            shares = {t: float(s[year - self._first_year]) for t, s in self._shares[name].items()}
            for mandate in self._mandates:
                if mandate.vehicle_class == name and mandate.from_year <= year and count > 0.0:
                    have = sum(left[n] for n in rows if kinds[n][1] in mandate.technologies)
                    missing = (mandate.share * self.total(name, year) - have) / count
                    least = mandate.share if mandate.of == "sales" else min(max(missing, 0.0), 1.0)
                    shares = _raised(shares, mandate.technologies, least)
            for technology, share in shares.items():
                if share > 0.0:
                    bought[kinds.index((name, technology, self._standard(name, technology, year)))] += count * share
        return bought

    def _standard(self, vehicle_class: str, technology: str, year: int) -> str:
        """Return the standard that a vehicle bought in a year meets: the newest in force."""
        if technology in NO_EXHAUST:
            return ""
        newest = [s for start, end, s in self._spans[vehicle_class] if start <= year <= end]
        if not newest:
            raise DataError(f"emission_standards: none in force for {vehicle_class} in {year}")
        return str(newest[-1])


def _raised(shares: dict[str, float], technologies: Sequence[str], least: float) -> dict[str, float]:
    """Raise the mandated technologies to their least share; the others keep their proportions."""
    have = sum(shares.get(t, 0.0) for t in technologies)
    if have >= least:
        return shares
    rest = 1.0 - have
    found = {t: s * (1.0 - least) / rest if rest > 0.0 else 0.0 for t, s in shares.items()}
    found |= {t: shares.get(t, 0.0) for t in technologies}
    found[technologies[0]] += least - have
    return found

"""The way of every fleet to the last year: vehicles, kilometres, energy, greenhouse gases and costs."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from transport_sim.fleet.costs import VehicleCost, carrier_co2e_kg, driving, life_of
from transport_sim.fleet.rates import per_km
from transport_sim.fleet.stock import energy_ratios, fleet_turnover
from transport_sim.fleet.turnover import FleetPath
from transport_sim.inputs import Inputs
from transport_sim.measures import FleetScrappage
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.fleet_stock import BATTERY_END_RATIO
from transport_sim.tables.traffic import NO_EXHAUST
from transport_sim.units import KG_PER_T

CARRIERS = ("gasoline", "diesel", "cng", "lng", "methanol", "hydrogen", "electricity")
ENERGY_COLUMNS = {name: f"{name}_kwh" if name == "electricity" else f"{name}_kg" for name in CARRIERS}
OIL = ("gasoline", "diesel")
PUBLIC_TRANSPORT = ("bus", "taxi")
COUNTS = ("vehicle_count", "sold_count", "scrapped_count", "sold_on_count", "paid_off_count")
AMOUNTS = (
    *("vkm", *ENERGY_COLUMNS.values(), "oil_t", "co2e_ttw_t", "co2e_wtt_t", "co2e_wtw_t"),
    *("purchase_cny", "charger_cny", "battery_cny", "energy_cny", "maintenance_cny", "capital_cny_per_year"),
    "premium_cny",
    *("retired_battery_kwh", "second_life_battery_kwh"),
)
Stages = Callable[[str], tuple[FloatArray, FloatArray]]
COLUMNS = ("year", "fleet", "technology", *COUNTS, *AMOUNTS)


def fleet_path(inputs: Inputs) -> pd.DataFrame:
    """Follow every fleet from the year of its stock to the last year.

    Every vehicle drives the kilometres of its fleet; vehicles that are sold on to the country leave the account with
    their batteries. A battery that is replaced, or whose vehicle is broken up, goes on to a second life with the
    capacity that it has left. Roads are flat and temperatures mild, so the figures stand beside the account of
    simulated traffic and are not its sum.

    Parameters
    ----------
    inputs
        With the tables of fleets and all measures; the simulated year has no effect. Apply a package at the last year
        to have all its measures among them.

    Returns
    -------
    The columns `COLUMNS`, by year, fleet and technology; no rows where there is no stock. Money of the year itself:
    `purchase_cny`, `charger_cny` (with what is sold) and `battery_cny` (batteries replaced) are paid at once,
    `capital_cny_per_year` is the annuity of all vehicles there, and `premium_cny` what the public purse pays for
    vehicles that leave early.
    """
    path = fleet_turnover(inputs)
    if path is None:
        return pd.DataFrame(columns=list(COLUMNS))
    years = np.arange(int(path.stock["year"].min()), int(path.stock["year"].max()) + 1)
    grids = _Grids(path, years)
    co2e = cache(lambda carrier: carrier_co2e_kg(inputs, carrier, years))
    found = []
    for fleet, technology in grids.pairs:
        cells = grids.of(fleet, technology)
        table = {"year": years, "fleet": fleet, "technology": technology, **{n: cells[n].sum(axis=1) for n in COUNTS}}
        how, km = driving(inputs, fleet, years)
        vkm = cells["vehicle_count"].sum(axis=1) * km
        gases = np.zeros(len(years))
        energy = {name: np.zeros(len(years)) for name in CARRIERS}
        for standard, count in grids.by_standard(fleet, technology).items():
            use = per_km(inputs.factors, how, technology, standard, gwp_set=inputs.gwp_set)
            ratio = energy_ratios(inputs.fleet_measures, fleet, technology, pd.Series(grids.vintages))
            for carrier, amount in use.energy.items():
                energy[carrier] += amount * km * (count @ ratio)
            gases += use.gases_kg * km * count.sum(axis=1)
        table |= {"vkm": vkm, **{ENERGY_COLUMNS[name]: amount for name, amount in energy.items()}}
        table |= _climate(energy, gases, co2e)
        table["premium_cny"] = _premiums(inputs, fleet, grids.by_standard(fleet, technology, "paid_off_count"), years)
        table |= _money(inputs, fleet, technology, grids=grids, energy=energy, vkm=vkm)
        found.append(pd.DataFrame(table))
    frame = pd.concat(found, ignore_index=True)
    used = frame[list(COUNTS)].sum(axis=1) > 0.0
    return frame.loc[used, list(COLUMNS)].sort_values(["year", "fleet", "technology"], ignore_index=True)


class _Grids:
    """The turnover as arrays over years and vintages."""

    def __init__(self, path: FleetPath, years: IntArray) -> None:
        keys = ["year", "fleet", "technology", "emission_standard", "vintage"]
        both = path.stock.merge(path.changes, on=keys, how="outer").fillna(0.0)
        self._years = years
        self.vintages = np.arange(int(both["vintage"].min()), int(years[-1]) + 1)
        self._groups = {(str(f), str(t), str(s)): part for (f, t, s), part in both.groupby(keys[1:4], sort=True)}
        self.pairs = list(dict.fromkeys((f, t) for f, t, _ in self._groups))

    def _grid(self, part: pd.DataFrame, name: str) -> FloatArray:
        cells = np.zeros((len(self._years), len(self.vintages)))
        at = part["year"].to_numpy() - self._years[0], part["vintage"].to_numpy() - self.vintages[0]
        np.add.at(cells, at, part[name].to_numpy(float))
        return cells

    def by_standard(self, fleet: str, technology: str, name: str = "vehicle_count") -> dict[str, FloatArray]:
        """Return the stock, or another count, of each standard."""
        return {s: self._grid(part, name) for (f, t, s), part in self._groups.items() if (f, t) == (fleet, technology)}

    def of(self, fleet: str, technology: str) -> dict[str, FloatArray]:
        """Return stock and changes of all standards together."""
        own = [part for (f, t, _), part in self._groups.items() if (f, t) == (fleet, technology)]
        every = pd.concat(own)
        return {name: self._grid(every, name) for name in COUNTS}

    @property
    def age(self) -> IntArray:
        """Age of each cell. [years]."""
        return self._years[:, None] - self.vintages[None, :]

    @property
    def years(self) -> IntArray:
        """Years of the path."""
        return self._years


def _climate(energy: dict[str, FloatArray], gases_kg: FloatArray, co2e: Stages) -> dict[str, FloatArray]:
    """Return oil and greenhouse gases by year."""
    ttw, wtt = gases_kg.copy(), np.zeros_like(gases_kg)
    for carrier, amount in energy.items():
        if amount.any():
            at_exhaust, before = co2e(carrier)
            ttw += amount * at_exhaust
            wtt += amount * before
    oil = np.sum([energy[name] for name in OIL], axis=0)
    tonnes = {"oil_t": oil, "co2e_ttw_t": ttw, "co2e_wtt_t": wtt, "co2e_wtw_t": ttw + wtt}
    return {name: amount / KG_PER_T for name, amount in tonnes.items()}


def _premiums(inputs: Inputs, fleet: str, paid_off: dict[str, FloatArray], years: IntArray) -> FloatArray:
    """Return what owners get for vehicles that leave early; where several programmes hold, the highest premium."""
    paid = np.zeros(len(years))
    for standard, count in paid_off.items():
        best = np.zeros(len(years))
        for measure in inputs.fleet_measures:
            if isinstance(measure, FleetScrappage) and measure.fleet == fleet:
                holds = (years >= measure.from_year) & (years <= measure.until_year)
                best = np.maximum(best, measure.premium_cny * holds * (standard in measure.emission_standards))
        paid += best * count.sum(axis=1)
    return paid


def _money(
    inputs: Inputs,
    fleet: str,
    technology: str,
    *,
    grids: _Grids,
    energy: dict[str, FloatArray],
    vkm: FloatArray,
) -> dict[str, FloatArray]:
    """Return costs and batteries by year."""
    cost, cells = VehicleCost.of(inputs, fleet, technology), grids.of(fleet, technology)
    years, age, life = grids.years, grids.age, cost.battery_life_years
    sold = cells["sold_count"].sum(axis=1)
    battery_kwh = cost.column("battery_kwh", years)
    replaced = (cells["vehicle_count"] * ((age > 0) & (age % life == 0))).sum(axis=1)
    gone = cells["scrapped_count"] - cells["sold_on_count"]
    # a battery is as old as the vehicle since its last replacement; one that is replaced has reached its life
    aged = np.where(age > 0, (age - 1) % life + 1, 0)
    left = 1.0 - (1.0 - BATTERY_END_RATIO) * aged / life
    annuity = cost.annuity_cny(grids.vintages, life_of(inputs, fleet))
    return {
        "purchase_cny": sold * cost.column("purchase_cny", years),
        "charger_cny": sold * cost.column("charger_cny", years),
        "battery_cny": replaced * battery_kwh * cost.prices.of("battery", years),
        "energy_cny": np.asarray(sum(amount * cost.prices.of(c, years) for c, amount in energy.items())),
        "maintenance_cny": vkm * cost.column("maintenance_cny_per_km", years),
        "capital_cny_per_year": cells["vehicle_count"] @ annuity,
        "retired_battery_kwh": (gone.sum(axis=1) + replaced) * battery_kwh,
        "second_life_battery_kwh": ((gone * left).sum(axis=1) + replaced * BATTERY_END_RATIO) * battery_kwh,
    }


def clean_shares(path: pd.DataFrame, fleets: tuple[str, ...] = PUBLIC_TRANSPORT) -> pd.DataFrame:
    """Return the share of vehicles without an exhaust: a column a fleet and `together`, index year. [-].

    Parameters
    ----------
    path
        The result of `fleet_path`.
    fleets
        Which ones; buses of the core's lines and taxis unless stated.
    """
    own = path[path["fleet"].isin(fleets)]
    clean = own["technology"].isin(NO_EXHAUST)
    part, whole = (
        frame.pivot_table(index="year", columns="fleet", values="vehicle_count", aggfunc="sum", fill_value=0.0)
        for frame in (own[clean], own)
    )
    part = part.reindex(index=whole.index, columns=whole.columns, fill_value=0.0)
    return (part / whole).assign(together=part.sum(axis=1) / whole.sum(axis=1))


def oil_by_year(path: pd.DataFrame) -> "pd.Series[float]":
    """Return the petrol and diesel of all fleets by year. [t]."""
    return path.groupby("year")["oil_t"].sum()

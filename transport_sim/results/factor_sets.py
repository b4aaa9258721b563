"""The baseline's recorded activity accounted under each factor set, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims, build_skims
from transport_sim.errors import AuditError
from transport_sim.factors import load_factor_set, load_factors
from transport_sim.factors.model import Choice, Factors
from transport_sim.inputs import Inputs
from transport_sim.results.footprint import add_footprint, add_hub_footprint, by_class, with_positions
from transport_sim.units import G_PER_T, KG_PER_T

if TYPE_CHECKING:
    from transport_sim.run import Result

QUANTITIES = {
    "co2e_ttw_t": ("co2e_ttw_kg", KG_PER_T),
    "co2e_wtt_t": ("co2e_wtt_kg", KG_PER_T),
    "co2e_wtw_t": ("co2e_wtw_kg", KG_PER_T),
    "nox_t": ("nox_g", G_PER_T),
    "pm2_5_t": ("pm2_5_g", G_PER_T),
}
"""What is compared: indicator, its column and what one tonne is worth in it."""

MODES = ("road", "rail", "waterway", "hub", "total")
LARGE = 0.05
"""Relative difference from the run's own set that asks for a reason. [-]"""
TOLERANCE = 1e-9
_ENERGY = {"road": "road_energy", "rail": "rail", "waterway": "vessels", "hub": "hubs"}
_LEG_COLUMNS = (
    "mode",
    "vehicle_class",
    "from_place",
    "to_place",
    "vehicle_count",
    "payload_t",
    "gross_t",
    "distance_km",
    "beyond_km",
    "activity_tkm",
    "vkm",
)


class Difference(NamedTuple):
    """A large difference between a set and the run's own, and the purpose that explains it."""

    factor_set: str
    purpose: str
    method: str
    mode: str
    quantity: str
    ratio: float


def set_names(own: str) -> list[str]:
    """Return the sets that are compared, the run's own first."""
    return [own, *(name for name in load_factors().sets if name != own)]


def under_each_set(result: "Result", year: int) -> pd.DataFrame:
    """Account for the first replication of a year once more, under each factor set.

    Parameters
    ----------
    result
        A scenario's runs; their legs and hubs are read from disk.
    year
        One of its years.

    Returns
    -------
    Columns factor_set, mode (with `total`) and those of `QUANTITIES`, in tonnes a year; the run's own set first.

    Raises
    ------
    AuditError
        If the account under the run's own set is not the recorded one.
    """
    scenario = result.scenario
    inputs = result.prepared.inputs[year]
    if scenario.parameter_uncertainty:
        inputs = inputs.with_parameter_draws(seed=scenario.seed, replication=0, replications=scenario.replications)
    legs, hubs = (
        table[table["replication"] == 0]
        for table in (
            result.tables.read("legs", columns=_LEG_COLUMNS, year=year),
            result.tables.read("hubs", columns=("terminal", "tonnes_t"), year=year),
        )
    )
    skims = build_skims(inputs)
    legs = with_positions(inputs, skims, legs.reset_index(drop=True))
    found = []
    for name in set_names(scenario.factor_set):
        other = replace(inputs, factors=_factors(inputs, name))
        emissions = _account(other, legs.copy(), hubs.reset_index(drop=True), skims=skims)
        if name == scenario.factor_set:
            _check_own(emissions, result, year)
        found.append(_sums(emissions, scenario.annual_factor).assign(factor_set=name))
    return pd.concat(found, ignore_index=True)[["factor_set", "mode", *QUANTITIES]]


def _factors(inputs: Inputs, name: str) -> Factors:
    return inputs.factors if name == inputs.factors.name else load_factor_set(name)


def _account(inputs: Inputs, legs: pd.DataFrame, hubs: pd.DataFrame, *, skims: Skims) -> pd.DataFrame:
    add_footprint(inputs, skims, legs)
    add_hub_footprint(inputs, hubs)
    return by_class(legs, hubs)


def _check_own(emissions: pd.DataFrame, result: "Result", year: int) -> None:
    """Refuse a second account under the run's own set that differs from the first one."""
    recorded = result.emissions
    recorded = recorded[(recorded["year"] == year) & (recorded["replication"] == 0)]
    for column, _ in QUANTITIES.values():
        again, before = float(emissions[column].sum()), float(recorded[column].sum())
        if not np.isclose(again, before, rtol=TOLERANCE):
            raise AuditError(
                f"{result.scenario.name} {year}: the recorded activity accounted again gives {again:.6f} of {column}, "
                f"the run gave {before:.6f}; the report cannot compare factor sets"
            )


def _sums(emissions: pd.DataFrame, annual_factor: float) -> pd.DataFrame:
    columns = {name: emissions[column] * annual_factor / unit for name, (column, unit) in QUANTITIES.items()}
    by_mode = pd.DataFrame(columns).groupby(emissions["mode"]).sum().reindex(MODES[:-1], fill_value=0.0)
    by_mode.loc["total"] = by_mode.sum()
    return by_mode.rename_axis("mode").reset_index()


def purposes_of(mode: str, quantity: str) -> tuple[str, ...]:
    """Return the purposes whose methods a quantity of a mode rests on, those that matter most first."""
    if mode == "total":
        return tuple(dict.fromkeys(p for single in MODES[:-1] for p in purposes_of(single, quantity)))
    energy = _ENERGY[mode]
    if quantity in ("nox_t", "pm2_5_t"):
        exhaust = {"road": ("road_pollutants",), "hub": ()}
        return exhaust.get(mode, ("engine_pollutants", energy))
    burnt = ("fuel_ttw", "road_ghg") if mode == "road" else ("fuel_ttw",)
    made = ("grid", "fuel_wtt") if mode == "rail" else ("fuel_wtt",)
    stages = {"co2e_ttw_t": burnt, "co2e_wtt_t": made, "co2e_wtw_t": (*made, *burnt)}
    return (energy, *stages[quantity])


def borrowed(choices: Mapping[str, Choice], mode: str, quantity: str) -> list[str]:
    """Return the sets that stand in for something behind a quantity of a mode."""
    return list(dict.fromkeys(choices[p].stands_in for p in purposes_of(mode, quantity) if choices[p].stands_in))


def large_differences(
    table: pd.DataFrame, own: str, choices: Mapping[str, Mapping[str, Choice]]
) -> Iterator[Difference]:
    """Yield every large difference from the run's own set, with the purpose that matters most and has another method.

    Parameters
    ----------
    table
        The result of `under_each_set`.
    own
        The run's own set.
    choices
        Set to purpose to choice.
    """
    value = table.set_index(["factor_set", "mode"])
    for name in table["factor_set"].unique():
        for mode in MODES[:-1]:
            for quantity in QUANTITIES:
                base, other = (float(value.loc[(s, mode), quantity]) for s in (own, name))
                if base == 0.0 or abs(other / base - 1.0) <= LARGE:
                    continue
                others = [p for p in purposes_of(mode, quantity) if choices[name][p].method != choices[own][p].method]
                if others:
                    method = choices[name][others[0]].method
                    yield Difference(str(name), others[0], method, mode, quantity, other / base - 1.0)

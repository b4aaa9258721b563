"""Inputs: the frozen bundle of every table that a run reads, and what policies may do to it."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transport_sim.errors import DataError, PolicyError
from transport_sim.factors import Factors, load_factors
from transport_sim.measures import Charge, Service
from transport_sim.network.model import Network
from transport_sim.randomness import stable_ids, text_id, triangular, uniform
from transport_sim.tables import PARAMETER_NAMES, TABLES, Parameters, read_table

if TYPE_CHECKING:
    from transport_sim.config.scenario import Scenario

POLICY_TABLES = ("nodes", "links", "zones", "commodities", "known_flows", "terminals", "vessel_fleet")
"""Frames that a policy may edit; the package compares them cell by cell after each policy."""


@dataclass(frozen=True)
class Inputs:
    """Everything that one simulated year reads. Policies map Inputs to Inputs and change nothing in place."""

    year: int
    base_year: int
    grid_region: str
    network: Network
    factors: Factors
    zones: pd.DataFrame
    commodities: pd.DataFrame
    generators: pd.DataFrame
    known_flows: pd.DataFrame
    terminals: pd.DataFrame
    rail_tariff: pd.DataFrame
    truck_fleet: pd.DataFrame
    vessel_fleet: pd.DataFrame
    parameter_table: pd.DataFrame
    parameters: Parameters
    charges: tuple[Charge, ...] = ()
    services: tuple[Service, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Return a frame of `POLICY_TABLES`."""
        frame: pd.DataFrame = getattr(self.network if name in ("nodes", "links") else self, name)
        return frame

    def with_table(self, name: str, frame: pd.DataFrame) -> "Inputs":
        """Return a copy in which the frame `name` of `POLICY_TABLES` is replaced."""
        if name in ("nodes", "links"):
            changed_network: dict[str, Any] = {name: frame}
            return replace(self, network=replace(self.network, **changed_network))
        changed: dict[str, Any] = {name: frame}
        return replace(self, **changed)

    def with_charge(self, charge: Charge) -> "Inputs":
        """Return a copy with one more charge per tonne-kilometre."""
        self.check_known("commodity", list(charge.commodities), list(self.commodities["commodity"]))
        return replace(self, charges=(*self.charges, charge))

    def with_service(self, service: Service) -> "Inputs":
        """Return a copy with one more scheduled train service."""
        rail = self.terminals.loc[self.terminals["mode"] == "rail", "terminal"]
        self.check_known("rail terminal", [service.origin_terminal, service.destination_terminal], list(rail))
        return replace(self, services=(*self.services, service))

    @staticmethod
    def check_known(what: str, names: list[str], known: list[str]) -> None:
        """Raise PolicyError for the first name that is not among the known ones, with the nearest."""
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known[:20])}"
                raise PolicyError(f"no {what} {name!r}; {hint}")

    def at_base_year(self) -> "Inputs":
        """Return the inputs of the base year: what the model is calibrated on."""
        return replace(self, year=self.base_year)

    def with_parameter_draws(self, *, seed: int, replication: int, replications: int) -> "Inputs":
        """Draw every parameter that has a range, triangular between `low` and `high`.

        A Latin hypercube: over the replications each parameter falls once into each of as many equally likely
        parts of its range, so that few replications cover it evenly. All scenarios draw the same values.

        References
        ----------
        .. [1] McKay, Beckman, Conover, "A comparison of three methods for selecting values of input variables",
           Technometrics 21, 1979.
        """
        table = self.parameter_table
        names = np.array([text_id(name) for name in table["parameter"]])
        cells = stable_ids(names[:, None], np.arange(replications))
        stratum = uniform(cells, seed=seed, stream="parameter_stratum").argsort(axis=1)[:, replication]
        within = uniform(cells[:, replication], seed=seed, stream="parameter")
        values = triangular(
            table["low"].fillna(table["value"]),
            table["value"],
            table["high"].fillna(table["value"]),
            (stratum + within) / replications,
        )
        return replace(self, parameters=Parameters(**dict(zip(table["parameter"], values.tolist(), strict=True))))


def build_inputs(scenario: "Scenario", network: Network, year: int) -> Inputs:
    """Read and cross-check the tables of a scenario for one simulated year, before any policy.

    Parameters
    ----------
    scenario
        The loaded scenario.
    network
        The multimodal network with transfer links, all years.
    year
        Simulated year.

    Raises
    ------
    DataError
        Naming file, line and what would be right.
    """
    tables = {name: read_table(scenario.data, name) for name in TABLES}
    _check_references(tables, network, scenario.data)
    table = _with_overrides(tables.pop("parameters"), scenario.parameters, scenario.data)
    values = dict(zip(table["parameter"], table["value"].tolist(), strict=True))
    rest: dict[str, Any] = dict(tables)
    return Inputs(
        year=year,
        base_year=scenario.base_year,
        grid_region=scenario.grid_region,
        network=network,
        factors=load_factors(),
        parameter_table=table,
        parameters=Parameters(**values),
        **rest,
    )


def _with_overrides(table: pd.DataFrame, overrides: Mapping[str, float], folder: Path) -> pd.DataFrame:
    path = folder / "parameters.csv"
    missing = [name for name in PARAMETER_NAMES if name not in set(table["parameter"])]
    if missing:
        raise DataError(f"{path}: rows are missing for {', '.join(missing)}")
    unordered = table[(table["low"] > table["value"]) | (table["high"] < table["value"])]
    if len(unordered):
        row = unordered.iloc[0]
        raise DataError(
            f"{path}: line {unordered.index[0] + 2}  {row['parameter']}: "
            f"value {row['value']:g} lies outside low {row['low']:g} to high {row['high']:g}"
        )
    for name, value in overrides.items():
        if name not in PARAMETER_NAMES:
            near = difflib.get_close_matches(name, PARAMETER_NAMES, 1)
            raise DataError(f"parameters: no parameter {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        row = table["parameter"] == name
        table.loc[row, ["value", "low", "high"]] = value
        table.loc[row, "note"] = "set by the scenario"
    return table


def _check_references(tables: Mapping[str, pd.DataFrame], network: Network, folder: Path) -> None:
    zones = set(tables["zones"]["zone"])
    goods = set(tables["commodities"]["commodity"])
    refs = set(network.nodes["ref"])
    wanted: list[tuple[str, str, set[str]]] = [
        ("zones", "road_node", refs),
        ("generators", "zone", zones),
        ("generators", "commodity", goods),
        ("known_flows", "commodity", goods),
        ("known_flows", "origin", zones),
        ("known_flows", "destination", zones),
        ("terminals", "terminal", refs),
        ("terminals", "zone", zones | {""}),
    ]
    problems = []
    for table, column, known in wanted:
        for index, cell in tables[table][column].items():
            for name in str(cell).split(";"):
                if name not in known:
                    near = difflib.get_close_matches(name, known, 1)
                    hint = f"; did you mean {near[0]!r}?" if near else ""
                    problems.append(
                        f"{folder / table}.csv: line {int(str(index)) + 2}  {column}: unknown {name!r}{hint}"
                    )
    classes = set(tables["rail_tariff"]["rail_tariff_class"])
    problems += [
        f"{folder / 'commodities'}.csv: line {i + 2}  rail_tariff_class: class {c} is not in rail_tariff.csv"
        for i, c in enumerate(tables["commodities"]["rail_tariff_class"])
        if c not in classes
    ]
    problems += [
        f"{folder / name}.csv: {what} must add up to 1, got {total:.4f}"
        for name, what, total in _totals(tables)
        if abs(total - 1.0) > 1e-6
    ]
    if problems:
        raise DataError(
            "\n".join(problems[:5] + ([f"first 5 of {len(problems)} problems"] if len(problems) > 5 else []))
        )


def _totals(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, float]]:
    goods = tables["commodities"]
    classes = goods[[c for c in goods.columns if c.startswith(("truck_", "tractor_"))]].sum(axis=1)
    fleet = tables["truck_fleet"].groupby("year")["share"].sum()
    return [
        ("commodities", "freight_share", float(goods["freight_share"].sum())),
        *(
            ("commodities", f"the truck shares of {c}", float(t))
            for c, t in zip(goods["commodity"], classes, strict=True)
        ),
        *(("truck_fleet", f"the shares of {y}", float(t)) for y, t in fleet.items()),
    ]


def frames(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return every frame of the inputs by name, for hashing and for the package's comparison. [-]."""
    own = {f.name: getattr(inputs, f.name) for f in fields(inputs)}
    found = {name: value for name, value in own.items() if isinstance(value, pd.DataFrame)}
    return {"nodes": inputs.network.nodes, "links": inputs.network.links, **found}

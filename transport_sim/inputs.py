"""Inputs: the frozen bundle of every table that a run reads, and what policies may do to it."""

import difflib
import hashlib
import math
from dataclasses import dataclass, field, fields, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transport_sim.conditions import Where
from transport_sim.emissions.grid import grid_factor_on_path
from transport_sim.errors import DataError, FactorError, PolicyError
from transport_sim.factors import Factors, load_factor_set
from transport_sim.fleet.conflicts import check_compatible
from transport_sim.measures import (
    AccessRule,
    CarbonCredit,
    Charge,
    FleetMeasure,
    FreightMeasure,
    PassengerMeasure,
    PublicCost,
    RoadCharge,
    Service,
)
from transport_sim.network.model import Network
from transport_sim.operations import Operations, read_operations
from transport_sim.randomness import stable_ids, text_id, triangular, uniform
from transport_sim.tables.bus_consistency import check_buses
from transport_sim.tables.consistency import check_consistency, refuse
from transport_sim.tables.fleet_consistency import check_fleets
from transport_sim.tables.freight import PARAMETER_NAMES, TABLES, Parameters, parameter_problem, read_table
from transport_sim.tables.operations import OPERATION_TABLES
from transport_sim.tables.operations_consistency import check_operations
from transport_sim.tables.passenger_consistency import check_passengers
from transport_sim.tables.tours_consistency import check_tours
from transport_sim.traffic_inputs import TRAFFIC_POLICY_TABLES, TrafficInputs, read_traffic_inputs

if TYPE_CHECKING:
    from transport_sim.config.scenario import FleetsSection, Scenario

POLICY_TABLES = (
    *("nodes", "links", "zones", "commodities", "known_flows", "terminals", "truck_fleet", "vessel_fleet"),
    "parameter_table",
    *TRAFFIC_POLICY_TABLES,
    *OPERATION_TABLES,
)
"""Frames that a policy may edit; the package compares them cell by cell after each policy."""
_NO_ROWS = pd.DataFrame()


@dataclass(frozen=True)
class Inputs:
    """Everything that one simulated year reads. Policies map Inputs to Inputs and change nothing in place."""

    year: int
    base_year: int
    grid_region: str
    grid_region_beyond: str
    grid_path: str
    gwp_set: str
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
    freight_measures: tuple[FreightMeasure, ...] = ()
    public_costs: tuple[PublicCost, ...] = ()
    """What the policies cost the public purse, for the accounts."""
    operations: Operations = field(default_factory=Operations)
    """How terminals, lines and rivers work from day to day."""
    traffic: TrafficInputs | None = None
    """Road traffic on streets; None where the scenario has none."""
    fleets: "FleetsSection | None" = None
    """How long and how fleets are simulated; None where they are not."""
    access_rules: tuple[AccessRule, ...] = ()
    road_charges: tuple[RoadCharge, ...] = ()
    fleet_measures: tuple[FleetMeasure, ...] = ()
    passenger_measures: tuple[PassengerMeasure, ...] = ()
    """What the turnover of fleets obeys from the base year to the last one, whatever year is simulated."""

    @property
    def road_rules(self) -> tuple[AccessRule | RoadCharge, ...]:
        """Everything that rules of the road say: who may not enter, and who pays."""
        return (*self.access_rules, *self.road_charges)

    def table(self, name: str) -> pd.DataFrame:
        """Return a frame of `POLICY_TABLES`; those of road traffic are empty where there is none."""
        if name in TRAFFIC_POLICY_TABLES:
            traffic_frame: pd.DataFrame = _NO_ROWS if self.traffic is None else getattr(self.traffic, name)
            return traffic_frame
        if name in OPERATION_TABLES:
            return self.operations[name]
        frame: pd.DataFrame = getattr(self.network if name in ("nodes", "links") else self, name)
        return frame

    def with_table(self, name: str, frame: pd.DataFrame) -> "Inputs":
        """Return a copy in which the frame `name` of `POLICY_TABLES` is replaced."""
        if name in ("nodes", "links"):
            changed_network: dict[str, Any] = {name: frame}
            return replace(self, network=replace(self.network, **changed_network))
        if name in TRAFFIC_POLICY_TABLES:
            if self.traffic is None:
                raise PolicyError(f"the table {name} belongs to road traffic, which the scenario does not have")
            return replace(self, traffic=self.traffic.with_table(name, frame))
        if name in OPERATION_TABLES:
            return replace(self, operations=self.operations.with_table(name, frame))
        if name == "parameter_table":
            return replace(self, parameter_table=frame, parameters=_parameters(frame))
        changed: dict[str, Any] = {name: frame}
        return replace(self, **changed)

    def with_scaled_parameter(self, name: str, ratio: float) -> "Inputs":
        """Return a copy in which a parameter is multiplied, with its range, so that draws go on within it.

        Raises
        ------
        PolicyError
            For an unknown name, with the nearest, and for a value that the model cannot work with.
        """
        if ratio == 1.0:
            return self
        if name not in PARAMETER_NAMES:
            raise PolicyError(parameter_problem(name, 0.0))
        table = self.parameter_table.copy()
        cells = table["parameter"] == name, ["value", "low", "high"]
        table.loc[cells] = table.loc[cells] * ratio
        for number in table.loc[cells].to_numpy(float).ravel():
            problem = "" if math.isnan(number) else parameter_problem(name, number)
            if problem:
                raise PolicyError(f"{problem} (multiplied by {ratio:g})")
        return self.with_table("parameter_table", table)

    def with_measure(self, measure: FreightMeasure) -> "Inputs":
        """Return a copy with one more measure for freight; raise PolicyError for unknown goods or zones."""
        measure.freight.mask(self.commodities, self.zones)
        return replace(self, freight_measures=(*self.freight_measures, measure))

    def with_passenger_measure(self, measure: PassengerMeasure) -> "Inputs":
        """Return a copy with one more measure for travellers.

        Raises
        ------
        PolicyError
            For a method or mode of credits without factors, and where no table says how travellers choose.
        """
        if self.operations["passenger_shares"].empty:
            raise PolicyError(
                "no table says by which modes people travel, so none can change; state passenger_shares.csv and "
                "passenger_parameters.csv in the folder `fleets` of the data folder"
            )
        if isinstance(measure, CarbonCredit):
            factors = self.operations["credit_factors"]
            self.check_known("method of credit_factors.csv", [measure.method], sorted(set(factors["method"])))
            own = factors.loc[factors["method"] == measure.method, "mode"]
            self.check_known(f"mode credited by {measure.method}", list(measure.modes), sorted(own))
        return replace(self, passenger_measures=(*self.passenger_measures, measure))

    def with_charge(self, charge: Charge) -> "Inputs":
        """Return a copy with one more charge per tonne-kilometre; a rate of zero charges nobody."""
        self.check_known("commodity", sorted(charge.commodities), list(self.commodities["commodity"]))
        if charge.cny_per_tkm == 0.0:
            return self
        return replace(self, charges=(*self.charges, charge))

    def with_service(self, service: Service) -> "Inputs":
        """Return a copy with one more scheduled train service."""
        ends = [service.origin_terminal, service.destination_terminal]
        rail = self.terminals[self.terminals["mode"] == "rail"]
        self.check_known("rail terminal", ends, list(rail["terminal"]))
        open_now = rail[(rail["from_year"] <= self.year) & (rail["to_year"] >= self.year)]
        for name in ends:
            if name not in set(open_now["terminal"]):
                years = rail.loc[rail["terminal"] == name, ["from_year", "to_year"]].to_numpy()[0]
                raise PolicyError(f"rail terminal {name!r} works from {years[0]} to {years[1]}, not in {self.year}")
        return replace(self, services=(*self.services, service))

    def road_links(self, where: Where) -> tuple[int, ...]:
        """Return the ids of the roads that a rule means, on the streets as they stand in the simulated year.

        Raises
        ------
        PolicyError
            If the scenario has no road traffic, a name is not on the map, or no road is left.
        """
        if self.traffic is None:
            raise PolicyError(
                "the scenario has no road traffic that a rule of the road could act on; give it a section `traffic` "
                "that states a network with streets or a synthetic_city, or extend a scenario that has one"
            )
        found = where.links(self.traffic.network.at_year(self.year), self.traffic.areas)
        if not len(found):
            raise PolicyError(f"no road of the map is meant by {where}")
        return tuple(found.tolist())

    def with_access(self, rule: AccessRule) -> "Inputs":
        """Return a copy with one more rule on who may enter which links."""
        return replace(self, access_rules=(*self.access_rules, rule))

    def with_road_charge(self, charge: RoadCharge) -> "Inputs":
        """Return a copy with one more charge for entering links; one of zero charges nobody."""
        return self if charge.cny == 0.0 else replace(self, road_charges=(*self.road_charges, charge))

    def with_fleet_measure(self, measure: FleetMeasure) -> "Inputs":
        """Return a copy with one more measure for a fleet.

        Raises
        ------
        PolicyError
            If the tables of fleets do not have it.
        PolicyConflictError
            If it asks for what another measure rules out; the message names both.
        """
        known = sorted(set(self.operations["fleet_stock"]["fleet"]))
        if not known:
            raise PolicyError("the scenario has no vehicles to replace; add fleets/fleet_stock.csv to its data folder")
        self.check_known("fleet", [measure.fleet], known)
        check_compatible(self.fleet_measures, measure)
        return replace(self, fleet_measures=(*self.fleet_measures, measure))

    @staticmethod
    def check_known(what: str, names: list[str], known: list[str]) -> None:
        """Raise PolicyError for the first name that is not among the known ones, with the nearest."""
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(list(dict.fromkeys(known))[:20])}"
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
    DataError, FactorError
        Naming file, line and what would be right.
    """
    tables = {name: read_table(scenario.data, name) for name in TABLES}
    factors = load_factor_set(scenario.factor_set)
    check_consistency(tables, network, factors, folder=scenario.data, first_year=min(year, *scenario.years))
    _check_grid(scenario, factors)
    table = _parameter_table(tables.pop("parameters"), scenario)
    operations = _operations(scenario.data, network, tables, factors)
    traffic = read_traffic_inputs(scenario, tables["zones"])
    check_passengers(
        operations.tables,
        traffic.trip_rates if traffic else None,
        folder=scenario.data / "fleets",
        base_year=scenario.base_year,
    )
    rest: dict[str, Any] = dict(tables)
    return Inputs(
        year=year,
        base_year=scenario.base_year,
        grid_region=scenario.grid_region,
        grid_region_beyond=scenario.grid_region_beyond,
        grid_path=scenario.grid_path,
        gwp_set=scenario.gwp_set,
        network=network,
        factors=factors,
        parameter_table=table,
        parameters=_parameters(table),
        operations=operations,
        traffic=traffic,
        fleets=scenario.fleets,
        **rest,
    )


def _operations(data: Path, network: Network, tables: dict[str, pd.DataFrame], factors: Factors) -> Operations:
    operations = read_operations(data)
    check_operations(operations, tables, network, factors, data=data)
    check_fleets(operations.tables, folder=data / "fleets")
    check_buses(operations, folder=data / "fleets")
    hulls = {str(row.keys["vessel"]) for row in factors.rows("vessel_hulls", quantity="length_m")}
    check_tours(operations.tables, network, hulls, folder=data / "fleets")
    return operations


def _parameters(table: pd.DataFrame) -> Parameters:
    return Parameters(**dict(zip(table["parameter"], table["value"].tolist(), strict=True)))


def _check_grid(scenario: "Scenario", factors: Factors) -> None:
    """Refuse a region, year or path without electricity factors before anything is simulated."""
    for year, region in product(scenario.years, (scenario.grid_region, scenario.grid_region_beyond)):
        try:
            grid_factor_on_path(factors, region, year, grid_path=scenario.grid_path)
        except FactorError as error:
            raise FactorError(f"scenario {scenario.name!r}: {error}") from None


def _parameter_table(table: pd.DataFrame, scenario: "Scenario") -> pd.DataFrame:
    """Check the parameters and lay those of the scenario over them, which are then certain."""
    path = scenario.data / "parameters.csv"
    missing = [name for name in PARAMETER_NAMES if name not in set(table["parameter"])]
    problems = [f"{path}: rows are missing for {', '.join(missing)}"] if missing else []
    columns = (table[column].tolist() for column in ("parameter", "value", "low", "high"))
    for line, (name, value, low, high) in enumerate(zip(*columns, strict=True), 2):
        wrong = [parameter_problem(name, number) for number in (value, low, high) if not math.isnan(number)]
        if low > value or high < value:
            wrong.append(f"{name}: value {value:.12g} lies outside low {low:.12g} to high {high:.12g}")
        problems += [f"{path}: line {line}  {text}" for text in dict.fromkeys(wrong) if text]
    for name, number in scenario.parameters.items():
        text = parameter_problem(name, number)
        if text:
            problems.append(f"{scenario.parameter_places.get(name, 'parameters')}: {text}")
        row = table["parameter"] == name
        table.loc[row, ["value", "low", "high"]] = number
        table.loc[row, "note"] = "set by the scenario"
    refuse(problems)
    settled = table.set_index("parameter")["value"]
    if settled["target_rail_t"] + settled["target_water_t"] >= settled["freight_total_t"]:
        raise DataError(f"{path}: target_rail_t and target_water_t leave nothing of freight_total_t to the road")
    return table


def frames(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return every frame of the inputs by name, for hashing and for the package's comparison. [-]."""
    own = {f.name: getattr(inputs, f.name) for f in fields(inputs)} | inputs.operations.tables
    found = {name: value for name, value in own.items() if isinstance(value, pd.DataFrame)}
    traffic = inputs.traffic.frames() if inputs.traffic else {}
    return {"nodes": inputs.network.nodes, "links": inputs.network.links, **found, **traffic}


def _fleets_key(inputs: Inputs) -> str:
    """Describe what is stated about fleets; of a timetable its content counts, not its place."""
    stated = inputs.fleets
    if stated is None:
        return ""
    feed = hashlib.sha256(stated.gtfs.read_bytes()).hexdigest() if stated.gtfs else ""
    return f"{stated.model_copy(update={'gtfs': None})!r} {feed}"


def inputs_key(inputs: Inputs) -> str:
    """Hash everything that a run reads, the same in every process."""
    # a set of words has another order in every process
    charges = [(c.mode, sorted(c.commodities), c.cny_per_tkm) for c in inputs.charges]
    digest = hashlib.sha256(
        f"{inputs.year} {inputs.base_year} {inputs.grid_region} {inputs.grid_region_beyond} {inputs.grid_path} "
        f"{inputs.gwp_set} {charges} {inputs.services} {inputs.freight_measures} {inputs.public_costs} "
        f"{inputs.access_rules} {inputs.road_charges} {inputs.fleet_measures} {inputs.passenger_measures} "
        f"{inputs.factors.key} {inputs.traffic.key() if inputs.traffic else ''} {_fleets_key(inputs)}".encode()
    )
    for name, frame in sorted(frames(inputs).items()):
        digest.update(name.encode())
        digest.update(frame.to_csv().encode())
    return digest.hexdigest()

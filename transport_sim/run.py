"""The stages in order; the only module that knows them all."""

import atexit
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pandas as pd

from transport_sim.choice.calibration import Calibration, calibrate
from transport_sim.choice.feasibility import check_feasible
from transport_sim.choice.passengers import passenger_modes, with_changed_modes
from transport_sim.config import Scenario
from transport_sim.ensemble.execute import Progress, execute
from transport_sim.errors import ScenarioError
from transport_sim.freight import FreightYear
from transport_sim.inputs import Inputs, build_inputs, inputs_key
from transport_sim.network.build import load_network
from transport_sim.network.intermodal import with_transfer_links
from transport_sim.network.model import Network
from transport_sim.policies.base import LAST_YEAR
from transport_sim.policies.package import Change, apply_package
from transport_sim.randomness import text_id
from transport_sim.results.accounting import account, truck_legs_of_day
from transport_sim.results.audit import audit
from transport_sim.results.comparison import compare_indicators
from transport_sim.results.factor_use import factor_use
from transport_sim.results.indicators import indicators
from transport_sim.results.passenger_modes import passenger_tables
from transport_sim.results.provenance import manifest
from transport_sim.results.rail_balances import rail_balances
from transport_sim.results.schemas import checked
from transport_sim.results.storage import RunTables, is_complete, output_folder, write_json, write_run
from transport_sim.results.traffic_accounts import traffic_tables
from transport_sim.traffic.simulated_day import simulate_day
from transport_sim.traffic_inputs import TrafficInputs


@dataclass(frozen=True)
class Task:
    """One run to be simulated, and every scenario whose inputs are the same that year: it is simulated once."""

    key: str
    scenario: Scenario
    """One of the scenarios; they agree in seed, replications and duration."""
    inputs: Inputs
    base: Inputs
    replication: int
    names: tuple[str, ...]
    """Every scenario that has these inputs."""


@dataclass(frozen=True)
class Prepared:
    """A scenario with its network and the inputs of every year, checked before anything is simulated."""

    scenario: Scenario
    base: Inputs
    """Base year without policies: what the model is calibrated on."""
    inputs: dict[int, Inputs]
    changes: dict[int, list[Change]]
    horizon: Inputs
    """Inputs of the last year that policies can name: with every measure that fleets will ever obey."""


@dataclass(frozen=True)
class Result:
    """The runs of one scenario; each table has scenario, year and replication columns."""

    scenario: Scenario
    prepared: Prepared
    tables: RunTables = field(repr=False)

    @property
    def indicators(self) -> pd.DataFrame:
        """Indicators of every run."""
        return self.tables["indicators"]

    @property
    def emissions(self) -> pd.DataFrame:
        """Energy and emissions by mode and vehicle class."""
        return self.tables["emissions"]

    @property
    def activity(self) -> pd.DataFrame:
        """Tonnes and tonne-kilometres by mode and commodity."""
        return self.tables["activity"]

    @property
    def legs(self) -> pd.DataFrame:
        """Every movement."""
        return self.tables["legs"]

    @property
    def shipments(self) -> pd.DataFrame:
        """Every consignment."""
        return self.tables["shipments"]

    @property
    def link_flows(self) -> pd.DataFrame:
        """Vehicles and goods on every link."""
        return self.tables["link_flows"]

    @property
    def facilities(self) -> pd.DataFrame:
        """Visits and waits at every facility."""
        return self.tables["facilities"]

    @property
    def audit(self) -> pd.DataFrame:
        """The balances of every run."""
        return self.tables["audit"]


@dataclass(frozen=True)
class Comparison:
    """Several scenarios against the first of them."""

    results: tuple[Result, ...]
    table: pd.DataFrame
    """The comparison, columns as in comparison.csv."""
    calibration: pd.DataFrame
    """Base year: quantity, unit, target, model, deviation_ratio."""
    manifest: dict[str, object]

    @property
    def baseline(self) -> Result:
        """The first scenario."""
        return self.results[0]


def prepare(scenario: Scenario) -> Prepared:
    """Read and check everything that a scenario needs; nothing is simulated yet.

    Raises
    ------
    TransportSimError
        For any problem of network, tables, factors or policies.
    """
    network = _network(scenario.network)
    base = build_inputs(scenario, network, scenario.base_year)
    check_feasible(base)
    calibrate(base)
    # a mistake in a policy that acts after the last year is a mistake, too
    horizon, _ = apply_package(replace(base, year=LAST_YEAR), scenario.policies, scenario.policy_places)
    inputs, changes = {}, {}
    for year in scenario.years:
        inputs[year], changes[year] = apply_package(replace(base, year=year), scenario.policies, scenario.policy_places)
        check_feasible(inputs[year])
        if scenario.fleets is not None:
            from transport_sim.planning.checks import check_fleet_plans  # noqa: PLC0415 - other runs do without it

            check_fleet_plans(inputs[year])
    if scenario.fleets is not None:
        from transport_sim.fleet.path import fleet_path  # noqa: PLC0415 - other runs do without it

        fleet_path(horizon)  # the report has it; what it lacks is told now, and not after the work
    return Prepared(scenario, base, inputs, changes, horizon)


@cache
def _network(folder: Path) -> Network:
    return with_transfer_links(load_network(folder))


def simulate_year(task: Task) -> dict[str, pd.DataFrame]:
    """Simulate one year of one replication and return its result tables.

    The calibration is that of the replication's own parameters at the base year, so it is the same in every scenario.
    """
    scenario, factors = task.scenario, task.inputs.factors.recording()
    inputs, base = replace(task.inputs, factors=factors), replace(task.base, factors=factors)
    seed = text_id(f"{scenario.seed}:{task.replication}")
    if scenario.parameter_uncertainty:
        draw = {"seed": scenario.seed, "replication": task.replication, "replications": scenario.replications}
        inputs, base = inputs.with_parameter_draws(**draw), base.with_parameter_draws(**draw)
    year = FreightYear(
        inputs,
        base,
        duration_days=scenario.duration_days,
        seed=seed,
        calendar_start_day=scenario.calendar_start_day,
    )
    settled = year.settled(rounds=scenario.wait_rounds, tolerance=scenario.wait_tolerance_ratio)
    decision, outcome, shipments = settled.decision, settled.outcome, year.shipments
    inputs = decision.inputs
    tables = account(
        inputs,
        year.skims,
        outcome.records,
        plan=outcome.plan,
        shipments=shipments,
        chain=outcome.chain,
        costs=decision.costs,
    )
    tables["feedback"] = checked("feedback", settled.rounds)
    tables["order_sizes"] = checked("order_sizes", year.order_sizes(decision, outcome.chain))
    if inputs.traffic is not None or inputs.fleets is not None:
        passengers = passenger_modes(inputs, base)
        inputs = with_changed_modes(inputs, passengers)
        tables |= passenger_tables(inputs, passengers)
    day, trucks = None, None
    if inputs.traffic is not None:
        trucks = truck_legs_of_day(inputs, year.skims, outcome.records, _day_of_traffic(scenario, inputs.traffic))
        day = simulate_day(inputs, seed=seed, truck_legs=trucks)
        tables |= traffic_tables(inputs, day)
    balances = rail_balances(outcome.plan, outcome.records)
    if inputs.fleets is not None:
        from transport_sim.fleet_week import simulate_fleet_days  # noqa: PLC0415 - runs without fleets do without it

        if inputs.fleets.freight_trucks and trucks is None:
            trucks = truck_legs_of_day(inputs, year.skims, outcome.records, 0)
        legs = trucks if inputs.fleets.freight_trucks else None
        fleets = simulate_fleet_days(inputs, seed=seed, day=day, truck_legs=legs)
        tables |= fleets.tables
        balances += fleets.balances
    tables["limits"] = checked("limits", decision.limits)
    tables["indicators"] = indicators(inputs, tables, scenario.annual_factor)
    drawn_t = float(shipments.tonnes_t.sum())
    tables["audit"] = audit(inputs, tables, drawn_t, scenario.annual_factor, more=balances, day=day)
    tables["factor_use"] = factor_use(inputs, tables)
    return tables


def _day_of_traffic(scenario: Scenario, traffic: TrafficInputs) -> int:
    """Return the day of the run whose trucks are on the streets: the stated date, or the first day of a sample."""
    if scenario.calendar_start_day is None:
        return 0
    day = traffic.day.date.timetuple().tm_yday - 1 - scenario.calendar_start_day
    return min(day, scenario.duration_days - 1)


def run(
    scenario: Scenario,
    *,
    output: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    overwrite: bool = False,
) -> Result:
    """Simulate every year and replication of a scenario.

    Parameters
    ----------
    scenario
        The loaded scenario.
    output
        Folder for the run tables; if None, a temporary one that goes when Python ends.
    workers
        Processes; results do not depend on it.
    progress
        Called after each run.
    overwrite
        Replace earlier results in `output`.

    Returns
    -------
    The result tables.

    Raises
    ------
    TransportSimError
        For any problem of the inputs, and if an audit fails.
    """
    return compare(
        [scenario], output=output, workers=workers, progress=progress, overwrite=overwrite, report=False
    ).results[0]


def compare(
    scenarios: Sequence[Scenario],
    *,
    output: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    overwrite: bool = False,
    report: bool = True,
    language: str = "en",
) -> Comparison:
    """Simulate scenarios with common random numbers and compare them with the first.

    Parameters
    ----------
    scenarios
        Baseline first; the same years, seed and replications are needed for a paired comparison.
    output
        Folder for tables, figures, manifest and report; if None, a temporary one without report that
        goes when Python ends.
    workers, progress, overwrite
        As in `run`.
    report
        Write comparison.csv, figures and report.html too.
    language
        `en` or `zh`.

    Returns
    -------
    The comparison and the results it rests on.

    Raises
    ------
    TransportSimError
        For any problem of the inputs, and if an audit fails.
    """
    _check_comparable(scenarios)
    prepared = [prepare(s) for s in scenarios]
    tasks = _tasks(prepared)
    described = manifest(prepared)
    key = hashlib.sha256(json.dumps([described, [t.key for t in tasks]], sort_keys=True).encode()).hexdigest()
    if output is None:
        folder = Path(mkdtemp(prefix="transport_sim_"))
        atexit.register(rmtree, folder, ignore_errors=True)
        _execute(folder, tasks, workers, progress)
        return _collect(folder, prepared, described)
    with output_folder(output, key, overwrite=overwrite) as folder:
        _execute(folder, tasks, workers, progress)
        comparison = _collect(folder, prepared, described)
        if report:
            from transport_sim.results.report import write_report  # noqa: PLC0415 - matplotlib and seaborn take seconds

            write_report(comparison, folder, language)
        write_json(folder / "manifest.json", described)
    return _moved(comparison, output)


def _check_comparable(scenarios: Sequence[Scenario]) -> None:
    first = scenarios[0]
    names = [s.name for s in scenarios]
    for name in sorted({n for n in names if names.count(n) > 1}):
        raise ScenarioError(f"two scenarios have the name {name!r}; names tell the results apart")
    for other in scenarios[1:]:
        for key in (
            "years",
            "seed",
            "replications",
            "duration_days",
            "annual_factor",
            "base_year",
            "factor_set",
            "gwp_set",
            "parameter_uncertainty",
            "wait_rounds",
            "wait_tolerance_ratio",
        ):
            if getattr(other, key) != getattr(first, key):
                raise ScenarioError(
                    f"{other.name} cannot be compared with {first.name}: {key} is {getattr(other, key)} and "
                    f"{getattr(first, key)}; "
                    "let the package extend the baseline"
                )
        _check_same_streets(first, other)


def _check_same_streets(first: Scenario, other: Scenario) -> None:
    """Refuse to compare days on different streets, or of different kinds."""
    if first.traffic is None or other.traffic is None:
        if first.traffic is not other.traffic:
            without = first.name if first.traffic is None else other.name
            raise ScenarioError(
                f"{other.name} cannot be compared with {first.name}: {without} has no traffic section; compare with a "
                "baseline that has one, as scenarios/dazhou/traffic.yaml"
            )
        return
    for key in type(first.traffic).model_fields:
        theirs, ours = getattr(other.traffic, key), getattr(first.traffic, key)
        if theirs != ours:
            raise ScenarioError(
                f"{other.name} cannot be compared with {first.name}: traffic.{key} is {theirs} and {ours}; let the "
                "package extend its baseline"
            )


def _tasks(prepared: Sequence[Prepared]) -> list[Task]:
    """List the runs, those of identical inputs once."""
    found: dict[tuple[str, int, int], Task] = {}
    for item in prepared:
        s = item.scenario
        base_key = inputs_key(item.base)
        settings = (
            f"{s.seed} {s.replications} {s.duration_days} {s.annual_factor} {s.parameter_uncertainty} "
            f"{s.wait_rounds} {s.wait_tolerance_ratio}"
        )
        keys = {year: f"{base_key} {inputs_key(item.inputs[year])} {settings}" for year in s.years}
        for year, replication in product(s.years, range(s.replications)):
            key = hashlib.sha256(keys[year].encode()).hexdigest()
            at = key, year, replication
            if at in found:
                found[at] = replace(found[at], names=(*found[at].names, s.name))
            else:
                found[at] = Task(f"{key}:{replication}", s, item.inputs[year], item.base, replication, (s.name,))
    return list(found.values())


def _execute(folder: Path, tasks: Sequence[Task], workers: int, progress: Progress | None) -> None:
    """Simulate what is not there yet."""
    left = [t for t in tasks if not all(is_complete(folder, s, t.inputs.year, t.replication) for s in t.names)]
    execute(left, partial(_work, folder), workers=workers, done=len(tasks) - len(left), progress=progress)


def _work(folder: Path, task: Task) -> None:
    tables = simulate_year(task)
    for name in task.names:
        write_run(folder, name, task.inputs.year, task.replication, tables)


def _collect(folder: Path, prepared: Sequence[Prepared], described: dict[str, object]) -> Comparison:
    """Put the run tables behind results and compare the indicators."""
    results = []
    for item in prepared:
        s = item.scenario
        runs = tuple((s.name, year, replication) for year, replication in product(s.years, range(s.replications)))
        results.append(Result(s, item, RunTables(folder, runs)))
    values = pd.concat([r.indicators for r in results], ignore_index=True)
    first = prepared[0].scenario
    table = compare_indicators(values, first.name, outcomes=first.parameter_uncertainty)
    return Comparison(tuple(results), table, calibration_table(prepared[0], results[0]), described)


def _moved(comparison: Comparison, folder: Path) -> Comparison:
    """Let the results read from where the output has appeared."""
    return replace(
        comparison, results=tuple(replace(r, tables=replace(r.tables, root=folder)) for r in comparison.results)
    )


def calibration_table(prepared: Prepared, result: Result) -> pd.DataFrame:
    """Return targets of the base year beside what the model gives: simulated where the base year is among the years.

    Columns quantity, unit, target, model, deviation_ratio, basis (`simulated` or `expected`).
    """
    fitted: Calibration = calibrate(prepared.base)
    table = fitted.fit.assign(basis="expected")
    values = result.indicators[result.indicators["year"] == prepared.base.base_year]
    if len(values):
        simulated = values.groupby("indicator")["value"].mean()
        for row in table.index:
            if table.loc[row, "quantity"] in simulated.index:
                table.loc[row, ["model", "basis"]] = [simulated[table.loc[row, "quantity"]], "simulated"]
    table["deviation_ratio"] = table["model"] / table["target"] - 1.0
    return table

"""The command line: arguments, progress and printing only. Heavy imports wait until a command needs them."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from transport_sim.cli.choice import calibrate, elasticities
from transport_sim.cli.factors import factors_app
from transport_sim.cli.fetch import network_fetch
from transport_sim.cli.imports import network_import
from transport_sim.cli.network import NetworkFolder, network_export, network_synthesise, network_validate
from transport_sim.cli.site import site
from transport_sim.errors import OutputError, ScenarioError, TransportSimError

if TYPE_CHECKING:
    import pandas as pd

    from transport_sim.config import Scenario
    from transport_sim.network.model import Network

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Test a transport decarbonisation package before paying for it.",
)
network_app = typer.Typer(no_args_is_help=True, help="Look at a network: its size, its faults, its map.")
app.add_typer(network_app, name="network")
app.add_typer(factors_app, name="factors")
app.command()(calibrate)
app.command()(elasticities)
app.command()(site)
network_app.command("fetch")(network_fetch)
network_app.command("import")(network_import)
network_app.command("export")(network_export)
network_app.command("validate")(network_validate)
network_app.command("synthesise")(network_synthesise)
out, err = Console(width=None if sys.stdout and sys.stdout.isatty() else 120), Console(stderr=True)

SHOWN = (
    "freight_tonnes_road",
    "freight_tonnes_rail",
    "freight_tonnes_waterway",
    "co2e_wtw_t",
    "co2e_wtw_t_on_map",
    "nox_t_on_map",
    "pm2_5_t_on_map",
    "fuel_t",
    "electricity_kwh",
    "resource_cost_cny",
    "mean_door_to_door_h",
    "truck_vkm",
    "traffic_peak_speed_kmh",
    "traffic_vkm",
    "traffic_co2e_wtw_kg",
    "traffic_nox_g",
    "traffic_restricted_trips",
)
"""Indicators of the table on the terminal; comparison.csv has them all."""


class Language(StrEnum):
    """Language of the report."""

    EN = "en"
    ZH = "zh"


ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO.yaml", help="Scenario file.")]
ScenarioFiles = Annotated[list[Path], typer.Argument(metavar="SCENARIO.yaml...", help="Scenario files.")]
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results; appears whole or not at all.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=256, help="Processes; the results do not depend on it.")]
Replications = Annotated[
    int | None, typer.Option("--replications", min=1, max=1000, help="Instead of the scenario's own number.")
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Instead of the scenario's own seed.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace earlier results in DIR.")]
Lang = Annotated[Language, typer.Option("--lang", help="Language of report and figures.")]


@app.command()
def compare(
    files: Annotated[
        list[Path], typer.Argument(metavar="BASELINE.yaml PACKAGE.yaml...", help="Baseline first, then the packages.")
    ],
    output: Output,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = min(os.cpu_count() or 1, 2),
    lang: Lang = Language.EN,
    overwrite: Overwrite = False,
) -> None:
    """Simulate a baseline and packages with common random numbers; write tables, figures and report."""
    from transport_sim.results.storage import check_target

    check_target(output, overwrite=overwrite)
    scenarios = _load(files, replications, seed)
    try:
        with _progress("simulating") as progress:
            from transport_sim.run import compare as compare_scenarios

            comparison = compare_scenarios(
                scenarios, output=output, workers=workers, progress=progress, overwrite=overwrite, language=lang.value
            )
    except KeyboardInterrupt:
        typer.echo("interrupted; finished runs are kept, the same command goes on from there", err=True)
        raise typer.Exit(130) from None
    _print_comparison(comparison.table, scenarios)
    out.print(f"report: {(output / 'report.html').resolve()}", soft_wrap=True, markup=False)


@app.command()
def run(
    file: ScenarioFile,
    output: Output,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = min(os.cpu_count() or 1, 2),
    lang: Lang = Language.EN,
    overwrite: Overwrite = False,
) -> None:
    """Simulate one scenario; write tables, figures and report."""
    compare([file], output, replications, seed, workers, lang, overwrite)


@app.command()
def check(files: ScenarioFiles) -> None:
    """Read scenarios with their network, tables and policies, and report every problem; nothing is simulated."""
    for scenario in _load(files, None, None):
        from transport_sim.run import prepare

        prepared = prepare(scenario)
        for year, changes in prepared.changes.items():
            out.print(
                f"{scenario.name} {year}: {len(scenario.policies)} policies, {len(changes)} changes to the inputs"
            )
    out.print("no problems found")


@app.command()
def policies(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Describe this kind only.")] = None,
) -> None:
    """List the policies, or describe one with its fields, units and defaults."""
    from transport_sim.policies import policy_summary, registered_policies

    for name in [kind] if kind else registered_policies():
        summary = policy_summary(name)
        out.print(f"[bold]{summary.kind}[/bold]  {summary.summary}")
        if kind:
            table = Table("field", "type", "unit", "default", "meaning")
            for f in summary.fields:
                table.add_row(f.name, f.type, f.unit, f.default, f.description)
            out.print(table)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from transport_sim.config import scenario_json_schema

    typer.echo(json.dumps(scenario_json_schema(), indent=2, ensure_ascii=False))


@network_app.command("info")
def network_info(network: NetworkFolder = None) -> None:
    """Print the size of a network by mode."""
    loaded = _network(network)
    table = Table("mode", "links", "km (one way)", "electrified km", "under construction or planned")
    for mode, links in loaded.links.groupby("mode"):
        later = (~links["status"].isin(["open", "closing"])).sum()
        km = links["length_km"].sum() / 2.0
        table.add_row(
            str(mode),
            str(len(links)),
            f"{km:,.0f}",
            f"{links.loc[links['electrified'], 'length_km'].sum() / 2.0:,.0f}",
            str(later),
        )
    out.print(f"{loaded.name}: {len(loaded.nodes)} nodes, {len(loaded.links)} directed links")
    if loaded.synthetic_share:
        out.print(f"synthetic: {loaded.synthetic_share:.1%} of the length of its roads is made up, not surveyed")
    out.print(table)


@network_app.command("plot")
def network_plot(
    network: NetworkFolder = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.png", help="Picture to write.")] = Path(
        "network.png"
    ),
    lang: Lang = Language.EN,
) -> None:
    """Draw the overview map of a network."""
    from transport_sim.network.plot import plot_overview

    if output.suffix.lower() != ".png":
        raise OutputError(f"{output}: give the name of a picture that ends in .png")
    try:
        plot_overview(_network(network), output, lang.value)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror or error}") from None
    out.print(f"map: {output.resolve()}", soft_wrap=True, markup=False)


def _load(files: list[Path], replications: int | None, seed: int | None) -> list["Scenario"]:
    """Load all scenarios; problems of several files are reported together."""
    from transport_sim.config import load_scenario

    loaded, problems = [], []
    for file in files:
        try:
            scenario = load_scenario(file)
        except ScenarioError as error:
            problems.append(str(error))
            continue
        changed = {k: v for k, v in (("replications", replications), ("seed", seed)) if v is not None}
        loaded.append(scenario.model_copy(update=changed))
    if problems:
        raise ScenarioError("\n".join(problems))
    return loaded


def _network(folder: Path | None) -> "Network":
    from transport_sim.network.build import load_network
    from transport_sim.network.intermodal import with_transfer_links
    from transport_sim.paths import embedded

    return with_transfer_links(load_network(folder or embedded("networks/dazhou")))


def _print_comparison(table: "pd.DataFrame", scenarios: list["Scenario"]) -> None:
    """Print the main indicators: the baseline's mean, then each package's change; years without a change in a line."""
    base, packages = scenarios[0].name, [s.name for s in scenarios[1:]]
    for year in scenarios[0].years:
        of_year = table[table["year"] == year]
        if packages and not of_year["difference"].any():
            out.print(f"{year}: no package acts yet; all scenarios equal {base}")
            continue
        part = of_year.set_index(["indicator", "scenario"])
        shown = Table(title=f"{year}: {base}, and the change against it" if packages else f"{year}: {base}", box=SIMPLE)
        for column in ("indicator", "unit", base, *packages):
            shown.add_column(column, no_wrap=True, justify="left" if column in ("indicator", "unit") else "right")
        there = set(of_year["indicator"])
        for name in (name for name in SHOWN if name in there):
            rows = [part.loc[[(name, s)]].to_dict("records")[0] for s in (base, *packages)]
            changes = [_change(row["mean"], row["difference"]) for row in rows[1:]]
            shown.add_row(name, rows[0]["unit"], _level(rows[0]["mean"]), *changes)
        out.print(shown)


def _level(mean: float) -> str:
    return f"{mean:,.4g}" if abs(mean) < 1e4 else f"{mean:,.0f}"


def _change(mean: float, difference: float) -> str:
    return f"{difference / (mean - difference):+.2%}" if mean != difference else "-"


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def main() -> None:
    """Run the command line; problems of the input end it with one message and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        app()
    except TransportSimError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except OSError as error:  # such as a full disk behind the standard output
        typer.echo(f"{error.filename or 'standard output'}: {error.strerror or error}", err=True)
        sys.exit(2)

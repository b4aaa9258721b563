"""The commands about the choice of shippers: calibrate and elasticities. Heavy imports wait until they are needed."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from transport_sim.errors import OutputError

if TYPE_CHECKING:
    from transport_sim.choice.elasticities import Elasticities
    from transport_sim.choice.estimation import Estimate

out = Console(width=None if os.isatty(1) else 120)


class Language(StrEnum):
    """Language of the tables."""

    EN = "en"
    ZH = "zh"


ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO.yaml", help="Scenario file.")]
Lang = Annotated[Language, typer.Option("--lang", help="Language of the tables.")]


def elasticities(file: ScenarioFile, lang: Lang = Language.EN) -> None:
    """Print own- and cross-price elasticities of the calibrated base year beside published ranges."""
    from transport_sim.choice.calibration import calibrate as fit
    from transport_sim.choice.elasticities import elasticities as calculate
    from transport_sim.config import load_scenario
    from transport_sim.run import prepare

    base = prepare(load_scenario(file)).base
    _print_elasticities(calculate(base, fit(base)), lang.value)


def calibrate(
    file: ScenarioFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OVERLAY.yaml", help="Scenario that extends the given one.")
    ],
    waits: Annotated[
        Path | None,
        typer.Option(
            "--waits", metavar="FILE.csv", help="Write the simulated delays, for operations/service_waits.csv."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=0, max=50, help="Simulations of the base year at most.")] = 3,
    lang: Lang = Language.EN,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Estimate the choice's constants and scale from the base year; write them as a scenario with its table of fit."""
    from transport_sim.calibration_run import calibrate_with_delays, overlay_text
    from transport_sim.config import load_scenario
    from transport_sim.results.choice_wording import text
    from transport_sim.run import prepare
    from transport_sim.whole import whole_file

    if output.suffix.lower() not in (".yaml", ".yml"):
        raise OutputError(f"{output}: give the name of a scenario file that ends in .yaml")
    fit_file = output.with_name(f"{output.stem}_fit.csv")
    targets = [output, fit_file, *([waits] if waits else [])]
    scenario = load_scenario(file)
    _check_targets(targets, scenario.source_files, overwrite=overwrite)
    found = calibrate_with_delays(prepare(scenario).base, scenario, rounds=rounds)
    texts = [overlay_text(scenario, found.estimate, file, output)]
    texts += [table.to_csv(index=False) for table in (found.estimate.fit, found.waits)]
    with ExitStack() as files:  # all of them appear, or none
        for target, text_of_file in zip(targets, texts, strict=False):
            files.enter_context(whole_file(target)).write_text(text_of_file, encoding="utf-8")
    _print_estimate(found.estimate, lang.value)
    if len(found.gaps):
        out.print(text("rounds", lang.value, count=len(found.gaps), gap=f"{found.gaps[-1]:.2%}"), soft_wrap=True)
    for target in targets:
        out.print(str(target.resolve()), soft_wrap=True, markup=False)


def _check_targets(targets: Sequence[Path], sources: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse, before long work goes into them, files that could not or should not be written."""
    from transport_sim.whole import check_file

    resolved = [target.resolve() for target in targets]
    for n, (target, real) in enumerate(zip(targets, resolved, strict=True)):
        if real in resolved[:n]:
            raise OutputError(f"{target}: overlay, its table of fit (_fit.csv) and delays need a file each")
        if real in sources:
            raise OutputError(f"{target}: is the scenario itself, or a file that it extends; give another name")
        check_file(target)
        if target.exists() and not overwrite:
            raise OutputError(f"{target}: exists already; --overwrite replaces it")


def _print_elasticities(found: "Elasticities", language: str) -> None:
    from transport_sim.results.choice_wording import text

    def t(key: str) -> str:
        return text(key, language)

    shown = Table(*(t(c) for c in ("price_of", "quantity", "road", "rail", "waterway")), box=SIMPLE)
    shown.title = t("elasticities.title")
    for (price_of, quantity), part in found.table.groupby(["price_of", "quantity"], sort=False):
        by_mode = part.set_index("mode")["elasticity"]
        shown.add_row(t(str(price_of)), t(str(quantity)), *(f"{by_mode[m]:+.2f}" for m in ("road", "rail", "waterway")))
    out.print(shown)
    columns = ("mode", "quantity", "elasticity", "free", "range", "verdict")
    compared = Table(*(t(c) for c in columns), box=SIMPLE, title=t("compared.title"))
    reasons = []
    for row in found.compared.to_dict("records"):
        mode, free = t(row["mode"]), f"{row['free']:+.2f}"
        known = f"{row['low']:g} … {row['high']:g}"
        compared.add_row(mode, t(row["quantity"]), f"{row['elasticity']:+.2f}", free, known, t(row["verdict"]))
        if row["reason"]:
            share, usual = found.market.bound_share[row["mode"]], found.market.share_where_possible[row["mode"]]
            values = {"mode": mode, "share": f"{share:.0%}", "usual": f"{usual:.0%}", "free": free}
            reasons.append(text(f"reason.{row['reason']}", language, **values))
    if len(found.compared):
        out.print(compared)
    for reason in reasons:
        out.print(reason, soft_wrap=True)


def _print_estimate(found: "Estimate", language: str) -> None:
    from transport_sim.results.choice_wording import text

    def t(key: str) -> str:
        return text(key, language)

    shown = Table(*(t(c) for c in ("parameter", "value", "standard_error", "start")), box=SIMPLE)
    shown.title = t("estimate.title")
    for row in found.table.to_dict("records"):
        shown.add_row(row["parameter"], *(f"{row[c]:.4g}" for c in ("value", "standard_error", "start")))
    out.print(shown)
    columns = ("quantity", "mode", "group", "observed", "model", "deviation_ratio")
    fit = Table(*(t(c) for c in columns), box=SIMPLE, title=t("fit.title"))
    for row in found.fit.to_dict("records"):
        amounts = (f"{row[c]:,.4g}" if abs(row[c]) < 1e4 else f"{row[c]:,.0f}" for c in ("observed", "model"))
        fit.add_row(
            t(row["quantity"]),
            t(row["mode"]),
            t(row["choice_group"] or "all"),
            *amounts,
            f"{row['deviation_ratio']:+.2%}",
        )
    out.print(fit)
    out.print(text("objective", language, objective=f"{found.objective:.3g}", degrees=found.degrees_count))

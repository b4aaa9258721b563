"""The command `site`: arguments, progress and printing. Heavy imports wait until they are needed."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from transport_sim.errors import DataError, SitingError

if TYPE_CHECKING:
    import pandas as pd

    from transport_sim.siting.site import SitingResult

out, err = Console(width=None if os.isatty(1) else 120), Console(stderr=True)
SHOWN = 15
"""Sites of each phase that are printed; sites.csv has them all."""


class Method(StrEnum):
    """How sites are chosen."""

    CAPACITATED = "capacitated"
    MAXIMAL_COVER = "maximal_cover"
    P_MEDIAN = "p_median"
    P_CENTRE = "p_centre"
    SET_COVER = "set_cover"
    FLOW_REFUELLING = "flow_refuelling"


class Language(StrEnum):
    """Language of headings and pictures."""

    EN = "en"
    ZH = "zh"


def site(
    file: Annotated[Path, typer.Argument(metavar="SCENARIO.yaml", help="Scenario file with road traffic.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results; appears whole or not at all.")
    ],
    method: Annotated[Method, typer.Option("--method", help="How sites are chosen.")] = Method.CAPACITATED,
    sites: Annotated[int | None, typer.Option("--sites", help="New sites of each phase at most.")] = None,
    budget: Annotated[float | None, typer.Option("--budget", metavar="CNY", help="What each phase may spend.")] = None,
    phases: Annotated[
        str, typer.Option("--phases", metavar="YEAR,...", help="Years; what is built stays.")
    ] = "2025,2030",
    areas: Annotated[
        str, typer.Option("--areas", help="Which demand counts: some of core,county,corridor.")
    ] = "core,county,corridor",
    needs: Annotated[
        Path | None, typer.Option("--needs", metavar="FILE.csv", help="Charging needs that a simulation found.")
    ] = None,
    rural_cover: Annotated[
        float, typer.Option("--rural-cover", help="Share of the counties' demand that must be covered.")
    ] = 0.0,
    rounds: Annotated[int, typer.Option("--rounds", help="Rounds of siting and queues; 0: open loop.")] = 6,
    replications: Annotated[int, typer.Option("--replications", help="Days that are compared.")] = 10,
    lang: Annotated[Language, typer.Option("--lang", help="Language of headings and pictures.")] = Language.EN,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier results in DIR.")] = False,
) -> None:
    """Choose where to build chargers, test the choice with queues; write lists, map and the policy to include."""
    from transport_sim.siting.site import site as choose

    result = choose(
        file,
        method=method.value,
        sites=sites,
        budget_cny=budget,
        phases=_years(phases),
        areas=[word.strip() for word in areas.split(",") if word.strip()],
        needs=None if needs is None else _table(needs),
        rural_cover_share=rural_cover,
        rounds=rounds,
        replications=replications,
        output=output,
        language=lang.value,
        overwrite=overwrite,
        progress=lambda line: err.print(line, style="dim") if err.is_terminal else None,
    )
    _print(result, lang.value)
    out.print(f"report: {(output / 'siting.html').resolve()}", soft_wrap=True, markup=False)


def _years(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise SitingError(f"--phases must be years such as 2025,2030, got {text!r}") from None


def _table(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a table: {error}") from None


def _print(result: "SitingResult", language: str) -> None:
    """Print the sites of each phase, and how closed and open loop compare."""
    from transport_sim.siting import wording
    from transport_sim.siting.page import sentence
    from transport_sim.siting.wording import heading, kind_name

    lang: wording.Language = "zh" if language == "zh" else "en"
    columns = ("rank", "name", "kind", "plugs_count", "cost_cny", "demand_kwh", "mean_wait_minutes")
    for phase in result.phases:
        own = result.sites[result.sites["year"] == phase.year].sort_values("rank")
        shown = Table(*(heading(c, lang) for c in columns), box=SIMPLE, title=str(phase.year))
        for row in own.head(SHOWN).to_dict("records"):
            kind = kind_name(str(row["kind"]), lang)
            numbers = (f"{row[c]:,.0f}" for c in ("plugs_count", "cost_cny", "demand_kwh"))
            shown.add_row(str(row["rank"]), str(row["name"]), kind, *numbers, f"{row['mean_wait_minutes']:.1f}")
        out.print(shown)
        if len(own) > SHOWN:
            out.print(f"... {len(own) - SHOWN} (sites.csv)")
        out.print(sentence(phase, result, lang), soft_wrap=True, markup=False)

"""From a scenario to a list of chargers: demand, candidates, models and queues, phase by phase."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.config import Scenario, load_scenario
from transport_sim.errors import SitingError
from transport_sim.inputs import Inputs
from transport_sim.results.storage import check_target
from transport_sim.run import Prepared, prepare
from transport_sim.siting.behaviour import Behaviour
from transport_sim.siting.candidates import candidates
from transport_sim.siting.case import SitingCase, siting_case
from transport_sim.siting.closed_loop import ClosedLoop, LoopSettings, closed_loop
from transport_sim.siting.corridors import corridor_flows
from transport_sim.siting.demand import ChargingDemand, charging_demand
from transport_sim.siting.design import LIMITS, METHODS, Spending, check_method
from transport_sim.siting.frames import candidate_frame, history_frame, pareto_frame, site_frame
from transport_sim.siting.models import CorridorFlows, Limits
from transport_sim.siting.queues import ServiceLevel
from transport_sim.traffic_inputs import TrafficInputs

if TYPE_CHECKING:
    import geopandas

Progress = Callable[[str], None]
AREAS = ("core", "county", "corridor")
"""Where demand arises: on the streets of the core, in the towns of the counties, along expressways."""
PARETO_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Budgets of the front, as multiples of what the last phase may spend. [-]"""
FRONT_LIMITS = Limits(gap_ratio=0.02, nodes_most=500)
"""When the models of the front stop: it shows a shape, no design. The larger gap of the two counts."""


@dataclass(frozen=True)
class SitingSettings:
    """What `site` was asked for."""

    method: str = "capacitated"
    sites: int | None = None
    """New sites of each phase at most. [-]"""
    budget_cny: float | None = None
    """What each phase may spend. [CNY]"""
    phases: tuple[int, ...] = (2025, 2030)
    areas: tuple[str, ...] = AREAS
    rural_cover_share: float = 0.0
    """Share of the demand in the counties that must be covered. [-]"""
    loop: LoopSettings = field(default_factory=LoopSettings)
    limits: Limits = LIMITS

    def __post_init__(self) -> None:
        """Refuse what makes no sense before anything is read."""
        check_method(self.method)
        if not self.phases or list(self.phases) != sorted(set(self.phases)):
            raise SitingError(
                f"phases must be years in ascending order, got {', '.join(map(str, self.phases)) or 'none'}"
            )
        unknown = [area for area in self.areas if area not in AREAS]
        if unknown or not self.areas:
            raise SitingError(f"areas must be some of {', '.join(AREAS)}, got {', '.join(unknown) or 'none'}")
        if self.method != "set_cover" and self.sites is None and self.budget_cny is None:
            raise SitingError("say how much each phase may open: sites, budget_cny or both")
        if self.sites is not None and self.sites < 1:
            raise SitingError(f"sites must be a whole number of at least 1, got {self.sites}")
        if self.budget_cny is not None and not self.budget_cny >= 0.0:
            raise SitingError(f"budget_cny must be 0 or more, got {self.budget_cny:g}")
        if not 0.0 <= self.rural_cover_share <= 1.0:
            raise SitingError(f"rural_cover_share must be from 0 to 1, got {self.rural_cover_share:g}")

    @property
    def spending(self) -> Spending:
        """How much each phase may open."""
        return Spending(self.sites, self.budget_cny)


@dataclass(frozen=True, eq=False)
class PhaseResult:
    """One phase: the task and what the loop came to."""

    year: int
    case: SitingCase
    loop: ClosedLoop


@dataclass(frozen=True, eq=False)
class SitingResult:
    """Where to build, in which order, and how good that is."""

    scenario: Scenario
    prepared: Prepared = field(repr=False)
    settings: SitingSettings
    phases: tuple[PhaseResult, ...] = field(repr=False)
    candidates: "geopandas.GeoDataFrame" = field(repr=False)
    """Every place that was looked at, with the reason why it is in or out."""
    sites: "geopandas.GeoDataFrame" = field(repr=False)
    """One row for each phase and open site."""
    pareto: "geopandas.GeoDataFrame" = field(repr=False)
    """One row for each budget; the geometry holds its sites."""
    history: "geopandas.GeoDataFrame" = field(repr=False)
    """One row for each phase and round of the loop; the geometry holds its sites."""
    comparison: pd.DataFrame = field(repr=False)
    """Closed against open loop: one row for each phase and measure, with the 95 % interval of the difference."""

    def __repr__(self) -> str:
        """Say how many sites each phase has."""
        counts = self.sites.groupby("year").size() if len(self.sites) else {}
        text = ", ".join(f"{year}: {count} sites" for year, count in dict(counts).items())
        return f"SitingResult({self.scenario.name}, {self.settings.method}, {text})"


def site(
    scenario: Scenario | Path | str,
    *,
    method: str = "capacitated",
    sites: int | None = None,
    budget_cny: float | None = None,
    phases: Sequence[int] = (2025, 2030),
    areas: Sequence[str] = AREAS,
    needs: pd.DataFrame | None = None,
    rural_cover_share: float = 0.0,
    service_share: float = 0.95,
    wait_minutes: float = 10.0,
    rounds: int = 6,
    replications: int = 10,
    output: Path | str | None = None,
    language: str = "en",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SitingResult:
    """Choose where to build chargers, and test the choice with simulated queues.

    Parameters
    ----------
    scenario
        A loaded scenario with road traffic, or its file.
    method
        One of `design.METHODS`: `capacitated` (sites and plugs together), `maximal_cover`, `p_median`, `p_centre`,
        `set_cover`, `flow_refuelling`.
    sites
        New sites that each phase may open. [-]
    budget_cny
        What each phase may spend on sites and plugs. [CNY]
    phases
        Years, ascending; what an earlier one has built stays.
    areas
        Which demand counts: some of core, county, corridor.
    needs
        What a simulation found to be charged, see `demand.charging_demand`; the same in every phase. Without it the
        demand follows from parking and trip ends.
    rural_cover_share
        Share of the demand in the counties that must be covered. [-]
    service_share, wait_minutes
        The service level: this share of the drivers waits no longer. [-], [min]
    rounds
        Rounds of siting and queues after the first; 0 leaves the loop open. [-]
    replications
        Days on which closed and open loop are compared. [-]
    output
        Folder for the files; appears whole or not at all.
    language
        Language of headings and pictures, `en` or `zh`.
    overwrite
        Whether earlier results in that folder may be replaced.
    progress
        Called with a line of text when a stage begins.

    Raises
    ------
    SitingError, DataError
        No candidate or only one, no demand, demand that is negative or that nobody reaches, more sites than candidates,
        duplicated places; the message says what would be right.
    """
    level = ServiceLevel(share=service_share, wait_minutes=wait_minutes)
    _check_numbers(level, rounds, replications)
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(Path(scenario))
    settings = SitingSettings(
        method=method,
        sites=sites,
        budget_cny=budget_cny,
        phases=tuple(phases),
        areas=tuple(areas),
        rural_cover_share=rural_cover_share,
        loop=LoopSettings(level=level, rounds=rounds, replications=replications, seed=loaded.seed),
    )
    if output is not None:
        check_target(Path(output), overwrite=overwrite)
    prepared = prepare(loaded.model_copy(update={"years": settings.phases}))
    result = solve(prepared, settings, needs=needs, progress=progress or (lambda _: None))
    if output is not None:
        from transport_sim.siting.outputs import write_siting  # noqa: PLC0415 - takes matplotlib only when needed

        write_siting(result, Path(output), language=language, overwrite=overwrite)
    return result


def solve(
    prepared: Prepared, settings: SitingSettings, *, needs: pd.DataFrame | None, progress: Progress
) -> SitingResult:
    """Site phase by phase on prepared inputs, without writing anything."""
    places: pd.DataFrame | None = None
    done: list[PhaseResult] = []
    for year in settings.phases:
        inputs = prepared.inputs[year]
        traffic = _traffic(inputs)
        progress(f"{year}: demand and candidates")
        demand = charging_demand(inputs, needs)
        if places is None:
            places = candidates(inputs, np.unique(demand.frame["node_id"].to_numpy(np.int64)))
        accepted = places[places["accepted"]]
        case = siting_case(inputs, demand, accepted, settings.areas)
        if done:
            last = done[-1]
            case = case.built(last.loop.closed_loop.open, last.loop.closed_loop.plugs)
        flows = _flows(demand, inputs, traffic, case, settings)
        progress(f"{year}: sites and queues")
        loop = closed_loop(
            case,
            settings.method,
            settings.spending,
            settings.loop,
            rural_cover_share=settings.rural_cover_share,
            flows=flows,
            limits=settings.limits,
        )
        done.append(PhaseResult(year, case, loop))
    if places is None:
        raise SitingError("there is no phase")
    progress("budget against cover")
    return _result(prepared, settings, places, done)


def _result(
    prepared: Prepared,
    settings: SitingSettings,
    places: pd.DataFrame,
    done: list[PhaseResult],
) -> SitingResult:
    sites = pd.concat([site_frame(phase.year, phase.case, phase.loop, settings.loop.level) for phase in done])
    budget = settings.budget_cny
    if budget is None:
        design = done[-1].loop.closed_loop
        budget = done[-1].case.cost_cny(design.open, design.plugs)
    limits = max(settings.limits, FRONT_LIMITS, key=lambda stop: stop.gap_ratio)
    front = pareto_frame(done[-1].case, [ratio * budget for ratio in PARETO_RATIOS], limits)
    compared = pd.concat(
        [phase.loop.comparison.assign(year=phase.year, verdict=phase.loop.verdict) for phase in done], ignore_index=True
    )
    return SitingResult(
        scenario=prepared.scenario,
        prepared=prepared,
        settings=settings,
        phases=tuple(done),
        candidates=candidate_frame(places, done[0].case, sites),
        sites=sites.reset_index(drop=True),
        pareto=front,
        history=history_frame([(phase.year, phase.case, phase.loop) for phase in done]),
        comparison=compared[["year", *(c for c in compared.columns if c != "year")]],
    )


def _traffic(inputs: Inputs) -> TrafficInputs:
    if inputs.traffic is None:
        raise SitingError(
            "siting needs streets and trips: give the scenario a section `traffic`, or extend one that has it "
            "(scenarios/dazhou/traffic.yaml)"
        )
    return inputs.traffic


def _flows(
    demand: ChargingDemand, inputs: Inputs, traffic: TrafficInputs, case: SitingCase, settings: SitingSettings
) -> CorridorFlows | None:
    """Return the paths along expressways if the method asks for them."""
    if settings.method != "flow_refuelling" or demand.corridors is None:
        return None
    return corridor_flows(
        demand.corridors,
        traffic.network.at_year(inputs.year),
        case.candidates["node_id"].to_numpy(np.int64),
        case.open_to("through"),
        cost_cny=case.site_cny + case.plug_cny,
        existing=case.existing,
        range_km=Behaviour(inputs).get("through", "range_km"),
    )


def _check_numbers(level: ServiceLevel, rounds: int, replications: int) -> None:
    problems = {
        f"service_share must be above 0 and at most 1, got {level.share:g}": not 0.0 < level.share <= 1.0,
        f"wait_minutes must be 0 or more, got {level.wait_minutes:g}": not level.wait_minutes >= 0.0,
        f"rounds must be from 0 to 100, got {rounds}": not 0 <= rounds <= 100,
        f"replications must be from 1 to 1000, got {replications}": not 1 <= replications <= 1000,
    }
    for text, wrong in problems.items():
        if wrong:
            raise SitingError(text)


__all__ = ["AREAS", "METHODS", "PhaseResult", "SitingResult", "SitingSettings", "site", "solve"]

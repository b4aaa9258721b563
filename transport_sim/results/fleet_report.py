"""The part of the report on fleets: worked out once, drawn, laid out and put into the workbook."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.fleet.costs import total_cost
from transport_sim.fleet.path import fleet_path
from transport_sim.results import fleet_frames as frames
from transport_sim.results import fleet_plots, fleet_sections
from transport_sim.results.findings import last_year, titles
from transport_sim.results.fleet_path_plot import fleet_paths
from transport_sim.results.freight_sheets import Sheet
from transport_sim.results.schemas import checked
from transport_sim.results.sections import Section

if TYPE_CHECKING:
    from pathlib import Path

    from transport_sim.results.plots import Look
    from transport_sim.results.report import Pictures
    from transport_sim.results.wording import Wording
    from transport_sim.run import Comparison


@dataclass(frozen=True)
class FleetReport:
    """The fleets of a comparison: their simulated days and their way to the last year, as far as there are any."""

    comparison: "Comparison"
    has_days: bool
    paths: dict[str, pd.DataFrame]
    """Results of `fleet_path` by scenario; empty where no table says what the stock is."""
    costs: pd.DataFrame
    """Result of `total_cost` in the last year, by scenario."""
    modes: pd.DataFrame
    """How persons travel, from `fleet_frames.mode_rows`."""

    def sections(self, words: "Wording") -> dict[str, Section | None]:
        """Lay out what the page shows, by the template's names."""
        parts: Section = {
            "days": fleet_sections.days(self.comparison, words) if self.has_days else None,
            "path": fleet_sections.path(self.comparison, self.paths, words) if self.paths else None,
            "costs": fleet_sections.costs(self.costs, words) if len(self.costs) else None,
            "modes": fleet_sections.modes(self.comparison, self.modes, words) if len(self.modes) else None,
        }
        return {"fleets": parts if any(parts.values()) else None}

    def sheets(self, words: "Wording") -> list[Sheet]:
        """Return the sheets of the workbook."""
        named = titles(self.comparison, words)
        every = [Sheet(words("sheet.modes"), self.modes)]
        if self.has_days:
            stations = [
                frames.station_rows(r, last_year(self.comparison)).reset_index().assign(scenario=r.scenario.name)
                for r in self.comparison.results
            ]
            every += [
                Sheet(words("sheet.fleets"), frames.fleet_rows(self.comparison)),
                Sheet(words("sheet.loads"), frames.loads(self.comparison)),
                Sheet(words("sheet.stations"), pd.concat(stations, ignore_index=True)),
            ]
        if self.paths:
            every += [Sheet(words("sheet.fleet_path"), self.path_table()), Sheet(words("sheet.tco"), self.costs)]
        return [Sheet(s.name, _scenario_first(s.table, named)) for s in every if len(s.table)]

    def path_table(self) -> pd.DataFrame:
        """Return the paths of all scenarios below each other, column scenario first."""
        parts = [path.assign(scenario=name) for name, path in self.paths.items()]
        return _scenario_first(pd.concat(parts, ignore_index=True), {})

    def draw(self, look: "Look", pictures: "Pictures") -> None:
        """Draw the figures."""
        words, year = pictures.words, last_year(self.comparison)
        if self.has_days:
            figure = fleet_plots.load_curves(frames.loads(self.comparison), look)
            pictures.add("fleet_loads", "fleet_loads", figure, words("fig.cap_loads", year=year))
        if self.paths:
            pictures.add("fleet_path", "fleet_path", fleet_paths(self.paths, look), words("fig.cap_path"))

    def write(self, folder: "Path") -> None:
        """Write the paths as fleet_path.csv, and what was charged where for the siting of chargers."""
        files = {"fleet_path": self.path_table()} if self.paths else {}
        if self.has_days:
            year = last_year(self.comparison)
            files |= {
                f"charging_needs_{r.scenario.name}": frames.charging_needs(r, year) for r in self.comparison.results
            }
        for name, table in files.items():
            path = folder / f"{name}.csv"
            table.to_csv(path, index=False, float_format="%.10g", encoding="utf-8", lineterminator="\n")


def fleet_report(comparison: "Comparison") -> FleetReport:
    """Read the result tables and work everything out."""
    year = last_year(comparison)
    paths = {r.scenario.name: fleet_path(r.prepared.horizon) for r in comparison.results}
    with_stock = {name: checked("fleet_path", path) for name, path in paths.items() if len(path)}
    costs = [
        total_cost(r.prepared.inputs[year]).assign(scenario=r.scenario.name)
        for r in comparison.results[:1]
        if with_stock
    ]
    return FleetReport(
        comparison,
        frames.has_fleets(comparison),
        with_stock,
        costs[0] if costs else pd.DataFrame(),
        frames.mode_rows(comparison),
    )


def _scenario_first(table: pd.DataFrame, named: dict[str, str]) -> pd.DataFrame:
    """Put the scenario into the first column, by its title where there is one."""
    rest = table.drop(columns="scenario")
    rest.insert(0, "scenario", table["scenario"].map(lambda name: named.get(name, name)))
    return rest

"""The part of the report on rail and river: worked out once, drawn, laid out and put into the workbook."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.results import freight_plots, freight_sections, water_sections
from transport_sim.results.comparison import compare_indicators
from transport_sim.results.elements import element_sentences, element_values
from transport_sim.results.findings import intensities, last_year, leg_sums, title
from transport_sim.results.freight_sheets import Sheet, sheets
from transport_sim.results.place_names import PlaceNames
from transport_sim.results.sections import Section

if TYPE_CHECKING:
    from transport_sim.results.plots import Look
    from transport_sim.results.report import Pictures
    from transport_sim.results.wording import Wording
    from transport_sim.run import Comparison


@dataclass(frozen=True)
class FreightReport:
    """Rail and river of a comparison."""

    comparison: "Comparison"
    rates: pd.DataFrame
    """CO2e per t-km by vehicle class, from `findings.intensities`."""
    elements: pd.DataFrame
    """Comparison table of CO2e by element of the chain."""
    freight: freight_sections.Freight
    water: water_sections.Finding

    def sections(self, words: "Wording") -> dict[str, Section | list[str]]:
        """Lay out what the page shows, by the template's names."""
        return {
            "freight": freight_sections.freight(self.freight, words),
            "water": water_sections.water_classes(self.water, words),
            "elements": element_sentences(self.elements, self.comparison, words),
        }

    def sheets(self, words: "Wording") -> list[Sheet]:
        """Return the sheets of the workbook."""
        return sheets(self.freight, self.water, self.elements, words)

    def draw(self, look: "Look", pictures: "Pictures") -> None:
        """Draw the figures."""
        comparison, found, words = self.comparison, self.freight, pictures.words
        year = found.year
        if len(self.water.classes):
            bars = water_sections.bars(self.water, look.words)
            figure = freight_plots.water_classes(bars, self.water.months, look)
            pictures.add("water", "water_classes", figure, words("fig.cap_water", year=year))
        if len(found.season):
            closed = freight_sections.river_names(found.closed, look.words)
            figure = freight_plots.season(found.season, closed, look)
            pictures.add("season", "season", figure, words("fig.cap_season", year=year))
        if len(comparison.results) > 1:
            changes = freight_sections.mode_changes(comparison)
            years = comparison.baseline.scenario.years
            pictures.add("moved", "moved", freight_plots.moved(changes, years, look), words("fig.cap_moved"))
        for result in comparison.results[1:]:
            name = result.scenario.name
            figure = freight_plots.waterfall(self.elements, found.costs, name, look)
            caption = f"{title(result, words)}{words('colon')}{words('fig.cap_waterfall', year=year)}"
            pictures.add("elements", f"waterfall_{name}", figure, caption)
            rows = freight_sections.shown_queues(found.queues[name])
            if rows.empty:
                continue
            inputs = result.prepared.inputs[year]
            names = PlaceNames(inputs.network, inputs.zones, look.words)
            called = [names.facility(str(f), str(k)) for f, k in zip(rows.index, rows["kind"], strict=True)]
            caption = words("fig.cap_queues", year=year, scenario=title(result, words))
            pictures.add(f"queues_{name}", f"queues_{name}", freight_plots.queues(rows, called, look), caption)


def freight_report(comparison: "Comparison") -> FreightReport:
    """Read the result tables and work everything out."""
    year, scenario = last_year(comparison), comparison.baseline.scenario
    sums = leg_sums(comparison, year)
    rates = intensities(sums)
    values = element_values(comparison, year, sums)
    return FreightReport(
        comparison,
        rates,
        compare_indicators(values, scenario.name, outcomes=scenario.parameter_uncertainty),
        freight_sections.work_out(comparison),
        water_sections.work_out(comparison, sums, rates),
    )

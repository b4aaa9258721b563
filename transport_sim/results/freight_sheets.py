"""The tables of the section on rail and river as sheets of the workbook, in base units."""

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from transport_sim.results import freight_frames as frames
from transport_sim.results.findings import titles
from transport_sim.results.place_names import PlaceNames
from transport_sim.results.wording import Wording

if TYPE_CHECKING:
    from transport_sim.results.freight_sections import Freight
    from transport_sim.results.water_sections import Finding


class Sheet(NamedTuple):
    """A name and a frame; the columns are the headings."""

    name: str
    table: pd.DataFrame


def sheets(found: "Freight", water: "Finding", elements: pd.DataFrame, words: Wording) -> list[Sheet]:
    """Return the sheets that have rows.

    Parameters
    ----------
    found, water
        What was worked out for the page.
    elements
        Comparison table of CO2e by element of the chain.
    words
        Language of the sheets' names; the columns are those of the frames, with their units.
    """
    named = titles(found.comparison, words)
    moved = pd.concat([t.assign(year=y) for y, t in found.moves.items()], ignore_index=True)
    parts = pd.concat([elements, found.costs], ignore_index=True)
    parts = parts.assign(
        indicator=[
            words(f"{'element' if u == 't' else 'cost'}.{i}") for i, u in parts[["indicator", "unit"]].to_numpy()
        ]
    )
    every = [
        Sheet(words("sheet.moved"), moved),
        Sheet(words("sheet.elements"), parts.drop(columns="probability_better")),
        Sheet(words("sheet.queues"), _queues(found, words)),
        Sheet(words("sheet.abatement"), _abatement(found, words)),
        Sheet(words("sheet.season"), found.season),
        Sheet(words("sheet.water"), _water(water)),
    ]
    return [
        Sheet(s.name, s.table.assign(scenario=s.table["scenario"].map(named)) if "scenario" in s.table else s.table)
        for s in every
        if len(s.table)
    ]


def _queues(found: "Freight", words: Wording) -> pd.DataFrame:
    parts = []
    for result in found.comparison.results[1:]:
        inputs = result.prepared.inputs[found.year]
        names = PlaceNames(inputs.network, inputs.zones, words)
        table = found.queues[result.scenario.name].reset_index()
        called = [names.facility(str(f), str(k)) for f, k in zip(table["facility"], table["kind"], strict=True)]
        table.insert(0, "scenario", result.scenario.name)
        table.insert(2, "name", called)
        parts.append(table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _abatement(found: "Freight", words: Wording) -> pd.DataFrame:
    rows = []
    for result in found.comparison.results[1:]:
        cost = frames.abatement(found.comparison, result, found.year)
        stated, unstated = (
            words("comma").join(words.name("policy", k) for k in kinds) for kinds in (cost.stated, cost.unstated)
        )
        rows.append({"scenario": result.scenario.name, **vars(cost), "stated": stated, "unstated": unstated})
    return pd.DataFrame(rows)


def _water(water: "Finding") -> pd.DataFrame:
    if water.classes.empty:
        return water.classes
    return water.months.merge(
        water.classes.drop(columns="scenarios").reset_index(), on="navigation_class", suffixes=("_by_resistance", "")
    )

"""The figure on fleets shows what is in the frame, in both languages."""

from dataclasses import replace

import pytest
from matplotlib.collections import PolyCollection

from transport_sim.fleet.path import clean_shares, fleet_path
from transport_sim.measures import FleetMandate
from transport_sim.results.fleet_path_plot import fleet_paths
from transport_sim.results.plots import Look
from transport_sim.results.wording import Wording


@pytest.fixture(scope="module")
def paths(dazhou_inputs):
    ordered = replace(dazhou_inputs, year=2060).with_fleet_measure(
        FleetMandate("bus", ("battery_electric",), 1.0, 2026, "stock", 2030)
    )
    return {"baseline": fleet_path(dazhou_inputs), "ordered": fleet_path(ordered)}


@pytest.mark.parametrize(("language", "title"), [("en", "Buses"), ("zh", "公交车")])
def test_the_figure_shows_the_last_scenario_and_compares_all(paths, language, title):
    figure = fleet_paths(paths, Look(Wording(language), None, {"ordered": "O", "baseline": "B"}))
    buses, taxis, clean, oil = figure.axes
    assert buses.get_title(loc="left") == f"{title} · O"
    assert taxis.get_title(loc="left").endswith("O")
    shown = paths["ordered"].query("fleet == 'bus'")["technology"].nunique()
    assert len([c for c in buses.collections if isinstance(c, PolyCollection)]) == shown
    assert [len(axes.lines) for axes in (clean, oil)] == [2, 2]
    drawn = clean.lines[1].get_ydata()
    assert drawn == pytest.approx(clean_shares(paths["ordered"])["together"].to_numpy() * 100.0)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[-2:] == ["B", "O"]

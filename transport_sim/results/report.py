"""The results as files for people: comparison.csv, a workbook, a map layer, figures and one self-contained page."""

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from transport_sim.errors import TransportSimError
from transport_sim.results import (
    factor_sections,
    findings,
    maps,
    plots,
    sections,
    traffic_plots,
    traffic_sections,
)
from transport_sim.results.comparison import COLUMNS
from transport_sim.results.fleet_report import fleet_report
from transport_sim.results.fonts import chinese_font
from transport_sim.results.freight_report import freight_report
from transport_sim.results.indicators import MODES
from transport_sim.results.wording import INDICATORS, PARAMETERS, TEXTS, Language, Wording
from transport_sim.results.workbook import write_workbook

if TYPE_CHECKING:
    from transport_sim.run import Comparison
    from transport_sim.sensitivity import Swings

TEMPLATES = Path(__file__).parent / "templates"
FIXED_TIME = "2000-01-01T00:00:00Z"
"""Written into files that want a date, so that the same results give the same bytes."""


def write_report(comparison: "Comparison", folder: Path, language: str) -> None:
    """Write everything that a reader of a comparison needs into a folder.

    Parameters
    ----------
    comparison
        The scenarios, the first of them the baseline.
    folder
        Where comparison.csv, comparison.xlsx, link_flows.gpkg, figures/ and report.html go.
    language
        `en` or `zh`.
    """
    words = Wording(cast("Language", language))
    year = findings.last_year(comparison)
    comparison.table[list(COLUMNS)].to_csv(
        folder / "comparison.csv", index=False, float_format="%.10g", encoding="utf-8", lineterminator="\n"
    )
    freight, fleets = freight_report(comparison), fleet_report(comparison)
    fleets.write(folder)
    write_workbook(comparison, folder / "comparison.xlsx", words, [*freight.sheets(words), *fleets.sheets(words)])
    flows = _annual_flows(comparison, year)
    _write_layer(comparison, year, flows, folder / "link_flows.gpkg")
    swings, reason = _swings(comparison, year, words)
    look, notice = figure_look(comparison, words)
    pictures = Pictures(folder / "figures", words)
    pictures.folder.mkdir(exist_ok=True)
    _charts(comparison, year, look, pictures)
    pictures.add("vessels", "intensity", plots.intensity(freight.rates, look), words("fig.cap_intensity", year=year))
    freight.draw(look, pictures)
    _package_charts(comparison, swings, look, pictures)
    _maps(comparison, year, flows, look, pictures)
    if traffic_sections.has_traffic(comparison):
        _traffic_charts(comparison, year, look, pictures)
    fleets.draw(look, pictures)
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            t=words,
            opening=sections.opening(comparison, words),
            tables=sections.package_tables(comparison, words, full=False),
            full_tables=sections.package_tables(comparison, words, full=True),
            indicator_count=comparison.table["indicator"].nunique(),
            single=comparison.baseline.scenario.replications < 2,
            pictures=pictures.shown,
            notice=notice,
            vessels=sections.vessels(comparison, freight.rates, words),
            **freight.sections(words),
            traffic=traffic_sections.traffic(comparison, words),
            **fleets.sections(words),
            sets=factor_sections.factor_sets(comparison, words),
            calibration=sections.calibration(comparison, words),
            changes=sections.changes(comparison, words),
            year=year,
            assumptions=sections.assumptions(comparison, swings, reason, words),
            provenance=sections.provenance(comparison, words),
            audit=sections.audit(comparison, words),
        )
    )
    (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _annual_flows(comparison: "Comparison", year: int) -> dict[str, pd.DataFrame]:
    """Return annual vehicles and tonnes by link of every scenario."""
    return {
        r.scenario.name: maps.annual_flows(
            r.tables["link_flows"], year, r.scenario.replications, r.scenario.annual_factor
        )
        for r in comparison.results
    }


def _write_layer(comparison: "Comparison", year: int, flows: dict[str, pd.DataFrame], path: Path) -> None:
    """Write the flows of the last year as a GeoPackage, one layer a scenario."""
    import geopandas  # noqa: PLC0415 - takes half a second
    import pyogrio  # noqa: PLC0415

    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        for result in comparison.results:
            network = result.prepared.inputs[year].network
            amounts = flows[result.scenario.name]
            links = network.links.loc[network.links.index.intersection(amounts.index)]
            frame = links[["mode", "link_class", "name", "length_km"]].assign(
                vehicles_per_year_count=amounts["vehicle_count"], tonnes_per_year_t=amounts["payload_t"]
            )
            layer = geopandas.GeoDataFrame(
                frame.reset_index(), geometry=maps.geometries(network, links), crs="EPSG:4326"
            )
            layer.to_file(path, layer=result.scenario.name, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _swings(comparison: "Comparison", year: int, words: Wording) -> "tuple[Swings | None, str]":
    """Rank the uncertain parameters for the last package; say why not where it is not possible."""
    from transport_sim.sensitivity import swings  # noqa: PLC0415 - only the report needs it

    prepared = comparison.results[-1].prepared
    if len(comparison.results) == 1:
        return None, words("ass.no_package")
    table = prepared.base.parameter_table
    if not (table["low"] < table["high"]).any():
        return None, words("ass.no_range")
    try:
        return swings(comparison.baseline.prepared, prepared, year), ""
    except TransportSimError as error:
        return None, str(error).splitlines()[0]


@dataclass
class Pictures:
    """The figures of a report, written to a folder and kept for the page."""

    folder: Path
    words: Wording
    """Language of the page: that of the captions."""
    shown: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """By section: data URI and caption of each."""

    def add(self, section: str, name: str, figure: Figure, caption: str) -> None:
        """Write a figure and put it into a section."""
        stream = io.BytesIO()
        figure.savefig(stream, format="png", metadata={"Software": None})
        (self.folder / f"{name}.png").write_bytes(stream.getvalue())
        uri = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
        self.shown.setdefault(section, []).append({"uri": uri, "caption": caption, "name": name})


def _package_charts(
    comparison: "Comparison",
    swings: "Swings | None",
    look: plots.Look,
    pictures: Pictures,
) -> None:
    """Draw what the last package's effect hangs on."""
    year, words = findings.last_year(comparison), pictures.words
    if swings is not None and len(swings.table):
        last = comparison.results[-1]
        table = swings.table.head(sections.SHOWN_SWINGS)
        figure = plots.tornado(table, swings.effect_t, last.scenario.name, year, look)
        pictures.add("assumptions", "tornado", figure, words("fig.cap_tornado", package=findings.title(last, words)))


def figure_look(comparison: "Comparison", words: Wording) -> tuple[plots.Look, str]:
    """Choose language and font of the figures; with a notice where Chinese has to give way to English."""
    if words.language == "en":
        return plots.Look(words, None, findings.titles(comparison, words)), ""
    nodes = comparison.baseline.prepared.base.network.nodes
    texts = [row[1] for row in TEXTS.values()] + [row[1] for row in PARAMETERS.values()]
    texts += [q.label[1] + q.unit[1] for q in INDICATORS.values()] + list(findings.titles(comparison, words).values())
    texts += list(nodes["name"])
    font = chinese_font(texts)
    if font:
        return plots.Look(words, font, findings.titles(comparison, words)), ""
    english = Wording("en")
    return plots.Look(english, None, findings.titles(comparison, english)), words("page.font_notice")


def _charts(comparison: "Comparison", year: int, look: plots.Look, pictures: Pictures) -> None:
    """Draw modes, emissions and times."""
    table, words = comparison.table[comparison.table["year"] == year], pictures.words
    tonnes, activity = (findings.mode_amounts(comparison, year, p) for p in ("freight_tonnes", "activity_tkm"))
    pictures.add("charts", "mode_share", plots.mode_share(tonnes, activity, look), words("fig.cap_modes", year=year))
    by_mode = findings.mode_amounts(comparison, year, findings.CO2, (*MODES, "hub"))
    figure = plots.emissions(by_mode, table[table["indicator"] == findings.CO2], look)
    pictures.add("charts", "emissions", figure, words("fig.cap_emissions", year=year))
    door = "mean_door_to_door_h"
    values = pd.concat([r.indicators for r in comparison.results], ignore_index=True)
    values = values[(values["year"] == year) & (values["indicator"] == door)]
    queue = table[table["indicator"].str.startswith("queue_h_")]
    waits = pd.DataFrame(
        {
            "scenario": queue["scenario"],
            "kind": queue["indicator"].str.removeprefix("queue_h_"),
            "wait_min": queue["mean"] * 60.0,
        }
    )
    figure = plots.times(values, table[table["indicator"] == door], waits, look)
    pictures.add("charts", "times", figure, words("fig.cap_time", year=year))


def _maps(
    comparison: "Comparison", year: int, flows: dict[str, pd.DataFrame], look: plots.Look, pictures: Pictures
) -> None:
    """Draw the baseline's flows and what each package changes."""
    baseline, words = comparison.baseline, pictures.words
    names = baseline.scenario.name
    base_t = flows[names]["payload_t"]
    heading = look.words("fig.map", year=year, scenario=look.titles[names])
    figure = maps.flow_map(baseline.prepared.inputs[year], base_t, heading, look)
    caption = words("fig.cap_map", year=year, scenario=findings.title(baseline, words))
    pictures.add("maps", f"map_{names}", figure, caption)
    changes = {
        r.scenario.name: flows[r.scenario.name]["payload_t"].sub(base_t, fill_value=0.0) for r in comparison.results[1:]
    }
    changes = {name: change_t for name, change_t in changes.items() if (change_t != 0.0).any()}
    shown = [r for r in comparison.results if r.scenario.name in changes]
    top_t = max((maps.widest_t(r.prepared.inputs[year], changes[r.scenario.name]) for r in shown), default=1.0)
    for result in shown:
        name = result.scenario.name
        both = {"scenario": look.titles[name], "baseline": look.titles[names]}
        figure = maps.change_map(
            result.prepared.inputs[year],
            changes[name],
            look.words("fig.map_change", year=year, **both),
            look,
            top_t=top_t,
        )
        both = {"scenario": findings.title(result, words), "baseline": findings.title(baseline, words)}
        pictures.add("maps", f"map_change_{name}", figure, words("fig.cap_change", year=year, **both))


def _traffic_charts(comparison: "Comparison", year: int, look: plots.Look, pictures: Pictures) -> None:
    """Draw speeds by hour, and where each package changes them."""
    words, baseline = pictures.words, comparison.baseline
    speeds = traffic_sections.hourly_speeds(comparison, year)
    windows = traffic_sections.rule_windows_h(comparison, year)
    caption = "fig.cap_speeds" if traffic_sections.ruled_links(comparison, year) else "fig.cap_speeds_all"
    pictures.add("traffic", "speeds", traffic_plots.speeds_by_hour(speeds, windows, look), words(caption, year=year))
    for result in comparison.results[1:]:
        ruled = traffic_sections.rule_links(result, year)
        inputs = result.prepared.inputs[year].traffic
        if not ruled or inputs is None:
            continue
        hours = traffic_sections.ruled_hours(result, year)
        after, before = (traffic_sections.link_speeds(r, year, hours) for r in (result, baseline))
        name = result.scenario.name
        heading = look.words("fig.speed_change", year=year, scenario=look.titles[name])
        figure = traffic_plots.speed_change_map(inputs.network, (after - before).dropna(), ruled, heading, look)
        told = words("fig.cap_speed_change", year=year, scenario=findings.title(result, words))
        pictures.add("traffic", f"speed_change_{name}", figure, told)

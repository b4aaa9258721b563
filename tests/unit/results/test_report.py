import re
import zipfile
from dataclasses import replace

import geopandas
import pandas as pd
import pytest

from transport_sim.results import elements, findings, fonts, report, sections
from transport_sim.results.comparison import COLUMNS, compare_indicators
from transport_sim.results.wording import Wording

SECTIONS = (
    "findings",
    "packages",
    "charts",
    "maps",
    "fleets",
    "vessels",
    "freight",
    "elements",
    "calibration",
    "changes",
    "assumptions",
    "factor_sets",
    "provenance",
    "audit",
)


@pytest.fixture(scope="module")
def written(small_comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    report.write_report(small_comparison, folder, "en")
    return folder


def comparison_with(small_comparison, differences, baseline=2_400_000.0, indicator=findings.CO2):
    """The small comparison with other values of CO2e in its replications."""
    first, second = (r.scenario.model_copy(update={"replications": len(differences)}) for r in small_comparison.results)
    rows = []
    for n, difference in enumerate(differences):
        rows.append((first.name, 2030, n, indicator, "t", baseline + 1000.0 * n))
        rows.append((second.name, 2030, n, indicator, "t", baseline + 1000.0 * n + difference))
    values = pd.DataFrame(rows, columns=["scenario", "year", "replication", "indicator", "unit", "value"])
    results = tuple(replace(r, scenario=s) for r, s in zip(small_comparison.results, (first, second), strict=True))
    return replace(small_comparison, results=results, table=compare_indicators(values, first.name))


class TestFiles:
    def test_everything_is_there(self, written):
        names = {p.name for p in written.iterdir()}
        assert names == {
            *("comparison.csv", "comparison.xlsx", "fleet_path.csv", "link_flows.gpkg", "figures", "report.html")
        }
        assert {p.suffix for p in (written / "figures").iterdir()} == {".png"}

    def test_csv_has_the_columns_and_the_numbers(self, written, small_comparison):
        found = pd.read_csv(written / "comparison.csv")
        assert tuple(found.columns) == COLUMNS
        pd.testing.assert_series_equal(found["mean"], small_comparison.table["mean"].reset_index(drop=True), rtol=1e-9)

    def test_the_same_results_give_the_same_bytes(self, written, small_comparison, tmp_path):
        report.write_report(small_comparison, tmp_path, "en")
        for path in sorted(written.rglob("*")):
            if path.is_file():
                assert path.read_bytes() == (tmp_path / path.relative_to(written)).read_bytes(), path.name

    def test_workbook_has_a_sheet_for_every_table(self, written):
        with zipfile.ZipFile(written / "comparison.xlsx") as book:
            names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
            first = book.read("xl/worksheets/sheet1.xml").decode()
        assert names == [
            "comparison",
            "by scenario",
            "calibration",
            "assumptions",
            "audit",
            "ISO 14083 ledger",
            "moved by mode",
            "elements of the gain",
            "queues",
            "cost of avoided CO2e",
            "vessel classes",
            "fleet path",
            "cost of ownership",
            "changes 1 rail_shift",
        ]
        assert 'state="frozen"' in first

    def test_layers_hold_the_annual_goods_of_every_scenario(self, written, small_comparison):
        for result in small_comparison.results:
            layer = geopandas.read_file(written / "link_flows.gpkg", layer=result.scenario.name)
            assert layer.crs.to_epsg() == 4326
            assert set(layer.geom_type) == {"LineString"}
            expected_t = result.link_flows["payload_t"].sum() * 365.0
            assert layer["tonnes_per_year_t"].sum() == pytest.approx(expected_t)

    def test_lines_start_and_end_at_their_nodes(self, written, small_comparison):
        layer = geopandas.read_file(written / "link_flows.gpkg", layer="baseline").set_index("link_id")
        network = small_comparison.baseline.prepared.inputs[2030].network
        start = network.nodes.loc[network.links.loc[layer.index, "from_node"], ["lon", "lat"]].to_numpy()
        first = [line.coords[0] for line in layer.geometry]
        assert pd.DataFrame(first).to_numpy() == pytest.approx(start, abs=1e-6)


class TestPage:
    def test_needs_nothing_from_outside(self, written):
        page = (written / "report.html").read_text(encoding="utf-8")
        wanted = re.findall(r'(?:src|href)="([^"#]{1,40})', page) + re.findall(r"url\(([^)]{1,40})|@import", page)
        assert wanted
        assert all(w.startswith("data:") for w in wanted)
        assert "<script" not in page

    def test_has_every_section_in_order(self, written):
        page = (written / "report.html").read_text(encoding="utf-8")
        assert tuple(re.findall(r'<section id="(\w+)"', page)) == SECTIONS

    def test_shows_the_numbers_of_the_table(self, written, small_comparison):
        page = (written / "report.html").read_text(encoding="utf-8")
        row = findings.cell(small_comparison.table, "rail_shift", 2030, findings.CO2)
        assert Wording("en").show(findings.CO2, row.difference, signed=True) in page

    def test_chinese_page_is_chinese(self, small_comparison, tmp_path):
        report.write_report(small_comparison, tmp_path, "zh")
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        text = re.sub(r"<style.*?</style>|<[^>]+>", "", page, flags=re.DOTALL)
        assert 'lang="zh-CN"' in page
        assert "公转铁" in text
        assert "Road to rail" not in text
        assert "主要结论" in text

    def test_without_a_chinese_font_the_figures_are_english_and_the_page_says_so(self, small_comparison, monkeypatch):
        monkeypatch.setattr(report, "chinese_font", lambda _: None)
        look, notice = report.figure_look(small_comparison, Wording("zh"))
        assert look.words.language == "en"
        assert look.titles["rail_shift"] == "Road to rail"
        assert "字体" in notice

    def test_one_scenario_alone_makes_a_report(self, small_comparison, tmp_path):
        alone = replace(small_comparison, results=small_comparison.results[:1])
        alone = replace(alone, table=alone.table[alone.table["scenario"] == "baseline"].reset_index(drop=True))
        report.write_report(alone, tmp_path, "en")
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "There is no package to compare it with" in page
        assert 'id="elements"' not in page


class TestFindings:
    @pytest.mark.parametrize(
        ("differences", "words"),
        [
            ((-100_000.0, -110_000.0, -90_000.0), "cuts CO₂e in 2030 by 100.0 kt"),
            ((100_000.0, 110_000.0, 90_000.0), "raises CO₂e in 2030 by 100.0 kt"),
            ((-100_000.0, 50_000.0, -10_000.0), "includes zero: with 3 replications this cannot be told"),
            ((-100_000.0, -5_000.0), "All 2 replications agree on the direction, not on the size."),
            ((-100_000.0,), "With one replication there is no interval"),
            ((0.0, 0.0), "changes nothing in 2030"),
        ],
    )
    def test_the_sentence_follows_the_interval(self, small_comparison, differences, words):
        ((main, _),) = findings.headlines(comparison_with(small_comparison, differences), Wording("en"))
        assert words in main.replace("\N{NO-BREAK SPACE}", " ")
        assert "Road to rail" in main

    def test_a_difference_that_includes_zero_is_never_called_a_cut(self, small_comparison):
        ((main, _),) = findings.headlines(comparison_with(small_comparison, (-100_000.0, 50_000.0)), Wording("en"))
        assert "cuts" not in main

    def test_intensities_are_emissions_over_activity(self, small_comparison):
        rates = findings.intensities(findings.leg_sums(small_comparison, 2030))
        emissions = small_comparison.baseline.emissions
        row = emissions[emissions["vehicle_class"] == "tractor_trailer"].iloc[0]
        at = rates.set_index(["scenario", "vehicle_class", "loaded_way"])["g_per_tkm"]
        around = 1000.0 * row["co2e_wtw_kg"] / row["activity_tkm"]
        assert at["baseline", "tractor_trailer", False] == pytest.approx(around)
        assert at["baseline", "tractor_trailer", True] < around

    @pytest.mark.parametrize(("vessel_g", "word"), [(74.0, "more than"), (30.0, "less than")])
    def test_vessels_are_judged_against_the_loaded_truck(self, vessel_g, word):
        rows = [("a", "road", "tractor_trailer", False, 88.0), ("a", "road", "tractor_trailer", True, 70.0)]
        rows.append(("a", "waterway", "vessel_lt_650", False, vessel_g))
        rates = pd.DataFrame(rows, columns=["scenario", "mode", "vehicle_class", "loaded_way", "g_per_tkm"])
        first, last = findings.vessel_sentences(rates, Wording("en"))
        assert f"{word} a 49-t tractor-trailer on its loaded way (70.0 g/t-km)" in first
        assert "Below that: vessel below 650 t." in last

    def test_elements_add_up_to_the_indicator(self, small_comparison):
        values = elements.element_values(small_comparison, 2030, findings.leg_sums(small_comparison, 2030))
        total = values[values["indicator"] == "total"].set_index("scenario")["value"]
        for result in small_comparison.results:
            level = findings.cell(small_comparison.table, result.scenario.name, 2030, findings.CO2).mean
            assert total[result.scenario.name] == pytest.approx(level)

    def test_ore_check_is_left_out_where_there_is_no_such_flow(self, tiny_inputs):
        assert findings.ore_check(tiny_inputs, Wording("en")) is None

    def test_ore_by_rail_and_water_is_cheaper_as_reported(self, dazhou_inputs):
        check = findings.ore_check(dazhou_inputs, Wording("en"))
        assert check.water_cny_per_t < check.rail_cny_per_t

    def test_audit_that_does_not_hold_is_shown_as_such(self, small_comparison):
        result = small_comparison.baseline
        broken = result.audit.assign(holds=False)
        spoilt = replace(result, tables={**result.tables, "audit": broken})
        found = sections.audit(replace(small_comparison, results=(spoilt,)), Wording("en"))
        assert not found["good"]
        assert "not to be trusted" in found["sentence"]


class TestFonts:
    def test_latin_needs_no_chinese_font(self):
        assert fonts.chinese_font(["CO2"]) is not None

    def test_no_font_writes_what_nobody_has_drawn(self, monkeypatch):
        monkeypatch.setattr(fonts, "_bundled", lambda _: None)
        assert fonts.chinese_font(["\U000f1234"]) is None

    def test_the_font_of_boxes_does_not_count(self, monkeypatch):
        entries = [e for e in fonts.font_manager.fontManager.ttflist if e.name.startswith("Last Resort")]
        monkeypatch.setattr(fonts.font_manager.fontManager, "ttflist", entries)
        monkeypatch.setattr(fonts, "_refresh", lambda: False)
        monkeypatch.setattr(fonts, "_bundled", lambda _: None)
        fonts._search.cache_clear()
        assert fonts.chinese_font(["达"]) is None
        fonts._search.cache_clear()

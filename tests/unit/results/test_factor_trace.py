"""Which rows a run read, what stood in, the trace from an indicator to them, and the account under other sets."""

import json
import math
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pandas as pd
import pytest

from transport_sim.errors import AuditError, OutputError
from transport_sim.factors import load_factor_set
from transport_sim.factors.methods import DEFAULT_SET, FACTOR_SETS, METHODS, PURPOSES
from transport_sim.results import factor_sections, factor_sets, wording
from transport_sim.results.factor_use import factor_use, fallbacks
from transport_sim.results.footprint import STAGES
from transport_sim.results.trace import TRACEABLE, trace
from transport_sim.results.wording import Wording

# the rows that a run read


def test_every_row_that_a_run_read_stands_where_it_says(dazhou_day):
    uses = dazhou_day.tables["factor_use"]
    factors = load_factor_set(DEFAULT_SET)
    rows = {(table, row.line): row for table in factors.index for row in factors.rows(table)}
    for use in uses.to_dict("records"):
        row = rows[use["table"], use["line"]]
        assert (row.name, row.unit, row.source_id) == (use["key"], use["unit"], use["source_id"])


def test_only_rows_of_the_purposes_of_the_set_are_read(dazhou_day):
    uses = dazhou_day.tables["factor_use"]
    assert {p for text in uses["purpose"] for p in text.split()} == set(PURPOSES) - {
        "vessel_physics"
    }  # beside the account
    assert set(uses.loc[uses["purpose"] == "", "table"]) == {"truck_classes", "truck_speeds", "trains", "vessel_hulls"}


def test_activity_stands_beside_the_row_that_it_used(dazhou_day):
    tables = dazhou_day.tables
    uses, emissions = tables["factor_use"], tables["emissions"]
    tractor = emissions.loc[emissions["vehicle_class"] == "tractor_trailer", "vkm"].sum()
    curves = uses[(uses["table"] == "road_emep") & uses["key"].str.startswith("vehicle_class=tractor_trailer")]
    by_standard = curves.groupby(curves["key"].str.extract(r"emission_standard=(\w+)")[0])["amount"].agg(["min", "max"])
    assert (by_standard["min"] == by_standard["max"]).all()
    assert by_standard["max"].sum() == pytest.approx(tractor)
    grid = uses[uses["key"].str.contains("grid_kgco2")]
    assert grid["amount"].sum() == pytest.approx(emissions["electricity_kwh"].sum())
    assert set(grid["amount_unit"]) == {"kWh"}


def test_the_log_starts_anew_with_every_run(dazhou_day):
    factors = dazhou_day.task.inputs.factors
    anew = replace(dazhou_day.task.inputs, factors=factors.recording())
    assert anew.factors.log.entries() == []
    anew.factors.value("rail", quantity="wagon_net_t", traction="all")
    assert list(factor_use(anew, dazhou_day.tables)["key"]) == ["traction=all, quantity=wagon_net_t"]


def test_fall_backs_are_one_row_each_with_their_activity(small_comparison):
    uses = small_comparison.baseline.tables["factor_use"]
    found = fallbacks(uses).set_index(["table", "fallback"])
    kwh = small_comparison.baseline.emissions["electricity_kwh"].sum()
    assert found.loc[("electricity", "year after 2023 -> 2023"), "amount"].sum() == pytest.approx(kwh)
    trucks = found[found.index.get_level_values("table") == "road_emep"]
    parts = small_comparison.baseline.tables["contributions"]
    vkm = parts.loc[parts["energy_carrier"] == "ch4_n2o", "amount"].sum()
    assert vkm < small_comparison.baseline.emissions.query("mode == 'road'")["vkm"].sum(), "some have a battery"
    assert trucks["amount"].sum() == pytest.approx(vkm), "no Chinese standard has factors of its own in EMEP/EEA"


# the trace


@pytest.fixture(scope="module")
def out(small_comparison):
    return small_comparison.baseline.tables.root


def leaves(node):
    return [node] if not node.children else [leaf for child in node.children for leaf in leaves(child)]


@pytest.mark.parametrize("indicator", TRACEABLE)
def test_the_parts_of_every_indicator_add_up_and_end_in_rows_with_sources(small_comparison, out, indicator):
    root = trace(out, indicator, "baseline", 2030)
    values = small_comparison.baseline.indicators.set_index("indicator")["value"]
    assert root.value == pytest.approx(values[indicator])
    for mode in root.children:
        assert math.fsum(c.value for c in mode.children) == pytest.approx(mode.value)
        for vehicle in mode.children:
            assert math.fsum(c.value for c in vehicle.children) == pytest.approx(vehicle.value)
    assert math.fsum(mode.value for mode in root.children) == pytest.approx(root.value)
    assert root.children or not root.value, "nobody burns gas or methanol in the baseline"
    assert all(leaf.detail["source"] and ".csv:" in leaf.name for leaf in leaves(root) if leaf is not root)


def test_a_trace_names_the_very_rows(out):
    root = trace(out, "co2e_wtw_t", "baseline", None)
    road = next(mode for mode in root.children if mode.name == "road")
    tractor = next(vehicle for vehicle in road.children if vehicle.name == "tractor_trailer")
    diesel = next(carrier for carrier in tractor.children if carrier.name == "diesel")
    assert [purpose.name for purpose in diesel.children] == ["road_energy", "fuel_ttw", "fuel_wtt"]
    curves, *_ = diesel.children[0].children
    assert "tractor_trailer" in curves.detail["key"]
    assert curves.detail["stands_in"].startswith("Articulated 40-50 t")
    ttw = {leaf.detail["key"]: leaf.detail["factor"] for leaf in diesel.children[1].children}
    assert ttw["energy_carrier=diesel, quantity=carbon_content_tc_per_tj"] == "20.2 tC/TJ"
    assert float(diesel.detail["mean_factor"].split()[0]) == pytest.approx(3.09591 + 0.97, abs=1e-4)


def test_electricity_is_traced_to_the_grid_and_the_year_that_stands_in(out):
    rail = next(mode for mode in trace(out, "co2e_wtt_t", "baseline", 2030).children if mode.name == "rail")
    power = next(carrier for carrier in rail.children[0].children if carrier.name == "electricity")
    grid = next(purpose for purpose in power.children if purpose.name == "grid")
    factor, _ = grid.children
    beyond = next(carrier for carrier in rail.children[0].children if carrier.name == "electricity_beyond")
    (of_china, _) = next(purpose for purpose in beyond.children if purpose.name == "grid").children
    assert "region=china" in of_china.detail["key"]
    assert (factor.detail["factor"], factor.detail["stands_in"]) == ("0.1564 kgCO2/kWh", "year after 2023 -> 2023")
    ttw = trace(out, "co2e_ttw_t", "baseline", 2030)
    assert "electricity" not in json.dumps(ttw.as_dict()), "trains under the wire have no exhaust"


def test_the_trace_takes_less_than_two_seconds(out):
    words = ["factors", "trace", str(out), "--indicator", "co2e_wtw_t", "--scenario", "baseline", "--format", "json"]
    program = f"import sys; sys.argv = ['transport-sim', *{words!r}]; from transport_sim.cli.main import main; main()"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    took = time.perf_counter() - began
    assert json.loads(done.stdout)["name"] == "co2e_wtw_t"
    assert took < 6.0, "a busy machine may take three times the two seconds"
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], capture_output=True, text=True, check=True
    )
    heavy = ("pandas", "numba", "geopandas", "matplotlib", "scipy")
    assert not [line for line in imported.stderr.splitlines() if line.rsplit("|", 1)[-1].strip() in heavy]


@pytest.mark.parametrize(
    ("indicator", "scenario", "year", "text"),
    [
        ("co2e_wtw", "baseline", 2030, "indicator 'co2e_wtw' cannot be traced; did you mean 'co2e_wtw_t'?"),
        ("co2e_wtw_t", "base", 2030, "no scenario 'base' in these results; did you mean 'baseline'?"),
        ("co2e_wtw_t", "baseline", 2022, "no year 2022 in these results"),
    ],
)
def test_a_trace_of_what_is_not_there_says_what_is(out, indicator, scenario, year, text):
    with pytest.raises(OutputError) as caught:
        trace(out, indicator, scenario, year)
    assert text in str(caught.value)


def test_a_trace_refuses_parts_that_do_not_add_up(out, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    path = copy / "runs" / "baseline" / "2030" / "0" / "contributions.parquet"
    table = pd.read_parquet(path)
    table.loc[0, "co2e_wtw_kg"] *= 1.01
    table.to_parquet(path)
    with pytest.raises(OutputError, match="the contributions to co2e_wtw_t add up to"):
        trace(copy, "co2e_wtw_t", "baseline", 2030)


def test_a_folder_that_holds_no_results_is_refused(tmp_path):
    with pytest.raises(OutputError, match="give the output folder of run or compare"):
        trace(tmp_path, "co2e_wtw_t", None, None)


def test_contributions_add_up_to_the_account_by_class(dazhou_day):
    parts, emissions = (dazhou_day.tables[n] for n in ("contributions", "emissions"))
    keys = ["mode", "vehicle_class"]
    again = parts.groupby(keys)[list(STAGES)].sum()
    pd.testing.assert_frame_equal(again, emissions.set_index(keys)[list(STAGES)].sort_index(), check_like=True)


# the same activity under other sets


@pytest.fixture(scope="module")
def side_by_side(small_comparison):
    return factor_sets.under_each_set(small_comparison.baseline, 2030)


def test_the_run_s_own_set_gives_the_indicators_again(small_comparison, side_by_side):
    values = small_comparison.baseline.indicators.set_index("indicator")["value"]
    own = side_by_side[(side_by_side["factor_set"] == DEFAULT_SET) & (side_by_side["mode"] == "total")].iloc[0]
    for quantity in factor_sets.QUANTITIES:
        assert own[quantity] == pytest.approx(values[quantity], rel=1e-9), quantity


def test_wtw_is_ttw_and_wtt_in_every_set_and_mode(side_by_side):
    assert set(side_by_side["factor_set"]) == set(FACTOR_SETS)
    total = side_by_side["co2e_ttw_t"] + side_by_side["co2e_wtt_t"]
    pd.testing.assert_series_equal(side_by_side["co2e_wtw_t"], total, check_names=False)


def test_what_differs_between_the_sets_is_what_their_methods_say(side_by_side):
    value = side_by_side.set_index(["factor_set", "mode"])
    default, official, emep, glec = (value.loc[name] for name in FACTOR_SETS)
    road, rail, water = "road", "rail", "waterway"
    assert official.loc[road, "co2e_ttw_t"] == pytest.approx(default.loc[road, "co2e_ttw_t"])
    assert emep.loc[water, "co2e_ttw_t"] / default.loc[water, "co2e_ttw_t"] == pytest.approx(
        43 * 0.0741 / 3.09591, rel=1e-5
    )
    assert glec.loc[water, "co2e_ttw_t"] / default.loc[water, "co2e_ttw_t"] == pytest.approx(3.24 / 3.09591, rel=1e-5)
    assert official.loc[water, "nox_t"] / default.loc[water, "nox_t"] == pytest.approx(47.6 / 53.605)
    assert emep.loc[rail, "nox_t"] == default.loc[rail, "nox_t"]
    assert glec.loc[road, "co2e_wtw_t"] < default.loc[road, "co2e_wtw_t"]


def test_a_second_account_that_differs_from_the_first_is_refused(small_comparison, monkeypatch):
    monkeypatch.setattr("transport_sim.results.truck_rates.MAX_GRADIENT", 0.0)
    with pytest.raises(AuditError, match="the recorded activity accounted again gives"):
        factor_sets.under_each_set(small_comparison.baseline, 2030)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_section_gives_a_reason_for_every_large_difference(small_comparison, side_by_side, language):
    words = Wording(language)
    section = factor_sections.factor_sets(small_comparison, words)
    sets = {n: load_factor_set(n).choices for n in FACTOR_SETS}
    large = list(factor_sets.large_differences(side_by_side, DEFAULT_SET, sets))
    assert {(d.purpose, d.method) for d in large} >= {
        ("road_energy", "class_intensity"),
        ("road_pollutants", "mee_2014"),
    }
    assert all(f"reason.{d.purpose}.{d.method}" in wording.TEXTS for d in large)
    assert len(section["reasons"]) == len({(d.factor_set, d.purpose) for d in large})
    assert all(len(row) == 2 + len(FACTOR_SETS) for part in section["years"] for row in part["rows"])


def test_every_set_purpose_and_method_has_a_name():
    names = [f"set.{n}" for n in FACTOR_SETS] + [f"purpose.{p}" for p in PURPOSES]
    names += [f"method.{m}" for methods in METHODS.values() for m in methods]
    assert set(names) - set(wording.TEXTS) == set()


def test_every_fall_back_is_in_the_report_with_its_activity(small_comparison):
    section = factor_sections.stand_ins(small_comparison, Wording("en"))
    assert section["head"][-2:] == ["baseline 2030", "rail_shift 2030"]
    rows = {(row[0], row[2]): row for row in section["rows"]}
    assert rows["electricity", "year after 2023 -> 2023"][3] == "kWh"
    assert len([key for key in rows if key[0] == "road_emep"]) == 12, "four classes, China IV to VI"

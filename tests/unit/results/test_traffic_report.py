"""A day on the streets in tables and report: the parts add up, and a package's leakage and answers are shown."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.choice.response import ANSWERS, NOT_DRIVEN
from transport_sim.emissions.link_bins import QUANTITIES
from transport_sim.errors import ScenarioError
from transport_sim.results import report, traffic_sections
from transport_sim.results.indicators import HIGHER_IS_BETTER
from transport_sim.results.traffic_accounts import traffic_indicators
from transport_sim.results.wording import TRAFFIC_MAIN, Wording
from transport_sim.run import compare


@pytest.fixture(scope="module")
def tables(traffic_comparison):
    return {r.scenario.name: r.tables for r in traffic_comparison.results}


@pytest.mark.parametrize("scenario", ["baseline_traffic", "peak_restriction", "charge"])
def test_links_hours_and_vehicles_add_up(tables, scenario):
    links, hours, vehicles = (tables[scenario][f"traffic_{n}"] for n in ("links", "hours", "vehicles"))
    for name in ("vkm", "vehicle_h"):
        assert links[name].sum() == pytest.approx(vehicles[name].sum(), rel=1e-6)
        assert hours[name].sum() == pytest.approx(vehicles[name].sum(), rel=1e-6)
    for name in QUANTITIES:
        assert links[name].sum() == pytest.approx(vehicles[name].sum(), rel=1e-9)
        assert (links[name] >= 0).all()
    assert links["vehicle_count"].sum() == hours["vehicle_count"].sum()
    # who is under way at midnight has not driven the link to its end
    assert links["vehicle_h"].sum() >= 0.999 * links["free_vehicle_h"].sum()


def test_electric_vehicles_have_no_exhaust_but_a_supply(tables):
    vehicles = tables["baseline_traffic"]["traffic_vehicles"]
    electric = vehicles[vehicles["technology"] == "battery_electric"]
    assert electric["vkm"].sum() > 0
    assert not electric[["co2_ttw_kg", "co2e_ttw_kg", "nox_g", "pm2_5_g"]].to_numpy().any()
    assert (electric["co2e_wtt_kg"] > 0).all()


def test_a_rule_concerns_some_and_each_has_an_answer(tables):
    assert not len(tables["baseline_traffic"]["traffic_answers"])
    peak, charge = (tables[n]["traffic_answers"] for n in ("peak_restriction", "charge"))
    for answers in (peak, charge):
        assert set(answers["answer"]) <= set(ANSWERS)
        assert answers["trips_count"].sum() > 100
    assert "pay" not in set(peak["answer"])
    paid = charge[charge["answer"] == "pay"]
    assert paid["charge_cny"].sum() >= 3.0 * paid["trips_count"].sum()
    assert not charge.loc[charge["answer"] != "pay", "charge_cny"].any()


def test_who_gives_up_is_not_on_the_road(tables):
    before, after = (
        tables[n]["traffic_vehicles"]["trips_count"].sum() for n in ("baseline_traffic", "peak_restriction")
    )
    answers = tables["peak_restriction"]["traffic_answers"]
    gone = answers.loc[answers["answer"].isin(NOT_DRIVEN), "trips_count"].sum()
    assert gone > 0
    assert before - after == gone


def test_indicators_are_those_of_the_tables(tables):
    found = {name: value for name, _, value in traffic_indicators(dict(tables["peak_restriction"]))}
    vehicles = tables["peak_restriction"]["traffic_vehicles"]
    assert found["traffic_co2e_wtw_kg"] == pytest.approx(vehicles["co2e_ttw_kg"].sum() + vehicles["co2e_wtt_kg"].sum())
    assert found["traffic_restricted_trips"] == sum(found[f"traffic_trips_{answer}"] for answer in ANSWERS)
    stored = tables["peak_restriction"]["indicators"].set_index("indicator")["value"]
    for name, value in found.items():
        assert stored[name] == pytest.approx(value)
    assert found["traffic_gap_ratio"] <= 0.01
    assert {*TRAFFIC_MAIN, *(n for n in HIGHER_IS_BETTER if n.startswith("traffic_"))} <= set(found)


def test_leakage_adds_up_to_the_whole_change(traffic_comparison, tables):
    sums = traffic_sections.link_sums(traffic_comparison, 2030)
    for name, part in sums.groupby("scenario"):
        links = tables[name]["traffic_links"]
        assert part["vkm"].sum() == pytest.approx(links["vkm"].sum())
        assert part["co2e_wtw_t"].sum() == pytest.approx((links["co2e_ttw_kg"] + links["co2e_wtt_kg"]).sum() / 1000.0)
    assert set(sums["place"]) == {"restricted", "near", "elsewhere"}


def test_the_section_says_what_is_made_up_and_whether_it_pays(traffic_comparison):
    section = traffic_sections.traffic(traffic_comparison, Wording("en"))
    assert "made up" in section["synthetic"]
    assert len(section["verdicts"]) == len(section["leakage"]) == 2
    assert len(section["answers"][0]) == 3


@pytest.mark.parametrize(
    ("inside", "outside", "said"),
    [(-10.0, 14.0, "worse"), (-10.0, 4.0, "40%"), (-10.0, -1.0, "saves"), (-10.0, 19.0, "worse")],
)
def test_a_rule_that_makes_emissions_worse_is_called_so(traffic_comparison, monkeypatch, inside, outside, said):
    names = [r.scenario.name for r in traffic_comparison.results]
    rows = [
        {
            "scenario": s,
            "place": p,
            "vkm": 0.0,
            "co2e_wtw_t": 50.0 + (v if s != names[0] else 0.0) - 25.0 * (p == "elsewhere") - 25.0 * (p == "near"),
            "nox_kg": 0.0,
            "pm2_5_kg": 0.0,
        }
        for s in names
        for p, v in (("restricted", inside), ("near", outside), ("elsewhere", 0.0))
    ]
    monkeypatch.setattr(traffic_sections, "link_sums", lambda *_: pd.DataFrame(rows))
    monkeypatch.setattr(traffic_sections, "largest_gap", lambda *_: 0.05)
    told = traffic_sections.traffic(traffic_comparison, Wording("en"))["verdicts"][0]
    assert said in told
    assert ("noise" in told) == (abs(inside + outside) / 100.0 < 0.05)


def test_speeds_by_hour_are_those_of_the_ruled_roads(traffic_comparison):
    speeds = traffic_sections.hourly_speeds(traffic_comparison, 2030)
    assert list(speeds.columns) == [r.scenario.name for r in traffic_comparison.results]
    assert speeds.index.min() >= 0
    assert speeds.index.max() <= 23
    assert np.nanmin(speeds.to_numpy()) > 0
    assert traffic_sections.rule_windows_h(traffic_comparison, 2030) == [(7.5, 9.0), (17.0, 19.0)]
    assert traffic_sections.ruled_hours(traffic_comparison.results[1], 2030) == (7, 8, 17, 18)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_has_a_section_on_the_streets(traffic_comparison, tmp_path, language):
    report.write_report(traffic_comparison, tmp_path, language)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<section id="traffic">' in page
    assert {"speeds.png", "speed_change_peak_restriction.png", "speed_change_charge.png"} <= {
        p.name for p in (tmp_path / "figures").iterdir()
    }


def test_days_with_other_traffic_are_not_compared(traffic_comparison):
    first = traffic_comparison.baseline.scenario
    other = first.model_copy(
        update={"name": "other", "traffic": first.traffic.model_copy(update={"car_trips_scale": 0.2})}
    )
    with pytest.raises(ScenarioError, match=r"traffic\.car_trips_scale is 0\.2 and 0\.1"):
        compare([first, other])

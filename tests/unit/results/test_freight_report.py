"""What the report says about rail and river, on tables small enough to reckon by hand."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from transport_sim.measures import PublicCost
from transport_sim.results import (
    choice_sections,
    elements,
    findings,
    freight_frames,
    freight_sections,
    vessel_classes,
    water_sections,
)
from transport_sim.results.comparison import compare_indicators
from transport_sim.results.freight_report import freight_report
from transport_sim.results.place_names import PlaceNames
from transport_sim.results.wording import TEXTS, Wording

LANGUAGES = ("en", "zh")


def consignments(*rows):
    return pd.DataFrame(rows, columns=["commodity", "origin", "destination", "main_mode", "tonnes_t"])


class TestMoves:
    def test_goods_go_from_those_that_lose_to_those_that_gain_in_proportion(self):
        before = consignments(("coal", "a", "b", "road", 100.0), ("coal", "a", "b", "rail", 20.0))
        after = consignments(
            ("coal", "a", "b", "road", 40.0), ("coal", "a", "b", "rail", 60.0), ("coal", "a", "b", "waterway", 20.0)
        )
        found = freight_frames.moved_between_modes(before, after).set_index(["from_mode", "to_mode"])["tonnes_t"]
        assert found.to_dict() == pytest.approx({("road", "rail"): 40.0, ("road", "waterway"): 20.0})

    def test_relations_do_not_cancel_each_other(self):
        before = consignments(("coal", "a", "b", "road", 10.0), ("coal", "c", "d", "rail", 10.0))
        after = consignments(("coal", "a", "b", "rail", 10.0), ("coal", "c", "d", "road", 10.0))
        found = freight_frames.moved_between_modes(before, after)
        assert len(found) == 2
        assert found["tonnes_t"].tolist() == [10.0, 10.0]

    def test_nothing_moves_where_nothing_changes(self):
        same = consignments(("coal", "a", "b", "road", 10.0))
        assert freight_frames.moved_between_modes(same, same).empty

    def test_moves_add_up_to_the_difference_of_the_indicators(self, small_comparison):
        moved = freight_frames.moves(small_comparison, 2030)
        for mode in ("road", "rail", "waterway"):
            gain = moved.loc[moved["to_mode"] == mode, "tonnes_t"].sum()
            loss = moved.loc[moved["from_mode"] == mode, "tonnes_t"].sum()
            row = findings.cell(small_comparison.table, "rail_shift", 2030, f"freight_tonnes_{mode}")
            assert gain - loss == pytest.approx(row.difference, abs=1.0)


class TestElements:
    def test_every_leg_has_its_element(self):
        legs = pd.DataFrame(
            [
                ("road", True, True, "road_chain"),
                ("road", False, True, "road_empty"),
                ("road", True, False, "drayage"),
                ("road", False, False, "drayage"),
                ("rail", True, False, "rail"),
                ("rail", False, False, "rail_empty"),
                ("waterway", True, False, "waterway"),
            ],
            columns=["mode", "loaded", "door", "element"],
        )
        assert elements.element_of(legs["mode"], legs["loaded"], legs["door"]).tolist() == legs["element"].tolist()

    def test_drayage_and_handling_are_priced_as_in_choice(self, tiny_inputs):
        p = tiny_inputs.parameters
        legs = pd.DataFrame(
            [
                ("road", False, 100.0, 10.0, 1.5),
                ("rail", False, 100.0, 300.0, 1.0),
                ("waterway", False, 40.0, 9.0, 1.0),
            ],
            columns=["mode", "door", "payload_t", "distance_km", "rate_ratio"],
        )
        drayage, handling = elements.leg_prices(tiny_inputs, legs, rail_water_t=40.0)
        per_t = float(elements.drayage_cny_per_t(tiny_inputs, np.array([10.0]))[0])
        assert drayage == pytest.approx(150.0 * per_t)
        saved = p.rail_handling_cny_per_t + p.port_handling_cny_per_t - p.transhipment_rail_water_cny_per_t
        by_hand = 200.0 * p.rail_handling_cny_per_t + 80.0 * p.port_handling_cny_per_t - 40.0 * saved
        assert handling == pytest.approx(by_hand)

    def test_cost_by_element_adds_up_to_what_shippers_pay(self, small_comparison):
        values = elements.cost_values(small_comparison, 2030)
        total = values[values["indicator"] == "total"].set_index("scenario")["value"]
        for result in small_comparison.results:
            paid = findings.cell(small_comparison.table, result.scenario.name, 2030, "cost_cny").mean
            assert total[result.scenario.name] == pytest.approx(paid)

    def test_what_eats_the_gain_is_named(self, small_comparison):
        name, base = small_comparison.results[1].scenario.name, small_comparison.baseline.scenario.name
        change = dict.fromkeys(elements.ELEMENTS, 0.0) | {"road_chain": -80e3, "road_empty": -20e3, "drayage": 24e3}
        change |= {"rail": 6e3}
        rows = [(base, 2030, 0, e, "t", 1e6) for e in change]
        rows += [(name, 2030, 0, e, "t", 1e6 + d) for e, d in change.items()]
        values = pd.DataFrame(rows, columns=["scenario", "year", "replication", "indicator", "unit", "value"])
        table = compare_indicators(values, base)
        (sentence,) = elements.element_sentences(table, small_comparison, Wording("en"))
        assert "give back 30" in sentence
        assert "the largest part is drayage" in sentence
        assert "短驳" in elements.element_sentences(table, small_comparison, Wording("zh"))[0]


def facility_rows(*rows):
    columns = ["replication", "facility", "kind", "visits_count", "wait_h", "longest_wait_h", "mean_queue_count"]
    return pd.DataFrame(rows, columns=[*columns, "utilisation_ratio", "capacity_count"])


class TestQueues:
    def test_the_mean_wait_is_over_all_visits_of_all_replications(self):
        table = facility_rows(
            (0, "lock:X", "lock", 10, 5.0, 1.0, 0.2, 0.4, 1), (1, "lock:X", "lock", 30, 15.0, 3.0, 0.6, 0.6, 1)
        )
        row = freight_frames.facility_means(table).loc["lock:X"]
        assert row["mean_wait_min"] == pytest.approx(30.0)
        assert row["visits_count"] == pytest.approx(20.0)
        assert row["mean_queue_count"] == pytest.approx(0.4)
        assert row["utilisation_ratio"] == pytest.approx(0.5)
        assert row["longest_wait_h"] == 3.0

    def test_growth_is_ranked_new_ones_start_from_nothing_and_bottlenecks_are_marked(self):
        before = freight_frames.facility_means(
            facility_rows(
                (0, "lock:X", "lock", 10, 1.0, 1.0, 0.1, 0.5, 1), (0, "crane:Y", "crane", 9, 9.0, 2.0, 0.3, 0.3, 2)
            )
        )
        after = freight_frames.facility_means(
            facility_rows(
                (0, "lock:X", "lock", 10, 2.0, 1.0, 0.2, 0.85, 1),
                (0, "crane:Y", "crane", 9, 9.0, 2.0, 0.3, 0.3, 2),
                (0, "gate:Z", "gate", 5, 1.0, 1.0, 0.9, 0.1, 1),
            )
        )
        found = freight_frames.queue_growth(before, after)
        assert found.index.tolist() == ["gate:Z", "lock:X", "crane:Y"]
        assert found["growth_count"].tolist() == pytest.approx([0.9, 0.1, 0.0])
        # the lock is used for more than 0.8 of the time, visitors to the crane wait an hour
        assert found["bottleneck"].tolist() == [False, True, True]
        assert freight_sections.shown_queues(found).index.tolist() == ["gate:Z", "lock:X"]

    @pytest.mark.parametrize(("language", "words"), [("en", "Nanyangtan"), ("zh", "南阳滩")])
    def test_facilities_are_called_by_their_names(self, dazhou_inputs, language, words):
        names = PlaceNames(dazhou_inputs.network, dazhou_inputs.zones, Wording(language))
        assert words in names.facility("lock:W_QJ_NANYANGTAN", "lock")
        assert "nowhere" in names.facility("crane:nowhere", "crane")
        way = int(dazhou_inputs.network.mode_links("rail")["way_id"].iloc[0])
        assert str(way) not in names.facility(f"section:{way}>", "section")


def with_costs(comparison, co2, resource, public):
    """The small comparison with two values of CO2e and costs of the package, those of the baseline being 0 and 10 Mt."""
    rows = []
    names = [r.scenario.name for r in comparison.results]
    for n, (t, cny) in enumerate(zip(co2, resource, strict=True)):
        for indicator, unit, base, change in (
            ("co2e_wtw_t", "t", 1e7, t),
            ("resource_cost_cny", "CNY", 1e9, cny),
            ("public_cost_cny", "CNY", 0.0, public),
            ("charge_cny", "CNY", 0.0, -5e6),
        ):
            rows += [(names[0], 2030, n, indicator, unit, base), (names[1], 2030, n, indicator, unit, base + change)]
    values = pd.DataFrame(rows, columns=["scenario", "year", "replication", "indicator", "unit", "value"])
    scenarios = [r.scenario.model_copy(update={"replications": len(co2)}) for r in comparison.results]
    results = tuple(replace(r, scenario=s) for r, s in zip(comparison.results, scenarios, strict=True))
    return replace(comparison, results=results, table=compare_indicators(values, names[0]))


class TestAbatement:
    @pytest.mark.parametrize(
        ("co2", "verdict", "words"),
        [
            ((-100e3, -101e3, -99e3), "cost", "avoids a tonne of CO₂e for"),
            ((-100e3,), "trial", "take it as a trial"),
            ((-100e3, 90e3, -20e3), "unsure", "cannot be told from zero"),
            ((100e3, 101e3, 99e3), "more", "does not cut"),
            ((0.0,), "none", "does not change"),
        ],
    )
    def test_a_cost_is_given_only_where_emissions_fall_for_sure(self, small_comparison, co2, verdict, words):
        comparison = with_costs(small_comparison, co2, [20e6] * len(co2), 30e6)
        cost = freight_frames.abatement(comparison, comparison.results[1], 2030)
        assert cost.verdict == verdict
        found = SimpleNamespace(comparison=comparison, year=2030)
        section = freight_sections.abatement(found, Wording("en"))
        assert words in section["sentences"][0].replace("\N{NO-BREAK SPACE}", " ")
        assert freight_sections.abatement(found, Wording("zh"))["sentences"][0]
        if verdict in ("cost", "trial"):
            # (20 + 30) M CNY for 100 kt
            assert cost.cny_per_t == pytest.approx(500.0, rel=0.01)
            assert "no investment is stated" in section["sentences"][0].lower()
        else:
            assert np.isnan(cost.cny_per_t)
            assert section["rows"][-1][1] == "–"

    def test_parts_are_those_of_the_table(self, small_comparison):
        comparison = with_costs(small_comparison, (-100e3,), (20e6,), 30e6)
        cost = freight_frames.abatement(comparison, comparison.results[1], 2030)
        assert (cost.avoided_t, cost.resource_cny, cost.public_cny, cost.transfers_cny) == pytest.approx(
            (100e3, 20e6, 30e6, -5e6)
        )

    def test_an_annuity_is_what_repays_the_investment(self):
        cost = PublicCost("p", 1000.0, 5.0, 2.0, 0.1)
        # 1000 = a / 1.1 + a / 1.21
        assert cost.cny_per_year == pytest.approx(1000.0 / (1 / 1.1 + 1 / 1.21) + 5.0)


class TestVessels:
    def test_classes_are_summed_up(self):
        legs = pd.DataFrame(
            [
                ("IV", True, 2, 800.0, 200.0, 80_000.0, 5000.0, 1600.0, 0.0, 0.0),
                ("IV", False, 2, 0.0, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0),
                ("V", False, 1, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            ],
            columns=[
                "navigation_class",
                "loaded",
                "vehicle_count",
                "payload_t",
                "vkm",
                "activity_tkm",
                "co2e_wtw_kg",
                *list(vessel_classes.FUEL_COLUMNS),
            ],
        )
        found = vessel_classes.class_sums(legs)
        assert found.index.tolist() == ["IV"]
        assert found.loc["IV"].to_dict() == pytest.approx(
            {
                "voyages_count": 2.0,
                "mean_payload_t": 400.0,
                "km_payload_t": 400.0,
                "empty_share": 0.5,
                "fuel_kg_per_km": 4.0,
                "fuel_g_per_tkm": 20.0,
                "g_per_tkm": 62.5,
            }
        )

    def test_half_a_load_burns_more_for_each_tonne(self, dazhou_inputs):
        full, half = vessel_classes.round_trip_g_per_tkm(
            dazhou_inputs, "qu_500", np.array([500.0, 250.0]), np.array([4.0, 4.0]), 2008
        )
        assert full < half < 2.0 * full

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("poor_g", "side"), [(90.0, "none"), (74.0, "empty"), (30.0, "both")])
    def test_the_verdict_follows_the_figures(self, language, poor_g, side):
        classes = pd.DataFrame(
            {
                "mean_payload_t": [400.0, 700.0],
                "km_payload_t": [300.0, 600.0],
                "empty_share": [0.5, 0.5],
                "fuel_g_per_tkm": [18.0, 8.0],
                "g_per_tkm": [poor_g, 33.0],
                "capacity_t": [500.0, 1000.0],
                "full_kg_per_km": [4.5, 4.0],
                "scenarios": ["a", "b"],
            },
            index=["IV", "III"],
        )
        months = pd.DataFrame(
            [
                ("IV", 1, 0.8, 1.9, 2.1, 36.0, 50.0),
                ("IV", 2, 1.0, 2.1, 2.1, 28.0, 40.0),
                ("III", 1, 1.0, 2.7, 2.7, 20.0, 21.0),
            ],
            columns=[
                "navigation_class",
                "month",
                "load_share",
                "least_depth_m",
                "full_depth_m",
                "g_per_tkm",
                "simulated_g_per_tkm",
            ],
        )
        truck = water_sections.Truck(27.0, 0.42, 64.0, 79.0)
        found = water_sections.Finding(2030, classes, months, truck, 5.0)
        words = Wording(language)
        told = water_sections.sentences(found, words)
        assert words(f"water.against_{side}") in told[1]
        assert words("water.against_both") in told[4]
        # twice the load for 4.0 / 4.5 of the fuel
        assert "2.0" in told[0]
        assert "0.89" in told[0]
        assert "36.0" in told[2]
        # resistance says 32 on average, below the loaded truck's 64: the finding turns where the account is above
        turned = TEXTS["water.method_turns"][words.column].split("{")[0]
        assert told[3].startswith(turned) == (side != "both")

    def test_a_class_that_does_not_sail_is_said_to_be_missing(self, small_comparison):
        found = freight_report(small_comparison).water
        told = water_sections.sentences(
            replace(found, classes=found.classes.drop(index="III", errors="ignore")), Wording("en")
        )
        assert "qu_river_class_iii.yaml" in told[0]


class TestSeason:
    def test_a_sample_says_how_to_get_the_year(self, small_comparison):
        found = freight_report(small_comparison).freight
        assert found.season.empty
        for language in LANGUAGES:
            assert "365" in freight_sections.season(found, Wording(language))["sentence"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_months_are_means_over_replications(self, small_comparison, language):
        columns = ["scenario", "year", "replication", "mode", "month", "tonnes_t", "activity_tkm", "vehicle_count"]
        columns += ["mean_payload_t", "co2e_wtw_kg", "visits_count", "wait_h"]
        rows = []
        for month in range(1, 13):
            rows += [
                ("baseline", 2030, 0, "waterway", month, 10_000.0 * month, 1.0, 10, 300.0, 0.0, 10, 5.0),
                ("baseline", 2030, 1, "waterway", month, 30_000.0 * month, 1.0, 30, 500.0, 0.0, 30, 5.0),
            ]
        first = small_comparison.baseline
        scenario = first.scenario.model_copy(update={"replications": 2})
        table = pd.DataFrame(rows, columns=columns)
        result = replace(first, scenario=scenario, tables={"monthly": table})
        comparison = replace(small_comparison, results=(result,))
        season = freight_frames.season(comparison, 2030)
        january = season[season["month"] == 1].iloc[0]
        # 10 vessels of 300 t and 30 of 500 t; 40 visits that wait 10 h together
        assert january["mean_payload_t"] == pytest.approx(450.0)
        assert january["mean_wait_min"] == pytest.approx(15.0)
        assert january["tonnes_t"] == pytest.approx(20_000.0)
        assert january["tonnes_per_day_t"] == pytest.approx(20_000.0 / 31.0)
        closed = freight_frames.closure_days(first, 2030)
        found = freight_sections.Freight(comparison, 2030, {}, {}, pd.DataFrame(), season, closed)
        section = freight_sections.season(found, Wording(language))
        assert [len(part["rows"]) for part in section["parts"]] == [12]
        assert ("month 12" if language == "en" else "12月") in section["sentence"]


def test_the_section_is_laid_out_and_drawn_in_both_languages(small_comparison):
    report = freight_report(small_comparison)
    for language in LANGUAGES:
        words = Wording(language)
        section = report.sections(words)
        assert section["freight"]["moved"]["sentences"]
        assert len(section["freight"]["costs"]["rows"]) == len(elements.COSTS) + 1
        names = [s.name for s in report.sheets(words)]
        assert words("sheet.queues") in names
        assert words("sheet.moved") in names


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_whether_choices_and_delays_agree(language):
    rows = [("a", 2030, 0, 1, "rail", 0.5), ("a", 2030, 0, 2, "rail", 0.0004), ("a", 2030, 1, 1, "rail", 0.002)]
    table = pd.DataFrame(rows, columns=["scenario", "year", "replication", "round", "mode", "gap_ratio"])
    words = Wording(language)
    # of the first run the second simulation counts
    assert choice_sections.verdict(table, 0.01, words) == words(
        "feedback.settled", runs=2, gap=words.percent(0.002, 2, signed=False)
    )
    assert choice_sections.verdict(table, 0.001, words).startswith(
        "In 1 of 2" if language == "en" else "2次运行中有1次"
    )

import string

import pytest

from transport_sim.policies import registered_policies
from transport_sim.results import sections, wording
from transport_sim.results.elements import COSTS, ELEMENTS, TRUCKS
from transport_sim.results.indicators import MODES
from transport_sim.results.wording import Wording, number
from transport_sim.tables.freight import NAVIGATION_CLASSES


@pytest.mark.parametrize("key", wording.TEXTS)
def test_both_languages_say_the_same_thing(key):
    english, chinese = (
        {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in wording.TEXTS[key]
    )
    # a number may be left out of the other language's sentence, but nothing may be asked for that English does not have
    assert chinese <= english


def test_every_indicator_has_a_name(small_comparison):
    assert set(small_comparison.table["indicator"]) - set(wording.INDICATORS) == set()
    assert set(small_comparison.calibration["quantity"]) - set(wording.INDICATORS) == set()


def test_every_uncertain_parameter_has_a_name(dazhou_inputs):
    table = dazhou_inputs.parameter_table
    assert set(table.loc[table["low"] < table["high"], "parameter"]) - set(wording.PARAMETERS) == set()


def test_every_mode_class_kind_and_element_has_a_name(small_comparison):
    emissions, facilities = small_comparison.baseline.emissions, small_comparison.baseline.facilities
    names = [f"mode.{m}" for m in (*MODES, "hub")] + [f"element.{e}" for e in (*ELEMENTS, "total")]
    names += [f"cost.{c}" for c in (*COSTS, "total")] + [f"largest.{e}" for e in ELEMENTS if e not in TRUCKS]
    names += [f"class.{c}" for c in emissions["vehicle_class"] if c != "hub"]
    names += [f"kind.{k}" for k in facilities["kind"]]
    assert set(names) - set(wording.TEXTS) == set()


def test_every_policy_class_of_waterway_and_river_has_a_name(dazhou_inputs):
    ours = {k for k, p in registered_policies().items() if p.__module__.startswith("transport_sim.policies.")}
    names = [f"policy.{kind}" for kind in ours]
    names += [f"water.name_{c}" for c in NAVIGATION_CLASSES]
    names += [f"river.{r}" for r in dazhou_inputs.operations["hydrology"]["river"].unique()]
    assert set(names) - set(wording.TEXTS) == set()


def test_every_balance_is_translated(small_comparison):
    chinese = Wording("zh")
    for name in small_comparison.baseline.audit["balance"]:
        assert chinese.balance(name) != name or name == "WTW = TTW + WTT", name


def test_the_main_indicators_are_among_all(small_comparison):
    optional = {*wording.TRAFFIC_MAIN, *wording.FLEET_MAIN}
    assert set(wording.MAIN_INDICATORS) - optional <= set(small_comparison.table["indicator"])
    (table,) = sections.package_tables(small_comparison, Wording("en"), full=True)
    assert len(table["rows"]) == small_comparison.table["indicator"].nunique()


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (1234567.8, 0, False, "1,234,568"),
        (-3.14159, 2, False, "−3.14"),
        (3.14159, 2, True, "+3.14"),
        (-0.001, 2, True, "0.00"),
        (float("nan"), 2, True, "–"),
    ],
)
def test_numbers(value, digits, signed, text):
    assert number(value, digits, signed=signed) == text


def test_one_is_singular_in_english_and_nothing_in_chinese():
    english, chinese = Wording("en"), Wording("zh")
    assert [english.counted("replications", n) for n in (1, 5)] == ["1 replication", "5 replications"]
    assert [chinese.counted("replications", n) for n in (1, 5)] == ["重复仿真1次", "重复仿真5次"]


def test_units_follow_the_language():
    assert Wording("en").show("co2e_wtw_t", -122_617.0, signed=True, unit=True) == "−122.6\N{NO-BREAK SPACE}kt"
    assert Wording("zh").show("co2e_wtw_t", -122_617.0, signed=True, unit=True) == "−12.26万吨"
    assert Wording("en").percent(-0.05) == "−5.0\N{NO-BREAK SPACE}%"
    assert Wording("zh").percent(-0.05) == "−5.0%"
    assert Wording("zh").change("42 trains/week of 3000 t at 0.85 x tariff") == "每周42列、每列3000吨、运价×0.85"
    assert Wording("zh").change("III") == "III"


def test_names_are_joined_as_in_a_sentence():
    assert Wording("en").listed(["a", "b", "c"]) == "a, b and c"
    assert Wording("zh").listed(["甲", "乙"]) == "甲与乙"
    assert Wording("en").listed([]) == ""

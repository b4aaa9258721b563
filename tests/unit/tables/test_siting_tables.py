"""The tables of siting: those of Dazhou are whole and marked, and bad rows are refused with their line."""

import pandas as pd
import pytest

from transport_sim.errors import DataError
from transport_sim.operations import read_operations
from transport_sim.paths import embedded
from transport_sim.tables.siting import BEHAVIOUR, CHARGING_GROUPS, PLACE_KINDS, SITING_RULES, SITING_TABLES

DATA = embedded("scenarios/dazhou") / "data"


@pytest.fixture(scope="module")
def tables():
    return read_operations(DATA)


def test_every_kind_of_place_has_costs_and_every_rule_a_limit(tables):
    assert set(tables["charger_costs"]["place_kind"]) == set(PLACE_KINDS)
    assert set(tables["siting_rules"]["rule"]) == set(SITING_RULES)


def test_every_group_has_what_the_demand_needs(tables):
    stated = set(zip(tables["charging_behaviour"]["group"], tables["charging_behaviour"]["quantity"], strict=True))
    for group in CHARGING_GROUPS:
        for quantity in ("public_share", "mean_speed_kmh", "session_kwh", "session_power_kw", "radius_minutes"):
            assert (group, quantity) in stated
    shares = tables["charging_hours"].groupby("group")["share"].sum()
    assert shares.to_dict() == pytest.approx(dict.fromkeys(CHARGING_GROUPS, 1.0))


@pytest.mark.parametrize("name", sorted(set(SITING_TABLES) - {"grid_headroom"}))
def test_what_is_assumed_for_dazhou_is_marked(tables, name):
    frame = tables[name]
    assumed = frame["source"].str.contains("assumption")
    assert (assumed | frame["confidence"].isin(["H", "M"])).all()
    assert frame.loc[assumed, "confidence"].isin(["memory", "L"]).all()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("siting_rules", {"rule": "max_moon_km"}, "line 2 .*rule"),
        ("siting_rules", {"value": -1.0}, "line 2 .*value"),
        ("siting_rules", {"rule": "allowed", "value": 7.0}, "value is larger than this rule can have"),
        ("siting_rules", {"unit": "mile"}, "unit is not that of the rule"),
        ("charging_behaviour", {"quantity": "radius_minutes", "value": 0.0, "unit": "min"}, "smaller than this"),
        ("charging_hours", {"from_hour": 9, "to_hour": 9}, "to_hour must come after from_hour"),
        ("charger_costs", {"users": "taxi;trams"}, "users must be groups joined by ; or all"),
        ("candidate_places", {"lat": 95.0}, "line 2 .*lat"),
    ],
)
def test_bad_rows_are_refused(tmp_path, name, change, said):
    folder = tmp_path / "fleets"
    folder.mkdir()
    frame = pd.read_csv(DATA / "fleets" / f"{name}.csv", keep_default_na=False, dtype=str)
    for column, value in change.items():
        frame.loc[0, column] = str(value)
    frame.to_csv(folder / f"{name}.csv", index=False)
    with pytest.raises(DataError, match=f"(?s){name}.csv.*{said}"):
        read_operations(tmp_path)


def test_quantities_have_ordered_bounds():
    for low, high, unit in (*BEHAVIOUR.values(), *SITING_RULES.values()):
        assert low < high
        assert unit

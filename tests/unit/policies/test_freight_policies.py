"""What the policies for freight write, where that is more than a number, and what they refuse."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from transport_sim.demand.truck_use import empty_return_shares, load_ratios
from transport_sim.errors import PolicyConflictError, PolicyError
from transport_sim.inputs import Inputs
from transport_sim.measures import PublicCost
from transport_sim.policies import Policy, registered_policies
from transport_sim.policies.package import apply_package
from transport_sim.results.truck_rates import truck_kinds
from transport_sim.results.vessel_energy import technology_shares
from transport_sim.tables.freight import NAVIGATION_CLASSES, shares_at_year


def policy(kind: str, **stated: Any) -> Policy:
    return registered_policies()[kind].model_validate({"from_year": 2025, **stated})


def at(inputs: Inputs, year: int, *policies: Policy) -> Inputs:
    return apply_package(replace(inputs, year=year), policies)[0]


@pytest.mark.parametrize(("year", "lock"), [(2026, False), (2028, False), (2029, True)])
def test_fengdongzi_has_its_chamber_from_the_year_that_the_schedule_says(dazhou_inputs, year, lock):
    later = at(dazhou_inputs, year, policy("construction_schedule", opens={"W_QJ_FENGDONGZI": 2029}))
    nodes = later.network.at_year(year).nodes
    assert nodes.loc[nodes["ref"] == "W_QJ_FENGDONGZI", "lock_cycle_min"].notna().all() == lock
    rows = later.operations["lock_operations"]
    rows = rows[(rows["lock"] == "W_QJ_FENGDONGZI") & (rows["from_year"] <= year) & (rows["to_year"] >= year)]
    assert rows["kind"].tolist() == ["lock" if lock else "works"], "until then vessels pass the works"


def test_works_may_close_the_river_altogether(dazhou_inputs):
    shut = policy("construction_schedule", passable_from={"W_QJ_FENGDONGZI": 2028})

    def links(year: int) -> int:
        network = at(dazhou_inputs, year, shut).network.at_year(year)
        node = dazhou_inputs.network.nodes_by_name["W_QJ_FENGDONGZI"]
        return int(((network.links["from_node"] == node) | (network.links["to_node"] == node)).sum())

    assert links(2027) == 0
    assert links(2028) > 0


def test_a_line_and_a_port_open_when_the_schedule_says(dazhou_inputs):
    early = policy("construction_schedule", opens={"城宣大邻高速": 2027, "W_ZH_HESHI": 2027})
    after = at(dazhou_inputs, 2027, early)
    network = after.network.at_year(2027)
    assert (network.links["name"] == "城宣大邻高速").any()
    assert not (dazhou_inputs.network.at_year(2060).links["name"] == "城宣大邻高速").any(), "proposed: never, else"
    assert after.terminals.set_index("terminal").loc["W_ZH_HESHI", "from_year"] == 2027


@pytest.mark.parametrize(
    ("kind", "stated", "said"),
    [
        (
            "construction_schedule",
            {"opens": {"W_QJ_FENGDONZI": 2027}},
            r"no line, lock or terminal 'W_QJ_FENGDONZI'; did",
        ),
        ("construction_schedule", {"passable_from": {"W_QJ_X": 2027}}, r"no node 'W_QJ_X'"),
        ("port_expansion", {"terminal": "W_QJ_TUXY", "berths_count": 9}, r"no terminal 'W_QJ_TUXY'; did you mean"),
        ("lock_expansion", {"lock": "W_QJ_TUXI", "chambers_count": 2}, r"no lock 'W_QJ_TUXI'"),
        (
            "rail_electrification",
            {"from_node": "R_SD_WENGFU", "to_node": "R_SD_WENGFU"},
            r"begins and ends at the same",
        ),
        ("rail_electrification", {"from_node": "R_SD_WENGFU", "to_node": "W_QJ_TUXI"}, r"no rail node 'W_QJ_TUXI'"),
        ("freight_subsidy", {"mode": "rail", "cny_per_t": 1, "origins": ["wanzou"]}, r"no zone 'wanzou'; did you mean"),
        (
            "heavy_truck_limit",
            {"min_km": 200, "max_road_share": 0.2, "commodities": ["sands"]},
            r"no commodity 'sands'",
        ),
    ],
)
def test_a_name_that_nobody_knows_is_refused(dazhou_inputs, kind, stated, said):
    with pytest.raises(PolicyError, match=said):
        at(dazhou_inputs, 2030, policy(kind, **stated))


def test_vessels_are_not_renewed_before_the_policy_begins():
    with pytest.raises(ValueError, match="until_year 2024 lies before from_year 2025"):
        policy("vessel_renewal", technology="lng", share=0.5, until_year=2024)


@pytest.mark.parametrize(("year", "share"), [(2025, 0.1), (2027, 0.3), (2030, 0.6), (2040, 0.6)])
def test_new_vessels_come_evenly_and_shares_add_up(dazhou_inputs, year, share):
    renewal = policy("vessel_renewal", technology="battery_electric", share=0.6, until_year=2030)
    found = technology_shares(at(dazhou_inputs, year, renewal))
    assert found[NAVIGATION_CLASSES.index("III")].tolist() == pytest.approx([1.0 - share, 0.0, 0.0, share])
    others = NAVIGATION_CLASSES.index("I")
    assert found[others].tolist() == technology_shares(replace(dazhou_inputs, year=year))[others].tolist()
    assert found.sum(axis=1).tolist() == pytest.approx([1.0] * len(NAVIGATION_CLASSES))


def test_a_second_renewal_takes_its_share_of_what_the_first_left(dazhou_inputs):
    gas = policy("vessel_renewal", technology="lng", share=0.5, until_year=2030, navigation_classes=["IV"])
    batteries = policy("vessel_renewal", technology="battery_electric", share=0.4, until_year=2030)
    found = technology_shares(batteries.apply(gas.apply(replace(dazhou_inputs, year=2030))))
    assert found[NAVIGATION_CLASSES.index("IV")].tolist() == pytest.approx([0.3, 0.3, 0.0, 0.4])


@pytest.mark.parametrize("year", [2025, 2027, 2030, 2050])
def test_retired_trucks_are_gone_from_the_table_and_the_others_drive_for_them(dazhou_inputs, year):
    rule = policy("truck_age_limit", standards={"china_iv"})
    found, before = (
        shares_at_year(i.truck_fleet, ["emission_standard"], year)
        for i in (at(dazhou_inputs, year, rule), replace(dazhou_inputs, year=year))
    )
    assert found["china_iv"] == 0.0
    assert found.sum() == pytest.approx(1.0)
    if year in (2025, 2030, 2050):
        assert found["china_vi"] == pytest.approx(before["china_vi"] / (1.0 - before["china_iv"]))


def test_retired_trucks_leave_the_turnover_of_fleets_in_the_policys_year_and_new_ones_come(dazhou_inputs):
    rule = policy("truck_age_limit", standards={"china_iv"})
    for year, left in ((2024, True), (2025, False), (2027, False)):
        kinds = truck_kinds(at(dazhou_inputs, year, rule), "truck_heavy")
        assert any(k.emission_standard == "china_iv" for k in kinds) is left
        assert sum(k.share for k in kinds) == pytest.approx(1.0)
    new = {k.emission_standard: k.share for k in kinds if k.technology == "diesel"}
    before = {
        k.emission_standard: k.share
        for k in truck_kinds(replace(dazhou_inputs, year=2027), "truck_heavy")
        if k.technology == "diesel"
    }
    assert new["china_vi"] > before["china_vi"]


def test_a_fleet_without_trucks_is_refused(dazhou_inputs):
    with pytest.raises(PolicyError, match="no truck is left in 2030 without china_v, china_vi"):
        at(dazhou_inputs, 2036, policy("truck_age_limit", standards={"china_v", "china_vi"}))


def test_consolidation_holds_for_its_goods_and_never_overloads(dazhou_inputs):
    after = at(dazhou_inputs, 2025, policy("load_consolidation", empty_ratio=0.5, load_ratio=2.0, commodities=["coal"]))
    p = dazhou_inputs.parameters
    empty, load = empty_return_shares(after), load_ratios(after)
    assert (empty[0] == 0.5 * p.empty_return_share_truck).all()
    assert (empty[1:] == p.empty_return_share_truck).all()
    assert (load[0] == 1.0).all()
    assert (load[1:] == p.truck_load_ratio).all()


@pytest.mark.parametrize("years", [1e-300, 0.5, 201])
def test_an_investment_lasts_a_year_or_more(years):
    with pytest.raises(ValidationError, match="lifetime_years"):
        policy("freight_charge", mode="rail", cny_per_tkm=0.1, public_cost={"source": "a", "lifetime_years": years})


def test_the_public_cost_is_an_annuity_and_is_reported(dazhou_inputs):
    cost = {"investment_cny": 1e9, "annual_cost_cny": 1e6, "lifetime_years": 20, "discount_rate_per_year": 0.06}
    port = policy("port_expansion", terminal="W_QJ_TUXI", berths_count=9, public_cost={**cost, "source": "assumed"})
    after, changes = apply_package(replace(dazhou_inputs, year=2030), [port])
    (noted,) = after.public_costs
    # 1 G CNY over 20 years at 6 %: the table of capital recovery factors has 0.08718
    assert noted.cny_per_year == pytest.approx(1e9 * 0.08718 + 1e6, rel=1e-4)
    assert any(change.column == "public cost" for change in changes)
    assert PublicCost("x", 100.0, 0.0, 10.0, 0.0).cny_per_year == 10.0


def test_two_policies_that_set_one_lock_differently_are_refused(dazhou_inputs):
    one, other = (policy("lock_expansion", lock="W_QJ_NANYANGTAN", lock_width_m=width) for width in (16.0, 23.0))
    with pytest.raises(PolicyConflictError, match="both write lock_width_m of nodes"):
        apply_package(replace(dazhou_inputs, year=2030), [one, other.model_copy(update={"lock": "W_QJ_NANYANGTAN"})])


def test_storage_without_limit_has_none_to_raise(dazhou_inputs):
    table = dazhou_inputs.operations["terminal_operations"].copy()
    table.loc[table["terminal"] == "W_QJ_TUXI", "storage_in_t"] = 0.0
    inputs = dazhou_inputs.with_table("terminal_operations", table)
    after = at(inputs, 2030, policy("port_expansion", terminal="W_QJ_TUXI", storage_in_t=9e4, storage_out_t=9e4))
    row = after.operations["terminal_operations"].set_index("terminal").loc["W_QJ_TUXI"]
    assert row["storage_in_t"] == 0.0
    assert row["storage_out_t"] == 9e4

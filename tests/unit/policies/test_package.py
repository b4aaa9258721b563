"""Packages compose or refuse, and say where."""

from dataclasses import replace
from pathlib import Path

import pytest

from transport_sim.config import load_scenario
from transport_sim.errors import PolicyConflictError, PolicyError
from transport_sim.inputs import frames, inputs_key
from transport_sim.paths import embedded
from transport_sim.policies.freight_charge import FreightCharge
from transport_sim.policies.package import apply_package
from transport_sim.policies.rail_service import RailService
from transport_sim.policies.rail_siding import RailSiding
from transport_sim.policies.waterway_upgrade import WaterwayUpgrade

DAZHOU = embedded("scenarios/dazhou")


@pytest.fixture(scope="module")
def inputs(dazhou_inputs):
    return replace(dazhou_inputs, year=2030)


def upgrade(
    from_node: str = "W_ZH_NANMENKOU", to_node: str = "W_QJ_SIJIUTAN", depth_m: float = 3.2, **other
) -> WaterwayUpgrade:
    return WaterwayUpgrade(
        from_year=2025, from_node=from_node, to_node=to_node, navigation_class="III", depth_m=depth_m, **other
    )


def siding(zone: str = "high_tech", terminal: str = "R_FY_QINBA", **other) -> RailSiding:
    return RailSiding(from_year=2025, zone=zone, terminal=terminal, **other)


def scenario_file(folder: Path, policies: str) -> Path:
    path = folder / "package.yaml"
    path.write_text(f"extends: {DAZHOU / 'baseline.yaml'}\nname: package\npolicies:\n{policies}", encoding="utf-8")
    return path


def apply_file(inputs, path: Path):
    scenario = load_scenario(path)
    return apply_package(inputs, scenario.policies, scenario.policy_places)


def test_no_policy_changes_nothing(inputs):
    same, changes = apply_package(inputs, [])
    assert same is inputs
    assert changes == []


def test_the_order_of_independent_policies_does_not_matter(inputs):
    policies = [upgrade(), siding(), FreightCharge(from_year=2025, mode="road", cny_per_tkm=0.1)]
    there, _ = apply_package(inputs, policies)
    back, _ = apply_package(inputs, policies[::-1])
    assert inputs_key(there) == inputs_key(back)


def test_changes_name_cell_before_and_after(inputs):
    after, changes = apply_package(inputs, [upgrade(lock_cycle_min=9.0, port_berths_count=8)])
    links = inputs.network.links
    for change in changes:
        if (change.table, change.column) == ("links", "depth_m"):
            link = int(change.row)
            assert float(change.before) == links.loc[link, "depth_m"]
            assert float(change.after) == 3.2 == after.network.links.loc[link, "depth_m"]
    written = {(c.table, c.column) for c in changes}
    assert {
        ("links", "depth_m"),
        ("links", "navigation_class"),
        ("nodes", "lock_cycle_min"),
        ("terminals", "berths_count"),
    } <= written
    touched = {int(c.row) for c in changes if c.table == "links"}
    assert after.network.links.drop(index=list(touched)).equals(links.drop(index=list(touched)))


def test_an_upgrade_makes_no_reach_worse(inputs):
    after, _ = apply_package(inputs, [upgrade("W_CJ_CUNTAN", "W_CJ_HONGXIGOU", depth_m=0.5)])
    assert after.network.links.equals(inputs.network.links), "the Yangtze is better than class III already"


def test_a_siding_is_a_new_terminal_and_a_measure_has_a_row_of_its_own(inputs):
    _, changes = apply_package(
        inputs,
        [
            siding(),
            RailService(
                from_year=2025, origin_terminal="R_SD_DAGANG", destination_terminal="R_DW_XINTIAN", trains_per_week=42
            ),
        ],
    )
    assert [c[:4] for c in changes] == [
        ("rail_siding", "terminals", "R_FY_QINBA", "(row)"),
        ("rail_service", "measures", "R_SD_DAGANG - R_DW_XINTIAN", "service"),
    ]


CONFLICTS = {
    "two depths on one reach": (
        upgrade("W_ZH_DUSHI", "W_QJ_TUXI", depth_m=2.5),
        upgrade(),
        r"depth_m of links .*: 2\.5 against 3\.2",
    ),
    "two cycle times": (
        upgrade(lock_cycle_min=9.0),
        upgrade("W_ZH_DUSHI", "W_QJ_TUXI", lock_cycle_min=5.0),
        r"lock_cycle_min of nodes .*: 9\.0 against 5\.0",
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_two_policies_that_write_different_values_to_one_cell_are_refused(inputs, name):
    first, second, said = CONFLICTS[name]
    before = {n: frame.copy() for n, frame in frames(inputs).items()}
    with pytest.raises(PolicyConflictError, match=said) as caught:
        apply_package(inputs, [first, second], ["a.yaml: line 3  policies.0", "b.yaml: line 9  policies.1"])
    assert "a.yaml: line 3" in str(caught.value)
    assert "b.yaml: line 9" in str(caught.value)
    assert all(frames(inputs)[n].equals(frame) for n, frame in before.items())


@pytest.mark.parametrize("terminal", ["R_FY_QINBA"])
def test_a_terminal_is_given_to_one_zone_only(inputs, terminal):
    with pytest.raises(PolicyError, match=rf"b\.yaml: line 9 .*{terminal}.* there already"):
        apply_package(
            inputs, [siding("dushi", terminal), siding("sanhui", terminal)], ["a.yaml: line 3", "b.yaml: line 9"]
        )


def test_policies_that_write_the_same_value_compose(inputs):
    once, _ = apply_package(inputs, [upgrade()])
    twice, _ = apply_package(inputs, [upgrade("W_ZH_DUSHI", "W_QJ_TUXI"), upgrade()])
    assert inputs_key(once) == inputs_key(twice)


def test_charges_add_up_instead_of_contradicting_each_other(inputs):
    charges = [
        FreightCharge(from_year=2025, mode="rail", commodities=goods, cny_per_tkm=rate)
        for goods, rate in ((frozenset(), 0.1), (frozenset({"coal"}), -0.2))
    ]
    after, changes = apply_package(inputs, charges)
    assert [c.cny_per_tkm for c in after.charges] == [0.1, -0.2]
    assert len(changes) == 2


def test_a_conflict_in_a_scenario_file_names_both_places(inputs, tmp_path):
    policies = "".join(
        f"  - kind: waterway_upgrade\n    from_year: 2028\n    from_node: {start}\n    to_node: {end}\n    navigation_class: III\n    depth_m: {depth}\n"
        for start, end, depth in (("W_ZH_DUSHI", "W_QJ_TUXI", 2.5), ("W_ZH_NANMENKOU", "W_QJ_SIJIUTAN", 3.2))
    )
    path = scenario_file(tmp_path, policies)
    with pytest.raises(PolicyConflictError) as caught:
        apply_file(inputs, path)
    assert f"{path}: line 4  policies.0 (waterway_upgrade)" in str(caught.value)
    assert f"{path}: line 10  policies.1 (waterway_upgrade)" in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (
            "{kind: rail_siding, from_year: 2026, zone: east_ets, terminal: R_SD_DAGANG}",
            r"no zone 'east_ets'; did you mean 'east_etz'\?",
        ),
        ("{kind: rail_siding, from_year: 2026, zone: east_etz, terminal: W_QJ_TUXI}", "no rail node 'W_QJ_TUXI'"),
        (
            "{kind: rail_service, from_year: 2026, origin_terminal: R_GW_XIAN, destination_terminal: R_GW_XIAM, trains_per_week: 7}",
            "no rail terminal 'R_GW_XIAM'",
        ),
        (
            "{kind: freight_charge, from_year: 2026, mode: rail, commodities: [cole], cny_per_tkm: 0.1}",
            "no commodity 'cole'; did you mean 'coal'",
        ),
        (
            "{kind: waterway_upgrade, from_year: 2026, from_node: R_GW_XIAN, to_node: W_QJ_TUXI, navigation_class: III, depth_m: 3}",
            "no waterway node 'R_GW_XIAN'",
        ),
    ],
)
def test_a_policy_that_does_not_fit_the_inputs_names_file_and_line(inputs, tmp_path, policy, said):
    path = scenario_file(tmp_path, f"\n  - {policy}\n")
    with pytest.raises(PolicyError, match=said) as caught:
        apply_file(inputs, path)
    assert str(caught.value).startswith(f"{path}: line 5  policies.0")


@pytest.mark.parametrize(
    "name",
    [
        *("rail_shift", "qu_river_class_iii", "rail_and_river", "drop_and_hook_and_consolidation"),
        *("item14_structure", "item17_land_water_pilot"),
    ],
)
def test_the_packages_of_dazhou_apply(name, inputs):
    scenario = load_scenario(DAZHOU / "packages" / f"{name}.yaml")
    after, changes = apply_file(inputs, DAZHOU / "packages" / f"{name}.yaml")
    assert {c.policy for c in changes} == {p.kind for p in scenario.policies}
    assert inputs_key(after) != inputs_key(inputs)
    base_year, none = apply_package(replace(inputs, year=2022), scenario.policies)
    assert none == []
    assert inputs_key(base_year) == inputs_key(replace(inputs, year=2022))


@pytest.mark.parametrize("name", ["item14_structure", "item17_land_water_pilot"])
def test_a_package_over_a_year_is_the_same_package(name):
    week, year = (load_scenario(DAZHOU / "packages" / f"{name}{ending}.yaml") for ending in ("", "_year"))
    with_dates = load_scenario(DAZHOU / "freight_year.yaml")
    assert year.policies == week.policies
    assert (year.duration_days, year.replications) == (with_dates.duration_days, with_dates.replications)
    assert year.years == week.years == with_dates.years

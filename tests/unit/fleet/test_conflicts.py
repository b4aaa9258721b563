"""Measures for one fleet that cannot hold together are refused, with both names."""

from dataclasses import replace

import pytest

from transport_sim.errors import PolicyConflictError, PolicyError
from transport_sim.measures import FleetMandate, SalesShift
from transport_sim.policies import registered_policies
from transport_sim.policies.package import apply_package


def policy(kind, **stated):
    return registered_policies()[kind].model_validate({"from_year": 2025, **stated})


def test_two_policies_that_contradict_each_other_are_refused_with_both_names(dazhou_inputs):
    battery = policy("bus_electrification", share=0.8)
    cell = policy("bus_electrification", share=0.4, technologies=["fuel_cell_electric"])
    with pytest.raises(PolicyConflictError) as refused:
        apply_package(replace(dazhou_inputs, year=2030), [battery, cell])
    text = str(refused.value)
    assert "policies.1 (bus_electrification)" in text
    assert "0.8 of sales battery_electric" in text
    assert "0.4 of sales fuel_cell_electric" in text


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("battery_electric",), ("cng",), True),
        (("battery_electric", "cng"), ("cng",), False),
    ],
)
def test_only_mandates_without_a_common_drive_exclude_each_other(dazhou_inputs, first, second, refused):
    there = dazhou_inputs.with_fleet_measure(FleetMandate("bus", first, 0.7, 2025))
    more = FleetMandate("bus", second, 0.6, 2030, "stock")
    if refused:
        with pytest.raises(PolicyConflictError, match="contradict each other"):
            there.with_fleet_measure(more)
    else:
        assert there.with_fleet_measure(more).fleet_measures[-1] == more
    assert there.with_fleet_measure(replace(more, fleet="taxi")).fleet_measures


def test_three_mandates_may_be_too_much_where_two_are_not(dazhou_inputs):
    for technology in ("battery_electric", "cng"):
        dazhou_inputs = dazhou_inputs.with_fleet_measure(FleetMandate("bus", (technology,), 0.4, 2025))
    with pytest.raises(PolicyConflictError, match="contradict each other"):
        dazhou_inputs.with_fleet_measure(FleetMandate("bus", ("diesel",), 0.4, 2025))


def test_one_technology_has_one_shift(dazhou_inputs):
    there = dazhou_inputs.with_fleet_measure(SalesShift("truck_heavy", "lng", 0.2, 2025, 2030))
    with pytest.raises(PolicyConflictError):
        there.with_fleet_measure(SalesShift("truck_heavy", "lng", 0.3, 2026, 2030))
    with pytest.raises(PolicyConflictError):
        there.with_fleet_measure(SalesShift("truck_heavy", "fuel_cell_electric", 0.9, 2026, 2030))


def test_fleets_that_are_not_there_are_named(dazhou_inputs):
    with pytest.raises(PolicyError, match="no fleet 'busses'; did you mean 'bus'"):
        dazhou_inputs.with_fleet_measure(FleetMandate("busses", ("cng",), 0.4, 2025))
    empty = dazhou_inputs.with_table("fleet_stock", dazhou_inputs.table("fleet_stock").iloc[:0])
    with pytest.raises(PolicyError, match=r"add fleets/fleet_stock\.csv"):
        empty.with_fleet_measure(FleetMandate("bus", ("cng",), 0.4, 2025))


def test_a_fuel_that_a_fleet_cannot_have_is_refused(dazhou_inputs):
    wrong = policy("clean_fuel", fuel="methanol", fleets=["truck_heavy"], share=0.2, until_year=2030)
    with pytest.raises(PolicyError, match="truck_heavy has no methanol vehicles; known: diesel, lng"):
        apply_package(replace(dazhou_inputs, year=2030), [wrong])

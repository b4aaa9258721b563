"""Facilities of terminals from the tables."""

from dataclasses import replace

import pandas as pd
import pytest

from transport_sim.choice.chains import Skims
from transport_sim.inputs import Inputs
from transport_sim.planning.terminals import terminal_facilities, terminal_plans
from transport_sim.simulation.plan import FacilityPlan

DAY_S = 86_400.0


def _facilities(inputs: Inputs, skims: Skims, start: int | None = None) -> dict[str, FacilityPlan]:
    found = terminal_facilities(inputs, skims, calendar_start_day=start, duration_days=7.0)
    return {f.facility: f for f in found}


def _with(inputs: Inputs, table: str, frame: pd.DataFrame) -> Inputs:
    return replace(inputs, operations=inputs.operations.with_table(table, frame))


def _operations(inputs: Inputs, terminal: str, **changes: object) -> Inputs:
    table = inputs.operations["terminal_operations"].copy()
    for column, value in changes.items():
        table.loc[table["terminal"] == terminal, column] = value
    return _with(inputs, "terminal_operations", table)


def test_without_tables_a_terminal_has_cranes_and_tracks_alone(dazhou_inputs: Inputs, dazhou_skims: Skims) -> None:
    bare = _with(dazhou_inputs, "terminal_operations", dazhou_inputs.operations["terminal_operations"].iloc[:0])
    found = _facilities(bare, dazhou_skims)
    assert {f.kind for f in found.values()} == {"crane", "track", "berth"}
    assert terminal_plans(bare, found.values()) == {}
    yard = found["crane:R_DS_HESHIBA"]
    assert (yard.capacity_count, yard.service_s_per_t, yard.goods_s_per_t) == (8, 3600 / 200, ())


def test_goods_are_handled_by_the_fastest_equipment_that_suits_them(dazhou_inputs: Inputs, dazhou_skims: Skims) -> None:
    rows = [("hook", "coal", 50.0), ("grab", "coal", 100.0), ("hook", "ore_steel", 80.0)]
    rates = pd.DataFrame(rows, columns=["equipment", "commodity", "rate_t_per_h"])
    inputs = _with(dazhou_inputs, "handling_rates", rates)
    found = _facilities(_operations(inputs, "R_DS_HESHIBA", equipment="hook;grab"), dazhou_skims)
    goods = dict(zip(dazhou_inputs.commodities["commodity"], found["crane:R_DS_HESHIBA"].goods_s_per_t, strict=True))
    assert goods["coal"] == 36.0
    assert goods["ore_steel"] == 45.0
    assert goods["sand_gravel"] == 18.0  # the terminal's own rate: 200 t/h
    track = found["track:R_DS_HESHIBA"]
    assert track.goods_s_per_t[0] == pytest.approx(goods["coal"] * 8 / 8)


def test_gates_close_at_night_and_terminals_in_outages(dazhou_inputs: Inputs, dazhou_skims: Skims) -> None:
    inputs = _operations(dazhou_inputs, "R_DS_HESHIBA", open_hour=6.0, close_hour=22.0)
    gate = _facilities(inputs, dazhou_skims)["gate:R_DS_HESHIBA"]
    assert gate.availability is not None
    assert [gate.availability.share_at(h * 3600.0) for h in (5.9, 6.0, 21.9, 22.0, 29.9, 30.0)] == [0, 1, 1, 0, 0, 1]
    outage = {"disruption": "a", "kind": "terminal_outage", "place": "R_DS_HESHIBA", "from_day": 2, "to_day": 3}
    outage |= {"start_hour": 0.0, "end_hour": 24.0, "capacity_share": 0.5, "note": ""}
    inputs = _with(inputs, "disruptions", pd.DataFrame([outage]))
    crane = _facilities(inputs, dazhou_skims, start=0)["crane:R_DS_HESHIBA"].availability
    assert crane is not None
    assert [crane.share_at(d * DAY_S) for d in (0.5, 1.0, 2.9, 3.0)] == [1.0, 0.5, 0.5, 1.0]
    assert _facilities(inputs, dazhou_skims)["crane:R_DS_HESHIBA"].availability is None  # a sample has no dates


def test_what_a_terminal_does_not_limit_has_no_facility(dazhou_inputs: Inputs, dazhou_skims: Skims) -> None:
    inputs = _operations(
        dazhou_inputs, "R_DS_HESHIBA", storage_in_t=0.0, drayage_trucks_count=0, slot_min=30.0, slot_trucks_count=9
    )
    found = _facilities(inputs, dazhou_skims)
    plan = terminal_plans(inputs, found.values())["R_DS_HESHIBA"]
    assert "storage_in:R_DS_HESHIBA" not in found
    assert plan.fleet == ""
    assert found["storage_out:R_DS_HESHIBA"].capacity_count == 12_000
    assert (plan.slots, plan.slot_s, plan.slot_trucks_count) == ("slot:R_DS_HESHIBA", 1800.0, 9)

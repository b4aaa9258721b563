"""Months of a run, and the rows of a run with dates: what belongs together, and that nothing is lost by adding up."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.freight_mode import chain_costs
from transport_sim.months import months_of
from transport_sim.results.accounting import account, truck_legs_of_day
from transport_sim.results.audit import audit
from transport_sim.results.indicators import indicators

DAY_S = 86_400.0


def test_months_begin_at_midnight_and_what_is_left_after_the_year_counts_to_december():
    last_of_january, new_year_after = 31 * DAY_S, 365 * DAY_S
    times = [0.0, last_of_january - 1e-3, last_of_january, 59 * DAY_S, new_year_after - 1e-3, new_year_after + 5e6]
    assert months_of(times, 0).tolist() == [1, 1, 2, 3, 12, 12]
    assert months_of([0.0], 31).tolist() == [2]
    assert months_of(times, None).tolist() == [0] * 6


@pytest.fixture(scope="module")
def dated(dazhou_day, dazhou_chains):
    """Account for the day's records as if it were the first of February of a run with dates."""
    inputs = dazhou_day.task.inputs
    costs = chain_costs(inputs, dazhou_day.skims, dazhou_chains)
    plan = replace(dazhou_day.plan, calendar_start_day=31)
    how = {"shipments": dazhou_day.shipments, "chain": dazhou_day.chain, "costs": costs}
    tables = account(inputs, dazhou_day.skims, dazhou_day.records, plan=plan, **how)
    tables["indicators"] = indicators(inputs, tables, 365.0)
    return tables


def test_rows_that_add_consignments_up_have_the_sums_of_single_ones(dazhou_day, dated):
    single = dazhou_day.tables
    assert len(dated["shipments"]) < len(single["shipments"])
    for table, columns in (
        ("shipments", ("consignments_count", "tonnes_t")),
        (
            "legs",
            (
                "movements_count",
                "vehicle_count",
                "payload_t",
                "activity_tkm",
                "vkm",
                "diesel_kg",
                "co2e_wtw_kg",
                "nox_g",
            ),
        ),
        ("ledger", ("elements_count", "tonnes_t", "activity_tkm", "co2e_wtw_kg")),
        ("link_flows", ("vehicle_count", "payload_t", "co2e_wtw_kg")),
        ("monthly", ("tonnes_t", "activity_tkm", "vehicle_count", "co2e_wtw_kg", "visits_count", "wait_h")),
    ):
        for column in columns:
            assert dated[table][column].sum() == pytest.approx(single[table][column].sum(), rel=1e-9), (table, column)
    assert dated["facilities"].equals(single["facilities"])
    now, then = (t["indicators"].set_index("indicator")["value"] for t in (dated, single))
    assert now.to_dict() == pytest.approx({k: then[k] for k in now.index}, rel=1e-9)


def test_rail_and_water_stay_single_and_months_are_those_of_the_date(dazhou_day, dated):
    by_road = dated["shipments"]["chain"] == "road"
    assert dated["shipments"].loc[~by_road, "consignments_count"].eq(1).all()
    assert dated["shipments"].loc[by_road, "consignments_count"].max() > 1
    assert dated["shipments"]["shipment_id"].is_unique
    assert set(dated["shipments"]["month"]) == {2}
    assert set(dated["monthly"]["month"]) == {2}
    moved = dated["legs"][dated["legs"]["mode"] != "road"]
    before = dazhou_day.tables["legs"]
    assert moved["payload_t"].tolist() == before.loc[before["mode"] != "road", "payload_t"].tolist()


def test_the_audit_holds_for_rows_that_add_up(dazhou_day, dated):
    found = audit(dazhou_day.task.inputs, dated, float(dazhou_day.shipments.tonnes_t.sum()), 365.0)
    assert found["holds"].all()


def test_the_trucks_of_a_day_are_single_whatever_the_tables_show(dazhou_day):
    inputs, skims, records = dazhou_day.task.inputs, dazhou_day.skims, dazhou_day.records
    legs = dazhou_day.tables["legs"]
    legs = legs[legs["mode"] == "road"]
    for day in (0, 1):
        found = truck_legs_of_day(inputs, skims, records, day)
        wanted = legs[legs["depart_s"].between(day * DAY_S, (day + 1) * DAY_S, inclusive="left")]
        assert len(found) == len(wanted) > 0
        assert found["depart_s"].to_numpy() + day * DAY_S == pytest.approx(wanted["depart_s"].to_numpy())
        assert found["from_place"].tolist() == wanted["from_place"].tolist()
        assert np.array_equal(found["vehicle_count"], wanted["vehicle_count"])

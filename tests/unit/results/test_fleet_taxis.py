"""Tables of taxis: what a shift earns and loses, and what passengers find in each hour."""

import numpy as np
import pytest
import simpy
from taxi_worlds import DAY_S, RULES, busy_day, charger, city, requests, shifts

from transport_sim.results.fleet_schemas import FLEET_TABLES
from transport_sim.results.fleet_taxis import taxi_tables
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.taxi import start_taxis


def tables_of(plan, *plans):
    env = simpy.Environment()
    records = start_taxis(env, Stations(env, plans), plan)
    env.run()
    return taxi_tables(plan, records), records


@pytest.fixture(scope="module")
def busy():
    plan = city(
        asked=busy_day(count=700, zones=3, seed=3),
        worked=shifts([(6, 21)] * 8, meals=[(12.0, 40)] * 8),
        stations_km=(1.0,),
        start_kwh=30.0,
    )
    return tables_of(plan, charger("S0", plugs=2))


def test_tables_have_the_columns_that_are_described(busy):
    for name, table in busy[0].items():
        assert {c: str(t) for c, t in table.dtypes.items()} == {c: f.kind for c, f in FLEET_TABLES[name].items()}


def test_every_request_is_served_or_lost_and_every_fare_is_somebodys_income(busy):
    (tables, records) = busy
    hours, worked = tables["taxi_hours"], tables["taxi_shifts"]
    assert (hours["requests_count"] == hours["served_count"] + hours["lost_count"]).all()
    assert hours["requests_count"].sum() == 700
    assert hours["served_count"].sum() == worked["rides_count"].sum() > 300
    assert hours["income_cny"].sum() == pytest.approx(worked["income_cny"].sum())
    assert hours["duty_h"].sum() == pytest.approx((worked["end_s"] - worked["start_s"]).sum() / 3600.0, rel=0.01)
    assert worked["charged_kwh"].sum() == pytest.approx(sum(v.charged_kwh for v in records.vehicles))
    assert worked["charges_count"].sum() == sum(v.energy_kwh > 0.0 for v in records.visits)


def test_income_lost_is_the_working_time_at_stations_times_what_the_others_earn():
    """One taxi charges for an hour of work while the other earns 60 CNY in it: it loses 60 CNY."""
    standing = RULES._replace(idle_move_s=DAY_S, leaving_s=120.0)
    plan = city(
        asked=requests([(8.0 * 3600 + 300.0 * n, 1, 1) for n in range(12)]),
        worked=shifts([(7.9, 9.5), (7.9, 9.5)]),
        stations_km=(0.0,),
        start_kwh=[14.0, 44.0],
        start_zone=[0, 1],
        rules=standing,
    )
    tables, records = tables_of(plan, charger("S0", kw=30.0))
    low, busy_one = (tables["taxi_shifts"].iloc[n] for n in range(2))
    visit = next(v for v in records.visits if v.reason == "low")
    assert low["charging_at_work_s"] >= visit.back_s - visit.left_s == pytest.approx(low["charging_s"], abs=400.0)
    hours = tables["taxi_hours"].set_index("hour")
    share_of_8 = (9.0 * 3600 - 8.0 * 3600) / 3600.0
    worked_h = hours.loc[8, "duty_h"] - hours.loc[8, "charging_h"]
    assert worked_h == pytest.approx(1.0, abs=0.2)
    assert low["income_lost_cny"] == pytest.approx(share_of_8 * hours.loc[8, "income_cny"] / worked_h, rel=0.2)
    assert busy_one["income_lost_cny"] == 0.0


def test_charging_within_the_meal_loses_no_income():
    plan = city(
        asked=requests([(13.6 * 3600, 0, 1)]),
        worked=shifts([(6, 20)], meals=[(12.0, 90)]),
        stations_km=(0.5,),
        start_kwh=42.0,
        rules=RULES._replace(idle_move_s=DAY_S),
    )
    tables, records = tables_of(plan, charger("S0"))
    assert any(v.reason == "meal" and v.energy_kwh > 0.0 for v in records.visits)
    assert tables["taxi_shifts"]["income_lost_cny"].tolist() == [0.0]
    assert np.isfinite(tables["taxi_shifts"].select_dtypes("number").to_numpy()).all()


def test_an_idle_hour_has_no_wait(busy):
    hours = busy[0]["taxi_hours"]
    assert (hours.loc[hours["requests_count"] == 0, "pickup_wait_s"] == 0.0).all()
    assert (hours.loc[hours["served_count"] > 0, "pickup_wait_s"] > 0.0).all()

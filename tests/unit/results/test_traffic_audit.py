"""The audit follows every vehicle of a day on the streets, and names what does not agree."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim import run
from transport_sim.config import load_scenario
from transport_sim.errors import AuditError
from transport_sim.paths import embedded
from transport_sim.results.audit import audit
from transport_sim.results.wording import TRAFFIC_BALANCES, Wording
from transport_sim.traffic.simulated_day import SimulatedDay

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def simulated():
    """Return the task, the day and the tables of a day with few cars and the peak restriction."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "packages" / "peak_restriction.yaml")
    small = {
        "duration_days": 1,
        "annual_factor": 365.0,
        "years": (2030,),
        "replications": 1,
        "parameter_uncertainty": False,
        "traffic": scenario.traffic.model_copy(update={"car_trips_scale": 0.1}),
    }
    (task,) = run._tasks([run.prepare(scenario.model_copy(update=small))])
    seen = []

    def simulate_day(*given, **named):
        seen.append(original(*given, **named))
        return seen[0]

    original = run.simulate_day
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "simulate_day", simulate_day)
        tables = run.simulate_year(task)
    return task, seen[0], tables


@pytest.fixture
def tables(simulated) -> Tables:
    return {name: frame.copy() for name, frame in simulated[2].items()}


@pytest.fixture
def day(simulated) -> SimulatedDay:
    return simulated[1]


@pytest.fixture
def check(simulated):
    task, _, made = simulated
    drawn_t = float(made["shipments"]["tonnes_t"].sum())
    return lambda tables, day: audit(task.inputs, tables, drawn_t, 365.0, day=day)


def test_a_real_day_on_the_streets_balances(check, tables, day):
    found = check(tables, day)
    traffic = found[found["balance"].str.contains("traffic")]
    assert traffic["holds"].all()
    assert len(traffic) > 25
    nothing = (traffic["left"] == 0.0) & (traffic["right"] == 0.0)
    assert traffic.loc[nothing, "balance"].str.contains("= 0$").all(), "a balance of nothing shows nothing"
    stored = tables["audit"]
    stored = stored[~stored["balance"].str.startswith(("railways", "wagons"))]  # those need the records of the trains
    pd.testing.assert_frame_equal(found.reset_index(drop=True), stored.reset_index(drop=True))


def test_the_day_has_every_way_to_end_but_one(day, tables):
    """So that no part of the balance of trips is zero by chance; all trips of this day have a way."""
    assert np.isnan(day.result.arrival_s).any()
    assert np.isfinite(day.result.arrival_s).any()
    assert tables["traffic_answers"]["answer"].isin(["cancel", "park_and_bus"]).any()
    assert len(day.result.traversals)


def test_the_report_names_every_balance_in_both_languages(tables):
    for name in tables["audit"]["balance"]:
        assert ("traffic" in name) == (name in TRAFFIC_BALANCES), name
        if "traffic" in name:
            assert Wording("en").balance(name) != name != Wording("zh").balance(name)


def test_without_traffic_there_is_nothing_to_balance(simulated, tables):
    task, _, made = simulated
    found = audit(task.inputs, tables, float(made["shipments"]["tonnes_t"].sum()), 365.0)
    assert not found["balance"].str.contains("traffic").any()


def lose_a_trip(t: Tables) -> None:
    t["traffic_vehicles"].loc[0, "trips_count"] -= 1


def forget_who_gave_up(t: Tables) -> None:
    answers = t["traffic_answers"]
    t["traffic_answers"] = answers[answers["answer"] != "cancel"]


def count_all_as_arrived(t: Tables) -> None:
    t["traffic_days"]["under_way_count"] = 0


def lose_a_vehicle_on_a_link(t: Tables) -> None:
    t["traffic_links"].loc[0, "vehicle_count"] -= 1


def swap_a_vehicle_between_links(t: Tables) -> None:
    t["traffic_links"].loc[0, "vehicle_count"] -= 1
    t["traffic_links"].loc[1, "vehicle_count"] += 1


def lose_an_hour(t: Tables) -> None:
    t["traffic_hours"] = t["traffic_hours"][t["traffic_hours"]["hour"] != 8]


def lose_smoke_on_a_link(t: Tables) -> None:
    t["traffic_links"].loc[0, "co2_ttw_kg"] *= 0.5


def lose_smoke_of_a_vehicle(t: Tables) -> None:
    t["traffic_vehicles"].loc[t["traffic_vehicles"]["nox_g"].idxmax(), "nox_g"] *= 0.999


def let_a_battery_smoke(t: Tables) -> None:
    vehicles = t["traffic_vehicles"]
    vehicles.loc[vehicles.index[vehicles["technology"] == "battery_electric"][0], "co2e_ttw_kg"] = 1.0


def emit_no_number(t: Tables) -> None:
    t["traffic_links"].loc[0, "pm2_5_g"] = float("nan")


def promise_less(t: Tables) -> None:
    rows = t["indicators"]["indicator"] == "traffic_co2e_wtw_kg"
    t["indicators"].loc[rows, "value"] *= 0.99


TAMPERED = [
    (lose_a_trip, "traffic: trips by vehicle = arrived or under way"),
    (forget_who_gave_up, "traffic: trips planned = arrived, under way, given up or without a way"),
    (count_all_as_arrived, "traffic: under way on the last day = without arrival"),
    (lose_a_vehicle_on_a_link, "traffic: entering links = leaving or still on them"),
    (swap_a_vehicle_between_links, "traffic: links that more or fewer enter than leave or stay = 0"),
    (lose_an_hour, "traffic: vkm by hour = by link"),
    (lose_smoke_on_a_link, "traffic: co2_ttw_kg by vehicle = by link"),
    (lose_smoke_of_a_vehicle, "traffic: nox_g by vehicle = by link"),
    (let_a_battery_smoke, "traffic: CO2e of the exhaust of electric vehicles = 0"),
    (emit_no_number, "traffic: cells below zero or without a number = 0"),
    (promise_less, "indicators: traffic_co2e_wtw_kg = links of the day"),
]


@pytest.mark.parametrize(("tamper", "balance"), TAMPERED, ids=lambda x: getattr(x, "__name__", ""))
def test_a_broken_balance_of_traffic_fails_the_run_and_is_named(check, tables, day, tamper, balance):
    tamper(tables)
    with pytest.raises(AuditError) as caught:
        check(tables, day)
    assert f"  {balance}: " in str(caught.value)


def test_a_vehicle_that_vanishes_from_its_link_is_missed(check, tables, day):
    seen = day.result.traversals
    last = seen[seen["leave_s"].isna()].index[0]
    lost = replace(day, result=replace(day.result, traversals=seen.drop(index=last)))
    with pytest.raises(AuditError, match=r"traffic: entering links = leaving or still on them"):
        check(tables, lost)


def test_a_vehicle_on_two_links_is_noticed(check, tables, day):
    seen = day.result.traversals
    twice = seen["leave_s"].copy()
    twice[seen[seen["leave_s"].notna()].index[0]] = np.nan
    doubled = replace(day, result=replace(day.result, traversals=seen.assign(leave_s=twice)))
    with pytest.raises(AuditError, match="traffic: under way = on a link or waiting to enter the first"):
        check(tables, doubled)


def test_the_run_fails_with_it(simulated, monkeypatch):
    task, day, _ = simulated
    arrival_s = day.result.arrival_s.copy()
    arrival_s[np.flatnonzero(np.isfinite(arrival_s))[0]] = np.nan
    lost = replace(day, result=replace(day.result, arrival_s=arrival_s))
    monkeypatch.setattr(run, "simulate_day", lambda *_, **__: lost)
    with pytest.raises(AuditError, match="traffic: under way on the last day = without arrival"):
        run.simulate_year(task)

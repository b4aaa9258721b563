"""The audit finds every table that was tampered with, and names the balance."""

import pandas as pd
import pytest

from transport_sim.errors import AuditError
from transport_sim.results.audit import audit
from transport_sim.results.footprint import STAGES
from transport_sim.results.schemas import EMISSION_FIELDS

INDICATORS = ("co2e_wtw_t", "co2e_ttw_t", "co2e_wtt_t", "nox_t", "pm2_5_t")
Tables = dict[str, pd.DataFrame]


@pytest.fixture
def tables(dazhou_day) -> Tables:
    return {name: frame.copy() for name, frame in dazhou_day.tables.items()}


@pytest.fixture
def check(dazhou_day):
    drawn_t = float(dazhou_day.shipments.tonnes_t.sum())
    return lambda tables, drawn_t=drawn_t: audit(dazhou_day.task.inputs, tables, drawn_t, 365.0)


def test_a_real_day_balances(check, tables):
    found = check(tables)
    assert found["holds"].all()
    assert len(found) > 15
    assert not (
        (found["left"] == 0.0)
        & (found["right"] == 0.0)
        & ~found["balance"].str.contains("empty legs|= 0$|lng_kg|methanol_kg|hydrogen_kg")
    ).any(), "a balance of nothing shows nothing"


def first(frame: pd.DataFrame, rows: pd.Series) -> int:
    return frame.index[rows][0]


def lose_a_delivery(t: Tables) -> None:
    t["shipments"].loc[0, "delivered_s"] = float("nan")


def load_more_than_there_is(t: Tables) -> None:
    t["legs"].loc[first(t["legs"], t["legs"]["loaded"]), "payload_t"] += 1.0


def forget_a_main_leg(t: Tables) -> None:
    """Take one consignment off its train, and its tonnes too, so that only the count by mode can notice."""
    rail = t["legs"].index[(t["legs"]["mode"] == "rail") & t["legs"]["loaded"]]
    row = first(t["loads"], t["loads"]["leg_id"].isin(rail))
    leg, shipment = t["loads"].loc[row, ["leg_id", "shipment_id"]]
    tonnes = t["shipments"].set_index("shipment_id").loc[shipment, "tonnes_t"]
    t["legs"].loc[leg, "payload_t"] -= tonnes
    t["loads"] = t["loads"].drop(index=row).reset_index(drop=True)


def forget_every_train(t: Tables) -> None:
    rail = t["legs"].index[t["legs"]["mode"] == "rail"]
    t["legs"].loc[rail, "payload_t"] = 0.0
    t["loads"] = t["loads"][~t["loads"]["leg_id"].isin(rail)].reset_index(drop=True)


def arrive_before_departure(t: Tables) -> None:
    t["legs"].loc[5, "arrive_s"] = t["legs"].loc[5, "depart_s"] - 1.0


def put_goods_on_an_empty_leg(t: Tables) -> None:
    t["legs"].loc[first(t["legs"], ~t["legs"]["loaded"]), "payload_t"] = 1.0


def leave_a_vessel_abroad(t: Tables) -> None:
    legs = t["legs"]
    legs.loc[first(legs, (legs["mode"] == "waterway") & ~legs["loaded"]), "vkm"] = 0.0


def lose_a_truck_on_a_link(t: Tables) -> None:
    t["link_flows"].loc[0, "vehicle_count"] -= 1.0


def lose_goods_on_a_link(t: Tables) -> None:
    t["link_flows"].loc[0, "payload_t"] -= 1.0


def lose_smoke_on_a_link(t: Tables) -> None:
    flows = t["link_flows"]
    smoky = (flows["mode"] == "waterway") & (flows["co2e_wtw_kg"] > 0.0)
    flows.loc[first(flows, smoky), "co2e_wtw_kg"] *= 0.9


def power(t: Tables) -> int:
    return first(t["contributions"], t["contributions"]["energy_carrier"] == "electricity")


def let_a_wire_smoke(t: Tables) -> None:
    t["contributions"].loc[power(t), "co2e_ttw_kg"] = 1.0


def let_power_come_from_nowhere(t: Tables) -> None:
    t["contributions"].loc[power(t), "co2e_wtt_kg"] = 0.0


def emit_less_than_nothing(t: Tables) -> None:
    t["legs"].loc[3, "pm10_g"] = -1.0


def emit_no_number(t: Tables) -> None:
    t["hubs"].loc[0, "nox_g"] = float("nan")


def fill_a_crane_twice(t: Tables) -> None:
    places = t["facilities"]
    places.loc[first(places, places["kind"] == "crane"), "most_in_use_count"] = 1e9


def forget_a_wait(t: Tables) -> None:
    t["facilities"].loc[first(t["facilities"], t["facilities"]["all_waits_h"] > 1.0), "all_waits_h"] *= 0.99


def use_a_chamber_twice_at_once(t: Tables) -> None:
    t["locks"].loc[0, "overlaps_count"] = 1


def overfill_a_chamber(t: Tables) -> None:
    t["locks"].loc[0, "overfull_count"] = 1


def transfers(t: Tables) -> pd.DataFrame:
    """Return the loads of consignments that change vehicles, in their order."""
    ridden = t["loads"].sort_values(["shipment_id", "leg_id"])
    return ridden[ridden.duplicated("shipment_id", keep=False)]


def leave_before_the_goods_are_there(t: Tables) -> None:
    last = transfers(t)["leg_id"].iloc[-1]
    t["legs"].loc[last, ["depart_s", "arrive_s"]] = -1.0


def go_on_from_elsewhere(t: Tables) -> None:
    ridden = transfers(t)["leg_id"]
    legs = t["legs"].loc[ridden]
    t["legs"].loc[
        legs.index[(legs["mode"] == "road") & legs["from_place"].isin(t["hubs"]["terminal"])][-1], "from_place"
    ] = "nowhere"


def move_too_much_at_a_terminal(t: Tables) -> None:
    t["hubs"].loc[first(t["hubs"], t["hubs"]["terminal"] == "R_DS_DUSHI"), "tonnes_t"] += 1.0


TAMPERED = [
    (fill_a_crane_twice, "capacity: facilities that were never overcrowded"),
    (use_a_chamber_twice_at_once, "locks: lockages that begin in a free chamber = all"),
    (overfill_a_chamber, "locks: lockages with no more vessels than fit = all"),
    (forget_a_wait, "queues: facilities where all waits = integral of the queue"),
    (leave_before_the_goods_are_there, "transfers: begun before the goods were there = 0"),
    (go_on_from_elsewhere, "transfers: gone on from elsewhere = 0"),
    (move_too_much_at_a_terminal, "transfers: tonnes brought to and taken from R_DS_DUSHI = moved by its cranes"),
    (lose_a_delivery, "tonnes: drawn = delivered"),
    (load_more_than_there_is, "tonnes: on legs = of their consignments"),
    (forget_a_main_leg, "tonnes: counted for rail = carried by rail"),
    (forget_every_train, "tonnes: counted for rail = carried by rail"),
    (arrive_before_departure, "vehicles: every leg arrives after it departs"),
    (put_goods_on_an_empty_leg, "vehicles: goods on empty legs"),
    (leave_a_vessel_abroad, "vehicles: vessel-km out = vessel-km back"),
    (lose_a_truck_on_a_link, "activity: vehicle-km on the map by leg = by link"),
    (lose_goods_on_a_link, "activity: t-km on the map by leg = by link"),
    (lose_smoke_on_a_link, "emissions: CO2e on the map of waterway by leg = by link"),
    (let_a_wire_smoke, "electricity: CO2 of the exhaust = 0"),
    (let_power_come_from_nowhere, "electricity: uses with WTT above 0 = uses"),
    (emit_less_than_nothing, "emissions: cells below zero or without a number = 0"),
    (emit_no_number, "emissions: cells below zero or without a number = 0"),
]


@pytest.mark.parametrize(("tamper", "balance"), TAMPERED, ids=lambda x: getattr(x, "__name__", ""))
def test_a_broken_balance_fails_the_run_and_is_named(check, tables, tamper, balance):
    tamper(tables)
    with pytest.raises(AuditError) as caught:
        check(tables)
    assert f"  {balance}: " in str(caught.value)


@pytest.mark.parametrize("column", ["co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg"])
def test_emissions_without_energy_are_found(check, tables, column):
    mode = tables["emissions"].loc[0, "mode"]
    tables["emissions"].loc[0, column] *= 1.001
    with pytest.raises(AuditError, match=f"emissions: {column} of {mode} = energy x factor"):
        check(tables)


def test_a_wtw_that_is_not_the_sum_of_its_parts_is_found(check, tables):
    tables["emissions"].loc[0, "co2e_wtw_kg"] += 1000.0
    with pytest.raises(AuditError, match=r"emissions: WTW = TTW \+ WTT"):
        check(tables)


@pytest.mark.parametrize("column", EMISSION_FIELDS)
@pytest.mark.parametrize("table", ["legs", "hubs"])
def test_a_leg_or_hub_that_is_not_in_the_account_by_class_is_found(check, tables, table, column):
    tables[table].loc[0, column] += 1.0
    with pytest.raises(AuditError, match=f"emissions: {column} by leg and hub = by class"):
        check(tables)


@pytest.mark.parametrize("column", ["co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg"])
@pytest.mark.parametrize("mode", ["road", "rail", "waterway", "hub"])
def test_a_ledger_that_is_not_the_account_by_class_is_found(check, tables, mode, column):
    row = tables["ledger"].index[tables["ledger"]["mode"] == mode][0]
    tables["ledger"].loc[row, column] += 1.0
    with pytest.raises(AuditError, match=f"ledger: {column} of {mode} = by class"):
        check(tables)


def test_elements_that_go_farther_than_their_vehicles_are_found(check, tables):
    tables["ledger"].loc[0, "actual_tkm"] += 1.0
    with pytest.raises(AuditError, match="ledger: t-km of elements = by class"):
        check(tables)


@pytest.mark.parametrize("indicator", INDICATORS)
def test_an_indicator_that_is_not_the_sum_of_legs_and_hubs_is_found(check, tables, indicator):
    row = tables["indicators"]["indicator"] == indicator
    tables["indicators"].loc[row, "value"] *= 1.0001
    with pytest.raises(AuditError, match=f"indicators: {indicator} = legs and hubs of a year"):
        check(tables)


def test_an_indicator_on_the_map_that_is_not_the_sum_of_links_and_hubs_is_found(check, tables):
    row = tables["indicators"]["indicator"] == "co2e_wtw_t_on_map"
    tables["indicators"].loc[row, "value"] *= 1.0001
    with pytest.raises(AuditError, match="indicators: co2e_wtw_t_on_map = links and hubs of a year"):
        check(tables)


def test_tonnes_that_demand_never_gave_are_found(check, tables):
    with pytest.raises(AuditError, match="drawn = delivered"):
        check(tables, drawn_t=1.0)


def test_every_balance_that_is_broken_is_named(check, tables):
    lose_a_delivery(tables)
    arrive_before_departure(tables)
    with pytest.raises(AuditError) as caught:
        check(tables)
    assert len(str(caught.value).splitlines()) == 3


def test_every_balance_has_a_test(check, tables):
    tested = {balance for _, balance in TAMPERED} | {"emissions: WTW = TTW + WTT"}
    tested |= {"indicators: co2e_wtw_t_on_map = links and hubs of a year"}
    modes = ("road", "rail", "waterway", "hub")
    tested |= {f"emissions: {c} of {mode} = energy x factor" for c in STAGES for mode in modes}
    tested |= {f"ledger: {c} of {mode} = by class" for c in STAGES[1:] for mode in modes}
    tested |= {"ledger: t-km of elements = by class"}
    tested |= {f"indicators: {name} = legs and hubs of a year" for name in INDICATORS}
    tested |= {f"emissions: {c} by leg and hub = by class" for c in EMISSION_FIELDS}
    tested |= {f"emissions: CO2e on the map of {mode} by leg = by link" for mode in ("road", "rail")}
    tested |= {f"tonnes: counted for {m} = carried by {m}" for m in ("road", "waterway")}
    hub = "transfers: tonnes brought to and taken from "
    assert {b for b in check(tables)["balance"] if not b.startswith(hub)} == {
        b for b in tested if not b.startswith(hub)
    }

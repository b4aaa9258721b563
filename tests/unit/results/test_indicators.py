"""Indicators of a year, from the tables of a day."""

import pandas as pd
import pytest

from transport_sim.results.indicators import HIGHER_IS_BETTER, indicators


@pytest.fixture(scope="module")
def found(dazhou_day) -> pd.Series:
    table = indicators(dazhou_day.task.inputs, dazhou_day.tables, 365.0)
    assert table["indicator"].is_unique
    return table.set_index("indicator")["value"]


def test_tonnes_and_activity_by_mode_add_up_to_their_totals(found, dazhou_day):
    for quantity in ("freight_tonnes", "activity_tkm"):
        assert sum(found[f"{quantity}_{m}"] for m in ("road", "rail", "waterway")) == pytest.approx(found[quantity])
    assert found["freight_tonnes"] == pytest.approx(365.0 * dazhou_day.tables["shipments"]["tonnes_t"].sum())
    assert found["activity_tkm"] == pytest.approx(365.0 * dazhou_day.tables["legs"]["activity_tkm"].sum())


def test_emissions_by_mode_and_by_stage_add_up(found):
    assert sum(found[f"co2e_wtw_t_{m}"] for m in ("road", "rail", "waterway", "hub")) == pytest.approx(
        found["co2e_wtw_t"]
    )
    assert found["co2e_ttw_t"] + found["co2e_wtt_t"] == pytest.approx(found["co2e_wtw_t"])
    assert found["co2_ttw_t"] < found["co2e_ttw_t"]
    assert found["intensity_g_per_tkm"] == pytest.approx(found["co2e_wtw_t"] * 1e6 / found["activity_tkm"])


def test_energy_in_coal_equivalent(found, dazhou_inputs):
    """Diesel at 1.4571 and power at 0.1229 kg of coal equivalent per kg and kWh (GB/T 2589-2020)."""
    wanted = found["fuel_t"] * 1.4571 + found["electricity_kwh"] * 0.1229 / 1000.0
    assert found["energy_tce"] == pytest.approx(wanted, rel=1e-3)


def test_door_to_door_time_and_empty_share_by_another_way(found, dazhou_day):
    shipments, legs = dazhou_day.tables["shipments"], dazhou_day.tables["legs"]
    total = sum((s.delivered_s - s.release_s) / 3600.0 * s.tonnes_t for s in shipments.itertuples())
    assert found["mean_door_to_door_h"] == pytest.approx(total / shipments["tonnes_t"].sum())
    empty = legs.query("mode == 'road' and not loaded")["vkm"].sum()
    assert found["empty_share"] == pytest.approx(empty / (found["truck_vkm"] / 365.0))
    assert 0.0 < found["empty_share"] < 0.5


def test_mean_road_haul_is_that_of_goods_by_road_all_the_way(found, dazhou_day):
    shipments, legs, loads = (dazhou_day.tables[n] for n in ("shipments", "legs", "loads"))
    moved = (
        loads.merge(shipments, on="shipment_id")
        .merge(legs[["leg_id", "distance_km"]], on="leg_id")
        .query("chain == 'road'")
    )
    assert found["mean_road_haul_km"] == pytest.approx(
        (moved["tonnes_t"] * moved["distance_km"]).sum() / moved["tonnes_t"].sum()
    )
    # the calibrated expectation, within what one day's draws leave
    assert found["mean_road_haul_km"] == pytest.approx(100.0, rel=0.05)


def test_queues_are_means_per_visit(found, dazhou_day):
    for kind, part in dazhou_day.tables["facilities"].groupby("kind"):
        visits = part["visits_count"].sum()
        assert found[f"queue_h_{kind}"] == pytest.approx(part["wait_h"].sum() / visits if visits else 0.0)


def test_amounts_scale_with_the_year_and_means_do_not(found, dazhou_day):
    half = indicators(dazhou_day.task.inputs, dazhou_day.tables, 182.5).set_index("indicator")["value"]
    means = {"mean_door_to_door_h", "mean_road_haul_km", "empty_share", "intensity_g_per_tkm"}
    for name, value in found.items():
        same = name in means or name.startswith("queue_h_")
        assert half[name] == pytest.approx(value if same else value / 2.0), name


def test_what_is_better_when_higher_is_an_indicator(found):
    assert {name for name in HIGHER_IS_BETTER if not name.startswith(("traffic_", "fleet_", "bus_"))} <= set(
        found.index
    )

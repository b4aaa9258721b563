"""From tables to buses: how many there are, what they run on, and what is missing, on a line between two nodes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simpy
from bus_worlds import write_feed

from transport_sim.config.scenario import FleetsSection
from transport_sim.energy.electric import electric_energy_kwh_per_km
from transport_sim.errors import DataError
from transport_sim.fleet.travel import Travel, roads
from transport_sim.inputs import Inputs
from transport_sim.operations import Operations
from transport_sim.planning import buses
from transport_sim.planning.buses import bus_nodes, bus_plan, bus_timetable
from transport_sim.planning.stations import station_plans
from transport_sim.simulation.bus import start_buses
from transport_sim.simulation.stations import Stations

SOURCE = {"note": "", "source": "test", "confidence": "memory"}
DRIVE_S, DRIVE_KM, DRIVE_KWH = 1800.0, 15.0, 15.0
BATTERY_KWH = 100.0


def table(**columns) -> pd.DataFrame:
    """Return a frame whose single values hold for every row."""
    count = max(len(cells) if isinstance(cells, list | np.ndarray) else 1 for cells in columns.values())
    return pd.DataFrame(columns | SOURCE, index=range(count))


@pytest.fixture
def world(dazhou_inputs, monkeypatch) -> tuple[Inputs, Travel]:
    """Return a line of 15 km and 15 kWh each way, every half an hour from 6 to 10, and a depot with ten plugs at one end."""
    network = roads(dazhou_inputs)
    links = network.links[network.links["mode"] == "road"]
    ids = np.unique(np.intersect1d(links["from_node"], links["to_node"]))[[10, 150, 300]]
    lon, lat = (network.nodes.loc[ids, axis].to_numpy(float) for axis in ("lon", "lat"))
    operations = (
        Operations()
        .with_table("bus_stops", table(stop=["a", "b"], name="", lon=lon[:2], lat=lat[:2], station=["", "end"]))
        .with_table("depots", table(depot="yard", name="", lon=lon[2], lat=lat[2], station="yard"))
        .with_table(
            "bus_services",
            table(
                line="one", name="One", stops="a;b", depot="yard", charging="overnight", layover_min=0.0,
                most_late_min=30.0, stop_distance_km=1.0, dwell_s=0.0, time_ratio=1.0, time_spread_ratio=0.0,
                scheduled_speed_kmh=np.nan, from_year=1900, to_year=2100,
            ),
        )
        .with_table(
            "bus_headways", table(line="one", days="daily", from_hour=6.0, to_hour=10.0, headway_min=30.0)
        )
        .with_table(
            "stations",
            table(
                station=["yard", "end"], name="", kind="charging", lon=lon[:2], lat=lat[:2], users="bus", feeder_kw=np.nan,
                open_hour=0.0, close_hour=24.0, tariff="flat", from_year=1900, to_year=2100,
            ),
        )
        .with_table(
            "plugs",
            table(
                station=["yard", "end"], kind="dc", power_kw=120.0, plugs_count=10, hours_between_faults_h=np.nan,
                repair_h=np.nan,
            ),
        )
        .with_table(
            "electric_vehicles",
            table(
                fleet="bus", vehicle_class="bus", usable_capacity_kwh=BATTERY_KWH, charge_rate_per_h=1.0, plug_kind="dc",
                reserve_soc=0.1, target_soc=1.0, load_ratio=0.3,
            ),
        )
    )  # fmt: skip
    away = np.array([[0.0, 1.0, 0.2], [1.0, 0.0, 1.2], [0.2, 1.2, 0.0]])
    order = np.argsort(ids)
    away = away[np.ix_(order, order)]
    travel = Travel(
        ids[order],
        np.tile(away * DRIVE_S, (24, 1, 1)),
        away * DRIVE_KM,
        {"bus": np.tile(away * DRIVE_KWH, (24, 1, 1))},
    )
    monkeypatch.setattr(buses, "technology_counts", lambda inputs, fleet: {"battery_electric": 20.0})
    return replace(dazhou_inputs, operations=operations, fleets=FleetsSection(days=2)), travel


def changed(inputs: Inputs, name: str, **cells) -> Inputs:
    return inputs.with_table(name, inputs.operations[name].assign(**cells))


def simulate(inputs: Inputs, plan):
    env = simpy.Environment()
    records = start_buses(env, Stations(env, station_plans(inputs, seed=1, days=2)), plan)
    env.run()
    return records


def test_every_run_of_the_timetable_is_in_one_block(world):
    inputs, travel = world
    plan = bus_plan(inputs, travel, seed=1)
    assert len(plan.kinds[0]) == 16, "eight departures from each end"
    assert sorted(run for bus in plan.buses for run in bus.blocks[0]) == list(range(16))
    assert plan.needs[0].least_count == plan.needs[0].blocks_count == 2, "an hour's round every half an hour"
    assert set(bus_nodes(inputs)) == set(travel.node_ids)
    assert plan.ways.pattern_km.tolist() == [15.0, 15.0]


def test_buses_are_added_until_batteries_last(world):
    """Each of two blocks has eight runs of 15 kWh and ways of 3 or 18 kWh out and home, of which 90 kWh are there."""
    inputs, travel = world
    plan = bus_plan(inputs, travel, seed=1)
    (need,) = plan.needs
    assert need.lacking_count == 2
    assert need.lacking_kwh == pytest.approx(2 * (8 * 15.0 - 90.0) + 2 * 3.0 + 2 * 18.0)
    assert need.needed_count > need.blocks_count
    records = simulate(inputs, plan)
    assert not records.lost
    assert records.lines[0].served_count == 32
    assert min(block.least_soc for block in records.blocks) >= 0.1 - 1e-9


def test_a_larger_battery_needs_no_further_bus(world):
    inputs, travel = world
    plan = bus_plan(changed(inputs, "electric_vehicles", usable_capacity_kwh=300.0), travel, seed=1)
    assert plan.needs[0].needed_count == 2
    assert (plan.needs[0].lacking_count, plan.needs[0].lacking_kwh) == (0, 0.0)


def test_other_drives_need_no_charge_and_no_further_bus(world, monkeypatch):
    inputs, travel = world
    monkeypatch.setattr(buses, "technology_counts", lambda inputs, fleet: {"cng": 20.0})
    plan = bus_plan(inputs, travel, seed=1)
    assert len(plan.buses) == 2
    records = simulate(inputs, plan)
    assert records.lines[0].served_count == 32
    assert sum(v.charged_kwh for v in records.vehicles) == 0.0
    assert sum(v.driven_km for v in records.vehicles) > 32 * 15.0


def test_drives_are_shared_out_as_the_stock_is_and_grow_without_changing_hands(world, monkeypatch):
    inputs, travel = world
    inputs = changed(inputs, "bus_headways", headway_min=5.0)
    inputs = changed(inputs, "electric_vehicles", usable_capacity_kwh=500.0)
    electric = []
    for share in (0.25, 0.5, 1.0):
        stock = {"battery_electric": 40 * share, "cng": 40 * (1 - share)}
        monkeypatch.setattr(buses, "technology_counts", lambda inputs, fleet, stock=stock: stock)
        plan = bus_plan(inputs, travel, seed=1)
        electric.append({bus.blocks for bus in plan.buses if bus.is_electric})
        assert len(electric[-1]) == round(share * len(plan.buses))
    assert electric[0] < electric[1] < electric[2]


def test_runs_that_no_bus_is_left_for_are_lost_and_said_so(world, monkeypatch):
    inputs, travel = world
    monkeypatch.setattr(buses, "technology_counts", lambda inputs, fleet: {"diesel": 1.0})
    plan = bus_plan(inputs, travel, seed=1)
    assert (plan.needs[0].needed_count, plan.needs[0].buses_count) == (2, 1)
    records = simulate(inputs, plan)
    assert {run.reason for run in records.lost} == {"no_bus"}
    assert records.lines[0].served_count + len(records.lost) == 32
    assert records.lines[0].served_count == 16


def test_a_depot_without_plugs_serves_what_its_first_charge_lasts_for(world):
    inputs, travel = world
    inputs = changed(inputs, "plugs", plugs_count=0)
    plan = bus_plan(inputs, travel, seed=1)
    records = simulate(inputs, plan)
    assert [run.day for run in records.lost if run.day == 0] == []
    second = [run for run in records.lost if run.day == 1]
    assert second
    assert {run.reason for run in second} == {"energy"}
    assert sum(run.missing_kwh for run in second) > 0.0
    assert records.lines[0].served_count + len(records.lost) == 32


def test_a_run_beyond_any_battery_is_lost_with_what_it_lacks(world):
    """A run of 15 kWh, 3 or 18 on the way to it and home: 36 of a battery that gives 27."""
    inputs, travel = world
    plan = bus_plan(changed(inputs, "electric_vehicles", usable_capacity_kwh=30.0), travel, seed=1)
    records = simulate(inputs, plan)
    assert records.lines[0].served_count == 0
    assert len(records.lost) == 32
    assert max(run.missing_kwh for run in records.lost) > 0.0
    assert plan.needs[0].needed_count > 0


def test_opportunity_charging_saves_buses(world):
    """Rests of 10 min are too short for the depot; at a station they give half of the 30 kWh of a round."""
    inputs, travel = world
    inputs = changed(inputs, "bus_services", layover_min=10.0)
    inputs = changed(inputs, "bus_headways", headway_min=10.0, to_hour=14.0)
    overnight = bus_plan(inputs, travel, seed=1)
    opportunity = bus_plan(changed(inputs, "bus_services", charging="opportunity"), travel, seed=1)
    assert opportunity.needs[0].needed_count < overnight.needs[0].needed_count
    assert not simulate(inputs, opportunity).lost


def test_a_bus_lane_saves_time_and_energy(world):
    inputs, travel = world
    usual, quick = (
        bus_plan(changed(inputs, "bus_services", time_ratio=ratio), travel, seed=1).ways for ratio in (1.0, 0.8)
    )
    assert quick.pattern_s == pytest.approx(0.8 * usual.pattern_s)
    assert (quick.pattern_kwh != usual.pattern_kwh).all()
    assert usual.pattern_kwh == pytest.approx(np.full((24, 2), DRIVE_KWH)), "at the pace of traffic, its energy"


def test_halts_cost_time_and_change_energy_as_the_mean_speed_does(world):
    inputs, travel = world
    ways = bus_plan(changed(inputs, "bus_services", dwell_s=20.0), travel, seed=1).ways
    assert ways.pattern_s == pytest.approx(np.full((24, 2), DRIVE_S + 15 * 20.0))
    traffic, line = (
        electric_energy_kwh_per_km(inputs.factors, vehicle_class="bus", speed_kmh=DRIVE_KM / hours, load_ratio=0.3)
        for hours in (0.5, 0.5 + 300 / 3600)
    )
    assert ways.pattern_kwh == pytest.approx(np.full((24, 2), DRIVE_KWH + (line - traffic) * DRIVE_KM))
    assert line != traffic


def test_a_closed_station_is_none(world):
    inputs, travel = world
    assert {bus.station for bus in bus_plan(inputs, travel, seed=1).buses} == {0}
    shut = bus_plan(changed(inputs, "stations", to_year=2000), travel, seed=1)
    assert {bus.station for bus in shut.buses} == {-1}
    others = bus_plan(changed(inputs, "stations", users="taxi"), travel, seed=1)
    assert {bus.station for bus in others.buses} == {-1}


def test_the_spread_of_times_has_its_mean_and_is_the_same_in_every_scenario(world):
    inputs, travel = world
    inputs = changed(changed(inputs, "bus_services", time_spread_ratio=0.1), "bus_headways", headway_min=0.5)
    plan = bus_plan(inputs, travel, seed=1)
    spread = np.concatenate(plan.spread)
    assert spread.mean() == pytest.approx(1.0, abs=4 * 0.1 / np.sqrt(len(spread)))
    assert spread.std() == pytest.approx(0.1, rel=0.1)
    denser = bus_plan(changed(inputs, "bus_headways", headway_min=1.0), travel, seed=1)
    own = dict(zip(plan.kinds[0].start_s + 0.1 * plan.kinds[0].pattern, plan.spread[0], strict=True))
    for key, factor in zip(denser.kinds[0].start_s + 0.1 * denser.kinds[0].pattern, denser.spread[0], strict=True):
        assert own[key] == factor


def test_no_lines_no_plan(dazhou_inputs, world):
    inputs, travel = world
    none = inputs.with_table("bus_services", inputs.operations["bus_services"].iloc[:0])
    assert bus_plan(none, travel, seed=1) is None
    assert len(bus_nodes(none)) == 0
    assert bus_timetable(replace(inputs, fleets=None)) is None
    assert bus_plan(changed(inputs, "bus_services", to_year=2000), travel, seed=1) is None


def test_a_line_without_a_way_or_depot_is_refused(world):
    inputs, travel = world
    cut = replace(travel, distance_km=np.where(travel.distance_km > 0, np.inf, 0.0))
    with pytest.raises(DataError, match="no way leads along the stops of 1 lines, first: one"):
        bus_plan(inputs, cut, seed=1)
    with pytest.raises(DataError, match="no depot that their buses come from"):
        bus_plan(inputs.with_table("depots", inputs.operations["depots"].iloc[:0]), travel, seed=1)
    far = changed(inputs, "bus_stops", lat=[10.0, 11.0])
    with pytest.raises(DataError, match="2 of 2 stops of buses lie more than 5 km from any road"):
        bus_nodes(far)


def test_a_feed_replaces_the_tables(world, tmp_path):
    """Seven trips of two routes, a block of two trips; the depot is the nearest, there is but one."""
    inputs, _ = world
    inputs = replace(inputs, fleets=FleetsSection(days=7, gtfs=write_feed(tmp_path / "feed.zip")))
    nodes = bus_nodes(inputs)
    away = np.abs(np.subtract.outer(np.arange(len(nodes)), np.arange(len(nodes)))) * 1.0
    travel = Travel(nodes, np.tile(away * 300.0, (24, 1, 1)), away * 3.0, {"bus": np.tile(away * 3.0, (24, 1, 1))})
    plan = bus_plan(inputs, travel, seed=1)
    assert plan.lines == ("R1", "R2")
    assert [len(kind) for kind in plan.kinds] == [6, 1]
    assert plan.days == (0, 0, 1, 0, 0, 1, 1)
    named = [run for run, start in enumerate(plan.kinds[0].start_s) if start in (7 * 3600.0, 7 * 3600.0 + 2400.0)]
    assert any(set(bus.blocks[0]) & set(named) and len(bus.blocks[0]) >= 2 for bus in plan.buses)
    records = simulate(inputs, plan)
    assert sum(line.served_count for line in records.lines) + len(records.lost) == 4 * 6 + 3

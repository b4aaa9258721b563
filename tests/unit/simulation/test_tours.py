"""Vehicles on tours: ways over stations, energy balances, and what happens where plugs are missing or taken."""

import numpy as np
import pytest
import simpy

from transport_sim.charge import PieceTable
from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.filling import FillPlan
from transport_sim.simulation.station_ways import StationWays
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.swapping import SwapPlan
from transport_sim.simulation.tour_plan import PrivateCharging, Tour, TourFleet, TourPlan, TourVehicle
from transport_sim.simulation.tours import TourRecords, start_tours

BATTERY = PieceTable(100.0, (0.0, 0.8, 1.0), (100.0, 50.0))
DAY_S = 86_400.0


def line(*km: float) -> np.ndarray:
    at = np.array(km)
    return np.abs(at[:, None] - at[None, :])


def at_every_hour(matrix: np.ndarray) -> np.ndarray:
    return np.tile(matrix, (24, 1, 1))


def station(name: str, plugs: int = 1, kw: float = 100.0) -> StationPlan:
    return StationPlan(name, (PlugPlan("dc", kw, plugs),))


def truck(distance_km: np.ndarray, names: dict[str, int], **changes) -> TourFleet:
    """A vehicle with a battery of 100 kWh of which it uses 80, 1 kWh and one minute per km."""
    ways = StationWays(
        at_every_hour(distance_km),
        at_every_hour(distance_km * 60.0),
        80.0,
        tuple(names),
        np.array(list(names.values()), dtype=np.int64),
        np.full(len(names), 1.0 / 100.0),
        np.zeros(len(names)),
    )
    settings = {"supply": "charging", "plug_kind": "dc", "pieces": BATTERY, "capacity": 100.0} | changes
    return TourFleet("truck_heavy", "battery_electric", reserve_soc=0.1, target_soc=0.9, ways=ways, **settings)


def tour(*places: int, depart_s: float = 0.0, day: int = 0, number: int = 0, service_s: float = 0.0) -> Tour:
    service = (0.0, *([service_s] * (len(places) - 2)), 0.0)
    return Tour(number, day, depart_s, tuple(places), service)


def run(fleets, vehicles, distance_km, plans, **rest) -> tuple[TourRecords, Stations, simpy.Environment]:
    env = simpy.Environment()
    stations = Stations(env, plans)
    plan = TourPlan(1, at_every_hour(distance_km * 60.0), distance_km, tuple(fleets), tuple(vehicles), **rest)
    records = start_tours(env, stations, plan)
    env.run()
    return records, stations, env


def check_balance(records: TourRecords) -> None:
    for vehicle in records.vehicles:
        gained = vehicle.capacity_kwh * (vehicle.end_soc - vehicle.start_soc)
        assert vehicle.charged_kwh == pytest.approx(vehicle.driven_kwh + gained, abs=1e-6)
        assert vehicle.end_soc >= 0.0


# place 0 at km 0, stations at km 60, 120 and 180 (places 1 to 3), the end at km 200 (place 4)
ROAD = line(0.0, 60.0, 120.0, 180.0, 200.0)


def test_a_way_that_needs_two_charges_finds_both() -> None:
    """Of 80 kWh, 60 last to the first station; 180 km beyond it need one more charge at 120 or 180."""
    fleet = truck(ROAD[:4, :4], {"A": 1, "B": 2})
    records, stations, _ = run(
        [fleet], [TourVehicle(1, 0, 0.9, (tour(0, 3),))], ROAD[:4, :4], [station("A"), station("B")]
    )
    assert [s.station for s in sorted(stations.sessions, key=lambda s: s.start_s)] == ["A", "B"]
    (record,) = records.tours
    assert record.served
    assert (record.km, record.energy, record.charges) == (180.0, 180.0, 2)
    check_balance(records)


def test_without_the_middle_station_the_missing_energy_is_that_of_the_longest_stretch() -> None:
    """A to C are 120 km, and 80 kWh are there between two charges: 40 kWh are missing, and nobody leaves."""
    fleet = truck(ROAD, {"A": 1, "C": 3})
    records, stations, env = run([fleet], [TourVehicle(1, 0, 0.9, (tour(0, 4),))], ROAD, [station("A"), station("C")])
    (record,) = records.tours
    assert not record.served
    assert record.missing == pytest.approx(40.0)
    assert (record.km, stations.sessions, env.now) == (0.0, [], 0.0)


def test_the_same_battery_larger_by_what_was_missing_makes_it() -> None:
    from dataclasses import replace

    fleet = truck(ROAD, {"A": 1, "C": 3})
    larger = replace(
        fleet, capacity=150.0, pieces=PieceTable(150.0, (0.0, 1.0), (100.0,)), ways=replace(fleet.ways, usable=120.0)
    )
    records, _, _ = run([larger], [TourVehicle(1, 0, 0.9, (tour(0, 4),))], ROAD, [station("A"), station("C")])
    assert records.tours[0].served
    check_balance(records)


@pytest.mark.parametrize("plugs", [0, 1])
def test_a_station_without_plugs_is_none(plugs: int) -> None:
    fleet = truck(ROAD, {"A": 1, "B": 2, "C": 3})
    plans = [station("A"), station("B", plugs), station("C")]
    records, _, _ = run([fleet], [TourVehicle(1, 0, 0.9, (tour(0, 4),))], ROAD, plans)
    assert records.tours[0].served == bool(plugs)


def test_no_plug_anywhere_serves_nobody_and_ends() -> None:
    depot = truck(ROAD, {}, depot="none", en_route=False)
    tours = tuple(tour(0, 1, 0, depart_s=d * DAY_S, day=d) for d in range(3))
    records, _, _ = run([depot], [TourVehicle(1, 0, 0.9, tours)], ROAD, [])
    assert [t.served for t in records.tours] == [False] * 3
    assert [t.missing for t in records.tours] == pytest.approx([40.0] * 3)  # 120 kWh there and back, 80 are there
    check_balance(records)


def test_who_finds_a_longer_wait_than_it_accepts_goes_to_the_other_station() -> None:
    """Both stations lie on the way; at one a plug of 1 kW is taken for hours."""
    distance = line(0.0, 50.0, 60.0, 130.0)
    fleet = truck(distance, {"A": 1, "B": 2}, patience_s=600.0)
    plans = [StationPlan("A", (PlugPlan("dc", 1.0, 1),)), station("B")]
    vehicles = [TourVehicle(n, 0, 0.9, (tour(0, 3),)) for n in (1, 2)]
    env = simpy.Environment()
    stations = Stations(env, plans)
    env.process(stations.charge("A", 9, ((50.0, 1.0),), kind="dc"))
    records = start_tours(
        env, stations, TourPlan(1, at_every_hour(distance * 60.0), distance, (fleet,), tuple(vehicles))
    )
    env.run()
    assert {s.vehicle: s.station for s in stations.sessions if s.served} == {9: "A", 1: "B", 2: "B"}
    assert [t.waited_s > 0.0 for t in records.tours] == [False, True]
    check_balance(records)


def test_an_occupied_plug_holds_up_nobody_who_passes_by() -> None:
    """Ten trucks queue for one plug at A; one that needs no charge drives past as if there were none."""
    distance = line(0.0, 60.0, 120.0)
    needs = truck(distance, {"A": 1})
    vehicles = [TourVehicle(n, 0, 0.8, (tour(0, 2),)) for n in range(10)]
    short = TourVehicle(99, 0, 0.9, (tour(0, 1),))
    records, _, _ = run([needs], [*vehicles, short], distance, [station("A", kw=10.0)])
    by_vehicle = {t.vehicle: t for t in records.tours}
    assert by_vehicle[99].end_s == 3600.0
    starts = sorted(t.waited_s for n, t in by_vehicle.items() if n != 99)
    assert np.diff(starts) == pytest.approx(np.full(9, 70.0 / 10.0 * 3600.0))  # from 20 to 90 kWh at 10 kW


def test_depot_charging_fills_up_over_night_and_balances() -> None:
    fleet = truck(ROAD, {}, depot="D", en_route=False)
    tours = tuple(tour(0, 1, 0, depart_s=d * DAY_S + 8 * 3600.0, day=d, service_s=60.0) for d in range(5))
    short = truck(line(0.0, 30.0), {}, depot="D", en_route=False)
    records, stations, _ = run([short], [TourVehicle(1, 0, 0.9, tours)], line(0.0, 30.0), [station("D", kw=20.0)])
    assert fleet.depot == "D"
    assert [t.served for t in records.tours] == [True] * 5
    assert [s.energy_kwh for s in stations.sessions] == pytest.approx([60.0] * 5)
    check_balance(records)
    assert records.vehicles[0].end_soc == pytest.approx(0.9)


def test_between_tours_a_vehicle_without_a_depot_drives_to_a_public_station_and_back() -> None:
    distance = line(0.0, 10.0, 30.0)  # base, station, stop
    fleet = truck(distance, {"P": 1}, between=True)
    tours = tuple(tour(0, 2, 0, depart_s=d * DAY_S, day=d) for d in range(2))
    records, stations, _ = run([fleet], [TourVehicle(1, 0, 0.9, tours)], distance, [station("P")])
    assert [t.km for t in records.tours] == [80.0, 60.0]  # 20 of them to the station and back
    assert [s.energy_kwh for s in stations.sessions] == pytest.approx([70.0])
    check_balance(records)


def test_a_tour_that_cannot_begin_on_its_day_is_given_up() -> None:
    """At 2 kW the 60 kWh take 30 hours: every second day is lost."""
    distance = line(0.0, 30.0)
    fleet = truck(distance, {}, depot="D", en_route=False)
    tours = tuple(tour(0, 1, 0, depart_s=d * DAY_S + 20 * 3600.0, day=d) for d in range(4))
    records, _, _ = run([fleet], [TourVehicle(1, 0, 0.9, tours)], distance, [station("D", kw=2.0)])
    assert [t.served for t in records.tours] == [True, False, True, False]
    assert all(t.missing == 0.0 for t in records.tours)
    check_balance(records)


def test_swaps_and_fuels_follow_the_same_logic() -> None:
    distance = line(0.0, 60.0, 120.0)
    swap = truck(distance, {"S": 1}, supply="swap", plug_kind="swap")
    fuel = truck(distance, {"L": 1}, supply="fill", plug_kind="lng", pieces=None)
    plans = [SwapPlan("S", 2, 1, 50.0, 300.0, 1, BATTERY, 0.9), FillPlan("L", "lng", 1, 60.0)]
    vehicles = [TourVehicle(1, 0, 0.9, (tour(0, 2),)), TourVehicle(2, 1, 0.9, (tour(0, 2),))]
    records, stations, _ = run([swap, fuel], vehicles, distance, plans)
    assert [t.served for t in records.tours] == [True, True]
    assert [s.energy_kwh for s in stations.swaps] == pytest.approx([60.0])
    assert [f.amount_kg for f in stations.fills] == pytest.approx([60.0])
    assert sorted(v.capacity_kwh for v in records.vehicles) == [0.0, 100.0]  # fuels have no electric balance
    check_balance(records)


def test_vehicles_with_engines_drive_the_same_ways() -> None:
    engine = TourFleet("delivery_van", "diesel", "none", local_km=1.0, local_s=60.0)
    records, _, _ = run([engine], [TourVehicle(5, 0, 1.0, (tour(0, 1, 2, 0, service_s=30.0),))], ROAD, [])
    (record,) = records.tours
    assert (record.km, record.end_s, record.stops) == (242.0, 240.0 * 60.0 + 2 * 90.0, 2)


def test_private_cars_try_the_nearest_and_give_up_after_all_are_taken() -> None:
    """Two stations with one slow plug each and a patience of nothing: the third car finds no place."""
    private = PrivateCharging(
        np.array([0.0, 1.0, 2.0]), np.zeros(3, dtype=np.int64), np.full(3, 20.0), BATTERY, 0.9, "dc", ("A", "B"),
        np.array([[0, 1]]), np.array([[10.0, 20.0]]), 0.0, first_number=100,
    )  # fmt: skip
    records, stations, _ = run([], [], line(0.0), [station("A"), station("B")], private=private)
    assert {(r.vehicle, r.station) for r in records.private} == {(100, "A"), (101, "B"), (102, "")}
    assert sum(s.energy_kwh for s in stations.sessions) == pytest.approx(40.0)
    assert sum(v.charged_kwh for v in records.vehicles) == pytest.approx(40.0)
    check_balance(records)
    nobody = run([], [], line(0.0), [], private=private)[0]
    assert [r.station for r in nobody.private] == ["", "", ""]


def test_a_long_random_week_balances_to_the_watt_hour() -> None:
    rng = np.random.default_rng(3)
    at = rng.uniform(0.0, 60.0, (12, 2))
    distance = np.hypot(*(at[:, None] - at[None]).T)
    fleet = truck(distance, {"A": 3, "B": 7}, between=True, patience_s=900.0)
    vehicles = []
    for n in range(40):
        stops = rng.integers(0, 12, (7, 3))
        tours = tuple(tour(0, *s.tolist(), 0, depart_s=d * DAY_S + 7 * 3600.0, day=d) for d, s in enumerate(stops))
        vehicles.append(TourVehicle(n, 0, float(rng.uniform(0.5, 0.9)), tours))
    records, stations, _ = run([fleet], vehicles, distance, [station("A", 2), station("B", 1)])
    check_balance(records)
    assert len(records.tours) == 280
    assert sum(v.charged_kwh for v in records.vehicles) == pytest.approx(sum(s.energy_kwh for s in stations.sessions))
    assert sum(t.energy for t in records.tours) == pytest.approx(sum(v.driven_kwh for v in records.vehicles))
    assert all(t.served or t.missing > 0.0 or t.start_s >= (t.day + 1) * DAY_S for t in records.tours)

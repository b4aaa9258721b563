"""The plan of tours from the tables of Dazhou: numbers, technologies, stations, private cars, vessels, freight trucks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simpy

from transport_sim.errors import DataError
from transport_sim.fleet.numbers import first_number
from transport_sim.fleet.travel import Travel, travel
from transport_sim.inputs import Inputs
from transport_sim.planning.freight_trucks import freight_places, with_freight_trucks
from transport_sim.planning.stations import station_plans
from transport_sim.planning.tours import tour_nodes, tour_plan
from transport_sim.results.fleet_tours import tour_tables
from transport_sim.results.schemas import checked
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.tour_plan import TourPlan
from transport_sim.simulation.tours import TourRecords, start_tours


@pytest.fixture(scope="module")
def few(dazhou_inputs: Inputs) -> Inputs:
    """Dazhou in 2030 with eight vehicles at each of the bases of Kaijiang, and few private cars."""
    inputs = replace(dazhou_inputs, year=2030)
    bases = inputs.operations["tour_fleets"]
    bases = bases[bases["base"].str.endswith("kaijiang")].assign(vehicles_count=8.0, fleet_share=np.nan)
    private = inputs.operations["private_charging"].assign(events_per_week=0.002)
    trucks = inputs.operations["corridor_trucks"].assign(trucks_per_day=4.0, electric_share=0.5)
    vessels = inputs.operations["electric_vessels"].assign(electric_share=0.5)
    tables = {"tour_fleets": bases, "private_charging": private, "corridor_trucks": trucks, "electric_vessels": vessels}
    for name, frame in tables.items():
        inputs = inputs.with_table(name, frame)
    return inputs


@pytest.fixture(scope="module")
def ways(few: Inputs) -> Travel:
    return travel(few, [*tour_nodes(few).tolist(), *freight_places(few).values()])


@pytest.fixture(scope="module")
def plan(few: Inputs, ways: Travel) -> TourPlan:
    found = tour_plan(few, ways, seed=1)
    assert found is not None
    return found


def run(inputs: Inputs, plan: TourPlan) -> tuple[TourRecords, Stations]:
    env = simpy.Environment()
    stations = Stations(env, station_plans(inputs, seed=1, days=plan.days))
    records = start_tours(env, stations, plan)
    env.run()
    return records, stations


def test_every_vehicle_has_a_number_of_its_fleet(plan: TourPlan) -> None:
    numbers = [v.number for v in plan.vehicles]
    assert len(set(numbers)) == len(numbers) == 4 * 8 + 4 * 4
    for vehicle in plan.vehicles:
        first = first_number(plan.fleets[vehicle.group].fleet)
        assert first <= vehicle.number < first + 1_000_000
    assert len({v.number for v in plan.vessels}) == len(plan.vessels) == 16


def test_half_of_the_corridors_trucks_are_electric_and_some_swap(plan: TourPlan) -> None:
    trucks = [plan.fleets[v.group] for v in plan.vehicles if plan.fleets[v.group].fleet == "tractor_trailer"]
    assert sum(t.technology == "battery_electric" for t in trucks) == 8
    assert sum(t.supply == "swap" for t in trucks) == 2


def test_energy_balances_for_every_vehicle_and_station(few: Inputs, plan: TourPlan) -> None:
    records, stations = run(few, plan)
    for v in records.vehicles:
        assert v.charged_kwh == pytest.approx(v.driven_kwh + v.capacity_kwh * (v.end_soc - v.start_soc), abs=1e-6)
    given = sum(s.energy_kwh for s in stations.sessions if s.served)
    given += sum(s.energy_kwh for s in stations.swaps if s.served)
    assert given == pytest.approx(sum(v.charged_kwh for v in records.vehicles))
    assert len(records.tours) == sum(len(v.tours) for v in plan.vehicles)


def test_the_same_seed_gives_the_same_bytes(few: Inputs, ways: Travel, plan: TourPlan) -> None:
    again = tour_plan(few, ways, seed=1)
    assert again is not None
    tables = [tour_tables(p, run(few, p)[0]) for p in (plan, again)]
    for name, frame in tables[0].items():
        checked(name, frame)
        assert frame.to_csv() == tables[1][name].to_csv()
        assert len(frame)


def test_without_any_plug_tours_of_batteries_fail_and_say_what_is_missing(few: Inputs, ways: Travel) -> None:
    bare = few.with_table("plugs", few.operations["plugs"].assign(plugs_count=0))
    found = tour_plan(bare, ways, seed=1)
    assert found is not None
    tables = tour_tables(found, run(bare, found)[0])
    lost = tables["tours"][~tables["tours"]["served"]]
    assert len(lost)
    assert set(lost["technology"]) == {"battery_electric"}
    assert (lost["missing_kwh"] > 0.0).all()
    public = tables["private_charging"].query("place == 'public'")
    assert public["unserved_count"].sum() == public["events_count"].sum() > 0
    electric = tables["vessel_trips"].query("technology == 'battery_electric'")
    assert (electric["served"] | (electric["missing_kwh"] > 0.0)).all()


def test_cars_at_home_charge_what_the_table_says(few: Inputs, plan: TourPlan) -> None:
    """Cars x share x events / 7 x kWh a day, spread over the hours that a charge takes."""
    from transport_sim.fleet.stock import technology_counts

    home = few.operations["private_charging"].set_index("place").loc["home"]
    cars = technology_counts(few, "private_car")["battery_electric"]
    daily = cars * home["vehicles_share"] * home["events_per_week"] / 7.0 * home["kwh_per_event"]
    assert plan.home_kwh is not None
    assert plan.home_kwh.sum(axis=1) == pytest.approx(np.full(plan.days, daily))


def test_vessels_sail_between_their_ports_over_the_locks(few: Inputs, plan: TourPlan) -> None:
    """Tuxi to Quxian is a stretch of the Qu; against the current the way takes longer and more energy empty or not."""
    group = next(g for g in plan.vessel_groups if g.route == "qu_stone" and g.pieces is not None)
    km = sum(s.km for s in group.trip)
    assert 20.0 < km < 120.0
    assert sum(s.is_berth for s in group.trip) == 2
    assert 0.5 < sum(s.energy_kwh for s in group.trip) / km < 30.0


def test_a_vessel_that_is_too_fast_for_its_engine_is_refused_with_its_line(few: Inputs, ways: Travel) -> None:
    table = few.operations["electric_vessels"].copy()
    table.loc[1, "water_speed_kmh"] = 30.0
    with pytest.raises(DataError, match="electric_vessels: line 3"):
        tour_plan(few.with_table("electric_vessels", table), ways, seed=1)


def test_freight_trucks_charge_on_their_way(few: Inputs, ways: Travel, plan: TourPlan) -> None:
    stock = few.operations["fleet_stock"]
    legs = pd.DataFrame(
        {
            "mode": ["road", "road", "rail"],
            "vehicle_class": ["tractor_trailer"] * 3,
            "from_place": ["kaijiang", "wanyuan", "kaijiang"],
            "to_place": ["wanzhou", "chongqing", "wanzhou"],
            "depart_s": [3600.0, 90_000.0, 10.0],
            "vehicle_count": [400, 400, 400],
        }
    )
    empty = replace(plan, vehicles=(), fleets=(), private=None, vessels=(), vessel_groups=())
    found = with_freight_trucks(empty, few, ways, legs, seed=1)
    again = with_freight_trucks(empty, few, ways, legs.iloc[::-1], seed=1)
    assert len(stock)
    assert {v.tours for v in found.vehicles} == {v.tours for v in again.vehicles}
    assert 0 < len(found.vehicles) < 800
    tours = tour_tables(found, run(few, found)[0])["tours"]
    assert tours.loc[tours["day"] == 0, "charges_count"].max() == 0  # half the range
    far = tours[(tours["day"] == 1) & tours["served"]]
    assert (far["charges_count"] > 0).all()

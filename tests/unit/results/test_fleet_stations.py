"""Tables of what stations did, against what was asked of them."""

from dataclasses import replace

import numpy as np
import pytest
import simpy

from transport_sim.energy.electric import meter_kwh
from transport_sim.fleet.numbers import first_number
from transport_sim.planning.stations import charging_pieces, station_plans
from transport_sim.results.fleet_stations import station_tables
from transport_sim.results.schemas import checked
from transport_sim.simulation.stations import Stations

TAXI, TRUCK = first_number("taxi"), first_number("tractor_trailer")


@pytest.fixture(scope="module")
def made(dazhou_inputs):
    """Return the inputs of 2027 and a day of taxis at one station, trucks that swap, fill or are turned away."""
    inputs = replace(dazhou_inputs, year=2027)
    env = simpy.Environment()
    stations = Stations(env, station_plans(inputs, seed=1, days=1))
    pieces = charging_pieces(inputs, "taxi")

    def visit(at_s, generator):
        yield env.timeout(at_s)
        yield from generator()

    for n in range(40):
        env.process(visit(1000.0 * n, lambda n=n: stations.charge(
            "public_ch_09", TAXI + n, pieces.between(0.2, 0.9), kind="dc")))  # fmt: skip
        env.process(visit(1000.0 * n, lambda n=n: stations.swap("swap_truck_steel", TRUCK + n, 0.2)))
    env.process(visit(50_000.0, lambda: stations.fill("lng_xuanhan", TRUCK + 99, 300.0)))
    env.process(visit(50_000.0, lambda: stations.charge("lng_xuanhan", TRUCK + 98, ((1.0, 1.0),), kind="dc")))
    env.process(visit(60_000.0, lambda: stations.charge("public_ch_09", 7, ((1.0, 1.0),), kind="shore")))
    env.run()
    tables = station_tables(inputs, stations, days=1)
    return inputs, stations, {name: checked(name, frame) for name, frame in tables.items()}


def test_every_visit_has_a_row_with_its_fleet(made):
    _, _, tables = made
    sessions = tables["charging_sessions"]
    assert len(sessions) == 40 + 40 + 3
    assert sessions.groupby("fleet")["served"].sum().to_dict() == {"bus": 0, "taxi": 40, "tractor_trailer": 41}
    assert sessions["energy_kwh"].sum() == pytest.approx(40 * 0.7 * 55.0 + 40 * 0.75 * 400.0, abs=1e-3)
    assert sessions["arrive_s"].is_monotonic_increasing


def test_the_meter_counts_what_the_batteries_took_and_the_losses(made):
    inputs, _, tables = made
    use = tables["station_use"].set_index("station")
    taxis = float(meter_kwh(inputs.factors, 40 * 0.7 * 55.0))
    trucks = float(meter_kwh(inputs.factors, 40 * 0.75 * 400.0))
    assert use.loc["public_ch_09", "energy_kwh"] == pytest.approx(taxis, abs=1e-3)
    assert use.loc["swap_truck_steel", "energy_kwh"] == pytest.approx(trucks, abs=1e-3)
    hours = tables["station_hours"].groupby("station")["energy_kwh"].sum()
    assert np.allclose(hours[use.index], use["energy_kwh"])


def test_arrivals_balks_and_fuel_are_counted_where_they_were(made):
    _, _, tables = made
    use = tables["station_use"].set_index("station")
    assert use.loc["public_ch_09", ["arrivals_count", "balks_count"]].tolist() == [41, 1]
    assert use.loc["lng_xuanhan", "fuel_kg"] == 300.0
    assert use.loc["lng_xuanhan", "paid_cny"] == pytest.approx(300.0 * 5.5)
    hours = tables["station_hours"]
    assert hours["arrivals_count"].sum() == use["arrivals_count"].sum()
    balked = hours.loc[hours["balks_count"] > 0, ["station", "hour"]].to_numpy().tolist()
    assert balked == [["public_ch_09", 16], ["lng_xuanhan", 13]], "also who looks for a plug where there is none"


def test_peaks_stay_below_feeders_and_above_means(made):
    _, _, tables = made
    use, hours = tables["station_use"], tables["station_hours"]
    assert (use["peak_kw"] <= use["feeder_kw"] * (1 + 1e-9)).all()
    assert (hours["mean_kw"] <= hours["peak_kw"] + 1e-9).all()
    assert use["peak_kw"].max() > 0.0
    assert use["utilisation_ratio"].between(0.0, 1.0).all()


def test_electricity_costs_what_the_tariff_of_the_hour_says(made):
    inputs, _, tables = made
    hours = tables["station_hours"]
    mine = hours[hours["station"] == "public_ch_09"]
    tariff = inputs.operations["tariffs"].query("tariff == 'public_tou'")
    price = [
        float(tariff.loc[(tariff["from_hour"] <= h) & (h < tariff["to_hour"]), "energy_cny_per_kwh"].iloc[0])
        for h in mine["hour"]
    ]
    assert np.allclose(mine["cost_cny"], mine["energy_kwh"] * price)
    use = tables["station_use"].set_index("station").loc["public_ch_09"]
    assert use["paid_cny"] == pytest.approx(use["cost_cny"] + 0.4 * use["energy_kwh"])

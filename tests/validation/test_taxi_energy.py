"""Taxis of Dazhou against published use of energy: 14 to 22 kWh/100 km (modern electric taxis, BYD e6), 400 km a day.

The figures are those of the source list of the data folder; Dazhou is smaller than the cities that they come from, so its
taxis drive less a day.
"""

from dataclasses import replace

import numpy as np
import pytest
import simpy

from transport_sim import load_scenario
from transport_sim.fleet.travel import travel
from transport_sim.paths import embedded
from transport_sim.planning.stations import station_plans
from transport_sim.planning.taxis import taxi_nodes, taxi_plan
from transport_sim.run import prepare
from transport_sim.simulation.stations import Stations
from transport_sim.simulation.taxi import start_taxis

DAYS = 2


@pytest.fixture(scope="module")
def records():
    inputs = prepare(load_scenario(embedded("scenarios/dazhou/fleets_2025.yaml"))).inputs[2025]
    assert inputs.fleets is not None
    inputs = replace(inputs, fleets=inputs.fleets.model_copy(update={"days": DAYS}))
    plan = taxi_plan(inputs, travel(inputs, taxi_nodes(inputs)), seed=1)
    assert plan is not None
    env = simpy.Environment()
    found = start_taxis(env, Stations(env, station_plans(inputs, seed=1, days=DAYS)), plan)
    env.run()
    return found


def test_energy_of_a_year_lies_within_published_use(records):
    electric = [v for v in records.vehicles if v.capacity_kwh > 0.0]
    km, kwh = (sum(getattr(v, name) for v in electric) for name in ("driven_km", "driven_kwh"))
    per_year_km, per_year_kwh = (365.0 / DAYS * total / len(electric) for total in (km, kwh))
    assert 0.14 <= per_year_kwh / per_year_km <= 0.22
    assert 60_000.0 < per_year_km < 400.0 * 365.0


def test_every_watt_hour_is_accounted_for(records):
    for v in records.vehicles:
        gained_kwh = (v.end_soc - v.start_soc) * v.capacity_kwh
        assert abs(v.charged_kwh - v.driven_kwh - gained_kwh) < 1e-6


def test_the_taxis_of_the_base_case_serve_nearly_everybody(records):
    books = records.books
    assert (books.taxi >= 0).mean() > 0.95
    assert np.nanmean(books.pickup_s - records.plan.requests.at_s) < 600.0
    assert not books.stranded_s.any()

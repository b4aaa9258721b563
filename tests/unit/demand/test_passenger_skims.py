"""What each mode asks of travellers on the streets of Dazhou and on long relations."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from transport_sim.config import load_scenario
from transport_sim.demand.passenger_skims import (
    local_ways,
    long_offer,
    long_trips_by_mode,
    money_utility,
    relations,
    street_ways,
)
from transport_sim.demand.traffic_zones import traffic_zones
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs, build_inputs
from transport_sim.network.build import load_network
from transport_sim.network.intermodal import with_transfer_links
from transport_sim.paths import embedded
from transport_sim.tables.passengers import LONG_MODES, STATED_MODES, PassengerParameters
from transport_sim.traffic.supply import link_supply

WALK, CYCLE, BUS, TAXI, CAR = (STATED_MODES.index(m) for m in ("walk", "cycle", "bus", "taxi", "car"))


@pytest.fixture(scope="module")
def dazhou() -> Inputs:
    """Return the base year with road traffic on made-up streets."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "traffic.yaml")
    return build_inputs(scenario, with_transfer_links(load_network(scenario.network)), 2022)


@pytest.fixture(scope="module")
def zones(dazhou):
    return traffic_zones(dazhou)


@pytest.fixture(scope="module")
def streets(dazhou, zones):
    return street_ways(dazhou, zones)


def without(inputs: Inputs, *names: str) -> Inputs:
    for name in names:
        inputs = inputs.with_table(name, inputs.operations[name].iloc[:0])
    return inputs


def congested_day(inputs: Inputs, ratio: float) -> SimpleNamespace:
    """Return a day on which one car on each link in each quarter of an hour takes so many times the free time."""
    network = inputs.traffic.network.at_year(inputs.year)
    supply = link_supply(network, inputs.factors)
    links = network.links.iloc[supply.rows]
    free_s = links["length_km"].to_numpy(float) / links["free_speed_kmh"].to_numpy(float) * 3600.0
    times = np.repeat(ratio * free_s[None, :, None], 96, axis=2)
    result = SimpleNamespace(bin_s=900.0, flow_count=np.ones(times.shape, dtype=np.int32), time_s=times)
    return SimpleNamespace(result=result)


def test_cars_are_as_slow_as_on_the_simulated_day(dazhou, zones):
    free = street_ways(without(dazhou, "hour_speeds"), zones)
    slow = street_ways(dazhou, zones, day=congested_day(dazhou, 3.0))
    core = zones.in_area("core") > 0
    both = core[:, None] & core
    np.testing.assert_allclose(slow.car_h[both], 3.0 * free.car_h[both], rtol=1e-6)
    np.testing.assert_array_equal(slow.distance_km, free.distance_km)


def test_hourly_ratios_slow_cars_down_where_no_day_is_simulated(dazhou, zones, streets):
    free = street_ways(without(dazhou, "hour_speeds"), zones)
    core = zones.in_area("core") > 0
    assert (streets.car_h >= free.car_h).all()
    assert (streets.car_h[core][:, core] > free.car_h[core][:, core]).all() == (
        len(dazhou.operations["hour_speeds"]) > 0
    )


def test_times_and_money_by_hand(dazhou, zones, streets):
    """5 km/h on foot, 13 by bicycle; a taxi is 6 CNY and 1.9 a km beyond two; a car 3 and 0.65 a km."""
    ways = np.array([1, 5])
    ratio = np.array([1.0, 2.0])
    offer = local_ways(dazhou, zones, streets).offer(ways, ratio)
    km = streets.distance_km.ravel()[ways] * ratio
    np.testing.assert_allclose(offer.walk_h[WALK], km / 5.0)
    np.testing.assert_allclose(offer.ride_h[CYCLE], km / 13.0)
    np.testing.assert_allclose(offer.ride_h[CAR], streets.car_h.ravel()[ways] * ratio)
    np.testing.assert_allclose(offer.cost_cny[TAXI], 6.0 + 1.9 * np.maximum(km - 2.0, 0.0))
    np.testing.assert_allclose(offer.cost_cny[CAR], 3.0 + 0.65 * km)
    np.testing.assert_allclose(offer.cost_cny[BUS], 2.0 * (1.0 + offer.transfers_count[BUS]))


def test_a_yuan_is_worth_what_the_value_of_time_says(dazhou, zones, streets):
    """d utility / d cost = -time_per_h / value of time, for each of those who share it."""
    parameters = PassengerParameters.of(dazhou.operations["passenger_parameters"])
    offer = local_ways(dazhou, zones, streets).offer(np.array([1]), np.ones(1))
    aboard = np.full(len(STATED_MODES), 2.0)
    dearer = replace(offer, cost_cny=offer.cost_cny + 4.0)
    change = dearer.utility(parameters, "work", aboard) - offer.utility(parameters, "work", aboard)
    np.testing.assert_allclose(change, -money_utility(parameters, "work") * 4.0 / 2.0)
    assert money_utility(parameters, "work") == pytest.approx(1.8 / 20.0)


def test_where_no_line_is_known_buses_are_as_in_the_answers_to_restrictions(dazhou, zones, streets):
    bare = local_ways(without(dazhou, "bus_services"), zones, streets)
    assert bare.without_lines.all()
    np.testing.assert_allclose(bare.bus.ride_h, 1.7 * streets.car_h)
    np.testing.assert_allclose(bare.bus.walk_h, 8.0 / 60.0)
    np.testing.assert_allclose(bare.bus.wait_h, 5.0 / 60.0)
    # a line that comes is taken where it is better, and never makes the bus worse
    with_lines = local_ways(dazhou, zones, streets, without_lines=bare.without_lines)
    parameters = PassengerParameters.of(dazhou.operations["passenger_parameters"])
    every, aboard = np.arange(len(zones.frame) ** 2), np.ones(len(STATED_MODES))
    before, after = (
        w.offer(every, np.ones(len(every))).utility(parameters, "work", aboard)[BUS] for w in (bare, with_lines)
    )
    fare = money_utility(parameters, "work") * 2.0 * with_lines.bus.transfers_count.ravel()
    assert (after + fare >= before - 1e-9).all()
    assert (after > before + 1e-9).any()


def test_long_waits_are_half_the_interval_up_to_a_limit(dazhou):
    """16 h over 15 departures, halved; one flight a day would be 8 h, of which 3 count."""
    offer = long_offer(dazhou)
    places = relations(dazhou)
    chengdu, xian = places.index(("dazhou", "chengdu")), places.index(("dazhou", "xian"))
    assert offer.wait_h[LONG_MODES.index("coach"), chengdu] == pytest.approx(16 / 15 / 2)
    assert offer.wait_h[LONG_MODES.index("air"), xian] == pytest.approx(3.0)
    assert offer.cost_cny[LONG_MODES.index("car"), chengdu] == pytest.approx(1.1 * 400)
    assert np.isinf(offer.ride_h[LONG_MODES.index("air"), chengdu])
    later = long_offer(replace(dazhou, year=2030))
    assert later.ride_h[LONG_MODES.index("rail"), chengdu] < offer.ride_h[LONG_MODES.index("rail"), chengdu]


def test_long_journeys_add_up_to_the_stated_totals(dazhou):
    """Passengers of 2013: 9.88 million by rail and 0.249 million by air."""
    by_mode = dict(zip(LONG_MODES, long_trips_by_mode(dazhou).sum(axis=1), strict=True))
    assert by_mode["rail"] == pytest.approx(9.88e6)
    assert by_mode["air"] == pytest.approx(0.249e6)
    assert by_mode["coach"] < 67.85e6


def test_two_services_in_one_year_are_refused(dazhou):
    table = dazhou.operations["passenger_services"].copy()
    table.loc[table["from_year"] == 2028, "from_year"] = 2020
    with pytest.raises(DataError, match="two rows for dazhou chengdu rail hold in 2022"):
        long_offer(dazhou.with_table("passenger_services", table))

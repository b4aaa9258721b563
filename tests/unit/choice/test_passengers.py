"""By which modes the people of Dazhou travel, and what policies change in that."""

import json
from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.passengers import (
    PassengerModes,
    base_shares,
    passenger_modes,
    with_changed_modes,
)
from transport_sim.config import load_scenario
from transport_sim.demand.traffic_zones import traffic_zones
from transport_sim.demand.trip_matrices import trip_streams
from transport_sim.errors import DataError, PolicyError
from transport_sim.inputs import Inputs, build_inputs
from transport_sim.network.build import load_network
from transport_sim.network.intermodal import with_transfer_links
from transport_sim.paths import embedded
from transport_sim.policies import registered_policies
from transport_sim.results.passenger_modes import passenger_indicators, passenger_tables
from transport_sim.tables.passengers import LONG, STATED_MODES
from transport_sim.tables.traffic import TOUR_PURPOSES

METHOD = "db11_t_3043_2024"


@pytest.fixture(scope="module")
def dazhou() -> Inputs:
    """Return the base year with road traffic on made-up streets."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "traffic.yaml")
    return build_inputs(scenario, with_transfer_links(load_network(scenario.network)), 2022)


@pytest.fixture(scope="module")
def still(dazhou) -> PassengerModes:
    return passenger_modes(dazhou, dazhou)


def applied(inputs: Inputs, kind: str, **stated: object) -> Inputs:
    policy = registered_policies()[kind].model_validate_json(json.dumps({"from_year": 2015, **stated}))
    return policy.apply(inputs)


def trips(found: PassengerModes, mode: str, *, long: bool = False) -> float:
    modes = found.modes
    return float(modes.loc[(modes["mode"] == mode) & ((modes["purpose"] == LONG) == long), "trips_per_day"].sum())


def fare(inputs: Inputs, mode: str, ratio: float) -> Inputs:
    table = inputs.operations["passenger_parameters"].copy()
    table.loc[(table["parameter"] == "cost_cny") & (table["subject"] == mode), "value"] *= ratio
    return inputs.with_table("passenger_parameters", table)


def headways(inputs: Inputs, ratio: float) -> Inputs:
    table = inputs.operations["bus_headways"].copy()
    table["headway_min"] *= ratio
    return inputs.with_table("bus_headways", table)


def test_without_policies_the_shares_are_those_of_the_tables(dazhou, still):
    modes = still.modes
    assert (modes["trips_per_day"] == modes["base_trips_per_day"]).all()
    local = modes[modes["purpose"] != LONG]
    share = local["trips_per_day"] / local.groupby(["purpose", "area"])["trips_per_day"].transform("sum")
    for purpose in TOUR_PURPOSES:
        for area in ("core", "county"):
            own = share[(local["purpose"] == purpose) & (local["area"] == area)].to_numpy()
            np.testing.assert_allclose(own[: len(STATED_MODES)], base_shares(dazhou, purpose, area), rtol=1e-8)
            assert own[-1] == 0.0, "nobody parks and rides where there are no sites"


def test_without_policies_the_traffic_reads_the_very_same_inputs(dazhou, still):
    assert with_changed_modes(dazhou, still) is dazhou
    later = replace(dazhou, year=2030)
    assert with_changed_modes(later, passenger_modes(later, dazhou)) is later


def test_journeys_by_car_are_as_many_as_drive_on_the_streets(dazhou, still):
    """Persons over those in a car: the vehicle trips of the streams, to the share of far ways that is added to near."""
    streams = [s for s in trip_streams(dazhou, traffic_zones(dazhou)) if s.vehicle_class == "car"]
    modes = still.modes[still.modes["mode"] == "car"]
    for purpose, aboard in (("work", 1.2), ("business", 1.3)):
        driven = sum(s.trips for s in streams if s.purpose == purpose)
        persons = modes.loc[modes["purpose"] == purpose, "trips_per_day"].sum()
        assert persons / aboard == pytest.approx(driven, rel=1e-6)


def test_who_walks_goes_to_nearer_places(still):
    local = still.modes[still.modes["purpose"] != LONG].groupby("mode")[["trips_per_day", "pkm_per_day"]].sum()
    km = local["pkm_per_day"] / local["trips_per_day"]
    assert km["walk"] < 0.7 * km["bus"]
    assert km["walk"] < 0.7 * km["car"]


def test_a_lower_fare_and_shorter_headways_win_passengers_for_the_bus(dazhou, still):
    now = trips(still, "bus")
    cheap = passenger_modes(fare(dazhou, "bus", 0.5), dazhou)
    often = passenger_modes(headways(dazhou, 0.5), dazhou)
    dear = passenger_modes(fare(dazhou, "bus", 1.5), dazhou)
    assert trips(dear, "bus") < now < trips(cheap, "bus")
    assert trips(often, "bus") > now
    assert trips(often, "car") < trips(still, "car")
    elasticity = np.log(trips(cheap, "bus") / now) / np.log(0.5)
    assert -0.6 < elasticity < -0.05, "published fare elasticities of buses lie about -0.2 to -0.5"
    tables = [passenger_tables(dazhou, found) for found in (still, often)]
    low, high = ({n: v for n, _, v in passenger_indicators(t)}["bus_mode_share"] for t in tables)
    assert low < high


@pytest.mark.parametrize("stated", [{"frequency_ratio": 2.0}, {"bus_lane_time_ratio": 0.7}], ids=["often", "lanes"])
def test_a_better_bus_network_wins_passengers(dazhou, still, stated):
    found = passenger_modes(applied(dazhou, "bus_network", **stated), dazhou)
    assert trips(found, "bus") > 1.005 * trips(still, "bus")
    for mode in ("walk", "cycle", "taxi", "car", "motorcycle"):
        assert trips(found, mode) < trips(still, mode)


def test_fewer_cars_drive_where_fewer_are_chosen(dazhou):
    policy = applied(dazhou, "parking_incentive", cny_per_trip=5.0, participation_share=0.5)
    changed = with_changed_modes(policy, passenger_modes(policy, dazhou))
    zones = traffic_zones(dazhou)
    core = zones.in_area("core") > 0

    def cars(inputs: Inputs, rows: np.ndarray) -> float:
        return sum(float(s.expected_count[rows].sum()) for s in trip_streams(inputs, zones) if s.vehicle_class == "car")

    assert cars(changed, core) < 0.98 * cars(dazhou, core)
    rates = dazhou.traffic.trip_rates
    assert len(changed.traffic.trip_rates) >= len(rates)
    assert not changed.traffic.trip_rates.duplicated(["purpose", "area", "quantity"]).any()
    assert rates.equals(policy.traffic.trip_rates), "the inputs under the policy stay as they are"


def test_credits_win_those_who_take_part_for_the_credited_modes(dazhou, still):
    offer = {"method": METHOD, "modes": ["bus"], "cny_per_point": 5.0}
    some, more = (
        passenger_modes(applied(dazhou, "carbon_credits", participation_share=share, **offer), dazhou)
        for share in (0.2, 0.4)
    )
    assert trips(still, "bus") < trips(some, "bus") < trips(more, "bus")
    assert trips(some, "car") < trips(still, "car")
    gained = [trips(found, "bus") - trips(still, "bus") for found in (some, more)]
    assert gained[1] == pytest.approx(2.0 * gained[0], rel=1e-9), "those who take part choose apart from the others"


def test_the_method_credits_every_journey_and_the_model_only_what_has_changed(dazhou):
    """Credits = (baseline - mode) x passenger-kilometres of who takes part; paid by the kilogram, all year."""
    policy = applied(dazhou, "carbon_credits", method=METHOD, modes=["bus"], cny_per_point=2.0, participation_share=1.0)
    found = passenger_modes(policy, dazhou)
    modes = found.modes[(found.modes["mode"] == "bus") & (found.modes["purpose"] != LONG)]
    credited = float(modes["pkm_per_day"].sum()) * (0.104 - 0.052)
    (row,) = found.measures.to_dict("records")
    assert row["credits_kg_per_day"] == pytest.approx(credited, rel=1e-9)
    assert row["paid_cny_per_year"] == pytest.approx(credited * 2.0 * 365.0, rel=1e-9)
    assert modes["credits_kg_per_day"].sum() == pytest.approx(credited, rel=1e-9)
    (told,) = passenger_tables(policy, found)["passenger_measures"].to_dict("records")
    assert 0.0 < told["avoided_kg_per_day"] < 0.5 * told["credits_kg_per_day"]


def test_a_budget_lowers_the_rate_until_it_suffices(dazhou, still):
    offer = {"method": METHOD, "modes": ["bus", "cycle"], "cny_per_point": 5.0, "participation_share": 0.3}
    free = passenger_modes(applied(dazhou, "carbon_credits", **offer), dazhou)
    spent = float(free.measures["paid_cny_per_year"].iloc[0])
    bounded = passenger_modes(applied(dazhou, "carbon_credits", budget_cny_per_year=spent / 3, **offer), dazhou)
    (row,) = bounded.measures.to_dict("records")
    assert row["paid_cny_per_year"] == pytest.approx(spent / 3, rel=1e-6)
    assert row["rate_ratio"] < 1.0
    assert trips(still, "cycle") < trips(bounded, "cycle") < trips(free, "cycle")
    ample = passenger_modes(applied(dazhou, "carbon_credits", budget_cny_per_year=2 * spent, **offer), dazhou)
    assert ample.modes.equals(free.modes)


def test_park_and_ride_takes_drivers_first_and_no_more_than_its_spaces(dazhou, still):
    """Each space serves 1.2 cars a day, which make a journey there and one back."""
    few = passenger_modes(applied(dazhou, "parking_incentive", spaces_count=1000), dazhou)
    assert trips(few, "park_and_ride") == pytest.approx(2 * 1.2 * 1000, rel=1e-3)
    left = trips(still, "car") - trips(few, "car")
    assert left > 0.5 * trips(few, "park_and_ride"), "most of them drove"
    many = passenger_modes(applied(dazhou, "parking_incentive", spaces_count=500_000), dazhou)
    assert trips(few, "park_and_ride") < trips(many, "park_and_ride") < 2 * 1.2 * 500_000
    dear = passenger_modes(applied(dazhou, "parking_incentive", spaces_count=500_000, cny_per_use=20.0), dazhou)
    assert trips(dear, "park_and_ride") < trips(many, "park_and_ride")


def test_two_measures_make_four_kinds_of_travellers_and_keep_all_journeys(dazhou, still):
    one = applied(dazhou, "parking_incentive", cny_per_trip=5.0, participation_share=0.3)
    both = applied(one, "carbon_credits", method=METHOD, modes=["bus"], cny_per_point=5.0, participation_share=0.3)
    found = passenger_modes(both, dazhou)
    assert found.modes["trips_per_day"].sum() == pytest.approx(still.modes["trips_per_day"].sum())
    assert trips(found, "car") < trips(passenger_modes(one, dazhou), "car")
    assert list(found.measures["policy"]) == ["parking_incentive", "carbon_credits"]


def test_a_joint_ticket_moves_long_journeys(dazhou, still):
    ticket = applied(dazhou, "joint_ticket", mode="air_rail", places=["beijing"], saved_wait_h=1.5, fare_ratio=0.85)
    found = passenger_modes(ticket, dazhou)
    before, after = (
        f.modes[f.modes["purpose"] == LONG].set_index(["area", "mode"])["trips_per_day"] for f in (still, found)
    )
    assert after["dazhou-beijing", "air_rail"] > before["dazhou-beijing", "air_rail"]
    loss = 1.0 - (after / before)["dazhou-beijing"]
    assert loss["air"] > loss["rail"] > 0, "flights are the nearest substitute"
    assert after.drop("dazhou-beijing", level="area").equals(before.drop("dazhou-beijing", level="area"))
    assert after["dazhou-beijing"].sum() == pytest.approx(before["dazhou-beijing"].sum())
    with pytest.raises(PolicyError, match="did you mean 'beijing'"):
        applied(dazhou, "joint_ticket", mode="air_rail", places=["bejing"], fare_ratio=0.9)


def test_a_new_line_moves_long_journeys_in_later_years(dazhou, still):
    found = passenger_modes(replace(dazhou, year=2035), dazhou)
    assert trips(found, "rail", long=True) > trips(still, "rail", long=True)
    assert trips(found, "coach", long=True) < trips(still, "coach", long=True)


def test_what_cannot_be_is_refused_in_words(dazhou):
    with pytest.raises(PolicyError, match=r"no method of credit_factors\.csv 'db11'"):
        applied(dazhou, "carbon_credits", method="db11", cny_per_point=1.0, participation_share=0.1)
    with pytest.raises(PolicyError, match="no mode credited by db11_t_3043_2024 'taxi'"):
        applied(dazhou, "carbon_credits", method=METHOD, modes=["taxi"], cny_per_point=1.0, participation_share=0.1)
    empty = dazhou.with_table("passenger_shares", dazhou.operations["passenger_shares"].iloc[:0])
    with pytest.raises(PolicyError, match=r"state passenger_shares\.csv"):
        applied(empty, "parking_incentive", spaces_count=10)
    many = dazhou.traffic.vehicle_totals.copy()
    many.loc[(many["vehicle_class"] == "car") & (many["year"] == 2030), "vehicle_count"] *= 10
    grown = replace(dazhou.with_table("vehicle_totals", many), year=2030)
    with pytest.raises(DataError, match=r"would take .* of the journeys of purpose"):
        passenger_modes(grown, dazhou)


def test_without_tables_there_is_nothing_to_choose(dazhou):
    bare = dazhou
    for name in ("passenger_shares", "long_trips"):
        bare = bare.with_table(name, bare.operations[name].iloc[:0])
    assert passenger_modes(bare, bare) is None
    assert with_changed_modes(bare, None) is bare
    assert passenger_tables(bare, None) == {}

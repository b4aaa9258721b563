"""What the policies about stations write, and what they refuse."""

import math
from dataclasses import replace

import pytest
from pydantic import ValidationError

from transport_sim.errors import PolicyError
from transport_sim.planning.stations import station_plans
from transport_sim.policies import registered_policies
from transport_sim.policies.package import apply_package
from transport_sim.tables.stations_consistency import station_problems

SITE = {"station": "new", "name": "New", "lon": 107.5, "lat": 31.2, "users": "bus;taxi", "feeder_kw": 500.0,
        "plugs": [{"kind": "dc", "power_kw": 120.0, "plugs_count": 8}], "tariff": "public_tou"}  # fmt: skip
SWAP = {key: SITE[key] for key in ("station", "lon", "lat", "tariff")} | {
    "fleet": "taxi", "batteries_count": 10, "chargers_count": 8, "charger_kw": 60.0}  # fmt: skip
PRICES = [{"from_hour": 0, "energy_cny_per_kwh": 0.3}, {"from_hour": 7, "energy_cny_per_kwh": 0.9}]


def policy(kind, **stated):
    return registered_policies()[kind].model_validate({"from_year": 2025, **stated})


def at(inputs, year, *policies):
    return apply_package(replace(inputs, year=year), policies)[0]


def plan_of(inputs, station):
    return {plan.station: plan for plan in station_plans(inputs, seed=1, days=7)}.get(station)


def test_a_site_becomes_a_station_from_its_year_on(dazhou_inputs):
    later = policy("charging_build_out", from_year=2028, sites=[SITE])
    assert plan_of(at(dazhou_inputs, 2027, later), "new") is None
    inputs = at(dazhou_inputs, 2028, later)
    assert [(p.kind, p.count) for p in plan_of(inputs, "new").plugs] == [("dc", 8)]
    assert inputs.operations["stations"].set_index("station").loc["new", "users"] == "bus;taxi"
    assert station_problems(inputs.operations) == []


def test_a_site_at_a_station_that_is_there_enlarges_it(dazhou_inputs):
    site = SITE | {"station": "depot_north", "feeder_kw": 4000.0}
    before, after = (plan_of(at(dazhou_inputs, 2025, *p), "depot_north")
                     for p in ((), (policy("charging_build_out", sites=[site]),)))  # fmt: skip
    assert after.plugs[0].count == before.plugs[0].count + 8
    assert after.feeder_kw == pytest.approx(before.feeder_kw * 4000.0 / 2500.0)


@pytest.mark.parametrize(
    ("kind", "site", "message"),
    [
        ("charging_build_out", SITE | {"tariff": "public_too"}, "did you mean 'public_tou'"),
        ("charging_build_out", SITE | {"station": "swap_taxi_nanwai"}, "no charging station 'swap_taxi_nanwai'"),
        ("swap_build_out", SWAP | {"station": "depot_north"}, "no swap station 'depot_north'"),
        ("swap_build_out", SWAP | {"fleet": "motorcycle"}, "no type of battery in electric_vehicles"),
    ],
)
def test_sites_that_do_not_fit_are_refused(dazhou_inputs, kind, site, message):
    with pytest.raises(PolicyError, match=message):
        at(dazhou_inputs, 2025, policy(kind, sites=[site]))


def test_users_must_be_fleets():
    with pytest.raises(ValidationError, match="users"):
        policy("charging_build_out", sites=[SITE | {"users": "buses"}])


def test_swap_stations_are_built_and_enlarged(dazhou_inputs):
    more = SWAP | {"station": "swap_taxi_nanwai", "batteries_count": 40, "chargers_count": 1}
    inputs = at(dazhou_inputs, 2027, policy("swap_build_out", sites=[SWAP, more]))
    assert plan_of(inputs, "new").batteries_count == 10
    nanwai = plan_of(inputs, "swap_taxi_nanwai")
    assert (nanwai.batteries_count, nanwai.chargers_count) == (40, 16), "what is larger stays"
    assert station_problems(inputs.operations) == []


def test_a_tariff_holds_where_it_should(dazhou_inputs):
    inputs = at(dazhou_inputs, 2025, policy("charging_tariff", tariff="new", prices=PRICES, users=["bus"]))
    tariff = inputs.operations["stations"].set_index("station")["tariff"]
    assert tariff["depot_north"] == "new"
    assert tariff["public_ch_09"] == "public_tou"
    assert plan_of(inputs, "depot_north").prices == ((0.0, 0.3), (25_200.0, 0.9))
    assert station_problems(inputs.operations) == []


def test_fuels_keep_their_prices(dazhou_inputs):
    inputs = at(dazhou_inputs, 2025, policy("charging_tariff", tariff="new", prices=PRICES, users=["all"]))
    assert plan_of(inputs, "lng_xuanhan").prices == plan_of(at(dazhou_inputs, 2025), "lng_xuanhan").prices


def test_tariffs_that_leave_hours_out_or_exist_are_refused(dazhou_inputs):
    with pytest.raises(ValidationError, match="from_hour 0"):
        policy("charging_tariff", tariff="new", prices=PRICES[1:])
    with pytest.raises(PolicyError, match="there already"):
        at(dazhou_inputs, 2025, policy("charging_tariff", tariff="public_tou", prices=PRICES))


def test_charging_waits_for_the_valley(dazhou_inputs):
    inputs = at(dazhou_inputs, 2025, policy("smart_charging", feeder_share=0.25, users=["bus"]))
    plan = plan_of(inputs, "depot_north")
    whole = plan.feeder_kw
    assert plan.limits == ((0.0, whole), (25_200.0, pytest.approx(whole / 4)), (82_800.0, whole))
    assert plan_of(inputs, "public_ch_09").limits == ()
    assert station_problems(inputs.operations) == []


def test_windows_over_midnight_are_two_rows_and_swap_stations_obey(dazhou_inputs):
    stated = {"windows": ["22:00-06:00"], "limit_kw": 100.0, "stations": ["swap_taxi_nanwai"]}
    inputs = at(dazhou_inputs, 2027, policy("smart_charging", **stated))
    plan = plan_of(inputs, "swap_taxi_nanwai")
    assert [at_s for at_s, _ in plan.limits] == [0.0, 21_600.0, 79_200.0]
    assert plan.limits[0][1] == plan.limits[2][1] < plan.limits[1][1] < math.inf


def test_two_limits_from_the_same_hour_are_refused(dazhou_inputs):
    one = policy("smart_charging", feeder_share=0.5, users=["bus"], windows=["17:00-23:00"])
    other = policy("smart_charging", feeder_share=0.3, users=["bus"], windows=["17:00-21:00"])
    with pytest.raises(PolicyError, match="'bus' has a limit from 17 h on already"):
        at(dazhou_inputs, 2025, one, other)
    with pytest.raises(ValidationError, match="either feeder_share or limit_kw"):
        policy("smart_charging", users=["bus"])

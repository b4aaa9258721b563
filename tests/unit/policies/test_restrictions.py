"""Each restriction closes exactly what it says: compiled on Dazhou's map, and compared with the words of the rule."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from transport_sim.conditions import Where
from transport_sim.config import load_scenario
from transport_sim.day import Day
from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.measures import AccessRule, day_types
from transport_sim.network.places import area_polygon
from transport_sim.paths import embedded
from transport_sim.policies import registered_policies
from transport_sim.policies.package import apply_package

GROUPS = pd.DataFrame(
    [
        *product(["car"], ["local", "non_local"], ["petrol"], ["china_ii", "china_v"], ["odd", "even"], ["", "permit"]),
        *product(["car", "bus"], ["local"], ["battery_electric", "diesel"], ["china_iv"], ["odd", "even"], [""]),
        ("taxi", "local", "cng", "china_v", "odd", ""),
        *product(["truck_light", "truck_heavy"], ["local"], ["diesel", "lng"], ["china_v"], [""], ["", "postal"]),
        ("truck_heavy", "local", "lng", "china_vi", "", "construction"),
    ],
    columns=["vehicle_class", "registration", "technology", "emission_standard", "plate", "use"],
)
ODD_DAY = Day(dt.date(2021, 12, 27), frozenset({"winter_orange"}))
EVEN_DAY = Day(dt.date(2021, 12, 28), frozenset({"winter_orange"}))
PACKAGES = embedded("scenarios/dazhou") / "packages"
RING = {"areas": ["ring_2021"]}


@pytest.fixture(scope="module")
def inputs(dazhou_traffic) -> Inputs:
    return replace(dazhou_traffic, year=2030)


def applied(inputs: Inputs, kind: str, **stated) -> tuple[AccessRule, ...]:
    policy = registered_policies()[kind].model_validate({"from_year": 2020, **stated})
    return policy.apply(inputs).access_rules


def shut_out(rules: tuple[AccessRule, ...], day: Day, hour: float) -> np.ndarray:
    """Tell which groups may not enter the links at an hour of the day."""
    shut = np.zeros(len(GROUPS), dtype=bool)
    for rule in rules:
        windows = rule.when.seconds(day)
        if ((windows[:, 0] <= hour * 3600) & (hour * 3600 < windows[:, 1])).any():
            shut |= rule.groups(GROUPS)
    return shut


def names(inputs: Inputs, rules: tuple[AccessRule, ...]) -> set[str]:
    links = inputs.traffic.network.links
    return set(links.loc[list(rules[0].link_ids), "name"])


def test_the_peak_restriction_stops_non_local_cars_in_the_rush_hours_of_working_days(inputs):
    rules = applied(inputs, "peak_hour_restriction", where={"roads": ["通川桥", "红旗大桥"]})
    assert names(inputs, rules) == {"通川桥", "红旗大桥"}
    away = (GROUPS["registration"] == "non_local").to_numpy()
    assert (shut_out(rules, ODD_DAY, 8.0) == away).all()
    for day, hour in ((ODD_DAY, 7.4), (ODD_DAY, 9.0), (ODD_DAY, 12.0), (Day(dt.date(2021, 12, 26)), 8.0)):
        assert not shut_out(rules, day, hour).any(), (day, hour)


@pytest.mark.parametrize(("day", "other"), [(ODD_DAY, "even"), (EVEN_DAY, "odd")])
def test_odd_and_even_plates_take_turns_and_the_dirtiest_stay_out_as_in_the_notice(inputs, day, other):
    rules = applied(inputs, "odd_even_restriction", where=RING, episodes=["winter_orange"])
    g = GROUPS
    free = g["technology"].eq("battery_electric") | g["vehicle_class"].isin(["bus", "taxi"])
    free |= g["use"].isin(["permit", "postal"])
    truck, diesel = g["vehicle_class"].str.startswith("truck"), g["technology"].eq("diesel")
    banned = (truck & diesel) | g["use"].eq("construction")
    banned |= g["technology"].eq("petrol") & g["emission_standard"].eq("china_ii")
    by_night, by_day = banned & ~free, (banned | g["plate"].eq(other)) & ~free
    assert by_night.any()
    assert (shut_out(rules, day, 6.9) == by_night).all()
    assert (shut_out(rules, day, 7.0) == by_day).all()
    assert (shut_out(rules, day, 21.9) == by_day).all()
    assert (shut_out(rules, day, 22.0) == by_night).all()
    assert not shut_out(rules, Day(day.date), 12.0).any(), "nothing is declared"


def test_trucks_are_shut_out_by_weight_and_hour_and_the_bypass_stays_open(inputs):
    where = {"areas": ["ring_2021"], "link_classes": ["primary"]}
    rules = applied(
        inputs,
        "truck_restriction",
        where=where,
        bypass={"roads": ["凤凰大道"]},
        min_gross_t=12.0,
        windows=["22:00-06:00"],
    )
    whole = set(Where.model_validate(where).links(inputs.traffic.network.at_year(2030), inputs.traffic.areas))
    assert "凤凰大道" not in names(inputs, rules)
    assert 0 < len(rules[0].link_ids) < len(whole)
    heavy = (GROUPS["vehicle_class"] == "truck_heavy").to_numpy()
    assert (shut_out(rules, ODD_DAY, 23.0) == heavy).all()
    assert (shut_out(rules, ODD_DAY, 5.0) == heavy).all()
    assert not shut_out(rules, ODD_DAY, 12.0).any()


def test_a_bypass_must_leave_something_to_close(inputs):
    with pytest.raises(PolicyError, match="leaves nothing"):
        applied(inputs, "truck_restriction", where={"roads": ["通川桥"]}, bypass={"roads": ["通川桥"]})


def test_a_low_emission_zone_asks_each_drive_for_its_standard(inputs):
    rules = applied(
        inputs,
        "low_emission_zone",
        where={"areas": ["old_town"]},
        least_standards={"diesel": "china_v", "petrol": "china_iii"},
        banned_technologies=["lng"],
        exempt=[{"vehicle_classes": ["bus"]}],
    )
    g = GROUPS
    dirty = (g["technology"].eq("diesel") & g["emission_standard"].eq("china_iv")) | g["technology"].eq("lng")
    dirty |= g["technology"].eq("petrol") & g["emission_standard"].eq("china_ii")
    assert (shut_out(rules, ODD_DAY, 3.0) == (dirty & g["vehicle_class"].ne("bus"))).all()


def test_a_low_emission_zone_that_asks_for_nothing_is_refused():
    with pytest.raises(ValidationError, match=r"shuts nobody out; state least_standards such as .*banned_technologies"):
        registered_policies()["low_emission_zone"].model_validate({"from_year": 2030, "where": {"areas": ["old_town"]}})


WITH_WINDOWS = sorted(kind for kind, policy in registered_policies().items() if "windows" in policy.model_fields)


@pytest.mark.parametrize("kind", WITH_WINDOWS)
def test_an_empty_list_of_windows_is_refused_for_it_would_mean_always(kind):
    with pytest.raises(ValidationError) as caught:
        registered_policies()[kind].model_validate({"from_year": 2030, "windows": []})
    (problem,) = [e for e in caught.value.errors() if e["loc"] == ("windows",)]
    assert "07:00-09:00, or 00:00-24:00 for all day, or leave the key out" in problem["msg"]


def test_all_day_can_be_stated(inputs):
    (rule,) = applied(inputs, "peak_hour_restriction", where=RING, windows=["00:00-24:00"], weekdays=[])
    away = ((GROUPS["registration"] == "non_local") & (GROUPS["vehicle_class"] == "car")).to_numpy()
    assert all((shut_out((rule,), ODD_DAY, hour) == away).all() for hour in (0.0, 12.0, 23.99))


def test_a_seasonal_restriction_acts_on_declared_days_of_its_season_only(inputs):
    rules = applied(inputs, "seasonal_restriction", where=RING, episodes=["ozone_warning"], dates=["05-01/09-30"])
    ozone = frozenset({"ozone_warning"})
    away = (GROUPS["registration"] == "non_local").to_numpy()
    assert (shut_out(rules, Day(dt.date(2030, 7, 1), ozone), 12.0) == away).all()
    assert not shut_out(rules, Day(dt.date(2030, 7, 1)), 12.0).any()
    assert not shut_out(rules, Day(dt.date(2030, 4, 30), ozone), 12.0).any()
    days = inputs.traffic.days_of(2030)
    types = day_types(rules, days)
    assert sum(count for _, count in types) == 365
    in_force = sum(count for day, count in types if rules[0].when.on(day))
    assert in_force == Counter("ozone_warning" in day.episodes for day in days)[True] == 10


def test_a_charge_concerns_cars_and_keeps_its_price(inputs):
    kind = registered_policies()["congestion_charge"]
    policy = kind.model_validate({"from_year": 2020, "where": {"areas": ["old_town"]}, "cny": 8.0, "per": "km"})
    (charge,) = policy.apply(inputs).road_charges
    assert (charge.cny, charge.per) == (8.0, "km")
    assert (charge.groups(GROUPS) == (GROUPS["vehicle_class"] == "car")).all()
    assert set(charge.link_ids) == set(
        Where(areas=("old_town",)).links(inputs.network.at_year(2030), inputs.traffic.areas)
    )


def test_without_streets_a_rule_is_refused_with_what_to_add(inputs):
    with pytest.raises(PolicyError, match="give it a section `traffic`"):
        applied(replace(inputs, traffic=None), "peak_hour_restriction", where=RING)


def test_a_rule_that_means_no_road_is_refused(inputs):
    with pytest.raises(PolicyError, match="no road of the map is meant by areas=old_town, roads=金南大道"):
        applied(inputs, "peak_hour_restriction", where={"areas": ["old_town"], "roads": ["金南大道"]})


def test_the_ring_of_2021_holds_the_city_and_not_the_roads_that_are_its_border(inputs):
    (rule, *_) = applied(inputs, "odd_even_restriction", where=RING)
    inside = names(inputs, (rule,))
    assert {"通川桥", "朝阳路", "金兰大桥", "达川大道"} <= inside
    assert inside.isdisjoint({"东岳路", "七河路", "机场大道", "小河嘴-七里沟"})
    ring = area_polygon(inputs.traffic.areas, "ring_2021")
    assert 25 < ring.area * 111.2 * 111.2 * np.cos(np.radians(31.2)) < 90, "km2: a city, not a county"


@pytest.mark.parametrize("name", ["peak_restriction", "odd_even_2021"])
def test_the_ready_packages_apply_to_dazhou(inputs, name):
    scenario = load_scenario(PACKAGES / f"{name}.yaml")
    after, changes = apply_package(inputs, scenario.policies, scenario.policy_places)
    assert after.access_rules
    assert {change.column for change in changes} == {"access rule"}
    day = Day(scenario.traffic.day.date, frozenset(scenario.traffic.day.episodes))
    assert any(len(rule.when.seconds(day)) for rule in after.access_rules), "the simulated day is one of its days"

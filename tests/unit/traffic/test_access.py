"""The compiled rules close exactly what they should: compared with each rule asked by itself, link by link and hour by hour."""

import datetime as dt
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.conditions import When, Who
from transport_sim.day import Day
from transport_sim.measures import AccessRule
from transport_sim.network.access import closed_links
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.randomness import uniform
from transport_sim.traffic.access import compile_access, entry_s, open_links
from transport_sim.traffic.model import LinkSupply

DAY = Day(dt.date(2030, 1, 8))  # a Tuesday
GROUPS = pd.DataFrame(
    [
        (vehicle, registration, technology, "", plate, 1.0)
        for vehicle, technology in zip(
            VEHICLE_CLASSES, ["petrol", "cng", "battery_electric", *5 * ["diesel"]], strict=True
        )
        for registration in ("local", "non_local")
        for plate in ("odd", "even")
    ],
    columns=["vehicle_class", "registration", "technology", "emission_standard", "plate", "pcu"],
)
RULES = (
    (Who(registration="non_local", vehicle_classes=("car",)), When(windows=("07:00-09:00", "17:00-19:00")), ()),
    (Who(plate="odd"), When(windows=("08:30-22:00",)), (Who(technologies=("battery_electric",)),)),
    (Who(min_gross_t=12.0), When(windows=("22:00-06:00",)), ()),
    (Who(technologies=("diesel",)), When(), (Who(registration="local"),)),
    (Who(), When(weekdays=("sunday",)), ()),
)


def supply_of(network: Network) -> LinkSupply:
    """Return the roads of a network in an order of their own; access reads nothing but which link is where."""
    links = network.links.reset_index()
    rows = np.flatnonzero(links["mode"] == "road")
    rows = rows[np.lexsort([links["link_id"][rows], links["from_node"][rows]])]
    others = {field.name: np.ones(len(rows)) for field in fields(LinkSupply)}
    return LinkSupply(**others | {"link_ids": links["link_id"].to_numpy()[rows], "rows": rows})


@pytest.fixture(scope="module")
def closed_network(network) -> Network:
    """Return Dazhou with closures strewn over it, as a real map has them."""
    links = network.links.copy()
    draw = uniform(links.index.to_numpy(), seed=1, stream="test_access")
    road = links["mode"].eq("road").to_numpy()
    links.loc[road & (draw < 0.05), "access_closed"] = "truck_heavy;tractor_trailer"
    links.loc[road & (draw > 0.03) & (draw < 0.1), "conditional"] = "hgv=no @ (Mo-Fr 07:00-09:00)"
    links.loc[road & (draw > 0.1) & (draw < 0.15), "conditional"] = "motor_vehicle=no @ (22:00-05:00); bus=yes @ (24/7)"
    links.loc[road & (draw > 0.14) & (draw < 0.16), "max_weight_t"] = 10.0
    return replace(network, links=links)


@pytest.fixture(scope="module")
def supply(closed_network) -> LinkSupply:
    return supply_of(closed_network)


def test_without_rules_the_map_alone_closes_what_it_says(closed_network, supply):
    access = compile_access(supply, closed_network, GROUPS, day=DAY)
    for hour in range(48):
        for group, vehicle_class in enumerate(GROUPS["vehicle_class"]):
            weekday = (1 + hour // 24) % 7
            closed = closed_links(closed_network, vehicle_class=vehicle_class, hour=hour % 24, weekday=weekday)
            is_open = open_links(access, group=group, time_s=hour * 3600.0 + 1800.0)
            assert (is_open == ~closed[supply.rows]).all(), (hour, vehicle_class)
    assert not access.rule_group.all(), "the strewn closures tell classes apart"


def test_each_rule_closes_its_links_to_its_groups_in_its_windows_and_nothing_else(network):
    supply = supply_of(network)
    draw = uniform(supply.link_ids, seed=2, stream="test_access")
    rules = [
        AccessRule(
            tuple(np.sort(supply.link_ids[(draw > n / 8) & (draw < n / 8 + 0.3)]).tolist()), who, when, free, "test"
        )
        for n, (who, when, free) in enumerate(RULES)
    ]
    access = compile_access(supply, network, GROUPS, rules, day=DAY)
    assert len(access.rule_group) == len(rules) - 1, "nothing is closed on a Sunday that isn't"
    for time_s in np.arange(0.0, 48 * 3600.0, 900.0):
        hour = time_s / 3600 % 24
        expected = np.ones((len(supply.link_ids), len(GROUPS)), dtype=bool)
        in_force = [7 <= hour < 9 or 17 <= hour < 19, 8.5 <= hour < 22, hour >= 22 or hour < 6, True, False]
        shut = [
            (GROUPS["registration"] == "non_local") & (GROUPS["vehicle_class"] == "car"),
            (GROUPS["plate"] == "odd") & (GROUPS["technology"] != "battery_electric"),
            GROUPS["vehicle_class"].isin(["bus", "truck_medium", "truck_heavy", "tractor_trailer"]),
            (GROUPS["technology"] == "diesel") & (GROUPS["registration"] == "non_local"),
            GROUPS["pcu"] > 0,
        ]
        for rule, now, groups in zip(rules, in_force, shut, strict=True):
            if now:
                expected &= ~np.outer(np.isin(supply.link_ids, rule.link_ids), groups)
        found = np.stack([open_links(access, group=g, time_s=time_s) for g in range(len(GROUPS))], axis=1)
        assert (found == expected).all(), time_s


def test_the_earliest_entry_is_the_first_moment_at_which_the_mask_is_open(closed_network, supply):
    rules = [
        AccessRule(tuple(sorted(supply.link_ids.tolist()))[::2], who, when, free, "test") for who, when, free in RULES
    ]
    access = compile_access(supply, closed_network, GROUPS, rules, day=DAY)
    for link in np.flatnonzero(np.diff(access.link_pointers) > 1)[:60]:
        for group in (0, 1, 2, 3, 24, 31):
            for time_s in (0.0, 5 * 3600.0, 8.25 * 3600.0, 21 * 3600.0):
                entry = entry_s(access, link=int(link), group=group, time_s=time_s)
                until = [time_s, *np.arange(np.ceil(time_s / 900), 2 * 96) * 900.0]
                first = next((t for t in until if open_links(access, group=group, time_s=t)[link]), None)
                assert entry == (first if first is not None else np.inf) or (first is None and entry >= 48 * 3600)


def test_a_rule_whose_links_are_not_there_closes_nothing(network):
    rule = AccessRule((-5,), Who(), When(), (), "test")
    supply = supply_of(network)
    access = compile_access(supply, network, GROUPS, [rule], day=DAY)
    assert access.link_rules.size == 0
    assert access.rule_group.shape == (0, len(GROUPS))
    assert open_links(access, group=0, time_s=0.0).all()

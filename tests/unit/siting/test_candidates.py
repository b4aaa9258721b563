"""Which places may be sites: each filter by itself, and what becomes of the places of Dazhou."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.errors import DataError, SitingError
from transport_sim.siting.candidates import candidates, groups_of
from transport_sim.siting.case import siting_case
from transport_sim.siting.demand import charging_demand
from transport_sim.siting.filters import EXISTING, FILTERS, Rules, judge, river_km
from transport_sim.siting.frames import reasons
from transport_sim.siting.wording import KINDS, REASONS
from transport_sim.tables.siting import PLACE_KINDS

GOOD = {
    "kind": "parking",
    "road_km": 0.1,
    "nearest_minutes": 5.0,
    "footprint_m2": 1000.0,
    "grid_km": 0.5,
    "headroom_kw": 2000.0,
    "slope_ratio": 0.01,
    "river_km": 3.0,
}
LIMITS = {
    "allowed": 1.0,
    "max_road_km": 1.0,
    "max_minutes": 60.0,
    "min_footprint_m2": 300.0,
    "max_grid_km": 3.0,
    "min_headroom_kw": 400.0,
    "max_slope_ratio": 0.08,
    "min_river_km": 0.15,
    "min_existing_km": 0.2,
    "min_spacing_km": 0.5,
}


def places(*rows):
    """Return places 11 km apart unless they say where they lie."""
    frame = pd.DataFrame([{**GOOD, "lon": 107.0, "lat": 31.0 + 0.1 * n, **row} for n, row in enumerate(rows)])
    frame["name"] = [f"place {n}" for n in range(len(rows))]
    frame.index = pd.Index([f"p{n}" for n in range(len(rows))], name="place")
    return frame


def rules(**changes):
    return Rules({(rule, "all"): value for rule, value in {**LIMITS, **changes}.items()})


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("near_road", {"road_km": 1.5}),
        ("reachable", {"nearest_minutes": np.inf}),
        ("footprint", {"footprint_m2": 100.0}),
        ("grid_distance", {"grid_km": 5.0}),
        ("headroom", {"headroom_kw": 100.0}),
        ("slope", {"slope_ratio": 0.12}),
        ("flood", {"river_km": 0.05}),
    ],
)
def test_each_filter_takes_out_what_breaks_its_rule_and_nothing_else(rule, bad):
    unknown = dict.fromkeys(bad, np.nan)
    found = judge(places({}, bad, unknown, {"kind": EXISTING, **bad}), rules())
    assert found["rule"].tolist() == ["accepted", rule, "accepted", "existing"], (
        "unknown is not unfit; what stands stays"
    )
    assert found["accepted"].tolist() == [True, False, True, True]
    assert found["seen_value"].iloc[1] == next(iter(bad.values()))


def test_a_kind_that_is_not_wanted_goes():
    found = judge(places({}, {"kind": "fuel"}), Rules({("allowed", "all"): 1.0, ("allowed", "fuel"): 0.0}))
    assert found["rule"].tolist() == ["accepted", "allowed"]


def test_without_rules_every_place_stays():
    bad = {"road_km": 9.0, "slope_ratio": 0.5, "river_km": 0.0, "lat": 31.0}
    assert judge(places({}, bad), Rules({}))["accepted"].all()


def test_of_two_close_places_the_more_suitable_kind_stays():
    found = judge(places({"lat": 31.0}, {"kind": "service_area", "lat": 31.001}, {"lat": 31.5}), rules())
    assert found["rule"].tolist() == ["spacing", "accepted", "accepted"]
    assert found["beside"].iloc[0] == "place 1"
    assert found["seen_value"].iloc[0] == pytest.approx(0.111, abs=0.001), "a thousandth of a degree of latitude"


def test_places_beside_an_existing_station_go():
    found = judge(places({"kind": EXISTING, "lat": 31.0}, {"lat": 31.001}), rules())
    assert found["rule"].tolist() == ["existing", "near_existing"]


def test_every_filter_says_why_in_both_languages():
    assert {*FILTERS, "spacing", "accepted", "existing"} <= set(REASONS)
    assert set(PLACE_KINDS) <= set(KINDS)
    found = judge(places({"road_km": 1.5}, {"lat": 40.0}), rules())
    assert reasons(found, "en") == ["1.50 km from the nearest road, at most 1 km", "passes every rule"]
    assert reasons(found, "zh") == ["距道路 1.50 km，上限 1 km", "符合全部规则"]


def test_the_river_is_as_far_as_its_middle(tiny_inputs):
    """The river runs along 31 degrees north; a tenth of a degree north of it are 11.1 km."""
    found = river_km(pd.DataFrame({"lon": [107.3, 107.3], "lat": [31.0, 31.1]}), tiny_inputs.network)
    assert found == pytest.approx([0.0, 11.12], abs=0.02)


@pytest.fixture(scope="module")
def nodes(core):
    return charging_demand(core.inputs[2025]).frame["node_id"].unique()


@pytest.fixture(scope="module")
def dazhou_places(core, nodes):
    return candidates(core.inputs[2025], nodes)


def test_the_list_of_dazhou_has_what_an_engineer_would_visit(dazhou_places):
    kinds = dazhou_places[dazhou_places["accepted"]].groupby("kind").size()
    assert kinds["service_area"] == 7, "all service areas of the map"
    assert {"transport_hub", "market", "express_centre", "logistics_park", "bus_depot", "parking"} <= set(kinds.index)
    assert {"fuel", "town_centre"} <= set(kinds.index)
    assert all(reasons(dazhou_places, "en"))
    out = dazhou_places[~dazhou_places["accepted"]]
    assert len(out) > 50
    assert out["seen_value"].notna().all()


def test_no_place_lies_beyond_the_region(dazhou_places):
    assert dazhou_places["lon"].between(106.5, 108.6).all()
    assert dazhou_places["lat"].between(30.3, 32.4).all()


def station(**changes):
    row = {"station": "old", "name": "Old", "kind": "charging", "lon": 107.50, "lat": 31.205, "users": "all"}
    row |= {"feeder_kw": np.nan, "open_hour": 0.0, "close_hour": 24.0, "tariff": "public", "from_year": 2020}
    return {**row, "to_year": 2100, "note": "", "source": "test", "confidence": "H", **changes}


def test_existing_stations_are_kept_with_their_plugs(core, nodes):
    inputs = core.inputs[2025]
    plugs = {"station": "old", "kind": "dc", "power_kw": 60.0, "plugs_count": 6, "hours_between_faults_h": np.nan}
    plugs |= {"repair_h": np.nan, "note": "", "source": "test", "confidence": "H"}
    inputs = inputs.with_table("stations", pd.DataFrame([station(), station(station="gone", to_year=2021)]))
    inputs = inputs.with_table("plugs", pd.DataFrame([plugs]))
    found = candidates(inputs, nodes)
    assert found.index[found["kind"] == EXISTING].tolist() == ["station_old"]
    case = siting_case(inputs, charging_demand(inputs), found[found["accepted"]], ("core",))
    place = case.candidates.index.get_loc("station_old")
    assert (case.existing_plugs[place], case.most[place], case.site_cny[place]) == (6, 24, 0.0)
    assert case.existing.sum() == 1


def test_stations_at_one_place_count_as_one_and_slow_plugs_for_nothing(core, nodes):
    inputs = core.inputs[2025]
    rows = [
        station(users="taxi"),
        station(station="twin", users="private_car"),
        station(station="yard", users="vessel"),
    ]
    plugs = [
        {"station": name, "kind": kind, "power_kw": kw, "plugs_count": count, "hours_between_faults_h": np.nan}
        | {"repair_h": np.nan, "note": "", "source": "test", "confidence": "H"}
        for name, kind, kw, count in (("old", "ac", 7.0, 50), ("old", "dc", 60.0, 2), ("twin", "dc", 120.0, 2))
    ]
    inputs = inputs.with_table("stations", pd.DataFrame(rows)).with_table("plugs", pd.DataFrame(plugs))
    found = candidates(inputs, nodes)
    own = found[found["kind"] == EXISTING]
    assert own.index.tolist() == ["station_old"], "the yard is for nobody here"
    assert (own["existing_plugs_count"].item(), own["existing_power_kw"].item()) == (4, 90.0)
    assert groups_of(own["users"].item()) == ("taxi", "private", "through")


def test_a_transformer_nearby_limits_the_plugs_or_takes_the_place_out(core, nodes, dazhou_places):
    inputs = core.inputs[2025]
    hub = dazhou_places.loc["coach_south"]
    rows = [
        {
            "point": name,
            "lon": hub["lon"],
            "lat": hub["lat"],
            "headroom_kw": kw,
            "note": "",
            "source": "t",
            "confidence": "H",
        }
        for name, kw in (("a", 100.0),)
    ]
    weak = candidates(inputs.with_table("grid_headroom", pd.DataFrame(rows)), nodes).loc["coach_south"]
    assert (weak["rule"], weak["seen_value"], weak["limit_value"]) == ("headroom", 100.0, 400.0)


def test_two_rows_at_one_place_are_refused(core, nodes):
    inputs = core.inputs[2025]
    table = inputs.operations["candidate_places"]
    twice = pd.concat([table, table.iloc[[0]].assign(place="again")])
    with pytest.raises(SitingError, match="duplicated places: 2 rows share coordinates"):
        candidates(inputs.with_table("candidate_places", twice), nodes)


def test_no_candidate_and_only_one_are_refused(core, dazhou_places):
    inputs = core.inputs[2025]
    demand = charging_demand(inputs)
    with pytest.raises(SitingError, match="no candidates: the rules"):
        siting_case(inputs, demand, dazhou_places.iloc[:0], ("core",))
    with pytest.raises(SitingError, match="only one candidate is left"):
        siting_case(inputs, demand, dazhou_places[dazhou_places["accepted"]].iloc[:1], ("core",))


def test_demand_that_nobody_reaches_is_refused(core, dazhou_places, needs):
    inputs = core.inputs[2025]
    far = dazhou_places[dazhou_places["accepted"] & (dazhou_places["lat"] > 32.0)]
    with pytest.raises(SitingError, match="all demand is unreachable: no candidate lies within the radius"):
        siting_case(inputs, charging_demand(inputs, needs), far, ("core",))


def test_a_kind_without_costs_is_named(core, dazhou_places, needs):
    inputs = core.inputs[2025]
    table = inputs.operations["charger_costs"]
    cheaper = inputs.with_table("charger_costs", table[table["place_kind"] != "market"])
    with pytest.raises(DataError, match="no row for place_kind market"):
        siting_case(cheaper, charging_demand(inputs, needs), dazhou_places[dazhou_places["accepted"]], ("core",))

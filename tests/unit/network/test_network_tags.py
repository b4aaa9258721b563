import numpy as np
import pandas as pd
import pytest

from transport_sim.network import tag_values
from transport_sim.network.conditional import parse_conditional
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.network.road_access import closed_hours, main_direction, road_access, vehicle_limits
from transport_sim.network.tags import WAY_TAGS, Unread, default_speeds, road_defaults, way_attributes

TRUCKS = ["truck_medium", "truck_heavy", "tractor_trailer"]


def read(*ways):
    unread = Unread()
    index = pd.Index(range(1, len(ways) + 1), name="way_id")
    frame = pd.DataFrame(list(ways), index=index, dtype=object)
    return way_attributes(frame.where(frame.notna(), None), unread), unread


def one(**tags):
    """Attributes of one way; `__` stands for a colon."""
    named = {"highway": "primary"} | {key.replace("__", ":"): value for key, value in tags.items()}
    attributes, unread = read({key: value for key, value in named.items() if value})
    return attributes.iloc[0], dict(unread.counts)


@pytest.mark.parametrize(
    ("tags", "directions"),
    [
        ({}, (True, True)),
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "true"}, (True, False)),
        ({"oneway": "1"}, (True, False)),
        ({"oneway": "-1"}, (False, True)),
        ({"oneway": "reverse"}, (False, True)),
        ({"oneway": "no"}, (True, True)),
        ({"oneway": "reversible"}, (True, True)),
        ({"oneway": "alternating"}, (True, True)),
        ({"junction": "roundabout"}, (True, False)),
        ({"junction": "circular"}, (True, False)),
        ({"junction": "roundabout", "oneway": "no"}, (True, True)),
        ({"highway": "motorway"}, (True, False)),
        ({"highway": "motorway_link"}, (True, False)),
        ({"highway": "motorway", "oneway": "no"}, (True, True)),
        ({"highway": "trunk"}, (True, True)),
        ({"highway": "construction", "construction": "motorway"}, (True, False)),
    ],
)
def test_oneway_in_all_its_spellings(tags, directions):
    way, missed = one(**tags)
    assert (way["forward"], way["backward"]) == directions
    assert missed == {}


def test_an_unknown_oneway_is_told_and_changes_nothing():
    way, missed = one(oneway="perhaps")
    assert (way["forward"], way["backward"]) == (True, True)
    assert missed == {("oneway", "perhaps"): 1}
    assert main_direction({"oneway": "maybe"}, "motorway", lambda *_: None) == (True, False)


@pytest.mark.parametrize("tags", [{"oneway:bus": "no"}, {"busway": "opposite_lane"}, {"busway:left": "opposite_lane"}])
def test_a_bus_lane_against_the_traffic_is_a_link_for_buses_only(tags):
    way, _ = one(oneway="yes", **{key.replace(":", "__"): value for key, value in tags.items()})
    assert way["backward"]
    assert way["access_closed_forward"] == ""
    assert set(VEHICLE_CLASSES) - set(way["access_closed_backward"].split(";")) == {"bus"}
    way, _ = one(oneway="yes", oneway__psv="no")
    assert set(VEHICLE_CLASSES) - set(way["access_closed_backward"].split(";")) == {"bus", "taxi"}
    way, _ = one(oneway="yes", oneway__bicycle="no")
    assert not way["backward"]


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({}, []),
        ({"access": "yes"}, []),
        ({"access": "no"}, list(VEHICLE_CLASSES)),
        ({"access": "private"}, list(VEHICLE_CLASSES)),
        ({"vehicle": "no", "motorcar": "yes"}, [c for c in VEHICLE_CLASSES if c not in ("car", "taxi")]),
        ({"motor_vehicle": "no", "psv": "yes"}, [c for c in VEHICLE_CLASSES if c not in ("bus", "taxi")]),
        ({"access": "no", "bus": "designated"}, [c for c in VEHICLE_CLASSES if c != "bus"]),
        ({"hgv": "no"}, TRUCKS),
        ({"hgv": "no", "hgv_articulated": "yes"}, TRUCKS[:2]),
        ({"goods": "no"}, ["truck_light"]),
        ({"hgv": "destination"}, []),
        ({"hgv": "delivery"}, []),
        ({"access": "permit"}, list(VEHICLE_CLASSES)),
        ({"access": "yes;no"}, []),
        ({"taxi": "no", "motorcycle": "no"}, ["taxi", "motorcycle"]),
        ({"highway": "busway"}, [c for c in VEHICLE_CLASSES if c != "bus"]),
    ],
)
def test_access_by_vehicle_class_follows_the_hierarchy(tags, closed):
    way, missed = one(**tags)
    assert way["access_closed_forward"].split(";") == (closed or [""])
    assert way["access_closed_backward"] == way["access_closed_forward"]
    assert missed == {}


def test_access_may_differ_by_direction_and_destination_is_noted():
    way, _ = one(motor_vehicle__forward="no", taxi__forward="yes", hgv="destination")
    assert "car" in way["access_closed_forward"]
    assert "taxi" not in way["access_closed_forward"]
    assert way["access_closed_backward"] == ""
    assert way["conditional"] == "hgv=destination"


def test_limits_of_weight_and_height():
    way, missed = one(maxweight="3.5", maxheight="2.2 m")
    assert (way["max_weight_t"], way["max_height_m"]) == (3.5, 2.2)
    way, missed = one(maxweight="7500 kg", maxheight="13'6\"")
    assert way["max_weight_t"] == 7.5
    assert way["max_height_m"] == pytest.approx(4.1148)
    way, missed = one(maxheight="default", maxweight="unsigned")
    assert np.isnan(way["max_height_m"])
    assert missed == {}
    way, missed = one(maxweight="heavy", maxheight="-2")
    assert missed == {("maxweight", "heavy"): 1, ("maxheight", "-2"): 1}
    assert sorted(vehicle_limits()) == sorted(VEHICLE_CLASSES)


@pytest.mark.parametrize(
    ("text", "speed_kmh"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.28032),
        ("10 knots", 18.52),
        ("CN:urban", 50),
        ("CN:motorway", 120),
        ("walk", 7),
        ("60;80", 60),
        ("none", None),
        ("signals", None),
        ("variable", None),
    ],
)
def test_speeds_in_all_units(text, speed_kmh):
    way, missed = one(maxspeed=text)
    assert way["speed_kmh_forward"] == pytest.approx(speed_kmh or default_speeds()["primary"])
    assert way["speed_tagged_forward"] == (speed_kmh is not None)
    assert missed == {}


def test_speeds_by_direction_and_by_zone():
    way, _ = one(maxspeed="60", maxspeed__backward="40")
    assert (way["speed_kmh_forward"], way["speed_kmh_backward"]) == (60, 40)
    way, _ = one(source__maxspeed="CN:rural")
    assert way["speed_kmh_forward"] == 70
    way, missed = one(maxspeed="fast", source__maxspeed="sign")
    assert way["speed_kmh_forward"] == 60
    assert missed == {("maxspeed", "fast"): 1}


@pytest.mark.parametrize(
    ("tags", "lanes", "capacity"),
    [
        ({"lanes": "4"}, (2, 2), (2800, 2800)),
        ({"lanes": "3", "oneway": "yes"}, (3, 3), (4200, 4200)),
        ({"lanes": "3", "lanes:forward": "2"}, (2, 1), (2800, 1400)),
        ({"lanes:forward": "2", "lanes:backward": "1"}, (2, 1), (2800, 1400)),
        ({"lanes": "1"}, (1, 1), (1400, 1400)),
        ({}, (None, None), (1400, 1400)),
        ({"lanes": "2;3"}, (1, 1), (1400, 1400)),
    ],
)
def test_lanes_and_capacity(tags, lanes, capacity):
    way, _ = one(**{key.replace(":", "__"): value for key, value in tags.items()})
    assert [way["lanes_forward"], way["lanes_backward"]] == [pytest.approx(n or np.nan, nan_ok=True) for n in lanes]
    assert (way["capacity_pcu_h_forward"], way["capacity_pcu_h_backward"]) == capacity


def test_slopes_and_numbers_that_make_no_sense_are_told():
    way, missed = one(incline="8%", lanes="1000", width="wide", tracks="0")
    assert way["gradient_ratio"] == 0.08
    assert missed == {("lanes", "1000"): 1, ("width", "wide"): 1, ("tracks", "0"): 1}
    assert tag_values.slope_ratio("-12‰") == 0.012
    assert tag_values.slope_ratio("3°") == pytest.approx(0.0524, abs=1e-4)
    assert np.isnan(tag_values.slope_ratio("up"))
    with pytest.raises(ValueError):
        tag_values.slope_ratio("70%")


def test_rail_and_water_tags():
    rail = {"railway": "rail", "electrified": "contact_line", "gauge": "1435;1520", "usage": "main", "service": "yard"}
    rail |= {"tracks": "2", "railway:preferred_direction": "backward", "oneway": "no"}
    water = {"waterway": "canal", "CEMT": "Va", "maxdraft": "3.2", "lock": "yes", "lock:length": "190"}
    attributes, unread = read(
        rail,
        water,
        {"waterway": "river"},
        {"waterway": "river", "flow_direction": "both"},
        {"waterway": "river", "boat": "no"},
    )
    assert attributes.loc[1, ["electrified", "gauge_mm", "usage", "service", "tracks_count", "preferred"]].tolist() == [
        True,
        1435,
        "main",
        "yard",
        2,
        "backward",
    ]
    assert attributes.loc[2, ["navigation_class", "depth_m", "lock", "lock_length_m"]].tolist() == [
        "II",
        3.2,
        True,
        190,
    ]
    assert np.isnan(attributes.loc[2, "current_ms"])
    assert attributes.loc[3, "current_ms"] == 0.5
    assert np.isnan(attributes.loc[4, "current_ms"])
    assert 5 not in attributes.index
    assert not unread.counts


def test_what_is_not_understood_is_counted_by_way():
    attributes, unread = read(
        *[{"highway": "service", "access": "sometimes"}] * 3, {"highway": "service", "hgv": "rarely"}
    )
    assert len(attributes) == 4
    assert unread.table().to_dict("records") == [
        {"key": "access", "value": "sometimes", "ways_count": 3},
        {"key": "hgv", "value": "rarely", "ways_count": 1},
    ]


def test_a_plaza_is_no_road():
    assert len(read({"highway": "service", "area": "yes"})[0]) == 0


@pytest.mark.parametrize(
    ("text", "normal", "hours"),
    [
        ("no @ (07:00-09:00,17:00-19:00)", "no @ (07:00-09:00,17:00-19:00)", 28),
        ("no @ (Mo-Fr 07:00-09:00)", "no @ (Mo-Fr 07:00-09:00)", 10),
        ("delivery @ (22:00-06:00)", "delivery @ (22:00-06:00)", 56),
        ("60 @ (wet)", "60 @ (wet)", 168),
        ("no @ (>3.5 t)", "no @ (weight>3.5)", 168),
        ("no @ (weight>7500 kg AND Sa,Su)", "no @ (Sa-Su AND weight>7.5)", 48),
        ("no @ Su 08:00-24:00", "no @ (Su 08:00-24:00)", 16),
        ("no @ (Fr-Mo 10:00-11:00; We)", "no @ (Mo,Fr-Su 10:00-11:00); no @ (We)", 4),
    ],
)
def test_conditions_have_a_normal_form_that_reads_back(text, normal, hours):
    found, unknown = parse_conditional(text)
    assert "; ".join(map(str, found)) == normal
    assert unknown == ()
    assert parse_conditional(normal)[0] == found
    assert found[0].hours().sum() == hours


@pytest.mark.parametrize(
    "text",
    [
        "no @ (Nov-Apr)",
        "no @ (PH)",
        "no",
        "no @ (sunset-sunrise)",
        "no @ (25:00-26:00)",
        "no @ (length>12)",
        "@",
        "no @ ()",
        "x" * 3000,
    ],
)
def test_conditions_that_are_not_understood_are_named(text):
    found, unknown = parse_conditional(text)
    assert found == ()
    assert len(unknown) == 1


def test_one_bad_condition_does_not_spoil_the_others():
    found, unknown = parse_conditional("no @ (PH); no @ (Sa)")
    assert [str(c) for c in found] == ["no @ (Sa)"]
    assert unknown == ("no @ (PH)",)


def test_hours_of_a_week_by_vehicle_class():
    way, missed = one(
        hgv__conditional="no @ (Mo-Fr 07:00-09:00); yes @ (Mo 07:00-08:00)",
        motor_vehicle__conditional="no @ (weight>12)",
    )
    assert missed == {}
    heavy = closed_hours(way["conditional"], "truck_heavy")
    assert heavy[8] == 1
    assert heavy[7] == -1
    assert heavy[5 * 24 + 8] == 1, "25 t are more than 12 t on Saturday too"
    assert not closed_hours(way["conditional"], "car").any()
    assert closed_hours("maxspeed=60 @ (wet)", "car").sum() == 0


def test_every_road_class_has_its_defaults_with_a_source():
    table = road_defaults()
    roads = table["lane_capacity_pcu_h"].notna()
    assert (table.loc[roads, "free_speed_kmh"] <= table.loc[roads, "speed_limit_kmh"]).all()
    assert table.loc[roads, ["limit_source", "capacity_source", "source", "confidence"]].notna().all().all()
    assert len(set(WAY_TAGS)) == len(WAY_TAGS)


def test_road_access_is_pure():
    tags = {"oneway": "yes", "hgv": "no", "maxweight": "10", "maxheight": "4"}
    assert road_access(tags, "primary", lambda *_: None) == road_access(dict(tags), "primary", lambda *_: None)
    assert set(tags) == {"oneway", "hgv", "maxweight", "maxheight"}

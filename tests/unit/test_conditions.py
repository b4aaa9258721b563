"""Who x where x when: each turns into an array by hand-checkable rules, and says what it does not understand."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from transport_sim.conditions import When, Where, Who, matches, merge_windows, window_s
from transport_sim.day import Day, Episode, days_of_year
from transport_sim.errors import PolicyError

GROUPS = pd.DataFrame(
    [
        ("car", "local", "petrol", "china_v", "odd", ""),
        ("car", "local", "battery_electric", "", "even", ""),
        ("car", "non_local", "petrol", "china_ii", "even", ""),
        ("taxi", "local", "cng", "china_v", "odd", ""),
        ("truck_light", "local", "diesel", "china_iv", "", "postal"),
        ("truck_heavy", "non_local", "diesel", "china_vi", "", "construction"),
    ],
    columns=["vehicle_class", "registration", "technology", "emission_standard", "plate", "use"],
)
HOUR = 3600.0
SUNDAY, MONDAY = Day(dt.date(2021, 12, 26)), Day(dt.date(2021, 12, 27))


@pytest.mark.parametrize(
    ("who", "rows"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"vehicle_classes": ["car", "taxi"]}, [0, 1, 2, 3]),
        ({"registration": "non_local"}, [2, 5]),
        ({"registration": "non_local", "vehicle_classes": ["car"]}, [2]),
        ({"technologies": ["petrol"], "emission_standards": ["china_i", "china_ii"]}, [2]),
        ({"plate": "odd"}, [0, 3]),
        ({"plate": "even"}, [1, 2]),
        ({"uses": ["construction"]}, [5]),
        ({"min_gross_t": 4.5}, [4, 5]),
        ({"min_gross_t": 4.6}, [5]),
    ],
)
def test_who_narrows_by_every_field_that_is_stated(who, rows):
    assert np.flatnonzero(Who.model_validate(who).groups(GROUPS)).tolist() == rows


def test_one_exemption_is_enough():
    free = (Who(technologies=("battery_electric",)), Who(vehicle_classes=("taxi",)))
    assert np.flatnonzero(matches(Who(registration="local"), free, GROUPS)).tolist() == [0, 4]
    assert matches(Who(), (), GROUPS).all()


def test_groups_without_uses_have_no_special_duty():
    assert not Who(uses=("construction",)).groups(GROUPS.drop(columns="use")).any()


def test_equal_conditions_are_written_equally_whatever_the_order():
    a, b = Who(vehicle_classes=("taxi", "car", "car")), Who(vehicle_classes=("car", "taxi"))
    assert a == b
    assert str(a) == str(b) == "vehicle_classes=car taxi"
    assert Who(emission_standards=("china_ii", "pre_china_i")).emission_standards == ("pre_china_i", "china_ii")
    assert str(Who()) == "everything"
    assert When(weekdays=("sunday", "monday")).weekdays == ("monday", "sunday")


@pytest.mark.parametrize(
    ("model", "stated", "text"),
    [
        (Who, {"vehicle_classes": ["carr"]}, "no vehicle class 'carr'; did you mean 'car'?"),
        (Who, {"technologies": ["electric"]}, "no technology 'electric'"),
        (Who, {"emission_standards": ["euro_4"]}, "no emission standard 'euro_4'"),
        (Who, {"uses": ["police"]}, "no use 'police'"),
        (Who, {"colour": "red"}, "extra"),
        (When, {"windows": ["7:00-9:00"]}, "must be two times"),
        (When, {"windows": ["07:00-07:00"]}, "must be two times"),
        (When, {"windows": ["07:61-09:00"]}, "must be two times"),
        (When, {"windows": ["07:00-24:01"]}, "must be two times"),
        (When, {"windows": ["24:00-07:00"]}, "must be two times"),
        (When, {"windows": ["07:00"]}, "must be two times"),
        (When, {"windows": ["-1:00-09:00"]}, "must be two times"),
        (When, {"dates": ["2021-12-32"]}, "must be a day"),
        (When, {"dates": ["2021-12-31/2021-12-26"]}, "must be a day"),
        (When, {"dates": ["12-26/2021-12-31"]}, "must be a day"),
        (When, {"episodes": ["winter_orang"]}, "'winter_orange'"),
        (When, {"months": [13]}, "less than or equal to 12"),
        (When, {"weekdays": ["Monday"]}, "'monday'"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_would_be_right(model, stated, text):
    with pytest.raises(ValidationError, match=text.replace("?", r"\?")):
        model.model_validate(stated)


def hours(when: When, day: Day) -> list[list[float]]:
    return (when.seconds(day) / HOUR).tolist()


def test_windows_of_the_day_cover_this_day_and_the_next():
    assert window_s("07:30-09:00") == (27_000, 32_400)
    assert hours(When(windows=("17:00-19:00", "07:00-09:00")), SUNDAY) == [[7, 9], [17, 19], [31, 33], [41, 43]]


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins():
    night = When(windows=("22:00-06:00",), weekdays=("sunday",))
    assert hours(night, SUNDAY) == [[22, 30]]
    assert hours(night, MONDAY) == [[0, 6]]
    assert hours(night, SUNDAY.shifted(-1)) == [[46, 48]]


def test_whole_days_join_and_no_limit_at_all_is_for_ever():
    assert hours(When(weekdays=("monday",)), MONDAY) == [[0, 24]]
    assert hours(When(months=(12,)), MONDAY) == [[0, 48]]
    assert When().seconds(MONDAY).tolist() == [[-np.inf, np.inf]]
    assert When(weekdays=("wednesday",)).seconds(MONDAY).shape == (0, 2)


@pytest.mark.parametrize(
    ("when", "date", "holds"),
    [
        ({"dates": ["2021-12-26/2021-12-31"]}, "2021-12-31", True),
        ({"dates": ["2021-12-26/2021-12-31"]}, "2022-12-31", False),
        ({"dates": ["2021-12-26"]}, "2021-12-26", True),
        ({"dates": ["11-15/03-15"]}, "2030-01-01", True),
        ({"dates": ["11-15/03-15"]}, "2030-11-14", False),
        ({"dates": ["06-01/08-31"]}, "2030-08-31", True),
        ({"dates": ["02-29"]}, "2024-02-29", True),
        ({"date_parity": "odd"}, "2021-12-31", True),
        ({"date_parity": "even"}, "2021-12-31", False),
        ({"months": [6, 7]}, "2021-12-31", False),
        ({"weekdays": ["friday"], "months": [12]}, "2021-12-31", True),
    ],
)
def test_days_are_narrowed_by_every_field(when, date, holds):
    assert When.model_validate(when).on(Day(dt.date.fromisoformat(date))) is holds


def test_an_episode_counts_only_when_it_is_declared():
    winter = When(episodes=("winter_orange",))
    assert not winter.on(SUNDAY)
    assert winter.on(Day(SUNDAY.date, frozenset({"winter_orange", "ozone_warning"})))


def test_a_day_knows_its_weekday_and_its_neighbours():
    assert SUNDAY.weekday == "sunday"
    assert SUNDAY.shifted(1) == MONDAY
    assert Day(SUNDAY.date, frozenset({"winter_red"})).shifted(-3).episodes == {"winter_red"}


def test_windows_merge_when_they_overlap_or_touch():
    given = np.array([[5.0, 6.0], [0.0, 2.0], [1.0, 3.0], [3.0, 4.0], [7.0, 7.0], [0.5, 1.0]])
    assert merge_windows(given).tolist() == [[0, 4], [5, 6]]
    assert merge_windows(np.empty((0, 2))).shape == (0, 2)


def test_a_year_has_as_many_days_of_an_episode_as_asked_for_and_all_in_season():
    days = days_of_year(
        2024, {"ozone_warning": Episode(frozenset({6, 7}), 10), "winter_red": Episode(frozenset({2}), 99)}
    )
    assert len(days) == 366
    ozone = [day.date for day in days if "ozone_warning" in day.episodes]
    assert len(ozone) == 10
    assert {date.month for date in ozone} == {6, 7}
    assert max(b - a for a, b in pairwise(ozone)) <= dt.timedelta(days=7), "evenly spread"
    assert sum("winter_red" in day.episodes for day in days) == 29, "no more than the season has"


SQUARE = pd.DataFrame(
    {
        "area": "west",
        "sequence": [2, 1, 3, 4],
        "lon": [107.62, 106.9, 107.62, 106.9],
        "lat": [30.9, 30.9, 31.1, 31.1],
    }
)


def test_where_finds_roads_by_area_class_and_id(tiny_inputs):
    network = tiny_inputs.network
    assert Where().links(network, SQUARE).tolist() == [2, 3], "rails and rivers are no roads"
    assert Where(areas=("west",)).links(network, SQUARE).tolist() == [2, 3], "points are taken in their sequence"
    assert Where(areas=("west",), apart_from=Where(link_ids=(3,))).links(network, SQUARE).tolist() == [2]
    assert Where(link_classes=("primary",), link_ids=(2,)).links(network, SQUARE).tolist() == [2]


def test_a_road_that_is_the_border_of_an_area_stays_outside(tiny_inputs):
    on_border = SQUARE.assign(lat=[31.0, 31.0, 31.2, 31.2], lon=[107.6, 107.0, 107.6, 107.0])
    assert Where(areas=("west",)).links(tiny_inputs.network, on_border).tolist() == []


def test_roads_are_found_by_name_and_by_number(network, dazhou_inputs):
    links = network.links
    by_name = Where(roads=("通川桥",)).links(network, SQUARE)
    assert set(links.loc[by_name, "name"]) == {"通川桥"}
    by_ref = Where(roads=("G210",)).links(network, SQUARE)
    assert len(by_ref) > 10
    assert set(links.loc[by_ref, "ref"]) == {"G210"}
    both = Where(roads=("通川桥", "G210")).links(network, SQUARE)
    assert set(both) == set(by_name) | set(by_ref)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"areas": ["wset"]}, "no area 'wset'; did you mean 'west'"),
        ({"roads": ["no such road"]}, "no road 'no such road'$"),
        ({"link_classes": ["primry"]}, "did you mean 'primary'"),
        ({"link_ids": [2, 4]}, r"no road link 4 \(1 in all\)"),
    ],
)
def test_a_place_that_is_not_on_the_map_is_refused(tiny_inputs, where, text):
    with pytest.raises(PolicyError, match=text):
        Where.model_validate(where).links(tiny_inputs.network, SQUARE)


def test_a_crossed_ring_is_no_area(tiny_inputs):
    crossed = SQUARE.assign(sequence=[1, 2, 4, 3], lon=[106.9, 107.6, 106.9, 107.6], lat=[30.9, 31.1, 31.1, 30.9])
    with pytest.raises(PolicyError, match="no simple polygon"):
        Where(areas=("west",)).links(tiny_inputs.network, crossed.assign(sequence=[1, 2, 3, 4]))
    with pytest.raises(PolicyError, match="at least 3"):
        Where(areas=("west",)).links(tiny_inputs.network, SQUARE.head(2))


@pytest.mark.parametrize(
    ("condition", "field", "value"),
    [
        (Where, "roads", ("",)),
        (Where, "areas", (" ",)),
        (When, "windows", ("+7:00-09:00",)),
        (When, "windows", ("7:0-9:00",)),
    ],
)
def test_what_says_nothing_or_is_no_time_is_refused(condition, field, value):
    """An empty road name would mean every road without a name."""
    with pytest.raises(ValidationError):
        condition(**{field: value})

"""The answers of restricted travellers: costs by hand, shares by the logit, draws that depend on the trip alone."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.response import (
    ANSWERS,
    ResponseParameters,
    RestrictedTrips,
    answer_costs,
    respond,
    response_parameters,
    response_shares,
    restricted_trips,
)
from transport_sim.errors import DataError

HOUR = 3600.0
P = ResponseParameters(
    logit_scale_per_min=0.05,
    value_of_time_cny_per_h=30.0,
    max_detour_ratio=2.0,
    early_ratio=0.6,
    late_ratio=2.4,
    max_shift_min=120.0,
    spread_min=0.0,
    bus_time_ratio=1.5,
    bus_walk_min=8.0,
    bus_wait_min=6.0,
    out_of_vehicle_ratio=2.0,
    transfer_min=10.0,
    bus_fare_cny=2.0,
    other_car_min=10.0,
    other_car_share=0.2,
    flexible_ratio=0.5,
    cancel_min=90.0,
)


def trips(count: int = 1, **other) -> RestrictedTrips:
    """Return trips of 20 minutes at 8:00 that the rule of 7 to 9 stops; they reach its links after 5 minutes."""
    values = {
        "departure_s": 8 * HOUR,
        "planned_time_s": 1200.0,
        "detour_time_s": 1800.0,
        "latest_before_s": 7 * HOUR - 300,
        "earliest_after_s": 9 * HOUR - 300,
        "charge_cny": np.inf,
        "schedule_ratio": 1.0,
        "other_car_share": 0.0,
        **other,
    }
    flags = {"is_private": values.pop("is_private", True), "has_bus": values.pop("has_bus", True)}
    return RestrictedTrips(
        ids=np.arange(count),
        **{name: np.full(count, float(value)) for name, value in values.items()},
        **{name: np.full(count, value) for name, value in flags.items()},
    )


def costs(parameters: ResponseParameters = P, **other) -> dict[str, float]:
    found, _ = answer_costs(trips(**other), parameters, seed=1)
    return dict(zip(ANSWERS, found[:, 0].tolist(), strict=True))


def test_every_answer_costs_what_its_minutes_are_worth():
    assert costs(other_car_share=1.0, charge_cny=15.0) == pytest.approx(
        {
            "reroute": 10.0,
            "earlier": 0.6 * 65,
            "later": 2.4 * 55,
            "park_and_bus": 20 * 0.5 + (8 + 6) * 2 + 10 + 2 / 30 * 60,
            "other_car": 10.0,
            "pay": 30.0,
            "cancel": 90.0,
        }
    )


@pytest.mark.parametrize(
    ("other", "closed"),
    [
        ({"detour_time_s": np.inf}, "reroute"),
        ({"detour_time_s": 2401.0}, "reroute"),
        ({"latest_before_s": -np.inf}, "earlier"),
        ({"latest_before_s": 8 * HOUR - 7201}, "earlier"),
        ({"departure_s": 600.0, "latest_before_s": -1.0}, "earlier"),
        ({"earliest_after_s": np.inf}, "later"),
        ({"earliest_after_s": 8 * HOUR + 7201}, "later"),
        ({"has_bus": False}, "park_and_bus"),
        ({"is_private": False}, "park_and_bus"),
        ({"is_private": False, "other_car_share": 1.0}, "other_car"),
        ({"other_car_share": 0.0}, "other_car"),
        ({"is_private": False}, "cancel"),
        ({}, "pay"),
    ],
)
def test_what_cannot_be_done_is_no_answer(other, closed):
    assert costs(**other)[closed] == np.inf
    (index,) = (n for n, answer in enumerate(ANSWERS) if answer == closed)
    assert response_shares(trips(**other), P, seed=1)[index, 0] == 0.0
    assert (respond(trips(500, **other), P, seed=1).answer != index).all()


def test_a_truck_without_any_other_way_is_not_served():
    stuck = {"detour_time_s": np.inf, "latest_before_s": -np.inf, "earliest_after_s": np.inf, "is_private": False}
    assert costs(**stuck)["cancel"] == 90.0
    assert {ANSWERS[n] for n in respond(trips(50, **stuck), P, seed=1).answer} == {"cancel"}


def test_the_drawn_answers_come_in_the_shares_of_the_logit():
    many = trips(200_000, charge_cny=20.0, other_car_share=1.0)
    shares = response_shares(many, P, seed=3)[:, 0]
    expected = np.exp(-0.05 * answer_costs(many, P, seed=3)[0][:, 0])
    assert shares == pytest.approx(expected / expected.sum())
    drawn = np.bincount(respond(many, P, seed=3).answer, minlength=len(ANSWERS)) / 200_000
    assert drawn == pytest.approx(shares, abs=4 * np.sqrt(0.25 / 200_000))


def test_the_new_departure_lies_before_or_after_the_rule_and_spreads():
    spread = replace(P, spread_min=15.0, cancel_min=1e6, late_ratio=0.6)
    many = trips(20_000, detour_time_s=np.inf, has_bus=False)
    found = respond(many, spread, seed=1)
    earlier, later = (found.departure_s[found.answer == ANSWERS.index(a)] for a in ("earlier", "later"))
    assert earlier.max() <= 7 * HOUR - 300
    assert earlier.min() >= 7 * HOUR - 300 - 900
    assert later.min() >= 9 * HOUR - 300
    assert later.max() <= 9 * HOUR - 300 + 900
    assert np.ptp(earlier) > 800
    assert later.mean() == pytest.approx(9 * HOUR - 300 + 450, abs=15), "even over the quarter of an hour"


def test_who_leaves_the_car_has_no_departure_by_car():
    found = respond(trips(5_000), P, seed=1)
    gone = np.isin(found.answer, [ANSWERS.index("park_and_bus"), ANSWERS.index("cancel")])
    assert gone.any()
    assert (np.isnan(found.departure_s) == gone).all()
    assert (found.departure_s[found.answer == ANSWERS.index("reroute")] == 8 * HOUR).all()


def test_a_trip_answers_the_same_whoever_else_is_asked_and_in_whatever_order():
    every = trips(1_000, other_car_share=0.4)
    some = np.arange(1_000)[::-7]
    part = RestrictedTrips(**{name: getattr(every, name)[some] for name in RestrictedTrips.__dataclass_fields__})
    assert (respond(part, P, seed=5).answer == respond(every, P, seed=5).answer[some]).all()
    assert (respond(every, P, seed=6).answer != respond(every, P, seed=5).answer).any()


def test_an_answer_that_is_taken_away_moves_nobody_else():
    with_bus, without = respond(trips(5_000), P, seed=2), respond(trips(5_000, has_bus=False), P, seed=2)
    others = with_bus.answer != ANSWERS.index("park_and_bus")
    assert 0 < others.sum() < 5_000
    assert (without.answer[others] == with_bus.answer[others]).all()


def test_a_higher_charge_is_paid_by_fewer_and_never_by_anybody_new():
    cheap, dear = (respond(trips(5_000, charge_cny=cny), P, seed=2).answer for cny in (5.0, 30.0))
    pays = ANSWERS.index("pay")
    assert (dear == pays).sum() < (cheap == pays).sum()
    assert not ((dear == pays) & (cheap != pays)).any()


def test_another_car_is_there_in_the_stated_share():
    found, _ = answer_costs(trips(20_000, other_car_share=0.3), P, seed=1)
    assert np.isfinite(found[ANSWERS.index("other_car")]).mean() == pytest.approx(0.3, abs=0.015)


def test_nobody_is_asked():
    found = respond(trips(0), P, seed=1)
    assert found.answer.shape == found.departure_s.shape == (0,)


def test_those_are_picked_out_who_are_stopped_or_would_pay():
    some = np.arange(6.0)
    rows, picked = restricted_trips(
        P,
        ids=np.arange(6) + 100,
        departure_s=some,
        planned_time_s=some,
        detour_time_s=some,
        latest_before_s=some,
        earliest_after_s=some,
        is_forbidden=np.array([False, True, False, True, True, False]),
        charge_cny=np.array([0.0, 0.0, 5.0, 5.0, 0.0, 0.0]),
        is_private=np.array([True, True, True, False, True, True]),
        has_fixed_hours=np.array([True, True, False, False, False, True]),
        has_bus=np.array([True, True, True, True, False, True]),
    )
    assert rows.tolist() == [1, 2, 3, 4]
    assert picked.ids.tolist() == [101, 102, 103, 104]
    assert picked.charge_cny.tolist() == [np.inf, 5.0, np.inf, np.inf], "nobody may pay for what is forbidden"
    assert picked.schedule_ratio.tolist() == [1.0, 0.5, 1.0, 0.5], "goods are delivered by the hour"
    assert picked.other_car_share.tolist() == [0.2, 0.2, 0.0, 0.2]
    assert picked.has_bus.tolist() == [True, True, True, False]


def test_the_parameters_of_dazhou_are_complete_and_each_is_needed(dazhou_traffic):
    table = dazhou_traffic.traffic.response
    assert response_parameters(table).early_ratio == 0.61
    with pytest.raises(DataError, match=r"rows are missing for max_detour_ratio, cancel_min"):
        response_parameters(table[~table["parameter"].isin(["cancel_min", "max_detour_ratio"])])


def test_most_commuters_who_may_not_drive_all_day_take_the_bus(dazhou_traffic):
    """Few households have a second car, and a day without the car is no day at home."""
    day = {"detour_time_s": np.inf, "latest_before_s": 7 * HOUR - 900, "earliest_after_s": 22 * HOUR}
    found = respond(
        trips(5_000, **day, other_car_share=0.08), response_parameters(dazhou_traffic.traffic.response), seed=1
    )
    shares = dict(zip(ANSWERS, np.bincount(found.answer, minlength=len(ANSWERS)) / 5_000, strict=True))
    assert shares["later"] == 0.0, "fourteen hours are no shift"
    assert shares["cancel"] < shares["park_and_bus"]

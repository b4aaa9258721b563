"""What the siting models refuse, with which words, and what they say when there is no solution."""

import re
from dataclasses import replace

import numpy as np
import pytest

from transport_sim.errors import SitingError
from transport_sim.siting.models import (
    CorridorFlows,
    GroupCover,
    Limits,
    Phase,
    PlugSupply,
    SitingProblem,
    capacitated_maximal_cover,
    flow_refuelling,
    in_phases,
    location_set_cover,
    maximal_cover,
    p_centre,
    p_median,
    pareto_front,
)

TIME = np.array([[1.0, 9.0, 30.0], [4.0, 3.0, 30.0], [20.0, 5.0, 30.0], [25.0, 26.0, 2.0]])


def problem(**changes):
    given = {
        "demand": np.array([4.0, 3.0, 2.0, 1.0]),
        "time_min": TIME,
        "cost_cny": np.array([5.0, 4.0, 3.0]),
        "existing": np.zeros(3, bool),
        "candidate_names": ("depot", "market", "port"),
        "demand_names": ("a", "b", "c", "d"),
    }
    return SitingProblem(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_min": np.empty((4, 0))}, "there is no candidate place"),
        ({"time_min": np.empty((0, 3))}, "there is no demand point"),
        ({"time_min": np.ones(4)}, "one row per demand point"),
        ({"demand": np.ones(3)}, "demand has shape (3,); right would be (4,)"),
        ({"demand": np.array([1.0, -1, 0, 0])}, "demand is negative at b"),
        ({"demand": np.array([1.0, np.nan, 0, 0])}, "demand is not a number at b"),
        ({"demand": np.zeros(4)}, "there is no demand"),
        ({"demand": np.array([[1.0, 1, 1, 1], [0, 0, 0, 0]])}, "there is no demand"),
        ({"time_min": np.full((4, 3), np.inf)}, "all demand is unreachable"),
        ({"time_min": np.where(TIME == 5.0, np.nan, TIME)}, "time_min is NaN or negative from c"),
        ({"time_min": -TIME}, "time_min is NaN or negative from a, b, c, d"),
        ({"cost_cny": np.array([1.0, -1.0, np.nan])}, "cost_cny is NaN, infinite or negative at market, port"),
        ({"cost_cny": np.ones(2)}, "cost_cny has shape (2,); right would be (3,)"),
        ({"candidate_names": ("x",)}, "candidate_names has 1 names; right would be 3"),
        (
            {"time_min": TIME[:, [0, 1, 0]]},
            "1 candidates stand at a place that another one has (first 1: depot = port)",
        ),
        ({"coordinates": np.array([[1.0, 2], [1.0, 2], [3.0, 4]])}, "depot = market"),
        ({"groups": (GroupCover("rural", np.zeros(4, bool), 0.5),)}, "group 'rural' has no demand"),
        ({"groups": (GroupCover("rural", np.ones(4, bool), 1.5),)}, "from 0 to 1, got 1.5"),
        ({"groups": (GroupCover("rural", np.ones(3, bool), 0.5),)}, "members of the group 'rural' has shape (3,)"),
        (
            {"plugs": PlugSupply(np.array([1.0, 0.0, 1.0]), np.ones(3), np.ones(3, int), np.zeros(3, int))},
            "plugs at market: demand_per_plug must be above 0",
        ),
    ],
)
def test_what_is_wrong_is_said_with_names(changes, words):
    with pytest.raises(SitingError, match=re.escape(words)):
        problem(**changes)


def test_equal_times_at_different_coordinates_are_two_places():
    assert problem(time_min=TIME[:, [0, 1, 0]], coordinates=np.arange(6.0).reshape(3, 2)).candidate_count == 3


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({}, "say how much may be opened"),
        ({"sites": 4}, "sites is 4, but there are only 3 candidates"),
        ({"sites": 0}, "at least 1, got 0"),
        ({"sites": 1}, "sites is 1, but 2 exist already"),
        ({"budget_cny": -1.0}, "0 or more, got -1"),
        ({"budget_cny": float("nan")}, "0 or more, got nan"),
    ],
)
def test_limits_that_cannot_be(limit, words):
    given = problem(existing=np.array([True, True, False]))
    for model in (p_median, p_centre):
        with pytest.raises(SitingError, match=words):
            model(given, **limit)
    with pytest.raises(SitingError, match=words):
        maximal_cover(given, radius_min=5, **limit)


def test_one_candidate_works_in_every_model():
    plugs = PlugSupply(np.array([4.0]), np.array([1.0]), np.array([3]), np.array([0]))
    one = SitingProblem(np.array([4.0, 6.0]), np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1, bool), plugs=plugs)
    assert location_set_cover(one, radius_min=3).objective == 1
    assert maximal_cover(one, radius_min=2, sites=1).objective == 4
    assert p_median(one, sites=1).objective == 22
    assert p_centre(one, sites=1).objective == 3
    found = capacitated_maximal_cover(one, radius_min=3, budget_cny=3)
    assert (found.objective, found.plugs.tolist(), found.cost_cny) == (pytest.approx(8), [2], pytest.approx(3))
    assert found.served_by.tolist() == [0, 0]
    assert len(found.uncovered) == 1


def test_infeasible_names_the_demand_that_cannot_be_covered():
    time = TIME.copy()
    time[3] = np.inf
    given = problem(time_min=time, demand=np.array([4.0, 3.0, 2.0, 1.0]))
    cover = location_set_cover(given, radius_min=5)
    assert (cover.status, cover.uncovered.tolist()) == ("infeasible", [3])
    assert cover.message == "no candidate lies within the radius of d"
    for siting in (p_median(given, sites=2), p_centre(given, sites=2)):
        assert (siting.status, siting.uncovered.tolist()) == ("infeasible", [3])
        assert siting.message == "no candidate can be reached from d"
        assert np.isnan(siting.objective)
        assert siting.gap_ratio == np.inf
    assert location_set_cover(replace(given, demand=np.array([4.0, 3.0, 2.0, 0.0])), radius_min=5).status == "optimal"


def test_too_few_sites_for_islands_name_what_stays_out():
    islands = problem(time_min=np.where(TIME < 10, TIME, np.inf))
    for siting in (p_median(islands, sites=1), p_centre(islands, sites=1)):
        assert (siting.status, siting.uncovered.tolist()) == ("infeasible", [3])
        assert siting.message.endswith("leave out d")


def test_a_group_that_cannot_get_its_share_is_named_with_what_it_could_get():
    rural = np.array([False, False, True, True])
    given = problem(groups=(GroupCover("rural", rural, 0.9),))
    siting = maximal_cover(given, radius_min=5, sites=1)
    assert siting.status == "infeasible"
    assert siting.message == "group 'rural': 0.6667 of its demand can be covered, 0.9 is asked"
    siting = maximal_cover(given, radius_min=4, sites=3)
    assert siting.uncovered.tolist() == [2]
    assert siting.message.endswith("no candidate lies within the radius of c")
    assert p_median(given, radius_min=5, sites=1).status == "infeasible"
    assert maximal_cover(given, radius_min=5, sites=2).group_cover_ratio == {"rural": 1.0}
    with pytest.raises(SitingError, match="need radius_min"):
        p_median(given, sites=2)


def test_a_group_moves_a_site_to_the_countryside():
    plain = problem(demand=np.array([4.0, 3.0, 2.0, 1.0]))
    fair = problem(groups=(GroupCover("rural", np.array([False, False, False, True]), 1.0),))
    assert maximal_cover(plain, radius_min=5, sites=1).open.tolist() == [True, False, False]
    assert maximal_cover(fair, radius_min=5, sites=1).open.tolist() == [False, False, True]


def test_each_demand_point_may_have_its_own_radius():
    siting = maximal_cover(problem(), radius_min=np.array([0.0, 3.0, 5.0, 0.0]), sites=3)
    assert siting.uncovered.tolist() == [0, 3]
    with pytest.raises(SitingError, match="radius_min"):
        maximal_cover(problem(), radius_min=-1.0, sites=1)


def test_what_exists_stays_and_costs_nothing():
    given = problem(existing=np.array([False, False, True]))
    siting = p_median(given, budget_cny=4.0)
    assert siting.open.tolist() == [False, True, True]
    assert siting.cost_cny == 4.0


def test_equal_problems_get_equal_answers():
    rng = np.random.default_rng(3)
    time = np.hypot(*(rng.random((2, 60, 1)) - rng.random((2, 1, 25))))
    given = SitingProblem(rng.random(60), time, rng.random(25), np.zeros(25, bool))
    for solve in (
        lambda: p_median(given, budget_cny=2.0),
        lambda: maximal_cover(given, radius_min=0.2, budget_cny=2.0),
        lambda: p_centre(given, sites=4),
    ):
        one, other = solve(), solve()
        assert one.open.tolist() == other.open.tolist()
        assert (one.objective, one.bound) == (other.objective, other.bound)


def test_lists_that_are_cut_short_give_the_same_optimum_and_a_valid_bound(monkeypatch):
    rng = np.random.default_rng(5)
    time = np.hypot(*(rng.random((2, 200, 1)) - rng.random((2, 1, 80))))
    given = SitingProblem(rng.random(200), time, np.ones(80), np.zeros(80, bool))
    whole = p_median(given, sites=10)
    monkeypatch.setattr("transport_sim.siting.p_median.EXACT_PAIRS_MOST", 1000)
    for least, ratio in ((5, 1.0), (5, 2.0), (30, 2.0)):
        monkeypatch.setattr("transport_sim.siting.p_median.LIST_LEAST", least)
        monkeypatch.setattr("transport_sim.siting.p_median.LIST_RATIO", ratio)
        short = p_median(given, sites=10, limits=Limits())
        assert whole.status == short.status == "optimal"
        assert short.objective == pytest.approx(whole.objective)
    rough = p_median(given, sites=10)
    assert rough.bound <= whole.objective <= rough.objective + 1e-9
    assert rough.gap_ratio <= 0.01


def test_a_search_that_may_not_branch_reports_its_gap():
    rng = np.random.default_rng(0)
    time = np.hypot(*(rng.random((2, 40, 1)) - rng.random((2, 1, 20)))) * 30
    for seed in range(20):
        demand = np.random.default_rng(seed).integers(1, 10, 40).astype(float)
        given = SitingProblem(demand, time, np.ones(20), np.zeros(20, bool))
        exact, stopped = p_median(given, sites=5), p_median(given, sites=5, limits=Limits(nodes_most=0))
        assert stopped.bound <= exact.objective * (1 + 1e-9)
        assert (stopped.status == "optimal") == (stopped.gap_ratio <= 1e-9)


def test_highs_reports_its_own_gap_where_it_may_stop_early():
    rng = np.random.default_rng(0)
    time = np.hypot(*(rng.random((2, 300, 1)) - rng.random((2, 1, 60))))
    given = SitingProblem(rng.random(300), time, np.ones(60), np.zeros(60, bool))
    exact = maximal_cover(given, radius_min=0.15, sites=8)
    rough = maximal_cover(given, radius_min=0.15, sites=8, limits=Limits(gap_ratio=0.3))
    assert rough.objective <= exact.objective + 1e-9 <= rough.bound + 1e-8
    assert rough.gap_ratio == pytest.approx((rough.bound - rough.objective) / rough.objective)
    assert rough.status == ("feasible" if rough.gap_ratio > 1e-9 else "optimal")
    with pytest.raises(SitingError, match="allow more nodes or time"):
        maximal_cover(given, radius_min=0.15, sites=8, limits=Limits(time_s=0.0))


def test_the_capacitated_model_says_what_it_needs():
    with pytest.raises(SitingError, match="needs `plugs`"):
        capacitated_maximal_cover(problem(), radius_min=5, sites=1)
    plugs = PlugSupply(np.ones(3), np.ones(3), np.full(3, 4), np.array([2, 0, 0]))
    given = problem(plugs=plugs, existing=np.array([True, False, False]))
    with pytest.raises(SitingError, match="2 exist already"):
        capacitated_maximal_cover(given, radius_min=5, sites=1, plugs=1)
    with pytest.raises(SitingError, match="one scenario"):
        capacitated_maximal_cover(replace(given, demand=np.ones((2, 4))), radius_min=5, sites=1)
    asked = replace(given, groups=(GroupCover("d", np.array([False, False, False, True]), 1.0),))
    found = capacitated_maximal_cover(asked, radius_min=1, sites=3)
    assert (found.status, found.uncovered.tolist()) == ("infeasible", [1, 2, 3])


def test_phases_keep_plugs_and_refuse_years_out_of_order():
    plugs = PlugSupply(np.ones(3), np.ones(3), np.full(3, 4), np.zeros(3, int))
    given = problem(plugs=plugs)

    def solve(now, phase):
        return capacitated_maximal_cover(now, radius_min=5, budget_cny=phase.budget_cny)

    found = in_phases(given, [Phase(2025, budget_cny=7.0), Phase(2030, budget_cny=3.0)], solve)
    assert (found[2030].plugs >= found[2025].plugs).all()
    assert found[2030].objective == pytest.approx(4.0)  # room for four plugs at the market
    with pytest.raises(SitingError, match="ascending order of years, got 2030, 2025"):
        in_phases(given, [Phase(2030), Phase(2025)], solve)


def test_phases_stop_where_there_is_no_solution():
    time = TIME.copy()
    time[3] = np.inf
    found = in_phases(problem(time_min=time), [Phase(2025, sites=1), Phase(2030, sites=2)], lambda now, phase: p_median(now, sites=phase.sites))  # fmt: skip
    assert list(found) == [2025]
    assert found[2025].status == "infeasible"


def test_a_front_takes_another_model():
    front = pareto_front(problem(), [4, 8], radius_min=5, solve=lambda now, budget: p_median(now, budget_cny=budget))
    assert [point.siting.method.split(",")[0] for point in front] == ["p-median", "p-median"]
    with pytest.raises(SitingError, match="at least one budget"):
        pareto_front(problem(), [], radius_min=5)


def corridors(**changes):
    given = {
        "pointers": np.array([0, 2]),
        "candidate": np.array([0, 1]),
        "at_km": np.array([40.0, 90.0]),
        "length_km": np.array([100.0]),
        "flow": np.array([7.0]),
        "range_km": np.array([100.0]),
        "cost_cny": np.ones(2),
        "existing": np.zeros(2, bool),
        "names": ("Dazhou-Wanzhou",),
    }
    return CorridorFlows(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cost_cny": np.empty(0)}, "there is no candidate place"),
        ({"flow": np.zeros(1)}, "there is no flow"),
        ({"flow": np.array([-1.0])}, "flow is NaN, infinite or negative for Dazhou-Wanzhou"),
        ({"range_km": np.zeros(1)}, "range_km must be above 0 for Dazhou-Wanzhou"),
        ({"start_range_km": np.array([101.0])}, "start_range_km is above range_km for Dazhou-Wanzhou"),
        ({"candidate": np.array([0, 2])}, "candidate must be from 0 to 1"),
        ({"at_km": np.array([90.0, 40.0])}, "at_km must rise from 0"),
        ({"at_km": np.array([40.0, 140.0])}, "at_km must rise from 0"),
        ({"pointers": np.array([0, 1])}, "pointers must start with 0"),
        ({"flow": np.ones(2)}, "flow has shape (2,); right would be (1,)"),
    ],
)
def test_corridors_that_cannot_be(changes, words):
    with pytest.raises(SitingError, match=re.escape(words)):
        corridors(**changes)


def test_a_corridor_out_of_range_is_named():
    found = flow_refuelling(corridors(range_km=np.array([79.0])), sites=2)
    assert (found.objective, found.impossible.tolist(), found.refuelled.tolist()) == (0.0, [0], [False])
    assert found.message.endswith("Dazhou-Wanzhou")
    found = flow_refuelling(corridors(range_km=np.array([120.0])), sites=1)
    assert found.open.tolist() == [True, False]  # 120 km out and back from km 40, 80 km by way of the start

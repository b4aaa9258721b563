"""The loop on worlds where one knows what the queues must teach, and the fair comparison."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from transport_sim.cli.site import Method
from transport_sim.errors import SitingError
from transport_sim.siting.closed_loop import ClosedLoop, LoopSettings, closed_loop, compare
from transport_sim.siting.design import METHODS, Spending, chosen, filled, load_kwh
from transport_sim.siting.models import Limits
from transport_sim.siting.queues import ServiceLevel

SETTINGS = LoopSettings(rounds=4, replications=6)
EXACT = Limits()


@pytest.fixture
def crowded(make_case):
    """Two towns; plugs planned for 20 hours of full power a day, while demand comes within ten: queues are certain."""
    return make_case(minutes=[[1.0, 60.0], [60.0, 1.0]], kwh=[3600.0, 1200.0], plug_kwh=1200.0)


def test_the_loop_adds_plugs_where_drivers_waited(crowded):
    loop = closed_loop(crowded, "capacitated", Spending(budget_cny=1.2e6), SETTINGS, limits=EXACT)
    rows = loop.comparison.set_index("measure")
    assert loop.history["within_share"].iloc[0] < 0.6
    kept = loop.history.loc[loop.history["kept"], "within_share"].item()
    assert kept > loop.history["within_share"].iloc[0] + 0.25
    assert loop.closed_loop.plugs[0] > loop.closed_loop.plugs[1], "the larger town has more"
    assert rows.loc["cost_cny", "closed_loop"] <= 1.2e6


def test_the_open_loop_may_spend_as_much_before_they_are_compared(crowded):
    loop = closed_loop(crowded, "capacitated", Spending(budget_cny=1.2e6), SETTINGS, limits=EXACT)
    rows = loop.comparison.set_index("measure")
    spare = rows.loc["cost_cny", "closed_loop"] - rows.loc["cost_cny", "open_loop"]
    assert 0 <= spare < crowded.plug_cny[0], "less than a plug is left over"


def test_two_equal_designs_differ_by_nothing(crowded):
    design = chosen(crowded, "capacitated", Spending(budget_cny=1e6), limits=EXACT)
    table, days = compare(crowded, design, design, SETTINGS)
    assert (table[["difference", "low", "high"]] == 0.0).all().all()
    assert len(days) == 6


def test_the_interval_is_that_of_students_t_on_paired_days(crowded):
    one = chosen(crowded, "capacitated", Spending(budget_cny=0.6e6), limits=EXACT)
    other = replace(one, plugs=one.plugs + one.open)
    table, _ = compare(crowded, one, other, SETTINGS)
    row = table.set_index("measure").loc["mean_wait_minutes"]
    half = row["high"] - row["difference"]
    assert row["difference"] - row["low"] == pytest.approx(half)
    gaps = []
    for day in range(6):
        from transport_sim.siting.closed_loop import JUDGING_FROM
        from transport_sim.siting.queues import drawn_drivers, simulated_day

        drivers = drawn_drivers(crowded, seed=1, replication=JUDGING_FROM + day)
        waits = [
            simulated_day(crowded, d, drivers, seed=1, level=ServiceLevel()).summary(ServiceLevel())[
                "mean_wait_minutes"
            ]
            for d in (one, other)
        ]
        gaps.append(waits[1] - waits[0])
    assert row["difference"] == pytest.approx(np.mean(gaps))
    assert half == pytest.approx(student.ppf(0.975, 5) * np.std(gaps, ddof=1) / np.sqrt(6))


def test_the_loop_ends_when_the_level_is_met_and_says_so(make_case):
    roomy = make_case(minutes=[[1.0], [1.0]], kwh=[300.0, 300.0], plug_kwh=60.0)
    loop = closed_loop(roomy, "capacitated", Spending(budget_cny=5e6), SETTINGS, limits=EXACT)
    assert len(loop.history) == 1
    assert loop.verdict == "same"


@pytest.mark.parametrize("method", ["capacitated", "maximal_cover", "p_median", "p_centre", "set_cover"])
def test_every_method_gives_sites_with_plugs_within_the_budget(make_case, method):
    case = make_case(minutes=[[1.0, 5.0, 9.0], [9.0, 5.0, 1.0]], kwh=[700.0, 700.0])
    design = chosen(case, method, Spending(budget_cny=600_000.0), limits=EXACT)
    assert design.plugs[design.open].min() >= 1
    assert design.plugs[~design.open].sum() == 0
    assert case.cost_cny(design.open, design.plugs) <= 600_000.0
    assert design.status == "optimal"


def test_a_later_phase_keeps_what_stands_and_pays_for_what_is_new(make_case):
    case = make_case(minutes=[[1.0, 60.0], [60.0, 1.0]], kwh=[700.0, 700.0])
    first = chosen(case, "capacitated", Spending(budget_cny=300_000.0), limits=EXACT)
    later = case.built(first.open, first.plugs)
    second = chosen(later, "capacitated", Spending(budget_cny=300_000.0), limits=EXACT)
    assert (second.open | ~first.open).all()
    assert (second.plugs >= first.plugs).all()
    assert later.cost_cny(second.open, second.plugs) <= 300_000.0
    assert later.cost_cny(first.open, first.plugs) == 0.0


def test_the_countryside_gets_its_share_where_money_alone_would_not_go_there(make_case):
    """A town of 700 kWh and a village of 70: one site goes to the town, unless half of the village must be covered."""
    case = make_case(minutes=[[1.0, 60.0], [60.0, 1.0]], kwh=[700.0, 70.0])
    frame = case.cells.frame.assign(area=["core", "county"])
    case = replace(case, cells=replace(case.cells, frame=frame))
    one = Spending(sites=1, budget_cny=1e6)
    assert chosen(case, "capacitated", one, limits=EXACT).open.tolist() == [True, False]
    assert chosen(case, "capacitated", one, rural_cover_share=0.5, limits=EXACT).open.tolist() == [False, True]
    with pytest.raises(SitingError, match="the groups cannot get their shares"):
        chosen(case, "capacitated", Spending(budget_cny=1000.0), rural_cover_share=0.5, limits=EXACT)


def test_the_same_task_gives_the_same_answer(crowded):
    one, other = (closed_loop(crowded, "capacitated", Spending(budget_cny=8e5), SETTINGS) for _ in range(2))
    assert one.history.equals(other.history)
    assert one.comparison.equals(other.comparison)
    assert one.closed_loop.plugs.tolist() == other.closed_loop.plugs.tolist()


def test_plugs_follow_the_demand_of_the_nearest_site(make_case):
    """720 and 240 kWh at 240 kWh a plug: three plugs and one."""
    case = make_case(minutes=[[1.0, 9.0], [9.0, 1.0]], kwh=[720.0, 240.0])
    is_open = np.array([True, True])
    assert load_kwh(case, is_open).tolist() == [720.0, 240.0]
    plugs = filled(case, is_open, np.array([1, 1]), None, case.kwh_per_plug)
    assert plugs.tolist() == [3, 1]
    assert filled(case, is_open, np.array([1, 1]), 350_000.0, case.kwh_per_plug).tolist() == [2, 1], "money runs out"


def test_cover_that_cannot_be_had_is_named(make_case):
    case = make_case(minutes=[[1.0, 30.0], [30.0, 20.0]], kwh=[700.0, 700.0])
    with pytest.raises(SitingError, match=r"2025: location set cover, HiGHS has no solution: .*point 1 \(taxi\)"):
        chosen(case, "set_cover", Spending())


def test_more_sites_than_candidates_are_refused(make_case):
    case = make_case(minutes=[[1.0, 2.0]], kwh=[700.0])
    with pytest.raises(SitingError, match="sites is 3, but there are only 2 candidates"):
        chosen(case, "p_median", Spending(sites=3))


def test_an_unknown_method_is_refused_with_the_nearest(make_case):
    with pytest.raises(SitingError, match="did you mean 'p_median'"):
        chosen(make_case(minutes=[[1.0]], kwh=[1.0]), "p_medan", Spending(sites=1))


def told(crowded, **differences):
    """Return a loop whose comparison has these differences and intervals."""
    rows = []
    for measure in ("within_share", "mean_wait_minutes", "plugs_count"):
        gap, half = differences.get(measure, (0.0, 0.0))
        rows.append((measure, 100.0, 100.0 + gap, gap, gap - half, gap + half, 10))
    columns = ["measure", "open_loop", "closed_loop", "difference", "low", "high", "replications"]
    design = chosen(crowded, "capacitated", Spending(budget_cny=3e5), limits=EXACT)
    return ClosedLoop(design, design, pd.DataFrame(), pd.DataFrame(rows, columns=columns), (), ())


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ({"within_share": (0.04, 0.01)}, "better"),
        ({"within_share": (0.04, 0.05)}, "same"),  # the interval includes zero
        ({"within_share": (0.0001, 0.00005)}, "same"),  # certain, and nothing that anybody would act on
        ({"within_share": (-0.04, 0.01), "plugs_count": (-9.0, 0.0)}, "worse"),
        ({"plugs_count": (-5.0, 0.0)}, "better"),
        ({"plugs_count": (-5.0, 0.0), "within_share": (-0.006, 0.01)}, "same"),
        ({"mean_wait_minutes": (-0.5, 0.2)}, "better"),
        ({"mean_wait_minutes": (0.5, 0.2)}, "same"),
    ],
)
def test_the_verdict_is_honest(crowded, differences, verdict):
    assert told(crowded, **differences).verdict == verdict


def test_the_command_knows_every_method():
    assert {method.value for method in Method} == set(METHODS)

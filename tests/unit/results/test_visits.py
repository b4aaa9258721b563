"""Use and queues of facilities, found from the records of visits by a sweep, against what can be counted by hand."""

import numpy as np
import pytest

from transport_sim.randomness import uniform
from transport_sim.results.visits import Visits, facility_tables, most_in_use, queue_integral_h
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import FacilityPlan, Plan
from transport_sim.simulation.records import WaitLog, WaitRecord


def visits(*rows: tuple[float, ...]) -> Visits:
    return Visits(*np.array(rows, dtype=float).T)


def test_services_that_follow_each_other_do_not_overlap_and_units_count():
    assert most_in_use(visits((0, 0, 10, 1), (5, 5, 10, 1), (20, 0, 5, 1))) == 1.0
    assert most_in_use(visits((0, 0, 10, 1), (5, 4.9, 10, 1))) == 2.0
    assert most_in_use(visits((0, 0, 10, 3.5), (5, 0, 10, 2.0), (12, 0, 1, 1.0))) == 5.5
    assert most_in_use(visits((0, 0, 0, 7))) == 0.0, "who does not stay takes nothing"


def test_rounding_of_moments_late_in_the_year_is_no_overlap():
    start = 3.1e7 + 1.0 / 3.0
    assert most_in_use(visits((start, 0, 1800.1, 1), (start, 1800.1 - 4e-9, 60.0, 1))) == 1.0


def test_the_integral_of_the_queue_is_the_sum_of_the_waits():
    """Little: one visitor waits 2 h, two others 1 h each at the same time: 4 visitor-hours."""
    assert queue_integral_h(visits((0, 7200, 1, 1), (3600, 3600, 1, 1), (3600, 3600, 1, 1))) == pytest.approx(4.0)
    many = 1000
    arrive, wait = (1e6 * uniform(np.arange(many), seed=1, stream=s) for s in "aw")
    ones = np.ones(many)
    assert queue_integral_h(Visits(arrive, wait, ones, ones)) == pytest.approx(wait.sum() / 3600.0)


def test_who_leaves_the_queue_before_coming_makes_it_infinite():
    assert queue_integral_h(visits((10, -5, 1, 1))) == np.inf


def test_a_place_that_the_plan_does_not_know_has_no_capacity():
    records = Records(
        waits=WaitLog([WaitRecord("crane:X", 0.0, 1800.0, 3600.0), WaitRecord("crane:Y", 0.0, 0.0, 60.0)])
    )
    plan = Plan(
        (), (FacilityPlan("crane:X", "crane", 2, 1.0), FacilityPlan("crane:Z", "crane", 1, 1.0)), {}, {}, *[None] * 4
    )
    table, months = facility_tables(plan, records, until_s=0.0)
    table = table.set_index("facility")
    assert table.loc["crane:X", ["visits_count", "wait_h", "busy_h", "most_in_use_count"]].tolist() == [
        1,
        0.5,
        1.0,
        1.0,
    ]
    assert table.loc["crane:Y", ["capacity_count", "most_in_use_count"]].tolist() == [0, 1.0]
    assert table.loc["crane:Z", ["capacity_count", "visits_count", "queue_visitor_h"]].tolist() == [1, 0, 0.0]
    assert months.to_numpy().tolist() == [["crane:X", 0, 1, 0.5], ["crane:Y", 0, 1, 0.0]]


def test_a_log_of_waits_is_a_sequence_of_its_records():
    records = [WaitRecord("a", 0.0, 1.0, 2.0), WaitRecord("b", 1.0, 0.0, 2.0, 3.5), WaitRecord("a", 4.0, 0.0, 1.0)]
    log = WaitLog(records)
    assert list(log) == records == [log[n] for n in range(3)]
    assert log[1:] == records[1:]
    assert log[-1] == records[-1]
    assert log == WaitLog(records) != WaitLog(records[:2])
    assert log.facilities == ["a", "b"]

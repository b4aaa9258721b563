"""How much of a facility is used, and how long visits and queues are, on the days of release."""

import pytest

from transport_sim.results.visits import facility_tables
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import FacilityPlan, Plan
from transport_sim.simulation.railway_plan import RailwayPlan
from transport_sim.simulation.records import WaitLog, WaitRecord

HOUR = 3600.0


def test_utilisation_stay_and_queue_of_a_fleet():
    """Two of four trucks from 1 h to 3 h and one from 9 h to 12 h, in 10 h: (2 x 2 + 1) / (4 x 10); one waited for 1 h."""
    visits = [(0.0, 1.0, 2.0, 2.0), (9.0, 0.0, 3.0, 1.0)]
    records = Records(waits=WaitLog(WaitRecord("drayage:X", a * HOUR, w * HOUR, s * HOUR, u) for a, w, s, u in visits))
    plan = Plan((), (FacilityPlan("drayage:X", "drayage", 4, 0.0),), {}, {}, RailwayPlan(), (), (), 0.0)
    (row,) = facility_tables(plan, records, until_s=10.0 * HOUR)[0].to_dict("records")
    assert row["utilisation_ratio"] == pytest.approx(5.0 / 40.0)
    assert row["mean_stay_h"] == pytest.approx(2.5)
    assert row["mean_queue_count"] == pytest.approx(0.1)

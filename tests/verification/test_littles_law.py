"""Little's law at every facility of a simulated week of Dazhou: visitors counted as they come and go, against their records."""

from collections import defaultdict
from inspect import signature

import pytest

from transport_sim import run
from transport_sim.config import load_scenario
from transport_sim.paths import embedded
from transport_sim.simulation.pool import Pool
from transport_sim.simulation.terminal import Facilities


class Counter:
    """Who is at each facility, and the integral of that over time."""

    def __init__(self):
        self.present, self.since, self.area_s, self.visitors = (defaultdict(float) for _ in range(4))

    def change(self, facility: str, now: float, count: int) -> None:
        self.area_s[facility] += self.present[facility] * (now - self.since[facility])
        self.since[facility] = now
        self.present[facility] += count
        self.visitors[facility] += max(count, 0)


@pytest.fixture(scope="module")
def week():
    """Return the counter and the records of one week of the baseline."""
    counter, seen = Counter(), {}
    visit, take, give, account = Facilities.visit, Pool.take, Pool.give, run.account

    def counted_visit(self, facility, **kwargs):
        noted = kwargs.get("noted", True)
        if noted:
            counter.change(facility, self.env.now, 1)
        yield from visit(self, facility, **kwargs)
        if noted:
            counter.change(facility, self.env.now, -1)

    def counted_take(self, units):
        counter.change(self._facility, self.env.now, len(units))
        yield from take(self, units)

    def counted_give(self, number):
        if number in self._held:
            counter.change(self._facility, self.env.now, -1)
        give(self, number)

    def kept_account(*given, **named):
        seen["records"] = signature(account).bind(*given, **named).arguments["records"]
        return account(*given, **named)

    scenario = load_scenario(embedded("scenarios/dazhou") / "baseline.yaml")
    scenario = scenario.model_copy(update={"years": (2022,), "replications": 1, "parameter_uncertainty": False})
    prepared = run.prepare(scenario)
    (task,) = run._tasks([prepared])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Facilities, "visit", counted_visit)
        patch.setattr(Pool, "take", counted_take)
        patch.setattr(Pool, "give", counted_give)
        patch.setattr(run, "account", kept_account)
        run.simulate_year(task)
    return counter, seen["records"]


def test_littles_law_holds_at_every_facility_of_the_baseline_week(week):
    """L = lambda W: the time average of those present is rate times mean stay, at each crane, track, gate, storage and fleet."""
    counter, records = week
    stay_s, visits = defaultdict(float), defaultdict(int)
    for w in records.waits:
        stay_s[w.facility] += w.wait_s + w.service_s
        visits[w.facility] += 1
    kinds = {name.split(":")[0] for name in counter.area_s}
    assert {"crane", "track", "berth", "gate", "storage_out", "storage_in", "drayage"} <= kinds
    for facility, area_s in counter.area_s.items():
        end_s = counter.since[facility]
        present, rate, stay = area_s / end_s, visits[facility] / end_s, stay_s[facility] / visits[facility]
        assert counter.present[facility] == 0, facility
        assert visits[facility] == counter.visitors[facility], facility
        assert present == pytest.approx(rate * stay, rel=1e-9), facility
    assert sum(visits[f] for f in counter.area_s) > 5_000

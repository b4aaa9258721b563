"""The compiled queue of the loading bays against simpy, event for event."""

import numpy as np
import pytest
import simpy

from transport_sim.randomness import uniform
from transport_sim.simulation.bays import LoadingBays
from transport_sim.simulation.engine import simulate
from transport_sim.simulation.plan import FacilityPlan, Plan, PlannedLeg, PlannedShipment, RoadPlan, RoadWay
from transport_sim.simulation.railway_plan import RailwayPlan, WagonType
from transport_sim.simulation.terminal import Facilities

BAYS = (
    FacilityPlan("bay:a", "loading_bay", 1, 30.0),
    FacilityPlan("bay:b", "loading_bay", 3, 45.0),
    FacilityPlan("bay:c", "loading_bay", 7, 60.0),
)


def draw(count: int, stream: str) -> np.ndarray:
    return uniform(np.arange(count), seed=3, stream=stream)


def ways(drive_s: float) -> tuple[RoadWay, ...]:
    return tuple(
        RoadWay(PlannedLeg("road", i, j, 0.0, drive_s * (1.0 + i + 3.0 * j)), f"bay:{'abc'[i]}", f"bay:{'abc'[j]}")
        for i in range(3)
        for j in range(3)
    )


def road_plan(count: int, *, until_s: float, drive_s: float = 500.0) -> RoadPlan:
    release_s = np.sort(draw(count, "release")) * until_s
    zeros = np.zeros(count, dtype=np.int64)
    return RoadPlan(
        np.arange(count),
        release_s,
        1.0 + 30.0 * draw(count, "tonnes"),
        (draw(count, "way") * 9).astype(np.int64),
        ways(drive_s),
        zeros,
        zeros + 1,
        zeros.astype(bool),
    )


def by_simpy(
    road: RoadPlan, others: list[tuple[float, str, float]]
) -> tuple[dict[tuple[int, str], float], list[float]]:
    """Send the same visitors through `Facilities.visit`; return the begin of each service."""
    env = simpy.Environment()
    facilities = Facilities(env, BAYS)
    begun: dict[tuple[int, str], float] = {}

    def begin(facility: str, tonnes_t: float):
        yield from facilities.visit(facility, tonnes_t=tonnes_t)
        s_per_t = next(b.service_s_per_t for b in BAYS if b.facility == facility)
        return env.now - tonnes_t * s_per_t

    def carry(n: int):
        way, tonnes_t = road.ways[road.way[n]], float(road.tonnes_t[n])
        begun[n, "load"] = yield from begin(way.origin_bay, tonnes_t)
        yield env.timeout(way.leg.drive_s)
        begun[n, "unload"] = yield from begin(way.destination_bay, tonnes_t)

    def other(n: int, facility: str, tonnes_t: float):
        begun[n, "other"] = yield from begin(facility, tonnes_t)

    def release():
        visits = [(float(at), carry(n)) for n, at in enumerate(road.release_s)]
        visits += [(at, other(n, *rest)) for n, (at, *rest) in enumerate(others)]
        for at, process in sorted(visits, key=lambda v: v[0]):
            yield env.timeout(at - env.now)
            env.process(process)

    env.process(release())
    env.run()
    return begun, [begun[n, "other"] for n in range(len(others))]


@pytest.mark.parametrize("until_s", [2e4, 1e5, 1e6])
def test_every_service_begins_when_it_does_in_simpy(until_s):
    """Consignments by road alone and visitors of the event loop in one queue: jammed, busy and nearly empty bays."""
    road = road_plan(400, until_s=until_s)
    others = [
        (float(at) * until_s, f"bay:{'abc'[int(which * 3)]}", 5.0 + 20.0 * float(tonnes))
        for at, which, tonnes in zip(np.sort(draw(80, "at")), draw(80, "which"), draw(80, "t"), strict=True)
    ]
    wanted, wanted_others = by_simpy(road, others)
    bays = LoadingBays(BAYS, road)
    found_others = [bays.visit(name, arrive_s=at, tonnes_t=tonnes_t)[0] for at, name, tonnes_t in others]
    found = bays.finish()
    assert found_others == pytest.approx(wanted_others, abs=1e-6)
    assert found.loading_s == pytest.approx([wanted[n, "load"] for n in range(400)], abs=1e-6)
    assert found.unloading_s == pytest.approx([wanted[n, "unload"] for n in range(400)], abs=1e-6)
    waits = np.concatenate([found.loading_s - road.release_s, found.unloading_s - found.arrive_s])
    assert waits.min() >= 0.0
    assert (waits > 0).mean() > (0.5 if until_s < 1e5 else 0.0)


def test_a_run_with_both_kinds_gives_the_records_of_a_run_of_the_event_loop_alone():
    """The same consignments once as a road plan and once as processes; bays are the same either way."""
    road = road_plan(200, until_s=5e4)
    planned = tuple(
        PlannedShipment(n, float(road.release_s[n]), float(road.tonnes_t[n]), "truck_heavy", 1, False, (w.leg,), stops)
        for n in range(200)
        for w in (road.ways[road.way[n]],)
        for stops in ((w.origin_bay, w.destination_bay),)
    )
    rest = ({}, {}, RailwayPlan(), (WagonType("wagon", 60.0, 24.0, 14.0),), (), 0.0)
    one_by_one = simulate(Plan(planned, BAYS, *rest))
    half = RoadPlan(
        *(c[1::2] for c in (road.position, road.release_s, road.tonnes_t, road.way)),
        road.ways,
        *(c[1::2] for c in (road.truck_class, road.truck_count, road.returns_empty)),
    )
    for plan in (Plan((), BAYS, *rest, road=road), Plan(planned[::2], BAYS, *rest, road=half)):
        found = simulate(plan)
        delivered = found.delivered_s | dict(zip(plan.road.position.tolist(), found.road.delivered_s, strict=True))
        assert [delivered[n] for n in range(200)] == pytest.approx([one_by_one.delivered_s[n] for n in range(200)])
        assert len(found.waits) + 2 * len(plan.road) == len(one_by_one.waits) == 400


def test_without_consignments_by_road_alone_there_are_no_records_of_them():
    assert LoadingBays(BAYS, None).finish() is None
    assert "bay:a" in LoadingBays(BAYS, None)
    assert "crane:a" not in LoadingBays(BAYS, None)

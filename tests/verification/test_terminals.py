"""Gates, cranes, storages, fleets and appointments of terminals: closed forms, capacities from the records, no deadlock."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.availability import Window, availability
from transport_sim.simulation.engine import Records, simulate
from transport_sim.simulation.plan import FacilityPlan, Plan, PlannedLeg, PlannedShipment
from transport_sim.simulation.railway_plan import Itinerary, RailRoute, RailwayPlan, WagonType
from transport_sim.simulation.truck_plan import TerminalPlan

HOUR = 3600.0
DRIVE_S = 1800.0
PAIR = 0, 1, 0.0


def lot(position: int, release_s: float, **changes: object) -> PlannedShipment:
    """Return a consignment by truck, train and truck between the terminals X and Y."""
    legs = (
        PlannedLeg("road", 0, 2, 0.0, DRIVE_S),
        PlannedLeg("rail", 0, 1, 0.0, 0.0),
        PlannedLeg("road", 3, 1, 0.0, DRIVE_S),
    )
    stops = ("bay:A", "crane:X", "crane:Y", "bay:B")
    given_here = PlannedShipment(position, release_s, 60.0, "tractor_trailer", 2, False, legs, stops)
    return replace(given_here, **changes)


def world(lots: list[PlannedShipment], *, train_t: float = 600.0, wait_s: float = HOUR, **limits: dict) -> Plan:
    """Return a plan with endless bays, tracks and cranes; `limits` names what the terminals X and Y have."""
    places = [FacilityPlan(f"bay:{z}", "loading_bay", 1000, 10.0) for z in "AB"]
    terminals = {}
    for name in "XY":
        own = limits.get(name, {})
        places += [
            FacilityPlan(f"crane:{name}", "crane", own.get("cranes", 1000), own.get("crane_s_per_t", 10.0)),
            FacilityPlan(f"track:{name}", "track", own.get("tracks", 1000), 1.0),
        ]
        works = own.get("open")
        if "gates" in own:
            places.append(FacilityPlan(f"gate:{name}", "gate", own["gates"], 0.0, works, pauses=False))
        for kind, of in (("storage_out", "storage"), ("storage_in", "storage"), ("drayage", "drayage")):
            if kind in own:
                places.append(FacilityPlan(f"{kind}:{name}", of, own[kind], 0.0))
        if "slot" in own:
            places.append(FacilityPlan(f"slot:{name}", "appointment", own["slot"], 0.0))
        terminals[name] = TerminalPlan(
            f"gate:{name}" if "gates" in own else "",
            180.0,
            f"storage_out:{name}" if "storage_out" in own else "",
            f"drayage:{name}" if "drayage" in own else "",
            own.get("drayage", 0),
            f"slot:{name}" if "slot" in own else "",
            HOUR,
            own.get("slot", 0),
            works,
        )
    ordered = tuple(sorted(lots, key=lambda s: s.release_s))
    way = Itinerary("", ())
    route = RailRoute(way, way, "track:X", "track:Y", wait_s, 0.0, train_t, 0.0)
    wagons = (WagonType("wagon", 60.0, 24.0, 14.0),)
    return Plan(ordered, tuple(places), {PAIR: route}, {}, RailwayPlan(), wagons, (), 0.0, terminals=terminals)


def most_at_once(records: Records, facility: str) -> float:
    """Return the largest use of a facility at any time, from the records alone."""
    changes = defaultdict(float)
    for w in records.waits:
        if w.facility == facility:
            changes[w.arrive_s + w.wait_s] += w.units
            changes[w.arrive_s + w.wait_s + w.service_s] -= w.units
    levels = np.cumsum([changes[t] for t in sorted(changes)])
    return float(levels.max(initial=0.0))


def test_without_limits_a_consignment_takes_the_sum_of_its_parts():
    """Bay 600 + drive 1800 + crane 600 + wait of the train 3600 + track 60 twice + crane 600 + drive 1800 + bay 600 s."""
    records = simulate(world([lot(0, 0.0)]))
    assert records.delivered_s == {0: pytest.approx(600 + 1800 + 600 + 3600 + 2 * 60 + 600 + 1800 + 600)}


def test_a_gate_with_random_trucks_waits_as_pollaczek_and_khinchine_say():
    """M/D/1 at a crane behind a gate that never queues: W = rho D / (2 (1 - rho))."""
    count, rho = 20_000, 0.7
    service_s = 60.0 * 10.0
    gaps = -np.log(1.0 - np.random.default_rng(1).random(count)) * service_s / rho
    lots = [lot(n, float(t)) for n, t in enumerate(gaps.cumsum())]
    records = simulate(world(lots, X={"cranes": 1, "gates": 500}, train_t=60.0))
    waits = np.array([w.wait_s for w in records.waits if w.facility == "crane:X"])
    assert waits[count // 10 :].mean() == pytest.approx(rho * service_s / (2.0 * (1.0 - rho)), rel=0.1)


def test_a_fleet_of_one_consignment_carries_one_a_cycle():
    """Out 1800 + bay 600 + back 1800 + crane 600 s: lot n is at the terminal after (n + 1) cycles."""
    cycle_s = 2 * DRIVE_S + 600 + 600
    records = simulate(world([lot(n, 0.0) for n in range(6)], X={"drayage": 2}, train_t=60.0))
    at_crane = sorted(w.arrive_s + w.service_s for w in records.waits if w.facility == "crane:X")
    assert at_crane == pytest.approx(cycle_s * np.arange(1, 7))
    assert most_at_once(records, "drayage:X") == 2.0


def test_drop_and_hook_frees_the_tractors_while_trailers_are_loaded_and_unloaded():
    """Out 1800 + back 1800 s: neither the bay nor the crane is in the cycle of the tractors."""
    lots = [lot(n, 0.0, hooked=True) for n in range(6)]
    records = simulate(world(lots, X={"drayage": 2}, train_t=60.0))
    at_crane = sorted(w.arrive_s for w in records.waits if w.facility == "crane:X")
    assert at_crane == pytest.approx(600 + 2 * DRIVE_S * np.arange(1, 7))


def test_a_fleet_smaller_than_a_consignment_drives_more_than_once():
    """5 trucks of work with 2 trucks: three rounds, two of them before the last."""
    records = simulate(world([lot(0, 0.0, truck_count=5)], X={"drayage": 2}))
    (crane,) = [w for w in records.waits if w.facility == "crane:X"]
    assert crane.arrive_s == pytest.approx(3 * 2 * DRIVE_S + 600)


def test_gates_open_in_the_morning():
    """Trucks that come at night pass at 6 h, one after the other; a passage that would end after closing waits."""
    works = availability([Window(0.0, 6 * HOUR, 0.0), Window(7 * HOUR, 30 * HOUR, 0.0)])
    lots = [lot(n, 0.0) for n in range(10)]
    records = simulate(world(lots, X={"gates": 1, "open": works}))
    passed = sorted(w.arrive_s + w.wait_s for w in records.waits if w.facility == "gate:X")
    assert passed == pytest.approx(6 * HOUR + 360.0 * np.arange(10))
    late = simulate(world([lot(n, 3.5 * HOUR) for n in range(10)], X={"gates": 1, "open": works}))
    passed = sorted(w.arrive_s + w.wait_s for w in late.waits if w.facility == "gate:X")
    assert passed == pytest.approx(6 * HOUR + 360.0 * np.arange(10))
    jam = simulate(world([lot(n, 0.0) for n in range(12)], X={"gates": 1, "open": works}))
    passed = sorted(w.arrive_s + w.wait_s for w in jam.waits if w.facility == "gate:X")
    assert passed[9:] == pytest.approx([6 * HOUR + 9 * 360.0, 30 * HOUR, 30 * HOUR + 360.0])


def test_no_truck_waits_overnight_for_a_gate_that_is_closed():
    """Asked for at midnight, the trucks set out so as to be there at 6 h."""
    works = availability([Window(0.0, 6 * HOUR, 0.0)])
    records = simulate(world([lot(0, 0.0)], X={"gates": 1, "open": works, "drayage": 2}))
    (fleet,) = [w for w in records.waits if w.facility == "drayage:X"]
    (gate,) = [w for w in records.waits if w.facility == "gate:X"]
    assert fleet.arrive_s + fleet.wait_s == pytest.approx(6 * HOUR - 2 * DRIVE_S - 600)
    assert gate.arrive_s == pytest.approx(6 * HOUR)


def test_appointments_spread_trucks_over_the_slots():
    """Six trucks an hour: 12 lots of two trucks that come together take four slots."""
    lots = [lot(n, 0.0) for n in range(12)]
    records = simulate(world(lots, X={"slot": 6, "gates": 1}))
    arrivals = sorted(w.arrive_s for w in records.waits if w.facility == "gate:X")
    assert np.histogram(arrivals, np.arange(5) * HOUR)[0].tolist() == [3, 3, 3, 3]
    assert most_at_once(records, "slot:X") == 6.0
    crowded = simulate(world(lots, X={"gates": 1}))
    waited = [sum(w.wait_s for w in r.waits if w.facility == "gate:X") for r in (records, crowded)]
    assert waited[0] < waited[1]


def test_a_full_storage_holds_up_trucks_and_trains_and_nothing_is_lost():
    """Room for two lots at each side: never more in it, and everything arrives."""
    lots = [lot(n, 0.0) for n in range(20)]
    limits = {"storage_out": 120, "storage_in": 120, "drayage": 4, "tracks": 1}
    records = simulate(world(lots, X=limits, Y=limits))
    assert len(records.delivered_s) == 20
    for facility in ("storage_out:X", "storage_in:Y"):
        assert most_at_once(records, facility) == pytest.approx(120.0)
    assert sum(leg.payload_t for leg in records.legs if leg.mode == "rail") == 20 * 60.0


def test_a_train_larger_than_the_storage_fills_it():
    records = simulate(world([lot(n, 0.0) for n in range(10)], train_t=600.0, Y={"storage_in": 150}))
    assert len(records.delivered_s) == 10
    assert most_at_once(records, "storage_in:Y") == pytest.approx(150.0)


counts = st.integers(1, 6)
terminal = st.fixed_dictionaries(
    {"cranes": counts, "tracks": counts},
    optional={
        "gates": counts,
        "drayage": st.integers(1, 8),
        "storage_out": st.integers(20, 400),
        "storage_in": st.integers(20, 400),
        "slot": st.integers(1, 8),
    },
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    terminal,
    terminal,
    st.lists(
        st.tuples(st.integers(0, 20_000), st.sampled_from([20.0, 60.0, 90.0, 120.0]), st.integers(1, 5), st.booleans()),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([60.0, 300.0, 600.0]),
)
def test_whatever_is_scarce_everything_arrives_and_no_capacity_is_exceeded(first, second, lots, train_t):
    """No deadlock, tonnes conserved over every transfer, and use from the records within every capacity."""
    shipments = [
        lot(n, float(at), tonnes_t=t, truck_count=trucks, hooked=hook) for n, (at, t, trucks, hook) in enumerate(lots)
    ]
    plan = world(shipments, train_t=train_t, X=first, Y=second)
    records = simulate(plan)
    assert sorted(records.delivered_s) == list(range(len(lots)))
    total_t = sum(t for _, t, _, _ in lots)
    for crane in ("crane:X", "crane:Y"):
        assert sum(h.tonnes_t for h in records.handlings if h.terminal == crane) == pytest.approx(total_t)
    assert sum(leg.payload_t for leg in records.legs if leg.mode == "rail") == pytest.approx(total_t)
    for facility in plan.facilities:
        assert most_at_once(records, facility.facility) <= facility.capacity_count + 1e-5

"""The use of chambers, from records made by hand."""

import pytest

from transport_sim.results.lock_use import lock_use
from transport_sim.results.schemas import checked
from transport_sim.simulation.records import LockageRecord
from transport_sim.simulation.river_plan import LockPlan

LOCKS = {
    "lock:A": LockPlan("lock:A", 2, 300.0, 60.0, 600.0, 300.0, length_m=100.0, width_m=20.0),
    "lock:works": LockPlan("lock:works", 1, 0.0, 0.0, 1800.0, 0.0, turns=False),
}
TURN_S = 720.0


def lockage(
    start_s: float, *, upward: bool, chamber: int = 0, length_m: float = 50.0, width_m: float = 10.0, lock="lock:A"
):
    return LockageRecord(lock, chamber, start_s, start_s + 1320.0, upward, 2, length_m, width_m)


def test_lockages_are_added_up_by_chamber():
    found = lock_use(
        LOCKS,
        [
            lockage(0.0, upward=True),
            lockage(1320.0, upward=False, length_m=100.0),
            lockage(0.0, upward=True, chamber=1),
            lockage(0.0, upward=True, lock="lock:works"),
            lockage(1320.0, upward=True, lock="lock:works"),
        ],
    )
    first = found.iloc[0]
    assert (first["facility"], first["chamber"], first["lockages_count"], first["upward_count"]) == ("lock:A", 0, 2, 1)
    assert (first["vessels_count"], first["most_vessels_count"]) == (4, 2)
    assert first["floor_used_share"] == pytest.approx((0.25 + 0.5) / 2)
    assert first["busy_h"] == pytest.approx(2 * 1320.0 / 3600.0)
    assert len(found) == 3
    assert found[["overlaps_count", "overfull_count"]].to_numpy().sum() == 0
    checked("locks", found)


@pytest.mark.parametrize(
    ("second", "column"),
    [
        (lockage(1000.0, upward=False), "overlaps_count"),
        (lockage(1320.0 + TURN_S - 1.0, upward=True), "overlaps_count"),
        (lockage(5000.0, upward=True, length_m=100.1), "overfull_count"),
        (lockage(5000.0, upward=True, width_m=20.1), "overfull_count"),
    ],
)
def test_what_no_chamber_can_do_is_found(second, column):
    """Begins while another is under way, or without the time to turn; longer or wider than the chamber."""
    found = lock_use(LOCKS, [lockage(0.0, upward=True), second])
    assert found[column].sum() == 1
    other = {"overlaps_count": "overfull_count", "overfull_count": "overlaps_count"}[column]
    assert found[other].sum() == 0


def test_a_run_without_locks_has_an_empty_table():
    assert checked("locks", lock_use({}, [])).empty

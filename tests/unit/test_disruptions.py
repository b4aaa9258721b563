"""Dated disruptions as windows of simulated time, and what a facility does in them."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_sim.availability import Window, availability
from transport_sim.disruptions import closed_windows, place_problems
from transport_sim.inputs import Inputs
from transport_sim.paths import embedded

DAY_S = 86_400.0


def _table(**changes: object) -> pd.DataFrame:
    row = {"disruption": "a", "kind": "lock_outage", "place": "L", "from_day": 32, "to_day": 33}
    row |= {"start_hour": 0.0, "end_hour": 24.0, "capacity_share": 0.0, "note": ""}
    return pd.DataFrame([row | changes])


def test_days_are_counted_from_the_day_on_which_the_clock_starts() -> None:
    (windows,) = closed_windows(_table(), "lock_outage", calendar_start_day=0, duration_days=365).values()
    assert windows[0] == Window(31 * DAY_S, 33 * DAY_S, 0.0)
    assert windows[1] == Window((365 + 31) * DAY_S, (365 + 33) * DAY_S, 0.0)  # goods may arrive after the year
    (late,) = closed_windows(_table(), "lock_outage", calendar_start_day=100, duration_days=365).values()
    assert late[0].start_s == (365 - 100 + 31) * DAY_S


def test_hours_of_the_day_repeat_on_each_day() -> None:
    table = _table(start_hour=1.0, end_hour=3.5)
    (windows,) = closed_windows(table, "lock_outage", calendar_start_day=31, duration_days=40).values()
    assert windows[:2] == (Window(3600.0, 12_600.0, 0.0), Window(DAY_S + 3600.0, DAY_S + 12_600.0, 0.0))


def test_a_sample_of_the_mean_year_has_no_dated_events_and_other_kinds_are_left_out() -> None:
    assert closed_windows(_table(), "lock_outage", calendar_start_day=None, duration_days=7) == {}
    assert closed_windows(_table(), "flood", calendar_start_day=0, duration_days=365) == {}


def test_work_rests_while_closed_and_takes_longer_at_a_lower_share() -> None:
    open_hours = availability([Window(10, 20, 0.0), Window(15, 40, 0.5)])
    assert open_hours is not None
    assert open_hours.done_s(0, 10) == 10
    assert open_hours.done_s(0, 15) == 30  # 10 before, nothing until 20, then at half speed
    assert open_hours.done_s(12, 20) == 50
    assert open_hours.open_s(12) == 20
    assert open_hours.open_s(3) == 3
    assert open_hours.start_s(5, 4) == 5
    assert open_hours.start_s(5, 6) == 20
    assert open_hours.share_at(35) == 0.5
    assert availability([Window(0, 5, 1.0)]) is None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from([0.0, 0.25, 0.5])), max_size=6),
    st.integers(0, 60),
    st.integers(1, 40),
)
def test_work_done_is_the_integral_of_the_share(windows: list[tuple[int, int, float]], start: int, work: int) -> None:
    found = availability(Window(a, a + n, share) for a, n, share in windows)
    if found is None:
        return

    def share(second: int) -> float:
        return min((s for a, n, s in windows if a <= second < a + n), default=1.0)

    done_s = found.done_s(start, work)
    whole = int(done_s)
    worked = sum(share(s) for s in range(start, whole)) + (done_s - whole) * share(whole)
    assert worked == pytest.approx(work)
    assert share(int(found.open_s(start))) > 0.0


def test_places_must_be_on_the_map(dazhou_inputs: Inputs) -> None:
    table = pd.concat([_table(kind="line_possession", place="达万縣"), _table(place="W_QJ_LIANGTAN")])
    (problem,) = place_problems(table, dazhou_inputs.network, {"R"})
    assert "line 2" in problem
    assert "did you mean '达万线'" in problem


def test_the_disruptions_of_dazhou_are_on_its_map(dazhou_inputs: Inputs) -> None:
    assert (Path(embedded("scenarios/dazhou")) / "data" / "operations" / "disruptions.csv").exists()
    windows = closed_windows(
        dazhou_inputs.operations["disruptions"], "line_possession", calendar_start_day=0, duration_days=365
    )
    assert set(windows) == {"达万线"}

"""Return loads, drop and hook, and driving hours."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_sim.demand.truck_use import standing_ratios
from transport_sim.inputs import Inputs
from transport_sim.planning.driving import tractor_h, under_way_h
from transport_sim.planning.trucks import Journeys, hooked, returns_after_matching
from transport_sim.results.truck_hours import truck_h

HOUR = 3600.0
RULES = pd.DataFrame({"max_drive_h": [4.0], "break_min": [20.0], "max_day_drive_h": [8.0]})


@pytest.mark.parametrize(
    ("driving_h", "wanted_h"),
    [(0.0, 0.0), (3.9, 3.9), (4.0, 4.0), (4.5, 4.5 + 1 / 3), (8.0, 8.0 + 1 / 3), (8.5, 24.5), (21.0, 48.0 + 5 + 1 / 3)],
)
def test_a_driver_rests_after_four_hours_and_goes_on_the_next_day_after_eight(
    driving_h: float, wanted_h: float
) -> None:
    assert float(under_way_h(driving_h, RULES)) == pytest.approx(wanted_h)


def test_without_a_rule_nobody_rests_and_where_no_road_leads_there_is_no_time() -> None:
    assert under_way_h([1.0, 30.0], RULES.iloc[:0]).tolist() == [1.0, 30.0]
    assert np.isinf(under_way_h([np.inf], RULES)).all()


@given(st.floats(0.0, 100.0), st.floats(0.0, 5.0))
def test_driving_further_never_takes_less_time(hours: float, more: float) -> None:
    assert under_way_h(hours + more, RULES) >= under_way_h(hours, RULES)


def test_drop_and_hook_takes_loading_out_of_the_tractors_time() -> None:
    assert float(tractor_h(3.0, 2.0, drop_hook_share=0.0, coupling_min=15)) == 5.0
    assert float(tractor_h(3.0, 2.0, drop_hook_share=1.0, coupling_min=15)) == 3.5
    assert float(tractor_h(3.0, 0.2, drop_hook_share=1.0, coupling_min=15)) == pytest.approx(3.2)


def _inputs(inputs: Inputs, **changes: float) -> Inputs:
    table = inputs.operations["truck_operations"].assign(**changes)
    return replace(inputs, operations=inputs.operations.with_table("truck_operations", table))


def _journeys(*rows: tuple[int, int, float], trucks: int = 1) -> Journeys:
    """Return journeys of an hour from origin to destination at a time in hours."""
    count = len(rows)
    start, end, at = (np.array(c) for c in zip(*rows, strict=True))
    return Journeys(
        np.arange(count),
        start,
        end,
        np.full(count, 3),
        np.full(count, trucks),
        at * HOUR,
        np.full(count, HOUR),
        np.ones(count, dtype=bool),
    )


@pytest.mark.parametrize(
    ("rows", "empty"),
    [
        (((0, 1, 0.0), (1, 0, 1.5)), [False, False]),  # the truck waits half an hour for its load
        (((0, 1, 0.0), (1, 0, 0.5)), [True, True]),  # the load was ready before the truck was there
        (((0, 1, 0.0), (1, 0, 9.0)), [True, True]),  # nobody waits that long
        (((0, 1, 0.0), (2, 0, 1.5)), [True, True]),  # from another zone
        (((0, 1, 0.0), (1, 0, 1.5), (1, 0, 1.6)), [False, False, True]),  # one load for one truck
        (((0, 1, 0.0), (0, 1, 0.5), (1, 0, 2.0), (1, 0, 2.5)), [False] * 4),
        (((0, 1, 0.0), (1, 0, 1.5), (0, 1, 2.6)), [False, False, True]),  # the load has no trucks that could go back
    ],
)
def test_a_returning_truck_takes_what_goes_its_way_in_time(
    dazhou_inputs: Inputs, rows: tuple[tuple[int, int, float], ...], empty: list[bool]
) -> None:
    inputs = _inputs(dazhou_inputs, backhaul_share=1.0, backhaul_window_h=4.0)
    assert returns_after_matching(inputs, _journeys(*rows), seed=1).tolist() == empty


def test_trucks_only_take_loads_of_as_many_trucks_of_their_class(dazhou_inputs: Inputs) -> None:
    inputs = _inputs(dazhou_inputs, backhaul_share=1.0, backhaul_window_h=4.0)
    journeys = _journeys((0, 1, 0.0), (1, 0, 1.5))
    other = replace(journeys, truck_count=np.array([1, 2]))
    assert returns_after_matching(inputs, other, seed=1).all()
    assert returns_after_matching(inputs, replace(journeys, truck_class=np.array([2, 3])), seed=1).all()


def test_the_empty_share_is_a_result_between_the_imbalance_and_the_parameter(dazhou_inputs: Inputs) -> None:
    """With everybody looking for days, three journeys one way for each the other way leave about half the returns empty."""
    count = 8_000
    rng = np.random.default_rng(1)
    back = rng.random(count) < 0.25
    rows = zip(back.astype(int), 1 - back, rng.random(count) * 1_000.0, strict=True)
    journeys = _journeys(*rows)
    journeys = replace(journeys, returns_empty=rng.random(count) < 0.42)
    share = []
    for looking, window_h in ((0.0, 12.0), (0.5, 12.0), (1.0, 12.0), (1.0, 500.0)):
        inputs = _inputs(dazhou_inputs, backhaul_share=looking, backhaul_window_h=window_h)
        share.append(returns_after_matching(inputs, journeys, seed=1).mean())
    assert share[0] == journeys.returns_empty.mean()
    assert share[0] > share[1] > share[2] >= share[3]
    assert share[3] == pytest.approx(0.42 * (1.0 - 2 * 0.25), rel=0.05)


def test_standing_falls_to_coupling_for_the_share_that_drops_and_hooks(dazhou_inputs: Inputs) -> None:
    assert standing_ratios(dazhou_inputs) == pytest.approx(1.0)
    inputs = _inputs(dazhou_inputs, drop_hook_share=0.5, coupling_min=18.0)
    ratio = 0.5 + 0.5 * 0.6 / (2.0 * inputs.parameters.road_terminal_h)
    assert standing_ratios(inputs) == pytest.approx(ratio)


def test_the_draws_of_drop_and_hook_are_those_of_the_consignment(dazhou_inputs: Inputs) -> None:
    ids, classes = np.arange(5_000), np.full(5_000, 3)
    few, many = (hooked(_inputs(dazhou_inputs, drop_hook_share=s), ids, classes, seed=1) for s in (0.2, 0.6))
    assert few.mean() == pytest.approx(0.2, abs=0.02)
    assert many.mean() == pytest.approx(0.6, abs=0.02)
    assert (few <= many).all()


def test_truck_hours_are_driving_and_standing(dazhou_inputs: Inputs) -> None:
    """Two trucks of 25 t for an hour, 20 minutes at each end, and an empty return; then with everybody dropping trailers."""
    legs = pd.DataFrame(
        {
            "vehicle_class": ["tractor_trailer"] * 2,
            "depart_s": [0.0, HOUR],
            "arrive_s": [HOUR, 2 * HOUR],
            "vehicle_count": [2, 2],
            "payload_t": [50.0, 0.0],
            "loaded": [True, False],
        }
    )
    assert truck_h(dazhou_inputs, legs) == pytest.approx(2 * (2.0 + 2 / 3))
    assert truck_h(_inputs(dazhou_inputs, drop_hook_share=1.0, coupling_min=6.0), legs) == pytest.approx(2 * 2.2)

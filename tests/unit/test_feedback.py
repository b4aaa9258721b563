"""Delays measured from records by hand, steps of successive averages, and the loop on a day of Dazhou."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.choice.chains import build_skims
from transport_sim.choice.service_waits import delays_h
from transport_sim.demand.shipments import Shipments
from transport_sim.feedback import COLUMNS, TRUST_COUNT, measured_delays, until_settled, updated_waits
from transport_sim.freight import FreightYear
from transport_sim.operations import Operations
from transport_sim.simulation.engine import Records
from transport_sim.simulation.records import LegRecord, LoadRecord, WaitLog, WaitRecord

HOUR = 3600.0


@pytest.fixture(scope="module")
def plain(tiny_inputs):
    return replace(tiny_inputs, operations=Operations())


@pytest.fixture(scope="module")
def skims(plain):
    return build_skims(plain)


def leg(mode: str, depart_h: float, arrive_h: float, *, loaded: bool = True) -> LegRecord:
    return LegRecord(mode, "any", 0, 1, 0.0, depart_h * HOUR, arrive_h * HOUR, 1, 100.0, 0.0, loaded=loaded)


def shipments(*tonnes_t: float) -> Shipments:
    count = len(tonnes_t)
    zeros = np.zeros(count, dtype=np.int64)
    released_s = np.arange(count) * HOUR
    return Shipments(
        np.arange(count), zeros, zeros, zeros + 1, np.array(tonnes_t), released_s, zeros - 1, zeros, zeros + 1
    )


def records() -> Records:
    """Return two consignments by truck to RA and by one train to RB; the train takes 3 h longer than 50 km / speed."""
    run_h = 50.0 / 40.0 + 3.0
    found = Records()
    found.legs = [leg("road", 0.0, 1.0), leg("road", 1.0, 3.0), leg("rail", 10.0, 10.0 + run_h)]
    found.legs.append(leg("rail", 20.0, 30.0, loaded=False))
    found.loads = [LoadRecord(0, 0), LoadRecord(1, 1), LoadRecord(2, 0), LoadRecord(2, 1)]
    waits = (
        ("crane:RA", 1.0),
        ("crane:RA", 2.0),
        ("gate:RA", 0.5),
        ("track:RB", 0.25),
        ("section:1", 9.0),
        ("bay:mill", 7.0),
    )
    found.waits = WaitLog(WaitRecord(name, 0.0, h * HOUR, 0.0) for name, h in waits)
    return found


def test_delays_by_hand(plain, skims):
    """3 h on the way, 1.5 + 0.5 h at RA, 0.25 h at RB; the deviation is that of the waits at RA, 0.5 h."""
    inputs = replace(plain, parameters=replace(plain.parameters, rail_speed_kmh=40.0))
    (row,) = measured_delays(inputs, skims, records(), shipments(100.0, 300.0)).to_dict("records")
    assert (row["mode"], row["from_place"], row["to_place"], row["consignments_count"]) == ("rail", "RA", "RB", 2)
    assert row["wait_h"] == pytest.approx(3.0 + 2.0 + 0.25)
    assert row["std_h"] == pytest.approx(np.std([1.0, 2.0]))
    assert row["tonnes_t"] == 400.0


def test_a_run_without_trains_shows_no_delays(plain, skims):
    measured = measured_delays(plain, skims, Records(), shipments(1.0))
    assert measured.empty
    assert updated_waits(plain, skims, measured, weight=1.0).empty


def measured_frame(wait_h: float, std_h: float, count: int) -> pd.DataFrame:
    row = ("rail", "RA", "RB", wait_h, std_h, count, 100.0)
    names = ["mode", "from_place", "to_place", "wait_h", "std_h", "consignments_count", "tonnes_t"]
    return pd.DataFrame([row], columns=names)


def test_a_step_is_as_long_as_its_weight_and_the_number_of_consignments_say(plain, skims):
    table = updated_waits(plain, skims, measured_frame(6.0, 2.0, 30), weight=0.5)
    moved = 0.5 * 30 / (30 + TRUST_COUNT)
    assert list(table.columns) == COLUMNS
    assert table[["wait_h", "std_h"]].to_numpy()[0] == pytest.approx([6.0 * moved, 2.0 * moved])
    again = plain.with_table("service_waits", table)
    wait, std = delays_h(again, skims, "rail")
    assert wait[0, 1] == pytest.approx(6.0 * moved)
    assert std[0, 1] == pytest.approx(2.0 * moved)
    assert (wait[1, 0], std[1, 0]) == (0.0, 0.0)
    same = updated_waits(again, skims, measured_frame(6.0 * moved, 2.0 * moved, 30), weight=1.0)
    pd.testing.assert_frame_equal(same, table)


def test_rows_of_relations_without_consignments_stay(plain, skims):
    rows = [("rail", "", "", 1.0, 3.0, "", "test", "L"), ("rail", "RB", "RA", 4.0, 5.0, "", "test", "L")]
    inputs = plain.with_table("service_waits", pd.DataFrame(rows, columns=COLUMNS))
    table = updated_waits(inputs, skims, measured_frame(9.0, 3.0, 10), weight=1.0)
    assert len(table) == 3
    new = inputs.with_table("service_waits", table)
    wait, _ = delays_h(new, skims, "rail")
    assert wait[1, 0] == 4.0
    assert wait[0, 1] == pytest.approx(1.0 + (9.0 - 1.0) / 2.0), "starts from the row for all others"


def test_the_loop_finds_the_delay_at_which_choice_and_queue_agree(plain, skims):
    """Rail carries 100 - 5 w tonnes at a delay of w hours, and 0.1 h of delay arise from each tonne: w = 20 / 3."""

    def rail_t(inputs) -> float:
        return 100.0 - 5.0 * float(delays_h(inputs, skims, "rail")[0][0, 1])

    found = until_settled(
        plain,
        skims,
        decide=rail_t,
        mode_tonnes=lambda t: {"road": 200.0 - t, "rail": t, "waterway": 0.0},
        carry_out=lambda t: 0.1 * t,
        measure=lambda delay: measured_frame(delay, 1.0, 10**9),
        rounds=50,
        tolerance=1e-4,
    )
    assert found.decision == pytest.approx(100.0 - 5.0 * 20.0 / 3.0, rel=5e-3)
    gaps = found.rounds.groupby("round")["gap_ratio"].first()
    assert gaps.iloc[-1] <= 1e-4 < gaps.iloc[0]
    assert len(gaps) < 20
    last = found.rounds.set_index(["round", "mode"]).loc[(gaps.index[-1], "rail")]
    assert last["believed_wait_h"] == pytest.approx(last["measured_wait_h"], abs=0.1)


def test_the_loop_corrects_a_wrong_belief_on_dazhou_and_is_the_same_each_time(dazhou_inputs):
    """Shippers believe that every train is two days late; a day's simulation tells them better."""
    late = pd.DataFrame([("rail", "", "", 48.0, 10.0, "", "test", "memory")], columns=COLUMNS)
    believing = dazhou_inputs.with_table("service_waits", late)

    def settled():
        year = FreightYear(believing, dazhou_inputs, duration_days=1, seed=1)
        return year.settled(rounds=3, tolerance=2e-4)

    first, second = settled(), settled()
    gaps = first.rounds.groupby("round")["gap_ratio"].first()
    assert len(gaps) > 1
    assert gaps.iloc[-1] < 0.5 * gaps.iloc[0]
    pd.testing.assert_frame_equal(first.rounds, second.rounds, check_exact=True)
    assert (first.outcome.chain == second.outcome.chain).all()
    rail = first.rounds[first.rounds["mode"] == "rail"]
    assert rail["tonnes_t"].iloc[-1] > rail["tonnes_t"].iloc[0], "goods come back to the trains"
    assert rail["believed_wait_h"].iloc[-1] < 24.0

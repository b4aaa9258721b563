"""The ledger of whole runs: annual sums, distances and shares."""

import numpy as np
import pytest

from transport_sim.results.chain_ledger import annual_ledger


@pytest.fixture(scope="module")
def annual(small_comparison):
    result = small_comparison.baseline
    return annual_ledger(result.tables["ledger"], result.scenario.replications, result.scenario.annual_factor)


@pytest.mark.parametrize("stage", ["ttw", "wtt", "wtw"])
def test_the_annual_ledger_is_the_indicator(annual, small_comparison, stage):
    values = small_comparison.baseline.indicators
    wanted = values[values["indicator"] == f"co2e_{stage}_t"].groupby("year")["value"].mean()
    found = annual.groupby("year")[f"co2e_{stage}_kg"].sum() / 1000.0
    assert found.to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-9)


def test_tonne_kilometres_are_those_of_the_activity(annual, small_comparison):
    values = small_comparison.baseline.indicators
    wanted = values[values["indicator"] == "activity_tkm"].groupby("year")["value"].mean()
    assert annual.groupby("year")["actual_tkm"].sum().to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-9)


def test_the_quickest_way_is_no_shorter_than_the_shortest(annual):
    road = annual[annual["mode"] == "road"]
    whole = road["actual_tkm"].sum() / road["activity_tkm"].sum()
    assert (road["distance_adjustment_ratio"] >= 1.0 - 1e-12).all()
    assert 1.0 < whole < 1.1  # GLEC's default is 1.05
    assert annual.loc[annual["mode"] != "road", "distance_adjustment_ratio"].to_numpy() == pytest.approx(1.0)


def test_articulated_trucks_lie_in_the_range_of_glec_and_run_empty_more_often(annual):
    # EU articulated trucks of 18 to 49 t: 74 to 107 g per t-km WTW; empty running in India's set 11 to 14 %
    tractor = annual[(annual["category"] == "TOC road tractor_trailer") & (annual["year"] == annual["year"].min())]
    whole = tractor["co2e_wtw_kg"].sum() / tractor["activity_tkm"].sum() * 1000.0
    assert 74.0 <= whole <= 107.0
    assert (tractor["empty_share"] > 0.2).all()


def test_shares_and_intensities_say_where_they_are_from(annual):
    emitting = annual[annual["co2e_wtw_kg"] > 0.0]
    quality = emitting[["primary_share", "modelled_share", "default_share"]]
    assert quality.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(quality)))
    assert (emitting.loc[emitting["mode"].isin(["road", "rail"]), "modelled_share"] > 0.999).all()
    assert (emitting.loc[emitting["mode"].isin(["waterway", "hub"]), "default_share"] > 0.999).all()
    moved = annual[(annual["kind"] == "transport") & (annual["activity_tkm"] > 0.0)]
    assert (moved["intensity_g_per_tkm"] > 0.0).all()
    assert (annual.loc[annual["kind"] == "hub", "intensity_g_per_tkm"] == 0.0).all()
    vessels = annual[annual["category"] == "TOC waterway vessel_lt_650"]
    # 77.0 of GLEC less what the provincial guide's diesel emits below GLEC's
    assert vessels["intensity_g_per_tkm"].to_numpy() == pytest.approx(74.3, abs=0.1)

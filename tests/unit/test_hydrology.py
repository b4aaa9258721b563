"""Rivers through the year: gauges, depths, currents, closed days."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim.hydrology import (
    MONTH_DAYS,
    MONTHS,
    closed_days,
    day_windows,
    dry_months,
    hydrology_problems,
    link_gauges,
    month_at,
    monthly_current_ratio,
    monthly_depth_m,
)

DAY = 86_400.0


@pytest.fixture
def hydrology(dazhou_inputs) -> pd.DataFrame:
    return dazhou_inputs.operations["hydrology"]


@pytest.fixture
def network(dazhou_inputs):
    return dazhou_inputs.network.at_year(2022)


def test_every_reach_of_the_map_is_told_by_a_gauge_of_its_own_river(network, hydrology):
    gauges = link_gauges(network, hydrology)
    river = hydrology.drop_duplicates("gauge").set_index("gauge")["river"]
    links = network.mode_links("waterway")
    assert (gauges != "").all()
    assert (river.loc[gauges].to_numpy() == links["name"].to_numpy()).all()
    both = links.assign(gauge=gauges).groupby("way_id")["gauge"].nunique()
    assert (both == 1).all(), "up and down the same reach have the same water"


def test_the_months_keep_the_mean_depth_and_reach_the_low_water_of_the_map(network, hydrology):
    depth = monthly_depth_m(network, hydrology)
    water = (network.links["mode"] == "waterway").to_numpy()
    assert depth.shape == (MONTHS, len(network.links))
    assert depth[:, water].mean(axis=0) == pytest.approx(network.links["depth_mean_m"][water])
    assert depth[:, water].min(axis=0) == pytest.approx(network.links["depth_m"][water])
    qu = np.flatnonzero(water & (network.links["name"] == "渠江").to_numpy())
    assert set(depth[:, qu].argmax(axis=0)) == {6}, "the flood of July"


def test_works_that_deepen_a_reach_act_in_every_month(network, hydrology):
    links = network.links.copy()
    deep = links["navigation_class"] == "IV"
    links.loc[deep, ["depth_m", "depth_mean_m"]] = 3.2
    depth = monthly_depth_m(replace(network, links=links), hydrology)
    assert depth[:, deep.to_numpy()] == pytest.approx(3.2)


def test_rivers_without_a_gauge_keep_their_mean(network, hydrology):
    depth = monthly_depth_m(network, hydrology.iloc[:0])
    expected = network.links["depth_mean_m"].fillna(np.inf).to_numpy()
    assert (depth == expected).all()
    assert (monthly_current_ratio(network, hydrology.iloc[:0]) == 1.0).all()


def test_currents_grow_with_discharge_to_the_power_of_hydraulic_geometry(network, hydrology):
    """v ~ Q^0.34, mean 1 over the months."""
    ratio = monthly_current_ratio(network, hydrology)
    assert ratio.mean(axis=0) == pytest.approx(1.0)
    link = network.links.index.get_indexer(network.links.index[network.links["name"] == "长江"])[0]
    flow = hydrology[hydrology["river"] == "长江"].sort_values("month")["discharge_m3s"].to_numpy()
    assert ratio[6, link] / ratio[0, link] == pytest.approx((flow[6] / flow[0]) ** 0.34)


def test_closed_days_lie_together_in_their_month_and_do_not_depend_on_other_gauges(hydrology):
    begin = np.concatenate([[0], np.cumsum(MONTH_DAYS)])
    days = closed_days(hydrology, seed=3)
    for gauge, own in hydrology.groupby("gauge"):
        wanted = {int(m) - 1: int(n) for m, n in zip(own["month"], own["closure_days"], strict=True) if n}
        found = {int(np.searchsorted(begin, first, side="right")) - 1: (first, end) for first, end in days[gauge]}
        assert {m: end - first for m, (first, end) in found.items()} == wanted
        assert all(begin[m] <= first and end <= begin[m + 1] for m, (first, end) in found.items())
    alone = closed_days(hydrology[hydrology["gauge"] == "W_QJ_LUODUXI"], seed=3)
    assert alone["W_QJ_LUODUXI"] == days["W_QJ_LUODUXI"]
    assert closed_days(hydrology, seed=4) != days


def test_windows_repeat_every_year_and_start_with_the_clock():
    windows = day_windows(((10, 12), (200, 201)), calendar_start_day=100, years=2)
    assert [(w.start_s / DAY, w.end_s / DAY) for w in windows] == [(100, 101), (275, 277), (465, 466)]
    assert all(w.capacity_share == 0.0 for w in windows)


def test_months_of_a_clock_that_starts_in_autumn():
    assert month_at(0, 0.0) == 0
    assert month_at(0, 31 * DAY - 1.0) == 0
    assert month_at(0, 31 * DAY) == 1
    assert month_at(300, 70 * DAY) == 0
    assert dry_months(np.array([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0])) == ((0, 31), (334, 365))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d[d["month"] != 5], "months are missing: 5"),
        (lambda d: d.assign(gauge="W_NOWHERE"), "no waterway node of this name is on the map"),
        (lambda d: d.assign(river="Rhine"), "no waterway of the map is called 'Rhine'"),
        (lambda d: d.assign(river=np.where(d["month"] < 6, "渠江", "长江")), "several rivers are named"),
    ],
)
def test_a_table_that_the_map_does_not_know_is_refused(network, hydrology, change, words):
    wrong = change(hydrology[hydrology["gauge"] == "W_QJ_LUODUXI"])
    problems = hydrology_problems(wrong, network)
    assert any(words in p and p.startswith("line 2  gauge") for p in problems), problems
    assert not hydrology_problems(hydrology, network)

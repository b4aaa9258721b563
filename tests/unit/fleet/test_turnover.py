"""Fleets from year to year: nothing appears or vanishes unbooked, and mandates are met when they say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport_sim.errors import DataError
from transport_sim.fleet.market import KIND
from transport_sim.fleet.turnover import ROW, Survival, spread_over_vintages, turn_over
from transport_sim.measures import FleetMandate, FleetScrappage

SURVIVAL = {"bus": Survival(9.0, 3.0, 13), "taxi": Survival(6.0, 4.0, 8), "car": Survival(15.0, 4.5, 40)}
IN_FORCE = pd.DataFrame(
    [
        ("all", "china_iv", 2010, 2016),
        ("all", "china_v", 2017, 2020),
        ("all", "china_vi", 2021, 2060),
        ("all", "", 2014, 2060),
    ],
    columns=["fleet", "emission_standard", "from_year", "to_year"],
)
COUNTS = pd.DataFrame(
    [
        ("bus", "diesel", "china_iv", 150.0),
        ("bus", "cng", "china_v", 200.0),
        ("bus", "battery_electric", "", 200.0),
        ("car", "petrol", "china_v", 300_000.0),
        ("car", "petrol", "china_vi", 195_000.0),
        ("taxi", "cng", "china_v", 1400.0),
    ],
    columns=[*KIND, "vehicle_count"],
)
TOTALS = pd.DataFrame(
    [
        (2022, "bus", 550.0),
        (2060, "bus", 700.0),
        (2022, "car", 495_000.0),
        (2035, "car", 720_000.0),
        (2022, "taxi", 1400.0),
    ],
    columns=["year", "fleet", "vehicle_count"],
)
SALES = pd.DataFrame(
    [
        (2022, "bus", "cng", 0.5),
        (2022, "bus", "battery_electric", 0.5),
        (2022, "car", "petrol", 0.8),
        (2022, "car", "battery_electric", 0.2),
        (2040, "car", "battery_electric", 1.0),
        (2022, "taxi", "cng", 1.0),
    ],
    columns=["year", "fleet", "technology", "share"],
)


def fleet(counts=COUNTS, **more):
    stock = spread_over_vintages(counts, SURVIVAL, IN_FORCE, year=2022)
    return turn_over(
        stock, first_year=2022, last_year=2060, survival=SURVIVAL, totals=TOTALS, sales=SALES, in_force=IN_FORCE, **more
    )


def share_of(path, fleet, technologies, year):
    shares = path.shares(year)
    mine = shares[(shares["fleet"] == fleet) & shares["technology"].isin(technologies)]
    return mine["share"].sum()


def check_balance(path):
    """Stock of a year = stock of the last - scrapped + sold, for every class, technology, standard and vintage."""
    keys = ["year", *ROW]
    now = path.stock.set_index(keys)["vehicle_count"]
    last = path.stock.assign(year=path.stock["year"] + 1).set_index(keys)["vehicle_count"]
    moves = path.changes.set_index(keys)
    every = now.index.union(last.index).union(moves.index)
    every = every[(every.get_level_values("year") > 2022) & (every.get_level_values("year") <= 2060)]
    now, last, moves = now.reindex(every).fillna(0), last.reindex(every).fillna(0), moves.reindex(every).fillna(0)
    assert np.abs(last - moves["scrapped_count"] + moves["sold_count"] - now).max() < 1e-6
    assert (moves >= -1e-9).all().all()
    assert (now >= 0).all()


def test_the_base_years_stock_is_reproduced():
    stock = spread_over_vintages(COUNTS, SURVIVAL, IN_FORCE, year=2022)
    found = stock.groupby(KIND)["vehicle_count"].sum()
    assert found.to_dict() == pytest.approx(COUNTS.set_index(KIND)["vehicle_count"].to_dict())
    assert ((stock["vintage"] >= 2010) & (stock["vintage"] <= 2022)).all()


def test_what_no_surviving_vintage_can_have_is_refused():
    old = pd.DataFrame([("taxi", "petrol", "china_iv", 10.0)], columns=COUNTS.columns)
    late = IN_FORCE.assign(to_year=[2013, 2020, 2060, 2060])
    with pytest.raises(DataError, match="none sold when that standard was in force"):
        spread_over_vintages(old, SURVIVAL, late, year=2022)


def test_every_vehicle_is_booked_in_and_out():
    check_balance(fleet())


def test_totals_are_met_where_the_fleet_does_not_have_to_shrink():
    path = fleet()
    counts = path.stock.groupby(["fleet", "year"])["vehicle_count"].sum()
    assert counts["bus", 2041] == pytest.approx(np.interp(2041, [2022, 2060], [550, 700]))
    assert counts["car", 2035] == pytest.approx(720_000)


def test_nothing_outlives_its_mandatory_age():
    path = fleet()
    taxis = path.stock[path.stock["fleet"] == "taxi"]
    assert (taxis["year"] - taxis["vintage"]).max() < 8


def test_even_sales_settle_into_the_survival_curve():
    """In a stationary fleet the vintages lie under the survival curve: closed form of renewal theory."""
    path = fleet()
    taxis = path.stock[(path.stock["fleet"] == "taxi") & (path.stock["year"] == 2060)]
    age = 2060.0 - taxis["vintage"].to_numpy()
    share = SURVIVAL["taxi"].share(age)
    found = taxis["vehicle_count"].to_numpy()
    assert found / found.sum() == pytest.approx(share / share.sum(), abs=2e-3)


def test_a_mandate_on_sales_is_met_in_its_first_year_and_fills_the_stock_in_a_lifetime():
    path = fleet(mandates=[FleetMandate("bus", ("battery_electric",), 1.0, 2026)])
    bought = path.changes[(path.changes["fleet"] == "bus") & (path.changes["sold_count"] > 0)]
    assert set(bought.loc[bought["year"] >= 2026, "technology"]) == {"battery_electric"}
    assert set(bought.loc[bought["year"] == 2025, "technology"]) == {"battery_electric", "cng"}
    assert share_of(path, "bus", ["battery_electric"], 2039) == pytest.approx(1.0)
    assert share_of(path, "bus", ["battery_electric"], 2027) < 1.0
    check_balance(path)


def test_a_mandate_on_the_stock_replaces_the_oldest_before_their_time():
    path = fleet(mandates=[FleetMandate("bus", ("battery_electric",), 0.8, 2025, of="stock")])
    assert share_of(path, "bus", ["battery_electric"], 2025) == pytest.approx(0.8, abs=1e-6)
    assert share_of(fleet(), "bus", ["battery_electric"], 2025) < 0.6
    gone = path.changes[(path.changes["year"] == 2025) & (path.changes["fleet"] == "bus")]
    kept = path.stock[(path.stock["year"] == 2025) & (path.stock["fleet"] == "bus")]
    others = kept[kept["technology"] != "battery_electric"]
    early = gone[(gone["technology"] != "battery_electric") & (gone["scrapped_count"] > 1)]
    assert early["vintage"].min() <= others["vintage"].min()
    check_balance(path)


def test_scrappage_takes_off_its_share_of_its_standards_once():
    programme = FleetScrappage("bus", ("china_iv",), 0.5, 2024, 2024)
    with_it, without = fleet(scrappage=[programme]), fleet()
    left = [
        p.stock.query("year == 2024 and emission_standard == 'china_iv' and fleet == 'bus'")["vehicle_count"].sum()
        for p in (with_it, without)
    ]
    assert left[0] == pytest.approx(0.5 * left[1])
    check_balance(with_it)


def test_a_class_without_a_survival_curve_is_named():
    stock = spread_over_vintages(COUNTS, SURVIVAL, IN_FORCE, year=2022)
    with pytest.raises(DataError, match="fleet_survival: no row for taxi"):
        turn_over(
            stock,
            first_year=2022,
            last_year=2023,
            survival={k: v for k, v in SURVIVAL.items() if k != "taxi"},
            totals=TOTALS,
            sales=SALES,
            in_force=IN_FORCE,
        )


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.0, 1.0),
    st.integers(2023, 2050),
    st.sampled_from(["sales", "stock"]),
    st.floats(0.0, 1.0),
    st.integers(2023, 2050),
)
def test_balances_hold_whatever_the_mandates(share, from_year, of, scrapped, scrap_year):
    path = fleet(
        mandates=[FleetMandate("bus", ("battery_electric", "hydrogen"), share, from_year, of=of)],
        scrappage=[FleetScrappage("car", ("china_v",), scrapped, scrap_year, scrap_year)],
    )
    check_balance(path)
    if of == "stock":
        assert share_of(path, "bus", ["battery_electric", "hydrogen"], from_year) >= share - 1e-6

"""Whoever has vehicles needs totals, sales, a life, a use, standards and costs; the message says where and what."""

import pandas as pd
import pytest

from transport_sim.errors import DataError
from transport_sim.operations import read_operations
from transport_sim.paths import embedded
from transport_sim.tables.fleet_consistency import NEEDED, check_fleets

DATA = embedded("scenarios/dazhou") / "data"


@pytest.fixture
def tables():
    return dict(read_operations(DATA).tables)


def refused(tables) -> str:
    with pytest.raises(DataError) as error:
        check_fleets(tables, folder=DATA / "fleets")
    return str(error.value)


def test_the_tables_of_dazhou_agree(tables):
    check_fleets(tables, folder=DATA / "fleets")


def test_without_a_stock_nothing_is_asked(tables):
    none = {name: frame.iloc[:0] for name, frame in tables.items()}
    check_fleets(none, folder=DATA / "fleets")


@pytest.mark.parametrize("name", NEEDED)
def test_a_fleet_without_a_row_is_named(tables, name):
    tables[name] = tables[name][tables[name]["fleet"] != "taxi"]
    line = int(tables["fleet_stock"].index[tables["fleet_stock"]["fleet"] == "taxi"][0]) + 2
    text = refused(tables)
    assert f"fleet_stock.csv: line {line}  taxi has no row in {name}.csv" in text


def test_a_total_that_differs_from_the_stock_is_refused(tables):
    totals = tables["fleet_totals"].copy()
    totals.loc[(totals["fleet"] == "bus") & (totals["year"] == 2022), "vehicle_count"] = 690.0
    tables["fleet_totals"] = totals
    assert "bus adds up to 550 vehicles; fleet_totals.csv says 690" in refused(tables)
    tables["fleet_totals"] = totals[totals["year"] != 2022]
    assert "must state how many bus there are in 2022" in refused(tables)


def test_a_standard_that_was_never_in_force_is_refused(tables):
    in_force = tables["standards_in_force"]
    tables["standards_in_force"] = in_force[~((in_force["fleet"] == "bus") & (in_force["emission_standard"] == ""))]
    assert "does not say when bus of standard (none) were sold" in refused(tables)


def test_a_drive_without_costs_is_refused(tables):
    costs = tables["fleet_costs"]
    tables["fleet_costs"] = costs[~((costs["fleet"] == "taxi") & (costs["technology"] == "cng"))]
    text = refused(tables)
    assert "fleet_stock.csv" in text
    assert "what cng costs taxi is not in fleet_costs.csv" in text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2022,truck_heavy,cng,china_v,10,assumption,memory", "the accounts do not know this drive"),
        ("2022,bus,battery_electric,china_v,10,assumption,memory", "emission_standard must be empty"),
        ("2020,bus,diesel,china_v,10,assumption,memory", "all rows must state the stock of one year"),
        ("2022,bus,steam,china_v,10,assumption,memory", "must be one of petrol, diesel"),
    ],
)
def test_bad_rows_of_the_stock_are_refused_by_line(tmp_path, row, message):
    folder = tmp_path / "fleets"
    folder.mkdir()
    stock = (DATA / "fleets" / "fleet_stock.csv").read_text(encoding="utf-8").splitlines()
    (folder / "fleet_stock.csv").write_text("\n".join([*stock, row]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=message) as error:
        read_operations(tmp_path)
    assert f"line {len(stock) + 1}" in str(error.value)


def test_shares_of_sales_must_add_up(tmp_path):
    folder = tmp_path / "fleets"
    folder.mkdir()
    sales = pd.read_csv(DATA / "fleets" / "fleet_sales.csv")
    sales.loc[0, "share"] = 0.5
    sales.to_csv(folder / "fleet_sales.csv", index=False)
    with pytest.raises(DataError, match="must add up to 1"):
        read_operations(tmp_path)

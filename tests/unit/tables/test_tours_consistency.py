"""What the tables of tours owe the map and the other tables."""

from pathlib import Path

import pytest

from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.tables.tours_consistency import check_tours

HULLS = ("qu_100", "qu_300")


def check(inputs: Inputs, **changes) -> None:
    tables = dict(inputs.operations.tables)
    for name, (row, column, value) in changes.items():
        tables[name] = tables[name].copy()
        tables[name].loc[row, column] = value
    check_tours(tables, inputs.network, HULLS, folder=Path("fleets"))


def test_the_tables_of_dazhou_agree(dazhou_inputs: Inputs) -> None:
    check(dazhou_inputs)


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("tour_fleets", (0, "station", "yard_official_car_tongchuang"), "tour_fleets.csv: line 2  station: no station"),
        ("tour_fleets", (0, "fleet_share", 0.9), "fleet_share of official_car adds up to"),
        ("corridor_trucks", (1, "destination", "GW_WX"), "corridor_trucks.csv: line 3  destination"),
        ("electric_vessels", (0, "origin", "TC0"), "electric_vessels.csv: line 2  origin: no node of the rivers"),
        ("electric_vessels", (2, "hull", "qu_200"), "did you mean"),
        ("private_charging_hours", (3, "events_share", 0.5), "private_charging.csv: line 2  the events_share of home"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(dazhou_inputs: Inputs, table, change, said) -> None:
    with pytest.raises(DataError) as caught:
        check(dazhou_inputs, **{table: change})
    assert said in str(caught.value)

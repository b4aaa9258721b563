"""The fleet of a year: the base year is what its tables say, later ones come from the turnover."""

from dataclasses import replace

import pandas as pd
import pytest

from transport_sim.demand.traffic_rates import technology_shares
from transport_sim.fleet.stock import (
    fleet_mix,
    fleet_turnover,
    fleets_of_class,
    kind_energy_ratios,
    technology_counts,
)
from transport_sim.measures import EfficiencyStandard, FleetMandate, FleetScrappage
from transport_sim.results.truck_rates import burning_share, truck_kinds
from transport_sim.tables.fleet_stock import FLEETS, FREIGHT_TRUCKS
from transport_sim.tables.freight import shares_at_year

KEYS = ["technology", "emission_standard"]


def without_fleets(inputs):
    return inputs.with_table("fleet_stock", inputs.table("fleet_stock").iloc[:0])


@pytest.mark.parametrize("vehicle_class", ["car", "motorcycle", "taxi", "bus", "truck_light"])
def test_the_stock_reproduces_the_tables_of_road_traffic_in_the_base_year(dazhou_traffic, vehicle_class):
    stock = dazhou_traffic.table("fleet_stock")
    own = stock[stock["fleet"].isin(fleets_of_class(dazhou_traffic, vehicle_class))]
    counts = own.groupby(KEYS)["vehicle_count"].sum()
    totals = dazhou_traffic.table("vehicle_totals").set_index(["year", "vehicle_class"])["vehicle_count"]
    assert counts.sum() == pytest.approx(totals[2022, vehicle_class])
    known = dazhou_traffic.table("vehicle_stock")
    known = known[(known["vehicle_class"] == vehicle_class) & (known["registration"] == "local")]
    shares = shares_at_year(known, KEYS, 2022)
    shares = shares[shares > 0.0]
    assert (counts / counts.sum()).to_dict() == pytest.approx(shares.to_dict())


@pytest.mark.parametrize("fleet", FREIGHT_TRUCKS)
def test_freight_trucks_have_the_mix_of_the_truck_fleet_in_the_base_year(dazhou_inputs, fleet):
    stock = dazhou_inputs.table("fleet_stock")
    own = stock[stock["fleet"] == fleet]
    assert set(own["technology"]) == {"diesel"}
    found = own.set_index("emission_standard")["vehicle_count"] / own["vehicle_count"].sum()
    wanted = shares_at_year(dazhou_inputs.truck_fleet, ["emission_standard"], 2022)
    assert found.to_dict() == pytest.approx(wanted.to_dict())


def test_every_fleet_of_the_contract_has_vehicles(dazhou_inputs):
    assert set(dazhou_inputs.table("fleet_stock")["fleet"]) == set(FLEETS)


@pytest.mark.parametrize("fleet", FLEETS)
def test_counts_add_up_to_the_stated_total_of_the_year(dazhou_inputs, fleet):
    totals = dazhou_inputs.table("fleet_totals").set_index(["year", "fleet"])["vehicle_count"]
    for year in (2022, 2060):
        counts = technology_counts(replace(dazhou_inputs, year=year), fleet)
        assert sum(counts.values()) == pytest.approx(totals[year, fleet])
        assert list(counts) == sorted(counts)


def test_without_tables_of_fleets_those_of_road_traffic_speak_or_nobody(dazhou_traffic, dazhou_inputs):
    bare = without_fleets(dazhou_traffic)
    assert fleet_turnover(bare) is None
    assert technology_counts(bare, "bus") == pytest.approx({"battery_electric": 368.5, "cng": 99.0, "diesel": 82.5})
    assert technology_counts(bare, "vessel") == {}
    assert technology_counts(without_fleets(dazhou_inputs), "bus") == {}


def test_the_base_year_is_as_without_tables_of_fleets_and_later_years_are_not(dazhou_traffic):
    for year, same in ((2022, True), (2030, False)):
        now = replace(dazhou_traffic, year=year)
        for vehicle_class in ("bus", "truck_light", "truck_heavy"):
            with_it, without = (technology_shares(i, vehicle_class, "local") for i in (now, without_fleets(now)))
            assert with_it.equals(without) is same
        assert (truck_kinds(now, "truck_heavy") == truck_kinds(without_fleets(now), "truck_heavy")) is same


def test_vehicles_from_elsewhere_are_not_those_of_local_fleets(dazhou_traffic):
    now = replace(dazhou_traffic, year=2030)
    pd.testing.assert_frame_equal(
        technology_shares(now, "car", "non_local"), technology_shares(without_fleets(now), "car", "non_local")
    )


def test_a_measure_has_no_effect_before_its_year(dazhou_inputs):
    later = dazhou_inputs.with_fleet_measure(FleetMandate("bus", ("battery_electric",), 1.0, 2040))
    for year in (2025, 2039):
        assert technology_counts(replace(later, year=year), "bus") == technology_counts(
            replace(dazhou_inputs, year=year), "bus"
        )
    assert technology_counts(replace(later, year=2060), "bus").get("cng", 0.0) == 0.0


def test_efficiency_follows_the_vintages(dazhou_inputs):
    limit = EfficiencyStandard("truck_heavy", ("diesel",), 0.8, 2030, 2030)
    after = dazhou_inputs.with_fleet_measure(limit)
    for year, low, high in ((2029, 1.0, 1.0), (2032, 0.9, 0.99), (2050, 0.8, 0.8)):
        mix = fleet_mix(replace(after, year=year), ("truck_heavy",)).set_index(KEYS)["energy_ratio"]
        diesel = mix["diesel", "china_vi"]
        assert low - 1e-9 <= diesel <= high + 1e-9
        assert mix.drop("diesel", level=0).eq(1.0).all()


def test_a_mandate_on_trucks_leaves_none_that_burns(dazhou_inputs):
    order = FleetMandate("tractor_trailer", ("battery_electric", "fuel_cell_electric"), 1.0, 2023, "stock", 2030)
    now = replace(dazhou_inputs.with_fleet_measure(order), year=2030)
    assert burning_share(now, "tractor_trailer") == pytest.approx(0.0, abs=1e-9)
    assert burning_share(now, "truck_heavy") > 0.5


def test_scrappage_speeds_renewal_up(dazhou_inputs):
    premium = FleetScrappage("private_car", ("china_iii", "china_iv"), 0.5, 2024, 2026)
    shares = [
        technology_counts(replace(i, year=2026), "private_car")["battery_electric"]
        for i in (dazhou_inputs, dazhou_inputs.with_fleet_measure(premium))
    ]
    assert shares[1] > shares[0]


def test_kinds_on_the_road_save_what_their_fleet_saves(dazhou_inputs):
    kinds = pd.DataFrame(
        [("truck_heavy", "diesel", "china_vi"), ("car", "petrol", "china_vi"), ("bus", "battery_electric", "")],
        columns=["vehicle_class", *KEYS],
    )
    now = replace(dazhou_inputs, year=2050)
    assert kind_energy_ratios(now, kinds) is None
    limited = now.with_fleet_measure(EfficiencyStandard("truck_heavy", (), 0.8, 2030, 2030))
    assert kind_energy_ratios(limited, kinds) == pytest.approx([0.8, 1.0, 1.0])
    assert kind_energy_ratios(replace(limited, year=2022), kinds) == pytest.approx([1.0, 1.0, 1.0])

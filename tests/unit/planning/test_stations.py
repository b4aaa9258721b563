"""Plans of stations from their tables."""

import math
from dataclasses import replace

import pytest

from transport_sim.energy.electric import meter_kwh
from transport_sim.errors import DataError
from transport_sim.operations import Operations
from transport_sim.planning.stations import charging_pieces, open_stations, station_plans
from transport_sim.station_sites import SCENARIO, appended


def rows(**stated):
    return {"note": "", **SCENARIO, **stated}


STATION = rows(station="S", name="", kind="charging", lon=107.5, lat=31.2, users="bus;taxi", feeder_kw=math.nan,
               open_hour=0.0, close_hour=24.0, tariff="T", from_year=2020, to_year=2030)  # fmt: skip
PLUG = rows(station="S", kind="dc", power_kw=100.0, plugs_count=4, hours_between_faults_h=math.nan, repair_h=math.nan)
TARIFF = rows(tariff="T", from_hour=0.0, to_hour=24.0, energy_cny_per_kwh=0.6, service_cny_per_kwh=0.4,
              fuel_cny_per_kg=5.0)  # fmt: skip
VEHICLE = rows(fleet="taxi", vehicle_class="taxi", usable_capacity_kwh=50.0, charge_rate_per_h=1.0, plug_kind="dc",
               reserve_soc=0.1, target_soc=0.9, load_ratio=0.5)  # fmt: skip
LIMIT = rows(station="", users="bus", from_hour=17.0, to_hour=23.0, feeder_share=0.5, limit_kw=math.nan)


@pytest.fixture
def make(dazhou_inputs):
    """Return the inputs of 2025 with tables of one station, cells as stated."""

    def build(*, year=2025, **tables):
        stated = {"stations": [STATION], "plugs": [PLUG], "tariffs": [TARIFF], "electric_vehicles": [VEHICLE], **tables}
        operations = Operations()
        for name, table in stated.items():
            operations = operations.with_table(name, appended(operations[name], table))
        return replace(dazhou_inputs, operations=operations, year=year)

    return build


def only(inputs, **stated):
    (plan,) = station_plans(inputs, **{"seed": 1, "days": 7, **stated})
    return plan


@pytest.mark.parametrize(("year", "fleet", "count"), [(2019, "", 0), (2025, "", 1), (2031, "", 0), (2025, "bus", 1),
                                                      (2025, "vessel", 0)])  # fmt: skip
def test_only_stations_of_the_year_and_the_fleet_count(make, year, fleet, count):
    assert len(open_stations(make(year=year), fleet)) == count
    if not fleet:
        assert len(station_plans(make(year=year), seed=1, days=7)) == count


def test_the_feeder_is_what_arrives_in_the_batteries(make):
    inputs = make(stations=[STATION | {"feeder_kw": 300.0}])
    plan = only(inputs)
    assert float(meter_kwh(inputs.factors, plan.feeder_kw)) == pytest.approx(300.0)
    assert plan.plugs[0].power_kw == pytest.approx(97.0), "a plug's power less what the battery loses"
    assert only(make()).feeder_kw == math.inf
    assert plan.prices == ((0.0, pytest.approx(1.0)),)


def test_faults_are_the_same_every_time_and_as_long_as_they_should_be(make):
    plugs = [PLUG | {"plugs_count": 400, "hours_between_faults_h": 90.0, "repair_h": 10.0}]
    first, again = (only(make(plugs=plugs), days=28).plugs[0].faults for _ in range(2))
    assert first == again
    assert first != only(make(plugs=plugs), seed=2, days=28).plugs[0].faults
    out_s = sum(min(to, 28 * 86_400.0) - start for _, start, to in first if start < 28 * 86_400.0)
    assert out_s / (400 * 28 * 86_400.0) == pytest.approx(0.1, rel=0.1), "10 h of 100"
    more = only(make(plugs=[plugs[0] | {"plugs_count": 401}]), days=28).plugs[0].faults
    assert more[: len(first)] == first, "one more plug leaves the draws of the others alone"


def test_limits_hold_in_their_hours_and_the_lowest_counts(make):
    feeder = STATION | {"feeder_kw": 200.0}
    limits = [LIMIT, LIMIT | {"station": "S", "users": "", "from_hour": 18.0, "to_hour": 24.0, "limit_kw": 50.0,
                              "feeder_share": math.nan}, LIMIT | {"users": "vessel", "from_hour": 0.0}]  # fmt: skip
    inputs = make(stations=[feeder], charging_limits=limits)
    at_meter = [(at, float(meter_kwh(inputs.factors, kw))) for at, kw in only(inputs).limits]
    hour = 3600.0
    wanted = [(0.0, 200.0), (17 * hour, 100.0), (18 * hour, 50.0), (23 * hour, 50.0)]
    assert at_meter == [(at, pytest.approx(kw)) for at, kw in wanted]


def test_a_share_of_a_station_without_a_transformer_is_that_of_its_plugs(make):
    inputs = make(charging_limits=[LIMIT])
    limit = dict(only(inputs).limits)[17 * 3600.0]
    assert limit == pytest.approx(0.5 * 4 * 97.0)


def test_a_station_that_never_has_power_serves_nobody(make):
    plan = only(make(charging_limits=[LIMIT | {"from_hour": 0.0, "to_hour": 24.0, "feeder_share": 0.0}]))
    assert plan.plugs == plan.limits == ()


def test_a_charge_loses_no_watt_hour_in_its_pieces(make):
    table = charging_pieces(make(), "taxi")
    for soc in (0.0, 0.1234567, 0.8, 0.811, 0.95, 1.0):
        assert sum(kwh for kwh, _ in table.between(soc, 0.97)) == pytest.approx(max(0.97 - soc, 0.0) * 50.0, abs=1e-12)
    with pytest.raises(DataError, match=r"electric_vehicles\.csv: no row for the fleet 'bus'"):
        charging_pieces(make(), "bus")


def test_swap_stations_have_the_pack_of_their_fleet(make):
    swap = rows(station="S", fleet="taxi", batteries_count=5, chargers_count=4, charger_kw=60.0, swap_s=240.0,
                bays_count=1)  # fmt: skip
    plan = only(make(stations=[STATION | {"kind": "swap"}], swap_stations=[swap]))
    assert plan.full_soc == 0.9
    assert sum(kwh for kwh, _ in plan.missing(0.4)) == pytest.approx(25.0)
    with pytest.raises(DataError, match="swap_stations: no row for the station 'S'"):
        only(make(stations=[STATION | {"kind": "swap"}]))


def test_fuels_cost_by_the_kilogram_and_come_at_even_hours(make):
    filling = rows(station="S", dispensers_count=2, rate_kg_per_min=2.0, connect_s=60.0, storage_kg=500.0,
                   delivery_kg=200.0, deliveries_per_day_count=2)  # fmt: skip
    plan = only(make(stations=[STATION | {"kind": "hydrogen"}], filling_stations=[filling]))
    assert plan.prices == ((0.0, 5.0),)
    assert plan.deliveries == ((0.0, 200.0), (43_200.0, 200.0))


def test_every_station_of_dazhou_has_a_plan(dazhou_inputs):
    inputs = replace(dazhou_inputs, year=2027)
    plans = station_plans(inputs, seed=1, days=7)
    assert [plan.station for plan in plans] == open_stations(inputs)["station"].tolist()
    assert all(plan.prices for plan in plans)

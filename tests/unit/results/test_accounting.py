"""Energy and emissions of single movements, worked out by hand in a world of one road, one railway and one river."""

from dataclasses import fields, replace

import numpy as np
import pytest

from transport_sim.choice.chains import ROAD, build_skims
from transport_sim.choice.freight_mode import chain_costs
from transport_sim.choice.supernetwork import build_chains
from transport_sim.demand.shipments import TRUCK_CLASSES, Shipments
from transport_sim.emissions.lifecycle import co2_ttw_kg_per_kg, co2e_wtt_kg_per_kg, road_ch4_n2o_co2e_kg
from transport_sim.energy.fuel import ncv_mj_per_kg
from transport_sim.energy.road import hdv_energy_mj_per_km, hdv_energy_rolling_mj_per_km
from transport_sim.factors.model import grid_factor
from transport_sim.results.accounting import account
from transport_sim.results.schemas import OPTIONAL_TABLES, TABLES
from transport_sim.results.truck_rates import truck_kinds
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import FacilityPlan, Plan
from transport_sim.simulation.railway_plan import RailwayPlan, WagonType
from transport_sim.simulation.records import HandlingRecord, LegRecord, LoadRecord, WaitRecord

TRUCK = "truck_heavy"


def shipments(tonnes_t: float) -> Shipments:
    """Return one consignment of coal from the mill to the town."""
    columns = {f.name: np.zeros(1, dtype=np.int64) for f in fields(Shipments)}
    columns |= {"shipment_id": np.array([77]), "destination": np.array([1]), "tonnes_t": np.array([tonnes_t])}
    return Shipments(**columns | {"captive": np.array([-1]), "release_s": np.zeros(1)})


def tables_of(inputs, *legs: LegRecord, handled: tuple[HandlingRecord, ...] = (), tonnes_t: float = 18.5):
    skims = build_skims(inputs)
    chains = build_chains(inputs, skims)
    records = Records(
        list(legs), [LoadRecord(n, 0) for n, leg in enumerate(legs) if leg.loaded], handlings=list(handled)
    )
    records.waits.append(WaitRecord("crane:RA", 0.0, 1800.0, 3600.0))
    records.delivered_s[0] = 7200.0
    plan = Plan(
        (),
        (FacilityPlan("crane:RA", "crane", 4, 1.0), FacilityPlan("crane:RB", "crane", 4, 1.0)),
        {},
        {},
        RailwayPlan(),
        (WagonType("wagon", 60.0, 24.0, 14.0),),
        (),
        0.9,
    )
    return account(
        inputs,
        skims,
        records,
        plan=plan,
        shipments=shipments(tonnes_t),
        chain=np.array([ROAD]),
        costs=chain_costs(inputs, skims, chains),
    )


def truck(
    start: int = 0, end: int = 1, *, count: int = 1, payload_t: float = 18.5, beyond_km: float = 0.0
) -> LegRecord:
    return LegRecord("road", TRUCK, start, end, beyond_km, 0.0, 5400.0, count, payload_t, 0.0, loaded=payload_t > 0)


def truck_mj(inputs, *, load: float, km: float = 60.0, speed_kmh: float = 40.0, gradient: float = 0.02) -> float:
    """Return the energy of one truck: fleet mix x MJ per km of the road function x km."""
    return km * sum(
        share
        * float(
            hdv_energy_rolling_mj_per_km(
                inputs.factors,
                vehicle_class=TRUCK,
                emission_standard=standard,
                speed_kmh=speed_kmh,
                load_ratio=load,
                gradient_ratio=gradient,
            )
        )
        for standard, share in (("china_iv", 0.25), ("china_v", 0.5), ("china_vi", 0.25))
    )


@pytest.mark.parametrize("load", [1.0, 0.8, 0.25])
def test_one_truck_on_one_link(tiny_inputs, load):
    """Diesel = MJ / NCV; CO2 = kg x factor; CO2e adds CH4 and N2O by km, and WTT by kg; activity = t x km."""
    (leg,) = tables_of(tiny_inputs, truck(payload_t=18.5 * load), tonnes_t=18.5 * load)["legs"].to_dict("records")
    factors = tiny_inputs.factors
    diesel = truck_mj(tiny_inputs, load=load) / ncv_mj_per_kg(factors, "diesel")
    gases = float(road_ch4_n2o_co2e_kg(factors, TRUCK, 60.0))
    co2 = diesel * co2_ttw_kg_per_kg(factors, "diesel")
    wtt = diesel * co2e_wtt_kg_per_kg(factors, "diesel")
    assert leg["diesel_kg"] == pytest.approx(diesel, rel=1e-9)
    assert leg["electricity_kwh"] == 0.0
    assert leg["co2_ttw_kg"] == pytest.approx(co2, rel=1e-9)
    assert leg["co2e_ttw_kg"] == pytest.approx(co2 + gases, rel=1e-9)
    assert leg["co2e_wtt_kg"] == pytest.approx(wtt, rel=1e-9)
    assert leg["co2e_wtw_kg"] == pytest.approx(co2 + gases + wtt, rel=1e-9)
    assert (leg["distance_km"], leg["vkm"], leg["activity_tkm"]) == pytest.approx((60.0, 60.0, 60.0 * 18.5 * load))
    assert (leg["from_place"], leg["to_place"]) == ("mill", "town")
    assert min(leg[c] for c in ("nox_g", "pm2_5_g", "pm10_g", "co_g", "hc_g")) > 0
    assert 10.0 < diesel / 60.0 * 100.0 / 0.84 < 60.0, "litres per 100 km of a heavy truck"


def test_a_slope_costs_the_mean_of_climb_and_descent(tiny_inputs):
    """The function that the accounts use is the mean of +2 % and -2 %."""
    how = {"vehicle_class": TRUCK, "emission_standard": "china_v", "speed_kmh": 40.0, "load_ratio": 0.7}
    both = [float(hdv_energy_mj_per_km(tiny_inputs.factors, **how, gradient_ratio=g)) for g in (0.02, -0.02)]
    assert float(hdv_energy_rolling_mj_per_km(tiny_inputs.factors, **how, gradient_ratio=0.02)) == pytest.approx(
        sum(both) / 2
    )


def test_an_empty_return_is_a_truck_at_load_zero(tiny_inputs):
    legs = tables_of(tiny_inputs, truck(), truck(1, 0, payload_t=0.0))["legs"]
    empty = legs.iloc[1]
    assert empty["diesel_kg"] == pytest.approx(
        truck_mj(tiny_inputs, load=0.0) / ncv_mj_per_kg(tiny_inputs.factors, "diesel")
    )
    assert (empty["activity_tkm"], empty["vkm"]) == (0.0, 60.0)
    assert empty["diesel_kg"] < legs.iloc[0]["diesel_kg"]


def test_three_trucks_burn_three_times_as_much(tiny_inputs):
    one, three = tables_of(tiny_inputs, truck(), truck(count=3, payload_t=55.5))["legs"].to_dict("records")
    for column in ("diesel_kg", "co2e_wtw_kg", "nox_g", "vkm", "activity_tkm"):
        assert three[column] == pytest.approx(3.0 * one[column])


def test_beyond_the_map_a_truck_drives_as_on_it(tiny_inputs):
    """60 km inside and 30 km beyond: one and a half times the energy."""
    inside, farther = tables_of(tiny_inputs, truck(), truck(beyond_km=30.0))["legs"].to_dict("records")
    assert farther["distance_km"] == 90.0
    for column in ("diesel_kg", "nox_g", "co2e_wtw_kg"):
        assert farther[column] == pytest.approx(1.5 * inside[column])


def test_a_leg_wholly_outside_is_flat_urban_road(tiny_inputs):
    """10 km at the cruise speed of residential streets, without slope."""
    (leg,) = tables_of(tiny_inputs, truck(-1, -1, beyond_km=10.0))["legs"].to_dict("records")
    wanted = truck_mj(tiny_inputs, load=1.0, km=10.0, speed_kmh=22.5, gradient=0.0)
    assert leg["diesel_kg"] == pytest.approx(wanted / ncv_mj_per_kg(tiny_inputs.factors, "diesel"))
    assert (leg["from_place"], leg["distance_km"]) == ("", 10.0)


def test_an_electric_train_burns_no_diesel_and_emits_nothing_on_the_way(tiny_inputs):
    """kWh = gross t x km x rate; WTT = kWh x grid factor / (1 - loss), outside the map of another grid; TTW = 0."""
    train = LegRecord("rail", "freight_train", 0, 1, 20.0, 0.0, 9000.0, 1, 2000.0, 2800.0, loaded=True)
    (leg,) = tables_of(tiny_inputs, train, tonnes_t=2000.0)["legs"].to_dict("records")
    factors = tiny_inputs.factors
    kwh = 2800.0 * 70.0 * factors.value("rail", quantity="electric_kwh_per_gross_tkm", traction="electric")
    loss = factors.value("electricity", quantity="transmission_loss_ratio", region="china")
    assert leg["electricity_kwh"] == pytest.approx(kwh)
    assert leg["electricity_beyond_kwh"] == pytest.approx(kwh * 20.0 / 70.0)
    grids = (
        50.0 * grid_factor(factors, "sichuan", 2022).value + 20.0 * grid_factor(factors, "china", 2022).value
    ) / 70.0
    assert leg["co2e_wtt_kg"] == pytest.approx(kwh * grids / (1.0 - loss))
    assert leg["co2e_wtw_kg"] == leg["co2e_wtt_kg"]
    assert [
        leg[c] for c in ("diesel_kg", "co2_ttw_kg", "co2e_ttw_kg", "nox_g", "pm2_5_g", "pm10_g", "co_g", "hc_g")
    ] == [0.0] * 8
    assert leg["activity_tkm"] == 2000.0 * 70.0


def test_the_grid_outside_the_map_and_the_path_are_the_scenarios(tiny_inputs):
    """The same grid on both sides gives its own factor; a path lowers what lies after the last published year."""
    train = LegRecord("rail", "freight_train", 0, 1, 20.0, 0.0, 9000.0, 1, 2000.0, 2800.0, loaded=True)

    def per_kwh(**changes):
        (leg,) = tables_of(replace(tiny_inputs, **changes), train, tonnes_t=2000.0)["legs"].to_dict("records")
        return leg["co2e_wtw_kg"] / leg["electricity_kwh"]

    assert per_kwh(grid_region_beyond="sichuan") == pytest.approx(0.1404 / 0.94)
    later = {"year": 2050, "grid_region_beyond": "sichuan"}
    assert per_kwh(**later) == pytest.approx(0.1564 / 0.94)
    assert per_kwh(**later, grid_path="neutral_2060") == pytest.approx(0.15 * 0.1564 / 0.94)


def test_without_a_wire_a_train_burns_diesel_and_needs_the_wire_only_beyond_the_map(tiny_inputs):
    """Diesel = gross t x 50 km x rate; electricity for the 20 km beyond."""
    links = tiny_inputs.network.links.copy()
    links["electrified"] = False
    bare = tiny_inputs.with_table("links", links)
    train = LegRecord("rail", "freight_train", 0, 1, 20.0, 0.0, 9000.0, 1, 2000.0, 2800.0, loaded=True)
    (leg,) = tables_of(bare, train, tonnes_t=2000.0)["legs"].to_dict("records")
    rail = {
        q: bare.factors.value("rail", quantity=q, traction=t)
        for q, t in (("diesel_kg_per_gross_tkm", "diesel"), ("electric_kwh_per_gross_tkm", "electric"))
    }
    assert leg["diesel_kg"] == pytest.approx(2800.0 * 50.0 * rail["diesel_kg_per_gross_tkm"])
    assert leg["electricity_kwh"] == pytest.approx(2800.0 * 20.0 * rail["electric_kwh_per_gross_tkm"])
    assert leg["co2_ttw_kg"] == pytest.approx(leg["diesel_kg"] * co2_ttw_kg_per_kg(bare.factors, "diesel"))
    assert leg["nox_g"] > 0


def test_a_vessel_has_the_intensity_of_its_class_and_its_empty_return_is_in_it(tiny_inputs):
    """Fuel = t-km x published intensity / TTW factor of diesel; nothing more on the way back."""
    out = LegRecord("waterway", "vessel_650_1000", 0, 1, 0.0, 0.0, 9000.0, 1, 900.0, 0.0, loaded=True)
    back = LegRecord("waterway", "vessel_650_1000", 1, 0, 0.0, 9000.0, 18000.0, 1, 0.0, 0.0, loaded=False)
    loaded, empty = tables_of(tiny_inputs, out, back, tonnes_t=900.0)["legs"].to_dict("records")
    factors = tiny_inputs.factors
    glec_g = 900.0 * 70.0 * factors.value("vessels", quantity="glec_co2e_ttw_g_per_tkm", vessel_class="vessel_650_1000")
    diesel = glec_g / 1000.0 / factors.value("fuels", quantity="glec_co2e_ttw_kg_per_kg", energy_carrier="diesel")
    assert loaded["diesel_kg"] == pytest.approx(diesel)
    assert empty["diesel_kg"] == empty["co2e_wtw_kg"] == 0.0
    assert empty["vkm"] == 70.0


def test_a_hub_burns_by_the_tonne_and_a_bay_is_no_hub(tiny_inputs):
    """Diesel = t x published WTW intensity x diesel share / WTW factor."""
    handled = (
        HandlingRecord("crane:RA", 0, 100.0),
        HandlingRecord("crane:RA", 0, 50.0),
        HandlingRecord("bay:mill", 0, 100.0),
    )
    found = tables_of(tiny_inputs, truck(), handled=handled)
    (hub,) = found["hubs"].to_dict("records")
    f = tiny_inputs.factors
    intensity = f.value("hubs", quantity="glec_co2e_wtw_kg_per_t", hub_type="transshipment") * f.value(
        "hubs", quantity="diesel_share_ratio", hub_type="all"
    )
    assert (hub["terminal"], hub["tonnes_t"]) == ("RA", 150.0)
    assert hub["diesel_kg"] == pytest.approx(
        150.0 * intensity / f.value("fuels", quantity="glec_co2e_wtw_kg_per_kg", energy_carrier="diesel")
    )
    by_class = found["emissions"].set_index("mode")
    assert by_class.loc["hub", "diesel_kg"] == pytest.approx(hub["diesel_kg"])
    assert by_class.loc["road", "activity_tkm"] == 60.0 * 18.5


def test_flows_shipments_and_facilities_of_one_truck_there_and_back(tiny_inputs):
    found = tables_of(tiny_inputs, truck(), truck(1, 0, payload_t=0.0))
    flows = found["link_flows"]
    assert flows["co2e_wtw_kg"].tolist() == pytest.approx(found["legs"]["co2e_wtw_kg"].tolist())
    assert flows.drop(columns="co2e_wtw_kg").to_dict("records") == [
        {"link_id": 2, "mode": "road", "vehicle_count": 1.0, "payload_t": 18.5},
        {"link_id": 3, "mode": "road", "vehicle_count": 1.0, "payload_t": 0.0},
    ]
    (row,) = found["shipments"].to_dict("records")
    p, ratio = tiny_inputs.parameters, tiny_inputs.commodities["road_rate_ratio"].iloc[0]
    price = ratio * (p.road_fixed_cny_per_t + 2 * p.road_handling_cny_per_t + p.road_rate_cny_per_tkm * 60.0)
    assert row["cost_cny"] == pytest.approx(18.5 * price)
    assert (row["shipment_id"], row["chain"], row["main_mode"], row["delivered_s"]) == (77, "road", "road", 7200.0)
    crane, unused = found["facilities"].to_dict("records")
    assert (crane["visits_count"], crane["wait_h"], crane["busy_h"]) == (1, 0.5, 1.0)
    assert (unused["visits_count"], unused["wait_h"], unused["longest_wait_h"]) == (0, 0.0, 0.0)
    assert found["activity"].to_dict("records") == [
        {"mode": "road", "commodity": "coal", "tonnes_t": 18.5, "activity_tkm": 18.5 * 60.0}
    ]
    assert found["loads"].to_dict("records") == [{"leg_id": 0, "shipment_id": 77}]


def test_a_steeper_road_than_the_functions_know_is_taken_at_their_steepest(tiny_inputs):
    links = tiny_inputs.network.links.copy()

    def diesel(gradient: float) -> float:
        links.loc[links["mode"] == "road", "gradient_ratio"] = gradient
        return float(tables_of(tiny_inputs.with_table("links", links.copy()), truck())["legs"]["diesel_kg"].iloc[0])

    assert diesel(0.09) == diesel(0.06) > diesel(0.04)


@pytest.mark.parametrize(
    ("year", "wanted"), [(2010, 0.25), (2022, 0.25), (2025, 0.10), (2026, 0.08), (2030, 0.0), (2050, 0.0)]
)
def test_shares_of_the_truck_fleet_are_linear_between_the_years_and_constant_outside(dazhou_inputs, year, wanted):
    none = dazhou_inputs.table("fleet_stock").iloc[:0]
    kinds = truck_kinds(replace(dazhou_inputs, year=year).with_table("fleet_stock", none), TRUCK)
    assert sum(k.share for k in kinds if k.emission_standard == "china_iv") == pytest.approx(wanted)
    assert sum(k.share for k in kinds) == pytest.approx(1.0)
    assert {k.technology for k in kinds} == {"diesel"}


def test_every_table_of_a_real_day_has_its_schema_and_dazhous_trucks_burn_what_trucks_burn(dazhou_day):
    assert set(dazhou_day.tables) == set(TABLES) - set(OPTIONAL_TABLES)
    for name, frame in dazhou_day.tables.items():
        assert list(frame.columns) == list(TABLES[name]), name
    legs = dazhou_day.tables["legs"]
    road = legs[legs["mode"] == "road"]
    per_100km = (road.groupby("vehicle_class")[["diesel_kg", "vkm"]].sum()).eval("diesel_kg / vkm * 100 / 0.84")
    assert set(per_100km.index) == set(TRUCK_CLASSES)
    assert per_100km.between(5.0, 60.0).all(), "litres per 100 km"
    assert legs[legs["mode"] != "road"]["vehicle_count"].eq(1).all()

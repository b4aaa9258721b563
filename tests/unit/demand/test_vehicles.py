"""What vehicles are, by year; buses by their timetable, trucks by the legs of freight."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_sim.demand.traffic_rates import Profile, growth_ratio, technology_shares, traffic_of
from transport_sim.demand.trips import draw_trips
from transport_sim.demand.vehicle_groups import draw_groups, group_table
from transport_sim.demand.vehicle_runs import bus_trips, truck_trips
from transport_sim.errors import DataError
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.tables.freight import shares_at_year
from transport_sim.tables.traffic import Rates


def with_traffic(inputs, **changes):
    return replace(inputs, traffic=replace(inputs.traffic, **changes))


def fleet(inputs, vehicle_class, count=20_000, *, non_local=0.0, use=None, seed=1):
    ids = np.arange(count, dtype=np.int64)
    code = draw_groups(
        inputs,
        vehicle_id=ids,
        vehicle_class=np.full(count, VEHICLE_CLASSES.index(vehicle_class)),
        non_local_share=np.full(count, non_local),
        use_share=use or {},
        seed=seed,
    )
    group, table = group_table(inputs, code)
    return table.iloc[group].reset_index(drop=True)


# ---- years


@pytest.mark.parametrize(
    ("year", "wanted"), [(2022, 1.0), (2026, (580_000 + 0.2 * 90_000) / 495_000), (2050, 720 / 495)]
)
def test_the_stock_grows_along_straight_lines_between_stated_years(streets, year, wanted):
    assert growth_ratio(replace(streets, year=year), "car") == pytest.approx(wanted)


@pytest.mark.parametrize(("year", "wanted"), [(2015, 0.018), (2022, 0.018), (2026, 0.08 + 0.2 * 0.17), (2060, 0.45)])
def test_technology_shares_of_vehicles_from_elsewhere_are_linear_between_the_stated_years(streets, year, wanted):
    shares = technology_shares(replace(streets, year=year), "car", "non_local")
    assert shares.loc[shares["technology"] == "battery_electric", "share"].sum() == pytest.approx(wanted)
    assert shares["share"].sum() == pytest.approx(1.0)


def test_trucks_without_rows_of_their_own_are_those_of_the_freight_tables(streets):
    shares = technology_shares(streets, "tractor_trailer", "non_local").set_index("emission_standard")
    fleet_table = streets.truck_fleet[streets.truck_fleet["year"] == 2022].set_index("emission_standard")
    assert set(shares["technology"]) == {"diesel"}
    pd.testing.assert_series_equal(shares["share"].sort_index(), fleet_table["share"].sort_index())


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=2, max_size=4), st.integers(2000, 2060))
def test_shares_that_add_up_in_the_stated_years_add_up_between(rows, year):
    table = pd.DataFrame(
        [
            {"year": 2020 + 5 * i, "technology": name, "share": share / sum(row)}
            for i, row in enumerate(rows)
            for name, share in zip("abc", row, strict=True)
        ]
    )
    found = shares_at_year(table, ["technology"], year)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()


def test_later_years_have_more_cars_and_more_of_them_electric(streets):
    def cars(year):
        drawn = draw_trips(replace(streets, year=year), seed=1)
        groups = drawn.groups.iloc[drawn.trips["group"]]
        own = groups[groups["vehicle_class"] == "car"]
        return len(own), (own["technology"] == "battery_electric").mean()

    (count, electric), (later_count, later_electric) = cars(2022), cars(2030)
    # cars across the edge of the map and journeys both grow with the stock
    assert later_count / count == pytest.approx(670 / 495, rel=0.01)
    assert electric == pytest.approx(0.018, abs=0.002)
    assert later_electric == pytest.approx(0.25, abs=0.005)


# ---- groups


def test_a_fleet_has_the_shares_of_the_tables(streets):
    cars = fleet(streets, "car", 100_000, non_local=0.1)
    assert (cars["registration"] == "non_local").mean() == pytest.approx(0.1, abs=0.005)
    assert (cars["plate"] == "odd").mean() == pytest.approx(0.5, abs=0.01)
    assert (cars["pcu"] == 1.0).all()
    stock = streets.traffic.vehicle_stock
    stock = stock[(stock["year"] == 2022) & (stock["vehicle_class"] == "car") & (stock["registration"] == "local")]
    drawn = cars.groupby(["technology", "emission_standard"]).size() / len(cars)
    for row in stock.itertuples():
        assert drawn.get((row.technology, row.emission_standard), 0.0) == pytest.approx(row.share, abs=0.006)
    motorcycles = fleet(streets, "motorcycle", 100)
    assert (motorcycles["pcu"] == streets.factors.value("traffic", quantity="pcu_per_vehicle", item="motorcycle")).all()


def test_plate_technology_and_registration_are_independent(streets):
    cars = fleet(streets, "car", 100_000, non_local=0.3)
    table = cars.groupby(["registration", "plate"]).size() / len(cars)
    assert table["non_local", "odd"] == pytest.approx(0.15, abs=0.006)
    odd = cars[cars["plate"] == "odd"]
    assert (odd["emission_standard"] == "china_v").mean() == pytest.approx(
        (cars["emission_standard"] == "china_v").mean(), abs=0.01
    )


def test_electrification_makes_vehicles_electric_and_none_the_other_way(streets):
    stock = streets.traffic.vehicle_stock.copy()
    cars = (stock["vehicle_class"] == "car") & (stock["year"] == 2022)
    electric = cars & (stock["technology"] == "battery_electric")
    stock.loc[cars & ~electric, "share"] *= 0.70 / 0.982
    stock.loc[electric, "share"] = 0.30
    before, after = fleet(streets, "car"), fleet(streets.with_table("vehicle_stock", stock), "car")
    was, became = (frame["technology"] == "battery_electric" for frame in (before, after))
    assert became[was].all()
    assert became.mean() == pytest.approx(0.30, abs=0.01)
    assert (before["plate"] == after["plate"]).all()


def test_uses_have_their_shares_and_exclude_each_other(streets):
    share = {"construction": np.full(50_000, 0.2), "permit": np.full(50_000, 0.1)}
    drawn = fleet(streets, "truck_heavy", 50_000, use=share)["use"].value_counts(normalize=True)
    assert drawn["construction"] == pytest.approx(0.2, abs=0.01)
    assert drawn["permit"] == pytest.approx(0.1, abs=0.01)
    assert drawn[""] == pytest.approx(0.7, abs=0.01)


def test_taxis_and_buses_are_local(day):
    own = day.groups[day.groups["vehicle_class"].isin(["taxi", "bus"])]
    assert len(own)
    assert (own["registration"] == "local").all()


def test_those_from_beyond_the_map_are_mostly_registered_elsewhere(day):
    trips = day.trips[day.trips["purpose"] == "external"]
    gateway = day.zones.frame["area"].eq("gateway").to_numpy()[trips["origin_zone"]]
    away = (day.groups["registration"] == "non_local").to_numpy()[trips["group"]]
    assert away[gateway].mean() == pytest.approx(0.55, abs=0.02)
    assert away[~gateway].mean() == pytest.approx(0.06, abs=0.02)


# ---- hours


@given(st.lists(st.floats(0, 1), min_size=24, max_size=24).filter(lambda shares: sum(shares) > 0.1), st.data())
def test_departures_are_monotone_in_the_draw_and_have_the_shares(shares, data):
    profile = Profile(np.append(0.0, np.cumsum(shares)) / sum(shares))
    draws = np.sort(data.draw(st.lists(st.floats(1e-12, 1 - 1e-12), min_size=2, max_size=30)))
    found = profile.departure_s(draws)
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found < 86_400)).all()
    grid = profile.departure_s((np.arange(20_000) + 0.5) / 20_000)
    counts = np.bincount((grid // 3600).astype(int), minlength=24) / 20_000
    assert counts == pytest.approx(np.array(shares) / sum(shares), abs=2e-4)


# ---- buses


def test_buses_run_both_ways_as_often_as_stated_and_evenly(streets):
    runs = bus_trips(streets, seed=1)
    assert len(runs) == 2 * streets.traffic.bus_lines["departures_per_day"].sum()
    nodes = streets.traffic.bus_nodes()
    first = streets.traffic.bus_lines.iloc[0]
    there = runs[
        (runs["origin_node"] == nodes[first["origin"]]) & (runs["destination_node"] == nodes[first["destination"]])
    ]
    assert len(there) == first["departures_per_day"]
    peak = np.sort(there["departure_s"])
    peak = peak[(peak >= 7 * 3600) & (peak < 8 * 3600)]
    share = streets.traffic.hourly_profile.query("purpose == 'bus' and hour == 7")["share"].item()
    assert np.diff(peak) == pytest.approx(3600 / (98 * share)), "the headway of the hour"
    assert runs["departure_s"].min() >= 6 * 3600


def test_a_region_may_have_no_bus_lines(streets):
    assert bus_trips(with_traffic(streets, bus_lines=streets.traffic.bus_lines.iloc[:0]), seed=1).empty


# ---- trucks

LEGS = [
    ("road", "truck_heavy", "xuanhan", "dachuan", 8 * 3600.0, 3),
    ("road", "truck_medium", "tongchuan", "quxian", 9 * 3600.0, 1),
    ("road", "tractor_trailer", "dachuan", "R_FY_QINBA", 10 * 3600.0, 2),
    ("road", "truck_heavy", "xuanhan", "", 8 * 3600.0, 5),
    ("rail", "freight_train", "R_FY_QINBA", "R_GW_CHONGQING", 8 * 3600.0, 1),
    ("road", "truck_light", "chongqing", "tongchuan", 30 * 3600.0, 4),
]


def legs(rows=LEGS):
    return pd.DataFrame(rows, columns=["mode", "vehicle_class", "from_place", "to_place", "depart_s", "vehicle_count"])


def test_each_truck_of_a_leg_is_a_trip_at_its_time(streets, zones):
    found = truck_trips(streets, legs(), zones, seed=1)
    assert found["departure_s"].value_counts().to_dict() == {8 * 3600.0: 3, 9 * 3600.0: 1, 10 * 3600.0: 2}
    assert found["vehicle_id"].is_unique
    later = truck_trips(streets, legs(), zones, seed=1, day=1)
    assert later["departure_s"].tolist() == [6 * 3600.0] * 4, "the second day's legs, from its midnight"


def test_trucks_begin_and_end_where_freight_says(streets, zones):
    found = truck_trips(streets, legs(), zones, seed=1).sort_values("departure_s")
    network = streets.traffic.network
    assert set(found["origin_node"][found["departure_s"] == 8 * 3600.0]) == {network.node_by_ref("XH0")}
    region = zones.frame["region"].to_numpy()
    assert set(region[found["destination_zone"][found["departure_s"] == 8 * 3600.0]]) == {"dachuan"}
    terminal = found[found["departure_s"] == 10 * 3600.0]
    assert set(terminal["destination_zone"]) == {-1}
    place = network.nodes.loc[terminal["destination_node"].iloc[0]]
    yard = streets.network.nodes.loc[streets.network.node_by_ref("R_FY_QINBA")]
    assert np.hypot(place["lon"] - yard["lon"], place["lat"] - yard["lat"]) < 0.03
    assert place["mode"] == "road"


def test_trucks_of_a_core_zone_go_where_business_is(streets, zones):
    many = legs([("road", "truck_light", "xuanhan", "tongchuan", 60.0 * n, 20) for n in range(500)])
    found = truck_trips(streets, many, zones, seed=1)
    cells = zones.frame["region"].eq("tongchuan").to_numpy()
    share = np.bincount(found["destination_zone"], minlength=len(cells))[cells] / len(found)
    pull = zones.frame["attraction_persons"].to_numpy()[cells]
    assert share == pytest.approx(pull / pull.sum(), abs=0.012)


def test_a_truck_keeps_its_draws_whatever_else_runs(streets, zones):
    whole = truck_trips(streets, legs(), zones, seed=1).set_index("trip_id")
    part = truck_trips(streets, legs(LEGS[1::-1]), zones, seed=1).set_index("trip_id")
    assert len(part) == 4
    pd.testing.assert_frame_equal(part.sort_index(), whole.loc[part.index].sort_index())


def test_trucks_join_the_day(streets, day):
    drawn = draw_trips(streets, seed=1, truck_legs=legs())
    assert len(drawn.trips) == len(day.trips) + 6
    trucks = drawn.groups.iloc[drawn.trips.loc[drawn.trips["purpose"] == "truck", "group"]]
    assert trucks["vehicle_class"].value_counts().to_dict() == {
        "truck_heavy": 3,
        "tractor_trailer": 2,
        "truck_medium": 1,
    }


def test_only_heavy_trucks_work_on_construction_sites(streets, zones):
    rows = [("road", c, "xuanhan", "quxian", 60.0 * n, 5) for n in range(400) for c in ("truck_heavy", "truck_light")]
    found = truck_trips(streets, legs(rows), zones, seed=1)
    group, groups = group_table(streets, found["group_code"].to_numpy())
    drawn = groups.iloc[group]
    share = drawn["use"].eq("construction").groupby(drawn["vehicle_class"]).mean()
    assert share["truck_heavy"] == pytest.approx(0.10, abs=0.02)
    assert share["truck_light"] == 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"from_place": "xuanhn"}, r"no zone or terminal 'xuanhn'; did you mean 'xuanhan'\?"),
        ({"vehicle_class": "cart"}, "no vehicle class 'cart'"),
    ],
)
def test_legs_that_make_no_sense_are_refused(streets, zones, change, said):
    with pytest.raises(DataError, match=said):
        truck_trips(streets, legs(LEGS[:1]).assign(**change), zones, seed=1)


def test_legs_without_their_columns_are_refused(streets, zones):
    with pytest.raises(DataError, match="columns are missing: depart_s, vehicle_count"):
        truck_trips(streets, legs().drop(columns=["depart_s", "vehicle_count"]), zones, seed=1)


# ---- look-up


def test_a_rate_falls_back_from_the_purpose_and_area_to_all():
    table = pd.DataFrame(
        [("work", "core", 1.0), ("work", "all", 2.0), ("all", "core", 3.0), ("all", "all", 4.0)],
        columns=["purpose", "area", "value"],
    ).assign(quantity="weekend_ratio")
    rates = Rates.of(table)
    asked = [("work", "core"), ("work", "county"), ("school", "core"), ("school", "county")]
    assert [rates.get("weekend_ratio", purpose=p, area=a) for p, a in asked] == [1.0, 2.0, 3.0, 4.0]
    assert rates.get("car_share", default=0.5) == 0.5
    with pytest.raises(DataError, match="no row for purpose work, area core, quantity car_share"):
        rates.get("car_share", purpose="work", area="core")


def test_without_a_traffic_section_there_is_nothing_to_draw(dazhou_inputs):
    assert dazhou_inputs.traffic is None
    with pytest.raises(DataError, match="has no road traffic; give it a section `traffic`"):
        traffic_of(dazhou_inputs)

"""Charging demand: what goes in comes out, by place, hour and group; bad tables of needs are refused in words."""

import numpy as np
import pandas as pd
import pytest

from transport_sim.demand.traffic_zones import traffic_zones
from transport_sim.demand.trip_matrices import trip_streams
from transport_sim.errors import DataError
from transport_sim.siting.behaviour import Behaviour
from transport_sim.siting.corridors import corridors, expressway_inside
from transport_sim.siting.demand import charging_demand
from transport_sim.tables.traffic import TOUR_PURPOSES


@pytest.fixture(scope="module")
def inputs(core):
    return core.inputs[2030]


@pytest.fixture(scope="module")
def demand(inputs):
    return charging_demand(inputs)


@pytest.fixture(scope="module")
def zones(inputs):
    return traffic_zones(inputs)


def test_private_charging_is_what_local_cars_drive(inputs, demand, zones):
    """Twice the tours times their way, times kWh per km, electric and public share: no place adds or loses any."""
    behaviour = Behaviour(inputs)
    km = sum(
        2.0 * float((stream.expected_count * zones.distance_km).sum())
        for stream in trip_streams(inputs, zones)
        if stream.vehicle_class == "car" and stream.purpose in TOUR_PURPOSES
    )
    share = behaviour.electric_share("private") * behaviour.get("private", "public_share")
    own = demand.frame[demand.frame["group"] == "private"]
    assert own["kwh"].sum() == pytest.approx(km * share * behaviour.kwh_per_km("private"), rel=1e-9)
    assert behaviour.electric_share("private") == 0.25, "vehicle_stock.csv, 2030"


def test_the_inhabitants_are_those_of_the_region(inputs, demand):
    people = 1000.0 * inputs.zones.loc[inputs.zones["population_thousand"].notna(), "population_thousand"].sum()
    own = demand.points()
    assert own["population_persons"].sum() == pytest.approx(people)


def test_through_cars_charge_for_what_they_drive_inside_the_region(inputs, demand, zones):
    network = inputs.traffic.network.at_year(inputs.year)
    behaviour = Behaviour(inputs)
    external = next(s for s in trip_streams(inputs, zones) if s.purpose == "external")
    along = corridors(network, zones, external, behaviour)
    inside = expressway_inside(network)
    length = network.links["length_km"].to_numpy()
    km = sum(
        vehicles * length[links[inside[links]]].sum()
        for vehicles, links in ((along.vehicles[p], along.routes.of(p)) for p in range(len(along.vehicles)))
    )
    rate = behaviour.kwh_per_km("through") * behaviour.get("through", "public_share")
    own = demand.frame[demand.frame["group"] == "through"]
    assert own["kwh"].sum() == pytest.approx(km * rate)
    assert set(own["area"]) == {"corridor"}


def test_every_group_charges_through_the_whole_day_of_its_hours(inputs, demand):
    for group, rows in demand.frame.groupby("group"):
        by_hour = rows.groupby("hour")["kwh"].sum()
        assert by_hour.to_numpy() / by_hour.sum() == pytest.approx(Behaviour(inputs).hourly_share(group))
    assert set(demand.frame["group"]) == {"taxi", "bus", "delivery", "truck", "private", "through"}


def test_points_and_hours_agree(demand):
    points = demand.points()
    hourly = demand.hourly()
    assert hourly.sum(axis=1) == pytest.approx(points["kwh"])
    assert hourly.max(axis=1) == pytest.approx(points["peak_kwh"])


def test_later_years_charge_more(core, demand):
    earlier = charging_demand(core.inputs[2025]).frame["kwh"].sum()
    assert demand.frame["kwh"].sum() > 2.0 * earlier


def test_given_needs_are_taken_as_they_are(inputs, needs):
    frame = charging_demand(inputs, needs).frame
    assert frame["kwh"].sum() == pytest.approx(needs["kwh"].sum())
    assert frame["point"].nunique() == 5
    by_node = frame[["node_id", "hour", "group", "kwh"]]
    again = charging_demand(inputs, by_node).frame
    pd.testing.assert_frame_equal(again[["point", "hour", "group", "kwh"]], frame[["point", "hour", "group", "kwh"]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kwh": -1.0}, "kwh must not be negative; 120 rows are not, first at line 2, 3, 4, 5, 6"),
        ({"kwh": np.nan}, "kwh must be a number"),
        ({"kwh": 0.0}, "there is no demand"),
        ({"hour": 24}, "hour must be a whole number from 0 to 23"),
        ({"group": "tram"}, "group must be one of taxi, bus"),
        ({"lon": 0.0}, "lie more than 5 km from every road"),
        ({"node_id": 5}, "name no road node"),
    ],
)
def test_bad_needs_are_refused(inputs, needs, change, said):
    with pytest.raises(DataError, match=said):
        charging_demand(inputs, needs.assign(**change))


def test_needs_without_a_place_are_refused(inputs, needs):
    with pytest.raises(DataError, match=r"columns are missing: kwh, node_id \(or lon and lat\)"):
        charging_demand(inputs, needs.drop(columns=["lon", "kwh"]))


def test_a_year_without_electric_vehicles_says_so(inputs):
    table = inputs.operations["charging_behaviour"]
    none = table.assign(value=table["value"].where(table["quantity"] != "public_share", 0.0))
    with pytest.raises(DataError, match="no public charging in 2030"):
        charging_demand(inputs.with_table("charging_behaviour", none))


def test_a_missing_row_of_behaviour_is_named(inputs):
    table = inputs.operations["charging_behaviour"]
    with pytest.raises(DataError, match="no row for group taxi, quantity mean_speed_kmh"):
        charging_demand(
            inputs.with_table(
                "charging_behaviour", table[~((table["group"] == "taxi") & (table["quantity"] == "mean_speed_kmh"))]
            )
        )

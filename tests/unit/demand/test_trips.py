"""The trips of a day: totals follow from the rates, zones keep what they send, and every draw belongs to its vehicle."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transport_sim.day import Day
from transport_sim.demand.traffic_zones import MAX_ACCESS_NODES, traffic_zones
from transport_sim.demand.trip_matrices import TOLERANCE, on_streets, trip_streams
from transport_sim.demand.trips import TRIP_COLUMNS, draw_trips
from transport_sim.errors import DataError
from transport_sim.randomness import text_id
from transport_sim.tables.traffic import PURPOSES, TOUR_PURPOSES
from transport_sim.traffic.model import GROUP_COLUMNS


@pytest.fixture(scope="module")
def streams(streets, zones):
    return {(s.purpose, s.vehicle_class): s for s in trip_streams(streets, zones)}


def with_traffic(inputs, **changes):
    return replace(inputs, traffic=replace(inputs.traffic, **changes))


def stated(inputs, purpose, area, quantity):
    """Read one cell of the table without the look-up under test."""
    table = inputs.traffic.trip_rates
    row = table[(table["purpose"] == purpose) & (table["area"] == area) & (table["quantity"] == quantity)]
    return row["value"].item()


def edited(inputs, purpose, area, quantity, value):
    table = inputs.traffic.trip_rates.copy()
    row = (table["purpose"] == purpose) & (table["area"] == area) & (table["quantity"] == quantity)
    assert row.sum() == 1
    table.loc[row, "value"] = value
    return inputs.with_table("trip_rates", table)


# ---- zones


def test_the_cells_of_a_core_zone_have_its_inhabitants(streets, zones):
    people = zones.frame.groupby("region")["population_persons"].sum()
    wanted = streets.zones.set_index("zone")["population_thousand"].fillna(0.0) * 1000.0
    pd.testing.assert_series_equal(people.sort_index(), wanted.sort_index(), check_names=False)
    core = zones.frame[zones.frame["area"] == "core"]
    assert core["population_persons"].sum() == pytest.approx(1_070_000)
    assert core["attraction_persons"].sum() == pytest.approx(1_070_000)
    assert len(core) > 40


def test_every_core_zone_has_several_access_nodes_that_are_ends_of_its_streets(streets, zones):
    network, core = streets.traffic.network, zones.in_area("core") > 0
    roads = network.mode_links("road")
    ends = set(roads.loc[roads["link_class"] == "residential", "from_node"])
    assert np.allclose(zones.access_share.sum(axis=1), 1.0)
    for nodes, shares in zip(zones.access_nodes[core], zones.access_share[core], strict=True):
        used = nodes[shares > 0]
        assert 3 <= len(used) == len(set(used)) <= MAX_ACCESS_NODES
        assert set(used) <= ends
    places = zones.access_nodes[core][zones.access_share[core] > 0]
    assert len(set(places)) == len(places), "two zones share a node"


def test_a_cell_belongs_to_the_district_of_the_nearest_arterial_junction(zones, streets):
    nodes = streets.traffic.network.nodes
    for region, south in (("tongchuan", False), ("dachuan", True)):
        own = zones.access_nodes[zones.frame["region"] == region].ravel()
        middle = nodes.loc[own, "lat"].mean()
        assert (middle < 31.208) == south, "the river at 31.21 N divides the districts"


def test_distances_are_ways_on_the_streets(zones):
    inside = zones.in_area("core") > 0
    km = zones.distance_km[np.ix_(inside, inside)]
    assert (km > 0).all()
    assert 0.2 < np.diag(km).mean() < 2.5
    assert 4.0 < km.mean() < 9.0, "a city of 10 by 10 km"
    county = zones.frame["area"].eq("county").to_numpy()
    assert set(np.diag(zones.distance_km)[county]) == {3.0, 5.0}, "as stated"


def test_a_core_zone_without_streets_is_refused(streets):
    table = streets.traffic.zones.copy()
    table.loc[table["zone"] == "xuanhan", ["kind", "cell_km", "radius_km", "inner_distance_km"]] = [
        "core",
        1.0,
        3.0,
        None,
    ]
    with pytest.raises(DataError, match="core zone 'xuanhan' has no residential street within its radius"):
        traffic_zones(with_traffic(streets, zones=table))


# ---- totals


@pytest.mark.parametrize("purpose", TOUR_PURPOSES)
def test_journeys_follow_from_inhabitants_and_rates(streets, zones, streams, purpose):
    for vehicle_class in ("car", "motorcycle"):
        trips = 0.0
        for area, people in (("core", 1_070_000.0), ("county", 4_315_500.0)):
            moto = vehicle_class == "motorcycle"
            share = stated(streets, "all" if moto else purpose, area, f"{vehicle_class}_share")
            aboard = stated(streets, "all" if moto else purpose, "all", f"persons_per_{vehicle_class}")
            trips += people * stated(streets, purpose, area, "person_trips_per_person_day") * share / aboard
        assert streams[purpose, vehicle_class].trips == pytest.approx(trips, rel=1e-9)


def test_taxis_and_vans_follow_from_their_numbers(streets, streams):
    assert streams["taxi", "taxi"].trips == pytest.approx(1400 * 32, rel=1e-9)
    assert streams["taxi_empty", "taxi"].trips == pytest.approx(1400 * 32 * 0.8, rel=1e-9)
    vans = 1070.0 * 8 + 4315.5 * 7
    assert streams["light_goods", "truck_light"].trips == pytest.approx(vans * 5, rel=1e-9)
    gateways = streets.traffic.zones["vehicle_trips_per_day"].sum()
    assert streams["external", "car"].trips == pytest.approx(gateways, rel=1e-9)


def test_every_zone_sends_what_it_produces_and_receives_what_it_attracts(streets, zones, streams):
    people = zones.frame["population_persons"].to_numpy()
    stream = streams["school", "car"]
    homes = stream.expected_count.sum(axis=1)
    core = zones.in_area("core") > 0
    assert homes[core] / homes[core].sum() == pytest.approx(people[core] / people[core].sum(), rel=1e-9)
    work = streams["work", "car"].expected_count
    pull = zones.frame["attraction_persons"].to_numpy()
    wanted = pull[core] / pull[core].sum() * work[core].sum()
    assert np.abs(work.sum(axis=0)[core] - wanted).max() <= 1.01 * TOLERANCE * work.sum()


def test_trips_fade_with_distance_as_the_gravity_model_says(streets, zones, streams):
    """What is left of log flows without the totals of rows and columns is -distance / scale."""
    core = np.ix_(*[np.flatnonzero(zones.in_area("core"))] * 2)

    def centred(table):
        return table - table.mean(axis=0) - table.mean(axis=1)[:, None] + table.mean()

    for purpose in ("work", "school"):
        fades = centred(np.log(streams[purpose, "car"].expected_count[core]))
        scale_km = stated(streets, purpose, "all", "distance_scale_km")
        assert fades == pytest.approx(centred(-zones.distance_km[core] / scale_km), abs=1e-9)


def test_the_core_sees_what_touches_it_and_the_region_also_what_lies_between(zones, streams):
    stream, core = streams["work", "car"], zones.in_area("core") > 0
    inner, wide = on_streets(stream, zones, "core"), on_streets(stream, zones, "region")
    touched = core[:, None] | core
    assert (inner[touched] == stream.expected_count[touched]).all()
    assert (inner[~touched] == 0).all()
    assert (np.diag(wide)[~core] == 0).all()
    assert wide.sum() > inner.sum() > stream.expected_count[np.ix_(core, core)].sum() > 0


def test_no_car_passes_through_from_gateway_to_gateway(zones, streams):
    gateway = zones.frame["area"].eq("gateway").to_numpy()
    flow = streams["external", "car"].expected_count
    assert flow[np.ix_(gateway, gateway)].sum() == 0
    assert flow[gateway].sum() == pytest.approx(flow[:, gateway].sum())


def test_a_day_of_the_core_has_half_a_million_trips_and_little_memory(day):
    assert 550_000 < len(day.trips) < 750_000
    assert day.trips.memory_usage(deep=True).sum() < 60e6


def test_drawn_trips_are_those_expected(streets, zones, streams, day):
    drawn = day.trips.groupby(
        [day.trips["purpose"], day.groups["vehicle_class"].to_numpy()[day.trips["group"]]], observed=True
    ).size()
    for (purpose, vehicle_class), stream in streams.items():
        wanted = on_streets(stream, zones, "core").sum()
        vehicles = drawn[purpose, vehicle_class] / (2 if stream.is_tour else 1)
        assert abs(vehicles - wanted) < 4 * np.sqrt(wanted), purpose


def test_the_scale_and_the_weekend_change_what_they_say(streets, zones, streams):
    scaled = {(s.purpose, s.vehicle_class): s for s in trip_streams(with_traffic(streets, car_trips_scale=1.3), zones)}
    saturday = with_traffic(streets, day=Day(pd.Timestamp("2022-06-18").date()))
    weekend = {(s.purpose, s.vehicle_class): s for s in trip_streams(saturday, zones)}
    for key, stream in streams.items():
        assert scaled[key].trips == pytest.approx(stream.trips * (1.3 if key[0] in TOUR_PURPOSES else 1.0))
        assert weekend[key].trips == pytest.approx(stream.trips * stated(streets, key[0], "all", "weekend_ratio"))


# ---- the drawn trips


def test_columns_order_and_places(streets, day, zones):
    trips, groups = day.trips, day.groups
    assert tuple(trips.columns) == TRIP_COLUMNS
    assert trips["trip_id"].is_monotonic_increasing
    assert trips["trip_id"].is_unique
    assert set(groups.columns) == {*GROUP_COLUMNS, "use"}
    assert trips["group"].between(0, len(groups) - 1).all()
    assert (trips["origin_node"] != trips["destination_node"]).all()
    for end in ("origin", "destination"):
        zoned = trips[trips[f"{end}_zone"] >= 0]
        own = zones.access_nodes[zoned[f"{end}_zone"]]
        assert (own == zoned[f"{end}_node"].to_numpy()[:, None]).any(axis=1).all()


def test_who_leaves_comes_back_later_to_the_same_place_in_the_same_vehicle(day):
    tours = day.trips[day.trips["purpose"].isin(TOUR_PURPOSES)]
    out = tours[tours["direction"] == "out"].set_index("vehicle_id")
    back = tours[tours["direction"] == "return"].set_index("vehicle_id").loc[out.index]
    assert len(out) * 2 == len(tours)
    assert (back["departure_s"] >= out["departure_s"]).all()
    assert (back["group"] == out["group"]).all()
    for a, b in (("origin", "destination"), ("destination", "origin")):
        assert (back[f"{a}_node"] == out[f"{b}_node"]).all()
        assert (back[f"{a}_zone"] == out[f"{b}_zone"]).all()


def test_every_zone_gets_back_what_leaves_home(day):
    tours = day.trips[day.trips["purpose"].isin(TOUR_PURPOSES)]
    sent, got = (tours[column].value_counts().sort_index() for column in ("origin_zone", "destination_zone"))
    pd.testing.assert_series_equal(sent, got, check_names=False)


@pytest.mark.parametrize(
    ("purpose", "direction"), [("work", "out"), ("work", "return"), ("school", "out"), ("taxi", "out")]
)
def test_hours_follow_the_profile_and_are_continuous(streets, day, purpose, direction):
    own = day.trips[(day.trips["purpose"] == purpose) & (day.trips["direction"] == direction)]["departure_s"]
    assert own.between(0.0, 86_400.0, inclusive="left").all()
    table = streets.traffic.hourly_profile
    table = table[(table["purpose"] == purpose) & (table["direction"] == direction)].set_index("hour")["share"]
    counts = np.bincount((own // 3600).astype(int), minlength=24)
    share = table.reindex(range(24), fill_value=0.0).to_numpy()
    assert (counts[share == 0] == 0).all()
    used = share > 0
    assert stats.chisquare(counts[used], share[used] / share.sum() * counts.sum()).pvalue > 1e-4
    within = own % 3600.0 / 3600.0
    assert stats.kstest(within, "uniform").statistic < 1.95 / np.sqrt(len(own)), "even within the hour"


def test_the_same_seed_draws_the_same_day_and_another_seed_another(streets, day):
    again, other = draw_trips(streets, seed=1), draw_trips(streets, seed=2)
    assert again.trips.equals(day.trips)
    assert again.groups.equals(day.groups)
    shared = day.trips.merge(other.trips, on="trip_id")
    assert len(shared) > 0.9 * len(day.trips), "vehicles keep their identity"
    assert (shared["departure_s_x"] == shared["departure_s_y"]).mean() < 0.05


def described(drawn):
    """Return the trips by id, groups and zones by the id of their words: so two runs can be compared."""
    groups = [text_id(" ".join(row)) for row in drawn.groups.astype(str).itertuples(index=False)]
    zones = [*(text_id(name) for name in drawn.zones.frame["zone"]), -1]
    trips = drawn.trips.set_index("trip_id")
    plain = {name: trips[name].cat.codes for name in ("purpose", "direction")}
    plain |= {name: np.array(zones)[trips[name]] for name in ("origin_zone", "destination_zone")}
    return trips.assign(**plain, group=np.array(groups)[trips["group"]])


def of_purpose(table, *purposes):
    return table["purpose"].isin([PURPOSES.index(purpose) for purpose in purposes])


def test_more_demand_adds_vehicles_and_changes_none(streets, day):
    more = described(draw_trips(with_traffic(streets, car_trips_scale=1.05), seed=1))
    before = described(day)
    assert len(more) > len(before)
    assert more.loc[before.index].equals(before)
    added = more.loc[more.index.difference(before.index)]
    assert of_purpose(added, *TOUR_PURPOSES).all()


def test_a_zone_less_leaves_the_draws_of_the_others_alone(streets, day):
    gone = "xuanhan"
    table = streets.traffic.zones
    fewer = replace(
        with_traffic(streets, zones=table[table["zone"] != gone]), zones=streets.zones[streets.zones["zone"] != gone]
    )
    after, before = described(draw_trips(fewer, seed=1)), described(day)
    shared = before.index.intersection(after.index)
    assert after.loc[shared].equals(before.loc[shared])
    ended = before[before["origin_zone"].eq(text_id(gone)) | before["destination_zone"].eq(text_id(gone))]
    assert len(ended)
    assert not ended.index.isin(after.index).any()
    assert len(shared) > 0.98 * len(before)


def test_a_changed_rate_of_one_purpose_leaves_the_others_alone(streets, day):
    after = described(draw_trips(edited(streets, "business", "core", "car_share", 0.2), seed=1))
    before = described(day)
    changed, unchanged = of_purpose(after, "business"), of_purpose(before, "business")
    assert after[~changed].equals(before[~unchanged])
    assert 0 < changed.sum() < unchanged.sum()


def test_the_dazhou_day_is_plausible(day, zones):
    """Two trips or three a day for each car of the core, at the motorisation that the numbers imply."""
    trips = day.trips[day.trips["purpose"].isin(TOUR_PURPOSES)]
    cars = day.groups["vehicle_class"].to_numpy()[trips["group"]] == "car"
    core = np.append(zones.in_area("core") > 0, False)
    inside = core[trips["origin_zone"]] & core[trips["destination_zone"]]
    per_person = (cars & inside).sum() / 1_070_000
    assert 0.25 < per_person < 0.5
    peak = (trips["departure_s"] // 3600).value_counts(normalize=True)
    assert peak.idxmax() == 7
    assert 0.09 < peak.max() < 0.16


def test_the_page_on_demand_states_these_numbers(zones, streams):
    """Read the table of docs/traffic_demand.md."""
    text = (Path(__file__).parents[3] / "docs" / "traffic_demand.md").read_text(encoding="utf-8")
    rows = {
        tuple(row[:2]): row[2:]
        for row in re.findall(r"^\| (\w+) \| (\w+) \| ([\d,]+) \| ([\d,]+) \|", text, re.MULTILINE)
    }
    assert set(rows) == set(streams)
    core, total = np.flatnonzero(zones.in_area("core")), 0.0
    for key, stream in streams.items():
        ways = 2 if stream.is_tour else 1
        inner = stream.expected_count[np.ix_(core, core)].sum() * ways
        edge = on_streets(stream, zones, "core").sum() * ways - inner
        assert [int(cell.replace(",", "")) for cell in rows[key]] == pytest.approx([inner, edge], abs=0.6)
        total += inner + edge
    assert f"That is {total:,.0f};" in text

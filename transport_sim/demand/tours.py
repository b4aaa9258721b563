"""Tours of official cars, vans, rural buses and trucks: who calls where, when, in which order.

Draws are addressed by base, vehicle, day and stop: a vehicle more at one base leaves all other tours as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.conditions import TECHNOLOGIES
from transport_sim.demand.tour_order import ordered_stops
from transport_sim.demand.traffic_zones import traffic_zones
from transport_sim.errors import DataError
from transport_sim.fleet.travel import Travel, nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.network.geometry import great_circle_km
from transport_sim.randomness import FloatArray, IntArray, stable_ids, text_id, uniform
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

DAYS_PER_WEEK = 7
TOWNS = ("town", "county_seat")
SEAT_SHARE = 0.5
"""Share of a zone's inhabitants at its own node; the others live evenly at its other towns. Assumption. [-]"""
FIXED_ROUND = ("rural_bus", "postal_van")
"""Fleets whose vehicles call at the same places every day."""
ELECTRIC = "battery_electric"
ELECTRIC_FIRST = (ELECTRIC, *(name for name in TECHNOLOGIES if name != ELECTRIC))


@dataclass(frozen=True, eq=False)
class TourPlaces:
    """Nodes at which there may be stops."""

    node_id: IntArray
    weight: FloatArray
    """Inhabitants. [persons]"""
    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True, eq=False)
class DrawnTours:
    """Tours of the vehicles of one base, by vehicle and in the order of departure."""

    vehicle: IntArray
    """Number within the base, from 0."""
    day: IntArray
    number: IntArray
    """Of the day, from 0."""
    depart_s: FloatArray
    """After the start of the run. [s]"""
    places: IntArray
    """Positions in the matrices of `Travel`, shape (tours, stops + 2)."""
    service_s: FloatArray
    """Time at each of the places, same shape. [s]"""


def tour_places(inputs: Inputs) -> TourPlaces:
    """Return where stops may be: the cells of the streets, and outside of them the towns of the map.

    Inhabitants are those of the zones; `SEAT_SHARE` of a zone without cells at its own node.
    """
    network = roads(inputs)
    zones = inputs.zones[inputs.zones["kind"] == "internal"]
    rows: dict[int, float] = {}
    cells: set[str] = set()
    if inputs.traffic is not None:
        found = traffic_zones(inputs)
        core = (found.frame["area"] == "core").to_numpy()
        cells = set(found.frame.loc[core, "region"])
        people = found.frame["population_persons"].to_numpy(float)
        for zone in np.flatnonzero(core):
            node = int(found.access_nodes[zone, 0])
            rows[node] = rows.get(node, 0.0) + float(people[zone])
    own = zones[~zones["zone"].isin(cells)]
    seats = np.array([network.node_by_ref(ref) for ref in zones["road_node"]], dtype=np.int64)
    for node, people_thousand in _towns(network.nodes, zones, seats, own.index):
        rows[node] = rows.get(node, 0.0) + 1000.0 * people_thousand
    ids = np.array(sorted(rows), dtype=np.int64)
    at = network.nodes.loc[ids, ["lon", "lat"]].to_numpy(float)
    return TourPlaces(ids, np.array([rows[n] for n in ids.tolist()]), at[:, 0], at[:, 1])


def _towns(nodes: pd.DataFrame, zones: pd.DataFrame, seats: IntArray, own: "pd.Index[int]") -> list[tuple[int, float]]:
    """Spread the inhabitants of zones over their towns: those that lie next to the zone's node. [1000 persons]."""
    towns = nodes[(nodes["mode"] == "road") & nodes["kind"].isin(TOWNS) & nodes["county"].isin(zones["county"])]
    towns = towns[~towns.index.isin(seats)]
    at = nodes.loc[seats, ["lon", "lat"]].to_numpy(float)
    places = towns[["lon", "lat"]].to_numpy(float)
    away = great_circle_km(places[:, :1], places[:, 1:], at[:, 0], at[:, 1])
    nearest = zones.index.to_numpy()[away.argmin(axis=1)] if len(towns) else np.array([])
    found = []
    for position, (zone, people) in enumerate(zones["population_thousand"].items()):
        if zone not in own:
            continue
        others = towns.index[nearest == zone].tolist()
        share = SEAT_SHARE if others else 1.0
        found.append((int(seats[position]), people * share))
        found += [(int(node), people * (1.0 - share) / len(others)) for node in others]
    return found


def near(places: TourPlaces, lon: float, lat: float, radius_km: float) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Tell which places lie around a base; the nearest one does at any radius."""
    away = great_circle_km(lon, lat, places.lon, places.lat)
    return np.asarray(away <= max(radius_km, float(away.min(initial=np.inf))))


def base_nodes(inputs: Inputs) -> IntArray:
    """Return the node of each row of the table `tour_fleets`."""
    table = inputs.operations["tour_fleets"]
    if table.empty:
        return np.empty(0, dtype=np.int64)
    return nearest_nodes(roads(inputs), table["lon"].to_numpy(float), table["lat"].to_numpy(float))


def technologies(counts: Mapping[str, float], ids: IntArray, *, seed: int) -> list[str]:
    """Give each vehicle a technology, so that as many have each as its share says.

    With a larger share of battery-electric vehicles, those that were electric stay so.

    Parameters
    ----------
    counts
        Vehicles of the whole fleet by technology; only the shares matter.
    ids
        Identity of each vehicle.
    seed
        Of the replication.
    """
    total = sum(counts.values())
    if not len(ids) or total <= 0.0:
        return [""] * len(ids)
    names = [*(n for n in ELECTRIC_FIRST if n in counts), *sorted(n for n in counts if n not in ELECTRIC_FIRST)]
    ends = np.rint(np.cumsum([counts[n] for n in names]) / total * len(ids)).astype(np.int64)
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(uniform(ids, seed=seed, stream="tour_technology"), kind="stable")] = np.arange(len(ids))
    return [names[n] for n in np.searchsorted(ends, rank, side="right")]


def with_electric_share(counts: Mapping[str, float], share: float) -> dict[str, float]:
    """Replace the share of battery-electric vehicles; a missing one leaves the stock as it is."""
    if np.isnan(share):
        return dict(counts)
    others = {name: count for name, count in counts.items() if name != ELECTRIC}
    total = sum(others.values())
    if not total:
        return {ELECTRIC: 1.0}
    return {ELECTRIC: share, **{name: (1.0 - share) * count / total for name, count in others.items()}}


def vehicle_ids(fleet: str, base: str, count: int) -> IntArray:
    """Return the identity of each vehicle of a base, for addressed draws."""
    return stable_ids(text_id(f"tour:{fleet}:{base}"), np.arange(count))


def draw_tours(
    row: "pd.Series[Any]", base: int, ids: IntArray, places: TourPlaces, travel: Travel, *, days: int, seed: int
) -> DrawnTours:
    """Draw the tours of a base.

    Parameters
    ----------
    row
        Of the table `tour_fleets`.
    base
        Node of the base.
    ids
        Identity of each vehicle.
    places
        Where stops may be.
    travel
        Ways between them.
    days
        Length of the run, which begins on a Monday. [days]
    seed
        Of the replication.

    Raises
    ------
    DataError
        If no place around the base can be reached and left again.
    """
    vehicle, day, number, of_day = _rounds(row, ids, days, seed=seed)
    tour_id = stable_ids(ids[vehicle], day, number)
    width_h = (_number(row, "to_hour") - _number(row, "from_hour")) / of_day
    within = number + uniform(tour_id, seed=seed, stream="tour_departure")
    depart_s = day * SECONDS_PER_DAY + (_number(row, "from_hour") + within * width_h) * SECONDS_PER_HOUR
    count = max(round(_number(row, "stops_per_tour") * (1.0 - _number(row, "by_bus_share"))), 1)
    round_id = stable_ids(ids[vehicle], number) if row["fleet"] in FIXED_ROUND else tour_id
    choice = uniform(stable_ids(round_id[:, None], np.arange(count)), seed=seed, stream="tour_stop")
    at = int(travel.position([base])[0])
    stops = _stops(row, at, places, travel, choice)
    whole = np.column_stack([np.full(len(vehicle), at), stops, np.full(len(vehicle), at)])
    hour = (depart_s // SECONDS_PER_HOUR).astype(np.int64) % 24
    service_s = np.zeros(whole.shape)
    service_s[:, 1:-1] = _number(row, "service_min") * SECONDS_PER_MINUTE
    post = min(int(_number(row, "post_stops_count")), count)
    service_s[:, 1 : 1 + post] += _number(row, "post_min") * SECONDS_PER_MINUTE
    return DrawnTours(vehicle, day, number, depart_s, ordered_stops(travel.time_s, hour, whole), service_s)


def _number(row: "pd.Series[Any]", name: str) -> float:
    return float(row[name])


def _rounds(
    row: "pd.Series[Any]", ids: IntArray, days: int, *, seed: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return vehicle, day and number of each tour, and how many tours the vehicle has that day."""
    works = np.flatnonzero(np.arange(days) % DAYS_PER_WEEK < _number(row, "days_per_week"))
    mean = _number(row, "tours_per_day")
    draw = uniform(stable_ids(ids[:, None], works), seed=seed, stream="tour_count")
    counts = (np.floor(mean) + (draw < mean % 1.0)).astype(np.int64)
    pair = np.repeat(np.arange(counts.size), counts.ravel())
    first = np.cumsum(counts.ravel()) - counts.ravel()
    vehicle, day = pair // max(len(works), 1), works[pair % max(len(works), 1)]
    return vehicle, day, np.arange(len(pair)) - first[pair], counts.ravel()[pair]


def _stops(row: "pd.Series[Any]", base: int, places: TourPlaces, travel: Travel, draw: FloatArray) -> IntArray:
    """Choose stops around a base by their inhabitants, among those with a way there and back."""
    around = near(places, _number(row, "lon"), _number(row, "lat"), _number(row, "radius_km"))
    at = travel.position(places.node_id[around])
    weight = places.weight[around]
    reached = np.isfinite(travel.time_s[0, base, at]) & np.isfinite(travel.time_s[0, at, base]) & (weight > 0.0)
    if not reached.any():
        raise DataError(
            f"tour_fleets: no place within {_number(row, 'radius_km'):g} km of the base {row['base']!r} can be reached "
            "by road and left again; move the base or enlarge its radius_km"
        )
    at, cumulated = at[reached], np.cumsum(weight[reached])
    return np.asarray(at[np.searchsorted(cumulated, draw * cumulated[-1])], dtype=np.int64)


def corridor_tours(row: "pd.Series[Any]", ids: IntArray, ends: tuple[int, int], *, days: int, seed: int) -> DrawnTours:
    """Draw the round trips of a corridor's trucks: one for each on every working day.

    Parameters
    ----------
    row
        Of the table `corridor_trucks`.
    ids
        Identity of each truck.
    ends
        Positions of origin and destination in the matrices of `Travel`.
    days, seed
        As for `draw_tours`.
    """
    works = np.flatnonzero(np.arange(days) % DAYS_PER_WEEK < _number(row, "days_per_week"))
    vehicle, day = np.repeat(np.arange(len(ids)), len(works)), np.tile(works, len(ids))
    draw = uniform(ids[vehicle], seed=seed, stream="tour_departure")  # the same time every day
    width_h = _number(row, "to_hour") - _number(row, "from_hour")
    depart_s = day * SECONDS_PER_DAY + (_number(row, "from_hour") + draw * width_h) * SECONDS_PER_HOUR
    places = np.tile([ends[0], ends[1], ends[0]], (len(vehicle), 1))
    service_s = np.tile([0.0, _number(row, "dwell_h") * SECONDS_PER_HOUR, 0.0], (len(vehicle), 1))
    return DrawnTours(vehicle, day, np.zeros_like(day), depart_s, places, service_s)


def leg_tours(
    legs: pd.DataFrame, places: Mapping[str, int], electric_share: Mapping[str, float], *, days: int, seed: int
) -> dict[str, DrawnTours]:
    """Turn truck legs of the freight run into ways of battery-electric trucks, by class.

    Every leg is a truck of its own that leaves charged, charges on the way if it must, and has a plug where it ends.
    Which of them are electric depends on where and when they drive, not on their place in the table.

    Parameters
    ----------
    legs
        Columns mode, vehicle_class, from_place, to_place, depart_s (from the start of the run) and vehicle_count, as
        `results.accounting.truck_legs_of_day` returns them.
    places
        Position in the matrices of `Travel` of each zone and terminal; legs to others are left out.
    electric_share
        Share of battery-electric trucks by class. [-]
    days
        Length of the run. [days]
    seed
        Of the replication.
    """
    mine = (legs["mode"] == "road") & legs["from_place"].isin(places) & legs["to_place"].isin(places)
    own = legs[mine & legs["depart_s"].between(0.0, days * SECONDS_PER_DAY, inclusive="left")]
    own = own.loc[own.index.repeat(own["vehicle_count"])].reset_index(drop=True)
    words = {word: text_id(word) for name in ("vehicle_class", "from_place", "to_place") for word in own[name].unique()}
    leg = stable_ids(
        *(own[name].map(words).to_numpy(np.int64) for name in ("vehicle_class", "from_place", "to_place")),
        own["depart_s"].round().to_numpy(np.int64),
    )
    twin = pd.Series(leg).groupby(leg).cumcount().to_numpy(np.int64)
    share = own["vehicle_class"].map(dict(electric_share)).fillna(0.0).to_numpy(float)
    own = own[uniform(stable_ids(leg, twin), seed=seed, stream="truck_technology") < share]
    found = {}
    for name, part in own.sort_values("depart_s", kind="stable").groupby("vehicle_class", sort=True):
        depart_s = part["depart_s"].to_numpy(float)
        ends = np.column_stack([part[end].map(dict(places)).to_numpy(np.int64) for end in ("from_place", "to_place")])
        ends, depart_s = ends[ends[:, 0] != ends[:, 1]], depart_s[ends[:, 0] != ends[:, 1]]
        day = (depart_s // SECONDS_PER_DAY).astype(np.int64)
        vehicle = np.arange(len(day))
        found[str(name)] = DrawnTours(vehicle, day, np.zeros_like(day), depart_s, ends, np.zeros(ends.shape))
    return found

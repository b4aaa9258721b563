"""The trips of a day on the roads: who drives from where to where, when, and in which vehicle.

Every draw is addressed by the vehicle: a vehicle is numbered within its purpose, class, and pair of zones, so the same
one draws the same departure, access nodes, plate and technology in every scenario, year and network. When demand grows,
vehicles are added; when it shrinks, the last ones stay away; a zone more or less leaves the draws of the others alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.demand.traffic_rates import Profile, traffic_of
from transport_sim.demand.traffic_zones import TrafficZones, traffic_zones
from transport_sim.demand.trip_matrices import Stream, on_streets, trip_streams
from transport_sim.demand.vehicle_groups import draw_groups, group_table, use_shares
from transport_sim.demand.vehicle_runs import bus_trips, truck_trips
from transport_sim.inputs import Inputs
from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.randomness import FloatArray, IntArray, stable_ids, text_id, uniform
from transport_sim.tables.traffic import AREAS, DIRECTIONS, PURPOSES, Rates

TRIP_COLUMNS = (
    *("trip_id", "vehicle_id", "purpose", "direction", "origin_zone", "destination_zone"),
    *("origin_node", "destination_node", "departure_s", "group"),
)


@dataclass(frozen=True, eq=False)
class DrawnTrips:
    """Vehicle trips of one day."""

    trips: pd.DataFrame
    """Columns `TRIP_COLUMNS`, in the order of trip_id. Zones are positions in `zones.frame`, -1 for buses; nodes are
    ids of the streets' network; departure_s counts from midnight; group is the index of `groups`."""
    groups: pd.DataFrame
    """Columns of `traffic.model.GROUP_COLUMNS` and `use`, index `group`."""
    zones: TrafficZones


def draw_trips(inputs: Inputs, *, seed: int, truck_legs: pd.DataFrame | None = None, truck_day: int = 0) -> DrawnTrips:
    """Draw the vehicle trips of the simulated day.

    Parameters
    ----------
    inputs
        Tables of the simulated year, with road traffic.
    seed
        Seed of the replication.
    truck_legs
        Legs of freight, columns as in the result table `legs`; only those on the road are read. None leaves trucks out.
    truck_day
        Day of the freight simulation, from 0, whose departures are taken.

    Returns
    -------
    The trips on the streets; which, says the scenario's `traffic.scope`. Trucks of all legs are among them.

    Raises
    ------
    DataError
        If a rate, profile or name is missing.
    """
    zones = traffic_zones(inputs)
    batches = [_drawn(inputs, stream, zones, seed) for stream in trip_streams(inputs, zones)]
    batches.append(bus_trips(inputs, seed=seed))
    if truck_legs is not None:
        batches.append(truck_trips(inputs, truck_legs, zones, seed=seed, day=truck_day))
    return _joined(inputs, batches, zones)


def _joined(inputs: Inputs, batches: Sequence[pd.DataFrame], zones: TrafficZones) -> DrawnTrips:
    """Put the batches one under the other, in the order of ids, and number the groups."""
    trips = pd.concat([batch for batch in batches if len(batch)], ignore_index=True)
    trips = trips.iloc[np.argsort(trips["trip_id"].to_numpy(), kind="stable")].reset_index(drop=True)
    group, groups = group_table(inputs, trips.pop("group_code").to_numpy(np.int64))
    trips["group"] = group.astype(np.int32)
    for name, words in (("purpose", PURPOSES), ("direction", DIRECTIONS)):
        trips[name] = pd.Categorical.from_codes(trips[name].tolist(), dtype=pd.CategoricalDtype(list(words)))
    return DrawnTrips(trips[list(TRIP_COLUMNS)], groups, zones)


def _drawn(inputs: Inputs, stream: Stream, zones: TrafficZones, seed: int) -> pd.DataFrame:
    """Draw the vehicles of a stream, each with its trips."""
    vehicle_id, origin, destination = _vehicles(stream, zones, traffic_of(inputs).scope, seed=seed)
    home = _access(zones, origin, uniform(vehicle_id, seed=seed, stream="home_node"))
    away = _access(zones, destination, uniform(vehicle_id, seed=seed, stream="activity_node"))
    away = _elsewhere(zones, home, away, origin, destination)
    code = _codes(inputs, stream, zones, vehicle_id, origin, seed=seed)
    when = uniform(vehicle_id, seed=seed, stream="departure")
    traffic, zone = traffic_of(inputs), (origin, destination)
    node = zones.access_nodes[origin, home], zones.access_nodes[destination, away]
    batches = []
    for direction, start in ((0, 0), (1, 1)) if stream.is_tour else ((0, 0),):
        # one draw for both ways: whoever leaves earlier comes back earlier, and nobody comes back before leaving
        profile = Profile.of(traffic, stream.purpose, DIRECTIONS[direction])
        batch = {
            "trip_id": stable_ids(vehicle_id, direction),
            "vehicle_id": vehicle_id,
            "purpose": np.full(len(vehicle_id), PURPOSES.index(stream.purpose), dtype=np.int8),
            "direction": np.full(len(vehicle_id), direction, dtype=np.int8),
            "origin_zone": zone[start].astype(np.int32),
            "destination_zone": zone[1 - start].astype(np.int32),
            "origin_node": node[start],
            "destination_node": node[1 - start],
            "departure_s": profile.departure_s(when),
            "group_code": code,
        }
        batches.append(pd.DataFrame(batch))
    return pd.concat(batches, ignore_index=True)


def _vehicles(stream: Stream, zones: TrafficZones, scope: str, *, seed: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return id, origin and destination of each vehicle: the expected count, rounded up or down by chance."""
    expected = on_streets(stream, zones, scope)
    origin, destination = np.nonzero(expected)
    expected = expected[origin, destination]
    names = zones.zone_id
    pair_id = stable_ids(text_id(f"{stream.purpose}:{stream.vehicle_class}"), names[origin], names[destination])
    whole = np.floor(expected)
    count = (whole + (uniform(pair_id, seed=seed, stream="vehicle_count") < expected - whole)).astype(np.int64)
    pair = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    return stable_ids(pair_id[pair], number), origin[pair], destination[pair]


def _access(zones: TrafficZones, zone: IntArray, draw: FloatArray) -> IntArray:
    """Choose one of the zone's access nodes by their shares."""
    cumulated = np.cumsum(zones.access_share, axis=1)[zone]
    return np.asarray((draw[:, None] >= cumulated[:, :-1]).sum(axis=1), dtype=np.int64)


def _elsewhere(
    zones: TrafficZones, home: IntArray, away: IntArray, origin: IntArray, destination: IntArray
) -> IntArray:
    """Send those who would end where they begin to the next access node of the zone."""
    same = zones.access_nodes[origin, home] == zones.access_nodes[destination, away]
    count = (zones.access_share > 0).sum(axis=1)[destination]
    return np.where(same, (away + 1) % count, away)


def _codes(
    inputs: Inputs, stream: Stream, zones: TrafficZones, vehicle_id: IntArray, origin: IntArray, *, seed: int
) -> IntArray:
    """Draw what the vehicles are; whether one is local depends on where it comes from."""
    rates = Rates.of(traffic_of(inputs).trip_rates)
    local = stream.vehicle_class == "taxi"
    share = {area: 0.0 if local else rates.get("non_local_share", purpose=stream.purpose, area=area) for area in AREAS}
    non_local = np.asarray(zones.frame["area"].map(share), dtype=np.float64)[origin]
    return draw_groups(
        inputs,
        vehicle_id=vehicle_id,
        vehicle_class=np.full(len(vehicle_id), VEHICLE_CLASSES.index(stream.vehicle_class)),
        non_local_share=non_local,
        use_share=use_shares(inputs, stream.purpose, np.full(len(vehicle_id), not local)),
        seed=seed,
    )

"""Vehicles whose way and time are known: buses by their timetable, trucks by the legs of the freight model."""

import numpy as np
import pandas as pd

from transport_sim.demand.traffic_rates import Profile, traffic_of
from transport_sim.demand.traffic_zones import TrafficZones
from transport_sim.demand.trip_matrices import weekday_ratio
from transport_sim.demand.vehicle_groups import draw_groups, use_shares
from transport_sim.errors import DataError, did_you_mean
from transport_sim.inputs import Inputs
from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.randomness import IntArray, stable_ids, text_id, uniform
from transport_sim.tables.traffic import PURPOSES, Rates
from transport_sim.units import SECONDS_PER_DAY

LEG_COLUMNS = ("mode", "vehicle_class", "from_place", "to_place", "depart_s", "vehicle_count")
"""What `truck_trips` reads of the result table `legs`."""


def bus_trips(inputs: Inputs, *, seed: int) -> pd.DataFrame:
    """Return the runs of the bus lines, both directions, evenly spread within each hour of the profile.

    Parameters
    ----------
    inputs
        With `bus_lines` and the hourly profile `bus`.
    seed
        Seed of the replication, for the technology of each bus.

    Returns
    -------
    The columns of `trips.TRIP_COLUMNS`, with group_code for group, and purpose and direction as positions.

    Raises
    ------
    DataError
        If a line ends at a place that is not on the map.
    """
    traffic = traffic_of(inputs)
    if traffic.bus_lines.empty:
        return _batch(np.array([], dtype=np.int64), "bus")
    known, profile = traffic.bus_nodes(), Profile.of(traffic, "bus")
    ratio = weekday_ratio(Rates.of(traffic.trip_rates), "bus", traffic.day)
    batches = []
    for line, start, end, daily in traffic.bus_lines[
        ["line", "origin", "destination", "departures_per_day"]
    ].itertuples(index=False):
        for name in (start, end):
            if name not in known:
                raise DataError(f"bus_lines.csv: line {line} ends at {name!r}, which is no bus station or node")
        count = round(daily * ratio)
        when = profile.departure_s((np.arange(count) + 0.5) / max(count, 1))
        for direction, ends in enumerate(((start, end), (end, start))):
            run = stable_ids(text_id(f"bus:{line}"), direction, np.arange(count))
            nodes = {"origin_node": known[ends[0]], "destination_node": known[ends[1]]}
            batches.append(_batch(run, "bus").assign(**nodes, departure_s=when))
    found = pd.concat(batches, ignore_index=True)
    vehicle_id = found["vehicle_id"].to_numpy(np.int64)
    found["group_code"] = draw_groups(
        inputs,
        vehicle_id=vehicle_id,
        vehicle_class=np.full(len(found), VEHICLE_CLASSES.index("bus")),
        non_local_share=np.zeros(len(found)),
        use_share={},
        seed=seed,
    )
    return found


def _batch(vehicle_id: IntArray, purpose: str) -> pd.DataFrame:
    """Lay out trips of vehicles that make one each; zones are -1 until known, the rest is 0."""
    frame = pd.DataFrame({"trip_id": stable_ids(vehicle_id, 0), "vehicle_id": vehicle_id})
    frame["purpose"], frame["direction"] = np.int8(PURPOSES.index(purpose)), np.int8(0)
    frame["origin_zone"] = frame["destination_zone"] = np.int32(-1)
    frame["origin_node"] = frame["destination_node"] = 0
    return frame.assign(departure_s=0.0, group_code=0)


def truck_trips(inputs: Inputs, legs: pd.DataFrame, zones: TrafficZones, *, seed: int, day: int = 0) -> pd.DataFrame:
    """Turn the road legs of freight into single trucks on the streets, empty returns included.

    Parameters
    ----------
    inputs
        Tables of the simulated year.
    legs
        Columns `LEG_COLUMNS`, as in the result table `legs`: places are zones of the data folder or terminals, empty
        for a place outside the map; `depart_s` counts from the start of the freight simulation. [s]
    zones
        Zones of road traffic. A truck to a core zone goes to one of its cells, drawn by where business is.
    seed
        Seed of the replication.
    day
        Day of the freight simulation, from 0.

    Returns
    -------
    As `bus_trips`. Trucks that begin and end at the same node, or outside of the map, are left out.

    Raises
    ------
    DataError
        If a column is missing or a place unknown.
    """
    missing = [name for name in LEG_COLUMNS if name not in legs]
    if missing:
        raise DataError(f"truck legs: columns are missing: {', '.join(missing)}")
    start_s = day * SECONDS_PER_DAY
    today = legs["depart_s"].ge(start_s) & legs["depart_s"].lt(start_s + SECONDS_PER_DAY)
    inside = legs["from_place"].ne("") & legs["to_place"].ne("")
    own = legs[(legs["mode"] == "road") & today & inside & (legs["vehicle_count"] > 0)]
    if own.empty:
        return _batch(np.array([], dtype=np.int64), "truck")
    own = own.loc[own.index.repeat(own["vehicle_count"])]
    vehicle_id = _truck_ids(own)
    places = _Places(inputs, zones)
    ends = {
        side: places.draw(own[f"{column}_place"], vehicle_id, seed=seed, stream=f"truck_{side}")
        for side, column in (("origin", "from"), ("destination", "to"))
    }
    code = _truck_codes(inputs, vehicle_id, own["vehicle_class"], seed=seed)
    batch = _batch(vehicle_id, "truck").assign(departure_s=own["depart_s"].to_numpy(float) - start_s, group_code=code)
    for side, (zone, node) in ends.items():
        batch[f"{side}_zone"], batch[f"{side}_node"] = zone.astype(np.int32), node
    return batch[batch["origin_node"] != batch["destination_node"]]


def _truck_codes(inputs: Inputs, vehicle_id: IntArray, names: "pd.Series[str]", *, seed: int) -> IntArray:
    """Draw what the trucks are; heavy ones may work on construction sites."""
    position = names.map({name: i for i, name in enumerate(VEHICLE_CLASSES)})
    if position.isna().any():
        raise DataError(f"truck legs: no vehicle class {names[position.isna()].iloc[0]!r}")
    vehicle_class = np.asarray(position, dtype=np.int64)
    use_share = use_shares(inputs, "truck", np.ones(len(names), dtype=bool))
    if "construction" in use_share:
        use_share["construction"] = use_share["construction"] * (vehicle_class == VEHICLE_CLASSES.index("truck_heavy"))
    share = Rates.of(traffic_of(inputs).trip_rates).get("non_local_share", purpose="truck")
    return draw_groups(
        inputs,
        vehicle_id=vehicle_id,
        vehicle_class=vehicle_class,
        non_local_share=np.full(len(names), share),
        use_share=use_share,
        seed=seed,
    )


def _truck_ids(trucks: pd.DataFrame) -> IntArray:
    """Return an id for each truck by its places, class and second of departure: legs are numbered anew in each run."""
    names = [trucks[c].map({n: text_id(n) for n in trucks[c].unique()}) for c in ("from_place", "to_place")]
    names.append(trucks["vehicle_class"].map({n: text_id(n) for n in trucks["vehicle_class"].unique()}))
    leg = stable_ids(*(name.to_numpy(np.int64) for name in names), trucks["depart_s"].round().to_numpy(np.int64))
    number = pd.Series(leg).groupby(leg).cumcount().to_numpy(np.int64)
    return stable_ids(leg, number)


class _Places:
    """Zones and nodes of the names that a leg of freight may begin or end at."""

    def __init__(self, inputs: Inputs, zones: TrafficZones) -> None:
        self.inputs, self.zones = inputs, zones
        self.network: Network = traffic_of(inputs).network.at_year(inputs.year)
        self.region = zones.frame["region"].to_numpy()

    def draw(self, place: pd.Series, vehicle_id: IntArray, *, seed: int, stream: str) -> tuple[IntArray, IntArray]:
        """Return the zone (-1 for a terminal) and the node of each truck's place."""
        zone, node = np.full(len(place), -1, dtype=np.int64), np.zeros(len(place), dtype=np.int64)
        draw, where = uniform(vehicle_id, seed=seed, stream=stream), place.to_numpy()
        for name in place.unique():
            here = where == name
            cells = np.flatnonzero(self.region == name)
            if not len(cells):
                node[here] = self._road_node(str(name))
                continue
            pull = np.cumsum(self.zones.frame["attraction_persons"].to_numpy(float)[cells])
            share = draw[here] * max(pull[-1], 1e-9)
            cell = np.minimum(np.searchsorted(pull, share, side="right"), len(cells) - 1)
            zone[here] = cells[cell]
            node[here] = self.zones.access_nodes[cells[cell], 0]
        return zone, node

    def _road_node(self, name: str) -> int:
        """Return the road node nearest to a terminal."""
        known = self.inputs.network.nodes_by_name
        if name not in known:
            raise DataError(f"truck legs: no zone or terminal {name!r}{did_you_mean(name, set(self.region))}")
        all_nodes = self.inputs.network.nodes
        lon, lat = all_nodes.loc[[known[name]], ["lon", "lat"]].to_numpy(float)[0]
        roads = self.network.mode_links("road")
        nodes = self.network.nodes.loc[np.union1d(roads["from_node"], roads["to_node"])]
        away = great_circle_km(lon, lat, nodes["lon"].to_numpy(float), nodes["lat"].to_numpy(float))
        return int(nodes.index[int(np.argmin(away))])

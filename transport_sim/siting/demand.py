"""Charging demand by place, hour and group of users: as simulated where that is known, else from trip ends.

Without a simulation the electricity that public plugs must give follows from the trips of the scenario: what a group
drives, times what its vehicles take from the battery per km, times the shares of electric vehicles and of public
charging. Private cars charge where they live and where their ways out end, taxis and delivery vans where their drives
end, buses at their stations, lorries where freight begins and ends and along expressways, and cars over the edge of the
map along expressways. All shares are rows of `charging_behaviour`, most of them assumptions.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.demand.traffic_rates import traffic_of
from transport_sim.demand.traffic_zones import TrafficZones, traffic_zones
from transport_sim.demand.trip_matrices import Stream, trip_streams
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.network.facilities import nearest
from transport_sim.network.model import Network
from transport_sim.randomness import FloatArray
from transport_sim.siting.behaviour import HOURS, Behaviour
from transport_sim.siting.corridors import EXPRESSWAY, OUTSIDE, Corridors, corridors
from transport_sim.tables.siting import CHARGING_GROUPS
from transport_sim.tables.traffic import TOUR_PURPOSES

NEEDS_COLUMNS = ("hour", "group", "kwh")
"""What a table of charging needs must have, besides `node_id`, or `lon` and `lat`."""
SNAP_KM = 5.0
"""A need farther than this from every road is an error in its coordinates. [km]"""
TOWN_SHARE = 0.5
"""Part of a county zone's demand that arises in its towns and not at its seat. Assumption. [-]"""
ALONG_SHARE = 0.5
"""Part of the lorries' charging that happens along expressways and not where freight begins or ends. Assumption. [-]"""
DAY_COLUMNS = ["point", "node_id", "name", "lon", "lat", "area", "group", "kwh", "population_persons"]


@dataclass(frozen=True, eq=False)
class ChargingDemand:
    """What public plugs must give in a day of one year."""

    frame: pd.DataFrame
    """Columns point, node_id, name, lon, lat, area (core, county, corridor), group, hour, kwh and population_persons;
    the inhabitants of a point stand in its rows of the group `private` only."""
    corridors: Corridors | None
    """Cars along expressways; None where the needs were given."""

    def points(self) -> pd.DataFrame:
        """Return one row for each point and group: `kwh` of the day, `peak_kwh` of the busiest hour."""
        keys = ["point", "group"]
        grouped = self.frame.groupby(keys, sort=True)
        found = grouped.agg(
            node_id=("node_id", "first"),
            name=("name", "first"),
            lon=("lon", "first"),
            lat=("lat", "first"),
            area=("area", "first"),
            kwh=("kwh", "sum"),
            peak_kwh=("kwh", "max"),
            population_persons=("population_persons", "max"),
        )
        return found.reset_index()

    def hourly(self) -> FloatArray:
        """Return the energy of each row of `points` in each hour, shape (points, 24). [kWh]."""
        wide = self.frame.pivot_table(index=["point", "group"], columns="hour", values="kwh", aggfunc="sum", sort=True)
        return wide.reindex(columns=range(HOURS)).fillna(0.0).to_numpy(float)


def charging_demand(inputs: Inputs, needs: pd.DataFrame | None = None) -> ChargingDemand:
    """Return the charging demand of a year.

    Parameters
    ----------
    inputs
        Tables of the simulated year.
    needs
        What a simulation found to be charged at public plugs, a row for each place, hour and group: columns `hour`,
        `group`, `kwh`, and `node_id` or `lon` and `lat`; `name` and `area` if known. Without it the demand follows
        from parking and trip ends.

    Raises
    ------
    DataError
        Negative or missing demand, an unknown group or hour, a place far from every road, or tables without rows.
    """
    network = traffic_of(inputs).network.at_year(inputs.year)
    if needs is not None:
        return ChargingDemand(_from_needs(needs, network), None)
    behaviour = Behaviour(inputs)
    zones = traffic_zones(inputs)
    streams = trip_streams(inputs, zones)
    external = next(stream for stream in streams if stream.purpose == "external")
    along = corridors(network, zones, external, behaviour)
    parts = [
        *_private(zones, streams, behaviour, network),
        *(_at_zones(zones, network, group, kwh) for group, kwh in _trip_ends(zones, streams, behaviour).items()),
        _buses(behaviour, network, zones),
        _trucks(behaviour, network, zones, along),
        _through(behaviour, network, along),
    ]
    day = pd.concat([part for part in parts if len(part)], ignore_index=True)
    day = day[day["kwh"] > 0]
    if day.empty:
        raise DataError(
            f"no public charging in {inputs.year}: electric_share or public_share is 0 for every group; see "
            "traffic/vehicle_stock.csv and fleets/charging_behaviour.csv"
        )
    return ChargingDemand(_by_hour(_merged(day), behaviour), along)


def _merged(day: pd.DataFrame) -> pd.DataFrame:
    """Add up what falls on the same node and group."""
    day = day.sort_values(["node_id", "group", "area"], kind="stable")
    first = {column: (column, "first") for column in ("name", "lon", "lat", "area")}
    merged = day.groupby(["node_id", "group"], as_index=False, sort=True).agg(
        **first, kwh=("kwh", "sum"), population_persons=("population_persons", "sum")
    )
    merged["point"] = "n" + merged["node_id"].astype(str)
    return merged[DAY_COLUMNS]


def _by_hour(day: pd.DataFrame, behaviour: Behaviour) -> pd.DataFrame:
    """Spread the energy of a day over its hours."""
    shares = np.stack([behaviour.hourly_share(group) for group in day["group"]])
    rows = day.loc[day.index.repeat(HOURS)].reset_index(drop=True)
    rows["hour"] = np.tile(np.arange(HOURS), len(day))
    rows["kwh"] = (day["kwh"].to_numpy(float)[:, None] * shares).ravel()
    return rows


def _placed(network: Network, kwh: "pd.Series[float]", group: str, area: str, people: float = 0.0) -> pd.DataFrame:
    """Return rows for an amount by node."""
    nodes = network.nodes.loc[kwh.index]
    return pd.DataFrame(
        {
            "node_id": kwh.index.to_numpy(np.int64),
            "name": nodes["name"].to_numpy(str),
            "lon": nodes["lon"].to_numpy(float),
            "lat": nodes["lat"].to_numpy(float),
            "area": area,
            "group": group,
            "kwh": kwh.to_numpy(float),
            "population_persons": people * kwh.to_numpy(float) / max(float(kwh.sum()), 1e-12),
        }
    )


def _at_zones(
    zones: TrafficZones, network: Network, group: str, kwh: FloatArray, *, with_people: bool = False
) -> pd.DataFrame:
    """Spread amounts by zone over the zone's access nodes, those of a county zone also over its towns."""
    parts = []
    people = zones.frame["population_persons"].to_numpy(float)
    towns = _towns(network, zones)
    for zone in np.flatnonzero((kwh > 0) & (zones.frame["area"] != "gateway").to_numpy()).tolist():
        area = str(zones.frame["area"].iloc[zone])
        places = pd.Series(zones.access_share[zone] * kwh[zone], index=zones.access_nodes[zone])
        places = places.groupby(level=0).sum()
        if area == "county" and zone in towns:
            own = towns[zone]
            rural = pd.Series(TOWN_SHARE * kwh[zone] / len(own), index=own)
            places = pd.concat([places * (1.0 - TOWN_SHARE), rural]).groupby(level=0).sum()
        parts.append(_placed(network, places, group, area, people[zone] if with_people else 0.0))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=DAY_COLUMNS)


def _towns(network: Network, zones: TrafficZones) -> dict[int, list[int]]:
    """Return the towns nearest to each county zone, as the crow flies within its county."""
    nodes = network.nodes
    county = zones.frame.index[zones.frame["area"] == "county"].to_numpy()
    if not len(county):
        return {}
    seats = zones.access_nodes[county, 0]
    town = nodes[(nodes["mode"] == "road") & (nodes["kind"] == "town") & ~nodes["county"].str.startswith(OUTSIDE)]
    found: dict[int, list[int]] = {}
    at = nodes.loc[seats]
    for name, members in town.groupby("county", sort=True):
        own = np.flatnonzero((at["county"] == name).to_numpy())
        if len(own):
            lon, lat = (at[axis].to_numpy(float)[own] for axis in ("lon", "lat"))
            position, _ = nearest(members, lon, lat, np.inf)
            for node, seat in zip(members.index.tolist(), position.tolist(), strict=True):
                found.setdefault(int(county[own[seat]]), []).append(int(node))
    return found


def _private(
    zones: TrafficZones, streams: tuple[Stream, ...], behaviour: Behaviour, network: Network
) -> list[pd.DataFrame]:
    """Let local cars charge near their homes and where their ways out end."""
    home_share, rate = behaviour.get("private", "home_share"), behaviour.public_kwh_per_km("private")
    homes, ends = np.zeros(len(zones.frame)), np.zeros(len(zones.frame))
    for stream in streams:
        if stream.vehicle_class == "car" and stream.purpose in TOUR_PURPOSES:
            kwh = 2.0 * stream.expected_count * zones.distance_km * rate
            homes += kwh.sum(axis=1)
            ends += kwh.sum(axis=0)
    kwh = home_share * homes + (1.0 - home_share) * ends
    return [_at_zones(zones, network, "private", kwh, with_people=True)]


def _trip_ends(zones: TrafficZones, streams: tuple[Stream, ...], behaviour: Behaviour) -> dict[str, FloatArray]:
    """Return what taxis and delivery vans charge in each zone, where their drives end. [kWh/day]."""
    found = {"taxi": np.zeros(len(zones.frame)), "delivery": np.zeros(len(zones.frame))}
    group_of = {"taxi": "taxi", "taxi_empty": "taxi", "light_goods": "delivery"}
    for stream in streams:
        if stream.purpose in group_of:
            km = (stream.expected_count * zones.distance_km).sum(axis=0)
            found[group_of[stream.purpose]] += km * behaviour.public_kwh_per_km(group_of[stream.purpose])
    return found


def _buses(behaviour: Behaviour, network: Network, zones: TrafficZones) -> pd.DataFrame:
    """Let buses charge at bus stations and depots, evenly; without any on the map, at the seats of the core."""
    totals = traffic_of(behaviour.inputs).vehicle_totals
    own = totals[totals["vehicle_class"] == "bus"].sort_values("year")
    if own.empty:
        return pd.DataFrame(columns=DAY_COLUMNS)
    count = float(np.interp(behaviour.inputs.year, own["year"], own["vehicle_count"]))
    kwh = count * behaviour.get("bus", "km_per_vehicle_day", 0.0) * behaviour.public_kwh_per_km("bus")
    there = network.facilities[network.facilities["kind"].isin(["bus_depot", "bus_station"])]
    nodes = there["node_id"].dropna().astype("int64").unique()
    if not len(nodes):
        core = zones.frame[zones.frame["area"] != "gateway"].drop_duplicates("region").index.to_numpy()
        nodes = np.unique(zones.access_nodes[core[:1], 0])
    return _placed(network, pd.Series(kwh / len(nodes), index=np.sort(nodes)), "bus", "core")


def _trucks(behaviour: Behaviour, network: Network, zones: TrafficZones, along: Corridors) -> pd.DataFrame:
    """Let electric lorries charge where freight begins and ends, by its weights, and along expressways as cars do."""
    count = behaviour.get("truck", "vehicle_count", 0.0)
    kwh = count * behaviour.get("truck", "km_per_vehicle_day", 0.0) * behaviour.public_kwh_per_km("truck")
    if kwh <= 0:
        return pd.DataFrame(columns=DAY_COLUMNS)
    weights = behaviour.inputs.generators.groupby("zone")[["production_weight", "attraction_weight"]].sum().sum(axis=1)
    inhabited = zones.frame[zones.frame["area"] != "gateway"].drop_duplicates("region")
    weight = inhabited["region"].map(weights).fillna(0.0).to_numpy(float)
    flow = along.at_nodes(network, 1.0)
    share = ALONG_SHARE if flow.sum() > 0 else 0.0
    parts = []
    if weight.sum() > 0:
        nodes = zones.access_nodes[inhabited.index.to_numpy(), 0]
        for area in ("core", "county"):
            own = (inhabited["area"] == area).to_numpy() & (weight > 0)
            amount = pd.Series((1.0 - share) * kwh * weight[own] / weight.sum(), index=nodes[own])
            parts.append(_placed(network, amount.groupby(level=0).sum(), "truck", area))
    if share:
        parts.append(_placed(network, share * kwh * flow / flow.sum(), "truck", "corridor"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=DAY_COLUMNS)


def _through(behaviour: Behaviour, network: Network, along: Corridors) -> pd.DataFrame:
    """Let cars over the edge of the map charge along the expressways inside the region."""
    rate = behaviour.kwh_per_km("through") * behaviour.get("through", "public_share")
    kwh = along.at_nodes(network, rate)
    return _placed(network, kwh[kwh > 0], "through", "corridor")


def _from_needs(needs: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Check a table of charging needs and lay it on the nodes of the roads."""
    frame = needs.copy()
    _check_needs(frame)
    roads = network.nodes[network.nodes["mode"] == "road"].sort_index()
    if "node_id" not in frame:
        lon, lat = (roads[axis].to_numpy(float) for axis in ("lon", "lat"))
        position, _ = nearest(frame, lon, lat, SNAP_KM)
        if (position < 0).any():
            first = frame[["lon", "lat"]].to_numpy(float)[int(np.argmax(position < 0))]
            raise DataError(
                f"charging needs: {int((position < 0).sum())} rows lie more than {SNAP_KM:g} km from every road, "
                f"first: lon {first[0]:g}, lat {first[1]:g}"
            )
        frame["node_id"] = roads.index.to_numpy(np.int64)[position]
    unknown = frame.loc[~frame["node_id"].isin(roads.index), "node_id"]
    if len(unknown):
        raise DataError(
            f"charging needs: {len(unknown)} rows name no road node of the network, first: {unknown.iloc[0]}"
        )
    at = roads.loc[frame["node_id"]]
    frame = frame.assign(lon=at["lon"].to_numpy(float), lat=at["lat"].to_numpy(float))
    frame["name"] = frame["name"] if "name" in frame else at["name"].to_numpy(str)
    express = set(network.links.loc[network.links["link_class"] == EXPRESSWAY, "to_node"])
    found = frame["node_id"].map(lambda node: "corridor" if node in express else "core")
    frame["area"] = frame.get("area", found)
    frame["population_persons"] = 0.0
    frame["point"] = "n" + frame["node_id"].astype(str)
    keys = ["point", "node_id", "group", "hour"]
    first = {column: (column, "first") for column in ("name", "lon", "lat", "area", "population_persons")}
    summed: pd.DataFrame = frame.groupby(keys, as_index=False, sort=True).agg(**first, kwh=("kwh", "sum"))
    return summed


def _check_needs(frame: pd.DataFrame) -> None:
    placed = "node_id" in frame or {"lon", "lat"} <= set(frame.columns)
    missing = [column for column in NEEDS_COLUMNS if column not in frame]
    if missing or not placed:
        wanted = [*missing, *([] if placed else ["node_id (or lon and lat)"])]
        raise DataError(f"charging needs: columns are missing: {', '.join(wanted)}")
    kwh = pd.to_numeric(frame["kwh"], errors="coerce")
    problems = {
        "kwh must be a number": kwh.isna(),
        "kwh must not be negative": kwh < 0,
        "hour must be a whole number from 0 to 23": ~frame["hour"].isin(range(HOURS)),
        f"group must be one of {', '.join(CHARGING_GROUPS)}": ~frame["group"].isin(CHARGING_GROUPS),
    }
    for text, bad in problems.items():
        if bad.any():
            rows = ", ".join(str(number + 2) for number in np.flatnonzero(bad.to_numpy())[:5])
            raise DataError(f"charging needs: {text}; {int(bad.sum())} rows are not, first at line {rows}")
    if not kwh.sum() > 0:
        raise DataError("charging needs: there is no demand: kwh is 0 in every row")

"""From the table of vessels on regular routes to their plan: stretches, energy, locks and shore power."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transport_sim.demand.tours import ELECTRIC, technologies, vehicle_ids, with_electric_share
from transport_sim.energy.battery import charging_curve, piece_table
from transport_sim.energy.sailing import sailing_energy, vessel_dimensions, waiting_energy
from transport_sim.errors import DataError, FactorError
from transport_sim.fleet.numbers import first_number
from transport_sim.fleet.stock import technology_counts
from transport_sim.inputs import Inputs
from transport_sim.network.geometry import great_circle_km
from transport_sim.network.model import Network
from transport_sim.network.routing import links_along, shortest_paths
from transport_sim.planning.station_choice import usable_stations
from transport_sim.planning.stations import battery_per_meter
from transport_sim.randomness import uniform
from transport_sim.river import lock_passages_h
from transport_sim.simulation.shore import PLUG, Stretch, VesselGroup, VesselPlan
from transport_sim.units import KMH_PER_M_PER_S, SECONDS_PER_DAY, SECONDS_PER_HOUR

FLEET = "vessel"
ASHORE_KM = 3.0
"""A station of shore power so far from a node of the river belongs to it. Assumption. [km]"""
DAYS_PER_WEEK = 7


@dataclass(frozen=True, eq=False)
class _Water:
    """The river as the vessels of one run see it."""

    network: Network
    passages_h: "pd.Series[float]"
    shore: dict[int, tuple[str, float]]
    """Station and strongest plug [kW at the battery] by node."""


def vessel_plan(inputs: Inputs, *, seed: int) -> tuple[tuple[VesselGroup, ...], tuple[VesselPlan, ...]] | None:
    """Plan the vessels of a run; None if the table has no rows.

    Parameters
    ----------
    inputs
        After policies; the section `fleets` states the days.
    seed
        Of the replication.

    Raises
    ------
    DataError
        If a port is unknown, no river leads there, or a vessel cannot sail as it is stated.
    """
    table = inputs.operations["electric_vessels"]
    if table.empty:
        return None
    days = DAYS_PER_WEEK if inputs.fleets is None else inputs.fleets.days
    network = inputs.network.at_year(inputs.year)
    water = _Water(network, lock_passages_h(inputs, network), _shore(inputs, network))
    groups: list[VesselGroup] = []
    vessels: list[VesselPlan] = []
    for line, (_, row) in enumerate(table.iterrows(), 2):
        counts = with_electric_share(technology_counts(inputs, FLEET), float(row["electric_share"]))
        if not sum(counts.values()):
            raise DataError(f"electric_vessels: line {line}  no electric_share, and fleet_stock has no vessels")
        ids = vehicle_ids(FLEET, str(row["route"]), int(row["vessels_count"]))
        names = technologies(counts, ids, seed=seed)
        at = {name: len(groups) + n for n, name in enumerate(sorted(set(names)))}
        try:
            groups += [_group(inputs, water, row, name) for name in at]
        except (FactorError, DataError) as error:
            raise DataError(f"electric_vessels: line {line}  {row['route']}: {error}") from None
        first = uniform(ids, seed=seed, stream="vessel_departure")
        for name, draw in zip(names, first.tolist(), strict=True):
            number = first_number(FLEET) + len(vessels)
            vessels.append(VesselPlan(number, at[name], _departures(row, draw, days)))
    return tuple(groups), tuple(vessels)


def _departures(row: "pd.Series[Any]", draw: float, days: int) -> tuple[float, ...]:
    """Spread the round trips evenly over the week, the vessels of a route over the time between two."""
    trips = float(row["round_trips_per_week"])
    if trips <= 0.0:
        return ()
    every_s = DAYS_PER_WEEK * SECONDS_PER_DAY / trips
    first_s = float(row["from_hour"]) * SECONDS_PER_HOUR + draw * min(every_s, SECONDS_PER_DAY)
    count = max(int(np.ceil((days * SECONDS_PER_DAY - first_s) / every_s)), 0)
    return tuple(first_s + n * every_s for n in range(count))


def _shore(inputs: Inputs, network: Network) -> dict[int, tuple[str, float]]:
    """Find the node of the river next to each station of shore power."""
    nodes = network.nodes[network.nodes["mode"] == "waterway"]
    plugs = inputs.operations["plugs"]
    mine = plugs[(plugs["kind"] == PLUG) & (plugs["plugs_count"] > 0)].groupby("station")["power_kw"].max()
    found: dict[int, tuple[str, float]] = {}
    ids, at = nodes.index.to_numpy(np.int64), nodes[["lon", "lat"]].to_numpy(float)
    stations = usable_stations(inputs, FLEET, "shore_power")
    for name, lon, lat in zip(stations["station"], stations["lon"], stations["lat"], strict=True):
        away = great_circle_km(lon, lat, at[:, 0], at[:, 1])
        if name in mine.index and away.size and away.min() <= ASHORE_KM:
            power_kw = float(mine.loc[name]) * battery_per_meter(inputs.factors)
            found.setdefault(int(ids[away.argmin()]), (str(name), power_kw))
    return found


def _group(inputs: Inputs, water: _Water, row: "pd.Series[Any]", technology: str) -> VesselGroup:
    """Plan the way there and back of the vessels of a route with one technology."""
    ends = [water.network.node_by_ref(str(row[side])) for side in ("origin", "destination")]
    loads = float(row["load_out_ratio"]), float(row["load_back_ratio"])
    trip: list[Stretch] = []
    for (start, end), load in zip((ends, ends[::-1]), loads, strict=True):
        trip += _way(inputs, water, row, (start, end), load)
    hotel_kw = float(
        waiting_energy(inputs.factors, str(row["hull"]), 1.0, place="port", energy_carrier="electricity").work_kwh
    )
    if technology != ELECTRIC:
        return VesselGroup(str(row["route"]), technology, tuple(trip), hotel_kw)
    curve = charging_curve(inputs.factors, largest_rate_per_h=float(row["charge_rate_per_h"]))
    pieces = piece_table(curve, capacity_kwh=float(row["battery_kwh"]))
    return VesselGroup(str(row["route"]), technology, tuple(trip), hotel_kw, pieces, float(row["reserve_soc"]))


def _way(inputs: Inputs, water: _Water, row: "pd.Series[Any]", ends: tuple[int, int], load: float) -> list[Stretch]:
    """Cut the way between two ports at locks and shore power, with the energy of each stretch at the battery."""
    links = water.network.links
    paths = shortest_paths(water.network, modes=("waterway",), sources=[ends[0]], targets=[ends[1]], weight="length_km")
    if not np.isfinite(paths.cost[0, 0]):
        raise DataError(f"no river leads from {row['origin']} to {row['destination']}")
    between = links[["from_node", "to_node"]].to_numpy()
    rows = links_along(paths, between, 0, 0, ends[0])
    hull, factors = str(row["hull"]), inputs.factors
    used = links.iloc[rows]
    sailing = sailing_energy(
        factors,
        hull,
        distance_km=used["length_km"].to_numpy(float),
        payload_t=load * vessel_dimensions(factors, hull).payload_t,
        speed_kmh=float(row["water_speed_kmh"]),
        depth_m=used["depth_mean_m"].to_numpy(float),
        current_kmh=used["current_ms"].fillna(0.0).to_numpy(float) * KMH_PER_M_PER_S,
        energy_carrier="electricity",
    )
    # the engine's electricity is that at the meter: what is lost in charging does not come out of the battery
    per_meter = factors.value("vessel_propulsion", quantity="battery_charging_ratio", vessel="inland")
    kwh = sailing.use.electricity_kwh * per_meter
    found: list[Stretch] = []
    time_s = km = energy = 0.0
    for n, node in enumerate(used["to_node"].tolist()):
        time_s += float(sailing.duration_h[n]) * SECONDS_PER_HOUR
        km += float(used["length_km"].iloc[n])
        energy += float(kwh[n])
        last = node == ends[1]
        passage_h = 0.0 if last else float(water.passages_h.get(node, 0.0))
        station, plug_kw = water.shore.get(node, ("", 0.0))
        if passage_h:
            at_lock = waiting_energy(factors, hull, passage_h, place="lock", energy_carrier="electricity")
            energy += float(at_lock.use.electricity_kwh) * per_meter
        if last or passage_h or station:
            stay_h = float(row["berth_h"]) if last else passage_h
            found.append(Stretch(time_s, km, energy, stay_h * SECONDS_PER_HOUR, last, station, plug_kw))
            time_s = km = energy = 0.0
    return found

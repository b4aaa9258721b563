"""From the tables of tours to the plan of the simulation: vehicles, energy of their ways, stations, private cars."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transport_sim.charge import PieceTable
from transport_sim.demand.tours import (
    ELECTRIC,
    DrawnTours,
    base_nodes,
    corridor_tours,
    draw_tours,
    technologies,
    tour_places,
    vehicle_ids,
    with_electric_share,
)
from transport_sim.energy.electric import MILD_TEMPERATURE_C, electric_energy_kwh_per_km
from transport_sim.errors import DataError
from transport_sim.fleet.numbers import first_number
from transport_sim.fleet.stock import technology_counts
from transport_sim.fleet.travel import Travel, nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.planning.private_cars import home_charging, public_charging
from transport_sim.planning.station_choice import fuel_ways, station_ways, usable_stations
from transport_sim.planning.stations import charging_pieces
from transport_sim.planning.vessels import vessel_plan
from transport_sim.randomness import IntArray, uniform
from transport_sim.simulation.station_ways import StationWays
from transport_sim.simulation.tour_plan import Supply, Tour, TourFleet, TourPlan, TourVehicle
from transport_sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

FUELS = {"lng": "lng", "fuel_cell_electric": "hydrogen"}
"""Technologies that fill up at stations of the table, and what they fill."""
ROAD_TABLES = ("tour_fleets", "corridor_trucks", "private_charging")
TABLES = (*ROAD_TABLES, "electric_vessels")
TANK_RESERVE = 0.1
"""Share of a tank below which no way is planned. Assumption. [-]"""


class Battery(NamedTuple):
    """The electric vehicles of a fleet, by the table `electric_vehicles`."""

    pieces: PieceTable
    vehicle_class: str
    plug_kind: str
    reserve_soc: float
    target_soc: float
    load_ratio: float


@dataclass
class _Lines:
    """Collects groups of like vehicles, and the vehicles with their numbers."""

    fleets: list[TourFleet] = field(default_factory=list)
    vehicles: list[TourVehicle] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    ways: dict[tuple[str, str], StationWays] = field(default_factory=dict)
    """By fleet and supply: bases share them."""

    def number(self, fleet: str) -> int:
        """Return the next free number of a fleet."""
        found = self.numbers.get(fleet, first_number(fleet))
        self.numbers[fleet] = found + 1
        return found


def tour_nodes(inputs: Inputs) -> IntArray:
    """Return the nodes that `Travel` must know for tours, corridor trucks and private cars; none without tables."""
    tables = inputs.operations
    if all(tables[name].empty for name in ROAD_TABLES):
        return np.empty(0, dtype=np.int64)
    network = roads(inputs)
    ends = [network.node_by_ref(ref) for side in ("origin", "destination") for ref in tables["corridor_trucks"][side]]
    stations = tables["stations"]
    at = nearest_nodes(network, stations["lon"], stations["lat"]) if len(stations) else np.empty(0, dtype=np.int64)
    places = tour_places(inputs).node_id
    return np.unique(np.concatenate([places, base_nodes(inputs), np.array(ends, dtype=np.int64), at]))


def tour_plan(inputs: Inputs, travel: Travel, *, seed: int) -> TourPlan | None:
    """Plan the week of all fleets on tours.

    Parameters
    ----------
    inputs
        After policies; the section `fleets` states the days.
    travel
        Ways between at least the nodes of `tour_nodes`.
    seed
        Of the replication.

    Returns
    -------
    The plan; None if the tables are empty.

    Raises
    ------
    DataError
        If a fleet has no stock, or no row in `electric_vehicles`, or a base lies where no road leads.
    """
    tables = inputs.operations
    if all(tables[name].empty for name in TABLES):
        return None
    days = 7 if inputs.fleets is None else inputs.fleets.days
    lines = _Lines()
    _add_bases(inputs, travel, lines, days=days, seed=seed)
    _add_corridors(inputs, travel, lines, days=days, seed=seed)
    home_kwh, home_events = home_charging(inputs, days=days)
    return TourPlan(
        days,
        travel.time_s,
        travel.distance_km,
        tuple(lines.fleets),
        tuple(lines.vehicles),
        public_charging(inputs, travel, days=days, seed=seed),
        home_kwh,
        home_events,
        *(vessel_plan(inputs, seed=seed) or ((), ())),
    )


def battery_of(inputs: Inputs, fleet: str) -> Battery:
    """Look up the electric vehicles of a fleet; raise DataError if the table has no row for it."""
    pieces = charging_pieces(inputs, fleet)
    row: Any = inputs.operations["electric_vehicles"].set_index("fleet").loc[fleet]
    numbers = (float(row[name]) for name in ("reserve_soc", "target_soc", "load_ratio"))
    return Battery(pieces, str(row["vehicle_class"]), str(row["plug_kind"]), *numbers)


def fleet_counts(inputs: Inputs, fleet: str, table: str) -> dict[str, float]:
    """Return the vehicles of a fleet by technology; raise DataError if a table names it and there are none."""
    counts = technology_counts(inputs, fleet)
    if not sum(counts.values()):
        raise DataError(f"{table}: the fleet {fleet!r} has no vehicles in {inputs.year}; state them in fleet_stock")
    return counts


def _add_bases(inputs: Inputs, travel: Travel, lines: _Lines, *, days: int, seed: int) -> None:
    table, nodes = inputs.operations["tour_fleets"], base_nodes(inputs)
    places = tour_places(inputs) if len(table) else None
    for (_, row), node in zip(table.iterrows(), nodes.tolist(), strict=True):
        fleet, counts = str(row["fleet"]), fleet_counts(inputs, str(row["fleet"]), "tour_fleets")
        stated = float(row["vehicles_count"])
        count = round(float(row["fleet_share"]) * sum(counts.values()) if np.isnan(stated) else stated)
        if not count or places is None:
            continue
        ids = vehicle_ids(fleet, str(row["base"]), count)
        names = technologies(counts, ids, seed=seed)
        drawn = draw_tours(row, node, ids, places, travel, days=days, seed=seed)
        groups = {name: _base_group(lines, inputs, travel, row, name) for name in sorted(set(names))}
        _add(lines, groups, names, ids, drawn, seed=seed)


def _base_group(lines: _Lines, inputs: Inputs, travel: Travel, row: "pd.Series[Any]", technology: str) -> TourFleet:
    """Describe the vehicles of one base with one technology."""
    fleet, local_km = str(row["fleet"]), float(row["local_km"])
    speed_kmh = float(row["local_speed_kmh"])
    local_s = local_km / speed_kmh * SECONDS_PER_HOUR
    if technology != ELECTRIC:
        return TourFleet(fleet, technology, "none", local_km=local_km, local_s=local_s)
    battery = battery_of(inputs, fleet)
    local_kwh = local_km * electric_energy_kwh_per_km(
        inputs.factors,
        vehicle_class=battery.vehicle_class,
        speed_kmh=speed_kmh,
        load_ratio=battery.load_ratio,
        temperature_c=MILD_TEMPERATURE_C if inputs.fleets is None else inputs.fleets.temperature_c,
    )
    charging = str(row["charging"])
    return replace(
        electric_group(inputs, travel, fleet, "charging", lines.ways),
        depot=str(row["station"]),
        en_route=charging != "depot",
        between=charging == "public",
        patience_s=float(row["patience_min"]) * SECONDS_PER_MINUTE,
        local_km=local_km,
        local_s=local_s,
        local_energy=float(local_kwh),
    )


def electric_group(
    inputs: Inputs,
    travel: Travel,
    fleet: str,
    supply: Supply,
    known: dict[tuple[str, str], StationWays] | None = None,
) -> TourFleet:
    """Describe the electric vehicles of a fleet; those with the same supply share the `known` ways over stations."""
    battery = battery_of(inputs, fleet)
    kind = "swap" if supply == "swap" else battery.plug_kind
    ways = (known or {}).get((fleet, supply))
    if ways is None:
        soc = battery.reserve_soc, battery.target_soc
        ways = station_ways(inputs, travel, fleet, battery.pieces, kind=kind, soc=soc)
    if known is not None:
        known[fleet, supply] = ways
    return TourFleet(
        fleet,
        ELECTRIC,
        supply,
        kind,
        battery.pieces,
        battery.pieces.capacity_kwh,
        battery.reserve_soc,
        battery.target_soc,
        ways,
    )


def _add_corridors(inputs: Inputs, travel: Travel, lines: _Lines, *, days: int, seed: int) -> None:
    network = roads(inputs) if len(inputs.operations["corridor_trucks"]) else None
    for _, row in inputs.operations["corridor_trucks"].iterrows():
        fleet = str(row["fleet"])
        counts = with_electric_share(fleet_counts(inputs, fleet, "corridor_trucks"), float(row["electric_share"]))
        name = f"{row['corridor']}:{row['origin']}:{row['supply']}"
        ids = vehicle_ids(fleet, name, round(float(row["trucks_per_day"])))
        nodes = [network.node_by_ref(str(row[side])) for side in ("origin", "destination")] if network else []
        start, end = travel.position(nodes).tolist()
        if not np.isfinite(travel.time_s[0, [start, end], [end, start]]).all():
            raise DataError(f"corridor_trucks: no road leads from {row['origin']} to {row['destination']} and back")
        names = technologies(counts, ids, seed=seed)
        drawn = corridor_tours(row, ids, (start, end), days=days, seed=seed)
        groups = {name: _corridor_group(lines, inputs, travel, row, name) for name in sorted(set(names))}
        _add(lines, groups, names, ids, drawn, seed=seed)


def _corridor_group(lines: _Lines, inputs: Inputs, travel: Travel, row: "pd.Series[Any]", technology: str) -> TourFleet:
    fleet, own = str(row["fleet"]), str(row["station"])
    patience_s = float(row["patience_min"]) * SECONDS_PER_MINUTE
    if technology == ELECTRIC:
        supply: Supply = "swap" if row["supply"] == "swap" else "charging"
        return replace(electric_group(inputs, travel, fleet, supply, lines.ways), depot=own, patience_s=patience_s)
    fuel = FUELS.get(technology)
    if fuel is None or usable_stations(inputs, fleet, fuel).empty:
        return TourFleet(fleet, technology, "none")
    tank_kg = float(row["tank_kg"])
    ways = fuel_ways(inputs, travel, fleet, fuel, usable_kg=tank_kg * (1.0 - TANK_RESERVE))
    return TourFleet(fleet, technology, "fill", fuel, None, tank_kg, TANK_RESERVE, 1.0, ways, patience_s=patience_s)


def _add(
    lines: _Lines,
    groups: Mapping[str, TourFleet],
    names: list[str],
    ids: IntArray,
    drawn: DrawnTours,
    *,
    seed: int,
) -> None:
    """Give each vehicle of a base a number and its tours.

    Who charges at a depot starts full; the others somewhere between half of what they may use and all of it.
    """
    at = {name: len(lines.fleets) + n for n, name in enumerate(groups)}
    lines.fleets += groups.values()
    draw = uniform(ids, seed=seed, stream="tour_start_soc").tolist()
    bounds = np.searchsorted(drawn.vehicle, np.arange(len(ids) + 1)).tolist()
    rows = list(tours_of(drawn))
    for n, name in enumerate(names):
        group = groups[name]
        low = group.target_soc if group.depot else 0.5 * (group.reserve_soc + group.target_soc)
        start_soc = low + draw[n] * (group.target_soc - low)
        tours = tuple(rows[bounds[n] : bounds[n + 1]])
        lines.vehicles.append(TourVehicle(lines.number(group.fleet), at[name], start_soc, tours))


def tours_of(drawn: DrawnTours) -> Iterator[Tour]:
    """Yield drawn tours one by one, in their order."""
    columns = (drawn.number, drawn.day, drawn.depart_s, drawn.places, drawn.service_s)
    for number, day, depart_s, places, service_s in zip(*(c.tolist() for c in columns), strict=True):
        yield Tour(number, day, depart_s, tuple(places), tuple(service_s))

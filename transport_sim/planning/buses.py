"""From the timetable of buses to the plan of the simulation: ways, blocks, buses, stations and batteries."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transport_sim.demand.bus_blocks import LARGEST_EXACT, Block, Runs, fewest_buses, given_blocks
from transport_sim.demand.bus_timetable import Timetable, arrivals_s, pattern_ways, table_timetable
from transport_sim.demand.gtfs import gtfs_timetable, read_gtfs
from transport_sim.energy.electric import MILD_TEMPERATURE_C, electric_energy_kwh_per_km
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.errors import DataError
from transport_sim.fleet.stock import technology_counts
from transport_sim.fleet.travel import Travel, nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.network.geometry import great_circle_km
from transport_sim.planning.bus_vehicles import Depots, assign_buses
from transport_sim.planning.stations import charging_pieces, open_stations, station_plans
from transport_sim.randomness import FloatArray, IntArray, stable_ids, text_id, uniform
from transport_sim.simulation.bus_plan import (
    NO_STATION,
    BusBattery,
    BusPlan,
    BusRuns,
    BusStation,
    BusWays,
)
from transport_sim.simulation.charging import StationPlan
from transport_sim.simulation.stations import Plan
from transport_sim.simulation.swapping import SwapPlan
from transport_sim.units import SECONDS_PER_HOUR

FLEET = "bus"
ANY_PLUG = "pantograph"
"""Plug that buses use where a station has none of their own kind."""
MOST_DEVIATIONS = 3.0
"""Runs are at most so many standard deviations quicker or slower than the mean; assumption: buses neither fly nor
break down. [-]"""
LEAST_RATIO = 0.3
FARTHEST_KM = 5.0
"""A stop farther than this from any road belongs to another map; assumption. [km]"""


def bus_timetable(inputs: Inputs) -> Timetable | None:
    """Return the timetable of the simulated year: the feed that the scenario names, else that of the tables, if any."""
    if inputs.fleets is None:
        return None
    if inputs.fleets.gtfs is not None:
        return gtfs_timetable(read_gtfs(inputs.fleets.gtfs), inputs.operations, days=inputs.fleets.days)
    timetable = table_timetable(inputs.operations, year=inputs.year, days=inputs.fleets.days)
    return timetable if timetable.lines else None


def bus_nodes(inputs: Inputs) -> IntArray:
    """Return the nodes of all stops that fix the way of a line, and of depots. [-]."""
    timetable = bus_timetable(inputs)
    if timetable is None:
        return np.empty(0, dtype=np.int64)
    return np.unique(np.concatenate([_stop_nodes(inputs, timetable), _depot_nodes(inputs)]))


def bus_plan(inputs: Inputs, travel: Travel, *, seed: int) -> BusPlan | None:
    """Plan the days of the buses.

    Parameters
    ----------
    inputs
        Of the simulated year, after policies.
    travel
        Ways between the nodes of :func:`bus_nodes`, among others.
    seed
        Of the replication: who is electric, and how long each run takes.

    Returns
    -------
    The plan; None where there are no lines.

    Raises
    ------
    DataError
        If no way leads along a line or to its depot, or a line names no depot.
    """
    timetable = bus_timetable(inputs)
    if timetable is None:
        return None
    if inputs.operations["depots"].empty:
        raise DataError("depots: there are bus lines and no depot that their buses come from; state at least one")
    network = _Network(inputs, timetable, travel)
    plans = station_plans(_with_own_stations(inputs, timetable), seed=seed, days=len(timetable.days))
    stations = _Stations(inputs, plans)
    layover_s = np.array([line.layover_s for line in timetable.lines])
    kinds = tuple(network.runs(kind, stations) for kind in range(len(timetable.kinds)))
    chained = tuple(
        Runs(k.start_s, k.end_s, k.from_place, k.to_place, layover_s[k.line] if len(k) else k.start_s) for k in kinds
    )
    depots = network.depots(stations)
    blocks = [
        _blocks(runs, chain, timetable.kinds[kind]["block"].tolist(), network)
        for kind, (runs, chain) in enumerate(zip(kinds, chained, strict=True))
    ]
    plan = BusPlan(
        tuple(line.line for line in timetable.lines),
        kinds,
        timetable.days,
        network.ways,
        tuple(stations.found),
        (),
        _battery(inputs),
        tuple(_spread(timetable, kinds[kind], day, seed) for day, kind in enumerate(timetable.days)),
        depots=depots.names,
        depot_of_place=network.depot_of_place,
    )
    stock = technology_counts(inputs, FLEET)
    return assign_buses(
        plan,
        depots,
        blocks=[[own for own, _ in kind] for kind in blocks],
        least=[[least for _, least in kind] for kind in blocks],
        runs=chained,
        stock=stock,
        stations=plans,
        seed=seed,
    )


def _with_own_stations(inputs: Inputs, timetable: Timetable) -> Inputs:
    """Leave out the stations at which no bus could charge."""
    own = {*inputs.operations["depots"]["station"], *timetable.stops["station"]}
    stations = inputs.operations["stations"]
    return inputs.with_table("stations", stations[stations["station"].isin(own)])


def _stop_nodes(inputs: Inputs, timetable: Timetable) -> IntArray:
    """Return the road node next to each stop; refuse stops that are not on the map."""
    network, stops = roads(inputs), timetable.stops
    nodes = nearest_nodes(network, stops["lon"], stops["lat"])
    at = network.nodes.loc[nodes, ["lon", "lat"]].to_numpy(np.float64)
    away_km = great_circle_km(stops["lon"], stops["lat"], at[:, 0], at[:, 1])
    if (away_km > FARTHEST_KM).any():
        worst = int(np.argmax(away_km))
        raise DataError(
            f"{(away_km > FARTHEST_KM).sum()} of {len(stops)} stops of buses lie more than {FARTHEST_KM:g} km from any "
            f"road of the network, {stops['stop'].iloc[worst]!r} {away_km[worst]:.0f} km; the timetable must be of the "
            "same region"
        )
    return nodes


def _depot_nodes(inputs: Inputs) -> IntArray:
    depots = inputs.operations["depots"]
    if depots.empty:
        return np.empty(0, dtype=np.int64)
    return nearest_nodes(roads(inputs), depots["lon"], depots["lat"])


class _Vehicle(NamedTuple):
    """What the table of electric vehicles says of buses."""

    vehicle_class: str
    plug_kind: str
    reserve_soc: float
    target_soc: float
    load_ratio: float


def _electric_bus(inputs: Inputs) -> _Vehicle | None:
    """Return the row of buses; None if there is none."""
    table = inputs.operations["electric_vehicles"]
    rows = table.loc[table["fleet"] == FLEET, list(_Vehicle._fields)].itertuples(index=False, name=None)
    return next((_Vehicle(*row) for row in rows), None)


def _battery(inputs: Inputs) -> BusBattery | None:
    row = _electric_bus(inputs)
    return None if row is None else BusBattery(charging_pieces(inputs, FLEET), row.reserve_soc, row.target_soc)


class _Stations:
    """Stations that buses may use, numbered as they are asked for."""

    def __init__(self, inputs: Inputs, plans: Sequence[Plan]) -> None:
        self._open = set(open_stations(inputs, FLEET)["station"])
        self._plans = {plan.station: plan for plan in plans}
        vehicle = _electric_bus(inputs)
        self._kind = ANY_PLUG if vehicle is None else vehicle.plug_kind
        self.found: list[BusStation] = []

    def number(self, name: str) -> int:
        """Return the number of a station; `NO_STATION` for none, and for one that is closed or not for buses."""
        plan = self._plans.get(name)
        if name not in self._open or not isinstance(plan, StationPlan | SwapPlan):
            return NO_STATION
        known = [station.station for station in self.found]
        if name in known:
            return known.index(name)
        self.found.append(self._station(name, plan))
        return len(self.found) - 1

    def _station(self, name: str, plan: StationPlan | SwapPlan) -> BusStation:
        if isinstance(plan, SwapPlan):
            return BusStation(name, "swap", plan.charger_kw, plan.swap_s)
        power = dict.fromkeys((self._kind, ANY_PLUG), 0.0)
        for plug in plan.plugs:
            if plug.kind in power and plug.count:
                power[plug.kind] = max(power[plug.kind], plug.power_kw)
        kind = self._kind if power[self._kind] or not power[ANY_PLUG] else ANY_PLUG
        return BusStation(name, kind, power[kind] or 1.0)


class _Network:
    """The timetable on the roads: ways of lines and between places, which are last stops and depots."""

    def __init__(self, inputs: Inputs, timetable: Timetable, travel: Travel) -> None:
        self.timetable = timetable
        self._table = inputs.operations["depots"]
        ends = timetable.places()
        stops, depots = _stop_nodes(inputs, timetable), _depot_nodes(inputs)
        at = travel.position(np.concatenate([stops[ends], depots]))
        self._place = {int(stop): place for place, stop in enumerate(ends)}
        self._first_depot = len(ends)
        self.depot_of_place = (*(-1 for _ in ends), *range(len(depots)))
        energy = travel.energy.get(FLEET, np.zeros_like(travel.time_s))
        driving_s, own_s, kwh, km = pattern_ways(timetable, travel, stops, energy)
        self._refuse_unreachable(km)
        kwh = kwh + _slower_kwh(inputs, driving_s, own_s, km)
        self.ways = BusWays(
            own_s,
            kwh,
            km,
            travel.time_s[:, at[:, None], at],
            energy[:, at[:, None], at],
            travel.distance_km[at[:, None], at],
        )
        self.depot = np.array([self._depot_of(line) for line in range(len(timetable.lines))], dtype=np.int64)

    def _refuse_unreachable(self, km: FloatArray) -> None:
        lines = self.timetable.lines
        cut = {lines[p.line].line for p, far in zip(self.timetable.patterns, km, strict=True) if not np.isfinite(far)}
        if cut:
            raise DataError(f"bus_services: no way leads along the stops of {len(cut)} lines, first: {min(cut)}")

    def _depot_of(self, line: int) -> int:
        """Return the depot of a line, the stated one or the nearest to its ends."""
        names, stated = self._table["depot"].tolist(), self.timetable.lines[line].depot
        if stated and stated not in names:
            raise DataError(f"bus_services: line {self.timetable.lines[line].line} names no depot of depots.csv")
        ends = [
            self._place[stop] for p in self.timetable.patterns if p.line == line for stop in (p.stops[0], p.stops[-1])
        ]
        out, back = self.ways.dead_km[self._first_depot :, ends], self.ways.dead_km[ends, self._first_depot :]
        way = out.sum(axis=1) + back.sum(axis=0)
        depot = names.index(stated) if stated else int(np.argmin(way))
        if not np.isfinite(way[depot]):
            name = self.timetable.lines[line].line
            raise DataError(f"depots: no way leads from {names[depot]} to the ends of line {name} and back")
        return depot

    def depots(self, stations: _Stations) -> Depots:
        """Return the depots with their stations."""
        names = self._table["depot"].tolist()
        numbers = tuple(stations.number(str(name)) for name in self._table["station"])
        return Depots(tuple(names), tuple(range(self._first_depot, self._first_depot + len(names))), numbers)

    def runs(self, kind: int, stations: _Stations) -> BusRuns:
        """Return the runs of a kind of day."""
        timetable, departures = self.timetable, self.timetable.kinds[kind]
        pattern = departures["pattern"].to_numpy(np.int64)
        line = np.array([p.line for p in timetable.patterns], dtype=np.int64)
        ends = np.array([[self._place[p.stops[0]], self._place[p.stops[-1]]] for p in timetable.patterns])
        station = np.array([self._end_station(number, stations) for number in range(len(timetable.patterns))])
        late_s = np.array([row.most_late_s for row in timetable.lines])
        return BusRuns(
            line[pattern],
            pattern,
            ends[pattern, 0],
            ends[pattern, 1],
            departures["depart_s"].to_numpy(np.float64),
            arrivals_s(timetable, departures, self.ways.pattern_s, self.ways.pattern_km),
            late_s[line[pattern]],
            station[pattern],
        )

    def _end_station(self, pattern: int, stations: _Stations) -> int:
        way = self.timetable.patterns[pattern]
        if not self.timetable.lines[way.line].charges_at_ends:
            return NO_STATION
        return stations.number(str(self.timetable.stops["station"].iloc[way.stops[-1]]))


def _slower_kwh(inputs: Inputs, driving_s: FloatArray, own_s: FloatArray, km: FloatArray) -> FloatArray:
    """Return what a line's own pace takes more, or less, than that of general traffic, on the level. [kWh]."""
    row, level = _electric_bus(inputs), []
    if row is None:
        return np.zeros_like(own_s)
    for time_s in (driving_s, own_s):
        hours = np.maximum(time_s, 1e-9) / SECONDS_PER_HOUR
        level.append(
            electric_energy_kwh_per_km(
                inputs.factors,
                vehicle_class=row.vehicle_class,
                speed_kmh=np.minimum(km / hours, MAX_SPEED_KMH),
                load_ratio=row.load_ratio,
                temperature_c=MILD_TEMPERATURE_C if inputs.fleets is None else inputs.fleets.temperature_c,
            )
        )
    return np.asarray((level[1] - level[0]) * km)


def _blocks(runs: BusRuns, chained: Runs, names: list[str], network: _Network) -> list[tuple[tuple[Block, ...], int]]:
    """Return blocks and least buses of each depot; a stated block belongs to the depot of its first run."""
    depot = network.depot[runs.line]
    first: dict[str, int] = {}
    for run in np.argsort(runs.start_s, kind="stable").tolist():
        if names[run]:
            depot[run] = first.setdefault(names[run], int(depot[run]))
    found = []
    for number in range(len(network.depot_of_place) - network.depot_of_place.count(-1)):
        own = np.flatnonzero(depot == number)
        stated, mine = [names[run] for run in own], chained.some(own)
        joined = given_blocks(stated, mine, network.ways.dead_s)
        is_least = not any(stated) and len(mine) <= LARGEST_EXACT
        least = len(joined) if is_least else fewest_buses(mine, network.ways.dead_s)
        found.append((tuple(tuple(int(own[run]) for run in block) for block in joined), least))
    return found


def _spread(timetable: Timetable, runs: BusRuns, day: int, seed: int) -> FloatArray:
    """Draw how long each run of a day takes, relative to the mean: a normal distribution, cut off at both ends. [-]."""
    from scipy.special import ndtri  # noqa: PLC0415 - takes a moment

    if not len(runs):
        return np.empty(0)
    line = np.array([text_id(row.line) for row in timetable.lines])[runs.line]
    ids = stable_ids(line, runs.pattern % 2, np.rint(runs.start_s), day)
    draw = np.clip(ndtri(uniform(ids, seed=seed, stream="bus_run_time")), -MOST_DEVIATIONS, MOST_DEVIATIONS)
    ratio = np.array([row.time_spread_ratio for row in timetable.lines])[runs.line]
    return np.asarray(np.maximum(1.0 + ratio * draw, LEAST_RATIO))

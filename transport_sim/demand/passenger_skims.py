"""What each mode asks of travellers: time, walks, waits, changes and money between zones, and on long relations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.choice.response import response_parameters
from transport_sim.demand.bus_skims import BusWays, bus_ways
from transport_sim.demand.traffic_rates import traffic_of
from transport_sim.demand.traffic_zones import UNREACHABLE_KM, TrafficZones, mean_ways
from transport_sim.errors import DataError
from transport_sim.fleet.travel import link_times_s
from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.tables.passengers import LONG, LONG_MODES, STATED_MODES, PassengerParameters
from transport_sim.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from transport_sim.traffic.simulated_day import SimulatedDay

RELATION = ["from_place", "to_place"]
SERVICE = ("time_h", "access_h", "transfer_wait_h", "fare_cny", "departures_per_day", "distance_km")
JOINED = ("coach_rail", "air_rail")
"""Modes with a change from one vehicle to another."""


@dataclass(frozen=True, eq=False)
class Offer:
    """What the modes ask for on some ways; each of shape (modes, ways), infinite where there is no such way."""

    modes: tuple[str, ...]
    ride_h: FloatArray
    """Time under way; on foot and by bicycle, too. [h]"""
    walk_h: FloatArray
    """Walks to stops and from them, or the way to the station. [h]"""
    wait_h: FloatArray
    transfers_count: FloatArray
    cost_cny: FloatArray
    """For the whole vehicle where it is a car, motorcycle or taxi. [CNY]"""
    distance_km: FloatArray

    def utility(self, parameters: PassengerParameters, purpose: str, aboard: FloatArray) -> FloatArray:
        """Return the utility of each mode on each way, constants apart.

        Parameters
        ----------
        parameters
            What time and money are worth.
        purpose
            Of the journeys.
        aboard
            Persons who share the cost, shape (modes,). [persons]

        Returns
        -------
        Shape (modes, ways); -inf where there is no way. [-]
        """
        ratio = {name: parameters.get(f"{name}_time_ratio", purpose=purpose) for name in ("walk", "wait")}
        change_h = parameters.get("transfer_min", purpose=purpose) / MINUTES_PER_HOUR
        time_h = self.ride_h + ratio["walk"] * self.walk_h + ratio["wait"] * self.wait_h
        time_h = time_h + change_h * self.transfers_count
        money_h = self.cost_cny / aboard[:, None] / parameters.get("value_of_time_cny_per_h", purpose=purpose)
        return np.asarray(-parameters.get("time_per_h", purpose=purpose) * (time_h + money_h))


def money_utility(parameters: PassengerParameters, purpose: str) -> float:
    """Return what a yuan is worth. [1/CNY]."""
    value = parameters.get("value_of_time_cny_per_h", purpose=purpose)
    return parameters.get("time_per_h", purpose=purpose) / value


@dataclass(frozen=True, eq=False)
class Streets:
    """Ways by car between the zones of road traffic, shape (zones, zones)."""

    distance_km: FloatArray
    """`UNREACHABLE_KM` where no road leads. [km]"""
    car_h: FloatArray

    @property
    def is_reached(self) -> BoolArray:
        """Between which zones a road leads."""
        return np.asarray(self.distance_km < UNREACHABLE_KM / 2.0)


def street_ways(inputs: Inputs, zones: TrafficZones, *, day: "SimulatedDay | None" = None) -> Streets:
    """Find the quickest ways by car between zones.

    Parameters
    ----------
    inputs
        Of the simulated year, with road traffic.
    zones
        Its zones.
    day
        A simulated day, whose mean link times count; without one the free speeds and the table `hour_speeds` do.

    Returns
    -------
    Distance and time. Within a zone cars are as fast as between it and the others, or have the speed of the parameters
    in towns without streets.
    """
    traffic = traffic_of(inputs)
    network = traffic.network.at_year(inputs.year)
    hourly_s = link_times_s(inputs, network, day)
    mean_h = hourly_s.mean(axis=0) / SECONDS_PER_HOUR
    weight = np.where(np.isnan(mean_h), np.inf, mean_h)
    car_h = mean_ways(network, zones.access_nodes, zones.access_share, weight)
    within = np.diag_indices(len(car_h))
    speed = PassengerParameters.of(inputs.operations["passenger_parameters"]).get("speed_kmh", subject="car")
    inner = zones.distance_km[within] / speed
    car_h[within] = np.where(inner_zones(inputs, zones), inner, car_h[within])
    return Streets(zones.distance_km, np.where(zones.distance_km < UNREACHABLE_KM / 2.0, car_h, np.inf))


@dataclass(frozen=True, eq=False)
class LocalWays:
    """Ways between zones by every mode, shape (zones, zones)."""

    streets: Streets
    bus: BusWays
    without_lines: BoolArray
    """Where buses are taken as the table `response` takes them, unless a line is better."""
    parameters: PassengerParameters

    def offer(self, ways: IntArray, length_ratio: FloatArray) -> Offer:
        """Return what the modes ask for on some ways.

        Parameters
        ----------
        ways
            Positions in a flattened (zones, zones) array, shape (ways,).
        length_ratio
            Length of each over that between the zones; times under way go with it. [-]
        """
        distance = np.where(self.streets.is_reached, self.streets.distance_km, np.inf).ravel()[ways] * length_ratio
        car_h = self.streets.car_h.ravel()[ways] * length_ratio
        bus = self.bus
        shape = len(STATED_MODES), len(ways)
        ride, walk, wait, changes, cost = (np.zeros(shape) for _ in range(5))
        for row, mode in enumerate(STATED_MODES):
            if mode in ("walk", "cycle"):
                (walk if mode == "walk" else ride)[row] = distance / self.parameters.get("speed_kmh", subject=mode)
                continue
            cost[row] = self.parameters.get("cost_cny", subject=mode)
            if mode == "bus":
                ride[row] = bus.ride_h.ravel()[ways] * length_ratio
                walk[row], wait[row] = bus.walk_h.ravel()[ways], bus.wait_h.ravel()[ways]
                changes[row] = bus.transfers_count.ravel()[ways]
                cost[row] *= 1.0 + changes[row]
            else:
                free_km = self.parameters.get("free_km", subject="taxi") if mode == "taxi" else 0.0
                ride[row] = car_h
                rate = self.parameters.get("cost_cny_per_km", subject=mode)
                cost[row] += rate * np.maximum(distance - free_km, 0.0)
        return Offer(STATED_MODES, ride, walk, wait, changes, cost, np.tile(distance, (shape[0], 1)))


def local_ways(
    inputs: Inputs, zones: TrafficZones, streets: Streets, *, without_lines: BoolArray | None = None
) -> LocalWays:
    """Find the ways between zones by every mode.

    Parameters
    ----------
    inputs
        With the tables of bus lines and of passengers.
    zones, streets
        The zones and the ways between them.
    without_lines
        Zone pairs without a bus line in the reference, where buses are taken as the table `response` takes them, or
        by line where there is a better one now, shape (zones, zones). None: where there is no line here.
    """
    parameters = PassengerParameters.of(inputs.operations["passenger_parameters"])
    distance = np.where(streets.is_reached, streets.distance_km, np.inf)
    bus = bus_ways(inputs, _places(inputs, zones), distance, streets.car_h)
    missing = ~bus.is_served if without_lines is None else without_lines
    return LocalWays(streets, _with_stand_in(inputs, bus, missing, streets.car_h, parameters), missing, parameters)


def inner_zones(inputs: Inputs, zones: TrafficZones) -> BoolArray:
    """Tell which zones are a town without streets, with a stated mean way within it."""
    stated = traffic_of(inputs).zones.set_index("zone")["inner_distance_km"]
    return np.asarray(stated.reindex(zones.frame["region"]).notna().to_numpy(), dtype=np.bool_)


def _places(inputs: Inputs, zones: TrafficZones) -> FloatArray:
    """Return the mean place of the access nodes of each zone. [degrees]."""
    nodes = traffic_of(inputs).network.nodes.loc[zones.access_nodes.ravel(), ["lon", "lat"]].to_numpy(np.float64)
    return np.asarray((nodes.reshape(*zones.access_nodes.shape, 2) * zones.access_share[..., None]).sum(axis=1))


def _with_stand_in(
    inputs: Inputs, bus: BusWays, missing: BoolArray, car_h: FloatArray, parameters: PassengerParameters
) -> BusWays:
    """Take buses where no line is known as the answers to restrictions take them."""
    usual = response_parameters(traffic_of(inputs).response)
    walk, wait = (minutes / MINUTES_PER_HOUR for minutes in (usual.bus_walk_min, usual.bus_wait_min))
    ride = car_h * usual.bus_time_ratio
    heavy = parameters.get("walk_time_ratio"), parameters.get("wait_time_ratio")
    transfer_h = parameters.get("transfer_min") / MINUTES_PER_HOUR
    by_line = bus.ride_h + heavy[0] * bus.walk_h + heavy[1] * bus.wait_h + transfer_h * bus.transfers_count
    use = missing & (ride + heavy[0] * walk + heavy[1] * wait < by_line)
    return BusWays(
        np.where(use, walk, bus.walk_h),
        np.where(use, wait, bus.wait_h),
        np.where(use, ride, bus.ride_h),
        np.where(use, 0.0, bus.transfers_count),
    )


def relations(inputs: Inputs) -> list[tuple[str, str]]:
    """Return the relations of the table `long_trips`, in its order."""
    return list(dict.fromkeys(inputs.operations["long_trips"][RELATION].itertuples(index=False, name=None)))


def long_offer(inputs: Inputs) -> Offer:
    """Return what the modes ask for on long relations in the simulated year; ways are `relations`.

    Raises
    ------
    DataError
        If two services of a mode on a relation run in the same year.
    """
    parameters = PassengerParameters.of(inputs.operations["passenger_parameters"])
    table = inputs.operations["passenger_services"]
    table = table[(table["from_year"] <= inputs.year) & (table["to_year"] >= inputs.year)]
    twice = table[table.duplicated([*RELATION, "mode"])]
    if len(twice):
        names = " ".join(twice.iloc[0][[*RELATION, "mode"]])
        raise DataError(f"passenger_services.csv: two rows for {names} hold in {inputs.year}; let one end before")
    ways = {name: column for column, name in enumerate(relations(inputs))}
    found = np.full((6, len(LONG_MODES), len(ways)), np.inf)
    for start, end, mode, *numbers in table[[*RELATION, "mode", *SERVICE]].itertuples(index=False):
        if (start, end) in ways:
            at = LONG_MODES.index(mode), ways[start, end]
            found[:, *at] = _asked(str(mode), dict(zip(SERVICE, map(float, numbers), strict=True)), parameters)
    return Offer(LONG_MODES, found[0], found[1], found[2], found[3], found[4], found[5])


def _asked(mode: str, service: dict[str, float], parameters: PassengerParameters) -> tuple[float, ...]:
    """Return ride, access, wait, changes, cost and distance of one service."""
    cost, wait = service["fare_cny"], service["transfer_wait_h"]
    if mode == "car":
        cost += parameters.get("cost_cny_per_km", purpose=LONG, subject="car") * service["distance_km"]
    else:
        half_h = parameters.get("service_day_h", purpose=LONG) / service["departures_per_day"] / 2.0
        wait += min(half_h, parameters.get("longest_wait_h", purpose=LONG))
    joined = 1.0 if mode in JOINED else 0.0
    return service["time_h"], service["access_h"], wait, joined, cost, service["distance_km"]


def long_trips_by_mode(inputs: Inputs) -> FloatArray:
    """Return the journeys of the base year, shape (modes, relations). [1/year]."""
    table: pd.DataFrame = inputs.operations["long_trips"]
    ways = {name: column for column, name in enumerate(relations(inputs))}
    found = np.zeros((len(LONG_MODES), len(ways)))
    for start, end, mode, count in table[[*RELATION, "mode", "trips_per_year"]].itertuples(index=False):
        found[LONG_MODES.index(mode), ways[start, end]] += count
    return found

"""Drivers who look for a plug: to the first station of their list, on to the next where the queue is too long."""

import math
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import simpy

from transport_sim.charge import Pieces
from transport_sim.simulation.charging import ChargingStation, StationPlan


class ChargingRequest(NamedTuple):
    """One driver who sets out for a plug."""

    vehicle: int
    """Number, for the records."""
    start_s: float
    """When he sets out. [s]"""
    options: tuple[int, ...]
    """Positions of the stations that he would go to, the one he prefers first; none: nobody serves him."""
    drive_s: tuple[float, ...]
    """Way to each of them from where he sets out. [s]"""
    onward_s: tuple[float, ...]
    """Way to each of them from the one before it; that to the first is not used. [s]"""
    pieces: Pieces
    """What he charges, as `energy.battery.charge_pieces` gives it."""
    kind: str
    """Plug that he needs."""
    patience_s: float
    """Longest expected wait that he accepts where there is another station on his list. [s]"""


class ChargingVisit(NamedTuple):
    """What became of one driver."""

    vehicle: int
    station: int
    """Position of the station that served him; -1 if none did."""
    refusals: int
    """Stations that he left because of their queue."""
    wait_s: float
    """From when he would have reached his first station until his charge began: queue and ways between stations. [s]"""
    begin_s: float
    """When his charge began. [s]"""
    energy_kwh: float
    """At the battery."""


def simulate_charging(stations: Sequence[StationPlan], requests: Sequence[ChargingRequest]) -> list[ChargingVisit]:
    """Simulate drivers and queues until everybody has charged.

    A driver asks each station of his list for the expected wait when he gets there. The last one of the list serves
    him however long it takes.

    Parameters
    ----------
    stations
        The stations.
    requests
        The drivers, in any order.

    Returns
    -------
    One visit for each request, in the same order.
    """
    env = simpy.Environment()
    there = [ChargingStation(env, plan) for plan in stations]
    visits: list[ChargingVisit | None] = [None] * len(requests)

    def drive(position: int, request: ChargingRequest) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(request.start_s)
        expected_s = request.start_s + (request.drive_s[0] if request.drive_s else 0.0)
        for number, option in enumerate(request.options):
            yield env.timeout(request.drive_s[0] if number == 0 else request.onward_s[number])
            last = number == len(request.options) - 1
            station = there[option]
            patience_s = math.inf if last else request.patience_s
            if not station.has(request.kind) or station.expected_wait_s(request.kind) > patience_s:
                continue
            yield from station.charge(request.vehicle, request.pieces, kind=request.kind)
            start_s, energy_kwh = station.sessions[-1].start_s, station.sessions[-1].energy_kwh
            wait_s = start_s - expected_s
            visits[position] = ChargingVisit(request.vehicle, option, number, wait_s, start_s, energy_kwh)
            return
        visits[position] = ChargingVisit(request.vehicle, -1, len(request.options), math.inf, math.nan, 0.0)

    for position, request in enumerate(requests):
        env.process(drive(position, request))
    env.run()
    return [visit for visit in visits if visit is not None]

"""The river of `waterway.py` in OpenTNSim 2.2.1; run by it with the Python of an environment that has OpenTNSim.

Usage: `python waterway_opentnsim.py VESSELS INTERVAL_S`. Reads nothing else; writes one JSON object to standard output.
"""

import datetime as dt
import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any

import networkx as nx
import opentnsim.core
import opentnsim.energy
import opentnsim.graph.mixins
import opentnsim.lock
import opentnsim.output
import opentnsim.vessel_traffic_service
import shapely.geometry
import simpy

KM_IN_DEGREES = 1.0 / 111.3195
LOCK_KM, POOLS, RIVER_KM = 1.0, 7, 300.0
EPOCH = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - OpenTNSim knows no time zones


def river() -> nx.DiGraph:
    """Lay out 7 pools with 6 locks between them on the equator, both ways."""
    pool_km = (RIVER_KM - (POOLS - 1) * LOCK_KM) / POOLS
    graph, km = nx.DiGraph(), [0.0]
    for pool in range(POOLS):
        km.append(km[-1] + pool_km)
        if pool < POOLS - 1:
            km.append(km[-1] + LOCK_KM)
    for n, at in enumerate(km):
        graph.add_node(str(n), geometry=shapely.geometry.Point(at * KM_IN_DEGREES, 0.0))
    for n in range(len(km) - 1):
        for a, b in ((str(n), str(n + 1)), (str(n + 1), str(n))):
            line = shapely.geometry.LineString([graph.nodes[a]["geometry"], graph.nodes[b]["geometry"]])
            graph.add_edge(a, b, weight=1, geometry=line, Info={"GeneralDepth": 4.0}, k=0)
    return graph


def main() -> None:
    """Simulate, calculate the energy, report."""
    logging.disable(logging.CRITICAL)
    vessels_count, interval_s = int(sys.argv[1]), float(sys.argv[2])
    graph = river()
    env = simpy.Environment(initial_time=EPOCH.timestamp())
    env.epoch = EPOCH
    env.simulation_start = EPOCH
    env.simulation_stop = EPOCH + dt.timedelta(days=200)
    env.FG = env.graph = graph
    env.vessel_traffic_service = opentnsim.vessel_traffic_service.VesselTrafficService(graph=graph)
    locks = [
        opentnsim.lock.IsLockComplex(
            env=env,
            name=f"Lock {n}",
            node_A=str(2 * n + 1),
            node_B=str(2 * n + 2),
            lock_length=200.0,
            lock_width=23.0,
            lock_depth=4.2,
            distance_from_start_node_to_lock_doors_A=400.0,
            distance_from_end_node_to_lock_doors_B=400.0,
            distance_lock_doors_A_to_waiting_area_A=300.0,
            distance_lock_doors_B_to_waiting_area_B=300.0,
            doors_opening_time=180.0,
            doors_closing_time=180.0,
            levelling_time=840.0,
            node_open=str(2 * n + 2),
        )
        for n in range(POOLS - 1)
    ]
    kind = type(
        "Vessel",
        (
            opentnsim.lock.PassesLockComplex,
            opentnsim.core.Identifiable,
            opentnsim.core.Movable,
            opentnsim.core.Routable,
            opentnsim.core.VesselProperties,
            opentnsim.energy.ConsumesEnergy,
            opentnsim.output.HasOutput,
            opentnsim.core.ExtraMetadata,
        ),
        {},
    )
    ways = [[str(n) for n in range(2 * POOLS)], [str(n) for n in reversed(range(2 * POOLS))]]
    vessels = []

    def sail(vessel: Any, after_s: float) -> Iterator[simpy.Event]:  # noqa: ANN401
        yield env.timeout(after_s)
        yield from vessel.move()

    start = time.process_time()
    for n in range(vessels_count):
        way = ways[n % 2]
        vessel = kind(
            env=env,
            name=f"V{n}",
            origin=way[0],
            destination=way[-1],
            route=way,
            geometry=graph.nodes[way[0]]["geometry"],
            type="inland",
            L=62.0,
            B=11.0,
            T=2.4,
            v=10.5 / 3.6,
            arrival_time=EPOCH + dt.timedelta(seconds=n * interval_s),
            safety_margin=0.3,
            h_squat=False,
            P_installed=440.0,
            P_tot_given=None,
            bulbous_bow=False,
            P_hotel_perc=0.05,
            P_hotel=None,
            L_w=2,
            C_B=0.84,
            C_year=2012,
            x=2,
            H_e=None,
            H_f=None,
        )
        vessels.append(vessel)
        env.process(sail(vessel, n * interval_s))
    env.run()
    sailing_s = time.process_time() - start
    start = time.process_time()
    fuel_kg = 0.0
    for vessel in vessels:
        log = [entry for entry in vessel.logbook if entry["Message"].startswith("Sailing from node")]
        vessel.logbook[:] = (
            log  # steps that begin and end at the same node have no depth there: a lock is one slow step
        )
        energy = opentnsim.energy.EnergyCalculation(graph, vessel)
        energy.calculate_energy_consumption()
        fuel_kg += sum(energy.energy_use["total_diesel_consumption_C_year_ICE_mass"]) / 1000.0
    energy_s = time.process_time() - start
    trips_h = [(v.logbook[-1]["Timestamp"] - v.logbook[0]["Timestamp"]).total_seconds() / 3600.0 for v in vessels]
    json.dump(
        {
            "vessels": vessels_count,
            "cpu_sailing_s": sailing_s,
            "cpu_energy_s": energy_s,
            "mean_trip_h": sum(trips_h) / len(trips_h),
            "first_trip_h": trips_h[0],
            "mean_fuel_kg": fuel_kg / len(vessels),
            "lockages": sum(len(lock.operation_planning) for lock in locks),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()

"""A river with locks, energy included, beside OpenTNSim: CPU time a vessel, trips and fuel.

Run with `python benchmarks/waterway.py [--opentnsim PYTHON] [--peer-vessels 50]`, where PYTHON is the interpreter of an
environment that has OpenTNSim (`pip install opentnsim "pandas<3" pyyaml ipython`; it cannot share this one). The same
300 km with 6 locks and the same vessels, every 40 minutes one, up and down in turn; 1,000 vessels here and, because
OpenTNSim takes longer the more vessels there are, fewer there. One run prints both and the ratio of CPU time a vessel.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import numpy as np

from transport_sim.energy.sailing import sailing_energy, waiting_energy
from transport_sim.factors import Factors, load_factors
from transport_sim.simulation.engine import Records, simulate
from transport_sim.simulation.plan import FacilityPlan, Plan, PlannedLeg, PlannedShipment
from transport_sim.simulation.railway_plan import RailwayPlan
from transport_sim.simulation.river_plan import LockPlan, Reach, RiverRoute, VesselSize

VESSELS, INTERVAL_S = 1000, 2400.0
LOCKS, RIVER_KM, LOCK_KM = 6, 300.0, 1.0
SPEED_KMH, DEPTH_M, PAYLOAD_T, HULL, ENGINE_YEAR = 10.5, 4.0, 1000.0, "qu_1000", 2012
ENTRY_S, EXIT_S = 301.4, 167.3
"""400 m to the door and into the chamber, out and 400 m on: as OpenTNSim sails with its standard speeds in a lock."""
LOCK = LockPlan("", 1, ENTRY_S, 180.0, 840.0, EXIT_S, 180.0, 200.0, 23.0)
POOL_KM = (RIVER_KM - LOCKS * LOCK_KM) / (LOCKS + 1)


def river_plan(vessels: int) -> Plan:
    """Plan the vessels: one consignment each, alternately down and up, at home where it ends."""
    pool_s = POOL_KM / SPEED_KMH * 3600.0
    ways = {}
    for upward in (False, True):
        order = range(LOCKS) if not upward else reversed(range(LOCKS))
        reaches = tuple(Reach((pool_s,), f"lock:{n}", upward=upward) for n in order)
        pair = (1, 0, 0.0) if upward else (0, 1, 0.0)
        size = VesselSize(62.0, 11.0)
        ways[pair] = RiverRoute((*reaches, Reach((pool_s,))), (), "berth:", "berth:", PAYLOAD_T, "vessel", 1e9, size)
    shipments = []
    for n in range(vessels):
        leg = PlannedLeg("waterway", n % 2, 1 - n % 2, 0.0, 0.0)
        shipments.append(
            PlannedShipment(n, n * INTERVAL_S, PAYLOAD_T, "", 0, returns_empty=False, legs=(leg,), stops=("", ""))
        )
    locks = {
        f"lock:{n}": LockPlan(f"lock:{n}", *(getattr(LOCK, f) for f in LockPlan.__slots__[1:])) for n in range(LOCKS)
    }
    berth = FacilityPlan("berth:", "berth", vessels, 0.0)
    return Plan(
        shipments=tuple(shipments),
        facilities=(berth,),
        rail_routes={},
        river_routes=ways,
        railway=RailwayPlan(),
        wagon_types=(),
        wagon_of=(),
        empty_return_share_train=0.0,
        locks=locks,
    )


def fuel_kg(factors: Factors, records: Records) -> np.ndarray:
    """Calculate the fuel of every vessel: under way in the pools, waiting and manoeuvring at the locks."""
    hours = np.array([(leg.arrive_s - leg.depart_s) / 3600.0 for leg in records.legs if leg.loaded])
    pools_km = np.full(len(hours), POOL_KM * (LOCKS + 1))
    under_way = sailing_energy(
        factors,
        HULL,
        distance_km=pools_km,
        payload_t=PAYLOAD_T,
        speed_kmh=SPEED_KMH,
        depth_m=DEPTH_M,
        construction_year=ENGINE_YEAR,
    )
    at_locks = waiting_energy(
        factors, HULL, np.maximum(hours - under_way.duration_h, 0.0), place="lock", construction_year=ENGINE_YEAR
    )
    return np.asarray(under_way.use.fuel_kg + at_locks.use.fuel_kg)


def main() -> None:
    """Time both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--opentnsim", type=Path, help="Python interpreter of an environment with OpenTNSim")
    parser.add_argument("--peer-vessels", type=int, default=50)
    arguments = parser.parse_args()
    factors = load_factors()
    fuel_kg(factors, simulate(river_plan(2)))  # numpy and the factor tables are read once
    start = time.process_time()
    plan = river_plan(VESSELS)
    records = simulate(plan)
    fuel = fuel_kg(factors, records)
    own_ms = (time.process_time() - start) / VESSELS * 1e3
    trips_h = np.array([(leg.arrive_s - leg.depart_s) / 3600.0 for leg in records.legs if leg.loaded])
    print(f"{VESSELS} vessels over {RIVER_KM:g} km with {LOCKS} locks, {len(records.lockages)} lockages")
    print(f"transport_sim {own_ms:9.3f} ms CPU a vessel, trip {trips_h.mean():.2f} h, fuel {fuel.mean():.0f} kg")
    if arguments.opentnsim is None:
        print("OpenTNSim: not measured, give --opentnsim")
        return
    script = Path(__file__).with_name("waterway_opentnsim.py")
    peer = json.loads(
        subprocess.run(
            [
                arguments.opentnsim,
                script,
                str(arguments.peer_vessels),
                str(INTERVAL_S),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    peer_ms = (peer["cpu_sailing_s"] + peer["cpu_energy_s"]) / peer["vessels"] * 1e3
    same = trips_h[: peer["vessels"]]
    energy_ms = peer["cpu_energy_s"] / peer["vessels"] * 1e3
    print(f"OpenTNSim     {peer_ms:9.3f} ms CPU a vessel, {energy_ms:.0f} of it energy, {peer['vessels']} vessels")
    print(f"its trip {peer['mean_trip_h']:.3f} h, fuel {peer['mean_fuel_kg']:.0f} kg, {peer['lockages']} operations")
    print(f"as many vessels here: trip {same.mean():.3f} h, fuel {fuel[: peer['vessels']].mean():.0f} kg")
    print(f"the first vessel alone: {trips_h[0]:.4f} h here, {peer['first_trip_h']:.4f} h there")
    print(f"ratio {peer_ms / own_ms:9.0f}")


if __name__ == "__main__":
    main()

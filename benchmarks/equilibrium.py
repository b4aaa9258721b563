"""How long a day of the Dazhou core takes to reach equilibrium.

Make the network with `transport-sim network synthesise --seed 1 --population 1000000 --footprint
networks/tongchuan_dachuan_footprint.geojson --join networks/dazhou -o FOLDER`, then run `python
benchmarks/equilibrium.py FOLDER [--trips 500000]`. The demand is a benchmark's, not a model of Dazhou: trips between
the made-up streets, gravity-like by distance as the crow flies, cars and a tenth of light trucks, two peaks a
day. Prints the gap of each day, wall clock and CPU seconds, compilation apart.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from transport_sim.factors.reader import load_factors
from transport_sim.network.build import load_network
from transport_sim.network.model import SYNTHETIC, Network
from transport_sim.randomness import uniform
from transport_sim.traffic.assignment import Assignment, equilibrium
from transport_sim.traffic.model import LinkSupply
from transport_sim.traffic.supply import class_pcu, link_supply

HOURLY_WEIGHT = (
    *(0.5, 0.3, 0.2, 0.2, 0.4, 1.2, 3.5, 8.0, 8.5, 5.5, 4.8, 5.0),
    *(5.2, 4.8, 4.8, 5.2, 6.2, 8.2, 7.8, 5.2, 4.0, 3.2, 2.0, 1.2),
)
"""Made up: two peaks with 8.5 % of the day's trips in the busiest hour. [-]"""
SCALE_KM = 2.5
"""Distance over which the attraction falls to 1/e; made up. [km]"""
KM_PER_DEGREE = 111.2


def draw_demand(network: Network, supply: LinkSupply, count: int, *, seed: int) -> pd.DataFrame:
    """Draw trips between nodes of the made-up streets."""
    made_up = (network.links["confidence"].iloc[supply.rows] == SYNTHETIC).to_numpy()
    weight = np.bincount(supply.from_node[made_up], supply.length_km[made_up], len(supply.node_ids))
    nodes = np.flatnonzero(weight > 0)
    weight = weight[nodes]
    place = network.nodes.loc[supply.node_ids[nodes], ["lon", "lat"]].to_numpy()
    x, y = place[:, 0] * np.cos(np.radians(place[:, 1].mean())) * KM_PER_DEGREE, place[:, 1] * KM_PER_DEGREE
    attraction = np.exp(-np.hypot(x[:, None] - x, y[:, None] - y) / SCALE_KM) * weight
    np.fill_diagonal(attraction, 0.0)
    shares = np.cumsum(attraction / attraction.sum(axis=1, keepdims=True), axis=1)
    trip = np.arange(count)
    draws = {name: uniform(trip, seed=seed, stream=name) for name in ("origin", "destination", "departure", "group")}
    origin = np.searchsorted(np.cumsum(weight) / weight.sum(), draws["origin"])
    destination = np.empty(count, dtype=np.int64)
    for node in range(len(nodes)):
        rows = origin == node
        destination[rows] = np.searchsorted(shares[node], draws["destination"][rows])
    hours = np.concatenate([[0.0], np.cumsum(HOURLY_WEIGHT) / np.sum(HOURLY_WEIGHT)])
    return pd.DataFrame(
        {
            "trip_id": trip,
            "origin_node": supply.node_ids[nodes[origin]],
            "destination_node": supply.node_ids[nodes[np.minimum(destination, len(nodes) - 1)]],
            "departure_s": np.interp(draws["departure"], hours, np.arange(25) * 3600.0),
            "group": (draws["group"] < 0.1).astype(np.int64),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trips", type=int, default=500_000)
    given = parser.parse_args()
    network, factors = load_network(given.folder), load_factors()
    network = network.at_year(2025)
    supply = link_supply(network, factors)
    names = ["car", "truck_light"]
    groups = pd.DataFrame({"vehicle_class": names, "pcu": [class_pcu(factors)[name] for name in names]})
    demand = draw_demand(network, supply, given.trips, seed=1)
    equilibrium(supply, groups, demand.head(1000), network=network, seed=1, max_days=2, gap=0.0)
    print(f"{len(supply.link_ids)} links, {len(supply.node_ids)} nodes, {len(demand)} trips")
    first = report("from empty roads", lambda: equilibrium(supply, groups, demand, network=network, seed=1))
    moved = demand["departure_s"].where(demand["trip_id"] % 50 > 0, demand["departure_s"] * 0.9)
    report(
        "from that answer, every fiftieth trip a tenth earlier in the day",
        lambda: equilibrium(supply, groups, demand.assign(departure_s=moved), network=network, seed=1, start=first),
    )


def report(name: str, solve: Callable[[], Assignment]) -> Assignment:
    """Print what one run took and how its gap fell."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = solve()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name}: converged {found.converged}, {len(found.gaps)} days, wall {wall:.0f} s, CPU {cpu:.0f} s")
    print(found.gaps.to_string(float_format="%.4g"))
    links = np.diff(found.paths.pointers).mean()
    print(f"left out {len(found.left_out)}, {links:.1f} links a path", flush=True)
    return found


if __name__ == "__main__":
    main()

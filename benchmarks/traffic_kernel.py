"""How fast the traffic kernel is, against a bare loop of the same queues, and how its cost grows.

`python benchmarks/traffic_kernel.py [--growth] [--repeat N]`

The bare loop has the physics (free-flow time, first in first out, saturation headway, finite storage with spillback)
and nothing else: one class of vehicles, one pcu, gaps that come back at once, no outputs, no access, no gridlock rule,
events in buckets of one second, in no particular order within. CPU time, compilation not counted.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import numba as nb
import numpy as np
import pandas as pd

from transport_sim.factors import load_factors
from transport_sim.traffic.kernel import simulate_traffic
from transport_sim.traffic.model import LinkSupply, PathSet, Trips
from transport_sim.traffic.supply import build_supply, class_pcu

CLASSES = ("car", "bus", "truck_light", "truck_heavy")
SHARES = (0.85, 0.03, 0.08, 0.04)
BLOCK_KM = (0.15, 0.45)
SIZES = ((5_000, 100_000), (50_000, 500_000))
GROWTH_LINKS = (5_000, 50_000, 200_000)
GROWTH_TRIPS = (10_000, 100_000, 1_000_000)
IMAGE = Path(__file__).parents[1] / "docs/images/traffic_growth.png"


def grid(link_count: int) -> tuple[LinkSupply, int]:
    """Return streets of a square grid, both directions, every fifth an arterial; and the nodes of a side."""
    side = round((link_count / 4) ** 0.5) + 1
    node = np.arange(side * side).reshape(side, side)
    across = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()])
    down = np.stack([node[:-1].ravel(), node[1:].ravel()])
    one_way = np.concatenate([across, down], axis=1)
    both = np.concatenate([one_way, one_way[::-1]], axis=1)
    line = np.where(both[0] // side == both[1] // side, both[0] // side, both[0] % side)
    order = np.lexsort((both[1], both[0]))
    start, end = both[:, order]
    arterial = line[order] % 5 == 0
    rng = np.random.default_rng(1)
    length = rng.uniform(*BLOCK_KM, size=len(one_way[0]))
    supply = build_supply(
        from_node=start,
        to_node=end,
        length_km=np.concatenate([length, length])[order],
        lanes_count=np.where(arterial, 2.0, 1.0),
        capacity_pcu_h=np.where(arterial, 1800.0, 700.0),
        entry_capacity_pcu_h=np.where(arterial, 3200.0, 1400.0),
        free_speed_kmh=np.where(arterial, 60.0, 40.0),
        factors=load_factors(),
    )
    return supply, side


def journeys(
    supply: LinkSupply, side: int, count: int, *, steps: int = 40, span_s: float = 4 * 3600.0
) -> tuple[PathSet, Trips]:
    """Return trips that walk at random towards a corner, every one on a path of its own, by departure."""
    rng = np.random.default_rng(2)
    node_count = side * side
    key = supply.from_node * node_count + supply.to_node
    across = rng.integers(steps // 4, 3 * steps // 4, count)
    origin_x, origin_y = rng.integers(0, side, (2, count))
    sign_x, sign_y = np.where(origin_x < side // 2, 1, -1), np.where(origin_y < side // 2, 1, -1)
    turns = rng.random((count, steps), dtype=np.float32).argsort(axis=1) < across[:, None]
    x = origin_x[:, None] + sign_x[:, None] * np.cumsum(turns, axis=1)
    y = origin_y[:, None] + sign_y[:, None] * np.cumsum(~turns, axis=1)
    x = np.abs(np.concatenate([origin_x[:, None], x], axis=1))
    y = np.abs(np.concatenate([origin_y[:, None], y], axis=1))
    x, y = np.where(x >= side, 2 * side - 2 - x, x), np.where(y >= side, 2 * side - 2 - y, y)
    node = y * side + x
    links = np.searchsorted(key, node[:, :-1] * node_count + node[:, 1:]).astype(np.int32)
    group = rng.choice(len(CLASSES), size=count, p=SHARES)
    paths = PathSet(np.arange(count + 1) * steps, links.ravel())
    return paths, Trips(np.sort(rng.uniform(0, span_s, count)), group, np.arange(count))


def vehicle_groups() -> pd.DataFrame:
    pcu = class_pcu(load_factors())
    return pd.DataFrame({"vehicle_class": CLASSES, "pcu": [pcu[name] for name in CLASSES]})


@nb.njit
def bare(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one loop
    pointers: np.ndarray,
    links: np.ndarray,
    path: np.ndarray,
    order: np.ndarray,
    departure_s: np.ndarray,
    free_s: np.ndarray,
    headway_s: np.ndarray,
    storage: np.ndarray,
    end_s: float,
) -> tuple[int, np.ndarray]:
    """Run the queues and nothing else; return traversals and arrivals."""
    count, trips = len(free_s), len(path)
    first = np.full(int(end_s) + 1, -1, dtype=np.int32)
    following = np.full(count, -1, dtype=np.int32)
    head, tail = np.full(count, -1, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    occupied, next_exit = np.zeros(count, dtype=np.int32), np.zeros(count)
    at, behind, ready = np.empty(trips, dtype=np.int64), np.full(trips, -1, dtype=np.int32), np.zeros(trips)
    arrival = np.full(trips, np.nan)
    departed, done = 0, 0
    for second in range(int(end_s)):
        while departed < trips and departure_s[departed] < second + 1:
            number = order[departed]
            departed += 1
            at[number] = pointers[path[number]]
            link = links[at[number]]
            occupied[link] += 1
            ready[number] = departure_s[departed - 1] + free_s[link]
            if tail[link] >= 0:
                behind[tail[link]] = number
            else:
                head[link] = number
                slot = int(max(ready[number], next_exit[link]))
                if slot < end_s:
                    following[link] = first[slot]
                    first[slot] = link
            tail[link] = number
        link = first[second]
        while link >= 0:
            after = following[link]
            number = head[link]
            now = max(ready[number], next_exit[link])
            slot = -1
            if at[number] + 1 < pointers[path[number] + 1]:
                goal = links[at[number] + 1]
                if occupied[goal] < storage[goal]:
                    at[number] += 1
                    occupied[goal] += 1
                    ready[number] = now + free_s[goal]
                    head[link] = behind[number]
                    behind[number] = -1
                    if tail[goal] >= 0:
                        behind[tail[goal]] = number
                    else:
                        head[goal] = number
                        slot = int(max(ready[number], next_exit[goal], second + 1))
                        if slot < end_s:
                            following[goal] = first[slot]
                            first[slot] = goal
                    tail[goal] = number
                else:
                    slot = second + 1
            else:
                head[link] = behind[number]
                arrival[number] = now
            if slot == second + 1 and head[link] == number:
                next_exit[link] = slot
            else:
                done += 1
                occupied[link] -= 1
                next_exit[link] = now + headway_s[link]
                if head[link] < 0:
                    tail[link] = -1
                    slot = int(end_s)
                else:
                    slot = int(max(ready[head[link]], next_exit[link], second + 1))
            if slot < end_s:
                following[link] = first[slot]
                first[slot] = link
            link = after
    return done, arrival


def cpu_s(action: object, repeat: int) -> float:
    """Return the least CPU time of some calls. [s]."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        action()  # type: ignore[operator]
        times.append(time.process_time() - start)
    return min(times)


def compare(repeat: int) -> None:
    groups = vehicle_groups()
    for link_count, trip_count in SIZES:
        supply, side = grid(link_count)
        paths, trips = journeys(supply, side, trip_count)
        order = np.argsort(trips.departure_s, kind="stable")
        free_s = supply.length_km / supply.class_speed_kmh[0] * 3600.0
        arguments = (
            paths.pointers,
            paths.links,
            trips.path,
            order,
            trips.departure_s[order],
            free_s,
            3600.0 / supply.capacity_pcu_h,
            np.ceil(supply.storage_pcu).astype(np.int32),
            24 * 3600.0,
        )
        done, arrival = bare(*arguments)
        result = simulate_traffic(supply, groups, paths, trips)
        ours = cpu_s(lambda s=supply, p=paths, t=trips: simulate_traffic(s, groups, p, t), repeat)
        loop = cpu_s(lambda a=arguments: bare(*a), repeat)
        moved = int(result.flow_count.sum())
        free = np.add.reduceat(free_s[paths.links], paths.pointers[:-1])
        took = np.nanmean(result.arrival_s - trips.departure_s)
        print(f"{len(supply.link_ids)} links, {trip_count} trips, {moved} traversals (bare loop: {done})")
        bare_s = np.nanmean(arrival - trips.departure_s)
        print(f"  mean time {took:.0f} s, bare {bare_s:.0f} s, free {free.mean():.0f} s")
        print(f"  arrived {np.isfinite(result.arrival_s).sum()}, let in by force {result.forced_count.sum()}")
        print(f"  ours {ours:.2f} s CPU with checks and outputs, {moved / ours / 1e6:.1f} million traversals a second")
        print(f"  bare {loop:.2f} s CPU, {done / loop / 1e6:.1f} million a second; ratio {ours / loop:.2f}")
    print(f"peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def growth() -> None:
    """Measure 10^4 to 10^6 trips on three networks at the same density of traffic; draw the figure."""
    import matplotlib as mpl  # noqa: PLC0415 - only for the figure

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    groups = vehicle_groups()
    figure, axes = plt.subplots(figsize=(6.0, 4.0))
    for link_count in GROWTH_LINKS:
        supply, side = grid(link_count)
        costs = []
        for trip_count in GROWTH_TRIPS:
            span_s = max(3600.0, 4 * 3600.0 * trip_count / link_count / 10.0)
            paths, trips = journeys(supply, side, trip_count, span_s=span_s)
            bin_s = max(900.0, span_s / 16)  # the table of outputs does not grow with the span
            run = lambda s=supply, p=paths, t=trips, e=span_s, b=bin_s: simulate_traffic(  # noqa: E731
                s, groups, p, t, bin_s=b, end_s=e + 4 * 3600.0
            )
            moved = int(run().flow_count.sum())
            costs.append(cpu_s(run, 1))
            rate = costs[-1] / moved * 1e9
            print(
                f"{len(supply.link_ids)} links, {trip_count} trips: {costs[-1]:.2f} s, {rate:.0f} ns a traversal",
                flush=True,
            )
        axes.loglog(GROWTH_TRIPS, costs, "o-", label=f"{len(supply.link_ids):,} links")
    axes.loglog(GROWTH_TRIPS, [costs[1] * trips / GROWTH_TRIPS[1] for trips in GROWTH_TRIPS], "k:", label="linear")
    axes.set(xlabel="trips of 40 links", ylabel="CPU time, s", title="Cost of one simulated day of road traffic")
    axes.legend()
    axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(IMAGE, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--growth", action="store_true", help="10^4 to 10^6 trips on three networks, with a figure")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.growth:
        growth()
    else:
        compare(options.repeat)


if __name__ == "__main__":
    sys.exit(main())

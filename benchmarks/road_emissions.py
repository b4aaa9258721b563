"""Ten million link and time bins through the road model, against the time numpy takes to add up as many numbers.

Run with `python benchmarks/road_emissions.py [ROWS]`. A row is a vehicle group, a speed, a flow and a gradient, all
drawn evenly, which is the worst case for the caches; the second block has the rows in order of their group. CPU time
of one core, least of five.
"""

import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from transport_sim.emissions.road_table import TABLE_QUANTITIES, RoadGroup, road_table
from transport_sim.factors import load_factors

GROUPS = (
    RoadGroup("car", "petrol", "china_v"),
    RoadGroup("car", "battery_electric", ""),
    RoadGroup("taxi", "cng", "china_v"),
    RoadGroup("van", "diesel", "china_v"),
    RoadGroup("motorcycle", "petrol", "china_iv"),
    RoadGroup("bus", "diesel", "china_v"),
    RoadGroup("bus", "cng", "china_v"),
    RoadGroup("bus", "battery_electric", ""),
    RoadGroup("truck_light", "diesel", "china_v"),
    RoadGroup("truck_medium", "diesel", "china_v"),
    RoadGroup("truck_heavy", "diesel", "china_vi"),
    RoadGroup("tractor_trailer", "diesel", "china_vi", 1.0),
)


def least_seconds(work: Callable[[], object], times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    factors = load_factors()
    rng = np.random.default_rng(0)
    group = rng.integers(0, len(GROUPS), rows).astype(np.uint8)
    columns = [rng.uniform(low, high, rows) for low, high in ((0.0, 120.0), (0.0, 1000.0), (-0.06, 0.06))]
    input_mb = (group.nbytes + sum(column.nbytes for column in columns)) / 1e6
    adding = least_seconds(columns[0].sum)
    print(f"{rows} rows, {input_mb:.0f} MB; numpy adds up {rows} numbers in {1000 * adding:.1f} ms")
    for order in ("any order", "by group"):
        if order == "by group":
            group.sort()
        for quantities in (("energy_mj",), ("energy_mj", "nox_g"), TABLE_QUANTITIES):
            start = time.process_time()
            table = road_table(factors, GROUPS, quantities=quantities)
            built = time.process_time() - start

            def through(table=table) -> None:  # noqa: ANN001
                for _ in table.chunks(group, *columns):
                    pass

            through()  # compiles on the first call ever
            before = peak_mb()
            seconds = least_seconds(through)
            print(
                f"{order:<10} {len(quantities)} quantities: {1000 * seconds:6.0f} ms, ratio {seconds / adding:5.1f}; "
                f"table built in {1000 * built:.0f} ms, memory beside the input {peak_mb() - before:.0f} MB"
            )
    print(f"peak memory {peak_mb():.0f} MB with Python, numpy and the factor tables")


if __name__ == "__main__":
    main()

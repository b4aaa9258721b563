"""A whole year of Dazhou's freight: CPU seconds and peak memory of every stage, and the event loop beside bare simpy.

Run with `python benchmarks/freight_year.py [year]`. One process, one core: 365 days of the scenario `freight_year`, one
replication, with every train and vessel, water levels and dated events. Bare simpy makes as many visits and timeouts as
the event loop had visits and legs; the ratio does not depend on the machine.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from freight_week import bare_simpy

import transport_sim as ts
from transport_sim import freight, run
from transport_sim.paths import embedded
from transport_sim.results.storage import write_run

STAGES: tuple[tuple[Any, str], ...] = (
    (freight, "calibrate"),
    (freight, "draw_shipments"),
    (freight, "chain_costs"),
    (freight, "choose"),
    (freight, "build_plan"),
    (freight, "simulate"),
    (freight, "measured_delays"),
    (run, "account"),
    (run, "indicators"),
    (run, "audit"),
    (run, "factor_use"),
)
"""Functions of a run that are timed, where it looks them up."""


def peak_gb() -> float:
    """Return the most memory that this process has had. [GB]."""
    scale = 1e9 if sys.platform == "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


@contextmanager
def timed(spent_s: dict[str, float], peaks_gb: dict[str, float], kept: dict[str, Any]) -> Iterator[None]:
    """Note CPU time and memory of every stage, and what the event loop returned."""
    original = [(module, name, getattr(module, name)) for module, name in STAGES]

    def watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            start = time.process_time()
            result = work(*given, **named)
            spent_s[name] = spent_s.get(name, 0.0) + time.process_time() - start
            peaks_gb[name] = peak_gb()
            if name == "simulate":
                kept["visits"], kept["legs"] = len(result.waits), len(result.legs)
                kept["by_road"] = 0 if result.road is None else len(result.road.plan)
            return result

        return call

    for module, name, work in original:
        setattr(module, name, watched(name, work))
    try:
        yield
    finally:
        for module, name, work in original:
            setattr(module, name, work)


def main() -> None:
    """Time one year of the scenario, the last one unless another is given."""
    scenario = ts.load_scenario(embedded("scenarios/dazhou/freight_year.yaml"))
    year = int(sys.argv[1]) if len(sys.argv) > 1 else scenario.years[-1]
    prepared = run.prepare(scenario)
    task = next(t for t in run._tasks([prepared]) if t.inputs.year == year)  # noqa: SLF001 - the run as it is
    spent_s: dict[str, float] = {}
    peaks_gb: dict[str, float] = {}
    kept: dict[str, Any] = {}
    print(f"prepared: {time.process_time():.1f} s CPU, {peak_gb():.2f} GB")
    start = time.process_time()
    with timed(spent_s, peaks_gb, kept):
        tables = run.simulate_year(task)
    with TemporaryDirectory() as folder:
        before = time.process_time()
        write_run(Path(folder), scenario.name, year, 0, tables)
        spent_s["write"], peaks_gb["write"] = time.process_time() - before, peak_gb()
    total = time.process_time() - start
    for name, seconds in spent_s.items():
        print(f"{name:<20}{seconds:8.2f} s CPU   peak so far {peaks_gb[name]:5.2f} GB")
    print(f"{'one year':<20}{total:8.2f} s CPU   peak        {peak_gb():5.2f} GB")
    print(f"consignments by road alone: {kept['by_road']:,}; in the event loop: {kept['visits']:,} visits")
    print(f"rows: {', '.join(f'{name} {len(tables[name]):,}' for name in ('shipments', 'legs', 'loads'))}")
    before = time.process_time()
    bare_simpy(kept["visits"], kept["legs"])
    floor = time.process_time() - before
    print(f"{'bare simpy':<20}{floor:8.2f} s CPU   with as many visits and timeouts")
    print(f"event loop / bare simpy: {spent_s['simulate'] / floor:.2f}; the whole year: {total / floor:.2f}")


if __name__ == "__main__":
    main()

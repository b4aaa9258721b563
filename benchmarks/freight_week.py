"""How far the freight simulation is from its floor: the same visits and timeouts in bare simpy.

Run with `python benchmarks/freight_week.py`. Prints CPU seconds of the stages of one simulated week of Dazhou, and the
ratio of the event loop to a bare simpy model with as many resource visits and free timeouts, in the same process.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import simpy

import transport_sim as ts
from transport_sim.choice.calibration import calibrate
from transport_sim.choice.chains import build_skims
from transport_sim.choice.freight_mode import chain_costs, choose, utilities
from transport_sim.choice.supernetwork import build_chains, zone_distance_km
from transport_sim.demand.freight import freight_demand_model
from transport_sim.demand.shipments import draw_shipments
from transport_sim.paths import embedded
from transport_sim.planning.plans import build_plan
from transport_sim.results.accounting import account
from transport_sim.run import prepare
from transport_sim.simulation.engine import simulate


def timed(name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run, print CPU seconds, pass the result on."""
    start = time.process_time()
    result = work()
    print(f"{name:<28}{time.process_time() - start:8.2f} s CPU")
    return result


def bare_simpy(visits: int, timeouts: int, servers: int = 200) -> None:
    """Make the same number of visits to resources and free timeouts, and nothing else."""
    env = simpy.Environment()
    resources = [simpy.Resource(env, 4) for _ in range(servers)]

    def visitor(n: int) -> Iterator[simpy.Event]:
        with resources[n % servers].request() as turn:
            yield turn
            yield env.timeout(60.0)
        if n < timeouts:
            yield env.timeout(600.0)

    def source() -> Iterator[simpy.Event]:
        for n in range(visits):
            env.process(visitor(n))
            yield env.timeout(2.0)

    env.process(source())
    env.run()


def main() -> None:
    """Time one week of the baseline's last year."""
    scenario = ts.load_scenario(embedded("scenarios/dazhou/baseline.yaml"))
    prepared = timed("prepare", lambda: prepare(scenario))
    inputs = prepared.inputs[scenario.years[-1]]
    fitted = timed("calibrate", lambda: calibrate(prepared.base))
    skims = timed("skims", lambda: build_skims(inputs))
    chains = timed("chains", lambda: build_chains(inputs, skims))
    costs = timed("costs", lambda: chain_costs(inputs, skims, chains))
    distance = zone_distance_km(prepared.base, build_skims(prepared.base))
    demand = timed("demand", lambda: freight_demand_model(inputs, distance).demand(fitted.haul_scale_km))
    shipments = timed("draw", lambda: draw_shipments(inputs, demand, duration_days=7, seed=1))
    utility = utilities(inputs, costs, fitted.shift_rail, fitted.shift_water)
    chain = timed("choose", lambda: choose(utility, shipments, seed=1))
    plan = timed(
        "plan", lambda: build_plan(inputs, skims, chains, demand=demand, shipments=shipments, chain=chain, seed=1)
    )
    start = time.process_time()
    records = simulate(plan)
    loop = time.process_time() - start
    print(f"{'event loop':<28}{loop:8.2f} s CPU, {len(records.waits):,} visits, {len(records.legs):,} legs")
    timed(
        "account",
        lambda: account(inputs, skims, records, plan=plan, shipments=shipments, chain=chain, costs=costs),
    )
    start = time.process_time()
    bare_simpy(len(records.waits), len(records.legs))
    floor = time.process_time() - start
    print(f"{'bare simpy, same visits':<28}{floor:8.2f} s CPU")
    print(f"event loop / bare simpy: {loop / floor:.2f}")


if __name__ == "__main__":
    main()

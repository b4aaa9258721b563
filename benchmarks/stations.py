"""Charging stations beside bare simpy: the same arrivals, plugs and times in resources without anything else.

Run with `python benchmarks/stations.py [--sessions 40000]`: a week, 150 stations of 12 plugs, CPU time of the event
loop once with ample power, once behind a transformer that the plugs could exceed and seldom do, and once behind one
that nearly always limits. The ratios are the numbers to compare.
"""

import argparse
import math
import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from transport_sim.charge import PieceTable, charging_time_s
from transport_sim.energy.battery import charging_curve, piece_table
from transport_sim.factors import load_factor_set
from transport_sim.randomness import uniform
from transport_sim.simulation.charging import PlugPlan, StationPlan
from transport_sim.simulation.stations import Stations

Visit = Generator[simpy.Event, Any, None]
STATIONS, PLUGS, PLUG_KW = 150, 12, 120.0
WEEK_S = 7 * 86_400.0
FEEDERS_KW = {"ample power": math.inf, "feeder seldom reached": 700.0, "feeder nearly always reached": 100.0}


class Arrivals:
    """Vehicles of 55 kWh: when, where and how empty."""

    def __init__(self, count: int) -> None:
        draws = {name: uniform(np.arange(count), seed=1, stream=name) for name in ("at", "where", "soc")}
        self.at_s = (WEEK_S * np.sort(draws["at"])).tolist()
        self.where = (STATIONS * draws["where"]).astype(int).tolist()
        self.soc = (0.1 + 0.3 * draws["soc"]).tolist()
        factors = load_factor_set("cn_emep_glec")
        self.battery: PieceTable = piece_table(charging_curve(factors, largest_rate_per_h=1.1), capacity_kwh=55.0)


def bare_simpy_s(arrivals: Arrivals) -> float:
    """Return the CPU time of bare resources. [s]."""
    env = simpy.Environment()
    stations = [simpy.Resource(env, PLUGS) for _ in range(STATIONS)]
    length_s = [charging_time_s(arrivals.battery.between(soc, 0.95), PLUG_KW) for soc in arrivals.soc]

    def vehicle(n: int) -> Visit:
        yield env.timeout(arrivals.at_s[n])
        with stations[arrivals.where[n]].request() as turn:
            yield turn
            yield env.timeout(length_s[n])

    return _run_s(env, vehicle, len(arrivals.soc))


def stations_s(arrivals: Arrivals, feeder_kw: float) -> float:
    """Return the CPU time of stations with curve, queue, expected waits, power and records. [s]."""
    env = simpy.Environment()
    plans = [StationPlan(str(n), (PlugPlan("dc", PLUG_KW, PLUGS),), feeder_kw) for n in range(STATIONS)]
    stations = Stations(env, plans)

    def vehicle(n: int) -> Visit:
        yield env.timeout(arrivals.at_s[n])
        pieces = arrivals.battery.between(arrivals.soc[n], 0.95)
        yield from stations.charge(str(arrivals.where[n]), n, pieces, kind="dc")

    return _run_s(env, vehicle, len(arrivals.soc))


def _run_s(env: simpy.Environment, vehicle: Callable[[int], Visit], count: int) -> float:
    for n in range(count):
        env.process(vehicle(n))
    before = time.process_time()
    env.run()
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=40_000)
    arrivals = Arrivals(parser.parse_args().sessions)
    bare = min(bare_simpy_s(arrivals) for _ in range(3))
    print(f"{'bare simpy':30} {bare:6.2f} s")
    for name, feeder_kw in FEEDERS_KW.items():
        own = min(stations_s(arrivals, feeder_kw) for _ in range(3))
        print(f"{name:30} {own:6.2f} s  ratio {own / bare:.2f}")


if __name__ == "__main__":
    main()

"""Delays of trains and vessels, which the cost of chains reads and the simulation measures.

A delay is what a service takes longer than its schedule: queues at both terminals, and the difference between the
simulated run and distance over speed, with waits for sections and locks. The wait for departure itself stands in the
parameters and in the interval of scheduled services.
"""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims, beyond_sailing_h
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray


def delays_h(inputs: Inputs, skims: Skims, mode: str) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the delay between the terminals of a mode, shape (terminals, terminals).

    Relations that the table `service_waits` does not name have those of the row with empty places, else no delay. [h]
    """
    places = skims.rail_terminals if mode == "rail" else skims.ports
    names = pd.Index(places["terminal"])
    table = inputs.operations["service_waits"]
    table = table[table["mode"] == mode]
    others = table[(table["from_place"] == "") & (table["to_place"] == "")]
    wait = np.full((len(names), len(names)), float(others["wait_h"].iloc[0]) if len(others) else 0.0)
    std = np.full(wait.shape, float(others["std_h"].iloc[0]) if len(others) else 0.0)
    start, end = names.get_indexer(table["from_place"]), names.get_indexer(table["to_place"])
    known = (start >= 0) & (end >= 0)
    wait[start[known], end[known]] = table["wait_h"].to_numpy(float)[known]
    std[start[known], end[known]] = table["std_h"].to_numpy(float)[known]
    return wait, std


def scheduled_h(
    inputs: Inputs, skims: Skims, mode: str, pairs: tuple[IntArray, IntArray], beyond_km: FloatArray
) -> FloatArray:
    """Return the time that the cost of chains counts with for runs between pairs of terminals, without delay. [h]."""
    start, end = pairs
    if mode == "rail":
        return np.asarray((skims.rail_km[start, end] + beyond_km) / inputs.parameters.rail_speed_kmh)
    inbound = (skims.ports["kind"] == "gateway").to_numpy()[start]
    return np.asarray(skims.water_h[start, end] + beyond_sailing_h(inputs, beyond_km, inbound))

"""How long trucks are kept by their journeys."""

import pandas as pd

from transport_sim.inputs import Inputs
from transport_sim.planning.driving import tractor_h
from transport_sim.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR


def truck_h(inputs: Inputs, legs: pd.DataFrame) -> float:
    """Calculate the hours of trucks on their legs, and while they are loaded and unloaded.

    Parameters
    ----------
    inputs
        Tables; trailers that are dropped and hooked (`truck_operations`) free their tractors while they are loaded.
    legs
        Road legs of the run, empty ones too.

    Returns
    -------
    Hours of all trucks (of tractors, where trailers are dropped), queues left out. [h]
    """
    p = inputs.parameters
    table = inputs.operations["truck_operations"].set_index("vehicle_class")
    driving_h = float(((legs["arrive_s"] - legs["depart_s"]) * legs["vehicle_count"]).sum()) / SECONDS_PER_HOUR
    by_class = legs[legs["loaded"]].groupby("vehicle_class")[["payload_t", "vehicle_count"]].sum()
    by_class = by_class[by_class["vehicle_count"] > 0].join(table[["drop_hook_share", "coupling_min"]]).fillna(0.0)
    # a truck stands while its own share of the goods is loaded at one end and unloaded at the other
    stops_h = 2.0 * by_class["payload_t"] / p.truck_load_t_reference * p.truck_loading_min / MINUTES_PER_HOUR
    each_h = tractor_h(
        0.0,
        stops_h / by_class["vehicle_count"],
        drop_hook_share=by_class["drop_hook_share"].to_numpy(float),
        coupling_min=by_class["coupling_min"].to_numpy(float),
    )
    return driving_h + float(each_h @ by_class["vehicle_count"].to_numpy(float))

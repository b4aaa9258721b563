"""How full trucks go out and how many come back empty, with what policies change of it."""

import numpy as np

from transport_sim.inputs import Inputs
from transport_sim.measures import TruckUse
from transport_sim.planning.driving import tractor_h
from transport_sim.randomness import FloatArray
from transport_sim.tables.freight import TRUCK_CLASSES


def load_ratios(inputs: Inputs) -> FloatArray:
    """Return the load of a loaded truck over its capacity, at most 1, shape (commodities, zones, zones). [-]."""
    ratio = np.full(_shape(inputs), inputs.parameters.truck_load_ratio)
    for use in _uses(inputs):
        ratio = np.where(use.freight.mask(inputs.commodities, inputs.zones), ratio * use.load_ratio, ratio)
    return np.asarray(np.minimum(ratio, 1.0))


def empty_return_shares(inputs: Inputs) -> FloatArray:
    """Return the share of loaded trucks that return empty, at most 1, shape (commodities, zones, zones). [-]."""
    share = np.full(_shape(inputs), inputs.parameters.empty_return_share_truck)
    for use in _uses(inputs):
        share = np.where(use.freight.mask(inputs.commodities, inputs.zones), share * use.empty_ratio, share)
    return np.asarray(np.minimum(share, 1.0))


def standing_ratios(inputs: Inputs) -> FloatArray:
    """Return how long tractors stand at both ends of a journey, relative to waiting there, shape (commodities,). [-].

    With drop and hook they couple trailers in the time of `truck_operations` instead of waiting for the loading.
    """
    table = inputs.operations["truck_operations"].set_index("vehicle_class").reindex(list(TRUCK_CLASSES))
    shares = inputs.commodities[[f"{c}_share" for c in TRUCK_CLASSES]].to_numpy(float)
    dropping, coupling_min = (table[c].fillna(0.0).to_numpy(float) for c in ("drop_hook_share", "coupling_min"))
    standing_h = 2.0 * inputs.parameters.road_terminal_h
    left_h = [
        tractor_h(0.0, standing_h, drop_hook_share=s, coupling_min=m)
        for s, m in zip(dropping, coupling_min, strict=True)
    ]
    return shares @ np.array(left_h) / standing_h if standing_h else np.ones(len(shares))


def _uses(inputs: Inputs) -> list[TruckUse]:
    return [measure for measure in inputs.freight_measures if isinstance(measure, TruckUse)]


def _shape(inputs: Inputs) -> tuple[int, int, int]:
    return len(inputs.commodities), len(inputs.zones), len(inputs.zones)

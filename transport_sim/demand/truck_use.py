"""How full trucks go out and how many come back empty, with what policies change of it."""

import numpy as np

from transport_sim.inputs import Inputs
from transport_sim.measures import TruckUse
from transport_sim.randomness import FloatArray


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


def _uses(inputs: Inputs) -> list[TruckUse]:
    return [measure for measure in inputs.freight_measures if isinstance(measure, TruckUse)]


def _shape(inputs: Inputs) -> tuple[int, int, int]:
    return len(inputs.commodities), len(inputs.zones), len(inputs.zones)

"""What subsidies and through bills change in the cost of transport chains."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from transport_sim.choice.chains import MAIN_MODE, ChainSet, Leg
from transport_sim.inputs import Inputs
from transport_sim.measures import FreightMeasure, Subsidy, ThroughBill
from transport_sim.randomness import BoolArray, FloatArray

M = TypeVar("M", bound=FreightMeasure)


def of_kind(inputs: Inputs, kind: type[M]) -> Iterator[M]:
    """Yield the measures of one kind in the order of the package."""
    return (measure for measure in inputs.freight_measures if isinstance(measure, kind))


def uses(chain: ChainSet, mode: str) -> BoolArray:
    """Tell between which zones a chain has a leg of a mode, shape (zones, zones)."""
    legs = [leg.start >= 0 for leg in chain.legs if leg.mode == mode]
    return np.logical_or.reduce(legs) if legs else np.zeros_like(chain.feasible)


def subsidy_cny_per_t(
    inputs: Inputs, subsidy: Subsidy, chains: tuple[ChainSet, ...], on_map_km: Callable[[Leg], FloatArray]
) -> FloatArray:
    """Return what a subsidy pays for a tonne on every chain, shape (chains, commodities, zones, zones). [CNY/t].

    By the tonne it is paid once. A chain goes by road if it does so all the way; drayage is part of another mode's
    chain, and only its tonne-kilometres count for the road.

    Parameters
    ----------
    inputs, chains
        Of the run.
    subsidy
        One of the inputs' measures.
    on_map_km
        Gives the length of a leg on the map between each pair of zones. [km]
    """
    paid = np.zeros((len(chains), len(inputs.commodities), *chains[0].feasible.shape))
    for k, chain in enumerate(chains):
        by_mode = uses(chain, subsidy.mode) & (subsidy.mode != "road" or MAIN_MODE[chain.kind] == "road")
        paid[k] += subsidy.cny_per_t * by_mode
        for leg in chain.legs:
            if leg.mode == subsidy.mode:
                paid[k] += subsidy.cny_per_tkm * on_map_km(leg)
    return np.asarray(paid * subsidy.freight.mask(inputs.commodities, inputs.zones))


def apply_through_bills(
    inputs: Inputs, chains: tuple[ChainSet, ...], transfers: FloatArray, money: FloatArray, time_h: FloatArray
) -> None:
    """Take what through bills save from money [CNY/t] and time [h], in place; neither falls below zero.

    `transfers` counts the changes of vehicle of every chain, commodity and pair of zones, the shape of all three.
    """
    for bill in of_kind(inputs, ThroughBill):
        meant = bill.freight.mask(inputs.commodities, inputs.zones)
        for k, chain in enumerate(chains):
            here = meant & (transfers[k] > 0)
            if bill.mode != "any":
                here &= uses(chain, bill.mode)
            cheaper = bill.price_ratio * money[k] - bill.saved_cny_per_t_per_transfer * transfers[k]
            faster = time_h[k] - bill.saved_h_per_transfer * transfers[k]
            money[k] = np.where(here, np.maximum(cheaper, 0.0), money[k])
            time_h[k] = np.where(here, np.maximum(faster, 0.0), time_h[k])

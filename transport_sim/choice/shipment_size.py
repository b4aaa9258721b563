"""Shipment sizes: what a consignment size costs besides transport, and the choice among the sizes of a chain.

The shipper weighs the cost of placing orders, which falls with the size, against the stock of which half an order lies
at the customer on average. By road the size is free up to the usual lot; trains and vessels offer a few sizes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.choice.chains import MAIN_MODE, ChainSet, Skims
from transport_sim.choice.logit import logsum, probabilities
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray, gumbel

Numeric = float | FloatArray
LOT = "truck_lot"
"""Name of the one size by road, and of goods whose sizes are not stated."""


def economic_order_t(annual_t: Numeric, order_cost_cny: Numeric, holding_cny_per_t_year: Numeric) -> FloatArray:
    """Calculate the order size of least cost, sqrt(2 x annual x order cost / holding).

    Parameters
    ----------
    annual_t
        What a shipper sends on the relation in a year. [t/year]
    order_cost_cny
        Cost of placing and receiving an order, whatever its size. [CNY]
    holding_cny_per_t_year
        Cost of keeping a tonne in stock for a year, positive. [CNY/(t year)]

    Returns
    -------
    Tonnes of an order. [t]

    References
    ----------
    .. [1] Harris, "How many parts to make at once", Factory 10, 1913.
    """
    return np.asarray(np.sqrt(2.0 * annual_t * order_cost_cny / holding_cny_per_t_year))


def order_and_stock_cny_per_t(
    size_t: Numeric,
    annual_t: Numeric,
    order_cost_cny: Numeric,
    holding_cny_per_t_year: Numeric,
) -> FloatArray:
    """Calculate order cost and cycle stock of a tonne: order / size + holding x size / (2 x annual).

    Parameters as in :func:`economic_order_t`, with the size of an order [t]. Returns CNY/t.

    References
    ----------
    .. [1] Baumol, Vinod, "An inventory theoretic model of freight transport demand", Management Science 16, 1970.
    """
    return np.asarray(order_cost_cny / size_t + holding_cny_per_t_year * size_t / (2.0 * annual_t))


@dataclass(frozen=True)
class SizedCosts:
    """Cost of a chain with the choice of size, shape (commodities, zones, zones) unless said otherwise."""

    generalised_cny_per_t: FloatArray
    """The cost whose utility is the logsum over the sizes. [CNY/t]"""
    extra_money_cny_per_t: FloatArray
    """What the sizes chosen add to the rates on the mean, mostly a discount. [CNY/t]"""
    share: FloatArray
    """Share of each size of the mode, shape (sizes, commodities, zones, zones). [-]"""
    size_t: FloatArray
    """Tonnes of each size, broadcast to the shape of `share`. [t]"""


@dataclass(frozen=True)
class Shippers:
    """What the sizes depend on besides the chain, by commodity and pair of zones."""

    annual_t: FloatArray
    """What one shipper sends in a year, shape (commodities, zones, zones). [t/year]"""
    order_cost_cny: FloatArray
    """Shape (commodities, 1, 1). [CNY]"""
    holding_cny_per_t_year: FloatArray
    """Shape (commodities, 1, 1). [CNY/(t year)]"""
    lot_t: FloatArray
    """Largest size by road, shape (commodities, 1, 1). [t]"""
    scale: FloatArray
    """Coefficient of ln(cost), shape (commodities, 1, 1). [-]"""


def shippers(inputs: Inputs, scale: FloatArray) -> Shippers | None:
    """Return the shippers of a year, None where the table `shippers` has no rows.

    A known flow is one shipper; of all other goods the table states how much a typical one sends.
    """
    table = inputs.operations["shippers"]
    if table.empty:
        return None
    goods, zones = inputs.commodities, inputs.zones
    rows = table.set_index("commodity").reindex(goods["commodity"])
    annual = np.repeat(rows["annual_t"].to_numpy(float), len(zones) ** 2).reshape(len(goods), len(zones), len(zones))
    flows = inputs.known_flows
    flows = flows[(flows["from_year"] <= inputs.year) & (flows["to_year"] >= inputs.year)]
    good, zone = (pd.Index(frame) for frame in (goods["commodity"], zones["zone"]))
    at = good.get_indexer(flows["commodity"]), zone.get_indexer(flows["origin"]), zone.get_indexer(flows["destination"])
    np.maximum.at(annual, at, flows["tonnes_per_year_t"].to_numpy(float))
    column = (slice(None), None, None)
    holding = goods["value_cny_per_t"].to_numpy(float) * inputs.parameters.inventory_rate_per_year
    return Shippers(
        annual,
        rows["order_cost_cny"].to_numpy(float)[column],
        np.maximum(holding, 1e-9)[column],
        goods["road_lot_t"].to_numpy(float)[column],
        scale[column],
    )


def sizes_of(inputs: Inputs, mode: str) -> pd.DataFrame:
    """Return the sizes that a mode offers, none by road. [-]."""
    table = inputs.operations["shipment_sizes"]
    return table[table["mode"] == mode].reset_index(drop=True)


def size_names(inputs: Inputs, kind: int) -> list[str]:
    """Return the names of the sizes of a kind of chain, in the order of `SizedCosts.share`."""
    names = [] if inputs.operations["shippers"].empty else list(sizes_of(inputs, MAIN_MODE[kind])["size"])
    return names or [LOT]


def sized_costs(
    inputs: Inputs, skims: Skims, chain: ChainSet, *, fixed: FloatArray, rates: FloatArray, waiting: FloatArray
) -> SizedCosts:
    """Add order cost and stock to the cost of a chain, and let shippers choose the size in a lower nest.

    Parameters
    ----------
    inputs, skims, chain
        Of the run.
    fixed
        Generalised cost without what depends on the size, shape (commodities, zones, zones). [CNY/t]
    rates
        The part of it that is the rate of the main haul. [CNY/t]
    waiting
        The part of it that is the wait for a train or vessel. [CNY/t]

    Returns
    -------
    The cost with sizes; without a table `shippers` the fixed cost in one size.
    """
    p = inputs.parameters
    general = (inputs.commodities["choice_group"] == "general").to_numpy()
    who = shippers(inputs, np.where(general, p.logit_scale_general, p.logit_scale_bulk))
    if who is None:
        lot_t = inputs.commodities["road_lot_t"].to_numpy(float)[None, :, None, None]
        return SizedCosts(np.maximum(fixed, 1.0), np.zeros_like(fixed), np.ones((1, *fixed.shape)), lot_t)
    options = sizes_of(inputs, MAIN_MODE[chain.kind])
    if options.empty:
        eoq_t = economic_order_t(who.annual_t, who.order_cost_cny, who.holding_cny_per_t_year)
        size_t = np.minimum(eoq_t, who.lot_t)[None]
        extra_rate = extra_wait = np.zeros((1, 1, 1, 1))
        possible = np.ones((1, 1, 1, 1), dtype=bool)
    else:
        size_t = np.stack(
            [_size_t(inputs, skims, chain, *row) for row in zip(options["unit"], options["units_count"], strict=True)]
        )[:, None]
        extra_rate, extra_wait, least_t = (
            options[name].to_numpy(float)[:, None, None, None] for name in ("rate_ratio", "wait_ratio", "min_annual_t")
        )
        extra_rate, extra_wait = extra_rate - 1.0, extra_wait - 1.0
        possible = np.asarray(who.annual_t >= np.maximum(least_t, size_t))
        possible[0] = True  # the first size needs no minimum: nobody is without any
    own = order_and_stock_cny_per_t(size_t, who.annual_t, who.order_cost_cny, who.holding_cny_per_t_year)
    # a subsidy may not turn a price negative: ln(cost) needs a positive cost
    cost = np.where(possible, np.maximum(fixed + extra_rate * rates + extra_wait * waiting + own, 1.0), np.inf)
    utility = -who.scale * np.log(cost)
    share = probabilities(utility / p.size_nest_ratio)
    generalised = np.exp(-logsum(utility, p.size_nest_ratio) / who.scale)
    return SizedCosts(generalised, (share * extra_rate * rates).sum(axis=0), share, size_t)


def _size_t(inputs: Inputs, skims: Skims, chain: ChainSet, unit: str, count: float) -> FloatArray:
    """Return the tonnes of a size between each pair of zones. [t]."""
    one = np.ones(chain.feasible.shape)
    if unit == "vessel":
        legs = [leg for leg in chain.legs if leg.mode == "waterway"]  # none where the mode has no terminals
        payloads = [np.where(chain.feasible, skims.vessel_payload_t[leg.start, leg.end], 1.0) for leg in legs]
        unit_t = payloads[0] if payloads else one
    elif unit == "train":
        unit_t = one * inputs.parameters.train_net_t
    else:
        unit_t = one * inputs.factors.value("rail", quantity="wagon_net_t", traction="all")
    return np.asarray(unit_t * count)


def choose_sizes(share: FloatArray, ids: IntArray, *, seed: int) -> IntArray:
    """Choose a size for each shipment: the largest ln(share) plus an addressed Gumbel draw.

    `share` has shape (sizes, shipments). Returns positions, shape (shipments,).
    """
    with np.errstate(divide="ignore"):
        noise = [gumbel(ids, seed=seed, stream=f"size:{n}") for n in range(len(share))]
        return np.asarray((np.log(share) + np.stack(noise)).argmax(axis=0))

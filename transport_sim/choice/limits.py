"""Limits that a price must meet: budgets of subsidies, and shares that the road may have.

Both depend on what shippers choose, and are met in expectation: the ratio in which a subsidy's rates fall, and the
price that a tonne by road has to bear, are found by bisection on the expected shares.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from transport_sim.choice.chains import ROAD, ChainSet, Skims
from transport_sim.choice.freight_measures import of_kind, subsidy_cny_per_t
from transport_sim.choice.freight_mode import ChainCosts, chain_costs, leg_km, on_map_km
from transport_sim.demand.freight import Demand
from transport_sim.inputs import Inputs
from transport_sim.measures import FreightMeasure, RoadShareLimit, Subsidy
from transport_sim.randomness import BoolArray, FloatArray

HIGHEST_CNY_PER_T = 100_000.0
"""Price at which nobody sends anything by road who has another way. [CNY/t]"""
HALVINGS = 50
ALMOST = 1e-6
"""Error that the ratio of a subsidy's rates may have. [-]"""

COLUMNS = ("policy", "freight", "quantity", "unit", "value")
Shares = Callable[[ChainCosts], FloatArray]
"""Expected shares of the chains in each flow, shape (chains, flows), at some cost."""

PricedTonnes = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Tonnes that choose, and those by road, at a price of the road; all by commodity and pair of zones."""


@dataclass(frozen=True)
class Settled:
    """Costs under which every limit is met."""

    inputs: Inputs
    """With the rates that the budgets allow."""
    costs: ChainCosts
    """With the price of road transport in the generalised cost, not in the money: nobody pays it."""
    table: pd.DataFrame
    """The limits, columns `COLUMNS`."""


def settle(
    inputs: Inputs,
    skims: Skims,
    chains: tuple[ChainSet, ...],
    demand: Demand,
    *,
    costs: ChainCosts,
    shares: Shares,
) -> Settled:
    """Meet the limits of the package, if it has any, by the price of the road and the rates of subsidies.

    Parameters
    ----------
    inputs, skims, chains
        Of the run.
    demand
        Annual flows.
    costs
        Without limits.
    shares
        What shippers choose at a cost.
    """
    if not any(isinstance(m, RoadShareLimit) or _has_budget(m) for m in inputs.freight_measures):
        return Settled(inputs, costs, _table([]))
    model = _Limits(skims, chains, demand, shares)
    settled = within_budgets(inputs, model.paid_cny)
    limited, prices = model.limited(settled)
    rows = [*model.budget_rows(inputs, settled), *model.limit_rows(settled, limited, prices)]
    return Settled(settled, limited, _table(rows))


def _table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.astype({**dict.fromkeys(COLUMNS, str), "value": float})


def _has_budget(measure: FreightMeasure) -> bool:
    return isinstance(measure, Subsidy) and measure.budget_cny_per_year is not None


class _Limits:
    """Expected payments and shares under changed measures; use :func:`settle`."""

    def __init__(self, skims: Skims, chains: tuple[ChainSet, ...], demand: Demand, shares: Shares) -> None:
        self.skims, self.chains, self.demand, self.shares = skims, chains, demand, shares
        self.at = demand.commodity, demand.origin, demand.destination
        self.chooses_t = np.where(demand.captive < 0, demand.tonnes_t, 0.0)
        self.by_road = np.array([chain.kind == ROAD for chain in chains])
        self.road_km = leg_km(chains[int(self.by_road.argmax())].legs[0], skims)
        self.elsewhere = np.logical_or.reduce([chain.feasible for chain in chains if chain.kind != ROAD])

    def paid_cny(self, inputs: Inputs, subsidy: Subsidy) -> float:
        """Return what a subsidy is expected to pay out in a year. [CNY]."""
        rate = subsidy_cny_per_t(inputs, subsidy, self.chains, lambda leg: on_map_km(leg, self.skims))
        share = self.shares(self.limited(inputs)[0])
        return float((share * rate[(slice(None), *self.at)]).sum(axis=0) @ self.demand.tonnes_t)

    def limited(self, inputs: Inputs) -> tuple[ChainCosts, dict[RoadShareLimit, FloatArray]]:
        """Return the costs with the price of the road, and the price of each limit. [CNY/t]."""
        free = chain_costs(inputs, self.skims, self.chains)

        def priced(price: FloatArray) -> ChainCosts:
            generalised = free.generalised_cny_per_t.copy()
            generalised[self.by_road] += price
            return replace(free, generalised_cny_per_t=generalised)

        def tonnes(price: FloatArray) -> tuple[FloatArray, FloatArray]:
            return self.by_pair(self.chooses_t, price.shape), self.by_pair(self.road_t(priced(price)), price.shape)

        prices = limit_prices_cny_per_t(inputs, self.elsewhere, self.road_km, tonnes)
        total = np.sum([np.zeros(free.generalised_cny_per_t.shape[1:]), *prices.values()], axis=0)
        return priced(total), prices

    def road_t(self, costs: ChainCosts) -> FloatArray:
        """Return the tonnes of each flow that choose and go by road. [t]."""
        return np.asarray(self.shares(costs)[self.by_road].sum(axis=0) * self.chooses_t)

    def by_pair(self, amount: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        """Add up amounts of the flows by commodity and pair of zones."""
        total = np.zeros(shape)
        np.add.at(total, self.at, amount)
        return total

    def budget_rows(self, stated: Inputs, settled: Inputs) -> list[tuple[object, ...]]:
        """Return the rows of the subsidies that have a budget."""
        rows: list[tuple[object, ...]] = []
        for before, after in zip(stated.freight_measures, settled.freight_measures, strict=True):
            if isinstance(before, Subsidy) and isinstance(after, Subsidy) and before.budget_cny_per_year is not None:
                rate = before.cny_per_t or before.cny_per_tkm
                found = {
                    ("budget", "CNY/year"): before.budget_cny_per_year,
                    ("paid_without_limit", "CNY/year"): self.paid_cny(stated, before),
                    ("paid", "CNY/year"): self.paid_cny(settled, after),
                    ("rate_ratio", "-"): (after.cny_per_t or after.cny_per_tkm) / rate if rate else 1.0,
                }
                whose = before.policy, f"{before.mode}: {before.freight}"
                rows += [(*whose, *quantity, value) for quantity, value in found.items()]
        return rows

    def limit_rows(
        self, inputs: Inputs, costs: ChainCosts, prices: dict[RoadShareLimit, FloatArray]
    ) -> list[tuple[object, ...]]:
        """Return the rows of the limits of the road's share; the price is the mean over what still goes by road."""
        rows: list[tuple[object, ...]] = []
        free = chain_costs(inputs, self.skims, self.chains)
        for limit, price in prices.items():
            meant = limit.freight.mask(inputs.commodities, inputs.zones) & self.elsewhere
            flows = (meant & (self.road_km >= limit.min_km))[self.at]
            all_t = float(self.chooses_t[flows].sum())
            before, after = (float(self.road_t(c)[flows].sum()) for c in (free, costs))
            paid = float(self.road_t(costs)[flows] @ price[self.at][flows])
            found = {
                ("road_share_limit", "-"): limit.max_road_share,
                ("road_share_without_limit", "-"): before / all_t if all_t else 0.0,
                ("road_share", "-"): after / all_t if all_t else 0.0,
                ("freight", "t/year"): all_t,
                ("price", "CNY/t"): paid / after if after else 0.0,
            }
            rows += [(limit.policy, str(limit.freight), *quantity, value) for quantity, value in found.items()]
        return rows


def within_budgets(inputs: Inputs, paid_cny: Callable[[Inputs, Subsidy], float]) -> Inputs:
    """Lower the rates of subsidies until their budgets suffice; several are settled in turns.

    Parameters
    ----------
    inputs
        Of the run.
    paid_cny
        What a subsidy pays out in a year under the inputs, as expected. [CNY/year]
    """
    limited = [n for n, m in enumerate(inputs.freight_measures) if _has_budget(m)]
    stated = inputs.freight_measures
    for n in limited * (2 if len(limited) > 1 else 1):
        full = stated[n]
        if isinstance(full, Subsidy):
            inputs = _within_budget(inputs, n, full, paid_cny)
    return inputs


def _within_budget(inputs: Inputs, n: int, full: Subsidy, paid_cny: Callable[[Inputs, Subsidy], float]) -> Inputs:
    """Find the ratio of the rates of measure `n` to the stated ones at which its budget suffices."""
    budget = full.budget_cny_per_year or 0.0

    def at(ratio: float) -> tuple[Inputs, float]:
        lower = replace(full, cny_per_t=full.cny_per_t * ratio, cny_per_tkm=full.cny_per_tkm * ratio)
        measures = (*inputs.freight_measures[:n], lower, *inputs.freight_measures[n + 1 :])
        changed = replace(inputs, freight_measures=measures)
        return changed, paid_cny(changed, lower)

    found, paid = at(1.0)
    if paid <= budget:
        return found
    return at(float(brentq(lambda ratio: at(ratio)[1] / budget - 1.0, 0.0, 1.0, xtol=ALMOST)))[0]


def limit_prices_cny_per_t(
    inputs: Inputs,
    open_elsewhere: BoolArray,
    road_km: FloatArray,
    road_shares: PricedTonnes,
) -> dict[RoadShareLimit, FloatArray]:
    """Find the price of a tonne by road at which every limit of the road's share is met.

    Freight that has no way but the road is not counted: a limit cannot move it.

    Parameters
    ----------
    inputs
        Of the run.
    open_elsewhere
        Where another chain than the road is possible, shape (commodities, zones, zones) or broadcast to it.
    road_km
        Distance by road with what lies beyond the map, shape (zones, zones). [km]
    road_shares
        For a price by commodity and pair of zones [CNY/t]: the tonnes that choose, and those of them that go by road,
        of the same shape. [t]

    Returns
    -------
    The price of each limit, shape (commodities, zones, zones); of two that concern the same freight both are paid.
    """
    prices: dict[RoadShareLimit, FloatArray] = {}
    for limit in of_kind(inputs, RoadShareLimit):
        meant = limit.freight.mask(inputs.commodities, inputs.zones) & open_elsewhere & (road_km >= limit.min_km)
        others = np.sum([np.zeros(meant.shape), *prices.values()], axis=0)
        exceeds = partial(_exceeds, limit, meant, road_shares, others)
        low, high = np.zeros(meant.shape), np.where(meant, HIGHEST_CNY_PER_T, 0.0)
        over = exceeds(low)
        for _ in range(HALVINGS):
            middle = np.where(over, np.sqrt((low + 1.0) * (high + 1.0)) - 1.0, 0.0)
            above = exceeds(middle)
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        prices[limit] = np.where(over & meant, high, 0.0)
    return prices


def _exceeds(
    limit: RoadShareLimit,
    meant: BoolArray,
    road_shares: PricedTonnes,
    others: FloatArray,
    price: FloatArray,
) -> BoolArray:
    """Tell where the road carries more than it may at a price, on each relation or on their sum."""
    all_t, road_t = (np.where(meant, tonnes, 0.0) for tonnes in road_shares(others + price))
    if not limit.by_relation:
        all_t, road_t = (np.full(meant.shape, tonnes.sum()) for tonnes in (all_t, road_t))
    return np.asarray(road_t > limit.max_road_share * all_t)

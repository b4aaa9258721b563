"""Price elasticities of the modes by numerical differences, beside published ranges."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.choice.calibration import Calibration, chain_shares, mode_tonnes
from transport_sim.choice.chains import MAIN_MODE, ChainSet, Skims, build_skims
from transport_sim.choice.freight_mode import MODES, ChainCosts, chain_costs, leg_km, utilities
from transport_sim.choice.supernetwork import build_chains, zone_distance_km
from transport_sim.demand.freight import Demand, free_part, freight_demand_model
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray

STEP = 0.01
"""Half of the difference in price over which slopes are taken. [-]"""
ENDS = (1.0 - STEP, 1.0 + STEP)
MOSTLY = 0.5
"""Share from which goods that are bound to a mode explain why it hardly reacts. [-]"""
PRICES = {
    "road": (
        "road_rate_cny_per_tkm",
        "road_fixed_cny_per_t",
        "road_handling_cny_per_t",
        "drayage_fixed_cny_per_t",
    ),
    "rail": (
        "rail_rate_ratio",
        "rail_construction_fund_cny_per_tkm",
        "rail_electrification_cny_per_tkm",
        "rail_handling_cny_per_t",
    ),
    "waterway": (
        "water_rate_class_i_cny_per_tkm",
        "water_rate_class_iii_cny_per_tkm",
        "water_rate_class_iv_cny_per_tkm",
        "water_rate_class_v_cny_per_tkm",
        "port_handling_cny_per_t",
    ),
}
"""The parameters that are the price of a mode: together they are all that its legs cost the shipper."""


@dataclass(frozen=True)
class Market:
    """Who could choose what, by mode: why an elasticity is as it is."""

    bound_share: dict[str, float]
    """Share of the mode's tonnes that are bound to it. [-]"""
    share_where_possible: dict[str, float]
    """Mean over the mode's tonnes of its share of their flow. [-]"""


@dataclass(frozen=True)
class Elasticities:
    """Elasticities with published ranges, and what explains them."""

    table: pd.DataFrame
    """Columns quantity (tonnes, tkm), mode, price_of, elasticity, free (that of the goods that choose)."""
    compared: pd.DataFrame
    """Columns mode, quantity, elasticity, free, low, high, verdict (inside, weaker, stronger), reason, source."""
    market: Market


def scaled_price(inputs: Inputs, mode: str, ratio: float) -> Inputs:
    """Return inputs in which all that a mode charges is multiplied."""
    p = inputs.parameters
    return replace(inputs, parameters=replace(p, **{name: getattr(p, name) * ratio for name in PRICES[mode]}))


def mode_km(skims: Skims, chains: tuple[ChainSet, ...]) -> FloatArray:
    """Return the distance on each mode along every chain, shape (modes, chains, zones, zones). [km]."""
    found = np.zeros((len(MODES), len(chains), *chains[0].feasible.shape))
    for k, chain in enumerate(chains):
        for leg in chain.legs:
            km = leg_km(leg, skims)
            found[MODES.index(leg.mode), k] += np.where(np.isfinite(km), km, 0.0)
    return found


class PriceModel:
    """What is carried at other prices: demand stays where it is, only the chains change."""

    def __init__(self, base: Inputs) -> None:
        self.base = base.at_base_year()
        self.skims = build_skims(self.base)
        self.chains = build_chains(self.base, self.skims)
        self.kind = np.array([chain.kind for chain in self.chains])
        self.km = mode_km(self.skims, self.chains)
        self.distance_km = zone_distance_km(self.base, self.skims)
        self.demand_model = freight_demand_model(self.base, self.distance_km)

    def costs(self, inputs: Inputs) -> ChainCosts:
        """Return the cost of the chains of the base year under other parameters."""
        return chain_costs(inputs, self.skims, self.chains)

    def amounts(self, demand: Demand, share: FloatArray) -> dict[tuple[str, str], float]:
        """Return tonnes by main mode [t] and tonne-kilometres by the mode of the legs [t-km]."""
        at = demand.origin, demand.destination
        moved = share * demand.tonnes_t
        found = {("tonnes", mode): tonnes for mode, tonnes in mode_tonnes(demand, share, self.kind).items()}
        tkm = [float((moved * km[(slice(None), *at)]).sum()) for km in self.km]
        return found | {("tkm", mode): tkm[n] for n, mode in enumerate(MODES)}


def elasticities(base: Inputs, fitted: Calibration) -> Elasticities:
    """Calculate own and cross elasticities of tonnes and tonne-kilometres with respect to the modes' prices.

    Parameters
    ----------
    base
        Inputs of the base year.
    fitted
        Their calibration.

    Returns
    -------
    The elasticities of all goods and of those that choose.
    """
    model = PriceModel(base)
    demand = model.demand_model.demand(fitted.haul_scale_km)
    free = demand.captive < 0

    def shares(inputs: Inputs) -> FloatArray:
        return chain_shares(demand, utilities(inputs, model.costs(inputs), fitted.shift_rail, fitted.shift_water))

    rows: list[tuple[str, str, str, float, float]] = []
    for price_of in MODES:
        ends = [shares(scaled_price(model.base, price_of, ratio)) for ratio in ENDS]
        low, high = (model.amounts(demand, share) for share in ends)
        free_low, free_high = (model.amounts(free_part(demand), share[:, free]) for share in ends)
        rows += [(*k, price_of, slope(low[k], high[k]), slope(free_low[k], free_high[k])) for k in low]
    table = pd.DataFrame(rows, columns=["quantity", "mode", "price_of", "elasticity", "free"])
    market = _market(demand, shares(model.base), model.kind)
    return Elasticities(table, _compared(model.base, table, market), market)


def slope(low: float, high: float) -> float:
    """Return d ln(amount) / d ln(price) from the amounts at both ends; NaN where there is nothing."""
    if low <= 0.0 or high <= 0.0:
        return float("nan")
    return float(np.log(high / low) / np.log(ENDS[1] / ENDS[0]))


def _market(demand: Demand, share: FloatArray, kind: IntArray) -> Market:
    bound, usual = {}, {}
    main = np.array([MODES.index(MAIN_MODE[k]) for k in kind])
    by_mode = np.stack([share[main == n].sum(axis=0) for n in range(len(MODES))])
    for n, mode in enumerate(MODES):
        tonnes = by_mode[n] * demand.tonnes_t
        total = max(tonnes.sum(), 1e-9)
        bound[mode] = float(tonnes[demand.captive >= 0].sum() / total)
        usual[mode] = float(tonnes @ by_mode[n] / total)
    return Market(bound, usual)


def _compared(base: Inputs, table: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Put own elasticities beside the published ranges, with the cause where they lie outside."""
    rows = []
    own = table[table["mode"] == table["price_of"]].set_index(["quantity", "mode"])
    names = ["mode", "quantity", "low", "high", "note", "source"]
    for mode, quantity, low, high, note, source in base.operations["elasticity_ranges"][names].itertuples(index=False):
        value, free = (float(own.loc[(quantity, mode), name]) for name in ("elasticity", "free"))
        verdict = "stronger" if value < low else "weaker" if value > high else "inside"
        weak = "bound" if market.bound_share[mode] > MOSTLY else "shift_only"
        reason = {"weaker": weak, "stronger": "small_share", "inside": ""}[verdict]
        rows.append((mode, quantity, value, free, low, high, verdict, reason, note, source))
    columns = ["mode", "quantity", "elasticity", "free", "low", "high", "verdict", "reason", "note", "source"]
    return pd.DataFrame(rows, columns=columns)

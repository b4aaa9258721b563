"""Calibration to the base year: the gravity model's haul scale and the constants of rail and water."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from transport_sim.choice.chains import MAIN_MODE, ROAD, build_skims
from transport_sim.choice.freight_mode import MODES, ChainCosts, Utilities, chain_costs, utilities
from transport_sim.choice.logit import nest_values, nested_probabilities, probabilities
from transport_sim.choice.supernetwork import build_chains, zone_distance_km
from transport_sim.demand.freight import Demand, free_part, freight_demand_model
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.freight import CHAINS


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is fitted to the base year and kept in every other year and scenario."""

    haul_scale_km: float
    shift_rail: float
    shift_water: float
    fit: pd.DataFrame
    """Columns quantity, unit, target, model: expected values of the base year."""


def chain_shares(demand: Demand, utility: Utilities) -> FloatArray:
    """Return the expected share of each chain in each flow, shape (chains, flows). [-]."""
    at = demand.commodity, demand.origin, demand.destination
    share = nested_probabilities(utility.value[(slice(None), *at)], utility.nests)
    bound = demand.captive >= 0
    share[:, bound] = 0.0
    share[demand.captive[bound], np.flatnonzero(bound)] = 1.0
    return share


def mode_tonnes(demand: Demand, share: FloatArray, kind: IntArray) -> dict[str, float]:
    """Return expected tonnes by the main mode of the chain; `kind` has the position in `CHAINS` of each. [t]."""
    by_chain = share @ demand.tonnes_t
    return {m: float(sum(t for t, k in zip(by_chain, kind, strict=True) if MAIN_MODE[k] == m)) for m in MODES}


def calibrate(inputs: Inputs) -> Calibration:
    """Fit haul scale and constants so that the base year's tonnes by mode and mean road haul come out.

    Raises
    ------
    DataError
        If the targets cannot be met within the search range.
    """
    base = inputs.at_base_year()
    skims = build_skims(base)
    chains = build_chains(base, skims)
    costs = chain_costs(base, skims, chains)
    distance = zone_distance_km(base, skims)
    model = freight_demand_model(base, distance)
    state: dict[str, tuple[float, float]] = {"shifts": (0.0, 0.0)}

    def road_haul_km(scale: float) -> float:
        demand = model.demand(scale)
        state["shifts"] = _fit_constants(base, demand, costs, state["shifts"])
        share = chain_shares(demand, utilities(base, costs, *state["shifts"]))
        road_t = share[ROAD] * demand.tonnes_t
        used = road_t > 0
        return float(road_t[used] @ distance[demand.origin, demand.destination][used] / road_t.sum())

    target = base.parameters.target_road_haul_km
    low, high = 5.0, 2000.0
    at_low, at_high = road_haul_km(low), road_haul_km(high)
    if not at_low <= target <= at_high:
        raise DataError(
            f"calibration: a mean road haul of {target:g} km is out of reach; "
            f"this map and demand allow {at_low:.3g} to {at_high:.3g} km"
        )
    scale = float(brentq(lambda s: road_haul_km(s) - target, low, high, xtol=0.02, rtol=1e-6))
    haul = road_haul_km(scale)
    demand = model.demand(scale)
    return Calibration(scale, *state["shifts"], _fit_table(base, demand, costs, state["shifts"], haul))


def _fit_constants(
    inputs: Inputs, demand: Demand, costs: ChainCosts, start: tuple[float, float]
) -> tuple[float, float]:
    """Shift the constants of rail and water until expected tonnes meet the targets (logit share iteration)."""
    free = free_part(demand)
    at = free.commodity, free.origin, free.destination
    start_utility = utilities(inputs, costs, 0.0, 0.0)
    values = nest_values(start_utility.value[(slice(None), *at)], start_utility.nests)
    bound_t = np.bincount(demand.captive[demand.captive >= 0], demand.tonnes_t[demand.captive >= 0], len(CHAINS))
    captive = {m: float(sum(bound_t[k] for k in range(len(CHAINS)) if MAIN_MODE[k] == m)) for m in MODES}
    targets = {"rail": inputs.parameters.target_rail_t, "waterway": inputs.parameters.target_water_t}
    for mode, target in targets.items():
        if captive[mode] >= target and captive[mode] + target > 0:
            raise DataError(
                f"calibration: flows bound to {mode} ({captive[mode]:,.0f} t) leave nothing of the "
                f"target {target:,.0f} t for choice"
            )
    used = {mode: target > 0 for mode, target in targets.items()}
    shift = [value if use else -np.inf for value, use in zip(start, used.values(), strict=True)]
    for _ in range(200):
        # a constant common to a nest shifts its logsum
        share = probabilities(values + np.array([0.0, *shift])[:, None])
        worst = 0.0
        for n, (mode, target) in enumerate(targets.items()):
            if not used[mode]:
                continue
            wanted = target - captive[mode]
            model = float(share[MODES.index(mode)] @ free.tonnes_t)
            if model <= 0:
                raise DataError(f"calibration: no flow can use {mode}, its target is {target:,.0f} t")
            worst = max(worst, abs(model / wanted - 1.0))
            shift[n] += np.log(wanted / model) * 1.3
        if worst < 1e-6:
            return shift[0], shift[1]
    raise DataError(f"calibration: constants did not settle (tonnes still {worst:.1%} off)")


def _fit_table(
    inputs: Inputs, demand: Demand, costs: ChainCosts, shifts: tuple[float, float], haul_km: float
) -> pd.DataFrame:
    model = mode_tonnes(demand, chain_shares(demand, utilities(inputs, costs, *shifts)), costs.kind)
    p = inputs.parameters
    rows = [
        ("freight_tonnes_road", "t", p.freight_total_t - p.target_rail_t - p.target_water_t, model["road"]),
        ("freight_tonnes_rail", "t", p.target_rail_t, model["rail"]),
        ("freight_tonnes_waterway", "t", p.target_water_t, model["waterway"]),
        ("mean_road_haul_km", "km", p.target_road_haul_km, haul_km),
        (
            "road_turnover",
            "G t-km",
            p.target_road_haul_km * (p.freight_total_t - p.target_rail_t - p.target_water_t) / 1e9,
            haul_km * model["road"] / 1e9,
        ),
    ]
    return pd.DataFrame([row for row in rows if row[2] > 0], columns=["quantity", "unit", "target", "model"])

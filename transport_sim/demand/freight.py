"""Freight demand by commodity and pair of zones: generation, distribution, known flows."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.demand.gravity import distribute
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray, stable_ids, text_id
from transport_sim.tables.freight import CHAINS


@dataclass(frozen=True, slots=True)
class Demand:
    """Annual tonnes, one entry per (commodity, origin, destination) or known flow; positions into the tables."""

    demand_id: IntArray
    commodity: IntArray
    origin: IntArray
    destination: IntArray
    tonnes_t: FloatArray
    captive: IntArray
    """Position in `CHAINS` to which the flow is bound, or -1."""


@dataclass(frozen=True, slots=True)
class FreightDemandModel:
    """What is known of a year's demand before the gravity model's impedance is."""

    known: Demand
    origin_t: FloatArray
    """Tonnes of the gravity part leaving each zone, shape (commodities, zones). [t]"""
    destination_t: FloatArray
    """Tonnes of the gravity part reaching each zone, same shape. [t]"""
    relative_haul: FloatArray
    """Haul of each commodity relative to the others, shape (commodities,). [-]"""
    distance_km: FloatArray
    """Between zones, infinite where the gravity model allows no flow, shape (zones, zones). [km]"""
    flow_id: IntArray
    """Identity of each flow, shape (commodities, zones, zones)."""

    def demand(self, haul_scale_km: float) -> Demand:
        """Distribute the gravity part with exp(-distance / (haul_scale * relative_haul)) and join the known flows."""
        flow = np.stack(
            [
                distribute(o, d, np.exp(-self.distance_km / (haul_scale_km * haul)))
                for o, d, haul in zip(self.origin_t, self.destination_t, self.relative_haul, strict=True)
            ]
        )
        commodity, origin, destination = at = np.nonzero(flow)
        known = self.known
        return Demand(
            np.concatenate([known.demand_id, self.flow_id[at]]),
            np.concatenate([known.commodity, commodity]),
            np.concatenate([known.origin, origin]),
            np.concatenate([known.destination, destination]),
            np.concatenate([known.tonnes_t, flow[at]]),
            np.concatenate([known.captive, np.full(len(origin), -1)]),
        )


def freight_demand_model(inputs: Inputs, distance_km: FloatArray) -> FreightDemandModel:
    """Prepare the freight demand of a year.

    The gravity part is what the total leaves beside the base year's known flows; it grows by the demand growth. Known
    flows enter as given, without growth: they are the plants' capacities.

    Parameters
    ----------
    inputs
        Tables and parameters.
    distance_km
        Road distance between zones with what lies beyond the map, shape (zones, zones). [km]

    Returns
    -------
    The model, which gives annual flows for an impedance.

    Raises
    ------
    DataError
        If known flows exceed a commodity's total, or no zone produces or attracts it.
    """
    goods, p = inputs.commodities, inputs.parameters
    growth = (1.0 + p.demand_growth_ratio_per_year) ** (inputs.year - inputs.base_year)
    base = _known(inputs, inputs.base_year)
    in_known = np.bincount(base.commodity, base.tonnes_t, len(goods))
    left_t = p.freight_total_t * goods["freight_share"].to_numpy(float) - in_known
    if (left_t < 0).any():
        worst = int(left_t.argmin())
        raise DataError(
            f"known_flows.csv: the known flows of {goods['commodity'].iloc[worst]} exceed its share of "
            f"the total by {-left_t[worst]:,.0f} t"
        )
    pairs = [_generation(inputs, good, tonnes) for (_, good), tonnes in zip(goods.iterrows(), left_t, strict=True)]
    goods_id, zone_id = (np.array([text_id(n) for n in names]) for names in (goods["commodity"], inputs.zones["zone"]))
    return FreightDemandModel(
        _known(inputs, inputs.year),
        np.stack([o for o, _ in pairs]) * growth,
        np.stack([d for _, d in pairs]) * growth,
        goods["relative_haul"].to_numpy(float),
        np.where(_allowed(inputs), distance_km, np.inf),
        stable_ids(goods_id[:, None, None], zone_id[:, None], zone_id),
    )


def _allowed(inputs: Inputs) -> BoolArray:
    """Through traffic and trips inside a zone are outside this account."""
    external = (inputs.zones["kind"] == "external").to_numpy()
    allowed = ~(external[:, None] & external)
    np.fill_diagonal(allowed, val=False)
    return allowed


def _generation(inputs: Inputs, good: pd.Series, tonnes_t: float) -> tuple[FloatArray, FloatArray]:
    """Return tonnes leaving and reaching each zone for one commodity, shapes (zones,). [t]."""
    zones = inputs.zones
    external = (zones["kind"] == "external").to_numpy()
    outside = np.where(external, zones[f"external_weight_{good['choice_group']}"].fillna(0.0), 0.0)
    special = inputs.generators[inputs.generators["commodity"] == good["commodity"]]
    by_zone = special.groupby("zone")[["production_weight", "attraction_weight"]].sum()
    by_zone = by_zone.reindex(zones["zone"]).fillna(0.0)
    totals = []
    for side, across in (("production", "inbound_share"), ("attraction", "outbound_share")):
        people = zones["population_thousand"].fillna(0.0).to_numpy() * good[f"{side}_population_weight"]
        inside = np.where(external, 0.0, people + by_zone[f"{side}_weight"].to_numpy())
        if inside.sum() == 0 or outside.sum() == 0:
            raise DataError(f"generators.csv: no zone has a {side} weight for {good['commodity']}")
        from_outside = float(good[across])
        shares = (1.0 - from_outside) * inside / inside.sum() + from_outside * outside / outside.sum()
        totals.append(tonnes_t * shares)
    return totals[0], totals[1]


def _known(inputs: Inputs, year: int) -> Demand:
    """Return the known flows of a year."""
    flows = inputs.known_flows
    flows = flows[(flows["from_year"] <= year) & (flows["to_year"] >= year)]
    zone = {z: i for i, z in enumerate(inputs.zones["zone"])}
    good = {c: i for i, c in enumerate(inputs.commodities["commodity"])}
    chain = {"": -1, **{c: i for i, c in enumerate(CHAINS)}}
    return Demand(
        np.array([text_id(f"known:{f}") for f in flows["flow"]], dtype=np.int64),
        np.asarray(flows["commodity"].map(good), dtype=np.int64),
        np.asarray(flows["origin"].map(zone), dtype=np.int64),
        np.asarray(flows["destination"].map(zone), dtype=np.int64),
        flows["tonnes_per_year_t"].to_numpy(dtype=float)
        * np.where(flows["captive_chain"] == "road_water_road", inputs.parameters.river_sand_ratio, 1.0),
        np.asarray(flows["captive_chain"].map(chain), dtype=np.int64),
    )


def free_part(demand: Demand) -> Demand:
    """Return the flows that choose their chain."""
    free = demand.captive < 0
    return replace(demand, **{name: getattr(demand, name)[free] for name in Demand.__slots__})

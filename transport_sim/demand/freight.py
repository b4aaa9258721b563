"""Freight demand by commodity and pair of zones: generation, distribution, known flows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.demand.gravity import distribute
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray, text_id
from transport_sim.tables import CHAINS


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

    def scaled(self, ratio: float) -> "Demand":
        """Return the same flows times a ratio."""
        return Demand(self.demand_id, self.commodity, self.origin, self.destination, self.tonnes_t * ratio, self.captive)


def freight_demand(inputs: Inputs, distance_km: FloatArray, haul_scale_km: float) -> Demand:
    """Build the freight demand of a year.

    The gravity part is what the total leaves beside the base year's known flows, distributed with
    exp(-distance / (haul_scale * relative_haul)); it then grows by the demand growth. Known flows enter as given,
    without growth: they are the plants' capacities.

    Parameters
    ----------
    inputs
        Tables and parameters.
    distance_km
        Road distance between zones with what lies beyond the map, shape (zones, zones). [km]
    haul_scale_km
        Calibrated impedance. [km]

    Returns
    -------
    Annual flows. [t]
    """
    goods, zones = inputs.commodities, list(inputs.zones["zone"])
    base = _known(inputs, inputs.base_year)
    growth = (1.0 + inputs.parameters.demand_growth_ratio_per_year) ** (inputs.year - inputs.base_year)
    parts = [_known(inputs, inputs.year)]
    for position, (_, good) in enumerate(goods.iterrows()):
        left_t = inputs.parameters.freight_total_t * good["freight_share"] - base.tonnes_t[base.commodity == position].sum()
        if left_t < 0:
            raise DataError(f"known_flows.csv: the known flows of {good['commodity']} exceed its share of the total by {-left_t:,.0f} t")
        origin_t, destination_t = _generation(inputs, good, left_t)
        flow = distribute(origin_t, destination_t, np.exp(-distance_km / (haul_scale_km * good["relative_haul"])) * _allowed(inputs))
        origin, destination = np.nonzero(flow > 0)
        name = [f"{good['commodity']}:{zones[i]}:{zones[j]}" for i, j in zip(origin, destination, strict=True)]
        parts.append(
            Demand(
                np.array([text_id(n) for n in name], dtype=np.int64),
                np.full(len(origin), position),
                origin,
                destination,
                flow[origin, destination] * growth,
                np.full(len(origin), -1),
            )
        )
    columns = zip(*((p.demand_id, p.commodity, p.origin, p.destination, p.tonnes_t, p.captive) for p in parts), strict=True)
    return Demand(*(np.concatenate(c) for c in columns))


def _allowed(inputs: Inputs) -> FloatArray:
    """Through traffic and trips inside a zone are outside this account."""
    external = (inputs.zones["kind"] == "external").to_numpy()
    allowed = ~(external[:, None] & external)
    np.fill_diagonal(allowed, val=False)
    return allowed.astype(float)


def _generation(inputs: Inputs, good: pd.Series, tonnes_t: float) -> tuple[FloatArray, FloatArray]:
    """Return tonnes leaving and reaching each zone for one commodity, shapes (zones,). [t]"""
    zones = inputs.zones
    external = (zones["kind"] == "external").to_numpy()
    outside = np.where(external, zones[f"external_weight_{good['choice_group']}"].fillna(0.0), 0.0)
    special = inputs.generators[inputs.generators["commodity"] == good["commodity"]].groupby("zone")[["production_weight", "attraction_weight"]].sum()
    special = special.reindex(zones["zone"]).fillna(0.0)
    totals = []
    for side, across in (("production", "inbound_share"), ("attraction", "outbound_share")):
        inside = np.where(external, 0.0, zones["population_thousand"].fillna(0.0) * good[f"{side}_population_weight"] + special[f"{side}_weight"].to_numpy())
        if inside.sum() == 0 or outside.sum() == 0:
            raise DataError(f"generators.csv: no zone has a {side} weight for {good['commodity']}")
        from_outside = float(good[across])
        totals.append(tonnes_t * ((1.0 - from_outside) * inside / inside.sum() + from_outside * outside / outside.sum()))
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
        flows["commodity"].map(good).to_numpy(dtype=np.int64),
        flows["origin"].map(zone).to_numpy(dtype=np.int64),
        flows["destination"].map(zone).to_numpy(dtype=np.int64),
        flows["tonnes_per_year_t"].to_numpy(dtype=float),
        flows["captive_chain"].map(chain).to_numpy(dtype=np.int64),
    )

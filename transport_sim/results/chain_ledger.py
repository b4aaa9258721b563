"""The ledger of a run in the form of ISO 14083, made from the simulation's own records."""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims
from transport_sim.emissions.ledger import (
    DEFAULT,
    MODELLED,
    STAGES,
    DataQuality,
    chain_elements,
    ledger,
    operation_categories,
)
from transport_sim.inputs import Inputs
from transport_sim.network.routing import shortest_paths
from transport_sim.randomness import FloatArray
from transport_sim.units import G_PER_KG

SUMMED = ("elements_count", "tonnes_t", "actual_tkm", "activity_tkm", *STAGES)
"""Columns of the ledger that are amounts of the period."""


def chain_ledger(
    inputs: Inputs,
    skims: Skims,
    *,
    legs: pd.DataFrame,
    loads: pd.DataFrame,
    shipments: pd.DataFrame,
    handlings: pd.DataFrame,
    hubs: pd.DataFrame,
) -> pd.DataFrame:
    """Make the ledger of a run; the activity distance is the shortest feasible one.

    On the road it is the shortest way of the network, where trucks take the quickest. Trains and vessels go the
    shortest way anyhow. The part outside the map is taken as it stands.

    Parameters
    ----------
    inputs, skims
        Of the run.
    legs
        Accounted legs with the positions of their ends in the skims: `start` and `end`.
    loads, shipments, hubs
        Result tables of the run.
    handlings
        terminal and shipment_id of what cranes moved, in the order of time.

    Returns
    -------
    The result of `transport_sim.emissions.ledger.ledger`.
    """
    shortest = legs["distance_km"].to_numpy(float).copy()
    road = ((legs["mode"] == "road") & (legs["start"] >= 0)).to_numpy()
    part = legs[road]
    by_length = _shortest_road_km(inputs, skims)[part["start"], part["end"]]
    shortest[road] = np.minimum(by_length + part["beyond_km"].to_numpy(), shortest[road])
    moved = legs[["leg_id", "mode", "vehicle_class", "distance_km"]].assign(activity_distance_km=shortest)
    elements = chain_elements(moved, loads, shipments, handlings)
    categories = operation_categories(legs, hubs)
    return ledger(elements, categories, distance_basis="SFD", data_quality=data_quality(inputs))


def data_quality(inputs: Inputs) -> dict[str, DataQuality]:
    """Tell for each mode whether its emissions are modelled or rest on published mean intensities."""
    factors = inputs.factors
    road = DEFAULT if factors.method("road_energy") == "class_intensity" else MODELLED
    water = DEFAULT if factors.method("vessels") == "class_intensity" else MODELLED
    return {"road": road, "rail": MODELLED, "waterway": water, "hub": DEFAULT}


def _shortest_road_km(inputs: Inputs, skims: Skims) -> FloatArray:
    """Return the shortest way by road between the places of the road skim. [km]."""
    network = skims.network
    zones = [network.node_by_ref(ref) for ref in inputs.zones["road_node"]]
    places = np.concatenate(
        [np.array(zones, dtype=np.int64), skims.rail_terminals["node_id"], skims.ports["node_id"]]
    ).astype(np.int64)
    links = network.links
    length = np.where(links["link_class"] == "port_rail", np.inf, links["length_km"].to_numpy(float))
    return shortest_paths(network, modes=("road", "transfer"), sources=places, targets=places, weight=length).cost


def annual_ledger(table: pd.DataFrame, replications: int, annual_factor: float) -> pd.DataFrame:
    """Return the mean ledger of a year, over the replications.

    Parameters
    ----------
    table
        The run table `ledger` of one scenario.
    replications
        Runs of each year.
    annual_factor
        Years' worth of the simulated period. [-]

    Returns
    -------
    The table without replication: amounts of a year, intensities and shares made anew from them.
    """
    keys = ["scenario", "year", "chain", "element", "kind", "category", "mode", "distance_basis"]
    amounts = table.assign(empty=table["empty_share"] * table["activity_tkm"])
    quality = list(DataQuality._fields)
    for name in quality:
        amounts[name] = table[name] * table["co2e_wtw_kg"]
    summed = amounts.groupby(keys, sort=True)[[*SUMMED, "empty", *quality]].sum().reset_index()
    kg, tkm, tonnes = (summed[name] for name in ("co2e_wtw_kg", "activity_tkm", "tonnes_t"))
    summed["distance_adjustment_ratio"] = (summed["actual_tkm"] / tkm.where(tkm > 0.0)).fillna(1.0)
    summed["empty_share"] = (summed.pop("empty") / tkm.where(tkm > 0.0)).fillna(0.0)
    for name in quality:
        summed[name] = (summed[name] / kg.where(kg > 0.0)).fillna(0.0)
    summed["intensity_g_per_tkm"] = (G_PER_KG * kg / tkm.where(tkm > 0.0)).fillna(0.0)
    at_hub = summed["kind"] == "hub"
    summed["intensity_g_per_t"] = (G_PER_KG * kg / tonnes.where(tonnes > 0.0)).fillna(0.0).where(at_hub, 0.0)
    for name in SUMMED:
        summed[name] *= annual_factor / replications
    return summed

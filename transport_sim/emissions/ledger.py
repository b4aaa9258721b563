"""The emission ledger in the form of ISO 14083: transport chain elements and the categories that they belong to.

A transport chain is the ordered row of elements that move one consignment: transport chain elements (TCE) of a vehicle,
and hub elements between them. Vehicles of one kind form a transport operation category (TOC), the handling of one hub a
hub operation category (HOC). All greenhouse gases of a category, those of empty runs included, are shared out over its
elements: in a TOC by transport activity, tonnes times the activity distance; in a HOC by tonnes. The ledger therefore
adds up to the emissions of the run.

References
----------
.. [1] ISO 14083:2023, Quantification and reporting of greenhouse gas emissions arising from transport chain operations.
.. [2] GLEC Framework v3.2, Smart Freight Centre.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.errors import FactorError
from transport_sim.units import G_PER_KG

DistanceBasis = Literal["SFD", "GCD"]
"""What the activity distance is: shortest feasible distance, or great circle distance."""

STAGES = ("co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg")
"""Operation of vehicles and hubs, energy provision, and their sum."""

KEYS = ("chain", "element", "kind", "category", "mode")
"""What tells the rows of a ledger apart."""


class DataQuality(NamedTuple):
    """Where the emissions of a mode come from, shares that add up to one."""

    primary_share: float
    """Measured by the carrier."""
    modelled_share: float
    """From a model of the vehicle and its way."""
    default_share: float
    """From published mean intensities."""


PRIMARY, MODELLED, DEFAULT = DataQuality(1.0, 0.0, 0.0), DataQuality(0.0, 1.0, 0.0), DataQuality(0.0, 0.0, 1.0)


def distance_adjustment_ratio(actual_km: ArrayLike, activity_km: ArrayLike) -> FloatArray:
    """Calculate the distance adjustment factor (DAF): actual over activity distance.

    Parameters
    ----------
    actual_km
        Distance driven, scalar or array, not negative. [km]
    activity_km
        Distance on the basis of the account, broadcast, not negative. [km]

    Returns
    -------
    The factor, 1 where both distances are 0, of the broadcast shape. [-]

    Raises
    ------
    FactorError
        A negative or missing distance, or an actual distance where the activity distance is 0.

    References
    ----------
    .. [1] ISO 14083:2023, distance adjustment factor; GLEC v3.2 has 1.05 for road and 1.15 for sea where it is unknown.
    """
    actual, basis = np.broadcast_arrays(checked("actual_km", actual_km), checked("activity_km", activity_km))
    still = (actual == 0.0) & (basis == 0.0)
    if ((basis == 0.0) & ~still).any():
        raise FactorError("activity_km is 0 where actual_km is not: there is no distance to adjust")
    return np.where(still, 1.0, actual / np.where(basis == 0.0, 1.0, basis))


def chain_elements(
    legs: pd.DataFrame, loads: pd.DataFrame, shipments: pd.DataFrame, handlings: pd.DataFrame
) -> pd.DataFrame:
    """List every element of every consignment's transport chain.

    Parameters
    ----------
    legs
        Movements: leg_id, mode, vehicle_class, distance_km, activity_distance_km.
    loads
        Consignments aboard: leg_id, shipment_id. Leg ids rise along a consignment's way.
    shipments
        Consignments: shipment_id, chain, tonnes_t, consignments_count (more than 1 where a row stands for several).
    handlings
        Goods moved between modes: terminal, shipment_id, in the order of a consignment's way.

    Returns
    -------
    One row an element: shipment_id, chain, element (its number in the chain, from 1), kind (transport, hub), category,
    mode, consignments_count, tonnes_t, actual_tkm and activity_tkm (0 for hubs).
    """
    goods = shipments[["shipment_id", "chain", "tonnes_t", "consignments_count"]]
    carried = loads.sort_values("leg_id", kind="stable").merge(legs, on="leg_id", validate="many_to_one")
    carried = carried.merge(goods, on="shipment_id", validate="many_to_one")
    moved = pd.DataFrame(
        {
            "shipment_id": carried["shipment_id"],
            "chain": carried["chain"],
            "number": 2 * carried.groupby("shipment_id").cumcount() + 1,
            "kind": "transport",
            "category": "TOC " + carried["mode"].astype(str) + " " + carried["vehicle_class"].astype(str),
            "mode": carried["mode"].astype(str),
            "consignments_count": carried["consignments_count"],
            "tonnes_t": carried["tonnes_t"],
            "actual_tkm": carried["tonnes_t"] * carried["distance_km"],
            "activity_tkm": carried["tonnes_t"] * carried["activity_distance_km"],
        }
    )
    at_hub = handlings[["terminal", "shipment_id"]].merge(goods, on="shipment_id", validate="many_to_one")
    handled = pd.DataFrame(
        {
            "shipment_id": at_hub["shipment_id"],
            "chain": at_hub["chain"],
            "number": 2 * at_hub.groupby("shipment_id").cumcount() + 2,
            "kind": "hub",
            "category": "HOC " + at_hub["terminal"].astype(str),
            "mode": "hub",
            "consignments_count": at_hub["consignments_count"],
            "tonnes_t": at_hub["tonnes_t"],
            "actual_tkm": 0.0,
            "activity_tkm": 0.0,
        }
    )
    elements = pd.concat([moved, handled], ignore_index=True).sort_values(["shipment_id", "number"], kind="stable")
    # leave no gap where goods change vehicles without a hub
    elements["element"] = (elements.groupby("shipment_id").cumcount() + 1).astype(str)
    return elements.drop(columns="number").reset_index(drop=True)


def operation_categories(legs: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    """Sum up the greenhouse gases of each operation category, those of empty runs included.

    Parameters
    ----------
    legs
        Movements: mode, vehicle_class, vkm, loaded and the columns of `STAGES`.
    hubs
        Hubs: terminal and the columns of `STAGES`.

    Returns
    -------
    One row a category: category, mode, empty_share (of vehicle-km; 0 for hubs) and the columns of `STAGES`.
    """
    groups = legs.assign(empty_vkm=legs["vkm"].where(~legs["loaded"], 0.0)).groupby(["mode", "vehicle_class"])
    moved = groups[[*STAGES, "vkm", "empty_vkm"]].sum().reset_index()
    moved["category"] = "TOC " + moved["mode"].astype(str) + " " + moved["vehicle_class"].astype(str)
    moved["empty_share"] = (moved["empty_vkm"] / moved["vkm"].where(moved["vkm"] > 0.0, 1.0)).clip(0.0, 1.0)
    handled = hubs[["terminal", *STAGES]].groupby("terminal").sum().reset_index()
    handled["category"] = "HOC " + handled["terminal"].astype(str)
    handled = handled.assign(mode="hub", empty_share=0.0)
    columns = ["category", "mode", "empty_share", *STAGES]
    return pd.concat([moved[columns], handled[columns]], ignore_index=True).astype({"mode": str})


def ledger(
    elements: pd.DataFrame,
    categories: pd.DataFrame,
    *,
    distance_basis: DistanceBasis,
    data_quality: Mapping[str, DataQuality],
) -> pd.DataFrame:
    """Share the greenhouse gases of each category out over its elements, and sum equal elements up.

    Parameters
    ----------
    elements
        From `chain_elements`.
    categories
        From `operation_categories`.
    distance_basis
        What the activity distance of the elements is.
    data_quality
        Mode, or hub, to where its emissions come from.

    Returns
    -------
    One row for every chain, element and category: `KEYS`, distance_basis, elements_count, tonnes_t, actual_tkm,
    activity_tkm, distance_adjustment_ratio, the columns of `STAGES`, intensity_g_per_tkm (0 for hubs) and
    intensity_g_per_t (0 for transport) of the category, empty_share, primary_share, modelled_share and default_share.
    A category without goods keeps its emissions in a row whose chain is a dash.
    """
    rows = elements.groupby(list(KEYS), sort=True).agg(
        elements_count=("consignments_count", "sum"),
        tonnes_t=("tonnes_t", "sum"),
        actual_tkm=("actual_tkm", "sum"),
        activity_tkm=("activity_tkm", "sum"),
    )
    found = rows.reset_index().merge(categories.drop(columns="mode"), on="category", how="left", validate="many_to_one")
    weight = found["activity_tkm"].where(found["kind"] == "transport", found["tonnes_t"])
    whole = weight.groupby(found["category"]).transform("sum")
    share = weight / whole.where(whole > 0.0, 1.0)
    per_unit = G_PER_KG * found["co2e_wtw_kg"] / whole.where(whole > 0.0, 1.0)
    found["intensity_g_per_tkm"] = per_unit.where(found["kind"] == "transport", 0.0)
    found["intensity_g_per_t"] = per_unit.where(found["kind"] == "hub", 0.0)
    for stage in STAGES:
        found[stage] *= share
    shared = set(found.loc[whole > 0.0, "category"])
    idle = categories[~categories["category"].isin(shared) & (categories[list(STAGES)] > 0.0).any(axis=1)]
    found = pd.concat([found, _without_goods(idle, found)], ignore_index=True)
    found["distance_basis"] = np.where(found["mode"] == "hub", "-", distance_basis)
    found["distance_adjustment_ratio"] = distance_adjustment_ratio(found["actual_tkm"], found["activity_tkm"])
    for number, name in enumerate(DataQuality._fields):
        found[name] = [data_quality[str(mode)][number] for mode in found["mode"]]
    return found


def _without_goods(idle: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each category that emits but moved no goods in the period."""
    rows = idle.assign(chain="-", element="-", kind=np.where(idle["mode"] == "hub", "hub", "transport"))
    zero = [name for name in like.columns if name not in rows.columns]
    return rows.assign(**dict.fromkeys(zero, 0)).astype({name: like[name].dtype for name in zero})[list(like.columns)]

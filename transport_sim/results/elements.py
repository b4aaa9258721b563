"""What a package changes along the transport chain: CO2e and cost by element, and what eats the gain."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.choice.chains import drayage_cny_per_t
from transport_sim.results.findings import CO2, cell, last_year, title
from transport_sim.results.wording import Wording
from transport_sim.tables.freight import CHAINS
from transport_sim.units import KG_PER_T

if TYPE_CHECKING:
    from transport_sim.inputs import Inputs
    from transport_sim.run import Comparison, Result

TRUCKS = ("road_chain", "road_empty")
"""Elements in which a shift from the road saves."""
ELEMENTS = (*TRUCKS, "drayage", "hub", "rail", "rail_empty", "waterway")
COSTS = ("road_cost", "drayage_cost", "handling_cost", "haul_cost", "charges")
"""Elements of what shippers pay."""
RAIL_WATER = CHAINS[4]


def element_of(mode: pd.Series, loaded: pd.Series, door: pd.Series) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    """Say of each leg which element of the chain it belongs to.

    Parameters
    ----------
    mode, loaded
        Of the legs.
    door
        Whether it leads from zone to zone, without a terminal at either end.

    Returns
    -------
    One of `ELEMENTS` for each. Drayage and vessels include their empty returns.
    """
    road, rail = (mode == "road").to_numpy(), (mode == "rail").to_numpy()
    full, through = loaded.to_numpy(bool), door.to_numpy(bool)
    return np.select(
        [road & ~through, road & full, road, rail & full, rail],
        ["drayage", "road_chain", "road_empty", "rail", "rail_empty"],
        "waterway",
    )


def element_values(comparison: "Comparison", year: int, sums: pd.DataFrame) -> pd.DataFrame:
    """Return annual CO2e WTW by element of the chain, in the columns that `compare_indicators` wants.

    Parameters
    ----------
    comparison, year
        What is looked at.
    sums
        From `findings.leg_sums`.
    """
    element = element_of(sums["mode"], sums["loaded"], sums["door"])
    amounts = sums.assign(element=element).groupby(["scenario", "replication", "element"])["co2e_wtw_kg"].sum()
    parts = []
    for result in comparison.results:
        hubs = result.tables["hubs"]
        by_hub = hubs[hubs["year"] == year].groupby("replication")["co2e_wtw_kg"].sum()
        name = result.scenario.name
        for replication in range(result.scenario.replications):
            found = {e: float(amounts.get((name, replication, e), 0.0)) for e in ELEMENTS}
            found["hub"] = float(by_hub.get(replication, 0.0))
            found["total"] = sum(found.values())
            parts += [
                (name, year, replication, element, "t", kg * result.scenario.annual_factor / KG_PER_T)
                for element, kg in found.items()
            ]
    return pd.DataFrame(parts, columns=["scenario", "year", "replication", "indicator", "unit", "value"])


def element_sentences(table: pd.DataFrame, comparison: "Comparison", words: Wording) -> list[str]:
    """Say for each package how much of the trucks' saving the rest of the chain gives back."""
    year, found = last_year(comparison), []
    for result in comparison.results[1:]:
        rows = {e: c.difference for e in ELEMENTS if (c := cell(table, result.scenario.name, year, e))}
        shown = {e: words.show(CO2, d, signed=True, unit=True) for e, d in rows.items()}
        saved = sum(rows[e] for e in TRUCKS)
        rest = sum(d for e, d in rows.items() if e not in TRUCKS)
        eaten = words.show(CO2, rest, signed=True, unit=True)
        if saved >= 0.0:
            verdict = words("element.verdict_none")
        elif rest > -saved:
            verdict = words("element.verdict_overeats", rest=eaten)
        elif rest > 0.0:
            largest = max((e for e in ELEMENTS if e not in TRUCKS), key=lambda e: rows[e])
            verdict = words(
                "element.verdict_eats",
                share=words.percent(-rest / saved, 0, signed=False),
                largest=words.name("largest", largest),
                amount=shown[largest],
            )
        else:
            verdict = words("element.verdict_adds", rest=eaten)
        found.append(words("element.eaten", package=words.quoted(title(result, words)), verdict=verdict, **shown))
    return found


def leg_prices(inputs: "Inputs", legs: pd.DataFrame, rail_water_t: float) -> tuple[float, float]:
    """Price drayage and handling as choice does.

    Parameters
    ----------
    inputs
        Of the run, with the parameters of its replication.
    legs
        Loaded legs with mode, door, payload_t, distance_km and rate_ratio, the goods' ratio on the road.
    rail_water_t
        Goods that change from train to vessel at a river port, where one transhipment takes the place of two handlings.

    Returns
    -------
    Cost of drayage and of handling at terminals. [CNY]
    """
    p = inputs.parameters
    dray = legs[(legs["mode"] == "road") & ~legs["door"]]
    price = drayage_cny_per_t(inputs, dray["distance_km"].to_numpy(float))
    drayage = float((price * dray["payload_t"] * dray["rate_ratio"]).sum())
    loaded_t = legs.groupby("mode")["payload_t"].sum()
    handled = 2.0 * p.rail_handling_cny_per_t * float(loaded_t.get("rail", 0.0))
    handled += 2.0 * p.port_handling_cny_per_t * float(loaded_t.get("waterway", 0.0))
    saved = p.rail_handling_cny_per_t + p.port_handling_cny_per_t - p.transhipment_rail_water_cny_per_t
    return drayage, handled - saved * rail_water_t


def cost_values(comparison: "Comparison", year: int) -> pd.DataFrame:
    """Return what shippers pay in a year by `COSTS`, in the columns that `compare_indicators` wants.

    Drayage and handling are the rates of choice times the goods moved; what remains of the price of rail and water,
    `haul_cost`, is that of trains and vessels, of orders and stocks, less what a through bill takes off.
    """
    parts = []
    for result in comparison.results:
        for replication in range(result.scenario.replications):
            found = _costs(result, year, replication)
            found["total"] = sum(found.values())
            factor = result.scenario.annual_factor
            name = result.scenario.name
            parts += [(name, year, replication, e, "CNY", cny * factor) for e, cny in found.items()]
    return pd.DataFrame(parts, columns=["scenario", "year", "replication", "indicator", "unit", "value"])


def _costs(result: "Result", year: int, replication: int) -> dict[str, float]:
    scenario, inputs = result.scenario, result.prepared.inputs[year]
    if scenario.parameter_uncertainty:
        inputs = inputs.with_parameter_draws(
            seed=scenario.seed, replication=replication, replications=scenario.replications
        )
    goods = dict(zip(inputs.commodities["commodity"], inputs.commodities["road_rate_ratio"], strict=True))
    columns = ["shipment_id", "commodity", "chain", "tonnes_t", "cost_cny", "charge_cny"]
    shipments = _one(result, "shipments", columns, year, replication)
    other = shipments[shipments["chain"] != CHAINS[0]]
    resource = float((other["cost_cny"] - other["charge_cny"]).sum())
    by_road = shipments[shipments["chain"] == CHAINS[0]]
    columns = ["leg_id", "mode", "loaded", "from_place", "to_place", "payload_t", "distance_km"]
    legs = _one(result, "legs", columns, year, replication)
    zones = set(inputs.zones["zone"])
    legs["door"] = legs["from_place"].isin(zones) & legs["to_place"].isin(zones)
    legs = legs[legs["loaded"] & ~((legs["mode"] == "road") & legs["door"])]
    loads = _one(result, "loads", ["leg_id", "shipment_id"], year, replication)
    of_leg = loads[loads["leg_id"].isin(legs["leg_id"])].drop_duplicates("leg_id").merge(other, on="shipment_id")
    legs["rate_ratio"] = legs["leg_id"].map(of_leg.set_index("leg_id")["commodity"]).map(goods).fillna(1.0)
    rail_water_t = float(other.loc[other["chain"] == RAIL_WATER, "tonnes_t"].sum())
    drayage, handling = leg_prices(inputs, legs, rail_water_t)
    return {
        "road_cost": float((by_road["cost_cny"] - by_road["charge_cny"]).sum()),
        "drayage_cost": drayage,
        "handling_cost": handling,
        "haul_cost": resource - drayage - handling,
        "charges": float(shipments["charge_cny"].sum()),
    }


def _one(result: "Result", table: str, columns: list[str], year: int, replication: int) -> pd.DataFrame:
    frame = result.tables.read(table, columns=columns, year=year, replication=replication)
    return frame[columns].copy()

"""The audit of every run: balances that must hold, or the run fails."""

import numpy as np
import pandas as pd

from transport_sim.emissions.lifecycle import road_ch4_n2o_co2e_kg
from transport_sim.errors import AuditError
from transport_sim.inputs import Inputs
from transport_sim.results.accounting import carbon
from transport_sim.results.schemas import EMISSION_FIELDS

TOLERANCE = 1e-9
"""Relative difference that rounding may leave."""


def audit(inputs: Inputs, tables: dict[str, pd.DataFrame], drawn_t: float) -> pd.DataFrame:
    """Check that nothing was lost or made up.

    Parameters
    ----------
    inputs
        Inputs of the run.
    tables
        Its result tables.
    drawn_t
        Tonnes that demand handed to the simulation. [t]

    Returns
    -------
    The balances, each with both sides.

    Raises
    ------
    AuditError
        Naming every balance that does not hold.
    """
    legs, shipments, loads, hubs = (tables[n] for n in ("legs", "shipments", "loads", "hubs"))
    rows = [
        *_tonnes(legs, shipments, loads, drawn_t),
        (
            "vehicles: every leg arrives after it departs",
            "legs",
            float((legs["arrive_s"] >= legs["depart_s"]).sum()),
            float(len(legs)),
        ),
        *_returns(legs),
        *_emissions(inputs, legs, hubs, tables["emissions"]),
    ]
    found = pd.DataFrame(rows, columns=["balance", "unit", "left", "right"])
    found["holds"] = np.isclose(found["left"], found["right"], rtol=TOLERANCE, atol=1e-6)
    broken = found[~found["holds"]]
    if len(broken):
        lines = [f"  {r.balance}: {r.left:.6f} against {r.right:.6f} {r.unit}" for r in broken.itertuples()]
        raise AuditError(
            "\n".join(["the audit found balances that do not hold; the results are not to be trusted", *lines])
        )
    return found


def _tonnes(
    legs: pd.DataFrame, shipments: pd.DataFrame, loads: pd.DataFrame, drawn_t: float
) -> list[tuple[str, str, float, float]]:
    tonnes = shipments.set_index("shipment_id")["tonnes_t"]
    aboard = tonnes[loads["shipment_id"]].to_numpy()
    mode = legs["mode"].to_numpy()[loads["leg_id"]]
    rows = [
        (
            "tonnes: drawn = delivered",
            "t",
            drawn_t,
            float(shipments.loc[shipments["delivered_s"].notna(), "tonnes_t"].sum()),
        ),
        ("tonnes: on legs = of their consignments", "t", float(legs["payload_t"].sum()), float(aboard.sum())),
    ]
    main = loads.assign(mode=mode).merge(shipments[["shipment_id", "main_mode", "tonnes_t"]], on="shipment_id")
    main = main[main["mode"] == main["main_mode"]]
    for name, counted in shipments.groupby("main_mode")["tonnes_t"].sum().items():
        part = main[main["main_mode"] == name]
        rows.append(
            (
                f"tonnes: counted for {name} = carried by {name}",
                "t",
                float(counted),
                float(part.drop_duplicates("shipment_id")["tonnes_t"].sum()),
            )
        )
    return rows


def _returns(legs: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    """Vessels come home; trucks that turn back empty do so over the way they came."""
    vessels = legs[legs["mode"] == "waterway"].groupby("loaded")["vkm"].sum()
    unladen = legs.loc[~legs["loaded"], "payload_t"].sum()
    rows = [("vehicles: goods on empty legs", "t", float(unladen), 0.0)]
    if len(vessels):
        rows.append(
            (
                "vehicles: vessel-km out = vessel-km back",
                "km",
                float(vessels.get(True, 0.0)),
                float(vessels.get(False, 0.0)),
            )
        )
    return rows


def _emissions(
    inputs: Inputs, legs: pd.DataFrame, hubs: pd.DataFrame, emissions: pd.DataFrame
) -> list[tuple[str, str, float, float]]:
    """Energy times factor must give the emissions, and the parts their sum."""
    trucks = legs[legs["mode"] == "road"].groupby("vehicle_class")["vkm"].sum()
    gases = sum(float(road_ch4_n2o_co2e_kg(inputs.factors, str(c), km)) for c, km in trucks.items())
    energy = emissions[["diesel_kg", "electricity_kwh"]].sum()
    again = carbon(
        inputs,
        diesel_kg=np.array(energy["diesel_kg"]),
        electricity_kwh=np.array(energy["electricity_kwh"]),
        methane_and_n2o_kg=gases,
    )
    total = emissions[list(EMISSION_FIELDS)].sum()
    rows = [
        (f"emissions: {c} = energy x factor", "kg", float(total[c]), float(again[c]))
        for c in ("co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg")
    ]
    rows.append(
        (
            "emissions: WTW = TTW + WTT",
            "kg",
            float(total["co2e_wtw_kg"]),
            float(total["co2e_ttw_kg"] + total["co2e_wtt_kg"]),
        )
    )
    parts = legs[list(EMISSION_FIELDS)].sum() + hubs[list(EMISSION_FIELDS)].sum()
    return rows + [
        (f"emissions: {c} by leg and hub = by class", c.rsplit("_", 1)[1], float(parts[c]), float(total[c]))
        for c in EMISSION_FIELDS
    ]

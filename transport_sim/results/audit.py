"""The audit of every run: balances that must hold, or the run fails."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transport_sim.errors import AuditError
from transport_sim.inputs import Inputs
from transport_sim.results.footprint import STAGES
from transport_sim.results.link_emissions import legs_on_map_co2e_kg
from transport_sim.results.schemas import EMISSION_FIELDS
from transport_sim.results.traffic_audit import Balance, traffic_balances
from transport_sim.traffic.simulated_day import SimulatedDay
from transport_sim.units import G_PER_T, KG_PER_T

TOLERANCE = 1e-9
"""Relative difference that rounding may leave."""
ROUNDING_UNITS = 1e-3
"""Tonnes of a storage that rounding may leave in or take out in a year; whole units cannot hide in it."""

LITTLE_TOLERANCE = 1e-6
"""Relative difference between two sums of a year's waits, both of which round."""

ROUNDING_S = 1e-5
"""Rounding of moments in a year. [s]"""


def audit(
    inputs: Inputs,
    tables: dict[str, pd.DataFrame],
    drawn_t: float,
    annual_factor: float,
    *,
    more: Sequence[Balance] = (),
    day: SimulatedDay | None = None,
) -> pd.DataFrame:
    """Check that nothing was lost or made up.

    Parameters
    ----------
    inputs
        Inputs of the run.
    tables
        The result tables of the run, indicators included.
    drawn_t
        Tonnes that demand handed to the simulation. [t]
    annual_factor
        Years' worth of the simulated period. [-]
    more
        Balances that need records: of `rail_balances` and `fleet_balances`.
    day
        The simulated day of road traffic, where the scenario has one.

    Returns
    -------
    The balances, each with both sides.

    Raises
    ------
    AuditError
        Naming every balance that does not hold.
    """
    legs, shipments, loads = (tables[n] for n in ("legs", "shipments", "loads"))
    rows = [
        *_tonnes(legs, shipments, loads, drawn_t),
        (
            "vehicles: every leg arrives after it departs",
            "legs",
            float((legs["arrive_s"] >= legs["depart_s"]).sum()),
            float(len(legs)),
        ),
        *_facilities(tables["facilities"]),
        *_locks(tables["locks"]),
        *_transfers(tables),
        *_returns(legs),
        *more,
        *_links(legs, tables["link_flows"], inputs.network.links["length_km"]),
        *_co2e_on_links(inputs, legs, tables["link_flows"]),
        *_emissions(tables),
        *_electricity(tables["contributions"]),
        *_ledger(tables["ledger"], tables["emissions"]),
        *_signs(tables),
        *_indicators(tables, annual_factor),
        *(traffic_balances(day, tables) if day else ()),
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


def _tonnes(legs: pd.DataFrame, shipments: pd.DataFrame, loads: pd.DataFrame, drawn_t: float) -> list[Balance]:
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


def _facilities(facilities: pd.DataFrame) -> list[Balance]:
    """Capacity and Little's law, from the records of the visits; a place that breaks them has a row of its own."""
    over = facilities["most_in_use_count"] - facilities["capacity_count"]
    crowded = facilities[over > TOLERANCE * np.maximum(facilities["capacity_count"], 1) + ROUNDING_UNITS]
    waits, queues = facilities["all_waits_h"].to_numpy(float), facilities["queue_visitor_h"].to_numpy(float)
    unlike = facilities[~np.isclose(waits, queues, rtol=LITTLE_TOLERANCE, atol=1e-6)]
    rows = [
        ("capacity: facilities that were never overcrowded", "facilities", len(facilities) - len(crowded)),
        ("queues: facilities where all waits = integral of the queue", "facilities", len(facilities) - len(unlike)),
    ]
    return [
        *((name, unit, float(count), float(len(facilities))) for name, unit, count in rows),
        *(
            (f"capacity: most units in use at {name} within its capacity", "units", float(most), float(capacity))
            for name, most, capacity in zip(
                crowded["facility"], crowded["most_in_use_count"], crowded["capacity_count"], strict=True
            )
        ),
        *(
            (f"queues: all waits at {name} = integral of its queue", "h", float(wait), float(queue))
            for name, wait, queue in zip(
                unlike["facility"], unlike["all_waits_h"], unlike["queue_visitor_h"], strict=True
            )
        ),
    ]


def _locks(locks: pd.DataFrame) -> list[Balance]:
    """No chamber is used twice at once or fuller than it is large, from the records of the lockages."""
    done = float(locks["lockages_count"].sum())
    return [
        (f"locks: lockages {what} = all", "lockages", done - float(locks[column].sum()), done)
        for what, column in (
            ("that begin in a free chamber", "overlaps_count"),
            ("with no more vessels than fit", "overfull_count"),
        )
    ]


def _transfers(tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """At every terminal: tonnes that change vehicles there are brought, moved by its cranes and taken away again.

    A consignment that changes at one terminal into a vehicle that leaves from another counts where its cranes work.
    """
    legs, loads, shipments, hubs = (tables[n] for n in ("legs", "loads", "shipments", "hubs"))
    ridden = loads.sort_values(["shipment_id", "leg_id"], kind="stable")
    ids, leg = ridden["shipment_id"].to_numpy(), ridden["leg_id"].to_numpy()
    change = ids[1:] == ids[:-1]
    first, then = leg[:-1][change], leg[1:][change]
    tonnes_t = shipments.set_index("shipment_id")["tonnes_t"].loc[ids[:-1][change]].to_numpy(float)
    by_leg = {name: legs[name].to_numpy() for name in ("mode", "from_place", "to_place", "arrive_s", "depart_s")}
    late = by_leg["depart_s"][then] >= by_leg["arrive_s"][first] - ROUNDING_S
    # between train and vessel the cranes of the station work
    at_end = (by_leg["mode"][first] == "rail") | (by_leg["mode"][then] == "road")
    place = np.where(at_end, by_leg["to_place"][first], by_leg["from_place"][then])
    same = (by_leg["to_place"][first] == by_leg["from_place"][then]) | ~(
        (by_leg["mode"][first] == "road") | (by_leg["mode"][then] == "road")
    )
    outside = (by_leg["to_place"][first] == "") | (by_leg["from_place"][then] == "")
    changed_t = pd.Series(tonnes_t).groupby(place.astype(str)).sum()
    handled_t = hubs.set_index("terminal")["tonnes_t"]
    return [
        ("transfers: begun before the goods were there = 0", "transfers", float((~late).sum()), 0.0),
        ("transfers: gone on from elsewhere = 0", "transfers", float((~same & ~outside).sum()), 0.0),
        *(
            (
                f"transfers: tonnes brought to and taken from {name} = moved by its cranes",
                "t",
                float(changed_t.get(name, 0.0)),
                float(handled_t.get(name, 0.0)),
            )
            for name in sorted(set(changed_t.index) | set(handled_t.index))
        ),
    ]


def _returns(legs: pd.DataFrame) -> list[Balance]:
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


def _emissions(tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """Energy times factor must give the emissions, by mode, and the parts their sum."""
    legs, hubs, emissions, parts = (tables[n] for n in ("legs", "hubs", "emissions", "contributions"))
    total = emissions[list(EMISSION_FIELDS)].sum()
    again, found = (table.groupby("mode")[list(STAGES)].sum() for table in (parts, emissions))
    rows: list[Balance] = [
        (f"emissions: {c} of {mode} = energy x factor", "kg", float(found.loc[mode, c]), float(again[c].get(mode, 0.0)))
        for mode in found.index
        for c in STAGES
    ]
    rows.append(
        (
            "emissions: WTW = TTW + WTT",
            "kg",
            float(total["co2e_wtw_kg"]),
            float(total["co2e_ttw_kg"] + total["co2e_wtt_kg"]),
        )
    )
    whole = legs[list(EMISSION_FIELDS)].sum() + hubs[list(EMISSION_FIELDS)].sum()
    return rows + [
        (f"emissions: {c} by leg and hub = by class", c.rsplit("_", 1)[1], float(whole[c]), float(total[c]))
        for c in EMISSION_FIELDS
    ]


def _electricity(parts: pd.DataFrame) -> list[Balance]:
    """Electric vehicles emit nothing where they drive and something where the power comes from."""
    power = parts[parts["energy_carrier"].str.startswith("electricity")]
    return [
        ("electricity: CO2 of the exhaust = 0", "kg", float(power["co2e_ttw_kg"].sum()), 0.0),
        (
            "electricity: uses with WTT above 0 = uses",
            "uses",
            float((power["co2e_wtt_kg"] > 0.0).sum()),
            float(len(power)),
        ),
    ]


def _ledger(ledger: pd.DataFrame, emissions: pd.DataFrame) -> list[Balance]:
    """Compare the ledger of chain elements with the emissions by class, by mode, and with the activity."""
    shared, whole = (table.groupby("mode")[list(STAGES[1:])].sum() for table in (ledger, emissions))
    rows: list[Balance] = [
        (f"ledger: {c} of {mode} = by class", "kg", float(shared[c].get(mode, 0.0)), float(whole.loc[mode, c]))
        for mode in whole.index
        for c in STAGES[1:]
    ]
    activity = float(ledger["actual_tkm"].sum()), float(emissions["activity_tkm"].sum())
    return [*rows, ("ledger: t-km of elements = by class", "t-km", *activity)]


def _signs(tables: dict[str, pd.DataFrame]) -> list[Balance]:
    """Count cells that are negative or no number in everything that is energy or emission."""
    bad = 0
    for name in ("legs", "hubs", "emissions", "contributions"):
        table = tables[name]
        numbers = table[[c for c in (*EMISSION_FIELDS, "amount", "activity_tkm", "vkm") if c in table]].to_numpy(float)
        bad += int((~(numbers >= 0.0) | np.isinf(numbers)).sum())
    return [("emissions: cells below zero or without a number = 0", "cells", float(bad), 0.0)]


def _links(legs: pd.DataFrame, flows: pd.DataFrame, length_km: "pd.Series[float]") -> list[Balance]:
    """Compare what travels on the legs within the map with what travels on its links."""
    inside = legs["distance_km"] - legs["beyond_km"]
    km = length_km.loc[flows["link_id"]].to_numpy()
    by_legs = [float((legs["vehicle_count"] * inside).sum()), float((legs["payload_t"] * inside).sum())]
    by_links = [float((flows[c] * km).sum()) for c in ("vehicle_count", "payload_t")]
    names = ("activity: vehicle-km on the map by leg = by link", "activity: t-km on the map by leg = by link")
    return [
        (name, unit, leg, link) for name, unit, leg, link in zip(names, ("km", "t-km"), by_legs, by_links, strict=True)
    ]


def _co2e_on_links(inputs: Inputs, legs: pd.DataFrame, flows: pd.DataFrame) -> list[Balance]:
    """Compare the CO2e of the legs on the map with that of its links, by mode."""
    by_link = flows.groupby(flows["mode"].replace("transfer", "road"))["co2e_wtw_kg"].sum()
    return [
        (f"emissions: CO2e on the map of {mode} by leg = by link", "kg", float(co2e), float(by_link.get(mode, 0.0)))
        for mode, co2e in legs_on_map_co2e_kg(inputs, legs).items()
    ]


def _indicators(tables: dict[str, pd.DataFrame], annual_factor: float) -> list[Balance]:
    """Compare the indicators with the sums of the legs and hubs."""
    value = tables["indicators"].set_index("indicator")["value"]
    whole = tables["legs"][list(EMISSION_FIELDS)].sum() + tables["hubs"][list(EMISSION_FIELDS)].sum()
    on_map = tables["link_flows"]["co2e_wtw_kg"].sum() + tables["hubs"]["co2e_wtw_kg"].sum()
    shown, added = float(value["co2e_wtw_t_on_map"]), float(on_map) * annual_factor / KG_PER_T
    return [("indicators: co2e_wtw_t_on_map = links and hubs of a year", "t", shown, added)] + [
        (
            f"indicators: {name} = legs and hubs of a year",
            "t",
            float(value[name]),
            float(whole[c]) * annual_factor / unit,
        )
        for name, c, unit in (
            ("co2e_wtw_t", "co2e_wtw_kg", KG_PER_T),
            ("co2e_ttw_t", "co2e_ttw_kg", KG_PER_T),
            ("co2e_wtt_t", "co2e_wtt_kg", KG_PER_T),
            ("nox_t", "nox_g", G_PER_T),
            ("pm2_5_t", "pm2_5_g", G_PER_T),
        )
    ]

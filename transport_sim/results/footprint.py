"""Energy and emissions of recorded movements, by the methods of the factor set: the arithmetic of the accounting.

Everything here takes recorded activity and the inputs; nothing knows how the records came about. So the same records
can be accounted again under another factor set.
"""

from typing import Any

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims
from transport_sim.demand.shipments import truck_capacities_t
from transport_sim.emissions.exhaust import fuel_based_pollutants_g
from transport_sim.emissions.lifecycle import lifecycle_co2e_kg, methane_co2e_kg
from transport_sim.energy.hub import handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh
from transport_sim.inputs import Inputs
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.results.schemas import EMISSION_FIELDS
from transport_sim.results.truck_rates import RouteRates, burning_share, gases_kg_per_km, route_rates
from transport_sim.results.vessel_energy import methane_slip_g, navigation_classes, vessel_energy
from transport_sim.tables.freight import TRUCK_CLASSES

FUELS = ("diesel", "lng", "methanol", "hydrogen")
VESSEL_CARRIERS = (*(f"{fuel}_kg" for fuel in FUELS), "electricity_kwh")
STAGES = ("co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg", "co2e_wtw_kg")


def load_weights(inputs: Inputs, legs: pd.DataFrame) -> tuple[IntArray, FloatArray]:
    """Return the position of the load below each truck leg's load in `LOADS`, and the weight of the one above."""
    classes = legs["vehicle_class"].map({c: i for i, c in enumerate(TRUCK_CLASSES)}).to_numpy(dtype=np.int64)
    capacity_t = truck_capacities_t(inputs)[classes]
    load = np.minimum(legs["payload_t"].to_numpy() / legs["vehicle_count"].to_numpy() / capacity_t, 1.0)
    lower = np.minimum((load * 2.0).astype(np.int64), 1)
    return lower, load * 2.0 - lower


def place_names(inputs: Inputs, skims: Skims) -> dict[str, list[str]]:
    """Return the places of each mode's skim in order."""
    rail, ports = list(skims.rail_terminals["terminal"]), list(skims.ports["terminal"])
    return {"road": [*inputs.zones["zone"], *rail, *ports], "rail": rail, "waterway": ports}


def with_positions(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> pd.DataFrame:
    """Return recorded legs with the positions of their ends in the skims: `start` and `end`, -1 outside the map."""
    legs = legs.assign(start=-1, end=-1)
    for mode, names in place_names(inputs, skims).items():
        here = (legs["mode"] == mode).to_numpy()
        at = {name: position for position, name in reversed(list(enumerate(names)))}
        for column, place in (("start", "from_place"), ("end", "to_place")):
            legs.loc[here, column] = legs.loc[here, place].map(at).fillna(-1).astype(np.int64)
    return legs


def add_footprint(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> RouteRates:
    """Write energy and emissions into the legs.

    Parameters
    ----------
    inputs, skims
        Of the run; the factor set is that of the inputs.
    legs
        With mode, vehicle_class, start, end, distance_km, beyond_km, vehicle_count, payload_t, gross_t, activity_tkm
        and vkm; the columns of `EMISSION_FIELDS` are written.

    Returns
    -------
    The rates of the trucks.
    """
    for name in EMISSION_FIELDS:
        legs[name] = 0.0
    rates = route_rates(inputs, skims)
    _account_road(inputs, skims, legs, rates)
    _account_rail(inputs, skims, legs)
    _account_water(inputs, skims, legs)
    return rates


def add_hub_footprint(inputs: Inputs, hubs: pd.DataFrame) -> None:
    """Write energy and emissions into the hubs, from their `tonnes_t`."""
    for name in EMISSION_FIELDS:
        hubs[name] = 0.0
    diesel = handling_fuel_kg(inputs.factors, hubs["tonnes_t"].to_numpy(float))
    _write(hubs, np.ones(len(hubs), dtype=bool), carbon(inputs, diesel_kg=diesel))


def _account_road(inputs: Inputs, skims: Skims, legs: pd.DataFrame, rates: RouteRates) -> None:
    road = (legs["mode"] == "road").to_numpy()
    part = legs[road]
    classes = part["vehicle_class"].map({c: i for i, c in enumerate(TRUCK_CLASSES)}).to_numpy(dtype=np.int64)
    start, end = part["start"].to_numpy(), part["end"].to_numpy()
    places = skims.road_km.shape[0]
    route = np.where(start >= 0, start * places + end, places * places)
    beyond = part["beyond_km"].to_numpy()
    inside = np.where(start >= 0, skims.road_km[start, end], 0.0)
    # beyond the map a truck drives as on its route inside; a leg wholly outside uses the row for one kilometre
    stretch = np.where(start >= 0, 1.0 + np.divide(beyond, inside, out=np.zeros_like(beyond), where=inside > 0), beyond)
    trucks = part["vehicle_count"].to_numpy() * stretch
    lower, weight = load_weights(inputs, part)

    def per_leg(table: FloatArray) -> FloatArray:
        low, high = table[route, classes, lower], table[route, classes, lower + 1]
        return np.asarray(trucks * (low + (high - low) * weight))

    gases = part["vkm"].to_numpy() * rates.gases_kg_per_km[classes]
    energy: dict[str, Any] = {name: per_leg(table) for name, table in rates.energy.items()}
    _write(legs, road, carbon(inputs, **energy, methane_and_n2o_kg=gases, lng_slips=False))
    _write(legs, road, {name: per_leg(table) for name, table in rates.pollutants_g.items()})


def _account_rail(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> None:
    """Electric where there is a wire, diesel elsewhere; beyond the map, on main lines, electric from another grid."""
    rail = (legs["mode"] == "rail").to_numpy()
    part = legs[rail]
    at = part["start"].to_numpy(), part["end"].to_numpy()
    beyond_km = part["beyond_km"].to_numpy()
    wire_km = skims.rail_electric_km[at] + beyond_km
    gross_t = part["gross_t"].to_numpy()
    kwh = traction_electricity_kwh(inputs.factors, gross_t * wire_km)
    beyond_kwh = traction_electricity_kwh(inputs.factors, gross_t * beyond_km)
    diesel = traction_diesel_kg(inputs.factors, gross_t * (part["distance_km"].to_numpy() - wire_km).clip(0.0))
    exhaust = fuel_based_pollutants_g(inputs.factors, "diesel_locomotive", diesel)
    found = carbon(inputs, diesel_kg=diesel, electricity_kwh=kwh, electricity_beyond_kwh=beyond_kwh)
    _write(legs, rail, found | exhaust._asdict())


def _account_water(inputs: Inputs, skims: Skims, legs: pd.DataFrame) -> None:
    """Burn fuel on loaded legs only: the class intensities contain the empty return."""
    for vehicle_class in legs.loc[legs["mode"] == "waterway", "vehicle_class"].unique():
        here = ((legs["mode"] == "waterway") & (legs["vehicle_class"] == vehicle_class)).to_numpy()
        part = legs[here]
        found = vessel_energy(
            inputs, part["activity_tkm"].to_numpy(float), str(vehicle_class), navigation_classes(skims, part)
        )
        _write(legs, here, {**found, **vessel_carbon(inputs, found)})


def vessel_carbon(inputs: Inputs, energy: dict[str, FloatArray]) -> dict[str, FloatArray | float]:
    """Return the greenhouse gases of the result of `vessel_energy`; batteries are charged from the region's grid."""
    known: dict[str, Any] = {name: energy[name] for name in VESSEL_CARRIERS if name in energy}
    return carbon(inputs, **known)


def carbon(
    inputs: Inputs,
    *,
    diesel_kg: FloatArray | None = None,
    lng_kg: FloatArray | None = None,
    methanol_kg: FloatArray | None = None,
    hydrogen_kg: FloatArray | None = None,
    electricity_kwh: FloatArray | None = None,
    electricity_beyond_kwh: FloatArray | float = 0.0,
    methane_and_n2o_kg: FloatArray | float = 0.0,
    lng_slips: bool = True,
) -> dict[str, FloatArray | float]:
    """Return energy and greenhouse gases of fuel and electricity, by result column. [kg, kWh].

    `electricity_beyond_kwh` is the part of `electricity_kwh` that comes from the grid outside the map. Unless told
    otherwise `lng_kg` is that of vessels, whose engines let methane through; where the factor set's CO2e of the fuel
    holds it, none is added.
    """
    if lng_slips and lng_kg is not None and inputs.factors.method("fuel_ttw") != "published_co2e":
        slip_g = methane_slip_g(inputs.factors, lng_kg)
        methane_and_n2o_kg = methane_and_n2o_kg + methane_co2e_kg(inputs.factors, slip_g)
    found: dict[str, FloatArray | float] = {
        "co2_ttw_kg": 0.0,
        "co2e_ttw_kg": methane_and_n2o_kg,
        "co2e_wtt_kg": 0.0,
        "co2e_wtw_kg": methane_and_n2o_kg,
    }
    parts: list[tuple[str, FloatArray, str]] = []
    for fuel, burnt_kg in zip(FUELS, (diesel_kg, lng_kg, methanol_kg, hydrogen_kg), strict=True):
        if burnt_kg is not None:
            found[f"{fuel}_kg"] = burnt_kg
            parts.append((fuel, burnt_kg, ""))
    if electricity_kwh is not None:
        beyond = np.asarray(electricity_beyond_kwh)
        found |= {"electricity_kwh": electricity_kwh, "electricity_beyond_kwh": beyond}
        parts.append(("electricity", np.maximum(electricity_kwh - beyond, 0.0), inputs.grid_region))
        if beyond.any():
            parts.append(("electricity", beyond, inputs.grid_region_beyond))
    for carrier, amount, region in parts:
        stages = lifecycle_co2e_kg(
            inputs.factors, carrier, amount, grid_region=region, year=inputs.year, grid_path=inputs.grid_path
        )
        for name in STAGES:
            found[name] = found[name] + getattr(stages, name)
    return found


def _write(table: pd.DataFrame, rows: BoolArray, columns: dict[str, FloatArray | float]) -> None:
    for name, values in columns.items():
        table.loc[rows, name] = values


def by_class(legs: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    """Add up activity and emissions by mode and vehicle class; hubs are one more."""
    columns = ["activity_tkm", "vkm", *EMISSION_FIELDS]
    moved = legs.groupby(["mode", "vehicle_class"])[columns].sum().reset_index()
    handled = (
        hubs[list(EMISSION_FIELDS)]
        .sum()
        .to_frame()
        .T.assign(mode="hub", vehicle_class="hub", activity_tkm=0.0, vkm=0.0)
    )
    return pd.concat([moved, handled], ignore_index=True)


def by_carrier(inputs: Inputs, emissions: pd.DataFrame) -> pd.DataFrame:
    """Split the greenhouse gases of each mode and class by what caused them, from their energy and kilometres.

    Parameters
    ----------
    inputs
        Of the run.
    emissions
        The result of `by_class`.

    Returns
    -------
    Columns mode, vehicle_class, energy_carrier (`ch4_n2o` for the gases that trucks with an exhaust emit by the
    kilometre), amount, amount_unit and the stages of `STAGES`.
    """
    rows: list[dict[str, Any]] = []
    for cell in emissions.to_dict("records"):
        whose = {"mode": cell["mode"], "vehicle_class": cell["vehicle_class"]}
        beyond = np.float64(cell["electricity_beyond_kwh"])
        near = np.float64(max(cell["electricity_kwh"] - beyond, 0.0))
        parts: list[tuple[str, float, str, dict[str, Any]]] = [
            *((fuel, cell[f"{fuel}_kg"], "kg", {f"{fuel}_kg": np.float64(cell[f"{fuel}_kg"])}) for fuel in FUELS),
            ("electricity", near, "kWh", {"electricity_kwh": near}),
            ("electricity_beyond", beyond, "kWh", {"electricity_kwh": beyond, "electricity_beyond_kwh": beyond}),
        ]
        if cell["mode"] == "road":
            name, vkm = str(cell["vehicle_class"]), cell["vkm"]
            gases = vkm * gases_kg_per_km(inputs, name)
            parts.append(("ch4_n2o", vkm * burning_share(inputs, name), "km", {"methane_and_n2o_kg": gases}))
        for carrier, amount, unit, energy in parts:
            if amount > 0.0:
                stages = carbon(inputs, **energy, lng_slips=cell["mode"] == "waterway")
                rows.append(
                    {**whose, "energy_carrier": carrier, "amount": amount, "amount_unit": unit}
                    | {name: float(stages[name]) for name in STAGES}
                )
    columns = ["mode", "vehicle_class", "energy_carrier", "amount", "amount_unit", *STAGES]
    return pd.DataFrame(rows, columns=columns)

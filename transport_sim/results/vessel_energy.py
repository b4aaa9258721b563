"""Energy and exhaust of vessels by the technologies of the stock: what the work of a diesel vessel takes otherwise."""

import numpy as np
import pandas as pd

from transport_sim.choice.chains import Skims
from transport_sim.emissions.exhaust import fuel_based_pollutants_g
from transport_sim.energy.marine_engine import VesselCarrier, mean_engine_use, use_in_place_of_diesel
from transport_sim.energy.vessel import vessel_fuel_kg
from transport_sim.factors.model import Factors
from transport_sim.fleet.stock import fleet_mix
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.tables.fleet import VESSEL_TECHNOLOGIES
from transport_sim.tables.fleet_stock import VESSEL
from transport_sim.tables.freight import NAVIGATION_CLASSES, shares_at_year

CARRIERS: dict[str, VesselCarrier] = {
    "diesel": "diesel",
    "lng": "lng",
    "methanol": "methanol",
    "battery_electric": "electricity",
}
"""What each of `VESSEL_TECHNOLOGIES` turns into work."""


def navigation_classes(skims: Skims, legs: pd.DataFrame) -> IntArray:
    """Return the class of waterway of each vessel leg, its position in `NAVIGATION_CLASSES`."""
    return np.asarray(skims.water_class[legs["start"].to_numpy(), legs["end"].to_numpy()])


def technology_shares(inputs: Inputs) -> FloatArray:
    """Return the share of each technology in the work of each class's vessels, shape (classes, technologies). [-].

    Classes that `vessel_stock` leaves out have the vessels of the turnover of fleets after the base year; where there
    is none, and in the base year, they sail on diesel.
    """
    shares = np.zeros((len(NAVIGATION_CLASSES), len(VESSEL_TECHNOLOGIES)))
    fleet = fleet_mix(inputs, (VESSEL,)).groupby("technology")["vehicle_count"].sum()
    if fleet.empty:
        fleet = pd.Series({"diesel": 1.0})
    shares[:] = (fleet / fleet.sum()).reindex(VESSEL_TECHNOLOGIES, fill_value=0.0).to_numpy(float)
    for name, stock in inputs.operations["vessel_stock"].groupby("navigation_class"):
        now = shares_at_year(stock, ["technology"], inputs.year)
        shares[NAVIGATION_CLASSES.index(str(name))] = now.reindex(VESSEL_TECHNOLOGIES, fill_value=0.0).to_numpy()
    return shares


def _energy_ratios(inputs: Inputs) -> FloatArray:
    """Return the energy of vessels of each technology for each of the tables, by standards of efficiency. [-]."""
    ratio = fleet_mix(inputs, (VESSEL,)).set_index("technology")["energy_ratio"]
    return np.asarray(ratio.reindex(VESSEL_TECHNOLOGIES).astype(float).fillna(1.0))


def vessel_energy(
    inputs: Inputs, activity_tkm: FloatArray, vessel_class: str, navigation_class: IntArray
) -> dict[str, FloatArray]:
    """Calculate energy and exhaust of vessels, by result column.

    A diesel vessel burns the published intensity of its class. Another technology does the same work at the shaft with
    its own engine; CO and HC of gas and methanol engines are not known and count as those of the diesel replaced.

    Parameters
    ----------
    inputs
        Of the run, with the table `vessel_stock`.
    activity_tkm
        Transport activity, loaded. [t-km]
    vessel_class
        Key of `vessels.csv`.
    navigation_class
        Position in `NAVIGATION_CLASSES`, broadcast.

    Returns
    -------
    diesel_kg, lng_kg, methanol_kg, electricity_kwh and the pollutants, all of the shape of the activity.
    """
    factors = inputs.factors
    as_diesel = vessel_fuel_kg(factors, activity_tkm, vessel_class, energy_carrier="diesel")
    shares = technology_shares(inputs)[navigation_class] * np.ones_like(as_diesel)[:, None]
    shares = shares * _energy_ratios(inputs)
    found = {"diesel_kg": as_diesel * shares[:, 0]}
    found |= fuel_based_pollutants_g(factors, "inland_vessel", found["diesel_kg"])._asdict()
    for technology, share in zip(VESSEL_TECHNOLOGIES[1:], shares.T[1:], strict=True):
        if not share.any():
            continue
        replaced_kg = as_diesel * share
        use = use_in_place_of_diesel(factors, replaced_kg, CARRIERS[technology])
        if technology == "battery_electric":
            found["electricity_kwh"] = use.electricity_kwh
            continue
        found[f"{technology}_kg"] = use.fuel_kg
        exhaust = fuel_based_pollutants_g(factors, "inland_vessel", replaced_kg)._asdict()
        # particles of engines are all below 2.5 micrometres
        exhaust |= {"nox_g": use.nox_g, "pm10_g": use.pm10_g, "pm2_5_g": use.pm10_g}
        for name, grams in exhaust.items():
            found[name] = found[name] + grams
    return found


def methane_slip_g(factors: Factors, lng_kg: FloatArray) -> FloatArray:
    """Return the methane that gas engines of vessels let through unburnt. [g]."""
    use = mean_engine_use(factors, np.ones(1), "lng")
    return np.asarray(lng_kg * float((use.ch4_g / use.fuel_kg)[0]))

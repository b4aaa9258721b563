"""Balances of the fleets: no watt-hour is lost or made up, and no station takes more than its transformer gives."""

from collections.abc import Sequence

import pandas as pd

from transport_sim.energy.electric import meter_kwh
from transport_sim.energy.road import BATTERY_ELECTRIC
from transport_sim.inputs import Inputs
from transport_sim.results.traffic_audit import Balance
from transport_sim.simulation.fleet_records import VehicleRecord
from transport_sim.simulation.stations import Stations

WATT_HOUR_KWH = 1e-3
ROUNDING_KW = 1e-6
ROUNDING_RATIO = 1e-9


def fleet_balances(
    inputs: Inputs, stations: Stations, vehicles: Sequence[VehicleRecord], tables: dict[str, pd.DataFrame]
) -> list[Balance]:
    """Check the energy of every vehicle, station and account.

    Parameters
    ----------
    inputs
        Of the run.
    stations
        After the run.
    vehicles
        What every vehicle left behind.
    tables
        Result tables of fleets and stations.

    Returns
    -------
    Name, unit and both sides of each.
    """
    own = pd.DataFrame(vehicles, columns=VehicleRecord._fields)
    gained = (own["end_soc"] - own["start_soc"]) * own["capacity_kwh"]
    lost = (own["charged_kwh"] - own["driven_kwh"] - gained).abs()
    given = sum(s.energy_kwh for s in stations.sessions if s.served) + sum(
        s.energy_kwh for s in stations.swaps if s.served
    )
    use, hours, energy = (tables[name] for name in ("station_use", "station_hours", "fleet_energy"))
    above = use["peak_kw"] > use["feeder_kw"] * (1.0 + ROUNDING_RATIO) + ROUNDING_KW
    taken = float(own["charged_kwh"].sum())
    return [
        (
            "fleets: vehicles whose charge differs from driving and battery by a watt-hour = 0",
            "vehicles",
            float((lost > WATT_HOUR_KWH).sum()),
            0.0,
        ),
        ("fleets: kWh of sessions and swaps = kWh charged by the vehicles", "kWh", given, taken),
        ("fleets: stations above their feeder = 0", "stations", float(above.sum()), 0.0),
        (
            "fleets: kWh of stations by hour = in all",
            "kWh",
            float(hours["energy_kwh"].sum()),
            float(use["energy_kwh"].sum()),
        ),
        (
            "fleets: kWh in the accounts = at the stations' meters",
            "kWh",
            float(energy.loc[energy["technology"] == BATTERY_ELECTRIC, "electricity_kwh"].sum()),
            float(meter_kwh(inputs.factors, taken)),
        ),
    ]

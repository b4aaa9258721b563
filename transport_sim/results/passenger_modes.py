"""Result tables of the choice of modes: journeys, passenger-kilometres, emissions and credits, and what measures do."""

import numpy as np
import pandas as pd

from transport_sim.choice.passengers import PassengerModes
from transport_sim.demand.traffic_rates import technology_shares
from transport_sim.emissions.link_bins import QUANTITIES, RateTable
from transport_sim.inputs import Inputs
from transport_sim.network.model import KIND_COLUMNS
from transport_sim.randomness import FloatArray
from transport_sim.results.schemas import checked
from transport_sim.tables.passengers import LONG, LONG_MODES, PassengerParameters
from transport_sim.tables.traffic import TOUR_PURPOSES, Rates
from transport_sim.units import G_PER_KG, SECONDS_PER_HOUR

DRIVEN = ("bus", "taxi", "car", "motorcycle")
"""Modes whose emissions follow from the vehicles of the simulated year."""
TOWN_KMH = 25.0
"""Mean speed at which the emissions of vehicles in town are taken; assumption. [km/h]"""


def passenger_tables(inputs: Inputs, found: PassengerModes | None) -> dict[str, pd.DataFrame]:
    """Build the tables `passenger_modes` and `passenger_measures`.

    Parameters
    ----------
    inputs
        Inputs of the simulated year, whose vehicles and grid count.
    found
        What people choose; None where no table says how they do.

    Returns
    -------
    By table name; none without passengers.

    Notes
    -----
    What a method credits differs from what the model finds. The method credits every journey of who takes part against
    one baseline, also of those who walked before; the model counts what has changed, at the emissions of the vehicles
    that are there.
    """
    if found is None:
        return {}
    rates = _rates(inputs, found.car_way_share)
    modes = found.modes
    all_trips = modes.groupby(["purpose", "area"], sort=False)[["trips_per_day", "base_trips_per_day"]].transform("sum")
    table = pd.DataFrame(
        {
            "purpose": modes["purpose"],
            "area": modes["area"],
            "mode": modes["mode"],
            "trips_per_day": modes["trips_per_day"],
            "mode_share": modes["trips_per_day"] / all_trips["trips_per_day"],
            "base_share": modes["base_trips_per_day"] / all_trips["base_trips_per_day"],
            "pkm_per_day": modes["pkm_per_day"],
            "co2e_kg_per_day": modes["pkm_per_day"] * _kg_per_pkm(rates, modes),
            "credits_kg_per_day": modes["credits_kg_per_day"],
        }
    )
    measures = found.measures.copy()
    measures["avoided_kg_per_day"] = [_avoided_kg(rates, frame) for frame in found.alone]
    columns = ["policy", "what", "rate_ratio", "paid_cny_per_year", "credits_kg_per_day", "avoided_kg_per_day"]
    types = dict.fromkeys(columns[:2], str) | dict.fromkeys(columns[2:], float)
    return {
        "passenger_modes": checked("passenger_modes", table),
        "passenger_measures": checked("passenger_measures", measures[columns].astype(types)),
    }


def passenger_indicators(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, float]]:
    """Condense the table `passenger_modes`; rows of indicator, unit, value, none without journeys in the region."""
    modes = tables["passenger_modes"]
    own = modes[modes["purpose"] != LONG]
    total = float(own["trips_per_day"].sum())
    bus = float(own.loc[own["mode"] == "bus", "trips_per_day"].sum())
    return [("bus_mode_share", "-", bus / total)] if total else []


def _rates(inputs: Inputs, car_way_share: float) -> dict[tuple[str, str], float]:
    """Return well-to-wheel CO2e per person and kilometre by purpose and mode. [kg/km].

    Vehicles carry their mean number of persons: a bus emits no more at once for one passenger more, but as many buses
    run as there are passengers to carry.
    """
    parameters = PassengerParameters.of(inputs.operations["passenger_parameters"])
    found = {
        (LONG, mode): parameters.get("co2e_g_per_pkm", purpose=LONG, subject=mode) / G_PER_KG for mode in LONG_MODES
    }
    if inputs.traffic is None:
        return found
    trip_rates = Rates.of(inputs.traffic.trip_rates)
    per_vkm = {mode: vehicle_co2e_kg_per_km(inputs, mode) for mode in DRIVEN}
    for purpose in TOUR_PURPOSES:
        aboard = {mode: trip_rates.get(f"persons_per_{mode}", purpose=purpose) for mode in ("car", "motorcycle")}
        for mode in ("bus", "taxi"):
            aboard[mode] = parameters.get("persons_per_vehicle", purpose=purpose, subject=mode)
        own = {mode: per_vkm[mode] / aboard[mode] for mode in DRIVEN}
        for mode in ("walk", "cycle"):
            own[mode] = parameters.get("co2e_g_per_pkm", purpose=purpose, subject=mode) / G_PER_KG
        own["park_and_ride"] = car_way_share * own["car"] + (1.0 - car_way_share) * own["bus"]
        found |= {(purpose, mode): rate for mode, rate in own.items()}
    return found


def vehicle_co2e_kg_per_km(inputs: Inputs, vehicle_class: str) -> float:
    """Return well-to-wheel CO2e per kilometre of a class's local vehicles of the year, in town traffic. [kg/km]."""
    kinds = technology_shares(inputs, vehicle_class, "local").assign(vehicle_class=vehicle_class)
    table = RateTable.build(
        inputs.factors,
        kinds[list(KIND_COLUMNS)],
        grid_region=inputs.grid_region,
        year=inputs.year,
        grid_path=inputs.grid_path,
        gwp_set=inputs.gwp_set,
    )
    one = np.ones((len(kinds), 1, 1))
    _, sums = table.add_up(
        length_km=np.ones(1),
        gradient_ratio=np.zeros(1),
        flow_count=one.astype(np.int32),
        time_s=(one * SECONDS_PER_HOUR / TOWN_KMH).astype(np.float32),
    )
    shares = kinds["share"].to_numpy(float)
    both = sum(sums[:, QUANTITIES.index(name)] for name in ("co2e_ttw_kg", "co2e_wtt_kg"))
    return float(shares @ both / shares.sum())


def _kg_per_pkm(rates: dict[tuple[str, str], float], modes: pd.DataFrame) -> FloatArray:
    return np.array([rates[pair] for pair in zip(modes["purpose"], modes["mode"], strict=True)])


def _avoided_kg(rates: dict[tuple[str, str], float], modes: pd.DataFrame) -> float:
    """Return the CO2e of the reference less that of some modes. [kg/day]."""
    less = (modes["base_pkm_per_day"] - modes["pkm_per_day"]).to_numpy(float)
    return float(less @ _kg_per_pkm(rates, modes))

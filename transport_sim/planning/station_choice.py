"""Which stations a fleet may use on its way, how long it stays there, and what its ways take from battery or tank."""

import numpy as np
import pandas as pd

from transport_sim.charge import PieceTable
from transport_sim.energy.fuel import ncv_mj_per_kg
from transport_sim.energy.road import road_energy_mj_per_km
from transport_sim.fleet.travel import Travel, nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.planning.stations import open_stations
from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.station_ways import StationWays
from transport_sim.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR

NEWEST_STANDARD = "china_vi"
LOAD_RATIO = 0.5
"""Load of fuel trucks over both ways: full there, empty back. Assumption. [-]"""
SLOWEST_KMH, FASTEST_KMH = 5.0, 100.0


def usable_stations(inputs: Inputs, fleet: str, kind: str) -> pd.DataFrame:
    """Return the stations of one kind that work in the simulated year and that a fleet may use."""
    found = open_stations(inputs, fleet)
    return found[found["kind"] == kind].reset_index(drop=True)


def station_places(inputs: Inputs, travel: Travel, stations: pd.DataFrame) -> IntArray:
    """Return the positions of stations in the matrices of ways."""
    if stations.empty:
        return np.empty(0, dtype=np.int64)
    return travel.position(nearest_nodes(roads(inputs), stations["lon"], stations["lat"]))


def charging_stations(inputs: Inputs, fleet: str, plug_kind: str) -> pd.DataFrame:
    """Return the charging stations that a fleet may use and that have its plug, with `plug_kw`, the strongest one."""
    found, plugs = usable_stations(inputs, fleet, "charging"), inputs.operations["plugs"]
    mine = plugs[(plugs["kind"] == plug_kind) & (plugs["plugs_count"] > 0)]
    strongest = mine.groupby("station")["power_kw"].max()
    return found.assign(plug_kw=found["station"].map(strongest)).dropna(subset=["plug_kw"]).reset_index(drop=True)


def station_ways(
    inputs: Inputs,
    travel: Travel,
    fleet: str,
    pieces: PieceTable,
    *,
    kind: str,
    soc: tuple[float, float],
) -> StationWays:
    """Lay out the ways of a fleet's electric vehicles over the stations that they may use.

    Parameters
    ----------
    inputs
        Of the simulated year.
    travel
        Ways, with the fleet's energy.
    fleet
        Name of the fleet.
    pieces
        Its battery.
    kind
        Plug of the fleet, or `swap`.
    soc
        Reserve and usual level after a charge. [-]
    """
    if kind == "swap":
        table = inputs.operations["swap_stations"]
        mine = table[(table["fleet"] == fleet) & (table["batteries_count"] > 0) & (table["bays_count"] > 0)]
        swap_s = mine.set_index("station")["swap_s"]
        stations = usable_stations(inputs, fleet, "swap")
        stations = stations[stations["station"].isin(swap_s.index)]
        fixed_s = stations["station"].map(swap_s).to_numpy(float)
        h_per_kwh = np.zeros(len(stations))
    else:
        stations = charging_stations(inputs, fleet, kind)
        fixed_s = np.zeros(len(stations))
        h_per_kwh = 1.0 / np.minimum(stations["plug_kw"].to_numpy(float), pieces.power_kw[0])
    return StationWays(
        travel.energy_kwh(fleet),
        travel.time_s,
        (soc[1] - soc[0]) * pieces.capacity_kwh,
        tuple(stations["station"]),
        station_places(inputs, travel, stations),
        h_per_kwh,
        fixed_s,
    )


def fuel_ways(inputs: Inputs, travel: Travel, fleet: str, fuel: str, *, usable_kg: float) -> StationWays:
    """Lay out the ways of a fleet's LNG or hydrogen trucks over the filling stations.

    Parameters
    ----------
    inputs
        Of the simulated year.
    travel
        Ways; the fuel is that at the mean speed of each, on the flat.
    fleet
        Class of trucks.
    fuel
        lng or hydrogen.
    usable_kg
        What the tank gives on a way. [kg]
    """
    table = inputs.operations["filling_stations"].set_index("station")
    stations = usable_stations(inputs, fleet, fuel)
    stations = stations[stations["station"].isin(table.index[table["dispensers_count"] > 0])]
    own = table.loc[list(stations["station"])]
    return StationWays(
        _fuel_kg(inputs, travel, fleet, fuel),
        travel.time_s,
        usable_kg,
        tuple(stations["station"]),
        station_places(inputs, travel, stations),
        1.0 / (own["rate_kg_per_min"].to_numpy(float) * MINUTES_PER_HOUR),
        own["connect_s"].to_numpy(float),
    )


def _fuel_kg(inputs: Inputs, travel: Travel, fleet: str, fuel: str) -> FloatArray:
    """Return the fuel of each way by hour. [kg]."""
    time_s, km = travel.time_s, travel.distance_km
    there = np.isfinite(time_s) & (time_s > 0.0)
    hours = np.where(there, time_s, 1.0) / SECONDS_PER_HOUR
    speed = np.clip(np.where(there, km, SLOWEST_KMH) / hours, SLOWEST_KMH, FASTEST_KMH)
    steps = np.arange(SLOWEST_KMH, FASTEST_KMH + 1.0)
    mj_per_km = road_energy_mj_per_km(
        inputs.factors,
        vehicle_class=fleet,
        technology=fuel,
        emission_standard=NEWEST_STANDARD,
        speed_kmh=steps,
        load_ratio=LOAD_RATIO,
    )
    kg = np.interp(speed, steps, mj_per_km) * np.where(np.isfinite(km), km, 0.0) / ncv_mj_per_kg(inputs.factors, fuel)
    return np.where(np.isfinite(time_s), kg, np.inf)

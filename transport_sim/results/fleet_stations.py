"""What stations did: sessions, hours and use, at the meter, worked out from the records."""

import numpy as np
import pandas as pd

from transport_sim.energy.electric import meter_kwh
from transport_sim.fleet.numbers import ROOM
from transport_sim.inputs import Inputs
from transport_sim.planning.stations import PLUG_STATIONS, open_stations
from transport_sim.randomness import FloatArray
from transport_sim.results.station_power import by_hour, load
from transport_sim.simulation.stations import Stations
from transport_sim.tables.fleet_stock import FLEETS
from transport_sim.units import HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR

HOURS = int(HOURS_PER_DAY)


def station_tables(inputs: Inputs, stations: Stations, *, days: int) -> dict[str, pd.DataFrame]:
    """Tell what stations did.

    Parameters
    ----------
    inputs
        Of the run.
    stations
        After the run.
    days
        Length of the simulated period; hours after it are told as long as anything is charged. [days]

    Returns
    -------
    `charging_sessions`, `station_hours` and `station_use`, as `results.fleet_schemas` describes them.
    """
    visits = charging_sessions(stations)
    last_s = max([days * SECONDS_PER_DAY, *visits["end_s"].tolist(), *(r.end_s for r in stations.batteries)])
    hours = _station_hours(inputs, stations, visits, count=int(np.ceil(last_s / SECONDS_PER_DAY)) * HOURS)
    use = _station_use(inputs, stations, visits, hours, period_s=days * SECONDS_PER_DAY)
    return {
        "charging_sessions": visits.drop(columns="end_s"),
        "station_hours": hours.drop(columns="paid_cny"),
        "station_use": use,
    }


def charging_sessions(stations: Stations) -> pd.DataFrame:
    """Return every visit of a vehicle to a station in the order of arrival, with `end_s`."""
    charges = [(r.station, r.kind, r.vehicle, r.arrive_s, r.start_s, r.end_s, r.energy_kwh, 0.0, r.served)
               for r in stations.sessions]  # fmt: skip
    swaps = [(r.station, "swap", r.vehicle, r.arrive_s, r.start_s, r.end_s, r.energy_kwh, 0.0, r.served)
             for r in stations.swaps]  # fmt: skip
    fills = [(r.station, r.kind, r.vehicle, r.arrive_s, r.start_s, r.end_s, 0.0, r.amount_kg, r.served)
             for r in stations.fills]  # fmt: skip
    columns = ["station", "kind", "vehicle", "arrive_s", "start_s", "end_s", "energy_kwh", "fuel_kg", "served"]
    frame = pd.DataFrame([*charges, *swaps, *fills], columns=columns)
    numbers = ["arrive_s", "start_s", "end_s", "energy_kwh", "fuel_kg"]
    frame = frame.astype({**dict.fromkeys(numbers, "float64"), "vehicle": "int64", "served": "bool"})
    frame = frame.astype({"station": "str", "kind": "str"})
    frame["fleet"] = np.array(FLEETS)[np.minimum(frame["vehicle"] // ROOM, len(FLEETS) - 1)]
    frame["wait_s"] = frame["start_s"] - frame["arrive_s"]
    frame["duration_s"] = frame["end_s"] - frame["start_s"]
    return frame.drop(columns="start_s").sort_values(["arrive_s", "vehicle"], kind="stable").reset_index(drop=True)


def _station_hours(inputs: Inputs, stations: Stations, visits: pd.DataFrame, *, count: int) -> pd.DataFrame:
    """Return one row for each station and hour, with what vehicles pay where they pay by the hour."""
    names = list(stations.plans)
    energy, peak = np.zeros((len(names), count)), np.zeros((len(names), count))
    place = {name: n for n, name in enumerate(names)}
    for outlet in stations.outlets:
        kwh, kw = by_hour(load(outlet), count)
        energy[place[outlet.plan.station]] = meter_kwh(inputs.factors, kwh)
        peak[place[outlet.plan.station]] = meter_kwh(inputs.factors, kw)
    known = visits[visits["station"].isin(place)]
    cell = known["station"].map(place).to_numpy(np.int64) * count + np.minimum(_hour(known["arrive_s"]), count - 1)
    size = len(names) * count
    served = known["served"].to_numpy()
    waited = np.bincount(cell[served], weights=known["wait_s"].to_numpy()[served], minlength=size)
    served_count = np.bincount(cell[served], minlength=size)
    price, fee = _hourly_prices(inputs, names)
    day = np.arange(count) // HOURS
    return pd.DataFrame(
        {
            "station": np.repeat(np.array(names, dtype=object), count),
            "day": np.tile(day, len(names)),
            "hour": np.tile(np.arange(count) % HOURS, len(names)),
            "energy_kwh": energy.ravel(),
            "mean_kw": energy.ravel(),  # within one hour
            "peak_kw": peak.ravel(),
            "arrivals_count": np.bincount(cell, minlength=size),
            "balks_count": np.bincount(cell[~served], minlength=size),
            "wait_s": np.divide(waited, served_count, out=np.zeros(size), where=served_count > 0),
            "cost_cny": (energy * np.tile(price, count // HOURS)).ravel(),
            "paid_cny": (energy * np.tile(price + fee, count // HOURS)).ravel(),
        }
    ).astype({"station": "str"})


def _hour(time_s: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return (time_s.to_numpy() // SECONDS_PER_HOUR).astype(np.int64)


def _hourly_prices(inputs: Inputs, names: list[str]) -> tuple[FloatArray, FloatArray]:
    """Return the mean price of energy and of the service in each hour of the day, each (stations, 24). [CNY/kWh]."""
    tariff = inputs.operations["stations"].set_index("station")["tariff"]
    table = inputs.operations["tariffs"]
    hour = np.arange(HOURS)
    price, fee = np.zeros((len(names), HOURS)), np.zeros((len(names), HOURS))
    for n, name in enumerate(names):
        rows = table[table["tariff"] == tariff[name]]
        ends = np.minimum.outer(rows["to_hour"].to_numpy(), hour + 1.0)
        share = np.maximum(ends - np.maximum.outer(rows["from_hour"].to_numpy(), hour + 0.0), 0.0)
        price[n], fee[n] = rows["energy_cny_per_kwh"].to_numpy() @ share, rows["service_cny_per_kwh"].to_numpy() @ share
    return price, fee


def _station_use(
    inputs: Inputs, stations: Stations, visits: pd.DataFrame, hours: pd.DataFrame, *, period_s: float
) -> pd.DataFrame:
    """Return one row for each station."""
    names = pd.Index(list(stations.plans))
    table = open_stations(inputs).set_index("station").reindex(names)
    served = visits[visits["served"]].groupby("station")
    came = visits.groupby("station")["served"].agg(["size", "sum"]).reindex(names, fill_value=0)
    by_station = hours.groupby("station")
    sums = by_station[["energy_kwh", "cost_cny", "paid_cny"]].sum().reindex(names)
    use = pd.DataFrame(
        {
            "station": names,
            "kind": table["kind"].to_numpy(),
            "plugs_count": [_plugs_count(stations, name) for name in names],
            "arrivals_count": came["size"].to_numpy(np.int64),
            "balks_count": (came["size"] - came["sum"].astype("int64")).to_numpy(np.int64),
            "wait_mean_s": served["wait_s"].mean().reindex(names, fill_value=0.0).to_numpy(),
            "wait_p95_s": served["wait_s"].quantile(0.95).reindex(names, fill_value=0.0).to_numpy(),
            "feeder_kw": table["feeder_kw"].fillna(np.inf).to_numpy(),
            "peak_kw": by_station["peak_kw"].max().reindex(names).to_numpy(),
            "energy_kwh": sums["energy_kwh"].to_numpy(),
            "fuel_kg": served["fuel_kg"].sum().reindex(names, fill_value=0.0).to_numpy(),
            "cost_cny": sums["cost_cny"].to_numpy(),
        }
    ).astype({"station": "str", "kind": "str"})
    busy_s = served["duration_s"].sum().reindex(names, fill_value=0.0)
    for name, station in stations.swapping.items():
        busy_s[name] = sum(r.end_s - r.start_s for r in station.chargers.sessions)
    whole_s = use["plugs_count"].to_numpy() * period_s
    use["utilisation_ratio"] = np.divide(busy_s.to_numpy(), whole_s, out=np.zeros(len(use)), where=whole_s > 0)
    at_once = _paid_at_once(inputs, stations, visits).reindex(names)
    use["paid_cny"] = at_once.where(~table["kind"].isin(PLUG_STATIONS), sums["paid_cny"]).fillna(0.0).to_numpy()
    return use


def _plugs_count(stations: Stations, name: str) -> int:
    """Return how many vehicles or batteries a station serves at once."""
    if name in stations.filling:
        return stations.filling[name].plan.dispensers_count
    outlet = stations.charging.get(name) or stations.swapping[name].chargers
    return len(outlet.plug_kw)


def _paid_at_once(inputs: Inputs, stations: Stations, visits: pd.DataFrame) -> "pd.Series[float]":
    """Return what is paid for swaps and fuels, at the price of the moment at which the vehicle leaves. [CNY]."""
    mine = visits[visits["station"].isin([*stations.swapping, *stations.filling]) & visits["served"]]
    pairs = zip(mine["station"], mine["end_s"], strict=True)
    price = np.array([stations.price_cny_per_kwh(name, at) for name, at in pairs])
    amount = meter_kwh(inputs.factors, mine["energy_kwh"]) + mine["fuel_kg"].to_numpy()
    return pd.Series(amount * price, index=mine["station"].to_numpy()).groupby(level=0).sum()

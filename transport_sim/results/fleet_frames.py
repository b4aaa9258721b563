"""The tables of fleets and stations, scenario against scenario: what the section's figures and rows are made of."""

from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.fleet.travel import nearest_nodes, roads
from transport_sim.results.findings import last_year
from transport_sim.results.fleet_accounts import DAYS_PER_YEAR, YARD_FLEETS
from transport_sim.units import KG_PER_T, SECONDS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from transport_sim.run import Comparison, Result

PUBLIC = "public"
CHARGING_GROUP = {
    "taxi": "taxi",
    **dict.fromkeys(("bus", "rural_bus"), "bus"),
    **dict.fromkeys(("delivery_van", "postal_van", "truck_light"), "delivery"),
    **dict.fromkeys(("truck_medium", "truck_heavy", "tractor_trailer"), "truck"),
    **dict.fromkeys(("private_car", "official_car"), "private"),
}
"""Group of `tables.siting.CHARGING_GROUPS` in which the siting of chargers counts a fleet."""


def has_fleets(comparison: "Comparison") -> bool:
    """Tell whether fleets were simulated in every scenario."""
    return all(result.scenario.fleets is not None for result in comparison.results)


def days(result: "Result") -> int:
    """Return how many days of fleets a run has."""
    stated = result.scenario.fleets
    return 0 if stated is None else stated.days


def station_groups(result: "Result", year: int) -> pd.Series:
    """Say of each station for whom it is: the fleet whose own it is, `public`, or its kind if it does not charge."""
    table = result.prepared.inputs[year].operations["stations"]
    own = table["users"].where(table["users"].isin((*YARD_FLEETS, "taxi")), PUBLIC)
    return pd.Series(own.where(table["kind"] == "charging", table["kind"]).to_numpy(), index=table["station"])


def loads(comparison: "Comparison") -> pd.DataFrame:
    """Return the load curves of the last year: scenario, group, hour, mean_kw and largest_kw.

    `mean_kw` is the mean over days and replications of all stations of a group together, `largest_kw` that of the worst
    day of any replication, hour by hour.
    """
    year, parts = last_year(comparison), []
    for result in comparison.results:
        hours = result.tables.read("station_hours", year=year)
        hours = hours.assign(group=station_groups(result, year).reindex(hours["station"]).fillna(PUBLIC).to_numpy())
        sums = hours.groupby(["replication", "day", "group", "hour"])["mean_kw"].sum()
        runs = result.scenario.replications * days(result)
        by_hour = sums.groupby(["group", "hour"])
        frame = pd.DataFrame({"mean_kw": by_hour.sum() / runs, "largest_kw": by_hour.max()})
        groups = sorted(hours["group"].unique())
        every = pd.MultiIndex.from_product([groups, range(24)], names=["group", "hour"])
        parts.append(frame.reindex(every, fill_value=0.0).reset_index().assign(scenario=result.scenario.name))
    return pd.concat(parts, ignore_index=True)


def station_rows(result: "Result", year: int) -> pd.DataFrame:
    """Return the stations of a scenario, the longest waits first; means over replications, index station."""
    use = result.tables.read("station_use", year=year)
    numbers = use.drop(columns=["scenario", "year", "replication", "kind"]).groupby("station").mean()
    numbers = numbers.replace(float("inf"), float("nan"))  # a feeder that nobody states
    numbers["group"] = station_groups(result, year).reindex(numbers.index)
    names = result.prepared.inputs[year].operations["stations"].set_index("station")["name"]
    numbers["name"] = names.reindex(numbers.index)
    worst = numbers["wait_mean_s"] * numbers["arrivals_count"] + numbers["balks_count"] * 3600.0
    return numbers.assign(order=worst).sort_values(["order"], ascending=False, kind="stable").drop(columns="order")


def charging_needs(result: "Result", year: int) -> pd.DataFrame:
    """Return what vehicles charge at shared stations, as the siting of chargers reads it: its option `--needs`.

    Returns
    -------
    Columns name, lon and lat (of the road next to the station), hour (of arrival), group and kwh (at the battery, of a
    mean day), means over replications.
    Who found no plug that he would wait for charges elsewhere, or is missing.
    """
    stations = result.prepared.inputs[year].operations["stations"].set_index("station")
    sessions = result.tables.read("charging_sessions", year=year)
    sessions = sessions[sessions["station"].isin(stations.index[~stations["users"].isin(YARD_FLEETS)])]
    sessions = sessions.assign(
        group=sessions["fleet"].map(CHARGING_GROUP),
        hour=(sessions["arrive_s"] % SECONDS_PER_DAY // SECONDS_PER_HOUR).astype("int64"),
    )
    runs = result.scenario.replications * days(result)
    sums = sessions.groupby(["station", "hour", "group"])["energy_kwh"].sum() / runs
    found = sums[sums > 0.0].rename("kwh").reset_index()
    places = stations.loc[found["station"], ["name", "lon", "lat"]].reset_index(drop=True)
    network = roads(result.prepared.inputs[year])
    at = network.nodes.loc[nearest_nodes(network, places["lon"], places["lat"]), ["lon", "lat"]]
    places = places.assign(lon=at["lon"].to_numpy(float), lat=at["lat"].to_numpy(float))
    return pd.concat([places, found[["hour", "group", "kwh"]]], axis=1)


def fleet_rows(comparison: "Comparison") -> pd.DataFrame:
    """Return vehicles, distance, energy and CO2e of each fleet and scenario, amounts a year, means over replications.

    Columns scenario, fleet, vehicles_count, electric_count, vkm, electricity_kwh, fuel_mj, co2e_wtw_t.
    """
    year, parts = last_year(comparison), []
    for result in comparison.results:
        table = result.tables.read("fleet_energy", year=year)
        runs = result.scenario.replications
        electric = table["technology"] == "battery_electric"
        frame = pd.DataFrame(
            {
                "fleet": table["fleet"],
                "vehicles_count": table["vehicles_count"],
                "electric_count": table["vehicles_count"].where(electric, 0),
                **{
                    name: table[column] * DAYS_PER_YEAR / days(result)
                    for name, column in (("vkm", "vkm"), ("electricity_kwh", "electricity_kwh"), ("fuel_mj", "fuel_mj"))
                },
                "co2e_wtw_t": (table["co2e_ttw_kg"] + table["co2e_wtt_kg"]) / KG_PER_T * DAYS_PER_YEAR / days(result),
            }
        )
        sums = frame.groupby("fleet", sort=False).sum() / runs
        parts.append(sums.reset_index().assign(scenario=result.scenario.name))
    return pd.concat(parts, ignore_index=True)


def mode_rows(comparison: "Comparison") -> pd.DataFrame:
    """Return the shares of modes in persons' journeys of the last year: scenario, purpose, mode, trips, share.

    Purposes of the region together are `all`; those on long relations `long`. Means over replications; no rows where
    passengers were not part of the run.
    """
    year, parts = last_year(comparison), []
    for result in comparison.results:
        scenario = result.scenario
        if scenario.traffic is None and scenario.fleets is None:
            continue
        if result.prepared.inputs[year].operations["passenger_shares"].empty:
            continue
        table = result.tables.read("passenger_modes", year=year)
        kind = table["purpose"].where(table["purpose"] == "long", "all").rename("kind")
        sums = table.groupby([kind, "mode"], sort=False)[["trips_per_day", "pkm_per_day", "co2e_kg_per_day"]].sum()
        frame = (sums / scenario.replications).reset_index().rename(columns={"kind": "purpose"})
        frame["mode_share"] = frame["trips_per_day"] / frame.groupby("purpose")["trips_per_day"].transform("sum")
        parts.append(frame.assign(scenario=scenario.name))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

"""From the tables of taxis, the zones of road traffic and the ways between them to the plan of the simulation."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from transport_sim.demand.taxi_shifts import (
    RideWeights,
    WorkShifts,
    ride_requests,
    ride_weights,
    shift_patterns,
    work_shifts,
)
from transport_sim.demand.traffic_rates import HOURS, traffic_of
from transport_sim.demand.traffic_zones import TrafficZones, traffic_zones
from transport_sim.errors import DataError
from transport_sim.fleet.numbers import first_number
from transport_sim.fleet.stock import technology_counts
from transport_sim.fleet.travel import Travel, nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.planning.stations import charging_pieces, open_stations
from transport_sim.randomness import FloatArray, IntArray, gumbel, stable_ids, text_id, uniform
from transport_sim.simulation.taxi_plan import Fares, Requests, Shifts, TaxiPlan, TaxiRules, Ways, Zones
from transport_sim.tables.taxis import TAXI_PARAMETERS
from transport_sim.tables.traffic import Rates
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

FLEET = "taxi"
ELECTRIC = "battery_electric"
MOST_MOVES = 1024
"""Draws of each taxi for its drives without a fare; after so many they come again. [-]"""
STATION_KINDS = ("charging", "swap")


class Battery(NamedTuple):
    """Charge of an electric taxi at which something happens. [kWh]."""

    plug_kind: str
    capacity_kwh: float
    target_kwh: float
    look_kwh: float
    reserve_kwh: float


def has_taxis(inputs: Inputs) -> bool:
    """Tell whether taxis can be simulated: there are shifts, streets with zones, and days."""
    stated = not inputs.operations["taxi_shifts"].empty
    return stated and inputs.traffic is not None and inputs.fleets is not None


def taxi_nodes(inputs: Inputs) -> IntArray:
    """Return the nodes between which taxis need ways: one of each zone of the core, and one of each station."""
    if not has_taxis(inputs):
        return np.zeros(0, dtype=np.int64)
    zones = traffic_zones(inputs)
    return np.unique(np.concatenate([_zone_nodes(zones), _station_nodes(inputs, _stations(inputs))]))


def taxi_plan(inputs: Inputs, travel: Travel, *, seed: int) -> TaxiPlan | None:
    """Make the plan of all taxis for the simulated days.

    Parameters
    ----------
    inputs
        After policies.
    travel
        Ways that know `taxi_nodes`.
    seed
        Seed of the replication.

    Returns
    -------
    The plan; None without shifts, road traffic or fleets.

    Raises
    ------
    DataError
        If the tables of taxis lack a row that is needed.
    """
    if not has_taxis(inputs):
        return None
    assert inputs.fleets is not None  # noqa: S101 - has_taxis says so
    days, value, zones = inputs.fleets.days, _parameters(inputs), traffic_zones(inputs)
    core = np.flatnonzero(zones.in_area("core"))
    technology = _technologies(inputs, seed=seed)
    electric = np.array([word == ELECTRIC for word in technology], dtype=np.bool_)
    stations, taxi = _stations(inputs), np.arange(len(technology))
    own, both = np.unique(
        travel.position(np.concatenate([_zone_nodes(zones), _station_nodes(inputs, stations)])), return_inverse=True
    )
    place, station_place = both[: len(core)], both[len(core) :]
    ways = _ways(travel, own, place, np.diag(zones.distance_km)[core], is_electric=bool(electric.any()))
    between = ways.time_s[:, place[:, None], place]
    weights, scale_km = ride_weights(inputs, zones), _scale_km(inputs, "taxi_empty")
    moves = weights.origin[:, None, core] * np.exp(-zones.distance_km[np.ix_(core, core)] / scale_km)
    reachable = np.zeros((len(zones.frame),) * 2, dtype=np.bool_)
    reachable[np.ix_(core, core)] = np.isfinite(between).all(axis=0)
    requests = ride_requests(inputs, zones, days=days, seed=seed, reachable=reachable)
    worked = work_shifts(inputs, taxis=len(taxi), spread_h=value["start_spread_h"], days=days, seed=seed)
    battery = _battery(inputs, value) if electric.any() else Battery("", 0.0, 0.0, 0.0, 0.0)
    draw = {what: uniform(taxi, seed=seed, stream=f"taxi_{what}") for what in ("charge", "place", "swap")}
    start_kwh = battery.look_kwh + draw["charge"] * (battery.target_kwh - battery.look_kwh)
    names = text_ids(stations["station"])
    taste = gumbel(stable_ids(taxi[:, None], names), seed=seed, stream="charger_choice")
    asked = np.searchsorted(core, requests.origin), np.searchsorted(core, requests.destination)
    return TaxiPlan(
        first_vehicle=first_number(FLEET),
        technology=technology,
        electric=electric,
        swappable=electric & (draw["swap"] < value["swap_share"]),
        battery=charging_pieces(inputs, FLEET) if electric.any() else None,
        plug_kind=battery.plug_kind,
        start_kwh=np.where(electric, start_kwh, 0.0),
        start_place=place[_drawn_zone(weights, core, draw["place"])],
        zone_names=tuple(zones.frame["zone"].to_numpy()[core]),
        ways=ways,
        zones=zone_queues(ways, place, moves, pickup_s=value["pickup_min"] * SECONDS_PER_MINUTE),
        shifts=_shifts(worked, len(taxi)),
        shift_names=worked.name,
        requests=Requests(requests.at_s, *asked),
        fares=_fares(inputs, ways),
        rules=_rules(value, battery, horizon_s=days * SECONDS_PER_DAY),
        stations=tuple(stations["station"]),
        station_place=station_place.astype(np.int64),
        taste_cny=taste * value["logit_scale_cny"],
        move_draw=uniform(stable_ids(taxi[:, None], np.arange(MOST_MOVES)), seed=seed, stream="taxi_move"),
    )


def check_taxis(inputs: Inputs) -> None:
    """Refuse tables of taxis from which no plan could be made, without making one.

    Raises
    ------
    DataError
        Naming the table and what it lacks.
    """
    value = _parameters(inputs)
    _hourly_fares(inputs)
    shift_patterns(inputs.operations["taxi_shifts"])
    if technology_counts(inputs, FLEET).get(ELECTRIC, 0.0) > 0.0:
        _battery(inputs, value)


def zone_queues(ways: Ways, place: IntArray, move_weight: FloatArray, *, pickup_s: float) -> Zones:
    """Order the zones around each by time, and say where taxis without a fare drive.

    Parameters
    ----------
    ways
        Ways between all places.
    place
        Place of each zone.
    move_weight
        Weights of drives from zone to zone by hour, shape (24, zones, zones).
    pickup_s
        Longest way to a passenger. [s]
    """
    time_s = ways.time_s[:, place[:, None], place]
    to_passenger, near_enough = time_s.transpose(0, 2, 1), time_s <= pickup_s
    weight = np.where(np.isfinite(time_s), move_weight, 0.0)
    weight = np.where(weight.sum(axis=2, keepdims=True) > 0.0, weight, np.eye(len(place)))
    zone_of_place = ways.time_s.mean(axis=0)[:, place].argmin(axis=1).astype(np.int64)
    zone_of_place[place] = np.arange(len(place))
    return Zones(
        place=place,
        zone_of_place=zone_of_place,
        near=np.argsort(to_passenger, axis=2, kind="stable"),
        near_count=near_enough.sum(axis=1).astype(np.int64),
        reach=np.argsort(time_s, axis=2, kind="stable"),
        reach_count=near_enough.sum(axis=2).astype(np.int64),
        move_share=np.cumsum(weight / weight.sum(axis=2, keepdims=True), axis=2),
    )


def text_ids(names: "pd.Series[str]") -> IntArray:
    """Return the identities of names for addressed draws."""
    return np.array([text_id(name) for name in names], dtype=np.int64)


def _zone_nodes(zones: TrafficZones) -> IntArray:
    return np.asarray(zones.access_nodes[zones.in_area("core") > 0.0, 0], dtype=np.int64)


def _stations(inputs: Inputs) -> pd.DataFrame:
    found = open_stations(inputs, FLEET)
    swaps = inputs.operations["swap_stations"]
    others = found["station"].isin(swaps.loc[swaps["fleet"] != FLEET, "station"])
    return found[found["kind"].isin(STATION_KINDS) & ~others].reset_index(drop=True)


def _station_nodes(inputs: Inputs, stations: pd.DataFrame) -> IntArray:
    if stations.empty:
        return np.zeros(0, dtype=np.int64)
    return nearest_nodes(roads(inputs), stations["lon"].to_numpy(), stations["lat"].to_numpy())


def _scale_km(inputs: Inputs, purpose: str) -> float:
    return Rates.of(traffic_of(inputs).trip_rates).get("distance_scale_km", purpose=purpose)


def _parameters(inputs: Inputs) -> dict[str, float]:
    table = inputs.operations["taxi_parameters"].set_index("parameter")["value"]
    missing = [name for name in TAXI_PARAMETERS if name not in table.index]
    if missing:
        raise DataError(f"fleets/taxi_parameters.csv: no row for {', '.join(missing)}; taxis need all of them")
    return {name: float(table[name]) for name in TAXI_PARAMETERS}


def _technologies(inputs: Inputs, *, seed: int) -> tuple[str, ...]:
    """Give each taxi its drive; more electric ones leave those electric that were."""
    counts = technology_counts(inputs, FLEET)
    words = sorted(counts, key=lambda word: (word != ELECTRIC, word))
    edges = np.rint(np.cumsum([counts[word] for word in words])).astype(np.int64)
    total = int(edges[-1]) if len(edges) else 0
    rank = np.argsort(np.argsort(uniform(np.arange(total), seed=seed, stream="taxi_technology"), kind="stable"))
    return tuple(words[n] for n in np.searchsorted(edges, rank, side="right"))


def _battery(inputs: Inputs, value: dict[str, float]) -> Battery:
    size = charging_pieces(inputs, FLEET).capacity_kwh
    table = inputs.operations["electric_vehicles"]
    row = table[table["fleet"] == FLEET].iloc[0]
    target, reserve = float(row["target_soc"]), float(row["reserve_soc"])
    if not reserve <= value["look_soc"] < target:
        raise DataError(
            f"fleets/taxi_parameters.csv: look_soc must lie from the reserve_soc ({reserve:g}) to below the target_soc "
            f"({target:g}) of taxis in electric_vehicles.csv, got {value['look_soc']:g}"
        )
    return Battery(str(row["plug_kind"]), size, target * size, value["look_soc"] * size, reserve * size)


def _ways(travel: Travel, own: IntArray, place: IntArray, inner_km: FloatArray, *, is_electric: bool) -> Ways:
    """Take the ways between some places, add those within zones, at mean speed and need, and the need between fares."""
    rows = own[:, None]
    time_s, km = travel.time_s[:, rows, own], travel.distance_km[rows, own]
    kwh = travel.energy_kwh(FLEET)[:, rows, own] if is_electric else np.zeros_like(time_s)
    apart = np.isfinite(km) & ~np.eye(len(km), dtype=np.bool_)
    far_km = km[apart].sum()
    if not far_km > 0.0:
        raise DataError("no way leads from one zone of taxis to another")
    s_per_km, kwh_per_km = time_s[:, apart].sum(axis=1) / far_km, kwh[:, apart].sum(axis=1) / far_km
    km[place, place] = inner_km
    time_s[:, place, place] = s_per_km[:, None] * inner_km
    kwh[:, place, place] = kwh_per_km[:, None] * inner_km
    return Ways(time_s, kwh, km, kwh_per_km)


def _drawn_zone(weights: RideWeights, core: IntArray, draw: FloatArray) -> IntArray:
    share = weights.origin[:, core].sum(axis=0).cumsum()
    return np.minimum(np.searchsorted(share / share[-1], draw, side="right"), len(core) - 1).astype(np.int64)


def _shifts(worked: WorkShifts, taxis: int) -> Shifts:
    first = np.searchsorted(worked.taxi, np.arange(taxis + 1)).astype(np.int64)
    return Shifts(first, worked.start_s, worked.end_s, worked.meal_at_s, worked.meal_s)


def _fares(inputs: Inputs, ways: Ways) -> Fares:
    flag_fall, flag_fall_km, per_km, waiting = _hourly_fares(inputs)
    return Fares(flag_fall, flag_fall_km, per_km, waiting, ways.time_s.min(axis=0))


def _hourly_fares(inputs: Inputs) -> FloatArray:
    """Return flag fall, its length, price of distance and of waiting by the hour, shape (4, 24)."""
    table, column = inputs.operations["taxi_fares"], np.full((4, HOURS), np.nan)
    stated = table[["flag_fall_cny", "flag_fall_km", "cny_per_km", "waiting_cny_per_min"]].to_numpy(np.float64)
    stated = stated / (1.0, 1.0, 1.0, SECONDS_PER_MINUTE)
    for from_hour, to_hour, values in zip(table["from_hour"], table["to_hour"], stated, strict=True):
        column[:, from_hour:to_hour] = values[:, None]
    lacking = np.flatnonzero(np.isnan(column[0]))
    if len(lacking):
        raise DataError(f"fleets/taxi_fares.csv: no fare from {lacking[0]}:00 on; the rows must cover all 24 hours")
    return column


def _rules(value: dict[str, float], battery: Battery, *, horizon_s: float) -> TaxiRules:
    return TaxiRules(
        horizon_s=horizon_s,
        cny_per_s=value["value_of_time_cny_per_h"] / SECONDS_PER_HOUR,
        price_weight=value["price_weight"],
        distance_weight=value["distance_weight"],
        wait_weight=value["wait_weight"],
        target_kwh=battery.target_kwh,
        look_kwh=battery.look_kwh,
        reserve_kwh=battery.reserve_kwh,
        least_charge_kwh=value["least_charge_soc"] * battery.capacity_kwh,
        station_patience_s=value["station_patience_min"] * SECONDS_PER_MINUTE,
        stations_tried_count=int(value["stations_tried_count"]),
        look_again_s=value["look_again_min"] * SECONDS_PER_MINUTE,
        leaving_s=value["leaving_min"] * SECONDS_PER_MINUTE,
        passenger_patience_s=value["passenger_patience_min"] * SECONDS_PER_MINUTE,
        idle_move_s=value["idle_move_min"] * SECONDS_PER_MINUTE,
        cruise_kmh=value["cruise_kmh"],
    )

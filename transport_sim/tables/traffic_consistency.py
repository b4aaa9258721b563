"""What the tables of road traffic owe each other, the tables of the data folder and the streets."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transport_sim.errors import DataError, did_you_mean
from transport_sim.tables.consistency import refuse
from transport_sim.tables.traffic import SINGLE_PURPOSES, TOUR_PURPOSES, Rates

if TYPE_CHECKING:
    from transport_sim.traffic_inputs import TrafficInputs

Found = Iterator[tuple[str, str]]
"""Table and what is wrong in it."""
SHARE_ERROR = 1e-6
STOCKED = {
    **dict.fromkeys(("car", "motorcycle", "truck_light"), ("local", "non_local")),
    **dict.fromkeys(("taxi", "bus"), ("local",)),
}
"""Vehicle classes whose technologies must be stated, and for which registrations."""
COUNTED = ("car", "motorcycle", "taxi", "truck_light")
"""Vehicle classes whose number scales trips."""
WANTED = (
    *((purpose, "all", "distance_scale_km") for purpose in (*TOUR_PURPOSES, *SINGLE_PURPOSES)),
    *((purpose, "all", f"persons_per_{c}") for purpose in TOUR_PURPOSES for c in ("car", "motorcycle")),
    ("taxi", "core", "vehicle_count"),
    ("taxi", "all", "trips_per_vehicle_day"),
    ("taxi_empty", "all", "trips_per_occupied_trip"),
    ("light_goods", "all", "trips_per_vehicle_day"),
    ("truck", "all", "non_local_share"),
    ("external", "gateway", "non_local_share"),
)
"""Rates that every region needs: purpose, area, quantity."""
WANTED_BY_AREA = (
    *((purpose, "person_trips_per_person_day") for purpose in TOUR_PURPOSES),
    *((purpose, f"{c}_share") for purpose in TOUR_PURPOSES for c in ("car", "motorcycle")),
    ("light_goods", "vehicles_per_thousand_persons"),
    ("all", "non_local_share"),
)
"""Rates for each area where people live: purpose, quantity."""


def check_traffic(traffic: "TrafficInputs", zones: pd.DataFrame, *, folder: Path, base_year: int) -> None:
    """Check that the tables of road traffic fit each other, the zones of the data folder and the streets.

    Parameters
    ----------
    traffic
        The tables, each right by itself, and the streets.
    zones
        Zones of the data folder.
    folder
        The folder `traffic`, for messages.
    base_year
        Year to which the growth of the vehicle stock refers.

    Raises
    ------
    DataError
        With file, line and what would be right; all problems at once.
    """
    found = [
        *_zones(traffic, zones),
        *_rates(traffic),
        *_shares(traffic.vehicle_stock),
        *_totals(traffic.vehicle_totals, base_year),
        *_profiles(traffic),
        *_bus_lines(traffic),
    ]
    refuse([f"{folder / table}.csv: {text}" for table, text in found])


def _zones(traffic: "TrafficInputs", zones: pd.DataFrame) -> Found:
    known = zones.set_index("zone")
    streets = traffic.network.nodes_by_name
    for line, (zone, kind) in enumerate(zip(traffic.zones["zone"], traffic.zones["kind"], strict=True), 2):
        if zone not in known.index:
            yield "zones", f"line {line}  zone: unknown {zone!r}{did_you_mean(zone, set(known.index))}"
            continue
        side = known.loc[zone, "kind"]
        if (kind == "gateway") != (side == "external"):
            right = "gateway" if side == "external" else "core or county"
            yield "zones", f"line {line}  kind: {zone} is {side} in the data folder's zones.csv, so it must be {right}"
        if known.loc[zone, "road_node"] not in streets:
            yield "zones", f"line {line}  zone: its road_node {known.loc[zone, 'road_node']!r} is not on the streets"
    missing = sorted(set(known.index) - set(traffic.zones["zone"]))
    if missing:
        yield "zones", f"rows are missing for {', '.join(missing)}"
    if not (traffic.zones["kind"] == "core").any():
        yield "zones", "needs one core zone or more"


def _rates(traffic: "TrafficInputs") -> Found:
    rates = Rates.of(traffic.trip_rates)
    areas = [area for area in ("core", "county") if (traffic.zones["kind"] == area).any()]
    for purpose, area, quantity in (*WANTED, *((p, a, q) for p, q in WANTED_BY_AREA for a in areas)):
        try:
            rates.get(quantity, purpose=purpose, area=area)
        except DataError:
            yield "trip_rates", f"a row is missing for purpose {purpose}, area {area}, quantity {quantity}"
    for purpose in TOUR_PURPOSES:
        for area in areas:
            shares = [rates.get(f"{c}_share", purpose=purpose, area=area, default=0.0) for c in ("car", "motorcycle")]
            if sum(shares) > 1.0:
                yield "trip_rates", f"car_share and motorcycle_share of {purpose}, {area} exceed 1: {sum(shares):g}"


def _shares(stock: pd.DataFrame) -> Found:
    whole = stock.groupby(["year", "vehicle_class", "registration"], as_index=False)["share"].sum()
    for year, name, registration, total in whole.itertuples(index=False):
        if abs(total - 1.0) > SHARE_ERROR:
            yield "vehicle_stock", f"the shares of {year} {name} {registration} must add up to 1, got {total:.4f}"
    there = set(zip(stock["vehicle_class"], stock["registration"], strict=True))
    for name, registrations in STOCKED.items():
        for registration in registrations:
            if (name, registration) not in there:
                yield "vehicle_stock", f"rows are missing for {name}, {registration}"


def _totals(totals: pd.DataFrame, base_year: int) -> Found:
    for name in COUNTED:
        own = totals[totals["vehicle_class"] == name].sort_values("year")
        if own.empty or np.interp(base_year, own["year"], own["vehicle_count"]) == 0.0:
            yield "vehicle_totals", f"needs vehicles of class {name} in the base year {base_year}"


def _profiles(traffic: "TrafficInputs") -> Found:
    table = traffic.hourly_profile
    wanted = [(purpose, "out") for purpose in (*TOUR_PURPOSES, *SINGLE_PURPOSES)]
    wanted += [(purpose, "return") for purpose in TOUR_PURPOSES]
    wanted += [("bus", "out")] if len(traffic.bus_lines) else []
    by_hour = table.pivot_table(index="hour", columns=["purpose", "direction"], values="share", fill_value=0.0)
    by_hour = by_hour.reindex(range(24), fill_value=0.0)
    for key in wanted:
        total = by_hour[key].sum() if key in by_hour else 0.0
        if abs(total - 1.0) > SHARE_ERROR:
            yield "hourly_profile", f"the shares of {' '.join(key)} must add up to 1, got {total:.4f}"
    for purpose in TOUR_PURPOSES:
        if (purpose, "out") in by_hour and (purpose, "return") in by_hour:
            ahead = by_hour[purpose, "return"].cumsum() > by_hour[purpose, "out"].cumsum() + SHARE_ERROR
            if ahead.any():
                hour = int(ahead.to_numpy().argmax())
                yield "hourly_profile", f"by the end of hour {hour} more have come back from {purpose} than have left"


def _bus_lines(traffic: "TrafficInputs") -> Found:
    known = traffic.bus_nodes()
    for column in ("origin", "destination"):
        for line, name in enumerate(traffic.bus_lines[column], 2):
            if name not in known:
                near = did_you_mean(name, known)
                hint = near if "did you mean" in near else ""
                yield "bus_lines", f"line {line}  {column}: no bus station or node {name!r}{hint}"

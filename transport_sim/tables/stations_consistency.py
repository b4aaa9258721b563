"""What the tables of stations owe each other."""

from collections.abc import Collection, Iterator

import pandas as pd

from transport_sim.errors import did_you_mean
from transport_sim.operations import Operations
from transport_sim.tables.fleet_stock import FLEETS
from transport_sim.tables.rail import listed
from transport_sim.units import HOURS_PER_DAY

EVERYBODY = "all"
KINDS_OF_ROWS = {
    "plugs": ("charging", "shore_power"),
    "swap_stations": ("swap",),
    "filling_stations": ("lng", "hydrogen"),
}
"""Kinds of stations that a table describes."""
NOT_PLUGS = ("swap", "lng", "hydrogen")
"""Words for what a vehicle asks for that stand in tables of their own."""


def station_problems(operations: Operations) -> list[tuple[str, str]]:
    """Find what is wrong between the tables of stations.

    Parameters
    ----------
    operations
        The tables, each right by itself.

    Returns
    -------
    Table and text with line for each problem.
    """
    found: list[tuple[str, str]] = []
    for table, problems in (
        ("stations", _stations(operations)),
        ("plugs", _plugs(operations["plugs"])),
        ("tariffs", tariff_problems(operations["tariffs"])),
        ("swap_stations", _packs(operations)),
        ("filling_stations", _deliveries(operations["filling_stations"])),
        ("electric_vehicles", _unknown_users(operations["electric_vehicles"], "fleet", FLEETS)),
        ("charging_limits", _limits(operations)),
    ):
        found += [(table, text) for text in problems]
    for table in KINDS_OF_ROWS:
        found += [(table, text) for text in _owners(operations, table)]
    return found


def _stations(operations: Operations) -> Iterator[str]:
    """Check users, tariffs, and that swap and filling stations are described."""
    stations, tariffs = operations["stations"], set(operations["tariffs"]["tariff"])
    yield from _unknown_users(stations, "users", (EVERYBODY, *FLEETS))
    described = {
        kind: set(operations[table]["station"]) for table, kinds in KINDS_OF_ROWS.items() for kind in kinds
    } | {kind: set(stations["station"]) for kind in KINDS_OF_ROWS["plugs"]}  # one without plugs serves nobody
    for line, row in enumerate(stations.to_dict("records"), 2):
        if row["tariff"] not in tariffs:
            yield f"line {line}  tariff: unknown {row['tariff']!r}{did_you_mean(str(row['tariff']), tariffs)}"
        if row["station"] not in described[row["kind"]]:
            table = next(name for name, kinds in KINDS_OF_ROWS.items() if row["kind"] in kinds)
            yield f"line {line}  station: {row['station']!r} of kind {row['kind']} needs a row in {table}.csv"


def _owners(operations: Operations, table: str) -> Iterator[str]:
    """Check that rows describe a station of their kind."""
    kinds = dict(zip(operations["stations"]["station"], operations["stations"]["kind"], strict=True))
    wanted = KINDS_OF_ROWS[table]
    for line, name in enumerate(operations[table]["station"], 2):
        if name not in kinds:
            yield f"line {line}  station: unknown {name!r}{did_you_mean(name, kinds)}"
        elif kinds[name] not in wanted:
            yield f"line {line}  station: {name!r} is of kind {kinds[name]} in stations.csv, not {' or '.join(wanted)}"


def _plugs(plugs: pd.DataFrame) -> Iterator[str]:
    for line, row in enumerate(plugs.to_dict("records"), 2):
        if row["kind"] in NOT_PLUGS:
            yield f"line {line}  kind: {row['kind']} is no plug; swap_stations.csv and filling_stations.csv are for it"
        if pd.isna(row["hours_between_faults_h"]) != pd.isna(row["repair_h"]):
            yield f"line {line}  repair_h: state it together with hours_between_faults_h, or neither"


def tariff_problems(tariffs: pd.DataFrame) -> Iterator[str]:
    """Check that the hours of each tariff cover the day once."""
    lines = pd.Series(range(2, len(tariffs) + 2), index=tariffs.index)
    for name, rows in tariffs.sort_values("from_hour", kind="stable").groupby("tariff", sort=False):
        until = 0.0
        for start, end, line in zip(rows["from_hour"], rows["to_hour"], lines[rows.index], strict=True):
            if start != until:
                what = "overlaps the hours before" if start < until else f"leaves a gap from {until:g} on"
                yield f"line {line}  from_hour: {name} at {start:g} {what}; the hours of a tariff cover 0 to 24 once"
            until = max(until, end)
        if until < HOURS_PER_DAY:
            yield f"line {lines[rows.index].max()}  to_hour: {name} has no price from {until:g} to 24"


def _packs(operations: Operations) -> Iterator[str]:
    known = operations["electric_vehicles"]["fleet"].tolist()
    for line, fleet in enumerate(operations["swap_stations"]["fleet"], 2):
        if fleet not in known:
            yield f"line {line}  fleet: {fleet!r} has no row in electric_vehicles.csv{did_you_mean(fleet, known)}"


def _deliveries(table: pd.DataFrame) -> Iterator[str]:
    for line, row in enumerate(table.to_dict("records"), 2):
        if pd.isna(row["delivery_kg"]) != (row["deliveries_per_day_count"] == 0):
            yield f"line {line}  delivery_kg: state it together with deliveries_per_day_count, or leave it empty and 0"


def _limits(operations: Operations) -> Iterator[str]:
    table, known = operations["charging_limits"], operations["stations"]["station"].tolist()
    yield from _unknown_users(table, "users", (EVERYBODY, *FLEETS))
    for line, name in enumerate(table["station"], 2):
        if name and name not in known:
            yield f"line {line}  station: unknown {name!r}{did_you_mean(name, known)}"


def _unknown_users(table: pd.DataFrame, column: str, known: Collection[str]) -> Iterator[str]:
    for line, cell in enumerate(table[column], 2):
        for word in listed(str(cell)):
            if word not in known:
                yield f"line {line}  {column}: unknown {word!r}{did_you_mean(word, known)}"

"""What the tables of passengers owe the rates of road traffic and each other."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from transport_sim.tables.consistency import refuse
from transport_sim.tables.traffic import Rates

MOTOR = ("car", "motorcycle")
RELATION = ["from_place", "to_place", "mode"]


def check_passengers(
    tables: Mapping[str, pd.DataFrame], trip_rates: pd.DataFrame | None, *, folder: Path, base_year: int
) -> None:
    """Check that shares are those of road traffic, and that services carry who travels with them.

    Parameters
    ----------
    tables
        The tables of operations and fleets, each right by itself.
    trip_rates
        The rates of road traffic; None where the scenario has none.
    folder
        Where the tables of passengers were read, for messages.
    base_year
        Year of the journeys of `long_trips`.

    Raises
    ------
    DataError
        With file, line and what would be right; all problems at once.
    """
    found = [*_services(tables["passenger_services"], tables["long_trips"], base_year)]
    if trip_rates is not None:
        found += [("passenger_shares", text) for text in _shares(tables["passenger_shares"], Rates.of(trip_rates))]
    refuse([f"{folder / table}.csv: {text}" for table, text in found])


def _shares(shares: pd.DataFrame, rates: Rates) -> Iterator[str]:
    """Yield the shares of cars and motorcycles that differ from those that drive on the streets."""
    rows = shares[["purpose", "area", "mode", "share"]].itertuples(index=False)
    for line, (purpose, area, mode, share) in enumerate(rows, 2):
        if mode in MOTOR:
            driven = rates.get(f"{mode}_share", purpose=purpose, area=area, default=0.0)
            if abs(driven - share) > 1e-9:
                yield f"line {line}  share: trip_rates.csv says {driven:g} for {mode}_share, got {share:g}"


def _services(services: pd.DataFrame, trips: pd.DataFrame, base_year: int) -> Iterator[tuple[str, str]]:
    """Yield services of a mode that run at the same time, and journeys of the base year without a service."""
    spans: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    rows = services[[*RELATION, "from_year", "to_year"]].itertuples(index=False)
    for line, (start, end, mode, first, last) in enumerate(rows, 2):
        earlier = spans.setdefault((start, end, mode), [])
        if any(first <= to and since <= last for since, to in earlier):
            yield "passenger_services", f"line {line}  from_year: an earlier line has {mode} in some of these years"
        earlier.append((first, last))
    for line, (start, end, mode, count) in enumerate(trips[[*RELATION, "trips_per_year"]].itertuples(index=False), 2):
        known = spans.get((start, end, mode), [])
        if count > 0.0 and not any(first <= base_year <= last for first, last in known):
            text = f"line {line}  mode: passenger_services.csv has no {mode} from {start} to {end} in {base_year}"
            yield "long_trips", text

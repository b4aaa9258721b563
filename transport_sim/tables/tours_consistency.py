"""Checks across the tables of tours: places on the map, stations that exist, shares that add up, hours of the day."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from transport_sim.errors import did_you_mean
from transport_sim.network.model import Network
from transport_sim.tables.consistency import refuse

_FIRST_LINE = 2
_TOLERANCE = 0.005


def check_tours(tables: Mapping[str, pd.DataFrame], network: Network, hulls: Collection[str], *, folder: Path) -> None:
    """Check the tables of tours, corridor trucks, private cars and vessels against the map and each other.

    Parameters
    ----------
    tables
        The tables of operations and fleets by name.
    network
        The multimodal network, all years.
    hulls
        Vessels that the factors know.
    folder
        Where the tables of fleets were read, for messages.

    Raises
    ------
    DataError
        With file, line and what would be right; all problems at once.
    """
    stations = tables["stations"]["station"].tolist()
    roads, water = network.known_names("road"), network.known_names("waterway")
    found = []
    for table, column, what, known in (
        ("tour_fleets", "station", "station in stations.csv", ["", *stations]),
        ("corridor_trucks", "station", "station in stations.csv", ["", *stations]),
        ("corridor_trucks", "origin", "node of the roads", roads),
        ("corridor_trucks", "destination", "node of the roads", roads),
        ("electric_vessels", "origin", "node of the rivers", water),
        ("electric_vessels", "destination", "node of the rivers", water),
        ("electric_vessels", "hull", "vessel in the factors' vessel_hulls", sorted(hulls)),
    ):
        words = set(known)
        for line, word in enumerate(tables[table][column], _FIRST_LINE):
            if word not in words:
                hint = did_you_mean(str(word), known)
                found.append((table, f"line {line}  {column}: no {what} is called {word!r}{hint}"))
    found += [("tour_fleets", text) for text in _share_problems(tables["tour_fleets"])]
    found += [("private_charging", text) for text in _hour_problems(tables)]
    refuse([f"{folder / table}.csv: {text}" for table, text in found])


def _share_problems(bases: pd.DataFrame) -> list[str]:
    """Find fleets of which more vehicles stand at bases than there are."""
    sums = bases.groupby("fleet", sort=True)["fleet_share"].sum()
    return [
        f"the fleet_share of {fleet} adds up to {total:.4g} over its bases; it must not be more than 1"
        for fleet, total in sums.items()
        if total > 1.0 + _TOLERANCE
    ]


def _hour_problems(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Find places of private charging without hours, and hours that do not add up."""
    sums = tables["private_charging_hours"].groupby("place")["events_share"].sum()
    found = []
    for line, place in enumerate(tables["private_charging"]["place"], _FIRST_LINE):
        total = float(sums.get(place, 0.0))
        if abs(total - 1.0) > _TOLERANCE:
            found.append(
                f"line {line}  the events_share of {place} in private_charging_hours.csv adds up to {total:.4g}; state "
                "its hours so that they add up to 1"
            )
    return found

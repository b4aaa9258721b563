"""What the tables of bus lines owe each other and the stations."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from transport_sim.errors import did_you_mean
from transport_sim.operations import Operations
from transport_sim.tables.bus_services import DAY_KINDS
from transport_sim.tables.consistency import refuse
from transport_sim.tables.rail import listed

FIRST_LINE = 2


def check_buses(operations: Operations, *, folder: Path) -> None:
    """Check that lines, stops, depots and stations of the tables of buses are known, and that headways do not overlap.

    Where there is no station at all, names of stations are not checked: buses then charge nowhere.

    Parameters
    ----------
    operations
        The tables of operations and fleets, each right by itself.
    folder
        Where those of fleets were read, for messages.

    Raises
    ------
    DataError
        With file, line and what would be right; all problems at once.
    """
    services, headways = operations["bus_services"], operations["bus_headways"]
    stops, depots, lines = operations["bus_stops"]["stop"], operations["depots"]["depot"], services["line"]
    stations = ["", *operations["stations"]["station"]]
    found = [("bus_services", text) for text in _unknown(services, "stops", set(stops), many=True)]
    found += [("bus_services", text) for text in _unknown(services, "depot", set(depots))]
    found += [("bus_headways", text) for text in _unknown(headways, "line", set(lines))]
    found += [("bus_headways", text) for text in _overlaps(headways)]
    for table in ("bus_stops", "depots") if len(operations["stations"]) else ():
        found += [(table, text) for text in _unknown(operations[table], "station", stations)]
    running = set(headways["line"])
    found += [
        ("bus_services", f"line {place}  line {name!r} has no row in bus_headways.csv: no bus would run")
        for place, name in enumerate(lines, FIRST_LINE)
        if name not in running
    ]
    refuse([f"{folder / table}.csv: {text}" for table, text in found])


def _unknown(table: pd.DataFrame, column: str, known: Collection[str], *, many: bool = False) -> Iterator[str]:
    """Yield the lines with a word that is not known."""
    for line, cell in enumerate(table[column].astype(str), FIRST_LINE):
        for word in listed(cell) if many else [cell]:
            if word not in known:
                yield f"line {line}  {column}: unknown {word!r}{did_you_mean(word, known)}"


def _overlaps(headways: pd.DataFrame) -> Iterator[str]:
    """Yield the lines whose hours overlap those of an earlier row of the same bus line on the same days."""
    for kind in DAY_KINDS[:2]:
        own = headways.assign(place=range(FIRST_LINE, FIRST_LINE + len(headways)))
        own = own[own["days"].isin((kind, "daily"))].sort_values(["line", "from_hour"], kind="stable")
        overlap = (own["line"] == own["line"].shift()) & (own["from_hour"] < own["to_hour"].shift())
        for place, name in own.loc[overlap, ["place", "line"]].itertuples(index=False):
            yield f"line {place}  the hours of line {name!r} overlap those of another row on a {kind}"

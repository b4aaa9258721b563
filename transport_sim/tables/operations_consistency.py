"""What the tables of operations owe the map, the other tables and each other."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pandas as pd

from transport_sim.disruptions import place_problems
from transport_sim.errors import did_you_mean
from transport_sim.factors import Factors
from transport_sim.hydrology import hydrology_problems
from transport_sim.network.model import Network
from transport_sim.operations import Operations
from transport_sim.tables.consistency import refuse
from transport_sim.tables.operations import OPERATION_TABLES
from transport_sim.tables.rail import listed
from transport_sim.tables.stations_consistency import station_problems

LISTS = ("commodities", "equipment")
"""Columns whose cells may hold several words, separated by ;."""


def check_operations(
    operations: Operations, tables: Mapping[str, pd.DataFrame], network: Network, factors: Factors, *, data: Path
) -> None:
    """Check that places, goods and equipment of the tables of operations are known.

    Parameters
    ----------
    operations
        The tables of operations, each right by itself.
    tables
        Every table of the data folder.
    network
        The multimodal network, all years.
    factors
        The factor tables, which know the hulls of vessels.
    data
        The data folder, for messages.

    Raises
    ------
    DataError
        With file, line and what would be right; all problems at once.
    """
    nodes, links = network.nodes, network.links
    terminals, goods = (tables[n][c].tolist() for n, c in (("terminals", "terminal"), ("commodities", "commodity")))
    places = network.known_names("rail")
    known: dict[str, Collection[str]] = {
        "terminal": terminals,
        "commodity": goods,
        "commodities": goods,
        "lock": nodes.loc[nodes["lock_cycle_min"].notna(), "ref"].tolist(),
        "hull": sorted({str(row.keys["vessel"]) for row in factors.rows("vessel_hulls", quantity="length_m")}),
        "equipment": sorted(set(operations["handling_rates"]["equipment"])),
        "locomotive": operations["locomotives"]["locomotive"].tolist(),
        "line": sorted(set(links.loc[links["mode"] == "rail", "name"]) - {""}),
        "from_station": places,
        "to_station": places,
        "from_place": ["", *terminals],  # empty: all others
        "to_place": ["", *terminals],
    }
    found = [("disruptions", text) for text in place_problems(operations["disruptions"], network, terminals)]
    found += [("hydrology", text) for text in hydrology_problems(operations["hydrology"], network)]
    found += [("passing_loops", text) for text in _unknown(operations["passing_loops"], "place", places)]
    for name, table in operations.tables.items():
        for column in [c for c in known if c in table and OPERATION_TABLES[name].folder == "operations"]:
            found += [(name, text) for text in _unknown(table, column, known[column])]
    found += station_problems(operations)
    refuse([f"{data / OPERATION_TABLES[table].folder / table}.csv: {text}" for table, text in found])


def _unknown(table: pd.DataFrame, column: str, known: Collection[str]) -> Iterator[str]:
    """Yield the lines with a word that is not known."""
    for line, cell in enumerate(table[column], 2):
        for word in listed(str(cell)) if column in LISTS else [str(cell)]:
            if word not in known:
                yield f"line {line}  {column}: unknown {word!r}{did_you_mean(word, known)}"

"""What the tables of a data folder owe each other, the network and the factors."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from transport_sim.errors import DataError, did_you_mean
from transport_sim.factors import Factors
from transport_sim.network.model import Network
from transport_sim.tables.freight import NAVIGATION_CLASSES

MOST_SHOWN = 5

Tables = Mapping[str, pd.DataFrame]
Found = Iterator[tuple[str, str]]
"""Table and what is wrong in it."""


def check_consistency(tables: Tables, network: Network, factors: Factors, *, folder: Path, first_year: int) -> None:
    """Check that the tables fit each other, the network and the factors.

    Parameters
    ----------
    tables
        Every table of the data folder, each right by itself.
    network
        The multimodal network, all years.
    factors
        The factor tables.
    folder
        The data folder, for messages.
    first_year
        The first year that is calibrated or simulated; every zone must have its road by then.

    Raises
    ------
    DataError
        With file, line and what would be right; all problems at once.
    """
    found = [
        *_unknown_names(tables, network),
        *_roads(tables["zones"], network, first_year),
        *_sides(tables),
        *_rail_tariff(tables),
        *_vessels(tables["vessel_fleet"], factors),
        *_totals(tables),
    ]
    refuse([f"{folder / table}.csv: {text}" for table, text in found])


def refuse(problems: Sequence[str]) -> None:
    """Raise one error for all problems, the first of them written out; nothing if there are none."""
    more = len(problems) - MOST_SHOWN
    if problems:
        raise DataError("\n".join([*problems[:MOST_SHOWN], *([f"and {more} more problems"] if more > 0 else [])]))


def _unknown_names(tables: Tables, network: Network) -> Found:
    zones, goods = set(tables["zones"]["zone"]), set(tables["commodities"]["commodity"])
    refs = {mode: set(network.known_names(mode)) for mode in network.nodes["mode"].unique()}
    wanted: list[tuple[str, str, set[str]]] = [
        ("zones", "road_node", refs.get("road", set())),
        ("generators", "zone", zones),
        ("generators", "commodity", goods),
        ("known_flows", "commodity", goods),
        ("known_flows", "origin", zones),
        ("known_flows", "destination", zones),
    ]
    for table, column, known in wanted:
        for line, name in _lines(tables[table][column]):
            if name not in known:
                yield table, f"line {line}  {column}: unknown {name!r}{_hint(name, known)}"
    terminals = tables["terminals"]
    for (line, name), mode in zip(_lines(terminals["terminal"]), terminals["mode"], strict=True):
        known = refs.get(mode, set())
        if name not in known:
            yield "terminals", f"line {line}  terminal: unknown {name!r}, mode {mode}{_hint(name, known)}"
    for line, cell in _lines(terminals["zone"]):
        for name in cell.split(";"):
            if name not in zones | {""}:
                yield "terminals", f"line {line}  zone: unknown {name!r}{_hint(name, zones)}"


def _hint(name: str, known: set[str]) -> str:
    """Name the nearest known word; a list of hundreds would help nobody."""
    hint = did_you_mean(name, known)
    return hint if "did you mean" in hint or len(known) <= 20 else ""


def _lines(column: "pd.Series[str]") -> Iterator[tuple[int, str]]:
    """Yield the line in the file and the cell; the header is line 1."""
    return ((line, str(cell)) for line, cell in enumerate(column, 2))


def _roads(zones: pd.DataFrame, network: Network, first_year: int) -> Found:
    links = network.at_year(first_year).mode_links("road")
    reached = set(links["to_node"])
    for line, name in _lines(zones["road_node"]):
        node = network.nodes_by_name.get(name)
        if node is not None and node not in reached and network.nodes.loc[node, "mode"] == "road":
            yield "zones", f"line {line}  road_node: no road leads to {name!r} in {first_year}"


def _sides(tables: Tables) -> Found:
    """Check what a zone's side, inside or outside the region, allows."""
    zones = tables["zones"]
    for kind in ("internal", "external"):
        if not (zones["kind"] == kind).any():
            yield "zones", f"needs one {kind} zone or more"
    outside = set(zones.loc[zones["kind"] == "external", "zone"])
    for line, name in _lines(tables["generators"]["zone"]):
        if name in outside:
            yield "generators", f"line {line}  zone: {name} is external; its weights belong into zones.csv"
    flows = tables["known_flows"]
    for line, (start, end) in enumerate(zip(flows["origin"], flows["destination"], strict=True), 2):
        if {start, end} <= outside and start != end:
            yield "known_flows", f"line {line}  {start} and {end} are both external; through traffic is not modelled"


def _rail_tariff(tables: Tables) -> Found:
    classes = set(tables["rail_tariff"]["rail_tariff_class"])
    for line, number in enumerate(tables["commodities"]["rail_tariff_class"], 2):
        if number not in classes:
            yield "commodities", f"line {line}  rail_tariff_class: class {number} is not in rail_tariff.csv"


def _vessels(fleet: pd.DataFrame, factors: Factors) -> Found:
    missing = [name for name in NAVIGATION_CLASSES if name not in set(fleet["navigation_class"])]
    if missing:
        yield "vessel_fleet", f"rows are missing for the navigation classes {', '.join(missing)}"
    rows = [row for row in factors.rows("vessels") if row.keys["quantity"] == "payload_max_t"]
    largest = max(row.numbers["value"] for row in rows)
    for line, payload in enumerate(fleet["payload_capacity_t"], 2):
        if payload > largest:
            yield (
                "vessel_fleet",
                f"line {line}  payload_capacity_t: the largest vessel with factors has {largest:g} t, got {payload:g}",
            )


def _totals(tables: Tables) -> Found:
    goods, fleet = tables["commodities"], tables["truck_fleet"]
    trucks = goods[[c for c in goods.columns if c.startswith(("truck_", "tractor_"))]].sum(axis=1)
    sums = [
        ("commodities", "freight_share", float(goods["freight_share"].sum())),
        *(("commodities", f"the truck shares of {c}", t) for c, t in zip(goods["commodity"], trucks, strict=True)),
        *(("truck_fleet", f"the shares of {y}", t) for y, t in fleet.groupby("year")["share"].sum().items()),
    ]
    for table, what, total in sums:
        if abs(total - 1.0) > 1e-6:
            yield table, f"{what} must add up to 1, got {total:.4f}"

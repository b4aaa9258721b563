"""The commands `network export`, `network validate` and `network synthesise`: arguments and printing."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from transport_sim.errors import OutputError

if TYPE_CHECKING:
    from transport_sim.network.model import Network

out = Console()
NetworkFolder = Annotated[
    Path | None, typer.Argument(metavar="NETWORK", help="Network folder; the embedded map of Dazhou unless given.")
]


class ExportFormat(StrEnum):
    """Format of an exported network."""

    GMNS = "gmns"
    GEOPACKAGE = "geopackage"
    GRAPHML = "graphml"


def network_export(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File to write; GMNS: a .zip, or a folder.")
    ],
    file_format: Annotated[ExportFormat, typer.Option("--format", help="What to write.")],
    network: NetworkFolder = None,
) -> None:
    """Write a network for other tools; GMNS reads back as the same network."""
    from transport_sim.network.export import export_network

    loaded = _loaded(network)
    export_network(loaded, output, file_format.value)
    out.print(f"{loaded.name}: {len(loaded.nodes)} nodes, {len(loaded.links)} directed links")
    out.print(f"{file_format.value}: {output.resolve()}", soft_wrap=True)


def network_validate(
    network: NetworkFolder = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 if an error is found.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PLACES.gpkg", help="GeoPackage of the places, one layer per check."),
    ] = None,
) -> None:
    """Check a network: parts, traps, gaps, odd lengths, speeds and lanes, tags that were not understood."""
    from transport_sim.network.intermodal import with_transfer_links
    from transport_sim.network.validate import find, table, write_places

    if output is not None and output.suffix.lower() != ".gpkg":
        raise OutputError(f"{output}: the name of a GeoPackage ends in .gpkg")
    found = find(with_transfer_links(_loaded(network)))
    shown = Table("check", "severity", "findings", "first")
    for row in table(found).itertuples():
        shown.add_row(str(row.check), str(row.severity), str(row.findings_count), str(row.rows))
    out.print(shown)
    if output is not None:
        write_places(found, output)
        out.print(f"places: {output.resolve()}", soft_wrap=True)
    if strict and any(finding.severity == "error" and finding.rows for finding in found):
        raise typer.Exit(2)


def network_synthesise(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the network; appears whole or not at all.")
    ],
    population: Annotated[int, typer.Option("--population", help="Inhabitants of the city.")],
    footprint: Annotated[
        str, typer.Option("--footprint", metavar="FILE.geojson", help="Polygon of the city, or 'urban' with --join.")
    ],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same city.")] = 1,
    join: Annotated[
        Path | None,
        typer.Option("--join", metavar="NETWORK", help="Folder of .osm files whose junctions the streets join."),
    ] = None,
) -> None:
    """Make up the streets of a city, in OSM tags marked synthetic=yes, until a survey replaces them."""
    from transport_sim.network.synthesis import synthesise

    made = synthesise(output, seed=seed, population=population, footprint=footprint, join=join)
    table = Table("made up", "amount")
    for name, amount in made.items():
        table.add_row(name, f"{amount:,}")
    out.print(table)
    out.print(f"synthetic network: {output.resolve()}", soft_wrap=True)


def _loaded(folder: Path | None) -> "Network":
    from transport_sim.network.build import load_network
    from transport_sim.paths import embedded

    return load_network(folder or embedded("networks/dazhou"))

"""The command `network import`: its arguments, progress and printing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out, err = Console(), Console(stderr=True)
QUIET_S = 2.0
"""Work shorter than this shows no progress. [s]"""


def network_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="OpenStreetMap: .osm, .osm.gz, .osm.bz2, .osm.pbf; or GMNS.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the network; appears whole or not at all.")
    ],
    bbox: Annotated[str | None, typer.Option("--bbox", metavar="W,S,E,N", help="Only what lies in this box.")] = None,
    polygon: Annotated[
        Path | None, typer.Option("--polygon", metavar="FILE", help="Only what lies in it: GeoJSON, GeoPackage, .poly.")
    ] = None,
    modes: Annotated[str, typer.Option("--modes", help="Modes to read, separated by commas.")] = "road,rail,waterway",
    dem: Annotated[Path | None, typer.Option("--dem", metavar="FILE.tif", help="Heights in metres, WGS 84.")] = None,
) -> None:
    """Read roads, railways, waterways and facilities of an OpenStreetMap file into a network folder."""
    from transport_sim.errors import NetworkError
    from transport_sim.network.area import box_area, polygon_area
    from transport_sim.network.elevation import with_gradients
    from transport_sim.network.gmns import is_gmns, read_gmns
    from transport_sim.network.osm import import_osm
    from transport_sim.network.storage import save_network
    from transport_sim.whole import check_new_folder

    check_new_folder(output)
    if bbox is not None and polygon is not None:
        raise NetworkError("give --bbox or --polygon, not both")
    area = box_area(bbox) if bbox is not None else polygon_area(polygon) if polygon is not None else None
    chosen = [word.strip() for word in modes.split(",") if word.strip()]
    whole_only = bbox is not None or polygon is not None or modes != "road,rail,waterway"
    if is_gmns(file) and whole_only:
        raise NetworkError(f"{file}: GMNS tables are read whole; leave out --bbox, --polygon and --modes")
    with _progress() as tell:
        network = (
            read_gmns(file)
            if is_gmns(file)
            else import_osm(file, polygon=area and area.geometry, modes=chosen, progress=tell)
        )
        if dem is not None:
            tell("reading heights", 0)
            network = with_gradients(network, dem)
        tell("writing", 0)
        save_network(network, output)
    for mode, links in network.links.groupby("mode"):
        out.print(f"{mode}: {len(links)} directed links, {links['length_km'].sum():,.0f} km")
    cut = network.provenance.get("ways_cut_at_missing_nodes", 0)
    if cut:
        out.print(f"ways reach beyond the extract: they end before {cut} nodes that are not in it")
    if len(network.unread_tags):
        out.print(f"{len(network.unread_tags)} tag values were not understood: see `network validate`")
    out.print(f"{len(network.facilities)} facilities; network: {output.resolve()}", soft_wrap=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """Show the stage of work that takes longer than a moment."""
    start = time.monotonic()
    with err.status("reading") as status:
        status.stop()

        def tell(stage: str, count: int) -> None:
            if time.monotonic() - start >= QUIET_S:
                status.start()
                status.update(f"{stage} {count:,}" if count else stage)

        yield tell

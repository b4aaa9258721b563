"""The command `network fetch`: its arguments, progress and printing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from transport_sim.errors import NetworkError

if TYPE_CHECKING:
    from transport_sim.network.area import Area
    from transport_sim.network.fetch import FetchOptions

out, err = Console(), Console(stderr=True)


def network_fetch(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the network; appears whole or not at all.")
    ],
    place: Annotated[str | None, typer.Option("--place", help="Name of a place, such as 达州市, 四川省.")] = None,
    bbox: Annotated[str | None, typer.Option("--bbox", metavar="W,S,E,N", help="Box in degrees.")] = None,
    polygon: Annotated[
        Path | None, typer.Option("--polygon", metavar="FILE", help="Polygon: GeoJSON, GeoPackage, Shapefile, .poly.")
    ] = None,
    modes: Annotated[str, typer.Option("--modes", help="Modes to fetch, separated by commas.")] = "road,rail,waterway",
    overpass_url: Annotated[str | None, typer.Option("--overpass-url", metavar="URL", help="Another server.")] = None,
    nominatim_url: Annotated[str | None, typer.Option("--nominatim-url", metavar="URL", help="Another server.")] = None,
    tile_deg: Annotated[
        float | None, typer.Option("--tile-deg", help="Side of a tile in degrees; smaller where a server gives up.")
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again for what the cache has.")] = False,
) -> None:
    """Fetch the map of a place from OpenStreetMap; an interrupted fetch goes on where it stopped."""
    from transport_sim.network.fetch import FetchOptions, fetch_network, parse_modes
    from transport_sim.network.storage import save_network
    from transport_sim.whole import check_new_folder

    check_new_folder(output)
    stated = {"overpass_url": overpass_url, "nominatim_url": nominatim_url, "tile_deg": tile_deg}
    given = {name: value for name, value in stated.items() if value is not None}
    options = FetchOptions(modes=parse_modes(modes), refresh=refresh, **given)  # type: ignore[arg-type]
    area = _area(place, bbox, polygon, options)
    columns = (TextColumn("fetching"), BarColumn(), MofNCompleteColumn(), TextColumn("queries"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("fetching", total=None)
        network = fetch_network(area, options, lambda done, total: bar.update(task, completed=done, total=total))
    save_network(network, output)
    for mode, links in network.links.groupby("mode"):
        out.print(f"{mode}: {len(links)} directed links, {links['length_km'].sum():,.0f} km")
    out.print(f"{len(network.facilities)} facilities; network: {output.resolve()}", soft_wrap=True)


def _area(place: str | None, bbox: str | None, polygon: Path | None, options: "FetchOptions") -> "Area":
    """Return the area that one of the three options names."""
    from transport_sim.network.area import box_area, polygon_area
    from transport_sim.network.fetch import fetch_place

    if sum(option is not None for option in (place, bbox, polygon)) != 1:
        raise NetworkError("say what to fetch with one of --place, --bbox and --polygon")
    if bbox is not None:
        return box_area(bbox)
    if polygon is not None:
        return polygon_area(polygon)
    return fetch_place(str(place), options)

"""Fetch the map of a place from OpenStreetMap: one Overpass query per mode and tile, each answer kept on disk."""

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args

import shapely

from transport_sim.errors import NetworkError, did_you_mean
from transport_sim.network.answers import AnswerCache
from transport_sim.network.area import Area, Box, area_of
from transport_sim.network.facilities import MODE_OF_KIND, SIMPLE_KINDS
from transport_sim.network.model import Network
from transport_sim.network.osm import import_osm
from transport_sim.network.osm_servers import Servers, checked_url
from transport_sim.network.overpass import Extract, Selector, TravelMode, query_text
from transport_sim.network.tags import MODE_KEYS
from transport_sim.paths import user_cache

OVERPASS_URL: Final = "https://overpass-api.de/api"
NOMINATIM_URL: Final = "https://nominatim.openstreetmap.org"
TILE_DEG: Final = 0.5
"""Side of a tile: about 2,500 km2 in Sichuan, what a public server answers in one piece. [degree]"""
TILE_RANGE_DEG: Final = (0.05, 2.0)
MAX_AREA_KM2: Final = 200_000.0
"""Larger areas are for a file of a download service and `network import`, not for a public query server. [km2]"""
TRAVEL_MODES: Final[tuple[TravelMode, ...]] = get_args(TravelMode)

Progress = Callable[[int, int], None]
"""Called with the queries answered and the queries in all."""


@dataclass(frozen=True)
class FetchOptions:
    """How to fetch; the area is stated apart."""

    modes: tuple[TravelMode, ...] = TRAVEL_MODES
    overpass_url: str = OVERPASS_URL
    nominatim_url: str = NOMINATIM_URL
    tile_deg: float = TILE_DEG
    refresh: bool = False
    """Ask again for what is in the cache."""
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False)

    def __post_init__(self) -> None:
        low, high = TILE_RANGE_DEG
        if not low <= self.tile_deg <= high:
            raise NetworkError(f"tiles must be {low:g} to {high:g} degrees wide, not {self.tile_deg:g}")
        object.__setattr__(self, "overpass_url", checked_url(self.overpass_url, "--overpass-url"))
        object.__setattr__(self, "nominatim_url", checked_url(self.nominatim_url, "--nominatim-url"))


def parse_modes(text: str) -> tuple[TravelMode, ...]:
    """Return the modes of a list such as `road,rail`, in the order of the tables."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    unknown = sorted(words - set(TRAVEL_MODES))
    if unknown or not words:
        word = unknown[0] if unknown else ""
        raise NetworkError(f"no mode {word!r}{did_you_mean(word, TRAVEL_MODES)}")
    return tuple(mode for mode in TRAVEL_MODES if mode in words)


def selectors(mode: TravelMode) -> list[Selector]:
    """Return what is asked for a mode: every way and every facility that the importer has a use for."""
    _, key, classes = next(row for row in MODE_KEYS if row[0] == mode)
    places: dict[str, set[str]] = {}
    for (place_key, value), kind in SIMPLE_KINDS.items():
        if MODE_OF_KIND[kind] == mode:
            places.setdefault(place_key, set()).add(value)
    if mode == "rail":
        places.setdefault("railway", set()).add("station")
    if mode == "road":
        places.setdefault("amenity", set()).add("parking")
    ways = Selector(key, (*sorted(classes), "construction", "proposed"), ("way",))
    return [ways, *(Selector(name, tuple(sorted(values))) for name, values in sorted(places.items()))]


def fetch_place(name: str, options: FetchOptions = FetchOptions()) -> Area:
    """Return the outline of a place by its name, such as `达州市, 四川省`.

    Raises
    ------
    NetworkError
        If the server cannot be reached, or knows no such place or no outline of it.
    """
    cache = AnswerCache(user_cache() / "nominatim")
    kept = None if options.refresh else cache.get(options.nominatim_url, name)
    if kept is None:
        with Servers.session(options.overpass_url, options.nominatim_url, sleep=options.sleep) as servers:
            outline, full_name = servers.place(name)
        body = json.dumps({"name": full_name, "geojson": shapely.geometry.mapping(outline)}, ensure_ascii=False)
        cache.put(options.nominatim_url, name, body.encode(), retrieved=_now())
    else:
        found = json.loads(kept[0])
        outline, full_name = shapely.geometry.shape(found["geojson"]), found["name"]
    return area_of(outline, f"place {name} ({full_name})", where=f"{options.nominatim_url}: {name!r}")


def fetch_network(area: Area, options: FetchOptions = FetchOptions(), progress: Progress | None = None) -> Network:
    """Ask Overpass for everything in an area and build the network that `import` would build from a file.

    Parameters
    ----------
    area
        Box, polygon or outline of a place; at most `MAX_AREA_KM2`.
    options
        Modes, servers, size of the tiles.
    progress
        Called before the first query and after each.

    Returns
    -------
    The network; its provenance holds date, text and sha256 of every query.

    Raises
    ------
    NetworkError
        If the area is too large or empty, or an answer is not to be had. Answers that came are kept in the user's
        cache folder, and the next call asks for the missing ones only.
    """
    if area.area_km2 > MAX_AREA_KM2:
        raise NetworkError(
            f"{area.text}: {area.area_km2:,.0f} km2 is too large to ask a query server for (at most "
            f"{MAX_AREA_KM2:,.0f} km2); download an extract and use `network import`"
        )
    extract, queries = _gather(area, options, progress)
    if not extract.ways:
        modes = ", ".join(mode for mode in options.modes)
        raise NetworkError(f"{area.text}: there is nothing there; OpenStreetMap has no way for {modes} in this area")
    return _build(extract, area, options.modes, _source(area, options, queries))


def _gather(area: Area, options: FetchOptions, progress: Progress | None) -> tuple[Extract, list[dict[str, Any]]]:
    """Collect the answers of all modes and tiles, from the cache where it has them."""
    cache = AnswerCache(user_cache() / "overpass")
    wanted = [(mode, tile) for mode in options.modes for tile in area.tiles(options.tile_deg)]
    extract, queries = Extract(), []
    report = progress or (lambda _done, _total: None)
    report(0, len(wanted))
    with ExitStack() as stack:
        servers: Servers | None = None
        for done, (mode, tile) in enumerate(wanted):
            query = query_text(selectors(mode), tile)
            kept = None if options.refresh else cache.get(options.overpass_url, query)
            if kept is None:
                if servers is None:
                    session = Servers.session(options.overpass_url, options.nominatim_url, sleep=options.sleep)
                    servers = stack.enter_context(session)
                answer, text = _ask(servers, cache, query, note=f"{done} of {len(wanted)} queries are answered")
            else:
                answer, text = json.loads(kept[0]), kept[1]
            extract.add(answer["elements"])
            queries.append(_record(mode, tile, answer, text))
            report(done + 1, len(wanted))
    return extract, queries


def _ask(servers: Servers, cache: AnswerCache, query: str, *, note: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask the server and keep what it says; a failure also says what is kept."""
    try:
        body, answer = servers.overpass(query)
    except NetworkError as error:
        raise NetworkError(f"{error}\n{note} and kept; the same command goes on from there") from error
    return answer, cache.put(servers.overpass_url, query, body, retrieved=_now())


def _record(mode: TravelMode, tile: Box, answer: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    """Describe one query for the manifest."""
    base = answer.get("osm3s", {})
    return {
        "mode": mode,
        "tile": list(tile),
        "query": text["query"],
        "retrieved": text["retrieved"],
        "osm_base": base.get("timestamp_osm_base", "") if isinstance(base, dict) else "",
        "sha256": text["sha256"],
        "elements_count": len(answer["elements"]),
    }


def _source(area: Area, options: FetchOptions, queries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Describe where the network comes from."""
    return {
        "overpass": options.overpass_url,
        "area": area.text,
        "retrieved": max(query["retrieved"] for query in queries),
        "queries": list(queries),
    }


def _build(extract: Extract, area: Area, modes: Sequence[TravelMode], source: dict[str, Any]) -> Network:
    """Hand the elements to the importer as a file, so that both commands make the same network of the same data."""
    with tempfile.TemporaryDirectory(prefix="transport_sim_") as folder:
        file = Path(folder) / "fetched.osm.pbf"
        extract.write(file)
        try:
            network = import_osm(file, polygon=area.geometry, modes=modes, name=area.text)
        except NetworkError as error:
            raise NetworkError(str(error).replace(f"{file}: ", f"{area.text}: ")) from error
    return replace(network, sha256={}, provenance={**network.provenance, "source": source})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

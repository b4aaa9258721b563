"""What road traffic reads: the streets, who lives where, how often people and goods move, with which vehicles."""

import hashlib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.choice.response import response_parameters
from transport_sim.day import Day, Episode, days_of_year
from transport_sim.errors import NetworkError
from transport_sim.network.build import load_network
from transport_sim.network.model import Network
from transport_sim.tables.traffic import TRAFFIC_TABLES, read_traffic_table
from transport_sim.tables.traffic_consistency import check_traffic

if TYPE_CHECKING:
    from transport_sim.config.scenario import Scenario

TRAFFIC_POLICY_TABLES = ("trip_rates", "vehicle_stock", "vehicle_totals")
"""Frames of `TrafficInputs` that a policy may edit."""


@dataclass(frozen=True, eq=False)
class TrafficInputs:
    """Everything that road traffic reads besides the tables that freight reads too. Nothing is changed in place."""

    network: Network
    """Streets and arterials, all years; node ids of the scenario's own network stay."""
    zones: pd.DataFrame
    """Which zones of the data folder lie within the streets, outside of them, or beyond the map."""
    trip_rates: pd.DataFrame
    vehicle_stock: pd.DataFrame
    vehicle_totals: pd.DataFrame
    hourly_profile: pd.DataFrame
    bus_lines: pd.DataFrame
    response: pd.DataFrame
    """What the answers to a restriction or charge are worth; `choice.response.response_parameters` reads it."""
    episodes: pd.DataFrame
    """On how many days a year, and in which months, something is declared."""
    areas: pd.DataFrame
    """Corners of the areas that rules name: area, sequence, lon, lat, name, source, confidence."""
    day: Day
    """The simulated day: its month and weekday, and what is declared for it."""
    car_trips_scale: float = 1.0
    """What the journeys of persons by car and motorcycle are multiplied with. [-]"""
    scope: str = "core"
    """`core`: trips with an end in the core; `region`: also those between other places."""
    is_synthetic: bool = False
    """Whether the streets are made up."""

    def with_table(self, name: str, frame: pd.DataFrame) -> "TrafficInputs":
        """Return a copy in which one frame is replaced."""
        changed: dict[str, Any] = {name: frame}
        return replace(self, **changed)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return every frame by name, for hashing and comparison."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        own |= {"nodes": self.network.nodes, "links": self.network.links, "turns": self.network.turns}
        return {
            name if name in TRAFFIC_POLICY_TABLES else f"traffic_{name}": frame
            for name, frame in own.items()
            if isinstance(frame, pd.DataFrame)
        }

    def bus_nodes(self) -> dict[str, int]:
        """Return the node of each name that a bus line may end at: bus stations, and the nodes of the network."""
        stations = self.network.facilities
        stations = stations[(stations["kind"] == "bus_station") & stations["node_id"].notna()]
        nodes = stations["node_id"].astype("int64").tolist()
        return self.network.nodes_by_name | dict(zip(stations["name"], nodes, strict=True))

    def days_of(self, year: int) -> tuple[Day, ...]:
        """Return every day of a year with what is declared for it, by the table of episodes."""
        rows = self.episodes[["episode", "months", "days_per_year"]].itertuples(index=False)
        return days_of_year(
            year, {name: Episode(frozenset(map(int, months.split(";"))), count) for name, months, count in rows}
        )

    def key(self) -> str:
        """Describe what is no frame, the same in every process."""
        return f"{self.day.date} {sorted(self.day.episodes)} {self.car_trips_scale!r} {self.scope} {self.is_synthetic}"


def read_traffic_inputs(scenario: "Scenario", zones: pd.DataFrame) -> TrafficInputs | None:
    """Read and check the tables and streets of a scenario's road traffic; None if it has no `traffic` section.

    Parameters
    ----------
    scenario
        The loaded scenario.
    zones
        Zones of the data folder, with which those of road traffic must agree.

    Raises
    ------
    DataError, NetworkError
        Naming file, line and what would be right.
    """
    stated = scenario.traffic
    if stated is None:
        return None
    tables: dict[str, Any] = {name: read_traffic_table(scenario.data / "traffic", name) for name in TRAFFIC_TABLES}
    city = stated.synthetic_city
    if city is not None:
        content = hashlib.sha256(city.footprint.read_bytes()).hexdigest()
        network = synthetic_network(city.footprint, content, city.population, city.seed, scenario.network)
    else:
        network = _loaded(stated.network or scenario.network)
    traffic = TrafficInputs(
        network=network,
        day=Day(stated.day.date, frozenset(stated.day.episodes)),
        car_trips_scale=stated.car_trips_scale,
        scope=stated.scope,
        is_synthetic=city is not None,
        **tables,
    )
    response_parameters(traffic.response)
    check_traffic(traffic, zones, folder=scenario.data / "traffic", base_year=scenario.base_year)
    return traffic


@cache
def synthetic_network(footprint: Path, content: str, population: int, seed: int, base: Path) -> Network:  # noqa: ARG001
    """Make up the streets inside a footprint and join them to a network; kept for this process.

    Parameters
    ----------
    footprint
        GeoJSON file with one polygon.
    content
        Hash of that file, so that a changed one is read again.
    population, seed
        What the streets depend on besides the footprint.
    base
        Folder of the `.osm` files that they join.
    """
    from transport_sim.network.synthesis import synthesise  # noqa: PLC0415 - takes shapely and pandas only when needed

    with TemporaryDirectory(prefix="transport_sim_") as folder:
        target = Path(folder) / "synthetic_city"
        try:
            synthesise(target, seed=seed, population=population, footprint=footprint, join=base)
        except NetworkError as error:
            text = str(error)
            raise NetworkError(text if str(footprint) in text else f"{footprint}: {text}") from None
        return load_network(target)


@cache
def _loaded(folder: Path) -> Network:
    return load_network(folder)

"""Worlds for the tests of siting: a river with one bridge, two sites with a queue, and the core of Dazhou."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transport_sim import run
from transport_sim.config import load_scenario
from transport_sim.network.model import LINK_SCHEMA, NODE_SCHEMA, Network, as_schema
from transport_sim.paths import embedded
from transport_sim.siting import site as siting
from transport_sim.siting.case import Points, SitingCase
from transport_sim.siting.closed_loop import LoopSettings
from transport_sim.siting.models import Limits

BLOCKS = 4
"""Blocks between the end of the street and the bridge."""


def table(rows, schema, name):
    return as_schema(pd.DataFrame(rows, columns=[name, *schema.columns]).set_index(name), schema)


def roads(places, ways):
    """Return a network of two-way roads: places by node id, ways as (from, to, km, km/h)."""
    nodes = [
        {"node_id": n, "ref": str(n), "lon": lon, "lat": lat, "mode": "road", "status": "open"}
        for n, (lon, lat) in places.items()
    ]
    base = {"mode": "road", "link_class": "primary", "status": "open", "toll": False, "electrified": False}
    links = []
    for way, (start, end, km, kmh) in enumerate(ways):
        for back in (0, 1):
            ends = {"from_node": end if back else start, "to_node": start if back else end}
            cost = {"length_km": km, "free_speed_kmh": kmh, "free_speed_source": "tag", "way_id": way}
            links.append({"link_id": 2 * way + back, **base, **ends, **cost})
    return Network("roads", table(nodes, NODE_SCHEMA, "node_id"), table(links, LINK_SCHEMA, "link_id"))


@pytest.fixture(scope="session")
def river() -> Network:
    """Return streets along both banks, blocks of 2 km, and one bridge of 1 km at the far end; 30 km/h everywhere.

    Nodes 10 to 14 lie on the west bank, 20 to 24 on the east bank; the bridge joins 14 and 24.
    """
    places = {10 + n: (107.00, 31.00 + 0.018 * n) for n in range(BLOCKS + 1)}
    places |= {20 + n: (107.01, 31.00 + 0.018 * n) for n in range(BLOCKS + 1)}
    ways = [(side + n, side + n + 1, 2.0, 30.0) for side in (10, 20) for n in range(BLOCKS)]
    return roads(places, [*ways, (10 + BLOCKS, 20 + BLOCKS, 1.0, 30.0)])


def small_case(*, minutes, kwh, plug_kwh=240.0, most=20, existing=(), existing_plugs=()) -> SitingCase:
    """Return a case of one group: demand of each point even over ten hours, charges of 30 kWh at 60 kW."""
    minutes = np.array(minutes, dtype=float)
    points, count = minutes.shape
    frame = pd.DataFrame(
        {
            "point": [f"n{n}" for n in range(points)],
            "group": "taxi",
            "node_id": np.arange(points),
            "name": [f"point {n}" for n in range(points)],
            "lon": 107.0 + 0.1 * np.arange(points),
            "lat": 31.0,
            "area": "core",
            "kwh": np.array(kwh, dtype=float),
            "population_persons": 1000.0,
        }
    )
    demand = Points(frame, minutes, np.full(points, 10.0))
    hourly = np.zeros((points, 24))
    hourly[:, 8:18] = frame["kwh"].to_numpy()[:, None] / 10.0
    places = pd.DataFrame(
        {
            "kind": "parking",
            "name": [f"site {n}" for n in range(count)],
            "lon": 107.0 + 0.1 * np.arange(count),
            "lat": 31.01,
            "node_id": np.arange(count),
        },
        index=pd.Index([f"p{n}" for n in range(count)], name="place"),
    )
    stands = np.zeros(count, dtype=bool)
    stands[list(existing)] = True
    plugs = np.zeros(count, dtype=np.int64)
    plugs[list(existing)] = existing_plugs
    return SitingCase(
        year=2025,
        candidates=places,
        cells=demand,
        points=demand,
        hourly_kwh=hourly,
        session_kwh=np.full(points, 30.0),
        session_kw=np.full(points, 60.0),
        between_minutes=np.full((count, count), 5.0),
        site_cny=np.full(count, 100_000.0),
        plug_cny=np.full(count, 50_000.0),
        plug_kw=np.full(count, 60.0),
        plug_kind=("dc",) * count,
        users=("all",) * count,
        tariff=("public",) * count,
        meter_ratio=1.0,
        kwh_per_plug=np.full(count, plug_kwh),
        most=np.full(count, most),
        existing=stands,
        existing_plugs=plugs,
    )


@pytest.fixture(scope="session")
def make_case():
    return small_case


@pytest.fixture(scope="session")
def make_roads():
    return roads


@pytest.fixture(scope="session")
def core() -> run.Prepared:
    """Return the streets of Dazhou with road traffic, ready for both phases, as if no charger stood there yet."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "traffic.yaml")
    prepared = run.prepare(scenario.model_copy(update={"years": (2025, 2030)}))
    bare = {}
    for year, inputs in prepared.inputs.items():
        empty = {name: inputs.operations[name].iloc[:0] for name in ("stations", "plugs")}
        bare[year] = inputs.with_table("stations", empty["stations"]).with_table("plugs", empty["plugs"])
    return replace(prepared, inputs=bare)


@pytest.fixture(scope="session")
def needs() -> pd.DataFrame:
    """Return charging needs at a few places of the core, one with a pile of taxis at noon."""
    places = [(107.500, 31.205), (107.470, 31.215), (107.456, 31.202), (107.505, 31.240), (107.495, 31.190)]
    rows = [
        {"lon": lon, "lat": lat, "hour": hour, "group": group, "kwh": 60.0 + 200.0 * (hour == 12 and group == "taxi")}
        for lon, lat in places
        for group in ("taxi", "private")
        for hour in range(8, 20)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def result(core, needs) -> siting.SitingResult:
    """Return a small siting in two phases, from given needs."""
    settings = siting.SitingSettings(
        budget_cny=2.5e6,
        areas=("core",),
        loop=LoopSettings(rounds=1, replications=3),
        limits=Limits(gap_ratio=0.05, nodes_most=20),
    )
    return siting.solve(core, settings, needs=needs, progress=lambda _: None)

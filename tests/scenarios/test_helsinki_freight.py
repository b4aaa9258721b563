"""A day of freight in another country, on a network fetched from (a server that holds) real OpenStreetMap data.

The zones, terminals and flows are made up for this test and say so in every row; the streets, the railway and the
station are Helsinki's. The map has no waterway, so nobody can use one: its target is 0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from osm_extracts import REASON, helsinki
from overpass_server import read_elements, serving

from transport_sim import run
from transport_sim.config import Scenario
from transport_sim.network.area import box_area
from transport_sim.network.fetch import FetchOptions, fetch_network
from transport_sim.network.model import TABLE_SCHEMAS, Network
from transport_sim.network.osm import import_osm
from transport_sim.network.storage import save_network
from transport_sim.paths import embedded

CENTRE = (24.9351762, 60.164155, 24.9534145, 60.179113)
SYNTHETIC = {"source": "synthetic", "confidence": "memory"}
STATION, NORTHERN_TRACK = "25473463", "25474679"
ZONES = [
    # zone, kind, road node, inhabitants in thousands, weight of its freight, km beyond the map by road and by rail
    ("kluuvi", "internal", "142054935", 12, None, 0, 0),
    ("kruununhaka", "internal", "6051972448", 8, None, 0, 0),
    ("hakaniemi", "internal", "313781303", 10, None, 0, 0),
    ("espoo", "external", "295056712", None, 10, 15, None),
    ("tampere", "external", "178615442", None, 20, 175, 185),
]
# with so small a map nearly all of the haul lies beyond it, so the mean is all but given: 22.597 to 22.602 km
PARAMETERS = {
    "freight_total_t": 20_000_000,
    "target_rail_t": 2_000_000,
    "target_water_t": 0,
    "target_road_haul_km": 22.6,
}


pytestmark = [
    pytest.mark.osm_extract,
    pytest.mark.skipif(helsinki() is None, reason=REASON),
]


@pytest.fixture(scope="module")
def fetched(tmp_path_factory) -> Network:
    """Return the network of Helsinki's centre, fetched tile by tile."""
    with pytest.MonkeyPatch.context() as patch, serving(read_elements(helsinki())) as server:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("NO_PROXY", "127.0.0.1")
        return fetch_network(box_area(",".join(map(str, CENTRE))), FetchOptions(overpass_url=server.url))


def test_the_fetched_network_is_the_imported_one(fetched):
    imported = import_osm(helsinki(), bbox=CENTRE)
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(fetched, table), getattr(imported, table), obj=table)


def _tables(folder: Path) -> None:
    """Write a data folder: the general tables of the embedded scenario, and made-up places."""
    folder.mkdir()
    given = {path.stem: pd.read_csv(path) for path in (embedded("scenarios/dazhou") / "data").glob("*.csv")}
    names = [
        "zone",
        "kind",
        "road_node",
        "population_thousand",
        "external_weight_bulk",
        "beyond_road_km",
        "beyond_rail_km",
    ]
    zones = pd.DataFrame(ZONES, columns=names)
    zones["external_weight_general"] = zones["external_weight_bulk"]
    zones = zones.assign(
        name_en=zones["zone"], name_zh=zones["zone"], county="Helsinki", beyond_water_km=0, **SYNTHETIC
    )
    given["zones"] = zones[given["zones"].columns]
    terminal = {"mode": "rail", "berths_count": 4, "cranes_count": 4, "crane_rate_t_per_h": 200, "from_year": 2000}
    terminal |= {"to_year": 2100, "note": "a real place; that freight is handled here is made up", **SYNTHETIC}
    places = [
        {"terminal": STATION, "kind": "yard", "zone": ""},
        {"terminal": NORTHERN_TRACK, "kind": "gateway", "zone": "tampere"},
    ]
    given["terminals"] = pd.DataFrame([terminal | place for place in places])[given["terminals"].columns]
    inner = zones.loc[zones["kind"] == "internal", ["zone"]].merge(given["commodities"][["commodity"]], how="cross")
    made_up = inner.assign(production_weight=1.0, attraction_weight=1.0, note="made up", **SYNTHETIC)
    given["generators"] = made_up[given["generators"].columns]
    given["known_flows"] = given["known_flows"].iloc[:0]
    parameters = given["parameters"].set_index("parameter")
    for name, value in PARAMETERS.items():
        parameters.loc[name, ["value", "low", "high"]] = [value, np.nan, np.nan]
        parameters.loc[name, ["source", "confidence", "note"]] = ["synthetic", "memory", "made up"]
    given["parameters"] = parameters.reset_index()
    for name, frame in given.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def test_a_day_of_freight_runs_in_helsinki(fetched, tmp_path):
    save_network(fetched, tmp_path / "helsinki")
    _tables(tmp_path / "data")
    common = {"network": tmp_path / "helsinki", "data": tmp_path / "data", "years": (2022,), "replications": 1}
    common |= {"duration_days": 1, "annual_factor": 365.0, "parameter_uncertainty": False}
    baseline = Scenario(name="helsinki", title_en="Helsinki", title_zh="赫尔辛基", **common)
    # a charge on roads ends at the edge of the map, a few km away; trains at half price reach beyond it
    service = {"kind": "rail_service", "from_year": 2022, "origin_terminal": STATION}
    service |= {"destination_terminal": NORTHERN_TRACK, "trains_per_week": 50, "train_net_t": 2000, "rate_ratio": 0.5}
    package = Scenario(name="cheaper", title_en="Cheaper trains", title_zh="铁路降价", policies=(service,), **common)

    comparison = run.compare([baseline, package], report=False)

    assert all(result.audit["holds"].all() for result in comparison.results)
    values = comparison.table.set_index(["scenario", "indicator"])["mean"]
    assert values["helsinki", "freight_tonnes_road"] > values["helsinki", "freight_tonnes_rail"] > 0
    assert values["helsinki", "freight_tonnes_waterway"] == 0
    assert values["cheaper", "freight_tonnes_rail"] > values["helsinki", "freight_tonnes_rail"]
    assert values["cheaper", "co2e_wtw_t"] < values["helsinki", "co2e_wtw_t"]
    made_up = comparison.manifest["assumptions"]
    named = {row["name"] for row in made_up if row["source"] == "synthetic"}
    assert {*PARAMETERS, *(zone[0] for zone in ZONES)} <= named

"""The embedded map, exported to `.osm.pbf` and imported again, is the same map and gives the same results."""

import osmium
import pandas as pd
import pytest

from transport_sim.config import load_scenario
from transport_sim.network.build import load_network
from transport_sim.network.model import TABLE_SCHEMAS
from transport_sim.network.osm import import_osm
from transport_sim.network.storage import save_network
from transport_sim.paths import embedded
from transport_sim.run import compare


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dazhou")
    file = folder / "dazhou.osm.pbf"
    parts = [osmium.FileProcessor(str(part)) for part in sorted(embedded("networks/dazhou").glob("*.osm"))]
    with osmium.SimpleWriter(str(file)) as writer:
        for kind in ("is_node", "is_way"):
            for part in parts:
                for element in part:
                    if getattr(element, kind)():
                        writer.add(element)
    save_network(import_osm(file), folder / "network")
    return folder / "network"


def test_the_tables_are_the_same(imported):
    embedded_map, again = load_network(embedded("networks/dazhou"), cache=False), load_network(imported)
    for table in TABLE_SCHEMAS:
        pd.testing.assert_frame_equal(getattr(embedded_map, table), getattr(again, table), check_exact=True)


def test_the_baseline_gives_identical_results(imported):
    day = {"duration_days": 1, "annual_factor": 365.0, "replications": 1, "years": (2022,)}
    scenario = load_scenario(embedded("scenarios/dazhou") / "baseline.yaml").model_copy(update=day)
    other = scenario.model_copy(update={"network": imported})
    tables = [compare([each], report=False).table for each in (scenario, other)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)

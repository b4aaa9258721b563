from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd
import pyogrio
import pytest

from transport_sim.network.model import FACILITY_SCHEMA, UNREAD_SCHEMA, Network, as_schema
from transport_sim.network.validate import find, table, validate, write_places


def counts(network: Network) -> dict[str, int]:
    return dict(validate(network)[["check", "findings_count"]].itertuples(index=False))


def rows(network: Network, check: str) -> str:
    return str(validate(network).set_index("check").loc[check, "rows"])


def there_and_back(*ends):
    return [pair for a, b in ends for pair in ((a, b), (b, a))]


def moved(network: Network, lon, lat=0.0) -> Network:
    return replace(network, nodes=network.nodes.assign(lon=np.asarray(lon, float), lat=lat))


def test_a_trap_for_one_vehicle_class_is_found_apart_from_a_trap_for_all(bare):
    two_way = there_and_back((0, 1), (1, 2))
    clean = counts(bare(two_way))
    assert clean["every open road reaches every other"] == 0
    closed = bare(two_way, access_closed=["", "", "", "truck_heavy"])
    assert rows(closed, "no part of the road is a trap for truck_heavy") in {"2 (1 nodes)", "0 (2 nodes)"}
    assert counts(closed)["every open road reaches every other"] == 0
    assert "no part of the road is a trap for car" not in counts(closed)
    one_way = bare([*two_way, (2, 3)])
    assert rows(one_way, "every open road reaches every other") == "3 (1 nodes)"


@pytest.mark.parametrize(("metres", "expected"), [(20, 1), (120, 1), (299, 1), (301, 0)])
def test_ends_of_two_railways_near_each_other_are_a_gap(bare, metres, expected):
    lon = [0.0, 0.05, 0.05 + metres / 111_195, 0.2]
    network = moved(bare(there_and_back((0, 1), (2, 3)), mode="rail"), lon)
    network = replace(network, nodes=network.nodes.assign(mode="rail"))
    check = "no end of rail is within 300 m of another part"
    assert counts(network)[check] == expected
    if expected:
        assert rows(network, check) == f"1 and 2: {metres} m"
    assert counts(network)["rail is in one piece"] == 1
    assert counts(network)["rail has no dead end"] == 4


def test_odd_lengths_speeds_and_lanes_are_listed(bare):
    ends = there_and_back((0, 1), (1, 2), (2, 3))
    network = bare(
        ends,
        length_km=[0.009, 0.01, 50.0, 50.1, 5, 5],
        free_speed_kmh=[140.0, 141.0, 5.0, 4.9, 60.0, 60.0],
        lanes_count=[8, 9, None, 1, 1, 1],
    )
    found = counts(network)
    assert found["no link is under 10 m"] == 1
    assert found["no link is over 50 km"] == 1
    assert found["road speeds lie between 5 and 140 km/h"] == 2
    assert found["no direction has more than 8 lanes"] == 1
    assert found["every road has its lanes"] == 1
    assert rows(network, "no link is over 50 km") == "link 3: 50.1 km"
    assert found["no link is shorter than the great circle"] == 2


def test_broken_lines_are_found_and_do_not_stop_the_rest(bare):
    network = moved(bare(there_and_back((0, 1), (1, 2))), [0.0, 0.01, 0.02])
    texts = ["LINESTRING (0 0, 0.01 0)", "POINT (1 1)", "nonsense", "LINESTRING (0.02 0, 0.005 0)"]
    found = validate(replace(network, links=network.links.assign(geometry_wkt=texts, length_km=2.0))).set_index("check")
    assert found.loc["every link has a valid line", "rows"] == "link 1; link 2"
    assert found.loc["every line ends at its nodes", "rows"] == "link 3"


def test_facilities_without_a_node_and_tags_without_a_meaning(bare):
    facility = {"kind": ["fuel", "port"], "name": "", "name_en": "", "lon": 0.0, "lat": 0.0, "node_id": [0, None]}
    facility |= {"snap_km": [0.1, None], "osm_id": ["node/1", "way/2"]}
    unread = {"key": ["maxspeed", "lanes"], "value": ["fast", "many"], "ways_count": [1, 12]}
    network = replace(
        bare(there_and_back((0, 1))),
        facilities=as_schema(pd.DataFrame(facility, index=[2, 5]), FACILITY_SCHEMA),
        unread_tags=as_schema(pd.DataFrame(unread), UNREAD_SCHEMA),
    )
    assert rows(network, "every facility is near its network") == "port way/2"
    assert rows(network, "every tag value is understood") == "lanes=many (12 ways); maxspeed=fast (1 ways)"


def test_every_finding_with_a_place_is_in_the_geopackage(bare, tmp_path):
    found = find(bare([(0, 1), (1, 0), (1, 2)], length_km=[0.005, 60.0, 1.0]))
    write_places(found, tmp_path / "places.gpkg")
    layers = dict(pyogrio.list_layers(tmp_path / "places.gpkg"))
    assert len(layers) == (table(found)["findings_count"] > 0).sum()
    assert layers["no_link_is_over_50_km"] == "LineString"
    frame = pyogrio.read_dataframe(tmp_path / "places.gpkg", layer="every_open_road_reaches_every_other")
    assert frame["finding"].tolist() == ["2 (1 nodes)"]
    assert (frame["severity"].tolist(), frame["is_valid"].tolist()) == (["error"], [True])
    write_places([], tmp_path / "none.gpkg")
    assert pyogrio.list_layers(tmp_path / "none.gpkg")[:, 0].tolist() == ["nothing_found"]


def test_a_hundred_thousand_links_take_seconds(bare):
    ids = np.arange(160 * 160).reshape(160, 160)
    across, down = (ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:])
    ends = np.concatenate([np.column_stack([a.ravel(), b.ravel()]) for a, b in (across, down)])
    network = bare(np.concatenate([ends, ends[:, ::-1]]))
    lon, lat = ids.ravel() % 160 * 0.003, ids.ravel() // 160 * 0.003
    network = replace(network, nodes=network.nodes.assign(lon=lon, lat=lat))
    start = perf_counter()
    assert counts(network)["every open road reaches every other"] == 0
    assert len(network.links) > 100_000
    assert perf_counter() - start < 30


def test_an_empty_mode_and_a_single_link_are_no_finding(bare):
    network = bare([(0, 1), (1, 0)], mode="waterway")
    found = counts(network)
    assert found["road is in one piece"] == found["waterway is in one piece"] == 0
    assert found["no end of waterway is within 300 m of another part"] == 0

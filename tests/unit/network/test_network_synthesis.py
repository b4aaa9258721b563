import hashlib
import json
import logging
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from transport_sim.cli.main import main
from transport_sim.errors import NetworkError, OutputError
from transport_sim.network.build import load_network
from transport_sim.network.city_osm import FIRST_NODE
from transport_sim.network.footprint import Plane, read_footprint, urban_footprint
from transport_sim.network.storage import manifest
from transport_sim.network.synthesis import synthesise
from transport_sim.network.validate import validate
from transport_sim.paths import embedded

OVAL = shapely.affinity.scale(shapely.Point(107.5, 31.2).buffer(0.03), 1.5, 0.8)
FOOTPRINT = embedded("networks") / "tongchuan_dachuan_footprint.geojson"


@pytest.fixture
def oval(tmp_path) -> Path:
    file = tmp_path / "oval.geojson"
    file.write_text(json.dumps(shapely.geometry.mapping(OVAL)))
    return file


def elements(folder: Path):
    root = ET.parse(folder / "synthetic.osm").getroot()
    return [(item, {tag.get("k"): tag.get("v") for tag in item.iter("tag")}) for item in root]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_city(oval, tmp_path):
    texts = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        synthesise(tmp_path / name, seed=seed, population=300_000, footprint=oval)
        texts.append((tmp_path / name / "synthetic.osm").read_bytes())
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(("seed", "population"), [(1, 50_000), (2, 300_000), (3, 2_000_000)])
def test_a_city_of_its_own(oval, tmp_path, caplog, seed, population):
    made = synthesise(tmp_path / "city", seed=seed, population=population, footprint=oval)
    network = load_network(tmp_path / "city", cache=False)
    assert network.synthetic_share == pytest.approx(1)
    assert any("synthetic" in record.message and record.levelno == logging.WARNING for record in caplog.records)
    assert manifest(network)["synthetic_share"] == pytest.approx(1)
    found = validate(network).set_index("check")
    assert (found.loc[found["severity"] == "error", "findings_count"] == 0).all(), found
    assert found.loc["no link is synthetic", "findings_count"] == len(network.links)
    roads = network.mode_links("road")
    assert {"primary", "secondary", "tertiary", "residential"} == set(roads["link_class"])
    assert roads["length_km"].sum() / 2 == pytest.approx(made["street_km"], rel=0.01)
    assert made["street_km"] / made["area_km2"] == pytest.approx(
        np.clip(8 * population / 1e4 / made["area_km2"], 4, 12), rel=0.35
    )
    assert 2 <= made["bridges"] <= 12
    kinds = network.facilities["kind"].value_counts()
    assert kinds["fuel"] == made["fuel_stations"] == max(1, round(population / 15_000))
    assert kinds["marketplace"] == made["markets"]
    assert network.facilities["node_id"].notna().all()


def test_every_element_says_that_it_is_synthetic(oval, tmp_path):
    synthesise(tmp_path / "city", seed=1, population=200_000, footprint=oval)
    assert all(tags["synthetic"] == "yes" for _, tags in elements(tmp_path / "city"))
    parks = [item for item, tags in elements(tmp_path / "city") if tags.get("leisure") == "park"]
    assert parks
    assert all(park.find("nd").get("ref") == park.findall("nd")[-1].get("ref") for park in parks)


def test_streets_cross_the_river_on_bridges_only(oval, tmp_path):
    synthesise(tmp_path / "city", seed=4, population=300_000, footprint=oval)
    network = load_network(tmp_path / "city", cache=False)
    from transport_sim.network.export import link_lines

    links, lines = network.links, link_lines(network)
    river = shapely.union_all(lines[links["mode"] == "waterway"])
    crossing = shapely.intersects(lines, river) & links["mode"].eq("road").to_numpy()
    assert 2 <= crossing.sum() <= 40
    assert links.loc[crossing, "bridge"].all()
    assert shapely.buffer(OVAL, 1e-3).contains(shapely.union_all(lines[links["mode"] == "road"]))


def test_the_embedded_arterials_get_streets_between_them(tmp_path):
    made = synthesise(
        tmp_path / "city", seed=1, population=900_000, footprint="urban", join=embedded("networks/dazhou")
    )
    base, network = load_network(embedded("networks/dazhou")), load_network(tmp_path / "city", cache=False)
    assert made["joined_junctions"] > 40
    old, new = base.links.index, network.links.index
    assert old.isin(new).all()
    columns = ["from_node", "to_node", "length_km", "link_class", "free_speed_kmh"]
    pd.testing.assert_frame_equal(base.links[columns], network.links.loc[old, columns])
    pd.testing.assert_frame_equal(base.nodes.loc[:, :"lat"], network.nodes.loc[base.nodes.index, :"lat"])
    assert 0 < network.synthetic_share < 0.2
    found = validate(network).set_index("check")
    assert found.loc["every open road reaches every other", "findings_count"] == 0
    assert found.loc["road is in one piece", "findings_count"] == 0
    streets = network.links[~new.isin(old)]
    assert streets["confidence"].eq("synthetic").all()
    joints = np.union1d(streets["from_node"], streets["to_node"])
    assert (joints < FIRST_NODE).sum() == made["joined_junctions"]
    with pytest.raises(NetworkError, match="has a synthetic city already"):
        synthesise(tmp_path / "more", seed=1, population=900_000, footprint="urban", join=tmp_path / "city")


def test_joined_streets_cross_nothing(tmp_path):
    from transport_sim.network.export import link_lines

    synthesise(tmp_path / "city", seed=3, population=900_000, footprint=FOOTPRINT, join=embedded("networks/dazhou"))
    network = load_network(tmp_path / "city", cache=False)
    lines, made_up = link_lines(network), network.links["confidence"].eq("synthetic").to_numpy()
    old = shapely.STRtree(lines[~made_up & network.links["mode"].isin(["road", "waterway"]).to_numpy()])
    assert len(old.query(lines[made_up], predicate="crosses")[0]) == 0


def test_the_footprint_file_is_the_hull_of_the_embedded_junctions():
    stored = read_footprint(FOOTPRINT)
    computed = urban_footprint(load_network(embedded("networks/dazhou")))
    assert stored.symmetric_difference(computed).area / stored.area < 0.01
    rows = pd.read_csv(embedded("networks/manifest.csv")).set_index("name")
    assert rows.loc[FOOTPRINT.name, "sha256"] == hashlib.sha256(FOOTPRINT.read_bytes()).hexdigest()


def test_the_plane_is_true_to_scale_and_comes_back():
    from transport_sim.network.geometry import great_circle_km

    plane = Plane(107.5, 31.2)
    there = np.array([[107.6, 31.1], [107.5, 31.3]])
    metres = plane.to_m(there)
    assert plane.to_degrees(metres) == pytest.approx(there, abs=1e-12)
    assert np.hypot(*metres.T) == pytest.approx(1000 * great_circle_km(107.5, 31.2, *there.T), rel=2e-3)


BOW = {"type": "Polygon", "coordinates": [[[107, 31], [107.1, 31.1], [107.1, 31], [107, 31.1], [107, 31]]]}
THIN = {"type": "Polygon", "coordinates": [[[107, 31], [107.8, 31], [107.8, 31.00015], [107, 31.00015], [107, 31]]]}
SMALL = {"type": "Polygon", "coordinates": [[[107, 31], [107.001, 31], [107.001, 31.001], [107, 31]]]}
FAR = {"type": "Polygon", "coordinates": [[[500000, 0], [501000, 0], [501000, 1000], [500000, 0]]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not GeoJSON"),
        ("[]", "is not GeoJSON"),
        ("{}", "is not GeoJSON"),
        (b"\xff\xfe", "is not GeoJSON"),
        ({"type": "Point", "coordinates": [107, 31]}, "this is Point"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[[107, 31], [107.1, 31]]]}, "is not GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "has 0 features"),
        ({"type": "Feature", "geometry": None}, "is not GeoJSON"),
        (BOW, "not simple: Self-intersection"),
        (SMALL, "must measure between"),
        (THIN, "too narrow"),
        (FAR, "longitude and latitude"),
    ],
)
def test_bad_footprints_are_refused_and_leave_nothing(tmp_path, content, message):
    file = tmp_path / "footprint.geojson"
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(NetworkError, match=message):
        synthesise(tmp_path / "city", seed=1, population=100_000, footprint=file)
    assert [path.name for path in tmp_path.iterdir()] == ["footprint.geojson"]


def test_other_bad_input_is_refused(oval, tmp_path, small, write_network):
    folder = write_network()
    for population in (0, -5, 10**9):
        with pytest.raises(NetworkError, match="population must be between"):
            synthesise(tmp_path / "city", seed=1, population=population, footprint=oval)
    for footprint, join, message in (
        ("urban", None, "--join"),
        ("urban", folder, "0 urban junctions"),
        (oval, folder, "no road junction inside"),
        (oval, tmp_path, "folder of .osm files"),
        (tmp_path / "none.geojson", None, "cannot be read"),
    ):
        with pytest.raises(NetworkError, match=message):
            synthesise(tmp_path / "city", seed=1, population=10_000, footprint=footprint, join=join)
    with pytest.raises(OutputError, match="not empty"):
        synthesise(folder, seed=1, population=10_000, footprint=oval)


def test_the_command(oval, tmp_path, monkeypatch, capsys):
    words = ["network", "synthesise", "--seed", "1", "--footprint", str(oval), "-o", str(tmp_path / "city")]
    for population, code in (("0", 2), ("100000", 0), ("100000", 2)):
        monkeypatch.setattr(sys, "argv", ["transport-sim", *words, "--population", population])
        with pytest.raises(SystemExit) as end:
            main()
        assert (end.value.code or 0) == code
    assert "is not empty" in capsys.readouterr().err

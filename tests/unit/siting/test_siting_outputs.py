"""The files of a siting open in other tools, say the same as the frames, and appear whole or not at all."""

import re
import zipfile

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
from ruamel.yaml import YAML

from transport_sim.errors import OutputError, SitingError
from transport_sim.siting import outputs
from transport_sim.siting.frames import SITE_COLUMNS
from transport_sim.siting.outputs import write_siting
from transport_sim.siting.wording import HEADINGS
from transport_sim.tables.siting import FLEETS_OF_GROUP

FILES = {
    *(f"{name}.{ending}" for name in ("candidates", "sites") for ending in ("geojson", "gpkg", "csv", "xlsx")),
    *("map.png", "pareto.png", "charging_build_out.yaml", "siting.html", "manifest.json"),
}
ASKED = {"score", "plugs_count", "power_kw", "cost_cny", "demand_kwh", "mean_wait_minutes", "population_persons"}
ASKED |= {"rank", "reason"}


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("siting")
    for language in ("en", "zh"):
        write_siting(result, folder / language, language=language)
    return folder


def texts(path):
    with zipfile.ZipFile(path) as book:
        return re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_folder_has_every_file(written, language):
    assert {path.name for path in (written / language).iterdir()} == FILES


@pytest.mark.parametrize("name", ["candidates", "sites"])
@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
def test_layers_open_elsewhere_with_crs_valid_points_and_plain_field_names(written, result, name, ending):
    path = written / "zh" / f"{name}.{ending}"
    about = pyogrio.read_info(path)
    assert about["crs"] == "EPSG:4326"
    assert about["geometry_type"] == "Point"
    assert set(about["fields"]) >= ASKED
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", field) for field in about["fields"]), "no field needs quotes in QGIS"
    frame = geopandas.read_file(path)
    assert frame.geometry.is_valid.all()
    assert not frame.geometry.is_empty.any()
    assert len(frame) == len(getattr(result, name))
    assert np.allclose(frame.geometry.x, frame["lon"])


def test_csv_and_excel_have_headings_in_the_language(written):
    for language, column in (("en", 0), ("zh", 1)):
        heads = pd.read_csv(written / language / "sites.csv", encoding="utf-8-sig").columns
        assert heads.tolist() == [HEADINGS[c][column] for c in SITE_COLUMNS]
        for name in ("candidates", "sites"):
            found = texts(written / language / f"{name}.xlsx")
            assert {HEADINGS[c][column] for c in ASKED} <= set(found)
    assert "rank" not in texts(written / "zh" / "sites.xlsx")


def test_reasons_are_in_the_language(written):
    reasons = {
        language: geopandas.read_file(written / language / "candidates.gpkg")["reason"] for language in ("en", "zh")
    }
    assert "passes every rule" in set(reasons["en"])
    assert "符合全部规则" in set(reasons["zh"])


def test_the_policy_builds_what_the_list_says(written, result):
    content = YAML(typ="safe").load((written / "en" / "charging_build_out.yaml").read_text(encoding="utf-8"))
    assert [p["kind"] for p in content["policies"]] == ["charging_build_out"] * 2
    assert [p["from_year"] for p in content["policies"]] == [2025, 2030]
    names = []
    for policy in content["policies"]:
        own = result.sites[(result.sites["year"] == policy["from_year"]) & (result.sites["new_plugs_count"] > 0)]
        assert sum(s["plugs"][0]["plugs_count"] for s in policy["sites"]) == own["new_plugs_count"].sum()
        for built in policy["sites"]:
            assert set(built) == {"station", "name", "lon", "lat", "users", "feeder_kw", "plugs", "tariff"}
            (plug,) = built["plugs"]
            assert set(plug) == {"kind", "power_kw", "plugs_count"}
            assert built["feeder_kw"] == pytest.approx(plug["power_kw"] * plug["plugs_count"])
            assert set(built["users"].split(";")) <= {fleet for own in FLEETS_OF_GROUP.values() for fleet in own}
            names.append(built["station"])
    assert len(set(names)) == len(names), "a station is built once"
    extended = (written / "en" / content["extends"]).resolve()
    assert extended.name == "traffic.yaml"
    assert extended.exists()


def test_pictures_show_something(written):
    from matplotlib.image import imread

    for language in ("en", "zh"):
        for name in ("map.png", "pareto.png"):
            picture = imread(written / language / name)
            assert picture.shape[1] >= 1000
            assert len(np.unique(picture[::9, ::9].reshape(-1, picture.shape[2]), axis=0)) > 50


def test_the_page_says_how_the_loops_compare(written, result):
    page = (written / "en" / "siting.html").read_text(encoding="utf-8")
    for phase in result.phases:
        said = {"better": "the closed loop serves", "same": "is not better than", "worse": "is worse than"}
        assert f"{phase.year}: " in page
        assert said[phase.loop.verdict] in page
    assert "assumptions" in page
    assert "<html lang='zh'>" in (written / "zh" / "siting.html").read_text(encoding="utf-8")


def test_phases_stay_within_their_budgets_and_keep_what_they_built(result):
    spent = result.sites.groupby("year")["cost_cny"].sum()
    assert (spent <= 2.5e6).all()
    first, second = (set(result.sites.loc[result.sites["year"] == y, "place"]) for y in (2025, 2030))
    assert first <= second
    later = result.sites.set_index(["year", "place"])["plugs_count"]
    assert all(later[2030, place] >= later[2025, place] for place in first)


def test_frames_have_places_and_say_what_was_proven(result):
    for frame in (result.candidates, result.sites, result.pareto, result.history):
        assert frame.crs.to_epsg() == 4326
        assert frame.geometry.notna().all()
    assert set(result.pareto["status"]) <= {"optimal", "feasible"}
    assert (result.pareto["gap_ratio"] <= 0.06).all()
    assert result.pareto["cover_ratio"].is_monotonic_increasing or (result.pareto["gap_ratio"] > 0).any()
    ranked = result.candidates["rank"].dropna()
    assert ranked.tolist() == list(range(1, len(ranked) + 1))


def test_nothing_is_left_when_writing_fails(result, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "siting_map", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_siting(result, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_earlier_results_are_replaced_only_if_told_to(result, written, tmp_path):
    with pytest.raises(OutputError, match="--overwrite"):
        write_siting(result, written / "en")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="holds no earlier results"):
        write_siting(result, tmp_path / "other", overwrite=True)


def test_an_unknown_language_is_refused(result, tmp_path):
    with pytest.raises(SitingError, match="no language 'fr'"):
        write_siting(result, tmp_path / "out", language="fr")

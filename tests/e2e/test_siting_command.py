"""The command `site` as a user meets it: one good run, and a clear message for everything that can go wrong."""

import pandas as pd
import pytest

from transport_sim.paths import embedded

SCENARIO = embedded("scenarios/dazhou") / "traffic.yaml"
PLACES = [(107.500, 31.205), (107.470, 31.215), (107.456, 31.202)]


@pytest.fixture
def needs(tmp_path):
    """Return a table of charging needs, small enough for a test."""
    rows = [(lon, lat, hour, "taxi", 120.0) for lon, lat in PLACES for hour in range(8, 18)]
    path = tmp_path / "needs.csv"
    pd.DataFrame(rows, columns=["lon", "lat", "hour", "group", "kwh"]).to_csv(path, index=False)
    return path


def test_a_list_a_map_and_a_policy_come_out(cli, needs, tmp_path):
    out = tmp_path / "out"
    said = cli(
        *("site", SCENARIO, "-o", out, "--budget", 2_000_000, "--phases", "2025", "--needs", needs, "--lang", "zh"),
        *("--rounds", 1, "--replications", 2, "--areas", "core"),
    )
    assert said.code == 0, said.err
    assert "闭环" in said.out
    assert "siting.html" in said.out
    assert (out / "sites.gpkg").exists()
    again = cli("site", SCENARIO, "-o", out, "--budget", 2_000_000)
    assert again.code == 2
    assert "--overwrite" in again.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say how much each phase may open"),
        (["--budget", "-5"], "budget_cny must be 0 or more"),
        (["--sites", "0"], "sites must be a whole number of at least 1"),
        (["--sites", "5", "--phases", "2030,2025"], "phases must be years in ascending order"),
        (["--sites", "5", "--phases", "soon"], "--phases must be years such as 2025,2030"),
        (["--sites", "5", "--areas", "moon"], "areas must be some of core, county, corridor"),
        (["--sites", "5", "--rural-cover", "2"], "rural_cover_share must be from 0 to 1"),
        (["--sites", "5", "--replications", "0"], "replications must be from 1"),
        (["--sites", "5", "--needs", "nowhere.csv"], "nowhere.csv: cannot be read as a table"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_long(cli, tmp_path, words, said):
    answer = cli("site", SCENARIO, "-o", tmp_path / "out", *words)
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "out").exists()


def test_more_sites_than_candidates_are_refused_with_their_number(cli, needs, tmp_path):
    answer = cli("site", SCENARIO, "-o", tmp_path / "out", "--sites", 5000, "--needs", needs, "--phases", "2025")
    assert answer.code == 2
    assert "sites is 5000, but there are only" in answer.err


def test_negative_needs_are_refused_with_their_line(cli, needs, tmp_path):
    table = pd.read_csv(needs)
    table.loc[3, "kwh"] = -1.0
    table.to_csv(needs, index=False)
    answer = cli("site", SCENARIO, "-o", tmp_path / "out", "--sites", 3, "--needs", needs, "--phases", "2025")
    assert answer.code == 2
    assert "kwh must not be negative; 1 rows are not, first at line 5" in answer.err


def test_a_scenario_without_streets_says_what_it_needs(cli, tmp_path):
    baseline = embedded("scenarios/dazhou") / "baseline.yaml"
    answer = cli("site", baseline, "-o", tmp_path / "out", "--sites", 3)
    assert answer.code == 2
    assert "siting needs streets and trips" in answer.err
    assert list(tmp_path.iterdir()) == []

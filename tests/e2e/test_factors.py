"""The commands `factors list`, `show`, `validate` as a user meets them; `trace` is tested with the results."""

import csv
import io
import json
from pathlib import Path

import pytest

from transport_sim.factors.methods import FACTOR_SETS
from transport_sim.factors.view import COLUMNS


def test_list_names_sets_tables_and_sources(cli):
    said = cli("factors", "list")
    assert said.code == 0
    for text in (*FACTOR_SETS, "(default)", "stands in", "road_emep", "emep_eea_1a3b"):
        assert text in said.out
    one = cli("factors", "list", "glec_v3").out
    assert "published_co2e" in one
    assert "china_official" in one
    assert "carbon_content" not in one


def test_show_finds_rows_by_table_and_key(cli):
    said = cli("factors", "show", "region=sichuan", "quantity=grid_kgco2_per_kwh", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["value"] for row in rows] == ["0.1255", "0.1404", "0.1564"]
    assert list(rows[0]) == list(COLUMNS)
    assert {row["boundary"] for row in rows} == {"WTT"}
    diesel = json.loads(cli("factors", "show", "fuels", "energy_carrier=diesel", "--format", "json").out)
    assert {"ncv_mj_per_kg", "glec_co2e_wtw_kg_per_kg"} <= {row["quantity"] for row in diesel}
    assert "42.652" in cli("factors", "show", "fuels", "energy_carrier=diesel").out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("show fule", "no factor table 'fule'; did you mean 'fuels'?"),
        ("show fuels energy_carier=diesel", "no column 'energy_carier' in the factor tables; did you mean 'energy_carrier'?"),
        ("show fuels energy_carrier=coal", "no factor row has fuels, energy_carrier=coal"),
        ("list glec", "no factor set or folder 'glec'; did you mean 'glec_v3'?"),
        ("validate absent", "no factor set or folder 'absent'"),
        ("trace absent", "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_word_ends_with_2_and_says_what_there_is(cli, words: str, text: str):
    said = cli("factors", *words.split())
    assert said.code == 2
    assert text in said.err


def test_validate_checks_the_package_and_lists_every_problem_of_an_own_folder(cli, tmp_path: Path):
    assert cli("factors", "validate").out.startswith("no problems found: ")
    (tmp_path / "sources.csv").write_text("source_id,title,edition,table_or_page,address,licence\n", encoding="utf-8")
    (tmp_path / "sets.csv").write_text(
        "factor_set,purpose,method,stands_in,note\nmine,fuel_ttw,carbon_content,glec_v3,\nmine,gwp,gwp20,,\n", "utf-8"
    )
    said = cli("factors", "validate", tmp_path)
    assert said.code == 2
    for text in ("unknown method 'gwp20' of gwp", "no row for purpose 'rail'", "'glec_v3' does not have the method"):
        assert text in said.err


@pytest.mark.parametrize("content", ["5", "null", "[]", '{"scenarios": []}', "[" * 100_000])
def test_trace_refuses_a_manifest_that_is_none(cli, tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    said = cli("factors", "trace", str(tmp_path))
    assert said.code == 2
    assert "Traceback" not in said.err
    assert "manifest" in said.err


def test_a_set_from_a_spreadsheet_is_read_and_a_broken_one_named(cli, tmp_path):
    source = Path(__file__).parents[2] / "transport_sim" / "factors"
    for name in ("sets.csv", "sources.csv", "fuels.csv"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    whole = (source / "fuels.csv").read_text(encoding="utf-8")
    (tmp_path / "fuels.csv").write_text("\ufeff" + whole + "\n\n", encoding="utf-8")
    first = cli("factors", "validate", str(tmp_path))
    (tmp_path / "fuels.csv").write_text(whole.replace("diesel,", '"diesel,', 1) + "x" * 200_000, encoding="utf-8")
    said = cli("factors", "validate", str(tmp_path))
    assert said.code == 2
    assert "fuels.csv" in said.err
    assert "Traceback" not in said.err
    assert "ufeff" not in first.err

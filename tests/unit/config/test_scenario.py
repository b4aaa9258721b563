"""The scenario as a value, made in Python, and its JSON Schema."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from transport_sim.config import Scenario, load_scenario, scenario_json_schema
from transport_sim.policies import registered_policies

ROOT = Path(__file__).parents[3]


def made(folder: Path, **changes: Any) -> Scenario:
    values = {
        "name": "base",
        "title_en": "Base case",
        "title_zh": "基准情景",
        "network": folder / "net",
        "data": folder / "data",
        "years": (2022, 2030),
    }
    return Scenario(**{**values, **changes})


SIDING = {"kind": "test_siding", "from_year": 2025, "terminal": "a"}


def test_a_scenario_made_in_python_equals_the_one_from_the_file(folder: Path):
    assert made(folder) == load_scenario("base.yaml")
    assert made(folder) != made(folder, seed=2)
    assert made(folder).source_files == ()


def test_defaults(folder: Path):
    scenario = made(folder)
    stated = {"name", "title_en", "title_zh", "network", "data", "years"}
    assert scenario.model_dump(exclude=stated) == {
        "description": "",
        "base_year": 2022,
        "seed": 1,
        "replications": 5,
        "duration_days": 7,
        "annual_factor": 365 / 7,
        "grid_region": "sichuan",
        "grid_region_beyond": "china",
        "grid_path": "frozen",
        "factor_set": "cn_emep_glec",
        "gwp_set": "AR6",
        "parameter_uncertainty": True,
        "wait_rounds": 3,
        "wait_tolerance_ratio": 0.001,
        "parameters": {},
        "traffic": None,
        "fleets": None,
        "policies": (),
    }
    assert made(folder, duration_days=14).annual_factor == 365 / 14
    assert made(folder, annual_factor=50).annual_factor == 50


def test_a_scenario_is_frozen_and_closed(folder: Path):
    with pytest.raises(ValidationError, match="frozen"):
        made(folder).seed = 3
    with pytest.raises(ValidationError, match="extra_forbidden"):
        made(folder, source_files=())
    with pytest.raises(ValidationError, match="valid integer"):
        made(folder, seed="5")


def test_round_trips_keep_policies(folder: Path):
    policy = registered_policies()["test_siding"](**{**SIDING, "slots": [{"start_h": 5}]})
    scenario = made(folder, policies=[policy, {**SIDING, "terminal": "b"}])
    assert scenario.policies[0] is policy
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json(), strict=True) == scenario


def test_a_loaded_scenario_survives_the_way_to_a_worker(folder: Path):
    scenario = load_scenario("base.yaml")
    copy = pickle.loads(pickle.dumps(scenario))  # noqa: S301 (our own bytes)
    assert copy == scenario
    assert copy.source_files == scenario.source_files


def test_duplicates_made_in_python_are_refused(folder: Path):
    with pytest.raises(ValidationError, match=r"policies\.1\n  duplicate policy, first stated as policies\.0"):
        made(folder, policies=[SIDING, {**SIDING, "share": 0.1}])


def test_schema_has_extends_and_every_policy(test_policies: None):
    schema = scenario_json_schema()
    assert {"$ref": "#/$defs/RailSiding"} in schema["properties"]["policies"]["items"]["oneOf"]
    siding = schema["$defs"]["RailSiding"]
    assert siding["required"] == ["kind", "from_year", "terminal"]
    assert siding["properties"]["terminal"]["description"] == "Where it is built."
    assert siding["additionalProperties"] is False
    assert "extends" in schema["properties"]
    assert schema["anyOf"][0] == {"required": ["extends"]}
    assert all(field.get("description") for field in schema["properties"].values())


def test_schema_without_any_policy_allows_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("transport_sim.config.scenario.registered_policies", dict)
    assert scenario_json_schema()["properties"]["policies"]["items"] is False


def test_committed_schema_is_in_sync():
    committed = json.loads((ROOT / "scenarios/schema.json").read_text(encoding="utf-8"))
    assert committed == scenario_json_schema(), "regenerate it: transport-sim schema > scenarios/schema.json"

"""The examples of docs/restrictions.md are read as users would write them, so the page cannot fall behind the code."""

import io
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from transport_sim.choice.response import RESPONSE_PARAMETERS
from transport_sim.conditions import When, Where, Who
from transport_sim.policies import registered_policies

PAGE = (Path(__file__).parents[2] / "docs" / "restrictions.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))


def examples(section: str) -> list:
    (block,) = re.findall(r"```yaml\n(.*?)```", SECTIONS[section], flags=re.DOTALL)
    found = YAML(typ="safe").load(io.StringIO(block))
    return found["policies"] if isinstance(found, dict) else found


@pytest.mark.parametrize(("section", "model"), [("Who", Who), ("Where", Where), ("When", When)])
def test_every_example_of_the_language_is_understood(section: str, model: type[BaseModel]):
    found = [model.model_validate(stated) for stated in examples(section)]
    assert len(found) >= 5
    stated_fields = {name for stated in examples(section) for name in stated}
    assert stated_fields == set(model.model_fields), "the page shows every field"


def test_every_restriction_has_an_example_that_is_understood():
    kinds = {stated["kind"] for stated in examples("The policies")}
    kinds |= {kind for kind in registered_policies() if "`packages/" in row_of(kind)}
    for stated in examples("The policies"):
        registered_policies()[stated["kind"]].model_validate(stated)
    restrictions = {kind for kind in registered_policies() if row_of(kind)}
    assert kinds == restrictions
    assert len(restrictions) == 6


def row_of(kind: str) -> str:
    return next((line for line in SECTIONS["The policies"].splitlines() if line.startswith(f"| `{kind}`")), "")


def test_the_parameters_that_the_page_names_exist():
    named = set(re.findall(r"`(\w+_(?:ratio|min|per_h|per_min|share))`", SECTIONS["What restricted travellers do"]))
    assert named
    assert named <= set(RESPONSE_PARAMETERS)

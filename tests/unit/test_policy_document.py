"""docs/policies.md is made from the policies' own words."""

from pathlib import Path

from transport_sim.policies import registered_policies
from transport_sim.policy_document import PACKAGE, document

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_page_is_in_step():
    text = PAGE.read_text(encoding="utf-8")
    assert text == document(), "run: python -m transport_sim.policy_document > docs/policies.md"


def test_every_parameter_is_explained():
    for kind, cls in registered_policies().items():
        if cls.__module__.startswith(PACKAGE):
            assert [n for n, f in cls.model_fields.items() if n != "kind" and not f.description] == [], kind

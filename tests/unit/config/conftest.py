"""A scenario folder on disk, and two kinds of policy that only these tests know."""

from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import pytest
from pydantic import BaseModel, Field, model_validator

from transport_sim.policies import Policy, base, registered_policies

BASE = """\
name: base
title_en: Base case
title_zh: 基准情景
network: net
data: data
years: [2022, 2030]
"""


@pytest.fixture
def test_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register policies for one test."""
    registered_policies()  # a module registers its class once: let the real ones do it before they are set aside
    monkeypatch.setattr(base, "_registry", {})

    class Slot(BaseModel, extra="forbid"):
        start_h: float = Field(ge=0, le=24)

    class RailSiding(Policy):
        """A siding takes a share of the freight."""

        identity_fields: ClassVar[tuple[str, ...]] = ("terminal",)
        kind: Literal["test_siding"] = "test_siding"
        terminal: str
        """Where it is built."""
        share: float = Field(default=0.5, ge=0, le=1)
        slots: tuple[Slot, ...] = ()
        modes: frozenset[Literal["rail", "road"]] = frozenset({"rail"})
        limit_t: int | str = 0

        def apply(self, inputs: Any) -> Any:
            return inputs

    class FuelTax(Policy):
        """A tax on fuel."""

        kind: Literal["fuel_tax"] = "fuel_tax"
        rate_cny_per_kg: float = Field(gt=0)

        @model_validator(mode="after")
        def _bearable(self) -> Self:
            if self.rate_cny_per_kg > 100:
                raise ValueError("a tax above 100 CNY/kg is a ban; say so with an access rule")
            return self

        def apply(self, inputs: Any) -> Any:
            return inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test_policies: None) -> Path:
    """Make a folder with a network, data and one good scenario, and work in it."""
    for name in ("net", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path

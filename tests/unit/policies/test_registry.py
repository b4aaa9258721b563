"""A policy class is known as soon as it is defined, and described by its own words."""

import pkgutil
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field, ValidationError

from transport_sim import policies
from transport_sim.errors import PolicyError, did_you_mean
from transport_sim.policies import FieldSummary, Policy, base, policy_summary, registered_policies


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    registered_policies()
    monkeypatch.setattr(base, "_registry", dict(base._registry))


def define(kind: str, module: str = __name__, **attributes: Any) -> type[Policy]:
    """Define a policy class as if in another module."""
    namespace = {
        "__module__": module,
        "__qualname__": "Made",
        "__annotations__": {"kind": Literal[kind]},
        "kind": kind,
        "apply": lambda self, inputs: inputs,
    }
    return type(Policy)("Made", (Policy,), {**namespace, **attributes})


class Abstract(Policy):
    """Common part of some policies; has no `apply`, so it is no policy itself."""

    zone: str


def test_a_class_is_registered_when_it_is_defined():
    cls = define("test_made")
    assert registered_policies()["test_made"] is cls
    assert list(registered_policies()) == sorted(registered_policies())
    assert Abstract not in registered_policies().values()


def test_every_file_of_the_folder_is_scanned():
    known = {cls.__module__ for cls in registered_policies().values()}
    files = {f"{policies.__name__}.{module.name}" for module in pkgutil.iter_modules(policies.__path__)}
    assert {name for name in known if name.startswith(f"{policies.__name__}.")} <= files


def test_a_notebook_cell_may_be_run_again():
    define("test_made", "__main__")
    again = define("test_made", "__main__")
    assert registered_policies()["test_made"] is again


def test_a_notebook_may_replace_a_policy_of_the_package():
    define("test_made", "somewhere.else")
    mine = define("test_made", "__main__")
    assert registered_policies()["test_made"] is mine


def test_two_files_may_not_claim_one_kind():
    first = define("test_made", "one")
    with pytest.raises(PolicyError, match=r"two policies of kind 'test_made': one\.Made and two\.Made"):
        define("test_made", "two")
    assert registered_policies()["test_made"] is first


@pytest.mark.parametrize("annotation", [str, Literal["a", "b"], Literal["b"], Literal[5]])
def test_a_kind_is_one_literal_word(annotation: Any):
    with pytest.raises(PolicyError, match=r'Made: state its kind as `kind: Literal\["x"\] = "x"`'):
        define("a", __annotations__={"kind": annotation})


def test_identity_fields_must_exist():
    with pytest.raises(PolicyError, match="identity_fields names no field of it: zone"):
        define("test_made", identity_fields=("zone",), __annotations__={"kind": Literal["test_made"]})


def test_a_policy_is_frozen_closed_and_in_range():
    cls = define("test_made")
    policy = cls(from_year=2025)
    with pytest.raises(ValidationError, match="frozen"):
        policy.from_year = 2026
    for wrong in ({"from_year": 2061}, {"from_year": "2025"}, {"from_year": 2025, "year": 1}, {}):
        with pytest.raises(ValidationError):
            cls(**wrong)


def test_identity_is_everything_or_the_named_fields():
    class Toll(Abstract):
        identity_fields: ClassVar[tuple[str, ...]] = ()
        kind: Literal["test_toll"] = "test_toll"
        toll_cny: float = 1.0

        def apply(self, inputs: Any) -> Any:
            return inputs

    class ZoneToll(Toll):
        identity_fields: ClassVar[tuple[str, ...]] = ("zone",)
        kind: Literal["test_zone_toll"] = "test_zone_toll"

    assert Toll(from_year=2025, zone="a").identity() == ("test_toll", 2025, "a", 1.0)
    assert ZoneToll(from_year=2025, zone="a").identity() == ("test_zone_toll", "a")


def test_summary_for_people():
    class Toll(Abstract):
        """Vehicles pay on entry.

        More words that the list has no room for.
        """

        kind: Literal["test_toll"] = "test_toll"
        toll_cny_per_vkm: float = Field(gt=0)
        """What one kilometre
        costs."""
        start_h: float | None = None
        max_speed_kmh: int = 40
        exempt_share: float = 0.0
        modes: tuple[Literal["road", "rail"], ...] = ("road",)

        def apply(self, inputs: Any) -> Any:
            return inputs

    summary = policy_summary("test_toll")
    assert summary.kind == "test_toll"
    assert summary.summary == "Vehicles pay on entry."
    assert summary.fields == (
        FieldSummary("from_year", "int", "year", "required", "First year in which the policy acts."),
        FieldSummary("zone", "str", "", "required", ""),
        FieldSummary("toll_cny_per_vkm", "float", "CNY/vkm", "required", "What one kilometre costs."),
        FieldSummary("start_h", "float | None", "h", "None", ""),
        FieldSummary("max_speed_kmh", "int", "km/h", "40", ""),
        FieldSummary("exempt_share", "float", "-", "0.0", ""),
        FieldSummary("modes", "tuple[Literal['road', 'rail'], ...]", "", "('road',)", ""),
    )


def test_summary_of_an_unknown_kind():
    define("test_made")
    with pytest.raises(PolicyError, match=r"no policy of kind 'test_mad'; did you mean 'test_made'\?"):
        policy_summary("test_mad")


def test_did_you_mean():
    assert did_you_mean("nort", ["south", "north"]) == "; did you mean 'north'?"
    assert did_you_mean("x", ["south", "north"]) == "; known: north, south"
    assert did_you_mean("x", []) == ""

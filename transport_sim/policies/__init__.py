"""Policies: one file each in this folder, found by scanning it; a file that goes takes nothing else with it."""

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from transport_sim.errors import PolicyError, did_you_mean
from transport_sim.policies import base
from transport_sim.policies.base import FreightPolicy, Policy

__all__ = ["FieldSummary", "Policy", "PolicySummary", "policy_summary", "registered_policies"]


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """One parameter of a policy, for people."""

    name: str
    type: str
    unit: str
    """Read off the name ("kWh/km" of `use_kwh_per_km`); "-" for shares and ratios, empty for words and lists."""
    default: str
    """As Python writes it; "required" if there is none."""
    description: str


@dataclass(frozen=True, slots=True)
class PolicySummary:
    """One kind of policy, for people."""

    kind: str
    summary: str
    fields: tuple[FieldSummary, ...]
    opinion_items: tuple[int, ...] = ()
    """Items of the municipal opinion whose measures it stands for."""


def registered_policies() -> dict[str, type[Policy]]:
    """Return every known policy class by its kind, in alphabetical order; the first call scans the folder."""
    _import_folder()
    return dict(sorted(base._registry.items()))  # noqa: SLF001 (the registry belongs to this package)


def policy_summary(kind: str) -> PolicySummary:
    """Describe one kind of policy by its docstring and fields; which freight it concerns comes last.

    Raises
    ------
    PolicyError
        If no policy has this kind.
    """
    known = registered_policies()
    if kind not in known:
        raise PolicyError(f"no policy of kind {kind!r}{did_you_mean(kind, known)}")
    cls = known[kind]
    last = FreightPolicy.model_fields.keys() - Policy.model_fields.keys() if issubclass(cls, FreightPolicy) else set()
    own = [name for name in cls.model_fields if name not in ("kind", "public_cost")]
    fields = tuple(_field_summary(name, cls.model_fields[name]) for name in sorted(own, key=last.__contains__))
    return PolicySummary(kind, (cls.__doc__ or "").strip().partition("\n")[0], fields, cls.opinion_items)


@cache
def _import_folder() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def _field_summary(name: str, field: FieldInfo) -> FieldSummary:
    return FieldSummary(
        name=name,
        type=re.sub(r"\b(?:[A-Za-z_]\w*\.)+", "", _text(_plain(field.annotation))),
        unit=_unit(name),
        default="required" if field.is_required() else repr(_default(field)),
        description=" ".join((field.description or "").split()),
    )


def _plain(annotation: Any) -> Any:  # noqa: ANN401 (any annotation)
    """Leave out what only validators read."""
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _plain(inner[0])
    if not inner or get_origin(annotation) is Literal:
        return annotation
    plain = tuple(_plain(part) for part in inner)
    return reduce(or_, plain) if isinstance(annotation, UnionType) else get_origin(annotation)[plain]


def _text(annotation: Any) -> str:  # noqa: ANN401 (any annotation)
    return repr(annotation) if get_args(annotation) else inspect.formatannotation(annotation)


def _default(field: FieldInfo) -> Any:  # noqa: ANN401 (a default may be anything)
    return field.get_default(call_default_factory=True, validated_data={})


_UNITS = {
    **{unit: unit for unit in ("s", "h", "min", "m", "km", "t", "tkm", "vkm", "g", "kg", "pcu", "teu", "year")},
    "kmh": "km/h",
    "kw": "kW",
    "kwh": "kWh",
    "mj": "MJ",
    "cny": "CNY",
    **dict.fromkeys(("share", "ratio", "count", "soc"), "-"),
}


def _unit(name: str) -> str:
    """Read the unit at the end of a field name."""
    *_, over, per, under = ["", "", "", *name.split("_")]
    if per == "per" and over in _UNITS and under in _UNITS:
        return f"{_UNITS[over]}/{_UNITS[under]}"
    return _UNITS.get(under, "")

"""Say what pydantic found in words that a user of scenario files knows."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from transport_sim.errors import did_you_mean

LONGEST_VALUE = 60

_WORDS = {
    "missing": "required key is missing",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have {max_length} or fewer characters",
    "too_short": "must have {min_length} or more items",
    "too_long": "must have {max_length} or fewer items",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "must be a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "dataclass_type"), "must be a map of keys"),
}

_WITHOUT_VALUE = {"missing", "policy_kind", "folder", "file", "ascending", "duplicate_policy", "one_network"}


def explain(error: ErrorDetails, given: object, known_keys: Iterable[str]) -> str:
    """Write the message for one error.

    Parameters
    ----------
    error
        What pydantic reports.
    given
        The value that the file states there, as plain data.
    known_keys
        The keys that could have stood there; read for unknown keys only.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(error['loc'][-1]), known_keys)}"
    if kind in {"value_error", "assertion_error"}:
        return str(context["error"])
    if kind in _WORDS:
        text = _WORDS[kind].format(**{key: _bound(value) for key, value in context.items()})
    else:
        text = re.sub(r"^(Input|Value|String|Data) should ", "must ", error["msg"])
    if kind in _WITHOUT_VALUE:
        return text
    hint = " (put it in quotes)" if kind == "string_type" and isinstance(given, int | float) else ""
    return f"{text}, got {_show(given)}{hint}"


def _bound(value: Any) -> str:  # noqa: ANN401 (limits have the type of their field)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _show(value: object) -> str:
    """Write a value as the user would, at a bearable length."""
    if isinstance(value, dict | list):
        name = "map" if isinstance(value, dict) else "list"
        return f"a {name} of {len(value)}" if value else f"an empty {name}"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 4]}...{text[-1]}"

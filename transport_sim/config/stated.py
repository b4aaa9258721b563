"""Read one YAML file into values that know where they are stated; refuse whatever is not plain data."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from transport_sim.errors import did_you_mean

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 20_000
MAX_DIGITS = 40

Scalar: TypeAlias = str | int | float | bool | None
Place: TypeAlias = tuple[str | int, ...]


class Problem(NamedTuple):
    """One thing that is wrong in a file."""

    file: Path
    line: int
    place: Place
    """Keys and positions that lead to it; empty if it is the file itself."""
    text: str


class UnreadableError(Exception):
    """A file as a whole cannot be understood; `line` is None where no line is to blame."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class Stated:
    """One value of a YAML file; its line is the line of its key, or of itself in a list."""

    value: "Scalar | dict[str, Stated] | list[Stated]"
    file: Path
    line: int

    def plain(self) -> Any:  # noqa: ANN401 (scalars, lists and maps in any nesting)
        """Return the value without the places."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def entries(self) -> "dict[str, Stated]":
        """Return the keys of a map; nothing is stated by anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def find(self, place: Sequence[str | int]) -> "tuple[Stated, Place]":
        """Go down as far as `place` leads, passing over words that are not of the file (names of union members)."""
        here, path = self, []
        for part in place:
            if isinstance(here.value, dict) and str(part) in here.value:
                here = here.value[str(part)]
            elif isinstance(here.value, list) and isinstance(part, int) and part < len(here.value):
                here = here.value[part]
            else:
                continue
            path.append(part)
        return here, tuple(path)


def read_yaml(file: Path) -> tuple[Stated, list[Problem]]:
    """Read the map that a YAML 1.2 file holds, and the problems that do not stop the reading (keys stated twice).

    Raises
    ------
    UnreadableError
        If the file is missing, too large, no text, no YAML, no map, or more than plain data.
    """
    root = _compose(_read_text(file))
    if root is None or (isinstance(root, ScalarNode) and root.tag == f"{_CORE}null"):
        raise UnreadableError("the file is empty")
    if not isinstance(root, MappingNode):
        kind = "single value" if isinstance(root, ScalarNode) else "list"
        raise UnreadableError(f"must hold keys and values at the top level, not a {kind}", root.start_mark.line + 1)
    builder = _Builder(file)
    return builder.build(root, root.start_mark.line + 1, ()), builder.problems


def _read_text(file: Path) -> str:
    try:
        if file.is_dir():
            raise UnreadableError("this is a folder, not a file")
        if not file.exists():
            siblings = [path.name for path in file.parent.iterdir()] if file.parent.is_dir() else []
            hint = did_you_mean(file.name, (name for name in siblings if name.endswith((".yaml", ".yml"))))
            raise UnreadableError(f"no such file{hint}")
        if not file.is_file():
            raise UnreadableError("not a regular file")
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > MAX_BYTES:
        raise UnreadableError(f"larger than {MAX_BYTES // 1_000_000} MB")
    line = content.count(b"\n", 0, max(content.find(b"\0"), 0)) + 1
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError("not a UTF-8 text file", line) from None
    if "\0" in text:
        raise UnreadableError("not a UTF-8 text file", line)
    return text


def _compose(text: str) -> Node | None:
    """Parse without constructing any object; whatever the parser stumbles over becomes one message."""
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor that is set twice is legal YAML
            node: Node | None = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", error.problem_mark.line + 1) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ", ".join(str(part) for part in (error.context, error.problem) if part)
        raise UnreadableError(f"not valid YAML: {words}", mark.line + 1 if mark else None) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UnreadableError(f"not a text file: it holds the character U+{error.character:04X}", line) from None
    except Exception as error:  # noqa: BLE001 (broken escapes and directives make the parser raise half a dozen types)
        raise UnreadableError(f"not valid YAML: {error}") from None
    return node


_CORE = "tag:yaml.org,2002:"


@dataclass(slots=True)
class _Builder:
    """Turn the nodes of one file into stated values."""

    file: Path
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def build(self, node: Node, line: int, place: Place) -> Stated:
        """Build the value of a node; `line` is where the user would look for it."""
        self.count += 1
        if self.count > MAX_VALUES:
            raise UnreadableError(f"more than {MAX_VALUES} values, aliases written out", line)
        if len(place) > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels, or an alias that holds itself", line)
        if isinstance(node, ScalarNode):
            return Stated(_scalar(node), self.file, line)
        if node.tag not in {f"{_CORE}map", f"{_CORE}seq"}:
            raise UnreadableError(f"YAML tags are not allowed: {node.tag}", node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return Stated(self._map(node, place), self.file, line)
        items = [self.build(item, item.start_mark.line + 1, (*place, i)) for i, item in enumerate(node.value)]
        return Stated(items, self.file, line)

    def _map(self, node: MappingNode, place: Place) -> dict[str, Stated]:
        entries: dict[str, Stated] = {}
        for key_node, item in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == f"{_CORE}merge":
                raise UnreadableError("merge keys (<<) are not allowed; use extends", line)
            key = _scalar(key_node) if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str) or not key.isprintable():
                raise UnreadableError("a key must be a word; put numbers and the like in quotes", line)
            value = self.build(item, line, (*place, key))
            if key in entries:
                text = f"duplicate key, first stated at line {entries[key].line}"
                self.problems.append(Problem(self.file, line, (*place, key), text))
            else:
                entries[key] = value
        return entries


def _scalar(node: ScalarNode) -> Scalar:
    """Resolve a scalar by the core schema of YAML 1.2; a date stays text."""
    text, line = node.value, node.start_mark.line + 1
    kind = str(node.tag).removeprefix(_CORE)
    try:
        if kind in {"int", "float"}:
            return _number(text, kind)
        text.encode()  # an escape such as "\ud800" is no character
    except ValueError:
        raise UnreadableError(f"cannot read {text[:MAX_DIGITS]!r} as {kind}", line) from None
    if kind in {"str", "timestamp"} and "\0" not in text:
        return str(text)
    if kind == "null" and text.lower() in {"", "~", "null"}:
        return None
    if kind == "bool" and text.lower() in {"true", "false"}:
        return bool(text.lower() == "true")
    raise UnreadableError(f"YAML tags are not allowed: {node.tag} {text[:MAX_DIGITS]!r}", line)


def _number(text: str, kind: str) -> float:
    digits = text.replace("_", "").lower()
    if len(digits) > MAX_DIGITS:
        raise ValueError
    if kind == "float":
        return float(digits.replace(".inf", "inf").replace(".nan", "nan"))
    return int(digits, {"0x": 16, "0o": 8, "0b": 2}.get(digits.lstrip("+-")[:2], 10))

"""Load a scenario file: follow `extends`, merge, check, and report every problem at once with file and line."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from transport_sim.config.messages import explain
from transport_sim.config.scenario import DUPLICATE, AnyPolicy, Scenario, duplicate_policies
from transport_sim.config.stated import Place, Problem, Stated, UnreadableError, read_yaml
from transport_sim.errors import ScenarioError
from transport_sim.factors.methods import FACTOR_SETS
from transport_sim.policies import Policy, registered_policies

MAX_CHAIN = 20
MAX_REPORTED = 50


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file and every file that it extends.

    Parameters
    ----------
    path
        A YAML 1.2 file. Its `extends` names one or more files to start from, relative to itself: maps are merged
        key by key and the file wins over what it extends; `policies` are appended; every other value is replaced.

    Returns
    -------
    The scenario, with absolute paths, and with the files that it came from as `source_files`.

    Raises
    ------
    ScenarioError
        If anything is wrong; one message lists every problem with its file and line.
    """
    main = Path(path)
    chain = _Chain()
    try:
        tree = chain.merged(main, {})
    except UnreadableError as error:
        raise ScenarioError(f"{main}: {error}") from None
    scenario = _checked(tree, chain) if tree else None
    if scenario is None or chain.problems:
        raise ScenarioError(_report(main, chain.problems))
    scenario._source_files = tuple(Path(os.path.realpath(file)) for file in chain.files)  # noqa: SLF001 (no user may state it)
    entries = tree.entries() if tree else {}
    stated = entries.get("policies")
    items = stated.value if stated and isinstance(stated.value, list) else []
    scenario._policy_places = tuple(f"{item.file}: line {item.line}  policies.{n}" for n, item in enumerate(items))  # noqa: SLF001
    values = entries["parameters"].entries() if "parameters" in entries else {}
    scenario._parameter_places = {name: f"{item.file}: line {item.line}  parameters" for name, item in values.items()}  # noqa: SLF001
    return scenario


@dataclass(slots=True)
class _Chain:
    """The files that extend each other, each read once."""

    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True
    """False as soon as one file of the chain could not be read: keys may then be missing for that reason alone."""
    trees: dict[str, Stated | None] = field(default_factory=dict)

    def merged(self, file: Path, above: dict[str, Path]) -> Stated | None:
        """Return what `file` states on top of what it extends; None if one of its lines makes it unreadable."""
        key = _identity(file)
        if key in above:
            circle = [*list(above.values())[list(above).index(key) :], file]
            raise UnreadableError(f"files extend each other in a circle: {' -> '.join(map(str, circle))}")
        if len(above) >= MAX_CHAIN:
            raise UnreadableError(f"more than {MAX_CHAIN} files extend each other")
        if key not in self.trees:
            self.trees[key] = self._read(file, {**above, key: file})
        return self.trees[key]

    def _read(self, file: Path, above: dict[str, Path]) -> Stated | None:
        try:
            tree, problems = read_yaml(file)
        except UnreadableError as error:
            if error.line is None:
                raise
            self.problems.append(Problem(file, error.line, (), str(error)))
            self.complete = False
            return None
        self.files.append(file)
        self.problems += problems
        entries = {key: _absolute(item) if _is_folder(key, item) else item for key, item in tree.entries().items()}
        for key, *inner in PATH_PLACES:
            if key in entries:
                entries[key] = _with_absolute(entries[key], tuple(inner))
        merged = Stated({}, tree.file, tree.line)
        for place, name in self._names(entries.pop("extends", None)):
            parent = self._parent(Path(os.path.normpath(file.parent / str(name.value))), name, place, above)
            merged = _merge(merged, parent) if parent else merged
        return _merge(merged, replace(tree, value=entries))

    def _names(self, extends: Stated | None) -> list[tuple[Place, Stated]]:
        """List the files that `extends` names, each with its place."""
        if extends is None:
            return []
        if isinstance(extends.value, str):
            return [(("extends",), extends)]
        names = extends.value if isinstance(extends.value, list) else [extends]
        if all(isinstance(name.value, str) for name in names) and names:
            return [(("extends", position), name) for position, name in enumerate(names)]
        text = "must be the name of a file, or a list of names"
        self.problems.append(Problem(extends.file, extends.line, ("extends",), text))
        self.complete = False
        return []

    def _parent(self, file: Path, name: Stated, place: Place, above: dict[str, Path]) -> Stated | None:
        """Merge one extended file; if it cannot be read, blame the line that names it."""
        try:
            return self.merged(file, above)
        except UnreadableError as error:
            self.problems.append(Problem(name.file, name.line, place, f"{file}: {error}"))
            self.complete = False
            return None


def _identity(file: Path) -> str:
    """Return what is the same for every spelling of a path."""
    try:
        return os.path.realpath(file)
    except (OSError, ValueError):
        raise UnreadableError("no such file; no file can have this name") from None


def _is_folder(key: str, item: Stated) -> bool:
    """Tell whether a factor set is the user's own, given by its folder."""
    return key == "factor_set" and isinstance(item.value, str) and item.value not in FACTOR_SETS


def _absolute(path: Stated) -> Stated:
    """Resolve a path against the file that states it; an empty one states nothing."""
    if not isinstance(path.value, str):
        return path
    folder = Path(_identity(path.file)).parent
    return replace(path, value=os.path.normpath(folder / path.value) if path.value.strip() else None)


def _with_absolute(stated: Stated, place: Place) -> Stated:
    """Resolve the path that stands at a place of a map, if one does."""
    if not place:
        return _absolute(stated)
    entries = stated.entries()
    if place[0] not in entries:
        return stated
    return replace(stated, value={**entries, str(place[0]): _with_absolute(entries[str(place[0])], place[1:])})


def _merge(parent: Stated, child: Stated, place: Place = ()) -> Stated:
    """Lay `child` over `parent`: maps key by key, policies one after the other, everything else replaced."""
    if isinstance(parent.value, dict) and isinstance(child.value, dict):
        entries = dict(parent.value)
        for key, item in child.value.items():
            entries[key] = _merge(entries[key], item, (*place, key)) if key in entries else item
        return replace(child, value=entries)
    if place == ("policies",) and isinstance(parent.value, list) and isinstance(child.value, list):
        seen = {id(item) for item in parent.value}  # two parents may extend the same file
        return replace(child, value=[*parent.value, *(item for item in child.value if id(item) not in seen)])
    return child


def _checked(tree: Stated, chain: _Chain) -> Scenario | None:
    """Validate the merged tree; add what is wrong to the chain's problems."""
    chain.problems += _duplicates(tree)
    try:
        return Scenario.model_validate_json(json.dumps(tree.plain()), strict=True)
    except ValidationError as failure:
        for error in failure.errors(include_url=False):
            kind, loc = error["type"], error["loc"]
            if kind in {DUPLICATE, "default_factory_not_called"}:
                continue  # the one is reported with its line already, the other only follows from another error
            if kind == "missing" and len(loc) == 1 and not chain.complete:
                continue  # the key may be in the file that could not be read
            given, place = tree.find(loc)
            if kind == "too_short" and isinstance(given.value, list) and len(given.value) >= error["ctx"]["min_length"]:
                continue  # some items are wrong, which is reported, and do not count
            if kind == "missing":
                place = (*place, loc[-1])
            text = explain(error, given.plain(), _known_keys(tree, loc) if kind == "extra_forbidden" else ())
            chain.problems.append(Problem(given.file, given.line, place, text))
    return None


def _duplicates(tree: Stated) -> Iterator[Problem]:
    """Find repeated policies among those that are right by themselves, whatever else is wrong."""
    policies = tree.entries().get("policies")
    stated = policies.value if policies and isinstance(policies.value, list) else []
    valid: dict[int, Policy] = {}
    for position, item in enumerate(stated):
        with suppress(ValidationError):
            valid[position] = _policy_adapter.validate_json(json.dumps(item.plain()), strict=True)
    positions = list(valid)
    for later, first in duplicate_policies(list(valid.values())).items():
        here, there = stated[positions[later]], stated[positions[first]]
        where = f"line {there.line}" if there.file == here.file else f"{there.file} line {there.line}"
        text = f"duplicate policy, first stated at {where}"
        yield Problem(here.file, here.line, ("policies", positions[later]), text)


_policy_adapter: TypeAdapter[Policy] = TypeAdapter(AnyPolicy)


def _known_keys(tree: Stated, place: Place) -> set[str]:
    """List the keys that may stand at a place, by following the types of the fields that lead there."""
    models: list[type[BaseModel]] = [Scenario]
    for depth, part in enumerate(place[:-1]):
        if isinstance(part, str):
            fields = [model.model_fields[part] for model in models if part in model.model_fields]
            models = [inner for stated in fields for inner in _models_in(stated.annotation)] or models
        elif Policy in models:
            item, _ = tree.find(place[: depth + 1])
            models = [registered_policies()[str(item.entries()["kind"].value)]]
    return {key for model in models for key in model.model_fields} | ({"extends"} if Scenario in models else set())


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _path_places(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """List where a map states a path, by the types of its fields."""
    for name, stated in model.model_fields.items():
        if stated.annotation is Path or Path in _arguments(stated.annotation):
            yield (name,)
        for inner in _models_in(stated.annotation):
            yield from ((name, *place) for place in _path_places(inner))


def _arguments(annotation: object) -> Iterator[object]:
    for inner in get_args(annotation):
        yield inner
        yield from _arguments(inner)


PATH_PLACES = tuple(_path_places(Scenario))
"""Keys that lead to the paths of a scenario file, each relative to the file that states it."""


def _report(main: Path, problems: Iterable[Problem]) -> str:
    """Lay out the problems by line, those of extended files last and with the name of their file."""
    ordered = sorted(
        dict.fromkeys(problems), key=lambda problem: (problem.file != main, str(problem.file), problem.line)
    )
    shown = ordered[:MAX_REPORTED]
    wheres = [f"line {item.line}" if item.file == main else f"{item.file} line {item.line}" for item in shown]
    width = max(map(len, wheres))
    lines = [
        f"  {where:<{width}}  {'.'.join(map(str, item.place))}{': ' if item.place else ''}{item.text}"
        for where, item in zip(wheres, shown, strict=True)
    ]
    if len(ordered) > len(shown):
        lines.append(f"  and {len(ordered) - len(shown)} more")
    return "\n".join([f"{main}: {len(ordered)} problem{'s' if len(ordered) > 1 else ''}", *lines])

"""The scenario: every word that a user may write, with its type, limits, default and meaning."""

import datetime as dt
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import models_json_schema
from pydantic_core import InitErrorDetails, PydanticCustomError

from transport_sim.day import EpisodeName
from transport_sim.errors import did_you_mean
from transport_sim.factors.methods import DEFAULT_SET, FACTOR_SETS
from transport_sim.policies import Policy, registered_policies
from transport_sim.policies.base import Year


def _policy(value: Any, info: ValidationInfo) -> Policy:  # noqa: ANN401 (whatever the user wrote)
    """Turn a map into the policy that its `kind` names."""
    if isinstance(value, Policy):
        return value
    if not isinstance(value, dict):
        raise PydanticCustomError("policy_map", "must be a map that states the kind of a policy")
    kind = value.get("kind")
    known = registered_policies()
    if kind is None:
        raise _wrong_kind(value, "missing")
    if not isinstance(kind, str) or kind not in known:
        text = f"no policy of kind {kind!r}{did_you_mean(str(kind), known)}"
        raise _wrong_kind(kind, PydanticCustomError("policy_kind", "{text}", {"text": text}))
    if info.mode == "json":
        return known[kind].model_validate_json(json.dumps(value), strict=True)
    return known[kind].model_validate(value)


def _wrong_kind(value: object, problem: str | PydanticCustomError) -> ValidationError:
    return ValidationError.from_exception_data("Policy", [InitErrorDetails(type=problem, loc=("kind",), input=value)])


def duplicate_policies(policies: Sequence[Policy]) -> dict[int, int]:
    """Find the policies that repeat an earlier one: position of the repetition, and of the first."""
    identities = [policy.identity() for policy in policies]
    firsts = [identities.index(identity) for identity in identities]
    return {position: first for position, first in enumerate(firsts) if first < position}


def _without_duplicates(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    text = "duplicate policy, first stated as policies.{first}"
    problems = [
        InitErrorDetails(
            type=PydanticCustomError(DUPLICATE, text, {"first": first}), loc=(later,), input=policies[later]
        )
        for later, first in duplicate_policies(policies).items()
    ]
    if problems:
        raise ValidationError.from_exception_data("Policy", problems)
    return policies


def _ascending(years: tuple[int, ...]) -> tuple[int, ...]:
    for earlier, later in pairwise(years):
        if later <= earlier:
            raise PydanticCustomError("ascending", f"must ascend without repetition, but {later} follows {earlier}")
    return years


def _existing_folder(path: Path) -> Path:
    try:
        if path.is_dir():
            return path
        kind = "this is not a folder" if path.exists() else "no such folder"
        siblings = [sibling.name for sibling in path.parent.iterdir() if sibling.is_dir()]
    except (OSError, ValueError):
        kind, siblings = "no such folder", []
    text = f"{kind}: {path}{did_you_mean(path.name, siblings)}"
    raise PydanticCustomError("folder", "{text}", {"text": text})


def _existing_file(path: Path) -> Path:
    try:
        if path.is_file():
            return path
        kind = "this is a folder, not a file" if path.is_dir() else "no such file"
        siblings = [sibling.name for sibling in path.parent.iterdir() if sibling.is_file()]
    except (OSError, ValueError):
        kind, siblings = "no such file", []
    text = f"{kind}: {path}{did_you_mean(path.name, siblings)}"
    raise PydanticCustomError("file", "{text}", {"text": text})


def _existing_set(name: str) -> str:
    if name in FACTOR_SETS:
        return name
    try:
        if (Path(name) / "sets.csv").is_file():
            return name
        kind = "a folder without sets.csv" if Path(name).is_dir() else "no such factor set or folder"
    except (OSError, ValueError):
        kind = "no such factor set or folder"
    text = f"{kind}: {name}{did_you_mean(Path(name).name, FACTOR_SETS)}"
    raise PydanticCustomError("folder", "{text}", {"text": text})


LONGEST_SAMPLE_DAYS: Final = 31
"""Longer runs have dates, seasons and months."""

DUPLICATE: Final = "duplicate_policy"
"""Type of the error for a repeated policy, which only the loader can give a line."""

AnyPolicy = Annotated[SerializeAsAny[Policy], PlainValidator(_policy)]
Folder = Annotated[Path, AfterValidator(_existing_folder)]
File = Annotated[Path, AfterValidator(_existing_file)]
FactorSet = Annotated[str, Field(min_length=1), AfterValidator(_existing_set)]
Title = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(strict=True)]


class Section(BaseModel):
    """A closed part of a scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class SyntheticCity(Section):
    """Streets that are made up, marked synthetic, and joined to the scenario's network until a survey replaces them."""

    footprint: File
    """GeoJSON file with the polygon of the city; relative to the file that states it."""
    population: Count = Field(ge=1_000, le=20_000_000)
    """Inhabitants within the footprint; they set how dense the streets are."""
    seed: Count = Field(default=1, ge=0)
    """The same seed gives the same streets."""


class TrafficDay(Section):
    """The day that road traffic simulates."""

    date: Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 12, 31))] = dt.date(2022, 6, 15)
    """Its month and day, which seasonal rules ask for, and its day of the week; other years simulate such a day too."""
    episodes: tuple[EpisodeName, ...] = ()
    """What has been declared for the day; rules may ask for it."""


class TrafficSection(Section):
    """Road traffic on streets, read from the folder `traffic` of the data folder."""

    network: Folder | None = None
    """Folder of a network with streets, whose nodes include those of the scenario's network; relative to this file."""
    synthetic_city: SyntheticCity | None = None
    """Streets made up instead."""
    scope: Literal["core", "region"] = "core"
    """Which trips are simulated: those with an end in the core, or also those between other towns and gateways."""
    day: TrafficDay = TrafficDay()
    """The day that is simulated."""
    car_trips_scale: float = Field(default=1.0, gt=0, le=10)
    """What the journeys of persons by car and motorcycle are multiplied with, to see how sure a result is. [-]"""

    @model_validator(mode="after")
    def _one_network(self) -> "TrafficSection":
        if (self.network is None) == (self.synthetic_city is None):
            raise PydanticCustomError("one_network", "must state either network or synthetic_city")
        return self


class FleetsSection(Section):
    """Buses, taxis and other fleets day by day, read from the folder `fleets` of the data folder."""

    days: Count = Field(default=7, ge=1, le=31)
    """Days that vehicles and stations are simulated, from a Monday on. [days]"""
    gtfs: File | None = None
    """Timetable of the buses as a GTFS feed (zip), relative to the file that states it; else the table bus_services."""
    freight_trucks: bool = False
    """Whether battery-electric trucks of the freight run charge on their way, too, beside those of corridor_trucks."""
    temperature_c: float = Field(default=20.0, ge=-40, le=55)
    """Air temperature, which decides about heating and air conditioning. [degC]"""


class Scenario(BaseModel):
    """One world to simulate: a network, a folder of tables, the years, and a package of policies."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Short name in tables and file names: lower-case letters, digits and underscores."""
    title_en: Title
    """Title in English reports."""
    title_zh: Title
    """Title in Chinese reports."""
    description: str = ""
    """What the scenario asks, in a sentence or two."""
    network: Folder
    """Folder of the network; relative to the file that states it."""
    data: Folder
    """Folder of the input tables (csv); relative to the file that states it."""
    years: Annotated[tuple[Year, ...], Field(min_length=1), AfterValidator(_ascending)]
    """Years to simulate, ascending."""
    base_year: Year = 2022
    """Year that the input tables describe."""
    seed: Count = Field(default=1, ge=0)
    """Start of every random draw; the same seed gives the same results."""
    replications: Count = Field(default=5, ge=1, le=1000)
    """How often each year is simulated with other draws."""
    duration_days: Count = Field(default=7, ge=1, le=366)
    """Length of the simulated period; up to 31 a sample of the mean year, above that dates from 1 January on. [days]"""
    annual_factor: float = Field(default_factory=lambda stated: 365 / stated["duration_days"], gt=0)
    """What scales the simulated period to a year; 365 / duration_days unless stated. [-]"""
    grid_region: str = Field(default="sichuan", min_length=1)
    """Region whose electricity mix feeds vehicles and terminals."""
    grid_region_beyond: str = Field(default="china", min_length=1)
    """Region whose electricity mix feeds trains outside the map."""
    grid_path: str = Field(default="frozen", min_length=1)
    """How electricity mixes go on after the last published year, a path of `grid_paths.csv`."""
    factor_set: FactorSet = DEFAULT_SET
    """Set of energy and emission factors: cn_emep_glec, china_official, emep_copert, glec_v3, or the folder of your own
    set; relative to the file that states it."""
    gwp_set: Literal["AR6"] = "AR6"
    """Assessment report whose warming potentials (100 years) turn gases into CO2e."""
    parameter_uncertainty: bool = True
    """Whether replications also draw the uncertain parameters."""
    wait_rounds: Count = Field(default=3, ge=1, le=50)
    """How often a run of freight is simulated at most, until choices and the delays of trains and vessels agree."""
    wait_tolerance_ratio: float = Field(default=0.001, ge=0, le=1)
    """Share of all tonnes that may still want to change mode when they are taken to agree. [-]"""
    parameters: dict[str, float] = {}
    """Values that replace the named rows of the data folder's parameters.csv."""
    traffic: TrafficSection | None = None
    """Road traffic on streets; none is simulated without it."""
    fleets: FleetsSection | None = None
    """Buses, taxis and other fleets with their stations; none are simulated without it."""
    policies: Annotated[tuple[AnyPolicy, ...], AfterValidator(_without_duplicates)] = ()
    """The package of policies, applied in this order."""

    _source_files: tuple[Path, ...] = PrivateAttr(default=())
    _policy_places: tuple[str, ...] = PrivateAttr(default=())
    _parameter_places: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def calendar_start_day(self) -> int | None:
        """Day of the year, from 0, on which the run starts; None for a sample of the mean year, which has no dates."""
        return 0 if self.duration_days > LONGEST_SAMPLE_DAYS else None

    @property
    def source_files(self) -> tuple[Path, ...]:
        """Every YAML file that the scenario was read from, itself first; empty if it was made in Python."""
        return self._source_files

    @property
    def policy_places(self) -> tuple[str, ...]:
        """File, line and position of each policy, for messages; empty if the scenario was made in Python."""
        return self._policy_places

    @property
    def parameter_places(self) -> dict[str, str]:
        """File and line of each parameter, for messages; empty if the scenario was made in Python."""
        return self._parameter_places

    def __eq__(self, other: object) -> bool:
        """Compare what is stated, not where it was stated."""
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # `parameters` is a dict


def scenario_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, with `extends` and every registered policy, for editors."""
    policies = registered_policies()
    models = [(model, "validation") for model in (Scenario, *policies.values())]
    references, shared = models_json_schema(models)  # type: ignore[arg-type]  # mypy widens the literal
    definitions = shared["$defs"]
    kinds = {kind: references[cls, "validation"]["$ref"] for kind, cls in policies.items()}
    for reference in kinds.values():
        policy = definitions[reference.rpartition("/")[2]]
        policy["required"] = ["kind", *policy.get("required", [])]
    schema = definitions.pop(references[Scenario, "validation"]["$ref"].rpartition("/")[2])
    union = {"oneOf": [{"$ref": reference} for reference in kinds.values()]}
    schema["properties"]["policies"]["items"] = union if kinds else False
    schema["properties"]["extends"] = {
        "description": "Scenario file or files to start from; relative to this file.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    }
    schema["anyOf"] = [{"required": ["extends"]}, {"required": schema.pop("required")}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": definitions}

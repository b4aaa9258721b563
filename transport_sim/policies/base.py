"""What every policy is: a frozen set of checked parameters, and a pure function from inputs to inputs."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from transport_sim.errors import PolicyError
from transport_sim.measures import FleetMandate
from transport_sim.relations import Freight

if TYPE_CHECKING:
    from transport_sim.inputs import Inputs

FIRST_YEAR = 2015
LAST_YEAR = 2060

Year = Annotated[int, Field(strict=True, ge=FIRST_YEAR, le=LAST_YEAR)]

_registry: dict[str, type["Policy"]] = {}


class Cost(BaseModel):
    """What a policy costs the public purse beside what it charges or pays to users."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    investment_cny: float = Field(default=0.0, ge=0, le=1e13)
    """Spent once, before it acts."""
    annual_cost_cny: float = Field(default=0.0, ge=0, le=1e12)
    """Operation and upkeep of a year."""
    lifetime_years: float = Field(default=30.0, ge=1, le=200)
    """Years over which the investment is spread."""
    discount_rate_per_year: float = Field(default=0.05, ge=0, le=0.5)
    """Interest of the annuity; unless stated 5 %, an assumption."""
    source: str = Field(min_length=1)
    """Where the figures come from; "assumed" if from nowhere."""


class Policy(BaseModel, ABC):
    """A rule or an investment; subclass it, name its `kind` and write `apply`, and scenarios can use it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    identity_fields: ClassVar[tuple[str, ...]] = ()
    """Fields that tell two policies of this kind apart; empty: only an exact repetition is a duplicate."""

    opinion_items: ClassVar[tuple[int, ...]] = ()
    """Items of the municipal opinion on carbon peaking whose measures it stands for; none unless stated."""

    kind: str
    """Name of the policy in scenario files; each subclass states it as `kind: Literal["x"] = "x"`."""
    from_year: Year
    """First year in which the policy acts."""
    public_cost: Cost | None = None
    """What it costs the public purse, for the cost of a tonne of CO2e avoided; unknown unless stated."""

    @abstractmethod
    def apply(self, inputs: "Inputs") -> "Inputs":
        """Return the inputs as they are under this policy; the argument stays untouched."""

    def identity(self) -> tuple[Any, ...]:
        """Return what must not occur twice in a package."""
        names = self.identity_fields or type(self).model_fields
        return (self.kind, *(getattr(self, name) for name in names if name not in ("kind", "public_cost")))

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:  # noqa: ANN401 (pydantic's signature)
        """Register every concrete subclass as soon as it is defined, in a file or in a notebook cell."""
        if inspect.isabstract(cls):
            return
        kind = _stated_kind(cls)
        unknown = [name for name in cls.identity_fields if name not in cls.model_fields]
        if unknown:
            raise PolicyError(f"{_place(cls)}: identity_fields names no field of it: {', '.join(unknown)}")
        rival = _registry.get(kind)
        if rival is not None and not _may_replace(rival, cls):
            raise PolicyError(f"two policies of kind {kind!r}: {_place(rival)} and {_place(cls)}")
        _registry[kind] = cls


class FreightPolicy(Policy):
    """A policy about some goods between some zones; it stays abstract, so no scenario can name it."""

    commodities: tuple[str, ...] = ()
    """Commodities concerned; all of them unless stated."""
    origins: tuple[str, ...] = ()
    """Zones at one end; all of them unless stated."""
    destinations: tuple[str, ...] = ()
    """Zones at the other end; all of them unless stated."""
    both_ways: bool = True
    """Whether goods from the destinations to the origins are meant, too."""

    @property
    def freight(self) -> Freight:
        """The freight that it concerns."""
        return Freight(
            commodities=self.commodities,
            origins=self.origins,
            destinations=self.destinations,
            both_ways=self.both_ways,
        )


class MandatePolicy(Policy):
    """A policy on what some fleets have to buy or drive; it stays abstract, so no scenario can name it."""

    share: float = Field(ge=0, le=1)
    """Least share of the technologies once the mandate holds in full."""
    until_year: Year | None = None
    """Year in which it is reached; it grows evenly from the first year on. Unless stated it holds at once."""
    of: Literal["sales", "stock"] = "sales"
    """What the share is of: vehicles bought in a year, or those on the road, the oldest then leaving early."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_year is not None and self.until_year < self.from_year:
            raise ValueError(f"until_year {self.until_year} lies before from_year {self.from_year}")
        return self

    def mandated(self, inputs: "Inputs", fleets: Sequence[str], technologies: tuple[str, ...]) -> "Inputs":
        """Return the inputs with the mandate on each fleet; one of zero asks for nothing."""
        if self.share == 0.0:
            return inputs
        for fleet in fleets:
            mandate = FleetMandate(
                fleet, technologies, self.share, self.from_year, self.of, self.until_year, policy=self.kind
            )
            inputs = inputs.with_fleet_measure(mandate)
        return inputs


def _stated_kind(cls: type[Policy]) -> str:
    """Read the one word of `kind: Literal["x"] = "x"`."""
    field = cls.model_fields["kind"]
    words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    if len(words) != 1 or not isinstance(words[0], str) or words[0] != field.default:
        raise PolicyError(f'{_place(cls)}: state its kind as `kind: Literal["x"] = "x"`')
    return words[0]


def _may_replace(old: type[Policy], new: type[Policy]) -> bool:
    """Tell whether `new` is the same class run again, or one that the user redefines by hand."""
    return new.__module__ == "__main__" or _place(old) == _place(new)


def _place(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"

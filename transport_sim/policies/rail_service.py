"""A scheduled freight train."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.measures import Service
from transport_sim.policies.base import Policy


class RailService(Policy):
    """Scheduled freight trains run between two terminals in both directions, at a rate of their own."""

    identity_fields: ClassVar[tuple[str, ...]] = ("origin_terminal", "destination_terminal")
    opinion_items: ClassVar[tuple[int, ...]] = (14, 17)

    kind: Literal["rail_service"] = "rail_service"
    origin_terminal: str
    """Reference of one end."""
    destination_terminal: str
    """Reference of the other end."""
    trains_per_week: float = Field(gt=0, le=500)
    """Departures a week in each direction."""
    train_net_t: float = Field(default=2500.0, gt=0, le=10000)
    """Goods that one train can carry."""
    rate_ratio: float = Field(default=1.0, gt=0, le=3)
    """Price relative to the public tariff."""

    def identity(self) -> tuple[Any, ...]:
        """Return what must not occur twice in a package: the pair of terminals, in whatever order."""
        return (self.kind, *sorted((self.origin_terminal, self.destination_terminal)))

    def apply(self, inputs: Inputs) -> Inputs:
        """Offer the service."""
        if self.origin_terminal == self.destination_terminal:
            raise PolicyError(f"origin and destination are the same terminal {self.origin_terminal!r}")
        return inputs.with_service(
            Service(
                self.origin_terminal,
                self.destination_terminal,
                self.trains_per_week,
                self.train_net_t,
                self.rate_ratio,
                self.kind,
            )
        )

"""The closed vocabulary of what a policy can ask the model to obey.

A policy either edits a table of :class:`transport_sim.inputs.Inputs` or adds a measure
from this module. A new policy is a file; a new measure is a design decision.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Charge:
    """A toll (positive) or subsidy (negative) that the shipper sees per tonne-kilometre."""

    mode: str
    """`road`, `rail` or `waterway`."""
    commodities: tuple[str, ...]
    """Names from the commodities table, sorted; empty means all."""
    cny_per_tkm: float
    policy: str


@dataclass(frozen=True, slots=True)
class Service:
    """A scheduled freight train offer between two terminals, both directions."""

    origin_terminal: str
    destination_terminal: str
    trains_per_week: float
    train_net_t: float
    rate_ratio: float
    """Multiplies base and distance rate of the tariff."""
    policy: str

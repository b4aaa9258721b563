"""A toll or subsidy per tonne-kilometre."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import Charge
from transport_sim.policies.base import Policy


class FreightCharge(Policy):
    """Shippers pay a charge, or receive a subsidy, for every tonne-kilometre of a mode on the map."""

    identity_fields: ClassVar[tuple[str, ...]] = ("mode", "commodities")
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["freight_charge"] = "freight_charge"
    mode: Literal["road", "rail", "waterway"]
    """Mode on which it is levied."""
    commodities: frozenset[str] = frozenset()
    """Commodities concerned; all of them unless stated."""
    cny_per_tkm: float = Field(ge=-1, le=1)
    """Charge; negative for a subsidy."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Levy it."""
        return inputs.with_charge(Charge(self.mode, tuple(sorted(self.commodities)), self.cny_per_tkm, self.kind))

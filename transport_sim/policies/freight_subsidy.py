"""Money for using a mode."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import Subsidy
from transport_sim.policies.base import FreightPolicy


class FreightSubsidy(FreightPolicy):
    """Shippers are paid for every tonne or tonne-kilometre by a mode, on some relations, as far as the budget goes."""

    identity_fields: ClassVar[tuple[str, ...]] = ("mode", "commodities", "origins", "destinations")
    opinion_items: ClassVar[tuple[int, ...]] = (14, 17)

    kind: Literal["freight_subsidy"] = "freight_subsidy"
    mode: Literal["road", "rail", "waterway"]
    """Mode whose use is paid for."""
    cny_per_t: float = Field(default=0.0, ge=0, le=1000)
    """Paid once for goods that go by the mode on some leg."""
    cny_per_tkm: float = Field(default=0.0, ge=0, le=1)
    """Paid for every tonne-kilometre of the mode on the map."""
    budget_cny_per_year: float | None = Field(default=None, gt=0, le=1e12)
    """Most that is paid out in a year, as expected; both rates fall in one ratio until it suffices. No limit unless
    stated."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Offer the money; rates of zero change nothing."""
        subsidy = Subsidy(
            self.mode, self.freight, self.cny_per_t, self.cny_per_tkm, self.budget_cny_per_year, self.kind
        )
        offered = inputs.with_measure(subsidy)  # names are checked, whatever the rates
        return offered if self.cny_per_t or self.cny_per_tkm else inputs

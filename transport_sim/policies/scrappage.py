"""A premium for old vehicles that leave the road."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from transport_sim.conditions import Standards
from transport_sim.inputs import Inputs
from transport_sim.measures import FleetScrappage
from transport_sim.policies.base import Policy, Year
from transport_sim.tables.fleet_stock import FleetName


class Scrappage(Policy):
    """Owners of old vehicles are paid to have them broken up before their time; what the market sells replaces them."""

    identity_fields: ClassVar[tuple[str, ...]] = ("fleets", "standards", "from_year")
    opinion_items: ClassVar[tuple[int, ...]] = (15,)

    kind: Literal["scrappage"] = "scrappage"
    fleets: tuple[FleetName, ...] = Field(min_length=1)
    """Fleets concerned, such as truck_heavy or private_car."""
    standards: Standards = Field(min_length=1)
    """Emission standards of the vehicles that are paid for."""
    share: float = Field(ge=0, le=1)
    """Share of those there that take the premium in each year."""
    until_year: Year
    """Last year of it."""
    premium_cny: float = Field(default=0.0, ge=0, le=1e7)
    """Paid by the public purse for each vehicle; nothing unless stated. [CNY]"""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_year < self.from_year:
            raise ValueError(f"until_year {self.until_year} lies before from_year {self.from_year}")
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Take the vehicles out of the turnover of fleets."""
        if self.share == 0.0:
            return inputs
        for fleet in self.fleets:
            programme = FleetScrappage(
                fleet,
                self.standards,
                self.share,
                self.from_year,
                self.until_year,
                self.premium_cny,
                policy=self.kind,
            )
            inputs = inputs.with_fleet_measure(programme)
        return inputs

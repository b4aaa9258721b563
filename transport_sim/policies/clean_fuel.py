"""Gas, hydrogen and methanol in place of oil."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.measures import SalesShift
from transport_sim.policies.base import Policy, Year
from transport_sim.tables.fleet_stock import ALLOWED, FleetName

_FUEL = {"cng": "cng", "lng": "lng", "hydrogen": "fuel_cell_electric", "methanol": "methanol"}


class CleanFuel(Policy):
    """Fuel stations and purchase aid shift what the market buys to gas, hydrogen or methanol; nobody is obliged."""

    identity_fields: ClassVar[tuple[str, ...]] = ("fuel", "fleets")
    opinion_items: ClassVar[tuple[int, ...]] = (15,)

    kind: Literal["clean_fuel"] = "clean_fuel"
    fuel: Literal["cng", "lng", "hydrogen", "methanol"]
    """What the vehicles are filled with."""
    fleets: tuple[FleetName, ...] = Field(min_length=1)
    """Fleets concerned, such as tractor_trailer or bus."""
    share: float = Field(ge=0, le=1)
    """Share of them in what is bought in the end."""
    until_year: Year
    """Year in which it is reached; it moves evenly from what the market has the year before the policy begins."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_year < self.from_year:
            raise ValueError(f"until_year {self.until_year} lies before from_year {self.from_year}")
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Shift the sales of each fleet; raise PolicyError for a fleet that has no such vehicles."""
        technology = _FUEL[self.fuel]
        for fleet in self.fleets:
            if technology not in ALLOWED[fleet]:
                raise PolicyError(f"{fleet} has no {technology} vehicles; known: {', '.join(ALLOWED[fleet])}")
            shift = SalesShift(fleet, technology, self.share, self.from_year, self.until_year, policy=self.kind)
            inputs = inputs.with_fleet_measure(shift)
        return inputs

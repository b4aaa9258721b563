"""Limits on what new vehicles may use per kilometre."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from transport_sim.conditions import Technologies
from transport_sim.inputs import Inputs
from transport_sim.measures import EfficiencyStandard as Standard
from transport_sim.policies.base import Policy, Year
from transport_sim.tables.fleet_stock import FleetName


class EfficiencyStandard(Policy):
    """New vehicles use less energy per kilometre; old ones go on as they are until they leave."""

    identity_fields: ClassVar[tuple[str, ...]] = ("fleets", "technologies")
    opinion_items: ClassVar[tuple[int, ...]] = (15,)

    kind: Literal["efficiency_standard"] = "efficiency_standard"
    fleets: tuple[FleetName, ...] = Field(min_length=1)
    """Fleets concerned, such as truck_heavy or private_car."""
    technologies: Technologies = ()
    """Drives concerned; all unless stated."""
    energy_ratio: float = Field(ge=0.3, le=1)
    """Energy per kilometre of a vehicle sold from the last year on, for each of the tables of factors."""
    until_year: Year
    """Year in which that is reached; what is sold improves evenly from the policy's first year on."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_year < self.from_year:
            raise ValueError(f"until_year {self.until_year} lies before from_year {self.from_year}")
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the standard, by the year of sale."""
        if self.energy_ratio == 1.0:
            return inputs
        for fleet in self.fleets:
            limit = Standard(
                fleet, self.technologies, self.energy_ratio, self.from_year, self.until_year, policy=self.kind
            )
            inputs = inputs.with_fleet_measure(limit)
        return inputs
